"""What has changed since an answer was given: documents that it cites, and rules that it was judged by.

Nothing of this is in the record, whose bytes stay as they were given; it is worked out when an answer is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from geo.rules.load import Rulebook
from geo.texts import BINDING, pick, say

SHOWN = ("title", "layer", "region", "when", "effect", "provisions", "where", "when_project", "unless", "dimension",
         "level", "next", "note", "authority")  # fmt: skip  # members of a rule that an answer is made of or shows


@dataclass(frozen=True, slots=True)
class Revision:
    """One thing that an answer rests on and that is not as it was."""

    kind: Literal["document", "version", "rule", "rule_new", "rule_gone", "document_gone"]
    subject: str  # a document, or a rule
    since: date | None = None  # the day from which it is so; None where the book itself was revised
    before: str | None = None  # a document's status on the answer's day
    after: str | None = None  # and today


def revisions(record: Mapping[str, Any], kept: Rulebook, book: Rulebook, day: date) -> tuple[Revision, ...]:
    """What has changed between an answer's own day and book, and another day and book.

    Parameters
    ----------
    record : the answer as it was given
    kept : the book that it was judged by
    book : the book as it is now
    day : the day until which changes count, today for a reader; an answer of a later day has seen them all
    """
    asked = date.fromisoformat(record["request"]["day"])
    cited = {finding["rule"]: {p["document"] for p in finding["provisions"]} for finding in record["findings"]}
    names = sorted(set().union(*cited.values(), _cited_beside(record, kept, asked)))
    documents = [one for name in names if (one := _document(name, kept, book, asked, max(asked, day)))]
    told = {one.subject for one in documents}
    rules = [one for finding in record["findings"] if (one := _rule(finding, kept, book, asked, max(asked, day)))]
    # A version that ended with its document is told by that document.
    return (*documents, *(one for one in rules if one.kind != "version" or not told & cited[one.subject]))


def _document(name: str, kept: Rulebook, book: Rulebook, asked: date, day: date) -> Revision | None:
    document = book.documents.get(name)
    if document is None:
        return Revision("document_gone", name)
    before, after = kept.documents[name].status_on(asked), document.status_on(day)
    if before == after:
        return None
    return Revision("document", name, document.since(day), before, after)


def _rule(finding: Mapping[str, Any], kept: Rulebook, book: Rulebook, asked: date, day: date) -> Revision | None:
    name = finding["rule"]
    if name not in book.data["rules"]:
        return Revision("rule_gone", name)
    if not same_text(name, kept, book, asked) or not _same_office(finding, kept, book):
        return Revision("rule", name)
    rule = book.by_id[name]
    then, now = rule.version(asked), rule.version(day)
    if then is None or then == now:
        return None
    return Revision("version", name, now.start if now else then.end)


def same_text(name: str, kept: Rulebook, book: Rulebook, day: date) -> bool:
    """Whether two books that both have a rule say the same in it to an answer of a day."""
    return _shown(kept, name, day) == _shown(book, name, day)


def _shown(book: Rulebook, name: str, day: date) -> dict[str, Any]:
    """What an answer of a day shows of a rule; of one that has no version yet, the first."""
    version, said = book.by_id[name].version(day) or book.by_id[name].versions[0], book.said(name)
    written = next(each for each in said["versions"] if each["from"] == version.start.isoformat())
    return {key: written.get(key, said.get(key)) for key in SHOWN}


def _same_office(finding: Mapping[str, Any], kept: Rulebook, book: Rulebook) -> bool:
    table, row = finding["authority"]["table"], finding["authority"]["row"]
    return kept.data["authorities"][table][row] in book.data["authorities"].get(table, ())


def _cited_beside(record: Mapping[str, Any], kept: Rulebook, asked: date) -> set[str]:
    """Documents that an answer cites beside its findings: the law of sensitive areas, and principles of conflicts."""
    act = kept.eia.act(asked) if kept.eia and "eia" in record else None
    principles = [kept.precedence[conflict["by"]] for conflict in record.get("conflicts", ())]
    cited = {provision["document"] for principle in principles for provision in principle["provisions"]}
    return cited | {act.document} if act else cited


def revisions_in_words(
    found: tuple[Revision, ...], kept: Rulebook, book: Rulebook, language: str = BINDING
) -> tuple[str, ...]:
    """Each revision as a sentence in a reader's language."""
    return tuple(_in_words(revision, kept, book, language) for revision in found)


def _in_words(revision: Revision, kept: Rulebook, book: Rulebook, language: str) -> str:
    part = "documents" if revision.kind.startswith("document") else "rules"
    title = pick((book.data[part].get(revision.subject) or kept.data[part][revision.subject])["title"], language)
    if revision.kind != "document":
        return say(f"since.{revision.kind}", language, title=title, day=revision.since)
    status = say(f"ui.document.{revision.after or 'not_yet'}", language)
    code = f"since.document_{'repealed' if revision.after == 'repealed' else 'status'}"
    told = say(code, language, title=title, day=revision.since, status=status)
    successor = book.data["documents"][revision.subject].get("superseded_by")
    if successor not in book.documents:
        return told
    return told + say("since.successor", language, title=pick(book.data["documents"][successor]["title"], language))
