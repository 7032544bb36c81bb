"""Facts to a signed credential. Nothing is signed that a verifier would have to refuse.

Every function takes facts, a key with its mandate, the time, and a source of ids; none reads a clock,
a disk or a random number. A credential may not outlive its key, and a licence or badge may only be
for a place in its authority's region.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from credential import cbor, cose, envelope, facts
from credential.claims import (
    BOOK_SPAN_S,
    CODE_LIFETIME_S,
    DAY_S,
    Badge,
    Credential,
    Facts,
    IdentityCode,
    Licence,
    StatusRef,
)
from credential.code_book import DEFAULT_SPAN_S, EVERY_S, CodeBook, joined, split
from credential.envelope import CoseBytes, QRText
from credential.errors import Code, CredentialError
from credential.keys import SIGNATURE_BYTES
from credential.trust_list import Purpose
from issuer.signer import SigningKey

DEFAULT_LIFETIME_S: Final = 365 * DAY_S

NewId = Callable[[], bytes]
"""Gives a new 8-byte credential id at each call."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A signed credential: what it says, the key that signed it, and the COSE message."""

    credential: Credential
    kid: bytes
    cose: CoseBytes

    def bare(self) -> QRText:
        """The text for commands, files and Claim 169 readers."""
        return envelope.bare(self.cose)

    def link(self, host: str) -> QRText:
        """The text that opens the public page on ``host``."""
        return envelope.link(self.cose, host=host)


def licence(
    said: Licence,
    *,
    key: SigningKey,
    status: StatusRef,
    now: datetime,
    new_id: NewId,
    lifetime_s: int = DEFAULT_LIFETIME_S,
) -> Issued:
    """A signed electronic licence (电子证照), good for ``lifetime_s`` seconds, at most 400 days."""
    return _issue(said, key=key, status=status, now=now, new_id=new_id, lifetime_s=lifetime_s)


def badge(
    said: Badge,
    *,
    key: SigningKey,
    status: StatusRef,
    now: datetime,
    new_id: NewId,
    lifetime_s: int = DEFAULT_LIFETIME_S,
) -> Issued:
    """A signed badge (工牌), good for ``lifetime_s`` seconds, at most 400 days."""
    return _issue(said, key=key, status=status, now=now, new_id=new_id, lifetime_s=lifetime_s)


def identity_code(said: IdentityCode, *, key: SigningKey, now: datetime, new_id: NewId) -> Issued:
    """A signed identity code (电子身份码), good for 30 seconds from ``now`` (manual, section 2.2)."""
    return _issue(said, key=key, status=None, now=now, new_id=new_id, lifetime_s=CODE_LIFETIME_S)


def code_book(
    said: IdentityCode,
    *,
    key: SigningKey,
    status: StatusRef,
    book_id: bytes,
    now: datetime,
    new_id: NewId,
    span_s: int = DEFAULT_SPAN_S,
) -> CodeBook:
    """Identity codes for the next ``span_s`` seconds, at most 12 hours, a new one every 20 s, each of 30 s.

    ``status`` is the book's own entry, shared by its slices, and ``book_id`` the ledger's name for it.
    Slices differ in a few bytes, so what they share is encoded once (`credential.code_book`). Raises
    ``BOOK_SPAN`` beside what `identity_code` raises.
    """
    start, ends = int(now.timestamp()), book_ends(int(now.timestamp()), span_s)
    starts = range(start, ends - CODE_LIFETIME_S + 1, EVERY_S)
    first = Credential(
        iss=key.record.iss,
        exp=start + CODE_LIFETIME_S,
        nbf=start,
        iat=start,
        cti=new_id(),
        status=status,
        facts=said,
    )
    signed = _sign(first, key=key, ends=ends)
    opened = cose.unpack_sign1(signed.cose)
    payload = opened.payload or b""
    to_sign = split(cose.signature1_input(opened.protected, payload), payload)
    slices = [first.cti, opened.signature]
    for each in starts[1:]:
        cti = new_id()
        slices += [cti, key.signer.sign(joined(to_sign, each, cti))]
    parts = split(signed.cose[:-SIGNATURE_BYTES], payload)
    return CodeBook(book_id, start, parts, b"".join(slices))


def book_ends(start: int, span_s: int) -> int:
    """When the last slice of a book ends that starts at ``start``; ``BOOK_SPAN``. Seconds UTC."""
    if not EVERY_S <= span_s <= BOOK_SPAN_S:
        raise CredentialError(Code.BOOK_SPAN, str(span_s))
    return start + (span_s // EVERY_S - 1) * EVERY_S + CODE_LIFETIME_S


def check(said: Facts, *, key: SigningKey, iat: int, ends: int) -> None:
    """Returns when ``key`` may sign ``said`` at ``iat`` for use before ``ends`` (seconds UTC)."""
    record = key.record
    if not said.face.image:
        raise CredentialError(Code.CLAIM_MISSING, "face")
    facts.check(said)
    record.check(Purpose.of(said.kind), iss=record.iss, iat=iat, now=iat)
    if ends > record.verify_until:
        raise CredentialError(Code.KEY_OUTLIVED)
    if not isinstance(said, IdentityCode) and not record.covers(said.place):
        raise CredentialError(Code.ISSUER_SCOPE)


def _issue(
    said: Facts,
    *,
    key: SigningKey,
    status: StatusRef | None,
    now: datetime,
    new_id: NewId,
    lifetime_s: int,
) -> Issued:
    iat = int(now.timestamp())
    credential = Credential(
        iss=key.record.iss, exp=iat + lifetime_s, iat=iat, cti=new_id(), status=status, facts=said
    )
    return _sign(credential, key=key, ends=credential.exp)


def _sign(credential: Credential, *, key: SigningKey, ends: int) -> Issued:
    """``credential`` signed; ``ends`` is when the last thing signed along with it ends."""
    check(credential.facts, key=key, iat=credential.iat, ends=ends)
    message = cose.sign1(cbor.encode(credential.to_map()), key.signer)
    return Issued(credential, key.record.kid, CoseBytes(message))
