"""A process of its own for reading a file: what a hostile file breaks there is not this program.

It runs with limits of time, memory, files and processes (`geo.site.child` sets them), with an environment of its own,
in an empty folder that is removed with it; its answer is not trusted.
"""

import json
import logging
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from shutil import rmtree
from stat import S_ISDIR
from subprocess import PIPE, Popen, TimeoutExpired
from tempfile import TemporaryDirectory, gettempdir
from threading import Condition, Thread, local
from time import time
from typing import Any

import orjson
import shapely

from geo import errors
from geo.errors import FenquError, SiteError, SiteFileBroken, SiteFileBusy, SiteFileTooHeavy, SiteTooLarge, Term
from geo.settings import ROOT, inherited
from geo.site.checked import parameters_of
from geo.site.contents import Contents, Limits, Wanted, decode
from geo.site.files import hold_file, shown

log = logging.getLogger("fenqu.site")
LONGEST_WAIT_S = 10.0  # for the turn to read a file
OURS = "fenqu-site-"  # how the names begin of what is for a while in the system's folder of temporary files
_LAST_WORD_S = 2.0  # for the end of a process that was ended
_VERTEX_BYTES, _PIECE_BYTES, _ELSE_BYTES = 24, 4_096, 4_000_000  # of an answer, at most
_LOG_BYTES = 2_000  # of what a reader says of itself
_INHERITED = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PROJ_DATA", "PROJ_LIB", "GDAL_DATA")
_SKIPPED = (  # drivers of GDAL that lead elsewhere, or run what a file says
    "OGR_VRT,VRT,GDALG,HTTP,WFS,OAPIF,OGCAPI,CSW,EEDA,EEDAI,NGW,Carto,AmigoCloud,Elasticsearch,PLSCENES,GPSBabel,ADBC,"
    "WMS,WMTS,WCS,DAAS,PostgreSQL,PGDUMP,MySQL,MSSQLSpatial,ODBC,MongoDBv3,STACTA,STACIT,Zarr,netCDF"
)
_CONFINED = {
    "LANG": "C.UTF-8",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "PROJ_NETWORK": "OFF",
    "GDAL_SKIP": _SKIPPED,
    "OGR_SKIP": _SKIPPED,
    "GDAL_NUM_THREADS": "1",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_HTTP_PROXY": "http://127.0.0.1:9",
    "GDAL_HTTP_MAX_RETRY": "0",
    "GDAL_HTTP_CONNECTTIMEOUT": "1",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "OGR_SQLITE_LOAD_EXTENSIONS": "",
    "OGR_GEOJSON_MAX_OBJ_SIZE": "200",
}
_KNOWN = {  # errors that a reader may answer with
    kind.code: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, SiteError | SiteTooLarge) and "code" in vars(kind)
}
_turns, _running, _mine = Condition(), [0], local()


def read_apart(path: Path, name: str, wanted: Wanted, limits: Limits, readers: int = 2) -> Contents:
    """Read a file of sites in a process with limits of time and memory, see `geo.site.files.read`.

    Parameters
    ----------
    readers : most files that are read at a time; another waits some seconds for its turn

    Raises
    ------
    SiteFileBusy
        Where its turn does not come.
    SiteFileTooHeavy
        Where it takes more time or memory than it may.
    SiteError, SiteTooLarge
        Naming what is wrong with it.
    """
    hold_file(path, name, limits)
    sweep(2.0 * (limits.seconds + LONGEST_WAIT_S))
    asked = {"path": str(path.absolute()), "name": name, "wanted": asdict(wanted), "limits": asdict(limits)}
    with turn(readers), TemporaryDirectory(prefix=OURS, ignore_cleanup_errors=True) as folder:
        ended, answer = _run(json.dumps(asked).encode(), Path(folder), limits)
    return _understood(ended, answer, name, limits)


@contextmanager
def turn(readers: int) -> Iterator[None]:
    """The turn to read a file; one that this thread has already is its turn.

    Raises
    ------
    SiteFileBusy
        Where it does not come.
    """
    if getattr(_mine, "held", False):
        yield
        return
    with _turns:
        if not _turns.wait_for(lambda: _running[0] < readers, LONGEST_WAIT_S):
            raise SiteFileBusy(most=readers)
        _running[0] += 1
    _mine.held = True
    try:
        yield
    finally:
        _mine.held = False
        with _turns:
            _running[0] -= 1
            _turns.notify()


def sweep(seconds: float) -> None:
    """Remove copies and folders of files of sites that processes left which were ended: what is older than `seconds`.

    Only what belongs to this user is touched, and no link is followed.
    """
    oldest = time() - seconds
    with suppress(OSError):
        for one in Path(gettempdir()).glob(f"{OURS}*"):
            with suppress(OSError):
                state = one.lstat()
                if state.st_mtime > oldest or state.st_uid != _user():
                    continue
                if S_ISDIR(state.st_mode):
                    rmtree(one, ignore_errors=True)
                else:
                    one.unlink()


def _user() -> int:
    return os.getuid() if sys.platform != "win32" else 0


def _run(asked: bytes, folder: Path, limits: Limits) -> tuple[int | None, bytes]:
    """How the process ended (nothing where its time was up), and what it answered."""
    work, words = folder / "work", folder / "log"
    work.mkdir()
    places = dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP"), str(work))
    with words.open("wb") as said:
        process = Popen(
            [
                sys.executable,
                "-I",
                "-c",
                "from sys import path, stdin; path.insert(0, stdin.readline()[:-1]);"
                "from geo.site.child import main; main()",
            ],
            stdin=PIPE,
            stdout=PIPE,
            stderr=said,
            cwd=work,
            env={**inherited(*_INHERITED), **_CONFINED, **places},
            start_new_session=True,
        )
    heard: list[bytes] = []
    listener = Thread(target=_listen, args=(process, asked, _most(limits), heard), daemon=True)
    try:
        listener.start()
        listener.join(limits.seconds)
        in_time = not listener.is_alive()
        if in_time and not any(heard):
            with suppress(TimeoutExpired):
                process.wait(_LAST_WORD_S)  # it says by its end what it did not say by word
    finally:
        _end(process)
        listener.join(_LAST_WORD_S)
    if last_words := _last_words(words):
        log.info("a reader ended with %s and said %r", process.returncode, last_words)
    return (process.returncode if in_time else None), b"".join(heard)


def _listen(process: Popen[bytes], asked: bytes, most: int, heard: list[bytes]) -> None:
    if process.stdin is None or process.stdout is None:
        return
    with suppress(OSError, ValueError), process.stdout as answer:
        with process.stdin as question:
            question.write(f"{ROOT}\n".encode() + asked)
        heard.append(answer.read(most + 1))


def _end(process: Popen[bytes]) -> None:
    """End a process and what it began; where it has ended already, what it said of itself stays."""
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _most(limits: Limits) -> int:
    """Bytes of the longest answer that keeps to the limits."""
    return limits.vertices * _VERTEX_BYTES + limits.pieces * _PIECE_BYTES + _ELSE_BYTES


def _last_words(words: Path) -> str:
    with words.open("rb") as file:
        file.seek(max(0, words.stat().st_size - _LOG_BYTES))
        return file.read(_LOG_BYTES).decode("utf-8", "replace")


def _understood(ended: int | None, answer: bytes, name: str, limits: Limits) -> Contents:
    """What the process answered, or why it did not."""
    broken = SiteFileBroken(name=shown(name), reason=Term("cause.reader_failed"))
    if ended is None or (not answer and sys.platform != "win32" and ended == -signal.SIGXCPU):
        raise SiteFileTooHeavy(what=Term("limit.seconds"), count=limits.seconds, most=limits.seconds)
    if not answer and sys.platform != "win32" and ended == -signal.SIGKILL:
        raise SiteFileTooHeavy(what=Term("limit.memory_bytes"), count=limits.memory_bytes, most=limits.memory_bytes)
    if not answer or len(answer) > _most(limits):
        raise broken
    try:
        plain = orjson.loads(answer)
        if "error" in plain:
            raise _error(plain["error"])
        return decode(plain, limits)
    except (ValueError, LookupError, TypeError, AttributeError, shapely.errors.ShapelyError) as error:
        log.warning("a reader answered what is no answer: %r", error)
        raise broken from error


def _error(plain: Mapping[str, Any]) -> FenquError:
    """An error from its code and parameters."""
    kind = _KNOWN[plain["code"]]
    return kind(**parameters_of(f"error.{kind.code}", plain["parameters"]))
