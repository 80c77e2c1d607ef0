"""What was counted over everybody is counted again once it may be another number, whoever moved them."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, event

from newsletter.errors import StoreError
from newsletter.model import DeliveryState, ImportRow, Outcome, Readership, Search, Segment
from newsletter.store import SqlAudienceStore, SqlDeliveryStore
from newsletter.store.remembered import Remembered
from newsletter.store.transactions import reading
from tests.store.databases import CONSENT, LATER, NOW, mail_to, subscribe

COOP = Segment(list="members", tags_any=("coop",))
WITHOUT = Segment(list="members", not_sent=("156",))


def take(store: SqlAudienceStore, email: str, *, dry_run: bool = False, **cells: Any) -> None:
    row = ImportRow(2, email, **cells)
    store.import_rows([row], list_id="members", consent=CONSENT, dry_run=dry_run)


def counted(audience: SqlAudienceStore, delivery: SqlDeliveryStore, segment: Segment) -> int:
    """By every way there is, which must agree."""
    readers = Readership(of=segment)
    numbers = [
        *audience.segment_sizes("members", [segment]),
        audience.readers_digest(readers)[0],
        audience.standings(Search(list="members", segment=segment)).mailable,
        delivery.account(readers, issue=None).people,
    ]
    assert len({*numbers}) == 1, numbers
    return numbers[0]


def test_a_segment_is_counted_again_once_a_file_changed_somebody(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore, engine: Engine
) -> None:
    other = SqlAudienceStore(engine)
    subscribe(other, "a@example.org", "b@example.org")
    seen = []
    moves: list[Callable[[], None]] = [
        lambda: None,
        lambda: take(other, "a@example.org", tags=("coop",), dry_run=True),
        lambda: take(other, "a@example.org", tags=("coop",)),
        lambda: take(other, "b@example.org", first_name="Basile", tags=("coop",)),
    ]
    for move in moves:
        move()
        assert audience.vocabulary("members") == SqlAudienceStore(engine).vocabulary("members")
        seen.append(counted(audience, delivery, COOP))
    assert seen == [0, 0, 1, 2]
    assert audience.standings(Search(list="members", words="basile")).mailable == 1


def test_a_file_that_changes_nobody_is_no_event(audience: SqlAudienceStore, engine: Engine) -> None:
    take(audience, "a@example.org", tags=("coop",))
    asked: list[int] = []

    def ask() -> None:
        with reading(engine) as connection:
            kept.recall(connection, "question", lambda: asked.append(1))

    kept = Remembered()
    ask()
    take(audience, "a@example.org", tags=("coop",))
    if engine.dialect.name == "sqlite":  # of PostgreSQL every transaction counts
        ask()
        assert asked == [1]
    take(audience, "a@example.org", tags=("vélo",))
    ask()
    assert asked == [1, 1]


def test_a_segment_by_letters_is_counted_again_once_one_left(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore
) -> None:
    subscribe(audience, "a@example.org", "b@example.org")
    mailing = mail_to(delivery)
    segment = Segment(list="members", not_sent=(mailing.issue,))
    assert counted(audience, delivery, segment) == 2
    assert delivery.would_receive(mailing.issue, "members") == 0
    (reader,) = delivery.claim(mailing.id, limit=1, now=NOW)
    delivery.record(mailing.id, [Outcome(delivery=reader.delivery, state=DeliveryState.SENT)], now=NOW)
    assert counted(audience, delivery, segment) == 1
    (reader,) = delivery.claim(mailing.id, limit=1, now=NOW)
    delivery.record(mailing.id, [Outcome(delivery=reader.delivery, state=DeliveryState.FAILED)], now=LATER)
    assert counted(audience, delivery, segment) == 1
    assert delivery.would_receive(mailing.issue, "members") == 1


def test_nothing_is_counted_twice_while_nobody_moves(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore, engine: Engine
) -> None:
    take(audience, "a@example.org", tags=("coop",))
    counted(audience, delivery, COOP)
    if engine.dialect.name != "sqlite":
        return
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *said: statements.append(said[2]))
    counted(audience, delivery, COOP)
    assert [one for one in statements if "count(" in one or "ORDER BY subscribers.email_key" in one] == []


def test_the_oldest_answers_are_forgotten_first(engine: Engine) -> None:
    kept, asked = Remembered(), []
    with reading(engine) as connection:
        for question in (*range(300), 299, 0):
            kept.recall(connection, question, lambda: asked.append(1))
    assert len(asked) == 301


def test_who_asks_what_another_is_counting_waits_for_that(engine: Engine) -> None:
    kept, asked = Remembered(), []
    begun, let_go = threading.Event(), threading.Event()

    def count() -> int:
        asked.append(1)
        begun.set()
        assert let_go.wait(60)
        return 60

    def ask() -> int:
        with reading(engine) as connection:
            return kept.recall(connection, "how many", count)

    with ThreadPoolExecutor(2) as people:
        first = people.submit(ask)
        assert begun.wait(60)
        second = people.submit(ask)
        let_go.set()
        assert (first.result(), second.result()) == (60, 60)
    if engine.dialect.name == "sqlite":  # of PostgreSQL every transaction counts
        assert asked == [1]


def test_a_count_that_fails_is_made_anew(engine: Engine) -> None:
    kept = Remembered()

    def fail() -> int:
        raise StoreError("the disk is gone")

    with reading(engine) as connection:
        with pytest.raises(StoreError, match="disk"):
            kept.recall(connection, "how many", fail)
        assert kept.recall(connection, "how many", lambda: 3) == 3
