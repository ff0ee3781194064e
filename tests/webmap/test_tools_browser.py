"""The tools of the map page in a real Chromium: figures, drawing, projects, links, days, paper."""

import io
import json
import math
import re
from collections.abc import Iterator

import pypdf
import pyproj
import pytest
import shapely
from chromium import chromium
from conftest import DAY
from playwright.sync_api import Browser, Page, expect
from serving import serving
from test_browser import AXE, WIDTHS, Visit, answer, fill_in

from geo.geometry import area_m2, length_m

pytestmark = pytest.mark.slow
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[129.48, 42.87], [129.52, 42.87], [129.52, 42.9], [129.48, 42.9], [129.48, 42.87]]],
}


@pytest.fixture(scope="module")
def address(built) -> Iterator[str]:
    with serving(built, workers=1) as where:
        yield where


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def visit(browser, address) -> Iterator:
    visits: list[Visit] = []

    def begin(width: str = "desk", **options) -> Visit:
        visits.append(Visit(browser, address, width, **options))
        return visits[-1]

    yield begin
    for each in visits:
        each.close()


def middle(page: Page) -> tuple[float, float]:
    page.locator(".leaflet-interactive").first.wait_for(state="attached")
    box = page.locator("#map_main").bounding_box()
    return box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.5


def click_along(page: Page, *steps: tuple[int, int]) -> None:
    x, y = middle(page)
    for dx, dy in steps:
        page.mouse.move(x + dx, y + dy)
        page.mouse.click(x + dx, y + dy)


def site_of(page: Page) -> shapely.Geometry:
    return shapely.geometry.shape(json.loads(page.locator("#at").input_value()))


def screened(page: Page) -> None:
    expect(answer(page).locator(".verdict")).to_be_visible()
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "false")


def draw_square(page: Page) -> None:
    page.locator(".leaflet-pm-icon-polygon").click()
    click_along(page, (0, 0), (60, 0), (60, 60), (0, 60), (0, 0))
    screened(page)


# ---- Figures ---------------------------------------------------------------------------------------------------


def test_areas_and_lengths_are_those_of_the_answer(visit):
    page = visit().open()
    ring = [[129.5, 42.8], [129.9, 42.85], [130.1, 43.4], [129.4, 43.3], [129.5, 42.8]]
    area, length = page.evaluate("ring => [fenquPage.geodesy.area([ring]), fenquPage.geodesy.length(ring)]", ring)
    assert area == pytest.approx(area_m2(shapely.Polygon(ring)), rel=1e-6)
    assert length == pytest.approx(length_m(shapely.LineString(ring)), rel=1e-6)


@pytest.mark.parametrize("radius", [50, 1200, 20000])
def test_a_circle_becomes_72_corners_of_the_same_area(visit, radius):
    page = visit().open()
    made = shapely.geometry.shape(page.evaluate(f"fenquPage.geodesy.circle([129.5, 42.9], {radius})"))
    assert len(made.exterior.coords) == 73
    assert area_m2(made) == pytest.approx(math.pi * radius**2, rel=1e-4)
    centre = made.centroid
    assert (centre.x, centre.y) == pytest.approx((129.5, 42.9), abs=2e-4)


PLACES = [
    (127.499, 43.2),
    (127.501, 43.2),
    (128.2, 42.0),
    (129.0, 44.2),
    (130.499, 42.9),
    (130.501, 42.9),
    (131.3, 43.0),
]


def test_the_grid_of_the_read_out_is_that_of_the_register(visit):
    page = visit().open()
    for lon, lat in PLACES:
        said = page.evaluate("([lon, lat]) => fenquPage.readout.grid(lon, lat)", [lon, lat])
        assert (said["zone"], said["meridian"]) == (round(lon / 3), 3 * round(lon / 3))
        system = pyproj.Transformer.from_crs(4490, 4513 + said["zone"] - 25, always_xy=True)
        east, north = system.transform(lon, lat)
        assert (said["easting"], said["northing"]) == pytest.approx((east, north), abs=0.01)
    assert len({round(lon / 3) for lon, _ in PLACES}) == 3  # both sides of two limits


def test_minutes_and_seconds_carry(visit):
    page = visit().open()
    for value, said in [(129.5024, "129°30′08.64″E"), (42.9999999, "43°00′00.00″E"), (42.5166666, "42°31′00.00″E")]:
        assert page.evaluate("value => fenquPage.readout.sexagesimal(value, 'EW')", value) == said


def test_the_read_out_follows_the_pointer_changes_its_form_and_copies(visit, address):
    begun = visit()
    begun.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    page = begun.open()
    x, y = middle(page)
    assert not [url for url in begun.requests if "proj4" in url]
    page.mouse.move(x, y)
    value = page.locator("#readout-value")
    expect(page.locator("#readout-of")).to_have_text("指针")
    expect(value).to_have_text(re.compile(r"^1\d\d\.\d{6}, 4\d\.\d{6}$"))
    page.locator("#readout-form").click()
    expect(value).to_have_text(re.compile(r"^1\d\d°\d\d′\d\d\.\d\d″E 4\d°\d\d′\d\d\.\d\d″N$"))
    page.locator("#readout-form").click()
    expect(value).to_have_text(re.compile(r"^第 4\d 带（中央经线 1\d\d°） X 4\d{6}\.\d\d Y 4\d{7}\.\d\d m$"))
    expect(page.locator("#readout-of")).to_have_text("中心")  # the pointer has left the map
    page.locator("#readout-copy").click()
    expect(page.locator("#readout-said")).to_have_text("坐标已复制")
    assert page.evaluate("navigator.clipboard.readText()") == value.inner_text()
    page.locator("#map_main").focus()
    page.mouse.move(x + 30, y)
    expect(page.locator("#readout-of")).to_have_text("指针")
    pointed = value.inner_text()
    page.keyboard.press("c")
    expect(page.locator("#readout-said")).to_have_text("坐标已复制")
    assert page.evaluate("navigator.clipboard.readText()") == pointed


# ---- Drawing and editing -----------------------------------------------------------------------------------------


def test_the_area_is_told_while_drawing_and_a_vertex_can_be_taken_back(visit):
    page = visit().open()
    page.locator(".leaflet-pm-icon-polygon").click()
    click_along(page, (0, 0), (60, 0), (60, 60))
    expect(page.locator("#task-figures")).to_contain_text("亩")
    before = page.locator("#task-figures").inner_text()
    page.locator("#task-undo").click()
    expect(page.locator("#task-figures")).not_to_have_text(before)
    page.mouse.move(*middle(page))
    click_along(page, (60, 40), (0, 40))
    page.locator("#task-finish").click()
    screened(page)
    assert len(site_of(page).exterior.coords) == 5
    expect(page.locator("#site-said")).to_contain_text("4 个顶点")
    assert page.locator("#task").is_hidden()


def test_a_drawn_circle_is_screened_as_a_polygon_and_says_so(visit):
    page = visit().open()
    page.locator(".leaflet-pm-icon-circle").click()
    x, y = middle(page)
    page.mouse.click(x, y)
    page.mouse.move(x + 40, y, steps=3)
    expect(page.locator("#task-figures")).to_contain_text("半径约")
    page.mouse.click(x + 40, y)
    screened(page)
    assert len(site_of(page).exterior.coords) == 73
    expect(page.locator("#remark")).to_contain_text("72 边形")


def test_a_line_asks_for_its_width_first(visit):
    page = visit().open()
    page.locator(".leaflet-pm-icon-polyline").click()
    click_along(page, (0, 0), (60, 0))
    page.locator("#task-finish").click()
    expect(page.locator("#notice-detail")).to_contain_text("宽度")
    expect(page.locator("#width_m")).to_be_focused()
    page.keyboard.type("30")
    page.locator("#screen-button").click()
    screened(page)
    expect(answer(page)).to_contain_text("线宽 30")


def drag_first_vertex(page: Page, dx: int, dy: int) -> None:
    box = page.locator(".marker-icon:not(.marker-icon-middle)").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=4)
    page.mouse.up()


def test_a_site_is_edited_undone_and_asked_anew_only_when_told(visit):
    page = visit().open()
    draw_square(page)
    first, drawn = page.url, page.locator("#at").input_value()
    page.locator("#site-edit").click()
    drag_first_vertex(page, -30, -30)
    moved = page.locator("#at").input_value()
    assert moved != drawn
    assert page.url.partition("#")[0] == first.partition("#")[0]  # no answer yet
    page.locator("#task-undo").click()
    assert shapely.equals_exact(site_of(page), shapely.geometry.shape(json.loads(drawn)), 1e-6)
    drag_first_vertex(page, -30, -30)
    page.locator("#map_main").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url.partition("#")[0] != first.partition("#")[0])
    screened(page)
    assert page.locator("#at").input_value() == moved
    assert page.locator(".marker-icon").count() == 0


def test_an_edit_given_up_leaves_the_site_as_it_was(visit):
    page = visit().open()
    draw_square(page)
    drawn = page.locator("#at").input_value()
    page.locator("#site-edit").click()
    drag_first_vertex(page, 20, 20)
    page.locator("#map_main").focus()
    page.keyboard.press("Escape")
    assert page.locator("#at").input_value() == drawn
    assert "is-stale" not in page.locator("#answer").get_attribute("class").split()


def test_a_click_while_editing_screens_nothing(visit):
    begun = visit()
    page = begun.open()
    draw_square(page)
    page.locator("#site-edit").click()
    asked = len([url for url in begun.requests if url.endswith("/screenings?lang=zh")])
    click_along(page, (-120, -60))
    page.wait_for_timeout(400)
    assert len([url for url in begun.requests if url.endswith("/screenings?lang=zh")]) == asked


def test_corner_points_by_keyboard_alone_make_a_polygon(visit):
    page = visit().open()
    page.locator("#ways-fold > summary").press("Enter")
    page.locator("#corners-fold > summary").press("Enter")
    page.locator("#corner-rows input").first.focus()
    for place, (lon, lat) in enumerate([(129.48, 42.87), (129.52, 42.87), (129.52, 42.9)]):
        page.keyboard.type(str(lon))
        page.keyboard.press("Tab")
        page.keyboard.type(str(lat))
        if place < 2:
            page.keyboard.press("Tab")
            page.keyboard.press("Tab")
    expect(page.locator("#corner-said")).to_contain_text("亩")
    page.keyboard.press("Enter")
    expect(page.locator("#screen-button")).to_be_focused()
    page.keyboard.press("Enter")
    screened(page)
    assert site_of(page).equals(shapely.Polygon([(129.48, 42.87), (129.52, 42.87), (129.52, 42.9)]))


def test_corner_points_are_pasted_read_back_and_refused_by_row(visit):
    page = visit().open()
    page.locator("#ways-fold > summary").click()
    page.locator("#corners-fold > summary").click()
    page.evaluate("""() => {
        const data = new DataTransfer();
        data.setData("text", "129.48\\t42.87\\n129.52\\t42.87\\n129.52\\t42.90\\n129.48\\t42.90");
        const field = document.querySelector("#corner-rows input");
        field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }""")
    assert page.locator("#corner-rows tr").count() == 4
    page.locator("#corner-rows input").nth(2).fill("somewhere")
    page.locator("#corner-use").click()
    expect(page.locator("#corner-fault")).to_contain_text("第 2 行")
    page.locator("#corner-rows input").nth(2).fill("129.52")
    page.locator("#corner-use").click()
    assert site_of(page).equals(shapely.geometry.shape(SQUARE))
    page.locator("#corner-rows button").first.click()
    assert page.locator("#corner-rows tr").count() == 3
    page.locator("#corner-read").click()
    assert page.locator("#corner-rows tr").count() == 4
    page.locator("#corner-kind").select_option("Circle")
    page.locator("#corner-radius").fill("500")
    page.locator("#corner-use").click()
    assert area_m2(site_of(page)) == pytest.approx(math.pi * 500**2, rel=1e-4)


def test_measuring_screens_nothing_and_can_be_cleared(visit):
    begun = visit()
    page = begun.open()
    page.locator("#tool-distance").click()
    click_along(page, (0, 0), (80, 0))
    page.locator("#task-finish").click()
    expect(page.locator("#task-name")).to_contain_text("不判定")
    expect(page.locator("#task-figures")).to_contain_text(re.compile(r"长约 \d+\.\d\d km"))
    page.locator("#tool-area").click()
    click_along(page, (0, 0), (80, 0), (80, 60))
    page.locator("#task-finish").click()
    expect(page.locator(".measure-tip")).to_have_count(1)  # that of the distance fades away
    expect(page.locator(".measure-tip")).to_contain_text("亩")
    page.locator("#task-cancel").click()
    expect(page.locator(".measure-tip")).to_have_count(0)
    assert page.locator("#at").input_value() == ""
    assert not [url for url in begun.requests if "/screenings" in url]
    page.locator(".leaflet-pm-icon-polygon").click()  # the next drawing is a site again
    expect(page.locator("#task-name")).to_have_text("画选址")


# ---- Projects, links, days ---------------------------------------------------------------------------------------


def test_a_project_of_the_plan_fills_the_form(visit):
    page = visit().open()
    page.locator("#ways-fold > summary").click()
    page.locator("#plan").select_option("yb-plan-039")
    assert page.locator("#at").input_value() == "128.11,42.42"
    assert page.locator("#accuracy_m").input_value() == "5000"
    assert page.locator("#fact-purpose").input_value() == "ecological_restoration"
    page.locator("#plan").select_option("yb-plan-042")
    assert page.locator("#at").input_value() == ""
    expect(page.locator("#plan-note")).to_contain_text("图们市")
    assert page.locator("#industry").input_value() == "N7724"
    assert page.locator("#fact-hazardous_waste_facility").input_value() == "true"


def test_a_project_of_the_plan_fills_the_form_without_a_script(visit):
    page = visit(java_script_enabled=False).open()
    page.locator("#ways-fold > summary").click()
    page.locator("#plan").select_option("yb-plan-027")
    page.locator("[form=plan-form][type=submit]").click()
    assert page.locator("#industry").input_value() == "N7711"
    assert page.locator("#at").input_value() == "128.7,42.5"


def shared(page: Page, which: str) -> str:
    page.locator("#tool-share").click()
    address = page.locator(f"#share-{which}").input_value()
    page.keyboard.press("Escape")
    expect(page.locator("#share")).to_be_hidden()
    return address


def test_a_link_brings_back_site_project_day_and_view(visit):
    first = visit().open()
    draw_square(first)
    first.locator("#project-fold > summary").click()
    first.locator("#industry").fill("C2631")
    first.locator("select#nature").select_option("new")
    first.locator("#day").fill("2025-05-01")
    first.evaluate("window.map_main.setView([43.1, 129.2], 9, { animate: false })")
    link = shared(first, "question")
    second = visit()
    page = second.open(link.removeprefix(second.address))
    assert page.locator("#at").input_value() == first.locator("#at").input_value()
    assert page.locator("#industry").input_value() == "C2631"
    assert page.locator("#nature").input_value() == "new"
    assert page.locator("#day").input_value() == "2025-05-01"
    lat, lon, zoom = page.evaluate("[map_main.getCenter().lat, map_main.getCenter().lng, map_main.getZoom()]")
    assert (lat, lon, zoom) == pytest.approx((43.1, 129.2, 9), abs=0.01)
    expect(page.locator("#site-card")).to_be_visible()


def test_a_link_to_the_answer_shows_it_and_keeps_the_view(visit):
    first = visit(reduced_motion="reduce").open()
    fill_in(first, "129.5024,42.8883")
    first.locator("#screen-button").click()
    first.locator(".pin:not(.pin--waiting)").wait_for(state="attached")
    first.evaluate("window.map_main.setView([43.1, 129.2], 9, { animate: false })")
    link = shared(first, "answer")
    second = visit()
    page = second.open(link.removeprefix(second.address))
    expect(answer(page)).to_contain_text("第427条")
    assert page.evaluate("map_main.getZoom()") == pytest.approx(9, abs=0.01)


def test_a_site_too_long_for_a_link_says_so(visit):
    page = visit().open()
    ring = [[129.5 + 0.05 * math.cos(turn / 30), 42.9 + 0.05 * math.sin(turn / 30)] for turn in range(180)]
    page.locator("#at").fill(json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]}))
    page.locator("#tool-share").click()
    expect(page.locator("#share-too-long")).to_be_visible()
    expect(page.locator("#share-question-row")).to_be_hidden()
    expect(page.locator("#share-not-kept")).to_be_visible()


def test_the_view_in_the_address_makes_no_history(visit):
    page = visit().open()
    before = page.evaluate("history.length")
    for zoom in (8, 9, 8):
        page.evaluate(f"window.map_main.setView([43.1, 129.2], {zoom}, {{ animate: false }})")
        page.wait_for_timeout(250)
    assert "#map=8.0/43.10000/129.20000" in page.url
    assert page.evaluate("history.length") == before


@pytest.mark.parametrize("view", ["#map=9/999/1", "#map=a/b/c", "#map=&layers=<script>", "#" + "x" * 9000])
def test_a_hostile_view_in_the_address_is_passed_over(visit, view):
    page = visit().open("/?lang=zh" + view)
    assert page.evaluate("Number.isFinite(map_main.getZoom())")


def test_the_layers_of_the_view_are_in_the_link_where_the_map_tells_them(visit):
    page = visit().open()
    page.evaluate("Object.assign(window.fenqu, { layersState: () => 'control_unit,red_line:60' })")
    assert shared(page, "question").endswith("&layers=control_unit%2Cred_line%3A60")


def test_another_day_is_asked_in_place_and_the_change_explained(visit):
    page = visit().open()
    fill_in(page, "129.5024,42.8883")
    page.locator("#screen-button").click()
    screened(page)
    assert page.locator("#day-shown").input_value() == DAY
    expect(page.locator("#day-after")).to_be_hidden()
    page.locator("#day-before").click()
    expect(page.locator("#day-shown")).to_have_value("2026-08-14")
    box = answer(page).locator(".verdict + .day-changes")
    expect(box).to_contain_text(f"由 {DAY} 改为 2026-08-14")
    box.locator("summary").first.click()
    expect(box.locator(".change").first).to_be_visible()
    expect(box).to_contain_text("水污染防治法")
    page.locator("#day-after").click()
    expect(page.locator("#day-shown")).to_have_value("2026-08-15")


def test_another_place_is_not_compared(visit):
    page = visit().open()
    for at, day in (("129.5024,42.8883", DAY), ("129.8,43.6", "2025-05-01")):
        fill_in(page, at)
        page.locator("#day").fill(day)
        page.locator("#screen-button").click()
        expect(answer(page)).to_contain_text(at.split(",")[0])
        screened(page)
    expect(page.locator(".day-changes")).to_have_count(0)


# ---- Full screen, paper, restarts --------------------------------------------------------------------------------


def test_full_screen_and_back(visit):
    page = visit().open()
    page.locator("#tool-full").click()
    expect(page.locator("#tool-full")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("document.fullscreenElement.id") == "stage"
    page.mouse.click(*middle(page))
    screened(page)
    page.locator("#peek").click()  # the answer is out of sight: its headline leads back to it
    expect(page.locator("#tool-full")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#answer")).to_be_focused()


def test_paper_holds_map_legend_answer_and_mark(visit):
    page = visit().open()
    fill_in(page, "129.5024,42.8883")
    page.locator("#screen-button").click()
    screened(page)
    printed = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4", print_background=True)))
    first, second = (re.sub(r"\s", "", sheet.extract_text()) for sheet in printed.pages[:2])
    for part in ("图层和图例", "优先保护单元", "未提供，未核查", "示意"):
        assert part in first
    assert "示意结果" in first + second
    assert (printed.pages[0].mediabox.width, printed.pages[0].mediabox.height) == pytest.approx((595, 842), abs=2)
    page.emulate_media(media="print")
    assert page.locator("#map-watermark").is_visible()
    assert page.locator("#tools").is_hidden()


def test_a_restarting_server_is_waited_for_and_nothing_is_lost(visit):
    begun = visit()
    page = begun.open()
    turns: list[int] = []

    def away(route):
        turns.append(1)
        if len(turns) == 1:
            route.abort("connectionrefused")
        elif len(turns) == 2:
            route.fulfill(status=502, content_type="text/html", body="<h1>Bad gateway</h1>")
        else:
            route.continue_()

    page.route("**/screenings?lang=zh", away)
    fill_in(page, "129.5024,42.8883")
    page.locator("#screen-button").click()
    expect(page.locator("#progress-text")).to_contain_text("服务正在重启")
    screened(page)
    assert len(turns) == 3
    assert page.locator("#at").input_value() == "129.5024,42.8883"
    begun.complaints[:] = [text for text in begun.complaints if "Failed to load resource" not in text]


def test_a_refusal_of_the_server_itself_is_not_tried_again(visit):
    begun = visit()
    page = begun.open()
    turns: list[int] = []

    def full(route):
        turns.append(1)
        body = json.dumps({"detail": "太久了"})
        route.fulfill(status=503, content_type="application/problem+json", body=body)

    page.route("**/screenings?lang=zh", full)
    fill_in(page, "129.5024,42.8883")
    page.locator("#screen-button").click()
    expect(page.locator("#notice-detail")).to_have_text("太久了")
    assert turns == [1]
    begun.complaints[:] = [text for text in begun.complaints if "Failed to load resource" not in text]


def test_the_bar_to_the_answer_does_not_load_the_page_anew(visit):
    begun = visit("phone")
    page = begun.open()
    fill_in(page, "129.5024,42.8883")
    page.locator("#screen-button").click()
    screened(page)
    page.evaluate("window.scrollTo(0, 0)")
    loads = len([url for url in begun.requests if "/?" in url])
    page.locator("#peek").click()
    expect(page.locator("#answer")).to_be_in_viewport()
    assert len([url for url in begun.requests if "/?" in url]) == loads


@pytest.mark.parametrize(("width", "lang"), [("phone", "zh"), ("desk", "ko"), ("wall", "en")])
def test_every_tool_fits_and_has_no_accessibility_violation(visit, width, lang):
    begun = visit(width, bypass_csp=True)
    page = begun.open(f"/?lang={lang}&at={json.dumps(SQUARE)}".replace(" ", ""))
    page.locator("#ways-fold > summary").click()
    page.locator("#corners-fold > summary").click()
    if width == "phone":
        page.locator("#tools > summary").click()
    page.locator("#tool-distance").click()
    page.add_script_tag(path=str(AXE))
    for opened in (None, "#tool-share"):
        if opened:
            page.locator("#task-cancel").click()
            page.locator(opened).click()
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width][0]
        found = page.evaluate("axe.run()")
        assert [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in found["violations"]] == []
