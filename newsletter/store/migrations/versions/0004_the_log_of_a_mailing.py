"""A mailing keeps a log of what happens to it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "mailing_events",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("mailing_id", sa.Integer, sa.ForeignKey("mailings.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True)),
        sqlite_autoincrement=True,
    )
    op.create_index("mailing_events_mailing_id_idx", "mailing_events", ["mailing_id"])
