"""Private keys: made, kept in encrypted PKCS#8 files, and used to sign.

* A key file that others than its owner may read is refused, and so is a passphrase file.
* ES256 is signed deterministically (RFC 6979): no bad random number can give a key away.
* Nothing here prints or logs a key or a passphrase. PKCS#8 stretches a passphrase only 2,048 times,
  so it should be a long random one.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from credential.cose import Signer
from credential.errors import Code, CredentialError
from credential.files import write_atomically
from credential.keys import Algorithm, PublicKey, public_key
from credential.trust_list import KeyRecord

_DETERMINISTIC: Final = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A private key in memory; satisfies `credential.cose.Signer`."""

    public: PublicKey
    handle: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

    @property
    def algorithm(self) -> Algorithm:
        return self.public.algorithm

    @property
    def kid(self) -> bytes:
        return self.public.kid

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature of ``message`` (RFC 9053 section 2)."""
        if isinstance(self.handle, ed25519.Ed25519PrivateKey):
            return self.handle.sign(message)
        r, s = decode_dss_signature(self.handle.sign(message, _DETERMINISTIC))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def __repr__(self) -> str:
        return f"PrivateKey(kid={self.kid.hex()})"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A signer with its record in the trust list: what it may sign, for whom, and until when."""

    record: KeyRecord
    signer: Signer


def private_key(handle: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> PrivateKey:
    """The key around a ``cryptography`` private key; ``ALG_NOT_ALLOWED`` outside the profile."""
    return PrivateKey(public_key(handle.public_key()), handle)


def generate(algorithm: Algorithm) -> PrivateKey:
    """A new random key."""
    if algorithm is Algorithm.EDDSA:
        return private_key(ed25519.Ed25519PrivateKey.generate())
    return private_key(ec.generate_private_key(ec.SECP256R1()))


def write_key(folder: Path, key: PrivateKey, passphrase: bytes) -> Path:
    """Keeps ``key`` in ``folder`` as encrypted PKCS#8, readable by its owner alone; gives the path."""
    pem = key.handle.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase)
    )
    path = key_path(folder, key.kid)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomically(path, pem, mode=0o600)
    return path


def read_key(folder: Path, kid: bytes, passphrase: bytes) -> PrivateKey:
    """The key of id ``kid``. ``KEY_FILE`` names the file that is missing, open to others, or locked."""
    path = key_path(folder, kid)
    pem = read_secret(path)
    try:
        handle = load_pem_private_key(pem, passphrase)
    except (ValueError, TypeError) as error:
        raise CredentialError(Code.KEY_FILE, str(path), "wrong passphrase or damaged") from error
    if not isinstance(handle, ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
        raise CredentialError(Code.KEY_FILE, str(path), "not a P-256 or Ed25519 key")
    key = private_key(handle)
    if key.kid != kid:
        raise CredentialError(Code.KEY_FILE, str(path), "holds another key than its name says")
    return key


def read_secret(path: Path) -> bytes:
    """A file that only its owner may read; ``KEY_FILE`` with what to do otherwise."""
    try:
        mode = path.stat().st_mode
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise CredentialError(Code.KEY_FILE, str(path), f"others may read it: chmod 600 {path}")
        return path.read_bytes()
    except OSError as error:
        raise CredentialError(Code.KEY_FILE, str(path), error.strerror or "unreadable") from error


def key_path(folder: Path, kid: bytes) -> Path:
    """Where the key of id ``kid`` is kept in ``folder``."""
    return folder / f"{kid.hex()}.pem"
