"""Token Status List, CWT form: the draft's own lists and tokens."""

from __future__ import annotations

import base64
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from credential import cbor, cose
from credential.errors import CredentialError
from credential.keys import PublicKey, public_key
from credential.labels import EXP, IAT, STATUS_LIST, SUB, TTL
from credential.status_list import StatusArray, StatusList
from tests import office
from tests.thirdparty import sets

# draft-ietf-oauth-status-list-20, section 4.1: the bytes, their zlib stream, and the entries.
DRAFT = {
    1: ("b9a3", "78dadbb918000217015d", [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]),
    2: ("c944f9", "78da3be9f2130003df0207", [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]),
}


def decoded(text: str) -> bytes:
    """base64url without its padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


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


@pytest.mark.parametrize("bits", DRAFT)
def test_beyond_its_ends_a_list_says_nothing(bits: int) -> None:
    packed, _, entries = DRAFT[bits]
    array, last = StatusArray(bits, bytes.fromhex(packed)), len(entries) - 1
    assert (array[0], array[last]) == (entries[0], entries[last])
    for idx in (-1, -last - 1, last + 1, 8 * (last + 1), 2**64):
        with pytest.raises(CredentialError, match="STATUS_INDEX"):
            array[idx]


@pytest.mark.parametrize("bits", DRAFT)
def test_a_stream_that_is_cut_or_followed_is_no_list(bits: int) -> None:
    stream = bytes.fromhex(DRAFT[bits][1])
    assert StatusArray.from_map({"bits": bits, "lst": stream})
    for spoilt in (b"", stream[:-1], stream + b"\x00", stream[:-1] + b"\xff", stream[2:]):
        with pytest.raises(CredentialError, match="STATUS_MALFORMED"):
            StatusArray.from_map({"bits": bits, "lst": spoilt})
    for width in (0, 3, 16, True, "1", None):
        with pytest.raises(CredentialError, match="STATUS_MALFORMED"):
            StatusArray.from_map({"bits": width, "lst": stream})


@pytest.mark.parametrize("left_out", [SUB, IAT, EXP, TTL, STATUS_LIST])
def test_a_token_without_an_end_is_refused_though_the_draft_only_recommends_one(
    left_out: int,
) -> None:
    lst = {"bits": 1, "lst": bytes.fromhex(DRAFT[1][1])}
    token = {SUB: "https://example.com/s/1", IAT: 1, EXP: 2, TTL: 3, STATUS_LIST: lst}
    assert StatusList.from_bytes(cbor2.dumps(token)).array[0] == 1
    del token[left_out]
    with pytest.raises(CredentialError, match="STATUS_MALFORMED"):
        StatusList.from_bytes(cbor2.dumps(token))


@sets.present
def test_all_lists_of_the_draft() -> None:
    lists = sets.load("status_list/tsl.json")["lists"]
    for each in lists:
        array = StatusArray.from_map(cbor2.loads(bytes.fromhex(each["cbor_hex"])))
        assert (array.bits, array.size) == (each["bits"], each["size"]), each["id"]
        assert array == StatusArray.from_map(each["json"] | {"lst": decoded(each["json"]["lst"])})
        with pytest.raises(CredentialError, match="STATUS_INDEX"):
            array[array.size]
        told = {int(idx): value for idx, value in each["statuses"].items()}
        assert {idx: array[idx] for idx in told} == told, each["id"]
        if "others" in each:
            marked = [idx for idx, value in told.items() if value]
            entries = (array[idx] for idx in range(array.size))
            assert [idx for idx, value in enumerate(entries) if value] == sorted(marked), each["id"]
    assert [each["bits"] for each in lists] == [1, 2, 1, 2, 4, 8]


@pytest.fixture(name="tokens")
def _tokens() -> dict[str, Any]:
    tokens: dict[str, Any] = sets.load("status_list/tsl.json")["tokens"]
    return tokens


def key_of(tokens: dict[str, Any]) -> PublicKey:
    x, y = (int.from_bytes(decoded(tokens["key"][name]), "big") for name in ("x", "y"))
    return public_key(ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key())


@sets.present
def test_the_tokens_of_the_draft_open_under_its_key(tokens: dict[str, Any]) -> None:
    key = key_of(tokens)
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


@sets.present
@pytest.mark.parametrize("name", ["status_list_cwt_hex", "referenced_token_cwt_hex"])
def test_their_keys_stand_in_another_order_and_their_key_id_is_unprotected(
    tokens: dict[str, Any], name: str
) -> None:
    data = bytes.fromhex(tokens[name])
    opened = cose.open_sign1(data, key_of(tokens))
    assert cbor.decode_tagged(opened.payload, ordered=False)
    with pytest.raises(CredentialError, match="CBOR_KEY_ORDER"):
        cbor.decode(opened.payload)
    assert cbor2.loads(data).value[1] == {4: b"12"}
    assert cose.unpack_sign1(data, ordered=False).kid is None


@sets.present
def test_a_token_changed_by_one_bit_opens_only_where_nothing_is_signed(
    tokens: dict[str, Any],
) -> None:
    data, key = bytes.fromhex(tokens["status_list_cwt_hex"]), key_of(tokens)
    whole = cose.open_sign1(data, key)
    opens, refused = set(), set()
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        try:
            assert cose.open_sign1(changed, key) == whole
            opens.add(at)
        except CredentialError as error:
            refused.add(str(error.code))
    # Label and value of the key id in the unprotected header, which no signature covers.
    bucket = data.index(cbor2.dumps({4: b"12"}))
    assert opens == {bucket + 1, bucket + 3, bucket + 4}
    assert "SIGNATURE_INVALID" in refused


@sets.present
def test_a_token_does_not_open_under_another_key(tokens: dict[str, Any]) -> None:
    data = bytes.fromhex(tokens["status_list_cwt_hex"])
    assert cose.open_sign1(data, key_of(tokens))
    with pytest.raises(CredentialError, match="SIGNATURE_INVALID"):
        cose.open_sign1(data, office.key("status").public)
