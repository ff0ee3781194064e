"""The character set of a dBase table: what it declares, what its bytes are evidence of, and texts that were cut.

A declaration is right where every text decodes by it. Chinese in UTF-8 hardly ever decodes as anything else that makes
sense, and the other way round; single-byte sets decode everything, so that they are evidence of nothing.
"""

import codecs
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

UTF8, GBK = "UTF-8", "GBK"
OCTETS = "ISO-8859-1"  # every byte is one character, and the other way round
HEADER_BYTES = 10  # of a column of dBase
_CODECS = {UTF8: "utf-8", GBK: "gb18030"}  # GB18030 holds GBK and GB 2312
_NAMES = {
    **dict.fromkeys(("utf-8", "utf8", "utf_8", "65001"), UTF8),
    **dict.fromkeys(("gbk", "gb2312", "gb18030", "936", "cp936", "ms936", "ansi936", "oem936", "euc-cn"), GBK),
}
_LANGUAGE_DRIVERS = {0x4D: GBK, 0x7A: GBK}  # byte 29 of a dBase header
_TWO_BYTES = 0x800  # from here on UTF-8 takes three bytes: all Han and Hangul
_MOSTLY = 0.9  # of the texts


@dataclass(frozen=True, slots=True)
class Choice:
    """The encoding taken for a table."""

    encoding: str
    texts: int  # different texts beyond ASCII that it was decided on
    sample: str  # one of them, decoded


def named(text: str | None) -> str | None:
    """The encoding that a .cpg file or an operator names; None where Python knows none of that name."""
    plain = (text or "").strip().lower().replace(" ", "").replace("_", "-")
    if plain in _NAMES:
        return _NAMES[plain]
    try:
        return codecs.lookup(plain).name if plain else None
    except LookupError:
        return None


def of_language_driver(byte: int) -> str | None:
    """The encoding that the header of a dBase table names in its language driver."""
    return _LANGUAGE_DRIVERS.get(byte)


def choose(texts: Iterable[tuple[bytes, int]], declared: str | None) -> Choice:
    """Decide what the texts of a table are encoded in, by what decodes.

    Parameters
    ----------
    texts : pairs of a text and the width of its field in bytes (0: none)
    declared : the encoding that the table names, by its name here
    """
    strange = sorted({(text, width) for text, width in texts if not text.isascii()})
    if not strange:
        return Choice(declared or UTF8, 0, "")
    chosen = _weigh(strange, declared)
    sample = max((decode(text, chosen, width)[0] for text, width in strange[:200]), key=len)
    return Choice(chosen, len(strange), sample[:24])


def decode(text: bytes, encoding: str, width: int = 0) -> tuple[str, bool, bool]:
    """Decode a text: what it says, whether it decodes, and whether its last character was cut by the field's end."""
    codec = _CODECS.get(encoding, encoding)
    try:
        return text.decode(codec), True, False
    except UnicodeDecodeError as error:
        tail = len(text) - error.start
        if width and len(text) >= width and tail <= 3 and error.start > 0:
            return text[: error.start].decode(codec), True, True
    return text.decode(codec, errors="replace"), False, False


def choose_for(columns: Mapping[str, np.ndarray], widths: Mapping[str, int], declared: str | None) -> Choice:
    """The `Choice` for texts that came as bytes, headers among them."""
    samples = {(header.encode(OCTETS), HEADER_BYTES) for header in columns}
    for header, values in columns.items():
        samples |= {(value.encode(OCTETS), widths.get(header, 0)) for value in texts_among(values)}
    return choose(samples, declared)


def decoded(values: np.ndarray, encoding: str, width: int) -> np.ndarray:
    """The values of a column that came as bytes, its texts decoded."""
    known = {text: decode(text.encode(OCTETS), encoding, width)[0] for text in texts_among(values)}
    out = values.copy()
    out[:] = [known[value] if isinstance(value, str) else value for value in values]
    return out


def texts_among(values: Iterable[Any]) -> set[str]:
    """The different texts of a column."""
    return {value for value in values if isinstance(value, str)}


def most_bytes(encoding: str) -> int:
    """Bytes of one Han character."""
    return 3 if encoding == UTF8 else 2


def _weigh(strange: list[tuple[bytes, int]], declared: str | None) -> str:
    right = {name: _share(strange, name) for name in {UTF8, GBK, declared or UTF8}}
    if right[UTF8] == 1.0 and (declared == UTF8 or right[GBK] < 1.0 or _has_three_bytes(strange)):
        return UTF8
    if declared and right[declared] == 1.0 and not _single_byte(declared):
        return declared
    if right[UTF8] >= _MOSTLY and len(strange) * (1 - right[UTF8]) <= max(1.0, len(strange) / 10):
        return UTF8 if right[GBK] < 1.0 or _has_three_bytes(strange) else GBK
    if right[GBK] == 1.0:
        return GBK
    if declared and _single_byte(declared) and right[GBK] < _MOSTLY:
        return declared
    return max((UTF8, GBK), key=lambda name: right[name])


def _share(strange: list[tuple[bytes, int]], name: str) -> float:
    return sum(decode(text, name, width)[1] for text, width in strange) / len(strange)


def _has_three_bytes(strange: list[tuple[bytes, int]]) -> bool:
    return any(ord(sign) >= _TWO_BYTES for text, width in strange for sign in decode(text, UTF8, width)[0])


def _single_byte(name: str) -> bool:
    """Whether a set gives every byte a meaning of its own, so that everything decodes."""
    try:
        return len(bytes(range(0xA1, 0xFF)).decode(_CODECS.get(name, name))) == 0xFF - 0xA1
    except UnicodeDecodeError:
        return False
