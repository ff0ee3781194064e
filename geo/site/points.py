"""Several points as people type or paste them: one a line or between semicolons, with or without their numbers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from geo.errors import SiteUnreadable, Term
from geo.site.coordinate import LONGEST, Coordinate, read_coordinate

_LABEL = re.compile(r"((?:[A-Za-z]{1,3}|[\u4e00-\u9fff가-힣]{1,4})?[-_.#]?\d{1,6})(?:[.)、:：,，\s]+)(?=\S)")
_ENDS = " \t\r;；,，"
_LEAST = 2  # lines that are points, of a text that is taken for a list
_LARGEST_DEGREES = 360.0


@dataclass(frozen=True, slots=True)
class Points:
    """A list of points, in one form and one CRS."""

    corners: tuple[tuple[float, float], ...]  # longitude or easting first; the first is not repeated
    epsg: int | None  # the CRS that the numbers themselves name
    zone: int | None
    degrees: bool  # whether the points were written with degree signs or axes
    turned: tuple[str, str] | None  # the first point, where latitudes came first


def read_points(text: str, *, either_order: bool, zoned: bool) -> Points | None:
    """Read a list of points; None where the text is none. The parameters are those of `read_coordinate`.

    Raises
    ------
    SiteUnreadable
        Where some lines are points and another is not, or the points are of different forms.
    """
    lines = [line for line in (part.strip(_ENDS) for part in text.splitlines()) if line]
    if len(lines) == 1:
        lines = [line for line in (part.strip(_ENDS) for part in re.split("[;；]", text)) if line]
    if len(lines) < _LEAST or any(len(line) > 2 * LONGEST for line in lines):
        return None
    labels, found = zip(*(_read(line, either_order, zoned) for line in lines), strict=True)
    read = [point for point in found if point is not None]
    if len(read) < _LEAST:
        return None
    if len(read) < len(lines):
        bad = next(line for line, point in zip(lines, found, strict=True) if point is None)
        raise SiteUnreadable(sent=bad[:60], reason=Term("cause.points_line"))
    _check_labels(labels, lines)
    _check_forms(read, lines)
    corners = [(point.x, point.y) for point in read]
    if len(corners) > 2 and corners[0] == corners[-1]:
        corners.pop()
    first = read[0]
    return Points(tuple(corners), first.epsg, first.zone, first.degrees, first.turned)


def _read(line: str, either_order: bool, zoned: bool) -> tuple[str, Coordinate | None]:
    """The number of a point, where one stands before it, and the point."""
    if found := read_coordinate(line, either_order=either_order, zoned=zoned):
        return "", found
    match = _LABEL.match(line)
    if not match:
        return "", None
    return match[1], read_coordinate(line[match.end() :], either_order=either_order, zoned=zoned)


def _check_labels(labels: Sequence[str], lines: Sequence[str]) -> None:
    """Numbers before the points must be in their order: 129 43 100 is no point 129."""
    bare = [int(label) for label in labels if label.isdigit()]
    steps = [after - before for before, after in pairwise(bare)]
    closing = len(bare) > 2 and bare[-1] == bare[0]
    in_order = all(step == 1 for step in (steps[:-1] if closing else steps))
    if len({bool(label) for label in labels}) > 1 or (bare and (len(bare) < len(labels) or not in_order)):
        raise SiteUnreadable(sent=lines[0][:60], reason=Term("cause.points_numbers"))


def _check_forms(read: Sequence[Coordinate], lines: Sequence[str]) -> None:
    first = _form(read[0])
    for point, line in zip(read, lines, strict=True):
        if _form(point) != first:
            raise SiteUnreadable(sent=line[:60], reason=Term("cause.points_mixed"))


def _form(point: Coordinate) -> tuple[object, ...]:
    small = max(abs(point.x), abs(point.y)) <= _LARGEST_DEGREES
    return point.epsg, point.degrees, point.turned is not None, small


def is_metres(points: Points) -> bool:
    """Whether the numbers are too large for degrees."""
    return any(max(abs(x), abs(y)) > _LARGEST_DEGREES for x, y in points.corners)
