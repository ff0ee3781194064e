"""Layers on the map without a browser: levels with shared borders, tiles, what may be kept, and the legend's tree."""

import gc
import gzip
import re
import weakref
from collections import Counter
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise

import brotli
import numpy as np
import orjson
import pyogrio
import pytest
import shapely
import shapely.affinity

from geo.errors import MapPartUnknown, TileTooFull
from geo.export.zone import zone_record
from geo.geometry import DISPLAY_DEGREES, coarse
from geo.layers.releases import Zone, read_release, write_release
from geo.layers.store import Layer
from geo.search import box_of
from webmap import create_app, levels, tiles
from webmap.levels import LEVELS, display_bytes, display_collection, is_heavy, level_at, levels_of, simplified
from webmap.maps import layer_spec, shown_layers
from webmap.tiles import draw_tile, tile_box

SEED = 11


def layer_of(here, kind: str, **said) -> Layer:
    """A layer of the shipped deployment that says other things of itself."""
    layer = here.store.open(kind)
    return Layer.of(layer.entry, layer.info.model_copy(update=said), layer.zones, layer.coverage)


@pytest.fixture
def official(here) -> Layer:
    return layer_of(here, "control_unit", provenance="official", limits="surveyed")


def wandering(count: int) -> np.ndarray:
    """Two zones beside each other whose common border wanders, vertex by vertex the same in both."""
    north = np.linspace(43.0, 44.0, count)
    wander = 129.5 + np.random.default_rng(SEED).uniform(-0.001, 0.001, count)
    border = list(zip(wander.tolist(), north.tolist(), strict=True))
    west = shapely.Polygon([(129.0, 43.0), *border, (129.0, 44.0)])
    east = shapely.Polygon([*border[::-1], (130.0, 43.0), (130.0, 44.0)])
    return np.array([west, east], dtype=object)


def made_of(here, shapes) -> Layer:
    base = here.store.open("control_unit")
    info = base.info.model_copy(update={"provenance": "official", "limits": "surveyed"})
    zones = tuple(
        Zone(id=f"u{at}", layer="control_unit", name=f"单元{at}", zone_class="key", geometry=shape)
        for at, shape in enumerate(shapes)
    )
    return Layer.of(base.entry, info, zones, base.coverage)


def limits_of(shapes, decimals: int = 12) -> Counter:
    """How many zones each edge is a limit of, edges being pairs of rounded ends; what rounding shrinks away is none."""
    found: Counter = Counter()
    for ring in shapely.get_rings(shapely.get_parts(shapes)):
        corners = [tuple(at) for at in shapely.get_coordinates(ring).round(decimals).tolist()]
        found.update({tuple(sorted(edge)) for edge in pairwise(corners) if edge[0] != edge[1]})
    return found


@pytest.mark.parametrize("number", range(len(LEVELS)))
def test_neighbours_keep_one_border_at_every_level(official, number):
    assert shapely.coverage_is_valid(official.geometries)
    drawn = simplified(official, number)
    assert len(drawn) == len(official.placed) == 188
    assert shapely.coverage_is_valid(drawn)  # neither gap nor overlap, vertex by vertex
    sent = [shapely.geometry.shape(each["geometry"]) for each in display_collection(official, number)["features"]]
    edges, decimals = limits_of(np.array(sent)), LEVELS[number].decimals
    assert edges == limits_of(drawn, decimals)  # rounding moves both sides of a border alike
    assert sum(count == 2 for count in edges.values()) > len(edges) / 3


def test_a_border_is_simplified_once_for_both_of_its_zones(here):
    pair = made_of(here, wandering(400))
    sizes = [int(shapely.get_num_coordinates(simplified(pair, number)).sum()) for number in range(len(LEVELS))]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1] / 4
    for number in range(len(LEVELS)):
        west, east = simplified(pair, number)
        assert west.intersection(east).area == 0.0
        assert shapely.union(west, east).equals(shapely.box(129.0, 43.0, 130.0, 44.0))


def test_zones_that_overlap_are_all_there_and_valid(here):
    shapes = [*wandering(300), shapely.Point(129.5, 43.5).buffer(0.2), shapely.Point(129.7, 43.7).buffer(0.00001)]
    drawn = simplified(made_of(here, shapes), 0)
    assert len(drawn) == 4
    assert shapely.is_valid(drawn).all()
    assert not shapely.is_empty(drawn).any()
    assert drawn[0].intersection(drawn[1]).area == 0.0  # these two still share one border


def test_the_shipped_layers_keep_every_zone_at_every_level(here):
    for layer in shown_layers(here.store.snapshot().layers):
        for number in levels_of(layer):
            features = display_collection(layer, number)["features"]
            assert [each["id"] for each in features] == [zone.id for zone in layer.placed]


def test_each_level_moves_a_line_by_less_than_a_pixel_of_its_zooms(official):
    for number, (level, following) in enumerate(pairwise(LEVELS)):
        pixel = 360.0 / 256 / 2**following.from_zoom  # degrees of longitude
        moved = shapely.hausdorff_distance(simplified(official, number), official.geometries)
        assert level.tolerance <= pixel
        assert np.quantile(moved, 0.5) <= 2 * pixel


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        pytest.param({}, range(3), id="a sketch stops at zoom 11"),
        pytest.param({"provenance": "official", "limits": "surveyed"}, range(5), id="official to zoom 17"),
        pytest.param(
            {"provenance": "official", "limits": "surveyed", "publish": "display"}, range(2), id="seen, not handed out"
        ),
    ],
)
def test_how_fine_a_layer_is_drawn_follows_what_its_lines_are_worth(here, said, numbers):
    layer = layer_of(here, "control_unit", **said)
    assert levels_of(layer) == numbers
    assert level_at(layer, 17) == numbers[-1]


def test_a_level_comes_by_address_and_is_kept_where_the_address_names_its_release(client, here):
    release = here.store.open("control_unit").info.id
    sizes = []
    for number in range(3):
        pinned = client.get(f"/map/layers/control_unit.geojson?release={release}&form={levels.FORM}&level={number}")
        assert pinned.status_code == 200
        assert "immutable" in pinned.headers["Cache-Control"]
        assert "max-age=2592000" in pinned.headers["Cache-Control"]
        again = client.get(pinned.request.path + f"?level={number}", headers={"If-None-Match": pinned.headers["ETag"]})
        assert again.status_code == 304
        assert "immutable" not in again.headers["Cache-Control"]
        sizes.append(len(pinned.data))
    assert sizes == sorted(sizes)
    assert (
        client.get("/map/layers/control_unit.geojson?release=0000000000000000")
        .headers["Cache-Control"]
        .endswith("no-cache")
    )


@pytest.mark.parametrize("asked", ["3", "5", "-1", "x", "", "99999999999", "²", "1.0"])
def test_a_level_that_a_layer_does_not_have_is_refused(client, asked):
    refused = client.get("/map/layers/control_unit.geojson", query_string={"level": asked})
    assert (refused.status_code, refused.json["code"]) == (404, "map_part_unknown")


def test_bytes_are_packed_where_the_browser_takes_it_and_say_so(client):
    plain = client.get("/map/layers/control_unit.geojson?level=0")
    packed, better = (
        client.get("/map/layers/control_unit.geojson?level=0", headers={"Accept-Encoding": ways})
        for ways in ("gzip", "gzip, br")
    )
    assert "Content-Encoding" not in plain.headers
    assert [answer.headers["Content-Encoding"] for answer in (packed, better)] == ["gzip", "br"]
    assert brotli.decompress(better.data) == plain.data
    assert len(better.data) < len(packed.data)
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    assert packed.headers["ETag"] == f"W/{plain.headers['ETag']}"
    headers = {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]}
    assert client.get("/map/layers/control_unit.geojson?level=0", headers=headers).status_code == 304
    refused = client.get("/map/layers/control_unit.geojson?level=0", headers={"Accept-Encoding": "gzip;q=0, identity"})
    assert "Content-Encoding" not in refused.headers


@pytest.mark.parametrize("path", ["/", "/map.js", "/static/app.js", "/assets/leaflet/leaflet.js", "/assets/fonts.css"])
def test_scripts_styles_and_pages_are_packed(client, path):
    plain, packed = (client.get(path, headers={"Accept-Encoding": way}, buffered=True) for way in ("identity", "gzip"))
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2


def test_a_kept_answer_is_not_packed_and_a_font_is_not_packed_twice(client):
    location = client.post("/screenings", data={"at": "129.5,42.9", "nature": "new"}).headers["Location"]
    assert "Content-Encoding" not in client.get(location, headers={"Accept-Encoding": "gzip"}).headers
    face = re.search(r"url\((\S+woff2)\)", client.get("/assets/fonts.css").get_data(as_text=True))[1]
    assert "Content-Encoding" not in client.get(face, headers={"Accept-Encoding": "gzip"}, buffered=True).headers


def test_what_may_not_be_seen_is_served_in_no_form(own):
    folder = own.layers / "data" / own.region / "scenic_area"
    info, zones, coverage = read_release(folder, orjson.loads((folder / "current.json").read_bytes())["release"])
    write_release(folder, zones, coverage, **{**info.model_dump(exclude={"id"}), "publish": "result"})
    client = create_app(own).test_client()
    for path in (
        "/map/layers/scenic_area.geojson",
        f"/map/layers/scenic_area.geojson?level=0&release={info.id}",
        f"/map/tiles/scenic_area/5/27/11.mvt?release={info.id}",
    ):
        assert (client.get(path).status_code, client.get(path).json["code"]) == (404, "layer_unknown")
    assert b"scenic_area" not in client.get("/map.js").data


# ---- Tiles -----------------------------------------------------------------------------------------------------


@pytest.fixture
def heavy(here, monkeypatch) -> Layer:
    """Official units that are too heavy, the limit being made small for this."""
    monkeypatch.setattr(levels, "HEAVY_BYTES", 50_000)
    return layer_of(here, "control_unit", provenance="official", limits="surveyed")


def tile_at(z: int, lon: float = 129.5, lat: float = 43.0) -> tuple[int, int, int]:
    """The tile in which a place lies."""
    down = (1.0 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2.0
    return z, int((lon + 180.0) / 360.0 * 2**z), int(down * 2**z)


def read_tile(body: bytes, tmp_path, z: int, x: int, y: int):
    folder = tmp_path / f"{z}" / f"{x}"
    folder.mkdir(parents=True)
    (folder / f"{y}.mvt").write_bytes(body)
    return pyogrio.read_dataframe(folder / f"{y}.mvt", layer="zones", X=str(x), Y=str(y), Z=str(z))


def test_a_tile_holds_the_zones_of_its_ground_with_name_code_and_class(heavy, tmp_path):
    z, x, y = tile_at(9)
    found = read_tile(draw_tile(heavy, z, x, y), tmp_path, z, x, y)
    ground = tile_box(z, x, y)
    inside = shapely.affinity.scale(ground, 0.95, 0.95)  # the reader clips at the tile's limits, before the margin
    there = {zone.id for zone in heavy.placed if shapely.intersection(zone.geometry, inside).area > 1e-4}
    assert there <= set(found["id"]) <= {zone.id for zone in heavy.placed if zone.geometry.intersects(ground)}
    said = {zone.id: (zone.name, zone.code, zone.zone_class) for zone in heavy.placed}
    assert {row.id: (row.name, row.code, row.zone_class) for row in found.itertuples()} == {
        name: said[name] for name in found["id"]
    }


def test_neighbours_share_their_border_on_a_tile_too(heavy, tmp_path):
    z, x, y = tile_at(9)
    found = read_tile(draw_tile(heavy, z, x, y), tmp_path, z, x, y).geometry.to_numpy()
    covered = shapely.union_all(found)
    assert np.sum(shapely.area(found)) == pytest.approx(covered.area, rel=1e-6)  # no ground twice


@pytest.mark.parametrize(
    "tile",
    [(4, 13, 5), (15, 28171, 12037), (9, 512, 3), (9, 3, 512), (31, 0, 0)],
    ids=["too far", "too near", "beyond the world", "below it", "much too near"],
)
def test_a_tile_that_a_layer_does_not_have_is_refused(heavy, tile):
    with pytest.raises(MapPartUnknown, match=r"reload the page"):
        draw_tile(heavy, *tile)


def test_tiles_of_a_sketch_end_where_the_map_does(here):
    with pytest.raises(MapPartUnknown):
        draw_tile(here.store.open("control_unit"), *tile_at(11))


def test_a_tile_without_zones_is_empty(heavy):
    assert draw_tile(heavy, *tile_at(9, lon=100.0)) == b""


def test_a_tile_with_too_many_zones_is_refused_whole(heavy, monkeypatch):
    monkeypatch.setattr(tiles, "MOST_ZONES", 10)
    with pytest.raises(TileTooFull, match=r"holds \d+ zones, over the limit of 10, and is not drawn in part"):
        draw_tile(heavy, *tile_at(6))


def test_the_page_is_told_to_load_tiles_only_for_levels_that_are_too_heavy(heavy, here):
    found = layer_spec(heavy, "zh")["levels"]
    light = [number for number in levels_of(heavy) if len(display_bytes(heavy, number)) <= levels.HEAVY_BYTES]
    assert len([level for level in found if "url" in level]) == len(light) < len(levels_of(heavy))
    assert found[-1]["tiles"].startswith("/map/tiles/control_unit/{z}/{x}/{y}.mvt?release=")
    assert all("url" in level for level in layer_spec(here.store.open("built_up_area"), "zh")["levels"])


def test_tiles_are_served_for_a_heavy_layer_alone_and_the_page_then_loads_what_draws_them(client, built, monkeypatch):
    z, x, y = tile_at(8)
    light = client.get(f"/map/tiles/control_unit/{z}/{x}/{y}.mvt")
    assert (light.status_code, light.json["code"]) == (404, "map_part_unknown")
    assert b"protomaps" not in client.get("/").data
    monkeypatch.setattr(levels, "HEAVY_BYTES", 20_000)
    client = create_app(built).test_client()  # with layers of its own, of which nothing is known yet
    tile = client.get(f"/map/tiles/control_unit/{z}/{x}/{y}.mvt", headers={"Accept-Encoding": "gzip"})
    page = client.get("/").get_data(as_text=True)
    whole = client.get("/map/layers/control_unit.geojson?level=2")
    assert tile.status_code == 200
    assert tile.headers["Content-Type"] == "application/vnd.mapbox-vector-tile"
    assert "/assets/protomaps/protomaps-leaflet.js" in page
    assert whole.status_code == 404


# ---- The tree --------------------------------------------------------------------------------------------------


class Tree(HTMLParser):
    """The legend's rows: for each kind its words, and the kinds that have a switch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: dict[str, str] = {}
        self.switches: set[str] = set()
        self.labels: set[str] = set()
        self._kind: str | None = None
        self.feed(text[text.index('id="legend"') : text.index('id="peek"')])

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "li" and "data-kind" in said:
            self._kind = said["data-kind"]
            self.rows[self._kind] = ""
        if said.get("class") == "tree__absents":
            self._kind = None
        if "data-switch" in said:
            self.switches.add(said["data-switch"])
        if tag == "label":
            self.labels.add(said["for"])

    def handle_data(self, data):
        if self._kind:
            self.rows[self._kind] += data


def test_every_kind_has_a_row_and_what_is_missing_says_so(client, here):
    tree = Tree(client.get("/?lang=zh").get_data(as_text=True))
    layers = here.store.snapshot().layers
    assert set(tree.rows) == set(here.store.catalogue)
    assert tree.switches == {layer.entry.kind for layer in shown_layers(layers)}
    assert {f"layer-{kind}" for kind in tree.switches} <= tree.labels
    for kind, layer in layers.items():
        assert ("未提供" in tree.rows[kind]) == (layer is None)
        if isinstance(layer, Layer) and kind in tree.switches:
            assert f"{len(layer.placed)} 个要素" in tree.rows[kind]


def test_a_layer_that_cannot_be_read_is_listed_with_the_reason_and_nothing_of_the_inside(own):
    next((own.layers / "data" / own.region / "scenic_area").glob("*.gpkg")).write_bytes(b"broken")
    page = create_app(own).test_client().get("/?lang=zh").get_data(as_text=True)
    assert "读取失败（版本" in Tree(page).rows["scenic_area"]
    assert "scenic_area" not in Tree(page).switches
    assert str(own.layers) not in page


def test_a_layer_for_answers_only_is_listed_as_such(own):
    folder = own.layers / "data" / own.region / "scenic_area"
    info, zones, coverage = read_release(folder, orjson.loads((folder / "current.json").read_bytes())["release"])
    write_release(folder, zones, coverage, **{**info.model_dump(exclude={"id"}), "publish": "result"})
    tree = Tree(create_app(own).test_client().get("/?lang=zh").get_data(as_text=True))
    assert "仅用于核对" in tree.rows["scenic_area"]


def test_a_region_without_layers_still_has_a_page_and_says_so(own, tmp_path):
    bare = replace(own, region="nowhere")
    (own.layers / "recipes" / "nowhere.yaml").write_text(
        (own.layers / "recipes" / f"{own.region}.yaml").read_text("utf-8"), "utf-8"
    )
    page = create_app(bare).test_client().get("/?lang=zh").get_data(as_text=True)
    assert "还没有可显示的图层" in page
    assert Tree(page).switches == set()


NEST = shapely.box(129.501234, 42.901234, 129.501345, 42.901335)


def test_what_may_only_be_seen_is_on_a_grid_everywhere(here):
    layer = here.store.open("protected_area")
    zone = replace(layer.placed[0], id="nest", geometry=NEST)
    wide = replace(layer.placed[0], id="wide", geometry=shapely.box(129.5012345, 42.91, 129.5033456, 42.9123))
    seen = Layer.of(layer.entry, layer.info.model_copy(update={"publish": "display"}), (zone, wide), layer.coverage)
    for shape in simplified(seen, 1):
        points = shapely.get_coordinates(shape) / (DISPLAY_DEGREES / 2.0)
        assert points == pytest.approx(points.round(), abs=1e-6)
        assert shape.area > 0.0
    assert box_of(zone, seen) == [129.501, 42.901, 129.502, 42.902]
    record = zone_record(seen, zone, here.book, date(2026, 11, 22), "public", {})
    assert (record["area_m2"], record["geojson"]) == (None, False)


def test_a_layer_that_was_replaced_is_let_go(here):
    layer = here.store.open("scenic_area")
    copy = Layer.of(layer.entry, layer.info, layer.zones, layer.coverage)
    simplified(copy, 0)
    is_heavy(copy, 0)
    gone = weakref.ref(copy)
    del copy
    gc.collect()
    assert gone() is None


def test_ground_on_a_grid_is_valid_ground_whatever_its_border(here):
    chance = np.random.default_rng(SEED)
    turns = np.linspace(0.0, 2.0 * np.pi, 90, endpoint=False)
    rays = chance.uniform(0.0005, 0.006, (20, 90))
    stars = [
        shapely.Polygon(np.column_stack([129.5 + ray * np.cos(turns), 43.0 + ray * np.sin(turns)])) for ray in rays
    ]
    seen = coarse(np.array(stars, dtype=object))
    assert shapely.is_valid(seen).all()
    assert not shapely.is_empty(seen).any()
    assert set(shapely.get_type_id(seen)) <= {3, 6}
