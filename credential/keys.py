"""Public keys: COSE_Key maps, key ids, and the two signatures of the profile (RFC 9053).

* ES256 on P-256 (the default) and EdDSA on Ed25519; nothing else verifies anything here.
* The algorithm belongs to our record of the key. Curve and algorithm are checked together.
* The key id is the first 8 bytes of the SHA-256 COSE key thumbprint (RFC 9679). It is a hint: two
  keys may share one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from credential import cbor
from credential.errors import Code, CredentialError


class Algorithm(IntEnum):
    """COSE algorithms of the profile (https://www.iana.org/assignments/cose/, "Algorithms")."""

    ES256 = -7
    EDDSA = -8


KID_BYTES: Final = 8
SIGNATURE_BYTES: Final = 64

# COSE_Key parameters and values (RFC 9053 section 7).
_KTY, _ALG, _CRV, _X, _Y = 1, 3, -1, -2, -3
_OKP, _EC2 = 1, 2
_P256, _ED25519 = 1, 6
_COORDINATE_BYTES = 32
_ECDSA_SHA256 = ec.ECDSA(hashes.SHA256())


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that may verify. ``cose_key`` is its COSE_Key map, ``kid`` its 8-byte key id."""

    algorithm: Algorithm
    cose_key: Mapping[int, int | bytes]
    kid: bytes
    handle: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

    def verify(self, signature: bytes, message: bytes) -> None:
        """Returns when ``signature`` (64 bytes, r ‖ s for ES256) is good, else ``SIGNATURE_INVALID``."""
        if len(signature) != SIGNATURE_BYTES:
            raise CredentialError(Code.SIGNATURE_INVALID)
        try:
            if isinstance(self.handle, ec.EllipticCurvePublicKey):
                r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
                self.handle.verify(encode_dss_signature(r, s), message, _ECDSA_SHA256)
            else:
                self.handle.verify(signature, message)
        except InvalidSignature:
            raise CredentialError(Code.SIGNATURE_INVALID) from None


def public_key(
    source: Mapping[int, Any] | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey,
) -> PublicKey:
    """The key in a COSE_Key map or of a ``cryptography`` public key.

    Raises ``ALG_NOT_ALLOWED`` for a curve or algorithm outside the profile and ``TRUST_MALFORMED``
    for a map that is not a COSE_Key or a point that is not on the curve.
    """
    if isinstance(source, Mapping):
        return _from_map(source)
    if isinstance(source, ec.EllipticCurvePublicKey):
        if not isinstance(source.curve, ec.SECP256R1):
            raise CredentialError(Code.ALG_NOT_ALLOWED, detail=source.curve.name)
        point = source.public_numbers()
        x, y = (n.to_bytes(_COORDINATE_BYTES, "big") for n in (point.x, point.y))
        return _record(Algorithm.ES256, {_KTY: _EC2, _CRV: _P256, _X: x, _Y: y}, source)
    if isinstance(source, ed25519.Ed25519PublicKey):
        x = source.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return _record(Algorithm.EDDSA, {_KTY: _OKP, _CRV: _ED25519, _X: x}, source)
    raise CredentialError(Code.ALG_NOT_ALLOWED, detail=type(source).__name__)


def thumbprint(required: Mapping[int, int | bytes]) -> bytes:
    """SHA-256 of the deterministic encoding of a key's required members (RFC 9679 section 3)."""
    return hashlib.sha256(cbor.encode(dict(required))).digest()


def _record(
    algorithm: Algorithm,
    required: dict[int, int | bytes],
    handle: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey,
) -> PublicKey:
    cose_key = {**required, _ALG: int(algorithm)}
    return PublicKey(algorithm, cose_key, thumbprint(required)[:KID_BYTES], handle)


def _from_map(cose_key: Mapping[int, Any]) -> PublicKey:
    kind = (_integer(cose_key, _KTY), _integer(cose_key, _CRV))
    if kind == (_EC2, _P256):
        key = public_key(_p256(_coordinate(cose_key, _X), _coordinate(cose_key, _Y)))
    elif kind == (_OKP, _ED25519):
        x = _coordinate(cose_key, _X)
        key = public_key(ed25519.Ed25519PublicKey.from_public_bytes(x))
    else:
        raise CredentialError(Code.ALG_NOT_ALLOWED, detail="key type or curve")
    if _ALG in cose_key and _integer(cose_key, _ALG) != key.algorithm:
        raise CredentialError(Code.ALG_NOT_ALLOWED, detail="algorithm does not fit the curve")
    return key


def _integer(cose_key: Mapping[int, Any], label: int) -> int | None:
    """The value where it is an integer: to Python 2.0 is 2 and true is 1, on the wire they are not."""
    value = cose_key.get(label)
    return value if type(value) is int else None


def _coordinate(cose_key: Mapping[int, Any], label: int) -> bytes:
    value = cose_key.get(label)
    if not isinstance(value, bytes) or len(value) != _COORDINATE_BYTES:
        raise CredentialError(Code.TRUST_MALFORMED, "key")
    return value


def _p256(x: bytes, y: bytes) -> ec.EllipticCurvePublicKey:
    numbers = ec.EllipticCurvePublicNumbers(
        int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1()
    )
    try:
        return numbers.public_key()
    except ValueError:
        raise CredentialError(Code.TRUST_MALFORMED, "key", "point not on the curve") from None
