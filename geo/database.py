"""The database of the ledger: many may write to it at once, and what was answered survives a power cut."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    Engine,
    Integer,
    ScalarSelect,
    Table,
    create_engine,
    event,
    func,
    insert,
    literal,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import IntegrityError, OperationalError

LONGEST_WAIT_S = 30.0  # for others who write to the same SQLite file
_NO_PLACE = ("SQLITE_CANTOPEN", "SQLITE_READONLY_DIRECTORY", "SQLITE_READONLY_CANTINIT")
_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Database:
    """SQLite, or whatever database an address names.

    SQLite keeps what is new in a log beside the file (`-wal`): who reads never waits, and who writes waits for the disk
    once. `synchronous` is FULL, though for such a log NORMAL would do to keep the file whole: with NORMAL a power cut
    takes the last answers with it, whose addresses have been given out already.

    Raises
    ------
    SQLAlchemyError, OSError
        Where it cannot be opened.
    """

    def __init__(self, address: str) -> None:
        url = make_url(address)
        self._lite = url.get_backend_name() == "sqlite"
        self._turn = Lock()  # of this process's writers to a SQLite file, so that none of them has to try again
        self.engine = _sqlite(url) if self._lite else create_engine(url, pool_pre_ping=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read by."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection whose work is kept as a whole, or not at all where an error leaves it."""
        with self._in_turn() as connection:
            if self._lite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")  # begun as a reader, it could not wait for another writer
            yield connection

    def insert_once(self, table: Table, most: int | None = None, **values: Any) -> bool:
        """Insert a row unless there is one like it, or `most` rows already; returns whether it was inserted.

        That is one statement, so that SQLite's file is held no longer than the disk takes, whatever else this process
        is about.
        """
        row = select(*(literal(value, table.c[name].type) for name, value in values.items()))
        row = row.where(true() if most is None else self._rows(table) < most)
        own = _INSERTS.get(self.engine.dialect.name)
        with self._in_turn() as connection:
            if own is not None:
                return bool(
                    connection.execute(own(table).from_select([*values], row).on_conflict_do_nothing()).rowcount
                )
            try:
                with connection.begin_nested():
                    return bool(connection.execute(insert(table).from_select([*values], row)).rowcount)
            except IntegrityError:
                return False

    @contextmanager
    def _in_turn(self) -> Iterator[Connection]:
        with self._turn if self._lite else nullcontext(), self.engine.begin() as connection:
            yield connection

    def _rows(self, table: Table) -> ScalarSelect[int]:
        """How many rows a table has from which nothing is ever deleted.

        SQLite numbers its rows from 1 on without a gap, and knows the last number without reading the others.
        """
        last = func.coalesce(func.max(literal_column("rowid", Integer)), 0) if self._lite else func.count()
        return select(last).select_from(table.alias()).scalar_subquery()


def _sqlite(url: URL) -> Engine:
    """SQLite with a log beside its file, wherever that can be."""
    if not url.database or url.database == ":memory:":
        return create_engine(url)
    path = Path(url.database.removeprefix("file:"))
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = _engine(url)
    try:
        _look(engine)
    except OperationalError as error:
        beside = path.with_name(f"{path.name}-wal").exists()
        if beside or not path.is_file() or getattr(error.orig, "sqlite_errorname", "") not in _NO_PLACE:
            raise
        # No log can be made in this folder, and there is none: nobody writes here, and the file is all there is.
        query = {**url.query, "mode": "ro", "immutable": "1", "uri": "true"}
        engine = _engine(url.set(database=f"file:{quote(str(path))}", query=query))
        _look(engine)
        return engine
    with engine.connect() as connection, suppress(OperationalError):
        # It stays as it was where it may only be read, where others have it open, or where its disk is far away.
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    return engine


def _engine(url: URL) -> Engine:
    engine = create_engine(
        url,
        pool_size=0,  # as many connections as threads ask for at once
        connect_args={"timeout": LONGEST_WAIT_S, "isolation_level": None},  # a transaction begins where we say so
    )

    @event.listens_for(engine, "connect")
    def settle(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA synchronous=FULL")

    return engine


def _look(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
