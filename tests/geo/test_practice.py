"""The practice delivery, read raw: each fault that its list names is in the files, as large as told, and no other."""

import csv
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from pyproj import Geod

from geo.crs import LocalPlane, to_gcj02
from geo.settings import ROOT

GEOD = Geod(ellps="GRS80")
SCRIPT = ROOT / "scripts" / "practice_units"
CODE = re.compile(r"ZH(\d{6})([123])\d{4}")
TEXTS = ("KJBJYS", "PWWPFGK", "HJFXFK", "ZYKFXLYQ")


@dataclass(frozen=True)
class Files:
    """A delivery as its bytes have it."""

    folder: Path
    table: list[dict[str, bytes]]  # each field as it stands, trailing blanks aside
    widths: dict[str, int]
    language: int
    grounds: np.ndarray
    listed: list[dict[str, str]]

    def text(self, row: int, header: str) -> str:
        return self.table[row - 1][header].decode("gbk")

    def ground(self, row: int) -> shapely.Geometry:
        return self.grounds[row - 1]


@dataclass(frozen=True)
class Region:
    """What the rows are held against."""

    names: dict[str, str]  # name of a county to its code
    outlines: dict[str, shapely.Geometry]  # by code
    clean: Files


def read_table(path: Path) -> tuple[list[dict[str, bytes]], dict[str, int], int]:
    data = path.read_bytes()
    start, length = (int.from_bytes(data[at : at + 2], "little") for at in (8, 10))
    heads = [data[at : at + 32] for at in range(32, start - 1, 32)]
    widths = {head[:11].rstrip(b"\0").decode("ascii"): head[16] for head in heads}
    rows = []
    for at in range(start, len(data) - 1, length):
        offset, row = at + 1, {}
        for name, width in widths.items():
            row[name] = data[offset : offset + width].rstrip(b" ")
            offset += width
        rows.append(row)
    return rows, widths, data[29]


def read_files(folder: Path) -> Files:
    table, widths, language = read_table(folder / "units.dbf")
    grounds = shapely.from_wkb(pyogrio.raw.read(folder / "units.shp", columns=[], encoding="GBK")[2])
    with (folder / "planted.csv").open(encoding="utf-8", newline="") as file:
        listed = list(csv.DictReader(file))
    return Files(folder, table, widths, language, grounds, listed)


def area(ground: shapely.Geometry) -> float:
    """By geodesics between points so near each other that they are straight in degrees too."""
    parts = shapely.get_parts(shapely.get_parts(ground))
    polygons = shapely.multipolygons(parts[shapely.get_type_id(parts) == 3])
    return abs(GEOD.geometry_area_perimeter(shapely.normalize(shapely.segmentize(polygons, 0.001)))[0])


@pytest.fixture(scope="module")
def deliver(built, tmp_path_factory) -> Callable[..., Files]:
    def run(*options: str) -> Files:
        folder = tmp_path_factory.mktemp("practice")
        command = [sys.executable, str(SCRIPT), str(folder), *options]
        here = os.environ | {"FENQU_LAYERS": str(built.layers), "PYTHONPATH": str(ROOT)}
        subprocess.run(command, cwd=ROOT, env=here, check=True, capture_output=True, timeout=120)
        return read_files(folder)

    return run


@pytest.fixture(scope="module")
def clean(deliver) -> Files:
    return deliver("--clean")


@pytest.fixture(scope="module")
def faulty(deliver) -> Files:
    return deliver()


@pytest.fixture(scope="module")
def region(here, clean) -> Region:
    counties = here.store.open("county").placed
    return Region({zone.name: zone.code for zone in counties}, {zone.code: zone.ground for zone in counties}, clean)


def test_it_explains_itself():
    done = subprocess.run([SCRIPT, "--help"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith("Usage: scripts/practice_units [OPTIONS] OUT_DIR")


# --- without faults -----------------------------------------------------------------------------------------------


def test_the_clean_delivery_is_the_pack(here, clean):
    units = here.store.open("control_unit")
    assert len(clean.table) == len(clean.grounds) == len(units.placed)
    assert all(shapely.equals(drawn, zone.ground) for drawn, zone in zip(clean.grounds, units.placed, strict=True))
    assert clean.listed == []


def test_the_ground_of_the_clean_delivery_is_a_coverage(clean):
    assert shapely.is_valid(clean.grounds).all()
    assert shapely.coverage_is_valid(clean.grounds)


def test_what_the_clean_rows_say_agrees(clean, region):
    codes = [clean.text(row, "HJGKDYBM") for row in range(1, len(clean.table) + 1)]
    names = [clean.text(row, "HJGKDYMC") for row in range(1, len(clean.table) + 1)]
    assert len(set(codes)) == len(set(names)) == len(codes)
    for row, code in enumerate(codes, 1):
        match = CODE.fullmatch(code)
        assert match, code
        assert match[1] == region.names[clean.text(row, "COUNTY")]
        assert match[2] == clean.text(row, "ZHGKDYFL")
        inside = shapely.intersection(clean.ground(row), region.outlines[match[1]])
        assert area(inside) == pytest.approx(area(clean.ground(row)), rel=1e-6)
        assert float(clean.text(row, "MJ_KM2")) * 1e6 == pytest.approx(area(clean.ground(row)), abs=60.0)


def test_every_row_says_that_it_is_for_practice(clean):
    for row in range(1, len(clean.table) + 1):
        assert clean.text(row, "HJGKDYMC").endswith("（演练）")
        assert clean.text(row, "REMARK").startswith("演练数据")
        assert all(clean.text(row, header).startswith("演练文本") for header in TEXTS)


def test_texts_have_many_lengths_and_none_fills_its_field(clean):
    for header in ("HJGKDYMC", *TEXTS):
        lengths = {len(row[header]) for row in clean.table}
        assert len(lengths) >= 8
        assert max(lengths) < clean.widths[header]
    assert {clean.widths[header] for header in TEXTS} == {254}


@pytest.mark.parametrize("name", ["clean", "faulty"])
def test_nothing_declares_the_encoding(name, request):
    files = request.getfixturevalue(name)
    assert not (files.folder / "units.cpg").exists()
    assert files.language == 0
    with pytest.raises(UnicodeDecodeError):
        files.table[0]["HJGKDYMC"].decode("utf-8")


def test_the_prj_says_cgcs2000(clean):
    assert pyogrio.read_info(clean.folder / "units.shp", encoding="GBK")["crs"] == "EPSG:4490"


def test_the_same_pack_gives_the_same_bytes(deliver, faulty):
    again = deliver()
    for name in ("units.shp", "units.shx", "units.dbf", "planted.csv"):
        assert (again.folder / name).read_bytes() == (faulty.folder / name).read_bytes(), name


def test_another_datum_moves_every_vertex_and_nothing_else(deliver, clean):
    moved = deliver("--clean", "--datum", "gcj02")
    expected = shapely.normalize([shapely.transform(ground, to_gcj02) for ground in clean.grounds])
    assert shapely.equals_exact(shapely.normalize(moved.grounds), expected, 1e-12).all()
    assert [entry["code"] for entry in moved.listed] == ["datum_gcj02"]
    assert (moved.folder / "units.prj").read_bytes() == (clean.folder / "units.prj").read_bytes()
    assert [row["HJGKDYBM"] for row in moved.table] == [row["HJGKDYBM"] for row in clean.table]


# --- the faults ---------------------------------------------------------------------------------------------------

Check = Callable[[Files, Region, dict[str, str]], None]
CHECKS: dict[str, Check] = {}


def checks(code: str) -> Callable[[Check], Check]:
    def enter(check: Check) -> Check:
        CHECKS[code] = check
        return check

    return enter


def row_of(entry: dict[str, str]) -> int:
    return int(entry["row"])


def others_of(entry: dict[str, str]) -> list[int]:
    return [int(other) for other in entry["others"].split(";") if other]


def place_of(entry: dict[str, str]) -> shapely.Point:
    return shapely.Point(float(entry["lon"]), float(entry["lat"]))


def measured(entry: dict[str, str], found: float, rel: float = 1e-5) -> None:
    assert found == pytest.approx(float(entry["measure"]), rel=rel)


def value(files: Files, entry: dict[str, str]) -> str:
    return files.text(row_of(entry), entry["field"])


def county_of_ground(files: Files, region: Region, row: int) -> str:
    shares = {code: area(shapely.intersection(files.ground(row), ground)) for code, ground in region.outlines.items()}
    return max(shares, key=shares.__getitem__)


@checks("code_pattern")
def _(files, region, entry):
    assert not CODE.fullmatch(value(files, entry))


@checks("code_county")
def _(files, region, entry):
    match = CODE.fullmatch(value(files, entry))
    assert match[1] in region.outlines
    assert match[1] != region.names[files.text(row_of(entry), "COUNTY")]
    assert match[1] != county_of_ground(files, region, row_of(entry))


@checks("code_class")
def _(files, region, entry):
    assert CODE.fullmatch(value(files, entry))[2] != files.text(row_of(entry), "ZHGKDYFL")


@checks("code_duplicate")
@checks("name_duplicate")
def _(files, region, entry):
    (other,) = others_of(entry)
    assert value(files, entry) == files.text(other, entry["field"])


@checks("code_missing")
@checks("name_missing")
@checks("value_missing")
def _(files, region, entry):
    assert value(files, entry) == ""


@checks("value_unknown")
def _(files, region, entry):
    assert value(files, entry) not in ("1", "2", "3")


@checks("value_dirty")
def _(files, region, entry):
    assert "".join(value(files, entry).split()) == region.clean.text(row_of(entry), entry["field"])
    assert value(files, entry) != region.clean.text(row_of(entry), entry["field"])


@checks("county_unknown")
def _(files, region, entry):
    assert value(files, entry) not in region.names


@checks("county_differs")
def _(files, region, entry):
    assert region.names[value(files, entry)] != county_of_ground(files, region, row_of(entry))


@checks("undecodable")
def _(files, region, entry):
    assert value(files, entry).count("锟斤拷") == float(entry["measure"])


@checks("text_cut")
def _(files, region, entry):
    held = files.table[row_of(entry) - 1][entry["field"]]
    assert len(held) == files.widths[entry["field"]] == float(entry["measure"])
    assert not held.decode("gbk", errors="ignore").endswith("。")


@checks("area_differs")
@checks("area_unit")
@checks("area_negative")
def _(files, region, entry):
    measured(entry, float(value(files, entry)) * 1e6 / area(files.ground(row_of(entry))), rel=1e-3)


@checks("geometry_empty")
def _(files, region, entry):
    assert files.ground(row_of(entry)) is None


@checks("ring_invalid")
def _(files, region, entry):
    reason = shapely.is_valid_reason(files.ground(row_of(entry)))
    lon, lat = map(float, re.fullmatch(r"Self-intersection\[(\S+) (\S+)\]", reason).groups())
    assert (lon, lat) == pytest.approx((place_of(entry).x, place_of(entry).y), abs=2e-9)


@checks("crosses_county")
def _(files, region, entry):
    row, (other,) = row_of(entry), others_of(entry)
    home = files.text(row, "HJGKDYBM")[2:8]
    abroad = shapely.union_all([ground for code, ground in region.outlines.items() if code != home])
    measured(entry, area(shapely.intersection(files.ground(row), abroad)), rel=1e-3)
    assert area(shapely.intersection(files.ground(row), files.ground(other))) < 0.01
    assert shapely.contains(files.ground(row), place_of(entry))


@checks("gap")
def _(files, region, entry):
    around = shapely.make_valid([files.ground(row) for row in (row_of(entry), *others_of(entry))])
    union = shapely.union_all(around, grid_size=1e-10)
    holes = [shapely.Polygon(ring) for part in shapely.get_parts(union) for ring in part.interiors]
    (hole,) = [hole for hole in holes if shapely.contains(hole, place_of(entry))]
    measured(entry, area(hole), rel=1e-4)
    assert not shapely.intersects(files.grounds, place_of(entry)).any()
    assert all(shapely.intersection(hole, ground).length > 0.0 for ground in around)


@checks("overlap")
def _(files, region, entry):
    (other,) = others_of(entry)
    both = shapely.intersection(files.ground(row_of(entry)), files.ground(other))
    measured(entry, area(both))
    assert shapely.contains(both, place_of(entry))


@checks("mismatch")
def _(files, region, entry):
    row, (other,) = row_of(entry), others_of(entry)
    plane = LocalPlane(*shapely.get_coordinates(place_of(entry))[0])
    border = plane.project(shapely.boundary(files.ground(other)))
    mine = shapely.get_coordinates(files.ground(row))
    before = {tuple(point) for point in shapely.get_coordinates(region.clean.ground(row))}
    new = [point for point in mine if tuple(point) not in before]
    assert len(new) == 2
    for point in new:
        measured(entry, shapely.distance(plane.project(shapely.Point(point)), border), rel=1e-2)
    inside = shapely.contains_properly(files.ground(other), shapely.points(new))
    assert sorted(inside) == [False, True]
    assert shapely.equals(files.ground(other), region.clean.ground(other))


@checks("sliver_part")
def _(files, region, entry):
    row, (other,) = row_of(entry), others_of(entry)
    parts = sorted(shapely.get_parts(files.ground(row)), key=lambda part: part.area)
    measured(entry, area(parts[0]), rel=1e-3)
    assert area(parts[1]) > 1e6
    assert shapely.contains_properly(region.clean.ground(other), parts[0])
    assert area(shapely.intersection(files.ground(other), parts[0])) < 1e-6


@checks("ground_twice")
def _(files, region, entry):
    (other,) = others_of(entry)
    assert shapely.equals(files.ground(row_of(entry)), files.ground(other))
    assert files.text(row_of(entry), "HJGKDYBM") != files.text(other, "HJGKDYBM")
    measured(entry, area(files.ground(other)))


@checks("outside_region")
def _(files, region, entry):
    row = row_of(entry)
    ends = [shapely.centroid(ground) for ground in (region.clean.ground(row), files.ground(row))]
    measured(entry, GEOD.line_length([end.x for end in ends], [end.y for end in ends]), rel=1e-3)
    assert not shapely.intersects(files.ground(row), shapely.box(*shapely.total_bounds([*region.outlines.values()])))


def test_the_list_names_at_least_twenty_kinds_one_to_three_of_each(faulty):
    counts = Counter(entry["code"] for entry in faulty.listed if not entry["follows"])
    assert len(counts) >= 20
    assert set(counts.values()) <= {1, 2, 3}


def test_every_kind_has_a_check(faulty):
    assert {entry["code"] for entry in faulty.listed} == set(CHECKS)


@pytest.mark.parametrize("code", sorted(CHECKS))
def test_what_was_planted_is_in_the_file(code, faulty, region):
    entries = [entry for entry in faulty.listed if entry["code"] == code]
    assert entries
    for entry in entries:
        CHECKS[code](faulty, region, entry)


@pytest.mark.parametrize("code", sorted(CHECKS))
def test_the_check_does_not_pass_on_the_clean_delivery(code, clean, faulty, region):
    entries = [entry for entry in faulty.listed if entry["code"] == code]
    for entry in entries:
        with pytest.raises((AssertionError, IndexError, AttributeError, TypeError, ValueError)):
            CHECKS[code](clean, region, entry)


def test_each_row_has_one_fault_and_what_follows_from_it(faulty):
    planted = [entry for entry in faulty.listed if not entry["follows"]]
    rows = Counter(row for entry in planted for row in (row_of(entry), *others_of(entry)))
    assert set(rows.values()) == {1}
    causes = {entry["code"] for entry in planted}
    assert all(entry["follows"] in causes for entry in faulty.listed if entry["follows"])


def test_rows_that_are_not_listed_are_as_in_the_clean_delivery(clean, faulty):
    listed = {row for entry in faulty.listed for row in (row_of(entry), *others_of(entry))}
    fields = {row_of(entry): {entry["field"]} for entry in faulty.listed if entry["field"]}
    for row in range(1, len(clean.table) + 1):
        if row not in listed or row in fields:
            assert shapely.equals_exact(faulty.ground(row), clean.ground(row)), row
        if row not in listed:
            assert faulty.table[row - 1] == clean.table[row - 1], row


def test_there_are_no_holes_and_overlaps_but_those_listed(faulty, clean):
    drawn = shapely.make_valid(faulty.grounds[[ground is not None for ground in faulty.grounds]])
    whole = shapely.union_all(drawn)
    before = shapely.union_all(clean.grounds)
    missing = [part for part in shapely.get_parts(shapely.difference(before, whole)) if area(part) > 1_000.0]
    gaps = [entry for entry in faulty.listed if entry["code"] == "gap"]
    assert len(missing) == len(gaps)
    for entry in gaps:
        assert sum(shapely.contains(part, place_of(entry)) for part in missing) == 1
    left, right = shapely.STRtree(drawn).query(drawn, "overlaps")
    cover = shapely.intersection(drawn[left[left < right]], drawn[right[left < right]])
    twice = [found for found in cover if area(found) > 1_000.0]
    listed = [entry for entry in faulty.listed if entry["code"] == "overlap" and not entry["follows"]]
    assert len(twice) == len(listed)
