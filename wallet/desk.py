"""The wallet's use cases: consent, code, leaving; and the life of a code book.

* Whether something may be shown is asked of the registry every time a code or a book is made.
* What an event wants of a book is written down first, with the event; `settle` then tells the issuer, as
  often as it takes: telling it twice changes nothing. After `settle` the status lists are to be published.
* A book that was ended while it was being signed is never handed out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from credential.code_book import DEFAULT_SPAN_S
from wallet import holdings, identity
from wallet.errors import Code, WalletError
from wallet.holdings import Registration
from wallet.identity import Session
from wallet.ports import (
    BookState,
    CodeIssuer,
    CodeRequest,
    Holder,
    Holders,
    Sessions,
    Shelf,
    ShelfBook,
)


@dataclass(frozen=True, slots=True)
class LiveCode:
    """A signed identity code and the session it belongs to, for its countdown and next refresh."""

    message: bytes
    session: Session


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletDesk:
    """``new_id`` gives 8 random bytes at each call, ``new_session`` a random session id."""

    holders: Holders
    sessions: Sessions
    shelf: Shelf
    codes: CodeIssuer
    new_id: Callable[[], bytes]
    new_session: Callable[[], str]

    # --- the identity code -----------------------------------------------------------------------

    def consent(self, person_id: str, *, device_id: str, text: str, now: datetime) -> Session:
        """A display session after the authorisation page was confirmed in its version ``text``.

        Ends the physician's session on any other device. Raises ``NOTHING_TO_SHOW`` with the registry's
        reason.
        """
        _, record = self._fit(person_id)
        while True:
            before = self.sessions.of(person_id)
            after = identity.begin(
                before,
                session_id=self.new_session(),
                device_id=device_id,
                record_id=record.record_id,
                consent=text,
                now=now,
            )
            if self.sessions.replace(person_id, before, after):
                return after

    def code(self, person_id: str, session_id: str, *, now: datetime) -> LiveCode:
        """The next code of a session; the reasons of `identity.next_code`, or ``NOTHING_TO_SHOW``.

        A code is counted before it is signed, so that a race gives one code and not two.
        """
        before = self.sessions.of(person_id)
        after = identity.next_code(before, session_id=session_id, now=now)
        holder = self.holders.holder(person_id)
        record = _still_fit(holder, after.record_id)
        if not self.sessions.replace(person_id, before, after):
            return self.code(person_id, session_id, now=now)
        message = self.codes.identity_code(_request(holder, record), cti=self.new_id(), now=now)
        return LiveCode(message, after)

    def leave(self, person_id: str, session_id: str, *, now: datetime) -> None:
        """The page was left: the session is over, and no code comes of it any more."""
        while True:
            before = self.sessions.of(person_id)
            after = identity.leave(before, session_id=session_id, now=now)
            if after is None or after is before or self.sessions.replace(person_id, before, after):
                return

    # --- the code book ---------------------------------------------------------------------------

    def book(
        self,
        person_id: str,
        *,
        device_id: str,
        now: datetime,
        span_s: int = DEFAULT_SPAN_S,
    ) -> bytes:
        """A code book for this device, as long as asked and allowed; the physician's others are ended.

        Raises ``NOTHING_TO_SHOW``, ``BOOK_NOT_ALLOWED``, and ``BOOK_ENDED`` when an event ended it
        while it was being signed.
        """
        holder, record = self._fit(person_id)
        if record.book_span_s <= 0:
            raise WalletError(Code.BOOK_NOT_ALLOWED)
        span_s, book_id = min(span_s, record.book_span_s), self.new_id()
        self.shelf.add(
            ShelfBook(
                book_id=book_id,
                person_id=person_id,
                device_id=device_id,
                record_id=record.record_id,
                shows=_shows(holder, record),
                ends=now + timedelta(seconds=span_s) + identity.LIFETIME,
            )
        )
        book = self.codes.code_book(
            _request(holder, record), book_id=book_id, new_id=self.new_id, now=now, span_s=span_s
        )
        if self.shelf.get(book_id).wanted is not BookState.ACTIVE:
            self.codes.end_book(book_id)
            raise WalletError(Code.BOOK_ENDED)
        return book

    def signed_out(self, person_id: str, device_id: str) -> None:
        """The device was signed out, there or from elsewhere: its books are ended for good."""
        mine = (b for b in self.shelf.of_person(person_id) if b.device_id == device_id)
        self._want(mine, BookState.REVOKED)

    def account_ended(self, person_id: str) -> None:
        """The account was closed or revoked: all its books are ended for good."""
        self._want(self.shelf.of_person(person_id), BookState.REVOKED)

    def record_changed(self, person_id: str) -> None:
        """The registry decided something about the physician: books follow their record.

        A book whose record may not be shown is suspended, and resumed with it; one whose record is
        live no longer, or says by now something else, is ended for good.
        """
        holder = self.holders.holder(person_id)
        live = {record.record_id: record for record in holder.records}
        for book in self.shelf.of_person(person_id):
            record = live.get(book.record_id)
            if record is None or book.shows != _shows(holder, record):
                wanted = BookState.REVOKED
            else:
                wanted = BookState.SUSPENDED if record.reason else BookState.ACTIVE
            self._want([book], wanted)

    def settle(self, *, now: datetime) -> int:
        """Tells the issuer what is wanted of the books and not yet done; how many that were.

        What the issuer cannot do now raises its own error and stays to be done.
        """
        unsettled = self.shelf.unsettled(now=now)
        for book in unsettled:
            tell = {
                BookState.ACTIVE: self.codes.resume_book,
                BookState.SUSPENDED: self.codes.suspend_book,
                BookState.REVOKED: self.codes.end_book,
            }[book.wanted]
            tell(book.book_id)
            self.shelf.settled(book.book_id, book.wanted)
        return len(unsettled)

    def _want(self, books: Iterable[ShelfBook], state: BookState) -> None:
        """Revoked is final; every other wish takes the place of the one before."""
        for each in books:
            book = each
            while book.wanted not in (state, BookState.REVOKED):
                if self.shelf.want(book.book_id, book.wanted, state):
                    break
                book = self.shelf.get(book.book_id)

    def _fit(self, person_id: str) -> tuple[Holder, Registration]:
        """The physician and the record to be shown."""
        holder = self.holders.holder(person_id)
        record = holdings.shown(holder.records, chosen=holder.chosen)
        if record is None:
            reason = holdings.why_nothing(holder.records, chosen=holder.chosen)
            raise WalletError(Code.NOTHING_TO_SHOW, reason)
        return holder, record


def _still_fit(holder: Holder, record_id: str) -> Registration:
    """The session's record, for as long as it may be shown: no other takes its place unasked."""
    record = next((each for each in holder.records if each.record_id == record_id), None)
    if record is None or record.reason:
        raise WalletError(Code.NOTHING_TO_SHOW, record.reason if record else "")
    return record


def _shows(holder: Holder, record: Registration) -> str:
    """A fingerprint of what an identity code would show."""
    said = "\n".join((record.licence_number, holder.name, holder.photo))
    return hashlib.sha256(said.encode()).hexdigest()


def _request(holder: Holder, record: Registration) -> CodeRequest:
    return CodeRequest(
        authority=record.authority,
        licence_number=record.licence_number,
        name=holder.name,
        photo=holder.photo,
        read_photo=holder.read_photo,
    )
