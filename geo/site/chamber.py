"""A process of its own for reading a file: what a hostile file breaks there is not this program."""

import sys
from pathlib import Path
from subprocess import TimeoutExpired, run

import orjson

from geo.errors import SiteFileBroken, SiteFileTooHeavy, Term
from geo.site.contents import Contents, Limits, Wanted, decode

CHILD = (sys.executable, "-m", "geo.site.child")


def read_apart(path: Path, name: str, wanted: Wanted, limits: Limits) -> Contents:
    """Read a file of sites in a process with limits of time and memory, see `geo.site.files.read`."""
    asked = orjson.dumps({"path": str(path.absolute()), "name": name, "wanted": wanted, "limits": limits})
    try:
        done = run(
            [sys.executable, "-m", "geo.site.child"],
            input=asked,
            capture_output=True,
            timeout=limits.seconds,
            check=False,
        )
    except TimeoutExpired as error:
        raise SiteFileTooHeavy(what=Term("limit.seconds"), count=limits.seconds, most=limits.seconds) from error
    if done.returncode:
        raise SiteFileBroken(name=name, reason=done.stderr[-200:].decode("utf-8", "replace"))
    return decode(orjson.loads(done.stdout))
