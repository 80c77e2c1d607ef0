"""The tables, one for both databases; `migrations/` says how they came to be."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    literal_column,
    text,
)
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)


class Moment(TypeDecorator[datetime]):
    """An aware time, kept in UTC: SQLite has no time zones, PostgreSQL answers in the session's."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """A naive time is a mistake of the caller: nobody could say later which hour it was."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a stored time must be aware")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """SQLite gives back what was written, without its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)  # type: ignore[no-any-return]


#: Compared byte by byte on both databases, so that sorting by it, and its digest, is the same on both.
Key = String().with_variant(String(collation="C"), "postgresql")

#: Ids are never given twice, even after erasure: tokens, Message-IDs and anonymous deliveries name them.
_FRESH_IDS: dict[str, Any] = {"sqlite_autoincrement": True}

keys = Table(
    "keys",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

#: Columns of a person that a file fills.
FILLED = ("email", "email_key", "first_name", "last_name", "tags", "fields")

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("email", String, nullable=False),
    Column("email_key", Key, nullable=False, unique=True),
    Column("first_name", String, nullable=False),
    Column("last_name", String, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    **_FRESH_IDS,
)

#: One page of an import, while the database compares it with whom it knows. Of one connection, gone with it.
incoming = Table(
    "incoming",
    MetaData(),
    # The id that each would have.
    Column("id", Integer, primary_key=True, autoincrement=False),
    *(Column(name, subscribers.c[name].type, nullable=False) for name in FILLED),
    prefixes=["TEMPORARY"],
)

consents = Table(
    "consents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("at", Moment, nullable=False),
    **_FRESH_IDS,
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscriber_id", ForeignKey("subscribers.id"), nullable=False),
    Column("list_id", String, nullable=False),
    Column("status", String, nullable=False),
    Column("consent_id", ForeignKey("consents.id")),
    Column("changed_at", Moment, nullable=False),
    UniqueConstraint("subscriber_id", "list_id"),
    **_FRESH_IDS,
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("hash", String, primary_key=True),
    Column("email", String),
    # Beside the address, so that leaving out suppressed people is pure SQL; of the erased only the hash is left.
    Column("email_key", Key, index=True, unique=True),
    Column("reason", String, nullable=False),
    Column("at", Moment, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    # No foreign key: the number outlives the person, and then names nobody.
    Column("subscriber_id", Integer, index=True),
    Column("at", Moment, nullable=False),
    Column("kind", String, nullable=False),
    Column("list_id", String),
    Column("detail", Text, nullable=False),
    # The consent it rests on, whose source is then its detail: an import would write the same words a million times.
    Column("consent_id", Integer),
    **_FRESH_IDS,
)

#: An event after which somebody may no longer be written to. In the very words of the partial index, see below.
DEPARTED = text("kind NOT IN ('imported', 'confirmed')")
# Asked ten times a second during a mailing; imports add millions of other events. It is the same in PostgreSQL, as the
# migration says: to say it here would import that database's drivers wherever SQLite is opened.
Index("events_departed_idx", events.c.id, sqlite_where=DEPARTED)


def _mail_columns() -> tuple[Column[Any], ...]:
    """What a RenderedMail is made of, but for its issue and its digest."""
    return (
        Column("variant", String, nullable=False),
        Column("language", String, nullable=False),
        Column("subject", Text, nullable=False),
        Column("preheader", Text, nullable=False),
        Column("html", Text, nullable=False),
        Column("text", Text, nullable=False),
        Column("fields", JSON, nullable=False),
        Column("pictures", JSON, nullable=False, server_default="[]"),
    )


approvals = Table(
    "approvals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("issue", String, nullable=False, index=True),
    Column("by", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("parts", JSON, nullable=False),
    Column("sha256", String, nullable=False),
    Column("people", Integer, nullable=False),
    Column("despite", Text, nullable=False),
    Column("approved_text", JSON, nullable=False),
    Column("mail", String, nullable=False, server_default=""),
    **_FRESH_IDS,
)

#: Mails as somebody read them, in a proof or before an approval; a text that was read twice stands here once.
kept_mails = Table(
    "kept_mails",
    metadata,
    Column("issue", String, primary_key=True),
    Column("sha256", String, primary_key=True),
    *_mail_columns(),
)

proofs = Table(
    "proofs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("issue", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("sha256", String, nullable=False),
    Column("to", JSON, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("issue", "number"),
    **_FRESH_IDS,
)

mailings = Table(
    "mailings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("issue", String, nullable=False, index=True),
    Column("list_id", String, nullable=False),
    Column("state", String, nullable=False),
    Column("rehearsal", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("start_at", Moment),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("note", Text, nullable=False),
    Column("not_after", Moment),
    Column("identity", JSON, nullable=False),
    Column("approved", String, nullable=False),
    # The rule of its audience, and who was left out when it was frozen; both empty for a whole list.
    Column("readers", JSON, nullable=False, server_default="{}"),
    Column("account", JSON, nullable=False, server_default="{}"),
    # Counted when a complaint comes in: it stays true when its reader is erased.
    Column("complaints", Integer, nullable=False, server_default="0"),
    Column("despite_complaints", Boolean, nullable=False, server_default=false()),
    # When the addresses of its deliveries were forgotten.
    Column("emptied_at", Moment),
    **_FRESH_IDS,
)

mailing_events = Table(
    "mailing_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mailing_id", ForeignKey("mailings.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("kind", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("words", Text, nullable=False),
    Column("start_at", Moment),
    **_FRESH_IDS,
)

mails = Table(
    "mails",
    metadata,
    Column("mailing_id", ForeignKey("mailings.id"), primary_key=True),
    Column("issue", String, nullable=False),
    Column("sha256", String, nullable=False),
    *_mail_columns(),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mailing_id", ForeignKey("mailings.id"), nullable=False),
    # No foreign keys: the row stays, and is counted, when its reader is erased.
    Column("subscriber_id", Integer, nullable=False),
    Column("subscription_id", Integer, nullable=False),
    Column("email", String, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("first_tried_at", Moment),
    Column("due_at", Moment),
    Column("changed_at", Moment, nullable=False),
    Column("reply_phase", SmallInteger),
    Column("reply_code", SmallInteger),
    Column("reply_enhanced", String),
    Column("reply_text", String),
    UniqueConstraint("mailing_id", "subscriber_id"),
    **_FRESH_IDS,
)

#: Says `state` in the very words of the partial index: a database uses one only when it can prove that it fits.
DEFERRED = deliveries.c.state == literal_column("'deferred'")

# Queued rows in their order, and all counts, are read from this one alone, many times during a mailing.
Index("deliveries_state_idx", deliveries.c.mailing_id, deliveries.c.state, deliveries.c.id)
# Those to try again, by their time: few, and gone from here once they are sent.
Index(
    "deliveries_deferred_idx",
    deliveries.c.mailing_id,
    deliveries.c.due_at,
    sqlite_where=DEFERRED,
)
