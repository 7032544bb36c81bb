"""What clerks see: lists, queues, searches, and what the calendar has to look at.

Every list is a page of at most `PAGE` rows behind an index, continued from the last id shown; none counts
rows, so a page costs the same in a country of any size. Names are found by their keys (`registry.search`):
whatever script, dot or width they are typed in, from their beginning, or by the initials of their pinyin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Select, and_, false, func, literal, not_, select, tuple_, union_all

from registry import models
from registry.record import (
    Announced,
    FilingId,
    Institution,
    InstitutionId,
    PersonId,
    RecordId,
    Standing,
)
from registry.search import folded, is_typed_as_initials
from registry.store import Unit
from registry.workflow import Application, Status

PAGE: Final = 50
_LAST: Final = "\U0010ffff"
Place = tuple[str, str]
"""Where a page of a search ended: the key and the id of its last row."""
_START: Final[Place] = ("", "")
_LIVE: Final = (Standing.VALID, Standing.FILED, Standing.SUSPENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One line of a published list."""

    record_id: RecordId
    kind: Announced
    day: date
    name: str
    institution: str
    licence_number: str


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
    name: str = "",
    after: str = "",
    limit: int = PAGE,
) -> Sequence[Any]:
    """主执业机构在本院医师, with the columns of manual section 4.3 and no identity number; ``name`` is the
    beginning of a name, or initials."""
    records = models.practice_record
    query = _physicians().where(
        records.c.institution_id == institution_id, records.c.standing.in_(_LIVE)
    )
    if department_id is not None:
        query = query.where(records.c.department_id == department_id)
    if modified is not None:
        query = query.where(records.c.modified == modified)
    if name:
        query = query.where(_begins(_sought(models.person, name), name))
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
    """Records of everyone of this name, however it was typed, live and ended."""
    key = folded(name)
    if not key:
        return []
    query = _physicians().where(models.person.c.name_key == key)
    return _page(unit, query, models.practice_record.c.id, after, limit)


def people_beginning(
    unit: Unit, typed: str, *, after: Place = _START, limit: int = PAGE
) -> Sequence[Any]:
    """People whose name begins so, or has these initials; each row with its ``key``, for the next page."""
    return unit.connection.execute(people_beginning_query(typed, after=after, limit=limit)).all()


def people_beginning_query(typed: str, *, after: Place = _START, limit: int = PAGE) -> Select[Any]:
    people = models.person
    key = _sought(people, typed)
    return (
        select(people.c.id, people.c.name, people.c.gender, people.c.born_on, key.label("key"))
        .where(*_from(key, people.c.id, typed, after))
        .order_by(key, people.c.id)
        .limit(limit)
    )


def records_of(unit: Unit, person_ids: Sequence[str]) -> Sequence[Any]:
    """The records, live and ended, of the people of one page."""
    records = models.practice_record
    query = _physicians().where(records.c.person_id.in_(person_ids))
    return unit.connection.execute(query.order_by(records.c.person_id, records.c.id)).all()


def institutions_beginning(
    unit: Unit, typed: str, *, place: str = "", after: Place = _START, limit: int = PAGE
) -> Sequence[Any]:
    """Open institutions whose name or second name begins so, or which have these initials, inside a place
    of practice (a province or a county); each row with its ``key``, for the next page."""
    query = institutions_beginning_query(typed, place=place, after=after, limit=limit)
    return unit.connection.execute(query).all()


def institutions_beginning_query(
    typed: str, *, place: str = "", after: Place = _START, limit: int = PAGE
) -> Select[Any]:
    table = models.institution

    def found(key: Any, *more: Any) -> Select[Any]:
        here = func.substr(table.c.county, 1, len(place)) == place
        columns = [table.c[name] for name in ("id", "name", "second_name", "county")]
        query = (
            select(*columns, key.label("key"))
            .where(*_from(key, table.c.id, typed, after), here, *more)
            .where(table.c.closed_on.is_(None))
            .order_by(key, table.c.id)
            .limit(limit)
        )
        return select(query.subquery())

    first = _sought(table, typed)
    if is_typed_as_initials(typed):
        return found(first).order_by("key", "id")
    second = found(table.c.second_name_key, not_(_begins(first, typed)))
    both = union_all(found(first), second).subquery()
    return select(both).order_by(both.c.key, both.c.id).limit(limit)


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


def applications_of(
    unit: Unit,
    person_id: PersonId,
    *,
    before: tuple[datetime, str] | None = None,
    limit: int = PAGE,
) -> list[Application]:
    """业务查询: a physician's own applications, newest first; ``before`` is when the last one shown was
    created, and its id."""
    table = models.application
    query = select(*_APPLICATION_COLUMNS).where(table.c.person_id == person_id)
    rows = _newest(unit, query, table.c.created_at, table.c.id, before=before, limit=limit)
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
    """Open institutions whose name or second name has these words anywhere, or begins with these
    initials; looked for inside a place, which keeps it cheap."""
    table = models.institution
    query = select(table).where(table.c.closed_on.is_(None))
    if place:
        query = query.where(table.c.county.startswith(place, autoescape=True))
    for word in said.split():
        wanted = folded(word)
        by_initials = table.c.name_initials.startswith(wanted, autoescape=True)
        query = query.where(
            table.c.name_key.contains(wanted, autoescape=True)
            | table.c.second_name_key.contains(wanted, autoescape=True)
            | (by_initials if is_typed_as_initials(word) else false())
        )
    rows = unit.connection.execute(query.order_by(table.c.name).limit(limit))
    names = {each.name for each in fields(Institution)}
    return [
        Institution(**{key: value for key, value in row._mapping.items() if key in names})
        for row in rows
    ]


def tasks(
    unit: Unit, org_id: str, *, after: tuple[date, str] | None = None, limit: int = PAGE
) -> Sequence[Any]:
    """What an office still has to do, oldest first; ``after`` is day and id of the last one shown."""
    table = models.task
    query = select(table).where(table.c.org_id == org_id, table.c.done_at.is_(None))
    if after is not None:
        query = query.where(tuple_(table.c.due_on, table.c.id) > tuple_(*after))
    query = query.order_by(table.c.due_on, table.c.id).limit(limit)
    return unit.connection.execute(query).all()


def notices(
    unit: Unit, to_id: str, *, before: tuple[datetime, str] | None = None, limit: int = PAGE
) -> Sequence[Any]:
    """What someone has been told, newest first; ``before`` is time and id of the last one shown."""
    table = models.notice
    query = select(table).where(table.c.to_id == to_id)
    return _newest(unit, query, table.c.at, table.c.id, before=before, limit=limit)


def announced(
    unit: Unit,
    authority_id: str,
    kind: Announced,
    *,
    since: date,
    until: date,
    after: tuple[date, str] | None = None,
    limit: int = PAGE,
) -> list[Announcement]:
    """公告: registrations or deregistrations of an authority from ``since`` to ``until``, both included, in
    the order of their days (医师法 art. 21). Name, institution, licence number, kind and day, as the record
    said in that version; ``record_id`` is for the next page and not for the public."""
    table, versions = models.announcement, models.practice_record_version
    records, people = models.practice_record, models.person
    page = (
        select(table)
        .where(table.c.authority_id == authority_id, table.c.kind == kind)
        .where(table.c.day.between(since, until))
        .order_by(table.c.day, table.c.record_id)
        .limit(limit)
    )
    if after is not None:
        page = page.where(tuple_(table.c.day, table.c.record_id) > tuple_(*after))
    line = page.subquery()
    said = and_(versions.c.record_id == line.c.record_id, versions.c.version == line.c.version)
    query = (
        select(line.c.record_id, line.c.kind, line.c.day, people.c.name, versions.c.body)
        .join(versions, said)
        .join(records, records.c.id == line.c.record_id)
        .join(people, people.c.id == records.c.person_id)
        .order_by(line.c.day, line.c.record_id)
    )
    rows = unit.connection.execute(query).all()
    offices = unit.institutions(row.body["institution_id"] for row in rows)
    return [
        Announcement(
            record_id=row.record_id,
            kind=row.kind,
            day=row.day,
            name=row.name,
            institution=offices[row.body["institution_id"]].name,
            licence_number=row.body["licence_number"],
        )
        for row in rows
    ]


def deeds(unit: Unit, *, since: datetime, until: datetime) -> Sequence[Any]:
    """How often who did what in a time: action, role, actor, times; what was done most comes first."""
    table = models.audit
    times = func.count().label("times")
    query = (
        select(table.c.action, table.c.role, table.c.actor, times)
        .where(table.c.at >= since, table.c.at < until)
        .group_by(table.c.action, table.c.role, table.c.actor)
        .order_by(times.desc(), table.c.action, table.c.actor)
    )
    return unit.connection.execute(query).all()


def ordered(unit: Unit, day: date) -> Sequence[Any]:
    """Suspensions confirmed on a day: authority, record, document, and the two clerks."""
    table = models.standing_order
    query = select(table).where(table.c.confirmed_on == day)
    return unit.connection.execute(query.order_by(table.c.authority_id, table.c.id)).all()


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


def _sought(table: Any, typed: str) -> Any:
    """The key that ``typed`` is the beginning of."""
    return table.c.name_initials if is_typed_as_initials(typed) else table.c.name_key


def _from(key: Any, key_id: Any, typed: str, after: Place) -> tuple[Any, Any]:
    """The keys that begin so, from where the last page ended: one lower bound, as the index begins there."""
    start = folded(typed)
    begins = key >= start if after == _START else tuple_(key, key_id) > tuple_(*after)
    return begins, key < start + _LAST


def _begins(key: Any, typed: str) -> Any:
    """The keys from ``typed`` on are neighbours in their index; LIKE would not be sure to use it."""
    start = folded(typed)
    return and_(key >= start, key < start + _LAST)


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


def _newest(
    unit: Unit,
    query: Select[Any],
    at: Any,
    key: Any,
    *,
    before: tuple[datetime, str] | None,
    limit: int,
) -> Sequence[Any]:
    if before is not None:
        instant = literal(before[0], at.type)
        query = query.where(tuple_(at, key) < tuple_(instant, before[1]))
    return unit.connection.execute(query.order_by(at.desc(), key.desc()).limit(limit)).all()


def _page(unit: Unit, query: Select[Any], key: Any, after: str, limit: int) -> Sequence[Any]:
    return unit.connection.execute(query.where(key > after).order_by(key).limit(limit)).all()
