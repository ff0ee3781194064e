"""Dominance among several sites for one project.

A site is **dominated** by another where the other is no worse under every rule and better under at least one. What a
rule may say of a site is a `Span`: from what is sure to the worst of what was checked, and what was not checked. The
other is no worse under a rule in three cases only:

- its worst, with all that was not checked about it taken at its gravest, is no graver than what is sure here;
- its worst of what was checked is no graver than what is sure here, and nothing is unchecked there but what is
  unchecked here too;
- both are open for the same facts of the project itself or the same documents, which turn out alike for both.

It is better where it is no worse, the rule's layer speaks for the whole of it, and its worst of what was checked is
milder than what is sure here, which must be more than a note. A point has no ground that was checked, so it dominates
no site that is more than a point. Everything else is incomparable and stays unmarked.

Two bases are kept apart: `firm` trusts no sketched limit, so that a sketched hit may be one or none; `indicative` takes
them as true. It follows that the other's range, `[sure, possible]`, is no graver at either end. The relation is
irreflexive, asymmetric and transitive; neither the order of the sites nor a further site changes it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from geo.rules.model import RANK

Basis = Literal["firm", "indicative"]
BASES: tuple[Basis, ...] = ("firm", "indicative")
WITHIN_DATA = {"unplaced", "sketch"}  # kinds of what was not checked, where the layer has data all the same
Cause = tuple[str, str]  # kind and subject, as in `open[]` of a record


@dataclass(frozen=True, slots=True)
class Span:
    """What one rule may say of one site, on one basis."""

    effect: str  # of the rule
    sure: str
    possible: str  # the worst of what was checked
    blind: frozenset[tuple[str, str]] = frozenset()  # what was not checked
    shared: frozenset[Cause] = frozenset()  # all that keeps it open, where that turns out alike for every site

    @property
    def worst(self) -> str:
        """The worst, with what was not checked."""
        return self.effect if self.blind else self.possible

    def no_worse_than(self, other: "Span") -> bool:
        """Whether this is no graver than the other in every case that can be (see the head of this module)."""
        if RANK[self.worst] <= RANK[other.sure]:
            return True
        alike = bool(self.shared) and self.shared == other.shared
        return self.blind <= other.blind and (alike or RANK[self.possible] <= RANK[other.sure])

    def better_than(self, other: "Span") -> bool:
        """Whether this is no worse, was checked, and is milder than what is sure of the other beyond a note."""
        checked = all(kind in WITHIN_DATA for kind, _ in self.blind)
        milder = RANK[other.sure] > max(RANK[self.possible], RANK["noted"])
        return checked and milder and self.no_worse_than(other)


@dataclass(frozen=True, slots=True)
class Dominance:
    """One site that another dominates, and the rules under which the other is better."""

    site: str
    by: str
    basis: Basis
    better: tuple[str, ...]  # rules; a layer where no rule speaks of it


def dominates(spans: Iterable[tuple[Span, Span]]) -> bool:
    """Whether the first of each pair, taken rule by rule, dominates the second."""
    pairs = list(spans)
    return all(one.no_worse_than(other) for one, other in pairs) and any(one.better_than(other) for one, other in pairs)
