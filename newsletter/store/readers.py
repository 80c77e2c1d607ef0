"""Who the readers of a mailing are, as one digest; and how they moved since it was taken."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Select, select

from newsletter.model import AudienceChange, Readership
from newsletter.store.movement import moved
from newsletter.store.people import PAGE
from newsletter.store.segments import readers_of, within
from newsletter.store.tables import subscribers, subscriptions


def digest_of(connection: Connection, readers: Readership, *, returned: Iterable[str] = ()) -> tuple[int, str]:
    """How many a letter would reach now, and the hex sha256 over their sorted addresses, a line each.

    `returned` are addresses counted in as if they had not left.
    """
    number, digest = 0, hashlib.sha256()
    # Sorted aside: along its index, SQLite would fetch each person from wherever they lie, four times slower.
    query = readers_of(connection, readers, subscribers.c.email_key).order_by(subscribers.c.email_key.concat(""))
    rows = connection.execute(query.execution_options(yield_per=10_000)).scalars()
    keys = merge(rows, sorted(returned)) if returned else iter(rows)
    while page := list(islice(keys, PAGE)):
        digest.update("".join([f"{key}\n" for key in page]).encode())
        number += len(page)
    return number, digest.hexdigest()


def movement_within(
    connection: Connection, readers: Readership, *, since: datetime, now: Callable[[], tuple[int, str]]
) -> AudienceChange:
    """Who joined and left among the readers; and, unless somebody joined, their digest as it would be had nobody left.

    `now` gives what `digest_of` says without them. Of the past, only who stood on the list is known: tags and fields
    are today's. The erased are not counted.
    """
    turns = dict(moved(connection, readers.list, since=since))
    on_list = select(subscribers.c.email_key).select_from(subscribers.join(subscriptions))
    fitting = on_list.where(subscriptions.c.list_id == readers.list, *within(connection, readers))
    left = list(_among(connection, fitting, [who for who, joined in turns.items() if not joined]))
    present = readers_of(connection, readers, subscribers.c.email_key)
    joined = sum(1 for _key in _among(connection, present, [who for who, joined in turns.items() if joined]))
    if joined:
        return AudienceChange(joined=joined, left=len(left))
    _number, before = digest_of(connection, readers, returned=left) if left else now()
    return AudienceChange(joined=0, left=len(left), before=before)


def _among(connection: Connection, query: Select[Any], people: list[int]) -> Iterator[str]:
    """The addresses of those of these people whom the query finds."""
    for at in range(0, len(people), PAGE):
        page = query.where(subscribers.c.id.in_(people[at : at + PAGE]))
        yield from connection.execute(page).scalars()
