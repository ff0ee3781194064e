"""The shipped pack: what is drawn, from what, and that it says so."""

import re

import pytest
import shapely

from geo.build import build_region, is_stale, load_recipe
from geo.errors import BuildError
from geo.geometry import area_m2
from geo.layers.store import Layer

SUPPLIED = ("county", "control_unit", "protected_area", "water_source_zone", "built_up_area")


@pytest.fixture(scope="module")
def pack(here) -> dict[str, Layer]:
    layers = {kind: layer for kind, layer in here.store.snapshot().layers.items() if layer is not None}
    assert set(layers) == set(SUPPLIED)
    return layers


def test_building_again_gives_the_same_releases(own, here):
    assert {release.layer: release.id for release in build_region(own)} == here.store.snapshot().releases()


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
    total = sum(area_m2(zone.ground) for zone in counties.placed)
    assert total == pytest.approx(43_331e6, rel=1e-4)  # as measured on the source
    assert area_m2(counties.coverage) == pytest.approx(total, rel=1e-9)


def test_what_we_drew_says_so_wherever_it_appears(pack):
    for kind in ("control_unit", "protected_area", "built_up_area"):
        layer = pack[kind]
        assert layer.info.sketch
        assert layer.info.provenance == "illustrative"
        assert all(zone.name.endswith("（示意）") for zone in layer.placed)
    for unit in pack["control_unit"].placed:
        assert re.fullmatch(r"SY2224\d{2}[123]\d{4}", unit.code)
        assert unit.official_code is None
        assert unit.basis
        assert "现行版本未取得" in unit.legal_status


def test_units_fill_their_counties_once_and_leave_the_hole(pack):
    units = pack["control_unit"]
    assert total_overlap(units) < 100.0  # m², of 42,331 km²: rounding to the grid along cuts
    filled = sum(area_m2(zone.ground) for zone in units.placed)
    assert filled == pytest.approx(area_m2(units.coverage), rel=1e-6)
    assert area_m2(units.coverage) == pytest.approx(42_331e6, rel=1e-3)  # 4.33 - 0.1 万 km²: the hole is ours
    for unit in units.placed:
        county = next(zone for zone in pack["county"].placed if zone.code == unit.counties[0])
        assert area_m2(shapely.difference(unit.ground, county.ground)) < 100.0  # of rounding to the grid


def total_overlap(layer: Layer) -> float:
    left, right = layer.tree.query(layer.geometries, predicate="overlaps")
    pairs = [(a, b) for a, b in zip(left, right, strict=True) if a < b]
    return sum(area_m2(shapely.intersection(layer.geometries[a], layer.geometries[b])) for a, b in pairs)


def test_a_protected_area_has_its_published_size_and_stays_in_its_counties(pack):
    areas = pack["protected_area"]
    assert len(areas.placed) == 10
    assert {zone.id for zone in areas.placed if zone.official_area_m2 is None} >= {"yb-pa-006", "yb-pa-007"}
    for zone in areas.placed:
        if zone.official_area_m2 is not None:  # general knowledge gives a size to draw, and no official figure
            assert area_m2(zone.ground) == pytest.approx(zone.official_area_m2, rel=1e-3)
        ground = shapely.union_all([county.ground for county in pack["county"].placed if county.code in zone.counties])
        assert area_m2(shapely.difference(zone.ground, ground)) < 100.0
        assert zone.zone_class is None  # the zoning inside is not public


def test_what_has_no_place_is_listed_without_one(pack):
    assert len(pack["water_source_zone"].placed) == 0
    assert len(pack["water_source_zone"].zones) == 13
    park = next(zone for zone in pack["protected_area"].zones if zone.id == "yb-pa-001")
    assert park.geometry is None
    assert park.counties == ("222404", "222424", "222402")
    assert not park.name.endswith("（示意）")


def test_a_recipe_with_a_misspelt_key_is_refused(own):
    path = own.layers / "recipes" / "yanbian.yaml"
    path.write_text(path.read_text("utf-8").replace("    draw: discs", "    drow: discs"), "utf-8")
    with pytest.raises(BuildError, match=r"built_up_area cannot be drawn: draw is None, keys not known are \['drow'\]"):
        build_region(own)


def test_a_region_without_a_recipe_is_refused(own):
    from dataclasses import replace

    with pytest.raises(BuildError, match=r"nowhere\.yaml cannot be drawn"):
        load_recipe(replace(own, region="nowhere"))
