"""A table of a PostGIS database as a delivery, read in one transaction that cannot write.

The address is `postgresql://user:password@host:port/database?table=schema.table`. What it holds of credentials goes to
the driver and nowhere else: no text, name or error here repeats it, nor what the driver says of it.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
from pyproj import CRS
from sqlalchemy import URL, Connection, column, create_engine, func, select, table, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool
from sqlalchemy.sql.elements import ColumnElement

from geo.errors import DatabaseAddressInvalid, DatabaseFailed, TableUnknown, Term
from geo.importing.delivery import Delivery, Limits
from geo.importing.reference import read_crs
from geo.importing.vectorfile import shapes_of

SCHEMES = ("postgresql", "postgres")
_CONNECT_SECONDS = 10
_PASSED_ON = ("sslmode", "sslrootcert")  # further words of an address, for the driver
_SHOWN = 20  # tables in an error
_STATES = {  # of PostgreSQL: what went wrong
    "28": "login",
    "3D": "no_database",
    "42501": "forbidden",
    "57014": "time_up",
    "08": "unreachable",
}


@dataclass(frozen=True, slots=True)
class _Address:
    url: URL
    schema: str
    table: str

    @property
    def name(self) -> str:
        return f"{self.url.host or 'localhost'}/{self.url.database}/{self.schema}.{self.table}"

    def __repr__(self) -> str:
        return f"_Address({self.name!r})"


_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.]+:/")  # of any scheme: what looks like one is never told as a file name


def is_address(source: str) -> bool:
    """Whether a source is the address of a database, and no file."""
    scheme = source.partition(":")[0].partition("+")[0].lower()
    return scheme in SCHEMES or _ADDRESS.match(source) is not None


def read_table(source: str, limits: Limits) -> Delivery:
    """Read a table with a geometry.

    Raises
    ------
    DatabaseAddressInvalid, DatabaseFailed, TableUnknown, SourceTooLarge
        Where the address has no such form, the server does not answer or refuses, there is no such table with a
        geometry, or it is too large.
    """
    address = _address(source)
    with _connection(address, limits) as connection:
        return _read(connection, address, limits)


def _address(source: str) -> _Address:
    """Take an address apart; its own text is in no error, for it may hold a password."""
    try:
        parts = urlsplit(source)
        query = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        unknown = set(query) - {"table", *_PASSED_ON}
        (named,) = query["table"]
        schema, dot, name = named.rpartition(".")
        if parts.scheme.partition("+")[0].lower() not in SCHEMES or not parts.netloc:
            raise ValueError
        if unknown or not name or (dot and not schema) or not parts.path.strip("/"):
            raise ValueError
        plain = make_url(f"postgresql+psycopg://{parts.netloc}{parts.path}")
        url = plain.set(query={key: query[key][0] for key in _PASSED_ON if key in query})
    except (ValueError, KeyError, ArgumentError):
        raise DatabaseAddressInvalid from None
    return _Address(url, schema or "public", name)


@contextmanager
def _connection(address: _Address, limits: Limits) -> Iterator[Connection]:
    """A connection that can only read, and waits for no statement longer than the limit."""
    engine = create_engine(
        address.url, poolclass=NullPool, connect_args={"connect_timeout": _CONNECT_SECONDS}, hide_parameters=True
    )
    try:
        with engine.connect() as connection:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            connection.execute(text(f"SET LOCAL statement_timeout = {int(limits.seconds * 1000)}"))
            yield connection
    except DBAPIError as error:
        raise DatabaseFailed(source=address.name, reason=_reason(error)) from None


def _reason(error: DBAPIError) -> Term:
    """Why the database refused, by its code; a failure to connect has none, and says its reason in words."""
    state = getattr(error.orig, "sqlstate", None) or ""
    for known, reason in _STATES.items():
        if state.startswith(known):
            return Term(f"cause.database_{reason}")
    said = str(error.orig).lower()
    if "authentication failed" in said or "no password supplied" in said or "pg_hba" in said:
        return Term("cause.database_login")
    if not state:
        return Term("cause.database_no_database" if "does not exist" in said else "cause.database_unreachable")
    return Term("cause.database_other")


def _read(connection: Connection, address: _Address, limits: Limits) -> Delivery:
    home = _home_of_postgis(connection, address)
    shape, srid, dimensions, curved = _geometry_column(connection, address, home)
    names = [name for name in _columns(connection, address) if name != shape]
    source = table(address.table, *[column(name) for name in [*names, shape]], schema=address.schema)
    spatial = getattr(func, home)
    points = select(func.count(), func.coalesce(func.sum(spatial.st_npoints(source.c[shape])), 0)).select_from(source)
    rows, vertices = connection.execute(points).one()
    limits.hold(address.name, "rows", int(rows))
    limits.hold(address.name, "vertices", int(vertices))
    plane: ColumnElement[Any] = spatial.st_force2d(source.c[shape])
    if curved:
        plane = spatial.st_curvetoline(plane)
    wanted = [source.c[name].label(f"c{place}") for place, name in enumerate(names)]
    query = select(*wanted, spatial.st_asbinary(plane, "NDR").label("shape")).select_from(source)
    query = query.order_by(*_order(connection, address, source))
    found = connection.execute(query).all()
    octets = np.empty(len(found), dtype=object)
    octets[:] = [None if row.shape is None else bytes(row.shape) for row in found]
    shapes, unreadable = shapes_of(octets)
    return Delivery(
        name=address.name,
        columns=_as_columns(found, names),
        geometries=shapes,
        unreadable=unreadable,
        crs=_crs(connection, address.name, home, srid),
        dimensions=dimensions,
        warnings=("curves were drawn as lines of short edges",) if curved else (),
    )


def _home_of_postgis(connection: Connection, address: _Address) -> str:
    """The schema that PostGIS was installed in."""
    query = text(
        "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'postgis'"
    )
    home = connection.execute(query).scalar()
    if home is None:
        raise DatabaseFailed(source=address.name, reason=Term("cause.database_no_postgis"))
    return str(home)


def _geometry_column(connection: Connection, address: _Address, home: str) -> tuple[str, int, str, bool]:
    """Name, SRID and dimensions of the table's geometry, and whether it may hold curves."""
    known = table(
        "geometry_columns",
        *[
            column(n)
            for n in ("f_table_schema", "f_table_name", "f_geometry_column", "coord_dimension", "srid", "type")
        ],
        schema=home,
    )
    rows = connection.execute(
        select(known).order_by(known.c.f_table_schema, known.c.f_table_name, known.c.f_geometry_column)
    ).all()
    here = [row for row in rows if (row.f_table_schema, row.f_table_name) == (address.schema, address.table)]
    if len(here) != 1:
        _hold_permission(connection, address)
        others = sorted({f"{row.f_table_schema}.{row.f_table_name}" for row in rows})
        raise TableUnknown(source=address.name, count=len(here), tables=", ".join(others[:_SHOWN]) or "–")
    (row,) = here
    kind = str(row.type).upper()
    dimensions = {4: "ZM", 3: "M" if kind.endswith("M") else "Z"}.get(int(row.coord_dimension), "")
    curved = any(word in kind for word in ("CURVE", "SURFACE", "CIRCULAR")) or kind in (
        "GEOMETRY",
        "GEOMETRYCOLLECTION",
    )
    return str(row.f_geometry_column), int(row.srid), dimensions, curved


def _hold_permission(connection: Connection, address: _Address) -> None:
    """Refuse a table that is there and may not be read: the list of geometries does not show it."""
    query = text(
        "SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = :schema AND c.relname = :name"
    )
    if connection.execute(query, {"schema": address.schema, "name": address.table}).scalar() is False:
        raise DatabaseFailed(source=address.name, reason=Term("cause.database_forbidden"))


def _columns(connection: Connection, address: _Address) -> list[str]:
    """The table's columns as they stand in it; those of another geometry type aside."""
    query = text(
        "SELECT a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid"
        " WHERE n.nspname = :schema AND c.relname = :name AND a.attnum > 0 AND NOT a.attisdropped"
        " AND t.typname NOT IN ('geography', 'raster', 'bytea') ORDER BY a.attnum"
    )
    return [str(row.attname) for row in connection.execute(query, {"schema": address.schema, "name": address.table})]


def _order(connection: Connection, address: _Address, source: Any) -> list[ColumnElement[Any]]:
    """The order of the rows: by the primary key; else as a table keeps them; a view has its own."""
    query = text(
        "SELECT c.relkind, array(SELECT a.attname::text FROM pg_index i JOIN pg_attribute a"
        " ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) WHERE i.indrelid = c.oid AND i.indisprimary"
        " ORDER BY array_position(i.indkey::int2[], a.attnum)) AS names"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = :schema AND c.relname = :name"
    )
    row = connection.execute(query, {"schema": address.schema, "name": address.table}).one()
    if row.names:
        return [column(name, _selectable=source) for name in row.names]
    kind = row.relkind if isinstance(row.relkind, str) else row.relkind.decode()
    return [column("ctid", _selectable=source)] if kind in ("r", "m") else []


def _crs(connection: Connection, name: str, home: str, srid: int) -> CRS | None:
    """The CRS of an SRID, as the database's own table tells it; None for SRID 0."""
    if srid == 0:
        return None
    known = table("spatial_ref_sys", *[column(n) for n in ("srid", "auth_name", "auth_srid", "srtext")], schema=home)
    row = connection.execute(select(known).where(known.c.srid == srid)).one_or_none()
    if row is None:
        return None
    if str(row.auth_name or "").upper() == "EPSG" and row.auth_srid:
        return read_crs(name, f"EPSG:{row.auth_srid}")
    return read_crs(name, row.srtext)


def _as_columns(found: Sequence[Any], names: list[str]) -> dict[str, np.ndarray]:
    columns = {}
    for place, name in enumerate(names):
        values = np.empty(len(found), dtype=object)
        values[:] = [_plain(row[place]) for row in found]
        columns[name] = values
    return columns


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int | float | datetime):
        return None if isinstance(value, float) and np.isnan(value) else value
    if isinstance(value, Decimal):
        return None if value.is_nan() else float(value)
    return value if hasattr(value, "isoformat") else str(value)
