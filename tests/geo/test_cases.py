"""The cases of tests/cases: each is answered as its clause says, and each rule of the book is held by one of them."""

from collections import Counter, defaultdict
from datetime import date
from functools import cache
from math import pi
from pathlib import Path
from typing import get_args

import pytest
from caseworld import CASES, PACK, Answer, Asked, CaseError, Word, load_cases, load_region
from conftest import CENTRAL_YANJI

from geo.crs import GEOD
from geo.geometry import area_m2
from geo.layers.store import Snapshot
from geo.rules.load import Rulebook, load_rulebook
from geo.settings import Settings

BOOK = load_rulebook(Settings())
FILES = sorted(CASES.glob("*.yml"))
REGIONS = sorted((CASES / "regions").glob("*.yml"))


def _asked() -> list[Asked]:
    """Every case of every file that can be used; a test of its own fails for one that cannot."""
    asked: list[Asked] = []
    for path in FILES:
        try:
            asked += load_cases(path, BOOK)
        except CaseError:
            continue
    return asked


def _citing() -> dict[str, list[Asked]]:
    """The cases that expect a finding of a rule, by rule."""
    citing: dict[str, list[Asked]] = defaultdict(list)
    for asked in ASKED:
        for rule in asked.case.expect.findings:
            citing[rule].append(asked)
    return citing


ASKED = _asked()
CITING = _citing()


@cache
def region(name: str) -> Snapshot:
    """A fixture region, built once."""
    return load_region(CASES / "regions" / f"{name}.yml", BOOK.catalogue)


@pytest.fixture
def layers(request):
    """The layers that a case stands on; the shipped pack is built only where a case asks for it."""

    def of(asked: Asked) -> Snapshot:
        if asked.region == PACK:
            return request.getfixturevalue("here").store.snapshot()
        return region(asked.region)

    return of


def differences(asked: Asked, snapshot: Snapshot, book: Rulebook = BOOK) -> list[str]:
    return Answer(asked.screen(snapshot, book).record).differences(asked.case.expect)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_of_cases_can_be_used(path):
    asked = load_cases(path, BOOK)
    assert {each.region for each in asked} <= {PACK, *(each.stem for each in REGIONS)}


@pytest.mark.parametrize("path", REGIONS, ids=lambda path: path.name)
def test_a_region_can_be_built(path):
    assert load_region(path, BOOK.catalogue).layers["county"] is not None


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.label)
def test_a_case_is_answered_as_its_clause_says(asked, layers):
    found = differences(asked, layers(asked))
    if found:
        pytest.fail("\n  ".join([asked.label, asked.case.clause, *found]), pytrace=False)


def test_every_rule_of_the_book_applies_in_some_case():
    applying = {rule for asked in ASKED for rule, state in asked.case.expect.findings.items() if state == "applies"}
    lacking = sorted(rule.id for rule in BOOK.rules if rule.id not in applying)
    if lacking:
        pytest.fail(f"{len(lacking)} of {len(BOOK.rules)} rules apply in no case: {', '.join(lacking)}", pytrace=False)


@pytest.mark.parametrize("rule", sorted(CITING))
def test_without_a_rule_the_cases_that_expect_it_fail(rule, layers):
    """The book is compiled without the rule, and up to three of its cases are asked again."""
    rules = {name: said for name, said in BOOK.data["rules"].items() if name != rule}
    without = Rulebook.of({**BOOK.data, "rules": rules})
    for asked in CITING[rule][:3]:
        assert differences(asked, layers(asked), without), f"{asked.label} does not miss {rule}"


# --- the cases as a whole ---------------------------------------------------------------------------------


def test_the_cases_are_of_every_sort():
    official = [asked for asked in ASKED if asked.region != PACK]
    states = Counter(state for asked in official for state in asked.case.expect.findings.values())
    code = date(2026, 8, 15)
    assert len(official) >= 40
    assert len(ASKED) - len(official) >= 15  # on the shipped pack
    assert min(states[state] for state in ("applies", "undecided", "excepted")) >= 15
    assert sum(asked.case.day < code for asked in official) >= 15
    assert sum(asked.case.day >= code for asked in official) >= 15
    assert {asked.site.parts[0].geometry.geom_type for asked in official} >= {"Point", "Polygon", "LineString"}
    assert {asked.case.expect.verdict for asked in official} == set(get_args(Word))
    assert {"boundary_uncertain", "near", "no_data_here"} <= {
        status for asked in official for status in asked.case.expect.layers.values()
    }


def test_an_exception_of_one_layer_does_not_clear_another():
    """Cases in which one layer's rule is excepted and the other's prohibits: the word follows the prohibition."""
    layer = {rule.id: rule.layer for rule in BOOK.rules}
    both = [
        asked
        for asked in ASKED
        if asked.case.expect.verdict == "prohibited"
        and {layer[rule] for rule, state in asked.case.expect.findings.items() if state == "excepted"}
        - {layer[rule] for rule, state in asked.case.expect.findings.items() if state == "applies"}
    ]
    assert len(both) >= 3


# --- the comparison can fail ------------------------------------------------------------------------------

PLANT = """
region: official
cases:
  - name: 样例
    clause: 生态环境法典 第319条：一级保护区内新建无关项目，禁止
    at: "129.015,42.985"
    project: {industry: C2631, nature: new, purpose: manufacturing}
    day: 2026-11-22
    expect:
      verdict: prohibited
      findings: {water_source.class_1.building: applies}
"""
VERDICT, FINDINGS = "verdict: prohibited", "findings: {water_source.class_1.building: applies}"


def read(folder: Path, text: str) -> list[Asked]:
    path = folder / "plant.yml"
    path.write_text(text, encoding="utf-8")
    return load_cases(path, BOOK)


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        pytest.param((VERDICT, "verdict: noted"), "verdict: expected noted, is prohibited", id="the word"),
        pytest.param(
            (FINDINGS, "findings: {water_source.class_1.building: excepted}"),
            "water_source.class_1.building: expected excepted, is applies",
            id="a state",
        ),
        pytest.param(
            (FINDINGS, "findings: {red_line.waste: applies}"),
            "red_line.waste: expected applies, is not found",
            id="a rule that is not found",
        ),
        pytest.param(
            (FINDINGS, "absent: [water_source.class_1.building]"),
            "water_source.class_1.building: expected absent, applies",
            id="a rule that is found",
        ),
        pytest.param(
            (FINDINGS, f"{FINDINGS}\n      effects: {{water_source.class_1.building: noted}}"),
            "water_source.class_1.building: expected noted, is prohibited",
            id="an effect",
        ),
        pytest.param(
            (FINDINGS, f"{FINDINGS}\n      cites: {{water_source.class_1.building: soil_pollution_law_2018}}"),
            "expected to cite soil_pollution_law_2018, cites ['eco_environment_code_2026']",
            id="a document",
        ),
        pytest.param((FINDINGS, "layers: {water_source_zone: near}"), "expected near, is hit", id="a layer"),
        pytest.param(
            (FINDINGS, f"{FINDINGS}\n      asked: [compatible_visitor_service]"),
            "compatible_visitor_service: expected to be asked",
            id="a question",
        ),
        pytest.param(
            (FINDINGS, f"{FINDINGS}\n      open: [boundary red_line]"),
            "open point boundary red_line: expected",
            id="an open point",
        ),
    ],
)
def test_an_answer_that_is_not_the_expected_one_is_told(tmp_path, expected, message):
    [right], [wrong] = read(tmp_path, PLANT), read(tmp_path, PLANT.replace(*expected))
    assert differences(right, region("official")) == []
    found = differences(wrong, region("official"))
    assert len(found) == 1
    assert message in found[0]


def test_a_case_on_the_shipped_pack_is_judged_by_the_indicative_word(tmp_path, here):
    of_pack = PLANT.replace("region: official", "region: pack").replace("129.015,42.985", CENTRAL_YANJI)
    of_pack = of_pack.replace(FINDINGS, "findings: {soil.sensitive_surroundings: applies}")
    [asked] = read(tmp_path, of_pack.replace(VERDICT, "indicative: prohibited"))
    assert differences(asked, here.store.snapshot()) == []
    [wrong] = read(tmp_path, of_pack.replace(VERDICT, "indicative: noted"))
    assert differences(wrong, here.store.snapshot())[0].startswith("indicative_verdict: expected noted, is prohibited")


# --- a file that cannot be used says why ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(("clause:", "clauses:"), r"cases / 0 \(样例\) / clauses: Extra", id="a key"),
        pytest.param((VERDICT, "verdict: forbidden"), "样例.*verdict: Input should be 'prohibited'", id="a word"),
        pytest.param((": applies", ": applied"), "样例.*Input should be 'applies'", id="a state"),
        pytest.param(("class_1.building", "class_9.x"), r"样例: no rule water_source\.class_9\.x", id="a rule"),
        pytest.param((FINDINGS, "layers: {moor: hit}"), "样例: no layer kind moor", id="a layer kind"),
        pytest.param(("nature: new", "colour: red"), "样例: .*colour", id="a fact"),
        pytest.param(("nature: new", "nature: old"), "样例: .*old", id="a value of a fact"),
        pytest.param(("C2631", "C9999"), "样例: .*C9999", id="an industry"),
        pytest.param(("129.015,42.985", "42.985,129.015"), "样例: ", id="axes the wrong way round"),
        pytest.param((VERDICT, "indicative: prohibited"), "样例: expect `verdict`, and no other word", id="no word"),
        pytest.param((FINDINGS, "absent: []"), "样例: nothing is expected beside the word", id="nothing expected"),
        pytest.param((f"      {FINDINGS}\n", ""), "样例: nothing is expected", id="nothing but a word"),
        pytest.param(("nature: new", "nature: new, nature: existing"), "nature stands twice", id="a key twice"),
        pytest.param(("day: 2026-11-22", "day: yesterday"), "样例.*day", id="a day"),
        pytest.param(("region: official", "region: [official]"), "region", id="a region that is no name"),
    ],
)
def test_a_case_that_cannot_stand_is_refused_with_its_file_and_name(tmp_path, change, message):
    with pytest.raises(CaseError, match=rf"(?s)^plant\.yml.*(?:{message})"):
        read(tmp_path, PLANT.replace(*change))


def test_two_cases_of_one_name_are_refused(tmp_path):
    case = PLANT.split("cases:\n")[1]
    with pytest.raises(CaseError, match=r"plant\.yml · 样例: a second case of this name"):
        read(tmp_path, PLANT + case)


def test_a_case_may_say_otherwise_than_its_file_or_take_a_fact_back(tmp_path):
    common = "project: {nature: existing, sets_outfall: true, discharges_air: false}\ncases:"
    said = PLANT.replace("cases:", common).replace("nature: new", "nature: new, sets_outfall: null")
    [asked] = read(tmp_path, said)
    assert asked.project.facts == {"nature": "new", "purpose": "manufacturing", "discharges_air": False}
    assert asked.project.industry == "C2631"


PLACE = """
title: {zh: 样地, en: Sample}
said: drawn for one test, after nothing in particular
accuracy_m: 1
counties:
  "220101": {name: 样县, box: [125.0, 44.0, 125.1, 44.1]}
clear: [red_line]
layers:
  shelter_belt:
    - id: belt
      name: 林带
      strip: {line: [[125.02, 44.05], [125.08, 44.05]], width_m: 12}
      attributes: {belt_kind: farmland}
  water_source_zone:
    - {id: pond, name: 水源, disc: [125.05, 44.02, 300], zone_class: class_1}
    - {id: well, name: 水井, unplaced: true, county: "220101"}
"""


def place(folder: Path, text: str) -> Snapshot:
    path = folder / "place.yml"
    path.write_text(text, encoding="utf-8")
    return load_region(path, BOOK.catalogue)


def test_a_region_is_drawn_in_metres(tmp_path):
    layers = place(tmp_path, PLACE).layers
    [belt], [pond] = layers["shelter_belt"].placed, layers["water_source_zone"].placed
    _, _, length = GEOD.inv(125.02, 44.05, 125.08, 44.05)
    assert area_m2(belt.ground) == pytest.approx(12.0 * length, rel=1e-3)
    assert area_m2(pond.ground) == pytest.approx(pi * 300.0**2, rel=1e-2)
    assert belt.counties == ("220101",)
    assert [zone.id for zone in layers["water_source_zone"].zones if zone.geometry is None] == ["well"]


def test_what_a_region_does_not_name_is_not_supplied(tmp_path):
    layers = place(tmp_path, PLACE).layers
    supplied = {kind for kind, layer in layers.items() if layer is not None}
    assert supplied == {"county", "red_line", "shelter_belt", "water_source_zone"}
    assert {layer.info.provenance for layer in layers.values() if layer is not None} == {"official"}
    rest = place(tmp_path, PLACE.replace("clear: [red_line]", "clear: rest"))
    assert all(layer is not None for layer in rest.layers.values())


def test_a_region_is_bound_by_the_local_rules_that_it_names_and_no_other(tmp_path):
    assert place(tmp_path, PLACE).region == "place"
    assert place(tmp_path, PLACE.replace("accuracy_m: 1", "accuracy_m: 1\nrules_of: elsewhere")).region == "elsewhere"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(("shelter_belt:", "hedge:"), "no layer kind hedge", id="a kind"),
        pytest.param(("[red_line]", "[hedge]"), "no layer kind hedge", id="a clear kind"),
        pytest.param(("[red_line]", "[shelter_belt]"), "shelter_belt is said to be clear, and has zones", id="clear"),
        pytest.param(("class_1", "class_9"), "water_source_zone, pond: zone_class cannot be class_9", id="a class"),
        pytest.param(("belt_kind: farmland", "belt_kind: hedge"), "belt: belt_kind cannot be hedge", id="a value"),
        pytest.param(("belt_kind:", "kind:"), "belt: kind cannot be farmland", id="an attribute"),
        pytest.param(
            ("attributes: {belt", "zone_class: x\n      attributes: {belt"), "belt: zone_class", id="no classes"
        ),
        pytest.param(("125.05, 44.02", "125.5, 44.02"), "pond: it lies outside the counties", id="outside"),
        pytest.param(('county: "220101"', 'county: "1"'), "well: no county 1 here", id="a county"),
        pytest.param(
            ("unplaced: true", "unplaced: true, box: [1, 2, 3, 4]"), r"\(水井\).*one of box", id="two grounds"
        ),
        pytest.param(("unplaced: true, ", ""), r"\(水井\).*one of box, .* given: none", id="no ground"),
        pytest.param(("unplaced: true", "wkt: POLYGON"), "well: its WKT cannot be read", id="WKT"),
        pytest.param(("unplaced: true", "wkt: POINT (125.05 44.05)"), "well: its ground is no valid area", id="point"),
        pytest.param(("id: well", "id: pond"), "water_source_zone has two zones of one id and first day", id="an id"),
        pytest.param(("[125.0, 44.0, 125.1, 44.1]", "[125.1, 44.0, 125.0, 44.1]"), "a box is west", id="a box"),
        pytest.param(("name: 水源", "title: 水源"), r"0 \(pond\) / title: Extra", id="a key"),
        pytest.param(('"220101": {', "220101: {"), "counties / 220101", id="a code that is a number"),
        pytest.param(("said: drawn", "told: drawn"), "told: Extra", id="no source"),
        pytest.param(("  shelter_belt:", "  county: []\n  shelter_belt:"), "county is made of `counties`", id="county"),
    ],
)
def test_a_region_that_cannot_stand_is_refused_with_its_file_and_zone(tmp_path, change, message):
    with pytest.raises(CaseError, match=rf"(?s)^place\.yml.*(?:{message})"):
        place(tmp_path, PLACE.replace(*change))
