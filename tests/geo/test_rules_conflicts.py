"""Conflicts: which of two rules on one matter stands, and that no principle makes an answer milder."""

import pytest
from caseworld import CASES, load_region
from random_books import check
from samples import DAY, KIND, TEXT, make_book, make_project, make_rule, make_zone

from geo.errors import RulebookError
from geo.export.html import render_file
from geo.project import read_project
from geo.report import present
from geo.rules.lint import check_precedence
from geo.rules.load import Rulebook, load_rulebook
from geo.rules.match import match_rules
from geo.rules.model import RANK, Cause, Threat
from geo.rules.precedence import Conflict, find_conflicts, threats_of
from geo.rules.verdict import decide
from geo.screening import screen_site
from geo.settings import Settings
from geo.site import read_site

BOOK = load_rulebook(Settings())
HIT = check(make_zone("z", None, zone_class="class_1"))
PRINCIPLES = {
    name: {"title": TEXT, "prevails": prevails, "explanation": TEXT, "provisions": []}
    for name, prevails in {"higher": "other", "stricter_stands": "graver", "nobody_knows": "nobody"}.items()
}
EXCEPTED = {"unless": {"purpose": "research"}}


def book_of(lower, higher, by="higher"):
    """Two rules, of which `water.lower` yields to `water.higher`."""
    rules = [
        make_rule("water.lower", yields_to=[{"rule": "water.higher", "by": by}], **lower),
        make_rule("water.higher", **higher),
    ]
    made = make_book(rules)
    return Rulebook.of({**made.data, "precedence": PRINCIPLES})


def judge(book, **facts):
    """The conflicts, and the word and range they leave."""
    findings, threats = match_rules(book, {KIND: HIT}, make_project(**facts), DAY, "test")
    conflicts = find_conflicts(book, findings)
    verdict = decide(findings, threats + threats_of(conflicts, findings), indicative=False)
    return conflicts, (verdict.word, verdict.sure, verdict.possible)


PAIR = ("water.higher", "water.lower")


@pytest.mark.parametrize(
    ("lower", "higher", "by", "conflict", "word"),
    [
        pytest.param(
            {"effect": "restricted"}, {}, "higher",
            Conflict(PAIR, "higher", "water.higher", "prohibited"), "prohibited", id="a graver higher rule",
        ),
        pytest.param(
            {}, {"effect": "restricted"}, "higher",
            Conflict(PAIR, "stricter_stands", "water.lower", "prohibited"), "prohibited", id="a milder higher rule",
        ),
        pytest.param(
            EXCEPTED, {}, "higher",
            Conflict(PAIR, "higher", "water.higher", "prohibited"), "prohibited", id="the exception of the lower",
        ),
        pytest.param(
            {"effect": "restricted"}, EXCEPTED, "higher",
            Conflict(PAIR, "stricter_stands", "water.lower", "restricted"), "restricted", id="that of the higher",
        ),
        pytest.param(
            {"effect": "conditional"}, {"effect": "restricted"}, "stricter_stands",
            Conflict(PAIR, "stricter_stands", "water.higher", "restricted"), "restricted", id="the stricter",
        ),
        pytest.param(
            {"effect": "restricted"}, EXCEPTED, "nobody_knows",
            Conflict(PAIR, "nobody_knows", None, "restricted"), "needs_review", id="nobody can tell",
        ),
    ],
)  # fmt: skip
def test_which_rule_stands(lower, higher, by, conflict, word):
    found, (said, _, _) = judge(book_of(lower, higher, by), purpose="research")
    assert (found, said) == ([conflict], word)


@pytest.mark.parametrize(
    ("lower", "higher", "facts"),
    [
        pytest.param({}, {}, {"purpose": "research"}, id="both say the same"),
        pytest.param(EXCEPTED, EXCEPTED, {"purpose": "research"}, id="both are excepted"),
        pytest.param({"effect": "noted"}, {}, {"purpose": "research"}, id="a note demands nothing"),
        pytest.param(EXCEPTED, {}, {}, id="one is not decided"),
        pytest.param({"when_project": {"nature": "new"}}, {}, {"nature": "existing"}, id="one is silent"),
    ],
)
def test_what_is_no_conflict(lower, higher, facts):
    assert judge(book_of(lower, higher), **facts)[0] == []


def test_an_open_conflict_may_bring_the_graver_effect_whatever_exception_holds():
    book = book_of({"effect": "restricted"}, EXCEPTED, "nobody_knows")
    findings, _ = match_rules(book, {KIND: HIT}, make_project(purpose="research"), DAY, "test")
    assert threats_of(find_conflicts(book, findings), findings) == [
        Threat("water.higher", "prohibited", Cause("conflict", "water.lower"))
    ]
    assert judge(book, purpose="research")[1] == ("needs_review", "restricted", "prohibited")


@pytest.mark.parametrize("by", sorted(PRINCIPLES))
@pytest.mark.parametrize("lower", ["conditional", "restricted", "prohibited"])
@pytest.mark.parametrize("higher", ["conditional", "restricted", "prohibited"])
def test_no_conflict_makes_the_range_milder(lower, higher, by):
    book = book_of({"effect": lower}, {"effect": higher}, by)
    findings, threats = match_rules(book, {KIND: HIT}, make_project(), DAY, "test")
    without = decide(findings, threats, indicative=False)
    _, (_, sure, possible) = judge(book)
    assert sure == without.sure
    assert RANK[possible] >= RANK[without.possible]


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        pytest.param({"rule": "water.lost", "by": "higher"}, "water.a.*cannot yield to water.lost", id="no such rule"),
        pytest.param({"rule": "water.a", "by": "higher"}, "water.a.*cannot yield to water.a", id="itself"),
        pytest.param({"rule": "water.b", "by": "magic"}, "water.a.*lacks magic", id="no such principle"),
        pytest.param({"rule": "water.c", "by": "higher"}, "water.a.*water.c yield to each other", id="each other"),
    ],
)
def test_a_book_in_which_rules_cannot_yield_is_refused(pair, message):
    back = [{"rule": "water.a", "by": "higher"}]
    book = make_book(
        [make_rule("water.a", yields_to=[pair]), make_rule("water.b"), make_rule("water.c", yields_to=back)]
    )
    with pytest.raises(RulebookError, match=message):
        check_precedence(book.by_id, PRINCIPLES, book.documents)


def test_a_principle_that_cites_a_lost_document_is_refused():
    lost = {"higher": {**PRINCIPLES["higher"], "provisions": [{"document": "lost"}]}}
    with pytest.raises(RulebookError, match=r"precedence/higher.*no document lost"):
        check_precedence({}, lost, {})


# --- the shipped book -------------------------------------------------------------------------------------------------

SHIPPED = [(rule.id, other, by) for rule in BOOK.rules for other, by in rule.yields_to]


def test_every_principle_but_those_of_the_engine_cites_the_law_that_it_follows():
    without = {name for name, said in BOOK.precedence.items() if not said["provisions"]}
    assert without == {"stricter_stands"}


@pytest.mark.parametrize(("rule", "other", "by"), SHIPPED, ids=[f"{rule}-{other}" for rule, other, _ in SHIPPED])
def test_a_declared_pair_may_meet_on_some_day(rule, other, by):
    """Two rules whose versions never stand on one day could not conflict."""
    pairs = [(one, two) for one in BOOK.by_id[rule].versions for two in BOOK.by_id[other].versions]
    assert any(one.on(two.start) or two.on(one.start) for one, two in pairs)


@pytest.fixture(scope="module")
def official():
    return load_region(CASES / "regions" / "official.yml", BOOK.catalogue)


def ask(official, at, **facts):
    project = read_project(BOOK.vocabulary, facts.pop("industry", None), facts=facts)
    return screen_site(read_site(at), project, DAY.replace(month=11), official, BOOK).record


RED_LINE, WATER = "129.015,42.965", "129.015,42.985"


def test_a_national_project_in_the_red_line_is_not_freed_from_the_law_on_waste(official):
    record = ask(
        official, RED_LINE, industry="N7724", nature="new", purpose="waste_disposal", limited_activity="none",
        national_major_project=True, hazardous_waste_facility=True,
    )  # fmt: skip
    assert record["conflicts"] == [
        {
            "rules": ["red_line.waste", "red_line.outside_ten"],
            "by": "higher_level",
            "prevails": "red_line.waste",
            "effect": "prohibited",
        }
    ]
    assert record["verdict"] == "prohibited"


@pytest.mark.parametrize("language", ["zh", "ko", "en"])
def test_a_conflict_is_told_in_words(official, language):
    record = ask(official, RED_LINE, purpose="waste_disposal", nature="new", limited_activity="none",
                 national_major_project=True, hazardous_waste_facility=True)  # fmt: skip
    view = present(record, BOOK, language)
    [conflict] = view["conflicts"]
    titles = [BOOK.said(rule)["title"][language] for rule in record["conflicts"][0]["rules"]]
    assert [title for _, title in conflict["rules"]] == titles
    assert titles[0] in conflict["outcome"]
    assert conflict["by"] == BOOK.precedence["higher_level"]["title"][language]
    phrase = conflict["provisions"][0]["phrase"]
    assert phrase == "法律的效力高于行政法规、地方性法规、规章"
    assert f'<blockquote class="clause__phrase" lang="zh">{phrase}</blockquote>' in render_file(view)


def test_where_nothing_conflicts_nothing_is_told(official):
    assert ask(official, WATER, nature="new", purpose="manufacturing")["conflicts"] == []


@pytest.mark.parametrize(
    ("kind", "core", "general"),
    [
        pytest.param("nature_reserve", "reserve.core", "reserve.whitelist", id="a reserve"),
        pytest.param("national_park", "national_park.core", "national_park.whitelist", id="a national park"),
    ],
)
def test_the_lists_of_the_two_zones_are_no_conflict_and_the_core_decides(kind, core, general):
    """The list of the general zone frees a visitor centre; in the core zone it governs nothing."""
    zone = make_zone("core", None, zone_class="core_zone", attributes={"area_kind": kind})
    facts = {
        "purpose": "tourism",
        "compatible_visitor_service": True,
        "national_major_project": False,
        "state_council_approved": False,
    }
    project = read_project(BOOK.vocabulary, facts=facts)
    findings, threats = match_rules(
        BOOK, {"protected_area": check(zone, kind="protected_area")}, project, DAY, "elsewhere"
    )
    said = {finding.rule: finding.state for finding in findings}
    assert (said[core], said[general]) == ("applies", "excepted")
    assert find_conflicts(BOOK, findings) == []
    assert decide(findings, threats, indicative=False).word == "prohibited"
