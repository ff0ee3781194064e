"""The atlas: every zone of a snapshot under one index, kept beside the releases and made anew when these change."""

import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
import shapely

from geo.layers import atlas as atlas_of
from geo.layers.atlas import FOLDER, open_atlas
from geo.layers.index import CellIndex
from geo.layers.store import Layer

ROOM = 4_000_000


@pytest.fixture(scope="module")
def snapshot(here):
    return here.store.snapshot()


def names(folder):
    return sorted(one.name for one in (folder / FOLDER).iterdir())


def test_points_have_the_zones_that_each_layer_gives(snapshot, tmp_path):
    atlas = open_atlas(snapshot, tmp_path, ROOM)
    points = np.random.default_rng(1).uniform([127.5, 42.0], [131.2, 44.4], (300, 2))
    for lon, lat in points.tolist():
        wanted = {}
        for kind, layer in snapshot.layers.items():
            if isinstance(layer, Layer):
                held = np.sort(layer.tree.query(shapely.Point(lon, lat), predicate="intersects"))
                wanted |= {kind: tuple(layer.placed[at] for at in held)} if len(held) else {}
        assert atlas.zones_at(lon, lat) == wanted


def test_the_ground_that_a_layer_speaks_for_comes_after_its_zones(snapshot, tmp_path):
    atlas = open_atlas(snapshot, tmp_path, ROOM)
    inside, outside = atlas.index.at(129.5024, 42.8883), atlas.index.at(127.5, 44.3)
    for kind, number in atlas.covered.items():
        layer = snapshot.layers[kind]
        assert (number in inside) == layer.coverage.covers(shapely.Point(129.5024, 42.8883))
        assert (number in outside) == layer.coverage.covers(shapely.Point(127.5, 44.3))


def test_it_is_kept_and_read_back(snapshot, tmp_path, monkeypatch):
    first = open_atlas(snapshot, tmp_path, ROOM)
    monkeypatch.setattr(CellIndex, "of", lambda *_: pytest.fail("it was made anew"))
    again = open_atlas(snapshot, tmp_path, ROOM)
    assert isinstance(again.index.cells.labels.base, np.memmap)
    assert again.index.at(129.5, 42.9) == first.index.at(129.5, 42.9)


def test_a_damaged_one_is_made_anew(snapshot, tmp_path):
    open_atlas(snapshot, tmp_path, ROOM)
    (name,) = names(tmp_path)
    (tmp_path / FOLDER / name / "labels.npy").write_bytes(b"nothing")
    assert open_atlas(snapshot, tmp_path, ROOM).index.at(129.5, 42.9)


def test_other_releases_have_another_and_old_ones_go(snapshot, tmp_path):
    open_atlas(snapshot, tmp_path, ROOM)
    kinds = [kind for kind, layer in snapshot.layers.items() if isinstance(layer, Layer) and layer.placed]
    for at, kind in enumerate(kinds[:3], start=1):
        without = replace(snapshot, layers={**snapshot.layers, kind: None})
        open_atlas(without, tmp_path, ROOM)
        os.utime(max((tmp_path / FOLDER).iterdir(), key=lambda one: one.stat().st_mtime_ns), (at * 1e9, at * 1e9))
    assert len(names(tmp_path)) == atlas_of._KEPT


def test_a_folder_that_is_only_to_be_read(snapshot, tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(atlas_of, "_write", refuse)
    assert open_atlas(snapshot, tmp_path, ROOM).index.at(129.5, 42.9)
    assert not (tmp_path / FOLDER).exists()


def test_without_a_compiler_the_answers_are_the_same(snapshot, tmp_path, monkeypatch):
    compiled = open_atlas(snapshot, tmp_path / "one", ROOM)
    monkeypatch.setitem(__import__("sys").modules, "geo.layers.index", None)
    plain = open_atlas(snapshot, tmp_path / "two", ROOM)
    assert type(plain.index).__name__ == "LabelGrid"
    points = np.random.default_rng(2).uniform([127.5, 42.0], [131.2, 44.4], (2_000, 2))
    assert [one.tolist() for one in plain.index.pairs(points)] == [one.tolist() for one in compiled.index.pairs(points)]
    shutil.rmtree(tmp_path / "two", ignore_errors=True)
