"""A witness: a project for which some conditions hold and others do not, found by asking fact after fact."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise, product
from typing import Any

from geo.project import INDUSTRY, Project
from geo.rules.truth import Condition, all_of, entries_of, judge
from geo.vocabulary import INDUSTRY_GROUP, Fact, FactValue, Vocabulary


def find_witness(
    vocabulary: Vocabulary, holds: Sequence[Condition | None], fails: Sequence[Condition | None] = ()
) -> Project | None:
    """A project that surely meets each of `holds` and surely none of `fails`; None where there can be none.

    The search is complete. Every fact that the conditions wait for is tried with a value out of each class that
    they can tell apart: each choice, yes and no, each bound of a number and a number between two of them, and an
    industry or a kind of works for each set of groups that some of them are in. What these let presume counts, and a
    fact that contradicts it stays unknown, as in any screening.
    """
    conditions = [condition for condition in (*holds, *fails) if condition is not None]
    names = {name for condition in conditions for name, _ in entries_of(condition) if name != INDUSTRY_GROUP}
    values = {name: _values(vocabulary.facts[name], name, conditions) for name in names}
    businesses = cache(lambda: _businesses(vocabulary, conditions))  # looked up only where one is wanted

    def answered(project: Project, wants: Sequence[str]) -> Iterator[Project]:
        """The project with each answer to the first fact that is still open; none where all are answered.

        Industry and kind may be answered too, or left open: what they let presume can be said without them.
        """
        for want in wants:
            if want == INDUSTRY and project.industry is None and project.kind is None:
                yield from (replace(project, industry=code, kind=kind) for code, kind in businesses())
            if want in values and want not in project.facts:
                yield from (replace(project, facts={**project.facts, want: value}) for value in values[want])
                return

    def search(project: Project) -> Project | None:
        met = [judge(condition, project) for condition in holds]
        unmet = [judge(condition, project).negated() for condition in fails]
        truth = all_of([*met, *unmet])
        if truth.value is not None:
            return project if truth.value else None
        return next((found for one in answered(project, truth.wants) if (found := search(one))), None)

    return search(Project(vocabulary))


def _values(fact: Fact, name: str, conditions: Sequence[Condition]) -> list[FactValue]:
    if fact.type == "bool":
        return [True, False]
    if fact.type == "choice":
        return list(fact.choices)
    least, most = fact.min or 0.0, fact.max or 0.0
    told = {least, most}
    for condition in conditions:
        for key, expected in entries_of(condition):
            if key == name:
                bounds = [*expected.values()] if isinstance(expected, Mapping) else _listed(expected)
                told |= {float(bound) for bound in bounds if least <= bound <= most}
    ordered = sorted(told)
    return sorted({*ordered, *((low + high) / 2 for low, high in pairwise(ordered))})


def _businesses(vocabulary: Vocabulary, conditions: Sequence[Condition]) -> list[tuple[str | None, str | None]]:
    """An industry, a kind of works or both for each set of the groups concerned, with what the kind lets presume."""
    groups: set[str] = set()
    facts: set[str] = set()
    for name, expected in (entry for condition in conditions for entry in entries_of(condition)):
        if name == INDUSTRY_GROUP:
            groups |= {str(group) for group in _listed(expected)}
            continue
        facts.add(name)
        if presumed := vocabulary.facts[name].presumed:
            groups.add(presumed.industry_group)
    concerned = sorted(groups)
    codes: dict[Hashable, str | None] = {None: None}
    for code in vocabulary.industries:
        codes.setdefault(tuple(vocabulary.holds(group, code) for group in concerned), code)
    kinds: dict[tuple[Hashable, Hashable], str | None] = {(None, ()): None}
    for kind, works in vocabulary.kinds.items():
        presumes = tuple((fact, works.facts[fact]) for fact in sorted(facts & set(works.facts)))
        kinds.setdefault((tuple(vocabulary.holds_kind(group, kind) for group in concerned), presumes), kind)
    found: dict[Hashable, tuple[str | None, str | None]] = {}
    for ((_, said), named), coded in product(kinds.items(), codes.values()):
        project = Project(vocabulary, coded, kind=named)
        belongs = tuple(project.belongs(group) for group in concerned)
        if None not in belongs:  # what is too coarse to tell, or contradicts itself, is of no use
            found.setdefault((belongs, said), (coded, named))
    return list(found.values())


def _listed(expected: Any) -> Sequence[Any]:
    return expected if isinstance(expected, list | tuple) else [expected]
