"""What offices do besides applications: accounts, departments, suspensions, corrections of the base data.

* An institution activates and revokes the accounts of its own physicians (manual, 4.3) and keeps its
  departments with the diagnosis subjects they cover (manual, 4.1). A department in use is closed, never
  deleted.
* An authority suspends practice (医师法 art. 55, 56) with ground and document number, and a second clerk
  confirms it; the physician is told who, when and why. So many in a day and no more.
* An authority enters qualifications that are missing (补录), bars, military registrations against the
  military organ's certificate (军队实施《执业医师法》办法 art. 9), and relinks a record to another
  qualification of the same person (更换医师资格; manual, 6.1). It notes, with a reason, that a record may
  differ in level or category from the person's others.
* An institution confirms or refuses a photo by itself (article, 2.3.2): of its own physicians, and of those
  whose application waits for it.
* Clerks' accounts are opened from above: an institution's by its authority, an authority's by the
  administrator. Nobody opens one for the own office. An institution may ask for one, its first clerk among
  them; the account rests until the authority has compared the request with its register and confirmed it.
  The first administrator is made at the machine itself. An
  office's first clerk manages its clerks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from credential import codelists
from credential.text import Text
from registry import forms, models, roll
from registry.accounts import IdNumber, checked_username, hash_password
from registry.desk import Desk
from registry.effects import confirm_photo as photo_confirmed
from registry.effects import refuse_photo as photo_refused
from registry.effects import with_record
from registry.errors import Code, refuse
from registry.forms import UnreadableError
from registry.messages import Notice
from registry.periods import china_day
from registry.record import (
    Bar,
    Binding,
    Department,
    DepartmentId,
    Dossier,
    InstitutionId,
    Level,
    MilitaryRegistration,
    MilitaryState,
    Person,
    PersonId,
    PracticeRecord,
    Qualification,
    QualificationId,
    RecordId,
    Standing,
)
from registry.roles import SYSTEM, Actor, Role, UserId
from registry.search import folded
from registry.store import Unit
from registry.workflow import Status

LIFT_BAR: Final = "bar.lift"
SOURCES: Final = {
    "EXAM": Text("医师资格考试", "national examination"),
    "RECOGNISED_PRE1999": Text("医师法施行前认定", "recognised before 1999"),
    "MILITARY_CONVERTED": Text("军队医师换领", "converted from the military"),
    "TCM_EXPERTISE": Text("中医医术确有专长考核", "assessment of proven TCM expertise"),
}
"""Where a qualification that is entered by hand comes from (manual, 6.2)."""
QUALIFICATION_NUMBER: Final = re.compile(r"\d{24}|\d{26}[\dX]", re.ASCII)
_MAY_ACTIVATE: Final = frozenset({Binding.PENDING_ACTIVATION, Binding.REVOKED})
_OPENED_BY: Final = {
    Role.INSTITUTION_CLERK: Role.AUTHORITY_CLERK,
    Role.AUTHORITY_CLERK: Role.ADMIN,
}


# Accounts.


def activate_account(desk: Desk, person_id: PersonId, *, by: Actor, now: datetime) -> None:
    """医师账户激活 by the main institution."""
    _bind(desk, person_id, Binding.ACTIVE, _MAY_ACTIVATE, by=by, now=now)


def revoke_account(desk: Desk, person_id: PersonId, *, by: Actor, now: datetime) -> None:
    """撤销医师账户: the badge rests, the licence stays."""
    _bind(desk, person_id, Binding.REVOKED, frozenset({Binding.ACTIVE}), by=by, now=now)


def set_automatic_activation(desk: Desk, *, on: bool, by: Actor, now: datetime) -> None:
    """自动激活: whether accounts of this institution's physicians open without a code (article, 1.3)."""
    _only(by, Role.INSTITUTION_CLERK)
    with desk.store.writing() as unit:
        office = unit.institutions([by.org_id])[InstitutionId(by.org_id)]
        unit.put_institution(replace(office, auto_activates=on))
        unit.log("institution.auto_activation", by.org_id, by=by, at=now, details={"on": on})


def open_clerk_account(
    desk: Desk,
    *,
    role: Role,
    org_id: str,
    username: str,
    name: str,
    password: str,
    by: Actor,
    now: datetime,
    person_id: PersonId | None = None,
) -> UserId:
    """An account for a clerk, opened from above."""
    if _OPENED_BY.get(role) is not by.role:
        raise refuse(Code.ROLE_FORBIDDEN, "role")
    with desk.store.writing() as unit:
        if by.role is Role.AUTHORITY_CLERK:
            office = unit.institutions([org_id]).get(InstitutionId(org_id))
            if office is None or by.org_id not in (office.authority_id, office.tcm_authority_id):
                raise refuse(Code.NOT_FOUND, "org_id")
        user_id = UserId(desk.new_id())
        unit.add_account(
            user_id,
            role=role,
            org_id=org_id,
            manages=not roll.accounts_of(unit, org_id),
            username=checked_username(username),
            name=forms.person_name(name),
            password_hash=hash_password(password),
            person_id=person_id,
            at=now,
        )
        unit.log("account.open", user_id, by=by, at=now, details={"role": role, "org": org_id})
        return user_id


def ask_for_clerk(
    desk: Desk,
    *,
    registration_number: str,
    institution_name: str,
    username: str,
    name: str,
    password: str,
    by: Actor,
    now: datetime,
) -> UserId:
    """An institution asks for a clerk's account, its first one too; it rests until it is confirmed.

    Number and name must be those of the register, or nothing is found: papers alone open no account. A
    clerk who asks must be one of that institution.
    """
    with desk.store.writing() as unit:
        org_id = unit.id_of(models.institution, "registration_number", registration_number.strip())
        office = unit.institutions([org_id]).get(InstitutionId(org_id or ""))
        stranger = by.role is not Role.PUBLIC and by.org_id != org_id
        if office is None or not office.is_open or office.name != institution_name.strip():
            raise refuse(Code.NOT_FOUND, "institution")
        if by.role not in (Role.PUBLIC, Role.INSTITUTION_CLERK) or stranger:
            raise refuse(Code.ROLE_FORBIDDEN)
        user_id = UserId(desk.new_id())
        unit.add_account(
            user_id,
            role=Role.INSTITUTION_CLERK,
            org_id=office.id,
            manages=not roll.accounts_of(unit, office.id),
            username=checked_username(username),
            name=forms.person_name(name),
            password_hash=hash_password(password),
            active=False,
            at=now,
        )
        unit.log("account.ask", user_id, by=by, at=now, details={"org": office.id})
        unit.add_task(
            id=desk.new_id(),
            code=Notice.CLERK_TO_CONFIRM,
            subject=user_id,
            org_id=office.authority_id,
            due_on=china_day(now),
        )
        return user_id


def confirm_clerk(desk: Desk, user_id: UserId, *, by: Actor, now: datetime) -> None:
    """The institution's authority has checked who asks; the account opens."""
    with desk.store.writing() as unit:
        asked = _asked_for(unit, user_id, by, now)
        roll.set_account(unit, user_id, active=True)
        unit.log("account.confirm", user_id, by=by, at=now, details={"org": asked.org_id})
        desk.tell(unit, asked.org_id, Notice.CLERK_CONFIRMED, user_id, now)


def refuse_clerk(desk: Desk, user_id: UserId, *, reason: str, by: Actor, now: datetime) -> None:
    """The account that was asked for stays shut."""
    why = _said(reason)
    with desk.store.writing() as unit:
        asked = _asked_for(unit, user_id, by, now)
        details = {"org": asked.org_id, "reason": why}
        unit.log("account.refuse", user_id, by=by, at=now, details=details)


def _asked_for(unit: Unit, user_id: UserId, by: Actor, now: datetime) -> roll.Account:
    """An account that waits for this authority; it then waits no more."""
    _only(by, Role.AUTHORITY_CLERK)
    account = roll.account(unit, user_id)
    office = unit.institutions([account.org_id]).get(InstitutionId(account.org_id))
    if office is None or office.authority_id != by.org_id:
        raise refuse(Code.NOT_FOUND, "account")
    if by.user_id == user_id or (by.person_id and by.person_id == account.person_id):
        raise refuse(Code.SELF_APPROVAL)
    if unit.finish_tasks(user_id, at=now) != 1:
        raise refuse(Code.ALREADY_DECIDED)
    return account


# Photos.


def confirm_photo(
    desk: Desk, person_id: PersonId, sha256: str, *, by: Actor, now: datetime
) -> None:
    """The photo that was on the clerk's screen is in use from now on."""
    with desk.store.writing() as unit:
        before = _with_pending_photo(unit, person_id, sha256, by)
        seq = unit.log("photo.confirm", person_id, by=by, at=now, details={"sha256": sha256})
        desk.follow_up(unit, before, photo_confirmed(before), audit_seq=seq, now=now)


def refuse_photo(
    desk: Desk, person_id: PersonId, sha256: str, *, reason: str, by: Actor, now: datetime
) -> None:
    """The photo does not do; the physician is told why, and the confirmed one stays in use."""
    why = _said(reason)
    with desk.store.writing() as unit:
        before = _with_pending_photo(unit, person_id, sha256, by)
        details = {"sha256": sha256, "reason": why}
        seq = unit.log("photo.refuse", person_id, by=by, at=now, details=details)
        desk.follow_up(unit, before, photo_refused(before, why), audit_seq=seq, now=now)
        notice, about = Notice.PHOTO_REFUSED, {"reason": why}
        desk.tell(unit, person_id, notice, person_id, now, details=about)


def _with_pending_photo(unit: Unit, person_id: PersonId, sha256: str, by: Actor) -> Dossier:
    _only(by, Role.INSTITUTION_CLERK)
    dossier = unit.dossier(person_id)
    works_here = any(each.institution_id == by.org_id for each in dossier.live_records)
    waits_here = any(
        each.institution_id == by.org_id and each.status is Status.INSTITUTION_REVIEW
        for each in unit.open_applications(person_id)
    )
    if not works_here and not waits_here:
        raise refuse(Code.NOT_FOUND, "person")
    if by.person_id == person_id:
        raise refuse(Code.SELF_APPROVAL)
    pending = dossier.pending_photo
    if pending is None or pending.sha256 != sha256:
        raise refuse(Code.STALE_FORM, "photo")
    return dossier


def open_administrator_account(
    desk: Desk,
    *,
    username: str,
    name: str,
    password: str,
    now: datetime,
    besides: bool,
) -> UserId:
    """An administrator's account, made by whoever holds the machine; another only ``besides`` the first."""
    try:
        called = forms.person_name(name)
    except forms.UnreadableError as error:
        raise refuse(error.code, "name") from error
    with desk.store.writing() as unit:
        if not besides and roll.has_administrator(unit):
            raise refuse(Code.ADMINISTRATOR_EXISTS)
        user_id = UserId(desk.new_id())
        unit.add_account(
            user_id,
            role=Role.ADMIN,
            username=checked_username(username),
            name=called,
            password_hash=hash_password(password),
            at=now,
        )
        unit.log("account.open", user_id, by=SYSTEM, at=now, details={"role": Role.ADMIN})
        return user_id


# Departments.


def set_department(
    desk: Desk,
    name: str,
    subjects: tuple[str, ...],
    *,
    by: Actor,
    now: datetime,
    department_id: DepartmentId | None = None,
) -> DepartmentId:
    """设置本院科室信息: a new department, or a new name and new subjects for one."""
    _only(by, Role.INSTITUTION_CLERK)
    with desk.store.writing() as unit:
        office = unit.institutions([by.org_id])[InstitutionId(by.org_id)]
        if not subjects or not set(subjects) <= set(office.subjects):
            raise refuse(Code.FIELD_OPTION, "subjects")
        known = {each.id: each for each in unit.departments(by.org_id)}
        if department_id is not None and department_id not in known:
            raise refuse(Code.NOT_FOUND, "department_id")
        department = Department(
            id=department_id or DepartmentId(desk.new_id()),
            institution_id=office.id,
            name=forms.text(50)(name),
            subjects=subjects,
        )
        unit.put_department(department, is_new=department_id is None)
        unit.log("department.set", department.id, by=by, at=now, details={"name": department.name})
        return department.id


def close_department(desk: Desk, department_id: DepartmentId, *, by: Actor, now: datetime) -> None:
    """A closed department is offered no more; those in it stay in it."""
    _only(by, Role.INSTITUTION_CLERK)
    with desk.store.writing() as unit:
        known = {each.id: each for each in unit.departments(by.org_id)}
        if department_id not in known:
            raise refuse(Code.NOT_FOUND, "department_id")
        unit.put_department(replace(known[department_id], closed=True), is_new=False)
        unit.log("department.close", department_id, by=by, at=now)


# Suspension by order.


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """暂停执业 as it was proposed. Without ``ends`` it lasts until it is lifted."""

    record_id: RecordId
    ground: str
    document: str
    ends: date | None = None
    assessment_pending: bool = False


def propose_suspension(desk: Desk, suspension: Suspension, *, by: Actor, now: datetime) -> str:
    """The first of two clerks; nothing changes yet. The id of the proposal."""
    _only(by, Role.AUTHORITY_CLERK)
    if not suspension.ground.strip() or not suspension.document.strip():
        raise refuse(Code.DOCUMENT_REQUIRED)
    today = china_day(now)
    if suspension.ends is not None and suspension.ends <= today:
        raise refuse(Code.SUSPENSION_DATES, "ends")
    with desk.store.writing() as unit:
        _record_here(unit, suspension.record_id, by)
        order_id = desk.new_id()
        unit.add_standing_order(
            order_id,
            record_id=suspension.record_id,
            authority_id=by.org_id,
            ground=forms.text(200)(suspension.ground),
            document=forms.text(64)(suspension.document),
            begins=today,
            ends=suspension.ends,
            assessment_pending=suspension.assessment_pending,
            proposed_by=by.user_id,
            proposed_at=now,
        )
        unit.log("suspension.propose", suspension.record_id, by=by, at=now)
        return order_id


def confirm_suspension(desk: Desk, order_id: str, *, by: Actor, now: datetime) -> None:
    """The second clerk of the same authority; the record is suspended from today."""
    _only(by, Role.AUTHORITY_CLERK)
    today = china_day(now)
    with desk.store.writing() as unit:
        order = unit.standing_order(order_id, authority_id=by.org_id)
        dossier, record = _record_here(unit, order.record_id, by)
        if order.proposed_by == by.user_id:
            raise refuse(Code.SECOND_PERSON_REQUIRED)
        if record.standing is not Standing.VALID:
            raise refuse(Code.LICENCE_NOT_ACTIVE)
        if unit.suspensions_on(by.org_id, today) >= desk.policy.suspensions_per_day:
            raise refuse(Code.LIMIT_REACHED)
        unit.confirm_standing_order(order_id, by=by.user_id, on=today)
        suspended = replace(
            record,
            version=record.version + 1,
            standing=Standing.SUSPENDED,
            suspended_from=today,
            suspended_to=order.ends,
            assessment_pending=order.assessment_pending,
        )
        why = {"ground": order.ground, "document": order.document, "proposed_by": order.proposed_by}
        seq = unit.log("suspension.confirm", record.id, by=by, at=now, details=why)
        desk.follow_up(unit, dossier, with_record(dossier, suspended), audit_seq=seq, now=now)
        said = {**why, "by": by.org_id}
        person_id, notice = record.person_id, Notice.SUSPENDED_BY_ORDER
        desk.tell(unit, person_id, notice, record.id, now, details=said)


def lift_suspension(
    desk: Desk, record_id: RecordId, *, ground: str, by: Actor, now: datetime
) -> None:
    """Ends a suspension before its time, or after an assessment was passed."""
    _only(by, Role.AUTHORITY_CLERK)
    if not ground.strip():
        raise refuse(Code.DOCUMENT_REQUIRED)
    with desk.store.writing() as unit:
        dossier, record = _record_here(unit, record_id, by)
        if record.standing is not Standing.SUSPENDED:
            raise refuse(Code.STEP_INVALID)
        valid = replace(
            record,
            version=record.version + 1,
            standing=Standing.VALID,
            suspended_from=None,
            suspended_to=None,
            assessment_pending=False,
        )
        why = {"ground": ground}
        seq = unit.log("suspension.lift", record_id, by=by, at=now, details=why)
        desk.follow_up(unit, dossier, with_record(dossier, valid), audit_seq=seq, now=now)
        desk.tell(unit, record.person_id, Notice.SUSPENSION_LIFTED, record_id, now, details=why)


# Base data.


def add_qualification(
    desk: Desk, qualification: Qualification, *, by: Actor, now: datetime
) -> None:
    """补录: a qualification that the examination's data did not bring."""
    _only(by, Role.AUTHORITY_CLERK)
    _not_of_oneself(by, qualification.person_id)
    codelists.category(qualification.category)
    with desk.store.writing() as unit:
        before = unit.dossier(qualification.person_id)
        after = replace(before, qualifications=(*before.qualifications, qualification))
        details = {"source": qualification.source}
        seq = unit.log("qualification.add", qualification.id, by=by, at=now, details=details)
        desk.follow_up(unit, before, after, audit_seq=seq, now=now)


def add_bar(desk: Desk, bar: Bar, *, by: Actor, now: datetime) -> None:
    """A period without registration (医师法 art. 16), with its source."""
    _only(by, Role.AUTHORITY_CLERK)
    _not_of_oneself(by, bar.person_id)
    if not bar.source.strip():
        raise refuse(Code.DOCUMENT_REQUIRED)
    with desk.store.writing() as unit:
        before = unit.dossier(bar.person_id)
        details = {"ground": bar.ground, "source": bar.source}
        seq = unit.log("bar.add", bar.id, by=by, at=now, details=details)
        after = replace(before, bars=(*before.bars, bar))
        desk.follow_up(unit, before, after, audit_seq=seq, now=now)


def enter_military(
    desk: Desk, registration: MilitaryRegistration, *, by: Actor, now: datetime
) -> None:
    """军队注册信息, entered against the certificate of the military organ that registered the physician;
    the same certificate counts once."""
    _only(by, Role.AUTHORITY_CLERK)
    _not_of_oneself(by, registration.person_id)
    stated = (registration.unit, registration.organ, registration.certificate_number)
    if not all(each.strip() for each in stated):
        raise refuse(Code.DOCUMENT_REQUIRED)
    if registration.category not in codelists.names("category"):
        raise refuse(Code.FIELD_OPTION, "category")
    if registration.title not in codelists.names("title"):
        raise refuse(Code.FIELD_OPTION, "title")
    if registration.state is not MilitaryState.ACTIVE:
        raise refuse(Code.MILITARY_NOT_HELD)
    with desk.store.writing() as unit:
        before = unit.dossier(registration.person_id)
        details = {
            "certificate": registration.certificate_number,
            "organ": registration.organ,
            "person": registration.person_id,
        }
        seq = unit.log("military.enter", registration.id, by=by, at=now, details=details)
        after = replace(before, military=(*before.military, registration))
        desk.follow_up(unit, before, after, audit_seq=seq, now=now)


def mark_exception(
    desk: Desk, record_id: RecordId, *, reason: str, by: Actor, now: datetime
) -> None:
    """Level and category of this record may differ from those of the person's others, for a reason."""
    _only(by, Role.AUTHORITY_CLERK)
    why = _said(reason)
    with desk.store.writing() as unit:
        dossier, record = _record_here(unit, record_id, by)
        if not record.is_live:
            raise refuse(Code.LICENCE_NOT_ACTIVE)
        if record.is_exception:
            raise refuse(Code.ALREADY_DECIDED)
        marked = replace(record, version=record.version + 1, is_exception=True)
        seq = unit.log("record.exception", record_id, by=by, at=now, details={"reason": why})
        desk.follow_up(unit, dossier, with_record(dossier, marked), audit_seq=seq, now=now)


def propose_lifting(
    desk: Desk,
    bar_id: str,
    person_id: PersonId,
    *,
    ground: str,
    document: str,
    by: Actor,
    now: datetime,
) -> str:
    """A bar is to end before its time: the first of two clerks; nothing changes yet."""
    _only(by, Role.AUTHORITY_CLERK)
    _not_of_oneself(by, person_id)
    if not ground.strip() or not document.strip():
        raise refuse(Code.DOCUMENT_REQUIRED)
    with desk.store.writing() as unit:
        dossier = unit.dossier(person_id)
        if not any(each.id == bar_id and each.holds(china_day(now)) for each in dossier.bars):
            raise refuse(Code.NOT_FOUND, "bar")
        proposal_id = desk.new_id()
        unit.add_proposal(
            proposal_id,
            matter=LIFT_BAR,
            subject=bar_id,
            authority_id=by.org_id,
            details={"person": person_id, "ground": _said(ground), "document": _said(document)},
            proposed_by=by.user_id,
            proposed_at=now,
        )
        unit.log("bar.propose_lifting", bar_id, by=by, at=now, details={"document": document})
        return proposal_id


def confirm_lifting(desk: Desk, proposal_id: str, *, by: Actor, now: datetime) -> None:
    """The second clerk of the same authority: yesterday was the bar's last day."""
    _only(by, Role.AUTHORITY_CLERK)
    with desk.store.writing() as unit:
        asked = unit.proposal(proposal_id, authority_id=by.org_id, matter=LIFT_BAR)
        before = unit.dossier(PersonId(asked.details["person"]))
        if asked.proposed_by == by.user_id:
            raise refuse(Code.SECOND_PERSON_REQUIRED)
        _not_of_oneself(by, before.person.id)
        unit.decide_proposal(proposal_id, by=by.user_id, at=now)
        over = china_day(now) - timedelta(days=1)
        bars = tuple(
            replace(each, until=over) if each.id == asked.subject else each for each in before.bars
        )
        details = {**asked.details, "proposed_by": asked.proposed_by}
        seq = unit.log("bar.lift", asked.subject, by=by, at=now, details=details)
        desk.follow_up(unit, before, replace(before, bars=bars), audit_seq=seq, now=now)


def enter_missing_qualification(
    desk: Desk,
    name: str,
    id_number: str,
    *,
    number: str,
    level: Level,
    category: int,
    obtained_on: date,
    authority_name: str,
    source: str,
    by: Actor,
    now: datetime,
    major: str = "",
    school: str = "",
) -> PersonId:
    """补录 for somebody named by name and identity number, in the system or not yet (manual, 6.2)."""
    _only(by, Role.AUTHORITY_CLERK)
    today = china_day(now)
    identity = IdNumber.parse(id_number, today=today)
    if identity is None:
        raise refuse(Code.FIELD_FORMAT, "id_number")
    if not QUALIFICATION_NUMBER.fullmatch(number) or obtained_on > today:
        raise refuse(Code.FIELD_FORMAT, "number")
    if source not in SOURCES or category not in codelists.names("category"):
        raise refuse(Code.FIELD_OPTION, "source")
    with desk.store.writing() as unit:
        person_id = unit.person_of(identity.digits)
        if person_id is None:
            person_id = PersonId(desk.new_id())
            unit.add_person(
                Person(
                    id=person_id,
                    name=forms.person_name(name),
                    id_number=identity.digits,
                    gender=identity.gender,
                    born_on=identity.born_on,
                )
            )
        before = unit.dossier(person_id)
        if folded(before.person.name) != folded(name):
            raise refuse(Code.NAME_DIFFERS, "name")
        _not_of_oneself(by, person_id)
        qualification = Qualification(
            id=QualificationId(desk.new_id()),
            person_id=person_id,
            number=number,
            level=level,
            category=category,
            obtained_on=obtained_on,
            authority_name=_said(authority_name),
            major=major[:100],
            school=school[:100],
            source=source,
        )
        after = replace(before, qualifications=(*before.qualifications, qualification))
        details = {"source": source, "person": person_id}
        seq = unit.log("qualification.add", qualification.id, by=by, at=now, details=details)
        desk.follow_up(unit, before, after, audit_seq=seq, now=now)
        return person_id


def relink_qualification(
    desk: Desk,
    record_id: RecordId,
    qualification_id: QualificationId,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """更换医师资格: the record rests on another verified qualification of the same level and category."""
    _only(by, Role.AUTHORITY_CLERK)
    with desk.store.writing() as unit:
        dossier, record = _record_here(unit, record_id, by)
        chosen = dossier.qualification(qualification_id)
        if chosen is None or not chosen.verified:
            raise refuse(Code.NO_QUALIFICATION)
        if (chosen.level, chosen.category) != (record.level, record.category):
            raise refuse(Code.LEVEL_CATEGORY_MIXED)
        linked = replace(record, version=record.version + 1, qualification_id=chosen.id)
        details = {"from": record.qualification_id, "to": chosen.id}
        seq = unit.log("qualification.relink", record_id, by=by, at=now, details=details)
        desk.follow_up(unit, dossier, with_record(dossier, linked), audit_seq=seq, now=now)


# Inside.


def _only(by: Actor, role: Role) -> None:
    if by.role is not role:
        raise refuse(Code.ROLE_FORBIDDEN)


def _not_of_oneself(by: Actor, person_id: PersonId) -> None:
    if by.person_id == person_id:
        raise refuse(Code.SELF_APPROVAL)


def _said(reason: str) -> str:
    """A reason in words, of at most 200 characters; without one nothing is done."""
    try:
        said: str = forms.text(200)(reason)
    except UnreadableError as fault:
        raise refuse(fault.code, "reason") from None
    if not said:
        raise refuse(Code.OPINION_REQUIRED, "reason")
    return said


def _record_here(unit: Unit, record_id: RecordId, by: Actor) -> tuple[Dossier, PracticeRecord]:
    """The record with its dossier, when it is registered by the clerk's authority and not their own."""
    dossier = unit.dossier(unit.person_of_record(record_id))
    record = dossier.record(record_id)
    if record is None or record.authority_id != by.org_id:
        raise refuse(Code.NOT_FOUND, "record")
    if by.person_id == record.person_id:
        raise refuse(Code.SELF_APPROVAL)
    return dossier, record


def _bind(
    desk: Desk,
    person_id: PersonId,
    binding: Binding,
    sources: frozenset[Binding],
    *,
    by: Actor,
    now: datetime,
) -> None:
    _only(by, Role.INSTITUTION_CLERK)
    with desk.store.writing() as unit:
        before = unit.dossier(person_id)
        if all(each.institution_id != by.org_id for each in before.live_records):
            raise refuse(Code.NOT_FOUND, "person")
        if before.person.binding not in sources:
            raise refuse(Code.STEP_INVALID)
        after = replace(before, person=replace(before.person, binding=binding))
        seq = unit.log(f"account.{binding.lower()}", person_id, by=by, at=now)
        desk.follow_up(unit, before, after, audit_seq=seq, now=now)
