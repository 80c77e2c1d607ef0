"""Orders to a mailing that another process sends take effect within a second, whatever the server's pace."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from newsletter.model import MailingState
from tests.fault_server import Accepted, FaultServer
from tests.mailroom import Mailroom

ROOT = Path(__file__).parents[2]
PEOPLE = 2000


@dataclass(kw_only=True)
class TimedServer(FaultServer):
    """Knows when each message came."""

    moments: list[float] = field(default_factory=list)

    def take(self, message: Accepted) -> None:
        self.moments.append(time.monotonic())
        super().take(message)


@pytest.fixture
def mailroom(tmp_path: Path) -> Iterator[Mailroom]:
    room = Mailroom(tmp_path, people=PEOPLE)
    yield room
    room.close()


@pytest.mark.slow
@pytest.mark.parametrize("state", [MailingState.PAUSED, MailingState.CANCELLED])
def test_a_second_after_the_order_nothing_leaves_any_more(mailroom, state):
    mailing = mailroom.mailing()
    with TimedServer(delay=0.02) as server:
        command = [sys.executable, "-m", "tests.mailroom", str(mailroom.folder), str(server.port), str(mailing.id)]
        with subprocess.Popen(command, cwd=ROOT) as process:
            assert server.wait_for(30, timeout=60)
            mailroom.store.set_state(mailing.id, state, now=mailroom.now())
            ordered_at = time.monotonic()
            assert process.wait(timeout=30) == os.EX_OK
    assert server.moments[-1] - ordered_at <= 1.0
    assert mailroom.store.load_mailing(mailing.id).state is state
    counts = mailroom.store.counts(mailing.id)
    assert (counts.sent, counts.sending, counts.uncertain) == (len(server.accepted), 0, 0)
    assert counts.total == PEOPLE
