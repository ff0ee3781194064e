"""What free texts say of the coordinates beside them: a datum, a zone, a central meridian, in Chinese or in English.

For the notes of a drawing, the heading of a table, a remark of any kind. Only what is written counts: a zone is not
made from a meridian, nor a datum from a zone. A height datum (1985国家高程基准) says nothing of the plane.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from geo.site.contents import Claim, shortened
from geo.site.notice import Notice
from geo.site.words import datum_words, foreign_words

_MOST_TEXTS = 50_000
_LONGEST = 2_000  # characters of a text that are looked at
_WEST, _EAST = 72.0, 138.0  # degrees: central meridians of zones that touch China
_SIX, _THREE = range(13, 24), range(24, 46)  # zones that touch China, of 6 and of 3 degrees

_BAND = r"(?<![\d.])([36三六])\s?[度°](?:分|投影)?带|(?<![\d.])([36])[\s_-]?DEGREE"
_ZONE = r"带号[^\d\n]{0,6}(\d{2})(?!\d)|第\s?(\d{2})\s?(?:号|投影)?带|(?<![A-Z])ZONE[\s_]?(\d{2})(?!\d)"
_BARE_ZONE = r"(?<![\d.])(\d{2})\s?号?带"  # means a zone only beside other words of projections
_MERIDIAN = (
    r"(?:中央子午线|中央经线|中央经度|轴子午线|(?<![A-Z])(?:L0|CENTRAL[\s_]?MERIDIAN|CM))[^\d\n]{0,10}"
    r"(\d{2,3}(?:\.\d{1,8})?)(?!\d)\s?(?:[°度˚o]\s?(?:(\d{1,2})\s?['′’分]\s?(?:(\d{1,2}(?:\.\d{1,4})?)\s?[\"″”'′’秒])?)?)?"
)
_GRID = r"高斯|GAUSS|(?<![A-Z])GK(?![A-Z])|投影坐标|TRANSVERSE[\s_]MERCATOR"
_CODE = r"\bEPSG\s?[:：]{0,2}\s?(\d{4,5})(?!\d)"


@dataclass(frozen=True, slots=True)
class _Word:
    """One thing that a text says."""

    what: Literal["crs", "datum", "degrees", "band", "zone", "meridian", "foreign"]
    value: Any
    words: str


def claim_of_texts(texts: Iterable[str]) -> tuple[Claim, tuple[Notice, ...]]:
    """What texts say of coordinates, taken together.

    What they contradict each other in stays None, with a notice `claims_contradict` that cites the words.

    Parameters
    ----------
    texts : notes, headings, remarks in any order; the first 50 000 are looked at, 2 000 characters of each
    """
    words: list[_Word] = []
    for text in islice(texts, _MOST_TEXTS):
        words += _words(_plain(text))
    if not words:
        return Claim(), ()
    said: dict[str, dict[Any, str]] = {}
    for word in words:
        said.setdefault(word.what, {}).setdefault(word.value, word.words)
    against = [" / ".join(values.values()) for values in said.values() if len(values) > 1]
    one = {what: next(iter(values)) for what, values in said.items() if len(values) == 1}
    if _zone_contradicts(one):
        zone = [what for what in ("band", "zone", "meridian") if what in one]
        against.append(" / ".join(said[what][one.pop(what)] for what in zone))
    mark = shortened("; ".join(dict.fromkeys(word.words for word in words)))
    notices = tuple(Notice("claims_contradict", {"said": shortened(words)}) for words in against)
    return Claim(by="file", mark=mark, **one), notices


def _plain(text: str) -> str:
    """A text without full-width signs, in capitals: 中央子午线：１２９° as 中央子午线:129°."""
    return unicodedata.normalize("NFKC", text[:_LONGEST].replace("º", "°")).upper().replace("″", "′′")


def _words(text: str) -> Iterator[_Word]:
    found = [*_datums(text), *_numbers(text, "band", _BAND, _band)]
    found += _numbers(text, "meridian", _MERIDIAN, _meridian)
    found += [_Word("crs", f"EPSG:{match[1]}", match[0]) for match in re.finditer(_CODE, text)]
    found += [_Word("degrees", False, match[0]) for match in re.finditer(_GRID, text)][:1]
    yield from found
    yield from _numbers(text, "zone", f"{_ZONE}|{_BARE_ZONE}" if found else _ZONE, _zone)


def _datums(text: str) -> Iterator[_Word]:
    yield from (_Word("datum", datum, said) for datum, said in datum_words(text).items())
    if said := foreign_words(text):
        yield _Word("foreign", True, said)


def _numbers(
    text: str, what: Literal["band", "zone", "meridian"], pattern: str, value: Callable[[re.Match[str]], float | None]
) -> Iterator[_Word]:
    for match in re.finditer(pattern, text):
        number = value(match)
        if number is not None:
            yield _Word(what, number, match[0].strip())


def _band(match: re.Match[str]) -> int:
    return 3 if (match[1] or match[2]) in "3三" else 6


def _zone(match: re.Match[str]) -> int | None:
    number = int(next(group for group in match.groups() if group))
    return number if number in _SIX or number in _THREE else None


def _meridian(match: re.Match[str]) -> float | None:
    degrees, minutes, seconds = (float(group or 0.0) for group in match.groups())
    value = round(degrees + minutes / 60.0 + seconds / 3600.0, 8)
    return value if _WEST <= value <= _EAST and minutes < 60.0 and seconds < 60.0 else None


def _zone_contradicts(one: dict[str, Any]) -> bool:
    """Whether the width, the number and the meridian of a zone do not go together."""
    zone, band, meridian = one.get("zone"), one.get("band"), one.get("meridian")
    if zone is None:
        return False
    width = 6 if zone in _SIX else 3
    middle = 6.0 * zone - 3.0 if width == 6 else 3.0 * zone
    return (band is not None and band != width) or (meridian is not None and meridian != middle)
