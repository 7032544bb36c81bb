"""The examples of the COSE working group: what our profile opens, and how it refuses the rest."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519

from credential import cose
from credential.errors import CredentialError
from credential.keys import public_key
from tests.thirdparty import sets

CASES = [case for case in sets.load("cose_wg/sign1_and_cwt.json") if case["kind"] == "sign0"]
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
        )
    except CredentialError as error:
        return str(error.code)
    wanted = case["plaintext_hex"] or (case["plaintext"] or "").encode().hex()
    return "opened" if opened.payload.hex() == wanted else "another payload"


@sets.present
@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    wanted = OUTSIDE_THE_PROFILE.get(case["id"]) or MEANT_TO_FAIL.get(case["id"]) or "opened"
    assert answer(case) == wanted
    assert (case["expect"] == "fail") == (case["id"] in MEANT_TO_FAIL)


@sets.present
def test_every_case_was_judged() -> None:
    assert len(CASES) == 17
    assert {case["id"] for case in CASES} >= set(OUTSIDE_THE_PROFILE) | set(MEANT_TO_FAIL)
    with_aad = [case for case in CASES if case["external_hex"]]
    assert [answer(case | {"external_hex": ""}) for case in with_aad] == ["SIGNATURE_INVALID"]


def test_a_detached_payload_is_handed_in() -> None:
    from tests import office

    header, payload = cose.cbor.encode({1: -7}), b"detached"
    signature = office.key("licence").sign(cose.signature1_input(header, payload, b"aad"))
    message = office.raw(parts=[header, {}, None, signature])
    key = office.key("licence").public
    assert cose.open_sign1(message, key, external_aad=b"aad", payload=payload).payload == payload
    for given in (None, b"other"):
        with pytest.raises(CredentialError):
            cose.open_sign1(message, key, external_aad=b"aad", payload=given)
    with pytest.raises(CredentialError, match="COSE_STRUCTURE"):
        cose.open_sign1(office.issued(), key, payload=payload)
