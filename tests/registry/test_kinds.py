"""Every kind can be driven from its form to its effect; the table says what the manual says."""

from __future__ import annotations

import pytest

from registry.kinds import KINDS
from registry.record import Level, Standing
from registry.workflow import Status
from tests.registry.world import Kind, World


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_comes_into_force(world: World, kind: Kind) -> None:
    actor = world.admitted(kind)
    before = world.dossier(actor)
    application = world.approve(kind, actor)
    assert application.status is Status.APPROVED
    assert world.dossier(actor) != before


def test_there_are_thirteen() -> None:
    assert list(KINDS) == list(Kind)
    assert len(KINDS) == 13


def test_a_first_registration_gives_record_licence_and_badge(world: World) -> None:
    actor = world.registered()
    record = world.only_record(actor)
    assert (record.standing, record.place, record.level) == (Standing.VALID, "46", Level.PHYSICIAN)
    assert record.licence_number == "110460000000001"
    assert world.credentials(actor) == [("BADGE", 1, "ACTIVE"), ("LICENCE", 1, "ACTIVE")]
