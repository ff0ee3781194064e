"""Values: what stands in the cells of a column, read as the values of one field."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd

from geo.day import SHANGHAI
from geo.importing.faults import Fault
from geo.importing.names import CODES, DATES, LONG, METRES, NUMBERS, FieldBook, plain
from geo.layers.releases import LIMITS, PROVENANCES

WORTH = {"provenance": PROVENANCES, "limits": LIMITS}
_UNIT = re.compile(r"^(.+?)(?:[(\[]([^()\[\]]+)[)\]]|[_/]([a-z0-9^]+|\w+))$")
_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(\D*\d?)", re.ASCII | re.IGNORECASE)
_THOUSANDS = re.compile(r"^[+-]?\d{1,3}(?:,\d{3})+(?![\d,])", re.ASCII)
_DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))(?:[T ]00:00(?::00(?:\.0+)?)?)?")
# What moves the cursor, colours a terminal, or turns the direction of reading: nothing that a name is made of.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_LINE_END = re.compile(r"(?<=(.))\s*[\r\n]+\s*(?=(.))", re.DOTALL)


@dataclass(frozen=True)
class Raw:
    """A column as words, each different one once."""

    words: list[str]  # "" for every empty one
    codes: np.ndarray  # place of each row's word
    sent: list[object]  # each as it came

    @property
    def full(self) -> list[str]:
        """Those that say something."""
        return [word for word in self.words if word]

    def by_row(self, words: Collection[str]) -> np.ndarray:
        """For each row, what stands in `words` in the place of its own word."""
        by_row: np.ndarray = np.array([*words, ""], dtype=object)[self.codes]
        return by_row


def column_words(column: "pd.Series[Any]", book: FieldBook) -> Raw:
    """The cells of a column as words."""
    codes, different = pd.factorize(column.to_numpy(dtype=object), use_na_sentinel=True)
    words = [word_of(value, book.empty) for value in different]
    return Raw(words, np.where(codes < 0, len(words), codes), list(different))


def word_of(value: Any, empty: frozenset[str]) -> str:
    """A cell as a word: numbers without needless decimals, days as 2024-06-30; empty where it says nothing."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    if isinstance(value, float | np.floating):
        number = float(value)
        if not np.isfinite(number):
            return ""
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    text = _CONTROL.sub("", str(value)).strip()
    return "" if plain(text) in empty else text


def _one_line(word: str) -> str:
    """A word without line ends; Han needs no blank in their place."""
    return _LINE_END.sub(lambda end: " " if end[1].isascii() and end[2].isascii() else "", word)


@dataclass(frozen=True)
class Read:
    """The words that a column has for a field, and what could not be read of it."""

    header: str
    words: np.ndarray  # of str, "" where empty or unreadable
    faults: tuple[Fault, ...] = ()
    unit: str | None = None


def read_column(name: str, header: str, raw: Raw, kind: str, book: FieldBook) -> Read:
    """Read a column as the values of a field."""
    spellings = book.spellings(kind, name)
    if spellings:
        return _read_values(name, header, raw, spellings)
    if name in NUMBERS:
        split = split_unit(plain(header), book)
        unit = split[1] if split else book.unit_of(kind, header)
        return _read_each(name, header, raw, "number_unreadable", lambda word: area_of(word, unit, book))
    if name in DATES:
        reader = _day_after if name == "valid_to" and book.names_last_day(kind, header) else day_of
        return _read_each(name, header, raw, "date_unreadable", reader)
    if name in METRES:
        return _read_each(name, header, raw, "number_unreadable", lambda word: _metres(word, book))
    if name in WORTH:
        return _read_values(name, header, raw, {word: word for word in WORTH[name]})
    if name == "id":  # whatever its owner wrote: a release before may have it
        return Read(header, raw.by_row(raw.words))
    if name in CODES:
        return Read(header, raw.by_row([code_of(word) for word in raw.words]))
    if name == "county":
        return Read(header, raw.by_row([_county(word, book) for word in raw.words]))
    words = raw.words if name in LONG else [_one_line(word) for word in raw.words]
    return Read(header, raw.by_row(words))


def _read_values(name: str, header: str, raw: Raw, spellings: Mapping[str, str]) -> Read:
    known = {word: spellings.get(plain(word)) for word in raw.full}
    domain = ", ".join(dict.fromkeys(spellings.values()))
    nearest = {word: get_close_matches(plain(word), spellings, 1) for word, value in known.items() if value is None}
    faults = []
    for row, word in _rows_of(raw, set(nearest)):
        facts = {"header": header.strip(), "value": word[:60], "known": domain}
        proposed = spellings[nearest[word][0]] if nearest[word] else None
        faults.append(Fault("value_unknown", "error", row=row, field=name, facts=facts, proposed=proposed))
    return Read(header, raw.by_row([known.get(word) or "" for word in raw.words]), tuple(faults))


def _read_each(name: str, header: str, raw: Raw, code: str, reader: Callable[[str], str | None]) -> Read:
    known = {word: reader(word) for word in raw.full}
    faults = [
        Fault(code, "error", row=row, field=name, facts={"header": header.strip(), "value": word[:60]})
        for row, word in _rows_of(raw, {word for word, value in known.items() if value is None})
    ]
    return Read(header, raw.by_row([known.get(word) or "" for word in raw.words]), tuple(faults))


def _rows_of(raw: Raw, words: set[str]) -> Iterable[tuple[int, str]]:
    """The rows, from 1, that have one of these words."""
    if words:
        wanted = np.array([word in words for word in [*raw.words, ""]])
        for place in np.flatnonzero(wanted[raw.codes]):
            yield int(place) + 1, raw.words[int(raw.codes[place])]


def code_of(word: str) -> str:
    """A code in capitals, without blanks and full width."""
    return "".join(unicodedata.normalize("NFKC", word).split()).upper()


def _county(word: str, book: FieldBook) -> str:
    """A county's code or name; longer codes begin with its own."""
    digits = code_of(word)
    return digits[: book.content.county_digits] if all_codes([digits], book) else word


def number_of(word: str, book: FieldBook) -> tuple[float | None, str | None]:
    """A number, and the unit that stands behind it."""
    text = plain(word)
    match = _NUMBER.fullmatch(_THOUSANDS.sub(lambda grouped: grouped[0].replace(",", ""), text, count=1))
    if match is None or (match[2] and match[2] not in book.units):
        return None, None
    number = float(match[1])
    return (number, book.units.get(match[2])) if np.isfinite(number) else (None, None)


def area_of(word: str, unit: str | None, book: FieldBook) -> str | None:
    """`number unit m²`, as far as they are known; None where it is no area."""
    number, own = number_of(word, book)
    if number is None or number < 0:
        return None
    said = repr(number)
    if (used := own or unit) is None:
        return said
    return f"{said} {used} {book.area_m2(said, used)!r}"


def _metres(word: str, book: FieldBook) -> str | None:
    number, unit = number_of(word, book)
    return None if number is None or number < 0 or unit else repr(number)


def _day_after(word: str) -> str | None:
    """The day after a day: where the last valid day is given, that is the first one without."""
    day = day_of(word)
    return day and (date.fromisoformat(day) + timedelta(1)).isoformat()


def day_of(word: str) -> str | None:
    """A day as 2024-06-30, that of a time in China's zone or without one; None where it is none."""
    text = unicodedata.normalize("NFKC", word).strip()
    match = _DATE.fullmatch(text)
    if match is None:
        return _day_of_time(text)
    year, month, day = (int(part) for part in (match[1], match[2] or match[4], match[3] or match[5]))
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _day_of_time(text: str) -> str | None:
    if "-" not in text or ":" not in text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment.astimezone(SHANGHAI) if moment.tzinfo else moment).date().isoformat()


def split_unit(word: str, book: FieldBook) -> tuple[str, str] | None:
    """A header's name and its unit: 面积(公顷), area_ha, 面积公顷."""
    match = _UNIT.match(word)
    if match and (unit := book.units.get(match[2] or match[3] or "")):
        return match[1], unit
    for spelling in sorted(book.units, key=len, reverse=True):
        stem = word.removesuffix(spelling)
        if stem and stem != word and not (stem[-1] + spelling[0]).isascii():
            return stem.rstrip("_/:"), book.units[spelling]
    return None


def all_codes(words: Iterable[str], book: FieldBook) -> bool:
    """Whether all words are administrative codes."""
    return all(word.isdigit() and len(word) in (book.content.county_digits, 9, 12) for word in words)
