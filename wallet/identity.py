"""The cadence of the identity code (电子身份码; manual 2.2): pure functions of what is known and of now.

* The physician confirms the authorisation page (授权页面); that opens a session of at most ten minutes on
  one device. Leaving the page ends it.
* A code lives 30 seconds and is followed by a new one after 20, so that the one shown always has time left.
* A physician is given at most one new code in five seconds, over all devices and sessions.
* The newest session wins: one opened elsewhere ends the one before.

One `Session` a physician is all the state there is. Whoever keeps it replaces it only where it still is
what was read (`wallet.ports.Sessions`), so of two requests at one instant one comes too soon.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from credential.claims import CODE_LIFETIME_S
from credential.code_book import EVERY_S
from wallet.errors import Code, WalletError

SESSION: Final = timedelta(minutes=10)
EVERY: Final = timedelta(seconds=EVERY_S)
LIFETIME: Final = timedelta(seconds=CODE_LIFETIME_S)
LEAST_GAP: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A physician's latest display session. Times are aware, UTC.

    ``consent`` is the version of the text that was confirmed, ``record_id`` the record whose licence number
    is shown, ``code_at`` when the physician was last given a code, in this session or an earlier one.
    """

    session_id: str
    device_id: str
    record_id: str
    consent: str
    begins: datetime
    ends: datetime
    code_at: datetime | None = None

    def refresh_at(self) -> datetime:
        """When the page asks for the next code."""
        return self.begins if self.code_at is None else max(self.begins, self.code_at + EVERY)


def begin(
    before: Session | None,
    *,
    session_id: str,
    device_id: str,
    record_id: str,
    consent: str,
    now: datetime,
) -> Session:
    """A new session in the place of the one ``before``, on whatever device that was."""
    return Session(
        session_id=session_id,
        device_id=device_id,
        record_id=record_id,
        consent=consent,
        begins=now,
        ends=now + SESSION,
        code_at=before.code_at if before else None,
    )


def next_code(session: Session | None, *, session_id: str, now: datetime) -> Session:
    """The session after a code was given at ``now``.

    Raises ``CONSENT_REQUIRED`` (there is none), ``SHOWN_ELSEWHERE`` (a newer one), ``SESSION_OVER``, and
    ``TOO_SOON`` with the whole seconds to wait.
    """
    if session is None:
        raise WalletError(Code.CONSENT_REQUIRED)
    if session.session_id != session_id:
        raise WalletError(Code.SHOWN_ELSEWHERE)
    if not session.begins <= now < session.ends:
        raise WalletError(Code.SESSION_OVER)
    if session.code_at is not None and abs(now - session.code_at) < LEAST_GAP:
        wait = (session.code_at + LEAST_GAP - now).total_seconds()
        raise WalletError(Code.TOO_SOON, str(math.ceil(wait)))
    return replace(session, code_at=now)


def leave(session: Session | None, *, session_id: str, now: datetime) -> Session | None:
    """The session after its page was left; one that was opened elsewhere since goes on."""
    if session is None or session.session_id != session_id or now >= session.ends:
        return session
    return replace(session, ends=now)
