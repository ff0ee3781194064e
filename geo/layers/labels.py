"""The label grid: which zones points lie in where nothing can be compiled; the answers are those of `geo.layers.index`.

Cells that no border touches are labelled as in the cell index, by whole arrays; points in others are left to GEOS.
"""

from functools import cached_property
from itertools import pairwise

import numpy as np
import shapely

_SEED = 20261122
_MARGIN_DEG = 1e-6
_ASIDE = 0.381966  # of a cell: no round coordinate meets the line of a row's middle


class LabelGrid:
    """Cells over zones, numbered as they were given; see `geo.layers.index.CellIndex` for what its questions mean."""

    def __init__(self, geometries: np.ndarray, size: float = 0.004) -> None:
        """Label the cells.

        Parameters
        ----------
        geometries : valid (multi)polygons, EPSG:4490, shape (n,)
        size : of a cell, degrees
        """
        self.geometries, self.tree = geometries, shapely.STRtree(geometries)
        shapely.prepare(geometries)
        west, south, east, north = shapely.total_bounds(geometries) if len(geometries) else (0.0, 0.0, 0.0, 0.0)
        self._size = size
        self._corner = np.array([west, south]) - size * (1.0 + _ASIDE)
        self._columns, self._rows = (np.array([east, north]) - self._corner).astype(float) // size + 2
        self._shape = int(self._rows), int(self._columns)
        self._sets: list[tuple[int, ...]] = [()]
        self._numbers: dict[tuple[int, ...], int] = {(): 0}
        self._labels = self._labelled(*_edges(geometries))

    def sets_at(self, points: np.ndarray, threads: int = 1) -> np.ndarray:
        """The number of the set of zones at each point; `threads` is not looked at."""
        with np.errstate(invalid="ignore"):
            column, row = np.floor((points - self._corner) / self._size).T
            on = (column >= 0) & (column < self._shape[1]) & (row >= 0) & (row < self._shape[0])
        out = np.zeros(len(points), np.int32)
        out[on] = self._labels[row[on].astype(int), column[on].astype(int)]
        open_ = np.flatnonzero(out < 0)
        out[open_] = self._asked(points[open_])
        return out

    def at(self, lon: float, lat: float) -> tuple[int, ...]:
        """The zones at one point, by number, in order."""
        return self._sets[int(self.sets_at(np.array([[lon, lat]]))[0])]

    def members(self, one: int) -> np.ndarray:
        """The zones of a set, by number, in order."""
        return np.array(self._sets[one], np.int32)

    def pairs(self, points: np.ndarray, threads: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """Every point with every zone that it lies in: numbers of points, in order, and of zones."""
        found = self.sets_at(points, threads)
        counts = np.array([len(held) for held in self._sets])
        zones = np.concatenate([np.array(self._sets[one], np.int32) for one in found] or [np.empty(0, np.int32)])
        return np.repeat(np.arange(len(points)), counts[found]), zones

    def _asked(self, points: np.ndarray) -> np.ndarray:
        """Numbers of the sets at points, by GEOS."""
        point, zone = self.tree.query(shapely.points(points))
        inside = shapely.intersects_xy(
            self.geometries[zone], points[point]
        )  # the zones are prepared, and the points not
        point, zone = point[inside], zone[inside]
        order = np.lexsort((zone, point))
        starts = np.searchsorted(point[order], np.arange(len(points) + 1))
        ordered = zone[order].tolist()
        held = (tuple(ordered[begin:end]) for begin, end in pairwise(starts.tolist()))
        return np.array([self._number(one) for one in held], np.int32)

    def _number(self, held: tuple[int, ...]) -> int:
        if held not in self._numbers:
            self._numbers[held] = len(self._sets)
            self._sets.append(held)
        return self._numbers[held]

    def _labelled(self, start: np.ndarray, end: np.ndarray, zone: np.ndarray) -> np.ndarray:
        keys = np.random.default_rng(_SEED).integers(1, 2**64 - 1, len(self.geometries), dtype=np.uint64)
        prints = np.zeros(self._shape, np.uint64)
        row, column, edge = self._passed(start, end)
        np.bitwise_xor.at(prints, (row, column), keys[zone[edge]])
        prints = np.bitwise_xor.accumulate(prints, axis=1)
        touched = np.zeros(self._shape, bool)
        touched[self._touched(start, end)] = True
        labels = np.full(self._shape, -1, np.int32)
        found, first, which = np.unique(prints[~touched], return_index=True, return_inverse=True)
        rows, columns = (at[first] for at in np.nonzero(~touched))
        middles = self._corner + (np.column_stack([columns, rows]) + 0.5) * self._size
        numbers = self._asked(middles) if len(found) else np.empty(0, np.int32)
        labels[~touched] = numbers[which]
        return labels

    def _passed(self, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where edges pass the middles of rows: row, first column whose middle lies beyond, and number of the edge."""
        lower, upper = np.minimum(start[:, 1], end[:, 1]), np.maximum(start[:, 1], end[:, 1])
        least = np.ceil((lower - self._corner[1]) / self._size - 0.5).astype(int)
        edge, row = _spread(least, np.ceil((upper - self._corner[1]) / self._size - 0.5).astype(int))
        along = (self._corner[1] + (row + 0.5) * self._size - start[edge, 1]) / (end[edge, 1] - start[edge, 1])
        x = start[edge, 0] + along * (end[edge, 0] - start[edge, 0])
        column = np.ceil((x - self._corner[0]) / self._size - 0.5).astype(int)
        return row, np.clip(column, 0, self._shape[1] - 1), edge

    def _touched(self, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows and columns of the cells that edges touch, wide by a margin."""
        corner = self._corner
        lower, upper = np.minimum(start, end) - _MARGIN_DEG, np.maximum(start, end) + _MARGIN_DEG
        least, most = (np.floor((at[:, 1] - corner[1]) / self._size).astype(int) for at in (lower, upper))
        edge, row = _spread(least, most + 1)
        low, high = corner[1] + row * self._size - _MARGIN_DEG, corner[1] + (row + 1) * self._size + _MARGIN_DEG
        rise = (end - start)[edge, 1]
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.where(rise == 0.0, 0.0, (end - start)[edge, 0] / rise)
        ends = np.array([start[edge, 0] + (at - start[edge, 1]) * slope for at in (low, high)])
        flat = rise == 0.0
        left = np.where(flat, lower[edge, 0], np.maximum(lower[edge, 0], ends.min(axis=0) - _MARGIN_DEG))
        right = np.where(flat, upper[edge, 0], np.minimum(upper[edge, 0], ends.max(axis=0) + _MARGIN_DEG))
        first, last = (np.floor((at - corner[0]) / self._size).astype(int) for at in (left, right))
        piece, column = _spread(first, last + 1)
        inside = (column >= 0) & (column < self._shape[1])
        return row[piece[inside]], column[inside]

    @cached_property
    def labelled_share(self) -> float:
        """Share of the cells in which a point costs one look-up, 0 to 1."""
        return float((self._labels >= 0).mean())


def _edges(geometries: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Starts and ends of the edges, degrees, shape (n, 2), and the zone that each bounds."""
    parts, of_part = shapely.get_parts(geometries, return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    own = np.flatnonzero(ring[:-1] == ring[1:])
    return points[own], points[own + 1], of_part[of_ring][ring[own]]


def _spread(begin: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every whole number from each begin to before its end, with the place of the begin that it belongs to."""
    counts = np.maximum(end - begin, 0)
    whose = np.repeat(np.arange(len(begin)), counts)
    return whose, np.arange(len(whose)) - np.repeat(np.cumsum(counts) - counts, counts) + begin[whose]
