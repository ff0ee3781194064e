"""Tables of corner points (界址点成果表): text with separators, and workbooks whose sheets are layers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from geo.errors import Phrase, SiteFileBroken, Term
from geo.site.axes import AxesMixed, settle
from geo.site.contents import Claim, Contents, LayerSeen, Limits, Piece, Wanted, chosen_names, shortened, shown_names
from geo.site.headers import HeaderUnclear
from geo.site.notice import Notice
from geo.site.plots import compare_area, count_kinds, notices_of, split
from geo.site.rings import check_sides, together
from geo.site.sheets import Sheet, read_sheets
from geo.site.table import RowUnread, Table, read_table
from geo.site.words import Head, merged, read_head

FORMAT = "format.corners"


@dataclass(frozen=True, slots=True)
class _Found:
    """What a sheet gave."""

    sheet: Sheet
    pieces: tuple[Piece, ...]
    head: Head
    notices: tuple[Notice, ...]


def read(path: Path, wanted: Wanted, limits: Limits) -> Contents:
    """Read a table of corner points.

    Raises
    ------
    SiteFileBroken
        Where it is damaged, or has a row that cannot be read, by sheet, row and column.
    SiteLayerUnknown
        Where it has no sheet of a name that is wanted.
    SiteTooLarge
        Where it is more than the limits take.
    """
    return contents_of(read_sheets(path, wanted.encoding, limits), path.name, wanted, limits)


def contents_of(sheets: Sequence[Sheet], name: str, wanted: Wanted, limits: Limits) -> Contents:
    """The contents of tables that are read already, see `read`."""
    known = [sheet.name for sheet in sheets]
    shown, taken = shown_names(known), chosen_names(known, wanted)
    sheets = [replace(sheet, name=shown[sheet.name]) for sheet in sheets]
    chosen = [sheet for name, sheet in zip(known, sheets, strict=True) if name in taken]
    tables = [(sheet, _table(sheet, name, untitled=False)) for sheet in chosen]
    if not any(table for _, table in tables):
        tables = [(sheet, _table(sheet, name, untitled=True)) for sheet in chosen]
    found = [_found(sheet, table, name, limits) for sheet, table in tables if table and table.corners]
    if not found and any(row for sheet in sheets if not sheet.name for row in sheet.rows):
        raise SiteFileBroken(name=name, reason=Term("cause.no_columns"))
    pieces = tuple(piece for one in found for piece in one.pieces)
    limits.hold("pieces", len(pieces))
    head = merged(one.head for one in found)
    notices = [notice for one in found for notice in one.notices]
    layers = tuple(_layer(sheet, found) for sheet in sheets) if any(known) else ()
    return Contents(FORMAT, pieces, head.claim, layers, _once([*head.notices, *notices]))


def _table(sheet: Sheet, name: str, untitled: bool) -> Table | None:
    try:
        return read_table(sheet.rows, untitled)
    except HeaderUnclear as error:
        raise SiteFileBroken(name=name, reason=_place(sheet, None, error.args[0])) from error
    except RowUnread as error:
        raise SiteFileBroken(name=name, reason=_place(sheet, error.args[0], error.args[1])) from error


def _place(sheet: Sheet, row: int | None, reason: Term) -> Term:
    """A reason with the sheet and the row, from 1, where it holds."""
    said = reason if row is None else Phrase("cause.at_row", row=row + 1, reason=reason)
    return Phrase("cause.at_sheet", sheet=shortened(sheet.name), reason=said) if sheet.name else said


def _found(sheet: Sheet, table: Table, name: str, limits: Limits) -> _Found:
    sent = np.array([corner.point for corner in table.corners])
    limits.hold("vertices", len(sent))
    try:
        points, notices = settle(sent, *table.block.columns)
        plots = split(table.corners, points)
        made = [plot.geometry() for plot in plots]
    except AxesMixed as error:
        row = table.corners[error.args[0]].row
        raise SiteFileBroken(name=name, reason=_place(sheet, row, Term("cause.axes_other_rows"))) from error
    except RowUnread as error:
        raise SiteFileBroken(name=name, reason=_place(sheet, error.args[0], error.args[1])) from error
    head = read_head(table.lines)
    geometries = [geometry for geometry, _ in made]
    pieces = tuple(
        Piece(geometry, name=shortened(plot.name), layer=shortened(sheet.name), address=head.address)
        for plot, geometry in zip(plots, geometries, strict=True)
    )
    notices += notices_of(plots, geometries, sum(dropped for _, dropped in made))
    notices += check_sides([ring for plot in plots for ring in plot.rings])
    if len({area.text for area in head.areas}) == 1:
        notices += compare_area(head.areas[0], together(geometries), sheet.name)
    notices += _remarks(sheet, table)
    return _Found(sheet, pieces, replace(head, claim=_claim(head.claim, table, points)), tuple(notices))


def _remarks(sheet: Sheet, table: Table) -> list[Notice]:
    notices = []
    below = [row for row in table.aside if row > table.corners[0].row]
    if below:
        notices.append(Notice("rows_left_aside", {"count": str(len(below)), "row": str(below[0] + 1)}))
    if table.block.beside:
        title = " / ".join(column.title for column in table.block.columns)
        notices.append(Notice("coordinates_beside", {"taken": shortened(title)}))
    return notices


def _claim(claim: Claim, table: Table, points: np.ndarray) -> Claim:
    """The claim of the head, with what the columns themselves say."""
    small = bool((np.abs(points) <= 180.0).all())
    named = {column.means for column in table.block.columns} == {"lat", "lon"}
    if table.degrees or (named and small):
        return replace(claim, by="file", degrees=True)
    return claim


def _layer(sheet: Sheet, found: Sequence[_Found]) -> LayerSeen:
    own = [one for one in found if one.sheet is sheet]
    kinds = count_kinds([piece.geometry for one in own for piece in one.pieces])
    return LayerSeen(shortened(sheet.name), taken=bool(own), **kinds)


def _once(notices: Sequence[Notice]) -> tuple[Notice, ...]:
    """Notices without repeats, in their order."""
    kept: list[Notice] = []
    for notice in notices:
        if notice not in kept:
            kept.append(notice)
    return tuple(kept)
