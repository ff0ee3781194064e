"""Sites from text: a coordinate, several of them, GeoJSON or WKT."""

import re
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from geo.crs import ENGINE_EPSG
from geo.errors import SiteCrsUnknown, SiteError, SiteGeometryUnsupported, SiteTooLarge, SiteUnreadable, Term
from geo.frames import read_frame
from geo.settings import Settings
from geo.site.conversion import assumed, converted
from geo.site.coordinate import Coordinate, read_coordinate
from geo.site.model import KINDS, Site, inside_china, make_site
from geo.site.notice import UNNAMED, Notice
from geo.site.points import Points, is_metres, read_points

_SRID = re.compile(r"\s*SRID\s*=\s*(\d{4,5})\s*;(.*)", re.IGNORECASE | re.DOTALL)
_WKT = re.compile(
    r"\s*(MULTI|GEOMETRY|COMPOUND|CIRCULAR)?(POINT|LINESTRING|STRING|POLYGON|COLLECTION|CURVE)\b", re.IGNORECASE
)
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")  # no text that anybody meant holds them
ROLE_LENGTH = 40
_DEFAULT = f"EPSG:{ENGINE_EPSG}"
# What shapely and Python raise on members of a wrong type, size or depth.
_BROKEN = (
    shapely.errors.ShapelyError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    OverflowError,
    RecursionError,
)


def read_site(
    source: str | Mapping[str, Any],
    *,
    crs: str | None = None,
    accuracy_m: float = 0.0,
    width_m: float | None = None,
    either_order: bool = False,
    settings: Settings | None = None,
) -> Site:
    """Read a site from a coordinate, several of them in their order, GeoJSON or WKT.

    Parameters
    ----------
    source : text, or a GeoJSON object already decoded
    crs : what `geo.frames.read_frame` reads, EPSG:4490 where nothing is said; a CRS named by the text itself
        (`SRID=…;`, GeoJSON `crs`) wins
    accuracy_m : the sender's own statement of how exact the coordinates are, 0 to 10,000 m
    width_m : width of lines, 0.1 to 1,000 m
    either_order : whether a coordinate may also come latitude first, or in metres with the number of its zone
        before the easting (a person types it); in China the readings exclude each other, and the site says which
        one was taken

    Raises
    ------
    SiteError
        Where it cannot be read, is empty, invalid, of an unsupported type or CRS, or not near China.
    SiteTooLarge
        Where it has more bytes, vertices or parts than the settings allow.
    """
    settings = settings or Settings()
    notices: list[Notice] = []
    if isinstance(source, str):
        size = len(source.encode("utf-8", "surrogatepass"))
        if size > settings.body_bytes:
            raise SiteTooLarge(what=Term("limit.bytes"), count=size, most=settings.body_bytes)
        if _UNWRITABLE.search(source):
            raise SiteUnreadable(sent=_excerpt(source), reason="U+0000, U+D800")
        parts, named = _parts_of_text(source, _Said(crs, either_order, width_m, settings.layers), notices)
    else:
        parts, named = _parts_of_geojson(source), _geojson_crs(source)
    frame = read_frame(_DEFAULT if crs is None and named is None else named or crs or "", settings.layers)
    if any(shapely.has_z(geometry) or shapely.has_m(geometry) for _, geometry in parts):
        notices.append(Notice("heights_dropped"))
    placed = [(role, frame.to_engine(geometry)) for role, geometry in parts]
    notices += converted(frame, shapely.get_coordinates([geometry for _, geometry in placed]))
    return make_site(
        placed,
        crs=frame.name,
        accuracy_m=accuracy_m,
        conversion_m=frame.accuracy_m,
        width_m=width_m,
        notices=notices,
        settings=settings,
    )


_Parts = list[tuple[str, BaseGeometry]]


@dataclass(frozen=True, slots=True)
class _Said:
    """What a sender says of a text, and where the names of datums stand."""

    crs: str | None
    either_order: bool
    width_m: float | None
    layers: Path


def _parts_of_text(text: str, said: _Said, notices: list[Notice]) -> tuple[_Parts, str | None]:
    named = None
    if match := _SRID.fullmatch(text):
        named, text = match.groups()
    typed = said.either_order and named is None
    zoned = typed and said.crs in (None, _DEFAULT)
    told = replace(said, crs=named or said.crs)
    if found := read_coordinate(text, either_order=typed, zoned=zoned):
        _say_how_read(found, text, typed, told, notices)
        return [(UNNAMED, shapely.Point(found.x, found.y))], str(found.epsg) if found.epsg else named
    if text.lstrip().startswith("{"):
        try:
            decoded = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise SiteUnreadable(sent=_excerpt(text), reason=f"JSON: {error}") from error
        parts, own = _parts_of_geojson(decoded), _geojson_crs(decoded)
        if own is None and "crs" in decoded:  # null: nobody knows
            _say_assumed(parts, typed, told, notices)
        return parts, own or named
    if _WKT.match(text):
        try:
            with np.errstate(invalid="ignore", over="ignore"):  # NaN and infinity are refused later, by name
                parts = [(UNNAMED, shapely.from_wkt(text))]
        except shapely.errors.ShapelyError as error:
            raise SiteUnreadable(sent=_excerpt(text), reason=f"WKT: {error}") from error
        _say_assumed(parts, typed, told, notices)
        return parts, named
    if listed := read_points(text, either_order=typed, zoned=zoned):
        return _part_of_points(listed, text, typed, told, notices), str(listed.epsg) if listed.epsg else named
    raise SiteUnreadable(sent=_excerpt(text), reason="-")


def _part_of_points(listed: Points, text: str, typed: bool, said: _Said, notices: list[Notice]) -> _Parts:
    """A ring of three points or more, in their order; two points are a line where a width says so."""
    if listed.epsg is None and is_metres(listed) and read_frame(said.crs or _DEFAULT, said.layers).degrees:
        raise SiteUnreadable(sent=_excerpt(text), reason=Term("cause.points_zone"))
    if len(listed.corners) == 2 and said.width_m is None:
        raise SiteUnreadable(sent=_excerpt(text), reason=Term("cause.points_two"))
    x, y = listed.corners[0]
    first = Coordinate(x, y, listed.epsg, listed.zone, listed.degrees, listed.turned)
    _say_how_read(first, text, typed, said, notices)
    notices.append(Notice("points_joined", {"count": str(len(listed.corners))}))
    made = shapely.Polygon if len(listed.corners) > 2 else shapely.LineString
    return [(UNNAMED, made(listed.corners))]


def _say_how_read(found: Coordinate, text: str, typed: bool, said: _Said, notices: list[Notice]) -> None:
    if found.degrees and not read_frame(said.crs or _DEFAULT, said.layers).degrees:
        raise SiteUnreadable(sent=_excerpt(text), reason=f"°, {(said.crs or _DEFAULT)[:60]}")
    if typed and not found.degrees:
        _say_assumed([(UNNAMED, shapely.Point(found.x, found.y))], typed, said, notices)
    if found.turned:
        notices.append(Notice("latitude_came_first", dict(zip(("lon", "lat"), found.turned, strict=True))))
    if found.epsg and found.zone:
        notices.append(Notice("zone_before_easting", {"zone": str(found.zone), "epsg": str(found.epsg)}))


def _say_assumed(parts: _Parts, typed: bool, said: _Said, notices: list[Notice]) -> None:
    """That a person typed degrees and nobody said their datum."""
    here = shapely.get_coordinates([geometry for _, geometry in parts])
    if typed and said.crs is None and len(here) and np.isfinite(here).all() and inside_china(here).all():
        notices.append(assumed(here))


def _excerpt(sent: Any) -> str:
    """The beginning of what was sent, fit to be shown."""
    text = sent if isinstance(sent, str) else reprlib.repr(sent)
    return text.strip()[:60].encode("utf-8", "replace").decode()


def _geojson_crs(decoded: Mapping[str, Any]) -> str | None:
    """The CRS that a GeoJSON of before 2016 names in its `crs` member; one that cannot be read is never ignored."""
    member = decoded.get("crs")
    if member is None:
        return None
    properties = member.get("properties") if isinstance(member, Mapping) else None
    name = properties.get("name") if isinstance(properties, Mapping) else None
    if not isinstance(name, str):
        raise SiteCrsUnknown(crs=_excerpt(member))
    return name


def _parts_of_geojson(decoded: Any) -> _Parts:
    if not isinstance(decoded, Mapping):
        raise SiteUnreadable(sent=_excerpt(decoded), reason=Term("cause.geojson_object"))
    kind = decoded.get("type")
    if kind == "FeatureCollection":
        features = decoded.get("features")
        if not isinstance(features, list):
            raise SiteUnreadable(sent="FeatureCollection", reason=Term("cause.geojson_features"))
        if any(isinstance(feature, Mapping) and feature.get("crs") is not None for feature in features):
            raise SiteCrsUnknown(crs="features[…].crs")
        return [part for feature in features for part in _parts_of_feature(feature)]
    if kind == "Feature":
        return _parts_of_feature(decoded)
    return [(UNNAMED, _geometry(decoded))]


def _parts_of_feature(feature: Any) -> _Parts:
    if not isinstance(feature, Mapping) or feature.get("type") != "Feature":
        raise SiteUnreadable(sent=_excerpt(feature), reason=Term("cause.geojson_feature"))
    geometry = feature.get("geometry")
    if isinstance(geometry, Mapping) and geometry.get("crs") is not None:
        raise SiteCrsUnknown(crs=_excerpt(geometry["crs"]))
    properties = feature.get("properties")
    role = properties.get("role") if isinstance(properties, Mapping) else None
    name = _UNWRITABLE.sub("?", role).strip()[:ROLE_LENGTH] if isinstance(role, str) and role.strip() else UNNAMED
    return [(name, _geometry(geometry))]


def _geometry(member: Any) -> BaseGeometry:
    if not isinstance(member, Mapping):
        raise SiteUnreadable(sent=_excerpt(member), reason=Term("cause.geojson_geometry"))
    if not isinstance(member.get("type"), str) or member["type"] not in KINDS:
        raise SiteGeometryUnsupported(geometry_type=_excerpt(member.get("type")))
    try:
        return shapely.geometry.shape(dict(member))
    except SiteError:
        raise
    except _BROKEN as error:
        raise SiteUnreadable(sent=str(member.get("type")), reason=f"GeoJSON: {error}") from error
