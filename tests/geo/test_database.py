"""The ledger's database: several processes write to it at once, and it opens wherever it lies."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from conftest import CENTRAL_YANJI, DAY

from geo.database import Database
from geo.deployment import Deployment, Question
from geo.errors import LedgerUnusable
from geo.ledger import Ledger
from geo.settings import Settings

NOBODY = 65534
OTHERS_MAY_READ = stat.S_IRWXU | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH
WRITER = """
import sys
from dataclasses import replace
from geo.deployment import Deployment, Question
from geo.errors import LedgerFull
from geo.settings import Settings

here, refused = Deployment.open(Settings.from_environment()), 0
answer = here.screen(Question(site="129.5024,42.8883", day="2026-11-22"))
for number in range(40):
    try:
        kept = here.keep(replace(answer, id=f"{sys.argv[1]}-{number}"))
        assert here.ledger.find(kept.token).json == answer.json
    except LedgerFull:
        refused += 1
print("refused", refused, flush=True)
"""


def environment(settings: Settings, **more: str) -> dict[str, str]:
    return {**os.environ, "FENQU_LAYERS": str(settings.layers), "FENQU_LEDGER": settings.ledger, **more}


def writer(settings: Settings, name: str, code: str = WRITER, **more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, name]
    return subprocess.Popen(command, env=environment(settings, **more), stdout=subprocess.PIPE, text=True)


def keep(settings: Settings, place: str = CENTRAL_YANJI):
    here = Deployment.open(settings)
    kept = here.keep(here.screen(Question(site=place, day=DAY)))
    here.ledger.close()
    return kept


def file_of(settings: Settings) -> Path:
    return Path(settings.ledger.removeprefix("sqlite:///"))


def mode_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA journal_mode").fetchone()[0]


def test_what_was_answered_waits_for_the_disk(own):
    keep(own)
    assert mode_of(file_of(own)) == "wal"
    with Database(own.ledger).reading() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL


def test_processes_write_at_once_and_none_passes_the_limit(own):
    running = [writer(own, name, FENQU_LEDGER_ROWS="100") for name in ("a", "b", "c", "d")]  # a new ledger, too
    told = [one.communicate(timeout=120)[0] for one in running]
    assert [one.returncode for one in running] == [0, 0, 0, 0]
    assert sum(int(one.split()[-1]) for one in told) == 60
    with closing(Ledger(own)) as ledger:
        assert ledger.count() == 100
        assert len(set(ledger.names())) == 100


def test_what_was_kept_is_there_after_its_writer_was_killed(own):
    code = f"{WRITER}\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
    one = writer(own, "a", code)
    assert one.communicate(timeout=120)[0] == "refused 0\n"
    assert one.returncode == -signal.SIGKILL
    with closing(Ledger(own)) as ledger:
        assert ledger.count() == 40


def test_a_ledger_made_before_opens_and_goes_on(own):
    before = keep(own)
    with closing(sqlite3.connect(file_of(own))) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    after = keep(own, "129.6,42.9")
    assert mode_of(file_of(own)) == "wal"
    with closing(Ledger(own)) as ledger:
        assert set(ledger.names()) == {before.id, after.id}


def test_where_no_log_can_be_the_ledger_does_without(own):
    path = file_of(own)
    far = replace(own, ledger=f"sqlite:///file:{path}?vfs=unix-dotfile&uri=true")
    kept = keep(far)
    assert mode_of(path) == "delete"
    with closing(Ledger(far)) as ledger:
        assert ledger.find(kept.token).json == kept.json


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without the rights of the superuser, who may write everywhere."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.fixture
def shut(own):
    """A ledger with an answer in a folder where nobody may write, and the answer."""
    with TemporaryDirectory() as name:
        folder = Path(name, "shut")
        folder.mkdir()
        settings = replace(own, ledger=f"sqlite:///{folder / 'ledger.sqlite'}")
        kept = keep(settings)
        Path(name).chmod(OTHERS_MAY_READ)
        folder.chmod(OTHERS_MAY_READ ^ stat.S_IWUSR)
        yield settings, kept
        folder.chmod(OTHERS_MAY_READ)


def test_a_ledger_in_a_folder_that_may_only_be_read_is_read(shut):
    settings, kept = shut
    with as_nobody(), closing(Ledger(settings)) as ledger:
        assert ledger.find(kept.token).json == kept.json
        assert list(ledger.names()) == [kept.id]


def test_a_ledger_that_may_only_be_read_keeps_nothing(shut):
    settings, kept = shut
    here = Deployment.open(settings)
    same, other = (here.screen(Question(site=site, day=DAY)) for site in (CENTRAL_YANJI, "129.6,42.9"))
    with as_nobody(), closing(Ledger(settings)) as ledger:
        with pytest.raises(LedgerUnusable, match="readonly"):
            ledger.keep(other, here.book)
        assert ledger.keep(same, here.book).token == kept.token


def test_what_is_still_in_the_log_of_another_is_not_passed_over(shut):
    """A log that cannot be read may hold answers: the file without it is no ledger."""
    settings, _ = shut
    log = file_of(settings).with_name("ledger.sqlite-wal")
    log.parent.chmod(OTHERS_MAY_READ)
    log.write_bytes(b"log")
    log.chmod(0)
    log.parent.chmod(OTHERS_MAY_READ ^ stat.S_IWUSR)
    with as_nobody(), pytest.raises(LedgerUnusable):
        Ledger(settings)


def test_a_copy_made_while_it_is_in_use_is_whole(own, tmp_path):
    here = Deployment.open(own)
    kept = here.keep(here.screen(Question(site=CENTRAL_YANJI, day=DAY)))
    copy = tmp_path / "copy.sqlite"
    with closing(sqlite3.connect(file_of(own))) as connection:  # as the guide says
        connection.execute(f"VACUUM INTO '{copy}'")
    later = here.keep(here.screen(Question(site="129.6,42.9", day=DAY)))
    with closing(Ledger(replace(own, ledger=f"sqlite:///{copy}"))) as ledger:
        assert list(ledger.names()) == [kept.id]
        assert ledger.find(kept.token).json == kept.json
    assert set(here.ledger.names()) == {kept.id, later.id}
    here.ledger.close()
