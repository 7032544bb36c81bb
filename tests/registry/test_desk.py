"""What can go wrong at the counter: wrong order, wrong person, twice, late, stale."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from registry import ledger, models, queues, rules
from registry.deadlines import tick, tick_by_clock
from registry.desk import MAX_ATTACHMENTS
from registry.errors import Code, RegistryError
from registry.messages import Notice
from registry.record import Binding, Ending, FilingState, InstitutionId, Level, Standing
from registry.roles import Actor, Role
from registry.workflow import Action, Status, Word
from tests.registry.world import Kind, World


def refused(code: Code) -> Any:
    return pytest.raises(RegistryError, match=f"(^|, ){code}")


# Order, person, office.


def test_an_unreviewed_application_cannot_be_approved(world: World) -> None:
    actor = world.physician()
    application = world.submitted(Kind.FIRST_REGISTRATION, actor)
    for action in (Action.APPROVE, Action.ACCEPT, Action.REFUSE):
        with refused(Code.STEP_INVALID):
            world.act(application, action, world.officer())
    assert world.dossier(actor).records == ()


def test_other_institutions_and_authorities_find_nothing(world: World) -> None:
    application = world.submitted(Kind.FIRST_REGISTRATION, world.physician())
    for stranger in (world.clerk("sanya"), world.officer("P11"), world.physician("外人甲")):
        with refused(Code.NOT_FOUND):
            world.desk.view(application, by=stranger, now=world.now)
        with refused(Code.NOT_FOUND):
            world.desk.act(
                application, Action.PASS, by=stranger, seen="", request="r", now=world.now
            )
    assert world.desk.view(application, by=world.clerk(), now=world.now).actions


def test_a_clerk_drafts_nothing_about_another_institutions_physician(world: World) -> None:
    actor = world.registered()
    record = world.only_record(actor)
    form = {"record_id": record.id, "reason": "RETIRED", "formalities_on": "2026-11-20"}
    common = {"request": "r1", "now": world.now, "person_id": actor.person_id}
    with refused(Code.NOT_FOUND):
        world.desk.start(Kind.SUSPEND_FILING, form, by=world.clerk("sanya"), **common)
    assert world.desk.start(Kind.SUSPEND_FILING, form, by=world.clerk("haikou"), **common)
    with refused(Code.ROLE_FORBIDDEN):
        world.desk.start(
            Kind.CHANGE,
            form,
            by=world.clerk(),
            request="r2",
            now=world.now,
            person_id=record.person_id,
        )


# Twice, stale, after the end.


def test_a_repeated_press_gets_the_first_answer(world: World) -> None:
    actor = world.physician()
    form = world.answers(Kind.FIRST_REGISTRATION, actor)
    press = {"by": actor, "request": "press-1", "now": world.now}
    first = world.desk.start(Kind.FIRST_REGISTRATION, form, **press)
    assert world.desk.start(Kind.FIRST_REGISTRATION, form, **press) == first
    seen = world.desk.view(first, by=actor, now=world.now).seen
    submit = {"by": actor, "seen": seen, "request": "press-2", "now": world.now}
    once = world.desk.act(first, Action.SUBMIT, **submit)
    assert world.desk.act(first, Action.SUBMIT, **submit) == once
    with world.store.reading() as unit:
        assert len(unit.steps(first)) == 1
    with refused(Code.STALE_FORM):
        world.desk.start(Kind.CHANGE, {}, **press)


@pytest.mark.parametrize(
    "kind", [kind for kind in Kind if kind is not Kind.DEPARTMENT_UPKEEP], ids=str
)
def test_one_matter_has_one_open_application(world: World, kind: Kind) -> None:
    actor = world.admitted(kind)
    first = world.submitted(kind, actor)
    with refused(Code.ALREADY_OPEN):
        world.submitted(kind, actor)
    world.act(first, Action.WITHDRAW, actor)
    assert world.submitted(kind, actor)


def test_a_withdrawn_application_stays_withdrawn(world: World) -> None:
    actor = world.physician()
    application = world.submitted(Kind.FIRST_REGISTRATION, actor)
    world.advance(application, until=Status.ACCEPTED)
    world.act(application, Action.WITHDRAW, actor)
    with refused(Code.ALREADY_WITHDRAWN):
        world.act(application, Action.APPROVE, world.officer())
    assert world.dossier(actor).records == ()


def test_a_decided_application_is_decided(world: World) -> None:
    actor = world.registered()
    (application,) = world_applications(world, actor)
    for action in (Action.APPROVE, Action.REFUSE):
        with refused(Code.ALREADY_DECIDED):
            world.act(application, action, world.officer())
    with refused(Code.ALREADY_DECIDED):
        world.act(application, Action.WITHDRAW, actor)


def world_applications(world: World, actor: Actor) -> list[Any]:
    assert actor.person_id is not None
    with world.store.reading() as unit:
        return [each.id for each in queues.applications_of(unit, actor.person_id)]


def test_a_form_that_has_changed_since_is_stale(world: World) -> None:
    actor = world.physician()
    draft = world.draft(Kind.FIRST_REGISTRATION, actor)
    old = world.desk.view(draft, by=actor, now=world.now).seen
    new = world.desk.save(draft, {"title": 231}, by=actor, seen=old, now=world.now)
    with refused(Code.STALE_FORM):
        world.desk.save(draft, {"title": 232}, by=actor, seen=old, now=world.now)
    view = world.desk.view(draft, by=actor, now=world.now)
    assert (view.seen, view.answers["title"]) == (new, 231)


def test_a_photo_changed_under_the_reviewer_makes_the_form_stale(world: World) -> None:
    actor = world.physician()
    application = world.submitted(Kind.FIRST_REGISTRATION, actor)
    seen = world.desk.view(application, by=world.clerk(), now=world.now).seen
    world.desk.upload_photo(b"another face", by=actor, now=world.now)
    with refused(Code.STALE_FORM):
        world.desk.act(
            application,
            Action.PASS,
            by=world.clerk(),
            seen=seen,
            request="r",
            now=world.now,
            word=Word(employs=True),
        )


def test_nothing_is_edited_after_submission(world: World) -> None:
    actor = world.physician()
    application = world.submitted(Kind.FIRST_REGISTRATION, actor)
    seen = world.desk.view(application, by=actor, now=world.now).seen
    with refused(Code.STEP_INVALID):
        world.desk.save(application, {"title": 231}, by=actor, seen=seen, now=world.now)
    with refused(Code.STEP_INVALID):
        world.desk.delete(application, by=actor, now=world.now)
    draft = world.draft(Kind.FIRST_REGISTRATION, world.physician("另一人"))
    owner = world.application(draft)
    world.desk.delete(
        draft,
        by=Actor(user_id=owner.owner_user, role=Role.PHYSICIAN, person_id=owner.person_id),
        now=world.now,
    )
    with refused(Code.NOT_FOUND):
        world.application(draft)


def test_twenty_returns_leave_a_whole_history(world: World) -> None:
    actor = world.physician()
    application = world.submitted(Kind.FIRST_REGISTRATION, actor)
    for _ in range(20):
        world.act(application, Action.RETURN, world.clerk())
        world.act(application, Action.SUBMIT, actor)
    world.advance(application, until=Status.APPROVED)
    with world.store.reading() as unit:
        steps = unit.steps(application)
    assert [step.step_no for step in steps] == list(range(1, 45))
    assert all(a.after == b.before for a, b in itertools.pairwise(steps))


def test_another_clerk_goes_on_where_one_left(world: World) -> None:
    application = world.submitted(Kind.FIRST_REGISTRATION, world.physician())
    with world.store.reading() as unit:
        assert [each.id for each in queues.institution_queue(unit, "haikou")] == [application]
        assert queues.institution_queue(unit, "sanya") == []
    after = world.act(application, Action.PASS, world.clerk(number=2))
    assert after.status is Status.AUTHORITY_REVIEW


# The form.


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"handler_mobile": "12345"}, "FIELD_FORMAT:handler_mobile"),
        ({"handler_name": "Tom1"}, "FIELD_FORMAT:handler_name"),
        ({"institution": "haikou"}, "FIELD_UNKNOWN:institution"),
        ({"is_resident_trainee": "yes"}, "FIELD_TYPE:is_resident_trainee"),
        ({"remarks": "字" * 501}, "FIELD_TOO_LONG:remarks"),
        ({"remarks": "假\u202e名"}, "TEXT_FORBIDDEN:remarks"),
        ({"experiences": [{"institution": "甲"}] * 21}, "FIELD_TOO_LONG:experiences"),
    ],
)
def test_answers_that_cannot_be_read(world: World, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(RegistryError, match=said):
        world.draft(Kind.FIRST_REGISTRATION, world.physician(), **changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": None}, "FIELD_REQUIRED:title"),
        ({"scopes": []}, "FIELD_REQUIRED:scopes"),
        ({"scopes": ["DENTAL.ORAL"]}, "FIELD_OPTION:scopes"),
        ({"title": 999}, "FIELD_OPTION:title"),
        ({"qualification_id": "another"}, "FIELD_OPTION:qualification_id"),
        ({"institution_id": "nowhere"}, "INSTITUTION_UNKNOWN:institution_id"),
        ({"institution_id": "closed"}, "INSTITUTION_CLOSED:institution_id"),
        ({"institution_id": "beijing"}, "INSTITUTION_OUTSIDE_PLACE:institution_id"),
        ({"place": "460106"}, "FIELD_OPTION:place"),
    ],
)
def test_answers_that_the_rules_refuse(world: World, changes: dict[str, Any], said: str) -> None:
    actor = world.physician()
    with pytest.raises(RegistryError, match=said):
        world.submitted(Kind.FIRST_REGISTRATION, actor, **changes)
    assert world.submitted(Kind.FIRST_REGISTRATION, actor)


@pytest.mark.parametrize("name", ["阿依古丽·买买提·艾合买提", "潘㛃", "蒋𠅤文", "𬭩𬬭", "龘" * 64])
def test_rare_names_are_kept_found_and_put_on_credentials(world: World, name: str) -> None:
    actor = world.registered(name)
    with world.store.reading() as unit:
        (row,) = queues.people_called(unit, name)
        held = ledger.held(unit, unit.dossier(row.person_id))
    assert row.name == name
    assert {credential.facts["name"] for credential in held} == {name}
    assert row.person_id == actor.person_id


# Rules about people and records.


def test_who_is_barred_is_not_registered_until_the_bar_is_over(world: World) -> None:
    actor = world.registered()
    officer, second = world.officer(), world.officer(number=2)
    record = world.only_record(actor)
    draft = world.desk.start(
        Kind.DEREGISTRATION,
        {"record_id": record.id, "reason": "ASSESSMENT_FAILED_TWICE", "known_on": "2026-11-20"},
        by=officer,
        request="r",
        now=world.now,
        person_id=record.person_id,
    )
    evidence = world.desk.attach(
        draft, name="决定书.pdf", content=b"%PDF", by=officer, now=world.now
    )
    seen = world.desk.view(draft, by=officer, now=world.now).seen
    world.desk.save(draft, {"evidence": evidence}, by=officer, seen=seen, now=world.now)
    world.act(draft, Action.SUBMIT, officer)
    with refused(Code.SELF_APPROVAL):
        world.act(draft, Action.APPROVE, officer)
    world.act(draft, Action.APPROVE, second)
    (bar,) = world.dossier(actor).bars
    assert (bar.since, bar.until) == (date(2026, 11, 23), date(2027, 11, 23))
    world.later(days=365)
    with refused(Code.FIELD_REQUIRED):  # the proof of training
        world.submitted(Kind.FIRST_REGISTRATION, actor)
    draft = world.draft(Kind.FIRST_REGISTRATION, actor)
    proof = world.desk.attach(draft, name="合格证.pdf", content=b"%PDF", by=actor, now=world.now)
    seen = world.desk.view(draft, by=actor, now=world.now).seen
    world.desk.save(draft, {"reentry_proof": proof}, by=actor, seen=seen, now=world.now)
    with pytest.raises(RegistryError, match="BARRED:ASSESSMENT_FAILED_TWICE"):
        world.act(draft, Action.SUBMIT, actor)
    world.later(days=1)
    world.act(draft, Action.SUBMIT, actor)
    world.advance(draft, until=Status.APPROVED)
    after = world.only_record(actor)
    assert after.previous_id == record.id
    assert after.licence_number != record.licence_number


@pytest.mark.parametrize("kind", [Kind.CHANGE, Kind.SUSPEND_FILING, Kind.MULTI_INSTITUTION_FILING])
def test_an_ended_record_gives_no_rights(world: World, kind: Kind) -> None:
    actor = world.registered()
    world.approve(Kind.DEREGISTRATION, actor)
    with refused(Code.LICENCE_NOT_ACTIVE):
        world.submitted(kind, actor)
    assert {state for _, _, state in world.credentials(actor)} == {"REVOKED"}


def test_one_registration_for_one_place_and_one_number_over_provinces(world: World) -> None:
    actor = world.registered()
    with refused(Code.PLACE_TAKEN):
        world.submitted(Kind.FIRST_REGISTRATION, actor, institution_id="sanya")
    world.approve(Kind.FIRST_REGISTRATION, actor, institution_id="beijing", place="11")
    records = world.dossier(actor).live_records
    assert {record.place for record in records} == {"46", "11"}
    assert len({record.licence_number for record in records}) == 1


def test_the_corps_is_a_place_for_physicians_and_says_why_not_for_assistants(world: World) -> None:
    there = {"institution_id": "corps", "place": "66"}
    actor = world.physician()
    world.approve(Kind.FIRST_REGISTRATION, actor, **there)
    record = world.only_record(actor)
    assert (record.place, record.licence_number[:9]) == ("66", "110660000")
    assert {c.facts["place"] for c in held(world, actor)} == {66}
    assistant = world.physician("助理甲", level=Level.ASSISTANT)
    for place in ("66", "660000"):
        with pytest.raises(RegistryError, match="PLACE_WITHOUT_COUNTIES:place"):
            world.submitted(Kind.FIRST_REGISTRATION, assistant, **{**there, "place": place})
    with pytest.raises(RegistryError, match="FIELD_OPTION:place"):
        world.submitted(Kind.FIRST_REGISTRATION, assistant, place="46")
    assert world.submitted(Kind.FIRST_REGISTRATION, assistant)


def held(world: World, actor: Actor) -> list[Any]:
    with world.store.reading() as unit:
        return ledger.held(unit, world.dossier(actor))


def test_an_assistant_registers_in_one_county(world: World) -> None:
    actor = world.registered(level=Level.ASSISTANT)
    assert world.only_record(actor).place == "460106"
    with refused(Code.ASSISTANT_ONE_PLACE):
        world.submitted(Kind.FIRST_REGISTRATION, actor, institution_id="qionghai", place="469002")


@pytest.mark.parametrize(("days", "allowed"), [(730, True), (731, True), (732, False)])
def test_a_suspend_filing_is_cancelled_within_two_years(
    world: World, days: int, allowed: bool
) -> None:
    actor = world.registered()
    world.approve(Kind.SUSPEND_FILING, actor)
    world.now = datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC) + timedelta(days=days - 1)
    if not allowed:
        with refused(Code.PERIOD_OVER):
            world.submitted(Kind.CANCEL_SUSPEND_FILING, actor)
        return
    application = world.submitted(Kind.CANCEL_SUSPEND_FILING, actor)
    world.later(days=30)
    world.advance(application, until=Status.APPROVED)
    assert world.only_record(actor).standing is Standing.VALID
    assert world.credentials(actor) == [("BADGE", 1, "ACTIVE"), ("LICENCE", 1, "ACTIVE")]


def test_an_upgrade_form_has_no_place_for_another_institution(world: World) -> None:
    actor = world.admitted(Kind.ASSISTANT_UPGRADE)
    old = world.only_record(actor)
    with pytest.raises(RegistryError, match="FIELD_UNKNOWN:institution_id"):
        world.draft(Kind.ASSISTANT_UPGRADE, actor, institution_id="longhua")
    world.approve(Kind.ASSISTANT_UPGRADE, actor)
    new = world.only_record(actor)
    assert (new.level, new.place, new.institution_id) == (Level.PHYSICIAN, "46", old.institution_id)
    before = world.dossier(actor).record(old.id)
    assert before is not None
    assert before.standing is Standing.UPGRADED
    assert new.licence_number[0] == "1"
    states = {kind: [] for kind in ("BADGE", "LICENCE")}
    for kind, _, state in world.credentials(actor):
        states[kind].append(state)
    assert {kind: sorted(each) for kind, each in states.items()} == {
        "BADGE": ["ACTIVE", "REVOKED"],
        "LICENCE": ["ACTIVE", "REVOKED"],
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"institution_id": "haikou"}, Code.FILING_AT_MAIN),
        ({"institution_id": "beijing"}, Code.FILING_OTHER_PLACE),
        ({"scopes": ["CLINICAL.SURGERY"]}, Code.FILING_SCOPE),
        ({"valid_to": "2026-11-22"}, Code.FILING_DATES),
        ({"valid_to": "2031-11-24"}, Code.FILING_TOO_LONG),
    ],
)
def test_filings_that_may_not_be(world: World, changes: dict[str, Any], code: Code) -> None:
    actor = world.registered()
    with refused(code):
        world.submitted(Kind.MULTI_INSTITUTION_FILING, actor, **changes)
    assert world.approve(Kind.MULTI_INSTITUTION_FILING, actor, valid_to="2031-11-23")
    with refused(Code.FILING_OVERLAPS):
        world.submitted(Kind.MULTI_INSTITUTION_FILING, actor)


def test_what_is_not_held_is_not_cancelled(world: World) -> None:
    actor = world.registered()
    form = {
        "record_id": world.only_record(actor).id,
        "filing_id": "nothing",
        "reason": "不再执业",
        "handler_name": "李四",
        "handler_mobile": "13900000000",
    }
    draft = world.desk.start(Kind.CANCEL_MULTI_FILING, form, by=actor, request="r", now=world.now)
    with pytest.raises(RegistryError, match="FIELD_OPTION:filing_id"):
        world.act(draft, Action.SUBMIT, actor)
    world.filed_with(actor)
    world.approve(Kind.CANCEL_MULTI_FILING, actor)
    with refused(Code.FILING_NOT_HELD):
        world.submitted(Kind.CANCEL_MULTI_FILING, actor)
    world.legacy(actor)
    world.approve(Kind.CANCEL_LEGACY_MULTI_LOCATION, actor)
    with refused(Code.LEGACY_NOT_HELD):
        world.submitted(Kind.CANCEL_LEGACY_MULTI_LOCATION, actor)


def test_a_filing_rests_and_ends_with_its_record(world: World) -> None:
    actor = world.registered()
    world.approve(Kind.MULTI_INSTITUTION_FILING, actor)

    def state() -> FilingState:
        dossier = world.dossier(actor)
        (filing,) = dossier.filings
        record = dossier.record(filing.record_id)
        assert record is not None
        return filing.state(record.standing, world.today)

    assert state() is FilingState.ACTIVE
    world.approve(Kind.SUSPEND_FILING, actor)
    assert state() is FilingState.INACTIVE
    world.approve(Kind.CANCEL_SUSPEND_FILING, actor)
    assert state() is FilingState.ACTIVE
    world.approve(Kind.CHANGE, actor, institution_id="beijing", place="11")
    assert state() is FilingState.TERMINATED
    assert world.dossier(actor).filings[0].ending is Ending.TERMINATED


def test_leaving_for_the_military_ends_everything(world: World) -> None:
    actor = world.registered()
    world.approve(Kind.FIRST_REGISTRATION, actor, institution_id="beijing", place="11")
    waiting = world.submitted(Kind.INFO_MODIFICATION, actor)
    draft = world.draft(Kind.INFO_MODIFICATION, actor)
    world.approve(Kind.MILITARY_OUT, actor)
    assert world.dossier(actor).live_records == ()
    assert world.application(waiting).status is Status.VOIDED
    assert world.application(draft).status is Status.VOIDED
    assert {state for _, _, state in world.credentials(actor)} == {"REVOKED"}


def test_an_institutions_filing_voids_what_was_open_and_skips_its_review(world: World) -> None:
    actor, clerk = world.registered(), world.clerk()
    change = world.submitted(Kind.CHANGE, actor)
    record = world.only_record(actor)
    filing = world.desk.start(
        Kind.SUSPEND_FILING,
        {"record_id": record.id, "reason": "RETIRED", "formalities_on": "2026-10-01"},
        by=clerk,
        request="r",
        now=world.now,
        person_id=record.person_id,
    )
    world.act(filing, Action.SUBMIT, clerk)
    warned = world.desk.view(filing, by=world.officer(), now=world.now).warnings
    assert [str(reason) for reason in warned] == [Code.REPORTED_LATE]
    world.advance(filing, until=Status.APPROVED)
    assert world.only_record(actor).standing is Standing.FILED
    assert world.application(change).status is Status.VOIDED
    assert actor.person_id is not None
    with world.store.reading() as unit:
        told = {row.code for row in queues.notices(unit, actor.person_id)}
    assert {Notice.STARTED_BY_CLERK, Notice.VOIDED} <= told


def test_a_record_that_changed_under_an_application_is_looked_at_again(world: World) -> None:
    actor = world.registered()
    filing = world.submitted(Kind.MULTI_INSTITUTION_FILING, actor)
    world.advance(filing, until=Status.ACCEPTED)
    world.approve(Kind.SUSPEND_FILING, actor)
    with refused(Code.LICENCE_NOT_ACTIVE):
        world.act(filing, Action.APPROVE, world.officer())
    assert world.dossier(actor).filings == ()


def test_modifying_information_leaves_the_qualification_alone(world: World) -> None:
    actor = world.registered()
    before = world.dossier(actor).qualifications
    world.approve(Kind.INFO_MODIFICATION, actor, title=None, school="北清大学")
    assert world.only_record(actor).school == "北清大学"
    assert world.dossier(actor).qualifications == before
    assert world.credentials(actor) == [("BADGE", 1, "ACTIVE"), ("LICENCE", 1, "ACTIVE")]
    world.approve(Kind.INFO_MODIFICATION, actor, title=231)
    assert ("LICENCE", 2, "ACTIVE") in world.credentials(actor)
    with refused(Code.NOTHING_CHANGES):
        world.submitted(Kind.INFO_MODIFICATION, actor, title=231)


def test_a_first_approval_activates_a_waiting_account(world: World) -> None:
    actor = world.physician(binding=Binding.PENDING_ACTIVATION)
    world.approve(Kind.FIRST_REGISTRATION, actor)
    assert world.dossier(actor).person.binding is Binding.ACTIVE
    stranger = world.physician("未绑定", binding=Binding.NEEDS_CREDENTIALS)
    with refused(Code.ACCOUNT_NOT_ACTIVE):
        world.submitted(Kind.FIRST_REGISTRATION, stranger)


# Time.


def test_silence_is_acceptance_on_the_day_received(world: World) -> None:
    application = world.submitted(Kind.FIRST_REGISTRATION, world.physician())
    world.advance(application, until=Status.AUTHORITY_REVIEW)
    world.now = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)
    assert tick(world.desk, now=world.now) == []
    world.later(minutes=2)
    (became,) = tick(world.desk, now=world.now)
    assert became.notice is Notice.ACCEPTED_BY_SILENCE
    after = world.application(application)
    assert (after.status, after.accepted_on) == (Status.ACCEPTED, date(2026, 11, 23))
    assert tick(world.desk, now=world.now) == []


def test_a_tick_says_each_thing_once(world: World) -> None:
    waiting = world.submitted(Kind.FIRST_REGISTRATION, world.physician())
    draft = world.draft(Kind.FIRST_REGISTRATION, world.physician("迟到者"))
    filed = world.registered("备案者")
    world.approve(Kind.SUSPEND_FILING, filed)
    world.later(days=800)
    became = {(each.notice, each.subject) for each in tick(world.desk, now=world.now)}
    assert became == {
        (Notice.REVIEW_REMINDER, waiting),
        (Notice.MAY_BE_TAKEN_OVER, waiting),
        (Notice.DRAFT_EXPIRED, draft),
        (Notice.FILED_TWO_YEARS, world.only_record(filed).id),
    }
    assert tick(world.desk, now=world.now) == []
    assert world.only_record(filed).standing is Standing.FILED
    taken = world.act(waiting, Action.TAKE_OVER, world.decider(waiting))
    assert taken.status is Status.AUTHORITY_REVIEW


@pytest.mark.parametrize(
    ("moved", "code"),
    [({"minutes": -6}, Code.CLOCK_WENT_BACK), ({"days": 15}, Code.CLOCK_LEAPT)],
)
def test_a_clock_that_is_wrong_ends_nothing_until_somebody_looked_at_it(
    world: World, moved: dict[str, float], code: Code
) -> None:
    draft = world.draft(Kind.FIRST_REGISTRATION, world.physician())
    world.later(days=181)
    with world.store.writing() as unit:
        unit.ticked(world.now)
    world.later(**moved)
    with refused(code):
        tick_by_clock(world.desk, now=world.now)
    assert world.application(draft).status is Status.DRAFT
    (expired,) = tick_by_clock(world.desk, now=world.now, is_right=True)
    assert (expired.notice, expired.subject) == (Notice.DRAFT_EXPIRED, draft)


@pytest.mark.parametrize("moved", [{"minutes": -4}, {"minutes": 10}, {"days": 14}])
def test_clocks_that_differ_a_little_and_pauses_are_nothing_to_ask_about(
    world: World, moved: dict[str, float]
) -> None:
    draft = world.draft(Kind.FIRST_REGISTRATION, world.physician())
    assert tick_by_clock(world.desk, now=world.now) == []
    world.later(days=181)
    with world.store.writing() as unit:
        unit.ticked(world.now)
    world.later(**moved)
    assert [each.subject for each in tick_by_clock(world.desk, now=world.now)] == [draft]


def test_a_timely_application_holds_the_two_year_task_back(world: World) -> None:
    actor = world.registered()
    world.approve(Kind.SUSPEND_FILING, actor)
    world.later(days=730)
    application = world.submitted(Kind.CANCEL_SUSPEND_FILING, actor)
    world.later(days=3)
    assert Notice.FILED_TWO_YEARS not in {each.notice for each in tick(world.desk, now=world.now)}
    world.act(application, Action.WITHDRAW, actor)
    assert Notice.FILED_TWO_YEARS in {each.notice for each in tick(world.desk, now=world.now)}


def test_a_merged_institution_is_shown_to_the_reviewer(world: World) -> None:
    application = world.submitted(Kind.FIRST_REGISTRATION, world.physician())
    with world.store.writing() as unit:
        table = models.institution
        merged = table.update().where(table.c.id == "haikou")
        unit.connection.execute(merged.values(merged_into=InstitutionId("sanya")))
    view = world.desk.view(application, by=world.clerk(), now=world.now)
    assert [str(reason) for reason in view.warnings] == [Code.INSTITUTION_MERGED]
    assert rules.institution_merged(view.case) is Code.INSTITUTION_MERGED


def test_an_application_holds_so_many_files_and_no_more(world: World) -> None:
    one, another = world.physician("吴一"), world.physician("吴二")
    draft = world.draft(Kind.FIRST_REGISTRATION, one)
    paper = {"name": "证明.pdf", "content": b"%PDF", "now": world.now}
    for _ in range(MAX_ATTACHMENTS):
        world.desk.attach(draft, by=one, **paper)
    with refused(Code.FILES_FULL):
        world.desk.attach(draft, by=one, **paper)
    world.desk.attach(world.draft(Kind.FIRST_REGISTRATION, another), by=another, **paper)
