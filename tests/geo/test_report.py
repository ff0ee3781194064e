"""A record in words: nearest zones, stretches of a line, the survey that would decide, and records kept before."""

import orjson
import pytest
import shapely
from conftest import CENTRAL_YANJI, DAY
from jsonschema import Draft202012Validator

from geo.deployment import Question
from geo.export.html import render_file
from geo.report import present
from geo.settings import ROOT
from geo.texts import LANGUAGES, say

SCHEMA = Draft202012Validator(orjson.loads((ROOT / "tests" / "contracts" / "screening.json").read_bytes()))
PIPELINE = shapely.LineString([(129.30, 42.80), (129.50, 42.90), (129.70, 42.85)]).wkt


def record_of(here, at, **said):
    return orjson.loads(here.screen(Question(site=at, day=DAY, **said)).json)


def check(record, layer):
    return next(check for check in record["checks"] if check["layer"] == layer)


def row(view, layer):
    return next(row for row in view["checks"] if row["layer"] == layer)


@pytest.fixture(scope="module")
def pipeline(here):
    return record_of(here, PIPELINE, width_m=20.0)


def test_the_record_of_a_line_has_the_contracted_form_and_adds_up(pipeline):
    SCHEMA.validate(pipeline)
    assert pipeline["engine"] == "6"
    units = check(pipeline, "control_unit")
    spans = [one["to_m"] - one["from_m"] for one in units["crossings"]]
    assert sum(spans) == pytest.approx(pipeline["site"]["length_m"], abs=0.01)  # the units leave no gap
    assert sum(zone["length_m"]["value"] for zone in units["zones"] if zone["length_m"]) == pytest.approx(sum(spans))
    starts = [one["from_m"] for one in units["crossings"]]
    assert starts == sorted(starts)
    assert check(pipeline, "industrial_park")["crossings"] == []  # its circle only says where it may lie


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_tells_the_stretches_in_order(here, pipeline, language):
    view = present(pipeline, here.book, language)
    told = row(view, "control_unit")["crossings"]
    assert [one["from"] for one in told] == [
        f"{one['from_m']:,.1f} m" for one in check(pipeline, "control_unit")["crossings"]
    ]
    page = render_file(view)
    places = [page.index(f"<td>{one['from']}</td><td>{one['to']}</td>") for one in told]
    assert places == sorted(places)
    assert say("ui.crossings", language) in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_names_the_nearest_zone_where_no_row_does(here, language):
    record = record_of(here, CENTRAL_YANJI)
    nearest = check(record, "red_line")["nearest"]
    view = present(record, here.book, language)
    told = row(view, "red_line")["nearest"]
    assert nearest["name"] in told
    assert f"{nearest['distance_m'] / 1000:,.2f} km" in told
    assert told in render_file(view)
    assert row(view, "control_unit")["nearest"] is None  # it is hit: its zones stand there
    assert check(record, "control_unit")["nearest"]["distance_m"] == 0.0


def uncertain(here, decides_m, accuracy_m):
    """A record in which one zone of a layer is uncertain."""
    record = record_of(here, CENTRAL_YANJI)
    found = check(record, "county")
    zone = {**found["zones"][0], "relation": "uncertain", "distance_m": 12.0}
    zone |= {"decides_m": decides_m, "accuracy_m": accuracy_m}
    found |= {"status": "boundary_uncertain", "decides_m": decides_m, "zones": [zone]}
    return record


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("decides_m", "accuracy_m", "code", "metres"),
    [
        pytest.param(12.0, 10.0, "survey_site", "2.00", id="lines good enough: measure the site"),
        pytest.param(12.0, 12.0, "survey_owner", "12.00", id="lines just too coarse: the owner"),
        pytest.param(12.0, 500.0, "survey_owner", "12.00", id="lines far too coarse: the owner"),
        pytest.param(0.0, 10.0, "survey_limit", None, id="on the limit: the owner alone"),
    ],
)
def test_the_survey_that_would_decide(here, decides_m, accuracy_m, code, metres, language):
    view = present(uncertain(here, decides_m, accuracy_m), here.book, language)
    owner = here.book.catalogue["county"].owner.model_dump()[language]
    said = row(view, "county")["survey"]
    assert said == say(f"answer.{code}", language, metres=metres, owner=owner)
    page = render_file(view)
    assert row(view, "county")["zones"][0]["distance"] == say("answer.to_limit", language, distance="12.0 m")
    assert row(view, "county")["zones"][0]["distance"] in page
    assert 'cell-survey" colspan="2">' in page


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("zones", "decides_m", "code", "metres"),
    [
        pytest.param([(5.0, 1.0), (40.0, 30.0)], 5.0, "survey_site", "4.00", id="each with its own lines"),
        pytest.param([(5.0, 1.0), (40.0, 39.5)], 5.0, "survey_site", "0.50", id="the one that leaves least"),
        pytest.param([(5.0, 1.0), (None, 3.999)], 5.0, "survey_site", "1.00", id="one without its own figure"),
        pytest.param([(5.0, 1.0), (None, 5.0)], 5.0, "survey_owner", "5.00", id="that one's lines too coarse"),
    ],
)
def test_what_is_left_for_the_site_is_the_least_of_its_zones(here, zones, decides_m, code, metres, language):
    record = uncertain(here, decides_m, 0.0)
    found = check(record, "county")
    found["zones"] = [{**found["zones"][0], "decides_m": own, "accuracy_m": lines} for own, lines in zones]
    owner = here.book.catalogue["county"].owner.model_dump()[language]
    said = row(present(record, here.book, language), "county")["survey"]
    assert said == say(f"answer.{code}", language, metres=metres, owner=owner)


def test_no_survey_is_asked_for_where_a_layer_is_surely_hit(here):
    record = uncertain(here, 12.0, 10.0)
    assert row(present(record, here.book), "county")["survey"] is not None
    check(record, "county")["status"] = "hit"
    assert row(present(record, here.book), "county")["survey"] is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_lists_two_hundred_stretches_and_counts_the_rest(here, pipeline, language):
    record = orjson.loads(orjson.dumps(pipeline))
    units = check(record, "control_unit")
    units["crossings"] = [{**units["crossings"][0], "from_m": 10.0 * i, "to_m": 10.0 * i + 5.0} for i in range(207)]
    view = present(record, here.book, language)
    page = render_file(view)
    assert len(row(view, "control_unit")["crossings"]) == 200
    assert row(view, "control_unit")["more_crossings"] == say("answer.more_stretches", language, count=7)
    assert say("answer.more_stretches", language, count=7) in page
    assert "<td>1,990.0 m</td>" in page
    assert "<td>2,000.0 m</td>" not in page
    units["crossings"] = units["crossings"][:200]
    assert row(present(record, here.book, language), "control_unit")["more_crossings"] is None


def test_a_part_of_the_site_has_the_number_of_the_record_and_its_role(here, pipeline):
    record = orjson.loads(orjson.dumps(pipeline))
    assert {one["part"] for one in row(present(record, here.book), "control_unit")["crossings"]} == {"0"}
    record["request"]["site"]["parts"][0]["role"] = "gas"
    assert {one["part"] for one in row(present(record, here.book), "control_unit")["crossings"]} == {"0 gas"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_a_point_is_called_one(here, language):
    """An area that may lie in a circle has no measure there either, but is no point."""
    point, area = (record_of(here, site) for site in (CENTRAL_YANJI, shapely.box(129.48, 42.88, 129.53, 42.92).wkt))
    assert any(one["whereabouts"] and one["status"] == "hit" for one in area["checks"])
    words = say("ui.no_measure", language), say("ui.whereabouts_only", language)
    of_point, of_area = (render_file(present(record, here.book, language)) for record in (point, area))
    assert (words[0] in of_point, words[1] in of_point) == (True, False)
    assert (words[0] in of_area, words[1] in of_area) == (False, True)


def test_a_layer_without_an_uncertain_zone_asks_for_no_survey(here):
    view = present(record_of(here, CENTRAL_YANJI), here.book)
    assert {row["survey"] for row in view["checks"]} == {None}


def test_an_answer_kept_before_these_were_measured_still_reads(here, pipeline):
    old = orjson.loads(orjson.dumps(pipeline))
    del old["site"]["length_m"]
    for found in old["checks"]:
        for name in ("nearest", "decides_m", "crossings"):
            del found[name]
        for zone in found["zones"] + found["ignored"]:
            for name in ("accuracy_m", "length_m", "line_share", "decides_m"):
                del zone[name]
    for language in LANGUAGES:
        SCHEMA.validate(old)
        page = render_file(present(old, here.book, language))
        assert say("ui.crossings", language) not in page
        assert check(old, "control_unit")["zones"][0]["name"] in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_point_is_told_to_be_no_land_and_an_area_is_not(here, language):
    point = present(record_of(here, CENTRAL_YANJI), here.book, language)
    area = present(record_of(here, shapely.box(129.5, 42.88, 129.51, 42.89).wkt), here.book, language)
    words = say("answer.point", language)
    assert (words in point["remarks"], words in area["remarks"]) == (True, False)
    assert (words in render_file(point), words in render_file(area)) == (True, False)


def test_works_without_a_code_are_told_by_their_kind(here):
    record = record_of(here, CENTRAL_YANJI, kind="dyke")
    SCHEMA.validate(record)
    view = present(record, here.book, "en")
    assert ("kind", "Dyke, bank protection and other flood defence") in [
        (row["fact"], row["answer"]) for row in view["project"]
    ]
    assert view["remarks"][1].startswith("No industry code was given")
    assert view["form"]["kind"] == "dyke"


def test_a_group_judged_by_the_kind_names_the_kind(here):
    record = record_of(here, CENTRAL_YANJI, kind="dyke", nature="new")
    said = {"fact": "industry_group", "expected": "habitat_works", "value": "dyke", "how": "presumed"}
    record["findings"][0]["because"] = [said]
    (reason,) = present(record, here.book, "en")["findings"][0]["because"]
    assert reason["answer"] == "Dyke, bank protection and other flood defence"
    assert reason["how"] == "presumed from the industry or kind"


def test_code_and_kind_together_are_no_works_without_a_code(here):
    remarks = present(record_of(here, CENTRAL_YANJI, kind="dyke", industry="E4822"), here.book, "en")["remarks"]
    assert not [remark for remark in remarks if "No industry code" in remark]


def test_a_verdict_that_no_answer_can_change_is_said_once_and_only_where_it_is_sure(here):
    barred = present(record_of(here, CENTRAL_YANJI, industry="C2631", nature="new"), here.book, "en")
    assert (barred["verdict"], barred["any_answer"]) == ("prohibited", say("verdict.prohibited", "en"))
    assert render_file(barred).count(say("ui.any_answer", "en", verdict=barred["any_answer"])) == 1
    open_ = present(record_of(here, CENTRAL_YANJI), here.book, "en")
    assert open_["questions"]
    assert open_["any_answer"] is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_says_for_which_day_it_is_valid_and_the_record_does_not(here, language):
    record = record_of(here, CENTRAL_YANJI)
    view = present(record, here.book, language)
    assert view["site"]["valid"] == say("answer.valid_only", language, day=DAY)
    assert view["site"]["valid"] in render_file(view)
    assert say("answer.valid_passed", language) not in render_file(view)
    assert "valid" not in record


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_that_nobody_reviewed_says_so(here, language):
    view = present(record_of(here, CENTRAL_YANJI), here.book, language)
    words = say("answer.translated", language)
    assert view["translation"] == (None if language == "zh" else words)
    assert (words in render_file(view)) == (language != "zh")


def test_the_sentence_then_what_was_not_checked_then_the_layers_then_the_findings(here):
    view = present(record_of(here, CENTRAL_YANJI, industry="C2631", nature="new"), here.book)
    page = render_file(view)
    order = [view["firm"], say("answer.not_checked", layers=""), say("ui.layers_checked"), say("ui.findings")]
    places = [page.index(words) for words in order]
    assert page.index(view["headline"], page.index("<article")) < places[0]
    assert places == sorted(places)


def test_every_layer_has_a_row_also_those_not_supplied(here):
    view = present(record_of(here, CENTRAL_YANJI), here.book)
    page = render_file(view)
    missing = [row for row in view["checks"] if row["reason"] == "not_supplied"]
    assert missing
    for row in view["checks"]:
        assert page.count(f'data-layer="{row["layer"]}"') == 1, row["layer"]
    for row in missing:
        assert row["owner"] in page


def test_the_findings_stand_by_dimension_and_within_one_by_state(here):
    view = present(record_of(here, CENTRAL_YANJI, industry="C2631", nature="new"), here.book)
    page = render_file(view)
    findings = page[page.index("block--findings") :]
    found = ("layout", "discharge", "risk", "efficiency")
    parts = [findings.partition(f'data-dimension="{name}"')[2].partition('data-dimension="')[0] for name in found]
    for name, part in zip(found, parts, strict=True):
        of_this = [finding for finding in view["findings"] if finding["dimension"] == name]
        assert bool(part) == bool(of_this), name
        assert part.count('class="finding finding--') == len(of_this)
        states = [s for s in ("applies", "undecided", "excepted") if f'finding finding--{s}"' in part]
        places = [part.index(f'finding finding--{state}"') for state in states]
        assert places == sorted(places)
        for finding in of_this:
            assert finding["title"] in part


def test_a_sliver_that_is_ignored_is_shown_with_its_area(here):
    record = record_of(here, shapely.box(129.5, 42.88, 129.51, 42.89).wkt)
    county = check(record, "county")
    sliver = {**county["zones"][0], "id": "sliver", "name": "碎片", "relation": "ignored"}
    sliver["area_m2"] = {"value": 12.34, "least": 12.34, "most": 12.34}
    county["ignored"] = [sliver]
    shown = render_file(present(record, here.book))
    row = shown[shown.index('<tr data-zone="sliver">') :].partition("</tr>")[0]
    assert say("relation.ignored") in row
    assert "12.34 m²" in row
