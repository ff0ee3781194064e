"""Searching as a page and as JSON."""

import pytest

from geo.texts import LANGUAGES, say

EVIL = "<img src=x onerror=alert(1)>"


def found(client, query: str, **more) -> dict:
    response = client.get("/api/v1/search", query_string={"q": query, **more})
    assert response.status_code == 200
    return response.json


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("SY22240120001", "延吉市延吉城镇重点管控单元（示意）"),
        ("延吉", "延吉市"),
        ("图们江两岸", "图们江两岸（示意）"),
        ("五道水库", "五道水库"),
        ("延吉建成区", "延吉建成区（示意）"),
        ("东北虎豹国家公园", "东北虎豹国家公园"),
        ("珲春边境经济合作区", "珲春边境经济合作区（示意）"),
        ("和龙甄峰风电（二期）", "和龙甄峰风电(二期)"),
    ],
)
def test_what_people_look_for_comes_first(client, query, first):
    (best, *_) = found(client, query)["results"]
    assert best["title"] == first
    assert client.get(best["url"]).status_code == 200


def test_every_unit_is_found_by_its_code_at_once(client, here):
    for zone in here.store.open("control_unit").zones:
        best = found(client, zone.code)["results"][0]
        assert (best["layer"], best["zone"]) == ("control_unit", zone.id)


@pytest.mark.parametrize("query", ["129°30′8.64″E 42°53′17.88″N", "42.8883,129.5024", "E129.5024 N42.8883"])
def test_a_coordinate_leads_to_the_place(client, query):
    (best, *_) = found(client, query)["results"]
    assert best["kind"] == "place"
    assert client.get(best["url"]).status_code == 200
    assert f"{best['at']}</textarea>" in client.get(best["screen_url"]).get_data(as_text=True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_a_list_of_links(client, language):
    page = client.get(f"/search?q=五道水库&lang={language}").get_data(as_text=True)
    assert f'href="/zones/water_source_zone/yb-ws-001?lang={language}"' in page
    assert say("ui.found_unplaced", language) in page


def test_an_empty_query_finds_nothing_and_asks(client):
    assert found(client, "")["results"] == []
    assert 'name="q"' in client.get("/search").get_data(as_text=True)


@pytest.mark.parametrize("path", ["/search", "/api/v1/search"])
def test_a_long_query_is_refused(client, path):
    assert client.get(path, query_string={"q": "x" * 80}).status_code == 200
    assert client.get(path, query_string={"q": "x" * 81}).status_code == 400


def test_the_api_takes_no_other_parameter(client):
    assert client.get("/api/v1/search?query=x").status_code == 400
    assert client.get("/api/v1/search?q=x&q=y").status_code == 400


@pytest.mark.parametrize("query", [EVIL, "\x00\x01", "%", "_", "((((", "𝐒𝐘", "‮延吉", "a" * 80, "1°" * 40, "\ud83d"])
def test_any_query_is_answered_and_stays_text(client, query):
    query = query.encode("utf-8", "replace").decode()
    assert found(client, query)["query"] == query.strip()
    page = client.get("/search", query_string={"q": query}).get_data(as_text=True)
    assert "<img" not in page


def test_the_map_page_holds_the_box_and_it_works_without_a_script(client):
    page = client.get("/?lang=ko").get_data(as_text=True)
    assert 'action="/search"' in page
    assert say("ui.search_label", "ko") in page
