"""The search for a project: it finds one wherever there is one, and presumptions count."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.project import Project
from geo.rules.truth import Clauses, Hearing, judge
from geo.rules.witness import find_witness
from geo.vocabulary import Vocabulary

TEXT = {"zh": "问", "ko": "물음", "en": "question"}
GROUP = {"title": TEXT, "source": TEXT, "mark": "G"}
VOCABULARY = Vocabulary.model_validate(
    {
        "facts": {
            "colour": {"type": "choice", "group": "basics", "question": TEXT, "choices": {"red": TEXT, "blue": TEXT}},
            "wet": {"type": "bool", "group": "basics", "question": TEXT},
            "size": {"type": "number", "group": "basics", "question": TEXT, "unit": "t", "min": 0, "max": 10},
            "smokes": {
                "type": "bool",
                "group": "basics",
                "question": TEXT,
                "presumed": {"industry_group": "works", "value": False, "outside": True},
            },
            "farms": {
                "type": "bool",
                "group": "basics",
                "question": TEXT,
                "presumed": {"industry_group": "fields", "value": False, "outside": True},
            },
        },
        "groups": {"works": {**GROUP, "codes": ["C1"]}, "fields": {**GROUP, "codes": ["A1"]}},
        "industries": {"A1": "田", "C1": "厂", "C": "业", "G1": "运"},
    }
)


@pytest.mark.parametrize(
    ("holds", "fails"),
    [
        pytest.param([None], [], id="no condition at all"),
        pytest.param([{"colour": ["red", "blue"]}], [{"colour": "red"}], id="the other choice"),
        pytest.param([{"size": {"gt": 3}}], [{"size": {"ge": 4}}], id="between two bounds"),
        pytest.param([{"size": {"ge": 3}}], [{"size": {"gt": 3}}], id="a bound itself"),
        pytest.param([{"size": {"lt": 0.5}}, {"size": {"gt": 0}}], [], id="next to the least value"),
        pytest.param([{"industry_group": "works"}], [{"smokes": True}], id="a group, and a fact that it leaves open"),
        pytest.param([{"smokes": True}, {"farms": True}], [], id="presumed of no one industry, but said of none"),
        pytest.param([{"any": [{"wet": True}, {"colour": "red"}]}], [{"wet": True}], id="one way of two"),
    ],
)
def test_a_project_is_found_where_there_is_one(holds, fails):
    project = find_witness(VOCABULARY, holds, fails)
    assert project is not None
    assert all(judge(condition, project).value is True for condition in holds)
    assert all(judge(condition, project).value is False for condition in fails)


@pytest.mark.parametrize(
    ("holds", "fails"),
    [
        pytest.param([{"colour": "red"}, {"colour": "blue"}], [], id="two choices at once"),
        pytest.param([{"all": [{"wet": True}, {"not": {"wet": True}}]}], [], id="yes and no"),
        pytest.param([{"size": {"lt": 3, "gt": 3}}], [], id="below and above"),
        pytest.param([{"size": {"gt": 10}}], [], id="beyond the range"),
        pytest.param([{"wet": True}], [None], id="nothing fails no condition"),
        pytest.param([{"industry_group": "works"}, {"industry_group": "fields"}], [], id="groups that share nobody"),
        pytest.param([{"industry_group": "fields"}, {"smokes": True}], [], id="a presumption that is contradicted"),
    ],
)
def test_no_project_is_found_where_there_is_none(holds, fails):
    assert find_witness(VOCABULARY, holds, fails) is None


ATOMS = st.sampled_from(
    [
        {"colour": "red"},
        {"colour": ["red", "blue"]},
        {"wet": True},
        {"wet": False},
        {"size": {"ge": 5}},
        {"size": {"lt": 5}},
        {"size": {"gt": 5, "le": 7}},
        {"smokes": True},
        {"farms": False},
        {"industry_group": "works"},
    ]
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda some: {"any": some}),
        st.lists(inner, min_size=1, max_size=3).map(lambda some: {"all": some}),
        inner.map(lambda one: {"not": one}),
    ),
    max_leaves=6,
)
WITH_KINDS = Vocabulary.model_validate(
    VOCABULARY.model_dump()
    | {
        "kinds": {
            "mill": {**GROUP, "within": ["C1"], "inside": ["fields"], "facts": {"wet": True}},
            "road": {**GROUP, "within": ["G1"]},
            "shed": {**GROUP, "within": ["A1", "C1"]},
        }
    }
)


def every_project(vocabulary):
    names = ("colour", "wet", "size", "smokes", "farms")
    said = product(("red", "blue"), (True, False), (1.0, 5.0, 6.0, 9.0), (None, True, False), (None, True, False))
    for values, industry, kind in product(said, (None, "A1", "C1", "G1"), (None, *vocabulary.kinds)):
        facts = {name: value for name, value in zip(names, values, strict=True) if value is not None}
        yield Project(vocabulary, industry, facts, kind)


EVERY_PROJECT = {
    "industries": (VOCABULARY, list(every_project(VOCABULARY))),
    "kinds of works too": (WITH_KINDS, list(every_project(WITH_KINDS))),
}


def test_a_kind_of_works_may_be_what_no_industry_is():
    holds = [{"industry_group": "works"}, {"industry_group": "fields"}]
    assert find_witness(VOCABULARY, holds) is None
    project = find_witness(WITH_KINDS, [*holds, {"wet": True}])
    assert (project.industry, project.kind) == (None, "mill")
    assert find_witness(WITH_KINDS, [*holds, {"wet": False}]) is None  # its very name says that it is wet


@pytest.mark.parametrize("world", EVERY_PROJECT)
@given(holds=st.lists(CONDITIONS, min_size=1, max_size=2), fails=st.lists(CONDITIONS, max_size=2))
def test_a_project_is_found_exactly_where_trying_all_of_them_finds_one(world, holds, fails):
    vocabulary, projects = EVERY_PROJECT[world]
    clauses = Clauses()
    wanted = [(clauses.of(condition), value) for some, value in ((holds, True), (fails, False)) for condition in some]
    there_is = any(
        all(heard.truth(clause).value is value for clause, value in wanted) for heard in map(Hearing, projects)
    )
    assert (find_witness(vocabulary, holds, fails) is not None) == there_is
