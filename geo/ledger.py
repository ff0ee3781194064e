"""The ledger: kept screenings with the book and the releases they were judged by, so that they can be verified."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import (
    Column,
    DateTime,
    ForeignKey,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    func,
    insert,
    select,
)
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.schema import CreateTable

from geo.canonical import encode
from geo.errors import LedgerFull, LedgerUnusable, ScreeningUnknown
from geo.rules.load import Rulebook
from geo.screening import Screening
from geo.settings import Settings

_META = MetaData()
_BOOKS = Table(
    "books", _META, Column("hash", String(32), primary_key=True), Column("data", LargeBinary, nullable=False)
)
_SCREENINGS = Table(
    "screenings",
    _META,
    Column("id", String(32), primary_key=True),
    Column("token", String(43), unique=True, nullable=False),
    Column("book", String(32), ForeignKey("books.hash"), nullable=False),
    Column("region", String(40), nullable=False),
    Column("request", LargeBinary, nullable=False),
    Column("releases", LargeBinary, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("kept_at", DateTime(timezone=True), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Kept:
    """One kept screening."""

    id: str
    token: str  # unguessable: whoever has it may read the screening
    region: str
    book: str
    releases: Mapping[str, str | None]
    request: Mapping[str, Any]
    json: bytes  # the canonical record as it was given

    @property
    def record(self) -> Mapping[str, Any]:
        """The record as it was given."""
        record: Mapping[str, Any] = orjson.loads(self.json)
        return record


class Ledger:
    """Keeps screenings in SQLite, or in whatever database the settings' URL names.

    Raises
    ------
    LedgerUnusable
        Where the database cannot be opened.
    """

    def __init__(self, settings: Settings) -> None:
        self._most = settings.ledger_rows
        try:
            self._engine = self._open(settings.ledger)
        except (SQLAlchemyError, OSError) as error:
            raise LedgerUnusable(reason=str(error).splitlines()[0]) from error

    @staticmethod
    def _open(address: str) -> Engine:
        url = make_url(address)
        if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url)
        with engine.begin() as connection:
            for table in _META.sorted_tables:  # workers start at the same moment
                connection.execute(CreateTable(table, if_not_exists=True))
        return engine

    def keep(self, screening: Screening, book: Rulebook) -> Kept:
        """Keep a screening; the same answer again is the same row, with the same token.

        Raises
        ------
        LedgerFull
            Where the ledger has as many rows as the settings allow.
        """
        record = screening.record
        if kept := self._find(_SCREENINGS.c.id == record["id"]):
            return kept
        with self._engine.begin() as connection:
            if connection.execute(select(func.count()).select_from(_SCREENINGS)).scalar_one() >= self._most:
                raise LedgerFull(most=self._most)
            if connection.scalar(select(_BOOKS.c.hash).where(_BOOKS.c.hash == book.hash)) is None:
                _insert_once(connection, _BOOKS, hash=book.hash, data=encode(book.data))
            _insert_once(
                connection,
                _SCREENINGS,
                id=record["id"],
                token=secrets.token_urlsafe(32),
                book=book.hash,
                region=record["region"],
                request=encode(record["request"]),
                releases=encode(screening.snapshot.releases()),
                record=screening.json,
                kept_at=datetime.now(UTC),
            )
        return self.find(record["id"])

    def find(self, name: str) -> Kept:
        """Find a screening by its id or its token.

        Raises
        ------
        ScreeningUnknown
            Where nothing is kept under that name.
        """
        kept = self._find((_SCREENINGS.c.token == name) | (_SCREENINGS.c.id == name))
        if kept is None:
            raise ScreeningUnknown(sent=name[:64])
        return kept

    def find_by_token(self, token: str) -> Kept:
        """Find a screening by its token alone: the door of the web.

        Raises
        ------
        ScreeningUnknown
            Where no screening has that token.
        """
        kept = self._find(_SCREENINGS.c.token == token)
        if kept is None:
            raise ScreeningUnknown(sent=token[:64])
        return kept

    def book(self, name: str) -> Rulebook:
        """A book that a kept screening was judged by.

        Raises
        ------
        ScreeningUnknown
            Where no kept screening cites it.
        """
        with self._engine.connect() as connection:
            data = connection.scalar(select(_BOOKS.c.data).where(_BOOKS.c.hash == name))
        if data is None:
            raise ScreeningUnknown(sent=name)
        return Rulebook.of(orjson.loads(data))

    def _find(self, condition: Any) -> Kept | None:
        with self._engine.connect() as connection:
            row = connection.execute(select(_SCREENINGS).where(condition)).mappings().first()
        if row is None:
            return None
        return Kept(
            id=row["id"],
            token=row["token"],
            region=row["region"],
            book=row["book"],
            releases=orjson.loads(row["releases"]),
            request=orjson.loads(row["request"]),
            json=bytes(row["record"]),
        )


def _insert_once(connection: Any, table: Table, **values: Any) -> None:
    """Insert a row unless another writer was first."""
    try:
        with connection.begin_nested():
            connection.execute(insert(table).values(**values))
    except IntegrityError:
        return
