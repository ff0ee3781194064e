"""Tables as rows of cells: text with separators, and workbooks of spreadsheets (values only, nothing computed anew)."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

from geo.errors import Phrase, SiteFileBroken, Term
from geo.importing.charset import named
from geo.site.contents import Limits

Row = Sequence[object]
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_CELL = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{0,3})(\d{1,7})[\"']")
_PIECE, _OVERLAP = 1 << 20, 64  # bytes
_CELLS_PER_CORNER = 50  # of a sheet, empty ones too
_SEPARATORS = ("\t", ";", "；", ",", "，", "|")
_BLANKS = re.compile(r"[ \u3000\xa0]+")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table, as it stands: rows from the first, cells from the first column."""

    name: str  # nothing for a file of text
    rows: tuple[Row, ...]


def read_sheets(path: Path, encoding: str | None, limits: Limits) -> tuple[Sheet, ...]:
    """Read a table or a workbook, by its first bytes and not by its name.

    Raises
    ------
    SiteFileBroken
        Where it is neither, is damaged or encrypted.
    SiteTooLarge
        Where it unpacks to more than the limits, or has more rows or cells.
    """
    with path.open("rb") as file:
        start = file.read(512)
    if start.startswith(_ZIP):
        _weigh(path, limits)
        return tuple(_workbook(path, limits))
    if start.startswith(_OLE):
        if _ENCRYPTED_PACKAGE in path.read_bytes():
            raise SiteFileBroken(name=path.name, reason=Term("cause.workbook_encrypted"))
        return tuple(_workbook(path, limits))
    if start.lstrip().lower().startswith((b"<html", b"<!doctype", b"<?xml", b"<table")):
        raise SiteFileBroken(name=path.name, reason=Term("cause.table_web_page"))
    return (rows_of_text(decode(path.read_bytes(), encoding, path.name), path.name, limits),)


def decode(data: bytes, encoding: str | None, name: str) -> str:
    """Text in the encoding that the sender names, else UTF-8, UTF-16 with its mark, or GB 18030.

    Raises
    ------
    SiteFileBroken
        Where it is no text in any of them.
    """
    codec = named(encoding) if encoding else "utf-16" if data.startswith(_UTF16) else None
    for one in [codec] if codec else ["utf-8-sig", "gb18030"]:
        try:
            text = data.decode("utf-8-sig" if one == "UTF-8" else one)
        except (UnicodeDecodeError, LookupError):
            continue
        if "\0" not in text:
            return text
    raise SiteFileBroken(name=name, reason=Term("cause.text_undecodable"))


def rows_of_text(text: str, name: str, limits: Limits) -> Sheet:
    """The rows of a text, by the separator that most of its lines have.

    Raises
    ------
    SiteFileBroken, SiteTooLarge
        Where a cell is longer than any, or there are too many rows.
    """
    rows: list[Row] = []
    filled = 0
    separator = _separator(text)
    try:
        lines = csv.reader(StringIO(text, newline=""), delimiter=separator) if separator else _blank_separated(text)
        for row in lines:
            rows.append(row)
            filled += any(row)
            if filled > limits.vertices:
                limits.hold("vertices", filled)
            limits.hold("bytes", len(rows))
    except csv.Error as error:
        raise SiteFileBroken(
            name=name, reason=Phrase("cause.at_row", row=len(rows) + 1, reason=Term("cause.row_malformed"))
        ) from error
    return Sheet("", tuple(rows))


def _blank_separated(text: str) -> Iterator[Row]:
    return (_BLANKS.split(line.strip()) for line in text.splitlines())


def _separator(text: str) -> str | None:
    """The separator that most lines have; None where blanks separate."""
    lines = [line for line in text[:200_000].splitlines() if line.strip()]
    found = {sign: sum(sign in line for line in lines) for sign in _SEPARATORS}
    best = max(_SEPARATORS, key=lambda sign: found[sign])
    return best if found[best] * 3 > len(lines) else None


def _weigh(path: Path, limits: Limits) -> None:
    """Count what a workbook unpacks to, and how far its cells reach, before anything reads it as a whole."""
    try:
        with ZipFile(path) as archive:
            entries = archive.infolist()
            limits.hold("entries", len(entries))
            limits.hold("unpacked_bytes", sum(entry.file_size for entry in entries))
            total = 0
            for entry in entries:
                width = height = 0
                rest = b""
                with archive.open(entry) as part:
                    while piece := part.read(_PIECE):
                        total += len(piece)
                        limits.hold("unpacked_bytes", total)
                        if "worksheets/" in entry.filename:
                            width, height = _reach(rest + piece, width, height)
                            limits.hold("vertices", width * height // _CELLS_PER_CORNER)
                        rest = piece[-_OVERLAP:]
    except (BadZipFile, NotImplementedError, EOFError, RuntimeError, OSError, ValueError) as error:
        raise SiteFileBroken(name=path.name, reason=Term("cause.workbook_unreadable")) from error


def _reach(piece: bytes, width: int, height: int) -> tuple[int, int]:
    for letters, number in _CELL.findall(piece):
        column = 0
        for letter in letters.upper():
            column = column * 26 + letter - 64
        width, height = max(width, column), max(height, int(number))
    return width, height


def _workbook(path: Path, limits: Limits) -> Iterator[Sheet]:
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            limits.hold("entries", len(book.sheets_metadata))
            filled = 0
            for meta in book.sheets_metadata:
                if meta.typ != SheetTypeEnum.WorkSheet:
                    continue
                sheet = book.get_sheet_by_name(meta.name)
                limits.hold("vertices", sheet.total_height * sheet.total_width // _CELLS_PER_CORNER)
                rows = tuple(sheet.to_python(skip_empty_area=False))
                filled += sum(any(cell not in ("", None) for cell in row) for row in rows)
                limits.hold("vertices", filled)
                yield Sheet(meta.name, rows)
    except PasswordError as error:
        raise SiteFileBroken(name=path.name, reason=Term("cause.workbook_encrypted")) from error
    except (CalamineError, OSError, ValueError) as error:
        raise SiteFileBroken(name=path.name, reason=Term("cause.workbook_damaged")) from error
