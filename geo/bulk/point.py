"""Plain points: the rows of a table whose place is nothing but one coordinate in degrees, read many at once."""

import re
from collections.abc import Sequence

import numpy as np

from geo.canonical import DEGREE_DIGITS
from geo.crs import CHINA, ENGINE_EPSG, WGS84_EPSG

_NUMBER = r"[+-]?\d{1,3}(?:\.\d{1,15})?"
_PAIR = re.compile(rf"({_NUMBER})(?:, ?| )({_NUMBER})", re.ASCII)
_POINT = re.compile(rf"(?:SRID=({ENGINE_EPSG}|{WGS84_EPSG});)?POINT ?\(({_NUMBER}) ({_NUMBER})\)", re.ASCII)
_NONE = (np.nan, np.nan, False, ENGINE_EPSG)


def read_points(places: Sequence[str], epsg: int = ENGINE_EPSG) -> tuple[np.ndarray, list[str]]:
    """Longitude and latitude of places, and the CRS that each comes in, as `geo.site.read_site` reads them.

    Only the plainest ways of writing are read: two numbers in degrees, in either order, or WKT. Everything else, and
    what does not lie in China, is NaN, and left to `read_site`.

    Parameters
    ----------
    epsg : what places are in that do not say it themselves; those in metres are left to `read_site` altogether

    Returns
    -------
    degrees, EPSG:4490, rounded as those of a site, shape (n, 2); and `EPSG:4490` or `EPSG:4326` of each
    """
    read = [_read(place, epsg) for place in places]
    points = np.array([(x, y) for x, y, _, _ in read], float).reshape(-1, 2)
    turned = np.array([free for _, _, free, _ in read], bool) & _in_china(points[:, ::-1])
    points[turned] = points[turned, ::-1]
    points[~_in_china(points)] = np.nan
    return np.round(points, DEGREE_DIGITS) + 0.0, [f"EPSG:{epsg}" for *_, epsg in read]


def _read(place: str, epsg: int) -> tuple[float, float, bool, int]:
    """Two numbers, whether they may come latitude first, and the EPSG code that they come in."""
    if match := _PAIR.fullmatch(place):
        found = float(match[1]), float(match[2]), True, epsg
    elif match := _POINT.fullmatch(place):
        found = float(match[2]), float(match[3]), False, int(match[1] or epsg)
    else:
        return _NONE
    return found if found[-1] in (ENGINE_EPSG, WGS84_EPSG) else _NONE


def _in_china(points: np.ndarray) -> np.ndarray:
    west, south, east, north = CHINA
    lon, lat = points.T
    inside: np.ndarray = (west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)
    return inside
