"""Notices are also sent by short message and e-mail; those of old are not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010_notices_sent"
down_revision = "0009_last_tick"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("notice") as notice:
        notice.add_column(sa.Column("send_at", sa.DateTime(timezone=True), nullable=True))
        notice.add_column(
            sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False)
        )
        notice.create_index(op.f("ix_notice_send_at"), ["send_at"], unique=False)
