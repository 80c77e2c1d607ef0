"""A mailing counts its complaints, and knows when the addresses of its deliveries were forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

#: Complaints that were read before: each is a fact of its reader, whose detail is the issue.
_COUNT = """
UPDATE mailings SET complaints = (
    SELECT count(DISTINCT events.subscriber_id) FROM events
    JOIN deliveries ON deliveries.subscriber_id = events.subscriber_id AND deliveries.mailing_id = mailings.id
    WHERE events.kind = 'complained' AND events.detail = mailings.issue
)
WHERE EXISTS (SELECT 1 FROM events WHERE events.kind = 'complained' AND events.detail = mailings.issue)
"""


def upgrade() -> None:
    op.add_column("mailings", sa.Column("complaints", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("mailings", sa.Column("despite_complaints", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("mailings", sa.Column("emptied_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(_COUNT)
