"""Every table of the system, in one place: one database, one owner.

    columns        how dates, enums, lists and JSON are stored alike in SQLite and PostgreSQL
    institutions   authorities, institutions, departments, the calendar
    people         persons, qualifications, photos, bars, military registrations, accounts, sessions
    records        practice records and their versions, announcements, filings, licence numbers
    applications   applications, review steps, attachments, tasks, notices
    credentials    credentials as the registry means them to be, and the orders on their way
    desks          saved phrases, receipts, proposals that wait for a second person
    correspondence articles, tickets with replies and pictures, feedback
    trail          the hash-chained log
    wallet         display sessions, code books, passkeys, sign-ins by scanning

Columns carry the names of the fields in `registry.record` and `registry.workflow`, so that a row becomes
a fact and a fact a row without a list of fields in between. What must never happen twice is a unique
constraint here, whatever the rules said before.
"""

from registry.models.applications import (
    application,
    attachment,
    notice,
    request_key,
    review_step,
    standing_order,
    task,
)
from registry.models.columns import metadata
from registry.models.correspondence import article, feedback, ticket, ticket_picture, ticket_reply
from registry.models.credentials import credential, issue_order
from registry.models.desks import phrase, proposal, receipt
from registry.models.institutions import authority, calendar_day, department, institution
from registry.models.people import (
    account,
    activation_code,
    bar,
    consent,
    identity_claim,
    known_device,
    military,
    one_time_code,
    person,
    photo,
    qualification,
    session,
)
from registry.models.records import (
    announcement,
    legacy_location,
    licence_number,
    licence_serial,
    multi_filing,
    practice_record,
    practice_record_version,
)
from registry.models.trail import audit, audit_head, last_tick
from registry.models.wallet import (
    badge_print,
    challenge,
    code_book,
    display_session,
    passkey,
    shown_record,
    sign_in_ticket,
)

__all__ = [
    "account",
    "activation_code",
    "announcement",
    "application",
    "article",
    "attachment",
    "audit",
    "audit_head",
    "authority",
    "badge_print",
    "bar",
    "calendar_day",
    "challenge",
    "code_book",
    "consent",
    "credential",
    "department",
    "display_session",
    "feedback",
    "identity_claim",
    "institution",
    "issue_order",
    "known_device",
    "last_tick",
    "legacy_location",
    "licence_number",
    "licence_serial",
    "metadata",
    "military",
    "multi_filing",
    "notice",
    "one_time_code",
    "passkey",
    "person",
    "photo",
    "phrase",
    "practice_record",
    "practice_record_version",
    "proposal",
    "qualification",
    "receipt",
    "request_key",
    "review_step",
    "session",
    "shown_record",
    "sign_in_ticket",
    "standing_order",
    "task",
    "ticket",
    "ticket_picture",
    "ticket_reply",
]
