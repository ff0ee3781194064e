"""Conflicts: two rules on one matter that say different things of one site and project, and which of them stands.

Siting law cumulates, so that two rules that apply are no conflict by themselves: only pairs that the book declares are
looked at. No principle makes an answer milder; one that settles nothing leaves the graver of the two rules possible.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from geo.rules.load import Rulebook
from geo.rules.model import EFFECTS, RANK, STRICTER, Cause, Finding, Threat


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two rules of which one forbids or demands what the other, by its effect or its exception, does not."""

    rules: tuple[str, str]  # the one that the book lets prevail, and the one that yields to it
    by: str  # a principle of `layers/vocabulary/precedence.yaml`
    prevails: str | None  # one of the rules; None where it cannot be told
    effect: str  # of the two, what the answer counts with


def find_conflicts(book: Rulebook, findings: Sequence[Finding]) -> list[Conflict]:
    """The declared pairs that say different things here, in the order of the findings of those that yield.

    A pair counts once both are decided: each applies, or is excepted. A rule that only notes something demands nothing.
    """
    decided = {finding.rule: finding for finding in findings if finding.state != "undecided"}
    return [
        _settle(book, found, decided[other], by)
        for found in decided.values()
        for other, by in book.by_id[found.rule].yields_to
        if other in decided and _contradict(found, decided[other])
    ]


def threats_of(conflicts: Sequence[Conflict], findings: Sequence[Finding]) -> list[Threat]:
    """What an unsettled conflict could still bring: the graver effect of the two rules, whatever exception holds."""
    effects = {finding.rule: finding.effect for finding in findings}
    threats = []
    for conflict in conflicts:
        if conflict.prevails is None:
            graver = max(conflict.rules, key=lambda rule: RANK[effects[rule]])
            other = next(rule for rule in conflict.rules if rule != graver)
            threats.append(Threat(graver, effects[graver], Cause("conflict", other)))
    return threats


def _said(finding: Finding) -> str:
    """What a finding demands; nothing where its exception holds."""
    return finding.effect if finding.state == "applies" else EFFECTS[0]


def _contradict(one: Finding, other: Finding) -> bool:
    demands = min(RANK[one.effect], RANK[other.effect]) > RANK["noted"]
    return demands and _said(one) != _said(other)


def _settle(book: Rulebook, yielding: Finding, other: Finding, by: str) -> Conflict:
    """Which of two findings stands: the one that the principle names, unless it is the milder."""
    rules = (other.rule, yielding.rule)
    graver = max(other, yielding, key=lambda finding: RANK[_said(finding)])
    stands = book.precedence[by]["prevails"]
    if stands == "nobody":
        return Conflict(rules, by, None, _said(graver))
    if stands == "other" and graver is not other:
        by = STRICTER
    return Conflict(rules, by, graver.rule, _said(graver))
