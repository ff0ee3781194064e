"""Chainage: how far along a line something lies, in metres from its first vertex, and which stretches a zone holds.

Lengths are those of edges straight in longitude and latitude on the ellipsoid (`geo.geometry.edge_lengths_m`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.geometry import edge_lengths_m

_LONGEST_EDGE_DEG = 1.0
TOUCH_M = 0.0005  # a stretch that the record would round to 0.000 m is a touch, and a gap as short is none


@dataclass(frozen=True, eq=False)
class Course:
    """One part of a site that is a line: its pieces in order, chainage running on from each to the next."""

    part: int  # number of the part in the site, from 0
    starts: np.ndarray  # degrees, shape (n, 2), one edge a row
    ends: np.ndarray
    from_m: np.ndarray  # chainage of each edge's start, shape (n,)
    lengths_m: np.ndarray  # shape (n,)
    edges: np.ndarray  # the same as lines, EPSG:4490

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
        edges = np.asarray(shapely.linestrings(np.stack([starts, ends], axis=1)), dtype=object)
        return cls(part, starts, ends, from_m, lengths, edges)

    @property
    def length_m(self) -> float:
        """Length from the first vertex to the last."""
        return float(self.from_m[-1] + self.lengths_m[-1])

    def stretches(self, ground: BaseGeometry) -> list[tuple[float, float]]:
        """The stretches of the line in some ground, as chainage from and to, in order.

        The ground's border belongs to it, as it does for a point. A touch is no stretch; a line that leaves and comes
        back has two. Where the line lies over itself, each pass counts.

        Parameters
        ----------
        ground : valid polygons, EPSG:4490
        """
        if ground.is_empty:
            return []
        shapely.prepare(ground)
        within = shapely.covers(ground, self.edges)
        cut = np.flatnonzero(~within & shapely.intersects(ground, self.edges))
        whole = np.flatnonzero(within)
        found = [np.column_stack([self.from_m[whole], self.from_m[whole] + self.lengths_m[whole]])]
        if len(cut):
            found.append(self._cuts(ground, cut))
        return _joined(np.concatenate(found))

    def _cuts(self, ground: BaseGeometry, some: np.ndarray) -> np.ndarray:
        """Where edges that lie partly in the ground enter and leave it, shape (m, 2), metres."""
        pieces, whose = shapely.get_parts(shapely.intersection(self.edges[some], ground), return_index=True)
        lines = shapely.get_type_id(pieces) == 1
        pieces, edge = pieces[lines], some[whose[lines]]
        ends = [shapely.get_coordinates(shapely.get_point(pieces, at)) for at in (0, -1)]
        return np.sort(np.column_stack([self._chainage(edge, points) for points in ends]), axis=1)

    def _chainage(self, edge: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Chainage of points on edges."""
        start, run = self.starts[edge], self.ends[edge] - self.starts[edge]
        part = np.clip(np.sum((points - start) * run, axis=1) / np.sum(run * run, axis=1), 0.0, 1.0)
        inner = edge_lengths_m(start, start + run * part[:, None])
        along: np.ndarray = self.from_m[edge] + np.where(part == 1.0, self.lengths_m[edge], inner)
        return along


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
