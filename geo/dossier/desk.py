"""What every chapter is written from: the record, the book, the record in words, and the report's own words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from geo.dossier.form import Place, ReportForm
from geo.dossier.model import Block, Heading, Items, Pairs, Paragraph, SiteFigure, Table
from geo.figures import listed
from geo.project import Project, read_project
from geo.report import Record, View, provision_in_words
from geo.rules.load import Rulebook
from geo.texts import pick, say

NONE = "—"
UNITS = "4.1"  # the section of the control units
MOST_ROWS = 300  # of one table; how many more there are is said
Note = Mapping[str, Any]


@dataclass(frozen=True)
class Desk:
    """One record on its way to a report.

    Parameters
    ----------
    view : the record in words, as `geo.report.present` says it
    notes : what reviewers noted: `reviewer`, `day`, `kind` (note, override), `verdict`, `reason`
    address : where the kept screening is read, if anywhere
    """

    record: Record
    book: Rulebook
    form: ReportForm
    language: str
    view: View
    figure: SiteFigure | None = None
    notes: Sequence[Note] = ()
    address: str | None = None

    def text(self, code: str, **parameters: object) -> str:
        """One of the report's own words."""
        return self.form.say(code, self.language, **parameters)

    def say(self, code: str, **parameters: object) -> str:
        """One of the program's words."""
        return say(code, self.language, **parameters)

    def pick(self, text: Any) -> str:
        """A text of the data in the report's language."""
        return pick(text, self.language)

    def effects(self, ends: Sequence[str]) -> str:
        """A range of effects, from what is sure to what is possible."""
        return " – ".join(self.say(f"effect.{effect}") for effect in ends)

    def verdicts(self, name: str) -> list[tuple[str, str]]:
        """The verdict under a name, each with its own range: on sketched limits first, then without relying on them."""
        record, firm = self.record, f"verdict.{self.record['verdict']}"
        if not self.view["illustrative"]:
            return [(self.text(name), self.view["headline"]), (self.text("range"), self.effects(record["range"]))]
        return [
            (self.text(name), self.view["headline"]),
            (self.text("range_sketch"), self.effects(record["indicative_range"])),
            (self.text("firm"), self.say(firm)),
            (self.text("range_firm"), self.effects(record["range"])),
        ]

    def listed(self, items: Sequence[str]) -> str:
        """A list in a sentence."""
        return listed(items, self.language)

    def heading(self, place: str) -> str:
        """The words over a chapter or section."""
        return self.form.heading(place, self.language)

    @cached_property
    def sections(self) -> Mapping[str, Heading]:
        """The headings of all sections by their numbers."""
        return {
            section.id: Heading(section.id, self.pick(section.heading.model_dump()))
            for chapter in self.form.chapters
            for section in chapter.sections
        }

    @cached_property
    def day(self) -> date:
        """The day of the screening."""
        return date.fromisoformat(self.record["request"]["day"])

    @cached_property
    def project(self) -> Project:
        """The project of the request."""
        sent = self.record["request"]["project"]
        return read_project(self.book.vocabulary, sent["industry"], sent["nature"], sent["facts"], sent.get("kind"))

    @cached_property
    def checks(self) -> Mapping[str, Mapping[str, Any]]:
        """The record's checks by layer."""
        return {check["layer"]: check for check in self.record["checks"]}

    @cached_property
    def told(self) -> Mapping[str, View]:
        """The checks in words by layer."""
        return {check["layer"]: check for check in self.view["checks"]}

    def places(self, section: str) -> tuple[Place, ...]:
        """What stands in a section."""
        return self.form.place_of(section, self.checks)

    def zones(self, check: Mapping[str, Any], *lists: str) -> Iterable[tuple[Mapping[str, Any], View]]:
        """The zones of a check, each as the record has it and in words."""
        for name in lists:
            yield from zip(check[name], self.told[check["layer"]][name], strict=True)

    def table(
        self, columns: Sequence[str], widths: Sequence[int], rows: Sequence[Sequence[str]], caption: str = ""
    ) -> list[Block]:
        """A table of at most `MOST_ROWS` rows, and how many more there are."""
        shown = tuple(tuple(cell or NONE for cell in row) for row in rows[:MOST_ROWS])
        made: list[Block] = [Table(tuple(columns), shown, tuple(widths), caption)]
        more = len(rows) - MOST_ROWS
        return [*made, Paragraph(self.text("more_rows", count=more))] if more > 0 else made

    def table_or(
        self, empty: str, columns: Sequence[str], widths: Sequence[int], rows: Sequence[Sequence[str]]
    ) -> list[Block]:
        """A table, or why there is none."""
        return self.table(columns, widths, rows) if rows else [Paragraph(self.text(empty))]

    def items(self, rows: Sequence[str]) -> list[Block]:
        """A list of at most `MOST_ROWS` points."""
        more = len(rows) - MOST_ROWS
        told = [*rows[:MOST_ROWS], *([self.text("more_rows", count=more)] if more > 0 else [])]
        return [Items(tuple(told))] if told else []

    @staticmethod
    def pairs(rows: Sequence[tuple[str, str | None]]) -> Pairs:
        """What is what, without what is not there."""
        return Pairs(tuple((name, value) for name, value in rows if value))

    def provisions(self, said: Sequence[Mapping[str, Any]]) -> str:
        """Clauses with their source, one to a line; what is not checked or not in force says so in its place."""
        return "\n".join(self.provision(provision_in_words(one, self.book, self.day, self.language)) for one in said)

    def provision(self, said: View) -> str:
        """One clause with its source."""
        status = said["status"] or "not_yet"
        marks = [said["verified_text"]] if said["verified_text"] else []
        marks += [self.say(f"ui.document.{status}")] if status != "in_force" else []
        noted = f" [{self.listed(marks)}]" if marks else ""
        quoted = f" “{said['phrase']}”" if said["phrase"] else ""
        return f"{said['document']} {said['article']}{noted}{quoted}"
