"""Which code is shown offline, how long the book lasts, and when the page must doubt its clock."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from credential import envelope
from tests import book_vectors, office
from tests.book_vectors import make
from tests.office import NOW
from verifier import verify
from verifier.trust import Trust
from wallet import book as wallet_book
from wallet.book import Clock, Reading, contact, show, went_on, woke
from wallet.errors import Code, WalletError

VECTORS = json.loads(
    (Path(__file__).resolve().parents[1] / "vectors" / "code-book.json").read_text("utf-8")
)


def test_the_vectors_are_what_the_rules_give() -> None:
    assert VECTORS["clock"] == json.loads(json.dumps(list(book_vectors.clock_cases(make()))))
    assert bytes.fromhex(VECTORS["book"]) == make().to_bytes()
    told = [step["shown"] for case in VECTORS["clock"] for step in case["steps"]]
    assert {shown.get("refused") for shown in told} == {None, "BOOK_NOT_STARTED", "BOOK_OVER"}
    assert {shown.get("notice") for shown in told} == {None, "CLOCK_UNCHECKED"}


def clock(wall: float, *, offset: float = 0.0) -> Clock:
    return Clock(offset, Reading(wall, 0))


@pytest.mark.parametrize("offset", [0.0, 300.0, -86_400.0, 0.25])
def test_a_wrong_clock_with_a_measured_offset_shows_the_right_code(
    offset: float, trust: Trust
) -> None:
    book, device = make(), NOW - offset
    known = contact(NOW, Reading(device, 1000))
    for seconds in range(0, 7200, 41):
        known = went_on(known, Reading(device + seconds, 1000 + seconds))
        shown = show(book, known)
        now = office.at(NOW + seconds)
        assert verify(envelope.bare(shown.message), trust=trust, now=now)
        assert shown.notice is None
        assert 0 < shown.next_in_s <= 20


def test_what_is_left_of_code_and_book() -> None:
    book = make(span_s=60)
    shown = show(book, clock(NOW + 25))
    assert (shown.index, shown.next_in_s, shown.lasts_s) == (1, 15, 45)
    last = show(book, clock(NOW + 65))
    assert (last.index, last.next_in_s, last.lasts_s) == (2, 5, 5)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(-0.5, Code.BOOK_NOT_STARTED), (70, Code.BOOK_OVER), (9999, Code.BOOK_OVER)],
)
def test_outside_the_book_nothing_is_shown(seconds: float, code: Code) -> None:
    book = make(span_s=60)
    with pytest.raises(WalletError) as told:
        show(book, clock(NOW + seconds))
    assert told.value.code is code


def test_a_clock_that_was_set_is_doubted_until_the_next_contact() -> None:
    start = contact(NOW, Reading(NOW, 0))
    for rule, reading, checked in (
        (went_on, Reading(NOW + 10, 10), True),
        (went_on, Reading(NOW + 70, 10), False),   # forward, in sight
        (went_on, Reading(NOW - 70, 10), False),   # back, in sight
        (woke, Reading(NOW + 9_000, 1), True),     # slept
        (woke, Reading(NOW - 3, 1), False),        # back, asleep
        (woke, Reading(NOW - 2, 1), True),         # a correction by network time
    ):  # fmt: skip
        assert rule(start, reading).checked is checked, reading
    doubted = went_on(start, Reading(NOW + 70, 10))
    later = woke(went_on(doubted, Reading(NOW + 80, 20)), Reading(NOW + 90, 30))
    assert show(make(), later).notice is Code.CLOCK_UNCHECKED
    assert show(make(), contact(NOW + 90, Reading(NOW + 90, 30))).notice is None


def test_two_hours_with_sleep_and_reloads_show_a_fresh_code_every_twenty_seconds(
    trust: Trust,
) -> None:
    book = make()
    known, steady, seen = contact(NOW, Reading(NOW, 0)), 0.0, []
    for second in range(7200):
        if 1000 <= second < 1900:  # asleep: neither page nor steady clock goes on
            continue
        steady = 0.0 if second % 2500 == 2499 else steady + 1
        rule: Any = woke if second in (1900, 2499, 4999) else went_on
        known = rule(known, Reading(NOW + second, steady))
        shown = show(book, known)
        assert shown.notice is None
        if not seen or seen[-1] != shown.index:
            seen.append(shown.index)
            now = office.at(NOW + second)
            assert verify(envelope.bare(shown.message), trust=trust, now=now)
    assert seen == [index for index in range(360) if not 50 <= index < 95]
    assert wallet_book.SLACK_S == 2
