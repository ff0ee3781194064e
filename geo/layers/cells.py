"""The cells of the index, and the compiled loops that make them: edges into cells, sets of zones along each row.

Numbers are degrees. A vertex array holds every ring in turn; edge `k` runs from vertex `k` to vertex `k + 1`, where
`of_edge[k]` is not negative. A sign of orientation is only taken where its forward error bound allows (Shewchuk 1997,
Adaptive precision floating-point arithmetic and fast robust geometric predicates, Discrete Comput. Geom. 18, 305-363).
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np

MARGIN = 1e-6  # degrees by which a cell's box is widened when edges are registered with it
UNKNOWN = -2  # in place of a set's number: it was never met before
_BOUND = (3.0 + 16.0 * 2.0**-53) * 2.0**-53  # Shewchuk's ccwerrboundA
_Loop = TypeVar("_Loop", bound=Callable[..., Any])


def jit(loop: _Loop) -> _Loop:
    """Compile a loop when it is first called, and keep it for the next process; other threads go on meanwhile."""
    try:
        return cast(_Loop, numba.njit(cache=True, nogil=True, error_model="numpy")(loop))
    except RuntimeError:  # no folder to keep it in: every process compiles it for itself
        return cast(_Loop, numba.njit(nogil=True, error_model="numpy")(loop))


class Grid(NamedTuple):
    """A flat grid of square cells."""

    west: float
    south: float
    size: float  # of a cell, degrees
    columns: int
    rows: int


class Cells(NamedTuple):
    """What stands in the cells; nothing in it ever changes."""

    labels: np.ndarray  # of each cell, by rows from the south: the number of a set, or -1 less that of a border cell
    places: np.ndarray  # of each border cell: its number in the grid
    first: np.ndarray  # of each border cell: its first entry in the next two; one more than cells
    zones: np.ndarray  # of each entry
    runs: np.ndarray  # of each entry: its first edge in the next; one more than entries
    edges: np.ndarray
    base: np.ndarray  # of each border cell: the set of zones that cover it; -1 where GEOS is to be asked
    inside: np.ndarray  # of each entry: whether the reference point, the middle of its cell, lies in its zone
    vertices: np.ndarray
    of_edge: np.ndarray
    keys: np.ndarray  # of each zone: a random number


class SetTable(NamedTuple):
    """Sets of zones, each once, numbered from 0, the empty one."""

    slots: np.ndarray  # open addressing by print: number, or -1
    prints: np.ndarray  # of each set: the exclusive or of its zones' keys
    firsts: np.ndarray  # of each set: its first zone in the next; one more than sets
    zones: np.ndarray


@jit
def side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    """1 where a point is left of an edge, -1 where it is right, 0 where rounding leaves it open."""
    left = (ax - px) * (by - py)
    right = (ay - py) * (bx - px)
    turn = left - right
    bound = _BOUND * (abs(left) + abs(right))
    if turn > bound:
        return 1
    return -1 if turn < -bound else 0


# --- edges into cells -----------------------------------------------------------------------------------------------


@jit
def _clamp(value: float, most: int) -> int:
    return min(max(int(np.floor(value)), 0), most)


@jit
def _columns(vertices: np.ndarray, k: int, row: int, grid: Grid) -> tuple[int, int]:
    """First and last column of the cells in a row that an edge touches, wide by the margin."""
    ax, ay, bx, by = vertices[k, 0], vertices[k, 1], vertices[k + 1, 0], vertices[k + 1, 1]
    west, east = min(ax, bx), max(ax, bx)
    if by != ay:
        slope = (bx - ax) / (by - ay)
        low, high = grid.south + row * grid.size - MARGIN, grid.south + (row + 1) * grid.size + MARGIN
        one, two = ax + (low - ay) * slope, ax + (high - ay) * slope
        west, east = max(west, min(one, two)), min(east, max(one, two))
    return (
        _clamp((west - MARGIN - grid.west) / grid.size, grid.columns - 1),
        _clamp((east + MARGIN - grid.west) / grid.size, grid.columns - 1),
    )


@jit
def register(vertices: np.ndarray, of_edge: np.ndarray, grid: Grid, cells: np.ndarray, starts: np.ndarray,
             edges: np.ndarray) -> None:  # fmt: skip
    """Count in `cells` the edges that touch each, or write their numbers where there is room for `edges`.

    Then `cells` has the numbers of border cells, and `starts` where the next edge of each goes. Edges come in order, so
    that those of one zone stand together.
    """
    for k in range(len(of_edge)):
        if of_edge[k] < 0:
            continue
        low, high = min(vertices[k, 1], vertices[k + 1, 1]) - MARGIN, max(vertices[k, 1], vertices[k + 1, 1]) + MARGIN
        bottom, top = (low - grid.south) / grid.size, (high - grid.south) / grid.size
        for row in range(_clamp(bottom, grid.rows - 1), _clamp(top, grid.rows - 1) + 1):
            left, right = _columns(vertices, k, row, grid)
            for cell in range(row * grid.columns + left, row * grid.columns + right + 1):
                if len(edges):
                    border = -1 - cells[cell]
                    edges[starts[border]] = k
                    starts[border] += 1
                else:
                    cells[cell] += 1


@jit
def number_borders(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn counts of edges into -1 less the number of a border cell; gives where their edges start, and places."""
    places = np.flatnonzero(cells)
    starts = np.zeros(len(places) + 1, np.int64)
    for border in range(len(places)):
        starts[border + 1] = starts[border] + cells[places[border]]
        cells[places[border]] = -1 - border
    return starts, places


@jit
def group(of_edge: np.ndarray, starts: np.ndarray, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The zones of each border cell: first entries, zones, and where the edges of each entry begin."""
    borders = len(starts) - 1
    new = np.ones(len(edges), np.bool_)
    for border in range(borders):
        for at in range(starts[border] + 1, starts[border + 1]):
            new[at] = of_edge[edges[at]] != of_edge[edges[at - 1]]
    begun = np.flatnonzero(new)
    first = np.zeros(borders + 1, np.int32)
    for border in range(borders):
        first[border + 1] = first[border] + new[starts[border] : starts[border + 1]].sum()
    runs = np.empty(len(begun) + 1, np.int32)
    runs[:-1] = begun
    runs[-1] = len(edges)
    return first, of_edge[edges[begun]], runs


# --- sets -----------------------------------------------------------------------------------------------------------


@jit
def _same(sets: SetTable, one: int, members: np.ndarray, count: int) -> bool:
    if sets.firsts[one + 1] - sets.firsts[one] != count:
        return False
    for i in range(count):
        there = False
        for j in range(sets.firsts[one], sets.firsts[one + 1]):
            there |= sets.zones[j] == members[i]
        if not there:
            return False
    return True


@jit
def find_set(print_: np.uint64, members: np.ndarray, count: int, sets: SetTable) -> int:
    """Number of the set of some zones, in any order and each once; `UNKNOWN` where it is not there."""
    mask = len(sets.slots) - 1
    at = np.int64(print_ & np.uint64(mask))
    while sets.slots[at] >= 0:
        if sets.prints[sets.slots[at]] == print_ and _same(sets, sets.slots[at], members, count):
            return int(sets.slots[at])
        at = (at + 1) & mask
    return UNKNOWN


@jit
def add_set(print_: np.uint64, members: np.ndarray, count: int, known: int, sets: SetTable) -> int:
    """Add a set that is not there as number `known`; gives that, or -1 where there is no room."""
    start = sets.firsts[known]
    if known + 2 > len(sets.firsts) or start + count > len(sets.zones):
        return -1
    sets.zones[start : start + count] = np.sort(members[:count])
    sets.firsts[known + 1] = start + count
    sets.prints[known] = print_
    mask = len(sets.slots) - 1
    at = np.int64(print_ & np.uint64(mask))
    while sets.slots[at] >= 0:
        at = (at + 1) & mask
    sets.slots[at] = known
    return known


@jit
def _number(print_: np.uint64, members: np.ndarray, count: int, known: np.ndarray, sets: SetTable) -> int:
    """Number of a set, added where it is new; -1 where there is no room."""
    one = find_set(print_, members, count, sets)
    if one == UNKNOWN:
        one = add_set(print_, members, count, known[0], sets)
        known[0] += one >= 0
    return one


# --- reference points -----------------------------------------------------------------------------------------------


@jit
def _passing(vertices: np.ndarray, k: int, y: float, grid: Grid, row: int, doubtful: list[np.int64]) -> int:
    """First column whose reference point lies east of an edge that passes a row's line; doubtful cells are told."""
    ax, ay, bx, by = vertices[k, 0], vertices[k, 1], vertices[k + 1, 0], vertices[k + 1, 1]
    x = ax + (y - ay) / (by - ay) * (bx - ax)
    column = _clamp((x - grid.west) / grid.size - 0.5, grid.columns - 1)
    east = -1 if by > ay else 1
    while column > 0 and side(ax, ay, bx, by, grid.west + (column - 0.5) * grid.size, y) == east:
        column -= 1
    while column < grid.columns:
        where = side(ax, ay, bx, by, grid.west + (column + 0.5) * grid.size, y)
        if where == east:
            break
        if where == 0:
            doubtful.append(np.int64(row * grid.columns + column))
        column += 1
    return column


@jit
def toggles(vertices: np.ndarray, of_edge: np.ndarray, grid: Grid, counts: np.ndarray,
            found: np.ndarray) -> list[np.int64]:  # fmt: skip
    """Where edges pass the lines of reference points: counts them by row, or writes them where `found` has room.

    Then `counts` has where the next of each row goes, and each is `column << 32 | zone`. Gives -1, and the cells whose
    reference point is too near an edge to tell its side.
    """
    doubtful = [np.int64(-1)]
    for k in range(len(of_edge)):
        if of_edge[k] < 0:
            continue
        ay, by = vertices[k, 1], vertices[k + 1, 1]
        bottom, top = (min(ay, by) - grid.south) / grid.size, (max(ay, by) - grid.south) / grid.size
        for row in range(_clamp(bottom - 1.0, grid.rows - 1), _clamp(top, grid.rows - 1) + 1):
            y = grid.south + (row + 0.5) * grid.size
            if (ay > y) == (by > y):
                continue
            if len(found):
                column = _passing(vertices, k, y, grid, row, doubtful)
                found[counts[row]] = (np.int64(column) << 32) | of_edge[k]
            counts[row] += 1
    return doubtful


@jit
def _toggle(z: int, active: np.ndarray, held: np.ndarray, place: np.ndarray, count: int) -> int:
    """Put a zone among those held, or take it out; gives how many are held."""
    if active[z] == 0:
        held[count], place[z] = z, count
        active[z] = 1
        return count + 1
    last = held[count - 1]
    held[place[z]], place[last] = last, place[z]
    active[z] = 0
    return count - 1


@jit
def _beside(border: int, print_: np.uint64, count: int, active: np.ndarray, held: np.ndarray, some: np.ndarray,
            cells: Cells, known: np.ndarray, sets: SetTable) -> int:  # fmt: skip
    """Note which zones of a border cell hold its reference point; the set of those held whose border is elsewhere."""
    for entry in range(cells.first[border], cells.first[border + 1]):
        z = cells.zones[entry]
        cells.inside[entry] = active[z]
        if active[z]:
            print_ ^= cells.keys[z]
            active[z] = 2
    rest = 0
    for i in range(count):
        if active[held[i]] == 2:
            active[held[i]] = 1
        else:
            some[rest] = held[i]
            rest += 1
    return _number(print_, some, rest, known, sets)


@jit
def sweep(grid: Grid, cells: Cells, lines: np.ndarray, found: np.ndarray, sets: SetTable) -> int:
    """Go along every row of reference points: a cell without a border gets its set, a border cell what lies around it.

    Gives how many sets are known; -1 where there was no room for them.
    """
    known = np.ones(1, np.int64)
    zones = len(cells.keys)
    active, place = np.zeros(zones, np.int8), np.zeros(zones, np.int32)
    held, some = np.empty(zones + 1, np.int32), np.empty(zones + 1, np.int32)
    for row in range(grid.rows):
        order = np.sort(found[lines[row] : lines[row + 1]])
        at, count, current, print_ = 0, 0, 0, np.uint64(0)
        for column in range(grid.columns):
            while at < len(order) and (order[at] >> 32) == column:
                z = order[at] & 0xFFFFFFFF
                count = _toggle(z, active, held, place, count)
                print_ ^= cells.keys[z]
                current = UNKNOWN
                at += 1
            cell = row * grid.columns + column
            one = 0
            if cells.labels[cell] < 0:
                border = -1 - cells.labels[cell]
                one = _beside(border, print_, count, active, held, some, cells, known, sets)
                cells.base[border] = one
            else:
                if current == UNKNOWN:
                    current = _number(print_, held, count, known, sets)
                one = current
                cells.labels[cell] = one
            if one < 0:
                return -1
        active[:] = 0
    return int(known[0])
