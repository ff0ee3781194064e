"""One zone, and the zones of one place, as pages, cards and JSON."""

import re
from dataclasses import replace

import orjson
import pytest
from conftest import CENTRAL_YANJI

from geo.deployment import Deployment
from geo.layers.releases import ReleaseInfo, write_release
from geo.settings import Settings
from geo.texts import LANGUAGES, say
from webmap import create_app

UNIT = "/zones/control_unit/SY22240120001"
RED_LINE = "red_line-SY22240110001"
CARD = {"X-Fenqu-Fragment": "1"}
EVIL = "<script>alert(1)</script>\"'&{{7*7}}"


def text(client, path: str, **options) -> str:
    response = client.get(path, **options)
    assert response.status_code == 200, path
    return response.get_data(as_text=True)


def rewritten(settings: Settings, kind: str, change, **info) -> None:
    """Serve another release of a layer: every zone as `change` makes it."""
    layer = Deployment.open(settings).store.open(kind)
    kept = {name: getattr(layer.info, name) for name in ReleaseInfo.model_fields if name != "id"}
    folder = settings.layers / "data" / settings.region / kind
    write_release(folder, [change(zone) for zone in layer.zones], layer.coverage, **{**kept, **info})


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_unit_says_all_that_is_known_of_it(client, language):
    page = text(client, f"{UNIT}?lang={language}")
    for name in (
        "code",
        "official_code",
        "area",
        "official_area",
        "basis",
        "source",
        "provenance",
        "limits",
        "release",
    ):
        assert say(f"zone.{name}", language) in page, name
    assert "SY22240120001" in page
    assert say("zone.no_list_sketch", language) in page
    assert say("ui.zone_sketch", language) in page
    assert f'<a href="{UNIT}.geojson">' in page


def test_the_rules_on_the_page_are_those_of_its_record_and_each_has_a_page(client):
    record = client.get(f"/api/v1{UNIT}").json
    linked = re.findall(r'href="/rules/([\w.]+)\?', text(client, UNIT))
    assert sorted(linked) == sorted(row["rule"] for row in record["rules"])
    assert linked
    assert all(client.get(f"/rules/{rule}").status_code == 200 for rule in linked)


def test_the_rules_are_those_that_a_screening_of_the_place_finds(client):
    record = client.get(f"/api/v1{UNIT}").json
    answer = client.get(f"/api/v1/screenings?at={CENTRAL_YANJI}&industry=C2631&nature=new").json
    found = {each["rule"] for each in answer["findings"] if "SY22240120001" in each["zones"]}
    assert found
    assert found <= {row["rule"] for row in record["rules"]}


def test_the_card_is_the_page_without_its_frame(client):
    card = text(client, UNIT, headers=CARD)
    assert "<html" not in card
    assert '<h1 class="zone-card__title"' in card
    assert "X-Fenqu-Fragment" in client.get(UNIT, headers=CARD).headers["Vary"]


def test_the_geometry_is_the_layers(client):
    whole = client.get("/api/v1/layers/control_unit.geojson").json
    one = client.get(f"{UNIT}.geojson").json
    assert one["features"] == [each for each in whole["features"] if each["id"] == "SY22240120001"]
    assert one["fenqu"] == whole["fenqu"]


def test_a_zone_without_a_place_says_so(client):
    page = text(client, "/zones/protected_area/yb-pa-001")
    assert say("ui.zone_unplaced") in page
    assert say("zone.area_unplaced") in page
    assert say("ui.zone_sketch") not in page  # nothing was drawn
    assert client.get("/zones/protected_area/yb-pa-001.geojson").json["features"][0]["geometry"] is None


@pytest.mark.parametrize(
    ("path", "code"),
    [
        pytest.param("/zones/control_unit/SY0", "zone_unknown", id="no such zone"),
        pytest.param("/zones/control_unit/" + "x" * 5_000, "zone_unknown", id="a long id"),
        pytest.param("/zones/control_unit/%00%01%3Cb%3E", "zone_unknown", id="an id of control signs"),
        pytest.param("/zones/control_unit/../../../etc/passwd", "zone_unknown", id="a path"),
        pytest.param("/zones/forest/x", "layer_unknown", id="no release"),
        pytest.param("/zones/nonsense/x", "layer_unknown", id="no such layer"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_there_is_said_in_the_readers_language(client, path, code, language):
    answer = client.get(f"{path}?lang={language}", headers=CARD)
    assert (answer.status_code, answer.json["code"]) == (404, code)
    assert answer.json["title"] == say("error.title", language)
    assert len(answer.json["detail"]) < 300
    page = client.get(f"{path}?lang={language}")
    assert page.status_code == 404
    assert "<b>" not in page.get_data(as_text=True)


@pytest.mark.parametrize(
    ("publish", "audience", "page", "geometry"),
    [
        pytest.param("display", "public", 200, 403, id="to be seen only"),
        pytest.param("result", "public", 403, 403, id="in answers only"),
        pytest.param("result", "internal", 200, 200, id="inside the bureau"),
    ],
)
def test_publication_and_audience_are_obeyed(own, publish, audience, page, geometry):
    (shape,) = [zone.ground for zone in Deployment.open(own).store.open("red_line").zones if zone.id == RED_LINE]
    inside = shape.representative_point()
    rewritten(own, "red_line", lambda zone: zone, publish=publish)
    with create_app(replace(own, audience=audience)).test_client() as client:
        zone = f"/zones/red_line/{RED_LINE}"
        assert [client.get(path).status_code for path in (zone, f"/api/v1{zone}", f"{zone}.geojson")] == [
            page, page, geometry,
        ]  # fmt: skip
        missing = client.get("/zones/red_line/nothing", headers=CARD)  # says no more than of a zone that is there
        assert missing.status_code == (404 if page == 200 else 403)
        answer = client.post("/screenings", data={"at": f"{inside.x:.6f},{inside.y:.6f}"}, headers=CARD).get_data(
            as_text=True
        )
        assert 'href="/zones/control_unit/' in answer
        assert ('href="/zones/red_line/' in answer) is (publish == "display")


def test_names_and_texts_of_a_layer_stay_text(own):
    def evil(zone):
        return replace(zone, name=EVIL, basis=EVIL, source=EVIL, legal_status=EVIL, attributes={"note": EVIL})

    rewritten(own, "built_up_area", evil)
    with create_app(own).test_client() as client:
        for path in (
            "/zones/built_up_area/built_up_area-2033467",
            f"/zones?at={CENTRAL_YANJI}",
            "/search?q=alert",
        ):
            for headers in ({}, CARD):
                page = client.get(path, headers=headers).get_data(as_text=True)
                assert "&lt;script&gt;alert(1)" in page, path
                assert "<script>alert" not in page
                assert "{{7*7}}" in page


def test_an_id_of_any_letters_has_its_page(own):
    rewritten(own, "built_up_area", lambda zone: replace(zone, id=f"区 {zone.id}/?#%&\"'<b>"))
    with create_app(own).test_client() as client:
        (found,) = client.get("/api/v1/search?q=延吉建成区").json["results"]
        assert client.get(found["url"]).status_code == 200
        record = client.get("/api/v1" + found["url"]).json
        assert record["zone"]["id"] == found["zone"]
        page = text(client, found["url"])
        addresses = re.findall(r'href="(/zones/[^"]+\.geojson)"', page)
        assert orjson.loads(client.get(addresses[0]).data)["features"][0]["id"] == found["zone"]


def test_a_place_lists_what_every_layer_has_there(client):
    page = text(client, f"/zones?at={CENTRAL_YANJI}")
    assert UNIT in page
    assert say("status.hit_sketch") in page
    assert say("status.not_supplied") in page
    assert say("ui.sketch_mark") in page
    assert "verdict" not in page


def test_beyond_all_layers_there_is_no_data(client):
    page = text(client, "/zones?at=110,30")
    assert "/zones/" not in page.partition('<dl class="zones-here">')[2]
    assert say("status.no_data_here") in page
    assert say("status.clear") not in page


@pytest.mark.parametrize(
    ("at", "status"),
    [("", 400), ("1" * 500, 400), ("nonsense", 422), ("150,42", 422), ("POLYGON((129 42,130 42,130 43,129 42))", 422)],
)
def test_a_place_that_cannot_be_read_is_refused(client, at, status):
    assert client.get("/zones", query_string={"at": at}).status_code == status
