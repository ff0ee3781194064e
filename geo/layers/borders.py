"""The borders of zones in short runs under boxes: the sides that may be nearest to a point, of many layers at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians, sin, sqrt
from typing import Any, ClassVar, NamedTuple, TypeAlias

import numpy as np
import shapely

from geo.crs import GEOD
from geo.geometry import PLANE_STEP_DEG

RUN = 12  # sides of a run, runs of a block, blocks of a block of blocks
LEVELS = 3
_E2 = 1.0 - (GEOD.b / GEOD.a) ** 2
_DEGREE_M = radians(GEOD.a)
_LEAST_M = _DEGREE_M * (1.0 - _E2)  # the shortest degree of latitude, at the equator
_STEEPEST = 89.9  # degrees
_TINY = 1e-12


class Here(NamedTuple):
    """A place, and how long degrees are there."""

    lon: float
    lat: float
    meridian_m: float  # of a degree of latitude
    parallel_m: float  # of a degree of longitude
    wide: float  # a degree of longitude beside one of latitude
    bend: float  # by how much, metres, `meridian_m` grows in a degree northwards
    slope: float  # by how much `parallel_m` shrinks
    curve: float  # and half of how much it shrinks faster there
    haze: float  # of the error of a distance, see `error_m`

    @classmethod
    def at(cls, lon: float, lat: float) -> "Here":
        """The place at a longitude and latitude, degrees."""
        sine, cosine = sin(radians(lat)), cos(radians(lat))
        meridian_m, parallel_m = _meridian_m(lat), _parallel_m(lat)
        bend = radians(3.0 * meridian_m * _E2 * sine * cosine / (1.0 - _E2 * sine**2))
        slope, curve = radians(meridian_m * sine), radians(radians(meridian_m * cosine)) / 2.0
        return cls(lon, lat, meridian_m, parallel_m, parallel_m / meridian_m, bend, slope, curve, 0.1 / cosine**2)

    def stretches(self, squares: np.ndarray, largest: float) -> np.ndarray:
        """By how much the squares of things may exceed each of these, or a smaller, and they still be nearer.

        The straight way meets no longer steps than those at the ends of its latitudes; and a way that is as short as
        that leaves no latitudes within its length, and meets no shorter steps than those at their ends. What that
        makes of the largest is worked out; it grows faster than the distance, so that the others are no worse off.
        """
        lat, far = abs(self.lat), sqrt(largest)
        poleward, inward = min(lat + far, _STEEPEST), max(lat - far, 0.0)
        longest = max(_meridian_m(poleward), _parallel_m(inward) / self.wide)
        band = far * longest / _LEAST_M
        poleward, inward = min(lat + band, _STEEPEST), max(lat - band, 0.0)
        shortest = min(_meridian_m(inward), _parallel_m(poleward) / self.wide)
        more = (longest / shortest) ** 2 - 1.0
        found: np.ndarray = np.sqrt(squares) * (more / max(far, _TINY)) + (1.0 + 1e-6)
        return found


# What follows is of numbers or arrays alike: `sifting` compiles the same lines.


def square(here: Here, lon: Any, lat: Any) -> Any:
    """To points, in squares of degrees of latitude, as if every degree were as long as it is here."""
    across, along = (lon - here.lon) * here.wide, lat - here.lat
    return across * across + along * along


def square_to_box(here: Here, west: Any, south: Any, east: Any, north: Any) -> Any:
    """The same to boxes."""
    across = np.maximum(np.maximum(west - here.lon, here.lon - east), 0.0) * here.wide
    along = np.maximum(np.maximum(south - here.lat, here.lat - north), 0.0)
    return across * across + along * along


def placed(here: Here, lon: Any, lat: Any) -> tuple[Any, Any]:
    """Where points lie from here, metres to the east and north, to within `error_m` in their distance.

    Every point is put where its steps of latitude and longitude lead, taken half way to it (Gauss's mid-latitude
    formula, its two radii as series at the place).
    """
    up = lat - here.lat
    half = up * 0.5
    x = (lon - here.lon) * (here.parallel_m - half * (here.slope + half * here.curve))
    return x, up * (here.meridian_m + half * here.bend)


def away_m(x: Any, y: Any, over: Any, rise: Any) -> Any:
    """Distance to sides, metres: from where they begin they go so far over and up."""
    share = np.minimum(np.maximum(-(x * over + y * rise) / (over * over + rise * rise), 0.0), 1.0)
    return np.hypot(x + share * over, y + share * rise)


def error_m(here: Here, away_m: Any) -> Any:
    """How far such a distance may be off: more than twice the formula's own error, as a test holds."""
    arc = np.square(np.radians(away_m / _LEAST_M))
    return away_m * arc * (here.haze + arc) + 0.01


class Runs(NamedTuple):
    """Sides in runs, runs under boxes, and these under larger ones; those of one layer stand together."""

    points: np.ndarray  # of each run the ends of its sides, longitudes and latitudes, shape (2, runs, RUN + 1)
    # From the coarsest to the runs: west, south, east, north and a point of each, degrees, shape (6, n); RUN of one
    # level, one after the other, are in one of the level before; where there are too few, boxes that are nowhere.
    levels: tuple[np.ndarray, ...]
    layer: np.ndarray  # of each of the coarsest


_Found = tuple[np.ndarray, np.ndarray, np.ndarray]
_Sift: TypeAlias = "staticmethod[[Here, Runs, np.ndarray, np.ndarray], _Found]"


def sift(here: Here, runs: Runs, most: np.ndarray, stretch: np.ndarray) -> _Found:
    """Of each layer the sides that may be its nearest: their runs, their numbers in these, their layers.

    Parameters
    ----------
    most : of each layer a square within which its nearest side surely lies, before a stretch; is made less
    stretch : of each layer, see `Here.stretches`
    """
    boxes = runs.levels[0]
    some = np.flatnonzero(square_to_box(here, *boxes[:4]) <= most[runs.layer])
    layer = runs.layer[some]
    for level in runs.levels[1:]:
        some, layer = (some[:, None] * RUN + np.arange(RUN)).ravel(), layer.repeat(RUN)
        boxes, begins = level[:, some], _begins(layer)
        own = layer[begins]
        most[own] = np.minimum.reduceat(square(here, *boxes[4:]), begins) * stretch[own]
        near = square_to_box(here, *boxes[:4]) <= most[layer]
        some, layer = some[near], layer[near]
    layer = layer.repeat(RUN)
    away, begins = _away_of_runs_m(here, runs.points[:, some]).ravel(), _begins(layer)
    least = np.minimum.reduceat(away, begins)
    most[layer[begins]] = least + error_m(here, least)
    close = np.flatnonzero(away - error_m(here, away) <= most[layer])
    run, side = np.divmod(close, RUN)
    return some[run], side, layer[close]


def _away_of_runs_m(here: Here, points: np.ndarray) -> np.ndarray:
    """Distance to the sides of runs, shape (runs, sides); of each the ends, shape (2, runs, sides + 1)."""
    x, y = placed(here, *points)
    found: np.ndarray = away_m(x[:, :-1], y[:, :-1], x[:, 1:] - x[:, :-1], y[:, 1:] - y[:, :-1])
    return found


@dataclass(frozen=True, slots=True)
class Sides:
    """Sides of zones; those of one layer stand together, the layers in order."""

    ends: np.ndarray  # of each, longitude and latitude of where it begins and of where it ends, shape (n, 2, 2)
    layer: np.ndarray  # of each, the number of its layer
    zone: np.ndarray  # of each, the number of its zone in the layer


@dataclass(frozen=True, eq=False)
class Borders:
    """All sides of the zones of some layers, none of them longer than what may be measured in a plane.

    A run goes along a ring; the last of a ring goes on along its beginning until it is full.
    """

    runs: Runs
    zone: np.ndarray  # of each run
    first: np.ndarray  # of each layer, its first of the coarsest boxes

    sift: ClassVar[_Sift] = staticmethod(sift)  # in all of a process; `sifting.load` puts a compiled one in its place

    @classmethod
    def of(cls, layers: Sequence[np.ndarray]) -> "Borders":
        """Make it from the zones of layers, polygons in EPSG:4490, at least one in each."""
        parts = [_runs_of(geometries) for geometries in layers]
        points, zone = np.concatenate([some for some, _ in parts], axis=1), np.concatenate([some for _, some in parts])
        levels = [np.concatenate([points.min(axis=2), points.max(axis=2), points[:, :, 0]])]
        levels[0][2:4, zone < 0] = -np.inf
        while len(levels) < LEVELS:
            west, south, east, north, *point = levels[0].reshape(6, -1, RUN)
            least, most = [west.min(axis=1), south.min(axis=1)], [east.max(axis=1), north.max(axis=1)]
            levels.insert(0, np.array([*least, *most, *(one[:, 0] for one in point)]))
        sizes = np.array([len(whose) // RUN ** (LEVELS - 1) for _, whose in parts])
        runs = Runs(points, tuple(levels), np.repeat(np.arange(len(parts)), sizes))
        return cls(runs, zone, np.cumsum([0, *sizes[:-1]]))

    def around(self, lon: float, lat: float, wanted: np.ndarray) -> Sides:
        """Of each layer wanted, every side that may be the nearest to a point.

        Parameters
        ----------
        lon, lat : degrees
        wanted : whether each layer is, shape (layers,); at least one
        """
        here = Here.at(lon, lat)
        least = np.minimum.reduceat(square(here, *self.runs.levels[0][4:]), self.first)
        stretch = here.stretches(least, float(least[wanted].max()))
        run, side, layer = self.sift(here, self.runs, np.where(wanted, least * stretch, -1.0), stretch)
        ends = self.runs.points[:, run[:, None], side[:, None] + np.arange(2)]
        return Sides(ends.transpose(1, 2, 0), layer, self.zone[run])


def _begins(layer: np.ndarray) -> np.ndarray:
    """Where the rows of each layer begin, those of one being together."""
    return np.flatnonzero(np.concatenate(([True], layer[1:] != layer[:-1])))


def _meridian_m(lat: float) -> float:
    """Metres of a degree of latitude; they grow polewards."""
    bulge: float = 1.0 - _E2 * sin(radians(lat)) ** 2
    return _DEGREE_M * (1.0 - _E2) / (bulge * sqrt(bulge))


def _parallel_m(lat: float) -> float:
    """Metres of a degree of longitude; they shrink polewards."""
    return _DEGREE_M * cos(radians(lat)) / sqrt(1.0 - _E2 * sin(radians(lat)) ** 2)


def _runs_of(geometries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The points of the runs of the zones' borders, shape (2, runs, RUN + 1), and of each its zone.

    What is lacking to fill the coarsest level is infinitely far, and of no zone (-1).
    """
    parts, owner = shapely.get_parts(geometries, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    order = _order(shapely.bounds(rings))  # so that runs of one block lie together
    rings = shapely.segmentize(shapely.remove_repeated_points(rings[order]), PLANE_STEP_DEG)
    points, sides = shapely.get_coordinates(rings), shapely.get_num_coordinates(rings) - 1
    firsts, needed = np.cumsum([0, *(sides + 1)[:-1]]), -(-sides // RUN)
    ring = np.repeat(np.arange(len(rings)), needed)
    number = np.arange(len(ring)) - np.repeat(np.cumsum([0, *needed[:-1]]), needed)  # of the run in its ring
    slots = (number[:, None] * RUN + np.arange(RUN + 1)) % sides[ring][:, None]
    whole = -(-len(ring) // RUN ** (LEVELS - 1)) * RUN ** (LEVELS - 1)
    runs, zone = np.full((2, whole, RUN + 1), np.inf), np.full(whole, -1)
    runs[:, : len(ring)] = points[firsts[ring][:, None] + slots].transpose(2, 0, 1)
    zone[: len(ring)] = owner[part][order][ring]
    return runs, zone


def _order(boxes: np.ndarray) -> np.ndarray:
    """Boxes in strips from west to east, each from south to north."""
    middles = boxes[:, :2] + boxes[:, 2:]
    across = np.argsort(np.argsort(middles[:, 0], kind="stable"), kind="stable")
    strip = across // max(1, round(len(boxes) ** 0.5))
    return np.lexsort((middles[:, 1], strip))
