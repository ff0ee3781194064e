import shutil
import sqlite3
from dataclasses import replace
from datetime import date

import numpy as np
import orjson
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import KIND, STEADY, make_info, make_zone, release_words

from geo.errors import ReleaseError
from geo.layers import releases
from geo.layers.releases import Zone, in_order, read_release, release_id, set_current, write_release

COVERAGE = shapely.box(129.0, 42.0, 130.0, 43.0)
SQUARE = shapely.box(129.1, 42.1, 129.2, 42.2)
RING = shapely.box(129.3, 42.1, 129.5, 42.3) - shapely.box(129.35, 42.15, 129.4, 42.2)
TWO = shapely.MultiPolygon([shapely.box(129.6, 42.1, 129.7, 42.2), shapely.box(129.8, 42.1, 129.9, 42.2)])
WORDS = release_words(region="test", layer=KIND)
FULL = Zone(
    id="SY-1",
    layer=KIND,
    name="延吉河水源地一级保护区（示意）",
    code="SY2224",
    official_code="ZH22240110001",
    zone_class="class_1",
    counties=("222401", "222406"),
    geometry=SQUARE,
    official_area_m2=1234567.89,
    legal_status="省政府批准\n第二行",
    valid_from=date(2020, 1, 1),
    valid_to=date(2030, 12, 31),
    provenance="published",
    accuracy_m=12.5,
    basis="연길시 공고, “A” & <b>",
    source="https://example.org/?a=1&b=2",
    attributes={"belt_kind": "护岸林"},
)
PLAIN = make_zone("SY-2", RING)
UNPLACED = make_zone("SY-3", None, counties=("222404",), zone_class="quasi")
ZONES = [FULL, PLAIN, UNPLACED, make_zone("SY-4", TWO)]
FIELDS = [name for name in Zone.__dataclass_fields__ if name not in ("geometry", "attributes")]


def write(folder, zones=ZONES, coverage=COVERAGE, **changes):
    return write_release(folder / KIND, zones, coverage, **{**WORDS, **changes})


def read(folder, info):
    return read_release(folder / KIND, info.id)


def current(folder):
    return orjson.loads((folder / KIND / "current.json").read_bytes())["release"]


def names(folder):
    return sorted(path.name for path in (folder / KIND).iterdir())


def many(geometry):
    """A GeoPackage with polygons and multipolygons may store all of them as multipolygons."""
    return shapely.MultiPolygon([geometry]) if geometry.geom_type == "Polygon" else geometry


def assert_same(found, zone):
    assert {name: getattr(found, name) for name in FIELDS} == {name: getattr(zone, name) for name in FIELDS}
    assert {k: v for k, v in found.attributes.items() if v is not None} == {
        k: v for k, v in zone.attributes.items() if v is not None
    }
    assert (found.geometry is None) == (zone.geometry is None)
    if zone.geometry is not None:
        assert shapely.equals_exact(many(found.geometry), many(zone.geometry))


# --- Write and read ---------------------------------------------------------------------------------------------------


def test_every_field_of_every_zone_comes_back(tmp_path):
    info = write(tmp_path)
    found_info, zones, coverage = read(tmp_path, info)
    assert found_info == info
    assert (info.region, info.layer) == ("test", KIND)
    assert coverage.equals(COVERAGE)
    for found, zone in zip(zones, ZONES, strict=True):
        assert_same(found, zone)


def test_an_attribute_that_a_zone_lacks_is_unknown(tmp_path):
    _, (full, plain, *_), _ = read(tmp_path, write(tmp_path))
    assert (full.attribute("belt_kind"), plain.attribute("belt_kind")) == ("护岸林", None)
    assert (full.attribute("zone_class"), plain.attribute("zone_class")) == ("class_1", None)
    assert plain.attribute("never_heard_of") is None


@pytest.mark.parametrize(
    "zones",
    [
        pytest.param([], id="no zone"),
        pytest.param([PLAIN], id="columns that are all null"),
        pytest.param([UNPLACED], id="no zone with a place"),
        pytest.param([replace(PLAIN, attributes={"belt_kind": None})], id="an attribute that is all null"),
        pytest.param([replace(PLAIN, code="NA", basis="nan", source="None", legal_status="NULL")], id="words for null"),
        pytest.param(
            [replace(PLAIN, code="007", official_code="1e5", basis="2020-01-01")], id="text like numbers and days"
        ),
        pytest.param([replace(PLAIN, code="")], id="an empty text"),
        pytest.param([replace(PLAIN, name="名" * 5_000)], id="a long text"),
        pytest.param([replace(PLAIN, geometry=RING.reverse())], id="a ring the other way round"),
        pytest.param([replace(PLAIN, official_area_m2=0.1 + 0.2)], id="a number with all its digits"),
        pytest.param([make_zone("1", SQUARE), make_zone("10", RING), make_zone("2", TWO)], id="ids that are numbers"),
        pytest.param(
            [replace(PLAIN, valid_to=date(2025, 1, 1)), replace(PLAIN, valid_from=date(2025, 1, 1))],
            id="two versions of a zone",
        ),
    ],
)
def test_sparse_zones_come_back(tmp_path, zones):
    _, found, coverage = read(tmp_path, write(tmp_path, zones))
    for one, zone in zip(found, in_order(zones), strict=True):
        assert_same(one, zone)
    assert coverage.equals(COVERAGE)


@pytest.mark.parametrize(
    "coverage",
    [
        pytest.param(shapely.box(129.0, 42.0, 130.0, 43.0, ccw=False), id="the other way round"),
        pytest.param(COVERAGE - SQUARE, id="with a hole"),
        pytest.param(
            shapely.Polygon([(129, 42), (129.5, 42), (130, 42), (130, 43), (129, 43)]), id="a vertex on an edge"
        ),
        pytest.param(shapely.MultiPolygon([COVERAGE]), id="a multipolygon of one"),
    ],
)
def test_coverage_comes_back(tmp_path, coverage):
    _, _, found = read(tmp_path, write(tmp_path, coverage=coverage))
    assert found.equals(coverage)


texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=8)
maybe_text = st.none() | texts
days = st.none() | st.dates(date(1949, 10, 1), date(2100, 1, 1))
numbers = st.none() | st.floats(0.0, 1e12)
zones = st.builds(
    Zone,
    id=texts,
    layer=st.just(KIND),
    name=texts,
    code=maybe_text,
    zone_class=maybe_text,
    counties=st.lists(st.sampled_from(["222401", "222404", "222426"]), max_size=3).map(tuple),
    geometry=st.sampled_from([None, SQUARE, RING, TWO]),
    official_area_m2=numbers,
    valid_from=days,
    valid_to=days,
    accuracy_m=numbers,
    basis=maybe_text,
    attributes=st.dictionaries(st.sampled_from(["belt_kind", "area_kind"]), maybe_text, max_size=2),
)


@given(st.lists(zones, max_size=4, unique_by=lambda zone: (zone.id, zone.valid_from)))
@settings(STEADY, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_zones_come_back(tmp_path, sent):
    _, found, _ = read(tmp_path, write(tmp_path, sent))
    for one, zone in zip(found, in_order(sent), strict=True):
        assert_same(one, zone)


@pytest.mark.parametrize(
    ("provenance", "limits", "sketch"),
    [
        ("official", "surveyed", False),
        ("derived", "approximate", False),
        ("published", "sketch", True),
        ("illustrative", "surveyed", True),
        ("illustrative", "sketch", True),
    ],
)
def test_which_lines_are_no_limits(provenance, limits, sketch):
    assert make_info(provenance=provenance, limits=limits).sketch is sketch


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "valid"),
    [
        pytest.param(None, None, True, id="always"),
        pytest.param(date(2026, 6, 1), None, True, id="its first day"),
        pytest.param(date(2026, 6, 2), None, False, id="before its first day"),
        pytest.param(None, date(2026, 6, 2), True, id="its last day"),
        pytest.param(None, date(2026, 6, 1), False, id="after its last day"),
    ],
)
def test_on_which_days_a_zone_is_valid(valid_from, valid_to, valid):
    assert replace(PLAIN, valid_from=valid_from, valid_to=valid_to).on(date(2026, 6, 1)) is valid


# --- The id -----------------------------------------------------------------------------------------------------------


def test_the_id_is_that_of_the_rows_not_of_the_file(tmp_path):
    one, other = write(tmp_path / "one"), write(tmp_path / "other", ZONES[::-1])
    assert one.id == other.id
    assert len(one.id) == 16
    assert [zone.id for zone in read(tmp_path / "other", other)[1]] == [zone.id for zone in ZONES]


def test_the_same_rows_again_are_the_same_release(tmp_path):
    first = write(tmp_path)
    before = {name: (tmp_path / KIND / name).stat().st_mtime_ns for name in names(tmp_path)}
    again = write(tmp_path)
    after = {name: (tmp_path / KIND / name).stat().st_mtime_ns for name in names(tmp_path)}
    assert again == first
    assert after | {"current.json": 0} == before | {"current.json": 0}


def test_the_day_of_recording_is_not_in_the_id(tmp_path):
    assert (
        write(tmp_path / "a", recorded_from=date(2026, 1, 1)).id
        == write(tmp_path / "b", recorded_from=date(2027, 1, 1)).id
    )


def test_a_polygon_and_a_multipolygon_of_it_are_the_same_ground():
    words = {"layer": KIND}
    many = [replace(PLAIN, geometry=shapely.MultiPolygon([RING]))]
    assert release_id([PLAIN], COVERAGE, words) == release_id(many, shapely.MultiPolygon([COVERAGE]), words)


def test_a_height_is_no_part_of_a_zone():
    high = [replace(PLAIN, geometry=shapely.force_3d(RING, 100.0))]
    assert release_id([PLAIN], COVERAGE, {}) == release_id(high, COVERAGE, {})


MOVED = shapely.transform(SQUARE, lambda points: points + np.array([1e-9, 0.0]))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"id": "SY-9"}, id="id"),
        pytest.param({"name": "延吉"}, id="name"),
        pytest.param({"code": None}, id="code taken away"),
        pytest.param({"official_code": "ZH2"}, id="official_code"),
        pytest.param({"zone_class": "class_2"}, id="zone_class"),
        pytest.param({"counties": ("222401",)}, id="counties"),
        pytest.param({"geometry": MOVED}, id="geometry by a tenth of a millimetre"),
        pytest.param({"geometry": None}, id="no geometry"),
        pytest.param({"official_area_m2": 1234567.88}, id="official_area_m2"),
        pytest.param({"legal_status": "x"}, id="legal_status"),
        pytest.param({"valid_from": date(2020, 1, 2)}, id="valid_from"),
        pytest.param({"valid_to": None}, id="valid_to"),
        pytest.param({"provenance": "official"}, id="provenance"),
        pytest.param({"accuracy_m": 12.0}, id="accuracy_m"),
        pytest.param({"basis": "x"}, id="basis"),
        pytest.param({"source": "x"}, id="source"),
        pytest.param({"attributes": {"belt_kind": "护路林"}}, id="an attribute's value"),
        pytest.param({"attributes": {"area_kind": "护岸林"}}, id="an attribute's name"),
        pytest.param({"attributes": {}}, id="no attribute"),
    ],
)
def test_every_change_of_a_zone_makes_another_id(change):
    assert release_id([replace(FULL, **change), PLAIN], COVERAGE, {}) != release_id([FULL, PLAIN], COVERAGE, {})


def test_a_zone_more_or_less_makes_another_id():
    assert len({release_id(zones, COVERAGE, {}) for zones in ([], [FULL], [FULL, PLAIN])}) == 3


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"provenance": "derived"}, id="provenance"),
        pytest.param({"limits": "sketch"}, id="limits"),
        pytest.param({"publish": "result"}, id="publish"),
        pytest.param({"accuracy_m": 5.0}, id="accuracy_m"),
        pytest.param({"region": "jilin"}, id="region"),
        pytest.param({"recipe": {"zh": "另", "ko": "다른", "en": "Other"}}, id="recipe"),
        pytest.param({"coverage": COVERAGE - SQUARE}, id="coverage"),
    ],
)
def test_another_statement_makes_another_id(tmp_path, change):
    assert write(tmp_path / "a", **change).id != write(tmp_path / "b").id


# --- Broken files -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A release on disk that every test of breakage copies."""
    folder = tmp_path_factory.mktemp("release")
    return folder, write(folder)


@pytest.fixture
def copy(kept, tmp_path):
    """Its folder and its name, free to be broken."""
    shutil.copytree(kept[0] / KIND, tmp_path / KIND)
    return tmp_path / KIND, kept[1].id


def edit(path, *statements):
    """Change a GeoPackage behind the program's back."""
    with sqlite3.connect(path) as connection:
        for (trigger,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            connection.execute(f'drop trigger "{trigger}"')
        for statement in statements:
            connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("update zones set zone_class = 'quasi' where id = 'SY-1'", id="a class"),
        pytest.param("update zones set valid_to = '2099-01-01' where id = 'SY-1'", id="a day"),
        pytest.param("update zones set official_area_m2 = 1 where id = 'SY-1'", id="an area"),
        pytest.param("update zones set a_belt_kind = null where id = 'SY-1'", id="an attribute set to null"),
        pytest.param("delete from zones where id = 'SY-1'", id="a zone taken away"),
        pytest.param(
            "insert into zones (id, name) values ('SY-9', 'x'); update gpkg_ogr_contents set feature_count = 5",
            id="a zone put in",
        ),
        pytest.param(
            "update zones set geom = (select geom from zones where id = 'SY-2') where id = 'SY-1'", id="a geometry"
        ),
        pytest.param("update zones set geom = null where id = 'SY-1'", id="no geometry"),
        pytest.param(
            "update zones set geom = substr(geom, 1, length(geom) - 20) where id = 'SY-1'", id="half a geometry"
        ),
        pytest.param("update coverage set geom = (select geom from zones where id = 'SY-1')", id="the coverage"),
    ],
)
def test_a_changed_row_is_found_out(copy, statement):
    folder, name = copy
    edit(folder / f"{name}.gpkg", *statement.split("; "))
    with pytest.raises(ReleaseError, match=f"Release {name} of the layer {KIND} cannot be read: its rows hash to"):
        read_release(folder, name)


FORGET_ZONES = [
    "drop table zones",
    "delete from gpkg_contents where table_name = 'zones'",
    "delete from gpkg_geometry_columns where table_name = 'zones'",
    "delete from gpkg_ogr_contents where table_name = 'zones'",
]


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        pytest.param(["update zones set valid_from = 'soon'"], "Invalid isoformat string", id="no day"),
        pytest.param(["update zones set id = null where id = 'SY-1'"], "TypeError", id="no id"),
        pytest.param(["update zones set name = cast(X'FFFE' as text)"], "UTF-8", id="no UTF-8"),
        pytest.param(FORGET_ZONES, "it has no table zones", id="no table"),
        pytest.param(
            ["update gpkg_geometry_columns set srs_id = 4326", "update gpkg_contents set srs_id = 4326"],
            "in EPSG:4326",
            id="another CRS",
        ),
    ],
)
def test_rows_that_cannot_be_read(copy, statements, words):
    folder, name = copy
    edit(folder / f"{name}.gpkg", *statements)
    with pytest.raises(ReleaseError, match=f"(?s)cannot be read: .*({words}).*; build it again"):
        read_release(folder, name)


def cut(path, part):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])


@pytest.mark.parametrize("suffix", [".gpkg", ".json"])
@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda path: path.unlink(), id="gone"),
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: cut(path, 0.5), id="cut in half"),
        pytest.param(lambda path: cut(path, 0.05), id="cut to a twentieth"),
        pytest.param(lambda path: path.write_bytes(b"no such thing\n" * 200), id="something else"),
        pytest.param(lambda path: (path.unlink(), path.mkdir()), id="a folder"),
    ],
)
def test_a_damaged_file_is_an_error(copy, suffix, damage):
    folder, name = copy
    damage(folder / f"{name}{suffix}")
    with pytest.raises(
        ReleaseError, match=f"(?s)Release {name} of the layer {KIND} cannot be read: .+; build it again"
    ):
        read_release(folder, name)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("provenance", "derived"),
        ("limits", "sketch"),
        ("publish", "result"),
        ("accuracy_m", 50.0),
        ("layer", "red_line"),
        ("region", "jilin"),
        ("colour", "red"),
        ("accuracy_m", -1.0),
    ],
)
def test_a_changed_statement_is_found_out(copy, key, value):
    folder, name = copy
    said = orjson.loads((folder / f"{name}.json").read_bytes())
    (folder / f"{name}.json").write_bytes(orjson.dumps({**said, key: value}))
    with pytest.raises(ReleaseError, match=f"(?s)Release {name} of the layer {KIND} cannot be read: "):
        read_release(folder, name)


def test_a_release_under_another_name_is_found_out(copy):
    folder, name = copy
    for suffix in (".gpkg", ".json"):
        (folder / f"{name}{suffix}").rename(folder / f"0000{suffix}")
    with pytest.raises(ReleaseError, match=f"Release 0000 of .* it says that it is {name}"):
        read_release(folder, "0000")


# --- A crash ----------------------------------------------------------------------------------------------------------


def test_a_new_release_becomes_the_current_one_and_the_old_one_stays(tmp_path):
    old = write(tmp_path)
    new = write(tmp_path, [PLAIN])
    assert current(tmp_path) == new.id != old.id
    assert names(tmp_path) == sorted(
        [f"{i.id}{suffix}" for i in (old, new) for suffix in (".gpkg", ".json")] + ["current.json"]
    )
    assert len(read(tmp_path, old)[1]) == len(ZONES)
    set_current(tmp_path / KIND, old.id)
    assert current(tmp_path) == old.id


def test_a_crash_before_the_swap_leaves_the_old_release_current(tmp_path, monkeypatch):
    old = write(tmp_path)

    def crash(folder, release):
        raise OSError("the power is gone")

    with monkeypatch.context() as patch:
        patch.setattr(releases, "set_current", crash)
        with pytest.raises(OSError, match="the power is gone"):
            write(tmp_path, [PLAIN])
    assert current(tmp_path) == old.id
    assert write(tmp_path, [PLAIN]).id == current(tmp_path) != old.id


def test_a_crash_while_writing_leaves_nothing_behind(tmp_path):
    old = write(tmp_path)
    before = names(tmp_path)
    with pytest.raises(RuntimeError, match="a_k"):  # a GeoPackage takes no two columns that differ in case only
        write(tmp_path, [replace(PLAIN, attributes={"k": "1", "K": "2"})])
    assert names(tmp_path) == before
    assert current(tmp_path) == old.id


def test_a_crash_between_the_two_files_is_mended_by_writing_again(tmp_path):
    info = write(tmp_path)
    (tmp_path / KIND / f"{info.id}.json").unlink()
    assert write(tmp_path) == info
    assert read(tmp_path, info)[0] == info


def test_zones_are_read_in_one_order_whatever_order_they_were_written_in(tmp_path):
    zones = [make_zone(name, SQUARE) for name in "cab"]
    first, second = (write(tmp_path / name, some) for name, some in (("one", zones), ("two", zones[::-1])))
    assert first.id == second.id
    for name in ("one", "two"):
        assert [zone.id for zone in read_release(tmp_path / name / KIND, first.id)[1]] == ["a", "b", "c"]
