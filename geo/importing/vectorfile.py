"""Files of features as their drivers give them: Shapefile, file geodatabase, GeoPackage, GeoJSON.

Nothing is fetched: a file is opened by the driver of its format alone, so that none can name another source. Both
deliveries of whole layers and files of sites are read here, so the errors are neutral; each translates them.
"""

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import pyogrio.raw
import shapely

import geo.importing.charset as charset
from geo.errors import Term

DRIVERS = {".shp": "ESRI Shapefile", ".gdb": "OpenFileGDB", ".gpkg": "GPKG", ".geojson": "GeoJSON", ".json": "GeoJSON"}
MAGIC = {".shp": b"\x00\x00\x27\x0a", ".gpkg": b"SQLite format 3\x00", ".parquet": b"PAR1", ".zip": b"PK"}
Hold = Callable[[str, int], None]  # told of `rows` before they are read and of `vertices` after; raises where too many
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


class VectorBroken(Exception):
    """A file that is not what its name says, or is damaged; the reason says how, without a folder."""

    def __init__(self, reason: str | Term) -> None:
        self.reason = reason  # a term where it is one of this module's own, else the reader's words
        super().__init__(str(reason))


@dataclass(frozen=True, slots=True)
class Features:
    """The rows of one layer, its texts not yet decoded where they come as bytes."""

    columns: Mapping[str, np.ndarray]  # header: values, object dtype, None where missing
    geometries: np.ndarray  # shapely objects or None, in the plane
    crs: str | None  # code or WKT, as the reader gives it
    dimensions: str = ""  # beyond the plane, before they were dropped: Z, M or ZM
    octets: bool = False  # texts and headers are bytes, each as one character of ISO-8859-1
    encoding: str | None = None  # that the file declares for itself
    widths: Mapping[str, int] = field(default_factory=dict)  # bytes of each text field that has a width
    unreadable: tuple[int, ...] = ()  # rows, from 1, whose geometry is broken beyond reading, and None here
    surfaces: tuple[int, ...] = ()  # those of them that are surfaces in space: TIN, PolyhedralSurface
    closed: tuple[int, ...] = ()  # rows whose rings came open, and were closed
    warnings: tuple[str, ...] = ()  # of the reader


@contextmanager
def options(**chosen: str) -> Iterator[None]:
    """Options of the readers, for as long as the block runs."""
    before = {name: pyogrio.get_gdal_config_option(name) for name in chosen}
    pyogrio.set_gdal_config_options(chosen)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)


@contextmanager
def reading(path: Path) -> Iterator[list[Any]]:
    """Catch what readers raise of this file as `VectorBroken`, and what they warn of as a list."""
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield caught
    except _READER_ERRORS as error:
        said = str(error).replace(f"{path.absolute().parent}/", "").replace(str(path.parent), "")
        raise VectorBroken(said[:300]) from error


def size(path: Path) -> int:
    """Bytes of a file or of all files of a data set.

    Raises
    ------
    VectorBroken
        Where it is not there.
    """
    try:
        if path.is_dir():
            return sum(part.stat().st_size for part in path.rglob("*") if part.is_file())
        if path.suffix.lower() == ".shp":
            return sum(part.stat().st_size for part in path.parent.iterdir() if part.stem == path.stem)
        return path.stat().st_size
    except OSError as error:
        raise VectorBroken(error.strerror or "no such file") from error


def hold_magic(path: Path) -> None:
    """Refuse a file that is not what its name says: another driver would open it, and might follow what is in it.

    Raises
    ------
    VectorBroken
        Where its first bytes are not those of its format.
    """
    suffix = path.suffix.lower()
    if suffix == ".gdb":
        if not path.is_dir() or not any(part.suffix == ".gdbtable" for part in path.iterdir()):
            raise VectorBroken(Term("cause.file_other_content"))
    elif suffix in MAGIC:
        try:
            with path.open("rb") as file:
                first = file.read(16)
        except OSError as error:
            raise VectorBroken(error.strerror or "cannot be opened") from error
        if not first.startswith(MAGIC[suffix]):
            raise VectorBroken(Term("cause.file_other_content"))


def layers_of(path: Path) -> tuple[str, ...]:
    """The layers with geometries of a file that is not GeoJSON, in its order; see `read_features` for the errors."""
    hold_magic(path)
    with reading(path):
        return tuple(str(row[0]) for row in pyogrio.list_layers(_place(path)) if row[1] is not None)


def count_of(path: Path, layer: str) -> tuple[str, int]:
    """The kind of geometry of a layer, as the reader names it, and its rows; see `read_features` for the errors."""
    with reading(path):
        info = pyogrio.read_info(_place(path), layer=layer, encoding=charset.OCTETS, force_feature_count=True)
        return str(info["geometry_type"]), int(info["features"])


def has_curves(path: Path, layer: str) -> bool:
    """Whether a layer has curves, which `read_features` gives as lines; see there for the errors."""
    quoted = '"' + layer.replace('"', '\\"') + '"'
    with reading(path):
        asked = " ".join(("SELECT DISTINCT OGR_GEOMETRY FROM", quoted))
        (kinds,) = pyogrio.raw.read(_place(path), sql=asked, sql_dialect="OGRSQL", read_geometry=False)[3]
        return any(name in str(kind) for kind in kinds for name in ("CURVE", "CIRCULAR", "SURFACE"))


def read_features(
    path: Path, layer: str | None, hold: Hold, *, at_once: int | None = None, close_rings: bool = False
) -> Features:
    """Read one layer.

    Parameters
    ----------
    layer : one of `layers_of`; None for GeoJSON, which by its prefix is read as GeoJSON only: other drivers take JSON
        that tells them to open something else
    at_once : rows read before their vertices are counted; all where nothing is said

    Raises
    ------
    VectorBroken
        Where it cannot be read; and whatever `hold` raises.
    """
    hold_magic(path)
    shapefile = path.suffix.lower() == ".shp"
    with reading(path) as caught:
        widths, driver_byte = _dbase_header(path) if shapefile else ({}, 0)
        place = _place(path)
        info = pyogrio.read_info(place, layer=layer, encoding=charset.OCTETS, force_feature_count=True)
        if info["driver"] != DRIVERS[path.suffix.lower()]:
            raise VectorBroken(Term("cause.file_other_content"))
        hold("rows", int(info["features"]))
        meta, wkb, values, octets = _raw(place, layer, shapefile, hold, at_once)
        shapes, unreadable = shapes_of(wkb)
        closed = _close(shapes, wkb, unreadable) if close_rings else ()
        return Features(
            columns=_columns(meta["fields"], values),
            geometries=np.asarray(shapely.force_2d(shapes), dtype=object),
            crs=meta["crs"] or None,
            dimensions=_dimensions(str(info["geometry_type"]), shapes),
            octets=octets,
            encoding=(_codepage(path) or charset.of_language_driver(driver_byte)) if shapefile else None,
            widths=widths,
            unreadable=tuple(row for row in unreadable if row not in closed),
            closed=closed,
            surfaces=tuple(row for row in unreadable if _is_surface(wkb[row - 1])),
            warnings=tuple(dict.fromkeys(str(warning.message) for warning in caught)),
        )


def shapes_of(wkb: np.ndarray) -> tuple[np.ndarray, tuple[int, ...]]:
    """Geometries from WKB, and the rows, from 1, that have some which cannot be read: a ring of two points, say."""
    shapes = np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)
    sent = np.array([octets is not None for octets in wkb], dtype=bool)
    return shapes, tuple(int(place) + 1 for place in np.flatnonzero(sent & shapely.is_missing(shapes)))


def objects(values: Any) -> np.ndarray:
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


def companion(path: Path, suffix: str) -> Path | None:
    """The file beside a Shapefile that has its stem and this ending, in any case; None where there is none."""
    return next(
        (part for part in path.parent.iterdir() if part.stem == path.stem and part.suffix.lower() == suffix), None
    )


def _place(path: Path) -> str:
    """A path as the reader takes it: as nothing but this one file."""
    place = str(path.absolute())
    if DRIVERS[path.suffix.lower()] == "GeoJSON":
        return f"GeoJSON:{place}"
    if "!" in place:  # to the reader it stands between an archive and what is in it
        raise VectorBroken(Term("cause.file_name"))
    return place


_Raw = tuple[dict[str, Any], np.ndarray, list[np.ndarray], bool]


def _raw(place: str, layer: str | None, octets: bool, hold: Hold, at_once: int | None) -> _Raw:
    """What the reader gives of a layer, and whether its texts are bytes: always, or since they are no UTF-8."""
    try:
        meta, wkb, values = _slices(place, layer, charset.OCTETS if octets else None, hold, at_once)
    except UnicodeDecodeError:
        meta, wkb, values = _slices(place, layer, charset.OCTETS, hold, at_once)
        octets = True
    if wkb is None:
        raise VectorBroken(Term("cause.file_no_geometries"))
    return meta, wkb, values, octets


def _slices(place: str, layer: str | None, encoding: str | None, hold: Hold, at_once: int | None) -> Any:
    """All rows, `at_once` of them at a time, their vertices held in between."""
    meta, _, wkb, values = pyogrio.raw.read(place, layer=layer, encoding=encoding, max_features=at_once)
    slices, vertices, skipped = [(wkb, values)], 0, 0
    while at_once and wkb is not None:
        vertices += int(shapely.get_num_coordinates(shapes_of(wkb)[0]).sum())
        hold("vertices", vertices)
        if len(wkb) < at_once:
            break
        skipped += len(wkb)
        _, _, wkb, values = pyogrio.raw.read(
            place, layer=layer, encoding=encoding, skip_features=skipped, max_features=at_once
        )
        slices.append((wkb, values))
    if len(slices) == 1:
        return meta, wkb, values
    columns = [np.concatenate(parts) for parts in zip(*(values for _, values in slices), strict=True)]
    return meta, np.concatenate([wkb for wkb, _ in slices]), columns


def _columns(headers: Iterable[Any], values: Iterable[Any]) -> dict[str, np.ndarray]:
    """The columns by their headers; which of two with one header is meant, nobody could tell."""
    columns: dict[str, np.ndarray] = {}
    for header, column in zip(map(str, headers), values, strict=True):
        if header in columns:
            raise VectorBroken(f"two columns are called {header!r}; rename one of them")
        columns[header] = objects(column)
    return columns


def _dimensions(geometry_type: str, shapes: np.ndarray) -> str:
    """What the layer says of its dimensions; where it leaves them open, what its shapes have."""
    words = geometry_type.upper().split()
    said = next((word for word in words if word in ("ZM", "Z", "M")), "Z" if "2.5D" in words else "")
    return said or "".join(
        name for name, has in (("Z", shapely.has_z(shapes)), ("M", shapely.has_m(shapes))) if has.any()
    )


def _close(shapes: np.ndarray, wkb: np.ndarray, unreadable: tuple[int, ...]) -> tuple[int, ...]:
    """Close open rings in place; the rows, from 1, in which that was all that was wrong."""
    for row in unreadable:
        shapes[row - 1] = shapely.from_wkb(wkb[row - 1], on_invalid="fix") if not _is_surface(wkb[row - 1]) else None
    return tuple(row for row in unreadable if shapes[row - 1] is not None)


def _is_surface(wkb: bytes) -> bool:
    """Whether WKB is of a surface in space: 15 PolyhedralSurface, 16 TIN, 17 Triangle, flat or with Z and M."""
    code = int.from_bytes(wkb[1:5], "little" if wkb[:1] == b"\x01" else "big")
    return (code & 0x0FFF_FFFF) % 1000 in (15, 16, 17)


def _dbase_header(path: Path) -> tuple[dict[str, int], int]:
    """Widths in bytes of the text fields of a Shapefile's table, by header as bytes, and its language driver."""
    table = companion(path, ".dbf")
    if table is None:
        return {}, 0
    with table.open("rb") as file:
        head = file.read(32)
        described = file.read(max(int.from_bytes(head[8:10], "little") - 32, 0))
    widths = {}
    for start in range(0, len(described) - 31, 32):
        one = described[start : start + 32]
        if one[0] == 0x0D:
            break
        if one[11:12] == b"C":  # a wide field keeps the upper byte of its width among the decimals
            widths[one[:11].split(b"\0")[0].decode(charset.OCTETS)] = one[16] + (one[17] << 8)
    return widths, head[29] if len(head) == 32 else 0


def _codepage(path: Path) -> str | None:
    """The encoding that a Shapefile's .cpg names; None where there is none, or nobody knows it."""
    said = companion(path, ".cpg")
    return None if said is None else charset.named(said.read_bytes()[:40].decode("ascii", errors="ignore"))
