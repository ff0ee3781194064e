"""Parquet, GeoParquet and GeoPackage as tables: a geometry is the place, in the CRS that file or sender says."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyogrio
import pyogrio.raw
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.bulk.chunk import Said
from geo.bulk.rows import COLUMNS, ROWS, Columns, Table, says_where, text_of
from geo.errors import SiteCrsMissing, SiteCrsUnknown, SiteLayerUnknown
from geo.settings import Settings
from geo.site.declared import claim_of_crs
from geo.site.guard import file_frame, overruled

_OF_A_TABLE = {"industry", "nature", "facts", "placed"}  # a layer with one of these columns is a table, and no drawing


def open_parquet(path: Path, said: Said, layer: str | None) -> Table:
    """Open Parquet, or GeoParquet with its geometries as WKB."""
    with pq.ParquetFile(path) as file:
        rows, names = file.metadata.num_rows, file.schema_arrow.names
        told = json.loads((file.metadata.metadata or {}).get(b"geo", b"null"))
    shape = told["primary_column"] if told else None
    if shape is not None:
        described = told["columns"][shape]
        if described.get("encoding") != "WKB":
            raise ValueError(f"geometries as {described.get('encoding')}, and not as WKB")
        said = _placed(described.get("crs", "OGC:CRS84"), said)
    wanted = [name for name in names if name.strip() in COLUMNS or name == shape]

    def batches() -> Iterator[Columns]:
        with pq.ParquetFile(path) as file:
            yield from _columns(file.iter_batches(ROWS, columns=wanted), shape)

    return Table(rows, said, batches)


def open_geopackage(path: Path, said: Said, layer: str | None) -> Table:
    """Open a layer of a GeoPackage, with geometries or without; its rows are numbered where they have no `id`."""
    layers = {str(name): kind for name, kind in pyogrio.list_layers(path)}
    chosen = layer or (next(iter(layers)) if len(layers) == 1 else "")
    if chosen not in layers:
        raise SiteLayerUnknown(sent=chosen, known=", ".join(layers))
    told = pyogrio.read_info(path, layer=chosen, force_feature_count=True)
    spatial = layers[chosen] is not None
    if spatial:
        said = _placed(told["crs"], said)
    wanted = [name for name in told["fields"] if name.strip() in COLUMNS]

    def batches() -> Iterator[Columns]:
        opened = pyogrio.raw.open_arrow(
            path, layer=chosen, columns=wanted, read_geometry=spatial, batch_size=ROWS, use_pyarrow=True
        )
        with opened as (meta, reader):
            shape, first = (meta["geometry_name"] or "wkb_geometry") if spatial else None, 1
            for columns in _columns(reader, shape):
                count = len(next(iter(columns.values())))
                numbers = [str(number) for number in range(first, first + count)]
                yield {"id": numbers, "place": [chosen] * count, **columns}
                first += count

    return Table(int(told["features"]), said, batches)


def is_table(path: Path) -> bool:
    """Whether a GeoPackage has a column of projects or places; one of mere plots is a file of sites."""
    fields = [
        {str(name).strip() for name in pyogrio.read_info(path, layer=layer)["fields"]}
        for layer, _ in pyogrio.list_layers(path)
    ]
    return any(says_where(some) or some & _OF_A_TABLE for some in fields)


def _placed(named: Any, said: Said) -> Said:
    """What is said of geometries whose file names a CRS, if only an unknown one; their sender is obeyed.

    Raises
    ------
    SiteCrsMissing, SiteCrsUnknown, SiteDatumRefused
        Where neither says a CRS that is taken: it is never guessed.
    """
    try:
        text = CRS.from_user_input(named).to_wkt() if isinstance(named, dict) else named
    except CRSError as error:
        raise SiteCrsUnknown(crs=str(named)[:60]) from error
    claim, notices = claim_of_crs(text)
    frame = said.frame or file_frame(claim, Settings.from_environment().layers)
    if frame is None:
        raise SiteCrsMissing()
    told = overruled(said.frame, claim)
    return said._replace(frame=frame, notices=(*said.notices, *notices, *told))


def _columns(batches: Iterable[pa.RecordBatch], shape: str | None) -> Iterator[Columns]:
    """Batches as columns of texts; geometries are the places."""
    for batch in batches:
        columns: dict[str, Sequence[str]] = {}
        for name in batch.schema.names:
            if name != shape and name.strip() in COLUMNS:
                columns[name.strip()] = _texts(batch.column(name))
        if shape is not None:
            wkb = np.array(batch.column(shape).to_pylist(), dtype=object)
            shapes = shapely.from_wkb(wkb, on_invalid="ignore")
            texts = shapely.to_wkt(shapes, rounding_precision=-1, output_dimension=2)
            columns["at"] = [text or "-" for text in texts.tolist()]
        if batch.num_rows and says_where(columns):
            yield columns


def _texts(column: pa.Array) -> list[str]:
    """A column as texts."""
    if pa.types.is_string(column.type):
        texts: list[str] = pc.fill_null(column, "").to_pylist()
        return texts
    return [text_of(value) for value in column.to_pylist()]
