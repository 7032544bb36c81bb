"""Accounts of the app: proved mobile, e-mail and identity number, locks, second factor; sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_accounts"
down_revision = "0001"
branch_labels = None
depends_on = None

_UNIQUE = ("mobile", "email", "id_number")


def upgrade() -> None:
    with op.batch_alter_table("account") as account:
        account.alter_column("username", existing_type=sa.String(64), nullable=True)
        account.add_column(
            sa.Column("status", sa.String(32), server_default="IDENTITY_VERIFIED", nullable=False)
        )
        account.add_column(sa.Column("mobile", sa.String(16), nullable=True))
        account.add_column(sa.Column("email", sa.String(254), nullable=True))
        account.add_column(sa.Column("id_number", sa.String(18), nullable=True))
        account.add_column(sa.Column("failures", sa.Integer(), server_default="0", nullable=False))
        account.add_column(sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True))
        account.add_column(
            sa.Column("totp_secret", sa.String(64), server_default="", nullable=False)
        )
        account.add_column(sa.Column("language", sa.String(2), server_default="zh", nullable=False))
        for column in _UNIQUE:
            account.create_unique_constraint(op.f(f"uq_account_{column}"), [column])
    op.create_table(
        "session",
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent", sa.String(200), server_default="", nullable=False),
        sa.Column("address", sa.String(64), server_default="", nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_session_account_id")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_account_id"), "session", ["account_id"], unique=False)
