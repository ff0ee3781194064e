"""Faults: what keeps rows of a source from being zones, each with its row, its place and what was measured."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "notice"]  # error: no release until it is decided; notice: something was done


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a source, or one thing that was done to it on its way in."""

    code: str  # its texts are `fault.<code>`, in three languages
    severity: Severity
    row: int | None = None  # number of the row in the source, from 1; None where it is of the whole source
    others: tuple[int, ...] = ()  # the other rows that it is between
    place: tuple[float, float] | None = None  # longitude, latitude, EPSG:4490
    field: str | None = None  # the field that is meant, by the engine's name
    facts: Mapping[str, str | float] = dataclasses.field(default_factory=dict)  # what the texts say: what came, what was measured
    proposed: str | None = None  # a value for the field, or a way to mend; None where only its owner can say
