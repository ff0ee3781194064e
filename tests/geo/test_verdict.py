from dataclasses import replace

import pytest
from hypothesis import given, settings
from random_books import books, check, failed, not_supplied, project_of, projects, situations
from samples import DAY, KIND, STEADY, VOCABULARY, by, make_book, make_rule, make_zone

from geo.project import Project
from geo.rules.match import match_rules
from geo.rules.model import RANK, Cause, Finding, Threat
from geo.rules.verdict import Verdict, decide

CLASS_1 = make_zone("z1", None, zone_class="class_1")
NO_CLASS = make_zone("z0", None)
ASKING = ("needs_review", "needs_information")


def finding(effect="prohibited", *kinds, state=None, certainty="firm"):
    """A finding that applies, or is undecided for causes of these kinds."""
    causes = tuple(Cause(kind, "x") for kind in kinds)
    state = state or ("undecided" if causes else "applies")
    return Finding("r", DAY, KIND, ("z1",), state, certainty, effect, causes, (), ("offices", 0))


def threat(effect, kind):
    return Threat("r", effect, Cause(kind, "x"))


# --- From findings to the word ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("posed", "word", "sure", "possible"),
    [
        pytest.param([], "no_restriction_found", "none", "none", id="nothing found"),
        pytest.param([finding("noted")], "noted", "noted", "noted", id="noted"),
        pytest.param([finding("conditional")], "conditional", "conditional", "conditional", id="conditional"),
        pytest.param(
            [finding("restricted"), finding("noted")], "restricted", "restricted", "restricted", id="the worst"
        ),
        pytest.param([finding("prohibited")], "prohibited", "prohibited", "prohibited", id="prohibited"),
        pytest.param([finding(state="excepted")], "no_restriction_found", "none", "none", id="excepted"),
        pytest.param([finding("restricted", "fact")], "needs_information", "none", "restricted", id="a fact"),
        pytest.param(
            [finding("restricted", "document")], "needs_information", "none", "restricted", id="a lapsed plan"
        ),
        pytest.param([finding("restricted", "boundary")], "needs_review", "none", "restricted", id="a boundary"),
        pytest.param([finding("restricted", "data")], "needs_review", "none", "restricted", id="a null attribute"),
        pytest.param(
            [finding("restricted", "fact", "boundary")],
            "needs_review",
            "none",
            "restricted",
            id="a boundary and a fact",
        ),
        pytest.param(
            [finding("restricted", "fact"), finding("restricted", "boundary")],
            "needs_review",
            "none",
            "restricted",
            id="review before information",
        ),
        pytest.param([threat("restricted", "failed")], "needs_review", "none", "restricted", id="a failed layer"),
        pytest.param([threat("restricted", "data")], "needs_review", "none", "restricted", id="no data here"),
        pytest.param([threat("restricted", "sketch")], "needs_review", "none", "restricted", id="a sketch"),
        pytest.param([threat("restricted", "conflict")], "needs_review", "none", "restricted", id="a conflict"),
        pytest.param(
            [threat("prohibited", "not_supplied")], "no_restriction_found", "none", "prohibited", id="not supplied"
        ),
        pytest.param([threat("prohibited", "unplaced")], "no_restriction_found", "none", "prohibited", id="unplaced"),
        pytest.param(
            [finding("noted"), threat("prohibited", "not_supplied")],
            "noted",
            "noted",
            "prohibited",
            id="beside a finding",
        ),
        pytest.param(
            [finding("restricted"), threat("restricted", "failed")],
            "restricted",
            "restricted",
            "restricted",
            id="a threat no worse than what is sure",
        ),
        pytest.param(
            [finding("restricted"), finding("conditional", "fact")],
            "restricted",
            "restricted",
            "restricted",
            id="a question no worse than what is sure",
        ),
        pytest.param(
            [finding("restricted"), threat("prohibited", "failed")],
            "needs_review",
            "restricted",
            "prohibited",
            id="a threat worse than what is sure",
        ),
        pytest.param(
            [finding("conditional"), finding("restricted", "fact"), threat("conditional", "failed")],
            "needs_information",
            "conditional",
            "restricted",
            id="only what could exceed it counts",
        ),
        *(
            pytest.param(
                [finding("prohibited"), more],
                "prohibited",
                "prohibited",
                "prohibited",
                id=f"prohibited whatever: {name}",
            )
            for name, more in {
                "failed": threat("prohibited", "failed"),
                "sketch": threat("prohibited", "sketch"),
                "fact": finding("prohibited", "fact"),
                "boundary": finding("prohibited", "boundary"),
                "excepted": finding(state="excepted"),
            }.items()
        ),
    ],
)
@pytest.mark.parametrize("order", [1, -1], ids=["in order", "backwards"])
def test_the_word_of_a_verdict(posed, word, sure, possible, order):
    found = [one for one in posed if isinstance(one, Finding)][::order]
    threats = [one for one in posed if isinstance(one, Threat)][::order]
    assert decide(found, threats, indicative=False) == Verdict(word, sure, possible)


SKETCHED = finding("prohibited", certainty="sketch")


@pytest.mark.parametrize(
    ("found", "threats", "firm", "indicative"),
    [
        pytest.param(
            [SKETCHED],
            [threat("prohibited", "sketch")],
            Verdict("needs_review", "none", "prohibited"),
            Verdict("prohibited", "prohibited", "prohibited"),
            id="a hit on a sketch",
        ),
        pytest.param(
            [],
            [threat("prohibited", "sketch")],
            Verdict("needs_review", "none", "prohibited"),
            Verdict("no_restriction_found", "none", "none"),
            id="clear on a sketch",
        ),
        pytest.param(
            [SKETCHED, finding("restricted")],
            [threat("prohibited", "sketch")],
            Verdict("needs_review", "restricted", "prohibited"),
            Verdict("prohibited", "prohibited", "prohibited"),
            id="a sketch over a firm finding",
        ),
        pytest.param(
            [finding("prohibited"), finding("restricted", certainty="sketch")],
            [threat("restricted", "sketch")],
            Verdict("prohibited", "prohibited", "prohibited"),
            Verdict("prohibited", "prohibited", "prohibited"),
            id="a firm finding over a sketch",
        ),
        pytest.param(
            [finding("restricted", "fact", certainty="sketch")],
            [threat("restricted", "sketch")],
            Verdict("needs_review", "none", "restricted"),
            Verdict("needs_information", "none", "restricted"),
            id="a fact wanted on a sketch",
        ),
        pytest.param(
            [],
            [threat("prohibited", "sketch"), threat("restricted", "failed")],
            Verdict("needs_review", "none", "prohibited"),
            Verdict("needs_review", "none", "restricted"),
            id="a failed layer is no sketch",
        ),
    ],
)
def test_the_indicative_verdict_takes_sketches_for_the_truth(found, threats, firm, indicative):
    assert decide(found, threats, indicative=False) == firm
    assert decide(found, threats, indicative=True) == indicative


# --- From a layer and a project to the word (DESIGN §5) ---------------------------------------------------------------


def answer(rules, checks, project, indicative=False):
    book = rules if not isinstance(rules, list) else make_book(rules)
    findings, threats = match_rules(book, {one.kind: one for one in checks}, project, DAY, "test")
    return decide(findings, threats, indicative)


CLASS_1_ONLY = make_rule(
    where={"zone_class": "class_1"}, when_project={"nature": "new"}, unless={"purpose": "water_supply"}
)
MEANT = {"nature": "new", "purpose": "manufacturing"}


@pytest.mark.parametrize(
    ("found", "facts", "word", "sure", "possible"),
    [
        pytest.param(check(CLASS_1), MEANT, "prohibited", "prohibited", "prohibited", id="a firm hit"),
        pytest.param(check(status="clear"), MEANT, "no_restriction_found", "none", "none", id="clear"),
        pytest.param(check((CLASS_1, "near"), status="near"), MEANT, "no_restriction_found", "none", "none", id="near"),
        pytest.param(check(CLASS_1, limits="sketch"), MEANT, "needs_review", "none", "prohibited", id="a sketch, hit"),
        pytest.param(
            check(status="clear", limits="sketch"), MEANT, "needs_review", "none", "prohibited", id="a sketch, clear"
        ),
        pytest.param(failed(), MEANT, "needs_review", "none", "prohibited", id="failed"),
        pytest.param(
            check(status="no_data_here", covered=0.0), MEANT, "needs_review", "none", "prohibited", id="no data here"
        ),
        pytest.param(
            check(status="clear", covered=0.999), MEANT, "needs_review", "none", "prohibited", id="partly no data here"
        ),
        pytest.param(
            check(CLASS_1, covered=0.5),
            MEANT,
            "prohibited",
            "prohibited",
            "prohibited",
            id="a hit, partly no data here",
        ),
        pytest.param(
            check((CLASS_1, "uncertain"), status="boundary_uncertain"),
            MEANT,
            "needs_review",
            "none",
            "prohibited",
            id="a boundary",
        ),
        pytest.param(check(NO_CLASS), MEANT, "needs_review", "none", "prohibited", id="a null attribute"),
        pytest.param(not_supplied(), MEANT, "no_restriction_found", "none", "prohibited", id="not supplied"),
        pytest.param(
            check(status="clear", unplaced=[CLASS_1]),
            MEANT,
            "no_restriction_found",
            "none",
            "prohibited",
            id="unplaced",
        ),
        pytest.param(
            check(CLASS_1), {"purpose": "manufacturing"}, "needs_information", "none", "prohibited", id="a fact unknown"
        ),
        pytest.param(
            check(CLASS_1), {"nature": "new"}, "needs_information", "none", "prohibited", id="an exception unknown"
        ),
        pytest.param(
            check(CLASS_1),
            {"nature": "new", "purpose": "water_supply"},
            "no_restriction_found",
            "none",
            "none",
            id="an exception that holds",
        ),
        pytest.param(
            failed(),
            {"nature": "new", "purpose": "water_supply"},
            "no_restriction_found",
            "none",
            "none",
            id="failed, but the exception holds",
        ),
        pytest.param(
            failed(), {"nature": "existing"}, "no_restriction_found", "none", "none", id="failed, but not meant"
        ),
        pytest.param(failed(), {}, "needs_review", "none", "prohibited", id="failed, and nothing said"),
    ],
)
def test_the_words_of_the_design(found, facts, word, sure, possible):
    project = Project(VOCABULARY, None, facts)
    assert answer([CLASS_1_ONLY], [found], project) == Verdict(word, sure, possible)


@pytest.mark.parametrize(
    ("document", "word", "sure", "possible"),
    [
        pytest.param("law", "prohibited", "prohibited", "prohibited", id="in force"),
        pytest.param("old_plan", "needs_information", "none", "prohibited", id="lapsed"),
        pytest.param("draft_law", "noted", "noted", "noted", id="a draft"),
        pytest.param("fragment", "noted", "noted", "noted", id="a fragment"),
    ],
)
def test_the_word_under_a_document(document, word, sure, possible):
    rule = make_rule(versions=by(document))
    assert answer([rule], [check(CLASS_1)], Project(VOCABULARY)) == Verdict(word, sure, possible)


def test_prohibited_wins_whatever_else_is_missing():
    rules = [make_rule("water.a"), make_rule("water.b", layer="red_line"), make_rule("water.c", when_project=MEANT)]
    verdict = answer(rules, [check(CLASS_1), failed("red_line")], Project(VOCABULARY))
    assert verdict == Verdict("prohibited", "prohibited", "prohibited")


def test_a_contradicted_fact_is_asked_again():
    rule = make_rule(when_project={"pollutes_soil": True})
    project = Project(VOCABULARY, "C2631", {"pollutes_soil": False})
    assert answer([rule], [check(CLASS_1)], project) == Verdict("needs_information", "none", "prohibited")


# --- Less knowledge never makes a milder word -------------------------------------------------------------------------


def assert_no_milder(less, more, what):
    """The word on less knowledge allows nothing that the word on more did not."""
    rank = {**RANK, "no_restriction_found": RANK["none"]}
    if less.word not in ASKING:
        assert more.word not in ASKING, what
        assert rank[less.word] >= rank[more.word], what
    assert RANK[less.possible] >= RANK[more.possible], what
    assert RANK[less.sure] <= RANK[more.sure], what


@given(books(), situations, projects)
@settings(STEADY, max_examples=150)
def test_a_broken_layer_never_makes_the_word_milder(book, checks, facts):
    project = project_of(facts)
    for indicative in (False, True):
        more = answer(book, checks, project, indicative)
        for broken in ([failed(KIND), checks[1]], [checks[0], failed("red_line")], [failed(KIND), failed("red_line")]):
            assert_no_milder(answer(book, broken, project, indicative), more, "failed")


@given(books(), situations, projects)
@settings(STEADY, max_examples=150)
def test_a_fact_taken_back_never_makes_the_word_milder(book, checks, facts):
    for indicative in (False, True):
        more = answer(book, checks, project_of(facts), indicative)
        for name in [name for name, value in facts.items() if value is not None]:
            less = answer(book, checks, project_of({**facts, name: None}), indicative)
            assert_no_milder(less, more, name)


@given(books(), situations, projects)
@settings(STEADY, max_examples=100)
def test_a_layer_taken_away_never_lowers_what_is_possible(book, checks, facts):
    project = project_of(facts)
    more = answer(book, checks, project)
    for less in ([not_supplied(KIND), checks[1]], [checks[0], not_supplied("red_line")]):
        found = answer(book, less, project)
        assert RANK[found.possible] >= RANK[more.possible]
        assert RANK[found.sure] <= RANK[more.sure]


@given(books(), situations, projects)
@settings(STEADY, max_examples=100)
def test_a_lesser_coverage_never_makes_the_word_milder(book, checks, facts):
    project = project_of(facts)
    less = [replace(one, coverage_share=one.coverage_share / 2) for one in checks]
    for indicative in (False, True):
        assert_no_milder(answer(book, less, project, indicative), answer(book, checks, project, indicative), "coverage")


@given(books(), situations, projects)
@settings(STEADY, max_examples=150)
def test_word_and_range_belong_together(book, checks, facts):
    for indicative in (False, True):
        verdict = answer(book, checks, project_of(facts), indicative)
        assert RANK[verdict.sure] <= RANK[verdict.possible]
        if verdict.word in ASKING:
            assert RANK[verdict.sure] < RANK[verdict.possible]
        else:
            assert verdict.word == ("no_restriction_found" if verdict.sure == "none" else verdict.sure)
        if verdict.sure == "prohibited":
            assert verdict.word == "prohibited"
