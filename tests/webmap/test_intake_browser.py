"""Files of sites on the map page in a real Chromium: chosen or dropped, shown, a reading chosen, screened."""

import json
from collections.abc import Iterator

import pytest
from chromium import chromium
from playwright.sync_api import Browser, Page, expect
from serving import serving
from test_browser import AXE, Visit, answer

pytestmark = pytest.mark.slow
WEST = [[129.48, 42.87], [129.52, 42.87], [129.52, 42.9], [129.48, 42.9], [129.48, 42.87]]
SQUARE = {"type": "Polygon", "coordinates": [WEST]}
TWO_PLOTS = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "properties": {"name": "一期"}, "geometry": SQUARE},
        {
            "type": "Feature",
            "properties": {"name": "<img src=x onerror=alert(1)>"},
            "geometry": {"type": "Polygon", "coordinates": [[[lon + 0.06, lat] for lon, lat in WEST]]},
        },
    ],
}
# Metres without the number of a zone: in the west and in the east of the same region.
TWO_WAYS = "POLYGON((400000 4760000,406000 4760000,406000 4765000,400000 4765000,400000 4760000))"


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


def put(page: Page, text: str, name: str = "site.geojson") -> None:
    page.locator("#at_file").set_input_files({"name": name, "mimeType": "", "buffer": text.encode()})


def card(page: Page):
    return page.locator(".intake")


def screened(page: Page) -> dict:
    page.locator("#screen-button").click()
    expect(answer(page).locator(".verdict")).to_be_visible()
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "false")
    token = page.url.partition("token=")[2].partition("&")[0]
    return page.evaluate("path => fetch(path).then((sent) => sent.json())", f"/screenings/{token}.json")


def lines_of(page: Page) -> list[tuple[str, str | None]]:
    """Colour and dashes of the outlines on the map, without the white casing."""
    paths = page.locator(".leaflet-fenqu-site-pane path")
    looks = paths.evaluate_all(
        "all => all.map((one) => [one.getAttribute('stroke'), one.getAttribute('stroke-dasharray')])"
    )
    return [(color, dashes) for color, dashes in looks if color != "#fff"]


def test_a_chosen_file_is_shown_before_it_is_screened(visit):
    page = visit().open()
    page.locator("#at").fill("129.5024,42.8883")
    put(page, json.dumps(SQUARE))
    expect(card(page)).to_contain_text("site.geojson")
    expect(card(page)).to_contain_text("延吉市")
    expect(card(page)).to_contain_text("km²")
    assert page.locator("#at").input_value() == ""  # a place is given in one way
    assert answer(page).locator(".verdict").count() == 0
    assert lines_of(page) == [("#111", None)]
    assert page.evaluate("map_main.getBounds().contains([42.885, 129.5])")
    assert screened(page)["request"]["site"]["parts"][0]["geometry"]["type"] == "Polygon"
    assert card(page).get_attribute("open") is None


def test_a_file_dropped_onto_the_map_is_shown_and_can_be_removed(visit):
    page = visit().open()
    page.evaluate(
        """text => {
        const data = new DataTransfer();
        data.items.add(new File([text], "dropped.json", { type: "application/json" }));
        const target = document.getElementById("map_main");
        for (const type of ["dragenter", "dragover", "drop"]) {
            target.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
        }
    }""",
        json.dumps(SQUARE),
    )
    expect(card(page)).to_contain_text("dropped.json")
    page.get_by_role("button", name="移除文件").click()
    expect(card(page)).to_have_count(0)
    assert lines_of(page) == []
    assert page.locator("#at_file").input_value() == ""


def test_a_piece_is_left_out_and_a_name_is_text(visit):
    page = visit().open()
    put(page, json.dumps(TWO_PLOTS))
    expect(card(page)).to_contain_text("取 2 块")
    card(page).locator("details > summary").click()
    expect(card(page)).to_contain_text("<img src=x onerror=alert(1)>")
    page.locator('[name="piece"][value="2"]').uncheck()
    expect(card(page)).to_contain_text("取 1 块（文件共 2 块）")
    assert page.evaluate("document.activeElement.value") == "2"  # the keyboard stays where it was
    page.locator('[name="piece"][value="1"]').click()  # nothing at all would mean everything
    expect(page.locator('[name="piece"][value="1"]')).to_be_checked()
    assert len(screened(page)["request"]["site"]["parts"]) == 1


def test_a_second_file_is_read_without_the_ticks_of_the_first(visit):
    page = visit().open()
    three = {**TWO_PLOTS, "features": [*TWO_PLOTS["features"], {**TWO_PLOTS["features"][0], "id": 3}]}
    for name, plots in (("a.geojson", TWO_PLOTS), ("b.geojson", three), ("a.geojson", TWO_PLOTS)):
        put(page, json.dumps(plots), name)
        count = len(plots["features"])
        expect(card(page)).to_contain_text(name)
        expect(card(page)).to_contain_text(f"取 {count} 块")
        expect(page.locator('[name="piece"]:checked')).to_have_count(count)
    expect(page.locator("#screen-button")).to_be_enabled()
    assert len(screened(page)["request"]["site"]["parts"]) == 2


def test_a_crs_declared_for_one_file_decides_nothing_about_the_next(visit):
    here = visit()
    page = here.open()
    metres = TWO_WAYS.replace("POLYGON((", "POLYGON(( ")
    page.locator("#ways-fold > summary").click()
    page.locator(".file-more > summary").click()
    page.locator("#file_crs").fill("EPSG:4552")
    put(page, metres, "m1.wkt")
    expect(card(page)).to_contain_text("坐标系由您指定：EPSG:4552")
    assert page.locator('[name="reading"]').count() == 0
    put(page, metres, "m2.wkt")
    expect(card(page)).to_contain_text("m2.wkt")
    assert page.locator("#file_crs").input_value() == ""
    expect(page.locator('[name="reading"]').nth(1)).to_be_visible()
    page.locator("#file_crs").fill("EPSG:4552")
    page.get_by_role("button", name="移除文件").click()
    assert page.locator("#file_crs").input_value() == ""


@pytest.mark.parametrize("width", ["phone", "desk", "wall"])
def test_of_two_readings_one_is_chosen_before_anything_is_screened(visit, width):
    page = visit(width).open()
    put(page, TWO_WAYS, "plot.wkt")
    expect(page.locator('[name="reading"]').nth(1)).to_be_visible()
    expect(page.locator("#screen-button")).to_be_disabled()
    expect(page.locator("#screen-button")).to_have_attribute("aria-describedby", "intake-why")
    expect(page.locator("#intake-why")).to_be_visible()
    looks = lines_of(page)
    assert len(set(looks)) == len({color for color, _ in looks}) == page.locator('[name="reading"]').count()
    assert page.locator(".reading-badge").all_text_contents()[:2] == ["1", "2"]
    expect(card(page)).to_contain_text("若这样读：")
    page.locator('[name="reading"][value="EPSG:4553"]').check()
    expect(page.locator("#screen-button")).to_be_enabled()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    record = screened(page)
    assert record["request"]["site"]["crs"] == "EPSG:4553"
    assert page.locator(".reading-badge").count() == 0


def test_the_keyboard_alone_chooses_a_reading(visit):
    page = visit().open()
    put(page, TWO_WAYS, "plot.wkt")
    page.locator('[name="reading"]').first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.locator('[name="reading"]').nth(1)).to_be_checked()
    page.locator("#screen-button").focus()
    page.keyboard.press("Enter")
    expect(answer(page).locator(".verdict")).to_be_visible()


def test_what_the_form_says_later_is_told_under_each_reading(visit):
    page = visit().open()
    put(page, TWO_WAYS, "plot.wkt")
    page.locator('[name="reading"]').nth(1).check()
    with page.expect_response("**/sites?*"):
        page.locator("select[name=nature]").select_option("new")
    expect(page.locator('[name="reading"]').nth(1)).to_be_checked()
    expect(page.locator("#screen-button")).to_be_enabled()


def test_an_outline_is_taken_into_the_box_to_be_changed_on_the_map(visit):
    page = visit().open()
    put(page, TWO_WAYS, "plot.wkt")
    page.locator('[name="reading"][value="EPSG:4553"]').check()
    page.get_by_role("button", name="在图上修改").click()
    taken = json.loads(page.locator("#at").input_value())
    assert taken["type"] == "Polygon"
    assert taken["coordinates"][0][0][0] == pytest.approx(130.77, abs=0.05)
    expect(card(page)).to_have_count(0)
    expect(page.locator("#task-name")).to_be_visible()


def test_a_mended_outline_is_shown_before_and_after(visit):
    """The server's answer is changed on its way, so that this page is tested whatever is mended there."""
    page = visit().open()

    def with_mending(route) -> None:
        told = route.fetch()
        head, mark, rest = told.text().partition('data-intake="drawn">')
        drawn, end, tail = rest.partition("</script>")
        plain = json.loads(drawn)
        plain["readings"][0]["mended"] = [{"part": 1, "before": SQUARE, "after": SQUARE}]
        route.fulfill(response=told, body=head + mark + json.dumps(plain) + end + tail)

    page.route("**/sites?*", with_mending)
    put(page, json.dumps(SQUARE))
    expect(card(page)).to_be_visible()
    assert lines_of(page) == [("#b3261e", "5 5"), ("#111", None)]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("site.xyz", "{}", "site.xyz"),
        ("site.geojson", "{", "site.geojson"),
        ("site.geojson", " " * 20_000_001, "20000001 字节"),
    ],
    ids=["another format", "broken", "too large"],
)
def test_a_file_that_cannot_be_read_is_refused_and_let_go_of(visit, name, text, words):
    here = visit()
    page = here.open()
    put(page, text, name)
    expect(page.locator("#notice-detail")).to_contain_text(words)
    expect(card(page)).to_have_count(0)
    expect(page.locator("#screen-button")).to_be_enabled()
    assert page.locator("#at_file").input_value() == ""
    here.complaints = [said for said in here.complaints if "422" not in said]  # the browser's own word on the answer


@pytest.mark.parametrize("width", ["phone", "desk"])
@pytest.mark.parametrize("language", ["zh", "ko", "en"])
def test_nothing_stands_in_the_way_of_a_screen_reader(visit, width, language):
    page = visit(width, bypass_csp=True, reduced_motion="reduce").open(f"/?lang={language}")
    put(page, TWO_WAYS, "plot.wkt")
    page.locator('[name="reading"]').first.check()
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run('.entry', { resultTypes: ['violations'] })")["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


def test_without_a_script_a_reading_is_chosen_on_the_page_that_comes_back(visit):
    here = visit(java_script_enabled=False)
    page = here.open()
    page.locator("#ways-fold > summary").click()
    put(page, TWO_WAYS, "plot.wkt")
    page.locator("[name=industry]").first.fill("C2631")
    page.locator("#screen-button").click()
    page.locator('[name="reading"][value="EPSG:4553"]').check()
    page.locator("#ways-fold > summary").click()
    put(page, TWO_WAYS, "plot.wkt")
    assert page.locator("[name=industry]").first.input_value() == "C2631"
    page.locator("#screen-button").click()
    expect(page.locator("body")).to_contain_text("EPSG:4553")
    assert "/screenings/" in page.url
    here.complaints = [said for said in here.complaints if "422" not in said]


def test_the_card_costs_the_first_view_nothing(visit):
    here = visit()
    here.open()
    assert [url for url in here.requests if "intake" in url] == []
