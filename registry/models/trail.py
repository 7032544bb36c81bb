"""The hash-chained log; triggers, made by the first migration, refuse to change or delete its rows."""

from __future__ import annotations

from typing import Final

from sqlalchemy import JSON, Column, Index, Integer, String, Table

from registry.models.columns import Instant, id_column, metadata

audit: Final = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False, index=True),
    id_column("actor", nullable=False),
    Column("role", String(32), nullable=False),
    Column("action", String(48), nullable=False),
    Column("subject", String(128), nullable=False, index=True),
    Column("details", JSON, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_audit_action", "action", "seq"),
)

audit_head: Final = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
)
"""One row: where the chain goes on. Locking it puts concurrent writers in one line."""

last_tick: Final = Table(
    "last_tick",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
)
"""One row, or none yet: the time up to which deadlines were last looked after."""
