"""Kept answers asked again: what a new release, a changed rule, a later day or a lost layer makes of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
import shapely
from click.testing import CliRunner
from conftest import CENTRAL_YANJI, DAY, ERDAOBAIHE
from sqlalchemy import create_engine, text

from geo import ledger as ledger_module
from geo.cli import main
from geo.day import read_day
from geo.deployment import Deployment, Question
from geo.layers.releases import read_release, write_release
from geo.rules.model import RANK
from geo.settings import Settings
from geo.watch import Sight, Watch, reasons_in_words

PLANT = Question(site=CENTRAL_YANJI, industry="C2631", nature="new", day=DAY)
SOIL = "soil.sensitive_surroundings"


def keep(settings: Settings, question: Question = PLANT) -> str:
    here = Deployment.open(settings)
    return here.keep(here.screen(question)).id


def look(settings: Settings, as_of: str | None = None, **chosen) -> list[Sight]:
    here = Deployment.open(settings)
    watch = Watch(settings, here.ledger, here.book, read_day(as_of) if as_of else None)
    return list(watch.look(here.ledger.names(**chosen)))


def folder(settings: Settings, kind: str):
    return settings.layers / "data" / settings.region / kind


def release_without(settings: Settings, kind: str, at: shapely.Geometry) -> str:
    """Publish a release of a layer without the zones at a place."""
    place = folder(settings, kind)
    info, zones, coverage = read_release(place, orjson.loads((place / "current.json").read_bytes())["release"])
    left = [zone for zone in zones if zone.geometry is None or not zone.geometry.intersects(at)]
    assert len(left) < len(zones)
    return write_release(place, left, coverage, **info.model_dump(exclude={"id"})).id


def edit(settings: Settings, file: str, old: str, new: str) -> None:
    path = settings.layers / file
    said = path.read_text("utf-8")
    assert old in said
    path.write_text(said.replace(old, new, 1), "utf-8")


def test_an_answer_that_would_read_the_same_is_not_listed(own):
    name = keep(own)
    (sight,) = look(own)
    assert (sight.id, sight.outcome, sight.listed) == (name, "same", False)


def test_a_new_release_is_listed_with_its_layer(own):
    keep(own)
    new = release_without(own, "built_up_area", shapely.Point(129.5024, 42.8883).buffer(0.05))
    (sight,) = look(own)
    assert sight.outcome == "changed"
    assert (sight.before["indicative_verdict"], sight.after["indicative_verdict"]) != ("prohibited", "prohibited")
    (shift,) = [shift for shift in sight.layers if shift.layer == "built_up_area"]
    assert (shift.releases[1], shift.statuses[0]) == (new, "hit")
    assert sight.texts == ()
    here = Deployment.open(own)
    told = reasons_in_words(sight, here.book, "zh")
    assert [line for line in told if line.startswith("图层“建成区”换了数据版本") and new in line]


def test_a_changed_rule_is_listed_with_its_title(own):
    keep(own)
    edit(own, "rules/state/soil.yaml", "    effect: prohibited", "    effect: restricted")
    (sight,) = look(own)
    assert (sight.outcome, sight.layers) == ("changed", ())
    assert [(text.kind, text.subject) for text in sight.texts] == [("rule", SOIL)]
    (told,) = reasons_in_words(sight, Deployment.open(own).book, "zh")
    assert "在规则库中已修订" in told


def test_the_day_of_the_answer_comes_first_and_the_other_day_beside_it(own):
    keep(own, replace(PLANT, day="2025-05-01"))
    assert [(sight.day, sight.outcome) for sight in look(own)] == [("2025-05-01", "same")]
    assert [(sight.asked, sight.day) for sight in look(own, as_of=DAY)] == [
        ("2025-05-01", "2025-05-01"),
        ("2025-05-01", DAY),
    ]
    assert len(look(own, as_of="2025-05-01")) == 1


def test_a_law_of_today_that_reads_otherwise_is_listed_with_the_document(own):
    keep(own, replace(PLANT, day="2025-05-01"))
    edit(own, "rules/state/soil.yaml", "    effect: prohibited", "    effect: restricted")
    listed = [sight for sight in look(own, as_of=DAY) if sight.listed]
    assert [sight.day for sight in listed] == ["2025-05-01", DAY]
    today = {(text.kind, text.subject) for text in listed[1].texts}
    assert ("document", "soil_pollution_law_2018") in today
    told = reasons_in_words(listed[1], Deployment.open(own).book, "zh")
    assert [line for line in told if "土壤污染防治法" in line]


def test_a_layer_that_is_withdrawn_is_listed_and_never_milder(own):
    keep(own)
    next(folder(own, "built_up_area").glob(f"{current(own, 'built_up_area')}.gpkg")).unlink()
    (sight,) = look(own)
    assert sight.listed
    (shift,) = [shift for shift in sight.layers if shift.layer == "built_up_area"]
    assert shift.statuses == ("hit", "failed")
    for worst in ("range", "indicative_range"):
        assert RANK[sight.after[worst][1]] >= RANK[sight.before[worst][1]]
    assert "no_restriction_found" not in (sight.after["verdict"], sight.after["indicative_verdict"])


def test_a_lost_layer_is_listed_even_where_the_verdict_stays(own):
    keep(own)
    next(folder(own, "scenic_area").glob(f"{current(own, 'scenic_area')}.gpkg")).unlink()
    (sight,) = look(own)
    assert sight.listed
    assert [shift.statuses[1] for shift in sight.layers if shift.layer == "scenic_area"] == ["failed"]


def current(settings: Settings, kind: str) -> str:
    return orjson.loads((folder(settings, kind) / "current.json").read_bytes())["release"]


def test_a_rule_that_nobody_had_when_the_answer_was_kept_is_new(own):
    path = own.layers / "rules" / "state" / "soil.yaml"
    whole = path.read_text("utf-8")
    head, _, rest = whole.partition(f"  - id: {SOIL}")
    following = rest.partition("\n  - id: ")
    path.write_text(head + "  - id: " + following[2], "utf-8")
    keep(own)
    path.write_text(whole, "utf-8")
    (sight,) = look(own)
    assert ("rule_new", SOIL) in {(text.kind, text.subject) for text in sight.texts}
    assert [line for line in reasons_in_words(sight, Deployment.open(own).book, "en") if "has a new rule" in line]


def test_a_broken_row_is_told_and_stops_nothing(own):
    names = [keep(own), keep(own, replace(PLANT, site=ERDAOBAIHE)), keep(own, replace(PLANT, site="129.6,42.9"))]
    with create_engine(own.ledger).begin() as connection:
        for name, damage in ((names[0], b"{"), (names[1], b'{"site": []}')):
            connection.execute(
                text("UPDATE screenings SET request = :damage WHERE id = :name"), {"name": name, "damage": damage}
            )
    found = {sight.id: sight for sight in look(own)}
    assert [found[name].outcome for name in names] == ["broken", "broken", "same"]
    assert found[names[0]].error.startswith("JSONDecodeError")
    assert reasons_in_words(found[names[0]], Deployment.open(own).book) == (found[names[0]].error,)


def test_the_names_come_a_batch_at_a_time_the_latest_first(own, monkeypatch):
    monkeypatch.setattr(ledger_module, "BATCH", 2)
    names = [keep(own, replace(PLANT, site=f"129.5{number},42.9")) for number in range(5)]
    here = Deployment.open(own)
    old = sorted(names)[:3]  # of one moment, across the border of a batch
    with create_engine(own.ledger).begin() as connection:
        change = text("UPDATE screenings SET kept_at = '2026-01-01 00:00:00.000000' WHERE id = :name")
        connection.execute(change, [{"name": name} for name in old])
    found = list(here.ledger.names())
    assert (set(found[:2]), found[2:]) == (set(names) - set(old), old[::-1])
    assert list(here.ledger.names(since=datetime.now(UTC) - timedelta(hours=1))) == found[:2]
    assert list(here.ledger.names(region="elsewhere")) == []
    assert (here.ledger.count(), here.ledger.count(region="elsewhere")) == (5, 0)


@pytest.fixture
def run(own, monkeypatch):
    monkeypatch.setenv("FENQU_LAYERS", str(own.layers))
    monkeypatch.setenv("FENQU_LEDGER", own.ledger)

    def called(*words: str, code: int = 0):
        done = CliRunner().invoke(main, list(words))
        assert done.exit_code == code, done.output
        return done

    return called


def test_the_command_says_nothing_changed_with_code_0_and_something_with_1(own, run):
    name = keep(own)
    assert run("watch").output.splitlines() == ["未变 1，有变 0，依据有变 0，图层读不出 0，无法重判 0。"]
    edit(own, "rules/state/soil.yaml", "    effect: prohibited", "    effect: restricted")
    out = run("watch", code=1).output
    assert name in out
    assert "有变 1" in out
    lines = [orjson.loads(line) for line in run("watch", "--json", code=1).stdout_bytes.splitlines()]
    assert [line.get("id") for line in lines] == [name, None]
    assert lines[0]["texts"][0]["subject"] == SOIL
    assert lines[1]["counts"] == {"same": 0, "changed": 1, "grounds": 0, "unreadable": 0, "broken": 0}
    assert "未变 0，有变 0" in run("watch", "--region", "elsewhere").output
    assert "未变 0，有变 0" in run("watch", "--since", "2099-01-01").output


def test_the_command_tells_a_broken_row_with_code_3_and_takes_the_latest_only(own, run):
    keep(own)
    second = keep(own, replace(PLANT, site=ERDAOBAIHE))
    with create_engine(own.ledger).begin() as connection:
        connection.execute(text("UPDATE screenings SET record = :x WHERE id = :name"), {"x": b"[]", "name": second})
    out = run("--lang", "en", "watch", "--limit", "1", "--as-of", "today", code=3).output
    assert "Could not be asked again" in out
    assert "could not be asked again 1" in out
    assert "day_invalid" in run("--lang", "en", "watch", "--as-of", "tomorrow", code=2).stderr


def test_other_findings_and_clauses_under_the_same_verdict_are_listed(own):
    keep(own, replace(PLANT, day="2026-06-01"))
    first, later = look(own, as_of=DAY)
    assert first.outcome == "same"
    assert (later.outcome, later.before, later.listed) == ("grounds", later.after, True)
    assert later.texts
