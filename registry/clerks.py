"""What clerks keep for their own work, and how an office looks after its clerks' accounts.

* 常用意见: the phrases a clerk writes again and again, kept at the account.
* The second factor stands for the 电子密钥: six digits that change every thirty seconds (RFC 6238). Its
  secret is shown once. A code counts once; five wrong ones lock the account like wrong passwords do.
* Who has lost the device is helped by whoever manages the office's clerks, or by the administrator, never by
  himself: the secret is thrown away, all sessions end, and a new one is set up at the next sign-in.
"""

from __future__ import annotations

import base64
import hmac
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from registry import forms, roll
from registry.desk import Deed, Desk
from registry.errors import Code, refuse
from registry.forms import UnreadableError
from registry.roles import Actor, Role
from registry.roll import Account, Phrase
from registry.sessions import LOCKED_FOR, MAX_FAILURES, SignedIn
from registry.store import Unit

MAX_PHRASES: Final = 30
SECRET_BYTES: Final = 20
"""As RFC 4226 recommends."""
_STEP_S: Final = 30
_TO_COME: Final = "?"
"""Before a secret that was shown but not yet proved."""
_MANAGED: Final = frozenset({Role.INSTITUTION_CLERK, Role.AUTHORITY_CLERK})


def phrases(desk: Desk, by: Actor) -> list[Phrase]:
    """常用意见 of one clerk, in their order."""
    with desk.store.reading() as unit:
        return roll.phrases(unit, by.user_id)


def add_phrase(desk: Desk, text: str, *, by: Actor) -> None:
    """Keeps one more phrase; ``LIMIT_REACHED`` where there are enough."""
    try:
        read = forms.text(200)(text)
    except UnreadableError as error:
        raise refuse(error.code, "text") from error
    with desk.store.writing() as unit:
        known = roll.phrases(unit, by.user_id)
        if read in {each.text for each in known}:
            return
        if len(known) >= MAX_PHRASES:
            raise refuse(Code.LIMIT_REACHED, "phrases")
        roll.add_phrase(unit, Phrase(desk.new_id(), read), by.user_id)


def drop_phrase(desk: Desk, phrase_id: str, *, by: Actor) -> None:
    """Throws a phrase of one's own away; ``NOT_FOUND`` for anybody else's."""
    with desk.store.writing() as unit:
        if not roll.drop_phrase(unit, phrase_id, by.user_id):
            raise refuse(Code.NOT_FOUND, "phrase")


# The second factor.


def has_second_factor(account: Account) -> bool:
    """Whether a second factor was set up and proved."""
    return bool(account.totp_secret) and not account.totp_secret.startswith(_TO_COME)


def begin_second_factor(
    desk: Desk, who: SignedIn, secret: bytes, *, issuer: str, now: datetime
) -> str:
    """The address that an authenticator reads (``otpauth://``), to be shown once; nothing counts before
    `prove_second_factor`. Refused where there is a second factor already."""
    if has_second_factor(who.account):
        raise refuse(Code.STEP_INVALID, "totp")
    encoded = base64.b32encode(secret).decode()
    with desk.store.writing() as unit:
        roll.set_account(unit, who.account.id, totp_secret=_TO_COME + encoded, totp_step=0)
        unit.log("account.second_factor_shown", who.account.id, by=who.actor, at=now)
    name = who.account.username or who.account.id
    return _totp(encoded).get_provisioning_uri(name, issuer)


def prove_second_factor(desk: Desk, who: SignedIn, code: str, *, now: datetime) -> None:
    """A right code: the secret counts from now on, and this session is verified."""
    _check_code(desk, who, code, now)


def _check_code(desk: Desk, who: SignedIn, code: str, now: datetime) -> None:
    """Accepts the present code or one of its two neighbours, each only once."""
    right = False
    with desk.store.writing() as unit:
        account = roll.account(unit, who.account.id)
        secret = account.totp_secret.removeprefix(_TO_COME)
        locked = account.locked_until is not None and now < account.locked_until
        step = _step_of(secret, code.strip(), now) if secret and not locked else None
        right = step is not None and step > account.totp_step
        if right:
            proved = {"totp_secret": secret, "totp_step": step, "failures": 0}
            roll.set_account(unit, account.id, **proved)
            roll.set_session(unit, who.session.token_sha256, verified_at=now)
        elif not locked:
            failures = account.failures + 1
            until = now + LOCKED_FOR if failures >= MAX_FAILURES else None
            roll.set_account(unit, account.id, failures=failures, locked_until=until)
            unit.log(Deed.SIGN_IN_REFUSED, account.id, by=who.actor, at=now)
    if not right:
        raise refuse(Code.SECOND_FACTOR_WRONG, "code")


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step of thirty seconds whose code this is, of the present one and its neighbours."""
    here = int(now.timestamp()) // _STEP_S
    totp, found = _totp(secret), None
    for step in (here - 1, here, here + 1):
        wanted = totp.generate(step * _STEP_S)
        if hmac.compare_digest(wanted, code.encode()):
            found = step
    return found


def _totp(secret: str) -> TOTP:
    return TOTP(base64.b32decode(secret), 6, SHA1(), _STEP_S)  # noqa: S303 - what authenticators know


# Clerks of an office.


def of_office(desk: Desk, by: Actor) -> list[Account]:
    """The clerks of one's own office; only for who manages them."""
    with desk.store.reading() as unit:
        _manager(unit, by)
        return roll.accounts_of(unit, by.org_id)


def reset_second_factor(desk: Desk, user_id: str, *, by: Actor, now: datetime) -> None:
    """Throws a lost second factor away and ends the account's sessions."""
    with desk.store.writing() as unit:
        account = _managed(unit, user_id, by)
        roll.set_account(unit, account.id, totp_secret="", totp_step=0)
        roll.end_sessions(unit, account.id)
        unit.log("account.second_factor_reset", account.id, by=by, at=now)


def set_open(desk: Desk, user_id: str, *, is_open: bool, by: Actor, now: datetime) -> None:
    """Shuts a clerk's account, at once and everywhere, or opens it again."""
    with desk.store.writing() as unit:
        account = _managed(unit, user_id, by)
        roll.set_account(unit, account.id, active=is_open)
        roll.end_sessions(unit, account.id)
        unit.log("account.enable" if is_open else "account.disable", account.id, by=by, at=now)


def _managed(unit: Unit, user_id: str, by: Actor) -> Account:
    """An account that ``by`` looks after: a colleague's, or for the administrator any clerk's."""
    account = roll.account(unit, user_id)
    if by.role is not Role.ADMIN:
        if account.org_id != by.org_id or account.role is not by.role:
            raise refuse(Code.NOT_FOUND, "account")
        _manager(unit, by)
    elif account.role not in _MANAGED:
        raise refuse(Code.NOT_FOUND, "account")
    if account.id == by.user_id:
        raise refuse(Code.SELF_APPROVAL)
    return account


def _manager(unit: Unit, by: Actor) -> None:
    if by.role is not Role.ADMIN and not roll.account(unit, by.user_id).manages:
        raise refuse(Code.ROLE_FORBIDDEN)
