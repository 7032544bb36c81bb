"""A code book (脱网码包): identity codes signed in advance, for wards and basements without a signal.

    code-book = {
      1: 1,                         ; layout
      2: bstr .size 8,              ; id: under which the issuer keeps the book's status
      3: time,                      ; start of the first slice
      4: [bstr, bstr, bstr, bstr],  ; what stands in front of exp, nbf, cti and the signature
      5: bstr,                      ; the slices: + (cti: 8 bytes ‖ signature: 64 bytes)
      6: bstr .size 32              ; SHA-256 of every byte in front of these 32
    }

* Slice i starts at ``start + 20 i`` and lives 30 seconds, so whoever shows it for its first 20 always
  shows one with time left.
* Slices differ in exp, nbf, cti and signature alone. A slice's message is
  ``part 0 ‖ exp ‖ part 1 ‖ nbf ‖ part 2 ‖ cti ‖ part 3 ‖ signature``, times as four bytes, big-endian: an
  ordinary identity code, byte for byte as it was signed. Times of four bytes end in February 2106.
* The digest finds damage on the device that keeps the book. It protects nothing from a forger: that
  is what each slice's own signature does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from credential import cbor, cose, labels
from credential.claims import (
    BOOK_SPAN_S,
    CODE_LIFETIME_S,
    CTI_BYTES,
    Credential,
    IdentityCode,
)
from credential.envelope import MAX_COSE_BYTES, CoseBytes
from credential.errors import Code, CredentialError
from credential.keys import SIGNATURE_BYTES

EVERY_S: Final = 20
DEFAULT_SPAN_S: Final = 2 * 3600
MAX_SLICES: Final = BOOK_SPAN_S // EVERY_S
SLICE_BYTES: Final = CTI_BYTES + SIGNATURE_BYTES
LATEST_S: Final = 0xFFFF_FFFF

_LAYOUT: Final = 1
_TIME_BYTES: Final = 4
_DIGEST_BYTES: Final = 32
_LAYOUT_LABEL, _ID, _START, _PARTS, _SLICES, _DIGEST = range(1, 7)

Parts = tuple[bytes, bytes, bytes, bytes]


@dataclass(frozen=True, slots=True)
class CodeBook:
    """A book of identity codes. ``start`` is the first slice's, in seconds UTC.

    A book that was put together or read is one whose first slice is an identity code that starts at
    ``start``; whether its signatures are good is for a verifier to say.
    """

    book_id: bytes
    start: int
    parts: Parts
    slices: bytes

    def __post_init__(self) -> None:
        count, rest = divmod(len(self.slices), SLICE_BYTES)
        if sum(map(len, self.parts)) > MAX_COSE_BYTES:
            raise CredentialError(Code.SIZE_LIMIT, "book")
        if rest or not 0 < count <= MAX_SLICES:
            raise CredentialError(Code.BOOK_MALFORMED, "slices")
        if len(self.book_id) != CTI_BYTES:
            raise CredentialError(Code.BOOK_MALFORMED, "id")
        if self.end > LATEST_S:
            raise CredentialError(Code.BOOK_MALFORMED, "start")

    def __len__(self) -> int:
        return len(self.slices) // SLICE_BYTES

    @property
    def end(self) -> int:
        """When the last slice ends, seconds UTC."""
        return self.starts_at(len(self) - 1) + CODE_LIFETIME_S

    def starts_at(self, index: int) -> int:
        return self.start + EVERY_S * index

    def index_at(self, now: float) -> int | None:
        """The slice to show at ``now`` (seconds UTC by the issuer's clock); None outside the book.

        Each is shown for its first 20 seconds, the last one to its end.
        """
        if not self.start <= now < self.end:
            return None
        return min(int(now - self.start) // EVERY_S, len(self) - 1)

    def message(self, index: int) -> CoseBytes:
        """The COSE message of slice ``index``, byte for byte as it was signed."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        start, at = self.starts_at(index), index * SLICE_BYTES
        cti = self.slices[at : at + CTI_BYTES]
        signature = self.slices[at + CTI_BYTES : at + SLICE_BYTES]
        return CoseBytes(joined(self.parts, start, cti) + signature)

    def __iter__(self) -> Iterator[CoseBytes]:
        return map(self.message, range(len(self)))

    def credential(self, index: int) -> Credential:
        """What slice ``index`` says; its signature is not looked at."""
        payload = cose.unpack_sign1(self.message(index)).payload
        return Credential.from_map(cbor.decode(payload or b""))

    def to_bytes(self) -> bytes:
        content = {
            _LAYOUT_LABEL: _LAYOUT,
            _ID: self.book_id,
            _START: self.start,
            _PARTS: list(self.parts),
            _SLICES: self.slices,
            _DIGEST: bytes(_DIGEST_BYTES),
        }
        body = cbor.encode(content)[:-_DIGEST_BYTES]  # the digest is what the bytes end with
        return body + hashlib.sha256(body).digest()

    @classmethod
    def from_bytes(cls, data: bytes) -> CodeBook:
        """The book in ``data``; ``BOOK_MALFORMED`` unless every byte is as it was written."""
        if hashlib.sha256(data[:-_DIGEST_BYTES]).digest() != data[-_DIGEST_BYTES:]:
            raise CredentialError(Code.BOOK_MALFORMED, "digest")
        book = cls(*_members(_decoded(data)))
        try:
            first = book.credential(0)
        except CredentialError as error:
            raise CredentialError(Code.BOOK_MALFORMED, "template", error.reason) from None
        times = (book.start, book.start + CODE_LIFETIME_S)
        if not isinstance(first.facts, IdentityCode) or (first.nbf, first.exp) != times:
            raise CredentialError(Code.BOOK_MALFORMED, "template")
        return book


def split(around: bytes, payload: bytes) -> Parts:
    """What the slices of a book share of ``around``, which holds the claims ``payload`` of one of them:
    its message up to the signature, or what is signed.

    Deterministic encoding leaves one place for each claim: behind the issuer's URI come exp, nbf, iat
    and cti, each behind its label and the head of its value, one byte each.
    """
    said = Credential.from_map(cbor.decode(payload))
    first = cbor.encode({labels.ISS: said.iss})  # as long as the head of the claims and the issuer
    exp = around.index(payload) + len(first) + 2
    nbf = exp + _TIME_BYTES + 2
    cti = nbf + _TIME_BYTES + 2 + _TIME_BYTES + 2
    parts = (
        around[:exp],
        around[exp + _TIME_BYTES : nbf],
        around[nbf + _TIME_BYTES : cti],
        around[cti + CTI_BYTES :],
    )
    if said.nbf is None or joined(parts, said.nbf, said.cti) != around:
        raise CredentialError(Code.BOOK_MALFORMED, "template")
    return parts


def joined(parts: Parts, start: int, cti: bytes) -> bytes:
    """The same for the slice that starts at ``start`` and has the id ``cti``."""
    nbf = start.to_bytes(_TIME_BYTES, "big")
    exp = (start + CODE_LIFETIME_S).to_bytes(_TIME_BYTES, "big")
    return b"".join((parts[0], exp, parts[1], nbf, parts[2], cti, parts[3]))


def _decoded(data: bytes) -> Any:
    try:
        return cbor.decode(data)
    except CredentialError as error:
        raise CredentialError(Code.BOOK_MALFORMED, detail=error.reason) from None


def _members(content: Any) -> tuple[bytes, int, Parts, bytes]:
    """Id, start, parts and slices, of the right types."""
    layout = content.get(_LAYOUT_LABEL) if isinstance(content, dict) else None
    if type(layout) is int and layout != _LAYOUT:
        raise CredentialError(Code.VERSION_UNSUPPORTED, "book")
    if type(layout) is not int or set(content) != set(range(_LAYOUT_LABEL, _DIGEST + 1)):
        raise CredentialError(Code.BOOK_MALFORMED)
    book_id, start, parts, slices = (content[label] for label in (_ID, _START, _PARTS, _SLICES))
    if not isinstance(parts, list) or len(parts) != 4:
        raise CredentialError(Code.BOOK_MALFORMED)
    if not all(isinstance(part, bytes) for part in (book_id, *parts, slices)):
        raise CredentialError(Code.BOOK_MALFORMED)
    if type(start) is not int or start <= 0:
        raise CredentialError(Code.BOOK_MALFORMED)
    return book_id, start, (parts[0], parts[1], parts[2], parts[3]), slices
