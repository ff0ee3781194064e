"""Names of fields and spellings of values in real systems: `layers/vocabulary/fields.yaml`, held to the catalogue."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from geo.errors import CatalogueError
from geo.layers.catalogue import LayerEntry
from geo.yamlfile import YamlFault, read_yaml

FILE = "fields.yaml"
ANY = "any"
CODES = ("id", "code", "official_code")
NUMBERS = ("area",)
METRES = ("accuracy_m",)
DATES = ("valid_from", "valid_to")
LONG = (
    "remark",
    "basis",
    "list_layout",
    "list_discharge",
    "list_risk",
    "list_efficiency",
)  # may go on in a next column
ENGINE_FIELDS = (
    *CODES, "name", "county", "prefecture", "province", *NUMBERS, "legal_status", *DATES, "source", "provenance",
    "limits",     *METRES, *LONG,
)  # fmt: skip
# What moves the cursor, colours a terminal or turns the direction of reading, and line ends.
INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Origin(_Strict):
    """Where names were found."""

    mark: Literal["F", "G"]
    said: str


class Unit(_Strict):
    """A unit of area."""

    m2: float = Field(gt=0.0)
    spellings: tuple[str, ...]


class Column(_Strict):
    """What a field of the engine is called elsewhere."""

    aliases: Mapping[str, tuple[str, ...]] = {}  # by their source
    export: str | None = Field(default=None, pattern=r"^[A-Z][A-Z0-9_]{0,9}$")
    unit_of: Mapping[str, str] = {}  # a header that says a unit without naming it
    last_day: tuple[str, ...] = ()  # headers under which the last valid day stands, and not the first that is not


class CodeForm(_Strict):
    """How the codes of a kind are made."""

    pattern: str
    county_at: tuple[int, int] | None = None  # from and to, as in a slice
    class_at: int | None = None
    classes: Mapping[str, str] = {}  # digit: zone_class

    def matches(self, code: str) -> bool:
        """Whether a code has the form."""
        return re.fullmatch(self.pattern, code, re.ASCII) is not None

    def county(self, code: str) -> str | None:
        """The county that a code of the form names."""
        return code[slice(*self.county_at)] if self.county_at and self.matches(code) else None

    def zone_class(self, code: str) -> str | None:
        """The class that a code of the form names."""
        if self.class_at is None or not self.matches(code):
            return None
        return self.classes.get(code[self.class_at])


class KindFields(_Strict):
    """The fields of one kind of layer."""

    needed: tuple[str, ...] = ()
    code: CodeForm | None = None
    fields: Mapping[str, Column] = {}
    values: Mapping[str, Mapping[str, Mapping[str, tuple[str, ...]]]] = {}  # field: value: source: spellings


class _File(_Strict):
    sources: Mapping[str, Origin]
    units: Mapping[str, Unit]
    empty: tuple[str, ...]
    software: tuple[str, ...]
    county_digits: int = Field(ge=2, le=12)
    kinds: Mapping[str, KindFields]


@dataclass(frozen=True)
class FieldBook:
    """The names and spellings of every kind of layer."""

    content: _File
    domains: Mapping[str, Mapping[str, tuple[str, ...]]]  # kind: attribute: its values
    titles: Mapping[str, Mapping[str, tuple[str, ...]]]  # kind: zone_class: its titles

    def form(self, kind: str) -> CodeForm | None:
        """How codes of a kind are made; None where they have no form of their own."""
        return self._of(kind).code

    def needed(self, kind: str) -> tuple[str, ...]:
        """Fields without which rows of a kind are no zones."""
        return self._of(kind).needed

    def fields(self, kind: str) -> tuple[str, ...]:
        """Every field that a row of a kind may have."""
        return (*ENGINE_FIELDS, *self.domains.get(kind, {}))

    def export(self, kind: str) -> dict[str, str]:
        """Names of fields in a Shapefile, 10 characters at most; a field without one keeps its own name."""
        return {name: column.export for name, column in self._of(kind).fields.items() if column.export}

    def area_m2(self, number: str, unit: str) -> float:
        """An area in m² that is given in one of the units."""
        return float(number) * self.content.units[unit].m2

    @cached_property
    def area_units(self) -> dict[str, float]:
        """m² of each unit of area."""
        return {name: unit.m2 for name, unit in self.content.units.items()}

    @cached_property
    def units(self) -> dict[str, str]:
        """Units by their spellings."""
        return {plain(word): name for name, unit in self.content.units.items() for word in (name, *unit.spellings)}

    @cached_property
    def empty(self) -> frozenset[str]:
        """Words that say nothing."""
        return frozenset({"", *map(plain, self.content.empty)})

    @cached_property
    def software(self) -> frozenset[str]:
        """Headers of the software that wrote a file."""
        return frozenset(map(plain, self.content.software))

    def aliases(self, kind: str) -> dict[str, dict[str, int]]:
        """By a plain header: the fields that it may mean, with a rank, 0 for names that only this kind uses."""
        found: dict[str, dict[str, int]] = {}
        for rank, part in ((0, self._of(kind)), (1, self._of(ANY))):
            for name, column in part.fields.items():
                for alias in _flat(column.aliases):
                    found.setdefault(plain(alias), {}).setdefault(name, rank)
        for name in self.fields(kind):
            found.setdefault(plain(name), {})[name] = 0
        for name, header in self.export(kind).items():
            found.setdefault(plain(header), {}).setdefault(name, 0)
        return found

    def spellings(self, kind: str, name: str) -> dict[str, str]:
        """Values of a closed field by their plain spellings; empty where any text will do."""
        domain = self.domains.get(kind, {}).get(name, ())
        return {plain(word): value for value in domain for word in self.words(kind, name, value)}

    def words(self, kind: str, name: str, value: str) -> tuple[str, ...]:
        """The spellings of one value of a closed field."""
        titles = self.titles.get(kind, {}).get(value, ()) if name == "zone_class" else ()
        told = self._of(kind).values.get(name, {}).get(value, {})
        return (value, *titles, *_flat(told))

    def unit_of(self, kind: str, header: str) -> str | None:
        """The unit that an area's header implies without naming it."""
        told = {**self._of(ANY).fields["area"].unit_of, **self._of(kind).fields.get("area", Column()).unit_of}
        return next((unit for alias, unit in told.items() if plain(alias) == plain(header)), None)

    def names_last_day(self, kind: str, header: str) -> bool:
        """Whether the last day on which a zone is valid stands under a header."""
        columns = (self._of(part).fields.get("valid_to", Column()) for part in (kind, ANY))
        return plain(header) in {plain(alias) for column in columns for alias in column.last_day}

    def _of(self, kind: str) -> KindFields:
        return self.content.kinds.get(kind, KindFields())


def _flat(told: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [word for words in told.values() for word in words]


def plain(text: str) -> str:
    """A word without what does not tell it from another: case, blanks, line ends, full and half width."""
    return "".join(INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).split()).casefold()


def load_fields(folder: Path, catalogue: Mapping[str, LayerEntry]) -> FieldBook:
    """Read the names of fields, and hold them against the catalogue.

    Raises
    ------
    CatalogueError
        Where the file cannot be read, or contradicts itself or the catalogue.
    """
    try:
        content = _File.model_validate(read_yaml(folder / FILE))
    except (OSError, UnicodeDecodeError, YamlFault, ValidationError) as error:
        raise CatalogueError(file=FILE, reason=str(error)) from error
    domains = {kind: dict(entry.attributes) for kind, entry in catalogue.items()}
    titles = {
        kind: {value: (told.title.zh, told.title.ko, told.title.en) for value, told in entry.classes.items()}
        for kind, entry in catalogue.items()
    }
    book = FieldBook(content, domains, titles)
    for reason in _contradictions(book):
        raise CatalogueError(file=FILE, reason=reason)
    return book


def _contradictions(book: FieldBook) -> Iterable[str]:
    content = book.content
    if ANY not in content.kinds or "area" not in content.kinds[ANY].fields:
        yield f"no kind `{ANY}` with a field `area`"
    for kind, told in content.kinds.items():
        if kind != ANY and kind not in book.domains:
            yield f"{kind}: the catalogue has no such kind"
        yield from _name_contradictions(book, kind, told)
        yield from _value_contradictions(book, kind, told)
    for kind, domains in book.domains.items():
        for name in set(domains) - set(content.kinds.get(kind, KindFields()).values):
            yield f"{kind}: no spellings of {name}"


def _name_contradictions(book: FieldBook, kind: str, told: KindFields) -> Iterable[str]:
    columns = told.fields.values()
    origins = {origin for column in columns for origin in column.aliases}
    origins |= {origin for values in told.values.values() for words in values.values() for origin in words}
    known = [
        ("fields", {*told.fields, *told.needed, *told.values}, set(book.fields(kind))),
        ("sources", origins, set(book.content.sources)),
        ("units", {unit for column in columns for unit in column.unit_of.values()}, set(book.content.units)),
    ]
    for what, named, there in known:
        if named - there:
            yield f"{kind}: no such {what}: {', '.join(sorted(named - there))}"
    exports = [column.export for column in columns if column.export]
    if len(exports) != len(set(exports)):
        yield f"{kind}: two fields have one name for export"


def _value_contradictions(book: FieldBook, kind: str, told: KindFields) -> Iterable[str]:
    for name, values in told.values.items():
        domain = book.domains.get(kind, {}).get(name, ())
        if set(values) != set(domain):
            yield f"{kind}.{name}: the catalogue's values are {', '.join(domain)}"
        words = [word for value in domain for word in {plain(word) for word in book.words(kind, name, value)}]
        twice = sorted({word for word in words if words.count(word) > 1})
        if twice:
            yield f"{kind}.{name}: {', '.join(twice)} means two values"
    if told.code is not None:
        try:
            re.compile(told.code.pattern)
        except re.error as error:
            yield f"{kind}: the pattern of codes is broken: {error}"
        if set(told.code.classes.values()) - set(book.domains.get(kind, {}).get("zone_class", ())):
            yield f"{kind}: codes name a class that the catalogue does not have"
