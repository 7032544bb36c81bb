"""Articles, tickets with their replies and pictures, feedback."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from registry.correspondence import ArticleState, FeedbackMark, TicketState, TicketSubject
from registry.models.columns import Instant, Words, id_column, metadata

article: Final = Table(
    "article",
    metadata,
    id_column(primary_key=True),
    Column("state", Words(ArticleState), nullable=False),
    Column("title_zh", String(60), nullable=False),
    Column("title_en", String(60), nullable=False, server_default=""),
    Column("body_zh", Text, nullable=False),
    Column("body_en", Text, nullable=False, server_default=""),
    Column("version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("published_at", Instant),
    Index("ix_article_public", "state", "published_at", "id"),
    Index("ix_article_created", "created_at", "id"),
)

ticket: Final = Table(
    "ticket",
    metadata,
    id_column(primary_key=True),
    id_column("account_id", ForeignKey("account.id"), nullable=False),
    id_column("person_id", ForeignKey("person.id"), nullable=False),
    Column("subject", Words(TicketSubject), nullable=False),
    Column("province", String(2), nullable=False),
    Column("question", String(100), nullable=False),
    Column("detail", String(500), nullable=False, server_default=""),
    Column("state", Words(TicketState), nullable=False),
    Column("version", Integer, nullable=False),
    Column("request", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    UniqueConstraint("account_id", "request"),
    Index("ix_ticket_account", "account_id", "at", "id"),
    Index("ix_ticket_queue", "state", "at", "id"),
    Index("ix_ticket_at", "at", "id"),
)
"""``request`` names the press of a button that made it, so that a double click makes one ticket."""

ticket_reply: Final = Table(
    "ticket_reply",
    metadata,
    id_column("ticket_id", ForeignKey("ticket.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    id_column("actor", nullable=False),
    Column("text", String(1000), nullable=False),
    Column("at", Instant, nullable=False),
)

ticket_picture: Final = Table(
    "ticket_picture",
    metadata,
    id_column(primary_key=True),
    id_column("account_id", ForeignKey("account.id"), nullable=False, index=True),
    id_column("ticket_id", ForeignKey("ticket.id"), index=True),
    Column("number", Integer, nullable=False, server_default="0"),
    Column("size", Integer, nullable=False),
    Column("image", LargeBinary, nullable=False),
    Column("at", Instant, nullable=False),
)
"""Without a ticket while its form is still being filled in; swept when that takes more than a day."""

feedback: Final = Table(
    "feedback",
    metadata,
    id_column(primary_key=True),
    id_column("account_id", ForeignKey("account.id"), nullable=False),
    Column("text", String(500), nullable=False),
    Column("contact", String(100), nullable=False, server_default=""),
    Column("mark", Words(FeedbackMark), nullable=False),
    Column("request", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("account_id", "request"),
    Index("ix_feedback_account", "account_id", "at"),
    Index("ix_feedback_queue", "mark", "at", "id"),
    Index("ix_feedback_at", "at", "id"),
)
