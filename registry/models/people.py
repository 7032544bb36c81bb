"""Persons and what belongs to a person: qualifications, photos, bars, military registrations, accounts."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    false,
    text,
    true,
)

from registry.models.columns import Instant, Number, Words, id_column, key_column, metadata
from registry.record import AccountStatus, Binding, Gender, Level, MilitaryState, PhotoState
from registry.roles import Purpose, Role

person: Final = Table(
    "person",
    metadata,
    id_column(primary_key=True),
    Column("name", String(128), nullable=False, index=True),
    key_column("name_key"),
    key_column("name_initials"),
    Column("id_number", String(18), nullable=False, unique=True),
    Column("gender", Words(Gender), nullable=False),
    Column("born_on", Date, nullable=False),
    Column("died", Boolean, nullable=False, server_default=false()),
    Column("binding", Words(Binding), nullable=False),
    Column("mobile", String(16), nullable=False, server_default=""),
    Column("version", Integer, nullable=False, server_default="1"),
    Index("ix_person_name_key", "name_key", "id"),
    Index("ix_person_name_initials", "name_initials", "id"),
)
"""``name_key`` and ``name_initials`` follow from the name (`registry.search`) and are never shown."""

qualification: Final = Table(
    "qualification",
    metadata,
    id_column(primary_key=True),
    id_column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("number", String(27), nullable=False, unique=True),
    Column("level", Number(Level), nullable=False),
    Column("category", Integer, nullable=False),
    Column("obtained_on", Date, nullable=False),
    Column("authority_name", String(128), nullable=False),
    Column("major", String(128), nullable=False, server_default=""),
    Column("school", String(128), nullable=False, server_default=""),
    Column("education", String(8), nullable=False, server_default=""),
    Column("admission_number", String(30), nullable=False, server_default=""),
    Column("source", String(32), nullable=False, server_default="EXAM"),
    Column("verified", Boolean, nullable=False, server_default=true()),
)

photo: Final = Table(
    "photo",
    metadata,
    id_column(primary_key=True),
    id_column("person_id", ForeignKey("person.id"), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("state", Words(PhotoState), nullable=False),
    Column("reason", String(200), nullable=False, server_default=""),
    Column("image", LargeBinary, nullable=False),
    Index("uq_photo_person_state", "person_id", "state", unique=True),
)

bar: Final = Table(
    "bar",
    metadata,
    id_column(primary_key=True),
    id_column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("ground", String(64), nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date),
    Column("source", String(128), nullable=False),
)

military: Final = Table(
    "military_registration",
    metadata,
    id_column(primary_key=True),
    id_column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("unit", String(128), nullable=False),
    Column("organ", String(128), nullable=False),
    Column("certificate_number", String(64), nullable=False, unique=True),
    Column("level", Number(Level), nullable=False),
    Column("category", Integer, nullable=False),
    Column("title", Integer, nullable=False, server_default="0"),
    Column("state", Words(MilitaryState), nullable=False),
)

account: Final = Table(
    "account",
    metadata,
    id_column(primary_key=True),
    id_column("person_id", ForeignKey("person.id")),
    Column("role", Words(Role), nullable=False),
    id_column("org_id", nullable=False, server_default=""),
    Column("username", String(64), unique=True),
    Column("name", String(128), nullable=False, server_default=""),
    Column("password_hash", String(128), nullable=False, server_default=""),
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("created_at", Instant, nullable=False),
    Column("status", Words(AccountStatus), nullable=False, server_default="IDENTITY_VERIFIED"),
    Column("mobile", String(16), unique=True),
    Column("email", String(254), unique=True),
    Column("id_number", String(18), unique=True),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("locked_until", Instant),
    Column("totp_secret", String(64), nullable=False, server_default=""),
    Column("totp_step", Integer, nullable=False, server_default="0"),
    Column("manages", Boolean, nullable=False, server_default=false()),
    Column("language", String(2), nullable=False, server_default="zh"),
    Index("ix_account_org_id", "org_id", "role"),
    Index(
        "uq_account_person_role",
        "person_id",
        unique=True,
        sqlite_where=text("role = 'PHYSICIAN'"),
        postgresql_where=text("role = 'PHYSICIAN'"),
    ),
)
"""``id_number`` is what a real-name check confirmed; ``mobile`` and ``email`` have each been proved by a
code. All three are unique: one account for one human being (the manual, 1.1)."""

session: Final = Table(
    "session",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    id_column("account_id", ForeignKey("account.id"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("agent", String(200), nullable=False, server_default=""),
    Column("address", String(64), nullable=False, server_default=""),
    Column("verified_at", Instant),
)
"""Who is signed in. Deleting a row signs out at once. ``verified_at`` is the last second factor or user
verification within the session."""

identity_claim: Final = Table(
    "identity_claim",
    metadata,
    id_column(primary_key=True),
    id_column("applicant_id", nullable=False, index=True),
    id_column("holder_id", nullable=False),
    Column("name", String(128), nullable=False),
    Column("id_number", String(18), nullable=False),
    Column("at", Instant, nullable=False),
    Column("decided_at", Instant),
)
"""An identity that has an account already and was claimed by another one (`registry.identities`). The
accounts
may go, the claim stays; what was typed is blanked with the decision."""

known_device: Final = Table(
    "known_device",
    metadata,
    id_column("account_id", ForeignKey("account.id"), primary_key=True),
    Column("device_sha256", String(64), primary_key=True),
    Column("since", Instant, nullable=False),
)
"""Browsers an account has signed in at before, by the digest of the random name in their cookie."""

one_time_code: Final = Table(
    "one_time_code",
    metadata,
    id_column(primary_key=True),
    Column("purpose", Words(Purpose), nullable=False),
    Column("sent_to", String(254), nullable=False),
    Column("address", String(64), nullable=False, server_default=""),
    Column("code_mac", String(64), nullable=False),
    Column("sent_at", Instant, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("used_at", Instant),
    Index("ix_one_time_code_to", "sent_to", "sent_at"),
    Index("ix_one_time_code_address", "address", "sent_at"),
)
"""验证码. Only an HMAC under the service's secret is kept; a code is good once, for five minutes."""

consent: Final = Table(
    "consent",
    metadata,
    id_column(primary_key=True),
    id_column("account_id", ForeignKey("account.id"), nullable=False, index=True),
    Column("document", String(32), nullable=False),
    Column("version", String(16), nullable=False),
    Column("at", Instant, nullable=False),
)
"""What somebody agreed to, in which version, and when (个人信息保护法 art. 14)."""

activation_code: Final = Table(
    "activation_code",
    metadata,
    id_column(primary_key=True),
    id_column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    id_column("institution_id", ForeignKey("institution.id"), nullable=False),
    Column("code_mac", String(64), nullable=False),
    Column("sent_at", Instant, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("used_at", Instant),
)
"""激活码, sent by the main institution (article, 1.3)."""
