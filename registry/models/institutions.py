"""Authorities, institutions, departments, the calendar."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    false,
)

from registry.models.columns import Listed, id_column, key_column, metadata

authority: Final = Table(
    "authority",
    metadata,
    id_column(primary_key=True),
    Column("code", String(32), nullable=False, unique=True),
    Column("name", String(128), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("region", String(6), nullable=False),
    Column("former_names", Listed, nullable=False),
    Column("book_span_s", Integer, nullable=False, server_default="0"),
)
"""``book_span_s``: how long a code book (脱网码包) of a physician registered here may last, 12 hours at most;
0 allows none."""

institution: Final = Table(
    "institution",
    metadata,
    id_column(primary_key=True),
    Column("registration_number", String(32), nullable=False, unique=True),
    Column("name", String(128), nullable=False, index=True),
    Column("second_name", String(128), nullable=False, server_default=""),
    key_column("name_key"),
    key_column("second_name_key"),
    key_column("name_initials"),
    Column("county", String(6), nullable=False, index=True),
    id_column("authority_id", ForeignKey("authority.id"), nullable=False),
    id_column("tcm_authority_id", ForeignKey("authority.id")),
    Column("phone", String(32), nullable=False, server_default=""),
    Column("auto_activates", Boolean, nullable=False, server_default=false()),
    Column("closed_on", Date),
    id_column("merged_into", ForeignKey("institution.id")),
    Column("subjects", Listed, nullable=False),
    Index("ix_institution_name_key", "name_key", "id"),
    Index("ix_institution_second_name_key", "second_name_key", "id"),
    Index("ix_institution_name_initials", "name_initials", "id"),
)

department: Final = Table(
    "department",
    metadata,
    id_column(primary_key=True),
    id_column("institution_id", ForeignKey("institution.id"), nullable=False),
    Column("name", String(50), nullable=False),
    Column("subjects", Listed, nullable=False),
    Column("closed", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("institution_id", "name"),
)

calendar_day: Final = Table(
    "calendar_day",
    metadata,
    Column("day", Date, primary_key=True),
    Column("working", Boolean, nullable=False),
)
