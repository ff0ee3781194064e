"""The review: each finding is made to fire in a small book, beside a near miss in which it must not."""

import orjson
import pytest
import yaml
from click.testing import CliRunner

from geo.cli import main
from geo.errors import RulebookError
from geo.rules.coverage import Clause, Coverage, load_coverage
from geo.rules.flaws import CODES, Exemption, Exemptions, Flaw, load_exemptions
from geo.rules.load import Rulebook, load_rulebook
from geo.rules.review import find_flaws, review_book
from geo.settings import ROOT, Settings
from geo.texts import LANGUAGES, catalogue

TEXT = {"zh": "问", "ko": "물음", "en": "question"}
STYLE = {"fill": "#ffffff", "stroke": "#000000"}
SAID = {
    "title": TEXT, "layer": "ground", "effect": "prohibited", "dimension": "layout", "level": "state",
    "authority": {"table": "office"}, "next": TEXT, "when_project": {"wet": True},
    "tests": {"catches": [{"project": {"wet": True}}], "passes": [{"project": {"wet": False}}]},
}  # fmt: skip
FREED = {"when_project": {"wet": True}, "unless": {"colour": "red"}}
BINDING = {"effect": "conditional", "when_project": {"wet": True, "colour": "red"}}


def provision(document="law", article="1", phrase="禁止建设"):
    return {"document": document, "article": article, "phrase": phrase, "verified": False}


def version(start="2020-01-01", end=None, provisions=None, **changes):
    ends = {"to": end} if end else {}
    return {"from": start, **ends, "provisions": provisions or [provision()], **changes}


def rule(name="a.rule", versions=None, **changes):
    return {**SAID, "id": name, "versions": versions or [version()], **changes}


def document(name, status=None, **changes):
    return {"id": name, "title": TEXT, "source": TEXT, "status": status or [period()], "superseded_by": None, **changes}


def period(start="2000-01-01", end=None, said="in_force"):
    return {"from": start, **({"to": end} if end else {}), "is": said}


def layer(kind, **attributes):
    return {
        "kind": kind, "title": TEXT, "group": "land", "order": len(kind), "owner": TEXT, "style": STYLE,
        "attributes": attributes,
    }  # fmt: skip


def fact(kind="bool", **changes):
    return {"type": kind, "group": "basics", "question": TEXT, **changes}


def book(*rules, documents=(), layers=(), facts=None):
    """A small book: one law, one kind of ground, a condition on two facts; by default nothing is to be mended."""
    spoken = (
        [*rules, rule("z.spoken", level="unit", when_project={"wet": False, "colour": "blue"})] if rules else [rule()]
    )
    colour = fact("choice", choices={"red": TEXT, "blue": TEXT}, depends_on={"wet": True})
    size = fact("number", unit="t", min=0, max=100)
    asked = {"wet": fact(), "colour": colour, "size": size} if rules else {"wet": fact()}
    data = {
        "rules": {said["id"]: said for said in spoken},
        "documents": {said["id"]: said for said in (document("law"), *documents)},
        "authorities": {"office": [{"office": TEXT}]},
        "catalogue": {said["kind"]: said for said in (layer("ground", zone_class=["core", "edge"]), *layers)},
        "vocabulary": {"facts": facts or asked, "groups": {}, "industries": {}},
    }
    return Rulebook.of(data)


def found(made, coverage=None, exemptions=None):
    flaws = find_flaws(made, coverage or Coverage(), exemptions or Exemptions())
    return [flaw for flaw in flaws if (flaw.code, flaw.subject) != ("fact_unused", "size")]


def codes(made, **more):
    return [flaw.code for flaw in found(made, **more)]


def test_a_book_without_a_flaw():
    assert codes(book()) == []
    assert codes(book(rule())) == []


LAPSED = [period(end="2024-01-01"), period("2024-01-01", said="lapsed_successor_unknown")]
REPEALED = [period(end="2024-01-01"), period("2024-01-01", said="repealed")]
OLD = document("old", REPEALED)
LAW_2 = document("law_2")
TWO = {"when_project": {"wet": True, "colour": "red"}}
GREEN = {"zh": "绿", "ko": "초록", "en": "green"}
CASES = [
    pytest.param(
        "unreachable",
        lambda: book(rule(versions=[version("2020-01-01", "2020-01-01")])),
        lambda: book(
            rule(
                versions=[version("2020-01-01", "2020-01-02", [provision("old")])],
                tests={"catches": [{"project": {"wet": True}, "day": "2020-01-01"}], "passes": [{}]},
            ),
            documents=[document("old", [period(end="2020-01-02"), period("2020-01-02", said="repealed")])],
        ),
        id="a version of no day, and of one",
    ),
    pytest.param(
        "unreachable",
        lambda: book(rule(when_project={"size": {"gt": 5, "lt": 5}})),
        lambda: book(rule(when_project={"size": {"ge": 5, "le": 5}})),
        id="a number above and below 5, and neither",
    ),
    pytest.param(
        "unreachable",
        lambda: book(rule(when_project={"wet": True, "not": {"wet": True}})),
        lambda: book(rule(when_project={"wet": True, "not": {"colour": "red"}})),
        id="yes and no to one question, and to two",
    ),
    pytest.param(
        "unreachable",
        lambda: book(rule(when_project={"wet": True}, unless={"colour": ["red", "blue"]})),
        lambda: book(rule(when_project={"wet": True}, unless={"colour": "red"})),
        id="an exception of all, and of some",
    ),
    pytest.param(
        "unless_idle",
        lambda: book(rule(when_project={"colour": "blue"}, unless={"colour": "red"})),
        lambda: book(rule(when_project={"colour": ["blue", "red"]}, unless={"colour": "red"})),
        id="an exception of none, and of some",
    ),
    pytest.param(
        "untriggerable",
        lambda: book(rule(where={"zone_class": []})),
        lambda: book(rule(where={"zone_class": ["edge"]})),
        id="a filter without a value, and with one",
    ),
    pytest.param(
        "layer_unspoken",
        lambda: book(rule(), layers=[layer("sky")]),
        lambda: book(rule(), rule("sky.rule", layer="sky"), layers=[layer("sky")]),
        id="a kind without a rule, and with one",
    ),
    pytest.param(
        "contradiction",
        lambda: book(rule("a.duty", **BINDING), rule("b.ban")),
        lambda: book(rule("a.duty", **BINDING), rule("b.ban", unless={"colour": "red"})),
        id="allowed if …, and banned; or excepted from the ban",
    ),
    pytest.param(
        "contradiction",
        lambda: book(rule("a.freed", **FREED), rule("b.ban", when_project={"colour": "red"})),
        lambda: book(rule("a.freed", **FREED), rule("b.ban", when_project={"colour": "red", "size": {"gt": 9}})),
        id="freed by an exception, and banned; or the large ones banned",
    ),
    pytest.param(
        "contradiction",
        lambda: book(rule("a.duty", **BINDING, where={"zone_class": "core"}), rule("b.ban")),
        lambda: book(rule("a.duty", **BINDING), rule("b.ban", where={"zone_class": "core"})),
        id="banned on all of its ground, and on some",
    ),
    pytest.param(
        "contradiction",
        lambda: book(rule("a.duty", **BINDING), rule("b.ban")),
        lambda: book(rule("a.duty", **BINDING), rule("b.ban", level="province")),
        id="banned at its own level, and at another",
    ),
    pytest.param(
        "contradiction",
        lambda: book(rule("a.duty", **BINDING), rule("b.ban", region="here")),
        lambda: book(rule("a.duty", **BINDING, region="there"), rule("b.ban", region="here")),
        id="banned in its region, and in another",
    ),
    pytest.param(
        "contradiction",
        lambda: book(
            rule("a.duty", **BINDING),
            rule("b.ban", versions=[version(end="2024-01-01", provisions=[provision("old")])]),
            documents=[OLD],
        ),
        lambda: book(
            rule("a.duty", **BINDING, versions=[version("2024-01-01")]),
            rule("b.ban", versions=[version(end="2024-01-01", provisions=[provision("old")])]),
            documents=[OLD],
        ),
        id="banned on days of its life, and before",
    ),
    pytest.param(
        "fact_unused",
        lambda: book(facts={"wet": fact(), "dry": fact()}),
        lambda: book(facts={"wet": fact(depends_on={"dry": True}), "dry": fact()}),
        id="a fact that nobody asks for, and one that another depends on",
    ),
    pytest.param(
        "document_ended",
        lambda: book(rule(versions=[version(provisions=[provision("old")])]), documents=[document("old", LAPSED)]),
        lambda: book(
            rule(versions=[version(provisions=[provision("old"), provision()])]), documents=[document("old", LAPSED)]
        ),
        id="a lapsed text alone, and beside one in force",
    ),
    pytest.param(
        "article_missing",
        lambda: book(rule(versions=[version(provisions=[provision(article=" ")])])),
        lambda: book(rule(versions=[version(provisions=[provision(article="一（一）")])])),
        id="a blank article, and one without digits",
    ),
    pytest.param(
        "article_missing",
        lambda: book(rule(versions=[version(provisions=[provision(phrase="  ")])])),
        lambda: book(rule(versions=[version(provisions=[provision(phrase="禁止")])])),
        id="a blank phrase, and a short one",
    ),
    pytest.param(
        "versions_gap",
        lambda: book(rule(versions=[version(end="2021-01-01"), version("2021-01-02")])),
        lambda: book(rule(versions=[version(end="2021-01-01"), version("2021-01-01")])),
        id="a day without a version, and none",
    ),
    pytest.param(
        "versions_gap",
        lambda: book(rule(versions=[version(end="2023-12-31", provisions=[provision("old")])]), documents=[OLD]),
        lambda: book(rule(versions=[version(end="2024-01-01", provisions=[provision("old")])]), documents=[OLD]),
        id="a rule that ends before its law, and with it",
    ),
    pytest.param(
        "versions_overlap",
        lambda: book(rule("a.rule", **TWO), rule("b.again", **TWO)),
        lambda: book(rule("a.rule", **TWO), rule("b.again", **TWO, where={"zone_class": "core"})),
        id="one clause said twice, and said of other ground",
    ),
    pytest.param(
        "versions_overlap",
        lambda: book(rule("a.rule", **TWO), rule("b.new", **TWO, versions=[version("2024-01-01")])),
        lambda: book(
            rule("a.rule", **TWO, versions=[version(end="2024-01-01", provisions=[provision("old")])]),
            rule("b.new", **TWO, versions=[version("2024-01-01")]),
            documents=[OLD],
        ),
        id="an old rule that goes on beside the new one, and one that was ended",
    ),
    pytest.param(
        "language_missing",
        lambda: book(rule(title={"zh": "问", "en": "question"})),
        lambda: book(rule(title=GREEN)),
        id="a text without Korean, and with it",
    ),
    pytest.param(
        "language_missing",
        lambda: book(rule(note={**TEXT, "en": TEXT["zh"]})),
        lambda: book(rule(note=GREEN)),
        id="English that is Chinese, and English",
    ),
    pytest.param(
        "document_unused",
        lambda: book(rule(), documents=[document("other")]),
        lambda: book(rule(versions=[version(provisions=[provision(), provision("law_2")])]), documents=[LAW_2]),
        id="a document that nobody cites, and one that is cited second",
    ),
    pytest.param(
        "test_missing",
        lambda: book(rule(tests={"catches": [{"project": {"wet": True}}], "passes": []})),
        lambda: book(rule(tests={"catches": [{"project": {"wet": True}}], "passes": [{"project": {"wet": False}}]})),
        id="a rule without a test that passes, and with one",
    ),
    pytest.param(
        "test_missing",
        lambda: book(rule(versions=[version(end="2024-01-01", effect="noted"), version("2024-01-01")])),
        lambda: book(rule(versions=[version(end="2024-01-01"), version("2024-01-01")])),
        id="a version that judges otherwise and is not tried, and one that judges alike",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("code", "flawed", "near_miss"), CASES)
def test_a_finding_fires_and_its_near_miss_does_not(code, flawed, near_miss):
    assert code in codes(flawed())
    assert codes(near_miss()) == []


def test_every_finding_of_the_review_is_made_to_fire():
    of_lists = {"clause_uncovered", "coverage_wrong"}  # tests/geo/test_coverage.py
    assert {case.values[0] for case in CASES} | of_lists | {"exception_idle"} == set(CODES)


def test_a_document_that_replaced_a_cited_one_is_used():
    lapsed = document("old", LAPSED, superseded_by="new")
    rules = [rule(versions=[version(provisions=[provision("old"), provision()])])]
    assert codes(book(*rules, documents=[lapsed, document("new")])) == []


def test_a_document_with_a_coverage_list_is_used():
    clause = Clause("part", "other", ("9",), "ground", "禁止", "noted", (), "sea", None)
    coverage = Coverage((clause,), {"sea": TEXT})
    assert codes(book(rule(), documents=[document("other")]), coverage=coverage) == []


def test_words_for_an_unknown_article_are_told_by_the_book_itself():
    made = book(rule(versions=[version(provisions=[provision(article="未核")])]))
    assert codes(made) == []
    (flaw,) = found(made, exemptions=Exemptions(unknown_articles=("未核",)))
    assert (flaw.code, flaw.subject) == ("article_missing", "a.rule")


def test_a_text_is_named_by_its_place():
    (flaw,) = found(book(rule(title={"zh": "问", "en": "question"})))
    assert (flaw.subject, flaw.parameters) == ("rules/a.rule/title", {"languages": "ko"})


def test_a_rule_of_two_parties_is_named_by_both():
    (flaw,) = found(book(rule("a.duty", **BINDING), rule("b.ban")))
    assert (flaw.subject, flaw.parameters) == ("a.duty / b.ban", {"day": "2020-01-01"})


def test_an_exception_takes_a_flaw_out_and_an_idle_one_is_a_flaw():
    flaw = Flaw("layer_unspoken", "sky")
    met, idle = Exemption("layer_unspoken", "sky", TEXT), Exemption("layer_unspoken", "sea", TEXT)
    assert Exemptions((met,)).sift([flaw]) == ([], [(flaw, met)])
    assert Exemptions((idle,)).sift([flaw])[0] == [
        flaw,
        Flaw("exception_idle", "sea", parameters={"code": "layer_unspoken"}),
    ]


def test_every_finding_has_words_with_its_own_parameters():
    faces = {code.removeprefix("flaw.") for code in catalogue("en") if code.startswith("flaw.")}
    assert {next(code for code in CODES if face.startswith(code)) for face in faces} == set(CODES)
    for case in CASES:
        for flaw in found(case.values[1]()):
            assert len({flaw.text(language) for language in LANGUAGES}) == 3


def test_the_shipped_book_leaves_nothing_to_mend():
    review = review_book(load_rulebook(Settings()), Settings())
    assert [(flaw.code, flaw.subject, flaw.face) for flaw in review.flaws] == []
    written = load_exemptions(ROOT / "layers" / "rules" / "exceptions.yaml").written
    assert {(flaw.code, flaw.subject) for flaw, _ in review.excepted} == {(one.code, one.subject) for one in written}


def test_without_its_exceptions_the_shipped_book_would_be_flawed():
    flaws = find_flaws(load_rulebook(Settings()), load_coverage(ROOT / "layers" / "coverage"), Exemptions())
    assert ("document_ended", "yanbian.boiler.built_up") in {(flaw.code, flaw.subject) for flaw in flaws}


def exceptions(*written):
    return yaml.safe_dump({"exceptions": list(written)}, allow_unicode=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            exceptions({"finding": "layer_unspoken", "subjects": ["sky"]}), "'reason' is a required", id="no reason"
        ),
        pytest.param(
            exceptions({"finding": "layer_unspoken", "subjects": ["sky"], "reason": {"zh": "问"}}),
            "'ko' is a required",
            id="a reason in one language",
        ),
        pytest.param(
            exceptions({"finding": "colour", "subjects": ["sky"], "reason": TEXT}), "'colour' is not", id="no such code"
        ),
        pytest.param(
            exceptions(*[{"finding": "layer_unspoken", "subjects": ["sky"], "reason": TEXT}] * 2),
            "excepted twice: layer_unspoken of sky",
            id="one flaw twice",
        ),
    ],
)
def test_a_file_of_exceptions_that_cannot_be_used_is_refused(tmp_path, text, message):
    path = tmp_path / "exceptions.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(RulebookError, match=message):
        load_exemptions(path)


def test_a_book_without_the_file_has_no_exceptions(tmp_path):
    assert load_exemptions(tmp_path / "exceptions.yaml") == Exemptions()


def test_the_codes_of_the_form_are_those_of_the_review():
    schema = orjson.loads((ROOT / "geo" / "rules" / "schemas" / "exceptions.json").read_bytes())
    offered = schema["properties"]["exceptions"]["items"]["properties"]["finding"]["enum"]
    assert set(offered) == set(CODES) - {"exception_idle"}


def test_the_command_is_silent_on_the_shipped_book_and_leaves_with_one_on_a_flawed_one(own, monkeypatch):
    monkeypatch.setenv("FENQU_LAYERS", str(own.layers))
    clean = CliRunner().invoke(main, ["--lang", "en", "rules", "lint"])
    assert (clean.exit_code, clean.output.split()[:3]) == (0, ["0", "to", "mend,"])
    told = CliRunner().invoke(main, ["--lang", "en", "rules", "lint", "--excepted"])
    assert "The plan ran to the end of 2025" in told.output
    path = own.layers / "rules" / "exceptions.yaml"
    path.write_text(path.read_text("utf-8").replace("subjects: [plan_project]", "subjects: [wetland]"), "utf-8")
    out = CliRunner().invoke(main, ["--lang", "en", "rules", "lint"])
    assert out.exit_code == 1
    assert "No rule speaks of this kind of layer" in out.output
    done = CliRunner().invoke(main, ["rules", "lint", "--json"])
    said = orjson.loads(done.stdout_bytes)
    assert done.exit_code == 1
    assert [(one["finding"], one["subject"]) for one in said["findings"]] == [
        ("layer_unspoken", "plan_project"),
        ("exception_idle", "wetland"),
    ]
    assert {"document_ended", "article_missing"} <= {one["finding"] for one in said["excepted"]}
    assert all(set(one["reason"]) == set(LANGUAGES) for one in said["excepted"])
