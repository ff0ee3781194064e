"""Sensitive areas that may bear on the class of assessment: touched, open or clear, and never a class stated."""

from datetime import date

import orjson
import pytest
import shapely
from conftest import CENTRAL_YANJI, DAY
from pydantic import ValidationError
from samples import TEXT, make_entry, make_info, make_zone

from geo.deployment import Question
from geo.eia import EiaCatalogue, check_classes
from geo.errors import CatalogueError
from geo.export.html import render_file
from geo.overlay import LayerCheck, ZoneCheck
from geo.report import present
from geo.rules.load import Rulebook

WHEN = date(2026, 6, 1)
CLAUSE = {"article": "1", "phrase": "x", "term": TEXT}
DATA = {
    "title": TEXT, "article": TEXT, "from": "2021-01-01", "source": TEXT, "note": TEXT, "mark": "F",
    "acts": [
        {"from": "2021-01-01", "to": "2026-08-15", "document": "law", "verified": True, **CLAUSE},
        {"from": "2026-08-15", "document": "code", "verified": False, **CLAUSE},
    ],
    "classes": {
        "class_1": {"title": TEXT, "areas": {
            "park": {"title": TEXT, "layer": "protected_area", "where": {"area_kind": ["national_park"]}},
        }},
        "class_2": {"title": TEXT, "areas": {"line": {"title": TEXT, "layer": "red_line", "beyond": "class_1"}}},
        "class_3": {"title": TEXT, "areas": {"monument": {"title": TEXT}}},
    },
}  # fmt: skip
CATALOGUE = EiaCatalogue.model_validate(DATA)
PARK = make_zone("park", None, attributes={"area_kind": "national_park"})
RESERVE = make_zone("reserve", None, attributes={"area_kind": "nature_reserve"})
SOME_AREA = make_zone("some", None)


def check(kind, *zones, status="clear", covered=1.0, unplaced=(), **info):
    checks = tuple(ZoneCheck(zone, relation) for zone, relation in zones)
    return LayerCheck(kind, status, None, make_info(kind, **info), "r1", covered, checks, (), tuple(unplaced))


def judged(*checks, day=WHEN):
    """Of each class its state and certainty, the areas touched, and the areas that stay open with their causes."""
    return {
        found.name: (
            found.state,
            found.certainty,
            [one.area for one in found.touched],
            [(one.area, one.cause.kind, one.cause.subject) for one in found.open],
        )
        for found in check_classes(CATALOGUE, {one.kind: one for one in checks}, day)
    }


CLEAR = ("clear", None, [], [])


@pytest.mark.parametrize(
    ("park", "expected"),
    [
        pytest.param(check("protected_area"), CLEAR, id="clear"),
        pytest.param(check("protected_area", (PARK, "hit"), status="hit"), ("touched", "firm", ["park"], []), id="hit"),
        pytest.param(check("protected_area", (RESERVE, "hit"), status="hit"), CLEAR, id="another kind of area hit"),
        pytest.param(
            check("protected_area", (SOME_AREA, "hit"), status="hit"),
            ("open", None, [], [("park", "data", "protected_area.area_kind")]),
            id="a hit of unknown kind",
        ),
        pytest.param(
            check("protected_area", (PARK, "hit"), status="hit", limits="sketch"),
            ("touched", "sketch", ["park"], []),
            id="hit on a sketch",
        ),
        pytest.param(
            check("protected_area", limits="sketch"),
            ("open", None, [], [("park", "sketch", "protected_area")]),
            id="clear on a sketch",
        ),
        pytest.param(
            check("protected_area", (PARK, "uncertain"), status="boundary_uncertain"),
            ("open", None, [], [("park", "boundary", "protected_area")]),
            id="boundary uncertain",
        ),
        pytest.param(
            check("protected_area", (PARK, "near"), status="near"),
            ("open", None, [], [("park", "near", "protected_area")]),
            id="near",
        ),
        pytest.param(check("protected_area", (RESERVE, "near"), status="near"), CLEAR, id="another kind of area near"),
        pytest.param(
            check("protected_area", covered=0.5),
            ("open", None, [], [("park", "data", "protected_area")]),
            id="partly outside coverage",
        ),
        pytest.param(
            check("protected_area", unplaced=[PARK]),
            ("open", None, [], [("park", "unplaced", "protected_area")]),
            id="without a place",
        ),
        pytest.param(
            check("protected_area", unplaced=[SOME_AREA]),
            ("open", None, [], [("park", "unplaced", "protected_area")]),
            id="without a place, of unknown kind",
        ),
        pytest.param(check("protected_area", unplaced=[RESERVE]), CLEAR, id="another kind of area without a place"),
        pytest.param(
            LayerCheck("protected_area", "failed", reason="unreadable", release="r1"),
            ("open", None, [], [("park", "failed", "protected_area")]),
            id="failed",
        ),
        pytest.param(
            LayerCheck("protected_area", "no_data_here", reason="not_supplied"),
            ("open", None, [], [("park", "not_supplied", "protected_area")]),
            id="not supplied",
        ),
    ],
)
def test_what_a_layer_makes_of_a_class(park, expected):
    assert judged(park)["class_1"] == expected


def test_zones_that_are_surely_under_the_site_together_touch():
    halves = (ZoneCheck(PARK, "uncertain"), ZoneCheck(make_zone("p2", None, attributes=PARK.attributes), "uncertain"))
    info, names = make_info("protected_area"), {"park", "p2"}
    together = LayerCheck(
        "protected_area", "hit", None, info, "r1", 1.0, halves, surely=lambda zones: {z.id for z in zones} == names
    )
    assert judged(together)["class_1"][:3] == ("touched", "firm", ["park"])


def test_ground_that_counts_under_another_class_is_open_where_that_is_touched():
    line = check("red_line", (make_zone("line", None), "hit"), status="hit")
    alone = judged(check("protected_area"), line)
    with_park = judged(check("protected_area", (PARK, "hit"), status="hit"), line)
    assert alone["class_2"] == ("touched", "firm", ["line"], [])
    assert with_park["class_2"] == ("open", None, [], [("line", "beyond", "class_1")])


def test_an_area_that_no_layer_shows_is_never_clear():
    assert judged()["class_3"] == ("open", None, [], [("monument", "no_layer", "monument")])


def test_before_the_catalogue_nothing_is_said():
    assert judged(check("protected_area"), day=date(2020, 12, 31)) == {}
    assert set(judged(day=date(2021, 1, 1))) == {"class_1", "class_2", "class_3"}


@pytest.mark.parametrize(
    ("day", "document"), [("2020-12-31", None), ("2026-08-14", "law"), ("2026-08-15", "code"), ("2031-01-01", "code")]
)
def test_the_law_of_a_day(day, document):
    act = CATALOGUE.act(date.fromisoformat(day))
    assert (act and act.document) == document


@pytest.mark.parametrize(
    ("area", "fault"),
    [
        pytest.param({"layer": "moon"}, "park: no layer moon", id="no such layer"),
        pytest.param(
            {"layer": "red_line", "where": {"colour": ["red"]}}, "park: colour cannot be red", id="no attribute"
        ),
        pytest.param({"layer": "red_line", "where": {"level": ["b"]}}, "park: level cannot be b", id="no such value"),
        pytest.param(
            {"layer": "red_line", "beyond": "class_9"}, "park: no class class_9 before its own", id="no class"
        ),
        pytest.param({"layer": "red_line", "beyond": "class_1"}, "park: no class class_1 before", id="its own class"),
    ],
)
def test_a_catalogue_that_cannot_stand(area, fault):
    classes = {"class_1": {"title": TEXT, "areas": {"park": {"title": TEXT, **area}}}}
    catalogue = EiaCatalogue.model_validate({**DATA, "classes": classes})
    layers = {"red_line": make_entry("red_line", attributes={"level": ["a"]})}
    assert [found for found in catalogue.faults(layers, {"law": {}, "code": {}}) if fault in found]


def test_a_law_that_no_document_is():
    entry = make_entry(attributes={"area_kind": ["national_park"]})
    layers = {"protected_area": entry, "red_line": entry}
    assert list(CATALOGUE.faults(layers, {"law": {}})) == ["no document code"]


def test_a_class_needs_a_title():
    with pytest.raises(ValidationError, match="title"):
        EiaCatalogue.model_validate({**DATA, "classes": {"class_1": {"areas": {}}}})


# --- In the book, the record and the report ---------------------------------------------------------------------------


def screened(here, at, day=DAY, **asked):
    return here.screen(Question(site=at, day=day, **asked))


def test_the_book_refuses_a_catalogue_that_does_not_fit(here):
    data = orjson.loads(orjson.dumps(here.book.data))
    data["eia"]["classes"]["class_2"]["areas"]["basic_farmland"]["layer"] = "moon"
    with pytest.raises(CatalogueError, match="basic_farmland: no layer moon"):
        Rulebook.of(data)


def test_a_book_kept_before_has_none(here):
    older = Rulebook.of({name: part for name, part in here.book.data.items() if name != "eia"})
    assert older.eia is None
    assert older.differences(here.book) == ["eia"]


def test_the_record_names_the_zones_that_touch(here):
    park = next(zone for zone in here.store.open("scenic_area").zones if zone.geometry is not None)
    inside = shapely.point_on_surface(park.geometry)
    record = screened(here, f"{inside.x:.6f},{inside.y:.6f}").record
    classes = {found["class"]: found for found in record["eia"]}
    assert (classes["class_1"]["state"], classes["class_1"]["certainty"]) == ("touched", "sketch")
    touched = {one["area"]: one["zones"] for one in classes["class_1"]["touched"]}
    assert touched["scenic_area"] == [park.id]
    assert {"area": "basic_farmland", "kind": "not_supplied", "subject": "basic_farmland"} in classes["class_2"]["open"]


@pytest.mark.parametrize("language", ["zh", "ko", "en"])
def test_the_report_says_it_and_states_no_class(here, language):
    view = present(screened(here, CENTRAL_YANJI).record, here.book, language)
    words = orjson.dumps(view["eia"]).decode()
    assert [group["class"] for group in view["eia"]["classes"]] == ["class_1", "class_2", "class_3"]
    assert not [word for word in ("报告书", "报告表", "登记表", "보고서", "등기표", "statement") if word in words]
    page = render_file(view)
    assert view["eia"]["lead"] in page
    assert {"zh": "可能影响环评类别", "ko": "환경영향평가 종류", "en": "class of EIA"}[language] in page


@pytest.mark.parametrize(
    ("day", "term", "document"),
    [("2026-08-14", "的环境影响评价类别", "环境影响评价法"), ("2026-08-15", "的生态环境影响评价类别", "生态环境法典")],
)
def test_the_words_are_those_of_the_day(here, day, term, document):
    said = present(screened(here, CENTRAL_YANJI, day).record, here.book)["eia"]
    assert term in said["lead"]
    assert document in said["provision"]["document"]
    assert said["provision"]["status"] == "in_force"


def test_on_a_day_before_the_catalogue_the_report_says_that_it_cannot_tell(here):
    record = screened(here, CENTRAL_YANJI, "2020-06-01").record
    assert record["eia"] == []
    said = present(record, here.book)["eia"]
    assert "不在本系统内" in said["lead"]
    assert said["classes"] == []


def test_an_answer_kept_before_shows_none(here):
    record = {name: part for name, part in screened(here, CENTRAL_YANJI).record.items() if name != "eia"}
    assert present(record, here.book)["eia"] is None
    assert "可能影响环评类别" not in render_file(present(record, here.book))
