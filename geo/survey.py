"""Surveys: how exactly lines must be known before an uncertain zone is certain."""

from collections.abc import Mapping
from math import ceil

from geo.layers.releases import Zone
from geo.piece import LARGE, STEPS_PER_M, TOUCH_M2, Piece, Together, rounded_down

_FEW_ZONES = 8  # uncertain zones of a layer that are each given a survey of their own
_HUGE = 20_000  # vertices from which on the halving is cut short further


def surveys(zones: Mapping[Zone, tuple[Piece, Together]]) -> dict[Zone, float | None]:
    """Of uncertain zones the band, metres, with which each would be certain; at least the smallest is given.

    Where they are many, those are left out (None) that are certain with the smallest band found before them.
    """
    if len(zones) <= _FEW_ZONES:
        return {zone: _decides_m(piece, union) for zone, (piece, union) in zones.items()}
    found: dict[Zone, float | None] = dict.fromkeys(zones)
    best: float | None = None
    for zone in sorted(zones, key=lambda zone: (zones[zone][0].order_m, zone.id)):
        piece, union = zones[zone]
        if best is None or not _surely_decided(piece, union, best):
            best = found[zone] = _decides_m(piece, union, best)
        if best <= 0.0:
            break
    return found


def _decides_m(piece: Piece, union: Together, below_m: float | None = None) -> float:
    """The band, to the centimetre below, in which an uncertain zone would no longer be uncertain.

    A point's is its distance to the limit; so is that of ground beside a zone of which no sliver is allowed. Any
    other is found by halving between a band that leaves nothing uncertain and the present one; of pieces with many
    vertices in few steps, so that a wider band might do too. On the limit: 0.

    Parameters
    ----------
    below_m : a band with which the zone is known to be uncertain, if not the present one
    """
    if piece.ground.is_point:
        return rounded_down(piece.point_decides_m())
    beside = piece.value <= 0.0
    if beside and _counts_alone(union):
        return piece.beside_m
    decided = round(piece.beside_m * STEPS_PER_M) if beside else 0
    open_ = ceil((union.band_m if below_m is None else below_m) * STEPS_PER_M)
    middle, step = int(piece.depth_m() * STEPS_PER_M), 1  # where no sliver is allowed, it is mostly just above that
    for _ in range(_steps(piece.vertices)):
        if open_ - decided <= 1:
            break
        middle = min(max(middle, decided + 1), open_ - 1)
        if _decided(piece, union, middle / STEPS_PER_M):
            decided, middle, step = middle, middle + step, 2 * step
        else:
            open_, middle = middle, (decided + middle) // 2
        if middle >= open_:
            middle = (decided + open_) // 2
    return decided / STEPS_PER_M


def _steps(vertices: int) -> int:
    """How often a piece is moved at most in search of a band."""
    return 64 if vertices < LARGE else 8 if vertices < _HUGE else 3


def _counts_alone(union: Together) -> bool:
    """Whether a zone beside the site is near just as long as it does not reach it itself."""
    return union.floor <= TOUCH_M2 or union.piece.value > union.floor


def _surely_decided(piece: Piece, union: Together, band_m: float) -> bool:
    """`_decided`, and without moving anything where the distance alone says so."""
    if piece.ground.is_point:
        return rounded_down(piece.point_decides_m()) >= band_m
    return (piece.value <= 0.0 and piece.beside_m >= band_m) or _decided(piece, union, band_m)


def _decided(piece: Piece, union: Together, band_m: float) -> bool:
    """Whether a zone would be hit, near or ignored with this band, at most the union's; the zone is asked first."""
    piece.ground.watch_time()
    floor = union.floor
    if union.piece.value > floor and piece.value > TOUCH_M2:  # then it can only become a hit
        least = piece.least(band_m)
        if least <= 0.0 or least > floor or union.overall.least > floor:
            return least > 0.0
        return union.piece.least(band_m) > floor
    most = piece.most(band_m)
    if most <= TOUCH_M2 or most > floor:
        return most <= TOUCH_M2
    return union.piece.value <= floor and union.piece.most(band_m) <= floor
