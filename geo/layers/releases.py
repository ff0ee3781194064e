"""Releases: one layer's zones at one time, immutable, named by the hash of their rows.

layers/data/<region>/<layer>/<id>.gpkg     tables `zones` and `coverage`
                             <id>.json     what the release says of itself (`ReleaseInfo`)
                                 current.json  {"release": <id>, "served": [[<day>, <id>], …]}, swapped last, atomically
layers/data/<region>/supplied.json     the layers that the region has: one of them lost is a failure, not an absence
"""

import os
import sqlite3
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

import numpy as np
import orjson
import shapely
from pydantic import BaseModel, ConfigDict, Field
from shapely.geometry.base import BaseGeometry

from geo.canonical import digest
from geo.crs import ENGINE_CRS, ENGINE_EPSG
from geo.day import today
from geo.errors import ReleaseError
from geo.layers.catalogue import Publish, Text

CURRENT = "current.json"
SUPPLIED = "supplied.json"
PROVENANCES = ("official", "published", "derived", "illustrative")  # the best first
LIMITS = ("surveyed", "approximate", "sketch")  # the best first


class ReleaseInfo(BaseModel):
    """What a release says of itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    region: str
    layer: str
    provenance: Literal["official", "published", "derived", "illustrative"]
    limits: Literal["surveyed", "approximate", "sketch"]
    publish: Publish
    accuracy_m: float = Field(ge=0.0)
    recorded_from: date
    dataset: Text  # a short name of the data set, for people
    recipe: Text  # what it was made from, and how
    coverage_note: Text  # the ground it speaks for, in words
    licence: Text | None = None  # on what terms it may be used, and whom to credit
    data_date: date | None = None  # the day that what it was made from speaks of
    whereabouts: Literal[True] | None = None  # a shape is the ground that its zone lies in somewhere, not its extent

    @property
    def sketch(self) -> bool:
        """Whether its lines are drawn by us or otherwise no limits at all."""
        return self.limits == "sketch" or self.provenance == "illustrative"

    @property
    def exact(self) -> bool:
        """Whether its zones may be seen as they are and handed out; otherwise no finer than `geo.geometry.coarse`."""
        return self.publish == "full"

    @property
    def on_a_map(self) -> bool:
        """Whether its zones may be seen and found by name; one published as `result` speaks in answers alone."""
        return self.publish != "result"


@dataclass(frozen=True, slots=True, eq=False)  # a zone equals only itself, so that it can be a key
class Zone:
    """One zone. A null attribute is unknown, not false; no geometry means that its place is not known."""

    id: str
    layer: str
    name: str
    code: str | None = None
    official_code: str | None = None
    zone_class: str | None = None
    counties: tuple[str, ...] = ()
    geometry: BaseGeometry | None = None  # valid (multi)polygon, EPSG:4490
    official_area_m2: float | None = None
    legal_status: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    provenance: str = "illustrative"
    accuracy_m: float | None = None
    basis: str | None = None
    source: str | None = None
    attributes: Mapping[str, str | None] = field(default_factory=dict)  # of the layer's kind, zone_class aside

    @property
    def ground(self) -> BaseGeometry:
        """The geometry of a zone that is known to have one."""
        if self.geometry is None:
            raise ValueError(f"the place of {self.id} is not known")
        return self.geometry

    def on(self, day: date) -> bool:
        """Whether the zone is valid on a day (half-open)."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)

    def attribute(self, name: str) -> str | None:
        """An attribute of the kind, or None where it is unknown."""
        return self.zone_class if name == "zone_class" else self.attributes.get(name)

    def lacking(self, where: Mapping[str, Collection[str]]) -> tuple[str, ...] | None:
        """Attributes that are unknown and would settle whether a filter means the zone; None where it surely does not.

        Parameters
        ----------
        where : attribute: values, one of which the zone must have; each entry must hold
        """
        unknown: list[str] = []
        for name, allowed in where.items():
            value = self.attribute(name)
            if value is None:
                unknown.append(name)
            elif value not in allowed:
                return None
        return tuple(unknown)


_PLAIN = ("id", "name", "code", "official_code", "zone_class", "legal_status", "provenance", "basis", "source")
_NUMBERS = ("official_area_m2", "accuracy_m")
_DAYS = ("valid_from", "valid_to")
_COLUMNS = (*_PLAIN, *_NUMBERS, *_DAYS, "counties")


def canonical_rows(zones: Sequence[Zone]) -> list[dict[str, Any]]:
    """The zones as rows that hash the same wherever and whenever they were written."""
    ordered = in_order(zones)
    shapes = _hex_of([zone.geometry for zone in ordered])
    return [_row(zone) | {"geometry": shape} for zone, shape in zip(ordered, shapes, strict=True)]


def in_order(zones: Iterable[Zone]) -> tuple[Zone, ...]:
    """The zones in the one order in which they are hashed, read and measured, whatever order they were written in."""
    return tuple(sorted(zones, key=lambda zone: (zone.id, zone.valid_from or date.min)))


def release_id(zones: Sequence[Zone], coverage: BaseGeometry, info: dict[str, Any]) -> str:
    """The id of a release: the hash of its rows, its coverage and what it says of itself (not of when)."""
    said = {key: value for key, value in info.items() if key not in ("id", "recorded_from") and value is not None}
    return digest({"rows": canonical_rows(zones), "coverage": _hex_of([coverage])[0], "info": said})[:16]


def write_release(
    folder: Path, zones: Sequence[Zone], coverage: BaseGeometry, *, serve: bool = True, **info: Any
) -> ReleaseInfo:
    """Write a release into `layers/data/<region>/<layer>/` and make it the current one.

    The old release serves until the last step, which is one atomic rename; writing the same rows again
    changes nothing but `recorded_from` of a release not yet on disk.

    Parameters
    ----------
    serve : False leaves the release that is served in its place
    info : the fields of `ReleaseInfo`, its id aside
    """
    draft = ReleaseInfo(id="draft", **info)
    name = release_id(zones, coverage, draft.model_dump(mode="json"))
    release = draft.model_copy(update={"id": name})
    folder.mkdir(parents=True, exist_ok=True)
    if not _reads(folder, name):
        with replacing(folder / f"{name}.gpkg") as path:
            _write_gpkg(path, zones, coverage)
        with replacing(folder / f"{name}.json") as path:
            path.write_bytes(orjson.dumps(release.model_dump(mode="json"), option=orjson.OPT_INDENT_2))
        read_release(folder, name)  # what cannot be read back never becomes current
    if serve:
        serve_release(folder, name)
    return release


def _reads(folder: Path, name: str) -> bool:
    """Whether a release is on disk, whole."""
    try:
        read_release(folder, name)
    except ReleaseError:
        return False
    return True


def supplied_layers(region: Path) -> frozenset[str]:
    """The layers that a region's folder should hold; none where it was never built.

    Raises
    ------
    ReleaseError
        Where the list is there and cannot be read.
    """
    try:
        return frozenset(orjson.loads((region / SUPPLIED).read_bytes())["layers"])
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReleaseError(layer=region.name, release=SUPPLIED, reason=f"{type(error).__name__}: {error}") from error


def serve_release(folder: Path, name: str) -> None:
    """Make a release that is on disk the one that is served, and its layer one that the region has."""
    set_current(folder, name)
    supplied = supplied_layers(folder.parent)
    if folder.name not in supplied:
        with replacing(folder.parent / SUPPLIED) as path:
            path.write_bytes(orjson.dumps({"layers": sorted({*supplied, folder.name})}))


def set_current(folder: Path, release: str) -> None:
    """Make a release the one that is served from today on, in one atomic rename."""
    try:
        served = served_releases(folder)
    except ReleaseError:
        served = []  # what was served before can no longer be told; `release_on` says so
    if not served or served[-1][1] != release:
        served.append((today(), release))
    with replacing(folder / CURRENT) as path:
        path.write_bytes(orjson.dumps({"release": release, "served": served}))


def served_releases(folder: Path) -> list[tuple[date, str]]:
    """Which release was served from which day on (Asia/Shanghai), in order; empty where none ever was.

    Raises
    ------
    ReleaseError
        Where the list is there and cannot be read.
    """
    try:
        served = orjson.loads((folder / CURRENT).read_bytes()).get("served", [])
        return [(date.fromisoformat(day), str(release)) for day, release in served]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ReleaseError(layer=folder.name, release=CURRENT, reason=f"{type(error).__name__}: {error}") from error


def release_on(folder: Path, day: date) -> str | None:
    """The release that was served at the end of a day; None where the layer had none yet.

    Raises
    ------
    ReleaseError
        Where it cannot be told: the list is unreadable, or begins later than a release was recorded.
    """
    known = [release for since, release in served_releases(folder) if since <= day]
    if known:
        return known[-1]
    for path in folder.glob("*.json"):
        try:
            older = path.name != CURRENT and ReleaseInfo.model_validate_json(path.read_bytes()).recorded_from <= day
        except (OSError, ValueError):
            older = True
        if older:
            reason = f"which release was served on {day} is not written down, and {path.stem} may have been"
            raise ReleaseError(layer=folder.name, release=CURRENT, reason=reason)
    return None


def read_release(folder: Path, name: str) -> tuple[ReleaseInfo, tuple[Zone, ...], BaseGeometry]:
    """Read a release and check that its rows are those that its id names.

    Raises
    ------
    ReleaseError
        Where a file is missing, unreadable, or its rows hash to another id.
    """
    try:
        info = ReleaseInfo.model_validate_json((folder / f"{name}.json").read_bytes())
        with closing(_opened(folder / f"{name}.gpkg")) as file:
            rows, crs = _read_table(file, "zones")
            coverage = _read_table(file, "coverage")[0][0]["geometry"]
        zones = in_order(_zone(info, row) for row in rows)
        found = release_id(zones, coverage, info.model_dump(mode="json"))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, sqlite3.Error, shapely.GEOSException) as error:
        raise ReleaseError(layer=folder.name, release=name, reason=f"{type(error).__name__}: {error}") from error
    if (info.id, info.layer) != (name, folder.name):
        reason = f"it says that it is {info.id} of {info.layer}"
        raise ReleaseError(layer=folder.name, release=name, reason=reason)
    if found != name or crs != f"EPSG:{ENGINE_EPSG}":
        raise ReleaseError(layer=folder.name, release=name, reason=f"its rows hash to {found} in {crs}")
    return info, zones, coverage


def _row(zone: Zone) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(zone, name) for name in _PLAIN}
    row |= {name: None if getattr(zone, name) is None else float(getattr(zone, name)) for name in _NUMBERS}
    row |= {name: getattr(zone, name) and getattr(zone, name).isoformat() for name in _DAYS}
    known = {f"a_{name}": value for name, value in sorted(zone.attributes.items()) if value is not None}
    return row | {"counties": ";".join(zone.counties) or None} | known


def _opened(path: Path) -> sqlite3.Connection:
    """A GeoPackage as the SQLite database that it is: read-only, and nothing written beside it."""
    path.stat()
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)


_TABLES = {
    "zones": "SELECT * FROM zones ORDER BY rowid",
    "coverage": "SELECT * FROM coverage ORDER BY rowid",
}
_SHAPES = (
    "SELECT column_name, organization || ':' || organization_coordsys_id FROM gpkg_geometry_columns "
    "JOIN gpkg_spatial_ref_sys USING (srs_id) WHERE table_name = ?"
)


def _read_table(file: sqlite3.Connection, table: str) -> tuple[list[dict[str, Any]], str]:
    """The rows of a table of a GeoPackage, geometries under `geometry`, and its CRS as `EPSG:4490`.

    A reader of every vector format takes longer to load than all layers to read; a release is checked by its hash.
    """
    described = file.execute(_SHAPES, (table,)).fetchone()
    if described is None:
        raise ValueError(f"it has no table {table}")
    geometry, crs = described
    found = file.execute(_TABLES[table])
    names = [column[0] for column in found.description]
    rows = [dict(zip(names, row, strict=True)) for row in found]
    shapes = shapely.from_wkb([_wkb(row.pop(geometry)) for row in rows], on_invalid="ignore")
    return [row | {"geometry": shape} for row, shape in zip(rows, shapes, strict=True)], crs


_ENVELOPES = (0, 32, 48, 48, 64)  # bytes, by the code in the flags


def _wkb(blob: bytes | None) -> bytes | None:
    """The WKB in a geometry of a GeoPackage, behind its header (OGC 12-128r18, 2.1.3)."""
    if blob is None:
        return None
    if blob[:2] != b"GP":
        raise ValueError("a geometry does not begin as those of a GeoPackage do")
    return blob[8 + _ENVELOPES[blob[3] >> 1 & 7] :]


def _zone(info: ReleaseInfo, known: dict[str, Any]) -> Zone:
    geometry = known["geometry"]
    plain: dict[str, Any] = {name: known[name] for name in (*_PLAIN, *_NUMBERS)}
    plain |= {name: known[name] and date.fromisoformat(str(known[name])[:10]) for name in _DAYS}
    return Zone(
        layer=info.layer,
        geometry=None if geometry is None or geometry.is_empty else geometry,
        counties=tuple((known["counties"] or "").split(";")) if known["counties"] else (),
        attributes={key[2:]: value for key, value in known.items() if key.startswith("a_")},
        **plain,
    )


def _hex_of(geometries: Sequence[BaseGeometry | None]) -> list[str | None]:
    """The bytes of geometries, as multi-polygons: a GeoPackage may store a polygon as one of one part."""
    whole = [
        None if geometry is None or geometry.is_empty
        else shapely.multipolygons([geometry]) if geometry.geom_type == "Polygon"
        else geometry
        for geometry in geometries
    ]  # fmt: skip
    octets = shapely.to_wkb(np.array(whole, dtype=object), hex=True, output_dimension=2, byte_order=1)
    return [None if shape is None else str(shape) for shape in octets]


def _write_gpkg(path: Path, zones: Sequence[Zone], coverage: BaseGeometry) -> None:
    import geopandas as gpd  # only what writes a release waits for them
    import pandas as pd

    rows = [_row(zone) for zone in zones]
    columns = list(dict.fromkeys([*_COLUMNS, *(key for row in rows for key in row)]))
    table = pd.DataFrame(rows, columns=columns)
    for name in columns:
        table[name] = table[name].astype("float64" if name in _NUMBERS else "object")
    frame = gpd.GeoDataFrame(table, geometry=[zone.geometry for zone in zones], crs=ENGINE_CRS)
    frame.to_file(path, layer="zones", driver="GPKG", engine="pyogrio", geometry_type="Unknown")
    whole = gpd.GeoDataFrame({"note": ["coverage"]}, geometry=[coverage], crs=ENGINE_CRS)
    whole.to_file(path, layer="coverage", driver="GPKG", engine="pyogrio", mode="a", geometry_type="Unknown")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside the target to write to; it takes the target's place in one step, or is removed."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=path.suffix)
    os.close(handle)
    part = Path(name)
    part.unlink()
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
