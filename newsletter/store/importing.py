"""Merges the rows of an import into people and subscriptions, a page at a time, inside one transaction."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, insert, literal, select, update

from newsletter.model import Consent, ImportReport, ImportRow, SubscriptionStatus
from newsletter.store.keyed import address_hash, address_key
from newsletter.store.people import JOINED, PAGE
from newsletter.store.tables import consents, events, subscribers, subscriptions, suppressions

_IMPORTED = JOINED[0]
_CONFIRMED = SubscriptionStatus.CONFIRMED.value
_UNSUBSCRIBED = SubscriptionStatus.UNSUBSCRIBED.value


def save_consent(connection: Connection, consent: Consent) -> int:
    """Keep the proof, once however many people it holds for; returns its id."""
    values = {"text": consent.text, "source": consent.source, "at": consent.at}
    same = and_(*(consents.c[name] == value for name, value in values.items()))
    known: int | None = connection.execute(select(consents.c.id).where(same)).scalar()
    return known or connection.execute(insert(consents).values(values).returning(consents.c.id)).scalar_one()


class Import:
    """One import: `take` the rows, then `report`."""

    def __init__(self, connection: Connection, *, secret: bytes, list_id: str, consent: Consent) -> None:
        self.connection = connection
        self.secret = secret
        self.list_id = list_id
        self.consent = consent
        self.counts = dict.fromkeys(("new", "updated", "unchanged", "kept_out"), 0)

    def report(self, *, dry_run: bool) -> ImportReport:
        """What was done; `refused` is the reader's to add."""
        return ImportReport(**self.counts, refused=(), dry_run=dry_run)

    def take(self, rows: Iterable[ImportRow]) -> None:
        """Merge all rows; an address that comes twice is merged twice, in order."""
        for page in _pages(rows):
            _Page(self, page).merge()


class _Page:
    """Up to a thousand rows, sorted by what must be written for each."""

    def __init__(self, work: Import, rows: Mapping[str, ImportRow]) -> None:
        self._work = work
        self._connection = work.connection
        self._rows = rows
        self._hashes = {key: address_hash(work.secret, key) for key in rows}
        self._added: list[dict[str, Any]] = []
        self._changed: list[dict[str, Any]] = []
        self._joining: list[str] = []
        self._confirmed: list[str] = []

    def merge(self) -> None:
        known, barred = self._known(), self._barred()
        for key, row in self._rows.items():
            self._work.counts[self._place(row, known.get(key), barred=self._hashes[key] in barred)] += 1
        self._write()

    def _known(self) -> dict[str, Row[Any]]:
        here = and_(subscriptions.c.subscriber_id == subscribers.c.id, subscriptions.c.list_id == self._work.list_id)
        people = subscribers.outerjoin(subscriptions, here)
        query = select(subscribers, subscriptions.c.status).select_from(people)
        query = query.where(subscribers.c.email_key.in_(self._rows))
        return {row.email_key: row for row in self._connection.execute(query)}

    def _barred(self) -> set[str]:
        query = select(suppressions.c.hash).where(suppressions.c.hash.in_(self._hashes.values()))
        return set(self._connection.execute(query).scalars())

    def _place(self, row: ImportRow, person: Row[Any] | None, *, barred: bool) -> str:
        """Note what to write for one row; returns the count it falls under."""
        if barred or (person and person.status == _UNSUBSCRIBED):
            return "kept_out"
        key = address_key(row.email)
        if person is None:
            self._added.append(self._values(row, key))
            self._joining.append(key)
            return "new"
        change = _merged(person, row)
        if change:
            self._changed.append({"person": person.id} | change)
        if person.status == _CONFIRMED:
            return "updated" if change else "unchanged"
        (self._confirmed if person.status else self._joining).append(key)
        return "updated" if person.status else "new"

    def _values(self, row: ImportRow, key: str) -> dict[str, Any]:
        return {
            "email": row.email,
            "email_key": key,
            "email_hash": self._hashes[key],
            "first_name": row.first_name,
            "last_name": row.last_name,
            "tags": list(row.tags),
            "fields": dict(row.fields),
            "created_at": self._work.consent.at,
        }

    def _write(self) -> None:
        if self._added:
            self._connection.execute(insert(subscribers), self._added)
        if self._changed:
            names = ("first_name", "last_name", "tags", "fields")
            change = update(subscribers).where(subscribers.c.id == bindparam("person"))
            self._connection.execute(change.values({name: bindparam(name) for name in names}), self._changed)
        if self._joining or self._confirmed:
            self._write_subscriptions()

    def _write_subscriptions(self) -> None:
        work, table = self._work, subscriptions
        proof = save_consent(self._connection, work.consent)
        values = {"status": _CONFIRMED, "consent_id": proof, "changed_at": work.consent.at}
        if self._joining:
            cells = {"list_id": work.list_id} | values
            theirs = _people(self._joining, *(literal(cell, table.c[name].type) for name, cell in cells.items()))
            self._connection.execute(insert(table).from_select(["subscriber_id", *cells], theirs))
        if self._confirmed:
            here = table.c.subscriber_id.in_(_people(self._confirmed)) & (table.c.list_id == work.list_id)
            self._connection.execute(update(table).where(here).values(values))
        facts = {"at": work.consent.at, "kind": _IMPORTED, "list_id": work.list_id, "detail": work.consent.source}
        told = _people(
            self._joining + self._confirmed, *(literal(cell, events.c[name].type) for name, cell in facts.items())
        )
        self._connection.execute(insert(events).from_select(["subscriber_id", *facts], told))


def _people(keys: list[str], *columns: Any) -> Any:
    """Ids of these addresses, and the same cells beside each."""
    return select(subscribers.c.id, *columns).where(subscribers.c.email_key.in_(keys)).order_by(subscribers.c.id)


def _pages(rows: Iterable[ImportRow]) -> Iterator[dict[str, ImportRow]]:
    """Pages of distinct addresses: one that comes again opens the next page, and finds itself known."""
    page: dict[str, ImportRow] = {}
    for row in rows:
        key = address_key(row.email)
        if len(page) == PAGE or key in page:
            yield page
            page = {}
        page[key] = row
    if page:
        yield page


def _merged(person: Row[Any], row: ImportRow) -> dict[str, Any]:
    """What changes for a known person, or {}: a file adds and corrects; its empty cells and absences remove nothing."""
    before = {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "tags": list(person.tags),
        "fields": person.fields,
    }
    after = {
        "first_name": row.first_name or person.first_name,
        "last_name": row.last_name or person.last_name,
        "tags": list(dict.fromkeys([*person.tags, *row.tags])),
        "fields": person.fields | {name: value for name, value in row.fields.items() if value},
    }
    return after if after != before else {}
