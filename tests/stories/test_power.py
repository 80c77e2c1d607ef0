"""The power fails: only what the disk was told to keep is there, and it is enough, at whatever moment."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from newsletter.delivery.ahead import BATCH
from newsletter.delivery.journal import replay
from newsletter.model import DeliveryState, MailingState
from tests.fault_server import FaultServer
from tests.mailroom import QUICK, Mailroom, address
from tests.stories.reckoning import outcome
from tests.stories.traced import Call, Disk, calls, letters, sender, trace

ROOT = Path(__file__).parents[2]
PEOPLE = 120
EVERYBODY = {address(number) for number in range(1, PEOPLE + 1)}
DATABASE, WAL, JOURNAL = "newsletter.db", "newsletter.db-wal", "journal/1.journal"

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def restarted(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a power cut the page cache is another one."""
    monkeypatch.setattr("newsletter.delivery.journal.epoch_of", lambda _folder: 1)


class Watched(NamedTuple):
    """A mailing that was sent from beginning to end, and every call its sender made to the system."""

    before: Path
    folder: Path
    mailing: int
    calls: list[Call]

    def disk(self) -> Disk:
        return Disk(before=self.before, folder=self.folder)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    root = tmp_path_factory.mktemp("power")
    (root / "var").mkdir()
    mailroom = Mailroom(root / "var", people=PEOPLE)
    mailing = mailroom.mailing().id
    mailroom.close()
    shutil.copytree(root / "var", root / "before")
    with FaultServer() as server:
        trace(sender(root / "var", server.port, mailing), into=root / "trace", cwd=ROOT)
    assert len(server.accepted) == PEOPLE
    return Watched(root / "before", root / "var", mailing, list(calls(root / "trace")))


def departures(watched: Watched) -> Iterator[tuple[Disk, list[int]]]:
    """Each time a letter is about to leave: the disk, and the deliveries that leave."""
    disk = watched.disk()
    for call in watched.calls:
        if leaving := letters(call):
            yield disk, leaving
        disk.see(call)


def test_a_start_is_on_disk_before_its_final_dot_leaves(watched: Watched, tmp_path: Path) -> None:
    left = []
    for disk, leaving in departures(watched):
        (tmp_path / "journal").write_bytes(disk.kept[JOURNAL])
        assert set(leaving) <= replay(tmp_path / "journal").started
        left += leaving
    assert sorted(left) == list(range(1, PEOPLE + 1))


def cuts(watched: Watched) -> Iterator[tuple[Disk, list[str]]]:
    """The first moments after the disk kept something, and some of the others: the disk, and whose letter had left."""
    syncs = [number for number, call in enumerate(watched.calls) if call.is_over and call.name == "fdatasync"]
    moments = {*syncs[:8], *random.Random(157).sample(syncs[8:], 6)}
    disk, left = watched.disk(), []
    for number, call in enumerate(watched.calls):
        left += map(address, letters(call))
        disk.see(call)
        if number in moments:
            yield disk, left


def test_what_was_synced_before_a_power_cut_is_enough_to_go_on_exactly(watched: Watched, tmp_path: Path) -> None:
    for number, (disk, left) in enumerate(cuts(watched)):
        after = Mailroom(disk.restore(tmp_path / f"cut{number}", DATABASE, WAL, JOURNAL))
        with FaultServer() as again:
            dispatcher = after.dispatcher(again.port)
            dispatcher.here = True
            mailing = dispatcher.run(watched.mailing)
        state, counts = outcome(after, mailing)
        assert (state, counts.sent + counts.uncertain) == (MailingState.FINISHED, PEOPLE)
        assert counts.uncertain <= BATCH + QUICK.connections
        copies = [*left, *again.recipients]
        assert len(copies) == len(set(copies)), "nobody has two"
        assert set(after.emails(mailing, DeliveryState.SENT)) <= set(copies)
        assert EVERYBODY - set(copies) <= set(after.emails(mailing, DeliveryState.UNCERTAIN))
        after.close()
