"""Several sites side by side: cells that never read milder than their data, and dominance that is an order."""

from dataclasses import replace
from datetime import date
from itertools import count, permutations

import orjson
import pytest
import shapely
from click.testing import CliRunner
from conftest import CENTRAL_YANJI, DAY, ERDAOBAIHE
from hypothesis import given
from hypothesis import strategies as st
from samples import EVERYWHERE, KIND, STEADY, by, make_book, make_entry, make_layer, make_project, make_rule, make_zone

from geo.alternatives import MOST, NAMES, named, weigh
from geo.cli import main
from geo.cli.alternatives import read_place
from geo.deployment import Deployment, Question
from geo.dominance import Span, dominates
from geo.errors import AlternativeUnusable, BodyInvalid, TimeUp
from geo.export.alternatives import present_alternatives
from geo.layers.store import LayerStore, Snapshot
from geo.rules.load import Rulebook
from geo.rules.model import EFFECTS
from geo.screening import screen_site
from geo.site import read_site
from geo.texts import LANGUAGES

BESIDE_YANJI = "129.35,42.9"
PLACES = (CENTRAL_YANJI, BESIDE_YANJI, ERDAOBAIHE, "130.3,42.9")
PLANT = Question(site=CENTRAL_YANJI, industry="C2631", nature="new", day=DAY, facts={"breaches_access_list": "false"})


def questions(*places: str, **changes) -> list[Question]:
    return [replace(PLANT, site=place, **changes) for place in places]


def weighed(here, *places: str, names=None, **changes):
    screenings = here.alternatives(names or [""] * len(places), questions(*places, **changes))
    return weigh(names or [""] * len(places), [screening.record for screening in screenings], here.book)


def pairs(found, basis: str = "indicative") -> set[tuple[str, str]]:
    return {(one.site, one.by) for one in found.dominated if one.basis == basis}


# Spans, as one rule may give them: what is sure, what is possible, what was not checked, what is open alike.
BLIND = st.frozensets(st.sampled_from([("unplaced", "a"), ("unplaced", "b"), ("not_supplied", "x")]))


@st.composite
def spans(draw, effect: str) -> Span:
    state = draw(st.sampled_from(["applies", "undecided", "alike", "nothing"]))
    return Span(
        effect,
        sure=effect if state == "applies" else "none",
        possible="none" if state == "nothing" else effect,
        blind=draw(BLIND),
        shared=frozenset({("fact", draw(st.sampled_from("pq")))}) if state == "alike" else frozenset(),
    )


@st.composite
def sites(draw, number: int) -> list[list[Span]]:
    effects = draw(st.lists(st.sampled_from(EFFECTS[1:]), min_size=1, max_size=4))
    return [[draw(spans(effect)) for effect in effects] for _ in range(number)]


def over(one: list[Span], other: list[Span]) -> bool:
    return dominates(zip(one, other, strict=True))


@STEADY
@given(sites(1))
def test_no_site_dominates_itself_or_its_twin(drawn):
    assert not over(drawn[0], drawn[0])


@STEADY
@given(sites(2))
def test_two_sites_never_dominate_each_other(drawn):
    one, other = drawn
    assert not (over(one, other) and over(other, one))


@STEADY
@given(sites(3))
def test_dominance_is_transitive(drawn):
    for one, other, third in permutations(drawn):
        assert over(one, third) or not (over(one, other) and over(other, third))


@STEADY
@given(sites(2))
def test_the_dominating_site_has_no_graver_range(drawn):
    one, other = drawn
    if over(one, other):
        for end in ("sure", "worst"):
            gravest = [max(EFFECTS.index(getattr(span, end)) for span in site) for site in drawn]
            assert gravest[0] <= gravest[1]


APPLIES, NOTHING, OPEN = (
    Span("prohibited", "prohibited", "prohibited"),
    *(Span("prohibited", "none", word) for word in ("none", "prohibited")),
)
UNCHECKED = replace(NOTHING, blind=frozenset({("not_supplied", "x")}))
UNPLACED = replace(NOTHING, blind=frozenset({("unplaced", "zone")}))
ALIKE = replace(OPEN, shared=frozenset({("fact", "nature")}))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param([NOTHING], [APPLIES], True, id="what is not touched beats what applies"),
        pytest.param([APPLIES], [APPLIES], False, id="both apply"),
        pytest.param([OPEN, NOTHING], [OPEN, APPLIES], False, id="what is open may turn out worse here"),
        pytest.param([ALIKE, NOTHING], [ALIKE, APPLIES], True, id="what is open for the project alike is a tie"),
        pytest.param([UNCHECKED, NOTHING], [NOTHING, APPLIES], False, id="unchecked here alone"),
        pytest.param([UNCHECKED, NOTHING], [UNCHECKED, APPLIES], True, id="unchecked on both"),
        pytest.param([UNCHECKED], [APPLIES], False, id="what is not checked at all is not better"),
        pytest.param([UNPLACED], [APPLIES], True, id="checked, but for zones without a place"),
        pytest.param([OPEN, NOTHING], [APPLIES, APPLIES], True, id="open here, where it applies there for sure"),
        pytest.param([Span("noted", "none", "none")], [Span("noted", "noted", "noted")], False, id="a note alone"),
    ],
)
def test_what_dominates(one, other, expected):
    assert over(one, other) is expected


def test_a_site_away_from_homes_dominates_one_among_them_by_that_rule(here):
    found = weighed(here, CENTRAL_YANJI, BESIDE_YANJI)
    assert pairs(found) == {("A", "B")}
    assert "soil.sensitive_surroundings" in found.dominated[0].better
    assert pairs(found, "firm") == set()  # sketched limits decide nothing for sure


def test_an_open_question_about_the_ground_forbids_the_comparison(here):
    assert pairs(weighed(here, CENTRAL_YANJI, BESIDE_YANJI, facts={})) == set()


def test_a_point_dominates_no_area(here):
    west, south = map(float, CENTRAL_YANJI.split(","))
    area = shapely.box(west, south, west + 0.001, south + 0.001).wkt
    assert pairs(weighed(here, area, BESIDE_YANJI)) == set()


def test_a_duplicate_never_dominates_its_twin_and_shares_its_fate(here):
    found = weighed(here, CENTRAL_YANJI, CENTRAL_YANJI, BESIDE_YANJI, BESIDE_YANJI)
    assert pairs(found) == {("A", "C"), ("A", "D"), ("B", "C"), ("B", "D")}


@pytest.mark.parametrize("order", [(3, 2, 1, 0), (1, 3, 0, 2)])
def test_the_order_of_sites_changes_nothing_but_the_order(here, order):
    first = weighed(here, *PLACES, names=list("ABCD"))
    again = weighed(here, *(PLACES[n] for n in order), names=["ABCD"[n] for n in order])
    said, told = first.record, again.record
    assert (said["id"], said["dominated"]) == (told["id"], told["dominated"])
    assert told["sites"] == [said["sites"][n] for n in order]
    assert told["rows"] == [row | {"cells": [row["cells"][n] for n in order]} for row in said["rows"]]


def test_a_further_site_changes_nothing_between_two_others(here):
    whole = weighed(here, *PLACES, names=list("ABCD"))
    for one, other in permutations("ABCD", 2):
        pair = weighed(here, *(PLACES["ABCD".index(name)] for name in (one, other)), names=[one, other])
        assert {(one, other), (other, one)} & pairs(whole) == pairs(pair)


def test_each_answer_has_the_bytes_of_the_site_screened_alone(here):
    answers = here.alternatives([""] * 4, questions(*PLACES))
    assert [one.json for one in answers] == [here.screen(question).json for question in questions(*PLACES)]
    record = weigh([""] * 4, [one.record for one in answers], here.book).record
    assert [site["screening"] for site in record["sites"]] == [one.record["id"] for one in answers]


def test_ground_without_data_is_not_checked_and_never_not_touched(here):
    found = weighed(here, *PLACES)
    seen = {"not_checked": 0, "not_touched": 0}
    for number, record in enumerate(found.records):
        checks = {check["layer"]: check for check in record["checks"]}
        for row in found.rows:
            state, check = row.cells[number].state, checks[row.layer]
            silent = check["status"] in ("failed", "no_data_here")
            if state in seen:
                assert (state == "not_checked") is silent, (row.rule, number)
                seen[state] += 1
            else:
                assert not silent
    assert min(seen.values()) > 0


def test_a_cell_spans_what_the_verdicts_of_its_site_say(here):
    found = weighed(here, *PLACES)
    for number, record in enumerate(found.records):
        for basis, name in (("firm", "range"), ("indicative", "indicative_range")):
            cells = [row.cells[number].span(basis) for row in found.rows]
            ends = [max((getattr(span, end) for span in cells), key=EFFECTS.index) for end in ("sure", "worst")]
            assert ends == record[name], (number, basis)


def test_rows_that_differ_come_first_and_equal_ones_after(here):
    apart = [row["apart"] for row in weighed(here, *PLACES).record["rows"]]
    assert apart == sorted(apart, reverse=True)
    assert {True, False} == set(apart)
    assert not any(row["apart"] for row in weighed(here, CENTRAL_YANJI, CENTRAL_YANJI).record["rows"])


def test_the_deciding_rule_is_the_gravest_that_applies(here):
    sites = weighed(here, *PLACES).record["sites"]
    assert sites[0]["deciding"] == {"firm": None, "indicative": "soil.sensitive_surroundings"}
    assert sites[2]["deciding"]["indicative"] == "shelter_belt.occupy"
    assert "red_line" in sites[2]["not_checked"]
    assert "red_line" not in sites[0]["not_checked"]


# A small world: an official zone under one site of three, in a layer that speaks for all but the third.
COUNTIES = make_entry("county", group="place")
LAND = shapely.box(126.0, 42.0, 127.0, 43.0)
ON, OFF, BEYOND = "POINT (126.2 42.5)", "POINT (126.8 42.5)", "POINT (127.5 42.5)"


def answers(rules, *places: str, zones=None, **project):
    kinds = (KIND, "county")
    data = make_book(rules, kinds).data
    catalogue = {**data["catalogue"], "county": COUNTIES.model_dump(mode="json")}
    book = Rulebook.of({**data, "catalogue": catalogue})
    zone = make_zone("z", shapely.box(126.1, 42.4, 126.3, 42.6), zone_class="class_1")
    layers = {
        KIND: make_layer([zone] if zones is None else zones, LAND),
        "county": make_layer([make_zone("c", EVERYWHERE, layer="county")], entry=COUNTIES, kind="county"),
    }
    screened = [
        screen_site(read_site(place), make_project(**project), date(2026, 6, 1), Snapshot("test", layers), book).record
        for place in places
    ]
    return weigh([""] * len(places), screened, book)


def states(found) -> list[str]:
    return [cell.state for row in found.rows for cell in row.cells]


def test_on_official_limits_both_bases_say_the_same():
    found = answers([make_rule()], ON, OFF)
    assert states(found) == ["applies", "not_touched"]
    assert pairs(found, "firm") == pairs(found) == {("A", "B")}


def test_a_site_beyond_the_layers_ground_is_no_better_than_one_that_was_checked():
    found = answers([make_rule()], ON, BEYOND, OFF)
    assert states(found) == ["applies", "not_checked", "not_touched"]
    assert pairs(found, "firm") == {("A", "C")}


def test_an_exception_given_frees_every_site():
    rule = make_rule(versions=by("law"))
    rule["versions"][0]["unless"] = {"purpose": ["water_supply"]}
    found = answers([rule], ON, OFF, purpose="water_supply")
    assert states(found) == ["excepted", "not_touched"]
    assert found.dominated == ()


def test_what_is_open_for_the_projects_own_facts_ties_and_for_the_ground_does_not():
    own = make_rule("own", versions=by("law"))
    own["versions"][0]["when_project"] = {"discharges_water": True}
    both = make_zone("w", shapely.box(126.0, 42.0, 127.0, 43.0), zone_class="class_2")
    narrow = make_zone("n", shapely.box(126.1, 42.4, 126.3, 42.6), zone_class="class_1")
    own["versions"][0]["where"] = {"zone_class": ["class_2"]}
    grave = make_rule("grave", versions=by("law"))
    grave["versions"][0]["where"] = {"zone_class": ["class_1"]}
    assert pairs(answers([own, grave], ON, OFF, zones=[both, narrow]), "firm") == {("A", "B")}
    own["versions"][0]["when_project"] = {"on_list": True}
    assert pairs(answers([own, grave], ON, OFF, zones=[both, narrow]), "firm") == set()


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["A"], "2 to 10 are expected, 1 came"),
        ([""] * (MOST + 1), "2 to 10 are expected, 11 came"),
        (["x", "x"], "one of its own"),
        (["B", ""], "one of its own"),
        (["x" * 41, ""], "at most 40 printable"),
        (["a\u202eb", ""], "at most 40 printable"),
        (["a\nb", ""], "at most 40 printable"),
    ],
)
def test_names_that_are_none_are_refused(names, words):
    with pytest.raises(BodyInvalid, match=words):
        named(names)


def test_sites_without_a_name_have_letters():
    assert named(["", " east ", ""]) == ("A", "east", "C")
    assert named([""] * MOST) == tuple(NAMES)


def test_answers_to_different_questions_are_not_set_side_by_side(here):
    records = [here.screen(PLANT).record, here.screen(replace(PLANT, nature="existing")).record]
    with pytest.raises(BodyInvalid, match="the same project, day, releases"):
        weigh(["", ""], records, here.book)


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "选址“山里”不能用：坐标"), ("ko", "‘山里’"), ("en", "The site “山里”")]
)
def test_the_site_that_cannot_be_used_is_named(here, language, words):
    with pytest.raises(AlternativeUnusable) as refused:
        here.alternatives(["", "山里"], questions(CENTRAL_YANJI, "150,42"))
    assert refused.value.text(language).startswith(words)
    assert refused.value.parameters["reason"].text(language) in refused.value.text(language)


def test_all_sites_together_take_the_time_of_one(here, monkeypatch):
    ticks = count()
    for module in ("deployment", "screening", "ground"):
        monkeypatch.setattr(f"geo.{module}.monotonic", lambda: float(next(ticks)))

    def within(seconds: float) -> Deployment:
        settings = replace(here.settings, screening_seconds=seconds)
        return Deployment(settings, LayerStore(settings), here.book)  # that was never asked about a site

    first = next(ticks)
    within(1e9).screen(PLANT)
    once = 1.5 * (next(ticks) - first)
    within(once).screen(PLANT)
    with pytest.raises(TimeUp):
        within(once).alternatives([""] * 3, questions(*(f"129.50{number},42.8883" for number in (23, 24, 25))))


def test_the_words_say_illustrative_first_in_three_languages(here):
    found = weighed(here, *PLACES, names=["甲", "乙", "丙", "丁"])
    views = [present_alternatives(found, here.book, language) for language in LANGUAGES]
    heads = {language: view["headlines"][0] for language, view in zip(LANGUAGES, views, strict=True)}
    assert heads["zh"].startswith("示意结果：若示意界线属实，4 处选址中，甲 被 乙 支配")
    assert heads["en"].startswith(
        "Illustrative answer: if the sketched limits were true, of 4 sites, 甲 is dominated by 乙"
    )
    assert heads["ko"].startswith("예시 결과")
    for view in views:
        assert len(view["headlines"]) == 2
        cells = [cell for row in view["apart"] + view["apart_by_data"] for cell in row["cells"]]
        assert {cell["mark"] for cell in cells} >= {"■", "?", "–", "/"}
        assert view["nowhere"]
        assert view["sites"][2]["not_checked"]
        assert all(row["title"] for row in view["apart"])


@pytest.fixture
def run(built, monkeypatch):
    monkeypatch.setenv("FENQU_LAYERS", str(built.layers))
    monkeypatch.setenv("FENQU_LEDGER", built.ledger)
    asked = ["--industry", "C2631", "--nature", "new", "--as-of", DAY, "--fact", "breaches_access_list=false"]
    return lambda *words: CliRunner().invoke(main, ["--lang", "zh", "alternatives", *words, *asked])


def test_the_command_says_what_is_dominated_and_what_decides(run):
    told = run("--site", CENTRAL_YANJI, "--site", f"城外={BESIDE_YANJI}").output
    assert told.startswith("示意结果：若示意界线属实，2 处选址中，A 被 城外 支配。")
    assert "居民住宅区、学校、医院等周边可能造成土壤污染的建设项目" in told
    assert "怎样才会不同: 选址避开 延吉建成区（示意）" in told


def test_the_commands_json_is_the_record_and_a_file_gives_the_same(run, here, tmp_path):
    said = run("--site", f"x={CENTRAL_YANJI}", "--site", f"y={BESIDE_YANJI}", "--json").stdout_bytes
    assert said == weighed(here, CENTRAL_YANJI, BESIDE_YANJI, names=["x", "y"]).json
    file = tmp_path / "sites.geojson"
    features = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {"type": "Point", "coordinates": [float(number) for number in at.split(",")]},
        }
        for name, at in (("x", CENTRAL_YANJI), ("y", BESIDE_YANJI))
    ]
    file.write_bytes(orjson.dumps({"type": "FeatureCollection", "features": features}))
    assert run(str(file), "--crs", "EPSG:4490", "--json").stdout_bytes == said


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--site", CENTRAL_YANJI], "body_invalid"),
        (["--site", CENTRAL_YANJI, "--site", "nowhere"], "alternative_unusable"),
    ],
)
def test_the_command_refuses_what_it_cannot_use(run, words, code):
    refused = run(*words)
    assert refused.exit_code == 2
    assert code in refused.output


def test_a_file_that_holds_no_sites_is_refused(run, tmp_path):
    file = tmp_path / "x.geojson"
    for content in (b"{", b"[]", b'{"type": "Point"}', b'{"features": [1]}'):
        file.write_bytes(content)
        told = run(str(file))
        assert told.exit_code == 2
        assert "site_file_broken" in told.output


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("east=129.5,42.9", ("east", "129.5,42.9")),
        ("129.5,42.9", ("", "129.5,42.9")),
        ("SRID=4490;POINT (129 42)", ("", "SRID=4490;POINT (129 42)")),
        ('{"name": "a=b"}', ("", '{"name": "a=b"}')),
    ],
)
def test_a_place_is_told_from_its_name(text, place):
    assert read_place(text) == place
