"""The exact cell index: in which zones points lie and how much of footprints, by cells, always as GEOS says.

A flat grid over the zones. A cell that no border touches holds the number of the set of zones that cover it. A border
cell holds for each zone whose border touches it whether the cell's reference point lies in the zone, and the zone's own
edges, neither clipped nor rounded: a point is in the zone or not by the parity of its crossings on the way to the
reference point. What rounding leaves open is asked of GEOS. A point on a border lies in the zone, as it does for
`shapely.intersects_xy`.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TypeVar

import numpy as np
import shapely

import geo.layers.cells as making
import geo.layers.deciding as deciding
from geo.geometry import areas_m2
from geo.layers.cells import Cells, Grid, SetTable
from geo.layers.overlaps import OPEN, overlap_all

SIZES_DEG = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064)
NEAR_SHARE, NEAR_M = 0.003, 0.05  # of a distance, and besides: how wrong one of `borders_near` may be
_LABEL_BYTES, _EDGE_BYTES = 4, 48  # of a cell, and of an edge with the cells that it touches, about
_ASIDE = 0.381966  # of a cell: the grid begins beside the zones, where no round coordinate meets a reference point
_POINTS, _FOOTPRINTS = 1 << 16, 512  # that are worked on at a time
_LEAST_M2 = 1e-6  # less is rounding
_SEED = 20261122
_Result = TypeVar("_Result")


@dataclass(eq=False)
class Sets:
    """Sets of zones, each once; they grow as points meet new ones, and no number ever changes."""

    table: SetTable
    known: int

    @classmethod
    def empty(cls, room: int) -> "Sets":
        """Room for as many sets, of eight zones each; the empty one is there."""
        slots = np.full(1 << int(np.ceil(np.log2(4 * room))), -1, np.int32)
        slots[0] = 0
        rest = np.zeros(room, np.uint64), np.zeros(room + 1, np.int64), np.zeros(8 * room, np.int32)
        return cls(SetTable(slots, *rest), 1)

    def grown(self) -> "Sets":
        """The same sets, with twice the room."""
        more = Sets.empty(2 * len(self.table.prints))
        for one in range(1, self.known):
            held = self.members(one)
            making.add_set(self.table.prints[one], held, len(held), one, more.table)
        more.known = self.known
        return more

    def members(self, one: int) -> np.ndarray:
        """The zones of a set, in order."""
        return self.table.zones[self.table.firsts[one] : self.table.firsts[one + 1]]


@dataclass(eq=False)
class CellIndex:
    """The cells over some zones, numbered as they were given."""

    geometries: np.ndarray  # (multi)polygons, EPSG:4490, valid
    grid: Grid
    cells: Cells
    sets: Sets
    _lock: Lock = field(default_factory=Lock, repr=False)
    _tuples: dict[int, tuple[int, ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, geometries: np.ndarray, most_bytes: int) -> "CellIndex":
        """Build the index of zones.

        Parameters
        ----------
        geometries : valid (multi)polygons, EPSG:4490, shape (n,)
        most_bytes : that it may take, about; the finest grid that fits is chosen
        """
        vertices, of_edge = _vertices(geometries)
        grid = _grid(geometries, len(vertices), most_bytes)
        return cls(geometries, grid, *_built(vertices, of_edge, grid, len(geometries)))

    def save(self, folder: Path) -> None:
        """Write the arrays into an empty folder, to be read back by `load`."""
        named = {**self.cells._asdict(), **{f"sets_{name}": told for name, told in self.sets.table._asdict().items()}}
        for name, array in {**named, "grid": np.array([*self.grid, self.sets.known])}.items():
            np.save(folder / f"{name}.npy", array)

    @classmethod
    def load(cls, folder: Path, geometries: np.ndarray) -> "CellIndex":
        """Read the index of the same zones back; its cells stay on the disk, shared by all who read them.

        Raises
        ------
        OSError, ValueError
            Where a file is missing, or is none of these.
        """
        west, south, size, columns, rows, known = np.load(folder / "grid.npy").tolist()
        cells = Cells(*(np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in Cells._fields))
        table = SetTable(*(np.load(folder / f"sets_{name}.npy") for name in SetTable._fields))
        if len(cells.keys) != len(geometries):
            raise ValueError(f"an index of {len(cells.keys)} zones, and not of {len(geometries)}")
        return cls(geometries, Grid(west, south, size, int(columns), int(rows)), cells, Sets(table, int(known)))

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The zones by their boxes, for what is left to GEOS."""
        return shapely.STRtree(self.geometries)

    # --- points -----------------------------------------------------------------------------------------------------

    def sets_at(self, points: np.ndarray, threads: int = 1) -> np.ndarray:
        """The number of the set of zones at each point, int32, shape (n,); see `members`.

        Parameters
        ----------
        points : longitude and latitude, degrees, EPSG:4490, shape (n, 2); those off the grid, and NaN, lie in no zone
        """
        out = np.empty(len(points), np.int32)
        table = self.sets.table

        def work(piece: slice) -> int:
            return int(deciding.decide_all(points[piece], out[piece], self.grid, self.cells, table))

        pieces = _pieces(len(points), _POINTS)
        for piece, left in zip(pieces, _each(work, pieces, threads), strict=True):
            if left:
                self._settle(points[piece], out[piece])
        return out

    def at(self, lon: float, lat: float) -> tuple[int, ...]:
        """The zones at one point, by number, in order."""
        grid = self.grid
        column, row = (lon - grid.west) / grid.size, (lat - grid.south) / grid.size
        if not (0.0 <= column < grid.columns and 0.0 <= row < grid.rows):
            return ()
        one = int(self.cells.labels[int(row) * grid.columns + int(column)])
        if one < 0:
            one = int(self.sets_at(np.array([[lon, lat]]))[0])
        held = self._tuples.get(one)
        if held is None:
            held = self._tuples[one] = tuple(self.members(one).tolist())
        return held

    def members(self, one: int) -> np.ndarray:
        """The zones of a set, by number, in order."""
        return self.sets.members(one)

    def pairs(self, points: np.ndarray, threads: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """Every point with every zone that it lies in: numbers of points, in order, and of zones."""
        found, table = self.sets_at(points, threads), self.sets.table
        counts = np.diff(table.firsts[: self.sets.known + 1])[found]
        whose = np.repeat(np.arange(len(points)), counts)
        begin = np.repeat(table.firsts[found] - (np.cumsum(counts) - counts), counts)
        return whose, table.zones[begin + np.arange(len(whose))]

    def borders_near(self, points: np.ndarray, reach_m: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Every point with every zone whose border is within reach: numbers of both, and metres between them.

        The metres are right to `NEAR_SHARE` of themselves and `NEAR_M`; measure anew where that matters.

        Parameters
        ----------
        points : degrees, EPSG:4490, shape (n, 2), finite
        reach_m : 10,000 at most
        """
        room = 8 * len(points) + 64
        while True:
            starts, zones, gaps = np.empty(len(points) + 1, np.int64), np.empty(room, np.int32), np.empty(room)
            found = deciding.borders_near(points, reach_m, starts, zones, gaps, self.grid, self.cells)
            if found >= 0:
                break
            room *= 4
        return np.repeat(np.arange(len(points)), np.diff(starts)), zones[:found], gaps[:found]

    def _settle(self, points: np.ndarray, out: np.ndarray) -> None:
        """Number the sets that were never met before, and ask GEOS about points that were left open."""
        with self._lock:
            while True:
                known = deciding.learn(points, out, self.sets.known, self.grid, self.cells, self.sets.table)
                self.sets.known = known if known >= 0 else -1 - known
                if known >= 0:
                    break
                self.sets = self.sets.grown()
            for at in np.flatnonzero(out == deciding.UNDECIDED).tolist():
                out[at] = self._asked(points[at])

    def _asked(self, point: np.ndarray) -> int:
        """The set at a point by GEOS."""
        held = np.sort(self.tree.query(shapely.Point(point), predicate="intersects")).astype(np.int32)
        print_ = np.bitwise_xor.reduce(self.cells.keys[held], initial=np.uint64(0))
        one = int(making.find_set(print_, held, len(held), self.sets.table))
        while one < 0:
            one = int(making.add_set(print_, held, len(held), self.sets.known, self.sets.table))
            if one < 0:
                self.sets = self.sets.grown()
            else:
                self.sets.known += 1
        return one

    # --- footprints -------------------------------------------------------------------------------------------------

    def overlaps(self, footprints: np.ndarray, threads: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """How much of each footprint lies in each zone, on the ellipsoid: numbers of both, and m², in order.

        Parameters
        ----------
        footprints : valid (multi)polygons, EPSG:4490, shape (n,)
        """

        def work(piece: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            whose, which, areas = self._overlaps(footprints[piece])
            return whose + piece.start, which, areas

        found = _each(work, _pieces(len(footprints), _FOOTPRINTS), threads)
        if not found:
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
        whose, which, areas = (np.concatenate([one[i] for one in found]) for i in range(3))
        order = np.lexsort((which, whose))
        return whose[order], which[order], areas[order]

    def _overlaps(self, footprints: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        parts, of_part = shapely.get_parts(shapely.orient_polygons(footprints), return_index=True)
        rings, of_ring = shapely.get_rings(parts, return_index=True)
        corners, of_corner = shapely.get_coordinates(rings, return_index=True)
        ends = np.flatnonzero(np.r_[of_corner[1:] != of_corner[:-1], True]) + 1
        owners = np.searchsorted(of_part[of_ring], np.arange(len(footprints)), side="right")
        room = 64 * len(footprints) + 1024
        while True:
            whose, which, areas = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room)
            found = overlap_all(corners, ends, owners, whose, which, areas, self.grid, self.cells, self.sets.table)
            if found >= 0:
                break
            room *= 4
        return self._measured(footprints, whose[:found], which[:found], areas[:found])

    def _measured(
        self, footprints: np.ndarray, whose: np.ndarray, which: np.ndarray, areas: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The same with what was left open measured by GEOS, and without what does not overlap."""
        whole = np.unique(whose[which < 0])
        if len(whole):
            kept = ~np.isin(whose, whole)
            footprint, zone = self.tree.query(footprints[whole], predicate="intersects")
            whose, which = np.concatenate([whose[kept], whole[footprint]]), np.concatenate([which[kept], zone])
            areas = np.concatenate([areas[kept], np.full(len(zone), OPEN)])
        open_ = np.flatnonzero(areas == OPEN)
        areas[open_] = areas_m2(shapely.intersection(footprints[whose[open_]], self.geometries[which[open_]]))
        some = areas > _LEAST_M2
        return whose[some], which[some], areas[some]


def _pieces(count: int, size: int) -> list[slice]:
    return [slice(at, min(at + size, count)) for at in range(0, count, size)]


def _each(work: Callable[[slice], _Result], pieces: Sequence[slice], threads: int) -> list[_Result]:
    if threads == 1:
        return [work(piece) for piece in pieces]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, pieces))


# --- building -------------------------------------------------------------------------------------------------------


def _vertices(geometries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All rings one after another, outer ones anticlockwise, and of each edge the zone that it bounds."""
    parts, of_part = shapely.get_parts(shapely.orient_polygons(geometries), return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    vertices, ring = shapely.get_coordinates(rings, return_index=True)
    of_edge = of_part[of_ring][ring].astype(np.int32)
    of_edge[np.r_[ring[1:] != ring[:-1], np.ones(min(len(ring), 1), bool)]] = -1
    return vertices, of_edge


def _grid(geometries: np.ndarray, vertices: int, most_bytes: int) -> Grid:
    west, south, east, north = shapely.total_bounds(geometries) if len(geometries) else (0.0, 0.0, 0.0, 0.0)

    def needed(size: float) -> float:
        return ((east - west) / size + 3.0) * ((north - south) / size + 3.0) * _LABEL_BYTES + vertices * _EDGE_BYTES

    size = next((size for size in SIZES_DEG if needed(size) <= most_bytes), SIZES_DEG[-1])
    left, low = float(west - size * (1.0 + _ASIDE)), float(south - size * (1.0 + _ASIDE))
    return Grid(left, low, size, int((east - left) / size) + 2, int((north - low) / size) + 2)


def _built(vertices: np.ndarray, of_edge: np.ndarray, grid: Grid, zones: int) -> tuple[Cells, Sets]:
    labels, none = np.zeros(grid.columns * grid.rows, np.int32), np.zeros(0, np.int64)
    making.register(vertices, of_edge, grid, labels, none, np.zeros(0, np.int32))
    starts, places = making.number_borders(labels)
    edges = np.empty(starts[-1], np.int32)
    making.register(vertices, of_edge, grid, labels, starts.copy(), edges)
    first, border_zones, runs = making.group(of_edge, starts, edges)

    counts = np.zeros(grid.rows, np.int64)
    making.toggles(vertices, of_edge, grid, counts, none)
    lines = np.r_[0, np.cumsum(counts)]
    found = np.empty(lines[-1], np.int64)
    doubtful = making.toggles(vertices, of_edge, grid, lines[:-1].copy(), found)

    keys = np.random.default_rng(_SEED).integers(1, 2**64 - 1, zones, dtype=np.uint64)
    base, inside = np.zeros(len(places), np.int32), np.zeros(len(border_zones), np.bool_)
    cells = Cells(labels, places, first, border_zones, runs, edges, base, inside, vertices, of_edge, keys)
    sets = Sets.empty(1 << 14)
    while (known := making.sweep(grid, cells, lines, found, sets.table)) < 0:
        labels[labels > 0] = 0
        sets = Sets.empty(2 * len(sets.table.prints))
    sets.known = known
    base[-1 - labels[doubtful[1:]]] = -1
    for array in cells:
        array.flags.writeable = False  # as they are when read from the disk: the loops are compiled once for both
    return cells, sets
