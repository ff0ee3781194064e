"""Decisions in a table: what a spreadsheet program does to it, what is read of it, and what is refused."""

import csv
import re

import pytest

from geo.errors import DecisionInvalid
from geo.importing.decisions import Decision, read_decisions, read_ruling, write_decisions
from geo.importing.docket import Docket
from geo.importing.faults import Fault
from geo.importing.fields import Row, load_fields, read_value
from geo.layers.catalogue import load_catalogue
from geo.settings import ROOT

KIND = "control_unit"
FAULT = Fault("name_missing", "error", 7, field="name", facts={"field": "name"}, place=(129.5, 42.9))


@pytest.fixture(scope="module")
def fields():
    return load_fields(ROOT / "layers" / "vocabulary", load_catalogue(ROOT / "layers" / "catalogue"))


def table(tmp_path, encoding="utf-8-sig", came=None, **said):
    """decisions.csv with one line, filled in."""
    path = tmp_path / "decisions.csv"
    write_decisions(path, [FAULT], came or {}, "zh")
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    lines[0].update({"action": "accept", "reason": "原件如此", **said})
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, lines[0])
        writer.writeheader()
        writer.writerows(lines)
    return path


def docket(fields, now, **said):
    """A docket with one value set on row 7."""
    decision = {"key": "k", "code": "x", "row": 7, "came": "", "action": "set", "reason": ""} | said
    rows = (Row(7, {}),)
    return Docket([Decision(**decision)], {}, rows, {(7, str(said["field"])): now}, KIND, fields)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gbk"])
def test_a_table_is_read_as_spreadsheet_programs_write_it(tmp_path, encoding):
    [decision] = read_decisions(table(tmp_path, encoding))
    assert (decision.key, decision.row, decision.reason) == (FAULT.key, 7, "原件如此")


def test_a_key_is_no_number():
    keys = {Fault("gap", "error", row, place=(129.0 + row, 43.0)).key for row in range(500)}
    assert len(keys) == 500
    assert all(re.fullmatch("f[0-9a-f]{10}", key) for key in keys)


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "+1", "-522.486", "@SUM(A1)"])
def test_no_cell_is_a_formula_and_each_comes_back_as_it_was(tmp_path, cell):
    path = table(tmp_path, came={(7, "name"): cell})
    assert f"'{cell}" in path.read_text("utf-8-sig")
    assert read_decisions(path)[0].came == cell


@pytest.mark.parametrize(
    ("said", "message"),
    [
        pytest.param({"action": "keep"}, "set, drop, mend, accept are expected", id="no action"),
        pytest.param({"action": "drop", "reason": " "}, "drop needs a reason", id="no reason"),
        pytest.param({"action": "set"}, "set needs a value", id="no value"),
        pytest.param({"row": "seven"}, "a number is expected", id="no number"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path, said, message):
    with pytest.raises(DecisionInvalid, match=f"line 2.*{message}"):
        read_decisions(table(tmp_path, **said))


def test_a_table_without_its_columns_is_refused(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(DecisionInvalid, match="no column key"):
        read_decisions(path)


def test_a_fault_that_is_decided_twice_is_refused(tmp_path):
    path = table(tmp_path)
    head, line = path.read_text("utf-8-sig").splitlines()
    path.write_text(f"{head}\n{line}\n{line}\n", "utf-8")
    with pytest.raises(DecisionInvalid, match="decided twice"):
        read_decisions(path)


def test_a_table_needs_only_what_says_what_was_decided(tmp_path):
    path = table(tmp_path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        [line] = csv.DictReader(file)
    kept = {name: line[name] for name in ("key", "code", "row", "field", "came", "action", "value", "reason")}
    path.write_text(f"{','.join(kept)}\n{','.join(kept.values())}\n", "utf-8")
    assert read_decisions(path)[0].reason == "原件如此"


def test_one_field_of_one_row_is_set_to_one_value(fields):
    lines = [
        Decision(key=f"k{word}", code="x", row=7, field="name", came="甲", action="set", value=word, reason="")
        for word in "乙丙"
    ]
    with pytest.raises(DecisionInvalid, match="'乙' and to '丙'"):
        Docket(lines, {}, (Row(7, {}),), {(7, "name"): "甲"}, KIND, fields)


@pytest.mark.parametrize("text", ["gap", "gap=set:1", "gap=drop:x", "gap=accept", "gap=accept: "])
def test_a_ruling_of_another_form_is_refused(text):
    with pytest.raises(DecisionInvalid, match=r"KIND=mend|needs a reason"):
        read_ruling(text)


@pytest.mark.parametrize(
    ("field", "now", "came"),
    [
        pytest.param("area_m2", "48891220.0", "48891220", id="a number without its decimals"),
        pytest.param("valid_from", "2024-06-30", "2024/6/30", id="a day written otherwise"),
        pytest.param("name", "甲\n单元", "甲 单元", id="a line end"),
    ],
)
def test_what_a_spreadsheet_does_to_a_value_is_no_change_of_the_source(fields, field, now, came):
    values = {"area_m2": "12", "valid_from": "2024-07-01", "name": "乙"}
    made = docket(fields, now, field=field, came=came, value=values[field])
    assert made.sets[7][field].startswith(values[field])


@pytest.mark.parametrize(("now", "came"), [("甲", "乙"), ("2024-06-30", "2024/6/3"), ("12", "13"), ("", "x")])
def test_a_value_that_is_another_now_is_refused(fields, now, came):
    with pytest.raises(DecisionInvalid, match="the source has changed"):
        docket(fields, now, field="name", came=came, value="丙")


@pytest.mark.parametrize(
    ("field", "word", "expected"),
    [
        ("zone_class", "优先保护单元", {"zone_class": "priority"}),
        ("zone_class", "4", {}),
        ("code", "zh22240110001", {"code": "ZH22240110001"}),
        ("valid_from", "2024年6月30日", {"valid_from": "2024-06-30"}),
        ("valid_from", "soon", {}),
        ("area", "12.5 km2", {"area": "12.5", "area_unit": "km2", "area_m2": "12500000.0"}),
        ("area_m2", "1200", {"area_m2": "1200.0"}),
        ("area_m2", "-3", {}),
    ],
)
def test_a_value_that_is_set_is_read_as_one_of_the_source(fields, field, word, expected):
    assert read_value(field, word, KIND, fields) == expected
