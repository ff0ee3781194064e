"""What has changed since an answer: documents, versions and the book; the kept bytes stay."""

import copy
from datetime import date

import orjson
import pytest
from click.testing import CliRunner
from conftest import CENTRAL_YANJI, DAY, ERDAOBAIHE

from geo.cli import main
from geo.deployment import Deployment, Question
from geo.revisions import revisions, revisions_in_words
from geo.rules.load import Rulebook
from geo.texts import LANGUAGES

TODAY = date.fromisoformat(DAY)
PLANT = Question(site=CENTRAL_YANJI, industry="C2631", nature="new", day="2025-05-01")
SOIL = "soil.sensitive_surroundings"


def record_of(here: Deployment, day: str = "2025-05-01"):
    return here.screen(Question(site=CENTRAL_YANJI, industry="C2631", nature="new", day=day)).record


def edited(book: Rulebook, change) -> Rulebook:
    data = orjson.loads(orjson.dumps(copy.deepcopy(dict(book.data))))
    change(data)
    return Rulebook.of(data)


def test_an_answer_of_today_rests_on_what_it_cites(here):
    assert revisions(record_of(here, DAY), here.book, here.book, TODAY) == ()


def test_a_document_repealed_since_is_named_with_its_day(here):
    found = {one.subject: one for one in revisions(record_of(here), here.book, here.book, TODAY)}
    law = found["soil_pollution_law_2018"]
    assert (law.kind, law.before, law.after, law.since) == ("document", "in_force", "repealed", date(2026, 8, 15))
    assert SOIL not in found  # its version ended with that law, which says so


def test_a_change_after_the_readers_day_is_not_told_yet(here):
    found = revisions(record_of(here), here.book, here.book, date(2025, 6, 1))
    assert found == ()


def test_an_answer_of_a_later_day_has_seen_all_changes(here):
    assert revisions(record_of(here, "2030-01-01"), here.book, here.book, TODAY) == ()


def test_a_version_that_changed_though_its_document_stands_is_told(here):
    found = {one.subject: one for one in revisions(record_of(here), here.book, here.book, TODAY)}
    assert (found["unit.key"].kind, found["unit.key"].since) == ("version", date(2026, 8, 15))


def test_a_rule_whose_text_was_revised_is_told(here):
    book = edited(here.book, lambda data: data["rules"][SOIL].update(effect="restricted"))
    assert [(one.kind, one.subject) for one in revisions(record_of(here, DAY), here.book, book, TODAY)] == [
        ("rule", SOIL)
    ]


def test_a_rules_own_cases_are_no_part_of_its_text(here):
    book = edited(here.book, lambda data: data["rules"][SOIL]["tests"].pop("undecided"))
    assert book.hash != here.book.hash
    assert revisions(record_of(here, DAY), here.book, book, TODAY) == ()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"yields_to": [{"rule": SOIL, "by": "higher_level"}]}, id="which rules prevail over it"),
        pytest.param({"earlier": "none"}, id="what was before its first version"),
    ],
)
def test_what_an_answer_does_not_show_of_a_rule_is_no_revision(here, change):
    record = here.screen(Question(site=ERDAOBAIHE, industry="C2631", nature="new", day=DAY)).record
    found = {finding["rule"] for finding in record["findings"]}
    assert len(found) > 1

    def revise(data):
        for rule in found - {SOIL}:
            data["rules"][rule].update(change)

    book = edited(here.book, revise)
    assert book.hash != here.book.hash
    assert revisions(record, here.book, book, TODAY) == ()


def test_a_version_of_another_day_that_was_mended_is_no_revision(here):
    def mend(data):
        data["rules"][SOIL]["versions"][0]["provisions"][0]["phrase"] = "another phrase"

    book = edited(here.book, mend)
    assert revisions(record_of(here, DAY), here.book, book, TODAY) == ()
    old = revisions(record_of(here, "2025-05-01"), here.book, book, date(2025, 5, 1))
    assert [(one.kind, one.subject) for one in old] == [("rule", SOIL)]


def test_another_office_is_a_revision(here):
    record = record_of(here, DAY)
    authority = next(finding["authority"] for finding in record["findings"] if finding["rule"] == SOIL)

    def replace_office(data):
        data["authorities"][authority["table"]][authority["row"]]["office"] = dict.fromkeys(LANGUAGES, "another")

    found = revisions(record, here.book, edited(here.book, replace_office), TODAY)
    assert ("rule", SOIL) in [(one.kind, one.subject) for one in found]


def test_the_law_that_the_section_on_eia_cites_is_told_when_it_is_repealed(here):
    record = {**record_of(here), "findings": []}
    (law,) = revisions(record, here.book, here.book, TODAY)
    assert (law.subject, law.after, law.since) == ("eia_law_2018", "repealed", date(2026, 8, 15))
    without = {name: said for name, said in record.items() if name != "eia"}
    assert revisions(without, here.book, here.book, TODAY) == ()


def test_the_law_of_a_principle_that_decided_a_conflict_is_told_when_it_is_repealed(here):
    def repeal(data):
        status = data["documents"]["legislation_law_2023"]["status"]
        status[-1]["to"] = "2026-09-01"
        status.append({"from": "2026-09-01", "is": "repealed"})

    book = edited(here.book, repeal)
    record = record_of(here, "2026-08-20")
    assert revisions(record, here.book, book, TODAY) == ()
    rules = [finding["rule"] for finding in record["findings"]][:2]
    conflict = {"rules": rules, "by": "higher_level", "prevails": rules[0], "effect": "prohibited"}
    (told,) = revisions({**record, "conflicts": [conflict]}, here.book, book, TODAY)
    assert (told.kind, told.subject, told.since) == ("document", "legislation_law_2023", date(2026, 9, 1))


def test_a_rule_taken_out_of_the_book_is_told(here):
    book = edited(here.book, lambda data: data["rules"].pop(SOIL))
    assert [(one.kind, one.subject) for one in revisions(record_of(here, DAY), here.book, book, TODAY)] == [
        ("rule_gone", SOIL)
    ]


def test_a_document_taken_out_of_the_book_is_told(here):
    def without_the_plan(data):
        name = "yanbian_plan_145_2022"
        data["documents"].pop(name)
        cites = [rule for rule, said in data["rules"].items() if name in orjson.dumps(said).decode()]
        for rule in cites:
            data["rules"].pop(rule)

    book = edited(here.book, without_the_plan)
    asked = Question(
        site=CENTRAL_YANJI, industry="D4430", nature="new", facts={"coal_boiler_t_h": "5"}, day="2025-05-01"
    )
    found = revisions(here.screen(asked).record, here.book, book, date(2025, 5, 1))
    assert ("document_gone", "yanbian_plan_145_2022") in [(one.kind, one.subject) for one in found]
    assert all(revisions_in_words(found, here.book, book, language) for language in LANGUAGES)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", "本结论引用的《中华人民共和国土壤污染防治法》自 2026-08-15 起废止。"),
        ("ko", "2026-08-15부터 폐지되었습니다."),
        ("en", "is repealed since 2026-08-15."),
    ],
)
def test_a_revision_is_a_sentence_in_the_readers_language(here, language, words):
    found = revisions(record_of(here), here.book, here.book, TODAY)
    assert words in "\n".join(revisions_in_words(found, here.book, here.book, language))


def test_verify_tells_them_and_the_outcome_stays(built, monkeypatch):
    monkeypatch.setenv("FENQU_LAYERS", str(built.layers))
    monkeypatch.setenv("FENQU_LEDGER", built.ledger)
    here = Deployment.open(built)
    kept = here.keep(here.screen(PLANT))
    said = CliRunner().invoke(main, ["--lang", "zh", "verify", kept.id])
    assert said.exit_code == 0
    assert said.output.startswith("same")
    assert "自 2026-08-15 起废止" in said.output
    assert here.ledger.find(kept.id).json == kept.json
