"""A screening as a GeoPackage: it opens in GeoPandas, and its figures are the record's."""

from dataclasses import replace
from time import sleep
from types import MappingProxyType

import geopandas as gpd
import orjson
import pandas as pd
import pyogrio
import pytest
from conftest import CENTRAL_YANJI, DAY, RUSSIA

from geo.deployment import Question
from geo.errors import FileUnusable
from geo.export.geojson import screening_collection
from geo.export.geopackage import screening_geopackage, write_screening
from geo.geometry import area_m2
from geo.layers.store import Layer
from geo.screening import Screening

SQUARE = "POLYGON((129.50 42.88,129.5123 42.88,129.5123 42.889,129.50 42.889,129.50 42.88))"
LINE = "LINESTRING (129.30 42.75, 129.40 42.85, 129.62 42.92)"
SITES = [
    pytest.param({"site": CENTRAL_YANJI}, id="point"),
    pytest.param({"site": SQUARE}, id="square"),
    pytest.param({"site": LINE, "width_m": 20.0}, id="line"),
    pytest.param({"site": RUSSIA}, id="abroad"),
]


def screen(here, **asked) -> Screening:
    return here.screen(Question(day=DAY, industry="C2631", nature="new", either_order=True, **asked))


def tables(path) -> dict[str, pd.DataFrame]:
    return {name: gpd.read_file(path, layer=name) for name, _ in pyogrio.list_layers(path)}


def known(value):
    return None if pd.isna(value) else value


@pytest.mark.parametrize("asked", SITES)
def test_its_figures_are_the_records(here, tmp_path, asked):
    screening = screen(here, **asked)
    path = tmp_path / "answer.gpkg"
    write_screening(path, screening, "public")
    found = tables(path)
    assert list(found) == ["site", "pieces", "findings", "about"]
    recorded = {(check["layer"], zone["id"]): zone for check in screening.record["checks"] for zone in check["zones"]}
    rows = found["pieces"].to_dict("records")
    assert {(row["layer"], row["zone_id"]) for row in rows} == set(recorded)
    for row in rows:
        zone = recorded[row["layer"], row["zone_id"]]
        for name in ("site_share", "zone_share", "line_share", "distance_m", "accuracy_m", "decides_m"):
            assert known(row[name]) == zone[name]
        for name, column in (("area_m2", "area{}_m2"), ("length_m", "length{}_m")):
            span = [known(row[column.format(part)]) for part in ("", "_least", "_most")]
            assert span == [zone[name] and zone[name][part] for part in ("value", "least", "most")]
        rules = [one["rule"] for one in screening.record["findings"] if row["zone_id"] in one["zones"]]
        assert (known(row["rules"]) or "") == ";".join(rules)
    assert found["site"].crs.to_epsg() == 4490
    assert found["site"].geometry.iloc[0].equals(screening.site.parts[0].geometry)


def test_a_piece_is_the_ground_whose_area_it_tells(here, tmp_path):
    path = tmp_path / "answer.gpkg"
    write_screening(path, screen(here, site=SQUARE), "public")
    pieces = gpd.read_file(path, layer="pieces")
    whole = pieces[pieces["area_m2"].notna() & (pieces["relation"] == "hit")]
    assert len(whole) >= 3
    for row in whole.itertuples():
        assert area_m2(row.geometry) == pytest.approx(row.area_m2, rel=1e-6)


def test_every_finding_has_a_row_for_each_clause(here, tmp_path):
    screening = screen(here, site=CENTRAL_YANJI)
    path = tmp_path / "answer.gpkg"
    write_screening(path, screening, "public")
    rows = tables(path)["findings"].to_dict("records")
    told = [
        (one["rule"], one["state"], one["effect"], ";".join(one["zones"]), cited["document"], cited["article"])
        for one in screening.record["findings"]
        for cited in one["provisions"]
    ]
    columns = ("rule", "state", "effect", "zones", "document", "article")
    assert [tuple(known(row[name]) or "" for name in columns) for row in rows] == told
    assert len(told) > 5


def test_it_says_what_it_is_and_that_it_is_a_sketch(here, tmp_path):
    screening = screen(here, site=CENTRAL_YANJI)
    path = tmp_path / "answer.gpkg"
    write_screening(path, screening, "public")
    found = tables(path)
    about = dict(zip(found["about"]["name"], found["about"]["value"], strict=True))
    record = screening.record
    for name in ("id", "verdict", "indicative_verdict", "book"):
        assert about[name] == record[name]
    assert about["day"] == DAY
    assert about["illustrative"].startswith("示意数据·不得作为附件提交")
    for kind, release in screening.snapshot.releases().items():
        assert about[f"release.{kind}"] == release
    sketch = found["pieces"]["certainty"] == "sketch"
    assert sketch.any()
    assert found["pieces"]["illustrative"].notna().equals(sketch)


def test_the_same_screening_gives_the_same_bytes_later(here):
    screening = screen(here, site=SQUARE)
    first = screening_geopackage(screening, "public")
    sleep(1.1)  # the format writes times by the second
    assert screening_geopackage(screening, "public") == first


def secretly(screening: Screening, kind: str) -> Screening:
    """The same screening with one layer of which only results may be told."""
    layer = screening.snapshot.layers[kind]
    assert isinstance(layer, Layer)
    secret = replace(layer, info=layer.info.model_copy(update={"publish": "result"}))
    layers = MappingProxyType({**screening.snapshot.layers, kind: secret})
    return replace(screening, snapshot=replace(screening.snapshot, layers=layers))


def test_pieces_that_may_not_be_handed_out_are_left_out_and_named(here, tmp_path):
    screening = secretly(screen(here, site=SQUARE), "control_unit")
    for audience, there in (("public", False), ("internal", True)):
        path = tmp_path / f"{audience}.gpkg"
        write_screening(path, screening, audience)
        found = tables(path)
        assert ("control_unit" in set(found["pieces"]["layer"])) is there
        about = dict(zip(found["about"]["name"], found["about"]["value"], strict=True))
        assert ("control_unit" in (about["withheld"] or "")) is not there


def test_a_file_that_cannot_be_written_is_told(here, tmp_path):
    with pytest.raises(FileUnusable, match=r"none/answer\.gpkg"):
        write_screening(tmp_path / "none" / "answer.gpkg", screen(here, site=SQUARE), "public")
    assert list(tmp_path.iterdir()) == []


def test_the_geojson_has_the_same_measures(here):
    screening = screen(here, site=LINE, width_m=20.0)
    recorded = {zone["id"]: zone for check in screening.record["checks"] for zone in check["zones"]}
    pieces = [one["properties"] for one in screening_collection(screening, "public")["features"][1:]]
    assert len(pieces) > 10
    for piece in pieces:
        for name in ("area_m2", "site_share", "zone_share", "length_m", "line_share", "distance_m", "decides_m"):
            assert piece[name] == recorded[piece["zone_id"]][name]


def test_a_kept_answer_is_a_geopackage_at_its_address(client, tmp_path):
    form = {"at": SQUARE, "industry": "C2631", "nature": "new", "day": DAY}
    address = client.post("/screenings", data=form).headers["Location"].partition("?")[0]
    given = client.get(f"{address}.gpkg")
    assert (given.status_code, given.mimetype) == (200, "application/geopackage+sqlite3")
    assert given.headers["Content-Disposition"].endswith(".gpkg")
    assert given.headers["Cache-Control"] == "private, no-store"
    path = tmp_path / "kept.gpkg"
    path.write_bytes(given.data)
    kept = orjson.loads(client.get(f"{address}.json").data)
    about = tables(path)["about"]
    assert dict(zip(about["name"], about["value"], strict=True))["id"] == kept["id"]
    unknown = client.get("/screenings/nobody-knows.gpkg?lang=en")
    assert (unknown.status_code, unknown.mimetype) == (404, "application/problem+json")
