"""A source: a bureau's delivery, read from a file or a database, with its character set and CRS settled.

Formats: Shapefile (also zipped), file geodatabase (also zipped), GeoPackage, GeoJSON, GeoParquet, a PostGIS table.
Nothing is fetched: a file is opened by the driver of its format alone, so that none can name another source.
"""

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import pyogrio.raw
import shapely
from pyproj import CRS, Transformer

import geo.importing.charset as charset
from geo.crs import ENGINE_CRS, ENGINE_EPSG, WGS84_EPSG
from geo.errors import (
    SourceCrsContradicted,
    SourceCrsMissing,
    SourceEncodingUnknown,
    SourceFormatUnknown,
    SourceLayerWanted,
    SourceUnreadable,
)
from geo.importing.archive import unpack
from geo.importing.database import is_address, read_table
from geo.importing.delivery import Delivery, Limits, shapes_of
from geo.importing.faults import Fault
from geo.importing.reference import declared_crs, read_crs, taken_crs

FORMATS = (".shp", ".gdb", ".gpkg", ".geojson", ".json", ".parquet", ".zip")
LIMITS = Limits()
_DRIVERS = {".shp": "ESRI Shapefile", ".gdb": "OpenFileGDB", ".gpkg": "GPKG", ".geojson": "GeoJSON", ".json": "GeoJSON"}
_MAGIC = {".shp": b"\x00\x00\x27\x0a", ".gpkg": b"SQLite format 3\x00", ".parquet": b"PAR1", ".zip": b"PK"}
_OCTETS = "ISO-8859-1"  # every byte is one character, and the other way round
_RUINS = ("\ufffd", "锟斤拷", "烫烫烫")  # what wrong decoding has left of texts before they came here
_LONG = 50  # bytes; a field of that width holds sentences, which may have been cut
_WIDEST = 250  # bytes; the widest text field of dBase has 254
_ENDS = tuple('。；;.!！?？）)”"、,，:：')
_READER_ERRORS = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FieldError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.GeometryError,
    shapely.errors.GEOSException,
    OSError,
    ValueError,
    RuntimeError,
)


@dataclass(frozen=True)
class Source:
    """The rows of a delivery, in its order, and what was done or found while they were read."""

    name: str  # file name, or host/database/schema.table; no folder, no credentials
    crs: CRS  # EPSG:4490, EPSG:4326 or a Gauss-Kruger zone of CGCS2000
    encoding: str | None  # of its texts, where the format leaves that open
    frame: pd.DataFrame  # columns as they came, object dtype, None where missing
    geometries: np.ndarray  # shapely objects or None, in the plane, (longitude, latitude) or (easting, northing)
    faults: tuple[Fault, ...]


def read_source(
    source: str,
    *,
    layer: str | None = None,
    encoding: str | None = None,
    crs: str | None = None,
    limits: Limits = LIMITS,
) -> Source:
    """Read a delivery.

    Parameters
    ----------
    source : path of a file or geodatabase, or `postgresql://…/database?table=schema.table`
    layer : the layer wanted, where the source has several
    encoding : of the texts of a Shapefile, where the operator knows better
    crs : that the operator declares for a source which states none

    Raises
    ------
    SourceError
        Where it cannot be read, has several layers, or is in no CRS that is taken.
    SourceTooLarge
        Where it exceeds the limits.
    """
    wanted = _wanted_encoding(encoding)
    delivery = read_table(source, limits) if is_address(source) else _read_path(Path(source), layer, limits)
    limits.hold(delivery.name, "vertices", int(shapely.get_num_coordinates(delivery.geometries).sum()))
    faults: list[Fault] = []
    used, crs_faults = _settle_crs(delivery, crs)
    chosen, columns, text_faults = _settle_texts(delivery, wanted)
    faults += [Fault("reader_notice", "notice", facts={"text": said[:200]}) for said in delivery.warnings]
    if delivery.dimensions:
        faults.append(Fault("dimensions_dropped", "notice", facts={"dimensions": delivery.dimensions}))
    faults += [Fault("geometry_unreadable", "error", row=row) for row in delivery.unreadable]
    frame = pd.DataFrame(columns, dtype=object, index=range(len(delivery.geometries)))
    return Source(delivery.name, used, chosen, frame, delivery.geometries, (*crs_faults, *faults, *text_faults))


def to_engine_all(source: Source) -> np.ndarray:
    """Bring every geometry to EPSG:4490 (longitude, latitude); None stays None.

    WGS-84 differs from CGCS2000 by centimetres and is taken as equal. A coordinate that no zone can hold becomes
    infinite, which makes its geometry fail any check of its place.
    """
    if source.crs.to_epsg() in (ENGINE_EPSG, WGS84_EPSG):
        return source.geometries
    transformer = Transformer.from_crs(source.crs, ENGINE_CRS, always_xy=True)

    def move(points: np.ndarray) -> np.ndarray:
        return np.column_stack(transformer.transform(points[:, 0], points[:, 1]))

    return np.asarray(shapely.transform(source.geometries, move), dtype=object)


# Files


def _read_path(path: Path, layer: str | None, limits: Limits) -> Delivery:
    if path.suffix.lower() not in FORMATS:
        raise SourceFormatUnknown(source=path.name, formats=", ".join(FORMATS))
    limits.hold(path.name, "file_bytes", _size(path))
    if path.suffix.lower() != ".zip":
        return _read_file(path, path.name, layer, limits)
    _hold_magic(path, path.name)
    with TemporaryDirectory(prefix="fenqu-") as folder:
        unpack(path, Path(folder), limits)
        return _read_file(*_inside(Path(folder), path.name, layer), limits)


def _inside(folder: Path, source: str, layer: str | None) -> tuple[Path, str, str | None]:
    """The one data set of a zip, what it is called, and the layer still to be chosen in it."""
    found = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in FORMATS[:-1] and not any(outer.suffix.lower() == ".gdb" for outer in path.parents)
    )
    if len(found) == 1:
        return found[0], source, layer
    if not found:
        raise SourceFormatUnknown(source=source, formats=", ".join(FORMATS))
    chosen = [path for path in found if layer in (path.name, path.stem)]
    if len(chosen) != 1:
        raise SourceLayerWanted(source=source, layers=", ".join(path.name for path in found), sent=layer or "–")
    return chosen[0], f"{source}/{chosen[0].name}", None


def _read_file(path: Path, name: str, layer: str | None, limits: Limits) -> Delivery:
    suffix = path.suffix.lower()
    _hold_magic(path, name)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            read = _read_parquet if suffix == ".parquet" else _read_ogr
            return read(path, name, layer, limits, caught)
    except _READER_ERRORS as error:
        said = str(error).replace(str(path), path.name).replace(str(path.parent), "")
        raise SourceUnreadable(source=name, reason=said[:300]) from error


def _size(path: Path) -> int:
    """Bytes of a file with its companions, or of a folder."""
    try:
        if path.is_dir():
            return sum(part.stat().st_size for part in path.iterdir() if part.is_file())
        if path.suffix.lower() == ".shp":
            return sum(part.stat().st_size for part in path.parent.iterdir() if part.stem == path.stem)
        return path.stat().st_size
    except OSError as error:
        raise SourceUnreadable(source=path.name, reason=error.strerror or "no such file") from error


def _hold_magic(path: Path, name: str) -> None:
    """Refuse a file that is not what its name says: another driver would open it, and might follow what is in it."""
    suffix = path.suffix.lower()
    if suffix == ".gdb":
        if not path.is_dir() or not any(part.suffix == ".gdbtable" for part in path.iterdir()):
            raise SourceUnreadable(source=name, reason="no file geodatabase")
    elif suffix in _MAGIC:
        try:
            with path.open("rb") as file:
                first = file.read(16)
        except OSError as error:
            raise SourceUnreadable(source=name, reason=error.strerror or "cannot be opened") from error
        if not first.startswith(_MAGIC[suffix]):
            raise SourceUnreadable(source=name, reason=f"the content is not that of a {suffix} file")


def _read_ogr(path: Path, name: str, layer: str | None, limits: Limits, caught: list[Any]) -> Delivery:
    suffix = path.suffix.lower()
    if _DRIVERS[suffix] == "GeoJSON":
        return _read_geojson(path, name, layer, limits, caught)
    shapefile = suffix == ".shp"
    widths, driver_byte = _dbase_header(path, name) if shapefile else ({}, 0)
    place = str(path.absolute())
    chosen = _choose_layer(place, name, layer)
    info = pyogrio.read_info(place, layer=chosen, encoding=_OCTETS, force_feature_count=True)
    if info["driver"] != _DRIVERS[suffix]:
        raise SourceUnreadable(source=name, reason=f"the content is {info['driver']}, the name says {suffix}")
    limits.hold(name, "rows", int(info["features"]))
    meta, wkb, values, octets = _raw(place, chosen, shapefile)
    shapes, unreadable = shapes_of(wkb)
    return Delivery(
        name=name if layer is None or shapefile else f"{name}/{layer}",
        columns=_columns(name, meta["fields"], values),
        geometries=np.asarray(shapely.force_2d(shapes), dtype=object),
        unreadable=unreadable,
        crs=read_crs(name, meta["crs"]),
        dimensions=_dimensions(str(info["geometry_type"])),
        octets=octets,
        encoding=(_codepage(path) or charset.of_language_driver(driver_byte)) if shapefile else None,
        widths=widths,
        warnings=_said(caught),
    )


def _columns(source: str, headers: Iterable[Any], values: Iterable[Any]) -> dict[str, np.ndarray]:
    """The columns by their headers; which of two with one header is meant, nobody could tell."""
    columns: dict[str, np.ndarray] = {}
    for header, column in zip(map(str, headers), values, strict=True):
        if header in columns:
            raise SourceUnreadable(source=source, reason=f"two columns are called {header!r}; rename one of them")
        columns[header] = _objects(column)
    return columns


def _read_geojson(path: Path, name: str, layer: str | None, limits: Limits, caught: list[Any]) -> Delivery:
    """Read a GeoJSON in one pass; without a `crs` member of its own it is in WGS-84 (RFC 7946).

    By its prefix it is read as GeoJSON only: other drivers take JSON that tells them to open something else.
    """
    if layer is not None and layer != path.stem:
        raise SourceLayerWanted(source=name, layers=path.stem, sent=layer)
    meta, wkb, values, octets = _raw(f"GeoJSON:{path.absolute()}", None, False)
    limits.hold(name, "rows", len(wkb))
    shapes, unreadable = shapes_of(wkb)
    return Delivery(
        name=name,
        columns=_columns(name, meta["fields"], values),
        geometries=np.asarray(shapely.force_2d(shapes), dtype=object),
        unreadable=unreadable,
        crs=read_crs(name, meta["crs"]),
        crs_implied=True,
        dimensions="Z" if shapely.has_z(shapes).any() else "",
        octets=octets,
        warnings=_said(caught),
    )


def _raw(place: str, layer: str | None, octets: bool) -> tuple[dict[str, Any], np.ndarray, list[np.ndarray], bool]:
    """What the reader gives of a layer, and whether its texts are bytes: always, or since they are no UTF-8."""
    try:
        meta, _, wkb, values = pyogrio.raw.read(place, layer=layer, encoding=_OCTETS if octets else None)
    except UnicodeDecodeError:
        meta, _, wkb, values = pyogrio.raw.read(place, layer=layer, encoding=_OCTETS)
        octets = True
    if wkb is None:
        raise SourceUnreadable(source=place.rpartition("/")[2], reason="it has no geometries")
    return meta, wkb, values, octets


def _said(caught: Iterable[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(warning.message) for warning in caught))


def _choose_layer(place: str, name: str, layer: str | None) -> str | None:
    layers = [str(row[0]) for row in pyogrio.list_layers(place) if row[1] is not None]
    if not layers:
        raise SourceUnreadable(source=name, reason="it has no layer with geometries")
    if layer is None and len(layers) == 1:
        return layers[0]
    if layer not in layers:
        raise SourceLayerWanted(source=name, layers=", ".join(layers), sent=layer or "–")
    return layer


def _dimensions(geometry_type: str) -> str:
    words = geometry_type.upper().split()
    return next((word for word in words if word in ("ZM", "Z", "M")), "Z" if "2.5D" in words else "")


def _dbase_header(path: Path, name: str) -> tuple[dict[str, int], int]:
    """Widths in bytes of the text fields of a Shapefile's table, by header as bytes, and its language driver."""
    table = next(
        (part for part in path.parent.iterdir() if part.stem == path.stem and part.suffix.lower() == ".dbf"), None
    )
    if table is None:
        raise SourceUnreadable(source=name, reason="its .dbf is missing")
    with table.open("rb") as file:
        head = file.read(32)
        fields = file.read(max(int.from_bytes(head[8:10], "little") - 32, 0))
    widths = {}
    for start in range(0, len(fields) - 31, 32):
        field = fields[start : start + 32]
        if field[0] == 0x0D:
            break
        if field[11:12] == b"C":  # a wide field keeps the upper byte of its width among the decimals
            widths[field[:11].split(b"\0")[0].decode(_OCTETS)] = field[16] + (field[17] << 8)
    return widths, head[29] if len(head) == 32 else 0


def _codepage(path: Path) -> str | None:
    """The encoding that a Shapefile's .cpg names; None where there is none, or nobody knows it."""
    for part in path.parent.iterdir():
        if part.stem == path.stem and part.suffix.lower() == ".cpg":
            return charset.named(part.read_bytes()[:40].decode("ascii", errors="ignore"))
    return None


def _read_parquet(path: Path, name: str, layer: str | None, limits: Limits, caught: list[Any]) -> Delivery:
    import geopandas
    from pyarrow import ArrowException, parquet

    if layer is not None and layer != path.stem:
        raise SourceLayerWanted(source=name, layers=path.stem, sent=layer)
    try:
        limits.hold(name, "rows", int(parquet.read_metadata(path).num_rows))
        frame = geopandas.read_parquet(path)
    except ArrowException as error:
        raise SourceUnreadable(source=name, reason=str(error)[:300]) from error
    shapes = np.asarray(frame.geometry.values, dtype=object)
    z, m = bool(shapely.has_z(shapes).any()), bool(shapely.has_m(shapes).any())
    others = frame.drop(columns=[key for key in frame.columns if frame[key].dtype == "geometry"])
    return Delivery(
        name=name,
        columns={str(key): _objects(others[key].to_numpy()) for key in others.columns},
        geometries=np.asarray(shapely.force_2d(shapes), dtype=object),
        crs=frame.crs,
        dimensions=("Z" if z else "") + ("M" if m else ""),
        warnings=_said(caught),
    )


def _objects(values: Any) -> np.ndarray:
    """Values as plain Python objects, None where missing; dates as dates, lists as their text."""
    column = np.asarray(values)
    if column.dtype.kind == "M":
        timed = (column != column.astype("datetime64[D]")) & ~np.isnat(column)
        column = column.astype("datetime64[s]" if timed.any() else "datetime64[D]")
    out = column.astype(object)
    out[pd.isna(column)] = None
    if column.dtype.kind == "O":
        plain = (str, bytes, bool, int, float, date, datetime, np.generic, type(None))
        for place in [n for n, value in enumerate(out) if not isinstance(value, plain)]:
            out[place] = str(out[place])
    return out


# Character set and CRS


def _wanted_encoding(sent: str | None) -> str | None:
    wanted = charset.named(sent)
    if sent and wanted is None:
        raise SourceEncodingUnknown(encoding=sent[:40])
    return wanted


def _settle_crs(delivery: Delivery, sent: str | None) -> tuple[CRS, list[Fault]]:
    declared = None if sent is None else declared_crs(delivery.name, sent)
    if delivery.crs is None:
        if declared is None:
            raise SourceCrsMissing(source=delivery.name)
        return declared, [Fault("crs_declared", "notice", facts={"crs": _label(declared)}), *_wgs84(declared)]
    if (
        declared is not None
        and delivery.crs_implied
        and _label(taken_crs(delivery.name, delivery.crs)) != _label(declared)
    ):
        facts = {"crs": _label(declared), "own": _label(taken_crs(delivery.name, delivery.crs))}
        return declared, [Fault("crs_overruled", "warning", facts=facts)]
    own = taken_crs(delivery.name, delivery.crs)
    if declared is not None and declared.to_epsg() != own.to_epsg():
        raise SourceCrsContradicted(source=delivery.name, own=_label(own), declared=_label(declared))
    return own, _wgs84(own)


def _wgs84(crs: CRS) -> list[Fault]:
    return [Fault("crs_wgs84", "notice", facts={"crs": _label(crs)})] if crs.to_epsg() == WGS84_EPSG else []


def _label(crs: CRS) -> str:
    return f"EPSG:{crs.to_epsg()}"


def _settle_texts(delivery: Delivery, wanted: str | None) -> tuple[str | None, dict[str, np.ndarray], list[Fault]]:
    """Decode what came as bytes; tell what does not decode, what was ruined before, and what was cut."""
    if not delivery.octets:
        columns = dict(delivery.columns)
        return None, columns, [fault for header in columns for fault in _ruined(columns[header], header, charset.UTF8)]
    samples = {(header.encode(_OCTETS), 10) for header in delivery.columns}
    for header, values in delivery.columns.items():
        width = delivery.widths.get(header, 0)
        samples |= {(value.encode(_OCTETS), width) for value in _texts(values)}
    choice = charset.choose(samples, wanted or delivery.encoding)
    encoding = wanted or choice.encoding
    faults = [] if wanted or not choice.texts else _told(choice, delivery.encoding)
    columns = {}
    for header, values in delivery.columns.items():
        readable = charset.decode(header.encode(_OCTETS), encoding, 10)[0]
        while readable in columns:
            readable += "_"
        columns[readable], found = _decoded(values, readable, encoding, delivery.widths.get(header, 0))
        faults += found
    return encoding, columns, [*faults, *_cut(columns, delivery, encoding)]


def _texts(values: np.ndarray) -> set[str]:
    return {value for value in values if isinstance(value, str)}


def _told(choice: charset.Choice, declared: str | None) -> list[Fault]:
    facts: dict[str, str | float] = {"encoding": choice.encoding, "texts": choice.texts, "sample": choice.sample}
    if declared is None:
        return [Fault("encoding_assumed", "notice", facts=facts)]
    if declared != choice.encoding:
        return [Fault("encoding_overruled", "warning", facts={**facts, "declared": declared})]
    return []


def _decoded(values: np.ndarray, header: str, encoding: str, width: int) -> tuple[np.ndarray, list[Fault]]:
    known = {text: charset.decode(text.encode(_OCTETS), encoding, width)[0] for text in _texts(values)}
    out = values.copy()
    out[:] = [known[value] if isinstance(value, str) else value for value in values]
    return out, _ruined(out, header, encoding)


def _ruined(values: np.ndarray, header: str, encoding: str) -> list[Fault]:
    """Texts that do not decode, or had been decoded wrongly before they came: nobody can tell what they said."""
    bad = {text for text in _texts(values) if any(ruin in text for ruin in _RUINS)}
    return [
        Fault(
            "undecodable",
            "error",
            row=row,
            field=header,
            facts={"header": header, "text": value[:60], "encoding": encoding},
        )
        for row, value in enumerate(values, start=1)
        if bad and isinstance(value, str) and value in bad
    ]


def _cut(columns: Mapping[str, np.ndarray], delivery: Delivery, encoding: str) -> list[Fault]:
    """Texts that fill their field and do not end: the writer's field was too narrow for them."""
    faults = []
    pairs = list(zip(delivery.columns.items(), columns.items(), strict=True))
    for place, ((raw_header, raw), (header, values)) in enumerate(pairs):
        width = delivery.widths.get(raw_header, 0)
        cut = _cut_texts(raw, width, encoding) if width >= _LONG else set()
        following, going_on = pairs[place + 1][1] if place + 1 < len(pairs) else ("", np.array([]))
        goes_on = _continues(header, following)
        for row in [row for row, value in enumerate(raw) if cut and value in cut]:
            if not goes_on or not going_on[row]:
                facts: dict[str, str | float] = {"header": header, "width": width, "ending": values[row][-12:]}
                faults.append(Fault("text_cut", "warning", row=row + 1, field=header, facts=facts))
    return faults


def _cut_texts(raw: np.ndarray, width: int, encoding: str) -> set[str]:
    """The texts of a column that have been cut.

    Some programs make a field as wide as its longest text, which then fills it without having been cut. So one text
    alone is evidence only where its last character is broken, or the width is one that people choose.
    """
    full = width - charset.most_bytes(encoding) + 1
    filling = {}
    for octets in (value for value in _texts(raw) if len(value) >= full):
        text, right, broken = charset.decode(octets.encode(_OCTETS), encoding, width)
        if right and (broken or not text.rstrip().endswith(_ENDS)):
            filling[octets] = broken
    if len(filling) > 1 or width >= _WIDEST or width % _LONG == 0:
        return set(filling)
    return {octets for octets, broken in filling.items() if broken}


def _continues(header: str, following: str) -> bool:
    """Whether a column goes on with what the one before it had no room for: `KJBJYS`, `KJBJYS_2`, `KJBJYS_3`."""
    stem, _, number = following.rpartition("_")
    return bool(stem) and number.isdigit() and (header == stem or header.rpartition("_")[0] == stem)
