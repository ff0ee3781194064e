"""Outcomes: what the rules of one layer say of a site and a project, and would say under an answer to a question."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import count
from typing import Any, Literal, NamedTuple

from geo.layers.catalogue import COUNTY
from geo.layers.releases import Zone
from geo.rules.index import Entry, Footing
from geo.rules.load import Rulebook
from geo.rules.model import RANK, Cause, Finding, State, Threat
from geo.rules.truth import FALSE, Hearing, Truth
from geo.rules.verdict import threat_weight, weight_of
from geo.vocabulary import FactValue

KEPT_SHAPES = 4_096  # for one project
_NUMBERS = count()


class OnGround(NamedTuple):
    """Whether a rule's ground is under the site: the zones that say so, or what keeps it open."""

    value: bool | None
    zones: tuple[Zone, ...] = ()
    causes: tuple[Cause, ...] = ()


class OnLayer(NamedTuple):
    """What is the same for all rules of a layer."""

    open: tuple[Cause, ...]  # what could still put a rule's ground under the site, beyond the zones found
    certainty: Literal["firm", "sketch"]
    offices: dict[tuple[str, tuple[str, ...]], int]  # table and zones: its row for them


class Laid(NamedTuple):
    """The ground of some rules of a layer, as its check has it, and what is the same for each of these rules."""

    layer: OnLayer
    ground: OnGround
    threats: tuple[Cause, ...]  # what could still put the ground under the site, beyond the zones found
    zones: tuple[str, ...]


class Outcome:
    """What the rules of one layer say of one site and project, and what they would say under an answer."""

    __slots__ = (
        "_book", "_grounds", "_parts", "_weights",
        "facts", "findings", "number", "paired", "posed", "records", "threats", "weight",
    )  # fmt: skip

    def __init__(self, book: Rulebook, grounds: Sequence[tuple[Footing, Laid]], hearing: Hearing) -> None:
        self._book, self._grounds = book, grounds
        self.number, self._parts = _shape(grounds, hearing)
        self._weights: dict[Entry, int] = {}
        self.findings: list[Finding] = []
        self.threats: list[Threat] = []
        self.records: Any = None  # the findings as a record has them, kept by whoever writes it
        self.facts = frozenset(fact for footing, _ in grounds for fact in footing.naming)
        for footing, laid in grounds:
            for first, entries in footing.entries:
                if hearing.truth(first).value is not False:
                    for entry in entries:
                        self._weights[entry] = _add(book, entry, laid, hearing, self.findings, self.threats)
        self.weight = joined(self._weights.values())
        self.paired = self._paired(self.findings)  # of rules that another yields to, or that yield
        self.posed = tuple(_posed(self.findings, self.threats))

    def answers(self, fact: str, values: tuple[FactValue, ...], hearing: Hearing) -> tuple["Part", ...]:
        """What the rules would say were a fact answered so or so; only those that look at it are judged again.

        Parameters
        ----------
        values : all that the fact may be
        hearing : of the project as it is
        """
        parts = self._parts.get(fact)
        if parts is None:
            weights = [weight for entry, weight in self._weights.items() if fact not in entry.facts]
            naming = [(laid, footing.naming[fact]) for footing, laid in self._grounds if fact in footing.naming]
            named = {entry.rule.id for _, entries in naming for entry in entries}
            part = Part(joined(weights), self._paired([one for one in self.findings if one.rule not in named]))
            parts = tuple([self._answered(part, naming, hearing.answering(fact, value)) for value in values])
            self._parts[fact] = parts
        return parts

    def _answered(self, part: "Part", naming: Sequence[tuple[Laid, tuple[Entry, ...]]], hearing: Hearing) -> "Part":
        """What the rules that do not look at a fact and those that do come to, the fact being answered."""
        findings: list[Finding] = []
        weight = part.weight
        for laid, entries in naming:
            for entry in entries:
                weight |= _add(self._book, entry, laid, hearing, findings, [])
        return Part(weight, part.paired + self._paired(findings))

    def _paired(self, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        paired = self._book.paired
        return tuple([finding for finding in findings if finding.rule in paired]) if paired else ()


def _shape(grounds: Sequence[tuple[Footing, Laid]], hearing: Hearing) -> tuple[int, dict[str, tuple["Part", ...]]]:
    """What two outcomes share that differ only in which zones are under the site: a number, and the answers.

    Nothing else of the zones counts in a verdict, in what stays open, or in a conflict; the number is no other's.
    """
    shape = tuple(
        [
            (footing, laid.layer.certainty, laid.layer.open, laid.ground.value, laid.ground.causes, bool(laid.zones))
            for footing, laid in grounds
        ]
    )
    known: tuple[int, dict[str, tuple[Part, ...]]] | None = hearing.shapes.get(shape)
    if known is None:
        if len(hearing.shapes) >= KEPT_SHAPES:
            hearing.shapes.clear()
        known = hearing.shapes[shape] = (next(_NUMBERS), {})
    return known


def _posed(findings: Iterable[Finding], threats: Iterable[Threat]) -> Iterator["Posed"]:
    """What findings and threats wait for: each cause once."""
    found: dict[Cause, tuple[list[int], dict[str, None]]] = {}
    waiting = [(cause, finding.rule, finding.effect) for finding in findings for cause in finding.causes]
    waiting += [(threat.cause, threat.rule or "", threat.effect) for threat in threats]
    for cause, rule, effect in waiting:
        ranks, rules = found.setdefault(cause, ([], {}))
        ranks.append(RANK[effect])
        rules[rule] = None
    for cause, (ranks, rules) in found.items():
        yield Posed(cause, max(ranks), tuple(rules))


class Posed(NamedTuple):
    """One thing that keeps rules of a layer from being decided."""

    cause: Cause
    rank: int  # of the gravest effect that waits for it
    rules: tuple[str, ...]


class Part(NamedTuple):
    """What the rules of a layer come to in the verdict."""

    weight: int  # see `geo.rules.verdict`
    paired: tuple[Finding, ...]  # of rules that another yields to, or that yield


def _add(
    book: Rulebook, entry: Entry, laid: Laid, hearing: Hearing, findings: list[Finding], threats: list[Threat]
) -> int:
    """Add what one rule says, a finding or threats, to those before; returns what that weighs."""
    before = len(threats)
    finding = _match(book, entry, laid, hearing, threats)
    weight = 0
    if finding is not None:
        findings.append(finding)
        weight = weight_of(finding)
    for threat in threats[before:]:
        weight |= threat_weight(threat.effect, threat.cause.kind)
    return weight


def joined(weights: Iterable[int]) -> int:
    together = 0
    for weight in weights:
        together |= weight
    return together


def _match(book: Rulebook, entry: Entry, laid: Laid, hearing: Hearing, threats: list[Threat]) -> Finding | None:
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


@lru_cache(maxsize=4096)
def cause_of(kind: str, subject: str) -> Cause:
    return Cause(kind, subject)


def _finding(book: Rulebook, entry: Entry, laid: Laid, meant: Truth, excepted: Truth) -> Finding:
    """What a rule says whose ground is under the site, surely or perhaps."""
    causes: tuple[Cause, ...] = ()
    if not excepted.value:
        wants = meant.wants + excepted.wants
        asked = tuple([cause_of("fact", fact) for fact in dict.fromkeys(wants)]) if wants else ()
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
