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


def ahead(press: Press, upcoming: list[Reader]) -> Ahead:
    return Ahead(press, lambda number: upcoming[:number])


def test_a_reader_and_the_next_ones_are_made_in_one_go_and_nobody_twice():
    press, waiting = Press(), READERS.copy()
    letters = ahead(press, waiting)
    recipients = []
    while waiting:
        recipients.append(letters.message(waiting.pop(0), batch=4).recipient)
        assert len(press.made) <= len(recipients) + 3
    assert recipients == [reader.email for reader in READERS]
    assert press.made == [reader.delivery for reader in READERS]


def test_a_batch_of_one_makes_nobody_else_s_message():
    press = Press()
    assert ahead(press, READERS[1:]).message(READERS[0], batch=1).recipient == "ada1@example.org"
    assert press.made == [1]


def test_a_message_that_cannot_be_made_is_told_at_its_own_turn():
    letters = ahead(Press(refused=2), READERS[1:4])
    assert letters.message(READERS[0]).recipient == "ada1@example.org"
    with pytest.raises(ValueError, match="no message for 2"):
        letters.message(READERS[1])
    assert letters.message(READERS[2]).recipient == "ada3@example.org"


def test_a_reader_claimed_again_with_another_address_gets_a_message_of_its_own():
    letters = ahead(Press(), READERS[1:4])
    letters.message(READERS[0])
    moved = READERS[1]._replace(email="elsewhere@example.org")
    assert letters.message(moved).recipient == "elsewhere@example.org"
