"""The life of an application: who may do what, when, and that nothing else is possible.

The table of what is open is written out here by hand from the manual's three steps, and compared with
what the guard says for every state, action, role, side and kind. What is not listed must be refused.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from registry import workflow
from registry.errors import Code, RegistryError
from registry.kinds import KINDS, ApplicationKind
from registry.periods import WorkCalendar
from registry.record import AuthorityId, InstitutionId, PersonId
from registry.roles import SYSTEM, Actor, Role, UserId
from registry.rules import Policy
from registry.workflow import Action, Application, ApplicationId, Day, Status, Word

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
DAY = Day(now=NOW, calendar=WorkCalendar(), policy=Policy())
TODAY = date(2026, 11, 23)

OWNER = Actor(user_id=UserId("u"), role=Role.PHYSICIAN, person_id=PersonId("p"))
REVIEWER = Actor(user_id=UserId("c"), role=Role.INSTITUTION_CLERK, org_id="here")
DECIDER = Actor(user_id=UserId("o"), role=Role.AUTHORITY_CLERK, org_id="auth")
STRANGERS = {
    "another physician": Actor(user_id=UserId("x"), role=Role.PHYSICIAN, person_id=PersonId("q")),
    "another institution": Actor(user_id=UserId("y"), role=Role.INSTITUTION_CLERK, org_id="there"),
    "another authority": Actor(user_id=UserId("z"), role=Role.AUTHORITY_CLERK, org_id="other"),
    "an authority clerk of the institution's id": Actor(
        user_id=UserId("v"), role=Role.AUTHORITY_CLERK, org_id="here"
    ),
    "a clerk of the authority's id": Actor(
        user_id=UserId("w"), role=Role.INSTITUTION_CLERK, org_id="auth"
    ),
    "the public": Actor(user_id=UserId("n"), role=Role.PUBLIC),
    "the administrator": Actor(user_id=UserId("m"), role=Role.ADMIN),
}

S, A = Status, Action
OPEN_TO = {
    "owner": {
        S.DRAFT: {A.EDIT, A.DELETE, A.SUBMIT, A.WITHDRAW},
        S.RETURNED_BY_INSTITUTION: {A.EDIT, A.SUBMIT, A.WITHDRAW},
        S.RETURNED_BY_AUTHORITY: {A.EDIT, A.SUBMIT, A.WITHDRAW},
        S.INSTITUTION_REVIEW: {A.WITHDRAW},
        S.AUTHORITY_REVIEW: {A.WITHDRAW},
        S.ACCEPTED: {A.WITHDRAW},
    },
    "institution": {S.INSTITUTION_REVIEW: {A.PASS, A.RETURN, A.REJECT}},
    "authority": {
        S.AUTHORITY_REVIEW: {A.ACCEPT, A.RETURN_FOR_CORRECTION, A.NOT_ACCEPT},
        S.ACCEPTED: {A.APPROVE, A.REFUSE},
    },
    "system": {
        **{status: {A.VOID} for status in workflow.OPEN},
        S.AUTHORITY_REVIEW: {A.VOID, A.ACCEPT},
    },
}
ACTORS = {"owner": OWNER, "institution": REVIEWER, "authority": DECIDER, "system": SYSTEM}


def application(kind: ApplicationKind, status: Status) -> Application:
    return Application(
        id=ApplicationId("a"),
        kind=kind,
        status=status,
        started_by=Role.PHYSICIAN,
        owner_user=OWNER.user_id,
        person_id=PersonId("p"),
        institution_id=InstitutionId("here"),
        authority_id=AuthorityId("auth"),
        created_at=NOW,
        submitted_on=TODAY,
        received_on=TODAY,
        waits_since=TODAY,
    )


@pytest.mark.parametrize("kind", list(ApplicationKind))
@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("who", list(ACTORS))
def test_the_table_of_what_is_open(kind: ApplicationKind, status: Status, who: str) -> None:
    one = application(kind, status)
    expected = OPEN_TO[who].get(status, set())
    assert workflow.open_actions(one, ACTORS[who], DAY) == expected
    for action in Action:
        word = Word(opinion="同意", ground="OTHER", employs=True)
        if action in expected - {A.EDIT, A.DELETE}:
            after = workflow.act(one, action, by=ACTORS[who], word=word, day=DAY)
            assert after.version == one.version + 1
        else:
            with pytest.raises(RegistryError):
                workflow.act(one, action, by=ACTORS[who], word=word, day=DAY)


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("who", list(STRANGERS))
def test_strangers_find_nothing(status: Status, who: str) -> None:
    one = application(ApplicationKind.CHANGE, status)
    assert not workflow.may_see(one, STRANGERS[who])
    said = {workflow.why_not(one, action, STRANGERS[who], DAY) for action in Action}
    assert said == {Code.NOT_FOUND}


@pytest.mark.parametrize("who", ["institution", "authority"])
def test_a_draft_is_its_owners_alone(who: str) -> None:
    one = application(ApplicationKind.CHANGE, Status.DRAFT)
    assert workflow.may_see(one, OWNER)
    assert not workflow.may_see(one, ACTORS[who])


def test_where_each_kind_goes_when_it_is_submitted_and_passed() -> None:
    def stops(kind: ApplicationKind) -> list[Status]:
        word, stops = Word(opinion="同意", employs=True), []
        one = application(kind, Status.DRAFT)
        route = [
            (Action.SUBMIT, OWNER),
            (Action.PASS, REVIEWER),
            (Action.ACCEPT, DECIDER),
            (Action.APPROVE, DECIDER),
        ]
        for action, by in route:
            one = workflow.act(one, action, by=by, word=word, day=DAY)
            stops.append(one.status)
            if one.status is Status.APPROVED:
                break
        return stops

    both = [Status.INSTITUTION_REVIEW, Status.AUTHORITY_REVIEW, Status.ACCEPTED, Status.APPROVED]
    exceptions = {
        ApplicationKind.INFO_MODIFICATION: [Status.INSTITUTION_REVIEW, Status.APPROVED],
        ApplicationKind.DEPARTMENT_UPKEEP: [Status.APPROVED],
    }
    assert {kind: stops(kind) for kind in KINDS} == {
        kind: exceptions.get(kind, both) for kind in KINDS
    }


@pytest.mark.parametrize(
    ("starter", "stop"),
    [
        (Role.INSTITUTION_CLERK, Status.AUTHORITY_REVIEW),
        (Role.AUTHORITY_CLERK, Status.ACCEPTED),
    ],
)
def test_started_by_an_office_it_skips_that_offices_review(starter: Role, stop: Status) -> None:
    owner = Actor(user_id=UserId("k"), role=starter, org_id="office")
    one = replace(
        application(ApplicationKind.DEREGISTRATION, Status.DRAFT),
        started_by=starter,
        owner_user=owner.user_id,
        owner_org="office",
        authority_id=AuthorityId("office" if starter is Role.AUTHORITY_CLERK else "auth"),
    )
    after = workflow.act(one, Action.SUBMIT, by=owner, word=Word(), day=DAY)
    assert after.status is stop


def test_the_clerk_who_started_ex_officio_does_not_decide() -> None:
    owner = replace(DECIDER, user_id=UserId("first"))
    one = replace(
        application(ApplicationKind.DEREGISTRATION, Status.ACCEPTED),
        started_by=Role.AUTHORITY_CLERK,
        owner_user=owner.user_id,
        owner_org="auth",
    )
    assert workflow.why_not(one, Action.APPROVE, owner, DAY) is Code.SELF_APPROVAL
    second = replace(DECIDER, user_id=UserId("second"))
    assert workflow.why_not(one, Action.APPROVE, second, DAY) is None


@pytest.mark.parametrize(
    ("status", "action", "actor"),
    [
        (Status.INSTITUTION_REVIEW, Action.PASS, REVIEWER),
        (Status.AUTHORITY_REVIEW, Action.ACCEPT, DECIDER),
        (Status.ACCEPTED, Action.APPROVE, DECIDER),
    ],
)
def test_nobody_decides_on_their_own(status: Status, action: Action, actor: Actor) -> None:
    one = application(ApplicationKind.CHANGE, status)
    assert workflow.why_not(one, action, actor, DAY) is None
    same_human = replace(actor, person_id=PersonId("p"))
    assert workflow.why_not(one, action, same_human, DAY) is Code.SELF_APPROVAL


@pytest.mark.parametrize("same", [{"user_id": UserId("c")}, {"person_id": PersonId("clerk")}])
def test_who_reviewed_does_not_also_decide(same: dict[str, str]) -> None:
    one = replace(
        application(ApplicationKind.CHANGE, Status.ACCEPTED),
        reviewed_by=UserId("c"),
        reviewer_person=PersonId("clerk"),
    )
    assert workflow.why_not(one, Action.APPROVE, DECIDER, DAY) is None
    again = replace(DECIDER, **same)
    assert workflow.why_not(one, Action.APPROVE, again, DAY) is Code.SELF_APPROVAL


@pytest.mark.parametrize(
    ("status", "action", "actor", "word", "code"),
    [
        (S.INSTITUTION_REVIEW, A.RETURN, REVIEWER, Word(opinion=" "), Code.OPINION_REQUIRED),
        (S.INSTITUTION_REVIEW, A.REJECT, REVIEWER, Word(), Code.OPINION_REQUIRED),
        (S.INSTITUTION_REVIEW, A.PASS, REVIEWER, Word(), Code.EMPLOYMENT_UNCONFIRMED),
        (S.AUTHORITY_REVIEW, A.NOT_ACCEPT, DECIDER, Word(), Code.OPINION_REQUIRED),
        (S.AUTHORITY_REVIEW, A.RETURN_FOR_CORRECTION, DECIDER, Word(), Code.OPINION_REQUIRED),
        (S.ACCEPTED, A.REFUSE, DECIDER, Word(ground="OTHER"), Code.OPINION_REQUIRED),
        (S.ACCEPTED, A.REFUSE, DECIDER, Word(opinion="不符"), Code.GROUND_REQUIRED),
        (S.ACCEPTED, A.APPROVE, DECIDER, Word(opinion="长" * 501), Code.FIELD_TOO_LONG),
    ],
)
def test_decisions_that_lack_their_words(
    status: Status, action: Action, actor: Actor, word: Word, code: Code
) -> None:
    one = application(ApplicationKind.CHANGE, status)
    with pytest.raises(RegistryError) as refused:
        workflow.act(one, action, by=actor, word=word, day=DAY)
    assert refused.value.code is code


def _on(day: date) -> Day:
    noon = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
    return replace(DAY, now=noon)


def test_corrections_are_asked_for_once_and_within_five_working_days() -> None:
    one = application(ApplicationKind.CHANGE, Status.AUTHORITY_REVIEW)  # received on a Monday
    ask = Action.RETURN_FOR_CORRECTION
    assert workflow.why_not(one, ask, DECIDER, _on(date(2026, 11, 30))) is None
    assert workflow.why_not(one, ask, DECIDER, _on(date(2026, 12, 1))) is Code.RETURN_TOO_LATE
    again = replace(one, returned_for_correction=True)
    assert workflow.why_not(again, ask, DECIDER, DAY) is Code.RETURNED_BEFORE


def test_an_authority_takes_over_after_fifteen_working_days() -> None:
    one = application(ApplicationKind.CHANGE, Status.INSTITUTION_REVIEW)
    last = WorkCalendar().after(TODAY, 15)
    early = workflow.why_not(one, Action.TAKE_OVER, DECIDER, _on(last))
    assert early is Code.TAKE_OVER_TOO_EARLY
    late = _on(last + timedelta(days=1))
    assert workflow.why_not(one, Action.TAKE_OVER, DECIDER, late) is None
    photo_only = application(ApplicationKind.INFO_MODIFICATION, Status.INSTITUTION_REVIEW)
    assert workflow.why_not(photo_only, Action.TAKE_OVER, DECIDER, late) is Code.STEP_INVALID


def test_the_decision_is_due_twenty_working_days_after_acceptance() -> None:
    calendar = WorkCalendar(days={date(2027, 1, 1): False})
    accepted = replace(
        application(ApplicationKind.CHANGE, Status.ACCEPTED), accepted_on=date(2026, 12, 7)
    )
    due = workflow.decision_due_on(accepted, replace(DAY, calendar=calendar))
    assert due == date(2027, 1, 5)


def test_where_policy_wants_two_who_accepted_does_not_decide() -> None:
    strict = replace(DAY, policy=replace(DAY.policy, two_persons_decide=True))
    waiting = application(ApplicationKind.CHANGE, Status.AUTHORITY_REVIEW)
    word = Word(opinion="同意", ground="OTHER")
    accepted = workflow.act(waiting, A.ACCEPT, by=DECIDER, word=word, day=strict)
    other = replace(DECIDER, user_id=UserId("another-officer"))
    for action in (A.APPROVE, A.REFUSE):
        assert workflow.why_not(accepted, action, DECIDER, strict) is Code.SECOND_PERSON_REQUIRED
        assert workflow.why_not(accepted, action, other, strict) is None
        assert workflow.why_not(accepted, action, DECIDER, DAY) is None
    assert workflow.why_not(accepted, A.APPROVE, SYSTEM, strict) is Code.ROLE_FORBIDDEN


def test_what_silence_accepted_anyone_may_decide() -> None:
    strict = replace(DAY, policy=replace(DAY.policy, two_persons_decide=True))
    waiting = application(ApplicationKind.CHANGE, Status.AUTHORITY_REVIEW)
    accepted = workflow.act(waiting, A.ACCEPT, by=SYSTEM, word=Word(), day=strict)
    assert workflow.why_not(accepted, A.APPROVE, DECIDER, strict) is None
