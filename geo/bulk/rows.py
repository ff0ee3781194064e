"""Rows of a table, whatever its format: columns of texts, empty where a cell says nothing, a batch at a time."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pyarrow as pa
import pyogrio
import shapely
from python_calamine import CalamineError

from geo.bulk.chunk import Chunk, Said
from geo.errors import TableInvalid

ROWS = 10_000  # of a chunk
WHERE = (("lon", "lat"), ("at",))
COLUMNS = (
    "id", "name", "name_zh", "lon", "lat", "at", "industry", "kind", "nature", "facts", "day", "placed",
)  # fmt: skip
NEEDED = "id, name|name_zh, lon+lat|at, industry, kind, nature, day, facts, placed"
BROKEN = (
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
        with telling():
            for columns in self.batches():
                count = len(next(iter(columns.values())))
                for at in range(0, count, rows):
                    some = {name: cells[at : at + rows] for name, cells in columns.items()}
                    yield Chunk(first, len(next(iter(some.values()))), some, self.said)
                    first += min(rows, count - at)


@contextmanager
def telling() -> Iterator[None]:
    """Say in one way what keeps a table from being read."""
    try:
        yield
    except BROKEN as error:
        raise TableInvalid(reason=f"{type(error).__name__}: {error}"[:300], columns=NEEDED) from error


def says_where(names: Iterable[str]) -> bool:
    """Whether columns of these names say where a row is."""
    held = set(names)
    return any(set(keys) <= held for keys in WHERE)


def text_of(value: Any) -> str:
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
