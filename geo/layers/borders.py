"""The borders of zones in short runs under boxes: the sides that may be nearest to a point, of many layers at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians, sin, sqrt
from typing import ClassVar, NamedTuple, TypeAlias

import numpy as np
import shapely

from geo.crs import GEOD
from geo.geometry import PLANE_STEP_DEG

RUN = 12  # sides of a run, runs of a block, blocks of a block of blocks
LEVELS = 3
_E2 = 1.0 - (GEOD.b / GEOD.a) ** 2
_DEGREE_M = radians(GEOD.a)
LEAST_M = _DEGREE_M * (1.0 - _E2)  # the shortest degree of latitude, at the equator
_STEEPEST = 89.9  # degrees
_TINY = 1e-12


class Here(NamedTuple):
    """A place, and distances from it: squares of degrees of latitude as long as they are there, or metres."""

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

    def squares(self, points: np.ndarray) -> np.ndarray:
        """To points, shape (2, n), as if every degree were as long as it is here."""
        found: np.ndarray = ((points[0] - self.lon) * self.wide) ** 2 + (points[1] - self.lat) ** 2
        return found

    def squares_to_boxes(self, boxes: np.ndarray) -> np.ndarray:
        """The same to boxes, shape (4 or more, n): west, south, east, north."""
        across = np.maximum(np.maximum(boxes[0] - self.lon, self.lon - boxes[2]), 0.0) * self.wide
        along = np.maximum(np.maximum(boxes[1] - self.lat, self.lat - boxes[3]), 0.0)
        found: np.ndarray = across * across + along * along
        return found

    def stretches(self, squares: np.ndarray, largest: float) -> np.ndarray:
        """By how much the squares of things may exceed each of these, or a smaller, and they still be nearer.

        The straight way meets no longer steps than those at the ends of its latitudes; and a way that is as short as
        that leaves no latitudes within its length, and meets no shorter steps than those at their ends. What that
        makes of the largest is worked out; it grows faster than the distance, so that the others are no worse off.
        """
        lat, far = abs(self.lat), sqrt(largest)
        poleward, inward = min(lat + far, _STEEPEST), max(lat - far, 0.0)
        longest = max(_meridian_m(poleward), _parallel_m(inward) / self.wide)
        band = far * longest / LEAST_M
        poleward, inward = min(lat + band, _STEEPEST), max(lat - band, 0.0)
        shortest = min(_meridian_m(inward), _parallel_m(poleward) / self.wide)
        more = (longest / shortest) ** 2 - 1.0
        found: np.ndarray = np.sqrt(squares) * (more / max(far, _TINY)) + (1.0 + 1e-6)
        return found

    def away_m(self, points: np.ndarray) -> np.ndarray:
        """Distance to the sides of runs, metres, to within `error_m`; shape (runs, sides).

        Every point is put where its steps of latitude and longitude lead, taken half way to it (Gauss's mid-latitude
        formula, its two radii as series at the place).

        Parameters
        ----------
        points : longitudes and latitudes of the ends of the sides, shape (2, runs, sides + 1)
        """
        up = points[1] - self.lat
        half = up * 0.5
        x = (points[0] - self.lon) * (self.parallel_m - half * (self.slope + half * self.curve))
        y = up * (self.meridian_m + half * self.bend)
        run, rise = x[:, 1:] - x[:, :-1], y[:, 1:] - y[:, :-1]
        x, y = x[:, :-1], y[:, :-1]
        share = np.minimum(np.maximum(-(x * run + y * rise) / (run * run + rise * rise), 0.0), 1.0)
        found: np.ndarray = np.hypot(x + share * run, y + share * rise)
        return found

    def error_m(self, away_m: np.ndarray) -> np.ndarray:
        """How far such a distance may be off: more than twice the formula's own error, as a test holds."""
        arc = np.square(np.radians(away_m / LEAST_M))
        found: np.ndarray = away_m * arc * (self.haze + arc) + 0.01
        return found


_Found = tuple[np.ndarray, np.ndarray, np.ndarray]
Sift: TypeAlias = "staticmethod[[Here, np.ndarray, np.ndarray, tuple[np.ndarray, ...], np.ndarray, np.ndarray], _Found]"


def sift(
    here: Here,
    most: np.ndarray,
    stretch: np.ndarray,
    levels: tuple[np.ndarray, ...],
    layer: np.ndarray,
    points: np.ndarray,
) -> _Found:
    """Of each layer the sides that may be its nearest: their runs, their numbers in these, their layers.

    Parameters
    ----------
    most : of each layer a square within which its nearest side surely lies, before a stretch; is made less
    stretch : of each layer, see `Here.stretches`
    levels, layer, points : as `Borders` has them
    """
    boxes = levels[0]
    some = np.flatnonzero(here.squares_to_boxes(boxes) <= most[layer])
    layer = layer[some]
    for level in levels[1:]:
        some, layer = (some[:, None] * RUN + np.arange(RUN)).ravel(), layer.repeat(RUN)
        boxes, begins = level[:, some], _begins(layer)
        own = layer[begins]
        most[own] = np.minimum.reduceat(here.squares(boxes[4:]), begins) * stretch[own]
        near = here.squares_to_boxes(boxes) <= most[layer]
        some, layer = some[near], layer[near]
    layer = layer.repeat(RUN)
    away, begins = here.away_m(points[:, some]).ravel(), _begins(layer)
    least = np.minimum.reduceat(away, begins)
    most[layer[begins]] = least + here.error_m(least)
    close = np.flatnonzero(away - here.error_m(away) <= most[layer])
    run, side = np.divmod(close, RUN)
    return some[run], side, layer[close]


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

    points: np.ndarray  # of each run the ends of its sides, longitudes and latitudes, shape (2, runs, RUN + 1)
    zone: np.ndarray  # of each run
    # From the coarsest to the runs: west, south, east, north and a point of each, degrees, shape (6, n); RUN of one
    # level, one after the other, are in one of the level before; where there are too few, boxes that are nowhere.
    levels: tuple[np.ndarray, ...]
    layer: np.ndarray  # of each of the coarsest
    first: np.ndarray  # of each layer, its first of the coarsest

    sift: ClassVar[Sift] = staticmethod(sift)  # in all of a process; `sifting.load` puts a compiled one in its place

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
        return cls(points, zone, tuple(levels), np.repeat(np.arange(len(parts)), sizes), np.cumsum([0, *sizes[:-1]]))

    def around(self, lon: float, lat: float, wanted: np.ndarray) -> Sides:
        """Of each layer wanted, every side that may be the nearest to a point.

        Parameters
        ----------
        lon, lat : degrees
        wanted : whether each layer is, shape (layers,); at least one
        """
        here = Here.at(lon, lat)
        least = np.minimum.reduceat(here.squares(self.levels[0][4:]), self.first)
        stretch = here.stretches(least, float(least[wanted].max()))
        most = np.where(wanted, least * stretch, -1.0)
        run, side, layer = self.sift(here, most, stretch, self.levels, self.layer, self.points)
        ends = self.points[:, run[:, None], side[:, None] + np.arange(2)]
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
