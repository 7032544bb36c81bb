"""What offices do besides applications, each refusal beside what is allowed."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from registry import credentials, offices, queues, roll
from registry.deadlines import tick
from registry.errors import Code, RegistryError
from registry.messages import Notice
from registry.offices import Suspension
from registry.record import (
    Announced,
    Bar,
    BarId,
    Level,
    MilitaryId,
    MilitaryRegistration,
    MilitaryState,
    PersonId,
    PhotoState,
    QualificationId,
    Standing,
)
from registry.roles import Actor, Role, UserId
from registry.rules import Policy
from registry.store import Store
from registry.workflow import Action, Status, Word, decision_due_on
from tests.registry.world import Kind, World


def refused(code: Code) -> Any:
    return pytest.raises(RegistryError, match=f"(^|, ){code}")


def person_of(actor: Actor) -> PersonId:
    assert actor.person_id is not None
    return actor.person_id


def told(world: World, to_id: str) -> set[str]:
    with world.store.reading() as unit:
        return {row.code for row in queues.notices(unit, to_id)}


def audited(world: World, action: str) -> list[Any]:
    with world.store.reading() as unit:
        return [row for row in unit.audit_page() if row.action == action]


def open_tasks(world: World, org_id: str) -> set[tuple[str, str]]:
    with world.store.reading() as unit:
        return {(row.code, row.subject) for row in queues.tasks(unit, org_id)}


# Photos.


def test_a_refused_photo_leaves_the_confirmed_one_in_use(world: World) -> None:
    actor = world.registered()
    person_id = person_of(actor)
    confirmed = world.dossier(actor).confirmed_photo
    assert confirmed is not None
    world.desk.upload_photo(b"a hat", by=actor, now=world.now)
    pending = world.dossier(actor).pending_photo
    assert pending is not None
    asked = {"reason": "戴帽，请免冠", "now": world.now}
    with refused(Code.NOT_FOUND):
        offices.refuse_photo(
            world.desk, person_id, pending.sha256, by=world.clerk("sanya"), **asked
        )
    with refused(Code.STALE_FORM):
        offices.refuse_photo(world.desk, person_id, confirmed.sha256, by=world.clerk(), **asked)
    with refused(Code.OPINION_REQUIRED):
        offices.refuse_photo(
            world.desk, person_id, pending.sha256, reason=" ", by=world.clerk(), now=world.now
        )
    with refused(Code.SELF_APPROVAL):
        same_human = replace(world.clerk(), person_id=person_id)
        offices.refuse_photo(world.desk, person_id, pending.sha256, by=same_human, **asked)
    with refused(Code.ROLE_FORBIDDEN):
        offices.refuse_photo(world.desk, person_id, pending.sha256, by=world.officer(), **asked)
    offices.refuse_photo(world.desk, person_id, pending.sha256, by=world.clerk(), **asked)
    dossier = world.dossier(actor)
    assert (dossier.confirmed_photo, dossier.pending_photo) == (confirmed, None)
    assert dossier.refused_photo == replace(
        pending, state=PhotoState.REFUSED, reason="戴帽，请免冠"
    )
    assert Notice.PHOTO_REFUSED in told(world, person_id)
    assert [row.details["reason"] for row in audited(world, "photo.refuse")] == ["戴帽，请免冠"]
    assert {state for *_, state in world.credentials(actor)} == {"ACTIVE"}
    with refused(Code.STALE_FORM):
        offices.refuse_photo(world.desk, person_id, pending.sha256, by=world.clerk(), **asked)


def test_a_second_refusal_replaces_the_first_and_a_confirmation_ends_both(world: World) -> None:
    actor = world.registered()
    person_id = person_of(actor)
    for n in range(2):
        world.desk.upload_photo(b"hat %d" % n, by=actor, now=world.now)
        pending = world.dossier(actor).pending_photo
        assert pending is not None
        offices.refuse_photo(
            world.desk,
            person_id,
            pending.sha256,
            reason=f"第{n}次",
            by=world.clerk(),
            now=world.now,
        )
    assert getattr(world.dossier(actor).refused_photo, "reason", "") == "第1次"
    world.desk.upload_photo(b"a face", by=actor, now=world.now)
    pending = world.dossier(actor).pending_photo
    assert pending is not None
    with refused(Code.STALE_FORM):
        offices.confirm_photo(world.desk, person_id, "0" * 64, by=world.clerk(), now=world.now)
    offices.confirm_photo(world.desk, person_id, pending.sha256, by=world.clerk(), now=world.now)
    (photo,) = world.dossier(actor).photos
    assert (photo.state, photo.sha256) == (PhotoState.CONFIRMED, pending.sha256)
    assert ("LICENCE", 2, "ACTIVE") in world.credentials(actor)


def test_a_first_registration_waits_for_another_photo(world: World) -> None:
    actor = world.physician()
    application = world.submitted(Kind.FIRST_REGISTRATION, actor)
    pending = world.dossier(actor).pending_photo
    assert pending is not None
    by = {"by": world.clerk(), "now": world.now}
    person_id = person_of(actor)
    offices.refuse_photo(world.desk, person_id, pending.sha256, reason="模糊", **by)
    with pytest.raises(RegistryError, match="FIELD_OPTION:photo_id"):
        world.act(application, Action.PASS, world.clerk())
    world.act(application, Action.RETURN, world.clerk())
    photo_id = world.desk.upload_photo(b"sharp", by=actor, now=world.now)
    seen = world.desk.view(application, by=actor, now=world.now).seen
    world.desk.save(application, {"photo_id": photo_id}, by=actor, seen=seen, now=world.now)
    world.act(application, Action.SUBMIT, actor)
    world.advance(application, until=Status.APPROVED)
    assert world.dossier(actor).confirmed_photo


# Military registrations.


def military(actor: Actor, **parts: Any) -> MilitaryRegistration:
    return MilitaryRegistration(
        **{
            "id": MilitaryId("m1"),
            "person_id": person_of(actor),
            "unit": "某部队医院（样例）",
            "organ": "某军兵种卫生部门（样例）",
            "certificate_number": "军医字第1号",
            "level": Level.PHYSICIAN,
            "category": 10,
            "title": 233,
            **parts,
        }
    )


def test_an_authority_enters_a_military_registration_against_its_certificate(
    world: World,
) -> None:
    actor = world.physician()
    row, officer = military(actor), world.officer()
    wrongs: dict[Code, MilitaryRegistration] = {
        Code.DOCUMENT_REQUIRED: replace(row, certificate_number=" "),
        Code.FIELD_OPTION: replace(row, category=99),
        Code.MILITARY_NOT_HELD: replace(row, state=MilitaryState.MOVED_TO_LOCAL),
        Code.NOT_FOUND: replace(row, person_id=PersonId("nobody")),
    }
    for code, wrong in wrongs.items():
        with refused(code):
            offices.enter_military(world.desk, wrong, by=officer, now=world.now)
    with refused(Code.ROLE_FORBIDDEN):
        offices.enter_military(world.desk, row, by=world.clerk(), now=world.now)
    with refused(Code.SELF_APPROVAL):
        himself = replace(officer, person_id=actor.person_id)
        offices.enter_military(world.desk, row, by=himself, now=world.now)
    offices.enter_military(world.desk, row, by=officer, now=world.now)
    with refused(Code.DUPLICATE):
        again = military(world.physician("另一人"), id=MilitaryId("m2"))
        offices.enter_military(world.desk, again, by=officer, now=world.now)
    ((entry,),) = [audited(world, "military.enter")]
    assert entry.details["certificate"] == "军医字第1号"
    world.approve(Kind.MILITARY_IN, actor)
    assert world.only_record(actor).title == 233
    with refused(Code.MILITARY_NOT_HELD):
        world.submitted(Kind.MILITARY_IN, actor)


# Exceptions to one level and category (I3).


def test_level_and_category_differ_only_where_an_authority_said_why(world: World) -> None:
    actor = world.registered(more_qualifications=((Level.PHYSICIAN, 41),))
    record = world.only_record(actor)
    tcm = world.dossier(actor).qualifications[1]
    second = {
        "qualification_id": tcm.id,
        "institution_id": "beijing",
        "place": "11",
        "scopes": ["TCM.TCM"],
    }
    with refused(Code.LEVEL_CATEGORY_MIXED):
        world.submitted(Kind.FIRST_REGISTRATION, actor, **second)
    mark = {"by": world.officer(), "now": world.now}
    with refused(Code.OPINION_REQUIRED):
        offices.mark_exception(world.desk, record.id, reason="", **mark)
    with refused(Code.NOT_FOUND):
        offices.mark_exception(
            world.desk, record.id, reason="双证", by=world.officer("P11"), now=world.now
        )
    with refused(Code.ROLE_FORBIDDEN):
        offices.mark_exception(
            world.desk, record.id, reason="双证", by=world.clerk(), now=world.now
        )
    offices.mark_exception(world.desk, record.id, reason="持两类资格，经核准", **mark)
    with refused(Code.ALREADY_DECIDED):
        offices.mark_exception(world.desk, record.id, reason="持两类资格，经核准", **mark)
    (row,) = audited(world, "record.exception")
    assert (row.subject, row.details["reason"]) == (record.id, "持两类资格，经核准")
    world.approve(Kind.FIRST_REGISTRATION, actor, **second)
    records = world.dossier(actor).live_records
    assert {each.category for each in records} == {10, 41}
    assert len({each.licence_number for each in records}) == 2
    # The marked record may go on changing beside the other one.
    world.approve(Kind.CHANGE, actor, record_id=record.id, qualification_id=record.qualification_id)
    ended = world.registered("已注销")
    gone = world.only_record(ended)
    world.approve(Kind.DEREGISTRATION, ended)
    with refused(Code.LICENCE_NOT_ACTIVE):
        offices.mark_exception(world.desk, gone.id, reason="双证", **mark)


# More time to decide.


@pytest.fixture
def patient(store: Store) -> World:
    return World(store, policy=Policy(may_extend=True, deregister_filed_two_years=True))


def test_no_decision_is_put_off_unless_policy_allows_it(world: World) -> None:
    application = world.submitted(Kind.FIRST_REGISTRATION, world.physician())
    world.advance(application, until=Status.ACCEPTED)
    assert (
        Action.EXTEND not in world.desk.view(application, by=world.officer(), now=world.now).actions
    )
    with refused(Code.EXTENSION_NOT_ALLOWED):
        world.act(application, Action.EXTEND, world.officer())


def test_a_decision_is_put_off_once_with_its_reason(patient: World) -> None:
    world = patient
    actor = world.physician()
    application = world.submitted(Kind.FIRST_REGISTRATION, actor)
    world.advance(application, until=Status.ACCEPTED)
    accepted = world.application(application).accepted_on
    day = world.desk.day
    with world.store.reading() as unit:
        due = decision_due_on(world.application(application), day(unit, world.now))
    assert (accepted, due) == (date(2026, 11, 23), date(2026, 12, 21))
    world.now = datetime(2026, 12, 21, 15, 59, tzinfo=UTC)
    with refused(Code.OPINION_REQUIRED):
        world.act(application, Action.EXTEND, world.officer(), word=Word(opinion=" "))
    with refused(Code.ROLE_FORBIDDEN):
        world.act(application, Action.EXTEND, world.clerk())
    before = world.application(application)
    after = world.act(application, Action.EXTEND, world.officer(), word=Word(opinion="需核实资料"))
    assert (after.status, after.extended_on) == (Status.ACCEPTED, date(2026, 12, 21))
    assert after.waits_since == before.waits_since
    assert Notice.DECISION_EXTENDED in told(world, person_of(actor))
    with refused(Code.EXTENDED_BEFORE):
        world.act(application, Action.EXTEND, world.officer())
    with world.store.reading() as unit:
        assert decision_due_on(after, day(unit, world.now)) == date(2027, 1, 4)
        assert unit.steps(application)[-1].opinion == "需核实资料"
    world.now = datetime(2027, 1, 4, 15, 59, tzinfo=UTC)
    assert tick(world.desk, now=world.now) == []
    world.later(minutes=2)
    (became,) = tick(world.desk, now=world.now)
    assert (became.notice, became.due_on) == (Notice.DECISION_OVERDUE, date(2027, 1, 4))
    assert open_tasks(world, "P46") == {(Notice.DECISION_OVERDUE, application)}
    world.act(application, Action.APPROVE, world.officer())
    assert open_tasks(world, "P46") == set()


# Two persons.


@pytest.fixture
def strict(store: Store) -> World:
    return World(store, policy=Policy(two_persons_decide=True))


def test_who_accepted_is_stored_and_does_not_decide(strict: World) -> None:
    application = strict.submitted(Kind.FIRST_REGISTRATION, strict.physician())
    strict.advance(application, until=Status.AUTHORITY_REVIEW)
    strict.act(application, Action.ACCEPT, strict.officer(number=1))
    assert strict.application(application).accepted_by == strict.officer(number=1).user_id
    for action in (Action.APPROVE, Action.REFUSE):
        with refused(Code.SECOND_PERSON_REQUIRED):
            word = Word(opinion="不同意", ground="OTHER")
            strict.act(application, action, strict.officer(number=1), word=word)
    assert strict.application(application).status is Status.ACCEPTED
    strict.act(application, Action.APPROVE, strict.officer(number=2))
    assert strict.application(application).status is Status.APPROVED


def test_of_two_who_accept_at_once_one_does_and_the_other_decides(strict: World) -> None:
    application = strict.submitted(Kind.FIRST_REGISTRATION, strict.physician())
    strict.advance(application, until=Status.AUTHORITY_REVIEW)
    seen = {
        n: strict.desk.view(application, by=strict.officer(number=n), now=strict.now).seen
        for n in (1, 2)
    }
    start, said = threading.Barrier(2), dict[int, str]()

    def accept(number: int) -> None:
        start.wait()
        try:
            strict.desk.act(
                application,
                Action.ACCEPT,
                by=strict.officer(number=number),
                seen=seen[number],
                word=Word(papers_seen=True),
                now=strict.now,
                request=f"race-{number}",
            )
            said[number] = "accepted"
        except RegistryError as error:
            said[number] = str(error.reasons[0].code)

    clerks = [threading.Thread(target=accept, args=(number,)) for number in (1, 2)]
    for each in clerks:
        each.start()
    for each in clerks:
        each.join()
    assert sorted(said.values())[-1] == "accepted", said
    assert list(said.values()).count("accepted") == 1
    (winner,) = [number for number, word in said.items() if word == "accepted"]
    assert strict.application(application).accepted_by == strict.officer(number=winner).user_id
    with refused(Code.SECOND_PERSON_REQUIRED):
        strict.act(application, Action.APPROVE, strict.officer(number=winner))
    strict.act(application, Action.APPROVE, strict.officer(number=3 - winner))
    assert strict.application(application).status is Status.APPROVED


def test_a_time_that_is_over_is_not_extended(patient: World) -> None:
    application = patient.submitted(Kind.FIRST_REGISTRATION, patient.physician())
    patient.advance(application, until=Status.ACCEPTED)
    patient.now = datetime(2026, 12, 21, 16, 0, tzinfo=UTC)  # midnight in China
    with refused(Code.EXTENSION_TOO_LATE):
        patient.act(application, Action.EXTEND, patient.officer())


# Two years of a filing.

FILED_ON = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("moment", "ends"),
    [
        (datetime(2028, 11, 23, 15, 59, 59, tzinfo=UTC), False),  # the last day, before midnight
        (datetime(2028, 11, 23, 16, 0, 0, tzinfo=UTC), True),
    ],
)
def test_two_years_of_a_filing_end_the_record_where_policy_says_so(
    patient: World, moment: datetime, ends: bool
) -> None:
    world = patient
    actor = world.registered()
    world.approve(Kind.MULTI_INSTITUTION_FILING, actor)
    waiting = world.submitted(Kind.CANCEL_MULTI_FILING, actor)
    world.approve(Kind.SUSPEND_FILING, actor)
    world.now = moment
    became = {each.notice for each in tick(world.desk, now=world.now)}
    (record,) = world.dossier(actor).records
    assert (Notice.DEREGISTERED_BY_TIME in became) == ends
    assert Notice.FILED_TWO_YEARS not in became
    if not ends:
        assert record.standing is Standing.FILED
        return
    assert (record.standing, record.end_reason, record.ended_on) == (
        Standing.DEREGISTERED, "FILED_TWO_YEARS", date(2028, 11, 24))  # fmt: skip
    assert {state for *_, state in world.credentials(actor)} == {"REVOKED", "SUPERSEDED"}
    assert world.application(waiting).status is Status.VOIDED
    assert Notice.DEREGISTERED_BY_TIME in told(world, person_of(actor))
    (row,) = audited(world, "record.deregister")
    assert (row.actor, row.details["reason"]) == ("system", "FILED_TWO_YEARS")
    assert tick(world.desk, now=world.now) == []


def test_a_timely_application_keeps_the_record_from_ending(patient: World) -> None:
    world = patient
    actor = world.registered()
    world.approve(Kind.SUSPEND_FILING, actor)
    world.now = datetime(2028, 11, 23, 15, 0, tzinfo=UTC)
    application = world.submitted(Kind.CANCEL_SUSPEND_FILING, actor)
    world.later(days=10)
    tick(world.desk, now=world.now)
    assert world.only_record(actor).standing is Standing.FILED
    world.advance(application, until=Status.APPROVED)
    assert world.only_record(actor).standing is Standing.VALID


def test_switching_it_on_later_ends_what_was_a_task(world: World) -> None:
    actor = world.registered()
    world.approve(Kind.SUSPEND_FILING, actor)
    record = world.only_record(actor)
    world.later(days=733)
    tick(world.desk, now=world.now)
    assert open_tasks(world, "P46") == {(Notice.FILED_TWO_YEARS, record.id)}
    strict = replace(world.desk, policy=Policy(deregister_filed_two_years=True))
    tick(strict, now=world.now)
    assert open_tasks(world, "P46") == set()
    assert world.dossier(actor).live_records == ()


# Lists that are published.


def listed(world: World, authority: str, kind: Announced, since: date, until: date) -> list[Any]:
    found: list[Any] = []
    after = None
    with world.store.reading() as unit:
        while page := queues.announced(
            unit, authority, kind, since=since, until=until, after=after, limit=2
        ):
            found += page
            after = (page[-1].day, page[-1].record_id)
    return found


def test_registrations_and_deregistrations_are_listed_by_authority_and_day(world: World) -> None:
    first = world.today
    names = ["甲一一", "乙二二", "丙三三", "丁四四", "戊五五"]
    actors = [world.registered(name) for name in names]
    world.later(days=1)
    late = world.registered("己六六")
    number = world.only_record(actors[0]).licence_number
    world.approve(Kind.CHANGE, actors[0])  # to another institution: no new registration
    world.approve(Kind.DEREGISTRATION, actors[0])
    world.imported_record(world.physician("旧有人"))
    everything = listed(world, "P46", Announced.REGISTERED, first, world.today)
    assert sorted(row.name for row in everything) == sorted([*names, "己六六"])
    assert [row.day for row in everything] == [first] * 5 + [world.today]
    assert listed(world, "P46", Announced.REGISTERED, first, first) == everything[:5]
    assert listed(world, "P11", Announced.REGISTERED, first, world.today) == []
    before = next(row for row in everything if row.name == "甲一一")
    assert before.institution == "海南省健康医院（样例）"  # where it was registered
    (ended,) = listed(world, "P46", Announced.DEREGISTERED, first, world.today)
    assert (ended.name, ended.institution, ended.licence_number, ended.kind, ended.day) == (
        "甲一一", "三亚市示范医院（样例）", number, Announced.DEREGISTERED, world.today)  # fmt: skip
    world.approve(Kind.MILITARY_OUT, late)
    assert len(listed(world, "P46", Announced.DEREGISTERED, first, world.today)) == 1
    public = set(queues.Announcement.__dataclass_fields__) - {"record_id"}
    assert public == {"name", "institution", "licence_number", "kind", "day"}


# The same person twice.


def test_a_namesake_born_on_the_same_day_is_shown_to_reviewers_only(world: World) -> None:
    actor = world.physician("孫曉嵐")
    application = world.submitted(Kind.FIRST_REGISTRATION, actor)

    def warned(by: Actor) -> bool:
        view = world.desk.view(application, by=by, now=world.now)
        return Code.NAMESAKE in {each.code for each in view.warnings}

    assert not warned(world.clerk())
    twin = replace(
        world.dossier(actor).person,
        id=PersonId("twin"),
        name="孙晓岚",
        id_number="110105194912310021",
    )
    with world.store.writing() as unit:
        unit.add_person(replace(twin, id=PersonId("other"), born_on=date(1990, 1, 1),
                                id_number="440524188001010014"))  # fmt: skip
    assert not warned(world.clerk())
    with world.store.writing() as unit:
        unit.add_person(twin)
    assert warned(world.clerk())
    assert not warned(actor)
    world.act(application, Action.PASS, world.clerk())
    assert warned(world.officer())


def test_numbers_belong_to_one_person(world: World) -> None:
    actor = world.registered()
    person, record = world.dossier(actor).person, world.only_record(actor)
    other = world.physician("另一人")
    with refused(Code.DUPLICATE), world.store.writing() as unit:
        unit.add_person(replace(person, id=PersonId("copy")))
    qualification = world.dossier(actor).qualifications[0]
    stolen = replace(qualification, id=QualificationId("q2"), person_id=person_of(other))
    with refused(Code.DUPLICATE):
        offices.add_qualification(world.desk, stolen, by=world.officer(), now=world.now)
    with refused(Code.DUPLICATE):
        world.imported_record(other, licence_number=record.licence_number)
    fresh = replace(stolen, number="2005461" + "10" + "0" * 18)
    offices.add_qualification(world.desk, fresh, by=world.officer(), now=world.now)
    assert len(world.dossier(other).qualifications) == 2


@pytest.mark.parametrize("enter", ["qualification", "bar"])
def test_nobody_enters_something_about_themselves(world: World, enter: str) -> None:
    actor = world.registered()
    himself = replace(world.officer(), person_id=actor.person_id)
    dossier = world.dossier(actor)
    with refused(Code.SELF_APPROVAL):
        if enter == "qualification":
            again = replace(dossier.qualifications[0], id=QualificationId("q2"), number="1" * 24)
            offices.add_qualification(world.desk, again, by=himself, now=world.now)
        else:
            bar = Bar(
                id=BarId("b"),
                person_id=dossier.person.id,
                ground="CRIMINAL_PENALTY",
                since=world.today,
                until=world.today,
                source="判决",
            )
            offices.add_bar(world.desk, bar, by=himself, now=world.now)


# In bulk.


def test_an_authority_suspends_so_many_in_a_day_and_no_more(store: Store) -> None:
    world = World(store, policy=Policy(suspensions_per_day=2))
    records = [world.only_record(world.registered(name)) for name in ("甲一一", "乙二二", "丙三三")]
    orders = [
        offices.propose_suspension(
            world.desk,
            Suspension(record_id=record.id, ground="考核不合格", document=f"琼卫〔2026〕{n}号"),
            by=world.officer(),
            now=world.now,
        )
        for n, record in enumerate(records)
    ]
    second = world.officer(number=2)
    for order in orders[:2]:
        offices.confirm_suspension(world.desk, order, by=second, now=world.now)
    with refused(Code.LIMIT_REACHED):
        offices.confirm_suspension(world.desk, orders[2], by=second, now=world.now)
    with world.store.reading() as unit:
        summary = queues.deeds(
            unit, since=world.now - timedelta(hours=1), until=world.now + timedelta(hours=1)
        )
        by_both = queues.ordered(unit, world.today)
    times = {(row.action, row.actor): row.times for row in summary}
    assert times["suspension.propose", "officer1-P46"] == 3
    assert times["suspension.confirm", "officer2-P46"] == 2
    assert [(row.proposed_by, row.confirmed_by) for row in by_both] == [
        ("officer1-P46", "officer2-P46")
    ] * 2
    world.later(days=1)
    offices.confirm_suspension(world.desk, orders[2], by=second, now=world.now)


def test_an_authority_deregisters_so_many_of_its_own_motion(store: Store) -> None:
    world = World(store, policy=Policy(ex_officio_per_day=1))
    waiting = []
    for name in ("甲一一", "乙二二"):
        record = world.only_record(world.registered(name))
        draft = world.desk.start(
            Kind.DEREGISTRATION,
            {"record_id": record.id, "reason": "OTHER_LEGAL", "known_on": "2026-11-20"},
            by=world.officer(),
            request=world.new_id(),
            now=world.now,
            person_id=record.person_id,
        )
        evidence = world.desk.attach(
            draft, name="决定书.pdf", content=b"%PDF", by=world.officer(), now=world.now
        )
        seen = world.desk.view(draft, by=world.officer(), now=world.now).seen
        filled = {"evidence": evidence}
        world.desk.save(draft, filled, by=world.officer(), seen=seen, now=world.now)
        world.act(draft, Action.SUBMIT, world.officer())
        waiting.append(draft)
    second = world.officer(number=2)
    world.act(waiting[0], Action.APPROVE, second)
    with refused(Code.LIMIT_REACHED):
        world.act(waiting[1], Action.APPROVE, second)
    voluntary = world.registered("丙三三")
    world.approve(Kind.DEREGISTRATION, voluntary)  # at somebody's own request: not counted
    world.now = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)  # the next day in China
    world.act(waiting[1], Action.APPROVE, second)


# The first clerk of an institution.

PUBLIC = Actor(user_id=UserId("public"), role=Role.PUBLIC)


def ask(world: World, *, by: Actor = PUBLIC, **parts: Any) -> UserId:
    return offices.ask_for_clerk(
        world.desk,
        **{
            "registration_number": "REG-longhua",
            "institution_name": "龙华区社区医院（样例）",
            "username": "firstclerk",
            "name": "新经办",
            "password": "Secret2026",
            **parts,
        },
        by=by,
        now=world.now,
    )


def account(world: World, user_id: str) -> roll.Account:
    with world.store.reading() as unit:
        return roll.account(unit, user_id)


def test_an_institutions_first_clerk_is_confirmed_by_its_authority(world: World) -> None:
    for wrong in (
        {"registration_number": "REG-forged"},
        {"institution_name": "龙华区示范医院（样例）"},
        {"registration_number": "REG-closed", "institution_name": "已停业医院（样例）"},
    ):
        with refused(Code.NOT_FOUND):
            ask(world, **wrong)
    with refused(Code.ROLE_FORBIDDEN):
        ask(world, by=world.clerk("sanya"))
    with refused(Code.ROLE_FORBIDDEN):
        ask(world, by=world.officer("C460106"))
    user_id = ask(world)
    assert not account(world, user_id).is_open
    assert open_tasks(world, "C460106") == {(Notice.CLERK_TO_CONFIRM, user_id)}
    confirm = {"user_id": user_id, "now": world.now}
    himself = Actor(user_id=user_id, role=Role.INSTITUTION_CLERK, org_id="longhua")
    for stranger, code in (
        (himself, Code.ROLE_FORBIDDEN),
        (world.clerk("longhua"), Code.ROLE_FORBIDDEN),
        (world.officer("P46"), Code.NOT_FOUND),
        (replace(world.officer("C460106"), user_id=user_id), Code.SELF_APPROVAL),
    ):
        with refused(code):
            offices.confirm_clerk(world.desk, by=stranger, **confirm)
    assert not account(world, user_id).is_open
    offices.confirm_clerk(world.desk, by=world.officer("C460106"), **confirm)
    assert account(world, user_id).is_open
    assert open_tasks(world, "C460106") == set()
    with refused(Code.ALREADY_DECIDED):
        offices.confirm_clerk(world.desk, by=world.officer("C460106"), **confirm)
    assert [row.actor for row in audited(world, "account.confirm")] == ["officer1-C460106"]
    colleague = ask(world, by=himself, username="secondone")
    assert not account(world, colleague).is_open


def test_a_request_that_is_refused_opens_nothing(world: World) -> None:
    user_id = ask(world)
    officer = world.officer("C460106")
    with refused(Code.OPINION_REQUIRED):
        offices.refuse_clerk(world.desk, user_id, reason="", by=officer, now=world.now)
    offices.refuse_clerk(world.desk, user_id, reason="材料不实", by=officer, now=world.now)
    assert not account(world, user_id).is_open
    with refused(Code.ALREADY_DECIDED):
        offices.confirm_clerk(world.desk, user_id, by=officer, now=world.now)


# Departments and institutions of others.


@pytest.mark.parametrize("which", ["closed", "unknown", "another institution's"])
def test_a_department_that_is_not_on_offer(world: World, which: str) -> None:
    actor = world.registered()
    by = {"now": world.now}
    mine = offices.set_department(world.desk, "骨科", ("04",), by=world.clerk(), **by)
    theirs = offices.set_department(world.desk, "骨科", ("04",), by=world.clerk("sanya"), **by)
    offices.close_department(world.desk, mine, by=world.clerk(), **by)
    department = {"closed": mine, "unknown": "nothing", "another institution's": theirs}[which]
    with pytest.raises(RegistryError, match="FIELD_OPTION:department_id"):
        world.submitted(Kind.DEPARTMENT_UPKEEP, actor, department_id=department)
    assert world.only_record(actor).department_id is None
    world.submitted(Kind.DEPARTMENT_UPKEEP, actor)
    assert world.only_record(actor).department_id == "dept-haikou"
    with refused(Code.NOT_FOUND):
        offices.close_department(world.desk, theirs, by=world.clerk(), **by)


# What has ended.


def test_deregistration_ends_filings_and_every_right_at_once(world: World) -> None:
    actor = world.registered()
    record = world.only_record(actor)
    assert credentials.why_not_eligible(world.dossier(actor), record) is None
    world.approve(Kind.MULTI_INSTITUTION_FILING, actor)
    world.approve(Kind.DEREGISTRATION, actor)
    dossier = world.dossier(actor)
    (filing,) = dossier.filings
    (ended,) = dossier.records
    assert (filing.ending, filing.ended_on) == ("TERMINATED", world.today)
    assert credentials.why_not_eligible(dossier, ended) is Code.LICENCE_NOT_ACTIVE
    assert {state for *_, state in world.credentials(actor)} == {"REVOKED", "SUPERSEDED"}


def test_a_registration_after_one_that_ended_is_linked_and_said(world: World) -> None:
    actor = world.registered()
    old = world.only_record(actor)
    world.approve(Kind.DEREGISTRATION, actor)
    again = world.submitted(Kind.FIRST_REGISTRATION, actor, institution_id="beijing", place="11")
    view = world.desk.view(again, by=world.clerk("beijing"), now=world.now)
    assert Code.EARLIER_RECORD_ENDED in {each.code for each in view.warnings}
    world.advance(again, until=Status.APPROVED)
    new = world.only_record(actor)
    assert new.previous_id == old.id
    assert new.licence_number != old.licence_number
