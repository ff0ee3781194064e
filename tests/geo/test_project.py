import orjson
import pytest
from pydantic import ValidationError
from samples import TEXT, VOCABULARY, make_project

from geo.errors import CatalogueError, FactUnknown, FactValueInvalid, IndustryUnknown
from geo.project import Fact, Known, load_vocabulary, read_project


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(True, id="true itself"),
        *(pytest.param(word, id=word) for word in ("true", "True", " YES ", "1", "是", "有", "예")),
        pytest.param(1, id="the number 1"),
    ],
)
def test_words_for_true(sent):
    assert VOCABULARY.value("discharges_water", sent) is True


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(False, id="false itself"),
        *(pytest.param(word, id=word) for word in ("false", "FALSE", "no", " 0", "否", "无", "아니오")),
        pytest.param(0, id="the number 0"),
    ],
)
def test_words_for_false(sent):
    assert VOCABULARY.value("discharges_water", sent) is False


@pytest.mark.parametrize(
    ("name", "sent", "value"),
    [
        pytest.param("chimney_m", "45", 45.0, id="a number as text"),
        pytest.param("chimney_m", 45, 45.0, id="a number"),
        pytest.param("chimney_m", " 150.5 ", 150.5, id="white space"),
        pytest.param("chimney_m", 0, 0.0, id="the least"),
        pytest.param("chimney_m", 300.0, 300.0, id="the most"),
        pytest.param("nature", "new", "new", id="a choice"),
        pytest.param("nature", " rebuilt\n", "rebuilt", id="a choice with blanks"),
    ],
)
def test_numbers_and_choices(name, sent, value):
    assert VOCABULARY.value(name, sent) == value


@pytest.mark.parametrize(
    ("name", "sent", "words"),
    [
        pytest.param("discharges_water", "perhaps", "“perhaps”; expected: true, false", id="no word for true or false"),
        pytest.param("discharges_water", 2, "“2”; expected: true, false", id="the number 2"),
        pytest.param("discharges_water", ["true"], "expected: true, false", id="a list"),
        pytest.param("chimney_m", "high", "“high”; expected: 0–300 m", id="no number"),
        pytest.param("chimney_m", 300.1, "“300.1”; expected: 0–300 m", id="above the most"),
        pytest.param("chimney_m", -0.1, "“-0.1”; expected: 0–300 m", id="below the least"),
        pytest.param("chimney_m", "nan", "“nan”; expected: 0–300 m", id="NaN"),
        pytest.param("chimney_m", "inf", "“inf”; expected: 0–300 m", id="infinity"),
        pytest.param("chimney_m", True, "“True”; expected: 0–300 m", id="a boolean for a number"),
        pytest.param("chimney_m", {"m": 1}, "expected: 0–300 m", id="an object"),
        pytest.param("nature", "NEW", "“NEW”; expected: new, rebuilt, existing", id="another spelling of a choice"),
        pytest.param("nature", "新建", "“新建”; expected: new, rebuilt, existing", id="the title of a choice"),
        pytest.param("nature", "x" * 500, f"“{'x' * 60}”; expected", id="a long text, cut"),
    ],
)
def test_a_value_that_a_fact_cannot_take(name, sent, words):
    with pytest.raises(FactValueInvalid, match=f"The fact {name} cannot be .*{words}"):
        VOCABULARY.value(name, sent)


def test_a_fact_outside_the_vocabulary():
    with pytest.raises(
        FactUnknown, match="There is no fact “colour”; the facts are: chimney_m, discharges_water, makes_"
    ):
        read_project(VOCABULARY, facts={"colour": "red"})


@pytest.mark.parametrize("empty", [pytest.param(None, id="null"), pytest.param("", id="an empty field")])
def test_an_empty_value_is_not_given(empty):
    project = read_project(VOCABULARY, industry=empty, nature=empty, facts={"discharges_water": empty, "chimney_m": 0})
    assert project.industry is None
    assert project.facts == {"chimney_m": 0.0}
    assert project.fact("discharges_water") == Known(None, "unknown")


def test_an_unknown_fact_is_refused_even_where_it_says_nothing():
    with pytest.raises(FactUnknown, match="There is no fact “colour”"):
        read_project(VOCABULARY, facts={"colour": ""})


def test_an_industry_may_be_named():
    names = VOCABULARY.industries
    only = next(code for code, name in names.items() if sum(name in other for other in names.values()) == 1)
    assert VOCABULARY.industry(f" {names[only]} ") == only
    assert VOCABULARY.industry(f"{only} {names[only]}") == only


def test_nature_stands_among_the_facts():
    assert read_project(VOCABULARY, nature="new").fact("nature") == Known("new", "given")
    assert read_project(VOCABULARY, facts={"nature": "existing"}).fact("nature") == Known("existing", "given")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("C2631", "C2631", id="the full code"),
        pytest.param(" c2631 ", "C2631", id="a small letter"),
        pytest.param("2631", "C2631", id="without its letter"),
        pytest.param("26", "C26", id="a division"),
        pytest.param("0111", "A0111", id="a leading nought"),
        pytest.param("c", "C", id="a section"),
    ],
)
def test_an_industry_is_read(text, code):
    assert read_project(VOCABULARY, industry=text).industry == code


@pytest.mark.parametrize("text", ["C9999", "9999", "111", "2", "水泥", "²", " "])
def test_an_unknown_industry(text):
    with pytest.raises(IndustryUnknown, match=r"GB/T 4754-2017 has no industry code “.*”; use a code such as C2631"):
        read_project(VOCABULARY, industry=text)


@pytest.mark.parametrize(
    ("industry", "group", "belongs"),
    [
        pytest.param("C2631", "soil_polluting", True, id="under a prefix"),
        pytest.param("C26", "soil_polluting", True, id="the prefix itself"),
        pytest.param("C3212", "soil_polluting", False, id="beside a prefix"),
        pytest.param("A0111", "soil_polluting", False, id="another section"),
        pytest.param("C32", "soil_polluting", None, id="too coarse: part of it belongs"),
        pytest.param("C", "soil_polluting", None, id="a section that holds the group"),
        pytest.param("B", "mining", True, id="a whole section"),
        pytest.param(None, "mining", None, id="no industry"),
    ],
)
def test_whether_an_industry_belongs_to_a_group(industry, group, belongs):
    assert make_project(industry).belongs(group) is belongs


@pytest.mark.parametrize(
    ("industry", "given", "known"),
    [
        pytest.param("C2631", None, Known(True, "presumed"), id="in the group, not said"),
        pytest.param("C2631", True, Known(True, "given"), id="in the group, said as presumed"),
        pytest.param("C2631", False, Known(None, "contradicted"), id="in the group, said otherwise"),
        pytest.param("A0111", None, Known(None, "unknown"), id="outside the group, not said"),
        pytest.param("A0111", False, Known(False, "given"), id="outside the group, said"),
        pytest.param("C32", None, Known(None, "unknown"), id="too coarse, not said"),
        pytest.param("C32", False, Known(False, "given"), id="too coarse, said"),
        pytest.param(None, None, Known(None, "unknown"), id="no industry, not said"),
        pytest.param(None, True, Known(True, "given"), id="no industry, said"),
    ],
)
def test_a_fact_presumed_of_a_group(industry, given, known):
    assert make_project(industry, pollutes_soil=given).fact("pollutes_soil") == known


@pytest.mark.parametrize(
    ("industry", "given", "known"),
    [
        pytest.param("A0111", None, Known(False, "presumed"), id="outside the group, not said"),
        pytest.param("A0111", False, Known(False, "given"), id="outside the group, said as presumed"),
        pytest.param("A0111", True, Known(None, "contradicted"), id="outside the group, said otherwise"),
        pytest.param("B0911", None, Known(None, "unknown"), id="in the group, not said"),
        pytest.param("B0911", True, Known(True, "given"), id="in the group, said"),
        pytest.param(None, None, Known(None, "unknown"), id="no industry"),
    ],
)
def test_a_fact_presumed_outside_a_group(industry, given, known):
    assert make_project(industry, makes_tailings=given).fact("makes_tailings") == known


def test_the_record_of_a_project():
    project = read_project(
        VOCABULARY, "2631", "new", {"stores_waste": "否", "chimney_m": "45", "discharges_water": "yes"}
    )
    assert project.canonical() == {
        "industry": "C2631",
        "nature": "new",
        "facts": {"chimney_m": 45.0, "discharges_water": True, "stores_waste": False},
    }


def test_the_order_of_facts_changes_no_record():
    facts = {"stores_waste": True, "chimney_m": 45, "nature": "new"}
    one, other = read_project(VOCABULARY, facts=facts), read_project(VOCABULARY, facts=dict(reversed(facts.items())))
    assert orjson.dumps(one.canonical()) == orjson.dumps(other.canonical())


def test_what_is_presumed_is_not_recorded_as_said():
    assert make_project("C2631").canonical() == {"industry": "C2631", "nature": None, "facts": {}}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"type": "number", "unit": "m", "min": 0}, "a number needs unit, min and max", id="no max"),
        pytest.param({"type": "number", "min": 0, "max": 1}, "a number needs unit, min and max", id="no unit"),
        pytest.param({"type": "choice"}, "a choice, and nothing else, has choices", id="no choices"),
        pytest.param(
            {"type": "bool", "choices": {"a": TEXT}}, "a choice, and nothing else, has choices", id="choices of a bool"
        ),
        pytest.param({"type": "text"}, "Input should be 'bool', 'number' or 'choice'", id="another type"),
        pytest.param({"type": "bool", "colour": 1}, "Extra inputs are not permitted", id="a key too many"),
    ],
)
def test_a_fact_that_cannot_stand(changes, words):
    with pytest.raises(ValidationError, match=words):
        Fact.model_validate({"group": "basics", "question": TEXT, **changes})


FACTS = "facts:\n  wet: {type: bool, group: land, question: {zh: 湿, ko: 젖음, en: Wet}"
GROUPS = "groups: {}\n"
INDUSTRIES = "code,name_zh\nC2631,化学农药制造\n"


def write_vocabulary(folder, facts=FACTS + "}\n", groups=GROUPS, industries=INDUSTRIES):
    for name, text in (("facts.yaml", facts), ("industry_groups.yaml", groups), ("industries.csv", industries)):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_vocabulary_is_read_from_its_folder(tmp_path):
    found = load_vocabulary(write_vocabulary(tmp_path))
    assert list(found.facts) == ["wet"]
    assert found.industries == {"C2631": "化学农药制造"}


@pytest.mark.parametrize(
    ("files", "words"),
    [
        pytest.param({"facts": "facts: [wet]\n"}, "facts", id="a list of facts"),
        pytest.param({"facts": "nothing: {}\n"}, "facts", id="no facts"),
        pytest.param({"facts": "facts: {wet: {type: bool\n"}, "expected", id="YAML cut off"),
        pytest.param({"groups": "groups: {g: {codes: [C]}}\n"}, "title", id="a group without a title"),
        pytest.param({"industries": "number,name\n1,x\n"}, "code", id="industries without a code"),
        pytest.param(
            {"facts": FACTS + ", presumed: {industry_group: nobody, value: true}}\n"},
            "wet is presumed from an unknown group",
            id="presumed from nobody",
        ),
    ],
)
def test_a_vocabulary_that_cannot_be_used(tmp_path, files, words):
    with pytest.raises(CatalogueError, match=f"(?s)cannot be used: .*{words}"):
        load_vocabulary(write_vocabulary(tmp_path, **files))


def test_a_vocabulary_file_that_is_not_there(tmp_path):
    (write_vocabulary(tmp_path) / "industries.csv").unlink()
    with pytest.raises(CatalogueError, match=r"cannot be used: .*No such file"):
        load_vocabulary(tmp_path)
