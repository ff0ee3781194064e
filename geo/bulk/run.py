"""A run: all rows of a table or file, by one process or several, which goes on where it was stopped."""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import active_children, connection, get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Any

from geo.bulk.chunk import Chunk
from geo.bulk.combination import Screener
from geo.bulk.outlet import check_ending, has_shapes, write_answers
from geo.bulk.parts import Counted, Parts, columns_of, fingerprint, shapes_of, table_of
from geo.day import read_day
from geo.deployment import Deployment
from geo.errors import FenquError, RulebookError, TableInvalid
from geo.layers.atlas import open_atlas
from geo.screening import ENGINE
from geo.settings import Settings
from geo.site import Site
from geo.site.intake import Intake

INDEX_BYTES = 128_000_000  # that the index of the atlas may take, about
FORM = 1  # of the parts; those of another number are not gone on with
FEW_ROWS = 200  # that are screened one by one sooner than an index is made
FILE_ROWS = 500  # of a chunk of a file of sites, which are slower
Told = Callable[[int, int], None]  # rows done, and how many of them failed


@dataclass(frozen=True)
class Run:
    """What is to be done, so that another process can do its part."""

    settings: Settings
    out: Path
    day: str  # for rows that name none
    language: str
    book: str  # the hash of the book that was read when the run began
    releases: dict[str, str | None]
    distances: bool = False
    together: bool = True  # whether rows that nothing tells apart are worked out together

    @property
    def parts(self) -> Parts:
        """Where the answers wait."""
        return Parts.beside(self.out)

    @property
    def shapes(self) -> bool:
        """Whether the output has geometries."""
        return has_shapes(self.out)

    def screener(self) -> Screener:
        """What screens the rows, in this process.

        Raises
        ------
        RulebookError
            Where the book is not the one that the run began with.
        """
        here = Deployment.open(self.settings)
        if here.book.hash != self.book:
            raise RulebookError(where=str(self.settings.layers), reason="it changed while it was worked with")
        snapshot = here.store.snapshot(self.releases)
        atlas = open_atlas(snapshot, here.store.folder, INDEX_BYTES) if self.together else None
        return Screener(here, snapshot, atlas, self.day, self.language, self.distances)

    def screen(self, chunk: Chunk, screener: Screener) -> Counted:
        """Answer a chunk, and leave its part."""
        answers, points, sites = screener.screen(chunk)
        shapes = shapes_of(points, sites) if self.shapes else None
        return self.parts.write(chunk, table_of(chunk, answers, self.distances, shapes))


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
    here = Deployment.open(settings)
    parts = Parts.beside(order.out)
    begun = None if order.restart else parts.begun()
    day = read_day(order.day or (begun or {}).get("day")).isoformat()  # a run goes on with the day that it began on
    run = Run(
        settings,
        order.out,
        day,
        order.language,
        here.book.hash,
        here.store.snapshot().releases(),
        order.distances,
        together=rows >= FEW_ROWS and not order.distances,
    )
    told_of = {
        "form": FORM,
        "table": fingerprint(order.path),
        "day": day,
        "options": order.options,
        "language": order.language,
    }
    data = {"book": run.book, "releases": run.releases, "engine": ENGINE, "distances": order.distances}
    parts.begin({**told_of, **data}, order.restart)
    done = failed = 0
    for counted in _counted(run, chunks, order.workers):
        done, failed = done + counted.rows, failed + counted.failed
        told(done, failed)
        if order.strict and counted.failed:
            reason = f"row {counted.first_failed}: {counted.error}"
            raise TableInvalid(reason=reason, columns="–")
    write_answers(order.out, columns_of(order.distances), parts.tables())
    parts.remove()
    return done, failed


def _counted(run: Run, chunks: Iterable[Chunk], workers: int) -> Iterator[Counted]:
    """What each part counts, in order; those that are there already are not made again."""
    if workers > 1:
        yield from _counted_by_several(run, chunks, workers)
        return
    screener: Screener | None = None
    for chunk in chunks:
        counted = run.parts.counted(chunk.first)
        if counted is None:
            screener = screener or run.screener()
            counted = run.screen(chunk, screener)
        yield counted


def _counted_by_several(run: Run, chunks: Iterable[Chunk], workers: int) -> Iterator[Counted]:
    if run.together:  # the index is made once, before others look for it
        run.screener()
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _begin, (run,))
    waiting: deque[Future[Counted] | Counted] = deque()
    try:
        for chunk in chunks:
            waiting.append(run.parts.counted(chunk.first) or pool.submit(_work, chunk))
            while len(waiting) > 2 * workers:
                yield _result(waiting.popleft())
        while waiting:
            yield _result(waiting.popleft())
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in active_children():
            process.terminate()
        raise
    pool.shutdown()


def _result(one: "Future[Counted] | Counted") -> Counted:
    return one if isinstance(one, Counted) else one.result()


_AT_WORK: list[tuple[Run, Screener]] = []  # in a process of its own: what it was begun with


def _begin(run: Run) -> None:
    """Make a process ready: it leaves stopping to the one that began it, and ends with that one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    _AT_WORK.append((run, run.screener()))


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _work(chunk: Chunk) -> Counted:
    run, screener = _AT_WORK[0]
    return run.screen(chunk, screener)


def chunks_of_file(intake: Intake, asked: Mapping[str, str], language: str) -> Iterator[Chunk]:
    """The pieces of a file, each as a site of its own, all for one project.

    Parameters
    ----------
    asked : of the project and the day, by the columns of a table

    Raises
    ------
    SiteReadingUnsettled
        Where the numbers of the file can be read in several ways.
    """
    reading, pieces = intake.reading, intake.chosen()
    for first in range(0, len(pieces), FILE_ROWS):
        sites: list[Site | None] = []
        errors: list[str] = []
        some = pieces[first : first + FILE_ROWS]
        for piece in some:
            try:
                sites.append(intake.site_of(piece, reading))
                errors.append("")
            except FenquError as error:
                sites.append(None)
                errors.append(error.text(language))
        own = {
            "id": [str(first + at + 1) for at in range(len(some))],
            "name": [piece.name for piece in some],
            "place": [piece.layer for piece in some],
        }
        alike = {name: [said] * len(some) for name, said in asked.items()}
        yield Chunk(first + 1, len(some), {**own, **alike}, sites=tuple(sites), errors=tuple(errors))
