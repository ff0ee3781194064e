"""Which of two columns is the easting: decided by the size of the numbers, and by what the columns are called.

In China an easting is 100 to 900 km, or 13 to 45 million metres with the number of its zone; a northing is 0.3 to 6.1
million. North of 9°N no pair can be read both ways. Where the two columns cannot be told apart they stay as they stand.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from geo.crs import CHINA
from geo.site.notice import Notice

Means = Literal["north", "east", "lat", "lon", "x", "y", "first", "second"]
_EASTING_M = (100_000.0, 900_000.0)
_ZONES = (13, 45)  # numbers before the six digits of an easting
_NORTHING_M = (300_000.0, 6_100_000.0)
_NORTHWARD: tuple[Means, ...] = ("north", "lat", "x")  # x as surveyors in China have it
_SURE: tuple[Means, ...] = ("north", "east", "lat", "lon")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of coordinates."""

    means: Means
    title: str  # as it stands in the file, or its number


class AxesMixed(ValueError):
    """Some points have their easting in one column and some in the other; `args[0]` is the index of the odd one."""


def settle(points: np.ndarray, first: Column, second: Column) -> tuple[np.ndarray, list[Notice]]:
    """Put easting or longitude first, where that can be told.

    Parameters
    ----------
    points : shape (n, 2), in the file's own numbers and order

    Raises
    ------
    AxesMixed
        Where the sizes of the numbers speak for one order at some points, and for the other at others.
    """
    forward, backward = fits(points[:, 0], points[:, 1]), fits(points[:, 1], points[:, 0])
    ahead, turned = forward & ~backward, backward & ~forward
    if ahead.any() and turned.any():
        odd = ahead if ahead.sum() < turned.sum() else turned
        raise AxesMixed(int(np.argmax(odd)))
    named = {column.means for column in (first, second)}
    by_words = first.means in _NORTHWARD if not named & {"first", "second"} else None
    by_size = bool(turned.any()) if ahead.any() or turned.any() else None
    return _apply(points, first, second, by_words, by_size)


def _apply(
    points: np.ndarray, first: Column, second: Column, by_words: bool | None, by_size: bool | None
) -> tuple[np.ndarray, list[Notice]]:
    """Turn the points where the order is known; `None`: nothing was said, nothing can be seen."""
    sure_words = {first.means, second.means} <= set(_SURE)
    turn = by_size if by_size is not None else by_words if sure_words else None
    if turn is None:
        return points, [Notice("axes_open", {"first": first.title, "second": second.title})]
    east, north = (second, first) if turn else (first, second)
    code = "axes_by_header" if by_words == turn else "axes_by_size" if by_words is None else "axes_against_header"
    if code == "axes_against_header" and not sure_words and _is_degrees(points):
        code = "axes_by_size"  # x for the longitude is a custom of its own
    return (points[:, ::-1] if turn else points), [Notice(code, {"east": east.title, "north": north.title})]


def fits(east: np.ndarray, north: np.ndarray) -> np.ndarray:
    """Whether each pair can be an easting and a northing, or a longitude and a latitude."""
    west, south, far_east, far_north = CHINA
    degrees = (west <= east) & (east <= far_east) & (south <= north) & (north <= far_north)
    zone, rest = np.divmod(np.abs(east), 1e6)
    whole = ((zone == 0) | ((_ZONES[0] <= zone) & (zone <= _ZONES[1]))) & (east > 0)
    metres = whole & (_EASTING_M[0] <= rest) & (rest <= _EASTING_M[1])
    fits: np.ndarray = degrees | (metres & (_NORTHING_M[0] <= north) & (north <= _NORTHING_M[1]))
    return fits


def _is_degrees(points: np.ndarray) -> bool:
    return bool((np.abs(points) <= 180.0).all())
