import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from samples import STEADY

from geo.crs import (
    CHINA,
    ENGINE_CRS,
    OFFSET_BOX,
    LocalPlane,
    from_bd09,
    from_gcj02,
    read_epsg,
    to_bd09,
    to_engine,
    to_gcj02,
)
from geo.errors import SiteCrsUnknown

GEOD = Geod(ellps="GRS80")
NORTHING_43 = GEOD.inv(129.0, 0.0, 129.0, 43.0)[2]  # along a central meridian Gauss-Kruger keeps every length


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("EPSG:4490", 4490, id="CGCS2000"),
        pytest.param(" epsg:4490 ", 4490, id="small letters and blanks"),
        pytest.param("4490", 4490, id="the number alone"),
        pytest.param("EPSG::4490", 4490, id="two colons"),
        pytest.param("urn:ogc:def:crs:EPSG::4490", 4490, id="a URN"),
        pytest.param("EPSG:4326", 4326, id="WGS-84"),
        pytest.param("CRS84", 4326, id="CRS84"),
        pytest.param("urn:ogc:def:crs:OGC:1.3:CRS84", 4326, id="CRS84 as GeoJSON wrote it"),
        pytest.param("EPSG:4513", 4513, id="first 3-degree zone with its number"),
        pytest.param("EPSG:4554", 4554, id="last 3-degree zone"),
        pytest.param("EPSG:4491", 4491, id="first 6-degree zone"),
        pytest.param("EPSG:4512", 4512, id="last 6-degree zone"),
    ],
)
def test_a_crs_is_read(text, code):
    assert read_epsg(text) == code


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("EPSG:3857", id="Web Mercator"),
        pytest.param("EPSG:4555", id="one past the 3-degree zones"),
        pytest.param("EPSG:4214", id="Beijing 1954"),
        pytest.param("GCJ-02", id="offset coordinates of maps"),
        pytest.param("BD-09", id="offset coordinates of Baidu"),
        pytest.param("CGCS2000", id="a name without a code"),
        pytest.param("EPSG:-4490", id="a negative code"),
        pytest.param("EPSG:4490.0", id="a code with a fraction"),
        pytest.param("EPSG:004490", id="more than five digits"),
        pytest.param("EPSG:", id="no code"),
        pytest.param("EPSG:²", id="a digit that is no decimal"),
        pytest.param("", id="nothing"),
    ],
)
def test_another_crs_is_refused(text):
    with pytest.raises(
        SiteCrsUnknown, match=r"is not taken; use EPSG:4490 \(CGCS2000\).*for a site also GCJ-02, BD-09"
    ):
        read_epsg(text)


def test_a_long_crs_is_cut_in_the_error():
    with pytest.raises(SiteCrsUnknown, match=f"“{'x' * 60}” is not taken"):
        read_epsg("x" * 1_000)


@pytest.mark.parametrize("code", [4490, 4326])
def test_degrees_stay_as_they_are(code):
    point = shapely.Point(129.5, 42.9)
    assert to_engine(point, code) is point


@pytest.mark.parametrize(
    ("code", "easting"),
    [
        pytest.param(4531, 43_500_000.0, id="3-degree zone 43"),
        pytest.param(4552, 500_000.0, id="3-degree, central meridian 129E"),
        pytest.param(4500, 22_500_000.0, id="6-degree zone 22"),
        pytest.param(4511, 500_000.0, id="6-degree, central meridian 129E"),
    ],
)
def test_the_central_meridian_of_a_gauss_kruger_zone(code, easting):
    found = to_engine(shapely.Point(easting, NORTHING_43), code)
    assert (found.x, found.y) == pytest.approx((129.0, 43.0), abs=1e-9)


def test_every_zone_taken_has_its_meridian_in_china():
    with_number = [(4513 + i, (25 + i) * 1e6 + 5e5, 75.0 + 3 * i) for i in range(21)]
    without = [(4534 + i, 5e5, 75.0 + 3 * i) for i in range(21)]
    six_degrees = [(4491 + i, (13 + i) * 1e6 + 5e5, 75.0 + 6 * i) for i in range(11)]
    without_six = [(4502 + i, 5e5, 75.0 + 6 * i) for i in range(11)]
    codes = with_number + without + six_degrees + without_six
    assert sorted(code for code, _, _ in codes) == list(range(4491, 4555))
    for code, easting, meridian in codes:
        assert CHINA[0] <= meridian <= CHINA[2]
        assert to_engine(shapely.Point(easting, NORTHING_43), code).x == pytest.approx(meridian, abs=1e-10), code


def test_every_vertex_of_a_polygon_is_brought_over():
    square = shapely.box(43_500_000.0, NORTHING_43, 43_501_000.0, NORTHING_43 + 1_000.0)
    found = to_engine(square, 4531)
    west, south, east, north = found.bounds
    assert (west, south) == pytest.approx((129.0, 43.0), abs=2e-5)
    assert GEOD.line_length([west, east], [43.0, 43.0]) == pytest.approx(1_000.0, rel=2e-4)
    assert GEOD.line_length([129.0, 129.0], [south, north]) == pytest.approx(1_000.0, rel=2e-4)


def test_inside_everything_is_longitude_first_on_the_cgcs2000_ellipsoid():
    assert ENGINE_CRS.to_epsg() == 4490
    assert ENGINE_CRS.ellipsoid.inverse_flattening == pytest.approx(298.257222101, abs=1e-9)


places = st.tuples(st.floats(74.0, 135.0), st.floats(4.0, 53.0))
SNAP_M = 1e-3  # PROJ takes what lies within 1e-10 rad of the centre, 0.6 mm, for the centre
moves = st.tuples(st.floats(-180.0, 180.0), st.floats(0.0, 10_000.0))


@given(places, moves)
@settings(STEADY, max_examples=150)
def test_distances_from_the_centre_are_exact(place, move):
    plane = LocalPlane(*place)
    lon, lat, _ = GEOD.fwd(*place, *move)
    centre, other = (plane.project(shapely.Point(*point)) for point in (place, (lon, lat)))
    assert centre.distance(other) == pytest.approx(move[1], rel=1e-9, abs=SNAP_M)


@given(places, moves, moves)
@settings(STEADY, max_examples=150)
def test_distances_within_ten_kilometres_are_true_to_a_millionth(place, one, other):
    plane = LocalPlane(*place)
    (lon1, lat1, _), (lon2, lat2, _) = GEOD.fwd(*place, *one), GEOD.fwd(*place, *other)
    flat = plane.project(shapely.Point(lon1, lat1)).distance(plane.project(shapely.Point(lon2, lat2)))
    assert flat == pytest.approx(GEOD.inv(lon1, lat1, lon2, lat2)[2], rel=1e-6, abs=SNAP_M)


@given(places, moves)
@settings(STEADY, max_examples=100)
def test_to_the_plane_and_back(place, move):
    lon, lat, _ = GEOD.fwd(*place, *move)
    plane = LocalPlane(*place)
    back = plane.unproject(plane.project(shapely.Point(lon, lat)))
    assert (back.x, back.y) == pytest.approx((lon, lat), abs=1e-8)


def test_a_polygon_goes_to_the_plane_and_back():
    town = shapely.box(129.0, 43.0, 129.1, 43.1) - shapely.box(129.04, 43.04, 129.06, 43.06)
    plane = LocalPlane(129.05, 43.05)
    assert plane.unproject(plane.project(town)).equals_exact(town, 1e-10)


# --- offset datums ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "gcj02", "bd09"),
    [
        pytest.param((129.5, 42.9), (129.506964505, 42.902489295), (129.513441667, 42.908549968), id="Yanji"),
        pytest.param((104.17, 36.54), (104.172758942, 36.540034738), (104.179172853, 36.546280062), id="Baiyin"),
        pytest.param((116.4, 39.9), (116.406242785, 39.90140353), (116.412628029, 39.907733782), id="Beijing"),
        pytest.param((75.99, 39.47), (75.992955638, 39.470227497), (75.999465199, 39.476187842), id="Kashgar"),
        pytest.param((113.3, 23.1), (113.305372899, 23.097351537), (113.311858984, 23.103433639), id="Guangzhou"),
    ],
)
def test_offset_datums_agree_with_another_program(place, gcj02, bd09):
    """Values of the package coord-convert 0.2.1, to its nine digits."""
    points = np.array([place])
    assert to_gcj02(points)[0] == pytest.approx(gcj02, abs=1e-9)
    assert to_bd09(points)[0] == pytest.approx(bd09, abs=1e-9)


@pytest.mark.parametrize(
    ("place", "offset_m"),
    [
        pytest.param((129.5, 42.9), 628.0, id="Yanji"),
        pytest.param((130.36, 42.86), 656.0, id="Hunchun"),
        pytest.param((128.23, 43.37), 573.0, id="Dunhua"),
        pytest.param((126.75, 42.97), 543.0, id="Huadian"),
        pytest.param((104.17, 36.54), 252.0, id="Baiyin"),
    ],
)
def test_gcj02_lies_as_far_off_as_was_measured(place, offset_m):
    """Measured between a set of county outlines and its converted copy; somewhere in each town, hence the 2 %."""
    there = to_gcj02(np.array([place]))[0]
    assert GEOD.inv(*place, *there)[2] == pytest.approx(offset_m, rel=0.02)
    assert there[0] > place[0]


in_china = st.lists(st.tuples(st.floats(CHINA[0], CHINA[2]), st.floats(CHINA[1], CHINA[3])), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("there", "back"),
    [pytest.param(to_gcj02, from_gcj02, id="GCJ-02"), pytest.param(to_bd09, from_bd09, id="BD-09")],
)
@given(places=in_china)
@settings(STEADY, max_examples=200)
def test_an_offset_datum_is_undone(there, back, places):
    points = np.array(places)
    assert np.abs(back(there(points)) - points).max() < 1e-9
    assert np.abs(there(back(points)) - points).max() < 1e-9


@pytest.mark.parametrize("move", [to_gcj02, from_gcj02, to_bd09, from_bd09])
def test_outside_of_china_nothing_is_moved(move):
    west, south, east, north = OFFSET_BOX
    middle = ((west + east) / 2.0, (south + north) / 2.0)
    outside = [(west - 0.01, middle[1]), (east + 0.01, middle[1]), (middle[0], south - 0.01), (middle[0], north + 0.01)]
    points = np.array([*outside, (0.0, 0.0), (-122.4, 37.8), middle])
    assert np.array_equal(move(points)[:-1], points[:-1])
    assert np.abs(move(points)[-1] - points[-1]).max() > 1e-4


def test_no_points_stay_no_points():
    assert to_gcj02(np.empty((0, 2))).shape == from_bd09(np.empty((0, 2))).shape == (0, 2)


def test_points_come_to_the_plane_as_geometries_do():
    chance = np.random.default_rng(4)
    for lon, lat in ((129.5024, 42.8883), (75.0, 18.0), (120.123456789, 53.9)):
        points = (lon, lat) + chance.uniform(-9.0, 9.0, (500, 2)) * 10.0 ** chance.uniform(-6.0, 0.0, (500, 1))
        plane = LocalPlane(lon, lat)
        flat = shapely.get_coordinates(plane.project(shapely.MultiPoint(points)))
        assert np.abs(plane.project_points(points) - flat).max() < 1e-7
        assert plane.project_points(np.array([[lon, lat]])).tolist() == [[0.0, 0.0]]
        assert plane.project(shapely.Point(lon, lat)).equals(shapely.Point(0.0, 0.0))
