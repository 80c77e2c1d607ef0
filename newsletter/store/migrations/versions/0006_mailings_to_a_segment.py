"""A mailing may be for a segment of its list."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    for name in ("readers", "account"):
        op.add_column("mailings", sa.Column(name, sa.JSON(), nullable=False, server_default="{}"))
