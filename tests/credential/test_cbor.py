"""The dialect: what it writes is deterministic, what it reads is that and nothing else."""

from __future__ import annotations

import math
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credential import cbor
from credential.errors import CredentialError

keys = st.one_of(st.integers(-(2**64), 2**64 - 1), st.text(max_size=6))
leaves = st.one_of(
    st.integers(-(2**64), 2**64 - 1),
    st.text(max_size=20),
    st.binary(max_size=20),
    st.booleans(),
    st.none(),
)
values = st.recursive(
    leaves, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)),
    max_leaves=20,
)  # fmt: skip


def depth(value: Any) -> int:
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    return 1 + max(map(depth, value.values()), default=0) if isinstance(value, dict) else 0


def code(data: bytes) -> str:
    with pytest.raises(CredentialError) as told:
        cbor.decode(data)
    return str(told.value.code)


@given(values)
def test_what_is_written_is_read_back(value: Any) -> None:
    encoded = cbor.encode(value)
    if depth(value) > cbor.MAX_DEPTH:
        assert code(encoded) == "CBOR_LIMIT"
    else:
        assert cbor.decode(encoded) == value
        assert cbor.encode(cbor.decode(encoded)) == encoded


@given(st.dictionaries(keys, st.integers(0, 9), max_size=12))
def test_keys_stand_in_the_bytewise_order_of_their_encoding(entries: dict[Any, int]) -> None:
    decoded = cbor2.loads(cbor.encode(entries))
    encoded_keys = [cbor2.dumps(key) for key in decoded]
    assert encoded_keys == sorted(encoded_keys)


def test_bytewise_is_not_length_first() -> None:
    assert list(cbor.decode(cbor.encode({"a": 0, 65533: 0, 24: 0, -1: 0, 4: 0}))) == [
        4,
        24,
        65533,
        -1,
        "a",
    ]


@given(st.binary(max_size=40))
def test_any_bytes_are_read_as_written_or_refused(data: bytes) -> None:
    try:
        value = cbor.decode(data)
    except CredentialError:
        assert code(data).startswith("CBOR_")
    else:
        # Floats are let through in any width, and refused by type where they matter.
        assert cbor2.dumps(value) == data or any(head in data for head in (0xF9, 0xFA, 0xFB))


@pytest.mark.parametrize("depth_", [8, 9, 400, 10_000])
def test_nesting(depth_: int) -> None:
    arrays = b"\x81" * depth_ + b"\x00"
    maps = b"\xa1\x00" * depth_ + b"\x00"
    for data in (arrays, maps):
        if depth_ <= 8:
            assert cbor.decode(data)
        else:
            assert code(data) == "CBOR_LIMIT"


def test_huge_lengths_allocate_nothing() -> None:
    for head in ("5b", "7b", "9b", "bb"):
        for size in (2**32, 2**63, 2**64 - 1):
            assert code(bytes.fromhex(head) + size.to_bytes(8, "big")) == "CBOR_MALFORMED"


def test_the_first_fault_by_offset_is_told() -> None:
    duplicate_then_break = bytes.fromhex("a301000100ff00")
    break_then_duplicate = bytes.fromhex("a301ff01000100")
    assert code(duplicate_then_break) == "CBOR_DUPLICATE_KEY"
    assert code(break_then_duplicate) == "CBOR_MALFORMED"


def test_other_peoples_order_is_free_but_doubles_are_not() -> None:
    shuffled, doubled = bytes.fromhex("a202000100"), bytes.fromhex("a3020001000200")
    assert cbor.decode_tagged(shuffled, ordered=False) == ((), {2: 0, 1: 0})
    assert code(shuffled) == "CBOR_KEY_ORDER"
    with pytest.raises(CredentialError, match="CBOR_DUPLICATE_KEY"):
        cbor.decode_tagged(doubled, ordered=False)


def test_tags_are_given_only_in_front() -> None:
    assert cbor.decode_tagged(bytes.fromhex("d83dd280")) == ((61, 18), [])
    assert code(bytes.fromhex("d280")) == "CBOR_TAG"
    with pytest.raises(CredentialError, match="CBOR_TAG"):
        cbor.decode_tagged(bytes.fromhex("81d280"))


def test_a_decimal_of_a_billion_digits_is_never_built() -> None:
    assert code(cbor2.dumps(cbor2.CBORTag(4, [10**9, 1]))) == "CBOR_TAG"


def test_numbers_that_are_no_integers_are_given_as_they_are() -> None:
    assert math.isnan(cbor.decode(bytes.fromhex("f97e00")))
    assert cbor.decode(bytes.fromhex("f7")) is cbor2.undefined
