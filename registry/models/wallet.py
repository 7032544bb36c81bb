"""What the wallet keeps: display sessions, code books, the record chosen, passkeys, sign-ins by scanning.

None of it is a fact about a registration; all of it can be lost without anybody losing a right.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, String, Table

from registry.models.columns import Instant, Words, id_column, metadata


class TicketState(StrEnum):
    """Where a sign-in by scanning stands (扫码登录; manual 2.1)."""

    NEW = "NEW"
    SCANNED = "SCANNED"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"
    USED = "USED"


display_session: Final = Table(
    "display_session",
    metadata,
    id_column("person_id", ForeignKey("person.id"), primary_key=True),
    id_column("session_id", nullable=False),
    id_column("device_id", nullable=False),
    id_column("record_id", nullable=False),
    Column("consent", String(32), nullable=False),
    Column("begins", Instant, nullable=False),
    Column("ends", Instant, nullable=False),
    Column("code_at", Instant),
)
"""A physician's latest display of the identity code; one row each. Consents as such are in the log."""

code_book: Final = Table(
    "code_book",
    metadata,
    Column("book_id", LargeBinary(8), primary_key=True),
    id_column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    id_column("device_id", nullable=False),
    id_column("record_id", nullable=False),
    Column("shows", String(64), nullable=False),
    Column("ends", Instant, nullable=False, index=True),
    Column("wanted", String(16), nullable=False),
    Column("done", String(16), nullable=False),
    Column("person_version", Integer, nullable=False, server_default="0"),
)
"""``device_id`` is the sign-in of its device, ``person_version`` the version of the person that the book was
last held against: where either is overtaken, the book is looked at again."""

shown_record: Final = Table(
    "shown_record",
    metadata,
    id_column("person_id", ForeignKey("person.id"), primary_key=True),
    id_column("record_id", ForeignKey("practice_record.id"), nullable=False),
)
"""The record that a physician with several chose for identity code and badge."""

passkey: Final = Table(
    "passkey",
    metadata,
    Column("credential_id", String(1400), primary_key=True),
    id_column("account_id", ForeignKey("account.id"), nullable=False, index=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", Integer, nullable=False),
    Column("agent", String(200), nullable=False, server_default=""),
    Column("added_at", Instant, nullable=False),
)
"""生物识别 of a device (WebAuthn): the public key that answers after a fingerprint or a face."""

challenge: Final = Table(
    "passkey_challenge",
    metadata,
    id_column("device_id", primary_key=True),
    Column("challenge", LargeBinary, nullable=False),
    Column("ends", Instant, nullable=False),
)
"""What a device was last asked to sign; it answers once."""

sign_in_ticket: Final = Table(
    "sign_in_ticket",
    metadata,
    Column("ticket_sha256", String(64), primary_key=True),
    Column("browser_sha256", String(64), nullable=False),
    Column("number", String(2), nullable=False),
    Column("agent", String(200), nullable=False),
    Column("address", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("ends", Instant, nullable=False, index=True),
    Column("state", Words(TicketState), nullable=False),
    id_column("account_id", ForeignKey("account.id")),
)
"""A PC that asks to be signed in: digests of the ticket in its code and of the secret in its cookie."""

badge_print: Final = Table(
    "badge_print",
    metadata,
    id_column("credential_id", ForeignKey("credential.id"), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("told_at", Instant),
)
"""Badges that were taken away as a picture: whoever printed one is told when it no longer holds."""
