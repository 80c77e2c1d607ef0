"""The statements by which an import writes a page of people, and compares some of them with whom the database knows."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from datetime import datetime
from functools import cache, lru_cache
from itertools import chain
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Insert,
    Row,
    Select,
    Table,
    Text,
    TextClause,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.dialects import sqlite

from newsletter.model import ImportRow
from newsletter.store.keyed import address_key
from newsletter.store.tables import FILLED, incoming, subscribers, subscriptions, suppressions
from newsletter.store.transactions import stored_times

#: What stands in a cell that adds nothing to what is known.
_NOTHING = {"first_name": "", "last_name": "", "tags": "[]", "fields": "{}"}

#: The cells of a row: the id that the person would have, and those of `FILLED`.
_CELLS = ("id", *FILLED)

#: Those of `FILLED` for each row of a page, column by column, as the driver takes them.
Columns: TypeAlias = Sequence[list[str]]

#: Never the same for a whole page, but for one of a single row.
_OWN = ("email", "email_key")


# --- cells ----------------------------------------------------------------------------------------------------


def columns_of(rows: Sequence[ImportRow]) -> Columns:
    """Those of a page."""
    _lines, emails, first_names, last_names, tags, fields = zip(*rows, strict=True)
    made = (map(address_key, emails), first_names, last_names, map(_listed, tags), _mapped(fields))
    return [list(column) for column in (emails, *made)]


def _listed(tags: Sequence[str]) -> str:
    return json.dumps(tags) if tags else "[]"


def _mapped(fields: Sequence[Mapping[str, str]]) -> list[str]:
    """What `json.dumps` writes of each, six times as fast: of all at once, then cut where one ends."""
    texts = json.dumps(fields, default=dict)[2:-2].split("}, {")
    if len(texts) != len(fields):  # somebody's words look like such a place
        return [json.dumps(dict(each)) for each in fields]
    return [f"{{{text}}}" for text in texts]


# --- ids -------------------------------------------------------------------------------------------------------


def last_id(connection: Connection) -> int:
    """The highest that was ever given to a person; it stays so while this import alone makes people."""
    if connection.dialect.name == "postgresql":
        asked = "SELECT pg_sequence_last_value('subscribers_id_seq')"
    else:
        asked = "SELECT seq FROM sqlite_sequence WHERE name = 'subscribers'"
    return connection.exec_driver_sql(asked).scalar() or 0


def keep_last_id(connection: Connection, last: int) -> None:
    """No id up to this one is given again; SQLite sees to that by itself."""
    if last and connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT setval('subscribers_id_seq', %s)", (last,))


# --- strangers -------------------------------------------------------------------------------------------------


def take_strangers(connection: Connection, columns: Columns, *, first: int, born: datetime) -> int:
    """Make people of all on a page whom nothing bars and whose address nobody has, `born` at that moment.

    The first would have the id `first`, the others those that follow. Returns how many came.
    """
    if connection.dialect.name == "postgresql":
        fill(connection, rows_of(columns, first=first))
        counting = {"preserve_rowcount": True}
        taken = connection.execute(_taking_incoming(), {"born": born}, execution_options=counting)
        connection.execute(delete(incoming))
        return taken.rowcount
    alike = {
        name: column[0]
        for name, column in zip(FILLED, columns, strict=True)
        if name not in _OWN and column.count(column[0]) == len(column)
    }
    at = stored_times(connection, subscribers.c.created_at)(born)
    varying = [column for name, column in zip(FILLED, columns, strict=True) if name not in alike]
    statement = _taking_values(len(columns[0]), tuple(alike))
    parameters = (first, *alike.values(), at, *chain.from_iterable(zip(*varying, strict=True)))
    return connection.exec_driver_sql(statement, parameters).rowcount


def rows_of(columns: Columns, *, first: int, born: Set[int] = frozenset()) -> Iterable[tuple[Any, ...]]:
    """The rows of a page, each a tuple of `_CELLS`; without those who were born."""
    ids = range(first, first + len(columns[0]))
    if not born:
        return zip(ids, *columns, strict=True)
    return [(number, *(column[number - first] for column in columns)) for number in sorted({*ids} - born)]


def _taking_incoming() -> Insert:
    from sqlalchemy.dialects.postgresql import insert as postgresql_insert  # with every driver of it

    born = bindparam("born", type_=subscribers.c.created_at.type)
    rows = _unbarred({name: incoming.c[name] for name in _CELLS}, incoming, born=born).order_by(incoming.c.id)
    return postgresql_insert(subscribers).from_select([*_CELLS, "created_at"], rows).on_conflict_do_nothing()


@lru_cache(maxsize=8)
def _taking_values(number: int, alike: Collection[str]) -> str:
    """For so many rows at once: SQLite works on them without a word to Python, which reads the next ones meanwhile.

    Its parameters cost as much as the insertion: the first id, a cell for each of `alike`, the moment, then the other
    cells row by row.
    """
    varying = [name for name in FILLED if name not in alike]
    places = {name: f"column{place}" for place, name in enumerate(varying, start=2)}
    cells: dict[str, ColumnElement[Any]] = {"id": literal_column("? + column1")}
    cells |= {name: literal_column(places.get(name, "?")) for name in FILLED}
    rows = _unbarred(cells, text("(VALUES {rows})"), born=literal_column("?"))
    # A statement that may stop half-way keeps a copy of every page it touches, a thousand times the bytes of a row;
    # this one cannot: IGNORE holds for every constraint of the row, and its cells satisfy all but the key's.
    taking = insert(subscribers).prefix_with("OR IGNORE").from_select([*_CELLS, "created_at"], rows)
    holes = ", ?" * len(varying)
    values = ", ".join(f"({place}{holes})" for place in range(number))
    return str(taking.compile(dialect=sqlite.dialect())).format(rows=values)


def _unbarred(
    cells: Mapping[str, ColumnElement[Any]], source: FromClause | TextClause, *, born: ColumnElement[Any]
) -> Select[Any]:
    barred = exists().where(suppressions.c.email_key == cells["email_key"])
    return select(*cells.values(), born).select_from(source).where(~barred)


def ids_from(connection: Connection, first: int) -> set[int]:
    """Of the people from this id on. In one cell: as many rows would cost ten times that."""
    told = select(func.aggregate_strings(cast(subscribers.c.id, Text), " ")).where(subscribers.c.id >= first)
    return set(map(int, (connection.execute(told).scalar() or "").split()))


# --- those who are known ---------------------------------------------------------------------------------------


def compare(connection: Connection, rows: Iterable[tuple[Any, ...]], *, list_id: str) -> Sequence[Row[Any]]:
    """What is known of those in these rows, as `_compared` says."""
    fill(connection, rows)
    if connection.dialect.name == "postgresql":
        # Else it takes them for a thousand, and reads everybody to find a few.
        connection.exec_driver_sql("ANALYZE incoming")
    known = connection.execute(_compared(), {"list_id": list_id}).all()
    connection.execute(delete(incoming))
    return known


def fill(connection: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Put rows into `incoming`."""
    if connection.dialect.name != "postgresql":
        connection.exec_driver_sql(_filling(), [*rows])
        return
    driven: Any = connection.connection.cursor()
    with driven, driven.copy(f"COPY incoming ({', '.join(_CELLS)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


@cache
def _filling() -> str:
    return str(insert(incoming).compile(dialect=sqlite.dialect()))


@cache
def _compared() -> Select[Any]:
    """Of each in `incoming` the id, the person, the status on the list, whether they are suppressed, and whether the
    file says nothing that is not known.
    """
    here = and_(subscriptions.c.subscriber_id == subscribers.c.id, subscriptions.c.list_id == bindparam("list_id"))
    everybody = (
        incoming.outerjoin(subscribers, subscribers.c.email_key == incoming.c.email_key)
        .outerjoin(subscriptions, here)
        .outerjoin(suppressions, suppressions.c.email_key == incoming.c.email_key)
    )
    same = and_(*(_adds_nothing(name, nothing) for name, nothing in _NOTHING.items()))
    barred = suppressions.c.email_key.is_not(None)
    known = select(incoming.c.id, subscribers.c.id, subscriptions.c.status, barred, same)
    return known.select_from(everybody).order_by(incoming.c.id)


def _adds_nothing(name: str, nothing: str) -> ColumnElement[bool]:
    """True when a cell says what is known, in the same words, or nothing at all."""
    said = cast(incoming.c[name], Text)
    return or_(said == nothing, said == cast(subscribers.c[name], Text))


def each_of(who: ColumnElement[bool], table: Table, cells: Mapping[str, Any]) -> Select[Any]:
    """Ids of these people, and the same cells beside each."""
    columns = (literal(cell, table.c[name].type) for name, cell in cells.items())
    return select(subscribers.c.id, *columns).where(who).order_by(subscribers.c.id)
