"""The wallet's use cases, also when two things happen at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.office import NOW, at
from tests.wallet.memory import FIRST, PERSON, SECOND, World, holder
from wallet.errors import WalletError
from wallet.identity import Session
from wallet.ports import BookState


@pytest.fixture
def world() -> World:
    return World()


def consent(world: World, device: str = "phone", seconds: float = 0) -> Session:
    return world.desk.consent(PERSON, device_id=device, text="2026-11", now=at(NOW + seconds))


def code(world: World, session: Session, seconds: float) -> bytes:
    return world.desk.code(PERSON, session.session_id, now=at(NOW + seconds)).message


def refused(make: object) -> str:
    with pytest.raises(WalletError) as told:
        make()  # type: ignore[operator]
    return told.value.reason


# --- the identity code ----------------------------------------------------------------------------


def test_consent_then_a_code_every_twenty_seconds(world: World) -> None:
    session = consent(world)
    codes = [code(world, session, seconds) for seconds in range(0, 600, 20)]
    assert len(set(codes)) == 30
    assert refused(lambda: code(world, session, 600)) == "SESSION_OVER"
    (request,) = {(r.authority, r.licence_number, r.name) for r in world.issuer.asked}
    assert request == ("11", FIRST.licence_number, "甲示例")
    assert session.consent == "2026-11"


def test_the_chosen_record_speaks(world: World) -> None:
    world.register.said = holder(chosen="r2")
    code(world, consent(world), 0)
    assert world.issuer.asked[0].authority == "32"


def test_a_second_device_ends_the_first(world: World) -> None:
    phone, tablet = consent(world), consent(world, "tablet", 7)
    assert code(world, tablet, 8)
    assert refused(lambda: code(world, phone, 20)) == "SHOWN_ELSEWHERE"


def test_eligibility_is_asked_for_at_every_code(world: World) -> None:
    session = consent(world)
    assert code(world, session, 0)
    world.register.said = holder(records=(replace(FIRST, reason="LICENCE_NOT_ACTIVE"), SECOND))
    assert refused(lambda: code(world, session, 20)) == "NOTHING_TO_SHOW:LICENCE_NOT_ACTIVE"
    world.register.said = holder(records=(SECOND,))
    assert refused(lambda: code(world, session, 20)) == "NOTHING_TO_SHOW"
    world.register.said = holder()
    assert code(world, session, 20)


def test_no_consent_page_for_who_has_nothing_to_show(world: World) -> None:
    world.register.said = holder(records=(replace(FIRST, reason="PHOTO_MISSING"),))
    assert refused(lambda: consent(world)) == "NOTHING_TO_SHOW:PHOTO_MISSING"
    assert not world.sessions.rows


def test_of_two_requests_at_one_instant_one_comes_too_soon(world: World) -> None:
    session, won = consent(world), []
    world.sessions.before_replace.append(lambda: won.append(code(world, session, 10)))
    assert refused(lambda: code(world, session, 10)) == "TOO_SOON:5"
    assert len(won) == len(world.issuer.asked) == 1


def test_a_consent_elsewhere_between_asking_and_signing_wins(world: World) -> None:
    session, others = consent(world), []
    world.sessions.before_replace.append(lambda: others.append(consent(world, "tablet", 10)))
    assert refused(lambda: code(world, session, 10)) == "SHOWN_ELSEWHERE"
    assert world.issuer.asked == []
    assert code(world, others[0], 10)


def test_two_consents_at_once_leave_one_session(world: World) -> None:
    others = []
    world.sessions.before_replace.append(lambda: others.append(consent(world, "tablet", 0)))
    phone = consent(world)
    assert refused(lambda: code(world, others[0], 1)) == "SHOWN_ELSEWHERE"
    assert code(world, phone, 1)


def test_leaving_ends_the_session_also_beside_a_code(world: World) -> None:
    session = consent(world)
    world.sessions.before_replace.append(lambda: code(world, session, 3))
    world.desk.leave(PERSON, session.session_id, now=at(NOW + 3))
    assert len(world.issuer.asked) == 1
    assert refused(lambda: code(world, session, 30)) == "SESSION_OVER"


# --- the code book --------------------------------------------------------------------------------


def book(world: World, device: str = "phone", **asked: int) -> bytes:
    """The id of a new book."""
    world.desk.book(PERSON, device_id=device, now=at(NOW), **asked)
    return list(world.shelf.rows)[-1]


def settled(world: World) -> list[tuple[str, bytes]]:
    world.issuer.told.clear()
    world.desk.settle(now=at(NOW + 1))
    assert world.desk.settle(now=at(NOW + 1)) == 0
    return world.issuer.told


@pytest.mark.parametrize(
    ("allowed", "asked", "given"),
    [(14_400, {}, 7200), (3600, {}, 3600), (14_400, {"span_s": 60}, 60)],
)
def test_a_book_is_as_long_as_asked_and_allowed(
    world: World, allowed: int, asked: dict[str, int], given: int
) -> None:
    world.register.said = holder(records=(replace(FIRST, book_span_s=allowed),))
    made = world.desk.book(PERSON, device_id="phone", now=at(NOW), **asked)
    assert made == b"book of %d s" % given
    (row,) = world.shelf.rows.values()
    assert row.ends == at(NOW + given + 30)


def test_no_book_where_the_authority_has_not_allowed_it(world: World) -> None:
    world.register.said = holder(chosen="r2")
    assert refused(lambda: book(world)) == "BOOK_NOT_ALLOWED"
    world.register.said = holder(records=(replace(FIRST, reason="PHOTO_MISSING"),))
    assert refused(lambda: book(world)) == "NOTHING_TO_SHOW:PHOTO_MISSING"
    assert not world.shelf.rows


def test_a_newer_book_ends_the_older_on_any_device(world: World) -> None:
    first, second = book(world), book(world, "tablet")
    assert settled(world) == [("end", first)]
    assert world.shelf.get(second).wanted is BookState.ACTIVE


def test_signing_out_a_device_ends_its_book_and_no_other(world: World) -> None:
    mine = book(world)
    world.desk.signed_out(PERSON, "tablet")
    assert settled(world) == []
    world.desk.signed_out(PERSON, "phone")
    assert settled(world) == [("end", mine)]


def test_the_end_of_the_account_ends_every_book(world: World) -> None:
    mine = book(world)
    world.desk.account_ended(PERSON)
    assert settled(world) == [("end", mine)]


def test_a_book_is_suspended_and_resumed_with_its_record(world: World) -> None:
    mine = book(world)
    suspended = replace(FIRST, reason="LICENCE_NOT_ACTIVE")
    said = []
    for records in ((suspended, SECOND), (suspended,), (FIRST, SECOND)):
        world.register.said = holder(records=records)
        world.desk.record_changed(PERSON)
        said += settled(world)
    assert said == [("suspend", mine), ("resume", mine)]


@pytest.mark.parametrize(
    "changes",
    [
        {"records": (SECOND,)},
        {"name": "乙示例"},
        {"photo": "b" * 64},
        {"records": (replace(FIRST, licence_number="110110105000999"),)},
    ],
)
def test_a_book_that_says_what_is_no_longer_so_is_ended(
    world: World, changes: dict[str, object]
) -> None:
    mine = book(world)
    world.desk.record_changed(PERSON)
    assert settled(world) == []
    world.register.said = holder(**changes)
    world.desk.record_changed(PERSON)
    assert settled(world) == [("end", mine)]


def test_revoked_is_final(world: World) -> None:
    mine = book(world)
    world.desk.signed_out(PERSON, "phone")
    assert settled(world) == [("end", mine)]
    world.desk.record_changed(PERSON)
    assert settled(world) == []
    assert world.shelf.get(mine).wanted is BookState.REVOKED


def test_suspended_and_resumed_before_anyone_was_told_is_nothing(world: World) -> None:
    book(world)
    world.register.said = holder(records=(replace(FIRST, reason="LICENCE_NOT_ACTIVE"),))
    world.desk.record_changed(PERSON)
    world.register.said = holder()
    world.desk.record_changed(PERSON)
    assert settled(world) == []


def test_a_book_that_was_ended_while_it_was_signed_is_not_handed_out(world: World) -> None:
    world.issuer.while_signing = lambda: world.desk.signed_out(PERSON, "phone")
    assert refused(lambda: book(world)) == "BOOK_ENDED"
    assert world.issuer.told == [("end", (1).to_bytes(8, "big"))]
    world.issuer.while_signing = lambda: None
    assert book(world)


def test_what_the_issuer_could_not_be_told_is_told_again(world: World) -> None:
    mine = book(world)
    world.desk.signed_out(PERSON, "phone")

    def down(_book_id: bytes) -> None:
        raise ConnectionError

    able, world.issuer.end_book = world.issuer.end_book, down  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        world.desk.settle(now=at(NOW + 1))
    world.issuer.end_book = able  # type: ignore[method-assign]
    assert settled(world) == [("end", mine)]


def test_a_book_that_has_run_out_needs_no_telling(world: World) -> None:
    book(world)
    world.desk.signed_out(PERSON, "phone")
    assert world.desk.settle(now=at(NOW + 7230)) == 0
    assert world.desk.settle(now=at(NOW + 7229)) == 1
