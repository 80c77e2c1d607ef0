"""Opens the database of a project: SQLite or PostgreSQL, durable or refused."""

import json
import os
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from newsletter.errors import SettingsError, StoreError
from newsletter.i18n import _
from newsletter.mistakes import system_reason
from newsletter.model import Place
from newsletter.store.schema import upgrade
from newsletter.store.transactions import BUSY_SECONDS, reading

__all__ = ["database_file", "open_engine", "upgrade"]

_decode = json.JSONDecoder().raw_decode

_SYNCHRONOUS_FULL = 2
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgresql+psycopg": "postgresql+psycopg"}


def open_engine(url: str, *, root: Path) -> Engine:
    """The database of a project folder, opened and found durable.

    `sqlite:///var/x.db` is relative to `root`; the file (0600) and its folder (0700) are made when missing.
    `postgresql://…` goes through psycopg 3. Raises SettingsError on a wrong URL, StoreError when it cannot be used.
    """
    target = _target(url, root=root)
    engine = _sqlite_engine(target) if target.drivername == "sqlite" else _postgresql_engine(target)
    with reading(engine):
        return engine


def database_file(url: str, *, root: Path) -> Path | None:
    """Where the SQLite database of a project is, or would be; None for PostgreSQL. Raises SettingsError."""
    target = _target(url, root=root)
    return Path(target.database) if target.drivername == "sqlite" and target.database else None


def _target(url: str, *, root: Path) -> URL:
    try:
        target = make_url(url)
    except ArgumentError:
        raise _wrong_url(_("store.url is not the address of a database")) from None
    driver = _DRIVERS.get(target.drivername)
    if not driver:
        raise _wrong_url(_("store.url names “{driver}”, which is not supported", driver=target.drivername))
    target = target.set(drivername=driver)
    if driver == "sqlite":
        if not target.database or target.database == ":memory:":
            raise _wrong_url(_("store.url names no file"))
        target = target.set(database=os.path.realpath(root / target.database))
    return target


def _wrong_url(message: str) -> SettingsError:
    hint = _("write for example sqlite:///var/newsletter.db, or postgresql://user@host/newsletter")
    return SettingsError(message, where=Place(file="newsletter.toml", field="store.url"), hint=hint)


def _sqlite_engine(target: URL) -> Engine:
    assert target.database
    _make_private(Path(target.database))
    engine = create_engine(target, connect_args={"timeout": BUSY_SECONDS}, json_deserializer=_read_json)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _postgresql_engine(target: URL) -> Engine:
    try:
        engine = create_engine(target, pool_pre_ping=True, paramstyle="format")
    except ModuleNotFoundError:
        hint = _("install it with: pip install 'newsletter[postgresql]'")
        raise SettingsError(_("the PostgreSQL driver is not installed"), hint=hint) from None
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _read_json(text: str) -> Any:
    """What we wrote ourselves, with no space around; most people have no tags, and no further fields."""
    if text == "{}":
        return {}
    return [] if text == "[]" else _decode(text)[0]


def _make_private(file: Path) -> None:
    """Addresses of people: nobody else on the machine reads them. SQLite gives its side files the same mode."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(
            _("the database {file} cannot be opened: {reason}", file=file, reason=system_reason(error))
        ) from None


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver's own comes too late and too weak
    cursor = connection.cursor()
    for pragma in (f"busy_timeout = {BUSY_SECONDS * 1000}", "journal_mode = WAL", "synchronous = FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")
    modes = [cursor.execute(f"PRAGMA {pragma}").fetchone()[0] for pragma in ("synchronous", "journal_mode")]
    cursor.close()
    if modes != [_SYNCHRONOUS_FULL, "wal"]:
        raise StoreError(
            _("this disk cannot keep the database safely: SQLite answers {modes}", modes=modes),
            hint=_("put the database on a local disk, not on a network share"),
        )


def _begin_sqlite(connection: Connection) -> None:
    """A transaction that will write takes its place at once: a later upgrade from reading could only fail."""
    options = connection.get_execution_options()
    if options.get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("immediate") else "BEGIN")


def _prepare_postgresql(connection: Any, _record: object) -> None:
    """A server set to lose the last commits would send letters twice after a power cut."""
    connection.execute("SET synchronous_commit TO on")
    connection.commit()
