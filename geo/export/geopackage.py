"""A screening as a GeoPackage: the site, the pieces of zones under it, the findings, and what it says of itself.

Layers `site` and `pieces` are in EPSG:4490; `findings` and `about` are tables without geometry. Every figure is the
record's. The same screening gives the same bytes.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
from shapely.geometry import shape

from geo.crs import ENGINE_CRS
from geo.errors import FileUnusable
from geo.export.geojson import screening_collection
from geo.layers.releases import replacing
from geo.screening import Screening

MEDIA_TYPE = "application/geopackage+sqlite3"
_TOLD = ("layer", "zone_id", "name", "zone_class", "relation", "certainty", "provenance", "limits")
_PLAIN = ("site_share", "zone_share", "line_share", "distance_m", "accuracy_m", "decides_m")
_SPANS = {
    "area_m2": {"value": "area_m2", "least": "area_least_m2", "most": "area_most_m2"},
    "length_m": {"value": "length_m", "least": "length_least_m", "most": "length_most_m"},
}
_NUMBERS = (*_PLAIN, *(column for span in _SPANS.values() for column in span.values()))
_PIECE = ("piece", *_TOLD, *_NUMBERS, "rules", "illustrative")
_FINDING = ("rule", "version", "layer", "state", "certainty", "effect", "dimension", "level")
_PROVISION = ("document", "article", "phrase", "verified")
_ABOUT = ("schema", "engine", "region", "book", "id", "request_id", "verdict", "indicative_verdict", "provisional")
_CHANGE_COUNTS = (24, 92)  # places in the head of a file of SQLite
_WRITTEN = "2000-01-01T00:00:00.000Z"  # in place of the time of writing, which would change the bytes


def write_screening(path: Path, screening: Screening, audience: str) -> None:
    """Write a screening to a file, which takes the place of an earlier one in one step.

    Raises
    ------
    FileUnusable
        Where it cannot be written.
    """
    data = screening_geopackage(screening, audience)
    try:
        with replacing(path) as part:
            part.write_bytes(data)
    except OSError as error:
        raise FileUnusable(path=str(path), reason=str(error)) from error


def screening_geopackage(screening: Screening, audience: str) -> bytes:
    """The bytes of a screening as a GeoPackage.

    Pieces of layers that may not be handed out to the audience are left out, as from the GeoJSON, and named in `about`.
    """
    collection, record = screening_collection(screening, audience), screening.record
    features, said = collection["features"], collection["fenqu"]
    roles = {role: [one for one in features if one["properties"]["role"] == role] for role in ("site", "overlap")}
    with TemporaryDirectory(prefix="fenqu-") as folder:
        path = Path(folder) / "screening.gpkg"
        parts = [{"part": one["properties"]["part"]} for one in roles["site"]]
        _write_shapes(path, "site", roles["site"], _table(parts, ("part",)))
        pieces = [_piece(one, said) for one in roles["overlap"]]
        _write_shapes(path, "pieces", roles["overlap"], _table(pieces, _PIECE))
        findings = [row for finding in record["findings"] for row in _finding(finding)]
        _write_table(path, "findings", _table(findings, (*_FINDING, "zones", *_PROVISION)))
        _write_table(path, "about", _table(_about(record, said), ("name", "value")))
        still(path)
        return path.read_bytes()


def _piece(feature: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    told = feature["properties"]
    row = {"piece": feature["id"], **{name: told[name] for name in (*_TOLD, *_PLAIN)}}
    for name, span in _SPANS.items():
        row |= {column: (told[name] or {}).get(key) for key, column in span.items()}
    mark = said["illustrative"] if told["certainty"] == "sketch" else None
    return row | {"rules": ";".join(told["rules"]), "illustrative": mark}


def _finding(finding: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """One row for each provision that a finding cites."""
    plain = {name: finding[name] for name in _FINDING} | {"zones": ";".join(finding["zones"])}
    for provision in finding["provisions"] or [{}]:
        yield plain | {name: provision.get(name) for name in _PROVISION}


def _about(record: Mapping[str, Any], said: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = {name: record[name] for name in _ABOUT}
    rows |= {"range": ";".join(record["range"]), "indicative_range": ";".join(record["indicative_range"])}
    rows |= {"day": said["day"], "crs": said["crs"], "accuracy_m": said["accuracy_m"]}
    rows |= {"illustrative": said["illustrative"], "withheld": ";".join(said["withheld"])}
    rows |= {f"release.{check['layer']}": check["release"] for check in record["checks"] if check["release"]}
    return [{"name": name, "value": None if value is None else str(value)} for name, value in rows.items()]


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Rows as columns of numbers, truth values or text; what is not known is null."""
    types = {**dict.fromkeys(_NUMBERS, "float64"), "verified": "boolean"}
    return pd.DataFrame(
        {name: pd.Series([row[name] for row in rows], dtype=types.get(name, "object")) for name in columns}
    )


def _write_shapes(path: Path, layer: str, features: Sequence[Mapping[str, Any]], table: pd.DataFrame) -> None:
    shapes = [one["geometry"] and shape(one["geometry"]) for one in features]
    frame = gpd.GeoDataFrame(table, geometry=shapes, crs=ENGINE_CRS)
    pyogrio.write_dataframe(frame, path, layer=layer, driver="GPKG", append=path.exists(), geometry_type="Unknown")


def _write_table(path: Path, layer: str, table: pd.DataFrame) -> None:
    pyogrio.write_dataframe(table, path, layer=layer, driver="GPKG", append=True)


def still(path: Path) -> None:
    """Take out of a GeoPackage when and in how many steps it was written, so that the same rows are the same bytes.

    The count of changes stands twice in the head of the file, for the second says whether the first can be relied on.
    """
    with closing(sqlite3.connect(path)) as file:
        file.execute("UPDATE gpkg_contents SET last_change = ?", (_WRITTEN,))
        file.commit()
        file.execute("VACUUM")
    with path.open("r+b") as octets:
        for place in _CHANGE_COUNTS:
            octets.seek(place)
            octets.write((1).to_bytes(4, "big"))
