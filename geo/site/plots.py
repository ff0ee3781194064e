"""Plots from a list of corners: where one ring ends and the next begins, by what the list itself shows.

A list shows it by columns for plot and ring, by the first corner standing again, by numbers that begin anew, or by a
break between corners. A break within a ring that nothing closes is refused: two readings of it are two places.
Only rings that bear numbers of their own within a plot can be holes of each other; any others are ground, each one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import Term
from geo.site.notice import Notice
from geo.site.rings import Ring, RingUnclear, fits_between, holes_of, lie_inside, measured_m2, plot_of, same
from geo.site.table import Corner, RowUnread
from geo.site.words import Area, read_area

Place = list[float]  # easting and northing
_NUMBERED = re.compile(r"(.*?)(\d+)\D*")


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot of a list."""

    name: str
    rings: tuple[Ring, ...]
    rows: tuple[int, ...]  # of the first corner of each ring
    marked: bool  # whether a column says which corners belong together
    area: str = ""  # as stated beside its corners
    of: int | None = None  # number of the plot that this is one ring of, where nothing tells its rings apart

    def geometry(self) -> tuple[BaseGeometry, int]:
        """Its ground, and how many repeated corners were dropped; a single corner is a point.

        Raises
        ------
        RowUnread
            Where a ring has too few corners.
        """
        try:
            return plot_of(self.rings)
        except RingUnclear as error:
            raise RowUnread(self.rows[error.args[0]], error.args[1]) from error

    @property
    def corners(self) -> int:
        """Its corners, where they were joined in their order because nothing says how; else 0."""
        if self.marked or all(ring.is_closed for ring in self.rings):
            return 0
        return sum(len(ring.points) for ring in self.rings)


def split(corners: Sequence[Corner], points: np.ndarray) -> list[Plot]:
    """Cut a list of corners into plots and rings.

    Parameters
    ----------
    points : the corners' coordinates with the easting first, shape (n, 2)

    Raises
    ------
    RowUnread
        Where it cannot be told whether a ring ends at a break, or where the next begins.
    """
    runs: list[list[int]] = []
    places: list[Place] = points.tolist()
    for at in range(len(corners)):
        if runs and _goes_on(corners, places, runs[-1], at):
            runs[-1].append(at)
        else:
            if runs and len(runs[-1]) > 1 and same(places[runs[-1][1]], places[at]):
                raise RowUnread(corners[at].row, Term("cause.ring_again"))
            runs.append([at])
    plots: dict[str, list[list[int]]] = {}
    for run in runs:
        plots.setdefault(corners[run[0]].plot, []).append(run)
    made: list[Plot] = []
    for number, own in enumerate(plots.values()):
        if _told_apart([corners[run[0]].ring for run in own]):
            made.append(_plot(own, corners, points))
        else:
            made += [replace(_plot([run], corners, points), of=number) for run in own]
    return made


def _told_apart(numbers: Sequence[str]) -> bool:
    """Whether each of the rings of a plot bears a number of its own."""
    return len(numbers) == 1 or (all(numbers) and len(set(numbers)) == len(numbers))


def _plot(runs: list[list[int]], corners: Sequence[Corner], points: np.ndarray) -> Plot:
    rings = []
    for run in runs:
        own = [corners[at] for at in run]
        rings.append(
            Ring(points[run], tuple(one.name or str(one.row + 1) for one in own), tuple(one.side for one in own))
        )
    every = [corners[at] for run in runs for at in run]
    return Plot(
        name=every[0].plot or every[0].heading,
        rings=tuple(rings),
        rows=tuple(corners[run[0]].row for run in runs),
        marked=any(corner.plot or corner.ring for corner in every),
        area=next((corner.area for corner in every if corner.area), ""),
    )


def _goes_on(corners: Sequence[Corner], points: Sequence[Place], run: list[int], at: int) -> bool:
    """Whether a corner belongs to the ring before it."""
    first, last, corner = corners[run[0]], corners[run[-1]], corners[at]
    if (corner.plot, corner.ring) != (last.plot, last.ring):
        return False
    if len(run) > 3 and same(points[run[0]], points[run[-1]]):
        return False
    if same(points[run[0]], points[at]):
        return not _begins_anew(corners, points, run, at)  # else it closes the ring
    if corner.name and corner.name == first.name:
        return False
    if not corner.gap or corner.ring:
        return True
    by_side = _by_side(last, points[run[-1]], points[run[0]], points[at])
    return _over_break(last, corner) if by_side is None else by_side


def _begins_anew(corners: Sequence[Corner], points: Sequence[Place], run: list[int], at: int) -> bool:
    """Whether a corner at the place of the first begins another ring: the next bears the second's name elsewhere."""
    if len(run) < 3 or at + 1 == len(corners):
        return False
    second, following = corners[run[1]], corners[at + 1]
    return bool(second.name) and second.name == following.name and not same(points[run[1]], points[at + 1])


def _by_side(last: Corner, here: Place, first: Place, following: Place) -> bool | None:
    """Whether the length beside the last corner leads on (True) or back to the first (False)."""
    if last.side is None:
        return None
    on, back = fits_between(last.side, here, following), fits_between(last.side, here, first)
    return None if on == back else on


def _over_break(last: Corner, corner: Corner) -> bool:
    before, after = _NUMBERED.fullmatch(last.name), _NUMBERED.fullmatch(corner.name)
    if before and after:
        if before[1] != after[1] or int(after[2]) < int(before[2]):
            return False
        other = bool(corner.heading) and corner.heading != last.heading
        if corner.gap == "table" and not other and int(after[2]) == int(before[2]) + 1:
            return True  # the table goes on beside itself, or on the next page
    raise RowUnread(corner.row, Term("cause.ring_goes_on"))


def notices_of(plots: Sequence[Plot], geometries: Sequence[BaseGeometry], dropped: int) -> list[Notice]:
    """What was done on the way from corners to plots, and which stated areas are others than the corners enclose."""
    joined = sum(plot.corners for plot in plots if len(plot.rings[0].points) > 1)
    notices = [Notice("points_joined", {"count": str(joined)})] if joined else []
    notices += _holes(plots, geometries)
    if dropped:
        notices.append(Notice("repeated_corners_dropped", {"count": str(dropped)}))
    for plot, geometry in zip(plots, geometries, strict=True):
        notices += compare_area(read_area(plot.area), geometry, plot.name)
    return notices


def _holes(plots: Sequence[Plot], geometries: Sequence[BaseGeometry]) -> list[Notice]:
    """What was cut out of the plots, and which rings inside others were not."""
    notices = []
    if holes := holes_of(geometries):
        area = sum(measured_m2(hole) for hole in holes)
        notices.append(Notice("holes_made", {"count": str(len(holes)), "area": f"{area:.2f}"}))
    loose: dict[int, list[BaseGeometry]] = {}
    for plot, geometry in zip(plots, geometries, strict=True):
        if plot.of is not None:
            loose.setdefault(plot.of, []).append(geometry)
    if inside := sum(map(lie_inside, loose.values())):
        notices.append(Notice("rings_kept_as_ground", {"count": str(inside)}))
    return notices


def compare_area(stated: Area | None, geometry: BaseGeometry, name: str) -> list[Notice]:
    """A notice where a stated area is not that of the corners."""
    computed = measured_m2(geometry)
    if stated is None or computed == 0.0 or not stated.differs(computed):
        return []
    return [Notice("area_differs", {"name": name or "–", "stated": stated.text, "computed": f"{computed:.2f}"})]


def count_kinds(geometries: Sequence[BaseGeometry]) -> dict[str, int]:
    """Points, lines and areas among geometries, as `LayerSeen` counts them."""
    dimensions = shapely.get_dimensions(np.array(geometries, dtype=object)) if geometries else np.empty(0)
    return {name: int((dimensions == at).sum()) for at, name in enumerate(("points", "lines", "areas"))}
