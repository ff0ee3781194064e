"""Marks that programs leave in KML and GPX: who wrote a file, and the datum that it states.

The marks are data: `layers/vocabulary/file_programs.yaml`, with where each was found.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from geo.datums import Datum
from geo.settings import ROOT
from geo.site.contents import Claim, shortened
from geo.site.notice import Notice
from geo.site.words import datum_words
from geo.yamlfile import read_yaml

FILE = ROOT / "layers" / "vocabulary" / "file_programs.yaml"  # of the formats, and not of a region
_LONGEST, _MOST_WORDS = 2_000, 3  # characters of a description that are looked at; names of datums that are cited
_ALIKE: frozenset[Datum | None] = frozenset({"cgcs2000", "wgs84"})  # within centimetres of each other


@dataclass(frozen=True, slots=True)
class Program:
    """A program, and what its files are recognised by."""

    name: str
    offset: bool  # whether it is known to write offset coordinates where the format means WGS 84
    elements: re.Pattern[str] | None
    spaces: tuple[str, ...]  # beginnings of namespaces
    words: re.Pattern[str] | None
    states: frozenset[str]  # elements whose text names a datum


@dataclass(frozen=True, slots=True)
class Marks:
    """All that is known of programs."""

    programs: tuple[Program, ...]
    datums: dict[str, Datum]  # folded words
    fields: dict[str, str]  # folded attribute: `name`, `role` or `address`

    def states(self, element: str) -> bool:
        """Whether the text of an element (without its prefix) names a datum."""
        return any(element in program.states for program in self.programs)

    def datum(self, words: str) -> Datum | None:
        """The datum that words name; None where they name none that is known."""
        return self.datums.get(_folded(words))

    def field(self, attribute: str) -> str | None:
        """What an attribute of a placemark says of it."""
        return self.fields.get(_folded(attribute))


@cache
def marks() -> Marks:
    """Read the marks."""
    table: dict[str, Any] = read_yaml(FILE)
    return Marks(
        tuple(_program(one) for one in table["programs"]),
        {_folded(word): cast(Datum, datum) for datum, words in table["datums"].items() for word in words},
        {_folded(word): field for field, words in table["fields"].items() for word in words},
    )


def _program(one: dict[str, Any]) -> Program:
    elements, words = one.get("elements", []), [_bounded(word) for word in one.get("words", [])]
    return Program(
        one["name"],
        one["offset"],
        re.compile("|".join(elements)) if elements else None,
        tuple(one.get("spaces", ())),
        re.compile("|".join(words), re.IGNORECASE) if words else None,
        frozenset(one.get("states", ())),
    )


def _bounded(word: str) -> str:
    """A Latin word stands for itself; a Chinese one may stand within others."""
    return rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])" if word.isascii() else re.escape(word)


def _folded(word: str) -> str:
    return re.sub(r"[\s_-]", "", word).upper()


class Traces:
    """The programs whose marks were met in one file."""

    def __init__(self) -> None:
        self.met: dict[str, Program] = {}
        self._elements: dict[str, None] = {}  # looked at already
        self._described: dict[Datum, str] = {}  # datums that descriptions name, with their words

    def element(self, name: str) -> None:
        """Look at the name of an element, without its prefix."""
        if name in self._elements:
            return
        if len(self._elements) < 10_000:
            self._elements[name] = None
        self._meet(one for one in marks().programs if one.elements and one.elements.fullmatch(name))

    def space(self, uri: str) -> None:
        """Look at a namespace."""
        self._meet(one for one in marks().programs if uri.startswith(one.spaces))

    def words(self, text: str) -> None:
        """Look at a creator, an author, a comment or a title."""
        self._meet(one for one in marks().programs if one.words and one.words.search(text))

    def description(self, text: str) -> None:
        """Look at what people wrote beside the objects."""
        for datum, words in datum_words(text[:_LONGEST]).items():
            self._described.setdefault(datum, words)

    def _meet(self, programs: Iterable[Program]) -> None:
        self.met.update({program.name: program for program in programs})

    def claim(self, statements: Collection[str]) -> tuple[Claim, tuple[Notice, ...]]:
        """What a file of a format that means WGS 84 says of its coordinates; descriptions may cast doubt on it.

        Parameters
        ----------
        statements : the words of each piece that name its datum, "" where none do; as often as they are
        """
        claim, notices = self._stated(statements)
        against = [words for datum, words in self._described.items() if datum not in (*_ALIKE, claim.datum)]
        if against:
            said = shortened(" / ".join([*against[:_MOST_WORDS], claim.mark or "WGS 84"]))
            notices = (*notices, Notice("claims_contradict", {"said": said}))
        return claim, notices

    def _stated(self, statements: Collection[str]) -> tuple[Claim, tuple[Notice, ...]]:
        said = dict.fromkeys(shortened(words) for words in statements)
        mark = "; ".join(words for words in said if words)
        datums = {marks().datum(words) for words in said if words}
        if not datums:
            return Claim(by="format", datum="wgs84", degrees=True), self.doubts()
        if "" in said:
            datums.add("wgs84")  # which the format means where nothing is stated
        told = {"said": shortened(f"{mark}; –" if "" in said else mark)}
        mark = shortened(mark)
        if datums <= _ALIKE:
            datum = datums.pop() if len(datums) == 1 else "wgs84"
            stated = "" not in said
            claim = Claim(by="file" if stated else "format", datum=datum, degrees=True, mark=mark)
            return claim, () if stated else self.doubts()
        if len(datums) > 1:
            return Claim(by="file", degrees=True, mark=mark), (Notice("claims_contradict", told),)
        datum = datums.pop()
        unknown = (Notice("datum_unknown", told),) if datum is None else ()
        return Claim(by="file", datum=datum, degrees=True, mark=mark), unknown

    def doubts(self) -> tuple[Notice, ...]:
        """The programs that may have written offset coordinates, one notice each."""
        return tuple(Notice("kml_program", {"program": one.name}) for one in self.met.values() if one.offset)
