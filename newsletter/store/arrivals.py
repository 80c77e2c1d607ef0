"""The statements by which an import compares and writes a page of people, the same for both databases."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Dialect,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    cast,
    column,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    values,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine

from newsletter.store.tables import FILLED, incoming, subscribers, subscriptions, suppressions

_ROW = re.compile(r"(?<=VALUES )\([^()]+\)")

#: What stands in a cell that adds nothing to what is known.
_NOTHING = {"first_name": "", "last_name": "", "tags": "[]", "fields": "{}"}


def born_after(last: int) -> Select[int, Any]:
    """How many people came after this one, and the id of the newest."""
    return select(func.count(), func.max(subscribers.c.id)).where(subscribers.c.id > last)


@lru_cache(maxsize=8)
def taking(dialect: Dialect, number: int) -> str:
    """An insert of so many strangers, none of them suppressed, for their cells and the moment of their birth."""
    columns = (column(name, subscribers.c[name].type) for name in FILLED)
    page = values(*columns, name="page").data([("",) * len(FILLED)]).cte()
    # Counted one by one: PostgreSQL would join NOT EXISTS, and take people in another order than the file's.
    barred = select(func.count()).where(suppressions.c.hash == page.c.email_hash).scalar_subquery()
    rows = select(*page.c, bindparam("born", type_=subscribers.c.created_at.type)).where(barred == literal_column("0"))
    make = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
    into = make(subscribers).on_conflict_do_nothing(index_elements=["email_key"])
    return _multiplied(str(into.from_select([*FILLED, "created_at"], rows).compile(dialect=dialect)), number)


@lru_cache(maxsize=8)
def filling(dialect: Dialect, number: int) -> str:
    """An insert of so many rows into `incoming`, for cells in the order of its columns."""
    return _multiplied(str(insert(incoming).compile(dialect=dialect)), number)


def _multiplied(statement: str, number: int) -> str:
    """A statement that has one row of VALUES, with so many. SQLAlchemy would compile every cell, for a second."""
    return _ROW.sub(lambda row: ", ".join([row[0]] * number), statement, count=1)


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


def as_driven(value: Any, dialect: Dialect, *, kind: TypeEngine[Any]) -> Any:
    """A value of this type as the driver takes it."""
    convert = kind.dialect_impl(dialect).bind_processor(dialect)
    return convert(value) if convert else value
