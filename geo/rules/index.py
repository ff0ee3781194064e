"""Rules made ready for matching: by layer, by the days between two changes of law, by ground, by a first condition.

What a rule asks of a project and of the ground is written alike in many rules; each such question is asked once. Tables
are made when a day of theirs is first asked for, and kept.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from geo.canonical import encode
from geo.project import Project
from geo.rules.model import LAPSED, NOT_BINDING, RANK, REPEALED, Cause, Document, Rule, Version
from geo.rules.truth import Clause, Clauses, Hearing
from geo.vocabulary import INDUSTRY_GROUP

KEPT_HEARINGS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One rule between two days of change."""

    rule: Rule
    version: Version
    earlier: bool  # the days lie before the rule's first version, and an earlier text may have said the like
    effect: str  # as the status of the documents leaves it
    documents: tuple[Cause, ...]  # a lapsed one that must be asked after
    when: Clause
    unless: Clause | None
    overlapping: bool  # condition and exception look at the same fact
    facts: frozenset[str]  # what condition and exception look at, `industry_group` among them


@dataclass(frozen=True, slots=True, eq=False)
class Footing:
    """The ground that some rules of a layer mean alike, and these rules under one condition that each of them has."""

    near: bool
    where: Mapping[str, tuple[str, ...]]
    entries: tuple[tuple[Clause, tuple[Entry, ...]], ...]
    naming: Mapping[str, tuple[Entry, ...]]  # by fact: the rules that look at it


class RuleIndex:
    """Some rules of a book, and for each layer the tables of its days."""

    def __init__(self, rules: Iterable[Rule], documents: Mapping[str, Document]) -> None:
        self._documents = documents
        rules = tuple(rules)
        self.rules = frozenset(rule.id for rule in rules)
        self._clauses = Clauses()
        self._by_layer: dict[str, list[Rule]] = {}
        for rule in rules:
            self._by_layer.setdefault(rule.layer, []).append(rule)
        self._regions = {region for rule in rules for region in rule.regions}
        self._days = {layer: self._days_of_change(rules) for layer, rules in self._by_layer.items()}
        self._tables: dict[tuple[str, str | None, int], tuple[Footing, ...]] = {}
        self._hearings: tuple[tuple[bytes, Hearing], ...] = ()  # replaced as a whole, for several threads read it
        self._layers: dict[str | None, frozenset[str]] = {}

    def hearing(self, project: Project) -> Hearing:
        """What the clauses say of a project; the last few are kept, for one is often asked about on many sites."""
        said = encode(project.canonical())
        for known, hearing in self._hearings:
            if known == said and hearing.project.vocabulary is project.vocabulary:
                return hearing
        heard = Hearing(project)
        self._hearings = ((said, heard), *self._hearings[: KEPT_HEARINGS - 1])
        return heard

    @property
    def days(self) -> tuple[date, ...]:
        """The days on which a version of some rule, or the status of a document cited, begins or ends, in order."""
        return tuple(sorted({day for days in self._days.values() for day in days}))

    def forget(self) -> None:
        """Keep no project."""
        self._hearings = ()

    def layers(self, region: str) -> frozenset[str]:
        """The layers of which some rule speaks in a region."""
        if region not in self._layers:
            spoken_of = (
                layer for layer, rules in self._by_layer.items() if any(rule.binds_in(region) for rule in rules)
            )
            self._layers[region] = frozenset(spoken_of)
        return self._layers[region]

    def table(self, layer: str, region: str, day: date) -> tuple[Footing, ...]:
        """The rules of a layer that bind in a region on a day."""
        if layer not in self._by_layer:
            return ()
        key = layer, region if region in self._regions else None, bisect_right(self._days[layer], day)
        table = self._tables.get(key)
        if table is None:
            rules = [rule for rule in self._by_layer[layer] if rule.binds_in(region)]
            table = self._tables[key] = self._table(rules, day)
        return table

    def _days_of_change(self, rules: Sequence[Rule]) -> list[date]:
        """The days on which a version, or the status of a document cited, begins or ends."""
        versions = [version for rule in rules for version in rule.versions]
        cited = {provision.document for version in versions for provision in version.provisions}
        spans = [(version.start, version.end) for version in versions]
        spans += [(start, end) for name in cited for start, end, _ in self._documents[name].status]
        return sorted({day for span in spans for day in span if day is not None})

    def _table(self, rules: Sequence[Rule], day: date) -> tuple[Footing, ...]:
        grounds: dict[str, tuple[bool, Mapping[str, tuple[str, ...]], dict[Clause, list[Entry]]]] = {}
        for rule in rules:
            entry = self._entry(rule, day)
            if entry is None:
                continue
            where = entry.version.where
            _, _, entries = grounds.setdefault(f"{rule.near} {where!r}", (rule.near, where, {}))
            entries.setdefault(_first(entry.when), []).append(entry)
        return tuple(
            Footing(near, where, tuple((first, tuple(found)) for first, found in entries.items()), _naming(entries))
            for near, where, entries in grounds.values()
        )

    def _entry(self, rule: Rule, day: date) -> Entry | None:
        version, earlier = rule.version(day), False
        if version is None:
            version, earlier = rule.versions[0], True
            if not rule.earlier_unknown or day >= version.start:
                return None
        effect, documents = (version.effect, ()) if earlier else standing(version, self._documents, day)
        if effect is None:
            return None
        when = self._clauses.of(version.when_project)
        unless = self._clauses.of(version.unless) if version.unless else None
        overlapping = unless is not None and not when.facts.isdisjoint(unless.facts)
        facts = when.facts | unless.facts if unless else when.facts
        return Entry(rule, version, earlier, effect, documents, when, unless, overlapping, facts)


def standing(version: Version, documents: Mapping[str, Document], day: date) -> tuple[str | None, tuple[Cause, ...]]:
    """The effect that the documents' status leaves, and the lapsed document that must be asked after.

    One provision in force carries the rule alone; without one, a lapsed plan leaves it undecided, and a draft
    or a fragment gives `noted` at most. A rule whose every text is repealed says nothing.
    """
    by_status = {documents[p.document].status_on(day): p.document for p in reversed(version.provisions)}
    if "in_force" in by_status:
        return version.effect, ()
    if LAPSED in by_status:
        return version.effect, (Cause("document", by_status[LAPSED]),)
    if NOT_BINDING & by_status.keys():
        return min(version.effect, "noted", key=RANK.__getitem__), ()
    return (None, ()) if set(by_status) <= {REPEALED, None} else (version.effect, ())


def _naming(entries: Mapping[Clause, Sequence[Entry]]) -> dict[str, tuple[Entry, ...]]:
    found: dict[str, list[Entry]] = {}
    for entry in chain.from_iterable(entries.values()):
        for fact in entry.facts:
            found.setdefault(fact, []).append(entry)
    return {fact: tuple(some) for fact, some in found.items()}


def _first(when: Clause) -> Clause:
    """The part of a condition that rules it out most readily: its industries, or else what it names first."""
    if when.how != "all" or not when.parts:
        return when
    return next((part for part in when.parts if part.facts == {INDUSTRY_GROUP}), when.parts[0])
