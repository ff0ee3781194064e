"""The sides of zones that may be nearest to a point: never one too few, and few."""

import gc
import sys
import weakref

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from samples import DAY, KIND, STEADY, make_layer, make_zone

from geo.ground import Ground
from geo.layers import sifting
from geo.layers.borders import RUN, Borders, Here, away_m, error_m, placed, sift
from geo.layers.cells import jit
from geo.layers.store import Snapshot
from geo.layers.terrain import terrain_of
from geo.proximity import _nearest_by_size, nearest_zones
from geo.site import read_site

GEOD = Geod(ellps="GRS80")


@pytest.fixture(autouse=True, params=["plain", "compiled"])
def sifted(request):
    """Everything here holds whether or not the compiled loops were loaded."""
    Borders.sift = staticmethod(sift)
    if request.param == "compiled":
        sifting.load()
    yield
    Borders.sift = staticmethod(sift)


@pytest.mark.parametrize("lat", [3.0, 18.0, 31.0, 43.0, 54.0])
@pytest.mark.parametrize("reach_m", [1e3, 1e5, 1e6, 9e6])
def test_the_quick_distance_is_off_by_less_than_it_says(lat, reach_m):
    chance = np.random.default_rng(7)
    count = 5_000
    turn, true = chance.uniform(0.0, 360.0, count), chance.uniform(reach_m / 100.0, reach_m, count)
    lon, north, _ = GEOD.fwd(np.full(count, 120.0), np.full(count, lat), turn, true)
    begin = np.array([lon, north])
    here = Here.at(120.0, lat)
    said = away_m(*placed(here, *begin), 1e-4, 1e-4)
    assert (np.abs(said - true) < error_m(here, said) * 0.5).all()


def rings(chance, count, corners):
    """Stars around places all over China, some of them long and thin."""
    middles = chance.uniform((80.0, 20.0), (134.0, 52.0), (count, 2))
    turn = np.linspace(0.0, 2.0 * np.pi, corners + 1)[:-1]
    far = chance.uniform(0.3, 1.0, (count, corners, 1)) * 10.0 ** chance.uniform(-4.0, 0.5, (count, 1, 1))
    wide = chance.uniform((0.05, 0.05), (1.0, 1.0), (count, 1, 2))
    return shapely.polygons(middles[:, None] + far * wide * np.column_stack([np.cos(turn), np.sin(turn)]))


def away_of_all_m(ground, geometries):
    """Distance from a point to every zone, each side cut short and measured in the site's plane."""
    lines = shapely.segmentize(shapely.boundary(geometries), 0.002)
    return ground.gaps_m(shapely.transform(lines, ground.plane.project_points))


@settings(STEADY, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.floats(85.0, 130.0), st.floats(22.0, 50.0))
def test_the_nearest_side_of_every_layer_is_among_those_found(seed, lon, lat):
    chance = np.random.default_rng(seed)
    layers = [
        make_layer([make_zone(str(at), one) for at, one in enumerate(rings(chance, number, corners))])
        for number, corners in ((1, 3), (30, 5), (200, 60), (7, 400))
    ]
    snapshot = Snapshot("test", dict(zip("abcd", layers, strict=True)))
    wanted = chance.random(4) < 0.7
    wanted[chance.integers(4)] = True
    ground = Ground(read_site(f"{lon!r},{lat!r}"))
    sides = snapshot.terrain.borders.around(lon, lat, wanted)
    assert set(sides.layer.tolist()) == set(np.flatnonzero(wanted).tolist())
    flat = ground.plane.project_points(sides.ends.reshape(-1, 2)).reshape(-1, 2, 2)
    gaps = ground.gaps_m(shapely.linestrings(flat))
    for number in np.flatnonzero(wanted):
        everywhere = away_of_all_m(ground, layers[number].geometries)
        own = np.where(sides.layer == number, gaps, np.inf)
        assert own.min() == pytest.approx(everywhere.min(), abs=1e-6)
        assert everywhere[sides.zone[own.argmin()]] == pytest.approx(everywhere.min(), abs=1e-6)


@settings(STEADY, max_examples=60)
@given(st.integers(0, 2**32 - 1))
def test_a_point_is_as_far_from_the_nearest_zone_as_any_site_would_be(seed):
    chance = np.random.default_rng(seed)
    lon, lat = chance.uniform((100.0, 30.0), (131.0, 46.0))
    layer = make_layer([make_zone(str(at), one) for at, one in enumerate(rings(chance, 80, 24))])
    ground = Ground(read_site(f"{lon:.6f},{lat:.6f}"))
    if layer.around(ground.site.ground, ground.around(1.0)):
        return
    found = nearest_zones([layer], Snapshot("test", {KIND: layer}), ground, DAY)[0]
    other = _nearest_by_size([layer], ground, DAY)[0]
    assert found.distance_m == pytest.approx(other.distance_m, abs=2e-3)


def test_few_sides_are_left_of_many():
    """A quarter of a million sides: what is measured for a point is a handful."""
    chance = np.random.default_rng(3)
    borders = Borders.of([rings(chance, 2_000, 120)])
    left = [
        len(borders.around(lon, lat, np.array([True])).zone)
        for lon, lat in chance.uniform((90, 25), (130, 48), (50, 2))
    ]
    assert borders.runs.points[0].size > 240_000
    assert np.median(left) < RUN


def test_the_compiled_loops_leave_what_the_plain_ones_leave_and_are_compiled_once(sifted):
    """Were anything of another type than `load` compiles for, a question would wait seconds for a compiler."""
    chance = np.random.default_rng(5)
    borders = Borders.of([rings(chance, 300, 40), rings(chance, 5, 3)])
    for lon, lat in chance.uniform((90, 25), (130, 48), (200, 2)):
        found = []
        for one in (sift, sifting._sift):
            Borders.sift = staticmethod(one)
            sides = borders.around(lon, lat, np.array([True, lon > 110.0]))
            found.append([array.tolist() for array in (sides.ends, sides.layer, sides.zone)])
        assert found[0] == found[1]
    assert len(sifting._sift.signatures) == 1


def test_a_deployment_is_warm_when_it_says_so_and_goes_on_where_nothing_can_be_compiled(here, monkeypatch):
    Borders.sift = staticmethod(sift)
    with monkeypatch.context() as nowhere:
        nowhere.setitem(sys.modules, "geo.layers.sifting", None)
        here.warm()
        assert Borders.sift is sift
    here.warm()
    assert Borders.sift is sifting._sift


def test_loops_are_compiled_where_nothing_can_be_kept(monkeypatch):
    monkeypatch.setattr("numba.core.caching.CompileResultCacheImpl._locator_classes", [])
    assert jit(lambda number: number + 1)(2) == 3


def test_the_terrain_of_the_same_layers_is_made_once_and_goes_with_the_last_who_holds_it():
    layer, other = (make_layer([make_zone("one", shapely.box(129.0, 42.0, 130.0, 43.0))]) for _ in range(2))
    one, two = Snapshot("test", {KIND: layer}), Snapshot("test", {KIND: layer, "red_line": None})
    assert one.terrain is two.terrain
    assert one.terrain is not Snapshot("test", {KIND: other}).terrain
    gone = weakref.ref(one.terrain)
    del one, two
    gc.collect()
    assert gone() is None
    assert terrain_of([]).around(shapely.Point(0.0, 0.0), []) == {}
