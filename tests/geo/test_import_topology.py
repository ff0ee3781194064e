"""The topology of an imported coverage: every fault is found, none is invented, and mending closes it exactly."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import STEADY
from shapely import Point, Polygon, box
from shapely.affinity import translate

from geo.geometry import METRES_PER_DEGREE, area_m2
from geo.importing.topology import claimed, covered, find_faces, mend, missing

STEP = 0.01  # degrees; a cell is about 813 m by 1113 m
EAST_M, NORTH_M = 1 / (METRES_PER_DEGREE * np.cos(np.radians(43.0))), 1 / METRES_PER_DEGREE  # degrees in a metre


def cell(west: float, south: float, east: float, north: float) -> Polygon:
    """A rectangle on a grid of hundredths of a degree, from 129°E 43°N."""
    return box(129 + west * STEP, 43 + south * STEP, 129 + east * STEP, 43 + north * STEP)


def zones(*grounds) -> np.ndarray:
    made = np.empty(len(grounds), dtype=object)
    made[:] = grounds
    return made


def told(faces) -> list[tuple[str, tuple[int, ...]]]:
    return [(face.kind, face.rows) for face in faces]


def grid(columns: int, rows: int, shift: np.ndarray, steps: int) -> np.ndarray:
    """A coverage of crooked cells: nodes moved by up to 0.3 cells, `steps` shared edges along each limit."""
    nodes = np.array([[[129 + x * STEP, 43 + y * STEP] for x in range(columns + 1)] for y in range(rows + 1)])
    nodes[1:-1, 1:-1] += 0.3 * STEP * shift[: rows - 1, : columns - 1]
    along = np.linspace(0.0, 1.0, steps + 1)[:-1, None]

    def line(one, other):
        lesser, greater = sorted([tuple(one), tuple(other)])  # both neighbours draw the same points
        points = np.array(lesser) * (1.0 - along) + np.array(greater) * along
        return points if tuple(one) == lesser else np.vstack([greater, points[:0:-1]])

    made = []
    for y in range(rows):
        for x in range(columns):
            corners = [nodes[y, x], nodes[y, x + 1], nodes[y + 1, x + 1], nodes[y + 1, x]]
            made.append(Polygon(np.vstack([line(corners[i], corners[(i + 1) % 4]) for i in range(4)])))
    return zones(*made)


RING = Polygon(cell(0, 0, 3, 3).exterior, [cell(1, 1, 2, 2).exterior])
LEFT, RIGHT = cell(0, 0, 1, 1), cell(1, 0, 2, 1)


@pytest.mark.parametrize(
    "grounds",
    [
        pytest.param([], id="no zone at all"),
        pytest.param([LEFT, RIGHT], id="neighbours that share their limit"),
        pytest.param([RING, cell(1, 1, 2, 2)], id="a hole that another zone fills"),
        pytest.param([LEFT, cell(1, 1, 2, 2)], id="zones that touch in one point"),
        pytest.param([LEFT, cell(5, 0, 6, 1)], id="zones far apart"),
        pytest.param([shapely.union(LEFT, cell(2, 0, 3, 1)), RIGHT], id="a zone of two parts"),
        pytest.param([shapely.difference(cell(0, 0, 3, 3), cell(1, 1, 3, 2))], id="a notch open to the outside"),
        pytest.param([Polygon([*LEFT.exterior.coords[:2], *LEFT.exterior.coords[1:]]), RIGHT], id="a vertex twice"),
        pytest.param([LEFT.reverse(), RIGHT], id="a ring that runs the other way"),
        pytest.param([LEFT, Polygon(), RIGHT], id="a zone without ground"),
        pytest.param([shapely.force_3d(LEFT, 7.0), RIGHT], id="a zone with heights"),
    ],
)
def test_a_sound_coverage_has_no_face(grounds):
    assert find_faces(zones(*grounds)) == ()


@pytest.mark.parametrize(
    ("grounds", "kind", "rows", "ground"),
    [
        pytest.param([RING], "gap", (0,), cell(1, 1, 2, 2), id="a hole in one zone"),
        pytest.param(
            [cell(0, 0, 3, 1), cell(0, 2, 3, 3), cell(0, 1, 1, 2), cell(2, 1, 3, 2)],
            "gap",
            (0, 1, 2, 3),
            cell(1, 1, 2, 2),
            id="a gap among four",
        ),
        pytest.param([cell(0, 0, 1.5, 1), RIGHT], "overlap", (0, 1), cell(1, 0, 1.5, 1), id="a zone drawn too wide"),
        pytest.param([LEFT, RIGHT, LEFT], "overlap", (0, 2), LEFT, id="the same ground twice"),
        pytest.param([LEFT] * 3, "overlap", (0, 1, 2), LEFT, id="the same ground three times"),
        pytest.param([cell(0, 0, 3, 3), cell(1, 1, 2, 2)], "overlap", (0, 1), cell(1, 1, 2, 2), id="a zone in another"),
        pytest.param([cell(0, 1, 3, 2), cell(1, 0, 2, 3)], "overlap", (0, 1), cell(1, 1, 2, 2), id="a cross"),
    ],
)
def test_one_face_is_found_with_its_zones_and_its_area(grounds, kind, rows, ground):
    (face,) = [face for face in find_faces(zones(*grounds)) if face.kind != "mismatch"]
    assert (face.kind, face.rows) == (kind, rows)
    assert face.ground.equals(ground)
    assert face.area_m2 == pytest.approx(area_m2(ground), rel=1e-9)
    assert (face.gap_m2, face.overlap_m2) == ((face.area_m2, 0.0) if kind == "gap" else (0.0, face.area_m2))
    assert face.ground.covers(Point(face.place))


def test_ground_under_three_zones_is_told_by_who_is_on_it():
    faces = find_faces(zones(cell(0, 0, 2, 2), cell(1, 0, 3, 1), cell(1, 1, 3, 2)))
    assert told(faces) == [("overlap", (0, 1)), ("overlap", (0, 2))]
    assert faces[0].ground.equals(cell(1, 0, 2, 1))


def test_two_coverages_on_each_other_are_told_pair_by_pair():
    columns, rows = [cell(0, 0, 1, 2), cell(1, 0, 2, 2)], [cell(0, 0, 2, 1), cell(0, 1, 2, 2)]
    assert told(find_faces(zones(*columns, *rows))) == [("overlap", (a, b)) for a in (0, 1) for b in (2, 3)]


def test_ground_whose_limit_neither_of_its_zones_draws_is_found():
    """Two large zones are the same; four more lie on them and leave a window."""
    around = [cell(0, 0, 3, 1), cell(0, 2, 3, 3), cell(0, 1, 1, 2), cell(2, 1, 3, 2)]
    faces = find_faces(zones(cell(-1, -1, 4, 4), cell(-1, -1, 4, 4), *around))
    assert any(face.rows == (0, 1) and face.ground.equals(cell(1, 1, 2, 2)) for face in faces)


@pytest.mark.parametrize(("metres", "kind"), [(0.9, "mismatch"), (1.1, "overlap"), (-0.9, "mismatch"), (-1.1, "gap")])
def test_a_strip_is_a_mismatch_up_to_the_width_of_a_sliver(metres, kind):
    """The middle of a limit between two cells, moved by some decimetres."""
    bulge = [(1.0, 0.2), (1.0 + metres * EAST_M / STEP, 0.2), (1.0 + metres * EAST_M / STEP, 0.8), (1.0, 0.8)]
    moved = Polygon([(129 + x * STEP, 43 + y * STEP) for x, y in [(0, 0), (1, 0), *bulge, (1, 1), (0, 1)]])
    (face,) = [face for face in find_faces(zones(moved, RIGHT)) if face.area_m2]
    assert (face.kind, face.rows) == (kind, (0, 1))
    assert face.width_m == pytest.approx(abs(metres), rel=0.02)
    strip_m2 = abs(metres) * 0.6 * STEP / NORTH_M
    assert face.area_m2 == pytest.approx(strip_m2, rel=0.01)
    assert (face.gap_m2 > 0.0, face.overlap_m2 > 0.0) == (metres < 0, metres > 0)


def test_slivers_on_both_sides_of_one_limit_are_one_mismatch():
    wave = [(1.0, 0.0), (1.0 + 0.5 * EAST_M / STEP, 0.25), (1.0 - 0.4 * EAST_M / STEP, 0.75), (1.0, 1.0)]
    waved = Polygon([(129 + x * STEP, 43 + y * STEP) for x, y in [(0, 0), *wave, (0, 1)]])
    (face,) = find_faces(zones(waved, RIGHT))
    assert (face.kind, face.rows, face.vertices) == ("mismatch", (0, 1), 2)
    assert face.area_m2 == pytest.approx(face.gap_m2 + face.overlap_m2)
    assert face.gap_m2 > 10.0 < face.overlap_m2
    assert len(face.ground.geoms) == 2


def test_a_vertex_that_the_neighbour_lacks_is_a_mismatch_without_area():
    faces = find_faces(zones(cell(0, 0, 2, 1), cell(0, 1, 1, 2), cell(1, 1, 2, 2)))
    assert told(faces) == [("mismatch", (0, 1)), ("mismatch", (0, 2))]
    assert {(face.area_m2, face.width_m, face.vertices, face.place) for face in faces} == {(0, 0, 1, (129.01, 43.01))}
    assert all(face.ground.is_empty for face in faces)


def test_a_narrow_zone_inside_another_is_no_mismatch():
    narrow = cell(0.5, 0.2, 0.5 + 0.5 * EAST_M / STEP, 0.8)
    assert told(find_faces(zones(LEFT, narrow))) == [("overlap", (0, 1))]


def test_mending_gives_an_overlap_to_the_higher_rank():
    grounds = zones(cell(0, 0, 1.5, 1), RIGHT)
    for rank, kept in (([2, 1], 0), ([1, 2], 1)):
        mended, changes = mend(grounds, find_faces(grounds), np.array(rank))
        assert mended[kept].equals(grounds[kept])
        assert mended[1 - kept].equals(shapely.difference(grounds[1 - kept], grounds[kept]))
        assert changes.lost_m2[1 - kept] == pytest.approx(area_m2(cell(1, 0, 1.5, 1)), rel=1e-9)
        assert changes.lost_m2[kept] == 0.0
        assert not changes.gained_m2.any()


def test_mending_gives_a_gap_to_the_highest_rank_around_it_else_to_the_longest_border():
    grounds = zones(cell(0, 0, 3, 1), cell(0, 2, 3, 3), cell(0, 1, 1, 2), cell(1.5, 1, 3, 2))
    (gap,) = [face for face in find_faces(grounds) if face.kind == "gap"]
    for rank, taker in (([1, 1, 1, 3], 3), ([1, 1, 1, 1], 2)):  # the cell is half as wide as it is high
        _, changes = mend(grounds, [gap], np.array(rank))
        assert np.flatnonzero(changes.gained_m2).tolist() == [taker]
        assert changes.gained_m2[taker] == pytest.approx(gap.area_m2)


def test_between_zones_of_one_rank_the_finer_line_stays():
    fine = [(1.0 + 0.3 * EAST_M / STEP * np.sin(y * 9.0), y) for y in np.linspace(0.0, 1.0, 11)]
    fine[0], fine[-1] = (1.0, 0.0), (1.0, 1.0)
    drawn = Polygon([(129 + x * STEP, 43 + y * STEP) for x, y in [(0, 0), *fine, (0, 1)]])
    for grounds in (zones(drawn, RIGHT), zones(RIGHT, drawn)):
        mended, _ = mend(grounds, find_faces(grounds), np.array([1, 1]))
        kept = next(index for index, ground in enumerate(grounds) if ground is drawn)
        assert area_m2(shapely.symmetric_difference(mended[kept], drawn)) < 1e-3
        assert shapely.coverage_is_valid(mended)


def test_the_same_ground_twice_leaves_the_second_row_empty():
    mended, changes = mend(zones(LEFT, RIGHT, LEFT), find_faces(zones(LEFT, RIGHT, LEFT)), np.array([1, 1, 1]))
    assert mended[2].is_empty
    assert mended[0].equals(LEFT)
    assert changes.redrawn.tolist() == [False, False, True]


def test_a_missing_vertex_is_put_in_and_nothing_else_changes():
    grounds = zones(cell(0, 0, 2, 1), cell(0, 1, 1, 2), cell(1, 1, 2, 2), cell(5, 5, 6, 6))
    mended, changes = mend(grounds, find_faces(grounds), np.array([1, 1, 1, 1]))
    assert changes.redrawn.tolist() == [True, False, False, False]
    assert all(mended[row] is grounds[row] for row in (1, 2, 3))
    assert shapely.get_num_coordinates(mended[0]) == shapely.get_num_coordinates(grounds[0]) + 1
    assert shapely.coverage_is_valid(mended)


def test_what_is_not_chosen_stays():
    grounds = zones(cell(0, 0, 1.5, 1), RIGHT, RING, cell(5, 5, 6.5, 6), cell(6, 5, 7, 6))
    grounds[2] = translate(RING, 0.2, 0.0)
    faces = find_faces(grounds)
    chosen = [face for face in faces if face.rows == (0, 1)]
    mended, changes = mend(grounds, chosen, np.ones(5))
    assert told(find_faces(mended)) == told([face for face in faces if face.rows != (0, 1)])
    assert not changes.redrawn[2:].any()


def test_a_face_of_other_grounds_is_refused():
    faces = find_faces(zones(cell(0, 0, 1.5, 1), RIGHT))
    with pytest.raises(ValueError, match=r"the overlap of rows \(0, 1\) is not one of these"):
        mend(zones(LEFT, RIGHT), faces, np.ones(2))


def test_the_ground_covered_is_the_union():
    grounds = zones(RING, cell(1.2, 1.2, 1.8, 1.8), cell(2, 0, 5, 1))
    assert covered(grounds).equals(shapely.union_all(grounds))


def test_a_notch_and_a_zone_beyond_the_limit_are_told_against_the_coverage():
    grounds = zones(cell(0, 0, 3, 1), cell(0, 1, 1, 2), cell(2, 1, 3, 2.5))
    lacking, beyond = missing(grounds, cell(0, 0, 3, 2))
    assert (lacking.kind, lacking.rows) == ("missing", (0, 1, 2))
    assert area_m2(shapely.symmetric_difference(lacking.ground, cell(1, 1, 2, 2))) < 5.0  # but for its corners
    assert (beyond.kind, beyond.rows) == ("outside", (2,))
    assert beyond.area_m2 == pytest.approx(area_m2(cell(2, 2, 3, 2.5)), rel=1e-5)


def test_the_coverage_is_known_to_its_accuracy_only():
    short = zones(cell(0, 0, 1, 1 - 40 * NORTH_M / STEP))
    assert told(missing(short, LEFT, accuracy_m=30.0)) == [("missing", (0,))]
    assert missing(short, LEFT, accuracy_m=50.0) == ()
    assert missing(zones(LEFT), LEFT) == ()


def test_an_enclosed_gap_is_not_told_twice():
    assert missing(zones(RING), cell(0, 0, 3, 3)) == ()
    assert told(missing(zones(cell(0, 0, 3, 3)), RING)) == [("outside", (0,))]


def test_a_gap_in_a_hole_of_the_declared_coverage_is_none():
    drawn = find_faces(zones(RING, cell(1, 1, 1.5, 2), cell(4, 0, 6, 1), cell(5, 0, 7, 1)))
    faces = tuple(face for face in drawn if face.kind != "mismatch")
    assert told(faces) == [("gap", (0, 1)), ("overlap", (2, 3))]
    assert told(claimed(faces, RING)) == [("overlap", (2, 3))]
    assert claimed(faces, cell(0, 0, 7, 3)) == faces
    assert told(claimed(faces, shapely.union(RING, cell(1, 1, 1.6, 2)))) == told(faces)


shifts = st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed).uniform(-1.0, 1.0, (4, 4, 2)))
INNER = [6, 7, 8, 11, 12, 13, 16, 17, 18]  # of five by five cells


def overlap_in(grounds, row):
    """A disc around the middle of the limit with the next cell is added: that cell has it too."""
    limit = shapely.intersection(grounds[row], grounds[row + 1])
    disc = limit.interpolate(0.5, normalized=True).buffer(0.1 * STEP)
    planted = shapely.intersection(disc, grounds[row + 1])
    grounds[row] = shapely.union(grounds[row], planted)
    return "overlap", (row, row + 1), planted


def gap_in(grounds, row):
    planted = shapely.centroid(grounds[row]).buffer(0.1 * STEP)
    grounds[row] = shapely.difference(grounds[row], planted)
    return "gap", (row,), planted


def mismatch_in(grounds, row):
    """A vertex in the middle of the limit with the next cell, half a metre to the west, on one side only."""
    points = list(grounds[row].exterior.coords)
    neighbour = set(grounds[row + 1].exterior.coords)
    at = next(i for i in range(1, len(points)) if points[i] in neighbour and points[i - 1] in neighbour)
    (x, y), (u, v) = points[at - 1], points[at]
    apex = ((x + u) / 2 - 0.5 * EAST_M, (y + v) / 2)
    grounds[row] = Polygon([*points[:at], apex, *points[at:]])
    return "mismatch", (row, row + 1), Polygon([(x, y), apex, (u, v)])


def twice_in(grounds, row):
    grounds[0] = grounds[row]
    return "overlap", (0, row), grounds[row]


@STEADY
@given(shift=shifts, steps=st.integers(1, 6), row=st.sampled_from(INNER))
@pytest.mark.parametrize("plant", [overlap_in, gap_in, mismatch_in, twice_in], ids=lambda plant: plant.__name__)
def test_one_planted_fault_is_found_alone_and_mended(plant, shift, steps, row):
    grounds = grid(5, 5, shift, steps)
    assert find_faces(grounds) == ()
    kind, rows, planted = plant(grounds, row)
    faces = find_faces(grounds)
    (face,) = [face for face in faces if face.area_m2 > 1e-3]  # the rest is what planting rounds, and vertices
    assert (face.kind, face.rows) == (kind, rows)
    assert face.area_m2 == pytest.approx(area_m2(planted), rel=1e-6)
    assert all(set(other.rows) & set(rows) for other in faces)
    check_mended(grounds, faces, np.arange(len(grounds)) % 3)


def check_mended(grounds: np.ndarray, faces, rank: np.ndarray) -> None:
    """After mending all faces: a valid coverage without faces, no ground made or lost, others the same objects."""
    mended, changes = mend(grounds, faces, rank)
    assert shapely.is_valid(mended).all()
    assert shapely.coverage_is_valid(mended)
    assert find_faces(mended) == ()
    before = area_m2(covered(grounds)) + sum(face.gap_m2 for face in faces)
    after = np.array([area_m2(ground) for ground in mended])
    assert after.sum() == pytest.approx(before, rel=1e-9)
    own = np.array([area_m2(ground) for ground in grounds])
    assert after == pytest.approx(own + changes.gained_m2 - changes.lost_m2, rel=1e-9, abs=1e-3)
    assert all(mended[row] is grounds[row] for row in np.flatnonzero(~changes.redrawn))


@settings(STEADY, max_examples=50)
@given(shift=shifts, seed=st.integers(0, 2**32 - 1))
def test_many_faults_on_each_other_are_all_mended(shift, seed):
    """Cells moved, simplified and made anew at random: what is on what is then held against plain intersections."""
    grounds = grid(5, 5, shift, 4)
    chance = np.random.default_rng(seed)
    for row in chance.choice(len(grounds), 5, replace=False):
        ways = [
            translate(grounds[row], *(chance.normal(0, 0.1, 2) * STEP)),
            shapely.simplify(grounds[row], 0.05 * STEP),
            shapely.union(grounds[row], Point(grounds[row].exterior.coords[0]).buffer(0.2 * STEP)),
            shapely.difference(grounds[row], Point(grounds[row].exterior.coords[2]).buffer(0.2 * STEP)),
            grounds[chance.integers(len(grounds))],
        ]
        grounds[row] = ways[chance.integers(len(ways))]
    faces = find_faces(grounds)
    near = shapely.transform(
        grounds, lambda points: (points - [129.0, 43.0]) * 1e5
    )  # plain overlays need small numbers
    shared = np.zeros((len(grounds), len(grounds)))
    for face in faces:
        shared[np.ix_(face.rows, face.rows)] += face.overlap_m2
    ones, others = np.triu_indices(len(grounds), 1)
    plain_m2 = shapely.area(shapely.intersection(near[ones], near[others])) / (1e5**2 * EAST_M * NORTH_M)
    assert shared[ones, others] == pytest.approx(plain_m2, rel=0.01, abs=0.1)
    check_mended(grounds, faces, chance.integers(1, 4, len(grounds)))


@settings(STEADY, max_examples=30)
@given(shift=shifts, seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_does_not_matter(shift, seed):
    grounds = grid(4, 4, shift, 2)
    for row in (5, 10, 13):
        grounds[row] = translate(grounds[row], 0.03 * STEP, 0.02 * STEP)
    order = np.random.default_rng(seed).permutation(len(grounds))
    there = find_faces(grounds[order])
    here = {(face.kind, face.rows, face.ground.wkb) for face in find_faces(grounds)}
    assert {(face.kind, tuple(sorted(order[list(face.rows)].tolist())), face.ground.wkb) for face in there} == here
    rank = np.arange(len(grounds))
    straight, _ = mend(grounds, find_faces(grounds), rank)
    mixed, _ = mend(grounds[order], there, rank[order])
    assert shapely.equals(straight[order], mixed).all()


def test_the_units_of_the_built_pack_have_no_face_but_the_hole_of_their_coverage(here):
    units = here.store.open("control_unit").geometries
    assert len(units) > 100
    (hole,) = find_faces(units)
    assert shapely.disjoint(shapely.Point(hole.place), here.store.open("control_unit").coverage)
    assert claimed([hole], here.store.open("control_unit").coverage, accuracy_m=600.0) == ()


def test_faults_planted_into_the_pack_are_found_and_mended(here):
    units = here.store.open("control_unit").geometries.copy()
    sizes = shapely.area(units)
    whole, twin = np.argsort(sizes)[-1], int(np.argsort(sizes)[10])
    hole = shapely.point_on_surface(units[whole]).buffer(0.002)
    units[whole] = shapely.difference(units[whole], hole)
    coarse = int(np.argsort(sizes)[-2])
    units[coarse] = shapely.simplify(units[coarse], 2e-6)
    units = np.append(units, units[twin])
    faces = claimed(find_faces(units), here.store.open("control_unit").coverage)
    gaps = [face for face in faces if face.kind == "gap" and face.width_m > 1.0]
    assert [(face.rows, face.area_m2) for face in gaps] == [((int(whole),), pytest.approx(area_m2(hole), rel=1e-6))]
    overlaps = [face for face in faces if face.kind == "overlap" and face.width_m > 1.0]
    assert [face.rows for face in overlaps] == [(twin, len(units) - 1)]
    others = [face for face in faces if face not in (*gaps, *overlaps)]
    assert all(coarse in face.rows for face in others)
    mended, changes = mend(units, faces, np.arange(len(units)) % 3)
    assert shapely.is_valid(mended).all()
    assert shapely.coverage_is_valid(mended)
    assert claimed(find_faces(mended), here.store.open("control_unit").coverage) == ()
    assert changes.gained_m2.sum() == pytest.approx(sum(face.gap_m2 for face in faces))
    assert changes.lost_m2.sum() == pytest.approx(sum(face.overlap_m2 for face in faces))
