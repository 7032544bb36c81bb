"""What a QR code holds: a COSE message in the bare or in the link form, both directions.

* bare: ``base45(zlib(COSE_Sign1))`` with no prefix (RFC 9285, RFC 1950). Any Claim 169 reader takes it.
* link: ``https://HOST/v#`` and decimal digits, the integer whose big-endian bytes are
  ``01 ‖ zlib(COSE_Sign1)``. Any camera opens the public page; a browser keeps what follows ``#`` to itself.

A reader takes both for every kind, trims nothing, and follows no address: a link whose host is not
in the trust list is not ours.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection
from typing import Final, NewType

import base45

from credential.errors import Code, CredentialError

QRText = NewType("QRText", str)
CoseBytes = NewType("CoseBytes", bytes)

MAX_TEXT_CHARS: Final = 4296
MAX_COSE_BYTES: Final = 16 * 1024

_VERSION: Final = 1
_LINK: Final = re.compile(r"https://([^/#]+)/v#(.*)", re.DOTALL)
_DIGITS: Final = re.compile(r"[1-9][0-9]*", re.ASCII)
_BASE45: Final = re.compile(r"[0-9A-Z $%*+\-./:]+")
_ZLIB_HEADERS: Final = tuple(
    base45.b45encode(bytes((0x78, level))).decode() for level in (0x01, 0x5E, 0x9C, 0xDA)
)


def bare(cose: bytes) -> QRText:
    """``cose`` in the bare form."""
    return QRText(base45.b45encode(_deflate(cose)).decode())


def link(cose: bytes, *, host: str) -> QRText:
    """``cose`` in the link form that opens the public page on ``host``."""
    body = bytes((_VERSION,)) + _deflate(cose)
    return QRText(f"https://{host}/v#{int.from_bytes(body, 'big')}")


def unwrap(text: str, *, hosts: Collection[str]) -> CoseBytes:
    """The COSE message in ``text``; links are taken for ``hosts`` only.

    Raises ``SIZE_LIMIT``, ``QR_NOT_OURS``, ``VERSION_UNSUPPORTED``, ``B45_INVALID``, ``ZLIB_INVALID``.
    """
    if len(text) > MAX_TEXT_CHARS:
        raise CredentialError(Code.SIZE_LIMIT)
    found = _LINK.fullmatch(text)
    if found:
        host, digits = found.groups()
        if host not in hosts:
            raise CredentialError(Code.QR_NOT_OURS)
        return inflate(_from_digits(digits))
    if not text.startswith(_ZLIB_HEADERS):
        raise CredentialError(Code.QR_NOT_OURS)
    return inflate(from_base45(text))


def looks_like_ours(text: str) -> bool:
    """Whether ``text`` has one of the two forms, whatever its host or content."""
    return bool(_LINK.fullmatch(text)) or text.startswith(_ZLIB_HEADERS)


def _deflate(cose: bytes) -> bytes:
    # A message has a few hundred bytes; tables for 32 KiB would take longer to clear than it to pack.
    stream = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, memLevel=5)
    return stream.compress(cose) + stream.flush()


def inflate(packed: bytes) -> CoseBytes:
    """The one zlib stream in ``packed``, at most 16 KiB of it and nothing behind it."""
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(packed, MAX_COSE_BYTES + 1)
    except zlib.error as error:
        raise CredentialError(Code.ZLIB_INVALID, detail=str(error)) from None
    if len(data) > MAX_COSE_BYTES:
        raise CredentialError(Code.SIZE_LIMIT)
    if not stream.eof or stream.unused_data:
        raise CredentialError(Code.ZLIB_INVALID)
    return CoseBytes(data)


def from_base45(text: str) -> bytes:
    """The bytes in a base45 text, read as strictly as RFC 9285 asks; ``B45_INVALID``."""
    # The library takes a trailing newline; the alphabet is checked here.
    if not _BASE45.fullmatch(text):
        raise CredentialError(Code.B45_INVALID)
    try:
        return bytes(base45.b45decode(text))
    except ValueError:
        raise CredentialError(Code.B45_INVALID) from None


def _from_digits(digits: str) -> bytes:
    if not _DIGITS.fullmatch(digits):
        raise CredentialError(Code.QR_NOT_OURS)
    number = int(digits)
    body = number.to_bytes((number.bit_length() + 7) // 8, "big")
    if body[0] != _VERSION:
        raise CredentialError(Code.VERSION_UNSUPPORTED, str(body[0]))
    return body[1:]
