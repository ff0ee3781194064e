"""One site on one layer: a `LayerCheck`, which says hit, near or clear, and never takes silence for "clear"."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from math import ceil, cos, pi
from typing import Literal

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.chainage import sides_of, total_m
from geo.geometry import area_m2, areas_m2, clip, polygons_of, share, window
from geo.ground import Ground
from geo.layers.releases import ReleaseInfo, Zone
from geo.layers.store import BrokenLayer, Layer
from geo.proximity import Nearest, nearest_of, nearest_zones

Status = Literal["failed", "hit", "boundary_uncertain", "no_data_here", "near", "clear"]
Relation = Literal["hit", "uncertain", "near", "ignored"]
TOUCH_M2 = 0.005  # an overlap that the record would round to 0.00 m² is a shared boundary
_ARC = 32  # chords of a quarter of a round corner
STEPS_PER_M = 100  # a survey is asked for to the centimetre
_FEW_ZONES = 8  # uncertain zones of a layer that are each given a survey of their own
_MANY = 1_000  # polygons of an overlap from which on they are measured all at once
_CORNERS = 256  # vertices of a site that a first guess at its depth in a zone is made from
_LARGE, _HUGE = 4_000, 20_000  # vertices of a zone and a site from which on the halving is cut short


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
    surely: Callable[[Sequence[Zone]], bool] = field(default=lambda _: False, compare=False, repr=False)

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
    checks, decides_m = _check_zones(layer, pieces, ground)
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
        nearest=nearest_of((check.zone, check.gap_m) for check in checks if check.gap_m is not None),
        decides_m=decides_m,
        surely=surely,
    )


def with_nearest(
    checks: Mapping[str, LayerCheck], layers: Mapping[str, Layer | BrokenLayer | None], ground: Ground, day: date
) -> dict[str, LayerCheck]:
    """The same checks with the nearest zone of every layer that has one beyond those that the check lists.

    Of a layer that only results may be told of, no zone is named that the answer does not list anyway.
    """
    far = {
        kind: layer
        for kind, layer in layers.items()
        if kind in checks and isinstance(layer, Layer) and _looks_further(layer, checks[kind])
    }
    found = dict(zip(far, nearest_zones(list(far.values()), ground, day), strict=True))
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


@dataclass(frozen=True, eq=False)
class _Piece:
    """A zone, or several together, and the part of it in a window around the site."""

    zone: BaseGeometry | None  # EPSG:4490; None where there are several
    box: tuple[float, float, float, float]
    ground: Ground
    parts: tuple["_Piece", ...] = ()
    _moved: dict[float, BaseGeometry] = field(default_factory=dict)
    _overlaps: dict[float, float] = field(default_factory=dict)

    @cached_property
    def shape(self) -> BaseGeometry:
        """The part in the window; it may be empty."""
        if self.zone is None:
            return shapely.union_all([part.shape for part in self.parts])
        return clip(self.zone, self.box)

    @cached_property
    def flat(self) -> BaseGeometry:
        """The same in the site's plane, metres."""
        flat = self.ground.plane.project(self.shape)
        shapely.prepare(flat)
        return flat

    def moved(self, by_m: float) -> BaseGeometry:
        """The piece with its limit pushed out, or drawn in where the number is negative."""
        if by_m not in self._moved:
            self.ground.watch_time()
            # Chords of a round corner lie within the circle: begun further out, they hold all ground in the band.
            reach = by_m / cos(pi / (4.0 * _ARC))
            self._moved[by_m] = _valid(self.ground.plane.unproject(shapely.buffer(self.flat, reach, quad_segs=_ARC)))
        return self._moved[by_m]

    def overlap_m2(self, by_m: float) -> float:
        """What of the site lies in it with its limit pushed out, or drawn in where the number is negative."""
        if by_m not in self._overlaps:
            self._overlaps[by_m] = _overlap_m2(self.moved(by_m), self.ground)
        return self._overlaps[by_m]

    @cached_property
    def border(self) -> BaseGeometry:
        """The piece's border in the site's plane, metres."""
        border = shapely.boundary(self.flat)
        shapely.prepare(border)
        return border

    @cached_property
    def gap_m(self) -> float:
        """Distance to the site; 0 on an overlap or a touch."""
        return float(self.ground.gaps_m(self.flat))

    @cached_property
    def to_limit_m(self) -> float:
        """Distance from the site to the piece's border, from within as from without."""
        if self.ground.site.is_point or self.vertices < _LARGE or shapely.intersects(self.ground.flat, self.border):
            return float(self.ground.gaps_m(self.border))
        ours, theirs = (np.asarray(shapely.linestrings(sides_of(shape))) for shape in (self.ground.flat, self.flat))
        nearby = shapely.STRtree(theirs).query_nearest(ours, all_matches=False, return_distance=True)
        return float(nearby[1].min())  # of two borders that run along each other many times faster

    @cached_property
    def value(self) -> float:
        """What of the site lies in it as drawn: m², or 1 where a point does and 0 where none does."""
        if self.ground.site.is_point:
            return float(self._holds.any())
        return _overlap_m2(self.shape, self.ground)

    def least(self, band_m: float) -> float:
        """The same with the limit drawn in by a band."""
        if band_m <= 0.0:
            return self.value
        if self.ground.site.is_point:
            return float((self._holds & (self._depths > band_m)).any())
        return min(self.overlap_m2(-band_m), self.value)

    def most(self, band_m: float) -> float:
        """The same with the limit pushed out by a band."""
        if band_m <= 0.0:
            return self.value
        if self.ground.site.is_point:
            return float((self._holds | (self._depths <= band_m)).any())
        return max(self.overlap_m2(band_m), self.value)

    def measure(self, band_m: float) -> Measure:
        """All three."""
        return Measure(self.value, self.least(band_m), self.most(band_m))

    def length(self, value: float, band_m: float) -> Measure:
        """Metres of the site's centre lines in it, given what it is as drawn; least and most as for areas."""
        if band_m <= 0.0:
            return Measure(value, value, value)
        least, most = (
            sum(total_m(course.stretches(self.moved(by))) for course in self.ground.courses) for by in (-band_m, band_m)
        )
        return Measure(value, min(least, value), max(most, value))

    @cached_property
    def _holds(self) -> np.ndarray:
        """Of each point of the site, whether it lies in the piece; on the line counts as in."""
        if self.zone is None:
            holds: np.ndarray = np.logical_or.reduce([part._holds for part in self.parts])
            return holds
        return np.asarray(shapely.intersects(self.zone, shapely.get_parts(self.ground.site.ground)))

    @cached_property
    def _depths(self) -> np.ndarray:
        """Of each point of the site, how far the limit is."""
        return np.asarray(shapely.distance(self.border, shapely.get_parts(self.ground.flat)))

    def depth_m(self) -> float:
        """How far within the zone some vertex of the site lies: its deepest point lies at least as far within."""
        points = shapely.get_coordinates(self.ground.flat)
        corners = np.asarray(shapely.points(points[:: -(-len(points) // _CORNERS)]))
        within = corners[shapely.intersects(self.flat, corners)]
        return float(shapely.distance(self.border, within).max(initial=0.0))

    @cached_property
    def beside_m(self) -> float:
        """A band with which it surely does not reach a site that lies beside it, see `moved`."""
        return _rounded_down(self.gap_m * cos(pi / (4.0 * _ARC)))

    @cached_property
    def vertices(self) -> int:
        """How many vertices the piece and the site have."""
        return int(shapely.get_num_coordinates(self.shape) + shapely.get_num_coordinates(self.ground.site.ground))

    def point_decides_m(self) -> float:
        """Below which band it is certain for a site of points whether one lies in the piece."""
        return float(self._depths[self._holds].max() if self._holds.any() else self._depths.min())


def _valid(outline: BaseGeometry) -> BaseGeometry:
    """An outline, rebuilt where rounding on its way out of the plane lets sides that touch cross each other."""
    return outline if outline.is_valid else shapely.make_valid(outline, method="structure", keep_collapsed=False)


def _pieces(layer: Layer, ground: Ground, day: date) -> dict[Zone, _Piece]:
    """The zones of the day within reach of the site, each cut to a window around it."""
    widest = max((_band_m(layer, zone, ground) for zone in layer.placed), default=0.0)
    box = window(ground.site.ground, layer.entry.near_m + 2.0 * widest + 10.0)
    pieces: dict[Zone, _Piece] = {}
    for index in sorted(layer.tree.query(shapely.box(*box))):
        ground.watch_time()
        zone = layer.placed[index]
        if zone.on(day):
            pieces[zone] = _Piece(layer.geometries[index], box, ground)
    return pieces


def _check_zones(layer: Layer, pieces: Mapping[Zone, _Piece], ground: Ground) -> tuple[list[ZoneCheck], float | None]:
    """Measure every zone within reach; zones of one class are judged on their union, so that none counts twice.

    Returns the zones in order, and the band, metres, with which none of them is uncertain; None where none is.
    """
    by_class: dict[str | None, list[tuple[Zone, _Piece]]] = defaultdict(list)
    for zone, piece in pieces.items():
        by_class[zone.zone_class].append((zone, piece))
    checks: list[ZoneCheck] = []
    unions: dict[Zone, _Union] = {}
    for zone_class, members in by_class.items():
        union = _Union(
            _together([piece for _, piece in members]),
            max(_band_m(layer, zone, ground) for zone, _ in members),
            _floor(layer, zone_class, ground),
        )
        for zone, piece in members:
            ground.watch_time()
            found = _zone_check(layer, zone, piece, union, ground)
            checks += [found] if found else []
            unions[zone] = union
    decides = _surveys({check.zone: (pieces[check.zone], unions[check.zone]) for check in checks if _open(check)})
    told = [
        replace(check, decides_m=decides[check.zone]) if check.zone in decides and check.gap_m is not None else check
        for check in checks
    ]
    least = [metres for metres in decides.values() if metres is not None]
    if any(_open(check) and check.gap_m is None for check in checks):  # told of those is no more than the reach
        least = [check.decides_m for check in told if check.decides_m is not None]
        least.append(_rounded_down(layer.entry.near_m * cos(pi / (4.0 * _ARC))))
    told.sort(key=lambda check: (_ORDER[check.relation], check.distance_m or 0.0, check.zone.id))
    return told, min(least, default=None)


def _open(check: ZoneCheck) -> bool:
    return check.relation == "uncertain"


def _surely(layer: Layer, pieces: Mapping[Zone, _Piece], ground: Ground) -> bool:
    """Whether zones together are under the site beyond doubt: a seam between them is no limit of theirs."""
    if not pieces:
        return False
    band = max(_band_m(layer, zone, ground) for zone in pieces)
    floor = max(_floor(layer, zone.zone_class, ground) for zone in pieces)
    return _together(list(pieces.values())).least(band) > floor


def _together(pieces: Sequence[_Piece]) -> _Piece:
    """Several pieces as one."""
    first = pieces[0]
    if len(pieces) == 1:
        return first
    return _Piece(None, first.box, first.ground, tuple(pieces))


def _floor(layer: Layer, zone_class: str | None, ground: Ground) -> float:
    """The measure that an overlap must pass: the layer's threshold, or more than a touch; for a point, none."""
    return 0.0 if ground.site.is_point else max(layer.entry.threshold(zone_class), TOUCH_M2)


_ORDER = {"hit": 0, "uncertain": 1, "near": 2, "ignored": 3}


def _band_m(layer: Layer, zone: Zone, ground: Ground) -> float:
    """Half the width of the band in which a limit may lie; sketch layers are judged on the drawn line."""
    if layer.info.sketch:
        return 0.0
    return ground.site.accuracy_m + (layer.info.accuracy_m if zone.accuracy_m is None else zone.accuracy_m)


@dataclass(frozen=True)
class _Union:
    """All zones of a class together, which each of them is judged beside."""

    piece: _Piece
    band_m: float
    floor: float  # what its overlap must pass, see `_floor`

    @cached_property
    def overall(self) -> Measure:
        """The overlap of the class."""
        return self.piece.measure(self.band_m)


def _relation(overlap: Measure, overall: Measure, floor: float) -> Relation:
    """How a zone lies to the site, by its own overlap and the overlap of its whole class."""
    if overlap.least > floor:  # whatever is known of others of its class
        return "hit"
    if overlap.most <= TOUCH_M2 or (overlap.value <= TOUCH_M2 and overall.most <= floor):
        return "near"
    if overall.most <= floor:
        return "ignored"
    if overall.least > floor and overlap.least > 0.0:
        return "hit"
    return "uncertain"


def _overlap_m2(piece: BaseGeometry, ground: Ground) -> float:
    if piece.is_empty or not piece.intersects(ground.site.ground):
        return 0.0
    if piece.covers(ground.site.ground):
        return ground.area_m2
    common = shapely.intersection(piece, ground.site.ground)
    if shapely.get_type_id(common) not in (3, 6):
        common = polygons_of(common)
    if shapely.get_num_geometries(common) > _MANY:
        return float(areas_m2(shapely.get_parts(common)).sum())
    return area_m2(common)


def _zone_check(layer: Layer, zone: Zone, piece: _Piece, union: _Union, ground: Ground) -> ZoneCheck | None:
    band = _band_m(layer, zone, ground)
    overlap = piece.measure(band)
    relation = _relation(overlap, union.overall, union.floor)
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
    if ground.site.is_point or layer.info.whereabouts:
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


def _with_length(found: ZoneCheck, piece: _Piece, band: float) -> ZoneCheck:
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


def _surveys(zones: Mapping[Zone, tuple[_Piece, _Union]]) -> dict[Zone, float | None]:
    """Of uncertain zones the band, metres, with which each would be certain; at least the smallest is given.

    Where they are many, those are left out (None) that are certain with the smallest band found before them.
    """
    if len(zones) <= _FEW_ZONES:
        return {zone: _decides_m(piece, union) for zone, (piece, union) in zones.items()}
    found: dict[Zone, float | None] = dict.fromkeys(zones)
    best: float | None = None
    for zone in sorted(zones, key=lambda zone: (zones[zone][0].to_limit_m, zone.id)):
        piece, union = zones[zone]
        if best is None or not _surely_decided(piece, union, best):
            best = found[zone] = _decides_m(piece, union, best)
        if best <= 0.0:
            break
    return found


def _decides_m(piece: _Piece, union: _Union, below_m: float | None = None) -> float:
    """The band, to the centimetre below, in which an uncertain zone would no longer be uncertain.

    A point's is its distance to the limit; so is that of ground beside a zone of which no sliver is allowed. Any
    other is found by halving between a band that leaves nothing uncertain and the present one; of pieces with many
    vertices in few steps, so that a wider band might do too. On the limit: 0.

    Parameters
    ----------
    below_m : a band with which the zone is known to be uncertain, if not the present one
    """
    if piece.ground.site.is_point:
        return _rounded_down(piece.point_decides_m())
    beside = piece.value <= 0.0
    if beside and _counts_alone(union):
        return piece.beside_m
    decided = round(piece.beside_m * STEPS_PER_M) if beside else 0
    open_ = ceil((union.band_m if below_m is None else below_m) * STEPS_PER_M)
    middle, step = int(piece.depth_m() * STEPS_PER_M), 1  # where no sliver is allowed, it is mostly just above that
    for _ in range(_steps(piece.vertices)):
        if open_ - decided <= 1:
            break
        middle = min(max(middle, decided + 1), open_ - 1)
        if _decided(piece, union, middle / STEPS_PER_M):
            decided, middle, step = middle, middle + step, 2 * step
        else:
            open_, middle = middle, (decided + middle) // 2
        if middle >= open_:
            middle = (decided + open_) // 2
    return decided / STEPS_PER_M


def _steps(vertices: int) -> int:
    """How often a piece is moved at most in search of a band."""
    return 64 if vertices < _LARGE else 8 if vertices < _HUGE else 3


def _counts_alone(union: _Union) -> bool:
    """Whether a zone beside the site is near just as long as it does not reach it itself."""
    return union.floor <= TOUCH_M2 or union.piece.value > union.floor


def _rounded_down(value_m: float) -> float:
    """Metres to the centimetre below; a band just as wide as a distance would still reach."""
    return max(int(value_m * STEPS_PER_M - 1e-6), 0) / STEPS_PER_M


def _surely_decided(piece: _Piece, union: _Union, band_m: float) -> bool:
    """`_decided`, and without moving anything where the distance alone says so."""
    if piece.ground.site.is_point:
        return _rounded_down(piece.point_decides_m()) >= band_m
    return (piece.value <= 0.0 and piece.beside_m >= band_m) or _decided(piece, union, band_m)


def _decided(piece: _Piece, union: _Union, band_m: float) -> bool:
    """Whether a zone would be hit, near or ignored with this band, at most the union's; the zone is asked first."""
    piece.ground.watch_time()
    floor = union.floor
    if union.piece.value > floor and piece.value > TOUCH_M2:  # then it can only become a hit
        least = piece.least(band_m)
        if least <= 0.0 or least > floor or union.overall.least > floor:
            return least > 0.0
        return union.piece.least(band_m) > floor
    most = piece.most(band_m)
    if most <= TOUCH_M2 or most > floor:
        return most <= TOUCH_M2
    return union.piece.value <= floor and union.piece.most(band_m) <= floor
