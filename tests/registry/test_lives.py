"""Whole lives of applications, drawn at random from what is open, with a count of what was reached.

Only open actions are drawn, and only kinds whose form is admitted, so that the lives get somewhere; the
test fails unless every kind was approved, returned, refused, withdrawn and voided where its route has
that step. After every action the records' invariants and the credentials are compared with each other.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from registry import credentials, ledger, migrations
from registry.errors import RegistryError
from registry.kinds import KINDS
from registry.record import LIVE, Level, Standing
from registry.roles import SYSTEM, Actor
from registry.store import Store
from registry.workflow import OPEN, Action, Application, ApplicationId, Status
from tests.registry.world import Kind, World

ENDS = {
    "approved": Status.APPROVED,
    "withdrawn": Status.WITHDRAWN,
    "voided": Status.VOIDED,
    "refused": Status.REJECTED_BY_AUTHORITY,
}


@dataclass
class Reached:
    """What the lives came to, by kind; shared by all examples of a run."""

    count: dict[Kind, Counter[Status]] = field(default_factory=lambda: defaultdict(Counter))
    refusals: int = 0


def check(world: World, actor: Actor) -> None:
    dossier = world.dossier(actor)
    live = dossier.live_records
    assert len({record.place for record in live}) == len(live)  # I1
    assert len(live) == 1 or all(record.level is Level.PHYSICIAN for record in live)  # I2
    assert len({(record.level, record.category) for record in live}) <= 1  # I3
    for record in dossier.records:  # I5
        expected = record.county if record.level is Level.ASSISTANT else record.county[:2]
        assert record.place == expected
    with world.store.reading() as unit:
        held = ledger.held(unit, dossier)
    assert credentials.due(dossier, held, today=world.today) == []
    for each in held:
        record = dossier.record(each.record_id)
        assert record is not None
        if each.state == "ACTIVE":
            assert record.standing is Standing.VALID
            assert each.facts["licence_number"] == record.licence_number
        if record.standing not in LIVE:
            assert each.state in ("REVOKED", "SUPERSEDED")


def somebody(world: World, application: Application, action: Action, actor: Actor) -> Actor:
    if action is Action.VOID:
        return SYSTEM
    if action in (Action.SUBMIT, Action.WITHDRAW):
        return actor
    if action in (Action.PASS, Action.RETURN, Action.REJECT):
        return world.reviewer(application.id)
    return world.decider(application.id)


REACHED = Reached()
_numbers = itertools.count()


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def live(data: st.DataObject, directory: Path) -> None:
    path = directory / f"{next(_numbers)}.db"
    path.write_bytes((directory / "template.db").read_bytes())
    store = Store.open(f"sqlite:///{path}")
    world = World(store)
    first = data.draw(st.sampled_from(list(Kind)), label="kind")
    actor = world.admitted(first)
    kinds = [first, *data.draw(st.lists(st.sampled_from(list(Kind)), max_size=3), label="more")]
    for kind in kinds:
        try:
            application_id = world.draft(kind, actor)
        except (RegistryError, IndexError):
            REACHED.refusals += 1
            continue
        go_on(data, world, actor, application_id)
        check(world, actor)
    store.close()
    path.unlink()


def go_on(data: st.DataObject, world: World, actor: Actor, application_id: ApplicationId) -> None:
    for _ in range(data.draw(st.integers(3, 9), label="steps")):
        application = world.application(application_id)
        if application.status not in OPEN:
            break
        parties = [actor, SYSTEM]
        if application.institution_id:
            parties.append(world.reviewer(application_id))
        if application.authority_id:
            parties.append(world.decider(application_id))
        choices = []
        for party in parties:
            if world_sees(application, party):
                view = world.desk.view(application_id, by=party, now=world.now)
                choices += [
                    (action, party)
                    for action in sorted(view.actions - {Action.EDIT, Action.DELETE})
                    # Going on is drawn more often than stopping, or nothing would arrive.
                    for _ in range(6 if action in FORWARD else 1)
                ]
        action, party = data.draw(st.sampled_from(choices), label="action")
        try:
            after = world.act(application_id, action, party)
        except RegistryError:
            REACHED.refusals += 1
            world.later(days=1)
            continue
        assert after.version == application.version + 1
        REACHED.count[application.kind][after.status] += 1
        check(world, actor)
        world.now += timedelta(hours=data.draw(st.integers(0, 30), label="hours"))


FORWARD = frozenset({Action.SUBMIT, Action.PASS, Action.ACCEPT, Action.APPROVE})


def world_sees(application: Application, party: Actor) -> bool:
    from registry.workflow import may_see

    return may_see(application, party)


def test_whole_lives_reach_every_end_and_break_nothing(tmp_path: Path) -> None:
    template = Store.open(f"sqlite:///{tmp_path / 'template.db'}")
    migrations.upgrade(template)
    template.close()
    live(directory=tmp_path)
    every_end(tmp_path)
    missing = [
        f"{kind} {end}"
        for kind, row in KINDS.items()
        for end, status in ENDS.items()
        if not REACHED.count[kind][status]
        and not (row.reviewer is None and end == "refused")
        and not (row.authority is None and end == "refused")
    ]
    returned = [
        kind
        for kind, row in KINDS.items()
        if row.reviewer and not REACHED.count[kind][Status.RETURNED_BY_INSTITUTION]
    ]
    assert missing == []
    assert returned == []
    assert sum(REACHED.count[kind][Status.APPROVED] for kind in Kind) > 30


def every_end(directory: Path) -> None:
    """Chance need not reach every end of every kind; what it may miss is walked to here, by the same
    steps and under the same checks."""
    path = directory / "walked.db"
    path.write_bytes((directory / "template.db").read_bytes())
    world = World(Store.open(f"sqlite:///{path}"))
    for kind, row in KINDS.items():
        for end in (Status.RETURNED_BY_INSTITUTION, *ENDS.values()):
            if REACHED.count[kind][end] or not _has(row.reviewer, row.authority, end):
                continue
            actor = world.admitted(kind)
            application_id = world.draft(kind, actor)
            if end is Status.VOIDED:
                with world.store.writing() as unit:
                    draft = unit.application(application_id).application
                    world.desk.step(unit, draft, Action.VOID, by=SYSTEM, now=world.now)
            else:
                walk(world, actor, application_id, end)
            REACHED.count[kind][world.application(application_id).status] += 1
            check(world, actor)
    world.store.close()


def _has(reviewer: object, authority: object, end: Status) -> bool:
    if end is Status.REJECTED_BY_AUTHORITY:
        return authority is not None
    return end is not Status.RETURNED_BY_INSTITUTION or reviewer is not None


def walk(world: World, actor: Actor, application_id: ApplicationId, end: Status) -> None:
    if end is Status.WITHDRAWN:
        world.act(application_id, Action.WITHDRAW, actor)
        return
    world.act(application_id, Action.SUBMIT, actor)
    if end is Status.RETURNED_BY_INSTITUTION:
        world.act(application_id, Action.RETURN, world.reviewer(application_id))
    elif end is Status.REJECTED_BY_AUTHORITY:
        world.advance(application_id, until=Status.ACCEPTED)
        world.act(application_id, Action.REFUSE, world.decider(application_id))
    else:
        world.advance(application_id, until=end)
