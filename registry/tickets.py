"""扫码登录: a PC is signed in by the physician's phone (manual 2.1).

    NEW → SCANNED → CONFIRMED → USED, or CANCELLED; after 60 seconds nothing moves any more

* The PC's code holds a ticket of 128 random bits. The secret that makes use of it is another one, in a cookie
  of the browser that asked: whoever photographs the code, or is shown it on a page of somebody else's, has
  nothing. The database keeps digests of both.
* The ticket is no secret either way: who knows it can only sign the asking browser in to their *own* account,
  and only after being told which browser, from where and when, and a number that the PC shows too.
* The first account that looks at a ticket is the only one that may answer it. Of two answers at one instant
  one counts. A ticket is used once.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from registry import pocket, roll
from registry.desk import Deed, Desk
from registry.errors import Code, refuse
from registry.messages import Notice
from registry.models.wallet import TicketState
from registry.pocket import Ticket
from registry.roles import Role
from registry.sessions import Browser, NewToken, SignedIn, digest, open_session

LIFETIME: Final = timedelta(seconds=60)
_TICKET_BYTES: Final = 16
_SECRET_BYTES: Final = 32
_FORGET_AFTER: Final = timedelta(hours=1)
_OPEN: Final = frozenset({TicketState.NEW, TicketState.SCANNED})


@dataclass(frozen=True, slots=True)
class Asked:
    """A new ticket: what goes into the code, what into the cookie, and the number on both screens."""

    ticket: str
    secret: str
    number: str
    ends: datetime


def ask(desk: Desk, *, browser: Browser, now: datetime, new_token: NewToken, number: int) -> Asked:
    """A ticket for a browser that wants to be signed in. ``number`` is drawn from 0 to 99."""
    asked = Asked(
        new_token(_TICKET_BYTES), new_token(_SECRET_BYTES), f"{number:02}", now + LIFETIME
    )
    with desk.store.writing() as unit:
        pocket.add_ticket(
            unit,
            Ticket(
                ticket_sha256=digest(asked.ticket),
                browser_sha256=digest(asked.secret),
                number=asked.number,
                agent=browser.agent[:200],
                address=browser.address[:64],
                created_at=now,
                ends=asked.ends,
                state=TicketState.NEW,
            ),
            forget=now - _FORGET_AFTER,
        )
    return asked


def look(desk: Desk, ticket: str, *, by: SignedIn, now: datetime) -> Ticket:
    """What asks to be signed in, for the physician who scanned it; nobody else may answer it from now on.

    ``NOT_FOUND``, ``TICKET_EXPIRED``, ``TICKET_USED``.
    """
    with desk.store.writing() as unit:
        found = _open(pocket.ticket(unit, digest(ticket)), now)
        if found.state is TicketState.NEW:
            if not pocket.move_ticket(unit, found, TicketState.SCANNED, by.account.id):
                raise refuse(Code.TICKET_USED)
        elif found.account_id != by.account.id:
            raise refuse(Code.TICKET_USED)
    return found


def answer(desk: Desk, ticket: str, *, yes: bool, by: SignedIn, now: datetime) -> None:
    """确认登录 or 取消, by the account that scanned."""
    with desk.store.writing() as unit:
        found = _open(pocket.ticket(unit, digest(ticket)), now)
        if found.state is not TicketState.SCANNED or found.account_id != by.account.id:
            raise refuse(Code.TICKET_USED)
        after = TicketState.CONFIRMED if yes else TicketState.CANCELLED
        if not pocket.move_ticket(unit, found, after, by.account.id):
            raise refuse(Code.TICKET_USED)


@dataclass(frozen=True, slots=True)
class Polled:
    """Where a ticket stands for the browser that asked; with the token of its new session, once."""

    state: TicketState
    token: str = ""


def poll(
    desk: Desk,
    ticket: str,
    secret: str,
    *,
    browser: Browser,
    now: datetime,
    new_token: NewToken,
) -> Polled:
    """For the asking browser only: ``TICKET_MISMATCH`` for another one."""
    with desk.store.writing() as unit:
        found = pocket.ticket(unit, digest(ticket))
        if found is None:
            raise refuse(Code.NOT_FOUND, "ticket")
        if not hmac.compare_digest(digest(secret), found.browser_sha256):
            raise refuse(Code.TICKET_MISMATCH)
        if found.state is TicketState.CANCELLED:
            return Polled(found.state)
        found = _open(found, now, also=TicketState.CONFIRMED)
        if found.state is not TicketState.CONFIRMED or found.account_id is None:
            return Polled(found.state)
        if not pocket.move_ticket(unit, found, TicketState.USED, found.account_id):
            raise refuse(Code.TICKET_USED)
        account = roll.account(unit, found.account_id)
        if not account.is_open or account.role is not Role.PHYSICIAN or account.person_id is None:
            raise refuse(Code.SIGN_IN_REFUSED)
        token = open_session(unit, account, browser=browser, now=now, new_token=new_token)
        unit.log(Deed.SCAN_SIGN_IN, account.id, by=account.actor, at=now)
        where = {"agent": browser.agent[:200], "address": browser.address[:64]}
        desk.tell(unit, account.person_id, Notice.SCAN_SIGN_IN, account.id, now, details=where)
    return Polled(TicketState.USED, token)


def _open(found: Ticket | None, now: datetime, *, also: TicketState | None = None) -> Ticket:
    if found is None:
        raise refuse(Code.NOT_FOUND, "ticket")
    if found.state not in _OPEN and found.state is not also:
        raise refuse(Code.TICKET_USED)
    if now >= found.ends:
        raise refuse(Code.TICKET_EXPIRED)
    return found
