"""Which release was served when; a lost record of it is a failure, and a build displaces nothing better."""

from datetime import date, timedelta

import orjson
import pytest
import shapely
from conftest import CENTRAL_YANJI
from samples import KIND, make_entry, make_zone, release_words

from geo.build import build_region
from geo.day import today
from geo.deployment import Deployment, Question
from geo.errors import DayInvalid, ReleaseError
from geo.layers import releases as written
from geo.layers.history import roll_back
from geo.layers.releases import read_release, release_on, served_releases, write_release
from geo.layers.store import BrokenLayer, LayerStore
from geo.settings import Settings

SQUARE = shapely.box(129.0, 43.0, 129.1, 43.1)
MONDAY = date(2026, 6, 1)
TUESDAY, WEDNESDAY = MONDAY + timedelta(1), MONDAY + timedelta(2)


@pytest.fixture
def store(tmp_path):
    return LayerStore(Settings(layers=tmp_path, region="test"), {KIND: make_entry()})


@pytest.fixture
def on(monkeypatch):
    """Let it be another day."""
    return lambda day: monkeypatch.setattr(written, "today", lambda: day)


def write(store, name, recorded=MONDAY):
    words = release_words(region="test", layer=KIND, recorded_from=recorded)
    return write_release(store.folder / KIND, [make_zone(name, SQUARE)], SQUARE, **words).id


def known(store, day):
    layer = store.known_on(day).layers[KIND]
    return layer and layer.info.id


def test_each_day_has_the_release_that_was_served_at_its_end(store, on):
    on(MONDAY)
    first, second = write(store, "a"), write(store, "b")
    on(WEDNESDAY)
    roll_back(store.folder / KIND, first)
    assert [known(store, MONDAY + timedelta(days)) for days in (-1, 0, 1, 2, 9)] == [None, second, second, first, first]


def test_serving_the_same_release_again_is_no_news(store, on):
    on(MONDAY)
    only = write(store, "a")
    on(TUESDAY)
    assert write(store, "a") == only
    assert served_releases(store.folder / KIND) == [(MONDAY, only)]


@pytest.mark.parametrize("text", ['{"release": "0"}', "{", '{"served": [["x", "y"]]}', '{"served": 7}'])
def test_what_was_served_and_is_no_longer_known_is_a_failure_and_never_an_absence(store, on, text):
    on(MONDAY)
    write(store, "a")
    (store.folder / KIND / "current.json").write_text(text, "utf-8")
    assert isinstance(store.known_on(TUESDAY).layers[KIND], BrokenLayer)


def test_a_list_that_begins_later_than_a_release_was_recorded_cannot_tell(store, on):
    on(WEDNESDAY)
    write(store, "a", recorded=MONDAY)
    with pytest.raises(ReleaseError, match="is not written down"):
        release_on(store.folder / KIND, TUESDAY)


def test_a_release_that_is_not_to_be_served_waits_on_disk(store, on):
    on(MONDAY)
    served = write(store, "a")
    words = release_words(region="test", layer=KIND)
    waiting = write_release(store.folder / KIND, [make_zone("b", SQUARE)], SQUARE, serve=False, **words).id
    assert known(store, MONDAY) == store.open(KIND).info.id == served
    assert read_release(store.folder / KIND, waiting)[0].id == waiting


def test_a_question_about_an_earlier_state_is_answered_from_it(own, monkeypatch):
    here = Deployment.open(own)
    folder = own.layers / "data" / own.region / "scenic_area"
    before = here.store.open("scenic_area").info
    _, zones, coverage = read_release(folder, before.id)
    tomorrow = today() + timedelta(1)
    monkeypatch.setattr(written, "today", lambda: tomorrow)
    after = write_release(folder, zones[1:], coverage, **before.model_dump(exclude={"id"})).id

    def release(**asked):
        record = here.screen(Question(site=CENTRAL_YANJI, either_order=True, **asked)).record
        return record["id"], next(c["release"] for c in record["checks"] if c["layer"] == "scenic_area")

    assert release()[1] == release(known_at=tomorrow.isoformat())[1] == after
    assert release(known_at=today().isoformat())[1] == before.id
    assert release() == release(known_at=tomorrow.isoformat())  # the same releases are the same answer
    with pytest.raises(DayInvalid):
        release(known_at="soon")


def test_a_build_never_takes_the_place_of_what_an_authority_gave(own):
    folder = own.layers / "data" / own.region / "scenic_area"
    store = LayerStore(own)
    drawn = store.open("scenic_area").info
    _, zones, coverage = read_release(folder, drawn.id)
    said = drawn.model_dump(exclude={"id"}) | {"provenance": "official", "limits": "surveyed"}
    official = write_release(folder, zones, coverage, **said).id
    assert drawn.id in {release.id for release in build_region(own)}
    assert store.open("scenic_area").info.id == official
    roll_back(folder, drawn.id)
    build_region(own)
    assert store.open("scenic_area").info.id == drawn.id


def test_the_list_of_days_is_plain_json(store, on):
    on(MONDAY)
    only = write(store, "a")
    current = orjson.loads((store.folder / KIND / "current.json").read_bytes())
    assert current == {"release": only, "served": [["2026-06-01", only]]}
