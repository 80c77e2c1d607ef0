"""Segments as conditions of a statement: columns of our own choosing, and all that somebody wrote as parameters."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, case, exists, false, func, select, true

from newsletter.model import Account, DeliveryState, Readership, Segment, SubscriptionStatus, Vocabulary
from newsletter.model.segments import Wanted
from newsletter.store.people import is_among, is_suppressed, mailable_on
from newsletter.store.spelling import holds
from newsletter.store.tables import consents, deliveries, mailings, subscribers, subscriptions

#: Fields that are columns of their own.
_NAMES = {"first_name": subscribers.c.first_name, "last_name": subscribers.c.last_name}

Conditions = list[ColumnElement[bool]]


def fits(connection: Connection, segment: Segment, *, theirs: FromClause = subscriptions) -> Conditions:
    """Conditions on `subscribers` and their subscription `theirs` to the segment's list; none for the list itself.

    Words come last: to look for them costs the most, and databases look in this order.
    """
    conditions: Conditions = []
    if segment.tags_any:
        conditions.append(_is_tagged(connection, segment.tags_any))
    conditions += [_is_tagged(connection, [tag]) for tag in segment.tags_all]
    if segment.tags_none:
        conditions.append(~_is_tagged(connection, segment.tags_none))
    for name, wanted in segment.fields.items():
        conditions.append(_field_is(connection, name, wanted))
    if segment.domains:
        conditions.append(_domain(connection).in_(segment.domains))
    if segment.joined_since:
        conditions.append(_joined_at(theirs) >= segment.joined_since)
    if segment.joined_before:
        conditions.append(_joined_at(theirs) < segment.joined_before)
    if segment.sent:
        conditions.append(_was_sent(connection, segment.sent))
    if segment.not_sent:
        conditions.append(~_was_sent(connection, segment.not_sent))
    return [*conditions, *holds(connection, segment.words)]


def left_out(connection: Connection, readers: Readership) -> Conditions:
    """For each segment that is left out: the condition that somebody is subscribed to its list, and fits it."""
    return [_belongs(connection, segment, readers.list) for segment in readers.without]


def within(connection: Connection, readers: Readership) -> Conditions:
    """Conditions on `subscribers` joined with `subscriptions`: of those on the list, the ones a mailing is for."""
    return [*fits(connection, readers.of), *(~each for each in left_out(connection, readers))]


def readers_of(connection: Connection, readers: Readership, *columns: ColumnElement[Any]) -> Select[Any]:
    """Those whom a letter would reach now."""
    return mailable_on(readers.list, *columns).where(*within(connection, readers))


def account(connection: Connection, readers: Readership, *, served: ColumnElement[bool] | None = None) -> Account:
    """Everybody of the list counted once, under the first reason that leaves them out; one pass over the list.

    Not grouped by their reason, for which a database sorts everybody; nor as one query, in which SQLite would look for
    each reason again at every number.
    """
    without = left_out(connection, readers)
    stands, confirmed = subscriptions.c.status, SubscriptionStatus.CONFIRMED.value
    reasons: list[tuple[ColumnElement[bool], str]] = [
        (stands == SubscriptionStatus.PENDING.value, "pending"),
        (stands != confirmed, "unsubscribed"),
        (is_suppressed(), "suppressed"),
        (~and_(*fits(connection, readers.of)), "outside") if readers.of.conditions else (false(), "outside"),
        *((each, str(place)) for place, each in enumerate(without)),
        (false() if served is None else served, "served"),
    ]
    people = select(case(*reasons, else_="people").label("reason")).select_from(subscribers.join(subscriptions))
    each = people.where(subscriptions.c.list_id == readers.list).offset(0).subquery()
    names = ["people", *(reason for _condition, reason in reasons)]
    numbers = connection.execute(select(*(func.count().filter(each.c.reason == name) for name in names))).one()
    told = dict(zip(names, numbers, strict=True))
    return Account(without=tuple(told.pop(str(place)) for place in range(len(without))), **told)


def sizes_of(connection: Connection, list_id: str, segments: Sequence[Segment]) -> list[int]:
    """How many a letter to each of these segments of the list would reach now; one pass over the list for all."""
    if not segments:
        return []
    numbers = (func.count().filter(and_(true(), *fits(connection, segment))) for segment in segments)
    return list(connection.execute(mailable_on(list_id, *numbers)).one())


def _belongs(connection: Connection, segment: Segment, list_id: str) -> ColumnElement[bool]:
    if segment.list == list_id:
        return and_(true(), *fits(connection, segment))
    other = subscriptions.alias("other")
    theirs = and_(other.c.subscriber_id == subscribers.c.id, other.c.list_id == segment.list)
    confirmed = other.c.status == SubscriptionStatus.CONFIRMED.value
    return exists(other.c.id).where(theirs, confirmed, *fits(connection, segment, theirs=other))


def _is_tagged(connection: Connection, tags: Sequence[str]) -> ColumnElement[bool]:
    each = _each(connection, subscribers.c.tags)
    return exists(each.c.value).where(each.c.value.in_(tags))


def _field_is(connection: Connection, name: str, wanted: Wanted) -> ColumnElement[bool]:
    said = func.coalesce(_NAMES[name] if name in _NAMES else _field(connection, name), "")
    if isinstance(wanted, bool):
        return said != "" if wanted else said == ""
    return said.in_(wanted)


def _field(connection: Connection, name: str) -> ColumnElement[Any]:
    if connection.dialect.name == "postgresql":
        return func.json_extract_path_text(subscribers.c.fields, name)
    if name.isascii() and name.isidentifier():
        return func.json_extract(subscribers.c.fields, f"$.{name}")
    # Not by a path, which would read quotes and dots in a name as its own, and an accent as it is not written.
    each = func.json_each(subscribers.c.fields).table_valued("key", "value")
    return select(each.c.value).where(each.c.key == name).scalar_subquery()


def _each(connection: Connection, tags: ColumnElement[Any]) -> FromClause:
    each = func.json_array_elements_text if connection.dialect.name == "postgresql" else func.json_each
    return each(tags).table_valued("value")


def _domain(connection: Connection) -> ColumnElement[str]:
    place = func.strpos if connection.dialect.name == "postgresql" else func.instr
    return func.substr(subscribers.c.email_key, place(subscribers.c.email_key, "@") + 1)


def _joined_at(theirs: FromClause) -> ColumnElement[Any]:
    """When they agreed: unlike the hour of the present status, it stays theirs when they leave."""
    agreed = select(consents.c.at).where(consents.c.id == theirs.c.consent_id).scalar_subquery()
    return func.coalesce(agreed, theirs.c.changed_at, type_=consents.c.at.type)


def _was_sent(connection: Connection, issues: Sequence[str]) -> ColumnElement[bool]:
    one, letter = mailings.alias("one"), deliveries.alias("letter")
    real = and_(one.c.issue.in_(issues), ~one.c.rehearsal, letter.c.mailing_id == one.c.id)
    return is_among(connection, letter.c.subscriber_id, real, letter.c.state == DeliveryState.SENT.value)


# --- the words of a list ---------------------------------------------------------------------------------------


def vocabulary(connection: Connection, list_id: str) -> Vocabulary:
    """The tags and fields of the people of a list, whatever their status."""
    return Vocabulary(tags=tags_of(connection, list_id), fields=tuple(fields_of(connection, list_id)))


def tags_of(connection: Connection, list_id: str) -> dict[str, int]:
    """Tag → how many people of the list have it, whatever their status; the most frequent first."""
    each, number = _each(connection, subscribers.c.tags), func.count()
    query = select(each.c.value, number).select_from(subscribers.join(subscriptions).join(each, true()))
    query = query.where(subscriptions.c.list_id == list_id).group_by(each.c.value)
    rows = connection.execute(query.order_by(number.desc(), each.c.value))
    return {row[0]: row[1] for row in rows}


def fields_of(connection: Connection, list_id: str) -> list[str]:
    """Names of the fields that somebody on the list has, whatever their status."""
    if connection.dialect.name == "postgresql":
        each = func.json_object_keys(subscribers.c.fields).table_valued("key").render_derived()
    else:
        each = func.json_each(subscribers.c.fields).table_valued("key")
    query = select(each.c.key).distinct().select_from(subscribers.join(subscriptions).join(each, true()))
    return sorted(connection.execute(query.where(subscriptions.c.list_id == list_id)).scalars())


def strangers(connection: Connection, segment: Segment) -> Iterator[tuple[str, str]]:
    """What the segment names and nobody on its list has: ("tag", …) or ("field", …)."""
    people = select(subscribers.c.id).select_from(subscribers.join(subscriptions)).limit(1)
    somebody = people.where(subscriptions.c.list_id == segment.list)
    for tag in dict.fromkeys((*segment.tags_any, *segment.tags_all, *segment.tags_none)):
        if connection.execute(somebody.where(_is_tagged(connection, [tag]))).first() is None:
            yield "tag", tag
    for name in segment.fields:
        filled = _field_is(connection, name, wanted=True)
        if name not in _NAMES and connection.execute(somebody.where(filled)).first() is None:
            yield "field", name
