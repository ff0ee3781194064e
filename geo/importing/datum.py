"""The datum of a delivery: whether it lies where it says, measured against limits that are known otherwise.

The outer border of a delivery that shares out a region among its zones lies on the region's limits, wherever these were
drawn from. How far it lies off, and whether the formulas of an offset datum bring it back, tells its datum.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely

from geo.crs import GEOD, from_bd09, from_gcj02
from geo.geometry import METRES_PER_DEGREE
from geo.importing.faults import Fault

Reading = Literal["as_declared", "gcj02", "bd09", "shifted", "not_told"]

_UNDO: dict[Reading, Callable[[np.ndarray], np.ndarray]] = {"gcj02": from_gcj02, "bd09": from_bd09}
_SAMPLES = 12_000  # points along edges that only one zone has
_TRIED = 200  # of them that tell what all of them cost
_POINTS = 2_000  # of them on the border, at most, that are measured
_ASIDE_M = 30.0  # how far beside an edge a zone is looked for: gaps and overlaps narrower than this are no border
_FARTHEST_M = 2_000.0  # more than any offset datum moves a point
_LEAST_REACH_M = (
    1_000.0  # a border within this distance of the limits, or three times their accuracy, is meant to be them
)
_LEAST_POINTS = 50
_LEAST_SHARE = 0.5  # of the border that has to be meant to be the limits
_LEAST_SPREAD = 0.1  # of the directions of the limits, 0 for a straight line, 0.5 for a circle
_CLEARLY = 0.6  # a reading is clearly better where it leaves at most this part of the distance
_AGREES = 0.25  # a fitted translation agrees with a formula where it differs by this part of it beyond the scatter
_LEAST_SHIFT_M = 2.0
_STEPS = 30  # of the fit at most
_STEP_M = 0.01  # a step below this ends it
_STAY = np.zeros(2)
_E = float(np.sqrt(GEOD.es))


@dataclass(frozen=True, slots=True)
class Shift:
    """How a delivery lies to the limits that it is held against. Where it is not told, the metres are NaN."""

    east_m: float  # the translation that brings the delivery onto the reference best
    north_m: float
    spread_m: float  # median distance to the reference after it
    before_m: float  # median distance as it came
    matched: int  # border points that were measured
    reading: Reading
    residuals: Mapping[str, float]  # median distance in metres under each reading
    accuracy_m: float  # of the reference

    @property
    def size_m(self) -> float:
        """Length of the translation."""
        return float(np.hypot(self.east_m, self.north_m))


def measure_shift(
    grounds: np.ndarray, reference: np.ndarray, accuracy_m: float, samples: int = _SAMPLES, steps: float = np.inf
) -> Shift:
    """Measure how the outer border of a delivery lies to limits known otherwise, and read its datum from that.

    Points at even spacing along the border are held against the nearest limits: as they came, after undoing each
    offset datum, and after the translation that fits best (point to line, iterated, far ones weighing less and less).
    A reading other than the declared one needs to be clearly better, and an offset datum also that the fitted
    translation agrees with its formula. Where less than half of the border is near the limits nothing is told.

    Parameters
    ----------
    grounds : (multi)polygons, EPSG:4490, invalid ones too; None and empty ones are left out
    reference : polygons whose limits the delivery's outer border should lie on, EPSG:4490
    accuracy_m : accuracy of these limits, metres
    samples : points along the border
    steps : most vertices that are met where these points are held against the grounds; nothing is told beyond it
    """
    reach_m = max(3.0 * accuracy_m, _LEAST_REACH_M)
    if not shapely.get_num_coordinates(reference).sum():
        return _not_told(0, accuracy_m)
    border = _border_points(grounds, shapely.total_bounds(reference), _FARTHEST_M + reach_m, samples, steps)
    limits = _Limits(reference)
    away = {"as_declared": limits.distances(border)}
    away |= {name: limits.distances(undo(border)) for name, undo in _UNDO.items()}
    meant = np.minimum.reduce(list(away.values())) < reach_m
    if meant.sum() < _LEAST_POINTS or meant.mean() < _LEAST_SHARE:
        return _not_told(int(meant.sum()), accuracy_m)
    border = border[meant]
    residuals = {name: float(np.median(far[meant])) for name, far in away.items()}
    moves = {name: _move_m(border, undo) for name, undo in _UNDO.items()}
    fits = [limits.fit(border, start) for start in (_STAY, *moves.values())]
    left = [float(np.median(limits.distances(border, fit))) for fit in fits]
    fit, residuals["shifted"] = fits[int(np.argmin(left))], min(left)
    reading = _read(residuals, fit, moves)
    if residuals[reading] > accuracy_m or not _sharp(border, limits, fit, moves.get(reading), residuals[reading]):
        return _not_told(len(border), accuracy_m)
    return Shift(
        east_m=float(fit[0]),
        north_m=float(fit[1]),
        spread_m=residuals["shifted"],
        before_m=residuals["as_declared"],
        matched=len(border),
        reading=reading,
        residuals=residuals,
        accuracy_m=accuracy_m,
    )


def _sharp(border: np.ndarray, limits: "_Limits", fit: np.ndarray, move: np.ndarray | None, residual_m: float) -> bool:
    """Whether the border fits the limits in both directions, and clearly worse where it is moved aside on purpose."""
    turns = np.radians(np.arange(0.0, 360.0, 45.0))
    aside = (fit if move is None else move) + _LEAST_REACH_M * np.column_stack([np.cos(turns), np.sin(turns)])
    moved = np.median([np.median(limits.distances(border, there)) for there in aside])
    return limits.evenness(border) >= _LEAST_SPREAD and residual_m <= _CLEARLY * float(moved)


def _read(residuals: Mapping[str, float], fit: np.ndarray, moves: Mapping[Reading, np.ndarray]) -> Reading:
    """The reading that the distances tell; the declared one unless another is clearly better."""
    before = residuals["as_declared"]
    offsets = [
        name for name in moves if np.hypot(*(fit - moves[name])) <= _AGREES * np.hypot(*moves[name]) + residuals[name]
    ]
    best: Reading = min(offsets, key=lambda name: residuals[name], default="as_declared")
    no_worse = residuals["shifted"] / _CLEARLY + _LEAST_SHIFT_M  # than a mere translation
    if best != "as_declared" and residuals[best] <= min(_CLEARLY * before, no_worse):
        return best
    if np.hypot(*fit) >= _LEAST_SHIFT_M and residuals["shifted"] <= _CLEARLY * before:
        return "shifted"
    return "as_declared"


def _not_told(matched: int, accuracy_m: float) -> Shift:
    nan = float("nan")
    return Shift(nan, nan, nan, nan, matched, "not_told", {}, accuracy_m)


def faults(shift: Shift) -> tuple[Fault, ...]:
    """What the datum of a delivery gives to decide, or to know; nothing where it lies as it should.

    Their facts say how far east and north of the limits the delivery lies: the opposite of the translation.
    """
    if shift.reading == "as_declared":
        return ()
    if shift.reading == "not_told":
        return (Fault("datum_not_told", "notice", facts={"points": str(shift.matched)}),)
    facts: dict[str, str | float] = {
        "east_m": -shift.east_m,
        "north_m": -shift.north_m,
        "shift_m": shift.size_m,
        "before_m": shift.before_m,
        "after_m": shift.residuals[shift.reading],
        "accuracy_m": shift.accuracy_m,
        "points": str(shift.matched),
    }
    if shift.reading == "shifted":
        severity: Literal["error", "warning"] = "error" if shift.size_m > shift.accuracy_m else "warning"
        return (Fault("datum_shifted", severity, facts=facts),)
    return (Fault(f"datum_{shift.reading}", "error", facts=facts, proposed=f"from_{shift.reading}"),)


def lies_beyond(grounds: np.ndarray, reference: np.ndarray, margin_m: float) -> np.ndarray:
    """Which grounds lie wholly outside of the reference's box and further from it than a margin in metres.

    Most of a delivery does where its zone of projection was mistaken. None and empty grounds lie nowhere: False.
    """
    west, south, east, north = shapely.total_bounds(reference)
    up = margin_m / METRES_PER_DEGREE
    across = up / np.cos(np.radians(max(abs(south), abs(north))))
    box = shapely.bounds(grounds)
    beyond = (box[:, 0] > east + across) | (box[:, 2] < west - across) | (box[:, 1] > north + up)
    result: np.ndarray = beyond | (box[:, 3] < south - up)
    return result


# --- the border ---------------------------------------------------------------------------------------------------


def _border_points(grounds: np.ndarray, box: np.ndarray, reach_m: float, samples: int, steps: float) -> np.ndarray:
    """Points along edges that have zones on one side only, at even spacing, shape (n, 2), degrees."""
    starts, ends = _lone_edges(grounds)
    middle = np.radians(np.clip((starts[:, 1] + ends[:, 1]) / 2.0, -89.0, 89.0))
    run = (ends - starts) * np.column_stack([np.cos(middle), np.ones(len(middle))]) * METRES_PER_DEGREE
    length = np.hypot(run[:, 0], run[:, 1])
    upto = np.cumsum(length)
    if not len(upto) or upto[-1] <= 0.0:
        return np.empty((0, 2))
    along = (np.arange(samples) + 0.5) / samples * upto[-1]
    edge = np.searchsorted(upto, along)
    part = 1.0 - (upto[edge] - along) / length[edge]
    points = starts[edge] + (ends[edge] - starts[edge]) * part[:, None]
    if 2.0 * _steps(grounds, points) > steps:
        return np.empty((0, 2))
    normal = np.column_stack([-run[edge, 1], run[edge, 0]]) / length[edge, None]
    aside = normal * _ASIDE_M / METRES_PER_DEGREE / np.column_stack([np.cos(middle[edge]), np.ones(samples)])
    border = points[_covered(grounds, points + aside) != _covered(grounds, points - aside)]
    border = border[:: -(-len(border) // _POINTS) or 1]
    # What is far from the limits in any datum is kept as a count only: it lies beyond every distance asked for.
    up = reach_m / METRES_PER_DEGREE * 2.0
    far = (border < box[:2] - up).any(axis=1) | (border > box[2:] + up).any(axis=1)
    return np.where(far[:, None], np.nan, border)


def _lone_edges(grounds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Starts and ends of the edges that occur once in all rings, in whichever direction; finite ones only."""
    rings = shapely.get_rings(shapely.get_parts(grounds[~shapely.is_missing(grounds)]))
    points, ring = shapely.get_coordinates(rings, return_index=True)
    inner = np.flatnonzero((ring[1:] == ring[:-1]) & np.isfinite(points[1:] + points[:-1]).all(axis=1))
    bits = np.ascontiguousarray(points).view(np.uint64)
    point = _mixed(bits[:, 0] ^ _mixed(bits[:, 1]))
    edge = point[inner] + point[inner + 1]  # the same for both directions
    _, first, count = np.unique(edge, return_index=True, return_counts=True)
    lone = np.sort(inner[first[count == 1]])
    return points[lone], points[lone + 1]


def _mixed(bits: np.ndarray) -> np.ndarray:
    """Numbers of 64 bits, scattered: the finaliser of SplitMix64 (Steele, Lea, Flood 2014)."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: np.ndarray = bits ^ (bits >> np.uint64(31))
    return mixed


def _steps(grounds: np.ndarray, points: np.ndarray) -> float:
    """About how many vertices are met where points are held against grounds, at worst; by a few of the points."""
    few = points[:: -(-len(points) // _TRIED)]
    _, of = shapely.STRtree(grounds).query(shapely.points(few))
    return float(shapely.get_num_coordinates(grounds)[of].sum()) * len(points) / len(few)


def _covered(grounds: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Which points any ground holds."""
    at, of = shapely.STRtree(grounds).query(shapely.points(points))
    held = grounds[of]
    shapely.prepare(held)
    hits = at[shapely.contains_xy(held, points[at, 0], points[at, 1])]
    return np.bincount(hits, minlength=len(points)) > 0


# --- the limits ---------------------------------------------------------------------------------------------------


class _Limits:
    """The limits as pieces in a Mercator plane: true angles, north up, scale known everywhere."""

    def __init__(self, reference: np.ndarray) -> None:
        rings = shapely.get_rings(shapely.get_parts(reference[~shapely.is_missing(reference)]))
        corners, ring = shapely.get_coordinates(rings, return_index=True)
        flat, _ = _plane(corners)
        inner = np.flatnonzero((ring[1:] == ring[:-1]) & (flat[1:] != flat[:-1]).any(axis=1))
        self.start, self.run = flat[inner], flat[inner + 1] - flat[inner]
        pieces = shapely.linestrings(np.stack([flat[inner], flat[inner + 1]], axis=1))
        self.tree = shapely.STRtree(np.asarray(pieces, dtype=object))

    def distances(self, points: np.ndarray, move_m: np.ndarray = _STAY) -> np.ndarray:
        """Distance of each point from the limits after a move, metres; infinite for a point of NaN."""
        far = np.full(len(points), np.inf)
        there = np.isfinite(points).all(axis=1)
        if there.any():
            across, _ = self._nearest(points[there], move_m)
            far[there] = np.hypot(across[:, 0], across[:, 1])
        return far

    def fit(self, points: np.ndarray, start_m: np.ndarray) -> np.ndarray:
        """The translation east and north, metres, that brings points onto the limits best, from a first guess on."""
        move = start_m
        for _ in range(_STEPS):
            across, normal = self._nearest(points, move)
            gap = np.sum(across * normal, axis=1)
            spread = 1.4826 * np.median(np.abs(gap)) + _STEP_M  # the standard deviation, for a normal distribution
            weight = np.where(np.abs(gap) < 4.0 * spread, (1.0 - (gap / (4.0 * spread)) ** 2) ** 2, 0.0)  # Tukey
            matrix = (normal * weight[:, None]).T @ normal + 1e-9 * np.eye(2)
            step = np.linalg.solve(matrix, normal.T @ (weight * gap))
            move = move + step
            if np.hypot(*step) < _STEP_M:
                break
        return move

    def evenness(self, points: np.ndarray) -> float:
        """The lesser share of the directions of the limits: 0 where all run one way, 0.5 where none is preferred."""
        _, normal = self._nearest(points, _STAY)
        return float(np.linalg.eigvalsh(normal.T @ normal / len(normal))[0])

    def _nearest(self, points: np.ndarray, move_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """From each point, after a move, the way to the nearest limit in metres, and that limit's normal."""
        spots, scale = _plane(points)
        spots = spots + move_m / scale[:, None]
        piece = self.tree.nearest(np.asarray(shapely.points(spots), dtype=object))
        run, off = self.run[piece], spots - self.start[piece]
        part = np.clip(np.sum(off * run, axis=1) / np.sum(run**2, axis=1), 0.0, 1.0)
        normal = np.column_stack([-run[:, 1], run[:, 0]]) / np.hypot(run[:, 0], run[:, 1])[:, None]
        return (run * part[:, None] - off) * scale[:, None], normal


def _plane(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mercator on the ellipsoid in radians of longitude, and the metres of one unit at each point."""
    lon, lat = np.radians(points[:, 0]), np.radians(points[:, 1])
    sine = np.sin(lat)
    isometric = np.arctanh(sine) - _E * np.arctanh(_E * sine)
    return np.column_stack([lon, isometric]), GEOD.a * np.cos(lat) / np.sqrt(1.0 - (_E * sine) ** 2)


def _move_m(points: np.ndarray, undo: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """The mean translation east and north, metres, that a formula makes here."""
    before, scale = _plane(points)
    after, _ = _plane(undo(points))
    return np.asarray(np.mean((after - before) * scale[:, None], axis=0))
