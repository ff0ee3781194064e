"""A real server asked by many at once: every answer is right, and what was kept is in the ledger."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.request import Request, urlopen

import orjson
import pytest
from conftest import DAY
from serving import serving

from geo.cli.serving import THREADS
from geo.deployment import Deployment, Question
from geo.ledger import Ledger

pytestmark = pytest.mark.slow
SENDERS = 16
PLACES = [f"129.{tenths:02d}5,42.{tenths:02d}5" for tenths in range(20, 68)]


def keep(address: str, place: str) -> tuple[int, bytes, str]:
    """Ask for a place and have the answer kept: status, bytes and address."""
    body = orjson.dumps({"site": place, "day": DAY})
    sent = Request(f"{address}/api/v1/screenings", data=body, headers={"Content-Type": "application/json"})
    with urlopen(sent, timeout=60) as answer:
        return answer.status, answer.read(), answer.headers["Location"]


def test_many_at_once_are_answered_right_and_kept(own):
    assert SENDERS < THREADS  # none of them waits for another's connection
    here = Deployment.open(own)
    expected = {place: here.screen(Question(site=place, day=DAY)).json for place in PLACES}
    with serving(own) as address, ThreadPoolExecutor(SENDERS) as senders:
        told = list(senders.map(lambda place: keep(address, place), PLACES))
        assert [(status, body) for status, body, _ in told] == [(201, expected[place]) for place in PLACES]
        with closing(Ledger(own)) as ledger:  # read by another process while the workers hold it open
            assert ledger.count() == len(PLACES)
            kept = [ledger.find_by_token(where.rsplit("/", 1)[1]).json for _, _, where in told]
        assert kept == [expected[place] for place in PLACES]
        again = list(senders.map(lambda place: keep(address, place), PLACES))
    assert again == told  # the same answer is the same row, with the same address


def test_what_a_server_kept_is_verified_after_it_ended(own, monkeypatch):
    with serving(own) as address:
        name = orjson.loads(keep(address, PLACES[0])[1])["id"]
    monkeypatch.setenv("FENQU_LAYERS", str(own.layers))
    monkeypatch.setenv("FENQU_LEDGER", own.ledger)
    code = "from geo.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "verify", name], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("same")
