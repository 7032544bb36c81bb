"""CWT (RFC 8392, appendix A): the signed example opens, the encrypted and MACed ones are not ours."""

from __future__ import annotations

import cbor2
import pytest

from credential import cose
from credential.errors import CredentialError
from credential.keys import public_key
from tests import office
from tests.thirdparty import sets

# RFC 8392, appendix A.2.3 (key), A.1 (claims set), A.3 (signed CWT).
KEY = {
    1: 2, -1: 1,
    -2: bytes.fromhex("143329cce7868e416927599cf65a34f3ce2ffda55a7eca69ed8919a394d42f0f"),
    -3: bytes.fromhex("60f7f1a780d8a783bfb7a2dd6b2796e8128dbbcef9d3d168db9529971a36e7b9"),
}  # fmt: skip
CLAIMS = (
    "a70175636f61703a2f2f61732e6578616d706c652e636f6d02656572696b77037818636f61703a2f2f6c696768742e"
    "6578616d706c652e636f6d041a5612aeb0051a5610d9f0061a5610d9f007420b71"
)
SIGNED = (
    "d28443a10126a104524173796d6d657472696345434453413235365850" + CLAIMS + "58405427c1ff28d23fbad1"
    "f29c4c7c6a555e601d6fa29f9179bc3d7438bacaca5acd08c8d4d4f96131680c429a01f85951ecee743a52b9b63632c"
    "57209120e1c9e30"
)


def test_the_signed_example_of_the_rfc_opens() -> None:
    opened = cose.open_sign1(bytes.fromhex(SIGNED), public_key(KEY))
    assert opened.payload.hex() == CLAIMS
    assert cbor2.loads(opened.payload) == {
        1: "coap://as.example.com", 2: "erikw", 3: "coap://light.example.com",
        4: 1444064944, 5: 1443944944, 6: 1443944944, 7: b"\x0b\x71",
    }  # fmt: skip
    assert opened.headers == {1: -7}


def test_it_opens_behind_the_cwt_tag_too_and_with_no_other_key() -> None:
    assert (
        cose.open_sign1(b"\xd8\x3d" + bytes.fromhex(SIGNED), public_key(KEY)).payload.hex()
        == CLAIMS
    )
    broken = bytes.fromhex(SIGNED[:-2] + "31")
    with pytest.raises(CredentialError, match="SIGNATURE_INVALID"):
        cose.open_sign1(broken, public_key(KEY))
    with pytest.raises(CredentialError, match="SIGNATURE_INVALID"):
        cose.open_sign1(bytes.fromhex(SIGNED), office.key("licence").public)
    with pytest.raises(CredentialError, match="ALG_NOT_ALLOWED"):
        cose.open_sign1(bytes.fromhex(SIGNED), office.key("ed licence").public)


def test_what_it_leaves_the_caller_to_judge_is_its_times_which_are_long_past() -> None:
    claims = cbor2.loads(cose.open_sign1(bytes.fromhex(SIGNED), public_key(KEY)).payload)
    assert claims[5] < claims[4] < office.NOW


@sets.present
def test_the_whole_appendix() -> None:
    appendix = sets.load("cwt_rfc8392/appendix_a.json")
    assert appendix["claims_hex"] == CLAIMS
    # The appendix's COSE_Key, private part and all; only the public part counts.
    key = public_key(cbor2.loads(bytes.fromhex(appendix["keys"]["ecdsa256"])))
    assert key == public_key(KEY)
    ended = {}
    for case in appendix["cases"]:
        if case["kind"] == "claims":
            ended[case["id"]] = case["hex"] == CLAIMS
            continue
        try:
            opened = cose.open_sign1(bytes.fromhex(case["hex"]), key)
            ended[case["id"]] = opened.payload.hex() == CLAIMS
        except CredentialError as error:
            ended[case["id"]] = error.reason
    refused = "COSE_STRUCTURE:tag"
    assert ended == {
        "A.1": True, "A.3": True, "A.4": refused, "A.5": refused, "A.6": refused, "A.7": refused,
    }  # fmt: skip


@sets.present
def test_keys_that_are_no_signing_keys_are_refused() -> None:
    keys = sets.load("cwt_rfc8392/appendix_a.json")["keys"]
    assert public_key(cbor2.loads(bytes.fromhex(keys["ecdsa256"]))).algorithm == -7
    for name in ("symmetric128", "symmetric256"):
        with pytest.raises(CredentialError, match="ALG_NOT_ALLOWED"):
            public_key(cbor2.loads(bytes.fromhex(keys[name])))
