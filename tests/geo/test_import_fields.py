"""Columns and values of real systems by the engine's names: aliases, cut headers, domains, units, dates, and doubts."""

import shutil
import time
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from pyproj import CRS

from geo.errors import CatalogueError, SourceFieldUnknown
from geo.importing.faults import Fault
from geo.importing.fields import FieldBook, by_field, load_fields, map_rows
from geo.importing.source import Source
from geo.layers.catalogue import load_catalogue
from geo.settings import ROOT

CATALOGUE = load_catalogue(ROOT / "layers" / "catalogue")
BOOK = load_fields(ROOT / "layers" / "vocabulary", CATALOGUE)
UNIT = {"HJGKDYBM": ["ZH99900120001"], "HJGKDYMC": ["某某重点管控单元"], "ZHGKDYFL": ["2"]}


def source(columns: dict[str, list], faults: tuple[Fault, ...] = ()) -> Source:
    frame = pd.DataFrame(columns, dtype=object)
    return Source("units.shp", CRS.from_epsg(4490), "GBK", frame, np.full(len(frame), None), faults)


def read(columns: dict[str, list], kind="control_unit", **overrides: str):
    return map_rows(source(columns), kind, BOOK, overrides)


def values(columns: dict[str, list], kind="control_unit", **overrides: str) -> list[dict[str, str]]:
    return [dict(row.values) for row in read(columns, kind, **overrides)[0]]


def found(columns: dict[str, list], code: str, kind="control_unit") -> list[Fault]:
    return [fault for fault in read(columns, kind)[1] if fault.code == code]


# Headers


@pytest.mark.parametrize(
    ("headers", "named"),
    [
        pytest.param(
            ["HJGKDYBM", "HJGKDYMC", "COUNTY", "REMARKS"],
            {"code": "ZH99900110001", "name": "一", "county": "某县", "zone_class": "priority"},
            id="a viewer, with the class among the remarks",
        ),
        pytest.param(
            ["HJZHGKDYBM", "HJZHGKDYMC", "AREA", "ZHGKDYFL"],
            {"code": "ZH99900110001", "name": "一", "county": "某县", "zone_class": "priority"},
            id="a platform, with the county as AREA",
        ),
        pytest.param(
            ["环境管控单元编码", " 环境管控单元名称\n", "区县", "管控单元分类"],
            {"code": "ZH99900110001", "name": "一", "county": "某县", "zone_class": "priority"},
            id="Chinese headers with a line end",
        ),
        pytest.param(
            ["ｈｊｇｋｄｙｂｍ", "hjgkdymc", "\ufeff县", "zone_class"],
            {"code": "ZH99900110001", "name": "一", "county": "某县", "zone_class": "priority"},
            id="full width, lower case, a byte order mark, an engine name",
        ),
        pytest.param(
            ["环境综合管", "环境综合_1", "区县", "管控单元分"],
            {"code": "ZH99900110001", "name": "一", "county": "某县", "zone_class": "priority"},
            id="cut to 10 bytes of GBK, numbered where two became one",
        ),
        pytest.param(
            ["环境管", "单元名", "区县", "单元类"],
            {"code": "ZH99900110001", "name": "一", "county": "某县", "zone_class": "priority"},
            id="cut to 10 bytes of UTF-8, told apart by the values",
        ),
    ],
)
def test_headers_of_control_units(headers, named):
    cells = ["ZH99900110001", "一", "某县", "优先"]
    assert values({header: [cell] for header, cell in zip(headers, cells, strict=True)}) == [named]


@pytest.mark.parametrize(
    ("kind", "columns", "named"),
    [
        (
            "red_line",
            {"XQBH": ["01"], "XQMC": ["某红线"], "类型": ["水源涵养"], "行政区": ["某县"]},
            {"code": "01", "name": "某红线", "basis": "水源涵养", "county": "某县"},
        ),
        (
            "water_source_zone",
            {"水源地名称": ["某水库"], "功能类型": ["一级保护区"], "管控措施": ["禁止排污"]},
            {"name": "某水库", "zone_class": "class_1", "remark": "禁止排污"},
        ),
        (
            "protected_area",
            {"自然保护地名称": ["某保护区"], "类型": ["自然保护区"], "级别": ["国家级"], "功能分区": ["核心区"]},
            {"name": "某保护区", "area_kind": "nature_reserve", "level": "national", "zone_class": "legacy_core"},
        ),
        (
            "basic_farmland",
            {"JBNTTBBH": ["7"], "XZQDM": ["999001100200"], "TBMJ": [12000.5], "PZRQ": ["20230401"]},
            {"code": "7", "county": "999001", "area": "12000.5", "area_unit": "m2", "area_m2": "12000.5"}
            | {"valid_from": "2023-04-01"},
        ),
        ("shelter_belt", {"林带名称": ["某林带"], "二级林种": ["护岸林"]}, {"name": "某林带", "belt_kind": "bank"}),
        ("county", {"XZQDM": ["999001"], "XZQMC": ["某县"]}, {"code": "999001", "name": "某县"}),
    ],
    ids=["red line", "water source", "protected area", "farmland", "shelter belt", "county"],
)
def test_headers_of_other_kinds(kind, columns, named):
    (row,) = values(columns, kind)
    assert row.items() >= named.items()


def test_what_was_read_as_what_is_told():
    told = found(UNIT | {"单位\n": ["x"], "OBJECTID": [1]}, "header_mapped")
    assert {(fault.facts["header"], fault.field) for fault in told} == {
        ("HJGKDYBM", "code"),
        ("HJGKDYMC", "name"),
        ("ZHGKDYFL", "zone_class"),
    }
    assert {fault.severity for fault in told} == {"notice"}


def test_a_header_left_aside_is_told_and_that_of_the_software_is_not():
    (unused,) = found(UNIT | {"电话": ["1"], "OBJECTID": [1], "Shape_Area": [0.1]}, "field_unused")
    assert (unused.severity, unused.field, unused.facts) == ("notice", "电话", {"header": "电话", "values": "1"})


def test_a_dirty_header_is_told():
    (dirty,) = found(UNIT | {"空间布局约束\n": ["x"]}, "header_dirty")
    assert (dirty.field, dirty.facts) == ("list_layout", {"header": "空间布局约束\\n", "read_as": "空间布局约束"})


def test_a_needed_field_that_is_missing():
    (missing,) = found({"HJGKDYBM": ["ZH99900120001"], "HJGKDYMC": ["x"]}, "field_missing")
    assert (missing.severity, missing.field, missing.facts["kind"]) == ("error", "zone_class", "control_unit")
    assert "ZHGKDYFL" in missing.facts["known"]
    assert not found(UNIT, "field_missing")


@pytest.mark.parametrize(
    ("cells", "field", "word"),
    [
        pytest.param(["某县", "另县"], "county", "某县", id="names"),
        pytest.param([12.5, 7], "area", "12.5", id="numbers"),
        pytest.param([999001, 999002], "county", "999001", id="codes of counties"),
    ],
)
def test_a_header_of_two_meanings_is_what_its_values_are(cells, field, word):
    columns = {name: cell * 2 for name, cell in UNIT.items()} | {"AREA": cells}
    assert values(columns)[0][field] == word
    (told,) = found(columns, "header_by_values")
    assert (told.severity, told.facts["header"], told.facts["field"]) == ("notice", "AREA", field)


def test_a_header_whose_values_are_of_both_meanings_is_left_and_told():
    columns = {name: cell * 2 for name, cell in UNIT.items()} | {"AREA": ["某县", 12.5]}
    (told,) = found(columns, "header_ambiguous")
    assert told.severity == "warning"
    assert set(str(told.facts["fields"]).split(", ")) == {"area", "county"}
    assert not {"area", "county"} & values(columns)[0].keys()


def test_two_columns_of_one_field_that_agree_complete_each_other():
    columns = {"HJGKDYBM": ["ZH99900120001", None], "环境管控单元编码": [None, "ZH99900120002"]}
    assert [row["code"] for row in values(columns)] == ["ZH99900120001", "ZH99900120002"]
    assert not found(columns, "field_twice")


def test_two_columns_of_one_field_that_differ():
    columns = {"HJGKDYMC": ["一", "二"], "环境管控单元名称": ["一", "三"]}
    (twice,) = found(columns, "field_twice")
    assert (twice.severity, twice.field) == ("error", "name")
    assert twice.facts == {
        "field": "name",
        "headers": "HJGKDYMC, 环境管控单元名称",
        "rows": 1,
        "first": 2,
        "values": "二 / 三",
    }


def test_a_class_spelled_in_two_ways_is_one():
    assert not found(UNIT | {"环境管控单元分类": ["重点管控单元"]}, "field_twice")


def test_a_name_of_the_kind_goes_before_one_of_any():
    columns = UNIT | {"名称": ["别的"]}
    assert values(columns)[0]["name"] == "某某重点管控单元"
    assert [fault.field for fault in found(columns, "field_unused")] == ["名称"]


def test_the_code_of_a_county_goes_before_its_name():
    columns = UNIT | {"县名称": ["某县"], "县代码": ["999001"]}
    assert values(columns)[0]["county"] == "999001"
    assert not found(columns, "field_twice")


def test_columns_that_go_on_are_joined_in_their_order():
    columns = UNIT | {"KJBJYS": ["禁止新", "a"], "KJBJYS_2": ["建扩", None], "KJBJYS_3": ["建。", "b"]}
    columns |= {name: cell * 2 for name, cell in UNIT.items()}
    assert [row["list_layout"] for row in values(columns)] == ["禁止新建扩建。", "ab"]
    assert not found(columns, "field_twice")


def test_the_operators_word_wins():
    columns = UNIT | {"电话": ["别名"]}
    assert values(columns, name="电话")[0]["name"] == "别名"
    _, faults = read(columns, name="电话")
    assert [fault.field for fault in faults if fault.code == "field_unused"] == ["HJGKDYMC"]


@pytest.mark.parametrize(("field", "header"), [("nonsense", "HJGKDYMC"), ("name", "NONSENSE")])
def test_an_override_that_names_nothing(field, header):
    with pytest.raises(SourceFieldUnknown, match=f"“{field}” = “{header}”.*HJGKDYBM, HJGKDYMC, ZHGKDYFL"):
        read(UNIT, **{field: header})


# Values


@pytest.mark.parametrize(
    ("spelled", "value"),
    [
        ("1", "priority"), (1, "priority"), (1.0, "priority"), ("优先", "priority"), ("优先保护单元 ", "priority"),
        ("２", "key"), ("重点\n管控单元", "key"), (3, "general"), ("一般管控", "general"), ("GENERAL", "general"),
    ],
)  # fmt: skip
def test_classes_of_control_units(spelled, value):
    assert values(UNIT | {"ZHGKDYFL": [spelled]})[0]["zone_class"] == value


@pytest.mark.parametrize("kind", [kind for kind, entry in CATALOGUE.items() if entry.attributes])
def test_every_closed_value_of_the_catalogue_is_understood_by_its_title(kind):
    entry = CATALOGUE[kind]
    for name, domain in entry.attributes.items():
        assert set(BOOK.spellings(kind, name).values()) == set(domain)
        assert [row[name] for row in values({name: list(domain)}, kind)] == list(domain)
    for value, told in entry.classes.items():
        for title in (told.title.zh, told.title.ko, told.title.en):
            assert values({"zone_class": [title]}, kind)[0]["zone_class"] == value


def test_the_two_zones_and_the_three_are_told_apart():
    words = ["核心保护区", "核心区", "一般控制区", "缓冲区", "实验区"]
    assert [row["zone_class"] for row in values({"name": words, "功能区": words}, "protected_area")] == [
        "core_zone", "legacy_core", "general_zone", "legacy_buffer", "legacy_experimental",
    ]  # fmt: skip


def test_a_value_that_is_none_of_the_domain():
    columns = {name: cell * 3 for name, cell in UNIT.items()} | {"ZHGKDYFL": ["2", "优先保护单园", "四"]}
    near, far = found(columns, "value_unknown")
    assert (near.severity, near.row, near.field, near.proposed) == ("error", 2, "zone_class", "priority")
    assert near.facts == {"header": "ZHGKDYFL", "value": "优先保护单园", "known": "priority, key, general"}
    assert (far.row, far.proposed) == (3, None)
    assert [row.get("zone_class") for row in values(columns)] == ["key", None, None]


@pytest.mark.parametrize(
    ("header", "cell", "area", "unit", "area_m2"),
    [
        pytest.param("面积（公顷）", "1,250.5", "1250.5", "ha", 12_505_000.0, id="hectares in the header"),
        pytest.param("面积(km²)", 3, "3.0", "km2", 3e6, id="square kilometres"),
        pytest.param("面积km2", "3", "3.0", "km2", 3e6, id="without a sign between"),
        pytest.param("面积_平方公里", "3", "3.0", "km2", 3e6, id="behind a dash"),
        pytest.param("AREA_HA", 2.5, "2.5", "ha", 25_000.0, id="a suffix"),
        pytest.param("面积（亩）", "15", "15.0", "mu", 10_000.0, id="mu"),
        pytest.param("MJ", "12.5公顷", "12.5", "ha", 125_000.0, id="the unit in the cell"),
        pytest.param("面积（亩）", "1公顷", "1.0", "ha", 10_000.0, id="the cell goes before the header"),
        pytest.param("面积", 7, "7.0", None, None, id="no unit is not guessed"),
    ],
)
def test_areas_with_their_units(header, cell, area, unit, area_m2):
    (row,) = values(UNIT | {header: [cell]})
    assert (row["area"], row.get("area_unit")) == (area, unit)
    assert float(row["area_m2"]) == pytest.approx(area_m2) if area_m2 else "area_m2" not in row


@pytest.mark.parametrize("cell", ["约12", "12-15", "-3", "十二", "12里", "12,5", "3万亩"])
def test_an_area_that_is_no_number(cell):
    (told,) = found(UNIT | {"面积（公顷）": [cell]}, "number_unreadable")
    assert (told.severity, told.row, told.field, told.facts["value"]) == ("error", 1, "area", cell)


@pytest.mark.parametrize(
    "cell",
    [
        "2024-06-30",
        "2024/6/30",
        "20240630",
        20240630,
        "2024年6月30日",
        "2024.06.30",
        "2024-06-30 00:00:00",
        "2024-06-30T08:15:00",
        "2024-06-29T16:30:00Z",
        "2024-06-30T00:30:00+08:00",
        datetime(2024, 6, 30, 8, 15),
        datetime(2024, 6, 29, 16, tzinfo=UTC),
        date(2024, 6, 30),
        datetime(2024, 6, 30),
    ],
    ids=str,
)
def test_days(cell):
    assert values(UNIT | {"批复日期": [cell]})[0]["valid_from"] == "2024-06-30"


@pytest.mark.parametrize("cell", ["2024", "30/06/2024", "2024-13-01", "00000000", "去年"])
def test_a_day_that_is_none(cell):
    (told,) = found(UNIT | {"批复日期": [cell]}, "date_unreadable")
    assert (told.severity, told.row, told.field, told.facts["value"]) == ("error", 1, "valid_from", cell)


@pytest.mark.parametrize("cell", [None, "", "  ", "<Null>", "/", float("nan"), "—"])
def test_a_cell_that_says_nothing_is_absent(cell):
    assert "name" not in values(UNIT | {"HJGKDYMC": [cell]})[0]


def test_codes_lose_blanks_and_full_width_and_names_do_not():
    (row,) = values({"HJGKDYBM": [" ｚｈ999001 20001\n"], "HJGKDYMC": [" 某（县） 单元\n"], "ZHGKDYFL": [2]})
    assert (row["code"], row["name"]) == ("ZH99900120001", "某（县） 单元")


def test_rows_are_numbered_as_in_the_source():
    columns = {name: cell * 3 for name, cell in UNIT.items()}
    assert [row.number for row in read(columns)[0]] == [1, 2, 3]
    assert read({"HJGKDYBM": []})[0] == ()
    assert [dict(row.values) for row in map_rows(source({"x": ["1"]}), "red_line", BOOK)[0]] == [{}]


def test_faults_of_the_source_get_the_engines_names():
    cut = Fault("text_cut", "warning", row=1, facts={"header": "KJBJYS", "width": 254, "ending": "禁止"})
    other = Fault("crs_wgs84", "notice", facts={"crs": "EPSG:4326"})
    told = read(UNIT | {"KJBJYS": ["x"]})[1]
    aside = Fault("undecodable", "error", row=1, field="电话", facts={"header": "电话"})
    named = by_field((cut, other, aside), told)
    assert [(fault.field, fault.severity) for fault in named] == [
        ("list_layout", "warning"), (None, "notice"), ("电话", "notice"),
    ]  # fmt: skip


def test_the_parts_of_a_code():
    form = BOOK.form("control_unit")
    assert (form.county("ZH99900120001"), form.zone_class("ZH99900120001")) == ("999001", "key")
    assert form.matches("ZH99900120001")
    for broken in ("ZH99900140001", "ZH9990012000", "SY99900120001", "ZH999001２0001"):
        assert not form.matches(broken)
        assert (form.county(broken), form.zone_class(broken)) == (None, None)
    assert BOOK.form("red_line") is None


def test_exported_names_fit_a_shapefile_and_are_read_again():
    for kind in CATALOGUE:
        for name, header in BOOK.export(kind).items():
            assert len(header) <= 10
            assert name in BOOK.aliases(kind)[header.casefold()], (kind, name)


def test_twenty_thousand_rows_take_well_under_a_second():
    count = 20_000
    columns = {
        "HJGKDYBM": [f"ZH9990012{n:04d}" for n in range(count)],
        "HJGKDYMC": [f"单元{n}" for n in range(count)],
        "ZHGKDYFL": [str(1 + n % 3) for n in range(count)],
        "面积（公顷）": [n / 7 for n in range(count)],
        "批复日期": ["2024-06-30"] * count,
        **{
            header: [f"要求{n % 50}" * 30 for n in range(count)]
            for header in ("KJBJYS", "PWWPFGK", "HJFXFK", "ZYKFXLYQ")
        },
    }
    big = source(columns)
    least = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        rows, _ = map_rows(big, "control_unit", BOOK)
        least = min(least, time.perf_counter() - start)
    assert len(rows) == count
    assert least < 1.0


# The file


def told_of(tmp_path: Path, changed) -> str:
    folder = tmp_path / "vocabulary"
    shutil.copytree(ROOT / "layers" / "vocabulary", folder)
    content = yaml.safe_load((folder / "fields.yaml").read_text("utf-8"))
    changed(content)
    (folder / "fields.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    with pytest.raises(CatalogueError) as error:
        load_fields(folder, CATALOGUE)
    return str(error.value)


def change(*path: str, **values):
    """What changes one mapping of the file."""

    def apply(content) -> None:
        for key in path:
            content = content[key]
        content.update(values)

    return apply


def drop(*path: str):
    """What takes one key out of the file."""

    def apply(content) -> None:
        for key in path[:-1]:
            content = content[key]
        content.pop(path[-1])

    return apply


RED, GRASS = ("kinds", "red_line"), ("kinds", "grassland")
KINDS = (*GRASS, "values", "grassland_kind")
CODE = ("kinds", "control_unit", "code")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param(change("kinds", moon={}), "moon: the catalogue has no such kind", id="a kind"),
        pytest.param(change(*RED, "fields", colour={}), "red_line: no such fields: colour", id="a field"),
        pytest.param(change(*RED, needed=["colour"]), "red_line: no such fields: colour", id="a needed field"),
        pytest.param(
            change(*RED, "fields", "name", "aliases", hearsay=["x"]), "no such sources: hearsay", id="a source"
        ),
        pytest.param(change("kinds", "any", "fields", "area", "unit_of", MJ="acre"), "such units: acre", id="a unit"),
        pytest.param(change(*RED, "fields", "name", export="XQBH"), "one name for export", id="an export twice"),
        pytest.param(change(*RED, "fields", "name", export="MORE_THAN_TEN"), "export", id="an export too long"),
        pytest.param(drop(*KINDS, "other"), "the catalogue's values are basic, other", id="a value less"),
        pytest.param(drop(*GRASS, "values"), "grassland: no spellings of grassland_kind", id="no values"),
        pytest.param(change(*KINDS, "other", usual=["基本草原"]), "基本草原 means two values", id="spelled twice"),
        pytest.param(change(*CODE, pattern="("), "the pattern of codes is broken", id="a pattern"),
        pytest.param(change(*CODE, classes={"1": "red"}), "a class that the catalogue does not have", id="a class"),
        pytest.param(change("sources", "usual", mark="X"), "mark", id="a mark"),
        pytest.param(drop("kinds", "any"), "no kind `any`", id="nothing for any kind"),
    ],
)
def test_a_file_that_contradicts_the_catalogue(tmp_path, changed, said):
    assert said in told_of(tmp_path, changed)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CatalogueError, match=r"fields\.yaml"):
        load_fields(tmp_path, CATALOGUE)


def test_the_book_is_one_for_all():
    assert isinstance(BOOK, FieldBook)
    assert {kind for kind in CATALOGUE if BOOK.needed(kind)} >= {"control_unit", "water_source_zone", "protected_area"}
