"""What the wallet asks for, in memory: a registry of one physician, its two small tables, an issuer that notes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count

from wallet.desk import WalletDesk
from wallet.holdings import Registration
from wallet.identity import Session
from wallet.ports import BookState, CodeRequest, Holder, ShelfBook

PERSON = "person1"
FIRST = Registration(
    record_id="r1", authority="11", licence_number="110110105000123", book_span_s=4 * 3600
)
SECOND = Registration(record_id="r2", authority="32", licence_number="110320102000456")


def holder(**changes: object) -> Holder:
    base = Holder(
        person_id=PERSON,
        name="甲示例",
        records=(FIRST, SECOND),
        chosen=None,
        photo="a" * 64,
        read_photo=lambda: b"portrait",
    )
    return replace(base, **changes)  # type: ignore[arg-type]


@dataclass
class Register:
    """The registry's word, to be changed at will."""

    said: Holder = field(default_factory=holder)

    def holder(self, person_id: str) -> Holder:
        assert person_id == self.said.person_id
        return self.said


@dataclass
class SessionTable:
    rows: dict[str, Session] = field(default_factory=dict)
    before_replace: list[Callable[[], object]] = field(default_factory=list)
    """What another process does between a reading and the writing that follows; each once."""

    def of(self, person_id: str) -> Session | None:
        return self.rows.get(person_id)

    def replace(self, person_id: str, before: Session | None, after: Session) -> bool:
        if self.before_replace:
            self.before_replace.pop(0)()
        if self.rows.get(person_id) != before:
            return False
        self.rows[person_id] = after
        return True


@dataclass
class ShelfTable:
    rows: dict[bytes, ShelfBook] = field(default_factory=dict)

    def add(self, book: ShelfBook) -> None:
        for other in self.of_person(book.person_id):
            self.rows[other.book_id] = replace(other, wanted=BookState.REVOKED)
        self.rows[book.book_id] = book

    def get(self, book_id: bytes) -> ShelfBook:
        return self.rows[book_id]

    def want(self, book_id: bytes, before: BookState, after: BookState) -> bool:
        if self.rows[book_id].wanted is not before:
            return False
        self.rows[book_id] = replace(self.rows[book_id], wanted=after)
        return True

    def of_person(self, person_id: str) -> list[ShelfBook]:
        return [book for book in self.rows.values() if book.person_id == person_id]

    def unsettled(self, *, now: datetime) -> list[ShelfBook]:
        return [b for b in self.rows.values() if b.wanted is not b.done and b.ends > now]

    def settled(self, book_id: bytes, state: BookState) -> None:
        self.rows[book_id] = replace(self.rows[book_id], done=state)


@dataclass
class NotingIssuer:
    """Signs nothing and notes everything; ``while_signing`` is done before a book is given out."""

    told: list[tuple[str, bytes]] = field(default_factory=list)
    asked: list[CodeRequest] = field(default_factory=list)
    while_signing: Callable[[], object] = lambda: None

    def identity_code(self, request: CodeRequest, *, cti: bytes, now: datetime) -> bytes:
        self.asked.append(request)
        return b"code " + cti

    def code_book(
        self,
        request: CodeRequest,
        *,
        book_id: bytes,
        new_id: Callable[[], bytes],
        now: datetime,
        span_s: int,
    ) -> bytes:
        self.asked.append(request)
        self.while_signing()
        return b"book of %d s" % span_s

    def suspend_book(self, cti: bytes) -> None:
        self.told.append(("suspend", cti))

    def resume_book(self, cti: bytes) -> None:
        self.told.append(("resume", cti))

    def end_book(self, book_id: bytes) -> None:
        self.told.append(("end", book_id))


@dataclass
class World:
    """A desk over the four."""

    register: Register = field(default_factory=Register)
    sessions: SessionTable = field(default_factory=SessionTable)
    shelf: ShelfTable = field(default_factory=ShelfTable)
    issuer: NotingIssuer = field(default_factory=NotingIssuer)

    def __post_init__(self) -> None:
        ids, sessions = count(1), count(1)
        self.desk = WalletDesk(
            holders=self.register,
            sessions=self.sessions,
            shelf=self.shelf,
            codes=self.issuer,
            new_id=lambda: next(ids).to_bytes(8, "big"),
            new_session=lambda: f"session{next(sessions)}",
        )
