"""A lot: the rows of a delivery with their ground, and the counties that they are held against."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.day import today
from geo.geometry import areas_m2, polygons_of
from geo.importing.fields import Row
from geo.layers.releases import Zone

_BETWEEN = re.compile("[;；,，、/]")  # marks between several counties
POLYGONS = {3, 6}  # type ids


@dataclass(frozen=True)
class Counties:
    """The counties that a delivery is held against."""

    names: Mapping[str, str]  # by code
    grounds: np.ndarray  # in the same order, EPSG:4490, prepared
    accuracy_m: float

    @classmethod
    def of(cls, zones: Sequence[Zone], accuracy_m: float) -> "Counties":
        """The placed counties of a layer."""
        placed = [zone for zone in zones if zone.geometry is not None and zone.code and zone.on(today())]
        names = {str(zone.code): zone.name for zone in placed}
        parts = {code: [zone.ground for zone in placed if zone.code == code] for code in names}
        grounds = np.array([shapely.union_all(part) if part[1:] else part[0] for part in parts.values()], dtype=object)
        shapely.prepare(grounds)
        return cls(names, grounds, accuracy_m)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Their codes, in the order of their grounds."""
        return tuple(self.names)

    def ground(self, codes: Sequence[str]) -> BaseGeometry:
        """The ground of some of them."""
        return shapely.union_all([self.grounds[self.codes.index(code)] for code in codes])

    def find(self, said: str) -> str | None:
        """The code of a county that is named by its code or its name; None where there is none."""
        if said in self.names:
            return said
        return next((code for code, name in self.names.items() if name == said), None)

    def find_all(self, said: str) -> tuple[str, ...]:
        """The codes of all counties that are named, between marks; none where one of them is not known."""
        codes = [self.find(word.strip()) for word in _BETWEEN.split(said)]
        known = tuple(code for code in codes if code)
        return known if len(known) == len(codes) else ()


@dataclass(frozen=True)
class Lot:
    """The rows of a delivery with their ground, in one order."""

    rows: tuple[Row, ...]
    grounds: np.ndarray  # shapely or None, EPSG:4490, 2-D, as they came: they may be invalid

    @cached_property
    def solid(self) -> np.ndarray:
        """The grounds as valid polygons for measuring; None where there is none."""
        return solid_of(self.grounds)

    @cached_property
    def placed(self) -> np.ndarray:
        """Which rows have ground, as indexes."""
        return np.array([i for i, ground in enumerate(self.solid) if ground is not None], dtype=int)

    @cached_property
    def areas(self) -> np.ndarray:
        """Their areas in m²; 0 where there is no ground."""
        return areas_m2(self.solid)

    @cached_property
    def spots(self) -> list[tuple[float, float] | None]:
        """A point in each."""
        points = shapely.point_on_surface(self.solid)
        return [None if point is None or point.is_empty else (point.x, point.y) for point in points]

    def saying(self, rows: tuple[Row, ...]) -> "Lot":
        """The same ground with other words; what was worked out of the ground holds."""
        same = Lot(rows, self.grounds)
        same.__dict__.update({name: value for name, value in self.__dict__.items() if name not in ("rows", "grounds")})
        return same


def solid_of(grounds: np.ndarray) -> np.ndarray:
    """Grounds as valid polygons; None where there is no area."""
    solid = np.full(len(grounds), None, dtype=object)
    usable = np.isin(shapely.get_type_id(grounds), list(POLYGONS)) & ~shapely.is_empty(grounds)
    points, owner = shapely.get_coordinates(grounds, return_index=True)
    usable[owner[~np.isfinite(points).all(axis=1)]] = False
    solid[usable] = grounds[usable]
    for i in np.flatnonzero(usable & ~shapely.is_valid(solid)):
        whole = repaired(grounds[i])
        solid[i] = None if whole.is_empty else whole
    return solid


def repaired(ground: BaseGeometry) -> BaseGeometry:
    """A valid shape on the same ground: all that either way of rebuilding rings gives it (GEOS MakeValid)."""
    ways = [shapely.make_valid(ground, method="structure", keep_collapsed=False), shapely.make_valid(ground)]
    return shapely.union_all([polygons_of(way) for way in ways])
