"""MOSIP Claim 169: its readers read our codes, and we read its writers' without believing them."""

from __future__ import annotations

import io
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from credential import cose, envelope, labels
from credential.claims import Face
from credential.errors import CredentialError
from credential.keys import public_key
from issuer import portrait
from issuer.demo_portraits import portrait as drawn
from tests import office
from tests.office import NOW
from tests.thirdparty import sets
from verifier import VerificationError, verify

claim169 = pytest.importorskip("claim169", reason="claim169 has no wheel for this machine")

FACE = Face(portrait.reduce(drawn(2), **portrait.IDENTITY_CODE._asdict()))
OURS = {
    "licence": (office.licence(face=FACE), "licence"),
    "identity code": (office.identity_code(face=FACE, name="阿依古丽·买买提江"), "code"),
    "Ed25519 licence": (office.licence(face=FACE), "ed licence"),
    "Ed25519 identity code": (office.identity_code(face=FACE), "ed code"),
}


def point(name: str) -> bytes:
    handle = office.key(name).public.handle
    if isinstance(handle, ed25519.Ed25519PublicKey):
        return handle.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return handle.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def read(text: str, key: bytes) -> Any:
    given = {"verify_with_ed25519": key} if len(key) == 32 else {"verify_with_ecdsa_p256": key}
    return claim169.decode(text, validate_timestamps=False, **given)


@pytest.mark.parametrize("name", OURS)
def test_another_reader_reads_our_bare_codes(name: str) -> None:
    said, by = OURS[name]
    text = envelope.bare(office.issued(office.credential(said), by=by))
    result = read(text, point(by))
    assert result.is_verified()
    assert (result.claim169.id, result.claim169.full_name) == (said.licence_number, said.name)
    assert bytes(result.claim169.face[0].data) == FACE.image
    assert result.cwt_meta.issuer == office.ISS
    assert result.cwt_meta.issued_at == office.credential(said).iat


def test_another_reader_refuses_our_code_under_another_key() -> None:
    text = envelope.bare(office.issued(office.credential(office.identity_code())))
    assert read(text, point("code")).is_verified()
    with pytest.raises(claim169.Claim169Exception):
        read(text, point("badge"))


def written(private: Any) -> str:
    """A code of another writer, signed with ``private``."""
    said, meta = claim169.Claim169Input(), claim169.CwtMetaInput()
    said.id, said.full_name = "110110105000123", "甲示例"
    meta.issuer, meta.issued_at, meta.expires_at = office.ISS, NOW, NOW + 30
    if isinstance(private, ed25519.Ed25519PrivateKey):
        raw = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        return str(claim169.encode(said, meta, sign_with_ed25519=raw))
    secret = private.private_numbers().private_value.to_bytes(32, "big")
    return str(claim169.encode(said, meta, sign_with_ecdsa_p256=secret))


@pytest.mark.parametrize("name", ["stranger", "ed stranger"])
def test_we_read_another_writers_code_and_do_not_believe_it(name: str) -> None:
    key = office.key(name)
    text = written(key.handle)
    opened = cose.open_sign1(envelope.unwrap(text, hosts=[]), key.public)
    claims = cbor2.loads(opened.payload)
    assert claims[labels.ISS] == office.ISS
    assert claims[labels.IDENTITY][labels.FULL_NAME] == "甲示例"
    assert claims[labels.IDENTITY][labels.LICENCE_NUMBER] == "110110105000123"
    with pytest.raises(VerificationError) as told:
        verify(text, trust=office.trust(), now=office.at(NOW))
    assert told.value.reason == "KEY_UNKNOWN"


CASES = sets.load("claim_169/claim169.json")
# What `verify` says of each: nobody of ours signed them; the others stop before.
ANSWERS = {
    "bad-base45": "QR_NOT_OURS",
    "bad-zlib": "QR_NOT_OURS",
    "not-cose": "COSE_STRUCTURE:tag",
    "encrypted-aes256": "COSE_STRUCTURE:tag",
    "encrypted-signed": "COSE_STRUCTURE:tag",
}


@sets.present
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_vectors_of_another_library_are_not_believed(case: dict[str, Any]) -> None:
    with pytest.raises(VerificationError) as told:
        verify(case["qr_data"], trust=office.trust(), now=office.at(NOW))
    assert told.value.reason == ANSWERS.get(case["name"], "KEY_UNKNOWN")


@sets.present
def test_the_vectors_that_come_with_a_key_open_with_it() -> None:
    opened = 0
    for case in CASES:
        if "signing_key" not in case or "encryption_key" in case:
            continue
        raw = bytes.fromhex(case["signing_key"]["public_key_hex"])
        handle = (
            ed25519.Ed25519PublicKey.from_public_bytes(raw)
            if case["signing_key"]["algorithm"] == "EdDSA"
            else ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
        )
        message = envelope.unwrap(case["qr_data"], hosts=[])
        claims = cbor2.loads(cose.open_sign1(message, public_key(handle)).payload)
        assert claims[169][4] == case["expected_claim169"]["fullName"]
        opened += 1
    assert opened == 2


@sets.present
def test_what_can_be_parsed_of_them_is_what_they_say() -> None:
    read_ = 0
    for case in CASES:
        if case["name"] in ANSWERS or "expected_claim169" not in case:
            continue
        parts = cose.unpack_sign1(envelope.unwrap(case["qr_data"], hosts=[]), ordered=False)
        identity = cbor2.loads(parts.payload or b"")[169]
        assert identity[4] == case["expected_claim169"]["fullName"], case["name"]
        read_ += 1
    assert read_ >= 10


@sets.present
def test_pixelpass_texts_are_not_credentials() -> None:
    texts = sets.load("claim_169/pixelpass.json")["qr"]
    for case in texts:
        with pytest.raises(CredentialError) as told:
            verify(case["qr"], trust=office.trust(), now=office.at(NOW))
        assert told.value.code in (
            "QR_NOT_OURS",
            "COSE_STRUCTURE",
            "CBOR_MALFORMED",
            "CBOR_TRAILING",
        ), case["id"]
    assert len(texts) == 7


def test_the_portrait_is_a_picture_that_others_can_open() -> None:
    from PIL import Image

    assert Image.open(io.BytesIO(FACE.image)).size == (72, 96)
