"""Every rule of a book, one after the other, each read from its conditions: what the index must answer exactly like."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from geo.layers.catalogue import COUNTY
from geo.layers.releases import Zone
from geo.overlay import LayerCheck
from geo.project import INDUSTRY, Project
from geo.rules.load import Rulebook
from geo.rules.match import NOT_SUPPLIED
from geo.rules.model import EFFECTS, LAPSED, NOT_BINDING, RANK, REPEALED, Cause, Finding, Rule, State, Threat, Version
from geo.rules.truth import Condition, Reason, Truth, all_of, any_of
from geo.vocabulary import INDUSTRY_GROUP

_BOUNDS: dict[str, Callable[[float, float], bool]] = {
    "lt": lambda value, bound: value < bound,
    "le": lambda value, bound: value <= bound,
    "gt": lambda value, bound: value > bound,
    "ge": lambda value, bound: value >= bound,
}


@dataclass(frozen=True, slots=True)
class _Ground:
    """Whether a rule's ground is under the site: the zones that say so, or what keeps it open."""

    value: bool | None
    zones: tuple[Zone, ...] = ()
    causes: tuple[Cause, ...] = ()


def sweep_rules(
    book: Rulebook, checks: Mapping[str, LayerCheck], project: Project, day: date, region: str
) -> tuple[list[Finding], list[Threat]]:
    """What `geo.rules.match.match_rules` answers, without an index."""
    findings: list[Finding] = []
    threats: list[Threat] = []
    for rule in book.rules:
        version = rule.version(day)
        check = checks.get(rule.layer)
        if check is None or not rule.binds_in(region):
            continue
        if version is None:
            threats += _earlier(rule, check, project, day)
            continue
        finding, threat = _match(book, rule, version, check, project, day)
        findings += [finding] if finding else []
        threats += threat
    threats += _without_rules(book, checks, region)
    order = {"applies": 0, "undecided": 1, "excepted": 2}
    findings.sort(key=lambda finding: (-RANK[finding.effect], order[finding.state], finding.rule))
    return findings, threats


def _match(
    book: Rulebook, rule: Rule, version: Version, check: LayerCheck, project: Project, day: date
) -> tuple[Finding | None, list[Threat]]:
    meant = _judge(version.when_project, project)
    if meant.value is False:
        return None, []
    excepted = _judge(version.unless, project) if version.unless else Truth(False)
    effect, documents = _documents(book, version, day)
    if effect is None:
        return None, []
    ground = _ground(rule, version, check)
    threats = [] if excepted.value else [Threat(rule.id, effect, cause) for cause in _threats(check, ground)]
    if ground.value is False or not ground.zones:
        return None, threats
    decided = all_of([meant, excepted.negated()])
    causes = (*ground.causes, *(Cause("fact", fact) for fact in decided.wants), *documents)
    state: State = "excepted" if excepted.value else "undecided" if causes else "applies"
    finding = Finding(
        rule=rule.id,
        version=version.start,
        layer=rule.layer,
        zones=tuple(zone.id for zone in ground.zones),
        state=state,
        certainty="sketch" if check.sketch else "firm",
        effect=effect,
        causes=() if state == "excepted" else causes,
        because=tuple(dict.fromkeys((*meant.because, *(excepted.because if version.unless else ())))),
        authority=(rule.authority, _office(book, rule, ground.zones)),
    )
    return finding, [threat for threat in threats if threat.cause not in finding.causes]


def _earlier(rule: Rule, check: LayerCheck, project: Project, day: date) -> list[Threat]:
    """What a rule leaves open on a day before its first version: an earlier text may have said the like."""
    first = rule.versions[0]
    if not rule.earlier_unknown or day >= first.start or _judge(first.when_project, project).value is False:
        return []
    ground = _ground(rule, first, check)
    causes = list(_threats(check, ground))
    if ground.value is not False:
        causes.append(Cause("earlier_text", first.provisions[0].document))
    return [Threat(rule.id, first.effect, cause) for cause in causes]


def _without_rules(book: Rulebook, checks: Mapping[str, LayerCheck], region: str) -> list[Threat]:
    """Ground of kinds that law speaks of and the book does not yet: what it may forbid is not known."""
    spoken_of = {rule.layer for rule in book.rules if rule.binds_in(region)}
    threats = []
    for kind, check in checks.items():
        if kind in spoken_of or book.catalogue[kind].group == "place":
            continue
        found = check.status in ("hit", "boundary_uncertain")
        causes = [*_threats(check, _Ground(False)), *([Cause("no_rule", kind)] if found else [])]
        threats += [Threat(None, EFFECTS[-1], cause) for cause in causes]
    return threats


def _documents(book: Rulebook, version: Version, day: date) -> tuple[str | None, tuple[Cause, ...]]:
    """The effect that the documents' status leaves, and the lapsed document that must be asked after.

    One provision in force carries the rule alone; without one, a lapsed plan leaves it undecided, and a draft
    or a fragment gives `noted` at most. A rule whose every text is repealed says nothing.
    """
    by_status = {book.documents[p.document].status_on(day): p.document for p in reversed(version.provisions)}
    if "in_force" in by_status:
        return version.effect, ()
    if LAPSED in by_status:
        return version.effect, (Cause("document", by_status[LAPSED]),)
    if NOT_BINDING & by_status.keys():
        return min(version.effect, "noted", key=RANK.__getitem__), ()
    return (None, ()) if set(by_status) <= {REPEALED, None} else (version.effect, ())


def _ground(rule: Rule, version: Version, check: LayerCheck) -> _Ground:
    """Whether the zones that the rule means are under the site."""
    relations = ("near",) if rule.near else ("hit",)
    sure = _meant(version, check, [c.zone for c in check.zones if c.relation in relations])
    if any(value for value, _ in sure.values()):
        return _Ground(True, tuple(zone for zone, (value, _) in sure.items() if value))
    perhaps = {**sure, **_meant(version, check, [c.zone for c in check.zones if c.relation == "uncertain"])}
    together = [zone for zone, (value, _) in perhaps.items() if value]
    if check.surely(together):
        return _Ground(True, tuple(together))
    uncertain = {check_.zone.id for check_ in check.zones if check_.relation == "uncertain"}
    open_zones = {zone: lacking for zone, (value, lacking) in perhaps.items() if value is not False}
    if not open_zones:
        return _Ground(False)
    causes = [cause for lacking in open_zones.values() for cause in lacking]
    causes += [Cause("boundary", check.kind)] if any(zone.id in uncertain for zone in open_zones) else []
    return _Ground(None, tuple(open_zones), tuple(dict.fromkeys(causes)))


def _meant(
    version: Version, check: LayerCheck, zones: Sequence[Zone]
) -> dict[Zone, tuple[bool | None, tuple[Cause, ...]]]:
    """For each zone: does the rule mean it, and which unknown attribute leaves that open."""
    return {zone: _zone_meant(version, check, zone) for zone in zones}


def _zone_meant(version: Version, check: LayerCheck, zone: Zone) -> tuple[bool | None, tuple[Cause, ...]]:
    lacking = []
    for name, allowed in version.where.items():
        value = zone.attribute(name)
        if value is None:
            lacking.append(Cause("data", f"{check.kind}.{name}"))
        elif value not in allowed:
            return False, ()
    return (None if lacking else True), tuple(lacking)


def _threats(check: LayerCheck, ground: _Ground) -> Iterable[Cause]:
    """What, beyond the zones found, could still put the rule's ground under the site."""
    if check.status == "failed":
        yield Cause("failed", check.kind)
    elif check.reason == NOT_SUPPLIED:
        yield Cause(NOT_SUPPLIED, check.kind)
    else:
        if check.coverage_share < 1.0:
            yield Cause("data", check.kind)
        if check.unplaced:
            yield Cause("unplaced", check.kind)
        if check.sketch:
            yield Cause("sketch", check.kind)
    if ground.value is None:
        yield from ground.causes


def _office(book: Rulebook, rule: Rule, zones: Sequence[Zone]) -> int:
    """The row of the table of authorities for these zones: the first whose filter one of them meets."""
    rows = book.data["authorities"][rule.authority]
    for index, row in enumerate(rows):
        where: Mapping[str, object] = row.get("where", {})
        if all(any(_meets(zone, name, allowed) for zone in zones) for name, allowed in where.items()):
            return index
    return len(rows) - 1


def _meets(zone: Zone, name: str, allowed: object) -> bool:
    if name == COUNTY:
        return isinstance(allowed, list) and not set(allowed).isdisjoint(zone.counties)
    value = zone.attribute(name)
    return value in allowed if isinstance(allowed, list) else value == allowed


def _judge(condition: Condition | None, project: Project) -> Truth:
    return all_of([_judge_entry(key, expected, project) for key, expected in (condition or {}).items()])


def _judge_entry(key: str, expected: Any, project: Project) -> Truth:
    if key == "any":
        return any_of([_judge(inner, project) for inner in expected])
    if key == "all":
        return all_of([_judge(inner, project) for inner in expected])
    if key == "not":
        return _judge(expected, project).negated()
    if key == INDUSTRY_GROUP:
        groups = expected if isinstance(expected, list | tuple) else [expected]
        return any_of([_judge_group(group, project) for group in groups])
    known = project.fact(key)
    holds = None if known.value is None else _holds(known.value, expected)
    wants = () if holds is not None else (INDUSTRY, key) if project.presumable(key) else (key,)
    return Truth(holds, wants, (Reason(key, _frozen(expected), known.value, known.how),))


def _judge_group(group: str, project: Project) -> Truth:
    belongs = project.belongs(group)
    how = "unknown" if belongs is None else "given"
    reason = Reason(INDUSTRY_GROUP, group, project.industry, how)
    return Truth(belongs, (INDUSTRY,) if belongs is None else (), (reason,))


def _holds(value: Any, expected: Any) -> bool:
    if isinstance(expected, Mapping):
        return all(_BOUNDS[name](float(value), float(bound)) for name, bound in expected.items())
    return value in expected if isinstance(expected, list | tuple) else value == expected


def _frozen(expected: Any) -> Any:
    if isinstance(expected, Mapping):
        return tuple(expected.items())
    return tuple(expected) if isinstance(expected, list) else expected
