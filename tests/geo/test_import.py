"""Official layers in, from the Shapefile as an office gives it to the release that answers."""

import csv
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date

import geopandas as gpd
import orjson
import pytest
import shapely
from click.testing import CliRunner
from practice import (
    ANTU,
    TERMS,
    bring_in,
    copy_deployment,
    environment_of,
    fenqu,
    fill_in,
    found_in,
    graver,
    plots,
    write_practice,
)

from geo.cli import main
from geo.deployment import Deployment, Question
from geo.layers.releases import Zone, canonical_rows, write_release
from geo.layers.store import LayerStore

KIND = "control_unit"
# What planting one thing brings with it in the eyes of another check, by the planted code.
SAME_AS = {"area_unit": "area_differs", "area_negative": "number_unreadable"}


@pytest.fixture(scope="module")
def clean(built, tmp_path_factory):
    return write_practice(built, tmp_path_factory.mktemp("clean"), "--clean")


@pytest.fixture(scope="module")
def planted(built, tmp_path_factory):
    return write_practice(built, tmp_path_factory.mktemp("planted"))


@pytest.fixture
def own_copy(built, tmp_path):
    return copy_deployment(built, tmp_path)


@pytest.fixture(scope="module")
def imported(built, clean, tmp_path_factory):
    """A deployment whose control units came in as official ones."""
    settings = copy_deployment(built, tmp_path_factory.mktemp("imported"))
    bring_in(settings, clean)
    return settings


def invoke(settings, source, *words):
    given = ["import", source, *TERMS, "--coverage", source.parent / "coverage.geojson", *words]
    return CliRunner().invoke(main, [str(word) for word in given], env=environment_of(settings))


def listed(source):
    """What was planted, and what came of it; that the same ground twice overlaps is told once."""
    with (source.parent / "planted.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    return [
        line | {"code": SAME_AS.get(line["code"], line["code"])} for line in lines if line["follows"] != "ground_twice"
    ]


def named(code, row, others):
    """A fault by its kind and its rows; of some the neighbour is told in the list alone."""
    alone = code in ("crosses_county", "sliver_part")
    return code, frozenset({int(row), *(() if alone else map(int, filter(None, others)))})


# --- What is found ----------------------------------------------------------------------------------------------------


def test_a_delivery_without_fault_has_none(own_copy, clean, tmp_path):
    bring_in(own_copy, clean, "--dry-run", "--report", tmp_path / "report")
    assert graver(found_in(tmp_path / "report")) == []


def test_every_planted_fault_is_reported_and_no_other(own_copy, planted, tmp_path):
    bring_in(own_copy, planted, "--dry-run", "--report", tmp_path / "report")
    found = [f for f in found_in(tmp_path / "report") if f["severity"] != "notice" or f["code"] == "value_dirty"]
    there = {named(fault["code"], fault["row"], fault["others"]) for fault in found}
    wanted = {named(line["code"], line["row"], line["others"].split(";")) for line in listed(planted)}
    assert there == wanted
    assert len({line["code"] for line in listed(planted)}) >= 20


def test_what_is_measured_of_a_planted_fault_is_what_was_planted(own_copy, planted, tmp_path):
    bring_in(own_copy, planted, "--dry-run", "--report", tmp_path / "report")
    found = {named(fault["code"], fault["row"] or 0, fault["others"]): fault for fault in found_in(tmp_path / "report")}
    measured = [line for line in listed(planted) if line["unit"] == "m2" and line["code"] != "sliver_part"]
    assert len(measured) >= 8
    for line in measured:
        fault = found[named(line["code"], line["row"], line["others"].split(";"))]
        assert fault["facts"]["area_m2"] == pytest.approx(float(line["measure"]), rel=1e-5), line
        assert fault["place"] is not None


def test_the_points_of_faults_open_in_a_gis(own_copy, planted, tmp_path):
    bring_in(own_copy, planted, "--dry-run", "--report", tmp_path / "report")
    points = gpd.read_file(tmp_path / "report" / "faults.gpkg")
    placed = [fault for fault in found_in(tmp_path / "report") if fault["place"]]
    assert len(points) == len(placed) > 20
    assert points.crs.to_epsg() == 4490
    assert set(points["key"]) == {fault["key"] for fault in placed}


@pytest.mark.parametrize(("unit", "m2"), [("km2", 1e6), ("ha", 1e4), ("mu", 2000 / 3), ("m2", 1.0)])
def test_an_area_without_a_unit_is_read_in_the_one_that_agrees_with_the_ground(own_copy, clean, tmp_path, unit, m2):
    frame = gpd.read_file(clean, encoding="GBK").rename(columns={"MJ_KM2": "MJ"})
    frame["MJ"] *= 1e6 / m2
    frame.loc[3, "MJ"] *= 1.3
    frame.to_file(tmp_path / "units.gpkg")
    given = ["--coverage", clean.parent / "coverage.geojson"]
    bring_in(own_copy, tmp_path / "units.gpkg", *given, "--dry-run", "--report", tmp_path / "report")
    found = {fault["code"]: fault for fault in found_in(tmp_path / "report")}
    assert found["area_unit_taken"]["facts"] == {"unit": unit, "rows": "187"}
    assert (found["area_differs"]["row"], round(found["area_differs"]["facts"]["percent"])) == (4, 30)


def test_areas_that_agree_with_no_unit_are_left_aside(own_copy, clean, tmp_path):
    frame = gpd.read_file(clean, encoding="GBK").rename(columns={"MJ_KM2": "MJ"})
    frame["MJ"] *= 7.0
    frame.to_file(tmp_path / "units.gpkg")
    given = ["--coverage", clean.parent / "coverage.geojson"]
    bring_in(own_copy, tmp_path / "units.gpkg", *given, "--report", tmp_path / "report")
    assert [fault["code"] for fault in graver(found_in(tmp_path / "report"))] == ["area_unit_unknown"]
    assert {zone.official_area_m2 for zone in LayerStore(own_copy).open(KIND).zones} == {None}


def test_a_dry_run_changes_nothing(own_copy, clean, tmp_path):
    before = sorted(path.name for path in (own_copy.layers / "data").rglob("*"))
    bring_in(own_copy, clean, "--dry-run", "--report", tmp_path / "report")
    assert sorted(path.name for path in (own_copy.layers / "data").rglob("*")) == before


# --- What is decided --------------------------------------------------------------------------------------------------


def decide(line):
    """What an office might say of each planted fault that has no proposal."""
    code = line["code"]
    if code in ("ground_twice", "outside_region"):
        return "drop", "", "重复或错位（演练）"
    if code == "overlap" or (code == "gap" and len(line["others"].split()) == 1):
        return "mend", "", ""
    if code == "code_missing":
        return "set", "ZH22240319999", ""
    if code == "code_duplicate":
        return "set", f"{line['came'][:9]}9{int(line['row']):03d}", ""
    if code in ("name_missing", "undecodable"):
        return "set", f"第{line['row']}行（演练）", ""
    return "accept", "", "原件如此（演练）"


def test_a_delivery_is_mended_as_decided_and_released(own_copy, planted, tmp_path):
    before = LayerStore(own_copy).open(KIND).info
    bring_in(own_copy, planted, "--report", tmp_path / "report", code=2)
    assert LayerStore(own_copy).open(KIND).info == before  # nothing is released while an error is undecided
    bring_in(own_copy, planted, "--decisions", fill_in(tmp_path / "report", decide))
    layer = LayerStore(own_copy).open(KIND)
    assert (layer.info.provenance, layer.info.limits, layer.info.accuracy_m) == ("official", "surveyed", 10.0)
    assert len(layer.zones) == 187  # 189 rows, of which two were dropped
    assert [zone.attributes["remark"] for zone in layer.zones if zone.geometry is None] == ["演练数据，不是官方成果"]
    assert shapely.coverage_is_valid([zone.geometry for zone in layer.placed])
    kept = orjson.loads(record_of(own_copy, layer.info.id).read_bytes())
    assert {fault["decision"]["action"] for fault in graver(kept["faults"]) if fault["decision"]} == {"mend", "accept"}
    assert {answer["action"] for answer in kept["answers"]} == {"set", "drop"}


def record_of(settings, release):
    return settings.layers / "data" / settings.region / KIND / "imports" / f"{release}.json"


def test_what_was_accepted_as_unknown_is_unknown(own_copy, planted, tmp_path):
    bring_in(own_copy, planted, "--dry-run", "--report", tmp_path / "report")
    bring_in(own_copy, planted, "--decisions", fill_in(tmp_path / "report", decide))
    zones = LayerStore(own_copy).open(KIND).zones
    assert sum(zone.zone_class is None for zone in zones) == 3  # two values that are none, and one that is missing
    assert sum(zone.official_code is None for zone in zones) == 3  # codes that do not have the form


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"action": "burn"}, "set, drop, mend, accept are expected", id="no such action"),
        pytest.param({"action": "accept", "reason": ""}, "needs a reason", id="accepted without a reason"),
        pytest.param({"action": "set", "value": ""}, "set needs a value", id="set to nothing"),
        pytest.param({"action": "set", "value": "wild"}, "priority, key, general are expected", id="out of the domain"),
        pytest.param({"action": "drop", "reason": "x", "row": "999"}, "has no row 999", id="a row that is not there"),
        pytest.param({"action": "set", "value": "key", "came": "9"}, "the source has changed", id="another source"),
        pytest.param({"action": "mend"}, "cannot be decided by mend", id="not to be mended"),
    ],
)
def test_a_decision_that_does_not_fit_is_refused_and_nothing_is_released(own_copy, planted, tmp_path, change, said):
    bring_in(own_copy, planted, "--dry-run", "--report", tmp_path / "report")
    path = fill_in(tmp_path / "report", lambda line: None)
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = [line for line in csv.DictReader(file) if line["code"] == "code_class"][:1]
    if change["action"] == "mend":
        lines[0]["action"] = "mend"
    lines[0].update(change)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, lines[0])
        table.writeheader()
        table.writerows(lines)
    before = LayerStore(own_copy).open(KIND).info
    refused = invoke(own_copy, planted, "--decisions", path)
    assert refused.exit_code == 2
    assert "decision_invalid" in refused.stderr
    assert said in " ".join(refused.stderr.split())
    assert LayerStore(own_copy).open(KIND).info == before


# --- What it changes --------------------------------------------------------------------------------------------------


def test_three_sites_turn_from_indicative_to_firm(built, imported, tmp_path):
    units = LayerStore(imported).open(KIND)
    sites = {}
    for name in ("priority", "key", "general"):
        zone = max((zone for zone in units.placed if zone.zone_class == name), key=lambda zone: zone.ground.area)
        centre = shapely.maximum_inscribed_circle(zone.ground)
        sites[name] = (zone, shapely.get_coordinates(centre)[0])
    before, after = Deployment.open(built), Deployment.open(imported)
    for name, (zone, (lon, lat)) in sites.items():
        question = Question(site=f"{lon:.6f},{lat:.6f}", facts={"breaches_access_list": True})
        was, is_now = (here.screen(question).record for here in (before, after))
        assert (was["verdict"], was["indicative_verdict"]) == ("needs_review", "prohibited")
        assert is_now["verdict"] == "prohibited"
        [check] = [check for check in is_now["checks"] if check["layer"] == KIND]
        assert (check["status"], check["zones"][0]["official_code"], check["zones"][0]["zone_class"]) == (
            "hit",
            zone.id,
            name,
        )
        assert {finding["certainty"] for finding in findings(was)} == {"sketch"}
        assert {finding["certainty"] for finding in findings(is_now)} == {"firm"}
        assert {f["rule"] for f in findings(was)} == {f["rule"] for f in findings(is_now)} != set()


def findings(record):
    return [finding for finding in record["findings"] if finding["layer"] == KIND]


def test_ground_without_a_unit_is_no_data_and_never_clear(built, own_copy, planted, tmp_path):
    bring_in(own_copy, planted, "--dry-run", "--report", tmp_path / "report")
    gap = next(fault for fault in found_in(tmp_path / "report") if fault["code"] == "gap")
    keep = fill_in(tmp_path / "report", lambda line: ("accept", "", "演练") if line["code"] == "gap" else decide(line))
    bring_in(own_copy, planted, "--decisions", keep)
    record = Deployment.open(own_copy).screen(Question(site="{:.9f},{:.9f}".format(*gap["place"]))).record
    [check] = [check for check in record["checks"] if check["layer"] == KIND]
    assert (check["status"], check["reason"]) == ("no_data_here", "outside_coverage")


def test_a_copy_in_gcj02_is_recognised_and_comes_in_where_the_ground_is(own_copy, imported, built, tmp_path):
    copy = write_practice(built, tmp_path / "copy", "--clean", "--datum", "gcj02")
    refused = invoke(own_copy, copy, "--report", tmp_path / "report")
    assert (refused.exit_code, "delivery_undecided" in refused.stderr) == (2, True)
    [fault] = graver(found_in(tmp_path / "report"))  # one fault, and none of those that it would bring with it
    assert (fault["code"], fault["proposed"]) == ("datum_gcj02", "from_gcj02")
    assert 500.0 < fault["facts"]["shift_m"] < 700.0
    accepted = invoke(own_copy, copy, "--decide", "datum_gcj02=accept:it is so")
    assert (accepted.exit_code, "cannot be decided by accept" in " ".join(accepted.stderr.split())) == (2, True)
    bring_in(own_copy, copy, "--decide", "datum_gcj02=mend")
    right, converted = (LayerStore(where).open(KIND).placed for where in (imported, own_copy))
    assert [zone.id for zone in right] == [zone.id for zone in converted]
    for one, other in zip(right, converted, strict=True):
        assert shapely.hausdorff_distance(one.ground, other.ground) < 1e-8  # degrees: a millimetre


# --- Other kinds ------------------------------------------------------------------------------------------------------

KINDS = {
    "red_line": plots(
        {"XQBH": "HX-1", "XQMC": "甲", "类型": "水源涵养"}, {"XQBH": "HX-2", "XQMC": "乙", "类型": "水土保持"}
    ),
    "basic_farmland": plots({"TBBH": "1", "TBMJ": 8_200_000.0}),
    "water_source_zone": plots(
        {"水源地名称": "甲水源", "保护区级别": "一级"}, {"水源地名称": "甲水源", "保护区级别": "二级保护区"}
    ),
    "protected_area": plots(
        {"保护地名称": "甲保护区", "保护地类型": "自然保护区", "级别": "国家级", "功能区": "缓冲区"}
    ),
    "shelter_belt": plots({"NAME": "甲林带", "林种": "护岸林"}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_layers_of_other_kinds_come_in_by_the_names_of_their_columns(own_copy, tmp_path, kind):
    KINDS[kind].to_file(tmp_path / "rows.geojson")
    words = ["--as", kind, "--accuracy", "5", "--coverage", "安图县", "--report", tmp_path / "report"]
    done = CliRunner().invoke(
        main, ["import", str(tmp_path / "rows.geojson"), *map(str, words)], env=environment_of(own_copy)
    )
    faults = graver(found_in(tmp_path / "report"))
    assert done.exit_code == 0, faults
    layer = LayerStore(own_copy).open(kind)
    assert len(layer.placed) == len(KINDS[kind])
    assert {zone.counties for zone in layer.zones} == {("222426",)}
    here = Deployment.open(own_copy)
    record = here.screen(Question(site=f"{ANTU[0] + 0.015},{ANTU[1] + 0.015}")).record
    [check] = [check for check in record["checks"] if check["layer"] == kind]
    assert (check["status"], check["certainty"]) == ("hit", "firm")
    outside = here.screen(Question(site="128.2,43.4")).record  # in another county: the delivery does not speak for it
    [check] = [check for check in outside["checks"] if check["layer"] == kind]
    assert (check["status"], check["reason"]) == ("no_data_here", "outside_coverage")


def test_ground_of_a_row_that_was_dropped_is_no_data_and_never_clear(own_copy, tmp_path):
    twice = plots({"XQBH": "HX-1"}, {"XQBH": "HX-1"})  # one code for two places: one of them is dropped
    twice.to_file(tmp_path / "rows.geojson")
    words = ["import", tmp_path / "rows.geojson", "--as", "red_line", "--accuracy", "5", "--coverage", "安图县"]
    fenqu(own_copy, *words, "--report", tmp_path / "report", code=2)
    fenqu(own_copy, *words, "--decisions", fill_in(tmp_path / "report", lambda line: ("drop", "", "演练")))
    here = Deployment.open(own_copy)
    found = [
        next(
            check
            for check in here.screen(Question(site=f"{lon},{ANTU[1] + 0.015}")).record["checks"]
            if check["layer"] == "red_line"
        )
        for lon in (ANTU[0] + 0.015, ANTU[0] + 0.065, ANTU[0] + 0.115)
    ]
    assert [(check["status"], check["reason"]) for check in found] == [
        ("hit", None),
        ("no_data_here", "outside_coverage"),
        ("clear", None),
    ]


def test_a_shift_that_is_accepted_is_in_how_exact_the_release_says_that_it_is(own_copy, clean, tmp_path):
    counties = LayerStore(own_copy).open("county")
    folder = own_copy.layers / "data" / own_copy.region / "county"
    write_release(
        folder, counties.zones, counties.coverage, **counties.info.model_dump(exclude={"id"}) | {"accuracy_m": 0.5}
    )
    units = gpd.read_file(clean)
    units.set_geometry(units.translate(30.0 / 82_100)).to_file(tmp_path / "moved.gpkg")
    words = ["--coverage", clean.parent / "coverage.geojson", "--report", tmp_path / "report"]
    bring_in(own_copy, tmp_path / "moved.gpkg", *words, code=2)
    kinds = {fault["code"] for fault in found_in(tmp_path / "report") if fault["severity"] == "error"}
    assert "datum_shifted" in kinds
    bring_in(own_copy, tmp_path / "moved.gpkg", *words, *(f"--decide={code}=accept:照原样" for code in kinds))
    assert LayerStore(own_copy).open(KIND).info.accuracy_m == pytest.approx(30.0, abs=1.0)


def test_official_counties_are_their_own_counties(own_copy, tmp_path):
    drawn = LayerStore(own_copy).open("county")
    frame = gpd.GeoDataFrame(
        {"行政区代码": [zone.code for zone in drawn.placed], "行政区名称": [zone.name for zone in drawn.placed]},
        geometry=[zone.ground for zone in drawn.placed],
        crs=4490,
    )
    frame.to_file(tmp_path / "counties.geojson")
    gpd.GeoDataFrame(geometry=[drawn.coverage], crs=4490).to_file(tmp_path / "ground.geojson")
    before = Deployment.open(own_copy).screen(Question(site="129.5024,42.8883")).record
    fenqu(
        own_copy,
        *("import", tmp_path / "counties.geojson", "--as", "county", "--accuracy", "600"),
        *("--coverage", tmp_path / "ground.geojson"),
    )
    after = Deployment.open(own_copy).screen(Question(site="129.5024,42.8883")).record
    assert after["site"]["counties"] == before["site"]["counties"] == ["222401"]
    unplaced = [[(check["layer"], check["unplaced"]) for check in record["checks"]] for record in (before, after)]
    assert unplaced[0] == unplaced[1]


def test_restricted_kinds_give_results_and_no_shapes(own_copy, tmp_path):
    for kind in ("red_line", "basic_farmland"):
        KINDS[kind].to_file(tmp_path / f"{kind}.geojson")
        words = ["import", tmp_path / f"{kind}.geojson", "--as", kind, "--accuracy", "5", "--coverage", "安图县"]
        fenqu(own_copy, *words)
        assert LayerStore(own_copy).open(kind).info.publish == "result"
        for form in ("geojson", "shp", "gpkg"):
            refused = CliRunner().invoke(
                main,
                ["export", kind, "--format", form, "--out", str(tmp_path / f"out.{form}")],
                env=environment_of(own_copy),
            )
            assert (refused.exit_code, "layer_not_published" in refused.stderr) == (2, True)


# --- Killed -----------------------------------------------------------------------------------------------------------

# Counts what the import does to files in the layers' folder, and kills its own process before the n-th.
KILLER = """
import os, signal, sys
folder, last = sys.argv[1], int(sys.argv[2])
seen = 0
def watch(event, told):
    global seen
    opens = event == "open" and told[1] not in (None, "r", "rb")
    if (opens or event in ("os.rename", "os.mkdir", "os.remove")) and folder in str(told[0]):
        seen += 1
        if seen == last:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
from geo.cli import main
try:
    main(sys.argv[3:], standalone_mode=False)
finally:
    print(f"steps {seen}", file=sys.stderr)
"""


def run_until(settings, source, step):
    """Import in a process of its own, which kills itself before the given step."""
    words = ["import", source, "--as", KIND, "--accuracy", "10", "--coverage", source.parent / "coverage.geojson"]
    folder = settings.layers / "data"
    command = [sys.executable, "-c", KILLER, folder, str(step), *words]
    return subprocess.run(
        [str(word) for word in command], env={**os.environ, **environment_of(settings)}, capture_output=True, text=True
    )


def test_an_import_killed_at_any_step_leaves_the_old_release_serving(built, clean, tmp_path):
    whole = run_until(copy_deployment(built, tmp_path / "whole"), clean, 10**6)
    steps = int(whole.stderr.rpartition("steps ")[2])
    assert whole.returncode == 0
    assert steps >= 8
    old = LayerStore(built).open(KIND).info.id
    served = []
    for step in range(1, steps + 1):
        settings = copy_deployment(built, tmp_path / str(step))
        assert run_until(settings, clean, step).returncode == -signal.SIGKILL
        layer = LayerStore(settings).open(KIND)
        served.append(layer.info.id)
        record = Deployment.open(settings).screen(Question(site="129.5024,42.8883")).record
        assert not [check for check in record["checks"] if check["status"] == "failed"]
        bring_in(settings, clean)  # what was left behind keeps nobody from importing again
        assert LayerStore(settings).open(KIND).info.provenance == "official"
    assert set(served[:-1]) == {old}  # the last step is the swap itself, or what comes after it


# --- Round trips ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["shp", "gpkg"])
def test_zones_of_any_kind_exported_and_imported_again_are_the_same(own_copy, tmp_path, form):
    lon, lat = ANTU
    shape = shapely.normalize(shapely.MultiPolygon([shapely.box(lon, lat, lon + 0.03, lat + 0.03)]))
    said = {"layer": "protected_area", "provenance": "official"}
    zones = [
        Zone("yb-pa-001", name="甲", zone_class="core_zone", counties=("222426",), geometry=shape,
             official_area_m2=8_200_000.25, valid_from=date(2020, 1, 1), valid_to=date(2030, 1, 1), legal_status="批复",
             accuracy_m=12.5, basis="纸图", source="某某",
             attributes={"area_kind": "nature_reserve", "level": "national"}, **said),
        Zone("乙 2", name="乙单元", counties=("222404", "222424"), attributes={"area_kind": "natural_park"}, **said),
    ]  # fmt: skip
    folder = own_copy.layers / "data" / own_copy.region / "protected_area"
    drawn = LayerStore(own_copy).open("protected_area")
    words = drawn.info.model_dump(exclude={"id", "provenance", "limits"}) | {
        "provenance": "official",
        "limits": "surveyed",
    }
    write_release(folder, zones, drawn.coverage, **words)
    fenqu(own_copy, "export", "protected_area", "--format", form, "--out", tmp_path / f"out.{form}")
    words = ["--as", "protected_area", "--accuracy", "5", "--coverage", "counties", "--report", tmp_path / "report"]
    fenqu(own_copy, "import", tmp_path / f"out.{form}", *words, "--decide", "geometry_empty=accept:位置不详")
    assert canonical_rows(LayerStore(own_copy).open("protected_area").zones) == canonical_rows(zones)


@pytest.mark.parametrize("text", ["长" * 85, "二 " * 200, "左" + " " * 600 + "右"])
def test_a_name_that_a_shapefile_cannot_hold_is_refused_and_never_cut(own_copy, tmp_path, text):
    folder = own_copy.layers / "data" / own_copy.region / "scenic_area"
    drawn = LayerStore(own_copy).open("scenic_area")
    zones = [replace(drawn.zones[0], name=text.strip())]
    write_release(folder, zones, drawn.coverage, **drawn.info.model_dump(exclude={"id"}))
    words = ["export", "scenic_area", "--format", "shp", "--out", str(tmp_path / "out.shp")]
    refused = CliRunner().invoke(main, words, env=environment_of(own_copy))
    assert (refused.exit_code, "file_unusable" in refused.stderr) == (2, True)
    assert not (tmp_path / "out.shp").exists()


@pytest.mark.parametrize("form", ["shp", "gpkg"])
def test_a_layer_exported_and_imported_again_is_the_same(imported, built, tmp_path, form):
    out = tmp_path / f"units.{form}"
    fenqu(imported, "export", KIND, "--format", form, "--out", out)
    again = copy_deployment(built, tmp_path)
    coverage = gpd.GeoDataFrame(geometry=[LayerStore(imported).open(KIND).coverage], crs=4490)
    coverage.to_file(tmp_path / "coverage.geojson", engine="pyogrio")
    bring_in(again, out)
    before, after = (canonical_rows(LayerStore(where).open(KIND).zones) for where in (imported, again))
    assert before == after
