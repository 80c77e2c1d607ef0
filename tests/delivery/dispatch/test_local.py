"""Recovering, listening to signals, and leaving a mailing in a true state."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from newsletter.delivery.dispatch.local import await_rest, journal_path
from newsletter.delivery.journal import Journal
from newsletter.delivery.retry import Schedule
from newsletter.delivery.sender import Relay, options_from
from newsletter.delivery.transports.answers import Timeouts
from newsletter.delivery.transports.smtp import SmtpTransport
from newsletter.errors import RefusedError, UsageError
from newsletter.model import Counts, DeliveryState, Freeze, MailingState, Outcome, Phase, Prepared, Reader, Reply
from newsletter.settings import DeliverySettings, Smtp
from tests.fault_server import Fault, FaultServer
from tests.mailroom import LIST, MAIL, NOW, QUICK, Mailroom, address, letter

PEOPLE = 12


@pytest.fixture
def mailroom(tmp_path: Path) -> Iterator[Mailroom]:
    room = Mailroom(tmp_path, people=PEOPLE)
    yield room
    room.close()


def patient(server: FaultServer) -> SmtpTransport:
    """Waits for the answer to the dot longer than any test lasts."""
    return SmtpTransport(Smtp(host="127.0.0.1", port=server.port, security="none"), timeouts=Timeouts(quit=0.1))


def test_after_a_crash_answers_are_stored_and_only_the_unanswered_is_uncertain(mailroom):
    mailing = mailroom.mailing()
    claimed = mailroom.store.claim(mailing.id, limit=5, now=NOW)
    answered, refused, unanswered = (reader.delivery for reader in claimed[:3])

    journal = Journal(mailroom.folder / "journal" / f"{mailing.id}.journal")
    for delivery in (answered, unanswered):
        journal.start(delivery)
    sent = Reply(phase=Phase.DOT, code=250, enhanced="2.0.0")
    journal.done(Outcome(delivery=answered, state=DeliveryState.SENT, reply=sent))
    gone = Reply(phase=Phase.RCPT, code=550, enhanced="5.1.1")
    journal.done(Outcome(delivery=refused, state=DeliveryState.FAILED, reply=gone, suppress=True))
    journal.close(remove=False)
    with FaultServer() as server:
        after = mailroom.dispatcher(server.port).run(mailing.id)
    assert after.state is MailingState.FINISHED
    assert mailroom.store.counts(mailing.id) == Counts(sent=PEOPLE - 2, failed=1, uncertain=1)
    assert mailroom.emails(mailing, DeliveryState.UNCERTAIN) == [claimed[2].email]
    assert mailroom.audience.is_suppressed(claimed[1].email)
    assert {reader.email for reader in claimed[:3]}.isdisjoint(server.recipients)
    assert len(server.accepted) == PEOPLE - 3


def test_a_recovery_can_be_interrupted_and_done_again(mailroom):
    """The journal goes only once the store has everything: replaying it twice changes nothing."""
    mailing = mailroom.mailing()
    (first, *_rest) = mailroom.store.claim(mailing.id, limit=5, now=NOW)
    path = mailroom.folder / "journal" / f"{mailing.id}.journal"

    journal = Journal(path)
    journal.done(Outcome(delivery=first.delivery, state=DeliveryState.FAILED))
    journal.close(remove=False)
    kept = path.read_bytes()
    with FaultServer() as server:
        mailroom.dispatcher(server.port).run(mailing.id)
        counts = mailroom.store.counts(mailing.id)
        path.write_bytes(kept)
        mailroom.dispatcher(server.port).run(mailing.id)
    assert mailroom.store.counts(mailing.id) == counts == Counts(sent=PEOPLE - 1, failed=1)


def test_a_cancelled_mailing_does_not_run_again(mailroom):
    mailing = mailroom.mailing()
    mailroom.store.set_state(mailing.id, MailingState.CANCELLED, now=NOW)
    with FaultServer() as server, pytest.raises(RefusedError):
        mailroom.dispatcher(server.port).run(mailing.id)
    assert server.accepted == []


def test_a_cancelled_mailing_stays_cancelled_whatever_its_sender_says_later(mailroom):
    mailing = mailroom.mailing()
    mailroom.store.set_state(mailing.id, MailingState.CANCELLED, now=NOW)
    for state in (MailingState.RUNNING, MailingState.PAUSED, MailingState.FINISHED):
        mailroom.store.set_state(mailing.id, state, now=NOW)
    assert mailroom.store.load_mailing(mailing.id).state is MailingState.CANCELLED


def test_a_cancelled_mailing_that_had_crashed_holds_nobody_back(mailroom):
    mailing = mailroom.mailing()
    started = mailroom.store.claim(mailing.id, limit=5, now=NOW)[0].delivery

    journal = Journal(mailroom.folder / "journal" / f"{mailing.id}.journal")
    journal.start(started)
    journal.close(remove=False)
    mailroom.store.set_state(mailing.id, MailingState.CANCELLED, now=NOW)
    await_rest(mailroom.store, mailroom.folder / "journal", mailing.id, now=NOW)
    assert mailroom.store.counts(mailing.id) == Counts(queued=PEOPLE - 1, uncertain=1)
    assert mailroom.store.would_receive(mailing.issue, mailing.list) == PEOPLE - 1


@pytest.mark.parametrize(("does", "refused"), [("553 5.7.1 not you", True), ("", False)], ids=["refused", "welcome"])
def test_the_end_of_a_run_says_whether_the_server_put_it(mailroom, does, refused):
    mailing = mailroom.mailing()
    with FaultServer(faults=[Fault(at="MAIL", does=does)] if does else []) as server:
        dispatcher = mailroom.dispatcher(server.port)
        dispatcher.run(mailing.id)
    assert dispatcher.refused is refused


def test_an_unknown_mailing_is_refused(mailroom):
    with FaultServer() as server, pytest.raises(UsageError):
        mailroom.dispatcher(server.port).run(9)


def test_only_one_sends_at_a_time(mailroom):
    mailing = mailroom.mailing()
    with FaultServer() as server, mailroom.store.sole_sender(), pytest.raises(RefusedError, match=str(os.getpid())):
        mailroom.dispatcher(server.port).run(mailing.id)
    assert mailroom.store.load_mailing(mailing.id).state is MailingState.SCHEDULED


def _paused(mailroom: Mailroom) -> int:
    mailing = mailroom.mailing()
    for state in (MailingState.RUNNING, MailingState.PAUSED):
        mailroom.store.set_state(mailing.id, state, now=NOW)
    return mailing.id


def test_a_mailing_goes_on_as_soon_as_the_sender_that_was_told_to_pause_lets_go(mailroom):
    mailing, has_it, lets_go = _paused(mailroom), threading.Event(), threading.Event()

    def sender() -> None:
        with mailroom.store.sole_sender():
            has_it.set()
            lets_go.wait(10)

    threading.Thread(target=sender).start()
    has_it.wait(10)
    threading.Timer(0.3, lets_go.set).start()
    with FaultServer() as server:
        assert mailroom.dispatcher(server.port).run(mailing).state is MailingState.FINISHED
    assert len(server.accepted) == PEOPLE


def test_a_paused_mailing_does_not_wait_for_another_one_to_end(mailroom):
    mailing = _paused(mailroom)
    mailroom.store.set_state(mailroom.mailing().id, MailingState.RUNNING, now=NOW)
    with mailroom.store.sole_sender(), pytest.raises(RefusedError, match=str(os.getpid())):
        mailroom.dispatcher(1).run(mailing)


def test_the_states_and_times_of_a_mailing_are_kept(mailroom):
    mailing = mailroom.mailing()
    with FaultServer() as server:
        after = mailroom.dispatcher(server.port).run(mailing.id)
    assert after.state is MailingState.FINISHED
    assert after.started_at <= after.finished_at


def test_a_second_signal_leaves_at_once_and_what_is_in_flight_is_uncertain(mailroom):
    mailing = mailroom.mailing()
    with FaultServer(faults=[Fault(at="DOT", does="keep+stall")]) as server:
        dispatcher = mailroom.dispatcher(server.port, options=replace(QUICK, grace_seconds=60))
        dispatcher.relays_for = lambda mailing: [Relay(transport=patient(server))]

        def press_twice() -> None:
            server.wait_for(QUICK.connections)
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGTERM)

        impatient = threading.Thread(target=press_twice)
        impatient.start()
        started_at = time.monotonic()
        after = dispatcher.run(mailing.id)
        impatient.join()
    assert time.monotonic() - started_at < 10
    assert dispatcher.stopped_by in (signal.SIGINT, signal.SIGTERM)
    assert after.state is MailingState.PAUSED
    in_flight = QUICK.connections
    assert mailroom.store.counts(mailing.id) == Counts(uncertain=in_flight, queued=PEOPLE - in_flight)
    assert sorted(server.recipients) == mailroom.emails(mailing, DeliveryState.UNCERTAIN)


def test_a_message_in_flight_is_given_its_time_and_no_more(mailroom):
    mailing = mailroom.mailing()
    with FaultServer(faults=[Fault(at="DOT", does="keep+stall", who=address(1))]) as server:
        dispatcher = mailroom.dispatcher(server.port, options=replace(QUICK, connections=1, grace_seconds=0.2))
        dispatcher.relays_for = lambda mailing: [Relay(transport=patient(server))]

        def press() -> None:
            server.wait_for(1)
            os.kill(os.getpid(), signal.SIGTERM)

        impatient = threading.Thread(target=press)
        impatient.start()
        after = dispatcher.run(mailing.id)
        impatient.join()
    assert dispatcher.stopped_by is signal.SIGTERM
    assert after.state is MailingState.PAUSED
    assert mailroom.store.counts(mailing.id) == Counts(uncertain=1, queued=PEOPLE - 1)


def test_the_journal_is_gone_when_the_store_has_everything(mailroom):
    mailing = mailroom.mailing()
    with FaultServer() as server:
        dispatcher = mailroom.dispatcher(server.port)
        dispatcher.run(mailing.id)
    assert not journal_path(dispatcher.journals, mailing.id).exists()


def test_a_finished_mailing_keeps_its_end(mailroom):
    mailing = mailroom.mailing()
    with FaultServer() as server:
        first = mailroom.dispatcher(server.port).run(mailing.id)
        again = mailroom.dispatcher(server.port).run(mailing.id)
    assert again == first
    assert len(server.accepted) == PEOPLE


def test_a_mailing_does_not_begin_on_a_disk_that_is_almost_full(mailroom, monkeypatch):
    mailing = mailroom.mailing()
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=49_000_000))
    with FaultServer() as server, pytest.raises(RefusedError, match="49"):
        mailroom.dispatcher(server.port).run(mailing.id)
    assert server.all_connections == 0
    assert mailroom.store.load_mailing(mailing.id).state is MailingState.SCHEDULED


def test_a_mailing_that_comes_too_late_asks(mailroom):
    freeze = Freeze(issue="157", list=LIST, rehearsal=False, not_after=NOW)
    mailing = mailroom.store.create_mailing(freeze, MAIL, now=NOW)
    with FaultServer() as server:
        dispatcher = mailroom.dispatcher(server.port)
        with pytest.raises(RefusedError, match="too late") as refusal:
            dispatcher.run(mailing.id)
        assert server.all_connections == 0
        dispatcher.late = True
        assert dispatcher.run(mailing.id).state is MailingState.FINISHED
    assert "--late" in str(refusal.value.hint)


def test_a_rehearsal_is_never_too_late_and_asks_nothing(mailroom, monkeypatch):
    freeze = Freeze(issue="157", list=LIST, rehearsal=True, not_after=NOW)
    mailing = mailroom.store.create_mailing(freeze, MAIL, now=NOW)
    mailroom.store.settle()
    monkeypatch.setattr("newsletter.store.home.machine_id", lambda: "another")
    with FaultServer() as server:
        assert mailroom.dispatcher(server.port).run(mailing.id).state is MailingState.FINISHED


def test_a_database_of_another_machine_asks_once(mailroom, monkeypatch):
    mailing = mailroom.mailing()
    mailroom.store.settle()
    monkeypatch.setattr("newsletter.store.home.machine_id", lambda: "another")
    with FaultServer() as server:
        dispatcher = mailroom.dispatcher(server.port)
        with pytest.raises(RefusedError, match="another machine"):
            dispatcher.run(mailing.id)
        assert server.all_connections == 0
        dispatcher.here = True
        assert dispatcher.run(mailing.id).state is MailingState.FINISHED
    assert mailroom.store.doubt() == ""


def test_a_mailing_with_an_hour_does_not_run_before_its_audience_is_known(mailroom):
    freeze = Freeze(issue="157", list=LIST, rehearsal=False, start_at=NOW)
    mailing = mailroom.store.create_mailing(freeze, MAIL, now=NOW)
    with FaultServer() as server, pytest.raises(RefusedError, match="has not started"):
        mailroom.dispatcher(server.port).run(mailing.id)


def test_whoever_sends_alone_knows_that_another_mailing_was_interrupted(mailroom):
    killed = mailroom.store.create_mailing(Freeze(issue="156", list=LIST, rehearsal=False), MAIL, now=NOW)
    mailroom.store.set_state(killed.id, MailingState.RUNNING, now=NOW)
    with FaultServer() as server:
        mailroom.dispatcher(server.port).run(mailroom.mailing().id)
    found = mailroom.store.load_mailing(killed.id)
    assert (found.state, found.note) == (MailingState.PAUSED, "interrupted")


@pytest.mark.parametrize("jump", [timedelta(days=-1), timedelta(days=365)], ids=["a day back", "a year on"])
def test_a_clock_set_during_a_run_hastens_and_delays_nothing(tmp_path, jump):
    """Refused once, then due in half a second: whatever the machine's clock says meanwhile."""
    began, clock = time.monotonic(), [NOW]
    mailroom = Mailroom(tmp_path, people=3, now=lambda: clock[0])

    def set_clock(_counts: Counts) -> None:
        clock[0] = NOW + jump

    again = replace(QUICK, schedule=Schedule(retry_seconds=(1,)))
    with FaultServer(faults=[Fault(at="RCPT", does="450 4.2.0 later", once_each=True)]) as server:
        dispatcher = mailroom.dispatcher(server.port, options=again)
        after = dispatcher.run(mailroom.mailing().id, progress=set_clock)
    mailroom.close()
    assert after.state is MailingState.FINISHED
    assert 0.9 <= time.monotonic() - began < 10


def test_a_clock_put_back_between_two_runs_makes_nobody_wait_for_ever(tmp_path):
    clock = [NOW]
    mailroom = Mailroom(tmp_path, people=3, now=lambda: clock[0])
    patient_ = replace(QUICK, schedule=Schedule(retry_seconds=(300,)))
    with FaultServer(faults=[Fault(at="RCPT", does="450 4.2.0 later", once_each=True)]) as server:
        mailing = mailroom.dispatcher(server.port, options=patient_).run(mailroom.mailing().id)
        clock[0] -= timedelta(days=1)
        mailroom.dispatcher(server.port, options=patient_).run(mailing.id)
        assert mailroom.store.next_due(mailing.id) <= clock[0] + timedelta(seconds=330)
        assert server.accepted == []
        clock[0] += timedelta(seconds=331)
        assert mailroom.dispatcher(server.port, options=patient_).run(mailing.id).state is MailingState.FINISHED
    mailroom.close()


def test_the_settings_say_how_to_send():
    smtp = Smtp(connections=4, messages_per_connection=50)
    options = options_from(smtp, DeliverySettings(rate=2.5, retry=("1m", "1h"), give_up="1d"))
    assert (options.connections, options.messages_per_connection, options.rate) == (4, 50, 2.5)
    assert options.schedule == Schedule(retry_seconds=(60, 3600), give_up_seconds=86400)


@pytest.mark.parametrize(("loop", "module"), [("auto", "uvloop"), ("asyncio", "asyncio")])
def test_a_mailing_runs_on_the_loop_that_was_chosen(mailroom, loop, module):
    seen: set[str] = set()

    def make(reader: Reader) -> Prepared:
        seen.add(type(asyncio.get_running_loop()).__module__.partition(".")[0])
        return letter(reader)

    with FaultServer() as server:
        dispatcher = mailroom.dispatcher(server.port, options=replace(QUICK, loop=loop))
        dispatcher.messages_for = lambda mailing: make
        assert dispatcher.run(mailroom.mailing().id).state is MailingState.FINISHED
    assert seen == {module}
