"""An import is whole or not at all, and names every line that the file says twice."""

import hmac
import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

from newsletter.model import ImportRow, SubscriptionStatus, SuppressionReason
from newsletter.store import SqlAudienceStore
from newsletter.store.keyed import address_hash
from tests.store.databases import CONSENT, NOW, numbered, rows, subscribe

#: A process of its own that imports 6,000 rows, and what befalls it.
_IMPORTING = """
import os, resource, signal, sys
from pathlib import Path
from newsletter.errors import StoreError
from newsletter.store import SqlAudienceStore, open_engine
from tests.store.databases import CONSENT, numbered, rows

def torn():
    for number, row in enumerate(rows(*numbered(6000))):
        if number == 4500 and sys.argv[2] == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        yield row

store = SqlAudienceStore(open_engine("sqlite:///var/newsletter.db", root=Path(sys.argv[1])))
store.secret()
if sys.argv[2] == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    store.import_rows(torn(), list_id="members", consent=CONSENT, dry_run=False)
except StoreError as error:
    sys.exit(str(error))
"""


@pytest.mark.parametrize(("fate", "code", "words"), [("killed", -9, ""), ("full", 1, "le disque est plein")])
def test_an_import_stopped_half_way_leaves_nothing_half_done(
    sqlite: Engine, tmp_path: Path, fate: str, code: int, words: str
) -> None:
    command = [sys.executable, "-c", _IMPORTING, str(tmp_path), fate]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    store = SqlAudienceStore(sqlite)
    with sqlite.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        for table in ("subscribers", "subscriptions", "events", "consents"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0
    assert subscribe(store, *numbered(6000)).new == 6000
    assert subscribe(store, *numbered(6000)).unchanged == 6000


def test_a_second_mention_names_the_first_whoever_it_is_and_however_far(audience: SqlAudienceStore) -> None:
    subscribe(audience, "known@example.org", "gone@example.org")
    gone = audience.find("gone@example.org")
    assert gone
    (theirs,) = audience.subscriptions(gone.id)
    audience.set_status(theirs.id, SubscriptionStatus.UNSUBSCRIBED, now=NOW, detail="link")
    audience.suppress("dead@example.org", SuppressionReason.BOUNCED, now=NOW)
    names = ["known@example.org", "gone@example.org", "dead@example.org", "new@example.org"]
    report = subscribe(audience, *names, "new@example.org", *numbered(2500), *(name.upper() for name in names))
    assert (report.new, report.unchanged, report.kept_out) == (2501, 1, 2)
    assert [(each.line, each.reason.rpartition(" ")[2]) for each in report.refused] == [
        (6, "5"),
        (2507, "2"),
        (2508, "3"),
        (2509, "4"),
        (2510, "5"),
    ]


def test_people_of_another_list_join_this_one_beside_strangers(audience: SqlAudienceStore) -> None:
    subscribe(audience, *numbered(1500), list_id="friends")
    report = subscribe(audience, *numbered(3000))
    assert (report.new, report.updated) == (3000, 0)
    sizes = audience.sizes()
    assert (sizes["members"].mailable, sizes["friends"].mailable) == (3000, 1500)
    first = audience.find(numbered(1)[0])
    assert first
    assert [event.list for event in audience.events(first.id)] == ["friends", "members"]


def test_tags_and_fields_come_back_as_they_were(audience: SqlAudienceStore) -> None:
    fields = {"ville": 'Liège "sud"', "n_de_membre": "7\\8", "note": "100 % 😀", "vide": "’"}
    row = ImportRow(line=2, email="a@example.org", first_name="%s", tags=("coop", "été"), fields=fields)
    audience.import_rows([row], list_id="members", consent=CONSENT, dry_run=False)
    person = audience.find("a@example.org")
    assert person
    assert (person.first_name, person.tags, dict(person.fields)) == ("%s", ("coop", "été"), fields)


@pytest.mark.parametrize("words", ["", "}, {", '"}, {"', "{}", "\\"])
def test_each_keeps_its_own_fields_whatever_their_words(audience: SqlAudienceStore, words: str) -> None:
    fields: list[dict[str, str]] = [{"a": words, "b": "1"}, {}, {words: "x"}]
    page = [ImportRow(line=n, email=f"{n}@example.org", fields=own) for n, own in enumerate(fields, start=2)]
    audience.import_rows(page, list_id="members", consent=CONSENT, dry_run=False)
    assert [one.fields for one in audience.members("members")] == fields


def test_fields_lie_in_the_database_as_json_writes_them(sqlite: Engine) -> None:
    fields = {"ville": "Liège", "a": "1"}
    row = ImportRow(line=2, email="a@example.org", tags=("x",), fields=fields)
    SqlAudienceStore(sqlite).import_rows([row], list_id="members", consent=CONSENT, dry_run=False)
    with sqlite.connect() as connection:
        stored = connection.exec_driver_sql("SELECT fields, tags FROM subscribers").one()
    assert tuple(stored) == (json.dumps(fields), json.dumps(["x"]))


def test_a_database_works_as_usual_after_an_import(sqlite: Engine) -> None:
    store = SqlAudienceStore(sqlite)
    usual = [_pragma(sqlite, name) for name in ("foreign_keys", "secure_delete", "cache_size")]
    subscribe(store, *numbered(3))
    store.import_rows(rows(*numbered(9)), list_id="members", consent=CONSENT, dry_run=True)
    assert [_pragma(sqlite, name) for name in ("foreign_keys", "secure_delete", "cache_size")] == usual
    with sqlite.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []


def _pragma(engine: Engine, name: str) -> object:
    with engine.connect() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_whatever_a_page_shares_each_row_keeps_its_own(audience: SqlAudienceStore) -> None:
    """A cell that is the same on every row of a page is given to the database once."""
    alike = [ImportRow(line=n, email=f"{n}@example.org", first_name="Ève", tags=("coop",)) for n in range(2, 6)]
    mixed = [ImportRow(line=n, email=f"{n}@example.org", last_name=str(n), fields={"n": str(n)}) for n in range(6, 9)]
    for page in (alike, mixed, [ImportRow(line=9, email="9@example.org", last_name="9")]):
        assert audience.import_rows(page, list_id="members", consent=CONSENT, dry_run=False).new == len(page)
    found = {person.email: person for person, _status in audience.subscribers("members")}
    for row in (*alike, *mixed):
        person = found[row.email]
        assert (person.first_name, person.last_name, person.tags) == (row.first_name, row.last_name, row.tags)
        assert dict(person.fields) == dict(row.fields)


def test_an_import_of_nothing_writes_nothing(audience: SqlAudienceStore) -> None:
    report = audience.import_rows([], list_id="members", consent=CONSENT, dry_run=False)
    assert (report.new, report.refused) == (0, ())


def test_two_imports_one_after_the_other_share_one_connection(audience: SqlAudienceStore) -> None:
    assert [
        audience.import_rows(rows(*numbered(n)), list_id="m", consent=CONSENT, dry_run=n == 5).new for n in (5, 7)
    ] == [
        5,
        7,
    ]


@pytest.mark.parametrize("email", ["A@example.org", "é@example.org", "x" * 200])
def test_an_address_is_hashed_as_rfc_2104_says(email: str) -> None:
    secret = bytes(range(32))
    assert address_hash(secret, email) == hmac.digest(secret, email.lower().encode(), "sha256").hex()
