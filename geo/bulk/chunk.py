"""A chunk of rows: a part of a table, or of the sites of a file, small enough to be handed to another process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely

from geo.bulk.point import read_points
from geo.crs import ENGINE_EPSG, read_epsg
from geo.errors import SiteCrsUnknown
from geo.site import Site
from geo.site.model import UNNAMED, WORST_ACCURACY_M, Part


class Said(NamedTuple):
    """What the sender says of the coordinates of a table."""

    crs: str = f"EPSG:{ENGINE_EPSG}"
    accuracy_m: float = 0.0
    width_m: float | None = None  # of lines


class Stamp(NamedTuple):
    """What points of a table have alike beside their coordinates."""

    role: str
    crs: str
    accuracy_m: float

    def site(self, lon: float, lat: float) -> Site:
        """A point as a site, as `geo.site.make_site` makes it of one that passed its checks."""
        point = shapely.Point(lon, lat)
        return Site((Part(self.role, point),), self.crs, self.accuracy_m, None, point)


UNSAID = Said()


@dataclass(frozen=True)
class Chunk:
    """Rows one after another."""

    first: int  # number of its first row, from 1
    count: int
    columns: Mapping[str, Sequence[str]]  # the empty text where a cell says nothing
    said: Said = UNSAID
    sites: tuple[Site | None, ...] | None = None  # of a file of sites; None where one cannot be used
    errors: tuple[str, ...] = ()  # of such a file: what is wrong with each, in words

    def __len__(self) -> int:
        return self.count

    def text(self, column: str, at: int) -> str:
        """A cell; empty where there is no such column."""
        return self.columns[column][at] if column in self.columns else ""

    def place(self, at: int) -> str:
        """Where a row of a table says that it is."""
        return self.text("at", at) or f"{self.text('lon', at)},{self.text('lat', at)}"

    def points(self) -> tuple[np.ndarray, list[str]]:
        """Degrees of the rows that are plain points, shape (n, 2), NaN of all others; and the CRS that each came in."""
        if self.sites is not None:
            places = [_plain(site) for site in self.sites]
            return np.array(places, float).reshape(-1, 2), [site.crs if site else "" for site in self.sites]
        try:
            epsg = read_epsg(self.said.crs)
        except SiteCrsUnknown:
            epsg = 0
        if not 0.0 <= self.said.accuracy_m <= WORST_ACCURACY_M:
            epsg = 0
        return read_points([self.place(at) for at in range(self.count)], epsg)

    def stamp(self, at: int, crs: Sequence[str]) -> Stamp:
        """What a row that is a plain point is, beside its coordinates."""
        site = self.sites[at] if self.sites else None
        if site is not None:
            return Stamp(site.parts[0].role, site.crs, site.accuracy_m)
        return Stamp(UNNAMED, crs[at], float(self.said.accuracy_m))


def _plain(site: Site | None) -> tuple[float, float]:
    """The coordinates of a site that is one point."""
    if site is None or len(site.parts) > 1 or site.parts[0].geometry.geom_type != "Point":
        return np.nan, np.nan
    lon, lat = shapely.get_coordinates(site.parts[0].geometry)[0].tolist()
    return lon, lat
