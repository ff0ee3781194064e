"""What the cell index is measured beside: the plain ways of shapely, and SedonaDB where it is installed."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import shapely

from geo.geometry import areas_m2

PIECE_DEG = 0.02  # sides of the squares that zones are cut along


class Boxes:
    """A tree of boxes, and prepared geometries for what it finds."""

    def __init__(self, geometries: np.ndarray) -> None:
        self.geometries, self.tree = geometries, shapely.STRtree(geometries)
        shapely.prepare(geometries)

    def pairs(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Every point with every zone that it lies in."""
        point, zone = self.tree.query(shapely.points(points))
        inside = shapely.intersects_xy(self.geometries[zone], points[point])
        return point[inside], zone[inside]


class CutPieces:
    """Zones cut along squares when they are loaded, so that an overlap touches few vertices."""

    def __init__(self, geometries: np.ndarray) -> None:
        pieces, whose = [], []
        for number, one in enumerate(geometries):
            west, south, east, north = (np.floor(np.array(one.bounds) / PIECE_DEG)).astype(int)
            at = np.stack(np.meshgrid(np.arange(west, east + 1), np.arange(south, north + 1)), axis=-1).reshape(-1, 2)
            squares = shapely.box(*(at * PIECE_DEG).T, *((at + 1) * PIECE_DEG).T)
            shapely.prepare(one)
            squares = squares[shapely.intersects(one, squares)]
            inside = shapely.contains_properly(one, squares)
            pieces.append(np.where(inside, squares, shapely.intersection(one, squares)))
            whose.append(np.full(len(squares), number))
        self.pieces, self.whose = np.concatenate(pieces), np.concatenate(whose)
        self.tree = shapely.STRtree(self.pieces)

    def overlaps(self, footprints: np.ndarray, threads: int) -> dict[tuple[int, int], float]:
        """Ellipsoidal overlap, m², by footprint and zone."""
        parts = np.array_split(np.arange(len(footprints)), threads)
        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(lambda part: self._measured(footprints, part), parts))
        return {pair: area for one in found for pair, area in one.items()}

    def _measured(self, footprints: np.ndarray, part: np.ndarray) -> dict[tuple[int, int], float]:
        footprint, piece = self.tree.query(footprints[part], predicate="intersects")
        areas = areas_m2(shapely.intersection(footprints[part][footprint], self.pieces[piece]))
        keys = footprint * np.int64(len(self.pieces)) + self.whose[piece]
        told, which = np.unique(keys, return_inverse=True)
        sums = np.bincount(which, areas)
        return {
            (int(part[key // len(self.pieces)]), int(key % len(self.pieces))): float(area)
            for key, area in zip(told, sums, strict=True)
            if area > 1e-6
        }


class Sedona:
    """SedonaDB on some threads; only where its package is installed."""

    def __init__(self, geometries: np.ndarray, threads: int) -> None:
        import geopandas as gpd
        import sedonadb

        self.gpd, self.base = gpd, sedonadb.connect()
        self.base.sql(f"SET datafusion.execution.target_partitions = {threads}").execute()
        self._view("z", geometries)

    def _view(self, name: str, shapes: np.ndarray) -> None:
        frame = self.gpd.GeoDataFrame({"at": np.arange(len(shapes))}, geometry=shapes, crs=None)
        self.base.create_data_frame(frame).to_memtable().to_view(name, overwrite=True)

    def load(self, points: np.ndarray) -> None:
        """Take the points in; this is not part of the question."""
        self._view("p", shapely.points(points))

    def pairs(self) -> int:
        """How many pairs of a point and a zone that it lies in there are."""
        asked = "SELECT p.at AS i, z.at AS j FROM p JOIN z ON ST_Intersects(z.geometry, p.geometry)"
        return len(self.base.sql(asked).to_arrow_table())
