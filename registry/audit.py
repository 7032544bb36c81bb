"""The log that shows when it has been altered: rows chained by hash, heads signed elsewhere.

Row n holds the hash of row n-1, so a row that was changed, removed, inserted or moved breaks the chain
at itself. A tail that was cut, and a chain rebuilt as a whole, show only against a head (number and hash
of the last row) that was written elsewhere under an audit key; that key is no part of the trust list.
The database refuses to update or delete rows as well.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from registry.errors import Code, refuse

START: Final = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that happened."""

    seq: int
    at: datetime
    actor: str
    role: str
    action: str
    subject: str
    details: Mapping[str, Any]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last row at some time, with a signature of the audit key."""

    seq: int
    hash: str
    signature: str = ""

    def message(self) -> bytes:
        return f"yizheng audit head {self.seq} {self.hash}".encode()


Sign = Callable[[bytes], bytes]
Verify = Callable[[bytes, bytes], bool]
"""``verify(message, signature)`` under the audit key."""


def chained(
    previous: Head,
    *,
    at: datetime,
    actor: str,
    role: str,
    action: str,
    subject: str,
    details: Mapping[str, Any],
) -> Row:
    """The row that follows ``previous``."""
    row = Row(
        seq=previous.seq + 1,
        at=at,
        actor=actor,
        role=role,
        action=action,
        subject=subject,
        details=details,
        previous=previous.hash,
        hash="",
    )
    return Row(**{**_parts(row), "hash": _hash_of(row)})


def signed(head: Head, sign: Sign) -> Head:
    """The head with its signature, to be written elsewhere."""
    return Head(seq=head.seq, hash=head.hash, signature=sign(head.message()).hex())


def verify(rows: Iterable[Row], *, heads: Iterable[Head] = (), check: Verify | None = None) -> Head:
    """The head of an unbroken chain; ``AUDIT_BROKEN`` with the number of the first bad row.

    Every head must be met by the chain. A head without a signature counts only when no ``check`` is
    given, that is, when heads come from a place that is trusted by itself.
    """
    expected = {head.seq: _trusted(head, check) for head in heads}
    last = Head(seq=0, hash=START)
    for row in rows:
        if row.seq != last.seq + 1 or row.previous != last.hash or row.hash != _hash_of(row):
            raise refuse(Code.AUDIT_BROKEN, str(last.seq + 1))
        last = Head(seq=row.seq, hash=row.hash)
        if row.seq in expected and expected.pop(row.seq).hash != row.hash:
            raise refuse(Code.AUDIT_BROKEN, str(row.seq))
    if expected:
        raise refuse(Code.AUDIT_BROKEN, str(last.seq + 1))
    return last


def _trusted(head: Head, check: Verify | None) -> Head:
    if check is not None and not check(head.message(), bytes.fromhex(head.signature)):
        raise refuse(Code.AUDIT_BROKEN, f"head {head.seq}")
    return head


def _hash_of(row: Row) -> str:
    at = row.at.astimezone(UTC).isoformat(timespec="microseconds")
    parts = {**_parts(row), "at": at, "hash": ""}
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _parts(row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in Row.__dataclass_fields__}
