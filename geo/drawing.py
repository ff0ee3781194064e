"""Shapes for illustrative zones: discs, ellipses, strips along courses, cells around places, ground above a cut.

What is drawn here is illustrative. Geometries are EPSG:4490 (longitude, latitude); discs, ellipses and strips are made
in a plane in metres around their centre.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, radians, sqrt
from pathlib import Path

import numpy as np
import rasterio
import rasterio.features
import rasterio.warp
import shapely
from contourpy import FillType, contour_generator
from rasterio.transform import Affine
from shapely.geometry.base import BaseGeometry

from geo.crs import LocalPlane
from geo.errors import BuildError
from geo.geometry import METRES_PER_DEGREE, PLANE_STEP_DEG, area_m2, polygons_of

GRID = 1e-7  # degrees, about 1 cm: vertices of drawn zones stand on it
FINER = 10  # how many times finer than its cells a land-cover raster is smoothed
_ROUND = 8  # segments of a quarter of a circle in a strip's ends and bends


def snap(geometry: BaseGeometry) -> BaseGeometry:
    """Polygons with their vertices on the grid, valid."""
    return polygons_of(shapely.set_precision(geometry, GRID))


def ellipse(lon: float, lat: float, area: float, width_to_height: float = 1.0) -> BaseGeometry:
    """An ellipse of a given area in m² (to 0.2 %) around a place, wider than high by a factor; a disc by default."""
    half_height = sqrt(area / pi / width_to_height)
    turn = np.linspace(0.0, 2.0 * pi, 73)[:-1]
    ring = np.column_stack([half_height * width_to_height * np.cos(turn), half_height * np.sin(turn)])
    return snap(LocalPlane(lon, lat).unproject(shapely.Polygon(ring)))


def disc(lon: float, lat: float, radius_m: float) -> BaseGeometry:
    """The ground within some metres of a place."""
    return ellipse(lon, lat, pi * radius_m**2)


def fitted(lon: float, lat: float, area: float, width_to_height: float, within: BaseGeometry) -> BaseGeometry:
    """An ellipse around a place, grown until its part within some ground has the area asked for, in m².

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
    """The part of some ground south of the parallel that leaves an area in m².

    Raises
    ------
    BuildError
        Where the ground is no larger than that, or no area is left to look for.
    """
    there = area_m2(ground)
    if not 0.0 < area < there:
        raise BuildError(
            what="a part", reason=f"{area / 1e6:.0f} km² are wanted of {there / 1e6:.0f} km² that are there"
        )
    west, south, east, north = shapely.bounds(ground)
    low, high = south, north
    for _ in range(50):
        middle = (low + high) / 2.0
        part = shapely.intersection(ground, shapely.box(west, south, east, middle))
        low, high = (middle, high) if area_m2(part) < area else (low, middle)
    return snap(shapely.intersection(ground, shapely.box(west, south, east, high)))


def strip(course: BaseGeometry, half_width_m: float) -> BaseGeometry:
    """The ground within some metres of a course, a (multi)line in EPSG:4490.

    The course is laid on a plane around its middle, so that half a width of 1 km is true to a metre for courses of up
    to 300 km.
    """
    west, south, east, north = shapely.bounds(course)
    plane = LocalPlane((west + east) / 2.0, (south + north) / 2.0)
    flat = plane.project(shapely.segmentize(course, PLANE_STEP_DEG * 5.0))
    return snap(plane.unproject(shapely.buffer(flat, half_width_m, quad_segs=_ROUND)))


def cells_around(places: Sequence[BaseGeometry], within: BaseGeometry) -> list[BaseGeometry]:
    """Some ground divided among places (points or lines): to each the part that is nearest to it.

    Nearness is measured in degrees with longitude shortened as at the middle of the ground; a line counts by points
    0.02 degrees apart. Of places at one point the first has it.
    """
    if not places:
        return []
    _, south, _, north = shapely.bounds(within)
    shorter = cos(radians((south + north) / 2.0))
    points, owners = [], []
    for owner, place in enumerate(places):
        found = shapely.get_coordinates(shapely.segmentize(place, 0.02))
        points.append(found)
        owners.append(np.full(len(found), owner))
    flat = np.vstack(points) * (shorter, 1.0)
    flat, first = np.unique(flat, axis=0, return_index=True)
    owner_of = np.concatenate(owners)[first]
    if len(set(owner_of)) < 2:
        return [within if owner in owner_of else shapely.Polygon() for owner in range(len(places))]
    wide = shapely.box(*(shapely.bounds(within) * (shorter, 1.0, shorter, 1.0) + (-1.0, -1.0, 1.0, 1.0)))
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(flat), extend_to=wide, ordered=True))
    grounds = []
    for owner in range(len(places)):
        cell = shapely.coverage_union_all(cells[owner_of == owner])
        back = shapely.transform(cell, lambda xy: xy / (shorter, 1.0))
        grounds.append(snap(shapely.intersection(back, within)))
    return grounds


@dataclass(frozen=True, eq=False)
class Surface:
    """Values at the centres of square cells, rows from north to south; between them they run straight."""

    values: np.ndarray  # shape (rows, columns)
    west: float  # degrees, the outer edge
    north: float
    step: float  # degrees, a cell's side

    @property
    def lon(self) -> np.ndarray:
        """Longitudes of the columns' centres."""
        lon: np.ndarray = self.west + self.step * (np.arange(self.values.shape[1]) + 0.5)
        return lon

    @property
    def lat(self) -> np.ndarray:
        """Latitudes of the rows' centres."""
        lat: np.ndarray = self.north - self.step * (np.arange(self.values.shape[0]) + 0.5)
        return lat

    def like(self, values: np.ndarray) -> "Surface":
        """Other values on the same cells."""
        return Surface(values, self.west, self.north, self.step)

    def inside(self, ground: BaseGeometry) -> np.ndarray:
        """Which cells have their centre in some ground."""
        grid = Affine(self.step, 0.0, self.west, 0.0, -self.step, self.north)
        if ground.is_empty:
            return np.zeros(self.values.shape, dtype=bool)
        burnt: np.ndarray = rasterio.features.rasterize([ground], self.values.shape, transform=grid)
        return burnt > 0

    def cell_m2(self) -> np.ndarray:
        """Area of each cell in m², of the values' shape."""
        rows = [
            area_m2(shapely.box(self.west, lat - self.step / 2, self.west + self.step, lat + self.step / 2))
            for lat in self.lat
        ]
        return np.repeat(np.array(rows)[:, None], self.values.shape[1], axis=1)

    def cut_for(self, area: float, where: np.ndarray) -> float:
        """The value that the highest cells of a mask reach, when together they have an area in m².

        Raises
        ------
        BuildError
            Where the mask has less ground than that.
        """
        values, areas = self.values[where], self.cell_m2()[where]
        order = np.argsort(-values, kind="stable")
        there = np.cumsum([0.0, *areas[order]])  # in the highest cells, so that the last is all
        if not 0.0 < area <= there[-1]:
            raise BuildError(
                what="a cut", reason=f"{area / 1e6:.0f} km² are wanted of {there[-1] / 1e6:.0f} km² that are there"
            )
        return float(values[order][np.searchsorted(there, area) - 1])

    def above(self, cut: float) -> BaseGeometry:
        """The ground where the value is at least a cut; its outline is smoothed by half a cell."""
        made = contour_generator(self.lon, self.lat, self.values, fill_type=FillType.OuterOffset)
        points, offsets, *_ = made.filled(cut, float(self.values.max()) + 1.0)
        polygons = [
            shapely.Polygon(rings[0], rings[1:])
            for at, ends in zip(points, offsets, strict=True)
            if at is not None and ends is not None
            for rings in [np.split(at, ends[1:-1].astype(int))]
        ]
        return snap(shapely.simplify(shapely.union_all(shapely.make_valid(polygons)), self.step / 2.0))


def cover(path: Path, classes: Sequence[int], window_cells: int = 0) -> Surface:
    """The share of some classes of a land-cover raster, from 0 to 1, smoothed so that its cells leave no staircase.

    Parameters
    ----------
    path : a raster in geographic coordinates with square cells
    classes : the cell values that count as 1
    window_cells : where above 0, the share in a square of this many cells on each side of the place
    """
    with rasterio.open(path) as raster:
        cells = np.isin(raster.read(1), classes).astype("float64")
        grid, crs = raster.transform, raster.crs
    if window_cells:
        cells = _boxed(cells, window_cells)
    step = grid.a / FINER
    smooth = np.zeros((cells.shape[0] * FINER, cells.shape[1] * FINER))
    rasterio.warp.reproject(
        cells, smooth, src_transform=grid, dst_transform=Affine(step, 0.0, grid.c, 0.0, -step, grid.f),
        src_crs=crs, dst_crs=crs, resampling=rasterio.warp.Resampling.cubic_spline,
    )  # fmt: skip
    return Surface(smooth.round(9), grid.c, grid.f, step)


def _boxed(cells: np.ndarray, reach: int) -> np.ndarray:
    """The mean of the square of cells around each cell; the edge is repeated outwards."""
    wide = np.pad(cells, reach, mode="edge")
    squares = np.lib.stride_tricks.sliding_window_view(wide, (2 * reach + 1, 2 * reach + 1))
    mean: np.ndarray = squares.mean(axis=(2, 3))
    return mean


def metres_to(surface: Surface, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Distance in metres from each cell of a surface to the nearest of some places, to about a hundredth."""
    shorter = np.cos(np.radians(surface.lat))[:, None]
    nearest = np.full(surface.values.shape, np.inf)
    for east, north in zip(lon, lat, strict=True):
        across = (surface.lon[None, :] - east) * shorter
        nearest = np.minimum(nearest, np.hypot(across, surface.lat[:, None] - north))
    return nearest * METRES_PER_DEGREE


def class_ground(path: Path, classes: Sequence[int]) -> BaseGeometry:
    """The cells of a raster that have one of some values, in their own outlines."""
    with rasterio.open(path) as raster:
        inside = np.isin(raster.read(1), classes).astype("uint8")
        shapes = rasterio.features.shapes(inside, mask=inside > 0, transform=raster.transform)
        return snap(shapely.union_all([shapely.geometry.shape(shape) for shape, _ in shapes]))
