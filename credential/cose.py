"""COSE_Sign1 and COSE_Sign (RFC 9052 section 4): pack, unpack, sign, open.

    COSE_Sign1 = #6.18([protected: bstr, unprotected: {}, payload: bstr, signature: bstr])
    COSE_Sign  = #6.98([protected: bstr, unprotected: {}, payload: bstr, [+ COSE_Signature]])
    COSE_Signature =   [protected: bstr, unprotected: {}, signature: bstr]

* Tag 18 stands bare or behind tag 61 (RFC 8392 section 6); nothing else is read as a COSE_Sign1.
* The algorithm is read from the protected header only, and must be that of our key.
* Critical headers that are not understood refuse the message; key material in headers is ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import cbor2

from credential import cbor
from credential.errors import Code, CredentialError
from credential.keys import Algorithm, PublicKey
from credential.labels import ALG, CONTENT_TYPE, CRIT, KID, TAG_CWT, TAG_SIGN, TAG_SIGN1, TYP

MAX_KID_BYTES: Final = 64

_UNDERSTOOD: Final = (ALG, CRIT, CONTENT_TYPE, KID, TYP)
_SIGN1_TAGS: Final = ((TAG_SIGN1,), (TAG_CWT, TAG_SIGN1))


class Signer(Protocol):
    """Whoever holds a private key: a key file here, a hardware module elsewhere."""

    @property
    def algorithm(self) -> Algorithm: ...
    @property
    def kid(self) -> bytes: ...
    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature of ``message`` (r ‖ s for ES256)."""


@dataclass(frozen=True, slots=True)
class Sign1:
    """A COSE_Sign1 taken apart; nothing about it is trusted yet."""

    protected: bytes
    headers: Mapping[Any, Any]
    payload: bytes | None
    signature: bytes

    @property
    def kid(self) -> bytes | None:
        return self.headers.get(KID)

    @property
    def algorithm(self) -> Algorithm:
        return Algorithm(self.headers[ALG])

    def verify(self, key: PublicKey, payload: bytes, external_aad: bytes = b"") -> None:
        """Returns when the signature over ``payload`` is good under ``key``, of its algorithm."""
        if key.algorithm != self.headers[ALG]:
            raise CredentialError(Code.ALG_NOT_ALLOWED)
        key.verify(self.signature, signature1_input(self.protected, payload, external_aad))


@dataclass(frozen=True, slots=True)
class Signature:
    """One COSE_Signature of a COSE_Sign."""

    protected: bytes
    headers: Mapping[Any, Any]
    signature: bytes


@dataclass(frozen=True, slots=True)
class Sign:
    """A COSE_Sign taken apart; nothing about it is trusted yet."""

    protected: bytes
    headers: Mapping[Any, Any]
    payload: bytes
    signatures: tuple[Signature, ...]

    def signed_by(self, keys: Iterable[PublicKey]) -> frozenset[bytes]:
        """Key ids of those ``keys`` that really signed; a key counts once, however often it signed."""
        found = set()
        for key in keys:
            for each in self.signatures:
                if each.headers.get(KID) != key.kid or each.headers[ALG] != key.algorithm:
                    continue
                message = cbor2.dumps(
                    ["Signature", self.protected, each.protected, b"", self.payload]
                )
                try:
                    key.verify(each.signature, message)
                except CredentialError:
                    continue
                found.add(key.kid)
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Opened:
    """The payload of a message whose signature held, and its protected header."""

    payload: bytes
    headers: Mapping[Any, Any]


def open_sign1(
    data: bytes, key: PublicKey, *, external_aad: bytes = b"", payload: bytes | None = None
) -> Opened:
    """The message in ``data`` opened with ``key``: shape, algorithm and signature are checked.

    ``payload`` is handed in where it is detached (nil in the message). What the payload says is not
    looked at, and map keys may stand in any order: this reads other people's messages too.
    Raises `CredentialError`.
    """
    message = unpack_sign1(data, ordered=False)
    if (message.payload is None) == (payload is None):
        raise CredentialError(Code.COSE_STRUCTURE, "payload")
    content = payload if message.payload is None else message.payload
    assert content is not None  # noqa: S101 - one of the two is there, as just checked
    message.verify(key, content, external_aad)
    return Opened(content, message.headers)


def sign1(payload: bytes, signer: Signer, *, typ: str | None = None) -> bytes:
    """A tagged COSE_Sign1 over ``payload``, with algorithm, key id and ``typ`` protected."""
    protected = _protected(signer, typ)
    signature = signer.sign(signature1_input(protected, payload))
    return cbor2.dumps(cbor2.CBORTag(TAG_SIGN1, [protected, {}, payload, signature]))


def sign(payload: bytes, signers: Iterable[Signer], *, typ: str) -> bytes:
    """A tagged COSE_Sign over ``payload`` by each of ``signers``; ``typ`` stands in the body header."""
    body = cbor.encode({TYP: typ})
    signatures = []
    for signer in signers:
        protected = _protected(signer, None)
        message = cbor2.dumps(["Signature", body, protected, b"", payload])
        signatures.append([protected, {}, signer.sign(message)])
    return cbor2.dumps(cbor2.CBORTag(TAG_SIGN, [body, {}, payload, signatures]))


def signature1_input(protected: bytes, payload: bytes, external_aad: bytes = b"") -> bytes:
    """What a COSE_Sign1 signs (RFC 9052 section 4.4)."""
    return cbor2.dumps(["Signature1", protected, external_aad, payload])


def unpack_sign1(data: bytes, *, ordered: bool = True) -> Sign1:
    """A COSE_Sign1 taken apart, with a well-formed header that names an algorithm of the profile."""
    tags, body = cbor.decode_tagged(data, ordered=ordered)
    if tags not in _SIGN1_TAGS:
        raise CredentialError(Code.COSE_STRUCTURE, "tag")
    protected, unprotected, payload, signature = _parts(body, 4)
    headers = _headers(protected, unprotected, ordered=ordered)
    if not isinstance(payload, bytes | None) or not isinstance(signature, bytes):
        raise CredentialError(Code.COSE_STRUCTURE)
    _require_algorithm(headers, unprotected)
    return Sign1(protected, headers, payload, signature)


def unpack_sign(data: bytes) -> Sign:
    """A COSE_Sign taken apart, each signature with an algorithm of the profile."""
    tags, body = cbor.decode_tagged(data)
    if tags != (TAG_SIGN,):
        raise CredentialError(Code.COSE_STRUCTURE, "tag")
    protected, unprotected, payload, signatures = _parts(body, 4)
    headers = _headers(protected, unprotected)
    if not isinstance(payload, bytes) or not isinstance(signatures, list) or not signatures:
        raise CredentialError(Code.COSE_STRUCTURE)
    return Sign(protected, headers, payload, tuple(map(_signature, signatures)))


def _signature(part: Any) -> Signature:
    protected, unprotected, signature = _parts(part, 3)
    headers = _headers(protected, unprotected)
    if not isinstance(signature, bytes):
        raise CredentialError(Code.COSE_STRUCTURE)
    _require_algorithm(headers, unprotected)
    return Signature(protected, headers, signature)


def _protected(signer: Signer, typ: str | None) -> bytes:
    headers: dict[int, Any] = {ALG: int(signer.algorithm), KID: signer.kid}
    if typ is not None:
        headers[TYP] = typ
    return cbor.encode(headers)


def _parts(body: Any, count: int) -> list[Any]:
    if not isinstance(body, list) or len(body) != count:
        raise CredentialError(Code.COSE_STRUCTURE)
    return body


def _headers(protected: Any, unprotected: Any, *, ordered: bool = True) -> Mapping[Any, Any]:
    """The protected header, both buckets checked for types, doubles and critical labels."""
    if not isinstance(protected, bytes) or not isinstance(unprotected, dict):
        raise CredentialError(Code.HEADER_INVALID)
    tags, headers = cbor.decode_tagged(protected, ordered=ordered) if protected else ((), {})
    if tags or not isinstance(headers, dict):
        raise CredentialError(Code.HEADER_INVALID)
    if CRIT in unprotected:
        raise CredentialError(Code.HEADER_INVALID, "crit")
    for bucket in (headers, unprotected):
        if bucket:
            _check_types(bucket)
    if ALG in headers and ALG in unprotected:
        raise CredentialError(Code.HEADER_DUPLICATE, "alg")
    for label in headers.get(CRIT, ()):
        if label not in headers or label not in _UNDERSTOOD:
            raise CredentialError(Code.CRIT_UNSUPPORTED, str(label))
    return headers


def _check_types(bucket: dict[Any, Any]) -> None:
    """Types of the labels we know (RFC 9052 section 3.1); others are ignored."""
    kid = bucket.get(KID, b"")
    if not isinstance(kid, bytes):
        raise CredentialError(Code.HEADER_INVALID, "kid")
    if len(kid) > MAX_KID_BYTES:
        raise CredentialError(Code.SIZE_LIMIT, "kid")
    for label, name in ((TYP, "typ"), (CONTENT_TYPE, "content type")):
        if label in bucket and not _is_label(bucket[label]):
            raise CredentialError(Code.HEADER_INVALID, name)
    if CRIT in bucket:
        crit = bucket[CRIT]
        if not isinstance(crit, list) or not crit or not all(map(_is_label, crit)):
            raise CredentialError(Code.HEADER_INVALID, "crit")
        if len(set(crit)) != len(crit):
            raise CredentialError(Code.HEADER_INVALID, "crit")


def _is_label(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))


def _require_algorithm(headers: Mapping[Any, Any], unprotected: Mapping[Any, Any]) -> None:
    """The protected algorithm must be one of the profile, before any signature is computed."""
    if not headers and ALG not in unprotected:
        raise CredentialError(Code.HEADER_INVALID, "protected")
    algorithm = headers.get(ALG)
    # -7.0 equals -7 in Python; only the integer is the algorithm.
    if type(algorithm) is not int or algorithm not in tuple(Algorithm):
        raise CredentialError(Code.ALG_NOT_ALLOWED)
