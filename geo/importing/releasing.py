"""An examined delivery as a release: zones from its rows, what is declared of them, and a record of how it came in."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.canonical import AREA_DIGITS
from geo.day import today
from geo.errors import DeliveryUndecided
from geo.importing.examination import Examination
from geo.importing.fields import COUNTY_NAME, CodeForm, Row
from geo.importing.reporting import report_json
from geo.layers.catalogue import LayerEntry, Publish, Text
from geo.layers.history import releases
from geo.layers.releases import PROVENANCES, ReleaseInfo, Zone, replacing, serve_release, write_release
from geo.texts import LANGUAGES, say

PUBLISH = ("full", "display", "result")  # the strictest last: what was restricted once stays so unless it is said
IMPORTS = "imports"  # folder beside the releases: how each came in


@dataclass(frozen=True, slots=True)
class Declaration:
    """What whoever imports a delivery declares of it."""

    accuracy_m: float
    coverage: str  # in words, or names of the counties
    provenance: str = "official"
    limits: str = "surveyed"
    publish: Publish | None = None  # the kind's own where nothing is said
    title: str | None = None
    licence: str | None = None
    data_date: date | None = None
    whereabouts: bool = False  # shapes say where a zone may lie, and not its extent


def release(
    found: Examination, entry: LayerEntry, form: CodeForm | None, said: Declaration, folder: Path
) -> ReleaseInfo:
    """Write an examined delivery as a release of its layer, and serve it; the old one serves until the last step.

    Raises
    ------
    DeliveryUndecided
        Where an error is neither mended, nor answered, nor accepted.
    """
    if found.undecided:
        kinds = sorted({fault.code for fault in found.undecided})
        raise DeliveryUndecided(count=len(found.undecided), kinds=", ".join(kinds))
    written = write_release(
        folder,
        zones_of(found, form, said),
        found.coverage,
        serve=False,
        **_info(found, entry, said, folder),
    )
    _keep(report_json(found), folder / IMPORTS, written.id)
    serve_release(folder, written.id)
    return written


def _keep(report: bytes, folder: Path, release: str) -> None:
    """Keep how a release came in; the same rows may come in again for other reasons, and nothing is replaced."""
    folder.mkdir(exist_ok=True)
    for number in count(1):
        kept = folder / (f"{release}.json" if number == 1 else f"{release}-{number}.json")
        if not kept.exists():
            with replacing(kept) as path:
                path.write_bytes(report)
            return
        if kept.read_bytes() == report:
            return


def zones_of(found: Examination, form: CodeForm | None, said: Declaration) -> list[Zone]:
    """The zones that an examined delivery gives, in the order of its rows.

    Rings begin at their least vertex and run one way (shapely's normal form), so that the same ground is the same
    zone whatever format it came in.
    """
    grounds = shapely.normalize(found.lot.solid)
    names = _names(found, grounds, form)
    return [
        _zone(name, found.kind, row, ground, counties, form, said)
        for name, row, ground, counties in zip(names, found.lot.rows, grounds, found.counties_of, strict=True)
    ]


def _names(found: Examination, grounds: np.ndarray, form: CodeForm | None) -> list[str]:
    """An id for each row that stands from one release to the next: its code, its id, or else a hash of its ground."""
    octets = shapely.to_wkb(grounds, output_dimension=2, byte_order=1)
    names: list[str] = []
    times: Counter[tuple[str, str]] = Counter()  # of a name from a day on
    classes: dict[str, set[str]] = defaultdict(set)
    for row in found.lot.rows:
        classes[row.values.get("code", "")].add(row.values.get("zone_class", ""))
    for row, shape in zip(found.lot.rows, octets, strict=True):
        own = sha256(shape).hexdigest()[:12] if shape is not None else row.values.get("name", str(row.number))
        code = row.values.get("code")
        if code and form is None and len(classes[code]) > 1:  # one code for the zones of a reserve
            code = f"{code}-{row.values.get('zone_class', '')}"
        name = code or row.values.get("id") or f"{found.kind}-{own}"
        version = name, row.values.get("valid_from", "")
        times[version] += 1
        names.append(name if times[version] == 1 else f"{name}-{times[version]}")
    return names


def _zone(
    name: str,
    kind: str,
    row: Row,
    ground: BaseGeometry | None,
    counties: tuple[str, ...],
    form: CodeForm | None,
    said: Declaration,
) -> Zone:
    values = row.values
    code, area, accuracy = (values.get(name) for name in ("code", "area_m2", "accuracy_m"))
    first, last = (values.get(name) for name in ("valid_from", "valid_to"))
    return Zone(
        id=name,
        layer=kind,
        name=values.get("name", name),
        code=code,
        official_code=values.get("official_code") or (code if _is_official(code, form, said) else None),
        zone_class=values.get("zone_class"),
        counties=counties,
        geometry=ground,
        official_area_m2=None if area is None else round(float(area), AREA_DIGITS),
        legal_status=values.get("legal_status"),
        valid_from=date.fromisoformat(first) if first else None,
        valid_to=date.fromisoformat(last) if last else None,
        provenance=max(said.provenance, values.get("provenance", said.provenance), key=PROVENANCES.index),
        accuracy_m=None if accuracy is None else float(accuracy),
        basis=values.get("basis"),
        source=values.get("source"),
        attributes={field: value for field, value in values.items() if field not in _OWN},
    )


def _is_official(code: str | None, form: CodeForm | None, said: Declaration) -> bool:
    return code is not None and form is not None and said.provenance == "official" and form.matches(code)


# Fields that a zone has of its own; all others are attributes.
_OWN = {
    "id", "code", "official_code", "name", "zone_class", "county", "area", "area_unit", "area_m2", "legal_status",
    "valid_from", "valid_to", "basis", "source", "provenance", "limits", "accuracy_m", COUNTY_NAME,
}  # fmt: skip


def _info(found: Examination, entry: LayerEntry, said: Declaration, folder: Path) -> dict[str, Any]:
    served = next((kept.info.publish for kept in releases(folder) if kept.current and kept.info), None)
    decided = sum(decision.action in ("mend", "accept") for decision in found.decided.values())
    title = said.title
    shifts = [float(fault.facts["shift_m"]) for fault in found.faults if fault.code == "datum_shifted"]
    return {
        "region": folder.parent.name,
        "layer": found.kind,
        "provenance": said.provenance,
        "limits": said.limits,
        "publish": said.publish or max(entry.publish, served or "full", key=PUBLISH.index),
        "accuracy_m": max([said.accuracy_m, *shifts]),  # a shift that was accepted is in every limit
        "recorded_from": today(),
        "dataset": _alike(title) if title else entry.title,
        "recipe": _in_all("import.recipe", source=found.source, rows=len(found.lot.rows), decided=decided),
        "coverage_note": _in_all("import.coverage", ground=said.coverage),
        "licence": _alike(said.licence) if said.licence else None,
        "data_date": said.data_date,
        "whereabouts": said.whereabouts or None,
    }


def _alike(text: str) -> Text:
    """A text that its owner gave in one language."""
    return Text(**dict.fromkeys(LANGUAGES, text))


def _in_all(code: str, **parameters: object) -> Text:
    return Text(**{language: say(code, language, **parameters) for language in LANGUAGES})
