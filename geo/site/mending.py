"""Mending of broken polygons by a stated method, within a stated change of their area.

The rings are put in order by GEOS (`make_valid`, method `structure`: outlines joined, holes taken away, what collapses
dropped). What that changes is measured against the area as it was written, which is the area that the rings enclose
by their own direction (of a bow-tie: the difference of its wings), and against a second method (`linework`: whatever
an odd number of rings encloses). Where the two differ, nobody can say what was meant.
"""

import re
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.canonical import DEGREE_DIGITS
from geo.errors import SiteInvalid, SiteMendRefused, SiteTooLarge, Term
from geo.geometry import area_m2, length_m, polygons_of
from geo.site.notice import Notice

GRID_DEG = 10.0**-DEGREE_DIGITS
_ROUNDS = 4  # of mending what the rounding breaks again
# Sides of a broken outline that meet without being neighbours, at most: the time that mending takes grows with their
# number, and their number with the square of the sides.
MOST_MEETINGS = 500
_REASON = re.compile(r"([^\[]+)(?:\[(\S+) (\S+)\])?")
_REASONS = {
    "Self-intersection": "self_intersection",
    "Ring Self-intersection": "ring_self_intersection",
    "Hole lies outside shell": "hole_outside",
    "Holes are nested": "nested_holes",
    "Nested shells": "parts_overlap",
    "Duplicate Rings": "duplicate_rings",
    "Interior is disconnected": "disconnected",
    "Too few points in geometry component": "too_few_points",
}


@dataclass(frozen=True, slots=True)
class Mending:
    """A part of a site that was broken, before and after; both EPSG:4490."""

    part: int  # from 1
    before: BaseGeometry  # as written; not valid
    after: BaseGeometry  # valid, on the grid of 1e-9 degrees
    reason: str  # a code of the catalogue
    place: str  # longitude and latitude of the first fault; empty where none is known
    written_m2: float  # outlines less holes, each by its own direction; the parts of a multipolygon added up
    after_m2: float
    changed_m2: float  # what cannot be said to be as written; ground that lies under two parts is no change
    share: float  # of it in the area as written, 0 to 1
    dropped_m: float  # length of sides that enclose nothing, dropped

    def notice(self) -> Notice:
        """What the sender is told."""
        parameters = {
            "part": str(self.part),
            "reason": Term(self.reason),
            "place": self.place or "–",
            "written_m2": f"{self.written_m2:.1f}",
            "after_m2": f"{self.after_m2:.1f}",
            "changed_m2": f"{self.changed_m2:.2f}",
            "share": f"{self.share:.4%}",
            "dropped_m": f"{self.dropped_m:.1f}",
        }
        return Notice("geometry_mended", parameters)


def settle(geometry: BaseGeometry, part: int, most_share: float) -> tuple[BaseGeometry, Mending | None]:
    """Bring a geometry to the grid of 1e-9 degrees, and mend polygons that are broken there.

    Parameters
    ----------
    geometry : finite, EPSG:4490; it may be invalid
    part : its number in the site, from 1
    most_share : largest change of its area that is taken, 0 to 1

    Raises
    ------
    SiteInvalid
        Where it is no polygon and is broken, or nothing of it remains.
    SiteMendRefused
        Where mending would change more than is taken.
    SiteTooLarge
        Where its sides meet too often to be mended in time.
    """
    rounded = _rounded(geometry)
    if rounded.is_valid:
        return rounded, None
    reason = shapely.is_valid_reason(rounded)
    if geometry.geom_type not in ("Polygon", "MultiPolygon"):
        raise SiteInvalid(reason=reason)
    _hold_meetings(rounded)
    mending = _mend(geometry, rounded, part, reason)
    if mending.share > most_share:
        raise SiteMendRefused(
            reason=Term(mending.reason),
            place=mending.place or "–",
            written_m2=f"{mending.written_m2:.1f}",
            after_m2=f"{mending.after_m2:.1f}",
            changed_m2=f"{mending.changed_m2:.1f}",
            share=f"{mending.share:.2%}",
            most=f"{most_share:.2%}",
        )
    return mending.after, mending


def _rounded(geometry: BaseGeometry) -> BaseGeometry:
    def on_grid(points: np.ndarray) -> np.ndarray:
        return np.round(points, DEGREE_DIGITS) + 0.0

    return shapely.transform(geometry, on_grid)


def _mend(geometry: BaseGeometry, rounded: BaseGeometry, part: int, reason: str) -> Mending:
    bodies = [_without_repeats(body) for body in shapely.get_parts(rounded)]
    broken = [body for body in bodies if not body.is_valid]
    mended = [_sound(body, "structure", reason) for body in bodies]
    joined = _joined(mended)
    after = _steady(joined, reason)
    if after.is_empty:
        raise SiteInvalid(reason=reason)
    written_m2, after_m2 = sum(area_m2(body) for body in bodies), area_m2(after)
    changed_m2, dropped_m = abs(after_m2 - area_m2(joined)), 0.0
    for body in broken:
        change_m2, loose_m = _change(body, reason)
        changed_m2, dropped_m = changed_m2 + change_m2, dropped_m + loose_m
    fault, place = _said(reason)
    code = f"mend.{fault if broken else 'parts_overlap'}"
    share = min(changed_m2 / written_m2, 1.0) if written_m2 > 0.0 else 1.0
    return Mending(part, geometry, after, code, place, written_m2, after_m2, changed_m2, share, dropped_m)


def _change(body: BaseGeometry, reason: str) -> tuple[float, float]:
    """How much of a broken polygon is in doubt, in m², and the length of its loose sides, in m."""
    structure, linework = _sound(body, "structure", reason), _made_valid(body, "linework", reason)
    apart = shapely.symmetric_difference(structure, polygons_of(linework))
    change_m2 = max(abs(area_m2(structure) - area_m2(body)), area_m2(apart))
    return change_m2, length_m(linework)


def _sound(body: BaseGeometry, method: str, reason: str) -> BaseGeometry:
    return body if body.is_valid else polygons_of(_made_valid(body, method, reason))


def _made_valid(body: BaseGeometry, method: str, reason: str) -> BaseGeometry:
    try:
        if method == "linework":
            return shapely.make_valid(body, method="linework")
        return shapely.make_valid(body, method="structure", keep_collapsed=False)
    except shapely.errors.GEOSException as error:
        raise SiteInvalid(reason=reason) from error


def _joined(bodies: list[BaseGeometry]) -> BaseGeometry:
    """Polygons as one geometry: side by side where they are apart, else joined."""
    single = [one for one in shapely.get_parts(bodies) if not one.is_empty]
    beside: BaseGeometry = single[0] if len(single) == 1 else shapely.MultiPolygon(single)
    return beside if beside.is_valid else shapely.union_all(single)


def _steady(geometry: BaseGeometry, reason: str) -> BaseGeometry:
    """A valid geometry on the grid; what the grid breaks is mended there."""
    for _ in range(_ROUNDS):
        rounded = _rounded(geometry)
        if rounded.is_valid:
            return rounded
        geometry = shapely.set_precision(polygons_of(_made_valid(rounded, "structure", reason)), GRID_DEG)
    raise SiteInvalid(reason=reason)


def _without_repeats(body: shapely.Polygon) -> shapely.Polygon:
    """A polygon with each ring said once: no hole that repeats another, no ring that is walked several times over."""
    shell = _once(shapely.get_coordinates(body.exterior))
    holes: list[np.ndarray] = []
    for hole in body.interiors:
        points = _once(shapely.get_coordinates(hole))
        if not any(np.array_equal(points, known) for known in holes if len(known) == len(points)):
            holes.append(points)
    return shapely.Polygon(shell, holes)


def _once(ring: np.ndarray) -> np.ndarray:
    """A closed ring (first point = last) that is walked twice or more, walked once."""
    moves = np.r_[True, (ring[1:] != ring[:-1]).any(axis=1)]
    ring = ring[moves] if moves.sum() > 3 else ring
    sides = len(ring) - 1
    for turns in range(2, sides // 3 + 1):
        length = sides // turns
        if sides % turns == 0 and np.array_equal(ring[length:], ring[:-length]):
            return _once(ring[: length + 1])
    return ring


def _hold_meetings(geometry: BaseGeometry) -> None:
    """Refuse an outline whose sides meet so often that mending it would take too long."""
    runs = [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(geometry))]
    ends = np.concatenate([np.stack([run[:-1], run[1:]], axis=1) for run in runs])
    turned = (ends[:, 0, 0] > ends[:, 1, 0]) | ((ends[:, 0, 0] == ends[:, 1, 0]) & (ends[:, 0, 1] > ends[:, 1, 1]))
    ends[turned] = ends[turned, ::-1]  # a side that is walked twice, either way, counts once
    sides = np.asarray(shapely.linestrings(np.unique(ends, axis=0)), dtype=object)
    tree, meetings = shapely.STRtree(sides), -3 * len(sides)  # each meets itself and its neighbours in any case
    for some in np.array_split(sides, len(sides) // 100 + 1):
        meetings += tree.query(some, predicate="intersects").shape[1]
        if meetings > 2 * MOST_MEETINGS:  # each is found from both of its sides
            raise SiteTooLarge(what=Term("limit.line_crossings"), count=(meetings + 1) // 2, most=MOST_MEETINGS)


def _said(reason: str) -> tuple[str, str]:
    """What GEOS says of a fault, as the end of a code and a place."""
    match = _REASON.fullmatch(reason)
    fault = _REASONS.get(match[1].strip(), "other") if match else "other"
    return fault, f"{float(match[2]):.7f}, {float(match[3]):.7f}" if match and match[2] else ""
