"""What every RetentionStore promises: what is old goes, and nothing that protects anybody."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, update
from sqlalchemy.exc import OperationalError

from newsletter.errors import StoreError
from newsletter.model import (
    AnswerGroup,
    Consent,
    Counts,
    DeliveryState,
    Event,
    ImportRow,
    MailingState,
    Outcome,
    Phase,
    Reply,
    SubscriptionStatus,
    SuppressionReason,
)
from newsletter.store import SqlAudienceStore, SqlDeliveryStore, SqlReportStore, SqlRetentionStore, SqlReturnStore
from newsletter.store.tables import subscriptions
from newsletter.store.transactions import writing
from tests.store.databases import CONSENT, MAIL, NOW, mail_to, rows, subscribe
from tests.store.test_erasure import files_with

HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)
SENT, FAILED, UNCERTAIN = DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNCERTAIN
REFUSED = Reply(phase=Phase.RCPT, code=550, enhanced="5.1.1", text="<nora@example.org>: nobody of that name")


@pytest.fixture
def retention(engine: Engine) -> SqlRetentionStore:
    return SqlRetentionStore(engine)


@pytest.fixture
def mailing(audience: SqlAudienceStore, delivery: SqlDeliveryStore) -> int:
    """Over since one hour after NOW: Léa and Zoé have it, Nora's address was refused."""
    subscribe(audience, "lea@example.org", "nora@example.org", "zoe@example.org")
    return over(delivery, {"nora@example.org": FAILED})


def over(
    store: SqlDeliveryStore, states: dict[str, DeliveryState], *, state: MailingState = MailingState.FINISHED
) -> int:
    """A mailing that is over after an hour; whom `states` does not name has it."""
    mailing = mail_to(store)
    store.set_state(mailing.id, MailingState.RUNNING, now=NOW)
    outcomes = [
        Outcome(
            delivery=one.delivery, state=states.get(one.email, SENT), reply=REFUSED if one.email in states else None
        )
        for one in store.claim(mailing.id, limit=99, now=NOW)
    ]
    store.record(mailing.id, outcomes, now=NOW)
    store.set_state(mailing.id, state, now=NOW + HOUR)
    return mailing.id


def empty(store: SqlRetentionStore, *, before: datetime = NOW + DAY, dry_run: bool = False) -> int:
    return store.empty_ledgers(before=before, now=NOW + YEAR, dry_run=dry_run)


def emails(store: SqlDeliveryStore, mailing: int) -> list[str]:
    return [one.email for one in store.deliveries(mailing)]


# --- the ledger ------------------------------------------------------------------------------------------------


def test_a_ledger_loses_its_addresses_and_every_total_stays(
    delivery: SqlDeliveryStore, retention: SqlRetentionStore, engine: Engine, mailing: int
) -> None:
    reports = SqlReportStore(engine)
    before, answers = reports.counts_of([mailing]), reports.answers(mailing)
    assert empty(retention) == 3
    assert emails(delivery, mailing) == ["", "", ""]
    assert reports.counts_of([mailing]) == before == {mailing: Counts(sent=2, failed=1)}
    assert [(one.code, one.enhanced, one.number) for one in reports.answers(mailing)] == [(550, "5.1.1", 1)]
    assert answers == [AnswerGroup(state=FAILED, code=550, enhanced="5.1.1", number=1, example=REFUSED.text)]
    assert reports.answers(mailing)[0].example == ""
    assert delivery.load_mailing(mailing).emptied_at == NOW + YEAR


def test_nobody_gets_an_issue_twice_though_its_ledger_is_empty(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore, retention: SqlRetentionStore, mailing: int
) -> None:
    empty(retention)
    subscribe(audience, "new@example.org")
    again = mail_to(delivery)
    assert sorted(emails(delivery, again.id)) == ["new@example.org", "nora@example.org"]


def test_a_dry_run_counts_the_same_and_lets_nothing_go(
    delivery: SqlDeliveryStore, retention: SqlRetentionStore, mailing: int
) -> None:
    assert empty(retention, dry_run=True) == 3
    assert "" not in emails(delivery, mailing)
    assert empty(retention) == 3
    assert empty(retention, dry_run=True) == empty(retention) == 0


def test_a_young_ledger_stays_whole(delivery: SqlDeliveryStore, retention: SqlRetentionStore, mailing: int) -> None:
    assert empty(retention, before=NOW + HOUR) == 0
    assert "" not in emails(delivery, mailing)


@pytest.mark.parametrize("state", [MailingState.RUNNING, MailingState.PAUSED])
def test_a_mailing_that_is_not_over_keeps_its_addresses(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore, retention: SqlRetentionStore, state: MailingState
) -> None:
    subscribe(audience, "lea@example.org")
    mailing = over(delivery, {}, state=state)
    assert empty(retention) == 0
    assert emails(delivery, mailing) == ["lea@example.org"]


def test_a_ledger_waits_until_what_is_uncertain_is_decided(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore, retention: SqlRetentionStore
) -> None:
    subscribe(audience, "lea@example.org", "nora@example.org")
    mailing = over(delivery, {"nora@example.org": UNCERTAIN})
    assert empty(retention) == 0
    delivery.resolve(mailing, resend=False, now=NOW + DAY)
    assert empty(retention) == 2


def test_a_purge_that_was_stopped_is_finished_by_the_next(
    delivery: SqlDeliveryStore,
    retention: SqlRetentionStore,
    engine: Engine,
    mailing: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(SqlRetentionStore._let_go, "__kwdefaults__", {"page": 2})
    with fails_after(engine, 1), pytest.raises(StoreError):
        empty(retention)
    assert emails(delivery, mailing).count("") == 2
    assert delivery.load_mailing(mailing).emptied_at is None
    assert empty(retention) == 1
    assert emails(delivery, mailing).count("") == 3


@contextmanager
def fails_after(engine: Engine, number: int) -> Iterator[None]:
    """The disk is full once so many pages of addresses are forgotten."""
    seen = []

    def fail(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("UPDATE deliveries"):
            seen.append(statement)
            if len(seen) > number:
                raise OperationalError(statement, {}, Exception("database or disk is full"))

    event.listen(engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", fail)


def test_tests_that_were_sent_forget_to_whom(delivery: SqlDeliveryStore, retention: SqlRetentionStore) -> None:
    for at in (NOW, NOW + DAY):
        delivery.save_proof(MAIL.issue, sha256="ab", to=["lea@example.org"], at=at)
    assert [retention.forget_proofs(before=NOW + HOUR, dry_run=dry) for dry in (True, False, False)] == [1, 1, 0]
    assert [record.to for record in delivery.proofs(MAIL.issue)] == [("lea@example.org",), ()]


# --- what came back --------------------------------------------------------------------------------------------


def test_words_of_refusals_go_and_their_codes_stay(
    delivery: SqlDeliveryStore, retention: SqlRetentionStore, mailing: int
) -> None:
    before = NOW + DAY
    assert [retention.forget_answers(before=before, dry_run=dry) for dry in (True, False, False)] == [1, 1, 0]
    (refused,) = delivery.deliveries(mailing, FAILED)
    assert refused.reply
    assert (refused.reply.code, refused.reply.enhanced, refused.reply.text) == (550, "5.1.1", "")
    assert refused.email == "nora@example.org", "the ledger has a time of its own"


def test_failures_that_came_back_go_and_who_is_barred_stays_barred(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore, retention: SqlRetentionStore, engine: Engine, mailing: int
) -> None:
    returns = SqlReturnStore(engine)
    lea, zoe = (returns.addressee(one.id) for one in delivery.deliveries(mailing, SENT))
    assert lea
    assert zoe
    bounced = Event(kind="bounced", at=NOW, detail=f"5.1.1, {MAIL.issue}")
    complained = Event(kind="complained", at=NOW, detail=MAIL.issue)
    returns.enter(lea, bounced, reason=SuppressionReason.BOUNCED, now=NOW)
    returns.enter(zoe, complained, reason=SuppressionReason.COMPLAINED, now=NOW)
    before = NOW + DAY
    assert [retention.forget_bounces(before=before, dry_run=dry) for dry in (True, False, False)] == [1, 1, 0]
    assert [fact.kind for fact in audience.events(lea.subscriber)] == ["imported", "suppressed"]
    assert [fact.kind for fact in audience.events(zoe.subscriber)] == ["imported", "complained", "suppressed"]
    assert audience.is_suppressed(lea.email)
    assert audience.is_suppressed(zoe.email)
    assert delivery.load_mailing(mailing).complaints == 1


# --- people ----------------------------------------------------------------------------------------------------


def leave(store: SqlAudienceStore, email: str, *, at: datetime, list_id: str = "members") -> int:
    person = store.find(email)
    assert person
    theirs = next(each for each in store.subscriptions(person.id) if each.list == list_id)
    store.set_status(theirs.id, SubscriptionStatus.UNSUBSCRIBED, now=at, detail="link")
    return person.id


def forget_consents(store: SqlRetentionStore, *, before: datetime) -> list[int]:
    return [store.forget_consents(before=before, dry_run=dry) for dry in (True, False, False)]


def test_a_proof_of_consent_goes_long_after_its_subscription_and_no_other(
    audience: SqlAudienceStore, retention: SqlRetentionStore
) -> None:
    subscribe(audience, "lea@example.org", "zoe@example.org")
    for email in ("lea@example.org", "nora@example.org"):
        audience.import_rows(
            [ImportRow(line=1, email=email)],
            list_id="public",
            consent=Consent(text="On the phone", source=f"hand, {email}", at=NOW),
            dry_run=False,
        )
    lea = leave(audience, "lea@example.org", at=NOW, list_id="public")
    assert forget_consents(retention, before=NOW + HOUR) == [1, 1, 0]
    proofs = {each.list: each.consent for each in audience.subscriptions(lea)}
    assert proofs == {"members": Consent(text=CONSENT.text, source="import: people.csv", at=NOW), "public": None}
    told = [(fact.kind, fact.list, fact.detail) for fact in audience.events(lea)]
    assert told == [
        ("imported", "members", "import: people.csv"),
        ("imported", "public", ""),
        ("unsubscribed", "public", ""),
    ]
    nora = audience.find("nora@example.org")
    assert nora
    (theirs,) = audience.subscriptions(nora.id)
    assert theirs.consent


def test_whoever_left_one_list_is_still_kept_out_of_it_without_the_proof(
    audience: SqlAudienceStore, retention: SqlRetentionStore
) -> None:
    subscribe(audience, "lea@example.org")
    subscribe(audience, "lea@example.org", list_id="public")
    leave(audience, "lea@example.org", at=NOW)
    forget_consents(retention, before=NOW + HOUR)
    assert retention.forget_people(before=NOW + HOUR, now=NOW + YEAR, dry_run=False) == 0
    assert subscribe(audience, "lea@example.org").kept_out == 1


def test_people_who_left_every_list_long_ago_are_erased_and_no_import_brings_them_back(
    audience: SqlAudienceStore, retention: SqlRetentionStore
) -> None:
    subscribe(audience, "lea@example.org", "nora@example.org", "zoe@example.org", "jo@example.org")
    subscribe(audience, "nora@example.org", list_id="public")
    for email in ("lea@example.org", "nora@example.org"):
        leave(audience, email, at=NOW)
    leave(audience, "jo@example.org", at=NOW + DAY)
    before, now = NOW + HOUR, NOW + YEAR
    assert [retention.forget_people(before=before, now=now, dry_run=dry) for dry in (True, False, False)] == [1, 1, 0]
    assert audience.find("lea@example.org") is None
    assert [audience.find(email) is None for email in ("nora@example.org", "zoe@example.org", "jo@example.org")] == [
        False
    ] * 3
    again = audience.import_rows(rows("Lea@example.org"), list_id="public", consent=CONSENT, dry_run=False)
    assert (again.new, again.kept_out) == (0, 1)


def test_people_barred_long_ago_are_erased_and_stay_barred(
    audience: SqlAudienceStore, retention: SqlRetentionStore
) -> None:
    subscribe(audience, "lea@example.org", "zoe@example.org")
    audience.suppress("lea@example.org", SuppressionReason.COMPLAINED, now=NOW)
    audience.suppress("zoe@example.org", SuppressionReason.COMPLAINED, now=NOW + DAY)
    assert retention.forget_people(before=NOW + HOUR, now=NOW + YEAR, dry_run=False) == 1
    assert audience.find("lea@example.org") is None
    assert audience.find("zoe@example.org")
    assert audience.is_suppressed("lea@example.org")
    assert subscribe(audience, "lea@example.org").kept_out == 1


# --- logs ------------------------------------------------------------------------------------------------------


def test_addresses_are_taken_out_of_old_logs_and_the_rest_is_still_said(
    delivery: SqlDeliveryStore, retention: SqlRetentionStore, mailing: int
) -> None:
    delivery.remark(mailing, "550 5.1.1 <nora@example.org>: nobody, ask bounce+a1@x.org.", now=NOW)
    delivery.remark(mailing, "mx.example.org: 12 messages a second", now=NOW)
    delivery.remark(mailing, "lea@example.org was here", now=NOW + DAY)
    assert [retention.forget_remarks(before=NOW + HOUR, dry_run=dry) for dry in (True, False, False)] == [1, 1, 0]
    words = [fact.words for fact in delivery.log(mailing) if fact.kind.value == "remarked"]
    assert words == [
        "lea@example.org was here",
        "mx.example.org: 12 messages a second",
        "550 5.1.1 <…>: nobody, ask …",
    ]


def test_what_was_let_go_is_in_no_file(sqlite: Engine, tmp_path: Path) -> None:
    people, letters, retention = SqlAudienceStore(sqlite), SqlDeliveryStore(sqlite), SqlRetentionStore(sqlite)
    subscribe(people, *(f"reader{number:04}@fougeres.example" for number in range(400)))
    mailing = mail_to(letters)
    letters.set_state(mailing.id, MailingState.CANCELLED, now=NOW)
    with writing(sqlite) as connection:  # everybody left on the day of the mailing
        connection.execute(update(subscriptions).values(status="unsubscribed"))
    assert files_with(b"fougeres", tmp_path)
    assert retention.empty_ledgers(before=NOW + HOUR, now=NOW + YEAR, dry_run=False) == 400
    assert retention.forget_people(before=NOW + HOUR, now=NOW + YEAR, dry_run=False) == 400
    retention.scrub()
    assert files_with(b"fougeres", tmp_path) == []
