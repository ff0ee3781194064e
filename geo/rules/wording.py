"""Conditions of rules as sentences in a reader's language: total over every condition that a book may hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from geo.layers.catalogue import LayerEntry
from geo.texts import BINDING, catalogue, pick, say
from geo.vocabulary import INDUSTRY_GROUP, Vocabulary

MOST_IN_LINE = 4  # answers; more of them stand one below the other


@dataclass(frozen=True, slots=True)
class Clause:
    """One sentence; where it ends in a colon, the parts that it speaks of."""

    text: str
    parts: tuple["Clause", ...] = ()


def conditions_in_words(
    condition: Mapping[str, Any] | None, vocabulary: Vocabulary, language: str = BINDING
) -> tuple[Clause, ...]:
    """A condition over facts as sentences that must all hold; no condition gives none.

    Parameters
    ----------
    condition : as `geo.rules.truth.judge` takes it
    """
    return tuple(_entry(key, expected, vocabulary, language) for key, expected in (condition or {}).items())


def _entry(key: str, expected: Any, vocabulary: Vocabulary, language: str) -> Clause:
    if key in ("any", "all"):
        parts = tuple(_together(inner, vocabulary, language) for inner in expected)
        return parts[0] if len(parts) == 1 else Clause(say(f"wording.{key}", language), parts)
    if key == "not":
        parts = conditions_in_words(expected, vocabulary, language)
        return Clause(say("wording.not" if len(parts) == 1 else "wording.not_all", language), parts)
    if key == INDUSTRY_GROUP:
        groups = expected if isinstance(expected, list | tuple) else [expected]
        titles = [pick(vocabulary.groups[group].title.model_dump(), language) for group in groups]
        return Clause(say("wording.industry", language, groups=one_of(titles, language)))
    fact = vocabulary.facts[key]
    question = pick(fact.question.model_dump(), language)
    if isinstance(expected, list | tuple) and len(expected) > MOST_IN_LINE:
        parts = tuple(Clause(_value(key, value, vocabulary, language)) for value in expected)
        return Clause(say("wording.fact_one_of", language, question=question), parts)
    return Clause(say("wording.fact", language, question=question, answer=_answer(key, expected, vocabulary, language)))


def _together(condition: Mapping[str, Any], vocabulary: Vocabulary, language: str) -> Clause:
    """A condition as one sentence: its own where it is one, else one that holds all of them."""
    parts = conditions_in_words(condition, vocabulary, language)
    return parts[0] if len(parts) == 1 else Clause(say("wording.all", language), parts)


def _answer(name: str, expected: Any, vocabulary: Vocabulary, language: str) -> str:
    if isinstance(expected, Mapping):
        unit = vocabulary.facts[name].unit
        bounds = [say(f"wording.{bound}", language, number=f"{of:g} {unit}") for bound, of in expected.items()]
        return say("wording.and", language).join(bounds)
    values = expected if isinstance(expected, list | tuple) else [expected]
    return one_of([_value(name, value, vocabulary, language) for value in values], language)


def _value(name: str, value: bool | float | str, vocabulary: Vocabulary, language: str) -> str:
    fact = vocabulary.facts[name]
    if isinstance(value, bool):
        return say("project.yes" if value else "project.no", language)
    if isinstance(value, str):
        return pick(fact.choices[value].model_dump(), language) if value in fact.choices else value
    return f"{value:g} {fact.unit}"


def ground_in_words(
    where: Mapping[str, Sequence[str]], entry: LayerEntry, language: str = BINDING
) -> tuple[Clause, ...]:
    """A filter over the attributes of a layer as sentences that must all hold."""
    return tuple(
        Clause(
            say(
                "wording.where",
                language,
                attribute=say(f"attribute.{name}", language),
                values=one_of([attribute_value(entry, name, value, language) for value in values], language),
            )
        )
        for name, values in where.items()
    )


def attribute_value(entry: LayerEntry, name: str, value: str, language: str = BINDING) -> str:
    """The name of an attribute's value: the catalogue's title of a class, else the program's text, else the code."""
    if name == "zone_class" and value in entry.classes:
        return pick(entry.classes[value].title.model_dump(), language)
    return catalogue(language).get(f"value.{name}.{value}", value)


def one_of(items: Sequence[str], language: str = BINDING) -> str:
    """Alternatives in a sentence; each may hold commas of its own."""
    return say("wording.or", language).join(items)


def article_in_words(article: str, unknown: Sequence[str], language: str = BINDING) -> str:
    """An article by its number, the section that stands in its stead, or that its number is not known.

    Parameters
    ----------
    unknown : what stands in the book where the number of an article is not known
    """
    if article in unknown:
        return say("finding.article_unknown", language)
    return say("finding.article", language, number=article) if article.isdecimal() else article
