"""Answers to questions: what the record says of each is what asking again with it says."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from random_books import DOMAIN, dated_books, dated_checks, days, project_of, projects
from samples import STEADY

from geo.deployment import Question
from geo.project import INDUSTRY
from geo.report import present
from geo.rules.match import lay_rules, match_rules
from geo.rules.model import RANK
from geo.rules.precedence import find_conflicts, threats_of
from geo.rules.question import Answer, answers_to
from geo.rules.verdict import decide

CENTRAL_YANJI = "129.5024,42.8883"
DAY = "2026-11-22"
FACTS = sorted(name for name in DOMAIN if name not in (INDUSTRY, "chimney_m"))


@given(dated_books(), dated_checks(), projects, days)
@settings(STEADY, max_examples=300)
def test_an_answer_is_what_asking_again_would_give(book, checks, facts, day):
    project = project_of(facts)
    matched = lay_rules(book, checks, project, day, "test")
    for fact in FACTS:
        for answer in answers_to(fact, matched):
            given_ = replace(project, facts={**project.facts, fact: answer.value})
            findings, threats = match_rules(book, checks, given_, day, "test")
            threats += threats_of(find_conflicts(book, findings), findings)
            firm, indicative = (decide(findings, threats, which) for which in (False, True))
            assert answer == Answer(answer.value, firm, indicative)


def ask(here, **project):
    return here.screen(Question(site=CENTRAL_YANJI, day=DAY, **project)).record


def test_the_record_says_what_each_answer_would_make_of_the_verdict(here):
    record = ask(here)
    asked = {item["subject"]: item["answers"] for item in record["open"] if item["asked"]}
    assert len(asked) == 8
    assert asked[INDUSTRY] == []
    for answer in asked["nature"]:
        again = ask(here, nature=answer["value"])
        for part in ("verdict", "range", "indicative_verdict", "indicative_range"):
            assert again[part] == answer[part], answer["value"]
    assert {answer["value"] for answer in asked["nature"]} == set(here.book.vocabulary.facts["nature"].choices)


def test_only_what_is_asked_has_answers(here):
    for item in ask(here, industry="C2631", nature="new")["open"]:
        assert ("answers" in item) is item["asked"]


def late(here):
    """The facts that are asked last."""
    return {name for name, fact in here.book.vocabulary.facts.items() if fact.asked == "last"}


def test_the_questions_come_in_the_order_of_what_they_could_bring(here):
    """No fact that is asked is outweighed by one behind it, by effect and then by the rules that wait for it."""
    for project in ({}, {"industry": "C2631"}, {"industry": "B0921", "nature": "new"}):
        record = ask(here, **project)
        facts = [item for item in record["open"] if item["kind"] == "fact"]
        weights = [(item["subject"] not in late(here), RANK[item["effect"]], len(item["rules"])) for item in facts]
        assert weights == sorted(weights, reverse=True)
        assert sum(item["asked"] for item in record["open"]) <= 8


def test_a_fact_marked_so_is_asked_after_all_others_of_whatever_effect(here):
    """What hardly anybody plans takes no place from a question that decides, though it could bring a ban."""
    record = ask(here, industry="A0313", nature="new")
    ranks = [(item["subject"] in late(here), item["effect"]) for item in record["open"]]
    assert (False, "conditional") in ranks[: ranks.index((True, "prohibited"))]
    assert sorted(ranks, key=lambda rank: rank[0]) == ranks
    asked = [item["subject"] for item in ask(here)["open"] if item["asked"]]
    assert {"may_pollute_soil", "livestock_scale"} <= set(asked)
    assert not late(here) & set(asked)


@pytest.mark.parametrize("language", ["zh", "ko", "en"])
def test_answers_that_make_the_same_of_the_verdict_are_told_together(here, language):
    record = ask(here)
    view = present(record, here.book, language)
    for question in view["questions"]:
        told = [(one["verdict"], one["range"]) for one in question["answers"]]
        assert len(told) == len(set(told))
    nature = next(question for question in view["questions"] if question["fact"] == "nature")
    labels = {text.model_dump()[language] for text in here.book.vocabulary.facts["nature"].choices.values()}
    assert all(any(label in one["given"] for one in nature["answers"]) for label in labels)
