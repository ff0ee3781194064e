"""Zones of four layers, from a seed: 188 units (300,000 vertices), 60 protected areas, 400 red lines, 1,500 belts."""

from collections.abc import Mapping
from itertools import product

import numpy as np
import shapely

SEED = 20261122
BOX = (127.4, 41.9, 131.4, 44.5)  # degrees
COLUMNS, ROWS, UNITS, PER_LIMIT = 14, 14, 188, 398
WAVES = 40
AREAS = {"protected_area": (60, 4_000, (0.03, 0.15)), "red_line": (400, 1_200, (0.01, 0.05))}
BELTS, PER_SIDE, WIDTH_DEG = 1_500, 160, (0.0002, 0.001)


def layers() -> Mapping[str, np.ndarray]:
    """The zones of each layer: valid polygons, EPSG:4490."""
    chance = np.random.default_rng(SEED)
    blobs = {kind: _blobs(chance, *told) for kind, told in AREAS.items()}
    return {"control_unit": _units(chance), **blobs, "shelter_belt": _belts(chance)}


def points(count: int) -> np.ndarray:
    """Points evenly spread over the box, shape (n, 2)."""
    west, south, east, north = BOX
    return np.random.default_rng(SEED + 1).uniform((west, south), (east, north), (count, 2))


def footprints(count: int) -> np.ndarray:
    """Sites of 4 to 40 corners and 0.1 to 3 km across, shape (n,)."""
    chance = np.random.default_rng(SEED + 2)
    centres = points(count)
    corners = chance.integers(4, 41, count)
    return np.array(
        [
            _blob(chance, centre, radius, number, 3)
            for centre, radius, number in zip(centres, chance.uniform(0.001, 0.02, count), corners, strict=True)
        ],
        dtype=object,
    )


def scattered(count: int) -> np.ndarray:
    """Zones of 40 corners each, that cover the box about once whatever their number."""
    chance = np.random.default_rng(SEED + 3)
    west, south, east, north = BOX
    centres = chance.uniform((west, south), (east, north), (count, 2))
    radius = np.sqrt((east - west) * (north - south) / count / np.pi)
    return np.array([_blob(chance, at, radius, 40, 5) for at in centres], dtype=object)


def _wave(chance: np.random.Generator, along: np.ndarray, waves: int) -> np.ndarray:
    """A wandering number along the way, about -1 to 1, that begins and ends at 0."""
    number = np.arange(1, waves + 1)
    size, turn = chance.normal(size=waves) / number**1.2, chance.uniform(0.0, 2.0 * np.pi, waves)
    told = (size[:, None] * np.sin(2.0 * np.pi * number[:, None] * along + turn[:, None])).sum(axis=0) / 2.0
    return told * np.sin(np.pi * along)


def _units(chance: np.random.Generator) -> np.ndarray:
    west, south, east, north = BOX
    corners = np.stack(
        np.meshgrid(np.linspace(west, east, COLUMNS + 1), np.linspace(south, north, ROWS + 1), indexing="ij"), axis=-1
    )
    wander = 0.1 * np.array([(east - west) / COLUMNS, (north - south) / ROWS])
    corners[1:-1, 1:-1] += chance.uniform(-wander, wander, corners[1:-1, 1:-1].shape)
    along = np.linspace(0.0, 1.0, PER_LIMIT + 2)[:-1]

    def limit(start: np.ndarray, end: np.ndarray, outer: bool) -> np.ndarray:
        run = end - start
        aside = np.zeros(len(along)) if outer else 0.12 * _wave(chance, along, WAVES)
        return start + along[:, None] * run + aside[:, None] * np.array([-run[1], run[0]])

    flat = {
        (i, j): limit(corners[i, j], corners[i + 1, j], j in (0, ROWS))
        for i, j in product(range(COLUMNS), range(ROWS + 1))
    }
    upright = {
        (i, j): limit(corners[i, j], corners[i, j + 1], i in (0, COLUMNS))
        for i, j in product(range(COLUMNS + 1), range(ROWS))
    }

    def back(line: np.ndarray, end: np.ndarray) -> np.ndarray:
        return np.concatenate([end[None], line[:0:-1]])

    rings = [
        np.concatenate(
            [
                flat[i, j],
                upright[i + 1, j],
                back(flat[i, j + 1], corners[i + 1, j + 1]),
                back(upright[i, j], corners[i, j + 1]),
            ]
        )
        for i, j in product(range(COLUMNS), range(ROWS))
    ]
    return np.array([shapely.Polygon(ring) for ring in rings[:UNITS]], dtype=object)


def _blob(chance: np.random.Generator, centre: np.ndarray, radius: float, corners: int, waves: int) -> shapely.Polygon:
    along = np.arange(corners) / corners
    reach = radius * np.exp(0.25 * _wave(chance, along, waves))
    turn = 2.0 * np.pi * along
    return shapely.Polygon(centre + reach[:, None] * np.column_stack([np.cos(turn), 0.73 * np.sin(turn)]))


def _blobs(chance: np.random.Generator, count: int, corners: int, radii: tuple[float, float]) -> np.ndarray:
    west, south, east, north = BOX
    centres = chance.uniform((west, south), (east, north), (count, 2))
    return np.array([_blob(chance, at, chance.uniform(*radii), corners, 60) for at in centres], dtype=object)


def _belts(chance: np.random.Generator) -> np.ndarray:
    west, south, east, north = BOX
    along = np.linspace(0.0, 1.0, PER_SIDE)
    belts = []
    for _ in range(BELTS):
        start, turn = chance.uniform((west, south), (east, north)), chance.uniform(0.0, 2.0 * np.pi)
        run = chance.uniform(0.02, 0.2) * np.array([np.cos(turn), 0.73 * np.sin(turn)])
        across = np.array([-run[1], run[0]]) / np.hypot(*run)
        middle = start + along[:, None] * run + (0.05 * np.hypot(*run) * _wave(chance, along, 6))[:, None] * across
        half = chance.uniform(*WIDTH_DEG) / 2.0 * across
        belts.append(shapely.Polygon(np.concatenate([middle + half, (middle - half)[::-1]])))
    return np.array(belts, dtype=object)
