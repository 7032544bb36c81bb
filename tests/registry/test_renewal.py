"""Licences and badges are renewed in time, without anybody's doing, and old and new share their fate."""

from __future__ import annotations

from datetime import timedelta

import pytest

from registry import checkup, worker
from registry.credentials import RENEWED_BEFORE
from registry.deadlines import Became, tick
from registry.messages import Notice
from registry.roles import Actor
from tests.registry.test_worker import LIFETIME, RecordingDesk
from tests.registry.world import Kind, World

BOTH_ONCE = [("BADGE", 1, "ACTIVE"), ("LICENCE", 1, "ACTIVE")]
BOTH_TWICE = [
    ("BADGE", 1, "ACTIVE"),
    ("BADGE", 2, "ACTIVE"),
    ("LICENCE", 1, "ACTIVE"),
    ("LICENCE", 2, "ACTIVE"),
]


@pytest.fixture
def desk() -> RecordingDesk:
    return RecordingDesk()


def work(world: World, desk: RecordingDesk) -> None:
    worker.work(world.store, desk, clock=lambda: world.now)


def renewals(world: World) -> list[Became]:
    return [each for each in tick(world.desk, now=world.now) if each.notice is Notice.RENEWED]


def issued(world: World, desk: RecordingDesk) -> Actor:
    actor = world.registered()
    work(world, desk)
    return actor


def renewed(world: World, desk: RecordingDesk) -> Actor:
    actor = issued(world, desk)
    world.now += LIFETIME - RENEWED_BEFORE
    assert len(renewals(world)) == 1
    work(world, desk)
    return actor


def test_sixty_days_before_their_end_both_are_renewed_once(
    world: World, desk: RecordingDesk
) -> None:
    actor = issued(world, desk)
    ends = world.now + LIFETIME
    world.now = ends - RENEWED_BEFORE - timedelta(days=1)
    assert renewals(world) == []
    assert world.credentials(actor) == BOTH_ONCE
    world.later(days=1)
    (became,) = renewals(world)
    assert (became.subject, became.due_on) == (actor.person_id, (ends + timedelta(hours=8)).date())
    assert renewals(world) == []
    assert world.credentials(actor) == BOTH_TWICE
    work(world, desk)
    assert len(desk.issued) == 4
    assert [call for call, _ in desk.calls] == ["issue"] * 4  # the old ones are left alone


def test_the_new_ones_are_renewed_in_their_turn(world: World, desk: RecordingDesk) -> None:
    actor = renewed(world, desk)
    world.later(days=61)  # the first ones have ended
    assert renewals(world) == []
    world.now += LIFETIME - timedelta(days=120)
    assert len(renewals(world)) == 1
    assert {version for _, version, _ in world.credentials(actor)} == {1, 2, 3}


@pytest.mark.parametrize(
    ("kind", "state", "act"),
    [(Kind.SUSPEND_FILING, "SUSPENDED", "suspend"), (Kind.DEREGISTRATION, "REVOKED", "revoke")],
)
def test_what_rests_or_ends_the_record_does_so_to_old_and_new(
    world: World, desk: RecordingDesk, kind: Kind, state: str, act: str
) -> None:
    actor = renewed(world, desk)
    world.approve(kind, actor)
    assert {each[2] for each in world.credentials(actor)} == {state}
    desk.calls.clear()
    work(world, desk)
    assert {call for call, _ in desk.calls} == {act}
    assert {cti for _, cti in desk.calls} == set(desk.issued)


def test_a_fact_that_changes_supersedes_both(world: World, desk: RecordingDesk) -> None:
    actor = renewed(world, desk)
    world.approve(Kind.INFO_MODIFICATION, actor, title=231)
    states = {(kind, version): state for kind, version, state in world.credentials(actor)}
    assert {states["BADGE", 1], states["BADGE", 2], states["LICENCE", 1]} == {"SUPERSEDED"}
    assert (states["BADGE", 3], states["LICENCE", 3]) == ("ACTIVE", "ACTIVE")


def test_who_rests_is_renewed_on_coming_back(world: World, desk: RecordingDesk) -> None:
    actor = issued(world, desk)
    world.approve(Kind.SUSPEND_FILING, actor)
    work(world, desk)
    world.now += LIFETIME + timedelta(days=1)
    assert renewals(world) == []
    world.approve(Kind.CANCEL_SUSPEND_FILING, actor)
    states = {(kind, version): state for kind, version, state in world.credentials(actor)}
    # What has run out is left as it was; nobody resumes it.
    assert states == {
        ("BADGE", 1): "SUSPENDED",
        ("BADGE", 2): "ACTIVE",
        ("LICENCE", 1): "SUSPENDED",
        ("LICENCE", 2): "ACTIVE",
    }


def test_what_has_run_out_does_not_contradict_the_record(world: World, desk: RecordingDesk) -> None:
    actor = renewed(world, desk)
    world.later(days=100)
    world.approve(Kind.SUSPEND_FILING, actor)
    assert list(checkup.faults(world.store)) == []
    assert {state for *_, state in world.credentials(actor)} == {"SUSPENDED"}


def test_many_that_end_at_one_instant_are_all_renewed(
    world: World, desk: RecordingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.queues.PAGE", 3)
    people = [world.registered(f"同日者{name}") for name in "甲乙丙丁"]
    work(world, desk)
    world.now += LIFETIME - RENEWED_BEFORE
    assert {each.subject for each in renewals(world)} == {each.person_id for each in people}
