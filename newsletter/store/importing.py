"""Merges the rows of an import into people and subscriptions, a page at a time, inside one transaction.

While the database works on one page, in a thread of its own, the next is read: neither holds the interpreter long.
"""

import gc
import json
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from itertools import repeat
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from newsletter.i18n import _
from newsletter.model import Consent, ImportReport, ImportRow, Refusal, SubscriptionStatus
from newsletter.store.arrivals import as_driven, born_after, compared, each_of, filling, taking
from newsletter.store.keyed import address_key, key_hasher
from newsletter.store.people import JOINED
from newsletter.store.tables import FILLED, consents, events, incoming, subscribers, subscriptions

_IMPORTED = JOINED[0]
_CONFIRMED = SubscriptionStatus.CONFIRMED.value
_UNSUBSCRIBED = SubscriptionStatus.UNSUBSCRIBED.value

#: Rows compared and written at once. Their cells are fewer than SQLite's 32,766 and PostgreSQL's 65,535 of a statement.
_PAGE = 4000

#: Rows by their `address_key`, in the order of the file, and their cells in the order of `FILLED`, end to end: ready
#: for the driver. SQLAlchemy's care of each cell would cost as much again.
_Page: TypeAlias = tuple[dict[str, ImportRow], list[str]]

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
        self._repeated: list[tuple[ImportRow, int]] = []
        # Where the file first names somebody. By id, four bytes each: a dict of a million addresses takes 150 MB.
        self._lines = array("I")
        self._strangers: dict[str, int] = {}
        self._last = connection.execute(born_after(0)).one()[1] or 0
        self._born = as_driven(consent.at, connection.dialect, kind=subscribers.c.created_at.type)

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
        with _uncollected():
            _one_ahead(self._merge, self._pages(rows))
        incoming.drop(self._connection)

    def _pages(self, rows: Iterable[ImportRow]) -> Iterator[_Page]:
        """No address comes twice on a page; those of two pages the database tells."""
        page: dict[str, ImportRow] = {}
        for row in rows:
            key = address_key(row[1])
            if key in page:
                self._repeated.append((row, page[key].line))
                continue
            page[key] = row
            if len(page) == _PAGE:
                yield page, self._cells(page)
                page = {}
        if page:
            yield page, self._cells(page)

    def _cells(self, page: Mapping[str, ImportRow]) -> list[str]:
        cells: list[str] = []
        for key, (_line, email, first_name, last_name, tags, fields) in page.items():
            cells += (email, key, self._hash(key), first_name, last_name, _listed(tags), _mapped(fields))
        return cells

    def _merge(self, page: _Page) -> None:
        """Write those of a page whom the database does not know; the others lie in `incoming` while it compares."""
        rows, cells = page
        known = self._write_new(rows, cells)
        if not known:
            return
        if len(known) < len(rows):
            width = len(FILLED)
            places = (width * at for at, key in enumerate(rows) if key in known)
            cells = [cell for at in places for cell in cells[at : at + width]]
        self._connection.exec_driver_sql(filling(self._connection.dialect, len(known)), tuple(cells))
        self._write_known(known, self._connection.execute(compared(), {"list_id": self._list_id}).all())
        self._connection.execute(delete(incoming))

    # --- new people --------------------------------------------------------------------------------------------

    def _write_new(self, rows: Mapping[str, ImportRow], cells: Sequence[str]) -> Mapping[str, ImportRow]:
        """Take in all whom nothing keeps out; returns the others."""
        connection, last = self._connection, self._last
        connection.exec_driver_sql(taking(connection.dialect, len(rows)), (*cells, self._born))
        born, newest = connection.execute(born_after(last)).one()
        if not newest:
            return rows
        self._enrol(subscribers.c.id > last)
        self._counts["new"] += born
        self._number(newest)
        self._last = newest
        # SQLite takes the rows as they stand, and numbers them so: when it took all, nothing needs to be fetched.
        if born == len(rows) and connection.dialect.name == "sqlite":
            self._lines[last + 1 :] = array("I", [row.line for row in rows.values()])
            return {}
        taken = select(subscribers.c.email_key, subscribers.c.id).where(subscribers.c.id > last)
        others = dict(rows)
        for key, person in connection.execute(taken):
            self._lines[person] = others.pop(key).line
        return others

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
            self._writestanding(standing, self._changes(standing, differing))

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

    def _writestanding(self, standing: Mapping[int, tuple[ImportRow, str | None]], changes: dict[int, Any]) -> None:
        for person, (_row, status) in standing.items():
            self._counts[_heading(status, changed=person in changes)] += 1
        joining = [person for person, (_row, status) in standing.items() if status is None]
        pending = [person for person, (_row, status) in standing.items() if status not in (None, _CONFIRMED)]
        self._write_changes([{"person": person} | change for person, change in changes.items()], joining, pending)

    def _write_changes(self, changed: list[dict[str, Any]], joining: list[int], confirmed: list[int]) -> None:
        if changed:
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


def _one_ahead(work: Callable[[_Page], None], pages: Iterable[_Page]) -> None:
    """Do the work on each page, one after the other, in a thread of its own, while this one makes the next."""
    before: Future[None] | None = None
    with ThreadPoolExecutor(max_workers=1) as thread:
        for page in pages:
            if before:
                before.result()
            before = thread.submit(work, page)
        if before:
            before.result()


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
