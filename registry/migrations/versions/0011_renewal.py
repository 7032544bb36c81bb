"""Credentials are renewed before they end, so that two of one kind may be good at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011_renewal"
down_revision = "0010_notices_sent"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("uq_credential_open", table_name="credential")
    with op.batch_alter_table("credential") as credential:
        credential.add_column(sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
        credential.create_index(op.f("ix_credential_expires_at"), ["expires_at"], unique=False)
