"""The time up to which deadlines were last looked after."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009_last_tick"
down_revision = "0008_keyed_codes_and_devices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "last_tick",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_last_tick")),
    )
