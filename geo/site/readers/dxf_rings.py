"""Objects of a drawing as shapes in the plane: runs, rings made of separate segments, hatches with their holes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from ezdxf.entities.arc import Arc
from ezdxf.entities.dxfgfx import DXFGraphic
from ezdxf.entities.line import Line
from ezdxf.entities.polygon import DXFPolygon
from ezdxf.math import X_AXIS, Y_AXIS, Z_AXIS, Matrix44
from shapely.geometry import LineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from geo.errors import SiteInvalid, Term
from geo.site.readers.dxf_curves import Straightened, joined, rings_of, run_of
from geo.site.readers.dxf_objects import Found, Part

_JOIN = 1e-6  # of the median length of the segments: ends that meet lie no farther apart
_ROUGHLY = 0.01  # … where it is asked which of them nearly do
_CORNER = 1e-9  # of the coordinates' size, in a ring whose segments are known to meet
_MOST_COMPARED = 1_000  # areas of one layer, or rings of one hatch, of which it is asked whether they lie in each other
_NESTED, _OUTERMOST = 0, 1  # styles of a hatch; in the third what lies inside is hatched too


@dataclass(slots=True)
class Board:
    """Draws objects, and remembers what was done to them."""

    curves: int = 0  # that were made straight
    sagitta: float = 0.0  # the largest that was allowed for it, in units of the drawing
    high: bool = False  # whether a height was dropped
    unsettled: int = 0  # hatches whose rings cross, so that inside and outside are not told

    def draw(self, found: Found) -> list[BaseGeometry]:
        """The shapes of an object: none where it has no extent, several where a hatch is not settled.

        Raises
        ------
        SiteInvalid
            Where a coordinate is no finite number.
        """
        runs = [run for part in found.parts for run in self._runs(part)]
        if any(not np.isfinite(run).all() for run in runs):
            raise SiteInvalid(reason=Term("cause.not_finite"))
        self.high = self.high or any(bool(run[:, 2:].any()) for run in runs)
        return self._shapes(found, [run[:, :2] for run in runs if len(run)])

    def _runs(self, part: Part) -> list[np.ndarray]:
        entity, here = part.entity, Straightened()
        runs = rings_of(entity, here) if isinstance(entity, DXFPolygon) else [run_of(entity, here).points]
        self.curves += here.curves
        self.sagitta = max(self.sagitta, here.sagitta * _scale(part.matrix))
        matrix = part.matrix
        return runs if matrix is None else [np.array([*map(tuple, matrix.transform_vertices(run))]) for run in runs]

    def _shapes(self, found: Found, runs: list[np.ndarray]) -> list[BaseGeometry]:
        if not runs:
            return []
        if found.kind == "points":
            return [Point(runs[0][0])]
        if found.kind == "lines":
            return [LineString(runs[0])] if len(np.unique(runs[0], axis=0)) > 1 else []
        hatch = found.parts[0].entity
        if isinstance(hatch, DXFPolygon):
            shapes, settled = _hatched(runs, hatch.dxf.get("hatch_style", _NESTED))
            self.unsettled += not settled
            return shapes
        ring = runs[0]
        for run in runs[1:]:
            ring = joined(ring, run, _CORNER)
        return [*_polygons([ring])]


def _scale(matrix: Matrix44 | None) -> float:
    """How much a block reference stretches at most."""
    return (
        1.0 if matrix is None else max(matrix.transform_direction(axis).magnitude for axis in (X_AXIS, Y_AXIS, Z_AXIS))
    )


def _polygons(rings: Iterable[np.ndarray]) -> Iterator[Polygon]:
    """Rings that enclose something."""
    for ring in rings:
        if len(np.unique(ring, axis=0)) > 2 and Polygon(ring).area > 0.0:
            yield Polygon(ring)


def _hatched(rings: list[np.ndarray], style: int) -> tuple[list[BaseGeometry], bool]:
    """What the rings of a hatch fill, and whether that is told: each ring on its own where some cross or coincide."""
    polygons = list(_polygons(rings))
    if len(polygons) > _MOST_COMPARED:
        return [*polygons], False
    outer, inner = _pairs(polygons, "covers")
    twice = set(zip(outer, inner, strict=True)) & set(zip(inner, outer, strict=True))
    if twice or len(_pairs(polygons, "overlaps")[0]) or not all(polygon.is_valid for polygon in polygons):
        return [*polygons], False
    depth = np.bincount(inner, minlength=len(polygons))
    children = defaultdict(list)
    for shell, hole in zip(outer, inner, strict=True):
        if depth[hole] == depth[shell] + 1:
            children[shell].append(polygons[hole].exterior)
    filled = [at for at in range(len(polygons)) if (depth[at] % 2 == 0 if style == _NESTED else depth[at] == 0)]
    holed = style in (_NESTED, _OUTERMOST)
    parts = [Polygon(polygons[at].exterior, children[at] if holed else ()) for at in filled]
    return [parts[0] if len(parts) == 1 else MultiPolygon(parts)] if parts else [], True


def _pairs(polygons: Sequence[BaseGeometry], predicate: Literal["covers", "overlaps"]) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the pairs of different polygons of which the first stands so to the second."""
    shapes = np.array(polygons, dtype=object)
    one, other = shapely.STRtree(shapes).query(shapes, predicate=predicate)
    apart = one != other
    return one[apart], other[apart]


def lying_inside(shapes: Sequence[BaseGeometry]) -> int:
    """How many areas lie inside another one of them, and are not the same as it; of the first thousand."""
    areas = [shape for shape in shapes if shape.geom_type == "Polygon" and shape.is_valid][:_MOST_COMPARED]
    outer, inner = _pairs(areas, "covers")
    twice = set(zip(inner, outer, strict=True))
    return len({small for big, small in zip(outer, inner, strict=True) if (big, small) not in twice})


# --- rings made of segments -------------------------------------------------------------------------------------


def rings_of_segments(found: Sequence[Found], roughly: bool = False) -> list[Found]:
    """Objects, with the rings among their segments as areas.

    A ring is made of lines, arcs and open rows of corners of one layer where every end of each meets exactly one other
    end; where a third one comes to a corner, which way the boundary goes is not told, and they stay lines. Lines and
    arcs are joined first: a row of corners that touches their ring does not open it.

    Parameters
    ----------
    roughly : whether ends that nearly meet are joined too, and rings kept that are not valid
    """
    return _joined(_joined(found, (Line, Arc), roughly), (DXFGraphic,), roughly)


def _joined(found: Sequence[Found], kinds: tuple[type[DXFGraphic], ...], roughly: bool) -> list[Found]:
    groups: dict[tuple[str, bool], list[int]] = defaultdict(list)
    for at, one in enumerate(found):
        if one.kind == "lines" and isinstance(one.parts[0].entity, kinds):
            groups[one.layer, one.hidden].append(at)
    rings: dict[int, Found] = {}  # by the number of their first segment
    used: set[int] = set()
    for (layer, hidden), members in groups.items():
        for chain in _chains(np.array([_ends(found[at]) for at in members]), _ROUGHLY if roughly else _JOIN):
            segments = [members[at] for at in chain]
            parts = tuple(found[at].parts[0] for at in segments)
            ring = Found(layer, "areas", parts, found[segments[0]].name, hidden)
            if any(roughly or shape.is_valid for shape in Board().draw(ring)):
                rings[min(segments)] = ring
                used.update(segments)
    return [rings.get(at, one) for at, one in enumerate(found) if at in rings or at not in used]


def line_of(found: Found) -> np.ndarray:
    """The corners of a line, shape (n, 2); none where it is damaged, which is told where it is taken."""
    try:
        return shapely.get_coordinates(Board().draw(found))
    except MemoryError:
        raise
    except Exception:  # an object that lacks what its kind has: it may be no part of the site
        return np.empty((0, 2))


def _ends(found: Found) -> np.ndarray:
    """Both ends of a line, shape (2, 2); no numbers where it has none."""
    entity, matrix = found.parts[0].entity, found.parts[0].matrix
    if not isinstance(entity, Line | Arc):
        line = line_of(found)
        return line[[0, -1]] if len(line) else np.full((2, 2), np.nan)
    ends = (entity.start_point, entity.end_point) if isinstance(entity, Arc) else (entity.dxf.start, entity.dxf.end)
    start, end = ends if matrix is None else matrix.transform_vertices(ends)
    return np.array([[start.x, start.y], [end.x, end.y]])


def _chains(ends: np.ndarray, join: float) -> Iterator[list[int]]:
    """Numbers of the segments of every closed chain; ends of shape (n, 2, 2)."""
    length = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
    whole = np.flatnonzero(np.isfinite(length) & (length > 0.0))
    if not len(whole):
        return
    points = np.asarray(shapely.points(ends[whole].reshape(-1, 2)))
    one, other = shapely.STRtree(points).query(points, predicate="dwithin", distance=join * np.median(length[whole]))
    partner = np.full(len(points), -1)
    partner[one[one != other]] = other[one != other]
    partner[np.bincount(one, minlength=len(points)) != 2] = -1
    left = np.ones(len(whole), bool)
    for first in range(len(whole)):
        chain, end = [first], 2 * first + 1
        while left[first] and partner[end] >= 0 and partner[end] != 2 * first:
            end = int(partner[end]) ^ 1
            chain.append(end // 2)
        if left[first] and partner[end] == 2 * first and len(chain) > 1:
            yield [int(whole[at]) for at in chain]
        left[chain] = False
