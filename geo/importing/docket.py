"""The docket: the decisions on one delivery, held against what it says, and applied to it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from geo.errors import DecisionInvalid
from geo.importing.decisions import Decision, Ruling
from geo.importing.faults import Fault
from geo.importing.fields import FieldBook, Row, read_value
from geo.importing.lot import Lot

_DIGITS = re.compile(r"\d+")


class Docket:
    """The decisions on one delivery.

    Raises
    ------
    DecisionInvalid
        Where a value or a drop does not fit the source as it is now.
    """

    def __init__(
        self,
        decisions: Sequence[Decision],
        rulings: Mapping[str, Ruling],
        rows: Sequence[Row],
        came: Mapping[tuple[int, str], str],
        kind: str,
        fields: FieldBook,
    ) -> None:
        self.rulings = rulings
        self.by_key = {decision.key: decision for decision in decisions}
        self.drops: set[int] = set()
        self.sets: dict[int, dict[str, str]] = defaultdict(dict)  # by row, the values of fields
        known = {row.number for row in rows}
        for decision in decisions:
            if decision.action in ("set", "drop"):
                number = _held(decision, known, came)
                if decision.action == "drop":
                    self.drops.add(number)
                else:
                    self._set(number, _value(decision, kind, fields), decision)

    def _set(self, row: int, values: Mapping[str, str], decision: Decision) -> None:
        for field, value in values.items():
            if self.sets[row].setdefault(field, value) != value:
                reason = f"{field} of row {row} is set to {self.sets[row][field]!r} and to {value!r}"
                raise DecisionInvalid(file="–", line=decision.key, reason=reason)

    def apply(self, lot: Lot) -> Lot:
        """The rows with the values set, without those dropped."""
        rows = tuple(
            replace(row, values={**row.values, **self.sets[row.number]}) if row.number in self.sets else row
            for row in lot.rows
        )
        kept = [i for i, row in enumerate(rows) if row.number not in self.drops]
        return Lot(tuple(rows[i] for i in kept), lot.grounds[kept])

    def answered(self, fault: Fault) -> bool:
        """Whether a fault of reading was answered by a value or by dropping its row."""
        return fault.row in self.drops or (fault.row in self.sets and fault.field in self.sets[fault.row])

    def says(self, fault: Fault, action: str) -> bool:
        """Whether that is what was decided about a fault."""
        decision = self._about(fault)
        return decision is not None and decision.action == action

    def _about(self, fault: Fault) -> Decision | None:
        ruling = self.rulings.get(fault.code)
        return self.by_key.get(fault.key) or (ruling.on(fault) if ruling else None)

    def of(self, fault: Fault) -> Decision | None:
        """The decision that lets a fault stand or mends it."""
        decision = self._about(fault)
        if decision is None or decision.action not in ("mend", "accept"):
            return None
        if decision.action not in fault.actions:
            reason = f"{fault.code} cannot be decided by {decision.action}; {', '.join(fault.actions)} are possible"
            raise DecisionInvalid(file="–", line=decision.key, reason=reason)
        return decision

    def idle(self, faults: Iterable[Fault]) -> list[Fault]:
        """Decisions on faults that are not there, as notices."""
        there = {fault.key for fault in faults}
        return [
            Fault("decision_unused", "notice", d.row, field=d.field, facts={"key": d.key, "code": d.code})
            for d in self.by_key.values()
            if d.action in ("mend", "accept") and d.key not in there
        ]


def _held(decision: Decision, rows: set[int], came: Mapping[tuple[int, str], str]) -> int:
    """The row of a decision, where the source still says there what it said when that was decided."""
    if decision.row is None or decision.row not in rows:
        raise DecisionInvalid(file="–", line=decision.key, reason=f"the source has no row {decision.row}")
    now = came.get((decision.row, decision.field or ""), "")
    if not _alike(now, decision.came):
        what = f"{decision.field or 'all'} of row {decision.row}"
        reason = f"{what} was {decision.came!r} and is {now!r}: the source has changed"
        raise DecisionInvalid(file="–", line=decision.key, reason=reason)
    return decision.row


def _alike(now: str, came: str) -> bool:
    """Whether two values are the same but for what a spreadsheet does to numbers and days."""
    if "".join(now.split()) == "".join(came.split()):
        return True
    try:
        return float(now) == float(came)
    except ValueError:
        days = [list(map(int, _DIGITS.findall(text))) for text in (now, came)]
        return days[0] == days[1] and len(days[0]) == 3 and len(now) == len("2024-06-30")


def _value(decision: Decision, kind: str, fields: FieldBook) -> dict[str, str]:
    """What a decision sets, read as if it had stood in the source."""
    field = decision.field or ""
    found = read_value(field, decision.value, kind, fields)
    if not found.get(field):
        domain = ", ".join(dict.fromkeys(fields.spellings(kind, field).values())) or "a value that can be read"
        reason = f"{field} cannot be {decision.value!r}; {domain} are expected"
        raise DecisionInvalid(file="–", line=decision.key, reason=reason)
    return found
