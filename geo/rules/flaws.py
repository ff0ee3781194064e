"""Flaws of a book that stands, but that a lawyer should mend; and the written exceptions to them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from geo.errors import RulebookError
from geo.rules.forms import read_form
from geo.texts import say

# What a review finds; the texts are `flaw.<code>` or, where a code has several faces, `flaw.<code>_<face>`.
CODES = (
    "unreachable",
    "untriggerable",
    "unless_idle",
    "layer_unspoken",
    "contradiction",
    "fact_unused",
    "document_ended",
    "article_missing",
    "versions_gap",
    "versions_overlap",
    "language_missing",
    "document_unused",
    "clause_uncovered",
    "coverage_wrong",
    "test_missing",
    "exception_idle",
)


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing to mend."""

    code: str
    subject: str  # a rule, `rule / rule`, a layer, a fact, a document, `document article` or the place of a text
    face: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)

    def text(self, language: str) -> str:
        """What is wrong, in the reader's language."""
        name = f"{self.code}_{self.face}" if self.face else self.code
        return say(f"flaw.{name}", language, **self.parameters)


@dataclass(frozen=True, slots=True)
class Exemption:
    """A flaw that stays, with the reason written down."""

    code: str
    subject: str
    reason: Mapping[str, str]  # by language


@dataclass(frozen=True, slots=True)
class Exemptions:
    """The file of exceptions: flaws that stay, and what stands in the book where an article's number is not known."""

    written: tuple[Exemption, ...] = ()
    unknown_articles: tuple[str, ...] = ()

    def sift(self, flaws: Iterable[Flaw]) -> tuple[list[Flaw], list[tuple[Flaw, Exemption]]]:
        """Flaws to mend, exceptions without a flaw among them (`exception_idle`); and flaws that are excepted."""
        reasons = {(one.code, one.subject): one for one in self.written}
        left: list[Flaw] = []
        excepted: list[tuple[Flaw, Exemption]] = []
        for flaw in flaws:
            exemption = reasons.get((flaw.code, flaw.subject))
            if exemption is None:
                left.append(flaw)
            else:
                excepted.append((flaw, exemption))
        met = {(flaw.code, flaw.subject) for flaw, _ in excepted}
        left += [
            Flaw("exception_idle", subject, parameters={"code": code})
            for code, subject in reasons
            if (code, subject) not in met
        ]
        return left, excepted


def load_exemptions(path: Path) -> Exemptions:
    """Read `exceptions.yaml`; a book without the file has no exceptions.

    Raises
    ------
    RulebookError
        Where the file does not have the form, or excepts one flaw twice.
    """
    if not path.exists():
        return Exemptions()
    read = read_form(path, "exceptions")
    written = [
        Exemption(said["finding"], subject, said["reason"])
        for said in read["exceptions"]
        for subject in said["subjects"]
    ]
    _once([(one.code, one.subject) for one in written], path)
    return Exemptions(tuple(written), tuple(read.get("unknown_articles", ())))


def _once(names: Collection[tuple[str, str]], path: Path) -> None:
    twice = sorted({f"{code} of {subject}" for code, subject in names if list(names).count((code, subject)) > 1})
    if twice:
        raise RulebookError(where=path.name, reason=f"excepted twice: {', '.join(twice)}")
