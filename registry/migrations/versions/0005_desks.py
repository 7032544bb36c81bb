"""Desks: saved phrases, receipts, proposals for a second person, queues in the order they fall due."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_desks"
down_revision = "0004_members"
branch_labels = None
depends_on = None

_INDEXES = (
    ("institution_id", "status", "waits_since", "id"),
    ("authority_id", "status", "received_on", "id"),
    ("authority_id", "status", "accepted_on", "id"),
    ("institution_id", "decided_at"),
    ("authority_id", "decided_at"),
    ("owner_org", "started_by", "created_at"),
)


def upgrade() -> None:
    op.create_table(
        "phrase",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_phrase_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phrase")),
        sa.UniqueConstraint("account_id", "text", name=op.f("uq_phrase_account_id_text")),
    )
    op.create_table(
        "receipt",
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("code", sa.String(8), nullable=False),
        sa.Column("application_id", sa.String(64), nullable=False),
        sa.Column("step_no", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_receipt_application_id")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_receipt")),
    )
    op.create_index(op.f("ix_receipt_application_id"), "receipt", ["application_id"])
    op.create_table(
        "proposal",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("matter", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("authority_id", sa.String(64), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("proposed_by", sa.String(64), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(64), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_proposal_authority_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    op.create_index("ix_proposal_authority", "proposal", ["authority_id", "decided_at"])
    op.add_column(
        "account", sa.Column("totp_step", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "account", sa.Column("manages", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    for columns in _INDEXES:
        op.create_index(f"ix_application_{'_'.join(columns)}", "application", list(columns))
    op.create_index("ix_audit_action", "audit", ["action", "seq"])


def downgrade() -> None:
    op.drop_index("ix_audit_action", "audit")
    for columns in _INDEXES:
        op.drop_index(f"ix_application_{'_'.join(columns)}", "application")
    op.drop_column("account", "manages")
    op.drop_column("account", "totp_step")
    op.drop_table("proposal")
    op.drop_table("receipt")
    op.drop_table("phrase")
