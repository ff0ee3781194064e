"""The vocabulary: facts, industries, their groups, and kinds of project; whatever may be said of one."""

import csv
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from geo.errors import CatalogueError, FactUnknown, FactValueInvalid, IndustryUnknown, KindUnknown
from geo.industries import MOST_HITS, Industry, IndustryWord, find_industries
from geo.layers.catalogue import Text
from geo.yamlfile import YamlFault, read_yaml

FactValue = bool | float | str

TRUE_WORDS = {"true", "yes", "1", "是", "有", "예"}
FALSE_WORDS = {"false", "no", "0", "否", "无", "아니오"}
INDUSTRY_GROUP = "industry_group"
_SIMILAR = 8  # industries that are suggested for one that was not understood
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
    asked: Literal["last"] | None = None  # last: behind all others, as what hardly anybody plans or claims

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


class ProjectKind(_Strict):
    """Works that no industry code describes, as a road or a school, and what choosing them lets presume.

    In a group of neither list they are as the industries of `within` are; where these part, that is open.
    """

    title: Text
    facts: Mapping[str, bool | float | str] = {}
    within: tuple[str, ...]  # industries that such works are coded as, where they are coded at all
    inside: tuple[str, ...] = ()  # groups of industries that such works count among
    outside: tuple[str, ...] = ()  # groups that they are none of
    source: Text
    mark: Literal["F", "G"]


class Vocabulary(_Strict):
    """Everything that may be said of a project."""

    facts: Mapping[str, Fact]
    groups: Mapping[str, IndustryGroup]
    industries: Mapping[str, str] = Field(repr=False)  # code with its letter: name in Chinese
    words: tuple[IndustryWord, ...] = Field(default=(), repr=False)  # books kept before have none, and no kinds
    kinds: Mapping[str, ProjectKind] = {}

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
        similar = ", ".join(f"{hit.code} {hit.name}" for hit in self.find(sought, _SIMILAR))
        raise IndustryUnknown(sent=text[:20], similar=similar or "–")

    def find(self, text: str, most: int = MOST_HITS) -> list[Industry]:
        """Industries by code, name or everyday word, the best first; see `find_industries`."""
        return find_industries(self.industries, self.words, text, most)

    def described(self, hit: Industry) -> dict[str, Any]:
        """A hit as JSON: with its tree, how it was found, and the groups that it belongs to."""
        return {
            "code": hit.code,
            "name": hit.name,
            "level": hit.level,
            "path": [{"code": code, "name": name} for code, name in hit.path],
            "how": hit.how,
            "word": hit.word,
            "groups": self.groups_of(hit.code),
        }

    def groups_of(self, code: str) -> list[str]:
        """The groups that an industry surely belongs to."""
        return [group for group in self.groups if self.holds(group, code)]

    def holds(self, group: str, code: str) -> bool | None:
        """Whether an industry belongs to a group; None where it is too coarse to tell."""
        known = self._memberships.setdefault(code, {})
        if group not in known:
            prefixes = self.groups[group].codes
            coarse = any(prefix.startswith(code) for prefix in prefixes)
            known[group] = True if code.startswith(prefixes) else None if coarse else False
        return known[group]

    @cached_property
    def asked_last(self) -> frozenset[str]:
        """The facts that are asked behind all others."""
        return frozenset(name for name, fact in self.facts.items() if fact.asked == "last")

    @cached_property
    def _memberships(self) -> dict[str, dict[str, bool | None]]:
        """Of each industry asked about: the groups asked about, and whether it belongs to them."""
        return {}

    def industry_in(self, group: str) -> str:
        """The finest industry that a group names first: a coarser one could be too coarse to tell.

        Raises
        ------
        ValueError
            Where there is no such group.
        """
        if group not in self.groups:
            raise ValueError(f"no industry group {group}")
        prefix = self.groups[group].codes[0]
        return max((code for code in self.industries if code.startswith(prefix)), key=len)

    def holds_kind(self, group: str, kind: str) -> bool | None:
        """Whether works of a kind count among a group's industries; None where that is open."""
        works = self.kinds[kind]
        if group in (*works.inside, *works.outside):
            return group in works.inside
        told = {self.holds(group, code) for code in works.within}
        return told.pop() if len(told) == 1 else None

    def kind(self, text: str) -> str:
        """A kind of project by its id or by a title in any language, in capitals or not.

        Raises
        ------
        KindUnknown
            Where the list has no such kind, or several by that title.
        """
        sought = _folded(text)
        found = [name for name in self.kinds if _folded(name) == sought] or [
            name for name, kind in self.kinds.items() if sought in map(_folded, kind.title.model_dump().values())
        ]
        if len(found) == 1:
            return found[0]
        raise KindUnknown(sent=text[:40], known=", ".join(self.kinds) or "–")

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


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


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


def load_vocabulary(folder: Path) -> Vocabulary:
    """Read `facts.yaml`, `industry_groups.yaml`, `industries.csv`, `industry_words.csv` and `project_kinds.yaml`.

    Raises
    ------
    CatalogueError
        Where one of them is missing or does not have the form.
    """
    try:
        data = {
            "facts": read_yaml(folder / "facts.yaml")["facts"],
            "groups": read_yaml(folder / "industry_groups.yaml")["groups"],
            "industries": {row["code"]: row["name_zh"] for row in _rows(folder / "industries.csv")},
            "words": [_word(row) for row in _rows(folder / "industry_words.csv")],
            "kinds": read_yaml(folder / "project_kinds.yaml")["kinds"],
        }
        vocabulary = Vocabulary.model_validate(data)
    except (OSError, UnicodeDecodeError, KeyError, TypeError, AttributeError, YamlFault, ValidationError) as error:
        raise CatalogueError(file=folder.name, reason=str(error)) from error
    for name, fact in vocabulary.facts.items():
        if not set(fact.depends_on) <= set(vocabulary.facts):
            raise CatalogueError(file="facts.yaml", reason=f"{name} depends on a fact that is not there")
        if fact.presumed and fact.presumed.industry_group not in vocabulary.groups:
            raise CatalogueError(file="facts.yaml", reason=f"{name} is presumed from an unknown group")
    for word in vocabulary.words:
        if unknown := set(word.codes) - set(vocabulary.industries):
            raise CatalogueError(file="industry_words.csv", reason=f"no industry has the code {min(unknown)}")
    for name, kind in vocabulary.kinds.items():
        _check_kind(vocabulary, name, kind)
    return vocabulary


def _check_kind(vocabulary: Vocabulary, name: str, kind: ProjectKind) -> None:
    """Refuse a kind that presumes what the vocabulary does not hold, or two things at once."""
    faults = [f"{group} is no group" for group in (*kind.inside, *kind.outside) if group not in vocabulary.groups]
    faults += [f"no industry has the code {code}" for code in kind.within if code not in vocabulary.industries]
    faults += [] if kind.within else ["`within` names no industry"]
    faults += [f"{group} is inside and outside" for group in kind.inside if group in kind.outside]
    faults += [f"{fact} cannot be {value}" for fact, value in kind.facts.items() if not _takes(vocabulary, fact, value)]
    if faults:
        raise CatalogueError(file="project_kinds.yaml", reason=f"{name}: {faults[0]}")


def _takes(vocabulary: Vocabulary, fact: str, value: object) -> bool:
    known = vocabulary.facts.get(fact)
    return known is not None and _READERS[known.type](known, value) == value


def _word(row: Mapping[str, str]) -> dict[str, Any]:
    """A row of `industry_words.csv`; its cells hold several words or codes, with semicolons between them."""
    return {name: cell if name == "mark" else cell.split(";") for name, cell in row.items()}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
