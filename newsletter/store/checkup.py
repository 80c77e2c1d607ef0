"""Is the database there, whole, durable, of this version, and for our eyes only?"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine, Text, cast, func, select, text

from newsletter.errors import NewsletterError
from newsletter.i18n import _
from newsletter.model import Diagnosis, doubtful, sound, wrong
from newsletter.settings import is_shared
from newsletter.store.engine import database_file, open_engine
from newsletter.store.schema import revisions, schema_version
from newsletter.store.tables import events, mailings, mails
from newsletter.store.transactions import reading

CODE = "database"


class Examined(NamedTuple):
    """What a database says of itself, and of what was sent."""

    found: list[Diagnosis]
    #: The newest moment it knows, aware.
    newest: datetime | None = None
    #: Characters of the heaviest letter it holds, pictures included.
    heaviest: int = 0


def check_database(url: str, *, root: Path) -> Examined:
    """Look at the database; nothing is upgraded, nothing is made."""
    try:
        file = database_file(url, root=root)
        if file and not file.exists():
            return Examined([sound(CODE, _("there is no database yet: the first command that needs one makes it"))])
        engine = open_engine(url, root=root)
        try:
            found = list(_faults(engine, file=file))
            known = _known(engine) if _version(engine) == revisions()[-1] else (None, 0)
        finally:
            engine.dispose()
    except NewsletterError as error:
        return Examined([wrong(CODE, error.message, error.hint)])
    return Examined(found or [sound(CODE, _("the database is whole, durable and up to date"))], *known)


def _faults(engine: Engine, *, file: Path | None) -> Iterator[Diagnosis]:
    if file and is_shared(file):
        yield wrong(CODE, _("others on this machine can read the database"), _("chmod 600 {file}", file=file))
    version = _version(engine)
    if version != revisions()[-1]:
        known = version is None or version in revisions()
        hint = _("newsletter db upgrade") if known else _("upgrade newsletter on this machine")
        say = doubtful if known else wrong
        yield say(CODE, _("the database is of another version ({version})", version=version or "—"), hint)
    if broken := _damage(engine):
        yield wrong(
            CODE, _("the database is damaged: {reason}", reason=broken), _("send nothing; put back the last copy")
        )
    if lax := _laxity(engine):
        yield doubtful(
            CODE,
            _("a power cut may cost this server its last commits: synchronous_commit = {mode}", mode=lax),
            _("newsletter asks for on; other programs do not: ALTER DATABASE … SET synchronous_commit = on"),
        )


def _version(engine: Engine) -> str | None:
    with reading(engine) as connection:
        return schema_version(connection)


def _damage(engine: Engine) -> str:
    """What SQLite finds wrong in its own file, "" when nothing; that commits are durable, opening it has shown."""
    if engine.dialect.name != "sqlite":
        return ""
    with reading(engine) as connection:
        answer = str(connection.execute(text("PRAGMA quick_check(1)")).scalar())
    return "" if answer == "ok" else answer


def _laxity(engine: Engine) -> str:
    """What PostgreSQL, its database and its role give to a program that asks for nothing; "" when commits last.

    Our own connections set it themselves (see `open_engine`): RESET shows what stood before.
    """
    if engine.dialect.name != "postgresql":
        return ""
    with reading(engine) as connection:
        connection.execute(text("RESET synchronous_commit"))
        mode = str(connection.execute(text("SHOW synchronous_commit")).scalar())
        connection.rollback()
    return mode if mode == "off" else ""


def _known(engine: Engine) -> tuple[datetime | None, int]:
    """The newest moment, and the characters of the heaviest letter."""
    weight = func.length(mails.c.html) + func.length(mails.c.text) + func.length(cast(mails.c.pictures, Text))
    with reading(engine) as connection:
        moments = [connection.execute(select(func.max(one))).scalar() for one in (mailings.c.created_at, events.c.at)]
        heaviest = connection.execute(select(func.max(weight))).scalar()
    return max(filter(None, moments), default=None), heaviest or 0
