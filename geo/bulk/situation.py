"""Situations: how many points at once lie to the zones of all layers, as far as a row and the rules can tell.

A point lies in a zone, near it, or so near its limit that it is not certain, as `geo.overlay` says of points. The atlas
says which; where a distance is too near a limit for its exactness `check_layer` itself is asked, for that layer alone;
where several zones of a layer are uncertain they are measured together, as it does.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any, Protocol, runtime_checkable

import numpy as np

from geo.bulk.standing import Lacks, Situation, Standing, TooManyKinds, counties_under, surely_together
from geo.ground import Ground
from geo.layers.atlas import Atlas, PointIndex
from geo.layers.catalogue import COUNTY
from geo.layers.index import NEAR_M, NEAR_SHARE
from geo.layers.releases import Zone
from geo.layers.store import BrokenLayer, Layer, Snapshot
from geo.overlay import check_layer
from geo.piece import Piece, together
from geo.rules.load import Rulebook
from geo.site import Site

FURTHEST_M = 10_000.0  # that the index looks for borders
MOST_KINDS = 4  # of uncertain zones of a layer, as rules tell them apart; beyond that a point goes by itself
KEPT = 50_000  # situations of a day


@runtime_checkable
class BorderIndex(PointIndex, Protocol):
    """An index that finds the borders near points, too."""

    def borders_near(self, points: np.ndarray, reach_m: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]: ...


@dataclass(eq=False)
class Situations:
    """The situations of points on one day, for sites of one accuracy."""

    atlas: Atlas
    snapshot: Snapshot
    book: Rulebook
    day: date
    accuracy_m: float
    _kept: dict[Any, Situation] = field(default_factory=dict)
    _hidden: dict[Any, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        zones, kinds, layers = self.atlas.zones, self.atlas.kinds, self.snapshot.layers
        held = {kind: layer for kind, layer in layers.items() if isinstance(layer, Layer)}
        self.held = held
        self.order = {kind: at for at, kind in enumerate(held)}
        self.layer_of = np.array([self.order[kind] for kind in kinds], np.int64)
        self.valid = np.array([zone.on(self.day) for zone in zones], bool)
        self.bands = np.array(
            [self._band_m(held[kind], zone, self.accuracy_m) for kind, zone in zip(kinds, zones, strict=True)]
        )
        self._widest = {
            kind: float(self.bands[self.layer_of == at].max(initial=0.0)) for kind, at in self.order.items()
        }
        near = np.array([held[kind].entry.near_m for kind in kinds])
        only_results = np.array([held[kind].info.publish == "result" for kind in kinds], bool)
        self.reaches = near + np.where(only_results, 0.0, self.bands)
        self._numbers: dict[object, int] = {}
        self._kinds: dict[tuple[Zone, bool], int] = {}
        self.lacks: list[Lacks] = []  # by kind
        self._layer_of_kind: list[str] = []
        self._quiet = {
            (kind, covered): Standing("clear" if covered else "no_data_here", covered)
            for kind in held
            for covered in (True, False)
        }
        self.kinds_near = np.array(
            [self._kind(kind, zone, near=True) for kind, zone in zip(kinds, zones, strict=True)], np.int64
        )

    @property
    def reach_m(self) -> float:
        """How far from points borders matter, with what the index may be wrong by."""
        widest = max(self.reaches.max(initial=0.0), self.bands.max(initial=0.0))
        return float(widest * (1.0 + 2.0 * NEAR_SHARE) + 2.0 * NEAR_M)

    @property
    def able(self) -> bool:
        """Whether points can be worked out together here at all."""
        county = self.held.get(COUNTY)
        if county is None or not isinstance(self.atlas.index, BorderIndex):
            return False
        named = all(set(zone.counties) <= {zone.code} for zone in county.placed)  # each by its own name alone
        return named and self.reach_m <= FURTHEST_M

    def of(self, points: np.ndarray, site_at: Callable[[int], Site]) -> list[Situation | None]:
        """The situation of each point; None where it has to go by itself.

        Parameters
        ----------
        points : degrees, EPSG:4490, shape (n, 2)
        site_at : the same as a site, by number, for what the index leaves open
        """
        index = self.atlas.index
        if not self.able or not isinstance(index, BorderIndex):
            return [None] * len(points)
        sets = index.sets_at(points)
        starts, codes, doubts, several = self._borders(points, sets, index)
        found: list[Situation | None] = []
        for at, one in enumerate(sets.tolist()):
            some = codes[starts[at] : starts[at + 1]]
            try:
                found.append(self._situation(one, some, doubts.get(at, ()), several.get(at, ()), partial(site_at, at)))
            except TooManyKinds:
                found.append(None)
        return found

    # --- what borders say -------------------------------------------------------------------------------------------

    def _borders(
        self, points: np.ndarray, sets: np.ndarray, index: BorderIndex
    ) -> tuple[np.ndarray, np.ndarray, dict[int, tuple[str, ...]], dict[int, tuple[str, ...]]]:
        """What the borders near points make of zones, as codes, and the layers to be asked about by themselves.

        A code is the number of an uncertain zone, or beyond all zones the kind of a near one.

        Returns
        -------
        of each point where its codes begin, and the end; the codes in order, each once; by number of the point the
        layers of which it is too near a limit, and the others of which several zones are uncertain
        """
        whose, zone, gap = index.borders_near(points, self.reach_m)
        some = zone < len(self.atlas.zones)
        some[some] = self.valid[zone[some]]
        whose, zone, gap = whose[some], zone[some], gap[some]
        wrong = gap * (2.0 * NEAR_SHARE) + NEAR_M
        band, reach = self.bands[zone], self.reaches[zone]
        inside = self._inside(sets[whose], zone, index)
        uncertain = (band > 0.0) & (gap <= band)
        near = ~inside & ~uncertain & (gap <= reach)
        doubtful = (band > 0.0) & (np.abs(gap - band) <= wrong)
        doubtful |= ~inside & ~uncertain & (np.abs(gap - reach) <= wrong)
        layer = whose * len(self.order) + self.layer_of[zone]
        doubts = np.unique(layer[doubtful])
        told = (uncertain | near) & ~np.isin(layer, doubts)
        each_layer, counts = np.unique(layer[uncertain & told], return_counts=True)
        codes = np.where(uncertain[told], zone[told], len(self.atlas.zones) + self.kinds_near[zone[told]])
        each = np.unique(whose[told] << 32 | codes)
        starts = np.searchsorted(each >> 32, np.arange(len(points) + 1))
        return starts, each & 0xFFFFFFFF, self._by_point(doubts), self._by_point(each_layer[counts > 1])

    def _by_point(self, numbers: np.ndarray) -> dict[int, tuple[str, ...]]:
        """Layers by the number of the point."""
        names = list(self.order)
        found: dict[int, tuple[str, ...]] = {}
        for point, number in zip(*divmod(numbers, max(len(names), 1)), strict=True):
            found[int(point)] = (*found.get(int(point), ()), names[number])
        return found

    @staticmethod
    def _inside(sets: np.ndarray, zone: np.ndarray, index: PointIndex) -> np.ndarray:
        """Whether each zone is one of the set beside it."""
        members = [one << 32 | index.members(one).astype(np.int64) for one in np.unique(sets).tolist()]
        held = np.concatenate(members) if members else np.empty(0, np.int64)
        return np.isin(sets.astype(np.int64) << 32 | zone, held)

    # --- one situation ----------------------------------------------------------------------------------------------

    def _situation(
        self, one: int, codes: np.ndarray, doubts: Sequence[str], several: Sequence[str], site: Callable[[], Site]
    ) -> Situation:
        asked = [(kind, self._asked(kind, site())) for kind in doubts]
        if several:
            said, ground = self._standings(one, codes.tolist()), Ground(site())
            asked += [(kind, self._several(kind, said[kind], ground)) for kind in several]
        key = one, codes.tobytes(), tuple(asked)
        known = self._kept.get(key)
        if known is None:
            standings = self._standings(one, codes.tolist()) | dict(asked)
            known = Situation(standings, self._unplaced(standings[COUNTY], site()))
            if len(self._kept) >= KEPT:
                self._kept.clear()
            self._kept[key] = known
        return known

    def _standings(self, one: int, codes: list[int]) -> dict[str, Standing]:
        """What each layer of the snapshot says, in its order."""
        zones, kinds = self.atlas.zones, self.atlas.kinds
        members = self.atlas.index.members(one).tolist()
        beyond = {number for number in members if number >= len(zones)}
        hits, perhaps, near = (defaultdict[str, list[Any]](list) for _ in range(3))
        for code in codes:
            if code >= len(zones):
                near[self._layer_of_kind[code - len(zones)]].append(code - len(zones))
            else:
                perhaps[kinds[code]].append(zones[code])
        uncertain = set(codes)
        for number in members:
            if number not in beyond and number not in uncertain and self.valid[number]:
                hits[kinds[number]].append(zones[number])
        said: dict[str, Standing] = {}
        for kind, layer in self.snapshot.layers.items():
            if not isinstance(layer, Layer):
                said[kind] = Standing("failed" if isinstance(layer, BrokenLayer) else "no_data_here", False)
                continue
            covered = self.atlas.covered[kind] in beyond
            if kind in hits or kind in perhaps or kind in near:
                said[kind] = self._standing(kind, hits[kind], perhaps[kind], near[kind], covered)
            else:
                said[kind] = self._quiet[kind, covered]
        return said

    def _standing(self, kind: str, hits: list[Zone], perhaps: list[Zone], near: list[int], covered: bool) -> Standing:
        """What a layer says whose uncertain zones, if there are several, are still to be looked at together."""
        status = "hit" if hits else "boundary_uncertain" if perhaps else "near" if covered else "no_data_here"
        return Standing(
            status,
            covered,
            tuple(sorted(hits, key=lambda zone: zone.id)),
            tuple(perhaps),
            frozenset(self._kind(kind, zone) for zone in hits),
            frozenset(self._kind(kind, zone) for zone in perhaps),
            frozenset(),
            frozenset(near),
        )

    def _several(self, kind: str, said: Standing, ground: Ground) -> Standing:
        """What a layer says of which several zones are uncertain: together they may be surely under the point."""
        layer = self.held[kind]
        box = ground.around(layer.entry.near_m + 2.0 * self._widest[kind] + 10.0)
        pieces = {zone: Piece(zone.ground, box, ground) for zone in said.perhaps}
        ordered = sorted(said.perhaps, key=lambda zone: (pieces[zone].order_m, zone.id))

        def surely(zones: Sequence[Zone]) -> bool:
            band = max(self._band_m(layer, zone, self.accuracy_m) for zone in zones)
            return together([pieces[zone] for zone in zones]).least(band) > 0.0

        kinds = self._of_kinds(kind, ordered)
        status = "hit" if said.hit or surely(ordered) else said.status
        return replace(said, status=status, perhaps=tuple(ordered), surely=frozenset(surely_together(surely, kinds)))

    def _of_kinds(self, kind: str, zones: Sequence[Zone]) -> dict[int, list[Zone]]:
        """Uncertain zones by what rules can tell of them.

        Raises
        ------
        TooManyKinds
            Where there are more than are told apart here.
        """
        found: dict[int, list[Zone]] = {}
        for zone in zones:
            found.setdefault(self._kind(kind, zone), []).append(zone)
        if len(found) > MOST_KINDS:
            raise TooManyKinds
        return found

    def _asked(self, kind: str, site: Site) -> Standing:
        """What a layer says of a point by `check_layer` itself."""
        check = check_layer(self.held[kind], kind, Ground(site), self.day, ())
        by_relation: dict[str, list[Zone]] = {"hit": [], "uncertain": [], "near": []}
        for one in check.zones:
            by_relation[one.relation].append(one.zone)
        uncertain = self._of_kinds(kind, by_relation["uncertain"])
        return Standing(
            check.status,
            check.coverage_share >= 1.0,
            tuple(by_relation["hit"]),
            tuple(by_relation["uncertain"]),
            frozenset(self._kind(kind, zone) for zone in by_relation["hit"]),
            frozenset(uncertain),
            frozenset(surely_together(check.surely, uncertain)),
            frozenset(self._kind(kind, zone, near=True) for zone in by_relation["near"]),
        )

    def _unplaced(self, county: Standing, site: Site) -> dict[str, tuple[str, ...]]:
        """By layer, the names of the zones that may lie at the site and whose place is not known."""
        codes = counties_under(county)
        for kind, layer in self.held.items():
            if (kind, codes) not in self._hidden:
                self._hidden[kind, codes] = ()
                if len(layer.placed) < len(layer.zones):
                    check = check_layer(layer, kind, Ground(site), self.day, None if kind == COUNTY else codes)
                    self._hidden[kind, codes] = tuple(zone.name for zone in check.unplaced)
        return {kind: self._hidden[kind, codes] for kind in self.held if self._hidden[kind, codes]}

    # --- what rules tell apart --------------------------------------------------------------------------------------

    def _kind(self, layer: str, zone: Zone, near: bool = False) -> int:
        """The number of what rules can tell of a zone: for each footing of the layer's rules, what it lacks.

        Parameters
        ----------
        near : of a zone that is only near, which only some rules look at
        """
        known = self._kinds.get((zone, near))
        if known is None:
            asked = self.book.index.table(layer, self.snapshot.region, self.day)
            lacks = tuple(zone.lacking(footing.where) if footing.near or not near else None for footing in asked)
            known = self._kinds[zone, near] = self._numbers.setdefault((layer, near, lacks), len(self._numbers))
            if known == len(self.lacks):
                self.lacks.append(lacks)
                self._layer_of_kind.append(layer)
        return known

    @staticmethod
    def _band_m(layer: Layer, zone: Zone, accuracy_m: float) -> float:
        """Half the width of the band in which a limit may lie, as `geo.overlay` has it."""
        if layer.info.sketch:
            return 0.0
        return accuracy_m + (layer.info.accuracy_m if zone.accuracy_m is None else zone.accuracy_m)
