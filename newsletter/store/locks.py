"""What one process at a time may do: a file lock beside SQLite, an advisory lock in PostgreSQL."""

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from sqlalchemy import Connection, Engine, func, select, text

from newsletter.errors import BusyError, StoreError
from newsletter.i18n import _
from newsletter.mistakes import system_reason
from newsletter.store.transactions import lock_number, reading

#: Kinds of work that have a lock.
SENDER, WORKER = "sender", "worker"

#: Who holds an advisory lock on this database, as that connection named itself.
_HOLDER = text(
    "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " WHERE locktype = 'advisory' AND objid = :number AND granted AND datname = current_database()"
)


def this_process() -> str:
    """`pid@machine`, as the other process will read it."""
    return f"{os.getpid()}@{socket.gethostname()}"


@contextmanager
def file_lock(path: Path, *, work: str = SENDER) -> Iterator[None]:
    """Hold a file; raises BusyError that names the holder. The system lets go when the process ends, however."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise StoreError(
            _("the lock {file} cannot be opened: {reason}", file=path, reason=system_reason(error))
        ) from None
    with os.fdopen(descriptor, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _already_held(_name_in(file), work) from None
        file.truncate(0)
        # On a full disk the lock holds all the same, without a name.
        with suppress(OSError):
            os.write(descriptor, this_process().encode())
        try:
            yield
        finally:
            # The file stays, empty: removing it would let a third process lock a file that nobody else sees.
            file.truncate(0)


@contextmanager
def server_lock(engine: Engine, *, work: str = SENDER) -> Iterator[None]:
    """The same in PostgreSQL, on a connection of its own; a lost connection lets go."""
    number = lock_number(work)
    with reading(engine.execution_options(isolation_level="AUTOCOMMIT")) as connection:
        connection.execute(select(func.set_config("application_name", f"newsletter {this_process()}", False)))
        if not connection.execute(select(func.pg_try_advisory_lock(number))).scalar_one():
            raise _already_held(_holder(connection, number), work)
        try:
            yield
        finally:
            connection.execute(select(func.pg_advisory_unlock(number)))


def _name_in(file: TextIO) -> str:
    """Who holds the file. Whoever has just taken it may not have written a name yet."""
    for _look in range(10):
        if name := file.read().strip():
            return name
        time.sleep(0.01)
    return ""


def file_is_held(path: Path, *, work: str) -> bool:
    """True while a process holds the file. Nobody's name in it: nobody, and nothing is touched."""
    with suppress(FileNotFoundError):
        if path.read_text().strip():
            try:
                with file_lock(path, work=work):
                    return False
            except BusyError:
                return True
    return False


def server_is_held(engine: Engine, *, work: str) -> bool:
    """The same in PostgreSQL."""
    with reading(engine) as connection:
        return connection.execute(_HOLDER, {"number": lock_number(work)}).first() is not None


def _holder(connection: Connection, number: int) -> str:
    name = connection.execute(_HOLDER, {"number": number}).scalar() or ""
    return str(name).removeprefix("newsletter ")


def _already_held(holder: str, work: str) -> BusyError:
    if work == WORKER:
        return BusyError(_("another worker is already running: {holder}", holder=holder or "?"))
    return BusyError(
        _("another process is already sending: {holder}", holder=holder or "?"),
        hint=_("wait until it has finished, or stop it with Ctrl-C"),
    )
