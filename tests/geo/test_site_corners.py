"""Tables of corner points: columns, heads, rings and numbers as people write them."""

import csv
import math
from contextlib import suppress
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from geo.errors import FenquError, SiteFileBroken, SiteFileForeign, SiteLayerUnknown, SiteTooLarge
from geo.settings import ROOT, Settings
from geo.site.axes import AxesMixed, Column, settle
from geo.site.contents import Claim, Limits, Wanted, decode, encode
from geo.site.files import read
from geo.site.numerals import read_degrees, read_number
from geo.site.readers.corners import contents_of
from geo.site.readers.marks import claim_of_texts
from geo.site.sheets import Sheet
from geo.site.words import FILE, read_area, read_head, role_of
from geo.yamlfile import read_yaml

LIMITS = Limits.of(Settings())
EAST, NORTH = 43_512_345.0, 4_764_523.0


def square(east, north, side):
    """Corners as tables have them: northing (X), easting (Y)."""
    return [(north, east), (north, east + side), (north + side, east + side), (north + side, east)]


FIELD, POND = square(EAST, NORTH, 100.0), square(EAST + 20.0, NORTH + 20.0, 20.0)
ELSEWHERE = square(EAST + 200.0, NORTH, 50.0)


def numbered(corners, first=1, mark="J"):
    return [[f"{mark}{at}", *corner] for at, corner in enumerate(corners, first)]


@pytest.fixture
def table(tmp_path):
    """Read rows as CSV, or sheets as XLSX."""

    def made(rows, wanted=None, limits=LIMITS, encoding="utf-8", delimiter=","):
        path = tmp_path / ("t.xlsx" if isinstance(rows, dict) else "t.csv")
        if isinstance(rows, dict):
            write_book(path, rows)
        else:
            text = StringIO()
            csv.writer(text, delimiter=delimiter).writerows(rows)
            path.write_bytes(text.getvalue().encode(encoding))
        return read(path, path.name, wanted or Wanted(), limits)

    return made


def write_book(path, sheets):
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    sheet.write(at, column, cell)


def codes(contents):
    return [notice.code for notice in contents.notices]


def notice(contents, code):
    (found,) = [one for one in contents.notices if one.code == code]
    return found.parameters


def areas(contents):
    return [piece.geometry.area for piece in contents.pieces]


TITLES = ["点号", "X(m)", "Y(m)"]


def test_a_result_table_as_surveyors_print_it(table):
    contents = table(
        {
            "界址点成果表": [
                ["界址点成果表"],
                ["项目名称：甲项目", "", "坐标系：2000国家大地坐标系"],
                ["中央子午线：129°", "3度带", "宗地面积(平方米)：10000.0", "坐落：某镇某村"],
                ["序号", *TITLES, "边长(m)"],
                *([at, *row, 100.0] for at, row in enumerate(numbered(FIELD), 1)),
                [5, "J1", *FIELD[0], ""],
                ["制表：某人", "", "", "日期：2024年5月1日"],
            ]
        }
    )
    (piece,) = contents.pieces
    assert piece.geometry.exterior.coords[1] == (EAST + 100.0, NORTH)
    assert (piece.geometry.area, piece.layer, piece.address) == (10_000.0, "界址点成果表", "某镇某村")
    assert (contents.claim.datum, contents.claim.meridian, contents.claim.band) == ("cgcs2000", 129.0, 3)
    assert contents.claim.by == "file"
    assert "2000国家大地坐标系" in contents.claim.mark
    assert codes(contents) == ["axes_by_header", "rows_left_aside"]
    assert notice(contents, "rows_left_aside") == {"count": "1", "row": "10"}
    assert decode(encode(contents)) == contents


@pytest.mark.parametrize(
    ("titles", "turned", "code"),
    [
        pytest.param(["点号", "X", "Y"], False, "axes_by_header", id="x is the northing"),
        pytest.param(["点号", "纵坐标(X)", "横坐标(Y)"], False, "axes_by_header", id="upright first"),
        pytest.param(["点号", "北坐标", "东坐标"], False, "axes_by_header", id="north first"),
        pytest.param(["点号", "东坐标", "北坐标"], True, "axes_by_header", id="east first"),
        pytest.param(["点号", "Y坐标（米）", "X坐标（米）"], True, "axes_by_header", id="y first"),
        pytest.param(["点号", "X", "Y"], True, "axes_against_header", id="x is the easting"),
        pytest.param(["点号", "东坐标", "北坐标"], False, "axes_against_header", id="east and north exchanged"),
    ],
)
@pytest.mark.parametrize("prefix", [0.0, 43e6], ids=["no zone", "a zone"])
def test_magnitude_decides_on_the_axes_and_the_title_is_held_against_it(table, titles, turned, code, prefix):
    corners = square(512_345.0 + prefix, NORTH, 100.0)
    contents = table([titles, *numbered([corner[::-1] if turned else corner for corner in corners])])
    assert contents.pieces[0].geometry.exterior.coords[1] == (512_445.0 + prefix, NORTH)
    assert codes(contents)[0] == code


def test_axes_that_nothing_tells_stay_as_they_stand(table):
    cut = [(corner[0] - 4e6, corner[1] - 43e6) for corner in FIELD]  # 764 523 and 512 345 fit both ways
    contents = table([["点号", "X", "Y"], *numbered(cut)])
    assert contents.pieces[0].geometry.exterior.coords[0] == cut[0]
    assert codes(contents)[0] == "axes_open"
    sure = table([["点号", "北坐标", "东坐标"], *numbered(cut)])
    assert sure.pieces[0].geometry.exterior.coords[0] == cut[0][::-1]


def test_one_row_with_its_axes_exchanged_is_refused(table):
    rows = numbered(FIELD)
    rows[2] = [rows[2][0], rows[2][2], rows[2][1]]
    with pytest.raises(SiteFileBroken, match=r"row 4, easting and northing stand in the other order"):
        table([TITLES, *rows])


def test_no_pair_in_china_north_of_9_degrees_can_be_read_both_ways():
    rng = np.random.default_rng(4)
    lon, lat = rng.uniform(73.5, 135.0, 200), rng.uniform(9.0, 53.5, 200)
    for at in range(200):
        zone = round(lon[at] / 3.0)
        to_plane = Transformer.from_crs(4490, 4513 + zone - 25 if at % 2 else 4534 + zone - 25, always_xy=True)
        plane = np.array([to_plane.transform(lon[at], lat[at])])
        for points in (plane, np.array([[lon[at], lat[at]]])):
            columns = Column("x", "X"), Column("y", "Y")
            ahead, _ = settle(points, *columns)
            behind, _ = settle(points[:, ::-1], *columns)
            assert (ahead == points).all()
            assert (behind == points).all()


def test_mixed_axes_name_the_odd_point():
    points = np.array([(EAST, NORTH), (EAST, NORTH), (NORTH, EAST)])
    with pytest.raises(AxesMixed) as caught:
        settle(points, Column("first", "1"), Column("second", "2"))
    assert caught.value.args == (2,)


@pytest.mark.parametrize(
    ("titles", "row"),
    [
        pytest.param(["点号", "经度", "纬度"], ["1", "129.504167", "42.888889"], id="decimal"),
        pytest.param(["点号", "纬度", "经度"], ["1", "42.888889", "129.504167"], id="latitude first"),
        pytest.param(["点号", "东经", "北纬"], ["1", "129°30′15″", "42°53′20″"], id="signs"),
        pytest.param(["点号", "经度", "纬度"], ["1", "129-30-15", "42-53-20"], id="hyphens"),
        pytest.param(["点号", "经度", "纬度"], ["1", "１２９°３０′１５″", "42度53分20秒"], id="full width"),
        pytest.param(["No.", "Longitude", "Latitude"], ["1", "129°30'15\"E", "42°53'20\"N"], id="compass"),
        pytest.param(["점번호", "경도", "위도"], ["1", "129도 30분 15초", "42도 53분 20초"], id="Korean"),
    ],
)
def test_degrees_in_one_column(table, titles, row):
    contents = table({"s": [titles, row]})
    (lon, lat) = contents.pieces[0].geometry.coords[0]
    assert (lon, lat) == (pytest.approx(129.504167, abs=1e-6), pytest.approx(42.888889, abs=1e-6))
    assert contents.claim.degrees is True


PARTS = [[1, 129, 30, 15, 42, 53, 20], [2, 129, 30, 25, 42, 53, 20], [3, 129, 30, 25, 42, 53, 30.5]]


@pytest.mark.parametrize(
    "titles",
    [
        [["拐点", "经度", "", "", "纬度", "", ""], ["", "度", "分", "秒", "度", "分", "秒"]],
        [["拐点", "经度(度)", "经度(分)", "经度(秒)", "纬度(度)", "纬度(分)", "纬度(秒)"]],
    ],
    ids=["in two rows", "in one row"],
)
def test_degrees_minutes_and_seconds_in_three_columns(table, titles):
    (piece,) = table({"s": [*titles, *PARTS]}).pieces
    assert piece.geometry.exterior.coords[2] == pytest.approx((129 + 30 / 60 + 25 / 3600, 42 + 53 / 60 + 30.5 / 3600))


@pytest.mark.parametrize(("column", "cell"), [(2, 60), (3, -1), (2, "x")], ids=["60 minutes", "minus", "a letter"])
def test_minutes_and_seconds_have_their_range(table, column, cell):
    rows = [list(row) for row in PARTS]
    rows[1][column] = cell
    titles = ["拐点", "经度(度)", "经度(分)", "经度(秒)", "纬度(度)", "纬度(分)", "纬度(秒)"]
    with pytest.raises(SiteFileBroken, match="s, row 3, 经度"):
        table({"s": [titles, *rows]})


def test_packed_degrees_are_refused_and_not_taken_for_decimal_ones(table):
    with pytest.raises(SiteFileBroken, match=r"row 2, 经度.*129\.3015.*is no coordinate"):
        table([["点号", "经度(度分秒)", "纬度(度分秒)"], ["1", "129.3015", "42.5320"]])


def test_two_tables_side_by_side_go_on(table):
    left, right = numbered(FIELD[:2]), numbered([*FIELD[2:], FIELD[0]], 3)
    right[-1][0] = "J1"
    rows = [
        [*TITLES, *TITLES],
        *([*one, *other] for one, other in zip(left, right, strict=False)),
        ["", "", "", *right[2]],
    ]
    assert table({"s": rows}).pieces[0].geometry.area == 10_000.0


def test_two_tables_side_by_side_that_begin_anew_are_two_rings(table):
    rows = [[*TITLES, *TITLES], *([*one, *other] for one, other in zip(numbered(FIELD), numbered(POND), strict=True))]
    contents = table({"s": rows})
    assert areas(contents) == [10_000.0, 400.0]
    assert notice(contents, "rings_kept_as_ground") == {"count": "1"}


def test_a_side_length_tells_where_a_ring_ends(table):
    pond = numbered(POND, 5)
    rows = [[*one, 100, *other, 20] for one, other in zip(numbered(FIELD), pond, strict=True)]
    contents = table({"s": [[*TITLES, "边长", *TITLES, "边长"], *rows]})
    assert areas(contents) == [10_000.0, 400.0]
    assert "side_lengths_differ" not in codes(contents)


def test_sides_that_stand_between_the_rows_of_a_form_with_two_title_rows(table):
    rows = [["点号", "坐标", "", "边长"], ["", "X", "Y", ""]]
    for row in numbered(FIELD):
        rows += [[*row, ""], ["", "", "", "100.00"]]
    contents = table({"s": [*rows, ["J1", *FIELD[0], ""]]})
    assert (contents.pieces[0].geometry.area, codes(contents)) == (10_000.0, ["axes_by_header"])


def test_a_form_with_every_other_row_blank_is_one_ring(table):
    rows = [TITLES]
    for row in numbered(FIELD):
        rows += [row, ["", "", ""]]
    assert table({"s": rows}).pieces[0].geometry.area == 10_000.0


def test_merged_cells_hold_for_the_rows_below(tmp_path):
    path = tmp_path / "merged.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("s")
        sheet.write_row(0, 0, ["地块名称", *TITLES])
        for first, (name, corners) in ((1, ("甲", FIELD)), (5, ("乙", ELSEWHERE))):
            sheet.merge_range(first, 0, first + 3, 0, name)
            for at, row in enumerate(numbered(corners)):
                sheet.write_row(first + at, 1, row)
    contents = read(path, path.name, Wanted(), LIMITS)
    assert [(piece.name, piece.geometry.area) for piece in contents.pieces] == [("甲", 10_000.0), ("乙", 2_500.0)]
    assert "points_joined" not in codes(contents)


def test_columns_for_plot_and_ring(table):
    rows = [["甲", "1", *row] for row in numbered(FIELD)] + [["甲", "2", *row] for row in numbered(POND, 5)]
    rows += [["乙", "1", *row] for row in numbered(ELSEWHERE)]
    contents = table([["地块号", "圈号", *TITLES], *rows])
    one, other = contents.pieces
    assert notice(contents, "holes_made") == {"count": "1", "area": "400.00"}
    assert (one.name, len(one.geometry.interiors), one.geometry.area) == ("甲", 1, 9_600.0)
    assert (other.name, other.geometry.area) == ("乙", 2_500.0)


def test_a_ring_outside_the_first_is_another_part_and_one_in_a_hole_too(table):
    island = square(EAST + 25.0, NORTH + 25.0, 5.0)
    rows = [
        [str(at + 1), *row]
        for at, ring in enumerate((POND, FIELD, ELSEWHERE, island))
        for row in numbered([*ring, ring[0]], at * 9)
    ]
    (piece,) = table([["圈号", *TITLES], *rows]).pieces
    assert (piece.geometry.geom_type, piece.geometry.area) == ("MultiPolygon", 9_600.0 + 2_500.0 + 25.0)


def test_blank_rows_between_closed_rings_separate_them(table):
    rows = [TITLES, *numbered([*FIELD, FIELD[0]]), ["", "", ""], *numbered([*POND, POND[0]], 6)]
    assert areas(table({"s": rows})) == [10_000.0, 400.0]


@pytest.mark.parametrize(
    ("above", "names"),
    [
        pytest.param((["地块一"], ["地块二"]), ["地块一", "地块二"], id="plots by number"),
        pytest.param((["厂区"], ["渣场"]), ["厂区", "渣场"], id="headings"),
        pytest.param((["地块名称：甲"], ["地块名称：乙"]), ["甲", "乙"], id="stated"),
        pytest.param(([], ["第2页"]), ["", ""], id="pages"),
    ],
)
def test_a_table_within_the_ground_of_another_is_no_hole(table, above, names):
    first, second = above
    contents = table([first, TITLES, *numbered(FIELD), [], second, TITLES, *numbered(POND)])
    assert [(piece.name, piece.geometry.area) for piece in contents.pieces] == [*zip(names, [1e4, 400.0], strict=True)]
    assert "holes_made" not in codes(contents)


def test_a_plot_that_shares_two_sides_with_another_is_ground_too(table):
    contents = table([TITLES, *numbered(FIELD), *numbered(square(EAST, NORTH, 70.0))])
    assert areas(contents) == [10_000.0, 4_900.0]


def test_a_heading_over_numbers_that_go_on_leaves_open_whether_the_ring_does(table):
    rows = [["厂区"], TITLES, *numbered(FIELD), ["渣场"], TITLES, *numbered(ELSEWHERE, 5)]
    with pytest.raises(SiteFileBroken, match="row 9, whether the ring goes on"):
        table({"s": rows})


def test_rings_under_one_number_are_ground(table):
    rows = [["1", *row] for row in numbered([*FIELD, FIELD[0]])] + [["1", *row] for row in numbered(POND, 6)]
    assert areas(table([["圈号", *TITLES], *rows])) == [10_000.0, 400.0]


def test_a_blank_row_in_an_open_ring_is_refused(table):
    rows = [TITLES, *numbered(FIELD), ["", "", ""], *numbered(POND, 5)]
    with pytest.raises(SiteFileBroken, match="s, row 7, whether the ring goes on"):
        table({"s": rows})


def test_numbers_that_begin_anew_begin_a_ring(table):
    rows = [TITLES, *numbered(FIELD), *numbered(POND)]
    contents = table(rows)
    assert areas(contents) == [10_000.0, 400.0]
    assert notice(contents, "points_joined") == {"count": "8"}


def test_a_table_that_goes_on_below_its_repeated_titles(table):
    rows = [TITLES, *numbered(FIELD[:2]), ["第2页"], TITLES, *numbered(FIELD[2:], 3)]
    assert table({"s": rows}).pieces[0].geometry.area == 10_000.0


def test_repeated_corners_are_dropped_and_said(table):
    contents = table([TITLES, *numbered([FIELD[0], FIELD[0], *FIELD[1:], FIELD[3]])])
    assert contents.pieces[0].geometry.area == 10_000.0
    assert len(contents.pieces[0].geometry.exterior.coords) == 5
    assert notice(contents, "repeated_corners_dropped") == {"count": "2"}


def test_a_ring_that_crosses_itself_stays_as_it_is(table):
    bow = [FIELD[0], FIELD[2], FIELD[1], FIELD[3]]
    geometry = table([TITLES, *numbered(bow)]).pieces[0].geometry
    assert not geometry.is_valid
    assert len(geometry.exterior.coords) == 5


def test_one_point_is_a_point_and_two_are_refused(table):
    assert table([TITLES, *numbered(FIELD[:1])]).pieces[0].geometry.wkt == f"POINT ({EAST:.0f} {NORTH:.0f})"
    with pytest.raises(SiteFileBroken, match="row 2, a ring of 2 different corners"):
        table([TITLES, *numbered(FIELD[:2])])


def test_the_same_ring_twice_is_refused(table):
    with pytest.raises(SiteFileBroken, match="row 7, the corners of the ring before stand here again"):
        table([TITLES, *numbered(FIELD), *numbered(FIELD)])


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("4764523.123m", 4764523.123),
        ("４７６４５２３．１２３", 4764523.123),
        ("4,764,523.123", 4764523.123),
        ("4 764 523.123 米", 4764523.123),
        (4764523, 4764523.0),
        ("-5.", -5.0),
        ("4764523,123", None),
        ("4,76,523", None),
        ("1e400", None),
        ("4.76E+06", None),
        ("NaN", None),
        ("inf", None),
        (math.inf, None),
        (math.nan, None),
        (True, None),
        ("=1+1", None),
        ("", None),
        ("9" * 400, None),
    ],
)
def test_numbers_of_a_cell(cell, value):
    assert read_number(cell) == value


@pytest.mark.parametrize(("cell", "value"), [("129-30-36", 129.51), ("129:30:36", 129.51), ("129-61-36", None)])
def test_angles_of_a_cell(cell, value):
    assert read_degrees(cell) == (None if value is None else pytest.approx(value))


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("abc", "“abc” is no coordinate"),
        ("", "“” is no coordinate"),
        ("1e400", "lost digits"),
        ("4.35E+07", "lost digits to scientific notation"),
        ("nan", "no coordinate"),
        ("=B2", "“=B2” is no coordinate"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_by_row_and_column(table, cell, words):
    rows = numbered(FIELD)
    rows[1][2] = cell
    with pytest.raises(SiteFileBroken, match=f"row 3, Y.*{words}"):
        table([TITLES, *rows])


def test_a_point_without_coordinates_is_refused(table):
    with pytest.raises(SiteFileBroken, match="row 4, point J3 has no coordinates"):
        table([TITLES, *numbered(FIELD[:2]), ["J3", "", ""], *numbered(FIELD[2:], 4)])


def test_a_mistyped_coordinate_shows_in_the_side_lengths_and_the_area(table):
    wrong = [*FIELD[:2], (FIELD[2][0] + 9.0, FIELD[2][1]), FIELD[3]]
    contents = table([["面积：1.0000公顷"], [*TITLES, "边长"], *([*row, "100.00"] for row in numbered(wrong))])
    assert notice(contents, "side_lengths_differ") == {
        "count": "2",
        "place": "J2 – J3",
        "stated": "100.00",
        "computed": "109.00",
    }
    assert notice(contents, "area_differs") == {"name": "–", "stated": "1.0000公顷", "computed": "10450.00"}


def test_side_lengths_may_stand_at_the_end_of_their_sides(table):
    oblong = [(NORTH, EAST), (NORTH, EAST + 50.0), (NORTH + 20.0, EAST + 50.0), (NORTH + 20.0, EAST)]
    sides = [20, 50, 20, 50]  # of the side that leads to each corner
    contents = table([[*TITLES, "边长"], *([*row, side] for row, side in zip(numbered(oblong), sides, strict=True))])
    assert "side_lengths_differ" not in codes(contents)


@pytest.mark.parametrize(
    ("text", "unit", "computed", "differs"),
    [
        ("10000.00", "平方米", 10_050.0, False),
        ("10000.00", "平方米", 10_150.0, True),
        ("1.0", "公顷", 10_400.0, False),
        ("1.0000", "公顷", 10_400.0, True),
        ("15亩", "", 10_000.0, False),
        ("1.0000", "", 10_000.0, False),
        ("10,000", "", 10_000.0, False),
    ],
)
def test_stated_areas_differ_beyond_rounding(text, unit, computed, differs):
    area = read_area(text, unit)
    assert area is not None
    assert area.differs(computed) is differs


def test_a_nought_is_no_stated_area():
    assert read_area("0") is None
    assert read_area("0.00公顷") is None


@pytest.mark.parametrize(
    ("line", "claim"),
    [
        ("坐标系统：CGCS2000，中央经线129°30′", {"datum": "cgcs2000", "meridian": 129.5}),
        ("1980西安坐标系，三度带，第43带", {"datum": "xian80", "band": 3, "zone": 43}),
        ("北京54 6度分带 带号22", {"datum": "beijing54", "band": 6, "zone": 22}),
        ("WGS-84", {"datum": "wgs84"}),
        ("某市独立坐标系", {"datum": "local"}),
        ("火星坐标(GCJ-02)", {"datum": "gcj02"}),
        ("EPSG:4552", {"crs": "EPSG:4552"}),
        ("WGS84 UTM 投影 中央子午线129°", {"datum": "wgs84", "meridian": 129.0, "foreign": True}),
        ("WGS84 Web墨卡托", {"datum": "wgs84", "foreign": True}),
        ("高斯-克吕格(横轴墨卡托)投影 3度带", {"band": 3}),
        ("CGCS2000 投影面高程600m 抵偿坐标系", {"datum": "local"}),
        ("CGCS2000 投影面大地高 600 米", {"datum": "local"}),
        ("CGCS2000 投影面高程 0m", {"datum": "cgcs2000"}),
        ("80国家大地坐标系", {"datum": "xian80"}),
        ("1980年国家大地坐标系", {"datum": "xian80"}),
        ("BJ54", {"datum": "beijing54"}),
        ("北京五四", {"datum": "beijing54"}),
        ("西安坐标系", {"datum": "xian80"}),
        ("80系", {"datum": "xian80"}),
        ("坐标系:2000坐标系", {"datum": "cgcs2000"}),
    ],
)
def test_what_a_head_says(line, claim):
    assert read_head([line]).claim == Claim(by="file", mark=line.replace("：", ":").replace("，", ","), **claim)


@pytest.mark.parametrize("line", ["武汉2000坐标系", "延吉市2000坐标系", "非CGCS2000坐标系", "80系列门窗", "五四路"])
def test_what_names_no_datum(line):
    assert read_head([line]).claim == Claim()
    assert claim_of_texts([line])[0] == Claim()


def test_a_head_that_contradicts_itself_leaves_it_open():
    head = read_head(["坐标系：2000国家大地坐标系", "（1980西安坐标系，3度带）"])
    assert (head.claim.datum, head.claim.band) == (None, 3)
    assert [(one.code, one.parameters) for one in head.notices] == [("claims_contradict", {"said": "cgcs2000, xian80"})]


def test_buildings_are_no_land():
    head = read_head(["宗地面积(平方米): 120.5   建筑面积: 300", "建筑占地面积：80"])
    assert [area.value for area in head.areas] == [120.5]


def test_every_word_of_the_table_is_found_as_what_it_is():
    for role, named in read_yaml(FILE)["columns"].items():
        assert {role_of(word) for word in named} == {role}, role


def test_sheets_are_layers(table):
    sheets = {"甲": [TITLES, *numbered(FIELD)], "说明": [["仅供参考"]], "乙": [TITLES, *numbered(POND)]}
    contents = table(sheets)
    assert [(one.name, one.areas, one.taken) for one in contents.layers] == [
        ("甲", 1, True),
        ("说明", 0, False),
        ("乙", 1, True),
    ]
    (piece,) = table(sheets, Wanted(layers=("乙",))).pieces
    assert (piece.layer, piece.geometry.area) == ("乙", 400.0)
    with pytest.raises(SiteLayerUnknown, match=r"丙.*甲, 说明, 乙"):
        table(sheets, Wanted(layers=("丙",)))


def test_sheets_with_different_datums_leave_the_datum_open(table):
    heads = {"a": "2000国家大地坐标系", "b": "1980西安坐标系"}
    contents = table({name: [[f"坐标系：{said}"], TITLES, *numbered(FIELD)] for name, said in heads.items()})
    assert contents.claim.datum is None
    assert notice(contents, "claims_contradict") == {"said": "cgcs2000, xian80"}


def test_two_datums_beside_each_other_take_the_one_that_is_ours(table):
    old = [(corner[0] + 50.0, corner[1] + 50.0) for corner in FIELD]
    rows = [[*row, *new] for row, new in zip(numbered(old), FIELD, strict=True)]
    head = [["点号", "1980西安坐标系", "", "2000国家大地坐标系", ""], ["", "X", "Y", "X", "Y"]]
    contents = table({"s": [*head, *rows]})
    assert contents.pieces[0].geometry.exterior.coords[0] == (EAST, NORTH)
    assert (contents.claim.datum, notice(contents, "coordinates_beside")) == ("cgcs2000", {"taken": "X / Y"})
    with pytest.raises(SiteFileBroken, match="several pairs of coordinate columns"):
        table({"s": [["点号", "X", "Y", "X", "Y"], *rows]})


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("utf-8", ","), ("utf-8-sig", ";"), ("gb18030", "\t"), ("utf-16", ","), ("gbk", " "), ("utf-8", "|")],
)
def test_texts_in_every_encoding_and_separator(table, encoding, delimiter):
    contents = table([["点号", "北坐标", "东坐标"], *numbered(FIELD)], encoding=encoding, delimiter=delimiter)
    assert contents.pieces[0].geometry.area == 10_000.0
    assert codes(contents)[0] == "axes_by_header"


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(numbered(FIELD), id="name x y"),
        pytest.param(numbered(FIELD, mark=""), id="1 x y"),
        pytest.param(numbered(FIELD, 40, mark=""), id="numbers from 40"),
        pytest.param([list(corner) for corner in FIELD], id="x y"),
        pytest.param(
            [[str(at), "", corner[1], corner[0], 255.5] for at, corner in enumerate(FIELD, 1)], id="east north height"
        ),
        pytest.param([[name, 1, x, y] for name, x, y in numbered(FIELD)], id="name ring x y"),
    ],
)
def test_columns_without_titles_are_found_by_their_numbers(table, rows):
    contents = table(rows)
    assert contents.pieces[0].geometry.exterior.coords[1] == (EAST + 100.0, NORTH)
    assert codes(contents)[0] == "axes_by_size"


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([[at, *corner, *corner] for at, corner in enumerate(FIELD)], id="two pairs"),
        pytest.param([[f"J{at}", "甲", "乙", *corner] for at, corner in enumerate(FIELD)], id="two unknown columns"),
        pytest.param([[1, 2, 3], [4, 5, 6]], id="three numbers"),
    ],
)
def test_columns_that_nothing_tells_are_refused(table, rows):
    with pytest.raises(SiteFileBroken, match=r"without titles|no titles"):
        table(rows)


def test_words_are_no_table(table):
    with pytest.raises(SiteFileBroken, match="no columns of coordinates"):
        table([["你好"], ["世界"]])
    with pytest.raises(SiteFileBroken, match="the file is empty"):
        table([])
    assert table({"s": [["你好"]]}).pieces == ()


def test_a_web_page_under_the_name_of_a_table(tmp_path):
    path = tmp_path / "t.xls"
    path.write_text("<html><table><tr><td>X</td></tr></table></html>", "utf-8")
    with pytest.raises(SiteFileForeign, match="a web page"):
        read(path, path.name, Wanted(), LIMITS)


def test_an_encrypted_workbook_is_refused_by_name(tmp_path):
    path = tmp_path / "t.xlsx"
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
    )
    with pytest.raises(SiteFileBroken, match="encrypted; save it without a password"):
        read(path, path.name, Wanted(), LIMITS)


@pytest.mark.parametrize(("limit", "most"), [("vertices", 3), ("unpacked_bytes", 200), ("entries", 3), ("bytes", 100)])
def test_limits_are_held(table, limit, most):
    with pytest.raises(SiteTooLarge, match=str(most)):
        table({"s": [TITLES, *numbered(FIELD)]}, limits=replace(LIMITS, **{limit: most}))


def test_a_cell_in_the_last_corner_of_a_sheet_costs_nothing(tmp_path):
    path = tmp_path / "far.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, 1)
        sheet.write(1_048_575, 16_383, 1)
    with pytest.raises(SiteTooLarge):
        read(path, path.name, Wanted(), LIMITS)


def test_a_million_rows_are_too_many(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text("点号,X,Y\n" + "1,4764523,512345\n" * 1_000_000, "utf-8")
    with pytest.raises(SiteTooLarge):
        read(path, path.name, Wanted(), LIMITS)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_file_cut_anywhere_is_an_error_of_ours_or_a_smaller_table(tmp_path, kind):
    path = tmp_path / f"t.{kind}"
    rows = [["坐标系：2000国家大地坐标系"], [*TITLES, "边长"], *([*row, 100] for row in numbered([*FIELD, FIELD[0]]))]
    if kind == "xlsx":
        write_book(path, {"表": rows})
    else:
        path.write_text("\n".join(",".join(map(str, row)) for row in rows), "gb18030")
    whole, refused, read_whole = path.read_bytes(), 0, 0
    for end in range(10, len(whole), 10):
        path.write_bytes(whole[:end])
        try:
            contents = read(path, path.name, Wanted(), LIMITS)
        except FenquError as error:
            said = str(error)
            refused += "Traceback" not in said and str(tmp_path) not in said
        else:
            read_whole += kind == "csv" and len(contents.points()) <= 5
    assert refused + read_whole == len(range(10, len(whole), 10))
    assert refused >= (len(whole) // 11 if kind == "xlsx" else 3)


def test_a_workbook_of_the_nineties():
    path = ROOT / "tests" / "data" / "sites" / "corners" / "square.xls"
    contents = read(path, path.name, Wanted(), LIMITS)
    assert (contents.pieces[0].geometry.area, contents.pieces[0].layer) == (10_000.0, "界址点成果表")
    assert (contents.claim.datum, codes(contents)) == ("cgcs2000", ["axes_by_header"])


def test_a_table_under_the_name_of_a_workbook(tmp_path):
    path = tmp_path / "t.xls"
    path.write_text("\n".join("\t".join(map(str, row)) for row in [TITLES, *numbered(FIELD)]), "gb18030")
    assert read(path, path.name, Wanted(), LIMITS).pieces[0].geometry.area == 10_000.0


CELLS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from(["点号", "X", "Y", "经度", "纬度", "边长", "圈号", "地块", "度", "分", "J1", "J2", "1", "", "1亩"]),
    st.sampled_from([NORTH, EAST, "512345.1", "129.5", "42.9", "129°30′", "中央子午线 129", "1e400", "=1"]),
    st.text(max_size=5),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(CELLS, max_size=6), max_size=8))
def test_any_rows_are_contents_or_an_error_of_ours(rows):
    points = np.zeros((0, 2))
    with suppress(FenquError):
        points = contents_of([Sheet("", tuple(rows))], "t.csv", Wanted(), LIMITS).points()
    assert np.isfinite(points).all()
