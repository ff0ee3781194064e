from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from samples import STEADY, VOCABULARY, make_project

from geo.project import INDUSTRY, Project
from geo.rules.truth import FALSE, TRUE, Reason, Truth, all_of, any_of, entries_of, judge

UNKNOWN = Truth(None, ("nature",))
OF = {True: TRUE, False: FALSE, None: UNKNOWN}
AND = {
    (True, True): True, (True, None): None, (True, False): False,
    (None, True): None, (None, None): None, (None, False): False,
    (False, True): False, (False, None): False, (False, False): False,
}  # fmt: skip


@pytest.mark.parametrize(("one", "other"), list(AND))
def test_and(one, other):
    assert all_of([OF[one], OF[other]]).value is AND[one, other]


@pytest.mark.parametrize(("one", "other"), list(AND))
def test_or_is_and_turned_round(one, other):
    turned = [OF[value].negated() for value in (one, other)]
    assert any_of([OF[one], OF[other]]).value is all_of(turned).negated().value


@pytest.mark.parametrize(("value", "negated"), [(True, False), (False, True), (None, None)])
def test_not(value, negated):
    assert OF[value].negated().value is negated
    assert OF[value].negated().negated() == OF[value]


def test_of_nothing():
    assert all_of([]).value is True
    assert any_of([]).value is False


@pytest.mark.parametrize("values", list(product((True, False, None), repeat=3)))
def test_three_are_two_and_one(values):
    one, other, last = (OF[value] for value in values)
    assert all_of([one, other, last]).value is all_of([all_of([one, other]), last]).value
    assert any_of([one, other, last]).value is any_of([any_of([one, other]), last]).value


def test_only_an_unknown_answer_wants_facts():
    a, b = Truth(None, ("a",)), Truth(None, ("b", "a"))
    assert all_of([a, TRUE, b]).wants == ("a", "b")
    assert all_of([a, FALSE]).wants == ()
    assert any_of([a, TRUE]).wants == ()
    assert any_of([a, FALSE]).wants == ("a",)


def test_the_reasons_are_those_that_tell():
    yes, no, open_ = (Reason(name, True, value, "given") for name, value in (("a", True), ("b", False), ("c", None)))
    truths = [Truth(True, (), (yes,)), Truth(False, (), (no,)), Truth(None, ("c",), (open_,))]
    assert all_of(truths).because == (no,)
    assert any_of(truths).because == (yes,)
    assert all_of([truths[0], truths[2]]).because == (open_,)
    assert all_of([truths[0], truths[0]]).because == (yes,)


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        pytest.param(None, True, id="no condition"),
        pytest.param({}, True, id="an empty condition"),
        pytest.param({"nature": "new"}, True, id="a value"),
        pytest.param({"nature": "existing"}, False, id="another value"),
        pytest.param({"nature": ["rebuilt", "new"]}, True, id="one of a list"),
        pytest.param({"nature": ["rebuilt", "existing"]}, False, id="none of a list"),
        pytest.param({"purpose": "research"}, None, id="not given"),
        pytest.param({"discharges_water": True}, True, id="true as true"),
        pytest.param({"discharges_water": False}, False, id="true as false"),
        pytest.param({"discharges_water": [True, False]}, True, id="either"),
        pytest.param({"chimney_m": 45}, True, id="a number"),
        pytest.param({"chimney_m": {"lt": 45}}, False, id="less than itself"),
        pytest.param({"chimney_m": {"le": 45}}, True, id="at most itself"),
        pytest.param({"chimney_m": {"gt": 45}}, False, id="more than itself"),
        pytest.param({"chimney_m": {"ge": 45}}, True, id="at least itself"),
        pytest.param({"chimney_m": {"ge": 30, "lt": 60}}, True, id="between two bounds"),
        pytest.param({"chimney_m": {"ge": 30, "lt": 40}}, False, id="above the upper bound"),
        pytest.param({"nature": "new", "discharges_water": True}, True, id="two facts"),
        pytest.param({"nature": "new", "purpose": "research"}, None, id="one of two not given"),
        pytest.param({"nature": "existing", "purpose": "research"}, False, id="one of two settles it"),
        pytest.param({"any": [{"purpose": "research"}, {"nature": "new"}]}, True, id="any"),
        pytest.param({"any": [{"purpose": "research"}, {"nature": "existing"}]}, None, id="any, open"),
        pytest.param({"all": [{"nature": "new"}, {"discharges_water": True}]}, True, id="all"),
        pytest.param({"not": {"nature": "existing"}}, True, id="not"),
        pytest.param({"not": {"purpose": "research"}}, None, id="not of an unknown"),
        pytest.param({"not": {"not": {"nature": "new"}}}, True, id="not not"),
        pytest.param({"any": [{"nature": "new"}], "purpose": "research"}, None, id="any beside a fact"),
        pytest.param({"industry_group": "soil_polluting"}, True, id="a group"),
        pytest.param({"industry_group": "mining"}, False, id="another group"),
        pytest.param({"industry_group": ["mining", "soil_polluting"]}, True, id="one of two groups"),
        pytest.param({"pollutes_soil": True}, True, id="presumed"),
    ],
)
def test_a_condition_on_a_project(condition, value):
    assert judge(condition, make_project("C2631", nature="new", discharges_water=True, chimney_m=45)).value is value


@pytest.mark.parametrize(
    ("condition", "wants"),
    [
        pytest.param({"nature": "new", "chimney_m": {"gt": 45}}, ("nature", "chimney_m"), id="two facts"),
        pytest.param({"industry_group": "mining"}, ("industry",), id="a group wants the industry"),
        pytest.param({"not": {"any": [{"nature": "new"}, {"nature": "existing"}]}}, ("nature",), id="a fact once"),
        pytest.param(
            {"all": [{"purpose": "research"}, {"not": {"nature": "new"}}]}, ("purpose", "nature"), id="nested"
        ),
    ],
)
def test_what_an_unknown_condition_wants(condition, wants):
    assert judge(condition, make_project()).wants == wants


def test_an_industry_too_coarse_leaves_its_group_unknown():
    truth = judge({"industry_group": "soil_polluting"}, make_project("C32"))
    assert (truth.value, truth.wants) == (None, ("industry",))
    assert truth.because == (Reason("industry_group", "soil_polluting", "C32", "unknown"),)


def test_contradicting_statements_leave_a_fact_unknown():
    truth = judge({"pollutes_soil": False}, make_project("C2631", pollutes_soil=False))
    assert (truth.value, truth.wants) == (None, ("pollutes_soil",))
    assert truth.because == (Reason("pollutes_soil", False, None, "contradicted"),)


def test_reasons_say_what_was_expected_and_what_came():
    truth = judge({"nature": ["new", "rebuilt"], "chimney_m": {"lt": 60}}, make_project(nature="new", chimney_m=45))
    assert truth.because == (
        Reason("nature", ("new", "rebuilt"), "new", "given"),
        Reason("chimney_m", (("lt", 60),), 45.0, "given"),
    )


def test_every_fact_of_a_condition_is_named():
    condition = {
        "nature": "new",
        "any": [{"purpose": "research"}, {"all": [{"chimney_m": {"gt": 45}}]}],
        "not": {"industry_group": "mining", "any": [{"stores_waste": True}]},
    }
    assert {name for name, _ in entries_of(condition)} == {
        "nature",
        "purpose",
        "chimney_m",
        "industry_group",
        "stores_waste",
    }
    assert list(entries_of(None)) == []


# --- More knowledge never turns an answer round -----------------------------------------------------------------------

DOMAIN = {
    "nature": ("new", "rebuilt", "existing"),
    "purpose": ("manufacturing", "water_supply", "research"),
    "discharges_water": (True, False),
    "chimney_m": (0.0, 45.0, 300.0),
    INDUSTRY: ("A0111", "B0911", "C2631", "C3211", "C3212"),
}
COARSER = {"A0111": "A", "B0911": "B", "C2631": "C", "C3211": "C32", "C3212": "C32"}
bounds = st.dictionaries(
    st.sampled_from(["lt", "le", "gt", "ge"]), st.sampled_from([0, 45, 300]), min_size=1, max_size=2
)
entries = st.one_of(
    *(
        st.fixed_dictionaries(
            {name: st.sampled_from(values) | st.lists(st.sampled_from(values), min_size=1, max_size=2)}
        )
        for name, values in DOMAIN.items()
        if name != INDUSTRY
    ),
    st.fixed_dictionaries({"chimney_m": bounds}),
    st.fixed_dictionaries(
        {"industry_group": st.lists(st.sampled_from(["soil_polluting", "mining"]), min_size=1, max_size=2)}
    ),
)


def _combined(inner):
    several = st.lists(inner, min_size=1, max_size=3)
    return (
        st.fixed_dictionaries({"any": several})
        | st.fixed_dictionaries({"all": several})
        | st.fixed_dictionaries({"not": inner})
        | st.builds(lambda one, other: {**one, **other}, inner, inner)
    )


conditions = st.recursive(entries, _combined, max_leaves=6)
whole_projects = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in DOMAIN.items()})
parts_known = st.fixed_dictionaries({name: st.sampled_from(["given", "coarse", "unknown"]) for name in DOMAIN})


def project_of(facts):
    rest = {name: value for name, value in facts.items() if name != INDUSTRY}
    return Project(VOCABULARY, facts.get(INDUSTRY), rest)


def known_part(whole, known):
    """What is left of a project when some facts are not given, or the industry only coarsely."""
    part = {name: value for name, value in whole.items() if known[name] != "unknown"}
    if INDUSTRY in part and known[INDUSTRY] == "coarse":
        part[INDUSTRY] = COARSER[part[INDUSTRY]]
    return part


@given(conditions, whole_projects, parts_known)
@settings(STEADY, max_examples=400)
def test_an_answer_once_settled_stays_so_whatever_else_is_said(condition, whole, known):
    before = judge(condition, project_of(known_part(whole, known))).value
    after = judge(condition, project_of(whole)).value
    assert after is not None
    assert before in (None, after)


@given(conditions, whole_projects, parts_known)
@settings(STEADY, max_examples=400)
def test_asking_for_the_wanted_facts_settles_every_answer(condition, whole, known):
    facts = known_part(whole, known)
    for _ in range(len(DOMAIN) + 1):
        truth = judge(condition, project_of(facts))
        if truth.value is not None:
            break
        assert truth.wants
        assert any(facts.get(name) != whole[name] for name in truth.wants)  # never a fact already given
        facts |= {name: whole[name] for name in truth.wants}
    assert truth.value is judge(condition, project_of(whole)).value
    assert truth.wants == ()


@given(conditions, whole_projects, parts_known, whole_projects)
@settings(STEADY, max_examples=200)
def test_facts_that_are_not_wanted_do_not_settle_it(condition, whole, known, other):
    facts = known_part(whole, known)
    truth = judge(condition, project_of(facts))
    assume(truth.value is None)
    unasked = {name: value for name, value in other.items() if name not in truth.wants and name not in facts}
    assert judge(condition, project_of(unasked | facts)).value is None


@pytest.mark.parametrize(
    ("industry", "kind", "reason"),
    [
        pytest.param("C2631", None, Reason("industry_group", "soil_polluting", "C2631", "given"), id="by the code"),
        pytest.param(None, "pit", Reason("industry_group", "soil_polluting", "pit", "presumed"), id="by the kind"),
        pytest.param("C32", "pit", Reason("industry_group", "soil_polluting", "pit", "presumed"), id="code too coarse"),
        pytest.param("C32", None, Reason("industry_group", "soil_polluting", "C32", "unknown"), id="too coarse alone"),
        pytest.param(None, "school", Reason("industry_group", "soil_polluting", "school", "unknown"), id="left open"),
    ],
)
def test_what_a_group_was_judged_by(industry, kind, reason):
    assert judge({"industry_group": "soil_polluting"}, make_project(industry, kind)).because == (reason,)
