"""The cadence of the identity code, as rules and as a property of anything that may happen."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.office import NOW, at
from wallet import identity
from wallet.errors import WalletError
from wallet.identity import EVERY, LEAST_GAP, LIFETIME, SESSION, Session

BEGUN = at(NOW)


def begin(
    before: Session | None = None, *, session_id: str = "s1", now: datetime = BEGUN
) -> Session:
    return identity.begin(
        before, session_id=session_id, device_id="phone", record_id="r1", consent="2026-11", now=now
    )


def refused(session: Session | None, seconds: float, session_id: str = "s1") -> str:
    with pytest.raises(WalletError) as told:
        identity.next_code(session, session_id=session_id, now=at(NOW + seconds))
    return told.value.reason


def after(session: Session, *seconds: float) -> Session:
    for each in seconds:
        session = identity.next_code(session, session_id=session.session_id, now=at(NOW + each))
    return session


def test_a_code_lives_longer_than_the_next_one_takes_to_come() -> None:
    assert tuple(timedelta(seconds=s) for s in (600, 20, 30, 5)) == (
        SESSION,
        EVERY,
        LIFETIME,
        LEAST_GAP,
    )


def test_the_first_code_comes_at_once_and_the_next_is_due_twenty_seconds_on() -> None:
    session = begin()
    assert session.refresh_at() == BEGUN
    assert after(session, 0).refresh_at() == at(NOW + 20)


def test_no_code_without_consent() -> None:
    assert refused(None, 0) == "CONSENT_REQUIRED"


def test_a_session_ends_after_ten_minutes() -> None:
    assert after(begin(), 599.999).code_at == at(NOW + 599.999)
    assert refused(begin(), 600) == "SESSION_OVER"
    assert refused(begin(), -0.001) == "SESSION_OVER"  # a server's clock set back opens nothing


@pytest.mark.parametrize(("seconds", "wait"), [(0, 5), (0.001, 5), (1, 4), (4.5, 1), (4.999, 1)])
def test_another_code_within_five_seconds_comes_too_soon(seconds: float, wait: int) -> None:
    session = after(begin(), 100)
    assert refused(session, 100 + seconds) == f"TOO_SOON:{wait}"
    assert after(session, 105).code_at == at(NOW + 105)


def test_a_new_consent_does_not_bring_a_code_sooner() -> None:
    session = begin(after(begin(), 100), session_id="s2", now=at(NOW + 101))
    assert refused(session, 101, "s2") == "TOO_SOON:4"
    assert session.refresh_at() == at(NOW + 120)
    assert after(session, 105)


def test_the_newest_session_wins() -> None:
    second = begin(begin(), session_id="s2", now=at(NOW + 10))
    assert refused(second, 20, "s1") == "SHOWN_ELSEWHERE"
    assert after(second, 20)


def test_leaving_the_page_ends_the_session() -> None:
    left = identity.leave(begin(), session_id="s1", now=at(NOW + 30))
    assert refused(left, 30) == "SESSION_OVER"
    assert refused(left, 60) == "SESSION_OVER"
    assert after(begin(), 30)


def test_leaving_a_page_that_was_replaced_ends_nothing() -> None:
    second = begin(begin(), session_id="s2", now=at(NOW + 10))
    assert identity.leave(second, session_id="s1", now=at(NOW + 11)) is second
    assert identity.leave(None, session_id="s1", now=BEGUN) is None
    over = at(NOW + 700)
    assert identity.leave(second, session_id="s2", now=over) is second


reached: Counter[str] = Counter()
events = st.lists(
    st.tuples(
        st.sampled_from(["begin", "code", "code", "code", "old code", "leave"]),
        st.floats(0, 40, allow_nan=False) | st.floats(0, 6, allow_nan=False) | st.just(700.0),
    ),
    min_size=10,
    max_size=40,
)


@settings(max_examples=300, deadline=None, derandomize=True)  # what it reached is counted
@given(events)
def _anything(happenings: list[tuple[str, float]]) -> None:
    """Whatever is asked, and whenever: codes are 5 s apart, within 10 min of the consent they need."""
    session: Session | None = None
    opened: dict[str, datetime] = {}
    left: set[str] = set()
    codes: list[tuple[datetime, str]] = []
    now, number = BEGUN, 0
    for what, seconds in happenings:
        now += timedelta(seconds=seconds)
        newest = f"s{number}"
        if what == "begin":
            number += 1
            session = begin(session, session_id=f"s{number}", now=now)
            opened[f"s{number}"] = now
        elif what == "leave":
            session = identity.leave(session, session_id=newest, now=now)
            left.add(newest)
        else:
            asking = newest if what == "code" else "s1"
            try:
                session = identity.next_code(session, session_id=asking, now=now)
            except WalletError as error:
                reached[error.code] += 1
                continue
            reached["given"] += 1
            assert asking == newest
            assert asking not in left
            assert opened[asking] <= now < opened[asking] + SESSION
            codes.append((now, asking))
    gaps = [later[0] - earlier[0] for earlier, later in itertools.pairwise(codes)]
    assert all(gap >= LEAST_GAP for gap in gaps)


def test_whatever_happens_the_cadence_holds() -> None:
    reached.clear()
    _anything()
    assert reached["given"] > 100, reached
    for code in ("CONSENT_REQUIRED", "SHOWN_ELSEWHERE", "SESSION_OVER", "TOO_SOON"):
        assert reached[code] > 10, reached
