"""What was understood of a file of sites, as the record `fenqu.sites/1` and in words: the same for every door."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.canonical import AREA_DIGITS, DEGREE_DIGITS, LENGTH_DIGITS, SHARE_DIGITS, encode, quantity
from geo.crs import GEOD
from geo.errors import FenquError, SiteTooLarge, Term
from geo.export.geojson import feature
from geo.geometry import METRES_PER_DEGREE
from geo.layers.catalogue import COUNTY
from geo.screening import Screening
from geo.site import Notice, Site
from geo.site.contents import Piece
from geo.site.guard import Reading
from geo.site.intake import Intake
from geo.site.model import LINES, POINTS

SCHEMA = "fenqu.sites/1"
MOST_DRAWN = 5_000  # vertices of an outline; a larger one is simplified for display
_FINENESS = 2_000.0  # of a simplified outline: its extent over what may be lost
Outcome = Screening | FenquError  # what a reading would mean, or why that cannot be said
Said = dict[str, Any]


def sites_record(intake: Intake, outcomes: Sequence[Outcome]) -> Said:
    """What was understood of a file; plain values of codes and numbers, the same in every language.

    Parameters
    ----------
    outcomes : for each reading that remains, in their order: see `geo.deployment.Deployment.screen_readings`

    Raises
    ------
    SiteLayerUnknown
        Where a piece was chosen that the file does not have.
    """
    contents, taken = intake.contents, set(intake.taken())
    readings = [_reading(intake, *each) for each in zip(intake.judgement.readings, outcomes, strict=True)]
    centres = [_centre(one["bbox"]) for one in readings]
    for one, centre in zip(readings, centres, strict=True):
        one["from_first_m"] = _apart(centres[0], centre)
    return {
        "schema": SCHEMA,
        "file": intake.file.name,
        "format": contents.format.removeprefix("format."),
        "layers": [asdict(layer) for layer in contents.layers],
        "claim": asdict(contents.claim),
        "pieces": [_piece(number, piece, number in taken) for number, piece in enumerate(contents.pieces, start=1)],
        "settled": intake.judgement.settled,
        "readings": readings,
        "notices": [_notice(one) for one in (*contents.notices, *intake.judgement.notices, *intake.left_aside())],
    }


def sites_json(record: Mapping[str, Any]) -> bytes:
    """The canonical bytes of a record."""
    return encode(record)


def _piece(number: int, piece: Piece, taken: bool) -> Said:
    return {
        "number": number,
        "name": piece.name,
        "role": piece.role,
        "layer": piece.layer,
        "address": piece.address,
        "kind": kind_of(piece.geometry),
        "vertices": int(shapely.get_num_coordinates(piece.geometry)),
        "taken": taken,
    }


def kind_of(geometry: BaseGeometry) -> str:
    """`point`, `line` or `area`."""
    return "point" if geometry.geom_type in POINTS else "line" if geometry.geom_type in LINES else "area"


def _reading(intake: Intake, reading: Reading, outcome: Outcome) -> Said:
    """One reading: where it puts the pieces, what speaks for it, and what it would mean."""
    screened = outcome if isinstance(outcome, Screening) else None
    parts = _parts(intake, reading, screened.site if screened else None)
    outline = [geometry for _, geometry in parts]
    placed = bool(outline) and bool(np.isfinite(shapely.get_coordinates(outline)).all())
    drawn = placed and not isinstance(outcome, SiteTooLarge)  # that is no site, and may be a great deal
    coarse_m = _coarseness_m(outline) if drawn else 0.0
    bounds = shapely.total_bounds(outline).tolist() if placed else None
    record = screened.record if screened else None
    return {
        "crs": reading.crs,
        "evidence": [_notice(one) for one in reading.evidence],
        "accuracy_m": quantity(reading.accuracy_m, LENGTH_DIGITS),
        "bbox": bounds and [quantity(each, DEGREE_DIGITS) for each in bounds],
        "outline": _collection(intake, parts, coarse_m) if drawn else None,
        "simplified_m": quantity(coarse_m, LENGTH_DIGITS),
        "area_m2": record and record["site"]["area_m2"],
        "length_m": record and record["site"]["length_m"],
        "counties": _counties(record) if record else None,
        "meaning": _meaning(record) if record else None,
        "mended": [_mended(one) for one in screened.site.mended] if screened else [],
        "error": None if isinstance(outcome, Screening) else _error(outcome),
    }


def _parts(intake: Intake, reading: Reading, site: Site | None) -> list[tuple[int, BaseGeometry]]:
    """Number and place of each piece that is taken: as it is screened, or as it was written where it cannot be."""
    numbers = intake.taken()
    if site is not None and len(site.parts) == len(numbers):
        return [(number, part.geometry) for number, part in zip(numbers, site.parts, strict=True)]
    return [(number, reading.place(intake.contents.pieces[number - 1].geometry)) for number in numbers]


def _coarseness_m(outline: list[BaseGeometry]) -> float:
    """How far a displayed outline may stray, in metres; 0 where it is drawn as it is."""
    if int(shapely.get_num_coordinates(outline).sum()) <= MOST_DRAWN:
        return 0.0
    west, south, east, north = shapely.total_bounds(outline)
    return float(GEOD.line_length([west, east], [south, north])) / _FINENESS


def _collection(intake: Intake, parts: list[tuple[int, BaseGeometry]], coarse_m: float) -> Said:
    """The pieces as GeoJSON in EPSG:4490; `role` is what the site has it by, so that the whole can be sent as one."""
    pieces = intake.contents.pieces
    features = []
    drawn = _simplified(np.array([geometry for _, geometry in parts], dtype=object), coarse_m)
    for (number, _), geometry in zip(parts, drawn, strict=True):
        said = {"number": number, "name": pieces[number - 1].name, "role": pieces[number - 1].role}
        features.append(feature(geometry, str(number), said))
    return {"type": "FeatureCollection", "features": features}


def _simplified(geometries: np.ndarray, coarse_m: float) -> np.ndarray:
    """Geometries without vertices that lie near the one before, in a time that grows with their number alone."""
    if coarse_m:
        geometries = shapely.remove_repeated_points(geometries, coarse_m / METRES_PER_DEGREE)
    rounded: np.ndarray = shapely.transform(geometries, lambda points: np.round(points, DEGREE_DIGITS) + 0.0)
    return rounded


def _counties(record: Mapping[str, Any]) -> list[Said]:
    check = next(check for check in record["checks"] if check["layer"] == COUNTY)
    names = {zone["code"]: zone["name"] for zone in check["zones"]}
    return [{"code": code, "name": names.get(code, code)} for code in record["site"]["counties"]]


def _meaning(record: Mapping[str, Any]) -> Said:
    return {
        "verdict": record["verdict"],
        "indicative_verdict": record["indicative_verdict"],
        "illustrative": any(check["certainty"] == "sketch" for check in record["checks"]),
    }


def _mended(mending: Any) -> Said:
    """One part that was broken: as it was written and as it is screened."""
    return {
        "part": int(mending.part),  # from 1
        "reason": str(mending.reason),
        "before": shapely.geometry.mapping(mending.before),
        "after": shapely.geometry.mapping(mending.after),
        "written_m2": quantity(mending.written_m2, AREA_DIGITS),
        "after_m2": quantity(mending.after_m2, AREA_DIGITS),
        "changed_m2": quantity(mending.changed_m2, AREA_DIGITS),
        "share": quantity(mending.share, SHARE_DIGITS),
    }


def _notice(notice: Notice) -> Said:
    return {"code": notice.code, "parameters": _parameters(notice.parameters)}


def _error(error: FenquError) -> Said:
    return {"code": error.code, "parameters": _parameters(error.parameters)}


def _parameters(parameters: Mapping[str, object]) -> Said:
    """Parameters of a text; those that are codes of the catalogue themselves are marked as such."""
    return {name: _term(value) if isinstance(value, Term) else str(value) for name, value in parameters.items()}


def _term(term: Term) -> Said:
    own = {"parameters": _parameters(term.parameters)} if term.parameters else {}
    return {"text": str(term), **own}


def _centre(bbox: list[float] | None) -> tuple[float, float] | None:
    return None if bbox is None else ((bbox[0] + bbox[2]) / 2.0, (bbox[1] + bbox[3]) / 2.0)


def _apart(one: tuple[float, float] | None, other: tuple[float, float] | None) -> float | None:
    """Metres between two places, on the ellipsoid."""
    if one is None or other is None:
        return None
    return quantity(GEOD.line_length([one[0], other[0]], [one[1], other[1]]), LENGTH_DIGITS)
