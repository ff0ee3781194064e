"""Element layers of an analyst's own, from a file to control units in a file."""

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import pyogrio
import shapely
from shapely.geometry.base import BaseGeometry

from geo.crs import CHINA, ENGINE_CRS, read_epsg, to_engine
from geo.errors import BuildError, FileUnusable
from geo.geometry import area_m2, polygons_of
from geo.zoning import PRECEDENCE, Element, Unit

COLUMNS = ("id", "name", "zone_class", "kind", "code", "adcode")  # what is read of a row beside its ground
DRIVERS = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".json": "GeoJSON"}


def read_elements(path: Path) -> list[Element]:
    """Read element ground from a vector file that GDAL knows: GeoPackage, GeoJSON, Shapefile.

    Columns: `zone_class` (priority, key or general) is needed; `id`, `name` and `kind` are taken where they are there,
    the row's number where there is no `id`. Rows in the order of precedence within their class.

    Raises
    ------
    FileUnusable
        Where it cannot be read or has no CRS.
    SiteCrsUnknown
        Where its CRS is none of those that a site may come in.
    BuildError
        Where it has no row or several layers; or naming the row and what in it cannot be used.
    """
    elements: dict[str, Element] = {}
    for number, (row, ground) in enumerate(_rows(path), start=1):
        known, zone_class = row.get("id", str(number)), row.get("zone_class", "")
        if zone_class not in PRECEDENCE:
            came = f"its zone_class is {zone_class!r}" if zone_class else "it has no zone_class"
            raise BuildError(what=_row(path, number), reason=f"{came}; {', '.join(PRECEDENCE)} are expected")
        if known in elements:
            raise BuildError(what=_row(path, number), reason=f"the id {known} came before; give each row its own")
        elements[known] = Element(known, row.get("name", known), zone_class, row.get("kind", "element"), ground)
    return list(elements.values())


def read_counties(path: Path) -> dict[str, tuple[str, BaseGeometry]]:
    """Read counties from a vector file with the columns `code` (or `adcode`) and `name`.

    Raises
    ------
    FileUnusable, SiteCrsUnknown, BuildError
        As `read_elements` does; also where a code is missing or comes twice.
    """
    counties: dict[str, tuple[str, BaseGeometry]] = {}
    for number, (row, ground) in enumerate(_rows(path), start=1):
        code = row.get("code") or row.get("adcode")
        if code is None or code in counties:
            fault = "its `code` or `adcode` is empty" if code is None else f"the code {code} came before"
            raise BuildError(what=_row(path, number), reason=f"{fault}; each county needs one of its own")
        counties[code] = (row.get("name", code), ground)
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
        Where the ending is another one, or the file cannot be written.
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
    try:
        frame.to_file(path, driver=driver, engine="pyogrio")
    except (OSError, ValueError, RuntimeError) as error:
        raise FileUnusable(path=str(path), reason=str(error)) from error


def _rows(path: Path) -> list[tuple[dict[str, str], BaseGeometry]]:
    """What each row says, as words, and its ground, brought to EPSG:4490."""
    frame = _frame(path)
    if frame.crs is None:
        raise FileUnusable(path=str(path), reason="no coordinate reference system is declared in it")
    epsg = read_epsg(str(frame.crs.to_epsg() or frame.crs.name))
    rows = []
    for number, row in enumerate(frame.to_dict("records"), start=1):
        sent = row.pop("geometry")
        if fault := _fault(sent):
            raise BuildError(what=_row(path, number), reason=f"a valid polygon is expected, it is: {fault}")
        ground = to_engine(shapely.force_2d(sent), epsg)
        if fault := _beyond(ground) or _fault(ground):
            raise BuildError(what=_row(path, number), reason=f"{fault}; check the CRS and the order of axes")
        said = {name: _word(row[name]) for name in COLUMNS if name in row}
        rows.append(({name: word for name, word in said.items() if word}, polygons_of(ground)))
    return rows


def _frame(path: Path) -> gpd.GeoDataFrame:
    """The one layer of a file, with at least one row."""
    try:
        layers = [str(name) for name, _ in pyogrio.list_layers(path)]
        frame = gpd.read_file(path, engine="pyogrio") if len(layers) == 1 else None
    except (OSError, ValueError, RuntimeError) as error:
        raise FileUnusable(path=str(path), reason=str(error)) from error
    if frame is None:
        fault = f"it has {len(layers)} layers ({', '.join(layers)}); put the one that is meant into a file of its own"
        raise BuildError(what=path.name, reason=fault)
    if not isinstance(frame, gpd.GeoDataFrame) or frame.empty:
        raise BuildError(what=path.name, reason="there is no polygon in it; a row with a polygon is expected")
    return frame


def _row(path: Path, number: int) -> str:
    return f"{path.name}, row {number}"


def _word(value: object) -> str:
    """An attribute as a word, a whole number without a decimal point; empty where it is unknown."""
    if value is None or value != value:  # NaN is unlike itself
        return ""
    return str(int(value) if isinstance(value, float) and value.is_integer() else value).strip()


def _fault(geometry: BaseGeometry | None) -> str:
    """What keeps a geometry from being ground; empty where nothing does."""
    if geometry is None or geometry.is_empty:
        return "no polygon"
    if shapely.get_dimensions(geometry) != 2:
        return f"a {geometry.geom_type}"
    return "" if geometry.is_valid else str(shapely.is_valid_reason(geometry))


def _beyond(ground: BaseGeometry) -> str:
    """Where ground lies, if that is beyond the window that a site may lie in; empty where it is not."""
    west, south, east, north = shapely.bounds(ground)
    if CHINA[0] <= west and CHINA[1] <= south and east <= CHINA[2] and north <= CHINA[3]:  # never true of NaN
        return ""
    expected = f"{CHINA[0]:g}–{CHINA[2]:g}°E, {CHINA[1]:g}–{CHINA[3]:g}°N is expected"
    return f"{expected}, it is: {west:g}–{east:g}°E, {south:g}–{north:g}°N"
