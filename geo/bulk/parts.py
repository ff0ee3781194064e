"""Parts: the answers to one chunk of rows in a file of its own, kept until all are there; what was begun can go on."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from geo.bulk.answer import COLUMNS, DISTANCES
from geo.bulk.chunk import Chunk
from geo.errors import FileUnusable
from geo.layers.releases import replacing

GEOMETRY = "geometry"  # of the site: WKB, EPSG:4490
_STATE = "run.json"
_COUNTED = b"fenqu"  # in a part: what it counts
_READ_AT_ONCE = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows a part has, and how many of them failed; the first of these with its number, from 1."""

    rows: int
    failed: int
    first_failed: int = 0
    error: str = ""


@dataclass(frozen=True)
class Parts:
    """The folder beside an output, in which its parts wait."""

    folder: Path

    @classmethod
    def beside(cls, out: Path) -> "Parts":
        """The folder of an output."""
        return cls(out.with_name(f"{out.name}.parts"))

    def begin(self, told: Mapping[str, Any], restart: bool) -> None:
        """Begin, or go on with what was begun.

        Parameters
        ----------
        told : all that the answers depend on
        restart : throw away what was begun

        Raises
        ------
        FileUnusable
            Where it was begun with something else.
        """
        if restart:
            self.remove()
        self.folder.mkdir(parents=True, exist_ok=True)
        sent = orjson.dumps(told, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)
        begun = self.begun()
        if begun is None:
            with replacing(self.folder / _STATE) as path:
                path.write_bytes(sent)
        elif begun != (known := orjson.loads(sent)):
            other = ", ".join(sorted(name for name in {*begun, *known} if begun.get(name) != known.get(name)))
            raise FileUnusable(path=str(self.folder), reason=f"begun with another {other}; --restart begins anew")

    def begun(self) -> dict[str, Any] | None:
        """What it was begun with; None where nothing was."""
        try:
            told: dict[str, Any] = orjson.loads((self.folder / _STATE).read_bytes())
        except (FileNotFoundError, orjson.JSONDecodeError):
            return None
        return told

    def path(self, first: int) -> Path:
        """The part whose first row has this number."""
        return self.folder / f"{first:09d}.parquet"

    def counted(self, first: int) -> Counted | None:
        """What a part counts; None where it is not there, or not whole."""
        try:
            told = pq.read_schema(self.path(first)).metadata[_COUNTED]
        except (OSError, pa.ArrowException, KeyError, TypeError):
            return None
        return Counted(**orjson.loads(told))

    def write(self, chunk: Chunk, table: pa.Table) -> Counted:
        """Write a part, whole or not at all."""
        errors = table.column("error").to_pylist()
        failed = [at for at, error in enumerate(errors) if error]
        first = (chunk.first + failed[0], errors[failed[0]]) if failed else (0, "")
        counted = Counted(len(errors), len(failed), *first)
        told = orjson.dumps({name: getattr(counted, name) for name in Counted.__slots__})
        with replacing(self.path(chunk.first)) as path:
            pq.write_table(table.replace_schema_metadata({_COUNTED: told}), path, compression="zstd")
        return counted

    def tables(self) -> Iterator[pa.Table]:
        """The parts in the order of their rows."""
        for path in sorted(self.folder.glob("[0-9]*.parquet")):
            yield pq.read_table(path).replace_schema_metadata(None)

    def remove(self) -> None:
        """Throw the folder away."""
        shutil.rmtree(self.folder, ignore_errors=True)


def columns_of(distances: bool) -> tuple[str, ...]:
    """The columns of an output."""
    return (*COLUMNS, DISTANCES) if distances else COLUMNS


def table_of(
    chunk: Chunk, answers: Sequence[Mapping[str, str]], distances: bool, shapes: Sequence[bytes | None] | None
) -> pa.Table:
    """The answers to a chunk as a part."""
    own = {
        "id": chunk.cells("id"),
        "name": [one or other for one, other in zip(chunk.cells("name"), chunk.cells("name_zh"), strict=True)],
        "place": [one or other for one, other in zip(chunk.cells("placed"), chunk.cells("place"), strict=True)],
    }
    said = {
        column: own[column] if column in own else [answer.get(column, "") for answer in answers]
        for column in columns_of(distances)
    }
    arrays: dict[str, Any] = {column: pa.array(cells, pa.string()) for column, cells in said.items()}
    if shapes is not None:
        arrays[GEOMETRY] = pa.array(shapes, pa.binary())
    return pa.table(arrays)


def shapes_of(points: np.ndarray, others: Mapping[int, shapely.Geometry]) -> list[bytes | None]:
    """The sites of rows as WKB: plain points, and those of `others` by number; None of those that could not be read."""
    shapes = np.full(len(points), None, dtype=object)
    plain = ~np.isnan(points[:, 0])
    shapes[plain] = shapely.points(points[plain])
    for at, shape in others.items():
        shapes[at] = shape
    told: list[bytes | None] = shapely.to_wkb(shapes, byte_order=1).tolist()
    return told


def fingerprint(path: Path) -> str:
    """SHA-256 of a file, or of all files of a folder, and of those beside a file that has its parts there."""
    files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
    if path.suffix.lower() == ".shp":
        files = sorted(path.parent.glob(f"{path.stem}.*"))
    whole = sha256()
    for one in files:
        with one.open("rb") as file:
            while some := file.read(_READ_AT_ONCE):
                whole.update(some)
    return whole.hexdigest()
