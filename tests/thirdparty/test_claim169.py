"""MOSIP Claim 169: its readers read our codes, and we read its writers' without believing them."""

from __future__ import annotations

import io
from collections import Counter
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

from credential import cbor, claims, cose, envelope, labels
from credential.claims import Face, IdentityCode, Licence, StatusRef
from credential.code_book import CodeBook
from credential.errors import CredentialError
from credential.keys import public_key
from issuer import issue, portrait
from issuer.demo_portraits import portrait as drawn
from issuer.signer import SigningKey
from tests import book_vectors, office
from tests.office import NOW
from tests.thirdparty import sets
from verifier import Verdict, VerificationError, verify

# A drawn physician at 72 x 96 pixels, in 500 bytes at most.
FACE = Face(portrait.reduce(drawn(2), **portrait.BOOK_SLICE._asdict()))
OURS = {
    "licence": (office.licence(face=FACE), "licence"),
    "identity code": (office.identity_code(face=FACE, name="阿依古丽·买买提江"), "code"),
    "Ed25519 licence": (office.licence(face=FACE), "ed licence"),
    "Ed25519 identity code": (office.identity_code(face=FACE), "ed code"),
}
IMAGE, WEBP = 0, 4  # format and sub-format of a biometric entry


@pytest.fixture(name="claim169")
def _claim169() -> Any:
    """Another implementation of the same specification, in another language."""
    return pytest.importorskip("claim169", reason="claim169 has no wheel for this machine")


def issued(said: Licence | IdentityCode, by: str) -> issue.Issued:
    signer = office.key(by)
    record = next(record for record in office.KEYS if record.key == signer.public)
    key, now = SigningKey(record, signer), office.at(NOW)
    if isinstance(said, IdentityCode):
        return issue.identity_code(said, key=key, now=now, new_id=lambda: office.CTI)
    status = StatusRef(1000, office.LIST)
    return issue.licence(said, key=key, status=status, now=now, new_id=lambda: office.CTI)


def point(name: str) -> bytes:
    handle = office.key(name).public.handle
    if isinstance(handle, ed25519.Ed25519PublicKey):
        return handle.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return handle.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def read(claim169: Any, text: str, key: bytes) -> Any:
    given = {"verify_with_ed25519": key} if len(key) == 32 else {"verify_with_ecdsa_p256": key}
    return claim169.decode(text, validate_timestamps=False, **given)


def refusal(text: str) -> str:
    """Why `verify` refuses ``text`` under the office's trust."""
    with pytest.raises(VerificationError) as told:
        verify(text, trust=office.trust(), now=office.at(NOW))
    assert told.value.verdict is Verdict.REFUSED
    assert told.value.about is None
    return told.value.reason


# --- what we write, read by another --------------------------------------------------------------


@pytest.mark.parametrize("name", OURS)
def test_another_reader_reads_our_bare_codes(claim169: Any, name: str) -> None:
    said, by = OURS[name]
    ours = issued(said, by)
    result = read(claim169, ours.bare(), point(by))
    assert result.is_verified()
    assert result.detected_compression.lower() == "zlib"
    assert (result.claim169.id, result.claim169.full_name) == (said.licence_number, said.name)
    (face,) = result.claim169.face
    assert bytes(face.data) == FACE.image
    assert (face.format, face.sub_format) == (IMAGE, WEBP)
    meta = result.cwt_meta
    assert meta.issuer == office.ISS
    assert (meta.issued_at, meta.expires_at) == (NOW, ours.credential.exp)
    assert bytes(result.key_id) == ours.kid


def test_another_reader_reads_every_slice_of_a_code_book(claim169: Any) -> None:
    book = CodeBook.from_bytes(book_vectors.make(span_s=7200, face=FACE).to_bytes())
    for index, message in enumerate(book):
        result = read(claim169, envelope.bare(message), point("code"))
        assert result.is_verified()
        assert result.claim169.full_name == "甲示例"
        assert bytes(result.claim169.face[0].data) == FACE.image
        meta, start = result.cwt_meta, NOW + 20 * index
        assert (meta.not_before, meta.expires_at, meta.issued_at) == (start, start + 30, NOW)
    assert len(book) == 360


@pytest.mark.parametrize("name", OURS)
def test_the_same_text_is_valid_to_our_verifier(name: str) -> None:
    said, by = OURS[name]
    verified = verify(issued(said, by).bare(), trust=office.trust(), now=office.at(NOW))
    assert verified.credential.facts == said


@pytest.mark.parametrize(("by", "other"), [("code", "badge"), ("ed code", "ed licence")])
def test_another_reader_refuses_our_code_under_another_key(
    claim169: Any, by: str, other: str
) -> None:
    text = issued(office.identity_code(face=FACE), by).bare()
    assert read(claim169, text, point(by)).is_verified()
    with pytest.raises(claim169.SignatureError):
        read(claim169, text, point(other))


def test_another_reader_takes_the_bare_form_only(claim169: Any) -> None:
    ours = issued(office.identity_code(face=FACE), "code")
    assert read(claim169, ours.bare(), point("code")).is_verified()
    with pytest.raises(claim169.Base45DecodeError):
        read(claim169, ours.link(office.HOST), point("code"))


def test_the_portrait_is_a_picture_that_others_can_open() -> None:
    from PIL import Image

    assert 400 < len(FACE.image) <= 500
    image = Image.open(io.BytesIO(FACE.image))
    assert (image.format, image.size) == ("WEBP", (72, 96))


# --- what another writes, read by us -------------------------------------------------------------


def written(claim169: Any, private: Any) -> str:
    """A code of another writer, signed with ``private``."""
    said, meta = claim169.Claim169Input(), claim169.CwtMetaInput()
    said.id, said.full_name = "110110105000123", "甲示例"
    said.face = [claim169.Biometric(FACE.image, IMAGE, WEBP)]
    meta.issuer, meta.issued_at, meta.expires_at = office.ISS, NOW, NOW + 30
    if isinstance(private, ed25519.Ed25519PrivateKey):
        raw = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        return str(claim169.encode(said, meta, sign_with_ed25519=raw))
    secret = private.private_numbers().private_value.to_bytes(32, "big")
    return str(claim169.encode(said, meta, sign_with_ecdsa_p256=secret))


# The last two are keys of the office: even then a message that names no key is nobody's.
@pytest.mark.parametrize("name", ["stranger", "ed stranger", "code", "ed code"])
def test_we_read_another_writers_code_and_do_not_believe_it(claim169: Any, name: str) -> None:
    key = office.key(name)
    text = written(claim169, key.handle)
    opened = cose.open_sign1(envelope.unwrap(text, hosts=[]), key.public)
    said = cbor.decode(opened.payload)
    assert (said[labels.ISS], said[labels.IAT], said[labels.EXP]) == (office.ISS, NOW, NOW + 30)
    identity = said[labels.IDENTITY]
    assert identity[labels.FULL_NAME] == "甲示例"
    assert identity[labels.LICENCE_NUMBER] == "110110105000123"
    (face,) = (field for field in claims.FIELDS if field.label == labels.FACE)
    assert face.read(identity[labels.FACE], "face") == FACE
    other = "ALG_NOT_ALLOWED" if name.startswith("ed") else "SIGNATURE_INVALID"
    with pytest.raises(CredentialError, match=other):
        cose.open_sign1(envelope.unwrap(text, hosts=[]), office.key("badge").public)
    assert refusal(text) == "KEY_UNKNOWN"


# --- the vectors of idpass/claim-169 -------------------------------------------------------------

CASES = sets.load("claim_169/claim169.json")
# What `verify` says of each. None names a key: where the message can be read, nobody of ours signed it.
ANSWERS = {
    # Neither begins as a zlib stream does, so neither has one of our forms.
    "bad-base45": "QR_NOT_OURS",
    "bad-zlib": "QR_NOT_OURS",
    # Good envelopes around a plain map and around COSE_Encrypt0 (tag 16).
    "not-cose": "COSE_STRUCTURE:tag",
    "encrypted-aes256": "COSE_STRUCTURE:tag",
    "encrypted-signed": "COSE_STRUCTURE:tag",
    # Signed.
    "ecdsa-p256-signed": "KEY_UNKNOWN",
    "ed25519-signed": "KEY_UNKNOWN",
    # Their signatures are empty.
    "claim169-example": "KEY_UNKNOWN",
    "demographics-full": "KEY_UNKNOWN",
    "expired": "KEY_UNKNOWN",
    "minimal": "KEY_UNKNOWN",
    "missing-169": "KEY_UNKNOWN",
    "not-yet-valid": "KEY_UNKNOWN",
    "refugee-identity": "KEY_UNKNOWN",
    "unknown-fields": "KEY_UNKNOWN",
    "with-all-biometrics": "KEY_UNKNOWN",
    "with-face": "KEY_UNKNOWN",
    "with-fingerprints": "KEY_UNKNOWN",
}
READABLE = [case for case in CASES if ANSWERS.get(case["name"]) == "KEY_UNKNOWN"]


@sets.present
def test_every_vector_has_its_answer() -> None:
    assert sorted(case["name"] for case in CASES) == sorted(ANSWERS)
    assert Counter(case["category"] for case in CASES) == {"valid": 11, "invalid": 4, "edge": 3}
    assert len(READABLE) == 13


@sets.present
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_vectors_of_another_library_are_not_believed(case: dict[str, Any]) -> None:
    assert refusal(case["qr_data"]) == ANSWERS[case["name"]]


@sets.present
@pytest.mark.parametrize("case", READABLE, ids=[case["name"] for case in READABLE])
def test_what_can_be_parsed_of_them_is_what_they_say(case: dict[str, Any]) -> None:
    parts = cose.unpack_sign1(envelope.unwrap(case["qr_data"], hosts=[]), ordered=False)
    assert parts.kid is None
    said = cbor2.loads(parts.payload or b"")
    if case["name"] == "missing-169":
        assert labels.IDENTITY not in said
        return
    identity, wanted = said[labels.IDENTITY], case["expected_claim169"]
    assert (identity[1], identity[4]) == (wanted["id"], wanted["fullName"])
    meta = case["expected_cwt_meta"]
    told = {"issuer": said.get(1), "expiresAt": said.get(4), "issuedAt": said.get(6)}
    assert told == {name: meta.get(name) for name in told}
    assert said.get(5) == meta.get("notBefore")


@sets.present
def test_the_vectors_that_come_with_a_key_open_with_it() -> None:
    opened = set()
    for case in READABLE:
        if "signing_key" not in case:
            continue
        raw = bytes.fromhex(case["signing_key"]["public_key_hex"])
        handle = (
            ed25519.Ed25519PublicKey.from_public_bytes(raw)
            if case["signing_key"]["algorithm"] == "EdDSA"
            else ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
        )
        message = envelope.unwrap(case["qr_data"], hosts=[])
        said = cbor2.loads(cose.open_sign1(message, public_key(handle)).payload)
        assert said[169][4] == case["expected_claim169"]["fullName"]
        with pytest.raises(CredentialError, match="SIGNATURE_INVALID"):
            cose.open_sign1(message[:-1] + bytes([message[-1] ^ 1]), public_key(handle))
        opened.add(case["name"])
    assert opened == {"ecdsa-p256-signed", "ed25519-signed"}


@sets.present
def test_the_vectors_that_are_not_signed_open_with_no_key() -> None:
    unsigned = [case for case in READABLE if "signing_key" not in case]
    key = office.key("ed code")
    for case in unsigned:
        message = envelope.unwrap(case["qr_data"], hosts=[])
        parts = cose.unpack_sign1(message, ordered=False)
        assert parts.signature == b"", case["name"]
        with pytest.raises(CredentialError, match="SIGNATURE_INVALID"):
            cose.open_sign1(message, key.public)
        # Its own twin: the same message with a signature in the empty place.
        signature = key.sign(cose.signature1_input(parts.protected, parts.payload or b""))
        signed = message[: -len(b"\x40")] + cbor2.dumps(signature)
        assert cose.open_sign1(signed, key.public).payload == parts.payload
    assert len(unsigned) == 11


# --- the texts of mosip/pixelpass: compressed JSON and CBOR, never COSE --------------------------

PIXELPASS: Any = sets.load("claim_169/pixelpass.json") or {"qr": [], "mapped": {}}
PIXELPASS_ANSWERS = {
    # The bytes of a word: a text of eight characters that ends after four.
    "hello text": "CBOR_MALFORMED",
    # A map.
    "json via cbor": "COSE_STRUCTURE:tag",
    # Neither length nor alphabet of base45, and before that no zlib stream.
    "len1": "QR_NOT_OURS",
    "len4": "QR_NOT_OURS",
    "badchar0": "QR_NOT_OURS",
    "badchar1": "QR_NOT_OURS",
    "badchar10": "QR_NOT_OURS",
}


@sets.present
def test_pixelpass_texts_are_not_credentials() -> None:
    assert {case["id"]: refusal(case["qr"]) for case in PIXELPASS["qr"]} == PIXELPASS_ANSWERS


@sets.present
def test_pixelpass_texts_that_were_compressed_are_read_by_the_envelope() -> None:
    read_ = {}
    for case in PIXELPASS["qr"]:
        if "decoded" in case:
            read_[case["id"]] = envelope.unwrap(case["qr"], hosts=[])
            continue
        with pytest.raises(CredentialError, match="QR_NOT_OURS"):
            envelope.unwrap(case["qr"], hosts=[])
        with pytest.raises(CredentialError, match="B45_INVALID"):
            envelope.from_base45(case["qr"])
    assert read_.pop("hello text") == b"hello"
    assert cbor.decode(read_.pop("json via cbor")) == {"temp": 15}
    assert not read_


@sets.present
def test_pixelpass_maps_are_read_and_are_not_messages() -> None:
    """Their claim numbers are texts, which the specification does not have; and nobody signed them."""
    mapped = PIXELPASS["mapped"]
    assert set(mapped) == {"short", "claim169_mapped_cbor_hex"}
    for data in (mapped["short"]["cbor_hex"], mapped["claim169_mapped_cbor_hex"]):
        message = bytes.fromhex(data)
        assert {"1", "2", "3"} <= set(cbor.decode(message))
        assert refusal(envelope.bare(message)) == "COSE_STRUCTURE:tag"
