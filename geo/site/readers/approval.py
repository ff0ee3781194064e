"""The exchange format of land approvals (勘测定界坐标交换格式): `[属性描述]`, `[地块坐标]`, lines of plots and corners.

A text file without its marks is read as a table of corner points, and where it is none, as a list of typed points.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from unicodedata import normalize

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import Phrase, SiteFileBroken, SiteLayerUnknown, Term
from geo.site.axes import AxesMixed, Column, settle
from geo.site.contents import Claim, Contents, Limits, Piece, Wanted, shortened
from geo.site.notice import Notice
from geo.site.numerals import read_degrees
from geo.site.plots import Plot, compare_area, notices_of, split
from geo.site.points import read_points
from geo.site.readers import corners
from geo.site.rings import together
from geo.site.sheets import decode, rows_of_text
from geo.site.table import Corner, RowUnread
from geo.site.words import read_area, read_head, words

FORMAT, POINTS = "format.approval", "format.points"
_SECTION = re.compile(r"[\[【]\s*(.+?)\s*[\]】]")
_PLOTS = "地块坐标"
_NORTHWARD, _EASTWARD = Column("north", "X"), Column("east", "Y")  # as the format has them
_FIELD = re.compile(r"([^=,]{1,12})=(.*)")
_PRECISION, _PARAMETERS, _UNIT = "精度", "转换参数", "计量单位"
_LARGEST_DEGREES = 360.0
_FIELDS_BEFORE_SHAPE = 3  # area, number, name; the count of corners stands before them


@dataclass(frozen=True, slots=True)
class _Entry:
    """A plot as its line has it, with its corners."""

    line: int  # from 0
    shape: str  # area, line or point
    name: str
    area: str  # hectares by the format; in use also m²
    count: int  # of corners; 0 where nothing is said
    corners: list[Corner] = field(default_factory=list)


def read(path: Path, wanted: Wanted, limits: Limits) -> Contents:
    """Read a text file of plots or points.

    Raises
    ------
    SiteFileBroken
        Where a line cannot be read, or the last plot is cut off, by its line.
    SiteLayerUnknown
        Where a layer is wanted: a text has none.
    SiteTooLarge
        Where it is more than the limits take.
    """
    if wanted.layers:
        raise SiteLayerUnknown(sent=wanted.layers[0][:60], known="–")
    text = decode(path.read_bytes(), wanted.encoding, path.name)
    lines = [normalize("NFKC", line).strip() for line in text.splitlines()]
    if not any(_SECTION.fullmatch(line) for line in lines) and not any(_is_plot(line) for line in lines):
        return _other(text, path.name, wanted, limits)
    try:
        return _approval(lines, limits)
    except RowUnread as error:
        raise SiteFileBroken(
            name=path.name, reason=Phrase("cause.at_line", line=error.args[0] + 1, reason=error.args[1])
        ) from error


def _is_plot(line: str) -> bool:
    return line.endswith("@") and line.count(",") >= _FIELDS_BEFORE_SHAPE


def _other(text: str, name: str, wanted: Wanted, limits: Limits) -> Contents:
    """A list of typed points where every line is one; else a table."""
    limits.hold("vertices", text.count("\n"))
    if (found := read_points(text, either_order=True, zoned=False)) and found.degrees:
        turned = (
            (Notice("latitude_came_first", {"lon": found.turned[0], "lat": found.turned[1]}),) if found.turned else ()
        )
        joined = (Notice("points_joined", {"count": str(len(found.corners))}),)
        ring = shapely.Polygon(found.corners) if len(found.corners) > 2 else shapely.LineString(found.corners)
        return Contents(POINTS, (Piece(ring),), Claim(by="file", degrees=True), notices=(*turned, *joined))
    return corners.contents_of([rows_of_text(text, name, limits)], name, wanted, limits)


def _approval(lines: Sequence[str], limits: Limits) -> Contents:
    head, entries = _parse(lines, limits)
    if not any(entry.corners for entry in entries):
        return Contents(FORMAT, ())
    every = [corner for entry in entries for corner in entry.corners]
    try:
        points, notices = settle(np.array([corner.point for corner in every]), _NORTHWARD, _EASTWARD)
    except AxesMixed as error:
        raise RowUnread(every[error.args[0]].row, Term("cause.axes_other_lines")) from error
    pieces: list[Piece] = []
    begins = 0
    for entry in entries:
        own = points[begins : begins + len(entry.corners)]
        begins += len(entry.corners)
        if not len(own):
            raise RowUnread(entry.line, Term("cause.plot_empty"))
        plots = split(entry.corners, own)
        notices += _counted(entry, plots, is_last=entry is entries[-1])
        geometries, said = _made(entry, plots, own)
        notices += said
        pieces += [Piece(geometry, name=shortened(entry.name)) for geometry in geometries]
    limits.hold("pieces", len(pieces))
    about = read_head([f"{name}:{value}" for name, value in head.items()])
    claim = about.claim
    if head.get(_UNIT) == "米" and float(np.abs(points).max()) > _LARGEST_DEGREES:
        claim = replace(claim, by="file", degrees=False)
    return Contents(FORMAT, tuple(pieces), claim, notices=(*about.notices, *notices, *_stated(head)))


def _parse(lines: Sequence[str], limits: Limits) -> tuple[dict[str, str], list[_Entry]]:
    """The fields of the head, and the plots with their corners."""
    head: dict[str, str] = {}
    entries: list[_Entry] = []
    count = 0
    among_plots = not any(_SECTION.fullmatch(line) for line in lines)
    for at, line in enumerate(lines):
        if section := _SECTION.fullmatch(line):
            among_plots = _PLOTS in section[1]
        elif not among_plots:
            if match := _FIELD.fullmatch(line):
                head[match[1].strip()] = match[2].strip()
        elif _is_plot(line):
            entries.append(_entry(line, at))
        elif line:
            if not entries:
                raise RowUnread(at, Term("cause.corner_before_plot"))
            entries[-1].corners.append(_corner(line, at))
            count += 1
            if count > limits.vertices:
                limits.hold("vertices", count)
    return head, entries


def _entry(line: str, at: int) -> _Entry:
    """A plot's line: count, area, number, name, shape …; the count may be missing, and more stand before the shape."""
    values = [value.strip() for value in line.split(",")]
    shapes = {word: shape for shape, named in words()["shapes"].items() for word in named}
    place = next(
        (index for index, value in enumerate(values) if index >= _FIELDS_BEFORE_SHAPE and value in shapes), None
    )
    if place is None:
        raise RowUnread(at, Term("cause.plot_shape"))
    counted = place > _FIELDS_BEFORE_SHAPE and re.fullmatch(r"\d{0,7}", values[0], re.ASCII) is not None
    count = int(values[0] or 0) if counted else 0
    area = values[1] if counted else values[0]
    return _Entry(at, shapes[values[place]], values[place - 1] or values[place - 2], area, count)


def _corner(line: str, at: int) -> Corner:
    """A corner's line: its name, its ring, X (north) and Y (east)."""
    values = [value.strip() for value in line.split(",")]
    while values and not values[-1]:
        values.pop()
    if len(values) != 4:
        raise RowUnread(at, Phrase("cause.no_corner", text=line[:40]))
    pair = read_degrees(values[2]), read_degrees(values[3])
    if pair[0] is None or pair[1] is None:
        raise RowUnread(at, Phrase("cause.corner_unreadable", text=line[:40]))
    return Corner(at, values[0], (pair[0], pair[1]), ring=values[1] or "1")


def _counted(entry: _Entry, plots: Sequence[Plot], is_last: bool) -> list[Notice]:
    """Hold the corners against their stated count; with or without those that close their ring, both are in use.

    Raises
    ------
    RowUnread
        Where the last plot has fewer, and its ring is open: the file is cut off.
    """
    rings = [ring for plot in plots for ring in plot.rings]
    found = len(entry.corners)
    if not entry.count or entry.count in (found, found - sum(ring.is_closed for ring in rings)):
        return []
    if is_last and found < entry.count and not rings[-1].is_closed:
        raise RowUnread(entry.corners[-1].row, Phrase("cause.corners_missing", found=found, count=entry.count))
    stated = {"name": shortened(entry.name) or "–", "stated": str(entry.count), "found": str(found)}
    return [Notice("corner_count_differs", stated)]


def _made(entry: _Entry, plots: Sequence[Plot], points: np.ndarray) -> tuple[list[BaseGeometry], list[Notice]]:
    """The ground of one plot, whole or by rings that nothing tells apart, and what its stated area tells."""
    if entry.shape == "point":
        return [shapely.Point(points[0]) if len(points) == 1 else shapely.MultiPoint(points)], []
    if entry.shape == "line":
        runs = [ring.points for plot in plots for ring in plot.rings]
        if any(len(run) < 2 for run in runs):
            raise RowUnread(entry.line, Term("cause.line_of_one"))
        return [shapely.LineString(runs[0]) if len(runs) == 1 else shapely.MultiLineString(runs)], []
    if any(sum(len(ring.points) for ring in plot.rings) == 1 for plot in plots):
        raise RowUnread(entry.line, Term("cause.area_of_one"))
    made = [plot.geometry() for plot in plots]
    geometries = [geometry for geometry, _ in made]
    notices = notices_of(plots, geometries, sum(dropped for _, dropped in made))
    return geometries, [*notices, *compare_area(read_area(entry.area), together(geometries), entry.name)]


def _stated(head: dict[str, str]) -> list[Notice]:
    """What the head says beside the CRS, and is not used."""
    notices = []
    if head.get(_PRECISION):
        notices.append(Notice("stated_precision", {"precision": shortened(head[_PRECISION])}))
    if any(value.strip() not in ("", "0", "0.0") for value in head.get(_PARAMETERS, "").split(",")):
        notices.append(Notice("parameters_unused", {"parameters": shortened(head[_PARAMETERS])}))
    return notices
