"""Conditions in words: every one of the shipped book, in three languages, and the shapes one by one."""

import re

import pytest

from geo.layers.catalogue import load_catalogue
from geo.rules.load import load_rulebook
from geo.rules.truth import entries_of
from geo.rules.wording import Clause, attribute_value, conditions_in_words, ground_in_words, one_of
from geo.settings import ROOT, Settings
from geo.texts import LANGUAGES, catalogue

BOOK = load_rulebook(Settings())
CATALOGUE = load_catalogue(ROOT / "layers" / "catalogue")


def texts(clauses: tuple[Clause, ...]) -> list[str]:
    return [text for clause in clauses for text in (clause.text, *texts(clause.parts))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_condition_of_the_book_has_words_for_each_fact_that_it_names(language):
    told = 0
    for rule in BOOK.rules:
        for version in rule.versions:
            for condition in (version.when_project, version.unless):
                said = "\n".join(texts(conditions_in_words(condition, BOOK.vocabulary, language)))
                assert not re.search(r"[{}]", said), rule.id
                for name, _ in entries_of(condition):
                    fact = BOOK.vocabulary.facts.get(name)
                    assert fact is None or getattr(fact.question, language) in said, (rule.id, name)
                    told += 1
    assert told > 400


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_ground_of_the_book_has_words_and_no_code(language):
    for rule in BOOK.rules:
        for version in rule.versions:
            clauses = ground_in_words(version.where, BOOK.catalogue[rule.layer], language)
            assert len(clauses) == len(version.where)
            assert not re.search(r"[a-z]+_[a-z]+", "".join(texts(clauses))), rule.id


def test_every_value_of_an_attribute_that_has_no_class_has_a_name():
    for entry in CATALOGUE.values():
        for name, values in entry.attributes.items():
            for value in values:
                assert value in entry.classes or f"value.{name}.{value}" in catalogue("zh"), (entry.kind, name, value)


def english(condition) -> list[str]:
    return texts(conditions_in_words(condition, BOOK.vocabulary, "en"))


def test_no_condition_says_nothing():
    assert conditions_in_words(None, BOOK.vocabulary) == ()


@pytest.mark.parametrize(
    ("condition", "end"),
    [
        pytest.param({"discharges_water": True}, "Answer: yes", id="true"),
        pytest.param({"discharges_water": False}, "Answer: no", id="false"),
        pytest.param({"nature": "new"}, "Answer: New", id="one choice"),
        pytest.param({"nature": ["new", "existing"]}, "Answer: New or Existing, nothing to be built", id="choices"),
        pytest.param(
            {"coal_boiler_t_h": {"gt": 0, "le": 35}}, "Answer: more than 0 t/h and at most 35 t/h", id="bounds"
        ),
        pytest.param({"coal_boiler_t_h": {"ge": 10}}, "Answer: at least 10 t/h", id="at least"),
        pytest.param({"coal_boiler_t_h": {"lt": 10.5}}, "Answer: less than 10.5 t/h", id="less"),
        pytest.param({"coal_boiler_t_h": 4}, "Answer: 4 t/h", id="a number"),
    ],
)
def test_an_entry_ends_in_its_answer(condition, end):
    (said,) = english(condition)
    assert said.endswith(end)


def test_many_choices_stand_one_below_the_other():
    choices = list(BOOK.vocabulary.facts["nature"].choices)
    (clause,) = conditions_in_words({"nature": choices}, BOOK.vocabulary, "en")
    assert clause.text.endswith("Answer, any of these:")
    assert [part.text for part in clause.parts] == [
        text.en for text in BOOK.vocabulary.facts["nature"].choices.values()
    ]


def test_groups_of_industries_go_by_their_titles():
    title = BOOK.vocabulary.groups["chemical"].title.en
    assert english({"industry_group": "chemical"}) == [f"The industry belongs to: {title}"]


def test_what_is_together_stays_together():
    condition = {"any": [{"discharges_water": True, "discharges_air": True}, {"not": {"nature": "new"}}]}
    (clause,) = conditions_in_words(condition, BOOK.vocabulary, "en")
    assert clause.text == "Any of these:"
    assert [part.text for part in clause.parts] == ["All of these together:", "This is not so:"]
    assert [len(part.parts) for part in clause.parts] == [2, 1]


def test_not_of_several_says_that_only_all_of_it_is_meant():
    (clause,) = conditions_in_words({"not": {"nature": "new", "discharges_air": True}}, BOOK.vocabulary, "en")
    assert (clause.text, len(clause.parts)) == ("Not all of these together:", 2)


def test_a_single_alternative_needs_no_heading():
    assert english({"any": [{"nature": "new"}]}) == english({"nature": "new"})


def test_a_class_goes_by_the_catalogues_title_and_an_unheard_value_by_its_code():
    entry = CATALOGUE["water_source_zone"]
    assert attribute_value(entry, "zone_class", "class_1", "zh") == "一级保护区"
    assert attribute_value(entry, "zone_class", "class_9", "zh") == "class_9"


def test_alternatives_are_joined_one_by_one():
    assert one_of(["a", "b", "c"], "zh") == "a 或 b 或 c"
    assert one_of([], "zh") == ""
