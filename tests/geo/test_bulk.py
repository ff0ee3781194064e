"""Tables in, tables out: a row for every row, and no row that could run in a spreadsheet."""

import csv

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely
import xlsxwriter
from conftest import DAY
from python_calamine import CalamineWorkbook

from geo.bulk.answer import COLUMNS
from geo.bulk.chunk import Chunk, Said
from geo.bulk.combination import Screener
from geo.bulk.outlet import LAYER, inert
from geo.bulk.run import Order, carry_out
from geo.bulk.table import is_table, open_table
from geo.errors import (
    FileUnusable,
    SiteCrsMissing,
    SiteCrsUnknown,
    SiteDatumRefused,
    SiteLayerUnknown,
    TableInvalid,
)
from geo.frames import read_frame
from geo.settings import ROOT

PLAN = ROOT / "layers" / "facts" / "yanbian" / "plan_projects.csv"
SITES = [
    {"id": "a", "name": "农药厂", "lon": 129.5024, "lat": 42.8883, "industry": "C2631", "nature": "new"},
    {"id": "=1+1", "name": "@SUM(A1)", "lon": 128.115, "lat": 42.425, "industry": "", "nature": ""},
    {"id": "c", "name": "", "lon": 429.5, "lat": 42.9, "industry": "", "nature": ""},
]


def screen(here, rows):
    """The answers to rows of texts, each by itself."""
    names = {name for row in rows for name in row}
    chunk = Chunk(1, len(rows), {name: [row.get(name, "") for row in rows] for name in names})
    screener = Screener(here, here.store.snapshot(), None, DAY, "zh")
    return [{column: answer.get(column, "") for column in COLUMNS} for answer in screener.screen(chunk).answers]


def run(here, path, out, **said):
    table = open_table(path, 1000)
    order = Order(path, out, "zh", said.pop("day", DAY), **said)
    return carry_out(order, table.rows, table.chunks(), here.settings)


def rows_of(path):
    """The rows of a table as the program reads them."""
    found = []
    for chunk in open_table(path, 1000).chunks():
        found += [{name: cells[at] for name, cells in chunk.columns.items()} for at in range(len(chunk))]
    return found


def read_csv(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write_sites(path, geometry=False, crs="EPSG:4490"):
    """The sites in a format, by the ending."""
    frame = pd.DataFrame(SITES)
    if geometry:
        shapes = gpd.points_from_xy(frame.pop("lon"), frame.pop("lat"))
        frame = gpd.GeoDataFrame(frame, geometry=shapes, crs=crs)
    if path.suffix == ".xlsx":
        with xlsxwriter.Workbook(path) as book:
            book.add_worksheet("notes").write_row(0, 0, ["nothing here"])
            sheet = book.add_worksheet("sites")
            for at, row in enumerate([frame.columns, *frame.itertuples(index=False)]):
                sheet.write_row(at, 0, list(row), None) if at == 0 else [
                    sheet.write_string(at, column, cell) if isinstance(cell, str) else sheet.write(at, column, cell)
                    for column, cell in enumerate(row)
                ]
    elif path.suffix == ".gpkg":
        frame.to_file(path, layer="sites", driver="GPKG", engine="pyogrio")
    elif path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path)
    return path


def test_the_plans_projects_are_screened_row_by_row(here, tmp_path):
    rows, out = rows_of(PLAN), tmp_path / "results.csv"
    assert run(here, PLAN, out) == (len(rows), 0)
    written = read_csv(out)
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
    rows = read_csv(PLAN)
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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_tables_come_in_the_encodings_that_people_have(tmp_path, encoding):
    path = tmp_path / "table.csv"
    path.write_bytes("name,lon,lat\n延吉农药厂,129.5,42.9\n".encode(encoding))
    assert rows_of(path) == [{"name": "延吉农药厂", "lon": "129.5", "lat": "42.9"}]


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
        open_table(path, 2)


def test_lines_within_a_cell_are_no_rows(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text('at,name\n"129.5,42.9","a\nb\nc"\n\n', "utf-8")
    assert open_table(path, 1).rows == 1


@pytest.mark.parametrize("name", ["broken.xlsx", "broken.parquet", "broken.gpkg"])
def test_a_broken_table_is_told(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(TableInvalid):
        open_table(path, 10)


def test_a_short_row_and_a_long_one_are_rows(here, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(
        "id,lon,lat,industry,facts\n1,129.5,42.9,C2631,\n2,129.5,42.9\n3,129.5,42.9,,pond\n4,129.5,42.9,,,x\n", "utf-8"
    )
    answers = screen(here, rows_of(path))
    assert [bool(answer["error"]) for answer in answers] == [False, False, True, False]
    assert "name=value" in answers[2]["error"]


@pytest.mark.parametrize(
    ("name", "geometry"),
    [("sites.csv", False), ("sites.xlsx", False), ("sites.parquet", False), ("sites.parquet", True),
     ("sites.gpkg", True)],
)  # fmt: skip
def test_every_format_of_a_table_gives_the_same_answers(here, tmp_path, name, geometry):
    path, out = write_sites(tmp_path / name, geometry), tmp_path / "out.csv"
    assert is_table(path)
    assert run(here, path, out) == (3, 1)
    expected = screen(here, [{key: str(cell) for key, cell in row.items()} for row in SITES])
    for answer, one in zip(read_csv(out), expected, strict=True):
        assert {key: answer[key] for key in COLUMNS[3:13]} == {key: one[key] for key in COLUMNS[3:13]}
        assert answer["screening_id"] == one["screening_id"]
        assert bool(answer["error"]) is bool(one["error"])


@pytest.mark.parametrize("name", ["out.csv", "out.xlsx", "out.parquet", "out.geoparquet", "out.gpkg"])
def test_every_format_of_an_output_holds_the_same(here, tmp_path, name):
    path, out, other = write_sites(tmp_path / "sites.csv"), tmp_path / name, tmp_path / f"again_{name}"
    for one in (out, other):
        assert run(here, path, one) == (3, 1)
        assert not one.with_name(f"{one.name}.parts").exists()
    assert out.read_bytes() == other.read_bytes()
    run(here, path, tmp_path / "plain.parquet")
    expected = pq.read_table(tmp_path / "plain.parquet").to_pylist()
    assert expected[1]["id"] == "=1+1"
    assert [inert(cell) for cell in ("=1", "+1", "-1", "@x", "\t", "a=1", "")] == [
        "'=1",
        "'+1",
        "'-1",
        "'@x",
        "'\t",
        "a=1",
        "",
    ]
    if name in ("out.csv", "out.xlsx"):
        expected = [
            {key: f"'{cell}" if cell[:1] in "=@" and cell else cell for key, cell in row.items()} for row in expected
        ]
    assert table_in(out) == expected
    if name in ("out.geoparquet", "out.gpkg"):
        frame = gpd.read_parquet(out) if name == "out.geoparquet" else gpd.read_file(out, layer=LAYER)
        assert frame.crs.to_epsg() == 4490
        assert frame.geometry[0] == shapely.Point(129.5024, 42.8883)
        assert frame.geometry[2] is None


def table_in(path):
    """The rows of an output, its geometry aside."""
    if path.suffix == ".csv":
        return read_csv(path)
    if path.suffix == ".xlsx":
        header, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        return [dict(zip(header, row, strict=True)) for row in rows]
    frame = gpd.read_file(path, layer=LAYER) if path.suffix == ".gpkg" else pq.read_table(path).to_pandas()
    return [dict(row) for row in frame[list(COLUMNS)].to_dict("records")]


def test_a_format_that_is_not_written_is_told_before_anything_is_done(here, tmp_path):
    path = write_sites(tmp_path / "sites.csv")
    with pytest.raises(FileUnusable, match=r"\.csv, \.xlsx, \.parquet"):
        run(here, path, tmp_path / "out.doc")
    assert [one.name for one in tmp_path.iterdir()] == ["sites.csv"]


def test_what_is_too_long_for_a_cell_of_a_sheet_says_that_it_goes_on(here, tmp_path):
    path, out = tmp_path / "sites.csv", tmp_path / "out.xlsx"
    path.write_text(f'id,at\n{"x" * 40_000},"129.5,42.9"\n', "utf-8")
    run(here, path, out)
    (row,) = table_in(out)
    assert (len(row["id"]), row["id"][-1]) == (32_767, "…")


def test_a_crs_is_never_guessed(tmp_path):
    unsaid = write_sites(tmp_path / "unsaid.parquet", geometry=True, crs=None)
    with pytest.raises(SiteCrsMissing):
        open_table(unsaid, 10)
    own = Said(read_frame("EPSG:4490"))
    assert open_table(unsaid, 10, own).said == own
    strange = write_sites(tmp_path / "strange.gpkg", geometry=True, crs="EPSG:3857")
    with pytest.raises(SiteCrsUnknown):
        open_table(strange, 10)
    old = write_sites(tmp_path / "old.gpkg", geometry=True, crs="EPSG:4610")
    with pytest.raises(SiteDatumRefused):
        open_table(old, 10)


def test_a_sender_who_says_another_datum_than_the_file_is_obeyed_and_told(tmp_path):
    path = write_sites(tmp_path / "sites.gpkg", geometry=True)
    said = open_table(path, 10, Said(read_frame("GCJ-02"))).said
    assert (said.frame.name, [notice.code for notice in said.notices]) == ("GCJ-02", ["claim_overruled"])
    assert open_table(path, 10).said == Said(read_frame("EPSG:4490"))


def test_rows_of_a_geopackage_are_numbered_and_named_after_their_layer(here, tmp_path):
    path = tmp_path / "sites.gpkg"
    points = [shapely.Point(129.5024, 42.8883), shapely.Point(129.6, 42.7)]
    gpd.GeoDataFrame({"nature": ["new", "new"]}, geometry=points, crs=4490).to_file(path, layer="选址")
    assert run(here, path, tmp_path / "out.csv") == (2, 0)
    assert [(row["id"], row["place"]) for row in read_csv(tmp_path / "out.csv")] == [("1", "选址"), ("2", "选址")]


def test_a_geopackage_of_mere_plots_is_a_file_of_sites(tmp_path):
    path = tmp_path / "plots.gpkg"
    gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.box(129.5, 42.8, 129.6, 42.9)], crs=4490).to_file(path)
    assert not is_table(path)


def test_a_table_in_metres_is_screened_where_it_lies(here, tmp_path):
    shapes = gpd.GeoSeries.from_xy([129.5024], [42.8883], crs="EPSG:4490").to_crs("EPSG:4524")
    gpd.GeoDataFrame({"id": ["a"]}, geometry=shapes).to_parquet(tmp_path / "grid.parquet")
    assert run(here, tmp_path / "grid.parquet", tmp_path / "out.csv") == (1, 0)
    (answer,) = read_csv(tmp_path / "out.csv")
    (expected,) = screen(here, [{"at": "129.5024,42.8883"}])
    assert answer["layers_hit"] == expected["layers_hit"]


def test_a_geopackage_of_several_layers_asks_which(tmp_path):
    path = write_sites(tmp_path / "sites.gpkg", geometry=True)
    gpd.GeoDataFrame({"id": ["x"]}, geometry=[shapely.Point(129, 42)], crs=4490).to_file(path, layer="more")
    with pytest.raises(SiteLayerUnknown, match="sites, more"):
        open_table(path, 10)
    assert open_table(path, 10, layer="more").rows == 1


def test_distances_are_said_where_they_are_wanted(here, tmp_path):
    path, out = write_sites(tmp_path / "sites.csv"), tmp_path / "out.csv"
    run(here, path, out, distances=True)
    told = dict(pair.split("=") for pair in read_csv(out)[0]["distances"].split("; "))
    assert told["county"] == "0.000"
    assert all(float(metres) >= 0.0 for metres in told.values())
    assert tuple(read_csv(out)[0]) == (*COLUMNS, "distances")
