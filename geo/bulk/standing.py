"""Standings: what one layer says of a point, as far as a row and the rules can tell; situations: what all say."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from geo.layers.releases import Zone

Lacks = tuple[tuple[str, ...] | None, ...]  # by footing of a layer's rules; None where it does not mean the zone


class TooManyKinds(Exception):
    """Uncertain zones of more kinds than are told apart here."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What one layer says of a point; kinds of zones are what rules can tell apart."""

    status: str
    covered: bool
    hit: tuple[Zone, ...] = ()  # in the order of the check
    perhaps: tuple[Zone, ...] = ()  # uncertain, in the order of the check
    hits: frozenset[int] = frozenset()  # kinds of the zones hit
    uncertain: frozenset[int] = frozenset()  # kinds of the uncertain zones
    surely: frozenset[frozenset[int]] = frozenset()  # kinds whose uncertain zones together are surely under the point
    near: frozenset[int] = frozenset()  # kinds of the near zones

    @property
    def under(self) -> tuple[Zone, ...]:
        """All zones that lie under the point, surely or perhaps."""
        return self.hit + self.perhaps


@dataclass(frozen=True, eq=False)
class Situation:
    """What all layers say of a point: equal for many points."""

    standings: dict[str, Standing]
    unplaced: dict[str, tuple[str, ...]]  # names of the zones of a layer that may lie here, place unknown


def surely_together(
    surely: Callable[[Sequence[Zone]], bool], uncertain: Mapping[int, Sequence[Zone]]
) -> Iterator[frozenset[int]]:
    """The kinds whose uncertain zones are surely under the point together, though none is by itself."""
    for count in range(1, len(uncertain) + 1):
        for kinds in combinations(uncertain, count):
            if surely([zone for kind in kinds for zone in uncertain[kind]]):
                yield frozenset(kinds)


def counties_under(county: Standing) -> tuple[str, ...]:
    """Codes of the counties that a point may lie in, as `geo.screening.counties_of` has them of a check."""
    return tuple(dict.fromkeys(code for zone in county.under for code in zone.counties))
