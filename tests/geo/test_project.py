import orjson
import pytest
from pydantic import ValidationError
from samples import TEXT, VOCABULARY, make_project

from geo.errors import CatalogueError, FactUnknown, FactValueInvalid, IndustryUnknown, KindUnknown
from geo.project import Known, read_project
from geo.settings import ROOT
from geo.vocabulary import Fact, load_vocabulary

SHIPPED = load_vocabulary(ROOT / "layers" / "vocabulary")


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
    ("text", "similar"),
    [
        pytest.param(
            "打药",
            "C2631 化学农药制造, C26 化学原料和化学制品制造业",
            id="an everyday word suggests, and decides nothing",
        ),
        pytest.param("농약", "C2631 ", id="in Korean"),
        pytest.param("农", "C2631 化学农药制造, A 农", id="in several names"),
        pytest.param("9", "–", id="nothing like it"),
    ],
)
def test_what_was_not_understood_gets_suggestions(text, similar):
    with pytest.raises(IndustryUnknown, match=f"Industries that it may mean: {similar}"):
        VOCABULARY.industry(text)


@pytest.mark.parametrize(
    ("name", "given", "known"),
    [
        pytest.param("purpose", None, Known("research", "presumed"), id="not said"),
        pytest.param("purpose", "research", Known("research", "given"), id="said as presumed"),
        pytest.param("purpose", "manufacturing", Known(None, "contradicted"), id="said otherwise"),
        pytest.param("stores_waste", False, Known(None, "contradicted"), id="no, against a presumed yes"),
        pytest.param("pollutes_soil", None, Known(True, "presumed"), id="by a group that the kind is inside of"),
        pytest.param("pollutes_soil", False, Known(None, "contradicted"), id="otherwise than by the group"),
        pytest.param("makes_tailings", None, Known(None, "unknown"), id="a group that the kind leaves open"),
        pytest.param("discharges_water", None, Known(None, "unknown"), id="a fact that the kind says nothing of"),
    ],
)
def test_a_fact_presumed_of_a_kind(name, given, known):
    assert make_project(None, "pit", **{name: given}).fact(name) == known


@pytest.mark.parametrize(
    ("industry", "kind", "group", "belongs"),
    [
        pytest.param(None, "school", "mining", False, id="outside by the kind"),
        pytest.param(None, "school", "soil_polluting", None, id="its industries part"),
        pytest.param(None, "pit", "mining", None, id="one of its industries is in, one out"),
        pytest.param("C2631", "school", "soil_polluting", True, id="left open, told by the code"),
        pytest.param("C32", "pit", "soil_polluting", True, id="the code too coarse, told by the kind"),
        pytest.param("A0111", "pit", "soil_polluting", None, id="code and kind contradict each other"),
        pytest.param("C2631", "pit", "soil_polluting", True, id="code and kind agree"),
    ],
)
def test_whether_a_kind_belongs_to_a_group(industry, kind, group, belongs):
    assert make_project(industry, kind).belongs(group) is belongs


def test_code_and_kind_that_contradict_each_other_presume_nothing():
    assert make_project("A0111", "school").fact("makes_tailings") == Known(False, "presumed")
    assert make_project("B0911", "school").fact("makes_tailings") == Known(None, "contradicted")
    assert make_project("B0911", "school", makes_tailings=True).fact("makes_tailings") == Known(True, "given")


def test_works_that_have_a_kind_are_asked_for_the_fact_and_not_for_the_industry():
    assert make_project().presumable("makes_tailings")
    assert not make_project(None, "pit").presumable("makes_tailings")


def test_an_unknown_kind():
    with pytest.raises(KindUnknown, match="There is no kind of project “mine”; the kinds are: pit, school"):
        make_project(None, "mine")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param(" School ", "school", id="capitals and white space"),
        pytest.param("学校、幼儿园", "school", id="Chinese"),
        pytest.param("학교·유치원", "school", id="Korean"),
        pytest.param("school  or KINDERGARTEN", "school", id="English"),
        pytest.param("公路（含桥梁、隧道）", "highway", id="a title with brackets"),
    ],
)
def test_a_kind_is_read(text, kind):
    assert read_project(SHIPPED, kind=text).kind == kind


@pytest.mark.parametrize("name", list(SHIPPED.kinds))
def test_the_titles_of_a_shipped_kind_name_it_alone(name):
    assert {SHIPPED.kind(title) for title in SHIPPED.kinds[name].title.model_dump().values()} == {name}


def test_a_title_that_two_kinds_share_names_neither():
    with pytest.raises(KindUnknown, match="There is no kind of project “Sample”"):
        make_project(None, "Sample")


@pytest.mark.parametrize("empty", [None, "", "  ", "\t"], ids=["none", "empty", "blanks", "a tab"])
def test_an_empty_kind_is_not_given(empty):
    assert read_project(VOCABULARY, kind=empty).kind is None


def test_a_kind_stands_in_the_record_only_where_it_was_given():
    assert make_project(None, " pit ").canonical() == {"industry": None, "nature": None, "facts": {}, "kind": "pit"}
    assert "kind" not in read_project(VOCABULARY, kind="").canonical()


@pytest.mark.parametrize("name", list(SHIPPED.kinds))
def test_a_shipped_kind_does_not_contradict_itself(name):
    kind = SHIPPED.kinds[name]
    project = read_project(SHIPPED, kind=name)
    assert {fact: project.fact(fact) for fact in kind.facts} == {
        fact: Known(value, "presumed") for fact, value in kind.facts.items()
    }


@pytest.mark.parametrize("name", list(SHIPPED.groups))
def test_a_shipped_group_names_industries(name):
    prefixes = SHIPPED.groups[name].codes
    assert set(prefixes) <= set(SHIPPED.industries)
    assert len(set(prefixes)) == len(prefixes)


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
GROUP = "groups:\n  g: {title: {zh: 组, ko: 군, en: G}, codes: [C], source: {zh: 例, ko: 예, en: Sample}, mark: G}\n"
INDUSTRIES = "code,name_zh\nC2631,化学农药制造\n"


WORDS = "words_zh,words_ko,words_en,codes,mark\n农药厂;打药,농약,pesticides,C2631,G\n"
KIND = (
    "kinds:\n  road: {title: {zh: 路, ko: 길, en: Road}, within: [C2631], source: {zh: 例, ko: 예, en: Sample}, mark: G"
)


def write_vocabulary(
    folder, facts=FACTS + "}\n", groups=GROUPS, industries=INDUSTRIES, words=WORDS, kinds=KIND + "}\n"
):
    files = {
        "facts.yaml": facts,
        "industry_groups.yaml": groups,
        "industries.csv": industries,
        "industry_words.csv": words,
        "project_kinds.yaml": kinds,
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_vocabulary_is_read_from_its_folder(tmp_path):
    found = load_vocabulary(write_vocabulary(tmp_path))
    assert list(found.facts) == ["wet"]
    assert found.industries == {"C2631": "化学农药制造"}
    assert [(word.words_zh, word.words_ko, word.words_en, word.codes) for word in found.words] == [
        (("农药厂", "打药"), ("농약",), ("pesticides",), ("C2631",))
    ]
    assert list(found.kinds) == ["road"]


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
        pytest.param({"words": WORDS.replace("C2631", "C9999")}, "no industry has the code C9999", id="no such code"),
        pytest.param({"words": WORDS.partition("\n")[0] + "\n农药厂\n"}, "split", id="a row of words cut off"),
        pytest.param({"kinds": KIND + ", inside: [nobody]}\n"}, "road: nobody is no group", id="a kind of no group"),
        pytest.param(
            {"groups": GROUP, "kinds": KIND + ", inside: [g], outside: [g]}\n"},
            "road: g is inside and outside",
            id="a kind on both sides",
        ),
        pytest.param({"kinds": KIND + ", facts: {dry: true}}\n"}, "dry cannot be True", id="a kind with no such fact"),
        pytest.param(
            {"kinds": KIND + ", facts: {wet: often}}\n"}, "wet cannot be often", id="a kind with no such value"
        ),
        pytest.param({"kinds": KIND.replace("C2631", "C99") + "}\n"}, "the code C99", id="a kind of no industry"),
        pytest.param({"kinds": KIND.replace("[C2631]", "[]") + "}\n"}, "names no industry", id="a kind within nothing"),
    ],
)
def test_a_vocabulary_that_cannot_be_used(tmp_path, files, words):
    with pytest.raises(CatalogueError, match=f"(?s)cannot be used: .*{words}"):
        load_vocabulary(write_vocabulary(tmp_path, **files))


def test_a_vocabulary_file_that_is_not_there(tmp_path):
    (write_vocabulary(tmp_path) / "industries.csv").unlink()
    with pytest.raises(CatalogueError, match=r"cannot be used: .*No such file"):
        load_vocabulary(tmp_path)
