"""One question on two days: what differs, and that every difference has its reason."""

from dataclasses import replace
from datetime import date
from itertools import combinations, count

import orjson
import pytest
from click.testing import CliRunner
from conftest import CENTRAL_YANJI, DAY

from geo.cli import main
from geo.comparison import compare
from geo.deployment import Deployment, Question
from geo.errors import BodyInvalid, TimeUp
from geo.export.comparison import present_comparison
from geo.layers.releases import read_release, write_release
from geo.layers.store import LayerStore
from geo.texts import LANGUAGES

PLANT = Question(site=CENTRAL_YANJI, industry="C2631", nature="new", day="2025-05-01")
PLACES = (CENTRAL_YANJI, "129.35,42.9", "128.5,42.6", "130.3,42.9")
DAYS = ("2017-01-01", "2021-06-01", "2025-05-01", "2026-02-01", DAY)


def change_of(comparison, rule: str):
    return next(change for change in comparison.changes if change.rule == rule)


def test_the_same_day_twice_differs_in_nothing(here):
    comparison = here.compare(PLANT, "2025-05-01")
    assert comparison.same
    assert (comparison.changes, comparison.opened, comparison.closed) == ((), (), ())


def test_a_law_replaced_by_the_code_is_the_reason(here):
    change = change_of(here.compare(PLANT, DAY), "soil.sensitive_surroundings")
    assert change.kind == "text"
    assert [side.cited for side in (change.before, change.after)] == [
        (("soil_pollution_law_2018", "32"),),
        (("eco_environment_code_2026", "427"),),
    ]
    reasons = {(reason.kind, reason.subject): reason for reason in change.reasons}
    assert reasons["version_began", change.rule].day == "2026-08-15"
    repealed = reasons["document", "soil_pollution_law_2018"]
    assert (repealed.before, repealed.after, repealed.day) == ("in_force", "repealed", "2026-08-15")
    assert repealed.successor == "eco_environment_code_2026"
    assert reasons["document", "eco_environment_code_2026"].before is None


def test_a_finding_of_one_day_only_appears_or_vanishes(here):
    changes = here.compare(replace(PLANT, day="2015-01-01"), DAY).changes
    appears = [change for change in changes if change.kind == "appears"]
    assert appears
    assert all(change.before is None and change.after for change in appears)


def test_a_lapsed_plan_changes_the_state_and_is_named(here):
    question = replace(PLANT, industry="D4430", facts={"coal_boiler_t_h": "5"})
    comparison = here.compare(replace(question, day="2025-12-31"), "2026-01-01")
    lapsed = [change for change in comparison.changes if change.kind == "state"]
    assert lapsed
    for change in lapsed:
        assert (change.before.state, change.after.state) == ("applies", "undecided")
        assert [(reason.kind, reason.subject, reason.after) for reason in change.reasons] == [
            ("document", "yanbian_plan_145_2022", "lapsed_successor_unknown")
        ]
    assert ("document", "yanbian_plan_145_2022") in comparison.opened


def test_sensitive_areas_that_one_day_does_not_know_differ(here):
    comparison = here.compare(Question(site=CENTRAL_YANJI, day="2020-12-31"), "2021-01-01")
    said = orjson.loads(comparison.json)
    assert said["same"] is False
    assert [(row["class"], row["before"], row["after"]["class"]) for row in said["eia"]] == [
        (name, None, name) for name in ("class_1", "class_2", "class_3")
    ]
    assert [answer["eia_act"] for answer in said["answers"]] == [None, {"document": "eia_law_2018", "article": "16"}]


def test_an_open_point_whose_effect_differs_is_told(here):
    comparison = here.compare(Question(site="129.4768,43.9872", day="2026-08-14"), "2026-08-15")
    said = orjson.loads(comparison.json)
    assert said["same"] is False
    changed = {
        (row["kind"], row["subject"]): (row["before"]["effect"], row["after"]["effect"])
        for row in said["open"]["changed"]
    }
    assert changed["data", "control_unit"] == changed["sketch", "control_unit"] == ("restricted", "prohibited")


def test_a_lapsed_plan_among_the_causes_of_an_undecided_finding_is_told(here):
    comparison = here.compare(replace(PLANT, industry="D4430", day="2025-11-22"), DAY)
    boiler = change_of(comparison, "yanbian.boiler.elsewhere")
    assert boiler.kind == "causes"
    lapsed = {"kind": "document", "subject": "yanbian_plan_145_2022"}
    assert (lapsed in boiler.before.causes, lapsed in boiler.after.causes) == (False, True)
    assert [reason.subject for reason in boiler.reasons] == ["yanbian_plan_145_2022"]


def test_the_earlier_day_comes_first_whichever_was_asked_first(here):
    there, back = here.compare(PLANT, DAY), here.compare(replace(PLANT, day=DAY), "2025-05-01")
    assert there.json == back.json
    assert [answer["day"] for answer in orjson.loads(there.json)["answers"]] == ["2025-05-01", DAY]


@pytest.mark.parametrize("place", PLACES)
def test_every_difference_has_a_reason_in_three_languages(here, place):
    answers = [here.screen(replace(PLANT, site=place, day=day), here.store.snapshot()) for day in DAYS]
    seen = 0
    for one, other in combinations(answers, 2):
        comparison = compare(one, other, here.book)
        for change in comparison.changes:
            assert change.reasons, (place, change)
            seen += 1
        told = comparison.changes or comparison.differences or comparison.acts[0] != comparison.acts[1]
        assert comparison.same == (not told)
        views = [present_comparison(comparison, here.book, language) for language in LANGUAGES]
        for view in views:
            rows = [*view["changes"], *(row for section in view["differences"] for row in section["rows"])]
            assert not [row["title"] for row in rows if row["before"] == row["after"]], place
        assert len({str(view["changes"]) for view in views}) == (3 if comparison.changes else 1)
    assert seen


def test_a_zone_that_began_between_the_days_is_the_reason(own):
    folder = own.layers / "data" / own.region / "built_up_area"
    info, zones, coverage = read_release(folder, orjson.loads((folder / "current.json").read_bytes())["release"])
    begun = [replace(zone, valid_from=date(2025, 7, 1)) for zone in zones]
    write_release(folder, begun, coverage, **info.model_dump(exclude={"id"}))
    comparison = Deployment.open(own).compare(PLANT, "2025-08-01")
    change = change_of(comparison, "soil.sensitive_surroundings")
    assert change.kind == "appears"
    assert [(reason.kind, reason.subject, reason.day) for reason in change.reasons] == [
        ("zone_began", change.after.zones[0], "2025-07-01")
    ]


def test_a_zone_that_began_beside_the_site_is_a_check_that_differs(own):
    folder = own.layers / "data" / own.region / "built_up_area"
    info, zones, coverage = read_release(folder, orjson.loads((folder / "current.json").read_bytes())["release"])
    begun = [replace(zone, valid_from=date(2025, 7, 1)) for zone in zones]
    write_release(folder, begun, coverage, **info.model_dump(exclude={"id"}))
    comparison = Deployment.open(own).compare(Question(site="129.4768,43.9872", day="2025-06-30"), "2025-07-01")
    (check,) = comparison.of("checks")
    assert check.name == {"layer": "built_up_area"}
    assert (check.before["nearest"], comparison.same) == (None, False)
    assert check.after["nearest"]["name"]


def test_both_answers_together_take_the_time_of_one(here, monkeypatch):
    ticks = count()
    for module in ("deployment", "screening", "ground"):
        monkeypatch.setattr(f"geo.{module}.monotonic", lambda: float(next(ticks)))

    def within(seconds: float) -> Deployment:
        settings = replace(here.settings, screening_seconds=seconds)
        return Deployment(settings, LayerStore(settings), here.book)  # that was never asked about a site

    first = next(ticks)
    within(1e9).screen(PLANT)
    once = 1.5 * (next(ticks) - first)
    within(once).screen(PLANT)
    with pytest.raises(TimeUp):
        within(once).compare(PLANT, DAY)


def test_answers_to_different_questions_are_not_compared(here):
    one, other = here.screen(PLANT), here.screen(replace(PLANT, nature="existing", day=DAY))
    with pytest.raises(BodyInvalid, match="same question"):
        compare(one, other, here.book)


@pytest.fixture
def run(built, monkeypatch):
    monkeypatch.setenv("FENQU_LAYERS", str(built.layers))
    monkeypatch.setenv("FENQU_LEDGER", built.ledger)
    asked = ["screen", CENTRAL_YANJI, "--industry", "C2631", "--nature", "new", "--as-of", "2025-05-01"]
    return lambda *words: CliRunner().invoke(main, ["--lang", "zh", *asked, *words])


def test_the_command_says_both_answers_and_why(run):
    told = run("--compare", DAY).output
    assert "2025-05-01 示意结果" in told
    assert f"{DAY} 示意结果" in told
    assert "结论相同，依据不同" in told
    assert "《中华人民共和国土壤污染防治法》自 2026-08-15 起：已废止" in told


def test_the_command_on_the_same_day_says_that_nothing_differs(run):
    assert "两天的结论没有差别。" in run("--compare", "2025-05-01").output


def test_the_commands_json_is_the_comparison(run, here):
    said = run("--compare", DAY, "--json").stdout_bytes
    assert said == here.compare(PLANT, DAY).json
    assert orjson.loads(said)["schema"] == "fenqu.comparison/1"


@pytest.mark.parametrize("option", [["--geojson"], ["--html", "x.html"], ["--gpkg", "x.gpkg"]])
def test_a_comparison_is_words_or_json(run, option):
    refused = run("--compare", DAY, *option)
    assert refused.exit_code == 2
    assert "--compare goes with --json or alone" in refused.output


def test_a_day_that_is_none_is_refused(run):
    assert run("--compare", "2026-13-01").exit_code == 2
