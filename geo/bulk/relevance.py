"""Relevance: what of a situation the rules of a day can tell of a project; situations alike in it have one judgement.

A rule that surely does not mean the project says nothing wherever it stands; ground that only such rules look at makes
no difference. What rules look at: `geo.rules.match`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from geo.bulk.situation import Situations
from geo.bulk.standing import Lacks, Situation, Standing
from geo.project import Project
from geo.rules.index import Footing
from geo.rules.truth import Hearing


@dataclass(frozen=True, eq=False)
class Relevance:
    """The ears of the rules for one project on one day."""

    situations: Situations
    silent: frozenset[str]  # layers that make no difference to the project
    unspoken: frozenset[str]  # layers of which no rule speaks: whether something is there at all
    heard: Mapping[str, tuple[int, ...]]  # of the others, the footings with a rule that may mean the project

    @classmethod
    def of(cls, situations: Situations, project: Project) -> "Relevance":
        """Listen for a project."""
        book, region, day = situations.book, situations.snapshot.region, situations.day
        hearing, spoken_of = book.index.hearing(project), book.index.layers(region)
        heard = {
            kind: tuple(at for at, one in enumerate(book.index.table(kind, region, day)) if _may_mean(hearing, one))
            for kind in situations.snapshot.layers
        }
        place = {kind for kind in heard if book.catalogue[kind].group == "place"}
        silent = {kind for kind, footings in heard.items() if not footings and (kind in spoken_of or kind in place)}
        return cls(situations, frozenset(silent), frozenset(heard.keys() - spoken_of - place), heard)

    def told(self, situation: Situation) -> tuple[object, ...]:
        """What the rules can tell: situations for which it is equal are judged alike."""
        return tuple(
            (kind, bool(situation.unplaced.get(kind)), standing.covered, self._told(kind, standing))
            for kind, standing in situation.standings.items()
            if kind not in self.silent
        )

    def _told(self, kind: str, standing: Standing) -> object:
        """What they can tell of the zones of a layer."""
        if kind in self.unspoken:
            return standing.status in ("hit", "boundary_uncertain")
        by_number = {one: self._meaning(kind, one) for one in standing.hits | standing.uncertain | standing.near}
        hits, uncertain, near = (
            frozenset(by_number[one] for one in some if by_number[one] is not None)
            for some in (standing.hits, standing.uncertain, standing.near)
        )
        surely = frozenset(
            frozenset(some)
            for count in range(1, len(uncertain) + 1 if standing.surely else 1)
            for some in combinations(uncertain, count)
            if frozenset(one for one in standing.uncertain if by_number[one] in some) in standing.surely
        )
        return hits, uncertain, surely, near

    def _meaning(self, kind: str, number: int) -> Lacks | None:
        """What a kind of zones lacks for the rules that are heard; None where none of them means it."""
        lacks = self.situations.lacks[number]
        some = tuple(lacks[at] for at in self.heard[kind])
        return None if all(lack is None for lack in some) else some


def _may_mean(hearing: Hearing, footing: Footing) -> bool:
    """Whether some rule on a footing may mean the project."""
    return any(
        hearing.truth(first).value is not False and any(hearing.truth(one.when).value is not False for one in entries)
        for first, entries in footing.entries
    )
