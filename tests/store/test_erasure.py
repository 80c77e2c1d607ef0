"""After an erasure, nobody finds the address in the files."""

from pathlib import Path

from sqlalchemy import Engine

from newsletter.model import DeliveryState, Outcome, Phase, Reply, SuppressionReason
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
