"""Outlines for tests of the measures, plain and hostile, drawn in metres around one place and set on the ground.

In the plane (x, y) is metres east and north of `PLACE`; `on_ground` brings it to degrees with edges short enough
that a straight line of the plane is straight in degrees too, to within a millimetre.
"""

from math import pi

import numpy as np
import shapely
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from geo.crs import LocalPlane

PLACE = (129.5, 42.9)
PLANE = LocalPlane(*PLACE)
STEP_M = 100.0
CELL_DEG = 0.0001  # side of a cell of `blocks`: some 8 m east and 11 m north


def on_ground(flat: BaseGeometry) -> BaseGeometry:
    """From metres around the place to degrees."""
    return PLANE.unproject(shapely.segmentize(flat, STEP_M))


def star(radii: list[float], turn: float = 0.0, east: float = 0.0, north: float = 0.0) -> shapely.Polygon:
    """An outline with a corner at each of these distances, in metres, around a point."""
    angles = turn + np.arange(len(radii)) * 2.0 * pi / len(radii)
    return shapely.Polygon(np.column_stack([east + radii * np.cos(angles), north + radii * np.sin(angles)]))


def comb(teeth: int, length: float, gap: float) -> shapely.Polygon:
    """A bar with narrow teeth: notches that a band fills, and tongues that a band eats."""
    bar = [(0.0, -length), (0.0, 0.0)]
    for i in range(teeth):
        west = 2.0 * gap * i
        bar += [(west, length), (west + gap, length), (west + gap, 0.0), (west + 2.0 * gap, 0.0)]
    return shapely.Polygon([*bar, (2.0 * gap * teeth, -length)])


def bent(width: float, length: float, gap: float) -> shapely.Polygon:
    """A thin strip that turns back along itself."""
    north = width + gap
    path = shapely.LineString([(-length, 0.0), (length, 0.0), (length, north), (-length, north)])
    return shapely.buffer(path, width / 2.0, cap_style="flat", join_style="mitre")


def ring(outer: float, inner: float) -> shapely.Polygon:
    """A square with a square hole."""
    return shapely.box(-outer, -outer, outer, outer) - shapely.box(-inner, -inner, inner, inner)


def needle(length: float, width: float) -> shapely.Polygon:
    """A triangle far longer than wide."""
    return shapely.Polygon([(-length, -width), (-length, width), (length, 0.0)])


def moved(flat: BaseGeometry, east: float, north: float, turn: float = 0.0) -> BaseGeometry:
    """The same shape elsewhere, turned by radians."""
    cos, sin = np.cos(turn), np.sin(turn)
    return shapely.transform(flat, lambda p: p @ np.array([[cos, sin], [-sin, cos]]) + [east, north])


def _spiky(size: float, parts: list[float]) -> shapely.Polygon:
    return star([size * part for part in parts])


def _two(size: float, parts: list[float]) -> BaseGeometry:
    spiky = _spiky(size, parts)
    return shapely.union(spiky, moved(spiky, 3.0 * size * parts[1], size * parts[2]))


# Each from a size in metres, 20 to 1,500, and at least three parts of it, 0.02 to 1.
FORMS = {
    "star": _spiky,
    "two stars": _two,
    "box": lambda size, parts: shapely.box(-size, -size * parts[0], size, size * parts[0]),
    "comb": lambda size, parts: comb(2 + len(parts) % 3, size, size * parts[0] / 4.0),
    "strip": lambda size, parts: bent(max(1.0, size * parts[0] / 4.0), size, size * parts[1] / 3.0),
    "ring": lambda size, parts: ring(size, size * min(parts[0], 0.98)),
    "needle": lambda size, parts: needle(size, max(0.5, size * parts[0] / 20.0)),
}


def outlines(reach_m: float = 1_000.0) -> st.SearchStrategy[BaseGeometry]:
    """Any of the forms, turned any way, anywhere within reach of the place, in metres."""
    where = st.floats(-reach_m, reach_m)

    def build(form: str, size: float, parts: list[float], east: float, north: float, turn: float) -> BaseGeometry:
        return moved(FORMS[form](size, parts), east, north, turn)

    parts = st.lists(st.floats(0.02, 1.0), min_size=3, max_size=9)
    turn = st.floats(0.0, 2.0 * pi)
    return st.builds(build, st.sampled_from(sorted(FORMS)), st.floats(20.0, 1_500.0), parts, where, where, turn)


@st.composite
def blocks(draw: st.DrawFn, side: int = 5) -> BaseGeometry:
    """Cells of a grid together, in degrees: corners on edges, edges on edges, holes, parts that touch in a point."""
    cells = draw(st.sets(st.tuples(st.integers(0, side - 1), st.integers(0, side - 1)), min_size=1, max_size=side**2))
    return shapely.union_all([cell(east, north) for east, north in cells])


def cell(east: int, north: int) -> shapely.Polygon:
    """One cell of the grid, in degrees."""
    lon, lat = (np.round(PLACE[i] + CELL_DEG * np.array([step, step + 1]), 9) for i, step in enumerate((east, north)))
    return shapely.box(lon[0], lat[0], lon[1], lat[1])


def wobble(flat: BaseGeometry, by_m: float, turns: list[float], parts: list[float]) -> BaseGeometry:
    """Each corner moved by at most `by_m`, one after the other in these directions."""

    def move(points: np.ndarray) -> np.ndarray:
        count = len(points)
        angles, radii = np.resize(turns, count), by_m * np.resize(parts, count)
        # The last point of a ring is its first: equal corners go together.
        _, same = np.unique(points, axis=0, return_inverse=True)
        shift = np.column_stack([radii * np.cos(angles), radii * np.sin(angles)])
        return points + shift[np.ravel(same)]

    return shapely.transform(flat, move)


def rewritten(polygon: BaseGeometry, start: int, reverse: bool) -> BaseGeometry:
    """The same ground: rings begun elsewhere, drawn the other way, holes and parts in another order."""

    def ring_of(line: BaseGeometry) -> np.ndarray:
        points = shapely.get_coordinates(line)[:-1]
        points = np.roll(points, start % len(points), axis=0)
        return points[::-1] if reverse else points

    parts = [
        shapely.Polygon(ring_of(part.exterior), [ring_of(hole) for hole in reversed(part.interiors)])
        for part in shapely.get_parts(polygon)
    ]
    parts = parts[::-1] if reverse else parts
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
