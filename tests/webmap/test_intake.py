"""Files of sites at the web's doors: what was understood, a reading to be chosen, and the answer, without a script."""

import io
import re
from dataclasses import replace

import orjson
import pytest
from conftest import CENTRAL_YANJI, DAY
from jsonschema import Draft202012Validator
from test_pages import page

from geo.export.intake_words import crs_in_words, present_sites
from geo.settings import ROOT
from geo.texts import LANGUAGES, say
from webmap import create_app

API = "/api/v1/sites"
SCHEMA = Draft202012Validator(orjson.loads((ROOT / "tests" / "contracts" / "sites.json").read_bytes()))
SQUARE = {"type": "Polygon", "coordinates": [[[129.5, 42.88], [129.51, 42.88], [129.51, 42.89], [129.5, 42.88]]]}
PROJECT = {"industry": "C2631", "nature": "new", "day": DAY}
# Metres without the number of a zone: in the west and in the east of the same region.
TWO_WAYS = b"POLYGON((400000 4760000,400600 4760000,400600 4760500,400000 4760500,400000 4760000))"


def send(client, path: str, data: bytes, name: str = "site.geojson", field: str = "file", **said):
    form = {**PROJECT, **said, field: (io.BytesIO(data), name)}
    return client.post(f"{path}?lang=en", data=form, content_type="multipart/form-data")


def collection(*geometries: dict, **said) -> bytes:
    features = [{"type": "Feature", "properties": {**said}, "geometry": geometry} for geometry in geometries]
    return orjson.dumps({"type": "FeatureCollection", "features": features})


# ---- The API -------------------------------------------------------------------------------------------------


def test_a_file_is_told_before_it_is_screened(client):
    sent = send(client, API, orjson.dumps(SQUARE))
    record = sent.json
    SCHEMA.validate(record)
    assert (sent.status_code, record["file"], record["settled"]) == (200, "site.geojson", True)
    (piece,), (reading,) = record["pieces"], record["readings"]
    assert (piece["kind"], piece["vertices"], piece["taken"]) == ("area", 4, True)
    assert reading["bbox"] == [129.5, 42.88, 129.51, 42.89]
    assert [county["name"] for county in reading["counties"]] == ["延吉市"]
    assert reading["outline"]["features"][0]["geometry"]["type"] == "Polygon"
    screened = client.post("/api/v1/screenings", json={"site": SQUARE, "day": DAY, "keep": False}).json
    assert reading["area_m2"] == screened["site"]["area_m2"]
    assert sent.data == orjson.dumps(record, option=orjson.OPT_SORT_KEYS)


def test_each_reading_says_where_it_lies_and_what_it_would_mean(client):
    record = send(client, API, TWO_WAYS, "plot.wkt").json
    SCHEMA.validate(record)
    readings = {reading["crs"]: reading for reading in record["readings"]}
    assert record["settled"] is False
    assert {"EPSG:4552", "EPSG:4553"} <= set(readings)
    west, east = readings["EPSG:4552"], readings["EPSG:4553"]
    assert east["bbox"][0] - west["bbox"][0] == pytest.approx(3.0, abs=1e-6)
    assert west["counties"] != east["counties"]
    assert abs(west["from_first_m"] - east["from_first_m"]) == pytest.approx(244_000, rel=0.01)
    for crs, reading in readings.items():
        form = {"crs": crs, "keep": "false"}
        screened = send(client, "/api/v1/screenings", TWO_WAYS, "plot.wkt", **form).json
        assert screened["request"]["site"]["crs"] == crs
        assert reading["meaning"]["verdict"] == screened["verdict"]
        assert reading["meaning"]["indicative_verdict"] == screened["indicative_verdict"]


def test_a_file_is_screened_and_kept_like_text(client):
    by_file = send(client, "/api/v1/screenings", orjson.dumps(SQUARE))
    by_text = client.post("/api/v1/screenings", json={
        "site": SQUARE, "crs": by_file.json["request"]["site"]["crs"], "day": DAY,
        "project": {"industry": "C2631", "nature": "new"},
    })  # fmt: skip
    assert (by_file.status_code, by_file.data) == (201, by_text.data)
    token = by_file.headers["Location"].rpartition("/")[2]
    assert client.get(f"/screenings/{token}.json").data == by_file.data


def test_a_reading_that_has_to_be_chosen_is_a_problem_that_names_them(client):
    refused = send(client, "/api/v1/screenings", TWO_WAYS, "plot.wkt")
    assert (refused.status_code, refused.json["code"]) == (422, "site_reading_unsettled")
    assert refused.json["readings"] == send(client, API, TWO_WAYS, "plot.wkt").json["readings"]


def test_pieces_are_chosen_by_their_numbers(client):
    two = collection(SQUARE, {"type": "Point", "coordinates": [129.6, 42.9]})
    record = send(client, API, two).json
    assert [piece["taken"] for piece in record["pieces"]] == [True, False]  # a point beside areas is a label
    chosen = send(client, API, two, piece=["2"]).json
    assert [piece["taken"] for piece in chosen["pieces"]] == [False, True]
    assert chosen["readings"][0]["area_m2"] is None
    assert send(client, API, two, piece=["3"]).json["code"] == "site_layer_unknown"
    assert send(client, API, two, piece=["²"]).status_code == 400


def test_a_line_without_a_width_is_shown_and_says_what_it_lacks(client):
    line = orjson.dumps({"type": "LineString", "coordinates": [[129.5, 42.88], [129.6, 42.9]]})
    record = send(client, API, line).json
    SCHEMA.validate(record)
    (reading,) = record["readings"]
    assert reading["error"]["code"] == "site_needs_width"
    assert reading["outline"]["features"]
    assert send(client, API, line, width_m="20").json["readings"][0]["length_m"] == pytest.approx(8_500, rel=0.05)


def test_a_large_outline_is_simplified_and_says_so(client):
    rows = [[129.4 + at * 1e-5, 42.88 + (at % 2) * 1e-5] for at in range(6_000)]
    ring = [*rows, [129.46, 42.95], [129.4, 42.95], rows[0]]
    (reading,) = send(client, API, orjson.dumps({"type": "Polygon", "coordinates": [ring]})).json["readings"]
    assert reading["simplified_m"] > 0.0
    assert len(reading["outline"]["features"][0]["geometry"]["coordinates"][0]) < 6_000


@pytest.mark.parametrize(
    ("path", "said", "status", "code"),
    [
        (API, {"name": "site.xyz", "data": b"hello"}, 422, "site_file_unknown"),
        (API, {"data": b"{"}, 422, "site_file_broken"),
        (API, {"crs": "EPSG:9999"}, 422, "site_crs_unknown"),
        (API, {"industry": "Z99"}, 422, "industry_unknown"),
        (API, {"colour": "red"}, 400, "body_invalid"),
        (API, {"nature": ["new", "new"]}, 400, "body_invalid"),
        (API, {"crs": "x" * 201}, 400, "body_invalid"),
        (API, {"field": "files"}, 400, "body_invalid"),
        ("/api/v1/screenings", {"accuracy_m": "far"}, 400, "body_invalid"),
    ],
    ids=["format", "broken", "crs", "industry", "unknown field", "twice", "long", "no file", "no number"],
)
def test_a_file_that_cannot_be_used_is_a_problem(client, path, said, status, code):
    refused = send(client, path, said.pop("data", orjson.dumps(SQUARE)), **said)
    assert (refused.status_code, refused.mimetype) == (status, "application/problem+json")
    assert refused.json["code"] == code


def test_only_doors_for_files_take_more_than_a_body(built):
    small = create_app(replace(built, body_bytes=100_000, site_file_bytes=200_000)).test_client()
    padded = orjson.dumps(SQUARE) + b" " * 150_000
    assert send(small, API, padded).status_code == 200
    assert send(small, "/sites", padded, field="at_file").status_code == 200
    assert send(small, API, padded + b" " * 200_000).status_code == 413
    assert send(small, "/api/v1/alternatives", padded).status_code == 413
    assert small.post(API, data={"crs": "x" * 150_000}, content_type="multipart/form-data").status_code == 413


def test_a_name_is_only_text_and_nothing_stays_behind(client, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    record = send(client, API, orjson.dumps(SQUARE), "../../etc/<b>延边\u0007.geojson").json
    assert record["file"] == "<b>延边 .geojson"
    assert "“x.geojson”" in send(client, API, b"{", "C:/plots/x.geojson").json["detail"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_record_has_words(client, language):
    for data, name in ((orjson.dumps(SQUARE), "a.geojson"), (TWO_WAYS, "b.wkt")):
        told = present_sites(send(client, API, data, name).json, language)
        assert told["format"]
        assert told["claim"]
        assert all(reading["where"] and reading["crs_text"] for reading in told["readings"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_mended_and_what_failed_has_words(client, language):
    record = send(client, API, orjson.dumps(SQUARE)).json
    figures = {"written_m2": 1_234.0, "after_m2": 1_230.0, "changed_m2": 4.0, "share": 0.0032}
    shapes = {"before": SQUARE, "after": SQUARE}
    record["readings"][0]["mended"] = [{"part": 2, "reason": "mend.self_intersection", **shapes, **figures}]
    record["readings"][0]["error"] = {
        "code": "site_too_large",
        "parameters": {"what": {"text": "limit.vertices"}, "count": "9", "most": "7"},
    }
    SCHEMA.validate(record)
    (reading,) = present_sites(record, language)["readings"]
    assert all(figure in reading["mended"][0] for figure in ("1,234.00 m²", "1,230.00 m²", "4.00 m²", "0.32 %"))
    assert say("limit.vertices", language) in reading["error"]


@pytest.mark.parametrize(
    ("crs", "words"),
    [
        ("EPSG:4490", "CGCS2000, longitude and latitude"),
        ("EPSG:4552", "CGCS2000, 3-degree zone, central meridian 129°"),
        ("EPSG:4531", "CGCS2000, 3-degree zone, central meridian 129°, zone number 43 before the easting"),
        ("EPSG:4508", "CGCS2000, 6-degree zone, central meridian 111°"),
        ("EPSG:2383+towgs84=1,2,3", "Xi'an 1980, 3-degree zone, central meridian 114°"),
        ("GCJ-02", "GCJ-02 (Amap, Tencent)"),
        ("local", "local"),
    ],
)
def test_a_crs_is_said_as_people_know_it(crs, words):
    assert crs_in_words(crs, "en") == words


# ---- The page, without a script ------------------------------------------------------------------------------


def test_a_file_of_the_form_is_screened(client):
    sent = send(client, "/screenings", orjson.dumps(SQUARE), field="at_file")
    record = client.get(sent.headers["Location"].partition("?")[0] + ".json").json
    assert record["request"]["project"]["industry"] == "C2631"
    assert record["site"]["area_m2"] > 0


def test_no_file_chosen_is_no_file(client):
    assert send(client, "/screenings", b"", "", field="at_file", at=CENTRAL_YANJI).status_code == 303


def test_a_reading_is_chosen_on_the_page_and_nothing_else_is_lost(client):
    said = {"address": "延吉", "fact.purpose": "mining"}
    asked = send(client, "/screenings", TWO_WAYS, "plot.wkt", "at_file", **said)
    shown = page(asked)
    assert asked.status_code == 422
    radios = {said["value"] for tag, said in shown.tags if tag == "input" and said.get("name") == "reading"}
    assert {"EPSG:4552", "EPSG:4553"} <= radios
    assert "Choose the file “plot.wkt” once more" in shown.text
    inputs = [said for tag, said in shown.tags if tag == "input" and "name" in said]
    fields = {said["name"]: said.get("value") for said in reversed(inputs)}  # the form comes before the examples
    assert (fields["industry"], fields["address"]) == ("C2631", "延吉")
    assert "mining" in [said["value"] for tag, said in shown.tags if tag == "option" and "selected" in said]
    chosen = {"field": "at_file", "reading": "EPSG:4553", "read_of": fields["read_of"]}
    sent = send(client, "/screenings", TWO_WAYS, "plot.wkt", **chosen)
    assert (
        client.get(sent.headers["Location"].partition("?")[0] + ".json").json["request"]["site"]["crs"] == "EPSG:4553"
    )


def test_a_choice_counts_for_no_other_file(client):
    mark = re.search(r'name="read_of" value="(\w+)"', send(client, "/sites", TWO_WAYS, "plot.wkt", "at_file").text)[1]
    chosen = {"reading": "EPSG:4553", "read_of": mark}
    assert send(client, "/screenings", TWO_WAYS, "plot.wkt", "at_file", **chosen).status_code == 303
    other = send(client, "/screenings", orjson.dumps(SQUARE), field="at_file", **chosen)
    assert other.status_code == 422
    assert "not the file that was read before" in page(other).text


def fragment(client, path: str, data: bytes, **said):
    form = {**said, "at_file": (io.BytesIO(data), "site.geojson")}
    headers = {"X-Fenqu-Fragment": "1"}
    return client.post(f"{path}?lang=en", data=form, content_type="multipart/form-data", headers=headers)


def test_what_was_ticked_in_the_card_of_one_file_counts_for_no_other(client):
    first, second = collection(SQUARE, SQUARE), collection(SQUARE, SQUARE, SQUARE)
    mark = re.search(r'name="read_of" value="(\w+)"', fragment(client, "/sites", first).text)[1]
    ticked = {"piece": ["2"], "read_of": mark}
    for data, taken in ((first, ["2"]), (second, ["1", "2", "3"])):
        shown = page(fragment(client, "/sites", data, **ticked)).tags
        boxes = [said for tag, said in shown if tag == "input" and said.get("name") == "piece"]
        assert [said["value"] for said in boxes if "checked" in said] == taken


def test_the_card_says_that_the_sender_declared_the_crs(client):
    assert "As you declared" not in fragment(client, "/sites", orjson.dumps(SQUARE)).text
    declared = fragment(client, "/sites", orjson.dumps(SQUARE), file_crs="GCJ-02")
    assert "As you declared: GCJ-02." in declared.text


def test_a_script_is_told_that_the_file_is_another_one(client):
    refused = fragment(client, "/screenings", orjson.dumps(SQUARE), read_of="deadbeef")
    assert (refused.status_code, refused.json["code"]) == (422, "site_reading_unsettled")
    assert "not the file that was read before" in refused.json["detail"]


@pytest.mark.parametrize(("path", "field"), [("/sites", "at_file"), ("/screenings", "at_file"), (API, "file")])
def test_a_file_that_is_too_large_is_told_with_its_size(built, path, field):
    small = create_app(replace(built, body_bytes=100_000, site_file_bytes=200_000)).test_client()
    refused = send(small, path, b" " * 400_000, field=field)
    assert refused.status_code == 413
    assert re.search(r"4\d{5} bytes, more than the 200000", refused.text)


def test_what_is_too_large_for_a_site_is_not_drawn(client):
    ring = [[129.5, 42.88], *([round(129.5 + at * 1e-6, 6), 42.89] for at in range(20_001)), [129.5, 42.88]]
    (reading,) = send(client, API, orjson.dumps({"type": "Polygon", "coordinates": [ring]})).json["readings"]
    assert reading["error"]["code"] == "site_too_large"
    assert reading["outline"] is None
    assert reading["bbox"] == [129.5, 42.88, 129.52, 42.89]


@pytest.mark.parametrize(
    ("data", "at", "status", "words"),
    [
        (b"PK\x03\x04\xff\xfe", "", 422, "cannot be read"),
        (orjson.dumps(SQUARE), CENTRAL_YANJI, 400, "send a place or a file, not both"),
        (orjson.dumps({"type": "Point", "coordinates": [150, 42]}), "", 422, "150"),
    ],
    ids=["broken", "a place as well", "far away"],
)
def test_a_file_that_is_no_site_is_refused_with_words(client, data, at, status, words):
    refused = send(client, "/screenings", data, field="at_file", at=at)
    assert refused.status_code == status
    assert words in page(refused).text
    assert 'value="C2631"' in refused.text


def test_the_fragment_for_the_script_has_the_card_alone(client):
    form = {"at_file": (io.BytesIO(collection(SQUARE, name="<img src=x>")), "<svg onload=alert(1)>.geojson")}
    headers = {"X-Fenqu-Fragment": "1"}
    sent = client.post("/sites?lang=en", data=form, content_type="multipart/form-data", headers=headers)
    assert sent.status_code == 200
    assert "<html" not in sent.text
    assert not {"img", "svg"} & {tag for tag, _ in page(sent).tags}
    assert orjson.loads(re.search(r'data-intake="drawn">(.*?)</script>', sent.text, re.DOTALL)[1])["settled"] is True


def test_a_reading_that_was_chosen_counts_before_the_crs_that_was_declared(client):
    """Where the number before the eastings speaks against the sender, the choice settles it."""
    ring = [(44_400_000, 4_760_000), (44_401_000, 4_760_000), (44_401_000, 4_761_000), (44_400_000, 4_760_000)]
    data = f"POLYGON(({','.join(f'{x} {y}' for x, y in ring)}))".encode()
    form = {"file_crs": "EPSG:4552"}
    shown = send(client, "/sites?lang=en", data, name="plot.wkt", field="at_file", **form)
    chosen = re.search(r'name="reading" id="reading-1" value="([^"]+)"', shown.text)
    mark = re.search(r'name="read_of" value="(\w+)"', shown.text)
    answered = send(
        client,
        "/screenings?lang=en",
        data,
        name="plot.wkt",
        field="at_file",
        reading=chosen[1],
        read_of=mark[1],
        **form,
    )
    assert answered.status_code == 303
    kept = client.get(f"{answered.headers['Location'].partition('?')[0]}.json").json
    assert kept["request"]["site"]["crs"] == chosen[1]
