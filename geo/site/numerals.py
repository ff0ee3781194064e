"""The numbers of a table as people type them: full width, with thousands separators or a unit, or as an angle."""

import math
import re
from unicodedata import normalize

from geo.site.coordinate import read_angle

LONGEST = 60  # characters of a number
_PLAIN = re.compile(r"[+-]?\d{1,12}(?:\.\d{0,15})?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:([, ])\d{3})(?:\1\d{3})*(?:\.\d{0,15})?", re.ASCII)
_SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d*)?e[+-]?\d+", re.ASCII | re.IGNORECASE)
_UNIT = re.compile(r"\s*(?:m|米|M)$")
_IN_PARTS = re.compile(r"(\d{1,3})([-: ])(\d{1,2})\2(\d{1,2}(?:\.\d{1,12})?)", re.ASCII)  # 129-30-15.5
_SIGN = re.compile("[°º˚度도]")


def as_text(cell: object) -> str:
    """A cell as it is shown: half width, on one line; a whole number without its point."""
    if isinstance(cell, str) and cell.isascii() and cell.isprintable() and " " not in cell:
        return cell  # nearly all of a long table
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return " ".join(normalize("NFKC", str(cell)).split()) if cell is not None else ""


def read_number(cell: object) -> float | None:
    """A number; None where it is none, is not finite, or has lost its digits to scientific notation."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, (int, float)):
        return float(cell) if math.isfinite(cell) else None
    text = as_text(cell)
    if len(text) > LONGEST:
        return None
    if _PLAIN.fullmatch(text):
        return float(text)
    text = _UNIT.sub("", text)
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "").replace(" ", "")
    return float(text) if _PLAIN.fullmatch(text) else None


def read_degrees(cell: object) -> float | None:
    """An angle as a decimal number, with degree signs, or as 129-30-15.5; None where it is none."""
    if (number := read_number(cell)) is not None:
        return number
    text = as_text(cell)
    if len(text) > LONGEST:
        return None
    if match := _IN_PARTS.fullmatch(text):
        text = f"{match[1]}°{match[3]}′{match[4]}″"
    return read_angle(text)


def has_sign(cell: object) -> bool:
    """Whether a cell is an angle with degree signs, or in parts: it cannot be metres."""
    if not isinstance(cell, str):
        return False
    text = as_text(cell)
    return not _PLAIN.fullmatch(text) and len(text) <= LONGEST and bool(_SIGN.search(text) or _IN_PARTS.fullmatch(text))


def is_scientific(cell: object) -> bool:
    """Whether a text is a number in scientific notation, as a spreadsheet writes one that it has cut short."""
    return isinstance(cell, str) and bool(_SCIENTIFIC.fullmatch(as_text(cell)))
