"""The mail of a proof and of an approval is kept, to be seen beside a later one."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "kept_mails",
        sa.Column("issue", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("variant", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("preheader", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("pictures", sa.JSON(), nullable=False, server_default="[]"),
        sa.PrimaryKeyConstraint("issue", "sha256", name=op.f("kept_mails_pkey")),
    )
    op.add_column("approvals", sa.Column("mail", sa.String(), nullable=False, server_default=""))
