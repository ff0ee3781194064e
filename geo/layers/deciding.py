"""The compiled loops that decide points: in which zones they lie, and which borders are near them."""

import numpy as np

from geo.crs import GEOD
from geo.layers.cells import UNKNOWN, Cells, Grid, SetTable, add_set, find_set, jit, side

UNDECIDED = -1  # in place of a set's number: left to GEOS
_A, _E2 = GEOD.a, GEOD.es


@jit
def look_up(points: np.ndarray, out: np.ndarray, grid: Grid, labels: np.ndarray) -> None:
    """The label of the cell of each point, in one simple loop, so that the waits for memory overlap; 0 off the grid."""
    scale = 1.0 / grid.size
    for i in range(len(points)):
        column, row = (points[i, 0] - grid.west) * scale, (points[i, 1] - grid.south) * scale
        if 0.0 <= column < grid.columns and 0.0 <= row < grid.rows:
            out[i] = labels[np.int64(row) * grid.columns + np.int64(column)]
        else:
            out[i] = 0


@jit
def _across(ax: float, ay: float, bx: float, by: float, px: float, py: float, rx: float) -> int:
    """Whether the way along a latitude crosses an edge; -1 where it is left open, as for a point on the edge."""
    least, most = min(ay, by), max(ay, by)
    west, east = min(ax, bx), max(ax, bx)
    if py < least or py > most:
        return 0
    if py == most:
        return -1 if west <= px <= east else 0
    if east < min(px, rx) or west > max(px, rx):
        return 0
    here, corner = side(ax, ay, bx, by, px, py), side(ax, ay, bx, by, rx, py)
    if here == 0 or corner == 0:
        return -1
    return int(here != corner)


@jit
def _along(ax: float, ay: float, bx: float, by: float, rx: float, py: float, ry: float) -> int:
    """Whether the way along a longitude crosses an edge; -1 where it is left open."""
    if (ax > rx) == (bx > rx) or max(ay, by) < min(py, ry) or min(ay, by) > max(py, ry):
        return 0
    corner, there = side(ax, ay, bx, by, rx, py), side(ax, ay, bx, by, rx, ry)
    if corner == 0 or there == 0:
        return -1
    return int(corner != there)


@jit
def held_by(entry: int, x: float, y: float, rx: float, ry: float, cells: Cells) -> int:
    """Whether a point of a border cell lies in the zone of an entry: 1 or 0; -1 where it is left open.

    By the parity of crossings on the way along its latitude and then along the reference's longitude, thought moved up
    and east by less than anything: an edge that ends on it counts once.
    """
    held = int(cells.inside[entry])
    for at in range(cells.runs[entry], cells.runs[entry + 1]):
        k = cells.edges[at]
        ax, ay = cells.vertices[k, 0], cells.vertices[k, 1]
        bx, by = cells.vertices[k + 1, 0], cells.vertices[k + 1, 1]
        across, along = _across(ax, ay, bx, by, x, y, rx), _along(ax, ay, bx, by, rx, y, ry)
        if across < 0 or along < 0:
            return -1
        held ^= across ^ along
    return held


@jit
def middle_of(cell: int, grid: Grid) -> tuple[float, float]:
    """The reference point of a cell."""
    return (
        grid.west + (cell % grid.columns + 0.5) * grid.size,
        grid.south + (cell // grid.columns + 0.5) * grid.size,
    )


@jit
def decide(x: float, y: float, border: int, grid: Grid, cells: Cells, sets: SetTable, members: np.ndarray) -> int:
    """The set of zones at a point of a border cell: its number, `UNDECIDED`, or `UNKNOWN` and its `members`.

    Of them the first says how many follow.
    """
    base = cells.base[border]
    if base < 0:
        return UNDECIDED
    rx, ry = middle_of(cells.places[border], grid)
    print_ = sets.prints[base]
    count = 0
    for entry in range(cells.first[border], cells.first[border + 1]):
        held = held_by(entry, x, y, rx, ry, cells)
        if held < 0:
            return UNDECIDED
        if held:
            print_ ^= cells.keys[cells.zones[entry]]
            count += 1
            members[count] = cells.zones[entry]
    if count == 0:
        return int(base)
    for at in range(sets.firsts[base], sets.firsts[base + 1]):
        count += 1
        members[count] = sets.zones[at]
    members[0] = count
    return find_set(print_, members[1:], count, sets)


@jit
def decide_all(points: np.ndarray, out: np.ndarray, grid: Grid, cells: Cells, sets: SetTable) -> int:
    """The set of zones at each of many points; gives how many are `UNDECIDED` or `UNKNOWN`."""
    members = np.empty(len(cells.keys) + 2, np.int32)
    look_up(points, out, grid, cells.labels)
    left = 0
    for i in range(len(points)):
        if out[i] < 0:
            out[i] = decide(points[i, 0], points[i, 1], -1 - out[i], grid, cells, sets, members)
            left += out[i] < 0
    return left


@jit
def learn(points: np.ndarray, out: np.ndarray, known: int, grid: Grid, cells: Cells, sets: SetTable) -> int:
    """Number the sets that `decide_all` left unknown; how many are known, negative and one less where room ended."""
    members = np.empty(len(cells.keys) + 2, np.int32)
    label = np.zeros(1, np.int32)
    for i in range(len(points)):
        if out[i] != UNKNOWN:
            continue
        look_up(points[i : i + 1], label, grid, cells.labels)
        one = decide(points[i, 0], points[i, 1], -1 - label[0], grid, cells, sets, members)
        if one == UNKNOWN:
            print_ = np.uint64(0)
            for j in range(1, members[0] + 1):
                print_ ^= cells.keys[members[j]]
            one = add_set(print_, members[1:], members[0], known, sets)
            if one < 0:
                return -1 - known
            known += 1
        out[i] = one
    return known


# --- borders near points --------------------------------------------------------------------------------------------


@jit
def _metres_per_degree(lat: float) -> tuple[float, float]:
    """Of longitude and of latitude, on the CGCS2000 ellipsoid."""
    bulge = 1.0 - _E2 * np.sin(np.radians(lat)) ** 2
    return np.radians(_A / np.sqrt(bulge) * np.cos(np.radians(lat))), np.radians(_A * (1.0 - _E2) / bulge**1.5)


@jit
def _gap(ax: float, ay: float, bx: float, by: float) -> float:
    """Distance from the origin to an edge, in a plane."""
    dx, dy = bx - ax, by - ay
    length2 = dx * dx + dy * dy
    along = min(max(-(ax * dx + ay * dy) / length2, 0.0), 1.0) if length2 > 0.0 else 0.0
    return float(np.hypot(ax + along * dx, ay + along * dy))


@jit
def _entry_gap(entry: int, x: float, y: float, across: float, up: float, cells: Cells) -> float:
    gap = np.inf
    for at in range(cells.runs[entry], cells.runs[entry + 1]):
        k = cells.edges[at]
        ax, ay = (cells.vertices[k, 0] - x) * across, (cells.vertices[k, 1] - y) * up
        bx, by = (cells.vertices[k + 1, 0] - x) * across, (cells.vertices[k + 1, 1] - y) * up
        gap = min(gap, _gap(ax, ay, bx, by))
    return gap


@jit
def _noted(z: int, gap: float, start: int, found: int, zones: np.ndarray, gaps: np.ndarray) -> int:
    """Note how far a zone's border is, each zone once; gives how many are noted, -1 where there is no room."""
    for at in range(start, found):
        if zones[at] == z:
            gaps[at] = min(gaps[at], gap)
            return found
    if found == len(zones):
        return -1
    zones[found], gaps[found] = z, gap
    return found + 1


@jit
def borders_near(points: np.ndarray, reach_m: float, starts: np.ndarray, zones: np.ndarray, gaps: np.ndarray,
                 grid: Grid, cells: Cells) -> int:  # fmt: skip
    """Which zones have their border within reach of each point, and about how many metres away.

    Degrees count as the metres that they have at the point. Gives how many were found; -1 where there was no room.
    """
    found = 0
    for i in range(len(points)):
        x, y = points[i, 0], points[i, 1]
        starts[i] = found
        across, up = _metres_per_degree(y)
        wide, high = reach_m / across * 1.01, reach_m / up * 1.01
        left, right = np.floor((x - wide - grid.west) / grid.size), np.floor((x + wide - grid.west) / grid.size)
        low, top = np.floor((y - high - grid.south) / grid.size), np.floor((y + high - grid.south) / grid.size)
        for row in range(max(int(low), 0), min(int(top), grid.rows - 1) + 1):
            for column in range(max(int(left), 0), min(int(right), grid.columns - 1) + 1):
                border = -1 - cells.labels[row * grid.columns + column]
                if border < 0:
                    continue
                for entry in range(cells.first[border], cells.first[border + 1]):
                    gap = _entry_gap(entry, x, y, across, up, cells)
                    if gap <= reach_m:
                        found = _noted(cells.zones[entry], gap, starts[i], found, zones, gaps)
                    if found < 0:
                        return -1
    starts[len(points)] = found
    return found
