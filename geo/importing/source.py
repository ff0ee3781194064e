"""A source: a bureau's delivery, read from a file or a database, with its character set and CRS settled.

Formats: Shapefile (also zipped), file geodatabase (also zipped), GeoPackage, GeoJSON, GeoParquet, a PostGIS table.
Nothing is fetched: a file is opened by the driver of its format alone, so that none can name another source.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
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
    SourceZipRefused,
)
from geo.importing.archive import ArchiveBroken, EntryRefused, unpack
from geo.importing.database import is_address, read_table
from geo.importing.delivery import Delivery, Limits
from geo.importing.faults import Fault
from geo.importing.reference import declared_crs, read_crs, taken_crs
from geo.importing.vectorfile import (
    DRIVERS,
    VectorBroken,
    companion,
    hold_magic,
    layers_of,
    objects,
    read_features,
    reading,
    size,
)

FORMATS = (".shp", ".gdb", ".gpkg", ".geojson", ".json", ".parquet", ".zip")
LIMITS = Limits()
_RUINS = ("\ufffd", "锟斤拷", "烫烫烫")  # what wrong decoding has left of texts before they came here
_LONG = 50  # bytes; a field of that width holds sentences, which may have been cut
_WIDEST = 250  # bytes; the widest text field of dBase has 254
_ENDS = tuple('。；;.!！?？）)”"、,，:：')


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
    try:
        limits.hold(path.name, "file_bytes", size(path))
        if path.suffix.lower() != ".zip":
            return _read_file(path, path.name, layer, limits)
        hold_magic(path)
    except VectorBroken as error:
        raise SourceUnreadable(source=path.name, reason=error.reason) from error
    with TemporaryDirectory(prefix="fenqu-") as folder:
        _unpack(path, Path(folder), limits)
        return _read_file(*_inside(Path(folder), path.name, layer), limits)


def _unpack(path: Path, into: Path, limits: Limits) -> None:
    what = {"entries": "zip_entries", "unpacked_bytes": "file_bytes"}
    try:
        unpack(path, into, lambda of, count: limits.hold(path.name, what[of], count))
    except EntryRefused as error:
        raise SourceZipRefused(source=path.name, entry=error.entry, reason=error.reason) from error
    except ArchiveBroken as error:
        raise SourceUnreadable(source=path.name, reason=str(error)) from error


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
    read = _read_parquet if path.suffix.lower() == ".parquet" else _read_vector
    try:
        return read(path, name, layer, limits)
    except VectorBroken as error:
        raise SourceUnreadable(source=name, reason=error.reason) from error


def _read_vector(path: Path, name: str, layer: str | None, limits: Limits) -> Delivery:
    if geojson := DRIVERS[path.suffix.lower()] == "GeoJSON":
        _hold_layer(path, name, layer)
        chosen = None
    else:
        chosen = _choose_layer(path, name, layer)
    if path.suffix.lower() == ".shp" and companion(path, ".dbf") is None:
        raise SourceUnreadable(source=name, reason="its .dbf is missing")
    found = read_features(path, chosen, lambda what, count: limits.hold(name, what, count))
    return Delivery(
        name=name if layer is None or path.suffix.lower() == ".shp" or geojson else f"{name}/{layer}",
        columns=found.columns,
        geometries=found.geometries,
        unreadable=found.unreadable,
        crs=read_crs(name, found.crs),
        crs_implied=geojson,
        dimensions=found.dimensions,
        octets=found.octets,
        encoding=found.encoding,
        widths=found.widths,
        warnings=found.warnings,
    )


def _hold_layer(path: Path, name: str, layer: str | None) -> None:
    """Refuse to choose a layer of a file that is one."""
    if layer is not None and layer != path.stem:
        raise SourceLayerWanted(source=name, layers=path.stem, sent=layer)


def _choose_layer(path: Path, name: str, layer: str | None) -> str:
    layers = layers_of(path)
    if not layers:
        raise SourceUnreadable(source=name, reason="it has no layer with geometries")
    if layer is None and len(layers) == 1:
        return layers[0]
    if layer not in layers:
        raise SourceLayerWanted(source=name, layers=", ".join(layers), sent=layer or "–")
    return layer


def _read_parquet(path: Path, name: str, layer: str | None, limits: Limits) -> Delivery:
    import geopandas
    from pyarrow import ArrowException, parquet

    hold_magic(path)
    _hold_layer(path, name, layer)
    with reading(path) as caught:
        try:
            limits.hold(name, "rows", int(parquet.read_metadata(path).num_rows))
            frame = geopandas.read_parquet(path)
        except ArrowException as error:
            raise VectorBroken(str(error)[:300]) from error
    shapes = np.asarray(frame.geometry.values, dtype=object)
    z, m = bool(shapely.has_z(shapes).any()), bool(shapely.has_m(shapes).any())
    others = frame.drop(columns=[key for key in frame.columns if frame[key].dtype == "geometry"])
    return Delivery(
        name=name,
        columns={str(key): objects(others[key].to_numpy()) for key in others.columns},
        geometries=np.asarray(shapely.force_2d(shapes), dtype=object),
        crs=frame.crs,
        dimensions=("Z" if z else "") + ("M" if m else ""),
        warnings=tuple(dict.fromkeys(str(warning.message) for warning in caught)),
    )


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
    choice = charset.choose_for(delivery.columns, delivery.widths, wanted or delivery.encoding)
    encoding = wanted or choice.encoding
    faults = [] if wanted or not choice.texts else _told(choice, delivery.encoding)
    columns = {}
    for header, values in delivery.columns.items():
        readable = charset.decode(header.encode(charset.OCTETS), encoding, charset.HEADER_BYTES)[0]
        while readable in columns:
            readable += "_"
        columns[readable] = charset.decoded(values, encoding, delivery.widths.get(header, 0))
        faults += _ruined(columns[readable], readable, encoding)
    return encoding, columns, [*faults, *_cut(columns, delivery, encoding)]


def _told(choice: charset.Choice, declared: str | None) -> list[Fault]:
    facts: dict[str, str | float] = {"encoding": choice.encoding, "texts": choice.texts, "sample": choice.sample}
    if declared is None:
        return [Fault("encoding_assumed", "notice", facts=facts)]
    if declared != choice.encoding:
        return [Fault("encoding_overruled", "warning", facts={**facts, "declared": declared})]
    return []


def _ruined(values: np.ndarray, header: str, encoding: str) -> list[Fault]:
    """Texts that do not decode, or had been decoded wrongly before they came: nobody can tell what they said."""
    bad = {text for text in charset.texts_among(values) if any(ruin in text for ruin in _RUINS)}
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
    for octets in (value for value in charset.texts_among(raw) if len(value) >= full):
        text, right, broken = charset.decode(octets.encode(charset.OCTETS), encoding, width)
        if right and (broken or not text.rstrip().endswith(_ENDS)):
            filling[octets] = broken
    if len(filling) > 1 or width >= _WIDEST or width % _LONG == 0:
        return set(filling)
    return {octets for octets, broken in filling.items() if broken}


def _continues(header: str, following: str) -> bool:
    """Whether a column goes on with what the one before it had no room for: `KJBJYS`, `KJBJYS_2`, `KJBJYS_3`."""
    stem, _, number = following.rpartition("_")
    return bool(stem) and number.isdigit() and (header == stem or header.rpartition("_")[0] == stem)
