"""Evidence of where a file lies: counties that it names, limits that its border runs along, marks of programs."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.datums import Datum
from geo.geometry import METRES_PER_DEGREE, asked
from geo.importing.datum import measure_shift
from geo.site.contents import Contents
from geo.site.model import AREAS

Places = Mapping[str, BaseGeometry]  # name of a county: its ground, EPSG:4490
_PROGRAMS = ("kml_program",)  # notices of readers that name a program which may write an offset datum
_LEAST_NAME = 2  # characters of a county's name without the last, which says what it is
_LIMITS_M = 600.0  # a border that lies further from the limits than this, in the middle, is not meant to be them
_LEAST_BORDER_M = 5_000.0  # a smaller outline does not tell datums apart that lie some hundred metres from each other
_COARSE_M = (25.0, 50.0, 100.0, 200.0, 400.0)  # between two vertices of a large border: the datums lie further apart
_MANY_VERTICES = 6_000  # of a large border
_SAMPLES, _MOST_STEPS = 2_000, 4e7  # points along a border that is measured, and what they may cost: some seconds
_NEAR_M = 50_000.0  # of the counties: ground further off is none that anybody here would ask about


def named_places(places: Places, texts: Iterable[str]) -> tuple[str, ...]:
    """The counties that texts name, with or without the last character of their names."""
    plain = ["".join(unicodedata.normalize("NFKC", text).split()) for text in texts]
    shorts = {name: name[:-1] if len(name) > _LEAST_NAME else name for name in places}
    return tuple(name for name, short in shorts.items() if any(short in text for text in plain))


def program_of(contents: Contents) -> str | None:
    """The program that wrote a file, where it is one that may write an offset datum."""
    marks = (notice.parameters for notice in contents.notices if notice.code in _PROGRAMS)
    return next((mark.get("program") or ", ".join(mark.values()) or "–" for mark in marks), None)


def lies_in(points: np.ndarray, places: Places, names: Iterable[str]) -> bool:
    """Whether most of the points (degrees, shape (n, 2)) lie in one of the places named."""
    for name in names:
        shapely.prepare(places[name])
        if asked(shapely.contains_xy, places[name], points[:, 0], points[:, 1]).mean() > 0.5:
            return True
    return False


def lies_near(points: np.ndarray, places: Places) -> bool:
    """Whether points (degrees, shape (n, 2)) reach the counties, or ground near them."""
    if not places:
        return False
    west, south, east, north = shapely.total_bounds(list(places.values()))
    up = _NEAR_M / METRES_PER_DEGREE
    across = up / np.cos(np.radians(max(abs(south), abs(north))))
    (least_lon, least_lat), (most_lon, most_lat) = points.min(axis=0), points.max(axis=0)
    beside = least_lon > east + across or most_lon < west - across
    return not (beside or least_lat > north + up or most_lat < south - up)


def along_limits(grounds: Sequence[BaseGeometry], places: Places) -> dict[Datum, float]:
    """How far a border lies from the limits of counties, in the middle, under each datum of degrees, metres.

    Empty where it does not run along them, is too short or too tangled to tell, or lies best under none of the datums.

    Parameters
    ----------
    grounds : in degrees as they came, as if they were CGCS2000
    """
    areas = np.array([ground for ground in grounds if ground.geom_type in AREAS], dtype=object)
    if not len(areas) or not places:
        return {}
    west, south, east, north = shapely.total_bounds(areas)
    if np.hypot(east - west, north - south) * METRES_PER_DEGREE < _LEAST_BORDER_M:
        return {}
    counties = np.array(list(places.values()), dtype=object)
    shift = measure_shift(_coarse(areas), counties, _LIMITS_M, _SAMPLES, _MOST_STEPS)
    order: dict[str, Datum] = {"as_declared": "cgcs2000", "gcj02": "gcj02", "bd09": "bd09"}
    if shift.reading not in order:
        return {}
    first = {order[shift.reading]: shift.residuals[shift.reading]}
    return first | {datum: shift.residuals[name] for name, datum in order.items() if name in shift.residuals}


def _coarse(areas: np.ndarray) -> np.ndarray:
    """Areas with fewer vertices, where there are very many; in a time that grows with their number alone."""
    for metres in _COARSE_M:
        if int(shapely.get_num_coordinates(areas).sum()) <= _MANY_VERTICES:
            break
        areas = shapely.remove_repeated_points(areas, metres / METRES_PER_DEGREE)
    return areas
