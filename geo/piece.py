"""A piece: a zone, or several together, in a window around the site; how much of the site lies in it, within a band."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import cos, pi

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.canonical import LENGTH_DIGITS
from geo.chainage import sides_of, total_m
from geo.geometry import area_m2, areas_m2, asked, clip, polygons_of
from geo.ground import Ground

STEPS_PER_M = 100  # a survey is asked for to the centimetre
LARGE = 4_000  # vertices of a piece and a site from which on they are treated more sparingly
ARC = 32  # chords of a quarter of a round corner
_MANY = 1_000  # polygons of an overlap from which on they are measured all at once
_CORNERS = 256  # vertices of a site that a first guess at its depth in a zone is made from
TOUCH_M2 = 0.005  # an overlap that the record would round to 0.00 m² is a shared boundary


@dataclass(frozen=True, slots=True)
class Measure:
    """A measured value between what it is at least and at most, given how exact the lines are."""

    value: float
    least: float
    most: float


@dataclass(frozen=True, eq=False)
class Piece:
    """A zone, or several together, and the part of it in a window around the site."""

    zone: BaseGeometry | None  # EPSG:4490; None where there are several
    box: BaseGeometry
    ground: Ground
    parts: tuple["Piece", ...] = ()
    holds: bool | None = None  # whether a point of the site lies in it; None where that is not known yet
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
            reach = by_m / cos(pi / (4.0 * ARC))
            self._moved[by_m] = _valid(self.ground.plane.unproject(shapely.buffer(self.flat, reach, quad_segs=ARC)))
        return self._moved[by_m]

    def overlap_m2(self, by_m: float) -> float:
        """What of the site lies in it with its limit pushed out, or drawn in where the number is negative."""
        if by_m not in self._overlaps:
            self._overlaps[by_m] = _overlap_m2(self.moved(by_m), self.ground)
        return self._overlaps[by_m]

    @cached_property
    def border(self) -> BaseGeometry:
        """The piece's border in the site's plane, metres."""
        if self.ground.is_single:  # what is asked once is not worth being prepared
            return shapely.transform(shapely.boundary(self.shape), self.ground.plane.project_points)
        border = shapely.boundary(self.flat)
        shapely.prepare(border)
        return border

    @cached_property
    def gap_m(self) -> float:
        """Distance to the site; 0 on an overlap or a touch."""
        if self.ground.is_single:
            return 0.0 if self._holds.any() else float(self._depths[0])
        return float(self.ground.gaps_m(self.flat))

    @cached_property
    def to_limit_m(self) -> float:
        """Distance from the site to the piece's border, from within as from without."""
        if self.ground.is_point or self.vertices < LARGE or shapely.intersects(self.ground.flat, self.border):
            return float(self.ground.gaps_m(self.border))
        ours, theirs = (np.asarray(shapely.linestrings(sides_of(shape))) for shape in (self.ground.flat, self.flat))
        nearby = shapely.STRtree(theirs).query_nearest(ours, all_matches=False, return_distance=True)
        return float(nearby[1].min())  # of two borders that run along each other many times faster

    @property
    def order_m(self) -> float:
        """The same as the record has it, by which pieces are ordered: less than that is noise."""
        return round(self.to_limit_m, LENGTH_DIGITS)

    @cached_property
    def value(self) -> float:
        """What of the site lies in it as drawn: m², or 1 where a point does and 0 where none does."""
        if self.ground.is_point:
            return float(self._holds.any() if self.holds is None else self.holds)
        return _overlap_m2(self.shape, self.ground)

    def least(self, band_m: float) -> float:
        """The same with the limit drawn in by a band."""
        if band_m <= 0.0:
            return self.value
        if self.ground.is_point:
            return float(self._holds.any() and (self._holds & (self._depths > band_m)).any())
        return min(self.overlap_m2(-band_m), self.value)

    def most(self, band_m: float) -> float:
        """The same with the limit pushed out by a band."""
        if band_m <= 0.0:
            return self.value
        if self.ground.is_point:
            return float((self._holds | (self._depths <= band_m)).any())
        return max(self.overlap_m2(band_m), self.value)

    def measure(self, band_m: float) -> Measure:
        """All three."""
        if self._is_far_within(band_m):
            return Measure(1.0, 1.0, 1.0)
        return Measure(self.value, self.least(band_m), self.most(band_m))

    def _is_far_within(self, band_m: float) -> bool:
        """Whether the points of the site surely lie further within the zone than a band is wide; a quick first look."""
        if not self.holds or self.zone is None or not self.ground.is_point:
            return False
        return bool(asked(shapely.contains_properly, self.zone, self.ground.around(band_m + 1.0)))

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
        if self.holds is not None and self.ground.is_single:
            return np.array([self.holds])
        if self.zone is None:
            holds: np.ndarray = np.logical_or.reduce([part._holds for part in self.parts])
            return holds
        return np.asarray(asked(shapely.intersects, self.zone, shapely.get_parts(self.ground.site.ground)))

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
        return rounded_down(self.gap_m * cos(pi / (4.0 * ARC)))

    @cached_property
    def vertices(self) -> int:
        """How many vertices the piece and the site have."""
        return int(shapely.get_num_coordinates(self.shape) + shapely.get_num_coordinates(self.ground.site.ground))

    def point_decides_m(self) -> float:
        """Below which band it is certain for a site of points whether one lies in the piece."""
        return float(self._depths[self._holds].max() if self._holds.any() else self._depths.min())


def together(pieces: Sequence[Piece]) -> Piece:
    """Several pieces as one."""
    first = pieces[0]
    if len(pieces) == 1:
        return first
    return Piece(None, first.box, first.ground, tuple(pieces))


@dataclass(frozen=True)
class Together:
    """All zones of a class together, which each of them is judged beside."""

    piece: Piece
    band_m: float
    floor: float  # what its overlap must pass, see `_floor`

    @cached_property
    def overall(self) -> Measure:
        """The overlap of the class."""
        return self.piece.measure(self.band_m)


def rounded_down(value_m: float) -> float:
    """Metres to the centimetre below; a band just as wide as a distance would still reach."""
    return max(int(value_m * STEPS_PER_M - 1e-6), 0) / STEPS_PER_M


def _valid(outline: BaseGeometry) -> BaseGeometry:
    """An outline, rebuilt where rounding on its way out of the plane lets sides that touch cross each other."""
    return outline if outline.is_valid else shapely.make_valid(outline, method="structure", keep_collapsed=False)


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
