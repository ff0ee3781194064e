"""Broken polygons: mended by a stated method within a stated change, and refused beyond it."""

from time import perf_counter

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely import from_wkt

from geo.canonical import encode
from geo.errors import SiteInvalid, SiteMendRefused, SiteTooLarge
from geo.geometry import METRES_PER_DEGREE, area_m2
from geo.settings import Settings
from geo.site import read_site
from geo.site.mending import GRID_DEG, settle
from geo.site.model import geojson
from geo.texts import LANGUAGES, say

MOST = 0.01
SQUARE = "129.5 42.9, 129.51 42.9, 129.51 42.91, 129.5 42.91, 129.5 42.9"
SQUARE_M2 = area_m2(from_wkt(f"POLYGON (({SQUARE}))"))
PIN = "129.52 42.9, 129.5201 42.9, 129.5201 42.9001, 129.52 42.9"  # a small triangle beside the square
CORNER = (
    "POLYGON ((129.5 42.9, 129.51 42.9, 129.51 42.91, 129.509999 42.910001, 129.51 42.910001, 129.5 42.91, 129.5 42.9))"
)
BOW = "POLYGON ((129.5 42.9, 129.51 42.91, 129.51 42.9, 129.5 42.91, 129.5 42.9))"

MENDED = [
    pytest.param(CORNER, "mend.self_intersection", id="two points of a corner in the wrong order"),
    pytest.param(
        "POLYGON ((129.5 42.9, 129.51 42.9, 129.51 42.91, 129.5 42.91, 129.5 42.905, 129.49 42.905, 129.5 42.905, "
        "129.5 42.9))",
        "mend.self_intersection",
        id="a spike",
    ),
    pytest.param(f"POLYGON (({SQUARE}), ({PIN}))", "mend.hole_outside", id="a small hole outside"),
    pytest.param(f"MULTIPOLYGON ((({SQUARE})), (({SQUARE})))", "mend.parts_overlap", id="a part twice"),
    pytest.param(
        f"MULTIPOLYGON ((({SQUARE})), ((129.505 42.9, 129.515 42.9, 129.515 42.91, 129.505 42.91, 129.505 42.9)))",
        "mend.parts_overlap",
        id="parts that overlap by half",
    ),
    pytest.param(f"POLYGON (({SQUARE}, {SQUARE}))", "mend.parts_overlap", id="a ring walked twice"),
    pytest.param(
        f"POLYGON (({SQUARE}), (129.502 42.902, 129.503 42.902, 129.503 42.903, 129.502 42.902), "
        "(129.502 42.902, 129.503 42.902, 129.503 42.903, 129.502 42.902))",
        "mend.parts_overlap",
        id="a hole twice",
    ),
]
REFUSED = [
    pytest.param(BOW, id="a bow-tie"),
    pytest.param(
        f"POLYGON (({SQUARE}), (129.52 42.9, 129.53 42.9, 129.53 42.91, 129.52 42.9))", id="a large hole outside"
    ),
    pytest.param(
        "POLYGON ((129.5 42.9, 129.51 42.9, 129.51 42.91, 129.5 42.91, 129.5 42.9, 129.5002 42.9002, 129.5002 42.9098, "
        "129.5098 42.9098, 129.5098 42.9002, 129.5002 42.9002, 129.5 42.9, 129.502 42.902, 129.502 42.908, "
        "129.508 42.902, 129.502 42.902, 129.5 42.9))",
        id="rings in one another whose direction says one thing and whose number another",
    ),
]


def outline(points: list[tuple[int, int]]) -> shapely.Polygon:
    """A ring through points of a small board, some metres apart."""
    return shapely.Polygon([(129.5 + x * 1e-4, 42.9 + y * 1e-4) for x, y in points])


@pytest.mark.parametrize(("wkt", "reason"), MENDED)
def test_a_small_fault_is_mended_and_told(wkt, reason):
    site = read_site(wkt)
    (mending,) = site.mended
    (notice,) = [one for one in site.notices if one.code == "geometry_mended"]
    assert site.parts[0].geometry.equals_exact(mending.after)
    assert not mending.before.is_valid
    assert (mending.part, mending.reason) == (1, reason)
    assert site.ground.is_valid
    assert mending.share <= MOST
    assert len({say("notice.geometry_mended", one, **notice.parameters) for one in LANGUAGES}) == 3
    for language in LANGUAGES:
        assert say(reason, language) in say("notice.geometry_mended", language, **notice.parameters)


@pytest.mark.parametrize("wkt", REFUSED)
def test_what_leaves_open_what_was_meant_is_refused_with_figures(wkt):
    with pytest.raises(SiteMendRefused, match=r"as written is [\d.]+ m², mended [\d.]+ m², a change of [\d.]+ m²"):
        read_site(wkt)


@pytest.mark.parametrize("wkt", ["POLYGON ((129 42, 130 42, 129 42))", "POLYGON ((129 42, 129 42, 129 42, 129 42))"])
def test_what_has_no_area_is_not_mended(wkt):
    with pytest.raises(SiteInvalid, match=r"geometry is invalid: .*mend that place"):
        read_site(wkt)


@pytest.mark.parametrize(("wkt", "_"), MENDED)
def test_the_record_is_that_of_the_mended_geometry_as_sent(wkt, _):
    mended = read_site(wkt)
    sent = read_site(geojson(mended.parts[0].geometry))
    assert encode(mended.canonical()) == encode(sent.canonical())
    assert sent.mended == ()


def test_the_bow_has_the_wings_areas_taken_from_each_other():
    with pytest.raises(SiteMendRefused) as refused:
        settle(from_wkt(BOW), 1, MOST)
    told = refused.value.parameters
    assert float(told["written_m2"]) == pytest.approx(0.0, abs=SQUARE_M2 * 1e-3)
    assert float(told["after_m2"]) == pytest.approx(SQUARE_M2 / 2, rel=1e-3)
    assert told["share"] == "100.00%"


def test_the_figures_of_a_small_hole_outside():
    wkt = f"POLYGON (({SQUARE}), ({PIN}))"
    _, mending = settle(from_wkt(wkt), 3, MOST)
    lon, lat = shapely.get_coordinates(from_wkt(f"POLYGON (({PIN}))")).T
    pin_m2 = abs(Geod(ellps="GRS80").polygon_area_perimeter(lon, lat)[0])
    assert mending.part == 3
    assert mending.written_m2 == pytest.approx(SQUARE_M2 - pin_m2, rel=1e-6)
    assert mending.after_m2 == pytest.approx(SQUARE_M2 + pin_m2, rel=1e-6)
    assert mending.changed_m2 == pytest.approx(2 * pin_m2, rel=1e-3)
    assert mending.share == pytest.approx(mending.changed_m2 / mending.written_m2)


def test_parts_on_one_another_lose_no_ground():
    wkt = f"MULTIPOLYGON ((({SQUARE})), (({SQUARE})))"
    after, mending = settle(from_wkt(wkt), 1, 0.0)
    assert after.equals(from_wkt(f"POLYGON (({SQUARE}))"))
    assert (mending.changed_m2, mending.share) == (0.0, 0.0)


def test_a_spike_is_dropped_and_its_length_told():
    spike = "POLYGON ((129.5 42.9, 129.51 42.9, 129.51 42.91, 129.5 42.91, 129.49 42.91, 129.5 42.91, 129.5 42.9))"
    after, mending = settle(from_wkt(spike), 1, 1e-9)
    assert after.equals(from_wkt(f"POLYGON (({SQUARE}))"))
    assert mending.dropped_m == pytest.approx(Geod(ellps="GRS80").inv(129.49, 42.91, 129.5, 42.91)[2], rel=1e-6)


def test_the_share_decides():
    _, mending = settle(from_wkt(CORNER), 1, 1.0)
    assert 0.0 < mending.share < 1e-4
    settle(from_wkt(CORNER), 1, mending.share)
    with pytest.raises(SiteMendRefused):
        settle(from_wkt(CORNER), 1, mending.share * 0.99)


def test_a_setting_sets_the_share():
    with pytest.raises(SiteMendRefused):
        read_site(CORNER, settings=Settings(site_mend_share=0.0))


def test_an_outline_that_only_the_grid_breaks_is_mended():
    thin = from_wkt("POLYGON ((129.5 42.9, 129.51 42.9000000004, 129.51 42.91, 129.505 42.9000000003, 129.5 42.9))")
    assert thin.is_valid
    after, _ = settle(thin, 1, MOST)
    assert after.is_valid
    assert area_m2(after) == pytest.approx(area_m2(thin), rel=1e-4)


@pytest.mark.parametrize("count", [300, 20_000])
def test_an_outline_that_crosses_itself_all_over_is_refused_soon(count):
    points = 129.0 + np.random.default_rng(7).random((count, 2)) * 0.01 - [0.0, 86.0]
    began = perf_counter()
    with pytest.raises(SiteTooLarge, match="line crossings, more than the 500"):
        settle(shapely.Polygon(points), 1, MOST)
    assert perf_counter() - began < 5.0


BOARD = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=3, max_size=9, unique=True)


@settings(max_examples=300, deadline=None)
@given(BOARD)
def test_mended_is_valid_on_the_grid_and_within_the_change_stated(points):
    written = outline(points)
    try:
        after, mending = settle(written, 1, 1.0)
    except SiteInvalid:  # all points in a line
        assert shapely.make_valid(written, method="structure", keep_collapsed=False).area < 1e-12
        return
    assert after.is_valid
    assert not after.is_empty
    on_grid = shapely.get_coordinates(after)
    assert np.array_equal(np.round(on_grid, 9), on_grid)
    if mending is None:
        assert written.is_valid
        return
    slack = shapely.length(written) * METRES_PER_DEGREE * 2e-4  # m²: every side may move by the grid of 0.1 mm
    assert abs(mending.after_m2 - mending.written_m2) <= mending.changed_m2 + slack
    assert mending.after_m2 == pytest.approx(area_m2(after), abs=1e-9)
    evenly = shapely.make_valid(written, method="linework")
    assert area_m2(shapely.symmetric_difference(after, evenly)) <= mending.changed_m2 + slack


@settings(max_examples=200, deadline=None)
@given(BOARD)
def test_mending_what_is_sound_changes_nothing(points):
    written = outline(points)
    sound = shapely.transform(written, lambda some: np.round(some, 9) + 0.0)
    if sound.is_valid:
        after, mending = settle(sound, 1, 0.0)
        assert mending is None
        assert shapely.to_wkb(after) == shapely.to_wkb(sound)


@settings(max_examples=100, deadline=None)
@given(BOARD)
def test_mending_twice_is_mending_once(points):
    try:
        once, _ = settle(outline(points), 1, 1.0)
    except SiteInvalid:
        return
    twice, mending = settle(once, 1, 0.0)
    assert mending is None
    assert shapely.to_wkb(twice) == shapely.to_wkb(once)
    assert GRID_DEG == 1e-9
