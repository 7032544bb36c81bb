"""The wallet: display sessions, code books, the record chosen, passkeys, sign-ins by scanning."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007_wallet"
down_revision = "0006_support"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("authority") as authority:
        authority.add_column(
            sa.Column("book_span_s", sa.Integer(), server_default="0", nullable=False)
        )
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "display_session",
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("session_id", sa.String(64), nullable=False),
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("record_id", sa.String(64), nullable=False),
        sa.Column("consent", sa.String(32), nullable=False),
        sa.Column("begins", instant, nullable=False),
        sa.Column("ends", instant, nullable=False),
        sa.Column("code_at", instant, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_display_session_person_id")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_display_session")),
    )
    op.create_table(
        "code_book",
        sa.Column("book_id", sa.LargeBinary(8), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("record_id", sa.String(64), nullable=False),
        sa.Column("shows", sa.String(64), nullable=False),
        sa.Column("ends", instant, nullable=False),
        sa.Column("wanted", sa.String(16), nullable=False),
        sa.Column("done", sa.String(16), nullable=False),
        sa.Column("person_version", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_code_book_person_id")),
        sa.PrimaryKeyConstraint("book_id", name=op.f("pk_code_book")),
    )
    op.create_index(op.f("ix_code_book_person_id"), "code_book", ["person_id"], unique=False)
    op.create_index(op.f("ix_code_book_ends"), "code_book", ["ends"], unique=False)
    op.create_table(
        "shown_record",
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("record_id", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_shown_record_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["practice_record.id"], name=op.f("fk_shown_record_record_id")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_shown_record")),
    )
    op.create_table(
        "passkey",
        sa.Column("credential_id", sa.String(1400), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("agent", sa.String(200), server_default="", nullable=False),
        sa.Column("added_at", instant, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_passkey_account_id")),
        sa.PrimaryKeyConstraint("credential_id", name=op.f("pk_passkey")),
    )
    op.create_index(op.f("ix_passkey_account_id"), "passkey", ["account_id"], unique=False)
    op.create_table(
        "passkey_challenge",
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("ends", instant, nullable=False),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_passkey_challenge")),
    )
    op.create_table(
        "sign_in_ticket",
        sa.Column("ticket_sha256", sa.String(64), nullable=False),
        sa.Column("browser_sha256", sa.String(64), nullable=False),
        sa.Column("number", sa.String(2), nullable=False),
        sa.Column("agent", sa.String(200), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("ends", instant, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_sign_in_ticket_account_id")
        ),
        sa.PrimaryKeyConstraint("ticket_sha256", name=op.f("pk_sign_in_ticket")),
    )
    op.create_index(op.f("ix_sign_in_ticket_ends"), "sign_in_ticket", ["ends"], unique=False)
    op.create_table(
        "badge_print",
        sa.Column("credential_id", sa.String(64), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("told_at", instant, nullable=True),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credential.id"], name=op.f("fk_badge_print_credential_id")
        ),
        sa.PrimaryKeyConstraint("credential_id", name=op.f("pk_badge_print")),
    )
