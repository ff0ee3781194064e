"""The nearest zone of a layer, however far from the site.

A zone is taken for a candidate where a proven bound in degrees does not rule it out; candidates are measured in the
site's plane. That plane never gives too short a distance, and at most h²/6R² of it too much (R the earth's radius, h
how far from the plane's centre the connecting line passes, at most the site's own radius): a millionth for ground
within 15 km of the site's middle, at any distance.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import cos, degrees, radians
from typing import Any

import numpy as np
import shapely

from geo.crs import GEOD
from geo.geometry import PLANE_STEP_DEG, window
from geo.ground import Ground
from geo.layers.releases import Zone
from geo.layers.store import Layer

# Along any path on the ellipsoid a radian of arc, taken on a sphere with the same latitudes and longitudes, is at
# least and at most this long: the smallest and the largest radius of curvature, metres.
_LEAST_RADIUS_M, _MOST_RADIUS_M = GEOD.b**2 / GEOD.a, GEOD.a**2 / GEOD.b
_HALF_THE_EARTH_M = 2.1e7


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
    west, south, east, north = ground.bounds
    up = degrees(reach_m / _LEAST_RADIUS_M)
    steepest = radians(min(max(abs(south - up), abs(north + up)), 89.9))
    shortest = radians(_LEAST_RADIUS_M) * cos(steepest)
    some = np.sort(layer.tree.query(ground.site.ground, predicate="dwithin", distance=reach_m / shortest))
    boxes = shapely.bounds(layer.geometries[some]).reshape(-1, 4)
    across = np.radians(np.maximum(0.0, np.maximum(boxes[:, 0] - east, west - boxes[:, 2])))
    along = np.radians(np.maximum(0.0, np.maximum(boxes[:, 1] - north, south - boxes[:, 3])))
    steepest_there = np.radians(np.abs(boxes[:, [1, 3]]).max(axis=1))
    arcs = _arc(across, along, radians(max(abs(south), abs(north))), steepest_there)
    nearby: np.ndarray = some[arcs * _LEAST_RADIUS_M <= reach_m]
    return nearby


def _arc(across: Any, along: Any, lat: Any, other: Any) -> Any:
    """Great circle between two places by the haversine formula, radians."""
    haversine = np.sin(along / 2.0) ** 2 + np.cos(lat) * np.cos(other) * np.sin(across / 2.0) ** 2
    return 2.0 * np.arcsin(np.sqrt(np.minimum(haversine, 1.0)))


def _measured(layer: Layer, ground: Ground, some: list[int], reach_m: float) -> list[tuple[Zone, float]]:
    """Zones and their distances; of each only the border within reach is measured."""
    if not some:
        return []
    ground.watch_time()
    borders = shapely.clip_by_rect(shapely.boundary(layer.geometries[some]), *window(ground.site.ground, reach_m))
    there = np.flatnonzero(~shapely.is_empty(borders))
    if not len(there):
        return []
    flat = ground.plane.project_all(shapely.segmentize(borders[there], PLANE_STEP_DEG))
    distances = ground.gaps_m(flat)
    found = [(layer.placed[some[at]], float(gap)) for at, gap in zip(there, distances, strict=True)]
    return sorted(found, key=lambda item: item[0].id)
