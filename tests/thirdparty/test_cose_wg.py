"""The examples of the COSE working group: what our profile opens, and how it refuses the rest."""

from __future__ import annotations

import base64
from collections import Counter
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519

from credential import cose
from credential.errors import CredentialError
from credential.keys import PublicKey, public_key
from tests import office
from tests.thirdparty import sets

EVERY = sets.load("cose_wg/sign1_and_cwt.json")
CASES = [case for case in EVERY if case["kind"] == "sign0"]
BY_ID = {case["id"]: case for case in EVERY}
CURVES = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1}

# Valid for COSE at large, refused by the profile: other curves, an unprotected algorithm, no tag.
OUTSIDE_THE_PROFILE = {
    "sign1-tests/sign-pass-01": "ALG_NOT_ALLOWED",
    "ecdsa-examples/ecdsa-sig-02": "ALG_NOT_ALLOWED",
    "ecdsa-examples/ecdsa-sig-03": "ALG_NOT_ALLOWED",
    "ecdsa-examples/ecdsa-sig-04": "ALG_NOT_ALLOWED",
    "eddsa-examples/eddsa-sig-02": "ALG_NOT_ALLOWED",
    "sign1-tests/sign-pass-03": "COSE_STRUCTURE",
}
MEANT_TO_FAIL = {
    "sign1-tests/sign-fail-01": "COSE_STRUCTURE",
    "sign1-tests/sign-fail-02": "SIGNATURE_INVALID",
    "sign1-tests/sign-fail-03": "ALG_NOT_ALLOWED",
    "sign1-tests/sign-fail-04": "ALG_NOT_ALLOWED",
    "sign1-tests/sign-fail-06": "SIGNATURE_INVALID",
    "sign1-tests/sign-fail-07": "SIGNATURE_INVALID",
}


def coordinate(told: dict[str, str], name: str) -> bytes:
    if f"{name}_hex" in told:
        return bytes.fromhex(told[f"{name}_hex"])
    text = told[name]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def key_of(case: dict[str, Any]) -> Any:
    told = case["key"]
    if told["crv"] == "Ed25519":
        return ed25519.Ed25519PublicKey.from_public_bytes(coordinate(told, "x"))
    if told["crv"] == "Ed448":
        return ed448.Ed448PublicKey.from_public_bytes(coordinate(told, "x"))
    x, y = (int.from_bytes(coordinate(told, name), "big") for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, CURVES[told["crv"]]()).public_key()


def answer(case: dict[str, Any]) -> str:
    try:
        opened = cose.open_sign1(
            bytes.fromhex(case["cbor_hex"]),
            public_key(key_of(case)),
            external_aad=bytes.fromhex(case["external_hex"]),
            payload=content(case) if case["detached"] else None,
        )
    except CredentialError as error:
        return str(error.code)
    return "opened" if opened.payload == content(case) else "another payload"


def content(case: dict[str, Any]) -> bytes:
    return bytes.fromhex(case["plaintext_hex"] or case["plaintext"].encode().hex())


def answer_under(name: str, key: PublicKey) -> str:
    with pytest.raises(CredentialError) as told:
        cose.open_sign1(bytes.fromhex(BY_ID[name]["cbor_hex"]), key)
    return told.value.reason


@sets.present
@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    wanted = OUTSIDE_THE_PROFILE.get(case["id"]) or MEANT_TO_FAIL.get(case["id"]) or "opened"
    assert answer(case) == wanted
    assert (case["expect"] == "fail") == (case["id"] in MEANT_TO_FAIL)


@sets.present
def test_every_case_was_judged() -> None:
    assert (len(EVERY), len(CASES), len(BY_ID)) == (21, 17, 21)
    assert {case["id"] for case in CASES} >= set(OUTSIDE_THE_PROFILE) | set(MEANT_TO_FAIL)
    assert Counter(map(answer, CASES)) == {
        "opened": 5, "ALG_NOT_ALLOWED": 7, "SIGNATURE_INVALID": 3, "COSE_STRUCTURE": 2,
    }  # fmt: skip
    with_aad = [case for case in CASES if case["external_hex"]]
    assert [answer(case | {"external_hex": ""}) for case in with_aad] == ["SIGNATURE_INVALID"]


@sets.present
def test_the_other_cwts_are_no_signed_messages() -> None:
    others = [case["id"] for case in EVERY if case not in CASES]
    assert others == ["CWT/A_4", "CWT/A_5", "CWT/A_6", "CWT/A_7"]
    key = office.key("licence").public
    assert {answer_under(name, key) for name in others} == {"COSE_STRUCTURE:tag"}


@sets.present
def test_what_is_signed_is_what_the_case_says_is_signed() -> None:
    opened = [case for case in CASES if answer(case) == "opened"]
    for case in opened:
        message = cose.unpack_sign1(bytes.fromhex(case["cbor_hex"]), ordered=False)
        signed = cose.signature1_input(
            message.protected, content(case), bytes.fromhex(case["external_hex"])
        )
        assert signed.hex() == case["tobesigned_hex"].lower(), case["id"]
        with pytest.raises(CredentialError, match="SIGNATURE_INVALID"):
            message.verify(
                public_key(key_of(case)), b"another", bytes.fromhex(case["external_hex"])
            )
    assert len(opened) == 5


@sets.present
def test_the_header_alone_is_refused_whatever_key_is_held() -> None:
    """ES384 and ES512, under a key that the profile would take."""
    for number in ("02", "03", "04"):
        for name in ("licence", "ed licence"):
            key = office.key(name).public
            assert answer_under(f"ecdsa-examples/ecdsa-sig-{number}", key) == "ALG_NOT_ALLOWED"


@sets.present
def test_the_algorithm_of_the_key_must_be_that_of_the_message() -> None:
    p256, ed25519_ = office.key("licence").public, office.key("ed licence").public
    assert answer_under("ecdsa-examples/ecdsa-sig-01", p256) == "SIGNATURE_INVALID"
    assert answer_under("ecdsa-examples/ecdsa-sig-01", ed25519_) == "ALG_NOT_ALLOWED"
    assert answer_under("eddsa-examples/eddsa-sig-01", ed25519_) == "SIGNATURE_INVALID"
    assert answer_under("eddsa-examples/eddsa-sig-01", p256) == "ALG_NOT_ALLOWED"
    # Ed448 names the same algorithm as Ed25519; its signature is longer.
    assert answer_under("eddsa-examples/eddsa-sig-02", ed25519_) == "SIGNATURE_INVALID"


def test_a_detached_payload_is_handed_in() -> None:
    header, payload = cose.cbor.encode({1: -7}), b"detached"
    signature = office.key("licence").sign(cose.signature1_input(header, payload, b"aad"))
    message = office.raw(parts=[header, {}, None, signature])
    key = office.key("licence").public
    assert cose.open_sign1(message, key, external_aad=b"aad", payload=payload).payload == payload
    for given, reason in ((None, "COSE_STRUCTURE:payload"), (b"other", "SIGNATURE_INVALID")):
        with pytest.raises(CredentialError) as told:
            cose.open_sign1(message, key, external_aad=b"aad", payload=given)
        assert told.value.reason == reason
    with pytest.raises(CredentialError, match="COSE_STRUCTURE"):
        cose.open_sign1(office.issued(), key, payload=payload)
