"""Applications, what was said and done about them, and what became due."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    false,
    text,
)

from registry.kinds import ApplicationKind
from registry.models.columns import Instant, Words, id_column, metadata
from registry.roles import Role
from registry.workflow import Action, Status

application: Final = Table(
    "application",
    metadata,
    id_column(primary_key=True),
    Column("kind", Words(ApplicationKind), nullable=False),
    Column("status", Words(Status), nullable=False),
    Column("version", Integer, nullable=False),
    Column("started_by", Words(Role), nullable=False),
    id_column("owner_user", nullable=False),
    id_column("owner_org", nullable=False, server_default=""),
    id_column("person_id", ForeignKey("person.id"), nullable=False),
    id_column("record_id", ForeignKey("practice_record.id"), index=True),
    id_column("institution_id", ForeignKey("institution.id")),
    id_column("authority_id", ForeignKey("authority.id")),
    Column("created_at", Instant, nullable=False),
    Column("submitted_on", Date),
    Column("received_on", Date),
    Column("accepted_on", Date),
    Column("extended_on", Date),
    Column("decided_at", Instant),
    Column("waits_since", Date),
    Column("returned_for_correction", Boolean, nullable=False, server_default=false()),
    id_column("reviewed_by"),
    id_column("accepted_by"),
    id_column("reviewer_person"),
    Column("answers", JSON, nullable=False),
    Column("one_open", String(160), unique=True),
    Index("ix_application_person", "person_id", "created_at", "id"),
    Index("ix_application_institution_queue", "institution_id", "status", "id"),
    Index("ix_application_authority_queue", "authority_id", "status", "id"),
    Index("ix_application_due", "status", "waits_since"),
    Index(None, "institution_id", "status", "waits_since", "id"),
    Index(None, "authority_id", "status", "received_on", "id"),
    Index(None, "authority_id", "status", "accepted_on", "id"),
    Index(None, "institution_id", "decided_at"),
    Index(None, "authority_id", "decided_at"),
    Index(None, "owner_org", "started_by", "created_at"),
    Index(
        "ix_application_ex_officio",
        "authority_id",
        "decided_at",
        sqlite_where=text("started_by = 'AUTHORITY_CLERK'"),
        postgresql_where=text("started_by = 'AUTHORITY_CLERK'"),
    ),
)
"""``one_open`` is set while an application excludes others of its matter, and empty otherwise."""

review_step: Final = Table(
    "review_step",
    metadata,
    id_column("application_id", ForeignKey("application.id"), primary_key=True),
    Column("step_no", Integer, primary_key=True),
    id_column("actor", nullable=False),
    Column("role", Words(Role), nullable=False),
    id_column("org_id", nullable=False, server_default=""),
    Column("action", Words(Action), nullable=False),
    Column("before", Words(Status), nullable=False),
    Column("after", Words(Status), nullable=False),
    Column("opinion", String(500), nullable=False, server_default=""),
    Column("ground", String(64), nullable=False, server_default=""),
    Column("papers_seen", Boolean, nullable=False, server_default=false()),
    Column("seen", String(64), nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
)

attachment: Final = Table(
    "attachment",
    metadata,
    id_column(primary_key=True),
    id_column("application_id", ForeignKey("application.id"), nullable=False, index=True),
    Column("name", String(128), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("at", Instant, nullable=False),
)

request_key: Final = Table(
    "request_key",
    metadata,
    id_column("actor", primary_key=True),
    Column("request", String(64), primary_key=True),
    Column("asked", String(64), nullable=False),
    id_column("application_id", nullable=False),
    Column("at", Instant, nullable=False),
)
"""A repeated request finds its first answer here."""

standing_order: Final = Table(
    "standing_order",
    metadata,
    id_column(primary_key=True),
    id_column("record_id", ForeignKey("practice_record.id"), nullable=False, index=True),
    id_column("authority_id", ForeignKey("authority.id"), nullable=False),
    Column("ground", String(200), nullable=False),
    Column("document", String(64), nullable=False),
    Column("begins", Date, nullable=False),
    Column("ends", Date),
    Column("assessment_pending", Boolean, nullable=False, server_default=false()),
    id_column("proposed_by", nullable=False),
    Column("proposed_at", Instant, nullable=False),
    id_column("confirmed_by"),
    Column("confirmed_on", Date),
    Index("ix_standing_order_authority_day", "authority_id", "confirmed_on"),
)
"""暂停执业 by order of an authority: proposed by one clerk, confirmed by another."""

task: Final = Table(
    "task",
    metadata,
    id_column(primary_key=True),
    Column("code", String(32), nullable=False),
    Column("subject", String(64), nullable=False, index=True),
    id_column("org_id", nullable=False),
    Column("due_on", Date, nullable=False),
    Column("done_at", Instant),
    UniqueConstraint("code", "subject", "due_on"),
    Index(
        "ix_task_open",
        "org_id",
        "due_on",
        "id",
        sqlite_where=text("done_at IS NULL"),
        postgresql_where=text("done_at IS NULL"),
    ),
)

notice: Final = Table(
    "notice",
    metadata,
    id_column(primary_key=True),
    id_column("to_id", nullable=False),
    Column("code", String(32), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("details", JSON, nullable=False),
    Column("at", Instant, nullable=False),
    Column("once", String(200), unique=True),
    Column("send_at", Instant, index=True),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Index("ix_notice_to", "to_id", "at", "id"),
)
"""``to_id`` is a person, an institution or an authority; ``once`` keeps a reminder from repeating; what is
still to be sent by short message or e-mail is due at ``send_at``."""
