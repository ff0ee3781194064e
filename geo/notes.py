"""Reviewers' notes: what a person says beside a kept answer, never instead of it."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal

from geo.canonical import encode
from geo.day import SHANGHAI, read_day, today
from geo.errors import NoteInvalid, Term
from geo.texts import say

SCHEMA = "fenqu.notes/1"
VERDICTS = (
    "prohibited", "restricted", "conditional", "noted", "no_restriction_found", "needs_review", "needs_information",
)  # fmt: skip
MOST_NAME, MOST_REASON, MOST_NOTES = 120, 4000, 500  # characters, characters, notes on one answer
_UNWRITTEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # control and direction characters, halves of characters, odd line ends
Kind = Literal["note", "override", "withdrawal"]


@dataclass(frozen=True, slots=True)
class Note:
    """One note before it is written.

    Raises
    ------
    NoteInvalid
        Naming the part that cannot be used.
    """

    reviewer: str
    reason: str
    verdict: str | None = None  # the word that the reviewer sets beside the machine's
    withdraws: int | None = None  # the number of the note that this one takes back
    day: date = field(default_factory=today)  # the day of the review

    def __post_init__(self) -> None:
        _check("reviewer", self.reviewer, _is_text(self.reviewer, MOST_NAME))
        _check("reason", self.reason, _is_text(self.reason.replace("\n", ""), MOST_REASON - self.reason.count("\n")))
        _check("verdict", self.verdict or "", self.verdict is None or self.verdict in VERDICTS)
        _check("withdraws", self.withdraws, self.withdraws is None or self.verdict is None)
        _check("day", self.day, self.day <= today())

    @property
    def kind(self) -> Kind:
        """What sort of note it is."""
        return "withdrawal" if self.withdraws is not None else "override" if self.verdict else "note"


def read_note(reviewer: str, reason: str, verdict: str | None, withdraws: int | None, day: str | None) -> Note:
    """Read a note as a person typed it; today's where no day is said.

    Raises
    ------
    DayInvalid, NoteInvalid
        Naming the part that cannot be used.
    """
    lines = "\n".join(line.rstrip() for line in reason.replace("\r\n", "\n").strip().split("\n"))
    return Note(reviewer.strip(), lines, verdict, withdraws, read_day(day))


def check_room(count: int) -> None:
    """Whether one more note may stand beside a screening that has `count`.

    Raises
    ------
    NoteInvalid
        Where it has as many as it may have.
    """
    _check("count", count, count < MOST_NOTES)


def _is_text(text: str, most: int) -> bool:
    return 0 < len(text) <= most and not any(unicodedata.category(letter) in _UNWRITTEN for letter in text)


def _check(part: str, sent: object, usable: bool) -> None:
    if not usable:
        raise NoteInvalid(
            part=Term(f"note.part_{part}"), sent=repr(str(sent))[:60], expected=Term(f"note.expected_{part}")
        )


def row_of(stored: Mapping[str, Any], withdrawn_by: int | None) -> dict[str, Any]:
    """A stored note as every output has it: days as text, the moment of writing to the second, in China's time."""
    written: datetime = stored["written_at"]
    written = written if written.tzinfo else written.replace(tzinfo=UTC)  # SQLite keeps no zone
    return {
        "id": stored["id"],
        "reviewer": stored["reviewer"],
        "day": stored["day"],
        "written_at": written.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        "kind": stored["kind"],
        "verdict": stored["verdict"],
        "reason": stored["reason"],
        "withdraws": stored["withdraws"],
        "withdrawn_by": withdrawn_by,
    }


def standing(rows: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """The notes that nobody has withdrawn, without the withdrawals themselves."""
    return tuple(row for row in rows if row["withdrawn_by"] is None and row["kind"] != "withdrawal")


def notes_in_words(rows: Sequence[Mapping[str, Any]], language: str) -> list[dict[str, Any]]:
    """Each note with a heading that says who, when and what kind, in a reader's language."""
    return [
        {
            **row,
            "heading": say("note.heading", language, number=row["id"], reviewer=row["reviewer"], day=row["day"]),
            "kind_text": _kind_in_words(row, language),
            "withdrawn_text": row["withdrawn_by"] and say("note.withdrawn", language, number=row["withdrawn_by"]),
        }
        for row in rows
    ]


def _kind_in_words(row: Mapping[str, Any], language: str) -> str:
    verdict = say(f"verdict.{row['verdict']}", language) if row["verdict"] else ""
    return say(f"note.kind_{row['kind']}", language, verdict=verdict, number=row["withdraws"])


def notes_json(record: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The canonical bytes of all notes on an answer, beside the machine's unchanged words."""
    machine = {name: record[name] for name in ("verdict", "indicative_verdict", "range", "indicative_range")}
    return encode({"schema": SCHEMA, "screening": record["id"], "machine": machine, "notes": list(rows)})
