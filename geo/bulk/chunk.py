"""A chunk of rows: a part of a table, or of the sites of a file, small enough to be handed to another process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely

from geo.bulk.point import Points, read_points
from geo.crs import ENGINE_EPSG, WGS84_EPSG
from geo.frames import Frame
from geo.site import Site
from geo.site.model import UNNAMED, WORST_ACCURACY_M, Part
from geo.site.notice import Notice


class Said(NamedTuple):
    """What the sender says of the rows of a table, or the file itself."""

    frame: Frame | None = None  # of the coordinates; None where nobody says it
    accuracy_m: float = 0.0
    width_m: float | None = None  # of lines
    cells: Mapping[str, str] | None = None  # by column, of rows that say nothing there themselves
    notices: tuple[Notice, ...] = ()  # what there is to say of each row


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
_PLAIN = (ENGINE_EPSG, WGS84_EPSG)


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

    def cells(self, column: str) -> Sequence[str]:
        """A column with what is said of all rows where a cell says nothing; of empty texts where there is none."""
        own = self.columns.get(column) or [""] * self.count
        said = (self.said.cells or {}).get(column)
        return [cell if cell.strip() else said for cell in own] if said else own

    def places(self) -> list[str]:
        """Where each row of a table says that it is."""
        rows = zip(self.cells("at"), self.cells("lon"), self.cells("lat"), strict=True)
        return [at or f"{lon},{lat}" for at, lon, lat in rows]

    def points(self) -> Points:
        """The rows that are plain points."""
        if self.sites is not None:
            places = np.array([_plain(site) for site in self.sites], float).reshape(-1, 2)
            crs, notices = zip(*((site.crs, site.notices) if site else ("", ()) for site in self.sites), strict=True)
            return Points(places, crs, range(self.count), notices)
        epsg = self.said.frame.epsg if self.said.frame else None
        if (self.said.frame and epsg not in _PLAIN) or not 0.0 <= self.said.accuracy_m <= WORST_ACCURACY_M:
            return read_points([""] * self.count)
        return read_points(self.places(), epsg)

    def stamp(self, at: int, crs: str) -> Stamp:
        """What a row that is a plain point in a CRS is, beside its coordinates."""
        site = self.sites[at] if self.sites else None
        if site is not None:
            return Stamp(site.parts[0].role, site.crs, site.accuracy_m)
        return Stamp(UNNAMED, crs, float(self.said.accuracy_m))


def _plain(site: Site | None) -> tuple[float, float]:
    """The coordinates of a site that is one point."""
    if site is None or len(site.parts) > 1 or site.parts[0].geometry.geom_type != "Point":
        return np.nan, np.nan
    lon, lat = shapely.get_coordinates(site.parts[0].geometry)[0].tolist()
    return lon, lat
