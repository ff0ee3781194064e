"""DXF drawings as sites: drawings made in code, and real ones in tests/data/sites/dxf."""

import io
import math
from dataclasses import replace
from pathlib import Path

import ezdxf
import pytest
import shapely
from ezdxf.math import Vec3
from ezdxf.xref import attach
from shapely.geometry import Polygon

from geo.errors import SiteBoundaryLeft, SiteError, SiteFileBroken, SiteInvalid, SiteLayerUnknown, SiteTooLarge
from geo.settings import ROOT, Settings
from geo.site.contents import Claim, LayerSeen, Limits, Wanted, decode, encode
from geo.site.intake import SiteFile
from geo.site.readers.dxf import read
from geo.site.readers.marks import claim_of_texts
from geo.texts import LANGUAGES, say

LIMITS = Limits.of(Settings())
EAST, NORTH = 43_500_000.0, 4_750_000.0
SQUARE = [(EAST, NORTH), (EAST + 100, NORTH), (EAST + 100, NORTH + 100), (EAST, NORTH + 100)]
REAL = sorted(path for path in (ROOT / "tests/data/sites/dxf").iterdir() if path.suffix.lower() == ".dxf")


def drawing(version="R2000"):
    made = ezdxf.new(version)
    made.header["$INSUNITS"] = 6
    return made, made.modelspace()


@pytest.fixture
def send(tmp_path):
    """Save a drawing, or bytes, and read it."""

    def sent(made, *layers, limits=LIMITS, binary=False, encoding=None):
        path = tmp_path / "site.dxf"
        if isinstance(made, bytes):
            path.write_bytes(made)
        else:
            made.saveas(path, fmt="bin" if binary else "asc")
        contents = read(path, Wanted(layers, encoding), limits)
        assert decode(encode(contents)) == contents
        for notice in contents.notices:  # every one has words, and every word of it a value
            assert len({say(f"notice.{notice.code}", language, **notice.parameters) for language in LANGUAGES}) == 3
        return contents

    return sent


def codes(contents):
    return {notice.code: notice.parameters for notice in contents.notices}


def only(contents):
    assert len(contents.pieces) == 1
    return contents.pieces[0].geometry


# --- every kind of entity -------------------------------------------------------------------------------------------


def hatch_with_hole(space, style=0):
    hatch = space.add_hatch(dxfattribs={"layer": "PLOT", "hatch_style": style})
    hatch.paths.add_polyline_path(SQUARE, is_closed=True, flags=1)
    hatch.paths.add_polyline_path(
        [(EAST + x, NORTH + y) for x, y in ((20, 20), (60, 20), (60, 60), (20, 60))], flags=16
    )
    hatch.paths.add_polyline_path([(EAST + x, NORTH + y) for x, y in ((30, 30), (40, 30), (40, 40), (30, 40))], flags=0)


def hatch_of_edges(space):
    path = space.add_hatch(dxfattribs={"layer": "PLOT"}).paths.add_edge_path()
    path.add_line((0, 0), (100, 0))
    path.add_arc((100, 50), radius=50, start_angle=270, end_angle=90, ccw=True)
    path.add_line((0, 100), (100, 100))  # against the direction of the ring
    path.add_arc((0, 50), radius=50, start_angle=270, end_angle=90, ccw=False)


def polyline_r12(space):
    space.add_polyline2d([(0, 0), (100, 0), (100, 100), (0, 100)], close=True, dxfattribs={"layer": "PLOT"})


def closed_spline(space):
    on_circle = [Vec3.from_deg_angle(angle, 100.0) for angle in range(0, 360, 5)]
    space.add_spline(dxfattribs={"layer": "PLOT"}).set_closed(on_circle)


def spline_that_meets(space):
    space.add_spline([Vec3.from_deg_angle(angle, 100.0) for angle in range(0, 361, 5)], dxfattribs={"layer": "PLOT"})


AREAS = {
    "LWPOLYLINE": (lambda s: s.add_lwpolyline(SQUARE, close=True, dxfattribs={"layer": "PLOT"}), 10_000.0),
    "LWPOLYLINE whose ends meet": (lambda s: s.add_lwpolyline([*SQUARE, SQUARE[0]], dxfattribs={"layer": "PLOT"}), 1e4),
    "two bulges": (
        lambda s: s.add_lwpolyline([(0, 0, 1), (100, 0, 1)], format="xyb", close=True, dxfattribs={"layer": "PLOT"}),
        math.pi * 2500.0,
    ),
    "a bulge inwards": (
        lambda s: s.add_lwpolyline(
            [(0, 0, 0), (100, 0, -1), (100, 100, 0), (0, 100, 0)], "xyb", close=True, dxfattribs={"layer": "PLOT"}
        ),
        10_000.0 - math.pi * 1250.0,
    ),
    "POLYLINE": (polyline_r12, 10_000.0),
    "POLYLINE of three dimensions": (
        lambda s: s.add_polyline3d([(x, y, 7.0) for x, y in SQUARE], close=True, dxfattribs={"layer": "PLOT"}),
        10_000.0,
    ),
    "CIRCLE": (lambda s: s.add_circle((EAST, NORTH), 500.0, dxfattribs={"layer": "PLOT"}), math.pi * 250_000.0),
    "ELLIPSE": (
        lambda s: s.add_ellipse((EAST, NORTH), (200.0, 0.0), 0.5, dxfattribs={"layer": "PLOT"}),
        math.pi * 20_000.0,
    ),
    "closed SPLINE": (closed_spline, math.pi * 10_000.0 * ((2.0 + math.cos(math.radians(5.0))) / 3.0) ** 2),
    "SPLINE whose ends meet": (spline_that_meets, math.pi * 10_000.0),
    "SOLID": (
        lambda s: s.add_solid([SQUARE[0], SQUARE[1], SQUARE[3], SQUARE[2]], dxfattribs={"layer": "PLOT"}),
        10_000.0,
    ),
    "3DFACE": (lambda s: s.add_3dface(SQUARE, dxfattribs={"layer": "PLOT"}), 10_000.0),
    "HATCH, every second ring": (hatch_with_hole, 10_000.0 - 1_600.0 + 100.0),
    "HATCH, outermost ring": (lambda s: hatch_with_hole(s, 1), 10_000.0 - 1_600.0),
    "HATCH, all within": (lambda s: hatch_with_hole(s, 2), 10_000.0),
    "HATCH of edges": (hatch_of_edges, 10_000.0),
}


@pytest.mark.parametrize("kind", AREAS)
@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
def test_an_area(send, kind, binary):
    draw, area = AREAS[kind]
    made, space = drawing()
    draw(space)
    contents = send(made, binary=binary)
    assert only(contents).area == pytest.approx(area, rel=5e-4)
    assert contents.layers == (LayerSeen("PLOT", areas=1),)
    assert contents.format == "format.dxf"


LINES = {
    "LINE": lambda s: s.add_line((0, 0), (3, 4)),
    "open LWPOLYLINE": lambda s: s.add_lwpolyline([(0, 0), (3, 4)]),
    "open POLYLINE": lambda s: s.add_polyline2d([(0, 0), (3, 4)]),
    "open SPLINE": lambda s: s.add_open_spline([(0, 0), (1, 4 / 3), (2, 8 / 3), (3, 4)]),
    "closed flag on two corners": lambda s: s.add_lwpolyline([(0, 0), (3, 4)], close=True),
}


@pytest.mark.parametrize("kind", LINES)
def test_a_line(send, kind):
    made, space = drawing()
    LINES[kind](space)
    line = only(send(made))
    assert line.geom_type == "LineString"
    assert shapely.hausdorff_distance(line, shapely.LineString([(0, 0), (3, 4)])) < 1e-9


def test_an_arc_is_a_line_of_points_on_it(send):
    made, space = drawing()
    space.add_arc((EAST, NORTH), 1_000.0, 0.0, 90.0)
    contents = send(made)
    points = shapely.get_coordinates(only(contents)) - (EAST, NORTH)
    assert max(abs(math.hypot(*point) - 1_000.0) for point in points) < 1e-6
    middle = (points[1:] + points[:-1]) / 2.0
    assert max(1_000.0 - math.hypot(*point) for point in middle) <= 0.01
    assert codes(contents)["curves_flattened"] == {"count": "1", "tolerance": "0.01"}


def test_points_are_read_where_there_is_nothing_else(send):
    made, space = drawing()
    space.add_point((EAST, NORTH, 312.0))
    contents = send(made)
    assert only(contents).coords[:] == [(EAST, NORTH)]
    assert "heights_dropped" in codes(contents)


def test_what_is_not_read_is_counted(send):
    made, space = drawing()
    space.add_lwpolyline(SQUARE, close=True)
    space.add_polymesh((3, 3))
    space.add_lwpolyline([(1, 1)])
    space.add_text("text is no ground")
    parameters = codes(send(made))["objects_not_read"]
    assert "POLYLINE 1" in parameters["kinds"].split(", ")
    assert "LWPOLYLINE 1" in parameters["kinds"]
    assert "TEXT" not in parameters["kinds"]


def test_a_mirrored_plane_of_an_object_is_turned_back(send):
    made, space = drawing()
    flipped = [(-x, y) for x, y in SQUARE]
    space.add_lwpolyline(flipped, close=True, dxfattribs={"extrusion": (0, 0, -1)})
    assert only(send(made)).equals(Polygon(SQUARE))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_coordinate_that_is_no_number_is_an_error(send, value):
    made, space = drawing()
    space.add_lwpolyline([*SQUARE, (value, NORTH)], close=True)
    with pytest.raises(SiteInvalid, match="no finite number"):
        send(made)


def test_vertices_that_only_guide_a_fitted_polyline_are_left_out(send):
    made, space = drawing()
    line = space.add_polyline2d([(0, 0), (100, 0), (100, 100), (0, 100)], close=True)
    line.append_vertex((500, 500), dxfattribs={"flags": 16})
    assert only(send(made)).area == 10_000.0


# --- rings ----------------------------------------------------------------------------------------------------------


def sides(space, layer="PLOT", corners=SQUARE):
    for start, end in zip(corners, [*corners[1:], corners[0]], strict=True):
        space.add_line(end, start, dxfattribs={"layer": layer})


def test_sides_that_meet_are_a_ring(send):
    made, space = drawing()
    sides(space)
    contents = send(made)
    assert only(contents).equals(Polygon(SQUARE))
    assert codes(contents)["ring_of_segments"] == {"count": "1"}
    assert contents.layers == (LayerSeen("PLOT", areas=1),)


def test_sides_and_an_arc_are_a_ring(send):
    made, space = drawing()
    space.add_arc((0, 0), 50.0, 0.0, 180.0)
    space.add_line((50, 0), (-50, 0))
    assert only(send(made)).area == pytest.approx(math.pi * 1250.0, rel=1e-3)


@pytest.mark.parametrize("kind", ["a third line at a corner", "a gap", "two layers", "crossing itself"])
def test_sides_that_may_go_another_way_stay_lines(send, kind):
    made, space = drawing()
    x, y = EAST, NORTH
    if kind == "a third line at a corner":
        sides(space)
        space.add_line((x, y), (x - 50, y), dxfattribs={"layer": "PLOT"})
    elif kind == "a gap":
        sides(space, corners=SQUARE[:3])
        space.query("LINE").last.dxf.end = (x + 99.0, y + 100.0)
    elif kind == "two layers":
        sides(space)
        space.query("LINE").first.dxf.layer = "OTHER"
    else:
        sides(space, corners=[SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]])
    contents = send(made)
    assert {piece.geometry.geom_type for piece in contents.pieces} == {"LineString"}
    assert "ring_of_segments" not in codes(contents)


def test_a_ring_inside_a_ring_is_no_hole_and_is_told(send):
    made, space = drawing()
    space.add_lwpolyline(SQUARE, close=True)
    space.add_lwpolyline([(EAST + x, NORTH + y) for x, y in ((20, 20), (60, 20), (60, 60))], close=True)
    contents = send(made)
    assert [piece.geometry.area for piece in contents.pieces] == [10_000.0, 800.0]
    assert codes(contents)["ring_inside_ring"] == {"count": "1"}


def test_the_same_ring_twice_lies_not_inside_itself(send):
    made, space = drawing()
    space.add_lwpolyline(SQUARE, close=True)
    space.add_lwpolyline(SQUARE, close=True)
    assert "ring_inside_ring" not in codes(send(made))


def test_rings_of_a_hatch_that_cross_are_taken_whole(send):
    made, space = drawing()
    hatch = space.add_hatch()
    hatch.paths.add_polyline_path([(0, 0), (100, 0), (100, 100), (0, 100)])
    hatch.paths.add_polyline_path([(50, 50), (150, 50), (150, 150), (50, 150)])
    contents = send(made)
    assert [piece.geometry.area for piece in contents.pieces] == [10_000.0, 10_000.0]
    assert codes(contents)["hatch_rings_cross"] == {"count": "1"}


# --- a boundary among the lines left aside ---------------------------------------------------------------------------

BUILDING = [(EAST + x, NORTH + y) for x, y in ((10, 10), (30, 10), (30, 30), (10, 30))]
ELSEWHERE = [(x + 500, y) for x, y in SQUARE]
HAIR = (EAST, NORTH + 0.0005)


def cut_short(space, corners=SQUARE):
    """Sides of which none quite meets the next."""
    for (x, y), end in zip(corners, [*corners[1:], corners[0]], strict=True):
        space.add_line((x + 0.01, y), end, dxfattribs={"layer": "PLOT"})


def with_a_third_line(space, layers=("PLOT", "PLOT")):
    sides(space, layers[0])
    space.add_line(SQUARE[0], (EAST - 50, NORTH - 50), dxfattribs={"layer": layers[1]})
    space.add_line(SQUARE[2], (EAST + 150, NORTH + 150), dxfattribs={"layer": layers[0]})


@pytest.mark.parametrize(
    "draw",
    [
        pytest.param(lambda s: s.add_lwpolyline([*SQUARE, HAIR]), id="half a millimetre open"),
        pytest.param(lambda s: s.add_lwpolyline([(x + 500, y) for x, y in [*SQUARE, HAIR]]), id="open, beside it"),
        pytest.param(lambda s: s.add_polyline2d(SQUARE), id="without its closing side"),
        pytest.param(lambda s: sides(s, corners=SQUARE) or s.query("LINE").last.destroy(), id="a side missing"),
        pytest.param(with_a_third_line, id="lines that go on at two corners"),
        pytest.param(lambda s: with_a_third_line(s, ("A", "B")), id="over two layers"),
        pytest.param(cut_short, id="sides that do not meet"),
        pytest.param(lambda s: cut_short(s, ELSEWHERE), id="sides that do not meet, beside it"),
    ],
)
def test_lines_that_may_be_the_boundary_are_told(send, draw):
    made, space = drawing()
    space.add_lwpolyline(BUILDING, close=True, dxfattribs={"layer": "BUILDING"})
    assert "boundary_left_aside" not in codes(send(made))
    draw(space)
    contents = send(made)
    assert only(contents).equals(Polygon(BUILDING))
    assert "boundary_left_aside" in codes(contents)
    assert "boundary_left_aside" not in codes(send(made, "BUILDING"))


@pytest.mark.parametrize(
    "draw",
    [
        pytest.param(lambda s: s.add_lwpolyline([*BUILDING, (EAST + 10, NORTH + 10.01)]), id="within the plot"),
        pytest.param(lambda s: s.add_lwpolyline([(EAST - 50, NORTH), (EAST + 50, NORTH + 300)]), id="across it"),
        pytest.param(lambda s: s.add_lwpolyline([(x + 500, y) for x, y in SQUARE]), id="a bent road beside it"),
        pytest.param(lambda s: s.add_lwpolyline([(0, 0), (9, 9), (0, 0)]), id="there and back"),
        pytest.param(lambda s: s.add_lwpolyline([(0, 0), (9, 9), (math.nan, 0)]), id="damaged"),
    ],
)
def test_other_lines_left_aside_are_no_boundary(send, draw):
    made, space = drawing()
    space.add_lwpolyline(SQUARE, close=True)
    draw(space)
    contents = send(made)
    assert only(contents).equals(Polygon(SQUARE))
    assert {"drawing_left_aside"} <= set(codes(contents)) <= {"drawing_left_aside", "heights_dropped"}


def test_rows_of_corners_and_sides_that_meet_are_a_ring(send):
    made, space = drawing()
    space.add_lwpolyline(SQUARE[:3], dxfattribs={"layer": "PLOT"})
    space.add_line(SQUARE[3], SQUARE[2], dxfattribs={"layer": "PLOT"})
    space.add_polyline2d([SQUARE[3], SQUARE[0]], dxfattribs={"layer": "PLOT"})
    space.add_lwpolyline(BUILDING, close=True, dxfattribs={"layer": "BUILDING"})
    contents = send(made)
    assert [piece.geometry.area for piece in contents.pieces] == [10_000.0, 400.0]
    assert codes(contents)["ring_of_segments"] == {"count": "1"}


def test_a_row_of_corners_that_touches_a_ring_of_sides_does_not_open_it(send):
    made, space = drawing()
    sides(space)
    space.add_lwpolyline([SQUARE[0], (EAST - 50, NORTH), (EAST - 50, NORTH - 50)], dxfattribs={"layer": "PLOT"})
    assert only(send(made)).equals(Polygon(SQUARE))


# --- layers ---------------------------------------------------------------------------------------------------------


def furnished():
    made, space = drawing()
    for name in ("红线", "FRAME", "OFF", "FROZEN"):
        made.layers.add(name)
    made.layers.get("OFF").off()
    made.layers.get("FROZEN").freeze()
    for name in ("红线", "OFF", "FROZEN"):
        space.add_lwpolyline(SQUARE, close=True, dxfattribs={"layer": name})
    space.add_line((0, 0), (9, 9), dxfattribs={"layer": "FRAME"})
    space.add_point((0, 0), dxfattribs={"layer": "红线"})
    return made, space


def test_areas_of_the_layers_that_can_be_seen_are_taken(send):
    contents = send(furnished()[0])
    assert [piece.layer for piece in contents.pieces] == ["红线"]
    assert contents.layers == (
        LayerSeen("红线", points=1, areas=1),
        LayerSeen("OFF", areas=1, taken=False),
        LayerSeen("FROZEN", areas=1, taken=False),
        LayerSeen("FRAME", lines=1, taken=False),
    )
    assert codes(contents) == {
        "drawing_left_aside": {"lines": "1", "points": "1"},
        "layers_hidden": {"layers": "OFF, FROZEN"},
    }


def test_of_a_chosen_layer_everything_is_taken(send):
    contents = send(furnished()[0], "FRAME", "红线", "OFF")
    assert [piece.layer for piece in contents.pieces] == ["红线", "OFF", "FRAME", "红线"]


def test_a_layer_that_is_not_there_is_named_with_those_that_are(send):
    with pytest.raises(SiteLayerUnknown, match=r"宗地.*红线, OFF, FROZEN, FRAME"):
        send(furnished()[0], "宗地")


def test_areas_on_several_layers_are_taken_and_the_sender_is_asked(send):
    made, space = furnished()
    space.add_lwpolyline(SQUARE, close=True, dxfattribs={"layer": "FRAME"})
    contents = send(made)
    assert len(contents.pieces) == 2
    assert codes(contents)["layers_to_choose"] == {"layers": "红线, FRAME"}


def test_an_invisible_object_is_left_aside(send):
    made, space = drawing()
    space.add_lwpolyline(SQUARE, close=True)
    space.add_lwpolyline(SQUARE, close=True, dxfattribs={"invisible": 1})
    contents = send(made)
    assert len(contents.pieces) == 1
    assert codes(contents)["hidden_objects_left_aside"] == {"count": "1"}


def test_names_of_layers_are_one_whatever_their_case(send):
    made, space = drawing()
    made.layers.add("Plot")
    space.add_lwpolyline(SQUARE, close=True, dxfattribs={"layer": "PLOT"})
    assert send(made).layers == (LayerSeen("Plot", areas=1),)


def test_paper_space_is_not_read(send):
    made, _ = drawing()
    made.layout("Layout1").add_lwpolyline(SQUARE, close=True)
    contents = send(made)
    assert contents.pieces == ()
    assert codes(contents)["paper_space_not_read"] == {"count": "1"}


# --- blocks ---------------------------------------------------------------------------------------------------------


def test_a_block_is_placed_scaled_and_turned(send):
    made, space = drawing()
    block = made.blocks.new("地块", base_point=(5, 5))
    block.add_lwpolyline([(5, 5), (15, 5), (15, 15), (5, 15)], close=True)
    attributes = {"layer": "PLOT", "xscale": 10, "yscale": 20, "rotation": 90}
    insert = space.add_blockref("地块", (EAST, NORTH), dxfattribs=attributes)
    insert.add_attrib("名称", "一期用地")
    contents = send(made)
    expected = Polygon([(EAST, NORTH), (EAST, NORTH + 100), (EAST - 200, NORTH + 100), (EAST - 200, NORTH)])
    assert shapely.hausdorff_distance(only(contents), expected) < 1e-6
    assert (contents.pieces[0].layer, contents.pieces[0].name) == ("PLOT", "一期用地")


def test_a_bulge_in_a_block_that_is_stretched_becomes_part_of_an_ellipse(send):
    made, space = drawing()
    made.blocks.new("B").add_lwpolyline([(0, 0, 1), (100, 0, 1)], format="xyb", close=True)
    space.add_blockref("B", (0, 0), dxfattribs={"xscale": 2})
    contents = send(made)
    assert only(contents).area == pytest.approx(math.pi * 5_000.0, rel=1e-3)
    assert codes(contents)["curves_flattened"]["tolerance"] == "0.02"


def test_a_block_in_a_mirrored_block(send):
    made, space = drawing()
    made.blocks.new("INNER").add_lwpolyline([(0, 0), (10, 0), (10, 10)], close=True)
    made.blocks.new("OUTER").add_blockref("INNER", (100, 0), dxfattribs={"rotation": 90})
    space.add_blockref("OUTER", (0, 0), dxfattribs={"xscale": -1})
    assert only(send(made)).equals(Polygon([(-100, 0), (-100, 10), (-90, 10)]))


def test_an_array_of_references_is_every_one_of_them(send):
    made, space = drawing()
    made.blocks.new("B").add_lwpolyline([(0, 0), (1, 0), (1, 1)], close=True)
    grid = {"row_count": 2, "column_count": 3, "row_spacing": 10, "column_spacing": 20}
    space.add_blockref("B", (0, 0), dxfattribs=grid)
    assert sorted(piece.geometry.bounds[:2] for piece in send(made).pieces) == [
        (x, y) for x in (0, 20, 40) for y in (0, 10)
    ]


def bomb_of_two(made, depth):
    made.blocks.new("B0").add_lwpolyline(SQUARE, close=True)
    for at in range(1, depth + 1):
        block = made.blocks.new(f"B{at}")
        for shift in (0, 1):
            block.add_blockref(f"B{at - 1}", (shift, 0))
    made.modelspace().add_blockref(f"B{depth}", (0, 0))


def bomb_of_arrays(made, _):
    made.blocks.new("B").add_lwpolyline(SQUARE, close=True)
    grid = {"row_count": 10_000, "column_count": 10_000, "row_spacing": 1, "column_spacing": 1}
    made.modelspace().add_blockref("B", (0, 0), dxfattribs=grid)


def bomb_in_a_circle(made, _):
    made.blocks.new("A").add_blockref("B", (0, 0))
    made.blocks.new("B").add_blockref("A", (0, 0))
    made.modelspace().add_blockref("A", (0, 0))


@pytest.mark.parametrize(
    ("bomb", "depth", "limit"),
    [
        pytest.param(bomb_of_two, 30, "vertices", id="two references in each of thirty"),
        pytest.param(bomb_of_two, 40, "levels of nesting", id="forty deep"),
        pytest.param(bomb_of_arrays, 0, "vertices", id="an array of a hundred million"),
        pytest.param(bomb_in_a_circle, 0, "levels of nesting", id="a block within itself"),
    ],
)
def test_a_block_bomb_is_refused_before_it_goes_off(send, bomb, depth, limit):
    made, _ = drawing()
    bomb(made, depth)
    with pytest.raises(SiteTooLarge, match=limit):
        send(made)


def test_a_reference_to_another_file_is_not_followed(send, tmp_path):
    other, space = drawing()
    space.add_lwpolyline(SQUARE, close=True)
    other.saveas(tmp_path / "other.dxf")
    made, space = drawing()
    space.add_line((0, 0), (1, 1))
    attach(made, block_name="other", filename=str(tmp_path / "other.dxf"))
    image = made.add_image_def(str(tmp_path / "photo.jpg"), (10, 10))
    space.add_image(image, (0, 0), (1, 1))
    contents = send(made)
    assert [piece.geometry.geom_type for piece in contents.pieces] == ["LineString"]
    assert codes(contents)["reference_not_followed"] == {"count": "2"}


def test_an_object_on_a_layer_of_its_own_in_a_frozen_reference_is_hidden(send):
    made, space = drawing()
    made.layers.add("FROZEN").freeze()
    made.blocks.new("B").add_lwpolyline(SQUARE, close=True, dxfattribs={"layer": "PLOT"})
    space.add_blockref("B", (0, 0), dxfattribs={"layer": "FROZEN"})
    contents = send(made)
    assert contents.pieces == ()
    assert codes(contents)["hidden_objects_left_aside"] == {"count": "1"}


# --- limits ---------------------------------------------------------------------------------------------------------


def test_more_vertices_than_are_taken(send):
    made, space = drawing()
    space.add_circle((0, 0), 1_000.0)
    with pytest.raises(SiteTooLarge, match="vertices"):
        send(made, limits=replace(LIMITS, vertices=500))


def test_more_pieces_than_are_taken(send):
    made, space = drawing()
    for at in range(11):
        space.add_lwpolyline([(at, 0), (at + 1, 0), (at, 1)], close=True)
    with pytest.raises(SiteTooLarge, match="more than the 10 taken"):
        send(made, limits=replace(LIMITS, pieces=10))


def test_an_endless_polyline_is_refused_before_it_is_parsed(send, monkeypatch):
    made, space = drawing()
    space.add_lwpolyline([(at, at % 7) for at in range(5_000)])
    stream = io.StringIO()
    made.write(stream)
    monkeypatch.setattr("geo.site.readers.dxf_document.read", None)  # calling it would be another error
    monkeypatch.setattr("geo.site.readers.dxf_document.recover", None)
    with pytest.raises(SiteTooLarge, match="vertices"):
        send(stream.getvalue().encode(), limits=replace(LIMITS, vertices=400))


# --- bytes ----------------------------------------------------------------------------------------------------------


def gbk_r12(declared=b"ANSI_936"):
    """A drawing of R12 with texts in GBK, as text editors and survey programs write it."""
    page = b"9\r\n$DWGCODEPAGE\r\n3\r\n" + declared + b"\r\n" if declared else b""
    head = b"0\r\nSECTION\r\n2\r\nHEADER\r\n9\r\n$ACADVER\r\n1\r\nAC1009\r\n" + page + b"0\r\nENDSEC\r\n"
    layer = "宗地红线".encode("gbk")
    body = b"0\r\nSECTION\r\n2\r\nENTITIES\r\n0\r\nPOLYLINE\r\n8\r\n" + layer + b"\r\n66\r\n1\r\n70\r\n1\r\n"
    for x, y in SQUARE:
        body += b"0\r\nVERTEX\r\n8\r\n" + layer + f"\r\n10\r\n{x}\r\n20\r\n{y}\r\n".encode()
    note = "坐标系：2000国家大地坐标系，中央子午线129度".encode("gbk")
    body += b"0\r\nSEQEND\r\n0\r\nTEXT\r\n8\r\n0\r\n10\r\n0\r\n20\r\n0\r\n40\r\n1\r\n1\r\n" + note
    return head + body + b"\r\n0\r\nENDSEC\r\n0\r\nEOF\r\n"


@pytest.mark.parametrize("declared", [b"ANSI_936", None, b"ANSI_1252"], ids=["declared", "nothing", "another"])
def test_texts_in_gbk(send, declared):
    contents = send(gbk_r12(declared))
    assert contents.layers == (LayerSeen("宗地红线", areas=1),)
    assert (contents.claim.datum, contents.claim.meridian) == ("cgcs2000", 129.0)
    assumed = codes(contents).get("encoding_assumed", {})
    assert assumed.get("encoding") == (None if declared == b"ANSI_936" else "GBK")


def test_the_encoding_that_the_sender_states(send):
    data = gbk_r12(None).decode("gbk").replace("宗地红线", "ブロック").encode("cp932", "ignore")
    assert send(data, encoding="cp932").layers == (LayerSeen("ブロック", areas=1),)


def test_escaped_signs_of_a_name(send):
    data = gbk_r12().replace("宗地红线".encode("gbk"), rb"\U+5B97\U+5730\M+5BAEC\M+5CFDF")
    assert send(data).layers == (LayerSeen("宗地红线", areas=1),)


@pytest.mark.parametrize("version", ["R12", "R2000", "R2018"])
@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
def test_a_name_in_chinese_in_any_version(send, version, binary):
    made, space = drawing(version)
    made.encoding = "gbk"
    made.layers.add("宗地红线")
    space.add_polyline2d(SQUARE, close=True, dxfattribs={"layer": "宗地红线"})
    assert send(made, binary=binary).layers == (LayerSeen("宗地红线", areas=1),)


@pytest.mark.parametrize("magic", [b"AC1015", b"AC1032", b"AC1.50"])
def test_a_dwg_is_to_be_saved_as_dxf(send, magic):
    with pytest.raises(SiteFileBroken, match="save it as DXF"):
        send(magic + bytes(200))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"hello", b"AutoCAD Binary DXF\r\n\x1a\x00", bytes(range(256))])
def test_what_is_no_drawing(send, data):
    with pytest.raises(SiteFileBroken):
        send(data)


@pytest.mark.parametrize("tenth", range(10))
@pytest.mark.parametrize("kind", ["R12", "R2018", "binary", "GBK"])
def test_a_drawing_that_is_cut_off_is_refused(send, tmp_path, tenth, kind):
    if kind == "GBK":
        data = gbk_r12()
    else:
        made, space = drawing("R2000" if kind == "binary" else kind)
        space.add_polyline2d(SQUARE, close=True)
        made.saveas(tmp_path / "whole.dxf", fmt="bin" if kind == "binary" else "asc")
        data = (tmp_path / "whole.dxf").read_bytes()
    assert send(data).pieces
    with pytest.raises(SiteFileBroken, match=r"part of it is missing|no DXF drawing"):
        send(data[: len(data) * tenth // 10])


def test_a_damaged_drawing_is_repaired_and_it_is_told(send):
    data = gbk_r12().replace(b"70\r\n1\r\n", b"70\r\n1x\r\n")
    contents = send(data)
    assert only(contents).equals(Polygon(SQUARE))
    assert contents.layers == (LayerSeen("宗地红线", areas=1),)
    assert "drawing_recovered" in codes(contents)


@pytest.mark.parametrize("byte", range(40, 400, 24))
def test_a_byte_turned_over_gives_contents_or_a_plain_error(send, byte):
    data = bytearray(gbk_r12())
    data[byte] ^= 0x15
    try:
        contents = send(bytes(data))
    except SiteError:
        return
    assert len(contents.pieces) <= 1


# --- what it says of its coordinates --------------------------------------------------------------------------------


def test_the_note_of_a_drawing_is_its_claim(send):
    made, space = drawing()
    space.add_lwpolyline(SQUARE, close=True)
    block = made.blocks.new("TITLE")
    block.add_mtext("说明：\\P1. 采用2000国家大地坐标系，高斯投影3度带，中央子午线129°00′\\P2. 1985国家高程基准")
    made.layout("Layout1").add_blockref("TITLE", (0, 0))
    claim = send(made).claim
    assert (claim.by, claim.datum, claim.band, claim.meridian) == ("file", "cgcs2000", 3, 129.0)
    assert claim.degrees is False


def test_notes_that_contradict_each_other(send):
    made, space = drawing()
    space.add_lwpolyline(SQUARE, close=True)
    space.add_text("1980西安坐标系")
    space.add_text("CGCS2000")
    contents = send(made)
    assert contents.claim.datum is None
    assert codes(contents)["claims_contradict"] == {"said": "1980西安 / CGCS2000"}


def test_a_sign_for_degrees_in_a_text(send):
    made, space = drawing()
    space.add_lwpolyline(SQUARE, close=True)
    space.add_text("中央子午线128%%d30'")
    assert send(made).claim.meridian == 128.5


def with_geodata(**attributes):
    made, space = drawing("R2010")
    space.add_lwpolyline(SQUARE, close=True)
    data = space.new_geodata()
    data.coordinate_system_definition = (
        '<?xml version="1.0" encoding="UTF-16" standalone="no" ?><Dictionary version="1.0"><Name>X</Name>'
        '<Axis uom="METER"><CoordinateSystemAxis><AxisOrder>1</AxisOrder><AxisName>Easting</AxisName>'
        "<AxisAbbreviation>E</AxisAbbreviation><AxisDirection>east</AxisDirection></CoordinateSystemAxis></Axis>"
        '<Alias id="4552" type="CoordinateSystem"><ObjectId>X</ObjectId><Namespace>EPSG Code</Namespace></Alias>'
        "</Dictionary>"
    )
    data.dxf.coordinate_type = 2
    for name, value in attributes.items():
        data.dxf.set(name, value)
    return made, space


def test_geographic_data_names_the_system(send):
    claim = send(with_geodata()[0]).claim
    assert (claim.crs, claim.datum, claim.band, claim.meridian) == ("EPSG:4552", "cgcs2000", 3, 129.0)


def test_geographic_data_against_a_note(send):
    made, space = with_geodata()
    space.add_text("中央子午线126°")
    contents = send(made)
    assert contents.claim.meridian is None
    assert "126" in codes(contents)["claims_contradict"]["said"]


@pytest.mark.parametrize(
    "attributes",
    [
        {"north_direction": (0.1, 1.0)},
        {"horizontal_unit_scale": 0.001},
        {"coordinate_type": 1, "reference_point": (EAST, NORTH, 0)},
        {"coordinate_type": 0},
    ],
    ids=["turned", "scaled", "moved", "unknown"],
)
def test_a_drawing_that_is_not_in_the_system_it_names_claims_nothing(send, attributes):
    contents = send(with_geodata(**attributes)[0])
    assert contents.claim == Claim(mark=contents.claim.mark)
    assert "EPSG:4552" in codes(contents)["drawing_placed_elsewhere"]["system"]


def test_a_unit_other_than_the_metre_is_told_and_nothing_is_scaled(send):
    made, space = drawing()
    made.header["$INSUNITS"] = 4
    space.add_lwpolyline(SQUARE, close=True)
    contents = send(made)
    assert only(contents).equals(Polygon(SQUARE))
    assert codes(contents) == {"drawing_units": {"unit": "mm"}}


# --- texts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2000国家大地坐标系", {"datum": "cgcs2000"}),
        ("国家2000坐标系，带号43", {"datum": "cgcs2000", "zone": 43}),
        ("CGCS2000_3_Degree_GK_Zone_43", {"datum": "cgcs2000", "band": 3, "zone": 43, "degrees": False}),
        ("CGCS2000 3度带43带", {"datum": "cgcs2000", "band": 3, "zone": 43}),
        ("1980西安坐标系 3度带 中央子午线：１２９°", {"datum": "xian80", "band": 3, "meridian": 129.0}),
        ("1954年北京坐标系，6度带第22带", {"datum": "beijing54", "band": 6, "zone": 22}),
        ("Beijing 1954 / 3-degree GK CM 129E", {"datum": "beijing54", "band": 3, "meridian": 129.0, "degrees": False}),
        ("WGS-84 坐标", {"datum": "wgs84"}),
        ("高德（GCJ-02）", {"datum": "gcj02"}),
        ("百度坐标", {"datum": "bd09"}),
        ("中央子午线为东经128°30′00″", {"meridian": 128.5}),
        ("延吉市独立坐标系", {"datum": "local"}),
        ("EPSG:4552", {"crs": "EPSG:4552"}),
    ],
)  # fmt: skip
def test_what_a_text_says(text, said):
    claim, notices = claim_of_texts([text])
    assert replace(claim, mark="") == Claim(by="file", **said)
    assert claim.mark
    assert notices == ()


@pytest.mark.parametrize(
    "text",
    [
        "1985国家高程基准",
        "1956年黄海高程系",
        "比例尺 1:2000",
        "绿化25带",
        "中央子午线1290",
        "带号99",
        "1.5度带",
        "1980年建成",
        "",
    ],
)
def test_a_text_that_says_nothing_of_coordinates(text):
    assert claim_of_texts([text]) == (Claim(), ())


@pytest.mark.parametrize(
    ("texts", "lost"),
    [
        (["由1980西安坐标系转换为2000国家大地坐标系"], {"datum"}),
        (["独立坐标系", "CGCS2000"], {"datum"}),
        (["中央子午线129°", "中央子午线126°"], {"meridian"}),
        (["带号42，中央子午线129°"], {"zone", "meridian"}),
        (["6度带 带号43"], {"zone", "band"}),
    ],
)
def test_a_contradiction_stays_open(texts, lost):
    claim, notices = claim_of_texts(texts)
    assert [notice.code for notice in notices] == ["claims_contradict"]
    assert all(getattr(claim, name) is None for name in lost)


# --- real drawings --------------------------------------------------------------------------------------------------

OUTCOMES = {
    "AC1003_LINE_Example.dxf": ("drawing_recovered", 22),
    "ASCII_R12.dxf": ("encoding_assumed", 2),
    "Leica_Disto_S910.dxf": ("layers_to_choose", 21),
    "POLI-ALL210_12.DXF": ("drawing_left_aside", 13),
    "R12_with_trash_beyond_EOF.dxf": ("curves_flattened", 1),
    "bin_dxf_r12.dxf": (None, 3),
    "bin_dxf_r13.dxf": (None, 3),
    "bin_dxf_r2000.dxf": (None, 0),
    "cc_dxflib.dxf": ("heights_dropped", 1),
    "duplicate_handles.dxf": ("ring_of_segments", 1),
    "dxf_unicode.dxf": (None, 0),
    "empty_handles.dxf": ("drawing_recovered", 2),
    "no_layouts.dxf": ("drawing_units", 2),
    "r12_blocks_with_no_names.dxf": (None, 0),
    "recover02.dxf": ("drawing_recovered", 3),
    "small_r13.dxf": ("drawing_left_aside", 4),
}


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_a_real_drawing(path: Path):
    contents = read(path, Wanted(), LIMITS)
    code, pieces = OUTCOMES[path.name]
    assert len(contents.pieces) == pieces
    assert code in codes(contents) if code else not contents.notices
    assert decode(encode(contents)) == contents


def test_every_real_drawing_has_an_outcome():
    assert {path.name for path in REAL} == set(OUTCOMES)


def test_a_drawing_whose_boundary_may_be_left_aside_is_no_site_until_somebody_chooses(tmp_path, here):
    """Saying the CRS is no answer to the question which lines are the boundary."""
    made, model = drawing()
    east, north = 43_500_000.0, 4_750_000.0
    corners = [(east, north), (east + 1000.0, north), (east + 1000.0, north + 1000.0), (east, north + 1000.0)]
    model.add_lwpolyline([*corners, (east, north + 0.0005)], dxfattribs={"layer": "红线"})
    inner = [(x + 100.0, y + 100.0) for x, y in ((east, north), (east + 50, north), (east + 50, north + 50))]
    model.add_lwpolyline(inner, close=True, dxfattribs={"layer": "BUILDING"})
    path = tmp_path / "gap.dxf"
    made.saveas(path)
    taken = here.take_in(SiteFile(path=path, name=path.name, crs="EPSG:4531"))
    with pytest.raises(SiteBoundaryLeft, match="红线"):
        taken.site()
    chosen = here.take_in(SiteFile(path=path, name=path.name, crs="EPSG:4531", layers=("BUILDING",)))
    assert chosen.site().area_m2 == pytest.approx(1250.0, rel=0.01)
