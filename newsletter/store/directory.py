"""Finds people on a list by a few letters of their name or address, a page at a time, and what was sent to one."""

from collections.abc import Iterator, Mapping, Set

from sqlalchemy import ColumnElement, Connection, Engine, and_, false, func, select, true, union_all

from newsletter.model import (
    AudienceSize,
    Consent,
    Event,
    Listed,
    Search,
    Standing,
    Subscriber,
    Subscription,
    SubscriptionStatus,
)
from newsletter.store.people import as_subscriber, as_subscription, is_suppressed, whole_pages, with_consent
from newsletter.store.segments import fits
from newsletter.store.spelling import holds
from newsletter.store.tables import consents, deliveries, mailings, subscribers, subscriptions, suppressions
from newsletter.store.transactions import reading


def sizes(connection: Connection) -> dict[str, AudienceSize]:
    """List id → how many people, by status."""
    stands = (subscriptions.c.list_id, subscriptions.c.status)
    everybody = select(*stands, func.count().label("number"), false().label("barred")).group_by(*stands)
    # Few are suppressed: they are looked for, and not everybody asked whether they are.
    among_them = suppressions.join(subscribers, subscribers.c.email_key == suppressions.c.email_key).join(subscriptions)
    barred = select(*stands, func.count(), true()).select_from(among_them).group_by(*stands)
    numbers: dict[str, dict[str, int]] = {}
    for row in connection.execute(union_all(everybody, barred)):
        size = numbers.setdefault(row.list_id, dict.fromkeys(AudienceSize.__dataclass_fields__, 0))
        size[heading(row.status, barred=row.barred)] += row.number
        if row.barred:
            size[heading(row.status, barred=False)] -= row.number
    return {list_id: AudienceSize(**size) for list_id, size in numbers.items()}


def standings(connection: Connection, search: Search) -> AudienceSize:
    """How many people of the list the words fit, by standing; the search's own standing is left aside."""
    barred = is_suppressed().label("barred")
    people = select(subscriptions.c.status, barred).join(subscribers).where(_fits(connection, search)).subquery()
    query = select(people, func.count().label("number")).group_by(*people.c)
    size = dict.fromkeys(AudienceSize.__dataclass_fields__, 0)
    for row in connection.execute(query):
        size[heading(row.status, barred=row.barred)] += row.number
    return AudienceSize(**size)


def found(connection: Connection, search: Search) -> list[tuple[Subscriber, Subscription]]:
    """One page of those whom the words fit, the last to arrive first."""
    people = select(subscriptions.c.id).join(subscribers).where(sought(connection, search))
    page = people.order_by(subscribers.c.id.desc()).limit(search.size).offset((search.page - 1) * search.size)
    query = with_consent().join(subscribers).add_columns(*subscribers.c).where(subscriptions.c.id.in_(page))
    rows = connection.execute(query.order_by(subscribers.c.id.desc()))
    return [(as_subscriber(row), as_subscription(row)) for row in rows]


def sought(connection: Connection, search: Search) -> ColumnElement[bool]:
    """Condition on both tables: those who are looked for, of every page."""
    return and_(_fits(connection, search), _stands(search.standing))


def listed(engine: Engine, list_id: str, search: Search | None) -> Iterator[Listed]:
    """Everybody on a list by id, or those who are looked for on it, streaming."""
    person = (subscribers.c[name] for name in ("id", "email", "first_name", "last_name", "tags", "fields"))
    query = select(*person, subscriptions.c.status, subscriptions.c.consent_id).join(subscriptions)
    query = query.where(subscriptions.c.list_id == list_id)
    if search:
        with reading(engine) as connection:
            query = query.where(sought(connection, search))
    proofs: dict[int, Consent] = {}
    for page in whole_pages(engine, query, subscribers.c.id):
        # A file brought in thousands by one consent: each is read once a page at most.
        proofs = _proofs(engine, {row.consent_id for row in page}, known=proofs)
        for _person, email, first_name, last_name, tags, fields, status, consent in page:
            yield Listed(email, first_name, last_name, tags, fields, status, proofs.get(consent))


def _proofs(engine: Engine, wanted: Set[int | None], *, known: Mapping[int, Consent]) -> dict[int, Consent]:
    missing = [number for number in wanted if number is not None and number not in known]
    proofs = {number: proof for number, proof in known.items() if number in wanted}
    if missing:
        query = select(consents).where(consents.c.id.in_(missing))
        with reading(engine) as connection:
            rows = connection.execute(query).all()
        proofs |= {row.id: Consent(text=row.text, source=row.source, at=row.at) for row in rows}
    return proofs


def letters_of(connection: Connection, subscriber_id: int) -> list[tuple[Event, str]]:
    """Every letter made for one person, oldest first, each beside the title of its mailing's segment."""
    facts = (deliveries.c.changed_at, deliveries.c.state, mailings.c.list_id, mailings.c.issue, mailings.c.readers)
    theirs = (deliveries.c.subscriber_id == subscriber_id) & ~mailings.c.rehearsal
    query = select(*facts).select_from(deliveries.join(mailings)).where(theirs).order_by(deliveries.c.id)
    return [
        (Event(at=at, kind=state, list=list_id, detail=issue), readers.get("of", {}).get("title", ""))
        for at, state, list_id, issue, readers in connection.execute(query)
    ]


def heading(status: str, *, barred: bool) -> str:
    """Under which count of AudienceSize somebody stands."""
    if status == SubscriptionStatus.CONFIRMED.value:
        return "suppressed" if barred else "mailable"
    return status


def _stands(standing: Standing) -> ColumnElement[bool]:
    """Condition on both tables: the people of one count of AudienceSize."""
    if standing in (Standing.PENDING, Standing.UNSUBSCRIBED):
        return subscriptions.c.status == standing.value
    barred = is_suppressed() if standing is Standing.SUPPRESSED else ~is_suppressed()
    return and_(subscriptions.c.status == SubscriptionStatus.CONFIRMED.value, barred)


def _fits(connection: Connection, search: Search) -> ColumnElement[bool]:
    """Condition on both tables: on the list, in the segment, and each word stands in the name or the address."""
    chosen = fits(connection, search.segment) if search.segment else ()
    return and_(subscriptions.c.list_id == search.list, *chosen, *holds(connection, search.words))
