"""Which credentials a physician holds, which of them is current, and for which record.

* A physician may have several live records, and chooses the one that identity code and badge speak of.
  While that one may not be shown, and where none was chosen, it is the first that may (in the order of
  the registry, the oldest first).
* Of a record's licences or badges the newest version that has been signed is current, whatever its state:
  a suspended licence is shown as suspended, never an older one in its place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from credential.claims import DAY_S, Kind

RENEW_BEFORE_S: Final = 60 * DAY_S
"""How long before its end a licence or badge is renewed."""


class State(StrEnum):
    """证照状态, as the registry keeps it; that a credential has expired is told by its exp."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    REVOKED = "REVOKED"
    SUPERSEDED = "SUPERSEDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One live practice record.

    ``reason`` is why nothing may be shown for it, a code of the registry; empty when all is in order.
    ``book_span_s`` is the longest code book that its authority's setting allows; 0 allows none.
    """

    record_id: str
    authority: str
    licence_number: str
    reason: str = ""
    book_span_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A licence or badge. ``message`` is its COSE message, None while it is being signed; ``exp`` its end."""

    record_id: str
    kind: Kind
    version: int
    state: State
    message: bytes | None
    exp: int

    def due_for_renewal(self, now: datetime) -> bool:
        return self.state is State.ACTIVE and now.timestamp() >= self.exp - RENEW_BEFORE_S


def shown(records: Iterable[Registration], *, chosen: str | None) -> Registration | None:
    """The record that identity code and badge speak of; None when none may be shown."""
    fit = [record for record in records if not record.reason]
    return next((record for record in fit if record.record_id == chosen), next(iter(fit), None))


def why_nothing(records: Iterable[Registration], *, chosen: str | None) -> str:
    """The registry's reason to tell when no record may be shown: the chosen one's, else the first's."""
    known = list(records)
    told = next((record for record in known if record.record_id == chosen), next(iter(known), None))
    return told.reason if told else ""


def current(held: Iterable[Held], *, record_id: str, kind: Kind) -> Held | None:
    """The licence or badge of a record to be shown; None before the first has been signed."""
    return next(iter(history(held, record_id=record_id, kind=kind)), None)


def history(held: Iterable[Held], *, record_id: str, kind: Kind) -> list[Held]:
    """The signed versions, newest first."""
    mine = [
        each
        for each in held
        if (each.record_id, each.kind) == (record_id, kind) and each.message is not None
    ]
    return sorted(mine, key=lambda each: each.version, reverse=True)
