"""Signing in, staying signed in, signing out.

* A session is a row; its token of 256 bits is in one browser's cookie and its SHA-256 in the row. Ending the
  row ends the session at once: on logout, after a change of password, when an account is disabled.
* It ends by itself after a time without use and, whatever happens, after an absolute time; both are
  shorter for desks than for a physician's own phone.
* What is refused is refused alike: unknown user, wrong password and locked account have one code, one text,
  and cost one hash. Five wrong passwords lock the account for fifteen minutes; a code by SMS still opens it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from registry import roll
from registry.accounts import hashed_anew, password_fits
from registry.desk import Deed, Desk
from registry.errors import Code, refuse
from registry.roles import Actor, Role, UserId
from registry.roll import Account, Session
from registry.store import Unit

MAX_FAILURES: Final = 5
LOCKED_FOR: Final = timedelta(minutes=15)
SEEN_EVERY: Final = timedelta(minutes=1)
"""How exactly the last use is kept; a page that is only read seldom writes."""

_ANYONE: Final = Actor(user_id=UserId("anyone"), role=Role.PUBLIC)
_NEW_TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lives without use, and at all."""

    idle: timedelta
    absolute: timedelta


_APP: Final = Limits(idle=timedelta(days=2), absolute=timedelta(days=14))
_DESK: Final = Limits(idle=timedelta(minutes=30), absolute=timedelta(hours=10))
_LIMITS: Final = {Role.PUBLIC: _APP, Role.PHYSICIAN: _APP}


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session in force, with the account as it is now: a change of role or office counts at once."""

    session: Session
    account: Account

    @property
    def actor(self) -> Actor:
        return self.account.actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """Where a session is, as its owner will read it in the list of sessions."""

    agent: str = ""
    address: str = ""
    device: str = field(default="", repr=False)
    """The random name this browser keeps in a cookie, whoever signs in at it."""


NewToken = Callable[[int], str]
"""``secrets.token_urlsafe``."""


def sign_in(
    desk: Desk,
    login: str,
    password: str,
    *,
    browser: Browser,
    now: datetime,
    new_token: NewToken,
) -> str:
    """The token of a new session for user name (or mobile) and password; ``SIGN_IN_REFUSED``."""
    with desk.store.reading() as unit:
        found = roll.account_named(unit, login.strip())
    locked = found is not None and found.locked_until is not None and now < found.locked_until
    fits = password_fits(password, found.password_hash if found else "")
    if found is None or not fits or locked or not found.is_open:
        _refused(desk, found, locked=locked, wrong=not fits, now=now)
        raise refuse(Code.SIGN_IN_REFUSED)
    stronger = hashed_anew(password, found.password_hash)
    with desk.store.writing() as unit:
        if stronger is not None:
            roll.set_account(unit, found.id, password_hash=stronger)
        return open_session(unit, found, browser=browser, now=now, new_token=new_token)


def open_session(
    unit: Unit, account: Account, *, browser: Browser, now: datetime, new_token: NewToken
) -> str:
    """The token of a new session for someone who has proved to be the account's owner."""
    token = new_token(_NEW_TOKEN_BYTES)
    roll.end_sessions_before(unit, now)
    roll.set_account(unit, account.id, failures=0, locked_until=None)
    roll.add_session(
        unit,
        Session(
            token_sha256=digest(token),
            account_id=account.id,
            created_at=now,
            seen_at=now,
            ends_at=now + _limits(account).absolute,
            agent=browser.agent[:200],
            address=browser.address[:64],
        ),
    )
    unit.log(Deed.SIGN_IN, account.id, by=account.actor, at=now)
    return token


def signed_in(desk: Desk, token: str, *, now: datetime) -> SignedIn | None:
    """Who this token belongs to, when its session is in force and its account open."""
    with desk.store.reading() as unit:
        found = roll.session(unit, digest(token))
    if found is None:
        return None
    session, account = found
    idle = now - session.seen_at >= _limits(account).idle
    if idle or now >= session.ends_at or not account.is_open:
        return None
    if now - session.seen_at >= SEEN_EVERY:
        with desk.store.writing() as unit:
            roll.set_session(unit, session.token_sha256, seen_at=now)
    return SignedIn(session, account)


def verified(desk: Desk, who: SignedIn, *, now: datetime) -> None:
    """Notes that the person at this browser has just proved to be the owner (second factor, password)."""
    with desk.store.writing() as unit:
        roll.set_session(unit, who.session.token_sha256, verified_at=now)


def confirm_password(desk: Desk, who: SignedIn, password: str, *, now: datetime) -> None:
    """Notes that whoever is at this browser knows the password; ``SIGN_IN_REFUSED``. Wrong ones count as at
    signing in, and lock alike."""
    with desk.store.reading() as unit:
        found = roll.account(unit, who.account.id)
    locked = found.locked_until is not None and now < found.locked_until
    fits = password_fits(password, found.password_hash)
    if not fits or locked:
        _refused(desk, found, locked=locked, wrong=not fits, now=now)
        raise refuse(Code.SIGN_IN_REFUSED)
    verified(desk, who, now=now)


def sign_out(desk: Desk, who: SignedIn, *, now: datetime) -> None:
    """Ends this session."""
    with desk.store.writing() as unit:
        roll.end_session(unit, who.account.id, who.session.token_sha256)
        unit.log(Deed.SIGN_OUT, who.account.id, by=who.actor, at=now)


def sign_out_others(desk: Desk, who: SignedIn, *, now: datetime) -> int:
    """Ends every other session of this account; how many."""
    with desk.store.writing() as unit:
        ended = roll.end_sessions(unit, who.account.id, but=who.session.token_sha256)
        unit.log(Deed.SIGN_OUT, who.account.id, by=who.actor, at=now, details={"others": ended})
        return ended


def digest(token: str) -> str:
    """What of a token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def _limits(account: Account) -> Limits:
    return _LIMITS.get(account.role, _DESK)


def _refused(
    desk: Desk, account: Account | None, *, locked: bool, wrong: bool, now: datetime
) -> None:
    """Counts a wrong password. The count starts again once a lock is over."""
    by = account.actor if account else _ANYONE
    with desk.store.writing() as unit:
        if account is not None and wrong and not locked:
            over = account.locked_until is not None and account.locked_until <= now
            failures = 1 if over else account.failures + 1
            until = now + LOCKED_FOR if failures >= MAX_FAILURES else None
            roll.set_account(unit, account.id, failures=failures, locked_until=until)
        unit.log(Deed.SIGN_IN_REFUSED, account.id if account else "unknown", by=by, at=now)
