"""A layer of 20,000 zones as vector tiles: against a real server, drawn by a real Chromium."""

import shutil
from collections.abc import Iterator
from dataclasses import replace

import orjson
import pytest
import shapely
from bench.delivery import cells
from chromium import chromium, wait_for_layers
from playwright.sync_api import Page, Route, expect
from serving import serving
from test_browser import Visit

from geo.layers.releases import Zone, read_release, write_release
from geo.settings import Settings

pytestmark = pytest.mark.slow
CENTRE, REACH = (129.2, 43.1), 0.6  # degrees, of the ground that the made zones share out
CLASSES = ("priority", "key", "general")
DRAWN = """() => [...document.querySelectorAll("canvas.leaflet-tile")].filter((tile) => tile.width && tile
    .getContext("2d").getImageData(0, 0, tile.width, tile.height).data.some((value) => value)).length"""


@pytest.fixture(scope="module")
def heavy(built: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The shipped deployment with 20,022 official units made from a seed."""
    layers = tmp_path_factory.mktemp("heavy") / "layers"
    shutil.copytree(built.layers, layers)
    folder = layers / "data" / built.region / "control_unit"
    info, _, coverage = read_release(folder, orjson.loads((folder / "current.json").read_bytes())["release"])
    shapes = shapely.coverage_simplify(cells(CENTRE, REACH), 0.0002)
    zones = [
        Zone(f"u{at}", "control_unit", f"单元{at}", code=f"ZH{at:06d}", zone_class=CLASSES[at % 3], geometry=shape)
        for at, shape in enumerate(shapes)
    ]
    said = info.model_dump(exclude={"id"}) | {"provenance": "official", "limits": "surveyed"}
    write_release(folder, zones, coverage, **said)
    return replace(built, layers=layers, ledger=f"sqlite:///{layers.parent / 'ledger.sqlite'}")


@pytest.fixture(scope="module")
def visit(heavy: Settings) -> Iterator[Visit]:
    with serving(heavy, workers=1) as address, chromium() as browser:
        made = Visit(browser, address)
        yield made
        made.close()


def at_the_zones(visit: Visit) -> Page:
    page = visit.page
    page.goto(f"{visit.address}/?lang=zh")
    page.evaluate(f"map_main.setView([{CENTRE[1]}, {CENTRE[0]}], 10, {{animate: false}})")
    wait_for_layers(page, 120.0)
    return page


def test_twenty_thousand_zones_come_as_tiles_and_not_as_one_file(visit):
    page = at_the_zones(visit)
    assert page.evaluate(DRAWN) > 0
    asked = [url for url in visit.requests if "control_unit" in url]
    assert asked
    assert all("/map/tiles/control_unit/" in url for url in asked)


def test_pointing_at_a_tile_says_the_zone_and_a_click_screens_the_place(visit):
    page = at_the_zones(visit)
    page.evaluate("fenqu.applyLayersState('control_unit')")
    box = page.locator("#map_main").bounding_box()
    middle = (box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.5)
    page.mouse.move(*middle)
    page.mouse.move(middle[0] + 2, middle[1] + 2)
    tip = page.locator(".leaflet-tooltip.zone-tip")
    tip.wait_for()
    said = tip.inner_text()
    assert "单元" in said
    assert "ZH0" in said
    assert any(word in said for word in ("优先保护单元", "重点管控单元", "一般管控单元"))
    page.mouse.click(*middle)
    page.locator("#answer .verdict__headline").wait_for()
    assert said.split("\n")[1].strip() in page.locator("#answer").inner_text()
    assert page.evaluate("map_main.getMaxZoom()") == 17


def test_a_tile_that_does_not_come_is_said_and_never_looks_like_empty_ground(visit):
    page, broken = visit.page, [True]

    def once_broken(route: Route) -> None:
        route.fulfill(status=500, body="{}") if broken[0] else route.continue_()

    page.route("**/map/tiles/**", once_broken)
    page.goto(f"{visit.address}/?lang=zh")
    again = page.get_by_role("button", name="重试: 生态环境管控单元")
    again.wait_for()
    broken[0] = False
    again.click()
    wait_for_layers(page, 120.0)
    expect(again).to_have_count(0)
    assert page.evaluate(DRAWN) > 0
    page.unroute("**/map/tiles/**")
    visit.complaints[:] = [text for text in visit.complaints if "500" not in text]  # the browser logs it itself
