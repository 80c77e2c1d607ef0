"""What every DeliveryStore promises."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from newsletter.errors import RefusedError, UsageError
from newsletter.model import (
    Approval,
    Counts,
    DeliveryState,
    Freeze,
    ImportRow,
    InlinePicture,
    Mailing,
    MailingState,
    MergeField,
    Outcome,
    Phase,
    ProofRecord,
    Reply,
    SubscriptionStatus,
    SuppressionReason,
)
from newsletter.store import SqlAudienceStore, SqlDeliveryStore
from tests.store.databases import CONSENT, LATER, MAIL, NOW, mail_to, numbered, rows, subscribe

SENT, DEFERRED, FAILED, QUEUED = (
    DeliveryState.SENT,
    DeliveryState.DEFERRED,
    DeliveryState.FAILED,
    DeliveryState.QUEUED,
)
ACCEPTED = Reply(phase=Phase.DOT, code=250, enhanced="2.0.0", text="queued as 4XYZ")


def unsubscribe(audience: SqlAudienceStore, email: str) -> int:
    """Leave the list; returns the subscriber."""
    person = audience.find(email)
    assert person
    (theirs,) = audience.subscriptions(person.id)
    audience.set_status(theirs.id, SubscriptionStatus.UNSUBSCRIBED, now=LATER, detail="link")
    return person.id


def settle(store: SqlDeliveryStore, mailing: int, state: DeliveryState, *, limit: int) -> list[str]:
    """Claim and record; returns the addresses."""
    page = store.claim(mailing, limit=limit, now=NOW)
    store.record(mailing, [Outcome(delivery=reader.delivery, state=state) for reader in page], now=NOW)
    return [reader.email for reader in page]


# --- approvals and proofs --------------------------------------------------------------------------------------


def test_the_approvals_of_an_issue_are_remembered_newest_first(delivery: SqlDeliveryStore) -> None:
    first = Approval(issue="157", by="Hélène", at=NOW, parts={"html": "ab"}, sha256="cd", people=7)
    second = replace(first, at=LATER, despite="the fee is right", approved_text={"subject": "Imagine recrute"})
    delivery.save_approval(first)
    delivery.save_approval(second)
    assert delivery.approvals("157") == [second, first]
    assert delivery.approvals("158") == []


def test_proofs_are_numbered_within_their_issue(delivery: SqlDeliveryStore) -> None:
    issues = ("157", "157", "158")
    numbers = [delivery.save_proof(issue, sha256="ab", to=["a@example.org"], at=NOW) for issue in issues]
    assert numbers == [1, 2, 1]


def test_the_proofs_of_an_issue_are_remembered_newest_first(delivery: SqlDeliveryStore) -> None:
    delivery.save_proof("157", sha256="ab", to=["a@example.org"], at=NOW)
    delivery.save_proof("158", sha256="ab", to=["a@example.org"], at=NOW)
    delivery.save_proof("157", sha256="cd", to=["a@example.org", "b@example.org"], at=LATER)
    assert delivery.proofs("157") == [
        ProofRecord(number=2, sha256="cd", to=("a@example.org", "b@example.org"), at=LATER),
        ProofRecord(number=1, sha256="ab", to=("a@example.org",), at=NOW),
    ]


def test_a_mail_that_was_read_is_kept_once_and_comes_back_equal(delivery: SqlDeliveryStore) -> None:
    for mail in (MAIL, MAIL, replace(MAIL, issue="158")):
        delivery.keep_mail(mail)
    assert delivery.kept_mail(MAIL.issue, MAIL.sha256) == MAIL
    assert delivery.kept_mail(MAIL.issue, "ab") is None
    assert delivery.kept_mail("159", MAIL.sha256) is None


# --- freezing --------------------------------------------------------------------------------------------------


def test_a_mailing_freezes_every_confirmed_unsuppressed_address(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore
) -> None:
    subscribe(audience, "a@example.org", "gone@example.org", "dead@example.org", "b@example.org")
    subscribe(audience, "friend@example.org", list_id="friends")
    unsubscribe(audience, "gone@example.org")
    audience.suppress("dead@example.org", SuppressionReason.BOUNCED, now=NOW)
    assert delivery.would_receive(MAIL.issue, "members") == 2
    mailing = mail_to(delivery)
    assert [each.email for each in delivery.deliveries(mailing.id)] == ["a@example.org", "b@example.org"]
    assert delivery.counts(mailing.id) == Counts(queued=2)


def test_whoever_has_the_issue_is_left_out_of_the_next_mailing(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore
) -> None:
    subscribe(audience, *numbered(5))
    first = mail_to(delivery)
    page = delivery.claim(first.id, limit=4, now=NOW)
    states = (SENT, FAILED, DeliveryState.UNCERTAIN, DeliveryState.SKIPPED)
    outcomes = [Outcome(delivery=reader.delivery, state=state) for reader, state in zip(page, states, strict=True)]
    delivery.record(first.id, outcomes, now=NOW)
    assert delivery.would_receive(MAIL.issue, "members") == 2
    second = mail_to(delivery)
    assert [each.email for each in delivery.deliveries(second.id)] == [numbered(5)[1], numbered(5)[3]]
    assert delivery.would_receive("another issue", "members") == 5


def test_a_rehearsal_takes_everybody_and_counts_for_nothing(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore
) -> None:
    subscribe(audience, *numbered(3))
    settle(delivery, mail_to(delivery, rehearsal=True).id, SENT, limit=9)
    assert delivery.would_receive(MAIL.issue, "members") == 3
    settle(delivery, mail_to(delivery).id, SENT, limit=9)
    assert delivery.would_receive(MAIL.issue, "members") == 0
    assert delivery.counts(mail_to(delivery, rehearsal=True).id).total == 3


def test_whoever_a_cancelled_mailing_did_not_reach_is_in_the_next_one(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore
) -> None:
    subscribe(audience, *numbered(3))
    first = mail_to(delivery)
    settle(delivery, first.id, SENT, limit=1)
    assert delivery.would_receive(MAIL.issue, "members") == 0
    delivery.set_state(first.id, MailingState.CANCELLED, now=NOW)
    assert delivery.would_receive(MAIL.issue, "members") == 2


def test_the_mail_comes_back_exactly_as_it_was_frozen(delivery: SqlDeliveryStore) -> None:
    fields = (MergeField(token="Z0Z", name="first_name", fallback="", prefix="\u202f"),)
    picture = InlinePicture(cid="6f3c@inline", type="image/png", name="logo.png", base64="iVBORw0KGgo=")
    mail = replace(MAIL, fields=fields, pictures=(picture,))
    freeze = mail_to(delivery)
    assert delivery.load_mail(freeze.id) == MAIL

    other = delivery.create_mailing(Freeze(issue="x", list="members", rehearsal=True), mail, now=NOW)
    assert delivery.load_mail(other.id) == mail


def test_a_list_of_twenty_thousand_is_frozen_whole(audience: SqlAudienceStore, delivery: SqlDeliveryStore) -> None:
    subscribe(audience, *numbered(20_000))
    assert delivery.counts(mail_to(delivery).id) == Counts(queued=20_000)


def test_two_mailings_of_one_issue_frozen_at_once_share_no_reader(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore
) -> None:
    subscribe(audience, *numbered(500))
    threads = [threading.Thread(target=mail_to, args=(delivery,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(delivery.counts(mailing.id).total for mailing in delivery.mailings()) == [0, 0, 0, 500]


# --- mailings --------------------------------------------------------------------------------------------------


def test_a_mailing_is_found_by_number_or_as_the_last(delivery: SqlDeliveryStore) -> None:
    first, second = mail_to(delivery), mail_to(delivery, rehearsal=True)
    assert (first.id, second.id) == (1, 2)
    assert delivery.load_mailing("last") == second
    assert delivery.load_mailing("1") == delivery.load_mailing(1) == first
    assert list(delivery.mailings()) == [second, first]
    assert first.identity == {"from": "Imagine <a@example.org>"}
    assert first.state is MailingState.SCHEDULED


@pytest.mark.parametrize("name", [7, "7", "first", "-1", "²"])
def test_a_mailing_that_does_not_exist_is_a_wrong_use(delivery: SqlDeliveryStore, name: int | str) -> None:
    with pytest.raises(UsageError, match="there is no mailing"):
        delivery.load_mailing(name)


def test_a_mailing_keeps_its_first_start_and_its_last_end(delivery: SqlDeliveryStore) -> None:
    mailing = mail_to(delivery)
    moments = [NOW + timedelta(minutes=minute) for minute in range(5)]
    states = ("running", "paused", "running", "finished")
    for moment, state in zip(moments, states, strict=False):
        delivery.set_state(mailing.id, MailingState(state), now=moment, note=f"now {state}")
    done = delivery.load_mailing(mailing.id)
    assert (done.started_at, done.finished_at, done.note) == (moments[0], moments[3], "now finished")
    delivery.set_state(mailing.id, MailingState.RUNNING, now=moments[4])
    again = delivery.load_mailing(mailing.id)
    assert (again.started_at, again.finished_at, again.note) == (moments[0], None, "")


def test_the_state_of_no_mailing_cannot_be_set(delivery: SqlDeliveryStore) -> None:
    with pytest.raises(UsageError):
        delivery.set_state(3, MailingState.PAUSED, now=NOW)


# --- claiming --------------------------------------------------------------------------------------------------


def test_a_claimed_reader_carries_all_the_sender_needs(audience: SqlAudienceStore, delivery: SqlDeliveryStore) -> None:
    fields = {"ville": "Liège", "mot": "\"'\\{}[],🌿"}
    row = ImportRow(line=2, email="Eve@example.org", first_name="Ève", last_name="Noël", fields=fields)
    audience.import_rows([row], list_id="members", consent=CONSENT, dry_run=False)
    mailing = mail_to(delivery)
    (reader,) = delivery.claim(mailing.id, limit=10, now=NOW)
    assert (reader.email, reader.attempts, reader.first_tried_at) == ("Eve@example.org", 0, None)
    assert reader.fields == {**fields, "first_name": "Ève", "last_name": "Noël"}
    person = audience.find("eve@example.org")
    assert person
    assert (reader.subscriber, reader.subscription) == (person.id, audience.subscriptions(person.id)[0].id)
    assert delivery.counts(mailing.id) == Counts(sending=1)
    assert delivery.claim(mailing.id, limit=10, now=NOW) == []


def test_pages_follow_one_another_and_share_nobody(audience: SqlAudienceStore, delivery: SqlDeliveryStore) -> None:
    subscribe(audience, *numbered(25))
    mailing = mail_to(delivery)
    claimed = [[reader.email for reader in delivery.claim(mailing.id, limit=10, now=NOW)] for _ in range(4)]
    assert [len(page) for page in claimed] == [10, 10, 5, 0]
    assert [email for page in claimed for email in page] == numbered(25)


def test_a_suppressed_address_is_never_claimed(audience: SqlAudienceStore, delivery: SqlDeliveryStore) -> None:
    subscribe(audience, *numbered(3))
    mailing = mail_to(delivery)
    audience.suppress(numbered(3)[1], SuppressionReason.ASKED, now=LATER)
    assert [reader.email for reader in delivery.claim(mailing.id, limit=9, now=LATER)] == [
        numbered(3)[0],
        numbered(3)[2],
    ]
    assert delivery.counts(mailing.id) == Counts(sending=2, skipped=1)


def test_whoever_unsubscribed_or_was_erased_is_skipped(audience: SqlAudienceStore, delivery: SqlDeliveryStore) -> None:
    subscribe(audience, *numbered(3))
    mailing = mail_to(delivery)
    unsubscribe(audience, numbered(3)[0])
    audience.erase(numbered(3)[1], now=LATER)
    assert [reader.email for reader in delivery.claim(mailing.id, limit=9, now=LATER)] == [numbered(3)[2]]
    assert delivery.counts(mailing.id) == Counts(sending=1, skipped=2)


def test_an_empty_page_means_that_nobody_is_left(audience: SqlAudienceStore, delivery: SqlDeliveryStore) -> None:
    subscribe(audience, *numbered(30))
    mailing = mail_to(delivery)
    for email in numbered(25):
        audience.suppress(email, SuppressionReason.ASKED, now=LATER)
    assert [reader.email for reader in delivery.claim(mailing.id, limit=5, now=LATER)] == numbered(30)[25:]
    assert delivery.counts(mailing.id) == Counts(sending=5, skipped=25)


def test_two_claimers_at_once_never_share_a_delivery(audience: SqlAudienceStore, delivery: SqlDeliveryStore) -> None:
    subscribe(audience, *numbered(2000))
    mailing = mail_to(delivery)
    claimed: list[int] = []

    def claim_all() -> None:
        while page := delivery.claim(mailing.id, limit=37, now=NOW):
            claimed.extend(reader.delivery for reader in page)

    threads = [threading.Thread(target=claim_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 2000
    assert delivery.counts(mailing.id) == Counts(sending=2000)


def test_a_deferred_delivery_is_claimed_once_due(audience: SqlAudienceStore, delivery: SqlDeliveryStore) -> None:
    subscribe(audience, *numbered(2))
    mailing = mail_to(delivery)
    assert delivery.next_due(mailing.id) is None
    page = delivery.claim(mailing.id, limit=9, now=NOW)
    greylisted = Reply(phase=Phase.RCPT, code=450, enhanced="4.7.1", text="come back later")
    due = [NOW + timedelta(minutes=minutes) for minutes in (30, 15)]
    outcomes = [
        Outcome(delivery=reader.delivery, state=DEFERRED, reply=greylisted, due_at=due_at)
        for reader, due_at in zip(page, due, strict=True)
    ]
    delivery.record(mailing.id, outcomes, now=NOW)
    assert delivery.next_due(mailing.id) == due[1]
    assert delivery.claim(mailing.id, limit=9, now=due[1] - timedelta(seconds=1)) == []
    (second,) = delivery.claim(mailing.id, limit=9, now=due[1])
    assert (second.email, second.attempts, second.first_tried_at) == (numbered(2)[1], 1, NOW)
    assert delivery.next_due(mailing.id) == due[0]


# --- recording -------------------------------------------------------------------------------------------------


def test_an_outcome_keeps_the_servers_answer(audience: SqlAudienceStore, delivery: SqlDeliveryStore) -> None:
    subscribe(audience, "a@example.org")
    mailing = mail_to(delivery)
    (reader,) = delivery.claim(mailing.id, limit=1, now=NOW)
    delivery.record(mailing.id, [Outcome(delivery=reader.delivery, state=SENT, reply=ACCEPTED)], now=LATER)
    (stored,) = delivery.deliveries(mailing.id, SENT)
    assert (stored.reply, stored.attempts, stored.changed_at) == (ACCEPTED, 1, LATER)
    assert list(delivery.deliveries(mailing.id, FAILED)) == []


def test_a_claim_first_stores_outcomes_and_takes_whom_they_queue_again(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore
) -> None:
    subscribe(audience, *numbered(3))
    mailing = mail_to(delivery)
    first, second = delivery.claim(mailing.id, limit=2, now=NOW)
    outcomes = [Outcome(first.delivery, SENT, ACCEPTED), Outcome(second.delivery, QUEUED, counts=False)]
    page = delivery.claim(mailing.id, limit=5, now=NOW, outcomes=outcomes)
    assert [reader.email for reader in page] == numbered(3)[1:]
    assert delivery.counts(mailing.id) == Counts(sent=1, sending=2)


def test_outcomes_recorded_together_keep_each_its_own_words_and_times(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore
) -> None:
    subscribe(audience, *numbered(5))
    mailing = mail_to(delivery)
    first, second, third, fourth, fifth = (reader.delivery for reader in delivery.claim(mailing.id, limit=5, now=NOW))
    busy = replace(ACCEPTED, phase=Phase.RCPT, code=450, enhanced="4.2.0", text='„busy" \\ élan 😀')
    outcomes = [
        Outcome(delivery=first, state=SENT, reply=ACCEPTED),
        Outcome(delivery=second, state=DEFERRED, reply=busy, due_at=LATER),
        Outcome(delivery=third, state=SENT, reply=replace(ACCEPTED, text="queued as 4ABC")),
        Outcome(delivery=fourth, state=DEFERRED, reply=replace(busy, text=""), due_at=LATER + timedelta(minutes=1)),
        Outcome(delivery=fifth, state=QUEUED, counts=False),
    ]
    delivery.record(mailing.id, outcomes, now=NOW)
    stored = {one.id: one for one in delivery.deliveries(mailing.id)}
    assert [
        (one.state, one.reply, one.due_at) for one in map(stored.__getitem__, (each.delivery for each in outcomes))
    ] == [(one.state, one.reply, one.due_at) for one in outcomes]
    assert [stored[one.delivery].attempts for one in outcomes] == [1, 1, 1, 1, 0]


def test_recording_twice_is_harmless(audience: SqlAudienceStore, delivery: SqlDeliveryStore) -> None:
    subscribe(audience, "a@example.org")
    mailing = mail_to(delivery)
    (reader,) = delivery.claim(mailing.id, limit=1, now=NOW)
    sent = Outcome(delivery=reader.delivery, state=SENT, reply=ACCEPTED)
    delivery.record(mailing.id, [sent], now=NOW)
    delivery.record(mailing.id, [sent._replace(state=FAILED, suppress=True)], now=LATER)
    (stored,) = delivery.deliveries(mailing.id)
    assert (stored.state, stored.attempts, stored.changed_at) == (SENT, 1, NOW)
    assert not audience.is_suppressed("a@example.org")


def test_an_outcome_touches_no_other_mailing(audience: SqlAudienceStore, delivery: SqlDeliveryStore) -> None:
    subscribe(audience, "a@example.org")
    first, second = mail_to(delivery, rehearsal=True), mail_to(delivery, rehearsal=True)
    (reader,) = delivery.claim(first.id, limit=1, now=NOW)
    delivery.record(second.id, [Outcome(delivery=reader.delivery, state=SENT)], now=NOW)
    assert delivery.counts(first.id) == Counts(sending=1)


def test_the_connections_fault_does_not_count_as_an_attempt(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore
) -> None:
    subscribe(audience, "a@example.org")
    mailing = mail_to(delivery)
    (reader,) = delivery.claim(mailing.id, limit=1, now=NOW)
    delivery.record(mailing.id, [Outcome(delivery=reader.delivery, state=QUEUED, counts=False)], now=NOW)
    (again,) = delivery.claim(mailing.id, limit=1, now=LATER)
    assert (again.attempts, again.first_tried_at) == (0, None)


def test_an_address_that_does_not_exist_is_suppressed_with_the_outcome(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore
) -> None:
    subscribe(audience, "dead@example.org", "a@example.org")
    mailing = mail_to(delivery)
    page = delivery.claim(mailing.id, limit=1, now=NOW)
    unknown = Reply(phase=Phase.RCPT, code=550, enhanced="5.1.1", text="no such user")
    outcome = Outcome(delivery=page[0].delivery, state=FAILED, reply=unknown, suppress=True)
    delivery.record(mailing.id, [outcome], now=LATER)
    assert audience.is_suppressed("dead@example.org")
    (entry,) = audience.suppressions()
    assert (entry.reason, entry.at) == (SuppressionReason.BOUNCED, LATER)


# --- withdrawal ------------------------------------------------------------------------------------------------


def test_whoever_leaves_is_named_once_and_the_cursor_moves(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore
) -> None:
    subscribe(audience, *numbered(4))
    people = [person.id for person, _status in audience.subscribers()]
    mailing = mail_to(delivery)
    assert delivery.withdrawn(mailing.id, after=0) == (0, frozenset())
    unsubscribe(audience, numbered(4)[0])
    audience.suppress(numbered(4)[1], SuppressionReason.ASKED, now=LATER)
    audience.erase(numbered(4)[2], now=LATER)
    last, gone = delivery.withdrawn(mailing.id, after=0)
    assert gone == frozenset(people[:3])
    assert delivery.withdrawn(mailing.id, after=last) == (last, frozenset())


def test_whoever_came_back_or_left_another_list_is_not_withdrawn(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore
) -> None:
    subscribe(audience, "back@example.org", "a@example.org")
    subscribe(audience, "a@example.org", list_id="friends")
    person = audience.find("a@example.org")
    assert person
    other = audience.subscriptions(person.id)[1]
    audience.set_status(other.id, SubscriptionStatus.UNSUBSCRIBED, now=LATER, detail="")
    back = unsubscribe(audience, "back@example.org")
    audience.subscribe(back, "members", consent=CONSENT)
    assert delivery.withdrawn(mail_to(delivery).id, after=0)[1] == frozenset()


# --- recovery and uncertainty ----------------------------------------------------------------------------------


def test_after_a_crash_what_was_started_is_uncertain_and_the_rest_is_queued_unpunished(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore
) -> None:
    subscribe(audience, *numbered(6))
    mailing = mail_to(delivery)
    page = delivery.claim(mailing.id, limit=5, now=NOW)
    delivery.record(mailing.id, [Outcome(delivery=page[0].delivery, state=SENT)], now=NOW)
    delivery.recover(mailing.id, started=frozenset({page[0].delivery, page[1].delivery}), now=LATER)
    assert delivery.counts(mailing.id) == Counts(sent=1, uncertain=1, queued=4)
    (held,) = delivery.deliveries(mailing.id, DeliveryState.UNCERTAIN)
    assert (held.id, held.attempts) == (page[1].delivery, 1)
    again = delivery.claim(mailing.id, limit=9, now=LATER)
    assert {reader.attempts for reader in again} == {0}
    assert held.id not in {reader.delivery for reader in again}


def test_each_run_of_a_mailing_has_a_mark_and_the_last_one_is_known(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore
) -> None:
    subscribe(audience, *numbered(1))
    one, other = (mail_to(delivery, rehearsal=rehearsal) for rehearsal in (False, True))
    assert delivery.last_run(one.id) == 0
    marks = [delivery.begin_run(one.id) for _run in range(3)]
    assert len({0, *marks}) == 4
    assert delivery.last_run(one.id) == marks[-1]
    assert delivery.last_run(other.id) == 0


def test_after_a_crash_whose_journal_is_lost_all_that_was_claimed_is_uncertain(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore
) -> None:
    subscribe(audience, *numbered(6))
    mailing = mail_to(delivery)
    page = delivery.claim(mailing.id, limit=3, now=NOW)
    delivery.record(mailing.id, [Outcome(delivery=page[0].delivery, state=SENT)], now=NOW)
    delivery.recover(mailing.id, started=None, now=LATER)
    assert delivery.counts(mailing.id) == Counts(sent=1, uncertain=2, queued=3)
    held = delivery.deliveries(mailing.id, DeliveryState.UNCERTAIN)
    assert [(each.id, each.attempts) for each in held] == [(reader.delivery, 1) for reader in page[1:]]


def test_recovering_twice_changes_nothing_more(audience: SqlAudienceStore, delivery: SqlDeliveryStore) -> None:
    subscribe(audience, *numbered(3))
    mailing = mail_to(delivery)
    page = delivery.claim(mailing.id, limit=2, now=NOW)
    for _ in range(2):
        delivery.recover(mailing.id, started=frozenset({page[0].delivery}), now=LATER)
        assert delivery.counts(mailing.id) == Counts(uncertain=1, queued=2)


@pytest.mark.parametrize(("resend", "wanted"), [(True, Counts(queued=2)), (False, Counts(sent=2))])
def test_the_uncertain_are_decided_together(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore, resend: bool, wanted: Counts
) -> None:
    subscribe(audience, *numbered(2))
    mailing = mail_to(delivery)
    settle(delivery, mailing.id, DeliveryState.UNCERTAIN, limit=2)
    assert delivery.resolve(mailing.id, resend=resend, now=LATER) == 2
    assert delivery.counts(mailing.id) == wanted
    assert delivery.resolve(mailing.id, resend=resend, now=LATER) == 0


def test_the_sum_of_the_counts_is_the_frozen_audience_always(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore
) -> None:
    subscribe(audience, *numbered(60))
    mailing = mail_to(delivery)
    for number, state in enumerate(DeliveryState):
        audience.erase(numbered(60)[59 - number], now=NOW)
        audience.suppress(numbered(60)[40 + number], SuppressionReason.ASKED, now=NOW)
        settle(delivery, mailing.id, state, limit=5)
        subscribe(audience, f"late{number}@example.org")
        assert delivery.counts(mailing.id).total == 60
    delivery.recover(mailing.id, started=frozenset(), now=LATER)
    while settle(delivery, mailing.id, SENT, limit=7):
        assert delivery.counts(mailing.id).total == 60
    assert delivery.counts(mailing.id).total == 60


def test_erasing_a_reader_keeps_an_anonymous_row_of_every_delivery(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore
) -> None:
    subscribe(audience, "a@example.org", "b@example.org")
    mailing = mail_to(delivery)
    delivery.save_proof(MAIL.issue, sha256="ab", to=["A@example.org", "c@example.org"], at=NOW)
    first, _second = delivery.claim(mailing.id, limit=2, now=NOW)
    audience.erase("a@example.org", now=NOW)
    quoting = Reply(phase=Phase.RCPT, code=550, enhanced="5.1.1", text="<a@example.org>: unknown")
    outcome = Outcome(delivery=first.delivery, state=FAILED, reply=quoting, suppress=True)
    delivery.record(mailing.id, [outcome], now=LATER)
    (stored,) = delivery.deliveries(mailing.id, FAILED)
    assert stored.email == ""
    assert stored.reply == replace(quoting, text="")
    assert [entry.email for entry in audience.suppressions()] == [None]
    assert delivery.counts(mailing.id) == Counts(failed=1, sending=1)


def test_import_rows_of_the_future_do_not_join_a_frozen_mailing(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore
) -> None:
    subscribe(audience, "a@example.org")
    mailing = mail_to(delivery)
    audience.import_rows(rows("late@example.org"), list_id="members", consent=CONSENT, dry_run=False)
    assert [reader.email for reader in delivery.claim(mailing.id, limit=9, now=LATER)] == ["a@example.org"]


# --- the timetable ---------------------------------------------------------------------------------------------


def scheduled(delivery: SqlDeliveryStore) -> Mailing:
    """A mailing that is to start later."""
    freeze = Freeze(issue=MAIL.issue, list="members", rehearsal=False, start_at=LATER, not_after=LATER)
    return delivery.create_mailing(freeze, MAIL, now=NOW)


def test_a_mailing_with_an_hour_gets_its_audience_when_it_starts(audience, delivery: SqlDeliveryStore) -> None:
    subscribe(audience, *numbered(3))
    mailing = scheduled(delivery)
    assert (mailing.state, mailing.is_frozen, delivery.counts(mailing.id).total) == ("scheduled", False, 0)
    subscribe(audience, "late@example.org")
    unsubscribe(audience, numbered(1)[0])
    started = delivery.start_mailing(mailing.id, now=LATER)
    assert (started.state, started.started_at, started.dated_at, started.is_frozen) == ("running", LATER, LATER, True)
    assert [one.email for one in delivery.deliveries(mailing.id)] == [*numbered(3)[1:], "late@example.org"]
    assert delivery.start_mailing(mailing.id, now=LATER) == started
    assert delivery.counts(mailing.id).total == 3


def test_a_cancelled_mailing_never_starts(audience, delivery: SqlDeliveryStore) -> None:
    subscribe(audience, *numbered(3))
    mailing = scheduled(delivery)
    delivery.set_state(mailing.id, MailingState.CANCELLED, now=NOW)
    assert delivery.start_mailing(mailing.id, now=LATER).state is MailingState.CANCELLED
    delivery.reschedule(mailing.id, start_at=LATER, not_after=LATER, now=NOW)
    assert delivery.load_mailing(mailing.id).state is MailingState.CANCELLED
    assert delivery.counts(mailing.id).total == 0


def test_only_what_has_not_started_gets_another_hour(audience, delivery: SqlDeliveryStore) -> None:
    subscribe(audience, *numbered(3))
    mailing, later = scheduled(delivery), LATER + timedelta(days=1)
    delivery.set_state(mailing.id, MailingState.PAUSED, now=NOW, note="1 joined")
    delivery.reschedule(mailing.id, start_at=later, not_after=later, now=NOW)
    moved = delivery.load_mailing(mailing.id)
    assert (moved.state, moved.start_at, moved.not_after, moved.note) == ("scheduled", later, later, "")
    delivery.start_mailing(mailing.id, now=LATER)
    delivery.reschedule(mailing.id, start_at=LATER, not_after=LATER, now=NOW)
    assert delivery.load_mailing(mailing.id).start_at == later


def test_a_clock_that_was_put_back_makes_nobody_wait_longer_than_the_longest_wait(
    audience, delivery: SqlDeliveryStore
) -> None:
    subscribe(audience, *numbered(2))
    mailing = mail_to(delivery)
    due = (LATER, LATER + timedelta(days=1))
    for reader, due_at in zip(delivery.claim(mailing.id, limit=2, now=NOW), due, strict=True):
        delivery.record(mailing.id, [Outcome(delivery=reader.delivery, state=DEFERRED, due_at=due_at)], now=NOW)
    latest = LATER + timedelta(hours=1)
    delivery.hasten(mailing.id, latest=latest)
    assert [one.due_at for one in delivery.deliveries(mailing.id)] == [LATER, latest]


def test_it_is_known_whether_somebody_sends(delivery: SqlDeliveryStore) -> None:
    assert not delivery.is_sending()
    with delivery.sole_sender():
        assert delivery.is_sending()
    assert not delivery.is_sending()


def test_there_is_one_worker_and_it_does_not_keep_others_from_sending(delivery: SqlDeliveryStore) -> None:
    assert not delivery.has_worker()
    with delivery.sole_worker():
        assert delivery.has_worker()
        with delivery.sole_sender(), pytest.raises(RefusedError, match="another worker"), delivery.sole_worker():
            pass
