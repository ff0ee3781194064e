"""Questions: what the verdict would be under each answer to a fact that is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from geo.overlay import LayerCheck
from geo.project import Project
from geo.rules.load import Rulebook
from geo.rules.match import match_some
from geo.rules.model import Finding, Threat
from geo.rules.precedence import find_conflicts, threats_of
from geo.rules.verdict import Verdict, decide
from geo.vocabulary import Fact, FactValue


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to a question, with all else as it is."""

    value: FactValue
    firm: Verdict
    indicative: Verdict


def answers_to(
    fact: str,
    book: Rulebook,
    checks: Mapping[str, LayerCheck],
    project: Project,
    day: date,
    region: str,
    findings: Sequence[Finding],
    threats: Sequence[Threat],
) -> list[Answer]:
    """The verdict under each answer to a yes-or-no or a choice; none for a number or the industry.

    Only the rules that look at the fact are matched again.

    Parameters
    ----------
    findings, threats : of the rules without this answer; those of conflicts may be among the threats
    """
    known = project.vocabulary.facts.get(fact)
    values = _values(known) if known else ()
    index = book.naming(fact)
    other_findings = [finding for finding in findings if finding.rule not in index.rules]
    others = {
        (threat.effect, threat.cause.kind): threat
        for threat in threats
        if threat.rule not in index.rules and threat.cause.kind != "conflict"
    }
    answers = []
    for value in values:
        answered = replace(project, facts={**project.facts, fact: value})
        found, posed = match_some(book, index, checks, answered, day, region)
        found += other_findings
        posed += [*others.values(), *threats_of(find_conflicts(book, found), found)]
        answers.append(Answer(value, decide(found, posed, indicative=False), decide(found, posed, indicative=True)))
    return answers


def _values(fact: Fact) -> tuple[FactValue, ...]:
    return (True, False) if fact.type == "bool" else tuple(fact.choices)
