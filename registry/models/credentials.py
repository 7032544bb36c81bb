"""Credentials as the registry means them to be, and the orders on their way.

No credential exists without an order, and no order without a row of the audit log that gives its ground:
an approved application or an authority's act.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from registry.credentials import CredentialKind, CredentialState, OrderAction
from registry.models.columns import Instant, Words, id_column, metadata

credential: Final = Table(
    "credential",
    metadata,
    id_column(primary_key=True),
    Column("cti", LargeBinary(8), nullable=False, unique=True),
    id_column("record_id", ForeignKey("practice_record.id"), nullable=False),
    Column("kind", Words(CredentialKind), nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", Words(CredentialState), nullable=False),
    Column("facts", JSON, nullable=False),
    id_column("authority_id", ForeignKey("authority.id"), nullable=False),
    Column("message", LargeBinary),
    Column("issued_at", Instant),
    Column("expires_at", Instant, index=True),
    Column("first_shown_at", Instant),
    UniqueConstraint("record_id", "kind", "version"),
)

issue_order: Final = Table(
    "issue_order",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    id_column("credential_id", ForeignKey("credential.id"), nullable=False, index=True),
    Column("action", Words(OrderAction), nullable=False),
    Column("audit_seq", Integer, ForeignKey("audit.seq"), nullable=False),
    Column("ordered_at", Instant, nullable=False),
    Column("claimed_until", Instant),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("last_error", String(200), nullable=False, server_default=""),
    Column("retry_at", Instant),
    Column("done_at", Instant),
    Column("published_at", Instant),
    Index(
        "ix_issue_order_pending",
        "id",
        sqlite_where=text("done_at IS NULL"),
        postgresql_where=text("done_at IS NULL"),
    ),
    Index(
        "ix_issue_order_unpublished",
        "id",
        sqlite_where=text("published_at IS NULL"),
        postgresql_where=text("published_at IS NULL"),
    ),
)
"""A row without ``published_at`` is the mark that status lists and snapshot have to be published."""
