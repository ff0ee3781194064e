"""Whole screenings on the shipped pack: what is said, what is not known, and the same bytes for the same question."""

import shutil
import threading
from itertools import product

import orjson
import pytest
import shapely
from conftest import CENTRAL_YANJI, DAY, ERDAOBAIHE, RUSSIA, SEA
from jsonschema import Draft202012Validator

from geo.day import read_day
from geo.deployment import Deployment, Question
from geo.errors import LayersMissing, SettingInvalid, SiteOutOfBounds, TimeUp
from geo.layers.releases import read_release, set_current, write_release
from geo.layers.store import Layer
from geo.project import read_project
from geo.report import present
from geo.rules.model import RANK
from geo.screening import screen_site
from geo.settings import ROOT, Settings

PESTICIDE = {"industry": "C2631", "nature": "new"}
SCHEMA = Draft202012Validator(orjson.loads((ROOT / "tests" / "contracts" / "screening.json").read_bytes()))


def ask(here: Deployment, at: str, day: str = DAY, **project: object) -> dict:
    return here.screen(Question(site=at, day=day, **project)).record


def check(record: dict, layer: str) -> dict:
    return next(check for check in record["checks"] if check["layer"] == layer)


def finding(record: dict, rule: str) -> dict:
    return next(finding for finding in record["findings"] if finding["rule"] == rule)


def opened(record: dict) -> set[tuple[str, str]]:
    return {(item["kind"], item["subject"]) for item in record["open"]}


def test_a_pesticide_plant_in_central_yanji_meets_article_427(here):
    record = ask(here, CENTRAL_YANJI, **PESTICIDE)
    found = finding(record, "soil.sensitive_surroundings")
    assert found["state"] == "applies"
    assert found["effect"] == "prohibited"
    assert [(p["document"], p["article"], p["verified"]) for p in found["provisions"]] == [
        ("eco_environment_code_2026", "427", False)
    ]
    assert found["certainty"] == "sketch"
    assert record["indicative_verdict"] == "prohibited"
    assert record["verdict"] == "needs_review"  # our own circle is no town limit
    assert record["range"] == ["none", "prohibited"]


def test_its_soil_risk_is_presumed_from_the_industry_and_may_be_contested(here):
    presumed = finding(ask(here, CENTRAL_YANJI, **PESTICIDE), "soil.sensitive_surroundings")
    assert {"fact": "may_pollute_soil", "expected": True, "value": True, "how": "presumed"} in presumed["because"]
    contested = finding(
        ask(here, CENTRAL_YANJI, **PESTICIDE, facts={"may_pollute_soil": False}), "soil.sensitive_surroundings"
    )
    assert contested["state"] == "undecided"
    assert [reason["how"] for reason in contested["because"] if reason["fact"] == "may_pollute_soil"] == [
        "contradicted"
    ]


def test_the_same_place_without_a_project_asks(here):
    record = ask(here, CENTRAL_YANJI)
    assert record["indicative_verdict"] == "needs_information"
    assert ("fact", "nature") in opened(record)
    assert finding(record, "soil.sensitive_surroundings")["state"] == "undecided"
    assert sum(item["asked"] for item in record["open"]) <= 8


@pytest.mark.parametrize("project", [PESTICIDE, {}], ids=["a plant", "no project"])
def test_erdaobaihe_lies_in_the_hole_and_is_never_clear(here, project):
    record = ask(here, ERDAOBAIHE, **project)
    for layer in ("control_unit", "protected_area", "water_source_zone"):
        assert (check(record, layer)["status"], check(record, layer)["reason"]) == ("no_data_here", "outside_coverage")
        assert ("data", layer) in opened(record)
    assert record["verdict"] == record["indicative_verdict"] == "needs_review"
    assert check(record, "county")["zones"][0]["code"] == "222426"


@pytest.mark.parametrize("at", [RUSSIA, SEA], ids=["Russia", "the sea"])
def test_abroad_and_at_sea_there_is_no_data_not_no_restriction(here, at):
    record = ask(here, at, **PESTICIDE)
    assert {check["status"] for check in record["checks"]} == {"no_data_here"}
    assert record["verdict"] == record["indicative_verdict"] == "needs_review"
    assert record["site"]["counties"] == []


def test_far_away_is_an_error(here):
    with pytest.raises(SiteOutOfBounds, match=r"150.000000, 42.000000 is not within 73–136°E"):
        ask(here, "150,42")


def test_every_kind_has_exactly_one_check_and_says_when_it_was_not_supplied(here):
    record = ask(here, CENTRAL_YANJI)
    assert [check["layer"] for check in record["checks"]] == list(here.book.catalogue)
    not_supplied = {check["layer"] for check in record["checks"] if check["reason"] == "not_supplied"}
    assert not_supplied == set(here.book.catalogue) - set(here.store.snapshot().releases())
    assert {"basic_farmland", "sensitive_place", "wetland"} <= not_supplied
    assert {("not_supplied", layer) for layer in not_supplied} <= opened(record)
    assert record["provisional"] is True


def test_zones_without_a_place_are_listed_where_they_may_be(here):
    unplaced = {zone["id"]: zone for zone in check(ask(here, CENTRAL_YANJI), "water_source_zone")["unplaced"]}
    assert unplaced["yb-ws-001"]["name"] == "五道水库"
    assert "yb-ws-003" not in unplaced  # 大新水库 is in 龙井
    assert "yb-ws-rural" in unplaced  # may be anywhere


def test_the_law_of_the_day(here):
    before, after = (
        finding(ask(here, CENTRAL_YANJI, day, **PESTICIDE), "soil.sensitive_surroundings")
        for day in ("2026-08-14", "2026-08-15")
    )
    assert before["provisions"][0]["document"] == "soil_pollution_law_2018"
    assert before["provisions"][0]["article"] == "32"
    assert before["provisions"][0]["verified"] is True
    assert after["provisions"][0]["document"] == "eco_environment_code_2026"


def test_a_lapsed_plan_leaves_its_clause_undecided(here):
    boiler = {**PESTICIDE, "facts": {"coal_boiler_t_h": 20}}
    inside = finding(ask(here, CENTRAL_YANJI, "2025-12-31", **boiler), "yanbian.boiler.built_up")
    after = finding(ask(here, CENTRAL_YANJI, "2026-01-01", **boiler), "yanbian.boiler.built_up")
    assert (inside["state"], after["state"]) == ("applies", "undecided")
    assert after["causes"] == [{"kind": "document", "subject": "yanbian_plan_145_2022"}]


def test_a_unit_is_noted_and_only_its_list_could_bind(here):
    record = ask(here, CENTRAL_YANJI, **PESTICIDE)
    assert finding(record, "unit.key")["effect"] == "noted"
    assert finding(record, "unit.access_list")["causes"] == [{"kind": "fact", "subject": "breaches_access_list"}]
    breach = ask(here, CENTRAL_YANJI, industry="A0142", nature="new", facts={"breaches_access_list": True})
    assert finding(breach, "unit.access_list")["state"] == "applies"
    assert breach["indicative_verdict"] == "prohibited"


def test_an_exception_is_shown_as_one(here):
    at, monitoring = "129.52,42.53", {"nature": "new", "facts": {"purpose": "research_monitoring"}}
    assert finding(ask(here, at, **monitoring), "reserve.whitelist")["state"] == "excepted"
    factory = {"industry": "C2631", "nature": "new", "facts": {"purpose": "manufacturing"}}
    assert finding(ask(here, at, **factory), "reserve.whitelist")["state"] in ("applies", "undecided")


def test_the_next_steps_are_those_of_every_finding_that_applies_or_is_open(here):
    record = ask(here, CENTRAL_YANJI, **PESTICIDE)
    told = [(finding["rule"], finding["state"]) for finding in record["findings"] if finding["state"] != "excepted"]
    assert [(step["rule"], step["state"]) for step in record["steps"]] == told
    assert {"applies", "undecided"} <= {state for _, state in told}


def test_the_weightiest_questions_are_asked_first_and_hanging_ones_wait(here):
    record = ask(here, CENTRAL_YANJI)
    facts = [item for item in record["open"] if item["kind"] == "fact"]
    vocabulary = here.book.vocabulary.facts
    late = {name for name, fact in vocabulary.items() if fact.asked == "last"}
    weights = [(item["subject"] in late, -RANK[item["effect"]], -len(item["rules"])) for item in facts]
    assert weights == sorted(weights)
    asked = [item["subject"] for item in facts if item["asked"]]
    assert {"nature", "industry"} <= set(asked[:3])
    assert not {"strategic_or_scarce_mineral", "tailings_above_people", "heavy_metal_offset"} & set(asked)
    pond = ask(here, CENTRAL_YANJI, industry="B0921", nature="new", facts={"tailings_pond": True})
    assert "strategic_or_scarce_mineral" in [item["subject"] for item in pond["open"] if item["asked"]]


def test_on_a_day_before_the_book_begins_nothing_is_green(here):
    for day in ("1999-01-01", "2016-01-01", "2018-06-01"):
        record = ask(here, CENTRAL_YANJI, day, **PESTICIDE)
        assert record["verdict"] == record["indicative_verdict"] == "needs_review"
        assert ("earlier_text", "soil_pollution_law_2018") in opened(record)


def test_ground_that_a_park_may_lie_in_is_not_told_as_its_extent(here):
    record = ask(here, square(129.5, 42.88))
    park, unit = check(record, "industrial_park"), check(record, "control_unit")
    assert (park["status"], park["whereabouts"], unit["whereabouts"]) == ("hit", True, False)
    assert all(zone["area_m2"] is None and zone["site_share"] is None for zone in park["zones"])
    assert all(zone["area_m2"]["value"] > 0.0 for zone in unit["zones"] if zone["relation"] == "hit")
    view = present(record, here.book, "zh", ())
    assert next(row for row in view["checks"] if row["layer"] == "industrial_park")["text"] == "可能在此处"


def test_a_technical_upgrade_in_town_is_asked_after(here):
    answers = {
        "breaches_access_list": False,
        "discharges_heavy_metals": False,
        "coal_boiler_t_h": 0,
        "discharges_water": False,
        "produces_odour": False,
    }
    record = ask(here, CENTRAL_YANJI, industry="C2631", nature="upgraded", facts=answers)
    assert record["indicative_verdict"] == "needs_information"
    assert [item["subject"] for item in record["open"] if item["asked"]] == ["upgrade_is_rebuilding"]


def test_where_the_committee_runs_the_ground_it_is_named(here):
    record = ask(here, ERDAOBAIHE, "2025-06-01", industry="D4430", nature="new", facts={"coal_boiler_t_h": 4})
    offices = [finding["office"] for finding in present(record, here.book)["findings"]]
    assert offices
    assert all("长白山保护开发区管理委员会" in office for office in offices)
    elsewhere = present(ask(here, CENTRAL_YANJI, **PESTICIDE), here.book)
    assert "长白山" not in next(
        f["office"] for f in elsewhere["findings"] if f["rule"] == "soil.sensitive_surroundings"
    )


def test_abroad_no_place_of_the_region_is_said_to_be_possibly_there(here):
    assert all(check["unplaced"] == [] for check in ask(here, RUSSIA)["checks"])


# --- the same question gives the same bytes ---------------------------------------------------------------


def test_the_record_has_the_contracted_form(here):
    for at, project in product((CENTRAL_YANJI, ERDAOBAIHE, RUSSIA, square(129.5, 42.9)), (PESTICIDE, {})):
        SCHEMA.validate(ask(here, at, **project))


def square(lon: float, lat: float, size: float = 0.01) -> str:
    return shapely.box(lon, lat, lon + size, lat + size).wkt


def test_the_same_question_gives_the_same_bytes(built):
    first, second = Deployment.open(built), Deployment.open(built)
    for at in (CENTRAL_YANJI, square(129.5, 42.9)):
        question = Question(site=at, day=DAY, **PESTICIDE)
        assert first.screen(question).json == second.screen(question).json


def test_the_way_a_site_came_in_changes_no_byte(here):
    forms = {
        "a coordinate": "129.5024,42.8883",
        "latitude first": "42.8883, 129.5024",
        "WKT": "POINT (129.5024 42.8883)",
        "GeoJSON": {"type": "Point", "coordinates": [129.5024, 42.8883]},
        "more digits than count": "129.50240000004,42.8883",
    }
    answers = {here.screen(Question(site=site, day=DAY, either_order=True)).json for site in forms.values()}
    assert len(answers) == 1


def test_what_changes_the_question_changes_its_id(here):
    asked = [
        ask(here, CENTRAL_YANJI),
        ask(here, "129.5025,42.8883"),
        ask(here, CENTRAL_YANJI, "2026-11-21"),
        ask(here, CENTRAL_YANJI, industry="C2631"),
        ask(here, CENTRAL_YANJI, facts={"discharges_water": True}),
    ]
    assert len({record["request_id"] for record in asked}) == len({record["id"] for record in asked}) == len(asked)


def test_a_release_or_a_rule_changes_the_id_and_not_the_request(own):
    before = ask(Deployment.open(own), CENTRAL_YANJI)
    rules = own.layers / "rules" / "state" / "soil.yaml"
    rules.write_text(rules.read_text("utf-8").replace("附现场图件和论证", "附现场图件、论证"), "utf-8")
    after = ask(Deployment.open(own), CENTRAL_YANJI)
    assert before["request_id"] == after["request_id"]
    assert before["id"] != after["id"]


def test_a_comment_in_a_rule_file_changes_nothing(own):
    before = ask(Deployment.open(own), CENTRAL_YANJI)
    rules = own.layers / "rules" / "state" / "soil.yaml"
    rules.write_text("# read again by a lawyer\n" + rules.read_text("utf-8"), "utf-8")
    assert ask(Deployment.open(own), CENTRAL_YANJI)["id"] == before["id"]


# --- what is missing never makes an answer milder ---------------------------------------------------------

MILDNESS = {
    "no_restriction_found": 0,
    "noted": 1,
    "conditional": 2,
    "restricted": 3,
    "needs_information": 4,
    "needs_review": 5,
    "prohibited": 6,
}
SITES = {
    "central 延吉": CENTRAL_YANJI,
    "天佛指山": "129.52,42.53",
    "forest in 汪清": "129.8,43.6",
    "二道白河": ERDAOBAIHE,
    "a square in 延吉": square(129.5, 42.88),
}
PROJECTS = {
    "a pesticide plant": PESTICIDE,
    "a wind farm": {"industry": "D4415", "nature": "new", "facts": {"purpose": "energy", "coal_boiler_t_h": 0}},
    "a boiler": {"industry": "D4430", "nature": "new", "facts": {"coal_boiler_t_h": 20}},
    "monitoring": {"nature": "new", "facts": {"purpose": "research_monitoring"}},
    "nothing said": {},
}


def no_milder(before: dict, after: dict) -> None:
    """Firm: never milder. Indicative: a sketch hit that is gone gives a review, which is no permission."""
    assert MILDNESS[after["verdict"]] >= MILDNESS[before["verdict"]]
    assert RANK[after["range"][1]] >= RANK[before["range"][1]]
    assert RANK[after["indicative_range"][1]] >= RANK[before["indicative_range"][1]]
    if before["indicative_verdict"] != "prohibited":
        assert MILDNESS[after["indicative_verdict"]] >= MILDNESS[before["indicative_verdict"]]
    else:
        assert after["indicative_verdict"] in ("prohibited", "needs_review")


@pytest.mark.parametrize(
    "layer",
    ["control_unit", "red_line", "protected_area", "water_source_zone", "built_up_area", "river_corridor", "county"],
)
@pytest.mark.parametrize("harm", ["deleted", "truncated", "another file", "no current", "no folder"])
def test_a_layer_that_cannot_be_read_fails_and_is_never_milder(own, layer, harm):
    here = Deployment.open(own)
    before = {
        (site, plan): ask(here, at, **project)
        for (site, at), (plan, project) in product(SITES.items(), PROJECTS.items())
    }
    folder = own.layers / "data" / own.region / layer
    file = next(folder.glob("*.gpkg"))
    if harm == "deleted":
        file.unlink()
    elif harm == "truncated":
        file.write_bytes(file.read_bytes()[:4000])
    elif harm == "no folder":
        shutil.rmtree(folder)
    elif harm == "another file":
        file.write_bytes(next(path for path in folder.parent.glob("*/*.gpkg") if path.parent != folder).read_bytes())
    else:
        (folder / "current.json").write_text("{", "utf-8")
    for server in (here, Deployment.open(own)):  # one that had read the file, and one that never did
        for site, plan in before:
            after = ask(server, SITES[site], **PROJECTS[plan])
            assert check(after, layer)["status"] == "failed"
            assert ("failed", layer) in opened(after)
            no_milder(before[site, plan], after)


def test_a_region_that_was_never_built_answers_nothing(own):
    shutil.rmtree(own.layers / "data")
    with pytest.raises(
        LayersMissing, match="has no layer county, so nothing can be said of any place; run `fenqu build`"
    ):
        ask(Deployment.open(own), CENTRAL_YANJI)


def test_a_fact_taken_away_never_makes_the_answer_milder_unless_it_was_the_ban(here):
    full = {
        "purpose": "energy",
        "coal_boiler_t_h": 20,
        "discharges_water": True,
        "discharges_heavy_metals": True,
        "heavy_metal_offset": False,
    }
    for at in SITES.values():
        whole = ask(here, at, industry="D4415", nature="new", facts=full)
        for gone in full:
            less = ask(here, at, industry="D4415", nature="new", facts={k: v for k, v in full.items() if k != gone})
            assert RANK[less["range"][1]] >= RANK[whole["range"][1]]
            assert RANK[less["indicative_range"][1]] >= RANK[whole["indicative_range"][1]]


def test_a_release_swapped_under_eight_threads_gives_no_mixed_answer(own):
    here = Deployment.open(own)
    folder = own.layers / "data" / own.region / "control_unit"
    layer = here.store.open("control_unit")
    assert isinstance(layer, Layer)
    old = layer.info.id
    info, zones, coverage = read_release(folder, old)
    said = info.model_dump(exclude={"id"})
    renamed = [
        type(zone)(**{**{name: getattr(zone, name) for name in zone.__slots__}, "name": zone.name + "二"})
        for zone in zones
    ]
    new = write_release(folder, renamed, coverage, **said).id
    set_current(folder, old)
    expected = {}
    for name in (old, new):
        set_current(folder, name)
        expected[name] = here.screen(Question(site=CENTRAL_YANJI, day=DAY, **PESTICIDE)).json
    assert expected[old] != expected[new]
    answers: list[bytes] = []
    stop = threading.Event()

    def keep_asking() -> None:
        while not stop.is_set():
            answers.append(here.screen(Question(site=CENTRAL_YANJI, day=DAY, **PESTICIDE)).json)

    threads = [threading.Thread(target=keep_asking) for _ in range(8)]
    for thread in threads:
        thread.start()
    for turn in range(30):
        before = len(answers)
        set_current(folder, (old, new)[turn % 2])
        while len(answers) < before + 8:
            stop.wait(0.001)
    stop.set()
    for thread in threads:
        thread.join()
    assert set(answers) == set(expected.values())


def test_time_is_limited_and_nothing_is_answered_in_part(here):
    answered = here.screen(Question(site=CENTRAL_YANJI, day=DAY))
    project, day = read_project(here.book.vocabulary), read_day(DAY)
    with pytest.raises(TimeUp, match="did not end within -1"):
        screen_site(answered.site, project, day, answered.snapshot, here.book, seconds=-1)


def test_a_site_across_a_county_limit_names_both_counties(here):
    record = ask(here, shapely.box(129.45, 42.85, 129.55, 42.92).wkt, **PESTICIDE)
    assert record["site"]["counties"] == ["222401", "222405"]
    units = check(record, "control_unit")["zones"]
    assert sum(zone["site_share"] for zone in units) == pytest.approx(1.0, abs=2e-6)
    assert {zone["counties"][0] for zone in units} == {"222401", "222405"}
    assert record["site"]["area_m2"] == pytest.approx(63_587_000, rel=0.01)


def test_settings_are_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("FENQU_REGION", "elsewhere")
    monkeypatch.setenv("FENQU_SITE_PARTS", "3")
    assert (Settings.from_environment().region, Settings.from_environment().site_parts) == ("elsewhere", 3)
    monkeypatch.setenv("FENQU_SITE_PARTS", "many")
    with pytest.raises(SettingInvalid, match="FENQU_SITE_PARTS is “many”; set it to int"):
        Settings.from_environment()
