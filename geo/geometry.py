"""Measures on the CGCS2000 ellipsoid: area in m², length in m, shares from 0 to 1, windows in degrees.

Geometries come valid, in EPSG:4490 (longitude, latitude). An edge is straight in longitude and latitude,
as GeoJSON (RFC 7946) and every drawing of a zone have it.
"""

from collections.abc import Callable
from math import cos, radians
from threading import Lock
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.crs import GEOD

_A, _B = GEOD.a, GEOD.b  # semi-axes, metres
_E = float(np.sqrt(1.0 - (_B / _A) ** 2))
# Five Gauss-Legendre points integrate an edge of one degree to better than 1e-12 of its share, and of its length.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(5)
_LONGEST_EDGE_DEG = 1.0
PLANE_STEP_DEG = 0.002  # longest edge on its way into a plane: its chord then lies within 1 mm
METRES_PER_DEGREE = radians(_A)  # along the equator
DISPLAY_DEGREES = 0.001  # grid of what may be seen and not be handed out: some 100 m

_asking = Lock()


def asked(question: Callable[..., Any], prepared: Any, *others: Any) -> Any:
    """What GEOS says of prepared geometries that several threads hold, as those of a layer: to one thread at a time.

    While it answers, GEOS writes in a prepared geometry what it is about: two threads that ask one geometry at once
    take the process down.

    Parameters
    ----------
    question : `shapely.intersects`, `shapely.covers` …
    """
    with _asking:
        return question(prepared, *others)


def _strip(lat: np.ndarray) -> np.ndarray:
    """Area per radian of longitude between the equator and a latitude in radians, m².

    Snyder (1987), Map projections: a working manual, USGS PP 1395, eq. 3-12: b²/2 times the authalic q/(1-e²).
    """
    sine = np.sin(lat)
    strip: np.ndarray = _B**2 / 2.0 * (sine / (1.0 - (_E * sine) ** 2) + np.arctanh(_E * sine) / _E)
    return strip


def area_m2(geometry: BaseGeometry) -> float:
    """Area of polygons on the ellipsoid, in m², for edges straight in longitude and latitude.

    The line integral of `_strip(lat) d(lon)` around each ring (Green), by Gauss-Legendre quadrature on each
    edge; held against `pyproj.Geod` on edges of at most 10 m by a test.

    Parameters
    ----------
    geometry : any geometry, EPSG:4490; parts that are no polygons count 0
    """
    total = 0.0
    for polygon in _polygons(geometry):
        shell = _ring_m2(polygon.exterior)
        total += shell - sum(_ring_m2(hole) for hole in polygon.interiors)
    return total


def areas_m2(geometries: np.ndarray) -> np.ndarray:
    """Areas of many geometries at once, in m², as `area_m2` measures each.

    Parameters
    ----------
    geometries : ndarray of any geometries, shape (n,), EPSG:4490; None and parts that are no polygons count 0
    """
    parts, owner = shapely.get_parts(geometries, return_index=True)
    parts, inner = shapely.get_parts(parts, return_index=True)  # a collection may hold multi-parts
    rings, polygon = shapely.get_rings(parts, return_index=True)
    if not len(rings):
        return np.zeros(len(geometries))
    sizes = _rings_m2(rings)
    shells = np.r_[True, polygon[1:] != polygon[:-1]]
    return np.bincount(owner[inner][polygon], np.where(shells, sizes, -sizes), minlength=len(geometries))


def _rings_m2(rings: np.ndarray) -> np.ndarray:
    points, ring = shapely.get_coordinates(shapely.segmentize(rings, _LONGEST_EDGE_DEG), return_index=True)
    first = np.r_[True, ring[1:] != ring[:-1]]
    lon, lat = np.radians(points).T
    along = ~first[1:]  # from each point to the next of its ring
    edges = (lon[1:] - lon[:-1]) * _mean_strip(lat, lat[first][ring[:-1]])
    return np.abs(np.bincount(ring[1:][along], edges[along], minlength=len(rings)))


def _ring_m2(ring: shapely.LinearRing) -> float:
    lon, lat = np.radians(shapely.get_coordinates(shapely.segmentize(ring, _LONGEST_EDGE_DEG))).T
    return abs(float(np.sum((lon[1:] - lon[:-1]) * _mean_strip(lat, lat[:1]))))


def _mean_strip(lat: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Mean of `_strip` along each edge of a row of latitudes, relative to one latitude: small rings keep digits."""
    half = (lat[1:] - lat[:-1]) / 2.0
    middle = (lat[1:] + lat[:-1]) / 2.0
    at_nodes = _strip(middle[:, None] + half[:, None] * _NODES) - _strip(base)[:, None]
    mean: np.ndarray = at_nodes @ _WEIGHTS / 2.0
    return mean


def edge_lengths_m(starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Length on the ellipsoid of edges straight in longitude and latitude, in m.

    The line integral of `sqrt((M dlat)² + (N cos(lat) dlon)²)` along each edge, by Gauss-Legendre quadrature;
    held against `pyproj.Geod` on edges of at most 10 m by a test.

    Parameters
    ----------
    starts, ends : degrees, shape (n, 2), each edge at most one degree long
    """
    begin, end = np.radians(starts), np.radians(ends)
    lon, lat = (end - begin).T
    at_nodes = ((begin[:, 1] + end[:, 1]) / 2.0)[:, None] + (lat / 2.0)[:, None] * _NODES
    bulge = 1.0 - (_E * np.sin(at_nodes)) ** 2
    along = lat[:, None] * (_A * (1.0 - _E**2) / bulge**1.5)
    across = lon[:, None] * (_A / np.sqrt(bulge) * np.cos(at_nodes))
    lengths: np.ndarray = np.hypot(along, across) @ _WEIGHTS / 2.0
    return lengths


def length_m(geometry: BaseGeometry) -> float:
    """Length of lines on the ellipsoid, in m, for edges straight in longitude and latitude.

    Parameters
    ----------
    geometry : any geometry, EPSG:4490; parts that are no lines count 0
    """
    parts = shapely.get_parts(shapely.get_parts(geometry))
    lines = parts[shapely.get_type_id(parts) == 1]
    total = 0.0
    for line in shapely.segmentize(lines, _LONGEST_EDGE_DEG):
        points = shapely.get_coordinates(line)
        total += float(np.sum(edge_lengths_m(points[:-1], points[1:])))
    return total


def share(part_m2: float, whole_m2: float) -> float:
    """A part of a whole, from 0 to 1; rounding never carries it outside."""
    return 0.0 if whole_m2 <= 0.0 else min(max(part_m2 / whole_m2, 0.0), 1.0)


def window(box: tuple[float, float, float, float], reach_m: float) -> tuple[float, float, float, float]:
    """The box in degrees that holds another and all ground within `reach_m` of it: west, south, east, north."""
    west, south, east, north = box
    up = reach_m / METRES_PER_DEGREE * 1.02  # a degree of latitude is at most 0.3 % longer than this
    across = up / cos(radians(min(max(abs(south - up), abs(north + up)), 89.0)))
    return west - across, south - up, east + across, north + up


def clip(geometry: BaseGeometry, box: BaseGeometry) -> BaseGeometry:
    """The part of a geometry in a box, polygons only, with edges short enough to project."""
    inside = polygons_of(shapely.intersection(geometry, box))
    return shapely.segmentize(inside, PLANE_STEP_DEG)


def polygons_of(geometry: BaseGeometry) -> BaseGeometry:
    """The polygons of a geometry as one (multi)polygon; what merely touches falls away."""
    polygons = _polygons(geometry)
    return polygons[0] if len(polygons) == 1 else shapely.union_all(polygons)


def _polygons(geometry: BaseGeometry) -> np.ndarray:
    parts = shapely.get_parts(shapely.get_parts(geometry))  # twice: a collection may hold multi-parts
    polygons: np.ndarray = parts[(shapely.get_type_id(parts) == 3) & ~shapely.is_empty(parts)]
    return polygons


def coarse(geometries: np.ndarray, degrees: float = DISPLAY_DEGREES) -> np.ndarray:
    """Zones on a grid, for eyes and not for measuring: as many as before, EPSG:4490.

    A vertex that two zones share stays shared. What vanishes on the grid is the cell around its middle; each is valid.
    """
    snapped: np.ndarray = shapely.transform(geometries, lambda points: np.round(points / degrees) * degrees)
    for at in np.flatnonzero(~shapely.is_valid(snapped)):
        snapped[at] = polygons_of(shapely.make_valid(snapped[at]))
    lost = shapely.area(snapped) == 0.0
    if lost.any():
        middles = shapely.get_coordinates(shapely.centroid(geometries[lost]))
        cells = np.round(middles / degrees) * degrees
        half = degrees / 2.0
        snapped[lost] = shapely.box(*(cells - half).T, *(cells + half).T)
    return snapped
