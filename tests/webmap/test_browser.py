"""The page as people meet it: a real Chromium against a real server, the network cut outside our own host."""

import re
from collections.abc import Iterator

import pytest
from chromium import chromium
from conftest import DAY
from playwright.sync_api import Browser, Page, expect
from serving import serving

from geo.settings import ROOT

pytestmark = pytest.mark.slow
AXE = ROOT / "webmap" / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = {"phone": (360, 740), "desk": (1280, 800), "wall": (1920, 1080)}


@pytest.fixture(scope="module")
def address(built) -> Iterator[str]:
    with serving(built) as where:
        yield where


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


class Visit:
    """One page, with everything that it asked for and complained of."""

    def __init__(self, browser: Browser, address: str, width: str = "desk", **options) -> None:
        size = WIDTHS[width]
        self.context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN", **options)
        self.page: Page = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on(
            "console", lambda message: message.type in ("error", "warning") and self.complaints.append(message.text)
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.address = address

    def open(self, path: str = "/?lang=zh") -> Page:
        self.page.goto(self.address + path)
        self.page.wait_for_load_state("networkidle")
        return self.page

    def close(self) -> None:
        self.context.close()
        outside = [url for url in self.requests if not url.startswith((self.address, "data:", "blob:"))]
        assert outside == []
        assert self.complaints == []


@pytest.fixture
def visit(browser, address) -> Iterator:
    visits: list[Visit] = []

    def begin(width: str = "desk", **options) -> Visit:
        visits.append(Visit(browser, address, width, **options))
        return visits[-1]

    yield begin
    for each in visits:
        each.close()


def answer(page: Page):
    return page.locator("#answer")


def fill_in(page: Page, at: str) -> None:
    details = page.locator("details:has([name=industry])")
    if not page.locator("[name=industry]").first.is_visible():
        details.locator("summary").first.click()  # folded on a small screen
    page.locator("#at, [name=at]").first.fill(at)
    page.locator("[name=industry]").first.fill("C2631")
    page.locator("select[name=nature]").first.select_option("new")
    page.locator("[name=day]").first.fill(DAY)


def test_typing_a_place_gives_the_verdict_and_the_clause(visit):
    page = visit().open()
    fill_in(page, "129.5024,42.8883")
    page.locator("form[action*='/screenings'] [type=submit]").first.click()
    expect(answer(page)).to_contain_text("示意结果：若示意界线属实，触及禁止性规定。")
    expect(answer(page)).to_contain_text("第427条")
    expect(answer(page)).to_contain_text("不依赖示意界线的结论")
    assert "token=" in page.url


def test_a_click_on_the_map_screens_the_place(visit):
    page = visit().open()
    page.locator(".leaflet-interactive").first.wait_for(state="attached")
    box = page.locator("#map_main").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    expect(answer(page)).to_contain_text("示意结果")
    assert re.fullmatch(r"1(2|3)\d\.\d{4,6},\s*4\d\.\d{4,6}", page.locator("[name=at]").first.input_value())


def test_a_zone_says_its_name_as_text(visit):
    page = visit().open()
    page.locator(".leaflet-interactive").first.wait_for(state="attached")
    box = page.locator("#map_main").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    page.mouse.move(box["x"] + box["width"] * 0.5 + 3, box["y"] + box["height"] * 0.5 + 3)
    expect(page.locator(".leaflet-tooltip")).to_contain_text("示意")


def test_drawing_a_polygon_screens_it(visit):
    page = visit().open()
    page.locator(".leaflet-interactive").first.wait_for(state="attached")
    page.locator(".leaflet-pm-icon-polygon").click()
    box = page.locator("#map_main").bounding_box()
    middle = (box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    for dx, dy in ((0, 0), (60, 0), (60, 60), (0, 60), (0, 0)):
        page.mouse.move(middle[0] + dx, middle[1] + dy)
        page.mouse.click(middle[0] + dx, middle[1] + dy)
    expect(answer(page)).to_contain_text("示意结果")
    expect(answer(page)).to_contain_text("%")
    assert '"Polygon"' in page.locator("[name=at]").first.input_value()


def test_the_keyboard_alone_gets_an_answer(visit):
    page = visit().open()
    page.locator("[name=at]").first.focus()
    page.keyboard.type("129.5024,42.8883")
    page.locator("[name=at]").first.press("Tab")
    for _ in range(40):
        if page.evaluate("document.activeElement.type") == "submit":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(answer(page)).to_contain_text("示意结果")


def test_back_leads_to_the_answer_before(visit):
    page = visit().open()
    for at in ("129.5024,42.8883", "129.8,43.6"):
        fill_in(page, at)
        before = page.url
        page.locator("form[action*='/screenings'] [type=submit]").first.click()
        page.wait_for_url(lambda url, before=before: url != before)
        expect(answer(page)).to_contain_text(at.split(",")[0])
    page.go_back()
    expect(answer(page)).to_contain_text("129.502400")


def test_answering_a_question_in_place_keeps_what_was_said(visit):
    page = visit().open()
    fill_in(page, "129.5024,42.8883")
    page.locator("form[action*='/screenings'] [type=submit]").first.click()
    expect(answer(page)).to_contain_text("第427条")
    page.locator("#ask-breaches_access_list").select_option("true")
    page.locator("#answer form [type=submit]").first.click()
    expect(page.locator("#ask-breaches_access_list")).to_have_count(0)
    assert page.locator("[name=industry]").first.input_value() == "C2631"
    expect(answer(page)).to_contain_text("C2631 化学农药制造")


def test_questions_sent_untouched_keep_what_was_given(visit):
    page = visit().open("/?lang=zh&at=129.19670,43.24051&kind=highway&fact.purpose=mining&fact.limited_activity=a6")
    page.locator("#screen-button").click()
    expect(page.locator("#ask-purpose")).to_have_value("mining")
    first = answer(page).locator(".ids code").nth(1).inner_text()
    with page.expect_response(lambda response: response.request.method == "POST"):
        answer(page).locator("form.ask [type=submit]").click()
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "false")
    assert answer(page).locator(".ids code").nth(1).inner_text() == first
    assert page.locator("#fact-purpose").input_value() == "mining"


def test_a_given_value_that_the_form_no_longer_offers_is_sent_and_refused(visit):
    begun = visit()
    page = begun.open("/?lang=zh&at=129.19670,43.24051&kind=highway&fact.purpose=mining&fact.limited_activity=a6")
    page.locator("#screen-button").click()
    expect(page.locator("#ask-purpose")).to_have_value("mining")
    page.evaluate("for (const gone of document.querySelectorAll('#fact-purpose [value=mining]')) gone.remove()")
    with page.expect_request(lambda request: request.method == "POST") as sent:
        answer(page).locator("form.ask [type=submit]").click()
    assert "fact.purpose=mining" in sent.value.post_data


def test_an_error_is_said_on_the_page_and_nothing_typed_is_lost(visit):
    begun = visit()
    page = begun.open()
    fill_in(page, "150,42")
    page.locator("form[action*='/screenings'] [type=submit]").first.click()
    expect(page.locator("body")).to_contain_text("不在东经73–136°")
    assert page.locator("[name=at]").first.input_value() == "150,42"
    begun.complaints[:] = [
        text for text in begun.complaints if "422" not in text
    ]  # the browser logs the refusal itself


def test_without_a_script_the_form_gives_a_page(visit):
    page = visit(java_script_enabled=False).open()
    fill_in(page, "129.5024,42.8883")
    page.locator("form[action*='/screenings'] [type=submit]").first.click()
    expect(page.locator("body")).to_contain_text("示意结果：若示意界线属实，触及禁止性规定。")
    assert "/screenings/" in page.url


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_and_has_no_accessibility_violation(visit, width):
    begun = visit(width, bypass_csp=True)
    page = begun.open()
    fill_in(page, "129.5024,42.8883")
    page.locator("form[action*='/screenings'] [type=submit]").first.click()
    expect(answer(page)).to_contain_text("第427条")
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width][0]
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run()")
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in found["violations"]] == []


@pytest.mark.parametrize("path", ["/?lang=ko", "/?lang=en"])
def test_other_languages_load_without_a_complaint(visit, path):
    page = visit().open(path)
    assert page.locator("html").get_attribute("lang").startswith(path[-2:])


GLYPHS = """async ([family, text]) => {
    await document.fonts.load(`48px "${family}"`, text);
    const shape = (letter) => {
        const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 64 });
        const pen = canvas.getContext("2d");
        pen.font = `48px "${family}"`;
        pen.fillText(letter, 4, 52);
        return Array.from(pen.getImageData(0, 0, 64, 64).data).join();
    };
    const shapes = [...text].map(shape);
    return { shapes: new Set(shapes).size, missing: shapes.includes(shape("\\uFFFF")) };
}"""


@pytest.mark.parametrize(
    ("family", "text"), [("Noto Sans SC", "延边分区环境管控"), ("Noto Sans KR", "연변환경구역관리")]
)
def test_glyphs_are_real_and_no_boxes(visit, family, text):
    page = visit().open("/?lang=ko" if family.endswith("KR") else "/?lang=zh")
    found = page.evaluate(GLYPHS, [family, text])
    assert found == {"shapes": len(set(text)), "missing": False}


def test_the_printable_page_needs_no_script(visit):
    begun = visit()
    page = begun.open()
    fill_in(page, "129.5024,42.8883")
    page.locator("form[action*='/screenings'] [type=submit]").first.click()
    expect(answer(page)).to_contain_text("第427条")
    token = re.search(r"token=([\w-]+)", page.url)[1]
    page.goto(f"{begun.address}/screenings/{token}?lang=zh")
    expect(page.locator("body")).to_contain_text("示意数据·不得作为附件提交")
    assert page.pdf()[:4] == b"%PDF"


@pytest.mark.parametrize("width", WIDTHS)
def test_the_report_fits_and_has_no_accessibility_violation(visit, width):
    begun = visit(width, bypass_csp=True)
    page = begun.open()
    fill_in(page, "129.5024,42.8883")
    page.locator("form[action*='/screenings'] [type=submit]").first.click()
    expect(answer(page)).to_contain_text("第427条")
    token = re.search(r"token=([\w-]+)", page.url)[1]
    page.goto(f"{begun.address}/screenings/{token}/report?lang=zh")
    expect(page.locator("h2")).to_have_count(15)
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width][0]
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run()")
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in found["violations"]] == []


def test_an_everyday_word_suggests_industries_and_a_kind_of_works_is_chosen(visit):
    page = visit().open()
    page.locator("#industry").fill("양돈장")
    suggested = page.locator("#industries option")
    suggested.first.wait_for(state="attached")
    assert suggested.first.get_attribute("value") == "A0313"
    assert "양돈장" in suggested.first.text_content()  # else the browser would not show the line
    page.locator("#industry").fill("")
    page.locator("#at").fill("129.5024,42.8883")
    page.locator("#kind").select_option("school")
    page.locator("#screen-button").click()
    answer(page).locator(".block--eia").wait_for()
    assert "学校、幼儿园" in answer(page).locator(".block--request").inner_text()
    assert page.locator("#kind").input_value() == "school"


def test_a_zone_under_the_mouse_lights_its_row_and_a_row_its_zone(visit):
    page = visit(reduced_motion="reduce").open()  # the map jumps to the site
    fill_in(page, "POLYGON((129.500 42.885,129.505 42.885,129.505 42.890,129.500 42.890,129.500 42.885))")
    page.locator("#screen-button").click()
    expect(answer(page)).to_contain_text("第427条")
    page.wait_for_load_state("networkidle")
    lit = answer(page).locator("tr[data-zone].is-lit")
    expect(lit).to_have_count(0)
    site = page.locator(".leaflet-fenqu-site-pane path").last.bounding_box()
    for step in (10, 14):  # beside the site, in the park that the site may lie in too
        page.mouse.move(site["x"] + site["width"] + step, site["y"] + site["height"] / 2)
    expect(lit).to_have_count(1)
    expect(lit).to_contain_text("延吉高新技术产业开发区")
    page.mouse.move(5, 5)
    expect(lit).to_have_count(0)
    row = answer(page).locator('tbody[data-layer="built_up_area"] tr[data-zone]').first
    row.hover()
    expect(row).to_have_class("is-lit")
    assert page.locator('.leaflet-fenqu-built_up_area-pane path[stroke="#111"]').count() == 1
