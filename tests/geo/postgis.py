"""A PostgreSQL server with PostGIS, started for the tests in a folder of its own on a free port of this machine."""

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg

WANTED = "sudo apt-get install postgresql postgresql-15-postgis-3   (or the PostGIS package of another version)"
PASSWORD = "open-sesame-7"


@dataclass(frozen=True)
class Server:
    """A running server, and how to reach it."""

    port: int
    user: str = "owner"
    password: str | None = PASSWORD
    database: str = "gis"

    def address(self, table: str, **changes: Any) -> str:
        """The address of a table, as an operator would write it."""
        other = replace(self, **changes)
        secret = "" if other.password is None else f":{other.password}"
        return f"postgresql://{other.user}{secret}@127.0.0.1:{other.port}/{other.database}?table={table}"

    def run(self, *statements: str | tuple[str, str]) -> None:
        """Run statements as the owner of the database, some with a value for their `%s`."""
        with psycopg.connect(
            host="127.0.0.1", port=self.port, user="owner", password=PASSWORD, dbname=self.database, autocommit=True
        ) as connection:
            for statement in statements:
                sql, values = (statement, None) if isinstance(statement, str) else (statement[0], statement[1:])
                connection.execute(sql, values)


def programs() -> Path:
    """The folder of the server's programs, of the newest version that has PostGIS.

    Raises
    ------
    RuntimeError
        Where there is none; it says what to install.
    """
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: int(place.parent.name), reverse=True)
    for place in places:
        extensions = [
            place.parent / "share" / "extension",
            Path("/usr/share/postgresql", place.parent.name, "extension"),
        ]
        if (place / "initdb").exists() and any((folder / "postgis.control").exists() for folder in extensions):
            return place
    raise RuntimeError(f"The database tests need PostgreSQL with PostGIS, and none was found. Install it: {WANTED}")


def _as_nobody_special(command: list[str | Path]) -> list[str]:
    """The server refuses to run as root; then it runs as the user that its package made."""
    plain = [str(word) for word in command]
    return ["runuser", "-u", "postgres", "--", *plain] if os.getuid() == 0 else plain


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server() -> Iterator[Server]:
    """Start a server with an empty database that has PostGIS, and stop it again."""
    place = programs()
    folder = Path(mkdtemp(prefix="fenqu-postgis-"))
    data, secret = folder / "data", folder / "password"
    secret.write_text(PASSWORD)
    if os.getuid() == 0:
        user = pwd.getpwnam("postgres")
        for path in (folder, secret):
            os.chown(path, user.pw_uid, user.pw_gid)
    port = _free_port()
    words = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c shared_buffers=16MB"

    def run(*command: str | Path) -> None:
        subprocess.run(_as_nobody_special(list(command)), check=True, capture_output=True, cwd=folder, timeout=120)

    try:
        run(
            place / "initdb", "-D", data, "-U", "owner", "--auth=scram-sha-256", f"--pwfile={secret}",
            "--encoding=UTF8", "--locale=C", "--no-sync",
        )  # fmt: skip
        run(place / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "-o", words, "start")
        try:
            Server(port, database="postgres").run("CREATE DATABASE gis")
            Server(port).run("CREATE EXTENSION postgis")
            yield Server(port)
        finally:
            run(place / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)
