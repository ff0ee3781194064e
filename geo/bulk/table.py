"""Tables of sites by their endings: CSV and XLSX are read here, those of features by `geo.bulk.features`."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from geo.bulk import features
from geo.bulk.chunk import UNSAID, Said
from geo.bulk.rows import BROKEN, COLUMNS, NEEDED, ROWS, Columns, Table, says_where, telling, text_of
from geo.errors import TableInvalid

_LONGEST_HEAD = 10_000  # bytes
_LONGEST_CELL = 10_000_000  # characters


def is_table(path: Path) -> bool:
    """Whether a file is a table of sites by its ending and header; one of corner points or mere plots is none.

    Raises
    ------
    OSError
        Where it cannot be read.
    """
    ending = path.suffix.lower()
    if ending == ".csv":
        with path.open("rb") as file:
            head = file.readline(_LONGEST_HEAD).removeprefix(b"\xef\xbb\xbf")
        return says_where(name.strip('"') for name in _header(head.decode("gb18030", "replace").split(",")))
    known: Callable[[Path], object] | None = {".xlsx": _sheet, ".xlsm": _sheet, ".gpkg": features.is_table}.get(ending)
    if known is None:
        return ending in _OPENERS
    try:
        return bool(known(path))
    except BROKEN:
        return False  # the reader of files of sites says what is wrong


def open_table(path: Path, most: int, said: Said = UNSAID, layer: str | None = None) -> Table:
    """Open a table.

    Parameters
    ----------
    most : rows that are taken
    said : what its sender says of its rows
    layer : of a GeoPackage that has several

    Raises
    ------
    TableInvalid
        Where it is unreadable, has no column for the place, or has more rows than `most`.
    SiteCrsMissing, SiteCrsUnknown, SiteDatumRefused, SiteLayerUnknown
        Where nobody says where a file's geometries lie, or it has several layers.
    """
    with telling():
        table = _OPENERS[path.suffix.lower()](path, said, layer)
        if table.rows > most and path.suffix.lower() == ".csv":  # a cell may hold several lines
            table = replace(table, rows=sum(len(chunk) for chunk in table.chunks()))
    if table.rows > most:
        raise TableInvalid(reason=f"{table.rows} rows, at most {most} are taken", columns=NEEDED)
    if not table.rows or next(table.chunks(1), None) is None:
        raise TableInvalid(reason="no row, or no column that says where", columns=NEEDED)
    return table


def _header(cells: Sequence[Any]) -> list[str]:
    return [str(cell or "").strip() for cell in cells]


def _columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, Sequence[str]]:
    """Rows of cells as columns; a short row is filled up, and a column of another name is left out."""
    width = len(header)
    whole = [row if len(row) == width else [*row[:width], *[""] * (width - len(row))] for row in rows]
    return {name: cells for name, cells in zip(header, zip(*whole, strict=True), strict=True) if name in COLUMNS}


def _in_chunks(header: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[Columns]:
    if says_where(header):
        while some := list(islice(rows, ROWS)):
            yield _columns(header, some)


# --- CSV ------------------------------------------------------------------------------------------------------------


def _open_csv(path: Path, said: Said, layer: str | None) -> Table:
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

    return Table(max(lines - 1, 0), said, batches)


# --- XLSX -----------------------------------------------------------------------------------------------------------


def _sheet(path: Path) -> str | None:
    """The first sheet whose first row says where."""
    book = CalamineWorkbook.from_path(path)
    for name in book.sheet_names:
        first = next(iter(book.get_sheet_by_name(name).iter_rows()), [])
        if says_where(_header(first)):
            return str(name)
    return None


def _open_xlsx(path: Path, said: Said, layer: str | None) -> Table:
    name = _sheet(path)
    if name is None:
        raise ValueError("no sheet with a column that says where")
    rows = CalamineWorkbook.from_path(path).get_sheet_by_name(name).height - 1

    def batches() -> Iterator[Columns]:
        cells = CalamineWorkbook.from_path(path).get_sheet_by_name(name).iter_rows()
        header = _header(next(cells))
        told = ([text_of(value) for value in row] for row in cells)
        yield from _in_chunks(header, (row for row in told if any(row)))

    return Table(rows, said, batches)


_OPENERS: Mapping[str, Callable[[Path, Said, str | None], Table]] = {
    ".csv": _open_csv,
    ".xlsx": _open_xlsx,
    ".xlsm": _open_xlsx,
    ".parquet": features.open_parquet,
    ".geoparquet": features.open_parquet,
    ".gpkg": features.open_geopackage,
}
