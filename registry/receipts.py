"""受理回执: what an applicant can hold in hand, and what a third party may check of it.

Each step of an office gives one: passed on, accepted, returned, decided. It has a number (day and number of
the audit row that stands for the step) and a code of eight characters. With both, anyone may see the kind,
the state and the dates of the application, and nothing else: no name, no number of the physician.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from registry.errors import Code, refuse
from registry.kinds import ApplicationKind
from registry.store import Unit
from registry.workflow import Action, Status

CODE_CHARS: Final = 8
_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""No look-alikes: neither 0 and O nor 1 and I."""

GIVEN_FOR: Final = frozenset(
    {
        Action.PASS,
        Action.RETURN,
        Action.REJECT,
        Action.ACCEPT,
        Action.RETURN_FOR_CORRECTION,
        Action.NOT_ACCEPT,
        Action.APPROVE,
        Action.REFUSE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What a receipt says to who holds number and code."""

    number: str
    kind: ApplicationKind
    status: Status
    given_at: datetime
    submitted_on: date | None
    received_on: date | None
    accepted_on: date | None
    decided_at: datetime | None


def number_of(audit_seq: int, day: date) -> str:
    """The number of a receipt: 2026112300001234."""
    return f"{day:%Y%m%d}{audit_seq:08}"


def code_from(random_id: str) -> str:
    """Eight characters out of a random id, forty bits of it."""
    digest = hashlib.sha256(f"receipt {random_id}".encode()).digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:CODE_CHARS])


def progress(unit: Unit, number: str, code: str) -> Progress:
    """What a receipt says; ``NOT_FOUND`` alike for a number there is not and a code that is not its own."""
    row: Mapping[str, object] | None = unit.receipt("".join(number.split()))
    typed = "".join(code.split()).upper()
    kept = str(row["code"]) if row else "-" * CODE_CHARS
    if not hmac.compare_digest(kept.encode(), typed.encode()) or row is None:
        raise refuse(Code.NOT_FOUND, "receipt")
    known = {name: row[name] for name in Progress.__dataclass_fields__}
    return Progress(**known)  # type: ignore[arg-type]
