"""From corner points in their order to plots: rings, their holes, and whether the figures beside them agree.

Everything is in the plane and in the file's own numbers: easting or longitude first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.crs import GEOD
from geo.errors import Phrase, Term
from geo.geometry import area_m2
from geo.site.notice import Notice

_LARGEST_DEGREES = 180.0
_SAME_M, _SAME_DEG = 1e-3, 1e-8  # two corners closer than this are one
_SIDE_M, _SIDE_SHARE = 0.1, 0.001  # what a stated side may differ by; a projection alone makes up to 0.1 %
_SIDE_ROUGH_M = 1.0  # the same where the corners are in degrees, with few digits


class RingUnclear(ValueError):
    """Corners that make no ring; `args` are the number of the ring from 0 and the reason."""


@dataclass(frozen=True, slots=True)
class Side:
    """A length that stands beside a corner."""

    length_m: float
    digits: int  # after the point

    def fits(self, distance_m: float, rough: bool) -> bool:
        """Whether it is a distance between two corners, up to rounding; `rough` where they are in degrees."""
        most = max(_SIDE_ROUGH_M if rough else _SIDE_M, 0.5 * 10.0**-self.digits, _SIDE_SHARE * self.length_m)
        return abs(self.length_m - distance_m) <= most


@dataclass(frozen=True, slots=True)
class Ring:
    """Corners in their order, easting first; the first one may stand again at the end."""

    points: np.ndarray  # shape (n, 2)
    names: tuple[str, ...]
    sides: tuple[Side | None, ...]  # that stand beside each corner, or below it

    @property
    def is_closed(self) -> bool:
        """Whether the first corner stands again at the end."""
        return len(self.points) > 3 and same(self.points[0].tolist(), self.points[-1].tolist())


def same(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether two corners are one."""
    limit = _SAME_DEG if abs(one[0]) <= _LARGEST_DEGREES and abs(one[1]) <= _LARGEST_DEGREES else _SAME_M
    return abs(one[0] - other[0]) <= limit and abs(one[1] - other[1]) <= limit


def _is_degrees(points: np.ndarray) -> bool:
    return bool((np.abs(points) <= _LARGEST_DEGREES).all())


def plot_of(rings: Sequence[Ring]) -> tuple[BaseGeometry, int]:
    """A plot from its rings, and how many corners were dropped because they repeat the one before.

    A ring inside another is its hole, one inside a hole is a part again, whatever their order: for rings that their
    file tells apart by numbers. A ring that crosses itself stays as it is.

    Raises
    ------
    RingUnclear
        Where a ring has less than three different corners, or stands twice; a single corner alone is a point.
    """
    cleaned = [_without_repeats(ring) for ring in rings]
    dropped = sum(len(ring.points) - len(points) - ring.is_closed for ring, points in zip(rings, cleaned, strict=True))
    if len(cleaned) == 1 and len(cleaned[0]) == 1:
        return shapely.Point(cleaned[0][0]), dropped
    for number, points in enumerate(cleaned):
        if len(points) < 3:
            raise RingUnclear(number, Phrase("cause.ring_short", count=len(points)))
    return _nested([shapely.Polygon(points) for points in cleaned]), dropped


def _without_repeats(ring: Ring) -> list[list[float]]:
    points: list[list[float]] = ring.points.tolist()
    kept = points[:1]
    for point in points[1:]:
        if not same(kept[-1], point):
            kept.append(point)
    return kept[:-1] if len(kept) > 1 and same(kept[0], kept[-1]) else kept


def _nested(shells: list[shapely.Polygon]) -> BaseGeometry:
    if len(shells) == 1:
        return shells[0]
    valid = np.array(shapely.make_valid(shells), dtype=object)
    around: list[set[int]] = [set() for _ in shells]
    for inner, outer in shapely.STRtree(valid).query(valid, predicate="covered_by").T.tolist():
        if inner != outer:
            around[inner].add(outer)
    for at, outer_ones in enumerate(around):
        if any(other < at and at in around[other] for other in outer_ones):
            raise RingUnclear(at, Term("cause.ring_twice"))
    holes: dict[int, list[int]] = {at: [] for at in range(len(shells)) if len(around[at]) % 2 == 0}
    areas = shapely.area(valid)
    for at in range(len(shells)):
        if at not in holes:
            holes[min((one for one in around[at] if one in holes), key=lambda one: areas[one])].append(at)
    parts = [shapely.Polygon(shells[at].exterior, [shells[one].exterior for one in own]) for at, own in holes.items()]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def holes_of(geometries: Sequence[BaseGeometry]) -> list[shapely.Polygon]:
    """The ground of every hole."""
    parts = shapely.get_parts(np.array(geometries, dtype=object))
    return [shapely.Polygon(hole) for part in parts if part.geom_type == "Polygon" for hole in part.interiors]


def lie_inside(geometries: Sequence[BaseGeometry]) -> int:
    """How many areas lie inside another one."""
    valid = np.array(shapely.make_valid(np.array(geometries, dtype=object)), dtype=object)
    inner, outer = shapely.STRtree(valid).query(valid, predicate="covered_by")
    return len(np.unique(inner[inner != outer]))


def together(geometries: Sequence[BaseGeometry]) -> BaseGeometry:
    """All of them as one ground; what lies in two of them counts once."""
    if len(geometries) == 1:
        return geometries[0]
    whole: BaseGeometry = shapely.union_all(shapely.make_valid(np.array(geometries, dtype=object)))
    return whole


def measured_m2(geometry: BaseGeometry) -> float:
    """The area by the coordinates, as surveyors take it: in the plane, or on the ellipsoid where they are degrees."""
    if not geometry.is_valid:
        geometry = shapely.make_valid(geometry)
    return area_m2(geometry) if _is_degrees(shapely.get_coordinates(geometry)) else float(geometry.area)


def check_sides(rings: Sequence[Ring]) -> list[Notice]:
    """Compare the lengths beside corners with the corners: one that is off tells of a mistyped coordinate.

    A length may stand beside the corner where its side begins or where it ends; the custom that fits better is taken.
    """
    wrong = min(([off for ring in rings for off in _off(ring, step)] for step in (1, -1)), key=len)
    if not wrong:
        return []
    _, place, stated, computed = max(wrong, key=lambda off: off[0])
    parameters = {
        "count": str(len(wrong)),
        "place": place,
        "stated": f"{stated.length_m:.{stated.digits}f}",
        "computed": f"{computed:.2f}",
    }
    return [Notice("side_lengths_differ", parameters)]


def fits_between(side: Side, one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether a length is the distance between two corners."""
    points = np.array([one, other])
    return side.fits(float(_distances_m(points[:1], points[1:])[0]), _is_degrees(points))


def _distances_m(ones: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Distances in the plane, or on the ellipsoid where the corners are degrees; shape (n,)."""
    if _is_degrees(ones) and _is_degrees(others):
        return np.asarray(GEOD.inv(ones[:, 0], ones[:, 1], others[:, 0], others[:, 1])[2])
    return np.asarray(np.hypot(*(others - ones).T))


def _off(ring: Ring, step: int) -> list[tuple[float, str, Side, float]]:
    points, names = (ring.points[:-1], ring.names[:-1]) if ring.is_closed else (ring.points, ring.names)
    sides = list(ring.sides[: len(points)])
    if ring.is_closed and step < 0:
        sides[0] = sides[0] or ring.sides[-1]
    if not any(sides):
        return []
    lengths, rough = _distances_m(points, np.roll(points, -step, axis=0)).tolist(), _is_degrees(points)
    found = []
    for at, (side, length) in enumerate(zip(sides, lengths, strict=True)):
        if side is not None and not side.fits(length, rough):
            ends = (names[at], names[(at + step) % len(points)])[::step]
            found.append((abs(side.length_m - length), " – ".join(ends), side, length))
    return found
