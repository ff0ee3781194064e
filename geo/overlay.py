"""One site on one layer: a `LayerCheck`, which says hit, near or clear, and never takes silence for "clear"."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from math import cos, pi
from typing import Literal

import numpy as np
import shapely

from geo.canonical import LENGTH_DIGITS
from geo.chainage import total_m
from geo.geometry import area_m2, asked, share
from geo.ground import Ground
from geo.layers.releases import ReleaseInfo, Zone
from geo.layers.store import BrokenLayer, Layer, Snapshot, of_layer
from geo.layers.terrain import Lying
from geo.piece import ARC, TOUCH_M2, Measure, Piece, Together, rounded_down, together
from geo.proximity import Nearest, nearest_of, nearest_zones
from geo.survey import surveys

NOT_SUPPLIED = "not_supplied"
Status = Literal["failed", "hit", "boundary_uncertain", "no_data_here", "near", "clear"]
Relation = Literal["hit", "uncertain", "near", "ignored"]


@dataclass(frozen=True, slots=True)
class ZoneCheck:
    """One zone at or near the site."""

    zone: Zone
    relation: Relation
    area: Measure | None = None  # m² of overlap; None for a point, or where shapes only say where a zone may lie
    site_share: float | None = None
    zone_share: float | None = None
    distance_m: float | None = None  # of a zone that is near; to the limit where the relation is uncertain
    accuracy_m: float = 0.0  # of its lines: its own, or else the layer's
    gap_m: float | None = 0.0  # between the site and the zone as drawn; 0 on an overlap, None where it is withheld
    length: Measure | None = None  # m of the site's centre lines in the zone; None where there is none, as for areas
    line_share: float | None = None  # of the whole length
    decides_m: float | None = None  # uncertain: with lines known to this, site and zone together, it no longer is;
    # None where it is withheld, and among many zones for those that the layer's figure decides too
    crossings: tuple["Crossing", ...] = ()


@dataclass(frozen=True, slots=True)
class Crossing:
    """A stretch of a centre line in a zone as drawn: chainage in metres from the line's first vertex, half-open."""

    part: int  # number of the line among the site's parts, from 0
    zone: Zone
    from_m: float
    to_m: float


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
    nearest: Nearest | None = None  # of the zones listed; by `with_nearest` of all placed zones, however far
    decides_m: float | None = None  # with site and limits known to this, no zone is uncertain; None where none is
    # Whether some of the zones together are surely under the site, though of no single one it can be said.
    surely: Callable[[Sequence[Zone]], bool] = field(default=lambda _: False, compare=False, repr=False)  # of uncertain
    layer: Layer | None = field(default=None, compare=False, repr=False)  # what was checked

    @property
    def sketch(self) -> bool:
        """Whether its lines are no limits to rely on."""
        return self.info is not None and self.info.sketch

    @property
    def distance_m(self) -> float | None:
        """Distance to the nearest zone listed: 0 on an overlap; None beyond the layer's reach, or where withheld."""
        if self.status == "hit":
            return 0.0
        return min((check.gap_m for check in self.zones if check.gap_m is not None), default=None)

    @property
    def crossings(self) -> tuple[Crossing, ...]:
        """Where the site's centre lines run through the zones, in order along each line."""
        found = [crossing for check in self.zones for crossing in check.crossings]
        return tuple(sorted(found, key=lambda one: (one.part, one.from_m, one.to_m, one.zone.id)))


@dataclass(frozen=True, slots=True)
class Around:
    """What lies around a site of points on one layer."""

    covered: bool  # whether the layer speaks for all of its points
    zones: Lying  # within the layer's reach


def check_layer(
    layer: Layer | BrokenLayer | None,
    kind: str,
    ground: Ground,
    day: date,
    counties: Sequence[str] | None = None,
    around: Mapping[Layer, Around] | None = None,
) -> LayerCheck:
    """Check one site on one layer.

    Parameters
    ----------
    layer : the release in memory, one that cannot be read, or None where the region has none
    counties : codes of the counties that the site may lie in, for zones whose place is not known;
        empty where it lies in none, None where that is not known either
    around : what `all_around` has; looked up for this layer where it is None
    """
    if layer is None:
        return not_supplied(kind)
    if isinstance(layer, BrokenLayer):
        return LayerCheck(kind, "failed", reason="unreadable", release=layer.release)
    here = None if around is None else around[layer]
    covered = 1.0 if here is not None and here.covered else _coverage_share(layer, ground)
    pieces = _pieces(layer, ground, day, None if here is None else here.zones)
    if not pieces and covered == 1.0:
        return _clear(layer, kind, _unplaced(layer.unplaced, day, counties))
    checks, decides_m = _check_zones(layer, pieces, ground)
    zones = tuple([check for check in checks if check.relation != "ignored"])
    status, uncertain = _status(zones, covered), {check.zone: pieces[check.zone] for check in zones if _open(check)}

    def surely(some: Sequence[Zone]) -> bool:
        return _surely(layer, {zone: uncertain[zone] for zone in some if zone in uncertain}, ground)

    if status == "boundary_uncertain" and surely(list(uncertain)):
        status = "hit"
    found = LayerCheck(
        kind,
        status,
        reason="outside_coverage" if status == "no_data_here" else None,
        info=layer.info,
        release=layer.info.id,
        coverage_share=covered,
        zones=zones,
        ignored=tuple([check for check in checks if check.relation == "ignored"]),
        unplaced=_unplaced(layer.unplaced, day, counties),
        nearest=nearest_of([(check.zone, check.gap_m) for check in checks if check.gap_m is not None]),
        decides_m=decides_m,
        layer=layer,
    )
    return replace(found, surely=surely) if uncertain else found  # else nothing of the site is held on to


@of_layer
def _clear(layer: Layer, kind: str, unplaced: tuple[Zone, ...]) -> LayerCheck:
    """What a layer says of every site that it speaks for and that is far from all of its zones."""
    return LayerCheck(
        kind, "clear", None, layer.info, layer.info.id, coverage_share=1.0, unplaced=unplaced, layer=layer
    )


@lru_cache(maxsize=1024)
def not_supplied(kind: str) -> LayerCheck:
    """What a layer that the region was never given says of any site."""
    return LayerCheck(kind, "no_data_here", reason=NOT_SUPPLIED)


def with_nearest(
    checks: Mapping[str, LayerCheck], snapshot: Snapshot, ground: Ground, day: date
) -> dict[str, LayerCheck]:
    """The same checks with the nearest zone of every layer that has one beyond those that the check lists.

    Of a layer that only results may be told of, no zone is named that the answer does not list anyway.
    """
    far = {
        kind: layer
        for kind, layer in snapshot.layers.items()
        if kind in checks and isinstance(layer, Layer) and _looks_further(layer, checks[kind])
    }
    found = dict(zip(far, nearest_zones(list(far.values()), snapshot, ground, day), strict=True))
    return {kind: replace(check, nearest=found[kind]) if kind in found else check for kind, check in checks.items()}


def _looks_further(layer: Layer, check: LayerCheck) -> bool:
    if layer.info.publish == "result" or not layer.placed:
        return False
    return check.nearest is None or check.nearest.distance_m > layer.entry.near_m


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
    if asked(shapely.covers, layer.coverage, site):
        return 1.0
    if not asked(shapely.intersects, layer.coverage, site):
        return 0.0
    if ground.is_point:
        points = shapely.get_parts(site)
        return float(np.mean(asked(shapely.covers, layer.coverage, points)))
    return share(area_m2(shapely.intersection(layer.coverage, site)), ground.area_m2)


def _unplaced(zones: Sequence[Zone], day: date, counties: Sequence[str] | None) -> tuple[Zone, ...]:
    """Of zones without a place, those of the day that may be where the site is."""
    if not zones or (counties is not None and not counties):
        return ()
    here = frozenset(counties or ())
    return tuple(
        [
            zone
            for zone in zones
            if (counties is None or not zone.counties or not here.isdisjoint(zone.counties)) and zone.on(day)
        ]
    )


def all_around(snapshot: Snapshot, ground: Ground) -> Mapping[Layer, Around] | None:
    """What lies around a site of points, asked of all layers at once; None for other sites."""
    if not ground.is_point:
        return None
    site = ground.site.ground
    covered = asked(shapely.covers, snapshot.coverages, site).tolist()
    found = snapshot.terrain.around(site, [ground.around(_reach_m(layer, ground)) for layer in snapshot.placed])
    near = {layer: found.get(number, []) for layer, number in snapshot.placed.items()}
    return {layer: Around(all_in, near.get(layer, [])) for layer, all_in in zip(snapshot.held, covered, strict=True)}


def _reach_m(layer: Layer, ground: Ground) -> float:
    """How far zones are looked at: as far as they are near, and what site and lines may be off."""
    widest = 0.0 if layer.info.sketch or not layer.placed else ground.site.accuracy_m + layer.worst_accuracy_m
    return layer.entry.near_m + 2.0 * widest + 10.0


def _pieces(layer: Layer, ground: Ground, day: date, near: Lying | None) -> dict[Zone, Piece]:
    """The zones of the day within reach of the site, each cut to a window around it."""
    box = ground.around(_reach_m(layer, ground))
    lying: Sequence[tuple[int, bool | None]]
    if not ground.is_point:
        lying = [(number, None) for number in np.sort(layer.tree.query(box)).tolist()]
    else:
        lying = layer.around(ground.site.ground, box) if near is None else near
    pieces: dict[Zone, Piece] = {}
    for number, holds in lying:
        ground.watch_time()
        zone = layer.placed[number]
        if zone.on(day):
            pieces[zone] = Piece(layer.geometries[number], box, ground, holds=holds)
    return pieces


def _check_zones(layer: Layer, pieces: Mapping[Zone, Piece], ground: Ground) -> tuple[list[ZoneCheck], float | None]:
    """Measure every zone within reach; zones of one class are judged on their union, so that none counts twice.

    Returns the zones in order, and the band, metres, with which none of them is uncertain; None where none is.
    """
    if not pieces:
        return [], None
    by_class: dict[str | None, list[tuple[Zone, Piece]]] = defaultdict(list)
    for zone, piece in pieces.items():
        by_class[zone.zone_class].append((zone, piece))
    checks: list[ZoneCheck] = []
    unions: dict[Zone, Together] = {}
    for zone_class, members in by_class.items():
        union = Together(
            together([piece for _, piece in members]),
            max(_band_m(layer, zone, ground) for zone, _ in members),
            _floor(layer, zone_class, ground),
        )
        for zone, piece in members:
            ground.watch_time()
            found = _zone_check(layer, zone, piece, union, ground)
            checks += [found] if found else []
            unions[zone] = union
    decides = surveys({check.zone: (pieces[check.zone], unions[check.zone]) for check in checks if _open(check)})
    told = [
        replace(check, decides_m=decides[check.zone]) if check.zone in decides and check.gap_m is not None else check
        for check in checks
    ]
    least = [metres for metres in decides.values() if metres is not None]
    if any(_open(check) and check.gap_m is None for check in checks):  # told of those is no more than the reach
        least = [check.decides_m for check in told if check.decides_m is not None]
        least.append(rounded_down(layer.entry.near_m * cos(pi / (4.0 * ARC))))
    # By distances as the record has them: less than that is noise, and of two as near the lesser id comes first.
    told.sort(key=lambda one: (_ORDER[one.relation], round(one.distance_m or 0.0, LENGTH_DIGITS), one.zone.id))
    return told, min(least, default=None)


def _open(check: ZoneCheck) -> bool:
    return check.relation == "uncertain"


def _surely(layer: Layer, pieces: Mapping[Zone, Piece], ground: Ground) -> bool:
    """Whether zones together are under the site beyond doubt: a seam between them is no limit of theirs."""
    if not pieces:
        return False
    band = max(_band_m(layer, zone, ground) for zone in pieces)
    floor = max(_floor(layer, zone.zone_class, ground) for zone in pieces)
    return together(list(pieces.values())).least(band) > floor


def _floor(layer: Layer, zone_class: str | None, ground: Ground) -> float:
    """The measure that an overlap must pass: the layer's threshold, or more than a touch; for a point, none."""
    return 0.0 if ground.is_point else max(layer.entry.threshold(zone_class), TOUCH_M2)


_ORDER = {"hit": 0, "uncertain": 1, "near": 2, "ignored": 3}


def _band_m(layer: Layer, zone: Zone, ground: Ground) -> float:
    """Half the width of the band in which a limit may lie; sketch layers are judged on the drawn line."""
    if layer.info.sketch:
        return 0.0
    return ground.site.accuracy_m + (layer.info.accuracy_m if zone.accuracy_m is None else zone.accuracy_m)


def _relation(overlap: Measure, union: Together) -> Relation:
    """How a zone lies to the site, by its own overlap and the overlap of its whole class."""
    floor = union.floor
    if overlap.least > floor:  # whatever is known of others of its class
        return "hit"
    if overlap.most <= TOUCH_M2:
        return "near"
    overall = union.overall
    if overlap.value <= TOUCH_M2 and overall.most <= floor:
        return "near"
    if overall.most <= floor:
        return "ignored"
    if overall.least > floor and overlap.least > 0.0:
        return "hit"
    return "uncertain"


def _zone_check(layer: Layer, zone: Zone, piece: Piece, union: Together, ground: Ground) -> ZoneCheck | None:
    band = _band_m(layer, zone, ground)
    overlap = piece.measure(band)
    relation = _relation(overlap, union)
    accuracy = layer.info.accuracy_m if zone.accuracy_m is None else zone.accuracy_m
    only_results = layer.info.publish == "result"
    if relation == "near":
        if piece.shape.is_empty:
            return None
        gap = piece.gap_m
        reach = layer.entry.near_m + (0.0 if only_results else band)  # perhaps within reach is within reach
        return ZoneCheck(zone, "near", distance_m=gap, accuracy_m=accuracy, gap_m=gap) if gap <= reach else None
    beside = 0.0 if overlap.value > 0.0 else piece.gap_m
    withheld = only_results and beside > layer.entry.near_m
    found = ZoneCheck(
        zone,
        relation,
        distance_m=piece.to_limit_m if relation == "uncertain" and not withheld else None,
        accuracy_m=accuracy,
        gap_m=None if withheld else beside,
    )
    if ground.is_point or layer.info.whereabouts:
        return found
    found = replace(
        found,
        area=overlap,
        site_share=share(overlap.value, ground.area_m2),
        zone_share=share(overlap.value, layer.area_m2(zone)),
    )
    if relation == "ignored" or not ground.courses:
        return found
    found = _with_length(found, piece, band)
    return replace(found, crossings=()) if only_results else found  # they would draw the limit, point by point


def _with_length(found: ZoneCheck, piece: Piece, band: float) -> ZoneCheck:
    """The same, and what of the site's centre lines lies in the zone."""
    ground, zone = piece.ground, found.zone
    ground.watch_time()
    crossings = tuple(
        Crossing(course.part, zone, begin, end)
        for course in ground.courses
        for begin, end in course.stretches(zone.ground)
    )
    length = piece.length(total_m((one.from_m, one.to_m) for one in crossings), band)
    return replace(found, length=length, line_share=share(length.value, ground.length_m or 0.0), crossings=crossings)
