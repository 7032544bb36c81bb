"""The life of one application, the same for all kinds.

    DRAFT ─► INSTITUTION_REVIEW ─► AUTHORITY_REVIEW ─► ACCEPTED ─► APPROVED
               │ └► RETURNED…  ◄──── returned once ─┘     └─► REJECTED_BY_AUTHORITY
               └► REJECTED_BY_INSTITUTION   (also NOT_ACCEPTED, WITHDRAWN, VOIDED)

* `why_not` is the one guard: pages draw the buttons of `open_actions`, which asks it for every action,
  and `act` refuses by it. What `_STEPS` does not list is refused.
* A kind without institution or authority skips that review; started by an institution it begins with
  the authority; started by an authority it begins accepted and a second clerk decides.
* Nobody decides on an application of their own, nor twice on the same one at different steps
  (行政许可法 art. 34; two persons).
* The institution has no time limit of its own: a reminder after 5 working days, and after 15 the deciding
  authority may take the application over. The authority asks for corrections once, within 5 working days
  of receipt; silence is acceptance on the day received (行政许可法 art. 32). It decides within 20 working
  days of acceptance (医师法 art. 13); where policy allows, it may extend that once, with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NewType

from registry.errors import Code, refuse
from registry.kinds import KINDS, ApplicationKind
from registry.periods import WorkCalendar, china_day
from registry.record import AuthorityId, InstitutionId, PersonId, RecordId
from registry.roles import Actor, Role, UserId
from registry.rules import Policy

ApplicationId = NewType("ApplicationId", str)
MAX_OPINION_CHARS: Final = 500


class Status(StrEnum):
    """业务审批状态."""

    DRAFT = "DRAFT"
    INSTITUTION_REVIEW = "INSTITUTION_REVIEW"
    RETURNED_BY_INSTITUTION = "RETURNED_BY_INSTITUTION"
    REJECTED_BY_INSTITUTION = "REJECTED_BY_INSTITUTION"
    AUTHORITY_REVIEW = "AUTHORITY_REVIEW"
    ACCEPTED = "ACCEPTED"
    RETURNED_BY_AUTHORITY = "RETURNED_BY_AUTHORITY"
    NOT_ACCEPTED = "NOT_ACCEPTED"
    APPROVED = "APPROVED"
    REJECTED_BY_AUTHORITY = "REJECTED_BY_AUTHORITY"
    WITHDRAWN = "WITHDRAWN"
    VOIDED = "VOIDED"


class Action(StrEnum):
    """What can be done to an application."""

    EDIT = "EDIT"
    DELETE = "DELETE"
    SUBMIT = "SUBMIT"
    WITHDRAW = "WITHDRAW"
    PASS = "PASS"  # noqa: S105 - 通过, no password
    RETURN = "RETURN"
    REJECT = "REJECT"
    TAKE_OVER = "TAKE_OVER"
    ACCEPT = "ACCEPT"
    RETURN_FOR_CORRECTION = "RETURN_FOR_CORRECTION"
    NOT_ACCEPT = "NOT_ACCEPT"
    EXTEND = "EXTEND"
    APPROVE = "APPROVE"
    REFUSE = "REFUSE"
    VOID = "VOID"


RETURNED: Final = frozenset({Status.RETURNED_BY_INSTITUTION, Status.RETURNED_BY_AUTHORITY})
EDITABLE: Final = RETURNED | {Status.DRAFT}
WAITING: Final = frozenset({Status.INSTITUTION_REVIEW, Status.AUTHORITY_REVIEW, Status.ACCEPTED})
OPEN: Final = EDITABLE | WAITING
FINAL: Final = frozenset(Status) - OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One application, without its answers. Days are days in China."""

    id: ApplicationId
    kind: ApplicationKind
    status: Status = Status.DRAFT
    version: int = 1
    started_by: Role
    owner_user: UserId
    owner_org: str = ""
    person_id: PersonId
    record_id: RecordId | None = None
    institution_id: InstitutionId | None = None
    authority_id: AuthorityId | None = None
    created_at: datetime
    submitted_on: date | None = None
    received_on: date | None = None
    accepted_on: date | None = None
    extended_on: date | None = None
    decided_at: datetime | None = None
    waits_since: date | None = None
    returned_for_correction: bool = False
    reviewed_by: UserId | None = None
    reviewer_person: PersonId | None = None
    accepted_by: UserId | None = None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What a reviewer says with a decision."""

    opinion: str = ""
    ground: str = ""
    employs: bool = False
    papers_seen: bool = False


class Side(StrEnum):
    """Which of the parties of an application an actor is."""

    OWNER = "OWNER"
    INSTITUTION = "INSTITUTION"
    AUTHORITY = "AUTHORITY"
    SYSTEM = "SYSTEM"


_I, _A, _O, _S = Side.INSTITUTION, Side.AUTHORITY, Side.OWNER, Side.SYSTEM

# Who may do what from where. SUBMIT, PASS and RETURN_… lead where the kind's route says.
_STEPS: Final[Mapping[Action, tuple[Side, frozenset[Status]]]] = {
    Action.EDIT: (_O, EDITABLE),
    Action.DELETE: (_O, frozenset({Status.DRAFT})),
    Action.SUBMIT: (_O, EDITABLE),
    Action.WITHDRAW: (_O, OPEN),
    Action.PASS: (_I, frozenset({Status.INSTITUTION_REVIEW})),
    Action.RETURN: (_I, frozenset({Status.INSTITUTION_REVIEW})),
    Action.REJECT: (_I, frozenset({Status.INSTITUTION_REVIEW})),
    Action.TAKE_OVER: (_A, frozenset({Status.INSTITUTION_REVIEW})),
    Action.ACCEPT: (_A, frozenset({Status.AUTHORITY_REVIEW})),
    Action.RETURN_FOR_CORRECTION: (_A, frozenset({Status.AUTHORITY_REVIEW})),
    Action.NOT_ACCEPT: (_A, frozenset({Status.AUTHORITY_REVIEW})),
    Action.EXTEND: (_A, frozenset({Status.ACCEPTED})),
    Action.APPROVE: (_A, frozenset({Status.ACCEPTED})),
    Action.REFUSE: (_A, frozenset({Status.ACCEPTED})),
    Action.VOID: (_S, OPEN),
}
_NO_STEPS: Final = frozenset({Action.EDIT, Action.DELETE})
"""What leaves the state as it is; the desk has use cases of their own for these."""
_BY_TIME: Final = frozenset({Action.ACCEPT})
"""What the passing of time does in the authority's place."""

_SPOKEN: Final = frozenset(
    {
        Action.RETURN,
        Action.REJECT,
        Action.TAKE_OVER,
        Action.RETURN_FOR_CORRECTION,
        Action.NOT_ACCEPT,
        Action.EXTEND,
        Action.REFUSE,
    }
)
"""Decisions that need reasons in words."""

_LEADS_TO: Final[Mapping[Action, Status]] = {
    Action.WITHDRAW: Status.WITHDRAWN,
    Action.RETURN: Status.RETURNED_BY_INSTITUTION,
    Action.REJECT: Status.REJECTED_BY_INSTITUTION,
    Action.TAKE_OVER: Status.AUTHORITY_REVIEW,
    Action.ACCEPT: Status.ACCEPTED,
    Action.RETURN_FOR_CORRECTION: Status.RETURNED_BY_AUTHORITY,
    Action.NOT_ACCEPT: Status.NOT_ACCEPTED,
    Action.EXTEND: Status.ACCEPTED,
    Action.APPROVE: Status.APPROVED,
    Action.REFUSE: Status.REJECTED_BY_AUTHORITY,
    Action.VOID: Status.VOIDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The instant of an action and what it is measured by."""

    now: datetime
    calendar: WorkCalendar
    policy: Policy

    @property
    def today(self) -> date:
        return china_day(self.now)


def open_actions(application: Application, actor: Actor, day: Day) -> frozenset[Action]:
    """What ``actor`` may do now. The same guard decides in `act`."""
    return frozenset(
        action for action in Action if why_not(application, action, actor, day) is None
    )


def may_see(application: Application, actor: Actor) -> bool:
    """Owner, reviewing institution, deciding authority. A draft is its owner's alone, and an authority
    sees what waits with an institution only once it may take it over, which `why_not` decides."""
    side = side_of(application, actor)
    drafted = application.status is Status.DRAFT
    return side is Side.SYSTEM or (side is not None and (not drafted or _owns(application, actor)))


def side_of(application: Application, actor: Actor) -> Side | None:
    """The part ``actor`` has in this application; none for everybody else."""
    if actor.role is Role.SYSTEM:
        return Side.SYSTEM
    if actor.role is Role.AUTHORITY_CLERK and actor.org_id == application.authority_id:
        return Side.AUTHORITY
    if _owns(application, actor):
        return Side.OWNER
    if actor.role is Role.INSTITUTION_CLERK and actor.org_id == application.institution_id:
        return Side.INSTITUTION
    return None


def why_not(application: Application, action: Action, actor: Actor, day: Day) -> Code | None:
    """Why ``actor`` may not do this now; None when it is open. The one guard."""
    if not may_see(application, actor):
        return Code.NOT_FOUND
    side, sources = _STEPS[action]
    if application.status not in sources:
        return _wrong_step(application.status)
    return (
        _wrong_party(application, action, actor, side)
        or _lacks_second_person(application, action, actor, day)
        or _wrong_time(application, action, day)
    )


def act(
    application: Application, action: Action, *, by: Actor, word: Word, day: Day
) -> Application:
    """The application after ``action``. Whether its rules still hold is asked by the desk before."""
    if action in _NO_STEPS:
        raise refuse(Code.STEP_INVALID, action)
    code = why_not(application, action, by, day) or _unsaid(application, action, word)
    if code is not None:
        raise refuse(code, action)
    status = target(application, action)
    moved = replace(
        application,
        status=status,
        version=application.version + 1,
        waits_since=application.waits_since if status is application.status else day.today,
    )
    return _NOTES.get(action, _nothing_more)(moved, by, day)


def target(application: Application, action: Action) -> Status:
    """Where ``action`` leads an application of this kind and starter."""
    if action is Action.SUBMIT:
        return _first_stop(application)
    if action is Action.PASS:
        decided = KINDS[application.kind].authority is None
        return Status.APPROVED if decided else Status.AUTHORITY_REVIEW
    return _LEADS_TO[action]


def takes_effect(before: Application, after: Application) -> bool:
    """Whether this step brought the application into force."""
    return after.status is Status.APPROVED and before.status is not Status.APPROVED


def _first_stop(application: Application) -> Status:
    kind = KINDS[application.kind]
    if application.started_by is Role.AUTHORITY_CLERK:
        return Status.ACCEPTED
    if application.started_by is Role.INSTITUTION_CLERK:
        return Status.AUTHORITY_REVIEW
    return Status.APPROVED if kind.reviewer is None else Status.INSTITUTION_REVIEW


def _owns(application: Application, actor: Actor) -> bool:
    if actor.role is not application.started_by:
        return False
    if actor.role is Role.PHYSICIAN:
        return actor.person_id == application.person_id
    return actor.org_id == application.owner_org


def _wrong_step(status: Status) -> Code:
    if status is Status.WITHDRAWN:
        return Code.ALREADY_WITHDRAWN
    return Code.ALREADY_DECIDED if status in FINAL else Code.STEP_INVALID


def _wrong_party(application: Application, action: Action, actor: Actor, side: Side) -> Code | None:
    taken = side_of(application, actor)
    if taken is Side.SYSTEM and action in _BY_TIME:
        return None
    if side is Side.OWNER:
        return None if _owns(application, actor) else Code.ROLE_FORBIDDEN
    if taken is not side:
        return Code.ROLE_FORBIDDEN
    if side in (Side.INSTITUTION, Side.AUTHORITY) and _is_own(application, actor):
        return Code.SELF_APPROVAL
    return None


def _is_own(application: Application, actor: Actor) -> bool:
    """The human being applied, is the subject, or has reviewed the step before."""
    if actor.user_id in (application.owner_user, application.reviewed_by):
        return True
    return actor.person_id is not None and actor.person_id in (
        application.person_id,
        application.reviewer_person,
    )


def _lacks_second_person(
    application: Application, action: Action, actor: Actor, day: Day
) -> Code | None:
    """Where policy wants two clerks, who accepted does not also decide. Refusing is deciding, too."""
    decides = action in (Action.APPROVE, Action.REFUSE)
    same = day.policy.two_persons_decide and actor.user_id == application.accepted_by
    return Code.SECOND_PERSON_REQUIRED if decides and same else None


def _wrong_time(application: Application, action: Action, day: Day) -> Code | None:
    check = _TIMED.get(action)
    return check(application, day) if check else None


def _too_early_to_take_over(application: Application, day: Day) -> Code | None:
    since = application.waits_since
    if since is None or KINDS[application.kind].authority is None:
        return Code.STEP_INVALID
    from_day = day.calendar.after(since, day.policy.take_over_days)
    return None if day.today > from_day else Code.TAKE_OVER_TOO_EARLY


def _too_late_to_return(application: Application, day: Day) -> Code | None:
    if application.returned_for_correction:
        return Code.RETURNED_BEFORE
    received = application.received_on
    if received is None:
        return Code.STEP_INVALID
    last = day.calendar.after(received, day.policy.acceptance_days)
    return None if day.today <= last else Code.RETURN_TOO_LATE


def _cannot_extend(application: Application, day: Day) -> Code | None:
    if not day.policy.may_extend:
        return Code.EXTENSION_NOT_ALLOWED
    if application.extended_on is not None:
        return Code.EXTENDED_BEFORE
    last = decision_due_on(application, day)
    in_time = last is not None and day.today <= last
    return None if in_time else Code.EXTENSION_TOO_LATE


_TIMED: Final[Mapping[Action, Callable[[Application, Day], Code | None]]] = {
    Action.TAKE_OVER: _too_early_to_take_over,
    Action.RETURN_FOR_CORRECTION: _too_late_to_return,
    Action.EXTEND: _cannot_extend,
}


def _unsaid(application: Application, action: Action, word: Word) -> Code | None:
    if len(word.opinion) > MAX_OPINION_CHARS:
        return Code.FIELD_TOO_LONG
    if action in _SPOKEN and not word.opinion.strip():
        return Code.OPINION_REQUIRED
    if action is Action.REFUSE and not word.ground:
        return Code.GROUND_REQUIRED
    if action is Action.PASS and KINDS[application.kind].asks_employment and not word.employs:
        return Code.EMPLOYMENT_UNCONFIRMED
    return None


# What else an action notes on the application.


def _nothing_more(application: Application, by: Actor, day: Day) -> Application:  # noqa: ARG001
    return application


def _submitted(application: Application, by: Actor, day: Day) -> Application:  # noqa: ARG001
    with_authority = application.status in (Status.AUTHORITY_REVIEW, Status.ACCEPTED)
    accepted = application.status is Status.ACCEPTED
    return replace(
        application,
        submitted_on=application.submitted_on or day.today,
        received_on=day.today if with_authority else None,
        accepted_on=day.today if accepted else None,
        accepted_by=None,
        decided_at=day.now if application.status is Status.APPROVED else None,
    )


def _passed(application: Application, by: Actor, day: Day) -> Application:
    decided = application.status is Status.APPROVED
    return replace(
        application,
        reviewed_by=by.user_id,
        reviewer_person=by.person_id,
        received_on=None if decided else day.today,
        decided_at=day.now if decided else None,
    )


def _taken_over(application: Application, by: Actor, day: Day) -> Application:  # noqa: ARG001
    return replace(application, received_on=day.today)


def _accepted(application: Application, by: Actor, day: Day) -> Application:
    silent = by.role is Role.SYSTEM
    return replace(
        application,
        accepted_on=application.received_on if silent else day.today,
        accepted_by=by.user_id,
    )


def _returned_for_correction(
    application: Application,
    by: Actor,  # noqa: ARG001
    day: Day,  # noqa: ARG001
) -> Application:
    return replace(application, returned_for_correction=True, received_on=None, reviewed_by=None)


def _extended(application: Application, by: Actor, day: Day) -> Application:  # noqa: ARG001
    return replace(application, extended_on=day.today)


def _decided(application: Application, by: Actor, day: Day) -> Application:  # noqa: ARG001
    return replace(application, decided_at=day.now)


_NOTES: Final[Mapping[Action, Callable[[Application, Actor, Day], Application]]] = {
    Action.SUBMIT: _submitted,
    Action.PASS: _passed,
    Action.TAKE_OVER: _taken_over,
    Action.ACCEPT: _accepted,
    Action.RETURN_FOR_CORRECTION: _returned_for_correction,
    Action.EXTEND: _extended,
    Action.REJECT: _decided,
    Action.NOT_ACCEPT: _decided,
    Action.APPROVE: _decided,
    Action.REFUSE: _decided,
    Action.WITHDRAW: _decided,
    Action.VOID: _decided,
}


def decision_due_on(application: Application, day: Day) -> date | None:
    """The last day to decide: 20 working days from acceptance (医师法 art. 13), and 10 more where it was
    extended (行政许可法 art. 42)."""
    if application.status is not Status.ACCEPTED or application.accepted_on is None:
        return None
    extension = day.policy.extension_days if application.extended_on else 0
    return day.calendar.after(application.accepted_on, day.policy.decision_days + extension)


def due_on(application: Application, day: Day) -> date | None:
    """The last day of whoever has the application now: to review (a reminder only), to accept, to decide."""
    if application.status is Status.INSTITUTION_REVIEW and application.waits_since:
        return day.calendar.after(application.waits_since, day.policy.institution_reminder_days)
    if application.status is Status.AUTHORITY_REVIEW and application.received_on:
        return day.calendar.after(application.received_on, day.policy.acceptance_days)
    return decision_due_on(application, day)
