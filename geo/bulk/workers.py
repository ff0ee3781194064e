"""Workers: this process, or several of their own, that answer the chunks of a run and leave its parts."""

import gc
import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import active_children, connection, get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import NamedTuple, Protocol

from geo.bulk.chunk import Chunk
from geo.bulk.combination import Screener
from geo.bulk.judged import FOLDER as JUDGED
from geo.bulk.judged import Judged
from geo.bulk.parts import Counted, Parts, shapes_of, table_of
from geo.deployment import Deployment
from geo.errors import RulebookError
from geo.layers.atlas import Atlas, open_atlas
from geo.layers.store import Snapshot
from geo.settings import Settings

INDEX_BYTES = 128_000_000  # that the index of the atlas may take, about


class Inputs(NamedTuple):
    """What a run answers from."""

    book: str  # its hash
    releases: dict[str, str | None]


@dataclass(frozen=True)
class Run:
    """What is to be done, so that another process can do its part."""

    out: Path
    day: str  # for rows that name none
    language: str
    inputs: Inputs
    distances: bool = False
    together: bool = True  # whether rows that nothing tells apart are worked out together
    shapes: bool = False  # whether the output has geometries

    @property
    def parts(self) -> Parts:
        """Where the answers wait."""
        return Parts.beside(self.out)

    def screener(self, here: Deployment) -> Screener:
        """What screens the rows, in this process.

        Raises
        ------
        RulebookError
            Where the book is not the one that the run began with.
        """
        if here.book.hash != self.inputs.book:
            raise RulebookError(where=str(here.settings.layers), reason="it changed while it was worked with")
        now = here.store.snapshot()
        pinned = now.releases() == self.inputs.releases
        snapshot = now if pinned else here.store.snapshot(self.inputs.releases)
        atlas = _atlas(here, snapshot) if self.together else None
        judged = Judged(self.parts.folder / JUDGED)
        return Screener(here, snapshot, atlas, self.day, self.language, self.distances, judged)

    def screen(self, chunk: Chunk, screener: Screener) -> Counted:
        """Answer a chunk, and leave its part."""
        answers, points, sites = screener.screen(chunk)
        shapes = shapes_of(points, sites) if self.shapes else None
        return self.parts.write(chunk, table_of(chunk, answers, self.distances, shapes))


class Workers(Protocol):
    """Who does the work."""

    def inputs(self, together: bool) -> Inputs: ...
    def counted(self, run: Run, chunks: Iterable[Chunk]) -> Iterator[Counted]: ...


@contextmanager
def workers_of(settings: Settings, count: int) -> Iterator[Workers]:
    """So many workers, until the work is done or given up."""
    if count == 1:
        yield _Alone(Deployment.open(settings))
        return
    pool = ProcessPoolExecutor(count, get_context("spawn"), _begin, (settings,))
    try:
        yield _Several(pool, count)
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in active_children():
            process.terminate()
        raise
    pool.shutdown()


@dataclass(frozen=True)
class _Alone:
    """This process."""

    here: Deployment

    def inputs(self, together: bool) -> Inputs:
        """What there is to answer from."""
        return _inputs_of(self.here)

    def counted(self, run: Run, chunks: Iterable[Chunk]) -> Iterator[Counted]:
        """What each part counts, in order; those that are there already are not made again."""
        screener: Screener | None = None
        for chunk in chunks:
            counted = run.parts.counted(chunk.first)
            if counted is None:
                screener = screener or run.screener(self.here)
                counted = run.screen(chunk, screener)
            yield counted


@dataclass(frozen=True)
class _Several:
    """Processes of their own; this one holds no layer."""

    pool: ProcessPoolExecutor
    count: int

    def inputs(self, together: bool) -> Inputs:
        """The same; all are ready then, and one has made the index before the others look for it."""
        ready = [self.pool.submit(_ready, together and first == 0) for first in range(self.count)]
        return [one.result() for one in ready].pop()

    def counted(self, run: Run, chunks: Iterable[Chunk]) -> Iterator[Counted]:
        """The same, with a few chunks waiting for whoever is free."""
        waiting: deque[Future[Counted] | Counted] = deque()
        for chunk in chunks:
            waiting.append(run.parts.counted(chunk.first) or self.pool.submit(_work, run, chunk))
            while len(waiting) > 2 * self.count:
                yield _result(waiting.popleft())
        while waiting:
            yield _result(waiting.popleft())


def _result(one: "Future[Counted] | Counted") -> Counted:
    return one if isinstance(one, Counted) else one.result()


def _inputs_of(here: Deployment) -> Inputs:
    return Inputs(here.book.hash, here.store.snapshot().releases())


def _atlas(here: Deployment, snapshot: Snapshot) -> Atlas:
    return open_atlas(snapshot, here.store.folder, INDEX_BYTES)


# --- in a process of its own ----------------------------------------------------------------------------------------

_HERE: list[Deployment] = []
_AT_WORK: list[Screener] = []


def _begin(settings: Settings) -> None:
    """Make a process ready: it leaves stopping to the one that began it, and ends with that one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    _HERE.append(Deployment.open(settings))


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _ready(with_index: bool) -> Inputs:
    (here,) = _HERE
    if with_index:
        _atlas(here, here.store.snapshot())
    return _inputs_of(here)


def _work(run: Run, chunk: Chunk) -> Counted:
    if not _AT_WORK:
        _AT_WORK.append(run.screener(*_HERE))
        gc.freeze()  # layers and rules stay as long as the process: no rubbish need be looked for among them
    return run.screen(chunk, _AT_WORK[0])
