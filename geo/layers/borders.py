"""The borders of zones in short runs under boxes: the sides that may be nearest to a point, of many layers at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians, sin, sqrt

import numpy as np
import shapely

from geo.crs import GEOD
from geo.geometry import PLANE_STEP_DEG

RUN = 12  # sides of a run, and runs of a block
_E2 = 1.0 - (GEOD.b / GEOD.a) ** 2
_DEGREE_M = radians(GEOD.a)
_LEAST_M = _DEGREE_M * (1.0 - _E2)  # the shortest degree of latitude, at the equator
_STEEPEST = 89.9  # degrees
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Sides:
    """Sides of zones; those of one layer stand together, the layers in order."""

    ends: np.ndarray  # of each, longitude and latitude of where it begins and of where it ends, shape (n, 2, 2)
    layer: np.ndarray  # of each, the number of its layer
    zone: np.ndarray  # of each, the number of its zone in the layer


@dataclass(frozen=True, eq=False)
class Borders:
    """All sides of the zones of some layers, none of them longer than what may be measured in a plane.

    A run goes along a ring; the last of a ring goes on along its beginning until it is full. A block that is not full
    has its last run again.
    """

    points: np.ndarray  # of each run the ends of its sides, longitudes and latitudes, shape (2, runs, RUN + 1)
    zone: np.ndarray  # of each run
    runs: np.ndarray  # west, south, east, north and the first point of each, degrees, shape (6, runs)
    blocks: np.ndarray  # the same, shape (6, blocks)
    layer: np.ndarray  # of each block
    first: np.ndarray  # of each layer, its first block

    @classmethod
    def of(cls, layers: Sequence[np.ndarray]) -> "Borders":
        """Make it from the zones of layers, polygons in EPSG:4490, at least one in each."""
        parts = [_runs_of(geometries) for geometries in layers]
        points = np.concatenate([some for some, _ in parts], axis=1)
        runs = np.concatenate([points.min(axis=2), points.max(axis=2), points[:, :, 0]])
        west, south, east, north, *first = runs.reshape(6, -1, RUN)
        boxes = west.min(axis=1), south.min(axis=1), east.max(axis=1), north.max(axis=1), *(one[:, 0] for one in first)
        blocks = np.array([len(zone) // RUN for _, zone in parts])
        zone, layer = np.concatenate([zone for _, zone in parts]), np.repeat(np.arange(len(parts)), blocks)
        return cls(points, zone, runs, np.array(boxes), layer, np.cumsum([0, *blocks[:-1]]))

    def around(self, lon: float, lat: float, wanted: np.ndarray) -> Sides:
        """Of each layer wanted, every side that may be the nearest to a point.

        Parameters
        ----------
        lon, lat : degrees
        wanted : whether each layer is, shape (layers,); at least one
        """
        here = _Here(lon, lat)
        least = np.minimum.reduceat(here.squares(self.blocks[4:]), self.first)
        stretch = here.stretches(least, float(least[wanted].max()))
        most = np.where(wanted, least * stretch, -1.0)
        near = np.flatnonzero(here.squares_to_boxes(self.blocks) <= most[self.layer])
        runs, layer = (near[:, None] * RUN + np.arange(RUN)).ravel(), np.repeat(self.layer[near], RUN)
        boxes, begins = self.runs[:, runs], _begins(layer)
        least = np.minimum.reduceat(here.squares(boxes[4:]), begins)
        most[layer[begins]] = least * stretch[layer[begins]]
        close = here.squares_to_boxes(boxes) <= most[layer]
        runs, layer = runs[close], np.repeat(layer[close], RUN)
        points = self.points[:, runs]
        away, begins = here.away_m(points).ravel(), _begins(layer)
        least = np.minimum.reduceat(away, begins)
        most[layer[begins]] = least + here.error_m(least)
        some = np.flatnonzero(away - here.error_m(away) <= most[layer])
        run, side = np.divmod(some, RUN)
        ends = points[:, run[:, None], side[:, None] + np.arange(2)]
        return Sides(ends.transpose(1, 2, 0), layer[some], self.zone[runs[run]])


class _Here:
    """A place, degrees, and distances from it: squares of degrees of latitude as long as they are there, or metres."""

    def __init__(self, lon: float, lat: float) -> None:
        self.lon, self.lat = lon, lat
        self._meridian_m, self._parallel_m = _meridian_m(lat), _parallel_m(lat)
        self._wide = self._parallel_m / self._meridian_m  # a degree of longitude beside one of latitude

    def squares(self, points: np.ndarray) -> np.ndarray:
        """To points, shape (2, n), as if every degree were as long as it is here."""
        found: np.ndarray = ((points[0] - self.lon) * self._wide) ** 2 + (points[1] - self.lat) ** 2
        return found

    def squares_to_boxes(self, boxes: np.ndarray) -> np.ndarray:
        """The same to boxes, shape (4 or more, n): west, south, east, north."""
        across = np.maximum(np.maximum(boxes[0] - self.lon, self.lon - boxes[2]), 0.0) * self._wide
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
        longest = max(_meridian_m(poleward), _parallel_m(inward) / self._wide)
        band = far * longest / _LEAST_M
        poleward, inward = min(lat + band, _STEEPEST), max(lat - band, 0.0)
        shortest = min(_meridian_m(inward), _parallel_m(poleward) / self._wide)
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
        sine, cosine = sin(radians(self.lat)), cos(radians(self.lat))
        bend = radians(3.0 * self._meridian_m * _E2 * sine * cosine / (1.0 - _E2 * sine**2))  # of the meridian's radius
        slope, curve = radians(self._meridian_m * sine), radians(radians(self._meridian_m * cosine)) / 2.0
        up = points[1] - self.lat
        half = up * 0.5
        x = (points[0] - self.lon) * (self._parallel_m - half * (slope + half * curve))
        y = up * (self._meridian_m + half * bend)
        run, rise = x[:, 1:] - x[:, :-1], y[:, 1:] - y[:, :-1]
        x, y = x[:, :-1], y[:, :-1]
        share = np.minimum(np.maximum(-(x * run + y * rise) / (run * run + rise * rise), 0.0), 1.0)
        found: np.ndarray = np.hypot(x + share * run, y + share * rise)
        return found

    def error_m(self, away_m: np.ndarray) -> np.ndarray:
        """How far such a distance may be off: more than twice the formula's own error, as a test holds."""
        arc = np.square(np.radians(away_m / _LEAST_M))
        found: np.ndarray = away_m * arc * (0.1 / cos(radians(self.lat)) ** 2 + arc) + 0.01
        return found


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
    """The points of the runs of the zones' borders, in full blocks, shape (2, runs, RUN + 1), and of each its zone."""
    parts, owner = shapely.get_parts(geometries, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    order = _order(shapely.bounds(rings))  # so that runs of one block lie together
    rings = shapely.segmentize(shapely.remove_repeated_points(rings[order]), PLANE_STEP_DEG)
    points, sides = shapely.get_coordinates(rings), shapely.get_num_coordinates(rings) - 1
    firsts, needed = np.cumsum([0, *(sides + 1)[:-1]]), -(-sides // RUN)
    ring = np.repeat(np.arange(len(rings)), needed)
    number = np.arange(len(ring)) - np.repeat(np.cumsum([0, *needed[:-1]]), needed)  # of the run in its ring
    slots = (number[:, None] * RUN + np.arange(RUN + 1)) % sides[ring][:, None]
    whole = np.minimum(np.arange(-(-len(ring) // RUN) * RUN), len(ring) - 1)
    return points[(firsts[ring][:, None] + slots)[whole]].transpose(2, 0, 1).copy(), owner[part][order][ring][whole]


def _order(boxes: np.ndarray) -> np.ndarray:
    """Boxes in strips from west to east, each from south to north."""
    middles = boxes[:, :2] + boxes[:, 2:]
    across = np.argsort(np.argsort(middles[:, 0], kind="stable"), kind="stable")
    strip = across // max(1, round(len(boxes) ** 0.5))
    return np.lexsort((middles[:, 1], strip))
