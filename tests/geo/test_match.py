from datetime import date

import pytest
from samples import DAY, KIND, VOCABULARY_DATA, by, cite, make_book, make_info, make_project, make_rule, make_zone

from geo.overlay import LayerCheck, ZoneCheck
from geo.rules.match import match_rules
from geo.rules.model import Cause, Threat

CLASS_1 = make_zone("z1", None, zone_class="class_1", attributes={"belt_kind": "a"})
CLASS_2 = make_zone("z2", None, zone_class="class_2")
NO_CLASS = make_zone("z0", None)


def check(*zones, kind=KIND, status="hit", covered=1.0, unplaced=(), **info):
    """What a layer says: zones hit, or (zone, relation)."""
    found = [ZoneCheck(*zone) if isinstance(zone, tuple) else ZoneCheck(zone, "hit") for zone in zones]
    release = make_info(kind, **info)
    reason = "outside_coverage" if status == "no_data_here" else None
    return LayerCheck(kind, status, reason, release, "r1", covered, tuple(found), (), tuple(unplaced))


CLEAR = check(status="clear")
FAILED = LayerCheck(KIND, "failed", reason="unreadable", release="r1")
NOT_SUPPLIED = LayerCheck(KIND, "no_data_here", reason="not_supplied")
OUTSIDE = check(status="no_data_here", covered=0.0)


def match(rules, found, industry=None, day=DAY, region="test", **facts):
    rules = rules if isinstance(rules, list) else [rules]
    return match_rules(make_book(rules), {found.kind: found}, make_project(industry, **facts), day, region)


def one(rules, found, *args, **facts):
    """The only finding, and its threats."""
    (finding,), threats = match(rules, found, *args, **facts)
    return finding, threats


def fact(name):
    return Cause("fact", name)


# --- The ground -------------------------------------------------------------------------------------------------------


def test_a_rule_applies_where_its_ground_is_hit():
    finding, threats = one(make_rule(), check(CLASS_2, CLASS_1))
    assert (finding.rule, finding.layer, finding.version) == ("water.building", KIND, date(2020, 1, 1))
    assert (finding.state, finding.certainty, finding.effect) == ("applies", "firm", "prohibited")
    assert finding.zones == ("z2", "z1")
    assert (finding.causes, finding.because, threats) == ((), (), [])


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(CLEAR, id="clear"),
        pytest.param(check((CLASS_1, "near"), status="near"), id="near"),
    ],
)
def test_a_rule_says_nothing_where_its_ground_is_not(found):
    assert match(make_rule(), found) == ([], [])


@pytest.mark.parametrize(
    ("where", "zones", "state", "causes"),
    [
        pytest.param({"zone_class": "class_1"}, [CLASS_1], "applies", (), id="the class meant"),
        pytest.param({"zone_class": ["class_2", "class_1"]}, [CLASS_1], "applies", (), id="one of two classes"),
        pytest.param({"zone_class": "class_1", "belt_kind": "a"}, [CLASS_1], "applies", (), id="class and kind"),
        pytest.param(
            {"zone_class": "class_1"},
            [NO_CLASS],
            "undecided",
            (Cause("data", f"{KIND}.zone_class"),),
            id="class not known",
        ),
        pytest.param(
            {"belt_kind": "a"}, [CLASS_2], "undecided", (Cause("data", f"{KIND}.belt_kind"),), id="kind not known"
        ),
        pytest.param(
            {"area_kind": "park"},
            [CLASS_1],
            "undecided",
            (Cause("data", f"{KIND}.area_kind"),),
            id="an attribute that the release does not supply",
        ),
        pytest.param(
            {"zone_class": "class_1", "area_kind": "park"},
            [NO_CLASS],
            "undecided",
            (Cause("data", f"{KIND}.zone_class"), Cause("data", f"{KIND}.area_kind")),
            id="one null and one not supplied",
        ),
    ],
)  # fmt: skip
def test_which_zones_a_rule_means(where, zones, state, causes):
    finding, _ = one(make_rule(where=where), check(*zones))
    assert (finding.state, finding.causes) == (state, causes)


@pytest.mark.parametrize(
    ("where", "zone"),
    [
        pytest.param({"zone_class": "class_1"}, CLASS_2, id="another class"),
        pytest.param({"zone_class": "class_1", "belt_kind": "a"}, CLASS_2, id="another class, kind not known"),
        pytest.param({"belt_kind": "b", "area_kind": "park"}, CLASS_1, id="another kind, the rest not supplied"),
    ],
)
def test_a_zone_that_a_rule_does_not_mean(where, zone):
    assert match(make_rule(where=where), check(zone)) == ([], [])


def test_a_sure_zone_settles_what_another_leaves_open():
    rule = make_rule(where={"zone_class": "class_1"})
    finding, _ = one(rule, check(NO_CLASS, CLASS_1, (make_zone("z3", None, zone_class="class_1"), "uncertain")))
    assert (finding.state, finding.zones, finding.causes) == ("applies", ("z1",), ())


@pytest.mark.parametrize(
    ("zones", "causes"),
    [
        pytest.param([(CLASS_1, "uncertain")], (Cause("boundary", KIND),), id="the class meant"),
        pytest.param(
            [(NO_CLASS, "uncertain")],
            (Cause("data", f"{KIND}.zone_class"), Cause("boundary", KIND)),
            id="class not known either",
        ),
        pytest.param([CLASS_2, (CLASS_1, "uncertain")], (Cause("boundary", KIND),), id="beside another class"),
        pytest.param([NO_CLASS, (CLASS_2, "uncertain")], (Cause("data", f"{KIND}.zone_class"),), id="of another class"),
    ],
)
def test_a_limit_that_may_lie_either_way(zones, causes):
    finding, _ = one(make_rule(where={"zone_class": "class_1"}), check(*zones, status="boundary_uncertain"))
    assert (finding.state, finding.causes) == ("undecided", causes)


def test_an_uncertain_limit_of_another_class_is_nothing():
    found = check((CLASS_2, "uncertain"), status="boundary_uncertain")
    assert match(make_rule(where={"zone_class": "class_1"}), found) == ([], [])


def test_a_rule_of_nearness():
    rule = make_rule(when={"near": True}, effect="noted")
    near = check((CLASS_1, "near"), status="near")
    assert one(rule, near)[0].state == "applies"
    assert match(rule, check(CLASS_1)) == ([], [])  # inside, the rule of the ground itself speaks
    assert match(rule, CLEAR) == ([], [])


# --- The project ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "industry", "facts", "state", "causes"),
    [
        pytest.param({"nature": ["new", "rebuilt"]}, None, {"nature": "new"}, "applies", (), id="met"),
        pytest.param({"nature": "new"}, None, {}, "undecided", (fact("nature"),), id="not said"),
        pytest.param(
            {"nature": "new", "discharges_water": True}, None, {"nature": "new"}, "undecided",
            (fact("discharges_water"),), id="one of two not said",
        ),
        pytest.param({"industry_group": "mining"}, "B0911", {}, "applies", (), id="an industry of the group"),
        pytest.param({"industry_group": "mining"}, None, {}, "undecided", (fact("industry"),), id="no industry"),
        pytest.param(
            {"industry_group": "soil_polluting"}, "C32", {}, "undecided",
            (fact("industry"),), id="an industry too coarse",
        ),
        pytest.param({"pollutes_soil": True}, "C2631", {}, "applies", (), id="presumed of the industry"),
        pytest.param(
            {"pollutes_soil": True}, "C2631", {"pollutes_soil": False}, "undecided", (fact("pollutes_soil"),),
            id="said against the industry",
        ),
        pytest.param(
            {"on_list": True}, None, {}, "undecided", (fact("on_list"),),
            id="another fact",
        ),
        pytest.param({"on_list": True}, None, {"on_list": True}, "applies", (), id="that fact, said"),
    ],
)  # fmt: skip
def test_conditions_on_the_project(condition, industry, facts, state, causes):
    finding, threats = one(make_rule(when_project=condition), check(CLASS_1), industry, **facts)
    assert (finding.state, finding.causes, threats) == (state, causes, [])


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(found, id=name)
        for name, found in {
            "hit": check(CLASS_1),
            "uncertain": check((CLASS_1, "uncertain"), status="boundary_uncertain"),
            "failed": FAILED,
            "not supplied": NOT_SUPPLIED,
            "outside": OUTSIDE,
            "sketch": check(CLASS_1, limits="sketch"),
            "unplaced": check(status="clear", unplaced=[CLASS_1]),
        }.items()
    ],
)
def test_a_project_that_a_rule_does_not_mean_has_nothing_to_fear(found):
    assert match(make_rule(when_project={"nature": "new"}), found, nature="existing") == ([], [])


@pytest.mark.parametrize(
    ("facts", "state", "causes"),
    [
        pytest.param({"purpose": "water_supply"}, "excepted", (), id="the exception holds"),
        pytest.param({"purpose": "manufacturing"}, "applies", (), id="it does not"),
        pytest.param({}, "undecided", (fact("purpose"),), id="not said"),
    ],
)
def test_an_exception(facts, state, causes):
    rule = make_rule(when_project={"nature": "new"}, unless={"purpose": "water_supply"})
    finding, threats = one(rule, check(CLASS_1), nature="new", **facts)
    assert (finding.state, finding.causes, threats) == (state, causes, [])
    assert [reason.fact for reason in finding.because] == ["nature", "purpose"]


def test_an_exception_that_holds_settles_what_else_is_open():
    rule = make_rule(
        where={"zone_class": "class_1"}, when_project={"nature": "new"}, unless={"purpose": "water_supply"}
    )
    finding, threats = one(
        rule, check((NO_CLASS, "uncertain"), status="boundary_uncertain", limits="sketch"), purpose="water_supply"
    )
    assert (finding.state, finding.causes, threats) == ("excepted", (), [])


def test_an_exception_frees_from_its_own_rule_only():
    rules = [make_rule("water.a", unless={"purpose": "water_supply"}), make_rule("water.b")]
    findings, _ = match(rules, check(CLASS_1), purpose="water_supply")
    assert [(finding.rule, finding.state) for finding in findings] == [("water.b", "applies"), ("water.a", "excepted")]


@pytest.mark.parametrize("found", [FAILED, NOT_SUPPLIED, OUTSIDE], ids=["failed", "not supplied", "outside"])
def test_an_exception_that_holds_leaves_no_threat(found):
    assert match(make_rule(unless={"purpose": "water_supply"}), found, purpose="water_supply") == ([], [])


# --- Missing ground ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "kinds"),
    [
        pytest.param(FAILED, ["failed"], id="failed"),
        pytest.param(NOT_SUPPLIED, ["not_supplied"], id="not supplied"),
        pytest.param(OUTSIDE, ["data"], id="outside coverage"),
        pytest.param(check(status="clear", covered=0.4), ["data"], id="clear, partly outside coverage"),
        pytest.param(check(status="clear", unplaced=[CLASS_1]), ["unplaced"], id="clear, zones without a place"),
        pytest.param(check(status="clear", limits="sketch"), ["sketch"], id="clear on a sketch"),
        pytest.param(check(status="clear", provenance="illustrative"), ["sketch"], id="clear on lines drawn by us"),
        pytest.param(
            check(status="clear", covered=0.4, unplaced=[CLASS_1], limits="sketch"),
            ["data", "unplaced", "sketch"],
            id="all at once",
        ),
    ],
)
def test_missing_ground_leaves_a_threat(found, kinds):
    threats = [Threat("water.building", "prohibited", Cause(kind, KIND)) for kind in kinds]
    assert match(make_rule(), found) == ([], threats)
    assert match(make_rule(when_project={"nature": "new"}, unless={"purpose": "research"}), found) == ([], threats)


def test_a_finding_on_a_sketch_is_no_firm_one():
    finding, threats = one(make_rule(), check(CLASS_1, limits="sketch"))
    assert (finding.state, finding.certainty, finding.causes) == ("applies", "sketch", ())
    assert threats == [Threat("water.building", "prohibited", Cause("sketch", KIND))]


def test_a_finding_may_stand_beside_a_threat():
    finding, threats = one(make_rule(), check(CLASS_1, covered=0.5))
    assert finding.state == "applies"
    assert [threat.cause for threat in threats] == [Cause("data", KIND)]


def test_no_cause_is_told_twice():
    finding, threats = one(make_rule(), check((CLASS_1, "uncertain"), status="boundary_uncertain"))
    assert finding.causes == (Cause("boundary", KIND),)
    assert threats == []


# --- Documents and days -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("documents", "effect", "state", "causes"),
    [
        pytest.param(["law"], "restricted", "applies", (), id="a law in force"),
        pytest.param(["old_plan"], "restricted", "undecided", (Cause("document", "old_plan"),), id="a lapsed plan"),
        pytest.param(["draft_law"], "noted", "applies", (), id="a draft"),
        pytest.param(["fragment"], "noted", "applies", (), id="a fragment"),
        pytest.param(["draft_law", "law"], "restricted", "applies", (), id="a draft and a law"),
        pytest.param(["old_plan", "law"], "restricted", "applies", (), id="a lapsed plan and a law"),
        pytest.param(["old_law", "law"], "restricted", "applies", (), id="a repealed law and one in force"),
        pytest.param(
            ["draft_law", "old_plan"], "restricted", "undecided", (Cause("document", "old_plan"),),
            id="a draft and a lapsed plan",
        ),
        pytest.param(["old_law", "draft_law"], "noted", "applies", (), id="a repealed law and a draft"),
    ],
)  # fmt: skip
def test_what_the_documents_leave_of_an_effect(documents, effect, state, causes):
    finding, _ = one(make_rule(effect="restricted", versions=by(*documents)), check(CLASS_1))
    assert (finding.effect, finding.state, finding.causes) == (effect, state, causes)


def test_a_draft_makes_nothing_stronger():
    assert one(make_rule(effect="noted", versions=by("draft_law")), check(CLASS_1))[0].effect == "noted"


def test_the_threat_of_a_draft_is_no_more_than_noted():
    assert match(make_rule(versions=by("draft_law")), FAILED)[1] == [
        Threat("water.building", "noted", Cause("failed", KIND))
    ]


def test_a_repealed_law_says_nothing():
    versions = [{"from": "2020-01-01", "to": "2024-01-01", "provisions": [cite("old_law")]}]
    rule = make_rule(versions=versions)
    assert one(rule, check(CLASS_1), None, date(2023, 12, 31))[0].effect == "prohibited"
    assert match(rule, check(CLASS_1), None, date(2024, 1, 1)) == ([], [])


@pytest.mark.parametrize(
    ("day", "effect"),
    [
        pytest.param(date(2019, 12, 31), None, id="before the first version"),
        pytest.param(date(2020, 1, 1), "prohibited", id="its first day"),
        pytest.param(date(2026, 8, 14), "prohibited", id="its last day"),
        pytest.param(date(2026, 8, 15), "restricted", id="the first day of the next"),
        pytest.param(date(2028, 1, 1), None, id="after the last"),
    ],
)
def test_the_version_of_the_day(day, effect):
    versions = [
        {"from": "2020-01-01", "to": "2026-08-15", "provisions": [cite("law")]},
        {"from": "2026-08-15", "to": "2028-01-01", "provisions": [cite("law")], "effect": "restricted"},
    ]
    findings, threats = match(make_rule(versions=versions), check(CLASS_1), None, day)
    assert [finding.effect for finding in findings] == ([effect] if effect else [])
    before = day < date(2020, 1, 1)
    assert threats == ([Threat("water.building", "prohibited", Cause("earlier_text", "law"))] if before else [])


def test_before_its_first_version_a_rule_leaves_an_earlier_text_open_unless_it_says_otherwise():
    early = date(2019, 1, 1)
    versions = [{"from": "2020-01-01", "provisions": [cite("law")]}]
    earlier = [Threat("water.building", "prohibited", Cause("earlier_text", "law"))]
    assert match(make_rule(versions=versions), check(CLASS_1), None, early) == ([], earlier)
    assert match(make_rule(versions=versions, earlier="none"), check(CLASS_1), None, early) == ([], [])
    assert match(make_rule(versions=versions), CLEAR, None, early) == ([], [])
    another = make_rule(versions=versions, when_project={"nature": "new"})
    assert match(another, check(CLASS_1), None, early, nature="existing") == ([], [])


def test_a_version_may_mean_other_ground_and_other_projects():
    versions = [
        {"from": "2020-01-01", "to": "2024-01-01", "provisions": [cite("law")]},
        {"from": "2024-01-01", "provisions": [cite("law")], "where": {"zone_class": "class_2"}, "when_project": {}},
    ]
    rule = make_rule(where={"zone_class": "class_1"}, when_project={"nature": "new"}, versions=versions)
    assert one(rule, check(CLASS_1), None, date(2023, 1, 1), nature="new")[0].zones == ("z1",)
    assert match(rule, check(CLASS_1), nature="new") == ([], [])
    assert one(rule, check(CLASS_2), nature="existing")[0].state == "applies"


@pytest.mark.parametrize(
    ("rule_region", "region", "count"),
    [
        pytest.param(None, "test", 1, id="everywhere"),
        pytest.param("test", "test", 1, id="its own"),
        pytest.param("jilin", "test", 0, id="another"),
        pytest.param(["jilin", "test"], "test", 1, id="one of several"),
        pytest.param(["jilin", "baiyin"], "test", 0, id="none of several"),
    ],
)
def test_rules_of_a_region(rule_region, region, count):
    rule = make_rule(**({"region": rule_region} if rule_region else {}))
    assert len(match(rule, check(CLASS_1), region=region)[0]) == count


# --- Offices and order ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zones", "row"),
    [
        pytest.param([CLASS_1], 0, id="the row of the class"),
        pytest.param([CLASS_2], 1, id="the last row"),
        pytest.param([NO_CLASS], 1, id="class not known"),
        pytest.param([CLASS_2, CLASS_1], 0, id="one of two zones"),
    ],
)
def test_the_office_that_decides(zones, row):
    assert one(make_rule(), check(*zones))[0].authority == ("offices", row)


def test_the_gravest_findings_come_first():
    rules = [
        make_rule("water.noted", effect="noted"),
        make_rule("water.open", when_project={"nature": "new"}),
        make_rule("water.free", unless={"purpose": "research"}),
        make_rule("water.zz"),
        make_rule("water.aa"),
        make_rule("water.limit", effect="restricted"),
        make_rule("water.terms", effect="conditional"),
    ]
    findings, _ = match(rules, check(CLASS_1), purpose="research")
    assert [finding.rule for finding in findings] == [
        "water.aa", "water.zz", "water.open", "water.free", "water.limit", "water.terms", "water.noted",
    ]  # fmt: skip


def test_ground_that_no_rule_speaks_of_needs_a_person():
    findings, threats = match(make_rule(layer="red_line"), check(CLASS_1))
    assert (findings, threats) == ([], [Threat(None, "prohibited", Cause("no_rule", KIND))])
    assert match(make_rule(layer="red_line"), CLEAR) == ([], [])
    assert match(make_rule(layer="red_line"), FAILED)[1] == [Threat(None, "prohibited", Cause("failed", KIND))]


def test_the_book_is_the_same_again_from_its_own_data():
    book = make_book([make_rule()])
    again = type(book).of(book.data)
    assert (again.hash, again.rules, again.documents) == (book.hash, book.rules, book.documents)
    assert set(book.vocabulary.facts) == set(VOCABULARY_DATA["facts"])
