"""What clerks see: lists, queues, searches, and what the calendar has to look at.

Every list is a page of at most `PAGE` rows behind an index, continued from the last id shown; none counts
rows, so a page costs the same in a country of any size. Names are compared as they are stored (NFC).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final

from sqlalchemy import Select, and_, func, or_, select

from registry import models
from registry.record import (
    FilingId,
    Institution,
    InstitutionId,
    Level,
    PersonId,
    PracticeRecord,
    RecordId,
    Standing,
)
from registry.store import Unit
from registry.workflow import Application, Status

PAGE: Final = 50
COUNTED: Final = 1000
_LIVE: Final = (Standing.VALID, Standing.FILED, Standing.SUSPENDED)

_APPLICATION_COLUMNS: Final = [models.application.c[each.name] for each in fields(Application)]
_PHYSICIAN_COLUMNS: Final = [
    models.practice_record.c.id,
    models.practice_record.c.person_id,
    models.person.c.name,
    models.person.c.gender,
    models.person.c.born_on,
    models.person.c.binding,
    models.practice_record.c.standing,
    models.practice_record.c.level,
    models.practice_record.c.category,
    models.practice_record.c.scopes,
    models.practice_record.c.department_id,
    models.practice_record.c.title,
    models.practice_record.c.modified,
    models.practice_record.c.licence_number,
]


def physicians_here(
    unit: Unit,
    institution_id: str,
    *,
    department_id: str | None = None,
    modified: bool | None = None,
    after: str = "",
    limit: int = PAGE,
) -> Sequence[Any]:
    """主执业机构在本院医师, with the columns of manual section 4.3 and no identity number."""
    records = models.practice_record
    query = _physicians().where(
        records.c.institution_id == institution_id, records.c.standing.in_(_LIVE)
    )
    if department_id is not None:
        query = query.where(records.c.department_id == department_id)
    if modified is not None:
        query = query.where(records.c.modified == modified)
    return _page(unit, query, records.c.id, after, limit)


def filed_here(
    unit: Unit, institution_id: str, *, after: str = "", limit: int = PAGE
) -> Sequence[Any]:
    """外院在本院多执业机构医师: others' physicians who filed with this institution."""
    filings = models.multi_filing
    query = _filed().where(filings.c.institution_id == institution_id)
    return _page(unit, query, filings.c.id, after, limit)


def filed_elsewhere(
    unit: Unit, institution_id: str, *, after: str = "", limit: int = PAGE
) -> Sequence[Any]:
    """本院多执业机构备案医师: this institution's physicians who filed with another one."""
    records = models.practice_record
    query = _filed().where(records.c.institution_id == institution_id)
    return _page(unit, query, models.multi_filing.c.id, after, limit)


def people_called(unit: Unit, name: str, *, after: str = "", limit: int = PAGE) -> Sequence[Any]:
    """Records of everyone of exactly this name, live and ended."""
    people = models.person
    query = _physicians().where(people.c.name == unicodedata.normalize("NFC", name.strip()))
    return _page(unit, query, models.practice_record.c.id, after, limit)


def by_licence(unit: Unit, licence_number: str) -> Sequence[Any]:
    """Every record under a practice licence number (执业证书编码)."""
    query = _physicians().where(models.practice_record.c.licence_number == licence_number)
    return _page(unit, query, models.practice_record.c.id, "", PAGE)


def institution_queue(
    unit: Unit, institution_id: str, *, after: str = "", limit: int = PAGE
) -> list[Application]:
    """业务办理 of an institution: what waits for its review."""
    return _applications(
        unit,
        and_(
            models.application.c.institution_id == institution_id,
            models.application.c.status == Status.INSTITUTION_REVIEW,
        ),
        after,
        limit,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One row of a review queue: the application, whose it is, and since when this office has had it."""

    application: Application
    name: str
    licence_number: str
    since: date | None

    @property
    def key(self) -> str:
        """Where a page of the queue goes on after this row."""
        return f"{self.since or ''}~{self.application.id}"


_SINCE: Final[Mapping[Status, str]] = {
    Status.INSTITUTION_REVIEW: "waits_since",
    Status.AUTHORITY_REVIEW: "received_on",
    Status.ACCEPTED: "accepted_on",
}
"""The day by which each queue is ordered: oldest first, which is the first to fall due."""


def review_queue(
    unit: Unit,
    org: str,
    org_id: str,
    status: Status,
    *,
    kind: str = "",
    name: str = "",
    until: date | None = None,
    after: str = "",
    limit: int = PAGE,
) -> list[Waiting]:
    """What waits with an office, the oldest first. ``org`` is ``institution_id`` or ``authority_id``;
    ``name`` is how a physician's name begins, or a licence number; ``after`` is `Waiting.key`."""
    table, people, records = models.application, models.person, models.practice_record
    since = table.c[_SINCE[status]]
    query = (
        select(*_APPLICATION_COLUMNS, people.c.name, records.c.licence_number)
        .join(people, people.c.id == table.c.person_id)
        .outerjoin(records, records.c.id == table.c.record_id)
        .where(table.c[org] == org_id, table.c.status == status)
    )
    if kind:
        query = query.where(table.c.kind == kind)
    if until is not None:
        query = query.where(since <= until)
    if name := unicodedata.normalize("NFC", name.strip()):
        said = people.c.name.startswith(name, autoescape=True)
        query = query.where(records.c.licence_number == name if name.isdigit() else said)
    day, _, last = after.partition("~")
    if last:
        start = date.fromisoformat(day)
        query = query.where(or_(since > start, and_(since == start, table.c.id > last)))
    rows = unit.connection.execute(query.order_by(since, table.c.id).limit(limit))
    names = {each.name for each in fields(Application)}
    return [
        Waiting(
            application=Application(**{k: v for k, v in row._mapping.items() if k in names}),
            name=row.name,
            licence_number=row.licence_number or "",
            since=row._mapping[_SINCE[status]],
        )
        for row in rows
    ]


def decided_here(unit: Unit, org: str, org_id: str, *, limit: int = PAGE) -> list[Waiting]:
    """What an office has dealt with, the latest first."""
    table, people, records = models.application, models.person, models.practice_record
    query = (
        select(*_APPLICATION_COLUMNS, people.c.name, records.c.licence_number)
        .join(people, people.c.id == table.c.person_id)
        .outerjoin(records, records.c.id == table.c.record_id)
        .where(table.c[org] == org_id, table.c.decided_at.is_not(None))
        .order_by(table.c.decided_at.desc())
        .limit(limit)
    )
    names = {each.name for each in fields(Application)}
    return [
        Waiting(
            application=Application(**{k: v for k, v in row._mapping.items() if k in names}),
            name=row.name,
            licence_number=row.licence_number or "",
            since=row.submitted_on,
        )
        for row in unit.connection.execute(query)
    ]


def after_this(
    unit: Unit, org: str, org_id: str, application: Application, *, kind: str = "", name: str = ""
) -> str | None:
    """The id of what follows an application in its queue as it stood; the first one after the last."""
    if application.status not in _SINCE:
        return None
    since = getattr(application, _SINCE[application.status])
    key = f"{since or ''}~{application.id}"
    for after in (key, ""):
        for row in review_queue(
            unit, org, org_id, application.status, kind=kind, name=name, after=after, limit=2
        ):
            if row.application.id != application.id:
                return row.application.id
    return None


def versions(unit: Unit, record_id: RecordId) -> list[PracticeRecord]:
    """Every version a record has had, oldest first, as records."""
    return [record_of(body) for body in unit.versions(record_id)]


def record_of(body: Mapping[str, Any]) -> PracticeRecord:
    """A record from its history; the fields it did not have yet take their defaults."""
    values = {each.name: body[each.name] for each in fields(PracticeRecord) if each.name in body}
    for key in ("approved_on", "filed_on", "suspended_from", "suspended_to", "ended_on"):
        if values.get(key):
            values[key] = date.fromisoformat(values[key])
    values |= {
        "standing": Standing(values["standing"]),
        "level": Level(values["level"]),
        "scopes": tuple(values["scopes"]),
    }
    return PracticeRecord(**values)


def receipts_of(unit: Unit, application_id: str) -> Sequence[Any]:
    """The receipts given out about one application, oldest first."""
    table = models.receipt
    query = select(table).where(table.c.application_id == application_id)
    return unit.connection.execute(query.order_by(table.c.step_no)).all()


def how_many_wait(unit: Unit, org: str, org_id: str) -> dict[Status, int]:
    """How many applications stand where with an office; at most `COUNTED` of each are counted."""
    table = models.application
    found: dict[Status, int] = {}
    for status in _SINCE:
        here = select(table.c.id).where(table.c[org] == org_id, table.c.status == status)
        query = select(func.count()).select_from(here.limit(COUNTED).subquery())
        found[status] = unit.connection.execute(query).scalar_one()
    return found


def office_name(unit: Unit, org_id: str) -> str:
    """The name of an institution or authority."""
    for table in (models.institution, models.authority):
        name = unit.connection.execute(
            select(table.c.name).where(table.c.id == org_id)
        ).scalar_one_or_none()
        if name is not None:
            return str(name)
    return ""


def clerk_names(unit: Unit, user_ids: Iterable[str]) -> dict[str, str]:
    """Names of the people behind accounts, by id."""
    table = models.account
    query = select(table.c.id, table.c.name).where(table.c.id.in_(sorted(set(user_ids))))
    return {row.id: row.name for row in unit.connection.execute(query)}


def authority_queue(
    unit: Unit, authority_id: str, status: Status, *, after: str = "", limit: int = PAGE
) -> list[Application]:
    """What waits with an authority, for acceptance or for decision."""
    return _applications(
        unit,
        and_(
            models.application.c.authority_id == authority_id,
            models.application.c.status == status,
        ),
        after,
        limit,
    )


def applications_of(unit: Unit, person_id: PersonId, *, limit: int = PAGE) -> list[Application]:
    """业务查询: a physician's own applications, newest first."""
    table = models.application
    query = select(*_APPLICATION_COLUMNS).where(table.c.person_id == person_id)
    rows = unit.connection.execute(query.order_by(table.c.created_at.desc()).limit(limit))
    return [Application(**row._mapping) for row in rows]


def last_experiences(unit: Unit, person_id: PersonId) -> list[Any]:
    """工作经历 as it was written in the person's latest application that asked for it."""
    table = models.application
    query = select(table.c.answers).where(table.c.person_id == person_id)
    latest = unit.connection.execute(query.order_by(table.c.created_at.desc()).limit(PAGE))
    return next((answers["experiences"] for (answers,) in latest if answers.get("experiences")), [])


def institutions_called(
    unit: Unit, said: str, *, place: str = "", limit: int = PAGE
) -> list[Institution]:
    """Open institutions inside a place whose name or second name has these words."""
    table = models.institution
    query = select(table).where(table.c.closed_on.is_(None))
    if place:
        query = query.where(table.c.county.startswith(place, autoescape=True))
    for word in unicodedata.normalize("NFC", said).split():
        query = query.where(
            table.c.name.contains(word, autoescape=True)
            | table.c.second_name.contains(word, autoescape=True)
        )
    rows = unit.connection.execute(query.order_by(table.c.name).limit(limit))
    names = {each.name for each in fields(Institution)}
    return [
        Institution(**{key: value for key, value in row._mapping.items() if key in names})
        for row in rows
    ]


def tasks(unit: Unit, org_id: str, *, limit: int = PAGE) -> Sequence[Any]:
    """What an office still has to do, oldest first."""
    table = models.task
    query = select(table).where(table.c.org_id == org_id, table.c.done_at.is_(None))
    return unit.connection.execute(query.order_by(table.c.due_on).limit(limit)).all()


def notices(unit: Unit, to_id: str, *, limit: int = PAGE) -> Sequence[Any]:
    """What someone has been told, newest first."""
    table = models.notice
    query = select(table).where(table.c.to_id == to_id).order_by(table.c.at.desc())
    return unit.connection.execute(query.limit(limit)).all()


# What the calendar has to look at.


def waiting(unit: Unit, status: Status, *, until: date) -> list[Application]:
    """Applications that have stood in a state since ``until`` or longer."""
    table = models.application
    query = select(*_APPLICATION_COLUMNS).where(
        table.c.status == status, table.c.waits_since <= until
    )
    rows = unit.connection.execute(query.order_by(table.c.waits_since, table.c.id))
    return [Application(**row._mapping) for row in rows]


def filed_until(unit: Unit, day: date) -> list[tuple[RecordId, PersonId]]:
    """Records filed as suspended on ``day`` or earlier."""
    table = models.practice_record
    query = select(table.c.id, table.c.person_id).where(table.c.filed_on <= day)
    return [(row.id, row.person_id) for row in unit.connection.execute(query.order_by(table.c.id))]


def suspended_until(unit: Unit, day: date) -> list[tuple[RecordId, PersonId]]:
    """Records whose suspension has had its last day by ``day``."""
    table = models.practice_record
    query = select(table.c.id, table.c.person_id).where(table.c.suspended_to <= day)
    return [(row.id, row.person_id) for row in unit.connection.execute(query.order_by(table.c.id))]


def filings_over(
    unit: Unit, *, since: date, until: date
) -> list[tuple[FilingId, InstitutionId, date]]:
    """Multi-institution filings whose last day lies in this time and that did not end before."""
    table = models.multi_filing
    query = select(table.c.id, table.c.institution_id, table.c.valid_to).where(
        table.c.valid_to.between(since, until), table.c.ending.is_(None)
    )
    return [tuple(row) for row in unit.connection.execute(query.order_by(table.c.id))]


def _physicians() -> Select[Any]:
    records, people = models.practice_record, models.person
    return select(*_PHYSICIAN_COLUMNS).join(people, people.c.id == records.c.person_id)


def _filed() -> Select[Any]:
    filings, records, people = models.multi_filing, models.practice_record, models.person
    return (
        select(
            filings.c.id,
            records.c.person_id,
            people.c.name,
            records.c.institution_id.label("main_institution_id"),
            filings.c.institution_id,
            filings.c.scopes,
            filings.c.valid_from,
            filings.c.valid_to,
            filings.c.ending,
        )
        .join(records, records.c.id == filings.c.record_id)
        .join(people, people.c.id == records.c.person_id)
    )


def _applications(unit: Unit, condition: Any, after: str, limit: int) -> list[Application]:
    query = select(*_APPLICATION_COLUMNS).where(condition)
    rows = _page(unit, query, models.application.c.id, after, limit)
    return [Application(**row._mapping) for row in rows]


def _page(unit: Unit, query: Select[Any], key: Any, after: str, limit: int) -> Sequence[Any]:
    return unit.connection.execute(query.where(key > after).order_by(key).limit(limit)).all()
