"""Identity codes (电子身份码) for a running service: live ones, and books of them.

A live code touches no file: its key is opened (`issuer.keyring`) and its portrait reduced already, after
the first time. It leaves no trace in the ledger, as it ends by itself. A book has one entry there, by
which it is suspended, resumed and revoked.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from credential.claims import Face, IdentityCode, Kind
from credential.code_book import CodeBook
from credential.errors import Code, CredentialError
from credential.trust_list import Purpose
from issuer import issue, portrait
from issuer.home import Home
from issuer.issue import Issued, NewId
from issuer.keyring import KeyRing
from issuer.ledger import Action
from issuer.portrait import Size

KEPT_FACES: Final = 20_000
"""Reduced portraits kept in memory, about 600 bytes each."""


class CodeDesk:
    """Signs identity codes for the authorities of one home."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.keys = KeyRing(home)
        self._faces: dict[tuple[str, Size], Face] = {}

    def identity_code(
        self,
        *,
        iss: str,
        licence_number: str,
        name: str,
        photo: str,
        read_photo: Callable[[], bytes],
        cti: bytes,
        now: datetime,
    ) -> Issued:
        """A code good for 30 seconds. ``photo`` names the confirmed portrait (its SHA-256);
        ``read_photo`` is called only when that portrait has not been reduced here yet."""
        face = self._face(photo, portrait.IDENTITY_CODE, read_photo)
        return issue.identity_code(
            IdentityCode(licence_number=licence_number, name=name, face=face),
            key=self.keys.signing_key(Purpose.IDENTITY_CODE, iss=iss, now=int(now.timestamp())),
            now=now,
            new_id=lambda: cti,
        )

    def code_book(
        self,
        *,
        iss: str,
        licence_number: str,
        name: str,
        photo: str,
        read_photo: Callable[[], bytes],
        book_id: bytes,
        now: datetime,
        new_id: NewId,
        span_s: int,
    ) -> CodeBook:
        """Codes for the next ``span_s`` seconds, under a status entry of their own.

        What would be refused is refused before an entry is spent. Asked again with the same
        ``book_id``, the book has the same entry in whatever state that is.
        """
        face = self._face(photo, portrait.BOOK_SLICE, read_photo)
        said = IdentityCode(licence_number=licence_number, name=name, face=face)
        at = int(now.timestamp())
        key = self.keys.signing_key(Purpose.IDENTITY_CODE, iss=iss, now=at)

        ends = issue.book_ends(at, span_s)
        issue.check(said, key=key, iat=at, ends=ends)
        with self.home.ledger() as ledger:
            entry = ledger.allocate(
                iss=iss,
                cti=book_id,
                kind=Kind.IDENTITY_CODE,
                iat=at,
                exp=ends,
                new_list=self.home.list_uri,
            )
        return issue.code_book(
            said,
            key=key,
            status=entry.ref,
            book_id=book_id,
            now=now,
            new_id=new_id,
            span_s=span_s,
        )

    def act_on_book(self, book_id: bytes, action: Action) -> None:
        """Suspends, resumes, or revokes a book for good.

        Of a book that was never signed there is nothing to change, and a revoked one stays revoked.
        """
        try:
            with self.home.ledger() as ledger:
                ledger.act(book_id, action)
        except CredentialError as error:
            if error.code not in {Code.CREDENTIAL_UNKNOWN, Code.STATUS_FINAL}:
                raise

    def _face(self, photo: str, size: Size, read_photo: Callable[[], bytes]) -> Face:
        face = self._faces.get((photo, size))
        if face is None:
            face = Face(portrait.reduce(read_photo(), **size._asdict()))
            while len(self._faces) >= KEPT_FACES:
                self._faces.pop(next(iter(self._faces)), None)
            self._faces[photo, size] = face
        return face
