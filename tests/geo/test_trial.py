"""A rule's own tests, run by the program: what passes, what fails, and what cannot be laid."""

from dataclasses import replace
from datetime import date

import orjson
import pytest
from click.testing import CliRunner

from geo.cli import main
from geo.rules.load import Rulebook, load_rulebook
from geo.rules.trial import day_of, project_of, try_rules
from geo.settings import Settings

BOOK = load_rulebook(Settings())
RULE = "water_source.class_1.building"
FACTORY = {"zone": {"zone_class": "class_1"}, "project": {"nature": "new", "purpose": "manufacturing"}}
WATERWORKS = {"zone": {"zone_class": "class_1"}, "project": {"nature": "new", "purpose": "water_supply"}}
UNSAID = {"zone": {"zone_class": "class_1"}, "project": {"nature": "new"}}


def trials(**tests):
    data = {**BOOK.data, "rules": {RULE: {**BOOK.data["rules"][RULE], "tests": tests}}}
    return try_rules(Rulebook.of(data))


def test_each_kind_of_case_comes_out_as_it_says():
    found = trials(catches=[FACTORY], passes=[WATERWORKS], undecided=[UNSAID])
    assert [(trial.kind, trial.came, trial.passed) for trial in found] == [
        ("catches", "applies", True),
        ("passes", "excepted", True),
        ("undecided", "undecided", True),
    ]


@pytest.mark.parametrize(
    ("kind", "case", "came"),
    [
        pytest.param("catches", WATERWORKS, "excepted", id="caught, and excepted"),
        pytest.param("catches", {**FACTORY, "zone": {"zone_class": "quasi"}}, "silent", id="caught on other ground"),
        pytest.param("catches", {**FACTORY, "day": "2017-12-31"}, "silent", id="caught before the law"),
        pytest.param("passes", FACTORY, "applies", id="passed, and applies"),
        pytest.param("passes", UNSAID, "undecided", id="passed with a fact that is not said"),
        pytest.param("undecided", FACTORY, "applies", id="undecided, and all is said"),
    ],
)
def test_a_case_that_comes_out_otherwise_fails(kind, case, came):
    cases = {"catches": [FACTORY], "passes": [WATERWORKS], "undecided": [UNSAID]}
    failures = [trial for trial in trials(**{**cases, kind: [*cases[kind], case]}) if not trial.passed]
    assert [(trial.kind, trial.number, trial.came) for trial in failures] == [(kind, 2, came)]


@pytest.mark.parametrize("kind", ["catches", "passes"])
def test_a_rule_without_one_of_the_required_kinds_fails(kind):
    cases = {"catches": [FACTORY], "passes": [WATERWORKS]}
    failures = [trial for trial in trials(**{**cases, kind: []}) if not trial.passed]
    assert [(trial.kind, trial.number, trial.came) for trial in failures] == [(kind, 0, "missing")]


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        pytest.param({**FACTORY, "zone": {"colour": "red"}}, "has no colour of red", id="an attribute"),
        pytest.param({**FACTORY, "zone": {"zone_class": "class_9"}}, "has no zone_class of class_9", id="a value"),
        pytest.param({**FACTORY, "project": {"colour": "red"}}, "colour", id="a fact"),
        pytest.param({**FACTORY, "project": {"industry_group": "magic"}}, "no industry group magic", id="a group"),
        pytest.param({**FACTORY, "day": "soon"}, "soon", id="a day"),
    ],
)
@pytest.mark.parametrize("kind", ["catches", "passes"])
def test_a_case_that_speaks_of_what_is_not_there_cannot_pass(kind, case, reason):
    cases = {"catches": [FACTORY], "passes": [WATERWORKS]}
    (failure,) = [trial for trial in trials(**{**cases, kind: [*cases[kind], case]}) if not trial.passed]
    assert (failure.came, failure.number) == ("unreadable", 2)
    assert reason in failure.reason


def test_without_a_day_the_first_day_of_the_newest_version_is_tried():
    rule = next(rule for rule in BOOK.rules if rule.id == RULE)
    assert day_of(rule, {}) == date(2026, 8, 15)
    assert day_of(rule, {"day": "2020-05-01"}) == date(2020, 5, 1)


def test_a_lapsed_document_does_not_hide_what_the_clause_says():
    rule = next(rule for rule in BOOK.rules if rule.id == "yanbian.boiler.elsewhere")
    case = {"project": {"nature": "new", "coal_boiler_t_h": 5}, "day": "2026-11-22"}
    said = {**BOOK.data["rules"][rule.id], "tests": {"catches": [case], "passes": [{**case, "day": "2020-01-01"}]}}
    book = replace(BOOK, data={**BOOK.data, "rules": {**BOOK.data["rules"], rule.id: said}})
    assert [trial.came for trial in try_rules(book, [rule])] == ["applies", "silent"]


def test_a_group_stands_for_the_finest_industry_that_it_names_first():
    project = project_of(BOOK.vocabulary, {"project": {"industry_group": "chemical", "nature": "new"}})
    assert project.industry.startswith(BOOK.vocabulary.groups["chemical"].codes[0])
    assert BOOK.vocabulary.find(project.industry)[0].level == "class"
    assert project.belongs("chemical") is True


def test_a_case_may_name_a_kind_of_project():
    case = {**FACTORY, "project": {"nature": "new", "kind": "highway"}}
    assert project_of(BOOK.vocabulary, case).kind == "highway"
    cases = {"catches": [FACTORY, case], "passes": [WATERWORKS]}
    assert [trial.came for trial in trials(**cases)] == ["applies", "applies", "excepted"]


@pytest.fixture
def run(own, monkeypatch):
    monkeypatch.setenv("FENQU_LAYERS", str(own.layers))

    def called(*words: str, code: int = 0):
        done = CliRunner().invoke(main, ["--lang", "en", "rules", "test", *words])
        assert done.exit_code == code, done.output
        return done

    return called


def test_the_command_counts_by_kind(run):
    said = orjson.loads(run("--json").stdout_bytes)
    assert said["rules"] == len(BOOK.rules)
    assert said["failures"] == []
    for kind, counted in said["kinds"].items():
        tests = [rule["tests"].get(kind, []) for rule in BOOK.data["rules"].values()]
        assert counted == {"tests": sum(map(len, tests)), "failed": 0}


def test_the_command_tries_the_rules_that_are_named(run):
    said = orjson.loads(run(RULE, "water_source.outfall", "--json").stdout_bytes)
    assert said["rules"] == 2
    assert "rule_unknown" in run("no.rule", code=2).output


def test_the_command_names_each_failure_and_leaves_with_one(run, own):
    path = own.layers / "rules" / "state" / "water_source.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("purpose: manufacturing}}", "purpose: water_supply}}", 1), "utf-8")
    out = run(RULE, code=1).output
    assert f"{RULE} catches no. 1: must apply, came excepted" in " ".join(out.split())
    (failure,) = orjson.loads(run(RULE, "--json", code=1).stdout_bytes)["failures"]
    assert (failure["rule"], failure["kind"], failure["number"]) == (RULE, "catches", 1)
    assert (failure["expected"], failure["came"]) == (["applies"], "excepted")
    run("water_source.outfall")
