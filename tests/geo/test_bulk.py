"""Tables in, tables out: a row for every row, and no row that could run in a spreadsheet."""

import csv

import orjson
import pytest

from geo.bulk import COLUMNS, read_table, screen_rows, screen_sites, write_rows
from geo.deployment import Question
from geo.errors import SiteReadingUnsettled, TableInvalid
from geo.settings import ROOT
from geo.site.intake import SiteFile

PLAN = ROOT / "layers" / "facts" / "yanbian" / "plan_projects.csv"


def screen(here, rows):
    return [dict(row.values) for row in screen_rows(rows, here, "2026-11-22")]


def test_the_plans_projects_are_screened_row_by_row(here, tmp_path):
    rows = read_table(PLAN, 1000)
    out = tmp_path / "results.csv"
    assert write_rows(out, screen_rows(rows, here, "2026-11-22")) == (len(rows), 0)
    with out.open(encoding="utf-8-sig", newline="") as file:
        written = list(csv.DictReader(file))
    assert [row["id"] for row in written] == [row["id"] for row in rows]
    assert len(written) >= 25
    for sent, answer in zip(rows, written, strict=True):
        assert answer["county"], answer
        if sent["placed"] == "county":  # the county seat is not the project's place: its town says nothing of it
            assert (answer["verdict"], answer["indicative_verdict"]) == ("needs_review", "needs_review")
            assert answer["verdict_text"].startswith("项目位置未知")
            assert answer["layers_hit"] == ""
            assert "soil.sensitive_surroundings" not in answer["findings"]
        else:
            assert answer["layers_hit"]


def test_every_plan_project_has_its_line_code_and_place():
    rows = read_table(PLAN, 1000)
    assert len(rows) >= 25
    assert {row["box"] for row in rows} == set("2345678")
    assert all(
        row["seed_line"].isdecimal() and row["quote"] and row["placed"] in ("coordinate", "county") for row in rows
    )
    assert all(row["place_mark"] in ("F", "G") and row["place_source"] for row in rows)


def test_a_row_that_cannot_be_read_gives_its_error_and_the_others_go_on(here):
    answers = screen(here, [
        {"id": "1", "at": "150,42"},
        {"id": "2", "at": "129.5024,42.8883", "industry": "C2631", "nature": "new"},
        {"id": "3", "at": "129.5,42.9", "industry": "Z99"},
        {"id": "4", "at": "129.5,42.9", "facts": "coal_boiler_t_h=ten"},
    ])  # fmt: skip
    assert [bool(answer["error"]) for answer in answers] == [True, False, True, True]
    assert "150.000000, 42.000000" in answers[0]["error"]
    assert answers[1]["indicative_verdict"] == "prohibited"
    assert "Z99" in answers[2]["error"]
    assert "coal_boiler_t_h" in answers[3]["error"]


def test_a_kind_comes_by_its_title_and_an_empty_cell_is_not_given(here):
    sites = [{"at": "129.5,42.9", "nature": "new", "kind": kind} for kind in ("school", "学校、幼儿园", "", "  ")]
    by_id, by_title, empty, blank = screen(here, [*sites])
    assert not [row["error"] for row in (by_id, by_title, empty, blank) if row["error"]]
    assert by_id["screening_id"] == by_title["screening_id"]
    assert empty["screening_id"] == blank["screening_id"] != by_id["screening_id"]


def test_cells_that_a_spreadsheet_would_run_are_made_inert(here, tmp_path):
    out = tmp_path / "out.csv"
    write_rows(out, screen_rows([{"id": "=HYPERLINK(1)", "name": "@SUM(A1)", "at": "129.5,42.9"}], here))
    with out.open(encoding="utf-8-sig", newline="") as file:
        row = next(csv.DictReader(file))
    assert (row["id"], row["name"]) == ("'=HYPERLINK(1)", "'@SUM(A1)")
    assert tuple(row) == COLUMNS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_tables_come_in_the_encodings_that_people_have(tmp_path, encoding):
    path = tmp_path / "table.csv"
    path.write_bytes("name,lon,lat\n延吉农药厂,129.5,42.9\n".encode(encoding))
    assert read_table(path, 10) == [{"name": "延吉农药厂", "lon": "129.5", "lat": "42.9"}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no row, or no column that says where"),
        ("name,place\nx,y\n", "no row, or no column that says where"),
        ("at\n1\n2\n3\n", "3 rows, at most 2 are taken"),
    ],
    ids=["empty", "no place", "too long"],
)
def test_a_table_that_cannot_be_used_says_what_it_needs(tmp_path, text, message):
    path = tmp_path / "table.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(TableInvalid, match=message):
        read_table(path, 2)


def test_a_short_row_is_a_row(here, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("id,lon,lat,industry,facts\n1,129.5,42.9,C2631,\n2,129.5,42.9\n3,129.5,42.9,,pond\n", "utf-8")
    answers = screen(here, read_table(path, 10))
    assert [bool(answer["error"]) for answer in answers] == [False, False, True]
    assert "name=value" in answers[2]["error"]


SQUARE = [[129.49, 42.88], [129.50, 42.88], [129.50, 42.89], [129.49, 42.89]]


def of_file(tmp_path, here, *pieces):
    path = tmp_path / "plots.geojson"
    features = [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}}
        for ring in (SQUARE, SQUARE)
    ]
    path.write_bytes(orjson.dumps({"type": "FeatureCollection", "features": features}))
    return here.take_in(SiteFile(path=path, name=path.name, pieces=pieces))


def test_chosen_pieces_keep_their_numbers_and_every_row_its_notices(tmp_path, here):
    rows = [row.values for row in screen_sites(of_file(tmp_path, here, 2), Question("", day="2026-11-22"), here)]
    assert [row["id"] for row in rows] == ["2"]
    assert "GCJ-02" in rows[0]["notices"]  # no CRS was said


def test_a_file_that_has_to_be_asked_leaves_an_earlier_table_as_it_was(tmp_path, here):
    out = tmp_path / "answers.csv"
    out.write_text("earlier", "utf-8")
    metres = [[400_000.0, 4_760_000.0], [401_000.0, 4_760_000.0], [401_000.0, 4_761_000.0]]
    path = tmp_path / "plot.wkt"
    path.write_text("POLYGON((" + ",".join(f"{x} {y}" for x, y in [*metres, metres[0]]) + "))", "utf-8")
    with pytest.raises(SiteReadingUnsettled):
        write_rows(out, screen_sites(here.take_in(SiteFile(path=path, name=path.name)), Question(""), here))
    assert out.read_text("utf-8") == "earlier"
