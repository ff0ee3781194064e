"""Rules on layer checks and a project: findings, and the threats that missing ground leaves open."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, Literal, NamedTuple

from geo.layers.catalogue import COUNTY
from geo.layers.releases import Zone
from geo.overlay import LayerCheck, ZoneCheck
from geo.project import Project
from geo.rules.index import Entry, Footing, RuleIndex
from geo.rules.load import Rulebook
from geo.rules.model import EFFECTS, RANK, Cause, Finding, State, Threat
from geo.rules.truth import FALSE, Hearing, Truth

NOT_SUPPLIED = "not_supplied"
_ORDER = {"applies": 0, "undecided": 1, "excepted": 2}


class _Ground(NamedTuple):
    """Whether a rule's ground is under the site: the zones that say so, or what keeps it open."""

    value: bool | None
    zones: tuple[Zone, ...] = ()
    causes: tuple[Cause, ...] = ()


_NOWHERE = _Ground(False)


class _Layer(NamedTuple):
    """The check of a layer, and what is the same for all of its rules."""

    check: LayerCheck
    open: tuple[Cause, ...]  # what could still put a rule's ground under the site, beyond the zones found
    certainty: Literal["firm", "sketch"]
    offices: dict[tuple[str, tuple[str, ...]], int]  # table and zones: its row for them


class _Laid(NamedTuple):
    """The ground of some rules of a layer, as its check has it, and what is the same for each of these rules."""

    layer: _Layer
    ground: _Ground
    threats: tuple[Cause, ...]  # what could still put the ground under the site, beyond the zones found
    zones: tuple[str, ...]


def match_rules(
    book: Rulebook, checks: Mapping[str, LayerCheck], project: Project, day: date, region: str
) -> tuple[list[Finding], list[Threat]]:
    """Lay every rule of the day on the checks.

    A finding stands where the rule's ground is under the site, surely or perhaps. Where the ground is unknown
    (layer failed, not supplied, outside coverage, sketch, zones unplaced) a threat stands instead, unless the
    project's facts rule it out whatever the ground.
    """
    findings, threats = match_some(book, book.index, checks, project, day, region)
    return findings, threats + _without_rules(book, checks, region)


def match_some(
    book: Rulebook, index: RuleIndex, checks: Mapping[str, LayerCheck], project: Project, day: date, region: str
) -> tuple[list[Finding], list[Threat]]:
    """Lay the rules of an index on the checks, as `match_rules` lays those of the book."""
    findings: list[Finding] = []
    threats: list[Threat] = []
    hearing = index.hearing(project)
    for kind, check in checks.items():
        open_ground = _open_ground(check)
        if not open_ground and not check.zones:
            continue  # the layer is here whole, and nothing of it is near
        layer = _Layer(check, open_ground, "sketch" if check.sketch else "firm", {})
        for footing in index.table(kind, region, day):
            laid = _lay(footing, layer)
            if laid is None:
                continue
            for first, entries in footing.entries:
                if hearing.truth(first).value is False:
                    continue
                for entry in entries:
                    finding = _match(book, entry, laid, hearing, threats)
                    if finding is not None:
                        findings.append(finding)
    threats.sort(key=lambda threat: threat.rule or "")
    findings.sort(key=lambda finding: (-RANK[finding.effect], _ORDER[finding.state], finding.rule))
    return findings, threats


def _lay(footing: Footing, layer: _Layer) -> _Laid | None:
    """The ground of a footing; None where it surely is not under the site, so that its rules have nothing to say."""
    ground = _ground(footing, layer.check)
    if ground.value is False and not layer.open:
        return None
    threats = layer.open + ground.causes if ground.value is None else layer.open
    return _Laid(layer, ground, threats, tuple([zone.id for zone in ground.zones]))


def _match(book: Rulebook, entry: Entry, laid: _Laid, hearing: Hearing, threats: list[Threat]) -> Finding | None:
    """What one rule says: a finding or none; its threats are added to those before."""
    meant = hearing.truth(entry.when)
    if meant.value is False:
        return None
    rule, effect = entry.rule.id, entry.effect
    if entry.earlier:
        threats += [Threat(rule, effect, cause) for cause in laid.threats]
        if laid.ground.value is not False:
            threats.append(Threat(rule, effect, Cause("earlier_text", entry.version.provisions[0].document)))
        return None
    excepted = hearing.truth(entry.unless) if entry.unless else FALSE
    finding = _finding(book, entry, laid, meant, excepted) if laid.zones else None
    if laid.threats and not excepted.value:
        told = finding.causes if finding else ()
        threats += [Threat(rule, effect, cause) for cause in laid.threats if cause not in told]
    return finding


@cache
def _asking(fact: str) -> Cause:
    return Cause("fact", fact)


def _finding(book: Rulebook, entry: Entry, laid: _Laid, meant: Truth, excepted: Truth) -> Finding:
    """What a rule says whose ground is under the site, surely or perhaps."""
    causes: tuple[Cause, ...] = ()
    if not excepted.value:
        wants = meant.wants + excepted.wants
        asked = tuple(map(_asking, dict.fromkeys(wants))) if wants else ()
        causes = laid.ground.causes + asked + entry.documents
    state: State = "excepted" if excepted.value else "undecided" if causes else "applies"
    because = meant.because + excepted.because
    table, offices = entry.rule.authority, laid.layer.offices
    office = offices.get((table, laid.zones))
    if office is None:
        office = offices[table, laid.zones] = _office(book, table, laid.ground.zones)
    if entry.overlapping:
        because = tuple(dict.fromkeys(because))
    rule, certainty = entry.rule, laid.layer.certainty
    return Finding(
        rule.id, entry.version.start, rule.layer, laid.zones, state, certainty, entry.effect, causes, because,
        (table, office),
    )  # fmt: skip


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
        return (Cause("failed", check.kind),)
    if check.reason == NOT_SUPPLIED:
        return (Cause(NOT_SUPPLIED, check.kind),)
    causes = [Cause("data", check.kind)] if check.coverage_share < 1.0 else []
    causes += [Cause("unplaced", check.kind)] if check.unplaced else []
    causes += [Cause("sketch", check.kind)] if check.sketch else []
    return tuple(causes)


def _ground(footing: Footing, check: LayerCheck) -> _Ground:
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
        return _Ground(True, tuple(found))
    return _open(check, relation, perhaps) if perhaps else _NOWHERE


def _open(check: LayerCheck, relation: str, perhaps: list[tuple[ZoneCheck, tuple[str, ...]]]) -> _Ground:
    """Ground that no single zone surely is: all of them together, or what keeps it open."""
    perhaps.sort(key=lambda zone: zone[0].relation != relation)
    together = tuple(one.zone for one, lacking in perhaps if not lacking)
    if check.surely(together):
        return _Ground(True, together)
    causes = [Cause("data", f"{check.kind}.{name}") for _, lacking in perhaps for name in lacking]
    causes += [Cause("boundary", check.kind)] if any(one.relation == "uncertain" for one, _ in perhaps) else []
    return _Ground(None, tuple(one.zone for one, _ in perhaps), tuple(dict.fromkeys(causes)))


def _office(book: Rulebook, table: str, zones: Sequence[Zone]) -> int:
    """The row of a table of authorities for these zones: the first whose every filter one of them meets."""
    rows: Sequence[Mapping[str, Any]] = book.data["authorities"][table]
    for index, row in enumerate(rows):
        for name, allowed in row.get("where", {}).items():
            if not _some_meets(zones, name, allowed):
                break
        else:
            return index
    return len(rows) - 1


def _some_meets(zones: Sequence[Zone], name: str, allowed: object) -> bool:
    for zone in zones:
        if name == COUNTY:
            if isinstance(allowed, list) and not set(allowed).isdisjoint(zone.counties):
                return True
        else:
            value = zone.attribute(name)
            if value in allowed if isinstance(allowed, list) else value == allowed:
                return True
    return False
