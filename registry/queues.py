"""What clerks see: lists, queues, searches, and what the calendar has to look at.

Every list is a page of at most `PAGE` rows behind an index, continued from the last id shown; none counts
rows, so a page costs the same in a country of any size. Names are compared as they are stored (NFC).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from typing import Any, Final

from sqlalchemy import Select, and_, select

from registry import models
from registry.record import FilingId, Institution, InstitutionId, PersonId, RecordId, Standing
from registry.store import Unit
from registry.workflow import Application, Status

PAGE: Final = 50
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
