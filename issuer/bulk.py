"""Many licences and badges at once: an authority's first day, or a renewal of all.

* Keys are opened once. Status entries are drawn a batch at a time, each batch in one transaction, while
  the batch before is being signed.
* Signing is done in processes of its own, as many as there are cores: Python signs on one core at a time.
  They are forked, so facts and keys are there without being copied; only messages come back.
* Messages come in the order asked for. Asked again with the same ids and the same time, they are the same:
  a run that was broken off is simply run again.

What may not be signed raises its reason, and the run stops there; what came before it stays good. Its entry
is spent, unlike that of a single refusal (`issuer.home.Home.issue`).
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from credential.claims import Badge, Licence, StatusRef
from credential.trust_list import Purpose
from issuer import issue
from issuer.home import Home
from issuer.signer import SigningKey

if TYPE_CHECKING:
    from multiprocessing.pool import AsyncResult

BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """One credential to be signed, with the id it shall have (8 random bytes)."""

    said: Licence | Badge
    cti: bytes


@dataclass(frozen=True, slots=True)
class _Work:
    """What every signing process knows."""

    wanted: Sequence[Wanted]
    keys: dict[Purpose, SigningKey]
    now: datetime


def issue_all(
    home: Home, wanted: Sequence[Wanted], *, iss: str, now: datetime, processes: int
) -> Iterator[bytes]:
    """The COSE messages of ``wanted`` by ``iss``, in its order, signed by ``processes`` processes."""
    at = int(now.timestamp())
    purposes = {Purpose.of(each.said.kind) for each in wanted}
    keys = {purpose: home.signing_key(purpose, iss=iss, now=at) for purpose in purposes}
    fork = multiprocessing.get_context("fork")
    signing: deque[AsyncResult[list[bytes]]] = deque()
    with (
        fork.Pool(processes, _begin, (_Work(wanted, keys, now),)) as pool,
        home.ledger() as ledger,
    ):
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            entries = ledger.allocate_all(
                [(each.cti, each.said.kind) for each in batch],
                iss=iss,
                iat=at,
                exp=at + issue.DEFAULT_LIFETIME_S,
                new_list=home.list_uri,
            )
            refs = [(entry.ref.idx, entry.ref.uri) for entry in entries]
            signing.append(pool.apply_async(_signed, (start, refs)))
            if len(signing) > 2 * processes:  # no further ahead than keeps every process busy
                yield from signing.popleft().get()
        while signing:
            yield from signing.popleft().get()


_work: _Work


def _begin(work: _Work) -> None:
    """In a signing process, once."""
    global _work  # noqa: PLW0603 - what a forked process was born with
    _work = work


def _signed(start: int, refs: list[tuple[int, str]]) -> list[bytes]:
    return [
        _one(_work.wanted[start + offset], StatusRef(idx, uri))
        for offset, (idx, uri) in enumerate(refs)
    ]


def _one(wanted: Wanted, status: StatusRef) -> bytes:
    said, key = wanted.said, _work.keys[Purpose.of(wanted.said.kind)]
    if isinstance(said, Licence):
        issued = issue.licence(
            said, key=key, status=status, now=_work.now, new_id=lambda: wanted.cti
        )
    else:
        issued = issue.badge(said, key=key, status=status, now=_work.now, new_id=lambda: wanted.cti)
    return issued.cose
