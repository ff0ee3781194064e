"""The report as a Word document: real headings and tables, and the watermark in the header of every page."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from xml.sax.saxutils import quoteattr
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import docx
import segno
from docx.document import Document
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.shared import Cm, Length, Pt
from docx.styles.style import ParagraphStyle
from docx.table import Table as WordTable
from docx.text.paragraph import Paragraph as WordParagraph

from geo.dossier.model import (
    Blanks,
    Block,
    Chapter,
    Code,
    Figure,
    Heading,
    Items,
    Mark,
    Pairs,
    Paragraph,
    Report,
    Table,
)

FACES = {"zh": ("Arial", "宋体", "黑体"), "ko": ("Arial", "맑은 고딕", "맑은 고딕"), "en": ("Arial", "宋体", "黑体")}
PAGE = (21.0, 29.7, 1.7)  # cm: width, height, margin
TEXT_WIDTH = PAGE[0] - 2 * PAGE[2]
CODE_WIDTH = 3.2  # cm
PAIR = (26, 74)
_SMALL, _WIDE, _MANY = 8.0, 7.0, 6  # points in a table; in one of more columns than `_MANY`
_FIRST_DAY_OF_ZIP = (1980, 1, 1, 0, 0, 0)
_CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF), " ")  # that XML 1.0 cannot hold
_MARKUP = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
}
_PLACED = (
    "position:absolute;width:480pt;height:60pt;rotation:332;z-index:-251658752;mso-position-horizontal:center;"
    "mso-position-horizontal-relative:margin;mso-position-vertical:center;mso-position-vertical-relative:margin"
)
_SHAPE = (
    f"<w:pict {' '.join(f'xmlns:{name}={quoteattr(uri)}' for name, uri in _MARKUP.items())}>"
    '<v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" path="m@7,l@8,m@5,21600l@6,21600e">'
    '<v:path textpathok="t"/><v:textpath on="t" fitshape="t"/></v:shapetype>'
    f'<v:shape id="watermark" type="#_x0000_t136" fillcolor="#d9c39a" stroked="f" style="{_PLACED}">'
    '<v:fill opacity=".4"/><v:textpath string={words}/></v:shape></w:pict>'
)


def render_docx(report: Report) -> bytes:
    """The report as DOCX; the same report gives the same bytes."""
    document = docx.Document()
    _set_styles(document, report.language)
    _set_page(document, report)
    document.add_heading(_clean(report.title), level=0)
    for term, value in report.labels:
        document.add_paragraph(_clean(f"{term} {value}"))
    for warning in (report.watermark, report.translation):
        if warning:
            _add(document, Mark(warning))
    document.add_paragraph(_clean(report.validity))
    for chapter in report.chapters:
        _add_chapter(document, chapter)
    _set_properties(document, report)
    made = BytesIO()
    document.save(made)
    return _dateless(made.getvalue())


def _clean(text: str) -> str:
    return text.translate(_CONTROLS)


def _set_styles(document: Document, language: str) -> None:
    """Letters of every style: those of the West, of text and of headings in the East."""
    western, text, heading = FACES[language]
    for style in document.styles:
        if isinstance(style, ParagraphStyle):
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for name in list(fonts.attrib):
                del fonts.attrib[name]
            leads = style.name is not None and style.name.startswith(("Heading", "Title"))
            for kind, face in (("ascii", western), ("hAnsi", western), ("eastAsia", heading if leads else text)):
                fonts.set(qn(f"w:{kind}"), face)
    normal: Any = document.styles["Normal"]
    normal.font.size = Pt(10.5)
    normal.paragraph_format.space_after = Pt(4)
    for level, size in ((0, 18), (1, 14), (2, 12)):
        known: Any = document.styles["Title" if level == 0 else f"Heading {level}"]
        known.font.size = Pt(size)


def _set_page(document: Document, report: Report) -> None:
    """A4; the watermark above and behind every page, number and pages below."""
    section = document.sections[0]
    section.page_width, section.page_height = Cm(PAGE[0]), Cm(PAGE[1])
    section.left_margin = section.right_margin = Cm(PAGE[2])
    section.top_margin = section.bottom_margin = Cm(2.0)
    if report.watermark:
        head = section.header.paragraphs[0]
        head.alignment = 1
        head.add_run(_clean(report.watermark)).bold = True
        head.add_run()._r.append(parse_xml(_SHAPE.format(words=quoteattr(_clean(report.watermark)))))
    foot = section.footer.paragraphs[0]
    foot.add_run(f"{report.number}\t\t").font.size = Pt(_SMALL)
    for field, after in (("PAGE", " / "), ("NUMPAGES", "")):
        simple = OxmlElement("w:fldSimple")
        simple.set(qn("w:instr"), field)
        foot._p.append(simple)
        foot.add_run(after).font.size = Pt(_SMALL)


def _set_properties(document: Document, report: Report) -> None:
    day = datetime.fromisoformat(report.day).replace(tzinfo=UTC)
    properties = document.core_properties
    properties.title, properties.identifier, properties.author = report.title, report.number, "fenqu"
    properties.comments, properties.language = report.watermark or "", report.language
    properties.created = properties.modified = day
    properties.last_modified_by, properties.revision = "fenqu", 1


def _add_chapter(document: Document, chapter: Chapter) -> None:
    document.add_heading(_clean(chapter.heading), level=1)
    for block in chapter.blocks:
        _add(document, block)


def _add(document: Document, block: Block) -> None:
    match block:
        case Table():
            _add_table(document, block.columns, block.rows, block.widths)
        case Pairs():
            _add_table(document, (), block.rows, PAIR)
        case Blanks():
            _add_table(document, (), tuple((name, "\n") for name in block.names), PAIR)
        case Figure() | Code():
            _add_picture(document, block)
        case _:
            _add_text(document, block)


def _add_text(document: Document, block: Heading | Paragraph | Items | Mark) -> None:
    match block:
        case Heading():
            document.add_heading(_clean(block.text), level=2)
        case Paragraph():
            paragraph = document.add_paragraph()
            paragraph.add_run(_clean(block.text)).bold = block.strong
            paragraph.paragraph_format.keep_with_next = block.strong
        case Items():
            for row in block.rows:
                document.add_paragraph(_clean(row), style="List Bullet")
        case Mark():
            document.add_paragraph(_clean(block.text), style="Intense Quote")


def _add_picture(document: Document, block: Figure | Code) -> None:
    if isinstance(block, Figure):
        document.add_picture(BytesIO(block.figure.png), width=Cm(TEXT_WIDTH))
    else:
        code = BytesIO()
        segno.make(block.address, micro=False).save(code, kind="png", scale=6)
        code.seek(0)
        document.add_picture(code, width=Cm(CODE_WIDTH))
    document.add_paragraph(_clean(block.caption), style="Caption")


def _add_table(
    document: Document, columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...], widths: tuple[int, ...]
) -> None:
    """A table of fixed widths whose heading comes again on every page."""
    heads = (columns,) if columns else ()
    table = document.add_table(rows=len(heads) + len(rows), cols=len(widths))
    table.style, table.autofit = "Table Grid", False
    size = Pt(_WIDE if len(widths) > _MANY else _SMALL)
    sizes: list[Length] = [Cm(TEXT_WIDTH * width / 100.0) for width in widths]
    for column, width in zip(table.columns, sizes, strict=True):
        column.width = width
    for number, (row, cells) in enumerate(zip(table._tbl.tr_lst, (*heads, *rows), strict=True)):
        _fill(table, row, cells, sizes, size, head=number < len(heads))
    document.add_paragraph().paragraph_format.space_after = Pt(2)


def _fill(table: WordTable, row: Any, cells: tuple[str, ...], widths: list[Length], size: Length, head: bool) -> None:
    """Write one row: by its elements, for a table's own cells are found anew each time they are asked for."""
    for name in ("w:cantSplit", *(("w:tblHeader",) if head else ())):
        row.get_or_add_trPr().append(OxmlElement(name))
    for cell, text, width in zip(row.tc_lst, cells, widths, strict=True):
        cell.width = width
        paragraph = WordParagraph(cell.p_lst[0], table)
        paragraph.paragraph_format.space_after = Pt(0)
        run = paragraph.add_run(_clean(text))
        run.font.size, run.bold = size, head


def _dateless(made: bytes) -> bytes:
    """The same archive without the moment that it was written."""
    told = BytesIO()
    with ZipFile(BytesIO(made)) as source, ZipFile(told, "w") as target:
        for entry in source.infolist():
            plain = ZipInfo(entry.filename, _FIRST_DAY_OF_ZIP)
            plain.compress_type = ZIP_DEFLATED
            target.writestr(plain, source.read(entry))
    return told.getvalue()
