"""Entities of a drawing as runs of points: arcs, ellipses, splines and bulges made straight.

Points lie on the curve; a chord is never farther from it than the sagitta that `sagitta_of` gives. Coordinates are
those of the block or the model space that holds the entity, three numbers each, in the drawing's units.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from ezdxf.entities.arc import Arc
from ezdxf.entities.boundary_paths import AbstractEdge, ArcEdge, EllipseEdge, LineEdge, PolylinePath, SplineEdge
from ezdxf.entities.circle import Circle
from ezdxf.entities.dxfentity import DXFEntity
from ezdxf.entities.ellipse import Ellipse
from ezdxf.entities.line import Line
from ezdxf.entities.lwpolyline import LWPolyline
from ezdxf.entities.mpolygon import MPolygon
from ezdxf.entities.point import Point
from ezdxf.entities.polygon import DXFPolygon
from ezdxf.entities.polyline import Polyline
from ezdxf.entities.solid import Face3d, Solid
from ezdxf.entities.spline import Spline
from ezdxf.math import OCS, BSpline, ConstructionArc, UVec, Vec2, Vec3, bulge_to_arc

from geo.errors import SiteTooLarge, Term

SAGITTA = 0.01  # drawing units: a centimetre where they are metres
_OF_SIZE = 1.0 / 2_000.0  # … and never more than this part of the curve, nor less than the next
_LEAST_OF_SIZE = 1e-6
_CLOSE = 1e-12  # of the coordinates' size: two ends are one point where they differ by less
_GAP = 1e-9  # … in the boundary of a hatch, whose arcs are stored by angles
_PARTS = (4, 8, 16, 32, 64, 128, 256, 512)  # of a spline between two knots: as many as it takes
_MOST_POINTS = 200_000  # of one spline
_FRAME = 16  # flag of a vertex that only controls a spline


@dataclass(slots=True)
class Straightened:
    """The largest sagitta that was allowed while curves were made straight."""

    sagitta: float = 0.0
    curves: int = 0

    def sagitta_of(self, size: float) -> float:
        """The sagitta for a curve of a size in drawing units."""
        sagitta = min(max(SAGITTA, _LEAST_OF_SIZE * size), _OF_SIZE * size)
        self.sagitta, self.curves = max(self.sagitta, sagitta), self.curves + 1
        return sagitta


@dataclass(frozen=True, slots=True)
class Run:
    """Points in a row."""

    points: np.ndarray = field(default_factory=lambda: np.empty((0, 3)))  # shape (n, 3)

    @property
    def meets(self) -> bool:
        """Whether the last point is the first."""
        return len(self.points) > 1 and same_point(self.points[0], self.points[-1])


def same_point(one: Sequence[float] | np.ndarray, other: Sequence[float] | np.ndarray, share: float = _CLOSE) -> bool:
    """Whether two points in the plane are one, but for rounding."""
    size = max(abs(one[0]), abs(one[1]), abs(other[0]), abs(other[1]))
    return bool(abs(one[0] - other[0]) <= share * size and abs(one[1] - other[1]) <= share * size)


def run_of(entity: DXFEntity, straightened: Straightened) -> Run:
    """The points of an entity that is no hatch.

    Raises
    ------
    TypeError
        For an entity of a kind that has none.
    """
    return Run(np.array([point.xyz for point in _points(entity, straightened)], float).reshape(-1, 3))


def _points(entity: DXFEntity, straightened: Straightened) -> Iterable[Vec3]:
    match entity:
        case LWPolyline():
            corners = [(x, y, bulge) for x, y, bulge in entity.get_points("xyb")]
            flat = _bulged(corners, entity.closed, straightened)
            return _lifted(flat, entity.ocs(), float(entity.dxf.elevation))
        case Polyline():
            return _polyline(entity, straightened)
        case Arc():
            turn = _turn(entity.dxf.start_angle, entity.dxf.end_angle)
            sagitta = _of_arc(abs(entity.dxf.radius), turn, straightened)
            return entity.flattening(sagitta) if sagitta else (entity.start_point, entity.end_point)
        case Circle():
            size = abs(entity.dxf.radius)
            return entity.flattening(straightened.sagitta_of(size)) if size else ()
        case Ellipse():
            size = entity.dxf.major_axis.magnitude
            return entity.flattening(straightened.sagitta_of(size), 16) if size else ()
        case Spline():
            return _spline(entity, straightened)
        case Line():
            return (entity.dxf.start, entity.dxf.end)
        case Point():
            return (entity.dxf.location,)
        case Solid() | Face3d():
            return entity.wcs_vertices()
    raise TypeError(entity.dxftype())


def _polyline(entity: Polyline, straightened: Straightened) -> Iterable[Vec3]:
    vertices = [vertex for vertex in entity.vertices if not vertex.dxf.flags & _FRAME]
    if entity.is_3d_polyline:
        points: list[Vec3] = [vertex.dxf.location for vertex in vertices]
        return points + points[: entity.is_closed]
    corners = [(vertex.dxf.location.x, vertex.dxf.location.y, vertex.dxf.get("bulge", 0.0)) for vertex in vertices]
    height = entity.dxf.elevation.z if entity.dxf.hasattr("elevation") else 0.0
    return _lifted(_bulged(corners, entity.is_closed, straightened), entity.ocs(), float(height))


def _spline(entity: Spline, straightened: Straightened) -> Iterable[Vec3]:
    if entity.control_point_count() < 2 and entity.fit_point_count() < 2:
        return ()
    curve = entity.construction_tool()
    guides = np.array([point.xyz for point in curve.control_points])
    size = float(np.ptp(guides, axis=0).max()) / 2.0
    points = _followed(curve, straightened.sagitta_of(size)) if size else []
    return points + points[:1] if entity.closed and points else points


def _followed(curve: BSpline, sagitta: float) -> list[Vec3]:
    """Points along a spline, from the knot where it begins to the one where it ends, as close as they have to be."""
    knots = np.array(curve.knots())
    domain = np.unique(knots[curve.order - 1 : len(knots) - curve.order + 1])
    points: list[Vec3] = []
    for parts in _PARTS:
        if parts * len(domain) > _MOST_POINTS:
            raise SiteTooLarge(what=Term("limit.vertices"), count=parts * len(domain), most=_MOST_POINTS)
        steps = np.linspace(domain[:-1], domain[1:], parts, endpoint=False, axis=1).ravel()
        points = list(curve.points([*map(float, steps), float(domain[-1])]))
        corners = np.array([point.xyz for point in points])
        if np.abs(corners[1::2] - (corners[:-1:2] + corners[2::2]) / 2.0).max() <= sagitta:
            break
    return points


def _lifted(points: Iterable[Vec2], system: OCS, height: float) -> Iterable[Vec3]:
    """Points of an entity's own plane, in the coordinates of what holds it."""
    lifted = [Vec3(point.x, point.y, height) for point in points]
    return system.points_to_wcs(lifted) if system.transform else lifted


def _bulged(corners: Sequence[tuple[float, float, float]], closed: bool, straightened: Straightened) -> Iterator[Vec2]:
    """Corners, each with the bulge of the side that follows, as points; a closed row ends where it began."""
    following = [*corners[1:], *corners[:1]] if closed else corners[1:]
    for (x, y, bulge), (to_x, to_y, _) in zip(corners, following, strict=False):
        yield Vec2(x, y)
        if bulge and not same_point((x, y), (to_x, to_y)):
            yield from _arc(Vec2(x, y), Vec2(to_x, to_y), bulge, straightened)
    if corners:
        x, y, _ = corners[0] if closed else corners[-1]
        yield Vec2(x, y)


def _arc(start: UVec, end: UVec, bulge: float, straightened: Straightened) -> list[Vec2]:
    """The points of a side with a bulge between its corners."""
    center, first, last, radius = bulge_to_arc(start, end, bulge)
    sagitta = _of_arc(radius, abs(4.0 * math.atan(bulge)), straightened)
    if not sagitta:
        return []
    arc = ConstructionArc(center, radius, math.degrees(first), math.degrees(last))
    inner = list(arc.flattening(sagitta))[1:-1]
    return inner if bulge > 0 else inner[::-1]


def _of_arc(radius: float, turn: float, straightened: Straightened) -> float | None:
    """The sagitta for an arc that turns by an angle in radians; None for one that is as good as straight."""
    sagitta = straightened.sagitta_of(radius * min(1.0, turn))
    return sagitta if turn > 1.0 or radius * turn * turn / 8.0 > sagitta else None


# --- hatches ----------------------------------------------------------------------------------------------------


def rings_of(hatch: DXFPolygon, straightened: Straightened) -> list[np.ndarray]:
    """The rings of a hatch, each of shape (n, 3); gaps between its edges are closed by a straight line."""
    system, height = hatch.ocs(), float(hatch.dxf.elevation.z)
    offset = Vec2(hatch.dxf.get("offset_vector", (0.0, 0.0)) if isinstance(hatch, MPolygon) else (0.0, 0.0))
    rings: list[np.ndarray] = []
    for path in hatch.paths:
        if isinstance(path, PolylinePath):
            runs = [list(_bulged(path.vertices, True, straightened))]
        else:
            runs = [[Vec2(point) for point in _edge(edge, straightened)] for edge in path.edges]
        lifted = [_lifted([point + offset for point in run], system, height) for run in runs]
        rings += _loops([np.array([point.xyz for point in run]) for run in lifted if run])
    return rings


def _edge(edge: AbstractEdge, straightened: Straightened) -> Iterable[UVec]:
    """The points of one edge in the plane of its hatch."""
    match edge:
        case LineEdge():
            return (edge.start, edge.end)
        case ArcEdge():
            arc = edge.construction_tool()
            sagitta = _of_arc(abs(arc.radius), _turn(arc.start_angle, arc.end_angle), straightened)
            return arc.flattening(sagitta) if sagitta else (arc.start_point, arc.end_point)
        case EllipseEdge():
            size = edge.major_axis.magnitude
            return edge.construction_tool().flattening(straightened.sagitta_of(size), 16) if size else ()
        case SplineEdge():
            spline = Spline.new(dxfattribs={"degree": edge.degree})
            spline.knots, spline.weights = edge.knot_values, edge.weights
            spline.control_points = [Vec3(point) for point in edge.control_points]
            spline.fit_points = [Vec3(point) for point in edge.fit_points]
            return _spline(spline, straightened)
    raise TypeError(type(edge).__name__)


def _turn(start: float, end: float) -> float:
    """How far an arc between two angles in degrees turns, in radians; all the way round where they are the same."""
    return math.radians((end - start) % 360.0) or math.tau


def _loops(runs: Iterable[np.ndarray]) -> list[np.ndarray]:
    """Runs that follow each other, in either direction, as closed rings."""
    loops: list[np.ndarray] = []
    for run in runs:
        if not len(run):
            continue
        if not loops or same_point(loops[-1][0], loops[-1][-1], _GAP):
            loops.append(run)
        else:
            loops[-1] = joined(loops[-1], run, _GAP)
    return loops


def joined(chain: np.ndarray, run: np.ndarray, share: float) -> np.ndarray:
    """A chain of points and the run that follows it; whichever ends meet, or else the nearest."""
    tail, head = ([same_point(chain[at], end, share) for end in (run[0], run[-1])] for at in (-1, 0))
    if any(head) and not any(tail):
        chain = chain[::-1]
    ahead = np.hypot(*(chain[-1] - run[0])[:2]) <= np.hypot(*(chain[-1] - run[-1])[:2])
    return np.concatenate([chain, run if ahead else run[::-1]])
