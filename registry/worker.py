"""Carries orders for credentials out, and publishes what they changed.

A worker claims one order, asks the credential desk, and notes in the audit log that it is done; each is a
transaction of its own. Dying anywhere in between leaves the order pending until the claim runs out; it is
then carried out again under the same id, so a credential is issued once. Where the desk is unavailable the
order waits with its error for all to see, and is tried again after a growing pause.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from registry import ledger
from registry.credentials import OrderAction
from registry.ledger import Order
from registry.ports import (
    CredentialDesk,
    CredentialUnknownError,
    DeskUnavailableError,
    IssueRequest,
    Signed,
)
from registry.roles import SYSTEM
from registry.store import Store

BATCH: Final = 200
"""How many orders are carried out before what they changed is published: some seconds' worth."""


@dataclass(frozen=True, slots=True)
class Worked:
    """How many orders were carried out, and how many were put back."""

    done: int
    put_back: int


def work(
    store: Store, desk: CredentialDesk, *, clock: Callable[[], datetime], limit: int = BATCH
) -> Worked:
    """Carries out up to ``limit`` orders, then publishes, also where a database that was busy cut it short.
    ``clock`` is asked anew for each order."""
    done = put_back = 0
    try:
        while done + put_back < limit:
            with store.writing() as unit:
                order = ledger.claim(unit, now=clock())
            if order is None:
                break
            if _carried_out(store, desk, order, clock=clock):
                done += 1
            else:
                put_back += 1
    finally:
        publish(store, desk, now=clock())
    return Worked(done, put_back)


def _carried_out(
    store: Store, desk: CredentialDesk, order: Order, *, clock: Callable[[], datetime]
) -> bool:
    try:
        signed = _carry_out(store, desk, order, now=clock())
    except DeskUnavailableError as error:
        with store.writing() as unit:
            ledger.failed(unit, order, str(error), now=clock())
        return False
    with store.writing() as unit:
        now = clock()
        if ledger.done(unit, order, signed=signed, now=now):
            details = {"kind": order.kind, "version": order.version, "order": order.id}
            did = f"credential.{order.action.lower()}"
            unit.log(did, order.cti.hex(), by=SYSTEM, at=now, details=details)
    return True


def publish(store: Store, desk: CredentialDesk, *, now: datetime) -> bool:
    """Publishes, and takes the marks of the orders away that were carried out before; False when the
    desk cannot publish now and the marks stay."""
    with store.reading() as unit:
        marked = ledger.unpublished(unit)
    try:
        desk.publish(now=now)
    except DeskUnavailableError:
        return False
    if marked:
        with store.writing() as unit:
            ledger.published(unit, marked, now=now)
    return True


def _carry_out(store: Store, desk: CredentialDesk, order: Order, *, now: datetime) -> Signed | None:
    if order.action is not OrderAction.ISSUE:
        acts = {
            OrderAction.SUSPEND: desk.suspend,
            OrderAction.RESUME: desk.resume,
            OrderAction.REVOKE: desk.revoke,
            OrderAction.SUPERSEDE: desk.supersede,
        }
        try:
            acts[order.action](order.cti)
        except CredentialUnknownError:
            # Right only where the worker that was to sign died before it did, so that nobody has anything.
            if order.is_signed:
                raise
        return None
    with store.reading() as unit:
        portrait = unit.image(order.person_id, order.facts["photo"])
    if portrait is None:
        raise DeskUnavailableError("the confirmed photo is no longer the one ordered")
    facts = {key: value for key, value in order.facts.items() if key != "photo"}
    request = IssueRequest(
        cti=order.cti,
        authority=order.authority,
        kind=order.kind,
        version=order.version,
        facts={**facts, "version": order.version},
        portrait=portrait,
    )
    return desk.issue(request, now=now)
