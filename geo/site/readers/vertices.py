"""Vertices as they are read from text, one by one, each held against the limits, and the shapes made of them."""

import math
import re
from array import array
from collections import Counter
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import SiteInvalid, Term
from geo.site.contents import Limits
from geo.site.notice import Notice
from geo.site.readers.markup import Unusable

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity|1\.#\w+)", re.IGNORECASE)
_TOKEN = re.compile(r"[^\s,]+|,")
_LONGEST = 64  # characters of a number
_UNREADABLE = Term("cause.coordinates_unreadable")


class Tally:
    """What was counted in one file: vertices and objects, held against the limits, and what a sender should know."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.vertices = self.pieces = 0
        self._told: Counter[str] = Counter()

    def vertex(self) -> None:
        """Count one vertex; SiteTooLarge where there are too many."""
        self.vertices += 1
        self.limits.hold("vertices", self.vertices)

    def piece(self) -> None:
        """Count one object; SiteTooLarge where there are too many."""
        self.pieces += 1
        self.limits.hold("pieces", self.pieces)

    def tell(self, code: str, times: int = 1) -> None:
        """Note what a sender should know, as a notice of that code."""
        if times:
            self._told[code] += times

    def notices(self) -> tuple[Notice, ...]:
        """One notice for each thing that was told, in the order of first mention."""
        return tuple(
            Notice(code) if code == "heights_dropped" else Notice(code, {"count": str(count)})
            for code, count in self._told.items()
        )


def number(text: str) -> float:
    """Read a number written in ASCII.

    Raises
    ------
    Unusable
        Where it is none.
    SiteInvalid
        Where it is not finite.
    """
    if len(text) <= _LONGEST and _NUMBER.fullmatch(text):
        value = float(text)
        if math.isfinite(value):
            return value
    elif not _NOT_FINITE.fullmatch(text[:_LONGEST]):
        raise Unusable(_UNREADABLE)
    raise SiteInvalid(reason=Term("cause.not_finite"))


class Run:
    """A run of vertices: what lies between two tags, in pieces as they come."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._numbers = array("d")
        self._fields: list[str] = []  # of the vertex that is being read
        self._comma = False  # whether the last sign was one
        self._rest = ""

    def feed(self, text: str) -> None:
        """Take more of `lon,lat,height lon,lat …`; there may be blanks around the commas."""
        tokens = _TOKEN.findall(self._rest + text)
        self._rest = tokens.pop() if tokens and tokens[-1] != "," and not text[-1:].isspace() else ""
        if len(self._rest) > _LONGEST:
            raise Unusable(_UNREADABLE)
        for sign in tokens:
            self._take(sign)

    def add(self, fields: list[str]) -> None:
        """Take one vertex: longitude, latitude and perhaps a height."""
        if not 2 <= len(fields) <= 3:
            raise Unusable(_UNREADABLE)
        self._numbers.append(number(fields[0]))
        self._numbers.append(number(fields[1]))
        if len(fields) == 3 and fields[2] and _height(fields[2]):
            self._tally.tell("heights_dropped")
        self._tally.vertex()

    def done(self) -> np.ndarray:
        """The vertices, shape (n, 2); the run begins anew."""
        if self._rest:
            self._take(self._rest)
        if self._fields:
            self.add(self._fields)
        numbers, self._numbers = self._numbers, array("d")
        self._rest, self._fields, self._comma = "", [], False
        return np.array(numbers, dtype=float).reshape(-1, 2)

    def _take(self, sign: str) -> None:
        """Take a comma, or what stands between two separators."""
        if sign == ",":
            if not self._fields:
                raise Unusable(_UNREADABLE)
            if self._comma:
                self._fields.append("")
        elif self._fields and not self._comma:
            self.add(self._fields)
            self._fields = [sign]
        else:
            self._fields.append(sign)
        if len(self._fields) > 3:
            raise Unusable(_UNREADABLE)
        self._comma = sign == ","


def _height(text: str) -> bool:
    """Whether a height is there to be dropped; one that is no number is none."""
    return not _NUMBER.fullmatch(text[:_LONGEST]) or float(text[:_LONGEST]) != 0.0


class Shapes:
    """The shapes of one object, sorted by kind."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._points: list[Any] = []
        self._lines: list[Any] = []
        self._areas: list[Any] = []

    def point(self, vertices: np.ndarray) -> None:
        """Add one point."""
        self._tally.piece()
        self._points.append(shapely.Point(vertices[0]))

    def line(self, vertices: np.ndarray) -> None:
        """Add a line; one that comes back to its start stays a line, with a notice."""
        if len(vertices) < 2:
            self._tally.tell("shapes_too_short")
            return
        self._tally.piece()
        if len(vertices) > 3 and bool((vertices[0] == vertices[-1]).all()):
            self._tally.tell("line_closes")
        self._lines.append(shapely.LineString(vertices))

    def area(self, outer: np.ndarray, inner: list[np.ndarray]) -> None:
        """Add an area; rings that are left open are closed, with a notice."""
        if not self._is_ring(outer):
            self._tally.tell("shapes_too_short")
            return
        self._tally.piece()
        holes = [ring for ring in inner if self._is_ring(ring)]
        self._tally.tell("shapes_too_short", len(inner) - len(holes))
        self._tally.tell("rings_closed", sum(bool((ring[0] != ring[-1]).any()) for ring in (outer, *holes)))
        self._areas.append(shapely.Polygon(outer, holes))

    def geometries(self) -> list[BaseGeometry]:
        """One geometry for each kind that there is: points, lines, areas."""
        kinds = (
            (self._points, shapely.MultiPoint),
            (self._lines, shapely.MultiLineString),
            (self._areas, shapely.MultiPolygon),
        )
        return [shapes[0] if len(shapes) == 1 else together(shapes) for shapes, together in kinds if shapes]

    @staticmethod
    def _is_ring(vertices: np.ndarray) -> bool:
        return len(vertices) >= 3 + bool((vertices[:1] == vertices[-1:]).all())
