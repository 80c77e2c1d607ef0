"""Merges the rows of an import into people and subscriptions, a page at a time, inside one transaction.

While the database works on one page, in a thread of its own, the next is read: neither holds the interpreter long.
"""

import json
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property, lru_cache
from itertools import repeat
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Row,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from newsletter.i18n import _
from newsletter.model import Consent, ImportReport, ImportRow, Refusal, SubscriptionStatus
from newsletter.store.keyed import address_key, key_hasher
from newsletter.store.people import JOINED
from newsletter.store.tables import FILLED, consents, events, incoming, subscribers, subscriptions, suppressions

_IMPORTED = JOINED[0]
_CONFIRMED = SubscriptionStatus.CONFIRMED.value
_UNSUBSCRIBED = SubscriptionStatus.UNSUBSCRIBED.value

#: Rows compared and written at once. Their cells are fewer than SQLite's 32,766 and PostgreSQL's 65,535 of a statement.
_PAGE = 4000

#: Rows in the order of the file, and their cells in the order of `incoming`, end to end: one statement, ready for the
#: driver. SQLAlchemy's care of each cell would cost as much again.
_Page: TypeAlias = tuple[list[ImportRow], list[Any]]

_quoted = json.encoder.encode_basestring_ascii


def save_consent(connection: Connection, consent: Consent) -> int:
    """Keep the proof, once however many people it holds for; returns its id."""
    values = {"text": consent.text, "source": consent.source, "at": consent.at}
    same = and_(*(consents.c[name] == value for name, value in values.items()))
    known: int | None = connection.execute(select(consents.c.id).where(same)).scalar()
    return known or connection.execute(insert(consents).values(values).returning(consents.c.id)).scalar_one()


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
        _one_ahead(self._merge, self._pages(rows))
        incoming.drop(self._connection)

    def _pages(self, rows: Iterable[ImportRow]) -> Iterator[_Page]:
        """No address comes twice on a page; those of two pages the database tells."""
        page: dict[str, ImportRow] = {}
        cells: list[Any] = []
        for row in rows:
            _line, email, first_name, last_name, tags, fields = row
            key = address_key(email)
            if key in page:
                self._repeated.append((row, page[key].line))
                continue
            cells += (len(page), email, key, self._hash(key), first_name, last_name, _listed(tags), _mapped(fields))
            page[key] = row
            if len(page) == _PAGE:
                yield list(page.values()), cells
                page, cells = {}, []
        if page:
            yield list(page.values()), cells

    def _merge(self, page: _Page) -> None:
        """Sort a page into known and new, and write both. Until then it lies in `incoming`, the database compares."""
        rows, cells = page
        self._connection.exec_driver_sql(_filling(self._connection.dialect, len(rows)), tuple(cells))
        known = self._connection.execute(_known(), {"list_id": self._list_id}).all()
        self._write_known([(rows[person.position], person) for person in known])
        if len(known) < len(rows):
            self._write_new(rows, {person.position for person in known})
        self._connection.execute(delete(incoming))

    # --- new people --------------------------------------------------------------------------------------------

    def _write_new(self, rows: Sequence[ImportRow], known: set[int]) -> None:
        last = self._connection.execute(select(func.max(subscribers.c.id))).scalar() or 0
        if known:
            self._connection.execute(delete(incoming).where(incoming.c.position.in_(known)))
        born = literal(self._consent.at, subscribers.c.created_at.type)
        people = select(*(incoming.c[name] for name in FILLED), born).order_by(incoming.c.position)
        self._connection.execute(insert(subscribers).from_select([*FILLED, "created_at"], people))
        self._enrol(subscribers.c.id > last)
        born_ids = select(subscribers.c.id).where(subscribers.c.id > last).order_by(subscribers.c.id)
        ids = self._connection.execute(born_ids).scalars().all()
        self._number(ids[-1])
        for person, line in zip(ids, [row.line for at, row in enumerate(rows) if at not in known], strict=True):
            self._lines[person] = line
        self._counts["new"] += len(ids)

    def _number(self, person: int) -> None:
        """Make room in `_lines` for this person, and for those before."""
        self._lines.extend(repeat(0, person + 1 - len(self._lines)))

    @cached_property
    def _proof(self) -> int:
        return save_consent(self._connection, self._consent)

    def _enrol(self, who: ColumnElement[bool], *, pending: bool = False) -> None:
        """Subscribe these people, or confirm those who are pending, and write the event of each."""
        connection, table, at = self._connection, subscriptions, self._consent.at
        values = {"status": _CONFIRMED, "consent_id": self._proof, "changed_at": at}
        if pending:
            here = table.c.subscriber_id.in_(select(subscribers.c.id).where(who)) & (table.c.list_id == self._list_id)
            connection.execute(update(table).where(here).values(values))
        else:
            cells = {"list_id": self._list_id} | values
            connection.execute(insert(table).from_select(["subscriber_id", *cells], _people(who, table, cells)))
        facts = {"at": at, "kind": _IMPORTED, "list_id": self._list_id, "detail": self._consent.source}
        connection.execute(insert(events).from_select(["subscriber_id", *facts], _people(who, events, facts)))

    # --- known people ------------------------------------------------------------------------------------------

    def _write_known(self, found: Sequence[tuple[ImportRow, Row[Any]]]) -> None:
        changed: list[dict[str, Any]] = []
        joining: list[int] = []
        confirmed: list[int] = []
        for row, person in found:
            if first := self._first_line(row, person):
                self._repeated.append((row, first))
            elif person.barred or person.status == _UNSUBSCRIBED:
                self._counts["kept_out"] += 1
            else:
                if change := _merged(person, row):
                    changed.append({"person": person.id} | change)
                if person.status != _CONFIRMED:
                    (confirmed if person.status else joining).append(person.id)
                self._counts[_heading(person.status, changed=bool(change))] += 1
        self._write_changes(changed, joining, confirmed)

    def _first_line(self, row: ImportRow, person: Row[Any]) -> int:
        """The line on which the file named this person before, or 0; from now on, this one."""
        if person.id is None:
            first = self._strangers.setdefault(address_key(row.email), row.line)
            return first if first != row.line else 0
        self._number(person.id)
        first = self._lines[person.id]
        self._lines[person.id] = first or row.line
        return int(first)

    def _write_changes(self, changed: list[dict[str, Any]], joining: list[int], confirmed: list[int]) -> None:
        if changed:
            names = ("first_name", "last_name", "tags", "fields")
            change = update(subscribers).where(subscribers.c.id == bindparam("person"))
            self._connection.execute(change.values({name: bindparam(name) for name in names}), changed)
        if joining:
            self._enrol(subscribers.c.id.in_(joining))
        if confirmed:
            self._enrol(subscribers.c.id.in_(confirmed), pending=True)


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


# --- statements ------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def _filling(dialect: Dialect, number: int) -> str:
    """An insert of so many rows into `incoming`, for cells in the order of its columns."""
    return str(insert(incoming).values([dict.fromkeys(incoming.c.keys())] * number).compile(dialect=dialect))


def _known() -> Select[Any]:
    """Those of `incoming` whom the database knows, and those whom it may not know."""
    here = and_(subscriptions.c.subscriber_id == subscribers.c.id, subscriptions.c.list_id == bindparam("list_id"))
    people = (
        incoming.outerjoin(subscribers, subscribers.c.email_key == incoming.c.email_key)
        .outerjoin(subscriptions, here)
        .outerjoin(suppressions, suppressions.c.hash == incoming.c.email_hash)
    )
    barred = suppressions.c.hash.is_not(None)
    query = select(incoming.c.position, subscribers, subscriptions.c.status, barred.label("barred"))
    return query.select_from(people).where(or_(subscribers.c.id.is_not(None), barred)).order_by(incoming.c.position)


def _people(who: ColumnElement[bool], table: Table, cells: Mapping[str, Any]) -> Select[Any]:
    """Ids of these people, and the same cells beside each."""
    columns = (literal(cell, table.c[name].type) for name, cell in cells.items())
    return select(subscribers.c.id, *columns).where(who).order_by(subscribers.c.id)


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
