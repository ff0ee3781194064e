"""Readings of a file's numbers, and all that there is to judge them by."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.frames import Frame, Zone, coded, read_frame
from geo.site.contents import Claim, Contents
from geo.site.evidence import Places
from geo.site.notice import Notice
from geo.site.numbers import Numbers

_ZONE_M = 1e6  # metres between the eastings of two zones


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the numbers of a file."""

    crs: str  # what a sender says to choose it
    evidence: tuple[Notice, ...] = ()  # what speaks for it and against it
    accuracy_m: float = 0.0  # that its conversion adds to the accuracy of the site
    swapped: bool = False  # latitude or northing first
    added_m: float = 0.0  # to the eastings, so that they bear a zone's number where the CRS has it, and only there
    frame: Frame | None = None  # that `crs` names

    def place(self, geometry: BaseGeometry) -> BaseGeometry:
        """A geometry of the file in EPSG:4490, (longitude, latitude)."""

        def move(points: np.ndarray) -> np.ndarray:
            return (points[:, ::-1] if self.swapped else points) + (self.added_m, 0.0)

        moved = shapely.transform(geometry, move) if self.swapped or self.added_m else geometry
        return (self.frame or read_frame(self.crs)).to_engine(moved)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The readings that remain, the likeliest first."""

    readings: tuple[Reading, ...]  # at least one
    settled: bool  # whether the first is taken without asking; with several it never is
    notices: tuple[Notice, ...] = ()  # what the sender should know whichever is taken


@dataclass(frozen=True, slots=True)
class Case:
    """All that there is to judge by."""

    contents: Contents
    points: np.ndarray  # every vertex in the file's own numbers, shape (n, 2)
    numbers: Numbers
    said: Frame | None  # by the sender
    file: Frame | None  # by the file, where the sender says nothing and it names a CRS or a datum of degrees
    places: Places
    named: tuple[str, ...]  # counties in the address
    layers: Path  # folder of the layers

    @property
    def claim(self) -> Claim:
        """What the file says of its coordinates."""
        return self.contents.claim

    @property
    def own(self) -> Zone | None:
        """The zone that the number before the eastings names: those of six degrees are 13 to 23, of three 25 to 45."""
        number = self.numbers.prefix
        return None if number is None else Zone(6 if number <= 23 else 3, number, numbered=True)

    def reading(self, frame: Frame, *evidence: Notice) -> Reading:
        """The numbers in a frame: turned round, and with their zone's number as the frame has it."""
        turned = (Notice("axes_turned"),) if self.numbers.swapped else ()
        added = 0.0
        if frame.zone is not None:
            added = ((frame.zone.number if frame.zone.numbered else 0) - (self.numbers.prefix or 0)) * _ZONE_M
        return Reading(frame.name, (*turned, *evidence), frame.accuracy_m, self.numbers.swapped, added, frame)

    def placed(self, reading: Reading) -> np.ndarray:
        """Every vertex in degrees, EPSG:4490, shape (n, 2), as a reading places it."""
        whole: Any = shapely.multipoints(self.points)
        return np.asarray(shapely.get_coordinates(reading.place(whole)))


def claimed_zone(claim: Claim) -> Zone | None:
    """The zone of the CRS that a file names, in whatever datum."""
    frame = claimed_frame(claim)
    return frame.zone if frame else None


def claimed_frame(claim: Claim) -> Frame | None:
    """The CRS that a file names, in whatever datum and without parameters; None where it is none that is known."""
    code = (claim.crs or "").upper().removeprefix("EPSG:")
    return coded(int(code)) if code.isascii() and code.isdigit() and len(code) <= 5 else None
