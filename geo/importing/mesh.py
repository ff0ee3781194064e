"""The mesh of a coverage: edges that its zones do not draw alike, cut wherever they meet, and the faces between them.

An edge that two neighbours draw alike, from opposite sides, cancels out. Only the edges that are left decide how many
zones lie on a place: they alone are cut where they meet, and zones are counted across each of them, exactly.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.geometry import METRES_PER_DEGREE

_ROUNDS = 20  # of cutting edges where they meet; rounding lets a second round find more, a third one hardly ever
_SNAP_DEG = 1e-12  # 0.1 µm: edges that meet as near to an end of one of them meet in it, so that rounding folds no ring
OUTSIDE = -1  # number of the face around everything


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Edges, each kept once from the lesser of its ends to the greater, and the zones that draw them."""

    ends: np.ndarray  # lon, lat, lon, lat; shape (m, 4)
    edge: np.ndarray  # one row for each zone that draws an edge: the edge, shape (k,)
    zone: np.ndarray  # the zone
    side: np.ndarray  # 1 where the zone lies left of the edge, -1 right

    @property
    def jump(self) -> np.ndarray:
        """By how many more zones lie left of each edge than right of it."""
        jump: np.ndarray = np.bincount(self.edge, weights=self.side, minlength=len(self.ends)).astype(np.int64)
        return jump

    def only(self, wanted: np.ndarray) -> "Edges":
        """The edges of a mask, numbered anew."""
        number, used = np.cumsum(wanted) - 1, wanted[self.edge]
        return Edges(self.ends[wanted], number[self.edge[used]], self.zone[used], self.side[used])


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Edges cut wherever they meet, and the faces between them."""

    whole: Edges  # before cutting
    pieces: Edges
    part: np.ndarray  # the pieces of all whole edges in their order, shape (q,)
    parent: np.ndarray  # the whole edge of each, ascending
    direction: np.ndarray  # 1 where the piece runs along its whole edge, -1 where rounding has turned it round
    faces: np.ndarray  # polygons, shape (f,)
    left: np.ndarray  # face left of each piece, shape (m,)
    right: np.ndarray
    depth: np.ndarray  # zones on each face, shape (f + 1,); the last is the outside

    @property
    def within(self) -> np.ndarray:
        """For each row of the pieces' zones: the face on the zone's side."""
        return self._beside(self.pieces.side > 0)

    @property
    def beyond(self) -> np.ndarray:
        """For each row of the pieces' zones: the face on the other side."""
        return self._beside(self.pieces.side < 0)

    def _beside(self, to_left: np.ndarray) -> np.ndarray:
        faces: np.ndarray = np.where(to_left, self.left[self.pieces.edge], self.right[self.pieces.edge])
        return faces


def distinct(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Indexes of distinct rows of numbers, and for each row the number of its like.

    Sorted by a hash, which is faster than by the columns; the rows are compared themselves all the same.
    """
    rows = np.ascontiguousarray(rows, dtype=np.float64) + 0.0  # without -0.0
    key = np.zeros(len(rows), dtype=np.uint64)
    for column in rows.view(np.uint64).T:
        key = (key ^ column) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    order = np.argsort(key)
    ordered = rows[order]
    new = np.ones(len(rows), dtype=bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    if (new[1:] & (key[order[1:]] == key[order[:-1]])).any():  # two rows with one hash
        order = np.lexsort(rows.T)
        ordered = rows[order]
        new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    number = np.empty(len(rows), dtype=np.int64)
    number[order] = np.cumsum(new) - 1
    return order[new], number


def ordered(start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Edges from their lesser end to their greater, shape (m, 4), and 1 where they ran so, -1 where they did not."""
    back = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    ends = np.column_stack([start, end])
    ends[back] = ends[back][:, [2, 3, 0, 1]]
    return ends, np.where(back, -1, 1)


def sides_of(polygons: np.ndarray, owner: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All edges of polygons from the lesser end to the greater, the owner of each, and on which side it lies."""
    rings, part = shapely.get_rings(polygons, return_index=True)
    shell = np.ones(len(rings), dtype=bool)
    shell[1:] = part[1:] != part[:-1]
    to_left = np.where(shell == shapely.is_ccw(rings), 1, -1)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    runs_on = (ring[1:] == ring[:-1]) & (points[1:] != points[:-1]).any(axis=1)
    ends, direction = ordered(points[:-1][runs_on], points[1:][runs_on])
    ring = ring[:-1][runs_on]
    return ends, owner[part[ring]], direction * to_left[ring]


def edges_of(grounds: np.ndarray) -> Edges:
    """All edges of some zones, those of equal coordinates as one."""
    parts, zone = shapely.get_parts(grounds, return_index=True)
    kept = ~shapely.is_empty(parts)
    ends, zone, side = sides_of(parts[kept], zone[kept])
    first, edge = distinct(ends)
    return Edges(ends[first], edge, zone, side)


def unmatched(edges: Edges) -> Edges:
    """The edges with more zones on one side than on the other."""
    return edges.only(edges.jump != 0)


def netted(ends: np.ndarray, edge: np.ndarray, zone: np.ndarray, side: np.ndarray) -> Edges:
    """Edges from rows that may repeat: what a zone draws from both sides falls away."""
    zones = int(zone.max(initial=0)) + 1
    pair, which = np.unique(edge * zones + zone, return_inverse=True)
    net = np.bincount(which, weights=side, minlength=len(pair)).astype(np.int64)
    edge, zone = np.divmod(pair[net != 0], zones)
    return Edges(ends, edge, zone, net[net != 0])


def mesh_of(grounds: np.ndarray) -> Mesh:
    """Cut what is open; where that leads into ground of several zones, also the matched edges there."""
    edges = edges_of(grounds)
    zones = shapely.STRtree(grounds)
    taken = edges.jump != 0
    while True:
        mesh = meshed(edges.only(taken))
        more = _drawn_in(mesh, edges, taken, zones)
        if not len(more):
            return mesh
        taken[more] = True


def _drawn_in(mesh: Mesh, edges: Edges, taken: np.ndarray, zones: shapely.STRtree) -> np.ndarray:
    """Edges not yet taken that meet ground of several zones, or an edge that was cut and so has moved by a rounding."""
    cut = (np.bincount(mesh.parent, minlength=len(mesh.whole.ends)) > 1)[mesh.parent]
    spots = np.concatenate([mesh.faces[mesh.depth[:-1] > 1], _lines(mesh.pieces.ends[np.unique(mesh.part[cut])])])
    near = np.zeros(len(zones.geometries), dtype=bool)
    near[zones.query(spots)[1]] = True
    nearby = np.zeros(len(edges.ends), dtype=bool)
    nearby[edges.edge[near[edges.zone]]] = True
    candidates = np.flatnonzero(nearby & ~taken)
    meeting = shapely.STRtree(_lines(edges.ends[candidates])).query(spots, predicate="intersects")[1]
    more: np.ndarray = candidates[np.unique(meeting)]
    return more


def meshed(whole: Edges) -> Mesh:
    """Cut edges wherever they meet, find the faces between them, and count the zones on each."""
    ends, direction, parent = _cut(whole.ends)
    first, part = distinct(ends)
    count = np.bincount(parent, minlength=len(whole.ends))
    at = ranges_of((np.cumsum(count) - count)[whole.edge], count[whole.edge])  # a zone draws all pieces of its edges
    row = np.repeat(np.arange(len(whole.edge)), count[whole.edge])
    pieces = netted(ends[first], part[at], whole.zone[row], whole.side[row] * direction[at])
    drawn = np.zeros(len(pieces.ends), dtype=bool)
    drawn[pieces.edge] = True
    faces = _polygons(pieces.ends[drawn])
    left, right = _beside(pieces.ends, faces)
    depth = _depth(left, right, pieces.jump, len(faces))
    return Mesh(whole, pieces, part, parent, direction, faces, left, right, depth)


def ranges_of(first: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Numbers from each first one on, as many as are wanted of each."""
    offset = np.repeat(np.cumsum(count) - count, count)
    numbers: np.ndarray = np.repeat(first, count) + np.arange(len(offset)) - offset
    return numbers


def _lines(ends: np.ndarray) -> np.ndarray:
    return np.asarray(shapely.linestrings(ends.reshape(-1, 2, 2)), dtype=object)


def _polygons(ends: np.ndarray) -> np.ndarray:
    """The faces between edges that meet at their ends only."""
    faces: np.ndarray = shapely.get_parts(shapely.polygonize(_lines(ends)))
    return faces


def _beside(ends: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The faces left and right of each edge."""
    sides, face, side = sides_of(faces, np.arange(len(faces)))
    _, number = distinct(np.concatenate([ends, sides]))
    edge_of = np.empty(len(ends) + len(sides), dtype=np.int64)
    edge_of[number[: len(ends)]] = np.arange(len(ends))
    edge = edge_of[number[len(ends) :]]
    left, right = np.full(len(ends), OUTSIDE), np.full(len(ends), OUTSIDE)
    left[edge[side > 0]] = face[side > 0]
    right[edge[side < 0]] = face[side < 0]
    return left, right


def _depth(left: np.ndarray, right: np.ndarray, jump: np.ndarray, faces: int) -> np.ndarray:
    """Zones on each face, counted from the outside inwards across the edges."""
    unknown = np.iinfo(np.int64).min
    depth = np.full(faces + 1, unknown)
    depth[OUTSIDE] = 0
    pairs, first = np.unique(np.column_stack([left, right]), axis=0, return_index=True)
    left, right, jump = pairs[:, 0], pairs[:, 1], jump[first]
    while True:
        inwards = (depth[left] == unknown) & (depth[right] != unknown)
        outwards = (depth[right] == unknown) & (depth[left] != unknown)
        if not (inwards | outwards).any():
            return depth
        depth[left[inwards]] = depth[right[inwards]] + jump[inwards]
        depth[right[outwards]] = depth[left[outwards]] - jump[outwards]
        open_ = (depth[left] == unknown) | (depth[right] == unknown)
        left, right, jump = left[open_], right[open_], jump[open_]


def _cut(whole: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cut edges wherever they meet, until nothing more meets but ends.

    Returns the pieces of each edge in their order, from the lesser end to the greater; 1 where they run along their
    edge, -1 where they run against it; and the edge of each.
    """
    start, end, parent = whole[:, :2], whole[:, 2:], np.arange(len(whole))
    fresh = np.ones(len(whole), dtype=bool)
    for _ in range(_ROUNDS):
        ends, _ = ordered(start, end)
        first, number = distinct(ends)
        new = np.zeros(len(first), dtype=bool)
        new[number[fresh]] = True
        piece, node = _meetings(ends[first], new)
        if not len(piece):
            break
        start, end, parent, fresh = _split(start, end, parent, number, piece, node)
    ends, direction = ordered(start, end)
    return ends, direction, parent


def _meetings(ends: np.ndarray, new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where edges, of which at least one is new, meet elsewhere than at the ends of both: edge and point."""
    lines = _lines(ends)
    fresh = np.flatnonzero(new)
    one, other = shapely.STRtree(lines).query(lines[fresh])
    one = fresh[one]
    apart = (one < other) | ((one > other) & ~new[other])  # each pair once
    one, other = np.minimum(one[apart], other[apart]), np.maximum(one[apart], other[apart])
    open_ = ~_only_hinged(ends[one], ends[other])
    one, other = one[open_], other[open_]
    points, pair = shapely.get_coordinates(shapely.intersection(lines[one], lines[other]), return_index=True)
    points = _snapped(points, ends[one[pair]], ends[other[pair]])
    edge, points = np.concatenate([one[pair], other[pair]]), np.concatenate([points, points])
    inner = (points != ends[edge, :2]).any(axis=1) & (points != ends[edge, 2:]).any(axis=1)
    first, _ = distinct(np.column_stack([edge[inner], points[inner]]))
    return edge[inner][first], points[inner][first]


def _snapped(points: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Points where two edges meet, or the end of one of them where it is as good as there."""
    near = np.stack([one[:, :2], one[:, 2:], other[:, :2], other[:, 2:]])
    apart = np.abs(near - points).max(axis=2)
    nearest = apart.argmin(axis=0)
    at = np.arange(len(points))
    snapped: np.ndarray = np.where((apart[nearest, at] <= _SNAP_DEG)[:, None], near[nearest, at], points)
    return snapped


def _only_hinged(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Pairs of edges that share an end and surely do not lie on each other."""
    hinged = np.zeros(len(one), dtype=bool)
    for a in (slice(0, 2), slice(2, 4)):
        for b in (slice(0, 2), slice(2, 4)):
            at = one[:, a]
            p = one[:, 2:] - at if a.start == 0 else one[:, :2] - at
            q = other[:, 2:] - at if b.start == 0 else other[:, :2] - at
            along, against = p[:, 0] * q[:, 1], p[:, 1] * q[:, 0]
            bent = np.abs(along - against) > 1e-14 * (np.abs(along) + np.abs(against))
            hinged |= (at == other[:, b]).all(axis=1) & bent
    return hinged


def _split(
    start: np.ndarray, end: np.ndarray, parent: np.ndarray, number: np.ndarray, piece: np.ndarray, node: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Put nodes into the pieces that they lie on; the pieces keep the order along their edge."""
    by_piece = np.argsort(piece, kind="stable")
    piece, node = piece[by_piece], node[by_piece]
    low, high = np.searchsorted(piece, number), np.searchsorted(piece, number, side="right")
    nodes = high - low
    host = np.repeat(np.arange(len(number)), nodes)
    points = node[ranges_of(low, nodes)]
    along = ((points - start[host]) * (end[host] - start[host])).sum(axis=1)
    order = np.lexsort((points[:, 1], points[:, 0], along, host))
    host, points = host[order], points[order]
    # Each piece gives its start and its nodes; the next of them, or its end, is where that part ends.
    owner = np.concatenate([np.arange(len(number)), host])
    place = np.concatenate([np.zeros(len(number)), np.arange(1, len(host) + 1)])
    order = np.lexsort((place, owner))
    owner, begin = owner[order], np.concatenate([start, points])[order]
    finish = np.empty_like(begin)
    finish[:-1] = begin[1:]
    last = np.ones(len(owner), dtype=bool)
    last[:-1] = owner[1:] != owner[:-1]
    finish[last] = end
    return begin, finish, parent[owner], nodes[owner] > 0


def runs_of(keys: np.ndarray) -> list[tuple[int, int, int]]:
    """Runs of one key in a sorted array: key, first, one after the last."""
    starts = np.flatnonzero(np.r_[len(keys) > 0, keys[1:] != keys[:-1]])
    ends = np.append(starts, len(keys))[1:]
    return list(zip(keys[starts].tolist(), starts.tolist(), ends.tolist(), strict=True))


def lengths_of(ends: np.ndarray) -> np.ndarray:
    """Metres of each edge, to some parts in a thousand."""
    across = (ends[:, 2] - ends[:, 0]) * np.cos(np.radians((ends[:, 1] + ends[:, 3]) / 2.0))
    metres: np.ndarray = np.hypot(across, ends[:, 3] - ends[:, 1]) * METRES_PER_DEGREE
    return metres


def ground_of(ends: np.ndarray, side: np.ndarray) -> BaseGeometry:
    """The (multi)polygon that lies left (1) or right (-1) of edges that meet at their ends only."""
    while len(ends):
        faces = _polygons(ends)
        left, right = _beside(ends, faces)
        held = _depth(left, right, side, len(faces)) > 0
        limit = held[left] != held[right]
        if limit.all():
            parts = faces[held[:-1]]
            return shapely.Polygon(parts[0]) if len(parts) == 1 else shapely.MultiPolygon(parts.tolist())
        ends, side = ends[limit], np.where(held[left], 1, -1)[limit]  # a ring that rounding has laid on itself
    return shapely.Polygon()
