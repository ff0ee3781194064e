"""The columns of a table of corner points: found by what they are called, or by the numbers where nothing is said."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from geo.errors import Term
from geo.site.axes import Column, Means, fits
from geo.site.numerals import as_text, read_degrees
from geo.site.sheets import Row
from geo.site.words import Role, datums_in, degree_part, is_packed, role_of

_PAIRS: tuple[tuple[Means, ...], ...] = (("north", "east"), ("x", "y"), ("x", "east"), ("north", "y"), ("lat", "lon"))
_ABOVE = 2  # rows that a title may reach over its columns
_PARTS = ("degrees", "minutes", "seconds")


class HeaderUnclear(ValueError):
    """Columns that can be read in two ways; `args[0]` is the text that says how."""


@dataclass(frozen=True, slots=True)
class Block:
    """The columns of one table; a sheet may have several side by side."""

    first: tuple[int, ...]  # of the coordinate that stands first: one column, or degrees, minutes and seconds
    second: tuple[int, ...]
    columns: tuple[Column, Column]
    point: int | None = None
    plot: int | None = None
    ring: int | None = None
    side: int | None = None
    area: int | None = None
    area_title: str = ""
    over: str = ""  # what stands above the coordinates
    beside: bool = False  # whether the same points have other coordinates in columns that are not taken
    packed: bool = False  # whether a title says that one number holds degrees, minutes and seconds


@dataclass(frozen=True, slots=True)
class Header:
    """A row of titles, with those above and below that belong to it."""

    begins: int  # its first row
    ends: int  # the first row of data
    blocks: tuple[Block, ...]


def find_headers(rows: Sequence[Row]) -> Iterator[Header]:
    """Every header of a sheet, from above."""
    at = 0
    while at < len(rows):
        found = _header(rows, at) if any(isinstance(cell, str) and cell for cell in rows[at]) else None
        if found:
            yield found
        at = found.ends if found else at + 1


def _header(rows: Sequence[Row], at: int) -> Header | None:
    own = [role_of(cell) if isinstance(cell, str) else None for cell in rows[at]]
    if not _has_pair(own):
        return None
    below = rows[at + 1] if at + 1 < len(rows) else ()
    in_parts = sum(isinstance(cell, str) and bool(degree_part(cell)) for cell in below) >= 4
    begins = at
    above: list[Row] = []
    while len(above) < _ABOVE and begins > 0 and _is_title(rows[begins - 1]):
        begins -= 1
        above.append(rows[begins])
    titles = [as_text(cell) for cell in rows[at]]
    for column, role in enumerate(own):
        if role is None and not titles[column]:
            named = [as_text(row[column]) for row in above if column < len(row) and isinstance(row[column], str)]
            own[column] = next((said for title in named if (said := role_of(title))), None)
    parts = _parts(titles, own, below if in_parts else ())
    ends = at + 2 if in_parts or (below and any(map(as_text, below)) and _is_units(below)) else at + 1
    return Header(begins, ends, tuple(_blocks(titles, own, parts, above)))


def _has_pair(roles: Sequence[str | None]) -> bool:
    return any(set(pair) <= set(roles) for pair in _PAIRS)


def _is_data(row: Row) -> bool:
    return sum(isinstance(cell, (int, float)) or read_degrees(cell) is not None for cell in row) >= 2


def _is_title(row: Row) -> bool:
    """Whether a row above the titles belongs to them: several cells, none a number or a statement."""
    texts = [text for cell in row if (text := as_text(cell))]
    return len(texts) >= 2 and not _is_data(row) and not any(sign in text for text in texts for sign in ":=")


def _is_units(row: Row) -> bool:
    return not any(sign.isdigit() for cell in row for sign in as_text(cell)) and not _has_pair([*map(role_of, row)])


def _parts(titles: list[str], roles: list[Role | None], below: Row) -> list[str]:
    """Which part of an angle each column holds; the title of the angle stands over the first of three."""
    parts = [degree_part(titles[at]) if role in ("lon", "lat") else "" for at, role in enumerate(roles)]
    axis: Role | None = None
    for at, cell in enumerate(below[: len(roles)]):
        parts[at] = degree_part(cell) if isinstance(cell, str) else ""
        axis = roles[at] if roles[at] in ("lon", "lat") else axis
        if parts[at] and roles[at] is None and not titles[at]:
            roles[at] = axis
    return parts


def _blocks(titles: list[str], roles: list[Role | None], parts: list[str], above: list[Row]) -> Iterator[Block]:
    """Cut the columns into tables side by side: a title that stands again begins the next one."""
    runs: list[dict[str, int]] = [{}]
    for at, role in enumerate(roles):
        if role is None:
            continue
        key = f"{role}.{parts[at]}" if parts[at] in ("minutes", "seconds") else role
        if key in runs[-1]:
            if not _has_pair([*runs[-1]]):
                continue
            runs.append({})
        runs[-1][key] = at
    runs = [run for run in runs if _has_pair([*run])]
    made = [_block(run, runs[0], titles, above) for run in runs]
    same_points = len(made) > 1 and made[0].point is not None and any(block.point is None for block in made[1:])
    yield from [_alternative(made)] if same_points else made


def _block(run: dict[str, int], leading: dict[str, int], titles: list[str], above: list[Row]) -> Block:
    pairs = [pair for pair in _PAIRS if set(pair) <= set(run)]
    at = {means: _columns_of(means, run) for means in pairs[0]}
    first, second = sorted(pairs[0], key=lambda means: at[means])
    last = max(*at[first], *at[second])
    over = " ".join(as_text(cell) for row in above for cell in _over(row, at[first][0], last))
    area = run.get("area")
    return Block(
        first=at[first],
        second=at[second],
        columns=(Column(first, titles[at[first][0]]), Column(second, titles[at[second][0]])),
        point=run.get("point", run.get("serial")),
        plot=run.get("plot", leading.get("plot")),
        ring=run.get("ring", leading.get("ring")),
        side=run.get("side"),
        area=area,
        area_title="" if area is None else titles[area],
        over=f"{over} {titles[at[first][0]]} {titles[at[second][0]]}",
        beside=len(pairs) > 1,
        packed=any(is_packed(titles[one]) for one in (*at[first], *at[second])),
    )


def _over(row: Row, begins: int, ends: int) -> list[object]:
    """The cells of an upper row over some columns; that of a merged cell stands in its first column."""
    while begins > 0 and (begins >= len(row) or not as_text(row[begins])):
        begins -= 1
    return [cell for cell in row[begins : ends + 1] if as_text(cell)]


def _columns_of(means: str, run: dict[str, int]) -> tuple[int, ...]:
    rest = [run[f"{means}.{part}"] for part in _PARTS[1:] if f"{means}.{part}" in run]
    return (run[means], *rest)


def _alternative(made: list[Block]) -> Block:
    """One of several pairs of columns for the same points: the one that says that it is CGCS2000."""
    ours = [block for block in made if datums_in(block.over) == ("cgcs2000",)]
    if len(ours) != 1:
        raise HeaderUnclear(Term("cause.columns_several"))
    head = made[0]
    taken = {name: getattr(ours[0], name) for name in ("first", "second", "columns", "over", "packed")}
    return Block(**taken, point=head.point, plot=head.plot, ring=head.ring, beside=True)


def by_numbers(rows: Sequence[Row]) -> Header | None:
    """The columns of a table without titles, by their numbers; None where it is no such table.

    Raises
    ------
    HeaderUnclear
        Where the numbers do not tell which columns are the coordinates.
    """
    begins = next((at for at, row in enumerate(rows) if _is_data(row)), None)
    if begins is None:
        return None
    data = [row for row in rows[begins:] if _is_data(row)]
    width = max(len(row) for row in data)
    values = np.array([[_value(row, at) for at in range(width)] for row in data])
    numeric = [at for at in range(width) if np.isfinite(values[:, at]).all()]
    counted = len(numeric) > 2 and len(data) > 1 and bool((np.diff(values[:, numeric[0]]) == 1.0).all())
    usable = numeric[1:] if counted else numeric
    pairs = [(one, other) for one in usable for other in usable if one < other and _fit(values[:, [one, other]])]
    if not pairs and len(usable) == 2:
        pairs = [(usable[0], usable[1])]
    if len(pairs) != 1:
        raise HeaderUnclear(Term("cause.columns_untitled"))
    return Header(begins, begins, (_plain_block(pairs[0], values, data),))


def _plain_block(pair: tuple[int, int], values: np.ndarray, data: Sequence[Row]) -> Block:
    first, second = pair
    between = [at for at in range(1, first) if any(as_text(row[at]) for row in data if at < len(row))]
    rings = [at for at in between if np.isfinite(values[:, at]).all() and (values[:, at] % 1.0 == 0.0).all()]
    if len(between) > 1 or between != rings or second != first + 1:
        raise HeaderUnclear(Term("cause.columns_beside"))
    return Block(
        first=(first,),
        second=(second,),
        columns=(Column("first", str(first + 1)), Column("second", str(second + 1))),
        point=0 if first > 0 else None,
        ring=rings[0] if rings else None,
    )


def _fit(pair: np.ndarray) -> bool:
    return bool(fits(pair[:, 0], pair[:, 1]).all() or fits(pair[:, 1], pair[:, 0]).all())


def _value(row: Row, at: int) -> float:
    value = read_degrees(row[at]) if at < len(row) else None
    return float("nan") if value is None else value
