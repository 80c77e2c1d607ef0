"""Messages made ahead of their turn: each reader's own, made once, a failure told to whom it concerns."""

import pytest

from newsletter.delivery.ahead import Ahead
from newsletter.model import Prepared, Reader

READERS = [Reader(delivery=n, subscriber=n, subscription=n, email=f"ada{n}@example.org") for n in range(1, 10)]


class Press:
    """Makes messages, and remembers for whom."""

    def __init__(self, refused: int = 0) -> None:
        self.made: list[int] = []
        self.refused = refused

    def __call__(self, reader: Reader) -> Prepared:
        self.made.append(reader.delivery)
        if reader.delivery == self.refused:
            raise ValueError(f"no message for {reader.delivery}")
        return Prepared("lettre@imagine.example", reader.email, [reader.email.encode()])


def ahead(press: Press, upcoming: list[Reader], noted: list[int] | None = None) -> Ahead:
    """The place of each START is the number of those noted by then."""
    starts = [] if noted is None else noted

    def start(delivery: int) -> int:
        starts.append(delivery)
        return len(starts)

    return Ahead(press, lambda number: upcoming[:number], start=start)


def test_a_reader_and_the_next_ones_are_made_in_one_go_and_nobody_twice():
    press, waiting = Press(), READERS.copy()
    letters = ahead(press, waiting)
    recipients = []
    while waiting:
        recipients.append(letters.load(waiting.pop(0), batch=4).prepared.recipient)
        assert len(press.made) <= len(recipients) + 3
    assert recipients == [reader.email for reader in READERS]
    assert press.made == [reader.delivery for reader in READERS]


def test_a_batch_of_one_makes_nobody_else_s_message():
    press = Press()
    assert ahead(press, READERS[1:]).load(READERS[0], batch=1).prepared.recipient == "ada1@example.org"
    assert press.made == [1]


def test_a_message_that_cannot_be_made_is_told_at_its_own_turn():
    letters = ahead(Press(refused=2), READERS[1:4])
    assert letters.load(READERS[0]).prepared.recipient == "ada1@example.org"
    with pytest.raises(ValueError, match="no message for 2"):
        letters.load(READERS[1])
    assert letters.load(READERS[2]).prepared.recipient == "ada3@example.org"


def test_a_reader_claimed_again_with_another_address_gets_a_message_of_its_own():
    letters = ahead(Press(), READERS[1:4])
    letters.load(READERS[0])
    moved = READERS[1]._replace(email="elsewhere@example.org")
    assert letters.load(moved).prepared.recipient == "elsewhere@example.org"


def test_whoever_is_made_in_one_go_is_noted_in_one_go_and_what_cannot_be_made_is_not():
    noted: list[int] = []
    letters = ahead(Press(refused=2), READERS[1:4], noted)
    assert letters.load(READERS[0]).started == 1
    assert noted == [1, 3, 4]
    assert (letters.load(READERS[2]).started, letters.load(READERS[3]).started) == (2, 3)
    assert noted == [1, 3, 4]
