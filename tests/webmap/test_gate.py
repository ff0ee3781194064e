"""The gate of a worker: quick screenings one by one, and nothing long in their way."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

import pytest
from conftest import CENTRAL_YANJI, DAY
from shapely import Point

from geo.deployment import Deployment, Question
from geo.errors import FactUnknown
from geo.site import read_site
from webmap import create_app, gate

WHOLE_REGION = "POLYGON((127 42,131 42,131 44,127 44,127 42))"
SQUARE = "POLYGON((129.5 42.9,129.51 42.9,129.51 42.91,129.5 42.91,129.5 42.9))"
PLACES = [f"129.{tenths:02d}5,42.{tenths:02d}5" for tenths in range(40, 64)]
SECONDS = 20.0  # after which a test has waited in vain


def question(site: str) -> Question:
    return Question(site=site, day=DAY)


class Watched:
    """Stands before a deployment: how many it answers at once, and one site that it does not answer before it may."""

    def __init__(self, here: Deployment, slow: str = "") -> None:
        self.here, self.slow = here, here.site_of(question(slow)) if slow else None
        self.begun, self.may_end = Event(), Event()
        self.most, self._now, self._lock = 0, 0, Lock()

    def site_of(self, asked: Question):
        return self.here.site_of(asked)

    def screen(self, asked: Question):
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            if asked.site == self.slow:
                self.begun.set()
                assert self.may_end.wait(SECONDS)
            return self.here.screen(asked)
        finally:
            with self._lock:
                self._now -= 1


@pytest.mark.parametrize(
    ("site", "quick"),
    [
        pytest.param(CENTRAL_YANJI, True, id="a point"),
        pytest.param(SQUARE, True, id="a square of a kilometre"),
        pytest.param(WHOLE_REGION, False, id="few corners, far apart"),
        pytest.param("LINESTRING(129 42.5,129.5 43)", False, id="a road through the region"),
        pytest.param(Point(129.5, 42.9).buffer(0.02, quad_segs=100).wkt, False, id="many corners"),
    ],
)
def test_what_is_quick(site, quick):
    assert gate.is_quick(read_site(site, width_m=20.0 if site.startswith("LINE") else None)) is quick


def test_quick_ones_go_one_by_one_and_are_answered_as_alone(here):
    alone = [here.screen(question(place)).json for place in PLACES]
    watched = Watched(Deployment.open(here.settings))
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda place: gate.screen(watched, question(place)).json, PLACES))
    assert answers == alone
    assert watched.most == 1


def test_a_long_one_holds_up_no_quick_one(here):
    watched = Watched(here, slow=WHOLE_REGION)
    with ThreadPoolExecutor(2) as threads:
        long = threads.submit(gate.screen, watched, question(WHOLE_REGION))
        assert watched.begun.wait(SECONDS)
        quick = threads.submit(gate.screen, watched, question(CENTRAL_YANJI))
        assert quick.result(SECONDS).json == here.screen(question(CENTRAL_YANJI)).json
        assert not long.done()
        watched.may_end.set()
        assert long.result(SECONDS).json == here.screen(question(WHOLE_REGION)).json


def test_a_quick_one_that_takes_long_after_all_is_not_waited_for_longer_than_said(here, monkeypatch):
    monkeypatch.setattr(gate, "LONGEST_WAIT_S", 0.05)
    watched = Watched(here, slow=CENTRAL_YANJI)
    with ThreadPoolExecutor(2) as threads:
        stuck = threads.submit(gate.screen, watched, question(CENTRAL_YANJI))
        assert watched.begun.wait(SECONDS)
        assert threads.submit(gate.screen, watched, question(SQUARE)).result(SECONDS)
        assert not stuck.done()
        watched.may_end.set()
        stuck.result(SECONDS)
    with gate.turn(True):  # who had not waited has given nothing back
        assert gate._gate.locked()
    assert not gate._gate.locked()


def test_an_error_gives_the_turn_back(here):
    with pytest.raises(FactUnknown):
        gate.screen(here, Question(site=CENTRAL_YANJI, day=DAY, facts={"colour": "green"}))
    assert not gate._gate.locked()


def test_the_api_and_the_page_ask_by_the_gate(own, monkeypatch):
    asked = []
    screen = gate.screen
    monkeypatch.setattr(gate, "screen", lambda here, one: asked.append(one.site) or screen(here, one))
    with create_app(own).test_client() as client:
        assert client.get(f"/api/v1/screenings?at={CENTRAL_YANJI}&day={DAY}").status_code == 200
        body = {"site": CENTRAL_YANJI, "day": DAY, "keep": False}
        assert client.post("/api/v1/screenings", json=body).status_code == 200
        assert client.post("/screenings", data={"at": CENTRAL_YANJI, "day": DAY}).status_code == 303
    assert asked == [CENTRAL_YANJI] * 3
