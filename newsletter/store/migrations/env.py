"""Alembic's door: runs the migrations on the connection that `newsletter.store.schema` hands over."""

from typing import Any, Literal

from alembic import context

from newsletter.store.tables import Moment, metadata


def _render(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """A migration names the column as it is in the database: our type may change later, the past may not."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    render_item=_render,
    # Both databases can undo a half-done migration; Alembic does not expect it of SQLite.
    transactional_ddl=True,
)
context.run_migrations()
