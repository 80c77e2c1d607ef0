"""The migrated schema is the one the code speaks of."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

import newsletter.store.migrations
from newsletter.errors import StoreError
from newsletter.model import AudienceSize, Event, Freeze, SuppressionReason
from newsletter.store.audience import SqlAudienceStore
from newsletter.store.delivery import SqlDeliveryStore
from newsletter.store.engine import open_engine, upgrade
from newsletter.store.returns import SqlReturnStore
from newsletter.store.schema import revisions, schema_version
from newsletter.store.tables import metadata
from newsletter.store.transactions import reading, writing
from tests.store.databases import MAIL, NOW, mail_to, subscribe


def test_the_migrated_schema_is_the_declared_one(engine: Engine) -> None:
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "target_metadata": metadata})
        assert compare_metadata(context, metadata) == []


def test_every_declared_index_is_in_the_database(engine: Engine) -> None:
    for table in metadata.sorted_tables:
        found = {index["name"] for index in inspect(engine).get_indexes(table.name)}
        assert {index.name for index in table.indexes} <= found


def test_the_last_revision_is_the_head_alembic_sees() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(newsletter.store.migrations.__path__[0])))
    assert ScriptDirectory.from_config(config).get_heads() == [revisions()[-1]]


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    upgrade(engine)
    with reading(engine) as connection:
        assert schema_version(connection) == revisions()[-1]


def test_a_database_at_its_head_does_not_load_alembic(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from newsletter.store.engine import open_engine, upgrade\n"
        "upgrade(open_engine('sqlite:///a.db', root=Path(sys.argv[1]))); print('alembic' in sys.modules)"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    said = [subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() for _ in range(2)]
    assert said == ["True", "False"]


def test_a_schema_newer_than_the_program_is_refused(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    try:
        with pytest.raises(StoreError, match="newer newsletter"):
            upgrade(engine)
    finally:
        with writing(engine) as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :known"), {"known": revisions()[-1]})


def test_a_migration_that_fails_leaves_no_table_behind(tmp_path: Path) -> None:
    engine = open_engine("sqlite:///a.db", root=tmp_path)
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE deliveries (id INTEGER)"))
    with pytest.raises(StoreError, match="already exists"):
        upgrade(engine)
    assert inspect(engine).get_table_names() == ["deliveries"]
    engine.dispose()


def test_people_of_the_sixth_schema_lose_nothing(engine: Engine) -> None:
    """As it was: a hash beside each person, no key in a suppression, the source of a consent in each event."""
    store = SqlAudienceStore(engine)
    subscribe(store, "a@example.org", "Élan@example.org", "gone@example.org")
    for email in ("Élan@example.org", "dead@example.org"):
        store.suppress(email, SuppressionReason.BOUNCED, now=NOW)
    store.erase("gone@example.org", now=NOW)
    with writing(engine) as connection:
        for statement in _BACK_TO_THE_SIXTH:
            connection.execute(text(statement))
    upgrade(engine)
    person = store.find("a@example.org")
    assert person
    assert [event.detail for event in store.events(person.id)] == ["import: people.csv"]
    assert store.sizes()["members"] == AudienceSize(mailable=1, suppressed=1)
    again = subscribe(
        store, "a@example.org", "élan@example.org", "dead@example.org", "gone@example.org", "b@example.org"
    )
    assert (again.new, again.unchanged, again.kept_out) == (1, 1, 3)
    newest = store.find("b@example.org")
    assert newest
    assert newest.id > 3


_BACK_TO_THE_SEVENTH = (
    *(f"ALTER TABLE mailings DROP COLUMN {name}" for name in ("complaints", "despite_complaints", "emptied_at")),
    "UPDATE alembic_version SET version_num = '0007'",
)
_BACK_TO_THE_SIXTH = (
    *_BACK_TO_THE_SEVENTH,
    "UPDATE events SET detail = 'import: people.csv' WHERE consent_id IS NOT NULL",
    "ALTER TABLE events DROP COLUMN consent_id",
    "DROP INDEX suppressions_email_key_idx",
    "ALTER TABLE suppressions DROP COLUMN email_key",
    "ALTER TABLE subscribers ADD COLUMN email_hash VARCHAR",
    "CREATE INDEX subscriptions_consent_id_idx ON subscriptions (consent_id)",
    "UPDATE alembic_version SET version_num = '0006'",
)


def test_complaints_that_were_read_before_count_with_their_mailing(engine: Engine) -> None:
    subscribe(SqlAudienceStore(engine), "a@example.org", "b@example.org", "c@example.org")
    store, returns = SqlDeliveryStore(engine), SqlReturnStore(engine)
    mailing = mail_to(store)
    for one in list(store.deliveries(mailing.id))[:2]:
        to = returns.addressee(one.id)
        assert to
        complained = Event(kind="complained", at=NOW, detail=MAIL.issue)
        returns.enter(to, complained, reason=SuppressionReason.COMPLAINED, now=NOW)
    with writing(engine) as connection:
        for statement in _BACK_TO_THE_SEVENTH:
            connection.execute(text(statement))
    upgrade(engine)
    assert store.load_mailing(mailing.id).complaints == 2


def test_a_mailing_of_the_first_schema_is_still_itself(tmp_path: Path) -> None:
    engine = open_engine("sqlite:///a.db", root=tmp_path)
    upgrade(engine)
    store = SqlDeliveryStore(engine, lock_folder=tmp_path)
    mailing = store.create_mailing(Freeze(issue=MAIL.issue, list="members", rehearsal=True), MAIL, now=NOW)
    with writing(engine) as connection:
        connection.execute(text("DROP TABLE mailing_events"))
        connection.execute(text("ALTER TABLE mails DROP COLUMN pictures"))
        for column in ("not_after", "readers", "account", "complaints", "despite_complaints", "emptied_at"):
            connection.execute(text(f"ALTER TABLE mailings DROP COLUMN {column}"))
        connection.execute(text("ALTER TABLE approvals DROP COLUMN mail"))
        connection.execute(text("DROP TABLE kept_mails"))
        connection.execute(text("ALTER TABLE events DROP COLUMN consent_id"))
        connection.execute(text("DROP INDEX suppressions_email_key_idx"))
        connection.execute(text("ALTER TABLE suppressions DROP COLUMN email_key"))
        connection.execute(text("ALTER TABLE subscribers ADD COLUMN email_hash VARCHAR"))
        connection.execute(text("CREATE INDEX subscriptions_consent_id_idx ON subscriptions (consent_id)"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    upgrade(engine)
    assert store.load_mail(mailing.id) == MAIL
    assert store.load_mailing(mailing.id) == mailing
    engine.dispose()
