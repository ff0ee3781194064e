"""Pages without a browser: the form works without a script, and nothing sent becomes HTML."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import orjson
import pytest
from conftest import CENTRAL_YANJI, DAY, ERDAOBAIHE, RUSSIA

from geo.day import today
from geo.deployment import Question
from geo.export.html import context
from geo.layers.releases import read_release, write_release
from geo.ledger import Ledger
from geo.notes import Note
from geo.report import present
from geo.texts import say
from webmap import create_app
from webmap.security import HEADERS

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "'\"><svg onload=alert(1)>",
    "</script><script>alert(1)</script>",
)
FORM = {"at": CENTRAL_YANJI, "industry": "C2631", "nature": "new", "day": DAY}
AREA = "POLYGON((129.45 42.85,129.55 42.85,129.55 42.92,129.45 42.92,129.45 42.85))"


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def page(response) -> Page:
    return Page(response.get_data(as_text=True))


@pytest.mark.parametrize(
    "path", ["/", "/map.js", "/healthz", "/api/v1/layers", "/nothing", "/assets/fonts.css", "/static/app.js"]
)
def test_every_answer_carries_the_strict_policy(client, path):
    headers = client.get(path, buffered=True).headers
    assert {name: headers[name] for name in HEADERS} == HEADERS
    assert "unsafe" not in headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/", "/?lang=ko", "/?lang=en", "/nothing"])
def test_a_page_has_no_inline_script_style_or_handler_and_no_outside_host(client, path):
    for tag, attributes in page(client.get(path)).tags:
        assert not (tag == "script" and "src" not in attributes and attributes.get("type") != "application/json")
        assert tag != "style"
        assert "style" not in attributes, (tag, attributes)
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "href", "action"):
            assert not re.match(r"(https?:)?//", attributes.get(name) or ""), attributes


def test_every_file_that_the_page_loads_is_there(client):
    sources = [a.get("src") or a.get("href") for tag, a in page(client.get("/")).tags if tag in ("script", "link")]
    assert len([source for source in sources if source]) >= 9
    for source in filter(None, sources):
        if not source.startswith("data:"):
            assert client.get(source, buffered=True).status_code == 200, source


def test_folium_draws_the_same_script_every_time(client):
    first, second = client.get("/map.js").data, client.get("/map.js").data
    assert first == second
    assert b"fenqu.layer(" in first
    assert b"http" not in first


def test_the_form_works_without_a_script(client):
    posted = client.post("/screenings?lang=zh", data=FORM)
    assert posted.status_code == 303
    answer = page(client.get(posted.headers["Location"]))
    assert "示意结果：若示意界线属实，触及禁止性规定。" in answer.text
    assert "第427条" in answer.text
    assert "未与公报核对" in answer.text
    assert "五道水库" in answer.text
    assert "生态保护红线" in answer.text  # not checked, and said so


@pytest.mark.parametrize(("at", "words"), [(ERDAOBAIHE, "无资料"), (RUSSIA, "无资料")], ids=["二道白河", "Russia"])
def test_no_data_is_said_on_the_page(client, at, words):
    answer = page(client.get(client.post("/screenings?lang=zh", data={**FORM, "at": at}).headers["Location"]))
    assert words in answer.text
    assert "需人工复核" in answer.text


@pytest.mark.parametrize(("language", "words"), [("ko", "예시 결과"), ("en", "Illustrative answer")])
def test_the_answer_speaks_the_readers_language(client, language, words):
    location = client.post(f"/screenings?lang={language}", data=FORM).headers["Location"]
    assert words in page(client.get(location)).text
    assert dict(page(client.get(location)).tags)["html"]["lang"].startswith(language)


def test_an_error_shows_the_form_again_with_what_was_typed(client):
    response = client.post("/screenings?lang=zh", data={**FORM, "at": "150,42", "fact.coal_boiler_t_h": "12"})
    assert response.status_code == 422
    shown = page(response)
    assert "不在东经73–136°" in shown.text
    inputs = [attributes for tag, attributes in shown.tags if tag == "input" and attributes.get("type") != "hidden"]
    values = {attributes["name"]: attributes.get("value") for attributes in inputs if "name" in attributes}
    assert values["industry"] == "C2631"
    assert values["fact.coal_boiler_t_h"] == "12"
    assert "150,42" in response.get_data(as_text=True)


def test_the_fragment_for_the_pages_own_script(client):
    response = client.post("/screenings?lang=zh", data=FORM, headers={"X-Fenqu-Fragment": "1"})
    assert response.status_code == 200
    assert "<html" not in response.get_data(as_text=True)
    assert client.get(f"/screenings/{response.headers['X-Fenqu-Token']}").status_code == 200
    refused = client.post("/screenings?lang=zh", data={**FORM, "at": "150,42"}, headers={"X-Fenqu-Fragment": "1"})
    assert (refused.status_code, refused.json["code"]) == (422, "site_out_of_bounds")


def test_a_kept_answer_comes_back_beside_the_map(client):
    token = client.post("/screenings?lang=zh", data=FORM).headers["Location"].rpartition("/")[2].partition("?")[0]
    shown = page(client.get(f"/?token={token}&lang=zh"))
    assert "示意结果" in shown.text
    assert client.get("/?token=guess").status_code == 404


def test_a_screening_page_is_not_indexed_nor_cached(client):
    location = client.post("/screenings", data=FORM).headers["Location"]
    headers = client.get(location).headers
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("text", HOSTILE)
def test_what_was_sent_never_becomes_html(client, text):
    form = {"at": text, "industry": text, "nature": text, "day": text, "fact.coal_boiler_t_h": text}
    for response in (
        client.post("/screenings", data=form),
        client.get("/", query_string={"lang": text, "token": text}),
    ):
        tags = page(response).tags
        assert not [
            tag
            for tag, attributes in tags
            if tag in ("img", "svg") and "x" in (attributes.get("src"), attributes.get("onload"))
        ]
        assert not [a for tag, a in tags if any(name.startswith("on") for name in a)]
        assert not [
            tag for tag, a in tags if tag == "script" and not a.get("src") and a.get("type") != "application/json"
        ]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_layer_says_never_becomes_html(own, text):
    folder = own.layers / "data" / own.region / "control_unit"
    info, zones, coverage = read_release(folder, orjson.loads((folder / "current.json").read_bytes())["release"])
    named = [type(zone)(**{**{name: getattr(zone, name) for name in zone.__slots__}, "name": text}) for zone in zones]
    write_release(folder, named, coverage, **info.model_dump(exclude={"id"}))
    client = create_app(own).test_client()
    location = client.post("/screenings", data=FORM).headers["Location"]
    for path in (location, "/", "/map.js"):
        body = client.get(path).get_data(as_text=True)
        assert text not in body


def test_a_page_of_another_site_may_not_write(client):
    for path, words in (("/screenings", {"data": FORM}), ("/api/v1/screenings", {"json": {"site": CENTRAL_YANJI}})):
        refused = client.post(path, headers={"Sec-Fetch-Site": "cross-site"}, **words)
        assert refused.status_code == 403
        assert client.post(path, headers={"Sec-Fetch-Site": "same-origin"}, **words).status_code in (201, 303)


def test_an_answer_that_cannot_be_kept_is_shown_all_the_same(own):
    client = create_app(replace(own, ledger_rows=0)).test_client()
    shown = client.post("/screenings?lang=zh", data=FORM)
    assert shown.status_code == 200
    assert "第427条" in page(shown).text
    assert "未能保存" in page(shown).text
    fragment = client.post("/screenings?lang=zh", data=FORM, headers={"X-Fenqu-Fragment": "1"})
    assert fragment.status_code == 200
    assert "X-Fenqu-Token" not in fragment.headers


def test_what_was_answered_stands_in_the_question_again(client):
    contested = {**FORM, "fact.may_pollute_soil": "false"}
    shown = client.post("/screenings?lang=zh", data=contested, headers={"X-Fenqu-Fragment": "1"}).get_data(as_text=True)
    field = shown[shown.index('id="ask-may_pollute_soil"') :]
    assert '<option value="false" selected>' in field[: field.index("</select>")]


MINE_ROAD = {
    "at": "129.19670,43.24051", "day": DAY, "kind": "highway", "fact.purpose": "mining", "fact.limited_activity": "a6",
}  # fmt: skip
ASKED_THOUGH_GIVEN = {
    "a choice that the kind contradicts": (MINE_ROAD, "fact.purpose"),
    "a yes-or-no that the industry contradicts": ({**FORM, "fact.may_pollute_soil": "false"}, "fact.may_pollute_soil"),
    "an industry too coarse": ({"at": CENTRAL_YANJI, "day": DAY, "industry": "C26", "nature": "new"}, "industry"),
    "an industry beside a kind": ({**MINE_ROAD, "industry": "E4812"}, "fact.purpose"),
    "a number, and nothing asked of it": ({**FORM, "fact.coal_boiler_t_h": "0.00001"}, None),
    "an accuracy": ({**FORM, "accuracy_m": "12.5"}, None),
}


class Reask(HTMLParser):
    """What a browser sends when the form of the questions is submitted untouched."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}
        self.asked: set[str] = set()
        self._inside, self._select = False, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "form":
            self._inside = "data-reask" in said
        elif self._inside and tag == "input":
            self.sent[said["name"]] = said.get("value", "")
        elif self._inside and tag == "select":
            self._select = said["name"]
            self.sent[self._select] = ""
        elif self._inside and tag == "option" and "selected" in said:
            self.sent[self._select] = said["value"]
        if self._inside and said.get("id", "").startswith("ask-"):
            self.asked.add(said["name"])

    def handle_endtag(self, tag):
        self._inside = self._inside and tag != "form"


@pytest.mark.parametrize(("form", "asked"), ASKED_THOUGH_GIVEN.values(), ids=ASKED_THOUGH_GIVEN)
def test_questions_sent_untouched_ask_the_same_again(client, form, asked):
    def screen(sent):
        token = client.post("/screenings", data=sent).headers["Location"].rpartition("/")[2].partition("?")[0]
        return token, client.get(f"/screenings/{token}.json").json

    token, first = screen(form)
    reask = Reask(client.get(f"/?token={token}").get_data(as_text=True))
    assert asked is None or asked in reask.asked
    again = screen(reask.sent)[1]
    assert again["request"] == first["request"]
    assert (again["request_id"], again["id"]) == (first["request_id"], first["id"])


def test_an_asked_number_stands_in_its_field(here):
    record = orjson.loads(here.screen(Question(site=CENTRAL_YANJI, day=DAY, facts={"coal_boiler_t_h": 20})).json)
    number = {"kind": "fact", "subject": "coal_boiler_t_h", "effect": "prohibited", "rules": [], "asked": True}
    view = present({**record, "open": [number]}, here.book)
    template = create_app(here.settings).jinja_env.get_template("answer.html")
    shown = Reask(template.render(**context(view, token="t", interactive=True)))
    assert (shown.asked, shown.sent["fact.coal_boiler_t_h"]) == ({"fact.coal_boiler_t_h"}, "20")


def test_a_link_may_name_a_kind_by_its_title(client):
    for kind in ("school", "School or Kindergarten", "学校、幼儿园", "moonbase"):
        options = page(client.get("/", query_string={"at": CENTRAL_YANJI, "kind": kind})).tags
        chosen = [said["value"] for tag, said in options if tag == "option" and "selected" in said]
        assert chosen == ([] if kind == "moonbase" else ["school"])


def test_an_answer_of_another_engine_is_drawn_with_its_own_words(own, monkeypatch):
    client = create_app(own).test_client()
    monkeypatch.setattr("geo.screening.ENGINE", "2")
    address = client.post("/screenings", data={**FORM, "at": AREA}).headers["Location"].partition("?")[0]
    then = client.get(f"{address}.geojson").json
    monkeypatch.undo()
    now = client.get(f"{address}.geojson")
    assert (now.status_code, now.json) == (200, then)
    assert now.json["fenqu"]["id"] == client.get(f"{address}.json").json["id"]
    assert len(now.json["features"]) > 1


def test_an_answer_whose_release_is_gone_is_not_drawn_and_says_which(own):
    client = create_app(own).test_client()
    address = client.post("/screenings", data={**FORM, "at": AREA}).headers["Location"].partition("?")[0]
    next((own.layers / "data" / own.region / "built_up_area").glob("*.gpkg")).unlink()
    refused = client.get(f"{address}.geojson?lang=en")
    assert (refused.status_code, refused.json["code"]) == (410, "pieces_gone")
    assert "layers: built_up_area" in refused.json["detail"]
    assert client.get(f"{address}.json").status_code == 200


def test_the_answer_says_which_place_it_is_about(client):
    assert "129.502400, 42.888300" in page(client.get(client.post("/screenings", data=FORM).headers["Location"])).text


def test_an_industry_with_white_space_or_by_its_name_is_taken(client, here):
    for written in (" C2631", "2631", "C2631 化学农药制造", "化学农药制造"):
        location = client.post("/screenings", data={**FORM, "industry": written}).headers["Location"]
        assert client.get(location.partition("?")[0] + ".json").json["request"]["project"]["industry"] == "C2631"
    several = client.post("/screenings?lang=zh", data={**FORM, "industry": "农药"})
    assert several.status_code == 422
    assert "C2631 化学农药制造" in page(several).text


def test_a_kind_is_chosen_shown_and_asked_again(client):
    sent = {**FORM, "industry": "", "kind": "school"}
    location = client.post("/screenings?lang=en", data=sent).headers["Location"]
    shown = page(client.get(location))
    assert "School or kindergarten" in shown.text
    assert "No industry code was given" in shown.text
    token = location.rpartition("/")[2].partition("?")[0]
    beside_the_map = page(client.get(f"/?token={token}&lang=en"))
    options = [said for tag, said in beside_the_map.tags if tag == "option" and "selected" in said]
    assert "school" in [said["value"] for said in options]
    again = [said for tag, said in beside_the_map.tags if tag == "input" and said.get("name") == "kind"]
    assert "school" in [said["value"] for said in again]  # the questions' own form


def test_nothing_checked_never_reads_as_no_rule(client):
    shown = page(client.get(client.post("/screenings?lang=zh", data={**FORM, "at": "116.4,39.9"}).headers["Location"]))
    assert "未核查和无资料的图层见上" in shown.text
    assert "此处无资料，无法核对" in shown.text


def test_pages_vary_with_the_readers_language_and_kept_ones_are_private(client):
    assert "Accept-Language" in client.get("/").headers["Vary"]
    token = client.post("/screenings", data=FORM).headers["Location"].rpartition("/")[2].partition("?")[0]
    assert client.get(f"/?token={token}").headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "点位初筛"), ("ko", "지점 예비 검토"), ("en", "A point was screened")]
)
def test_the_page_says_that_a_point_is_not_the_land(client, language, words):
    area = {**FORM, "at": AREA}
    point, ground = (
        page(client.post(f"/screenings?lang={language}", data=form, follow_redirects=True)) for form in (FORM, area)
    )
    assert words in point.text
    assert words not in ground.text


def token_of(client, form, language="zh"):
    location = client.post(f"/screenings?lang={language}", data=form).headers["Location"]
    return location.rpartition("/")[2].partition("?")[0]


@pytest.mark.parametrize("language", ["zh", "ko", "en"])
def test_a_page_whose_day_has_passed_says_so_and_leads_to_the_form_of_today(client, language):
    passed, standing = say("answer.valid_passed", language), say("answer.valid_only", language, day="2025-05-01")
    token = token_of(client, {**FORM, "at": AREA, "day": "2025-05-01"})
    for path in (f"/screenings/{token}", f"/?token={token}"):
        shown = page(client.get(f"{path}{'&' if '?' in path else '?'}lang={language}"))
        assert standing in shown.text
        assert passed in shown.text
    links = [said["href"] for tag, said in shown.tags if tag == "a" and said.get("href", "").startswith("/?again=")]
    assert links == [f"/?again={token}&lang={language}"]
    form = page(client.get(links[0]))
    values = {said["id"]: said.get("value") for tag, said in form.tags if tag == "input" and "id" in said}
    assert (values["day"], values["industry"]) == (today().isoformat(), "C2631")
    assert "article" not in dict(form.tags)  # nothing is screened by the link
    later = page(client.get(f"/screenings/{token_of(client, {**FORM, 'day': '2099-01-01'})}?lang={language}"))
    assert passed not in later.text


def test_an_unknown_answer_is_not_asked_again(client):
    assert client.get("/?again=guess").status_code == 404


@pytest.mark.parametrize("path", ["/", "/rules", "/stats", "/nothing", "/screenings/guess"])
def test_every_page_marks_a_translation_that_nobody_reviewed(client, path):
    for language in ("zh", "ko", "en"):
        shown = page(client.get(f"{path}?lang={language}")).text
        assert (say("answer.translated", language) in shown) == (language != "zh"), language


def test_notes_stand_on_the_page_and_the_web_writes_none(own):
    client = create_app(own).test_client()
    token = token_of(client, FORM)
    record = client.get(f"/screenings/{token}.json").data
    assert client.get(f"/screenings/{token}/notes.json").json["notes"] == []
    Ledger(own).add_note(token, Note(HOSTILE[0][:100], "\n".join(HOSTILE), "restricted"))
    for path in (f"/screenings/{token}?lang=zh", f"/?token={token}&lang=zh"):
        body = client.get(path).get_data(as_text=True)
        assert "人工复核意见" in body
        assert say("note.lead") in body
        assert not [text for text in HOSTILE if text in body]
        assert HOSTILE[1] in Page(body).text
    fragment = client.post("/screenings?lang=zh", data=FORM, headers={"X-Fenqu-Fragment": "1"})
    assert "人工复核意见" in fragment.get_data(as_text=True)
    told = client.get(f"/screenings/{token}/notes.json")
    assert (told.json["schema"], told.json["notes"][0]["verdict"]) == ("fenqu.notes/1", "restricted")
    assert told.headers["Cache-Control"] == "private, no-store"
    assert client.get(f"/screenings/{token}.json").data == record
    for method in (client.post, client.put, client.delete):
        assert method(f"/screenings/{token}/notes.json", json={}).status_code == 405
    assert client.get("/screenings/guess/notes.json").json["code"] == "screening_unknown"


def test_the_answer_links_to_every_form_of_it(client):
    token = token_of(client, FORM)
    shown = page(client.get(f"/screenings/{token}?lang=ko"))
    links = {said.get("href") for tag, said in shown.tags if tag == "a"}
    reports = {f"/screenings/{token}/report{end}?lang=ko" for end in ("", ".pdf", ".docx")}
    assert reports | {f"/screenings/{token}.{end}" for end in ("gpkg", "geojson", "json")} <= links


def test_a_form_filled_from_a_kept_answer_is_for_no_cache(client):
    page = client.get(f"/?again={token_of(client, FORM)}")
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "Content-Encoding" not in page.headers


@pytest.mark.parametrize("path", ["/screenings/%00", "/screenings/%00/report", "/?token=%00", "/?again=%00"])
def test_a_token_that_cannot_be_one_is_unknown(client, path):
    assert client.get(path).status_code == 404


def test_typed_degrees_may_be_said_to_be_of_a_web_map(client):
    """The coordinate of 高德 is converted, the record keeps what was said, and asking again does not convert twice."""
    kept = client.post("/screenings?lang=zh", data={"at": "129.5091,42.8908", "crs": "GCJ-02"})
    record = client.get(f"{kept.headers['Location'].partition('?')[0]}.json").json
    site = record["request"]["site"]
    assert site["crs"] == "GCJ-02"
    lon, lat = site["parts"][0]["geometry"]["coordinates"]
    assert 129.500 < lon < 129.504
    assert 42.887 < lat < 42.890
    token = kept.headers["Location"].rpartition("/")[2].partition("?")[0]
    again = client.get(f"/?again={token}&lang=zh").text
    assert '<option value="EPSG:4490" selected>' in again
    assert '<option value="GCJ-02">' in again
