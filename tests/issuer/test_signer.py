"""Key files: encrypted, for their owner's eyes only, and named when something is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from credential.errors import Code, CredentialError
from credential.keys import Algorithm
from issuer.signer import generate, key_path, private_key, read_key, read_secret, write_key

PASSPHRASE = b"secret"


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_key_comes_back_from_its_file(tmp_path: Path, algorithm: Algorithm) -> None:
    key = generate(algorithm)
    path = write_key(tmp_path, key, PASSPHRASE)
    read = read_key(tmp_path, key.kid, PASSPHRASE)
    assert read.algorithm is algorithm
    read.public.verify(key.sign(b"m"), b"m")
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"ENCRYPTED" in path.read_bytes()


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o620, 0o777])
def test_a_key_that_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    key = generate(Algorithm.ES256)
    path = write_key(tmp_path, key, PASSPHRASE)
    path.chmod(mode)
    with pytest.raises(CredentialError, match="chmod 600") as told:
        read_key(tmp_path, key.kid, PASSPHRASE)
    assert (told.value.code, told.value.subject) == (Code.KEY_FILE, str(path))
    path.chmod(0o400)
    assert read_key(tmp_path, key.kid, PASSPHRASE).kid == key.kid


def test_a_wrong_passphrase_a_missing_and_a_damaged_file_are_named(tmp_path: Path) -> None:
    key = generate(Algorithm.ES256)
    path = write_key(tmp_path, key, PASSPHRASE)
    for passphrase in (b"wrong", b""):
        with pytest.raises(CredentialError, match="wrong passphrase") as told:
            read_key(tmp_path, key.kid, passphrase)
        assert told.value.subject == str(path)
    path.write_bytes(b"-----BEGIN")
    with pytest.raises(CredentialError, match="KEY_FILE"):
        read_key(tmp_path, key.kid, PASSPHRASE)
    path.unlink()
    with pytest.raises(CredentialError, match="No such file"):
        read_key(tmp_path, key.kid, PASSPHRASE)


def test_a_file_that_holds_another_key_is_refused(tmp_path: Path) -> None:
    key, other = generate(Algorithm.ES256), generate(Algorithm.ES256)
    write_key(tmp_path, other, PASSPHRASE).rename(key_path(tmp_path, key.kid))
    with pytest.raises(CredentialError, match="another key"):
        read_key(tmp_path, key.kid, PASSPHRASE)


def test_a_key_of_another_sort_is_refused(tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSPHRASE))
    path = key_path(tmp_path, bytes(8))
    path.write_bytes(pem)
    path.chmod(0o600)
    with pytest.raises(CredentialError, match="not a P-256"):
        read_key(tmp_path, bytes(8), PASSPHRASE)
    with pytest.raises(CredentialError, match="ALG_NOT_ALLOWED"):
        private_key(ec.generate_private_key(ec.SECP384R1()))


def test_a_key_shows_nothing_of_itself() -> None:
    key = generate(Algorithm.ES256)
    assert repr(key) == f"PrivateKey(kid={key.kid.hex()})"


def test_a_passphrase_file_is_for_its_owner_too(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    path.write_bytes(b"secret\n")
    path.chmod(0o644)
    with pytest.raises(CredentialError, match="chmod 600"):
        read_secret(path)
    path.chmod(0o600)
    assert read_secret(path) == b"secret\n"


def test_ecdsa_is_deterministic_and_64_bytes() -> None:
    key = generate(Algorithm.ES256)
    assert key.sign(b"m") == key.sign(b"m")
    assert len(key.sign(b"m")) == 64
