"""Kleene's three values, with the facts that an unknown one waits for and the reasons for each."""

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple
from weakref import WeakKeyDictionary

from geo.project import INDUSTRY, Project
from geo.vocabulary import INDUSTRY_GROUP, FactValue

Condition = Mapping[str, Any]
KEPT_TRUTHS = 64  # of a clause: for what different projects say; further ones are judged each time
_BOUNDS: dict[str, Callable[[float, float], bool]] = {
    "lt": lambda value, bound: value < bound,
    "le": lambda value, bound: value <= bound,
    "gt": lambda value, bound: value > bound,
    "ge": lambda value, bound: value >= bound,
}


class Reason(NamedTuple):
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
    values = [truth.value for truth in truths]
    value = settles if settles in values else None if None in values else not settles
    telling = [truth for truth in truths if truth.value is value]
    if len(telling) == 1:
        return telling[0]
    wants = tuple(dict.fromkeys([fact for truth in telling for fact in truth.wants])) if value is None else ()
    because = [reason for truth in telling for reason in truth.because]
    return Truth(value, wants, tuple(dict.fromkeys(because)))


@dataclass(frozen=True, slots=True, eq=False)
class Clause:
    """A condition made ready to be judged; two that read alike are one clause of their `Clauses`."""

    how: Literal["fact", "group", "not", "all", "any"]
    parts: tuple["Clause", ...] = ()
    subject: str = ""  # the fact, or the group of industries
    expected: Any = None
    asked: Any = None  # `expected` as a reason tells it
    facts: frozenset[str] = frozenset()  # all that it looks at, `industry_group` among them
    told: dict[Any, Any] = field(default_factory=dict)  # what was said of it, by what projects say; see `Hearing`

    def keep(self, key: Any, told: Any) -> None:
        """Keep what was said of it, as far as there is room."""
        if len(self.told) < KEPT_TRUTHS:
            self.told[key] = told


class Clauses:
    """The clauses of a book: each condition that is written in it, once."""

    def __init__(self) -> None:
        self._made: dict[str, Clause] = {}

    def of(self, condition: Condition | None) -> Clause:
        """A condition over facts; no condition is true of every project.

        A condition is a mapping of facts to what is expected (all must hold): a value, a list of values of which
        one must hold, or bounds `{lt, le, gt, ge}`; `any`, `all` and `not` hold further conditions.
        """
        return self._joint("all", [self._entry(key, expected) for key, expected in (condition or {}).items()])

    def _entry(self, key: str, expected: Any) -> Clause:
        if key in ("any", "all"):
            return self._joint("any" if key == "any" else "all", [self.of(inner) for inner in expected])
        if key == "not":
            inner = self.of(expected)
            return self._once(f"not {id(inner)}", Clause("not", (inner,), facts=inner.facts))
        if key == INDUSTRY_GROUP:
            groups = expected if isinstance(expected, list | tuple) else [expected]
            return self._joint("any", [self._group(group) for group in groups])
        fact = Clause("fact", (), key, expected, _frozen(expected), frozenset({key}))
        return self._once(f"{key} {expected!r}", fact)

    def _group(self, group: str) -> Clause:
        return self._once(f"in {group}", Clause("group", (), group, facts=frozenset({INDUSTRY_GROUP})))

    def _joint(self, how: Literal["all", "any"], parts: list[Clause]) -> Clause:
        if len(parts) == 1:
            return parts[0]
        facts = frozenset().union(*(part.facts for part in parts))
        return self._once(f"{how} {[id(part) for part in parts]}", Clause(how, tuple(parts), facts=facts))

    def _once(self, text: str, clause: Clause) -> Clause:
        return self._made.setdefault(text, clause)


class Hearing:
    """One project before a book: each clause is judged once, and once for all projects that say the same of it."""

    def __init__(self, project: Project, before: "Hearing | None" = None, answered: str = "") -> None:
        """Hear a project; `before` heard the same but for the fact that is `answered` now."""
        self.project = project
        self.kept: MutableMapping[Any, Any] = WeakKeyDictionary()  # by layer: what rules of it were found to say
        self.silent: dict[Any, Any] = {}  # the same of kinds without a layer
        self.unsupplied: dict[Any, Any] = {}  # the same of all kinds together that a region was never given
        self.shapes: dict[Any, Any] = {}  # what is the same of it wherever a site lies to zones of a layer alike
        self.rulings: dict[Any, Any] = {}  # what records say of all of it together
        self._before, self._fact = before, answered
        self._answers: dict[tuple[str, FactValue], Hearing] = {}
        self._truths: dict[Clause, Truth] = {}
        self._said: dict[str, _Said] = {}

    def truth(self, clause: Clause) -> Truth:
        """Whether a clause holds of the project, with the reasons and the facts wanted."""
        told = self._truths.get(clause)
        if told is None:
            if self._before is not None and self._fact not in clause.facts:
                return self._before.truth(clause)
            judge = _OF_ITSELF.get(clause.how, Hearing._joined)
            told = self._truths[clause] = judge(self, clause)
        return told

    def answering(self, fact: str, value: FactValue) -> "Hearing":
        """The same project with a yes-or-no or a choice answered: only what looks at the fact is judged anew."""
        known = self._answers.get((fact, value))
        if known is None:
            answered = replace(self.project, facts={**self.project.facts, fact: value})
            known = self._answers[fact, value] = Hearing(answered, self, fact)
        return known

    def _of_fact(self, clause: Clause) -> Truth:
        said = self._said.get(clause.subject)
        if said is None:
            said = self._hear(clause.subject)
        told: Truth | None = clause.told.get(said)
        if told is None:
            value, how, wants = said
            holds = None if value is None else _holds(value, clause.expected)
            told = Truth(holds, wants, (Reason(clause.subject, clause.asked, value, how),))
            if not isinstance(value, float):  # 0.0 equals -0.0
                clause.keep(said, told)
        return told

    def _of_group(self, clause: Clause) -> Truth:
        """Whether the project is of a group of industries, by its code or else by its kind."""
        project, group = self.project, clause.subject
        belongs, by_code = project.belongs(group), project.coded(group) is not None
        how = "given" if by_code else "presumed"
        if belongs is None:
            how = "contradicted" if project.contradicts(group) else "unknown"
        said = project.industry if by_code or not project.kind else project.kind
        return Truth(belongs, (INDUSTRY,) if belongs is None else (), (Reason(INDUSTRY_GROUP, group, said, how),))

    def _joined(self, clause: Clause) -> Truth:
        parts = tuple([self.truth(part) for part in clause.parts])
        key = tuple(map(id, parts))
        kept: tuple[tuple[Truth, ...], Truth] | None = clause.told.get(key)
        if kept is not None:
            return kept[1]
        told = parts[0].negated() if clause.how == "not" else _joined(list(parts), settles=clause.how == "any")
        clause.keep(key, (parts, told))  # with its parts, so that no other truth ever has one of these ids
        return told

    def _hear(self, fact: str) -> "_Said":
        value, how = self.project.fact(fact)
        wants = () if value is not None else (INDUSTRY, fact) if self.project.presumable(fact) else (fact,)
        said = self._said[fact] = (value, how, wants)
        return said


_Said = tuple[Any, str, tuple[str, ...]]  # of one fact: its value, how that is known, the facts that would settle it
_OF_ITSELF: Mapping[str, Callable[[Hearing, Clause], Truth]] = {"fact": Hearing._of_fact, "group": Hearing._of_group}


def judge(condition: Condition | None, project: Project) -> Truth:
    """Judge one condition of one project."""
    return Hearing(project).truth(Clauses().of(condition))


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
