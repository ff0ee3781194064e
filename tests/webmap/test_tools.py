"""What the tools of the map page ask of the server: projects of the plan, days, differences."""

import re

import orjson
import pytest
from conftest import CENTRAL_YANJI, DAY
from test_pages import page

from geo.errors import BuildError
from geo.planned import planned_by_id, planned_projects
from geo.workshop import Workshop
from webmap import planned

SQUARE = {"type": "Polygon", "coordinates": [[[129.5, 42.88], [129.51, 42.88], [129.51, 42.89], [129.5, 42.88]]]}
FORM = {"industry": "C2631", "nature": "new", "day": DAY}


# ---- Projects of the plan ------------------------------------------------------------------------------------


def projects(here):
    return planned.offered(here)


def test_the_form_offers_every_project_of_the_layer(client, here):
    shown = page(client.get("/?lang=en"))
    offered = {said["value"] for tag, said in shown.tags if tag == "option" and said["value"].startswith("yb-plan-")}
    assert offered == {one.id for one in projects(here)}
    assert len(offered) == 46


def test_only_a_published_coordinate_becomes_a_place(here):
    by_place = {bool(one.at) for one in projects(here) if one.accuracy_m}
    assert by_place == {True}
    placed = [one for one in projects(here) if one.at]
    assert sorted(one.id for one in placed) == ["yb-plan-027", "yb-plan-039"]
    drawn = {zone.id for zone in here.store.snapshot().layers["plan_project"].placed}
    assert drawn == {one.id for one in placed}


def fields(shown) -> dict[str, str]:
    inputs = {
        said["name"]: said.get("value", "")
        for tag, said in shown.tags
        if tag == "input" and "id" in said and "name" in said
    }
    chosen = [said["value"] for tag, said in shown.tags if tag == "option" and "selected" in said]
    return {**inputs, "chosen": " ".join(chosen)}


def test_a_link_to_a_project_fills_what_the_plan_says(client):
    shown = page(client.get("/?project=yb-plan-027&lang=en"))
    said = fields(shown)
    assert "128.7,42.5" in shown.text
    assert (said["industry"], said["accuracy_m"]) == ("N7711", "10000")
    assert {"yb-plan-027", "ecological_restoration"} <= set(said["chosen"].split())
    assert "±10,000 m" in shown.text


def test_a_project_of_which_only_the_county_is_known_gets_no_place(client):
    response = client.get("/?project=yb-plan-042&lang=en")
    shown, text = page(response), response.get_data(as_text=True)
    assert re.search(r'<textarea id="at"[^>]*></textarea>', text)
    assert "only the county (图们市)" in shown.text
    assert fields(shown)["industry"] == "N7724"
    assert {"yb-plan-042", "new", "waste_disposal", "true"} <= set(fields(shown)["chosen"].split())


@pytest.mark.parametrize("id", ["yb-plan-999", "x" * 5000, "<script>"])
def test_an_unknown_project_is_said_and_fills_nothing(client, id):
    refused = client.get("/", query_string={"project": id, "lang": "en"})
    assert refused.status_code == 404
    assert "no such work in the plan" in page(refused).text


def test_a_zone_that_the_table_does_not_know_keeps_its_name_alone(here, monkeypatch):
    layer = here.store.snapshot().layers["plan_project"]
    workshop = Workshop(here.settings, here.recipe)
    monkeypatch.setattr(Workshop, "rows", lambda *_: [])
    found = planned_projects(workshop, layer)
    assert {(one.at, one.industry, one.county) for one in found} == {("", "", "")}
    assert planned_by_id(found, "yb-plan-001").name == "和龙甄峰风电(二期)"
    assert planned_by_id(found, "nothing") is None


def test_no_table_no_projects(here, monkeypatch):
    def gone(*_):
        raise BuildError(what="plan_projects.csv", reason="gone")

    monkeypatch.setattr(Workshop, "rows", gone)
    assert planned.offered(here) == ()


def test_facts_of_projects_are_facts_of_the_vocabulary(here):
    vocabulary = here.book.vocabulary
    for one in projects(here):
        for name, value in one.facts.items():
            fact = vocabulary.facts[name]
            assert value in (fact.choices if fact.type == "choice" else ("true", "false")), (one.id, name)


# ---- Days ----------------------------------------------------------------------------------------------------


def tool_texts(client, path: str = "/?lang=zh"):
    text = client.get(path).get_data(as_text=True)
    return orjson.loads(
        re.search(r'<script type="application/json" id="tool-texts">(.*?)</script>', text, re.DOTALL)[1]
    )


def test_the_page_knows_the_days_on_which_the_law_changed(client, here):
    days = tool_texts(client)["changeDays"]
    assert days == sorted(set(days))
    starts = {version.start.isoformat() for rule in here.book.rules for version in rule.versions}
    assert starts <= set(days)
    assert "2026-08-15" in days


def test_differences_alone_for_the_pages_own_script(client):
    sent = client.post("/screenings?lang=zh", data={**FORM, "at": CENTRAL_YANJI})
    token = sent.headers["Location"].rpartition("/")[2].partition("?")[0]
    address = f"/compare?token={token}&compare=2026-08-14&lang=zh"
    fragment = client.get(address, headers={"X-Fenqu-Fragment": "1"})
    whole = client.get(address).get_data(as_text=True)
    text = fragment.get_data(as_text=True)
    assert "<html" not in text
    assert 'class="change"' in text
    assert text.strip() in whole
    refused = client.get("/compare?token=guess&compare=2026-08-14", headers={"X-Fenqu-Fragment": "1"})
    assert (refused.status_code, refused.mimetype) == (404, "application/problem+json")


# ---- Links ---------------------------------------------------------------------------------------------------


def test_a_link_with_a_polygon_and_facts_fills_the_form(client):
    query = {"at": orjson.dumps(SQUARE).decode(), "industry": "C2631", "fact.purpose": "mining", "day": "2025-05-01"}
    said = page(client.get("/", query_string=query))
    assert '"Polygon"' in said.text
    assert (fields(said)["industry"], fields(said)["day"]) == ("C2631", "2025-05-01")
    assert "mining" in fields(said)["chosen"].split()


def test_the_projection_library_comes_from_our_own_host(client):
    served = client.get("/assets/proj4/proj4.js", buffered=True)
    assert (served.status_code, served.mimetype) == (200, "text/javascript")
