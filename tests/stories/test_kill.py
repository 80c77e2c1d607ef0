"""The sender is killed, stopped, started twice: nobody lost, nobody written to twice, what is unknown named."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.delivery.page_cache import epoch_of
from newsletter.errors import RefusedError
from newsletter.model import DeliveryState, Mailing, MailingState
from tests.fault_server import Fault, FaultServer
from tests.mailroom import QUICK, Mailroom, address

ROOT = Path(__file__).parents[2]
PEOPLE = 2000


@pytest.fixture
def mailroom(tmp_path: Path) -> Iterator[Mailroom]:
    room = Mailroom(tmp_path, people=PEOPLE)
    yield room
    room.close()


def sender(mailroom: Mailroom, server: FaultServer, mailing: Mailing) -> subprocess.Popen[bytes]:
    """The mailing, sent by a process of its own."""
    command = [sys.executable, "-m", "tests.mailroom", str(mailroom.folder), str(server.port), str(mailing.id)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)


def interrupted(mailroom: Mailroom, server: FaultServer, mailing: Mailing, by: signal.Signals, after: int) -> int:
    """Start it, and strike once so many more messages have arrived; returns its exit code."""
    process = sender(mailroom, server, mailing)
    try:
        assert server.wait_for(len(server.accepted) + after), "the sender sends nothing"
        os.kill(process.pid, by)
        error = process.communicate(timeout=60)[1]
    finally:
        process.kill()
    assert b"Traceback" not in error, error.decode()
    return process.returncode


def per_connection(mailroom: Mailroom) -> int:
    """Most that a kill leaves in doubt: the message that had left; the next one too where it is like a power cut."""
    return 1 if epoch_of(mailroom.folder) else 2


def doubled(server: FaultServer) -> list[str]:
    return [email for email, copies in Counter(server.recipients).items() if copies > 1]


@pytest.mark.slow
def test_a_sender_killed_at_any_moment_loses_nobody_and_doubles_nobody(mailroom):
    dice = random.Random(157)
    mailing = mailroom.mailing()
    kills = 6
    with FaultServer() as server:
        for _kill in range(kills):
            code = interrupted(mailroom, server, mailing, signal.SIGKILL, dice.randrange(1, PEOPLE // kills - 50))
            assert code == -signal.SIGKILL
            assert mailroom.store.counts(mailing.id).total == PEOPLE
        last = sender(mailroom, server, mailing)
        last.communicate(timeout=120)
        assert last.returncode == 0
    assert mailroom.store.load_mailing(mailing.id).state is MailingState.FINISHED
    check(mailroom, server, mailing, kills=kills)


#: Where every connection hangs when the sender is killed, and what the server must have seen by then.
HANGS = {
    "CONNECT": ("stall", lambda server: server.all_connections > 0),
    "MAIL": ("stall", lambda server: server.said("MAIL") > 0),
    "RCPT": ("stall", lambda server: server.said("RCPT") > 0),
    "DATA": ("stall", lambda server: server.said("DATA") > 0),
    "DOT": ("keep+stall", lambda server: len(server.accepted) >= QUICK.connections),
}


@pytest.mark.slow
@pytest.mark.parametrize("at", HANGS)
def test_killed_before_the_dot_nobody_is_in_doubt_and_after_it_whoever_was_not_answered(tmp_path, at):
    mailroom = Mailroom(tmp_path, people=30)
    mailing = mailroom.mailing()
    does, reached = HANGS[at]
    with FaultServer(faults=[Fault(at=at, does=does)]) as hanging:
        process = sender(mailroom, hanging, mailing)
        assert hanging.wait_until(lambda: reached(hanging)), "the sender sends nothing"
        process.kill()
        process.communicate(timeout=60)
    with FaultServer() as server:
        assert mailroom.dispatcher(server.port).run(mailing.id).state is MailingState.FINISHED
    in_doubt = {*mailroom.emails(mailing, DeliveryState.UNCERTAIN)}
    assert {*hanging.recipients} <= in_doubt
    assert len(in_doubt) <= per_connection(mailroom) * len(hanging.recipients)
    assert sorted(server.recipients) == sorted({*map(address, range(1, 31))} - in_doubt)
    mailroom.close()


@pytest.mark.slow
def test_killed_between_the_answers_and_the_database_the_journal_knows(mailroom):
    """Another process holds the database, so that nothing of what is answered can be stored before the kill."""
    mailing = mailroom.mailing()
    with FaultServer() as server:
        process = sender(mailroom, server, mailing)
        assert server.wait_for(1), "the sender sends nothing"
        other = sqlite3.connect(mailroom.folder / "newsletter.db", timeout=60, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        before = len(server.accepted)
        assert server.wait_for(before + 300), "the sender sends nothing"
        process.kill()
        process.communicate(timeout=60)
        (stored,) = other.execute("SELECT count(*) FROM deliveries WHERE state = 'sent'").fetchone()
        other.execute("ROLLBACK")
        other.close()
        answered = len(server.accepted) - 2 * QUICK.connections
        assert stored < answered
        assert mailroom.dispatcher(server.port).run(mailing.id).state is MailingState.FINISHED
    check(mailroom, server, mailing, kills=1)


def check(mailroom: Mailroom, server: FaultServer, mailing: Mailing, *, kills: int) -> None:
    """Everybody is sent or uncertain, nobody twice, and few are uncertain."""
    counts = mailroom.store.counts(mailing.id)
    assert doubled(server) == []
    assert counts.sent + counts.uncertain == counts.total == PEOPLE
    assert counts.uncertain <= per_connection(mailroom) * QUICK.connections * kills
    sent, uncertain = (set(mailroom.emails(mailing, state)) for state in (DeliveryState.SENT, DeliveryState.UNCERTAIN))
    assert sent <= set(server.recipients) <= sent | uncertain


@pytest.mark.slow
def test_of_two_that_start_at_once_one_sends_and_both_may_be_killed(mailroom):
    dice = random.Random(1848)
    mailing = mailroom.mailing()
    kills = 3
    with FaultServer() as server:
        for _kill in range(kills):
            two = [sender(mailroom, server, mailing) for _one in range(2)]
            assert server.wait_for(len(server.accepted) + dice.randrange(1, 400)), "nobody sends"
            for process in two:
                process.kill()
            refused = [process.communicate(timeout=60)[1] for process in two]
            assert sum(process.returncode == -signal.SIGKILL for process in two) >= 1
            assert [error for error in refused if error and b"BusyError" not in error] == []
        assert mailroom.dispatcher(server.port).run(mailing.id).state is MailingState.FINISHED
    check(mailroom, server, mailing, kills=kills)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=str,
)
def test_a_signal_lets_messages_in_flight_finish(mailroom, number, code):
    mailing = mailroom.mailing()
    with FaultServer() as server:
        assert interrupted(mailroom, server, mailing, number, 200) == code
        counts = mailroom.store.counts(mailing.id)
        assert mailroom.store.load_mailing(mailing.id).state is MailingState.PAUSED
        assert (counts.sending, counts.uncertain, counts.total) == (0, 0, PEOPLE)
        assert counts.sent == len(server.accepted) < PEOPLE
        assert mailroom.dispatcher(server.port).run(mailing.id).state is MailingState.FINISHED
    assert doubled(server) == []
    assert mailroom.store.counts(mailing.id).sent == PEOPLE


@pytest.mark.slow
def test_signals_at_any_moment_leave_an_exact_account_each_time(mailroom):
    dice = random.Random(1789)
    mailing = mailroom.mailing()
    signals = [signal.SIGINT, signal.SIGTERM] * 4
    with FaultServer() as server:
        for number in signals:
            after = dice.randrange(0, PEOPLE // len(signals) - 50)
            assert interrupted(mailroom, server, mailing, number, after) == 128 + number
            counts = mailroom.store.counts(mailing.id)
            assert (counts.sending, counts.uncertain, counts.total) == (0, 0, PEOPLE)
            assert counts.sent == len(server.accepted)
            assert {*mailroom.emails(mailing, DeliveryState.SENT)} == {*server.recipients}
        assert mailroom.dispatcher(server.port).run(mailing.id).state is MailingState.FINISHED
    assert doubled(server) == []
    assert mailroom.store.counts(mailing.id).sent == PEOPLE


@pytest.mark.slow
def test_a_second_sender_is_refused_and_the_first_is_not_disturbed(mailroom):
    mailing = mailroom.mailing()
    with FaultServer() as server:
        first = sender(mailroom, server, mailing)
        try:
            assert server.wait_for(100)
            with pytest.raises(RefusedError, match=str(first.pid)):
                mailroom.dispatcher(server.port).run(mailing.id)
            first.communicate(timeout=60)
        finally:
            first.kill()
        assert first.returncode == 0
    assert doubled(server) == []
    assert mailroom.store.counts(mailing.id).sent == PEOPLE
