"""What changes no record is on record too, and so is every credential action, once."""

from __future__ import annotations

import pytest

from registry import audit, worker
from registry.audit import Row
from registry.desk import Deed
from tests.registry.test_worker import RecordingDesk
from tests.registry.world import Kind, World


def rows(world: World) -> list[Row]:
    with world.store.reading() as unit:
        kept = list(unit.audit_page())
    audit.verify(kept)
    return kept


@pytest.mark.parametrize("deed", list(Deed))
def test_a_deed_is_a_row_of_the_chain(world: World, deed: Deed) -> None:
    before = len(rows(world))
    seq = world.desk.note(
        deed, "person000001", by=world.clerk(), now=world.now, details={"rows": 40}
    )
    *_, last = rows(world)
    assert (last.seq, last.action, last.subject, last.actor) == (
        seq,
        deed,
        "person000001",
        "clerk1-haikou",
    )
    assert (last.details, len(rows(world))) == ({"rows": 40}, before + 1)


def test_each_credential_action_is_a_row_once(world: World) -> None:
    actor, desk = world.registered(), RecordingDesk()
    for _ in range(2):
        worker.work(world.store, desk, clock=lambda: world.now)
    world.approve(Kind.SUSPEND_FILING, actor)
    worker.work(world.store, desk, clock=lambda: world.now)
    did = [row.action for row in rows(world) if row.action.startswith("credential.")]
    assert sorted(did) == ["credential.issue"] * 2 + ["credential.suspend"] * 2
    assert len(desk.calls) == 4
