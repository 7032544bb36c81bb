"""The roll of accounts and sessions in the database: SQL, and nothing else.

The rules are in `sessions` and `members`; these functions read and write one row each inside the
transaction they are given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum
from typing import Any, Final

from sqlalchemy import and_, bindparam, delete, func, insert, or_, select, update

from registry import models
from registry.errors import Code, refuse
from registry.record import AccountStatus, Binding, PersonId
from registry.roles import Actor, Purpose, Role, UserId
from registry.store import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account of the app or of a desk. A clerk's has an ``org_id``, a physician's a ``person_id``."""

    id: UserId
    person_id: PersonId | None
    role: Role
    org_id: str
    username: str | None
    name: str
    password_hash: str
    active: bool
    created_at: datetime
    status: AccountStatus
    mobile: str | None
    email: str | None
    id_number: str | None
    failures: int
    locked_until: datetime | None
    totp_secret: str
    totp_step: int
    manages: bool = False
    language: str

    @property
    def actor(self) -> Actor:
        """Who acts when this account does."""
        return Actor(user_id=self.id, role=self.role, org_id=self.org_id, person_id=self.person_id)

    @property
    def is_open(self) -> bool:
        return self.active and self.status is not AccountStatus.CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One signed-in browser. The token itself is only in that browser."""

    token_sha256: str
    account_id: UserId
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    agent: str
    address: str
    verified_at: datetime | None = None


_ACCOUNT: Final = [models.account.c[each.name] for each in fields(Account)]
_SESSION: Final = [models.session.c[each.name] for each in fields(Session)]

# What every page of somebody signed in asks; built once, as building costs more than running.
_SIGNED_IN: Final = (
    select(*_SESSION, *_ACCOUNT)
    .join(models.account, models.account.c.id == models.session.c.account_id)
    .where(models.session.c.token_sha256 == bindparam("token"))
)
_CONSENTS: Final = (
    select(models.consent)
    .where(models.consent.c.account_id == bindparam("account"))
    .order_by(models.consent.c.at.desc())
)


def account(unit: Unit, account_id: str) -> Account:
    """One account; ``NOT_FOUND``."""
    found = _account(unit, models.account.c.id == account_id)
    if found is None:
        raise refuse(Code.NOT_FOUND, "account")
    return found


def account_named(unit: Unit, login: str) -> Account | None:
    """The account with this user name (whatever its case) or this mobile number."""
    columns = models.account.c
    return _account(unit, or_(columns.username == login.lower(), columns.mobile == login))


def account_with(unit: Unit, column: str, value: str) -> Account | None:
    """The account with this ``mobile``, ``email``, ``id_number``, ``person_id`` or ``id``."""
    return _account(unit, models.account.c[column] == value)


def accounts_of(unit: Unit, org_id: str) -> list[Account]:
    """The clerks of an office, by name."""
    table = models.account
    query = select(*_ACCOUNT).where(table.c.org_id == org_id).order_by(table.c.name, table.c.id)
    return [Account(**row._mapping) for row in unit.connection.execute(query)]


def has_administrator(unit: Unit) -> bool:
    """Whether there is an administrator who can sign in."""
    table = models.account
    query = select(table.c.id).where(table.c.role == Role.ADMIN, table.c.active).limit(1)
    return unit.connection.execute(query).first() is not None


def receivers(unit: Unit, to_id: str) -> list[str]:
    """Mobile numbers and addresses of a person, an account, or the clerks who manage an office."""
    table = models.account
    manages = and_(table.c.org_id == to_id, table.c.manages)
    here = or_(table.c.person_id == to_id, table.c.id == to_id, manages)
    query = select(table.c.mobile, table.c.email).where(here, table.c.active)
    return [to for row in unit.connection.execute(query) if (to := row.mobile or row.email)]


def set_account(unit: Unit, account_id: str, **columns: Any) -> None:
    """Writes columns of an account."""
    table = models.account
    unit.connection.execute(update(table).where(table.c.id == account_id).values(columns))


def binding(unit: Unit, person_id: PersonId | None) -> Binding:
    """How the registration account of a person stands; `Binding.NONE` without a person."""
    query = select(models.person.c.binding).where(models.person.c.id == person_id)
    return unit.connection.execute(query).scalar_one_or_none() or Binding.NONE


def add_session(unit: Unit, session: Session) -> None:
    values = {each.name: getattr(session, each.name) for each in fields(session)}
    unit.connection.execute(insert(models.session).values(values))


def session(unit: Unit, token_sha256: str) -> tuple[Session, Account] | None:
    """A session with its account."""
    row = unit.connection.execute(_SIGNED_IN, {"token": token_sha256}).first()
    if row is None:
        return None
    mine, owner = row[: len(_SESSION)], row[len(_SESSION) :]
    return (
        Session(**{column.name: value for column, value in zip(_SESSION, mine, strict=True)}),
        Account(**{column.name: value for column, value in zip(_ACCOUNT, owner, strict=True)}),
    )


def sessions_of(unit: Unit, account_id: str) -> Sequence[Session]:
    """Where an account is signed in, the latest first."""
    table = models.session
    query = select(*_SESSION).where(table.c.account_id == account_id)
    rows = unit.connection.execute(query.order_by(table.c.seen_at.desc()))
    return [Session(**row._mapping) for row in rows]


def set_session(unit: Unit, token_sha256: str, **columns: Any) -> None:
    """Writes columns of a session."""
    table = models.session
    here = table.c.token_sha256 == token_sha256
    unit.connection.execute(update(table).where(here).values(columns))


def end_session(unit: Unit, account_id: str, token_sha256: str) -> bool:
    """Ends one session of an account; whether there was one."""
    table = models.session
    here = (table.c.account_id == account_id) & (table.c.token_sha256 == token_sha256)
    return unit.connection.execute(delete(table).where(here)).rowcount == 1


def end_sessions(unit: Unit, account_id: str, *, but: str = "") -> int:
    """Ends all sessions of an account save ``but``; how many."""
    table = models.session
    here = (table.c.account_id == account_id) & (table.c.token_sha256 != but)
    return unit.connection.execute(delete(table).where(here)).rowcount


def end_sessions_before(unit: Unit, now: datetime) -> int:
    """Sweeps sessions whose time is over; how many."""
    table = models.session
    return unit.connection.execute(delete(table).where(table.c.ends_at <= now)).rowcount


def devices_of(unit: Unit, account_id: str) -> frozenset[str]:
    """The digests of the devices an account has signed in at."""
    table = models.known_device
    query = select(table.c.device_sha256).where(table.c.account_id == account_id)
    return frozenset(unit.connection.execute(query).scalars())


def add_device(unit: Unit, **columns: Any) -> None:
    unit.connection.execute(insert(models.known_device).values(columns))


def forget_devices(unit: Unit, account_id: str) -> None:
    table = models.known_device
    unit.connection.execute(delete(table).where(table.c.account_id == account_id))


def _account(unit: Unit, condition: Any) -> Account | None:
    row = unit.connection.execute(select(*_ACCOUNT).where(condition)).first()
    return Account(**row._mapping) if row else None


# One-time codes, consents, activation codes.


def add_code(unit: Unit, **columns: Any) -> None:
    unit.connection.execute(insert(models.one_time_code).values(columns))


def latest_code(unit: Unit, purpose: Purpose, sent_to: str) -> Any | None:
    """The newest code of a purpose sent somewhere; only the newest is good."""
    table = models.one_time_code
    query = select(table).where(table.c.purpose == purpose, table.c.sent_to == sent_to)
    return unit.connection.execute(query.order_by(table.c.sent_at.desc()).limit(1)).first()


def codes_since(unit: Unit, since: datetime, *, sent_to: str = "", address: str = "") -> int:
    """How many codes went to one place, or were asked for from one address, since an instant."""
    table = models.one_time_code
    here = table.c.sent_to == sent_to if sent_to else table.c.address == address
    query = select(func.count()).where(here, table.c.sent_at > since)
    return unit.connection.execute(query).scalar_one()


class Codes(Enum):
    """Where codes are kept: those for a moment, and those that activate an account."""

    ONE_TIME = models.one_time_code
    ACTIVATION = models.activation_code


def set_code(unit: Unit, kept: Codes, code_id: str, **columns: Any) -> bool:
    """Writes columns of a code nobody has used yet; whether it was still so."""
    table = kept.value
    here = (table.c.id == code_id) & table.c.used_at.is_(None)
    return unit.connection.execute(update(table).where(here).values(columns)).rowcount == 1


def add_consent(unit: Unit, **columns: Any) -> None:
    unit.connection.execute(insert(models.consent).values(columns))


def consents_of(unit: Unit, account_id: str) -> Sequence[Any]:
    """What an account agreed to, the latest first."""
    return unit.connection.execute(_CONSENTS, {"account": account_id}).all()


def move_consents(unit: Unit, account_id: str, to_id: str) -> None:
    """What one account agreed to, the other has agreed to."""
    table = models.consent
    here = table.c.account_id == account_id
    unit.connection.execute(update(table).where(here).values(account_id=to_id))


def add_activation_code(unit: Unit, **columns: Any) -> None:
    unit.connection.execute(insert(models.activation_code).values(columns))


def drop_activation_code(unit: Unit, code_id: str) -> None:
    table = models.activation_code
    unit.connection.execute(delete(table).where(table.c.id == code_id))


def latest_activation_code(unit: Unit, person_id: PersonId) -> Any | None:
    """The newest activation code sent to a person."""
    table = models.activation_code
    query = select(table).where(table.c.person_id == person_id)
    return unit.connection.execute(query.order_by(table.c.sent_at.desc()).limit(1)).first()


def add_account(unit: Unit, account: Account) -> None:
    values = {each.name: getattr(account, each.name) for each in fields(account)}
    unit.connection.execute(insert(models.account).values(values))


def forget_account(unit: Unit, account_id: str) -> None:
    """Removes an account that never became anybody's: its consents and sessions go with it."""
    for table in (models.session, models.consent, models.known_device):
        unit.connection.execute(delete(table).where(table.c.account_id == account_id))
    unit.connection.execute(delete(models.account).where(models.account.c.id == account_id))


def add_claim(unit: Unit, **columns: Any) -> None:
    """An identity that has an account is claimed; the applicant's last claim is the one that counts."""
    table = models.identity_claim
    earlier = (table.c.applicant_id == columns["applicant_id"]) & table.c.decided_at.is_(None)
    unit.connection.execute(delete(table).where(earlier))
    unit.connection.execute(insert(table).values(columns))


def open_claims(unit: Unit) -> Sequence[Any]:
    table = models.identity_claim
    query = select(table).where(table.c.decided_at.is_(None)).order_by(table.c.at, table.c.id)
    return unit.connection.execute(query.limit(200)).all()


def close_claim(unit: Unit, claim_id: str, *, at: datetime) -> bool:
    """Blanks what was typed; whether the claim was still open."""
    table = models.identity_claim
    here = (table.c.id == claim_id) & table.c.decided_at.is_(None)
    gone = {"decided_at": at, "name": "", "id_number": ""}
    return unit.connection.execute(update(table).where(here).values(gone)).rowcount == 1


@dataclass(frozen=True, slots=True)
class Phrase:
    """One saved phrase of a clerk."""

    id: str
    text: str


def phrases(unit: Unit, account_id: str) -> list[Phrase]:
    table = models.phrase
    query = select(table.c.id, table.c.text).where(table.c.account_id == account_id)
    return [Phrase(row.id, row.text) for row in unit.connection.execute(query.order_by(table.c.id))]


def add_phrase(unit: Unit, phrase: Phrase, account_id: str) -> None:
    values = {"id": phrase.id, "account_id": account_id, "text": phrase.text}
    unit.connection.execute(insert(models.phrase).values(values))


def drop_phrase(unit: Unit, phrase_id: str, account_id: str) -> bool:
    """Whether there was one of this account's by this id."""
    table = models.phrase
    here = (table.c.id == phrase_id) & (table.c.account_id == account_id)
    return unit.connection.execute(delete(table).where(here)).rowcount == 1
