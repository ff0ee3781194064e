"""Published figures of a region: what public documents print of its ground, with source, mark and denominator.

`layers/facts/<region>/published.csv` has one row for each figure. A share names the row that it is a share of, and
a row says which zones of which layers it could be held against, or why none can be.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal, cast

from pydantic import ValidationError

from geo.errors import CatalogueError
from geo.layers.catalogue import Text
from geo.settings import Settings

FILE = "published.csv"
AREA, COUNT, SHARE = "area_m2", "count", "share"
PARTS = ("frame", "target")
MARKS = ("F", "G")
# Size of one unit in m² (areas), in things (counts), or as a part of one (shares).
UNITS: Mapping[str, tuple[str, Decimal]] = {
    "wan_km2": (AREA, Decimal(10) ** 10),
    "km2": (AREA, Decimal(10) ** 6),
    "wan_ha": (AREA, Decimal(10) ** 8),
    "ha": (AREA, Decimal(10) ** 4),
    "wan_mu": (AREA, Decimal(10) ** 8 / 15),
    "mu": (AREA, Decimal(10) ** 4 / 15),
    "count": (COUNT, Decimal(1)),
    "percent": (SHARE, Decimal("0.01")),
}
# Why a figure cannot be held against the layers, whatever they hold; each has a text `blank.<reason>`.
REASONS = ("finer", "no_layer", "other_meaning", "list_differs", "works", "not_spatial", "no_number")
COMPARED = "yes"
COLUMNS = (
    "id", "part", "layer", "zone_class", "where", "with", "needs", "county", "quantity", "value", "at_least", "unit",
    "denominator", "denominator_value", "compare", "date", "source", "mark",
    "title_zh", "title_ko", "title_en", "note_zh", "note_ko", "note_en",
)  # fmt: skip
_DATE = re.compile(r"\d{4}(-\d{2}-\d{2})?")

Condition = tuple[tuple[str, tuple[str, ...]], ...]  # attribute, values it may have; all must hold


@dataclass(frozen=True, slots=True)
class Published:
    """One printed figure, and the zones that it speaks of."""

    id: str
    part: Literal["frame", "target"]
    title: Text
    layers: tuple[str, ...]  # ground of these together, counted once; empty where no layer speaks of it
    where: Condition  # of the first layer's zones; zones of the others are taken whole
    needs: Condition  # zones of the first layer without whose place the sum would mislead
    county: str | None  # code of the county that the figure is of; None for the whole region
    quantity: Literal["area_m2", "count", "share"]
    printed: Decimal | None  # the number as printed, in `unit`; None where the document prints none
    at_least: bool  # printed as a lower limit
    unit: str
    denominator: str | None  # id of the figure that a share is of; None where the document does not say
    blank: str | None  # why it cannot be held against layers; None where it can
    date: str | None  # year or day that the figure is of; None where it is not known
    source: str
    mark: str | None  # F or G; None where nothing is printed
    note: Text | None

    @property
    def value(self) -> float | None:
        """The figure in m², things, or a share from 0 to 1."""
        return None if self.printed is None else float(self.printed * UNITS[self.unit][1])


def read_published(settings: Settings) -> tuple[Published, ...]:
    """The figures of the settings' region, in the table's order; none where the region has no table.

    Raises
    ------
    CatalogueError
        Naming the row that cannot be used, and why.
    """
    path = settings.layers / "facts" / settings.region / FILE
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CatalogueError(file=FILE, reason=str(error)) from error
    return _checked(path, rows)


def _checked(path: Path, rows: Iterable[Mapping[str, str | None]]) -> tuple[Published, ...]:
    read: dict[str, Published] = {}
    said: dict[str, str] = {}
    for number, row in enumerate(rows, start=2):
        try:
            figure = _figure(row)
            if figure.id in read:
                raise ValueError("the id is given twice")
        except (KeyError, ValueError, InvalidOperation, ValidationError) as error:
            raise CatalogueError(file=path.name, reason=f"row {number} ({row.get('id')}): {error}") from error
        read[figure.id], said[figure.id] = figure, str(row["denominator_value"])
    for figure in read.values():
        if reason := _unlike(figure, read, said[figure.id]):
            raise CatalogueError(file=path.name, reason=f"{figure.id}: {reason}")
    return tuple(read.values())


def _figure(row: Mapping[str, str | None]) -> Published:
    """One row of the table, each cell checked by itself."""
    if set(row) != set(COLUMNS) or None in row.values():
        raise ValueError(f"the columns are {', '.join(COLUMNS)}")
    cell = {name: str(value).strip() for name, value in row.items()}
    quantity, unit, compare, value = cell["quantity"], cell["unit"], cell["compare"], cell["value"]
    _one_of("part", cell["part"], PARTS)
    _one_of("unit", unit, tuple(UNITS))
    _one_of("quantity", quantity, (UNITS[unit][0],))
    _one_of("at_least", cell["at_least"], ("", "yes"))
    _one_of("compare", compare, (COMPARED, *REASONS))
    _one_of("mark", cell["mark"], MARKS if value else ("",))
    if not cell["source"] or not cell["id"]:
        raise ValueError("id and source are required")
    if cell["date"] and not _DATE.fullmatch(cell["date"]):
        raise ValueError(f"date is {cell['date']}, expected a year or a day")
    layers = tuple(filter(None, [cell["layer"], *cell["with"].split(";")]))
    if compare == COMPARED and not cell["layer"]:
        raise ValueError("a figure without a layer cannot be compared")
    narrowed = f"zone_class={cell['zone_class']};" if cell["zone_class"] else ""
    return Published(
        id=cell["id"],
        part=cast(Literal["frame", "target"], cell["part"]),
        title=Text(zh=cell["title_zh"], ko=cell["title_ko"], en=cell["title_en"]),
        layers=layers,
        where=_condition(narrowed + cell["where"]),
        needs=_condition(cell["needs"]),
        county=cell["county"] or None,
        quantity=cast(Literal["area_m2", "count", "share"], quantity),
        printed=_number(value),
        at_least=cell["at_least"] == "yes",
        unit=unit,
        denominator=cell["denominator"] or None,
        blank=None if compare == COMPARED else compare,
        date=cell["date"] or None,
        source=cell["source"],
        mark=cell["mark"] or None,
        note=Text(zh=cell["note_zh"], ko=cell["note_ko"], en=cell["note_en"]) if cell["note_zh"] else None,
    )


def _number(text: str) -> Decimal | None:
    """A printed number with its printed digits."""
    if not text:
        return None
    value = Decimal(text)
    if not value.is_finite() or value < 0:
        raise ValueError(f"{text} is no quantity")
    return value


def _condition(text: str) -> Condition:
    """`attribute=value|value;attribute=value` as a condition."""
    parts = [part.partition("=") for part in text.split(";") if part]
    if any(not name or not values for name, _, values in parts):
        raise ValueError(f"{text} is no condition: write attribute=value|value;…")
    return tuple((name, tuple(values.split("|"))) for name, _, values in parts)


def _unlike(figure: Published, all_of: Mapping[str, Published], denominator_value: str) -> str | None:
    """What is wrong with a figure's denominator, if anything."""
    if figure.denominator is None:
        return "a denominator_value without a denominator" if denominator_value else None
    whole = all_of.get(figure.denominator)
    if figure.quantity != SHARE or whole is None or whole.quantity == SHARE:
        return f"{figure.denominator} is no figure that this could be a share of"
    if _number(denominator_value) != whole.printed:
        return f"denominator_value is {denominator_value or 'empty'}, {whole.id} prints {whole.printed}"
    return None


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} is {value or 'empty'}, expected {', '.join(map(repr, allowed))}")
