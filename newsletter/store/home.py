"""Knows whether a database is still where it last sent from: not a copy, not an older state, not another machine's.

The database remembers its home, and a file beside it the last run. A copied folder has another file number, a
cloned machine another id, and a backup put back another run than the file says. Moving the folder or starting the
machine again changes none of them. What they cannot see, a whole machine put back as it was, the hour after which a
mailing no longer starts by itself has to stop.
"""

import hashlib
import json
import secrets
import socket
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, select, text, update

from newsletter.atomic import write_atomically
from newsletter.errors import StoreError
from newsletter.i18n import _
from newsletter.mistakes import system_reason
from newsletter.store.tables import keys
from newsletter.store.transactions import reading, sqlite_file, writing

_NAME = "home"
_MACHINE_IDS = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))

#: A copy has another: the cluster's own number, and the database's within it.
_SERVER = text(
    "SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || oid"
    " FROM pg_database WHERE datname = current_database()"
)


def machine_id() -> str:
    """Names this machine and tells nobody its id (as machine-id(5) asks); "" where there is none, as in containers."""
    for path in _MACHINE_IDS:
        try:
            known = path.read_text().strip()
        except OSError:
            continue
        if known:
            return hashlib.sha256(f"newsletter {known}".encode()).hexdigest()[:32]
    return ""


class Home:
    """Where one database sends from. On PostgreSQL, which many machines share, it is the server's database."""

    def __init__(self, engine: Engine, *, folder: Path | None) -> None:
        """`folder` holds the file of the last run; without it, that is beside the SQLite file."""
        self._engine = engine
        self._file = sqlite_file(engine)
        self._run = (folder or self._file.parent) / f"{self._file.name}.run" if self._file else None

    def doubt(self) -> str:
        """Why this may be a copy of the database that last sent, one sentence; "" without a reason."""
        known, here = self._known(), self._here()
        if known is None:
            return ""
        if known["machine"] != here["machine"]:
            return _("this database last sent from another machine, {machine}", machine=known["host"])
        if known["file"] != here["file"] and (known["path"] == here["path"] or Path(known["path"]).exists()):
            if known["path"] == here["path"]:
                return _("the database was replaced since it last sent: a backup was put back, or it was copied here")
            return _("this database is a copy of {path}, which sends too", path=known["path"])
        if self._run and known["run"] not in self._runs():
            return _("an older state of the database was put back: it does not know what was sent since")
        return ""

    def settle(self) -> None:
        """Send from here from now on: every run has a mark of its own, in the database and beside it."""
        known, here = self._known(), self._here()
        here["run"] = secrets.token_hex(16)
        # Both marks hold until the database has the new one: a crash between the two is no reason for doubt.
        self._write_runs(known["run"] if known else "", here["run"])
        with writing(self._engine, alone=_NAME) as connection:
            value = json.dumps(here).encode()
            if not connection.execute(update(keys).where(keys.c.name == _NAME).values(value=value)).rowcount:
                connection.execute(insert(keys).values(name=_NAME, value=value))
        self._write_runs(here["run"])

    def _known(self) -> dict[str, Any] | None:
        with reading(self._engine) as connection:
            value = connection.execute(select(keys.c.value).where(keys.c.name == _NAME)).scalar()
        return json.loads(value) if value else None

    def _here(self) -> dict[str, Any]:
        if self._file:
            file = {"machine": machine_id(), "file": self._file.stat().st_ino, "path": str(self._file)}
            return {**file, "host": socket.gethostname()}
        return {"machine": "", "file": self._server(), "path": "", "host": ""}

    def _server(self) -> str:
        with reading(self._engine) as connection:
            return str(connection.execute(_SERVER).scalar_one())

    def _runs(self) -> list[str]:
        try:
            return self._run.read_text().split() if self._run else []
        except FileNotFoundError:
            return []

    def _write_runs(self, *runs: str) -> None:
        if self._run is None:
            return
        try:
            write_atomically(self._run, "\n".join(filter(None, runs)).encode())
        except OSError as error:
            raise StoreError(
                _("cannot write {path}: {reason}", path=self._run, reason=system_reason(error)),
                hint=_("free some space, check the permissions, then resume the mailing"),
            ) from None
