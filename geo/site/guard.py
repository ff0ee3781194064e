"""The datum guard: what the numbers of a file mean, decided by evidence, and left to the sender where that does not do.

A CRS is never guessed: where two readings remain, both are given, each with what speaks for it. Where nobody says a
datum of metres or a zone, even one remaining reading has to be confirmed: the file may be of somewhere else.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from geo.errors import SiteCrsUnknown, SiteEmpty, SiteInvalid, SiteOutOfBounds, Term
from geo.frames import Frame, of_datum, read_frame, refused
from geo.settings import Settings
from geo.site.contents import Claim, Contents
from geo.site.conversion import converted
from geo.site.degrees import judge_degrees
from geo.site.evidence import Places, lies_in, named_places
from geo.site.grid import judge_grid
from geo.site.model import inside_china
from geo.site.notice import Notice
from geo.site.numbers import look
from geo.site.reading import Case, Judgement, Reading, claimed_frame

__all__ = ["Judgement", "Places", "Reading", "file_frame", "judge", "overruled"]
_MOST_READINGS = 6
_REFUSED = ("xian80", "beijing54", "local")
_DOUBTS = ("claims_contradict", "datum_unknown", "drawing_placed_elsewhere")  # notices of readers


def judge(
    contents: Contents, crs: str | None, places: Places, address: str = "", settings: Settings | None = None
) -> Judgement:
    """Decide how the numbers of a file are to be read.

    Parameters
    ----------
    crs : that the sender declares or has chosen; None where nothing was said
    places : counties that the deployment knows
    address : what the sender says of where it lies, in words; what the file says of it is in the pieces

    Raises
    ------
    SiteCrsMissing, SiteDatumRefused, SiteCrsUnknown, SiteNumbersRefused, SiteOutOfBounds, SiteInvalid, SiteEmpty
        Where no reading remains.
    """
    points = contents.points()
    if not len(points):
        raise SiteEmpty()
    if not np.isfinite(points).all():
        raise SiteInvalid(reason=Term("cause.not_finite"))
    layers, claim = (settings or Settings()).layers, contents.claim
    said = read_frame(crs, layers) if crs else None
    file = None if said else file_frame(claim, layers)
    numbers = look(points, said is not None or claim.by != "nobody")
    named = named_places(places, (address, *{piece.address for piece in contents.pieces}))
    case = Case(contents, points, numbers, said, file, places, named, layers)
    judgement = judge_degrees(case) if numbers.kind == "degrees" else judge_grid(case)
    doubted = said is None and any(notice.code in _DOUBTS for notice in contents.notices)
    told = (*judgement.notices, *overruled(said, claim))
    return _told(case, replace(judgement, settled=judgement.settled and not doubted, notices=told))


def file_frame(claim: Claim, layers: Path) -> Frame | None:
    """The frame that a file names: a CRS, or a datum that only degrees have.

    Raises
    ------
    SiteDatumRefused, SiteCrsUnknown
        Where it names one that is not taken.
    """
    if claim.foreign:
        raise SiteCrsUnknown(crs=claim.mark)
    if claim.datum in _REFUSED:
        raise refused(claim.datum, "local_grid" if claim.datum == "local" else "no_parameters")
    if claim.crs is not None:
        return read_frame(claim.crs, layers)
    if claim.datum in ("gcj02", "bd09") or (claim.datum and claim.degrees):
        return of_datum(claim.datum, layers)
    return None


def overruled(said: Frame | None, claim: Claim) -> tuple[Notice, ...]:
    """That the sender says another datum than the file does, and is obeyed."""
    named = claimed_frame(claim)
    datum = claim.datum or (named.datum if named else None)
    if said is None or claim.by != "file" or (not claim.foreign and (datum is None or datum == said.datum)):
        return ()
    if not claim.foreign and said.exact and datum in ("cgcs2000", "wgs84"):
        return ()
    return (Notice("claim_overruled", {"file": claim.mark or claim.crs or str(datum), "crs": said.name}),)


def _told(case: Case, judgement: Judgement) -> Judgement:
    """A judgement without readings beyond China, each with what its conversion does.

    Raises
    ------
    SiteOutOfBounds
        Where all lie beyond.
    SiteDatumRefused
        Where a sender's parameters move the ground further than two datums lie apart.
    """
    kept = []
    for reading in judgement.readings:
        there = case.placed(reading)
        if inside_china(there).all():
            frame = reading.frame or read_frame(reading.crs, case.layers)
            doubted = any(notice.code == "datum_assumed" for notice in reading.evidence)
            done = () if doubted else converted(frame, there)
            kept.append(replace(reading, evidence=(*reading.evidence, *done)))
    if not kept:
        lon, lat = case.placed(judgement.readings[0])[0]
        raise SiteOutOfBounds(lon=f"{lon:.6f}", lat=f"{lat:.6f}")
    settled = judgement.settled and len(kept) == len(judgement.readings)
    notices = judgement.notices
    if settled and case.named and not lies_in(case.placed(kept[0]), case.places, case.named):
        notices = (*notices, Notice("address_elsewhere", {"names": ", ".join(case.named)}))
    return Judgement(tuple(kept[:_MOST_READINGS]), settled, notices)
