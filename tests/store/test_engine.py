"""The database opens durable and private, or says in one sentence why not."""

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from newsletter.errors import SettingsError, StoreError
from newsletter.store import SqlAudienceStore, open_engine, transactions, upgrade
from newsletter.store import engine as engine_module
from newsletter.store.transactions import reading, writing
from tests.store.databases import numbered, subscribe


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_database_and_its_folder_are_their_owners_alone(tmp_path: Path) -> None:
    engine = open_engine("sqlite:///var/newsletter.db", root=tmp_path)
    upgrade(engine)
    assert mode(tmp_path / "var") == 0o700
    assert {path.name: mode(path) for path in (tmp_path / "var").iterdir()} == {
        "newsletter.db": 0o600,
        "newsletter.db-wal": 0o600,
        "newsletter.db-shm": 0o600,
    }
    engine.dispose()


def test_sqlite_is_opened_without_the_drivers_of_another_database(tmp_path: Path) -> None:
    engine = open_engine("sqlite:///newsletter.db", root=tmp_path)
    upgrade(engine)  # which imports all of them
    engine.dispose()
    program = """
import sys
from pathlib import Path
from newsletter.store import SqlAudienceStore, SqlDeliveryStore, open_engine, upgrade

engine = open_engine("sqlite:///newsletter.db", root=Path(sys.argv[1]))
upgrade(engine)
assert not list(SqlDeliveryStore(engine, lock_folder=Path(sys.argv[1])).mailings())
assert not SqlAudienceStore(engine).sizes()
print("sqlalchemy.dialects.sqlite" in sys.modules, "sqlalchemy.dialects.postgresql" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]


def test_sqlite_is_durable_and_forgets_what_is_deleted(sqlite: Engine) -> None:
    names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
    with reading(sqlite) as connection:
        said = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}
    assert said == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 30_000,
    }


@pytest.mark.postgresql
def test_postgresql_commits_to_disk(postgresql_schema: str, tmp_path: Path) -> None:
    engine = open_engine(postgresql_schema, root=tmp_path)
    assert engine.url.drivername == "postgresql+psycopg"
    with reading(engine) as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"
    engine.dispose()


def test_an_absolute_path_is_taken_as_it_is(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/here.db", root=Path("/nowhere"))
    assert (tmp_path / "here.db").exists()
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("newsletter.db", "not the address of a database"),
        ("mysql://root@localhost/x", "“mysql”, which is not supported"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
    ],
)
def test_a_wrong_url_is_a_wrong_setting(tmp_path: Path, url: str, reason: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        open_engine(url, root=tmp_path)
    assert reason in refusal.value.message
    assert refusal.value.where
    assert refusal.value.where.field == "store.url"


def test_a_file_that_is_not_a_database_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("Chers coopérateurs, " * 100)
    with pytest.raises(StoreError, match=r"x\.db is not a database"):
        open_engine("sqlite:///x.db", root=tmp_path)


def test_a_folder_that_is_a_file_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    with pytest.raises(StoreError, match="cannot be opened"):
        open_engine("sqlite:///var/x.db", root=tmp_path)


def test_a_server_that_does_not_answer_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="the database cannot be used"):
        open_engine("postgresql://nobody:secret@127.0.0.1:9/x", root=tmp_path)


def test_the_password_of_a_database_is_in_no_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as refusal:
        open_engine("postgresql://nobody:s3cr3t@127.0.0.1:9/x", root=tmp_path)
    assert "s3cr3t" not in str(refusal.value)


def test_a_full_disk_is_told_and_loses_nothing(sqlite: Engine) -> None:
    store = SqlAudienceStore(sqlite)
    subscribe(store, *numbered(10))
    with sqlite.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreError, match="the disk is full"):
        subscribe(store, *(f"other{n}@example.org" for n in range(5000)))
    with sqlite.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert [person.email for person, _status in store.subscribers()] == numbered(10)


def test_a_database_held_by_another_is_told_after_the_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "BUSY_SECONDS", 0)
    engine = open_engine("sqlite:///x.db", root=tmp_path)
    upgrade(engine)
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="another process has held the database"), writing(engine):
        pass
    other.close()
    engine.dispose()


def test_a_disk_that_cannot_keep_a_journal_is_refused(tmp_path: Path) -> None:
    class Cursor:
        def execute(self, _statement: str) -> "Cursor":
            return self

        def fetchone(self) -> tuple[str]:
            return ("delete",)

        def close(self) -> None:
            pass

    class Network:
        def cursor(self) -> Cursor:
            return Cursor()

    with pytest.raises(StoreError, match="cannot keep the database safely"):
        engine_module._prepare_sqlite(Network(), None)


def test_readers_see_one_moment_and_do_not_wait_for_a_writer(sqlite: Engine) -> None:
    store = SqlAudienceStore(sqlite)
    store.secret()
    with writing(sqlite) as writer:
        writer.execute(text("DELETE FROM keys"))
        with reading(sqlite) as reader:
            assert reader.execute(text("SELECT count(*) FROM keys")).scalar() == 1


def test_a_database_without_tables_says_what_to_run(tmp_path: Path) -> None:
    engine = open_engine("sqlite:///x.db", root=tmp_path)
    with pytest.raises(StoreError, match="not ready") as refusal:
        SqlAudienceStore(engine).find("a@example.org")
    assert refusal.value.hint == "run newsletter db upgrade"
    engine.dispose()


def test_an_advisory_lock_has_a_number_of_32_bits() -> None:
    assert 0 < transactions.lock_number("sender") < 2**32
    assert transactions.lock_number("sender") != transactions.lock_number("import")
