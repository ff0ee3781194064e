"""One site on one layer: a `LayerCheck`, which says hit, near or clear, and never takes silence for "clear"."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import inf
from time import monotonic
from typing import Literal

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.crs import LocalPlane
from geo.errors import TimeUp
from geo.geometry import PLANE_STEP_DEG, area_m2, clip, polygons_of, share, window
from geo.layers.releases import ReleaseInfo, Zone
from geo.layers.store import BrokenLayer, Layer
from geo.site import Site

Status = Literal["failed", "hit", "boundary_uncertain", "no_data_here", "near", "clear"]
Relation = Literal["hit", "uncertain", "near", "ignored"]
TOUCH_M2 = 0.005  # an overlap that the record would round to 0.00 m² is a shared boundary


@dataclass(frozen=True, slots=True)
class Measure:
    """A measured value between what it is at least and at most, given how exact the lines are."""

    value: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class ZoneCheck:
    """One zone at or near the site."""

    zone: Zone
    relation: Relation
    area: Measure | None = None  # m² of overlap; None for a point, or where shapes only say where a zone may lie
    site_share: float | None = None
    zone_share: float | None = None
    distance_m: float | None = None  # of a zone that is near; to the limit where the relation is uncertain


@dataclass(frozen=True, slots=True)
class LayerCheck:
    """What one layer says of one site."""

    kind: str
    status: Status
    reason: str | None = None  # not_supplied, outside_coverage, unreadable
    info: ReleaseInfo | None = None
    release: str | None = None
    coverage_share: float = 0.0
    zones: tuple[ZoneCheck, ...] = ()
    ignored: tuple[ZoneCheck, ...] = ()
    unplaced: tuple[Zone, ...] = ()
    # Whether some of the zones together are surely under the site, though of no single one it can be said.
    surely: Callable[[Sequence[Zone]], bool] = field(default=lambda _: False, compare=False, repr=False)

    @property
    def sketch(self) -> bool:
        """Whether its lines are no limits to rely on."""
        return self.info is not None and self.info.sketch

    @property
    def distance_m(self) -> float | None:
        """Distance to the nearest zone: 0 on a hit, None beyond the layer's reach."""
        if self.status == "hit":
            return 0.0
        return min((check.distance_m for check in self.zones if check.distance_m is not None), default=None)


@dataclass(frozen=True)
class Ground:
    """A site made ready for measuring: its plane and its area are worked out once for all layers."""

    site: Site
    seconds: float = inf  # longest time that all its checks together may take
    until: float = field(init=False)
    plane: LocalPlane = field(init=False)
    area_m2: float = field(init=False)
    flat: BaseGeometry = field(init=False)  # the ground in the plane, metres

    def __post_init__(self) -> None:
        object.__setattr__(self, "until", monotonic() + self.seconds)
        plane = self.site.plane()
        object.__setattr__(self, "plane", plane)
        object.__setattr__(self, "area_m2", self.site.area_m2)
        object.__setattr__(self, "flat", plane.project(shapely.segmentize(self.site.ground, PLANE_STEP_DEG)))

    def watch_time(self) -> None:
        """Raise `TimeUp` where the time for the site's checks is over."""
        if monotonic() > self.until:
            raise TimeUp(seconds=self.seconds)


def check_layer(
    layer: Layer | BrokenLayer | None, kind: str, ground: Ground, day: date, counties: Sequence[str] | None = None
) -> LayerCheck:
    """Check one site on one layer.

    Parameters
    ----------
    layer : the release in memory, one that cannot be read, or None where the region has none
    counties : codes of the counties that the site may lie in, for zones whose place is not known;
        empty where it lies in none, None where that is not known either
    """
    if layer is None:
        return LayerCheck(kind, "no_data_here", reason="not_supplied")
    if isinstance(layer, BrokenLayer):
        return LayerCheck(kind, "failed", reason="unreadable", release=layer.release)
    covered = _coverage_share(layer, ground)
    pieces = _pieces(layer, ground, day)
    checks = _check_zones(layer, pieces, ground)
    zones = tuple(check for check in checks if check.relation != "ignored")

    def surely(some: Sequence[Zone]) -> bool:
        return _surely(layer, {zone: pieces[zone] for zone in some if zone in pieces}, ground)

    status = _status(zones, covered)
    if status == "boundary_uncertain" and surely([check.zone for check in zones if check.relation == "uncertain"]):
        status = "hit"
    return LayerCheck(
        kind,
        status,
        reason="outside_coverage" if status == "no_data_here" else None,
        info=layer.info,
        release=layer.info.id,
        coverage_share=covered,
        zones=zones,
        ignored=tuple(check for check in checks if check.relation == "ignored"),
        unplaced=_unplaced(layer.zones, day, counties),
        surely=surely,
    )


def _status(zones: Iterable[ZoneCheck], covered: float) -> Status:
    relations = {check.relation for check in zones}
    if "hit" in relations:
        return "hit"
    if "uncertain" in relations:
        return "boundary_uncertain"
    if covered <= 0.0:
        return "no_data_here"
    return "near" if "near" in relations else "clear"


def _coverage_share(layer: Layer, ground: Ground) -> float:
    site = ground.site.ground
    if layer.coverage.covers(site):
        return 1.0
    if not layer.coverage.intersects(site):
        return 0.0
    if ground.site.is_point:
        points = shapely.get_parts(site)
        return float(np.mean(shapely.covers(layer.coverage, points)))
    return share(area_m2(shapely.intersection(layer.coverage, site)), ground.area_m2)


def _unplaced(zones: Iterable[Zone], day: date, counties: Sequence[str] | None) -> tuple[Zone, ...]:
    def may_be_here(zone: Zone) -> bool:
        if counties is None:
            return True
        return bool(counties) and (not zone.counties or not set(counties).isdisjoint(zone.counties))

    return tuple(zone for zone in zones if zone.geometry is None and zone.on(day) and may_be_here(zone))


def _pieces(layer: Layer, ground: Ground, day: date) -> dict[Zone, BaseGeometry]:
    """The zones of the day within reach of the site, each cut to a window around it."""
    widest = max((_band_m(layer, zone, ground) for zone in layer.placed), default=0.0)
    box = window(ground.site.ground, layer.entry.near_m + 2.0 * widest + 10.0)
    pieces: dict[Zone, BaseGeometry] = {}
    for index in sorted(layer.tree.query(shapely.box(*box))):
        ground.watch_time()
        zone = layer.placed[index]
        if zone.on(day):
            piece = clip(layer.geometries[index], box)
            if not piece.is_empty:
                pieces[zone] = piece
    return pieces


def _check_zones(layer: Layer, pieces: Mapping[Zone, BaseGeometry], ground: Ground) -> list[ZoneCheck]:
    """Measure every zone within reach; zones of one class are judged on their union, so that none counts twice."""
    by_class: dict[str | None, list[tuple[Zone, BaseGeometry]]] = defaultdict(list)
    for zone, piece in pieces.items():
        by_class[zone.zone_class].append((zone, piece))
    checks: list[ZoneCheck] = []
    for zone_class, members in by_class.items():
        checks += _check_class(layer, zone_class, members, ground)
    return sorted(checks, key=lambda check: (_ORDER[check.relation], check.distance_m or 0.0, check.zone.id))


def _surely(layer: Layer, pieces: Mapping[Zone, BaseGeometry], ground: Ground) -> bool:
    """Whether zones together are under the site beyond doubt: a seam between them is no limit of theirs."""
    if not pieces:
        return False
    band = max(_band_m(layer, zone, ground) for zone in pieces)
    floor = max(_floor(layer, zone.zone_class, ground) for zone in pieces)
    return _measure(shapely.union_all(list(pieces.values())), band, ground).least > floor


def _floor(layer: Layer, zone_class: str | None, ground: Ground) -> float:
    """The measure that an overlap must pass: the layer's threshold, or more than a touch; for a point, none."""
    return 0.0 if ground.site.is_point else max(layer.entry.threshold(zone_class), TOUCH_M2)


def _measure(piece: BaseGeometry, band: float, ground: Ground) -> Measure:
    return (_point_measure if ground.site.is_point else _area_measure)(piece, band, ground)


_ORDER = {"hit": 0, "uncertain": 1, "near": 2, "ignored": 3}


def _band_m(layer: Layer, zone: Zone, ground: Ground) -> float:
    """Half the width of the band in which a limit may lie; sketch layers are judged on the drawn line."""
    if layer.info.sketch:
        return 0.0
    return ground.site.accuracy_m + (layer.info.accuracy_m if zone.accuracy_m is None else zone.accuracy_m)


def _check_class(
    layer: Layer, zone_class: str | None, members: list[tuple[Zone, BaseGeometry]], ground: Ground
) -> list[ZoneCheck]:
    band = max(_band_m(layer, zone, ground) for zone, _ in members)
    overall = _measure(shapely.union_all([piece for _, piece in members]), band, ground)
    floor = _floor(layer, zone_class, ground)
    checks = []
    for zone, piece in members:
        ground.watch_time()
        overlap = overall if len(members) == 1 else _measure(piece, _band_m(layer, zone, ground), ground)
        checks.append(_zone_check(layer, zone, piece, overlap, _relation(overlap, overall, floor), ground))
    return [check for check in checks if check is not None]


def _relation(overlap: Measure, overall: Measure, floor: float) -> Relation:
    """How a zone lies to the site, by its own overlap and the overlap of its whole class."""
    if overlap.most <= 0.0 or (overlap.value <= TOUCH_M2 and overlap.most <= floor):
        return "near"
    if overall.most <= floor:
        return "ignored"
    if overall.least > floor and overlap.least > 0.0:
        return "hit"
    return "uncertain"


def _point_measure(piece: BaseGeometry, band: float, ground: Ground) -> Measure:
    """Whether a point of the site lies in a piece: 1 or 0, at least and at most. On the line counts as in."""
    inside = shapely.intersects(piece, shapely.get_parts(ground.site.ground))
    value = float(inside.any())
    if band <= 0.0:
        return Measure(value, value, value)
    to_limit = shapely.distance(ground.plane.project(piece).boundary, shapely.get_parts(ground.flat))
    surely, perhaps = inside & (to_limit > band), inside | (to_limit <= band)
    return Measure(value, float(surely.any()), float(perhaps.any()))


def _area_measure(piece: BaseGeometry, band: float, ground: Ground) -> Measure:
    """The area of the site in a piece, with the piece drawn in and pushed out by the band."""
    value = _overlap_m2(piece, ground)
    if band <= 0.0:
        return Measure(value, value, value)
    flat = ground.plane.project(piece)
    inner, outer = (ground.plane.unproject(shapely.buffer(flat, by)) for by in (-band, band))
    least, most = _overlap_m2(inner, ground), _overlap_m2(outer, ground)
    return Measure(value, min(least, value), max(most, value))


def _overlap_m2(piece: BaseGeometry, ground: Ground) -> float:
    if piece.is_empty or not piece.intersects(ground.site.ground):
        return 0.0
    if piece.covers(ground.site.ground):
        return ground.area_m2
    return area_m2(polygons_of(shapely.intersection(piece, ground.site.ground)))


def _zone_check(
    layer: Layer, zone: Zone, piece: BaseGeometry, overlap: Measure, relation: Relation, ground: Ground
) -> ZoneCheck | None:
    flat = ground.plane.project(piece)
    if relation == "near":
        distance = float(flat.distance(ground.flat))
        return ZoneCheck(zone, "near", distance_m=distance) if distance <= layer.entry.near_m else None
    to_limit = float(flat.boundary.distance(ground.flat)) if relation == "uncertain" else None
    if ground.site.is_point or layer.info.whereabouts:
        return ZoneCheck(zone, relation, distance_m=to_limit)
    whole = area_m2(zone.ground)
    return ZoneCheck(
        zone,
        relation,
        area=overlap,
        site_share=share(overlap.value, ground.area_m2),
        zone_share=share(overlap.value, whole),
        distance_m=to_limit,
    )
