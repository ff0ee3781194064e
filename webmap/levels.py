"""The levels of detail of a layer on the map: one for each band of zoom, and a border that neighbours share stays one.

Geometries come valid, in EPSG:4490, from `geo.layers.store`; tolerances are in degrees, about half a pixel at the
nearest zoom of the band. What is simplified is for the eye: nothing is ever measured on it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from geo.export.geojson import feature
from geo.geometry import coarse
from geo.layers.releases import Zone
from geo.layers.store import Layer, of_layer

FARTHEST_ZOOM = 6
SKETCH_ZOOM = 11  # about 1:200,000 at 43°N: nearer, a sketched line would pass for a real one
NEAREST_ZOOM = 17
FORM = 1  # of the bytes of a level; a new number is a new address, so that no browser keeps the old bytes
HEAVY_BYTES = 3_000_000  # of the GeoJSON of a level; a heavier one is served as tiles
LEAST_ZONE_BYTES = 250  # a zone's properties and the five corners of a box
MOST_ZONE_BYTES = 1_000  # a zone's properties, with a long name
MOST_VERTEX_BYTES = 24  # two numbers of ten digits, their marks and brackets


@dataclass(frozen=True, slots=True)
class Level:
    """How a layer is drawn from a zoom on: tolerance in degrees, decimals of a degree that are kept."""

    from_zoom: int
    tolerance: float
    decimals: int


LEVELS = (
    Level(from_zoom=0, tolerance=0.0027, decimals=4),
    Level(from_zoom=8, tolerance=0.0007, decimals=4),
    Level(from_zoom=10, tolerance=0.00017, decimals=5),
    Level(from_zoom=12, tolerance=0.00002, decimals=6),
    Level(from_zoom=15, tolerance=0.000005, decimals=6),
)
FINEST_DISPLAY = 1  # a layer that may be seen but not handed out has no finer level: it stands on a grid


def nearest_zoom(layer: Layer) -> int:
    """The zoom beyond which a layer says more than its lines are worth."""
    return SKETCH_ZOOM if layer.info.sketch else NEAREST_ZOOM


def levels_of(layer: Layer) -> range:
    """The levels that a layer has: those of the zooms at which it may be seen, and of its publication."""
    seen = sum(level.from_zoom <= nearest_zoom(layer) for level in LEVELS)
    return range(seen if layer.info.exact else min(seen, FINEST_DISPLAY + 1))


def level_at(layer: Layer, zoom: int) -> int:
    """The level with which a layer is drawn at a zoom."""
    return max(number for number in levels_of(layer) if LEVELS[number].from_zoom <= zoom or number == 0)


@of_layer
def simplified(layer: Layer, number: int) -> np.ndarray:
    """The placed zones of a layer, simplified: as many as before, in their order, EPSG:4490.

    A border that two zones have in common is simplified once and stays common, also where the layer as a whole is no
    coverage, since some of its zones overlap. A zone that this leaves empty or invalid is simplified by itself.
    """
    tolerance = LEVELS[number].tolerance
    drawn: np.ndarray = shapely.coverage_simplify(layer.geometries, tolerance)
    spoilt = shapely.is_empty(drawn) | ~shapely.is_valid(drawn)
    if spoilt.any():
        drawn[spoilt] = shapely.simplify(layer.geometries[spoilt], tolerance, preserve_topology=True)
    return drawn if layer.info.exact else coarse(drawn)


@of_layer
def is_heavy(layer: Layer, number: int) -> bool:
    """Whether a level has more bytes than `HEAVY_BYTES` as GeoJSON; made only where the layer's size does not tell."""
    zones, vertices = len(layer.placed), int(shapely.get_num_coordinates(layer.geometries).sum())
    if zones * LEAST_ZONE_BYTES > HEAVY_BYTES:
        return True
    if zones * MOST_ZONE_BYTES + vertices * MOST_VERTEX_BYTES <= HEAVY_BYTES:
        return False
    return len(display_bytes(layer, number)) > HEAVY_BYTES


@of_layer
def display_bytes(layer: Layer, number: int) -> bytes:
    """A level of a layer as GeoJSON, ready to be sent."""
    return orjson.dumps(display_collection(layer, number))


def display_collection(layer: Layer, number: int) -> dict[str, Any]:
    """A level of a layer as GeoJSON: each placed zone with what its tip says, and whether it is a sketch."""
    decimals = LEVELS[number].decimals
    features = [
        feature(rounded(drawn, decimals), zone.id, {**said_of(zone), "sketch": layer.info.sketch})
        for zone, drawn in zip(layer.placed, simplified(layer, number), strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}


def rounded(geometry: BaseGeometry, decimals: int) -> BaseGeometry:
    """A geometry with its coordinates rounded; a vertex that two zones share is rounded alike in both."""
    return shapely.transform(geometry, lambda points: points.round(decimals))


def said_of(zone: Zone) -> dict[str, str | None]:
    """What the map says of a zone."""
    return {"id": zone.id, "name": zone.name, "code": zone.code, "zone_class": zone.zone_class}
