"""The sender is killed, stopped, started twice: nobody lost, nobody written to twice, what is unknown named."""

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.errors import RefusedError
from newsletter.model import DeliveryState, Mailing, MailingState
from tests.fault_server import FaultServer
from tests.mailroom import QUICK, Mailroom

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
    counts = mailroom.store.counts(mailing.id)
    assert mailroom.store.load_mailing(mailing.id).state is MailingState.FINISHED
    assert doubled(server) == []
    assert counts.sent + counts.uncertain == counts.total == PEOPLE
    assert counts.uncertain <= 2 * QUICK.connections * kills
    uncertain = set(mailroom.emails(mailing, DeliveryState.UNCERTAIN))
    assert len(uncertain) == counts.uncertain
    sent = set(mailroom.emails(mailing, DeliveryState.SENT))
    assert sent <= set(server.recipients) <= sent | uncertain


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
