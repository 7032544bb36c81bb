"""What an approval changes: a dossier goes in, the dossier that follows comes out.

Every effect is a pure function of the case and a `Grant` (the day, new ids, new licence numbers). The
desk saves the difference in the transaction of the approval, and `credentials` derives from the result
which licences and badges are issued, replaced, suspended or revoked; no effect names a credential.

* A changed record is a new version of itself; an ended one never opens again.
* The licence number is kept over changes, filings and further provinces, and is new when level or
  category changes; the number of an ended registration is never given again.
* Filings at further institutions end with the record, with its place, with a scope the record no longer
  has, and where their institution becomes the main one; they carry over when an assistant is upgraded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from credential.codelists import TCM_GROUP
from registry.periods import add_years
from registry.record import (
    AuthorityId,
    Bar,
    BarId,
    Binding,
    Dossier,
    Ending,
    FilingId,
    Institution,
    Level,
    LicenceNumber,
    MilitaryState,
    MultiFiling,
    Photo,
    PhotoState,
    PracticeRecord,
    RecordId,
    Standing,
)
from registry.rules import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What an effect may use beside the case: new ids and unused licence numbers."""

    new_id: Callable[[], str]
    new_licence_number: Callable[[Level, int, AuthorityId], LicenceNumber]


Effect = Callable[[Case, Grant], Dossier]

_BAR_YEARS: Final[dict[str, int]] = {
    "CRIMINAL_PENALTY": 2,  # 医师法 art. 16 (2): from the end of the sentence
    "LICENCE_REVOKED": 2,  # 医师法 art. 16 (3)
    "ASSESSMENT_FAILED_TWICE": 1,  # 医师法 art. 16 (4)
    "FRAUD_WITHDRAWN": 3,  # 行政许可法 art. 79
}


def authority_for(institution: Institution, category: int) -> AuthorityId:
    """The authority that approved the institution, or its TCM administration for 中医类 (办法 art. 24)."""
    if category in TCM_GROUP and institution.tcm_authority_id is not None:
        return institution.tcm_authority_id
    return institution.authority_id


def register(case: Case, grant: Grant) -> Dossier:
    """注册: a new record in the proposed institution's place."""
    return _with_new_record(case, grant, title=case.answers["title"])


def enter_from_military(case: Case, grant: Grant) -> Dossier:
    """军队变更入: the military registration becomes a local record; its title comes along."""
    military = replace(case.military, state=MilitaryState.MOVED_TO_LOCAL)
    dossier = _with_new_record(case, grant, title=military.title)
    rows = (military if each.id == military.id else each for each in dossier.military)
    return replace(dossier, military=tuple(rows))


def change(case: Case, grant: Grant) -> Dossier:
    """变更: the same record in a new version, at the proposed institution; a filed one is valid again."""
    before, institution, qualification = case.record, case.proposed, case.qualification
    moved = institution.id != before.institution_id
    after = replace(
        before,
        version=before.version + 1,
        standing=Standing.VALID,
        filed_on=None,
        level=qualification.level,
        category=qualification.category,
        qualification_id=qualification.id,
        licence_number=_number_after(case, grant),
        institution_id=institution.id,
        county=institution.county,
        authority_id=authority_for(institution, qualification.category),
        scopes=case.scopes,
        department_id=None if moved else before.department_id,
        approved_on=case.today,
    )

    def still_fits(filing: MultiFiling) -> bool:
        return (
            after.place == before.place
            and filing.institution_id != after.institution_id
            and set(filing.scopes) <= set(after.scopes)
        )

    return activated(
        _ended_filings(with_record(case.dossier, after), after, case.today, still_fits)
    )


def file_suspension(case: Case, grant: Grant) -> Dossier:  # noqa: ARG001 - every effect is asked alike
    """备案: the registration rests; filings elsewhere rest with it."""
    return _next_version(case, standing=Standing.FILED, filed_on=case.today)


def cancel_suspension(case: Case, grant: Grant) -> Dossier:  # noqa: ARG001
    """取消备案: valid again; filings still in date revive by themselves."""
    return _next_version(case, standing=Standing.VALID, filed_on=None)


def deregister(case: Case, grant: Grant) -> Dossier:
    """注销: the record ends for good, and with a ground of 医师法 art. 16 a bar begins. Death ends
    every record and the account."""
    reason = case.answers["reason"]
    dossier = deregistered(case.dossier, case.record, reason, case.today)
    if reason == "DEATH_OR_MISSING":
        for record in dossier.live_records:
            dossier = deregistered(dossier, record, reason, case.today)
        person = replace(dossier.person, died=True, binding=Binding.CLOSED)
        return replace(dossier, person=person)
    if reason in _BAR_YEARS:
        since = case.answers.get("sentence_completed_on") or case.today
        bar = Bar(
            id=BarId(grant.new_id()),
            person_id=dossier.person.id,
            ground=reason,
            since=since,
            until=add_years(since, _BAR_YEARS[reason]),
            source=case.record.id,
        )
        return replace(dossier, bars=(*dossier.bars, bar))
    return dossier


def add_filing(case: Case, grant: Grant) -> Dossier:
    """多执业机构备案: a further institution in the same place; the record itself stays as it is."""
    filing = MultiFiling(
        id=FilingId(grant.new_id()),
        record_id=case.record.id,
        institution_id=case.proposed.id,
        scopes=case.scopes,
        approved_on=case.today,
        valid_from=case.answers["valid_from"],
        valid_to=case.answers["valid_to"],
    )
    return replace(case.dossier, filings=(*case.dossier.filings, filing))


def cancel_filing(case: Case, grant: Grant) -> Dossier:  # noqa: ARG001
    """取消多机构备案: ends on the day of approval."""
    ended = replace(case.filing, ended_on=case.today, ending=Ending.CANCELLED)
    filings = (ended if each.id == ended.id else each for each in case.dossier.filings)
    return replace(case.dossier, filings=tuple(filings))


def cancel_legacy(case: Case, grant: Grant) -> Dossier:  # noqa: ARG001
    """取消多地点执业: ends on the day of approval and may still be looked up."""
    ended = replace(case.legacy, ended_on=case.today, ending=Ending.CANCELLED)
    legacy = (ended if each.id == ended.id else each for each in case.dossier.legacy)
    return replace(case.dossier, legacy=tuple(legacy))


def modify(case: Case, grant: Grant) -> Dossier:  # noqa: ARG001
    """信息修改: replaces the record's own copies; the qualification is never touched (article, 2.3.1)."""
    changed = {
        part: case.answers[part]
        for part in ("school", "education", "title")
        if part in case.answers
    }
    return _next_version(case, modified=True, **changed)


def upgrade(case: Case, grant: Grant) -> Dossier:
    """助师升医师: the assistant's record lapses, a physician's record begins in the whole province with
    the same institution, scopes and department; filings in date carry over (manual, 3.9)."""
    old, qualification = case.record, case.qualification
    new = replace(
        old,
        id=RecordId(grant.new_id()),
        version=1,
        level=qualification.level,
        qualification_id=qualification.id,
        licence_number=grant.new_licence_number(
            qualification.level, qualification.category, old.authority_id
        ),
        approved_on=case.today,
        previous_id=old.id,
    )
    carried = tuple(
        replace(filing, id=FilingId(grant.new_id()), record_id=new.id)
        for filing in case.dossier.filings_of(old.id)
        if filing.ending is None and filing.valid_to >= case.today
    )
    dossier = _ended(case.dossier, old, Standing.UPGRADED, "", case.today)
    return replace(dossier, records=(*dossier.records, new), filings=(*dossier.filings, *carried))


def leave_for_military(case: Case, grant: Grant) -> Dossier:  # noqa: ARG001
    """变更到军队: every local registration ends (article: 地方的注册信息全部失效)."""
    dossier = case.dossier
    for record in dossier.live_records:
        dossier = _ended(dossier, record, Standing.TO_MILITARY, "", case.today)
    return dossier


def set_department(case: Case, grant: Grant) -> Dossier:  # noqa: ARG001
    """科室维护: in force at once, without review (manual, 4.2)."""
    return _next_version(case, department_id=case.answers["department_id"])


# Effects that are no application's own, used by the desk and by time.


def confirm_photo(dossier: Dossier) -> Dossier:
    """The pending photo takes the place of the confirmed one; without one, nothing changes."""
    pending = dossier.pending_photo
    if pending is None:
        return dossier
    confirmed: Photo = replace(pending, state=PhotoState.CONFIRMED)
    return replace(dossier, photos=(confirmed,))


def refuse_photo(dossier: Dossier, reason: str) -> Dossier:
    """The pending photo is kept as refused, with the reason, until the next one; the confirmed one stays."""
    pending, confirmed = dossier.pending_photo, dossier.confirmed_photo
    if pending is None:
        return dossier
    refused = replace(pending, state=PhotoState.REFUSED, reason=reason)
    return replace(dossier, photos=(*filter(None, [confirmed]), refused))


def deregistered(dossier: Dossier, record: PracticeRecord, reason: str, today: date) -> Dossier:
    """The record ended by deregistration, with everything filed on it."""
    return _ended(dossier, record, Standing.DEREGISTERED, reason, today)


def activated(dossier: Dossier) -> Dossier:
    """A first approval activates an account that was waiting for it."""
    person = dossier.person
    if person.binding is not Binding.PENDING_ACTIVATION:
        return dossier
    return replace(dossier, person=replace(person, binding=Binding.ACTIVE))


def with_record(dossier: Dossier, record: PracticeRecord) -> Dossier:
    """The dossier with ``record`` in the place of its earlier version."""
    records = (record if each.id == record.id else each for each in dossier.records)
    return replace(dossier, records=tuple(records))


def _with_new_record(case: Case, grant: Grant, *, title: int) -> Dossier:
    institution, qualification = case.proposed, case.qualification
    ended = [each for each in case.dossier.records if not each.is_live]
    latest = max(ended, key=lambda each: each.ended_on or date.min, default=None)
    authority_id = authority_for(institution, qualification.category)
    record = PracticeRecord(
        id=RecordId(grant.new_id()),
        person_id=case.dossier.person.id,
        level=qualification.level,
        category=qualification.category,
        qualification_id=qualification.id,
        licence_number=_number_beside(case, grant, authority_id),
        institution_id=institution.id,
        county=institution.county,
        authority_id=authority_id,
        scopes=case.scopes,
        title=title,
        school=qualification.school,
        education=qualification.education,
        is_resident_trainee=case.answers["is_resident_trainee"],
        approved_on=case.today,
        previous_id=latest.id if latest else None,
    )
    return activated(replace(case.dossier, records=(*case.dossier.records, record)))


def _number_after(case: Case, grant: Grant) -> LicenceNumber:
    before, qualification = case.record, case.qualification
    if (before.level, before.category) == (qualification.level, qualification.category):
        return before.licence_number
    authority_id = authority_for(case.proposed, qualification.category)
    return _number_beside(case, grant, authority_id)


def _number_beside(case: Case, grant: Grant, authority_id: AuthorityId) -> LicenceNumber:
    level, category = case.qualification.level, case.qualification.category
    for record in case.other_live_records:
        if (record.level, record.category) == (level, category):
            return record.licence_number
    return grant.new_licence_number(level, category, authority_id)


def _next_version(case: Case, **changes: Any) -> Dossier:
    record = replace(case.record, version=case.record.version + 1, **changes)
    return with_record(case.dossier, record)


def _ended(
    dossier: Dossier, record: PracticeRecord, manner: Standing, reason: str, today: date
) -> Dossier:
    ended = replace(
        record,
        version=record.version + 1,
        standing=manner,
        filed_on=None,
        suspended_from=None,
        suspended_to=None,
        assessment_pending=False,
        ended_on=today,
        end_reason=reason,
    )
    dossier = _ended_filings(with_record(dossier, ended), ended, today, _none_fits)
    legacy = (
        replace(row, ended_on=today, ending=Ending.TERMINATED)
        if row.record_id == record.id and row.ending is None
        else row
        for row in dossier.legacy
    )
    return replace(dossier, legacy=tuple(legacy))


def _none_fits(filing: MultiFiling) -> bool:  # noqa: ARG001 - nothing outlives its record
    return False


def _ended_filings(
    dossier: Dossier,
    record: PracticeRecord,
    today: date,
    still_fits: Callable[[MultiFiling], bool],
) -> Dossier:
    filings = (
        replace(filing, ended_on=today, ending=Ending.TERMINATED)
        if filing.record_id == record.id and filing.ending is None and not still_fits(filing)
        else filing
        for filing in dossier.filings
    )
    return replace(dossier, filings=tuple(filings))
