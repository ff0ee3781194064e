"""The geometry of one KML placemark as its elements come: points, lines, rings, areas, tracks, collections."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from shapely.geometry.base import BaseGeometry

from geo.errors import Term
from geo.site.readers.markup import Unusable
from geo.site.readers.vertices import Run, Shapes, Tally

_OF_RUNS = {"Point", "LineString", "LinearRing"}
_STRUCTURE = Term("cause.kml_structure")


@dataclass(slots=True)
class _Area:
    """A polygon that is being read."""

    outer: list[np.ndarray] = field(default_factory=list)
    inner: list[np.ndarray] = field(default_factory=list)


class Outline:
    """What the elements inside of a placemark draw; a collection is no more than what it holds."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._shapes = Shapes(tally)
        self._area: _Area | None = None
        self._run: Run | None = None
        self._track: Run | None = None

    def geometries(self) -> list[BaseGeometry]:
        """One geometry for each kind that there is: points, lines, areas."""
        return self._shapes.geometries()

    def start(self, names: Sequence[str]) -> None:
        """An element begins.

        Raises
        ------
        Unusable
            Where a polygon, a track or a run of coordinates stands within another.
        """
        name = names[-1]
        if name == "Polygon":
            if self._area:
                raise Unusable(_STRUCTURE)
            self._area = _Area()
        elif name == "Track":
            if self._track:
                raise Unusable(_STRUCTURE)
            self._track = Run(self._tally)
        elif name == "coordinates" and names[-2] in _OF_RUNS:
            if self._run:
                raise Unusable(_STRUCTURE)
            self._run = Run(self._tally)

    def text(self, text: str) -> None:
        """A part of a text."""
        if self._run:
            self._run.feed(text)

    def end(self, names: Sequence[str], text: str) -> None:
        """An element ends.

        Raises
        ------
        Unusable, SiteInvalid
            Where it holds no coordinates, or they make no shape.
        """
        name = names[-1]
        if name == "coordinates" and self._run:
            run, self._run = self._run.done(), None
            if len(run):
                self._shape(names, run)
        elif name == "coord" and self._track and text:
            self._track.add(text.replace(",", " ").split())
        elif name == "Track" and self._track:
            track, self._track = self._track.done(), None
            if len(track):
                self._shapes.line(track)
        elif name == "Polygon" and self._area:
            area, self._area = self._area, None
            self._close(area)

    def _shape(self, names: Sequence[str], run: np.ndarray) -> None:
        """Make a point or a line of a run of vertices, or put it into the polygon that is open."""
        if names[-2] == "Point":
            if len(run) != 1:
                raise Unusable(_STRUCTURE)
            self._shapes.point(run)
        elif names[-2] == "LinearRing" and self._area:
            rings = {"outerBoundaryIs": self._area.outer, "innerBoundaryIs": self._area.inner}.get(names[-3])
            if rings is None:
                raise Unusable(_STRUCTURE)
            rings.append(run)
        else:
            self._shapes.line(run)

    def _close(self, area: _Area) -> None:
        if len(area.outer) > 1 or (area.inner and not area.outer):
            raise Unusable(_STRUCTURE)
        if area.outer:
            self._shapes.area(area.outer[0], area.inner)
