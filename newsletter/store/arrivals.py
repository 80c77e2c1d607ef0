"""The statements by which an import compares and writes a page of people, the same for both databases."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Insert,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql

from newsletter.store.tables import FILLED, incoming, subscribers, subscriptions, suppressions

#: What stands in a cell that adds nothing to what is known.
_NOTHING = {"first_name": "", "last_name": "", "tags": "[]", "fields": "{}"}


def born_after(last: int) -> Select[int, Any]:
    """How many people came after this one, and the id of the newest."""
    return select(func.count(), func.max(subscribers.c.id)).where(subscribers.c.id > last)


def taking(dialect: Dialect) -> Insert:
    """An insert of all strangers in `incoming` whom nothing bars, in the order of the file, `born` at that moment."""
    barred = exists().where(suppressions.c.hash == incoming.c.email_hash)
    named = [incoming.c[name] for name in FILLED]
    rows = select(*named, bindparam("born", type_=subscribers.c.created_at.type)).where(~barred)
    columns, rows = [*FILLED, "created_at"], rows.order_by(incoming.c.line)
    if dialect.name == "postgresql":
        return postgresql.insert(subscribers).from_select(columns, rows).on_conflict_do_nothing()
    # A statement that may stop half-way keeps a copy of every page it touches, a thousand times the bytes of a row;
    # this one cannot: IGNORE holds for every constraint of the row, and its cells satisfy all but the key's.
    return insert(subscribers).prefix_with("OR IGNORE").from_select(columns, rows)


def fill(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Put rows into `incoming`, each a line and the cells of `FILLED`, as the driver takes them."""
    if connection.dialect.name != "postgresql":
        connection.exec_driver_sql(str(insert(incoming).compile(dialect=connection.dialect)), [*rows])
        return
    driven: Any = connection.connection.cursor()
    with driven, driven.copy(f"COPY incoming ({', '.join(incoming.c.keys())}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def compared() -> Select[Any]:
    """Of each in `incoming` the key, the person, the status on the list, whether they are suppressed, and whether the
    file says nothing that is not known.
    """
    here = and_(subscriptions.c.subscriber_id == subscribers.c.id, subscriptions.c.list_id == bindparam("list_id"))
    everybody = (
        incoming.outerjoin(subscribers, subscribers.c.email_key == incoming.c.email_key)
        .outerjoin(subscriptions, here)
        .outerjoin(suppressions, suppressions.c.hash == incoming.c.email_hash)
    )
    same = and_(*(_adds_nothing(name, nothing) for name, nothing in _NOTHING.items()))
    barred = suppressions.c.hash.is_not(None)
    return select(incoming.c.email_key, subscribers.c.id, subscriptions.c.status, barred, same).select_from(everybody)


def _adds_nothing(name: str, nothing: str) -> ColumnElement[bool]:
    """True when a cell says what is known, in the same words, or nothing at all."""
    said = cast(incoming.c[name], Text)
    return or_(said == nothing, said == cast(subscribers.c[name], Text))


def each_of(who: ColumnElement[bool], table: Table, cells: Mapping[str, Any]) -> Select[Any]:
    """Ids of these people, and the same cells beside each."""
    columns = (literal(cell, table.c[name].type) for name, cell in cells.items())
    return select(subscribers.c.id, *columns).where(who).order_by(subscribers.c.id)
