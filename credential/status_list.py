"""Token Status List, CWT form (draft-ietf-oauth-status-list): which credentials still stand.

    claims = { 2: uri of this list, 6: iat, 4: exp, 65534: ttl (s), 65533: {"bits": 1/2/4/8, "lst": bstr} }

``lst`` is the zlib stream of a byte array; entry i stands in byte i*bits//8 at bit (i*bits)%8, least
significant bit first. Ours have two bits an entry. Other people's map keys may stand in any order.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final, NewType

from credential import cbor, labels
from credential.claims import numeric_date
from credential.errors import Code, CredentialError

MAX_INFLATED_BYTES: Final = 2 * 1024 * 1024
ENTRIES: Final = 131_072
BITS: Final = 2

_FIRST_BITS: Final = {1: 0xFF, 2: 0x55, 4: 0x11, 8: 0x01}

Bitmap = NewType("Bitmap", int)


class Status(IntEnum):
    """What a list says of an entry; 3 is application specific and ours."""

    VALID = 0
    REVOKED = 1
    SUSPENDED = 2
    SUPERSEDED = 3


@dataclass(frozen=True, slots=True)
class StatusArray:
    """``size`` entries of ``bits`` bits each."""

    bits: int
    packed: bytes

    @property
    def size(self) -> int:
        return len(self.packed) * 8 // self.bits

    def __getitem__(self, idx: int) -> int:
        """The value of entry ``idx``; ``STATUS_INDEX`` beyond the end."""
        if not 0 <= idx < self.size:
            raise CredentialError(Code.STATUS_INDEX)
        bit = idx * self.bits
        return self.packed[bit // 8] >> bit % 8 & (1 << self.bits) - 1

    def revoked(self) -> Bitmap:
        """A bitmap of the entries that are revoked, entry i at bit i*bits: cheap to compare."""
        every = int.from_bytes(bytes([_FIRST_BITS[self.bits]]) * len(self.packed), "little")
        packed = int.from_bytes(self.packed, "little")
        marked = packed & every
        for higher in range(1, self.bits):
            marked &= ~(packed >> higher)
        return Bitmap(marked)

    def entries(self, bitmap: Bitmap) -> frozenset[int]:
        """The entries marked in a bitmap of this shape."""
        found, rest = set(), int(bitmap)
        while rest:
            lowest = rest & -rest
            found.add((lowest.bit_length() - 1) // self.bits)
            rest ^= lowest
        return frozenset(found)

    def to_map(self) -> dict[str, Any]:
        return {"bits": self.bits, "lst": zlib.compress(self.packed, 9)}

    @classmethod
    def from_map(cls, value: Any) -> StatusArray:
        """Raises ``STATUS_MALFORMED``, or ``SIZE_LIMIT`` beyond 2 MiB inflated."""
        bits, lst = (value.get("bits"), value.get("lst")) if isinstance(value, dict) else (0, b"")
        if type(bits) is not int or bits not in (1, 2, 4, 8) or not isinstance(lst, bytes):
            raise CredentialError(Code.STATUS_MALFORMED)
        return cls(bits, _inflate(lst))

    @classmethod
    def of(cls, marks: Mapping[int, Status], *, entries: int = ENTRIES) -> StatusArray:
        """Our two-bit array with the given entries marked and all others valid."""
        packed = bytearray(entries * BITS // 8)
        for idx, status in marks.items():
            packed[idx * BITS // 8] |= status << idx * BITS % 8
        return cls(BITS, bytes(packed))


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusList:
    """A status list's claims. ``exp`` is the hard end, ``iat + ttl`` the soft one; seconds UTC."""

    uri: str
    iat: int
    exp: int
    ttl: int
    array: StatusArray

    def to_bytes(self) -> bytes:
        """The payload to sign."""
        return cbor.encode(
            {
                labels.SUB: self.uri,
                labels.EXP: self.exp,
                labels.IAT: self.iat,
                labels.STATUS_LIST: self.array.to_map(),
                labels.TTL: self.ttl,
            }
        )

    @classmethod
    def from_bytes(cls, payload: bytes) -> StatusList:
        """The list in a payload whose signature held. Raises ``STATUS_MALFORMED``, ``SIZE_LIMIT``.

        The draft recommends ``exp`` and ``ttl``; this profile requires both, as nothing else ends a list.
        """
        try:
            tags, claims = cbor.decode_tagged(payload, ordered=False)
            if tags or not isinstance(claims, dict):
                raise CredentialError(Code.STATUS_MALFORMED)
            uri, ttl = claims.get(labels.SUB), claims.get(labels.TTL)
            if not isinstance(uri, str) or type(ttl) is not int or not 0 < ttl <= 1 << 32:
                raise CredentialError(Code.STATUS_MALFORMED)
            iat = numeric_date(claims.get(labels.IAT), "iat")
            exp = numeric_date(claims.get(labels.EXP), "exp")
        except CredentialError as error:
            raise CredentialError(Code.STATUS_MALFORMED, detail=error.reason) from None
        array = StatusArray.from_map(claims.get(labels.STATUS_LIST))
        return cls(uri=uri, iat=iat, exp=exp, ttl=ttl, array=array)


def _inflate(packed: bytes) -> bytes:
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(packed, MAX_INFLATED_BYTES + 1)
    except zlib.error as error:
        raise CredentialError(Code.STATUS_MALFORMED, detail=str(error)) from None
    if len(data) > MAX_INFLATED_BYTES:
        raise CredentialError(Code.SIZE_LIMIT, "status list")
    if not stream.eof or stream.unused_data:
        raise CredentialError(Code.STATUS_MALFORMED)
    return data
