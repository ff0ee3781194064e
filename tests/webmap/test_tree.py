"""The legend's tree, the zoom stop and the states of loading, as people meet them in a real Chromium."""

import re
from collections.abc import Iterator

import pytest
from chromium import chromium, wait_for_layers
from playwright.sync_api import Page, Route, expect
from serving import serving
from test_browser import AXE, WIDTHS, Visit

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def begin(built) -> Iterator:
    visits: list[Visit] = []
    with serving(built) as address, chromium() as browser:

        def made(width: str = "desk", **options) -> Visit:
            visits.append(Visit(browser, address, width, **options))
            return visits[-1]

        yield made
        for each in visits:
            each.close()


def opened(visit: Visit, path: str = "/?lang=zh") -> Page:
    visit.page.goto(visit.address + path)
    wait_for_layers(visit.page)
    return visit.page


def drawn(page: Page, kind: str) -> int:
    return page.evaluate("kind => map_main.getPane(`fenqu-${kind}`).querySelectorAll('path').length", kind)


def test_a_switch_and_a_group_turn_layers_on_and_off(begin):
    page = opened(begin())
    everything = page.evaluate("fenqu.layersState()")
    assert "control_unit" in everything
    group = page.locator("#group-water")
    assert group.evaluate("box => box.indeterminate")  # basins are off at first
    group.check()
    assert page.locator("#layer-basin").is_checked()
    page.locator("#layer-river_corridor").uncheck()
    assert group.evaluate("box => box.indeterminate")
    group.click()  # from half to all
    assert page.locator("#layer-river_corridor").is_checked()
    group.uncheck()
    assert "basin" not in page.evaluate("fenqu.layersState()")
    assert drawn(page, "basin") == 0


def test_the_state_goes_into_a_text_and_comes_back(begin):
    page = opened(begin())
    page.evaluate("fenqu.applyLayersState('county,control_unit:60')")
    assert page.evaluate("fenqu.layersState()") == "control_unit:60,county"
    assert page.locator("#layer-control_unit").is_checked()
    assert not page.locator("#layer-scenic_area").is_checked()
    assert page.evaluate("map_main.getPane('fenqu-control_unit').style.opacity") == "0.6"
    for hostile in ("", "nothing", "__proto__:5", "<b>", "," * 3000, "constructor"):
        page.evaluate("text => fenqu.applyLayersState(text)", hostile)
        assert page.evaluate("fenqu.layersState()") == "control_unit:60,county"
    page.evaluate("fenqu.applyLayersState('control_unit:9e9,county:0')")
    assert page.evaluate("fenqu.layersState()") == "control_unit,county"
    page.evaluate("fenqu.applyLayersState('-')")
    assert page.evaluate("fenqu.layersState()") == "-"


def test_the_keyboard_sets_the_opacity_and_a_reader_hears_it(begin):
    page = opened(begin())
    page.locator("[data-kind=control_unit] summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    slider = page.locator("[data-opacity=control_unit]")
    expect(slider).to_be_focused()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "80 %")
    assert slider.get_attribute("aria-label") == "生态环境管控单元：不透明度"
    assert page.evaluate("fenqu.layersState()").startswith("control_unit:80,")


def test_zoom_to_a_layer_turns_it_on_and_shows_it(begin):
    page = opened(begin())
    page.locator("#layer-scenic_area").uncheck()
    page.locator("[data-zoom-to=scenic_area]").click()
    wait_for_layers(page)
    assert page.locator("#layer-scenic_area").is_checked()
    page.wait_for_timeout(400)
    assert page.evaluate("map_main.getBounds().contains(fenqu.boundsOfLayer('scenic_area'))")
    assert drawn(page, "scenic_area") > 0


def test_the_level_follows_the_zoom_and_the_tips_and_lights_stay(begin):
    begun = begin()
    page = opened(begun)
    zone = page.evaluate("[...fenqu.entries.find((each) => each.spec.kind === 'control_unit').paths.keys()][0]")
    page.evaluate("id => fenqu.light(id, true)", zone)
    for zoom, level in ((8, 1), (10, 2), (7, 0)):
        page.evaluate("zoom => map_main.setZoom(zoom, { animate: false })", zoom)
        wait_for_layers(page)
        assert any("control_unit.geojson?release=" in url and url.endswith(f"level={level}") for url in begun.requests)
        assert page.evaluate("fenqu.entries[0].paths.size") == 188
        assert page.evaluate("fenqu.entries[0].layer.getLayers().length") == 1  # the level before is gone
        assert page.evaluate("id => fenqu.entries[0].paths.get(id).options.weight", zone) == 3.2
        assert page.evaluate("id => fenqu.boundsOf(id).isValid()", zone)
    page.evaluate("id => fenqu.light(id, false)", zone)
    assert page.evaluate("id => fenqu.entries[0].paths.get(id).options.weight", zone) == 0.8
    assert len([url for url in begun.requests if "control_unit.geojson" in url]) == 3  # level 0 was kept


def test_a_sketched_layer_stops_the_zoom_and_says_why_until_that_is_understood(begin):
    page = opened(begin())
    note = page.locator("#zoom-stop")
    expect(note).to_be_hidden()
    page.evaluate("map_main.setZoom(17, { animate: false })")
    assert page.evaluate("map_main.getZoom()") == 11
    expect(note).to_contain_text("示意界线看起来像真实界线")
    page.locator("#zoom-stop-dismiss").click()
    expect(note).to_be_hidden()
    page.evaluate("map_main.setZoom(9, { animate: false }).setZoom(11, { animate: false })")
    expect(note).to_be_hidden()
    page.evaluate("fenqu.applyLayersState('county')")  # not a sketch
    page.evaluate("map_main.setZoom(17, { animate: false })")
    assert page.evaluate("map_main.getZoom()") == 17
    expect(page.locator("#map-watermark")).to_have_class(re.compile("is-off"))
    page.locator("#layer-control_unit").check()
    wait_for_layers(page)
    assert page.evaluate("map_main.getZoom()") == 11
    expect(page.locator("#map-watermark")).not_to_have_class(re.compile("is-off"))


def test_a_layer_that_does_not_come_says_so_and_comes_when_tried_again(begin):
    begun = begin()
    page, broken = begun.page, [True]

    def once_broken(route: Route) -> None:
        route.fulfill(status=500, body="{}") if broken[0] else route.continue_()

    page.route("**/map/layers/scenic_area.geojson*", once_broken)
    page.goto(begun.address + "/?lang=zh")
    again = page.get_by_role("button", name="重试: 风景名胜区")
    again.wait_for()
    expect(page.locator("#map-status")).to_contain_text("未能加载")
    broken[0] = False
    again.click()
    wait_for_layers(page)
    expect(again).to_have_count(0)
    assert drawn(page, "scenic_area") > 0
    begun.complaints[:] = [text for text in begun.complaints if "500" not in text]  # the browser logs it itself


def test_while_the_server_restarts_the_page_waits_and_says_so(begin):
    begun = begin()
    page, trials = begun.page, []

    def away_at_first(route: Route) -> None:
        trials.append(route.request.url)
        route.abort("connectionrefused") if len(trials) <= 2 else route.continue_()

    page.route("**/map/layers/control_unit.geojson*", away_at_first)
    page.goto(begun.address + "/?lang=zh")
    expect(page.locator("#map-status")).to_contain_text("正在自动重试")
    wait_for_layers(page)
    assert len(trials) == 3
    expect(page.locator("#map-status")).to_be_empty()
    begun.complaints[:] = [text for text in begun.complaints if "ERR_CONNECTION_REFUSED" not in text]


def test_without_a_script_the_legend_is_a_list(begin):
    begun = begin(java_script_enabled=False)
    page = begun.page
    page.goto(begun.address + "/?lang=zh")
    legend = page.locator("#legend")
    expect(legend).to_contain_text("优先保护单元")
    expect(legend).to_contain_text("188 个要素")
    expect(legend).to_contain_text("未提供，未核查")
    for switch in legend.locator("input, button").all():
        expect(switch).to_be_hidden()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_tree_fits_and_has_no_accessibility_violation(begin, width):
    page = opened(begin(width, bypass_csp=True), "/?lang=ko")
    if width == "phone":
        expect(page.locator("#legend-layers")).to_be_hidden()
        page.locator("#legend > summary").click()
    page.locator("[data-kind=control_unit] summary").click()
    page.locator(".tree__absents summary").first.click()
    page.evaluate("map_main.setZoom(11, { animate: false })")
    wait_for_layers(page)
    expect(page.locator("#zoom-stop")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width][0]
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run()")
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in found["violations"]] == []
