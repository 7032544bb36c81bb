"""What the wallet keeps in the database: SQL, and nothing else.

Rows come back as they are stored, under the names of `registry.models.wallet`; whoever stands behind the
wallet's ports makes its types of them. Every change of state names the state it was read in, so that of two
at the same instant one finds no row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, exists, insert, or_, select, update

from registry import models
from registry.credentials import CredentialId, CredentialKind, CredentialState
from registry.models.wallet import TicketState
from registry.record import Dossier, RecordId
from registry.roles import UserId
from registry.store import Unit

Row = Mapping[str, Any]


# What a code asks every few seconds is built once: building a statement costs more than running it.
_OFFICES: Final = select(
    models.authority.c.id, models.authority.c.code, models.authority.c.book_span_s
).where(models.authority.c.id.in_(bindparam("keys", expanding=True)))
_CHOSEN: Final = select(models.shown_record.c.record_id).where(
    models.shown_record.c.person_id == bindparam("key")
)
_SESSION: Final = select(models.display_session).where(
    models.display_session.c.person_id == bindparam("key")
)
_NEXT_SESSION: Final = update(models.display_session).where(
    models.display_session.c.person_id == bindparam("key"),
    *(
        column.is_not_distinct_from(bindparam(f"read_{column.name}"))
        for column in models.display_session.c
        if column.name != "person_id"
    ),
)


# --- who may show what -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Office:
    """What a code needs of the authority that approved a record."""

    code: str
    book_span_s: int


def offices(unit: Unit, dossier: Dossier) -> dict[str, Office]:
    """The authorities of the live records, by id."""
    ids = {record.authority_id for record in dossier.live_records}
    rows = unit.connection.execute(_OFFICES, {"keys": list(ids)}) if ids else ()
    return {row.id: Office(row.code, row.book_span_s) for row in rows}


def set_book_span(unit: Unit, authority_id: str, span_s: int) -> None:
    """How long a code book may last for physicians of this authority; 0 allows none."""
    table = models.authority
    here = update(table).where(table.c.id == authority_id)
    unit.connection.execute(here.values(book_span_s=span_s))


def chosen_record(unit: Unit, person_id: str) -> RecordId | None:
    return unit.connection.execute(_CHOSEN, {"key": person_id}).scalar_one_or_none()


def choose_record(unit: Unit, person_id: str, record_id: str) -> None:
    table = models.shown_record
    unit.connection.execute(delete(table).where(table.c.person_id == person_id))
    unit.connection.execute(insert(table).values(person_id=person_id, record_id=record_id))


# --- display sessions ------------------------------------------------------------------------------


def display_session(unit: Unit, person_id: str) -> Row | None:
    row = unit.connection.execute(_SESSION, {"key": person_id}).first()
    return None if row is None else _columns(row, but="person_id")


def replace_session(unit: Unit, person_id: str, before: Row | None, after: Row) -> bool:
    """Puts ``after`` in the place of ``before``; False when something else stands there by now."""
    if before is None:
        if display_session(unit, person_id) is not None:
            return False
        row = {"person_id": person_id, **after}
        unit.connection.execute(insert(models.display_session).values(row))
        return True
    read = {f"read_{name}": value for name, value in before.items()}
    said = {"key": person_id, **read, **after}
    return unit.connection.execute(_NEXT_SESSION, said).rowcount == 1


# --- code books ------------------------------------------------------------------------------------


def add_book(unit: Unit, book: Row, *, revoked: str) -> None:
    """A new book; the physician's others are wanted ``revoked``."""
    table = models.code_book
    mine = update(table).where(table.c.person_id == book["person_id"])
    unit.connection.execute(mine.values(wanted=revoked))
    unit.connection.execute(insert(table).values(book))


def book(unit: Unit, book_id: bytes) -> Row | None:
    table = models.code_book
    row = unit.connection.execute(select(table).where(table.c.book_id == book_id)).first()
    return None if row is None else _columns(row, but="person_version")


def books_of(unit: Unit, person_id: str) -> list[Row]:
    table = models.code_book
    query = select(table).where(table.c.person_id == person_id).order_by(table.c.ends)
    return [_columns(row, but="person_version") for row in unit.connection.execute(query)]


def unsettled_books(unit: Unit, *, now: datetime) -> list[Row]:
    table = models.code_book
    query = select(table).where(table.c.ends > now, table.c.wanted != table.c.done)
    return [_columns(row, but="person_version") for row in unit.connection.execute(query)]


def set_book(unit: Unit, book_id: bytes, column: str, before: str | None, after: str) -> bool:
    """Writes ``wanted`` or ``done``; False when it was no longer ``before``."""
    table = models.code_book
    here = [table.c.book_id == book_id]
    if before is not None:
        here.append(table.c[column] == before)
    return unit.connection.execute(update(table).where(*here).values({column: after})).rowcount == 1


def orphaned_books(unit: Unit, *, wanted: str, now: datetime) -> list[tuple[str, str]]:
    """Person and device of books that are still to be good though their device is signed out."""
    table, sessions = models.code_book, models.session
    signed_in = select(sessions.c.token_sha256).where(
        sessions.c.token_sha256 == table.c.device_id, sessions.c.ends_at > now
    )
    query = select(table.c.person_id, table.c.device_id).where(
        table.c.ends > now, table.c.wanted != wanted, ~signed_in.exists()
    )
    return [(row.person_id, row.device_id) for row in unit.connection.execute(query.distinct())]


def overtaken_books(unit: Unit, *, now: datetime) -> list[tuple[str, int]]:
    """Persons about whom something was decided since their books were last looked at, with the version of
    the person as it is now."""
    table, people = models.code_book, models.person
    query = (
        select(people.c.id, people.c.version)
        .join(table, table.c.person_id == people.c.id)
        .where(table.c.ends > now, table.c.person_version != people.c.version)
    )
    return [(row.id, row.version) for row in unit.connection.execute(query.distinct())]


def books_looked_at(unit: Unit, person_id: str, version: int) -> None:
    table = models.code_book
    mine = update(table).where(table.c.person_id == person_id)
    unit.connection.execute(mine.values(person_version=version))


def drop_ended_books(unit: Unit, *, before: datetime) -> None:
    table = models.code_book
    unit.connection.execute(delete(table).where(table.c.ends < before))


# --- licences and badges ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A licence or badge as its holder sees it; ``message`` is None while it is being signed."""

    id: CredentialId
    record_id: RecordId
    kind: CredentialKind
    version: int
    state: CredentialState
    facts: Mapping[str, Any]
    authority_id: str
    message: bytes | None
    issued_at: datetime | None
    first_shown_at: datetime | None


def signed(unit: Unit, record_ids: Sequence[str], kind: CredentialKind) -> list[Signed]:
    """The credentials of these records, newest version first."""
    table = models.credential
    columns = [table.c[each.name] for each in fields(Signed)]
    query = select(*columns).where(table.c.record_id.in_(record_ids), table.c.kind == kind)
    rows = unit.connection.execute(query.order_by(table.c.version.desc())) if record_ids else ()
    return [Signed(**row._mapping) for row in rows]


def person_of_record(unit: Unit, record_id: str) -> str | None:
    table = models.practice_record
    query = select(table.c.person_id).where(table.c.id == record_id)
    return unit.connection.execute(query).scalar_one_or_none()


def first_shown(unit: Unit, credential_id: str, *, at: datetime) -> None:
    """Notes when its holder first saw a credential; later ones change nothing."""
    table = models.credential
    here = (table.c.id == credential_id) & table.c.first_shown_at.is_(None)
    unit.connection.execute(update(table).where(here).values(first_shown_at=at))


def printed(unit: Unit, credential_id: str, *, at: datetime) -> None:
    """Notes that a badge was taken away as a picture."""
    table = models.badge_print
    unit.connection.execute(delete(table).where(table.c.credential_id == credential_id))
    unit.connection.execute(insert(table).values(credential_id=credential_id, at=at))


def last_printed(unit: Unit, record_ids: Sequence[str]) -> dict[str, tuple[int, datetime]]:
    """For each record the version of the badge last taken away as a picture, and when."""
    prints, credentials = models.badge_print, models.credential
    query = (
        select(credentials.c.record_id, credentials.c.version, prints.c.at)
        .join(credentials, credentials.c.id == prints.c.credential_id)
        .where(credentials.c.record_id.in_(record_ids))
        .order_by(prints.c.at)
    )
    rows = unit.connection.execute(query) if record_ids else ()
    return {row.record_id: (row.version, row.at) for row in rows}


def prints_overtaken(unit: Unit) -> Sequence[Any]:
    """Badges taken away as pictures that hold no longer, or for which there is a newer one, about which
    nobody was told yet: ``id``, ``record_id``, ``person_id`` and ``has_ended``. One that only rests is not
    among them."""
    prints, credentials, records = models.badge_print, models.credential, models.practice_record
    newer = credentials.alias("newer")
    was_renewed = exists(
        select(newer.c.id).where(
            newer.c.record_id == credentials.c.record_id,
            newer.c.kind == credentials.c.kind,
            newer.c.version > credentials.c.version,
            newer.c.message.is_not(None),
        )
    )
    has_ended = credentials.c.state.in_([CredentialState.SUPERSEDED, CredentialState.REVOKED])
    query = (
        select(
            credentials.c.id,
            credentials.c.record_id,
            records.c.person_id,
            has_ended.label("has_ended"),
        )
        .join(prints, prints.c.credential_id == credentials.c.id)
        .join(records, records.c.id == credentials.c.record_id)
        .where(prints.c.told_at.is_(None), or_(has_ended, was_renewed))
    )
    return unit.connection.execute(query).all()


def told_of_print(unit: Unit, credential_id: str, *, at: datetime) -> None:
    table = models.badge_print
    here = update(table).where(table.c.credential_id == credential_id)
    unit.connection.execute(here.values(told_at=at))


# --- passkeys --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """生物识别 of one device. ``credential_id`` in base64url without padding."""

    credential_id: str
    account_id: UserId
    public_key: bytes
    sign_count: int
    agent: str
    added_at: datetime


def passkeys(unit: Unit, account_id: str) -> list[Passkey]:
    table = models.passkey
    query = select(table).where(table.c.account_id == account_id).order_by(table.c.added_at)
    return [Passkey(**row._mapping) for row in unit.connection.execute(query)]


def add_passkey(unit: Unit, passkey: Passkey) -> None:
    values = {each.name: getattr(passkey, each.name) for each in fields(passkey)}
    unit.connection.execute(insert(models.passkey).values(values))


def passkey_used(unit: Unit, credential_id: str, sign_count: int) -> None:
    table = models.passkey
    here = update(table).where(table.c.credential_id == credential_id)
    unit.connection.execute(here.values(sign_count=sign_count))


def drop_passkeys(unit: Unit, account_id: str) -> int:
    table = models.passkey
    return unit.connection.execute(delete(table).where(table.c.account_id == account_id)).rowcount


def ask(unit: Unit, device_id: str, challenge: bytes, *, ends: datetime) -> None:
    """Keeps what a device is asked to sign; an earlier question is forgotten."""
    table = models.challenge
    unit.connection.execute(delete(table).where(table.c.device_id == device_id))
    values = {"device_id": device_id, "challenge": challenge, "ends": ends}
    unit.connection.execute(insert(table).values(values))


def asked(unit: Unit, device_id: str, *, now: datetime) -> bytes | None:
    """What this device was asked, once."""
    table = models.challenge
    taken = delete(table).where(table.c.device_id == device_id)
    row = unit.connection.execute(taken.returning(table.c.challenge, table.c.ends)).first()
    return row.challenge if row is not None and now < row.ends else None


# --- signing in by scanning ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A PC that asks to be signed in."""

    ticket_sha256: str
    browser_sha256: str
    number: str
    agent: str
    address: str
    created_at: datetime
    ends: datetime
    state: TicketState
    account_id: UserId | None = None


_TICKET: Final = [models.sign_in_ticket.c[each.name] for each in fields(Ticket)]


def add_ticket(unit: Unit, ticket: Ticket, *, forget: datetime) -> None:
    """A new ticket; those that ended before ``forget`` go."""
    table = models.sign_in_ticket
    unit.connection.execute(delete(table).where(table.c.ends < forget))
    values = {each.name: getattr(ticket, each.name) for each in fields(ticket)}
    unit.connection.execute(insert(table).values(values))


def ticket(unit: Unit, ticket_sha256: str) -> Ticket | None:
    query = select(*_TICKET).where(models.sign_in_ticket.c.ticket_sha256 == ticket_sha256)
    row = unit.connection.execute(query).first()
    return None if row is None else Ticket(**row._mapping)


def move_ticket(unit: Unit, ticket: Ticket, after: TicketState, account_id: str | None) -> bool:
    """Takes a ticket on from the state it was read in; False when another was faster."""
    table = models.sign_in_ticket
    here = [
        table.c.ticket_sha256 == ticket.ticket_sha256,
        table.c.state == ticket.state,
        table.c.account_id.is_not_distinct_from(ticket.account_id),
    ]
    moved = update(table).where(*here).values(state=after, account_id=account_id)
    return unit.connection.execute(moved).rowcount == 1


def _columns(row: Any, *, but: str) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if name != but}
