"""What a report is made of: chapters of headings and blocks, in one language, ready for any format."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class SiteFigure(Protocol):
    """The map of a site, as a drawing and as a picture."""

    @property
    def svg(self) -> str:
        """One SVG document."""

    @property
    def description(self) -> str:
        """What is to be seen, in words."""

    @property
    def png(self) -> bytes:
        """The same as a PNG."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a chapter's section."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; a strong one leads what follows."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A list of points."""

    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; lines within a cell are divided by line ends.

    Parameters
    ----------
    widths : shares of the width by column, together 100
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Pairs:
    """What is what: a table without a heading, its first column names the second."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """The map, with its caption."""

    figure: SiteFigure
    caption: str


@dataclass(frozen=True, slots=True)
class Code:
    """An address as a code to scan."""

    address: str
    caption: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A warning that stands out."""

    text: str


@dataclass(frozen=True, slots=True)
class Blanks:
    """Empty lines to be filled in by hand, by name."""

    names: tuple[str, ...]


Block = Heading | Paragraph | Items | Table | Pairs | Figure | Code | Mark | Blanks


@dataclass(frozen=True, slots=True)
class Chapter:
    """One of the chapters, in its place whatever it holds."""

    id: str
    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """One screening as a formal report, in one language.

    Parameters
    ----------
    number : id of the record
    day : the day of the screening, as the record has it
    watermark : what stands on every page of a report on sketched limits; None on others
    translation : what is said of a translation that nobody has read over
    json : the canonical record
    checksum : SHA-256 of `json`, 64 hex digits
    """

    title: str
    number: str
    day: str
    language: str
    headline: str
    validity: str
    watermark: str | None
    translation: str | None
    chapters: tuple[Chapter, ...]
    labels: tuple[tuple[str, str], ...]
    json: bytes
    checksum: str


def headings_of(chapters: Sequence[Chapter]) -> list[str]:
    """Every heading of the report, in order."""
    found = []
    for chapter in chapters:
        found.append(chapter.heading)
        found += [block.text for block in chapter.blocks if isinstance(block, Heading)]
    return found
