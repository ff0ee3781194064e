"""Fields: the columns of a delivery by the engine's names, and their values by the engine's words.

What headers and values are called in real systems is data: `layers/vocabulary/fields.yaml`.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd

from geo.day import SHANGHAI
from geo.errors import SourceFieldUnknown
from geo.importing.faults import Fault
from geo.importing.names import (
    CODES,
    DATES,
    INVISIBLE,
    LONG,
    METRES,
    NUMBERS,
    CodeForm,
    FieldBook,
    load_fields,
    plain,
)
from geo.importing.source import Source
from geo.layers.releases import PROVENANCES

__all__ = ["CodeForm", "FieldBook", "Row", "by_field", "load_fields", "map_rows", "read_value"]

HEADER_BYTES = 10  # of a Shapefile's header
COUNTY_NAME = "county_name"  # beside its code
_UNIT = re.compile(r"^(.+?)(?:[(\[]([^()\[\]]+)[)\]]|[_/]([a-z0-9^]+|\w+))$")
_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(\D*\d?)", re.ASCII | re.IGNORECASE)
_THOUSANDS = re.compile(r"^[+-]?\d{1,3}(?:,\d{3})+(?![\d,])", re.ASCII)
_DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_GOES_ON = re.compile(r"(.+?)_?(\d{1,2})$")
_KNOWN_SHOWN = 12
# What moves the cursor, colours a terminal, or turns the direction of reading: nothing that a name is made of.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_LINE_END = re.compile(r"(?<=(.))\s*[\r\n]+\s*(?=(.))", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a delivery, its ground aside."""

    number: int  # in the source, from 1
    values: Mapping[str, str]  # engine field: word; absent where it is empty or could not be read


@dataclass(frozen=True)
class _Read:
    """The words that a column has for a field, and what could not be read of it."""

    header: str
    words: np.ndarray  # of str, "" where empty or unreadable
    faults: tuple[Fault, ...] = ()
    unit: str | None = None


def map_rows(
    source: Source, kind: str, book: FieldBook, overrides: Mapping[str, str] | None = None
) -> tuple[tuple[Row, ...], tuple[Fault, ...]]:
    """Name the columns of a source by the engine's fields, and its values by the engine's words.

    An area keeps its number as `area`; where its unit is known, `area_unit` and `area_m2` stand beside it.

    Parameters
    ----------
    kind : of the layer that the rows are to be zones of
    overrides : engine field: header of the source, where the operator knows better

    Raises
    ------
    SourceFieldUnknown
        Where an override names a field that the kind does not have, or a header that the source does not.
    """
    headers = [str(header) for header in source.frame.columns]
    given = _overridden(source, kind, book, overrides or {}, headers)
    raw = {header: _column_words(source.frame[header], book) for header in headers}
    mapping, faults = _assign(headers, raw, kind, book, given)
    columns: dict[str, np.ndarray] = {}
    for name, found in mapping.items():
        faults += [fault for header in found for fault in _dirty(name, header, raw[header])]
        words, said = _merge(name, [_read(name, header, raw[header], kind, book) for header in found])
        faults += said
        columns.update(words)
    if COUNTY_NAME in columns:  # where the code is empty, the name says it
        columns["county"] = np.where(columns["county"] == "", columns[COUNTY_NAME], columns["county"])
    faults += _missing(kind, book, mapping)
    names = list(columns)
    rows = tuple(
        Row(number, {name: word for name, word in zip(names, words, strict=True) if word})
        for number, words in enumerate(_across(columns, len(source.frame)), start=1)
    )
    return rows, tuple(faults)


def by_field(faults: Iterable[Fault], mapped: Iterable[Fault]) -> tuple[Fault, ...]:
    """Faults that a source found in its columns, by the engine's names of these columns.

    What is wrong in a column that was left aside harms nothing, and becomes a notice.
    """
    names = {str(fault.facts["header"]): fault.field for fault in mapped if fault.code == "header_mapped"}
    told = []
    for fault in faults:
        header = str(fault.facts.get("header", ""))
        if header in names:
            told.append(replace(fault, field=names[header]))
        else:
            told.append(replace(fault, severity="notice") if header else fault)
    return tuple(told)


def read_value(name: str, word: str, kind: str, book: FieldBook) -> dict[str, str]:
    """Read one value of a field as if it stood in a column of that name; empty where it cannot be read.

    An area is given with its unit (`12.5 km2`), or as `area_m2` without.
    """
    if name == "area_m2":
        found = _area(word, "m2", book)
        return {"area_m2": found.rpartition(" ")[2]} if found else {}
    raw = _Raw([_word(word, book.empty)], np.zeros(1, dtype=int), [word])
    words, _ = _merge(name, [_read(name, name, raw, kind, book)])
    return {field: str(column[0]) for field, column in words.items() if column[0]}


def _across(columns: Mapping[str, np.ndarray], count: int) -> Iterable[tuple[str, ...]]:
    return zip(*columns.values(), strict=True) if columns else iter([()] * count)


def _overridden(
    source: Source, kind: str, book: FieldBook, overrides: Mapping[str, str], headers: list[str]
) -> dict[str, str]:
    """Header: field, as the operator gave it."""
    given = {}
    for name, sent in overrides.items():
        header = next((h for h in headers if h == sent), None) or next(
            (h for h in headers if plain(h) == plain(sent)), None
        )
        if name not in book.fields(kind) or header is None:
            raise SourceFieldUnknown(
                source=source.name,
                field=name[:40],
                header=sent[:40],
                headers=", ".join(h.strip() for h in headers) or "–",
                fields=", ".join(book.fields(kind)),
            )
        given[header] = name
    return given


# Columns


@dataclass(frozen=True)
class _Raw:
    """A column as words, each different one once."""

    words: list[str]  # "" for every empty one
    codes: np.ndarray  # place of each row's word
    sent: list[object]  # each as it came

    @property
    def full(self) -> list[str]:
        return [word for word in self.words if word]

    def by_row(self, words: Collection[str]) -> np.ndarray:
        by_row: np.ndarray = np.array([*words, ""], dtype=object)[self.codes]
        return by_row


def _column_words(column: "pd.Series[Any]", book: FieldBook) -> _Raw:
    codes, different = pd.factorize(column.to_numpy(dtype=object), use_na_sentinel=True)
    words = [_word(value, book.empty) for value in different]
    return _Raw(words, np.where(codes < 0, len(words), codes), list(different))


def _word(value: Any, empty: frozenset[str]) -> str:
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


def _dirty(name: str, header: str, raw: _Raw) -> list[Fault]:
    """Values that came with blanks around them, or line ends in them, which a text of sentences may have."""
    places = [
        place
        for place, (sent, word) in enumerate(zip(raw.sent, raw.words, strict=True))
        if isinstance(sent, str) and word and (sent != word or (name not in LONG and "\n" in word))
    ]
    rows = (np.flatnonzero(np.isin(raw.codes, places)) + 1).tolist()
    if not rows:
        return []
    facts = {"header": header.strip(), "rows": str(len(rows)), "first": str(rows[0])}
    return [Fault("value_dirty", "notice", rows[0], tuple(rows[1:_KNOWN_SHOWN]), field=name, facts=facts)]


def _assign(
    headers: list[str], raw: Mapping[str, _Raw], kind: str, book: FieldBook, given: Mapping[str, str]
) -> tuple[dict[str, list[str]], list[Fault]]:
    """Which headers each field is read from, with what is to be told of it."""
    aliases = book.aliases(kind)
    cut = _cut_aliases(aliases)
    ranked: dict[str, list[tuple[int, str]]] = {}
    faults: list[Fault] = []
    for header in headers:
        if header in given:
            ranked.setdefault(given[header], []).append((-1, header))
            continue
        candidates = _candidates(header, aliases, cut, book, {plain(h) for h in headers})
        fitting = [name for name in candidates if len(candidates) == 1 or _fits(name, raw[header], kind, book)]
        if len(candidates) > 1 and fitting:
            facts = {"header": header.strip(), "field": fitting[0], "others": ", ".join(set(candidates) - {fitting[0]})}
            faults.append(Fault("header_by_values", "notice", field=fitting[0], facts=facts))
        elif candidates and not fitting and raw[header].full:
            facts = {"header": header.strip(), "fields": ", ".join(candidates)}
            faults.append(Fault("header_ambiguous", "warning", field=header.strip(), facts=facts))
        if fitting:
            ranked.setdefault(fitting[0], []).append((candidates[fitting[0]], header))
    mapping = {name: _best(found, name) for name, found in ranked.items()}
    _part_county(mapping, raw)
    return mapping, [*_told(headers, mapping, raw, book), *faults]


def _best(found: list[tuple[int, str]], name: str) -> list[str]:
    """The headers of the best rank, in their order."""
    least = min(rank for rank, _ in found)
    best = [header for rank, header in found if rank == least]
    best += [header for rank, header in found if rank > least and name in LONG and _goes_on(header, best)]
    return best


def _part_county(mapping: dict[str, list[str]], raw: Mapping[str, _Raw]) -> None:
    """Read a county's code and its name, where both are there, as two fields that must not contradict each other."""
    headers = mapping.get("county", [])
    digits = [header for header in headers if raw[header].full and all(word.isdigit() for word in raw[header].full)]
    if digits and digits != headers:
        mapping["county"] = digits
        mapping[COUNTY_NAME] = [header for header in headers if header not in digits]


def _candidates(
    header: str,
    aliases: Mapping[str, Mapping[str, int]],
    cut: Mapping[str, Mapping[str, int]],
    book: FieldBook,
    there: set[str],
) -> dict[str, int]:
    """The fields that a header may mean, with their rank: lower is surer."""
    word = plain(header)
    if word in book.software:
        return {}
    if word in aliases:
        return dict(aliases[word])
    if (split := _split_unit(word, book)) and "area" in aliases.get(split[0], {}):
        return {"area": aliases[split[0]]["area"]}
    if (match := _GOES_ON.fullmatch(word)) and match[1] in there:
        stem = {**cut.get(match[1], {}), **aliases.get(match[1], {})}
        return {name: rank for name, rank in stem.items() if name in LONG}
    return {name: rank + 2 for name, rank in cut.get(word, {}).items()}


def _split_unit(word: str, book: FieldBook) -> tuple[str, str] | None:
    """A header's name and its unit: 面积(公顷), area_ha, 面积公顷."""
    match = _UNIT.match(word)
    if match and (unit := book.units.get(match[2] or match[3] or "")):
        return match[1], unit
    for spelling in sorted(book.units, key=len, reverse=True):
        stem = word.removesuffix(spelling)
        if stem and stem != word and not (stem[-1] + spelling[0]).isascii():
            return stem.rstrip("_/:"), book.units[spelling]
    return None


def _cut_aliases(aliases: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """Longer names as a Shapefile cuts them, in either character set; and as it numbers two that are then the same."""
    found: dict[str, dict[str, int]] = {}
    for alias, fields in aliases.items():
        for codec in ("utf-8", "gb18030"):
            octets = alias.encode(codec)
            if len(octets) > HEADER_BYTES:
                short = octets[:HEADER_BYTES].decode(codec, errors="ignore")
                numbered = octets[: HEADER_BYTES - 2].decode(codec, errors="ignore")
                for word in (short, *(f"{numbered}_{n}" for n in range(1, 4))):
                    if word not in aliases:
                        found.setdefault(word, {}).update(fields)
    return found


def _fits(name: str, raw: _Raw, kind: str, book: FieldBook) -> bool:
    """Whether the values of a column can be those of a field."""
    full = raw.full
    if not full:
        return False
    if spellings := book.spellings(kind, name):
        return all(plain(word) in spellings for word in full)
    if name in NUMBERS:
        return all(_number(word, book)[0] is not None for word in full) and not _all_codes(full, book)
    if name in DATES:
        return all(_day(word) is not None for word in full)
    if name == "county":
        return _all_codes(full, book) or not any(_number(word, book)[0] is not None for word in full)
    if name in CODES:
        form = book.form(kind) if name == "code" else None
        return any(form.matches(_code(word)) for word in full) if form else all(word.isascii() for word in full)
    return not all(_number(word, book)[0] is not None for word in full)


def _all_codes(words: Iterable[str], book: FieldBook) -> bool:
    return all(word.isdigit() and len(word) in (book.content.county_digits, 9, 12) for word in words)


def _goes_on(header: str, bases: Iterable[str]) -> bool:
    match = _GOES_ON.fullmatch(plain(header))
    return match is not None and match[1] in {plain(base) for base in bases}


def _told(
    headers: list[str], mapping: Mapping[str, list[str]], raw: Mapping[str, _Raw], book: FieldBook
) -> list[Fault]:
    used = {header: name for name, found in mapping.items() for header in found}
    faults = []
    for header in headers:
        clean = header.strip()
        if header != unicodedata.normalize("NFKC", INVISIBLE.sub("", header)).strip():
            facts = {"header": repr(header)[1:-1], "read_as": clean}
            faults.append(Fault("header_dirty", "notice", field=used.get(header, clean), facts=facts))
        if header in used:
            facts = {"header": header, "field": used[header]}
            faults.append(Fault("header_mapped", "notice", field=used[header], others=(), facts=facts))
        elif plain(header) not in book.software:
            facts = {"header": clean, "values": str(len(raw[header].full))}
            faults.append(Fault("field_unused", "notice", field=clean, facts=facts))
    return faults


def _missing(kind: str, book: FieldBook, mapping: Mapping[str, list[str]]) -> list[Fault]:
    aliases = book.aliases(kind)
    faults = []
    for name in book.needed(kind):
        if name not in mapping:
            known = [alias for alias, fields in aliases.items() if name in fields][:_KNOWN_SHOWN]
            facts = {"field": name, "kind": kind, "known": ", ".join(word.upper() for word in known)}
            faults.append(Fault("field_missing", "error", field=name, facts=facts))
    return faults


# Values


def _merge(name: str, read: list[_Read]) -> tuple[dict[str, np.ndarray], list[Fault]]:
    """One column of a field's words from the headers that have them."""
    faults = [fault for one in read for fault in one.faults]
    first = read[0]
    words = first.words
    for other in read[1:]:
        if name in LONG and _goes_on(other.header, [first.header]):
            words = np.array([a + b for a, b in zip(words, other.words, strict=True)], dtype=object)
            continue
        apart = np.flatnonzero((words != "") & (other.words != "") & (words != other.words))
        if len(apart):
            row = int(apart[0])
            facts: dict[str, str | float] = {
                "field": name,
                "headers": f"{first.header.strip()}, {other.header.strip()}",
                "rows": len(apart),
                "first": row + 1,
                "values": f"{words[row][:40]} / {other.words[row][:40]}",
            }
            faults.append(Fault("field_twice", "error", field=name, facts=facts))
        words = np.where(words == "", other.words, words)
    if name not in NUMBERS:
        return {name: words}, faults
    return _areas(name, read, words), faults


def _areas(name: str, read: list[_Read], words: np.ndarray) -> dict[str, np.ndarray]:
    """An area's number, its unit and its m², each empty where it is not known; the words come with their units."""
    pairs = [word.partition(" ") for word in words]
    columns = {
        name: [number for number, _, _ in pairs],
        f"{name}_unit": [unit.partition(" ")[0] for _, _, unit in pairs],
        f"{name}_m2": [unit.partition(" ")[2] for _, _, unit in pairs],
    }
    return {key: np.array(values, dtype=object) for key, values in columns.items() if any(values)}


def _read(name: str, header: str, raw: _Raw, kind: str, book: FieldBook) -> _Read:
    """Read a column as the values of a field."""
    spellings = book.spellings(kind, name)
    if spellings:
        return _read_values(name, header, raw, spellings)
    if name in NUMBERS:
        split = _split_unit(plain(header), book)
        unit = split[1] if split else book.unit_of(kind, header)
        return _read_each(name, header, raw, "number_unreadable", lambda word: _area(word, unit, book))
    if name in DATES:
        reader = _day_after if name == "valid_to" and book.names_last_day(kind, header) else _day
        return _read_each(name, header, raw, "date_unreadable", reader)
    if name in METRES:
        return _read_each(name, header, raw, "number_unreadable", lambda word: _metres(word, book))
    if name == "provenance":
        return _read_values(name, header, raw, {word: word for word in PROVENANCES})
    if name == "id":  # whatever its owner wrote: a release before may have it
        return _Read(header, raw.by_row(raw.words))
    if name in CODES:
        return _Read(header, raw.by_row([_code(word) for word in raw.words]))
    if name == "county":
        return _Read(header, raw.by_row([_county(word, book) for word in raw.words]))
    words = raw.words if name in LONG else [_one_line(word) for word in raw.words]
    return _Read(header, raw.by_row(words))


def _read_values(name: str, header: str, raw: _Raw, spellings: Mapping[str, str]) -> _Read:
    known = {word: spellings.get(plain(word)) for word in raw.full}
    domain = ", ".join(dict.fromkeys(spellings.values()))
    nearest = {word: get_close_matches(plain(word), spellings, 1) for word, value in known.items() if value is None}
    faults = []
    for row, word in _rows_of(raw, set(nearest)):
        facts = {"header": header.strip(), "value": word[:60], "known": domain}
        proposed = spellings[nearest[word][0]] if nearest[word] else None
        faults.append(Fault("value_unknown", "error", row=row, field=name, facts=facts, proposed=proposed))
    return _Read(header, raw.by_row([known.get(word) or "" for word in raw.words]), tuple(faults))


def _read_each(name: str, header: str, raw: _Raw, code: str, reader: Callable[[str], str | None]) -> _Read:
    known = {word: reader(word) for word in raw.full}
    faults = [
        Fault(code, "error", row=row, field=name, facts={"header": header.strip(), "value": word[:60]})
        for row, word in _rows_of(raw, {word for word, value in known.items() if value is None})
    ]
    return _Read(header, raw.by_row([known.get(word) or "" for word in raw.words]), tuple(faults))


def _rows_of(raw: _Raw, words: set[str]) -> Iterable[tuple[int, str]]:
    """The rows, from 1, that have one of these words."""
    if words:
        wanted = np.array([word in words for word in [*raw.words, ""]])
        for place in np.flatnonzero(wanted[raw.codes]):
            yield int(place) + 1, raw.words[int(raw.codes[place])]


def _code(word: str) -> str:
    return "".join(unicodedata.normalize("NFKC", word).split()).upper()


def _county(word: str, book: FieldBook) -> str:
    """A county's code or name; longer codes begin with its own."""
    digits = _code(word)
    return digits[: book.content.county_digits] if _all_codes([digits], book) else word


def _number(word: str, book: FieldBook) -> tuple[float | None, str | None]:
    """A number, and the unit that stands behind it."""
    text = plain(word)
    match = _NUMBER.fullmatch(_THOUSANDS.sub(lambda grouped: grouped[0].replace(",", ""), text, count=1))
    if match is None or (match[2] and match[2] not in book.units):
        return None, None
    number = float(match[1])
    return (number, book.units.get(match[2])) if np.isfinite(number) else (None, None)


def _area(word: str, unit: str | None, book: FieldBook) -> str | None:
    """`number unit m²`, as far as they are known; None where it is no area."""
    number, own = _number(word, book)
    if number is None or number < 0:
        return None
    said = repr(number)
    if (used := own or unit) is None:
        return said
    return f"{said} {used} {book.area_m2(said, used)!r}"


def _metres(word: str, book: FieldBook) -> str | None:
    number, unit = _number(word, book)
    return None if number is None or number < 0 or unit else repr(number)


def _day_after(word: str) -> str | None:
    """The day after a day: where the last valid day is given, that is the first one without."""
    day = _day(word)
    return day and (date.fromisoformat(day) + timedelta(1)).isoformat()


def _day(word: str) -> str | None:
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
