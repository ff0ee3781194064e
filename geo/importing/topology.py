"""The topology of a coverage: ground that no zone has or several have, limits drawn twice, and how they are mended."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.geometry import METRES_PER_DEGREE, area_m2
from geo.importing.mesh import (
    OUTSIDE,
    Edges,
    Mesh,
    distinct,
    edges_of,
    ground_of,
    lengths_of,
    mesh_of,
    meshed,
    netted,
    ordered,
    ranges_of,
    runs_of,
    sides_of,
    unmatched,
)

_WIDTH_STEPS = 8  # halvings of the bound of a width: a share of 1/256 is left


@dataclass(frozen=True, slots=True)
class Face:
    """Ground that no zone has, or more than one; or a limit that two zones draw with different vertices."""

    kind: Literal["gap", "overlap", "mismatch", "missing", "outside"]  # the last two: against a declared coverage
    rows: tuple[int, ...]  # indexes into the grounds, sorted: the zones on it (overlap, mismatch) or around it (gap)
    ground: BaseGeometry  # EPSG:4490; of a mismatch all its slivers, and none where only vertices differ
    area_m2: float  # ellipsoidal
    width_m: float  # of the widest disc in it: at most this, and less by 1 % or 1 mm
    place: tuple[float, float]  # longitude, latitude of a point in it, or on it
    gap_m2: float = 0.0  # of the area: ground that no zone has
    overlap_m2: float = 0.0  # of the area: ground that several zones have
    vertices: int = 0  # of a mismatch: those that one of the two zones has on their limit and the other lacks


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """What mending did to each row."""

    gained_m2: np.ndarray  # ellipsoidal area, shape (n,)
    lost_m2: np.ndarray
    redrawn: np.ndarray  # bool; True also where a row only got a vertex that its neighbour has


@dataclass(frozen=True, slots=True, eq=False)
class _Flaw:
    """One face of the mesh that is a gap or an overlap."""

    face: int
    gap: bool
    rows: tuple[int, ...]  # around a gap, on an overlap
    held: Mapping[int, int]  # how often each zone is on it
    uses: np.ndarray  # rows of the pieces' zones along its limit: beyond it for a gap, within it for an overlap
    plain: bool  # two zones draw its limit, each piece of it one of them


def find_faces(grounds: np.ndarray, sliver_m: float = 1.0, mesh: Mesh | None = None) -> tuple[Face, ...]:
    """Find all enclosed ground that no zone has, all that several have, and all limits that two zones draw differently.

    Faces no wider than `sliver_m` between the same two zones are one mismatch. A gap that is open to the outside is
    not told from the outside here: see `missing`.

    Parameters
    ----------
    grounds : ndarray of valid (multi)polygons, EPSG:4490, shape (n,); an empty one has no ground
    sliver_m : width across, metres
    mesh : what `mesh_of` makes of the grounds, where it is known already
    """
    mesh = mesh or mesh_of(grounds)
    flaws = _flaws(mesh, grounds)
    shapes = mesh.faces[[flaw.face for flaw in flaws]]
    widths = _widths(shapes)
    slivers: dict[tuple[int, ...], list[int]] = {}
    found: list[Face] = []
    for index, flaw in enumerate(flaws):
        if not flaw.gap and len(flaw.rows) < 2:
            continue  # one ring that rounding has laid on itself
        if flaw.plain and widths[index] <= sliver_m:
            slivers.setdefault(flaw.rows, []).append(index)
        else:
            found.append(_face(flaw.gap, flaw.rows, shapes[index], float(widths[index])))
    odd = _odd_vertices(mesh, [flaws[index] for indexes in slivers.values() for index in indexes])
    for pair in slivers.keys() | odd.keys():
        indexes = slivers.get(pair, [])
        gaps = np.array([flaws[index].gap for index in indexes], dtype=bool)
        found.append(_mismatch(pair, shapes[indexes], gaps, widths[indexes], odd.get(pair)))
    return tuple(sorted(found, key=lambda face: (face.rows, face.kind, face.place)))


def mend(grounds: np.ndarray, faces: Sequence[Face], rank: np.ndarray) -> tuple[np.ndarray, Changes]:
    """Give each chosen face to one zone, so that neighbours share their limit there vertex by vertex.

    An overlap goes to the zone of the highest rank on it, a gap to that of the highest rank around it; ties to the one
    with the longer common limit, then to the first. So do the slivers of a mismatch; between zones of one rank their
    limit becomes the line of the one with more vertices on it. Zones that are not concerned stay the same objects; a
    zone whose whole ground goes to others becomes an empty polygon.

    Parameters
    ----------
    grounds : as `find_faces` had them
    faces : gaps, overlaps and mismatches from `find_faces`
    rank : ndarray of numbers, shape (n,); the stricter class has the higher one

    Raises
    ------
    ValueError
        Where a face is not one of these grounds.
    """
    mesh = mesh_of(grounds)
    flaws = {_key(mesh.faces[flaw.face]): flaw for flaw in _flaws(mesh, grounds)}
    gained, lost = np.zeros(len(grounds)), np.zeros(len(grounds))
    steps = []  # zone, face, how often it takes it: -1 where it gives it away
    for flaw, taker in _takers(mesh, faces, flaws, np.asarray(rank)):
        area = area_m2(mesh.faces[flaw.face])
        for zone in (taker,) if flaw.gap else tuple(row for row in flaw.rows if row != taker):
            steps.append((zone, flaw.face, 1 if flaw.gap else -flaw.held[zone]))
            (gained if flaw.gap else lost)[zone] += area
    pairs = {face.rows for face in faces if face.kind == "mismatch"}
    mended, redrawn = grounds.copy(), np.zeros(len(grounds), dtype=bool)
    for zone, ground in _redrawn(mesh, grounds, np.array(steps, dtype=np.int64).reshape(-1, 3), pairs):
        mended[zone], redrawn[zone] = ground, True
    return mended, Changes(gained, lost, redrawn)


def missing(
    grounds: np.ndarray,
    coverage: BaseGeometry,
    accuracy_m: float = 0.0,
    sliver_m: float = 1.0,
    outline: BaseGeometry | None = None,
) -> tuple[Face, ...]:
    """Find the ground of a declared coverage that lies outside of all zones, and the ground of zones outside of it.

    Only ground wider than both `accuracy_m`, to which the coverage's limit is known, and `sliver_m` is told, without
    its thinner ends. Enclosed gaps are not repeated here: `find_faces` has them.

    Parameters
    ----------
    grounds : as for `find_faces`
    coverage : valid (multi)polygon, EPSG:4490
    accuracy_m, sliver_m : metres
    outline : what `covered` says of the grounds, where it is known already
    """
    outline = covered(grounds) if outline is None else outline
    filled = shapely.union_all(shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(outline))))
    tree = shapely.STRtree(grounds)
    least_m = max(accuracy_m, sliver_m)
    found = []
    for part in _wider(shapely.difference(coverage, filled), least_m):
        near = tree.query(part, predicate="dwithin", distance=2.0 * least_m / METRES_PER_DEGREE)
        found.append(_against("missing", part, near))
    for part in _wider(shapely.difference(outline, coverage), least_m):
        near = tree.query(part, predicate="intersects")
        found.append(_against("outside", part, near[shapely.area(shapely.intersection(grounds[near], part)) > 0.0]))
    return tuple(sorted(found, key=lambda face: (face.kind, face.rows, face.place)))


def claimed(
    faces: Sequence[Face], coverage: BaseGeometry, accuracy_m: float = 0.0, sliver_m: float = 1.0
) -> tuple[Face, ...]:
    """The faces without the gaps that a declared coverage leaves open too, to its accuracy; see `missing`."""
    least_m = max(accuracy_m, sliver_m)
    inside = (shapely.intersection(face.ground, coverage) for face in faces)
    return tuple(
        face
        for face, part in zip(faces, inside, strict=True)
        if face.kind != "gap" or part.equals(face.ground) or len(_wider(part, least_m))
    )


def covered(grounds: np.ndarray, mesh: Mesh | None = None) -> BaseGeometry:
    """The ground that at least one zone has, as one (multi)polygon; made from the unmatched edges alone.

    Parameters
    ----------
    grounds, mesh : as for `find_faces`
    """
    mesh = mesh or meshed(unmatched(edges_of(grounds)))
    held = mesh.depth > 0
    side = held[mesh.left].astype(np.int64) - held[mesh.right]
    return ground_of(mesh.pieces.ends[side != 0], side[side != 0])


# Flaws


def _flaws(mesh: Mesh, grounds: np.ndarray) -> list[_Flaw]:
    """The faces with no zone or several."""
    pieces, held = mesh.pieces, _holders(mesh, grounds)
    found = []
    for gap, at, wanted in ((True, mesh.beyond, mesh.depth == 0), (False, mesh.within, mesh.depth > 1)):
        wanted[OUTSIDE] = False
        uses = np.flatnonzero(wanted[at])
        uses = uses[np.lexsort((pieces.edge[uses], pieces.zone[uses], at[uses]))]
        limits = {face: uses[first:last] for face, first, last in runs_of(at[uses])}
        for face in np.flatnonzero(wanted).tolist():
            mine = limits.get(face, uses[:0])  # others may draw the whole limit of ground that several go on through
            edge, drawn = pieces.edge[mine], np.unique(pieces.zone[mine])
            rows = drawn.tolist() if gap else sorted(held[face])
            plain = len(rows) == len(drawn) == 2 and len(np.unique(edge)) == len(edge)
            found.append(_Flaw(face, gap, tuple(rows), {} if gap else dict(held[face]), mine, plain))
    return found


def _holders(mesh: Mesh, grounds: np.ndarray) -> dict[int, Counter[int]]:
    """How often each zone is on a face: those that draw its limit, and those that go on from a face beside it.

    A zone is on a face twice where rounding has laid a needle of its ring on the rest of it.
    """
    pairs = np.unique(np.column_stack([mesh.within, mesh.pieces.zone]), axis=0)
    held = {face: Counter(pairs[first:last, 1].tolist()) for face, first, last in runs_of(pairs[:, 0])}
    deep = np.flatnonzero(mesh.depth > 1).tolist()
    short = {face for face in deep if held.setdefault(face, Counter()).total() < mesh.depth[face]}
    steps = _steps(mesh, short)
    goes_on = True
    while goes_on:
        goes_on = False
        for here, there, change in steps:
            beside = held.get(there, Counter())
            if here in short and beside.total() == mesh.depth[there]:
                zones = beside.copy()
                zones.update(change)
                held[here] = +zones
                short.discard(here)
                goes_on = True
    faces = sorted(short)
    inside = shapely.STRtree(grounds).query(shapely.point_on_surface(mesh.faces[faces]), predicate="within")
    for index, zone in inside.T.tolist():
        held[faces[index]][zone] = 1
    return held


def _steps(mesh: Mesh, faces: set[int]) -> list[tuple[int, int, Counter[int]]]:
    """The ways into some faces across their limits: face, face beside it, and what changes on the way."""
    marked = np.zeros(len(mesh.depth), dtype=bool)
    marked[list(faces)] = True
    across = marked[mesh.left] | marked[mesh.right]
    to_left: dict[int, Counter[int]] = {edge: Counter() for edge in np.flatnonzero(across).tolist()}
    pieces = mesh.pieces
    for use in np.flatnonzero(across[pieces.edge]).tolist():
        to_left[int(pieces.edge[use])][int(pieces.zone[use])] = int(pieces.side[use])
    found = []
    for edge, change in to_left.items():
        left, right = int(mesh.left[edge]), int(mesh.right[edge])
        back = Counter({zone: -times for zone, times in change.items()})
        found += [(left, right, change), (right, left, back)]
    return found


def _odd_vertices(mesh: Mesh, slivers: Sequence[_Flaw]) -> dict[tuple[int, ...], tuple[np.ndarray, np.ndarray]]:
    """Vertices on the common limit of two zones that only one of them has, and whether it is the first of the two.

    Their common limit is what both draw once cut, and what bounds the slivers between them.
    """
    pieces, whole = mesh.pieces, mesh.whole
    one, other = _matched(pieces)
    edge = pieces.edge[one]
    pair = np.sort(np.column_stack([pieces.zone[one], pieces.zone[other]]), axis=1)
    if slivers:
        edge = np.concatenate([edge, *(pieces.edge[flaw.uses] for flaw in slivers)])
        pair = np.concatenate([pair, *(np.tile(flaw.rows, (len(flaw.uses), 1)) for flaw in slivers)])
    points, pair = pieces.ends[edge].reshape(-1, 2), np.repeat(pair, 2, axis=0)
    first, _ = distinct(np.column_stack([pair, points]))
    points, pair = points[first], pair[first]
    vertices = np.column_stack([np.repeat(whole.zone, 2), whole.ends[whole.edge].reshape(-1, 2)])
    has = [_among(np.column_stack([pair[:, side], points]), vertices) for side in (0, 1)]
    odd = np.flatnonzero(has[0] != has[1])
    odd = odd[np.lexsort((points[odd, 1], points[odd, 0], pair[odd, 1], pair[odd, 0]))]
    _, number = np.unique(pair[odd], axis=0, return_inverse=True)
    return {
        tuple(pair[odd[first]].tolist()): (points[odd[first:last]], has[0][odd[first:last]])
        for _, first, last in runs_of(number.ravel())
    }


def _matched(pieces: Edges) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the zones left and right of the pieces that two zones draw from opposite sides, and no other zone."""
    count = np.bincount(pieces.edge, minlength=len(pieces.ends))
    clean = ((count == 2) & (pieces.jump == 0))[pieces.edge]
    left, right = np.flatnonzero(clean & (pieces.side > 0)), np.flatnonzero(clean & (pieces.side < 0))
    return left[np.argsort(pieces.edge[left])], right[np.argsort(pieces.edge[right])]


def _among(rows: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Which rows of numbers stand among known ones."""
    first, number = distinct(np.concatenate([known, rows]))
    seen = np.zeros(len(first), dtype=bool)
    seen[number[: len(known)]] = True
    found: np.ndarray = seen[number[len(known) :]]
    return found


# Faces


def _face(gap: bool, rows: tuple[int, ...], ground: BaseGeometry, width_m: float) -> Face:
    area = area_m2(ground)
    if gap:
        return Face("gap", rows, ground, area, width_m, _place(ground), gap_m2=area)
    return Face("overlap", rows, ground, area, width_m, _place(ground), overlap_m2=area)


def _mismatch(
    rows: tuple[int, ...],
    slivers: np.ndarray,
    gaps: np.ndarray,
    widths: np.ndarray,
    odd: tuple[np.ndarray, np.ndarray] | None,
) -> Face:
    areas = np.array([area_m2(sliver) for sliver in slivers])
    gap_m2, overlap_m2 = float(areas[gaps].sum()), float(areas[~gaps].sum())
    lone = np.zeros((0, 2)) if odd is None else odd[0]
    ordered = slivers[np.lexsort(shapely.bounds(slivers).T)].tolist()
    place = _place(slivers[np.argmax(areas)]) if len(slivers) else (float(lone[0, 0]), float(lone[0, 1]))
    return Face(
        kind="mismatch",
        rows=rows,
        ground=shapely.MultiPolygon(ordered),
        area_m2=gap_m2 + overlap_m2,
        width_m=float(widths.max(initial=0.0)),
        place=place,
        gap_m2=gap_m2,
        overlap_m2=overlap_m2,
        vertices=len(lone),
    )


def _against(kind: Literal["missing", "outside"], ground: BaseGeometry, rows: np.ndarray) -> Face:
    around = tuple(sorted(set(rows.tolist())))
    width = float(_widths(np.array([ground], dtype=object))[0])
    return Face(kind, around, ground, area_m2(ground), width, _place(ground))


def _place(ground: BaseGeometry) -> tuple[float, float]:
    """A point in a polygon, or on its limit where it is too thin for one within."""
    inner = shapely.point_on_surface(ground)
    lon, lat = shapely.get_coordinates(ground if shapely.is_empty(inner) else inner)[0].tolist()
    return lon, lat


def _flat(polygons: np.ndarray) -> np.ndarray:
    """Polygons in metres, each with its own true east and north, to some parts in a thousand."""
    points, owner = shapely.get_coordinates(polygons, return_index=True)
    west, south, _, north = shapely.bounds(polygons).T
    scale = np.cos(np.radians((south + north) / 2.0))
    flat = np.column_stack([(points[:, 0] - west[owner]) * scale[owner], points[:, 1] - south[owner]])
    made: np.ndarray = shapely.set_coordinates(polygons.copy(), flat * METRES_PER_DEGREE)
    return made


def _widths(polygons: np.ndarray) -> np.ndarray:
    """Width across of each polygon, metres: the diameter of the widest disc in it, from above.

    Halving between no width and that of a disc of its area: it is drawn in by half a width, and something is left.
    """
    if not len(polygons):
        return np.zeros(0)
    flat = _flat(polygons)
    bounds = shapely.bounds(flat)
    side = np.minimum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])
    most = np.minimum(side, 2.0 * np.sqrt(shapely.area(flat) / np.pi))
    least = np.zeros(len(polygons))
    for _ in range(_WIDTH_STEPS):
        middle = (least + most) / 2.0
        left = ~shapely.is_empty(shapely.buffer(flat, -middle / 2.0))
        least, most = np.where(left, middle, least), np.where(left, most, middle)
    return most


def _wider(ground: BaseGeometry, least_m: float) -> np.ndarray:
    """The parts of some ground that a disc of a width finds room in, each without its thinner ends."""
    parts = shapely.get_parts(shapely.get_parts(ground))
    parts = parts[(shapely.get_type_id(parts) == 3) & (shapely.area(parts) > 0.0)]
    wide = []
    for part, flat in zip(parts, _flat(parts), strict=True):
        core = shapely.buffer(flat, -least_m / 2.0)
        if core.is_empty:
            continue
        west, south, _, north = part.bounds
        scale = np.cos(np.radians((south + north) / 2.0)) * METRES_PER_DEGREE
        opened = shapely.buffer(core, least_m * 0.51)  # a little more than it was drawn in: full corners are kept
        points = shapely.get_coordinates(opened) / [scale, METRES_PER_DEGREE] + [west, south]
        back = shapely.set_coordinates(opened, points)
        inside = shapely.get_parts(shapely.get_parts(shapely.intersection(part, back)))
        wide.append(inside[shapely.area(inside) > 0.0])
    return np.concatenate(wide) if wide else np.zeros(0, dtype=object)


# Mending


def _key(polygon: BaseGeometry) -> bytes:
    return shapely.to_wkb(shapely.normalize(polygon))


def _takers(mesh: Mesh, faces: Sequence[Face], flaws: dict[bytes, _Flaw], rank: np.ndarray) -> list[tuple[_Flaw, int]]:
    """The chosen faces of the mesh, each with the zone that gets it."""
    metres = lengths_of(mesh.pieces.ends)
    whole_m = np.zeros(len(mesh.faces) + 1)  # around each face
    np.add.at(whole_m, mesh.left, metres)
    np.add.at(whole_m, mesh.right, metres)
    taken: dict[int, int] = {}
    chosen = []
    whole = [(face, _parts(face, flaws)) for face in faces]
    odd = _odd_vertices(mesh, [flaw for face, parts in whole if face.kind == "mismatch" for flaw in parts])
    for face, parts in sorted(whole, key=lambda one: one[0].kind == "gap"):  # last: their neighbours may have changed
        keeper = _keeper(face.rows, rank, odd.get(face.rows)) if face.kind == "mismatch" else None
        for flaw in parts:
            if keeper is not None:
                taker = keeper[flaw.gap]
            else:
                borders = _borders(mesh, flaw, metres, float(whole_m[flaw.face]), taken)
                taker = max(borders, key=lambda zone: (rank[zone], borders[zone], -zone))
            taken[flaw.face] = taker
            chosen.append((flaw, taker))
    return chosen


def _parts(face: Face, flaws: dict[bytes, _Flaw]) -> list[_Flaw]:
    try:
        return [flaws[_key(part)] for part in shapely.get_parts(face.ground)]
    except KeyError:
        raise ValueError(f"the {face.kind} of rows {face.rows} is not one of these grounds") from None


def _keeper(rows: tuple[int, ...], rank: np.ndarray, odd: tuple[np.ndarray, np.ndarray] | None) -> tuple[int, int]:
    """The zones that get the overlaps and the gaps of a mismatch."""
    one, other = rows
    if rank[one] != rank[other]:
        stricter = one if rank[one] > rank[other] else other
        return stricter, stricter
    finer = odd is None or 2 * np.count_nonzero(odd[1]) >= len(odd[1])
    return (one, other) if finer else (other, one)  # so that the line of the first of the two stays


def _borders(mesh: Mesh, flaw: _Flaw, metres: np.ndarray, whole_m: float, taken: dict[int, int]) -> dict[int, float]:
    """Metres of a face's limit along which each zone goes on: around a gap, or beyond an overlap."""
    zones, lengths = mesh.pieces.zone[flaw.uses], metres[mesh.pieces.edge[flaw.uses]]
    if not flaw.gap:
        return {row: whole_m - float(lengths[zones == row].sum()) for row in flaw.rows}
    across = mesh.within[flaw.uses]
    stays = np.array(
        [taken.get(face, zone) == zone for face, zone in zip(across.tolist(), zones.tolist(), strict=True)]
    )
    if not stays.any():
        stays[:] = True
    return {row: float(lengths[stays & (zones == row)].sum()) for row in np.unique(zones[stays]).tolist()}


def _redrawn(
    mesh: Mesh, grounds: np.ndarray, steps: np.ndarray, pairs: set[tuple[int, ...]]
) -> Iterator[tuple[int, BaseGeometry]]:
    """The zones that change, drawn anew: their own edges, and the limits of faces added or taken away.

    An edge is cut only at corners of the faces, and where the two zones of a mismatch lack a vertex.
    """
    whole = mesh.whole
    start, end, parent = _strands(mesh, steps, pairs)
    ends, direction = ordered(start, end)
    touched = np.zeros(len(grounds), dtype=bool)
    touched[steps[:, 0]] = True
    count = np.bincount(parent, minlength=len(whole.ends))
    touched[whole.zone[(count > 1)[whole.edge]]] = True
    mine = np.flatnonzero(touched[whole.zone])
    times = count[whole.edge[mine]]
    at = ranges_of((np.cumsum(count) - count)[whole.edge[mine]], times)
    use = np.repeat(mine, times)
    parts, zone = shapely.get_parts(grounds[touched], return_index=True)
    filled = ~shapely.is_empty(parts)
    others, owner, side = sides_of(parts[filled], np.flatnonzero(touched)[zone[filled]])
    kept = ~_among(others, whole.ends)
    limits, pieces, turns = _around(mesh, steps[:, 1])
    ends = np.concatenate([others[kept], ends[at], mesh.pieces.ends[pieces]])
    zones = np.concatenate([owner[kept], whole.zone[use], np.repeat(steps[:, 0], limits)])
    sides = np.concatenate([side[kept], whole.side[use] * direction[at], turns * np.repeat(steps[:, 2], limits)])
    first, edge = distinct(ends)
    made = netted(ends[first], edge, zones, sides)
    order = np.argsort(made.zone, kind="stable")
    runs = {row: order[begin:stop] for row, begin, stop in runs_of(made.zone[order])}
    for row in np.flatnonzero(touched).tolist():
        mine = runs.get(row, np.zeros(0, dtype=np.int64))
        yield row, ground_of(made.ends[made.edge[mine]], made.side[mine])


def _strands(mesh: Mesh, steps: np.ndarray, pairs: set[tuple[int, ...]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All whole edges cut at the nodes that are wanted: start, end and whole edge of each part, in order."""
    ends = mesh.pieces.ends
    changed = np.zeros(len(mesh.faces) + 1, dtype=bool)
    changed[steps[:, 1]] = True
    corners = ends[changed[mesh.left] | changed[mesh.right]].reshape(-1, 2)
    odd = [points for pair, (points, _) in _odd_vertices(mesh, ()).items() if pair in pairs]
    begin = np.where(mesh.direction[:, None] > 0, ends[mesh.part][:, :2], ends[mesh.part][:, 2:])
    opens = np.ones(len(begin), dtype=bool)
    opens[1:] = mesh.parent[1:] != mesh.parent[:-1]
    opens |= _among(begin, np.concatenate([corners, *odd]))
    start, parent = begin[opens], mesh.parent[opens]
    end = mesh.whole.ends[parent, 2:]
    runs_on = np.flatnonzero(parent[1:] == parent[:-1])
    end[runs_on] = start[runs_on + 1]
    return start, end, parent


def _around(mesh: Mesh, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How many pieces there are around each face, all of them in order, and on which side of each its face lies."""
    face_of = np.concatenate([mesh.left, mesh.right])
    order = np.argsort(face_of, kind="stable")
    low, high = (np.searchsorted(face_of[order], faces, side=side) for side in ("left", "right"))
    at = order[ranges_of(low, high - low)]
    return high - low, at % len(mesh.left), np.where(at < len(mesh.left), 1, -1)
