"""The coordinate reference systems in use: CGCS2000 inside, a few more at the doors.

Inside `geo/` every geometry is EPSG:4490 in (longitude, latitude) order. The register puts north first,
so every transformer here is made with `always_xy=True`.
"""

import re
from collections.abc import Callable
from functools import cached_property, lru_cache

import numpy as np
import shapely
from pyproj import CRS, Geod, Transformer
from pyproj.enums import TransformDirection
from shapely.geometry.base import BaseGeometry

from geo.canonical import DEGREE_DIGITS
from geo.errors import SiteCrsUnknown

ENGINE_EPSG = 4490
ENGINE_CRS = CRS.from_epsg(ENGINE_EPSG)
GEOD = Geod(ellps="GRS80")  # the ellipsoid of CGCS2000
# WGS-84 differs from CGCS2000 by centimetres: taken as equal, with a notice. GCJ-02 and BD-09 have no EPSG code.
WGS84_EPSG = 4326
THREE_DEGREE = range(4513, 4555)  # CGCS2000 / 3-degree Gauss-Kruger, with and without zone number
SIX_DEGREE = range(4491, 4513)  # CGCS2000 / 6-degree Gauss-Kruger
_EPSG = re.compile(r"(?:EPSG:{1,2}|(?:URN:)?(?:X-)?OGC:DEF:CRS:EPSG:[\d.]*:)?(\d{4,5})", re.ASCII)
_CRS84 = re.compile(r"(?:(?:URN:)?OGC:DEF:CRS:)?OGC:(?:[\d.]*:)?CRS84|CRS84", re.ASCII)
CHINA = (73.0, 3.0, 136.0, 54.0)  # degrees: west, south, east, north
# The offset datums of maps for the public, as their formulas are known from open-source projects.
OFFSET_BOX = (72.004, 0.8293, 137.8347, 55.8271)  # degrees: outside of it the formulas leave every point as it is
_KRASOVSKY_A, _KRASOVSKY_EE = 6_378_245.0, 0.00669342162296594323  # semi-axis in metres, eccentricity squared
_BD_TURN = np.pi * 3000.0 / 180.0  # radians per degree
_ROUNDS = 12  # of the inverse: each takes at least two digits off what is left


def read_epsg(text: str) -> int:
    """Read `EPSG:4490`, `4490` or `urn:ogc:def:crs:EPSG::4490` as a code that a site may come in.

    Raises
    ------
    SiteCrsUnknown
        Where it is no code, or none that this program takes.
    """
    sent = text.strip().upper()
    if _CRS84.fullmatch(sent):
        return WGS84_EPSG
    if match := _EPSG.fullmatch(sent):
        code = int(match[1])
        if code in (ENGINE_EPSG, WGS84_EPSG) or code in THREE_DEGREE or code in SIX_DEGREE:
            return code
    raise SiteCrsUnknown(crs=text[:60])


@lru_cache(maxsize=64)
def _to_engine(epsg: int) -> Transformer:
    return Transformer.from_crs(CRS.from_epsg(epsg), ENGINE_CRS, always_xy=True)


def to_engine(geometry: BaseGeometry, epsg: int) -> BaseGeometry:
    """Bring a geometry from one of the CRSs taken to EPSG:4490 (longitude, latitude)."""
    if epsg in (ENGINE_EPSG, WGS84_EPSG):
        return geometry
    return _transform(geometry, _to_engine(epsg))


def from_engine(geometry: BaseGeometry, epsg: int) -> BaseGeometry:
    """The inverse of `to_engine`: from EPSG:4490 to one of the CRSs taken, easting or longitude first."""
    if epsg in (ENGINE_EPSG, WGS84_EPSG):
        return geometry
    return _transform(geometry, _to_engine(epsg), TransformDirection.INVERSE)


def to_gcj02(points: np.ndarray) -> np.ndarray:
    """GCJ-02, the datum of Amap and Tencent, from WGS 84 or CGCS2000: some hundred metres away.

    The formulas were never officially published; these are the ones known from open-source projects (an offset in
    metres as a sum of sines around 105°E, 35°N, brought to degrees on Krasovsky's ellipsoid). They agree with the
    packages coord-convert 0.2.1 to 1e-13 degrees and eviltransform 0.1.1, which takes another ellipsoid, to 2 cm.

    Parameters
    ----------
    points : shape (n, 2), longitude and latitude in degrees; outside `OFFSET_BOX` they stay as they are
    """
    return np.where(_in_offset_box(points), points + _gcj02_offset(points), points)


def from_gcj02(points: np.ndarray) -> np.ndarray:
    """The inverse of `to_gcj02`, by iteration, to less than 1e-9 degrees."""
    return _invert(points, lambda there: there + _gcj02_offset(there))


def to_bd09(points: np.ndarray) -> np.ndarray:
    """BD-09, the datum of Baidu, from WGS 84 or CGCS2000: GCJ-02, moved on by about 1 km in polar form.

    See `to_gcj02` for the source of the formulas and for the parameters.
    """
    return np.where(_in_offset_box(points), _bd09(points), points)


def from_bd09(points: np.ndarray) -> np.ndarray:
    """The inverse of `to_bd09`, by iteration, to less than 1e-9 degrees."""
    return _invert(points, _bd09)


def _in_offset_box(points: np.ndarray) -> np.ndarray:
    """Whether each point is one that the formulas move; shape (n, 1)."""
    west, south, east, north = OFFSET_BOX
    lon, lat = points[:, :1], points[:, 1:]
    inside: np.ndarray = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return inside


def _gcj02_offset(points: np.ndarray) -> np.ndarray:
    """What GCJ-02 adds to longitude and latitude, in degrees."""
    x, y = points[:, 0] - 105.0, points[:, 1] - 35.0
    root, across = np.sqrt(np.abs(x)), np.pi * x
    up = np.pi * y
    fine = (20.0 * np.sin(6.0 * across) + 20.0 * np.sin(2.0 * across)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + fine
    east += (20.0 * np.sin(across) + 40.0 * np.sin(across / 3.0)) * 2.0 / 3.0
    east += (150.0 * np.sin(across / 12.0) + 300.0 * np.sin(across / 30.0)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + fine
    north += (20.0 * np.sin(up) + 40.0 * np.sin(up / 3.0)) * 2.0 / 3.0
    north += (160.0 * np.sin(up / 12.0) + 320.0 * np.sin(up / 30.0)) * 2.0 / 3.0
    lat = np.radians(points[:, 1])
    curve = 1.0 - _KRASOVSKY_EE * np.sin(lat) ** 2
    meridian = _KRASOVSKY_A * (1.0 - _KRASOVSKY_EE) / curve**1.5  # radius of curvature, metres
    parallel = _KRASOVSKY_A / np.sqrt(curve) * np.cos(lat)  # radius of the circle of latitude, metres
    return np.column_stack([np.degrees(east / parallel), np.degrees(north / meridian)])


def _bd09(points: np.ndarray) -> np.ndarray:
    moved = points + _gcj02_offset(points)
    lon, lat = moved[:, 0], moved[:, 1]
    radius = np.hypot(lon, lat) + 2e-5 * np.sin(lat * _BD_TURN)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * _BD_TURN)
    return np.column_stack([radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006])


def _invert(points: np.ndarray, forward: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """The points that `forward` brings to these, where it moves every point by little and smoothly."""
    found = points.astype(float)
    for _ in range(_ROUNDS):
        found = found + (points - forward(found))
    return np.where(_in_offset_box(points), found, points)


class LocalPlane:
    """A plane in metres around one place: azimuthal equidistant on the CGCS2000 ellipsoid.

    Distances from the centre are exact; 10 km away those across are true to about 1 part in a million.
    """

    def __init__(self, lon: float, lat: float) -> None:
        self._at = f"{lon:.{DEGREE_DIGITS}f}", f"{lat:.{DEGREE_DIGITS}f}"

    @cached_property
    def _plane(self) -> Transformer:
        # As an operation, for that is what it comes to from two CRSs, and ten times faster made.
        lon, lat = self._at
        return Transformer.from_pipeline(f"+proj=aeqd +lat_0={lat} +lon_0={lon} +ellps=GRS80")

    def project(self, geometry: BaseGeometry) -> BaseGeometry:
        """From degrees to metres."""
        return _transform(geometry, self._plane)

    def project_points(self, points: np.ndarray) -> np.ndarray:
        """Points from degrees to metres, shape (n, 2): by geodesics, which the plane is made of, to 1e-8 m the same."""
        middle = np.empty((len(points), 2))
        middle[:] = tuple(map(float, self._at))
        turn, _, far = GEOD.inv(middle[:, 0], middle[:, 1], points[:, 0], points[:, 1])
        turn = np.radians(turn)
        return np.column_stack([far * np.sin(turn), far * np.cos(turn)])

    def unproject(self, geometry: BaseGeometry) -> BaseGeometry:
        """From metres to degrees."""
        return _transform(geometry, self._plane, TransformDirection.INVERSE)


def _transform(
    geometry: BaseGeometry, transformer: Transformer, direction: TransformDirection = TransformDirection.FORWARD
) -> BaseGeometry:
    def move(points: np.ndarray) -> np.ndarray:
        return np.column_stack(transformer.transform(points[:, 0], points[:, 1], direction=direction))

    return shapely.transform(geometry, move)
