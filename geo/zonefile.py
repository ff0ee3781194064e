"""Element layers of an analyst's own, from a file to control units in a file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from shapely.geometry.base import BaseGeometry

from geo.crs import ENGINE_CRS, read_epsg, to_engine
from geo.errors import BuildError, FileUnusable
from geo.geometry import area_m2, polygons_of
from geo.zoning import Element, Unit

DRIVERS = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".json": "GeoJSON"}


def read_elements(path: Path) -> list[Element]:
    """Read element ground from a vector file that GDAL knows: GeoPackage, GeoJSON, Shapefile.

    Columns: `zone_class` (priority, key or general) is needed; `id`, `name` and `kind` are taken where they are there.
    Rows in the order of precedence within their class.

    Raises
    ------
    FileUnusable
        Where it cannot be read or has no CRS.
    BuildError
        Naming the row and what in it cannot be used.
    """
    return [
        Element(
            id=str(row.get("id") or number),
            name=str(row.get("name") or row.get("id") or number),
            zone_class=str(row.get("zone_class") or ""),
            kind=str(row.get("kind") or "element"),
            geometry=ground,
        )
        for number, (row, ground) in enumerate(_rows(path), start=1)
    ]


def read_counties(path: Path) -> dict[str, tuple[str, BaseGeometry]]:
    """Read counties from a vector file with the columns `code` (or `adcode`) and `name`.

    Raises
    ------
    FileUnusable, BuildError
        As `read_elements` does; also where a code is missing or comes twice.
    """
    counties: dict[str, tuple[str, BaseGeometry]] = {}
    for number, (row, ground) in enumerate(_rows(path), start=1):
        code = str(row.get("code") or row.get("adcode") or "")
        if not code or code in counties:
            fault = f"the code {code} came before" if code else "it has no code"
            raise BuildError(what=f"{path.name}, row {number}", reason=fault)
        counties[code] = (str(row.get("name") or code), ground)
    return counties


def driver_of(path: Path) -> str:
    """What writes a file of this ending.

    Raises
    ------
    FileUnusable
        Where nothing does.
    """
    driver = DRIVERS.get(path.suffix.lower())
    if driver is None:
        raise FileUnusable(path=str(path), reason=f"its ending is none of {', '.join(DRIVERS)}")
    return driver


def write_units(path: Path, units: Sequence[Unit]) -> None:
    """Write units as GeoPackage or GeoJSON, by the file's ending, in EPSG:4490 (GeoJSON has no other CRS to say).

    Raises
    ------
    FileUnusable
        Where the ending is another one.
    """
    driver = driver_of(path)
    frame = gpd.GeoDataFrame(
        {
            "code": [unit.code for unit in units],
            "name": [unit.name for unit in units],
            "zone_class": [unit.zone_class for unit in units],
            "county": [unit.county for unit in units],
            "kind": [unit.kind for unit in units],
            "elements": [";".join(unit.elements) for unit in units],
            "area_m2": [round(area_m2(unit.geometry), 2) for unit in units],
        },
        geometry=[unit.geometry for unit in units],
        crs=ENGINE_CRS,
    )
    frame.to_file(path, driver=driver, engine="pyogrio")


def _rows(path: Path) -> list[tuple[dict[str, Any], BaseGeometry]]:
    """Attributes and ground of each row, brought to EPSG:4490."""
    try:
        frame = gpd.read_file(path, engine="pyogrio")
    except (OSError, ValueError, RuntimeError) as error:
        raise FileUnusable(path=str(path), reason=str(error)) from error
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
        raise FileUnusable(path=str(path), reason="no coordinate reference system is declared in it")
    epsg = read_epsg(str(frame.crs.to_epsg()))
    rows = []
    for number, row in enumerate(frame.to_dict("records"), start=1):
        geometry = row.pop("geometry")
        if fault := _fault(geometry):
            raise BuildError(what=f"{path.name}, row {number}", reason=f"a valid polygon is expected, it is: {fault}")
        known = {name: value for name, value in row.items() if value is not None and value == value}  # NaN is unknown
        rows.append((known, polygons_of(to_engine(shapely.force_2d(geometry), epsg))))
    return rows


def _fault(geometry: BaseGeometry | None) -> str:
    """What keeps a geometry from being ground; empty where nothing does."""
    if geometry is None or geometry.is_empty:
        return "no polygon"
    if shapely.get_dimensions(geometry) != 2:
        return f"a {geometry.geom_type}"
    return "" if geometry.is_valid else str(shapely.is_valid_reason(geometry))
