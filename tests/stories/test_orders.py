"""Orders to a mailing that another process sends take effect within a second, whatever the server's pace."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.model import MailingState
from tests.fault_server import FaultServer
from tests.mailroom import QUICK, Mailroom

ROOT = Path(__file__).parents[2]
PEOPLE = 2000
#: Seconds before each of the server's answers.
DELAY = 0.02
#: So many messages fit into a second, four answers each, and one a connection is under way.
IN_A_SECOND = QUICK.connections * (1 / (4 * DELAY) + 1)


@pytest.fixture
def mailroom(tmp_path: Path) -> Iterator[Mailroom]:
    room = Mailroom(tmp_path, people=PEOPLE)
    yield room
    room.close()


@pytest.mark.slow
@pytest.mark.parametrize("state", [MailingState.PAUSED, MailingState.CANCELLED])
def test_a_second_after_the_order_nothing_leaves_any_more(mailroom, state):
    mailing = mailroom.mailing()
    with FaultServer(delay=DELAY) as server:
        command = [sys.executable, "-m", "tests.mailroom", str(mailroom.folder), str(server.port), str(mailing.id)]
        with subprocess.Popen(command, cwd=ROOT) as process:
            assert server.wait_for(30, timeout=60)
            mailroom.store.set_state(mailing.id, state, now=mailroom.now())
            before = len(server.accepted)
            assert process.wait(timeout=120) == os.EX_OK
    assert len(server.accepted) - before <= IN_A_SECOND, "counted in messages, so that a busy machine is no fault"
    assert mailroom.store.load_mailing(mailing.id).state is state
    counts = mailroom.store.counts(mailing.id)
    assert (counts.sent, counts.sending, counts.uncertain) == (len(server.accepted), 0, 0)
    assert counts.total == PEOPLE
