import shutil
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest
import shapely
from samples import KIND, make_entry, make_zone, release_words

from geo.errors import ReleaseError
from geo.layers.releases import set_current, write_release
from geo.layers.store import BrokenLayer, Layer, LayerStore, open_store
from geo.settings import Settings

COVERAGE = shapely.box(129.0, 42.0, 130.0, 43.0)
HERE = make_zone("here", shapely.box(129.1, 42.1, 129.2, 42.2))
THERE = make_zone("there", shapely.box(129.3, 42.1, 129.4, 42.2))
LOST = make_zone("lost", None)
CATALOGUE = {kind: make_entry(kind) for kind in (KIND, "red_line")}


@pytest.fixture
def store(tmp_path):
    return LayerStore(Settings(layers=tmp_path, region="test"), CATALOGUE)


def write(store, zones, kind=KIND):
    return write_release(store.folder / kind, zones, COVERAGE, **release_words(region="test", layer=kind)).id


def zone_ids(layer):
    return [zone.id for zone in layer.zones]


def point_current(store, text, kind=KIND):
    (store.folder / kind).mkdir(parents=True, exist_ok=True)
    (store.folder / kind / "current.json").write_bytes(text if isinstance(text, bytes) else orjson.dumps(text))


# --- What is there ----------------------------------------------------------------------------------------------------


def test_a_region_without_data_has_no_layer(store):
    assert store.open(KIND) is None
    snapshot = store.snapshot()
    assert snapshot.layers == {KIND: None, "red_line": None}
    assert snapshot.releases() == {}
    assert snapshot.region == "test"


def test_a_layer_is_read_and_indexed(store):
    release = write(store, [HERE, LOST, THERE])
    layer = store.open(KIND)
    assert isinstance(layer, Layer)
    assert layer.entry is CATALOGUE[KIND]
    assert layer.info.id == release
    assert zone_ids(layer) == ["here", "lost", "there"]
    assert [zone.id for zone in layer.placed] == ["here", "there"]
    assert [layer.placed[i].id for i in layer.tree.query(shapely.Point(129.35, 42.15))] == ["there"]
    assert layer.coverage.equals(COVERAGE)


def test_a_layer_without_zones_is_a_layer(store):
    write(store, [])
    layer = store.open(KIND)
    assert (layer.zones, list(layer.geometries)) == ((), [])


def test_a_snapshot_has_every_kind(store):
    release = write(store, [HERE])
    snapshot = store.snapshot()
    assert list(snapshot.layers) == [KIND, "red_line"]
    assert snapshot.layers["red_line"] is None
    assert snapshot.releases() == {KIND: release}


def test_a_layer_whose_file_stays_the_same_is_read_once(store):
    write(store, [HERE])
    assert store.open(KIND) is store.open(KIND) is store.snapshot().layers[KIND]


def test_many_readers_get_the_same_layer(store):
    write(store, [HERE])
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: store.open(KIND), range(32)))
    assert {id(layer) for layer in found} == {id(found[0])}
    assert isinstance(found[0], Layer)


def test_a_deployment_opens_its_own_catalogue(store, tmp_path):
    (tmp_path / "catalogue").mkdir()
    entry = make_entry("county").model_dump_json()
    (tmp_path / "catalogue" / "county.yaml").write_text(entry, encoding="utf-8")  # JSON is YAML
    opened = open_store(store.settings)
    assert list(opened.catalogue) == ["county"]
    assert opened.snapshot().layers == {"county": None}


# --- A swap -----------------------------------------------------------------------------------------------------------


def test_a_swap_is_seen_and_the_old_snapshot_stays_as_it_was(store):
    old = write(store, [HERE])
    before = store.snapshot()
    new = write(store, [THERE])
    after = store.snapshot()
    assert (before.releases(), after.releases()) == ({KIND: old}, {KIND: new})
    assert (zone_ids(before.layers[KIND]), zone_ids(after.layers[KIND])) == (["here"], ["there"])
    set_current(store.folder / KIND, old)
    assert zone_ids(store.open(KIND)) == ["here"]


def test_another_store_over_the_same_folder_sees_the_swap(store):
    write(store, [HERE])
    worker = LayerStore(store.settings, CATALOGUE)
    assert zone_ids(worker.open(KIND)) == ["here"]
    write(store, [THERE])
    assert zone_ids(worker.open(KIND)) == ["there"]


def test_pinned_releases_are_read_whatever_is_current(store):
    old, new = write(store, [HERE]), write(store, [THERE])
    pinned = store.snapshot({KIND: old})
    assert pinned.releases() == {KIND: old}
    assert zone_ids(pinned.layers[KIND]) == ["here"]
    assert store.snapshot().releases() == {KIND: new}


def test_a_kind_that_is_not_pinned_was_not_supplied_then(store):
    old = write(store, [HERE])
    write(store, [THERE], kind="red_line")
    assert store.snapshot({KIND: old}).layers["red_line"] is None
    assert store.snapshot({}).layers == {KIND: None, "red_line": None}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("0123456789abcdef", id="a release that is gone"),
        pytest.param(None, id="a layer that was broken then"),
        pytest.param("../red_line/x", id="a path"),
    ],
)
def test_a_pinned_release_that_cannot_be_read(store, name):
    write(store, [HERE])
    broken = store.snapshot({KIND: name}).layers[KIND]
    assert isinstance(broken, BrokenLayer)
    assert broken.release == name


# --- Broken layers ----------------------------------------------------------------------------------------------------


def test_a_deleted_file_breaks_its_layer_and_a_restored_one_mends_it(store, tmp_path):
    release = write(store, [HERE])
    path = store.folder / KIND / f"{release}.gpkg"
    assert isinstance(store.open(KIND), Layer)
    path.rename(tmp_path / "aside.gpkg")
    broken = store.open(KIND)
    assert isinstance(broken, BrokenLayer)
    assert (broken.entry, broken.release) == (CATALOGUE[KIND], release)
    assert f"Release {release} of the layer {KIND} cannot be read: FileNotFoundError" in str(broken.error)
    assert store.snapshot().releases() == {KIND: release}
    (tmp_path / "aside.gpkg").rename(path)
    assert zone_ids(store.open(KIND)) == ["here"]


def test_a_damaged_file_breaks_its_layer_and_a_good_one_mends_it(store, tmp_path):
    release = write(store, [HERE])
    path = store.folder / KIND / f"{release}.gpkg"
    shutil.copy(path, tmp_path / "good.gpkg")
    path.write_bytes(b"half a file")
    assert isinstance(store.open(KIND), BrokenLayer)
    shutil.copy(tmp_path / "good.gpkg", path)
    assert zone_ids(store.open(KIND)) == ["here"]


def test_a_broken_layer_leaves_the_others_whole(store):
    release = write(store, [HERE])
    write(store, [THERE], kind="red_line")
    (store.folder / KIND / f"{release}.gpkg").unlink()
    layers = store.snapshot().layers
    assert isinstance(layers[KIND], BrokenLayer)
    assert zone_ids(layers["red_line"]) == ["there"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param({"release": "../red_line/0123"}, "no name of a release", id="a path upwards"),
        pytest.param({"release": "/etc/passwd"}, "no name of a release", id="a path from the root"),
        pytest.param({"release": "old/0123"}, "no name of a release", id="a path downwards"),
        pytest.param({"release": "."}, "no name of a release", id="the folder itself"),
        pytest.param({"release": "0123456789abcdef"}, "No such file", id="a release that is not there"),
        pytest.param({"release": None}, "no name of a release", id="null"),
        pytest.param({"release": "x" * 5_000}, "no name of a release", id="a long name"),
        pytest.param({"other": "0123"}, "KeyError", id="another key"),
        pytest.param(["0123"], "TypeError", id="a list"),
        pytest.param(b"", "JSONDecodeError", id="an empty file"),
        pytest.param(b'{"release": "01', "JSONDecodeError", id="a file cut off"),
        pytest.param(b"\xff\xfe", "JSONDecodeError", id="no UTF-8"),
    ],
)
def test_a_current_file_that_cannot_be_used(store, content, words):
    write(store, [HERE])
    write(store, [THERE], kind="red_line")
    point_current(store, content)
    broken = store.open(KIND)
    assert isinstance(broken, BrokenLayer)
    assert words in str(broken.error)
    assert isinstance(store.snapshot().layers["red_line"], Layer)


def test_a_name_with_a_path_is_refused_even_where_a_release_lies_there(store):
    other = write(store, [THERE], kind="red_line")
    point_current(store, {"release": f"../red_line/{other}"})
    broken = store.open(KIND)
    assert isinstance(broken, BrokenLayer)
    assert "no name of a release" in str(broken.error)


def test_a_folder_without_a_current_release_is_broken_not_absent(store):
    write(store, [HERE])
    (store.folder / KIND / "current.json").unlink()
    broken = store.open(KIND)
    assert isinstance(broken, BrokenLayer)
    assert broken.release is None
    assert "FileNotFoundError" in str(broken.error)
    assert store.snapshot().releases() == {KIND: None}


def test_a_layer_that_was_supplied_and_is_gone_is_broken_not_absent(store):
    write(store, [HERE])
    write(store, [THERE], kind="red_line")
    shutil.rmtree(store.folder / KIND)
    assert isinstance(store.open(KIND), BrokenLayer)
    layers = store.snapshot().layers
    assert isinstance(layers[KIND], BrokenLayer)
    assert isinstance(layers["red_line"], Layer)


@pytest.mark.parametrize(
    "content", [pytest.param(b"", id="empty"), pytest.param(b"[]", id="a list"), pytest.param(b"{}", id="no layers")]
)
def test_a_list_of_supplied_layers_that_cannot_be_read_is_an_error(store, content):
    write(store, [HERE])
    (store.folder / "supplied.json").write_bytes(content)
    with pytest.raises(ReleaseError, match=r"Release supplied\.json of the layer test cannot be read"):
        store.snapshot()
