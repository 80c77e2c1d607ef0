"""A mailing says until when it may start by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("mailings", sa.Column("not_after", sa.DateTime(timezone=True)))
