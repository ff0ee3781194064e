"""A run: all rows of a table or file, by one process or several, which goes on where it was stopped."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geo.bulk.chunk import Chunk, Said
from geo.bulk.outlet import check_ending, has_shapes, write_answers
from geo.bulk.parts import Parts, columns_of, fingerprint
from geo.bulk.workers import Run, workers_of
from geo.day import read_day
from geo.errors import FenquError, TableInvalid
from geo.screening import ENGINE
from geo.settings import Settings
from geo.site import Site
from geo.site.contents import Piece
from geo.site.intake import Intake
from geo.site.reading import Reading

FORM = 1  # of the parts; those of another number are not gone on with
FEW_ROWS = 200  # that are screened one by one sooner than an index is made
FILE_ROWS = 500  # of a chunk of a file of sites, which are slower
Told = Callable[[int, int], None]  # rows done, and how many of them failed


@dataclass(frozen=True)
class Order:
    """What somebody asked for."""

    path: Path
    out: Path
    language: str
    day: str | None = None
    distances: bool = False
    restart: bool = False
    strict: bool = False
    workers: int = 1
    options: dict[str, Any] = field(default_factory=dict)  # all else that was said of the rows


def carry_out(
    order: Order, rows: int, chunks: Iterable[Chunk], settings: Settings, told: Told = lambda done, failed: None
) -> tuple[int, int]:
    """Answer all rows and write the output.

    Parameters
    ----------
    rows : about as many as there are
    chunks : of the rows, the same whenever they are asked for

    Returns
    -------
    rows written, and how many of them failed

    Raises
    ------
    FileUnusable
        Where the output has no format, or was begun with another table, other options or other data.
    TableInvalid
        Where the table cannot be read on, or a row fails and the order is strict.
    """
    check_ending(order.out)
    parts = Parts.beside(order.out)
    begun = None if order.restart else parts.begun()
    day = read_day(order.day or (begun or {}).get("day")).isoformat()  # a run goes on with the day that it began on
    together = rows >= FEW_ROWS and not order.distances
    with workers_of(settings, order.workers) as workers:
        inputs = workers.inputs(together)
        run = Run(order.out, day, order.language, inputs, order.distances, together, has_shapes(order.out))
        parts.begin(_told_of(order, run), order.restart)
        done = failed = 0
        for counted in workers.counted(run, chunks):
            done, failed = done + counted.rows, failed + counted.failed
            told(done, failed)
            if order.strict and counted.failed:
                reason = f"row {counted.first_failed}: {counted.error}"
                raise TableInvalid(reason=reason, columns="–")
    write_answers(order.out, columns_of(order.distances), parts.tables())
    parts.remove()
    return done, failed


def _told_of(order: Order, run: Run) -> dict[str, Any]:
    """All that the answers depend on."""
    return {
        "form": FORM,
        "table": fingerprint(order.path),
        "day": run.day,
        "options": order.options,
        "language": order.language,
        "distances": order.distances,
        "engine": ENGINE,
        **run.inputs._asdict(),
    }


def chunks_of_file(intake: Intake, cells: Mapping[str, str], language: str) -> Iterator[Chunk]:
    """The pieces of a file, each as a site of its own, named and numbered as the file does; all for one project.

    Parameters
    ----------
    cells : what is asked of all, by the columns of a table

    Raises
    ------
    SiteReadingUnsettled
        Where the numbers of the file can be read in several ways; before anything is begun.
    """
    reading, pieces = intake.reading, intake.chosen()
    numbers = intake.file.pieces or range(1, len(pieces) + 1)

    def chunks() -> Iterator[Chunk]:
        for first in range(0, len(pieces), FILE_ROWS):
            some = pieces[first : first + FILE_ROWS]
            told = [_site_of(intake, piece, reading, language) for piece in some]
            own = {
                "id": [str(number) for number in numbers[first : first + FILE_ROWS]],
                "name": [piece.name for piece in some],
                "place": [piece.layer for piece in some],
            }
            sites, errors = (tuple(one) for one in zip(*told, strict=True))
            yield Chunk(first + 1, len(some), own, Said(cells=cells), sites, errors)

    return chunks()


def _site_of(intake: Intake, piece: Piece, reading: Reading, language: str) -> tuple[Site | None, str]:
    """A piece as a site, or what is wrong with it."""
    try:
        return intake.site_of(piece, reading), ""
    except FenquError as error:
        return None, error.text(language)
