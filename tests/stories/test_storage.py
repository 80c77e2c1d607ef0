"""The disk is full, the database is locked, the power fails: nothing is lost and nobody is written to twice."""

import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from newsletter.delivery.ahead import BATCH
from newsletter.errors import StoreError
from newsletter.model import DeliveryState, Mailing, MailingState
from tests.fault_server import FaultServer
from tests.mailroom import QUICK, Mailroom

ROOT = Path(__file__).parents[2]
PEOPLE = 400


@pytest.fixture
def mailroom(tmp_path: Path) -> Iterator[Mailroom]:
    (tmp_path / "var").mkdir()
    room = Mailroom(tmp_path / "var", people=PEOPLE)
    yield room
    room.close()


def check(mailroom: Mailroom, mailing: Mailing, recipients: list[str], *, most: int = QUICK.connections) -> None:
    """Over, everybody accounted for, nobody twice; who has no copy, or one nobody knows of, is named."""
    counts = mailroom.store.counts(mailing.id)
    assert mailroom.store.load_mailing(mailing.id).state is MailingState.FINISHED
    assert counts.sent + counts.uncertain == counts.total == PEOPLE
    assert counts.uncertain <= most
    assert [email for email, copies in Counter(recipients).items() if copies > 1] == []
    sent = set(mailroom.emails(mailing, DeliveryState.SENT))
    assert sent <= set(recipients) <= sent | set(mailroom.emails(mailing, DeliveryState.UNCERTAIN))


def limit(mailroom: Mailroom, pragma: str) -> Callable[[], None]:
    """Every connection of the mailroom lives with this; returns what lifts it."""

    def apply(connection: sqlite3.Connection, *_rest: object) -> None:
        connection.execute(f"PRAGMA {pragma}").fetchall()

    event.listen(mailroom.engine, "checkout", apply)

    def lift() -> None:
        event.remove(mailroom.engine, "checkout", apply)
        mailroom.engine.dispose()

    return lift


def test_a_database_that_fills_up_on_the_way_stops_the_mailing_and_opens_again(mailroom):
    mailing = mailroom.mailing()
    with sqlite3.connect(mailroom.folder / "newsletter.db") as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.close()
    lift = limit(mailroom, f"max_page_count = {pages + 1}")
    with FaultServer() as server:
        with pytest.raises(StoreError, match="disk is full"):
            mailroom.dispatcher(server.port).run(mailing.id)
        assert len(server.accepted) < PEOPLE
        lift()
        assert mailroom.store.counts(mailing.id).total == PEOPLE
        mailroom.dispatcher(server.port).run(mailing.id)
    check(mailroom, mailing, server.recipients)


@pytest.mark.slow
def test_a_disk_that_fills_up_on_the_way_loses_nobody(mailroom):
    """No file may grow beyond a size: database, journal and lock of a sender of its own."""
    mailing = mailroom.mailing()
    mailroom.engine.dispose()
    size = (mailroom.folder / "newsletter.db").stat().st_size

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    with FaultServer() as server:
        command = [sys.executable, "-m", "tests.mailroom", str(mailroom.folder), str(server.port), str(mailing.id)]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, preexec_fn=full, text=True, check=False)
        assert ended.returncode == 1
        assert "StoreError" in ended.stderr
        assert len(server.accepted) < PEOPLE
        mailroom.dispatcher(server.port).run(mailing.id)
    check(mailroom, mailing, server.recipients)


@pytest.mark.parametrize("seconds", [0.5, 2.0], ids=["shorter than the patience", "longer than the patience"])
def test_a_locked_database_is_waited_for_and_then_pauses_the_mailing(mailroom, seconds):
    mailing = mailroom.mailing()
    lift = limit(mailroom, "busy_timeout = 1000")
    released = threading.Event()

    def lock() -> None:
        server.wait_for(50)
        other = sqlite3.connect(mailroom.folder / "newsletter.db", timeout=20, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        released.wait(seconds)
        other.execute("ROLLBACK")
        other.close()

    with FaultServer() as server:
        thief = threading.Thread(target=lock)
        thief.start()
        if seconds < 1:
            mailroom.dispatcher(server.port).run(mailing.id)
        else:
            with pytest.raises(StoreError, match="has held the database"):
                mailroom.dispatcher(server.port).run(mailing.id)
        thief.join()
        lift()
        mailroom.dispatcher(server.port).run(mailing.id)
    check(mailroom, mailing, server.recipients)


@pytest.mark.slow
def test_after_a_power_cut_the_copy_of_that_moment_goes_on_exactly(mailroom, tmp_path, monkeypatch):
    """A sender is frozen at random moments and its files are copied: what a disk would hold after a power cut."""
    dice, mailing = random.Random(157), mailroom.mailing()
    moments: list[tuple[Path, set[str]]] = []
    with FaultServer() as server:
        command = [sys.executable, "-m", "tests.mailroom", str(mailroom.folder), str(server.port), str(mailing.id)]
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
        try:
            for number in range(4):
                assert server.wait_for(len(server.accepted) + dice.randrange(1, 80), timeout=60)
                process.send_signal(signal.SIGSTOP)
                os.waitpid(process.pid, os.WUNTRACED)
                copy = shutil.copytree(mailroom.folder, tmp_path / f"cut{number}")
                moments.append((Path(copy), set(server.recipients)))
                process.send_signal(signal.SIGCONT)
            process.wait(timeout=60)
        finally:
            process.kill()
    check(mailroom, mailing, server.recipients)
    # After a power cut the page cache is another one.
    monkeypatch.setattr("newsletter.delivery.journal.epoch_of", lambda _folder: 1)
    for folder, before in moments:
        after = Mailroom(folder)
        with FaultServer() as again:
            dispatcher = after.dispatcher(again.port)
            dispatcher.here = True
            dispatcher.run(mailing.id)
        check(after, mailing, [*before, *again.recipients], most=BATCH + QUICK.connections)
        after.close()
