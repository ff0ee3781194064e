"""Examination: what a delivery is found to be, what was decided about it, and the zones that it would give."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo import canonical
from geo.crs import from_bd09, from_gcj02
from geo.geometry import polygons_of
from geo.importing.datum import faults as datum_faults
from geo.importing.datum import measure_shift
from geo.importing.decisions import Decision, Ruling
from geo.importing.docket import Docket
from geo.importing.faults import Fault
from geo.importing.fields import Row, by_field, map_rows
from geo.importing.fitting import Expected, fit_together
from geo.importing.lot import Counties, Lot, solid_of
from geo.importing.rows import (
    MISSING,
    Reach,
    crossing_faults,
    declared_faults,
    lies_in,
    reaches,
    row_faults,
    split_strays,
    with_area_unit,
    worth_faults,
)
from geo.importing.source import Source, to_engine_all
from geo.layers.catalogue import COUNTY, LayerEntry

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
    expected: Expected,
    *,
    columns: Mapping[str, str] | None = None,
    decisions: Sequence[Decision] = (),
    rulings: Mapping[str, Ruling] | None = None,
) -> Examination:
    """Find every fault of a delivery, apply what was decided, and say what it would give.

    What is proposed and not decided is taken for granted while the rest is examined (a ring is measured as if it
    were mended, a copy in GCJ-02 as if it were converted), so that one fault does not bring ten others with it.

    Parameters
    ----------
    columns : headers by field, where the operator knows better than the names
    rulings : what is done about every fault of a kind that has no decision of its own

    Raises
    ------
    DecisionInvalid
        Where a decision does not fit what the source holds.
    """
    entry, fields, counties = expected.entry, expected.fields, expected.counties
    rows, mapped = map_rows(source, entry.kind, fields, columns)
    read = (*by_field(source.faults, mapped), *mapped)
    came = _as_read(rows, source.geometries, read)
    docket = Docket(decisions, rulings or {}, rows, came, entry.kind, fields)
    grounds, faults = _in_datum(to_engine_all(source), counties, entry)
    faults += [fault for fault in read if not docket.answered(fault)]
    faults += worth_faults(rows, expected.provenance, expected.limits, expected.mark)
    whole = Lot(rows, grounds)
    lot, units = with_area_unit(docket.apply(whole), fields.area_units)
    faults += units
    home = lies_in(lot, counties)
    faults += _of_rows(lot, expected, home, faults)
    lot = _unplaced(lot, [fault.row for fault in faults if fault.code == "outside_region"])
    lot, strays = _without_strays(lot, docket, faults)
    if entry.partition:
        lot, coverage = fit_together(lot, strays, expected, docket, faults, home)
    else:
        coverage = _less_dropped(expected.declared, whole, lot)
        faults += declared_faults(lot, counties, expected.declared) if entry.kind != COUNTY else []
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


def _of_rows(lot: Lot, expected: Expected, home: Sequence[str | None], before: Sequence[Fault]) -> list[Fault]:
    """What is wrong with rows, without what was told before: a value that could not be read is not missing too."""
    told = {(fault.row, fault.field) for fault in before}
    lacking = {fault.field for fault in before if fault.code == "field_missing"}
    faults = []
    kind, fields = expected.entry.kind, expected.fields
    for fault in row_faults(lot, fields.form(kind), fields.needed(kind), expected.counties, home):
        if fault.code in MISSING and ((fault.row, fault.field) in told or fault.field in lacking):
            continue
        stray = fault.code == "sliver_part" and not expected.entry.partition  # a small zone may be meant: a well head
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


def _unplaced(lot: Lot, numbers: Sequence[int | None]) -> Lot:
    """The rows with some of them without ground: whoever accepts a place that cannot be knows no place."""
    at = [i for i, row in enumerate(lot.rows) if row.number in numbers]
    if not at:
        return lot
    grounds = lot.solid.copy()
    grounds[at] = None
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
