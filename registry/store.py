"""The database: engine, transactions, and dossiers and applications in and out of it.

* SQLite keeps its rollback journal with ``synchronous = FULL`` and foreign keys on; a transaction that
  writes begins with BEGIN IMMEDIATE, so that nothing read in it can be overtaken. A file in WAL mode is
  refused below SQLite 3.51.3, where several writers may damage it.
* PostgreSQL runs at READ COMMITTED; a use case locks the person it is about, and the audit head last.
* Whatever the locks do, every update of a person or an application names the version it was read at; an
  update that meets no row is ``STALE_FORM``. Two approvals can therefore never both count.
* What the database refuses comes back as a reason: busy, full, or which thing may not exist twice.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, Final, TypeVar

from sqlalchemy import (
    Connection,
    Engine,
    Table,
    create_engine,
    delete,
    event,
    exc,
    func,
    insert,
    select,
    update,
)

from registry import audit, models
from registry.errors import Code, refuse
from registry.forms import to_json
from registry.periods import WorkCalendar
from registry.record import (
    LIVE,
    AuthorityId,
    Bar,
    Department,
    Dossier,
    Institution,
    InstitutionId,
    LegacyLocation,
    Level,
    LicenceNumber,
    MilitaryRegistration,
    MultiFiling,
    Person,
    PersonId,
    Photo,
    PracticeRecord,
    Qualification,
    RecordId,
)
from registry.roles import Actor
from registry.workflow import OPEN, Action, Application, ApplicationId, Word

T = TypeVar("T")
SAFE_WAL: Final = (3, 51, 3)
MAX_SERIAL: Final = 999_999

# Which constraint says what.
_CONSTRAINTS: Final[Mapping[str, Code]] = {
    "one_open": Code.ALREADY_OPEN,
    "practice_record_live_place": Code.PLACE_TAKEN,
    "practice_record.person_id, practice_record.place": Code.PLACE_TAKEN,
    "practice_record_live_assistant": Code.ASSISTANT_ONE_PLACE,
}
_FULL: Final = ("disk is full", "readonly", "No space left", "unable to open database")
_LOST: Final = frozenset({"40001", "40P01", "55P03", "57014"})  # PostgreSQL: try again


class Store:
    """One database. `reading` and `writing` are its transactions."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, url: str, *, busy_timeout_s: float = 5.0) -> Store:
        """The store at an SQLAlchemy URL; ``STORE_UNFIT`` where its settings would lose data."""
        if url.startswith("sqlite"):
            return cls(_sqlite(url, busy_timeout_s))
        return cls(create_engine(url, pool_pre_ping=True, isolation_level="READ COMMITTED"))

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Unit]:
        """A transaction that only reads."""
        with translated(), self.engine.connect() as connection, connection.begin():
            yield Unit(connection, writes=False)

    @contextmanager
    def writing(self) -> Iterator[Unit]:
        """A transaction that may write: all of it, or nothing."""
        with translated(), self.engine.connect() as plain:
            connection = plain.execution_options(writes=True)
            with connection.begin():
                yield Unit(connection, writes=True)


@contextmanager
def translated() -> Iterator[None]:
    """Turns what a database refuses into a reason of the registry; anything else is a bug and goes on."""
    try:
        yield
    except exc.IntegrityError as error:
        text = str(error.orig)
        known = (code for part, code in _CONSTRAINTS.items() if part in text)
        unique = "UNIQUE" in text or getattr(error.orig, "sqlstate", "") == "23505"
        if not unique:
            raise
        raise refuse(next(known, Code.DUPLICATE)) from error
    except exc.DBAPIError as error:
        text, state = str(error.orig), getattr(error.orig, "sqlstate", None) or ""
        if any(part in text for part in _FULL) or state.startswith("53"):
            raise refuse(Code.STORE_FULL) from error
        if "locked" in text or state in _LOST or error.connection_invalidated:
            raise refuse(Code.STORE_BUSY) from error
        raise


def _sqlite(url: str, busy_timeout_s: float) -> Engine:
    engine = create_engine(url, connect_args={"timeout": busy_timeout_s})

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
        if mode == "wal" and sqlite3.sqlite_version_info < SAFE_WAL:
            raise refuse(Code.STORE_UNFIT, f"WAL with SQLite {sqlite3.sqlite_version}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An application as it is stored: with its answers as JSON."""

    application: Application
    answers: Mapping[str, Any]


# Which table holds which facts of a dossier.
_PARTS: Final[Mapping[str, tuple[Table, type[Any]]]] = {
    "qualifications": (models.qualification, Qualification),
    "records": (models.practice_record, PracticeRecord),
    "filings": (models.multi_filing, MultiFiling),
    "legacy": (models.legacy_location, LegacyLocation),
    "military": (models.military, MilitaryRegistration),
    "bars": (models.bar, Bar),
    "photos": (models.photo, Photo),
}
_OF_A_RECORD: Final = frozenset({"filings", "legacy"})


class Unit:
    """One transaction: what can be read and written in it. SQL lives here and beside it, nowhere else."""

    def __init__(self, connection: Connection, *, writes: bool) -> None:
        self.connection = connection
        self._writes = writes

    # Dossiers.

    def dossier(self, person_id: PersonId) -> Dossier:
        """Everything about one person; ``NOT_FOUND``. Other writers wait for this one."""
        query = select(models.person).where(models.person.c.id == person_id)
        row = self.connection.execute(query.with_for_update() if self._writes else query).first()
        if row is None:
            raise refuse(Code.NOT_FOUND, "person")
        records = self._facts("records", models.practice_record.c.person_id == person_id)
        parts: dict[str, tuple[Any, ...]] = {"records": records}
        record_ids = [record.id for record in records]
        for name, (table, _) in _PARTS.items():
            if name in _OF_A_RECORD:
                parts[name] = (
                    self._facts(name, table.c.record_id.in_(record_ids)) if records else ()
                )
            elif name != "records":
                parts[name] = self._facts(name, table.c.person_id == person_id)
        named = (*records, *parts["filings"], *parts["legacy"])
        institutions = self.institutions(each.institution_id for each in named)
        return Dossier(person=_fact(Person, row), institutions=institutions, **parts)

    def bearer(self, person_id: PersonId) -> Dossier:
        """Of a dossier only what decides whether credentials may be shown: person, live records, photos;
        ``NOT_FOUND``. Three small queries, for what is asked every few seconds."""
        people = models.person
        row = self.connection.execute(select(people).where(people.c.id == person_id)).first()
        if row is None:
            raise refuse(Code.NOT_FOUND, "person")
        records = models.practice_record
        live = (records.c.person_id == person_id) & records.c.standing.in_(LIVE)
        return Dossier(
            person=_fact(Person, row),
            records=self._facts("records", live),
            photos=self._facts("photos", models.photo.c.person_id == person_id),
        )

    def person_of(self, id_number: str) -> PersonId | None:
        query = select(models.person.c.id).where(models.person.c.id_number == id_number)
        return self.connection.execute(query).scalar_one_or_none()

    def save(self, before: Dossier, after: Dossier, *, at: datetime, audit_seq: int) -> None:
        """Writes what differs; every new version of a record is also kept as history.

        Raises ``STALE_FORM`` when the person has changed since ``before`` was read.
        """
        if after == before:
            return
        person = replace(after.person, version=before.person.version + 1)
        self._update(models.person, person, version=before.person.version)
        for name in ("records", *(part for part in _PARTS if part != "records")):
            if name != "photos":
                self._save_part(name, getattr(before, name), getattr(after, name))
        self._save_photos(before, after)
        known = {record.id: record for record in before.records}
        for record in after.records:
            if known.get(record.id) != record:
                self._keep_version(record, at=at, audit_seq=audit_seq)

    def add_person(self, person: Person) -> None:
        self.connection.execute(insert(models.person).values(_row(models.person, person)))

    def add(self, table: Table, fact: Any, **more: Any) -> None:
        """One new row from a fact."""
        self.connection.execute(insert(table).values({**_row(table, fact), **more}))

    def add_record(self, record: PracticeRecord, *, at: datetime, audit_seq: int) -> None:
        """A record that comes from outside, with its licence number."""
        self.claim_number(record.licence_number, record.person_id)
        self.add(models.practice_record, record, place=record.place)
        self._keep_version(record, at=at, audit_seq=audit_seq)

    def claim_number(self, number: str, person_id: PersonId) -> None:
        """Gives a licence number to a person for good; ``DUPLICATE`` when it is another's."""
        numbers = models.licence_number
        query = select(numbers.c.person_id).where(numbers.c.number == number)
        holder = self.connection.execute(query).scalar_one_or_none()
        if holder is None:
            self.connection.execute(insert(numbers).values(number=number, person_id=person_id))
        elif holder != person_id:
            raise refuse(Code.DUPLICATE, "licence_number")

    def replace_photo(self, photo: Photo, image: bytes) -> None:
        """Only the newest pending photo is kept."""
        photos = models.photo
        here = (photos.c.person_id == photo.person_id) & (photos.c.state == photo.state)
        self.connection.execute(delete(photos).where(here))
        self.add(photos, photo, image=image)

    def image(self, person_id: PersonId, sha256: str) -> bytes | None:
        photos = models.photo
        query = select(photos.c.image).where(
            photos.c.person_id == person_id, photos.c.sha256 == sha256
        )
        return self.connection.execute(query.limit(1)).scalar_one_or_none()

    def new_licence_number(
        self, person_id: PersonId, level: Level, category: int, authority_id: AuthorityId
    ) -> LicenceNumber:
        """The next number: level, category, the authority's region, a serial (15 digits)."""
        regions = select(models.authority.c.region).where(models.authority.c.id == authority_id)
        region = self.connection.execute(regions).scalar_one()
        prefix = f"{int(level)}{category:02}{region:0<6}"
        serials = models.licence_serial
        raised = (
            update(serials)
            .where(serials.c.prefix == prefix)
            .values(last=serials.c.last + 1)
            .returning(serials.c.last)
        )
        number = LicenceNumber("")
        while not number or self._is_taken(number):
            last = self.connection.execute(raised).scalar_one_or_none()
            if last is None:
                self.connection.execute(insert(serials).values(prefix=prefix, last=1))
                last = 1
            if last > MAX_SERIAL:
                raise refuse(Code.LIMIT_REACHED, prefix)
            number = LicenceNumber(f"{prefix}{last:06}")
        self.claim_number(number, person_id)
        return number

    # Institutions and the calendar.

    def institutions(self, ids: Iterable[str | None]) -> dict[InstitutionId, Institution]:
        wanted = sorted({each for each in ids if each})
        if not wanted:
            return {}
        query = select(models.institution).where(models.institution.c.id.in_(wanted))
        found = (_fact(Institution, row) for row in self.connection.execute(query))
        return {each.id: each for each in found}

    def departments(self, institution_id: str) -> tuple[Department, ...]:
        table = models.department
        query = select(table).where(table.c.institution_id == institution_id).order_by(table.c.name)
        return tuple(_fact(Department, row) for row in self.connection.execute(query))

    def calendar(self) -> WorkCalendar:
        days = self.connection.execute(select(models.calendar_day))
        return WorkCalendar(days={row.day: row.working for row in days})

    def authorities(self) -> list[tuple[str, str, str]]:
        """Code, name and region (six digits of GB/T 2260) of every authority, by code."""
        table = models.authority
        query = select(table.c.code, table.c.name, table.c.region).order_by(table.c.code)
        return [(row.code, row.name, row.region) for row in self.connection.execute(query)]

    def authority_names(self) -> dict[str, str]:
        """The name of every authority, by id."""
        table = models.authority
        return {
            row.id: row.name for row in self.connection.execute(select(table.c.id, table.c.name))
        }

    def authority_code(self, authority_id: str) -> str:
        query = select(models.authority.c.code).where(models.authority.c.id == authority_id)
        return str(self.connection.execute(query).scalar_one())

    def put_department(self, department: Department, *, is_new: bool) -> None:
        if is_new:
            self.add(models.department, department)
        else:
            self._update(models.department, department)

    def add_account(self, user_id: str, *, at: datetime, **columns: Any) -> None:
        row = {"id": user_id, "created_at": at, **columns}
        self.connection.execute(insert(models.account).values(row))

    # One row at a time, from outside.

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """A part of this transaction that may fail by itself, with its reason."""
        with translated(), self.connection.begin_nested():
            yield

    def id_of(self, table: Table, column: str, value: str) -> str | None:
        """The id of the row with this value in a unique column."""
        query = select(table.c.id).where(table.c[column] == value)
        found: str | None = self.connection.execute(query).scalar_one_or_none()
        return found

    def put_once(
        self,
        table: Table,
        named: Mapping[str, Any],
        columns: Mapping[str, Any],
        *,
        new_id: Callable[[], str],
    ) -> bool:
        """Adds a row unless one of this name is there; ``DUPLICATE`` where it says something else."""
        ((column, value),) = named.items()
        query = select(table).where(table.c[column] == value)
        row = self.connection.execute(query).first()
        if row is None:
            self.connection.execute(insert(table).values({"id": new_id(), **named, **columns}))
            return True
        if any(row._mapping[name] != value for name, value in columns.items()):
            raise refuse(Code.DUPLICATE, column)
        return False

    def add_once(self, table: Table, column: str, fact: Any) -> bool:
        """Adds a fact unless its like is there; ``DUPLICATE`` where that says something else."""
        known = {each.name: getattr(fact, each.name) for each in fields(fact) if each.name != "id"}
        name = {column: known.pop(column)}
        return self.put_once(table, name, known, new_id=lambda: fact.id)

    # Suspensions by order.

    def person_of_record(self, record_id: RecordId) -> PersonId:
        """Whose record this is; ``NOT_FOUND``."""
        records = models.practice_record
        query = select(records.c.person_id).where(records.c.id == record_id)
        person_id: PersonId | None = self.connection.execute(query).scalar_one_or_none()
        if person_id is None:
            raise refuse(Code.NOT_FOUND, "record")
        return person_id

    def add_standing_order(self, order_id: str, **columns: Any) -> None:
        self.connection.execute(insert(models.standing_order).values(id=order_id, **columns))

    def standing_order(self, order_id: str, *, authority_id: str) -> Any:
        """A proposal of this authority that nobody has confirmed yet."""
        table = models.standing_order
        query = select(table).where(table.c.id == order_id, table.c.authority_id == authority_id)
        row = self.connection.execute(query).first()
        if row is None:
            raise refuse(Code.NOT_FOUND, "order")
        if row.confirmed_by is not None:
            raise refuse(Code.ALREADY_DECIDED)
        return row

    def confirm_standing_order(self, order_id: str, *, by: str, on: date) -> None:
        table = models.standing_order
        here = (table.c.id == order_id) & table.c.confirmed_by.is_(None)
        done = update(table).where(here).values(confirmed_by=by, confirmed_on=on)
        if self.connection.execute(done).rowcount != 1:
            raise refuse(Code.ALREADY_DECIDED)

    def suspensions_on(self, authority_id: str, day: date) -> int:
        """How many suspensions an authority has confirmed on one day."""
        table = models.standing_order
        query = select(func.count()).where(
            table.c.authority_id == authority_id, table.c.confirmed_on == day
        )
        return self.connection.execute(query).scalar_one()

    # Applications.

    def application(self, application_id: ApplicationId) -> Stored:
        """One application with its answers; ``NOT_FOUND``. A writer locks the person it is about."""
        table = models.application
        query = select(table).where(table.c.id == application_id)
        row = self.connection.execute(query).first()
        if row is None:
            raise refuse(Code.NOT_FOUND, "application")
        if self._writes and self.connection.dialect.name != "sqlite":
            people = models.person
            held = select(people.c.id).where(people.c.id == row.person_id).with_for_update()
            self.connection.execute(held)
            row = self.connection.execute(query).one()
        return Stored(application=_fact(Application, row), answers=row.answers)

    def add_application(self, application: Application, answers: Mapping[str, Any]) -> None:
        self.add(models.application, application, answers=to_json(answers))

    def save_application(self, before: Application, after: Application, **columns: Any) -> None:
        """Writes the application, and the further columns given, over the version it was read at;
        ``STALE_FORM`` when that is gone."""
        self._update(models.application, after, version=before.version, **columns)

    def delete_draft(self, application: Application) -> None:
        table = models.application
        attachments = models.attachment
        self.connection.execute(
            delete(attachments).where(attachments.c.application_id == application.id)
        )
        here = (table.c.id == application.id) & (table.c.version == application.version)
        if self.connection.execute(delete(table).where(here)).rowcount != 1:
            raise refuse(Code.STALE_FORM)

    def add_step(
        self,
        before: Application,
        after: Application,
        action: Action,
        *,
        by: Actor,
        word: Word,
        seen: str,
        at: datetime,
    ) -> None:
        """One row of the application's history; it can never be changed."""
        steps = models.review_step
        last = select(func.coalesce(func.max(steps.c.step_no), 0)).where(
            steps.c.application_id == before.id
        )
        number = self.connection.execute(last).scalar_one() + 1
        self.connection.execute(
            insert(steps).values(
                application_id=before.id,
                step_no=number,
                actor=by.user_id,
                role=by.role,
                org_id=by.org_id,
                action=action,
                before=before.status,
                after=after.status,
                opinion=word.opinion,
                ground=word.ground,
                papers_seen=word.papers_seen,
                seen=seen,
                at=at,
            )
        )

    def steps(self, application_id: ApplicationId) -> list[Any]:
        table = models.review_step
        query = select(table).where(table.c.application_id == application_id)
        return list(self.connection.execute(query.order_by(table.c.step_no)))

    def open_applications(self, person_id: PersonId) -> list[Application]:
        table = models.application
        query = select(table).where(
            table.c.person_id == person_id, table.c.status.in_(sorted(OPEN))
        )
        return [
            _fact(Application, row) for row in self.connection.execute(query.order_by(table.c.id))
        ]

    def add_attachment(
        self,
        attachment_id: str,
        application_id: ApplicationId,
        *,
        name: str,
        content: bytes,
        at: datetime,
    ) -> None:
        self.connection.execute(
            insert(models.attachment).values(
                id=attachment_id,
                application_id=application_id,
                name=name,
                sha256=hashlib.sha256(content).hexdigest(),
                content=content,
                at=at,
            )
        )

    def attachments(self, application_id: ApplicationId) -> frozenset[str]:
        table = models.attachment
        query = select(table.c.id).where(table.c.application_id == application_id)
        return frozenset(self.connection.execute(query).scalars())

    def attachment(self, application_id: ApplicationId, attachment_id: str) -> Any | None:
        """Name and content of one file handed in with an application."""
        table = models.attachment
        query = select(table.c.name, table.c.content).where(
            table.c.id == attachment_id, table.c.application_id == application_id
        )
        return self.connection.execute(query).first()

    def remembered(self, actor: Actor, request: str) -> tuple[str, ApplicationId] | None:
        """What was asked under this request key before, and the application that came of it."""
        table = models.request_key
        query = select(table.c.asked, table.c.application_id).where(
            table.c.actor == actor.user_id, table.c.request == request
        )
        row = self.connection.execute(query).first()
        return (row.asked, row.application_id) if row else None

    def remember(
        self, actor: Actor, request: str, *, asked: str, application_id: str, at: datetime
    ) -> None:
        self.connection.execute(
            insert(models.request_key).values(
                actor=actor.user_id,
                request=request,
                asked=asked,
                application_id=application_id,
                at=at,
            )
        )

    # Notices and tasks.

    def tell(self, to_id: str, code: str, subject: str, **more: Any) -> bool:
        """Leaves a notice; one with ``once`` is left a single time. Whether it was left now."""
        notices, once = models.notice, more.get("once")
        if once is not None:
            query = select(notices.c.id).where(notices.c.once == once)
            if self.connection.execute(query).first():
                return False
        self.connection.execute(
            insert(notices).values(to_id=to_id, code=code, subject=subject, **more)
        )
        return True

    def add_task(self, *, id: str, code: str, subject: str, org_id: str, due_on: date) -> bool:
        """Gives an office something to do, once; whether it is new."""
        table = models.task
        here = (table.c.code == code) & (table.c.subject == subject) & (table.c.due_on == due_on)
        if self.connection.execute(select(table.c.id).where(here)).first():
            return False
        self.connection.execute(
            insert(table).values(id=id, code=code, subject=subject, org_id=org_id, due_on=due_on)
        )
        return True

    def finish_tasks(self, subject: str, *, at: datetime) -> None:
        table = models.task
        here = (table.c.subject == subject) & table.c.done_at.is_(None)
        self.connection.execute(update(table).where(here).values(done_at=at))

    # Audit.

    def log(
        self,
        action: str,
        subject: str,
        *,
        by: Actor,
        at: datetime,
        details: Mapping[str, Any] | None = None,
    ) -> int:
        """Appends to the audit log; the number of the row."""
        heads = models.audit_head
        head = self.connection.execute(select(heads).where(heads.c.id == 1).with_for_update()).one()
        row = audit.chained(
            audit.Head(seq=head.seq, hash=head.hash),
            at=at,
            actor=by.user_id,
            role=by.role.value,
            action=action,
            subject=subject,
            details=dict(details or {}),
        )
        self.add(models.audit, row)
        moved = update(heads).where(heads.c.id == 1, heads.c.seq == head.seq)
        if self.connection.execute(moved.values(seq=row.seq, hash=row.hash)).rowcount != 1:
            raise refuse(Code.STORE_BUSY)
        return row.seq

    def audit_rows(self) -> Iterator[audit.Row]:
        """The whole log in order, without holding it in memory."""
        query = select(models.audit).order_by(models.audit.c.seq)
        rows = self.connection.execution_options(yield_per=1000).execute(query)
        return (_fact(audit.Row, row) for row in rows)

    def audit_head(self) -> audit.Head:
        row = self.connection.execute(select(models.audit_head)).one()
        return audit.Head(seq=row.seq, hash=row.hash)

    # Inside.

    def _facts(self, name: str, condition: Any) -> tuple[Any, ...]:
        table, kind = _PARTS[name]
        columns = [table.c[each.name] for each in fields(kind)]
        query = select(*columns).where(condition).order_by(table.c.id)
        return tuple(_fact(kind, row) for row in self.connection.execute(query))

    def _save_part(self, name: str, before: Iterable[Any], after: Iterable[Any]) -> None:
        table, _ = _PARTS[name]
        known = {each.id: each for each in before}
        # Endings first: a live record may take the place that another one gives up.
        changed = [each for each in after if each.id in known and known[each.id] != each]
        for fact in sorted(changed, key=lambda each: getattr(each, "ended_on", None) is None):
            more = {"place": fact.place} if isinstance(fact, PracticeRecord) else {}
            version = known[fact.id].version if isinstance(fact, PracticeRecord) else None
            self._update(table, fact, version=version, **more)
        for fact in after:
            if fact.id not in known:
                more = {"place": fact.place} if isinstance(fact, PracticeRecord) else {}
                self.add(table, fact, **more)

    def _save_photos(self, before: Dossier, after: Dossier) -> None:
        kept = {photo.id: photo for photo in after.photos}
        photos = models.photo
        for photo in before.photos:
            if photo.id not in kept:
                self.connection.execute(delete(photos).where(photos.c.id == photo.id))
        for photo in before.photos:
            if photo.id in kept and kept[photo.id] != photo:
                self._update(photos, kept[photo.id])

    def _keep_version(self, record: PracticeRecord, *, at: datetime, audit_seq: int) -> None:
        body = {each.name: getattr(record, each.name) for each in fields(record)}
        self.connection.execute(
            insert(models.practice_record_version).values(
                record_id=record.id,
                version=record.version,
                at=at,
                audit_seq=audit_seq,
                body=json.loads(json.dumps(to_json(body))),
            )
        )

    def versions(self, record_id: RecordId) -> list[Mapping[str, Any]]:
        """Every version a record has had, oldest first."""
        table = models.practice_record_version
        query = select(table.c.body).where(table.c.record_id == record_id)
        return list(self.connection.execute(query.order_by(table.c.version)).scalars())

    def _update(self, table: Table, fact: Any, *, version: int | None = None, **more: Any) -> None:
        values = {**_row(table, fact), **more}
        condition = table.c.id == values.pop("id")
        if version is not None:
            condition &= table.c.version == version
        if self.connection.execute(update(table).where(condition).values(values)).rowcount != 1:
            raise refuse(Code.STALE_FORM)

    def _is_taken(self, number: str) -> bool:
        numbers = models.licence_number
        query = select(numbers.c.number).where(numbers.c.number == number)
        return self.connection.execute(query).first() is not None


def _fact(kind: Callable[..., T], row: Any) -> T:
    names = {each.name for each in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in row._mapping.items() if name in names})


def _row(table: Table, fact: Any) -> dict[str, Any]:
    names = {each.name for each in fields(fact)}
    return {
        column.name: getattr(fact, column.name) for column in table.columns if column.name in names
    }
