"""Two machines, one PostgreSQL: one of them sends, and what the other cannot know it does not send again."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from newsletter.errors import RefusedError
from newsletter.model import DeliveryState, Mailing, MailingState
from tests.fault_server import FaultServer
from tests.mailroom import Mailroom

ROOT = Path(__file__).parents[2]
PEOPLE = 2000

pytestmark = pytest.mark.postgresql


@pytest.fixture
def url(database_url: str) -> str:
    return make_url(database_url).render_as_string(hide_password=False)


@pytest.fixture
def machines(tmp_path: Path, url: str) -> Iterator[tuple[Mailroom, Mailroom]]:
    """Each has a disk of its own, so neither sees the other's journal."""
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    here, there = Mailroom(tmp_path / "here", database=url, people=PEOPLE), Mailroom(tmp_path / "there", database=url)
    yield here, there
    here.close()
    there.close()


def sender(machine: Mailroom, server: FaultServer, mailing: Mailing) -> subprocess.Popen[bytes]:
    arguments = [str(machine.folder), str(server.port), str(mailing.id), machine.database]
    return subprocess.Popen([sys.executable, "-m", "tests.mailroom", *arguments], cwd=ROOT, stderr=subprocess.PIPE)


def strike(machine: Mailroom, server: FaultServer, mailing: Mailing, *, after: int) -> None:
    """A machine that sends, and is lost once so many more messages have arrived."""
    lost = sender(machine, server, mailing)
    assert server.wait_for(len(server.accepted) + after), "the sender sends nothing"
    lost.kill()
    lost.communicate(timeout=60)


def check_exact(machine: Mailroom, server: FaultServer, mailing: Mailing) -> None:
    """Everybody is sent or uncertain, nobody twice, and nobody who got it is neither."""
    counts = machine.store.counts(mailing.id)
    assert doubled(server) == []
    assert counts.sent + counts.uncertain == counts.total == PEOPLE
    sent, uncertain = (set(machine.emails(mailing, state)) for state in (DeliveryState.SENT, DeliveryState.UNCERTAIN))
    assert sent <= set(server.recipients) <= sent | uncertain


def doubled(server: FaultServer) -> list[str]:
    return [email for email, copies in Counter(server.recipients).items() if copies > 1]


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_second_machine_is_refused_while_the_first_sends(machines: tuple[Mailroom, Mailroom]) -> None:
    here, there = machines
    mailing = here.mailing()
    with FaultServer() as server:
        first = sender(here, server, mailing)
        try:
            assert server.wait_for(100), "the sender sends nothing"
            with pytest.raises(RefusedError, match=str(first.pid)):
                there.dispatcher(server.port).run(mailing.id)
            first.communicate(timeout=60)
        finally:
            first.kill()
    assert first.returncode == 0
    assert doubled(server) == []
    assert there.store.counts(mailing.id).sent == PEOPLE


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_machine_lost_with_its_journal_leaves_what_nobody_knows_uncertain(
    machines: tuple[Mailroom, Mailroom],
) -> None:
    here, there = machines
    mailing = here.mailing()
    with FaultServer() as server:
        strike(here, server, mailing, after=300)
        assert there.dispatcher(server.port).run(mailing.id).state is MailingState.FINISHED
    assert there.store.counts(mailing.id).uncertain > 0, "whoever was claimed, for nobody knows better"
    check_exact(there, server, mailing)


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_machine_that_comes_back_with_an_old_journal_is_not_believed(machines: tuple[Mailroom, Mailroom]) -> None:
    here, there = machines
    mailing = here.mailing()
    with FaultServer() as server:
        for machine in (here, there):
            strike(machine, server, mailing, after=300)
        assert here.dispatcher(server.port).run(mailing.id).state is MailingState.FINISHED
    check_exact(here, server, mailing)
