"""The nearest zone, lengths along a line, and the survey that would decide."""

from datetime import timedelta
from itertools import pairwise
from time import perf_counter

import numpy as np
import pytest
import shapely
import shapely.affinity
from pyproj import Geod
from samples import DAY, KIND, make_entry, make_layer, make_zone

from geo.chainage import Course, total_m
from geo.geometry import length_m
from geo.ground import Ground
from geo.layers.store import Snapshot
from geo.overlay import check_layer, with_nearest
from geo.settings import Settings
from geo.site import read_site

GEOD = Geod(ellps="GRS80")
LON, LAT = 129.5, 42.9
EAST = round(GEOD.fwd(LON, LAT, 90.0, 100.0)[0] - LON, 9)  # a hundred metres, degrees
NORTH = round(GEOD.fwd(LON, LAT, 0.0, 100.0)[1] - LAT, 9)


def at(east, north):
    return round(LON + east * EAST, 9), round(LAT + north * NORTH, 9)


def block(west, south, east, north):
    """A box in steps of 100 m from a corner near Yanji."""
    return shapely.box(*at(west, south), *at(east, north))


def line(*points):
    return shapely.LineString([at(*point) for point in points])


def check(site, layer, day=DAY, **said):
    text = site if isinstance(site, str) else shapely.to_wkt(site, rounding_precision=12)
    ground = Ground(read_site(text, **said))
    return with_nearest({KIND: check_layer(layer, KIND, ground, day)}, Snapshot("test", {KIND: layer}), ground, day)[
        KIND
    ]


def dense(geometry, step_m):
    return shapely.get_coordinates(shapely.segmentize(geometry, step_m / 111_700.0))


def oracle_m(site, zone):
    """Distance by Geod between two outlines cut into short edges, on all pairs near the closest of the vertices."""
    near, far = dense(shapely.boundary(site) if site.area else site, 400.0), dense(shapely.boundary(zone), 400.0)

    def nearest(some, others):
        pairs = np.stack(np.meshgrid(np.arange(len(some)), np.arange(len(others)), indexing="ij"), -1).reshape(-1, 2)
        a, b = some[pairs[:, 0]], others[pairs[:, 1]]
        gaps = np.asarray(GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2])
        best = int(np.argmin(gaps))
        return gaps[best], pairs[best]

    for step in (20.0, 1.0, 0.05):
        gap, (i, j) = nearest(near, far)
        near, far = (
            dense(shapely.LineString(p[max(k - 1, 0) : k + 2]), step) if len(p) > 1 else p
            for p, k in ((near, i), (far, j))
        )
    return min(gap, nearest(near, far)[0])


FAR = {
    "a point, 30 km": (shapely.Point(LON, LAT), (0.3, 0.2)),
    "a point, 200 km east": (shapely.Point(LON, LAT), (2.45, 0.05)),
    "a point, 200 km south": (shapely.Point(LON, LAT), (0.1, -1.8)),
    "a hectare, 200 km": (block(0, 0, 1, 1), (1.9, 1.0)),
    "20 km of ground, 5 km": (block(0, 0, 200, 200), (0.3, 0.1)),
    "20 km of ground, 200 km": (block(0, 0, 200, 200), (-2.4, -0.6)),
    "10 km, skew, 80 km": (shapely.Polygon([at(0, 0), at(100, 20), at(70, 90)]), (-0.7, 0.8)),
}


@pytest.mark.parametrize("name", FAR)
def test_the_nearest_zone_is_as_far_as_geod_says(name):
    site, (east, north) = FAR[name]
    x, y = LON + east, LAT + north
    zone = shapely.Polygon([(x, y), (x + 0.11, y + 0.02), (x + 0.15, y + 0.19), (x - 0.03, y + 0.1)])
    found = check(site, make_layer([make_zone("one", zone)]))
    assert found.zones == ()
    assert found.nearest.distance_m == pytest.approx(oracle_m(site, zone), rel=1e-6, abs=1e-3)


def test_the_plane_errs_less_than_is_said_for_wide_sites():
    site, zone = (
        block(-500, -500, 500, 500),
        shapely.box(LON + 1.8, LAT + 1.1, LON + 1.9, LAT + 1.2),
    )  # 71 km to a corner
    said, true = check(site, make_layer([make_zone("one", zone)])).nearest.distance_m, oracle_m(site, zone)
    assert -1e-6 * true <= said - true <= true * 71_000.0**2 / (6 * 6.36e6**2)


def test_of_many_zones_the_nearest_is_the_nearest_of_all():
    corners = np.random.default_rng(3).uniform([126.0, 41.0], [133.0, 45.0], (400, 2))
    zones = [make_zone(f"{i:03}", shapely.box(x, y, x + 0.02, y + 0.01)) for i, (x, y) in enumerate(corners.tolist())]
    layer = make_layer(zones)
    for x, y in np.random.default_rng(4).uniform([126.0, 41.0], [133.0, 45.0], (40, 2)).round(9).tolist():
        alone = [(check(f"{x:.9f},{y:.9f}", make_layer([zone])).nearest.distance_m, zone.id) for zone in zones[:400:4]]
        found = check(f"{x:.9f},{y:.9f}", make_layer(zones[:400:4])).nearest
        assert (found.distance_m, found.zone.id) == min(alone)
        assert check(f"{x:.9f},{y:.9f}", layer).nearest.distance_m <= found.distance_m


@pytest.mark.parametrize(
    ("zones", "name", "distance_m"),
    [
        pytest.param([("under", block(-5, -5, 5, 5)), ("a", block(3, 0, 4, 1))], "under", 0.0, id="overlap"),
        pytest.param([("next", block(1, 0, 2, 1))], "next", 0.0, id="touch"),
        pytest.param([("near", block(3, 0, 4, 1)), ("far", block(60, 0, 61, 1))], "near", 200.0, id="within near_m"),
        pytest.param([("far", block(60, 0, 61, 1)), ("lost", None)], "far", 5_900.0, id="beyond it, and one unplaced"),
    ],
)
def test_which_zone_is_the_nearest(zones, name, distance_m):
    found = check(block(0, 0, 1, 1), make_layer([make_zone(*zone) for zone in zones])).nearest
    assert (found.zone.id, found.distance_m) == (name, pytest.approx(distance_m, rel=1e-4, abs=1e-6))


def test_there_is_no_nearest_of_nothing_and_none_of_another_day():
    gone = make_zone("gone", block(20, 0, 21, 1), valid_to=DAY)
    later = make_zone("later", block(30, 0, 31, 1), valid_from=DAY + timedelta(days=1))
    here = make_zone("here", block(900, 0, 901, 1))
    assert check("129.5,42.9", make_layer([])).nearest is None
    assert check("129.5,42.9", make_layer([make_zone("lost", None)])).nearest is None
    assert check("129.5,42.9", make_layer([gone, later])).nearest is None
    assert check("129.5,42.9", make_layer([gone, later, here])).nearest.zone.id == "here"
    assert check("129.5,42.9", None).nearest is None


@pytest.mark.parametrize(
    ("publish", "far", "near"),
    [("full", "far", "near"), ("display", "far", "near"), ("result", None, "near")],
)  # fmt: skip
def test_a_layer_told_only_in_results_names_nothing_beyond_its_reach(publish, far, near):
    def told(*zones):
        found = check(block(0, 0, 1, 1), make_layer([make_zone(*zone) for zone in zones], publish=publish)).nearest
        return found and found.zone.id

    assert told(("far", block(60, 0, 61, 1))) == far
    assert told(("far", block(60, 0, 61, 1)), ("near", block(3, 0, 4, 1))) == near


def test_the_nearest_of_twenty_thousand_zones_is_found_at_once():
    corners = np.random.default_rng(5).uniform([120.0, 40.0], [134.0, 46.0], (20_000, 2))
    turn = np.linspace(0.0, 2.0 * np.pi, 151)[:-1]
    ring = np.column_stack([np.cos(turn), np.sin(turn)]) * 0.005
    layer = make_layer([make_zone(str(i), g) for i, g in enumerate(shapely.polygons(corners[:, None] + ring))])
    took, snapshot = [], Snapshot("test", {KIND: layer})
    assert len(snapshot.terrain.layers) == 1  # held, as by a store: made ready once
    for x, y in [(129.5, 42.9), (125.0, 41.0), (133.0, 45.5), (100.0, 30.0)]:
        before = perf_counter()
        assert check(f"{x},{y}", layer).nearest is not None
        took.append(perf_counter() - before)
    assert min(took) < 0.2
    assert max(took) < 5.0


# --- Lengths ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "points",
    [
        pytest.param([(129.5, 42.9), (129.5001, 42.9)], id="eight metres"),
        pytest.param([(127.0, 43.0), (132.0, 43.0)], id="along a parallel"),
        pytest.param([(129.5, 41.0), (129.5, 45.0)], id="along a meridian"),
        pytest.param([(127.0, 41.0), (132.0, 45.0), (127.3, 44.9)], id="askew across everything"),
    ],
)
def test_length_is_that_of_geod_on_short_edges(points):
    fine = dense(shapely.LineString(points), 10.0)
    assert length_m(shapely.LineString(points)) == pytest.approx(GEOD.line_length(fine[:, 0], fine[:, 1]), rel=1e-6)


def test_only_lines_have_a_length():
    both = shapely.MultiLineString([line((0, 0), (1, 0)), line((0, 1), (1, 1))])
    assert length_m(shapely.GeometryCollection([both, block(0, 0, 1, 1), shapely.Point(1, 1)])) == pytest.approx(
        200.0, rel=1e-4
    )


# --- Lines ------------------------------------------------------------------------------------------------------------

ZONE = block(2, -5, 4, 5)


def stretches(site, *zones, **info):
    found = check(site, make_layer([make_zone(str(i), zone) for i, zone in enumerate(zones)], **info), width_m=10.0)
    return [(one.part, one.zone.id, round(one.from_m), round(one.to_m)) for one in found.crossings]


U_TURN = line((0, 0), (6, 0), (6, 2), (0, 2))
THROUGH = line((0, 0), (6, 0))
HOLED = ZONE - block(2.5, -1, 3.5, 1)
PIECES = shapely.MultiLineString([line((0, 0), (1, 0)), line((2.5, 0), (6, 0))])
RING = line((3, 0), (6, 0), (6, 2), (3, 2), (3, 0))


@pytest.mark.parametrize(
    ("site", "zones", "expected"),
    [
        pytest.param(line((0, 0), (6, 0)), [ZONE], [(0, "0", 200, 400)], id="through"),
        pytest.param(line((6, 0), (0, 0)), [ZONE], [(0, "0", 200, 400)], id="the other way"),
        pytest.param(line((3, 0), (6, 0)), [ZONE], [(0, "0", 0, 100)], id="from within"),
        pytest.param(line((2.5, 0), (3, 0), (3.5, 0)), [ZONE], [(0, "0", 0, 100)], id="wholly within, over a vertex"),
        pytest.param(U_TURN, [ZONE], [(0, "0", 200, 400), (0, "0", 1000, 1200)], id="leaves and comes back"),
        pytest.param(RING, [ZONE], [(0, "0", 0, 100), (0, "0", 700, 1000)], id="a closed line"),
        pytest.param(line((1, -5), (5, -5)), [ZONE], [(0, "0", 100, 300)], id="along its border"),
        pytest.param(line((0, 0), (2, 0)), [ZONE], [], id="ends on its border"),
        pytest.param(line((0, 4), (2, 5), (0, 6)), [ZONE], [], id="a touch of a corner"),
        pytest.param(line((0, 5.03), (6, 5.03)), [ZONE], [], id="the strip alone"),
        pytest.param(
            line((0, 0), (6, 0)),
            [ZONE, block(3, -5, 5, 5)],
            [(0, "0", 200, 400), (0, "1", 300, 500)],
            id="in two zones at once",
        ),
        pytest.param(THROUGH, [HOLED], [(0, "0", 200, 250), (0, "0", 350, 400)], id="a hole"),
        pytest.param(PIECES, [ZONE], [(0, "0", 100, 250)], id="pieces in order"),
    ],
)  # fmt: skip
def test_the_stretches_of_a_line_in_order(site, zones, expected):
    assert stretches(site, *zones) == expected


def test_each_part_has_its_own_chainage():
    both = shapely.geometry.mapping
    parts = [block(8, 8, 9, 9), line((0, 0), (6, 0)), line((3, 1), (6, 1))]
    site = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": {}, "geometry": both(part)} for part in parts],
    }
    ground = Ground(read_site(site, width_m=10.0))
    found = check_layer(make_layer([make_zone("0", ZONE)]), KIND, ground, DAY)
    assert [(one.part, round(one.from_m), round(one.to_m)) for one in found.crossings] == [(1, 200, 400), (2, 0, 100)]
    assert ground.length_m == pytest.approx(900.0, rel=1e-4)
    assert found.zones[0].length.value == pytest.approx(300.0, rel=1e-4)
    assert found.zones[0].line_share == pytest.approx(1 / 3, rel=1e-4)


@pytest.mark.parametrize(
    ("accuracy_m", "least", "most"),
    [pytest.param(0.0, 200.0, 200.0, id="exact"), pytest.param(10.0, 180.0, 220.0, id="10 m on both sides")],
)
def test_the_length_in_a_zone_has_a_band(accuracy_m, least, most):
    layer = make_layer([make_zone("0", ZONE)], accuracy_m=accuracy_m)
    length = check(line((0, 0), (6, 0)), layer, width_m=10.0).zones[0].length
    assert (length.value, length.least, length.most) == pytest.approx((200.0, least, most), rel=1e-4)


def test_chainage_follows_edges_that_are_straight_in_degrees():
    long = shapely.LineString([(128.0, 43.0), (131.0, 43.0)])
    [one] = check(long, make_layer([make_zone("0", shapely.box(129.0, 42.5, 130.0, 43.5))]), width_m=10.0).crossings
    for said, lon in ((one.from_m, 129.0), (one.to_m, 130.0)):
        fine = dense(shapely.LineString([(128.0, 43.0), (lon, 43.0)]), 10.0)
        assert said == pytest.approx(GEOD.line_length(fine[:, 0], fine[:, 1]), rel=1e-6)


@pytest.mark.parametrize("site", [block(0, 0, 6, 1), shapely.Point(at(3, 0))], ids=["an area", "a point"])
def test_what_is_no_line_has_no_length(site):
    found = check(site, make_layer([make_zone("0", ZONE)]))
    assert (found.zones[0].length, found.zones[0].line_share, found.crossings) == (None, None, ())
    assert Ground(read_site(site.wkt)).length_m is None


def test_a_shape_that_only_says_where_a_zone_may_lie_gives_no_stretch():
    assert stretches(line((0, 0), (6, 0)), ZONE, limits="sketch", provenance="illustrative", whereabouts=True) == []


def test_a_line_along_a_border_lies_in_the_zones_on_both_sides_also_where_its_vertices_were_rounded():
    turn = np.linspace(0.0, 2.0 * np.pi, 200)[:-1]
    far = 8.0 + 2.0 * np.sin(3.0 * turn) + np.random.default_rng(1).uniform(-0.5, 0.5, len(turn))
    zone = shapely.Polygon(np.column_stack([LON + far * np.cos(turn) * EAST, LAT + far * np.sin(turn) * NORTH]))
    along = shapely.LineString(np.round(shapely.get_coordinates(zone.exterior)[:150], 9))
    layer = make_layer([make_zone("in", zone), make_zone("out", block(-20, -20, 20, 20) - zone)])
    for one in check(along, layer, width_m=10.0).zones:
        assert (len(one.crossings), one.length.value) == (1, pytest.approx(length_m(along), abs=0.002))


def test_a_line_along_a_part_of_a_slanted_side_lies_in_the_zone():
    zone = make_zone("0", shapely.Polygon([at(0, 0), at(37, 11), at(20, 40)]))
    places = [(LON + EAST * 37 * u, LAT + NORTH * 11 * u) for u in (0.21, 0.3, 0.47, 0.61, 0.83)]
    along = shapely.LineString(np.round(places, 9))
    [one] = check(along, make_layer([zone]), width_m=10.0).crossings
    assert (one.from_m, one.to_m) == (0.0, pytest.approx(length_m(along), abs=0.002))


def test_many_stretches_are_found_at_once_and_add_up():
    rows = [at(x, y * 0.03) for y in range(400) for x in ((5, 25) if y % 2 == 0 else (25, 5))]
    course, zone = (
        Course.of(0, shapely.LineString(rows)),
        shapely.affinity.translate(wavy(8.0, 40_000, 5_000, 0.02), 15 * EAST, 6 * NORTH),
    )
    before = perf_counter()
    found = course.stretches(zone)
    assert perf_counter() - before < 5.0
    common = shapely.intersection(shapely.LineString(rows), zone)
    assert len(found) > 1_000
    assert total_m(found) == pytest.approx(length_m(common), rel=1e-6)
    assert all(one[1] < other[0] for one, other in pairwise(found))


# --- The survey that would decide -------------------------------------------------------------------------------------

SITE = block(0, 0, 1, 1)
SLIVERS = make_entry(threshold_m2={"default": 1_000.0})


@pytest.mark.parametrize(
    ("site", "zones", "entry", "decides_m"),
    [
        pytest.param(SITE, [block(1.2, -9, 9, 9)], None, 20.0, id="20 m beside"),
        pytest.param(SITE, [block(-9, -9, 0.3, 9)], None, 30.0, id="30 m within"),
        pytest.param(SITE, [block(-9, -9, 0.2, 9)], SLIVERS, 10.0, id="2,000 m² where 1,000 are a sliver"),
        pytest.param(SITE, [block(-9, -9, 0.05, 9)], SLIVERS, 5.0, id="500 m² where 1,000 are a sliver"),
        pytest.param(SITE, [block(-9, -9, 0.1, 9)], SLIVERS, 0.0, id="just as much as a sliver"),
        pytest.param(SITE, [block(1.2, -9, 9, 9), block(1.3, -9, 9, 9)], None, 20.0, id="two zones: the nearer counts"),
        pytest.param(shapely.Point(at(0.7, 0.5)), [block(0, -9, 9, 9)], None, 70.0, id="a point 70 m within"),
        pytest.param(shapely.Point(at(-0.4, 0.5)), [block(0, -9, 9, 9)], None, 40.0, id="a point 40 m beside"),
        pytest.param(shapely.Point(at(0, 0.5)), [block(0, -9, 9, 9)], None, 0.0, id="a point on the limit"),
    ],
)
def test_how_exactly_site_and_limit_must_be_known(site, zones, entry, decides_m):
    def asked(lines_m, site_m=0.0):
        zones_ = [make_zone(str(i), zone, zone_class="class_1") for i, zone in enumerate(zones)]
        return check(site, make_layer(zones_, entry=entry, accuracy_m=lines_m), accuracy_m=site_m)

    found = asked(60.0, site_m=20.0)
    assert found.status == "boundary_uncertain"
    assert found.decides_m == pytest.approx(decides_m, abs=0.05)
    assert asked(found.decides_m).status != "boundary_uncertain"
    assert asked(found.decides_m + 0.05).status == "boundary_uncertain"


def test_a_zone_that_is_certain_needs_no_survey():
    layer = make_layer([make_zone("in", block(-9, -9, 9, 9)), make_zone("by", block(3, 0, 4, 1))], accuracy_m=5.0)
    found = check(SITE, layer)
    assert found.decides_m is None
    assert {one.decides_m for one in found.zones} == {None}


def test_a_zones_own_accuracy_is_told_beside_it():
    zones = [make_zone("own", block(1.2, -9, 9, 9), accuracy_m=30.0), make_zone("layer", block(1.1, -9, 9, 9))]
    found = check(SITE, make_layer(zones, accuracy_m=25.0))
    assert {one.zone.id: one.accuracy_m for one in found.zones} == {"own": 30.0, "layer": 25.0}


def test_the_surveys_of_many_zones_are_found_in_time_and_each_is_decided():
    """Plots in a square, more than are each given a survey of their own; a site of many vertices in a large zone."""
    step = 10.0 / 20
    plots = [
        make_zone(f"{i}-{j}", block(i * step, j * step, (i + 0.9) * step, (j + 0.9) * step))
        for i in range(20)
        for j in range(20)
    ]

    def asked(lines_m):
        return check(block(0, 0, 10, 10), make_layer(plots, accuracy_m=lines_m))

    before = perf_counter()
    found = asked(30.0)
    assert perf_counter() - before < 5.0
    own = [one.decides_m for one in found.zones if one.decides_m is not None]
    assert (len(found.zones), 0 < len(own) < 40, min(own)) == (400, True, found.decides_m)
    assert {one.relation for one in asked(found.decides_m).zones} == {"hit"}
    assert "uncertain" in {one.relation for one in asked(found.decides_m + 0.02).zones}


def wavy(radius, vertices, waves, depth):
    turn = np.linspace(0.0, 2.0 * np.pi, vertices + 1)[:-1]
    far = radius * (1.0 + depth * np.sin(waves * turn))
    return shapely.Polygon(np.column_stack([LON + far * np.cos(turn) * EAST, LAT + far * np.sin(turn) * NORTH]))


def test_the_survey_of_a_site_of_many_vertices_is_found_in_few_steps():
    site = shapely.to_wkt(wavy(20.0, 19_990, 300, 0.005), rounding_precision=9)
    zone = make_zone("0", wavy(20.5, 100_000, 900, 0.01))
    ground = Ground(read_site(site, settings=Settings(body_bytes=10**9, site_vertices=20_000)), 20.0)
    found = check_layer(make_layer([zone], accuracy_m=3000.0), KIND, ground, DAY)
    sure = check_layer(make_layer([zone], accuracy_m=found.decides_m), KIND, ground, DAY)
    assert (found.status, sure.status) == ("boundary_uncertain", "hit")
    assert found.decides_m > found.zones[0].distance_m


def test_a_zone_that_surely_passes_is_a_hit_whatever_is_known_of_others_of_its_class():
    near = make_zone("in", block(-0.2, -0.2, 0.6, 0.6), accuracy_m=1.0)
    far = make_zone("by", block(3, 0, 4, 1), accuracy_m=100.0)
    found = check(block(0, 0, 0.4, 0.4), make_layer([near, far], accuracy_m=1.0))
    assert (found.status, [one.relation for one in found.zones]) == ("hit", ["hit", "near"])


def test_zones_that_only_together_pass_a_threshold_are_uncertain_as_one_would_be():
    def asked(*zones):
        zones_ = [make_zone(str(i), zone, zone_class="class_1") for i, zone in enumerate(zones)]
        return check(SITE, make_layer(zones_, entry=SLIVERS, accuracy_m=15.0))

    halves = asked(block(1.005, 0, 9, 0.5), block(1.005, 0.5, 9, 1))
    whole = asked(block(1.005, 0, 9, 1))
    assert (halves.status, whole.status) == ("boundary_uncertain", "boundary_uncertain")
    assert {one.relation for one in halves.zones} == {"uncertain"}
    assert halves.decides_m == pytest.approx(whole.decides_m, abs=0.02)


def test_a_layers_distance_is_that_of_the_nearest_zone_and_not_the_way_to_a_limit_from_within():
    inside = check(block(0.3, 0.3, 0.5, 0.5), make_layer([make_zone("0", block(0, -9, 9, 9))], accuracy_m=60.0))
    assert (inside.status, inside.distance_m) == ("boundary_uncertain", 0.0)
    assert inside.zones[0].distance_m == pytest.approx(30.0, abs=0.05)
    beside = check(SITE, make_layer([make_zone("0", block(1.2, -9, 9, 9))], accuracy_m=60.0))
    assert beside.distance_m == pytest.approx(20.0, abs=0.05)


# --- Layers of which only results are told ----------------------------------------------------------------------------


def secret(zone, site, publish="result", **said):
    return check(site, make_layer([make_zone("secret", zone)], accuracy_m=1.0, publish=publish), **said)


def test_stretches_of_a_line_do_not_draw_the_limits_of_a_layer_told_in_results():
    told, open_ = (secret(ZONE, line((0, 0), (6, 0)), publish, width_m=10.0) for publish in ("result", "full"))
    assert (len(told.crossings), len(open_.crossings)) == (0, 1)
    assert told.zones[0].length == open_.zones[0].length
    assert told.zones[0].line_share == open_.zones[0].line_share


def test_a_poor_accuracy_does_not_lengthen_the_reach_of_a_layer_told_in_results():
    small = block(8, 0, 8.01, 0.01)  # a square metre 700 m away, less than the sliver that is ignored
    layer = [make_zone("secret", small, zone_class="class_1")]
    told, open_ = (
        check(SITE, make_layer(layer, entry=SLIVERS, publish=publish), accuracy_m=250.0)
        for publish in ("result", "full")
    )
    assert ([one.relation for one in told.zones], [one.relation for one in open_.zones]) == ([], ["near"])


def test_an_uncertain_zone_out_of_reach_of_a_layer_told_in_results_is_listed_without_its_distance():
    found = secret(block(90, 0, 91, 1), SITE, accuracy_m=10_000.0)
    [one] = found.zones
    assert (found.status, one.relation) == ("boundary_uncertain", "uncertain")
    assert (one.distance_m, one.gap_m, one.decides_m, found.distance_m, found.nearest) == (None,) * 5
    assert found.decides_m <= make_entry().near_m  # which tells no more than the reach itself
    assert secret(block(90, 0, 91, 1), SITE, accuracy_m=max(found.decides_m - 1.0, 0.0)).zones == ()
    near = secret(block(3, 0, 4, 1), SITE, accuracy_m=300.0).zones[0]
    assert (near.relation, round(near.distance_m)) == ("uncertain", 200)


# --- Points -----------------------------------------------------------------------------------------------------------


def test_no_share_area_length_or_threshold_applies_to_a_point():
    found = check(shapely.Point(at(0.01, 0.5)), make_layer([make_zone("0", block(0, 0, 1, 1))], entry=SLIVERS))
    [one] = found.zones
    assert found.status == "hit"
    assert (one.area, one.site_share, one.zone_share, one.length, one.line_share) == (None,) * 5
