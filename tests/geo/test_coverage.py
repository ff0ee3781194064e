"""The coverage lists: every clause has rules or a reason, and rules and lists name each other truly."""

import orjson
import pytest
import yaml
from click.testing import CliRunner

from geo.cli import main
from geo.errors import RulebookError
from geo.rules.coverage import coverage_flaws, load_coverage
from geo.rules.load import load_rulebook
from geo.settings import ROOT, Settings

BOOK = load_rulebook(Settings())
LISTS = ROOT / "layers" / "coverage"
SHIPPED = load_coverage(LISTS)
LAW = "river_regulation_2018"
CITED = {
    provision.article: rule.id
    for rule in BOOK.rules
    for version in rule.versions
    for provision in version.provisions
    if provision.document == LAW
}
ARTICLE, RULE = next(iter(CITED.items()))
STRANGER = "water_source.class_1.building"  # cites other documents only
TEXT = {"zh": "理由", "ko": "이유", "en": "reason"}


def clause(article=ARTICLE, **said):
    return {"articles": [article], "ground": "河道管理范围", "says": "禁止修建", "effect": "prohibited", **said}


def whole(*more):
    """Every article of the law that rules cite, each with a rule that cites it, and further clauses."""
    return [*(clause(article, rules=[rule]) for article, rule in CITED.items()), *more]


@pytest.fixture
def lists(tmp_path):
    """Writes lists of a part each, and reads them."""
    (tmp_path / "reasons.yaml").write_text(yaml.safe_dump({"reasons": {"definition": TEXT}}), "utf-8")

    def written(*parts, document=LAW):
        for number, clauses in enumerate(parts):
            text = yaml.safe_dump({"document": document, "clauses": clauses}, allow_unicode=True)
            (tmp_path / f"part_{number}.yaml").write_text(text, "utf-8")
        return load_coverage(tmp_path)

    return written


def flaws(coverage):
    return [(flaw.code, flaw.face, flaw.subject) for flaw in coverage_flaws(BOOK, coverage)]


def test_the_law_of_these_tests_is_cited_for_several_articles():
    assert len(CITED) > 2


def test_a_list_in_which_each_clause_has_a_rule_or_a_reason_holds(lists):
    assert flaws(lists(whole(clause("999", reason="definition")))) == []
    assert flaws(lists(whole(clause("999", reason="definition", because=TEXT)))) == []


def test_the_parts_of_a_document_are_held_together(lists):
    clauses = whole()
    assert flaws(lists(clauses[:1], clauses[1:])) == []
    assert lists(clauses[:1], clauses[1:]).clauses[0].part == "part_0"


@pytest.mark.parametrize(
    ("wrong", "flaw"),
    [
        pytest.param(clause("999"), ("clause_uncovered", "bare", f"{LAW} 999"), id="neither rule nor reason"),
        pytest.param(
            clause("999", reason="whim"), ("coverage_wrong", "reason", f"{LAW} 999"), id="a reason that is none"
        ),
        pytest.param(
            clause(rules=["no.rule"]), ("coverage_wrong", "rule", f"{LAW} {ARTICLE}"), id="a rule that is not there"
        ),
        pytest.param(
            clause(rules=[STRANGER]), ("coverage_wrong", "citation", f"{LAW} {ARTICLE}"), id="a rule of another law"
        ),
        pytest.param(
            clause("999", rules=[RULE]), ("coverage_wrong", "citation", f"{LAW} 999"), id="a rule of another article"
        ),
    ],
)
def test_a_clause_that_is_wrong_is_found(lists, wrong, flaw):
    assert flaws(lists(whole(wrong))) == [flaw]


def test_a_rule_may_cite_one_of_several_articles_of_a_clause(lists):
    assert flaws(lists(whole({**clause(rules=[RULE]), "articles": ["999", ARTICLE]}))) == []


@pytest.mark.parametrize("left_out", sorted(CITED))
def test_an_article_that_a_rule_cites_and_the_list_has_not_is_found(lists, left_out):
    clauses = [said for said in whole() if said["articles"] != [left_out]]
    assert flaws(lists(clauses)) == [("clause_uncovered", "cited", f"{LAW} {left_out}")]


def test_a_document_without_a_list_is_not_held(lists):
    assert flaws(load_coverage(LISTS / "nowhere")) == []
    assert {subject.split()[0] for _, _, subject in flaws(lists([clause("999")]))} == {LAW}


def test_a_list_of_a_document_that_is_not_there_is_found(lists):
    coverage = lists([clause("1", reason="definition")], document="no_law")
    assert flaws(coverage) == [("coverage_wrong", "document", "no_law 1")]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        pytest.param({**clause(), "effect": "bad"}, "part_0.yaml: clauses/0/effect.*'bad' is not one of", id="effect"),
        pytest.param({**clause(), "articles": []}, "clauses/0/articles", id="no article"),
        pytest.param({**clause(), "articles": [319]}, "319 is not of type 'string'", id="an article as a number"),
        pytest.param({**clause(), "rule": RULE}, "'rule' was unexpected", id="a misspelt key"),
        pytest.param({**clause(), "because": {"zh": "理由"}}, "'ko' is a required property", id="one language"),
    ],
)
def test_a_list_without_the_form_is_refused_with_its_place(lists, said, message):
    with pytest.raises(RulebookError, match=message):
        lists([said])


def test_a_reason_without_words_in_three_languages_is_refused(tmp_path):
    (tmp_path / "reasons.yaml").write_text("reasons: {sea: {zh: 海}}", "utf-8")
    with pytest.raises(RulebookError, match=r"reasons\.yaml: reasons/sea"):
        load_coverage(tmp_path)


def test_every_shipped_list_holds():
    assert flaws(SHIPPED) == []
    assert SHIPPED.documents >= {
        "eco_environment_code_2026",
        "nature_reserve_regulation_2026",
        "national_park_law_2025",
    }
    assert len(SHIPPED.clauses) > 200
    files = {path.stem for path in LISTS.glob("*.yaml")} - {"reasons"}
    assert {clause.part for clause in SHIPPED.clauses} == files


def test_the_reasons_that_lists_may_give_are_shipped():
    assert {"binds_authority", "definition", "penalty", "sea"} <= set(SHIPPED.reasons)


def test_the_command_shows_clauses_with_their_rules_or_reasons(own, monkeypatch):
    monkeypatch.setenv("FENQU_LAYERS", str(own.layers))
    folder = own.layers / "coverage"
    for path in folder.glob("*.yaml"):
        path.unlink()
    (folder / "reasons.yaml").write_text(yaml.safe_dump({"reasons": {"definition": TEXT}}, allow_unicode=True), "utf-8")

    def called(*words, code=0):
        done = CliRunner().invoke(main, ["--lang", "en", "rules", "coverage", *words])
        assert done.exit_code == code, done.output
        return done

    assert "There is no coverage list yet." in called().output
    said = {"document": LAW, "clauses": whole(clause("998", reason="definition"), clause("999"))}
    (folder / "river.yaml").write_text(yaml.safe_dump(said, allow_unicode=True), "utf-8")
    out = called("--document", LAW).output
    assert RULE in out
    assert "(neither rule nor reason)" in out
    assert f"{len(CITED) + 2} clauses, {len(CITED)} with rules, 1 with a reason only, 1 uncovered." in out
    listed = orjson.loads(called("--json").stdout_bytes)[LAW]
    assert (listed["clauses"][0]["articles"], listed["clauses"][0]["rules"]) == ([ARTICLE], [RULE])
    assert "coverage_list_unknown" in called("--document", "forest_law_2019", code=2).output
    assert CliRunner().invoke(main, ["rules", "lint"]).exit_code == 1
