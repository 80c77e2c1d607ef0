"""Stored times as numbers, so that either database can put them into stretches."""

from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, Connection, cast, extract, func


def seconds_of(connection: Connection, moment: ColumnElement[datetime]) -> ColumnElement[int]:
    """Whole seconds since 1970 of a stored time."""
    epoch = extract("epoch", moment)
    return epoch if connection.dialect.name == "sqlite" else cast(func.floor(epoch), BigInteger)
