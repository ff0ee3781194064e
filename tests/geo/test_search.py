"""Finding zones by name and code, places by coordinate, and what every layer has at one place."""

from dataclasses import replace
from datetime import date

import pytest
import shapely
from samples import DAY, EVERYWHERE, make_entry, make_layer, make_zone

from geo.errors import LayersMissing, ReleaseError, SiteOutOfBounds
from geo.export.search import present_found, present_here
from geo.layers.store import BrokenLayer, Snapshot
from geo.search import LONGEST_QUERY, MOST_HITS, fold, search, zones_at
from geo.site import read_site

WEST, EAST = shapely.box(129.0, 42.0, 129.5, 43.0), shapely.box(129.5, 42.0, 130.0, 43.0)
NAMES = {"222401": "延吉市"}
UNITS = make_entry("control_unit", order=1)
PARKS = make_entry("protected_area", order=2)
SECRET = make_entry("basic_farmland", order=3)
COUNTIES = make_entry("county", order=9)


def named(key: str, ground, name: str, **changes):
    return replace(make_zone(key, ground, **changes), name=name)


def world(**more) -> Snapshot:
    units = [
        named("u1", WEST, "延吉市城镇重点管控单元（示意）", code="SY22240120001", counties=("222401",)),
        named("u2", EAST, "天池优先保护单元", code="SY22240110002"),
        named("u3", EAST, "天池优先保护单元", code="OLD", valid_to=date(2020, 1, 1)),
    ]
    parks = [
        named("p1", None, "天池公园", counties=("222401",)),
        named("p2", WEST, "天池"),
        named("p3", EAST, "天池（示意）"),
        named("p4", EAST, "Crane <b>Marsh</b>", official_code="ＡＢ１２"),
    ]
    county = named("c1", EVERYWHERE, "延吉市", code="222401", counties=("222401",))
    layers = {
        "control_unit": make_layer(units, entry=UNITS, kind="control_unit", provenance="illustrative", limits="sketch"),
        "protected_area": make_layer(parks, shapely.box(129.0, 42.0, 129.6, 43.0), entry=PARKS, kind="protected_area"),
        "basic_farmland": make_layer(
            [named("f1", WEST, "天池农田")], entry=SECRET, kind="basic_farmland", publish="result"
        ),
        "county": make_layer([county], entry=COUNTIES, kind="county"),
        **more,
    }
    return Snapshot(region="test", layers=layers)


CATALOGUE = {entry.kind: entry for entry in (UNITS, PARKS, SECRET, COUNTIES, make_entry("forest"))}


def found(query: str, snapshot: Snapshot | None = None) -> list[str]:
    return [hit.zone.id for hit in search(snapshot or world(), query, DAY).hits]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        pytest.param("SY22240120001", ["u1"], id="a code"),
        pytest.param("sy22240120001", ["u1"], id="a code in small letters"),
        pytest.param("ＳＹ２２２４０１２０００１", ["u1"], id="a code in full width"),
        pytest.param(" SY222401 20001\u3000", ["u1"], id="a code with blanks"),
        pytest.param("SY222401", ["u1", "u2"], id="the beginning of codes"),
        pytest.param("AB12", ["p4"], id="an official code"),
        pytest.param("天池", ["p2", "p3", "u2", "p1"], id="the exact name first, then the beginning"),
        pytest.param("延吉", ["c1", "u1"], id="a name but for one letter before longer ones"),
        pytest.param("重点管控", ["u1"], id="a part"),
        pytest.param("延吉 重点", ["u1"], id="two words"),
        pytest.param("重点 延吉", ["u1"], id="two words in another order"),
        pytest.param("marsh CRANE", ["p4"], id="Latin words in any case"),
        pytest.param("OLD", [], id="a zone of another day"),
        pytest.param("农田", [], id="a zone that only answers may tell of"),
        pytest.param("f1", [], id="the id of such a zone"),
        pytest.param("", [], id="nothing"),
        pytest.param("\u3000", [], id="blanks"),
        pytest.param(".*", [], id="no pattern"),
    ],
)
def test_zones_by_name_and_code(query, ids):
    assert found(query) == ids


def test_a_zone_without_a_place_is_found_and_says_so():
    view = present_found(search(world(), "天池公园", DAY), CATALOGUE, NAMES)
    (row,) = view["results"]
    assert (row["zone"], row["bbox"], row["placed"]) == ("p1", None, False)
    assert row["subtitle"] == "样例 · 延吉市 · 位置不明"


def test_a_result_says_where_it_lies():
    (row,) = present_found(search(world(), "SY22240120001", DAY), CATALOGUE, NAMES)["results"]
    assert row["bbox"] == [129.0, 42.0, 129.5, 43.0]
    assert row["sketch"] is True


def test_no_more_than_twenty_are_shown_and_the_rest_is_counted():
    many = make_layer([named(f"m{at:02}", WEST, f"湿地{at}") for at in range(30)], entry=PARKS)
    view = present_found(search(world(wetland=many), "湿地", DAY), CATALOGUE, NAMES)
    assert [row["zone"] for row in view["results"]] == [f"m{at:02}" for at in range(MOST_HITS)]
    assert view["total"] == 30
    assert view["notices"] == ["共 30 项，只列前 20 项；请写得更具体。"]


def test_a_long_query_is_cut():
    assert len(search(world(), "x" * 500, DAY).query) == LONGEST_QUERY


def test_a_layer_that_cannot_be_read_is_named():
    broken = BrokenLayer(make_entry("forest"), "r1", ReleaseError(layer="forest", release="r1", reason="gone"))
    view = present_found(search(world(forest=broken), "天池公园", DAY), CATALOGUE, NAMES, "en")
    assert view["notices"] == ["Layers that cannot be read and were not searched: Sample"]


@pytest.mark.parametrize(
    "query", ["129.25,42.5", "42.5 129.25", "129°15′E 42°30′N", "东经129度15分，北纬42度30分", "42°30′0″，129°15′0″"]
)
def test_a_coordinate_is_a_place(query):
    view = present_found(search(world(), query, DAY), CATALOGUE, NAMES)
    assert view["results"][0]["at"] == "129.25,42.5"
    assert view["results"][0]["kind"] == "place"


def test_a_coordinate_that_is_none_says_why():
    looked = search(world(), "12,13", DAY)
    assert (looked.place, looked.hits) == (None, ())
    assert isinstance(looked.fault, SiteOutOfBounds)
    assert "73–136°" in present_found(looked, CATALOGUE, NAMES)["notices"][0]


@pytest.mark.parametrize("query", ["POINT (129.25 42.5)", '{"type":"Point","coordinates":[129.25,42.5]}'])
def test_geometry_is_for_the_box_of_the_site(query):
    assert search(world(), query, DAY).place is None


def test_nothing_found_is_no_word_of_the_ground():
    (notice,) = present_found(search(world(), "无此地", DAY), CATALOGUE, NAMES)["notices"]
    assert "不等于那里没有限制" in notice


def test_folding_takes_out_what_is_not_seen():
    assert fold("Ａ\u200bb（c） Ｄ") == "ab(c)d"


# --- At one place -----------------------------------------------------------------------------------------------------


def here(at: str, snapshot: Snapshot | None = None) -> dict[str, dict]:
    snapshot = snapshot or world(forest=None)
    checks = zones_at(snapshot, read_site(at), DAY, 10.0)
    rows = present_here(checks, snapshot.layers, CATALOGUE, NAMES)
    assert [row["title"] for row in rows] == ["样例"] * len(rows)
    return dict(zip([kind for kind in checks if kind != "forest"] + ["forest"], rows, strict=True))


def ids(row: dict) -> list[str]:
    return [zone["zone"] for zone in row["zones"]]


def test_the_zones_of_every_layer_at_a_place():
    rows = here("129.25,42.5")
    assert (ids(rows["control_unit"]), rows["control_unit"]["text"]) == (["u1"], "压占示意界线")
    assert (ids(rows["protected_area"]), rows["protected_area"]["text"]) == (["p2"], "压占")
    assert ids(rows["county"]) == ["c1"]
    assert [zone["zone"] for zone in rows["protected_area"]["unplaced"]] == ["p1"]


def test_a_layer_without_data_there_says_so_and_not_that_it_is_clear():
    row = here("129.9,43.5")["protected_area"]
    assert (row["status"], row["text"], row["zones"]) == ("no_data_here", "无资料", [])


def test_a_layer_without_a_release_says_so():
    row = here("129.25,42.5")["forest"]
    assert (row["status"], row["text"]) == ("not_supplied", "未提供该图层")


def test_a_sketch_that_has_nothing_there_is_no_clearance():
    assert here("130.5,43.5")["control_unit"]["text"] == "示意未命中"


@pytest.mark.parametrize("at", ["129.25,42.5", "130.9,44.9"])
def test_a_layer_that_only_answers_tell_of_says_the_same_everywhere(at):
    row = here(at)["basic_farmland"]
    assert (row["status"], row["zones"], row["unplaced"]) == ("withheld", [], [])


def test_a_broken_layer_is_failed():
    broken = BrokenLayer(make_entry("forest"), "r1", ReleaseError(layer="forest", release="r1", reason="gone"))
    assert here("129.25,42.5", world(forest=broken))["forest"]["text"] == "检查失败"


def test_without_counties_no_place_is_named():
    with pytest.raises(LayersMissing):
        zones_at(world(county=None), read_site("129.25,42.5"), DAY, 10.0)
