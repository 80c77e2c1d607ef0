"""One transaction at a time, and the one border where the database's errors become ours."""

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy import URL, ColumnElement, Compiled, Connection, Dialect, Engine, UpdateBase, func, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from newsletter.errors import StoreError
from newsletter.i18n import _

#: How long a statement waits for another process to release SQLite's file.
BUSY_SECONDS = 30


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one moment of the database; raises StoreError."""
    with _translated(engine), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine, *, alone: str = "", roomy: bool = False) -> Iterator[Connection]:
    """One durable transaction; raises StoreError. `alone` names a kind of work that only one may do at a time.

    `roomy` lets SQLite take in many rows at the speed of this machine, `_ROOM` says how.
    """
    immediate = engine.execution_options(immediate=True)
    with (
        _translated(engine),
        immediate.connect() as connection,
        _roomy(connection) if roomy else nullcontext(),
        connection.begin(),
    ):
        if alone:
            hold(connection, alone)
        yield connection


#: How SQLite works while it takes in many rows. It keeps in memory the pages that an import touches again and again,
#: 64 MB and not 2; it does not blank the places from which it moves rows, for no row goes: an erasure rewrites the
#: whole file; and it does not look for the person of each row that was made for this person by the same statement.
_ROOM = {"cache_size": -64000, "secure_delete": 0, "foreign_keys": 0}


@contextmanager
def _roomy(connection: Connection) -> Iterator[None]:
    if connection.dialect.name != "sqlite":
        yield
        return
    # By the driver itself, since none of them would have an effect once a transaction has begun.
    driven: Any = connection.connection.driver_connection
    usual = {name: driven.execute(f"PRAGMA {name}").fetchone()[0] for name in _ROOM}
    _set(driven, _ROOM)
    try:
        yield
    finally:
        _set(driven, usual)


def _set(driven: Any, pragmas: Mapping[str, int]) -> None:
    for name, value in pragmas.items():
        driven.execute(f"PRAGMA {name} = {value}")


def run_many(connection: Connection, statement: UpdateBase, rows: Sequence[Mapping[str, Any]]) -> None:
    """One statement for many rows, by the driver itself: SQLAlchemy's work on each would cost several times its own.

    `statement` is one object, whatever the rows, and holds two named parameters or more and no other value; `rows`
    hold theirs as the driver takes them.
    """
    if not rows:
        return
    compiled = _compiled(statement, connection.dialect)
    assert compiled.params.keys() == rows[0].keys(), "every parameter is named"
    names = getattr(compiled, "positiontup", None)
    parameters = list(map(itemgetter(*names), rows)) if names else list(rows)
    connection.exec_driver_sql(str(compiled), parameters)


def stored_times(connection: Connection, column: ColumnElement[datetime]) -> Callable[[datetime | None], Any]:
    """What makes of a time what the driver takes for this column."""
    dialect = connection.dialect
    kept: Callable[[Any], Any] | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    return kept or (lambda at: at)


@lru_cache(maxsize=16)
def _compiled(statement: UpdateBase, dialect: Dialect) -> Compiled:
    return statement.compile(dialect=dialect)


def hold(connection: Connection, work: str) -> None:
    """Wait for the right to do `work` until the transaction ends. SQLite has one writer: nothing to wait for."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(lock_number(work))))


def lock_number(work: str) -> int:
    """The advisory lock of PostgreSQL that stands for a kind of work: 32 bits, stable."""
    return zlib.crc32(f"newsletter {work}".encode())


def sqlite_file(engine: Engine) -> Path | None:
    """Where the SQLite database is, or None on PostgreSQL."""
    name = engine.url.database
    return Path(name) if engine.dialect.name == "sqlite" and name else None


def scrub(engine: Engine) -> None:
    """Leave no byte of deleted rows in SQLite's files: rewrite the database, then empty its write-ahead log.

    PostgreSQL's own vacuum frees the pages; its backups and logs are the server's business.
    """
    if engine.dialect.name != "sqlite":
        return
    with _translated(engine), engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("VACUUM")
        busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar_one()
    if busy:
        raise StoreError(
            _("the row is removed, but another process still reads the old pages of the database"),
            hint=_("run the same command again when nothing else uses the database"),
        )


@contextmanager
def _translated(engine: Engine) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        message, hint = _explained(error, engine.url)
        raise StoreError(message, hint=hint) from error


def _explained(error: SQLAlchemyError, url: URL) -> tuple[str, str | None]:
    """One sentence and a hint, from the words both databases use."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    words = (str(cause).splitlines() or [type(cause).__name__])[0]
    where = url.database or ""
    if "disk is full" in words or "disk I/O error" in words or "No space left" in words:
        return _("the disk is full: nothing was written to {database}", database=where), _("make room, then resume")
    if "is locked" in words:
        hint = _("wait until the other command has finished, then try again")
        return _("another process has held the database for more than {n} seconds", n=BUSY_SECONDS), hint
    if "is not a database" in words:
        return _("{database} is not a database", database=where), _("restore it from a backup, or correct store.url")
    if "malformed" in words:
        return _("the database {database} is damaged", database=where), _("restore it from a backup")
    if "no such table" in words or "does not exist" in words:
        return _("the database is not ready: {reason}", reason=words), _("run newsletter db upgrade")
    return _("the database cannot be used: {reason}", reason=words), None
