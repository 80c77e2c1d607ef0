"""Mails may carry pictures."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("mails", sa.Column("pictures", sa.JSON(), nullable=False, server_default="[]"))
