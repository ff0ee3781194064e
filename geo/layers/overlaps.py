"""The compiled loops that measure overlaps: how much of a footprint lies in each zone, on the ellipsoid.

The area of the common ground is the line integral around it (Green): along the parts of the footprint's border that lie
in the zone, and along the parts of the zone's border that lie in the footprint. What crosses what is told by signs of
orientation, as for points; a pair that rounding leaves open is reported, and left to GEOS.
"""

from math import cos, radians, sin
from typing import NamedTuple

import numpy as np

from geo.crs import GEOD
from geo.layers.cells import Cells, Grid, SetTable, jit, side
from geo.layers.deciding import held_by, middle_of

TALLEST_DEG = 1.0  # of a footprint: the polynomial of the integrand is then exact to 1e-12
MOST_PAIRS = 4_000_000  # pairs of edges that are compared for one footprint; beyond that GEOS is quicker
MOST_CROSSINGS = 4_096  # of a footprint and one zone
OPEN = -1.0  # in place of an area: left to GEOS

_A, _E2 = GEOD.a, GEOD.es
# Interpolation in five Chebyshev nodes of -1 to 1, and integration from 0: values at the nodes to coefficients.
_NODES = np.cos((2.0 * np.arange(5) + 1.0) * np.pi / 10.0)
_TO_COEFFICIENTS = np.linalg.inv(np.vander(_NODES, increasing=True)) / np.arange(1.0, 6.0)[:, None]
_GAUSS, _AT_MIDDLE, _AT_SIDES = float(np.sqrt(0.6)), 8.0 / 18.0, 5.0 / 18.0  # three points, exact to the fifth degree


class Strip(NamedTuple):
    """Area per radian of longitude from a middle latitude on: a polynomial without a constant, in -1 to 1."""

    middle: float  # degrees
    half: float  # degrees
    powers: np.ndarray  # coefficients of the first to the fifth power, m²


class Footprint(NamedTuple):
    """The rings of a footprint one after another, closed, outer ones anticlockwise and holes clockwise, degrees."""

    corners: np.ndarray
    ends: np.ndarray  # of each ring, the number after its last corner


class Crossings(NamedTuple):
    """Where the edges of a footprint and of a zone cross."""

    edges: np.ndarray  # number of the footprint's edge, and place of the zone's among those chosen
    shares: np.ndarray  # of the length of the one and of the other


@jit
def strip_of(south: float, north: float) -> Strip:
    """The strip of a band of latitudes: its density is M N cos(lat), the area of a radian by a radian."""
    middle, half = (south + north) / 2.0, max((north - south) / 2.0, 1e-9)
    powers = np.zeros(5)
    for node in range(5):
        lat = radians(middle + half * _NODES[node])
        density = _A**2 * (1.0 - _E2) * cos(lat) / (1.0 - _E2 * sin(lat) ** 2) ** 2
        powers += _TO_COEFFICIENTS[:, node] * density * radians(half)
    return Strip(middle, half, powers)


@jit
def _value(x: float, c: np.ndarray) -> float:
    return float(x * (c[0] + x * (c[1] + x * (c[2] + x * (c[3] + x * c[4])))))


@jit
def _along(ax: float, ay: float, bx: float, by: float, begin: float, end: float, strip: Strip) -> float:
    """Minus the integral of the strip over longitude, along an edge from one share of its length to another."""
    u, v = (ay - strip.middle) / strip.half, (by - strip.middle) / strip.half
    middle, half = u + (v - u) * (begin + end) / 2.0, (v - u) * (end - begin) / 2.0
    sides = _value(middle - half * _GAUSS, strip.powers) + _value(middle + half * _GAUSS, strip.powers)
    mean = _AT_MIDDLE * _value(middle, strip.powers) + _AT_SIDES * sides
    return -radians(bx - ax) * (end - begin) * mean


@jit
def _meet(px: float, py: float, qx: float, qy: float, ax: float, ay: float, bx: float, by: float) -> int:
    """How two edges meet: 0 not at all, 1 by crossing, -1 left open."""
    if max(px, qx) < min(ax, bx) or min(px, qx) > max(ax, bx) or max(py, qy) < min(ay, by) or min(py, qy) > max(ay, by):
        return 0
    one, two = side(px, py, qx, qy, ax, ay), side(px, py, qx, qy, bx, by)
    if one == two and one != 0:
        return 0
    three, four = side(ax, ay, bx, by, px, py), side(ax, ay, bx, by, qx, qy)
    if three == four and three != 0:
        return 0
    return 1 if one * two * three * four != 0 else -1


@jit
def _share(px: float, py: float, qx: float, qy: float, ax: float, ay: float, bx: float, by: float) -> float:
    """Where the line through `a` and `b` cuts the edge from `p` to `q`, as a share of its length."""
    over = (ax - px) * (by - ay) - (ay - py) * (bx - ax)
    under = (qx - px) * (by - ay) - (qy - py) * (bx - ax)
    return min(max(over / under, 0.0), 1.0)


@jit
def _crossings(print_: Footprint, chosen: np.ndarray, vertices: np.ndarray, room: Crossings) -> int:
    """Find every crossing of a footprint with chosen edges of a zone; how many, -1 where one is left open."""
    count, start = 0, 0
    for end in print_.ends:
        for i in range(len(chosen)):
            ax, ay = vertices[chosen[i], 0], vertices[chosen[i], 1]
            bx, by = vertices[chosen[i] + 1, 0], vertices[chosen[i] + 1, 1]
            for j in range(start, end - 1):
                px, py = print_.corners[j, 0], print_.corners[j, 1]
                qx, qy = print_.corners[j + 1, 0], print_.corners[j + 1, 1]
                met = _meet(px, py, qx, qy, ax, ay, bx, by)
                if met < 0 or count == len(room.edges):
                    return -1
                if met:
                    room.edges[count, 0], room.edges[count, 1] = j, i
                    room.shares[count, 0] = _share(px, py, qx, qy, ax, ay, bx, by)
                    room.shares[count, 1] = _share(ax, ay, bx, by, px, py, qx, qy)
                    count += 1
        start = end
    return count


@jit
def _within(x: float, y: float, print_: Footprint) -> int:
    """Whether a point lies in a footprint: 1 or 0; -1 where it is left open."""
    inside, start = 0, 0
    for end in print_.ends:
        for i in range(start, end - 1):
            ax, ay = print_.corners[i, 0], print_.corners[i, 1]
            bx, by = print_.corners[i + 1, 0], print_.corners[i + 1, 1]
            if y < min(ay, by) or y > max(ay, by):
                continue
            if (ay > y) != (by > y):
                where = side(ax, ay, bx, by, x, y)
                if where == 0:
                    return -1
                inside ^= int((where > 0) == (by > ay))
            elif min(ax, bx) <= x <= max(ax, bx):
                return -1
        start = end
    return inside


@jit
def _cell_at(x: float, y: float, grid: Grid) -> int:
    """The number of the cell of a point; -1 off the grid."""
    column, row = np.floor((x - grid.west) / grid.size), np.floor((y - grid.south) / grid.size)
    if 0 <= column < grid.columns and 0 <= row < grid.rows:
        return int(row) * grid.columns + int(column)
    return -1


@jit
def _held(x: float, y: float, z: int, grid: Grid, cells: Cells, sets: SetTable) -> int:
    """Whether a point lies in a zone: 1 or 0; -1 where it is left open."""
    cell = _cell_at(x, y, grid)
    if cell < 0:
        return 0
    one = np.int64(cells.labels[cell])
    if one < 0:
        border = -1 - one
        one = np.int64(cells.base[border])
        for entry in range(cells.first[border], cells.first[border + 1]):
            if cells.zones[entry] == z:
                rx, ry = middle_of(cell, grid)
                return held_by(entry, x, y, rx, ry, cells) if one >= 0 else -1
    if one < 0:
        return -1
    return int((sets.zones[sets.firsts[one] : sets.firsts[one + 1]] == z).any())


@jit
def _around_print(z: int, print_: Footprint, found: Crossings, count: int, strip: Strip, grid: Grid, cells: Cells,
                  sets: SetTable) -> tuple[bool, float]:  # fmt: skip
    """The integral along the parts of a footprint's border that lie in a zone, and whether it could be told."""
    order = np.argsort(found.edges[:count, 0] + found.shares[:count, 0])
    total, at, start = 0.0, 0, 0
    for end in print_.ends:
        held = _held(print_.corners[start, 0], print_.corners[start, 1], z, grid, cells, sets)
        if held < 0:
            return False, 0.0
        for j in range(start, end - 1):
            ax, ay = print_.corners[j, 0], print_.corners[j, 1]
            bx, by = print_.corners[j + 1, 0], print_.corners[j + 1, 1]
            begin = 0.0
            while at < count and found.edges[order[at], 0] == j:
                here = found.shares[order[at], 0]
                total += held * _along(ax, ay, bx, by, begin, here, strip)
                begin, held, at = here, held ^ 1, at + 1
            if held:
                total += _along(ax, ay, bx, by, begin, 1.0, strip)
        start = end
    return True, total


@jit
def _around_zone(print_: Footprint, chosen: np.ndarray, vertices: np.ndarray, found: Crossings, count: int,
                 strip: Strip) -> tuple[bool, float]:  # fmt: skip
    """The integral along the parts of a zone's edges that lie in a footprint, and whether it could be told."""
    order = np.argsort(found.edges[:count, 1] + found.shares[:count, 1])
    total, at, held = 0.0, 0, 0
    for i in range(len(chosen)):
        ax, ay = vertices[chosen[i], 0], vertices[chosen[i], 1]
        bx, by = vertices[chosen[i] + 1, 0], vertices[chosen[i] + 1, 1]
        if i == 0 or chosen[i - 1] != chosen[i] - 1:
            held = _within(ax, ay, print_)
            if held < 0:
                return False, 0.0
        begin = 0.0
        while at < count and found.edges[order[at], 1] == i:
            here = found.shares[order[at], 1]
            total += held * _along(ax, ay, bx, by, begin, here, strip)
            begin, held, at = here, held ^ 1, at + 1
        if held:
            total += _along(ax, ay, bx, by, begin, 1.0, strip)
    return True, total


@jit
def _measure(print_: Footprint, z: int, chosen: np.ndarray, room: Crossings, strip: Strip, grid: Grid, cells: Cells,
             sets: SetTable) -> float:  # fmt: skip
    """Overlap of a footprint with one zone, m², or `OPEN`; `chosen` are the zone's edges near it, in order."""
    count = _crossings(print_, chosen, cells.vertices, room)
    if count < 0:
        return OPEN
    told, one = _around_print(z, print_, room, count, strip, grid, cells, sets)
    told_too, two = _around_zone(print_, chosen, cells.vertices, room, count, strip)
    return one + two if told and told_too else OPEN


@jit
def _whole(print_: Footprint, strip: Strip) -> float:
    """Area of a footprint, m²."""
    total, start = 0.0, 0
    for end in print_.ends:
        for j in range(start, end - 1):
            total += _along(print_.corners[j, 0], print_.corners[j, 1], print_.corners[j + 1, 0],
                            print_.corners[j + 1, 1], 0.0, 1.0, strip)  # fmt: skip
        start = end
    return total


@jit
def _edges_near(box: tuple[float, float, float, float], grid: Grid, cells: Cells) -> np.ndarray:
    """The edges of all zones whose boxes meet a box, each once, in order."""
    west, south, east, north = box
    left, right = np.floor((west - grid.west) / grid.size), np.floor((east - grid.west) / grid.size)
    low, top = np.floor((south - grid.south) / grid.size), np.floor((north - grid.south) / grid.size)
    near = np.empty(256, np.int32)
    count = 0
    for row in range(max(int(low), 0), min(int(top), grid.rows - 1) + 1):
        for column in range(max(int(left), 0), min(int(right), grid.columns - 1) + 1):
            border = -1 - cells.labels[row * grid.columns + column]
            if border < 0:
                continue
            begin, end = cells.runs[cells.first[border]], cells.runs[cells.first[border + 1]]
            while count + end - begin > len(near):
                near = np.concatenate((near, near))
            for at in range(begin, end):
                k = cells.edges[at]
                (ax, ay), (bx, by) = cells.vertices[k], cells.vertices[k + 1]
                near[count] = k
                count += min(ax, bx) <= east and max(ax, bx) >= west and min(ay, by) <= north and max(ay, by) >= south
    near = np.sort(near[:count])
    once = np.ones(count, np.bool_)
    once[1:] = near[1:] != near[:-1]
    return near[once]


@jit
def _holding(x: float, y: float, grid: Grid, cells: Cells, sets: SetTable) -> list[np.int64]:
    """The zones that hold a point; those are left out of which that is left open, and -1 stands for all of them."""
    held = [np.int64(-2)]
    cell = _cell_at(x, y, grid)
    if cell < 0:
        return held
    one = np.int64(cells.labels[cell])
    if one < 0:
        border = -1 - one
        one = np.int64(cells.base[border])
        rx, ry = middle_of(cell, grid)
        for entry in range(cells.first[border], cells.first[border + 1]):
            if held_by(entry, x, y, rx, ry, cells) == 1:
                held.append(np.int64(cells.zones[entry]))
    if one < 0:
        held.append(np.int64(-1))
        return held
    for at in range(sets.firsts[one], sets.firsts[one + 1]):
        held.append(np.int64(sets.zones[at]))
    return held


@jit
def _overlaps(print_: Footprint, which: np.ndarray, areas: np.ndarray, room: Crossings, grid: Grid, cells: Cells,
              sets: SetTable) -> int:  # fmt: skip
    """Overlaps of one footprint: how many, -1 where there is no room, -2 where the whole is left open."""
    xs, ys = print_.corners[:, 0], print_.corners[:, 1]
    west, south, east, north = xs.min(), ys.min(), xs.max(), ys.max()
    if not north - south <= TALLEST_DEG:
        return -2
    near = _edges_near((west, south, east, north), grid, cells)
    holding = _holding(xs[0], ys[0], grid, cells, sets)
    if len(near) * len(xs) > MOST_PAIRS or (len(holding) > 1 and holding[1] == -1) or holding[-1] == -1:
        return -2
    if len(near) + len(holding) > len(which):
        return -1
    strip = strip_of(south, north)
    found, begin = 0, 0
    for i in range(1, len(near) + 1):
        if i == len(near) or cells.of_edge[near[i]] != cells.of_edge[near[begin]]:
            z = cells.of_edge[near[begin]]
            which[found] = z
            areas[found] = _measure(print_, z, near[begin:i], room, strip, grid, cells, sets)
            found, begin = found + 1, i
    bordering = found
    for z in holding[1:]:  # a zone whose border is nowhere near, and which holds a corner, holds all
        if not (which[:bordering] == z).any():
            which[found], areas[found] = z, _whole(print_, strip)
            found += 1
    return found


@jit
def overlap_all(corners: np.ndarray, ends: np.ndarray, owners: np.ndarray, whose: np.ndarray, which: np.ndarray,
                areas: np.ndarray, grid: Grid, cells: Cells, sets: SetTable) -> int:  # fmt: skip
    """Overlaps of many footprints: numbers of footprint and zone, and m² or `OPEN`; how many, -1 where room ended.

    A zone of -1 says that the whole footprint is left open.

    Parameters
    ----------
    corners, ends : as in `Footprint`, of all of them one after another
    owners : for each footprint, the number after its last ring
    """
    room = Crossings(np.empty((MOST_CROSSINGS, 2), np.int64), np.empty((MOST_CROSSINGS, 2)))
    found, ring = 0, 0
    for f in range(len(owners)):
        begin = ends[ring - 1] if ring else 0
        print_ = Footprint(corners[begin : ends[owners[f] - 1]], ends[ring : owners[f]] - begin)
        ring = owners[f]
        count = _overlaps(print_, which[found:], areas[found:], room, grid, cells, sets)
        if count == -1 or found + 1 >= len(whose):
            return -1
        if count == -2:
            which[found], areas[found], count = -1, OPEN, 1
        whose[found : found + count] = f
        found += count
    return found
