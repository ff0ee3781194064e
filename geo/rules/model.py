"""What a rule, a document and a finding are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple

from geo.rules.truth import Reason, entries_of

EFFECTS = ("none", "noted", "conditional", "restricted", "prohibited")  # weakest first
RANK = {effect: rank for rank, effect in enumerate(EFFECTS)}
State = Literal["applies", "undecided", "excepted"]
NOT_BINDING = {"draft", "fragment", "illustrative"}  # such documents give `noted` at most
LAPSED = "lapsed_successor_unknown"
REPEALED = "repealed"
STRICTER = "stricter_stands"  # the principle by which a milder rule never frees from a graver one


@dataclass(frozen=True, slots=True)
class Provision:
    """One article that carries a rule, with its decisive phrase."""

    document: str
    article: str
    phrase: str
    verified: bool  # read in the statute's own text


@dataclass(frozen=True, slots=True)
class Version:
    """A rule as it stands between two days, half-open; texts of law that change begin a new one."""

    start: date
    end: date | None
    provisions: tuple[Provision, ...]
    effect: str
    where: Mapping[str, tuple[str, ...]]
    when_project: Mapping[str, Any] | None
    unless: Mapping[str, Any] | None

    def on(self, day: date) -> bool:
        """Whether the version is the law of that day."""
        return self.start <= day and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class Rule:
    """What one clause says of projects on ground of one kind."""

    id: str
    layer: str
    regions: tuple[str, ...]  # none: wherever the layer is
    near: bool  # triggered by nearness; then at most `noted`
    earlier_unknown: bool  # before its first version there may have been a text that the book does not hold
    dimension: str
    level: str
    authority: str
    versions: tuple[Version, ...]
    yields_to: tuple[tuple[str, str], ...] = ()  # rules on the same matter that prevail, each with the principle

    @property
    def facts(self) -> frozenset[str]:
        """What its conditions and exceptions look at."""
        conditions = [condition for version in self.versions for condition in (version.when_project, version.unless)]
        return frozenset(name for condition in conditions for name, _ in entries_of(condition))

    def binds_in(self, region: str) -> bool:
        """Whether the rule speaks of a region."""
        return not self.regions or region in self.regions

    def version(self, day: date) -> Version | None:
        """The version in force on a day, if there is one."""
        return next((version for version in self.versions if version.on(day)), None)


@dataclass(frozen=True, slots=True)
class Document:
    """A law, plan or notice, with the status it has had over time."""

    id: str
    status: tuple[tuple[date, date | None, str], ...]  # half-open, in order

    def status_on(self, day: date) -> str | None:
        """Its status on a day; None before it was there."""
        return next((said for start, end, said in self.status if start <= day and (end is None or day < end)), None)

    def since(self, day: date) -> date | None:
        """The first day of the status that it has on a day; None before it was there."""
        return next((start for start, end, _ in self.status if start <= day and (end is None or day < end)), None)


class Cause(NamedTuple):
    """One thing that keeps a finding from being decided, or a rule from being ruled out."""

    kind: str  # fact, boundary, data, sketch, failed, not_supplied, unplaced, document, earlier_text, no_rule, conflict
    subject: str  # a fact, a layer, `layer.attribute`, a document or a rule


class Finding(NamedTuple):
    """What one rule says of this site and project; a tuple, for a site may have a hundred of them."""

    rule: str
    version: date
    layer: str
    zones: tuple[str, ...]
    state: State
    certainty: Literal["firm", "sketch"]
    effect: str  # what the rule's clause and its documents' status allow on that day
    causes: tuple[Cause, ...]
    because: tuple[Reason, ...]
    authority: tuple[str, int]  # table and row


class Threat(NamedTuple):
    """A rule that no finding shows, but that missing or uncertain ground could still bring to bear."""

    rule: str | None  # None: no rule at all speaks of the layer
    effect: str
    cause: Cause
