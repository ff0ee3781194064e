"""Chapter 4: the control units, and each requirement of their levels beside the project, in all four dimensions.

The word of a row follows from the finding's state and effect; what the record does not decide is 待核实, never 符合.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from geo.dossier.areas import layer_blocks
from geo.dossier.desk import UNITS, Desk
from geo.dossier.model import Block, Paragraph
from geo.dossier.standing import DIMENSIONS, Standing
from geo.layers.access_list import access_list
from geo.report import View

CHAPTER = "4"
UNIT_LEVEL = "unit"
WIDTHS = (4, 6, 8, 31, 14, 9, 9, 19)
Row = tuple[str, ...]  # the columns without the number


def compliance(desk: Desk, standing: Standing) -> list[Block]:
    """Chapter 4."""
    sections = next(chapter.sections for chapter in desk.form.chapters if chapter.id == CHAPTER)
    blocks: list[Block] = []
    for section in sections:
        blocks += [desk.sections[section.id], *layer_blocks(desk, section.id)]
        if section.levels:
            blocks += _requirements(_Comparison(desk, standing), section.levels)
    return blocks


def _requirements(comparison: "_Comparison", levels: Sequence[str]) -> list[Block]:
    desk = comparison.desk
    rows: list[Row] = []
    for dimension in DIMENSIONS:
        found = list(comparison.rows(levels, dimension))
        rows += found or [comparison.nothing(levels[0], dimension)]
    columns = [desk.pick(column.model_dump()) for column in desk.form.columns]
    numbered = [(str(number), *row) for number, row in enumerate(rows, 1)]
    lead = "\n".join((desk.text("list_partial"), desk.text("untouched_means")))
    return [Paragraph(lead), *desk.table(columns, WIDTHS, numbered)]


class _Comparison:
    """Requirements beside the project."""

    def __init__(self, desk: Desk, standing: Standing) -> None:
        self.desk, self.standing = desk, standing

    def rows(self, levels: Sequence[str], dimension: str) -> Iterator[Row]:
        """The rows of one dimension: access lists, findings, what is not ruled out, what is not touched."""
        if UNIT_LEVEL in levels:
            yield from self.unit_rows(dimension)
        for finding, view in self.standing.found:
            if finding["level"] in levels and finding["dimension"] == dimension:
                yield self.finding(finding, view)
        for rule, causes in self.standing.threatened.items():
            if self.stands(rule, levels, dimension):
                told = "\n".join((self.desk.text("threatened"), *causes))
                yield self.rule(rule, "open", told)
        for rule in self.standing.untouched:
            if self.stands(rule, levels, dimension):
                yield self.rule(rule, "not_concerned", self.desk.text("untouched"))

    def stands(self, rule: str, levels: Sequence[str], dimension: str) -> bool:
        known = self.desk.book.by_id[rule]
        return known.level in levels and known.dimension == dimension

    def word(self, conformity: str) -> str:
        return self.desk.pick(getattr(self.desk.form.conformity, conformity).model_dump())

    def finding(self, finding: Mapping[str, Any], view: View) -> Row:
        desk = self.desk
        situation = [*view["zones"], *(f"{reason['question']} {reason['answer']}" for reason in view["because"])]
        sources = [reason["how"] for reason in view["because"]]
        return (
            view["level_text"],
            view["dimension_text"],
            desk.provisions(finding["provisions"]),
            "\n".join(situation),
            "\n".join(dict.fromkeys([*sources, self.layer_source(finding["layer"])])),
            self.word(conformity_of(finding)),
            "\n".join(self.remarks(finding, view)),
        )

    def remarks(self, finding: Mapping[str, Any], view: View) -> list[str]:
        """Why the word stands: the exception, what is still open, or what is required."""
        desk = self.desk
        said = [f"{view['state_text']}·{view['effect_text']}"]
        said += [desk.text("exception")] if finding["state"] == "excepted" else []
        said += [desk.text("if_sketch")] if finding["certainty"] == "sketch" else []
        said += view["causes"]
        if finding["state"] == "applies":
            said.append(desk.text("required", effect=view["effect_text"], next=view["next"]))
        return said

    def layer_source(self, layer: str) -> str:
        """Where the ground comes from."""
        check, title = self.desk.checks[layer], str(self.desk.told[layer]["title"])
        if not check["provenance"]:
            return title
        return self.desk.say("cause.of", whole=title, part=self.desk.say(f"provenance.{check['provenance']}"))

    def rule(self, rule: str, conformity: str, remark: str) -> Row:
        """A rule without a finding."""
        desk, known = self.desk, self.desk.book.by_id[rule]
        return (
            desk.say(f"level.{known.level}"),
            desk.say(f"dimension.{known.dimension}"),
            desk.provisions(self.standing.provisions(rule)),
            self.standing.title(rule),
            desk.text("by_record"),
            self.word(conformity),
            remark,
        )

    def nothing(self, level: str, dimension: str) -> Row:
        """The row of a dimension without any clause: it says so, and is to be verified."""
        desk = self.desk
        unknown = desk.text("unknown_here")
        return (
            desk.say(f"level.{level}"),
            desk.say(f"dimension.{dimension}"),
            desk.text("not_read"),
            unknown,
            unknown,
            self.word("open"),
            desk.text("ask_current"),
        )

    def unit_rows(self, dimension: str) -> Iterator[Row]:
        """The clauses of the units' own lists, unjudged; a unit that is sketched, or has none, says so."""
        desk = self.desk
        checks = [desk.checks[place.layer] for place in desk.places(UNITS) if place.layer in desk.checks]
        units = [(check, zone) for check in checks for zone in check["zones"] if zone["relation"] != "near"]
        for check, zone in units:
            source = desk.text("unit_clause", unit=zone["name"], release=check["release"])
            if check["certainty"] != "firm":
                yield self.unit_row(dimension, desk.text("unit_sketch"), zone["name"], desk.text("ask_current"))
                continue
            clauses = access_list(zone["attributes"]).get(dimension, ())
            for clause in clauses:
                quoted = f"“{clause.strip()}” {source}"
                yield self.unit_row(dimension, quoted, zone["name"], desk.text("unit_clause_open"))
            if not clauses:
                yield self.unit_row(dimension, desk.text("unit_no_clause"), zone["name"], desk.text("ask_current"))
        if not units:
            yield self.unit_row(dimension, desk.text("unit_unknown"), "", desk.text("ask_current"))

    def unit_row(self, dimension: str, clause: str, unit: str, remark: str) -> Row:
        desk = self.desk
        unknown = desk.text("unknown_here")
        level = desk.say(f"level.{UNIT_LEVEL}")
        return (level, desk.say(f"dimension.{dimension}"), clause, unit, unknown, self.word("open"), remark)


def conformity_of(finding: Mapping[str, Any]) -> str:
    """What a finding says of conformity; only an exception that applies, and is decided, conforms."""
    if finding["state"] == "excepted":
        return "met"
    return "not_met" if finding["state"] == "applies" and finding["effect"] == "prohibited" else "open"
