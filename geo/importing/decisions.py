"""Decisions: what the people who answer for a delivery say of each fault, in a table that they fill in."""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import get_args

from geo.errors import DecisionInvalid
from geo.importing.faults import Action, Fault
from geo.texts import catalogue

COLUMNS = ("key", "severity", "code", "row", "others", "field", "came", "text", "actions", "action", "value", "reason")
NEEDED = ("key", "code", "row", "field", "came", "action", "value", "reason")  # the others are there to be read
NEEDS_REASON = {"drop", "accept"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done about one fault."""

    key: str  # of the fault
    code: str
    row: int | None
    field: str | None
    came: str  # the value that the field had when it was decided
    action: Action
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is done about all faults of one kind."""

    action: Action
    reason: str

    def on(self, fault: Fault) -> Decision | None:
        """The decision on one of them; None where it is nothing to decide."""
        if not fault.actions:
            return None
        return Decision(fault.key, fault.code, fault.row, fault.field, "", self.action, "", self.reason)


def read_ruling(text: str) -> tuple[str, Ruling]:
    """Read `mismatch=mend` or `gap=accept:REASON`.

    Raises
    ------
    DecisionInvalid
        Where it has another form, or accepts without a reason.
    """
    code, _, said = text.partition("=")
    if f"fault.{code.strip()}" not in catalogue("en"):
        raise DecisionInvalid(file="--decide", line=text[:60], reason=f"no kind of fault is called {code.strip()!r}")
    action, _, reason = (part.strip() for part in said.partition(":"))
    if action not in ("mend", "accept"):
        expected = "KIND=mend or KIND=accept:REASON is expected; values are set and rows dropped one by one"
        raise DecisionInvalid(file="--decide", line=text[:60], reason=expected)
    if action == "accept" and not reason:
        raise DecisionInvalid(
            file="--decide", line=text[:60], reason="accept needs a reason, for those who read it later"
        )
    return code.strip(), Ruling("mend" if action == "mend" else "accept", reason)


def write_decisions(path: Path, faults: Iterable[Fault], came: Mapping[tuple[int, str], str], language: str) -> None:
    """Write the table to fill in: one line for each fault that may be decided, with what is proposed.

    UTF-8 with a byte order mark, which spreadsheet programs need to read Chinese.

    Parameters
    ----------
    came : value of a field as it came, by row and field
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        for fault in sorted(faults, key=lambda fault: fault.order):
            if fault.actions:
                table.writerow({name: _guarded(cell) for name, cell in _line(fault, came, language).items()})


def _line(fault: Fault, came: Mapping[tuple[int, str], str], language: str) -> dict[str, object]:
    proposed: Action | None = None
    if fault.proposed is not None and fault.code != "value_unknown":  # the likest spelling is a guess, no proposal
        proposed = "mend" if "mend" in fault.actions else "set" if "set" in fault.actions else "drop"
    return {
        "key": fault.key,
        "severity": fault.severity,
        "code": fault.code,
        "row": fault.row,
        "others": " ".join(map(str, fault.others)),
        "field": fault.field,
        "came": came.get((fault.row or 0, fault.field or ""), ""),
        "text": fault.text(language),
        "actions": " ".join(fault.actions),
        "action": proposed,
        "value": fault.proposed if proposed == "set" else "",
        "reason": "",
    }


def read_decisions(path: Path) -> tuple[Decision, ...]:
    """Read the table that was filled in; lines without an action are left undecided.

    Raises
    ------
    DecisionInvalid
        Naming the line that cannot be used, and why.
    """
    try:
        table = csv.DictReader(StringIO(_text(path.read_bytes()), newline=""), restval="")
        missing = [name for name in NEEDED if name not in (table.fieldnames or ())]
        if missing:
            raise DecisionInvalid(file=path.name, line=1, reason=f"no column {', '.join(missing)}")
        lines = [(table.line_num, line) for line in table]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DecisionInvalid(file=path.name, line="–", reason=str(error)) from error
    found = [_decision(path, number, line) for number, line in lines if (line["action"] or "").strip()]
    twice = [key for key, count in Counter(decision.key for decision in found).items() if count > 1]
    if twice:
        raise DecisionInvalid(file=path.name, line="–", reason=f"decided twice: {', '.join(twice)}")
    return tuple(found)


def _text(octets: bytes) -> str:
    """The text of a table: as it was written, or as a Chinese spreadsheet program writes it again."""
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return octets.decode("gb18030")


def _guarded(cell: object) -> object:
    """A cell that no spreadsheet program takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _plain(cell: str | None) -> str:
    """A cell as it was before it was guarded."""
    text = (cell or "").strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


def _decision(path: Path, number: int, line: Mapping[str, str | None]) -> Decision:
    said = {name: _plain(line[name]) for name in NEEDED}
    action = next((action for action in get_args(Action) if action == said["action"].lower()), None)
    if action is None:
        reason = f"the action is {said['action']!r}; {', '.join(get_args(Action))} are expected"
        raise DecisionInvalid(file=path.name, line=number, reason=reason)
    if action in NEEDS_REASON and not said["reason"]:
        raise DecisionInvalid(
            file=path.name, line=number, reason=f"{action} needs a reason, for those who read it later"
        )
    if action == "set" and not said["value"]:
        raise DecisionInvalid(file=path.name, line=number, reason="set needs a value")
    if said["row"] and not said["row"].isdecimal():
        raise DecisionInvalid(file=path.name, line=number, reason=f"the row is {said['row']!r}; a number is expected")
    row = int(said["row"]) if said["row"] else None
    return Decision(
        said["key"], said["code"], row, said["field"] or None, said["came"], action, said["value"], said["reason"]
    )
