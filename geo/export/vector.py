"""A layer as a file for GIS programs: Shapefile or GeoPackage, which `fenqu import` reads back without loss."""

from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geo.crs import ENGINE_CRS
from geo.errors import FileUnusable
from geo.export.columns import file_columns
from geo.export.geojson import hold_publication
from geo.importing.fields import HEADER_BYTES, FieldBook
from geo.importing.names import LONG
from geo.layers.store import Layer

DRIVERS = {".shp": "ESRI Shapefile", ".gpkg": "GPKG"}
TEXT_BYTES = 254  # of a Shapefile's text field
MOST_PIECES = 9  # of a text, so that their headers stay short enough to be told


def write_layer(path: Path, layer: Layer, audience: str, fields: FieldBook) -> None:
    """Write a layer with every attribute, in EPSG:4490, by the file's ending; zones without a place have no shape.

    In a Shapefile headers have at most 10 characters and texts are UTF-8 (with .cpg). A text of sentences that is
    longer than 254 bytes goes on in the columns `…_2` to `…_9`; what does not fit there is refused, and never cut.

    Raises
    ------
    LayerNotPublished
        Where the release may not be handed out to the audience.
    FileUnusable
        Where the ending is another one, the file cannot be written, or a Shapefile cannot hold a text.
    """
    hold_publication(layer, audience)
    driver = DRIVERS.get(path.suffix.lower())
    if driver is None:
        raise FileUnusable(path=str(path), reason=f"its ending is none of {', '.join(DRIVERS)}")
    rows = [file_columns(zone, fields) for zone in layer.zones]
    columns = {header: [row.get(header) for row in rows] for header in dict.fromkeys(chain.from_iterable(rows))}
    if driver == "ESRI Shapefile":
        known = fields.export(layer.entry.kind)
        columns = _narrow(path, columns, {known.get(name, name) for name in LONG})
    table = pd.DataFrame({header: _column(values) for header, values in columns.items()})
    frame = gpd.GeoDataFrame(table, geometry=[zone.geometry for zone in layer.zones], crs=ENGINE_CRS)
    said = {"fenqu": layer.info.model_dump_json()} if driver == "GPKG" else None
    options: dict[str, Any] = {"layer_metadata": said} if said else {"encoding": "UTF-8"}
    try:
        frame.to_file(path, driver=driver, engine="pyogrio", layer=layer.entry.kind if said else None, **options)
    except (OSError, ValueError, RuntimeError) as error:
        raise FileUnusable(path=str(path), reason=str(error)) from error


def _column(values: Sequence[Any]) -> "pd.Series[Any]":
    """Numbers as such, anything else as text; a column without a value is one of text."""
    numbers = any(isinstance(value, float) for value in values)
    return pd.Series(values, dtype="float64" if numbers else "object")


def _narrow(path: Path, columns: Mapping[str, Sequence[Any]], may_go_on: Collection[str]) -> dict[str, list[Any]]:
    """The columns as a Shapefile holds them: short headers, texts in pieces that fit.

    Parameters
    ----------
    may_go_on : headers whose texts may go on in a next column
    """
    narrow: dict[str, list[Any]] = {}
    for header, values in columns.items():
        pieces = [_pieces(value) if isinstance(value, str) else [value] for value in values]
        count = max(map(len, pieces), default=1)
        lost = any(isinstance(piece, str) and piece != piece.strip() for parts in pieces for piece in parts)
        if lost or count > (MOST_PIECES if header in may_go_on else 1):
            reason = f"a Shapefile cannot hold a text of the column {header} whole; write a GeoPackage"
            raise FileUnusable(path=str(path), reason=reason)
        for number in range(count):
            ending = "" if number == 0 else f"_{number + 1}"
            short = f"{header[: HEADER_BYTES - len(ending)]}{ending}"
            narrow[short] = [piece[number] if number < len(piece) else None for piece in pieces]
    return narrow


def _pieces(text: str) -> list[str]:
    """A text in pieces of at most 254 bytes; none begins or ends with a blank, which a Shapefile would lose."""
    found, rest = [], text
    while len(rest.encode()) > TEXT_BYTES:
        cut = len(rest.encode()[:TEXT_BYTES].decode(errors="ignore"))
        while cut > 1 and (rest[cut - 1].isspace() or rest[cut].isspace()):
            cut -= 1
        found.append(rest[:cut])
        rest = rest[cut:]
    return [*found, rest]
