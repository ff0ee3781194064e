"""Rules on layer checks and a project: findings, and the threats that missing ground leaves open."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, NamedTuple

from geo.overlay import NOT_SUPPLIED, LayerCheck, ZoneCheck
from geo.project import Project
from geo.rules.index import Footing, RuleIndex
from geo.rules.load import Rulebook
from geo.rules.model import EFFECTS, RANK, Cause, Finding, Threat
from geo.rules.outcome import Laid, OnGround, OnLayer, Outcome, cause_of, joined
from geo.rules.truth import Hearing
from geo.rules.verdict import weigh_threats

KEPT_OUTCOMES = 256  # of one layer for one project: when there are more, it is begun anew
_ORDER = {"applies": 0, "undecided": 1, "excepted": 2}


_NOWHERE = OnGround(False)


class Matched(NamedTuple):
    """What all rules say of one site and project, layer by layer."""

    book: Rulebook
    hearing: Hearing
    outcomes: tuple[Outcome, ...]
    unruled: tuple[Threat, ...]  # of ground of kinds that no rule speaks of

    @property
    def name(self) -> tuple[Any, ...]:
        """What tells it from all else that was matched for the same project, but for the zones of the findings."""
        return tuple([outcome.number for outcome in self.outcomes]), self.unruled

    @property
    def weight(self) -> int:
        """What all of it comes to in the verdict."""
        return joined(outcome.weight for outcome in self.outcomes) | weigh_threats(self.unruled)

    @property
    def findings(self) -> list[Finding]:
        """All findings, the gravest first."""
        found = [finding for outcome in self.outcomes for finding in outcome.findings]
        found.sort(key=in_order)
        return found

    @property
    def threats(self) -> list[Threat]:
        """All threats, by their rules."""
        found = [threat for outcome in self.outcomes for threat in outcome.threats]
        found.sort(key=lambda threat: threat.rule or "")
        return [*found, *self.unruled]


def in_order(finding: Finding) -> tuple[int, int, str]:
    """The gravest first, what applies before what is open and what is excepted."""
    return -RANK[finding.effect], _ORDER[finding.state], finding.rule


def match_rules(
    book: Rulebook, checks: Mapping[str, LayerCheck], project: Project, day: date, region: str
) -> tuple[list[Finding], list[Threat]]:
    """Lay every rule of the day on the checks.

    A finding stands where the rule's ground is under the site, surely or perhaps. Where the ground is unknown
    (layer failed, not supplied, outside coverage, sketch, zones unplaced) a threat stands instead, unless the
    project's facts rule it out whatever the ground.
    """
    matched = lay_rules(book, checks, project, day, region)
    return matched.findings, matched.threats


def lay_rules(book: Rulebook, checks: Mapping[str, LayerCheck], project: Project, day: date, region: str) -> Matched:
    """Lay every rule of the day on the checks, as `match_rules` does, and keep apart what each layer brings."""
    matched = _lay_some(book, book.index, checks, project, day, region)
    return matched._replace(unruled=tuple(_without_rules(book, checks, region)))


def match_some(
    book: Rulebook, index: RuleIndex, checks: Mapping[str, LayerCheck], project: Project, day: date, region: str
) -> tuple[list[Finding], list[Threat]]:
    """Lay the rules of an index on the checks, as `match_rules` lays those of the book."""
    matched = _lay_some(book, index, checks, project, day, region)
    return matched.findings, matched.threats


def _lay_some(
    book: Rulebook, index: RuleIndex, checks: Mapping[str, LayerCheck], project: Project, day: date, region: str
) -> Matched:
    hearing = index.hearing(project)
    silent = tuple([kind for kind, check in checks.items() if check.reason == NOT_SUPPLIED])
    name = silent, region, day
    outcomes = hearing.unsupplied.get(name)
    if outcomes is None:
        if len(hearing.unsupplied) >= KEPT_OUTCOMES:
            hearing.unsupplied.clear()
        unsupplied = {kind: checks[kind] for kind in silent}
        outcomes = hearing.unsupplied[name] = _outcomes(book, index, unsupplied, hearing, region, day)
    supplied = {kind: check for kind, check in checks.items() if check.reason != NOT_SUPPLIED}
    return Matched(book, hearing, (*outcomes, *_outcomes(book, index, supplied, hearing, region, day)), ())


def _outcomes(
    book: Rulebook, index: RuleIndex, checks: Mapping[str, LayerCheck], hearing: Hearing, region: str, day: date
) -> tuple[Outcome, ...]:
    """What the rules of layers say, one layer after the other."""
    found: list[Outcome] = []
    for kind, check in checks.items():
        footings = index.table(kind, region, day)
        open_ground = _open_ground(check)
        if footings and (open_ground or check.zones):  # else the layer is here whole, and nothing of it is near
            found.append(_outcome(book, footings, check, open_ground, hearing))
    return tuple(found)


def _outcome(
    book: Rulebook, footings: tuple[Footing, ...], check: LayerCheck, open_ground: tuple[Cause, ...], hearing: Hearing
) -> Outcome:
    """What the rules of a layer say: as kept for sites that lie to its zones alike, or now.

    It is kept with the hearing, and no longer than the layer itself is held. Where a limit is uncertain, how the site
    lies to several zones together counts too, and nothing is kept; nor where zones belong to no layer in memory.
    """
    lie = tuple([(one.zone, one.relation) for one in check.zones])
    certainty: Literal["firm", "sketch"] = "sketch" if check.sketch else "firm"
    if check.layer is None:
        kept = None if lie else hearing.silent
    else:
        uncertain = any(one.relation == "uncertain" for one in check.zones)
        kept = None if uncertain else hearing.kept.setdefault(check.layer, {})
    key = footings, open_ground, certainty, lie
    outcome: Outcome | None = None if kept is None else kept.get(key)
    if outcome is None:
        layer = OnLayer(open_ground, certainty, {})
        laid = [(footing, _lay(footing, check, layer)) for footing in footings]
        grounds = [(footing, ground) for footing, ground in laid if ground is not None]
        outcome = Outcome(book, grounds, hearing)
        if kept is not None:
            if len(kept) >= KEPT_OUTCOMES:
                kept.clear()
            kept[key] = outcome
    return outcome


def _lay(footing: Footing, check: LayerCheck, layer: OnLayer) -> Laid | None:
    """The ground of a footing; None where it surely is not under the site, so that its rules have nothing to say."""
    ground = _ground(footing, check)
    if ground.value is False and not layer.open:
        return None
    threats = layer.open + ground.causes if ground.value is None else layer.open
    return Laid(layer, ground, threats, tuple([zone.id for zone in ground.zones]))


def _without_rules(book: Rulebook, checks: Mapping[str, LayerCheck], region: str) -> list[Threat]:
    """Ground of kinds that law speaks of and the book does not yet: what it may forbid is not known."""
    spoken_of = book.index.layers(region)
    threats = []
    for kind, check in checks.items():
        if kind in spoken_of or book.catalogue[kind].group == "place":
            continue
        found = check.status in ("hit", "boundary_uncertain")
        causes = [*_open_ground(check), *([Cause("no_rule", kind)] if found else [])]
        threats += [Threat(None, EFFECTS[-1], cause) for cause in causes]
    return threats


def _open_ground(check: LayerCheck) -> tuple[Cause, ...]:
    """What, beyond the zones found, could still put a rule's ground under the site."""
    if check.status == "failed":
        return (cause_of("failed", check.kind),)
    if check.reason == NOT_SUPPLIED:
        return (cause_of(NOT_SUPPLIED, check.kind),)
    causes = [cause_of("data", check.kind)] if check.coverage_share < 1.0 else []
    causes += [cause_of("unplaced", check.kind)] if check.unplaced else []
    causes += [cause_of("sketch", check.kind)] if check.sketch else []
    return tuple(causes)


def _ground(footing: Footing, check: LayerCheck) -> OnGround:
    """Whether the zones that rules mean are under the site."""
    relation = "near" if footing.near else "hit"
    found, perhaps = [], []  # zones that are meant; those that may be, with what is lacking and how they lie
    for one in check.zones:
        if one.relation == relation or one.relation == "uncertain":
            lacking = one.zone.lacking(footing.where)
            if lacking is None:
                continue
            if not lacking and one.relation == relation:
                found.append(one.zone)
            else:
                perhaps.append((one, lacking))
    if found:
        return OnGround(True, tuple(found))
    return _open(check, relation, perhaps) if perhaps else _NOWHERE


def _open(check: LayerCheck, relation: str, perhaps: list[tuple[ZoneCheck, tuple[str, ...]]]) -> OnGround:
    """Ground that no single zone surely is: all of them together, or what keeps it open."""
    perhaps.sort(key=lambda zone: zone[0].relation != relation)
    together = tuple(one.zone for one, lacking in perhaps if not lacking)
    if check.surely(together):
        return OnGround(True, together)
    causes = [Cause("data", f"{check.kind}.{name}") for _, lacking in perhaps for name in lacking]
    causes += [Cause("boundary", check.kind)] if any(one.relation == "uncertain" for one, _ in perhaps) else []
    return OnGround(None, tuple(one.zone for one, _ in perhaps), tuple(dict.fromkeys(causes)))
