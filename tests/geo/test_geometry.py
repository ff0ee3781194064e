from math import cos, pi, radians, sin

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from samples import STEADY

from geo.geometry import area_m2, areas_m2, clip, polygons_of, share, window

GEOD = Geod(ellps="GRS80")
DEGREE_M = 111_700.0  # no degree of latitude or longitude is longer
PPM = 1e-6

HECTARE = shapely.box(129.5, 42.9, 129.5 + 100 / 81_700, 42.9 + 100 / 111_100)
TOWN = shapely.box(129.0, 43.0, 129.1, 43.1)
TOWN_EAST = shapely.box(129.1, 43.0, 129.2, 43.1)
PARK = shapely.box(129.02, 43.02, 129.06, 43.06)


def geod_m2(geometry, edge_m):
    """The oracle: Karney's area of the same outline, cut into edges of at most `edge_m`.

    Between two vertices Geod runs along the geodesic, the outline straight in degrees. On an edge of length L
    along a parallel they part by at most L² tan(45°) / 8R, so that the area errs by less than the perimeter times
    that: with 10 m edges 2 µm, with 200 m edges 0.8 mm, which on 600 km around 20,000 km² is 0.02 ppm.
    """
    dense = shapely.orient_polygons(shapely.segmentize(geometry, edge_m / DEGREE_M))
    return abs(GEOD.geometry_area_perimeter(dense)[0])


def star(lon, lat, radii_m, turn=0.0):
    """A polygon around a place, with a vertex at each of these distances."""
    step = 2.0 * pi / len(radii_m)
    across = DEGREE_M * cos(radians(lat))
    return shapely.Polygon(
        [
            (lon + radius * cos(turn + step * i) / across, lat + radius * sin(turn + step * i) / DEGREE_M)
            for i, radius in enumerate(radii_m)
        ]
    )


@st.composite
def stars(draw, least_m=40.0, most_m=100_000.0):
    """Star-shaped polygons in 127–132°E, 41–45°N, from some 100 m² to some 20,000 km².

    Below that the oracle's own rounding, some 2e-5 m², is more than a millionth.
    """
    size = draw(_log(least_m, most_m))
    radii = draw(st.lists(st.floats(0.3, 1.0), min_size=3, max_size=10))
    lon, lat = draw(st.floats(128.2, 130.8)), draw(st.floats(41.8, 44.2))
    return star(lon, lat, [radius * size for radius in radii], draw(st.floats(0.0, 2.0 * pi)))


def _log(least, most):
    return st.floats(0.0, 1.0).map(lambda part: least * (most / least) ** part)


@pytest.mark.parametrize(
    ("geometry", "edge_m"),
    [
        pytest.param(shapely.box(129.5, 42.9, 129.5 + 10 / 81_700, 42.9 + 10 / 111_100), 10.0, id="100 m²"),
        pytest.param(HECTARE, 10.0, id="a hectare"),
        pytest.param(star(129.5, 42.9, [600.0, 500.0, 700.0]), 10.0, id="a triangle of a square kilometre"),
        pytest.param(TOWN, 10.0, id="a square town"),
        pytest.param(TOWN - PARK, 10.0, id="a town around a park"),
        pytest.param(shapely.MultiPolygon([TOWN, shapely.box(131.0, 41.5, 131.01, 41.51)]), 10.0, id="two places"),
        pytest.param(star(129.5, 43.0, [20_000.0, 9_000.0] * 5), 10.0, id="a county with five arms"),
        pytest.param(shapely.box(128.0, 42.3, 130.0, 43.4), 200.0, id="20,000 km² along the parallels"),
        pytest.param(star(129.5, 43.0, [100_000.0] * 4, turn=0.3), 200.0, id="20,000 km² askew"),
    ],
)
def test_area_is_that_of_geod(geometry, edge_m):
    assert area_m2(geometry) == pytest.approx(geod_m2(geometry, edge_m), rel=PPM)


@given(stars())
@settings(STEADY, max_examples=120)
def test_area_of_any_outline_is_that_of_geod(outline):
    edge_m = 10.0 if outline.length < 2.0 else 200.0  # degrees around; longer ones would take 0.1 s each
    assert area_m2(outline) == pytest.approx(geod_m2(outline, edge_m), rel=PPM)


def test_a_square_degree_is_as_large_as_its_closed_form_says():
    # The integral of a²(1-e²)cos(lat)/(1-e²sin²(lat))² from 43° to 44°N, by Simpson's rule in 2,000 steps, times 1°.
    assert area_m2(shapely.box(129.0, 43.0, 130.0, 44.0)) == pytest.approx(8_985_483_100.882, rel=1e-12)


@given(stars(most_m=50_000.0))
@settings(STEADY, max_examples=50)
def test_a_ring_has_one_area_in_both_directions(outline):
    assert area_m2(outline.reverse()) == pytest.approx(area_m2(outline), rel=1e-12)


def test_a_hole_counts_off_whichever_way_it_is_drawn():
    hole = list(PARK.exterior.coords)
    expected = area_m2(TOWN) - area_m2(PARK)
    for ring in (hole, hole[::-1]):
        assert area_m2(shapely.Polygon(TOWN.exterior, [ring])) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("geometry", "same_as"),
    [
        pytest.param(shapely.MultiPolygon([TOWN, HECTARE]), [TOWN, HECTARE], id="a multipolygon"),
        pytest.param(
            shapely.GeometryCollection([TOWN, shapely.Point(129, 43), shapely.LineString([(129, 43), (130, 44)])]),
            [TOWN],
            id="a collection: points and lines have no area",
        ),
        pytest.param(
            shapely.GeometryCollection([shapely.MultiPolygon([TOWN, HECTARE])]),
            [TOWN, HECTARE],
            id="parts within parts",
        ),
        pytest.param(shapely.Point(129, 43), [], id="a point"),
        pytest.param(shapely.LineString([(129, 43), (130, 44)]), [], id="a line"),
        pytest.param(shapely.GeometryCollection(), [], id="nothing"),
        pytest.param(shapely.MultiPolygon(), [], id="no part"),
    ],
)
def test_area_counts_polygons_only(geometry, same_as):
    assert area_m2(geometry) == pytest.approx(sum(area_m2(part) for part in same_as), rel=1e-12)


def test_many_areas_at_once_are_those_of_each():
    shapes = [
        TOWN - PARK,
        None,
        shapely.MultiPolygon([TOWN, HECTARE]),
        shapely.Point(129, 43),
        shapely.GeometryCollection([shapely.MultiPolygon([TOWN_EAST, HECTARE]), shapely.Point(129, 43)]),
        shapely.Polygon(),
        star(129.5, 43.0, [100_000.0] * 4, turn=0.3),
    ]
    expected = [0.0 if shape is None else area_m2(shape) for shape in shapes]
    assert areas_m2(np.array(shapes, dtype=object)) == pytest.approx(expected, rel=1e-13)
    assert areas_m2(np.array([], dtype=object)).tolist() == []
    assert areas_m2(np.array([shapely.Point(129, 43)])).tolist() == [0.0]


def test_an_empty_polygon_has_no_area():
    assert area_m2(shapely.intersection(TOWN, HECTARE)) == 0.0


@given(stars(most_m=30_000.0), st.floats(0.2, 0.8))
@settings(STEADY, max_examples=60)
def test_area_of_the_pieces_is_that_of_the_whole(outline, cut):
    west, south, east, north = outline.bounds
    middle = west + (east - west) * cut
    pieces = [shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)]
    total = sum(area_m2(shapely.intersection(outline, piece)) for piece in pieces)
    assert total == pytest.approx(area_m2(outline), rel=1e-8)


@given(stars(least_m=1_000.0, most_m=30_000.0), st.floats(-0.2, 0.2), st.floats(-0.2, 0.2))
@settings(STEADY, max_examples=60)
def test_a_union_counts_shared_ground_once(outline, east, north):
    other = shapely.transform(outline, lambda points: points + np.array([east, north]))
    union, common = shapely.union(outline, other), shapely.intersection(outline, other)
    assert area_m2(polygons_of(shapely.GeometryCollection([outline, other]))) == pytest.approx(area_m2(union), rel=1e-9)
    together = area_m2(outline) + area_m2(other)
    assert area_m2(union) + area_m2(polygons_of(common)) == pytest.approx(together, rel=1e-9)


def test_the_same_ground_twice_is_the_same_ground():
    assert area_m2(polygons_of(shapely.GeometryCollection([TOWN, TOWN]))) == pytest.approx(area_m2(TOWN), rel=1e-12)


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        pytest.param(0.0, 10.0, 0.0, id="none of it"),
        pytest.param(2.5, 10.0, 0.25, id="a quarter"),
        pytest.param(10.0 + 1e-9, 10.0, 1.0, id="rounding above the whole"),
        pytest.param(-1e-9, 10.0, 0.0, id="rounding below nothing"),
        pytest.param(1.0, 0.0, 0.0, id="of nothing"),
    ],
)
def test_a_share_lies_between_0_and_1(part, whole, expected):
    assert share(part, whole) == expected


@given(
    st.floats(74.0, 135.0),
    st.floats(3.0, 54.0),
    st.floats(0.0, 0.3),
    st.floats(0.0, 0.3),
    st.floats(0.0, 1.0),
    st.floats(-180.0, 180.0),
    st.floats(0.01, 40_000.0),
)
@settings(STEADY, max_examples=400)
def test_window_holds_all_ground_within_reach(lon, lat, width, height, along, azimuth, reach_m):
    geometry = shapely.box(lon, lat, lon + width, lat + height) if width * height else shapely.Point(lon, lat)
    start = shapely.line_interpolate_point(geometry.exterior, along, normalized=True) if width * height else geometry
    far_lon, far_lat, _ = GEOD.fwd(start.x, start.y, azimuth, reach_m)
    west, south, east, north = window(geometry.bounds, reach_m)
    assert west <= far_lon <= east
    assert south <= far_lat <= north


@pytest.mark.parametrize("azimuth", [0, 45, 60, 80, 90, 100, 180, 270, 359])
@pytest.mark.parametrize("lat", [3.0, 42.9, 54.0])
def test_window_around_a_point_is_hardly_larger_than_needed(lat, azimuth):
    lon, reach = 129.5, 5_000.0
    far_lon, far_lat, _ = GEOD.fwd(lon, lat, azimuth, reach)
    west, south, east, north = window((lon, lat, lon, lat), reach)
    assert west < far_lon < east
    assert south < far_lat < north
    assert GEOD.line_length([lon, lon], [lat, north]) < 1.05 * reach
    assert GEOD.line_length([lon, east], [lat, lat]) < 1.05 * reach


BOX = (129.0, 43.0, 129.1, 43.1)  # the town as a window


@pytest.mark.parametrize(
    ("geometry", "expected"),
    [
        pytest.param(shapely.box(128.9, 42.9, 129.2, 43.2), TOWN, id="larger than the window"),
        pytest.param(PARK, PARK, id="inside the window"),
        pytest.param(shapely.box(129.05, 43.0, 129.15, 43.1), shapely.box(129.05, 43.0, 129.1, 43.1), id="half out"),
        pytest.param(TOWN_EAST, shapely.Polygon(), id="beside it, touching"),
        pytest.param(shapely.box(130.0, 44.0, 130.1, 44.1), shapely.Polygon(), id="far away"),
        pytest.param(shapely.LineString([(128.9, 43.05), (129.2, 43.05)]), shapely.Polygon(), id="a line"),
        pytest.param(shapely.Point(129.05, 43.05), shapely.Polygon(), id="a point"),
    ],
)
def test_clip_keeps_the_polygons_in_the_window(geometry, expected):
    found = clip(geometry, shapely.box(*BOX))
    assert found.is_empty == expected.is_empty
    assert found.equals(expected)


def test_clip_leaves_edges_short_enough_to_project():
    points = shapely.get_coordinates(clip(shapely.box(128.0, 42.0, 130.0, 44.0), shapely.box(*BOX)))
    steps = points[1:] - points[:-1]
    assert abs(steps).max() <= 0.01 + 1e-12


@given(stars(least_m=2_000.0, most_m=30_000.0))
@settings(STEADY, max_examples=40)
def test_clip_changes_no_area(outline):
    assert area_m2(clip(outline, shapely.box(*outline.bounds))) == pytest.approx(area_m2(outline), rel=1e-9)


@pytest.mark.parametrize(
    ("geometry", "kind", "area"),
    [
        pytest.param(TOWN, "Polygon", TOWN, id="a polygon"),
        pytest.param(shapely.MultiPolygon([TOWN, HECTARE]), "MultiPolygon", TOWN | HECTARE, id="two polygons"),
        pytest.param(
            shapely.GeometryCollection([TOWN, TOWN_EAST]), "Polygon", TOWN | TOWN_EAST, id="neighbours become one"
        ),
        pytest.param(
            shapely.GeometryCollection([shapely.LineString([(129, 43), (131, 43)]), TOWN]),
            "Polygon",
            TOWN,
            id="a line goes",
        ),
    ],
)
def test_polygons_of_a_geometry(geometry, kind, area):
    found = polygons_of(geometry)
    assert found.geom_type == kind
    assert found.equals(area)


@pytest.mark.parametrize(
    "geometry",
    [
        pytest.param(shapely.Point(129, 43), id="a point"),
        pytest.param(shapely.LineString([(129, 43), (130, 43)]), id="a line"),
        pytest.param(shapely.intersection(TOWN, TOWN_EAST), id="a shared border"),
        pytest.param(shapely.Polygon(), id="an empty polygon"),
        pytest.param(shapely.GeometryCollection(), id="an empty collection"),
    ],
)
def test_there_may_be_no_polygon(geometry):
    found = polygons_of(geometry)
    assert found.is_empty
    assert area_m2(found) == 0.0
