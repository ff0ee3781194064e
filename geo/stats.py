"""Statistics of a region's layers: areas by layer, class and county, held against what is published.

Areas are ellipsoidal, in m²; ground under two zones counts once; every share names what it is a share of. What
cannot be computed is None with a reason (`blank`), never zero.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache
from typing import Literal

import shapely
from shapely.geometry.base import BaseGeometry

from geo.geometry import area_m2, polygons_of, share
from geo.layers.catalogue import COUNTY
from geo.layers.releases import ReleaseInfo, Zone
from geo.layers.store import BrokenLayer, Layer, Snapshot
from geo.published import AREA, COUNT, SHARE, Condition, Published

State = Literal["ok", "failed", "not_supplied"]
FAILED, NOT_SUPPLIED = "failed", "not_supplied"  # the layer cannot be read; the region has no release of it
WITHHELD = "withheld"  # areas of a layer that stays in answers only
NO_ZONE, UNPLACED = "no_zone", "unplaced"  # no zone meets the condition; those that do have no place
WHEREABOUTS = "whereabouts"  # shapes say where a zone may lie, and not its extent
NEEDED = "needed"  # a zone without which the figure misleads has no place
WHOLE = "whole"  # what a share would be of is not known
NO_COVERAGE = "no_coverage"  # the layer does not speak for the county
NOT_DRAWN = "not_drawn"  # an illustrative layer has nothing in the county, which says nothing of the ground
NO_COUNTY = "no_county"  # the county layer does not have the county
SEAM_M2 = 5e3  # less than this in a county is a seam between two outlines, and 0.00 km² in every table
_KEPT = 4  # statistics kept in memory, each for one set of releases


@dataclass(frozen=True, slots=True)
class Tally:
    """Zones and their ground: a layer, a class of it, or the part of it in one county."""

    zones: int | None  # None where zones are not counted (in a county)
    unplaced: int | None
    area_m2: float | None  # of the ground, counted once
    blank: str | None = None  # why there is no area
    coverage_share: float | None = None  # of the layer's coverage
    county_share: float | None = None  # of the ground of all counties, or of the one county


@dataclass(frozen=True, slots=True)
class CountyTally:
    """A layer in one county: as a whole, and each class."""

    county: str
    whole: Tally
    classes: Mapping[str | None, Tally]


@dataclass(frozen=True, slots=True)
class LayerStats:
    """What one layer gives. All but `kind`, `state` and `release` is empty unless the state is ok."""

    kind: str
    state: State
    release: str | None = None
    info: ReleaseInfo | None = None
    whole: Tally | None = None
    classes: Mapping[str | None, Tally] = field(default_factory=dict)  # in the catalogue's order; None is unknown
    counties: tuple[CountyTally, ...] = ()
    coverage_m2: float | None = None
    outside_m2: float | None = None  # ground in no county
    twice_m2: float | None = None  # by how much the classes together exceed the layer

    @property
    def sketch(self) -> bool:
        """Whether its figures measure lines drawn by us."""
        return self.info is not None and self.info.sketch


@dataclass(frozen=True, slots=True)
class County:
    """A county's own ground, as the county layer has it."""

    code: str
    name: str
    area_m2: float


@dataclass(frozen=True, slots=True)
class Figure:
    """A published figure beside what the layers give for it."""

    published: Published
    whole: Published | None  # of a share: the figure that it is a share of; None where that is not said
    found: float | None  # m², things, or a share from 0 to 1
    part_m2: float | None  # of a share: its ground
    whole_m2: float | None  # of a share: the ground that it is of
    blank: str | None  # why nothing was found
    sketch: bool  # whether lines drawn by us are in it
    unplaced: int  # zones meant by it that have no place
    unknown: int  # zones whose attribute is null: whether it means them is not known

    @property
    def difference(self) -> float | None:
        """What the layers give beyond the published figure, in its unit."""
        value = self.published.value
        return None if self.found is None or value is None else self.found - value


@dataclass(frozen=True, slots=True)
class Statistics:
    """All of it, for one snapshot on one day."""

    region: str
    day: date
    audience: str
    releases: Mapping[str, str | None]
    counties_m2: float | None  # ground of all counties together; None without a county layer
    counties: tuple[County, ...]
    layers: tuple[LayerStats, ...]
    figures: tuple[Figure, ...]

    def only(self, kind: str) -> "Statistics":
        """The same, of one layer and the figures that begin with it."""
        return replace(
            self,
            layers=tuple(layer for layer in self.layers if layer.kind == kind),
            figures=tuple(figure for figure in self.figures if figure.published.layers[:1] == (kind,)),
        )


def measure(snapshot: Snapshot, published: Iterable[Published], audience: str, day: date) -> Statistics:
    """Measure every layer of a snapshot, and hold the published figures against them.

    Parameters
    ----------
    audience : `public` or `internal`; to the public, a layer that stays in answers only shows no areas, unless it is
        illustrative
    day : zones that are not valid on it do not count
    """
    layers = tuple(
        (kind, layer.release or FAILED if isinstance(layer, BrokenLayer) else layer)
        for kind, layer in snapshot.layers.items()
    )
    return _measured(snapshot.region, layers, tuple(published), audience, day)


_Held = tuple[tuple[str, Layer | str | None], ...]  # a layer that cannot be read stands as the name of its release


@lru_cache(maxsize=_KEPT)
def _measured(region: str, layers: _Held, published: tuple[Published, ...], audience: str, day: date) -> Statistics:
    surveyor = _Surveyor(dict(layers), audience, day)
    releases = {kind: layer.info.id if isinstance(layer, Layer) else layer for kind, layer in layers if layer}
    return Statistics(
        region=region,
        day=day,
        audience=audience,
        releases={kind: None if name == FAILED else name for kind, name in releases.items()},
        counties_m2=None if surveyor.ground is None else area_m2(surveyor.ground),
        counties=tuple(
            County(code, surveyor.names[code], area_m2(ground)) for code, ground in surveyor.counties.items()
        ),
        layers=tuple(surveyor.layer(kind) for kind, _ in layers),
        figures=surveyor.figures(published),
    )


class _Surveyor:
    """Measures one set of layers; unions are made once."""

    def __init__(self, layers: Mapping[str, Layer | str | None], audience: str, day: date) -> None:
        self.layers, self.audience, self.day = layers, audience, day
        self.unions: dict[tuple[str, Condition], BaseGeometry] = {}

    @cached_property
    def _county_zones(self) -> list[Zone]:
        found = self.layers.get(COUNTY)
        if not isinstance(found, Layer) or is_withheld(found.info, self.audience):
            return []
        return [zone for zone in found.placed if zone.on(self.day)]

    @cached_property
    def names(self) -> dict[str, str]:
        """The name of each county, by code."""
        return {_code(zone): zone.name for zone in self._county_zones}

    @cached_property
    def counties(self) -> dict[str, BaseGeometry]:
        """The ground of each county, by code."""
        return {
            code: polygons_of(shapely.union_all([zone.ground for zone in self._county_zones if _code(zone) == code]))
            for code in sorted(self.names)
        }

    @cached_property
    def ground(self) -> BaseGeometry | None:
        """The ground of all counties together."""
        return polygons_of(shapely.union_all(list(self.counties.values()))) if self.counties else None

    def layer(self, kind: str) -> LayerStats:
        """One layer as a whole, by class and by county."""
        found = self.layers[kind]
        if not isinstance(found, Layer):
            return LayerStats(kind, "failed" if found else "not_supplied", found if found != FAILED else None)
        zones = self.zones(found, ())
        classes = [value for value in found.entry.classes if any(zone.zone_class == value for zone in zones)]
        classes += sorted({zone.zone_class for zone in zones if zone.zone_class} - set(classes))
        named: list[str | None] = [*classes]
        if named and any(zone.zone_class is None for zone in zones):
            named.append(None)
        whole, coverage = self.tally(found, ()), area_m2(found.coverage)
        tallies = {name: self.tally(found, _of_class(name)) for name in named}
        return LayerStats(
            kind=kind,
            state="ok",
            release=found.info.id,
            info=found.info,
            whole=whole,
            classes=tallies,
            counties=self.in_counties(found, named) if whole.area_m2 is not None else (),
            coverage_m2=coverage,
            outside_m2=self.outside(found) if whole.area_m2 is not None else None,
            twice_m2=_twice(whole, tallies.values()),
        )

    def zones(self, layer: Layer, condition: Condition) -> list[Zone]:
        """The zones valid on the day that surely meet a condition."""
        return [zone for zone in layer.zones if zone.on(self.day) and _meets(zone, condition) is True]

    def union(self, layer: Layer, condition: Condition) -> BaseGeometry:
        """The ground of the placed zones that meet a condition; ground under two of them once."""
        key = (layer.entry.kind, condition)
        if key not in self.unions:
            grounds = [zone.ground for zone in self.zones(layer, condition) if zone.geometry is not None]
            self.unions[key] = polygons_of(shapely.union_all(grounds))
        return self.unions[key]

    def tally(self, layer: Layer, condition: Condition) -> Tally:
        zones = self.zones(layer, condition)
        unplaced = sum(zone.geometry is None for zone in zones)
        if blank := self.blank(layer, zones):
            return Tally(len(zones), unplaced, None, blank)
        ground = self.union(layer, condition)
        covered = self.area_of(ground, layer.coverage)
        return Tally(
            len(zones),
            unplaced,
            area_m2(ground),
            coverage_share=share(covered, area_m2(layer.coverage)),
            county_share=None
            if self.ground is None
            else share(self.area_of(ground, self.ground), area_m2(self.ground)),
        )

    def blank(self, layer: Layer, zones: list[Zone]) -> str | None:
        """Why zones of a layer have no area to tell, if so."""
        if is_withheld(layer.info, self.audience):
            return WITHHELD
        if not zones:
            return NO_ZONE
        if not any(zone.geometry is not None for zone in zones):
            return UNPLACED
        return WHEREABOUTS if layer.info.whereabouts else None

    @staticmethod
    def area_of(part: BaseGeometry, whole: BaseGeometry) -> float:
        """How much of a ground lies in another, in m²."""
        return area_m2(polygons_of(shapely.intersection(part, whole)))

    def in_counties(self, layer: Layer, classes: Iterable[str | None]) -> tuple[CountyTally, ...]:
        conditions = [(name, _of_class(name)) for name in classes]
        return tuple(
            CountyTally(
                county=code,
                whole=self.within(layer, (), code),
                classes={name: self.within(layer, condition, code) for name, condition in conditions},
            )
            for code in self.counties
        )

    def within(self, layer: Layer, condition: Condition, code: str) -> Tally:
        """The part of some zones in a county; next to nothing is told only where the layer can know that."""
        zones, ground = self.zones(layer, condition), self.counties[code]
        if blank := self.blank(layer, zones):
            return Tally(None, None, None, blank)
        unplaced = sum(zone.geometry is None and (not zone.counties or code in zone.counties) for zone in zones)
        part = self.area_of(self.union(layer, condition), ground)
        if part < SEAM_M2:
            covered = self.area_of(layer.coverage, ground) >= SEAM_M2
            blank = UNPLACED if unplaced else NO_COVERAGE if not covered else NOT_DRAWN if layer.info.sketch else None
            if blank:
                return Tally(None, unplaced, None, blank)
        return Tally(None, unplaced, part, county_share=share(part, area_m2(ground)))

    def outside(self, layer: Layer) -> float | None:
        if self.ground is None:
            return None
        return area_m2(polygons_of(shapely.difference(self.union(layer, ()), self.ground)))

    def figures(self, published: tuple[Published, ...]) -> tuple[Figure, ...]:
        """Every published figure; a share is the found part of the found whole."""
        by_id = {figure.id: figure for figure in published}
        return tuple(self.figure(figure, by_id) for figure in published)

    def figure(self, published: Published, by_id: Mapping[str, Published]) -> Figure:
        if published.quantity != SHARE:
            return self.amount(published)
        whole = by_id.get(published.denominator or "")
        return replace(self.share(published, whole), whole=whole)

    def share(self, published: Published, whole: Published | None) -> Figure:
        """A share, where both its part and what it is of are found."""
        part = self.amount(published, AREA)
        of = None if whole is None else self.amount(whole)
        blank = part.blank or (WHOLE if whole is None or whole.quantity != AREA else of and of.blank and WHOLE)
        if blank or of is None or part.found is None or not of.found:
            return _empty(published, blank or WHOLE)
        return Figure(
            published, whole, share(part.found, of.found), part.found, of.found, None, part.sketch or of.sketch,
            part.unplaced + of.unplaced, part.unknown + of.unknown,
        )  # fmt: skip

    def amount(self, published: Published, wanted: str | None = None) -> Figure:
        """A figure's area or count on the layers that it names, all of them or none."""
        if published.blank:
            return _empty(published, published.blank)
        layers = [self.layers.get(kind) for kind in published.layers]
        held = [layer for layer in layers if isinstance(layer, Layer)]
        if len(held) < len(layers):
            return _empty(published, FAILED if any(isinstance(layer, str) for layer in layers) else NOT_SUPPLIED)
        conditions: list[Condition] = [published.where, *((),) * (len(held) - 1)]
        meant = [self.zones(layer, condition) for layer, condition in zip(held, conditions, strict=True)]
        needed = self.zones(held[0], published.needs)
        if published.needs and (not needed or any(zone.geometry is None for zone in needed)):
            return _empty(published, NEEDED)
        counted = (wanted or published.quantity) == COUNT
        blanks = [self.blank(layer, zones) for layer, zones in zip(held, meant, strict=True)]
        blank = next((blank for blank in blanks if blank and not (counted and blank != NO_ZONE)), None)
        if published.county and published.county not in self.counties and not counted:
            blank = blank or NO_COUNTY
        if blank:
            return _empty(published, blank)
        return Figure(
            published=published,
            whole=None,
            found=float(sum(map(len, meant))) if counted else self.area(published, held, conditions),
            part_m2=None,
            whole_m2=None,
            blank=None,
            sketch=any(layer.info.sketch for layer in held),
            unplaced=0 if counted else sum(zone.geometry is None for zones in meant for zone in zones),
            unknown=sum(_meets(zone, published.where) is None for zone in held[0].zones if zone.on(self.day)),
        )

    def area(self, published: Published, layers: list[Layer], conditions: list[Condition]) -> float:
        grounds = [self.union(layer, condition) for layer, condition in zip(layers, conditions, strict=True)]
        ground = grounds[0] if len(grounds) == 1 else polygons_of(shapely.union_all(grounds))
        if published.county:
            ground = polygons_of(shapely.intersection(ground, self.counties[published.county]))
        return area_m2(ground)


def is_withheld(info: ReleaseInfo, audience: str) -> bool:
    """Whether a release's areas stay inside: one that is for answers only, unless its lines are drawn by us."""
    return audience != "internal" and info.publish == "result" and info.provenance != "illustrative"


def _empty(published: Published, blank: str) -> Figure:
    return Figure(published, None, None, None, None, blank, False, 0, 0)


def _code(zone: Zone) -> str:
    return zone.counties[0] if zone.counties else zone.code or zone.id


def _of_class(name: str | None) -> Condition:
    """The condition for a class; the empty value stands for zones whose class is unknown."""
    return (("zone_class", (name or "",)),)


def _meets(zone: Zone, condition: Condition) -> bool | None:
    """Whether a zone meets a condition; None where a null attribute leaves it open."""
    found = [_is_one_of(zone.id if name == "id" else zone.attribute(name), values) for name, values in condition]
    if False in found:
        return False
    return None if None in found else True


def _is_one_of(value: str | None, values: tuple[str, ...]) -> bool | None:
    return value in values if value is not None else True if "" in values else None


def _twice(whole: Tally, classes: Iterable[Tally]) -> float | None:
    """What the classes count twice, where each of them has an area or no place."""
    areas = [tally.area_m2 for tally in classes if tally.area_m2 is not None]
    return None if whole.area_m2 is None or not areas else max(sum(areas) - whole.area_m2, 0.0)
