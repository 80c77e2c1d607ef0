"""The journal says the truth after a kill, whole or torn."""

import os
import resource
import struct
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsletter.delivery.journal import RECORD_BYTES, Journal, replay
from newsletter.errors import StoreError
from newsletter.model import DeliveryState, Outcome, Phase, Reply


def written(path, write: Callable[[Journal], object]) -> None:
    """A run that ends: the journal stays."""
    journal = Journal(path)
    try:
        write(journal)
    finally:
        journal.close(remove=False)


def start(journal: Journal, delivery: int) -> None:
    """Return once its START is on disk; raises StoreError."""
    journal.secure(journal.start(delivery))


def sent(delivery: int) -> Outcome:
    return Outcome(
        delivery=delivery,
        state=DeliveryState.SENT,
        reply=Reply(phase=Phase.DOT, code=250, enhanced="2.0.0"),
    )


def test_no_journal_has_nothing_to_say(tmp_path):
    rest = replay(tmp_path / "1.journal")
    assert (rest.done, rest.started) == ([], set())


@pytest.mark.parametrize("remove", [True, False])
def test_a_closed_journal_keeps_what_waited_or_is_gone(tmp_path, remove):
    journal = Journal(tmp_path / "1.journal")
    journal.done(sent(1))
    journal.close(remove=remove)
    assert [outcome.delivery for outcome in replay(tmp_path / "1.journal").done] == ([] if remove else [1])
    assert (tmp_path / "1.journal").exists() is not remove


def test_what_was_started_and_not_answered_is_known(tmp_path):
    def write(journal: Journal) -> None:
        for number in (1, 2, 3):
            start(journal, number)
        journal.done(sent(2))

    written(tmp_path / "1.journal", write)
    rest = replay(tmp_path / "1.journal")
    assert rest.started == {1, 3}
    assert rest.done == [sent(2)]


def test_a_journal_names_its_run_before_anything_is_started(tmp_path):
    journal = Journal(tmp_path / "1.journal", run=2**63 - 1)
    assert replay(tmp_path / "1.journal").run == 2**63 - 1
    start(journal, 7)
    journal.leave(7)
    journal.done(sent(7))
    journal.stored(journal.size)
    start(journal, 8)
    journal.leave(8)
    journal.close(remove=False)
    rest = replay(tmp_path / "1.journal")
    assert (rest.run, rest.done, rest.started) == (2**63 - 1, [], {8})


@pytest.fixture
def epoch(monkeypatch) -> Callable[[int], None]:
    """Set the epoch of the page cache."""

    def set_epoch(number: int) -> None:
        monkeypatch.setattr("newsletter.delivery.journal.epoch_of", lambda _folder: number)

    set_epoch(7)
    return set_epoch


@pytest.fixture
def killed(tmp_path, epoch) -> Path:
    """The journal of a process that was killed: of four that might leave three were about to, and one was answered."""
    path = tmp_path / "1.journal"
    journal = Journal(path, run=5)
    places = [journal.start(number) for number in (1, 2, 3, 4)]
    for number, place in zip((1, 2, 3), places, strict=False):
        journal.secure(place)
        journal.leave(number)
        if number == 1:
            journal.done(sent(1))
    return path


def test_after_a_kill_only_what_left_and_was_not_answered_is_in_doubt(killed):
    assert replay(killed).started == {2, 3}
    assert replay(killed).done == [sent(1)]


@pytest.mark.parametrize("number", [8, 0])
def test_once_unsynced_writes_may_be_lost_whatever_might_leave_and_had_no_synced_answer_is_in_doubt(
    killed, epoch, number
):
    epoch(number)
    assert replay(killed).started == {1, 2, 3, 4}
    assert replay(killed).done == []


def test_a_journal_that_lost_its_tail_is_believed_as_after_a_power_cut(killed):
    (killed.parent / "1.tail").unlink()
    assert replay(killed).started == {1, 2, 3, 4}


def test_a_journal_kept_in_another_way_names_no_run_so_that_its_mailing_is_held(tmp_path):
    body = struct.pack("<BBBBHBHHQq", 4, 0, 0, 0, 0, 0, 0, 0, 5, 7)
    (tmp_path / "1.journal").write_bytes(body + struct.pack("<I", zlib.crc32(body)))
    assert replay(tmp_path / "1.journal").run == 0


def test_an_earlier_tail_is_not_taken_for_that_of_a_new_journal(killed):
    stale = (killed.parent / "1.tail").read_bytes()
    killed.unlink()
    journal = Journal(killed, run=6)
    assert (killed.parent / "1.tail").read_bytes() != stale
    assert (replay(killed).run, replay(killed).started) == (6, set())
    journal.close(remove=True)
    assert list(killed.parent.iterdir()) == []


@pytest.mark.parametrize("damage", range(0, 2 * RECORD_BYTES, 7))
def test_a_torn_record_ends_the_tail_and_what_came_before_it_counts(killed, damage):
    tail = bytearray((killed.parent / "1.tail").read_bytes())
    end = 9 * RECORD_BYTES  # RUN, four STARTs, LEFT, DONE, two LEFTs
    tail[end - 1 - damage] ^= 0x40
    (killed.parent / "1.tail").write_bytes(tail)
    assert replay(killed).started == ({2} if damage < RECORD_BYTES else set())
    assert replay(killed).done == [sent(1)]


@pytest.mark.parametrize("places", [3, 4, 50])
def test_a_tail_is_used_again_and_again_and_what_it_has_no_room_for_is_in_the_journal(
    tmp_path, monkeypatch, epoch, places
):
    monkeypatch.setattr("newsletter.delivery.journal._TAIL_BYTES", places * RECORD_BYTES)
    path = tmp_path / "1.journal"
    journal = Journal(path, run=5)
    for number in range(1, 100):
        start(journal, number)
        journal.leave(number)
        assert replay(path).started == {number}
        journal.done(sent(number))
        journal.write()
        assert (replay(path).started, len(replay(path).done)) == (set(), number)
    for number in range(100, 120):
        journal.done(sent(number))
    journal.leave(120)
    assert (replay(path).started, len(replay(path).done)) == ({120}, 119)
    journal.close(remove=False)
    assert (replay(path).started, len(replay(path).done)) == ({120}, 119)


def test_where_nobody_can_tell_no_journal_is_believed_more_than_after_a_power_cut(tmp_path, epoch):
    epoch(0)
    journal = Journal(tmp_path / "1.journal", run=5)
    start(journal, 1)
    assert replay(tmp_path / "1.journal").started == {1}
    journal.close(remove=False)


def test_what_left_without_an_answer_stays_in_doubt_though_it_is_started_again(tmp_path, epoch):
    path = tmp_path / "1.journal"
    journal = Journal(path, run=5)
    start(journal, 1)
    journal.leave(1)
    start(journal, 1)
    assert replay(path).started == {1}
    journal.close(remove=False)


@pytest.mark.parametrize(
    "outcome",
    [
        sent(2**40),
        Outcome(
            delivery=2,
            state=DeliveryState.FAILED,
            reply=Reply(phase=Phase.RCPT, code=550, enhanced="5.1.10"),
            suppress=True,
        ),
        Outcome(
            delivery=3,
            state=DeliveryState.DEFERRED,
            reply=Reply(phase=Phase.DOT, code=452, enhanced="4.3.999"),
            due_at=datetime(2026, 11, 23, 9, 5, 0, 123456, tzinfo=UTC),
        ),
        Outcome(delivery=4, state=DeliveryState.QUEUED, counts=False),
        Outcome(delivery=5, state=DeliveryState.UNCERTAIN),
        Outcome(delivery=6, state=DeliveryState.FAILED, reply=Reply(phase=Phase.CONNECT, code=0)),
    ],
)
def test_every_code_survives_a_kill(tmp_path, outcome):
    def write(journal: Journal) -> None:
        journal.done(outcome)

    written(tmp_path / "1.journal", write)
    assert replay(tmp_path / "1.journal").done == [outcome]


def test_the_last_record_of_a_delivery_wins(tmp_path):
    def write(journal: Journal) -> None:
        start(journal, 1)
        journal.done(Outcome(delivery=1, state=DeliveryState.QUEUED, counts=False))
        start(journal, 1)

    written(tmp_path / "1.journal", write)
    rest = replay(tmp_path / "1.journal")
    assert (rest.started, rest.done) == ({1}, [])


def test_answers_that_the_store_has_are_not_told_again(tmp_path):
    def write(journal: Journal) -> None:
        start(journal, 1)
        start(journal, 2)
        journal.done(sent(1))
        in_the_store = journal.size
        journal.done(sent(2))
        journal.stored(in_the_store)

    written(tmp_path / "1.journal", write)
    rest = replay(tmp_path / "1.journal")
    assert (rest.started, rest.done) == (set(), [sent(2)])


@pytest.mark.parametrize("cut", range(1, RECORD_BYTES))
def test_a_torn_last_record_is_cut_off(tmp_path, cut):
    def write(journal: Journal) -> None:
        start(journal, 1)
        start(journal, 2)

    path = tmp_path / "1.journal"
    written(path, write)
    os.truncate(path, path.stat().st_size - cut)
    assert replay(path).started == {1}


def test_a_damaged_record_ends_the_journal(tmp_path):
    def write(journal: Journal) -> None:
        start(journal, 1)
        start(journal, 2)

    path = tmp_path / "1.journal"
    written(path, write)
    raw = bytearray(path.read_bytes())
    raw[RECORD_BYTES + 9] ^= 0x40
    path.write_bytes(raw)
    assert replay(path).started == {1}


def test_whoever_first_needs_its_start_on_disk_has_all_of_them_kept_by_one_sync(tmp_path, monkeypatch):
    path, synced = tmp_path / "1.journal", []
    sync = os.fdatasync

    def watched(fd: int) -> None:
        synced.append(len(replay(path).started))
        sync(fd)

    monkeypatch.setattr(os, "fdatasync", watched)

    def write(journal: Journal) -> None:
        sizes = [journal.start(number) for number in range(100)]
        assert synced == []
        for size in sizes:
            journal.secure(size)
            assert replay(path).started == set(range(100))
        journal.secure(journal.start(100))

    written(path, write)
    assert synced == [100, 101]


def test_a_killed_journal_ends_where_its_records_do_though_the_file_goes_on(tmp_path):
    path = tmp_path / "1.journal"
    journal = Journal(path, run=5)
    start(journal, 1)
    journal.done(sent(1))
    start(journal, 2)
    raw, length = path.read_bytes(), journal.size
    assert not any(raw[length:])
    assert len(raw) > length
    rest = replay(path)
    assert (rest.run, rest.done) == (5, [sent(1)])
    journal.close(remove=False)
    assert path.read_bytes() == raw[:length]


def test_room_is_made_again_and_again_and_every_record_is_in_its_place(tmp_path, monkeypatch):
    monkeypatch.setattr("newsletter.delivery.journal._ROOM", bytes(4 * RECORD_BYTES + 5))
    path = tmp_path / "1.journal"

    def write(journal: Journal) -> None:
        for number in range(1, 41):
            start(journal, number)
            assert replay(path).started == set(range(1, number + 1))

    written(path, write)
    assert path.stat().st_size == 40 * RECORD_BYTES


def test_an_answer_is_in_the_file_before_any_later_start_is_secure(tmp_path):
    """So that after a power cut only the last ones are in doubt."""
    path = tmp_path / "1.journal"

    def write(journal: Journal) -> None:
        start(journal, 1)
        journal.done(sent(1))
        assert replay(path).started == {1}  # lost by a kill now, as it may be
        start(journal, 2)
        assert (replay(path).done, replay(path).started) == ([sent(1)], {2})
        journal.done(sent(2))
        journal.write()
        assert (replay(path).done, replay(path).started) == ([sent(1), sent(2)], set())

    written(path, write)


def test_a_disk_that_failed_once_is_not_believed_again(tmp_path, monkeypatch):
    sync, asked = os.fdatasync, []

    def failing(fd: int) -> None:
        asked.append(fd)
        if len(asked) == 2:
            raise OSError(5, "Input/output error")
        sync(fd)

    monkeypatch.setattr(os, "fdatasync", failing)

    def write(journal: Journal) -> None:
        first = journal.start(1)
        journal.secure(first)
        for delivery in (2, 3):
            with pytest.raises(StoreError, match=r"1\.journal"):
                start(journal, delivery)
        journal.secure(first)  # it was kept before

    written(tmp_path / "1.journal", write)
    assert len(asked) == 2


def test_an_old_journal_is_never_written_over(tmp_path):
    path = tmp_path / "1.journal"

    def write(journal: Journal) -> None:
        start(journal, 1)

    written(path, write)
    with pytest.raises(StoreError):
        written(path, write)
    assert replay(path).started == {1}


def test_a_journal_the_store_has_wholly_is_removed(tmp_path):
    journal = Journal(tmp_path / "1.journal")
    start(journal, 1)
    journal.close(remove=True)
    assert not (tmp_path / "1.journal").exists()


@pytest.mark.parametrize("room", [7, 7 + RECORD_BYTES // 2])
def test_a_full_disk_is_one_sentence_and_leaves_no_half_record(tmp_path, monkeypatch, room):
    monkeypatch.setattr("newsletter.delivery.journal._ROOM", bytes(RECORD_BYTES))
    path = tmp_path / "1.journal"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def write(journal: Journal) -> None:
        start(journal, 1)
        # The system refuses the file's last bytes, as a full disk does.
        resource.setrlimit(resource.RLIMIT_FSIZE, (RECORD_BYTES + room, limits[1]))
        try:
            with pytest.raises(StoreError, match=r"1\.journal"):
                start(journal, 2)
            assert replay(path).started == {1}
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        start(journal, 3)

    written(path, write)
    assert path.stat().st_size == 3 * RECORD_BYTES
    # What could not be written waited for the next time: the places told to whoever waits stay true.
    assert replay(path).started == {1, 2, 3}


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "journal").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="journal"):
        Journal(tmp_path / "journal" / "1.journal")
