"""What the wallet asks of the registry and of the issuer. `app` hands in objects that satisfy these.

A registry keeps two small things for the wallet: a physician's latest display session (`Sessions`), and
the code books that are out (`Shelf`). Every change of them goes with the row it was read from, so that two
processes cannot both be right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from wallet.holdings import Registration
from wallet.identity import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A physician, as far as the identity code needs to know. ``records`` are the live ones, oldest first.

    ``photo`` is the SHA-256 of the confirmed portrait, ``read_photo`` fetches it, and is called seldom.
    """

    person_id: str
    name: str
    records: tuple[Registration, ...]
    chosen: str | None
    photo: str
    read_photo: Callable[[], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRequest:
    """What an identity code shall say, and whose issuer signs it (``authority``, its code)."""

    authority: str
    licence_number: str
    name: str
    photo: str
    read_photo: Callable[[], bytes]


class CodeIssuer(Protocol):
    """Signs identity codes and keeps the status of code books."""

    def identity_code(self, request: CodeRequest, *, cti: bytes, now: datetime) -> bytes:
        """The COSE message of a code good for 30 seconds."""

    def code_book(
        self,
        request: CodeRequest,
        *,
        book_id: bytes,
        new_id: Callable[[], bytes],
        now: datetime,
        span_s: int,
    ) -> bytes:
        """A code book (`credential.code_book`) under a status entry of its own."""

    def suspend_book(self, book_id: bytes) -> None:
        """Of a book that was never signed there is nothing to do, here and below."""

    def resume_book(self, book_id: bytes) -> None: ...

    def end_book(self, book_id: bytes) -> None:
        """Revokes the book for good."""


class Holders(Protocol):
    """The registry's word on who may show what."""

    def holder(self, person_id: str) -> Holder: ...


class Sessions(Protocol):
    """Each physician's latest display session."""

    def of(self, person_id: str) -> Session | None: ...

    def replace(self, person_id: str, before: Session | None, after: Session) -> bool:
        """Puts ``after`` in the place of ``before``; False when something else stands there by now."""


class BookState(StrEnum):
    """Where a code book stands, or shall stand."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    REVOKED = "REVOKED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfBook:
    """One code book that is out: whose, on which device (its sign-in), for which record, until when.

    ``shows`` is a fingerprint of what its codes show, so that a change is seen.
    ``wanted`` is written with the event that changes it; ``done`` is what the issuer was last told.
    """

    book_id: bytes
    person_id: str
    device_id: str
    record_id: str
    shows: str
    ends: datetime
    wanted: BookState = BookState.ACTIVE
    done: BookState = BookState.ACTIVE


class Shelf(Protocol):
    """The code books that are out."""

    def add(self, book: ShelfBook) -> None:
        """Keeps a new book and wants the physician's others revoked, in one transaction."""

    def get(self, book_id: bytes) -> ShelfBook: ...

    def want(self, book_id: bytes, before: BookState, after: BookState) -> bool:
        """Changes what is wanted of a book; False when it was no longer ``before``."""

    def of_person(self, person_id: str) -> list[ShelfBook]: ...

    def unsettled(self, *, now: datetime) -> list[ShelfBook]:
        """The books that have not ended by themselves and whose ``done`` is not what is wanted."""

    def settled(self, book_id: bytes, state: BookState) -> None:
        """The issuer was told ``state``."""
