"""Brings a database to the schema this program knows; costs one query when it is already there."""

from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from newsletter.errors import StoreError
from newsletter.i18n import _
from newsletter.store.transactions import reading, writing

_MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine) -> None:
    """Run the missing migrations in one transaction; raises StoreError when the schema is newer than the program."""
    with reading(engine) as connection:
        version = schema_version(connection)
    if version == revisions()[-1]:
        return
    if version and version not in revisions():
        raise StoreError(
            _("the database was made by a newer newsletter (schema {version})", version=version),
            hint=_("upgrade newsletter on this machine"),
        )
    # Two processes may come here together: the second waits, and finds nothing left to do.
    with writing(engine, alone="migrations") as connection:
        _migrate(connection)


@cache
def revisions() -> tuple[str, ...]:
    """Every schema version this program knows, oldest first: the files of `migrations/versions`."""
    return tuple(sorted(path.name.split("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py")))


def schema_version(connection: Connection) -> str | None:
    """The version a database says it has; None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


def _migrate(connection: Connection) -> None:
    # Alembic takes a fifth of a second to import: only a database that needs it pays.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
