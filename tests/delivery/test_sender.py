"""The one loop: what it takes, hands over, records, and when it stops."""

import os
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.delivery.journal import Journal
from newsletter.delivery.retry import Schedule
from newsletter.delivery.sender import Options
from newsletter.errors import StoreError
from newsletter.model import (
    Counts,
    DeliveryState,
    Mailing,
    MailingState,
    Prepared,
    Reader,
    SubscriptionStatus,
    SuppressionReason,
)
from tests.fault_server import Fault, FaultServer
from tests.mailroom import NOW, QUICK, Mailroom, address, letter

PEOPLE = 30
ONE = replace(QUICK, connections=1)


@pytest.fixture
def mailroom(tmp_path: Path) -> Iterator[Mailroom]:
    room = Mailroom(tmp_path, people=PEOPLE)
    yield room
    room.close()


def run(
    mailroom: Mailroom,
    server: FaultServer,
    *,
    make: Callable[[Reader], Prepared] = letter,
    options: Options = QUICK,
    **how: object,
) -> Mailing:
    mailing = mailroom.mailing() if not mailroom.store.mailings() else mailroom.store.load_mailing("last")
    dispatcher = mailroom.dispatcher(server.port, options=options)
    dispatcher.messages_for = lambda mailing: make
    return dispatcher.run(mailing.id, **how)


def at_message(number: int, do: Callable[[], object]) -> Callable[[Reader], Prepared]:
    """Letters, with something that happens while the n-th one is made."""
    made = iter(range(1, 10_000))

    def make(reader: Reader) -> Prepared:
        if next(made) == number:
            do()
        return letter(reader)

    return make


def test_a_connection_is_opened_again_after_its_number_of_messages(mailroom):
    with FaultServer() as server:
        run(mailroom, server, options=replace(ONE, messages_per_connection=7))
    assert server.all_connections == server.said("QUIT") == 5
    assert len(server.accepted) == PEOPLE


def test_a_small_mailing_opens_no_idle_connections(tmp_path):
    small = Mailroom(tmp_path, people=2)
    with FaultServer() as server:
        assert run(small, server, options=replace(QUICK, connections=10)).state is MailingState.FINISHED
    small.close()
    assert server.all_connections <= 2


def test_messages_leave_at_the_rate_that_was_set(mailroom):
    with FaultServer() as server:
        started_at = time.monotonic()
        run(mailroom, server, options=replace(QUICK, rate=100))
    assert time.monotonic() - started_at >= (PEOPLE - 11) / 100


@pytest.mark.parametrize("how", ["unsubscribed", "suppressed"])
def test_whoever_leaves_during_the_mailing_gets_no_letter(mailroom, how):
    def leave() -> None:
        reader = mailroom.audience.find(address(PEOPLE))
        assert reader
        if how == "unsubscribed":
            (subscription,) = mailroom.audience.subscriptions(reader.id)
            status = SubscriptionStatus.UNSUBSCRIBED
            mailroom.audience.set_status(subscription.id, status, now=NOW, detail="one click")
        else:
            mailroom.audience.suppress(reader.email, SuppressionReason.ASKED, now=NOW)

    with FaultServer() as server:
        after = run(mailroom, server, make=at_message(2, leave), options=replace(ONE, rate=50))
    assert after.state is MailingState.FINISHED
    assert mailroom.emails(after, DeliveryState.SKIPPED) == [address(PEOPLE)]
    assert address(PEOPLE) not in server.recipients
    assert mailroom.store.counts(after.id) == Counts(sent=PEOPLE - 1, skipped=1)


@pytest.mark.parametrize("state", [MailingState.PAUSED, MailingState.CANCELLED])
def test_another_process_stops_the_mailing_within_a_second(mailroom, state):
    def stop() -> None:
        mailroom.store.set_state(1, state, now=NOW, note="lunch")

    with FaultServer() as server:
        after = run(mailroom, server, make=at_message(3, stop), options=replace(ONE, rate=10))
    assert len(server.accepted) <= 3 + 10 + 2, "a second's messages at that rate, and what it may make up for"
    assert (after.state, after.note) == (state, "lunch")
    counts = mailroom.store.counts(after.id)
    assert counts.sent == len(server.accepted)
    assert counts.sent + counts.queued == PEOPLE > counts.sent


def test_a_message_that_cannot_be_made_fails_alone_and_says_why(mailroom):
    def make(reader: Reader) -> Prepared:
        if reader.email == address(3):
            raise ValueError("no first name")
        return letter(reader)

    with FaultServer() as server:
        after = run(mailroom, server, make=make)
    (failed,) = mailroom.store.deliveries(after.id, DeliveryState.FAILED)
    assert (failed.email, failed.reply.text) == (address(3), "no first name")
    assert after.state is MailingState.FINISHED
    assert len(server.accepted) == PEOPLE - 1


def test_an_address_that_no_command_can_hold_fails_alone(mailroom):
    def make(reader: Reader) -> Prepared:
        prepared = letter(reader)
        return prepared._replace(recipient="été@example.org") if reader.email == address(3) else prepared

    with FaultServer() as server:
        after = run(mailroom, server, make=make)
    assert mailroom.emails(after, DeliveryState.FAILED) == [address(3)]
    assert server.all_connections <= QUICK.connections


def test_progress_always_adds_up_and_ends_with_the_truth(mailroom):
    seen: list[Counts] = []
    with FaultServer() as server:
        after = run(mailroom, server, options=replace(QUICK, rate=60), progress=seen.append)
    assert {counts.total for counts in seen} == {PEOPLE}
    assert seen[-1] == mailroom.store.counts(after.id)
    assert [counts.sent for counts in seen] == sorted(counts.sent for counts in seen)
    assert 2 <= len(seen) <= 12


def test_deferred_ones_are_left_for_later_and_the_note_says_when(mailroom):
    slow = replace(QUICK, schedule=Schedule(retry_seconds=(300,)))
    with FaultServer(faults=[Fault(at="RCPT", does="450 4.2.0 later", who="0000[12]@", once_each=True)]) as server:
        after = run(mailroom, server, options=slow)
        assert after.state is MailingState.PAUSED
        assert mailroom.store.counts(after.id) == Counts(sent=PEOPLE - 2, deferred=2)
        due = mailroom.store.next_due(after.id)
        assert f"{due:%H:%M}" in after.note


@pytest.mark.parametrize(("wait", "patience"), [(True, 0.0), (False, 60.0)])
def test_deferred_ones_are_waited_for_when_asked_or_soon_due(mailroom, wait, patience):
    soon = replace(QUICK, schedule=Schedule(retry_seconds=(1,)), patience_seconds=patience)
    with FaultServer(faults=[Fault(at="RCPT", does="450 4.2.0 later", who="0000[12]@", once_each=True)]) as server:
        after = run(mailroom, server, options=soon, wait=wait)
    assert after.state is MailingState.FINISHED
    assert mailroom.store.counts(after.id) == Counts(sent=PEOPLE)
    tries = {delivery.email: delivery.attempts for delivery in mailroom.store.deliveries(after.id)}
    assert (tries[address(1)], tries[address(3)]) == (2, 1)


def test_a_store_that_fails_stops_everything_and_the_journal_keeps_the_truth(mailroom):
    database = sqlite3.connect(mailroom.folder / "newsletter.db")

    def break_store() -> None:
        database.execute("ALTER TABLE deliveries RENAME TO elsewhere")

    with FaultServer() as server:
        with pytest.raises(StoreError):
            run(mailroom, server, make=at_message(4, break_store), options=replace(ONE, rate=20))
        sent_by_then = len(server.accepted)
        assert sent_by_then < PEOPLE
        assert (mailroom.folder / "journal" / "1.journal").exists()
        database.execute("ALTER TABLE elsewhere RENAME TO deliveries")
        database.close()
        after = run(mailroom, server)
    assert after.state is MailingState.FINISHED
    assert mailroom.store.counts(after.id) == Counts(sent=PEOPLE)
    assert set(Counter(server.recipients).values()) == {1}


def test_without_its_start_on_disk_no_message_leaves(mailroom, monkeypatch):
    synced = []
    sync = os.fdatasync

    def failing(fd: int) -> None:
        if len(synced) == 1 + 5:  # the journal's own mark, then five messages
            raise OSError(5, "Input/output error")
        synced.append(fd)
        sync(fd)

    monkeypatch.setattr(os, "fdatasync", failing)
    with FaultServer() as server:
        with pytest.raises(StoreError, match="journal"):
            run(mailroom, server, options=replace(ONE, rate=2000))  # a pace: each is made at its own turn
        assert len(server.accepted) == 5
        monkeypatch.undo()
        after = run(mailroom, server)
    assert mailroom.store.counts(after.id) == Counts(sent=PEOPLE)
    assert set(Counter(server.recipients).values()) == {1}


def test_where_a_kill_is_taken_for_a_power_cut_only_the_next_message_of_a_connection_is_free_to_leave(
    mailroom, monkeypatch
):
    monkeypatch.setattr("newsletter.delivery.journal.epoch_of", lambda _folder: 0)
    noted = []
    start = Journal.start

    def counted(journal: Journal, delivery: int) -> int:
        noted.append(delivery)
        assert len(noted) <= len(server.accepted) + 2
        return start(journal, delivery)

    monkeypatch.setattr(Journal, "start", counted)
    with FaultServer() as server:
        run(mailroom, server, options=ONE)
    assert len(noted) == len(server.accepted) == PEOPLE
