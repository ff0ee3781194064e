"""A unit's own list: cut into clauses without losing a letter, and shown beside the unit, never for a sketch."""

import orjson
import pytest
from conftest import CENTRAL_YANJI, DAY
from hypothesis import given
from hypothesis import strategies as st

from geo.deployment import Question
from geo.export.html import render_file
from geo.layers.access_list import COLUMNS, access_list, clauses_of
from geo.report import present
from geo.texts import LANGUAGES, say


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        pytest.param("禁止新建化工项目。", ["禁止新建化工项目。"], id="one clause"),
        pytest.param("1.禁止新建。2.禁止扩建。", ["1.禁止新建。", "2.禁止扩建。"], id="numbers with a point"),
        pytest.param("1、禁止新建；2、禁止扩建", ["1、禁止新建；", "2、禁止扩建"], id="numbers with a comma"),
        pytest.param("（1）禁止新建；（2）扩建", ["（1）禁止新建；", "（2）扩建"], id="numbers in brackets"),
        pytest.param("一、禁止新建。二、扩建。", ["一、禁止新建。", "二、扩建。"], id="Chinese numbers"),
        pytest.param("①禁止新建。②扩建。", ["①禁止新建。", "②扩建。"], id="circled numbers"),
        pytest.param("禁止新建\r\n  禁止扩建\n", ["禁止新建\r\n  ", "禁止扩建\n"], id="lines"),
        pytest.param("禁止：（1）化工；（2）印染", ["禁止：", "（1）化工；", "（2）印染"], id="a heading"),
        pytest.param("PM2.5达标。浓度不高于0.5。1.5倍替代", ["PM2.5达标。浓度不高于0.5。1.5倍替代"], id="decimals"),
        pytest.param("禁止（化工；印染）项目；扩建", ["禁止（化工；印染）项目；", "扩建"], id="within brackets"),
        pytest.param("执行“甲；乙”两项", ["执行“甲；乙”两项"], id="within quotation marks"),
        pytest.param(
            "1）新建；2）扩建（含技改；不含维修）", ["1）新建；", "2）扩建（含技改；不含维修）"], id="half a bracket"
        ),
        pytest.param("", [], id="nothing"),
    ],
)
def test_a_text_is_cut_into_its_clauses(text, clauses):
    assert list(clauses_of(text)) == clauses


@given(st.text(alphabet="禁止12.、（1）(；;。：一\n\r “”", max_size=60))
def test_no_letter_is_lost(text):
    clauses = clauses_of(text)
    assert "".join(clauses) == text
    assert all(clauses)


def test_only_dimensions_with_a_text_are_listed():
    attributes = {"list_risk": "禁止。", "list_layout": "1.甲；2.乙", "list_discharge": " ", "list_efficiency": None}
    assert access_list(attributes) == {"layout": ("1.甲；", "2.乙"), "risk": ("禁止。",)}
    assert list(COLUMNS) == ["layout", "discharge", "risk", "efficiency"]


@pytest.fixture
def listed(here):
    """An answer whose unit carries a list; `certainty` says whether its limits are firm."""
    record = orjson.loads(here.screen(Question(site=CENTRAL_YANJI, day=DAY)).json)
    units = next(check for check in record["checks"] if check["layer"] == "control_unit")
    [hit] = [zone for zone in units["zones"] if zone["relation"] == "hit"]
    hit["attributes"] |= {"list_layout": "1.禁止新建甲。2.限制<b>乙</b>。", "list_efficiency": "节水；节能"}

    def answer(certainty, language="zh"):
        units["certainty"] = certainty
        return present(record, here.book, language), hit["name"]

    return answer


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_units_list_stands_once_under_its_finding_clause_by_clause(listed, language):
    view, name = listed("firm", language)
    [(finding, [told])] = [(f, f["access_lists"]) for f in view["findings"] if f["access_lists"]]
    assert finding["layer"] == "control_unit"
    assert told["title"] == say("answer.access_list", language, unit=name)
    assert told["parts"] == [
        {"dimension": say("dimension.layout", language), "clauses": ["1.禁止新建甲。", "2.限制<b>乙</b>。"]},
        {"dimension": say("dimension.efficiency", language), "clauses": ["节水；", "节能"]},
    ]
    page = render_file(view)
    assert told["title"] in page
    assert "2.限制&lt;b&gt;乙&lt;/b&gt;。" in page


def test_a_sketched_unit_shows_no_list(listed):
    view, name = listed("sketch")
    assert all(finding["access_lists"] == [] for finding in view["findings"])
    assert say("answer.access_list", "zh", unit=name) not in render_file(view)
