"""The facts of the shipped region: every row is sourced and marked, and lies where it says, or says it has no place."""

import csv
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import orjson
import pytest
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from geo.crs import LocalPlane
from geo.settings import ROOT

FOLDER = ROOT / "layers" / "facts" / "yanbian"
SOURCES = ROOT / "layers" / "sources"
POINTS = ("settlements", "development_zones", "risk_places", "water_sources", "protected_areas")
PLACED = {  # the words that a table may use, and those of them that come with a position
    "settlements": ({"coordinate", "county", "none"}, {"coordinate"}),
    "development_zones": ({"coordinate", "county", "none"}, {"coordinate"}),
    "risk_places": ({"coordinate", "county", "none"}, {"coordinate"}),
    "rivers": ({"line", "course", "none"}, {"line", "course"}),
    "water_sources": ({"centre", "none"}, {"centre"}),
    "protected_areas": ({"bbox", "centre", "none"}, {"bbox", "centre"}),
    "plan_projects": ({"coordinate", "county"}, {"coordinate"}),
}
TABLES = ("counties", *(name for name in PLACED if name != "plan_projects"))  # the plan's marks have names of their own
CLOSED = {  # column by column, what may stand there
    ("settlements", "level"): {"town", "township"},
    ("development_zones", "level"): {"national", "provincial", "other"},
    ("risk_places", "risk_kind"): {"tailings", "power_plant", "oil_shale", "contaminated_plot", "mine", "waste"},
    ("risk_places", "status"): {"in_use", "controlled", "treated", "unknown"},
    ("rivers", "river_system"): {"tumen", "songhua", "suifen"},
}
KIND = {  # what a name is unique within
    "settlements": "county",
    "risk_places": "risk_kind",
    "protected_areas": "area_kind",
    "water_sources": "county_codes",
}
PLAN_LINES = range(1, 951)


@cache
def table(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def counties() -> dict[str, BaseGeometry]:
    features = orjson.loads((SOURCES / "counties_yanbian.geojson").read_bytes())["features"]
    return {feature["properties"]["adcode"]: shape(feature["geometry"]) for feature in features}


@cache
def lines(name: str) -> list[BaseGeometry]:
    return [shape(feature["geometry"]) for feature in orjson.loads((SOURCES / name).read_bytes())["features"]]


def codes(row: dict[str, str]) -> list[str]:
    text = row["county"] if "county" in row else row["county_codes"]
    return text.split(";") if text else []


def vertices(course: str) -> list[tuple[float, float]]:
    points = [tuple(float(number) for number in point.split()) for point in course.split(";")]
    return [(lon, lat) for lon, lat in points]


def distance_m(geometry: BaseGeometry, county: str) -> float:
    """From a geometry to a county, in a plane around the geometry."""
    plane = LocalPlane(geometry.centroid.x, geometry.centroid.y)
    return float(plane.project(geometry).distance(plane.project(counties()[county])))


def rows_of(names: tuple[str, ...]) -> list[object]:
    return [pytest.param(name, row, id=f"{name}-{row['id']}") for name in names for row in table(name)]


@pytest.mark.parametrize("name", [*TABLES, "plan_projects"])
def test_no_id_comes_twice(name):
    ids = [row["id"] for row in table(name)]
    assert ids
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", TABLES)
def test_every_row_has_a_source_and_a_mark(name):
    for row in table(name):
        assert row["source"].strip(), row
        assert row["mark"] in {"F", "G"}, row
        if row["source"] == "general knowledge":
            assert row["mark"] == "G", row


@pytest.mark.parametrize("name", TABLES)
def test_no_cell_is_padded_and_no_row_is_short(name):
    for row in table(name):
        for column, value in row.items():
            assert isinstance(value, str), (row, column)
            assert value == value.strip(), (row, column)


@pytest.mark.parametrize("name", [name for name in TABLES if name != "counties"])
def test_a_name_stands_once_within_its_kind(name):
    names = [(row.get(KIND.get(name, ""), ""), row["name_zh"]) for row in table(name)]
    assert all(name for _, name in names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("name", "column"), CLOSED, ids="-".join)
def test_a_closed_list_is_kept(name, column):
    assert {row[column] for row in table(name)} <= CLOSED[name, column]


@pytest.mark.parametrize("name", PLACED)
def test_placed_is_one_of_the_tables_words(name):
    assert {row["placed"] for row in table(name)} <= PLACED[name][0]


@pytest.mark.parametrize("name", [name for name in TABLES if name != "counties"])
def test_county_codes_exist(name):
    for row in table(name):
        assert set(codes(row)) <= set(counties()), row
        assert len(set(codes(row))) == len(codes(row)), row
        assert codes(row) or row["placed"] == "none", row
        if name == "settlements":
            assert len(codes(row)) == 1, row


def test_the_counties_are_those_of_the_outlines():
    rows = table("counties")
    assert {row["id"] for row in rows} == set(counties())
    for row in rows:
        assert float(row["published_km2"]) > 0
        assert all(row[f"name_{language}"] for language in ("zh", "ko", "en")), row
        seat = shapely.Point(float(row["seat_lon"]), float(row["seat_lat"]))
        assert counties()[row["id"]].covers(seat), row


@pytest.mark.parametrize(("name", "row"), rows_of(POINTS))
def test_a_placed_row_lies_in_its_county_and_another_has_no_position(name, row):
    if row["placed"] in PLACED[name][1]:
        accuracy_m = float(row["accuracy_m"])
        assert 0 < accuracy_m <= 20_000
        point = shapely.Point(float(row["lon"]), float(row["lat"]))
        assert min(distance_m(point, code) for code in codes(row)) <= accuracy_m
    else:
        assert (row["lon"], row["lat"], row["accuracy_m"]) == ("", "", "")


@pytest.mark.parametrize("row", [pytest.param(row, id=row["name_zh"]) for row in table("rivers")])
def test_a_river_runs_where_it_says_and_another_has_no_course(row):
    if row["placed"] == "none":
        assert (row["line_source"], row["line_index"], row["course"], row["accuracy_m"]) == ("", "", "", "")
        return
    if row["placed"] == "line":
        assert row["course"] == ""
        features = lines(row["line_source"])
        indices = [int(index) for index in row["line_index"].split(";")]
        assert all(0 <= index < len(features) for index in indices)
        assert len(set(indices)) == len(indices)
        parts = [features[index] for index in indices]
    else:
        assert (row["line_source"], row["line_index"]) == ("", "")
        parts = [shapely.LineString(vertices(row["course"]))]
    assert float(row["accuracy_m"]) > 0
    for code in codes(row):
        assert min(distance_m(part, code) for part in parts) <= float(row["accuracy_m"]), code


def test_a_named_line_is_the_river_of_that_name():
    features = orjson.loads((SOURCES / "rivers_ngcc_yanbian.geojson").read_bytes())["features"]
    named = [row for row in table("rivers") if row["line_source"] == "rivers_ngcc_yanbian.geojson"]
    assert named
    for row in named:
        parts = [features[int(index)] for index in row["line_index"].split(";")]
        assert {part["properties"]["name"] for part in parts} == {row["name_zh"]}


def test_the_parts_of_the_border_river_join():
    (row,) = (row for row in table("rivers") if row["name_zh"] == "图们江")
    parts = [lines(row["line_source"])[int(index)] for index in row["line_index"].split(";")]
    for upper, lower in pairwise(parts):
        assert shapely.Point(upper.coords[-1]).distance(shapely.Point(lower.coords[0])) < 1e-6  # degrees


def test_a_course_goes_through_places_of_the_tables():
    with (SOURCES / "places_yanbian.csv").open(encoding="utf-8", newline="") as file:
        towns = list(csv.DictReader(file)) + table("settlements")
    known = {(float(row["lon"]), float(row["lat"])) for row in towns if row["lon"]}
    courses = [row for row in table("rivers") if row["placed"] == "course"]
    assert courses
    for row in courses:
        assert len(vertices(row["course"])) >= 2
        assert set(vertices(row["course"])) <= known, row


def test_every_basin_has_a_river_on_the_map():
    assert {row["river_system"] for row in table("rivers") if row["placed"] != "none"} == {"tumen", "songhua", "suifen"}


def test_settlements_zones_and_risk_places_give_enough_positions():
    positions: dict[str, set[tuple[str, str]]] = {code: set() for code in counties()}
    for name in ("settlements", "development_zones", "risk_places"):
        for row in table(name):
            if row["placed"] == "coordinate":
                positions[codes(row)[0]].add((row["lon"], row["lat"]))
    assert sum(len(places) for places in positions.values()) >= 60  # room for the 52 key units
    assert min(len(places) for places in positions.values()) >= 4


def test_settlements_are_not_among_the_towns_of_the_sources():
    with (SOURCES / "places_yanbian.csv").open(encoding="utf-8", newline="") as file:
        towns = list(csv.DictReader(file))
    assert not {row["name_zh"].rstrip("镇乡") for row in table("settlements")} & {town["name_zh"] for town in towns}
    entries = [entry for row in table("settlements") for entry in re.findall(r"^GeoNames (\d+)", row["source"])]
    assert not set(entries) & {town["geonameid"] for town in towns}
    assert len(set(entries)) == len(entries)


@pytest.mark.parametrize("name", TABLES)
def test_lines_of_the_plan_are_lines_of_the_plan(name):
    for row in table(name):
        for number in re.findall(r"(?<![A-Za-z])L(\d+)", row["source"] + row["note"]):
            assert int(number) in PLAN_LINES, row


def test_a_treated_plot_is_not_called_contaminated_today():
    treated = [row for row in table("risk_places") if "已完成治理" in row["note"]]
    assert treated
    assert all(row["status"] == "treated" for row in treated)
    assert [row for row in table("risk_places") if "光宇电池" in row["name_zh"]] == treated


def test_a_row_without_a_county_has_no_position():
    nowhere = [row for name in POINTS for row in table(name) if not codes(row)]
    assert {row["name_zh"] for row in nowhere} >= {"溪洞油库7号地块"}
    assert all(row["placed"] == "none" for row in nowhere)


@pytest.mark.parametrize("half", [0, 1], ids=["English", "Chinese"])
def test_the_readme_counts_what_the_tables_hold(half):
    text = (FOLDER / "README.md").read_text("utf-8").split("\n---\n")[half]
    counted = {name: (int(rows), int(placed)) for name, rows, placed in _counts(text)}
    assert set(counted) == {*PLACED, "counties"}
    for name, (rows, placed) in counted.items():
        assert len(table(name)) == rows, name
        own = len(table(name)) if name == "counties" else sum(row["placed"] in PLACED[name][1] for row in table(name))
        assert own == placed, name


def _counts(text: str) -> list[tuple[str, str, str]]:
    return re.findall(r"^\| `(\w+)\.csv` \| (\d+) \| (\d+) \|", text, re.MULTILINE)


def test_both_halves_of_the_readme_speak_of_every_table():
    halves = (FOLDER / "README.md").read_text("utf-8").split("\n---\n")
    assert len(halves) == 2
    for half in halves:
        assert [path.name for path in _tables() if f"`{path.name}`" not in half] == []


def _tables() -> list[Path]:
    return sorted(FOLDER.glob("*.csv"))


def test_the_published_areas_of_counties_are_those_of_their_own_table():
    said = {row["county"]: row for row in table("published") if row["id"].startswith("county.")}
    assert {code: (float(row["value"]), row["unit"], row["mark"]) for code, row in said.items()} == {
        row["id"]: (float(row["published_km2"]), "km2", row["mark"]) for row in table("counties")
    }
