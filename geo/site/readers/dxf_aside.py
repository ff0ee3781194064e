"""Lines of a drawing that were not taken because it has areas, and may be the boundary of the site all the same.

A boundary that misses its own beginning by a hair, or was drawn without its closing side, is a line, and the building
inside it an area. Which of them is the site is for the sender to say.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.site.readers.dxf_objects import Found
from geo.site.readers.dxf_rings import Board, line_of, rings_of_segments

_NEAR = 0.01  # of its length: a line whose ends lie no farther apart comes back to where it began
_WIDE = 1e-3  # of its length: by as much a line is made wider, to ask what lines enclose together
_COVERED = 1e-3  # of its area: an outline that lies no farther beyond what is taken adds nothing


def may_bound(aside: Sequence[Found], taken: Sequence[BaseGeometry]) -> bool:
    """Whether lines left aside come back to where they began, or go round an area that was taken.

    Outlines on ground that is taken anyway count for nothing.

    Raises
    ------
    SiteInvalid
        Where a ring of lines has a coordinate that is no finite number.
    """
    corners = [line for one in aside if len(line := line_of(one)) > 1]
    if not corners:
        return False
    lines = np.array([shapely.linestrings(line) for line in corners], dtype=object)
    areas = _polygons(taken)
    ground = shapely.union_all(areas)
    rings = [one for one in rings_of_segments(aside, roughly=True) if one.kind == "areas"]
    back = [*_outlines(lines[_comes_back(corners)]), *_polygons(shape for one in rings for shape in Board().draw(one))]
    return _beyond(back, ground) or _beyond(_round([*_outlines(_merged(lines)), *_enclosed(lines)], areas), ground)


def _comes_back(lines: Iterable[np.ndarray]) -> np.ndarray:
    gaps = [np.hypot(*(line[-1] - line[0])) <= _NEAR * np.hypot(*np.diff(line, axis=0).T).sum() for line in lines]
    return np.array(gaps, dtype=bool)


def _merged(lines: np.ndarray) -> np.ndarray:
    """Lines, and what those that meet end to end are together."""
    return np.concatenate([lines, shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines)))])


def _outlines(lines: np.ndarray) -> np.ndarray:
    """What lines enclose where their ends are joined by a straight side."""
    return _polygons(shapely.Polygon(line.coords) for line in lines if len({*line.coords}) > 2)


def _enclosed(lines: np.ndarray) -> np.ndarray:
    """What lines enclose together, small gaps between them closed."""
    widths = _WIDE * shapely.length(lines)
    bands = shapely.buffer(shapely.simplify(lines, widths / 4.0), widths, quad_segs=1)
    parts = shapely.get_parts(shapely.union_all(bands))
    return _polygons(shapely.Polygon(hole) for part in parts for hole in part.interiors)


def _polygons(shapes: Iterable[BaseGeometry]) -> np.ndarray:
    """The valid polygons that shapes come to."""
    sound = shapely.make_valid(np.array([*shapes], dtype=object), method="structure", keep_collapsed=False)
    parts: np.ndarray = shapely.get_parts(shapely.get_parts(sound))
    return parts[~shapely.is_empty(parts)]


def _round(outlines: Sequence[BaseGeometry], areas: np.ndarray) -> list[BaseGeometry]:
    """The outlines that go round an area: it is smaller, and a point of it lies within."""
    if not outlines or not len(areas):
        return []
    around, inside = shapely.STRtree(shapely.point_on_surface(areas)).query(outlines, predicate="contains")
    larger = shapely.area(np.array(outlines, dtype=object))[around] > shapely.area(areas)[inside]
    return [outlines[at] for at in np.unique(around[larger])]


def _beyond(outlines: Sequence[BaseGeometry], ground: BaseGeometry) -> bool:
    """Whether any outline reaches beyond the ground that is taken."""
    shapes = np.array([*outlines], dtype=object)
    return bool((shapely.area(shapely.difference(shapes, ground)) > _COVERED * shapely.area(shapes)).any())
