"""The application under a real WSGI server with several workers."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from conftest import CENTRAL_YANJI, DAY
from serving import serving

from geo.deployment import Deployment, Question
from geo.layers.releases import read_release, set_current, write_release

pytestmark = pytest.mark.slow
QUERY = urlencode({"at": CENTRAL_YANJI, "industry": "C2631", "nature": "new", "day": DAY})


def fetch(address: str, body: bytes | None = None) -> tuple[int, bytes]:
    try:
        with urlopen(Request(address, data=body, headers={"Content-Type": "application/json"}), timeout=30) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        with error:
            return error.code, error.read()


def test_workers_answer_with_the_same_bytes_as_the_engine(own):
    expected = Deployment.open(own).screen(Question(site=CENTRAL_YANJI, day=DAY, industry="C2631", nature="new")).json
    with serving(own) as address, ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(lambda _: fetch(f"{address}/api/v1/screenings?{QUERY}"), range(60)))
    assert answers == {(200, expected)}


def test_every_worker_sees_a_swap_and_a_killed_layer(own):
    folder = own.layers / "data" / own.region / "built_up_area"
    old = json.loads((folder / "current.json").read_text())["release"]
    info, zones, coverage = read_release(folder, old)
    fewer = [zone for zone in zones if zone.name != "延吉建成区（示意）"]
    new = write_release(folder, fewer, coverage, **info.model_dump(exclude={"id"})).id
    set_current(folder, old)
    with serving(own) as address, ThreadPoolExecutor(8) as threads:
        words = ask_often(address, threads)
        assert words == {"prohibited"}
        set_current(folder, new)
        words = ask_often(address, threads)
        assert words == {"needs_information"}
        kill(folder / f"{new}.gpkg")
        words = ask_often(address, threads)
        assert words == {"needs_review"}


def ask_often(address: str, threads: ThreadPoolExecutor) -> set[str]:
    answers = threads.map(lambda _: fetch(f"{address}/api/v1/screenings?{QUERY}"), range(40))
    return {json.loads(body)["indicative_verdict"] for _, body in answers}


def kill(path: Path) -> None:
    path.unlink()


def test_a_body_over_the_limit_is_refused_and_the_server_goes_on(own):
    with serving(own, workers=1) as address:
        status, body = fetch(f"{address}/api/v1/screenings", b" " * 2_000_000)
        assert (status, json.loads(body)["code"]) == (413, "http_error_413")
        assert fetch(f"{address}/healthz")[0] == 200
