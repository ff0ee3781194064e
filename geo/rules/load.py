"""The rule book: read from `layers/`, checked, compiled into one JSON value that is hashed and kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from geo.canonical import digest
from geo.eia import EiaCatalogue
from geo.errors import CatalogueError, RulebookError
from geo.layers.catalogue import LayerEntry, load_catalogue
from geo.rules.flaws import load_exemptions
from geo.rules.forms import read_form
from geo.rules.index import RuleIndex
from geo.rules.lint import check_precedence, check_rule
from geo.rules.model import Document, Provision, Rule, Version
from geo.settings import Settings
from geo.vocabulary import Vocabulary, load_vocabulary


@dataclass(frozen=True)
class Rulebook:
    """Rules, the documents they cite, the vocabulary they speak in and the layers they speak of.

    `data` is the whole book as JSON, without comments: it gives the hash, is kept beside every screening
    that was judged by it, and `Rulebook.of(data)` makes the same book of it again.
    """

    data: Mapping[str, Any]
    hash: str
    rules: tuple[Rule, ...]
    documents: Mapping[str, Document]
    vocabulary: Vocabulary
    catalogue: Mapping[str, LayerEntry]
    eia: EiaCatalogue | None = None  # books kept before have none
    reviewed: frozenset[str] = frozenset()  # languages in which its texts are reviewed; no part of the book's hash

    @classmethod
    def of(cls, data: Mapping[str, Any], reviewed: frozenset[str] = frozenset()) -> "Rulebook":
        """Compile a book from its data.

        Raises
        ------
        RulebookError, CatalogueError
            Naming the rule or document that cannot stand as it is.
        """
        try:
            catalogue = {kind: LayerEntry.model_validate(entry) for kind, entry in data["catalogue"].items()}
            vocabulary = Vocabulary.model_validate(data["vocabulary"])
            eia = EiaCatalogue.model_validate(data["eia"]) if data.get("eia") else None
        except ValidationError as error:
            raise CatalogueError(file="book", reason=str(error)) from error
        documents = {name: _document(name, said) for name, said in data["documents"].items()}
        book = cls(
            data=data,
            hash=digest(data),
            rules=tuple(_rule(said) for _, said in sorted(data["rules"].items())),
            documents=documents,
            vocabulary=vocabulary,
            catalogue=dict(sorted(catalogue.items(), key=lambda item: (item[1].order, item[0]))),
            eia=eia,
            reviewed=reviewed,
        )
        for rule in book.rules:
            check_rule(rule, book.catalogue, data["authorities"], vocabulary, documents)
        for fault in eia.faults(book.catalogue, documents) if eia else ():
            raise CatalogueError(file="eia_areas.yaml", reason=fault)
        return book

    @cached_property
    def index(self) -> RuleIndex:
        """All rules of the book, ready for matching."""
        return RuleIndex(self.rules, self.documents)

    @cached_property
    def by_id(self) -> Mapping[str, Rule]:
        """The rules of the book by their ids."""
        return {rule.id: rule for rule in self.rules}

    @property
    def unknown_articles(self) -> Sequence[str]:
        """What stands in the book where the number of an article is not known; books kept before do not say it."""
        said: Sequence[str] = self.data.get("articles", {}).get("unknown", ())
        return said

    @cached_property
    def paired(self) -> frozenset[str]:
        """The rules that yield to another, and those that another yields to."""
        return frozenset(name for rule in self.rules for other, _ in rule.yields_to for name in (rule.id, other))

    @property
    def precedence(self) -> Mapping[str, Any]:
        """What decides between two rules on one matter, by name; books kept before have none."""
        said: Mapping[str, Any] = self.data.get("precedence", {})
        return said

    def said(self, rule: str) -> Mapping[str, Any]:
        """A rule as it is written: titles, notes and next steps for people."""
        said: Mapping[str, Any] = self.data["rules"][rule]
        return said

    def differences(self, other: "Rulebook") -> list[str]:
        """What another book says differently, as `rules/<id>`, `documents/<id>`, …; a part that only one has, once."""
        told: list[str] = []
        for part in sorted({*self.data, *other.data}):
            one, another = self.data.get(part), other.data.get(part)
            if isinstance(one, Mapping) and isinstance(another, Mapping):
                told += [f"{part}/{name}" for name in sorted({*one, *another}) if one.get(name) != another.get(name)]
            elif one != another:
                told.append(part)
        return told


def load_rulebook(settings: Settings | None = None) -> Rulebook:
    """Read and check the book of a deployment.

    Raises
    ------
    RulebookError, CatalogueError
        Naming the file, and what in it cannot be used.
    """
    layers = (settings or Settings.from_environment()).layers
    rules: dict[str, Any] = {}
    for path in sorted((layers / "rules").glob("*/*.yaml")):
        for said in read_form(path, "rule")["rules"]:
            if said["id"] in rules:
                raise RulebookError(where=f"{path.name}: {said['id']}", reason="a second rule of this id")
            rules[said["id"]] = said
    documents: dict[str, Any] = {}
    for path in sorted((layers / "documents").glob("*.yaml")):
        documents[path.stem] = read_form(path, "document")
    authorities = read_form(layers / "vocabulary" / "authorities.yaml")["tables"]
    catalogue = {kind: entry.model_dump(mode="json") for kind, entry in load_catalogue(layers / "catalogue").items()}
    vocabulary = load_vocabulary(layers / "vocabulary").model_dump(mode="json")
    precedence = read_form(layers / "vocabulary" / "precedence.yaml", "precedence")
    book = {
        "rules": rules,
        "documents": documents,
        "authorities": authorities,
        "catalogue": catalogue,
        "vocabulary": vocabulary,
        "precedence": precedence["precedence"],
        "eia": read_form(layers / "vocabulary" / "eia_areas.yaml")["eia"],
        "articles": {"unknown": list(load_exemptions(layers / "rules" / "exceptions.yaml").unknown_articles)},
    }
    made = Rulebook.of(orjson.loads(orjson.dumps(book)), _reviewed(layers / "translations.yaml"))
    check_precedence(made.by_id, made.precedence, made.documents)
    return made


def _reviewed(path: Path) -> frozenset[str]:
    """The languages in which a person has reviewed the texts of the layers; none where no file says so."""
    said = read_form(path, "translations")["reviewed"] if path.exists() else {}
    return frozenset(language for language, done in said.items() if done)


def _rule(said: Mapping[str, Any]) -> Rule:
    versions = tuple(_version(said, version) for version in said["versions"])
    for earlier, later in pairwise(versions):
        if earlier.end is None or earlier.end > later.start:
            raise RulebookError(
                where=said["id"], reason=f"the version from {later.start} begins before the one before it ends"
            )
    return Rule(
        id=said["id"],
        layer=said["layer"],
        regions=_several(said.get("region", ())),
        near="near" in said.get("when", {}),
        earlier_unknown=said.get("earlier", "unknown") == "unknown",
        dimension=said["dimension"],
        level=said["level"],
        authority=said["authority"]["table"],
        versions=versions,
        yields_to=tuple((pair["rule"], pair["by"]) for pair in said.get("yields_to", ())),
    )


def _several(value: str | Sequence[str]) -> tuple[str, ...]:
    """One name or a list of names."""
    return (value,) if isinstance(value, str) else tuple(value)


def _version(said: Mapping[str, Any], version: Mapping[str, Any]) -> Version:
    def of(key: str) -> Any:
        return version.get(key, said.get(key))

    where = {name: _several(value) for name, value in (of("where") or {}).items()}
    return Version(
        start=date.fromisoformat(version["from"]),
        end=date.fromisoformat(version["to"]) if "to" in version else None,
        provisions=tuple(Provision(**provision) for provision in version["provisions"]),
        effect=of("effect"),
        where=where,
        when_project=of("when_project"),
        unless=of("unless"),
    )


def _document(name: str, said: Mapping[str, Any]) -> Document:
    try:
        periods = [
            (date.fromisoformat(p["from"]), date.fromisoformat(p["to"]) if "to" in p else None, p["is"])
            for p in said["status"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise RulebookError(where=f"documents/{name}", reason=f"status: {error}") from error
    if said.get("id") != name or any(earlier[1] != later[0] for earlier, later in pairwise(periods)):
        raise RulebookError(
            where=f"documents/{name}", reason="its id is not its file's name, or its periods leave a gap"
        )
    return Document(name, tuple(periods))
