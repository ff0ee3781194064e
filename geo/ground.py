"""A site made ready for measuring: its plane, its area and its centre lines are worked out once for all layers."""

from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from time import monotonic
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.chainage import Course
from geo.crs import LocalPlane
from geo.errors import TimeUp
from geo.geometry import PLANE_STEP_DEG, window
from geo.site import Site

_MIDDLE = shapely.Point(0.0, 0.0)  # of every plane; not prepared, for several threads ask it
_PROBES = 16  # points of a site that a first guess at its nearest zone is made from


@dataclass(frozen=True)
class Ground:
    """One site in degrees and in its own plane, and the time that its checks may take."""

    site: Site
    seconds: float = inf  # longest time that all its checks together may take
    begun: float = field(default_factory=monotonic)  # when that time began, by the monotonic clock
    until: float = field(init=False)
    is_point: bool = field(init=False)  # whether the site has no area
    is_single: bool = field(init=False)  # whether it is one point
    area_m2: float = field(init=False)
    _windows: dict[float, tuple[float, float, float, float]] = field(default_factory=dict, init=False, repr=False)
    _boxes: dict[float, BaseGeometry] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "until", self.begun + self.seconds)
        object.__setattr__(self, "is_point", self.site.is_point)
        object.__setattr__(self, "is_single", self.site.ground.geom_type == "Point")
        object.__setattr__(self, "area_m2", self.site.area_m2)

    @cached_property
    def plane(self) -> LocalPlane:
        """A plane in metres around the middle of the site."""
        return self.site.plane()

    @cached_property
    def flat(self) -> BaseGeometry:
        """The ground in the plane, metres."""
        if self.is_single:
            return _MIDDLE
        flat = self.plane.project(shapely.segmentize(self.site.ground, PLANE_STEP_DEG))
        shapely.prepare(flat)
        return flat

    @cached_property
    def courses(self) -> tuple[Course, ...]:
        """The centre lines of a site that has any, measured."""
        return tuple(Course.of(part, line) for part, line in self.site.lines)

    @property
    def length_m(self) -> float | None:
        """Length of all centre lines together; None for a site without one."""
        return sum(course.length_m for course in self.courses) if self.courses else None

    @cached_property
    def probe(self) -> BaseGeometry:
        """A few points of the site, spread over its vertices."""
        points = shapely.get_coordinates(self.site.ground)
        return shapely.MultiPoint(points[:: -(-len(points) // _PROBES)])

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north of the site, degrees."""
        west, south, east, north = shapely.bounds(self.site.ground).tolist()
        return west, south, east, north

    def window(self, reach_m: float) -> tuple[float, float, float, float]:
        """West, south, east and north of the box that holds the site and all ground within reach of it, degrees."""
        found = self._windows.get(reach_m)
        if found is None:
            found = self._windows[reach_m] = window(self.bounds, reach_m)
        return found

    def around(self, reach_m: float) -> BaseGeometry:
        """The same box as a polygon."""
        box = self._boxes.get(reach_m)
        if box is None:
            box = self._boxes[reach_m] = shapely.box(*self.window(reach_m))
        return box

    def gaps_m(self, geometries: Any) -> np.ndarray:
        """Distance in metres from the site to a geometry in its plane, or to each of several."""
        return np.asarray(shapely.distance(self.flat, geometries))  # the prepared one first: many times faster

    def watch_time(self) -> None:
        """Raise `TimeUp` where the time for the site's checks is over."""
        if monotonic() > self.until:
            raise TimeUp(seconds=self.seconds)
