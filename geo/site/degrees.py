"""Longitude and latitude whose datum has to be told: a shift of half a kilometre, or none."""

from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from geo.datums import Datum
from geo.frames import of_datum, refused
from geo.site.contents import Claim
from geo.site.conversion import assumed
from geo.site.evidence import along_limits, lies_in, program_of
from geo.site.notice import Notice
from geo.site.reading import Case, Judgement, Reading

_STATED: Datum = "cgcs2000"  # the numbers as they are, whichever of CGCS2000 and WGS-84 they are said to be in
_OFFSETS: tuple[Datum, ...] = ("gcj02", "bd09")


def judge_degrees(case: Case) -> Judgement:
    """Decide in which datum degrees are: as the sender says, as the file says, or by what speaks for each.

    Raises
    ------
    SiteDatumRefused
        Where the sender says a projection in a datum that cannot be converted without parameters.
    """
    claim = case.claim
    if case.said is not None:
        if case.said.degrees:
            return Judgement((case.reading(case.said),), settled=True)
        if not case.said.exact:
            raise refused(case.said.datum, "degrees")
        wrong = Notice("degrees_under_grid", {"crs": case.said.name})
        return Judgement((case.reading(of_datum(_STATED)),), settled=False, notices=(wrong,))
    frame = case.file or (of_datum(claim.datum, case.layers) if claim.by == "file" and claim.datum else None)
    if claim.degrees is False or (frame is not None and not frame.degrees):
        wrong = Notice("degrees_under_grid", {"crs": claim.crs or claim.mark or "–"})
        return _weighed(case, case.reading(of_datum(_STATED)), (wrong,))
    if frame is not None and claim.by == "file":
        return Judgement((case.reading(frame),), settled=True)
    return _weighed(case, case.reading(frame or of_datum(_STATED)), ())


def _weighed(case: Case, stated: Reading, wrongs: tuple[Notice, ...]) -> Judgement:
    """Degrees of which nobody says the datum, or a format alone: whether anything speaks for an offset one."""
    grounds = [stated.place(piece.geometry) for piece in case.contents.pieces]
    limits = along_limits(grounds, case.places)
    best = next(iter(limits), _STATED)
    found: dict[Datum, tuple[Notice, ...]] = {}  # the likeliest first; of the two offset datums the better one only
    for datum in dict.fromkeys((best, _STATED)):
        metres = f"{limits[datum]:.0f}" if datum in limits else None
        found[datum] = (Notice("border_along_limits", {"metres": metres}),) if metres else ()
    inside = _inside(case, grounds)
    if inside and _STATED not in inside:
        told = Notice("lies_in_address", {"names": ", ".join(case.named)})
        found = {datum: (*found.get(datum, ()), told) for datum in inside} | {
            datum: said for datum, said in found.items() if datum not in inside
        }
    if program := program_of(case.contents):
        found["gcj02"] = (*found.get("gcj02", ()), Notice("program_may_offset", {"program": program}))
    said = assumed(case.placed(stated))
    readings = [
        case.reading(stated.frame or of_datum(_STATED), said, *evidence)
        if datum == _STATED
        else case.reading(of_datum(datum, case.layers), *evidence)
        for datum, evidence in found.items()
    ]
    return Judgement(tuple(readings), len(readings) == 1 and not _unread(case.claim), wrongs)


def _unread(claim: Claim) -> bool:
    """Whether a file says words of its CRS of which nothing could be read."""
    read = (claim.crs, claim.datum, claim.degrees, claim.band, claim.zone, claim.meridian)
    return claim.by == "file" and bool(claim.mark) and all(one is None for one in read)


def _inside(case: Case, grounds: list[BaseGeometry]) -> list[Datum]:
    """The datums under which it lies in a county that the address names, the likeliest first."""
    if not case.named:
        return []
    everything: Any = shapely.multipoints(shapely.get_coordinates(grounds))
    found: list[Datum] = []
    for datum in (_STATED, *_OFFSETS):
        there = of_datum(datum, case.layers).to_engine(everything)
        if lies_in(shapely.get_coordinates(there), case.places, case.named):
            found.append(datum)
    return found
