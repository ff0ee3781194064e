"""The index of a book answers as the plain sweep over all of its rules does."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from bench.rules import large_case, shipped_case
from bench.sweep import sweep_rules
from hypothesis import given, settings
from hypothesis import strategies as st
from random_books import check, dated_books, dated_checks, days, project_of, projects
from samples import DAY, KIND, STEADY, cite, make_book, make_project, make_rule, make_zone

from geo.project import read_project
from geo.rules.index import KEPT_HEARINGS, RuleIndex
from geo.rules.load import load_rulebook
from geo.rules.match import match_rules
from geo.settings import Settings

BOOK = load_rulebook(Settings())
SHIPPED = shipped_case(BOOK)


@given(dated_books(), dated_checks(), projects, days)
@settings(STEADY, max_examples=600)
def test_the_index_answers_as_the_sweep(book, checks, facts, day):
    project = project_of(facts)
    assert match_rules(book, checks, project, day, "test") == sweep_rules(book, checks, project, day, "test")


@given(dated_books(), dated_checks(), st.lists(st.tuples(projects, days), min_size=2, max_size=4))
@settings(STEADY, max_examples=150)
def test_what_was_asked_before_changes_no_answer(book, checks, asked):
    for facts, day in asked:
        project = project_of(facts)
        assert match_rules(book, checks, project, day, "test") == sweep_rules(book, checks, project, day, "test")


def change_days() -> list[date]:
    """The days on which something in the shipped book begins or ends, and the last day before each."""
    spans = [(version.start, version.end) for rule in BOOK.rules for version in rule.versions]
    spans += [(start, end) for document in BOOK.documents.values() for start, end, _ in document.status]
    found = {day for span in spans for day in span if day}
    return sorted(found | {day - timedelta(days=1) for day in found})


@pytest.mark.parametrize("day", change_days(), ids=str)
def test_the_shipped_book_is_matched_as_swept_around_every_change(day):
    for region in ("yanbian", "elsewhere"):
        for project in (SHIPPED.project, read_project(BOOK.vocabulary)):
            asked = (BOOK, SHIPPED.checks, project, day, region)
            assert match_rules(*asked) == sweep_rules(*asked)


def test_a_large_book_is_matched_as_swept():
    case = large_case(BOOK, 3000)
    found = case.indexed()
    assert found == case.swept()
    assert len(found[0]) > 0


def test_between_two_days_of_change_the_table_is_the_same_one():
    versions = [
        {"from": "2020-01-01", "to": "2022-01-01", "provisions": [cite("law")]},
        {"from": "2022-01-01", "provisions": [cite("law")], "effect": "restricted"},
    ]
    index = make_book([make_rule(versions=versions)]).index
    tables = [index.table(KIND, "test", day) for day in (date(2020, 1, 1), date(2021, 12, 31), date(2022, 1, 1), DAY)]
    assert [one is other for one, other in pairwise(tables)] == [True, False, True]
    assert index.table("red_line", "test", DAY) == ()


def test_an_index_of_some_rules_speaks_of_their_layers_only():
    book = make_book([make_rule(), make_rule("line.x", layer="red_line", region="there")])
    assert book.index.layers("test") == {KIND}
    assert RuleIndex(book.rules[:0], book.documents).layers("there") == set()
    assert book.index.layers("there") == {KIND, "red_line"}


def test_only_the_last_few_projects_are_kept():
    book = make_book([make_rule(when_project={"chimney_m": {"gt": 10}})])
    heard = [book.index.hearing(make_project(chimney_m=metres)) for metres in range(KEPT_HEARINGS + 1)]
    assert book.index.hearing(make_project(chimney_m=1)) is heard[1]
    assert book.index.hearing(make_project(chimney_m=0)) is not heard[0]


def test_two_projects_that_are_written_apart_are_heard_apart():
    """Zero and minus zero are equal numbers and other bytes: what one was told is not told of the other."""
    rule = make_rule(when_project={"chimney_m": {"lt": 10}})
    book, found = make_book([rule]), check(make_zone("z", None))
    told = [
        str(match_rules(book, {KIND: found}, make_project(chimney_m=metres), DAY, "test")[0][0].because[0].value)
        for metres in ("0", "-0", "0")
    ]
    assert told == ["0.0", "-0.0", "0.0"]
