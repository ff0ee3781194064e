"""One coordinate as people write it: two numbers, degrees with letters or signs, or metres with a zone before them."""

import re
from dataclasses import dataclass

from geo.crs import CHINA, SIX_DEGREE, THREE_DEGREE

LONGEST = 160  # characters of a coordinate, blanks counted once
_NUMBER = r"[+-]?\d{1,9}(?:\.\d{1,15})?"
_PAIR = re.compile(rf"({_NUMBER})(?: ?[,，、;；] ?| )({_NUMBER})", re.ASCII)
_GRID = re.compile(rf"(?:[XY] ?[=:：] ?)?({_NUMBER}) ?[M米]?(?: ?[,，、;；] ?| )(?:[XY] ?[=:：] ?)?({_NUMBER}) ?[M米]?")
# Words and letters for the two axes, with the sign that each gives its number.
_AXES = {
    **dict.fromkeys(("东经", "東經", "经度", "經度", "동경", "경도", "LONGITUDE", "LON", "LNG", "E"), ("lon", 1)),
    **dict.fromkeys(("北纬", "北緯", "纬度", "緯度", "북위", "위도", "LATITUDE", "LAT", "N"), ("lat", 1)),
    **dict.fromkeys(("西经", "西經", "서경", "W"), ("lon", -1)),
    **dict.fromkeys(("南纬", "南緯", "남위", "S"), ("lat", -1)),
}
_AXIS = rf"({'|'.join(_AXES)})"
_DEGREES = (
    r"([+-]?\d{1,3}(?:\.\d{1,15})?)(?: ?[°º˚度도](?: ?(\d{1,2}(?:\.\d{1,12})?) ?['′’‘´＇分분]"
    r"(?: ?(\d{1,2}(?:\.\d{1,12})?) ?(?:[\"″”“＂秒초]|['′’]{2}))?)?)?"
)
_ANGLE = rf"(?:{_AXIS} ?[:：=]? ?{_DEGREES}|{_DEGREES} ?{_AXIS}|{_DEGREES})"
_ONE = re.compile(_ANGLE)
_ANGLES = re.compile(rf"{_ANGLE}(?: ?[,，、;；] ?| |(?<![\d.])){_ANGLE}")
_GROUPS = 11  # of one angle: axis and three numbers, three numbers and axis, three numbers
_SIGNS = re.compile("[°º˚度도]")
_EASTING_ZONE = 1e6  # metres: the zone's number stands before the six digits of an easting
_NORTHING_M = (300_000.0, 6_100_000.0)  # metres north of the equator between 3°N and 55°N


@dataclass(frozen=True, slots=True)
class Coordinate:
    """A coordinate as read: longitude and latitude in degrees, or easting and northing in metres of `epsg`."""

    x: float
    y: float
    epsg: int | None = None  # the CRS that the numbers themselves name
    zone: int | None = None  # the number before the easting
    degrees: bool = False  # whether it was written with degree signs or axes, so that it cannot be metres
    turned: tuple[str, str] | None = None  # longitude and latitude as written, where the latitude came first


def read_coordinate(text: str, *, either_order: bool, zoned: bool) -> Coordinate | None:
    """Read a coordinate; None where the text is none.

    Parameters
    ----------
    either_order : whether two numbers that do not name their axes may also come latitude first
    zoned : whether metres with the number of a zone before the easting may come without a CRS
    """
    plain = " ".join(text.split()) if len(text) <= 100 * LONGEST else text.strip()
    if len(plain) > LONGEST:
        return None
    if match := _PAIR.fullmatch(plain):
        first, second = float(match[1]), float(match[2])
        grid = _on_grid(first, second) if zoned else None
        return grid or _in_order(first, second, (match[1], match[2]), either_order)
    if zoned and (match := _GRID.fullmatch(plain.upper())):
        return _on_grid(float(match[1]), float(match[2]))
    if match := _ANGLES.fullmatch(plain.upper()):
        return _angles(match.groups(), bool(_SIGNS.search(plain)), either_order)
    return None


def read_angle(text: str) -> float | None:
    """One angle in degrees, with or without degree signs and the letter of its axis; None where the text is none."""
    match = _ONE.fullmatch(" ".join(text.split()).upper()) if len(text) <= LONGEST else None
    return _angle(match.groups())[1] if match else None


def _in_order(first: float, second: float, written: tuple[str, str], either_order: bool) -> Coordinate:
    """Two numbers that do not say which is which; in China the two readings exclude each other."""
    west, south, east, north = CHINA
    if either_order and south <= first <= north and west <= second <= east:
        return Coordinate(second, first, turned=(written[1], written[0]))
    return Coordinate(first, second)


def _on_grid(first: float, second: float) -> Coordinate | None:
    """Metres of CGCS2000 / Gauss-Kruger, in either order; None where no number of a zone stands before the easting."""
    for easting, northing in ((first, second), (second, first)):
        zone = int(easting // _EASTING_ZONE)
        epsg = SIX_DEGREE[0] + zone - 13 if 13 <= zone <= 23 else THREE_DEGREE[0] + zone - 25
        if (13 <= zone <= 23 or 25 <= zone <= 45) and _NORTHING_M[0] <= northing <= _NORTHING_M[1]:
            return Coordinate(easting, northing, epsg=epsg, zone=zone)
    return None


def _angles(groups: tuple[str | None, ...], signed: bool, either_order: bool) -> Coordinate | None:
    """Two angles with degree signs, axes, or both; None where their axes or minutes make no sense."""
    (one, first), (other, second) = (_angle(groups[at : at + _GROUPS]) for at in (0, _GROUPS))
    if first is None or second is None or (one is not None and one == other) or not (signed or one or other):
        return None
    if one or other:
        lon, lat = (first, second) if one == "lon" or other == "lat" else (second, first)
        return Coordinate(lon, lat, degrees=True)
    found = _in_order(first, second, (f"{first:.6f}", f"{second:.6f}"), either_order)
    return Coordinate(found.x, found.y, degrees=True, turned=found.turned)


def _angle(groups: tuple[str | None, ...]) -> tuple[str | None, float | None]:
    """The axis, where it is named, and the angle in degrees, where it is one."""
    before, after = groups[0], groups[7]
    numbers = groups[1:4] if before else groups[4:7] if after else groups[8:11]
    axis, sign = _AXES[before or after or ""] if before or after else (None, 1)
    degrees, minutes, seconds = numbers
    if degrees is None or any(
        "." in (whole or "") and part for whole, part in ((degrees, minutes), (minutes, seconds))
    ):
        return axis, None  # only the last number has a fraction
    if axis and degrees[0] in "+-":
        return axis, None
    if float(minutes or 0) >= 60 or float(seconds or 0) >= 60:
        return axis, None
    whole = abs(float(degrees)) + float(minutes or 0) / 60 + float(seconds or 0) / 3600
    return axis, sign * (-whole if degrees.startswith("-") else whole)
