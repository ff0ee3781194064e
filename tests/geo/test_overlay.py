from datetime import date, timedelta
from itertools import pairwise
from math import cos, pi, radians, sin

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyproj import Geod
from samples import DAY, KIND, STEADY, make_entry, make_layer, make_zone

from geo.errors import ReleaseError
from geo.geometry import area_m2
from geo.layers.store import BrokenLayer
from geo.overlay import Ground, all_around, check_layer
from geo.piece import Measure
from geo.site import read_site

GEOD = Geod(ellps="GRS80")
LON, LAT = 129.5, 42.9
# A hundred metres in degrees at this place, along the parallel and along the meridian.
EAST = round(GEOD.fwd(LON, LAT, 90.0, 100.0)[0] - LON, 9)
NORTH = round(GEOD.fwd(LON, LAT, 0.0, 100.0)[1] - LAT, 9)


def block(west, south, east, north):
    """A box in steps of 100 m from a corner near Yanji; block(0, 0, 1, 1) is a hectare.

    Its corners stand on the 1e-9 degrees to which a site is rounded.
    """
    degrees = (LON + west * EAST, LAT + south * NORTH, LON + east * EAST, LAT + north * NORTH)
    return shapely.box(*(round(degree, 9) for degree in degrees))


HECTARE = block(0, 0, 1, 1)
WEST_HALF = block(-9, -9, 0.5, 9)
CENTRE = shapely.Point(LON + 0.5 * EAST, LAT + 0.5 * NORTH)


def check(site, layer, day=DAY, counties=None, **said):
    """The layer's answer for a shapely geometry or text."""
    text = site if isinstance(site, str) else shapely.to_wkt(site, rounding_precision=12)
    return check_layer(layer, KIND, Ground(read_site(text, **said)), day, counties)


def relations(found):
    return {one.zone.id: one.relation for one in (*found.zones, *found.ignored)}


def areas(found):
    return {one.zone.id: one.area for one in (*found.zones, *found.ignored)}


# --- Every status -----------------------------------------------------------------------------------------------------


def test_a_layer_that_cannot_be_read_has_failed():
    broken = BrokenLayer(make_entry(), "r1", ReleaseError(layer=KIND, release="r1", reason="gone"))
    found = check(HECTARE, broken)
    assert (found.status, found.reason, found.release, found.info) == ("failed", "unreadable", "r1", None)
    assert (found.zones, found.ignored, found.unplaced, found.distance_m, found.sketch) == ((), (), (), None, False)


def test_a_layer_never_supplied_has_no_data():
    found = check(HECTARE, None)
    assert (found.kind, found.status, found.reason, found.coverage_share) == (KIND, "no_data_here", "not_supplied", 0.0)


@pytest.mark.parametrize("site", [pytest.param(HECTARE, id="a polygon"), pytest.param(CENTRE, id="a point")])
@pytest.mark.parametrize(
    ("zones", "info", "coverage", "status", "reason"),
    [
        pytest.param([WEST_HALF | HECTARE], {}, None, "hit", None, id="hit"),
        pytest.param(
            [block(1.05, -5, 5, 5)], {"accuracy_m": 60}, None, "boundary_uncertain", None, id="boundary uncertain"
        ),
        pytest.param([], {}, block(3, 3, 5, 5), "no_data_here", "outside_coverage", id="outside coverage"),
        pytest.param(
            [block(3, 0, 4, 1)], {}, block(2, 0, 9, 9), "no_data_here", "outside_coverage", id="near, and outside"
        ),
        pytest.param([block(3, 0, 4, 1)], {}, None, "near", None, id="near"),
        pytest.param([block(9, 0, 10, 1)], {}, None, "clear", None, id="clear"),
        pytest.param([], {}, None, "clear", None, id="no zone at all"),
        pytest.param([block(9, 0, 10, 1)], {"accuracy_m": 60}, None, "clear", None, id="clear of uncertain lines too"),
    ],
)
def test_the_status_of_a_layer(zones, info, coverage, status, reason, site):
    zones = [make_zone(str(i), geometry) for i, geometry in enumerate(zones)]
    layer = make_layer(zones, *([coverage] if coverage else []), **info)
    found = check(site, layer)
    assert (found.status, found.reason) == (status, reason)
    assert found.release == "r1"
    assert found.info is layer.info


def test_the_strongest_zone_gives_the_status():
    layer = make_layer(
        [
            make_zone("under", block(-5, -5, 5, 5), zone_class="class_1"),
            make_zone("edge", block(1.02, -5, 5, 5), zone_class="class_2"),
            make_zone("away", block(-8, 0, -4, 1), zone_class="quasi"),
        ],
        accuracy_m=10,
    )
    found = check(HECTARE, layer)
    assert found.status == "hit"
    assert [(one.zone.id, one.relation) for one in found.zones] == [
        ("under", "hit"),
        ("edge", "uncertain"),
        ("away", "near"),
    ]
    assert found.distance_m == 0.0


# --- Overlap ----------------------------------------------------------------------------------------------------------


def test_area_and_both_shares_of_an_overlap():
    zone = block(-1, 0, 0.5, 1)
    found = check(HECTARE, make_layer([make_zone("west", zone)]))
    (one,) = found.zones
    assert one.area.value == pytest.approx(5_000.0, rel=1e-4)
    assert one.area == Measure(one.area.value, one.area.value, one.area.value)
    assert one.site_share == pytest.approx(0.5, rel=1e-5)
    assert one.zone_share == pytest.approx(1 / 3, rel=1e-5)
    assert one.distance_m is None


def test_a_site_within_a_zone_is_wholly_covered():
    found = check(HECTARE, make_layer([make_zone("around", block(-50, -50, 50, 50))]))
    assert found.zones[0].site_share == 1.0
    assert found.zones[0].area.value == read_site(HECTARE.wkt).area_m2


def test_a_point_has_no_shares():
    (one,) = check(CENTRE, make_layer([make_zone("west", WEST_HALF | HECTARE)])).zones
    assert (one.relation, one.area, one.site_share, one.zone_share) == ("hit", None, None, None)


@pytest.mark.parametrize("threshold", [0.0, 100.0])
@pytest.mark.parametrize(
    "zone",
    [
        pytest.param(block(1, 0, 2, 1), id="a shared edge"),
        pytest.param(block(1, 0.3, 2, 0.6), id="part of an edge"),
        pytest.param(block(1, 1, 2, 2), id="a shared corner"),
        pytest.param(shapely.box(*block(-5, -5, 5, 5).bounds) - HECTARE, id="a hole that fits"),
        # 0.01 µdegree is 1 mm, on 1 m along the border 0.001 m²: the record would say 0.00.
        pytest.param(shapely.box(LON + EAST - 1e-8, LAT, LON + 2 * EAST, LAT + NORTH / 100), id="less than 0.005 m²"),
    ],
)
def test_a_touch_is_no_overlap(zone, threshold):
    found = check(HECTARE, make_layer([make_zone("next", zone)], entry=make_entry(threshold_m2={"default": threshold})))
    assert (found.status, found.distance_m) == ("near", pytest.approx(0.0, abs=1e-3))
    assert found.ignored == ()


def test_a_square_metre_is_an_overlap_where_no_sliver_is_allowed():
    found = check(HECTARE, make_layer([make_zone("next", block(0.99, 0, 2, 0.01))]))
    assert found.status == "hit"
    assert found.zones[0].area.value == pytest.approx(1.0, rel=1e-3)


@pytest.mark.parametrize(
    "point",
    [
        pytest.param(shapely.Point(LON, LAT + 0.3 * NORTH), id="on the border between two"),
        pytest.param(shapely.Point(LON, LAT), id="on a corner of two"),
    ],
)
def test_a_point_on_a_shared_border_is_in_both(point):
    border = round(LON, 9)
    west = shapely.box(border - EAST, LAT, border, LAT + NORTH)
    east = shapely.box(border, LAT, border + EAST, LAT + NORTH)
    found = check(point, make_layer([make_zone("west", west), make_zone("east", east)]))
    assert relations(found) == {"west": "hit", "east": "hit"}


def test_a_multipoint_hits_where_one_of_its_points_does():
    two = shapely.MultiPoint([CENTRE, shapely.Point(LON + 20 * EAST, LAT)])
    assert check(two, make_layer([make_zone("west", HECTARE)])).status == "hit"


def test_a_hole_is_not_in_its_zone():
    ring = make_layer([make_zone("ring", block(-5, -5, 5, 5) - block(-1, -1, 2, 2))])
    found = check(HECTARE, ring)
    assert (found.status, found.distance_m) == ("near", pytest.approx(100.0, rel=1e-4))


@st.composite
def strips(draw):
    """Cuts of the site from west to east."""
    cuts = sorted({round(cut, 3) for cut in draw(st.lists(st.floats(0.01, 0.99), min_size=1, max_size=5))})
    return [-1.0, *cuts, 2.0]


@given(strips())
@settings(STEADY, max_examples=30)
def test_zones_that_share_a_site_out_add_up_to_it(cuts):
    zones = [
        make_zone(str(i), block(west, -1, east, 2), zone_class=str(i)) for i, (west, east) in enumerate(pairwise(cuts))
    ]
    found = check(HECTARE, make_layer(zones))
    assert {one.relation for one in found.zones} == {"hit"}
    assert sum(one.area.value for one in found.zones) == pytest.approx(read_site(HECTARE.wkt).area_m2, rel=1e-7)
    assert sum(one.site_share for one in found.zones) == pytest.approx(1.0, rel=1e-7)


# --- Thresholds -------------------------------------------------------------------------------------------------------

SLIVERS = make_entry(threshold_m2={"default": 0.0, "class_1": 1_000.0})
NORTH_EDGE, SAME_EDGE, SOUTH_EDGE = block(0, 0.94, 1, 2), block(0, 0.94, 1, 3), block(0, -1, 1, 0.06)  # 600 m² each


@pytest.mark.parametrize(
    ("zones", "relation"),
    [
        pytest.param([NORTH_EDGE], "ignored", id="600 m²"),
        pytest.param([NORTH_EDGE, SAME_EDGE], "ignored", id="the same 600 m² twice"),
        pytest.param([NORTH_EDGE, SOUTH_EDGE], "hit", id="600 m² in two places"),
        pytest.param([block(0, 0.89, 1, 2)], "hit", id="1,100 m²"),
        pytest.param([block(0, 0.9, 1, 2) & block(0, 0, 0.999, 9)], "ignored", id="999 m²"),
    ],
)
def test_slivers_are_counted_once_against_the_threshold_of_their_class(zones, relation):
    zones = [make_zone(str(i), geometry, zone_class="class_1") for i, geometry in enumerate(zones)]
    found = check(HECTARE, make_layer(zones, entry=SLIVERS))
    assert relations(found) == {zone.id: relation for zone in zones}
    assert found.status == ("hit" if relation == "hit" else "clear")


def test_classes_are_judged_apart():
    zones = [make_zone("one", NORTH_EDGE, zone_class="class_1"), make_zone("two", SOUTH_EDGE, zone_class="class_2")]
    found = check(HECTARE, make_layer(zones, entry=SLIVERS))
    assert relations(found) == {"one": "ignored", "two": "hit"}
    assert found.status == "hit"


def test_a_zone_without_a_class_has_the_default_threshold():
    found = check(
        HECTARE, make_layer([make_zone("one", NORTH_EDGE)], entry=make_entry(threshold_m2={"default": 700.0}))
    )
    assert relations(found) == {"one": "ignored"}


def test_a_sliver_is_listed_with_its_measure():
    found = check(HECTARE, make_layer([make_zone("one", NORTH_EDGE, zone_class="class_1")], entry=SLIVERS))
    (one,) = found.ignored
    assert one.area.value == pytest.approx(600.0, rel=1e-3)
    assert one.site_share == pytest.approx(0.06, rel=1e-5)
    assert one.zone_share == pytest.approx(0.06 / 1.06, rel=1e-4)
    assert found.zones == ()


def test_a_threshold_means_nothing_to_a_point():
    point = shapely.Point(LON + 0.5 * EAST, LAT + 0.97 * NORTH)
    found = check(point, make_layer([make_zone("one", NORTH_EDGE, zone_class="class_1")], entry=SLIVERS))
    assert found.status == "hit"


# --- Bands ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer_m", "zone_m", "site_m", "least", "most"),
    [
        pytest.param(10.0, None, 0.0, 4_000.0, 6_000.0, id="the layer's accuracy"),
        pytest.param(0.0, None, 10.0, 4_000.0, 6_000.0, id="the site's"),
        pytest.param(10.0, None, 5.0, 3_500.0, 6_500.0, id="both together"),
        pytest.param(10.0, 2.0, 0.0, 4_800.0, 5_200.0, id="the zone's own wins over the layer's"),
        pytest.param(0.0, None, 0.0, 5_000.0, 5_000.0, id="exact lines"),
        pytest.param(60.0, None, 0.0, 0.0, 10_000.0, id="wider than half the site"),
    ],
)
def test_the_band_of_an_overlap(layer_m, zone_m, site_m, least, most):
    layer = make_layer([make_zone("west", WEST_HALF, accuracy_m=zone_m)], accuracy_m=layer_m)
    found = check(HECTARE, layer, accuracy_m=site_m)
    (one,) = found.zones
    assert one.area.value == pytest.approx(5_000.0, rel=1e-4)
    assert (one.area.least, one.area.most) == pytest.approx((least, most), rel=1e-3)
    assert one.relation == ("hit" if least else "uncertain")


@pytest.mark.parametrize(
    ("accuracy_m", "relation", "distance_m"),
    [
        pytest.param(0.0, "hit", None, id="exact"),
        pytest.param(40.0, "hit", None, id="40 m, and the limit is 50 m away"),
        pytest.param(60.0, "uncertain", 50.0, id="60 m"),
    ],
)
def test_the_band_of_a_point(accuracy_m, relation, distance_m):
    found = check(CENTRE, make_layer([make_zone("one", HECTARE | block(-9, 0, 1, 1))], accuracy_m=accuracy_m))
    (one,) = found.zones
    assert one.relation == relation
    assert one.distance_m == (None if distance_m is None else pytest.approx(distance_m, rel=1e-4))


def test_a_point_just_outside_may_be_inside():
    point = shapely.Point(LON + 1.1 * EAST, LAT + 0.5 * NORTH)
    exact = check(point, make_layer([make_zone("one", HECTARE)]))
    blurred = check(point, make_layer([make_zone("one", HECTARE)], accuracy_m=15))
    assert (exact.status, blurred.status) == ("near", "boundary_uncertain")
    assert exact.distance_m == pytest.approx(10.0, abs=1e-3)
    assert blurred.distance_m == pytest.approx(10.0, abs=1e-3)


@pytest.mark.parametrize(
    ("t", "relation"),
    [
        pytest.param(3_900.0, "hit", id="least above it"),
        pytest.param(4_100.0, "uncertain", id="least below, value above"),
        pytest.param(5_900.0, "uncertain", id="value below, most above"),
        pytest.param(6_100.0, "ignored", id="most below it"),
    ],
)
def test_the_band_against_the_threshold(t, relation):
    layer = make_layer([make_zone("west", WEST_HALF)], entry=make_entry(threshold_m2={"default": t}), accuracy_m=10)
    found = check(HECTARE, layer)  # 4,000 to 6,000 m²
    assert relations(found) == {"west": relation}


def test_a_shape_that_only_says_where_a_zone_may_lie_gives_no_area():
    said = {"provenance": "illustrative", "limits": "sketch", "whereabouts": True}
    [zone] = check(HECTARE, make_layer([make_zone("a", WEST_HALF)], **said)).zones
    assert (zone.relation, zone.area, zone.site_share, zone.zone_share) == ("hit", None, None, None)


@pytest.mark.parametrize(
    "info",
    [
        pytest.param({"limits": "sketch"}, id="a sketch"),
        pytest.param({"provenance": "illustrative"}, id="drawn by us"),
    ],
)
def test_a_sketch_is_judged_on_the_drawn_line(info):
    layer = make_layer([make_zone("west", WEST_HALF, accuracy_m=500.0)], accuracy_m=500.0, **info)
    found = check(HECTARE, layer, accuracy_m=100.0)
    (one,) = found.zones
    assert found.sketch
    assert (one.relation, one.area.least, one.area.most) == ("hit", one.area.value, one.area.value)
    assert check(CENTRE, make_layer([make_zone("one", HECTARE)], accuracy_m=500.0, **info)).status == "hit"


def star(lon, lat, radii_m, turn):
    step = 2.0 * pi / len(radii_m)
    return shapely.Polygon(
        [
            (
                lon + r * cos(turn + i * step) / (111_200 * cos(radians(lat))),
                lat + r * sin(turn + i * step) / 111_200,
            )
            for i, r in enumerate(radii_m)
        ]
    )


outlines = st.builds(
    star,
    st.floats(LON - 0.002, LON + 0.002),
    st.floats(LAT - 0.002, LAT + 0.002),
    st.lists(st.floats(60.0, 300.0), min_size=3, max_size=9),
    st.floats(0.0, 6.3),
)


@given(outlines, st.lists(outlines, min_size=1, max_size=3), st.lists(st.floats(0.5, 200.0), min_size=2, max_size=3))
@settings(STEADY, max_examples=40)
def test_a_wider_accuracy_never_narrows_a_band(site, zones, accuracies):
    before = None
    for accuracy_m in [0.0, *sorted(accuracies)]:
        zones_ = [make_zone(str(i), outline, zone_class="class_1") for i, outline in enumerate(zones)]
        found = areas(check(site, make_layer(zones_, accuracy_m=accuracy_m)))
        for name, area in found.items():
            if area is None:
                continue
            assert area.least <= area.value <= area.most
            earlier = before and before.get(name)
            if earlier:
                assert area.value == earlier.value
                assert area.least <= earlier.least * (1 + 1e-6) + 0.01
                assert area.most >= earlier.most * (1 - 1e-6) - 0.01
        before = found


@given(outlines, outlines)
@settings(STEADY, max_examples=80)
def test_an_exact_overlap_is_that_of_the_two_outlines(site, zone):
    rounded = read_site(site.wkt).ground
    expected = area_m2(shapely.intersection(rounded, zone))
    assume(not 0.001 < expected < 0.01)
    found = check(site, make_layer([make_zone("one", zone)]))
    if expected > 0.01:
        assert found.zones[0].area.value == pytest.approx(expected, rel=1e-7, abs=1e-4)
        assert found.status == "hit"
    else:
        assert found.status in ("near", "clear")


# --- Coverage ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("coverage", "covered", "status"),
    [
        pytest.param(block(-9, -9, 9, 9), 1.0, "clear", id="the whole site"),
        pytest.param(HECTARE, 1.0, "clear", id="the site to the metre"),
        pytest.param(block(-9, -9, 0.25, 9), 0.25, "clear", id="a quarter of it"),
        pytest.param(block(-9, -9, 0, 9), 0.0, "no_data_here", id="its border only"),
        pytest.param(block(5, 5, 9, 9), 0.0, "no_data_here", id="other ground"),
        pytest.param(block(-9, -9, 9, 9) - block(0.25, 0.25, 0.75, 0.75), 0.75, "clear", id="a hole in it"),
        pytest.param(shapely.MultiPolygon([block(-9, 0, 0.2, 1), block(0.9, 0, 9, 1)]), 0.3, "clear", id="two parts"),
    ],
)
def test_how_much_of_a_site_a_layer_speaks_for(coverage, covered, status):
    found = check(HECTARE, make_layer([], shapely.set_precision(coverage, 1e-9)))
    assert found.coverage_share == pytest.approx(covered, abs=1e-6)
    assert found.status == status


def test_part_of_a_site_outside_has_the_status_of_the_rest():
    layer = make_layer([make_zone("one", block(-9, -9, 0.1, 9))], block(-9, -9, 0.25, 9))
    found = check(HECTARE, layer)
    assert (found.status, found.reason, found.coverage_share) == ("hit", None, pytest.approx(0.25, rel=1e-5))


@pytest.mark.parametrize(
    ("point", "covered", "status"),
    [
        pytest.param(CENTRE, 1.0, "clear", id="inside"),
        pytest.param(shapely.Point(LON, LAT), 1.0, "clear", id="on its border"),
        pytest.param(shapely.Point(LON - EAST, LAT), 0.0, "no_data_here", id="outside"),
        pytest.param(shapely.MultiPoint([CENTRE, (LON - EAST, LAT)]), 0.5, "clear", id="one of two points"),
    ],
)
def test_whether_a_layer_speaks_for_a_point(point, covered, status):
    found = check(point, make_layer([], HECTARE))
    assert (found.coverage_share, found.status) == (covered, status)


# --- Zones without a place, and zones of other days -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone_counties", "counties", "listed"),
    [
        pytest.param(("222401",), ("222401", "222404"), True, id="the site's county"),
        pytest.param(("222401",), ("222404",), False, id="another county"),
        pytest.param(("222401", "222404"), ("222404",), True, id="one of its two counties"),
        pytest.param((), ("222404",), True, id="no county known of the zone"),
        pytest.param(("222401",), None, True, id="no county known of the site"),
        pytest.param(("222401",), (), False, id="a site in no county"),
    ],
)
def test_zones_without_a_place_are_listed_by_county(zone_counties, counties, listed):
    lost = make_zone("lost", None, counties=zone_counties)
    found = check(HECTARE, make_layer([lost, make_zone("far", block(20, 20, 21, 21))]), counties=counties)
    assert found.unplaced == ((lost,) if listed else ())
    assert found.status == "clear"


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "valid"),
    [
        pytest.param(None, None, True, id="always"),
        pytest.param(DAY, None, True, id="from this day"),
        pytest.param(DAY + timedelta(days=1), None, False, id="from tomorrow"),
        pytest.param(None, DAY + timedelta(days=1), True, id="until tomorrow"),
        pytest.param(None, DAY, False, id="until this day"),
        pytest.param(date(2020, 1, 1), date(2030, 1, 1), True, id="between two days"),
    ],
)
@pytest.mark.parametrize("site", [pytest.param(HECTARE, id="a polygon"), pytest.param(CENTRE, id="a point")])
def test_zones_of_another_day_are_left_out(valid_from, valid_to, valid, site):
    days = {"valid_from": valid_from, "valid_to": valid_to}
    found = check(site, make_layer([make_zone("here", HECTARE, **days), make_zone("lost", None, **days)]))
    assert found.status == ("hit" if valid else "clear")
    assert len(found.unplaced) == valid


# --- Distance ---------------------------------------------------------------------------------------------------------


def north_east_of(lon, lat, azimuth, distance_m):
    """A zone whose south-west corner lies in that direction: the nearest of its points for azimuths from 0 to 90."""
    corner_lon, corner_lat, _ = GEOD.fwd(lon, lat, azimuth, distance_m)
    return shapely.box(corner_lon, corner_lat, corner_lon + 0.01, corner_lat + 0.01)


@given(st.floats(1.0, 89.0), st.floats(1.0, 499.0), st.floats(120.5, 135.0), st.floats(38.5, 49.5))
@settings(STEADY, max_examples=80)
def test_distance_from_a_point_is_that_of_geod(azimuth, distance_m, lon, lat):
    lon, lat = round(lon, 9), round(lat, 9)
    found = check(f"{lon:.9f},{lat:.9f}", make_layer([make_zone("one", north_east_of(lon, lat, azimuth, distance_m))]))
    assert found.status == "near"
    assert found.distance_m == pytest.approx(distance_m, rel=1e-5)


@given(st.floats(1.0, 89.0), st.floats(1.0, 4_900.0))
@settings(STEADY, max_examples=60)
def test_distance_from_a_polygon_is_that_of_geod(azimuth, distance_m):
    lon, lat = (float(round(value, 9)) for value in (LON + EAST, LAT + NORTH))
    zone = make_zone("one", north_east_of(lon, lat, azimuth, distance_m))
    found = check(HECTARE, make_layer([zone], entry=make_entry(near_m=5_000.0)))
    assert found.distance_m == pytest.approx(distance_m, rel=1e-5)


@pytest.mark.parametrize(
    ("azimuth", "zone"),
    [
        pytest.param(0.0, lambda lon, lat: shapely.box(lon - 0.2, lat, lon + 0.2, lat + 0.1), id="north"),
        pytest.param(180.0, lambda lon, lat: shapely.box(lon - 0.2, lat - 0.1, lon + 0.2, lat), id="south"),
        pytest.param(90.0, lambda lon, lat: shapely.box(lon, lat - 0.2, lon + 0.1, lat + 0.2), id="east"),
        pytest.param(270.0, lambda lon, lat: shapely.box(lon - 0.1, lat - 0.2, lon, lat + 0.2), id="west"),
    ],
)
def test_distance_to_a_long_straight_border(azimuth, zone):
    lon, lat, _ = GEOD.fwd(LON, LAT, azimuth, 300.0)
    found = check(f"{LON},{LAT}", make_layer([make_zone("one", zone(lon, lat))]))
    assert found.distance_m == pytest.approx(300.0, rel=1e-5)


@pytest.mark.parametrize(
    ("distance_m", "status"),
    [
        pytest.param(499.99, "near", id="a centimetre within"),
        pytest.param(500.01, "clear", id="a centimetre beyond"),
    ],
)
def test_where_nearness_ends(distance_m, status):
    found = check(f"{LON},{LAT}", make_layer([make_zone("one", north_east_of(LON, LAT, 40.0, distance_m))]))
    assert found.status == status
    assert found.distance_m == (pytest.approx(distance_m, rel=1e-6) if status == "near" else None)


@pytest.mark.parametrize(
    ("near_m", "status"), [pytest.param(0.0, "clear", id="no reach"), pytest.param(20_000.0, "near", id="20 km")]
)
def test_each_layer_has_its_own_reach(near_m, status):
    zone = make_zone("one", north_east_of(LON, LAT, 40.0, 15_000.0))
    found = check(f"{LON},{LAT}", make_layer([zone], entry=make_entry(near_m=near_m)))
    assert found.status == status
    assert found.distance_m == (pytest.approx(15_000.0, rel=1e-5) if status == "near" else None)


def test_near_zones_stand_nearest_first():
    zones = [
        make_zone(name, north_east_of(LON, LAT, 40.0, far)) for name, far in (("c", 400.0), ("a", 200.0), ("b", 300.0))
    ]
    found = check(f"{LON},{LAT}", make_layer(zones))
    assert [one.zone.id for one in found.zones] == ["a", "b", "c"]
    assert found.distance_m == pytest.approx(200.0, rel=1e-5)


def test_the_order_of_zones_changes_no_answer():
    zones = [make_zone(name, block(i - 3, -1, i - 1.5, 2), zone_class="ab"[i % 2]) for i, name in enumerate("pqrst")]
    one, other = (check(HECTARE, make_layer(order, accuracy_m=5)) for order in (zones, zones[::-1]))
    assert [(z.zone.id, z.relation, z.area, z.distance_m) for z in one.zones] == [
        (z.zone.id, z.relation, z.area, z.distance_m) for z in other.zones
    ]


def test_all_layers_asked_at_once_say_what_each_says_alone(here):
    snapshot, chance = here.store.snapshot(), np.random.default_rng(4)
    met = 0
    for number in range(150):
        corner = chance.uniform(127.6, 131.2), chance.uniform(42.1, 44.3)
        more = [(corner[0] + chance.normal(0.0, 0.02), corner[1]) for _ in range(number % 3)]
        ground = Ground(read_site(shapely.MultiPoint([corner, *more]).wkt))
        together = all_around(snapshot, ground)
        for kind, layer in snapshot.layers.items():
            alone = check_layer(layer, kind, ground, DAY)
            assert check_layer(layer, kind, ground, DAY, around=together) == alone
            met += len(alone.zones)
    assert met > 300
    assert all_around(snapshot, Ground(read_site(HECTARE.wkt))) is None


def test_of_zones_whose_common_limit_the_site_stands_on_the_order_is_that_of_their_ids():
    """What rounding leaves of a distance, less than a millionth of a millimetre, decides nothing."""
    chance = np.random.default_rng(3)
    for _ in range(60):
        corners = np.round(chance.uniform((129.4, 42.8), (129.6, 43.0), (4, 2)), 9)
        corner, other, one, two = corners  # two triangles with one side in common
        layer = make_layer(
            [make_zone(name, shapely.Polygon([corner, other, tip])) for name, tip in (("b", one), ("a", two))]
        )
        on_it = corner + chance.random() * (other - corner)
        found = check(f"{on_it[0]:.9f},{on_it[1]:.9f}", layer, accuracy_m=5.0)
        assert [zone.zone.id for zone in found.zones] == ["a", "b"]
