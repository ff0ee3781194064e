"""The frame of a map sheet: its place and ratio, its graticule and scale bar, in px of 1/96 inch on paper.

Geometries come in EPSG:4490 (longitude, latitude). The sheet is drawn in a local plane around its centre, so that up
is true north there, and lengths through the centre are true.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from math import ceil, floor, log10

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.crs import LocalPlane

WIDTH, HEIGHT = 620.0, 470.0  # of the map within its neat line, px
PAPER_M = 0.0254 / 96.0  # of one px on paper
FILLED = 0.65  # of the frame, at most, by the site
NEAREST = 10_000  # the ratio beyond which no sheet is drawn nearer
_ROUND = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
_STEPS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0)  # minutes
_MOST_LINES = 7  # of the graticule, in each direction
_LONGEST_BAR = 170.0  # px


@dataclass(frozen=True, slots=True)
class GridLine:
    """One meridian or parallel of the graticule."""

    meridian: bool
    degrees: float
    label: str  # in degrees and minutes
    line: BaseGeometry  # px, within the frame


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """A scale bar of a round length."""

    length_m: float
    px: float


@dataclass(frozen=True)
class Frame:
    """Where a sheet lies and at what ratio. px go right and down from the frame's upper left corner."""

    lon: float  # of the centre, degrees
    lat: float
    ratio: int  # 1 to this on paper

    @classmethod
    def around(cls, ground: BaseGeometry, reach_m: float, least: int) -> "Frame":
        """The frame of a site with ground around it, at a round ratio.

        Parameters
        ----------
        ground : the site, EPSG:4490
        reach_m : how far around the site the frame must reach at least
        least : the ratio beyond which it is not drawn nearer, as 250 000
        """
        west, south, east, north = shapely.bounds(ground)
        lon, lat = (west + east) / 2.0, (south + north) / 2.0
        flat = shapely.bounds(LocalPlane(lon, lat).project(shapely.segmentize(ground, 0.05)))
        across = 2.0 * (max(abs(flat[0]), abs(flat[2])) + reach_m)
        along = 2.0 * (max(abs(flat[1]), abs(flat[3])) + reach_m)
        wanted = max(across / WIDTH, along / HEIGHT) / FILLED / PAPER_M
        return cls(lon, lat, _round_ratio(max(wanted, float(least))))

    @cached_property
    def _plane(self) -> LocalPlane:
        return LocalPlane(self.lon, self.lat)

    @property
    def metres_per_px(self) -> float:
        """Metres on the ground of one px, through the centre."""
        return self.ratio * PAPER_M

    @cached_property
    def box(self) -> shapely.Polygon:
        """The map within its neat line, px."""
        return shapely.box(0.0, 0.0, WIDTH, HEIGHT)

    def points(self, degrees: np.ndarray) -> np.ndarray:
        """Points from degrees to px, shape (n, 2)."""
        flat = self._plane.project_points(degrees) / self.metres_per_px
        return np.column_stack([WIDTH / 2.0 + flat[:, 0], HEIGHT / 2.0 - flat[:, 1]])

    def place(self, geometries: np.ndarray) -> np.ndarray:
        """Geometries from degrees to px, not yet cut to the frame."""
        placed: np.ndarray = shapely.transform(geometries, self.points)
        return placed

    def ground_at(self, x: float, y: float) -> tuple[float, float]:
        """Longitude and latitude of a place on the sheet."""
        there = shapely.Point((x - WIDTH / 2.0) * self.metres_per_px, (HEIGHT / 2.0 - y) * self.metres_per_px)
        back = self._plane.unproject(there)
        return float(shapely.get_x(back)), float(shapely.get_y(back))

    @cached_property
    def window(self) -> tuple[float, float, float, float]:
        """The box in degrees that holds all ground in the frame: west, south, east, north."""
        edge = shapely.get_coordinates(shapely.segmentize(self.box.exterior, 20.0))
        ground = np.array([self.ground_at(x, y) for x, y in edge])
        (west, south), (east, north) = ground.min(axis=0), ground.max(axis=0)
        return float(west), float(south), float(east), float(north)

    @cached_property
    def scale_bar(self) -> ScaleBar:
        """The longest bar of 1, 2 or 5 times a power of ten metres that has room."""
        most = _LONGEST_BAR * self.metres_per_px
        power = 10.0 ** floor(log10(most))
        length = max(step * power for step in (1.0, 2.0, 5.0) if step * power <= most)
        return ScaleBar(length, length / self.metres_per_px)

    @cached_property
    def graticule(self) -> tuple[GridLine, ...]:
        """Meridians, then parallels, at a round step of minutes."""
        west, south, east, north = self.window
        step = next((s for s in _STEPS if max(east - west, north - south) * 60.0 / s <= _MOST_LINES), _STEPS[-1])
        meridians = [(True, minutes) for minutes in _multiples(west * 60.0, east * 60.0, step)]
        parallels = [(False, minutes) for minutes in _multiples(south * 60.0, north * 60.0, step)]
        lines = [self._grid_line(meridian, minutes, step) for meridian, minutes in meridians + parallels]
        return tuple(line for line in lines if not line.line.is_empty)

    def _grid_line(self, meridian: bool, minutes: float, step: float) -> GridLine:
        west, south, east, north = self.window
        along = np.linspace(south, north, 33) if meridian else np.linspace(west, east, 33)
        fixed = np.full(along.shape, minutes / 60.0)
        degrees = np.column_stack([fixed, along] if meridian else [along, fixed])
        line = shapely.intersection(shapely.LineString(self.points(degrees)), self.box)
        return GridLine(meridian, minutes / 60.0, minutes_label(minutes, step), line)


def minutes_label(minutes: float, step: float) -> str:
    """An angle in degrees and minutes, as exact as the step between two of them: `129°30′`."""
    whole = int(minutes // 60.0)
    rest = minutes - whole * 60.0
    return f"{whole}°{rest:04.1f}′" if step < 1.0 else f"{whole}°{rest:02.0f}′"


def _multiples(least: float, most: float, step: float) -> list[float]:
    return [round(at * step, 1) for at in range(ceil(least / step), floor(most / step) + 1)]


def _round_ratio(wanted: float) -> int:
    """The nearest round ratio that shows no less ground."""
    return next(ratio for ratio in _ratios() if ratio >= wanted * (1.0 - 1e-9))


def _ratios() -> Iterator[int]:
    for power in count(3):
        yield from (round(step * 10**power) for step in _ROUND)
