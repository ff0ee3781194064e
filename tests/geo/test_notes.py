"""Reviewers' notes: beside an answer and never in it, written once, withdrawn by another, safe among many writers."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import orjson
import pytest
from click.testing import CliRunner
from conftest import CENTRAL_YANJI, DAY
from postgis import PASSWORD, server
from sqlalchemy import create_engine, text

from geo.cli import main
from geo.day import today
from geo.deployment import Deployment, Question
from geo.errors import DayInvalid, LedgerUnusable, NoteInvalid, NoteUnknown, ScreeningUnknown
from geo.export.html import render_file
from geo.ledger import Ledger
from geo.notes import MOST_NAME, MOST_REASON, VERDICTS, Note, notes_in_words, read_note
from geo.report import present
from geo.settings import ROOT
from geo.texts import LANGUAGES, say
from geo.verify import verify

REVIEW = Note("张三", "现场踏勘：地块在围墙以外", "restricted", day=date(2026, 1, 2))


@pytest.fixture
def kept(built, tmp_path):
    """One kept screening in a ledger of its own: the deployment and the answer."""
    here = Deployment.open(replace(built, ledger=f"sqlite:///{tmp_path / 'ledger.sqlite'}"))
    return here, here.keep(here.screen(Question(site=CENTRAL_YANJI, industry="C2631", nature="new", day=DAY)))


def test_a_note_stands_beside_the_answer_and_changes_nothing_in_it(kept):
    here, answer = kept
    row = here.ledger.add_note(answer.token, REVIEW)
    said = {name: row[name] for name in ("reviewer", "day", "kind", "verdict", "reason")}
    assert said == {
        "reviewer": "张三",
        "day": "2026-01-02",
        "kind": "override",
        "verdict": "restricted",
        "reason": "现场踏勘：地块在围墙以外",
    }
    assert row["written_at"].endswith("+08:00")
    assert here.ledger.notes(answer.id) == (row,)
    again = here.ledger.find(answer.id)
    assert (again.json, again.id, again.token) == (answer.json, answer.id, answer.token)
    assert verify(answer.id, here.ledger, here.store, here.book).outcome == "same"


def test_a_note_is_withdrawn_by_another_and_both_stay(kept):
    here, answer = kept
    first = here.ledger.add_note(answer.id, REVIEW)
    second = here.ledger.add_note(answer.id, Note("李四", "看错地块", withdraws=first["id"]))
    assert (second["kind"], second["withdraws"]) == ("withdrawal", first["id"])
    assert here.ledger.notes(answer.id) == ()
    assert [row["withdrawn_by"] for row in here.ledger.all_notes(answer.id)] == [second["id"], None]
    for number in (first["id"], second["id"], 999):  # withdrawn already, a withdrawal itself, not there
        with pytest.raises(NoteUnknown, match=f"no note {number} that can be withdrawn"):
            here.ledger.add_note(answer.id, Note("李四", "again", withdraws=number))


def test_a_note_on_another_answer_is_not_withdrawn(kept):
    here, answer = kept
    other = here.keep(here.screen(Question(site="129.6,42.9", day=DAY)))
    number = here.ledger.add_note(answer.id, REVIEW)["id"]
    with pytest.raises(NoteUnknown):
        here.ledger.add_note(other.id, Note("李四", "wrong place", withdraws=number))
    assert len(here.ledger.notes(answer.id)) == 1


def test_nothing_is_written_beside_an_answer_that_is_not_kept(kept):
    with pytest.raises(ScreeningUnknown):
        kept[0].ledger.add_note("0" * 32, REVIEW)


def test_an_answer_holds_only_so_many_notes(kept, monkeypatch):
    here, answer = kept
    monkeypatch.setattr("geo.notes.MOST_NOTES", 1)
    here.ledger.add_note(answer.id, REVIEW)
    with pytest.raises(NoteInvalid, match=r"number of notes.*received: '1'"):
        here.ledger.add_note(answer.id, REVIEW)


@pytest.mark.parametrize(
    ("said", "part"),
    [
        pytest.param({"reviewer": ""}, "reviewer", id="nobody"),
        pytest.param({"reviewer": "x" * (MOST_NAME + 1)}, "reviewer", id="a long name"),
        pytest.param({"reviewer": "a\nb"}, "reviewer", id="a name of two lines"),
        pytest.param({"reason": " \n "}, "reason", id="no reason"),
        pytest.param({"reason": "x" * (MOST_REASON + 1)}, "reason", id="a long reason"),
        pytest.param({"reason": "bell \x07"}, "reason", id="a control character"),
        pytest.param({"reason": "\x1b[31mred"}, "reason", id="a terminal's colour"),
        pytest.param({"reason": "right\u202eleft"}, "reason", id="a turned direction"),
        pytest.param({"reason": "half \udc80"}, "reason", id="half a character"),
        pytest.param({"verdict": "fine"}, "verdict", id="a word of one's own"),
        pytest.param({"verdict": "noted", "withdraws": 1}, "withdrawal", id="both"),
        pytest.param({"day": (today() + timedelta(days=2)).isoformat()}, "day of the review", id="a day to come"),
    ],
)
def test_what_cannot_be_a_note_is_refused_by_its_part(said, part):
    words = {"reviewer": "张三", "reason": "因", "verdict": None, "withdraws": None, "day": None, **said}
    with pytest.raises(NoteInvalid, match=part):
        read_note(**words)


def test_a_day_that_is_none_is_refused_and_the_limits_themselves_pass():
    with pytest.raises(DayInvalid):
        read_note("张三", "因", None, None, "2026-02-30")
    whole = read_note("x" * MOST_NAME, "一\r\n二" + "x" * (MOST_REASON - 3), None, None, None)
    assert (whole.reason[:3], len(whole.reason), whole.day) == ("一\n二", MOST_REASON, today())


def test_the_words_of_a_verdict_are_those_of_a_record():
    contract = orjson.loads((ROOT / "tests" / "contracts" / "screening.json").read_bytes())
    assert set(VERDICTS) == set(contract["$defs"]["word"]["enum"])


def test_a_ledger_made_before_there_were_notes_gets_the_table(kept):
    here, answer = kept
    before = create_engine(here.settings.ledger)
    with before.begin() as connection:
        connection.execute(text("DROP TABLE notes"))
    opened = Ledger(here.settings)
    assert opened.notes(answer.id) == ()
    opened.add_note(answer.id, REVIEW)
    assert len(opened.notes(answer.id)) == 1


def write_at_once(settings, name: str) -> None:
    """Twelve writers, and then four who withdraw the same note: every note is there, and one withdrawal."""
    with ThreadPoolExecutor(4) as pool:
        ledgers = list(pool.map(Ledger, [settings] * 4))  # opened at the same moment
        notes = [Note(f"reviewer {number}", "因") for number in range(12)]
        rows = list(pool.map(lambda pair: ledgers[pair[0] % 4].add_note(name, pair[1]), enumerate(notes)))
        assert len({row["id"] for row in rows}) == 12

        def withdraw(ledger: Ledger) -> bool:
            try:
                ledger.add_note(name, Note("李四", "撤回", withdraws=rows[0]["id"]))
            except NoteUnknown:
                return False
            return True

        assert sorted(pool.map(withdraw, ledgers)) == [False, False, False, True]
    found = ledgers[0].all_notes(name)
    for ledger in ledgers:
        ledger.close()
    assert {row["reviewer"] for row in found} == {f"reviewer {number}" for number in range(12)} | {"李四"}
    assert len(found) == 13


def test_many_write_at_once(kept):
    here, answer = kept
    write_at_once(here.settings, answer.id)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with server() as running:
        yield f"postgresql+psycopg://{running.user}:{PASSWORD}@127.0.0.1:{running.port}/{running.database}"


@pytest.mark.slow  # a server process
def test_many_write_at_once_into_postgresql(built, postgres):
    settings = replace(built, ledger=postgres)
    with ThreadPoolExecutor(4) as pool:
        ledgers = list(pool.map(Ledger, [settings] * 4))  # an empty database
    here = Deployment.open(settings)
    answer = here.keep(here.screen(Question(site=CENTRAL_YANJI, day=DAY)))
    write_at_once(settings, answer.id)
    assert list(here.ledger.names()) == [answer.id]
    assert here.ledger.find(answer.id).json == answer.json
    for ledger in (*ledgers, here.ledger):
        ledger.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_says_the_note_and_that_the_machine_stands(kept, language):
    here, answer = kept
    number = here.ledger.add_note(answer.id, Note("<b>张三</b>", "一\n二", "prohibited"))["id"]
    here.ledger.add_note(answer.id, Note("李四", "看错", withdraws=number))
    rows = here.ledger.all_notes(answer.id)
    page = render_file(present(answer.record, here.book, language), rows)
    assert say("note.lead", language) in page
    assert "&lt;b&gt;张三&lt;/b&gt;" in page
    assert "<b>张三</b>" not in page
    words = notes_in_words(rows, language)
    assert words[0]["kind_text"] == say("note.kind_override", language, verdict=say("verdict.prohibited", language))
    assert words[0]["withdrawn_text"] in page
    assert say("note.lead", language) not in render_file(present(answer.record, here.book, language))


@pytest.fixture
def run(kept, monkeypatch):
    monkeypatch.setenv("FENQU_LAYERS", str(kept[0].settings.layers))
    monkeypatch.setenv("FENQU_LEDGER", kept[0].settings.ledger)

    def called(*words: str, code: int = 0):
        done = CliRunner().invoke(main, list(words))
        assert done.exit_code == code, done.output
        return done

    return called


def test_the_command_writes_lists_and_withdraws(kept, run):
    name = kept[1].id
    out = run(
        "note", name, "--by", "张三", "--reason", "地块在围墙以外", "--override", "noted", "--day", "2026-01-02"
    ).output
    assert out.splitlines()[:3] == [
        "机器结论（不依赖示意界线）：需人工复核",
        "机器示意结果：触及禁止性规定",
        say("note.lead"),
    ]
    assert f"第 1 号 · 张三 · 2026-01-02  人工结论：{say('verdict.noted')}" in out
    run("note", name, "--by", "李四", "--reason", "看错", "--withdraw", "1")
    listed = run("note", name, "--list").output
    assert "已由第 2 号撤回" in listed
    data = orjson.loads(run("note", name, "--json").stdout_bytes)
    assert (data["schema"], data["screening"], len(data["notes"])) == ("fenqu.notes/1", name, 2)
    assert data["machine"]["indicative_verdict"] == kept[1].record["indicative_verdict"]
    assert "第 1 号" in run("verify", name).output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--by", "张三"), "note_invalid"),
        (("--reason", "x"), "note_invalid"),
        (("--by", "张三", "--reason", "x", "--withdraw", "7"), "note_unknown"),
        (("--by", "张三", "--reason", "x", "--override", "fine"), "Invalid value for '--override'"),
        ((), "Give --by and --reason"),
        (("--list", "--by", "张三"), "writes none"),
    ],
)
def test_the_command_refuses_with_code_2(kept, run, words, message):
    assert message in run("--lang", "en", "note", kept[1].id, *words, code=2).output
    assert kept[0].ledger.all_notes(kept[1].id) == ()


@pytest.mark.parametrize("name", ["", "a\x00b", "\udcff", "' or 1=1 --", "x" * 65])
def test_a_name_that_no_screening_can_have_is_unknown(kept, name):
    here, _ = kept
    for find in (here.ledger.find, here.ledger.find_by_token):
        with pytest.raises(ScreeningUnknown):
            find(name)
    assert list(here.ledger.names(region=name)) == []


def test_an_older_ledger_that_may_only_be_read_is_read_without_notes(kept, built, tmp_path):
    here, answer = kept
    here.ledger.close()
    path = tmp_path / "ledger.sqlite"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE notes"))
    engine.dispose()
    settings = replace(built, ledger=f"sqlite:///file:{path}?mode=ro&uri=true")
    ledger = Ledger(settings)
    assert ledger.find(answer.token).json == answer.json
    assert ledger.notes(answer.id) == ()
    with pytest.raises(LedgerUnusable):
        ledger.add_note(answer.id, REVIEW)
    with pytest.raises(LedgerUnusable):
        ledger.keep(here.screen(Question(site=CENTRAL_YANJI, day=DAY)), here.book)
    ledger.close()
