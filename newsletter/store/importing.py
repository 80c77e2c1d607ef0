"""Merges the rows of an import into people and subscriptions, a page at a time, inside one transaction.

While the database works on one page, in a thread of its own, the next is read: neither holds the interpreter long.
"""

import gc
import json
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from itertools import islice, repeat
from operator import attrgetter
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Text,
    and_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    select,
    update,
)

from newsletter.i18n import _
from newsletter.model import Consent, ImportReport, ImportRow, Refusal, SubscriptionStatus
from newsletter.store.arrivals import born_after, compared, each_of, fill, taking
from newsletter.store.keyed import address_key, key_hasher
from newsletter.store.people import JOINED
from newsletter.store.tables import consents, events, incoming, subscribers, subscriptions

_IMPORTED = JOINED[0]
_CONFIRMED = SubscriptionStatus.CONFIRMED.value
_UNSUBSCRIBED = SubscriptionStatus.UNSUBSCRIBED.value

#: Rows compared and written at once.
_PAGE = 5000

#: Rows by their `address_key`, in the order of the file.
_Page: TypeAlias = dict[str, ImportRow]

_email = attrgetter("email")
_quoted = json.encoder.encode_basestring_ascii


def save_consent(connection: Connection, consent: Consent) -> int:
    """Keep the proof, once however many people it holds for; returns its id."""
    proof = {"text": consent.text, "source": consent.source, "at": consent.at}
    same = and_(*(consents.c[name] == value for name, value in proof.items()))
    known: int | None = connection.execute(select(consents.c.id).where(same)).scalar()
    return known or connection.execute(insert(consents).values(proof).returning(consents.c.id)).scalar_one()


class Import:
    """One import: `take` the rows, then `report`."""

    def __init__(self, connection: Connection, *, secret: bytes, list_id: str, consent: Consent) -> None:
        self._connection = connection
        self._hash = key_hasher(secret)
        self._list_id = list_id
        self._consent = consent
        self._counts = dict.fromkeys(("new", "updated", "unchanged", "kept_out"), 0)
        #: True once the file changed somebody who was known.
        self.amends = False
        self._repeated: list[tuple[ImportRow, int]] = []
        # Where the file first names somebody. By id, four bytes each: a dict of a million addresses takes 150 MB.
        self._lines = array("I")
        self._strangers: dict[str, int] = {}
        self._last = connection.execute(born_after(0)).one()[1] or 0
        self._taking = taking(connection.dialect)

    def report(self, *, dry_run: bool) -> ImportReport:
        """What was done; `refused` are those the file had named before, the reader adds its own."""
        refused = tuple(
            Refusal(line=row.line, address=row.email, reason=_("this address is already on line {line}", line=line))
            for row, line in sorted(self._repeated)
        )
        return ImportReport(**self._counts, refused=refused, dry_run=dry_run)

    def take(self, rows: Iterable[ImportRow]) -> None:
        """Merge all rows; an address that comes twice is taken once, as it first stands."""
        incoming.create(self._connection)
        with _uncollected(), ThreadPoolExecutor(max_workers=1) as thread:
            merging: Future[None] | None = None
            for page in self._pages(rows):
                cells = self._cells(page)
                if merging:
                    merging.result()
                # Filled here, and merged there while this thread makes the next: a merge holds the interpreter for
                # moments only, and the driver lets go of it at each row that it fills in.
                fill(self._connection, cells)
                merging = thread.submit(self._merge, page)
            if merging:
                merging.result()
        incoming.drop(self._connection)

    def _pages(self, rows: Iterable[ImportRow]) -> Iterator[_Page]:
        """No address comes twice on a page; those of two pages the database tells."""
        rows = iter(rows)
        while read := list(islice(rows, _PAGE)):
            page = dict(zip(map(address_key, map(_email, read)), read, strict=True))
            yield page if len(page) == len(read) else self._once(read)

    def _once(self, read: Iterable[ImportRow]) -> _Page:
        """Of rows with the same address the first; the others are refused."""
        page: _Page = {}
        for row in read:
            first = page.setdefault(address_key(row.email), row)
            if first is not row:
                self._repeated.append((row, first.line))
        return page

    def _cells(self, page: _Page) -> list[tuple[Any, ...]]:
        """Rows of `incoming`."""
        hashes = map(self._hash, page)
        return [
            (line, email, key, digest, first_name, last_name, _listed(tags), _mapped(fields))
            for (key, (line, email, first_name, last_name, tags, fields)), digest in zip(
                page.items(), hashes, strict=True
            )
        ]

    def _merge(self, page: _Page) -> None:
        """Write those in `incoming` whom the database does not know, and compare the others."""
        known = self._write_new(page)
        if known:
            connection = self._connection
            if len(known) < len(page):
                connection.execute(delete(incoming))
                fill(connection, self._cells(known))
            self._write_known(known, connection.execute(compared(), {"list_id": self._list_id}).all())
        self._connection.execute(delete(incoming))

    # --- new people --------------------------------------------------------------------------------------------

    def _write_new(self, page: _Page) -> _Page:
        """Take in all whom nothing keeps out; returns the others."""
        connection, last = self._connection, self._last
        connection.execute(self._taking, {"born": self._consent.at})
        born, newest = connection.execute(born_after(last)).one()
        if not newest:
            return page
        self._enrol(subscribers.c.id > last)
        self._counts["new"] += born
        self._number(newest)
        self._last = newest
        taken = self._born_after(last)
        for key, person in taken.items():
            self._lines[person] = page[key].line
        return {key: row for key, row in page.items() if key not in taken} if born < len(page) else {}

    def _born_after(self, last: int) -> dict[str, int]:
        """Ids of those who came after this person, by key. In two cells: as many rows would cost ten times that."""
        columns = (subscribers.c.email_key, cast(subscribers.c.id, Text))
        told = select(*(func.aggregate_strings(each, "\n") for each in columns)).where(subscribers.c.id > last)
        keys, ids = (cell.split("\n") for cell in self._connection.execute(told).one())
        return dict(zip(keys, map(int, ids), strict=True))

    def _enrol(self, who: ColumnElement[bool], *, pending: bool = False) -> None:
        """Subscribe these people, or confirm those who are pending, and write the event of each."""
        connection, table, at = self._connection, subscriptions, self._consent.at
        standing = {"status": _CONFIRMED, "consent_id": self._proof, "changed_at": at}
        if pending:
            here = table.c.subscriber_id.in_(select(subscribers.c.id).where(who)) & (table.c.list_id == self._list_id)
            connection.execute(update(table).where(here).values(standing))
        else:
            cells = {"list_id": self._list_id} | standing
            connection.execute(insert(table).from_select(["subscriber_id", *cells], each_of(who, table, cells)))
        facts = {"at": at, "kind": _IMPORTED, "list_id": self._list_id, "detail": self._consent.source}
        connection.execute(insert(events).from_select(["subscriber_id", *facts], each_of(who, events, facts)))

    def _number(self, person: int) -> None:
        """Make room in `_lines` for this person, and for those before."""
        self._lines.extend(repeat(0, person + 1 - len(self._lines)))

    @cached_property
    def _proof(self) -> int:
        return save_consent(self._connection, self._consent)

    # --- known people ------------------------------------------------------------------------------------------

    def _write_known(self, rows: Mapping[str, ImportRow], found: Sequence[Row[*tuple[Any, ...]]]) -> None:
        standing: dict[int, tuple[ImportRow, str | None]] = {}
        differing: list[int] = []
        for key, person, status, barred, same in found:
            row = rows[key]
            if first := self._first_line(key, row, person):
                self._repeated.append((row, first))
            elif barred or status == _UNSUBSCRIBED:
                self._counts["kept_out"] += 1
            elif same and status == _CONFIRMED:
                self._counts["unchanged"] += 1
            else:
                standing[person] = row, status
                if not same:
                    differing.append(person)
        if standing:
            self._write_standing(standing, self._changes(standing, differing))

    def _first_line(self, key: str, row: ImportRow, person: int | None) -> int:
        """The line on which the file named this person before, or 0; from now on, this one."""
        if person is None:
            first = self._strangers.setdefault(key, row.line)
            return first if first != row.line else 0
        self._number(person)
        first = self._lines[person]
        self._lines[person] = first or row.line
        return int(first)

    def _changes(self, standing: Mapping[int, tuple[ImportRow, str | None]], differing: list[int]) -> dict[int, Any]:
        """Person → what the file changes of them."""
        query = select(subscribers).where(subscribers.c.id.in_(differing))
        people = self._connection.execute(query) if differing else ()
        changes = ((person.id, _merged(person, standing[person.id][0])) for person in people)
        return {person: change for person, change in changes if change}

    def _write_standing(self, standing: Mapping[int, tuple[ImportRow, str | None]], changes: dict[int, Any]) -> None:
        for person, (_row, status) in standing.items():
            self._counts[_heading(status, changed=person in changes)] += 1
        joining = [person for person, (_row, status) in standing.items() if status is None]
        pending = [person for person, (_row, status) in standing.items() if status not in (None, _CONFIRMED)]
        self._write_changes([{"person": person} | change for person, change in changes.items()], joining, pending)

    def _write_changes(self, changed: list[dict[str, Any]], joining: list[int], confirmed: list[int]) -> None:
        if changed:
            self.amends = True
            names = ("first_name", "last_name", "tags", "fields")
            change = update(subscribers).where(subscribers.c.id == bindparam("person"))
            self._connection.execute(change.values({name: bindparam(name) for name in names}), changed)
        if joining:
            self._enrol(subscribers.c.id.in_(joining))
        if confirmed:
            self._enrol(subscribers.c.id.in_(confirmed), pending=True)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Millions of rows come and go, and none in a circle: the collector would look through them all for nothing."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


# --- words -----------------------------------------------------------------------------------------------------


def _listed(tags: Sequence[str]) -> str:
    return json.dumps(tags) if tags else "[]"


def _mapped(fields: Mapping[str, str]) -> str:
    """What `json.dumps` writes, four times as fast."""
    return "{" + ", ".join([f"{_quoted(name)}: {_quoted(value)}" for name, value in fields.items()]) + "}"


def _heading(status: str | None, *, changed: bool) -> str:
    """Under which count of ImportReport a known person stands."""
    if status is None:
        return "new"
    return "updated" if changed or status != _CONFIRMED else "unchanged"


def _merged(person: Row[Any], row: ImportRow) -> dict[str, Any]:
    """What changes for a known person, or {}: a file adds and corrects; its empty cells and absences remove nothing."""
    before = {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "tags": person.tags,
        "fields": person.fields,
    }
    after = {
        "first_name": row.first_name or person.first_name,
        "last_name": row.last_name or person.last_name,
        "tags": list(dict.fromkeys([*person.tags, *row.tags])),
        "fields": person.fields | {name: value for name, value in row.fields.items() if value},
    }
    return after if after != before else {}
