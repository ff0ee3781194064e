"""The store: the one way to read layers. Each request takes an immutable `Snapshot` of all of them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache, wraps
from pathlib import Path
from threading import Lock
from time import time_ns
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

import numpy as np
import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import ReleaseError
from geo.geometry import area_m2
from geo.layers.catalogue import LayerEntry, load_catalogue
from geo.layers.releases import CURRENT, SUPPLIED, ReleaseInfo, Zone, read_release, release_on, supplied_layers
from geo.layers.terrain import Lying, Terrain, terrain_of, zones_around
from geo.settings import Settings

KEPT_SITES = 64  # of a snapshot, with what its layers say of them
KEPT_RELEASES = 2  # of one layer, in memory: the one served, and an earlier one that is asked about
_SETTLED_NS = 2_000_000_000  # age from which on a file's dates tell every later change: no file system is coarser
_NAME = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, eq=False)
class Layer:
    """One release in memory, indexed. What it holds never changes after it was made."""

    entry: LayerEntry
    info: ReleaseInfo
    zones: tuple[Zone, ...]
    coverage: BaseGeometry
    placed: tuple[Zone, ...]
    geometries: np.ndarray  # of `placed`, shape (n,), EPSG:4490
    tree: shapely.STRtree
    told: dict[Any, dict[tuple[Any, ...], Any]] = field(default_factory=dict, repr=False)  # see `of_layer`
    _areas: dict[Zone, float] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, entry: LayerEntry, info: ReleaseInfo, zones: tuple[Zone, ...], coverage: BaseGeometry) -> "Layer":
        """Index the zones of a release."""
        placed = tuple(zone for zone in zones if zone.geometry is not None)
        geometries = np.array([zone.geometry for zone in placed], dtype=object)
        shapely.prepare(geometries)
        shapely.prepare(coverage)
        return cls(entry, info, zones, coverage, placed, geometries, shapely.STRtree(geometries))

    @cached_property
    def unplaced(self) -> tuple[Zone, ...]:
        """Its zones whose place is not known."""
        return tuple(zone for zone in self.zones if zone.geometry is None)

    @cached_property
    def _days(self) -> tuple[date, date]:
        """The days, half-open, on each of which all of its placed zones are valid."""
        begins = (zone.valid_from for zone in self.placed if zone.valid_from is not None)
        ends = (zone.valid_to for zone in self.placed if zone.valid_to is not None)
        return max(begins, default=date.min), min(ends, default=date.max)

    def whole_on(self, day: date) -> bool:
        """Whether surely all of its placed zones are valid on a day."""
        return self._days[0] <= day < self._days[1]

    @cached_property
    def worst_accuracy_m(self) -> float:
        """How exact the least exact lines of its placed zones are, metres; 0 where it has none."""
        own = (self.info.accuracy_m if zone.accuracy_m is None else zone.accuracy_m for zone in self.placed)
        return max(own, default=0.0)

    def around(self, points: BaseGeometry, box: BaseGeometry) -> Lying:
        """The placed zones in a box around points."""
        some = np.sort(self.tree.query(box))
        near, holding = zones_around(self.geometries[some], points, box)
        return list(zip(some[near].tolist(), holding[near].tolist(), strict=True))

    def area_m2(self, zone: Zone) -> float:
        """Area of one of its placed zones on the ellipsoid, worked out once."""
        if zone not in self._areas:
            self._areas[zone] = area_m2(zone.ground)
        return self._areas[zone]


_Told = TypeVar("_Told")
_Read = TypeVar("_Read")
_More = ParamSpec("_More")


def of_layer(work: Callable[Concatenate[Layer, _More], _Told]) -> Callable[Concatenate[Layer, _More], _Told]:
    """Keep what a function says of a layer for as long as the layer itself is held; its parameters go by position."""

    @wraps(work)
    def told(layer: Layer, /, *more: _More.args, **named: _More.kwargs) -> _Told:
        known: dict[tuple[Any, ...], _Told] = layer.told.setdefault(work, {})
        if more not in known:
            known[more] = work(layer, *more, **named)
        return known[more]

    return told


@dataclass(frozen=True, slots=True)
class BrokenLayer:
    """A layer that should be there and cannot be read."""

    entry: LayerEntry
    release: str | None
    error: ReleaseError


class Shelf:
    """A few things by name, the one used longest ago given up first; several threads may use it."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, Lock()
        self._kept: dict[Any, Any] = {}

    def get(self, name: Any) -> Any:
        """What stands under a name; None where nothing does."""
        with self._lock:
            found = self._kept.pop(name, None)
            if found is not None:
                self._kept[name] = found
        return found

    def put(self, name: Any, thing: Any) -> None:
        """Put something under a name."""
        with self._lock:
            self._kept[name] = thing
            while len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]


@dataclass(frozen=True)
class Snapshot:
    """Every layer kind of a region at one moment: read, broken, or never supplied (None)."""

    region: str
    layers: Mapping[str, Layer | BrokenLayer | None]
    asked: "Shelf" = field(default_factory=lambda: Shelf(KEPT_SITES), compare=False, repr=False)  # see `screening`

    @cached_property
    def held(self) -> tuple[Layer, ...]:
        """Its layers that can be read."""
        return tuple([layer for layer in self.layers.values() if isinstance(layer, Layer)])

    @cached_property
    def coverages(self) -> np.ndarray:
        """The coverage of each of these."""
        return np.array([layer.coverage for layer in self.held], dtype=object)

    @cached_property
    def placed(self) -> dict[Layer, int]:
        """Those that have a placed zone, with the number of each in the terrain."""
        return {layer: number for number, layer in enumerate([layer for layer in self.held if layer.placed])}

    @cached_property
    def terrain(self) -> Terrain:
        """The zones of these layers as one."""
        return terrain_of(layer.geometries for layer in self.placed)

    def releases(self) -> dict[str, str | None]:
        """The release of each supplied layer, by kind."""
        said = {kind: layer for kind, layer in self.layers.items() if layer is not None}
        return {kind: layer.info.id if isinstance(layer, Layer) else layer.release for kind, layer in said.items()}


_Stamp = tuple[str, int, int, int]


class LayerStore:
    """Reads the releases of one region and keeps them in memory while their files stay the same."""

    def __init__(self, settings: Settings, catalogue: Mapping[str, LayerEntry] | None = None) -> None:
        self.settings = settings
        self.region = settings.region
        self.folder = settings.layers / "data" / settings.region
        self.catalogue = dict(catalogue or load_catalogue(settings.layers / "catalogue"))
        self._kept: dict[str, dict[_Stamp, Layer | BrokenLayer]] = {}  # by kind, the latest asked last
        self._folders = {kind: self.folder / kind for kind in self.catalogue}
        self._names = {kind: _Watched(self.folder / kind / CURRENT, _served) for kind in self.catalogue}
        self._found = _Watched(self.folder, _folders_in)
        self._supplied = _Watched(self.folder / SUPPLIED, lambda path: supplied_layers(path.parent))
        self._latest: Snapshot | None = None  # the same one for as long as nothing in it changes
        self._lock = Lock()

    def snapshot(self, pinned: Mapping[str, str | None] | None = None) -> Snapshot:
        """The layers as they are now, or the releases pinned by kind (for a screening done before).

        A release swapped while this runs is either wholly in the snapshot or not at all. While nothing has changed it
        is the same snapshot as before, with what is kept beside it.
        """
        with self._lock:
            if pinned is not None:
                layers = {kind: self._read(kind, pinned[kind]) if kind in pinned else None for kind in self.catalogue}
                return Snapshot(region=self.region, layers=layers)
            there = self._there()
            layers = {kind: self._current(kind) if kind in there else None for kind in self.catalogue}
            if self._latest is None or any(self._latest.layers[kind] is not one for kind, one in layers.items()):
                self._latest = Snapshot(region=self.region, layers=layers)
            return self._latest

    def known_on(self, day: date) -> Snapshot:
        """The layers as they were served at the end of a day, whatever came in since."""
        with self._lock:
            there = self._there()
            layers = {kind: self._served_on(kind, day) if kind in there else None for kind in self.catalogue}
        return Snapshot(region=self.region, layers=layers)

    def _served_on(self, kind: str, day: date) -> Layer | BrokenLayer | None:
        try:
            name = release_on(self.folder / kind, day)
        except ReleaseError as error:
            return BrokenLayer(self.catalogue[kind], None, error)
        return None if name is None else self._read(kind, name)

    def open(self, kind: str) -> Layer | BrokenLayer | None:
        """One layer as it is now."""
        with self._lock:
            return self._current(kind) if kind in self._there() else None

    def _there(self) -> set[str]:
        """The kinds that the region has or should have."""
        try:
            return self._found.read() | self._supplied.read()
        except FileNotFoundError:
            return set()

    def _current(self, kind: str) -> Layer | BrokenLayer:
        try:
            name = self._names[kind].read()
        except (OSError, ValueError, KeyError, TypeError) as error:
            broken = ReleaseError(layer=kind, release=CURRENT, reason=f"{type(error).__name__}: {error}")
            return BrokenLayer(self.catalogue[kind], None, broken)
        return self._read(kind, name)

    def _read(self, kind: str, name: str | None) -> Layer | BrokenLayer:
        entry, folder = self.catalogue[kind], self._folders[kind]
        if name is None or not _NAME.fullmatch(name):
            return BrokenLayer(entry, name, ReleaseError(layer=kind, release=str(name), reason="no name of a release"))
        try:
            stamp = _stamp(folder, name)
        except OSError as error:
            reason = f"{type(error).__name__}: {error.strerror}"
            return BrokenLayer(entry, name, ReleaseError(layer=kind, release=name, reason=reason))
        kept = self._kept.setdefault(kind, {})
        found = kept.pop(stamp, None) or _load(entry, folder, name)
        kept[stamp] = found
        while len(kept) > KEPT_RELEASES:
            del kept[next(iter(kept))]
        return found


def _load(entry: LayerEntry, folder: Path, name: str) -> Layer | BrokenLayer:
    try:
        info, zones, coverage = read_release(folder, name)
        if info.region != folder.parent.name:
            raise ReleaseError(layer=entry.kind, release=name, reason=f"it is a release of {info.region}")
        return Layer.of(entry, info, zones, coverage)
    except ReleaseError as error:
        return BrokenLayer(entry, name, error)


def _stamp(folder: Path, name: str) -> _Stamp:
    """What tells one state of a release's file from another without reading it."""
    zones, info = [path.stat() for path in _files(folder, name)]
    return name, zones.st_mtime_ns, zones.st_size, info.st_mtime_ns


@lru_cache(maxsize=1024)
def _files(folder: Path, name: str) -> tuple[Path, Path]:
    return folder / f"{name}.gpkg", folder / f"{name}.json"


class _Watched(Generic[_Read]):
    """What a small file or the list of a folder says; it is read again when it is not as it was.

    A file that was written a moment ago is read each time: written once more within the same tick of the clock that
    dates files, it would look the same.
    """

    def __init__(self, path: Path, read: Callable[[Path], _Read]) -> None:
        self._path, self._read = path, read
        self._kept: tuple[tuple[int, int, int, int], _Read] | None = None

    def read(self) -> _Read:
        """What it says now; raises what reading it raises."""
        try:
            found = self._path.stat()
        except OSError:
            return self._read(self._path)
        stamp = found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
        if self._kept is not None and self._kept[0] == stamp:
            return self._kept[1]
        said = self._read(self._path)
        if time_ns() - max(found.st_mtime_ns, found.st_ctime_ns) > _SETTLED_NS:
            self._kept = stamp, said
        return said


def _folders_in(path: Path) -> set[str]:
    return {entry.name for entry in path.iterdir() if entry.is_dir()}


def _served(path: Path) -> str:
    """The release that a file `current.json` names."""
    return str(orjson.loads(path.read_bytes())["release"])


def open_store(settings: Settings | None = None) -> LayerStore:
    """Open the layers of a deployment."""
    return LayerStore(settings or Settings.from_environment())
