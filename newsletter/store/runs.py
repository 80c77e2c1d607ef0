"""Marks of runs: a journal tells of the deliveries claimed now only when the last run of the mailing kept it."""

import secrets

from sqlalchemy import Connection, insert, select, update

from newsletter.store.tables import keys


def begin_run(connection: Connection, mailing_id: int) -> int:
    """A new mark for a run of this mailing, 63 bits and never 0; it is the last one from now on."""
    mark = secrets.randbits(63) or 1
    kept = {"value": mark.to_bytes(8)}
    if not connection.execute(update(keys).where(keys.c.name == _name(mailing_id)).values(kept)).rowcount:
        connection.execute(insert(keys).values(name=_name(mailing_id), **kept))
    return mark


def last_run(connection: Connection, mailing_id: int) -> int:
    """The mark of the last run that began; 0 when none did."""
    kept = connection.execute(select(keys.c.value).where(keys.c.name == _name(mailing_id))).scalar()
    return int.from_bytes(kept) if kept else 0


def _name(mailing_id: int) -> str:
    return f"run of mailing {mailing_id}"
