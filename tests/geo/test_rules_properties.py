"""What holds of the shipped book on the shipped pack, whatever is asked: drawn by Hypothesis."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from conftest import CENTRAL_YANJI, ERDAOBAIHE, RUSSIA
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import STEADY, make_zone

from geo.deployment import Question
from geo.overlay import ZoneCheck
from geo.project import Project
from geo.rules.index import RuleIndex
from geo.rules.load import Rulebook, load_rulebook
from geo.rules.match import match_rules, match_some
from geo.rules.model import RANK
from geo.rules.precedence import find_conflicts, threats_of
from geo.rules.verdict import decide
from geo.screening import screen_site
from geo.settings import Settings

BOOK = load_rulebook(Settings())
DAY = date(2026, 11, 22)
SITES = (
    CENTRAL_YANJI,
    ERDAOBAIHE,
    RUSSIA,
    "130.366,42.862",
    "128.47,43.76",
    "POLYGON ((128.1 43.2, 128.4 43.2, 128.4 43.5, 128.1 43.5, 128.1 43.2))",
)
INDUSTRIES = (None, "A0313", "B0921", "C2631", "C3011", "D4415", "D4620", "N7724")
PAIRS = [
    (name, value)
    for name, fact in sorted(BOOK.vocabulary.facts.items())
    for value in (
        (True, False) if fact.type == "bool" else tuple(fact.choices) if fact.type == "choice" else (fact.min, fact.max)
    )
]
projects = st.builds(
    lambda industry, facts: Project(BOOK.vocabulary, industry, dict(facts)),
    st.sampled_from(INDUSTRIES),
    st.lists(st.sampled_from(PAIRS), max_size=9),
)
sites = st.sampled_from(SITES)


@pytest.fixture(scope="module")
def checks(here):
    """What every layer of the pack says of some sites."""
    return {site: here.screen(Question(site=site, day=DAY.isoformat())).checks for site in SITES}


def ranges(found, project, day=DAY, region="yanbian"):
    """The firm and the indicative range, as ranks."""
    findings, threats = match_rules(BOOK, found, project, day, region)
    threats += threats_of(find_conflicts(BOOK, findings), findings)
    verdicts = [decide(findings, threats, indicative) for indicative in (False, True)]
    return [(RANK[verdict.sure], RANK[verdict.possible]) for verdict in verdicts]


@given(sites, projects, st.sampled_from(PAIRS))
@settings(STEADY, max_examples=1000)
def test_more_facts_never_widen_the_range(checks, site, project, said):
    name, value = said
    if project.fact(name).how != "unknown":
        return  # said already; or presumed, and what is said against a presumption counts as unknown
    before = ranges(checks[site], project)
    after = ranges(checks[site], replace(project, facts={**project.facts, name: value}))
    for (sure, possible), (now_sure, now_possible) in zip(before, after, strict=True):
        assert sure <= now_sure <= now_possible <= possible


@given(sites, projects, st.sampled_from(sorted(BOOK.catalogue)), st.data())
@settings(STEADY, max_examples=400)
def test_a_zone_more_never_makes_the_answer_milder(checks, site, project, kind, data):
    check = checks[site][kind]
    domain = BOOK.catalogue[kind].attributes
    values = {name: data.draw(st.sampled_from([None, *allowed]), label=name) for name, allowed in domain.items()}
    relation = data.draw(st.sampled_from(["hit", "uncertain", "near"]))
    zone = make_zone("more", None, layer=kind, zone_class=values.pop("zone_class", None), attributes=values)
    more = {**checks[site], kind: replace(check, zones=(*check.zones, ZoneCheck(zone, relation)))}
    for (sure, possible), (now_sure, now_possible) in zip(
        ranges(checks[site], project), ranges(more, project), strict=True
    ):
        assert sure <= now_sure
        assert possible <= now_possible


@given(sites, projects, st.randoms(use_true_random=False))
@settings(STEADY, max_examples=300)
def test_the_order_of_rules_and_layers_changes_nothing(checks, site, project, chance):
    rules = chance.sample(BOOK.rules, len(BOOK.rules))
    layers = dict(chance.sample(list(checks[site].items()), len(checks[site])))
    index = RuleIndex(rules, BOOK.documents)
    asked = (project, DAY, "yanbian")
    assert match_some(BOOK, index, layers, *asked) == match_some(BOOK, BOOK.index, checks[site], *asked)


@pytest.mark.parametrize("first", [1, 7, 50])
def test_a_book_written_in_another_order_gives_the_same_bytes(here, first):

    def shuffled(part):
        items = list(part.items())[::-1]
        return dict(items[first:] + items[:first])

    parts = {name: shuffled(part) for name, part in BOOK.data.items()}
    again = Rulebook.of(shuffled(parts))
    site = here.screen(Question(site=SITES[-1], day=DAY.isoformat())).site
    project = Project(BOOK.vocabulary, "B0921", {"nature": "new"})
    one, other = (screen_site(site, project, DAY, here.store.snapshot(), book) for book in (BOOK, again))
    assert one.json == other.json


def days_of_change() -> list[date]:
    spans = [(version.start, version.end) for rule in BOOK.rules for version in rule.versions]
    spans += [(start, end) for document in BOOK.documents.values() for start, end, _ in document.status]
    return sorted({day for span in spans for day in span if day})


INTERVALS = list(pairwise([date(1985, 1, 1), *days_of_change(), date(2040, 1, 1)]))


@given(sites, projects, st.sampled_from(INTERVALS), st.data())
@settings(STEADY, max_examples=300)
def test_between_two_changes_the_answer_stays(checks, site, project, interval, data):
    first, after = interval
    other = first + timedelta(days=data.draw(st.integers(0, (after - first).days - 1)))
    index = RuleIndex(BOOK.rules, BOOK.documents)  # nothing of it made for the first day yet
    asked = (checks[site], project)
    assert match_some(BOOK, index, *asked, other, "yanbian") == match_some(BOOK, BOOK.index, *asked, first, "yanbian")
