"""Drawing zones: discs, ellipses, the ground of a raster class, and control units by precedence.

What is drawn here is illustrative. Geometries are EPSG:4490; the shapes are made in a plane around their centre.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import pi, sqrt
from pathlib import Path

import numpy as np
import rasterio
import rasterio.features
import rasterio.warp
import shapely
from rasterio.transform import Affine
from shapely.geometry.base import BaseGeometry

from geo.crs import LocalPlane
from geo.errors import BuildError
from geo.geometry import area_m2, polygons_of

PRECEDENCE = ("priority", "key", "general")  # what is claimed first stays; classes of control unit
CLASS_DIGIT = {"priority": 1, "key": 2, "general": 3}
GRID = 1e-7  # degrees, about 1 cm: vertices of drawn zones stand on it
FINER = 8  # how many times finer the raster is sampled before its outline is taken


@dataclass(frozen=True, slots=True)
class Element:
    """Ground that asks for a class of control unit."""

    id: str
    name: str
    zone_class: str
    kind: str
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True)
class Unit:
    """A control unit: one class, one county, and what it was drawn from."""

    code: str
    name: str
    zone_class: str
    county: str
    geometry: BaseGeometry
    basis: str


def snap(geometry: BaseGeometry) -> BaseGeometry:
    """Polygons with their vertices on the grid, valid."""
    return polygons_of(shapely.set_precision(geometry, GRID))


def ellipse(lon: float, lat: float, area: float, width_to_height: float = 1.0) -> BaseGeometry:
    """An ellipse of a given area in m² around a place, wider than high by a factor; a disc by default."""
    half_height = sqrt(area / pi / width_to_height)
    turn = np.linspace(0.0, 2.0 * pi, 73)[:-1]
    ring = np.column_stack([half_height * width_to_height * np.cos(turn), half_height * np.sin(turn)])
    return snap(LocalPlane(lon, lat).unproject(shapely.Polygon(ring)))


def fitted(lon: float, lat: float, area: float, width_to_height: float, within: BaseGeometry) -> BaseGeometry:
    """An ellipse around a place, grown until its part within some ground has the area asked for.

    Raises
    ------
    BuildError
        Where that ground is too small, or the place lies far outside it.
    """
    least, most = area, area
    while area_m2(shapely.intersection(ellipse(lon, lat, most, width_to_height), within)) < area:
        most *= 2.0
        if most > 64.0 * area:
            raise BuildError(what=f"{lon}, {lat}", reason=f"no room for {area / 1e6:.0f} km² in its counties")
    for _ in range(40):
        middle = (least + most) / 2.0
        enough = area_m2(shapely.intersection(ellipse(lon, lat, middle, width_to_height), within)) >= area
        least, most = (least, middle) if enough else (middle, most)
    return snap(shapely.intersection(ellipse(lon, lat, most, width_to_height), within))


def south_part(ground: BaseGeometry, area: float) -> BaseGeometry:
    """The part of some ground south of the parallel that leaves an area in m²."""
    west, south, east, north = shapely.bounds(ground)
    low, high = south, north
    for _ in range(50):
        middle = (low + high) / 2.0
        part = shapely.intersection(ground, shapely.box(west, south, east, middle))
        low, high = (middle, high) if area_m2(part) < area else (low, middle)
    return snap(shapely.intersection(ground, shapely.box(west, south, east, high)))


def class_ground(path: Path, classes: Sequence[int]) -> BaseGeometry:
    """The ground of some classes of a raster, its cells smoothed so that the outline is no staircase of cells."""
    with rasterio.open(path) as raster:
        cells = np.isin(raster.read(1), classes).astype("float32")
        transform, crs = raster.transform, raster.crs
    wide, high = transform.a / FINER, transform.e / FINER
    finer = Affine(wide, 0.0, transform.c, 0.0, high, transform.f)
    smooth = np.zeros((cells.shape[0] * FINER, cells.shape[1] * FINER), dtype="float32")
    rasterio.warp.reproject(
        cells, smooth, src_transform=transform, dst_transform=finer, src_crs=crs, dst_crs=crs,
        resampling=rasterio.warp.Resampling.cubic_spline,
    )  # fmt: skip
    inside = (smooth >= 0.5).astype("uint8")
    shapes = rasterio.features.shapes(inside, mask=inside > 0, transform=finer)
    ground = shapely.union_all([shapely.geometry.shape(shape) for shape, _ in shapes])
    return snap(shapely.simplify(ground, wide))


def draw_units(
    elements: Sequence[Element],
    counties: Mapping[str, tuple[str, BaseGeometry]],
    rest: tuple[str, str],
    prefix: str,
) -> list[Unit]:
    """Cut the counties into control units: elements by precedence, then what is left.

    Parameters
    ----------
    elements : ground that asks for a class; earlier classes of `PRECEDENCE` win, and within one the earlier element
    counties : name and ground by code
    rest : class and name of what no element claims
    prefix : opens every code: `prefix` + county + class digit + four-digit serial
    """
    units: list[Unit] = []
    for code, (county, ground) in sorted(counties.items()):
        left = ground
        serials = dict.fromkeys(PRECEDENCE, 0)
        for element in sorted(elements, key=lambda element: PRECEDENCE.index(element.zone_class)):
            piece = snap(shapely.intersection(left, element.geometry))
            if area_m2(piece) < 1e4:
                continue
            left = snap(shapely.difference(left, piece))
            units.append(_unit(prefix, code, county, serials, element.zone_class, element.name, piece, element.id))
        if not left.is_empty:
            units.append(_unit(prefix, code, county, serials, rest[0], rest[1], left, "rest"))
    return units


def _unit(
    prefix: str,
    code: str,
    county: str,
    serials: dict[str, int],
    zone_class: str,
    name: str,
    ground: BaseGeometry,
    basis: str,
) -> Unit:
    serials[zone_class] += 1
    number = f"{prefix}{code}{CLASS_DIGIT[zone_class]}{serials[zone_class]:04d}"
    return Unit(number, f"{county}{name}", zone_class, code, ground, basis)
