"""The coordinate reference systems in use: CGCS2000 inside, a few more at the doors.

Inside `geo/` every geometry is EPSG:4490 in (longitude, latitude) order. The register puts north first,
so every transformer here is made with `always_xy=True`.
"""

import re
from functools import lru_cache

import numpy as np
import shapely
from pyproj import CRS, Geod, Transformer
from pyproj.enums import TransformDirection
from shapely.geometry.base import BaseGeometry

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


class LocalPlane:
    """A plane in metres around one place: azimuthal equidistant on the CGCS2000 ellipsoid.

    Distances from the centre are exact; 10 km away those across are true to about 1 part in a million.
    """

    def __init__(self, lon: float, lat: float) -> None:
        # As a pipeline, for that is what it comes to from two CRSs, and five times faster made.
        self._plane = Transformer.from_pipeline(
            "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
            f"+step +proj=aeqd +lat_0={lat:.9f} +lon_0={lon:.9f} +ellps=GRS80"
        )

    def project(self, geometry: BaseGeometry) -> BaseGeometry:
        """From degrees to metres."""
        return _transform(geometry, self._plane)

    def project_points(self, points: np.ndarray) -> np.ndarray:
        """Points from degrees to metres, shape (n, 2)."""
        return np.column_stack(self._plane.transform(points[:, 0], points[:, 1]))

    def unproject(self, geometry: BaseGeometry) -> BaseGeometry:
        """From metres to degrees."""
        return _transform(geometry, self._plane, TransformDirection.INVERSE)


def _transform(
    geometry: BaseGeometry, transformer: Transformer, direction: TransformDirection = TransformDirection.FORWARD
) -> BaseGeometry:
    def move(points: np.ndarray) -> np.ndarray:
        return np.column_stack(transformer.transform(points[:, 0], points[:, 1], direction=direction))

    return shapely.transform(geometry, move)
