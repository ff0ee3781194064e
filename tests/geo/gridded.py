"""Zones and points for the cell index: what wanders, what is shared, and what lies on lines, on purpose."""

import numpy as np
import shapely

BOX = (129.0, 42.5, 130.0, 43.2)  # degrees


def zones(seed: int, count: int = 40) -> np.ndarray:
    """Cells of a partition that share their borders, and stars over them, some with holes, some in parts."""
    chance = np.random.default_rng(seed)
    centres = shapely.MultiPoint(chance.uniform(BOX[:2], BOX[2:], (count, 2)))
    frame = shapely.box(*BOX)
    shared = shapely.intersection(shapely.get_parts(shapely.voronoi_polygons(centres, extend_to=frame)), frame)
    stars = np.array([star(chance, chance.uniform(BOX[:2], BOX[2:]), 60) for _ in range(count)])
    holed = shapely.difference(stars[::3], shapely.buffer(shapely.centroid(stars[::3]), 0.008))
    parted = shapely.union(stars[1::3], shapely.transform(stars[1::3], lambda points: points + np.array([0.31, 0.02])))
    return np.concatenate([shared, holed, parted, stars[2::3]])


def star(chance: np.random.Generator, centre: np.ndarray, corners: int, reach: float = 0.06) -> shapely.Polygon:
    """A polygon around a centre, degrees."""
    turn = np.linspace(0.0, 2.0 * np.pi, corners, endpoint=False)
    away = reach * chance.uniform(0.4, 1.0, corners)
    return shapely.Polygon(centre + away[:, None] * np.column_stack([np.cos(turn), np.sin(turn)]))


def hostile_points(geometries: np.ndarray, west: float, south: float, size: float, count: int, seed: int) -> np.ndarray:
    """Points on edges and one step of a float beside, on vertices, on limits and middles of cells, level with these."""
    chance = np.random.default_rng(seed)
    rings = shapely.get_rings(shapely.get_parts(geometries))
    vertices, ring = shapely.get_coordinates(rings, return_index=True)
    edge = chance.choice(np.flatnonzero(ring[1:] == ring[:-1]), count)
    on = vertices[edge] + (vertices[edge + 1] - vertices[edge]) * chance.random((count, 1))
    beside = np.nextafter(on, on + chance.choice([-1.0, 1.0], (count, 2)))
    corner, other = vertices[chance.integers(0, len(vertices), (2, count))]
    cell = np.floor((corner - [west, south]) / size)
    limit, middle = [west, south] + cell * size, [west, south] + (cell + 0.5) * size
    mixed = [(limit[:, 0], corner[:, 1]), (corner[:, 0], limit[:, 1]), (middle[:, 0], corner[:, 1]),
             (corner[:, 0], middle[:, 1]), (corner[:, 0], other[:, 1])]  # fmt: skip
    return np.concatenate([on, beside, corner, limit, middle, *(np.column_stack(two) for two in mixed)])


def told_by_geos(geometries: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every point with every zone that it lies in, in order."""
    point, zone = shapely.STRtree(geometries).query(shapely.points(points))
    inside = shapely.intersects_xy(geometries[zone], points[point])
    order = np.lexsort((zone[inside], point[inside]))
    return point[inside][order], zone[inside][order]
