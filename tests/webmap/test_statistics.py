"""The page of statistics and its data: no script, three languages, every sketched number marked."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import orjson
import pytest
from chromium import chromium
from serving import serving

from geo.layers.releases import read_release, write_release
from geo.settings import ROOT
from webmap import create_app

PATH = "/api/v1/stats"
AXE = ROOT / "webmap" / "node_modules" / "axe-core" / "axe.min.js"


class Tables(HTMLParser):
    """The tables of a page: captions, header cells, and the text of each row's cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.captions: list[str] = []
        self.scopes: list[str | None] = []
        self.rows: list[list[str]] = []
        self.tables, self.scripts = 0, 0
        self._into: str | None = None
        self.feed(text)
        self.rows = [[" ".join(cell.split()) for cell in cells] for cells in self.rows]

    def handle_starttag(self, tag, attrs):
        self.tables += tag == "table"
        self.scripts += tag == "script"
        if tag == "caption":
            self.captions.append("")
        if tag == "tr":
            self.rows.append([])
        if tag == "th":
            self.scopes.append(dict(attrs).get("scope"))
        if tag in ("th", "td"):
            self.rows[-1].append("")
        if tag in ("caption", "th", "td"):
            self._into = tag

    def handle_endtag(self, tag):
        if tag in ("caption", "th", "td"):
            self._into = None

    def handle_data(self, data):
        if self._into == "caption":
            self.captions[-1] += data
        elif self._into:
            self.rows[-1][-1] += data


def read(client, language="zh") -> Tables:
    return Tables(client.get(f"/stats?lang={language}").get_data(as_text=True))


def row(tables: Tables, title: str) -> list[str]:
    return next(cells for cells in tables.rows if cells[0].startswith(title))


def published_as(settings, kind: str, publish: str, provenance: str) -> None:
    """Make a layer's release one of another publication and provenance."""
    folder = settings.layers / "data" / settings.region / kind
    info, zones, coverage = read_release(folder, orjson.loads((folder / "current.json").read_bytes())["release"])
    said = info.model_dump(exclude={"id"}) | {"publish": publish, "provenance": provenance}
    write_release(folder, zones, coverage, **said)


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh", "面积统计"), ("ko", "면적 통계"), ("en", "Areas and targets")],
)
def test_the_page_speaks_three_languages_without_a_script(client, language, words):
    response = client.get(f"/stats?lang={language}")
    assert response.status_code == 200
    assert f'<h1 class="sheet__title">{words}</h1>' in response.get_data(as_text=True)
    assert read(client, language).scripts == 0


def test_every_table_has_a_caption_and_every_header_a_scope(client):
    tables = read(client)
    assert tables.tables == len(tables.captions) >= 4
    assert all(caption.strip() for caption in tables.captions)
    assert set(tables.scopes) == {"col", "row"}


def test_a_share_stands_with_its_denominator_and_the_measured_one_with_the_mark(client):
    cells = row(read(client), "优先保护单元占比")
    assert "4.33万km²为分母应为76.44%" in cells[0]
    assert cells[1] == "78.15 % 占三类管控单元面积之和（4.23 万 km²）"
    assert re.fullmatch(r"[\d.]+ % 示意 .* ÷ .*km²", cells[2])


def test_every_number_of_an_illustrative_layer_is_marked(client):
    body = client.get("/stats?lang=zh").get_data(as_text=True)
    section = body[body.index('<section aria-labelledby="layer-control_unit"') :]
    section = section[: section.index("</section>")]
    tables = Tables(section)
    rows = [cells for cells in tables.rows if re.match("优先保护单元$|延吉市", cells[0])]
    assert len(rows) == 2
    for cells in rows:
        amounts = [cell for cell in cells[1:] if re.search(r"km²|%", cell)]
        assert len(amounts) >= 2
        assert all("示意" in cell for cell in amounts)


def test_what_is_not_spatial_is_blank_with_the_reason_and_never_zero(client):
    cells = row(read(client), "农村生活污水治理率")
    assert cells[1:] == ["25 % 分母原文未写", "— 不是空间指标，不能由图层算出", "— 无数据"]


def test_a_layer_that_is_not_supplied_is_named_and_not_counted(own):
    known = (own.layers / "catalogue" / "red_line.yaml").read_text("utf-8")
    unheard = known.replace("kind: red_line", "kind: unheard").replace("生态保护红线", "闻所未闻")
    (own.layers / "catalogue" / "unheard.yaml").write_text(unheard, "utf-8")
    client = create_app(own).test_client()
    missing = next(each for each in client.get(PATH).json["layers"] if each["layer"] == "unheard")
    assert missing == {"layer": "unheard", "state": "not_supplied", "release": None}
    page = client.get("/stats?lang=zh").get_data(as_text=True)
    assert re.search("未提供的图层（全部留空）：[^<]*闻所未闻", page)


def test_a_layer_that_cannot_be_read_says_so(own):
    next((own.layers / "data" / own.region / "built_up_area").glob("*.gpkg")).unlink()
    client = create_app(own).test_client()
    assert row(read(client), "建成区")[1] == "图层无法读取"
    assert (
        next(each for each in client.get(PATH).json["layers"] if each["layer"] == "built_up_area")["state"] == "failed"
    )


def test_a_layer_for_answers_only_tells_the_public_no_area(own):
    published_as(own, "control_unit", "result", "official")
    public, internal = create_app(own).test_client(), create_app(replace(own, audience="internal")).test_client()
    assert "该图层只用于筛查结论，公开部署不列面积" in row(read(public), "生态环境管控单元")[2]
    shown = {who: client.get(f"{PATH}?layer=control_unit").json for who, client in (("p", public), ("i", internal))}
    assert shown["p"]["layers"][0]["blank"] == "withheld"
    assert shown["p"]["layers"][0]["counties"] == []
    assert {figure["blank"] for figure in shown["p"]["figures"] if figure["quantity"] != "count"} <= {
        "withheld",
        "whole",
    }
    assert shown["i"]["layers"][0]["area_m2"] > 0.0


def test_an_illustrative_layer_for_answers_only_is_shown(own):
    published_as(own, "control_unit", "result", "illustrative")
    client = create_app(own).test_client()
    assert client.get(f"{PATH}?layer=control_unit").json["layers"][0]["area_m2"] > 0.0


def test_the_data_are_the_commands_bytes_in_every_language(client):
    first = client.get(f"{PATH}?lang=zh")
    assert (first.mimetype, first.data) == ("application/json", client.get(f"{PATH}?lang=en").data)
    assert first.json["schema"] == "fenqu.stats/1"
    assert client.get(PATH, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    refused = client.get(f"{PATH}?layer=nothing")
    assert (refused.status_code, refused.json["code"]) == (404, "layer_unknown")


def test_a_broken_table_is_an_error_that_shows_nothing_of_the_inside(own):
    (own.layers / "facts" / own.region / "published.csv").write_text("id\nx\n", "utf-8")
    client = create_app(own).test_client()
    assert client.get(PATH).json["code"] == "catalogue_invalid"
    assert str(own.layers).encode() not in client.get("/stats").data


def test_a_page_leads_there(client):
    assert 'href="/stats?lang=ko"' in client.get("/?lang=ko").get_data(as_text=True)


@pytest.mark.slow
def test_the_page_fits_every_width_and_has_no_accessibility_violation(built):
    with serving(built) as where, chromium() as browser:
        for width, language in ((360, "zh"), (360, "en"), (1280, "ko")):
            page = browser.new_context(viewport={"width": width, "height": 800}, bypass_csp=True).new_page()
            page.goto(f"{where}/stats?lang={language}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            page.add_script_tag(path=str(AXE))
            found = page.evaluate("axe.run()")["violations"]
            assert [(each["id"], each["nodes"][0]["html"][:120]) for each in found] == []
