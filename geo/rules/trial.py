"""A rule's own tests: each lays the rule on one zone that a site surely hits, and says what must come of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from geo.errors import FenquError
from geo.layers.catalogue import LayerEntry, Text
from geo.layers.releases import ReleaseInfo, Zone
from geo.overlay import LayerCheck, ZoneCheck
from geo.project import INDUSTRY, KIND, Project, read_project
from geo.rules.load import Rulebook
from geo.rules.match import match_rules
from geo.rules.model import Rule
from geo.vocabulary import INDUSTRY_GROUP, Vocabulary

EXPECTED: Mapping[str, tuple[str, ...]] = {
    "catches": ("applies",),
    "passes": ("silent", "excepted"),
    "undecided": ("undecided",),
}
REQUIRED = ("catches", "passes")
_UNSAID = Text(zh="–", ko="–", en="–")


@dataclass(frozen=True, slots=True)
class Trial:
    """One test of a rule, and what came of it."""

    rule: str
    kind: str  # catches, passes, undecided
    number: int  # from 1 within its kind; 0 where the rule has none of the kind
    name: str | None
    came: str  # applies, undecided, excepted, silent; unreadable: it cannot be laid; missing: there is none
    reason: str | None = None  # why it is unreadable

    @property
    def passed(self) -> bool:
        """Whether it came out as its kind says."""
        return self.came in EXPECTED[self.kind]


def try_rules(book: Rulebook, rules: Iterable[Rule] | None = None) -> list[Trial]:
    """Run the tests of some rules, or of the whole book; a rule without `catches` or `passes` fails by that alone."""
    return [trial for rule in (book.rules if rules is None else rules) for trial in _try_rule(book, rule)]


def day_of(rule: Rule, case: Mapping[str, Any]) -> date:
    """The day that a test speaks of: its own, or else the first one of the rule's newest version."""
    return date.fromisoformat(case["day"]) if "day" in case else rule.versions[-1].start


def _try_rule(book: Rulebook, rule: Rule) -> list[Trial]:
    tests: Mapping[str, Sequence[Mapping[str, Any]]] = book.said(rule.id)["tests"]
    trials = [Trial(rule.id, kind, 0, None, "missing") for kind in REQUIRED if not tests.get(kind)]
    for kind in EXPECTED:
        for number, case in enumerate(tests.get(kind, ()), start=1):
            try:
                came, reason = lay(book, rule, case), None
            except (FenquError, ValueError) as error:
                came, reason = "unreadable", str(error)
            trials.append(Trial(rule.id, kind, number, case.get("name"), came, reason))
    return trials


def lay(book: Rulebook, rule: Rule, case: Mapping[str, Any], region: str | None = None) -> str:
    """Lay one rule on one zone, in the first of its own regions or another; the state of the finding, or `silent`.

    A lapsed document leaves every finding undecided; a rule's tests are about its clause, and look past that.

    Raises
    ------
    ValueError
        Where the catalogue has no such attribute or value.
    ProjectError
        Where the vocabulary has no such fact, value or industry.
    """
    check = LayerCheck(
        rule.layer,
        "hit",
        info=_firm_release(rule.layer),
        coverage_share=1.0,
        zones=(ZoneCheck(_zone(book.catalogue[rule.layer], case.get("zone", {})), "near" if rule.near else "hit"),),
    )
    project = project_of(book.vocabulary, case)
    where = region if region is not None else next(iter(rule.regions), "")
    findings, _ = match_rules(book, {rule.layer: check}, project, day_of(rule, case), where)
    found = next((finding for finding in findings if finding.rule == rule.id), None)
    if found is None:
        return "silent"
    if found.state == "undecided" and {cause.kind for cause in found.causes} == {"document"}:
        return "applies"
    return found.state


def _zone(entry: LayerEntry, given: Mapping[str, str | None]) -> Zone:
    for name, value in given.items():
        if name not in entry.attributes or (value is not None and value not in entry.attributes[name]):
            raise ValueError(f"{entry.kind} has no {name} of {value}")
    attributes = dict(given)
    zone_class = attributes.pop("zone_class", None)
    return Zone("zone", entry.kind, "zone", zone_class=zone_class, attributes=attributes, provenance="official")


def project_of(vocabulary: Vocabulary, case: Mapping[str, Any]) -> Project:
    """The project of a test; `industry_group` stands for any industry in it.

    Raises
    ------
    ValueError, ProjectError
        Where the vocabulary has no such group, fact, value, industry or kind.
    """
    facts = dict(case.get("project", {}))
    group, industry, kind = (facts.pop(name, None) for name in (INDUSTRY_GROUP, INDUSTRY, KIND))
    return read_project(vocabulary, vocabulary.industry_in(group) if group else industry, None, facts, kind)


def _firm_release(kind: str) -> ReleaseInfo:
    return ReleaseInfo(
        id="test", region="test", layer=kind, provenance="official", limits="surveyed", publish="full", accuracy_m=0.0,
        recorded_from=date.min, dataset=_UNSAID, recipe=_UNSAID, coverage_note=_UNSAID,
    )  # fmt: skip
