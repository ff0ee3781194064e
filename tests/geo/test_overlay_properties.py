"""What holds of every measure, whatever the shapes: intervals, bands, unions, thresholds, order; on the pack too."""

import runpy
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from math import cos, pi, sin
from time import perf_counter

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from samples import DAY, KIND, STEADY, by, make_book, make_entry, make_layer, make_project, make_rule, make_zone
from shapes import PLACE, PLANE, bent, blocks, cell, moved, on_ground, outlines, rewritten, ring, star, wobble

from geo.deployment import Deployment
from geo.errors import (
    FenquError,
    SiteAxesSwapped,
    SiteEmpty,
    SiteGeometryUnsupported,
    SiteInvalid,
    SiteMendRefused,
    SiteOutOfBounds,
    SiteUnreadable,
)
from geo.geometry import area_m2, polygons_of
from geo.layers.store import Layer, Snapshot
from geo.overlay import Ground, LayerCheck, check_layer
from geo.piece import TOUCH_M2
from geo.project import read_project
from geo.rules.model import RANK
from geo.screening import Screening, screen_site
from geo.settings import ROOT
from geo.site import Site, read_site
from geo.site.model import collection

MANY = settings(STEADY, max_examples=1_000)
CENT_M2 = 0.01  # the record's last digit of an area
HAIR_M = 0.002  # by which a limit stays within its band: a straight line of the plane is bent by less in degrees

shifts = st.tuples(st.floats(0.0, 2.0 * pi), st.floats(0.0, 1.0))
bands = st.floats(0.0, 1.0).map(lambda part: 0.5 * 600.0**part)  # 0.5 to 300 m
weights = st.lists(st.floats(0.0, 1.0), min_size=2, max_size=7)
turns = st.lists(st.floats(0.0, 2.0 * pi), min_size=2, max_size=7)


def site_of(degrees: shapely.Geometry, **said: object) -> Site:
    return read_site(shapely.to_wkt(degrees, rounding_precision=12), **said)


def ground_of(degrees: shapely.Geometry, **said: object) -> Ground:
    return Ground(site_of(degrees, **said))


def check(ground: Ground, layer: Layer) -> LayerCheck:
    return check_layer(layer, KIND, ground, DAY)


def only(ground: Ground, degrees: shapely.Geometry, accuracy_m: float = 0.0) -> tuple[float, float, float]:
    """Value, least and most of the overlap with one zone, m²; zeros where there is none."""
    found = check(ground, make_layer([make_zone("z", degrees)], accuracy_m=accuracy_m))
    for one in (*found.zones, *found.ignored):
        if one.area is not None:
            return one.area.value, one.area.least, one.area.most
    return 0.0, 0.0, 0.0


def plain_m2(site: Site, *degrees: shapely.Geometry) -> float:
    """The overlap as GEOS has it: the whole geometries, neither cut to a window nor made denser."""
    zones = degrees[0] if len(degrees) == 1 else shapely.union_all(degrees)
    return area_m2(polygons_of(shapely.intersection(zones, site.ground)))


def shifted(flat: shapely.Geometry, shift: tuple[float, float], by_m: float) -> shapely.Geometry:
    angle, part = shift
    return moved(flat, by_m * part * cos(angle), by_m * part * sin(angle))


# --- a. The interval holds the exact value ----------------------------------------------------------------------------


@given(outlines(), outlines(), bands, bands, shifts, shifts, turns, weights)
@MANY
def test_the_interval_holds_the_overlap_wherever_the_true_limits_lie(
    flat_site, flat_zone, layer_m, site_m, shift, site_shift, angles, parts
):
    """The zone moved, each of its corners moved, zone and site both moved: never further than the band."""
    ground, zone = ground_of(on_ground(flat_site)), on_ground(flat_zone)
    _, least, most = only(ground, zone, layer_m)
    there = [on_ground(shifted(flat_zone, shift, layer_m - HAIR_M))]
    there += [on_ground(wobble(flat_zone, layer_m - HAIR_M, angles, parts))]
    for true in there:
        if true.is_valid:
            assert least - CENT_M2 <= plain_m2(ground.site, true) <= most + CENT_M2
    _, least, most = only(ground_of(on_ground(flat_site), accuracy_m=site_m), zone, layer_m)
    true_site = site_of(on_ground(shifted(flat_site, site_shift, site_m - HAIR_M)))
    # The site is rounded to 1e-9°, 0.1 mm: elsewhere it is as much larger or smaller, all along its border.
    room = CENT_M2 + 2e-4 * flat_site.length + 1e-7 * flat_site.area
    assert least - room <= plain_m2(true_site, there[0]) <= most + room


CORNER = shapely.box(-2_000.0, -2_000.0, 0.0, 0.0)  # its north-east corner at the place


@pytest.mark.parametrize(
    ("band", "part"), [pytest.param(100.0, 0.9955, id="100 m"), pytest.param(1_000.0, 0.9955, id="1 km")]
)
def test_a_corner_pushed_out_by_the_band_reaches_all_ground_within_it(band, part):
    """A site 99.55 m from a zone's corner, off its diagonals, in a band of 100 m: the true zone may lie under it."""
    angle = pi / 4.0 + pi / 32.0
    away, along = np.array([cos(angle), sin(angle)]), np.array([-sin(angle), cos(angle)])
    face = [part * band * away - 0.05 * band * along, part * band * away + 0.05 * band * along]
    ground = ground_of(on_ground(shapely.Polygon([*face, 1.2 * band * away])))
    true = plain_m2(ground.site, on_ground(moved(CORNER, *((band - HAIR_M) * away))))
    assert true > 0.1
    found = check(ground, make_layer([make_zone("z", on_ground(CORNER))], accuracy_m=band))
    assert found.status == "boundary_uncertain"
    assert only(ground, on_ground(CORNER), band)[2] >= true


def test_a_notch_drawn_in_by_the_band_leaves_no_ground_within_it():
    """As above from within: a site in a re-entrant corner's band is not surely in the zone."""
    band, angle = 100.0, pi / 4.0 + pi / 32.0
    zone = shapely.box(-2_000.0, -2_000.0, 2_000.0, 2_000.0) - shapely.box(-2_000.0, -2_000.0, 0.0, 0.0)
    away, along = np.array([cos(angle), sin(angle)]), np.array([-sin(angle), cos(angle)])
    face = [0.9955 * band * away - 5.0 * along, 0.9955 * band * away + 5.0 * along]
    ground = ground_of(on_ground(shapely.Polygon([*face, 1.2 * band * away])))
    hole_moved = moved(CORNER, *((band - HAIR_M) * away))
    true = plain_m2(ground.site, on_ground(zone - hole_moved))
    assert ground.area_m2 - true > 0.1
    assert only(ground, on_ground(zone), band)[1] <= true


# --- b. A wider band never narrows ------------------------------------------------------------------------------------


@given(outlines(), outlines(), st.lists(bands, min_size=2, max_size=2))
@MANY
def test_a_wider_band_never_narrows_the_interval(flat_site, flat_zone, widths):
    degrees, zone = on_ground(flat_site), on_ground(flat_zone)
    ground = ground_of(degrees)
    value, least, most = only(ground, zone)
    assert least == value == most
    for width in sorted(widths):
        value_, least_, most_ = only(ground, zone, width)
        assert value_ == pytest.approx(value, rel=1e-9, abs=TOUCH_M2)
        assert least_ <= least + CENT_M2
        assert most_ >= most - CENT_M2
        least, most = least_, most_
    # The site's accuracy widens the band as the layer's does.
    assert only(ground_of(degrees, accuracy_m=widths[0]), zone) == only(ground, zone, widths[0])


GAPS = {
    "a slot": lambda half: shapely.box(-300.0, -200.0, 300.0, 200.0) - shapely.box(-240.0, -half, 240.0, half),
    "a notch": lambda half: shapely.box(-300.0, -200.0, 300.0, 200.0) - shapely.box(-240.0, -half, 310.0, half),
    "a strip that turns back": lambda half: bent(2.0 * half, 300.0, 2.0 * half),
}


def band_of(flat_site: shapely.Geometry, flat_zone: shapely.Geometry, band: float) -> list[float]:
    """Least and most as the plane has them, m², for a band a hair wider, in which sides meet for certain."""
    wider = band * (1.0 + 1e-6)
    return [shapely.intersection(shapely.buffer(flat_zone, by, quad_segs=64), flat_site).area for by in (-wider, wider)]


@given(
    st.sampled_from(sorted(GAPS)), st.sampled_from([1.0, 2.0, 5.0, 10.0, 25.0]), st.floats(0.0, 6.3), st.integers(-9, 9)
)
@MANY
def test_a_gap_as_wide_as_twice_the_band_is_measured(form, band, turn, east):
    """A road 20 m wide through a zone whose limits are good to 10 m: pushed out, its two sides meet."""
    flat_site = shapely.box(-100.0, -100.0, 100.0, 100.0)
    flat_zone = moved(GAPS[form](band), float(east), 0.0, turn)
    _, *found = only(ground_of(on_ground(flat_site)), on_ground(flat_zone), band)
    # 1 cm all along the gap, for rounded corners.
    assert found == pytest.approx(band_of(flat_site, flat_zone, band), abs=5.0 + 0.02 * band**2)


@pytest.mark.parametrize("turn", [0.30000000000000004, 2.6, 3.3000000000000003])
def test_a_site_on_a_road_that_the_bands_of_both_sides_close_is_uncertain(turn):
    """Within 10 m of a zone on either side, where limits are good to 10 m: the zone may lie under it."""
    ground = ground_of(on_ground(moved(shapely.box(-50.0, -5.0, 50.0, 5.0), 0.0, 0.0, turn)))
    zone = on_ground(moved(GAPS["a slot"](10.0), 0.0, 0.0, turn))
    found = check(ground, make_layer([make_zone("z", zone)], accuracy_m=10.0))
    assert found.status == "boundary_uncertain"
    assert found.zones[0].area.most == pytest.approx(ground.area_m2, rel=1e-6)


# --- c. Nothing is milder within the band -----------------------------------------------------------------------------

BOOK = make_book(
    [
        make_rule("water.one", where={"zone_class": "class_1"}),
        make_rule("water.two", where={"zone_class": "class_2"}, effect="restricted"),
        make_rule("water.quasi", where={"zone_class": "quasi"}, effect="conditional"),
        make_rule("county.none", layer="county", where={"zone_class": "class_1"}, effect="noted", versions=by("law")),
    ],
    kinds=(KIND, "county"),
)
COUNTY = make_layer([make_zone("county", shapely.box(120.0, 38.0, 136.0, 50.0), zone_class="quasi")])
CLASSES = ("class_1", "class_2", "quasi")
PROJECT = make_project(nature="new")


def screened(site: Site, zones: Sequence[shapely.Geometry], accuracy_m: float = 0.0, t: float = 0.0, book=BOOK):
    """A whole screening on a county and some zones, each of a class of its own."""
    placed = [make_zone(str(i), zone, zone_class=CLASSES[i]) for i, zone in enumerate(zones)]
    layer = make_layer(placed, entry=make_entry(threshold_m2={"default": t}), accuracy_m=accuracy_m)
    return screen_site(site, PROJECT, DAY, Snapshot("test", {"county": COUNTY, KIND: layer}), book)


def assert_not_milder(within: Screening, true: Screening) -> None:
    """What is sure within the band is sure at the true place, and what is so there is possible within the band."""
    (sure, possible), (true_sure, true_possible) = within.record["range"], true.record["range"]
    assert RANK[sure] <= RANK[true_sure]
    assert RANK[possible] >= RANK[true_possible]
    assert within.record["verdict"] in ("needs_review", true.record["verdict"])
    status, true_status = (screening.checks[KIND].status for screening in (within, true))
    assert status == "boundary_uncertain" or (status == "hit") == (true_status == "hit")


thresholds = st.sampled_from([0.0, 0.0, 50.0, 2_000.0])


@given(outlines(), st.lists(outlines(), min_size=1, max_size=2), bands, bands, shifts, shifts, thresholds)
@MANY
def test_no_answer_is_milder_within_the_band_than_at_the_true_place(flat_site, flats, site_m, layer_m, a, b, t):
    zones = [on_ground(flat) for flat in flats]
    true_site = site_of(on_ground(shifted(flat_site, a, site_m - HAIR_M)))
    true_zones = [on_ground(shifted(flat, b, layer_m - HAIR_M)) for flat in flats]
    # An overlap within rounding of the threshold is above or below it by chance.
    floor, room = max(t, TOUCH_M2), 2.0 * CENT_M2 + 2e-4 * flat_site.length
    assume(all(t == 0.0 or abs(plain_m2(true_site, zone) - floor) > room for zone in true_zones))
    exact = screened(true_site, true_zones, t=t)
    within = screened(site_of(on_ground(flat_site), accuracy_m=site_m), zones, layer_m, t)
    assert_not_milder(within, exact)


NEAR_BOOK = make_book(
    [
        make_rule("water.near", when={"near": True}, effect="noted"),
        make_rule("county.none", layer="county", where={"zone_class": "class_1"}, effect="noted"),
    ],
    kinds=(KIND, "county"),
)


@pytest.mark.parametrize(
    ("site_m", "layer_m"), [pytest.param(20.0, 0.0, id="the site's band"), pytest.param(0.0, 20.0, id="the layer's")]
)
def test_a_zone_that_the_band_brings_within_reach_is_near(site_m, layer_m):
    """510 m away with a band of 20 m, where 500 m is near: at 490 m the rule would note it."""
    flat_site, zone = shapely.box(0.0, 0.0, 100.0, 100.0), shapely.box(610.0, 0.0, 900.0, 100.0)
    within = screened(site_of(on_ground(flat_site), accuracy_m=site_m), [on_ground(zone)], layer_m, book=NEAR_BOOK)
    true = screened(site_of(on_ground(flat_site)), [on_ground(moved(zone, -20.0, 0.0))], book=NEAR_BOOK)
    assert true.record["range"] == ["noted", "noted"]
    assert RANK[within.record["range"][1]] >= RANK["noted"]


# --- d. No ground counts twice ----------------------------------------------------------------------------------------


@given(outlines(300.0), st.lists(outlines(300.0), min_size=1, max_size=2), st.booleans(), st.booleans())
@MANY
def test_a_class_measures_what_its_union_measures(flat_site, flats, twice, nested):
    """Duplicates and zones within zones too: a hair below the union's measure is passed, a hair above is not."""
    ground, zones = ground_of(on_ground(flat_site)), [on_ground(flat) for flat in flats]
    half = polygons_of(on_ground(shapely.affinity.scale(flats[0], 0.5, 0.5)) & zones[0])
    zones += [zones[0]] * twice + [half] * (nested and not half.is_empty)
    union = plain_m2(ground.site, *zones)
    assume(union > 1.0)
    hair = CENT_M2 + 1e-9 * union
    for t, relation in ((union - hair, "hit"), (union + hair, "ignored")):
        layer = make_layer(
            [make_zone(str(i), zone, zone_class="class_1") for i, zone in enumerate(zones)],
            entry=make_entry(threshold_m2={"default": t}),
        )
        found = check(ground, layer)
        assert {one.relation for one in (*found.zones, *found.ignored) if one.area} == {relation}


# --- e. Equal to a plain computation ----------------------------------------------------------------------------------


@given(outlines(), outlines(), st.floats(1.0, 60.0))
@MANY
def test_an_overlap_is_that_of_the_whole_outlines(flat_site, flat_zone, larger):
    """A zone up to 90 km across: cutting it to a window, and its edges to steps, moves nothing."""
    ground = ground_of(on_ground(flat_site))
    zone = site_of(on_ground(flat_zone)).ground
    zone = shapely.affinity.scale(zone, larger, larger, origin=(*PLACE, 0.0))
    expected = plain_m2(ground.site, zone)
    assume(abs(expected - TOUCH_M2) > 1e-3)
    value, least, most = only(ground, zone)
    assert least == value == most
    # The record keeps 0.01 m²; below `TOUCH_M2` it is a touch.
    assert value == pytest.approx(expected if expected > TOUCH_M2 else 0.0, rel=1e-9, abs=CENT_M2 / 2.0)


# --- f. Thresholds to the centimetre ----------------------------------------------------------------------------------


@given(st.floats(20.0, 900.0), st.floats(20.0, 900.0), st.floats(0.02, 0.9), st.booleans())
@MANY
def test_a_centimetre_below_the_threshold_is_listed_and_one_above_is_hit(width, height, part, listed):
    degree = 111_100.0
    west, south = PLACE
    ground = ground_of(shapely.box(west, south, west + width / 81_700.0, south + height / degree))
    _, _, east, north = (round(edge, 9) for edge in ground.site.ground.bounds)

    def strip(depth_m: float) -> shapely.Polygon:
        return shapely.box(west - 0.001, north - depth_m / degree, east + 0.001, north + 0.001)

    depth = part * height
    t = plain_m2(ground.site, strip(depth))
    layer = make_layer(
        [make_zone("z", strip(depth + (-0.01 if listed else 0.01)))], entry=make_entry(threshold_m2={"default": t})
    )
    found = check(ground, layer)
    (one,) = found.ignored if listed else found.zones
    assert one.relation == ("ignored" if listed else "hit")
    assert one.area.value - t == pytest.approx((-0.01 if listed else 0.01) * width, rel=0.01, abs=1e-3)
    assert found.status == ("clear" if listed else "hit")


# --- g. Corners on edges, holes, parts, touches, and many vertices ----------------------------------------------------


@given(blocks(), blocks())
@MANY
def test_blocks_of_a_grid_overlap_in_whole_cells(site_cells, zone_cells):
    ground = ground_of(site_cells)
    expected = sum(
        area_m2(cell(i, j))
        for i in range(5)
        for j in range(5)
        if all(shape.contains(cell(i, j).centroid) for shape in (ground.site.ground, zone_cells))
    )
    found = check(ground, make_layer([make_zone("z", zone_cells)]))
    if expected:
        assert found.status == "hit"
        assert found.zones[0].area.value == pytest.approx(expected, rel=1e-7)
    else:  # a shared edge or corner is no overlap, and no distance either
        touches = ground.site.ground.touches(zone_cells)
        assert found.status == "near"
        assert found.zones[0].area is None
        assert (found.distance_m < 1e-3) == touches
    rest = shapely.box(PLACE[0] - 0.01, PLACE[1] - 0.01, PLACE[0] + 0.01, PLACE[1] + 0.01) - zone_cells
    assert expected + only(ground, rest)[0] == pytest.approx(ground.area_m2, rel=1e-7)


@pytest.mark.parametrize(
    ("site", "zone", "status", "share"),
    [
        pytest.param(cell(2, 2), ring(400.0, 200.0), "near", None, id="a site in a hole"),
        pytest.param(cell(2, 2), ring(400.0, 0.1), "hit", 1.0, id="a hole beside the site"),
        pytest.param("ring", shapely.box(-90.0, -90.0, 90.0, 90.0), "near", None, id="a zone in the site's hole"),
        pytest.param("ring", shapely.box(-100.0, -100.0, 100.0, 100.0), "near", None, id="a zone that fills the hole"),
        pytest.param("ring", shapely.box(-400.0, -400.0, 400.0, 400.0), "hit", 1.0, id="a zone over site and hole"),
    ],
)
def test_holes(site, zone, status, share):
    ground = ground_of(on_ground(ring(200.0, 100.0)) if site == "ring" else site)
    found = check(ground, make_layer([make_zone("z", on_ground(zone))]))
    assert found.status == status
    assert found.zones[0].site_share == (None if share is None else pytest.approx(share, abs=1e-6))


def coast(vertices: int, size_m: float, teeth: int = 400) -> shapely.Polygon:
    return star(size_m * (1.0 + 0.2 * np.sin(np.arange(vertices) * teeth * 2.0 * pi / vertices)))


@pytest.mark.parametrize("band", [pytest.param(0.0, id="exact lines"), pytest.param(5.0, id="5 m")])
@pytest.mark.parametrize("within", [False, True], ids=["across", "within"])
def test_many_vertices_take_seconds(band, within):
    ground = ground_of(PLANE.unproject(coast(19_999, 4_000.0)))
    size = 40_000.0 if within else 8_000.0
    zone = PLANE.unproject(moved(coast(100_000, size), 0.0 if within else 6_000.0, 0.0))
    layer = make_layer([make_zone("z", zone)], accuracy_m=band)
    before = perf_counter()
    found = check(replace(ground, seconds=10.0), layer)
    assert perf_counter() - before < 10.0
    (one,) = found.zones
    assert one.area.value == pytest.approx(plain_m2(ground.site, zone), rel=1e-9)
    assert one.area.least <= one.area.value <= one.area.most


# --- h. What is no ground ---------------------------------------------------------------------------------------------

TRIANGLE = "129.5 42.9, 129.6 42.9, 129.6 43, 129.5 42.9"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("POLYGON EMPTY", SiteEmpty, id="an empty polygon"),
        pytest.param("MULTIPOLYGON (EMPTY, EMPTY)", SiteEmpty, id="empty parts"),
        pytest.param("POINT EMPTY", SiteEmpty, id="an empty point"),
        pytest.param('{"type": "FeatureCollection", "features": []}', SiteEmpty, id="no feature"),
        pytest.param("POLYGON ((129 42, nan 42, 129 43, 129 42))", SiteInvalid, id="NaN"),
        pytest.param("POLYGON ((129 42, inf 42, 129 43, 129 42))", SiteInvalid, id="infinity"),
        pytest.param('{"type": "Point", "coordinates": [NaN, 42]}', SiteUnreadable, id="NaN in JSON, which has none"),
        pytest.param(
            "POLYGON ((129 42, 130 43, 130 42, 129 43, 129 42))", SiteMendRefused, id="an outline that crosses"
        ),
        pytest.param("POLYGON ((129 42, 130 42, 129 42))", SiteInvalid, id="there and back"),
        pytest.param("POLYGON ((129 42, 129 42, 129 42, 129 42))", SiteInvalid, id="one place four times"),
        pytest.param(
            "POLYGON ((129.5 42.9, 129.5000000001 42.9, 129.5 42.9000000001, 129.5 42.9))",
            SiteInvalid,
            id="nothing left at 1e-9°",
        ),
        pytest.param(
            "POLYGON ((129 42, 130 42, 130 43, 129 42), (131 42, 131.1 42, 131 42.1, 131 42))",
            SiteMendRefused,
            id="a hole outside",
        ),
        pytest.param("POLYGON ((179 42, -179 42, -179 43, 179 42))", SiteOutOfBounds, id="across the antimeridian"),
        pytest.param("POLYGON ((489 42, 490 42, 490 43, 489 42))", SiteOutOfBounds, id="once around the earth"),
        pytest.param("POLYGON ((42 129, 43 129, 43 130, 42 129))", SiteAxesSwapped, id="latitude first"),
        pytest.param(f"GEOMETRYCOLLECTION (POLYGON (({TRIANGLE})))", SiteGeometryUnsupported, id="a collection"),
    ],
)
def test_what_is_no_ground_is_refused_by_name(text, error):
    with pytest.raises(FenquError) as refused:
        read_site(text)
    assert type(refused.value) is error


@pytest.mark.parametrize("area", [pytest.param(True, id="a polygon"), pytest.param(False, id="a point")])
@pytest.mark.parametrize(
    ("axes", "notices"),
    [
        pytest.param("", [], id="flat"),
        pytest.param("Z", ["heights_dropped"], id="heights"),
        pytest.param("ZM", ["heights_dropped"], id="heights and measures"),
        pytest.param("M", ["heights_dropped"], id="measures"),
    ],
)
def test_heights_and_measures_are_dropped(axes, notices, area):
    more = " 7" * len(axes)
    text = f"POLYGON {axes} ((" if area else f"POINT {axes} (("[:-1]
    corners = ["129.5 42.9", "129.6 42.9", "129.6 43", "129.5 42.9"] if area else ["129.5 42.9"]
    site = read_site(text + ", ".join(corner + more for corner in corners) + ("))" if area else ")"))
    assert [notice.code for notice in site.notices] == notices
    for geometry in (site.ground, *(part.geometry for part in site.parts)):
        assert not shapely.has_z(geometry)
        assert not shapely.has_m(geometry)
    flat = read_site(f"POLYGON (({TRIANGLE}))" if area else "POINT (129.5 42.9)")
    assert site.canonical() == flat.canonical()


@given(outlines(), st.booleans())
@MANY
def test_an_outline_drawn_the_other_way_is_the_same_ground(flat, reverse):
    site = site_of(on_ground(flat))
    again = site_of(rewritten(on_ground(flat), 3, reverse))
    assert again.ground.equals(site.ground)
    assert again.area_m2 == pytest.approx(site.area_m2, rel=1e-12)


# --- i. Order changes no byte -----------------------------------------------------------------------------------------


@given(
    outlines(300.0),
    st.lists(st.tuples(outlines(300.0), st.sampled_from(CLASSES)), min_size=1, max_size=3),
    st.randoms(use_true_random=False),
    st.sampled_from([0.0, 7.5, 60.0]),
)
@MANY
def test_where_rings_begin_and_which_way_they_run_changes_no_measure(flat_site, described, chance, band):
    site = site_of(on_ground(flat_site))
    zones = [make_zone(str(i), on_ground(flat), zone_class=name) for i, (flat, name) in enumerate(described)]
    others = [
        make_zone(
            zone.id, rewritten(zone.ground, chance.randrange(9), chance.random() < 0.5), zone_class=zone.zone_class
        )
        for zone in zones
    ]
    one, other = (check_layer(make_layer(some, accuracy_m=band), KIND, Ground(site), DAY) for some in (zones, others))
    assert one.status == other.status
    assert [(check.zone.id, check.relation) for check in one.zones] == [
        (check.zone.id, check.relation) for check in other.zones
    ]
    for before, after in zip(one.zones, other.zones, strict=True):
        if before.area is not None:
            expected = (before.area.value, before.area.least, before.area.most)
            assert (after.area.value, after.area.least, after.area.most) == pytest.approx(expected, abs=1e-4, rel=1e-9)


# --- On the pack ------------------------------------------------------------------------------------------------------

ON = date(2026, 11, 22)
_lons, _lats = st.floats(127.2, 131.6), st.floats(41.8, 44.7)


@st.composite
def sites_of_the_region(draw: st.DrawFn) -> Site:
    """Rectangles, stars and lines with a width, in the prefecture, on its limit and beyond it."""
    lon, lat, size = draw(_lons), draw(_lats), draw(st.floats(0.0, 1.0).map(lambda part: 0.0005 * 1_000.0**part))
    form = draw(st.sampled_from(["rectangle", "star", "line"]))
    if form == "rectangle":
        return site_of(shapely.box(lon, lat, lon + size, lat + size * draw(st.floats(0.1, 1.0))))
    points = star([size * part for part in draw(st.lists(st.floats(0.1, 1.0), min_size=3, max_size=8))], 0.0, lon, lat)
    if form == "star":
        return site_of(points)
    return site_of(shapely.LineString(points.exterior.coords[:-1]), width_m=draw(st.floats(5.0, 500.0)))


class Pack:
    """The shipped pack; a plain class, so that a failing example does not print all of it."""

    def __init__(self, settings) -> None:
        self.here, self.elsewhere = Deployment.open(settings), Deployment.open(settings)
        rings = shapely.get_rings(self.layer("county").geometries)
        points = [shapely.get_coordinates(one) for one in rings]
        # The straight pieces of the counties' limits, each as its two ends in degrees.
        limits = np.concatenate([np.stack([ring[:-1], ring[1:]], axis=1) for ring in points])
        self.limits = limits[(limits[:, 0] != limits[:, 1]).any(axis=1)]

    def layer(self, kind: str) -> Layer:
        return self.here.store.snapshot().layers[kind]

    def under(self, kind: str, site: Site) -> dict[str, shapely.Geometry]:
        """The whole geometries of the zones that meet the site, by id."""
        layer = self.layer(kind)
        return {layer.placed[i].id: layer.geometries[i] for i in layer.tree.query(site.ground, predicate="intersects")}

    def check(self, kind: str, site: Site) -> LayerCheck:
        return check_layer(self.layer(kind), kind, Ground(site), ON)


@pytest.fixture(scope="session")
def pack(built) -> Pack:
    return Pack(built)


@given(site=sites_of_the_region())
@MANY
@pytest.mark.parametrize("kind", ["control_unit", "county"])
def test_zones_of_the_pack_share_the_covered_ground_out_as_geos_has_it(pack, kind, site):
    found = pack.check(kind, site)
    shares = sum(one.site_share for one in found.zones if one.site_share is not None)
    assert shares <= 1.0 + 1e-9
    # Zones and coverage were cut apart from one another: their seams differ by less than 400 m² in all.
    assert shares == pytest.approx(found.coverage_share, abs=1e-9 + 400.0 / site.area_m2)
    listed = {one.zone.id: one.area.value for one in found.zones if one.area is not None}
    plain = {name: plain_m2(site, geometry) for name, geometry in pack.under(kind, site).items()}
    assert set(listed) >= {name for name, area in plain.items() if area > TOUCH_M2 + 1e-3}
    for name, area in listed.items():
        assert area == pytest.approx(plain.get(name, 0.0), rel=1e-9, abs=CENT_M2 / 2.0)


@given(site=sites_of_the_region() | st.builds(lambda lon, lat: read_site(f"{lon:.9f},{lat:.9f}"), _lons, _lats))
@settings(MANY, max_examples=200)
def test_a_site_read_back_from_its_record_gets_the_same_bytes(pack, site):
    """From another store that read the same releases again."""
    again = read_site(collection(site.canonical()["parts"]), width_m=site.width_m)
    project = read_project(pack.here.book.vocabulary, "C2631", "new")
    one, other = (
        screen_site(asked, project, ON, deployment.store.snapshot(), deployment.book)
        for asked, deployment in ((site, pack.here), (again, pack.elsewhere))
    )
    assert one.json == other.json


@given(pick=st.integers(0, 10**6), depth_m=st.floats(20.0, 500.0), side=st.sampled_from([-1.0, 1.0]))
@MANY
def test_a_site_whose_edge_is_a_county_limit(pack, pick, depth_m, side):
    """A triangle on one straight piece of a limit, to this side or that: the counties share it out, and no more."""
    a, b = pack.limits[pick % len(pack.limits)]
    metres = np.array([111_700.0 * cos(np.radians(a[1])), 111_100.0])
    along = (b - a) * metres
    tip = (a + b) / 2.0 + side * depth_m * np.array([-along[1], along[0]]) / np.hypot(*along) / metres
    site = site_of(shapely.Polygon([a, b, tip]))
    measured = [one for one in pack.check("county", site).zones if one.area is not None]
    exact = [one.area.value - plain_m2(site, one.zone.ground) for one in measured]
    assert max(map(abs, exact), default=0.0) <= CENT_M2
    together = sum(one.area.value for one in measured)
    assert abs(together - plain_m2(site, *pack.under("county", site).values())) <= CENT_M2
    assert together <= site.area_m2 + CENT_M2


# --- The oracle table -------------------------------------------------------------------------------------------------

ORACLE = runpy.run_path(str(ROOT / "scripts" / "oracle"))
PAGE = (ROOT / "docs" / "measures.md").read_text("utf-8")


def table(first: str) -> dict[str, list[float]]:
    """The rows of one table of the page: its first column, and the numbers beside it."""
    body = PAGE.split(f"| {first} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    rows = [[field.strip() for field in line.strip("|").split("|")] for line in body]
    return {row[0]: [float(field.replace(",", "")) for field in row[1:]] for row in rows}


@pytest.mark.parametrize("size", [pytest.param(m2, id=name) for name, m2 in ORACLE["SIZES"].items() if m2 <= 1e8])
def test_areas_are_those_of_the_oracle_to_a_millionth(size):
    assert max(ORACLE["area_errors"](size)) < 1.0


@pytest.mark.parametrize(("far_m", "across_ppm"), [(100.0, 0.001), (1_000.0, 0.01), (10_000.0, 0.5), (50_000.0, 11.0)])
def test_distances_are_those_of_the_oracle(far_m, across_ppm):
    out, across = ORACLE["distance_errors"](far_m)
    assert max(out) < 0.001
    assert max(across) < across_ppm


def test_the_page_has_the_rows_that_the_oracle_prints_and_no_figure_above_a_millionth():
    areas, distances = table("size"), table("distance")
    assert list(areas) == list(ORACLE["SIZES"])
    assert list(distances) == list(ORACLE["DISTANCES"])
    assert all(mean <= largest < 1.0 for _, largest, mean in areas.values())
    for name, m2 in ORACLE["SIZES"].items():
        assert areas[name][0] == len(ORACLE["places"]()) * len(list(ORACLE["flat_shapes"](m2)))
