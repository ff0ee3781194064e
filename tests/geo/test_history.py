"""The releases of a layer: which there are, what one changed against another, and going back."""

import os
from datetime import date

import orjson
import pytest
import shapely
from click.testing import CliRunner
from samples import KIND, make_zone, release_words

from geo.cli import main
from geo.errors import ReleaseError, ReleaseUnknown
from geo.geometry import area_m2
from geo.layers.history import difference, difference_json, find_release, releases, roll_back
from geo.layers.releases import read_release, write_release

WEST, EAST = shapely.box(129.0, 43.0, 129.1, 43.1), shapely.box(129.1, 43.0, 129.2, 43.1)
WHOLE = shapely.box(129.0, 43.0, 129.2, 43.1)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / KIND


def write(folder, *zones, day=date(2026, 1, 1)):
    said = release_words(recorded_from=day)
    return write_release(folder, list(zones), WHOLE, region="test", layer=KIND, **said).id


def test_the_newest_comes_first_and_the_one_served_is_marked(folder):
    old = write(folder, make_zone("a", WEST), day=date(2024, 1, 1))
    new = write(folder, make_zone("a", EAST), day=date(2025, 1, 1))
    assert [(kept.id, kept.current) for kept in releases(folder)] == [(new, True), (old, False)]


def test_of_one_day_the_release_written_last_comes_first(folder):
    written = [write(folder, make_zone(name, WEST)) for name in "abcd"]
    for age, name in enumerate(reversed(written)):
        os.utime(folder / f"{name}.json", (1_700_000_000 - age, 1_700_000_000 - age))
    assert [kept.id for kept in releases(folder)] == written[::-1]


def test_a_release_that_cannot_be_read_is_listed_last_and_keeps_nobody_from_the_others(folder):
    old, new = write(folder, make_zone("a", WEST)), write(folder, make_zone("a", EAST))
    (folder / f"{old}.json").write_text("{", "utf-8")
    assert [(kept.id, kept.info is None) for kept in releases(folder)] == [(new, False), (old, True)]


@pytest.mark.parametrize("harm", ["damaged", "gone"])
def test_going_back_mends_a_layer_that_no_longer_knows_its_current_release(folder, harm):
    old, new = write(folder, make_zone("a", WEST)), write(folder, make_zone("a", EAST))
    name = folder / "current.json"
    name.unlink() if harm == "gone" else name.write_text("{", "utf-8")
    assert sorted((kept.id, kept.current) for kept in releases(folder)) == sorted([(old, False), (new, False)])
    assert roll_back(folder, new).id == new
    assert [kept.id for kept in releases(folder) if kept.current] == [new]


def test_going_back_serves_the_earlier_release_and_forward_again(folder):
    old, new = write(folder, make_zone("a", WEST)), write(folder, make_zone("a", EAST))
    assert roll_back(folder, old[:6]).id == old
    assert [kept.id for kept in releases(folder) if kept.current] == [old]
    assert roll_back(folder, new).id == new


def test_a_damaged_release_is_never_gone_back_to(folder):
    old, new = write(folder, make_zone("a", WEST)), write(folder, make_zone("a", EAST))
    (folder / f"{old}.gpkg").write_bytes(b"nothing")
    with pytest.raises(ReleaseError):
        roll_back(folder, old)
    assert [kept.id for kept in releases(folder) if kept.current] == [new]


@pytest.mark.parametrize("name", ["", "zz", "../x"])
def test_a_name_that_no_release_begins_with_is_refused(folder, name):
    write(folder, make_zone("a", WEST))
    with pytest.raises(ReleaseUnknown, match="no release that begins with"):
        find_release(folder, name)


def test_a_name_that_two_releases_begin_with_is_refused_with_both(folder):
    first = write(folder, make_zone("a", WEST))
    twin = first[0] + "f" * 15
    for ending in ("json", "gpkg"):
        (folder / f"{twin}.{ending}").write_bytes((folder / f"{first}.{ending}").read_bytes())
    with pytest.raises(ReleaseUnknown, match=twin):
        find_release(folder, first[0])


def test_zones_added_removed_and_changed_are_told_by_id(folder):
    old = write(folder, make_zone("same", WEST), make_zone("gone", EAST), make_zone("named", WEST, code="1"))
    new = write(folder, make_zone("same", WEST), make_zone("come", EAST), make_zone("named", EAST, code="2"))
    found = difference(folder, old, new)
    assert [zone.id for zone in found.added] == ["come"]
    assert [zone.id for zone in found.removed] == ["gone"]
    assert [(change.after.id, change.fields) for change in found.changed] == [("named", ("code", "geometry"))]
    assert found.changed[0].area_m2 == pytest.approx(area_m2(EAST) - area_m2(WEST), abs=1e-3)


def test_ground_that_goes_from_one_class_to_another_is_measured(folder):
    old = write(folder, make_zone("a", WHOLE, zone_class="class_1"))
    new = write(folder, make_zone("a", WEST, zone_class="class_1"), make_zone("b", EAST, zone_class="class_2"))
    assert difference(folder, old, new).moved == {("class_1", "class_2"): pytest.approx(area_m2(EAST))}
    assert difference(folder, new, old).moved == {("class_2", "class_1"): pytest.approx(area_m2(EAST))}


def test_ground_that_is_no_zone_any_more_is_measured_too(folder):
    old = write(folder, make_zone("a", WEST), make_zone("b", EAST))
    new = write(folder, make_zone("a", WEST), make_zone("b", None))
    assert difference(folder, old, new).moved == {(None, ""): pytest.approx(area_m2(EAST))}
    assert difference(folder, new, old).moved == {("", None): pytest.approx(area_m2(EAST))}


def test_a_release_does_not_differ_from_itself(folder):
    only = write(folder, make_zone("a", WEST, zone_class="class_1", valid_from=date(2020, 1, 1)))
    found = difference(folder, only, only)
    assert (found.added, found.removed, found.changed, found.moved) == ((), (), (), {})


def test_a_difference_as_json_is_canonical(folder):
    old, new = write(folder, make_zone("a", WEST)), write(folder, make_zone("b", WEST))
    said = orjson.loads(difference_json(difference(folder, old, new)))
    assert (said["before"], said["after"], said["layer"]) == (old, new, KIND)
    assert said["added"] == [{"id": "b", "name": "b"}]
    assert said["moved"] == []  # the same ground of the same class


def test_the_command_line_tells_history_and_difference_and_goes_back(own, monkeypatch):
    monkeypatch.setenv("FENQU_LAYERS", str(own.layers))
    monkeypatch.setenv("FENQU_LEDGER", own.ledger)
    folder = own.layers / "data" / own.region / "scenic_area"
    before = next(kept.id for kept in releases(folder) if kept.current)
    info, zones, coverage = read_release(folder, before)
    said = info.model_dump(exclude={"id"})
    after = write_release(folder, zones[1:], coverage, **said).id

    def run(*words):
        done = CliRunner().invoke(main, ["--lang", "en", "layers", *words])
        assert done.exit_code == 0, done.output
        return done.stdout  # what is said of the translation stands on the other

    assert f"{after} *" in run("history", "scenic_area")
    assert f"- {zones[0].id}" in run("diff", "scenic_area", before, after)
    assert orjson.loads(run("diff", "scenic_area", before, after, "--json"))["removed"][0]["id"] == zones[0].id
    assert before in run("rollback", "scenic_area", before[:8])
    assert f"{before} *" in run("history", "scenic_area")
    assert "scenic_area" in run()
    refused = CliRunner().invoke(main, ["--lang", "en", "layers", "history", "wetland"])
    assert (refused.exit_code, "layer_unknown" in refused.stderr) == (2, True)
