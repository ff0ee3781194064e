"""Coordinate references that a sender can name in one text, and how each is brought to EPSG:4490.

`EPSG:4490`, `EPSG:4326` and the zones of CGCS2000; `GCJ-02` and `BD-09`, the offset datums of maps for the public;
Xi'an 80 and Beijing 54 with the sender's own parameters (`EPSG:2367+towgs84=dx,dy,dz,rx,ry,rz,s`), and never without.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import shapely
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pyproj import CRS, Transformer
from pyproj.enums import TransformDirection
from shapely.geometry.base import BaseGeometry

from geo.crs import (
    ENGINE_EPSG,
    GEOD,
    WGS84_EPSG,
    from_bd09,
    from_engine,
    from_gcj02,
    read_epsg,
    to_bd09,
    to_engine,
    to_gcj02,
)
from geo.datums import Datum
from geo.errors import CatalogueError, SiteCrsUnknown, SiteDatumRefused, Term
from geo.settings import Settings
from geo.yamlfile import YamlFault, read_yaml

FILE = "datums.yaml"
_OFFSET: Mapping[str, tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray], np.ndarray]]] = {
    "gcj02": (from_gcj02, to_gcj02),
    "bd09": (from_bd09, to_bd09),
}
_GEOGRAPHIC: Mapping[int, Datum] = {
    ENGINE_EPSG: "cgcs2000",
    WGS84_EPSG: "wgs84",
    4610: "xian80",
    4214: "beijing54",
}
# Codes in rows: datum, first code, zones, degrees of one, number of the first, whether it stands before eastings.
_ROWS: tuple[tuple[Datum, int, int, Literal[3, 6], int, bool], ...] = (
    ("cgcs2000", 4491, 11, 6, 13, True),
    ("cgcs2000", 4502, 11, 6, 13, False),
    ("cgcs2000", 4513, 21, 3, 25, True),
    ("cgcs2000", 4534, 21, 3, 25, False),
    ("xian80", 2327, 11, 6, 13, True),
    ("xian80", 2338, 11, 6, 13, False),
    ("xian80", 2349, 21, 3, 25, True),
    ("xian80", 2370, 21, 3, 25, False),
    ("beijing54", 21413, 11, 6, 13, True),
    ("beijing54", 21453, 11, 6, 13, False),
    ("beijing54", 2401, 21, 3, 25, True),
    ("beijing54", 2422, 21, 3, 25, False),
)
_CODE = re.compile(r"(?:EPSG:{1,2})?(\d{4,5})", re.ASCII)
_NUMBER = r"[+-]?\d{1,5}(?:\.\d{1,12})?(?:[eE][+-]?\d{1,2})?"
_NUMBERS = rf"{_NUMBER}(?:\s*,\s*{_NUMBER}){{0,9}}"
_WITH_PARAMETERS = re.compile(rf"(.{{1,20}}?)\s*\+\s*towgs84\s*=\s*({_NUMBERS})", re.IGNORECASE | re.ASCII)
# The most that each parameter may be: metres, seconds of arc, millionths.
_MOST = (1_000.0,) * 3 + (60.0,) * 3 + (200.0,)


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone of a Gauss-Kruger projection."""

    band: Literal[3, 6]  # degrees of longitude
    number: int
    numbered: bool  # whether its number stands before the six digits of an easting

    @property
    def meridian(self) -> float:
        """Its central meridian, degrees east."""
        return 3.0 * self.number if self.band == 3 else 6.0 * self.number - 3.0


@dataclass(frozen=True, slots=True)
class Frame:
    """A coordinate reference with all that it takes to bring coordinates to EPSG:4490."""

    name: str  # `EPSG:4552`, `GCJ-02`, `EPSG:2367+towgs84=1,2,3`: what a sender says, and what the record has
    datum: Datum
    accuracy_m: float = 0.0  # that the conversion adds to the accuracy of a site
    epsg: int | None = None
    zone: Zone | None = None  # None for longitude and latitude
    parameters: tuple[float, ...] = ()  # three or seven of a sender, as PROJ's `+towgs84` has them
    move_m: float = float("inf")  # the most that they may move a site by

    @property
    def degrees(self) -> bool:
        """Whether its coordinates are longitude and latitude; metres of a projection otherwise."""
        return self.zone is None

    @property
    def exact(self) -> bool:
        """Whether it is CGCS2000, or WGS-84, which is taken as that."""
        return self.datum in ("cgcs2000", "wgs84")

    def to_engine(self, geometry: BaseGeometry) -> BaseGeometry:
        """Bring a geometry to EPSG:4490 (longitude, latitude)."""
        if self.datum in _OFFSET:
            return _shift(geometry, _OFFSET[self.datum][0])
        if self.exact:
            return to_engine(geometry, self.epsg or ENGINE_EPSG)
        return _move(geometry, _pipeline(self.epsg or 0, self.parameters), TransformDirection.FORWARD)

    def from_engine(self, geometry: BaseGeometry) -> BaseGeometry:
        """The inverse of `to_engine`."""
        if self.datum in _OFFSET:
            return _shift(geometry, _OFFSET[self.datum][1])
        if self.exact:
            return from_engine(geometry, self.epsg or ENGINE_EPSG)
        return _move(geometry, _pipeline(self.epsg or 0, self.parameters), TransformDirection.INVERSE)

    def moved_m(self, place: tuple[float, float]) -> tuple[float, float]:
        """Metres east and north that the conversion moves a place (degrees, EPSG:4490) by, against its own degrees."""
        there = shapely.Point(place)
        if self.datum in _OFFSET:
            own = self.from_engine(there)
        else:  # its own projection undone on its own ellipsoid, without the parameters
            own = there if self.exact else _move(self.from_engine(there), _pipeline(self.epsg or 0, ()), _FORWARD)
        (lon, lat), (from_lon, from_lat) = shapely.get_coordinates([there, own])
        azimuth, _, metres = GEOD.inv(from_lon, from_lat, lon, lat)
        return float(metres * np.sin(np.radians(azimuth))), float(metres * np.cos(np.radians(azimuth)))


_FORWARD = TransformDirection.FORWARD


def read_frame(text: str, layers: Path | None = None) -> Frame:
    """Read what a sender says of the coordinates.

    Parameters
    ----------
    layers : folder whose `vocabulary/datums.yaml` is read where the text is no code; that of the settings' default

    Raises
    ------
    SiteCrsUnknown
        Where it is none that is taken.
    SiteDatumRefused
        Where it is Xi'an 80 or Beijing 54 without parameters, or with parameters out of range.
    """
    sent = text.strip()
    if match := _WITH_PARAMETERS.fullmatch(sent):
        return _with_parameters(text, match[1], match[2], layers)
    if (match := _CODE.fullmatch(sent.upper())) and (found := coded(int(match[1]))) and not found.exact:
        raise refused(found.datum)
    try:
        frame = coded(read_epsg(text))
    except SiteCrsUnknown:
        frame = _worded(sent, layers)
    if frame is None:
        raise SiteCrsUnknown(crs=text[:60])
    return frame


def coded(epsg: int) -> Frame | None:
    """The frame of a code of the register; without parameters, and None where it is none of those known."""
    if epsg in _GEOGRAPHIC:
        return Frame(f"EPSG:{epsg}", _GEOGRAPHIC[epsg], epsg=epsg)
    for datum, first, zones, band, number, numbered in _ROWS:
        if first <= epsg < first + zones:
            return Frame(f"EPSG:{epsg}", datum, epsg=epsg, zone=Zone(band, number + epsg - first, numbered))
    return None


def of_zone(zone: Zone, like: Frame | None = None) -> Frame:
    """The frame of a zone, in CGCS2000 or in the datum of another frame, with its parameters.

    Raises
    ------
    SiteCrsUnknown
        Where China has no such zone.
    """
    datum = like.datum if like is not None and not like.exact else "cgcs2000"
    for of, first, zones, band, number, numbered in _ROWS:
        if (of, band, numbered) == (datum, zone.band, zone.numbered) and number <= zone.number < number + zones:
            epsg = first + zone.number - number
            parameters = like.parameters if like is not None else ()
            return _made(epsg, datum, zone, parameters, like.move_m if like is not None else float("inf"))
    raise SiteCrsUnknown(crs=f"{zone.band}° / {zone.number}")


def of_datum(datum: Datum, layers: Path | None = None) -> Frame:
    """The frame of longitude and latitude in a datum.

    Raises
    ------
    SiteDatumRefused
        Where it takes parameters.
    """
    if datum in _OFFSET:
        said = load_datums((layers or Settings().layers) / "vocabulary")[datum]
        return Frame(said.name, datum, accuracy_m=said.accuracy_m)
    epsg = next(code for code, of in _GEOGRAPHIC.items() if of == datum)
    if datum not in ("cgcs2000", "wgs84"):
        raise refused(datum)
    return Frame(f"EPSG:{epsg}", datum, epsg=epsg)


def refused(datum: Datum, reason: str = "no_parameters") -> SiteDatumRefused:
    """The error for a datum that cannot be brought to CGCS2000 as it was sent."""
    return SiteDatumRefused(datum=Term(f"datum.{datum}"), reason=Term(f"cause.datum_{reason}"))


# --- names and parameters -------------------------------------------------------------------------------------------


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    words: tuple[str, ...]
    accuracy_m: float = Field(ge=0.0, le=1_000.0)
    move_m: float | None = Field(default=None, gt=0.0)
    mark: Literal["F", "G"]
    said: str


@lru_cache(maxsize=8)
def load_datums(folder: Path) -> Mapping[str, _Said]:
    """What `datums.yaml` says of each datum.

    Raises
    ------
    CatalogueError
        Where it cannot be read.
    """
    path = folder / FILE
    try:
        plain: Any = read_yaml(path)
        return {str(datum): _Said.model_validate(said) for datum, said in plain.items()}
    except (OSError, UnicodeDecodeError, YamlFault, ValidationError, AttributeError) as error:
        raise CatalogueError(file=FILE, reason=str(error)) from error


def _worded(sent: str, layers: Path | None) -> Frame | None:
    """The frame that a name of a datum means: the offset ones only."""
    word = _fold(sent)
    datums: tuple[Datum, ...] = ("gcj02", "bd09", "xian80", "beijing54")
    said = load_datums((layers or Settings().layers) / "vocabulary") if word else {}
    for datum in datums:
        if datum in said and word in map(_fold, (said[datum].name, *said[datum].words)):
            return of_datum(datum, layers)
    return None


def _fold(text: str) -> str:
    return re.sub(r"[\s\-_'’]", "", unicodedata.normalize("NFKC", text)).casefold()


def _with_parameters(text: str, name: str, numbers: str, layers: Path | None) -> Frame:
    match = _CODE.fullmatch(name.strip().upper())
    frame = coded(int(match[1])) if match else None
    if frame is None or frame.exact:
        raise SiteCrsUnknown(crs=text[:60])
    parameters = tuple(float(number) for number in numbers.split(","))
    if len(parameters) not in (3, 7):
        raise refused(frame.datum, "parameters_counted")
    if any(abs(value) > most for value, most in zip(parameters, _MOST, strict=False)) or not any(parameters):
        raise refused(frame.datum, "parameters_range")
    said = load_datums((layers or Settings().layers) / "vocabulary")[frame.datum]
    return _made(frame.epsg or 0, frame.datum, frame.zone, parameters, said.move_m or float("inf"))


def _made(epsg: int, datum: Datum, zone: Zone | None, parameters: tuple[float, ...], move_m: float) -> Frame:
    tail = "+towgs84=" + ",".join(f"{value:.12g}" for value in parameters) if parameters else ""
    return Frame(f"EPSG:{epsg}{tail}", datum, 0.0, epsg, zone, parameters, move_m)


@lru_cache(maxsize=64)
def _pipeline(epsg: int, parameters: tuple[float, ...]) -> Transformer:
    """From a projection or from degrees on another ellipsoid to degrees of CGCS2000, heights aside.

    Without parameters the datum stays as it is. The ellipsoids of EPSG:4490 and GRS80 are one.
    """
    crs = CRS.from_epsg(epsg)
    ellipsoid, operation = crs.ellipsoid, crs.coordinate_operation
    if ellipsoid is None:
        raise SiteCrsUnknown(crs=f"EPSG:{epsg}")
    size = f"+a={ellipsoid.semi_major_metre!r} +rf={ellipsoid.inverse_flattening!r}"
    steps = ["+step +proj=unitconvert +xy_in=deg +xy_out=rad"]
    if operation is not None:
        said = {parameter.code: parameter.value for parameter in operation.params}
        steps = [f"+step +inv +proj=tmerc +lon_0={said['8802']!r} +x_0={said['8806']!r} {size}"]
    if parameters:
        names = ("x", "y", "z", "rx", "ry", "rz", "s")
        values = " ".join(f"+{name}={value!r}" for name, value in zip(names, parameters, strict=False))
        turned = " +convention=position_vector" if len(parameters) == len(names) else ""
        steps += ["+step +proj=push +v_3", f"+step +proj=cart {size}", f"+step +proj=helmert {values}{turned}"]
        steps += ["+step +inv +proj=cart +ellps=GRS80", "+step +proj=pop +v_3"]
    steps += ["+step +proj=unitconvert +xy_in=rad +xy_out=deg"]
    return Transformer.from_pipeline(f"+proj=pipeline {' '.join(steps)}")


def _shift(geometry: BaseGeometry, formula: Callable[[np.ndarray], np.ndarray]) -> BaseGeometry:
    with np.errstate(invalid="ignore", over="ignore"):  # NaN and what is far from China are refused later, by name
        return shapely.transform(geometry, formula)


def _move(geometry: BaseGeometry, transformer: Transformer, direction: TransformDirection) -> BaseGeometry:
    def move(points: np.ndarray) -> np.ndarray:
        flat = np.zeros(len(points))  # a shift between datums takes a height: that of the ellipsoid
        found = transformer.transform(points[:, 0], points[:, 1], flat, direction=direction)
        return np.column_stack(found[:2])

    return shapely.transform(geometry, move)
