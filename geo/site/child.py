"""The process that reads one file: asked over standard input, answering over standard output.

It takes its own freedoms away before it imports anything that parses; a limit that a system does not know is left out,
for the process that asked has its own clock.
"""

import json
import os
import sys
from contextlib import suppress
from math import ceil
from pathlib import Path
from typing import Any

_OPEN_FILES = 64
_SPARE_SECONDS = 2  # of the processor, between the word and the end
_CLONE_NEWNET, _CLONE_NEWUSER = 0x40000000, 0x10000000
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _SIGKILL = 1, 38, 9
# What no reader has to do. This holds back a library that would do it by mistake, not one that was taken over.
_FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "webbrowser.")


def main() -> None:
    """Read what was asked for."""
    asked = json.load(sys.stdin)
    answer = os.dup(1)
    os.dup2(2, 1)  # what a library prints is no answer
    confine(asked["limits"])
    try:
        said = _answered(asked)
    except (MemoryError, ImportError) as error:  # a library for which there is no room is no library
        print(repr(error)[:1000], file=sys.stderr)
        said = _too_heavy(asked["limits"])
    with os.fdopen(answer, "wb") as output:
        output.write(said)


def confine(limits: dict[str, Any]) -> None:
    """Take away memory, time, files, further processes and the network, as far as the system lets us."""
    if sys.platform != "win32":
        import resource

        seconds = ceil(limits["seconds"])
        for what, most, last in (
            (resource.RLIMIT_CORE, 0, 0),
            (resource.RLIMIT_CPU, seconds, seconds + _SPARE_SECONDS),
            (resource.RLIMIT_FSIZE, limits["unpacked_bytes"], limits["unpacked_bytes"]),
            (resource.RLIMIT_NOFILE, _OPEN_FILES, _OPEN_FILES),
            (resource.RLIMIT_NPROC, 0, 0),
            (resource.RLIMIT_AS, limits["memory_bytes"], limits["memory_bytes"]),
        ):
            with suppress(ValueError, OSError):
                resource.setrlimit(what, (most, last))
    if sys.platform == "linux":
        with suppress(OSError, AttributeError, ImportError):
            _leave_network()
    sys.addaudithook(_refuse)


def _leave_network() -> None:
    """On Linux: no new rights, an end with the process that asked, and a network without a single address."""
    import ctypes

    system = ctypes.CDLL(None)
    system.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    system.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    if system.unshare(_CLONE_NEWNET):
        system.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def _refuse(event: str, _: tuple[Any, ...]) -> None:
    if event.startswith(_FORBIDDEN):
        raise PermissionError(event)


def _answered(asked: dict[str, Any]) -> bytes:
    from geo.errors import FenquError, SiteFileBroken, SiteFileRefused, Term
    from geo.site.contents import Limits, Wanted, encode
    from geo.site.files import read, shown

    path, name, limits = Path(asked["path"]), asked["name"], Limits(**asked["limits"])
    wanted = Wanted(tuple(asked["wanted"]["layers"]), asked["wanted"]["encoding"])
    try:
        said = encode(read(path, name, wanted, limits))
    except FenquError as error:
        said = _failed(error, path, shown(name))
    except MemoryError:
        return _too_heavy(asked["limits"])
    except Exception as error:
        print(repr(error)[:1000], file=sys.stderr)
        if isinstance(error, PermissionError) and str(error).startswith(_FORBIDDEN):
            said = _failed(SiteFileRefused(name=shown(name), entry=shown(name), reason=Term("cause.references")))
        else:
            said = _failed(SiteFileBroken(name=shown(name), reason=Term("cause.reader_failed")))
    return json.dumps(said, allow_nan=False).encode()


def _failed(error: Any, path: Path | None = None, name: str = "") -> dict[str, Any]:
    """An error as plain values; where the file lies here is nothing that its sender knows."""
    from geo.site.checked import plain_parameters

    parameters = plain_parameters(error.parameters)
    if path is not None:
        own = [str(path), path.name]
        folders = sorted((f"{path.parent}{os.sep}", f"{Path.cwd()}{os.sep}"), key=len, reverse=True)
        for key, value in parameters.items():
            if isinstance(value, str):
                parameters[key] = name if value in own else _without(value, folders)
    return {"error": {"code": error.code, "parameters": parameters}}


def _without(text: str, parts: list[str]) -> str:
    for part in parts:
        text = text.replace(part, "")
    return text


def _too_heavy(limits: dict[str, Any]) -> bytes:
    most = limits["memory_bytes"]
    parameters = {"what": {"term": "limit.memory_bytes"}, "count": most, "most": most}
    return json.dumps({"error": {"code": "site_file_too_heavy", "parameters": parameters}}).encode()


if __name__ == "__main__":
    main()
