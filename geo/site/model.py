"""What a site is, and the checks that every site passes, whatever form it came in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.canonical import DEGREE_DIGITS, LENGTH_DIGITS, quantity
from geo.crs import CHINA, LocalPlane
from geo.errors import (
    SiteAxesSwapped,
    SiteEmpty,
    SiteGeometryUnsupported,
    SiteInvalid,
    SiteMixed,
    SiteNeedsWidth,
    SiteNumberOutOfRange,
    SiteOutOfBounds,
    SiteTooLarge,
    Term,
)
from geo.geometry import METRES_PER_DEGREE, area_m2
from geo.settings import Settings
from geo.site.mending import Mending, settle
from geo.site.notice import UNNAMED as UNNAMED
from geo.site.notice import Notice as Notice

POINTS = {"Point", "MultiPoint"}
LINES = {"LineString", "MultiLineString"}
AREAS = {"Polygon", "MultiPolygon"}
KINDS = POINTS | LINES | AREAS
WORST_ACCURACY_M = 10_000.0
WIDEST_M = 1_000.0  # of a line; wider ground is sent as a polygon


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a site, as sent but in EPSG:4490, rounded to 1e-9 degrees, and mended where it was broken."""

    role: str  # plant, pipeline, …; `site` where nothing was said
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True)
class Site:
    """Where a project would stand."""

    parts: tuple[Part, ...]
    crs: str  # as sent, `EPSG:4490`
    accuracy_m: float  # stated by the sender, 0 where nothing was said, and what a conversion of its datum adds
    width_m: float | None  # of lines
    ground: BaseGeometry  # all parts together: points, or (multi)polygons; EPSG:4490
    notices: tuple[Notice, ...] = ()
    mended: tuple[Mending, ...] = ()  # parts that were broken, before and after; not in the record

    @property
    def is_point(self) -> bool:
        """Whether the site has no area (点位初筛: a point is not the land)."""
        return self.ground.geom_type in POINTS

    @property
    def area_m2(self) -> float:
        """Area of the ground on the ellipsoid; 0 for points."""
        return 0.0 if self.is_point else area_m2(self.ground)

    @property
    def lines(self) -> tuple[tuple[int, BaseGeometry], ...]:
        """The centre lines of the site: each with the number of its part, from 0."""
        return tuple((at, part.geometry) for at, part in enumerate(self.parts) if part.geometry.geom_type in LINES)

    def plane(self) -> LocalPlane:
        """A plane in metres centred on the site."""
        west, south, east, north = shapely.bounds(self.ground)
        return LocalPlane((west + east) / 2.0, (south + north) / 2.0)

    def canonical(self) -> dict[str, Any]:
        """The site as it stands in the record and in its hash."""
        return {
            "parts": [{"role": part.role, "geometry": geojson(part.geometry)} for part in self.parts],
            "crs": self.crs,
            "accuracy_m": quantity(self.accuracy_m, LENGTH_DIGITS),
            "width_m": None if self.width_m is None else quantity(self.width_m, LENGTH_DIGITS),
        }


def geojson(geometry: BaseGeometry) -> dict[str, Any]:
    """A geometry as a GeoJSON object with plain lists."""
    plain: dict[str, Any] = _plain(shapely.geometry.mapping(geometry))
    return plain


def collection(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The parts of a site, as `Site.canonical` has them, as GeoJSON that reads as the same site."""
    features = [
        {"type": "Feature", "properties": {"role": part["role"]}, "geometry": part["geometry"]} for part in parts
    ]
    return {"type": "FeatureCollection", "features": features}


def coordinates_of(geometry: Mapping[str, Any]) -> list[tuple[float, float]]:
    """The corners of a geometry, longitude first, in its own order; a ring is not closed."""
    corners: list[tuple[float, float]] = []
    for run in shapely.get_parts(shapely.geometry.shape(dict(geometry))):
        for ring in shapely.get_rings(run) if run.geom_type == "Polygon" else [run]:
            points = [(float(lon), float(lat)) for lon, lat in shapely.get_coordinates(ring)]
            corners += points[:-1] if run.geom_type == "Polygon" else points
    return corners


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def make_site(
    parts: list[tuple[str, BaseGeometry]],
    *,
    crs: str,
    accuracy_m: float,
    width_m: float | None,
    notices: list[Notice],
    settings: Settings,
    conversion_m: float = 0.0,
) -> Site:
    """Check parts that are in EPSG:4490 already, and put them together.

    Parameters
    ----------
    accuracy_m : stated by the sender
    conversion_m : what bringing the parts to EPSG:4490 may be wrong by; it is added to the accuracy

    Raises
    ------
    SiteError, SiteTooLarge
        Naming what is wrong and where.
    """
    if not parts:
        raise SiteEmpty()
    _check_size([geometry for _, geometry in parts], settings)
    stated = _length("accuracy_m", accuracy_m, 0.0, WORST_ACCURACY_M)
    accuracy = _length("accuracy_m", stated + conversion_m, 0.0, WORST_ACCURACY_M)
    width = None if width_m is None else _length("width_m", width_m, 0.1, WIDEST_M)
    if not any(geometry.geom_type in LINES for _, geometry in parts):
        width = None  # a width without a line is no part of the question
    settled = [
        settle(_check(geometry), number, settings.site_mend_share) for number, (_, geometry) in enumerate(parts, 1)
    ]
    rounded = tuple(Part(role, geometry) for (role, _), (geometry, _) in zip(parts, settled, strict=True))
    mended = tuple(mending for _, mending in settled if mending)
    _check_extent([part.geometry for part in rounded], settings)
    lines = [part.geometry for part in rounded if part.geometry.geom_type in LINES]
    if lines:
        _check_crossings(lines, settings)
    told = (*notices, *(mending.notice() for mending in mended))
    return Site(rounded, crs, accuracy, width, _ground(rounded, width), told, mended)


def _check_size(geometries: list[BaseGeometry], settings: Settings) -> None:
    vertices = [int(shapely.get_num_coordinates(geometry)) for geometry in geometries]
    of_lines = [count for count, geometry in zip(vertices, geometries, strict=True) if geometry.geom_type in LINES]
    parts = int(sum(shapely.get_num_geometries(geometry) for geometry in geometries))
    for what, count, most in (
        ("limit.vertices", sum(vertices), settings.site_vertices),
        ("limit.line_vertices", sum(of_lines), settings.line_vertices),
        ("limit.parts", parts, settings.site_parts),
    ):
        if count > most:
            raise SiteTooLarge(what=Term(what), count=count, most=most)


def _check_extent(geometries: list[BaseGeometry], settings: Settings) -> None:
    """Refuse a site whose lines and borders are longer than any project's: measuring it would take too long."""
    length_m = sum(float(shapely.length(geometry)) for geometry in geometries) * METRES_PER_DEGREE
    if length_m > settings.site_perimeter_m:
        raise SiteTooLarge(what=Term("limit.length_m"), count=round(length_m), most=round(settings.site_perimeter_m))


def _check_crossings(lines: list[BaseGeometry], settings: Settings) -> None:
    """Refuse lines that cross themselves or each other so often that their strips could not be joined in time."""
    segments = _segments(lines)
    tree, crossings = shapely.STRtree(segments), 0
    for some in np.array_split(segments, len(segments) // 100 + 1):
        crossings += tree.query(some, predicate="crosses").shape[1]
        if crossings > 2 * settings.line_crossings:  # each is found from both of its segments
            raise SiteTooLarge(
                what=Term("limit.line_crossings"), count=(crossings + 1) // 2, most=settings.line_crossings
            )


def _segments(lines: BaseGeometry | list[BaseGeometry]) -> np.ndarray:
    """The straight pieces of lines, one by one."""
    runs = [shapely.get_coordinates(run) for run in shapely.get_parts(lines)]
    pieces: Any = shapely.linestrings(np.concatenate([np.stack([run[:-1], run[1:]], axis=1) for run in runs]))
    return np.asarray(pieces, dtype=object)


def _length(name: str, value: float, least: float, most: float) -> float:
    if not (least <= value <= most):
        raise SiteNumberOutOfRange(name=Term(f"field.{name}"), value=value, least=least, most=most)
    return float(value)


def _check(geometry: BaseGeometry) -> BaseGeometry:
    if geometry.geom_type not in KINDS:
        raise SiteGeometryUnsupported(geometry_type=geometry.geom_type)
    if geometry.is_empty:
        raise SiteEmpty()
    points = shapely.get_coordinates(geometry)
    inside = inside_china(points)
    if not inside.all():
        if not np.isfinite(points).all():
            raise SiteInvalid(reason=Term("cause.not_finite"))
        lon, lat = points[int(np.argmin(inside))]
        swapped = bool(inside_china(points[:, ::-1]).all())
        raise (SiteAxesSwapped if swapped else SiteOutOfBounds)(lon=f"{lon:.6f}", lat=f"{lat:.6f}")
    return shapely.force_2d(geometry)


def inside_china(points: np.ndarray) -> np.ndarray:
    """Which points lie in the box of China, or of ground next to it; shape (n, 2), longitude and latitude."""
    west, south, east, north = CHINA
    return np.asarray(((points >= (west, south)) & (points <= (east, north))).all(axis=1))


def _ground(parts: tuple[Part, ...], width_m: float | None) -> BaseGeometry:
    geometries = [part.geometry for part in parts]
    if len(geometries) == 1 and geometries[0].geom_type == "Point":
        return geometries[0]
    kinds = {geometry.geom_type in POINTS for geometry in geometries}
    if len(kinds) == 2:
        raise SiteMixed()
    return shapely.union_all([_widen(geometry, width_m) for geometry in geometries])


def _widen(geometry: BaseGeometry, width_m: float | None) -> BaseGeometry:
    """A line becomes the strip of its width, round at its ends; anything else stays.

    Each straight piece is widened for itself: a line folded closer than its width costs no more than another.
    """
    if geometry.geom_type not in LINES:
        return geometry
    if width_m is None:
        raise SiteNeedsWidth()
    west, south, east, north = shapely.bounds(geometry)
    plane = LocalPlane((west + east) / 2.0, (south + north) / 2.0)
    flat = plane.project(shapely.segmentize(geometry, 0.01))
    strip = shapely.union_all(shapely.buffer(_segments(flat), width_m / 2.0))
    return shapely.set_precision(plane.unproject(strip), 10.0**-DEGREE_DIGITS)
