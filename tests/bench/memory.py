"""Memory of a process and of those that it began: pages that several of them share are counted once."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

PROC = Path("/proc")
_EVERY_S = 0.5


class Watch:
    """Looks at a process again and again, and keeps the most that it has seen, in MB."""

    def __init__(self, process: int) -> None:
        self.most_mb = 0.0
        self._process = process
        self._done = Event()
        self._thread = Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(_EVERY_S):
            self.most_mb = max(self.most_mb, sum(map(proportional_mb, family(self._process))))


def family(process: int) -> Iterator[int]:
    """A process and all that it began, they and theirs."""
    yield process
    with suppress(OSError):
        for task in (PROC / str(process) / "task").iterdir():
            for child in (task / "children").read_text().split():
                yield from family(int(child))


def proportional_mb(process: int) -> float:
    """The proportional share (PSS) of a process; 0 where it is gone."""
    with suppress(OSError):
        for line in (PROC / str(process) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0
