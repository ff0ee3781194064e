"""The datum of a delivery, told by its outer border: on the shipped units and counties, and on limits drawn anew."""

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import Geod

from geo.crs import to_bd09, to_gcj02
from geo.importing.datum import Shift, faults, lies_beyond, measure_shift
from geo.settings import ROOT

GEOD = Geod(ellps="GRS80")
ACCURACY_M = 600.0
Move = Callable[[np.ndarray], np.ndarray]


@pytest.fixture(scope="module")
def units(here) -> np.ndarray:
    return here.store.open("control_unit").geometries


@pytest.fixture(scope="module")
def counties(here) -> np.ndarray:
    return here.store.open("county").geometries


def moved(grounds: np.ndarray, move: Move) -> np.ndarray:
    return np.array([shapely.transform(ground, move) for ground in grounds], dtype=object)


def by_metres(east_m: float, north_m: float) -> Move:
    """Move each point by geodesics: first along its parallel, then along its meridian."""

    def move(points: np.ndarray) -> np.ndarray:
        ones = np.ones(len(points))
        lon, _, _ = GEOD.fwd(points[:, 0], points[:, 1], 90.0 * ones, east_m * ones)
        _, lat, _ = GEOD.fwd(points[:, 0], points[:, 1], 0.0 * ones, north_m * ones)
        return np.column_stack([lon, lat])

    return move


def redrawn(grounds: np.ndarray, off_m: float) -> np.ndarray:
    """The same limits as another hand draws them: off by waves of several kilometres, nowhere by one vector."""

    def wave(points: np.ndarray) -> np.ndarray:
        x, y = np.radians(points[:, 0]) * 6.378e6 * 0.73, np.radians(points[:, 1]) * 6.378e6
        east = np.sin(x / 1_300.0 + y / 2_100.0) + np.sin(y / 900.0)
        north = np.sin(y / 1_500.0 - x / 2_700.0) + np.sin(x / 1_100.0)
        return points + off_m * np.column_stack([east / 81_000.0, north / 111_000.0])

    return moved(shapely.segmentize(grounds, 0.005), wave)


def read(grounds: np.ndarray, reference: np.ndarray, accuracy_m: float = ACCURACY_M) -> Shift:
    return measure_shift(grounds, reference, accuracy_m)


# --- the pack itself ----------------------------------------------------------------------------------------------


def test_what_lies_on_the_limits_is_as_declared(units, counties):
    shift = read(units, counties)
    assert shift.reading == "as_declared"
    assert shift.before_m < 0.05
    assert shift.size_m < 0.1
    assert shift.matched > 1_500
    assert faults(shift) == ()


@pytest.mark.parametrize(
    ("datum", "move", "least_m"),
    [pytest.param("gcj02", to_gcj02, 300.0, id="GCJ-02"), pytest.param("bd09", to_bd09, 600.0, id="BD-09")],
)
def test_a_copy_in_an_offset_datum_is_told_by_its_name(units, counties, datum, move, least_m):
    shift = read(moved(units, move), counties)
    assert shift.reading == datum
    assert shift.residuals[datum] < 1.0
    assert shift.before_m > least_m
    (fault,) = faults(shift)
    assert (fault.code, fault.severity, fault.proposed) == (f"datum_{datum}", "error", f"from_{datum}")
    assert fault.facts["before_m"] == shift.before_m
    assert fault.facts["after_m"] == shift.residuals[datum]


def test_the_translation_of_a_gcj02_copy_is_what_the_formula_gives_on_average(units, counties):
    shift = read(moved(units, to_gcj02), counties)
    points = shapely.get_coordinates(shapely.boundary(shapely.union_all(counties)))
    there = to_gcj02(points)
    east = GEOD.inv(points[:, 0], points[:, 1], there[:, 0], points[:, 1])[2]
    north = GEOD.inv(points[:, 0], points[:, 1], points[:, 0], there[:, 1])[2]
    assert (shift.east_m, shift.north_m) == pytest.approx((-east.mean(), -north.mean()), abs=30.0)


@pytest.mark.parametrize(
    ("east_m", "north_m"),
    [
        pytest.param(100.0, 0.0, id="100 m east"),
        pytest.param(0.0, -100.0, id="100 m south"),
        pytest.param(-60.0, 80.0, id="100 m north-west"),
        pytest.param(12.0, 16.0, id="20 m north-east"),
        pytest.param(0.0, 20.0, id="20 m north"),
        pytest.param(-540.0, -270.0, id="as far as GCJ-02 and the other way"),
    ],
)
def test_a_constant_shift_is_measured_to_a_metre(units, counties, east_m, north_m):
    shift = read(moved(units, by_metres(east_m, north_m)), counties)
    assert shift.reading == "shifted"
    assert (shift.east_m, shift.north_m) == pytest.approx((-east_m, -north_m), abs=1.0)
    assert shift.spread_m < 0.5


@pytest.mark.parametrize(
    ("east_m", "severity"),
    [pytest.param(100.0, "warning", id="within the accuracy"), pytest.param(900.0, "error", id="beyond it")],
)
def test_a_shift_is_as_grave_as_the_limits_are_exact(units, counties, east_m, severity):
    (fault,) = faults(read(moved(units, by_metres(east_m, 0.0)), counties))
    assert (fault.code, fault.severity) == ("datum_shifted", severity)
    assert fault.facts["shift_m"] == pytest.approx(east_m, abs=1.0)
    assert (fault.facts["east_m"], fault.facts["north_m"]) == pytest.approx((east_m, 0.0), abs=1.0)


def test_where_the_limits_are_exact_a_small_shift_is_an_error(units, counties):
    (fault,) = faults(read(moved(units, by_metres(20.0, 0.0)), counties, accuracy_m=5.0))
    assert (fault.code, fault.severity) == ("datum_shifted", "error")


def test_a_metre_is_no_shift(units, counties):
    assert read(moved(units, by_metres(1.0, 0.5)), counties).reading == "as_declared"


# --- limits that another drew -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def another(counties) -> np.ndarray:
    return redrawn(counties, 200.0)


def test_limits_drawn_by_another_hand_are_as_declared(another, counties):
    shift = read(another, counties)
    assert shift.reading == "as_declared"
    assert 80.0 < shift.before_m < 300.0
    assert faults(shift) == ()


@pytest.mark.parametrize(("datum", "move"), [("gcj02", to_gcj02), ("bd09", to_bd09)])
def test_limits_drawn_by_another_hand_are_told_in_an_offset_datum(another, counties, datum, move):
    shift = read(moved(another, move), counties)
    assert shift.reading == datum
    assert shift.residuals[datum] < 0.6 * shift.before_m


def test_a_single_county_is_enough(another, counties):
    assert read(another[:1], counties).reading == "as_declared"
    assert read(moved(another[:1], to_gcj02), counties).reading == "gcj02"


def test_a_few_kilometres_are_enough():
    """The formula hardly varies there, and a translation explains as much: the datum that has a name is told."""
    ground = np.array([shapely.Point(129.5, 43.0).buffer(0.03)])
    assert read(moved(ground, to_gcj02), ground).reading == "gcj02"
    assert read(moved(ground, by_metres(300.0, -500.0)), ground).reading == "shifted"


@pytest.mark.parametrize(
    ("move", "reading"),
    [
        pytest.param(np.array, "as_declared", id="as it is"),
        pytest.param(to_gcj02, "gcj02", id="GCJ-02, which is 250 m there"),
        pytest.param(to_bd09, "bd09", id="BD-09"),
        pytest.param(by_metres(250.0, 0.0), "shifted", id="250 m that are no GCJ-02"),
    ],
)
def test_it_is_told_in_another_part_of_the_country(move, reading):
    outlines = gpd.read_file(ROOT / "layers" / "sources" / "counties_baiyin.geojson", engine="pyogrio")
    grounds = outlines.geometry.to_numpy()
    assert read(moved(grounds, move), grounds).reading == reading


# --- borders that tell little -------------------------------------------------------------------------------------


def test_neighbours_that_draw_their_border_apart_do_not_hide_the_outer_one(units, counties):
    scatter = np.random.default_rng(4).normal(0.0, 1e-6, (len(units), 2))
    apart = [shapely.transform(g, lambda p, off=off: p + off) for g, off in zip(units, scatter, strict=True)]
    shift = read(moved(np.array(apart, dtype=object), to_gcj02), counties)
    assert shift.reading == "gcj02"


def test_rows_without_ground_and_crossed_rings_do_no_harm(units, counties):
    bow_tie = shapely.Polygon([(129.5, 43.0), (129.6, 43.1), (129.6, 43.0), (129.5, 43.1)])
    endless = shapely.Polygon([(129.5, 43.0), (np.inf, 43.1), (129.6, 43.0), (129.5, 43.0)])
    odd = np.array([*units, bow_tie, endless, None, shapely.Polygon(), shapely.Point(129.5, 43.0)], dtype=object)
    assert read(odd, counties).reading == "as_declared"


@pytest.mark.parametrize("kind", ["red_line", "protected_area", "plan_project"])
@pytest.mark.parametrize("move", [np.array, to_gcj02], ids=["as it is", "GCJ-02"])
def test_what_mostly_lies_within_the_counties_tells_nothing(here, counties, kind, move):
    shift = read(moved(here.store.open(kind).geometries, move), counties)
    assert shift.reading == "not_told"
    assert np.isnan(shift.size_m)


def nothing(grounds: np.ndarray) -> np.ndarray:
    return grounds[:0]


def fields(grounds: np.ndarray) -> np.ndarray:
    """Three hundred plots of farmland, each 500 m wide, in the middle of counties."""
    centres = shapely.point_on_surface(grounds)[np.arange(300) % len(grounds)]
    turn = np.arange(300) * 2.4
    steps = np.column_stack([np.cos(turn), np.sin(turn)]) * 0.005 * np.sqrt(np.arange(300))[:, None]
    west, south = shapely.get_x(centres) + steps[:, 0], shapely.get_y(centres) + steps[:, 1]
    return shapely.box(west, south, west + 0.006, south + 0.0045)


def a_straight_strip(grounds: np.ndarray) -> np.ndarray:
    """A border of which hardly anything is near any limit."""
    west, south, east, north = shapely.total_bounds(grounds)
    middle = (south + north) / 2.0
    return np.array([shapely.box(west, middle, east, middle + 0.1)])


@pytest.mark.parametrize("make", [nothing, fields, a_straight_strip], ids=["nothing", "farmland", "a strip"])
def test_a_border_elsewhere_tells_nothing(counties, make):
    shift = read(make(counties), counties)
    assert shift.reading == "not_told"
    (fault,) = faults(shift)
    assert (fault.code, fault.severity, fault.facts) == ("datum_not_told", "notice", {"points": str(shift.matched)})


def test_without_limits_nothing_is_told(units):
    assert read(units, np.array([], dtype=object)).reading == "not_told"


def test_limits_that_run_one_way_do_not_tell_a_shift_along_them():
    """Two sides of the ground lie on the limits, and could be slid along them."""
    reference = np.array([shapely.box(120.0, 40.0, 124.0, 40.5)])
    across = np.array([shapely.box(121.0, 40.0, 123.0, 40.5)])
    shift = read(across, reference)
    assert shift.reading == "not_told"
    assert shift.matched > 1_000
    assert read(reference, reference).reading == "as_declared"


# --- a mistaken zone of projection --------------------------------------------------------------------------------


@pytest.mark.parametrize("turn", [3.0, -3.0, 6.0])
def test_a_mistaken_zone_is_not_told_by_the_border(units, counties, turn):
    shift = read(moved(units, lambda points: points + np.array([turn, 0.0])), counties)
    assert shift.reading == "not_told"


def test_rows_beyond_the_region_are_named(units, counties):
    astray = moved(units, lambda points: points + np.array([6.0, 0.0]))
    assert lies_beyond(astray, counties, 50_000.0).all()
    assert not lies_beyond(np.append(units, None), counties, 50_000.0).any()


@pytest.mark.parametrize(
    ("place", "beyond"),
    [
        pytest.param((130.9, 42.5), True, id="east"),
        pytest.param((128.1, 42.5), True, id="west"),
        pytest.param((129.5, 43.7), True, id="north"),
        pytest.param((129.5, 41.3), True, id="south"),
        pytest.param((130.5, 42.5), False, id="41 km east"),
        pytest.param((129.5, 41.7), False, id="33 km south"),
    ],
)
def test_the_margin_is_in_metres_on_every_side(place, beyond):
    reference = np.array([shapely.box(129.0, 42.0, 130.0, 43.0)])
    plot = shapely.Point(place).buffer(0.001)
    assert lies_beyond(np.array([plot]), reference, 50_000.0).tolist() == [beyond]


def test_the_same_delivery_gives_the_same_numbers(units, counties):
    assert read(moved(units, to_gcj02), counties) == read(moved(units, to_gcj02), counties)
