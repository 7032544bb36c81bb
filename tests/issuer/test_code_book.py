"""Code books issued: every slice good for its thirty seconds and no longer, under limits of its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from credential import envelope
from credential.claims import Face, StatusRef
from credential.errors import CredentialError
from credential.status_list import Status, StatusArray
from issuer import issue
from tests import office
from tests.book_vectors import BOOK_ID, STATUS, key, make
from tests.office import NOW
from verifier import VerificationError, verify
from verifier.trust import Trust


def refused(**asked: object) -> str:
    with pytest.raises(CredentialError) as told:
        make(**asked)  # type: ignore[arg-type]
    return told.value.reason


@pytest.mark.parametrize("by", ["code", "ed code"])
def test_every_slice_is_valid_in_its_time_and_refused_outside(by: str, trust: Trust) -> None:
    book, ended = make(by=by), Counter[str]()
    for index, message in enumerate(book):
        start = book.starts_at(index)
        texts = (envelope.bare(message), envelope.link(message, host=office.HOST))
        for seconds, expected in (
            (-5.001, "NOT_YET_VALID"), (-5, ""), (0, ""), (19.999, ""), (29.999, ""), (30, "CODE_EXPIRED"),
        ):  # fmt: skip
            try:
                text = texts[index % 2]
                verified = verify(text, trust=trust, now=office.at(start + seconds))
            except VerificationError as error:
                outcome = str(error.code)
            else:
                outcome = ""
                assert verified.credential.cti == (index + 1).to_bytes(8, "big")
                assert verified.credential.facts == office.identity_code()
            assert outcome == expected, (index, seconds)
            ended[outcome] += 1
    assert ended == {"": 4 * 360, "NOT_YET_VALID": 360, "CODE_EXPIRED": 360}


def test_at_every_second_of_two_hours_the_code_shown_is_valid(trust: Trust) -> None:
    book = make()
    texts = [envelope.bare(message) for message in book]
    for now in range(NOW, NOW + 7200):
        index = book.index_at(now)
        assert index is not None
        assert verify(texts[index], trust=trust, now=office.at(now)).as_of is not None


@pytest.mark.parametrize(
    ("mark", "code"), [(Status.REVOKED, "REVOKED"), (Status.SUSPENDED, "SUSPENDED")]
)
def test_the_books_status_is_that_of_every_slice(mark: Status, code: str) -> None:
    lists = (office.status_list(array=StatusArray.of({STATUS.idx: mark})), office.LISTS[1])
    marked = office.trust(office.bundle(None, office.snapshot(*lists), lists))
    book = make(span_s=600)
    other = make(span_s=600, status=StatusRef(STATUS.idx + 1, STATUS.uri))
    for index in range(len(book)):
        now = office.at(book.starts_at(index))
        with pytest.raises(VerificationError, match=code):
            verify(envelope.bare(book.message(index)), trust=marked, now=now)
        assert verify(envelope.bare(other.message(index)), trust=marked, now=now)


@pytest.mark.parametrize("span_s", [0, 19, -20, 12 * 3600 + 1, 24 * 3600])
def test_a_book_is_no_longer_than_twelve_hours(span_s: int) -> None:
    assert refused(span_s=span_s) == f"BOOK_SPAN:{span_s}"


@pytest.mark.parametrize(
    ("span_s", "slices"), [(20, 1), (39, 1), (40, 2), (7200, 360), (43_200, 2160)]
)
def test_a_book_holds_a_slice_for_every_twenty_seconds(span_s: int, slices: int) -> None:
    book = make(span_s=span_s)
    assert len(book) == slices
    assert book.end == issue.book_ends(NOW, span_s) == NOW + 20 * (slices - 1) + 30


def test_two_hours_unless_asked_otherwise() -> None:
    made = issue.code_book(
        office.identity_code(),
        key=key(),
        status=STATUS,
        book_id=BOOK_ID,
        now=office.at(NOW),
        new_id=lambda: office.CTI,
    )
    assert made.end - made.start == 7200 + 10


def test_the_last_slice_of_twelve_hours_is_valid() -> None:
    book = make(span_s=12 * 3600)
    lists = (office.status_list(ttl=24 * 3600), office.LISTS[1])
    trust = office.trust(office.bundle(None, office.snapshot(*lists, ttl=24 * 3600), lists))
    for index in (0, 1079, 2159):
        now = office.at(book.starts_at(index) + 29)
        assert verify(envelope.bare(book.message(index)), trust=trust, now=now)


def test_ids_are_drawn_one_a_slice_and_never_shared() -> None:
    book = make(span_s=12 * 3600)
    ids = [book.slices[at : at + 8] for at in range(0, len(book.slices), 72)]
    assert len(set(ids)) == len(book) == 2160
    assert all(book.credential(index).cti == ids[index] for index in range(0, 2160, 9))


def test_a_book_may_not_outlive_its_key() -> None:
    """Its first slice would not; its last one would."""
    ends = issue.book_ends(NOW, 7200)

    def until(verify_until: int) -> object:
        signing = key()
        record = replace(signing.record, verify_until=verify_until)
        return issue.code_book(
            office.identity_code(),
            key=replace(signing, record=record),
            status=STATUS,
            book_id=BOOK_ID,
            now=office.at(NOW),
            new_id=lambda: office.CTI,
        )

    assert until(ends)
    with pytest.raises(CredentialError, match="KEY_OUTLIVED"):
        until(ends - 1)


def test_what_is_no_identity_code_is_not_signed() -> None:
    assert refused(face=Face(b"")) == "CLAIM_MISSING:face"
    assert refused(name="甲\u202e示例") == "TEXT_FORBIDDEN:name"
    assert refused(by="badge") == "KEY_PURPOSE"
    assert len(make(name="欧阳修远")) == 360
