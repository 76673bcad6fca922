"""Databases: a query's rows. SQLite is embedded; others are reached by their address."""

# pyright: reportUnknownParameterType=false

from __future__ import annotations

import re
import sqlite3
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from goodfit.core.errors import GoodfitError
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings
from goodfit.data.extras import needed
from goodfit.data.files import File, damaged
from goodfit.data.join import from_cells, join
from goodfit.data.memory import check_names
from goodfit.data.table import Table

ROWS_PER_PIECE = 16_384
#: Databases by the scheme of their address, with the driver that is taken if none is named;
#: each was seen to work.
DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
READS = re.compile(
    r"(\s|\(|--[^\n]*(\n|$)|/\*.*?\*/)*(select|with|values|table)\b", re.IGNORECASE | re.DOTALL
)
# What a query may do in SQLite: read columns, call functions, repeat itself.
_ALLOWED = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
# Steps of SQLite's machine between looks for Ctrl-C.
STEPS_BETWEEN_LOOKS = 100_000


@dataclass(frozen=True)
class Address:
    """A database that is reached over the network.

    Args:
        url: as it was given, with whatever secret it holds.
    """

    url: str

    @property
    def name(self) -> str:
        """The address without user and password, for messages.

        >>> Address("postgresql://me:secret@db.example.org/shop").name
        'postgresql://db.example.org/shop'
        """
        scheme, _, rest = self.url.partition("://")
        return f"{scheme}://{rest.partition('?')[0].rpartition('@')[2]}"


def is_database(url: str) -> bool:
    """Whether an address is that of a database.

    >>> is_database("postgresql+psycopg://host/db"), is_database("https://example.org/t.csv")
    (True, False)
    """
    return url.partition("://")[0].partition("+")[0].lower() in DRIVERS


def read_sqlite(file: File, *, settings: Settings) -> tuple[Table, tuple[Remark, ...]]:
    """All rows of a query, or of the only table."""
    return join(list(_sqlite_pieces(file, settings))), ()


def stream_sqlite(
    file: File, *, settings: Settings, n_rows: int
) -> tuple[Iterator[Table], tuple[Remark, ...]]:
    """The same piece by piece."""
    return _sqlite_pieces(file, settings), ()


def read_address(address: Address, *, settings: Settings) -> tuple[Table, tuple[Remark, ...]]:
    """All rows of a query, or of the only table, of a database elsewhere."""
    return join(list(_address_pieces(address, settings))), ()


def stream_address(
    address: Address, *, settings: Settings, n_rows: int
) -> tuple[Iterator[Table], tuple[Remark, ...]]:
    """The same piece by piece."""
    return _address_pieces(address, settings), ()


def _sqlite_pieces(file: File, settings: Settings) -> Iterator[Table]:
    try:
        yield from _sqlite_rows(file, settings)
    except UnicodeDecodeError as error:  # the name of a table or column
        raise damaged(file, "SQLite", error) from error


def _sqlite_rows(file: File, settings: Settings) -> Iterator[Table]:
    with _failing(file.name, sqlite3.Error):
        # SQLite's addresses hold a path, in which ? and # mean something else.
        place = f"file:{quote(str(file.path.resolve()))}?mode=ro"
        connection = sqlite3.connect(place, uri=True)
        try:
            query = settings.query
            if query is None:
                found = connection.execute(
                    "select name from sqlite_master where type = 'table'"
                    " and name not like 'sqlite\\_%' escape '\\' order by name"
                )
                query = _query_of([name for (name,) in found], file.name, _quoted)
            connection.set_authorizer(_authorize)
            connection.set_progress_handler(lambda: 0, STEPS_BETWEEN_LOOKS)
            cursor = connection.execute(query)
            if cursor.description is None:
                raise GoodfitError("data.query_only_reads", database=file.name)
            names = [column[0] for column in cursor.description]
            yield from _pieces(names, cursor.fetchmany, file.name)
        finally:
            connection.close()


def _authorize(action: int, *_: Any) -> int:
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _query_of(tables: Sequence[str], database: str, quoted: Callable[[str], str]) -> str:
    """The query for the rows of the only table."""
    if not tables:
        raise GoodfitError("data.database_empty", database=database)
    if len(tables) > 1:
        raise GoodfitError("data.query_needed", database=database, tables=list(tables))
    return f"select * from {quoted(tables[0])}"  # noqa: S608 (quoted)


def _pieces(
    names: list[str], fetch: Callable[[int], Sequence[Sequence[Any]]], database: str
) -> Iterator[Table]:
    """Rows as columns; a first piece without rows, so that the columns are known."""
    check_names(names, database)
    yield from_cells({name: [] for name in names}, name=database, n_rows=0)
    while rows := fetch(ROWS_PER_PIECE):
        cells = map(_plain, zip(*rows, strict=True))
        columns = dict(zip(names, cells, strict=True))
        yield from_cells(columns, name=database, n_rows=len(rows))


def _plain(cells: tuple[Any, ...]) -> tuple[Any, ...]:
    """Cells without the one type that Arrow would keep as an extension of its own."""
    if uuid.UUID not in set(map(type, cells)):
        return cells
    return tuple(str(cell) if isinstance(cell, uuid.UUID) else cell for cell in cells)


def _said(error: BaseException) -> str:
    """The first line of what a database complains about, without the number that it has there."""
    words = [part for part in error.args if isinstance(part, str)]
    return (words[-1] if words else str(error)).strip().partition("\n")[0].rstrip(".")


@contextmanager
def _failing(database: str, kinds: type[Exception]) -> Generator[None]:
    """Say what a database complains about."""
    try:
        yield
    except kinds as error:
        reason = _said(getattr(error, "orig", None) or error)
        if "not authorized" in reason or "read-only" in reason or "READ ONLY" in reason:
            raise GoodfitError("data.query_only_reads", database=database) from error
        raise GoodfitError("data.database_failed", database=database, reason=reason) from error


def _address_pieces(address: Address, settings: Settings) -> Iterator[Table]:
    alchemy = needed("sqlalchemy", extra="sql")
    with _failing(address.name, alchemy.exc.SQLAlchemyError):
        engine = _engine(alchemy, address)
        try:
            with engine.connect() as connection:
                _only_read(connection)
                query = settings.query
                if query is None:
                    tables = sorted(alchemy.inspect(connection).get_table_names())
                    query = _query_of(
                        tables, address.name, engine.dialect.identifier_preparer.quote
                    )
                if not READS.match(query):
                    raise GoodfitError("data.query_only_reads", database=address.name)
                how = {"stream_results": True, "no_parameters": True}
                result = connection.exec_driver_sql(query, execution_options=how)
                yield from _pieces(list(result.keys()), result.fetchmany, address.name)
        finally:
            engine.dispose()


def _engine(alchemy: Any, address: Address) -> Any:
    scheme, _, rest = address.url.partition("://")
    try:
        return alchemy.create_engine(f"{DRIVERS.get(scheme.lower(), scheme)}://{rest}")
    except ModuleNotFoundError as error:
        raise GoodfitError("data.driver_missing", driver=error.name or scheme) from error
    except ValueError as error:  # no number where the port is, say
        params = {"database": address.name, "reason": _said(error)}
        raise GoodfitError("data.database_failed", **params) from error


def _only_read(connection: Any) -> None:
    """Have the database itself refuse to write, where it can; nothing is committed anywhere."""
    dialect = connection.dialect.name
    if dialect == "postgresql":
        connection.execution_options(postgresql_readonly=True)
    elif dialect in {"mysql", "mariadb"}:
        connection.exec_driver_sql("set session transaction read only")
        connection.rollback()
