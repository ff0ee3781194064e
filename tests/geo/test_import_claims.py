"""What rows say of themselves: codes, days, counties and worth; what of it is refused, and what comes in as it is."""

from datetime import date, timedelta

import geopandas as gpd
import pytest
import shapely
from practice import ANTU, bring, copy_deployment, fenqu, found_in, graver, plots

from geo.layers.releases import PROVENANCES
from geo.layers.store import LayerStore


@pytest.fixture
def own_copy(built, tmp_path):
    return copy_deployment(built, tmp_path)


def test_one_code_may_stand_for_the_zones_of_a_reserve_but_not_twice_for_one_class(own_copy, tmp_path):
    zones = [{"保护地编码": "BH1", "保护地名称": "甲", "功能区": name} for name in ("核心保护区", "一般控制区")]
    assert bring(own_copy, tmp_path, "protected_area", plots(*zones)) == []
    assert {zone.id for zone in LayerStore(own_copy).open("protected_area").zones} == {
        "BH1-core_zone",
        "BH1-general_zone",
    }
    found = bring(own_copy, tmp_path, "protected_area", plots(*zones, zones[0]), code=2)
    assert {fault["code"] for fault in found} == {"code_duplicate", "name_duplicate"}


@pytest.mark.parametrize(
    ("first_ends", "second_begins", "codes"),
    [
        pytest.param("2024-01-01", "2024-01-01", set(), id="one after the other"),
        pytest.param("2024-06-01", "2024-01-01", {"code_duplicate"}, id="both for some months"),
        pytest.param(None, "2024-01-01", {"code_duplicate"}, id="the first never ends"),
    ],
)
def test_versions_of_a_zone_are_no_duplicates_unless_both_are_valid(
    own_copy, tmp_path, first_ends, second_begins, codes
):
    first = {"XQBH": "HX-1", "批准日期": "2020-01-01", "失效日期": first_ends}
    rows = plots(first, {"XQBH": "HX-1", "批准日期": second_begins, "失效日期": None})
    found = bring(own_copy, tmp_path, "red_line", rows, code=2 if codes else 0)
    assert {fault["code"] for fault in found} == codes
    same = rows.set_geometry([rows.geometry[0]] * 2, crs=4490)  # on one ground: told only where both are valid
    found = bring(own_copy, tmp_path, "red_line", same, code=2 if codes else 0)
    assert ("ground_twice" in {fault["code"] for fault in found}) == bool(codes)


@pytest.mark.parametrize(("header", "last"), [("失效日期", "2026-12-30"), ("截止日期", "2026-12-31")])
def test_a_zone_is_valid_on_the_last_day_that_its_header_names(own_copy, tmp_path, header, last):
    assert bring(own_copy, tmp_path, "red_line", plots({"XQBH": "HX-1", header: "2026-12-31"})) == []
    [zone] = LayerStore(own_copy).open("red_line").zones
    assert zone.on(date.fromisoformat(last))
    assert not zone.on(date.fromisoformat(last) + timedelta(1))


def test_a_row_that_ends_before_it_begins_is_refused(own_copy, tmp_path):
    rows = plots({"XQBH": "HX-1", "批准日期": "2024-06-30", "失效日期": "2024-06-30"})
    rows.to_file(tmp_path / "rows.geojson")
    words = ["import", tmp_path / "rows.geojson", "--as", "red_line", "--accuracy", "5", "--coverage", "安图县"]
    fenqu(own_copy, *words, "--report", tmp_path / "report", code=2)
    [fault] = graver(found_in(tmp_path / "report"))
    assert (fault["code"], fault["facts"]) == ("days_reversed", {"first": "2024-06-30", "last": "2024-06-30"})


def test_rows_of_which_no_version_is_valid_today_are_told_once(own_copy, tmp_path):
    old = [{"XQBH": f"HX-{n}", "批准日期": "2020-01-01", "失效日期": "2024-01-01"} for n in range(3)]
    new = {"XQBH": "HX-0", "批准日期": "2024-01-01", "失效日期": None}
    [warning] = bring(own_copy, tmp_path, "red_line", plots(*old, new))
    assert (warning["code"], warning["row"], warning["others"]) == ("not_valid_today", 2, [3])


def test_units_of_two_days_do_not_lie_beside_each_other(own_copy, tmp_path):
    units = LayerStore(own_copy).open("control_unit")
    [one, *_] = [zone for zone in units.placed if zone.zone_class == "key"]
    number, digit = one.counties[0], {"priority": 1, "key": 2, "general": 3}
    rows = [
        {
            "单元编码": f"ZH{number}{digit[name]}0001",
            "单元名称": "甲",
            "单元分类": name,
            "批准日期": day,
            "失效日期": end,
        }
        for name, day, end in (("key", "2021-01-01", "2024-01-01"), ("key", "2024-01-01", None))
    ]
    gpd.GeoDataFrame(geometry=[one.ground], crs=4490).to_file(tmp_path / "ground.geojson")
    frame = gpd.GeoDataFrame(rows, geometry=[one.ground] * 2, crs=4490)
    assert bring(own_copy, tmp_path, "control_unit", frame, "--coverage", tmp_path / "ground.geojson") == []
    first, second = LayerStore(own_copy).open("control_unit").zones
    assert first.id == second.id
    assert first.ground.equals(second.ground)


@pytest.mark.parametrize("declared", PROVENANCES)
def test_what_says_that_it_is_a_sketch_never_becomes_more(own_copy, tmp_path, declared):
    out = tmp_path / "parks.gpkg"
    fenqu(own_copy, "export", "scenic_area", "--format", "gpkg", "--out", out)
    words = ["--as", "scenic_area", "--accuracy", "5", "--coverage", "counties", "--report", tmp_path / "report"]
    words += [
        "--provenance",
        declared,
        "--decide",
        "geometry_empty=accept:位置不详",
        "--decide",
        "outside_region=accept:x",
    ]
    fenqu(own_copy, "import", out, *words, code=0 if declared == "illustrative" else 2)
    found = [fault for fault in found_in(tmp_path / "report") if fault["code"] == "provenance_differs"]
    assert len(found) == (declared != "illustrative")
    assert LayerStore(own_copy).open("scenic_area").info.provenance == "illustrative"


def test_a_zone_keeps_how_exact_it_says_that_it_is(own_copy, tmp_path):
    rows = plots({"XQBH": "HX-1", "accuracy_m": "2.5"}, {"XQBH": "HX-2", "accuracy_m": None})
    assert bring(own_copy, tmp_path, "red_line", rows) == []
    assert [zone.accuracy_m for zone in LayerStore(own_copy).open("red_line").zones] == [2.5, None]
    [fault] = bring(own_copy, tmp_path, "red_line", plots({"XQBH": "HX-1", "accuracy_m": "-1"}), code=2)
    assert (fault["code"], fault["facts"]["value"]) == ("number_unreadable", "-1")


@pytest.mark.parametrize(
    ("code", "name", "codes"),
    [
        pytest.param("222426", "安图县", set(), id="alike"),
        pytest.param("222426", "敦化市", {"county_twice"}, id="in contradiction"),
        pytest.param("222426", "某县", set(), id="a name that nobody knows"),
        pytest.param(None, "安图县", set(), id="only the name"),
        pytest.param(None, "敦化市", {"county_differs"}, id="only a wrong name"),
    ],
)
def test_the_code_and_the_name_of_a_county_must_agree(own_copy, tmp_path, code, name, codes):
    first = {"XQBH": "HX-1", "XZQDM": code, "XZQMC": name}
    rows = plots(first, {"XQBH": "HX-2", "XZQDM": "222426", "XZQMC": "安图县"})
    found = bring(own_copy, tmp_path, "red_line", rows, code=2 if codes else 0)
    assert {fault["code"] for fault in found} == codes
    assert all(fault["row"] == 1 for fault in found)


def test_a_zone_beyond_the_declared_ground_and_a_county_without_one_are_told(own_copy, tmp_path):
    rows = plots({"XQBH": "HX-1"})
    found = bring(own_copy, tmp_path, "red_line", rows, "--coverage", "敦化市,安图县")
    assert [fault["code"] for fault in found] == ["county_empty"]
    assert found[0]["facts"] == {"county": "敦化市"}
    lon, lat = ANTU
    ground = shapely.box(lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.04)
    gpd.GeoDataFrame(geometry=[ground], crs=4490).to_file(tmp_path / "ground.geojson")
    [fault] = bring(own_copy, tmp_path, "red_line", rows, "--coverage", tmp_path / "ground.geojson")
    assert (fault["code"], fault["row"]) == ("beyond_coverage", 1)
    assert fault["facts"]["width_m"] == pytest.approx(0.02 * 82_100, rel=0.01)  # metres of a degree of longitude here


def test_how_a_release_came_in_is_kept_each_time(own_copy, tmp_path):
    rows = plots({"XQBH": "HX-1", "XQMC": "甲"}, {"XQBH": "HX-2", "XQMC": "甲"})
    for reason in ("一", "二", "二"):
        found = bring(own_copy, tmp_path, "red_line", rows, "--decide", f"name_duplicate=accept:{reason}")
        assert [fault["code"] for fault in graver(found)] == ["name_duplicate"]
    folder = own_copy.layers / "data" / own_copy.region / "red_line" / "imports"
    release = LayerStore(own_copy).open("red_line").info.id
    assert {path.name for path in folder.iterdir()} == {f"{release}.json", f"{release}-2.json"}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        pytest.param({"limits": "sketch"}, "limits_differs", id="its limits are a sketch"),
        pytest.param({"limits": "approximate"}, "limits_differs", id="its limits are approximate"),
        pytest.param({"XQMC": "甲红线（示意）"}, "provenance_differs", id="its name says that it is illustrative"),
    ],
)
def test_a_sketch_without_its_provenance_is_known_all_the_same(own_copy, tmp_path, said, code):
    rows = plots({"XQBH": "HX-1", **said}, {"XQBH": "HX-2"})
    [fault] = bring(own_copy, tmp_path, "red_line", rows, code=2)
    assert (fault["code"], fault["facts"]["rows"], fault["facts"]["first"]) == (code, "1", "1")
    worth = ("--provenance", "illustrative", "--limits", "sketch")
    assert bring(own_copy, tmp_path, "red_line", rows, *worth) == []
