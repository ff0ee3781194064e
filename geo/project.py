"""The project: industry, nature and facts, over one closed vocabulary. A fact not given is unknown, never "no"."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from geo.errors import CatalogueError, FactUnknown, FactValueInvalid, IndustryUnknown
from geo.layers.catalogue import Text
from geo.yamlfile import YamlFault, read_yaml

FactValue = bool | float | str
TRUE_WORDS = {"true", "yes", "1", "是", "有", "예"}
FALSE_WORDS = {"false", "no", "0", "否", "无", "아니오"}
NATURE = "nature"
INDUSTRY = "industry"
INDUSTRY_GROUP = "industry_group"
_NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{1,9})?", re.ASCII)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Presumed(_Strict):
    """What an industry in a group, or outside it, lets presume of a fact.

    The sender may say otherwise; the two then contradict each other, and the fact counts as unknown.
    """

    industry_group: str
    value: bool
    outside: bool = False


class Fact(_Strict):
    """One fact of the vocabulary."""

    type: Literal["bool", "number", "choice"]
    group: Literal["basics", "pollution", "land", "risk", "resources", "place", "procedure"]
    question: Text
    unit: str | None = None
    min: float | None = None
    max: float | None = None
    choices: Mapping[str, Text] = {}
    presumed: Presumed | None = None
    depends_on: Mapping[str, bool | str] = {}  # facts and values without which it is not asked

    @model_validator(mode="after")
    def _complete(self) -> "Fact":
        if self.type == "number" and (self.unit is None or self.min is None or self.max is None):
            raise ValueError("a number needs unit, min and max")
        if (self.type == "choice") != bool(self.choices):
            raise ValueError("a choice, and nothing else, has choices")
        return self


class IndustryGroup(_Strict):
    """Industries that a document names together, as prefixes of GB/T 4754-2017 codes."""

    title: Text
    codes: tuple[str, ...]
    source: Text
    mark: Literal["F", "G"]


class Vocabulary(_Strict):
    """Everything that may be said of a project."""

    facts: Mapping[str, Fact]
    groups: Mapping[str, IndustryGroup]
    industries: Mapping[str, str] = Field(repr=False)  # code with its letter: name in Chinese

    def industry(self, text: str) -> str:
        """The full code of an industry written `C2631`, `c2631`, `2631`, or by a name that only one has.

        Raises
        ------
        IndustryUnknown
            Where the table has no such code.
        """
        words = text.split()
        code = words[0].upper() if words else ""
        if code in self.industries:
            return code
        sought = text.strip()
        named = [full for full, name in self.industries.items() if sought and sought in name]
        same = [full for full in self.industries if code and full[1:] == code] or [
            c for c in named if self.industries[c] == sought
        ]
        found = same or named
        if len(found) == 1 or same:
            return found[-1]  # of a group and its only class of the same name, the class
        similar = ", ".join(f"{full} {self.industries[full]}" for full in named[:8])
        raise IndustryUnknown(sent=text[:20], similar=similar or "–")

    def known(self, name: str) -> Fact:
        """The fact of a name.

        Raises
        ------
        FactUnknown
            Where there is none.
        """
        fact = self.facts.get(name)
        if fact is None:
            raise FactUnknown(name=name[:60], known=", ".join(sorted(self.facts)))
        return fact

    def value(self, name: str, sent: object) -> FactValue:
        """Read one value as its fact's type.

        Raises
        ------
        FactUnknown, FactValueInvalid
            Where there is no such fact, or it cannot take the value.
        """
        fact = self.known(name)
        value = _READERS[fact.type](fact, sent)
        if value is None:
            raise FactValueInvalid(name=name, sent=str(sent)[:60], expected=_expected(fact))
        return value


def _read_bool(_: Fact, sent: object) -> bool | None:
    if isinstance(sent, bool):
        return sent
    word = str(sent).strip().lower()
    return True if word in TRUE_WORDS else False if word in FALSE_WORDS else None


def _read_number(fact: Fact, sent: object) -> float | None:
    text = str(sent).strip()
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    least, most = fact.min or 0.0, fact.max or 0.0
    return value if not isinstance(sent, bool) and least <= value <= most else None


def _read_choice(fact: Fact, sent: object) -> str | None:
    word = str(sent).strip()
    return word if word in fact.choices else None


_READERS = {"bool": _read_bool, "number": _read_number, "choice": _read_choice}


def _expected(fact: Fact) -> str:
    if fact.type == "number":
        return f"{fact.min:g}–{fact.max:g} {fact.unit}"
    return "true, false" if fact.type == "bool" else ", ".join(fact.choices)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one fact of a project."""

    value: FactValue | None
    how: Literal["given", "presumed", "contradicted", "unknown"]


@dataclass(frozen=True, slots=True)
class Project:
    """What is planned. Has no name: a name changes no answer."""

    vocabulary: Vocabulary
    industry: str | None = None
    facts: Mapping[str, FactValue] = field(default_factory=dict)  # `nature` among them

    def fact(self, name: str) -> Known:
        """One fact: given, presumed from the industry, contradicted (the two disagree) or unknown."""
        given = self.facts.get(name)
        presumed = self.vocabulary.facts[name].presumed
        belongs = self.belongs(presumed.industry_group) if presumed else None
        if presumed is None or belongs is None or belongs is presumed.outside:
            return Known(given, "unknown" if given is None else "given")
        if given is None or given == presumed.value:
            return Known(presumed.value, "presumed" if given is None else "given")
        return Known(None, "contradicted")

    def presumable(self, name: str) -> bool:
        """Whether the industry, not given yet, could let presume a fact."""
        return self.industry is None and self.vocabulary.facts[name].presumed is not None

    def belongs(self, group: str) -> bool | None:
        """Whether the industry belongs to a group; None where the industry is not given, or too coarse to tell."""
        if self.industry is None:
            return None
        prefixes = self.vocabulary.groups[group].codes
        if any(self.industry.startswith(prefix) for prefix in prefixes):
            return True
        return None if any(prefix.startswith(self.industry) for prefix in prefixes) else False

    def canonical(self) -> dict[str, Any]:
        """The project as it stands in the record and in its hash."""
        facts = {name: self.facts[name] for name in sorted(self.facts) if name != NATURE}
        return {"industry": self.industry, "nature": self.facts.get(NATURE), "facts": facts}


def read_project(
    vocabulary: Vocabulary,
    industry: str | None = None,
    nature: str | None = None,
    facts: Mapping[str, object] | None = None,
) -> Project:
    """Read a project; empty values are taken as not given.

    Raises
    ------
    ProjectError
        Naming the fact or code that the vocabulary does not hold, or the value that it cannot take.
    """
    sent = {**(facts or {}), **({NATURE: nature} if nature else {})}
    for name in sent:
        vocabulary.known(name)
    read = {name: vocabulary.value(name, value) for name, value in sent.items() if value not in (None, "")}
    return Project(vocabulary, vocabulary.industry(industry) if industry else None, read)


def load_vocabulary(folder: Path) -> Vocabulary:
    """Read `facts.yaml`, `industry_groups.yaml` and `industries.csv`.

    Raises
    ------
    CatalogueError
        Where one of them is missing or does not have the form.
    """
    try:
        data = {
            "facts": read_yaml(folder / "facts.yaml")["facts"],
            "groups": read_yaml(folder / "industry_groups.yaml")["groups"],
            "industries": _read_industries(folder / "industries.csv"),
        }
        vocabulary = Vocabulary.model_validate(data)
    except (OSError, UnicodeDecodeError, KeyError, TypeError, YamlFault, ValidationError) as error:
        raise CatalogueError(file=folder.name, reason=str(error)) from error
    for name, fact in vocabulary.facts.items():
        if not set(fact.depends_on) <= set(vocabulary.facts):
            raise CatalogueError(file="facts.yaml", reason=f"{name} depends on a fact that is not there")
        if fact.presumed and fact.presumed.industry_group not in vocabulary.groups:
            raise CatalogueError(file="facts.yaml", reason=f"{name} is presumed from an unknown group")
    return vocabulary


def _read_industries(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name_zh"] for row in csv.DictReader(file)}
