"""Overlaps by cells: the same pairs and areas as GEOS and the ellipsoid give, borders shared or not."""

import numpy as np
import pytest
import shapely
from gridded import BOX, star, zones
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.geometry import area_m2, areas_m2
from geo.layers.index import CellIndex
from geo.layers.overlaps import TALLEST_DEG

LEAST_M2 = 1e-6


def by_geos(geometries, footprints):
    footprint, zone = shapely.STRtree(geometries).query(footprints, predicate="intersects")
    areas = areas_m2(shapely.intersection(footprints[footprint], geometries[zone]))
    order = np.lexsort((zone, footprint))
    return footprint[order], zone[order], areas[order]


def same(index, footprints, geometries, threads=1):
    """Every overlap above a few square millimetres is found, and measured to a millionth of a square metre and less."""
    found = {(int(f), int(z)): area for f, z, area in zip(*index.overlaps(footprints, threads), strict=True)}
    wanted = {(int(f), int(z)): area for f, z, area in zip(*by_geos(geometries, footprints), strict=True)}
    slack = {pair: 1e-4 + 1e-9 * area for pair, area in (found | wanted).items()}
    for pair in found.keys() | wanted.keys():
        assert abs(found.get(pair, 0.0) - wanted.get(pair, 0.0)) <= slack[pair], pair
    assert all(area > LEAST_M2 for area in found.values())
    return found


@pytest.fixture(scope="module")
def ground():
    return zones(11)


@pytest.fixture(scope="module", params=[40_000_000, 1_500_000, 1], ids=["fine", "middling", "coarse"])
def index(ground, request):
    return CellIndex.of(ground, request.param)


def test_footprints_anywhere(index, ground):
    chance = np.random.default_rng(12)
    made = [star(chance, chance.uniform(BOX[:2], BOX[2:]), int(chance.integers(4, 60)), 0.03) for _ in range(300)]
    found = same(index, np.array(made), ground)
    assert len(found) > 300
    assert [*index.overlaps(np.array(made), 2)[2]] == [*index.overlaps(np.array(made), 1)[2]]


def test_footprints_with_holes_and_parts(index, ground):
    chance = np.random.default_rng(13)
    stars = np.array([star(chance, chance.uniform(BOX[:2], BOX[2:]), 40, 0.05) for _ in range(60)])
    holed = shapely.difference(stars, shapely.buffer(shapely.centroid(stars), 0.012))
    parted = shapely.union(holed, shapely.transform(holed, lambda points: points + np.array([0.2, 0.1])))
    same(index, np.concatenate([holed, parted]), ground)


def test_footprints_that_share_borders_with_zones(index, ground):
    """The zones themselves, halves of them, and neighbours that only touch."""
    west, south, east, north = shapely.bounds(ground).T
    halves = shapely.intersection(ground, shapely.box(west, south, (west + east) / 2.0, north))
    footprints = np.concatenate([ground, halves[shapely.get_type_id(halves) == 3]])
    found = same(index, footprints, ground)
    for number, zone in enumerate(ground):
        assert found[number, number] == pytest.approx(area_m2(zone), rel=1e-9)


def test_what_lies_beyond_or_is_too_tall(index, ground):
    beyond = shapely.box(10.0, 10.0, 10.1, 10.1)
    partly = shapely.box(128.0, 42.0, 129.3, 42.9)
    tall = shapely.box(129.2, 42.0, 129.9, 42.2 + TALLEST_DEG)
    around = shapely.box(128.0, 42.4, 131.0, 43.3)
    same(index, np.array([beyond, partly, tall, around]), ground)


def test_no_footprint_no_overlap(index):
    assert [len(one) for one in index.overlaps(np.array([], dtype=object))] == [0, 0, 0]


step = st.integers(0, 6)


@st.composite
def lattice_polygons(draw):
    corners = draw(st.lists(st.tuples(step, step), min_size=3, max_size=8, unique=True))
    shape = shapely.make_valid(shapely.Polygon(corners), method="structure", keep_collapsed=False)
    return shape if shape.geom_type in ("Polygon", "MultiPolygon") and not shape.is_empty else shapely.box(0, 0, 2, 1)


@settings(max_examples=200, deadline=None)
@given(st.lists(lattice_polygons(), min_size=1, max_size=4), lattice_polygons())
def test_footprints_and_zones_on_a_lattice(shapes, footprint):
    def placed(shape):
        return shapely.transform(shape, lambda points: points * 0.01 + [129.0, 42.0])

    geometries = np.array([placed(one) for one in shapes], dtype=object)
    same(CellIndex.of(geometries[shapely.is_valid(geometries)], 100_000), np.array([placed(footprint)]), geometries)
