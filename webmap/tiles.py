"""Vector tiles (MVT 2) of a layer whose GeoJSON would be too heavy, written by GDAL.

A tile is cut from the same simplified zones as the GeoJSON of its zoom, so that neighbours share their borders on it.
"""

import math
import tempfile
from functools import lru_cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from geo.crs import ENGINE_CRS
from geo.errors import MapPartUnknown, TileTooFull
from geo.geometry import polygons_of
from geo.layers.store import Layer
from webmap.levels import NEAREST_ZOOM, SKETCH_ZOOM, level_at, said_of, simplified

LAYER_NAME = "zones"
FARTHEST_TILE = 5  # the page draws a tile of one zoom less than the map's, at twice the size
DEEPEST_TILE = 14  # one unit of such a tile is about 0.4 m at 43°N; nearer, the page enlarges it
MARGIN = 0.02  # of a tile's width, drawn beyond its limits so that no limit shows
MOST_ZONES = 50_000  # in one tile
MOST_BYTES = 8_000_000  # of one tile; GDAL would coarsen a larger one
KEPT_TILES = 128
AREAS = (3, 6)  # Shapely's numbers of polygons and multipolygons


def deepest_tile(layer: Layer) -> int:
    """The zoom of the nearest tiles that a layer has."""
    return SKETCH_ZOOM - 1 if layer.info.sketch else DEEPEST_TILE


@lru_cache(maxsize=KEPT_TILES)
def draw_tile(layer: Layer, z: int, x: int, y: int) -> bytes:
    """A tile of a layer; no bytes where it has no zone there.

    Raises
    ------
    MapPartUnknown
        Where the layer has no such tile: a zoom that it is not drawn at, or a place beyond the world.
    TileTooFull
        Where more than `MOST_ZONES` zones lie in it: it is refused whole, since a part would look like all.
    """
    if not FARTHEST_TILE <= z <= deepest_tile(layer) or not (0 <= x < 2**z and 0 <= y < 2**z):
        raise MapPartUnknown(layer=layer.entry.kind, part=f"{z}/{x}/{y}")
    box = tile_box(z, x, y)
    found = np.sort(layer.tree.query(box, predicate="intersects"))
    if len(found) > MOST_ZONES:
        raise TileTooFull(layer=layer.entry.kind, count=len(found), most=MOST_ZONES)
    level = level_at(layer, min(z + 1, NEAREST_ZOOM))
    pieces = shapely.intersection(simplified(layer, level)[found], box)
    for at in np.flatnonzero(~np.isin(shapely.get_type_id(pieces), AREAS)):
        pieces[at] = polygons_of(pieces[at])  # a zone may touch the limit of a tile with no more than a line
    there = [(said_of(layer.placed[at]), piece) for at, piece in zip(found, pieces, strict=True) if not piece.is_empty]
    if not there:
        return b""
    frame = gpd.GeoDataFrame([said for said, _ in there], geometry=[piece for _, piece in there], crs=ENGINE_CRS)
    return _written(frame, z, x, y)


def _written(frame: gpd.GeoDataFrame, z: int, x: int, y: int) -> bytes:
    with tempfile.TemporaryDirectory(prefix="fenqu-tile-") as folder:
        path = Path(folder) / "tiles"
        options = {"MINZOOM": z, "MAXZOOM": z, "COMPRESS": "NO", "MAX_SIZE": MOST_BYTES, "MAX_FEATURES": MOST_ZONES}
        frame.to_file(path, driver="MVT", engine="pyogrio", layer=LAYER_NAME, **options)
        made = path / str(z) / str(x) / f"{y}.pbf"
        return made.read_bytes() if made.exists() else b""


def tile_box(z: int, x: int, y: int) -> shapely.Polygon:
    """The ground of a tile with its margin, EPSG:4490."""
    west, east = (360.0 * at / 2**z - 180.0 for at in (x - MARGIN, x + 1 + MARGIN))
    north, south = (
        math.degrees(math.atan(math.sinh(math.pi * (1.0 - 2.0 * at / 2**z)))) for at in (y - MARGIN, y + 1 + MARGIN)
    )
    return shapely.box(west, south, east, north)
