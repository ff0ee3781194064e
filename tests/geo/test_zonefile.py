"""`fenqu zone`: an analyst's own element layers to control units, through files."""

from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from click.testing import CliRunner
from shapely import box

from geo.cli import main
from geo.errors import BuildError, FileUnusable, SiteCrsUnknown
from geo.zonefile import read_counties, read_elements, write_units

COUNTY = box(129.0, 43.0, 129.2, 43.2)
FOREST, TOWN = box(129.0, 43.0, 129.12, 43.2), box(129.1, 43.08, 129.15, 43.12)


GCJ = (
    'GEOGCS["GCS_GCJ_02",DATUM["D_GCJ_02",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)
BOW = shapely.Polygon([(129.0, 43.0), (129.1, 43.1), (129.1, 43.0), (129.0, 43.1)])


def write(path: Path, geometries: list[shapely.Geometry | None], **columns: list) -> Path:
    gpd.GeoDataFrame(columns, geometry=geometries, crs="EPSG:4490").to_file(path, engine="pyogrio")
    return path


@pytest.fixture
def counties(tmp_path) -> Path:
    return write(tmp_path / "counties.gpkg", [COUNTY], code=["222401"], name=["样县"])


@pytest.fixture
def elements(tmp_path) -> Path:
    columns = {"id": ["林", "镇"], "name": ["林地", "镇区"], "zone_class": ["priority", "key"]}
    return write(tmp_path / "elements.gpkg", [FOREST, TOWN], **columns)


def run(built, monkeypatch, *words: object):
    monkeypatch.setenv("FENQU_LAYERS", str(built.layers))
    monkeypatch.setenv("FENQU_LEDGER", built.ledger)
    return CliRunner().invoke(main, ["--lang", "en", "zone", *map(str, words)])


@pytest.mark.parametrize("ending", ["gpkg", "geojson"])
def test_units_of_own_elements_in_own_counties(built, monkeypatch, tmp_path, elements, counties, ending):
    out = tmp_path / f"units.{ending}"
    done = run(built, monkeypatch, elements, "--counties", counties, "--out", out)
    assert done.exit_code == 0, done.output
    units = gpd.read_file(out, engine="pyogrio").set_index("code")
    assert dict(units["zone_class"]) == {
        "SY22240110001": "priority", "SY22240120001": "key", "SY22240130001": "general",
    }  # fmt: skip
    assert dict(units["name"])["SY22240110001"] == "样县林地"
    assert shapely.coverage_is_valid(units.geometry.to_numpy())
    assert units.loc["SY22240110001"].geometry.covers(shapely.Point(129.11, 43.1))  # priority over key
    assert "priority" in done.output


def test_the_region_s_counties_are_the_default(built, monkeypatch, tmp_path):
    ground = box(129.4, 42.7, 129.6, 42.95)  # 延吉 and 龙井
    elements = write(tmp_path / "elements.gpkg", [ground], zone_class=["key"])
    out = tmp_path / "units.gpkg"
    assert run(built, monkeypatch, elements, "--out", out, "--least-ha", 50).exit_code == 0
    units = gpd.read_file(out, engine="pyogrio")
    assert {"222401", "222405"} <= set(units.loc[units["zone_class"] == "key", "county"])
    assert (units["zone_class"] == "general").sum() == 8


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4525"])  # WGS 84; CGCS2000 Gauss-Kruger, zone 37
def test_elements_come_in_every_system_that_sites_may_come_in(tmp_path, crs):
    frame = gpd.GeoDataFrame({"zone_class": ["key"]}, geometry=[box(110.9, 43.0, 111.1, 43.2)], crs="EPSG:4490")
    path = tmp_path / "elements.gpkg"
    frame.to_crs(crs).to_file(path, engine="pyogrio")
    [element] = read_elements(path)
    assert element.geometry.centroid.distance(shapely.Point(111.0, 43.1)) < 1e-3


@pytest.mark.parametrize(
    ("geometry", "fault"),
    [
        pytest.param(None, "no polygon", id="nothing"),
        pytest.param(shapely.Point(129.1, 43.1), "Point", id="a point"),
        pytest.param(BOW, "Self-intersection", id="a bow"),
    ],
)
def test_a_row_without_a_valid_polygon_is_named(tmp_path, geometry, fault):
    path = write(tmp_path / "elements.gpkg", [FOREST, geometry], zone_class=["key", "key"])
    with pytest.raises(BuildError, match=f"row 2 cannot be drawn: a valid polygon is expected, it is: .*{fault}"):
        read_elements(path)


def test_a_file_without_a_crs_is_refused(tmp_path):
    path = tmp_path / "elements.shp"
    gpd.GeoDataFrame({"zone_class": ["key"]}, geometry=[FOREST], crs="EPSG:4490").to_file(path, engine="pyogrio")
    path.with_suffix(".prj").unlink()
    with pytest.raises(FileUnusable, match="no coordinate reference system"):
        read_elements(path)


def test_a_class_that_there_is_none_of_is_refused_on_the_command_line(built, monkeypatch, tmp_path, counties):
    path = write(tmp_path / "elements.gpkg", [FOREST], zone_class=["urgent"])
    done = run(built, monkeypatch, path, "--counties", counties, "--out", tmp_path / "u.gpkg")
    assert done.exit_code != 0
    assert "row 1 cannot be drawn: its zone_class is 'urgent'; priority, key, general are expected" in done.stderr


def test_ids_are_the_row_numbers_where_there_are_none_and_codes_of_numbers_are_no_decimals(tmp_path):
    elements = read_elements(write(tmp_path / "elements.gpkg", [TOWN, FOREST], zone_class=["key", "priority"]))
    assert [(one.id, one.name, one.zone_class, one.kind) for one in elements] == [
        ("1", "1", "key", "element"), ("2", "2", "priority", "element"),
    ]  # fmt: skip
    named = write(
        tmp_path / "named.gpkg", [TOWN, FOREST], zone_class=["key", "key"], id=[7.0, None], name=[None, " 林 "]
    )
    assert [(one.id, one.name) for one in read_elements(named)] == [("7", "7"), ("2", "林")]
    counties = read_counties(write(tmp_path / "counties.gpkg", [COUNTY], adcode=[222401.0]))
    assert {code: name for code, (name, _) in counties.items()} == {"222401": "222401"}


def test_heights_and_what_is_no_ground_fall_away(tmp_path):
    mixed = shapely.GeometryCollection(
        [shapely.force_3d(TOWN, 300.0), shapely.LineString([(129, 43, 1), (129.1, 43, 1)])]
    )
    [element] = read_elements(write(tmp_path / "elements.gpkg", [mixed], zone_class=["key"]))
    assert not element.geometry.has_z
    assert element.geometry.equals(TOWN)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        pytest.param({"level": ["key", "key"]}, "row 1 .*it has no zone_class; priority, key, general", id="no class"),
        pytest.param({"zone_class": ["key", None]}, "row 2 .*it has no zone_class", id="an empty class"),
        pytest.param({"zone_class": ["key", "Key"]}, "row 2 .*zone_class is 'Key'", id="another class"),
        pytest.param(
            {"zone_class": ["key"] * 2, "id": ["林", "林"]}, "row 2 .*the id 林 came before", id="an id twice"
        ),
        pytest.param(
            {"zone_class": ["key"] * 2, "id": ["2", None]}, "row 2 .*the id 2 came before", id="a row's number"
        ),
    ],
)
def test_a_row_that_says_too_little_is_named(tmp_path, columns, said):
    with pytest.raises(BuildError, match=said):
        read_elements(write(tmp_path / "elements.gpkg", [FOREST, TOWN], **columns))


@pytest.mark.parametrize(
    ("ground", "crs"),
    [
        pytest.param(box(43.0, 129.0, 43.1, 129.1), "EPSG:4490", id="latitude first"),
        pytest.param(box(5e5, 4.7e6, 5.1e5, 4.8e6), "EPSG:4490", id="metres called degrees"),
        pytest.param(box(4.2e7, 4.7e6, 4.21e7, 4.8e6), "EPSG:4525", id="another zone's metres"),
    ],
)
def test_ground_beyond_china_is_refused_with_where_it_lies(tmp_path, ground, crs):
    path = tmp_path / "elements.gpkg"
    gpd.GeoDataFrame({"zone_class": ["key"]}, geometry=[ground], crs=crs).to_file(path, engine="pyogrio")
    with pytest.raises(BuildError, match=r"row 1 .*73–136°E, 3–54°N is expected, it is: .*check the CRS and the order"):
        read_elements(path)


@pytest.mark.parametrize("crs", ["EPSG:3857", GCJ], ids=["web mercator", "offset"])
def test_a_crs_that_is_not_taken_is_named(tmp_path, crs):
    path = tmp_path / "elements.shp"
    gpd.GeoDataFrame({"zone_class": ["key"]}, geometry=[FOREST], crs=crs).to_file(path, engine="pyogrio")
    with pytest.raises(SiteCrsUnknown, match=r"3857|GCJ_02"):
        read_elements(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("none.geojson", '{"type": "FeatureCollection", "features": []}', id="no row"),
        pytest.param("table.csv", "zone_class,id\nkey,1\n", id="a table"),
    ],
)
def test_a_file_without_polygons_is_refused(tmp_path, name, content):
    (tmp_path / name).write_text(content, "utf-8")
    for read in (read_elements, read_counties):
        with pytest.raises(BuildError, match="there is no polygon in it"):
            read(tmp_path / name)


def test_a_file_of_several_layers_is_refused_by_their_names(tmp_path):
    path = tmp_path / "elements.gpkg"
    for layer in ("red", "parks"):
        frame = gpd.GeoDataFrame({"zone_class": ["key"]}, geometry=[FOREST], crs="EPSG:4490")
        frame.to_file(path, layer=layer, mode="a" if path.exists() else "w", engine="pyogrio")
    with pytest.raises(BuildError, match=r"it has 2 layers \(red, parks\)"):
        read_elements(path)


@pytest.mark.parametrize("content", [b"", b"\x00\x01 no vector file"], ids=["empty", "noise"])
def test_a_file_that_is_none_is_unusable(tmp_path, content):
    path = tmp_path / "elements.geojson"
    path.write_bytes(content)
    with pytest.raises(FileUnusable, match="cannot be used"):
        read_elements(path)


def test_elements_that_come_to_nothing_are_listed(built, monkeypatch, tmp_path, counties):
    away = box(110.0, 30.0, 110.1, 30.1)
    path = write(tmp_path / "elements.gpkg", [FOREST, away], id=["林", "远"], zone_class=["priority", "key"])
    done = run(built, monkeypatch, path, "--counties", counties, "--out", tmp_path / "u.gpkg")
    assert done.exit_code == 0
    assert "✗ 远" in done.output.splitlines()
    whole = run(built, monkeypatch, path, "--out", tmp_path / "v.gpkg")
    assert "✗ 远" in whole.output.splitlines()


def test_elements_of_which_none_lies_in_the_counties_are_refused(built, monkeypatch, tmp_path, counties):
    path = write(tmp_path / "elements.gpkg", [box(110.0, 30.0, 110.1, 30.1)], zone_class=["key"])
    done = run(built, monkeypatch, path, "--counties", counties, "--out", tmp_path / "u.gpkg")
    assert done.exit_code != 0
    assert "none of its 1 elements lies in the counties" in done.stderr
    assert not (tmp_path / "u.gpkg").exists()


@pytest.mark.parametrize("read", ["elements", "counties"])
def test_what_is_read_is_never_overwritten(built, monkeypatch, tmp_path, elements, counties, read):
    path = tmp_path / f"{read}.gpkg"
    before = path.read_bytes()
    done = run(built, monkeypatch, elements, "--counties", counties, "--out", path)
    assert done.exit_code == 2
    assert "it is also what is read" in done.stderr
    assert path.read_bytes() == before


def test_a_folder_that_is_not_there_is_said(built, monkeypatch, tmp_path, elements, counties):
    done = run(built, monkeypatch, elements, "--counties", counties, "--out", tmp_path / "no" / "u.gpkg")
    assert done.exit_code == 2
    assert "file_unusable" in done.stderr


@pytest.mark.parametrize("words", [["--count", "urgent=3"], ["--count", "key"], ["--count", "key=-1"]])
def test_a_count_that_cannot_be_read_is_refused(built, monkeypatch, tmp_path, elements, words):
    done = run(built, monkeypatch, elements, "--out", tmp_path / "u.gpkg", *words)
    assert done.exit_code == 2
    assert "CLASS=N" in done.stderr


def test_a_county_needs_a_code(tmp_path):
    with pytest.raises(BuildError, match="row 1 cannot be drawn: its `code` or `adcode` is empty"):
        read_counties(write(tmp_path / "counties.gpkg", [FOREST], name=["样县"]))


def test_a_county_code_may_not_come_twice(tmp_path):
    path = write(tmp_path / "counties.gpkg", [FOREST, TOWN], code=["222401", "222401"])
    with pytest.raises(BuildError, match="row 2 cannot be drawn: the code 222401 came before"):
        read_counties(path)


def test_an_ending_that_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(FileUnusable, match=r"its ending is none of \.gpkg"):
        write_units(tmp_path / "units.xyz", [])
