"""The ledger: kept screenings with the book and the releases they were judged by, so that they can be verified.

Beside each stand the notes of reviewers. Nothing in it is ever changed or deleted.
"""

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import (
    Column,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    and_,
    func,
    insert,
    inspect,
    or_,
    select,
)
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError, SQLAlchemyError
from sqlalchemy.schema import CreateTable

from geo.canonical import encode
from geo.database import Database
from geo.errors import LedgerFull, LedgerUnusable, NoteUnknown, ScreeningUnknown
from geo.notes import Note, check_room, row_of, standing
from geo.rules.load import Rulebook
from geo.screening import Screening
from geo.settings import Settings

_META = MetaData()
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")  # of a screening, a token or a region
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
_NOTES = Table(
    "notes",
    _META,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("screening", String(32), ForeignKey("screenings.id"), nullable=False),
    Column("reviewer", String(120), nullable=False),
    Column("day", String(10), nullable=False),
    Column("written_at", DateTime(timezone=True), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("verdict", String(24)),
    Column("reason", Text, nullable=False),
    Column("withdraws", Integer, ForeignKey("notes.id"), unique=True),  # so that none is withdrawn twice
    sqlite_autoincrement=True,
)
BATCH = 200  # ids of kept screenings read at once


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
        self._books: set[str] = set()  # that are surely kept
        try:
            self._database = _opened(settings.ledger)
            self._noted = inspect(self._database.engine).has_table(_NOTES.name)
        except (SQLAlchemyError, OSError) as error:
            raise LedgerUnusable(reason=str(error).splitlines()[0]) from error

    @contextmanager
    def _connection(self, writing: bool = False) -> Iterator[Connection]:
        with _telling(), self._database.writing() if writing else self._database.reading() as connection:
            yield connection

    def _insert_once(self, table: Table, most: int | None = None, **values: Any) -> bool:
        with _telling():
            return self._database.insert_once(table, most, **values)

    def close(self) -> None:
        """Let go of the database's connections; the ledger may be used again."""
        self._database.engine.dispose()

    def keep(self, screening: Screening, book: Rulebook) -> Kept:
        """Keep a screening; the same answer again is the same row, with the same token.

        Raises
        ------
        LedgerFull
            Where the ledger has as many rows as the settings allow.
        """
        if kept := self._find(_SCREENINGS.c.id == screening.id):
            return kept
        record, token = screening.record, secrets.token_urlsafe(32)
        releases = screening.snapshot.releases()
        if book.hash not in self._books:
            self._insert_once(_BOOKS, hash=book.hash, data=encode(book.data))
            self._books.add(book.hash)
        written = self._insert_once(
            _SCREENINGS,
            self._most,
            id=screening.id,
            token=token,
            book=book.hash,
            region=record["region"],
            request=encode(record["request"]),
            releases=encode(releases),
            record=screening.json,
            kept_at=datetime.now(UTC),
        )
        if not written:
            kept = self._find(_SCREENINGS.c.id == screening.id)  # another writer was first, or there is no room
            if kept is None:
                raise LedgerFull(most=self._most)
            return kept
        return Kept(screening.id, token, record["region"], book.hash, releases, record["request"], screening.json)

    def find(self, name: str) -> Kept:
        """Find a screening by its id or its token.

        Raises
        ------
        ScreeningUnknown
            Where nothing is kept under that name.
        """
        kept = self._find((_SCREENINGS.c.token == name) | (_SCREENINGS.c.id == name)) if _NAME.fullmatch(name) else None
        if kept is None:
            raise ScreeningUnknown(sent=_shown(name))
        return kept

    def find_by_token(self, token: str) -> Kept:
        """Find a screening by its token alone: the door of the web.

        Raises
        ------
        ScreeningUnknown
            Where no screening has that token.
        """
        kept = self._find(_SCREENINGS.c.token == token) if _NAME.fullmatch(token) else None
        if kept is None:
            raise ScreeningUnknown(sent=_shown(token))
        return kept

    def book(self, name: str) -> Rulebook:
        """A book that a kept screening was judged by.

        Raises
        ------
        ScreeningUnknown
            Where no kept screening cites it.
        """
        with self._connection() as connection:
            data = connection.scalar(select(_BOOKS.c.data).where(_BOOKS.c.hash == name))
        if data is None:
            raise ScreeningUnknown(sent=name)
        return Rulebook.of(orjson.loads(data))

    def names(self, since: datetime | None = None, region: str | None = None) -> Iterator[str]:
        """Ids of kept screenings, the latest first, read a batch at a time; those kept meanwhile are not among them.

        Parameters
        ----------
        since : only those kept at this moment or after it
        """
        columns, chosen = select(_SCREENINGS.c.id, _SCREENINGS.c.kept_at), _chosen(since, region)
        below: Any = ()
        while True:
            query = columns.where(*chosen, *below).order_by(_SCREENINGS.c.kept_at.desc(), _SCREENINGS.c.id.desc())
            with self._connection() as connection:
                rows = connection.execute(query.limit(BATCH)).all()
            yield from (row.id for row in rows)
            if len(rows) < BATCH:
                return
            name, moment = rows[-1]
            same = and_(_SCREENINGS.c.kept_at == moment, _SCREENINGS.c.id < name)
            below = (or_(_SCREENINGS.c.kept_at < moment, same),)

    def count(self, since: datetime | None = None, region: str | None = None) -> int:
        """How many screenings `names` would give now."""
        with self._connection() as connection:
            query = select(func.count()).select_from(_SCREENINGS).where(*_chosen(since, region))
            return int(connection.execute(query).scalar_one())

    def add_note(self, name: str, note: Note) -> Mapping[str, Any]:
        """Write a reviewer's note beside a kept screening, named by its id or token; the record stays as it is.

        Raises
        ------
        ScreeningUnknown
            Where nothing is kept under that name.
        NoteInvalid
            Where the screening has as many notes as it may have.
        NoteUnknown
            Where the note that it withdraws is not there, is withdrawn, or itself withdraws one.
        """
        screening = self.find(name).id
        before = self.all_notes(screening)
        check_room(len(before))
        if note.withdraws is not None and note.withdraws not in {row["id"] for row in standing(before)}:
            raise NoteUnknown(number=note.withdraws, screening=screening)
        said = {name: getattr(note, name) for name in ("reviewer", "kind", "verdict", "reason", "withdraws")}
        values = {"screening": screening, "day": note.day.isoformat(), "written_at": datetime.now(UTC), **said}
        try:
            with self._connection(writing=True) as connection:
                number = connection.execute(insert(_NOTES).values(**values)).inserted_primary_key
        except IntegrityError as error:  # another writer has withdrawn it meanwhile
            raise NoteUnknown(number=note.withdraws, screening=screening) from error
        return next(row for row in self.all_notes(screening) if number and row["id"] == number[0])

    def notes(self, name: str) -> Sequence[Mapping[str, Any]]:
        """The notes that stand beside a kept screening: reviewer, day, kind (`note` or `override`), verdict, reason.

        Raises
        ------
        ScreeningUnknown
            Where nothing is kept under that name.
        """
        return standing(self.all_notes(name))

    def all_notes(self, name: str) -> Sequence[Mapping[str, Any]]:
        """All notes on a kept screening in the order of writing, also those withdrawn and the withdrawals.

        Raises
        ------
        ScreeningUnknown
            Where nothing is kept under that name.
        """
        query = select(_NOTES).where(_NOTES.c.screening == self.find(name).id).order_by(_NOTES.c.id)
        if not self._noted:
            return ()
        with self._connection() as connection:
            rows = connection.execute(query).mappings().all()
        withdrawn = {row["withdraws"]: row["id"] for row in rows if row["withdraws"] is not None}
        return tuple(row_of(dict(row), withdrawn.get(row["id"])) for row in rows)

    def _find(self, condition: Any) -> Kept | None:
        with self._connection() as connection:
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


@contextmanager
def _telling() -> Iterator[None]:
    """Turn what the database says of itself into an error of ours."""
    try:
        yield
    except IntegrityError:
        raise
    except SQLAlchemyError as error:
        raise LedgerUnusable(reason=str(error).splitlines()[0]) from error


def _shown(name: str) -> str:
    """A name that was sent, as far as it can be shown."""
    return name[:64].encode("utf-8", "replace").decode()


def _opened(address: str) -> Database:
    """The database, with the tables that an older program did not know."""
    database = Database(address)
    there = inspect(database.engine).get_table_names()
    for table in _META.sorted_tables:
        if table.name not in there:
            _add(database, table)
    return database


def _add(database: Database, table: Table) -> None:
    """Make a table; a ledger that may only be read does without notes."""
    try:
        with database.writing() as connection:
            connection.execute(CreateTable(table, if_not_exists=True))
    except (IntegrityError, ProgrammingError, OperationalError):
        if inspect(database.engine).has_table(table.name):  # another worker made it at the same moment
            return
        if table is not _NOTES:
            raise


def _chosen(since: datetime | None, region: str | None) -> tuple[Any, ...]:
    """What a kept screening must meet; a moment is compared in UTC, as it is written."""
    later = () if since is None else (_SCREENINGS.c.kept_at >= since.astimezone(UTC),)
    known = region if region is None or _NAME.fullmatch(region) else ""
    return (*later, *(() if known is None else (_SCREENINGS.c.region == known,)))
