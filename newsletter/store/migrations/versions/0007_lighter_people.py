"""People weigh less: a suppression knows the address and they no hash of it, an event names the consent it rests on."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    key = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    op.add_column("suppressions", sa.Column("email_key", key, nullable=True))
    _fill_keys(op.get_bind())
    op.create_index("suppressions_email_key_idx", "suppressions", ["email_key"], unique=True)
    op.drop_column("subscribers", "email_hash")
    op.drop_index("subscriptions_consent_id_idx", "subscriptions")
    op.add_column("events", sa.Column("consent_id", sa.Integer(), nullable=True))


def _fill_keys(connection: sa.Connection) -> None:
    """As `address_key` makes them: SQLite alone would lower-case no accent."""
    table = sa.table("suppressions", *map(sa.column, ("hash", "email", "email_key")))
    known = connection.execute(sa.select(table.c.hash, table.c.email).where(table.c.email.is_not(None))).all()
    if known:
        mine = sa.update(table).where(table.c.hash == sa.bindparam("suppressed")).values(email_key=sa.bindparam("key"))
        connection.execute(mine, [{"suppressed": row.hash, "key": row.email.lower()} for row in known])
