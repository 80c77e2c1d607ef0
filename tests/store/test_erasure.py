"""After an erasure, nobody finds the address in the files."""

from pathlib import Path

from sqlalchemy import Engine

from newsletter.model import Consent, DeliveryState, Outcome, Phase, Reply, SubscriptionStatus, SuppressionReason
from newsletter.store import SqlAudienceStore, SqlDeliveryStore
from tests.store.databases import LATER, MAIL, NOW, mail_to, numbered, subscribe

_WANTED = b"fougeres"


def files_with(needle: bytes, folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and needle in path.read_bytes().lower()]


def test_an_erased_address_is_in_no_file(sqlite: Engine, tmp_path: Path) -> None:
    people, letters = SqlAudienceStore(sqlite), SqlDeliveryStore(sqlite)
    subscribe(people, *numbered(3000), "Helene.Fougeres@example.org", "zoe@example.org")
    mailing = mail_to(letters)
    quoting = Reply(phase=Phase.RCPT, code=550, enhanced="5.1.1", text="<helene.fougeres@example.org>: unknown")
    while page := letters.claim(mailing.id, limit=1000, now=NOW):
        outcomes = [
            Outcome(
                delivery=reader.delivery, state=DeliveryState.FAILED, reply=quoting, suppress="Foug" in reader.email
            )
            for reader in page
            if "Foug" in reader.email
        ]
        letters.record(mailing.id, outcomes, now=NOW)
    letters.save_proof(MAIL.issue, sha256="ab", to=["helene.fougeres@example.org", "zoe@example.org"], at=NOW)
    assert files_with(_WANTED, tmp_path)
    assert people.erase("helene.fougeres@example.org", now=LATER)
    assert files_with(_WANTED, tmp_path) == []
    assert files_with(b"zoe@example.org", tmp_path)
    assert letters.counts(mailing.id).total == 3002


def test_erasing_again_scrubs_again(sqlite: Engine, tmp_path: Path) -> None:
    people = SqlAudienceStore(sqlite)
    people.suppress("helene.fougeres@example.org", SuppressionReason.ASKED, now=NOW)
    people.unsuppress("helene.fougeres@example.org", now=NOW)
    assert files_with(_WANTED, tmp_path)
    assert people.erase("helene.fougeres@example.org", now=LATER) is False
    assert files_with(_WANTED, tmp_path) == []


def test_every_consent_of_an_erased_person_goes_but_those_of_others(sqlite: Engine) -> None:
    people = SqlAudienceStore(sqlite)
    subscribe(people, "helene.fougeres@example.org", "zoe@example.org")
    person, other = people.find("helene.fougeres@example.org"), people.find("zoe@example.org")
    assert person
    assert other
    for place in ("192.0.2.1", "192.0.2.2"):
        (theirs,) = people.subscriptions(person.id)
        people.set_status(theirs.id, SubscriptionStatus.UNSUBSCRIBED, now=NOW, detail="link")
        people.subscribe(person.id, "members", consent=Consent(text="form", source=f"form, from {place}", at=LATER))
    assert [event.detail for event in people.events(person.id) if event.kind == "confirmed"] == [
        "form, from 192.0.2.1",
        "form, from 192.0.2.2",
    ]
    people.erase("helene.fougeres@example.org", now=LATER)
    with sqlite.connect() as connection:
        assert connection.exec_driver_sql("SELECT source FROM consents").scalars().all() == ["import: people.csv"]
    assert [event.detail for event in people.events(other.id)] == ["import: people.csv"]


def test_whoever_was_erased_comes_back_neither_alone_nor_among_others(audience: SqlAudienceStore) -> None:
    subscribe(audience, "a@example.org", "last@example.org")
    audience.erase("last@example.org", now=LATER)
    report = subscribe(audience, "Last@example.org", "b@example.org", "last@example.org")
    assert (report.new, report.kept_out, [each.line for each in report.refused]) == (1, 1, [4])
    newest = audience.find("b@example.org")
    assert newest
    assert newest.id > 2, "no id is given twice"
    assert subscribe(audience, "LAST@example.org").kept_out == 1
