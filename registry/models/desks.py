"""What desks keep: saved phrases, receipts given out, proposals that wait for a second person."""

from __future__ import annotations

from typing import Final

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from registry.models.columns import Instant, id_column, metadata

phrase: Final = Table(
    "phrase",
    metadata,
    id_column(primary_key=True),
    id_column("account_id", ForeignKey("account.id"), nullable=False),
    Column("text", String(200), nullable=False),
    UniqueConstraint("account_id", "text"),
)
"""常用意见 of one clerk."""

receipt: Final = Table(
    "receipt",
    metadata,
    Column("number", String(20), primary_key=True),
    Column("code", String(8), nullable=False),
    id_column("application_id", ForeignKey("application.id"), nullable=False, index=True),
    Column("step_no", Integer, nullable=False),
    Column("at", Instant, nullable=False),
)
"""受理回执: who has number and code may see status and dates of the application, and nothing else."""

proposal: Final = Table(
    "proposal",
    metadata,
    id_column(primary_key=True),
    Column("matter", String(32), nullable=False),
    Column("subject", String(64), nullable=False),
    id_column("authority_id", ForeignKey("authority.id"), nullable=False),
    Column("details", JSON, nullable=False),
    id_column("proposed_by", nullable=False),
    Column("proposed_at", Instant, nullable=False),
    id_column("decided_by"),
    Column("decided_at", Instant),
    Index("ix_proposal_authority", "authority_id", "decided_at"),
)
"""What one clerk of an authority proposes and another has to confirm."""
