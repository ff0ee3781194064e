"""Rulings: the parts of a record that the rules decide, in the bytes that it has of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from geo import canonical
from geo.overlay import NOT_SUPPLIED, LayerCheck
from geo.project import Project
from geo.rules.load import Rulebook
from geo.rules.match import Matched, in_order
from geo.rules.model import EFFECTS, RANK, Cause, Finding, Threat
from geo.rules.precedence import Conflict, find_conflicts, threats_of
from geo.rules.question import Answer, answers_to
from geo.rules.verdict import LEAVES_WORD, MOST_QUESTIONS, decide_on, weigh_threats

KEPT_RULINGS = 256  # for one project: when there are more, they are begun anew


def ruling_of(matched: Matched, checks: Mapping[str, LayerCheck]) -> Mapping[str, Any]:
    """What the record says by the rules, the findings aside; written once for all sites that lie to zones alike."""
    missing = tuple([Cause(_MISSING[check.reason], kind) for kind, check in checks.items() if check.reason])
    kept, name = matched.hearing.rulings, (*matched.name, missing)
    ruling: Mapping[str, Any] | None = kept.get(name)
    if ruling is None:
        if len(kept) >= KEPT_RULINGS:
            kept.clear()
        written = _ruled(matched, missing)
        ruling = kept[name] = {part: orjson.Fragment(canonical.encode(said)) for part, said in written.items()}
    return ruling


def findings_of(matched: Matched) -> list[orjson.Fragment]:
    """The findings in order, each in the bytes that were written when it was first found."""
    found: list[tuple[Finding, orjson.Fragment]] = []
    for outcome in matched.outcomes:
        if outcome.records is None:
            written = [orjson.Fragment(canonical.encode(_finding(one, matched.book))) for one in outcome.findings]
            outcome.records = tuple(zip(outcome.findings, written, strict=True))
        found += outcome.records
    found.sort(key=lambda item: in_order(item[0]))
    return [written for _, written in found]


def _ruled(matched: Matched, missing: Sequence[Cause]) -> dict[str, Any]:
    """The parts of a record that the rules decide."""
    findings = matched.findings
    conflicts = find_conflicts(matched.book, findings)
    unsettled = threats_of(conflicts, findings)
    weight = matched.weight | weigh_threats(unsettled)
    firm, indicative = (decide_on(weight, indicative) for indicative in (False, True))
    opened = _open(matched, unsettled, missing)
    for item in opened:
        if item["asked"]:
            item["answers"] = [_answer(answer) for answer in answers_to(item["subject"], matched)]
    return {
        "verdict": firm.word,
        "indicative_verdict": indicative.word,
        "range": [firm.sure, firm.possible],
        "indicative_range": [indicative.sure, indicative.possible],
        "provisional": any(item["kind"] in LEAVES_WORD for item in opened),
        "open": opened,
        "conflicts": [_conflict(conflict) for conflict in conflicts],
        "steps": _steps(findings),
    }


def _finding(finding: Finding, book: Rulebook) -> dict[str, Any]:
    rule = book.by_id[finding.rule]
    version = next(version for version in rule.versions if version.start == finding.version)
    return {
        "rule": finding.rule,
        "version": finding.version.isoformat(),
        "layer": finding.layer,
        "zones": list(finding.zones),
        "state": finding.state,
        "certainty": finding.certainty,
        "effect": finding.effect,
        "dimension": rule.dimension,
        "level": rule.level,
        "provisions": [
            {"document": p.document, "article": p.article, "phrase": p.phrase, "verified": p.verified}
            for p in version.provisions
        ],
        "causes": [{"kind": cause.kind, "subject": cause.subject} for cause in finding.causes],
        "because": [
            {"fact": reason.fact, "expected": reason.expected, "value": reason.value, "how": reason.how}
            for reason in finding.because
        ],
        "authority": {"table": finding.authority[0], "row": finding.authority[1]},
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "value": answer.value,
        "verdict": answer.firm.word,
        "range": [answer.firm.sure, answer.firm.possible],
        "indicative_verdict": answer.indicative.word,
        "indicative_range": [answer.indicative.sure, answer.indicative.possible],
    }


def _conflict(conflict: Conflict) -> dict[str, Any]:
    return {
        "rules": list(conflict.rules),
        "by": conflict.by,
        "prevails": conflict.prevails,
        "effect": conflict.effect,
    }


def _open(matched: Matched, unsettled: Sequence[Threat], missing: Sequence[Cause]) -> list[dict[str, Any]]:
    """Everything that keeps the answer open, the weightiest first, what is asked last behind; at most eight asked."""
    items = []
    project = matched.hearing.project
    late = project.vocabulary.asked_last
    for cause, (ranks, rules) in _waiting(matched, unsettled, missing).items():
        last, rank = cause.kind == "fact" and cause.subject in late, max(ranks, default=0)
        named = sorted(rules)
        items.append(((last, -rank, -len(named), cause.kind, cause.subject), named))
    items.sort()
    facts = [subject for (*_, kind, subject), _ in items if kind == "fact" and _makes_sense(subject, project)]
    asked = set(facts[:MOST_QUESTIONS])
    return [
        {
            "kind": kind,
            "subject": subject,
            "effect": EFFECTS[-rank],
            "rules": rules,
            "asked": kind == "fact" and subject in asked,
        }
        for (_, rank, _, kind, subject), rules in items
    ]


def _waiting(
    matched: Matched, unsettled: Sequence[Threat], missing: Sequence[Cause]
) -> dict[Cause, tuple[list[int], set[str]]]:
    """Of each cause the ranks of the effects that wait for it, and the rules."""
    found: dict[Cause, tuple[list[int], set[str]]] = {}
    for outcome in matched.outcomes:
        for posed in outcome.posed:
            ranks, rules = found.get(posed.cause) or found.setdefault(posed.cause, ([], set()))
            ranks.append(posed.rank)
            rules.update(posed.rules)
    for threat in (*matched.unruled, *unsettled):
        ranks, rules = found.setdefault(threat.cause, ([], set()))
        ranks.append(RANK[threat.effect])
        if threat.rule:
            rules.add(threat.rule)
    for cause in missing:
        found.setdefault(cause, ([], set()))
    return found


_MISSING = {NOT_SUPPLIED: NOT_SUPPLIED, "outside_coverage": "data", "unreadable": "failed"}


def _makes_sense(fact: str, project: Project) -> bool:
    """Whether a fact is worth asking yet: one that hangs on another waits for that other's answer."""
    known = project.vocabulary.facts.get(fact)
    return known is None or all(project.fact(name).value == value for name, value in known.depends_on.items())


def _steps(findings: Sequence[Finding]) -> list[dict[str, str]]:
    """What to do now: the next step of each rule that applies or is open, the gravest first."""
    return [{"rule": finding.rule, "state": finding.state} for finding in findings if finding.state != "excepted"]
