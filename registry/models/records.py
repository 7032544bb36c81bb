"""Practice records with every version they have had, filings elsewhere, licence numbers.

A licence number belongs to one person for good: a record refers to number and person together, so no
record of another person can ever carry it.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    false,
    text,
)

from registry.models.columns import (
    LIVE_ONLY,
    Instant,
    Listed,
    Number,
    Words,
    id_column,
    metadata,
)
from registry.record import Announced, Ending, Level, Standing

licence_serial: Final = Table(
    "licence_serial",
    metadata,
    Column("prefix", String(9), primary_key=True),
    Column("last", Integer, nullable=False),
)

licence_number: Final = Table(
    "licence_number",
    metadata,
    Column("number", String(15), primary_key=True),
    id_column("person_id", ForeignKey("person.id"), nullable=False),
    UniqueConstraint("number", "person_id"),
)

practice_record: Final = Table(
    "practice_record",
    metadata,
    id_column(primary_key=True),
    id_column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("standing", Words(Standing), nullable=False),
    Column("level", Number(Level), nullable=False),
    Column("category", Integer, nullable=False),
    id_column("qualification_id", ForeignKey("qualification.id"), nullable=False),
    Column("licence_number", String(15), nullable=False, index=True),
    id_column("institution_id", ForeignKey("institution.id"), nullable=False),
    Column("county", String(6), nullable=False),
    Column("place", String(6), nullable=False),
    id_column("authority_id", ForeignKey("authority.id"), nullable=False),
    Column("scopes", Listed, nullable=False),
    Column("title", Integer, nullable=False),
    Column("school", String(128), nullable=False),
    Column("education", String(8), nullable=False),
    id_column("department_id", ForeignKey("department.id")),
    Column("is_resident_trainee", Boolean, nullable=False, server_default=false()),
    Column("is_exception", Boolean, nullable=False, server_default=false()),
    Column("modified", Boolean, nullable=False, server_default=false()),
    Column("approved_on", Date, nullable=False),
    Column("filed_on", Date),
    Column("suspended_from", Date),
    Column("suspended_to", Date),
    Column("assessment_pending", Boolean, nullable=False, server_default=false()),
    Column("ended_on", Date),
    Column("end_reason", String(64), nullable=False, server_default=""),
    id_column("previous_id", ForeignKey("practice_record.id")),
    ForeignKeyConstraint(
        ["licence_number", "person_id"],
        ["licence_number.number", "licence_number.person_id"],
        name="fk_practice_record_licence_number",
    ),
    Index(
        "uq_practice_record_live_place",
        "person_id",
        "place",
        unique=True,
        sqlite_where=text(LIVE_ONLY),
        postgresql_where=text(LIVE_ONLY),
    ),
    Index(
        "uq_practice_record_live_assistant",
        "person_id",
        unique=True,
        sqlite_where=text(f"level = 2 AND {LIVE_ONLY}"),
        postgresql_where=text(f"level = 2 AND {LIVE_ONLY}"),
    ),
    Index("ix_practice_record_institution", "institution_id", "id"),
    Index("ix_practice_record_authority", "authority_id", "id"),
    Index("ix_practice_record_filed_on", "filed_on"),
    Index("ix_practice_record_suspended_to", "suspended_to"),
)

practice_record_version: Final = Table(
    "practice_record_version",
    metadata,
    id_column("record_id", ForeignKey("practice_record.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("audit_seq", Integer, ForeignKey("audit.seq"), nullable=False),
    Column("body", JSON, nullable=False),
)

announcement: Final = Table(
    "announcement",
    metadata,
    id_column("record_id", primary_key=True),
    Column("kind", Words(Announced), primary_key=True),
    Column("version", Integer, nullable=False),
    id_column("authority_id", ForeignKey("authority.id"), nullable=False),
    Column("day", Date, nullable=False),
    ForeignKeyConstraint(
        ["record_id", "version"],
        ["practice_record_version.record_id", "practice_record_version.version"],
        name="fk_announcement_version",
    ),
    Index("ix_announcement_list", "authority_id", "kind", "day", "record_id"),
)
"""公告: which version of a record was a registration or a deregistration to be published (医师法 art. 21).
What stood before the system is not announced by it."""

multi_filing: Final = Table(
    "multi_filing",
    metadata,
    id_column(primary_key=True),
    id_column("record_id", ForeignKey("practice_record.id"), nullable=False, index=True),
    id_column("institution_id", ForeignKey("institution.id"), nullable=False, index=True),
    Column("scopes", Listed, nullable=False),
    Column("approved_on", Date, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, nullable=False),
    Column("ended_on", Date),
    Column("ending", Words(Ending)),
    Index("ix_multi_filing_valid_to", "valid_to"),
)

legacy_location: Final = Table(
    "legacy_location",
    metadata,
    id_column(primary_key=True),
    id_column("record_id", ForeignKey("practice_record.id"), nullable=False, index=True),
    id_column("institution_id", ForeignKey("institution.id"), nullable=False, index=True),
    Column("scopes", Listed, nullable=False),
    Column("approved_on", Date, nullable=False),
    Column("ended_on", Date),
    Column("ending", Words(Ending)),
)
