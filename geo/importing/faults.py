"""Faults: what keeps rows of a source from being zones, each with its row, its place and what was measured."""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from geo import canonical
from geo.texts import catalogue, say

Severity = Literal["error", "warning", "notice"]  # error: no release until it is decided; notice: something was done
Action = Literal["set", "drop", "mend", "accept"]
Facts = dict[str, str | float]
ORDER = {"error": 0, "warning": 1, "notice": 2}
MENDABLE = {"ring_invalid", "sliver_part", "gap", "overlap", "mismatch", "datum_gcj02", "datum_bd09"}
# What no zone or no release can be made of: it is mended, set or dropped, or nothing is released.
NEVER_ACCEPTED = {
    "ring_invalid", "days_reversed", "code_missing", "code_duplicate", "datum_gcj02", "datum_bd09", "field_missing",
    "field_twice", "provenance_differs", "limits_differs",
}  # fmt: skip
# What moves the cursor, colours a terminal or turns the direction of reading.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_PLACE_DIGITS = 5  # a fault's key stands while its place moves by less than a metre


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a source, or one thing that was done to it on its way in."""

    code: str  # its texts are `fault.<code>`, in three languages
    severity: Severity
    row: int | None = None  # number of the row in the source, from 1; None where it is of the whole source
    others: tuple[int, ...] = ()  # the other rows that it is between
    place: tuple[float, float] | None = None  # longitude, latitude, EPSG:4490
    field: str | None = None  # the field that is meant, by the engine's name
    facts: Mapping[str, str | float] = dataclasses.field(default_factory=dict)  # what came and what was measured
    proposed: str | None = None  # a value for the field, or a way to mend; None where only its owner can say

    @property
    def key(self) -> str:
        """What names the fault from one reading of the source to the next."""
        place = self.place and [round(degree, _PLACE_DIGITS) for degree in self.place]
        found = canonical.digest([self.code, self.row, list(self.others), self.field, place])
        return f"f{found[:10]}"  # a letter first: a spreadsheet takes 12345e6789 for a number

    @property
    def actions(self) -> tuple[Action, ...]:
        """How it may be decided."""
        if self.severity == "notice":
            return ()
        may: dict[Action, bool] = {
            "set": self.field is not None and self.row is not None,
            "drop": self.row is not None,
            "mend": self.code in MENDABLE,
            "accept": self.code not in NEVER_ACCEPTED,
        }
        return tuple(action for action, possible in may.items() if possible)

    @property
    def order(self) -> tuple[int, str, int, str]:
        """The gravest first, then by kind and row."""
        return ORDER[self.severity], self.code, self.row or 0, self.key

    def text(self, language: str) -> str:
        """What came, what was expected, and what to do now."""
        told = {
            name: f"{value:,.2f}" if isinstance(value, float) else _CONTROL.sub(" ", str(value))
            for name, value in self.facts.items()
        }
        title = f"attribute.{told.get('field')}"
        if title in catalogue(language):
            told["field"] = f"{say(title, language)} ({told['field']})"
        return say(f"fault.{self.code}", language, **told)

    def canonical(self) -> dict[str, Any]:
        """The fault as JSON: m² and metres to 0.01, degrees to 1e-9."""
        return {
            "key": self.key,
            "code": self.code,
            "severity": self.severity,
            "row": self.row,
            "others": list(self.others),
            "place": self.place and [canonical.quantity(degree, canonical.DEGREE_DIGITS) for degree in self.place],
            "field": self.field,
            "facts": {
                name: canonical.quantity(value, canonical.AREA_DIGITS) if isinstance(value, float) else value
                for name, value in self.facts.items()
            },
            "proposed": self.proposed,
        }
