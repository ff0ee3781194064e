"""One zone with all that is known of it, and the rules that speak of it."""

from dataclasses import replace
from datetime import date

import pytest
import shapely
from samples import DAY, TEXT, by, make_book, make_entry, make_layer, make_rule, make_zone

from geo.export.zone import present_zone, zone_record
from geo.rules.load import Rulebook

SQUARE = shapely.box(129.5, 42.9, 129.6, 43.0)
NAMES = {"222401": "延吉市"}
RULES = [
    make_rule("any.building"),
    make_rule("first.building", where={"zone_class": "class_1"}, effect="restricted", dimension="discharge"),
    make_rule("second.building", where={"zone_class": "class_2"}),
    make_rule("belt.cutting", where={"belt_kind": "a"}, effect="conditional"),
    make_rule("near.building", when={"near": True}, effect="noted"),
    make_rule("lapsed.plan", versions=by("old_plan"), effect="restricted"),
    make_rule("other.layer", layer="red_line"),
]
ENTRY = make_entry(attributes={"zone_class": ("class_1", "class_2"), "belt_kind": ("a", "b")})


def book(rules, **kinds):
    made = make_book(rules, **kinds)
    documents = {name: {**said, "title": TEXT} for name, said in made.data["documents"].items()}
    return Rulebook.of({**made.data, "documents": documents})


def record(zone, audience: str = "public", **info):
    layer = make_layer([zone], entry=info.pop("entry", ENTRY), **info)
    return zone_record(layer, zone, book(RULES), DAY, audience, NAMES)


def rules(said) -> dict[str, list[str]]:
    return {row["rule"]: row["lacking"] for row in said["rules"]}


def test_the_rules_of_its_class_speak_of_it_and_what_is_unknown_leaves_them_open():
    said = rules(record(make_zone("z", SQUARE, zone_class="class_1")))
    assert said == {
        "any.building": [], "first.building": [], "belt.cutting": ["belt_kind"], "near.building": [], "lapsed.plan": [],
    }  # fmt: skip


def test_nothing_known_leaves_all_filters_open_and_rules_none_out():
    said = rules(record(make_zone("z", SQUARE)))
    assert said["first.building"] == said["second.building"] == ["zone_class"]


def test_the_gravest_rule_comes_first_and_each_says_what_it_hangs_on():
    view = present_zone(record(make_zone("z", SQUARE, zone_class="class_1")), book(RULES))
    layout = view["groups"][0]
    assert layout["title"] == "空间布局约束"
    assert [row["rule"] for row in layout["rows"]] == ["any.building", "lapsed.plan", "near.building"]
    assert layout["rows"][2]["notes"] == ["涉及其附近的选址"]
    assert layout["rows"][1]["notes"][0].startswith("文件已到期，有无接续文件")
    assert [(row["rule"], row["notes"]) for row in view["undecided"]] == [
        ("belt.cutting", ["是否适用取决于不明的属性：防护林种类"])
    ]


def test_both_areas_are_told_apart():
    zone = make_zone("z", SQUARE, official_area_m2=90_000_000.0)
    said = record(zone)
    rows = {row["label"]: row for row in present_zone(said, book(RULES))["rows"]}
    assert rows["官方面积"]["text"] == "90.00 km²"
    assert rows["计算面积"]["text"] == f"{said['area_m2'] / 1e6:.2f} km²"
    assert 90.6e6 < said["area_m2"] < 91.0e6  # 8.16 km by 11.11 km


@pytest.mark.parametrize(
    ("zone", "info", "text"),
    [
        pytest.param(make_zone("z", None), {}, "无法计算：位置不明", id="no place"),
        pytest.param(
            make_zone("z", SQUARE), {"whereabouts": True}, "未计算：图上只是它所在的大致范围", id="whereabouts"
        ),
    ],
)
def test_an_area_that_nobody_knows_is_not_made_up(zone, info, text):
    said = record(zone, **info)
    assert said["area_m2"] is None
    assert text in [row["text"] for row in present_zone(said, book(RULES))["rows"]]


UNIT = make_entry("control_unit", attributes={"zone_class": ("priority", "key", "general")})
LISTED = {"list_layout": "1.禁止新建化工项目；2.限制采矿。", "list_risk": "建立预案。"}


def unit(**changes):
    return replace(make_zone("ZH1", SQUARE, **changes), layer="control_unit")


def unit_view(zone, **info):
    units = book([make_rule("unit.any", layer="control_unit")], kinds=("control_unit", "county"))
    layer = make_layer([zone], entry=UNIT, kind="control_unit", **info)
    return present_zone(zone_record(layer, zone, units, DAY, "public", NAMES), units)


def test_an_imported_list_stands_clause_by_clause():
    view = unit_view(unit(attributes=LISTED))
    assert view["lists"] == [
        {"dimension": "空间布局约束", "clauses": ["1.禁止新建化工项目；", "2.限制采矿。"]},
        {"dimension": "环境风险防控", "clauses": ["建立预案。"]},
    ]
    assert view["no_list"] is None
    assert not any("list_" in row["label"] for row in view["rows"])


def test_a_sketched_unit_has_no_list_whatever_it_holds():
    view = unit_view(unit(attributes=LISTED), provenance="illustrative", limits="sketch")
    assert view["lists"] == []
    assert view["no_list"].startswith("示意单元无准入清单")


def test_a_unit_without_an_imported_list_is_not_free_of_one():
    assert "不等于没有要求" in unit_view(unit())["no_list"]


def test_a_zone_of_another_day_says_so():
    assert record(make_zone("z", SQUARE, valid_to=date(2020, 1, 1)))["in_force"] is False


@pytest.mark.parametrize(
    ("publish", "audience", "handed_out"),
    [("full", "public", True), ("display", "public", False), ("display", "internal", True)],
)
def test_its_geometry_follows_the_publication(publish, audience, handed_out):
    assert record(make_zone("z", SQUARE), audience, publish=publish)["geojson"] is handed_out
