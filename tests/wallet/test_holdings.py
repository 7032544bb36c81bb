"""Which record is shown, and which of its credentials."""

from __future__ import annotations

from dataclasses import replace

import pytest

from credential.claims import DAY_S, Kind
from tests.office import NOW, at
from wallet import holdings
from wallet.holdings import Held, Registration, State

A = Registration(record_id="a", authority="11", licence_number="110110105000123")
B = replace(A, record_id="b")
SUSPENDED = replace(A, reason="LICENCE_NOT_ACTIVE")
HELD = Held(
    record_id="a",
    kind=Kind.LICENCE,
    version=1,
    state=State.SUPERSEDED,
    message=b"1",
    exp=NOW + 365 * DAY_S,
)


@pytest.mark.parametrize(
    ("records", "chosen", "shown"),
    [
        ([A, B], None, "a"),
        ([A, B], "b", "b"),
        ([A, B], "gone", "a"),
        ([SUSPENDED, B], "a", "b"),
        ([SUSPENDED, B], None, "b"),
        ([SUSPENDED], "a", None),
        ([], None, None),
    ],
)
def test_the_chosen_record_is_shown_else_the_first_that_may_be(
    records: list[Registration], chosen: str | None, shown: str | None
) -> None:
    found = holdings.shown(records, chosen=chosen)
    assert (found and found.record_id) == shown


def test_why_nothing_may_be_shown_is_told_of_the_chosen_record() -> None:
    other = replace(B, reason="PHOTO_MISSING")
    assert holdings.why_nothing([SUSPENDED, other], chosen="b") == "PHOTO_MISSING"
    assert holdings.why_nothing([SUSPENDED, other], chosen=None) == "LICENCE_NOT_ACTIVE"
    assert holdings.why_nothing([], chosen=None) == ""


def test_the_newest_signed_version_is_current_whatever_its_state() -> None:
    second = replace(HELD, version=2, state=State.SUSPENDED, message=b"2")
    third = replace(HELD, version=3, state=State.ACTIVE, message=None)  # ordered, not signed yet
    badge = replace(HELD, kind=Kind.BADGE, version=9)
    other = replace(HELD, record_id="b", version=8)
    held = [HELD, third, badge, second, other]
    assert holdings.current(held, record_id="a", kind=Kind.LICENCE) == second
    assert holdings.history(held, record_id="a", kind=Kind.LICENCE) == [second, HELD]
    assert holdings.current([third], record_id="a", kind=Kind.LICENCE) is None


def test_a_credential_is_renewed_sixty_days_before_its_end() -> None:
    active = replace(HELD, state=State.ACTIVE)
    day = HELD.exp - 60 * DAY_S
    assert active.due_for_renewal(at(day))
    assert not active.due_for_renewal(at(day - 1))
    assert not replace(active, state=State.SUSPENDED).due_for_renewal(at(day))
