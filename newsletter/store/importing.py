"""Merges the rows of an import into people and subscriptions, a page at a time, inside one transaction.

While the database works on one page, in a thread of its own, the next is read: each statement takes in a whole page,
and none holds the interpreter.
"""

import gc
import sys
from array import array
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from itertools import islice, repeat
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, insert, select, update

from newsletter.i18n import _
from newsletter.model import Consent, ImportReport, ImportRow, Refusal, SubscriptionStatus
from newsletter.store.arrivals import (
    Columns,
    columns_of,
    compare,
    each_of,
    ids_from,
    keep_last_id,
    last_id,
    rows_of,
    take_strangers,
)
from newsletter.store.kept_out import Outsiders
from newsletter.store.keyed import address_key, key_hasher
from newsletter.store.people import JOINED
from newsletter.store.tables import consents, events, incoming, subscribers, subscriptions, suppressions

_IMPORTED = JOINED[0]
_CONFIRMED = SubscriptionStatus.CONFIRMED.value
_UNSUBSCRIBED = SubscriptionStatus.UNSUBSCRIBED.value

#: Rows compared and written at once; six cells each at most, and SQLite takes 32,766 in a statement.
_PAGE = 4000

#: Pages that are read while one is written.
_AHEAD = 2

#: Seconds after which a thread gives the interpreter to the other one. By default five thousandths: the database,
#: done with a statement, would wait as long again before the next.
_TURN = 0.0002


class _Page(NamedTuple):
    """Rows, and what the database takes of them."""

    rows: Sequence[ImportRow]
    #: The id that the first would have; the others follow.
    first: int
    columns: Columns
    #: Those of whom nothing is known but that they were erased.
    erased: Sequence[ImportRow]


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
        self._counts = dict.fromkeys(("new", "updated", "unchanged"), 0)
        self._outsiders = Outsiders()
        #: True once the file changed somebody who was known.
        self.amends = False
        self._repeated: list[tuple[ImportRow, int]] = []
        # Where the file first names somebody. By id, four bytes each: a dict of a million addresses takes 150 MB.
        self._lines = array("I")
        self._strangers: dict[str, int] = {}
        erased = select(suppressions.c.hash).where(suppressions.c.email_key.is_(None))
        self._erased = frozenset(connection.execute(erased).scalars())
        self._last = last_id(connection)

    def report(self, *, dry_run: bool) -> ImportReport:
        """What was done; `refused` are those the file had named before; the reader adds its own, and its doubts.

        The connection still is in the transaction of the rows.
        """
        refused = tuple(
            Refusal(line=row.line, address=row.email, reason=_("this address is already on line {line}", line=line))
            for row, line in sorted(self._repeated)
        )
        outsiders = self._outsiders
        return ImportReport(
            **self._counts,
            kept_out=outsiders.number,
            refused=refused,
            kept_out_by_name=outsiders.told(self._connection, list_id=self._list_id, key_hash=self._hash),
            doubts=(),
            dry_run=dry_run,
        )

    def take(self, rows: Iterable[ImportRow]) -> None:
        """Merge all rows; an address that comes twice is taken once, as it first stands."""
        incoming.create(self._connection)
        with _at_full_speed(), ThreadPoolExecutor(max_workers=1) as thread:
            merging: deque[Future[None]] = deque()
            for page in self._pages(iter(rows)):
                if len(merging) == _AHEAD:
                    merging.popleft().result()
                merging.append(thread.submit(self._merge, page))
            while merging:
                merging.popleft().result()
        incoming.drop(self._connection)
        keep_last_id(self._connection, self._last)

    def _pages(self, rows: Iterator[ImportRow]) -> Iterator[_Page]:
        while read := list(islice(rows, _PAGE)):
            kept, erased = self._parted(read) if self._erased else (read, [])
            first, self._last = self._last + 1, self._last + len(kept)
            yield _Page(kept, first, columns_of(kept) if kept else (), erased)

    def _parted(self, read: Iterable[ImportRow]) -> tuple[list[ImportRow], list[ImportRow]]:
        """Those who were erased apart."""
        kept: list[ImportRow] = []
        erased: list[ImportRow] = []
        for row in read:
            (erased if self._hash(address_key(row.email)) in self._erased else kept).append(row)
        return kept, erased

    def _merge(self, page: _Page) -> None:
        """Write those whom the database does not know, and compare the others."""
        for row in page.erased:
            self._keep_out(row)
        if not page.rows:
            return
        born = take_strangers(self._connection, page.columns, first=page.first, born=self._consent.at)
        if born:
            self._write_new(page, born)
        if born < len(page.rows):
            self._compare(page, ids_from(self._connection, page.first) if born else set())

    # --- new people --------------------------------------------------------------------------------------------

    def _write_new(self, page: _Page, born: int) -> None:
        """Subscribe those who came with this page."""
        self._enrol(subscribers.c.id >= page.first)
        self._counts["new"] += born
        self._number(page.first - 1)
        self._lines.extend([row.line for row in page.rows])

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
        facts = {"at": at, "kind": _IMPORTED, "list_id": self._list_id, "detail": "", "consent_id": self._proof}
        connection.execute(insert(events).from_select(["subscriber_id", *facts], each_of(who, events, facts)))

    def _number(self, person: int) -> None:
        """Make room in `_lines` for this person, and for those before."""
        self._lines.extend(repeat(0, person + 1 - len(self._lines)))

    @cached_property
    def _proof(self) -> int:
        return save_consent(self._connection, self._consent)

    # --- known people ------------------------------------------------------------------------------------------

    def _compare(self, page: _Page, born: set[int]) -> None:
        """What the database knows of the others, and what the file changes of it."""
        others = rows_of(page.columns, first=page.first, born=born)
        known = compare(self._connection, others, list_id=self._list_id)
        self._write_known([(page.rows[each[0] - page.first], *each[1:]) for each in known])

    def _write_known(self, known: Iterable[tuple[Any, ...]]) -> None:
        standing: dict[int, tuple[ImportRow, str | None]] = {}
        differing: list[int] = []
        for row, person, status, barred, same in known:
            if person is None:
                self._keep_out(row)
            elif first := self._first_line(row, person):
                self._repeated.append((row, first))
            elif barred or status == _UNSUBSCRIBED:
                self._outsiders.add(row)
            elif same and status == _CONFIRMED:
                self._counts["unchanged"] += 1
            else:
                standing[person] = row, status
                if not same:
                    differing.append(person)
        if standing:
            self._write_standing(standing, self._changes(standing, differing))

    def _keep_out(self, row: ImportRow) -> None:
        """Somebody of whom only the suppression is known."""
        first = self._strangers.setdefault(address_key(row.email), row.line)
        if first == row.line:
            self._outsiders.add(row)
        else:
            self._repeated.append((row, first))

    def _first_line(self, row: ImportRow, person: int) -> int:
        """The line on which the file named this person before, or 0; from now on, this one."""
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
def _at_full_speed() -> Iterator[None]:
    """Two threads take short turns, and nothing is collected: millions of rows come and go, and none in a circle."""
    collects, turn = gc.isenabled(), sys.getswitchinterval()
    gc.disable()
    sys.setswitchinterval(_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(turn)
        if collects:
            gc.enable()


# --- words -----------------------------------------------------------------------------------------------------


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
