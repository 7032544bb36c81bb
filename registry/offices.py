"""What offices do besides applications: accounts, departments, suspensions, corrections of the base data.

* An institution activates and revokes the accounts of its own physicians (manual, 4.3) and keeps its
  departments with the diagnosis subjects they cover (manual, 4.1). A department in use is closed, never
  deleted.
* An authority suspends practice (医师法 art. 55, 56) with ground and document number, and a second clerk
  confirms it; the physician is told who, when and why. So many in a day and no more.
* An authority enters qualifications that are missing (补录), bars, and relinks a record to another
  qualification of the same person (更换医师资格; manual, 6.1).
* Clerks' accounts are opened from above: an institution's by its authority, an authority's by the
  administrator. Nobody opens one for the own office. The first administrator is made at the machine itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from credential import codelists
from registry import forms, roll
from registry.accounts import checked_username, hash_password
from registry.desk import Desk
from registry.effects import with_record
from registry.errors import Code, refuse
from registry.messages import Notice
from registry.periods import china_day
from registry.record import (
    Bar,
    Binding,
    Department,
    DepartmentId,
    Dossier,
    InstitutionId,
    PersonId,
    PracticeRecord,
    Qualification,
    QualificationId,
    RecordId,
    Standing,
)
from registry.roles import SYSTEM, Actor, Role, UserId
from registry.store import Unit

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
            username=checked_username(username),
            name=forms.person_name(name),
            password_hash=hash_password(password),
            person_id=person_id,
            at=now,
        )
        unit.log("account.open", user_id, by=by, at=now, details={"role": role, "org": org_id})
        return user_id


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
    if not bar.source.strip():
        raise refuse(Code.DOCUMENT_REQUIRED)
    with desk.store.writing() as unit:
        before = unit.dossier(bar.person_id)
        details = {"ground": bar.ground, "source": bar.source}
        seq = unit.log("bar.add", bar.id, by=by, at=now, details=details)
        after = replace(before, bars=(*before.bars, bar))
        desk.follow_up(unit, before, after, audit_seq=seq, now=now)


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
