"""What a rule must hold to stand in the book: its layer, its offices, its facts and its documents are there."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from geo.errors import RulebookError
from geo.layers.catalogue import LayerEntry
from geo.rules.model import REPEALED, STRICTER, Document, Rule, Version
from geo.rules.truth import entries_of
from geo.vocabulary import INDUSTRY_GROUP, Vocabulary


def check_rule(
    rule: Rule,
    catalogue: Mapping[str, LayerEntry],
    authorities: Mapping[str, Any],
    vocabulary: Vocabulary,
    documents: Mapping[str, Document],
) -> None:
    """Refuse a rule that could not be judged, or that would speak for a text that no longer stands.

    Raises
    ------
    RulebookError
        Naming the rule and what in it cannot be.
    """
    entry = catalogue.get(rule.layer)
    if entry is None:
        raise RulebookError(where=rule.id, reason=f"no layer {rule.layer}")
    if not authorities.get(rule.authority):
        raise RulebookError(where=rule.id, reason=f"no table of authorities {rule.authority}")
    for version in rule.versions:
        if rule.near and version.effect != "noted":
            raise RulebookError(where=rule.id, reason="nearness gives `noted` at most: the law's 周边 has no metres")
        _check_where(rule, version, entry)
        _check_conditions(rule, version, vocabulary)
        _check_documents(rule, version, documents)


def check_precedence(
    rules: Mapping[str, Rule], precedence: Mapping[str, Any], documents: Mapping[str, Document]
) -> None:
    """Refuse rules that yield to one that is not there, to each other, or by no known principle.

    Raises
    ------
    RulebookError
        Naming the rule, or the principle that cites a document that is not there.
    """
    for rule in rules.values():
        for other, by in rule.yields_to:
            if other not in rules or other == rule.id:
                raise RulebookError(where=rule.id, reason=f"it cannot yield to {other}")
            if rule.id in [back for back, _ in rules[other].yields_to]:
                raise RulebookError(where=rule.id, reason=f"it and {other} yield to each other")
            if not {by, STRICTER} <= precedence.keys():
                raise RulebookError(where=rule.id, reason=f"precedence.yaml lacks {by} or {STRICTER}")
    for name, principle in precedence.items():
        for provision in principle["provisions"]:
            if provision["document"] not in documents:
                raise RulebookError(where=f"precedence/{name}", reason=f"no document {provision['document']}")


def _check_where(rule: Rule, version: Version, entry: LayerEntry) -> None:
    for name, allowed in version.where.items():
        if not set(allowed) <= set(entry.attributes.get(name, ())):
            raise RulebookError(where=rule.id, reason=f"{rule.layer} has no {name} of {', '.join(allowed)}")


def _check_conditions(rule: Rule, version: Version, vocabulary: Vocabulary) -> None:
    for name, expected in (*entries_of(version.when_project), *entries_of(version.unless)):
        if not _can_be_judged(name, expected, vocabulary):
            raise RulebookError(where=rule.id, reason=f"no fact {name} that could be {expected}")


def _can_be_judged(name: str, expected: Any, vocabulary: Vocabulary) -> bool:
    """Whether an entry of a condition names a fact, and values that it can take."""
    values = expected if isinstance(expected, list) else [expected]
    if name == INDUSTRY_GROUP:
        return set(map(str, values)) <= set(vocabulary.groups)
    fact = vocabulary.facts.get(name)
    if fact is None:
        return False
    if isinstance(expected, Mapping):
        return fact.type == "number"
    kinds = {"bool": bool, "number": int | float, "choice": str}
    fits = all(isinstance(value, kinds[fact.type]) for value in values)
    return fits and (fact.type != "choice" or set(values) <= set(fact.choices))


def _check_documents(rule: Rule, version: Version, documents: Mapping[str, Document]) -> None:
    """On every day of its life a version cites at least one text that is there and not repealed."""
    for day in days_of_change(version, documents):
        standing = {documents[provision.document].status_on(day) for provision in version.provisions}
        if standing <= {None, REPEALED}:
            reason = f"no document of the version from {version.start} stands on {day}"
            raise RulebookError(where=rule.id, reason=reason)


def days_of_change(version: Version, documents: Mapping[str, Document]) -> list[date]:
    """The version's first day, and each later one on which the status of a document that it cites changes."""
    days = {version.start}
    for provision in version.provisions:
        document = documents.get(provision.document)
        if document is None:
            raise RulebookError(where=f"documents/{provision.document}", reason="a rule cites it, and it is not there")
        days |= {start for start, _, _ in document.status if version.on(start)}
    return sorted(days)
