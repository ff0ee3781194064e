"""Kleene's three values, with the facts that an unknown one waits for and the reasons for each."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from geo.project import INDUSTRY, INDUSTRY_GROUP, Project

Condition = Mapping[str, Any]
_BOUNDS: dict[str, Callable[[float, float], bool]] = {
    "lt": lambda value, bound: value < bound,
    "le": lambda value, bound: value <= bound,
    "gt": lambda value, bound: value > bound,
    "ge": lambda value, bound: value >= bound,
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One fact that a condition looked at."""

    fact: str
    expected: Any
    value: Any
    how: str  # given, presumed, contradicted, unknown


@dataclass(frozen=True, slots=True)
class Truth:
    """True, False or unknown (None)."""

    value: bool | None
    wants: tuple[str, ...] = ()  # facts that would settle an unknown
    because: tuple[Reason, ...] = ()

    def negated(self) -> "Truth":
        """Not: unknown stays unknown."""
        return Truth(None if self.value is None else not self.value, self.wants, self.because)


TRUE, FALSE = Truth(True), Truth(False)


def all_of(truths: Iterable[Truth]) -> Truth:
    """And: one False settles it; else one unknown leaves it unknown."""
    return _joined(list(truths), settles=False)


def any_of(truths: Iterable[Truth]) -> Truth:
    """Or: one True settles it; else one unknown leaves it unknown."""
    return _joined(list(truths), settles=True)


def _joined(truths: list[Truth], settles: bool) -> Truth:
    if len(truths) == 1:  # most conditions name one fact
        return truths[0]
    for value in (settles, None):
        telling = [truth for truth in truths if truth.value is value]
        if telling:
            break
    else:
        value, telling = not settles, truths
    wants = tuple(dict.fromkeys(fact for truth in telling for fact in truth.wants)) if value is None else ()
    return Truth(value, wants, tuple(dict.fromkeys(reason for truth in telling for reason in truth.because)))


def judge(condition: Condition | None, project: Project) -> Truth:
    """Judge a condition over facts; no condition is true of every project.

    A condition is a mapping of facts to what is expected (all must hold): a value, a list of values of which
    one must hold, or bounds `{lt, le, gt, ge}`; `any`, `all` and `not` hold further conditions.
    """
    return all_of([_judge_entry(key, expected, project) for key, expected in (condition or {}).items()])


def _judge_entry(key: str, expected: Any, project: Project) -> Truth:
    if key == "any":
        return any_of([judge(inner, project) for inner in expected])
    if key == "all":
        return all_of([judge(inner, project) for inner in expected])
    if key == "not":
        return judge(expected, project).negated()
    if key == INDUSTRY_GROUP:
        groups = expected if isinstance(expected, list | tuple) else [expected]
        return any_of([_judge_group(group, project) for group in groups])
    known = project.fact(key)
    holds = None if known.value is None else _holds(known.value, expected)
    wants = () if holds is not None else (INDUSTRY, key) if project.presumable(key) else (key,)
    return Truth(holds, wants, (Reason(key, _frozen(expected), known.value, known.how),))


def _judge_group(group: str, project: Project) -> Truth:
    belongs = project.belongs(group)
    by_code = project.coded(group) is not None
    how = "unknown" if belongs is None else "given" if by_code else "presumed"
    reason = Reason(INDUSTRY_GROUP, group, project.industry if by_code or not project.kind else project.kind, how)
    return Truth(belongs, (INDUSTRY,) if belongs is None else (), (reason,))


def _holds(value: Any, expected: Any) -> bool:
    if isinstance(expected, Mapping):
        return all(_BOUNDS[name](float(value), float(bound)) for name, bound in expected.items())
    return value in expected if isinstance(expected, list | tuple) else value == expected


def _frozen(expected: Any) -> Any:
    if isinstance(expected, Mapping):
        return tuple(expected.items())
    return tuple(expected) if isinstance(expected, list) else expected


def entries_of(condition: Condition | None) -> Iterator[tuple[str, Any]]:
    """Every fact (or `industry_group`) that a condition names, with what it expects of it."""
    for key, expected in (condition or {}).items():
        if key in ("any", "all"):
            for inner in expected:
                yield from entries_of(inner)
        elif key == "not":
            yield from entries_of(expected)
        else:
            yield key, expected
