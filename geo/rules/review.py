"""The review: what a lawyer should mend in a book that stands. What cannot stand is refused at load (`lint`)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise, permutations
from typing import Any

from geo.rules.coverage import Coverage, coverage_flaws, load_coverage
from geo.rules.flaws import Exemption, Exemptions, Flaw, load_exemptions
from geo.rules.lint import days_of_change
from geo.rules.load import Rulebook
from geo.rules.model import LAPSED, REPEALED, Rule, Version
from geo.rules.trial import REQUIRED, day_of
from geo.rules.truth import Condition, entries_of
from geo.rules.witness import find_witness
from geo.settings import Settings
from geo.texts import LANGUAGES
from geo.vocabulary import Vocabulary

ENDED = {None, REPEALED, LAPSED}


@dataclass(frozen=True, slots=True)
class Review:
    """What was found: to mend, and excepted with a written reason."""

    flaws: tuple[Flaw, ...]
    excepted: tuple[tuple[Flaw, Exemption], ...]


def review_book(book: Rulebook, settings: Settings) -> Review:
    """Review a deployment's book with its coverage lists and its written exceptions.

    Raises
    ------
    RulebookError
        Where a list or the file of exceptions does not have the form.
    """
    exemptions = load_exemptions(settings.layers / "rules" / "exceptions.yaml")
    flaws, excepted = exemptions.sift(find_flaws(book, load_coverage(settings.layers / "coverage"), exemptions))
    return Review(tuple(flaws), tuple(excepted))


def find_flaws(book: Rulebook, coverage: Coverage, exemptions: Exemptions) -> list[Flaw]:
    """Every flaw, in the order of the book; see the functions below for what each code means exactly."""
    flaws = [flaw for rule in book.rules for flaw in _rule_flaws(book, rule, exemptions.unknown_articles)]
    for one, other in permutations(book.rules, 2):
        flaws += _contradictions(book.vocabulary, one, other)
    for one, other in combinations(book.rules, 2):
        flaws += _doubles(one, other)
    flaws += _unused(book, coverage)
    flaws += coverage_flaws(book, coverage)
    texts = {
        "coverage": coverage.source,
        "reasons": coverage.reasons,
        "exceptions": [e.reason for e in exemptions.written],
    }
    flaws += _untold({**book.data, **texts})
    return flaws


def _rule_flaws(book: Rulebook, rule: Rule, unknown_articles: Sequence[str]) -> Iterator[Flaw]:
    for version in rule.versions:
        yield from _reach(book, rule, version)
        yield from _standing(book, rule, version)
        yield from _articles(rule, version, unknown_articles)
    yield from _gaps(book, rule)
    yield from _tests(book, rule)


def _reach(book: Rulebook, rule: Rule, version: Version) -> Iterator[Flaw]:
    """`unreachable`, `unless_idle`, `untriggerable`: what can never come to pass, whatever is asked.

    Unreachable is a version that ends before it begins, whose condition no project meets, or whose exception holds
    for every project that meets it. `unless_idle`: an exception that frees nobody. The search for such a project is
    complete, so these are exact. Untriggerable: a filter that no value of the catalogue passes.
    """
    at = {"start": str(version.start)}
    if version.end is not None and version.end <= version.start:
        yield Flaw("unreachable", rule.id, "days", {**at, "end": str(version.end)})
    if find_witness(book.vocabulary, [version.when_project]) is None:
        yield Flaw("unreachable", rule.id, "condition", at)
    elif version.unless:
        if find_witness(book.vocabulary, [version.when_project], [version.unless]) is None:
            yield Flaw("unreachable", rule.id, "exception", at)
        if find_witness(book.vocabulary, [version.when_project, version.unless]) is None:
            yield Flaw("unless_idle", rule.id, parameters=at)
    domain = book.catalogue[rule.layer].attributes
    for name, allowed in version.where.items():
        if not set(allowed) & set(domain.get(name, ())):
            yield Flaw("untriggerable", rule.id, parameters={**at, "attribute": name})


def _standing(book: Rulebook, rule: Rule, version: Version) -> Iterator[Flaw]:
    """`document_ended`: from a day of its life on, all that a version cites is repealed or lapsed."""
    for day in days_of_change(version, book.documents):
        if {book.documents[provision.document].status_on(day) for provision in version.provisions} <= ENDED:
            names = ", ".join(dict.fromkeys(provision.document for provision in version.provisions))
            yield Flaw("document_ended", rule.id, parameters={"day": str(day), "documents": names})
            return


def _articles(rule: Rule, version: Version, unknown: Sequence[str]) -> Iterator[Flaw]:
    """`article_missing`: a provision whose article or phrase is blank, or whose article's number is not known."""
    for provision in version.provisions:
        if provision.article in unknown or not provision.article.strip() or not provision.phrase.strip():
            at = {"start": str(version.start), "document": provision.document, "article": provision.article}
            yield Flaw("article_missing", rule.id, parameters=at)


def _gaps(book: Rulebook, rule: Rule) -> Iterator[Flaw]:
    """`versions_gap`: days without a version between two, or after the last while a text that it cites still stands."""
    for earlier, later in pairwise(rule.versions):
        if earlier.end is not None and earlier.end < later.start:
            yield Flaw("versions_gap", rule.id, "between", {"end": str(earlier.end), "start": str(later.start)})
    last = rule.versions[-1]
    if last.end is not None:
        for name in dict.fromkeys(provision.document for provision in last.provisions):
            if book.documents[name].status_on(last.end) not in ENDED:
                yield Flaw("versions_gap", rule.id, "after", {"end": str(last.end), "document": name})


def _tests(book: Rulebook, rule: Rule) -> Iterator[Flaw]:
    """`test_missing`: no `catches`, no `passes`, or a version that judges unlike each one that a test is tried on."""
    tests: Mapping[str, Sequence[Mapping[str, Any]]] = book.said(rule.id)["tests"]
    for kind in REQUIRED:
        if not tests.get(kind):
            yield Flaw("test_missing", rule.id, "kind", {"kind": kind})
    days = [day_of(rule, case) for cases in tests.values() for case in cases]
    tried = [_judgement(version) for version in rule.versions if any(version.on(day) for day in days)]
    for version in rule.versions:
        if _judgement(version) not in tried:
            yield Flaw("test_missing", rule.id, "version", {"start": str(version.start)})


def _judgement(version: Version) -> tuple[object, ...]:
    return version.effect, version.where, version.when_project, version.unless


def _doubles(one: Rule, other: Rule) -> Iterator[Flaw]:
    """`versions_overlap`: two rules of one level that judge alike, on the same ground and a common day.

    One clause was said twice, or a new text got a rule of its own and the old one was not ended. That the versions of
    one rule overlap is refused at load; rules of two levels may well say the same.
    """
    if (one.layer, one.level, one.near) != (other.layer, other.level, other.near) or not _common_region(one, other):
        return
    for first in one.versions:
        for second in other.versions:
            if _judgement(first) == _judgement(second) and (day := _common_day(first, second)):
                yield Flaw("versions_overlap", f"{one.id} / {other.id}", parameters={"day": day})
                return


def _contradictions(vocabulary: Vocabulary, one: Rule, other: Rule) -> Iterator[Flaw]:
    """`contradiction`: what one rule expressly allows, another of its level forbids on the same ground, wholly.

    A rule expressly allows where its effect is `conditional` (the projects that it binds may stand if they do as it
    says), and where an exception frees from its ban or restriction (the projects that the exception frees). It is
    contradicted where a `prohibited` rule of the same level and layer, in a common region, on a common day, binds on
    all the ground that its filter means, and applies to every project that it allows: then nobody can ever make use of
    what it says. A ban on some of these projects is no contradiction, for an exception frees from its own rule only.
    """
    same = (one.layer, one.level) == (other.layer, other.level) and not one.near and not other.near
    if not same or not _common_region(one, other):
        return
    for allowing in one.versions:
        for banning in other.versions:
            day = _common_day(allowing, banning)
            if banning.effect == "prohibited" and day and _within(allowing, banning):
                for face, holds, fails in _allowed(allowing):
                    if _all_banned(vocabulary, holds, fails, banning):
                        yield Flaw("contradiction", f"{one.id} / {other.id}", face, {"day": day})
                        return


def _allowed(version: Version) -> Iterator[tuple[str, list[Condition | None], list[Condition | None]]]:
    """The projects that a version expressly allows: the conditions that they meet, and those that they do not."""
    if version.effect == "conditional":
        yield "condition", [version.when_project], [version.unless] if version.unless else []
    if version.effect in ("prohibited", "restricted") and version.unless:
        yield "exception", [version.when_project, version.unless], []


def _all_banned(
    vocabulary: Vocabulary, holds: list[Condition | None], fails: list[Condition | None], banning: Version
) -> bool:
    if find_witness(vocabulary, holds, fails) is None:  # it allows nobody: that is another flaw
        return False
    if find_witness(vocabulary, holds, [*fails, banning.when_project]) is not None:
        return False
    return not banning.unless or find_witness(vocabulary, [*holds, banning.unless], fails) is None


def _within(inner: Version, outer: Version) -> bool:
    """Whether the outer filter means all ground that the inner one means."""
    return all(name in inner.where and set(inner.where[name]) <= set(allowed) for name, allowed in outer.where.items())


def _common_region(one: Rule, other: Rule) -> bool:
    return not one.regions or not other.regions or bool(set(one.regions) & set(other.regions))


def _common_day(one: Version, other: Version) -> str | None:
    """The first day on which both are the law."""
    day = max(one.start, other.start)
    return str(day) if one.on(day) and other.on(day) else None


def _unused(book: Rulebook, coverage: Coverage) -> Iterator[Flaw]:
    """`layer_unspoken`, `fact_unused`, `document_unused`: what no rule speaks of, asks for or cites.

    A fact is used that a condition names, or on which such a fact depends. A document is used that a rule, a principle
    of precedence or the areas of the EIA catalogue cite, that replaced such a one, or that has a coverage list.
    """
    versions = [version for rule in book.rules for version in rule.versions]
    spoken = {rule.layer for rule in book.rules}
    yield from (Flaw("layer_unspoken", kind) for kind in book.catalogue if kind not in spoken)
    named = {name for v in versions for condition in (v.when_project, v.unless) for name, _ in entries_of(condition)}
    facts = book.vocabulary.facts
    while more := {needed for name in named & set(facts) for needed in facts[name].depends_on} - named:
        named |= more
    yield from (Flaw("fact_unused", name) for name in facts if name not in named)
    cited = {provision.document for version in versions for provision in version.provisions} | coverage.documents
    cited |= {one["document"] for principle in book.precedence.values() for one in principle["provisions"]}
    cited |= {act.document for act in book.eia.acts} if book.eia else set()
    cited |= {
        after for name in cited & set(book.documents) if (after := book.data["documents"][name].get("superseded_by"))
    }
    yield from (Flaw("document_unused", name) for name in book.documents if name not in cited)


def _untold(data: Mapping[str, Any]) -> Iterator[Flaw]:
    """`language_missing`: a text without one of the languages, or with two that are alike."""
    for place, text in texts_of(data):
        told = [str(text.get(language) or "").strip() for language in LANGUAGES]
        missing = [language for language, words in zip(LANGUAGES, told, strict=True) if not words]
        if missing:
            yield Flaw("language_missing", place, "none", {"languages": ", ".join(missing)})
        elif len(set(told)) < len(told):
            yield Flaw("language_missing", place, "alike", {"text": told[0]})


def texts_of(value: Any, place: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every text for people in some data, with its place: `rules/<id>/title`."""
    if isinstance(value, Mapping):
        if value.keys() & set(LANGUAGES):
            yield place, value
        else:
            for name, inner in value.items():
                yield from texts_of(inner, f"{place}/{name}".lstrip("/"))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from texts_of(inner, f"{place}/{number}")
