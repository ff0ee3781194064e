"""`fenqu zone`: an analyst's own element layers to control units, through files."""

from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from click.testing import CliRunner
from shapely import box

from geo.cli import main
from geo.errors import BuildError, FileUnusable
from geo.zonefile import read_counties, read_elements, write_units

COUNTY = box(129.0, 43.0, 129.2, 43.2)
FOREST, TOWN = box(129.0, 43.0, 129.12, 43.2), box(129.1, 43.08, 129.15, 43.12)


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
    assert "an element asks for 'urgent'" in done.stderr


@pytest.mark.parametrize("words", [["--count", "urgent=3"], ["--count", "key"], ["--count", "key=-1"]])
def test_a_count_that_cannot_be_read_is_refused(built, monkeypatch, tmp_path, elements, words):
    done = run(built, monkeypatch, elements, "--out", tmp_path / "u.gpkg", *words)
    assert done.exit_code == 2
    assert "CLASS=N" in done.stderr


def test_a_county_code_may_not_come_twice(tmp_path):
    path = write(tmp_path / "counties.gpkg", [FOREST, TOWN], code=["222401", "222401"])
    with pytest.raises(BuildError, match="row 2 cannot be drawn: the code 222401 came before"):
        read_counties(path)


def test_an_ending_that_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(FileUnusable, match=r"its ending is none of \.gpkg"):
        write_units(tmp_path / "units.xyz", [])
