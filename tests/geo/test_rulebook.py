"""The book proves itself: each rule's own cases, its dates, its texts, and what a broken book says."""

import re
from dataclasses import replace
from datetime import date

import pytest
import yaml

from geo.canonical import digest
from geo.errors import CatalogueError, RulebookError
from geo.rules.load import Rulebook, load_rulebook
from geo.rules.model import REPEALED
from geo.rules.review import texts_of
from geo.rules.trial import lay, try_rules
from geo.settings import ROOT, Settings

BOOK = load_rulebook(Settings())
TRIALS = try_rules(BOOK)


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: f"{trial.rule}-{trial.kind}-{trial.number}")
def test_a_rules_own_case(trial):
    assert trial.passed, trial


def test_every_case_that_the_book_has_is_tried():
    said = [rule["tests"] for rule in BOOK.data["rules"].values()]
    assert len(TRIALS) == sum(len(cases) for tests in said for cases in tests.values())


def test_a_rule_of_one_region_does_not_bind_another():
    rule = next(rule for rule in BOOK.rules if rule.id == "yanbian.boiler.elsewhere")
    case = {"project": {"nature": "new", "coal_boiler_t_h": 5}, "day": "2024-01-01"}
    assert lay(BOOK, rule, case) == "applies"
    assert lay(BOOK, rule, case, "elsewhere") == "silent"


@pytest.mark.parametrize("rule", BOOK.rules, ids=lambda rule: rule.id)
def test_a_rule_cites_a_standing_document_on_every_day_of_its_life(rule):
    for version in rule.versions:
        for provision in version.provisions:
            document = BOOK.documents[provision.document]
            for start, _, status in document.status:
                if version.on(start) and len(version.provisions) == 1:
                    assert status != REPEALED, f"{rule.id} still cites {document.id} on {start}"


def test_no_finding_of_today_cites_a_law_that_the_code_replaced():
    day = date(2026, 11, 22)
    replaced = {
        name
        for name, said in BOOK.data["documents"].items()
        if said.get("superseded_by") == "eco_environment_code_2026"
    }
    assert {"water_pollution_law_2017", "soil_pollution_law_2018"} <= replaced
    cited = {p.document for rule in BOOK.rules if (version := rule.version(day)) for p in version.provisions}
    assert not cited & replaced


def test_the_code_is_never_marked_as_read_in_the_gazette():
    for rule in BOOK.rules:
        for version in rule.versions:
            assert not any(p.verified for p in version.provisions if p.document == "eco_environment_code_2026")


def test_at_least_ten_rules_have_a_version_before_and_after_their_law_changed():
    changed = [rule.id for rule in BOOK.rules if len({version.provisions[0].document for version in rule.versions}) > 1]
    assert len(changed) >= 10


def test_no_rule_is_another_under_a_new_name_on_another_layer():
    said = [
        {k: v for k, v in rule.items() if k not in ("id", "layer", "title")} for rule in BOOK.data["rules"].values()
    ]
    assert len({digest(rule) for rule in said}) == len(said) >= 120


def test_all_texts_of_the_data_stand_in_three_languages():
    found = list(
        texts_of(
            dict(BOOK.data) | {"vocabulary": {k: v for k, v in BOOK.data["vocabulary"].items() if k != "industries"}}
        )
    )
    found += list(texts_of(yaml.safe_load((ROOT / "layers" / "recipes" / "yanbian.yaml").read_text("utf-8"))))
    assert len(found) > 300
    for _, text in found:
        assert re.search(r"[一-鿿]", text["zh"]), text
        assert re.search(r"[가-힣]", text["ko"]), text
        assert re.search(r"[A-Za-z]", text["en"]), text
        assert not re.search(r"[가-힣]", text["en"]), text
        assert len({text["zh"], text["ko"], text["en"]}) == 3, text


def broken(change):
    data = {name: dict(part) for name, part in BOOK.data.items()}
    change(data)
    return Rulebook.of(data)


def edit(data: dict, rule: str, **changes) -> None:
    data["rules"][rule] = {**data["rules"][rule], **changes}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            lambda d: edit(d, "unit.key", layer="nowhere"), "no layer nowhere", id="a layer that is not there"
        ),
        pytest.param(
            lambda d: edit(d, "unit.key", when_project={"colour": "red"}),
            "no fact colour that could be red",
            id="a fact that is not there",
        ),
        pytest.param(
            lambda d: edit(d, "unit.key", authority={"table": "x"}),
            "no table of authorities x",
            id="an office that is not there",
        ),
        pytest.param(
            lambda d: edit(d, "unit.key", when={"near": True}, effect="prohibited"),
            "nearness gives `noted` at most",
            id="a ban by nearness",
        ),
        pytest.param(
            lambda d: edit(
                d,
                "water_source.outfall",
                versions=[{**d["rules"]["water_source.outfall"]["versions"][0], "to": "2027-01-01"}],
            ),
            "no document of the version from 2018-01-01 stands on 2026-08-15",
            id="a repealed law",
        ),
        pytest.param(
            lambda d: edit(
                d, "unit.key", versions=[*d["rules"]["unit.key"]["versions"], d["rules"]["unit.key"]["versions"][0]]
            ),
            "begins before the one before it ends",
            id="versions that overlap",
        ),
        pytest.param(
            lambda d: d["documents"].pop("eco_environment_code_2026"),
            "a rule cites it, and it is not there",
            id="a lost document",
        ),
    ],
)
def test_a_book_that_cannot_stand_says_why(change, message):
    with pytest.raises(RulebookError, match=re.escape(message)):
        broken(change)


def test_a_rule_file_with_a_misspelt_key_is_refused_with_its_place(own):
    path = own.layers / "rules" / "state" / "soil.yaml"
    path.write_text(path.read_text("utf-8").replace("effect: prohibited", "efect: prohibited", 1), "utf-8")
    with pytest.raises(RulebookError, match=r"soil\.yaml: rules/0.*efect"):
        load_rulebook(own)


def test_a_rule_file_in_which_a_key_stands_twice_is_refused(own):
    path = own.layers / "rules" / "state" / "soil.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("    effect: prohibited\n", "    effect: prohibited\n    effect: noted\n", 1), "utf-8")
    with pytest.raises(RulebookError, match=r"soil\.yaml.*effect stands twice"):
        load_rulebook(own)


def test_a_catalogue_file_under_a_wrong_name_is_refused(own):
    (own.layers / "catalogue" / "wetland.yaml").rename(own.layers / "catalogue" / "marsh.yaml")
    with pytest.raises(CatalogueError, match=r"marsh\.yaml.*the kind is wetland"):
        load_rulebook(own)


def test_a_kept_book_makes_the_same_book_again():
    again = Rulebook.of(BOOK.data)
    assert again.hash == BOOK.hash
    assert again.rules == BOOK.rules
    assert BOOK.differences(again) == []
    assert replace(BOOK, hash="x").differences(again) == []
