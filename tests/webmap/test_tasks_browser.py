"""Five tasks as a newcomer does them, from a cold start: clicks, fields typed and seconds counted (`-s` prints them).

The seconds are those of the program: a person reads and thinks as well.
"""

import json
import re
import time
from collections.abc import Iterator

import pytest
from chromium import chromium
from playwright.sync_api import Browser, Locator, Page, expect
from serving import serving

pytestmark = pytest.mark.slow
PLACE = "129.5024,42.8883"
COUNTY_GROUND = "129.9,43.4"
MOST_SECONDS = 30.0  # of the program, on a busy machine
MOST_ACTS = {"unit": 4, "pig farm": 7, "three sites": 9, "since last year": 6, "geojson": 4}  # clicks and fields


class Newcomer:
    """Opens the page with nothing kept, and does one thing after the other."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.page: Page = browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN").new_page()
        self.clicks = self.fields = 0
        self.begun = time.perf_counter()
        self.page.goto(address)

    def click(self, what: Locator) -> None:
        self.clicks += 1
        what.click()

    def type(self, where: Locator, text: str) -> None:
        self.fields += 1
        where.fill(text)

    def choose(self, where: Locator, value: str) -> None:
        self.clicks += 1
        where.select_option(value)

    def done(self, task: str) -> None:
        seconds = time.perf_counter() - self.begun
        print(f"| {task} | {self.clicks} | {self.fields} | {seconds:.1f} |")
        assert self.clicks + self.fields <= MOST_ACTS[task]
        assert seconds < MOST_SECONDS
        self.page.context.close()


@pytest.fixture(scope="module")
def address(built) -> Iterator[str]:
    with serving(built, workers=1) as where:
        yield where


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def newcomer(browser, address) -> Newcomer:
    return Newcomer(browser, address)


def screen_at(newcomer: Newcomer, place: str) -> None:
    newcomer.type(newcomer.page.locator("#at"), place)
    newcomer.click(newcomer.page.get_by_role("button", name="判定"))
    expect(newcomer.page.locator(".verdict__headline")).to_be_visible()


def test_find_the_unit_of_a_site(newcomer):
    page = newcomer.page
    newcomer.type(page.get_by_role("combobox", name="搜索单元"), PLACE)
    newcomer.click(page.locator("#find-list").get_by_role("option").first)
    newcomer.click(page.locator("#find-here"))
    expect(page.locator("#zone-panel")).to_contain_text("延吉市延吉城镇重点管控单元（示意）")
    newcomer.done("unit")


def test_a_pig_farm_at_this_place(newcomer):
    page = newcomer.page
    newcomer.type(page.locator("#industry"), "养猪")
    page.locator('#industries option[value="A0313"]').wait_for(state="attached")
    newcomer.type(page.locator("#industry"), "A0313")  # the browser's own list cannot be clicked from here
    newcomer.choose(page.locator("#nature"), "new")
    screen_at(newcomer, PLACE)
    expect(page.locator(".block--request")).to_contain_text("A0313 猪的饲养")
    expect(page.locator(".verdict__headline")).to_contain_text("示意结果")
    expect(page.locator(".block--ask")).to_contain_text("畜禽")
    newcomer.done("pig farm")


def test_which_of_three_sites(newcomer):
    page = newcomer.page
    newcomer.click(page.get_by_role("link", name="多处选址对比"))
    for number, place in enumerate((PLACE, COUNTY_GROUND, "128.2,43.35"), start=1):
        newcomer.type(page.locator(f"#at-{number}"), place)
    newcomer.type(page.locator("#industry"), "C2631")
    newcomer.choose(page.locator("#nature"), "new")
    newcomer.click(page.get_by_role("button", name=re.compile("比较|对比")))
    expect(page.locator("table").first).to_be_visible()
    expect(page.locator("main")).to_contain_text("示意")
    assert page.locator("main table tbody tr").count() > 3
    newcomer.done("three sites")


def test_what_changed_since_last_year(newcomer):
    page = newcomer.page
    newcomer.type(page.locator("#industry"), "C2631")
    screen_at(newcomer, PLACE)
    newcomer.type(page.locator("#day-shown"), "2025-11-22")
    page.locator("#day-shown").press("Tab")
    expect(page.locator(".day-changes__lead")).to_contain_text("2025-11-22")
    expect(page.locator(".day-changes")).to_contain_text("生态环境法典")
    newcomer.done("since last year")


def test_the_geojson(newcomer):
    page = newcomer.page
    screen_at(newcomer, PLACE)
    newcomer.click(page.locator(".actions").get_by_role("link", name="GeoJSON"))
    page.wait_for_url(re.compile(r"/screenings/[^/]+\.geojson$"))
    collection = json.loads(page.locator("body").inner_text())
    assert {feature["properties"]["role"] for feature in collection["features"]} == {"site", "overlap"}
    newcomer.done("geojson")
