"""Rows that a statement takes as one parameter: the database works on all of them without a word to Python."""

from typing import Any

from sqlalchemy import JSON, ColumnElement, Integer, String, bindparam, cast, column, func


def given_rows() -> tuple[ColumnElement[int], ColumnElement[Any]]:
    """Id and value of each item of the parameter `given`: a mapping of ids to lists of texts, or to None."""
    item = func.json_each(bindparam("given", type_=JSON)).table_valued(
        column("key", String), column("value", JSON), name="item"
    )
    return cast(item.c.key, Integer), item.c.value
