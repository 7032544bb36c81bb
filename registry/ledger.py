"""Credentials as the registry means them to be, and the orders that bring them about.

An order is written in the transaction of the change that calls for it, with the number of the audit row
that gives its ground. A worker claims one, has it carried out through the port, and notes that it is
done. Between these a worker may die: the claim runs out and the order is carried out again under the
same ``cti``, so nothing is issued twice. Orders about one credential are carried out in their order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, or_, select, update

from registry import models
from registry.credentials import (
    STATE_AFTER,
    CredentialId,
    CredentialKind,
    CredentialState,
    Due,
    Facts,
    Held,
    OrderAction,
)
from registry.ports import Signed
from registry.record import Dossier, PersonId, RecordId
from registry.store import Unit

CLAIM: Final = timedelta(minutes=2)
FIRST_RETRY: Final = timedelta(seconds=10)
LONGEST_RETRY: Final = timedelta(hours=1)
MAX_ERROR_CHARS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order that a worker has claimed."""

    id: int
    action: OrderAction
    cti: bytes
    kind: CredentialKind
    version: int
    facts: Facts
    authority: str
    person_id: PersonId
    attempts: int
    is_signed: bool
    """Whether the credential's signed message is already here, so that somebody may have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A credential as its holder and the clerks see it."""

    id: CredentialId
    record_id: RecordId
    kind: CredentialKind
    version: int
    state: CredentialState
    is_signed: bool


_credential: Final = models.credential
_HELD: Final = (
    select(*(_credential.c[each.name] for each in fields(Held)))
    .where(_credential.c.record_id.in_(bindparam("keys", expanding=True)))
    .order_by(_credential.c.version)
)
_CHANGED: Final = update(_credential).where(_credential.c.id == bindparam("this_id"))


def held(unit: Unit, dossier: Dossier) -> list[Held]:
    """The credentials of a person's records."""
    record_ids = [record.id for record in dossier.records]
    if not record_ids:
        return []
    rows = unit.connection.execute(_HELD, {"keys": record_ids})
    return [Held(**row._mapping) for row in rows]


def shown(unit: Unit, dossier: Dossier) -> list[Shown]:
    """The credentials of a person, with whether their signature exists already."""
    table = models.credential
    query = select(table).where(table.c.record_id.in_([each.id for each in dossier.records]))
    return [
        Shown(
            id=row.id,
            record_id=row.record_id,
            kind=row.kind,
            version=row.version,
            state=row.state,
            is_signed=row.message is not None,
        )
        for row in unit.connection.execute(query.order_by(table.c.kind, table.c.version))
    ]


def order(
    unit: Unit,
    due: Due,
    *,
    dossier: Dossier,
    audit_seq: int,
    at: datetime,
    new_id: Callable[[], str],
    new_cti: Callable[[], bytes],
) -> None:
    """Writes one order and what it makes of its credential."""
    if due.credential is None:
        record = dossier.record(due.record_id)
        assert record is not None  # noqa: S101 - an order names a record of its dossier
        credential_id = CredentialId(new_id())
        unit.put(
            models.credential,
            {
                "id": credential_id,
                "cti": new_cti(),
                "record_id": due.record_id,
                "kind": due.kind,
                "version": due.version,
                "state": STATE_AFTER[due.action],
                "facts": due.facts,
                "authority_id": record.authority_id,
            },
        )
    else:
        credential_id = due.credential.id
        changed = {"this_id": credential_id, "state": STATE_AFTER[due.action]}
        unit.connection.execute(_CHANGED, changed)
    row = {"credential_id": credential_id, "action": due.action, "audit_seq": audit_seq}
    unit.put(models.issue_order, {**row, "ordered_at": at})


def claim(unit: Unit, *, now: datetime) -> Order | None:
    """The next order that nobody else carries out, claimed for two minutes; None when there is none."""
    _drop_overtaken(unit, now=now)
    orders, credentials, records = models.issue_order, models.credential, models.practice_record
    earlier = orders.alias("earlier")
    waits_for_another = (
        select(earlier.c.id)
        .where(
            earlier.c.credential_id == orders.c.credential_id,
            earlier.c.id < orders.c.id,
            earlier.c.done_at.is_(None),
        )
        .exists()
    )
    query = (
        select(
            orders.c.id,
            orders.c.action,
            orders.c.attempts,
            credentials.c.cti,
            credentials.c.kind,
            credentials.c.version,
            credentials.c.facts,
            models.authority.c.code.label("authority"),
            records.c.person_id,
            credentials.c.message.is_not(None).label("is_signed"),
        )
        .join(credentials, credentials.c.id == orders.c.credential_id)
        .join(records, records.c.id == credentials.c.record_id)
        .join(models.authority, models.authority.c.id == credentials.c.authority_id)
        .where(
            orders.c.done_at.is_(None),
            _is_free(now),
            or_(orders.c.retry_at.is_(None), orders.c.retry_at <= now),
            ~waits_for_another,
        )
        .order_by(orders.c.id)
        .limit(1)
    )
    row = unit.connection.execute(query).first()
    if row is None:
        return None
    claimed = (
        update(orders)
        .where(orders.c.id == row.id, orders.c.done_at.is_(None), _is_free(now))
        .values(claimed_until=now + CLAIM, attempts=orders.c.attempts + 1)
    )
    if unit.connection.execute(claimed).rowcount != 1:
        return None
    return Order(**row._mapping)


def _is_free(now: datetime) -> ColumnElement[bool]:
    """Nobody carries the order out: not claimed, or by a worker that did not come back."""
    until = models.issue_order.c.claimed_until
    return or_(until.is_(None), until <= now)


def _drop_overtaken(unit: Unit, *, now: datetime) -> None:
    """Nothing is signed any more for a credential that has already ended.

    A worker that tried to may have signed before it died: then what ends the credential is still carried
    out. Where nobody has tried, that too is dropped.
    """
    orders, credentials = models.issue_order, models.credential
    has_ended = select(credentials.c.id).where(
        credentials.c.id == orders.c.credential_id,
        credentials.c.message.is_(None),
        credentials.c.state.in_([CredentialState.SUPERSEDED, CredentialState.REVOKED]),
    )
    is_issue = orders.c.action == OrderAction.ISSUE
    dropped = update(orders).where(orders.c.done_at.is_(None)).values(done_at=now)
    unit.connection.execute(dropped.where(is_issue, _is_free(now), has_ended.exists()))
    issue = orders.alias("issue")
    never_tried = select(issue.c.id).where(
        issue.c.credential_id == orders.c.credential_id,
        issue.c.action == OrderAction.ISSUE,
        issue.c.done_at.is_not(None),
        issue.c.attempts == 0,
    )
    unit.connection.execute(dropped.where(never_tried.exists()))


def done(unit: Unit, order: Order, *, signed: Signed | None, now: datetime) -> bool:
    """Notes that an order was carried out; False when another worker has done so before."""
    orders, credentials = models.issue_order, models.credential
    finished = update(orders).where(orders.c.id == order.id, orders.c.done_at.is_(None))
    values = {"done_at": now, "claimed_until": None, "last_error": ""}
    if unit.connection.execute(finished.values(values)).rowcount != 1:
        return False
    if signed is not None:
        here = update(credentials).where(credentials.c.cti == order.cti)
        what = {"message": signed.message, "expires_at": signed.expires_at}
        unit.connection.execute(here.values(issued_at=now, **what))
    return True


def failed(unit: Unit, order: Order, error: str, *, now: datetime) -> None:
    """Puts an order back, to be tried again after a growing pause."""
    pause = min(FIRST_RETRY * 2 ** min(order.attempts, 10), LONGEST_RETRY)
    orders = models.issue_order
    unit.connection.execute(
        update(orders)
        .where(orders.c.id == order.id, orders.c.done_at.is_(None))
        .values(claimed_until=None, retry_at=now + pause, last_error=error[:MAX_ERROR_CHARS])
    )


def unknown(unit: Unit, ctis: list[bytes]) -> list[bytes]:
    """Those of these credentials that this database has never ordered."""
    known: set[bytes] = set()
    for start in range(0, len(ctis), 500):
        here = _credential.c.cti.in_(ctis[start : start + 500])
        known.update(unit.connection.execute(select(_credential.c.cti).where(here)).scalars())
    return [cti for cti in ctis if cti not in known]


def unpublished(unit: Unit) -> list[int]:
    """Orders carried out since the lists were last published."""
    orders = models.issue_order
    query = select(orders.c.id).where(
        orders.c.published_at.is_(None), orders.c.done_at.is_not(None)
    )
    return list(unit.connection.execute(query).scalars())


def published(unit: Unit, order_ids: list[int], *, now: datetime) -> None:
    """Takes the marks away from orders whose effect is in the published lists."""
    orders = models.issue_order
    unit.connection.execute(
        update(orders).where(orders.c.id.in_(order_ids)).values(published_at=now)
    )


def pending(unit: Unit) -> list[Any]:
    """Orders that are not carried out yet, with their attempts and last error, for the operator."""
    orders = models.issue_order
    query = select(orders).where(orders.c.done_at.is_(None)).order_by(orders.c.id)
    return list(unit.connection.execute(query))
