"""What time alone brings about: acceptance by silence, reminders, tasks, suspensions that end.

`tick` may be called at any time and any number of times; what became due is done or said once, and
returned. Each matter is a transaction of its own and is looked at again inside it.

* 180 days: a draft expires.
* 5 working days with the institution: a reminder; 15: the authority may take the application over.
* 5 working days with the authority: accepted, as of the day received (行政许可法 art. 32).
* 20 working days from acceptance: overdue (医师法 art. 13).
* Two years and a day after a suspend filing: a task for the authority (医师执业注册管理办法 art. 19), or the
  end of the record where policy says so; neither while an application made in time is still open.
* The last day of a suspension is over and no assessment is pending: the record is valid again.
* Sixty days before a licence or badge ends it is renewed.
* The last day of a multi-institution filing is over: said once; its state follows from its dates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from registry import queues
from registry.credentials import RENEWED_BEFORE
from registry.desk import Desk
from registry.effects import deregistered, with_record
from registry.errors import Code, refuse
from registry.kinds import KINDS
from registry.messages import Notice
from registry.periods import add_years, china_day
from registry.record import Dossier, PracticeRecord, Standing
from registry.roles import SYSTEM
from registry.store import Unit
from registry.workflow import Action, Application, Status, decision_due_on

_LOOK_BACK: Final = timedelta(days=60)
_CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""By how much the clocks of two servers over one database may differ."""


@dataclass(frozen=True, slots=True)
class Became:
    """One thing that became due now."""

    notice: Notice
    subject: str
    due_on: date


def tick(desk: Desk, *, now: datetime) -> list[Became]:
    """Does and says what has become due by ``now``; a second call finds nothing more."""
    return [became for matter in _MATTERS for became in matter(desk, now)]


def tick_by_clock(desk: Desk, *, now: datetime, is_right: bool = False) -> list[Became]:
    """`tick` at the time of a clock, which is not believed when it went back or leapt since the last call.

    A server whose clock is set wrong by a year would end registrations and filings, and nothing brings
    them back. ``CLOCK_WENT_BACK`` and ``CLOCK_LEAPT`` change nothing, until somebody who has looked at the
    clock says that it ``is_right``.
    """
    with desk.store.reading() as unit:
        last = unit.last_tick()
    if last is not None and not is_right:
        if now < last - _CLOCKS_DIFFER:
            raise refuse(Code.CLOCK_WENT_BACK, f"{last:%Y-%m-%dT%H:%MZ}")
        if now > last + timedelta(days=desk.policy.clock_leap_days):
            raise refuse(Code.CLOCK_LEAPT, f"{last:%Y-%m-%dT%H:%MZ}")
    became = tick(desk, now=now)
    with desk.store.writing() as unit:
        unit.ticked(now)
    return became


def _applications(
    desk: Desk, now: datetime, *, status: Status, days: int, notice: Notice, then: _Then
) -> Iterator[Became]:
    """Applications that have stood in ``status`` for more than so many working days."""
    with desk.store.reading() as unit:
        calendar = unit.calendar()
        waiting = queues.waiting(unit, status, until=china_day(now) - timedelta(days=days))
    for each in waiting:
        last = calendar.after(each.waits_since or each.created_at.date(), days)
        if china_day(now) > last:
            with desk.store.writing() as unit:
                current = unit.application(each.id).application
                if current == each and then(desk, unit, current, last, now):
                    yield Became(notice, each.id, last)


_Then = Callable[[Desk, Unit, Application, date, datetime], bool]


def _remind(desk: Desk, unit: Unit, each: Application, last: date, now: datetime) -> bool:  # noqa: ARG001
    return unit.tell(
        each.institution_id or each.owner_org,
        Notice.REVIEW_REMINDER,
        each.id,
        id=desk.new_id(),
        details={},
        at=now,
        once=f"remind:{each.id}:{each.version}",
    )


def _offer(desk: Desk, unit: Unit, each: Application, last: date, now: datetime) -> bool:  # noqa: ARG001
    if each.authority_id is None:
        return False
    return _task(
        desk, unit, Notice.MAY_BE_TAKEN_OVER, subject=each.id, org_id=each.authority_id, due_on=last
    )


def _accept(desk: Desk, unit: Unit, each: Application, last: date, now: datetime) -> bool:  # noqa: ARG001
    desk.step(unit, each, Action.ACCEPT, by=SYSTEM, now=now)
    return True


def _task(
    desk: Desk, unit: Unit, notice: Notice, *, subject: str, org_id: str, due_on: date
) -> bool:
    return unit.add_task(
        id=desk.new_id(), code=notice, subject=subject, org_id=org_id, due_on=due_on
    )


def _reminders(desk: Desk, now: datetime) -> Iterator[Became]:
    days = desk.policy.institution_reminder_days
    status = Status.INSTITUTION_REVIEW
    notice = Notice.REVIEW_REMINDER
    yield from _applications(desk, now, status=status, days=days, notice=notice, then=_remind)
    days = desk.policy.take_over_days
    notice = Notice.MAY_BE_TAKEN_OVER
    yield from _applications(desk, now, status=status, days=days, notice=notice, then=_offer)


def _silence(desk: Desk, now: datetime) -> Iterator[Became]:
    days = desk.policy.acceptance_days
    status = Status.AUTHORITY_REVIEW
    notice = Notice.ACCEPTED_BY_SILENCE
    yield from _applications(desk, now, status=status, days=days, notice=notice, then=_accept)


def _overdue(desk: Desk, now: datetime) -> Iterator[Became]:
    """Counted from acceptance, which by silence lies before the day the application began to wait."""
    with desk.store.reading() as unit:
        day = desk.day(unit, now)
        accepted = queues.waiting(unit, Status.ACCEPTED, until=day.today)
    for each in accepted:
        last = decision_due_on(each, day)
        if last is not None and day.today > last and each.authority_id is not None:
            with desk.store.writing() as unit:
                if _task(
                    desk,
                    unit,
                    Notice.DECISION_OVERDUE,
                    subject=each.id,
                    org_id=each.authority_id,
                    due_on=last,
                ):
                    yield Became(Notice.DECISION_OVERDUE, each.id, last)


def _drafts(desk: Desk, now: datetime) -> Iterator[Became]:
    last = china_day(now) - timedelta(days=desk.policy.draft_days)
    with desk.store.reading() as unit:
        old = queues.waiting(unit, Status.DRAFT, until=last - timedelta(days=1))
    for each in old:
        with desk.store.writing() as unit:
            if unit.application(each.id).application == each:
                desk.step(unit, each, Action.VOID, by=SYSTEM, now=now)
                yield Became(Notice.DRAFT_EXPIRED, each.id, last)


def _two_years(desk: Desk, now: datetime) -> Iterator[Became]:
    years, today = desk.policy.suspend_years, china_day(now)
    with desk.store.reading() as unit:
        filed = queues.filed_until(unit, add_years(today, -years))
    for record_id, person_id in filed:
        with desk.store.writing() as unit:
            dossier = unit.dossier(person_id)
            record = dossier.record(record_id)
            if record is None or record.filed_on is None:
                continue
            last = add_years(record.filed_on, years)
            if today <= last or _in_time(unit, record, last):
                continue
            if desk.policy.deregister_filed_two_years:
                _end(desk, unit, dossier, record, now)
                yield Became(Notice.DEREGISTERED_BY_TIME, record.id, last)
            elif _task(
                desk,
                unit,
                Notice.FILED_TWO_YEARS,
                subject=record.id,
                org_id=record.authority_id,
                due_on=last,
            ):
                yield Became(Notice.FILED_TWO_YEARS, record.id, last)


def _end(desk: Desk, unit: Unit, dossier: Dossier, record: PracticeRecord, now: datetime) -> None:
    reason = "FILED_TWO_YEARS"
    details = {"reason": reason, "filed_on": str(record.filed_on)}
    seq = unit.log("record.deregister", record.id, by=SYSTEM, at=now, details=details)
    ended = deregistered(dossier, record, reason, china_day(now))
    desk.follow_up(unit, dossier, ended, audit_seq=seq, now=now)
    desk.tell(unit, record.person_id, Notice.DEREGISTERED_BY_TIME, record.id, now, details=details)


def _in_time(unit: Unit, record: PracticeRecord, last: date) -> bool:
    return any(
        each.record_id == record.id
        and KINDS[each.kind].is_exclusive
        and each.submitted_on is not None
        and each.submitted_on <= last
        for each in unit.open_applications(record.person_id)
    )


def _suspensions(desk: Desk, now: datetime) -> Iterator[Became]:
    today = china_day(now)
    with desk.store.reading() as unit:
        over = queues.suspended_until(unit, today - timedelta(days=1))
    for record_id, person_id in over:
        with desk.store.writing() as unit:
            dossier = unit.dossier(person_id)
            record = dossier.record(record_id)
            if record is None or record.suspended_to is None or record.suspended_to >= today:
                continue
            if record.standing is not Standing.SUSPENDED or record.assessment_pending:
                continue
            valid = replace(
                record,
                version=record.version + 1,
                standing=Standing.VALID,
                suspended_from=None,
                suspended_to=None,
            )
            seq = unit.log("suspension.ended", record.id, by=SYSTEM, at=now)
            desk.follow_up(unit, dossier, with_record(dossier, valid), audit_seq=seq, now=now)
            desk.tell(unit, person_id, Notice.SUSPENSION_LIFTED, record.id, now)
            yield Became(Notice.SUSPENSION_LIFTED, record.id, record.suspended_to)


def _filings(desk: Desk, now: datetime) -> Iterator[Became]:
    today = china_day(now)
    with desk.store.reading() as unit:
        over = queues.filings_over(unit, since=today - _LOOK_BACK, until=today - timedelta(days=1))
    for filing_id, institution_id, valid_to in over:
        with desk.store.writing() as unit:
            if unit.tell(
                institution_id,
                Notice.FILING_EXPIRED,
                filing_id,
                id=desk.new_id(),
                details={},
                at=now,
                once=f"filing:{filing_id}",
            ):
                yield Became(Notice.FILING_EXPIRED, filing_id, valid_to)


def _renewals(desk: Desk, now: datetime) -> Iterator[Became]:
    after, until = (now, ""), now + RENEWED_BEFORE
    while True:
        with desk.store.reading() as unit:
            ending = queues.with_credentials_ending(
                unit, until=until, after=after, limit=queues.PAGE
            )
        for person_id in dict.fromkeys(each.person_id for each in ending):
            with desk.store.writing() as unit:
                if desk.renew(unit, person_id, now=now):
                    last = min(each.expires_at for each in ending if each.person_id == person_id)
                    yield Became(Notice.RENEWED, person_id, china_day(last))
        if len(ending) < queues.PAGE:
            return
        after = (ending[-1].expires_at, ending[-1].id)


_MATTERS: Final[tuple[Callable[[Desk, datetime], Iterator[Became]], ...]] = (
    _drafts,
    _reminders,
    _silence,
    _overdue,
    _two_years,
    _suspensions,
    _filings,
    _renewals,
)
