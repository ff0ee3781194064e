"""A delivery as it came: columns, geometries and what it says of itself, before anything is decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from pyproj import CRS

from geo.errors import SourceTooLarge, Term


@dataclass(frozen=True, slots=True)
class Limits:
    """What is taken at most of one delivery."""

    file_bytes: int = 2 * 1024**3  # also of what a zip unpacks to
    rows: int = 1_000_000
    vertices: int = 50_000_000
    zip_entries: int = 2_000
    seconds: float = 120.0  # of each statement in a database

    def hold(self, source: str, what: str, count: int) -> None:
        """Refuse more than the limit `what` of this source.

        Raises
        ------
        SourceTooLarge
            Where the count exceeds the limit.
        """
        most = int(getattr(self, what))
        if count > most:
            raise SourceTooLarge(source=source, what=Term(f"limit.{what}"), count=count, most=most)


@dataclass(frozen=True, slots=True)
class Delivery:
    """The rows of a source, its texts not yet decoded where they come as bytes."""

    name: str  # for people: no folder, no credentials
    columns: Mapping[str, np.ndarray]  # header: values, object dtype, None where missing
    geometries: np.ndarray  # shapely objects or None, in the plane
    crs: CRS | None
    crs_implied: bool = False  # by the format and not by the file: GeoJSON
    dimensions: str = ""  # beyond the plane, before they were dropped: Z, M or ZM
    octets: bool = False  # texts and headers are bytes, each as one character of ISO-8859-1
    encoding: str | None = None  # that the delivery declares for itself
    widths: Mapping[str, int] = field(default_factory=dict)  # bytes of each text field that has a width
    unreadable: tuple[int, ...] = ()  # rows, from 1, whose geometry is broken beyond reading, and None here
    warnings: tuple[str, ...] = ()  # of the reader
