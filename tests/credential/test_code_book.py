"""The code book: every code rebuilt as it was signed, and no byte of it that may change unseen."""

from __future__ import annotations

import random
from collections import Counter

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credential import cbor, cose, envelope
from credential.claims import Credential
from credential.code_book import EVERY_S, MAX_SLICES, SLICE_BYTES, CodeBook, joined, split
from credential.errors import CredentialError
from tests import book_vectors, office
from tests.book_vectors import BOOK_ID, STATUS, make, sealed, with_member
from tests.office import NOW
from verifier import VerificationError, verify
from verifier.trust import Trust


def refused(data: bytes) -> str:
    with pytest.raises(CredentialError) as told:
        CodeBook.from_bytes(data)
    return told.value.reason


def test_a_book_comes_back_as_it_was() -> None:
    book = make()
    again = CodeBook.from_bytes(book.to_bytes())
    assert again == book
    assert list(again) == list(book)
    assert (again.book_id, again.start, len(again)) == (BOOK_ID, NOW, 360)
    assert again.end == NOW + 2 * 3600 + 10


def test_a_slice_is_what_would_have_been_signed_alone() -> None:
    """The whole encoding, done once for each slice, gives the same bytes as the patched template."""
    book, key = make(), office.key("code")
    for index in range(len(book)):
        start = NOW + 20 * index
        said = Credential(
            iss=office.ISS,
            exp=start + 30,
            nbf=start,
            iat=NOW,
            cti=(index + 1).to_bytes(8, "big"),
            status=STATUS,
            facts=office.identity_code(),
        )
        assert book.message(index) == cose.sign1(cbor.encode(said.to_map()), key)
        assert book.credential(index) == said


def test_a_slice_takes_72_bytes() -> None:
    long, short = make(span_s=12 * 3600), make(span_s=6 * 3600)
    assert len(long) == MAX_SLICES == 2160
    assert len(long.to_bytes()) - len(short.to_bytes()) == 1080 * SLICE_BYTES
    assert SLICE_BYTES == 72


def test_the_code_shown_always_has_ten_seconds_left() -> None:
    book = make()
    for tenth in range(7200 * 10 // 7):
        now = NOW + tenth * 0.7
        index = book.index_at(now)
        assert index is not None
        assert book.starts_at(index) <= now
        assert book.starts_at(index) + 30 - now >= 10
    assert (book.index_at(NOW - 0.001), book.index_at(book.end)) == (None, None)
    assert (book.index_at(NOW), book.index_at(book.end - 0.001)) == (0, 359)
    assert (book.index_at(NOW + EVERY_S - 0.001), book.index_at(NOW + EVERY_S)) == (0, 1)


@pytest.mark.parametrize("index", [-1, 360])
def test_no_slice_outside_the_book(index: int) -> None:
    with pytest.raises(IndexError):
        make().message(index)


def test_a_book_with_any_byte_changed_is_refused() -> None:
    data = make(span_s=60).to_bytes()
    assert CodeBook.from_bytes(data) == make(span_s=60)
    for place in range(len(data)):
        for bit in (1, 128):
            changed = bytearray(data)
            changed[place] ^= bit
            assert refused(bytes(changed)).startswith("BOOK_MALFORMED")


def test_a_forger_who_mends_the_digest_makes_no_code_valid(trust: Trust) -> None:
    """Whatever byte is changed: a slice is as it was, or no verifier takes it."""
    good = make(span_s=60)
    data, chance = good.to_bytes()[:-32], random.Random(9)
    genuine = {good.message(i) for i in range(len(good))}
    for message, start in zip(good, (NOW, NOW + 20, NOW + 40), strict=True):
        assert verify(envelope.bare(message), trust=trust, now=office.at(start))
    malformed = altered = 0
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1 << chance.randrange(8)
        try:
            book = CodeBook.from_bytes(sealed(bytes(changed)))
        except CredentialError:
            malformed += 1
            continue
        for index, message in enumerate(book):
            if message in genuine:
                continue
            altered += 1
            with pytest.raises(VerificationError):
                verify(envelope.bare(message), trust=trust, now=office.at(book.starts_at(index)))
    assert malformed > 50
    assert altered > 300


@pytest.mark.parametrize(
    "case", book_vectors.refused(), ids=[case["name"] for case in book_vectors.refused()]
)
def test_what_is_no_book_is_refused(case: dict[str, str]) -> None:
    assert refused(bytes.fromhex(case["book"])) == case["reason"]


def test_no_more_slices_than_twelve_hours_hold() -> None:
    small = make(span_s=20)
    assert len(CodeBook.from_bytes(with_member(5, small.slices * MAX_SLICES))) == MAX_SLICES
    over = with_member(5, small.slices * (MAX_SLICES + 1))
    assert refused(over) == "BOOK_MALFORMED:slices"


def test_only_a_slice_gives_a_template() -> None:
    """A live code has no nbf; there is no place for one in its message."""
    message = office.issued(office.credential(office.identity_code()))
    payload = cose.unpack_sign1(message).payload or b""
    with pytest.raises(CredentialError, match="BOOK_MALFORMED:template"):
        split(message, payload)
    slice_ = make().message(0)
    payload = cose.unpack_sign1(slice_).payload or b""
    assert joined(split(slice_, payload), NOW, (1).to_bytes(8, "big")) == slice_


MEMBERS = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 2**64 - 1), st.binary(max_size=200), st.text(max_size=9),
    st.lists(st.binary(max_size=80), max_size=5),
)  # fmt: skip
outcomes: Counter[str] = Counter()


@settings(max_examples=500, deadline=None)
@given(st.dictionaries(st.sampled_from(range(1, 7)), MEMBERS, max_size=3), st.binary(max_size=3))
def _any_book(changes: dict[int, object], behind: bytes) -> None:
    content = cbor.decode(make(span_s=40).to_bytes()) | changes
    body = cbor2.dumps({label: content[label] for label in sorted(content)})
    try:
        CodeBook.from_bytes(sealed(body[:-32] + behind))
    except CredentialError as error:
        outcomes[error.reason] += 1
    else:
        outcomes["read"] += 1


def test_whatever_a_book_holds_it_is_read_or_refused_by_name() -> None:
    outcomes.clear()
    _any_book()
    assert outcomes["BOOK_MALFORMED"] > 50, outcomes
    assert {reason.partition(":")[0] for reason in outcomes} <= {
        "read",
        "BOOK_MALFORMED",
        "VERSION_UNSUPPORTED",
    }
