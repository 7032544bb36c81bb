"""Token Status List, CWT form: the draft's own lists and tokens."""

from __future__ import annotations

import base64

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from credential import cose
from credential.errors import CredentialError
from credential.keys import public_key
from credential.status_list import StatusArray, StatusList
from tests.thirdparty import sets

# draft-ietf-oauth-status-list-20, section 4.1: the bytes, their zlib stream, and the entries.
DRAFT = {
    1: ("b9a3", "78dadbb918000217015d", [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]),
    2: ("c944f9", "78da3be9f2130003df0207", [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]),
}


@pytest.mark.parametrize("bits", DRAFT)
def test_the_short_lists_of_the_draft(bits: int) -> None:
    packed, stream, entries = DRAFT[bits]
    array = StatusArray.from_map({"bits": bits, "lst": bytes.fromhex(stream)})
    assert array.packed.hex() == packed
    assert [array[idx] for idx in range(array.size)] == entries


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_every_bit_position_of_every_width(bits: int) -> None:
    for position in range(0, 8, bits):
        for value in range(1 << bits):
            array = StatusArray(bits, bytes([0, value << position, 0]))
            entry = (8 + position) // bits
            assert [idx for idx in range(array.size) if array[idx]] == ([entry] if value else [])
            assert array[entry] == value
            assert (entry in array.entries(array.revoked())) == (value == 1)


@pytest.mark.parametrize("idx", [-1, 16, 2**64])
def test_beyond_its_ends_a_list_says_nothing(idx: int) -> None:
    array = StatusArray(1, bytes.fromhex("b9a3"))
    assert array[15] == 1
    with pytest.raises(CredentialError, match="STATUS_INDEX"):
        array[idx]


@sets.present
def test_all_lists_of_the_draft() -> None:
    lists = sets.load("status_list/tsl.json")["lists"]
    for each in lists:
        array = StatusArray.from_map(cbor2.loads(bytes.fromhex(each["cbor_hex"])))
        assert (array.bits, array.size) == (each["bits"], each["size"]), each["id"]
        told = {int(idx): value for idx, value in each["statuses"].items()}
        assert {idx: array[idx] for idx in told} == told, each["id"]
        if "others" in each:
            marked = [idx for idx, value in told.items() if value]
            entries = (array[idx] for idx in range(array.size))
            assert [idx for idx, value in enumerate(entries) if value] == sorted(marked), each["id"]
    assert [each["bits"] for each in lists] == [1, 2, 1, 2, 4, 8]


@sets.present
def test_the_tokens_of_the_draft_open_though_their_keys_stand_in_another_order() -> None:
    tokens = sets.load("status_list/tsl.json")["tokens"]

    def number(text: str) -> int:
        return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")

    numbers = ec.EllipticCurvePublicNumbers(
        number(tokens["key"]["x"]), number(tokens["key"]["y"]), ec.SECP256R1()
    )
    key = public_key(numbers.public_key())
    listed = StatusList.from_bytes(
        cose.open_sign1(bytes.fromhex(tokens["status_list_cwt_hex"]), key).payload
    )
    assert (listed.uri, listed.iat, listed.exp, listed.ttl) == (
        "https://example.com/statuslists/1", 1686920170, 2291720170, 43200,
    )  # fmt: skip
    referenced = cbor2.loads(
        cose.open_sign1(bytes.fromhex(tokens["referenced_token_cwt_hex"]), key).payload
    )
    assert referenced[65535]["status_list"]["uri"] == listed.uri
    assert listed.array[referenced[65535]["status_list"]["idx"]] == 1
