"""The API: the record byte for byte, and errors that say what to do."""

import orjson
import pytest
from conftest import CENTRAL_YANJI, DAY, ERDAOBAIHE, RUSSIA, SEA

from geo.deployment import Question
from webmap import create_app

API = "/api/v1"
PESTICIDE = {"industry": "C2631", "nature": "new"}
LONG_LINE = orjson.dumps({"type": "LineString", "coordinates": [[129.5 + i * 1e-6, 42.9] for i in range(20_001)]})
MANY_POINTS = orjson.dumps({"type": "MultiPoint", "coordinates": [[129.5, 42.9]] * 201})


def get(client, **query):
    return client.get(f"{API}/screenings", query_string={"day": DAY, **query})


@pytest.mark.parametrize("at", [CENTRAL_YANJI, ERDAOBAIHE, RUSSIA, SEA], ids=["延吉", "二道白河", "Russia", "sea"])
@pytest.mark.parametrize("project", [PESTICIDE, {}], ids=["a plant", "no project"])
def test_get_post_page_and_engine_give_the_same_bytes(client, here, at, project):
    expected = here.screen(Question(site=at, day=DAY, **project)).json
    assert get(client, at=at, **project).data == expected
    posted = client.post(f"{API}/screenings", json={"site": at, "project": project, "day": DAY})
    assert (posted.status_code, posted.data) == (201, expected)
    lon, lat = map(float, at.split(","))
    geojson = client.post(
        f"{API}/screenings", query_string={"day": DAY, **project}, json={"type": "Point", "coordinates": [lon, lat]}
    )
    assert geojson.data == expected
    page = client.post("/screenings", data={"at": at, "day": DAY, **project})
    assert page.status_code == 303
    assert client.get(page.headers["Location"].partition("?")[0] + ".json").data == expected


def test_facts_come_in_the_query_and_in_the_body(client):
    by_query = get(
        client, at=CENTRAL_YANJI, **PESTICIDE, **{"fact.coal_boiler_t_h": "20", "fact.may_pollute_soil": "true"}
    )
    body = {
        "site": CENTRAL_YANJI,
        "day": DAY,
        "keep": False,
        "project": {**PESTICIDE, "facts": {"coal_boiler_t_h": 20, "may_pollute_soil": True}},
    }
    by_body = client.post(f"{API}/screenings", json=body)
    assert by_body.status_code == 200
    assert "Location" not in by_body.headers
    assert by_query.data == by_body.data


def test_a_kept_answer_has_an_address_that_cannot_be_guessed(client):
    posted = client.post(f"{API}/screenings", json={"site": CENTRAL_YANJI, "day": DAY})
    token = posted.headers["Location"].rpartition("/")[2]
    assert len(token) >= 43
    assert client.get(f"/screenings/{token}.json").data == posted.data
    assert client.get(f"/screenings/{posted.json['id']}.json").status_code == 404
    assert client.get(f"/screenings/{token}").headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("query", "status", "code", "words"),
    [
        ({"at": "42.8883,129.5024"}, 422, "site_axes_swapped", "latitude first; this door takes longitude first"),
        ({"at": "150,42"}, 422, "site_out_of_bounds", "not within 73–136°E"),
        ({"at": "here"}, 422, "site_unreadable", "send “longitude,latitude”"),
        ({}, 400, "body_invalid", "at: required"),
        ({"at": CENTRAL_YANJI, "fact.colour": ""}, 422, "fact_unknown", "the facts are: "),
        ({"at": [CENTRAL_YANJI, "129,43"]}, 400, "body_invalid", "given more than once"),
        ({"at": CENTRAL_YANJI, "colour": "red"}, 400, "body_invalid", "colour: Extra inputs"),
        ({"at": CENTRAL_YANJI, "width_m": "wide"}, 400, "body_invalid", "width_m"),
        ({"at": CENTRAL_YANJI, "accuracy_m": "-1"}, 422, "site_number_out_of_range", "between 0.0 and 10000.0"),
        ({"at": CENTRAL_YANJI, "crs": "EPSG:3857"}, 422, "site_crs_unknown", "use EPSG:4490"),
        ({"at": CENTRAL_YANJI, "industry": "C9999"}, 422, "industry_unknown", "GB/T 4754-2017 has no"),
        ({"at": CENTRAL_YANJI, "kind": "moonbase"}, 422, "kind_unknown", "the kinds are: highway, "),
        ({"at": CENTRAL_YANJI, "fact.colour": "red"}, 422, "fact_unknown", "the facts are: "),
        ({"at": CENTRAL_YANJI, "fact.tailings_pond": "perhaps"}, 422, "fact_value_invalid", "expected: true, false"),
        ({"at": CENTRAL_YANJI, "day": "yesterday"}, 422, "day_invalid", "write it as 2026-08-15"),
    ],
    ids=lambda value: value if isinstance(value, str) and "_" in value else None,
)  # fmt: skip
def test_an_error_is_a_problem_with_a_stable_code(client, query, status, code, words):
    response = client.get(f"{API}/screenings", query_string={"lang": "en", **query})
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    problem = response.json
    assert (problem["code"], problem["status"], problem["type"]) == (code, status, f"/problems/{code}")
    assert words in problem["detail"]


def test_an_error_speaks_the_readers_language(client):
    details = {
        language: client.get(f"{API}/screenings?at=150,42&lang={language}").json["detail"]
        for language in ("zh", "ko", "en")
    }
    assert "东经" in details["zh"]
    assert "동경" in details["ko"]
    preferred = client.get(f"{API}/screenings?at=150,42", headers={"Accept-Language": "ko-KR,ko;q=0.9"}).json["detail"]
    assert preferred == details["ko"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "body_invalid"),
        (b"{", 400, "body_invalid"),
        (b"[]", 400, "body_invalid"),
        (b'{"site": 5}', 400, "body_invalid"),
        (b'{"project": {}}', 400, "body_invalid"),
        (b'{"site": "129.5,42.9", "proyect": {}}', 400, "body_invalid"),
        (b'{"site": {"type": "Polygon", "coordinates": [[[1e999, 42.9]]]}}', 400, "body_invalid"),
        (b'{"site": {"type": "Point", "coordinates": ["129.5", "<script>"]}}', 422, "site_unreadable"),
        (b'{"site": {"type": "Topology"}}', 422, "site_geometry_unsupported"),
        (b'{"type": "FeatureCollection", "features": []}', 422, "site_empty"),
        (b"[" * 100_000, 400, "body_invalid"),
        (b" " * 1_000_001, 413, "http_error_413"),
        (LONG_LINE, 413, "site_too_large"),
        (MANY_POINTS, 413, "site_too_large"),
    ],
    ids=[
        "empty",
        "half",
        "list",
        "number",
        "no-site",
        "misspelt",
        "infinite",
        "script",
        "topology",
        "no-feature",
        "deep",
        "too-long",
        "vertices",
        "parts",
    ],
)
def test_a_hostile_body_gets_an_error_and_no_stack(client, body, status, code):
    response = client.post(f"{API}/screenings", data=body, content_type="application/json")
    assert (response.status_code, response.json["code"]) == (status, code)
    assert b"Traceback" not in response.data
    assert b"/geo/" not in response.data


@pytest.mark.parametrize(
    ("method", "path", "status"), [("delete", "/screenings", 405), ("get", "/nothing", 404), ("put", "/layers", 405)]
)
def test_doors_that_are_not_there(client, method, path, status):
    response = getattr(client, method)(f"{API}{path}")
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")


def test_layers_say_what_they_are(client, here):
    rows = {row["layer"]: row for row in client.get(f"{API}/layers").json["layers"]}
    assert list(rows) == list(here.book.catalogue)
    assert rows["control_unit"]["provenance"] == "illustrative"
    assert rows["control_unit"]["geojson"] == f"{API}/layers/control_unit.geojson"
    assert rows["black_soil"] == {"layer": "black_soil", "title": "黑土地", "state": "not_supplied"}
    assert rows["water_source_zone"]["unplaced"] == 13


def test_a_layer_comes_with_its_provenance_and_a_null_for_what_has_no_place(client):
    response = client.get(f"{API}/layers/protected_area.geojson")
    collection = response.json
    assert response.mimetype == "application/geo+json"
    assert collection["fenqu"]["limits"] == "sketch"
    assert sum(feature["geometry"] is None for feature in collection["features"]) == 20
    assert (
        client.get(
            f"{API}/layers/protected_area.geojson", headers={"If-None-Match": response.headers["ETag"]}
        ).status_code
        == 304
    )


def test_a_layer_that_may_not_be_handed_out_is_not(own):
    from geo.layers.releases import read_release, write_release

    folder = own.layers / "data" / own.region / "control_unit"
    info, zones, coverage = read_release(folder, orjson.loads((folder / "current.json").read_bytes())["release"])
    write_release(folder, zones, coverage, **{**info.model_dump(exclude={"id"}), "publish": "result"})
    client = create_app(own).test_client()
    refused = client.get(f"{API}/layers/control_unit.geojson")
    assert (refused.status_code, refused.json["code"]) == (403, "layer_not_published")
    assert client.get("/map/layers/control_unit.geojson").status_code == 404
    assert b"layer_control_unit" not in client.get("/map.js").data
    posted = client.post(
        f"{API}/screenings", json={"site": "POLYGON((129.5 42.88,129.51 42.88,129.51 42.89,129.5 42.88))", "day": DAY}
    )
    assert (
        next(c for c in posted.json["checks"] if c["layer"] == "control_unit")["status"] == "hit"
    )  # answers still use it
    collection = client.get(posted.headers["Location"] + ".geojson").json
    assert collection["fenqu"]["withheld"] == ["control_unit"]
    assert "control_unit" not in {f["properties"].get("layer") for f in collection["features"]}
    from dataclasses import replace

    inside = create_app(replace(own, audience="internal")).test_client()
    assert inside.get(f"{API}/layers/control_unit.geojson").status_code == 200


def test_health_names_a_layer_that_fails(own):
    client = create_app(own).test_client()
    assert client.get("/healthz").json["status"] == "ok"
    next((own.layers / "data" / own.region / "built_up_area").glob("*.gpkg")).unlink()
    body = client.get("/healthz").json
    assert (body["status"], body["layers"]["built_up_area"]) == ("degraded", "failed")
    failed = client.get(f"{API}/layers/built_up_area.geojson")
    assert failed.status_code == 500
    assert str(own.layers).encode() not in failed.data


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("rules?laye=wetland", "laye"),
        ("rules?layer=wetland&layer=forest", "layer"),
        (f"rules/soil.sensitive_surroundings?dya={DAY}", "dya"),
        (f"compare?at={CENTRAL_YANJI}&compare={DAY}&industy=C2631", "industy"),
        ("stats?laye=wetland", "laye"),
        ("layers?layer=wetland", "layer"),
        ("layers/county.geojson?zone=1", "zone"),
        ("industries?query=C2631", "query"),
        ("kinds?kind=school", "kind"),
    ],
)
def test_a_misspelt_parameter_is_refused_and_never_asks_for_all(client, address, name):
    refused = client.get(f"{API}/{address}")
    assert (refused.status_code, refused.json["code"]) == (400, "body_invalid")
    assert name in refused.json["detail"]


def test_a_project_beside_a_body_that_has_its_own_is_refused(client):
    refused = client.post(f"{API}/screenings?industry=C2631", json={"site": CENTRAL_YANJI})
    assert (refused.status_code, refused.json["code"]) == (400, "body_invalid")
    assert client.post(f"{API}/screenings?lang=en", json={"site": CENTRAL_YANJI}).status_code == 201


@pytest.mark.parametrize("address", ["industries?q=2631", "kinds?lang=ko"])
def test_a_list_of_the_vocabulary_is_not_sent_twice(client, address):
    first = client.get(f"{API}/{address}")
    assert first.headers["Cache-Control"] == "no-cache"
    again = client.get(f"{API}/{address}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def industries(client, sought):
    return client.get(f"{API}/industries", query_string={"q": sought}).json["industries"]


def test_industries_are_found_by_code_name_and_word(client):
    assert (industries(client, "2631")[0]["code"], industries(client, "2631")[0]["how"]) == ("C2631", "code")
    assert ("D4415", "风力发电") in [(row["code"], row["name"]) for row in industries(client, "风力")]
    assert [(row["code"], row["word"]) for row in industries(client, "泡菜")] == [("C1371", "泡菜")]
    assert industries(client, "") == []


def test_an_industry_comes_with_its_tree_and_its_groups(client):
    (found,) = industries(client, "양돈장")
    assert [step["code"] for step in found["path"]] == ["A", "A03", "A031", "A0313"]
    assert (found["level"], found["how"]) == ("class", "word")
    assert {"livestock", "odorous"} <= set(found["groups"])
    assert "two_high" not in found["groups"]
    assert "two_high" in industries(client, "水泥")[0]["groups"]


def test_kinds_say_what_they_let_presume(client, here):
    rows = {row["kind"]: row for row in client.get(f"{API}/kinds?lang=en").json["kinds"]}
    assert list(rows) == list(here.book.vocabulary.kinds)
    assert rows["highway"]["facts"] == {"purpose": "linear_infrastructure"}
    assert (rows["highway"]["title"], rows["highway"]["mark"]) == ("Highway, with its bridges and tunnels", "G")
    assert "habitat_works" in rows["highway"]["inside"]


def test_a_kind_comes_in_the_query_in_the_body_and_in_the_form(client):
    by_query = get(client, at=ERDAOBAIHE, kind="highway", nature="new")
    body = {"site": ERDAOBAIHE, "day": DAY, "project": {"kind": "highway", "nature": "new"}}
    posted = client.post(f"{API}/screenings", json=body)
    page = client.post("/screenings", data={"at": ERDAOBAIHE, "day": DAY, "kind": "highway", "nature": "new"})
    assert by_query.data == posted.data
    assert client.get(page.headers["Location"].partition("?")[0] + ".json").data == posted.data
    assert posted.json["request"]["project"] == {"industry": None, "kind": "highway", "nature": "new", "facts": {}}
    assert "kind" not in get(client, at=ERDAOBAIHE, nature="new").json["request"]["project"]
