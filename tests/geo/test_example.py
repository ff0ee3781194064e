"""A rule on the map: the place is really the rule's, and where there is none, why."""

from dataclasses import replace
from datetime import date

import orjson
import pytest
from conftest import DAY

from geo.deployment import Deployment, Question
from geo.example import Example, example_of
from geo.layers.releases import read_release, write_release
from geo.rules.load import Rulebook
from geo.rules.trial import project_of

TODAY = date.fromisoformat(DAY)


def found(here: Deployment, name: str, day: date = TODAY, **settings) -> Example | str:
    rule = here.book.by_id[name]
    return example_of(rule, here.book, here.store.snapshot(), replace(here.settings, **settings), day)


def rewritten(settings, kind: str, change=lambda zone: zone, **said) -> Deployment:
    """A deployment whose layer has a new release."""
    folder = settings.layers / "data" / settings.region / kind
    info, zones, coverage = read_release(folder, orjson.loads((folder / "current.json").read_bytes())["release"])
    write_release(folder, tuple(map(change, zones)), coverage, **(info.model_dump(exclude={"id"}) | said))
    return Deployment.open(settings)


def test_every_example_is_answered_by_its_rule(here):
    examples = {}
    for rule in here.book.rules:
        example = found(here, rule.id)
        if isinstance(example, Example):
            examples[rule.id] = example
    assert len(examples) > 30
    for name, example in list(examples.items())[::5]:
        question = Question(example.at, industry=example.industry, nature=example.nature, facts=example.facts, day=DAY)
        record = here.screen(question).record
        finding = next(finding for finding in record["findings"] if finding["rule"] == name)
        assert finding["state"] == "applies" or {cause["kind"] for cause in finding["causes"]} == {"document"}


def test_the_project_is_that_of_the_rules_first_case(here):
    example = found(here, "soil.sensitive_surroundings")
    case = here.book.said("soil.sensitive_surroundings")["tests"]["catches"][0]["project"]
    assert {"nature": example.nature, **example.facts} == case
    assert example.sketch


def test_a_group_of_industries_becomes_an_industry_that_belongs_to_it(here):
    example = found(here, "yanbian.withdrawn_industry", date(2024, 6, 1))
    codes = here.book.vocabulary.groups["wood_board"].codes
    assert any(example.industry.startswith(code) for code in codes)


def test_the_kind_of_project_of_a_case_is_carried(here):
    name = "soil.sensitive_surroundings"
    said = here.book.said(name)
    case = said["tests"]["catches"][0]
    kinds = list(here.book.vocabulary.kinds)
    projects = [{**case["project"], "kind": kind} for kind in kinds]
    known = [project_of(here.book.vocabulary, {"project": one}).fact("may_pollute_soil").value for one in projects]
    project = projects[known.index(True)]
    told = {**said, "tests": {**said["tests"], "catches": [{**case, "project": project}]}}
    book = Rulebook.of({**here.book.data, "rules": {**here.book.data["rules"], name: told}})
    assert found(Deployment(here.settings, here.store, book), name).kind == project["kind"]


@pytest.mark.parametrize(
    ("rule", "day", "lack"),
    [
        ("farmland.destroying", TODAY, "not_supplied"),
        ("water_source.class_1.building", TODAY, "unplaced"),
        ("soil.sensitive_surroundings", date(2010, 1, 1), "no_version"),
    ],
)
def test_a_rule_without_an_example_says_why(here, rule, day, lack):
    assert found(here, rule, day) == lack


def test_a_rule_of_another_region_has_no_example_here(own):
    path = own.layers / "rules" / "yanbian" / "plan_2022_sectors.yaml"
    path.write_text(path.read_text("utf-8").replace("region: yanbian", "region: elsewhere"), "utf-8")
    here = Deployment.open(own)
    rule = next(rule for rule in here.book.rules if rule.regions == ("elsewhere",))
    assert found(here, rule.id, date(2024, 6, 1)) == "elsewhere"


def test_a_broken_layer_has_no_example(own):
    next((own.layers / "data" / own.region / "built_up_area").glob("*.gpkg")).unlink()
    assert found(Deployment.open(own), "soil.sensitive_surroundings") == "failed"


def test_a_layer_for_answers_only_does_not_tell_the_public_a_place(own):
    here = rewritten(own, "built_up_area", publish="result", provenance="official")
    assert found(here, "soil.sensitive_surroundings") == "withheld"
    assert isinstance(found(here, "soil.sensitive_surroundings", audience="internal"), Example)


def test_a_zone_that_is_not_valid_on_the_day_is_no_example(own):
    here = rewritten(own, "built_up_area", lambda zone: replace(zone, valid_to=date(2026, 1, 1)))
    assert found(here, "soil.sensitive_surroundings") == "unplaced"
    assert isinstance(found(here, "soil.sensitive_surroundings", date(2025, 6, 1)), Example)


def test_a_rule_of_what_lies_near_has_a_place_beside_the_zone(here):
    example = found(here, "soil.sensitive_surroundings.near")
    assert isinstance(example, Example)
    check = here.screen(Question(example.at, day=DAY)).checks["built_up_area"]
    assert check.status == "near"
    assert check.distance_m == pytest.approx(here.book.catalogue["built_up_area"].near_m / 2.0, rel=0.02)


def test_ground_where_the_rule_does_not_surely_apply_is_no_example(own):
    path = own.layers / "rules" / "state" / "soil.yaml"
    text = path.read_text("utf-8")
    first = text.index("catches:", text.index("id: soil.sensitive_surroundings\n"))
    changed = text[:first] + text[first:].replace("nature: new", "nature: existing", 1)
    assert changed != text
    path.write_text(changed, "utf-8")
    assert found(Deployment.open(own), "soil.sensitive_surroundings") == "not_found"
