"""Rows worked out together say what the engine says of each point by itself, wherever the points lie."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import shapely
from caseworld import CASES, load_region
from conftest import DAY

from geo.bulk.answer import AT_COUNTY
from geo.bulk.chunk import Chunk, Said
from geo.bulk.combination import Screener
from geo.bulk.judged import Judged
from geo.bulk.point import read_points
from geo.crs import LocalPlane
from geo.deployment import Question
from geo.errors import SiteError
from geo.frames import read_frame
from geo.layers.atlas import open_atlas
from geo.layers.labels import LabelGrid
from geo.settings import ROOT
from geo.site import read_site

MOST_BYTES = 20_000_000
PROJECTS = (
    {"industry": "C2631", "nature": "new"},
    {"industry": "D4415", "nature": "new", "facts": "purpose=energy"},
    {"kind": "school", "nature": "expanded", "day": "2024-05-01"},
    {"industry": "A0311", "placed": AT_COUNTY},
    {},
    {"industry": "Z99"},
)
PACK = (127.4, 41.9, 131.4, 44.5)  # degrees: the region of the pack and ground beside it


@pytest.fixture(scope="module")
def pack(here, tmp_path_factory):
    """The shipped layers and their atlas."""
    snapshot = here.store.snapshot()
    return snapshot, open_atlas(snapshot, tmp_path_factory.mktemp("atlas"), MOST_BYTES)


@pytest.fixture(scope="module")
def firm(here, tmp_path_factory):
    """A region of official layers, whose limits are surveyed and have bands, and their atlas."""
    snapshot = load_region(CASES / "regions" / "official.yml", here.book.catalogue)
    return snapshot, open_atlas(snapshot, tmp_path_factory.mktemp("atlas"), MOST_BYTES)


def chunk_of(points, projects=PROJECTS, said=None):
    """Points as a table, projects in turn."""
    cells = [projects[at % len(projects)] for at in range(len(points))]
    names = {name for project in projects for name in project}
    columns = {name: [cell.get(name, "") for cell in cells] for name in names}
    columns |= {"lon": [f"{lon:.9f}" for lon, _ in points], "lat": [f"{lat:.9f}" for _, lat in points]}
    return Chunk(1, len(points), columns, said or Said())


def screeners(here, world):
    snapshot, atlas = world
    return Screener(here, snapshot, atlas, DAY, "zh"), Screener(here, snapshot, None, DAY, "zh")


def assert_the_same(here, world, chunk, least_shared=0.0):
    together, alone = screeners(here, world)
    found, expected = together.screen(chunk), alone.screen(chunk)
    for at, (one, other) in enumerate(zip(found.answers, expected.answers, strict=True)):
        assert dict(one) == dict(other), (at, chunk.places()[at])
    assert together.astray == 0
    assert len(found.grounds) + together.combinations <= len(chunk) * (1.0 - least_shared)
    return together


def scattered(count, box=PACK, seed=1):
    west, south, east, north = box
    return np.random.default_rng(seed).uniform((west, south), (east, north), (count, 2)).round(9)


def beside(zone, metres, count, seed=1):
    """Points at a distance from a zone's border, without (positive) or within."""
    plane = LocalPlane(*shapely.get_coordinates(shapely.point_on_surface(zone))[0])
    flat = plane.project(shapely.segmentize(zone, 0.002))
    line = shapely.boundary(shapely.buffer(flat, metres)) if metres else shapely.boundary(flat)
    if line.is_empty:
        return np.empty((0, 2))
    along = np.random.default_rng(seed).uniform(0.0, line.length, count)
    points = plane.unproject(shapely.union_all([shapely.line_interpolate_point(line, at) for at in along]))
    return shapely.get_coordinates(points).round(9)


def around(snapshot, kinds, accuracy_m, count):
    """Points on and about the borders of some zones of each kind, where a millimetre decides."""
    found = []
    for kind in kinds:
        layer = snapshot.layers[kind]
        for zone in layer.placed[:3]:
            band = (layer.info.accuracy_m if zone.accuracy_m is None else zone.accuracy_m) + accuracy_m
            limits = {0.0, band, -band, layer.entry.near_m, layer.entry.near_m + band}
            for limit in sorted(limits):
                found += [beside(zone.ground, limit + by, count) for by in (-0.001, 0.0, 0.001)]
    return np.concatenate(found)


def test_points_scattered_over_the_pack(here, pack):
    assert_the_same(here, pack, chunk_of(scattered(240)))


@pytest.mark.slow
def test_ten_thousand_points_of_the_pack(here, pack):
    assert_the_same(here, pack, chunk_of(scattered(10_000, seed=2)), least_shared=0.9)


@pytest.mark.parametrize("accuracy_m", [0.0, 30.0])
def test_points_where_a_millimetre_decides_on_sketched_and_derived_limits(here, pack, accuracy_m):
    points = around(pack[0], ("control_unit", "county", "industrial_park"), accuracy_m, 1)
    assert_the_same(here, pack, chunk_of(points, PROJECTS[:1], Said(accuracy_m=accuracy_m)))


@pytest.mark.parametrize("accuracy_m", [0.0, 7.5])
def test_points_where_a_millimetre_decides_on_firm_limits(here, firm, accuracy_m):
    snapshot, _ = firm
    kinds = [kind for kind, layer in snapshot.layers.items() if layer and layer.placed]
    points = around(snapshot, kinds, accuracy_m, 1)
    assert len(points) > 100
    together = assert_the_same(here, firm, chunk_of(points, PROJECTS[:3], Said(accuracy_m=accuracy_m)))
    statuses = {
        standing.status
        for situations in together._situations.values()
        for situation in situations._kept.values()
        for standing in situation.standings.values()
    }
    assert {"hit", "boundary_uncertain", "near", "clear"} <= statuses


@pytest.mark.slow
def test_ten_thousand_points_on_firm_limits(here, firm):
    box = shapely.total_bounds([zone.ground for zone in firm[0].layers["county"].placed])
    assert_the_same(here, firm, chunk_of(scattered(10_000, box, seed=3), PROJECTS[:3]), least_shared=0.9)


def test_corners_of_zones_are_the_same(here, firm):
    corners = [shapely.get_coordinates(zone.ground)[:4] for zone in firm[0].layers["control_unit"].placed[:20]]
    assert_the_same(here, firm, chunk_of(np.concatenate(corners).round(9), PROJECTS[:1]))


def test_what_is_no_plain_point_goes_by_itself_among_the_others(here, pack):
    places = [
        "POLYGON ((129.5 42.9, 129.51 42.9, 129.51 42.91, 129.5 42.9))",
        "SRID=4326;POINT (129.5024 42.8883)",
        "POINT(129.5024 42.8883)",
        "MULTIPOINT (129.5 42.9, 129.6 42.8)",
        "42.8883, 129.5024",
        "北纬42°53′18″ 东经129°30′9″",
        "LINESTRING (129.5 42.9, 129.6 42.9)",
        "150,42",
        "here",
    ]
    together = assert_the_same(here, pack, Chunk(1, len(places), {"at": places}))
    assert together.combinations >= 1


def test_an_accuracy_that_no_site_may_have_is_an_error_in_each_row(here, pack):
    together, _ = screeners(here, pack)
    answers = together.screen(chunk_of(scattered(2), PROJECTS[:1], Said(accuracy_m=-1.0))).answers
    assert all(answer["error"] for answer in answers)


def test_without_a_compiler_every_point_goes_by_itself(here, pack):
    snapshot, atlas = pack
    plain = replace(atlas, index=LabelGrid(atlas.index.geometries[:5]))
    screener = Screener(here, snapshot, plain, DAY, "zh")
    found = screener.screen(chunk_of(scattered(2), PROJECTS[:1]))
    assert len(found.grounds) == 2
    assert screener.combinations == 0


def test_a_wrong_combination_is_noticed_and_does_no_harm(here, pack, monkeypatch):
    monkeypatch.setattr("geo.bulk.combination.layer_in_words", lambda title, names, language: "wrong")
    together, alone = screeners(here, pack)
    chunk = chunk_of(np.array([[129.5024, 42.8883]]), PROJECTS[:1])
    assert together.screen(chunk).answers == alone.screen(chunk).answers
    assert together.astray == 1


def test_an_id_is_that_of_the_screening(here, pack):
    together, _ = screeners(here, pack)
    chunk = chunk_of(np.array([[129.5024, 42.8883], [129.50241, 42.8883]]), PROJECTS[:1])
    for at, answer in enumerate(together.screen(chunk).answers):
        question = Question(chunk.places()[at], industry="C2631", nature="new", day=DAY)
        assert answer["screening_id"] == here.screen(question, pack[0]).record["id"]
    assert together.combinations == 1


@pytest.mark.parametrize(
    "place",
    ["129.5,42.9", "129.5, 42.9", "42.9 129.5", "POINT (129.5 42.9)", "SRID=4326;POINT(129.5 42.9)", "+129.50,042.9",
     "129.5000000004,42.9000000005", "73,3", "3,73", "136,54", "136.1,54", "129.5,60", "POINT (42.9 129.5)",
     "SRID=4513;POINT (129.5 42.9)", "129.5", "", ",", "129.5,42.9,1", "1e2,42.9", "nan,42.9"],
)  # fmt: skip
def test_a_plain_point_is_read_as_a_site_is(place):
    points = read_points([place])
    told = points.crs[0], points.degrees[0].tolist(), points.notices[points.noticed[0]]
    found = None if np.isnan(points.degrees).any() else told
    try:
        site = read_site(place, either_order=True)
    except SiteError:
        assert found is None
    else:
        assert found in (None, (site.crs, shapely.get_coordinates(site.ground)[0].tolist(), site.notices))


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4326", "GCJ-02", "EPSG:4524"])
def test_what_the_sender_says_of_the_coordinates_holds_for_all(here, pack, crs):
    places = ["129.5024,42.8883", "42.8883, 129.5024", "SRID=4326;POINT (129.5 42.9)", "SRID=4490;POINT (129.5 42.9)"]
    said = Said(read_frame(crs), cells={"industry": "C2631"})
    assert_the_same(here, pack, Chunk(1, 4, {"at": places, "industry": ["", " ", "", "C2631"]}, said))


def test_what_was_judged_is_not_judged_again_by_another_process(here, pack, tmp_path):
    chunk = chunk_of(scattered(40), PROJECTS[:4])
    first, second = (replace(one, judged=Judged(tmp_path)) for one in (screeners(here, pack)[0] for _ in "ab"))
    assert first.screen(chunk).answers == second.screen(chunk).answers
    assert (first.combinations > 0, second.combinations) == (True, 0)


def test_a_judged_combination_that_is_not_whole_is_judged_again(tmp_path):
    told = ("a", frozenset({1, 2}))
    judged = Judged(tmp_path / "judged")
    assert judged.get(told) is None
    judged.put(told, {"verdict": "prohibited"})
    assert judged.get(("a", frozenset({2, 1}))) == {"verdict": "prohibited"}
    (path,) = judged.folder.iterdir()
    path.write_bytes(b'{"verd')
    assert judged.get(told) is None


def test_every_process_gives_a_combination_the_same_name():
    code = (
        "from pathlib import Path\nfrom geo.bulk.judged import Judged\n"
        "Judged(Path('named')).put(('a', frozenset({frozenset({'b', 'c', None}), frozenset('defgh'), ('i', 1)})), {})"
    )
    names = set()
    for seed in "123":
        with TemporaryDirectory() as folder:
            environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
            subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, check=True)
            names |= {path.name for path in Path(folder, "named").iterdir()}
    assert len(names) == 1


def test_most_ways_of_writing_a_point_are_plain():
    points = read_points(["129.5,42.9", "42.9 129.5", "POINT (129.5 42.9)"])
    assert points.degrees.tolist() == [[129.5, 42.9]] * 3
