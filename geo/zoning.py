"""Control units from element layers: the official method in small.

Element layers are laid over the counties. Where they meet, priority goes before key, and key before general; what no
element claims is the rest; fragments join a neighbour. All limits are noded into one network that is cut into faces
once: units are unions of faces, so neighbours share their border vertex by vertex and leave no gap.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.drawing import GRID
from geo.errors import BuildError
from geo.geometry import METRES_PER_DEGREE, area_m2

PRECEDENCE = ("priority", "key", "general")  # what is claimed first stays; classes of control unit
CLASS_DIGIT = {"priority": 1, "key": 2, "general": 3}
REST = "rest"  # kind of the units that no element claims
_ROUNDING_M2 = 1e4  # what rounding to the grid may move along 1,000 km of a limit


@dataclass(frozen=True, slots=True)
class Element:
    """Ground that asks for a class of control unit."""

    id: str
    name: str
    zone_class: str
    kind: str  # units of one kind may be joined, as forest with forest
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True)
class Unit:
    """A control unit: one class, one county, and the elements that it was drawn from, the largest first."""

    code: str
    name: str
    zone_class: str
    county: str
    kind: str
    geometry: BaseGeometry
    elements: tuple[str, ...]  # ids; none where it is the rest


@dataclass(frozen=True, slots=True)
class Plan:
    """What is wanted of the units beside their elements."""

    rest: tuple[str, str] = ("general", "一般管控单元")  # class and name of what no element claims
    prefix: str = "SY"  # opens every code: prefix + county + class digit + four-digit serial
    least_m2: float = 1e6  # a smaller piece joins a neighbour, unless it is the largest of its element
    counts: Mapping[str, int] | None = None  # units wanted of each class; the smallest are joined until it is met


@dataclass(frozen=True, eq=False)
class _Network:
    """The faces between all limits, and which of them border on which."""

    faces: np.ndarray  # polygons, shape (n,)
    areas: np.ndarray  # m², shape (n,)
    left: np.ndarray  # faces on both sides of each border, shape (m,)
    right: np.ndarray
    metres: np.ndarray  # length of each border, shape (m,)

    @classmethod
    def of(cls, limits: Iterable[BaseGeometry], within: BaseGeometry) -> "_Network":
        lines = shapely.union_all(shapely.boundary([*limits, within]), grid_size=GRID)
        faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
        shapely.prepare(within)
        faces = faces[shapely.contains_properly(within, shapely.point_on_surface(faces))]
        return cls(faces, np.array([area_m2(face) for face in faces]), *_borders(faces))


def draw_units(
    elements: Sequence[Element],
    counties: Mapping[str, tuple[str, BaseGeometry]],
    plan: Plan | None = None,
    covered: BaseGeometry | None = None,
) -> list[Unit]:
    """Cut counties into control units: elements by precedence, then what is left.

    Parameters
    ----------
    elements : earlier classes of `PRECEDENCE` win, and within one class the earlier element
    counties : name and ground by code; no unit crosses their limits
    covered : the ground that is divided, where it is less than the counties

    Raises
    ------
    BuildError
        Where an element asks for a class that there is none of, two counties share more ground than a fragment, the
        counties leave nothing to divide, or fewer units can be drawn than are wanted.
    """
    plan = plan or Plan()
    ranked = sorted(elements, key=_rank)
    codes, grounds = sorted(counties), [counties[code][1] for code in sorted(counties)]
    whole = shapely.union_all(grounds) if covered is None else covered
    network = _Network.of([*grounds, *(element.geometry for element in ranked)], whole)
    county, element = _labels(network, grounds), _labels(network, [element.geometry for element in ranked])
    network, county, element = _kept(network, county, element)
    if not len(county):
        raise BuildError(what="units", reason=f"{len(counties)} counties leave no ground to divide; give at least one")
    _refuse_shared(network, grounds, codes, plan.least_m2)
    element = _without_fragments(network, county, element, plan.least_m2)
    groups = _joined(_groups(network, county, element, ranked, plan.rest[0]), network, plan)
    return _units(groups, network, ranked, [(code, counties[code][0]) for code in codes], plan)


def unplaced(elements: Sequence[Element], units: Sequence[Unit]) -> list[str]:
    """Ids of the elements that no unit was drawn from: outside of the counties, or wholly under earlier ones."""
    placed = {one for unit in units for one in unit.elements}
    return [element.id for element in elements if element.id not in placed]


def _rank(element: Element) -> int:
    if element.zone_class not in PRECEDENCE:
        fault = f"element {element.id} asks for {element.zone_class!r}; there are {', '.join(PRECEDENCE)}"
        raise BuildError(what="units", reason=fault)
    return PRECEDENCE.index(element.zone_class)


def _refuse_shared(network: _Network, grounds: Sequence[BaseGeometry], codes: Sequence[str], least_m2: float) -> None:
    """No unit may cross a county's limit, so counties may share slivers at most."""
    county, face = _inside(network, grounds)
    order = np.lexsort((county, face))
    county, face = county[order], face[order]
    twice = np.flatnonzero(face[1:] == face[:-1])
    shared = np.zeros((len(codes), len(codes)))
    np.add.at(shared, (county[twice], county[twice + 1]), network.areas[face[twice]])
    one, other = divmod(int(shared.argmax()), len(codes))
    if shared[one, other] > max(least_m2, _ROUNDING_M2):
        fault = f"counties {codes[one]} and {codes[other]} share {shared[one, other] / 1e6:.2f} km²"
        raise BuildError(what="units", reason=f"{fault}; leave one out, or draw their limits so that they only meet")


def _borders(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of faces with a common edge, and how long their common edges are in metres."""
    rings, face_of_ring = shapely.get_rings(faces, return_index=True)
    points, ring_of_point = shapely.get_coordinates(rings, return_index=True)
    goes_on = ring_of_point[1:] == ring_of_point[:-1]
    start, end = points[:-1][goes_on], points[1:][goes_on]
    face = face_of_ring[ring_of_point[:-1][goes_on]]
    swapped = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    start[swapped], end[swapped] = end[swapped], start[swapped].copy()
    edges = np.column_stack([start, end])
    order = np.lexsort(edges.T)
    edges, face = edges[order], face[order]
    twice = np.flatnonzero((edges[1:] == edges[:-1]).all(axis=1))
    middle = np.radians((edges[twice, 1] + edges[twice, 3]) / 2.0)
    across = (edges[twice, 2] - edges[twice, 0]) * np.cos(middle)
    metres = np.hypot(across, edges[twice, 3] - edges[twice, 1]) * METRES_PER_DEGREE
    pairs = np.sort(np.column_stack([face[twice], face[twice + 1]]), axis=1)
    unique, which = np.unique(pairs, axis=0, return_inverse=True)
    return unique[:, 0], unique[:, 1], np.bincount(which.ravel(), weights=metres, minlength=len(unique))


def _labels(network: _Network, grounds: Sequence[BaseGeometry]) -> np.ndarray:
    """For each face the first of some grounds that it lies in, -1 for none."""
    ground, face = _inside(network, grounds)
    found = np.full(len(network.faces), len(grounds))
    np.minimum.at(found, face, ground)
    return np.where(found == len(grounds), -1, found)


def _inside(network: _Network, grounds: Sequence[BaseGeometry]) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of a ground and a face that lies in it."""
    points = shapely.STRtree(shapely.point_on_surface(network.faces))
    ground, face = points.query(np.array(grounds, dtype=object), predicate="contains")
    return ground, face


def _kept(network: _Network, county: np.ndarray, element: np.ndarray) -> tuple[_Network, np.ndarray, np.ndarray]:
    """Only the faces that lie in a county."""
    kept = county >= 0
    number = np.cumsum(kept) - 1
    inside = kept[network.left] & kept[network.right]
    left, right = number[network.left[inside]], number[network.right[inside]]
    smaller = _Network(network.faces[kept], network.areas[kept], left, right, network.metres[inside])
    return smaller, county[kept], element[kept]


def _pieces(network: _Network, label: np.ndarray) -> np.ndarray:
    """Number the connected pieces of faces with one label."""
    parent = np.arange(len(label))

    def top(face: int) -> int:
        while parent[face] != face:
            parent[face] = parent[parent[face]]
            face = parent[face]
        return face

    same = label[network.left] == label[network.right]
    for one, other in zip(network.left[same], network.right[same], strict=True):
        a, b = top(one), top(other)
        parent[max(a, b)] = min(a, b)
    return np.unique([top(face) for face in range(len(label))], return_inverse=True)[1]


def _without_fragments(network: _Network, county: np.ndarray, element: np.ndarray, least_m2: float) -> np.ndarray:
    """Give each piece that is too small, and not the largest of its element, to the neighbour with the longest border.

    A piece of the rest is too small where the county has a larger one.
    """
    element = element.copy()
    while True:
        ground = np.where(element >= 0, element, -1 - county)  # the rest is an element of each county
        label = ground * (county.max() + 1) + county
        piece = _pieces(network, label)
        area = np.bincount(piece, weights=network.areas)
        of_ground = np.full(len(area), 0)
        of_ground[piece] = ground
        largest = {one: max(np.flatnonzero(of_ground == one), key=lambda p: area[p]) for one in set(of_ground.tolist())}
        small = [p for p in np.argsort(area, kind="stable") if area[p] < least_m2 and largest[int(of_ground[p])] != p]
        changed = False
        for one in small:
            taker = _longest_border(network, county, piece == one)
            if taker is not None:
                element[piece == one] = element[taker]
                changed = True
        if not changed:
            return element


def _longest_border(network: _Network, county: np.ndarray, mine: np.ndarray) -> int | None:
    """A face of the same county, outside some faces, on their longest border with anything."""
    out = mine[network.left] & ~mine[network.right]
    into = ~mine[network.left] & mine[network.right]
    faces = np.concatenate([network.right[out], network.left[into]])
    metres = np.concatenate([network.metres[out], network.metres[into]])
    at_home = county[faces] == county[np.flatnonzero(mine)[0]]
    faces, metres = faces[at_home], metres[at_home]
    return int(faces[np.argmax(metres)]) if len(faces) else None


@dataclass(frozen=True, eq=False)
class _Group:
    """Faces that become one unit."""

    county: int
    zone_class: str
    kind: str
    faces: np.ndarray
    parts: tuple[tuple[float, int], ...]  # area in m² of each element in it, the largest first

    @property
    def area_m2(self) -> float:
        return sum(area for area, _ in self.parts)

    def with_(self, other: "_Group") -> "_Group":
        parts = tuple(sorted((*self.parts, *other.parts), key=lambda part: (-part[0], part[1])))
        return _Group(self.county, self.zone_class, self.kind, np.concatenate([self.faces, other.faces]), parts)


def _groups(
    network: _Network, county: np.ndarray, element: np.ndarray, ranked: Sequence[Element], rest_class: str
) -> list[_Group]:
    """The faces of each element in each county, and what is left of each county."""
    groups = []
    for code, index in sorted(set(zip(county.tolist(), element.tolist(), strict=True))):
        faces = np.flatnonzero((county == code) & (element == index))
        zone_class, kind = (ranked[index].zone_class, ranked[index].kind) if index >= 0 else (rest_class, REST)
        groups.append(_Group(code, zone_class, kind, faces, ((float(network.areas[faces].sum()), index),)))
    return groups


def _joined(groups: Sequence[_Group], network: _Network, plan: Plan) -> list[_Group]:
    """Join the smallest units of each class, with others of their kind and county, until the counts are met."""
    done = list(groups)
    for zone_class, wanted in (plan.counts or {}).items():
        while (found := sum(group.zone_class == zone_class for group in done)) > wanted:
            pair = _next_pair([group for group in done if group.zone_class == zone_class], network)
            if pair is None:
                raise BuildError(what="units", reason=f"{found} {zone_class} units cannot be joined to {wanted}")
            done = [group for group in done if group is not pair[0] and group is not pair[1]]
            done.append(pair[1].with_(pair[0]))
        if found < wanted:
            raise BuildError(what="units", reason=f"{wanted} {zone_class} units are wanted, and {found} can be drawn")
    return done


def _next_pair(groups: Sequence[_Group], network: _Network) -> tuple[_Group, _Group] | None:
    """The smallest unit with another of its kind in its county, and the one it joins: longest border, or nearest."""
    for group in sorted(groups, key=lambda group: (group.area_m2, group.parts[0][1])):
        others = [
            other for other in groups
            if other is not group and (other.county, other.kind) == (group.county, group.kind)
        ]  # fmt: skip
        if others:
            return group, min(
                others, key=lambda other: (-_border_m(network, group, other), _apart(network, group, other))
            )
    return None


def _border_m(network: _Network, one: _Group, other: _Group) -> float:
    """Length of the border between two groups, metres."""
    mine, theirs = np.isin(network.left, one.faces), np.isin(network.right, other.faces)
    back = np.isin(network.left, other.faces) & np.isin(network.right, one.faces)
    return float(network.metres[(mine & theirs) | back].sum())


def _apart(network: _Network, one: _Group, other: _Group) -> float:
    """Distance in degrees between two groups."""
    here, there = (shapely.multipolygons(network.faces[group.faces]) for group in (one, other))
    return float(shapely.distance(here, there))


def _units(
    groups: Sequence[_Group],
    network: _Network,
    ranked: Sequence[Element],
    counties: Sequence[tuple[str, str]],
    plan: Plan,
) -> list[Unit]:
    """Number the units of each county and class in the order of their elements, the rest last."""
    last = len(ranked)
    serials: dict[tuple[int, str], int] = {}
    units = []
    for group in sorted(groups, key=lambda g: (g.county, CLASS_DIGIT[g.zone_class], g.parts[0][1] % (last + 1))):
        code, county = counties[group.county]
        serial = serials[group.county, group.zone_class] = serials.get((group.county, group.zone_class), 0) + 1
        main = group.parts[0][1]
        units.append(
            Unit(
                code=f"{plan.prefix}{code}{CLASS_DIGIT[group.zone_class]}{serial:04d}",
                name=f"{county}{ranked[main].name if main >= 0 else plan.rest[1]}",
                zone_class=group.zone_class,
                county=code,
                kind=group.kind,
                geometry=shapely.coverage_union_all(network.faces[np.sort(group.faces)]),
                elements=tuple(ranked[index].id for _, index in group.parts if index >= 0),
            )
        )
    return units
