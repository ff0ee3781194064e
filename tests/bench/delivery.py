"""A delivery of 20,000 units with three million vertices, made from a seed: a grid whose shared limits wander."""

from itertools import product
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from geo.layers.store import LayerStore
from geo.settings import Settings

COLUMNS, ROWS, PER_EDGE = 142, 141, 37  # cells across and down; vertices on each limit between two corners
SEED = 20261122
WANDER = 0.3  # of half a cell, at most


def write_delivery(settings: Settings, folder: Path) -> tuple[Path, Path, int]:
    """Write units.gpkg and coverage.geojson into a folder; gives both and how many vertices the units have.

    All of it lies in the largest county, so that nothing crosses a limit.
    """
    layer = LayerStore(settings).open("county")
    county = max(layer.placed, key=lambda zone: zone.ground.area)
    line = shapely.get_coordinates(shapely.maximum_inscribed_circle(county.ground))
    reach = float(np.hypot(*(line[1] - line[0]))) * 0.68
    units = cells(line[0], reach)
    classes = np.arange(len(units)) % 3 + 1
    frame = gpd.GeoDataFrame(
        {
            "HJGKDYBM": [f"ZH{county.code}{digit}{number // 3:04d}" for number, digit in enumerate(classes)],
            "HJGKDYMC": [f"单元{number}" for number in range(len(units))],
            "ZHGKDYFL": classes.astype(str),
            "COUNTY": county.name,
        },
        geometry=units,
        crs="EPSG:4490",
    )
    ground = shapely.box(*(line[0] - reach), *(line[0] + reach))
    paths = folder / "units.gpkg", folder / "coverage.geojson"
    frame.to_file(paths[0], engine="pyogrio")
    gpd.GeoDataFrame({"name": ["bench"]}, geometry=[ground], crs="EPSG:4490").to_file(paths[1], engine="pyogrio")
    return *paths, int(shapely.get_num_coordinates(units).sum())


def cells(centre: np.ndarray, reach: float) -> np.ndarray:
    """The cells of the grid as polygons that share every vertex of their limits."""
    chance = np.random.default_rng(SEED)
    across, down = (
        np.linspace(at - reach, at + reach, count + 1) for at, count in zip(centre, (COLUMNS, ROWS), strict=True)
    )
    corners = np.stack(np.meshgrid(across, down, indexing="ij"), axis=-1)
    step = reach / COLUMNS * WANDER
    corners[1:-1, 1:-1] += chance.uniform(-step, step, corners[1:-1, 1:-1].shape)
    parts = np.linspace(0.0, 1.0, PER_EDGE + 2)[1:-1, None]

    def limit(start: np.ndarray, end: np.ndarray, outer: bool) -> np.ndarray:
        between = start + (end - start) * parts
        if not outer:
            between = between + chance.uniform(-step / 20.0, step / 20.0, between.shape)
        return np.concatenate([start[None], between])

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
    return np.array([shapely.Polygon(ring) for ring in rings], dtype=object)
