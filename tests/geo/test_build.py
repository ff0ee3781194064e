"""The shipped pack: what is drawn, from what, that it holds the published figures, and that it says what it is."""

import csv
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely

from geo.build import build_region, is_stale
from geo.drawing import class_ground
from geo.errors import BuildError
from geo.geometry import area_m2
from geo.layers.store import Layer, LayerStore
from geo.settings import ROOT
from geo.workshop import load_recipe

SUPPLIED = {
    "county", "control_unit", "red_line", "protected_area", "scenic_area", "water_source_zone", "shelter_belt",
    "industrial_park", "built_up_area", "river_corridor", "basin", "contaminated_plot", "plan_project",
}  # fmt: skip
FACTS = ROOT / "layers" / "facts" / "yanbian"
LANDCOVER = "landcover_yanbian.tif"
FORESTS = [1, 2, 3, 4, 5]  # IGBP
SPOKEN_FOR_M2 = 4.23e10  # 延州政办发〔2022〕20号: the ground that the 188 units are a share of
RESERVES_AND_PARKS = {"area_kind": {"national_park", "nature_reserve", "natural_park"}}
PUBLISHED = {"priority": (128, 0.7815), "key": (52, 0.0976), "general": (8, 0.1209)}


@pytest.fixture(scope="module")
def pack(here) -> dict[str, Layer]:
    layers = {kind: layer for kind, layer in here.store.snapshot().layers.items() if layer is not None}
    assert set(layers) == SUPPLIED
    assert all(isinstance(layer, Layer) for layer in layers.values())
    return layers


def rows(table: str) -> list[dict[str, str]]:
    with (FACTS / table).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def area_of(layer: Layer) -> float:
    return sum(area_m2(zone.ground) for zone in layer.placed)


def test_building_again_gives_the_same_releases(own, here):
    assert {release.layer: release.id for release in build_region(own)} == here.store.snapshot().releases()


def test_the_script_draws_the_same_releases_in_another_process_in_less_than_a_minute(own, here):
    shutil.rmtree(own.layers / "data")
    words = {"FENQU_LAYERS": str(own.layers), "FENQU_LEDGER": own.ledger, "PYTHONHASHSEED": "4242"}
    command = [sys.executable, str(ROOT / "scripts" / "build_layers.py")]
    before = time.monotonic()
    done = subprocess.run(command, env={**os.environ, **words}, cwd=ROOT, capture_output=True, text=True, check=True)
    assert time.monotonic() - before < 60.0
    assert "[11/13] control_unit" in done.stdout
    assert dict(line.split() for line in done.stdout.splitlines() if line[0] != "[") == here.store.snapshot().releases()


def test_the_layers_are_stale_when_an_input_changes_and_not_before(own):
    build_region(own)
    assert not is_stale(own)
    table = own.layers / "facts" / "yanbian" / "protected_areas.csv"
    before = table.read_bytes()
    table.write_bytes(before.replace(b"77317", b"77318"))
    assert is_stale(own)
    table.write_bytes(before)
    assert not is_stale(own)
    next((own.layers / "data" / own.region / "county").glob("*.gpkg")).unlink()
    assert is_stale(own)


def test_the_eight_counties_add_up_to_the_prefecture(pack):
    counties = pack["county"]
    assert len(counties.placed) == 8
    total = area_of(counties)
    assert total == pytest.approx(43_331e6, rel=1e-4)  # as measured on the source
    assert area_m2(counties.coverage) == pytest.approx(total, rel=1e-9)


@pytest.mark.parametrize("kind", sorted(SUPPLIED - {"county"}))
def test_what_we_drew_says_so_wherever_it_appears(pack, kind):
    layer = pack[kind]
    assert layer.info.sketch
    assert layer.info.provenance == "illustrative"
    assert all(zone.name.endswith("（示意）") for zone in layer.placed)
    assert not any(zone.name.endswith("（示意）") for zone in layer.zones if zone.geometry is None)
    assert all(
        zone.geometry.is_valid and zone.geometry.geom_type in ("Polygon", "MultiPolygon") for zone in layer.placed
    )
    assert len({zone.id for zone in layer.zones}) == len(layer.zones)
    assert all(zone.source for zone in layer.zones)


def test_a_unit_has_no_official_code_and_says_which_baseline_it_is(pack):
    units = pack["control_unit"]
    assert "2020基线" in units.info.dataset.zh
    for unit in units.placed:
        assert re.fullmatch(r"SY2224\d{2}[123]\d{4}", unit.code)
        assert unit.code[2:8] == unit.counties[0]
        assert {"1": "priority", "2": "key", "3": "general"}[unit.code[8]] == unit.zone_class
        assert unit.official_code is None
        assert unit.basis
        assert "现行版本未取得" in unit.legal_status
    assert len({unit.name for unit in units.placed}) == 188


def test_units_have_the_published_numbers_and_shares(pack):
    units = pack["control_unit"].placed
    total = sum(area_m2(unit.ground) for unit in units)
    assert total == pytest.approx(SPOKEN_FOR_M2, rel=0.01)
    for zone_class, (count, share) in PUBLISHED.items():
        members = [unit for unit in units if unit.zone_class == zone_class]
        assert len(members) == count
        assert sum(area_m2(unit.ground) for unit in members) / total == pytest.approx(share, abs=0.005)
    general = Counter(unit.counties[0] for unit in units if unit.zone_class == "general")
    assert set(general.values()) == {1}
    assert len(general) == 8


def test_units_are_a_valid_coverage_of_their_counties_without_the_hole(pack):
    units, counties = pack["control_unit"], {zone.code: zone.ground for zone in pack["county"].placed}
    assert shapely.coverage_is_valid(units.geometries)
    assert area_of(units) == pytest.approx(area_m2(units.coverage), rel=1e-6)
    for unit in units.placed:
        assert (
            area_m2(shapely.difference(unit.ground, counties[unit.counties[0]])) < 100.0
        )  # rounding to the grid, 1 cm
    hole = shapely.difference(pack["county"].coverage, units.coverage)
    assert area_m2(hole) == pytest.approx(1000e6, rel=1e-3)
    assert hole.covers(shapely.Point(128.115, 42.425))  # the town that another authority runs
    assert "长白山" in units.info.coverage_note.zh


def lowest_share_on_basis(pack: dict[str, Layer], raster: Path) -> float:
    """Of all priority units, the smallest share of their ground that is forest or a named area of theirs."""
    forest = class_ground(raster, FORESTS)
    named = {zone.id: zone.ground for kind in pack for zone in pack[kind].placed if kind != "control_unit"}
    shares = []
    for unit in pack["control_unit"].placed:
        if unit.zone_class == "priority":
            own = [named[part] for part in unit.basis.split(";") if part in named]
            basis = shapely.intersection(unit.ground, shapely.union_all([forest, *own]))
            shares.append(area_m2(basis) / area_m2(unit.ground))
    assert len(shares) == 128
    return min(shares)


def test_a_priority_unit_lies_on_its_basis(pack):
    assert lowest_share_on_basis(pack, ROOT / "layers" / "sources" / LANDCOVER) >= 0.7


def test_units_drawn_from_forest_that_is_elsewhere_do_not_lie_on_theirs(own):
    path = own.layers / "sources" / LANDCOVER
    with rasterio.open(path) as raster:
        profile, cells = raster.profile, raster.read(1)
    inside = np.s_[10:60, 10:85]
    cells[inside] = cells[inside][::-1, ::-1]  # the same cells, turned round
    with rasterio.open(path, "w", **profile) as raster:
        raster.write(cells, 1)
    build_region(own)
    shuffled = {kind: layer for kind, layer in LayerStore(own).snapshot().layers.items() if layer is not None}
    assert lowest_share_on_basis(shuffled, ROOT / "layers" / "sources" / LANDCOVER) < 0.7


def test_a_key_unit_stands_on_a_named_place_and_says_so(pack):
    known: dict[str, shapely.Point] = {}
    for table in ("settlements.csv", "development_zones.csv", "risk_places.csv"):
        known |= {row["id"]: shapely.Point(float(row["lon"]), float(row["lat"])) for row in rows(table) if row["lon"]}
    towns = rows("../../sources/places_yanbian.csv")
    known |= {f"geonames-{row['geonameid']}": shapely.Point(float(row["lon"]), float(row["lat"])) for row in towns}
    key = [unit for unit in pack["control_unit"].placed if unit.zone_class == "key"]
    assert len(key) == 52
    for unit in key:
        places = [part.removeprefix("place:") for part in unit.basis.split(";") if part.startswith("place:")]
        assert any(unit.ground.covers(known[place]) for place in places), unit.name


def test_the_red_line_is_inner_forest_with_the_limits_of_its_units(pack):
    red, units = pack["red_line"], {unit.id: unit for unit in pack["control_unit"].placed}
    forest = class_ground(ROOT / "layers" / "sources" / LANDCOVER, FORESTS)
    for zone in red.placed:
        unit = units[zone.id.removeprefix("red_line-")]
        assert unit.zone_class == "priority"
        assert zone.ground.equals(unit.ground)
        assert area_m2(shapely.intersection(zone.ground, forest)) > 0.9 * area_m2(zone.ground)
    assert (red.info.publish, red.entry.publish) == ("full", "result")  # ours may be seen, the real ones are restricted


def test_an_area_has_its_published_size_and_stays_in_its_counties(pack):
    counties = {zone.code: zone.ground for zone in pack["county"].placed}
    assert len(pack["protected_area"].placed) == 10
    assert len(pack["scenic_area"].placed) == 1
    for zone in (*pack["protected_area"].placed, *pack["scenic_area"].placed):
        if zone.official_area_m2 is not None:  # general knowledge gives a size to draw, and no official figure
            assert area_m2(zone.ground) == pytest.approx(zone.official_area_m2, rel=1e-3)
        ground = shapely.union_all([counties[code] for code in zone.counties])
        assert area_m2(shapely.difference(zone.ground, ground)) < 100.0
        assert zone.zone_class is None  # the zoning inside is not public


def test_nobody_can_read_a_narrower_strip_than_its_course_is_known_to(pack):
    known = {row["id"]: float(row["accuracy_m"] or 0.0) for row in rows("rivers.csv")}
    for kind in ("river_corridor", "shelter_belt"):
        assert pack[kind].placed
        for zone in pack[kind].placed:
            river, half = re.fullmatch(r"(\S+);half_width_m=(\d+)", zone.basis).groups()
            assert zone.accuracy_m == float(half) >= max(known[river], 600.0)
            assert all(value is None for value in zone.attributes.values())  # kind and width are not known


def test_the_basins_divide_the_whole_region(pack):
    basins = pack["basin"]
    assert {zone.attributes["river_system"] for zone in basins.placed} == {"tumen", "songhua", "suifen"}
    assert area_of(basins) == pytest.approx(area_of(pack["county"]), rel=1e-4)
    expected = {"tumen": (129.5024, 42.8883), "songhua": (128.22861, 43.36954), "suifen": (130.34, 43.7293)}
    for system, at in expected.items():  # 延吉, 敦化, 罗子沟
        [zone] = [zone for zone in basins.placed if zone.ground.covers(shapely.Point(at))]
        assert zone.attributes["river_system"] == system


@pytest.mark.parametrize(
    ("kind", "table", "chosen"),
    [
        pytest.param("protected_area", "protected_areas.csv", RESERVES_AND_PARKS, id="areas"),
        pytest.param("scenic_area", "protected_areas.csv", {"area_kind": {"scenic_area"}}, id="scenic"),
        pytest.param("water_source_zone", "water_sources.csv", {}, id="sources"),
        pytest.param("industrial_park", "development_zones.csv", {}, id="parks"),
        pytest.param("contaminated_plot", "risk_places.csv", {"risk_kind": {"contaminated_plot"}}, id="plots"),
        pytest.param("plan_project", "plan_projects.csv", {}, id="works"),
    ],
)
def test_every_fact_is_a_zone_with_or_without_a_place(pack, kind, table, chosen):
    zones = {zone.id: zone for zone in pack[kind].zones}
    wanted = [row for row in rows(table) if all(row[name] in values for name, values in chosen.items())]
    assert wanted
    for row in wanted:
        zone = zones[row["id"]]
        assert zone.name.removesuffix("（示意）") == row["name_zh"]
        assert zone.geometry is None or row["lon"]


def test_the_national_park_is_listed_without_a_place(pack):
    park = next(zone for zone in pack["protected_area"].zones if zone.id == "yb-pa-001")
    assert park.geometry is None
    assert park.counties == ("222404", "222424", "222402")


def test_a_treated_plot_is_no_longer_on_the_list(pack):
    plots = {zone.name: zone.attributes.get("list_status") for zone in pack["contaminated_plot"].zones}
    assert next(status for name, status in plots.items() if "光宇" in name) == "released"
    assert next(status for name, status in plots.items() if "荒沟岭" in name) == "listed"
    assert next(status for name, status in plots.items() if "溪洞" in name) is None  # not known


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("draw: discs", "drow: discs", r"built_up_area cannot be drawn: draw is None", id="no way"),
        pytest.param("draw: discs", "draw: discs\n    hue: red", r"keys not known are \['hue'\]", id="a key"),
        pytest.param("count: 128", "count: 999", r"999 priority units are wanted, and \d+ can be drawn", id="count"),
        pytest.param("facts: rivers.csv", "facts: brooks.csv", r"brooks\.csv cannot be drawn: the table", id="table"),
    ],
)
def test_a_recipe_that_cannot_be_followed_is_refused(own, old, new, said):
    path = own.layers / "recipes" / "yanbian.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(BuildError, match=said):
        build_region(own)


def test_a_region_without_a_recipe_is_refused(own):
    from dataclasses import replace

    with pytest.raises(BuildError, match=r"nowhere\.yaml cannot be drawn"):
        load_recipe(replace(own, region="nowhere"))


def test_every_layer_says_its_licence_and_every_sketch_is_hatched(pack):
    for kind, layer in pack.items():
        assert layer.info.licence is not None, kind
        if layer.info.sketch:
            styles = [layer.entry.style.hatch, *(known.hatch for known in layer.entry.classes.values())]
            assert "none" not in styles, kind


def test_what_is_published_without_a_name_is_counted(pack):
    """The plan has 15 forest parks and 6 wetland parks; those that no document at hand names are one row each."""
    listed = Counter(row["note"].split("；")[0].split(";")[0] for row in rows("protected_areas.csv"))
    unnamed = {zone.id: zone for zone in pack["protected_area"].zones if zone.name.startswith("未具名")}
    for name, word, published in (("forest-parks", "森林公园", 15), ("wetland-parks", "湿地公园", 6)):
        zone = unnamed[f"yb-pa-{name}"]
        assert zone.geometry is None
        assert zone.name == f"未具名的{word}（全州{published}个，列出{listed[word]}个）"
        assert zone.attributes["area_kind"] == "natural_park"
