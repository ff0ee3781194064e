"""The bytes of a DXF drawing as an ezdxf document: signature, end mark, encoding, repair."""

import io
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ezdxf import recover
from ezdxf.document import Drawing
from ezdxf.filemanagement import read, readfile
from ezdxf.tools.codepage import toencoding

from geo.errors import SiteFileBroken, Term
from geo.importing.charset import choose, named
from geo.site.contents import Limits, Wanted
from geo.site.notice import Notice

BINARY = b"AutoCAD Binary DXF\r\n\x1a\x00"
_FURNITURE = 10  # a drawing may have this many times the vertices of a site: most of it is no site
_DWG = re.compile(rb"(?:AC1\.|AC2\.|AC10)\d")
_VERTEX = re.compile(rb"\n[ \t]*10[ \t\r]*\n")
_END = re.compile(rb"(?:^|\n)[ \t]*0[ \t\r]*\n[ \t]*EOF[ \t\r]*(?:\n|$)")
_VERSION = re.compile(rb"\$ACADVER\s+1\s+(AC\d{4})")
_CODE_PAGE = re.compile(rb"\$DWGCODEPAGE\s+3\s+(\S+)")
_UTF8_FROM = b"AC1021"  # the version from which on every drawing is in UTF-8
_MOST_LINES = 20_000  # that the encoding is decided on


@dataclass(frozen=True, slots=True)
class Opened:
    """A drawing, and what was done to read it."""

    drawing: Drawing
    notices: tuple[Notice, ...] = ()


def open_drawing(path: Path, wanted: Wanted, limits: Limits) -> Opened:
    """Open a DXF drawing, in text or binary, of any version that ezdxf takes (R12 to R2018, older ones as R12).

    A drawing without its end mark was cut off: plots may be missing or cut in half, so it is refused. One that is
    damaged within is repaired where that can be done, with a notice `drawing_recovered`. ezdxf takes 5 to 9 bytes of
    memory for each byte of the file, and about 0.2 s for a million bytes, twice that where it repairs.

    Raises
    ------
    SiteFileBroken, SiteTooLarge
    """
    data = path.read_bytes()
    if _DWG.match(data):
        raise SiteFileBroken(name=path.name, reason=Term("cause.dwg"))
    if data.startswith(BINARY):
        return _binary(path, data, limits)
    if b"SECTION" not in data:
        raise SiteFileBroken(name=path.name, reason=Term("cause.not_dxf"))
    if not _END.search(data):
        raise _cut_off(path)
    limits.hold("vertices", sum(1 for _ in _VERTEX.finditer(data)) // _FURNITURE)
    encoding, notices = _encoding(data, wanted)
    text = data.decode(encoding, "surrogateescape")
    try:
        return Opened(read(io.StringIO(text, newline=None)), notices)
    except MemoryError:
        raise
    except Exception:  # whatever a damaged drawing may cause: the repair is the answer to it
        return _recovered(path, text, notices)


def _cut_off(path: Path) -> SiteFileBroken:
    return SiteFileBroken(name=path.name, reason=Term("cause.dxf_cut_off"))


def _binary(path: Path, data: bytes, limits: Limits) -> Opened:
    if not data.rstrip(b"\x1a\r\n").endswith(b"\x00EOF\x00"):
        raise _cut_off(path)
    limits.hold("vertices", data.count(b"\x0a\x00") // _FURNITURE)
    try:
        return Opened(readfile(path))
    except MemoryError:
        raise
    except Exception as error:
        raise SiteFileBroken(name=path.name, reason=Term("cause.dxf_binary_damaged")) from error


def _recovered(path: Path, text: str, notices: tuple[Notice, ...]) -> Opened:
    """The drawing after repair, from a copy whose texts are escaped, so that their encoding is no question."""
    plain = re.sub(r"[\u0080-\ud7ff\ue000-\uffff]", lambda sign: f"\\U+{ord(sign[0]):04X}", text)
    try:
        drawing, auditor = recover.read(io.BytesIO(plain.encode("ascii", "replace")))
    except MemoryError:
        raise
    except Exception as error:
        raise SiteFileBroken(name=path.name, reason=Term("cause.dxf_damaged")) from error
    counts = {"fixed": str(len(auditor.fixes)), "unrecoverable": str(len(auditor.errors))}
    return Opened(drawing, (*notices, Notice("drawing_recovered", counts)))


def _encoding(data: bytes, wanted: Wanted) -> tuple[str, tuple[Notice, ...]]:
    """The encoding of a drawing's texts: as the sender says, as the drawing declares, or as its bytes are evidence."""
    asked = named(wanted.encoding)
    if asked:
        return _codec(asked), ()
    version, page = _VERSION.search(data), _CODE_PAGE.search(data)
    declared = named("utf-8") if version and version[1] >= _UTF8_FROM else None
    if declared is None and page:
        declared = named(toencoding(page[1].decode("ascii", "replace")))
    beyond = (line.strip() for line in io.BytesIO(data) if not line.isascii())
    strange = list(islice(beyond, _MOST_LINES))
    choice = choose(((line, 0) for line in strange), declared)
    if not strange or choice.encoding == declared:
        return _codec(choice.encoding), ()
    sample = {"encoding": choice.encoding, "sample": choice.sample}
    return _codec(choice.encoding), (Notice("encoding_assumed", sample),)


def _codec(encoding: str) -> str:
    return {"GBK": "gb18030", "UTF-8": "utf-8-sig"}.get(encoding, encoding)
