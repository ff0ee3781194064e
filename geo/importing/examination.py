"""Examination: what a delivery is found to be, what was decided about it, and the zones that it would give."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo import canonical
from geo.crs import from_bd09, from_gcj02
from geo.errors import DecisionInvalid
from geo.geometry import polygons_of
from geo.importing.datum import faults as datum_faults
from geo.importing.datum import measure_shift
from geo.importing.decisions import Decision, Ruling
from geo.importing.docket import Docket
from geo.importing.faults import Facts, Fault, Severity
from geo.importing.fields import FieldBook, Row, by_field, map_rows
from geo.importing.mesh import mesh_of
from geo.importing.rows import (
    MISSING,
    Counties,
    Lot,
    Reach,
    crossing_faults,
    declared_faults,
    lies_in,
    provenance_faults,
    reaches,
    row_faults,
    solid_of,
    split_strays,
    standing,
    with_area_unit,
)
from geo.importing.source import Source, to_engine_all
from geo.importing.topology import Face, claimed, covered, find_faces, mend, missing
from geo.layers.catalogue import COUNTY, LayerEntry

SLIVER_M = 1.0  # limits of neighbours that part by less are one limit, drawn twice
_FACES: dict[str, tuple[str, Severity]] = {
    "gap": ("gap", "error"),
    "overlap": ("overlap", "error"),
    "mismatch": ("mismatch", "error"),
    "missing": ("uncovered", "error"),
    "outside": ("beyond_coverage", "warning"),
}
_UNDO = {"datum_gcj02": from_gcj02, "datum_bd09": from_bd09}


@dataclass(frozen=True)
class Examination:
    """A delivery, examined."""

    source: str  # its name
    kind: str
    lot: Lot  # the rows that would be zones, with the ground that they would have
    counties_of: tuple[tuple[str, ...], ...]  # codes of the counties of each row
    coverage: BaseGeometry  # the ground that it would speak for, EPSG:4490
    faults: tuple[Fault, ...]  # those found, the gravest first
    decided: Mapping[str, Decision]  # by key of the fault
    answers: tuple[Decision, ...]  # values set and rows dropped
    came: Mapping[tuple[int, str], str]  # value of a field as it was read, by row and field

    @property
    def undecided(self) -> tuple[Fault, ...]:
        """What keeps it from being released."""
        return tuple(fault for fault in self.faults if fault.severity == "error" and fault.key not in self.decided)


def examine(
    source: Source,
    entry: LayerEntry,
    fields: FieldBook,
    counties: Counties,
    declared: BaseGeometry,
    *,
    columns: Mapping[str, str] | None = None,
    decisions: Sequence[Decision] = (),
    rulings: Mapping[str, Ruling] | None = None,
    sliver_m: float = SLIVER_M,
    provenance: str = "official",
) -> Examination:
    """Find every fault of a delivery, apply what was decided, and say what it would give.

    What is proposed and not decided is taken for granted while the rest is examined (a ring is measured as if it
    were mended, a copy in GCJ-02 as if it were converted), so that one fault does not bring ten others with it.

    Parameters
    ----------
    declared : the ground that the delivery is declared to speak for, EPSG:4490
    columns : headers by field, where the operator knows better than the names
    rulings : what is done about every fault of a kind that has no decision of its own
    sliver_m : neighbours' limits that part by less than this are one limit drawn twice, metres
    provenance : that the delivery is declared to have

    Raises
    ------
    DecisionInvalid
        Where a decision does not fit what the source holds.
    """
    rows, mapped = map_rows(source, entry.kind, fields, columns)
    read = (*by_field(source.faults, mapped), *mapped)
    came = _as_read(rows, source.geometries, read)
    docket = Docket(decisions, rulings or {}, rows, came, entry.kind, fields)
    grounds, faults = _in_datum(to_engine_all(source), counties, entry)
    faults += [fault for fault in read if not docket.answered(fault)]
    faults += provenance_faults(rows, provenance)
    whole = Lot(rows, grounds)
    lot, units = with_area_unit(docket.apply(whole), fields.area_units)
    faults += units
    home = lies_in(lot, counties)
    faults += _of_rows(lot, entry, fields, counties, home, faults)
    lot = _unplaced(lot, [fault.row for fault in faults if fault.code == "outside_region"])
    lot, strays = _without_strays(lot, docket, faults)
    if entry.partition:
        lot, coverage = _fit_together(lot, strays, entry, docket, faults, declared, sliver_m, counties, home)
    else:
        coverage = _less_dropped(declared, whole, lot)
        faults += declared_faults(lot, counties, declared) if entry.kind != COUNTY else []
    beyond = reaches(lot, counties, home)
    faults += crossing_faults(lot, counties, home, beyond) if entry.partition else []
    faults = sorted([*faults, *docket.idle(faults)], key=lambda fault: fault.order)
    decided = {fault.key: docket.of(fault) for fault in faults}
    return Examination(
        source=source.name,
        kind=entry.kind,
        lot=lot,
        counties_of=_own_codes(lot) if entry.kind == COUNTY else _counties_of(lot, home, beyond, counties),
        coverage=coverage,
        faults=tuple(faults),
        decided={key: decision for key, decision in decided.items() if decision},
        answers=tuple(decision for decision in decisions if decision.action in ("set", "drop")),
        came=came,
    )


def _of_rows(
    lot: Lot,
    entry: LayerEntry,
    fields: FieldBook,
    counties: Counties,
    home: Sequence[str | None],
    before: Sequence[Fault],
) -> list[Fault]:
    """What is wrong with rows, without what was told before: a value that could not be read is not missing too."""
    told = {(fault.row, fault.field) for fault in before}
    lacking = {fault.field for fault in before if fault.code == "field_missing"}
    faults = []
    for fault in row_faults(lot, fields.form(entry.kind), fields.needed(entry.kind), counties, home):
        if fault.code in MISSING and ((fault.row, fault.field) in told or fault.field in lacking):
            continue
        stray = fault.code == "sliver_part" and not entry.partition  # a small zone may be meant: a well head
        faults.append(replace(fault, proposed=None) if stray else fault)
    return faults if lot.rows else [*faults, Fault("nothing_delivered", "error")]


def _less_dropped(declared: BaseGeometry, whole: Lot, kept: Lot) -> BaseGeometry:
    """The declared ground without that of dropped rows which no other row has: nothing is known of it any more."""
    numbers = {row.number for row in kept.rows}
    dropped = [i for i, row in enumerate(whole.rows) if row.number not in numbers]
    if not dropped:
        return declared
    gone = shapely.union_all(solid_of(whole.grounds[dropped]))
    return polygons_of(shapely.difference(declared, shapely.difference(gone, shapely.union_all(kept.solid))))


def _as_read(rows: Sequence[Row], shapes: np.ndarray, faults: Iterable[Fault]) -> dict[tuple[int, str], str]:
    """What each row says in each field, also where it could not be understood; under no field a hash of all of it."""
    came = {(row.number, name): value for row in rows for name, value in row.values.items()}
    for row, octets in zip(rows, shapely.to_wkb(shapes), strict=True):
        came[row.number, ""] = f"r{canonical.digest([dict(row.values), sha256(octets or b'').hexdigest()])[:10]}"
    unread = {(f.row, f.field): str(f.facts["value"]) for f in faults if f.row and f.field and "value" in f.facts}
    return came | {(row, field): value for (row, field), value in unread.items() if row and field}


def _numbers(fault: Fault) -> frozenset[int | None]:
    return frozenset((fault.row, *fault.others))


def _in_datum(grounds: np.ndarray, counties: Counties, entry: LayerEntry) -> tuple[np.ndarray, list[Fault]]:
    """The grounds brought out of an offset datum where they are in one, and what was found of it.

    Only the border of zones that share all ground out should lie on the counties' limits: of others it tells nothing.
    """
    if not entry.partition:
        return grounds, [Fault("datum_not_told", "notice", facts={"points": "0"})]
    usable = np.array([g for g in grounds if g is not None and shapely.get_type_id(g) in (3, 6)], dtype=object)
    found = list(datum_faults(measure_shift(usable, counties.grounds, counties.accuracy_m)))
    for fault in found:
        if fault.code in _UNDO:
            undo = _UNDO[fault.code]
            grounds = np.array([None if g is None else shapely.transform(g, undo) for g in grounds], dtype=object)
    return grounds, found


def _without_strays(lot: Lot, docket: Docket, faults: Iterable[Fault]) -> tuple[Lot, BaseGeometry]:
    """The rows without the stray parts that were decided to go, and those parts."""
    at = {row.number: i for i, row in enumerate(lot.rows)}
    grounds, strays = lot.solid.copy(), []
    for fault in faults:
        if fault.code == "sliver_part" and fault.row is not None and docket.says(fault, "mend"):
            grounds[at[fault.row]], stray = split_strays(grounds[at[fault.row]])
            strays.append(stray)
    if not strays:
        return lot, shapely.Polygon()
    return Lot(lot.rows, grounds), shapely.union_all(strays)


def _mendable(face: Face, lot: Lot) -> Face:
    """A face that may be mended: an overlap with a unit of unknown class goes to nobody before the class is known."""
    for i in face.rows:
        row = lot.rows[int(lot.placed[i])]
        if face.kind == "overlap" and "zone_class" not in row.values:
            reason = f"row {row.number} has no class: set it before its overlaps are mended"
            raise DecisionInvalid(file="–", line="mend", reason=reason)
    return face


def _unplaced(lot: Lot, numbers: Sequence[int | None]) -> Lot:
    """The rows with some of them without ground: whoever accepts a place that cannot be knows no place."""
    at = [i for i, row in enumerate(lot.rows) if row.number in numbers]
    if not at:
        return lot
    grounds = lot.solid.copy()
    grounds[at] = None
    return Lot(lot.rows, grounds)


def _fit_together(
    whole: Lot,
    strays: BaseGeometry,
    entry: LayerEntry,
    docket: Docket,
    faults: list[Fault],
    declared: BaseGeometry,
    sliver_m: float,
    counties: Counties,
    home: Sequence[str | None],
) -> tuple[Lot, BaseGeometry]:
    """Find where zones that share all ground out do not fit together; mend what was decided so.

    The faults are added to those there are. Zones that are not valid on the same day do not lie beside each other:
    those of one day are looked at. Gives the rows on the mended ground, and the declared ground that zones have:
    where zones share all ground out, ground without one is not spoken for.
    """
    lot, outline = _mend_faces(standing(whole), strays, entry, docket, faults, declared, sliver_m)
    against = missing(lot.solid[lot.placed], declared, counties.accuracy_m, sliver_m, outline)
    faults += [_face_fault(face, lot) for face in against if not _elsewhere(face, lot, home)]
    if len(lot.placed) < len(whole.placed):  # the others stay as they are
        grounds = whole.solid.copy()
        grounds[lot.placed] = lot.solid[lot.placed]
        lot = Lot(whole.rows, grounds)
    return lot, polygons_of(shapely.intersection(declared, outline))


def _mend_faces(
    lot: Lot,
    strays: BaseGeometry,
    entry: LayerEntry,
    docket: Docket,
    faults: list[Fault],
    declared: BaseGeometry,
    sliver_m: float,
) -> tuple[Lot, BaseGeometry]:
    """Find gaps, overlaps and limits drawn twice; the rows on the mended ground, and all the ground that they have."""
    told_twice = {_numbers(fault) for fault in faults if fault.code == "ground_twice"}
    grounds, chosen = lot.solid[lot.placed], []
    mesh = mesh_of(grounds)
    for face in claimed(find_faces(grounds, sliver_m, mesh), declared):
        fault = _face_fault(face, lot)
        if face.kind == "gap" and strays.covers(face.ground):
            chosen.append(face)  # that is where a stray part was taken off
        elif _numbers(fault) not in told_twice:
            faults.append(fault)
            if docket.says(fault, "mend"):
                chosen.append(_mendable(face, lot))
    if not chosen:
        return lot, covered(grounds, mesh)
    lot = _mended(lot, chosen, entry)
    return lot, covered(lot.solid[lot.placed])


def _face_fault(face: Face, lot: Lot) -> Fault:
    """A face of the coverage as a fault of the first row that it concerns."""
    numbers = sorted(lot.rows[int(lot.placed[i])].number for i in face.rows)
    facts: Facts = {
        "area_m2": face.area_m2,
        "width_m": face.width_m,
        "gap_m2": face.gap_m2,
        "overlap_m2": face.overlap_m2,
        "vertices": str(face.vertices),
        "rows": ", ".join(map(str, numbers)) or "–",
    }
    code, severity = _FACES[face.kind]
    first = numbers[0] if numbers else None
    proposed = "mend" if face.kind == "mismatch" else None
    return Fault(code, severity, first, tuple(numbers[1:]), face.place, None, facts, proposed)


def _elsewhere(face: Face, lot: Lot, home: Sequence[str | None]) -> bool:
    """Whether ground beyond the declared coverage is that of a row that lies outside of every county, as was told."""
    return face.kind == "outside" and all(home[int(lot.placed[i])] is None for i in face.rows)


def _mended(lot: Lot, faces: Sequence[Face], entry: LayerEntry) -> Lot:
    """Give the ground of faces to one zone each: to the one of the strictest class that may have it."""
    strictness = {name: -place for place, name in enumerate(entry.attributes.get("zone_class", ()))}
    classes = [lot.rows[int(i)].values.get("zone_class", "") for i in lot.placed]
    rank = np.array([strictness.get(name, 1) for name in classes])  # what is not known counts as the strictest
    grounds = lot.solid.copy()
    grounds[lot.placed] = mend(lot.solid[lot.placed], faces, rank)[0]
    for i in lot.placed:
        if grounds[i].is_empty:
            reason = f"mending overlaps leaves row {lot.rows[i].number} no ground; drop that row, or accept them"
            raise DecisionInvalid(file="–", line="mend", reason=reason)
    return Lot(lot.rows, grounds)


def _own_codes(lot: Lot) -> tuple[tuple[str, ...], ...]:
    """Of counties themselves: each is its own county."""
    return tuple((row.values["code"],) if "code" in row.values else () for row in lot.rows)


def _counties_of(
    lot: Lot, home: Sequence[str | None], beyond: Sequence[Reach], counties: Counties
) -> tuple[tuple[str, ...], ...]:
    """Codes of the counties of each row: where its ground lies, or what it says where it has none."""
    found = [[code] if code else [] for code in home]
    for i, row in enumerate(lot.rows):
        if not found[i]:
            found[i] += counties.find_all(row.values.get("county", ""))
    for reach in beyond:
        found[reach.index].append(reach.county)
    return tuple(tuple(dict.fromkeys(codes)) for codes in found)
