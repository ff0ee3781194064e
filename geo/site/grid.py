"""Metres of a Gauss-Kruger zone: which zone, and whether anybody says that they are in CGCS2000."""

from dataclasses import replace

import numpy as np

from geo.errors import SiteCrsMissing, SiteCrsUnknown
from geo.frames import Frame, Zone, of_zone, refused
from geo.site.evidence import lies_in, lies_near
from geo.site.notice import Notice
from geo.site.numbers import as_mercator
from geo.site.reading import Case, Judgement, Reading, claimed_zone

_MERIDIANS = range(75, 136, 3)  # central meridians of China, degrees east; every second one is of a six-degree zone too
_REACH_DEG = {3: 2.0, 6: 3.5}  # from the central meridian: half a zone, and what surveys take of the next one


def judge_grid(case: Case) -> Judgement:
    """Decide in which zone metres are; only a sender or a file that says CGCS2000 (or WGS-84) settles it.

    Raises
    ------
    SiteCrsMissing
        Where nothing tells the zone.
    SiteCrsUnknown
        Where the file says a central meridian that no national zone has.
    SiteDatumRefused
        Where an offset datum is said, in which nobody has metres.
    """
    ahead: tuple[Notice, ...] = ()
    said = case.said or case.file
    if said is not None and said.degrees:
        if not said.exact:
            raise refused(said.datum, "metres")
        ahead = (Notice("metres_under_degrees", {"crs": said.name}),)
    if case.said is not None and not case.said.degrees:
        return _as_said(case, case.said)
    known = not ahead and case.claim.by == "file" and (case.file is not None or case.claim.datum is not None)
    if not known:
        ahead = (*ahead, Notice("grid_datum_unsaid"))
    told = _meridians(case)
    if case.own is not None:
        readings, certain = _numbered(case, case.own, told), True
    elif told:
        readings, certain = [_by_file(case, meridian) for meridian in told], True
    else:
        readings, certain = _tried(case)
        ahead = (*ahead, Notice("zone_unsaid")) if not certain else ahead
    mercator = _mercator(case)
    settled = known and certain and len(readings) == 1 and not mercator
    return Judgement(tuple(readings), settled, (*ahead, *mercator))


def _as_said(case: Case, said: Frame) -> Judgement:
    """The zone that the sender says; the number before the eastings is against it where the file is not for it."""
    if said.zone is None or case.own is None or case.own.meridian == said.zone.meridian:
        return Judgement((case.reading(said, *_adapted(case, said)),), settled=True)
    against = Notice("zone_contradicts", {"number": str(case.own.number), "meridian": f"{said.zone.meridian:g}"})
    if said.zone.meridian in _meridians(case):
        return Judgement((case.reading(said, against),), settled=True)
    return Judgement((case.reading(of_zone(case.own, said)),), settled=False, notices=(against,))


def _adapted(case: Case, frame: Frame) -> tuple[Notice, ...]:
    """That the eastings bear another number than the CRS has, or one of the two bears none: the place is the same."""
    if frame.zone is None or (frame.zone.number if frame.zone.numbered else None) == case.numbers.prefix:
        return ()
    return (Notice("zone_number_adapted", {"crs": frame.name, "meridian": f"{frame.zone.meridian:g}"}),)


def _numbered(case: Case, own: Zone, told: tuple[float, ...]) -> list[Reading]:
    """Eastings with the number of a zone, which says band and meridian; what the file says otherwise beside it."""
    if own.meridian in told and case.file is not None and not case.file.degrees:
        readings = [case.reading(case.file, *_adapted(case, case.file))]
    else:
        number = {"number": str(own.number), "meridian": f"{own.meridian:g}"}
        readings = [case.reading(of_zone(own), Notice("zone_from_number", number))]
    for meridian in told:
        if meridian != own.meridian:
            against = Notice("zone_contradicts", {"number": str(own.number), "meridian": f"{meridian:g}"})
            readings.append(case.reading(_plain(meridian), against))
    return readings


def _by_file(case: Case, meridian: float) -> Reading:
    """Eastings without a number, in the zone that the file says."""
    frame = case.file
    if frame is not None and frame.zone is not None and frame.zone.meridian == meridian:
        return case.reading(frame, *_adapted(case, frame))
    told = {"meridian": f"{meridian:g}", "mark": case.claim.mark or "–"}
    return case.reading(_plain(meridian), Notice("zone_from_file", told))


def _tried(case: Case) -> tuple[list[Reading], bool]:
    """The zones whose ground lies where anybody here would ask, and whether the address leaves one of them alone."""
    found, inside = [], []
    for meridian in _MERIDIANS:
        wide = meridian % 6 == 3  # a six-degree zone has this meridian too
        if case.claim.band == 6 and not wide:
            continue
        reading = case.reading(_plain(float(meridian)), Notice("zone_tried", {"meridian": str(meridian)}))
        there = case.placed(reading)
        reach = _REACH_DEG[case.claim.band or (6 if wide else 3)]
        if np.abs(there[:, 0] - meridian).max() <= reach and lies_near(there, case.places):
            found.append(reading)
            if lies_in(there, case.places, case.named):
                told = Notice("lies_in_address", {"names": ", ".join(case.named)})
                inside.append(replace(reading, evidence=(*reading.evidence, told)))
    if not found:
        raise SiteCrsMissing()
    return inside or found, len(inside) == 1


def _meridians(case: Case) -> tuple[float, ...]:
    """The central meridians that the file says, degrees east; several where it contradicts itself.

    Raises
    ------
    SiteCrsUnknown
        Where one is of no national zone: a plane of a town of its own.
    """
    claim, told = case.claim, set()
    if zone := claimed_zone(claim):
        told.add(zone.meridian)
    if claim.meridian is not None:
        told.add(float(claim.meridian))
    if claim.zone is not None:
        told.add(Zone(6 if claim.zone <= 23 else 3, claim.zone, numbered=True).meridian)
    if strange := [meridian for meridian in told if meridian not in _MERIDIANS]:
        raise SiteCrsUnknown(crs=f"{claim.mark} {strange[0]:g}°E".strip())
    return tuple(sorted(told))


def _plain(meridian: float) -> Frame:
    """The three-degree zone of a meridian, without its number: a six-degree zone of it has the same coordinates."""
    return of_zone(Zone(3, round(meridian / 3.0), numbered=False))


def _mercator(case: Case) -> tuple[Notice, ...]:
    """That the numbers would lie near here as those of a web map: in the east they look like zones of the west."""
    place = None if case.file is not None else as_mercator(case.points)
    if place is None or not lies_near(np.array([place]), case.places):
        return ()
    return (Notice("like_web_mercator", {"lon": f"{place[0]:.4f}", "lat": f"{place[1]:.4f}"}),)
