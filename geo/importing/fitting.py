"""Fitting together: gaps, overlaps and limits drawn twice between zones that share all ground out, and mending them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import DecisionInvalid
from geo.geometry import polygons_of
from geo.importing.docket import Docket
from geo.importing.faults import Facts, Fault, Severity
from geo.importing.fields import FieldBook
from geo.importing.lot import Counties, Lot
from geo.importing.mesh import mesh_of
from geo.importing.rows import standing
from geo.importing.topology import Face, claimed, covered, find_faces, mend, missing
from geo.layers.catalogue import LayerEntry

SLIVER_M = 1.0  # limits of neighbours that part by less are one limit, drawn twice
_FACES: dict[str, tuple[str, Severity]] = {
    "gap": ("gap", "error"),
    "overlap": ("overlap", "error"),
    "mismatch": ("mismatch", "error"),
    "missing": ("uncovered", "error"),
    "outside": ("beyond_coverage", "warning"),
}


@dataclass(frozen=True)
class Expected:
    """What a delivery is held against."""

    entry: LayerEntry  # of its kind
    fields: FieldBook
    counties: Counties
    declared: BaseGeometry  # the ground that it is declared to speak for, EPSG:4490
    sliver_m: float = SLIVER_M  # neighbours' limits that part by less than this are one limit drawn twice, metres
    provenance: str = "official"  # that it is declared to have
    limits: str = "surveyed"
    mark: str = "（示意）"  # what ends the name of a zone that was drawn for illustration


def fit_together(
    whole: Lot,
    strays: BaseGeometry,
    expected: Expected,
    docket: Docket,
    faults: list[Fault],
    home: Sequence[str | None],
) -> tuple[Lot, BaseGeometry]:
    """Find where zones that share all ground out do not fit together; mend what was decided so.

    The faults are added to those there are. Zones that are not valid on the same day do not lie beside each other:
    those of one day are looked at. Gives the rows on the mended ground, and the declared ground that zones have:
    where zones share all ground out, ground without one is not spoken for.
    """
    lot, outline = _mend_faces(standing(whole), strays, expected, docket, faults)
    against = missing(
        lot.solid[lot.placed], expected.declared, expected.counties.accuracy_m, expected.sliver_m, outline
    )
    faults += [_face_fault(face, lot) for face in against if not _elsewhere(face, lot, home)]
    if len(lot.placed) < len(whole.placed):  # the others stay as they are
        grounds = whole.solid.copy()
        grounds[lot.placed] = lot.solid[lot.placed]
        lot = Lot(whole.rows, grounds)
    return lot, polygons_of(shapely.intersection(expected.declared, outline))


def _mend_faces(
    lot: Lot, strays: BaseGeometry, expected: Expected, docket: Docket, faults: list[Fault]
) -> tuple[Lot, BaseGeometry]:
    """Find gaps, overlaps and limits drawn twice; the rows on the mended ground, and all the ground that they have."""
    told_twice = {_numbers(fault) for fault in faults if fault.code == "ground_twice"}
    grounds, chosen = lot.solid[lot.placed], []
    mesh = mesh_of(grounds)
    for face in claimed(find_faces(grounds, expected.sliver_m, mesh), expected.declared):
        fault = _face_fault(face, lot)
        if face.kind == "gap" and strays.covers(face.ground):
            chosen.append(face)  # that is where a stray part was taken off
        elif _numbers(fault) not in told_twice:
            faults.append(fault)
            if docket.says(fault, "mend"):
                chosen.append(_mendable(face, lot))
    if not chosen:
        return lot, covered(grounds, mesh)
    lot = _mended(lot, chosen, expected.entry)
    return lot, covered(lot.solid[lot.placed])


def _mendable(face: Face, lot: Lot) -> Face:
    """A face that may be mended: an overlap with a unit of unknown class goes to nobody before the class is known."""
    for i in face.rows:
        row = lot.rows[int(lot.placed[i])]
        if face.kind == "overlap" and "zone_class" not in row.values:
            reason = f"row {row.number} has no class: set it before its overlaps are mended"
            raise DecisionInvalid(file="–", line="mend", reason=reason)
    return face


def _numbers(fault: Fault) -> frozenset[int | None]:
    return frozenset((fault.row, *fault.others))


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
