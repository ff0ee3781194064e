"""Tables of sites, read a chunk at a time: CSV, XLSX, Parquet and GeoParquet, GeoPackage.

A cell is text, empty where it says nothing. A geometry is text too, with the CRS that its file names before it.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyogrio.raw
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError
from python_calamine import CalamineError, CalamineWorkbook

from geo.bulk.chunk import Chunk, Said
from geo.crs import read_epsg
from geo.errors import SiteCrsMissing, SiteCrsUnknown, SiteLayerUnknown, TableInvalid

ROWS = 10_000  # of a chunk
WHERE = (("lon", "lat"), ("at",))
_COLUMNS = (
    "id", "name", "name_zh", "lon", "lat", "at", "industry", "kind", "nature", "facts", "day", "placed",
)  # fmt: skip
_NEEDED = "id, name|name_zh, lon+lat|at, industry, kind, nature, day, facts, placed"
_LONGEST_HEAD = 10_000  # bytes
_LONGEST_CELL = 10_000_000  # characters
_BROKEN = (
    OSError,
    ValueError,
    csv.Error,
    pa.ArrowException,
    CalamineError,
    BadZipFile,
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    shapely.errors.ShapelyError,
)
Columns = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Table:
    """A table that can be used; its rows are read when they are asked for, and may be asked for again."""

    path: Path
    rows: int  # at most, where counting them would be reading them
    said: Said
    batches: Callable[[], Iterator[Columns]]

    def chunks(self, rows: int = ROWS) -> Iterator[Chunk]:
        """The rows in order.

        Raises
        ------
        TableInvalid
            Where it cannot be read on.
        """
        first = 1
        with _telling():
            for columns in self.batches():
                count = len(next(iter(columns.values())))
                for at in range(0, count, rows):
                    some = {name: cells[at : at + rows] for name, cells in columns.items()}
                    yield Chunk(first, len(next(iter(some.values()))), some, self.said)
                    first += min(rows, count - at)


@contextmanager
def _telling() -> Iterator[None]:
    """Say in one way what keeps a table from being read."""
    try:
        yield
    except _BROKEN as error:
        raise TableInvalid(reason=f"{type(error).__name__}: {error}"[:300], columns=_NEEDED) from error


def is_table(path: Path) -> bool:
    """Whether a file is a table of sites by its ending and header; one of corner points is none.

    Raises
    ------
    OSError
        Where it cannot be read.
    """
    ending = path.suffix.lower()
    if ending == ".csv":
        with path.open("rb") as file:
            head = file.readline(_LONGEST_HEAD).removeprefix(b"\xef\xbb\xbf")
        return _says_where(name.strip('"') for name in _header(head.decode("gb18030", "replace").split(",")))
    if ending in (".xlsx", ".xlsm"):
        try:
            return _sheet(path) is not None
        except _BROKEN:
            return False
    return ending in _OPENERS


def open_table(
    path: Path, most: int, said: Said | None = None, layer: str | None = None, crs: str | None = None
) -> Table:
    """Open a table.

    Parameters
    ----------
    most : rows that are taken
    said : what its sender says of the coordinates in its cells
    layer : of a GeoPackage that has several
    crs : of a file with geometries that does not name one

    Raises
    ------
    TableInvalid
        Where it is unreadable, has no column for the place, or has more rows than `most`.
    SiteCrsMissing, SiteCrsUnknown, SiteLayerUnknown
        Where a file with geometries does not say where they lie, or has several layers.
    """
    said = replace_crs(said or Said(), crs)
    with _telling():
        table = _OPENERS[path.suffix.lower()](path, said, layer, crs)
        if table.rows > most and path.suffix.lower() == ".csv":  # a cell may hold several lines
            table = replace(table, rows=sum(len(chunk) for chunk in table.chunks()))
    if table.rows > most:
        raise TableInvalid(reason=f"{table.rows} rows, at most {most} are taken", columns=_NEEDED)
    if not table.rows or next(table.chunks(1), None) is None:
        raise TableInvalid(reason="no row, or no column that says where", columns=_NEEDED)
    return table


def replace_crs(said: Said, crs: str | None) -> Said:
    """The same with another CRS, where one is named.

    Raises
    ------
    SiteCrsUnknown
        Where this program does not take it.
    """
    return said if crs is None else said._replace(crs=f"EPSG:{read_epsg(crs)}")


def _header(cells: Sequence[Any]) -> list[str]:
    return [str(cell or "").strip() for cell in cells]


def _says_where(names: Any) -> bool:
    held = set(names)
    return any(set(keys) <= held for keys in WHERE)


def _columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, Sequence[str]]:
    """Rows of cells as columns; a short row is filled up, and a column of another name is left out."""
    width = len(header)
    whole = [row if len(row) == width else [*row[:width], *[""] * (width - len(row))] for row in rows]
    return {name: cells for name, cells in zip(header, zip(*whole, strict=True), strict=True) if name in _COLUMNS}


def _in_chunks(header: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[Columns]:
    if _says_where(header):
        while some := list(islice(rows, ROWS)):
            yield _columns(header, some)


# --- CSV ------------------------------------------------------------------------------------------------------------


def _open_csv(path: Path, said: Said, layer: str | None, crs: str | None) -> Table:
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_CELL))
    encoding = "utf-8-sig"
    try:
        with path.open(encoding=encoding) as file:
            lines = sum(1 for _ in file)
    except UnicodeDecodeError:
        encoding = "gb18030"
        with path.open(encoding=encoding) as file:
            lines = sum(1 for _ in file)

    def batches() -> Iterator[Columns]:
        with path.open(encoding=encoding, newline="") as file:
            rows = filter(None, csv.reader(file))
            yield from _in_chunks(_header(next(rows, [])), rows)

    return Table(path, max(lines - 1, 0), said, batches)


# --- XLSX -----------------------------------------------------------------------------------------------------------


def _sheet(path: Path) -> str | None:
    """The first sheet whose first row says where."""
    book = CalamineWorkbook.from_path(path)
    for name in book.sheet_names:
        first = next(iter(book.get_sheet_by_name(name).iter_rows()), [])
        if _says_where(_header(first)):
            return str(name)
    return None


def _open_xlsx(path: Path, said: Said, layer: str | None, crs: str | None) -> Table:
    name = _sheet(path)
    if name is None:
        raise ValueError("no sheet with a column that says where")
    rows = CalamineWorkbook.from_path(path).get_sheet_by_name(name).height - 1

    def batches() -> Iterator[Columns]:
        cells = CalamineWorkbook.from_path(path).get_sheet_by_name(name).iter_rows()
        header = _header(next(cells))
        told = ([_cell(value) for value in row] for row in cells)
        yield from _in_chunks(header, (row for row in told if any(row)))

    return Table(path, rows, said, batches)


def _cell(value: Any) -> str:
    """A value as a person would have typed it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        if np.isnan(value):
            return ""
        return str(np.format_float_positional(value, precision=15, trim="-"))
    if isinstance(value, datetime) and value.time() == datetime.min.time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


# --- Parquet --------------------------------------------------------------------------------------------------------


def _open_parquet(path: Path, said: Said, layer: str | None, crs: str | None) -> Table:
    with pq.ParquetFile(path) as file:
        rows, names = file.metadata.num_rows, file.schema_arrow.names
        told = json.loads((file.metadata.metadata or {}).get(b"geo", b"null"))
    shape = told["primary_column"] if told else None
    if shape is not None:
        described = told["columns"][shape]
        if described.get("encoding") != "WKB":
            raise ValueError(f"geometries as {described.get('encoding')}, and not as WKB")
        said = said._replace(crs=_crs_of(described.get("crs", "OGC:CRS84"), crs))
    wanted = [name for name in names if name.strip() in _COLUMNS or name == shape]

    def batches() -> Iterator[Columns]:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(ROWS, columns=wanted):
                yield from _of_arrow(batch, shape)

    return Table(path, rows, said, batches)


def _crs_of(named: Any, said: str | None) -> str:
    """The CRS that a file names for its geometries, or its sender where it names none; it is never guessed."""
    if named is None:
        if said is None:
            raise SiteCrsMissing()
        return f"EPSG:{read_epsg(said)}"
    try:
        known = CRS.from_user_input(named)
    except CRSError as error:
        raise SiteCrsUnknown(crs=str(named)[:60]) from error
    authority = known.to_authority(min_confidence=70)
    return f"EPSG:{read_epsg(':'.join(authority) if authority else known.name)}"


def _of_arrow(batch: pa.RecordBatch, shape: str | None) -> Iterator[Columns]:
    """A batch as columns of text; its geometries are the places."""
    columns: dict[str, Sequence[str]] = {}
    for name in batch.schema.names:
        if name != shape and name.strip() in _COLUMNS:
            columns[name.strip()] = [_cell(value) for value in batch.column(name).to_pylist()]
    if shape is not None:
        wkb = np.array(batch.column(shape).to_pylist(), dtype=object)
        texts = shapely.to_wkt(shapely.from_wkb(wkb, on_invalid="ignore"), rounding_precision=-1, output_dimension=2)
        columns["at"] = [text or "-" for text in texts.tolist()]
    if batch.num_rows and _says_where(columns):
        yield columns


# --- GeoPackage -----------------------------------------------------------------------------------------------------


def _open_geopackage(path: Path, said: Said, layer: str | None, crs: str | None) -> Table:
    layers = {str(name): kind for name, kind in pyogrio.list_layers(path)}
    chosen = layer or (next(iter(layers)) if len(layers) == 1 else "")
    if chosen not in layers:
        raise SiteLayerUnknown(sent=chosen, known=", ".join(layers))
    told = pyogrio.read_info(path, layer=chosen, force_feature_count=True)
    spatial = layers[chosen] is not None
    if spatial:
        said = said._replace(crs=_crs_of(told["crs"], crs))
    wanted = [name for name in told["fields"] if name.strip() in _COLUMNS]

    def batches() -> Iterator[Columns]:
        opened = pyogrio.raw.open_arrow(
            path, layer=chosen, columns=wanted, read_geometry=spatial, batch_size=ROWS, use_pyarrow=True
        )
        with opened as (meta, reader):
            shape = (meta["geometry_name"] or "wkb_geometry") if spatial else None
            for batch in reader:
                yield from _of_arrow(batch, shape)

    return Table(path, int(told["features"]), said, batches)


_OPENERS: Mapping[str, Callable[[Path, Said, str | None, str | None], Table]] = {
    ".csv": _open_csv,
    ".xlsx": _open_xlsx,
    ".xlsm": _open_xlsx,
    ".parquet": _open_parquet,
    ".geoparquet": _open_parquet,
    ".gpkg": _open_geopackage,
}
