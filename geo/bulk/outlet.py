"""Outputs: a run's answers as CSV, XLSX, Parquet, GeoParquet or GeoPackage; the same answers give the same bytes."""

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import xlsxwriter

from geo.bulk.parts import GEOMETRY
from geo.crs import ENGINE_CRS, ENGINE_EPSG
from geo.errors import FileUnusable
from geo.export.geopackage import still
from geo.layers.releases import replacing

LAYER = "answers"
_ROWS_OF_A_SHEET = 1_048_575  # below the header
_LONGEST_CELL = 32_767  # characters of a cell in XLSX
_WRITTEN = datetime(2000, 1, 1)  # in place of the time of writing, which would change the bytes
_RUNS = ("=", "+", "-", "@", "\t", "\r")


def check_ending(out: Path) -> None:
    """Refuse an output of a format that is not written.

    Raises
    ------
    FileUnusable
        Naming those that are.
    """
    if out.suffix.lower() not in _WRITERS:
        raise FileUnusable(path=str(out), reason=f"its name ends in none of {', '.join(_WRITERS)}")


def has_shapes(out: Path) -> bool:
    """Whether an output has the sites' geometries."""
    return out.suffix.lower() in (".geoparquet", ".gpkg")


def write_answers(out: Path, columns: Sequence[str], tables: Iterable[pa.Table]) -> None:
    """Write the answers, in the format of the ending; an earlier file is replaced in one step.

    Raises
    ------
    OSError
        Where it cannot be written.
    """
    with replacing(out) as path:
        _WRITERS[out.suffix.lower()](path, columns, tables)


def inert(value: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if value.startswith(_RUNS) else value


def _write_csv(path: Path, columns: Sequence[str], tables: Iterable[pa.Table]) -> None:
    """In UTF-8 with a mark, which Excel needs."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for table in tables:
            writer.writerows(_rows(table, columns))


def _rows(table: pa.Table, columns: Sequence[str]) -> Iterable[tuple[str, ...]]:
    return zip(*([inert(cell) for cell in table.column(name).to_pylist()] for name in columns), strict=True)


def _write_xlsx(path: Path, columns: Sequence[str], tables: Iterable[pa.Table]) -> None:
    """Row by row, so that little of it is in memory; what is longer than a cell can hold ends in “…”."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        book.set_properties({"created": _WRITTEN})
        sheet, at = _sheet_of(book, columns), 0
        for row in (row for table in tables for row in _rows(table, columns)):
            if at == _ROWS_OF_A_SHEET:
                sheet, at = _sheet_of(book, columns), 0
            at += 1
            for column, cell in enumerate(row):
                told = cell if len(cell) <= _LONGEST_CELL else cell[: _LONGEST_CELL - 1] + "…"
                sheet.write_string(at, column, told)


def _sheet_of(book: xlsxwriter.Workbook, columns: Sequence[str]) -> Any:
    """A new sheet with its header."""
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, columns)
    return sheet


def _write_parquet(path: Path, columns: Sequence[str], tables: Iterable[pa.Table]) -> None:
    _write_arrow(path, pa.schema([(name, pa.string()) for name in columns]), tables)


def _write_geoparquet(path: Path, columns: Sequence[str], tables: Iterable[pa.Table]) -> None:
    told = {
        "version": "1.0.0",
        "primary_column": GEOMETRY,
        "columns": {GEOMETRY: {"encoding": "WKB", "geometry_types": [], "crs": ENGINE_CRS.to_json_dict()}},
    }
    fields = [(name, pa.string()) for name in columns]
    schema = pa.schema([*fields, (GEOMETRY, pa.binary())], metadata={"geo": json.dumps(told, sort_keys=True)})
    _write_arrow(path, schema, tables)


def _write_arrow(path: Path, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for table in tables:
            writer.write_table(table.select(schema.names).cast(schema))


def _write_geopackage(path: Path, columns: Sequence[str], tables: Iterable[pa.Table]) -> None:
    for table in tables:
        pyogrio.write_arrow(
            table.select([*columns, GEOMETRY]), path, layer=LAYER, driver="GPKG", append=path.exists(),
            geometry_name=GEOMETRY, geometry_type="Unknown", crs=f"EPSG:{ENGINE_EPSG}",
        )  # fmt: skip
    still(path)


_WRITERS: Mapping[str, Callable[[Path, Sequence[str], Iterable[pa.Table]], None]] = {
    ".csv": _write_csv,
    ".xlsx": _write_xlsx,
    ".parquet": _write_parquet,
    ".geoparquet": _write_geoparquet,
    ".gpkg": _write_geopackage,
}
