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
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar

from sqlalchemy import (
    Connection,
    Engine,
    Insert,
    Select,
    Table,
    Update,
    bindparam,
    create_engine,
    delete,
    event,
    exc,
    func,
    insert,
    make_url,
    select,
    text,
    update,
)

from registry import audit, models
from registry.errors import Code, refuse
from registry.forms import to_json
from registry.periods import WorkCalendar
from registry.record import (
    Announced,
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
    Standing,
)
from registry.roles import Actor
from registry.search import folded, initials, initials_of_person
from registry.workflow import OPEN, Action, Application, ApplicationId, Status, Word

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
_FULL: Final = ("disk is full", "readonly", "No space left")
_DAMAGED: Final = ("malformed", "not a database")
_UNREACHABLE: Final = ("unable to open database",)
_LOST: Final = frozenset({"40001", "40P01", "55P03", "57014"})  # PostgreSQL: try again


class Store:
    """One database. `reading` and `writing` are its transactions."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, url: str, *, busy_timeout_s: float = 5.0) -> Store:
        """The store at an SQLAlchemy URL; ``STORE_URL`` where that is none of SQLite or PostgreSQL.

        Nothing is opened yet: ``STORE_UNREACHABLE``, and ``STORE_UNFIT`` where the database's settings
        would lose data, come with the first transaction.
        """
        try:
            if make_url(url).get_backend_name() == "sqlite":
                return cls(_sqlite(url, busy_timeout_s))
            if make_url(url).get_backend_name() == "postgresql":
                plain = create_engine(url, pool_pre_ping=True, isolation_level="READ COMMITTED")
                return cls(plain)
        except (exc.ArgumentError, ImportError):
            raise refuse(Code.STORE_URL) from None
        raise refuse(Code.STORE_URL)

    def close(self) -> None:
        self.engine.dispose()

    def backup(self, target: Path) -> None:
        """Copies an SQLite database whole and consistent while it is served (SQLite's online backup);
        writers wait meanwhile. The copy is checked before it takes its name. ``STORE_URL`` for
        PostgreSQL, which has ``pg_dump``."""
        if self.engine.dialect.name != "sqlite":
            raise refuse(Code.STORE_URL, "pg_dump")
        half = target.with_name(f".{target.name}.half")
        half.unlink(missing_ok=True)
        half.touch(mode=0o600)
        try:
            with translated(), self.engine.connect() as connection, closing(_copy(half)) as copy:
                source = connection.connection.driver_connection
                assert isinstance(source, sqlite3.Connection)  # noqa: S101 - the dialect says so
                source.backup(copy)
                if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                    raise refuse(Code.STORE_DAMAGED, str(target))
            half.replace(target)
        finally:
            half.unlink(missing_ok=True)

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
        said = str(error.orig)
        known = (code for part, code in _CONSTRAINTS.items() if part in said)
        unique = "UNIQUE" in said or getattr(error.orig, "sqlstate", "") == "23505"
        if not unique:
            raise
        raise refuse(next(known, Code.DUPLICATE)) from error
    except exc.DBAPIError as error:
        said, state = str(error.orig), getattr(error.orig, "sqlstate", None) or ""
        if any(part in said for part in _FULL) or state.startswith("53"):
            raise refuse(Code.STORE_FULL) from error
        if "locked" in said or state in _LOST or error.connection_invalidated:
            raise refuse(Code.STORE_BUSY) from error
        if any(part in said for part in _DAMAGED):
            raise refuse(Code.STORE_DAMAGED) from error
        no_state = getattr(error.orig, "sqlstate", "") is None  # of PostgreSQL: no server spoke
        unanswered = no_state and isinstance(error, exc.OperationalError)
        closing_down = state.startswith(("08", "57P"))
        if any(part in said for part in _UNREACHABLE) or unanswered or closing_down:
            raise refuse(Code.STORE_UNREACHABLE) from error
        raise


def _copy(path: Path) -> sqlite3.Connection:
    copy = sqlite3.connect(path, isolation_level=None)
    copy.execute("PRAGMA synchronous = FULL")
    return copy


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
_OF_RECORDS: Final = ("filings", "legacy")


# Building a statement costs more than running it, so what every action uses is built once, with its
# values left open; each then also keeps its key in SQLAlchemy's cache of compiled statements.


@cache
def _insert(table: Table) -> Insert:
    return insert(table)


@cache
def _update(table: Table, *, is_versioned: bool) -> Update:
    here = table.c.id == bindparam("this_id")
    if is_versioned:
        here &= table.c.version == bindparam("read_version")
    return update(table).where(here)


def _some(table: Table, kind: type[Any], by: str) -> Select[Any]:
    columns = [table.c[each.name] for each in fields(kind)]
    mine = table.c[by].in_(bindparam("keys", expanding=True))
    return select(*columns).where(mine).order_by(table.c.id)


def _only(table: Table, *columns: str, by: str) -> Select[Any]:
    return select(*(table.c[name] for name in columns)).where(table.c[by] == bindparam("key"))


_PERSON: Final = _some(models.person, Person, "id")
_LOCKED_PERSON: Final = _PERSON.with_for_update()
_PART: Final = {
    name: _some(table, kind, "record_id" if name in _OF_RECORDS else "person_id")
    for name, (table, kind) in _PARTS.items()
}
_INSTITUTIONS: Final = _some(models.institution, Institution, "id")
_APPLICATION: Final = select(models.application).where(models.application.c.id == bindparam("key"))
_CALENDAR: Final = select(models.calendar_day.c.day, models.calendar_day.c.working)
_HANDED_IN: Final = _only(models.attachment, "id", by="application_id")
_HOLDER: Final = _only(models.licence_number, "person_id", by="number")
_REGION: Final = _only(models.authority, "region", by="id")
_RAISED: Final = (
    update(models.licence_serial)
    .where(models.licence_serial.c.prefix == bindparam("key"))
    .values(last=models.licence_serial.c.last + 1)
    .returning(models.licence_serial.c.last)
)
_LAST_STEP: Final = select(func.coalesce(func.max(models.review_step.c.step_no), 0)).where(
    models.review_step.c.application_id == bindparam("key")
)
_REMEMBERED: Final = select(models.request_key.c.asked, models.request_key.c.application_id).where(
    models.request_key.c.actor == bindparam("who"),
    models.request_key.c.request == bindparam("which"),
)
_FINISHED: Final = update(models.task).where(
    models.task.c.subject == bindparam("key"), models.task.c.done_at.is_(None)
)
_NEXT_VERSION: Final = (
    update(models.person)
    .where(
        models.person.c.id == bindparam("this_id"),
        models.person.c.version == bindparam("read_version"),
    )
    .values(version=models.person.c.version + 1)
)
_HEAD: Final = select(models.audit_head).where(models.audit_head.c.id == 1).with_for_update()
_MOVED: Final = update(models.audit_head).where(
    models.audit_head.c.id == 1, models.audit_head.c.seq == bindparam("read_seq")
)


class Unit:
    """One transaction: what can be read and written in it. SQL lives here and beside it, nowhere else."""

    def __init__(self, connection: Connection, *, writes: bool) -> None:
        self.connection = connection
        self._writes = writes

    # Dossiers.

    def dossier(self, person_id: PersonId) -> Dossier:
        """Everything about one person; ``NOT_FOUND``. Other writers wait for this one."""
        query = _LOCKED_PERSON if self._writes else _PERSON
        row = self.connection.execute(query, {"keys": [person_id]}).first()
        if row is None:
            raise refuse(Code.NOT_FOUND, "person")
        parts = {name: self._facts(name, [person_id]) for name in _PARTS if name not in _OF_RECORDS}
        records = parts["records"]
        record_ids = [record.id for record in records]
        for name in _OF_RECORDS:
            parts[name] = self._facts(name, record_ids) if records else ()
        named = (*records, *parts["filings"], *parts["legacy"])
        institutions = self.institutions(each.institution_id for each in named)
        return Dossier(person=Person(**row._mapping), institutions=institutions, **parts)

    def bearer(self, person_id: PersonId) -> Dossier:
        """Of a dossier only what decides whether credentials may be shown: person, live records, photos;
        ``NOT_FOUND``. Three small queries, for what is asked every few seconds."""
        row = self.connection.execute(_PERSON, {"keys": [person_id]}).first()
        if row is None:
            raise refuse(Code.NOT_FOUND, "person")
        records = self._facts("records", [person_id])
        return Dossier(
            person=Person(**row._mapping),
            records=tuple(each for each in records if each.is_live),
            photos=self._facts("photos", [person_id]),
        )

    def person_of(self, id_number: str) -> PersonId | None:
        query = select(models.person.c.id).where(models.person.c.id_number == id_number)
        return self.connection.execute(query).scalar_one_or_none()

    def has_namesake(self, person: Person) -> bool:
        """Whether somebody else has the name, however it is written, and the birth date."""
        people = models.person
        query = select(people.c.id).where(
            people.c.name_key == folded(person.name),
            people.c.born_on == person.born_on,
            people.c.id != person.id,
        )
        return self.connection.execute(query.limit(1)).first() is not None

    def save(self, before: Dossier, after: Dossier, *, at: datetime, audit_seq: int) -> None:
        """Writes what differs; every new version of a record is also kept as history.

        Raises ``STALE_FORM`` when the person has changed since ``before`` was read.
        """
        if after == before:
            return
        self._save_person(before.person, after.person)
        for name in ("records", *(part for part in _PARTS if part != "records")):
            if name != "photos":
                self._save_part(name, getattr(before, name), getattr(after, name))
        self._save_photos(before, after)
        known = {record.id: record for record in before.records}
        for record in after.records:
            if known.get(record.id) != record:
                self._keep_version(record, at=at, audit_seq=audit_seq)
                self._announce(known.get(record.id), record)

    def add_person(self, person: Person) -> None:
        self.add(models.person, person)

    def add(self, table: Table, fact: Any, **more: Any) -> None:
        """One new row from a fact."""
        self.put(table, {**_row(table, fact), **more})

    def put(self, table: Table, row: Mapping[str, Any]) -> None:
        """One new row."""
        self.connection.execute(_insert(table), row)

    def add_record(self, record: PracticeRecord, *, at: datetime, audit_seq: int) -> None:
        """A record that comes from outside, with its licence number."""
        self.claim_number(record.licence_number, record.person_id)
        self.add(models.practice_record, record)
        self._keep_version(record, at=at, audit_seq=audit_seq)

    def claim_number(self, number: str, person_id: PersonId) -> None:
        """Gives a licence number to a person for good; ``DUPLICATE`` when it is another's."""
        numbers = models.licence_number
        holder = self.connection.execute(_HOLDER, {"key": number}).scalar_one_or_none()
        if holder is None:
            self.put(numbers, {"number": number, "person_id": person_id})
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
        region = self.connection.execute(_REGION, {"key": authority_id}).scalar_one()
        prefix = f"{int(level)}{category:02}{region:0<6}"
        number = LicenceNumber("")
        while not number or self._is_taken(number):
            last = self.connection.execute(_RAISED, {"key": prefix}).scalar_one_or_none()
            if last is None:
                self.put(models.licence_serial, {"prefix": prefix, "last": 1})
                last = 1
            if last > MAX_SERIAL:
                raise refuse(Code.LIMIT_REACHED, prefix)
            number = LicenceNumber(f"{prefix}{last:06}")
        self.put(models.licence_number, {"number": number, "person_id": person_id})
        return number

    # Institutions and the calendar.

    def institutions(self, ids: Iterable[str | None]) -> dict[InstitutionId, Institution]:
        wanted = sorted({each for each in ids if each})
        if not wanted:
            return {}
        rows = self.connection.execute(_INSTITUTIONS, {"keys": wanted})
        return {row.id: Institution(**row._mapping) for row in rows}

    def departments(self, institution_id: str) -> tuple[Department, ...]:
        table = models.department
        query = select(table).where(table.c.institution_id == institution_id).order_by(table.c.name)
        return tuple(_fact(Department, row) for row in self.connection.execute(query))

    def calendar(self) -> WorkCalendar:
        days = self.connection.execute(_CALENDAR)
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

    def rename_authority(self, authority_id: str, name: str, *, former: str) -> None:
        table = models.authority
        here = table.c.id == authority_id
        kept = self.connection.execute(select(table.c.former_names).where(here)).scalar_one()
        changed = update(table).where(here).values(name=name, former_names=(*kept, former))
        self.connection.execute(changed)

    def authority_code(self, authority_id: str) -> str:
        query = select(models.authority.c.code).where(models.authority.c.id == authority_id)
        return str(self.connection.execute(query).scalar_one())

    def put_department(self, department: Department, *, is_new: bool) -> None:
        if is_new:
            self.add(models.department, department)
        else:
            self._update(models.department, department)

    def set_calendar_day(self, day: date, working: bool | None) -> None:
        """An exception of the calendar; None takes it away."""
        table = models.calendar_day
        self.connection.execute(delete(table).where(table.c.day == day))
        if working is not None:
            self.connection.execute(insert(table).values(day=day, working=working))

    def put_institution(self, institution: Institution) -> None:
        """Writes an institution that is there already."""
        self._update(models.institution, institution)

    def add_account(self, user_id: str, *, at: datetime, **columns: Any) -> None:
        self.put(models.account, {"id": user_id, "created_at": at, **columns})

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
        first: Mapping[str, Any] = MappingProxyType({}),
        new_id: Callable[[], str],
    ) -> bool:
        """Adds a row unless one of this name is there; ``DUPLICATE`` where it says something else."""
        ((column, value),) = named.items()
        query = select(table).where(table.c[column] == value)
        row = self.connection.execute(query).first()
        if row is None:
            new = {"id": new_id(), **named, **columns, **first}
            self.put(table, {**new, **_keys(table, new)})
            return True
        if any(row._mapping[name] != value for name, value in columns.items()):
            raise refuse(Code.DUPLICATE, column)
        return False

    def add_once(
        self, table: Table, column: str, fact: Any, *, later: tuple[str, ...] = ()
    ) -> bool:
        """Adds a fact unless its like is there; ``DUPLICATE`` where that says something else. What
        ``later`` names may have changed since it was added."""
        known = {each.name: getattr(fact, each.name) for each in fields(fact) if each.name != "id"}
        first = {name: known.pop(name) for name in later}
        name = {column: known.pop(column)}
        return self.put_once(table, name, known, first=first, new_id=lambda: fact.id)

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
        self.put(models.standing_order, {"id": order_id, **columns})

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

    def ex_officio_decisions(self, authority_id: str, *, since: datetime) -> int:
        """How many applications that this authority started itself it has approved since then."""
        table = models.application
        query = select(func.count()).where(
            table.c.authority_id == authority_id,
            text("started_by = 'AUTHORITY_CLERK'"),  # as the partial index says it
            table.c.status == Status.APPROVED,
            table.c.decided_at >= since,
        )
        return self.connection.execute(query).scalar_one()

    # Proposals that wait for a second person.

    def add_proposal(self, proposal_id: str, **columns: Any) -> None:
        self.connection.execute(insert(models.proposal).values(id=proposal_id, **columns))

    def proposal(self, proposal_id: str, *, authority_id: str, matter: str) -> Any:
        """A proposal of this authority that nobody has decided yet."""
        table = models.proposal
        query = select(table).where(
            table.c.id == proposal_id,
            table.c.authority_id == authority_id,
            table.c.matter == matter,
        )
        row = self.connection.execute(query).first()
        if row is None:
            raise refuse(Code.NOT_FOUND, "proposal")
        if row.decided_by is not None:
            raise refuse(Code.ALREADY_DECIDED)
        return row

    def decide_proposal(self, proposal_id: str, *, by: str, at: datetime) -> None:
        table = models.proposal
        here = (table.c.id == proposal_id) & table.c.decided_by.is_(None)
        done = update(table).where(here).values(decided_by=by, decided_at=at)
        if self.connection.execute(done).rowcount != 1:
            raise refuse(Code.ALREADY_DECIDED)

    # Applications.

    def application(self, application_id: ApplicationId) -> Stored:
        """One application with its answers; ``NOT_FOUND``. A writer locks the person it is about."""
        row = self.connection.execute(_APPLICATION, {"key": application_id}).first()
        if row is None:
            raise refuse(Code.NOT_FOUND, "application")
        if self._writes and self.connection.dialect.name != "sqlite":
            self.connection.execute(_LOCKED_PERSON, {"keys": [row.person_id]})
            row = self.connection.execute(_APPLICATION, {"key": application_id}).one()
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
    ) -> int:
        """One row of the application's history, which can never be changed; its number."""
        step_no: int = self.connection.execute(_LAST_STEP, {"key": before.id}).scalar_one() + 1
        self.put(
            models.review_step,
            {
                "application_id": before.id,
                "step_no": step_no,
                "actor": by.user_id,
                "role": by.role,
                "org_id": by.org_id,
                "action": action,
                "before": before.status,
                "after": after.status,
                "opinion": word.opinion,
                "ground": word.ground,
                "papers_seen": word.papers_seen,
                "seen": seen,
                "at": at,
            },
        )
        return step_no

    def add_receipt(
        self, number: str, *, code: str, application_id: ApplicationId, step_no: int, at: datetime
    ) -> None:
        """A receipt for one step of an application."""
        row = {"number": number, "code": code, "application_id": application_id}
        self.put(models.receipt, {**row, "step_no": step_no, "at": at})

    def receipt(self, number: str) -> Mapping[str, Any] | None:
        """A receipt with the dates of its application."""
        receipts, table = models.receipt, models.application
        columns = ("kind", "status", "submitted_on", "received_on", "accepted_on", "decided_at")
        query = (
            select(
                receipts.c.number,
                receipts.c.code,
                receipts.c.at.label("given_at"),
                *(table.c[name] for name in columns),
            )
            .join(table, table.c.id == receipts.c.application_id)
            .where(receipts.c.number == number)
        )
        row = self.connection.execute(query).first()
        return row._mapping if row else None  # type: ignore[return-value]

    def steps(self, application_id: ApplicationId) -> list[Any]:
        table = models.review_step
        query = select(table).where(table.c.application_id == application_id)
        return list(self.connection.execute(query.order_by(table.c.step_no)))

    def open_applications(self, person_id: PersonId) -> list[Application]:
        table = models.application
        columns = [table.c[each.name] for each in fields(Application)]
        query = select(*columns).where(
            table.c.person_id == person_id, table.c.status.in_(sorted(OPEN))
        )
        rows = self.connection.execute(query.order_by(table.c.id))
        return [Application(**row._mapping) for row in rows]

    def count_attachments(self, application_id: ApplicationId) -> int:
        table = models.attachment
        query = select(func.count()).where(table.c.application_id == application_id)
        return self.connection.execute(query).scalar_one()

    def add_attachment(
        self,
        attachment_id: str,
        application_id: ApplicationId,
        *,
        name: str,
        content: bytes,
        at: datetime,
    ) -> None:
        self.put(
            models.attachment,
            {
                "id": attachment_id,
                "application_id": application_id,
                "name": name,
                "sha256": hashlib.sha256(content).hexdigest(),
                "content": content,
                "at": at,
            },
        )

    def attachments(self, application_id: ApplicationId) -> frozenset[str]:
        return frozenset(self.connection.execute(_HANDED_IN, {"key": application_id}).scalars())

    def attachment(self, application_id: ApplicationId, attachment_id: str) -> Any | None:
        """Name and content of one file handed in with an application."""
        table = models.attachment
        query = select(table.c.name, table.c.content).where(
            table.c.id == attachment_id, table.c.application_id == application_id
        )
        return self.connection.execute(query).first()

    def remembered(self, actor: Actor, request: str) -> tuple[str, ApplicationId] | None:
        """What was asked under this request key before, and the application that came of it."""
        asked = {"who": actor.user_id, "which": request}
        row = self.connection.execute(_REMEMBERED, asked).first()
        return (row.asked, row.application_id) if row else None

    def remember(
        self, actor: Actor, request: str, *, asked: str, application_id: str, at: datetime
    ) -> None:
        row = {"actor": actor.user_id, "request": request, "asked": asked}
        self.put(models.request_key, {**row, "application_id": application_id, "at": at})

    # Notices and tasks.

    def tell(self, to_id: str, code: str, subject: str, **more: Any) -> bool:
        """Leaves a notice; one with ``once`` is left a single time. Whether it was left now."""
        notices, once = models.notice, more.get("once")
        if once is not None:
            query = select(notices.c.id).where(notices.c.once == once)
            if self.connection.execute(query).first():
                return False
        self.put(
            notices,
            {"to_id": to_id, "code": code, "subject": subject, "send_at": more["at"], **more},
        )
        return True

    def send_again(self, notice_id: str, *, at: datetime | None, tries: int) -> None:
        """When a notice is to be sent, again or never more."""
        table = models.notice
        here = update(table).where(table.c.id == notice_id)
        self.connection.execute(here.values(send_at=at, tries=tries))

    def add_task(self, *, id: str, code: str, subject: str, org_id: str, due_on: date) -> bool:
        """Gives an office something to do, once; whether it is new."""
        table = models.task
        here = (table.c.code == code) & (table.c.subject == subject) & (table.c.due_on == due_on)
        if self.connection.execute(select(table.c.id).where(here)).first():
            return False
        row = {"id": id, "code": code, "subject": subject, "org_id": org_id, "due_on": due_on}
        self.put(table, row)
        return True

    def finish_tasks(self, subject: str, *, at: datetime) -> int:
        """Nothing is left to do about ``subject``; how many tasks that ended."""
        return self.connection.execute(_FINISHED, {"key": subject, "done_at": at}).rowcount

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
        head = self.connection.execute(_HEAD).one()
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
        moved = {"read_seq": head.seq, "seq": row.seq, "hash": row.hash}
        if self.connection.execute(_MOVED, moved).rowcount != 1:
            raise refuse(Code.STORE_BUSY)
        return row.seq

    def last_tick(self) -> datetime | None:
        """The time up to which deadlines were last looked after."""
        return self.connection.execute(select(models.last_tick.c.at)).scalar_one_or_none()

    def ticked(self, at: datetime) -> None:
        table = models.last_tick
        if self.connection.execute(update(table).values(at=at)).rowcount == 0:
            self.connection.execute(insert(table).values(id=1, at=at))

    def audit_hash(self, seq: int) -> str | None:
        """The hash of one row of the log; None where the log has not come so far."""
        query = select(models.audit.c.hash).where(models.audit.c.seq == seq)
        return self.connection.execute(query).scalar_one_or_none()

    def skip_numbers(self, count: int) -> None:
        """Leaves out so many licence numbers of every series, which may have been given and forgotten."""
        serials = models.licence_serial
        self.connection.execute(update(serials).values(last=serials.c.last + count))

    def audit_page(self, *, after: int = 0, limit: int = 1000) -> list[audit.Row]:
        """Rows of the log in order, from the one that follows row ``after``."""
        table = models.audit
        query = select(table).where(table.c.seq > after).order_by(table.c.seq).limit(limit)
        return [_fact(audit.Row, row) for row in self.connection.execute(query)]

    def audit_head(self) -> audit.Head:
        row = self.connection.execute(select(models.audit_head)).one()
        return audit.Head(seq=row.seq, hash=row.hash)

    # Inside.

    def _facts(self, name: str, owners: list[Any]) -> tuple[Any, ...]:
        """One part of a dossier, of a person or of records."""
        _, kind = _PARTS[name]
        rows = self.connection.execute(_PART[name], {"keys": owners})
        return tuple(kind(**row._mapping) for row in rows)

    def _save_person(self, before: Person, after: Person) -> None:
        """The next version, which every change in the dossier makes; written whole where it differs."""
        if after != before:
            person = replace(after, version=before.version + 1)
            self._update(models.person, person, version=before.version)
            return
        read = {"this_id": before.id, "read_version": before.version}
        if self.connection.execute(_NEXT_VERSION, read).rowcount != 1:
            raise refuse(Code.STALE_FORM)

    def _save_part(self, name: str, before: Iterable[Any], after: Iterable[Any]) -> None:
        table, _ = _PARTS[name]
        known = {each.id: each for each in before}
        # Endings first: a live record may take the place that another one gives up.
        changed = [each for each in after if each.id in known and known[each.id] != each]
        for fact in sorted(changed, key=lambda each: getattr(each, "ended_on", None) is None):
            version = known[fact.id].version if isinstance(fact, PracticeRecord) else None
            self._update(table, fact, version=version)
        for fact in after:
            if fact.id not in known:
                self.add(table, fact)

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
        row = {"record_id": record.id, "version": record.version, "at": at}
        said = json.loads(json.dumps(to_json(body)))
        self.put(models.practice_record_version, {**row, "audit_seq": audit_seq, "body": said})

    def _announce(self, before: PracticeRecord | None, record: PracticeRecord) -> None:
        """A registration or deregistration, to be published by its authority (医师法 art. 21)."""
        if before is None:
            kind, day = Announced.REGISTERED, record.approved_on
        elif before.is_live and record.standing is Standing.DEREGISTERED and record.ended_on:
            kind, day = Announced.DEREGISTERED, record.ended_on
        else:
            return
        row = {"record_id": record.id, "kind": kind, "version": record.version, "day": day}
        self.put(models.announcement, {**row, "authority_id": record.authority_id})

    def versions(self, record_id: RecordId) -> list[Mapping[str, Any]]:
        """Every version a record has had, oldest first."""
        table = models.practice_record_version
        query = select(table.c.body).where(table.c.record_id == record_id)
        return list(self.connection.execute(query.order_by(table.c.version)).scalars())

    def _update(self, table: Table, fact: Any, *, version: int | None = None, **more: Any) -> None:
        values = {**_row(table, fact), **more}
        values["this_id"] = values.pop("id")
        if version is not None:
            values["read_version"] = version
        statement = _update(table, is_versioned=version is not None)
        if self.connection.execute(statement, values).rowcount != 1:
            raise refuse(Code.STALE_FORM)

    def _is_taken(self, number: str) -> bool:
        return self.connection.execute(_HOLDER, {"key": number}).first() is not None


def _fact(kind: Callable[..., T], row: Any) -> T:
    names = {each.name for each in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in row._mapping.items() if name in names})


def _row(table: Table, fact: Any) -> dict[str, Any]:
    names = {each.name for each in fields(fact)}
    row = {
        column.name: getattr(fact, column.name) for column in table.columns if column.name in names
    }
    if isinstance(fact, PracticeRecord):
        row["place"] = fact.place
    return {**row, **_keys(table, row)}


def _keys(table: Table, row: Mapping[str, Any]) -> dict[str, str]:
    """The keys under which a person or an institution is found, from the names in its row."""
    if table is models.person:
        name = row["name"]
        return {"name_key": folded(name), "name_initials": initials_of_person(name)}
    if table is models.institution:
        name, second = row["name"], row["second_name"]
        return {
            "name_key": folded(name),
            "second_name_key": folded(second),
            "name_initials": initials(name),
        }
    return {}
