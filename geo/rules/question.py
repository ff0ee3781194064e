"""Questions: what the verdict would be under each answer to a fact that is asked."""

from dataclasses import dataclass

from geo.rules.match import Matched
from geo.rules.model import Finding
from geo.rules.precedence import find_conflicts, threats_of
from geo.rules.verdict import Verdict, decide_on, weigh_threats
from geo.vocabulary import Fact, FactValue


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to a question, with all else as it is."""

    value: FactValue
    firm: Verdict
    indicative: Verdict


def answers_to(fact: str, matched: Matched) -> list[Answer]:
    """The verdict under each answer to a yes-or-no or a choice; none for a number or the industry.

    Only the rules that look at the fact are judged again.
    """
    known = matched.hearing.project.vocabulary.facts.get(fact)
    if known is None:
        return []
    naming, weight = [], weigh_threats(matched.unruled)
    paired: list[Finding] = []
    for outcome in matched.outcomes:
        if fact in outcome.facts:
            naming.append(outcome)
        else:
            weight |= outcome.weight
            paired += outcome.paired
    values = _values(known)
    parts = [outcome.answers(fact, values, matched.hearing) for outcome in naming]
    answers = []
    for at, value in enumerate(values):
        under, found = weight, list(paired)
        for part in parts:
            under |= part[at].weight
            found += part[at].paired
        under |= weigh_threats(threats_of(find_conflicts(matched.book, found), found)) if found else 0
        answers.append(Answer(value, decide_on(under, False), decide_on(under, True)))
    return answers


def _values(fact: Fact) -> tuple[FactValue, ...]:
    return (True, False) if fact.type == "bool" else tuple(fact.choices)
