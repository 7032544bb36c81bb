"""A small country for tests: two provinces, a few institutions, physicians in every state that matters.

Everything is handed in: the clock stands still until a test moves it, and ids are counted. `World.answers`
knows, for every kind, a form that the rules admit; `World.approve` takes an application all the way.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from registry import ledger, models
from registry.accounts import check_character
from registry.desk import Desk
from registry.kinds import KINDS, ApplicationKind
from registry.record import (
    AuthorityId,
    Binding,
    County,
    Department,
    DepartmentId,
    Dossier,
    FilingId,
    Gender,
    Institution,
    InstitutionId,
    LegacyId,
    LegacyLocation,
    Level,
    LicenceNumber,
    MilitaryId,
    MilitaryRegistration,
    MultiFiling,
    Person,
    PersonId,
    PracticeRecord,
    Qualification,
    QualificationId,
    RecordId,
    Standing,
)
from registry.roles import SYSTEM, Actor, Role, UserId
from registry.rules import Policy
from registry.store import Store
from registry.workflow import Action, Application, ApplicationId, Status, Word

Kind = ApplicationKind
NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)  # Monday, noon in China
PHOTO = b"\x89PNG a face"

HEALTH = {
    "P46": "460000",
    "C460106": "460106",
    "P11": "110000",
    "C110101": "110101",
    "P66": "660000",
}
HOSPITALS = {
    "haikou": ("海南省健康医院（样例）", "460106", "P46"),
    "sanya": ("三亚市示范医院（样例）", "460203", "P46"),
    "longhua": ("龙华区社区医院（样例）", "460106", "C460106"),
    "qionghai": ("琼海市示范医院（样例）", "469002", "P46"),
    "beijing": ("北京市东城示范医院（样例）", "110101", "P11"),
    "corps": ("兵团示范医院（样例）", "660000", "P66"),
    "closed": ("已停业医院（样例）", "460106", "P46"),
}


class World:
    """One store with a desk over it, and short words for what tests do all the time."""

    def __init__(self, store: Store, *, policy: Policy | None = None, setting: bool = True) -> None:
        self.store = store
        self.now = NOON
        self._ids = itertools.count(1)
        self.desk = Desk(
            store=store,
            new_id=self.new_id,
            new_cti=lambda: next(self._ids).to_bytes(8, "big"),
            policy=policy or Policy(),
            code_key=b"the key of this world",
        )
        if setting:
            self._set_up()

    # Time and ids.

    @property
    def today(self) -> date:
        return (self.now + timedelta(hours=8)).date()

    def new_id(self) -> str:
        return f"id{next(self._ids):08}"

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    # People.

    def physician(
        self,
        name: str = "林晓岚",
        *,
        level: Level = Level.PHYSICIAN,
        category: int = 10,
        binding: Binding = Binding.ACTIVE,
        photo: bool = True,
        more_qualifications: tuple[tuple[Level, int], ...] = (),
        obtained_on: date = date(2025, 12, 1),
    ) -> Actor:
        """A person with a qualification, an account and a photo waiting for confirmation."""
        number = next(self._ids)
        stem = f"460106{date(1970, 1, 1) + timedelta(days=number):%Y%m%d}{number % 1000:03}"
        id_number = stem + check_character(stem)
        person = Person(
            id=PersonId(f"person{number:06}"),
            name=name,
            id_number=id_number,
            gender=Gender.FEMALE,
            born_on=date(1970, 1, 1) + timedelta(days=number),
            binding=binding,
        )
        with self.store.writing() as unit:
            unit.add_person(person)
            for place, (each, field) in enumerate([(level, category), *more_qualifications]):
                unit.add(
                    models.qualification,
                    Qualification(
                        id=QualificationId(f"q{place}-{person.id}"),
                        person_id=person.id,
                        number=f"{2005 + place}46{each.value}{field}{id_number}",
                        level=each,
                        category=field,
                        obtained_on=obtained_on,
                        authority_name="海南省卫生健康委员会",
                        school="海南医科大学",
                        education="21",
                    ),
                )
        actor = Actor(user_id=UserId(f"user-{person.id}"), role=Role.PHYSICIAN, person_id=person.id)
        if photo:
            self.desk.upload_photo(PHOTO + person.id.encode(), by=actor, now=self.now)
        return actor

    def clerk(self, institution: str = "haikou", number: int = 1) -> Actor:
        return Actor(
            user_id=UserId(f"clerk{number}-{institution}"),
            role=Role.INSTITUTION_CLERK,
            org_id=institution,
        )

    def officer(self, authority: str = "P46", number: int = 1) -> Actor:
        return Actor(
            user_id=UserId(f"officer{number}-{authority}"),
            role=Role.AUTHORITY_CLERK,
            org_id=authority,
        )

    def dossier(self, actor: Actor) -> Dossier:
        assert actor.person_id is not None
        with self.store.reading() as unit:
            return unit.dossier(actor.person_id)

    def only_record(self, actor: Actor) -> PracticeRecord:
        (record,) = self.dossier(actor).live_records
        return record

    def credentials(self, actor: Actor) -> list[tuple[str, int, str]]:
        """Kind, version and state of every credential, as the registry means them to be."""
        dossier = self.dossier(actor)
        with self.store.reading() as unit:
            return [(str(c.kind), c.version, str(c.state)) for c in ledger.shown(unit, dossier)]

    # Ready-made states.

    def registered(self, name: str = "林晓岚", **traits: Any) -> Actor:
        """A physician who has been through a first registration in Hainan."""
        actor = self.physician(name, **traits)
        self.approve(Kind.FIRST_REGISTRATION, actor)
        return actor

    def imported_record(self, actor: Actor, **parts: Any) -> PracticeRecord:
        """A record that stood before the system, put straight into the database."""
        dossier = self.dossier(actor)
        qualification = dossier.qualifications[0]
        record = PracticeRecord(
            **{
                "id": RecordId(self.new_id()),
                "person_id": dossier.person.id,
                "level": qualification.level,
                "category": qualification.category,
                "qualification_id": qualification.id,
                "licence_number": LicenceNumber(f"{next(self._ids):015}"),
                "institution_id": InstitutionId("haikou"),
                "county": County("460106"),
                "authority_id": AuthorityId("P46"),
                "scopes": ("CLINICAL.INTERNAL",),
                "title": 234,
                "approved_on": date(2020, 1, 6),
                **parts,
            }
        )
        with self.store.writing() as unit:
            seq = unit.log("import", record.id, by=SYSTEM, at=self.now)
            unit.add_record(record, at=self.now, audit_seq=seq)
        return record

    def filed_with(self, actor: Actor, institution: str = "sanya", **parts: Any) -> MultiFiling:
        """A filing at a further institution, as an office would enter it, without an application."""
        filing = MultiFiling(
            **{
                "id": FilingId(self.new_id()),
                "record_id": self.only_record(actor).id,
                "institution_id": InstitutionId(institution),
                "scopes": ("CLINICAL.INTERNAL",),
                "approved_on": self.today,
                "valid_from": self.today,
                "valid_to": self.today + timedelta(days=365),
                **parts,
            }
        )
        with self.store.writing() as unit:
            before = unit.dossier(PersonId(str(actor.person_id)))
            after = replace(before, filings=(*before.filings, filing))
            seq = unit.log("filing", filing.id, by=SYSTEM, at=self.now)
            self.desk.follow_up(unit, before, after, audit_seq=seq, now=self.now)
        return filing

    def legacy(self, actor: Actor) -> LegacyLocation:
        row = LegacyLocation(
            id=LegacyId(self.new_id()),
            record_id=self.only_record(actor).id,
            institution_id=InstitutionId("sanya"),
            scopes=("CLINICAL.INTERNAL",),
            approved_on=date(2014, 5, 5),
        )
        with self.store.writing() as unit:
            unit.add(models.legacy_location, row)
        return row

    def military(self, actor: Actor) -> MilitaryRegistration:
        assert actor.person_id is not None
        row = MilitaryRegistration(
            id=MilitaryId(self.new_id()),
            person_id=actor.person_id,
            unit="某部队医院（样例）",
            organ="某军兵种卫生部门（样例）",
            certificate_number=f"军字{next(self._ids)}",
            level=Level.PHYSICIAN,
            category=10,
            title=233,
        )
        with self.store.writing() as unit:
            unit.add(models.military, row)
        return row

    def admitted(self, kind: Kind) -> Actor:
        """A physician for whom the form of ``answers`` is admitted."""
        return _ADMITTED[kind](self)

    def answers(self, kind: Kind, actor: Actor, **changes: Any) -> dict[str, Any]:
        """A complete form of this kind that the rules admit, as JSON."""
        form = {**_FORMS[kind](self, self.dossier(actor)), **changes}
        return {key: value for key, value in form.items() if value is not None}

    # Applications.

    def draft(self, kind: Kind, actor: Actor, **changes: Any) -> ApplicationId:
        return self.desk.start(
            kind,
            self.answers(kind, actor, **changes),
            by=actor,
            request=self.new_id(),
            now=self.now,
        )

    def act(
        self,
        application_id: ApplicationId,
        action: Action,
        by: Actor,
        *,
        word: Word | None = None,
        request: str | None = None,
    ) -> Application:
        """One action by someone who has just looked at the application."""
        seen = self.desk.view(application_id, by=by, now=self.now).seen
        return self.desk.act(
            application_id,
            action,
            by=by,
            seen=seen,
            request=request or self.new_id(),
            now=self.now,
            word=word or Word(opinion="同意", ground="OTHER", employs=True),
        )

    def submitted(self, kind: Kind, actor: Actor, **changes: Any) -> ApplicationId:
        application_id = self.draft(kind, actor, **changes)
        self.act(application_id, Action.SUBMIT, actor)
        return application_id

    def application(self, application_id: ApplicationId) -> Application:
        with self.store.reading() as unit:
            return unit.application(application_id).application

    def reviewer(self, application_id: ApplicationId) -> Actor:
        institution = self.application(application_id).institution_id
        assert institution is not None
        return self.clerk(institution)

    def decider(self, application_id: ApplicationId, number: int = 1) -> Actor:
        authority = self.application(application_id).authority_id
        assert authority is not None
        return self.officer(authority, number)

    def advance(self, application_id: ApplicationId, *, until: Status) -> Application:
        """Takes a submitted application on, each reviewer agreeing, until it stands there."""
        steps = {
            Status.INSTITUTION_REVIEW: (Action.PASS, self.reviewer),
            Status.AUTHORITY_REVIEW: (Action.ACCEPT, self.decider),
            Status.ACCEPTED: (Action.APPROVE, self.decider),
        }
        while (application := self.application(application_id)).status is not until:
            action, who = steps[application.status]
            self.act(application_id, action, who(application_id))
        return application

    def approve(self, kind: Kind, actor: Actor, **changes: Any) -> Application:
        """From the form to the effect."""
        return self.advance(self.submitted(kind, actor, **changes), until=Status.APPROVED)

    # The country itself.

    def _set_up(self) -> None:
        with self.store.writing() as unit:
            for code, region in HEALTH.items():
                row = {"id": code, "code": f"HC{code}", "name": f"卫生健康委员会{code}"}
                unit.connection.execute(
                    sa.insert(models.authority).values(
                        **row, kind="HEALTH_COMMISSION", region=region, former_names=()
                    )
                )
            for key, (name, county, authority) in HOSPITALS.items():
                unit.add(
                    models.institution,
                    Institution(
                        id=InstitutionId(key),
                        registration_number=f"REG-{key}",
                        name=name,
                        county=County(county),
                        authority_id=AuthorityId(authority),
                        closed_on=date(2024, 1, 1) if key == "closed" else None,
                        subjects=("03.01", "04"),
                    ),
                )
            unit.add(
                models.department,
                Department(
                    id=DepartmentId("dept-haikou"),
                    institution_id=InstitutionId("haikou"),
                    name="呼吸内科",
                    subjects=("03.01",),
                ),
            )


# Forms that the rules admit, one for every kind.

_CONTACT = {"handler_name": "李四", "handler_mobile": "13900000000"}
_PRINTED = {
    "health_status": "GOOD",
    "planned_period": "长期",
    "new_institution_phone": "0898-66220000",
}
Form = Callable[[World, Dossier], Mapping[str, Any]]


def _record(dossier: Dossier) -> str:
    return (dossier.live_records or dossier.records)[0].id


def _first(world: World, dossier: Dossier) -> Mapping[str, Any]:
    photo = dossier.pending_photo
    qualification = dossier.qualifications[0]
    assistant = qualification.level is Level.ASSISTANT
    return {
        "photo_id": photo.id if photo else None,
        "qualification_id": qualification.id,
        "place": "460106" if assistant else "46",
        "is_resident_trainee": False,
        "institution_id": "haikou",
        "scopes": ["CLINICAL.INTERNAL"],
        "title": 234,
        **_CONTACT,
        **_PRINTED,
        "experiences": [{"institution": "口腔医院", "begins": "2019-07", "post": "医师"}],
    }


def _change(world: World, dossier: Dossier) -> Mapping[str, Any]:
    record = dossier.record(_record(dossier))
    assert record is not None
    assistant = record.level is Level.ASSISTANT
    return {
        "record_id": record.id,
        "qualification_id": record.qualification_id,
        "place": "460106" if assistant else "46",
        "institution_id": "longhua" if assistant else "sanya",
        "scopes": list(record.scopes),
        "change_reason": "工作调动",
        **_CONTACT,
        "old_institution_phone": "0898-66220000",
        "new_institution_phone": "13800000000",
    }


def _multi(world: World, dossier: Dossier) -> Mapping[str, Any]:
    return {
        "record_id": _record(dossier),
        "institution_id": "sanya",
        "scopes": ["CLINICAL.INTERNAL"],
        "valid_from": world.today.isoformat(),
        "valid_to": (world.today + timedelta(days=365)).isoformat(),
        **_CONTACT,
        "new_institution_phone": "0898-66220000",
    }


_FORMS: dict[Kind, Form] = {
    Kind.FIRST_REGISTRATION: _first,
    Kind.CHANGE: _change,
    Kind.SUSPEND_FILING: lambda _, d: {"record_id": _record(d), "reason": "RETIRED", **_CONTACT},
    Kind.CANCEL_SUSPEND_FILING: lambda _, d: {
        "record_id": _record(d),
        "reason": "恢复执业",
        **_CONTACT,
    },
    Kind.DEREGISTRATION: lambda _, d: {
        "record_id": _record(d),
        "reason": "VOLUNTARY",
        **_CONTACT,
    },
    Kind.MULTI_INSTITUTION_FILING: _multi,
    Kind.CANCEL_MULTI_FILING: lambda _, d: {
        "record_id": _record(d),
        "filing_id": d.filings[0].id,
        "reason": "不再执业",
        **_CONTACT,
    },
    Kind.CANCEL_LEGACY_MULTI_LOCATION: lambda _, d: {
        "record_id": _record(d),
        "legacy_id": d.legacy[0].id,
        "reason": "不再执业",
        **_CONTACT,
    },
    Kind.INFO_MODIFICATION: lambda _, d: {"record_id": _record(d), "title": 233},
    Kind.ASSISTANT_UPGRADE: lambda _, d: {
        "record_id": _record(d),
        "qualification_id": d.qualifications[-1].id,
        **_CONTACT,
        **_PRINTED,
    },
    Kind.MILITARY_IN: lambda w, d: {
        **{k: v for k, v in _first(w, d).items() if k not in ("title", "planned_period")},
        "military_id": d.military[0].id,
        "change_reason": "转业",
        "old_institution_phone": "0898-66220000",
    },
    Kind.MILITARY_OUT: lambda _, d: {
        "record_id": _record(d),
        "military_unit": "某部队医院（样例）",
        "change_reason": "参军",
        **_CONTACT,
    },
    Kind.DEPARTMENT_UPKEEP: lambda _, d: {
        "record_id": _record(d),
        "department_id": "dept-haikou",
    },
}


def _with(world: World, *then: Callable[[World, Actor], Any], **traits: Any) -> Actor:
    actor = world.registered(**traits)
    for each in then:
        each(world, actor)
    return actor


def _fresh_military(world: World) -> Actor:
    actor = world.physician()
    world.military(actor)
    return actor


_ADMITTED: dict[Kind, Callable[[World], Actor]] = {
    **dict.fromkeys(KINDS, lambda world: world.registered()),
    Kind.FIRST_REGISTRATION: lambda world: world.physician(),
    Kind.CANCEL_SUSPEND_FILING: lambda world: _with(
        world, lambda w, a: w.approve(Kind.SUSPEND_FILING, a)
    ),
    Kind.CANCEL_MULTI_FILING: lambda world: _with(world, lambda w, a: w.filed_with(a)),
    Kind.CANCEL_LEGACY_MULTI_LOCATION: lambda world: _with(world, lambda w, a: w.legacy(a)),
    Kind.ASSISTANT_UPGRADE: lambda world: _with(
        world, level=Level.ASSISTANT, more_qualifications=((Level.PHYSICIAN, 10),)
    ),
    Kind.MILITARY_IN: _fresh_military,
}

__all__ = ["HOSPITALS", "NOON", "PHOTO", "Kind", "Standing", "World", "replace"]
