"""The exchange format of land approvals, and other texts under the same ending."""

import pytest

from geo.errors import FenquError, SiteFileBroken, SiteLayerUnknown, SiteTooLarge
from geo.settings import Settings
from geo.site.contents import Limits, Wanted
from geo.site.files import read

LIMITS = Limits.of(Settings())
EAST, NORTH = 43_512_345.0, 4_764_523.0
HEAD = {
    "格式版本号": "1.01版本",
    "数据产生单位": "某测绘院",
    "数据产生日期": "2025-6-15",
    "坐标系": "2000国家大地坐标系",
    "几度分带": "3",
    "投影类型": "高斯克吕格",
    "计量单位": "米",
    "带号": "43",
    "精度": "0.001",
    "转换参数": ",,,,,,",
}


def square(east, north, side):
    return [(north, east), (north, east + side), (north + side, east + side), (north + side, east), (north, east)]


def ring(corners, number=1, first=1):
    """Lines of a ring whose last corner is its first again."""
    names = [*range(first, first + len(corners) - 1), first]
    return [f"J{name},{number},{x:.3f},{y:.3f}" for name, (x, y) in zip(names, corners, strict=True)]


def approval(*plots, head=None):
    lines = ["[属性描述]", *(f"{name}={value}" for name, value in {**HEAD, **(head or {})}.items()), "[地块坐标]"]
    return "\n".join([*lines, *(line for plot in plots for line in plot)]) + "\n"


FIELD, POND = square(EAST, NORTH, 100.0), square(EAST + 20.0, NORTH + 20.0, 20.0)
PLOT = ["5,1.0000,1,地块一,面,,住宅用地,0701,@", *ring(FIELD)]


@pytest.fixture
def text(tmp_path):
    def made(said, encoding="utf-8", limits=LIMITS, wanted=None):
        path = tmp_path / "t.txt"
        path.write_bytes(said if isinstance(said, bytes) else said.encode(encoding))
        return read(path, path.name, wanted or Wanted(), limits)

    return made


def codes(contents):
    return [notice.code for notice in contents.notices]


def notice(contents, code):
    (found,) = [one for one in contents.notices if one.code == code]
    return found.parameters


def test_plots_with_a_hole_and_what_the_head_claims(text):
    with_hole = ["10,0.96,1,地块一,面,,住宅用地,0701,@", *ring(FIELD), *ring(POND, 2, 5)]
    other = ["5,400,2,,面,,,,@", *ring(square(EAST + 200.0, NORTH, 20.0))]
    contents = text(approval(with_hole, other))
    assert [(piece.name, piece.geometry.area) for piece in contents.pieces] == [("地块一", 9_600.0), ("2", 400.0)]
    assert contents.pieces[0].geometry.exterior.coords[1] == (EAST + 100.0, NORTH)
    claim = contents.claim
    assert (claim.by, claim.datum, claim.band, claim.zone, claim.degrees) == ("file", "cgcs2000", 3, 43, False)
    assert codes(contents) == ["axes_by_header", "holes_made", "stated_precision"]
    assert notice(contents, "holes_made") == {"count": "1", "area": "400.00"}


@pytest.mark.parametrize(
    ("said", "datum"),
    [
        ("80国家大地坐标系", "xian80"),
        ("五四", "beijing54"),
        ("1980西安坐标系", "xian80"),
        ("1980西安国家大地坐标系", "xian80"),
        ("1954年北京坐标系", "beijing54"),
        ("1954北京坐标系", "beijing54"),
        ("WGS84坐标系", "wgs84"),
        ("国家2000", "cgcs2000"),
        ("甲市独立坐标系", "local"),
        ("", None),
    ],
)
def test_the_datum_is_said_in_words(text, said, datum):
    assert text(approval(PLOT, head={"坐标系": said})).claim.datum == datum


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda said: said.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(lambda said: said.replace(",", "，"), id="full width commas"),
        pytest.param(lambda said: said.replace(",", " , "), id="blanks"),
        pytest.param(lambda said: said.replace("[", "【").replace("]", "】"), id="full width brackets"),
        pytest.param(lambda said: said.replace("\nJ", "\n\nJ"), id="blank lines"),
        pytest.param(lambda said: said.replace("[属性描述]", " [属性描述] "), id="blanks around a mark"),
        pytest.param(lambda said: said.rstrip("\n"), id="no last line end"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_one_file_as_many_programs_write_it(text, change, encoding):
    contents = text(change(approval(PLOT)), encoding)
    assert (contents.pieces[0].geometry.area, contents.claim.zone) == (10_000.0, 43)


def test_a_file_without_its_head_claims_nothing(text):
    contents = text("\n".join(["[地块坐标]", *PLOT]))
    assert (contents.claim.by, contents.pieces[0].geometry.area) == ("nobody", 10_000.0)
    assert text("\n".join(PLOT)).pieces[0].name == "地块一"


def test_rings_that_are_not_closed_are_rings(text):
    open_rings = [*ring(FIELD)[:-1], *ring(POND, 2, 5)[:-1]]
    assert text(approval(["8,0.96,1,甲,面,,,,@", *open_rings])).pieces[0].geometry.area == 9_600.0


def test_a_closed_ring_ends_under_the_same_number_too(text):
    contents = text(approval(["10,1.0,1,甲,面,,,,@", *ring(FIELD), *ring(POND, 1, 5)]))
    assert [(piece.name, piece.geometry.area) for piece in contents.pieces] == [("甲", 10_000.0), ("甲", 400.0)]
    assert "rings_kept_as_ground" in codes(contents)
    assert not {"holes_made", "area_differs"} & {*codes(contents)}


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("5,1.0,7,甲,面,,,,@", "甲"),
        ("1.0公顷,,甲,面,,,,@", "甲"),
        ("5,10000,222401,某村,D8-003,甲,面,,,,@", "甲"),
        ("0,0,7,甲,面,,,,@", "甲"),
        (",,7,,面,,,,@", "7"),
        ("5,1.0,7,甲,面,,,@", "甲"),
    ],
)
def test_the_line_of_a_plot_as_offices_vary_it(text, line, name):
    contents = text(approval([line, *ring(FIELD)]))
    assert (contents.pieces[0].name, codes(contents)) == (name, ["axes_by_header", "stated_precision"])


def test_easting_first_is_found_by_its_size(text):
    contents = text(approval(["5,1,1,甲,面,,,,@", *ring([corner[::-1] for corner in FIELD])]))
    assert contents.pieces[0].geometry.exterior.coords[1] == (EAST + 100.0, NORTH)
    assert codes(contents)[0] == "axes_against_header"


def test_degrees_under_the_marks(text):
    corners = [(42.88, 129.50), (42.88, 129.51), (42.89, 129.51), (42.88, 129.50)]
    contents = text(approval(["4,,1,甲,面,,,,@", *ring(corners)]))
    assert contents.pieces[0].geometry.exterior.coords[1] == (129.51, 42.88)
    assert contents.claim.degrees is None


def test_points_and_lines(text):
    road, well = ["3,,1,路,线,,,,@", *ring(FIELD)[:3]], ["1,,2,井,点,,,,@", "D1,1,4764500,43512300"]
    one, other = text(approval(road, well)).pieces
    assert (one.geometry.geom_type, one.geometry.length, other.geometry.geom_type) == ("LineString", 200.0, "Point")


def test_what_differs_from_what_is_stated_is_said(text):
    contents = text(approval(["9,2.5,1,甲,面,,,,@", *ring(FIELD)], head={"转换参数": "1,2,3,0,0,0,0"}))
    assert notice(contents, "corner_count_differs") == {"name": "甲", "stated": "9", "found": "5"}
    assert notice(contents, "area_differs") == {"name": "甲", "stated": "2.5", "computed": "10000.00"}
    assert notice(contents, "parameters_unused") == {"parameters": "1,2,3,0,0,0,0"}
    assert notice(contents, "stated_precision") == {"precision": "0.001"}


@pytest.mark.parametrize("parameters", ["", ",,,,,,", "0,0,0,0,0,0,0"])
def test_empty_parameters_are_none(text, parameters):
    assert "parameters_unused" not in codes(text(approval(PLOT, head={"转换参数": parameters})))


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        pytest.param(["5,1,1,甲,面,,,,@", *ring(FIELD)[:3]], "line 16: the file ends after 3 of the 5", id="cut off"),
        pytest.param(["5,1,1,甲,面,,,,@", *ring(FIELD)[:4], "J1,1,47645"], "line 18: .* no corner", id="half a line"),
        pytest.param(["5,1,1,甲,面,,,,@", "J1,1,4764523,abc"], "line 14: .* coordinate that is none", id="a word"),
        pytest.param(["5,1,1,甲,面,,,,@", "J1,1,1e400,1e400"], "line 14: .* coordinate that is none", id="1e400"),
        pytest.param(["5,1,1,甲,面,,,,@", "J1,1,nan,inf"], "line 14: .* coordinate that is none", id="nan"),
        pytest.param(["5,1,1,甲,,,,,@", *ring(FIELD)], "line 13: a plot whose shape is not said", id="no shape"),
        pytest.param(["5,1,1,甲,面,,,,@"], "line 13: a plot without a corner", id="no corner"),
        pytest.param(["J1,1,4764523,43512345"], "line 13: a corner before the first plot", id="no plot"),
        pytest.param(["2,1,1,甲,面,,,,@", *ring(FIELD)[:2]], "line 14: a ring of 2 different", id="two corners"),
        pytest.param(["1,1,1,甲,面,,,,@", *ring(FIELD)[:1]], "line 13: an area of one corner", id="one corner"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_line(text, lines, words):
    plots = [lines] if len(lines) > 1 or lines[0].startswith("J") else [lines, PLOT]
    with pytest.raises(SiteFileBroken, match=words):
        text(approval(*plots))


def test_one_exchanged_line_is_named(text):
    lines = ring(FIELD)
    lines[2] = "J3,1,{3},{2}".format(*lines[2].split(","))
    with pytest.raises(SiteFileBroken, match=r"line 16: easting and northing stand in the other order"):
        text(approval(["5,1,1,甲,面,,,,@", *lines]))


def test_a_file_cut_anywhere_is_an_error_or_says_that_corners_are_missing(text):
    whole = approval(["10,0.96,1,甲,面,,,,@", *ring(FIELD), *ring(POND, 2, 5)]).encode("gb18030")
    begins = whole.index(b"J1")
    refused, said = 0, 0
    for end in range(0, len(whole) - 8, 10):
        try:
            contents = text(whole[:end])
        except FenquError:
            refused += 1
        else:
            said += not contents.pieces or bool({"corner_count_differs", "area_differs"} & set(codes(contents)))
    assert refused + said == len(range(0, len(whole) - 8, 10))
    assert refused > (len(whole) - begins) // 20


def test_limits_are_held_while_reading(text):
    few = Limits.of(Settings(site_file_vertices=100))
    with pytest.raises(SiteTooLarge):
        text(approval(["0,0,1,甲,面,,,,@", *(["J1,1,4764523,43512345"] * 200)]), limits=few)
    with pytest.raises(SiteTooLarge):
        text(approval(*[PLOT] * 3), limits=Limits.of(Settings(site_file_pieces=2)))


def test_a_text_has_no_layers(text):
    with pytest.raises(SiteLayerUnknown, match="甲"):
        text(approval(PLOT), wanted=Wanted(layers=("甲",)))


def test_other_texts_are_tables_of_points(text):
    contents = text("1 4764523.1 512345.2\n2 4764623.1 512345.2\n3 4764623.1 512445.2\n")
    assert contents.pieces[0].geometry.exterior.coords[0] == (512345.2, 4764523.1)
    assert (contents.format, codes(contents)) == ("format.corners", ["axes_by_size", "points_joined"])


def test_other_texts_are_lists_of_angles(text):
    contents = text("J1 129° 30′ 15″ 42° 53′ 20″\nJ2 129° 30′ 25″ 42° 53′ 20″\nJ3 129° 30′ 25″ 42° 53′ 30″\n")
    assert contents.pieces[0].geometry.exterior.coords[0] == pytest.approx((129.504167, 42.888889), abs=1e-6)
    assert (contents.format, contents.claim.degrees) == ("format.points", True)


@pytest.mark.parametrize("said", ["你好，世界", "hello", "\x00\x01\x02", b"\xff\xfe\x00"])
def test_a_text_of_another_kind_is_refused(text, said):
    with pytest.raises(SiteFileBroken):
        text(said)
