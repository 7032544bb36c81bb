"""base45 (RFC 9285): its own examples, and a set with more that must be refused.

Short texts go through the function that the envelope uses, as none of them is a compressed message;
what the envelope makes of them, and of a whole text that breaks the same rules, is told by its codes.
"""

from __future__ import annotations

import base45
import pytest

from credential.envelope import from_base45, unwrap
from credential.errors import CredentialError
from tests import office
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


def code(text: str) -> str:
    with pytest.raises(CredentialError) as told:
        unwrap(text, hosts=[])
    return told.value.reason


def whole_triplets() -> str:
    """A good bare text without a pair at its end; of texts issued at different times, half are such."""
    times = range(office.NOW - 60, office.NOW)
    texts = (office.text(office.issued(office.credential(iat=at))) for at in times)
    return next(text for text in texts if len(text) % 3 == 0)


@pytest.mark.parametrize("text", ["", *RFC_9285, *REFUSED])
def test_a_text_that_holds_no_compressed_message_is_not_ours(text: str) -> None:
    assert code(text) == "QR_NOT_OURS"


def test_a_bare_text_is_read_by_the_envelope() -> None:
    message = office.issued()
    assert unwrap(office.text(message), hosts=[]) == message


# A triplet is put at the end of a text of whole triplets, so that nothing else is wrong with it.
@pytest.mark.parametrize(
    ("put", "reason"),
    [
        ("GGW", "B45_INVALID"),
        (":::", "B45_INVALID"),
        ("::", "B45_INVALID"),
        ("0", "B45_INVALID"),
        ("bb8", "B45_INVALID"),
        ("\n", "B45_INVALID"),
        ("BB=", "B45_INVALID"),
        ("BB\x00", "B45_INVALID"),
        ("ＢＢ８", "B45_INVALID"),
        ("BB８", "B45_INVALID"),
        ("BB8", "ZLIB_INVALID"),
        ("FGW", "ZLIB_INVALID"),
        ("00", "ZLIB_INVALID"),
    ],
)
def test_the_envelope_refuses_by_name_what_is_put_behind_a_good_text(put: str, reason: str) -> None:
    text = whole_triplets()
    assert unwrap(text, hosts=[])
    assert code(text + put) == reason


def test_the_envelope_trims_and_folds_nothing() -> None:
    text = whole_triplets()
    assert unwrap(text, hosts=[])
    for spoilt in (f" {text}", f"\n{text}", f"\ufeff{text}", f"HC1:{text}", text.lower()):
        assert code(spoilt) == "QR_NOT_OURS"
    for spoilt in (f"{text}\n", f"{text}\r\n", text[:9] + text[9:].lower()):
        assert code(spoilt) == "B45_INVALID"
    assert code(text[:-3]) == "ZLIB_INVALID"


@sets.present
def test_the_set_is_read_and_refused_as_it_says() -> None:
    data = sets.load("base45/rfc9285.json")
    read = [case for case in data["valid"] if case["b45"]]
    for case in read:
        assert from_base45(case["b45"]).hex() == case["bytes_hex"], case
        assert base45.b45encode(bytes.fromhex(case["bytes_hex"])).decode() == case["b45"], case
        assert code(case["b45"]) == "QR_NOT_OURS", case
    for case in data["invalid"]:
        with pytest.raises(CredentialError, match="B45_INVALID"):
            from_base45(case["b45"])
        assert code(case["b45"]) == "QR_NOT_OURS", case
    # The empty text stands for no bytes in the RFC; no code is empty, so we read it as no base45 at all.
    assert [case["b45"] for case in data["valid"] if case not in read] == [""]
    with pytest.raises(CredentialError, match="B45_INVALID"):
        from_base45("")
    assert (len(read), len(data["invalid"])) == (16, 15)
