"""Orders are carried out once, in order, and again after a failure; the audit log shows any change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from registry import audit, checkup, ledger, models, offices, worker
from registry.errors import Code, RegistryError
from registry.offices import Suspension
from registry.ports import (
    CredentialUnknownError,
    DeskUnavailableError,
    IssueRequest,
    Signed,
)
from registry.record import Binding, PersonId, Standing
from registry.roles import Role
from registry.worker import Worked
from tests.registry.world import PHOTO, Kind, World

LIFETIME = timedelta(days=365)


@dataclass
class RecordingDesk:
    """A credential desk that signs nothing and remembers everything."""

    fails: int = 0
    issued: dict[bytes, IssueRequest] = field(default_factory=dict)
    calls: list[tuple[str, bytes]] = field(default_factory=list)
    publications: int = 0
    after_issue: Callable[[], None] | None = None

    def issue(self, request: IssueRequest, *, now: datetime) -> Signed:
        if self.fails:
            self.fails -= 1
            raise DeskUnavailableError("no key")
        self.issued[request.cti] = request
        self.calls.append(("issue", request.cti))
        if self.after_issue:
            self.after_issue()
        return Signed(b"signed " + request.cti, now + LIFETIME)

    def suspend(self, cti: bytes) -> None:
        self._act("suspend", cti)

    def resume(self, cti: bytes) -> None:
        self._act("resume", cti)

    def revoke(self, cti: bytes) -> None:
        self._act("revoke", cti)

    def supersede(self, cti: bytes) -> None:
        self._act("supersede", cti)

    def publish(self, *, now: datetime) -> None:
        self.publications += 1

    def _act(self, verb: str, cti: bytes) -> None:
        if cti not in self.issued:
            raise CredentialUnknownError(cti.hex())
        self.calls.append((verb, cti))


def work(world: World, desk: RecordingDesk) -> Worked:
    return worker.work(world.store, desk, clock=lambda: world.now)


def test_an_approval_is_carried_out_and_published(world: World) -> None:
    actor, desk = world.registered(), RecordingDesk()
    assert work(world, desk) == Worked(2, 0)
    requests = {request.kind: request for request in desk.issued.values()}
    licence = requests["LICENCE"]
    assert licence.authority == "HCP46"
    assert licence.portrait == PHOTO + str(actor.person_id).encode()
    assert licence.facts == {
        "name": "林晓岚",
        "licence_number": "110460000000001",
        "gender": "female",
        "level": "physician",
        "category": 10,
        "scopes": ["内科专业"],
        "place": 46,
        "institution": "海南省健康医院（样例）",
        "title": 234,
        "approved_on": "2026-11-23",
        "filings": [],
        "version": 1,
    }
    assert desk.publications == 1
    with world.store.reading() as unit:
        assert ledger.unpublished(unit) == []
        assert all(
            each.is_signed
            for each in ledger.shown(unit, unit.dossier(PersonId(str(actor.person_id))))
        )
    assert work(world, desk) == Worked(0, 0)


def test_a_failed_signature_waits_is_seen_and_is_tried_again(world: World) -> None:
    world.registered()
    desk = RecordingDesk(fails=2)
    assert work(world, desk) == Worked(0, 2)
    with world.store.reading() as unit:
        assert [order.last_error for order in ledger.pending(unit)] == ["no key", "no key"]
    assert work(world, desk) == Worked(0, 0)
    world.later(hours=2)
    assert work(world, desk) == Worked(2, 0)
    assert len(desk.issued) == 2


def test_dying_after_signing_signs_the_same_credential_again(world: World) -> None:
    world.registered()

    def die() -> None:
        raise KeyboardInterrupt

    desk = RecordingDesk(after_issue=die)
    with pytest.raises(KeyboardInterrupt):
        work(world, desk)
    desk.after_issue = None
    first = set(desk.issued)
    assert work(world, desk) == Worked(1, 0)
    world.later(minutes=3)
    assert work(world, desk) == Worked(1, 0)
    assert first < set(desk.issued)
    assert len(desk.issued) == 2


def test_what_was_overtaken_is_not_signed_any_more(world: World) -> None:
    actor, desk = world.registered(), RecordingDesk()
    world.approve(Kind.INFO_MODIFICATION, actor, title=231)
    assert work(world, desk) == Worked(2, 0)
    assert {request.facts["title"] for request in desk.issued.values()} == {231}
    assert {request.version for request in desk.issued.values()} == {2}


@pytest.mark.parametrize("has_signed", [True, False])
def test_what_a_dead_worker_may_have_signed_is_ended_all_the_same(
    world: World, *, has_signed: bool
) -> None:
    """The registration ends while a worker that died holds the order to issue its credentials."""
    actor, desk = world.registered(), RecordingDesk()
    with world.store.writing() as unit:
        order = ledger.claim(unit, now=world.now)
    assert order is not None
    if has_signed:
        worker._carry_out(world.store, desk, order, now=world.now)
    world.approve(Kind.DEREGISTRATION, actor)
    assert work(world, desk) == Worked(0, 0)  # the claim has not run out
    world.later(minutes=3)
    assert work(world, desk) == Worked(1, 0)
    signed = [("issue", order.cti), ("revoke", order.cti)] if has_signed else []
    assert desk.calls == signed
    with world.store.reading() as unit:
        assert ledger.pending(unit) == []


def test_a_credential_that_somebody_has_and_the_desk_does_not_know_stays_to_be_revoked(
    world: World,
) -> None:
    actor, desk = world.registered(), RecordingDesk()
    work(world, desk)
    world.approve(Kind.DEREGISTRATION, actor)
    assert work(world, RecordingDesk()) == Worked(0, 2)
    with world.store.reading() as unit:
        assert {order.action for order in ledger.pending(unit)} == {"REVOKE"}
    world.later(minutes=3)
    assert work(world, desk) == Worked(2, 0)


def test_a_life_in_the_order_of_its_orders(world: World) -> None:
    actor, desk = world.registered(), RecordingDesk()
    work(world, desk)
    for kind in (Kind.SUSPEND_FILING, Kind.CANCEL_SUSPEND_FILING, Kind.DEREGISTRATION):
        world.approve(kind, actor)
    work(world, desk)
    for cti in desk.issued:
        said = [name for name, of in desk.calls if of == cti]
        assert said == ["issue", "suspend", "resume", "revoke"]


def test_an_account_revoked_rests_the_badge_and_not_the_licence(world: World) -> None:
    actor = world.registered()
    person_id = PersonId(str(actor.person_id))
    with pytest.raises(RegistryError, match="NOT_FOUND"):
        offices.revoke_account(world.desk, person_id, by=world.clerk("sanya"), now=world.now)
    offices.revoke_account(world.desk, person_id, by=world.clerk(), now=world.now)
    assert world.credentials(actor) == [("BADGE", 1, "SUSPENDED"), ("LICENCE", 1, "ACTIVE")]
    offices.activate_account(world.desk, person_id, by=world.clerk(), now=world.now)
    assert world.dossier(actor).person.binding is Binding.ACTIVE
    assert world.credentials(actor) == [("BADGE", 1, "ACTIVE"), ("LICENCE", 1, "ACTIVE")]


def test_a_suspension_needs_ground_document_and_a_second_person(world: World) -> None:
    actor = world.registered()
    record = world.only_record(actor)
    first, second = world.officer(), world.officer(number=2)
    empty = Suspension(record_id=record.id, ground="考核不合格", document=" ")
    with pytest.raises(RegistryError, match="DOCUMENT_REQUIRED"):
        offices.propose_suspension(world.desk, empty, by=first, now=world.now)
    asked = Suspension(record_id=record.id, ground="考核不合格", document="琼卫〔2026〕1号")
    with pytest.raises(RegistryError, match="NOT_FOUND"):
        offices.propose_suspension(world.desk, asked, by=world.officer("P11"), now=world.now)
    order = offices.propose_suspension(world.desk, asked, by=first, now=world.now)
    with pytest.raises(RegistryError, match="SECOND_PERSON_REQUIRED"):
        offices.confirm_suspension(world.desk, order, by=first, now=world.now)
    assert world.only_record(actor).standing is Standing.VALID
    offices.confirm_suspension(world.desk, order, by=second, now=world.now)
    assert world.only_record(actor).standing is Standing.SUSPENDED
    assert {state for _, _, state in world.credentials(actor)} == {"SUSPENDED"}
    with pytest.raises(RegistryError, match="ALREADY_DECIDED"):
        offices.confirm_suspension(world.desk, order, by=second, now=world.now)


def test_nobody_opens_an_account_for_the_own_office(world: World) -> None:
    asked = {
        "role": Role.INSTITUTION_CLERK,
        "org_id": "haikou",
        "username": "newclerk",
        "name": "新经办",
        "password": "Secret2026",
        "now": world.now,
    }
    with pytest.raises(RegistryError, match="ROLE_FORBIDDEN"):
        offices.open_clerk_account(world.desk, by=world.clerk(), **asked)
    with pytest.raises(RegistryError, match="NOT_FOUND"):
        offices.open_clerk_account(world.desk, by=world.officer("P11"), **asked)
    assert offices.open_clerk_account(world.desk, by=world.officer(), **asked)


def test_no_credential_without_a_record_and_no_order_without_a_ground(world: World) -> None:
    world.registered()
    with world.store.reading() as unit:
        (row, *_) = unit.connection.execute(sa.select(models.issue_order)).all()
    with pytest.raises(sa.exc.IntegrityError), world.store.writing() as unit:
        unit.connection.execute(
            sa.insert(models.issue_order).values(
                credential_id=row.credential_id,
                action="ISSUE",
                audit_seq=999_999,
                ordered_at=world.now,
            )
        )


# The audit log.


def rows_of(world: World) -> list[audit.Row]:
    with world.store.reading() as unit:
        return list(unit.audit_page())


def test_the_log_of_a_life_is_unbroken(world: World) -> None:
    world.registered()
    with world.store.reading() as unit:
        assert audit.verify(unit.audit_page()) == unit.audit_head()
    assert [row.action for row in rows_of(world)][-4:] == [
        "application.submit",
        "application.pass",
        "application.accept",
        "application.approve",
    ]


def test_the_log_is_walked_by_pages_between_which_others_write(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.registered()
    monkeypatch.setattr(checkup, "LOG_PAGE", 2)
    monkeypatch.setattr(audit, "verify", slowly(world, audit.verify))
    head = checkup.walk_log(world.store)
    with world.store.reading() as unit:
        assert (head.seq, head) == (7, unit.audit_head())


def slowly(world: World, verify: Callable[..., audit.Head]) -> Callable[..., audit.Head]:
    """The walk over the log, during which somebody else's photo arrives."""

    def rows_with_a_pause(rows: Iterable[audit.Row]) -> Iterator[audit.Row]:
        for row in rows:
            if row.seq == 3:
                world.physician("同时登记者")
            yield row

    return lambda rows, **more: verify(rows_with_a_pause(rows), **more)


@pytest.mark.parametrize(
    ("tamper", "bad"),
    [
        (lambda rows: [*rows[:2], _changed(rows[2]), *rows[3:]], "3"),
        (lambda rows: rows[:2] + rows[3:], "3"),
        (lambda rows: [*rows[:2], rows[3], rows[2], *rows[4:]], "3"),
        (lambda rows: [*rows[:3], rows[2], *rows[3:]], "4"),
        (lambda rows: rows[:-1], "6"),
    ],
    ids=["changed", "deleted", "reordered", "inserted", "tail cut"],
)
def test_any_change_is_named_by_its_row(
    sqlite_world: World,
    tamper: Callable[[list[audit.Row]], list[audit.Row]],
    bad: str,
) -> None:
    sqlite_world.registered()
    rows = rows_of(sqlite_world)
    assert len(rows) == 6
    head = audit.Head(seq=rows[-1].seq, hash=rows[-1].hash)
    audit.verify(rows, heads=[head])
    with pytest.raises(RegistryError, match=f"{Code.AUDIT_BROKEN}:{bad}$"):
        audit.verify(tamper(rows), heads=[head])


def _changed(row: audit.Row) -> audit.Row:
    parts = {name: getattr(row, name) for name in audit.Row.__dataclass_fields__}
    return audit.Row(**{**parts, "actor": "somebody else"})


def test_a_chain_rebuilt_as_a_whole_fails_against_a_signed_head(sqlite_world: World) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    sqlite_world.registered()
    rows = rows_of(sqlite_world)
    key = Ed25519PrivateKey.generate()
    head = audit.signed(audit.Head(seq=rows[-1].seq, hash=rows[-1].hash), key.sign)

    def check(message: bytes, signature: bytes) -> bool:
        try:
            key.public_key().verify(signature, message)
        except InvalidSignature:
            return False
        return True

    rebuilt, last = [], audit.Head(seq=0, hash=audit.START)
    for row in rows:
        parts = ("at", "actor", "role", "action", "subject")
        said = {name: getattr(row, name) for name in parts}
        new = audit.chained(last, **said, details={"forged": True})
        rebuilt.append(new)
        last = audit.Head(seq=new.seq, hash=new.hash)
    audit.verify(rebuilt)
    audit.verify(rows, heads=[head], check=check)
    with pytest.raises(RegistryError, match="AUDIT_BROKEN:6"):
        audit.verify(rebuilt, heads=[head], check=check)
    forged = audit.Head(seq=last.seq, hash=last.hash, signature="00" * 64)
    with pytest.raises(RegistryError, match="AUDIT_BROKEN:head 6"):
        audit.verify(rebuilt, heads=[forged], check=check)


@pytest.mark.parametrize("table", ["audit", "review_step", "practice_record_version"])
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE"])
def test_the_database_refuses_to_change_history(world: World, table: str, verb: str) -> None:
    world.registered()
    history = models.metadata.tables[table]
    column = "version" if table == "practice_record_version" else "actor"
    statement = {
        "UPDATE": history.update().values({column: history.c[column]}),
        "DELETE": history.delete(),
    }[verb]
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), world.store.writing() as unit:
        unit.connection.execute(statement)
    assert rows_of(world)
