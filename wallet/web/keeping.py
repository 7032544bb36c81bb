"""The wallet's ports over the registry's database, and what is done about code books in the background."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from registry import pocket
from registry.credentials import why_not_eligible
from registry.desk import Desk
from registry.errors import Code, refuse
from registry.messages import Notice
from registry.record import PersonId
from registry.store import Store
from wallet.desk import WalletDesk
from wallet.holdings import Registration
from wallet.identity import Session
from wallet.ports import BookState, CodeIssuer, Holder, ShelfBook

_FORGET_AFTER: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class StoredHolders:
    """The registry's word on who may show what: one small read a code."""

    store: Store

    def holder(self, person_id: str) -> Holder:
        with self.store.reading() as unit:
            dossier = unit.bearer(PersonId(person_id))
            offices = pocket.offices(unit, dossier)
            chosen = pocket.chosen_record(unit, person_id)
        photo = dossier.confirmed_photo
        oldest_first = sorted(dossier.live_records, key=lambda each: (each.approved_on, each.id))
        return Holder(
            person_id=person_id,
            name=dossier.person.name,
            records=tuple(
                Registration(
                    record_id=record.id,
                    authority=offices[record.authority_id].code,
                    licence_number=record.licence_number,
                    reason=why_not_eligible(dossier, record) or "",
                    book_span_s=offices[record.authority_id].book_span_s,
                )
                for record in oldest_first
            ),
            chosen=chosen,
            photo=photo.sha256 if photo else "",
            read_photo=partial(self._photo, person_id, photo.sha256 if photo else ""),
        )

    def _photo(self, person_id: str, sha256: str) -> bytes:
        with self.store.reading() as unit:
            image = unit.image(PersonId(person_id), sha256)
        if image is None:
            raise refuse(Code.STALE_FORM, "photo")
        return image


@dataclass(frozen=True, slots=True)
class StoredSessions:
    """Each physician's latest display session."""

    store: Store

    def of(self, person_id: str) -> Session | None:
        with self.store.reading() as unit:
            row = pocket.display_session(unit, person_id)
        return Session(**row) if row else None

    def replace(self, person_id: str, before: Session | None, after: Session) -> bool:
        with self.store.writing() as unit:
            return pocket.replace_session(
                unit, person_id, _session(before) if before else None, _session(after)
            )


@dataclass(frozen=True, slots=True)
class StoredShelf:
    """The code books that are out."""

    store: Store

    def add(self, book: ShelfBook) -> None:
        with self.store.writing() as unit:
            pocket.drop_ended_books(unit, before=book.ends - _FORGET_AFTER)
            row = {
                name: str(value) if isinstance(value, BookState) else value
                for name, value in ((each, getattr(book, each)) for each in ShelfBook.__slots__)
            }
            pocket.add_book(unit, row, revoked=BookState.REVOKED.value)

    def get(self, book_id: bytes) -> ShelfBook:
        with self.store.reading() as unit:
            row = pocket.book(unit, book_id)
        if row is None:
            raise refuse(Code.NOT_FOUND, "book")
        return _book(row)

    def want(self, book_id: bytes, before: BookState, after: BookState) -> bool:
        with self.store.writing() as unit:
            return pocket.set_book(unit, book_id, "wanted", before.value, after.value)

    def of_person(self, person_id: str) -> list[ShelfBook]:
        with self.store.reading() as unit:
            return [_book(row) for row in pocket.books_of(unit, person_id)]

    def unsettled(self, *, now: datetime) -> list[ShelfBook]:
        with self.store.reading() as unit:
            return [_book(row) for row in pocket.unsettled_books(unit, now=now)]

    def settled(self, book_id: bytes, state: BookState) -> None:
        with self.store.writing() as unit:
            pocket.set_book(unit, book_id, "done", None, state.value)


def new_wallet(
    store: Store,
    codes: CodeIssuer,
    *,
    new_id: Callable[[], bytes],
    new_session: Callable[[], str],
) -> WalletDesk:
    """The wallet's desk over the registry's database."""
    return WalletDesk(
        holders=StoredHolders(store),
        sessions=StoredSessions(store),
        shelf=StoredShelf(store),
        codes=codes,
        new_id=new_id,
        new_session=new_session,
    )


def look_after_books(store: Store, wallet: WalletDesk, *, now: datetime) -> int:
    """Ends the books of devices that were signed out, from wherever; holds those of physicians about whom
    something was decided against the registry; tells the issuer. How many books that changed: if any, the
    status lists are to be published.

    It looks at what is, not at what happened, so that no way of signing out or deciding can be forgotten.
    """
    with store.reading() as unit:
        orphaned = pocket.orphaned_books(unit, wanted=BookState.REVOKED.value, now=now)
        overtaken = pocket.overtaken_books(unit, now=now)
    for person_id, device_id in orphaned:
        wallet.signed_out(person_id, device_id)
    for person_id, version in overtaken:
        wallet.record_changed(person_id)
        with store.writing() as unit:
            pocket.books_looked_at(unit, person_id, version)
    return wallet.settle(now=now)


def tell_of_prints(desk: Desk, *, now: datetime) -> int:
    """Tells whoever took a badge away as a picture that it holds no longer, or will end and has a newer one
    (请重新打印工牌); how many."""
    with desk.store.reading() as unit:
        overtaken = pocket.prints_overtaken(unit)
    if overtaken:
        with desk.store.writing() as unit:
            for each in overtaken:
                notice = Notice.REPRINT_BADGE if each.has_ended else Notice.BADGE_RENEWED
                desk.tell(unit, each.person_id, notice, each.record_id, now)
                pocket.told_of_print(unit, each.id, at=now)
    return len(overtaken)


def _session(session: Session) -> dict[str, Any]:
    return {name: getattr(session, name) for name in Session.__slots__}


def _book(row: pocket.Row) -> ShelfBook:
    states = {name: BookState(row[name]) for name in ("wanted", "done")}
    return ShelfBook(**{**row, **states})
