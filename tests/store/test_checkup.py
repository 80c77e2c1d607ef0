"""The database is judged without being made, upgraded or mended."""

import os
from datetime import UTC, datetime

import pytest
from sqlalchemy import make_url

from newsletter.model import Freeze, RenderedMail, SuppressionReason
from newsletter.store.audience import SqlAudienceStore
from newsletter.store.checkup import check_database
from newsletter.store.delivery import SqlDeliveryStore
from newsletter.store.engine import open_engine, upgrade

URL = "sqlite:///var/newsletter.db"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def file(tmp_path):
    """A database with one fact in it."""
    engine = open_engine(URL, root=tmp_path)
    upgrade(engine)
    SqlAudienceStore(engine).suppress("ada@example.org", SuppressionReason.ASKED, now=NOW)
    engine.dispose()
    return tmp_path / "var" / "newsletter.db"


def levels(tmp_path):
    return [one.level for one in check_database(URL, root=tmp_path).found]


def test_a_sound_database_is_one_line(tmp_path, file):
    assert levels(tmp_path) == ["ok"]


def test_the_newest_moment_and_the_heaviest_letter_are_known(tmp_path, file):
    engine = open_engine(URL, root=tmp_path)
    mail = RenderedMail(
        issue="157",
        variant="all",
        language="fr",
        subject="s",
        preheader="",
        html="é" * 900,
        text="x" * 98,
        fields=(),
        sha256="0" * 64,
    )
    later = NOW.replace(hour=11)
    SqlDeliveryStore(engine).create_mailing(Freeze(issue="157", list="members", rehearsal=False), mail, now=later)
    engine.dispose()
    examined = check_database(URL, root=tmp_path)
    assert (examined.newest, examined.heaviest) == (later, 1_000)  # the two characters are an empty list of pictures


def test_no_database_yet_is_no_fault_and_none_is_made(tmp_path):
    assert levels(tmp_path) == ["ok"]
    assert not (tmp_path / "var").exists()


def test_a_database_that_others_read_is_to_mend(tmp_path, file):
    file.chmod(0o644)
    assert levels(tmp_path) == ["error"]


def test_a_damaged_database_is_to_mend(tmp_path, file):
    size = file.stat().st_size
    with file.open("r+b") as raw:
        raw.seek(size // 2)
        raw.write(os.urandom(size // 2))
    assert levels(tmp_path) == ["error"]


def test_a_file_that_is_no_database_is_to_mend(tmp_path, file):
    file.write_bytes(b"not a database at all, and long enough to be one" * 100)
    assert levels(tmp_path) == ["error"]


@pytest.mark.parametrize(("version", "level"), [("0000", "error"), (None, "warning")])
def test_another_schema_is_told_apart_and_not_upgraded(tmp_path, file, version, level):
    engine = open_engine(URL, root=tmp_path)
    with engine.begin() as connection:
        if version:
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{version}'")
        else:
            connection.exec_driver_sql("DROP TABLE alembic_version")
    engine.dispose()
    assert levels(tmp_path) == [level]
    assert levels(tmp_path) == [level]


def test_a_wrong_url_is_to_mend(tmp_path):
    assert [one.level for one in check_database("mysql://x/y", root=tmp_path).found] == ["error"]


@pytest.mark.postgresql
def test_a_sound_database_of_a_server_is_one_line_and_tells_what_it_knows(postgresql_schema, tmp_path):
    engine = open_engine(postgresql_schema, root=tmp_path)
    SqlAudienceStore(engine).suppress("ada@example.org", SuppressionReason.ASKED, now=NOW)
    engine.dispose()
    examined = check_database(postgresql_schema, root=tmp_path)
    assert [one.level for one in examined.found] == ["ok"]
    assert examined.newest
    assert examined.newest >= NOW


@pytest.mark.postgresql
def test_a_server_that_is_older_than_the_program_is_told_apart_and_not_upgraded(postgresql_schema, tmp_path):
    engine = open_engine(postgresql_schema, root=tmp_path)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS bare")
    engine.dispose()
    bare = make_url(postgresql_schema).update_query_dict({"options": "-csearch_path=bare"})
    url = bare.render_as_string(hide_password=False)
    assert [one.level for one in check_database(url, root=tmp_path).found] == ["warning"]


@pytest.mark.postgresql
def test_a_server_that_does_not_answer_is_to_mend(postgresql_schema, tmp_path):
    """The driver is there, the server is not."""
    (one,) = check_database("postgresql://nobody@127.0.0.1:9/newsletter", root=tmp_path).found
    assert (one.level, "\n" in one.message) == ("error", False)


@pytest.mark.postgresql
@pytest.mark.parametrize(("mode", "level"), [("off", "warning"), ("local", "ok"), ("on", "ok")])
def test_a_server_that_may_lose_commits_is_told_though_we_ask_for_better(postgresql_schema, tmp_path, mode, level):
    name = make_url(postgresql_schema).database
    engine = open_engine(postgresql_schema, root=tmp_path)
    with engine.begin() as connection:
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET synchronous_commit = {mode}')
    try:
        (one,) = check_database(postgresql_schema, root=tmp_path).found
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql(f'ALTER DATABASE "{name}" RESET synchronous_commit')
        engine.dispose()
    assert one.level == level
    assert (f"= {mode}" in one.message) == (level == "warning")
