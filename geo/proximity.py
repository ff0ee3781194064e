"""The nearest zone of a layer, however far from the site.

A zone is taken for a candidate where a proven bound in degrees does not rule it out; candidates are measured in the
site's plane. That plane never gives too short a distance, and at most h²/6R² of it too much (R the earth's radius, h
how far from the plane's centre the connecting line passes, at most the site's own radius): a millionth for ground
within 15 km of the site's middle, at any distance.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import cos, degrees, inf, radians, sin
from typing import Any

import numpy as np
import shapely

from geo.crs import GEOD
from geo.geometry import PLANE_STEP_DEG, window
from geo.ground import Ground
from geo.layers.releases import Zone
from geo.layers.store import Layer

_E2 = 1.0 - (GEOD.b / GEOD.a) ** 2
_MOST_RADIUS_M = GEOD.a**2 / GEOD.b  # the largest radius of curvature of the ellipsoid, at the poles
_LEAST_RADIUS_M = GEOD.b**2 / GEOD.a  # the smallest, along the meridian at the equator
_HALF_THE_EARTH_M = 2.1e7
_FEW, _FEW_EDGES = 4, 32  # zones and edges that are measured sooner than sifted


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest zone of a layer and the metres between it and the site: 0 where they overlap."""

    zone: Zone
    distance_m: float


def nearest_of(found: Iterable[tuple[Zone, float]]) -> Nearest | None:
    """The nearest of zones whose distance is known; of two as near, to the millimetre, the one that comes first."""
    best = min(found, key=lambda item: round(item[1], 3), default=None)
    return None if best is None else Nearest(best[0], best[1])


def nearest_zone(layer: Layer, ground: Ground, day: date) -> Nearest | None:
    """The nearest of a layer's placed zones that are valid on the day, for a site that overlaps none of them."""
    reach = _first_guess_m(layer, ground, day)
    while True:
        candidates = [index for index in _within(layer, ground, reach) if layer.placed[index].on(day)]
        found = nearest_of(_measured(layer, ground, candidates, reach))
        if found is not None and found.distance_m <= reach:
            return found
        if reach >= _HALF_THE_EARTH_M:
            return found
        reach *= 4.0


def _first_guess_m(layer: Layer, ground: Ground, day: date) -> float:
    """A distance within which the nearest zone surely lies; only a start where the zone found is of another day."""
    index = int(layer.tree.query_nearest(ground.probe, all_matches=False)[0])
    ends = shapely.get_coordinates(shapely.shortest_line(ground.probe, layer.geometries[index]))
    (lon, lat), (other_lon, other_lat) = np.radians(ends)
    return max(float(_arc(other_lon - lon, other_lat - lat, lat, other_lat)) * _MOST_RADIUS_M * 1.001, 1.0)


def _within(layer: Layer, ground: Ground, reach_m: float) -> np.ndarray:
    """The zones that may lie within reach.

    A path of that length leaves no latitude within reach of the site, so that no degree on it is shorter than at the
    steepest of them; and boxes that lie further apart than that hold nothing nearer.
    """
    _, south, _, north = ground.bounds
    up = degrees(reach_m / _LEAST_RADIUS_M)
    steepest = radians(min(max(abs(south - up), abs(north + up)), 89.9))
    shortest = radians(_LEAST_RADIUS_M) * cos(steepest)
    some = np.sort(layer.tree.query(ground.site.ground, predicate="dwithin", distance=reach_m / shortest))
    if len(some) <= _FEW:
        return some
    boxes = shapely.bounds(layer.geometries[some]).reshape(-1, 4)
    nearby: np.ndarray = some[_at_least_m(ground, boxes[:, :2], boxes[:, 2:], reach_m) <= reach_m]
    return nearby


def _at_least_m(ground: Ground, corners: np.ndarray, opposite: np.ndarray, reach_m: float) -> np.ndarray:
    """What boxes within reach are at least away; each box by its south-west and north-east corner.

    A path is at least as long as on a sphere with the same latitudes and longitudes whose radius is the least radius
    of curvature that it meets: the meridian's, at the latitude within reach that is nearest the equator.
    """
    west, south, east, north = ground.bounds
    over, up = (corners - (east, north)).T
    across, along = np.maximum(over, west - opposite[:, 0]), np.maximum(up, south - opposite[:, 1])
    steepest = np.radians(np.maximum(np.abs(corners[:, 1]), np.abs(opposite[:, 1])))
    across, along = np.radians(np.maximum(across, 0.0)), np.radians(np.maximum(along, 0.0))
    arcs = _arc(across, along, radians(max(abs(south), abs(north))), steepest)
    up = degrees(reach_m / _LEAST_RADIUS_M)
    gentlest = radians(max(south - up, -(north + up), 0.0))
    away: np.ndarray = arcs * (_LEAST_RADIUS_M / (1.0 - _E2 * sin(gentlest) ** 2) ** 1.5)
    return away


def _arc(across: Any, along: Any, lat: Any, other: Any) -> Any:
    """Great circle between two places by the haversine formula, radians."""
    haversine = np.sin(along / 2.0) ** 2 + np.cos(lat) * np.cos(other) * np.sin(across / 2.0) ** 2
    return 2.0 * np.arcsin(np.sqrt(np.minimum(haversine, 1.0)))


def _measured(layer: Layer, ground: Ground, some: list[int], reach_m: float) -> list[tuple[Zone, float]]:
    """Zones and their distances; of each only the edges of its border that may lie within reach are measured."""
    ground.watch_time()
    borders = shapely.clip_by_rect(shapely.boundary(layer.geometries[some]), *window(ground.site.ground, reach_m))
    lines, whose = shapely.get_parts(borders, return_index=True)
    points, line = shapely.get_coordinates(shapely.segmentize(lines, PLANE_STEP_DEG), return_index=True)
    starts, ends = points[:-1], points[1:]
    away = _at_least_m(ground, np.minimum(starts, ends), np.maximum(starts, ends), reach_m)
    away[line[:-1] != line[1:]] = inf  # from the end of one line to the start of the next there is no edge
    edges = np.flatnonzero(away <= reach_m)
    if not len(edges):
        return []
    if len(edges) > _FEW_EDGES:  # the one that seems nearest bounds all others
        best = int(np.argmin(away))
        bound = float(ground.gaps_m(shapely.linestrings(ground.plane.project_points(points[best : best + 2]))))
        edges = np.flatnonzero(away <= min(bound, reach_m))
    needed = np.unique(np.concatenate([edges, edges + 1]))
    flat = ground.plane.project_points(points[needed])
    ends_of = np.searchsorted(needed, np.stack([edges, edges + 1], axis=1))
    zones, which = np.unique(whose[line[edges]], return_inverse=True)
    nearby = shapely.multilinestrings(np.asarray(shapely.linestrings(flat[ends_of])), indices=which)
    found = [(layer.placed[some[at]], float(gap)) for at, gap in zip(zones, ground.gaps_m(nearby), strict=True)]
    return sorted(found, key=lambda item: item[0].id)
