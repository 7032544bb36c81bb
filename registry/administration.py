"""What the administrator keeps: institutions and the calendar of working days, each change on record.

An institution's own data come from its registration; here they are entered and corrected. The calendar holds
exceptions only: holidays, and weekends that are worked (see `registry.periods`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from credential import codelists
from registry import forms, models
from registry.desk import Desk
from registry.errors import Code, refuse
from registry.forms import UnreadableError
from registry.record import AuthorityId, County, Institution, InstitutionId
from registry.roles import Actor, Role


def set_institution(
    desk: Desk,
    institution: Institution,
    *,
    by: Actor,
    now: datetime,
    is_new: bool,
) -> InstitutionId:
    """Enters an institution, or corrects one; ``FIELD_…`` names the field that is wrong."""
    _only_admin(by)
    checked = _checked(institution)
    with desk.store.writing() as unit:
        known = unit.authority_names()
        wanted = {checked.authority_id, checked.tcm_authority_id} - {None}
        if not wanted <= known.keys():
            raise refuse(Code.FIELD_OPTION, "authority_id")
        if is_new:
            checked = replace(checked, id=InstitutionId(desk.new_id()))
            unit.add(models.institution, checked)
        elif checked.id in unit.institutions([checked.id]):
            unit.put_institution(checked)
        else:
            raise refuse(Code.NOT_FOUND, "institution")
        details = {"name": checked.name, "number": checked.registration_number}
        unit.log("institution.set", checked.id, by=by, at=now, details=details)
        return checked.id


def rename_authority(
    desk: Desk, authority_id: AuthorityId, name: str, *, by: Actor, now: datetime
) -> None:
    """Gives an authority its new name; the old ones are kept, as papers carry them."""
    _only_admin(by)
    try:
        wanted = forms.text(128)(name)
    except UnreadableError as error:
        raise refuse(error.code, "name") from error
    if not wanted:
        raise refuse(Code.FIELD_REQUIRED, "name")
    with desk.store.writing() as unit:
        present = unit.authority_names().get(authority_id)
        if present is None:
            raise refuse(Code.NOT_FOUND, "authority")
        if wanted == present:
            raise refuse(Code.NOTHING_CHANGES, "name")
        unit.rename_authority(authority_id, wanted, former=present)
        details = {"from": present, "to": wanted}
        unit.log("authority.rename", authority_id, by=by, at=now, details=details)


def set_day(desk: Desk, day: date, *, working: bool | None, by: Actor, now: datetime) -> None:
    """Notes that a day is worked, or is not; None leaves it to its weekday again."""
    _only_admin(by)
    with desk.store.writing() as unit:
        unit.set_calendar_day(day, working)
        details = {"working": working}
        unit.log("calendar.set", day.isoformat(), by=by, at=now, details=details)


def _checked(institution: Institution) -> Institution:
    try:
        name = forms.text(128)(institution.name)
        number = forms.text(32)(institution.registration_number)
        second = forms.text(128)(institution.second_name) if institution.second_name else ""
    except UnreadableError as error:
        raise refuse(error.code, "name") from error
    if not name or not number:
        raise refuse(Code.FIELD_REQUIRED, "name")
    province = institution.county[:2]
    if province not in codelists.practice_provinces() or (
        institution.county not in codelists.counties_of(province)
    ):
        raise refuse(Code.FIELD_OPTION, "county")
    if not set(institution.subjects) <= set(codelists.subjects()):
        raise refuse(Code.FIELD_OPTION, "subjects")
    return replace(
        institution,
        name=name,
        registration_number=number,
        second_name=second,
        county=County(institution.county),
        authority_id=AuthorityId(institution.authority_id),
    )


def _only_admin(by: Actor) -> None:
    if by.role is not Role.ADMIN:
        raise refuse(Code.ROLE_FORBIDDEN)
