"""People, lists, consent and suppressions: port AudienceStore on SQL."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial

from sqlalchemy import Connection, Engine, delete, exists, insert, null, select, update

from newsletter.model import (
    AudienceChange,
    AudienceSize,
    Consent,
    Event,
    ImportReport,
    ImportRow,
    Listed,
    Readership,
    Search,
    Segment,
    Subscriber,
    Subscription,
    SubscriptionStatus,
    Suppression,
    SuppressionReason,
    Vocabulary,
)
from newsletter.store.directory import found, letters_of, listed, sizes, standings
from newsletter.store.erasure import erase
from newsletter.store.importing import Import, save_consent
from newsletter.store.keyed import address_hash, address_key, load_secret
from newsletter.store.movement import movement
from newsletter.store.people import (
    AMENDED,
    UNSUPPRESSED,
    add_event,
    as_event,
    as_subscriber,
    as_subscription,
    as_suppression,
    pages,
    put_suppression,
    with_consent,
    with_source,
)
from newsletter.store.readers import digest_of, movement_within
from newsletter.store.remembered import Remembered
from newsletter.store.segments import fields_of, sizes_of, strangers, vocabulary
from newsletter.store.tables import events, subscribers, subscriptions, suppressions
from newsletter.store.transactions import reading, writing


class SqlAudienceStore:
    """Port AudienceStore; each method's contract stands there. Raises StoreError when the database cannot be used."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._remembered = Remembered()

    @cached_property
    def _secret(self) -> bytes:
        return load_secret(self._engine)

    def secret(self) -> bytes:
        """32 random bytes made with the database."""
        return self._secret

    def import_rows(self, rows: Iterable[ImportRow], *, list_id: str, consent: Consent, dry_run: bool) -> ImportReport:
        """Upsert rows in one transaction (rolled back when `dry_run`), a page at a time."""
        secret = self._secret
        with writing(self._engine, alone="import", roomy=True) as connection:
            work = Import(connection, secret=secret, list_id=list_id, consent=consent)
            work.take(rows)
            report = work.report(dry_run=dry_run)
            if work.amends:
                fact = Event(kind=AMENDED, at=consent.at, list=list_id, detail=consent.source)
                add_event(connection, None, fact)
            if dry_run:
                connection.rollback()
        return report

    # --- one person --------------------------------------------------------------------------------------------

    def find(self, email: str) -> Subscriber | None:
        """By address, letter case ignored."""
        query = select(subscribers).where(subscribers.c.email_key == address_key(email))
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return as_subscriber(row) if row else None

    def subscriber(self, subscriber_id: int) -> Subscriber | None:
        """By id."""
        with reading(self._engine) as connection:
            row = connection.execute(select(subscribers).where(subscribers.c.id == subscriber_id)).first()
        return as_subscriber(row) if row else None

    def subscriptions(self, subscriber_id: int) -> Sequence[Subscription]:
        """Every list of one person."""
        query = with_consent().where(subscriptions.c.subscriber_id == subscriber_id).order_by(subscriptions.c.id)
        with reading(self._engine) as connection:
            return [as_subscription(row) for row in connection.execute(query)]

    def subscription(self, subscription_id: int) -> Subscription | None:
        """By id."""
        with reading(self._engine) as connection:
            row = connection.execute(with_consent().where(subscriptions.c.id == subscription_id)).first()
        return as_subscription(row) if row else None

    def events(self, subscriber_id: int) -> Sequence[Event]:
        """One person's history, oldest first."""
        query = with_source().where(events.c.subscriber_id == subscriber_id).order_by(events.c.id)
        with reading(self._engine) as connection:
            return [as_event(row) for row in connection.execute(query)]

    def letters(self, subscriber_id: int) -> Sequence[tuple[Event, str]]:
        """Every letter made for one person, oldest first: `kind` is the delivery's state, `detail` the issue.

        Beside it the title of the segment that its mailing was for, or "".
        """
        with reading(self._engine) as connection:
            return letters_of(connection, subscriber_id)

    # --- many people -------------------------------------------------------------------------------------------

    def subscribers(
        self, list_id: str | None = None, *, status: SubscriptionStatus | None = None
    ) -> Iterator[tuple[Subscriber, SubscriptionStatus | None]]:
        """People by id, streaming; of one list with their status there, or everybody (status None)."""
        if list_id is None:
            query = select(subscribers, null().label("status"))
        else:
            people = subscribers.join(subscriptions)
            query = select(subscribers, subscriptions.c.status).select_from(people)
            query = query.where(subscriptions.c.list_id == list_id)
            query = query.where(subscriptions.c.status == status.value) if status else query
        for row in pages(self._engine, query, subscribers.c.id):
            yield as_subscriber(row), SubscriptionStatus(row.status) if row.status else None

    def field_names(self, list_id: str) -> frozenset[str]:
        """Names of the fields that somebody on the list has, whatever their status."""
        with reading(self._engine) as connection:
            return frozenset(fields_of(connection, list_id))

    def members(self, list_id: str, search: Search | None = None) -> Iterator[Listed]:
        """People of a list by id, whatever their status, streaming; those of a search, or all."""
        return listed(self._engine, list_id, search)

    def sizes(self) -> Mapping[str, AudienceSize]:
        """List id → how many people, by status."""
        with reading(self._engine) as connection:
            return self._remembered.recall(connection, "sizes", partial(sizes, connection))

    def found(self, search: Search) -> Sequence[tuple[Subscriber, Subscription]]:
        """One page of the people of a list whom the words fit, the last to arrive first."""
        with reading(self._engine) as connection:
            return found(connection, search)

    def standings(self, search: Search) -> AudienceSize:
        """How many they are, on all pages, by standing."""
        if not (search.words or search.segment):
            return self.audience_size(search.list)
        readers = Readership(of=search.segment or Segment(list=search.list))
        question = ("standings", search.list, readers.key, search.words)
        with reading(self._engine) as connection:
            count = partial(standings, connection, search)
            return self._remembered.recall(connection, question, count, letters=readers.issues)

    def audience_size(self, list_id: str) -> AudienceSize:
        """How many would receive a letter now, and how many are left out, why."""
        return self.sizes().get(list_id, AudienceSize(mailable=0))

    def audience_change(self, list_id: str, since: datetime) -> AudienceChange:
        """How many became mailable, and how many ceased to be, after `since`: the net of each person's moves."""
        with reading(self._engine) as connection:
            count = partial(movement, connection, list_id, since=since)
            return self._remembered.recall(connection, ("change", list_id, since), count)

    # --- segments ----------------------------------------------------------------------------------------------

    def readers_digest(self, readers: Readership) -> tuple[int, str]:
        """How many a letter would reach now, and the hex digest over their sorted, lower-cased addresses."""
        with reading(self._engine) as connection:
            return self._digest(connection, readers)

    def _digest(self, connection: Connection, readers: Readership) -> tuple[int, str]:
        question = ("digest", readers.list, readers.key)
        return self._remembered.recall(
            connection, question, partial(digest_of, connection, readers), letters=readers.issues
        )

    def readers_change(self, readers: Readership, since: datetime) -> AudienceChange:
        """Who joined and left among them after `since`, and, if nobody joined, their digest had nobody left."""
        with reading(self._engine) as connection:
            present = partial(self._digest, connection, readers)
            count = partial(movement_within, connection, readers, since=since, now=present)
            question = ("change", readers.list, readers.key, since)
            return self._remembered.recall(connection, question, count, letters=readers.issues)

    def segment_sizes(self, list_id: str, segments: Sequence[Segment]) -> Sequence[int]:
        """How many a letter to each of these segments of the list would reach now."""
        readers = [Readership(of=segment) for segment in segments]
        letters = frozenset[str]().union(*(each.issues for each in readers))
        question = ("segments", list_id, *(each.key for each in readers))
        with reading(self._engine) as connection:
            count = partial(sizes_of, connection, list_id, segments)
            return self._remembered.recall(connection, question, count, letters=letters)

    def vocabulary(self, list_id: str) -> Vocabulary:
        """The tags and fields of the people of a list, whatever their status."""
        with reading(self._engine) as connection:
            return self._remembered.recall(connection, ("words", list_id), partial(vocabulary, connection, list_id))

    def strangers(self, segment: Segment) -> Sequence[tuple[str, str]]:
        """What a segment names and nobody on its list has: ("tag", …) or ("field", …)."""
        with reading(self._engine) as connection:
            return list(strangers(connection, segment))

    # --- changes -----------------------------------------------------------------------------------------------

    def set_status(self, subscription_id: int, status: SubscriptionStatus, *, now: datetime, detail: str) -> bool:
        """Change one subscription and record the event; False when it already stood so, or is no more."""
        other = (subscriptions.c.id == subscription_id) & (subscriptions.c.status != status.value)
        change = update(subscriptions).where(other).values(status=status.value, changed_at=now)
        changed = change.returning(subscriptions.c.subscriber_id, subscriptions.c.list_id)
        with writing(self._engine) as connection:
            row = connection.execute(changed).first()
            if row:
                fact = Event(kind=status.value, at=now, list=row.list_id, detail=detail)
                add_event(connection, row.subscriber_id, fact)
        return row is not None

    def subscribe(self, subscriber_id: int, list_id: str, *, consent: Consent) -> Subscription:
        """Confirm one person on a list, even if unsubscribed before: somebody said so, with proof."""
        theirs = (subscriptions.c.subscriber_id == subscriber_id) & (subscriptions.c.list_id == list_id)
        confirmed = SubscriptionStatus.CONFIRMED.value
        with writing(self._engine, alone="import") as connection:
            status = connection.execute(select(subscriptions.c.status).where(theirs)).scalar()
            if status != confirmed:
                proof = save_consent(connection, consent)
                standing = {"status": confirmed, "changed_at": consent.at, "consent_id": proof}
                owner = {"subscriber_id": subscriber_id, "list_id": list_id}
                write = update(subscriptions).where(theirs) if status else insert(subscriptions).values(owner)
                connection.execute(write.values(standing))
                add_event(
                    connection, subscriber_id, Event(kind=confirmed, at=consent.at, list=list_id), consent_id=proof
                )
            return as_subscription(connection.execute(with_consent().where(theirs)).one())

    def suppress(self, email: str, reason: SuppressionReason, *, now: datetime) -> bool:
        """Never write to this address again; False when it already stood so."""
        digest = address_hash(self._secret, email)
        with writing(self._engine) as connection:
            return put_suppression(connection, email, digest=digest, reason=reason, at=now)

    def unsuppress(self, email: str, *, now: datetime) -> bool:
        """By hand only; False when it was not suppressed."""
        digest = address_hash(self._secret, email)
        with writing(self._engine) as connection:
            if not connection.execute(delete(suppressions).where(suppressions.c.hash == digest)).rowcount:
                return False
            person = connection.execute(
                select(subscribers.c.id).where(subscribers.c.email_key == address_key(email))
            ).scalar()
            add_event(connection, person, Event(kind=UNSUPPRESSED, at=now))
            return True

    def is_suppressed(self, email: str) -> bool:
        """True when the address, or its hash, is on the suppression list."""
        digest = address_hash(self._secret, email)
        with reading(self._engine) as connection:
            return bool(connection.execute(select(exists().where(suppressions.c.hash == digest))).scalar())

    def suppressions(self) -> Sequence[Suppression]:
        """All of them, newest first."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(suppressions).order_by(suppressions.c.at.desc(), suppressions.c.hash))
            return [as_suppression(row) for row in rows]

    def erase(self, email: str, *, now: datetime) -> bool:
        """Remove every trace of a person but a keyed hash on the suppression list; False when unknown."""
        return erase(self._engine, email, digest=address_hash(self._secret, email), now=now)
