"""The atlas of a snapshot: every placed zone of all its layers, and the ground that each speaks for, under one index.

Made once for the releases it is of, and kept beside them, so that all workers read the same pages of memory.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from tempfile import mkdtemp
from typing import Protocol

import numpy as np
import orjson

from geo.layers.labels import LabelGrid
from geo.layers.releases import Zone
from geo.layers.store import Layer, Snapshot

FOLDER = "index"
_FORM = 1  # of the files of an index; another number makes all anew
_KEPT = 2  # indexes kept beside the releases: those of now, and those of before


class PointIndex(Protocol):
    """In which zones points lie, whichever way it is found out."""

    def sets_at(self, points: np.ndarray, threads: int = 1) -> np.ndarray: ...
    def at(self, lon: float, lat: float) -> tuple[int, ...]: ...
    def members(self, one: int) -> np.ndarray: ...
    def pairs(self, points: np.ndarray, threads: int = 1) -> tuple[np.ndarray, np.ndarray]: ...


@dataclass(frozen=True, eq=False)
class Atlas:
    """Zones by number, and the index over them. After the zones come the coverages of the layers."""

    index: PointIndex
    zones: tuple[Zone, ...]
    kinds: tuple[str, ...]  # of each zone, the layer
    covered: Mapping[str, int]  # by layer, the number of its coverage

    def zones_at(self, lon: float, lat: float) -> dict[str, tuple[Zone, ...]]:
        """By layer, the zones that a point lies in; a point on a border lies in the zone."""
        found: dict[str, tuple[Zone, ...]] = {}
        for number in self.index.at(lon, lat):
            if number < len(self.zones):
                found[self.kinds[number]] = (*found.get(self.kinds[number], ()), self.zones[number])
        return found


def open_atlas(snapshot: Snapshot, folder: Path, most_bytes: int) -> Atlas:
    """The atlas of a snapshot, read from beside its releases, or made and written there.

    Parameters
    ----------
    folder : of the region's layers; where it cannot be written to, the atlas is made in memory
    most_bytes : that the index may take, about
    """
    layers = {kind: layer for kind, layer in snapshot.layers.items() if isinstance(layer, Layer)}
    zones = tuple(zone for layer in layers.values() for zone in layer.placed)
    kinds = tuple(kind for kind, layer in layers.items() for _ in layer.placed)
    covered = {kind: len(zones) + at for at, kind in enumerate(layers)}
    grounds = [zone.geometry for zone in zones] + [layer.coverage for layer in layers.values()]
    geometries = np.array(grounds, dtype=object)
    told = orjson.dumps([_FORM, most_bytes, {kind: layer.info.id for kind, layer in layers.items()}])
    name = blake2b(told, digest_size=8).hexdigest()
    return Atlas(_index(geometries, folder / FOLDER, name, most_bytes), zones, kinds, covered)


def _index(geometries: np.ndarray, folder: Path, name: str, most_bytes: int) -> PointIndex:
    try:
        from geo.layers.index import CellIndex
    except ImportError:  # no compiler for this machine
        return LabelGrid(geometries)
    try:
        return CellIndex.load(folder / name, geometries)
    except (OSError, ValueError, EOFError):
        shutil.rmtree(folder / name, ignore_errors=True)  # one that is damaged would stay in the way
        made = CellIndex.of(geometries, most_bytes)
    try:
        _write(made.save, folder, name)
    except OSError:
        return made  # the folder is only to be read: every process makes its own
    return CellIndex.load(folder / name, geometries)


def _write(save: Callable[[Path], None], folder: Path, name: str) -> None:
    """Write an index under its name, whole or not at all, and put away those of long ago."""
    folder.mkdir(parents=True, exist_ok=True)
    begun = Path(mkdtemp(prefix=".", dir=folder))
    try:
        save(begun)
        begun.replace(folder / name)
    except OSError:
        shutil.rmtree(begun, ignore_errors=True)
        if not (folder / name).is_dir():  # else another process was first
            raise
    kept = sorted(
        (one for one in folder.iterdir() if not one.name.startswith(".")), key=lambda one: one.stat().st_mtime
    )
    for old in kept[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
