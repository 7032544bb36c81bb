"""What clerks see: lists, queues, searches, and what the calendar has to look at.

Every list is a page of at most `PAGE` rows behind an index, continued from the last id shown; none counts
rows, so a page costs the same in a country of any size. Names are found by their keys (`registry.search`):
whatever script, dot or width they are typed in, from their beginning, or by the initials of their pinyin.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    Select,
    String,
    and_,
    cast,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
    union_all,
)

from registry import models
from registry.credentials import CredentialKind, CredentialState
from registry.record import (
    Announced,
    Binding,
    FilingId,
    Institution,
    InstitutionId,
    Level,
    PersonId,
    PhotoState,
    PracticeRecord,
    RecordId,
    Standing,
)
from registry.roles import Role
from registry.search import folded, is_typed_as_initials
from registry.store import Unit
from registry.workflow import Application, Status

PAGE: Final = 50
COUNTED: Final = 1000
_EXPERTISE: Final = "TCM.EXPERTISE"
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
    models.practice_record.c.institution_id,
]


def physicians_here(
    unit: Unit,
    institution_id: str,
    *,
    department_id: str | None = None,
    modified: bool | None = None,
    name: str = "",
    by_expertise: bool | None = None,
    licence_shown: bool | None = None,
    in_the_app: bool | None = None,
    bindings: Iterable[Binding] = (),
    after: str = "",
    limit: int = PAGE,
) -> Sequence[Any]:
    """主执业机构在本院医师, with the columns of manual section 4.3 and no identity number; ``name`` is the
    beginning of a name, or initials; ``by_expertise`` are the 中医（专长） physicians. Each row says
    whether its licence was ever ``shown`` and whether the person has ``joined`` the app."""
    records = models.practice_record
    shown, joined = _was_shown(), _has_joined()
    query = (
        _physicians()
        .add_columns(shown.label("shown"), joined.label("joined"))
        .where(records.c.institution_id == institution_id, records.c.standing.in_(_LIVE))
    )
    if by_expertise is not None:
        is_so = cast(records.c.scopes, String).contains(_EXPERTISE)
        query = query.where(is_so if by_expertise else not_(is_so))
    if licence_shown is not None:
        query = query.where(shown if licence_shown else not_(shown))
    if in_the_app is not None:
        query = query.where(joined if in_the_app else not_(joined))
    if bindings := tuple(bindings):
        query = query.where(models.person.c.binding.in_(bindings))
    if department_id is not None:
        query = query.where(records.c.department_id == department_id)
    if modified is not None:
        query = query.where(records.c.modified == modified)
    if name:
        query = query.where(_begins(_sought(models.person, name), name))
    return _page(unit, query, records.c.id, after, limit)


def physicians_in_full(unit: Unit, institution_id: str, *, limit: int) -> Sequence[Any]:
    """Everybody whose main institution this is, with all numbers: for an export, which is put on record."""
    records, people, held = models.practice_record, models.person, models.qualification
    query = (
        _physicians()
        .join(held, held.c.id == records.c.qualification_id)
        .add_columns(
            people.c.id_number,
            held.c.number.label("qualification_number"),
            records.c.approved_on,
            _has_joined().label("joined"),
        )
        .where(records.c.institution_id == institution_id, records.c.standing.in_(_LIVE))
    )
    return _page(unit, query, records.c.id, "", limit)


def _was_shown() -> Any:
    """Whether the licence of a record was ever opened by its holder (电子证照 已申领)."""
    table = models.credential
    return exists(
        select(table.c.id).where(
            table.c.record_id == models.practice_record.c.id,
            table.c.kind == CredentialKind.LICENCE,
            table.c.first_shown_at.is_not(None),
        )
    )


def _has_joined() -> Any:
    """Whether the person behind a record has an account of the app (医通办注册)."""
    table = models.account
    return exists(select(table.c.id).where(table.c.person_id == models.person.c.id))


def legacy_here(
    unit: Unit, institution_id: str, *, after: str = "", limit: int = PAGE
) -> Sequence[Any]:
    """多地点执业在本院医师: others' physicians under the former multi-location policy."""
    legacy = models.legacy_location
    query = _located().where(legacy.c.institution_id == institution_id)
    return _page(unit, query, legacy.c.id, after, limit)


def legacy_elsewhere(
    unit: Unit, institution_id: str, *, after: str = "", limit: int = PAGE
) -> Sequence[Any]:
    """本院多地点医师: this institution's physicians with a legacy location elsewhere."""
    query = _located().where(models.practice_record.c.institution_id == institution_id)
    return _page(unit, query, models.legacy_location.c.id, after, limit)


def registered_elsewhere(
    unit: Unit, institution_id: str, *, after: str = "", limit: int = PAGE
) -> Sequence[Any]:
    """医师在外省注册情况: live records in other places of those whose main institution this is."""
    here, there, people = models.practice_record, models.practice_record.alias(), models.person
    query = (
        select(
            there.c.id,
            here.c.id.label("record_id"),
            people.c.name,
            there.c.place,
            there.c.institution_id,
            there.c.scopes,
            there.c.standing,
            there.c.approved_on,
        )
        .join(here, here.c.person_id == there.c.person_id)
        .join(people, people.c.id == there.c.person_id)
        .where(
            here.c.institution_id == institution_id,
            here.c.standing.in_(_LIVE),
            there.c.standing.in_(_LIVE),
            there.c.place != here.c.place,
        )
    )
    return _page(unit, query, there.c.id, after, limit)


def institution_names(unit: Unit, ids: Iterable[str]) -> dict[str, str]:
    """Names of institutions, by id."""
    return {str(key): each.name for key, each in unit.institutions(ids).items()}


def concerns_institution(unit: Unit, record_id: str, institution_id: str) -> bool:
    """Whether an institution has to do with a record: main institution, or a filing or location there."""
    records, filings, legacy = models.practice_record, models.multi_filing, models.legacy_location
    named = ((records, records.c.id), (filings, filings.c.record_id), (legacy, legacy.c.record_id))
    queries = (
        select(table.c.id).where(key == record_id, table.c.institution_id == institution_id)
        for table, key in named
    )
    return any(unit.connection.execute(query.limit(1)).first() for query in queries)


def pending_photos(
    unit: Unit, institution_id: str, *, after: str = "", limit: int = PAGE
) -> Sequence[Any]:
    """照片确认: the new portraits of this institution's physicians, each with the one in use."""
    photos, records, people = models.photo, models.practice_record, models.person
    confirmed = models.photo.alias()
    here = exists(
        select(records.c.id).where(
            records.c.person_id == photos.c.person_id,
            records.c.institution_id == institution_id,
            records.c.standing.in_(_LIVE),
        )
    )
    query = (
        select(
            photos.c.id,
            photos.c.person_id,
            people.c.name,
            photos.c.sha256,
            confirmed.c.sha256.label("confirmed"),
        )
        .join(people, people.c.id == photos.c.person_id)
        .outerjoin(
            confirmed,
            and_(
                confirmed.c.person_id == photos.c.person_id,
                confirmed.c.state == PhotoState.CONFIRMED,
            ),
        )
        .where(photos.c.state == PhotoState.PENDING, here)
    )
    return _page(unit, query, photos.c.id, after, limit)


def filings_ending(
    unit: Unit, institution_id: str, *, until: date, since: date, limit: int = PAGE
) -> Sequence[Any]:
    """多执业机构备案 here or of our physicians whose last day comes soon, the first to end on top."""
    filings, records = models.multi_filing, models.practice_record
    query = _filed().where(
        filings.c.valid_to.between(since, until),
        filings.c.ending.is_(None),
        or_(filings.c.institution_id == institution_id, records.c.institution_id == institution_id),
    )
    rows = unit.connection.execute(query.order_by(filings.c.valid_to, filings.c.id).limit(limit))
    return rows.all()


def _located() -> Select[Any]:
    legacy, records, people = models.legacy_location, models.practice_record, models.person
    return (
        select(
            legacy.c.id,
            legacy.c.record_id,
            records.c.person_id,
            people.c.name,
            records.c.institution_id.label("main_institution_id"),
            legacy.c.institution_id,
            legacy.c.scopes,
            legacy.c.approved_on.label("valid_from"),
            legacy.c.ended_on.label("valid_to"),
            legacy.c.ending,
        )
        .join(records, records.c.id == legacy.c.record_id)
        .join(people, people.c.id == records.c.person_id)
    )


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
    if name := name.strip():
        called = _begins(_sought(people, name), name) if folded(name) else false()
        query = query.where(records.c.licence_number == name if name.isdigit() else called)
    day, _, last = after.partition("~")
    if last:
        start = date.fromisoformat(day)
        query = query.where(or_(since > start, and_(since == start, table.c.id > last)))
    rows = unit.connection.execute(query.order_by(since, table.c.id).limit(limit))
    return [_waiting(row, row._mapping[_SINCE[status]]) for row in rows]


def decided_here(unit: Unit, org: str, org_id: str, *, limit: int = PAGE) -> list[Waiting]:
    """What an office has dealt with, the latest first."""
    table = models.application
    here = (table.c[org] == org_id) & table.c.decided_at.is_not(None)
    return _latest(unit, here, table.c.decided_at, limit)


def started_here(unit: Unit, role: Role, org_id: str, *, limit: int = PAGE) -> list[Waiting]:
    """What clerks of an office have started themselves, drafts too, the latest first."""
    table = models.application
    here = (table.c.owner_org == org_id) & (table.c.started_by == role)
    return _latest(unit, here, table.c.created_at, limit)


def _latest(unit: Unit, here: Any, by: Any, limit: int) -> list[Waiting]:
    table, people, records = models.application, models.person, models.practice_record
    query = (
        select(*_APPLICATION_COLUMNS, people.c.name, records.c.licence_number)
        .join(people, people.c.id == table.c.person_id)
        .outerjoin(records, records.c.id == table.c.record_id)
        .where(here)
        .order_by(by.desc())
        .limit(limit)
    )
    return [_waiting(row, row.submitted_on) for row in unit.connection.execute(query)]


def _waiting(row: Any, since: date | None) -> Waiting:
    names = {each.name for each in fields(Application)}
    return Waiting(
        application=Application(**{k: v for k, v in row._mapping.items() if k in names}),
        name=row.name,
        licence_number=row.licence_number or "",
        since=since,
    )


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


def institutions_listed(
    unit: Unit, *, typed: str = "", after: str = "", limit: int = PAGE
) -> Sequence[Any]:
    """Institutions, open and closed, whose name begins so."""
    table = models.institution
    query = select(table)
    if typed:
        found = _begins(_sought(table, typed), typed) if folded(typed) else false()
        query = query.where(found)
    return _page(unit, query, table.c.id, after, limit)


def audit_found(
    unit: Unit,
    *,
    action: str = "",
    subject: str = "",
    actor: str = "",
    before: int | None = None,
    limit: int = PAGE,
) -> Sequence[Any]:
    """Rows of the log, newest first: of an action, about a subject, by an actor."""
    table = models.audit
    query = select(table)
    for column, value in (
        (table.c.action, action),
        (table.c.subject, subject),
        (table.c.actor, actor),
    ):
        if value:
            query = query.where(column == value)
    if before is not None:
        query = query.where(table.c.seq < before)
    return unit.connection.execute(query.order_by(table.c.seq.desc()).limit(limit)).all()


def clerk_called(unit: Unit, username: str) -> Any:
    """The account of a clerk by user name, without its secrets."""
    table = models.account
    columns = [table.c[name] for name in ("id", "name", "username", "role", "org_id", "active")]
    query = select(*columns, (table.c.totp_secret != "").label("has_second_factor")).where(
        table.c.username == username.strip().lower(),
        table.c.role.in_([Role.INSTITUTION_CLERK, Role.AUTHORITY_CLERK]),
    )
    return unit.connection.execute(query).first()


def kinds_by_month(unit: Unit, org: str, org_id: str, *, since: date, until: date) -> Sequence[Any]:
    """How many applications of each kind an office was handed in each month of a time."""
    table = models.application
    month = func.substr(cast(table.c.submitted_on, String), 1, 7).label("month")
    query = (
        select(month, table.c.kind, func.count().label("times"))
        .where(table.c[org] == org_id, table.c.submitted_on.between(since, until))
        .group_by(month, table.c.kind)
        .order_by(month, table.c.kind)
    )
    return unit.connection.execute(query).all()


def births_here(unit: Unit, column: str, org_id: str) -> dict[int, int]:
    """How many physicians with a live record of this office were born in each year."""
    records, people = models.practice_record, models.person
    year = func.substr(cast(people.c.born_on, String), 1, 4)
    query = (
        select(year.label("year"), func.count(func.distinct(people.c.id)).label("times"))
        .join(records, records.c.person_id == people.c.id)
        .where(records.c[column] == org_id, records.c.standing.in_(_LIVE))
        .group_by(year)
    )
    return {int(row.year): row.times for row in unit.connection.execute(query)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something an office still has to do, and about whom."""

    code: str
    subject: str
    due_on: date
    name: str = ""
    person_id: str = ""
    application_id: str = ""


def tasks_named(unit: Unit, org_id: str, *, limit: int = PAGE) -> list[Task]:
    """`tasks` with the person each is about: its subject is an application, a record, or an account."""
    rows = tasks(unit, org_id, limit=limit)
    subjects = [row.subject for row in rows]
    people, found = models.person, dict[str, tuple[str, str, str]]()
    for table, is_application in ((models.application, True), (models.practice_record, False)):
        query = (
            select(table.c.id, people.c.id.label("person_id"), people.c.name)
            .join(people, people.c.id == table.c.person_id)
            .where(table.c.id.in_(subjects))
        )
        for row in unit.connection.execute(query):
            found[row.id] = (row.name, row.person_id, row.id if is_application else "")
    named = clerk_names(unit, subjects)
    made = []
    for row in rows:
        name, person_id, application_id = found.get(
            row.subject, (named.get(row.subject, ""), "", "")
        )
        made.append(
            Task(
                code=row.code,
                subject=row.subject,
                due_on=row.due_on,
                name=name,
                person_id=person_id,
                application_id=application_id,
            )
        )
    return made


def people_of_authority(
    unit: Unit, authority_id: str, *, typed: str = "", after: str = "", limit: int = PAGE
) -> Sequence[Any]:
    """Records registered by an authority, live and ended; ``typed`` is the beginning of a name, initials,
    or a whole licence number."""
    records = models.practice_record
    query = _physicians().where(records.c.authority_id == authority_id)
    if typed.isdigit():
        query = query.where(records.c.licence_number == typed)
    elif typed:
        called = _begins(_sought(models.person, typed), typed) if folded(typed) else false()
        query = query.where(called)
    return _page(unit, query, records.c.id, after, limit)


def concerns_authority(unit: Unit, person_id: str, authority_id: str) -> bool:
    """Whether an authority has registered a person, or decides, or has decided, about an application."""
    tables = (models.practice_record, models.application)
    queries = (
        select(table.c.id).where(
            table.c.person_id == person_id, table.c.authority_id == authority_id
        )
        for table in tables
    )
    return any(unit.connection.execute(query.limit(1)).first() for query in queries)


def version_dates(unit: Unit, record_id: str) -> dict[int, datetime]:
    """When each version of a record came into force."""
    table = models.practice_record_version
    query = select(table.c.version, table.c.at).where(table.c.record_id == record_id)
    return {row.version: row.at for row in unit.connection.execute(query)}


def standing_orders(
    unit: Unit, authority_id: str, *, record_ids: Iterable[str] | None = None, limit: int = PAGE
) -> Sequence[Any]:
    """暂停执业 by order of an authority, with the person; those nobody has confirmed first."""
    orders, records, people = models.standing_order, models.practice_record, models.person
    query = (
        select(orders, people.c.name, people.c.id.label("person_id"))
        .join(records, records.c.id == orders.c.record_id)
        .join(people, people.c.id == records.c.person_id)
        .where(orders.c.authority_id == authority_id)
    )
    if record_ids is not None:
        query = query.where(orders.c.record_id.in_(list(record_ids)))
    order = (orders.c.confirmed_by.is_not(None), orders.c.proposed_at.desc())
    return unit.connection.execute(query.order_by(*order).limit(limit)).all()


def open_proposals(unit: Unit, authority_id: str, matter: str) -> Sequence[Any]:
    """What clerks of an authority have proposed and nobody has decided yet."""
    table = models.proposal
    query = select(table).where(
        table.c.authority_id == authority_id,
        table.c.matter == matter,
        table.c.decided_at.is_(None),
    )
    return unit.connection.execute(query.order_by(table.c.proposed_at)).all()


def clerks_of_institutions(unit: Unit, authority_id: str, *, limit: int = PAGE) -> Sequence[Any]:
    """Accounts of clerks whose institution this authority has approved, those that rest first."""
    accounts, offices = models.account, models.institution
    query = (
        select(
            accounts.c.id,
            accounts.c.name,
            accounts.c.username,
            accounts.c.active,
            accounts.c.created_at,
            offices.c.name.label("institution"),
            offices.c.registration_number,
        )
        .join(offices, offices.c.id == accounts.c.org_id)
        .where(accounts.c.role == Role.INSTITUTION_CLERK, offices.c.authority_id == authority_id)
    )
    return unit.connection.execute(
        query.order_by(accounts.c.active, offices.c.name, accounts.c.id).limit(limit)
    ).all()


def notices(
    unit: Unit, to_id: str, *, before: tuple[datetime, str] | None = None, limit: int = PAGE
) -> Sequence[Any]:
    """What someone has been told, newest first; ``before`` is time and id of the last one shown."""
    table = models.notice
    query = select(table).where(table.c.to_id == to_id)
    return _newest(unit, query, table.c.at, table.c.id, before=before, limit=limit)


def authorities_listed(unit: Unit) -> Sequence[Any]:
    """Every authority with its region and former names, by code."""
    table = models.authority
    columns = (table.c.id, table.c.code, table.c.name, table.c.region, table.c.former_names)
    return unit.connection.execute(select(*columns).order_by(table.c.code)).all()


def with_credentials_ending(
    unit: Unit, *, until: datetime, after: tuple[datetime, str], limit: int = PAGE
) -> Sequence[Any]:
    """Credentials in force that end by ``until``, the first to end first, and have no newer version in force;
    each with whose it is. ``after`` is end and id of the last one seen."""
    held, records = models.credential, models.practice_record
    newer = held.alias("newer")
    has_newer = exists(
        select(newer.c.id).where(
            newer.c.record_id == held.c.record_id,
            newer.c.kind == held.c.kind,
            newer.c.version > held.c.version,
            newer.c.state == CredentialState.ACTIVE,
        )
    )
    query = (
        select(held.c.id, held.c.expires_at, records.c.person_id)
        .join(records, records.c.id == held.c.record_id)
        .where(
            tuple_(held.c.expires_at, held.c.id)
            > tuple_(literal(after[0], held.c.expires_at.type), after[1]),
            held.c.expires_at <= until,
            held.c.state == CredentialState.ACTIVE,
            ~has_newer,
        )
    )
    return unit.connection.execute(query.order_by(held.c.expires_at, held.c.id).limit(limit)).all()


def to_be_sent(unit: Unit, now: datetime, *, limit: int = PAGE) -> Sequence[Any]:
    """Notices that are due to be sent by short message or e-mail, the longest due first."""
    table = models.notice
    query = select(table.c.id, table.c.to_id, table.c.code, table.c.tries)
    due = query.where(table.c.send_at <= now).order_by(table.c.send_at, table.c.id)
    return unit.connection.execute(due.limit(limit)).all()


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
            filings.c.record_id,
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
