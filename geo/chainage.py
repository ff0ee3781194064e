"""Chainage: how far along a line something lies, in metres from its first vertex, and which stretches a zone holds.

Lengths are those of edges straight in longitude and latitude on the ellipsoid (`geo.geometry.edge_lengths_m`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.geometry import asked, edge_lengths_m

_LONGEST_EDGE_DEG = 1.0
BORDER_DEG = 5e-9  # half a millimetre: as near to a border counts as on it, for vertices are rounded
_SLACK = 1e-9  # of a side's length, for crossings at its very ends
_MOST_PIECES = 20_000
TOUCH_M = 0.0005  # a stretch that the record would round to 0.000 m is a touch, and a gap as short is none


@dataclass(frozen=True, eq=False)
class Course:
    """One part of a site that is a line: its pieces in order, chainage running on from each to the next."""

    part: int  # number of the part in the site, from 0
    starts: np.ndarray  # degrees, shape (n, 2), one edge a row
    ends: np.ndarray
    from_m: np.ndarray  # chainage of each edge's start, shape (n,)
    lengths_m: np.ndarray  # shape (n,)

    @classmethod
    def of(cls, part: int, line: BaseGeometry) -> "Course":
        """Measure a line or several."""
        runs = [
            shapely.get_coordinates(piece) for piece in shapely.get_parts(shapely.segmentize(line, _LONGEST_EDGE_DEG))
        ]
        starts, ends = (np.concatenate([run[some] for run in runs]) for some in (slice(None, -1), slice(1, None)))
        long = (starts != ends).any(axis=1)  # a vertex that stands twice makes no edge
        starts, ends = starts[long], ends[long]
        lengths = edge_lengths_m(starts, ends)
        from_m = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
        return cls(part, starts, ends, from_m, lengths)

    @property
    def length_m(self) -> float:
        """Length from the first vertex to the last."""
        return float(self.from_m[-1] + self.lengths_m[-1])

    def stretches(self, ground: BaseGeometry) -> list[tuple[float, float]]:
        """The stretches of the line in some ground, as chainage from and to, in order.

        The ground's border belongs to it, as it does for a point, and so does what is as near to it as vertices are
        rounded. Between two cuts of an edge by the border the middle says whether it lies in the ground. A touch is no
        stretch; a line that leaves and comes back has two. Where the line lies over itself, each pass counts.

        Parameters
        ----------
        ground : valid polygons, EPSG:4490
        """
        if ground.is_empty:
            return []
        shapely.prepare(ground)
        edge, part = self._cuts(ground)
        inner = edge[:-1] == edge[1:]
        edge, begin, end = edge[:-1][inner], part[:-1][inner], part[1:][inner]
        start, run = self.starts[edge], self.ends[edge] - self.starts[edge]
        middles = shapely.points(start + run * ((begin + end) / 2.0)[:, None])
        within = asked(shapely.dwithin, ground, middles, BORDER_DEG)
        ends = [self._chainage(edge[within], part[within]) for part in (begin, end)]
        return _joined(np.column_stack(ends))

    def _cuts(self, ground: BaseGeometry) -> tuple[np.ndarray, np.ndarray]:
        """Where the ground's border cuts the edges: number of the edge and share of its length, in order, ends too."""
        edges = np.arange(len(self.starts))
        found = [(edges, np.zeros(len(edges))), (edges, np.ones(len(edges)))]
        sides = sides_of(ground)
        west, south = np.minimum(self.starts, self.ends).min(axis=0) - BORDER_DEG
        east, north = np.maximum(self.starts, self.ends).max(axis=0) + BORDER_DEG
        least, most = sides.min(axis=1), sides.max(axis=1)
        sides = sides[(most[:, 0] >= west) & (least[:, 0] <= east) & (most[:, 1] >= south) & (least[:, 1] <= north)]
        if len(sides):
            edge, side = self._meetings(sides)
            origin, run = self.starts[edge], self.ends[edge] - self.starts[edge]
            begin, end = sides[side, 0], sides[side, 1]
            along, across = _crossings(origin, run, begin, end - begin)
            meets = (along > 0.0) & (along < 1.0) & (across >= -_SLACK) & (across <= 1.0 + _SLACK)
            found.append((edge[meets], along[meets]))
            for point in (begin, end):
                along, off = _feet(origin, run, point)
                beside = (off <= BORDER_DEG) & (along > 0.0) & (along < 1.0)
                found.append((edge[beside], along[beside]))
        edge, part = (np.concatenate(some) for some in zip(*found, strict=True))
        order = np.lexsort((part, edge))
        return edge[order], part[order]

    def _meetings(self, sides: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Edges and sides of a border that may meet, as numbers; long edges are looked up piece by piece."""
        run = self.ends - self.starts
        span = np.abs(run).max(axis=1)
        step = span.sum() / min(len(sides), _MOST_PIECES)
        count = np.maximum(np.ceil(span / step).astype(int), 1)
        whose = np.repeat(np.arange(len(span)), count)
        place = np.arange(len(whose)) - np.repeat(np.cumsum(count) - count, count)
        ends = [self.starts[whose] + run[whose] * (at / count[whose])[:, None] for at in (place, place + 1)]
        boxes = shapely.box(
            *(np.minimum(*ends) - BORDER_DEG).T,
            *(np.maximum(*ends) + BORDER_DEG).T,
        )
        piece, side = shapely.STRtree(np.asarray(shapely.linestrings(sides))).query(boxes)
        pairs = np.unique(np.column_stack([whose[piece], side]), axis=0)
        return pairs[:, 0], pairs[:, 1]

    def _chainage(self, edge: np.ndarray, part: np.ndarray) -> np.ndarray:
        """Chainage of places on edges, each a share of its edge's length."""
        start, run = self.starts[edge], self.ends[edge] - self.starts[edge]
        inner = edge_lengths_m(start, start + run * part[:, None])
        along: np.ndarray = self.from_m[edge] + np.where(part == 1.0, self.lengths_m[edge], inner)
        return along


def sides_of(ground: BaseGeometry) -> np.ndarray:
    """The sides of polygons: start and end of each, shape (n, 2, 2)."""
    points, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(ground)), return_index=True)
    own = np.flatnonzero(ring[:-1] == ring[1:])
    return np.stack([points[own], points[own + 1]], axis=1)


def _crossings(
    origin: np.ndarray, run: np.ndarray, begin: np.ndarray, side: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where straight lines meet, as shares of the one and of the other; not finite where they are parallel."""
    to = begin - origin
    with np.errstate(divide="ignore", invalid="ignore"):
        turn = _cross(run, side)
        return _cross(to, side) / turn, _cross(to, run) / turn


def _feet(origin: np.ndarray, run: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Feet of perpendiculars on lines, as shares of the lines, and how far off the points lie."""
    to = points - origin
    along = np.sum(to * run, axis=1) / np.sum(run * run, axis=1)
    return along, np.hypot(*(to - along[:, None] * run).T)


def _cross(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    product: np.ndarray = some[:, 0] * others[:, 1] - some[:, 1] * others[:, 0]
    return product


def _joined(found: np.ndarray) -> list[tuple[float, float]]:
    """Stretches in order, those that meet or overlap made one, touches left out."""
    joined: list[tuple[float, float]] = []
    for begin, end in found[np.lexsort((found[:, 1], found[:, 0]))].tolist():
        if joined and begin - joined[-1][1] <= TOUCH_M:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((begin, end))
    return [(begin, end) for begin, end in joined if end - begin > TOUCH_M]


def total_m(stretches: Iterable[tuple[float, float]]) -> float:
    """Length of some stretches together, metres."""
    return sum(end - begin for begin, end in stretches)
