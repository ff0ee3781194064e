"""What the numbers of a file are by their size alone: degrees or metres of a grid, in which order, with which zone.

In China the sizes exclude each other, so that no choice is made here. Degrees: longitudes are 73 to 136, latitudes 3 to
54. Metres of a Gauss-Kruger zone: no easting lies further from the 500 km of its central meridian than 400 km (4.8° at
43°N, more than a six-degree zone and its overlaps), so it is 0.1 to 0.9 million, or 13.1 to 45.9 million with the
number of the zone before it; a northing is its distance from the equator, 1.0 to 6.1 million from 9°N to 55°N. The
three ranges are disjoint, in either order. South of 9°N a northing may look like an easting: nothing is told there
without a zone's number.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from geo.crs import CHINA, GEOD
from geo.errors import Phrase, SiteError, SiteInvalid, SiteNumbersRefused, SiteOutOfBounds, Term

Kind = Literal["degrees", "metres"]
_ZONE = 1e6  # metres between the eastings of two zones
_SIX, _THREE = range(13, 24), range(25, 46)  # numbers of the zones of China
_EASTING = (100_000.0, 900_000.0)
_NORTHING = (1_000_000.0, 6_100_000.0)
_NORTHING_NUMBERED = (300_000.0, 6_100_000.0)
_CUT = (-400_000.0, 100_000.0)  # an easting whose 500 km were taken off
_WIDEST_DEG = 5.0  # of a file that does not say that it is in degrees: a plan in metres near zero is as wide at once


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the numbers are."""

    kind: Kind
    swapped: bool  # the latitude or the northing comes first
    prefix: int | None = None  # number of the zone before the six digits of the eastings


def look(points: np.ndarray, stated: bool) -> Numbers:
    """Tell what numbers are.

    Parameters
    ----------
    points : finite, shape (n, 2), n at least 1
    stated : whether file or sender say what they are: a small plan in metres of its own may look like degrees

    Raises
    ------
    SiteNumbersRefused
        Where they are nothing that is taken, saying what they look like.
    SiteOutOfBounds
        Where they are degrees elsewhere.
    SiteInvalid
        Where eastings have the numbers of several zones.
    """
    for swapped in (False, True):
        first, second = points.T[::-1] if swapped else points.T
        if _degrees(first, second).all():
            if not stated and np.ptp(points, axis=0).max() > _WIDEST_DEG:
                raise _refused("local", points[0])
            return Numbers("degrees", swapped)
        if _grid(first, second).all():
            prefixes = sorted({int(prefix) for prefix in first // _ZONE})
            if len(prefixes) > 1:
                raise SiteInvalid(reason=Phrase("cause.zones_several", zones=", ".join(map(str, prefixes))))
            return Numbers("metres", swapped, prefixes[0] or None)
    raise _unlike(points)


def as_mercator(points: np.ndarray) -> tuple[float, float] | None:
    """Where in China the first point lies if it is web Mercator (degrees); None where it cannot be."""
    radius = GEOD.a
    lon = np.degrees(points[0, 0] / radius)
    lat = np.degrees(2.0 * np.arctan(np.exp(min(abs(points[0, 1]) / radius, 10.0))) - np.pi / 2.0)
    return (float(lon), float(lat)) if _degrees(np.array([lon]), np.array([lat])).all() else None


def _degrees(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    west, south, east, north = CHINA
    inside: np.ndarray = (west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)
    return inside


def _grid(east: np.ndarray, north: np.ndarray) -> np.ndarray:
    prefix = east // _ZONE
    numbered = np.isin(prefix, [*_SIX, *_THREE])
    least = np.where(numbered, _NORTHING_NUMBERED[0], _NORTHING[0])
    inside: np.ndarray = (
        (numbered | (prefix == 0.0))
        & _within(east - prefix * _ZONE, _EASTING)
        & (least <= north)
        & (north <= _NORTHING[1])
    )
    return inside


def _within(values: np.ndarray, bounds: tuple[float, float]) -> np.ndarray:
    inside: np.ndarray = (bounds[0] <= values) & (values <= bounds[1])
    return inside


def _unlike(points: np.ndarray) -> SiteError:
    """Why numbers are neither degrees nor metres in China."""
    turned = points[:, ::-1]
    known = [form(*some.T) for some in (points, turned) for form in (_degrees, _grid)]
    most = max(known, key=lambda mask: int(mask.sum()))
    if most.any():
        return _refused("mixed", points[int(np.argmin(most))])
    for form, factor in (("millimetres", 1e-3), ("kilometres", 1e3)):
        if any(_grid(*(some * factor).T).all() for some in (points, turned)):
            return _refused(form, points[0])
    for some in (points, turned):
        if (_within(some[:, 0], _CUT) & _within(some[:, 1], _NORTHING)).all():
            return _refused("cut", points[0])
    if as_mercator(points) and np.abs(points).max() > 1e6:
        return _refused("web_mercator", points[0])
    if (np.abs(points) <= (180.0, 90.0)).all() and np.abs(points).max() > 0.0:
        lon, lat = points[0]
        return SiteOutOfBounds(lon=f"{lon:.6f}", lat=f"{lat:.6f}")
    return _refused("local", points[0])


def _refused(form: str, point: np.ndarray) -> SiteNumbersRefused:
    return SiteNumbersRefused(x=f"{point[0]:.3f}", y=f"{point[1]:.3f}", seen=Term(f"numbers.{form}"))
