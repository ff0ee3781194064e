"""Plain points: the rows of a table whose place is nothing but one coordinate in degrees, read many at once."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from geo.canonical import DEGREE_DIGITS
from geo.crs import CHINA, ENGINE_EPSG, WGS84_EPSG
from geo.site.conversion import assumed_each, taken_as_cgcs2000
from geo.site.notice import Notice

_NUMBER = r"[+-]?\d{1,3}(?:\.\d{1,15})?"
_PAIR = re.compile(rf"({_NUMBER})(?:, ?| )({_NUMBER})", re.ASCII)
_POINT = re.compile(rf"(?:SRID=({ENGINE_EPSG}|{WGS84_EPSG});)?POINT ?\(({_NUMBER}) ({_NUMBER})\)", re.ASCII)


class Points(NamedTuple):
    """The plain points among some rows."""

    degrees: np.ndarray  # EPSG:4490, rounded as those of a site, shape (n, 2); NaN of rows that are no plain point
    crs: Sequence[str]  # that each came in
    noticed: Sequence[int]  # which of the notices are those of each
    notices: Sequence[tuple[Notice, ...]]  # what was done to points on their way in, each once where it is alike


class _Written(NamedTuple):
    """A place as it is written: two numbers, whether they may come latitude first, and what it says of their CRS."""

    x: str
    y: str
    free: bool = False
    epsg: int | None = None


_NONE = _Written("nan", "nan")


def read_points(places: Sequence[str], epsg: int | None = None) -> Points:
    """Read places as `geo.site.read_site` reads what a person typed.

    Only the plainest ways of writing are read: two numbers in degrees, in either order, or WKT. Everything else, and
    what does not lie in China, is left to `read_site`.

    Parameters
    ----------
    epsg : 4490 or 4326, what places are in that do not say it themselves; None where nobody says it
    """
    written = [_written(place) for place in places]
    points = np.array([(float(one.x), float(one.y)) for one in written], float).reshape(-1, 2)
    turned = np.array([one.free for one in written], bool) & _in_china(points[:, ::-1])
    points[turned] = points[turned, ::-1]
    points[~_in_china(points)] = np.nan
    said = [one.epsg or epsg for one in written]
    unsaid = np.array([one is None for one in said], bool) & ~np.isnan(points[:, 0])
    noticed, notices = _noticed(points, unsaid, said)
    for at in np.flatnonzero(turned & ~np.isnan(points[:, 0])).tolist():
        told = Notice("latitude_came_first", {"lon": written[at].y, "lat": written[at].x})
        before = notices[noticed[at]]
        noticed[at] = len(notices)
        notices.append((told, *before) if said[at] else (*before, told))
    degrees = np.round(points, DEGREE_DIGITS) + 0.0
    return Points(degrees, [f"EPSG:{one or ENGINE_EPSG}" for one in said], noticed, notices)


def _noticed(
    points: np.ndarray, unsaid: np.ndarray, said: Sequence[int | None]
) -> tuple[list[int], list[tuple[Notice, ...]]]:
    """What there is to say of the datum of each point, by number; nothing of those whose CRS is EPSG:4490."""
    notices: list[tuple[Notice, ...]] = [(), (taken_as_cgcs2000(),)]
    noticed = np.array([one == WGS84_EPSG for one in said], np.int64)
    which, assumptions = assumed_each(points[unsaid])
    noticed[unsaid] = which + len(notices)
    return noticed.tolist(), notices + [(one,) for one in assumptions]


def _written(place: str) -> _Written:
    if match := _PAIR.fullmatch(place):
        return _Written(match[1], match[2], free=True)
    if match := _POINT.fullmatch(place):
        return _Written(match[2], match[3], epsg=int(match[1]) if match[1] else None)
    return _NONE


def _in_china(points: np.ndarray) -> np.ndarray:
    west, south, east, north = CHINA
    lon, lat = points.T
    inside: np.ndarray = (west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)
    return inside
