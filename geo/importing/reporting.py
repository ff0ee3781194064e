"""What was found of a delivery, for people and programs: JSON, points on a map, and the table to decide in."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import orjson
import shapely

from geo.crs import ENGINE_CRS
from geo.importing.decisions import Decision, write_decisions
from geo.importing.examination import Examination
from geo.layers.releases import replacing

FAULTS, POINTS, DECISIONS = "faults.json", "faults.gpkg", "decisions.csv"


def report_json(found: Examination) -> bytes:
    """Everything that was found of a delivery and decided about it, as JSON with sorted keys."""
    said = {
        "source": found.source,
        "layer": found.kind,
        "rows": len(found.lot.rows),
        "undecided": len(found.undecided),
        "faults": [fault.canonical() | {"decision": _decided(found.decided.get(fault.key))} for fault in found.faults],
        "answers": [
            {"row": answer.row, "field": answer.field, "came": answer.came, **(_decided(answer) or {})}
            for answer in found.answers
        ],
    }
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)


def _decided(decision: Decision | None) -> dict[str, Any] | None:
    if decision is None:
        return None
    return {"action": decision.action, "value": decision.value, "reason": decision.reason}


def write_report(folder: Path, found: Examination, language: str) -> list[Path]:
    """Write all three into a folder, which is made where there is none.

    `faults.gpkg` has a point for each fault that has a place, EPSG:4490; `decisions.csv` a line for each that may be
    decided, with what is proposed filled in.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name for name in (FAULTS, POINTS, DECISIONS)]
    with replacing(paths[0]) as path:
        path.write_bytes(report_json(found))
    with replacing(paths[1]) as path:
        _points(found, language).to_file(path, layer="faults", driver="GPKG", engine="pyogrio", geometry_type="Point")
    with replacing(paths[2]) as path:
        write_decisions(path, found.faults, found.came, language)
    return paths


def _points(found: Examination, language: str) -> gpd.GeoDataFrame:
    placed = [fault for fault in found.faults if fault.place]
    columns = {
        "key": [fault.key for fault in placed],
        "code": [fault.code for fault in placed],
        "severity": [fault.severity for fault in placed],
        "row": [fault.row or 0 for fault in placed],
        "others": [" ".join(map(str, fault.others)) for fault in placed],
        "field": [fault.field or "" for fault in placed],
        "text": [fault.text(language) for fault in placed],
        "proposed": [fault.proposed or "" for fault in placed],
    }
    return gpd.GeoDataFrame(columns, geometry=[shapely.Point(fault.place or ()) for fault in placed], crs=ENGINE_CRS)
