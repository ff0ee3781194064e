"""Several layers as one: the zones of all of them under one tree, and all their borders."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from weakref import WeakValueDictionary

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

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
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(np.concatenate(self.layers) if self.layers else [])

    @cached_property
    def _firsts(self) -> np.ndarray:
        """Of each layer, the number of its first zone among those of all."""
        return np.cumsum([0, *map(len, self.layers)])

    def within(self, box: BaseGeometry) -> dict[int, list[int]]:
        """Zones whose own boxes meet a box: by the number of each layer that has some, their numbers in order."""
        found: dict[int, list[int]] = {}
        some = np.sort(self._tree.query(box))
        layers = np.searchsorted(self._firsts, some, side="right") - 1
        for layer, zone in zip(layers.tolist(), (some - self._firsts[layers]).tolist(), strict=True):
            found.setdefault(layer, []).append(zone)
        return found


_ALIVE: WeakValueDictionary[tuple[int, ...], Terrain] = WeakValueDictionary()


def terrain_of(layers: Iterable[np.ndarray]) -> Terrain:
    """The terrain of layers; the same one for the same arrays, as long as somebody holds it."""
    some = tuple(layers)
    name = tuple(map(id, some))  # a terrain holds its arrays, so that no others have such a name
    terrain = _ALIVE.get(name)
    if terrain is None:
        terrain = _ALIVE[name] = Terrain(some)
    return terrain
