"""Who accepted an application, for policies that want another clerk to decide it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012_accepted_by"
down_revision = "0011_renewal"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("application", sa.Column("accepted_by", sa.String(64), nullable=True))
