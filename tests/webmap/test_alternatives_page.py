"""Several sites side by side: the API, the page without a script, and the page as people meet it."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from chromium import chromium
from conftest import CENTRAL_YANJI, DAY, ERDAOBAIHE
from playwright.sync_api import Browser, expect
from serving import serving
from test_browser import AXE, WIDTHS, Visit

from geo.alternatives import weigh
from geo.deployment import Question
from geo.texts import LANGUAGES, say
from webmap import create_app

API = "/api/v1/alternatives"
BESIDE_YANJI = "129.35,42.9"
PLACES = (CENTRAL_YANJI, BESIDE_YANJI, ERDAOBAIHE)
PROJECT = {"industry": "C2631", "nature": "new"}
FACTS = {"breaches_access_list": False}
FORM = {
    "at": [*PLACES, ""],
    "name": ["", "城外", "", ""],
    "day": DAY,
    **PROJECT,
    "fact.breaches_access_list": "false",
}


def post(client, **changes):
    body = {"sites": [{"site": at} for at in PLACES], "project": {**PROJECT, "facts": FACTS}, "day": DAY}
    return client.post(API, json={**body, **changes})


def result(client, language: str = "zh", **changes):
    """The page that the form leads to."""
    sent = client.post(f"/alternatives?lang={language}", data={**FORM, **changes})
    assert sent.status_code == 303
    return client.get(sent.headers["Location"])


def test_the_api_gives_the_record_of_the_engine(client, here):
    questions = [Question(site=at, day=DAY, facts=FACTS, **PROJECT) for at in PLACES]
    records = [here.screen(question).record for question in questions]
    answer = post(client)
    assert answer.status_code == 200
    assert answer.data == weigh(["", "", ""], records, here.book).json
    single = [client.post("/api/v1/screenings", json={"site": at, "day": DAY, "keep": False,
              "project": {**PROJECT, "facts": FACTS}}).json["id"] for at in PLACES]  # fmt: skip
    assert [site["screening"] for site in answer.json["sites"]] == single
    assert [(one["site"], one["by"], one["basis"]) for one in answer.json["dominated"]] == [("A", "B", "indicative")]


@pytest.mark.parametrize(
    ("changes", "status", "code", "words"),
    [
        ({"sites": [{"site": CENTRAL_YANJI}]}, 400, "body_invalid", "sites: List should have at least 2 items"),
        ({"sites": [{"site": CENTRAL_YANJI}] * 11}, 400, "body_invalid", "at most 10 items"),
        ({"sites": [{"site": CENTRAL_YANJI, "name": "x" * 41}] * 2}, 400, "body_invalid", "at most 40 characters"),
        ({"sites": [{"site": CENTRAL_YANJI, "name": "x"}] * 2}, 400, "body_invalid", "one of its own"),
        ({"sites": [{"site": CENTRAL_YANJI, "colour": "red"}] * 2}, 400, "body_invalid", "Extra inputs"),
        ({"sites": [{"site": CENTRAL_YANJI}, {"site": "here"}]}, 422, "alternative_unusable", "The site “B” cannot"),
        ({"sites": [{"site": CENTRAL_YANJI, "accuracy_m": -1}] * 2}, 422, "alternative_unusable", "The site “A”"),
        ({"sites": "x"}, 400, "body_invalid", "valid list"),
        ({"project": {"industry": "C9999"}}, 422, "industry_unknown", "GB/T 4754-2017 has no"),
        ({"day": "yesterday"}, 422, "day_invalid", "write it as"),
        ({"compare": DAY}, 400, "body_invalid", "compare: Extra inputs"),
    ],
)
def test_what_the_api_refuses(client, changes, status, code, words):
    refused = client.post(
        f"{API}?lang=en", json={"sites": [{"site": at} for at in PLACES], "project": PROJECT, "day": DAY, **changes}
    )
    assert (refused.status_code, refused.json["code"]) == (status, code)
    assert words in refused.json["detail"]


def test_a_body_beyond_the_limit_is_refused(client):
    assert client.post(API, data=b"x" * 1_000_001).status_code == 413


def test_the_form_keeps_every_site_and_leads_to_a_page_with_its_links(client, here):
    page = result(client)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "示意结果：若示意界线属实，3 处选址中，A 被 城外 支配。" in page.text
    assert "选址避开 延吉建成区（示意）" in page.text
    asked = dict(parse_qsl(urlsplit(page.request.url).query))
    kept = here.ledger.find_by_token(asked["token"])  # the last of them
    assert kept.json == here.screen(Question(site=ERDAOBAIHE, day=DAY, facts=FACTS, **PROJECT)).json
    assert f"/screenings/{asked['token']}?lang=zh" in page.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_in_each_language_what_was_not_checked(client, language):
    page = result(client, language).text
    for code in ("title", "apart", "apart_by_data", "alike", "silent", "own_answer", "not_checked"):
        assert say(f"alternatives.{code}", language) in page
    assert say("answer.illustrative", language) in page
    assert "style=" not in page
    assert "<script" not in page


def test_a_name_is_text_and_never_markup(client):
    page = result(client, name=["<b>x</b>", '"y"', ""]).text
    assert "<b>x</b>" not in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"at": [CENTRAL_YANJI, "", ""]}, 400, "2 to 10 are expected, 1 came"),
        ({"at": [CENTRAL_YANJI] * 11, "name": []}, 400, "at most 10 are expected"),
        ({"at": [CENTRAL_YANJI, "150,42", ""]}, 422, "The site “城外” cannot be used"),
        ({"industry": "C9999"}, 422, "C9999"),
        ({"width_m": "wide"}, 400, "width_m: wide"),
    ],
)
def test_a_form_that_cannot_be_used_says_why_and_loses_nothing(client, changes, status, words):
    page = client.post("/alternatives?lang=en", data={**FORM, **changes})
    assert page.status_code == status
    assert words in page.text
    assert 'role="alert"' in page.text
    assert "城外" in page.text or "name" in changes
    assert CENTRAL_YANJI in page.text


def test_a_link_with_half_of_its_parts_is_refused(client):
    assert client.get("/alternatives?token=x&token=y&name=A").status_code == 400
    assert client.get("/alternatives?token=x&token=y&name=A&name=B").status_code == 404
    assert client.get("/alternatives?token=x&name=A").status_code == 400
    assert client.get(f"/alternatives?{'at=129,43&' * 11}").status_code == 400


def test_answers_of_different_projects_are_not_set_side_by_side(client, here):
    kept = [here.keep(here.screen(Question(site=at, day=DAY, nature=nature))) for at, nature in
            ((CENTRAL_YANJI, "new"), (BESIDE_YANJI, "existing"))]  # fmt: skip
    query = "&".join(f"token={one.token}&name={name}" for one, name in zip(kept, "AB", strict=True))
    refused = client.get(f"/alternatives?lang=en&{query}")
    assert refused.status_code == 400
    assert "the same project, day, releases and book" in refused.text


def test_sites_that_cannot_be_kept_are_compared_all_the_same(own):
    with create_app(replace(own, ledger_rows=1)).test_client() as full:
        page = full.post("/alternatives?lang=zh", data=FORM)
    assert page.status_code == 200
    assert "A 被 城外 支配" in page.text
    assert say("ui.not_kept", "zh") in page.text
    assert "/screenings/" not in page.text


def test_the_form_asks_what_the_answers_wait_for_and_keeps_what_was_given(client):
    page = result(client).text
    assert 'name="fact.breaches_access_list"' in page
    assert 'name="fact.discharges_water"' in page
    assert 'name="fact.' not in client.get("/alternatives?lang=zh").text


@pytest.fixture(scope="module")
def address(built) -> Iterator[str]:
    with serving(built) as where:
        yield where


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_and_has_no_accessibility_violation(browser, address, width, script):
    visit = Visit(browser, address, width, bypass_csp=True, java_script_enabled=script)
    page = visit.open("/alternatives?lang=zh")
    for number, at in enumerate(PLACES, 1):
        page.locator(f"#at-{number}").fill(at)
    page.locator("#industry").fill("C2631")
    page.locator("#nature").select_option("new")
    page.locator("#day").fill(DAY)
    page.keyboard.press("Tab")
    page.locator("main [type=submit]").click()
    expect(page.locator(".alt-headline")).to_contain_text("示意结果")
    expect(page.locator(".alt-site")).to_have_count(3)
    narrow = width == "phone"
    expect(page.locator("main > .alt-scroll")).to_be_visible(visible=not narrow)
    expect(page.locator("main > .alt-cards")).to_be_visible(visible=narrow)
    if script:
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width][0]
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width][0]
        page.add_script_tag(path=str(AXE))
        found = page.evaluate("axe.run()")
        assert [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in found["violations"]] == []
    visit.close()
