"""The releases of a layer on disk: which there are, what one changed against another, and going back to one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path

import orjson
import shapely
from pydantic import ValidationError
from shapely.geometry.base import BaseGeometry

from geo import canonical
from geo.errors import ReleaseUnknown
from geo.geometry import area_m2, polygons_of
from geo.layers.releases import CURRENT, ReleaseInfo, Zone, canonical_rows, read_release, set_current

MOVED_M2 = 1.0  # less ground than this between two classes is rounding of limits


@dataclass(frozen=True, slots=True)
class Kept:
    """A release on disk."""

    id: str
    info: ReleaseInfo | None  # None where what it says of itself cannot be read
    current: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A zone that two releases have, and what of it differs."""

    before: Zone
    after: Zone
    fields: tuple[str, ...]

    @property
    def area_m2(self) -> float:
        """By how much its ground grew, in m²."""
        return _area_m2(self.after) - _area_m2(self.before)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a release has that another did not."""

    before: ReleaseInfo
    after: ReleaseInfo
    added: tuple[Zone, ...]
    removed: tuple[Zone, ...]
    changed: tuple[Change, ...]
    moved: Mapping[tuple[str | None, str | None], float]  # m² from a class to another; "" is no zone, None no class


def releases(folder: Path) -> list[Kept]:
    """The releases in a layer's folder, the newest first, those that cannot be read last.

    Where the name of the current one cannot be read, none is current: the layer fails until one is rolled back to.
    """
    try:
        current = str(orjson.loads((folder / CURRENT).read_bytes())["release"])
    except (OSError, ValueError, LookupError, TypeError):
        current = None
    paths = [path for path in folder.glob("*.json") if path.name != CURRENT and not path.name.startswith(".")]
    paths.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)  # of one day, the one written last comes first
    found = [Kept(path.stem, _info(path), path.stem == current) for path in paths]
    return sorted(found, key=lambda kept: kept.info.recorded_from if kept.info else date.min, reverse=True)


def _info(path: Path) -> ReleaseInfo | None:
    try:
        return ReleaseInfo.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def find_release(folder: Path, name: str) -> str:
    """The whole id of a release from its beginning.

    Raises
    ------
    ReleaseUnknown
        Where no release, or more than one, begins so.
    """
    names = [kept.id for kept in releases(folder) if name and kept.id.startswith(name)]
    if len(names) != 1:
        raise ReleaseUnknown(layer=folder.name, release=name, found=", ".join(names) or "–")
    return names[0]


def roll_back(folder: Path, name: str) -> ReleaseInfo:
    """Make an earlier release the one that is served; it is read whole before.

    Raises
    ------
    ReleaseUnknown, ReleaseError
        Where there is none of that name, or it cannot be read. What is current stays so.
    """
    whole = find_release(folder, name)
    info, _, _ = read_release(folder, whole)
    set_current(folder, whole)
    return info


def difference(folder: Path, before: str, after: str) -> Difference:
    """What changed from one release of a layer to another: zones by id and first day, ground by class.

    Raises
    ------
    ReleaseUnknown, ReleaseError
        Where one is not there, or cannot be read.
    """
    (old, old_zones, _), (new, new_zones, _) = (
        read_release(folder, find_release(folder, name)) for name in (before, after)
    )
    was, is_now = _by_key(old_zones), _by_key(new_zones)
    changes = [Change(was[key], is_now[key], _differing(was[key], is_now[key])) for key in was if key in is_now]
    return Difference(
        before=old,
        after=new,
        added=tuple(zone for key, zone in is_now.items() if key not in was),
        removed=tuple(zone for key, zone in was.items() if key not in is_now),
        changed=tuple(change for change in changes if change.fields),
        moved=_moved(old_zones, new_zones),
    )


def _by_key(zones: Sequence[Zone]) -> dict[tuple[str, str], Zone]:
    return {(zone.id, str(zone.valid_from or "")): zone for zone in sorted(zones, key=lambda zone: zone.id)}


def _differing(before: Zone, after: Zone) -> tuple[str, ...]:
    [was], [is_now] = canonical_rows([before]), canonical_rows([after])
    return tuple(sorted(name for name in {*was, *is_now} if was.get(name) != is_now.get(name)))


def _area_m2(zone: Zone) -> float:
    return 0.0 if zone.geometry is None else area_m2(zone.geometry)


def _moved(before: Sequence[Zone], after: Sequence[Zone]) -> dict[tuple[str | None, str | None], float]:
    """Ground that was of one class and is of another, in m²; ground of several classes counts in each."""
    was, is_now = _by_class(before), _by_class(after)
    nothing = shapely.Polygon()
    pairs = [
        (one, other, shapely.intersection(was[one], is_now[other]))
        for one, other in product(was, is_now)
        if one != other
    ]
    pairs += [(one, "", shapely.difference(was[one], shapely.union_all([*is_now.values(), nothing]))) for one in was]
    pairs += [("", one, shapely.difference(is_now[one], shapely.union_all([*was.values(), nothing]))) for one in is_now]
    areas = {(one, other): area_m2(polygons_of(ground)) for one, other, ground in pairs}
    return {pair: area for pair, area in areas.items() if area >= MOVED_M2}


def _by_class(zones: Sequence[Zone]) -> dict[str | None, BaseGeometry]:
    grounds: dict[str | None, list[BaseGeometry]] = {}
    for zone in zones:
        if zone.geometry is not None:
            grounds.setdefault(zone.zone_class, []).append(zone.geometry)
    order = sorted(grounds, key=lambda name: name or "")
    return {name: shapely.union_all(grounds[name]) for name in order}


def difference_json(found: Difference) -> bytes:
    """A difference as canonical JSON: ids, names, fields, areas in m²."""
    return canonical.encode(
        {
            "layer": found.after.layer,
            "before": found.before.id,
            "after": found.after.id,
            "added": [{"id": zone.id, "name": zone.name} for zone in found.added],
            "removed": [{"id": zone.id, "name": zone.name} for zone in found.removed],
            "changed": [
                {
                    "id": change.after.id,
                    "name": change.after.name,
                    "fields": list(change.fields),
                    "area_m2": canonical.quantity(change.area_m2, canonical.AREA_DIGITS),
                }
                for change in found.changed
            ],
            "moved": [
                {"from": one, "to": other, "area_m2": canonical.quantity(area, canonical.AREA_DIGITS)}
                for (one, other), area in found.moved.items()
            ],
        }
    )
