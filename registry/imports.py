"""Base data from CSV: authorities, institutions, qualifications, practice records, military registrations.

* A file is UTF-8 with a header line; `COLUMNS` names the columns of each kind, in any order.
* Every row is tried on its own: a bad one is reported with line, column and reason, the others go in.
* A dry run does everything and keeps nothing.
* Rows already there are left as they are, so that a run that was broken off is simply run again. A row
  that contradicts what is there is an error, never a change: corrections are an office's act.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from typing import Any, Final, TextIO

from credential import codelists
from registry import forms, models
from registry.accounts import IdNumber
from registry.effects import authority_for
from registry.errors import Code, Reason, RegistryError, refuse
from registry.forms import UnreadableError
from registry.record import (
    Binding,
    County,
    Dossier,
    InstitutionId,
    Level,
    LicenceNumber,
    MilitaryId,
    MilitaryRegistration,
    Person,
    PersonId,
    PracticeRecord,
    Qualification,
    QualificationId,
    RecordId,
    Standing,
)
from registry.roles import SYSTEM
from registry.store import Store, Unit

BATCH: Final = 500
_QUALIFICATION_NUMBER: Final = re.compile(r"\d{24}|\d{26}[\dX]", re.ASCII)
_LICENCE_NUMBER: Final = re.compile(r"\d{15}", re.ASCII)
Row = Mapping[str, str]


class Base(StrEnum):
    """What can be imported, in the order in which one rests on another."""

    AUTHORITIES = "authorities"
    INSTITUTIONS = "institutions"
    QUALIFICATIONS = "qualifications"
    RECORDS = "records"
    MILITARY = "military"


COLUMNS: Final[Mapping[Base, tuple[str, ...]]] = {
    Base.AUTHORITIES: ("code", "name", "kind", "region", "former_names"),
    Base.INSTITUTIONS: (
        "registration_number",
        "name",
        "second_name",
        "county",
        "authority",
        "tcm_authority",
        "phone",
        "subjects",
    ),
    Base.QUALIFICATIONS: (
        "name",
        "id_number",
        "number",
        "level",
        "category",
        "obtained_on",
        "authority_name",
        "major",
        "school",
        "education",
        "admission_number",
        "source",
    ),
    Base.RECORDS: (
        "id_number",
        "qualification_number",
        "licence_number",
        "institution",
        "scopes",
        "title",
        "approved_on",
        "filed_on",
    ),
    Base.MILITARY: (
        "name",
        "id_number",
        "unit",
        "organ",
        "certificate_number",
        "level",
        "category",
        "title",
    ),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that did not go in."""

    line: int
    reasons: tuple[Reason, ...]


@dataclass(slots=True)
class Report:
    """What became of a file."""

    added: int = 0
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a row may use: the transaction, the day, new ids."""

    unit: Unit
    today: date
    now: datetime
    audit_seq: int
    new_id: Callable[[], str]


class _KeepNothingError(Exception):
    """Ends the transaction of a dry run."""


def load(
    store: Store,
    base: Base,
    source: TextIO,
    *,
    now: datetime,
    today: date,
    new_id: Callable[[], str],
    dry_run: bool,
    progress: Callable[[int], None] = lambda rows: None,  # noqa: ARG005
) -> Report:
    """Reads a CSV file into the registry. ``progress`` is told the rows done after each batch.

    A dry run is one transaction over the whole file, so that rows may rest on earlier ones; a real
    run commits every 500 rows.
    """
    rows = csv.DictReader(source, strict=True)
    if rows.fieldnames is None or set(COLUMNS[base]) - set(rows.fieldnames):
        missing = sorted(set(COLUMNS[base]) - set(rows.fieldnames or ()))
        raise RegistryError(*(Reason(Code.FIELD_REQUIRED, column) for column in missing))
    report = Report()
    numbered = _numbered(rows)
    try:
        while batch := list(islice(numbered, None if dry_run else BATCH)):
            with store.writing() as unit:
                details = {"first_line": batch[0][0], "last_line": batch[-1][0]}
                seq = unit.log(f"import.{base}", base, by=SYSTEM, at=now, details=details)
                context = Context(unit=unit, today=today, now=now, audit_seq=seq, new_id=new_id)
                for line, row in batch:
                    _try(_IMPORTERS[base], line, row, context, report)
                if dry_run:
                    raise _KeepNothingError
            progress(len(batch))
    except _KeepNothingError:
        progress(len(batch))
    return report


def _numbered(rows: csv.DictReader[str]) -> Iterator[tuple[int, Row]]:
    try:
        for row in rows:
            yield rows.line_num, {key: (value or "").strip() for key, value in row.items() if key}
    except csv.Error:
        raise refuse(Code.FIELD_FORMAT, f"line {rows.line_num}") from None


def _try(importer: Importer, line: int, row: Row, context: Context, report: Report) -> None:
    try:
        with context.unit.attempt():
            if importer(row, context):
                report.added += 1
            else:
                report.unchanged += 1
    except RegistryError as error:
        report.faults.append(Fault(line, error.reasons))


Importer = Callable[[Row, Context], bool]
"""Whether the row was new."""


def _authority(row: Row, at: Context) -> bool:
    if row["kind"] not in codelists.terms("authority_kind"):
        raise refuse(Code.FIELD_OPTION, "kind")
    return at.unit.put_once(
        models.authority,
        {"code": _text(row, "code", 32)},
        {
            "name": _text(row, "name", 128),
            "kind": row["kind"],
            "region": f"{_place(row, 'region'):0<6}",
            "former_names": tuple(filter(None, row["former_names"].split(";"))),
        },
        new_id=at.new_id,
    )


def _institution(row: Row, at: Context) -> bool:
    subjects = tuple(filter(None, row["subjects"].split(";")))
    if not set(subjects) <= set(codelists.subjects()):
        raise refuse(Code.FIELD_OPTION, "subjects")
    tcm = at.unit.id_of(models.authority, "code", row["tcm_authority"])
    if row["tcm_authority"]:
        tcm = _known(tcm, "tcm_authority")
    return at.unit.put_once(
        models.institution,
        {"registration_number": _text(row, "registration_number", 32)},
        {
            "name": _text(row, "name", 128),
            "second_name": row["second_name"],
            "county": _county(row, "county"),
            "authority_id": _known(
                at.unit.id_of(models.authority, "code", row["authority"]), "authority"
            ),
            "tcm_authority_id": tcm,
            "phone": row["phone"],
            "subjects": subjects,
        },
        new_id=at.new_id,
    )


def _qualification(row: Row, at: Context) -> bool:
    person_id = _person(row, at)
    number = row["number"].upper()
    if not _QUALIFICATION_NUMBER.fullmatch(number):
        raise refuse(Code.FIELD_FORMAT, "number")
    level, category = _level(row), _category(row)
    if (number[6], number[7:9]) != (str(level.value), str(category)):
        raise refuse(Code.FIELD_FORMAT, "number")
    qualification = Qualification(
        id=QualificationId(at.new_id()),
        person_id=person_id,
        number=number,
        level=level,
        category=category,
        obtained_on=_day(row, "obtained_on"),
        authority_name=_text(row, "authority_name", 128),
        major=row["major"],
        school=row["school"],
        education=_education(row),
        admission_number=row["admission_number"],
        source=row["source"] or "EXAM",
    )
    return at.unit.add_once(models.qualification, "number", qualification)


def _record(row: Row, at: Context) -> bool:
    unit = at.unit
    person_id = _known(unit.person_of(row["id_number"].upper()), "id_number")
    dossier = unit.dossier(PersonId(person_id))
    number = row["licence_number"]
    if not _LICENCE_NUMBER.fullmatch(number):
        raise refuse(Code.FIELD_FORMAT, "licence_number")
    institution_id = _known(
        unit.id_of(models.institution, "registration_number", row["institution"]), "institution"
    )
    if _has_been_here(unit, dossier, number, institution_id):
        return False
    if any(each.licence_number == number and not each.is_live for each in dossier.records):
        raise refuse(
            Code.DUPLICATE, "licence_number"
        )  # the number of what ended is not given again
    qualification = next(
        (q for q in dossier.qualifications if q.number == row["qualification_number"].upper()), None
    )
    if qualification is None:
        raise refuse(Code.NO_QUALIFICATION, "qualification_number")
    sort = (qualification.level, qualification.category)
    if any((each.level, each.category) != sort for each in dossier.live_records):
        raise refuse(Code.LEVEL_CATEGORY_MIXED, "qualification_number")
    scopes = tuple(filter(None, row["scopes"].split(";")))
    allowed = codelists.scopes(qualification.category)
    if not 1 <= len(set(scopes)) <= 3 or not set(scopes) <= set(allowed):
        raise refuse(Code.SCOPE_OUTSIDE_CATEGORY, "scopes")
    institution = unit.institutions([institution_id])[InstitutionId(institution_id)]
    filed_on = _day(row, "filed_on") if row["filed_on"] else None
    record = PracticeRecord(
        id=RecordId(at.new_id()),
        person_id=PersonId(person_id),
        standing=Standing.FILED if filed_on else Standing.VALID,
        level=qualification.level,
        category=qualification.category,
        qualification_id=qualification.id,
        licence_number=LicenceNumber(number),
        institution_id=institution.id,
        county=institution.county,
        authority_id=authority_for(institution, qualification.category),
        scopes=scopes,
        title=_title(row),
        school=qualification.school,
        education=qualification.education,
        approved_on=_day(row, "approved_on"),
        filed_on=filed_on,
        previous_id=_latest_ended(dossier),
    )
    unit.add_record(record, at=at.now, audit_seq=at.audit_seq)
    return True


def _has_been_here(unit: Unit, dossier: Dossier, number: str, institution_id: str) -> bool:
    """Whether a record of the person has ever been this one, whatever became of it since."""
    return any(
        (said["licence_number"], said["institution_id"]) == (number, institution_id)
        for record in dossier.records
        for said in unit.versions(record.id)
    )


def _latest_ended(dossier: Dossier) -> RecordId | None:
    ended = [each for each in dossier.records if not each.is_live]
    latest = max(ended, key=lambda each: each.ended_on or date.min, default=None)
    return latest.id if latest else None


def _military(row: Row, at: Context) -> bool:
    registration = MilitaryRegistration(
        id=MilitaryId(at.new_id()),
        person_id=_person(row, at),
        unit=_text(row, "unit", 128),
        organ=_text(row, "organ", 128),
        certificate_number=_text(row, "certificate_number", 64),
        level=_level(row),
        category=_category(row),
        title=_title(row),
    )
    return at.unit.add_once(models.military, "certificate_number", registration, later=("state",))


_IMPORTERS: Final[Mapping[Base, Importer]] = {
    Base.AUTHORITIES: _authority,
    Base.INSTITUTIONS: _institution,
    Base.QUALIFICATIONS: _qualification,
    Base.RECORDS: _record,
    Base.MILITARY: _military,
}


# Reading one cell.


def _person(row: Row, at: Context) -> PersonId:
    """The person by identity number; a new one where there is none, an error where the name differs."""
    number = IdNumber.parse(row["id_number"], today=at.today)
    if number is None:
        raise refuse(Code.FIELD_FORMAT, "id_number")
    name = _cell(row, "name", forms.person_name)
    known = at.unit.person_of(number.digits)
    if known is not None:
        if at.unit.dossier(known).person.name != name:
            raise refuse(Code.DUPLICATE, "id_number")
        return known
    person = Person(
        id=PersonId(at.new_id()),
        name=name,
        id_number=number.digits,
        gender=number.gender,
        born_on=number.born_on,
        binding=Binding.NONE,
    )
    at.unit.add_person(person)
    return person.id


def _cell(row: Row, column: str, read: Callable[[Any], Any]) -> Any:
    try:
        return read(row[column])
    except UnreadableError as fault:
        raise refuse(fault.code, column) from None


def _text(row: Row, column: str, limit: int) -> str:
    value: str = _cell(row, column, forms.text(limit))
    if not value:
        raise refuse(Code.FIELD_REQUIRED, column)
    return value


def _day(row: Row, column: str) -> date:
    value: date = _cell(row, column, forms.day)
    return value


def _level(row: Row) -> Level:
    if row["level"] not in ("1", "2"):
        raise refuse(Code.FIELD_OPTION, "level")
    return Level(int(row["level"]))


def _category(row: Row) -> int:
    category: int = _cell(row, "category", forms.number)
    if category not in codelists.names("category"):
        raise refuse(Code.FIELD_OPTION, "category")
    return category


def _title(row: Row) -> int:
    title: int = _cell({**row, "title": row["title"] or "0"}, "title", forms.number)
    if title not in codelists.names("title"):
        raise refuse(Code.FIELD_OPTION, "title")
    return title


def _education(row: Row) -> str:
    if row["education"] and row["education"] not in codelists.terms("education"):
        raise refuse(Code.FIELD_OPTION, "education")
    return row["education"]


def _place(row: Row, column: str) -> str:
    try:
        codelists.place_name(row[column])
    except (KeyError, ValueError):
        raise refuse(Code.FIELD_OPTION, column) from None
    return row[column]


def _county(row: Row, column: str) -> County:
    if len(row[column]) != 6:
        raise refuse(Code.FIELD_OPTION, column)
    return County(_place(row, column))


def _known(found: str | None, column: str) -> str:
    if found is None:
        raise refuse(Code.NOT_FOUND, column)
    return found
