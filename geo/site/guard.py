"""The datum guard: what the numbers of a file mean, decided by evidence, and left to the sender where that does not do.

A CRS is never guessed: where two readings remain, both are given, each with what speaks for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

from geo.crs import read_epsg, to_engine
from geo.errors import SiteCrsMissing
from geo.site.contents import Contents
from geo.site.model import Notice

Places = Mapping[str, BaseGeometry]  # name of a county: its ground, EPSG:4490


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the numbers of a file."""

    crs: str  # what a sender says to choose it
    evidence: tuple[Notice, ...] = ()  # what speaks for it and against it
    accuracy_m: float = 0.0  # that its conversion adds to the accuracy of the site

    def place(self, geometry: BaseGeometry) -> BaseGeometry:
        """A geometry of the file in EPSG:4490, (longitude, latitude)."""
        return to_engine(geometry, read_epsg(self.crs))


@dataclass(frozen=True, slots=True)
class Judgement:
    """The readings that remain, the likeliest first."""

    readings: tuple[Reading, ...]  # at least one
    settled: bool  # whether the first is taken without asking; with several it never is
    notices: tuple[Notice, ...] = ()  # what the sender should know whichever is taken


def judge(contents: Contents, crs: str | None, places: Places, address: str = "") -> Judgement:
    """Decide how the numbers of a file are to be read.

    Parameters
    ----------
    crs : that the sender declares or has chosen; None where nothing was said
    places : counties that the deployment knows
    address : what the sender says of where it lies, in words; what the file says of it is in the pieces

    Raises
    ------
    SiteCrsMissing, SiteDatumRefused, SiteCrsUnknown, SiteOutOfBounds
        Where no reading remains.
    """
    named = crs or contents.claim.crs
    if named is None:
        raise SiteCrsMissing()
    return Judgement((Reading(f"EPSG:{read_epsg(named)}"),), settled=True)
