"""Several layers as one: the zones of all of them under one tree, and all their borders."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.geometry import asked
from geo.layers.borders import Borders


@dataclass(frozen=True, eq=False)
class Terrain:
    """The zones of layers, each layer with at least one, and what is worked out from all of them once and for all."""

    layers: tuple[np.ndarray, ...]  # of each its polygons, EPSG:4490

    @cached_property
    def borders(self) -> Borders:
        """The borders of all zones."""
        return Borders.of(self.layers)

    @cached_property
    def _zones(self) -> np.ndarray:
        return np.concatenate(self.layers)

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self._zones)

    @cached_property
    def _firsts(self) -> np.ndarray:
        """Of each layer, the number of its first zone among those of all."""
        return np.cumsum([0, *map(len, self.layers)])

    def around(self, points: BaseGeometry, boxes: Sequence[BaseGeometry]) -> dict[int, "Lying"]:
        """Of each layer the zones in its box around points; of a layer that has none there, nothing.

        Parameters
        ----------
        boxes : of each layer, polygons, one within the other
        """
        if not self.layers:
            return {}
        own = np.array(boxes, dtype=object)
        some = np.sort(self._tree.query(own[np.argmax(shapely.area(own))]))
        layers = np.searchsorted(self._firsts, some, side="right") - 1
        found: dict[int, Lying] = {}
        near, holding = zones_around(self._zones[some], points, own[layers])
        layers, numbers = layers[near], (some - self._firsts[layers])[near]
        for layer, number, holds in zip(layers.tolist(), numbers.tolist(), holding[near].tolist(), strict=True):
            found.setdefault(layer, []).append((number, holds))
        return found


Lying = list[tuple[int, bool]]  # zones by their numbers in the layer, in order, and whether some point lies in each


def zones_around(geometries: np.ndarray, points: BaseGeometry, boxes: Any) -> tuple[np.ndarray, np.ndarray]:
    """Which zones meet a box around points, or each its own, and which of them hold some point; on the line is in.

    All that a screening of points asks of where zones lie comes from here.
    """
    holding = np.asarray(asked(shapely.intersects, geometries, points))
    return holding | asked(shapely.intersects, geometries, boxes), holding


_ALIVE: WeakValueDictionary[tuple[int, ...], Terrain] = WeakValueDictionary()


def terrain_of(layers: Iterable[np.ndarray]) -> Terrain:
    """The terrain of layers; the same one for the same arrays, as long as somebody holds it."""
    some = tuple(layers)
    name = tuple(map(id, some))  # a terrain holds its arrays, so that no others have such a name
    terrain = _ALIVE.get(name)
    if terrain is None:
        terrain = _ALIVE[name] = Terrain(some)
    return terrain
