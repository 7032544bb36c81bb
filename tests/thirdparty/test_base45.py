"""base45 (RFC 9285): its own examples, and a set with more that must be refused."""

from __future__ import annotations

import base45
import pytest

from credential.envelope import from_base45
from credential.errors import CredentialError
from tests.thirdparty import sets

# RFC 9285, sections 4.3 and 4.4 (examples) and 6 (the largest triplet).
RFC_9285 = {
    "BB8": b"AB", "%69 VD92EX0": b"Hello!!", "UJCLQE7W581": b"base-45", "QED8WEX0": b"ietf!", "FGW": b"\xff\xff",
}  # fmt: skip
# Section 6: GGW is 65536; ::: is beyond it too; the others break lengths or the alphabet of section 4.2.
REFUSED = (
    "GGW",
    ":::",
    "::",
    ":",
    "0",
    "bb8",
    "BB8\n",
    " BB8",
    "BB8 ",
    "QED8WEX0=",
    "ＢＢ８",
    "BB\x008",
)


@pytest.mark.parametrize(("text", "data"), RFC_9285.items())
def test_the_examples_of_the_rfc(text: str, data: bytes) -> None:
    assert from_base45(text) == data
    assert base45.b45encode(data).decode() == text


@pytest.mark.parametrize("text", REFUSED)
def test_what_the_rfc_refuses(text: str) -> None:
    with pytest.raises(CredentialError, match="B45_INVALID"):
        from_base45(text)


@sets.present
def test_the_set_is_read_and_refused_as_it_says() -> None:
    data = sets.load("base45/rfc9285.json")
    read = [case for case in data["valid"] if case["b45"]]
    for case in read:
        assert from_base45(case["b45"]).hex() == case["bytes_hex"], case
    for case in data["invalid"]:
        with pytest.raises(CredentialError, match="B45_INVALID"):
            from_base45(case["b45"])
    assert (len(read), len(data["invalid"])) == (16, 15)
