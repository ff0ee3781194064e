"""The coverage list: every clause of a document, with the rules that carry it or the reason why none does."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geo.rules.flaws import Flaw
from geo.rules.forms import read_form
from geo.rules.load import Rulebook
from geo.rules.model import Provision, Rule

REASONS = "reasons.yaml"


@dataclass(frozen=True, slots=True)
class Clause:
    """One row: what a clause says, and what the book made of it."""

    part: str  # name of the file, without ending
    document: str
    articles: tuple[str, ...]  # as rules cite them
    ground: str
    says: str
    effect: str
    rules: tuple[str, ...]
    reason: str | None
    because: Mapping[str, str] | None  # by language

    @property
    def subject(self) -> str:
        """Document and articles, as flaws name it."""
        return f"{self.document} {'+'.join(self.articles)}"


@dataclass(frozen=True, slots=True)
class Coverage:
    """All lists of `layers/coverage/`, and the reasons that they may give."""

    clauses: tuple[Clause, ...] = ()
    reasons: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # texts by code and language
    source: tuple[Mapping[str, Any], ...] = ()  # the files as they are written

    @property
    def documents(self) -> frozenset[str]:
        """The documents that are listed; all others are not held."""
        return frozenset(clause.document for clause in self.clauses)

    def only(self, document: str) -> tuple[Clause, ...]:
        """The clauses of one document, in the order of its files."""
        return tuple(clause for clause in self.clauses if clause.document == document)


def load_coverage(folder: Path) -> Coverage:
    """Read `reasons.yaml` and every list beside it; without the folder there is none.

    Raises
    ------
    RulebookError
        Naming the file and the place that does not have the form.
    """
    reasons = read_form(folder / REASONS, "reasons")["reasons"] if (folder / REASONS).exists() else {}
    parts = {path: read_form(path, "coverage") for path in sorted(folder.glob("*.yaml")) if path.name != REASONS}
    clauses = [_clause(path.stem, read["document"], said) for path, read in parts.items() for said in read["clauses"]]
    return Coverage(tuple(clauses), reasons, tuple(parts.values()))


def _clause(part: str, document: str, said: Mapping[str, Any]) -> Clause:
    return Clause(
        part=part,
        document=document,
        articles=tuple(said["articles"]),
        ground=said["ground"],
        says=said["says"],
        effect=said["effect"],
        rules=tuple(said.get("rules", ())),
        reason=said.get("reason"),
        because=said.get("because"),
    )


def coverage_flaws(book: Rulebook, coverage: Coverage) -> Iterator[Flaw]:
    """Hold lists and book against each other, both ways.

    `clause_uncovered`: a clause without rule and reason, or an article of a listed document that a rule cites and no
    list has. `coverage_wrong`: a clause names a document, rule or reason that is not there, or a rule that does not
    cite one of its articles.
    """
    rules = {rule.id: rule for rule in book.rules}
    for clause in coverage.clauses:
        yield from _clause_flaws(book, rules, clause, coverage.reasons)
    listed = {(clause.document, article) for clause in coverage.clauses for article in clause.articles}
    cited: dict[tuple[str, str], str] = {}
    for rule in book.rules:
        for provision in _provisions(rule):
            cited.setdefault((provision.document, provision.article), rule.id)
    for (document, article), first in sorted(cited.items()):
        if document in coverage.documents and (document, article) not in listed:
            yield Flaw("clause_uncovered", f"{document} {article}", "cited", {"rule": first})


def _clause_flaws(
    book: Rulebook, rules: Mapping[str, Rule], clause: Clause, reasons: Mapping[str, object]
) -> Iterator[Flaw]:
    at = {"part": clause.part}
    if clause.document not in book.documents:
        yield Flaw("coverage_wrong", clause.subject, "document", at)
    if not clause.rules and clause.reason is None:
        yield Flaw("clause_uncovered", clause.subject, "bare", {**at, "says": clause.says})
    if clause.reason is not None and clause.reason not in reasons:
        yield Flaw("coverage_wrong", clause.subject, "reason", {**at, "reason": clause.reason})
    for name in clause.rules:
        if name not in rules:
            yield Flaw("coverage_wrong", clause.subject, "rule", {**at, "rule": name})
        elif not any(p.document == clause.document and p.article in clause.articles for p in _provisions(rules[name])):
            yield Flaw("coverage_wrong", clause.subject, "citation", {**at, "rule": name})


def _provisions(rule: Rule) -> Iterator[Provision]:
    return (provision for version in rule.versions for provision in version.provisions)
