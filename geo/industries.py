"""The industry table: a search by code, name and everyday word, and where an industry stands in the tree.

The search suggests and never decides: what a word may mean is this project's own mapping.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

MOST_HITS = 20
LEVELS = {1: "section", 3: "division", 4: "group", 5: "class"}  # by the length of a code with its letter
How = Literal["code", "prefix", "name", "word", "part", "part_of_word"]  # the best first
_RANK: Mapping[How, int] = {"code": 0, "prefix": 1, "name": 2, "word": 3, "part": 4, "part_of_word": 5}
_CODE = re.compile(r"[a-z]?\d{0,4}", re.ASCII)
_LEAST = 2  # characters of a word that is looked for inside what was typed


class IndustryWord(BaseModel):
    """What people call an industry: words in three languages that mean the same, and the codes they may stand for."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    words_zh: tuple[str, ...]
    words_ko: tuple[str, ...]
    words_en: tuple[str, ...]
    codes: tuple[str, ...]  # the likeliest first
    mark: Literal["F", "G"]

    @property
    def words(self) -> tuple[str, ...]:
        """The words of every language."""
        return (*self.words_zh, *self.words_ko, *self.words_en)


@dataclass(frozen=True, slots=True)
class Industry:
    """One industry that a search found."""

    code: str
    name: str  # Chinese, as in the table
    level: str  # section, division, group or class
    path: tuple[tuple[str, str], ...]  # codes and names from the section down to the industry itself
    how: How
    word: str | None = None  # the everyday word that led here


def find_industries(
    industries: Mapping[str, str], words: Sequence[IndustryWord], text: str, most: int = MOST_HITS
) -> list[Industry]:
    """Find industries, the best first: by code, prefix of a code, name, everyday word, part of a name, part of a word.

    Case, width and blanks do not count. Where nothing else tells two hits apart, the table of words goes by its order,
    names by their length and then by code; so the same text always gives the same list.

    Parameters
    ----------
    industries : code with its letter, and its name in Chinese
    text : what was typed; a code may stand before other words
    most : hits at most
    """
    sought = plain(text)
    if not sought:
        return []
    best: dict[str, tuple[tuple[int, int, str], How, str | None]] = {}
    for code, how, place, word in _hits(industries, words, sought):
        key = (_RANK[how], place, code)
        if code not in best or key < best[code][0]:
            best[code] = (key, how, word)
    ranked = sorted(best.items(), key=lambda item: item[1][0])[:most]
    return [
        Industry(code, industries[code], LEVELS[len(code)], path_of(industries, code), how, word)
        for code, (_, how, word) in ranked
    ]


def _hits(
    industries: Mapping[str, str], words: Sequence[IndustryWord], sought: str
) -> Iterator[tuple[str, How, int, str | None]]:
    """Every way in which an industry is met: its code, how, and its place among those met alike."""
    number = sought.split()[0]
    if _CODE.fullmatch(number):
        for code in industries:
            if number in (code.lower(), code[1:]):
                yield code, "code", 0, None
            elif code.lower().startswith(number) or code[1:].startswith(number):
                yield code, "prefix", 0, None
    for code, name in industries.items():
        if sought in plain(name):
            yield code, "name" if sought == plain(name) else "part", len(name), None
    for place, row in enumerate(words):
        for word in row.words:
            how = _word_met(plain(word), sought)
            if how:
                yield from ((code, how, 100 * place + order, word) for order, code in enumerate(row.codes))


def _word_met(word: str, sought: str) -> How | None:
    if word == sought:
        return "word"
    met = _begins_in(sought, word) or (len(word) >= _LEAST and _stands_in(word, sought))
    return "part_of_word" if met else None


def _begins_in(sought: str, word: str) -> bool:
    """Whether what was typed is a part of a word; in Latin letters only from where one begins: no ice in rice."""
    return f" {sought}" in f" {word}" if sought.isascii() else sought in word


def _stands_in(word: str, sought: str) -> bool:
    """Whether a word is a part of what was typed; in Latin letters only a whole one."""
    return f" {word} " in f" {sought} " if word.isascii() else word in sought


def plain(text: str) -> str:
    """A text without differences of case, width and blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def path_of(industries: Mapping[str, str], code: str) -> tuple[tuple[str, str], ...]:
    """Codes and names from the section down to an industry."""
    above = [code[:length] for length in LEVELS if length <= len(code)]
    return tuple((step, industries[step]) for step in above if step in industries)
