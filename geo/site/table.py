"""A table of corner points: its rows as corners in their order, every number read or refused by its row and column."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from geo.errors import Phrase, Term
from geo.site.headers import Block, Header, HeaderUnclear, by_numbers, find_headers
from geo.site.numerals import as_text, has_sign, is_scientific, read_degrees, read_number
from geo.site.rings import Side
from geo.site.sheets import Row
from geo.site.words import heading_in, plot_in

_POINT = re.compile(r"[A-Za-z]{0,4}[-_.#]?\d{1,6}(?:[-'.]\d{1,4})?|界(?:址点)?\d{1,6}|[A-Za-z]")
_BEGINS_AS_NUMBER = re.compile(r"[+-]?\s*[\d.]")


class RowUnread(ValueError):
    """A row that cannot be read; `args` are its index from 0 and the reason."""


@dataclass(frozen=True, slots=True)
class Corner:
    """One corner as its row has it."""

    row: int  # from 0
    name: str
    point: tuple[float, float]  # in the order of the columns
    plot: str = ""
    ring: str = ""
    side: Side | None = None
    area: str = ""
    heading: str = ""  # the line alone over its table, which may be the name of a plot
    gap: Literal["", "blank", "table"] = ""  # what stands before it: a blank row, or the beginning of a table


@dataclass(frozen=True, slots=True)
class Table:
    """What was read of a sheet."""

    block: Block  # the first; those beside it have the same columns
    corners: tuple[Corner, ...]
    lines: tuple[str, ...]  # of the head, and what stands among and below the corners
    aside: tuple[int, ...]  # rows below the head that hold no corner, from 0
    degrees: bool  # whether an angle stood with its signs


@dataclass(slots=True)
class _Reading:
    """The state while the rows of one header are read."""

    corners: list[list[Corner]]
    blank: list[bool]
    plot: list[str]
    ring: list[str]
    aside: list[int] = field(default_factory=list)
    degrees: bool = False


def read_table(rows: Sequence[Row], untitled: bool) -> Table | None:
    """Read the corners of a sheet; None where it has no table of corners.

    Parameters
    ----------
    untitled : whether columns without titles are looked for too

    Raises
    ------
    HeaderUnclear
        Where the columns can be read in two ways.
    RowUnread
        Where a row has a coordinate that cannot be read.
    """
    headers = list(find_headers(rows))
    if not headers and untitled and (found := by_numbers(rows)):
        headers = [found]
    if not headers:
        return None
    columns = {block.columns for header in headers for block in header.blocks}
    if len({tuple(column.means for column in pair) for pair in columns}) > 1:
        raise HeaderUnclear(Term("cause.columns_differ"))
    corners: list[Corner] = []
    lines = _lines(rows[: headers[0].begins])
    aside: list[int] = []
    degrees, plot, heading = False, "", ""
    for header, until in zip(headers, [*(one.begins for one in headers[1:]), len(rows)], strict=True):
        ended = corners[-1].row if corners else -1
        above = lines if header is headers[0] else _lines(rows[at] for at in aside[-3:] if at > ended)
        plot = plot_in(above) or plot
        heading = heading_in(above) or heading if len(headers) > 1 else ""
        read = _read_rows(rows, header, until, plot)
        taken = [corner for block in read.corners for corner in _without_spacing(block)]
        corners += [replace(corner, heading=heading) for corner in taken]
        aside += read.aside
        degrees |= read.degrees
        lines += _lines(rows[at] for at in read.aside)
    block = headers[0].blocks[0]
    return Table(block, tuple(corners), (*lines, block.over), tuple(aside), degrees)


def _lines(rows: Sequence[Row] | Iterator[Row]) -> list[str]:
    """Rows as lines of text, where they say anything."""
    return [line for row in rows if (line := " ".join(text for cell in row if (text := as_text(cell))))]


def _read_rows(rows: Sequence[Row], header: Header, until: int, plot: str) -> _Reading:
    count = len(header.blocks)
    state = _Reading([[] for _ in range(count)], [False] * count, [plot] * count, [""] * count)
    for at in range(header.ends, until):
        row = rows[at]
        if not any(as_text(cell) for cell in row):
            state.blank = [True] * count
            continue
        taken = [_take(row, at, number, block, state) for number, block in enumerate(header.blocks)]
        if not any(taken):
            state.aside.append(at)
    return state


def _take(row: Row, at: int, number: int, block: Block, state: _Reading) -> bool:
    """Take what a row has of one table; whether it had anything."""
    corners = state.corners[number]
    pair = _coordinates(row, at, block)
    side = _side(row, block)
    if pair is None:
        if side and corners and corners[-1].side is None:
            corners[-1] = replace(corners[-1], side=side)
            return True
        state.blank[number] |= not any(as_text(cell) for cell in _own(row, block))
        return side is not None
    state.degrees |= any(has_sign(row[column]) for column in (*block.first, *block.second))
    state.plot[number] = _text(row, block.plot) or state.plot[number]
    state.ring[number] = _text(row, block.ring) or state.ring[number]
    gap: Literal["", "blank", "table"] = "table" if not corners else "blank" if state.blank[number] else ""
    state.blank[number] = False
    place = {"plot": state.plot[number], "ring": state.ring[number]}
    name = _text(row, block.point)
    corners.append(Corner(at, name, pair, side=side, area=_text(row, block.area), gap=gap, **place))
    return True


def _own(row: Row, block: Block) -> Sequence[object]:
    columns = [*block.first, *block.second, *(one for one in (block.point, block.side) if one is not None)]
    return row[min(columns) : max(columns) + 1]


def _text(row: Row, column: int | None) -> str:
    return as_text(row[column]) if column is not None and column < len(row) else ""


def _side(row: Row, block: Block) -> Side | None:
    text = _text(row, block.side)
    length = read_number(row[block.side]) if block.side is not None and text else None
    if length is None or length <= 0.0:
        return None
    digits = len(re.sub(r"\D+$", "", text).partition(".")[2])
    return Side(length, digits)


def _coordinates(row: Row, at: int, block: Block) -> tuple[float, float] | None:
    """Both coordinates of a row; None where it has none.

    Raises
    ------
    RowUnread
        Where it has one of them only, or one that cannot be read.
    """
    cells = [[row[column] if column < len(row) else "" for column in part] for part in (block.first, block.second)]
    named = bool(_POINT.fullmatch(_text(row, block.point)))
    if not any(as_text(cell) for part in cells for cell in part):
        if named and block.point is not None and not _is_counted(row, block):
            raise RowUnread(at, Phrase("cause.corner_without_coordinates", point=_text(row, block.point)[:20]))
        return None
    if not named and not any(_BEGINS_AS_NUMBER.match(as_text(cell)) for part in cells for cell in part):
        return None  # words among the corners, or below them
    values = [_value(part, block) for part in cells]
    if values[0] is None or values[1] is None:
        bad = cells[0 if values[0] is None else 1]
        raise RowUnread(at, _reason(bad, block.columns[0 if values[0] is None else 1].title))
    return values[0], values[1]


def _is_counted(row: Row, block: Block) -> bool:
    """Whether a row holds nothing but its number: a form that was not filled to its end."""
    return sum(bool(as_text(cell)) for cell in _own(row, block)) == 1 and not re.search(
        r"[A-Za-z]", _text(row, block.point)
    )


def _value(cells: Sequence[object], block: Block) -> float | None:
    if len(cells) == 1:
        if block.packed and not has_sign(cells[0]):
            return None
        return read_degrees(cells[0])
    numbers = [read_number(cell) if as_text(cell) else 0.0 for cell in cells]
    if any(number is None for number in numbers) or numbers[0] is None or not as_text(cells[0]):
        return None
    rest = [number for number in numbers[1:] if number is not None]
    if not all(0.0 <= number < 60.0 for number in rest):
        return None
    return numbers[0] + sum(number / 60.0**power for power, number in enumerate(rest, 1))


def _reason(cells: Sequence[object], title: str) -> Phrase:
    text = " ".join(as_text(cell) for cell in cells)[:40]
    if any(is_scientific(cell) for cell in cells):
        return Phrase("cause.digits_lost", title=title, text=text)
    return Phrase("cause.no_coordinate", title=title, text=text)


def _without_spacing(corners: list[Corner]) -> list[Corner]:
    """Corners that are all one blank row apart are a form with rows for two: its blank rows separate nothing."""
    later = corners[1:]
    if len(later) > 1 and all(corner.gap == "blank" for corner in later):
        steps = {after.row - before.row for before, after in zip(corners, later, strict=False)}
        if len(steps) == 1:
            return [corners[0], *(replace(corner, gap="") for corner in later)]
    return corners
