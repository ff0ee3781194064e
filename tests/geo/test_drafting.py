"""Ways of drawing a layer, in a small region of two counties elsewhere: nothing in the engine is Yanbian's."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import rasterio
import shapely
from rasterio.transform import Affine
from shapely import box

from geo.crs import GEOD
from geo.drafting import draw_layer
from geo.elements import ElementPlan
from geo.errors import BuildError
from geo.geometry import area_m2
from geo.layers.releases import Zone
from geo.settings import Settings
from geo.workshop import Workshop

WEST, EAST = box(104.0, 36.0, 104.5, 36.5), box(104.5, 36.0, 105.0, 36.5)
RECIPE = {
    "region": "small",
    "mark": "（示意）",
    "outlines": {"source": "counties.geojson"},
    "square_metres_a_person": 100,
}
SAID = {"provenance": "illustrative", "limits": "sketch", "dataset": {}, "recipe": {}, "coverage": {}}
AREA = {"id": "a", "name_zh": "甲区", "county_codes": "1;2", "official_area_ha": "20000", "source": "页", "mark": "F"}
ELSEWHERE = AREA | {"placed": "centre", "lon": "104.5", "lat": "36.2", "county_codes": "9"}
RIVER = {"id": "r", "name_zh": "甲河", "county_codes": "1", "placed": "course", "accuracy_m": "500",
         "course": "104.1 36.2; 104.4 36.2", "source": "页", "mark": "F"}  # fmt: skip


@pytest.fixture
def layers(tmp_path) -> Path:
    folder = tmp_path / "layers"
    (folder / "sources").mkdir(parents=True)
    (folder / "facts" / "small").mkdir(parents=True)
    features = [
        {"type": "Feature", "properties": {"adcode": code, "name": name}, "geometry": ground.__geo_interface__}
        for code, name, ground in (("1", "西县", WEST), ("2", "东县", EAST))
    ]
    document = {"type": "FeatureCollection", "features": features}
    (folder / "sources" / "counties.geojson").write_bytes(orjson.dumps(document))
    cells = np.zeros((30, 60), dtype="uint8")
    cells[:, 10:30] = 5  # forest between 104.0 and 104.4
    with rasterio.open(
        folder / "sources" / "cover.tif", "w", driver="GTiff", height=30, width=60, count=1, dtype="uint8",
        crs="EPSG:4326", transform=Affine(0.02, 0.0, 103.8, 0.0, -0.02, 36.6),
    ) as raster:  # fmt: skip
        raster.write(cells, 1)
    return folder


def workshop(layers: Path, recipe: Mapping[str, Any] = RECIPE, **tables: Sequence[Mapping[str, str]]) -> Workshop:
    for name, rows in tables.items():
        with (layers / "facts" / "small" / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)))
            writer.writeheader()
            writer.writerows(rows)
    return Workshop(Settings(layers=layers, region="small"), recipe)


def extent_m(ground: shapely.Geometry) -> tuple[float, float]:
    """How far ground reaches from west to east and from south to north, metres."""
    west, south, east, north = ground.bounds
    middle = (south + north) / 2.0
    return GEOD.inv(west, middle, east, middle)[2], GEOD.inv(west, south, west, north)[2]


def test_an_area_has_the_shape_of_its_box_at_its_own_latitude(layers):
    at = {
        "placed": "bbox",
        "lon": "104.5",
        "lat": "36.25",
        "west": "104.3",
        "south": "36.15",
        "east": "104.7",
        "north": "36.35",
    }
    [zone] = draw_layer(
        workshop(layers, areas=[AREA | at]), "protected_area", SAID | {"draw": "areas", "facts": "areas.csv"}
    )
    assert area_m2(zone.ground) == pytest.approx(20_000e4, rel=1e-6)
    across, up = extent_m(zone.ground)
    wide, high = extent_m(box(104.3, 36.15, 104.7, 36.35))
    assert across / up == pytest.approx(wide / high, rel=1e-2)


def strips(layers: Path, **said: Any) -> list[Zone]:
    way = SAID | {"draw": "strips", "facts": "rivers.csv", "name": "沿岸", "half_width_m": 600, "widest_m": 2000}
    unknown = RIVER | {"id": "u", "name_zh": "乙河", "placed": "none", "course": ""}
    vague = RIVER | {"id": "v", "name_zh": "丙河", "accuracy_m": "6000"}
    return draw_layer(workshop(layers, rivers=[RIVER, unknown, vague]), "river_corridor", way | said)


def test_a_river_that_is_not_known_well_enough_is_listed_without_a_place(layers):
    zones = strips(layers)
    assert [(zone.id, zone.name) for zone in zones] == [
        ("river_corridor-r-1", "甲河沿岸（示意）"), ("u", "乙河"), ("v", "丙河"),
    ]  # fmt: skip
    assert [zone.geometry is None for zone in zones] == [False, True, True]


def test_a_river_without_the_ground_that_is_kept_is_listed_without_a_place(layers):
    [kept, *_] = strips(layers, only={"source": "cover.tif", "classes": [5], "share": 0.5})
    assert kept.ground.bounds[2] == pytest.approx(104.4, abs=0.01)  # where the forest ends, smoothed
    zones = strips(layers, only={"source": "cover.tif", "classes": [7], "share": 0.5})
    assert [(zone.id, zone.geometry) for zone in zones] == [("r", None), ("u", None), ("v", None)]


@pytest.mark.parametrize("lat", [36.4, 36.1, 36.0], ids=["apart", "overlapping", "in the south"])
def test_a_hole_has_its_area_wherever_the_place_lies_that_is_kept_with_it(layers, lat):
    near = {"lon": 104.25, "lat": lat, "radius_m": 5000}
    hole = workshop(layers, RECIPE | {"hole": {"county": "1", "area_km2": 500, "keep_with": near}}).hole
    assert area_m2(hole) == pytest.approx(500e6, rel=1e-5)
    assert hole.covers(shapely.Point(104.25, lat + 0.01))
    assert WEST.buffer(1e-7).covers(hole)


def test_a_hole_larger_than_its_county_is_refused(layers):
    near = {"lon": 104.25, "lat": 36.1, "radius_m": 5000}
    with pytest.raises(BuildError, match=r"km² are wanted of \d+ km² that are there"):
        area_m2(workshop(layers, RECIPE | {"hole": {"county": "1", "area_km2": 5000, "keep_with": near}}).hole)


@pytest.mark.parametrize(
    ("said", "rows", "fault"),
    [
        pytest.param({"draw": "areas"}, [AREA], "KeyError: 'facts'", id="a key that is not there"),
        pytest.param({"draw": "areas", "facts": "areas.csv"}, [AREA], "KeyError: 'placed'", id="a column"),
        pytest.param(
            {"draw": "areas", "facts": "areas.csv"}, [AREA | {"placed": "centre", "lon": "east", "lat": "36"}],
            "ValueError: could not convert string to float: 'east'", id="a cell that is no number",
        ),
        pytest.param(
            {"draw": "areas", "facts": "areas.csv"}, [ELSEWHERE],
            "KeyError: '9'", id="a county that there is none of",
        ),
    ],
)  # fmt: skip
def test_a_layer_that_cannot_be_drawn_is_named_with_the_fault(layers, said, rows, fault):
    with pytest.raises(BuildError, match=f"protected_area cannot be drawn: {fault}"):
        draw_layer(workshop(layers, areas=rows), "protected_area", SAID | said)


def test_a_layer_drawn_from_one_that_comes_later_is_refused(layers):
    with pytest.raises(BuildError, match="control_unit cannot be drawn: another layer is drawn from it; put it before"):
        draw_layer(workshop(layers), "red_line", SAID | {"draw": "core", "from": "control_unit", "without": "单元"})


def plan(layers: Path, towns: Sequence[Mapping[str, str]]) -> ElementPlan:
    """Elements of a region with a reserve in the east, forest in the west, and some towns."""
    shop = workshop(layers, towns=towns)
    reserve = Zone("reserve", "protected_area", "东区（示意）", counties=("2",), geometry=box(104.8, 36.1, 104.9, 36.2))
    shop.drawn.update(protected_area=[reserve], shelter_belt=[], basin=[])
    return ElementPlan(
        shop,
        {
            "areas": ["protected_area"], "belts": ["shelter_belt"], "places": [{"facts": "towns.csv", "name": "town"}],
            "place_radius_m": 1500, "least_km2": 1,
            "forest": {
                "source": "cover.tif", "classes": [5], "core": {"window_cells": 2, "share": 0.98},
                "seeds": ["protected_area"], "seeds_apart_m": 2500, "divided_by": "basin",
            },
            "published": {"priority": {"share": 0.4}, "key": {"share": 0.1}, "general": {"share": 0.5}},
            "names": {"area": "{name}甲", "core": "{name}{side}乙", "forest": "{name}{side}丙", "town": "{name}丁"},
        },
    )  # fmt: skip


def town(name: str, county: str, lon: float) -> dict[str, str]:
    return {"id": name, "name_zh": name, "county": county, "lon": f"{lon}", "lat": "36.3", "accuracy_m": "3000"}


def test_a_county_without_a_named_place_has_no_key_element(layers):
    keys = [one.id for one in plan(layers, [town("西镇", "1", 104.45)]).elements() if one.zone_class == "key"]
    assert keys == ["place:西镇"]
    both = plan(layers, [town("西镇", "1", 104.45), town("东镇", "2", 104.7)]).elements()
    assert [one.id for one in both if one.zone_class == "key"] == ["place:西镇", "place:东镇"]


@pytest.mark.parametrize(("metres", "seeds"), [(2000.0, 1), (3000.0, 2)])
def test_forest_is_divided_among_places_that_are_far_enough_apart_on_the_ground(layers, metres, seeds):
    away = metres / GEOD.inv(104.2, 36.3, 105.2, 36.3)[2]  # to the east, where a degree is shorter than to the north
    elements = plan(layers, [town("西镇", "1", 104.2), town("近镇", "1", 104.2 + away)]).elements()
    assert len({one.id.split(":")[2] for one in elements if one.id.startswith("forest:1:")}) == seeds


def test_a_region_s_forest_without_a_name_to_go_by_is_refused(layers):
    with pytest.raises(BuildError, match="1 cannot be drawn: no named place in it has a known position"):
        plan(layers, [town("东镇", "2", 104.7)]).elements()
