"""The nearest zone of a layer, however far from the site.

A zone is taken for a candidate where a proven bound in degrees does not rule it out; candidates are measured in the
site's plane. That plane never gives too short a distance, and at most h²/6R² of it too much (R the earth's radius, h
how far from the plane's centre the connecting line passes, at most the site's own radius): a millionth for ground
within 15 km of the site's middle, at any distance.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import cos, degrees, inf, radians, sin
from typing import Any

import numpy as np
import shapely

from geo.canonical import LENGTH_DIGITS
from geo.crs import GEOD
from geo.geometry import PLANE_STEP_DEG
from geo.ground import Ground
from geo.layers.releases import Zone
from geo.layers.store import Layer, Snapshot

_E2 = 1.0 - (GEOD.b / GEOD.a) ** 2
_MOST_RADIUS_M = GEOD.a**2 / GEOD.b  # the largest radius of curvature of the ellipsoid, at the poles
_LEAST_RADIUS_M = GEOD.b**2 / GEOD.a  # the smallest, along the meridian at the equator
_HALF_THE_EARTH_M = 2.1e7
_FEW = 4  # zones that are measured sooner than sifted


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest zone of a layer and the metres between it and the site: 0 where they overlap."""

    zone: Zone
    distance_m: float


def nearest_of(found: Iterable[tuple[Zone, float]]) -> Nearest | None:
    """The nearest of zones whose distance is known; of two as near, to the millimetre, the one that comes first."""
    best = min(found, key=lambda item: round(item[1], LENGTH_DIGITS), default=None)
    return None if best is None else Nearest(best[0], best[1])


def _by_id(found: tuple[Zone, float]) -> str:
    return found[0].id


def nearest_zones(layers: Sequence[Layer], snapshot: Snapshot, ground: Ground, day: date) -> list[Nearest | None]:
    """Of each layer the nearest of its placed zones that are valid on the day, for a site that overlaps none of them.

    Parameters
    ----------
    layers : of the snapshot, each with a placed zone
    """
    ground.watch_time()
    found: dict[Layer, Nearest | None] = {}
    if ground.is_single:
        found |= _nearest_to_point([layer for layer in layers if layer.whole_on(day)], snapshot, ground)
    others = [layer for layer in layers if layer not in found]
    found |= zip(others, _nearest_by_size(others, ground, day) if others else (), strict=True)
    return [found[layer] for layer in layers]


def _nearest_to_point(layers: Sequence[Layer], snapshot: Snapshot, ground: Ground) -> dict[Layer, Nearest | None]:
    """The same for a single point, and layers all of whose zones are of the day."""
    if not layers:
        return {}
    wanted = np.zeros(len(snapshot.placed), bool)
    wanted[[snapshot.placed[layer] for layer in layers]] = True
    sides = snapshot.terrain.borders.around(*ground.bounds[:2], wanted)
    flat = ground.plane.project_points(sides.ends.reshape(-1, 2)).reshape(-1, 2, 2)
    gaps = ground.gaps_m(shapely.linestrings(flat))
    by_number: dict[int, dict[int, float]] = {}
    for number, zone, gap in zip(sides.layer.tolist(), sides.zone.tolist(), gaps.tolist(), strict=True):
        own = by_number.setdefault(number, {})
        own[zone] = min(gap, own.get(zone, inf))
    return {layer: _nearest_in(layer, by_number[snapshot.placed[layer]]) for layer in layers}


def _nearest_in(layer: Layer, gaps: Mapping[int, float]) -> Nearest | None:
    """The nearest of a layer's zones by their numbers and distances."""
    return nearest_of(sorted([(layer.placed[zone], gap) for zone, gap in gaps.items()], key=_by_id))


def _nearest_by_size(layers: Sequence[Layer], ground: Ground, day: date) -> list[Nearest | None]:
    """The same for any site: all layers are measured at once.

    A layer whose zones within the first guess are of other days is asked again by itself.
    """
    reaches = _first_guesses_m(layers, ground)
    borders, owners, zones = [], [], []
    for at, (layer, reach) in enumerate(zip(layers, reaches, strict=True)):
        some = [index for index in _within(layer, ground, reach) if layer.placed[index].on(day)]
        if some:
            borders.append(_borders(layer, ground, some, reach))
            owners += [at] * len(some)
            zones += [layer.placed[index] for index in some]
    measured = _measured(ground, np.concatenate(borders), np.array(owners), np.array(reaches)) if borders else []
    by_layer: list[list[tuple[Zone, float]]] = [[] for _ in layers]
    for number, gap in measured:
        by_layer[owners[number]].append((zones[number], gap))
    found = [nearest_of(sorted(some, key=_by_id)) for some in by_layer]
    return [
        one if one is not None and one.distance_m <= reach else _further(layer, ground, day, reach)
        for layer, one, reach in zip(layers, found, reaches, strict=True)
    ]


def _further(layer: Layer, ground: Ground, day: date, reach: float) -> Nearest | None:
    """The nearest zone of a layer, from a distance on within which there is none."""
    while reach < _HALF_THE_EARTH_M:
        reach *= 4.0
        some = [index for index in _within(layer, ground, reach) if layer.placed[index].on(day)]
        if not some:
            continue
        gaps = _measured(ground, _borders(layer, ground, some, reach), np.zeros(len(some), int), np.array([reach]))
        found = nearest_of(sorted(((layer.placed[some[at]], gap) for at, gap in gaps), key=_by_id))
        if found is not None and (found.distance_m <= reach or reach >= _HALF_THE_EARTH_M):
            return found
    return None


def _first_guesses_m(layers: Sequence[Layer], ground: Ground) -> list[float]:
    """Of each layer a distance within which the nearest zone surely lies; only a start where that is of another day."""
    nearest = [layer.geometries[layer.tree.query_nearest(ground.probe, all_matches=False)[0]] for layer in layers]
    ends = shapely.get_coordinates(shapely.shortest_line(np.array(nearest, dtype=object), ground.probe))
    other_lon, other_lat, lon, lat = np.radians(ends).reshape(-1, 4).T
    arcs = _arc(other_lon - lon, other_lat - lat, lat, other_lat)
    found: list[float] = np.maximum(arcs * _MOST_RADIUS_M * 1.001, 1.0).tolist()
    return found


def _within(layer: Layer, ground: Ground, reach_m: float) -> list[int]:
    """The zones that may lie within reach.

    A path of that length leaves no latitude within reach of the site, so that no degree on it is shorter than at the
    steepest of them; and boxes that lie further apart than that hold nothing nearer.
    """
    if ground.is_point:  # the box is small enough, and sooner asked
        within: list[int] = np.sort(layer.tree.query(ground.around(reach_m))).tolist()
        return within
    _, south, _, north = ground.bounds
    up = degrees(reach_m / _LEAST_RADIUS_M)
    steepest = radians(min(max(abs(south - up), abs(north + up)), 89.9))
    shortest = radians(_LEAST_RADIUS_M) * cos(steepest)
    some = np.sort(layer.tree.query(ground.site.ground, predicate="dwithin", distance=reach_m / shortest))
    if len(some) > _FEW:
        boxes = shapely.bounds(layer.geometries[some]).reshape(-1, 4)
        some = some[_at_least_m(ground, boxes[:, :2], boxes[:, 2:], reach_m) <= reach_m]
    found: list[int] = some.tolist()
    return found


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


def _borders(layer: Layer, ground: Ground, some: list[int], reach_m: float) -> np.ndarray:
    """The borders of zones, cut to what may lie within reach."""
    cut = shapely.clip_by_rect(shapely.boundary(layer.geometries[some]), *ground.window(reach_m))
    return np.asarray(cut)


def _measured(ground: Ground, borders: np.ndarray, owners: np.ndarray, reaches: np.ndarray) -> list[tuple[int, float]]:
    """Numbers of borders and their distances; only of the edges that may lie within reach and be their layer's nearest.

    Parameters
    ----------
    owners : of each border, the number of its layer
    reaches : of each layer, metres
    """
    ground.watch_time()
    lines, whose = shapely.get_parts(borders, return_index=True)
    points, line = shapely.get_coordinates(shapely.segmentize(lines, PLANE_STEP_DEG), return_index=True)
    if len(points) < 2:
        return []
    starts, ends = points[:-1], points[1:]
    away = _at_least_m(ground, np.minimum(starts, ends), np.maximum(starts, ends), float(reaches.max()))
    away[line[:-1] != line[1:]] = inf  # from the end of one line to the start of the next there is no edge
    layer = owners[whose[line[:-1]]]
    least = np.full(len(reaches), inf)
    np.minimum.at(least, layer, away)
    first = np.flatnonzero((away == least[layer]) & (away < inf))
    first = first[np.unique(layer[first], return_index=True)[1]]
    bounds = np.full(len(reaches), inf)  # the edge that seems nearest bounds all others of its layer
    bounds[layer[first]] = _edge_gaps_m(ground, points, first)
    edges = np.flatnonzero(away <= np.minimum(bounds, reaches)[layer])
    found: dict[int, float] = {}
    for border, gap in zip(whose[line[edges]].tolist(), _edge_gaps_m(ground, points, edges).tolist(), strict=True):
        found[border] = min(gap, found.get(border, inf))
    return list(found.items())


def _edge_gaps_m(ground: Ground, points: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Distance from the site to edges; each runs from the point of its number to the next."""
    needed = np.zeros(len(points), bool)  # a point where two edges meet is projected once
    needed[edges] = needed[edges + 1] = True
    place = np.cumsum(needed) - 1
    flat = ground.plane.project_points(points[needed])
    ends = flat[np.array([place[edges], place[edges + 1]]).T]
    return ground.gaps_m(shapely.linestrings(ends))
