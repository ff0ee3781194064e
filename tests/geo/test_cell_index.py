"""The cell index: where points lie is what GEOS says, whatever the cells, the points, the threads and the process."""

import numpy as np
import pytest
import shapely
from gridded import BOX, hostile_points, star, told_by_geos, zones
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.crs import LocalPlane
from geo.layers.index import NEAR_M, NEAR_SHARE, SIZES_DEG, CellIndex
from geo.layers.labels import LabelGrid

ROOM = {"fine": 40_000_000, "middling": 1_500_000, "coarse": 1}


def same(index, points, geometries, threads=1):
    found, wanted = index.pairs(points, threads), told_by_geos(geometries, points)
    assert [one.tolist() for one in found] == [one.tolist() for one in wanted]


@pytest.fixture(scope="module")
def ground():
    geometries = zones(1)
    shapely.prepare(geometries)
    return geometries


@pytest.fixture(scope="module", params=ROOM.values(), ids=ROOM)
def index(ground, request):
    return CellIndex.of(ground, request.param)


def test_a_smaller_room_gets_larger_cells(ground):
    sizes = [CellIndex.of(ground, room).grid.size for room in ROOM.values()]
    assert sizes == sorted(sizes)
    assert (sizes[0], sizes[-1]) == (SIZES_DEG[0], SIZES_DEG[-1])


def test_points_anywhere(index, ground):
    points = np.random.default_rng(2).uniform([128.9, 42.4], [130.5, 43.3], (40_000, 2))
    same(index, points, ground)
    same(index, points, ground, threads=2)


def test_points_on_purpose(index, ground):
    same(index, hostile_points(ground, *index.grid[:3], 2_000, 3), ground)


@pytest.mark.slow
def test_a_million_points_on_purpose():
    ground = zones(7, 120)
    shapely.prepare(ground)
    index = CellIndex.of(ground, ROOM["middling"])
    points = hostile_points(ground, *index.grid[:3], 100_000, 4)
    assert len(points) == 1_000_000
    same(index, points, ground, threads=2)


def test_points_beyond_the_grid_lie_in_no_zone(index):
    nowhere = np.array([[0.0, 0.0], [200.0, 95.0], [np.nan, 43.0], [np.inf, -np.inf], [1e300, 1e300], [128.0, 42.8]])
    assert index.sets_at(nowhere).tolist() == [0] * 6
    assert [index.at(*point) for point in nowhere.tolist()] == [()] * 6


def test_one_point_is_answered_as_many_are(index, ground):
    points = hostile_points(ground, *index.grid[:3], 40, 5)
    whose, zone = told_by_geos(ground, points)
    assert [index.at(*point) for point in points.tolist()] == [
        tuple(zone[whose == number].tolist()) for number in range(len(points))
    ]


def test_no_zone_no_set():
    empty = np.array([], dtype=object)
    index = CellIndex.of(empty, 1_000_000)
    assert index.at(129.5, 42.9) == ()
    assert index.pairs(np.array([[129.5, 42.9]]))[0].tolist() == []


def test_an_index_read_back_says_the_same(ground, tmp_path):
    points = hostile_points(ground, 129.0, 42.5, 0.01, 500, 6)
    CellIndex.of(ground, ROOM["fine"]).save(tmp_path)
    again = CellIndex.load(tmp_path, ground)
    same(again, points, ground)
    assert isinstance(again.cells.labels.base, np.memmap)
    assert not again.cells.labels.flags.writeable


def test_an_index_of_other_zones_is_refused(ground, tmp_path):
    CellIndex.of(ground, 1).save(tmp_path)
    with pytest.raises(ValueError, match=f"of {len(ground)} zones, and not of 3"):
        CellIndex.load(tmp_path, ground[:3])


def test_more_sets_than_there_was_room_for(ground):
    """Sets are met as points meet them: numbers that were given stay what they were."""
    index = CellIndex.of(ground, 1)
    room = len(index.sets.table.prints)
    chance = np.random.default_rng(8)
    many = np.array([star(chance, np.array([129.5, 42.8]), 200, 0.3) for _ in range(60)])
    crowded = CellIndex.of(many, 1)
    points = chance.uniform([129.2, 42.5], [129.8, 43.1], (200_000, 2))
    shapely.prepare(many)
    first = crowded.sets_at(points[:1_000])
    held = [crowded.members(one).tolist() for one in first]
    same(crowded, points, many)
    assert crowded.sets.known > room
    assert [crowded.members(one).tolist() for one in first] == held


# Rings on a lattice, and points on it and half-way: every alignment that floats seldom have.
step = st.integers(0, 6)


@st.composite
def lattice_polygons(draw):
    corners = draw(st.lists(st.tuples(step, step), min_size=3, max_size=9, unique=True))
    shape = shapely.make_valid(shapely.Polygon(corners), method="structure", keep_collapsed=False)
    return shape if shape.geom_type in ("Polygon", "MultiPolygon") and not shape.is_empty else shapely.box(0, 0, 1, 1)


LATTICE = np.stack(np.meshgrid(np.arange(-2, 15), np.arange(-2, 15)), axis=-1).reshape(-1, 2) / 2.0


@settings(max_examples=300, deadline=None)
@given(st.lists(lattice_polygons(), min_size=1, max_size=5), st.sampled_from([1.0, 0.1, 0.064 * 2**0.5]))
def test_points_and_zones_on_a_lattice(shapes, size):
    geometries = np.array(
        [shapely.transform(one, lambda points: points * size + [129.0, 42.0]) for one in shapes], dtype=object
    )
    geometries = geometries[shapely.is_valid(geometries)]
    shapely.prepare(geometries)
    points = LATTICE * size + [129.0, 42.0]
    same(CellIndex.of(geometries, 300_000), points, geometries)
    same(LabelGrid(geometries, 0.05), points, geometries)


def test_the_label_grid_says_the_same(ground):
    grid = LabelGrid(ground)
    points = hostile_points(ground, *grid._corner, grid._size, 2_000, 9)
    same(grid, points, ground)
    assert grid.at(*points[0].tolist()) == tuple(told_by_geos(ground, points[:1])[1].tolist())
    assert grid.labelled_share > 0.5


# --- borders near points --------------------------------------------------------------------------------------------


def test_borders_near_are_where_the_plane_has_them(index, ground):
    points = np.random.default_rng(10).uniform(BOX[:2], BOX[2:], (60, 2))
    whose, which, gaps = index.borders_near(points, 2_000.0)
    found = {(int(one), int(other)): gap for one, other, gap in zip(whose, which, gaps, strict=True)}
    borders = shapely.boundary(ground)
    for number, (lon, lat) in enumerate(points.tolist()):
        plane = LocalPlane(lon, lat)
        near = shapely.intersection(borders, shapely.box(lon - 0.1, lat - 0.1, lon + 0.1, lat + 0.1))
        flat = [plane.project(shapely.segmentize(one, 0.002)) for one in near]
        for zone, metres in enumerate(shapely.distance(shapely.Point(0, 0), flat).tolist()):
            slack = NEAR_SHARE * metres + NEAR_M
            if (number, zone) in found:
                assert found[number, zone] == pytest.approx(metres, abs=slack)
            else:
                assert not metres < 2_000.0 - slack
