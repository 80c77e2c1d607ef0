"""One sender at a time, and the other is told who."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from newsletter.errors import RefusedError, StoreError
from newsletter.store import SqlDeliveryStore, open_engine
from newsletter.store.locks import file_lock, this_process

_OTHER = """
import sys
import threading
from pathlib import Path
from newsletter.store import SqlDeliveryStore, open_engine
store = SqlDeliveryStore(open_engine(sys.argv[1], root=Path("/")))
with store.sole_sender():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(database_url: str, tmp_path: Path):
    """Another process that holds the right to send."""
    command = [sys.executable, "-c", _OTHER, database_url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_process_is_refused_and_told_who_sends(
    database_url: str, tmp_path: Path, other: subprocess.Popen[str]
) -> None:
    engine = open_engine(database_url, root=tmp_path)
    with pytest.raises(RefusedError) as refusal, SqlDeliveryStore(engine).sole_sender():
        pass
    assert f"already sending: {other.pid}@{os.uname().nodename}" in refusal.value.message
    engine.dispose()


def test_a_killed_sender_lets_go(database_url: str, tmp_path: Path, other: subprocess.Popen[str]) -> None:
    engine = open_engine(database_url, root=tmp_path)
    store = SqlDeliveryStore(engine)
    other.send_signal(signal.SIGKILL)
    other.wait()
    for _ in range(1000):  # PostgreSQL notices the lost connection in its own time
        try:
            with store.sole_sender():
                break
        except RefusedError:
            continue
    else:
        pytest.fail("the lock of a dead process is still held")
    engine.dispose()


def test_the_right_to_send_comes_back_when_it_is_given_back(delivery: SqlDeliveryStore) -> None:
    for _ in range(2):
        with delivery.sole_sender(), pytest.raises(RefusedError, match=this_process()), delivery.sole_sender():
            pass


def test_an_error_inside_lets_go_too(delivery: SqlDeliveryStore) -> None:
    with pytest.raises(ZeroDivisionError), delivery.sole_sender():
        raise ZeroDivisionError
    with delivery.sole_sender():
        pass


def test_the_lock_is_in_the_folder_that_is_named(sqlite, tmp_path: Path) -> None:
    with SqlDeliveryStore(sqlite, lock_folder=tmp_path).sole_sender():
        assert (tmp_path / "newsletter.db.sender").read_text() == this_process()
    with (
        pytest.raises(StoreError, match="cannot be opened"),
        SqlDeliveryStore(sqlite, lock_folder=tmp_path / "nowhere").sole_sender(),
    ):
        pass


def test_the_name_of_whoever_has_just_taken_the_lock_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "sender"
    with path.open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        late = threading.Timer(0.03, lambda: path.write_text("7@elsewhere", encoding="utf-8"))
        late.start()
        with pytest.raises(RefusedError, match="7@elsewhere"), file_lock(path):
            pass
        late.join()
