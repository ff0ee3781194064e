"""The formal report: one structure from one record, in one language, for every format.

`compose` says what the record and the book say, in the order of the form, and judges nothing.
"""

from collections.abc import Sequence
from hashlib import sha256

from geo.canonical import encode
from geo.dossier.areas import areas
from geo.dossier.closing import checking, map_figure, review, statement, tables
from geo.dossier.compliance import compliance
from geo.dossier.desk import Desk, Note
from geo.dossier.form import ReportForm, load_report_form
from geo.dossier.judgement import conflicts, detail, limits, offices, wanted
from geo.dossier.model import Block, Chapter, Report, SiteFigure, headings_of
from geo.dossier.opening import grounds, project, result
from geo.dossier.standing import Standing
from geo.report import Record, present
from geo.rules.load import Rulebook
from geo.texts import BINDING

__all__ = ["Note", "Report", "ReportForm", "SiteFigure", "compose", "headings_of", "load_report_form"]

_WRITERS = {
    "1": result, "2": project, "3": grounds, "4": compliance, "5": areas, "6": detail, "7": wanted, "8": limits,
    "9": conflicts, "10": offices, "11": map_figure, "12": tables, "14": review, "15": statement,
}  # fmt: skip


def compose(
    record: Record,
    book: Rulebook,
    form: ReportForm,
    language: str = BINDING,
    *,
    figure: SiteFigure | None = None,
    notes: Sequence[Note] = (),
    address: str | None = None,
) -> Report:
    """Write the report of a record.

    Parameters
    ----------
    book : the book that the record was judged by
    figure : the map, drawn from the same screening
    notes : what reviewers noted; they stand beside the program's result and never replace it
    address : where the kept screening is read, if anywhere
    """
    view = present(record, book, language)
    desk = Desk(record, book, form, language, view, figure, notes, address)
    standing = Standing(desk)
    json = encode(record)
    checksum = sha256(json).hexdigest()

    def blocks(chapter: str) -> list[Block]:
        if chapter in _WRITERS:
            return _WRITERS[chapter](desk, standing)
        return checking(desk, standing, checksum)

    return Report(
        title=desk.pick(form.title.model_dump()),
        number=record["id"],
        day=record["request"]["day"],
        language=language,
        headline=view["headline"],
        validity=desk.text("valid", day=record["request"]["day"]),
        watermark=desk.pick(form.watermark.model_dump()) if view["illustrative"] else None,
        translation=None if form.reviewed.get(language) else desk.pick(form.translated.model_dump()),
        chapters=tuple(
            Chapter(chapter.id, desk.heading(chapter.id), tuple(blocks(chapter.id))) for chapter in form.chapters
        ),
        labels=((desk.text("number"), record["id"]), (desk.text("day"), record["request"]["day"])),
        json=json,
        checksum=checksum,
    )
