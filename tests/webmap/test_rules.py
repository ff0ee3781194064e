"""The rule book on pages and as JSON, answers compared on a page, and what has changed since an answer."""

import re
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from chromium import chromium
from conftest import CENTRAL_YANJI, DAY
from serving import serving

from geo.export.rulebook import shown_version
from geo.rules.model import RANK
from geo.settings import ROOT
from geo.texts import LANGUAGES, say
from webmap import create_app

TODAY = date.fromisoformat(DAY)
AXE = ROOT / "webmap" / "node_modules" / "axe-core" / "axe.min.js"
SOIL = "soil.sensitive_surroundings"
FORM = {"at": CENTRAL_YANJI, "industry": "C2631", "nature": "new"}


def text(client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.get_data(as_text=True)


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def listed(page: str) -> list[str]:
    return re.findall(r'<a href="/rules/([a-z0-9_.]+)\?', page)


def kept(client, day: str, language: str = "zh") -> str:
    address = client.post(f"/screenings?lang={language}", data={**FORM, "day": day}).headers["Location"]
    return address.rpartition("/")[2].partition("?")[0]


def test_the_list_has_every_rule_the_gravest_first(client, here):
    names = listed(text(client, f"/rules?day={DAY}"))
    assert sorted(names) == [rule.id for rule in here.book.rules]
    effects = {row["rule"]: row["effect"] for row in client.get(f"/api/v1/rules?day={DAY}").json["rules"]}
    ranks = [RANK[effects[name]] for name in names]
    assert ranks == sorted(ranks, reverse=True)


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("layer=forest", lambda row: row["layer"] == "forest"),
        ("effect=conditional", lambda row: row["effect"] == "conditional"),
        ("level=prefecture", lambda row: row["level"] == "prefecture"),
        ("words=forest.clear", lambda row: "forest.clear" in row["rule"]),
        ("layer=&effect=&level=&words=", lambda row: True),
    ],
)
def test_a_filter_leaves_those_rules_and_counts_them(client, here, query, holds):
    page, said = text(client, f"/rules?{query}&day={DAY}&lang=en"), client.get(f"/api/v1/rules?{query}&day={DAY}").json
    names = [row["rule"] for row in said["rules"]]
    assert listed(page) == names
    assert f"Rules found: {len(names)} (of {len(here.book.rules)} in the book)" in page
    assert sum(said["effects"].values()) == said["count"] == len(names) > 0
    assert all(map(holds, said["rules"]))


def test_filters_narrow_together_down_to_nothing(client):
    page = text(client, "/rules?layer=forest&words=nothing-like-it&lang=en")
    assert listed(page) == []
    assert "No rule is like that" in page


def test_words_are_looked_for_in_clauses_and_documents_of_any_language(client):
    for words in ("禁止在居民住宅区", "eco-environmental code 427", "생태환경법전 건설사업"):
        found = client.get("/api/v1/rules", query_string={"words": words, "day": DAY}).json["rules"]
        assert SOIL in [row["rule"] for row in found], words
        assert "forest.clearing" not in [row["rule"] for row in found], words


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("layer=nothing", 404, "layer_unknown"),
        ("effect=none", 400, "body_invalid"),
        ("level=village", 400, "body_invalid"),
        ("day=2026-02-30", 422, "day_invalid"),
    ],
)
def test_a_filter_that_cannot_be_is_refused_on_both_doors(client, query, status, code):
    assert client.get(f"/rules?{query}").status_code == status
    refused = client.get(f"/api/v1/rules?{query}")
    assert (refused.status_code, refused.json["code"]) == (status, code)


def test_a_day_shows_the_versions_of_that_day(client, here):
    early = {row["rule"]: row for row in client.get("/api/v1/rules?day=2025-05-01").json["rules"]}
    assert (early[SOIL]["from"], early[SOIL]["to"], early[SOIL]["on_day"]) == ("2019-01-01", "2026-08-15", True)
    later = [rule.id for rule in here.book.rules if rule.versions[0].start > date(2025, 5, 1)]
    assert later
    for name in later:
        assert early[name]["on_day"] is False
        assert "该日不适用" in text(client, f"/rules?day=2025-05-01&lang=zh&words={name}")


def test_rules_that_are_not_in_force_on_the_day_are_counted_apart(client, here):
    said = client.get("/api/v1/rules?day=1990-01-01").json
    assert (said["count"], said["on_day"]) == (len(here.book.rules), 0)
    assert "其中 0 条在 1990-01-01 适用" in plain(text(client, "/rules?day=1990-01-01&lang=zh"))
    early = client.get("/api/v1/rules?day=2025-05-01").json
    assert early["on_day"] == sum(row["on_day"] for row in early["rules"]) < early["count"]


def test_the_list_is_folded_by_effect_and_open_where_a_filter_leaves_few(client):
    def groups(query: str) -> list[tuple[str, bool]]:
        found = re.findall(
            r'<details class="rules__group"( open)?>\s*<summary><span class="chip chip--effect-(\w+)">',
            text(client, f"/rules?day={DAY}{query}"),
        )
        return [(effect, bool(unfolded)) for unfolded, effect in found]

    whole = groups("")
    assert whole[0] == ("prohibited", True)
    assert len(whole) == 4
    assert not any(unfolded for _, unfolded in whole[1:])
    few = groups("&layer=control_unit")
    assert len(few) > 1
    assert all(unfolded for _, unfolded in few)


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "条号未核"), ("ko", "조번호 미확인"), ("en", "article number not checked")]
)
def test_an_article_whose_number_is_not_known_is_said_in_the_readers_language(client, here, language, words):
    unknown = [
        rule.id
        for rule in here.book.rules
        if any(p.article in here.book.unknown_articles for p in shown_version(rule, TODAY).provisions)
    ]
    assert unknown
    for rule in unknown:
        page = text(client, f"/rules/{rule}?day={DAY}&lang={language}")
        assert words in page
        assert (language == "zh") == ("条号未核" in page)


def test_a_rules_page_has_the_clause_word_by_word(client, here):
    for rule in here.book.rules:
        page = text(client, f"/rules/{rule.id}?day={DAY}&lang=zh")
        version = rule.version(date.fromisoformat(DAY)) or rule.versions[-1]
        for provision in version.provisions:
            assert provision.phrase in page or provision.phrase.replace('"', "&#34;") in page, rule.id
        assert (page.count("未与公报核对") > 0) == any(not p.verified for p in version.provisions)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ["第427条", "未与公报核对", "现行有效", "2026-08-15 起", "项目是否可能造成土壤污染", "本条没有例外"]),
        ("ko", ["시행 중", "공보와 대조하지 않음", "적용되는 경우", "이 규칙에는 예외가 없습니다"]),
        ("en", ["art. 427", "in force", "not checked against the gazette", "It has no exception", "Any of these:"]),
    ],
)
def test_a_rules_page_speaks_three_languages(client, language, words):
    page = plain(text(client, f"/rules/{SOIL}?day={DAY}&lang={language}"))
    for word in words:
        assert word in page, word


def test_a_rules_page_on_an_earlier_day_shows_the_law_of_then(client):
    page = plain(text(client, f"/rules/{SOIL}?day=2025-05-01&lang=zh"))
    assert "中华人民共和国土壤污染防治法" in page
    assert "第32条" in page
    assert "2010-01-01 没有适用的版本" in plain(text(client, f"/rules/{SOIL}?day=2010-01-01&lang=zh"))


def test_a_lapsed_document_is_said_to_be(client):
    page = plain(text(client, f"/rules/yanbian.withdrawn_industry?day={DAY}&lang=zh"))
    assert "已到期，接续文件未知" in page


def test_offices_of_other_ground_are_not_listed(client):
    page = plain(text(client, f"/rules/water_source.class_1.building?day={DAY}&lang=zh"))
    assert "一级保护区" in page
    assert "二级保护区、" not in page


def test_an_unknown_rule_is_a_page_that_says_so(client):
    missing = client.get("/rules/no.such.rule?lang=en")
    assert missing.status_code == 404
    assert "The book has no rule “no.such.rule”" in missing.get_data(as_text=True)
    refused = client.get("/api/v1/rules/no.such.rule")
    assert (refused.status_code, refused.json["code"]) == (404, "rule_unknown")


@pytest.mark.parametrize("attack", ["<script>alert(1)</script>", "'\"><svg onload=alert(1)>"])
def test_what_was_sent_never_becomes_html(client, attack):
    for path in ("/rules", f"/rules/{SOIL}", "/", "/compare"):
        query = {"words": attack, "at": attack, "fact.x": attack, "token": attack, "compare": attack, "name": attack}
        assert attack not in client.get(path, query_string=query).get_data(as_text=True)
    assert attack not in client.get(f"/rules/{attack}").get_data(as_text=True)


def test_the_example_opens_the_map_with_place_and_project(client):
    address = re.search(r'class="button" href="(/\?at=[^"]+)"', text(client, f"/rules/{SOIL}?day={DAY}&lang=zh"))[1]
    asked = parse_qs(urlsplit(address.replace("&amp;", "&")).query)
    page = text(client, address.replace("&amp;", "&"))
    assert f">{asked['at'][0]}</textarea>" in page
    assert '<option value="new" selected>' in page
    assert re.search(
        r'name="fact.may_pollute_soil">\s*<option value="">[^<]*</option>\s*<option value="true" selected>', page
    )
    answer = client.get("/api/v1/screenings", query_string={k: v[0] for k, v in asked.items()}).json
    assert SOIL in [finding["rule"] for finding in answer["findings"] if finding["state"] == "applies"]


def test_a_rule_without_an_example_says_why(client):
    assert "该图层未提供" in text(client, f"/rules/farmland.destroying?day={DAY}&lang=zh")


def test_the_rule_as_json_is_what_the_book_has(client, here):
    said = client.get(f"/api/v1/rules/{SOIL}?day={DAY}")
    assert said.json["rule"] == here.book.said(SOIL)
    assert said.json["version"] == "2026-08-15"
    documents = said.json["documents"]
    assert {name: row["status_on_day"] for name, row in documents.items()} == {
        "soil_pollution_law_2018": "repealed",
        "eco_environment_code_2026": "in_force",
    }
    again = client.get(f"/api/v1/rules/{SOIL}?day={DAY}", headers={"If-None-Match": said.headers["ETag"]})
    assert again.status_code == 304


def test_findings_and_every_page_lead_to_the_book(client):
    token = kept(client, DAY)
    for path in (f"/screenings/{token}?lang=zh", f"/?token={token}&lang=zh"):
        assert f'href="/rules/{SOIL}?day={DAY}&amp;lang=zh"' in text(client, path)
    fragment = client.post("/screenings?lang=zh", data={**FORM, "day": DAY}, headers={"X-Fenqu-Fragment": "1"})
    assert f'href="/rules/{SOIL}' in fragment.get_data(as_text=True)
    assert 'href="/rules?lang=ko"' in text(client, "/?lang=ko")


def test_a_rule_that_is_no_longer_in_the_book_is_not_linked(own):
    client = create_app(own).test_client()
    token = kept(client, DAY)
    path = own.layers / "rules" / "state" / "soil.yaml"
    path.write_text(path.read_text("utf-8").replace(f"id: {SOIL}\n", "id: soil.renamed\n"), "utf-8")
    page = text(create_app(own).test_client(), f"/screenings/{token}?lang=zh")
    assert f"/rules/{SOIL}?" not in page
    assert "已从规则库中删去" in page


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh", "自 2026-08-15 起废止"), ("ko", "2026-08-15부터 폐지되었습니다"), ("en", "is repealed since 2026-08-15")],
)
def test_an_old_answer_says_what_was_repealed_since_and_keeps_its_bytes(client, language, words):
    token = kept(client, "2025-05-01")
    before = client.get(f"/screenings/{token}.json").data
    for path in (f"/screenings/{token}?lang={language}", f"/?token={token}&lang={language}"):
        assert words in text(client, path)
    assert client.get(f"/screenings/{token}.json").data == before
    assert words not in before.decode()


def test_what_was_not_checked_comes_before_what_has_changed_since(client):
    token = kept(client, "2025-05-01")
    page = text(client, f"/?token={token}&lang=zh")
    assert page.index('class="gap"') < page.index('<details class="since">') < page.index('class="actions"')
    lines = page[page.index('<details class="since">') :].partition("</ul>")[0].count("<li>")
    assert f'<span class="count">{lines}</span></summary>' in page[page.index('<details class="since">') :]
    assert '<details class="since" open>' in text(client, f"/screenings/{token}?lang=zh")  # on paper nothing folds


def test_an_answer_of_today_has_no_such_notice(client):
    assert 'class="since"' not in text(client, f"/screenings/{kept(client, DAY)}?lang=zh")


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "两天的结论比较"), ("ko", "두 날의 판정 비교"), ("en", "One question on two days")]
)
def test_an_answer_compares_with_another_day_on_a_page(client, language, words):
    token = kept(client, "2025-05-01")
    assert 'action="/compare"' in text(client, f"/screenings/{token}?lang={language}")
    page = text(client, f"/compare?token={token}&compare={DAY}&lang={language}")
    assert words in page
    assert f'href="/rules/{SOIL}?day={DAY}' in page
    assert page.count('<section class="change"') >= 5


ODD_REQUEST = {"site": "SRID=4326;POINT(129.5024 42.8883)", "day": DAY, "accuracy_m": 5,
               "project": {"kind": "school", "nature": "new", "facts": {"may_pollute_soil": False}}}  # fmt: skip


def test_a_kept_question_is_compared_as_it_was_asked(client, here):
    posted = client.post("/api/v1/screenings", json=ODD_REQUEST)
    token = posted.headers["Location"].rpartition("/")[2]
    comparison = here.compare_kept(here.ledger.find_by_token(token), "2025-05-01")
    assert comparison.after.record["id"] == posted.json["id"]
    assert comparison.after.json == posted.data
    assert "学校、幼儿园" in text(client, f"/compare?token={token}&compare=2025-05-01&lang=zh")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_comparison_says_what_both_answers_do_not_know(client, here, language):
    missing = list(here.store.snapshot().layers.values()).count(None)
    assert missing > 0
    page = plain(text(client, f"/compare?token={kept(client, '2025-05-01')}&compare={DAY}&lang={language}"))
    assert say("answer.illustrative", language) in page
    for part in (say("ui.not_checked_count", language, count=missing), say("answer.provisional", language)):
        assert page.count(part) == 2, part


def test_a_comparison_asks_of_the_kind_that_was_kept(client):
    sent = {"at": CENTRAL_YANJI, "kind": "highway", "day": DAY}
    address = client.post("/screenings?lang=en", data=sent).headers["Location"]
    token = address.rpartition("/")[2].partition("?")[0]
    assert "Highway, with its bridges and tunnels" in text(client, f"/compare?token={token}&compare=2025-05-01&lang=en")


def test_the_same_day_twice_has_no_difference_on_the_page(client):
    page = text(client, f"/compare?token={kept(client, DAY)}&compare={DAY}&lang=zh")
    assert "两天的结论没有差别。" in page
    assert '<section class="change"' not in page


@pytest.mark.parametrize(("query", "status"), [("token=guess&compare=2026-01-01", 404), ("token=guess", 400)])
def test_a_comparison_of_nothing_is_refused(client, query, status):
    assert client.get(f"/compare?{query}").status_code == status


def test_the_api_compares_a_place_on_two_days(client):
    asked = {"at": CENTRAL_YANJI, "industry": "C2631", "nature": "new", "day": "2025-05-01", "compare": DAY}
    said = client.get("/api/v1/compare", query_string=asked)
    assert said.json["schema"] == "fenqu.comparison/1"
    change = next(change for change in said.json["changes"] if change["rule"] == SOIL)
    assert [reason["subject"] for reason in change["reasons"]] == [
        SOIL,
        "soil_pollution_law_2018",
        "eco_environment_code_2026",
    ]
    assert said.json["answers"][0]["id"] == client.get(
        "/api/v1/screenings", query_string={k: v for k, v in asked.items() if k != "compare"}
    ).headers["ETag"].strip('"')
    same = client.get("/api/v1/compare", query_string={**asked, "compare": "2025-05-01"}).json
    assert (same["same"], same["changes"], same["open"]) == (True, [], {"closed": [], "opened": [], "changed": []})


@pytest.mark.parametrize(
    "query",
    [
        "at=129.5,42.9",
        "compare=2026-01-01",
        "at=129.5,42.9&compare=2026-01-01&what=1",
        "at=129.5,42.9&compare=2026-01-01&compare=2025-01-01",
    ],
)
def test_the_api_refuses_half_a_comparison(client, query):
    refused = client.get(f"/api/v1/compare?{query}")
    assert (refused.status_code, refused.json["code"]) == (400, "body_invalid")


@pytest.mark.slow
def test_the_pages_fit_every_width_and_have_no_accessibility_violation(built):
    token = kept(create_app(built).test_client(), "2025-05-01")
    pages = ("/rules?", f"/rules/{SOIL}?", "/rules/red_line.outside_ten?", f"/compare?token={token}&compare={DAY}&")
    with serving(built) as where, chromium() as browser:
        for width, language in ((360, "zh"), (360, "en"), (1280, "ko")):
            for address in (*pages, f"/screenings/{token}?"):
                page = browser.new_context(viewport={"width": width, "height": 800}, bypass_csp=True).new_page()
                page.goto(f"{where}{address}lang={language}")
                assert page.evaluate("document.documentElement.scrollWidth") <= width, address
                page.add_script_tag(path=str(AXE))
                found = page.evaluate("axe.run()")["violations"]
                assert [(each["id"], each["nodes"][0]["html"][:120]) for each in found] == [], address
                page.context.close()


@pytest.mark.slow
def test_the_example_stands_on_the_map_and_is_screened_with_one_click(built):
    with serving(built) as where, chromium() as browser:
        page = browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN").new_page()
        page.goto(f"{where}/rules/{SOIL}?day={DAY}&lang=zh")
        page.locator("a.button").click()
        page.locator(".pin").wait_for(state="attached")
        page.locator("#screen-button").click()
        page.locator(f'#answer a[href^="/rules/{SOIL}?"]').wait_for(state="attached")
        assert "第427条" in page.locator("#answer").text_content()


def test_a_draft_gives_notes_at_most_whatever_its_clause_says(client):
    rows = client.get("/api/v1/rules?level=province").get_json()["rules"]
    drafts = [row for row in rows if row["document_status"] == "draft"]
    assert drafts
    assert {row["effect"] for row in drafts} == {"noted"}
