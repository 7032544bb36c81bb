"""Articles, tickets with their replies and pictures, feedback."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006_support"
down_revision = "0005_desks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "article",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("title_zh", sa.String(60), nullable=False),
        sa.Column("title_en", sa.String(60), server_default="", nullable=False),
        sa.Column("body_zh", sa.Text(), nullable=False),
        sa.Column("body_en", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article")),
    )
    op.create_index("ix_article_created", "article", ["created_at", "id"], unique=False)
    op.create_index("ix_article_public", "article", ["state", "published_at", "id"], unique=False)
    op.create_table(
        "feedback",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("contact", sa.String(100), server_default="", nullable=False),
        sa.Column("mark", sa.String(32), nullable=False),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_feedback_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("account_id", "request", name=op.f("uq_feedback_account_id_request")),
    )
    op.create_index("ix_feedback_account", "feedback", ["account_id", "at"], unique=False)
    op.create_index("ix_feedback_at", "feedback", ["at", "id"], unique=False)
    op.create_index("ix_feedback_queue", "feedback", ["mark", "at", "id"], unique=False)
    op.create_table(
        "ticket",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(32), nullable=False),
        sa.Column("province", sa.String(2), nullable=False),
        sa.Column("question", sa.String(100), nullable=False),
        sa.Column("detail", sa.String(500), server_default="", nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_ticket_account_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_ticket_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("account_id", "request", name=op.f("uq_ticket_account_id_request")),
    )
    op.create_index("ix_ticket_account", "ticket", ["account_id", "at", "id"], unique=False)
    op.create_index("ix_ticket_at", "ticket", ["at", "id"], unique=False)
    op.create_index("ix_ticket_queue", "ticket", ["state", "at", "id"], unique=False)
    op.create_table(
        "ticket_picture",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("ticket_id", sa.String(64), nullable=True),
        sa.Column("number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_ticket_picture_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_picture_ticket_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_picture")),
    )
    op.create_index(
        op.f("ix_ticket_picture_account_id"), "ticket_picture", ["account_id"], unique=False
    )
    op.create_index(
        op.f("ix_ticket_picture_ticket_id"), "ticket_picture", ["ticket_id"], unique=False
    )
    op.create_table(
        "ticket_reply",
        sa.Column("ticket_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("text", sa.String(1000), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_reply_ticket_id")
        ),
        sa.PrimaryKeyConstraint("ticket_id", "number", name=op.f("pk_ticket_reply")),
    )
