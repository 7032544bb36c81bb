"""One-time codes under a key instead of a digest anybody can try; the devices an account has signed in at;
identities that are claimed twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008_keyed_codes_and_devices"
down_revision = "0007_wallet"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What was sent before fits no more and is asked for again; the rows stay for the limits a day.
    for table in ("one_time_code", "activation_code"):
        with op.batch_alter_table(table) as codes:
            codes.alter_column(
                "code_sha256", new_column_name="code_mac", existing_type=sa.String(64)
            )
        op.execute(sa.text(f"UPDATE {table} SET code_mac = ''"))  # noqa: S608 - a name from above
    op.create_table(
        "known_device",
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("device_sha256", sa.String(64), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_known_device_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "device_sha256", name=op.f("pk_known_device")),
    )
    op.create_table(
        "identity_claim",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("applicant_id", sa.String(64), nullable=False),
        sa.Column("holder_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("id_number", sa.String(18), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_claim")),
    )
    op.create_index(
        op.f("ix_identity_claim_applicant_id"), "identity_claim", ["applicant_id"], unique=False
    )
