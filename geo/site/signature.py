"""What a file surely is, by its first bytes: an ending that is read, a format that is not, or nothing that is sure."""

import re
from pathlib import Path
from zipfile import BadZipFile, ZipFile

HEAD_BYTES = 8192
REFERENCES = "references"  # a file that does nothing but lead to others
# Beginnings of files, and what they are: an ending, or the name of a format that is not read (`foreign.<name>`).
_BEGINNINGS = (
    (b"SQLite format 3\0", ".gpkg"),
    (b"\0\0\x27\x0a", ".shp"),
    (b"AutoCAD Binary DXF", ".dxf"),
    (b"PK\x03\x04", ".zip"),
    (b"PK\x05\x06", ".zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".xls"),
    (b"%PDF-", "document"),
    (b"{\\rtf", "document"),
    (b"\xff\xd8\xff", "picture"),
    (b"\x89PNG\r\n", "picture"),
    (b"GIF8", "picture"),
    (b"II*\0", "picture"),
    (b"MM\0*", "picture"),
    (b"Rar!\x1a\x07", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"\x1f\x8b\x08", "archive"),
    (b"BZh9", "archive"),
    (b"\xfd7zXZ\0", "archive"),
    (b"\x28\xb5\x2f\xfd", "archive"),
    (b"\x7fELF", "program"),
)
_BINARY_PATTERNS = (
    (re.compile(rb"AC10\d\d\0"), "dwg"),
    (re.compile(rb"MZ[^\n]*\0"), "program"),
    (re.compile(rb"BM....\0\0\0\0", re.DOTALL), "picture"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "picture"),
    (re.compile(rb"....ftyp(?:hei|mif|avi)", re.DOTALL), "picture"),
    (re.compile(rb".{257}ustar", re.DOTALL), "archive"),
)
_COMMENTS = re.compile(r"<!--.*?-->", re.DOTALL)
_ROOT = re.compile(r"<(?:!doctype\s+)?(?:[\w.-]+:)?([A-Za-z][\w.-]*)", re.IGNORECASE)
_ROOTS = {
    "kml": ".kml",
    "gpx": ".gpx",
    "html": "page",
    "ogrvrtdatasource": REFERENCES,
    "vrtdataset": REFERENCES,
    "gdal_wms": REFERENCES,
    "ogrwfsdatasource": REFERENCES,
}
_GDAL_STREAM = re.compile(r'"type"\s*:\s*"gdal_streamed_alg"')
_TEXT_PATTERNS = (
    (re.compile(r"<!doctype\s+html", re.IGNORECASE), "page"),
    (re.compile(r"\{|\[\s*[\[{\"]"), ".geojson"),
    (re.compile(r"(?:999\s*\n.*\n\s*)*0\s*\n\s*SECTION\s*\n"), ".dxf"),
    (re.compile(r"(?:SRID\s*=\s*\d+\s*;\s*)?(?:MULTI)?(?:POINT|LINESTRING|POLYGON)\s*[ZM]{0,2}\s*\(", re.I), ".wkt"),
    (re.compile(r"0[01](?:0[1-7]0000|000000)[0-9A-F]{12,}\s*(?:\n|$)", re.IGNORECASE), ".wkb"),
    (re.compile(r"\[(?:属性描述|地块坐标)\]"), ".txt"),
)
_OFFICE_WORKBOOK, _OFFICE = "xl/workbook.xml", "[Content_Types].xml"
_OLE_WORKBOOKS = tuple(name.encode("utf-16-le") for name in ("Workbook", "Book", "EncryptedPackage"))


def recognise(path: Path) -> str:
    """An ending, `references`, the name of a format that is not read, or nothing where the bytes leave it open."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    for beginning, what in _BEGINNINGS:
        if head.startswith(beginning):
            return _within(path, what)
    return next((what for sign, what in _BINARY_PATTERNS if sign.match(head)), "") or _of_text(head)


def _within(path: Path, what: str) -> str:
    """Which of the formats that begin alike."""
    if what == ".xls" and not any(mark in path.read_bytes() for mark in _OLE_WORKBOOKS):
        return "document"
    if what != ".zip":
        return what
    try:
        with ZipFile(path) as archive:
            names = set(archive.namelist())
    except (BadZipFile, ValueError, OSError, NotImplementedError):
        return what
    if _OFFICE_WORKBOOK in names:
        return ".xlsx"
    return "document" if _OFFICE in names else what


def _of_text(head: bytes) -> str:
    text = _decoded(head).lstrip("\ufeff \t\r\n\0")
    if _GDAL_STREAM.search(text):
        return REFERENCES
    for sign, what in _TEXT_PATTERNS:
        if sign.match(text):
            return what
    if text.startswith("<"):
        root = _ROOT.search(_COMMENTS.sub("", text))
        return _ROOTS.get(root[1].lower(), "") if root else ""
    return ""


def _decoded(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace")
    if head.startswith((b"<\0", b"\0<")):
        return head.decode("utf-16-le" if head[1] == 0 else "utf-16-be", "replace")
    try:
        return head.decode("utf-8")
    except UnicodeDecodeError as error:
        cut = error.start >= len(head) - 3  # in the middle of a character
        return head.decode("utf-8" if cut else "gb18030", "replace")
