"""The search box, the panel of a zone and the other thing a click can do, in a real Chromium."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from chromium import chromium
from playwright.sync_api import Browser, Page, expect
from serving import serving

from geo.deployment import Deployment
from geo.layers.releases import ReleaseInfo, write_release
from geo.settings import ROOT

pytestmark = pytest.mark.slow
AXE = ROOT / "webmap" / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = {"phone": (360, 740), "desk": (1280, 800)}
CODE = "SY22240120001"
NAME = "延吉市延吉城镇重点管控单元（示意）"
EVIL = "<img src=x onerror=\"document.title='evil'\">"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture(scope="module")
def address(built) -> Iterator[str]:
    with serving(built, workers=1) as where:
        yield where


@pytest.fixture
def page(browser, address, request) -> Iterator[Page]:
    width, height = WIDTHS[getattr(request, "param", "desk")]
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN", bypass_csp=True)
    made, complaints = context.new_page(), []
    made.on("console", lambda said: said.type in ("error", "warning") and complaints.append(said.text))
    made.on("pageerror", lambda error: complaints.append(str(error)))
    made.goto(address + "/?lang=zh")
    made.wait_for_load_state("networkidle")
    yield made
    context.close()
    assert complaints == []


def box(page: Page):
    return page.get_by_role("combobox", name="搜索单元")


def panel(page: Page):
    return page.locator("#zone-panel")


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.textContent.trim() || document.activeElement.id")


def test_by_keyboard_alone_a_code_leads_to_the_unit_and_its_geometry(page):
    for _ in range(60):
        if page.evaluate("document.activeElement.id") == "find-q":
            break
        page.keyboard.press("Tab")
    page.keyboard.type(CODE)
    expect(page.locator("#find-list [role=option]").first).to_contain_text(NAME)
    page.keyboard.press("ArrowDown")
    expect(box(page)).to_have_attribute("aria-activedescendant", "find-option-0")
    expect(page.locator("#find-option-0")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(panel(page)).to_contain_text(NAME)
    assert focused(page) == NAME
    for _ in range(10):
        page.keyboard.press("Tab")
        if focused(page) == "GeoJSON":
            break
    assert page.evaluate("document.activeElement.href").endswith(f"/zones/control_unit/{CODE}.geojson")
    with page.expect_response(lambda response: response.url.endswith(".geojson")) as got:
        page.evaluate("fetch(document.activeElement.href)")
    assert got.value.json()["features"][0]["id"] == CODE


def test_escape_closes_the_panel_and_gives_the_focus_back(page):
    box(page).fill(CODE)
    box(page).press("Enter")
    expect(panel(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()
    assert page.evaluate("document.activeElement.id") == "find-q"
    assert not page.evaluate("document.getElementById('panel').inert")


def test_escape_shuts_the_list_and_then_empties_the_box(page):
    box(page).fill("延吉")
    expect(page.locator("#find-list")).to_be_visible()
    expect(page.locator("#find-said")).to_contain_text("22 项结果")
    page.keyboard.press("Escape")
    expect(page.locator("#find-list")).to_be_hidden()
    expect(box(page)).to_have_value("延吉")
    page.keyboard.press("Escape")
    expect(box(page)).to_have_value("")


def test_choosing_a_zone_moves_the_map_to_it(page):
    page.locator(".leaflet-interactive").first.wait_for(state="attached")
    box(page).fill(CODE)
    page.locator("#find-option-0").click()
    expect(panel(page)).to_contain_text(CODE)
    page.wait_for_timeout(600)
    assert page.evaluate("map_main.getBounds().contains([42.8883, 129.5024])")
    assert page.evaluate("map_main.getZoom()") > 8.5


def test_a_zone_without_a_place_moves_nothing_and_says_so(page):
    page.wait_for_timeout(300)
    before = page.evaluate("map_main.getCenter().toString()")
    box(page).fill("五道水库")
    box(page).press("Enter")
    expect(panel(page)).to_contain_text("位置不明")
    assert page.evaluate("map_main.getCenter().toString()") == before


def test_a_coordinate_gets_a_pin_and_is_screened_through_the_form(page):
    box(page).fill("129°30′8.64″E 42°53′17.88″N")
    box(page).press("Enter")
    expect(page.locator(".pin")).to_have_count(1)
    expect(page.locator("#find-screen")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_contain_text("示意结果")
    assert page.locator("#at").input_value() == "129.5024,42.8883"


def test_a_click_can_show_the_zones_instead(page):
    page.locator(".leaflet-interactive").first.wait_for(state="attached")
    page.get_by_label("查看单元", exact=True).check(force=True)
    place = page.locator("#map_main").bounding_box()
    page.mouse.click(place["x"] + place["width"] * 0.4, place["y"] + place["height"] * 0.6)
    expect(panel(page)).to_contain_text("此处的单元")
    expect(panel(page)).to_contain_text("示意")
    expect(page.locator("#answer")).to_be_empty()
    panel(page).locator("[data-zone-panel]").first.click()
    expect(panel(page)).to_contain_text("涉及这里的规则")
    page.get_by_label("筛查", exact=True).check(force=True)
    page.mouse.click(place["x"] + place["width"] * 0.4, place["y"] + place["height"] * 0.6)
    expect(page.locator("#answer")).to_contain_text("示意结果")
    expect(panel(page)).to_be_hidden()


def test_details_of_a_zone_in_an_answer_open_beside_the_map(page):
    page.locator("#at").fill("129.5024,42.8883")
    page.locator("#screen-button").click()
    link = page.locator(f"#answer .zone-more[href*='{CODE}']").first
    link.click()
    expect(panel(page)).to_contain_text(NAME)
    page.keyboard.press("Escape")
    expect(link).to_be_focused()


def test_the_page_of_a_zone_leads_to_the_map(page, address):
    page.goto(f"{address}/zones/control_unit/{CODE}?lang=zh")
    page.get_by_role("link", name="在地图上看").click()
    expect(panel(page)).to_contain_text(NAME)


@pytest.mark.parametrize("page", WIDTHS, indirect=True)
def test_box_list_panel_and_pages_fit_and_have_no_accessibility_violation(page, address):
    def check(what: str) -> None:
        width = page.viewport_size["width"]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, what
        page.add_script_tag(path=str(AXE))
        found = page.evaluate("axe.run()")["violations"]
        assert [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in found] == [], what

    box(page).fill("延吉")
    page.locator("#find-option-3").wait_for()
    page.keyboard.press("ArrowDown")
    check("the list")
    page.keyboard.press("Enter")
    expect(panel(page)).to_be_visible()
    check("the panel")
    page.keyboard.press("Escape")
    box(page).fill("42.8883,129.5024")
    box(page).press("Enter")
    page.locator("#find-here").click()
    expect(panel(page)).to_contain_text("此处的单元")
    check("the zones of a place")
    for path in (f"/zones/control_unit/{CODE}", "/zones?at=129.5024,42.8883", "/search?q=延吉"):
        page.goto(address + path)
        check(path)


def test_without_a_script_the_box_leads_to_a_page_of_links(browser, address):
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(address + "/?lang=zh")
    page.locator("#find-q").fill(CODE)
    page.locator("#find-q").press("Enter")
    page.get_by_role("link", name=NAME).first.click()
    expect(page.locator("main")).to_contain_text("涉及这里的规则")
    context.close()


def test_markup_in_names_and_queries_stays_text(browser, own):
    layer = Deployment.open(own).store.open("built_up_area")
    kept = {name: getattr(layer.info, name) for name in ReleaseInfo.model_fields if name != "id"}
    zones = [replace(zone, name=EVIL, basis=EVIL, source=EVIL) for zone in layer.zones]
    write_release(own.layers / "data" / own.region / "built_up_area", zones, layer.coverage, **kept)
    context = browser.new_context(locale="zh-CN", bypass_csp=True)
    with serving(own, workers=1) as where:
        page = context.new_page()
        page.goto(where + "/?lang=zh")
        box(page).fill(EVIL)
        expect(page.locator("#find-option-0")).to_contain_text(EVIL)
        box(page).press("Enter")
        expect(panel(page)).to_contain_text(EVIL)
        assert page.locator("img[src=x]").count() == 0
        assert page.title() != "evil"
    context.close()
