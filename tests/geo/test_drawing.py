"""Shapes that layers are drawn from: each has the area, the width and the neighbours that it says."""

from math import pi

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import Affine
from shapely import LineString, Point, box

from geo.crs import GEOD
from geo.drawing import Surface, cells_around, class_ground, cover, disc, ellipse, fitted, metres_to, south_part, strip
from geo.errors import BuildError
from geo.geometry import area_m2

LON, LAT = 129.5, 42.9
GROUND = box(129.0, 42.5, 130.0, 43.5)


def metres(one: Point, other: Point) -> float:
    return float(GEOD.inv(one.x, one.y, other.x, other.y)[2])


@pytest.mark.parametrize(("area", "wide"), [(1e6, 1.0), (1e9, 1.0), (1e9, 2.5)])
def test_an_ellipse_has_its_area_and_its_shape(area, wide):
    shape = ellipse(LON, LAT, area, wide)
    assert area_m2(shape) == pytest.approx(area, rel=2e-3)
    west, south, east, north = shape.bounds
    across, up = metres(Point(west, LAT), Point(east, LAT)), metres(Point(LON, south), Point(LON, north))
    assert across / up == pytest.approx(wide, rel=1e-2)


def test_a_disc_ends_where_its_radius_does():
    ring = shapely.get_coordinates(disc(LON, LAT, 4000.0))
    reach = [metres(Point(LON, LAT), Point(x, y)) for x, y in ring]
    assert reach == pytest.approx([4000.0] * len(ring), abs=0.1)


def test_a_fitted_ellipse_grows_until_its_part_within_some_ground_has_the_area():
    half = box(129.0, 42.5, LON, 43.5)  # the place stands on the ground's edge
    shape = fitted(LON, LAT, 2e8, 1.0, half)
    assert area_m2(shape) == pytest.approx(2e8, rel=1e-6)
    assert area_m2(shapely.difference(shape, half)) < 100.0  # rounding to the grid, 1 cm


def test_an_ellipse_that_has_no_room_is_refused():
    with pytest.raises(BuildError, match="no room for 90000 km² in its counties"):
        fitted(LON, LAT, 9e10, 1.0, GROUND)


def test_a_south_part_has_its_area_and_lies_south_of_what_is_left():
    ground = shapely.difference(GROUND, box(129.4, 42.4, 129.6, 42.8))  # with a notch in the south
    part = south_part(ground, 1e9)
    assert area_m2(part) == pytest.approx(1e9, rel=1e-6)
    assert not part.covers(Point(129.5, 42.6))
    assert shapely.difference(ground, part).covers(Point(129.2, part.bounds[3] + 1e-4))
    assert part.covers(Point(129.2, part.bounds[3] - 1e-4))


@pytest.mark.parametrize("area", [0.0, -1e6, 1e12])
def test_a_south_part_larger_than_its_ground_or_of_no_area_is_refused(area):
    with pytest.raises(BuildError, match=r"km² are wanted of \d+ km² that are there"):
        south_part(GROUND, area)


def test_a_strip_is_as_wide_as_it_says_also_on_a_long_course():
    course = LineString([(128.0, 42.0), (129.5, 43.0), (130.5, 43.0)])
    around = strip(course, 1000.0)
    for x, y in [(129.5, 43.0), (130.5, 43.0)]:
        north = Point(x, y + 1100.0 / 111_000.0)
        edge = shapely.intersection(LineString([(x, y), (north.x, north.y)]), around)
        assert metres(Point(edge.coords[0]), Point(edge.coords[-1])) == pytest.approx(1000.0, abs=10.0)
    assert around.covers(course)


def test_each_cell_holds_the_ground_nearest_to_its_place_and_all_ground_is_given():
    places = [Point(129.2, 42.7), Point(129.8, 42.7), LineString([(129.1, 43.3), (129.9, 43.3)])]
    cells = cells_around(places, GROUND)
    assert shapely.coverage_is_valid(cells)
    assert sum(map(area_m2, cells)) == pytest.approx(area_m2(GROUND), rel=1e-6)
    for x, y, owner in [(129.3, 42.8, 0), (129.7, 42.6, 1), (129.5, 43.2, 2), (129.49, 42.6, 0), (129.51, 42.6, 1)]:
        assert [cell.covers(Point(x, y)) for cell in cells] == [owner == each for each in range(3)]


@pytest.mark.parametrize(
    ("places", "areas"),
    [
        pytest.param([], [], id="no place"),
        pytest.param([Point(LON, LAT)], [1.0], id="one place has it all"),
        pytest.param([Point(LON, LAT), Point(LON, LAT)], [1.0, 0.0], id="two at one point"),
    ],
)
def test_cells_of_few_places(places, areas):
    whole = area_m2(GROUND)
    assert [area_m2(cell) / whole for cell in cells_around(places, GROUND)] == pytest.approx(areas)


SLOPE = Surface(np.tile(np.arange(20.0), (10, 1)), west=129.0, north=43.0, step=0.01)  # higher to the east


def test_a_cut_leaves_the_area_that_was_asked_for():
    everywhere = np.ones(SLOPE.values.shape, dtype=bool)
    whole = float(SLOPE.cell_m2().sum())
    cut = SLOPE.cut_for(whole / 4.0, everywhere)
    assert cut == 15.0  # the five highest of twenty columns
    assert float(SLOPE.cell_m2()[SLOPE.values >= cut].sum()) == pytest.approx(whole / 4.0, rel=1e-9)
    assert SLOPE.above(cut).bounds[0] == pytest.approx(129.155)  # the centre of that column
    assert SLOPE.cut_for(whole * (1.0 - 1e-15), everywhere) == 0.0


@pytest.mark.parametrize("share", [-0.5, 0.0, 1.5])
def test_a_cut_for_more_ground_than_there_is_is_refused(share):
    east = SLOPE.inside(box(129.1, 42.9, 129.2, 43.0))
    assert east.sum() == 100
    with pytest.raises(BuildError, match=r"km² are wanted of \d+ km² that are there"):
        SLOPE.cut_for(share * float(SLOPE.cell_m2()[east].sum()), east)


def test_a_cut_in_a_mask_without_cells_is_refused():
    with pytest.raises(BuildError, match="a cut cannot be drawn: 1 km² are wanted of 0 km²"):
        SLOPE.cut_for(1e6, SLOPE.inside(shapely.Polygon()))


def test_no_ground_lies_above_the_highest_value():
    assert SLOPE.above(19.5).is_empty


def test_distances_to_places_are_those_of_the_ellipsoid_to_a_hundredth():
    lon, lat = np.array([129.05, 129.4]), np.array([42.95, 42.2])
    found = metres_to(SLOPE, lon, lat)
    for row, column in [(0, 0), (9, 19), (3, 7)]:
        at = Point(SLOPE.lon[column], SLOPE.lat[row])
        nearest = min(metres(at, Point(x, y)) for x, y in zip(lon, lat, strict=True))
        assert found[row, column] == pytest.approx(nearest, rel=1e-2)


@pytest.fixture
def raster(tmp_path):
    cells = np.zeros((8, 8), dtype="uint8")
    cells[:, 4:] = 5  # forest in the east
    path = tmp_path / "cover.tif"
    with rasterio.open(
        path, "w", driver="GTiff", height=8, width=8, count=1, dtype="uint8", crs="EPSG:4326",
        transform=Affine(0.1, 0.0, 129.0, 0.0, -0.1, 43.0),
    ) as file:  # fmt: skip
        file.write(cells, 1)
    return path


def test_cover_is_smoothed_and_keeps_its_place(raster):
    found = cover(raster, [5])
    middle = found.values[40]
    assert (middle[:20].max(), middle[-20:].min()) == pytest.approx((0.0, 1.0))
    assert (np.diff(middle) >= -1e-9).all()
    edge = found.above(0.5).bounds[0]
    assert edge == pytest.approx(129.4, abs=0.02)


def test_cover_in_a_window_is_the_share_around(raster):
    wide = cover(raster, [5], window_cells=2)
    at = [int(np.argmin(abs(wide.lon - lon))) for lon in (129.35, 129.45, 129.75)]
    assert wide.values[40, at] == pytest.approx([0.4, 0.6, 1.0], abs=0.03)


def test_class_ground_has_the_outline_of_its_cells(raster):
    assert class_ground(raster, [5]).equals(box(129.4, 42.2, 129.8, 43.0))
    assert class_ground(raster, [7]).is_empty


def test_a_disc_s_area_is_that_of_its_radius():
    assert area_m2(disc(LON, LAT, 1500.0)) == pytest.approx(pi * 1500.0**2, rel=2e-3)
