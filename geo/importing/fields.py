"""Fields: the columns of a delivery by the engine's names, and their values by the engine's words.

What headers and values are called in real systems is data: `layers/vocabulary/fields.yaml`.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from geo.errors import SourceFieldUnknown
from geo.importing.faults import Fault
from geo.importing.names import (
    CODES,
    DATES,
    INVISIBLE,
    LONG,
    NUMBERS,
    CodeForm,
    FieldBook,
    load_fields,
    plain,
)
from geo.importing.source import Source
from geo.importing.values import (
    Raw,
    Read,
    all_codes,
    area_of,
    code_of,
    column_words,
    day_of,
    number_of,
    read_column,
    split_unit,
    word_of,
)

__all__ = ["CodeForm", "FieldBook", "Row", "by_field", "load_fields", "map_rows", "read_value"]

HEADER_BYTES = 10  # of a Shapefile's header
COUNTY_NAME = "county_name"  # beside its code
_GOES_ON = re.compile(r"(.+?)_?(\d{1,2})$")
_KNOWN_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a delivery, its ground aside."""

    number: int  # in the source, from 1
    values: Mapping[str, str]  # engine field: word; absent where it is empty or could not be read


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
    raw = {header: column_words(source.frame[header], book) for header in headers}
    mapping, faults = _assign(headers, raw, kind, book, given)
    columns: dict[str, np.ndarray] = {}
    for name, found in mapping.items():
        faults += [fault for header in found for fault in _dirty(name, header, raw[header])]
        words, said = _merge(name, [read_column(name, header, raw[header], kind, book) for header in found])
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
        found = area_of(word, "m2", book)
        return {"area_m2": found.rpartition(" ")[2]} if found else {}
    raw = Raw([word_of(word, book.empty)], np.zeros(1, dtype=int), [word])
    words, _ = _merge(name, [read_column(name, name, raw, kind, book)])
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


def _dirty(name: str, header: str, raw: Raw) -> list[Fault]:
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
    headers: list[str], raw: Mapping[str, Raw], kind: str, book: FieldBook, given: Mapping[str, str]
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


def _part_county(mapping: dict[str, list[str]], raw: Mapping[str, Raw]) -> None:
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
    if (split := split_unit(word, book)) and "area" in aliases.get(split[0], {}):
        return {"area": aliases[split[0]]["area"]}
    if (match := _GOES_ON.fullmatch(word)) and match[1] in there:
        stem = {**cut.get(match[1], {}), **aliases.get(match[1], {})}
        return {name: rank for name, rank in stem.items() if name in LONG}
    return {name: rank + 2 for name, rank in cut.get(word, {}).items()}


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


def _fits(name: str, raw: Raw, kind: str, book: FieldBook) -> bool:
    """Whether the values of a column can be those of a field."""
    full = raw.full
    if not full:
        return False
    if spellings := book.spellings(kind, name):
        return all(plain(word) in spellings for word in full)
    if name in NUMBERS:
        return all(number_of(word, book)[0] is not None for word in full) and not all_codes(full, book)
    if name in DATES:
        return all(day_of(word) is not None for word in full)
    if name == "county":
        return all_codes(full, book) or not any(number_of(word, book)[0] is not None for word in full)
    if name in CODES:
        form = book.form(kind) if name == "code" else None
        return any(form.matches(code_of(word)) for word in full) if form else all(word.isascii() for word in full)
    return not all(number_of(word, book)[0] is not None for word in full)


def _goes_on(header: str, bases: Iterable[str]) -> bool:
    match = _GOES_ON.fullmatch(plain(header))
    return match is not None and match[1] in {plain(base) for base in bases}


def _told(headers: list[str], mapping: Mapping[str, list[str]], raw: Mapping[str, Raw], book: FieldBook) -> list[Fault]:
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


def _merge(name: str, read: list[Read]) -> tuple[dict[str, np.ndarray], list[Fault]]:
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


def _areas(name: str, read: list[Read], words: np.ndarray) -> dict[str, np.ndarray]:
    """An area's number, its unit and its m², each empty where it is not known; the words come with their units."""
    pairs = [word.partition(" ") for word in words]
    columns = {
        name: [number for number, _, _ in pairs],
        f"{name}_unit": [unit.partition(" ")[0] for _, _, unit in pairs],
        f"{name}_m2": [unit.partition(" ")[2] for _, _, unit in pairs],
    }
    return {key: np.array(values, dtype=object) for key, values in columns.items() if any(values)}
