"""The project: industry or kind, nature, facts, in one closed vocabulary. A fact not given is unknown, never "no"."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from geo.vocabulary import FactValue, ProjectKind, Vocabulary

NATURE = "nature"
INDUSTRY = "industry"
KIND = "kind"


class Known(NamedTuple):
    """What is known of one fact of a project."""

    value: FactValue | None
    how: Literal["given", "presumed", "contradicted", "unknown"]


@dataclass(frozen=True, slots=True)
class Project:
    """What is planned. Has no name: a name changes no answer."""

    vocabulary: Vocabulary
    industry: str | None = None
    facts: Mapping[str, FactValue] = field(default_factory=dict)  # `nature` among them
    kind: str | None = None  # for works that no industry code describes

    def fact(self, name: str) -> Known:
        """One fact: given, presumed from industry or kind, contradicted (what is said disagrees) or unknown."""
        given, rule = self.facts.get(name), self.vocabulary.facts[name].presumed
        if given is None and rule and self.contradicts(rule.industry_group):
            return Known(None, "contradicted")
        presumed = self._presumed(name) if rule or self.kind else ()
        if not presumed:
            return Known(given, "unknown" if given is None else "given")
        value = presumed[0] if given is None else given
        if any(other != value for other in presumed):
            return Known(None, "contradicted")
        return Known(value, "presumed" if given is None else "given")

    def _presumed(self, name: str) -> list[FactValue]:
        """What industry and kind let presume of a fact; two values contradict each other."""
        kind, rule = self._kind, self.vocabulary.facts[name].presumed
        values = [kind.facts[name]] if kind and name in kind.facts else []
        if rule and self.belongs(rule.industry_group) is (not rule.outside):
            values.append(rule.value)
        return values

    def presumable(self, name: str) -> bool:
        """Whether the industry, not given yet, could let presume a fact; works that have a kind need no industry."""
        return self.industry is None and self.kind is None and self.vocabulary.facts[name].presumed is not None

    def belongs(self, group: str) -> bool | None:
        """Whether the project belongs to a group of industries, by its code or its kind.

        None where neither is given, both are too coarse to tell, or the two contradict each other.
        """
        by_code = self.coded(group)
        by_kind = self.vocabulary.holds_kind(group, self.kind) if self.kind else None
        if by_code is None or by_kind is None:
            return by_kind if by_code is None else by_code
        return by_code if by_code is by_kind else None

    def contradicts(self, group: str) -> bool:
        """Whether code and kind say different things of a group."""
        if self.kind is None or self.industry is None:
            return False
        by_kind, by_code = self.vocabulary.holds_kind(group, self.kind), self.coded(group)
        return None not in (by_kind, by_code) and by_kind is not by_code

    def coded(self, group: str) -> bool | None:
        """Whether the industry belongs to a group; None where it is not given, or too coarse to tell."""
        return None if self.industry is None else self.vocabulary.holds(group, self.industry)

    @property
    def _kind(self) -> ProjectKind | None:
        return None if self.kind is None else self.vocabulary.kinds[self.kind]

    def canonical(self) -> dict[str, Any]:
        """The project as it stands in the record and in its hash; a kind stands there only where one was given."""
        facts = {name: self.facts[name] for name in sorted(self.facts) if name != NATURE}
        said = {"industry": self.industry, "nature": self.facts.get(NATURE), "facts": facts}
        return said if self.kind is None else {**said, KIND: self.kind}


def read_project(
    vocabulary: Vocabulary,
    industry: str | None = None,
    nature: str | None = None,
    facts: Mapping[str, object] | None = None,
    kind: str | None = None,
) -> Project:
    """Read a project; empty values are taken as not given.

    Raises
    ------
    ProjectError
        Naming the fact, code or kind that the vocabulary does not hold, or the value that it cannot take.
    """
    sent = {**(facts or {}), **({NATURE: nature} if nature else {})}
    for name in sent:
        vocabulary.known(name)
    read = {name: vocabulary.value(name, value) for name, value in sent.items() if value not in (None, "")}
    code = vocabulary.industry(industry) if industry else None
    return Project(vocabulary, code, read, vocabulary.kind(kind) if kind and kind.strip() else None)
