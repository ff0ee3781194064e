"""What once went wrong: seams and points, conditions that nobody can judge, hostile text, damaged files."""

import contextlib
import shutil

import orjson
import pytest
import shapely
from pyproj import Geod
from samples import (
    DAY,
    KIND,
    VOCABULARY,
    make_book,
    make_entry,
    make_info,
    make_layer,
    make_project,
    make_rule,
    make_zone,
    release_words,
)

from geo.crs import read_epsg
from geo.errors import CatalogueError, FenquError, ReleaseError, RulebookError, SiteCrsUnknown
from geo.layers.releases import read_release, write_release
from geo.layers.store import BrokenLayer, Layer, LayerStore
from geo.overlay import Ground, LayerCheck, ZoneCheck, check_layer
from geo.rules.load import load_rulebook
from geo.rules.match import match_rules
from geo.rules.verdict import decide
from geo.settings import Settings
from geo.site import read_site
from geo.vocabulary import load_vocabulary

GEOD = Geod(ellps="GRS80")
B = shapely.box
COVERAGE = B(129.0, 42.0, 130.0, 43.0)
SQUARE = B(129.1, 42.1, 129.2, 42.2)


def fenqu_or_site(source, **k):
    try:
        site = read_site(source, **k)
        orjson.dumps(site.canonical())
    except FenquError:
        pass


# --- overlay

A, C = B(129, 43, 129.1, 43.1), B(129.1, 43, 129.2, 43.1)


def check(site, zones, entry=None, **info):
    return check_layer(make_layer(zones, entry=entry, **info), KIND, Ground(read_site(site)), DAY)


@pytest.mark.parametrize(
    "site",
    [
        "POLYGON ((129.09999 43.05, 129.10001 43.05, 129.10001 43.0501, 129.09999 43.0501, 129.09999 43.05))",
        "129.0999999,43.05",
    ],
)
def test_inside_the_union_of_two_adjoining_zones_of_one_class(site):
    zones = [make_zone("a", A, zone_class="class_1"), make_zone("c", C, zone_class="class_1")]
    assert check(site, zones, accuracy_m=10).status == "hit"  # one zone over the same ground gives hit


@pytest.mark.parametrize("other", ["129.1999 43.05", "129.20001 43.05"])
def test_multipoint_with_one_point_deep_inside(other):
    assert check(f"MULTIPOINT (129.05 43.05, {other})", [make_zone("a", A | C)], accuracy_m=10).status == "hit"


@pytest.mark.parametrize(("width", "tol"), [(0.3, 0.1), (0.05, 0.1), (0.01, 0.001)])
def test_distance_from_the_middle_of_a_long_edge_of_the_site(width, tol):
    middle = 129 + width / 2
    _lon, lat, _ = GEOD.fwd(middle, 43.01, 0, 400)
    found = check(
        B(129, 43, 129 + width, 43.01).wkt, [make_zone("z", B(middle - 0.001, lat, middle + 0.001, lat + 0.01))]
    )
    assert found.distance_m == pytest.approx(400.0, abs=tol)


def test_497_m_south_of_a_long_edge_is_near():
    _lon, lat, _ = GEOD.fwd(129.15, 43.0, 180, 497)
    assert check(B(129, 43, 129.3, 43.01).wkt, [make_zone("z", B(129.149, lat - 0.01, 129.151, lat))]).status == "near"


# --- verdict

CLASS_1 = make_zone("z1", None, zone_class="class_1")


def word(condition, **facts):
    found = LayerCheck(KIND, "hit", None, make_info(), "r1", 1.0, (ZoneCheck(CLASS_1, "hit"),))
    findings, threats = match_rules(
        make_book([make_rule(when_project=condition)]), {KIND: found}, make_project(None, **facts), DAY, "test"
    )
    return decide(findings, threats, False).word


def test_a_fact_that_data_would_answer_beside_one_that_the_sender_knows():
    condition = {"any": [{"on_list": True}, {"discharges_water": True}]}
    assert word(condition, on_list=False) == "needs_information"
    assert word(condition) == "needs_information"  # less is known: must not be milder


def test_taking_back_a_fact_that_data_would_answer():
    condition = {"on_list": True}
    assert word(condition, on_list=True) == "prohibited"
    assert word(condition) in ("needs_information", "needs_review")


@pytest.mark.parametrize(
    "condition", [{"industry_group": "nobody"}, {"nature": {"gt": 3}}, {"nature": "neu"}, {"chimney_m": "high"}]
)
def test_a_book_refuses_a_condition_that_can_never_be_judged(condition):
    with pytest.raises(RulebookError):
        make_book([make_rule(when_project=condition)])


# --- site


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("\ud800", id="surrogate text"),
        pytest.param(
            {
                "type": "Feature",
                "properties": {"role": "\ud800"},
                "geometry": {"type": "Point", "coordinates": [129.5, 42.9]},
            },
            id="surrogate role",
        ),
        pytest.param({"type": "Point", "coordinates": [10**400, 42]}, id="huge int"),
        pytest.param('{"type":"Polygon","coordinates":' + "[" * 1000 + "]" * 1000 + "}", id="nested 1000"),
        pytest.param('{"type":"Polygon","coordinates":' + "[" * 500 + "]" * 500 + "}", id="nested 500"),
        pytest.param('{"type":"FeatureCollection","features":[' + "[" * 1005 + "]" * 1005 + "]}", id="nested feature"),
        pytest.param('{"type":"Feature","geometry":' + "[" * 1005 + "]" * 1005 + "}", id="nested geometry"),
        pytest.param('{"type":"Point","coordinates":[129,42],"crs":' + "[" * 1005 + "]" * 1005 + "}", id="nested crs"),
        pytest.param('{"type":' + "[" * 1005 + "]" * 1005 + "}", id="nested type"),
        pytest.param("POLYGON ((129 42, 130 42, nan 43, 129 42))", id="WKT nan: RuntimeWarning of numpy"),
        pytest.param("POINT (1e999 42)", id="WKT 1e999: RuntimeWarning of numpy"),
    ],
)
def test_site_or_fenqu_error(source):
    fenqu_or_site(source, width_m=5.0)


@pytest.mark.parametrize("crs", ["GCJ02:4490", "BD09:4326", "ESRI:4490", "xCRS84"])
def test_other_authorities_are_refused(crs):
    with pytest.raises(SiteCrsUnknown):
        read_epsg(crs)


def test_an_srid_before_geojson_is_not_dropped():
    try:
        site = read_site('SRID=4326;{"type":"Point","coordinates":[129.5,42.9]}')
    except FenquError:
        return
    assert site.crs == "EPSG:4326"


def test_heights_of_projected_coordinates_are_said_to_be_dropped():
    site = read_site("SRID=4552;POINT Z (540000 4750000 100)")
    assert [n.code for n in site.notices] == ["heights_dropped"]


def test_wkt_of_a_collection_says_that_it_is_one():
    with pytest.raises(FenquError, match="which cannot be screened"):
        read_site("GEOMETRYCOLLECTION (POINT (129.5 42.9))")


def test_text_after_nul_is_not_ignored():
    with pytest.raises(FenquError):
        read_site("POINT (129.5 42.9)\0 and more")


# --- releases and store


def roundtrip(tmp_path, zones, coverage=COVERAGE):
    info = write_release(tmp_path / KIND, zones, coverage, **release_words(region="test", layer=KIND))
    return read_release(tmp_path / KIND, info.id)


@pytest.mark.parametrize(
    "coverage",
    [
        pytest.param(shapely.MultiPolygon([B(129, 42, 130, 43), B(131, 42, 132, 43)]), id="multi"),
        pytest.param(shapely.MultiPolygon([B(131, 42, 132, 43), B(129, 42, 130, 43)]), id="multi backwards"),
    ],
)
def test_a_coverage_of_two_parts(tmp_path, coverage):
    assert roundtrip(tmp_path, [make_zone("a", SQUARE)], coverage)[2].equals(coverage)


@pytest.mark.parametrize("changes", [{"official_area_m2": 100}, {"accuracy_m": 5}])
def test_a_whole_number(tmp_path, changes):
    roundtrip(tmp_path, [make_zone("a", SQUARE, **changes)])


def test_an_empty_polygon_is_no_place(tmp_path):
    roundtrip(tmp_path, [make_zone("a", shapely.Polygon())])


def test_a_release_that_cannot_be_read_back_never_becomes_current(tmp_path):
    write_release(tmp_path / KIND, [make_zone("a", SQUARE)], COVERAGE, **release_words(region="test", layer=KIND))
    with contextlib.suppress(Exception):
        write_release(
            tmp_path / KIND, [make_zone("a", SQUARE, code="x\0y")], COVERAGE, **release_words(region="test", layer=KIND)
        )
    now = orjson.loads((tmp_path / KIND / "current.json").read_bytes())["release"]
    read_release(tmp_path / KIND, now)


def tampered(tmp_path, **said):
    info = write_release(
        tmp_path / KIND, [make_zone("a", SQUARE)], COVERAGE, **release_words(region="test", layer=KIND)
    )
    path = tmp_path / KIND / f"{info.id}.json"
    path.write_bytes(orjson.dumps(orjson.loads(path.read_bytes()) | said))
    return info


def test_another_id_in_the_json_is_found_out(tmp_path):
    info = tampered(tmp_path, id="0000000000000000")
    with pytest.raises(ReleaseError):
        read_release(tmp_path / KIND, info.id)


def test_a_release_in_the_folder_of_another_layer(tmp_path):
    info = write_release(
        tmp_path / "test" / KIND, [make_zone("a", SQUARE)], COVERAGE, **release_words(region="test", layer=KIND)
    )
    shutil.copytree(tmp_path / "test" / KIND, tmp_path / "test" / "red_line")
    with pytest.raises(ReleaseError):
        read_release(tmp_path / "test" / "red_line", info.id)


def test_a_geopackage_whose_registers_are_gone(tmp_path):
    import sqlite3

    info = write_release(
        tmp_path / KIND, [make_zone("a", SQUARE)], COVERAGE, **release_words(region="test", layer=KIND)
    )
    with sqlite3.connect(tmp_path / KIND / f"{info.id}.gpkg") as c:
        c.execute("delete from gpkg_contents")
        c.execute("delete from gpkg_geometry_columns")
    with pytest.raises(ReleaseError):
        read_release(tmp_path / KIND, info.id)


@pytest.fixture
def store(tmp_path):
    return LayerStore(Settings(layers=tmp_path, region="test"), {KIND: make_entry()})


def test_a_restored_json_mends_the_layer(store, tmp_path):
    info = write_release(
        store.folder / KIND, [make_zone("a", SQUARE)], COVERAGE, **release_words(region="test", layer=KIND)
    )
    path = store.folder / KIND / f"{info.id}.json"
    path.rename(tmp_path / "aside")
    assert isinstance(store.open(KIND), BrokenLayer)
    (tmp_path / "aside").rename(path)
    assert isinstance(store.open(KIND), Layer)


def test_a_nul_in_the_name_of_the_current_release(store):
    write_release(store.folder / KIND, [make_zone("a", SQUARE)], COVERAGE, **release_words(region="test", layer=KIND))
    (store.folder / KIND / "current.json").write_bytes(b'{"release": "a\\u0000b"}')
    assert isinstance(store.open(KIND), BrokenLayer)


def test_writing_again_mends_a_damaged_file(tmp_path):
    info = write_release(
        tmp_path / KIND, [make_zone("a", SQUARE)], COVERAGE, **release_words(region="test", layer=KIND)
    )
    (tmp_path / KIND / f"{info.id}.gpkg").write_bytes(b"half a file")
    write_release(tmp_path / KIND, [make_zone("a", SQUARE)], COVERAGE, **release_words(region="test", layer=KIND))
    read_release(tmp_path / KIND, info.id)


# --- vocabulary and book


def test_a_vocabulary_saved_as_gbk(tmp_path):
    (tmp_path / "facts.yaml").write_bytes(
        "facts:\n  a: {type: bool, group: land, question: {zh: 规则, ko: x, en: x}}\n".encode("gbk")
    )
    (tmp_path / "industry_groups.yaml").write_text("groups: {}\n")
    (tmp_path / "industries.csv").write_text("code,name_zh\nC1,x\n")
    with pytest.raises(CatalogueError):
        load_vocabulary(tmp_path)


def test_a_rule_file_saved_as_gbk(tmp_path):
    (tmp_path / "rules" / "state").mkdir(parents=True)
    (tmp_path / "rules" / "state" / "x.yaml").write_bytes("# 规则\n".encode("gbk"))
    with pytest.raises(RulebookError, match=r"x\.yaml"):
        load_rulebook(Settings(layers=tmp_path))


def test_an_underscore_is_no_digit():
    with pytest.raises(FenquError):
        VOCABULARY.value("chimney_m", "1_0")
