"""A demonstration country: three provinces, twelve institutions, forty-one physicians in all their states.

Everything is invented and says so (样例), and everything is the same at each run: ids are counted, days
are counted back from ``now``. Whatever has a history is taken through the desk step by step, so that its
applications, audit rows and orders are real; only what stood before the system is imported.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from registry import articles, models, offices, queues
from registry.accounts import check_character
from registry.deadlines import tick
from registry.desk import Desk
from registry.forms import Page
from registry.kinds import KINDS, ApplicationKind
from registry.members import DOCUMENTS
from registry.offices import Suspension
from registry.periods import add_years, china_day
from registry.record import (
    AuthorityId,
    Binding,
    County,
    Department,
    DepartmentId,
    Dossier,
    Gender,
    Institution,
    InstitutionId,
    LegacyId,
    LegacyLocation,
    Level,
    MilitaryId,
    MilitaryRegistration,
    Person,
    PersonId,
    Qualification,
    QualificationId,
)
from registry.roles import Actor, Role, UserId
from registry.seed_articles import ARTICLES
from registry.workflow import Action, Application, ApplicationId, Status, Word

Kind = ApplicationKind
PASSWORD: Final = "Yizheng2026"  # noqa: S105 - of the demonstration, printed by the command

DEMO_SIGN_INS: Final = (
    ("physician 医师", "demo01 … demo40", "registered, filed, suspended, waiting: one state each"),
    ("institution 医疗机构", "clerk-hainan, clerk-sanya …", "its physicians, its queue"),
    (
        "authority 卫生健康行政部门",
        "officer1-hc46, officer2-hc46 …",
        "what is to be accepted and decided",
    ),
    (
        "administrator 系统管理员",
        "admin-demo",
        "institutions, calendar, the log, articles, questions",
    ),
)
"""Who can sign in to the demonstration: who, user names, what there is to see."""

_AUTHORITIES: Final = (
    ("HC46", "海南省卫生健康委员会（样例）", "HEALTH_COMMISSION", "460000"),
    ("HB460106", "海口市龙华区卫生健康局（样例）", "HEALTH_BUREAU", "460106"),
    ("AB460200", "三亚市行政审批服务局（样例）", "ADMIN_APPROVAL_BUREAU", "460200"),
    ("HC11", "北京市卫生健康委员会（样例）", "HEALTH_COMMISSION", "110000"),
    ("HB110101", "北京市东城区卫生健康局（样例）", "HEALTH_BUREAU", "110101"),
    ("TCM11", "北京市中医药管理局（样例）", "TCM_ADMIN", "110000"),
    ("HC51", "四川省卫生健康委员会（样例）", "HEALTH_COMMISSION", "510000"),
    ("HB510104", "成都市锦江区卫生健康局（样例）", "HEALTH_BUREAU", "510104"),
)
_INSTITUTIONS: Final = (
    ("hainan", "海南省健康医院（样例）", "460106", "HC46", None),
    ("longhua", "龙华区社区卫生服务中心（样例）", "460106", "HB460106", None),
    ("sanya", "三亚市示范医院（样例）", "460203", "AB460200", None),
    ("qionghai", "琼海市示范医院（样例）", "469002", "HC46", None),
    ("haikou-stomatology", "海口示范口腔医院（样例）", "460107", "HC46", None),
    ("beijing", "北京示范医院（样例）", "110101", "HC11", "TCM11"),
    ("dongcheng", "东城社区卫生服务中心（样例）", "110101", "HB110101", "TCM11"),
    ("beijing-tcm", "北京示范中医医院（样例）", "110105", "HC11", "TCM11"),
    ("chengdu", "成都示范医院（样例）", "510104", "HC51", None),
    ("jinjiang", "锦江社区卫生服务中心（样例）", "510104", "HB510104", None),
    ("leshan", "乐山示范医院（样例）", "511102", "HC51", None),
    ("closed", "已停业示范诊所（样例）", "510104", "HB510104", None),
)
_SUBJECTS: Final = ("02", "03", "03.01", "03.04", "04", "04.03", "05", "07", "12", "20", "50")
_NAMES: Final = (
    "林晓岚",
    "周启明",
    "陈若溪",
    "王海波",
    "李思远",
    "张雨桐",
    "刘文博",
    "黄佳怡",
    "吴承恩泽",
    "赵子墨",
    "孙明哲",
    "朱静姝",
    "徐天佑",
    "胡雪琪",
    "郭振华",
    "何玉兰",
    "高志远",
    "罗诗涵",
    "郑凯文",
    "梁月华",
    "宋知行",
    "唐婉清",
    "许志强",
    "韩梅雪",
    "邓小川",
    "曹雅婷",
    "彭宇航",
    "曾庆雯",
    "萧逸飞",
    "田蕙兰",
    "董卓然",
    "潘㛃",
    "蒋𠅤文",
    "阿依古丽·买买提",
    "次仁·多吉",
    "马玉龙",
    "沈嘉禾",
    "姚梦瑶",
    "卢俊义诚",
    "方圆圆",
    "施雨晴",
)


Portrait = Callable[[str, Gender], bytes]
"""A picture for a person's id and gender: who draws it is handed in."""


@dataclass(slots=True)
class Demo:
    """A desk with a clock that can be set back, and short words for what stories are made of."""

    desk: Desk
    now: datetime
    portrait: Portrait
    people: dict[str, Actor] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    # Offices.

    def clerk(self, institution: str) -> Actor:
        user_id = UserId(f"clerk-{institution}")
        return Actor(user_id=user_id, role=Role.INSTITUTION_CLERK, org_id=institution)

    def officer(self, authority: str, number: int = 1) -> Actor:
        user_id = UserId(f"officer{number}-{authority}")
        return Actor(user_id=user_id, role=Role.AUTHORITY_CLERK, org_id=authority)

    def set_up_offices(self) -> None:
        """Authorities, institutions, their departments, a calendar for this year."""
        with self.desk.store.writing() as unit:
            for code, name, kind, region in _AUTHORITIES:
                columns = {"id": code, "name": name, "kind": kind, "region": region}
                unit.put_once(
                    models.authority,
                    {"code": code},
                    {**columns, "former_names": ()},
                    new_id=lambda: "",
                )
            for key, name, county, authority, tcm in _INSTITUTIONS:
                unit.add(
                    models.institution,
                    Institution(
                        id=InstitutionId(key),
                        registration_number=f"DEMO-{county}-{key}",
                        name=name,
                        county=County(county),
                        authority_id=AuthorityId(authority),
                        tcm_authority_id=AuthorityId(tcm) if tcm else None,
                        phone="0898-66220000",
                        closed_on=date(2025, 6, 30) if key == "closed" else None,
                        subjects=_SUBJECTS,
                    ),
                )
                for number, (title, subject) in enumerate(
                    (("呼吸内科", "03.01"), ("骨科", "04.03"), ("全科", "02"))
                ):
                    department = Department(
                        id=DepartmentId(f"{key}-{number}"),
                        institution_id=InstitutionId(key),
                        name=title,
                        subjects=(subject,),
                    )
                    unit.put_department(department, is_new=True)
            unit.log("seed.offices", "demo", by=self.officer("HC46"), at=self.now)

    def administrator(self) -> Actor:
        return Actor(user_id=UserId("admin-demo"), role=Role.ADMIN)

    def open_accounts(self, password_hash: str) -> None:
        """One clerk for each institution, two for each authority, one administrator."""
        rows = [(self.clerk(key), key) for key, *_ in _INSTITUTIONS]
        rows += [(self.officer(code, n), code) for code, *_ in _AUTHORITIES for n in (1, 2)]
        rows.append((self.administrator(), ""))
        with self.desk.store.writing() as unit:
            for actor, org_id in rows:
                unit.add_account(
                    actor.user_id,
                    role=actor.role,
                    org_id=org_id,
                    username=actor.user_id.lower(),
                    name="演示管理员" if actor.role is Role.ADMIN else "演示经办人",
                    manages=not actor.user_id.startswith("officer2"),
                    password_hash=password_hash,
                    at=self.now,
                )

    def open_physicians_accounts(self, password_hash: str) -> None:
        """An account of the app for every physician: demo01, demo02 …"""
        with self.desk.store.writing() as unit:
            for number, actor in enumerate(self.people.values(), 1):
                person = unit.dossier(PersonId(actor.person_id or "")).person
                if person.binding is Binding.NONE:
                    continue
                unit.add_account(
                    actor.user_id,
                    role=Role.PHYSICIAN,
                    person_id=person.id,
                    username=f"demo{number:02}",
                    name=person.name,
                    mobile=person.mobile,
                    id_number=person.id_number,
                    password_hash=password_hash,
                    at=self.now,
                )
                for document, version in DOCUMENTS.items():
                    agreed = {"account_id": actor.user_id, "document": document}
                    row_id = f"{actor.user_id}-{document}"
                    unit.put(
                        models.consent, {"id": row_id, **agreed, "version": version, "at": self.now}
                    )

    def write_articles(self) -> None:
        """资讯 of the demonstration, a day apart, the first one first."""
        by = self.administrator()
        for days, written in enumerate(reversed(ARTICLES), 1):
            at = self.now - timedelta(days=days)
            made = articles.write(self.desk, written, by=by, now=at)
            articles.publish(self.desk, made, by=by, seen=1, now=at)

    # People.

    def person(
        self,
        name: str,
        *,
        level: Level = Level.PHYSICIAN,
        category: int = 10,
        obtained: date | None = None,
        binding: Binding = Binding.ACTIVE,
        photo: bool = True,
        also: tuple[Level, ...] = (),
    ) -> Actor:
        """Somebody with a qualification, an account and a photo waiting for confirmation."""
        number = next(self._numbers)
        born = date(1968, 3, 1) + timedelta(days=311 * number)
        gender = Gender.MALE if number % 2 else Gender.FEMALE
        stem = f"46010{5 + number % 3}{born:%Y%m%d}{100 + number:03}"
        id_number = stem + check_character(stem)
        person = Person(
            id=PersonId(f"demo-{number:02}"),
            name=name,
            id_number=id_number,
            gender=gender,
            born_on=born,
            binding=binding,
            mobile=f"1390000{number:04}",
        )
        year = (obtained or add_years(china_day(self.now), -1)).year
        with self.desk.store.writing() as unit:
            unit.add_person(person)
            for place, each in enumerate((level, *also)):
                unit.add(
                    models.qualification,
                    Qualification(
                        id=QualificationId(f"{person.id}-q{place}"),
                        person_id=person.id,
                        number=f"{year}46{each.value}{category}{id_number}",
                        level=each,
                        category=category,
                        obtained_on=obtained or add_years(china_day(self.now), -1),
                        authority_name="海南省卫生健康委员会（样例）",
                        major="临床医学",
                        school="北清大学（样例）",
                        education="14",
                    ),
                )
        user_id = UserId(f"user-{person.id}")
        actor = Actor(user_id=user_id, role=Role.PHYSICIAN, person_id=person.id)
        self.people[name] = actor
        if photo:
            self.desk.upload_photo(self.portrait(person.id, gender), by=actor, now=self.now)
        return actor

    def dossier(self, actor: Actor) -> Dossier:
        with self.desk.store.reading() as unit:
            return unit.dossier(PersonId(actor.person_id or ""))

    # Applications.

    def form(self, kind: Kind, actor: Actor, **answers: Any) -> dict[str, Any]:
        """A complete form: what every kind asks, with ``answers`` over it."""
        dossier = self.dossier(actor)
        record = next(iter(dossier.live_records), None)
        photo = dossier.pending_photo or dossier.confirmed_photo
        complete = {
            "record_id": record.id if record else None,
            "photo_id": photo.id if photo else None,
            "qualification_id": dossier.qualifications[0].id,
            "is_resident_trainee": False,
            "scopes": list(record.scopes) if record else ["CLINICAL.INTERNAL"],
            "title": record.title if record else 234,
            "change_reason": "工作调动",
            "handler_name": dossier.person.name,
            "handler_mobile": dossier.person.mobile,
            "health_status": "GOOD",
            "planned_period": "长期",
            "old_institution_phone": "0898-66220000",
            "new_institution_phone": "0898-66220001",
            "reason": "本人申请",
            **answers,
        }
        asked = {each.key for page in _pages(kind) for each in page.fields}
        return {key: value for key, value in complete.items() if key in asked and value is not None}

    def submit(self, kind: Kind, actor: Actor, **answers: Any) -> ApplicationId:
        application_id = self.desk.start(
            kind,
            self.form(kind, actor, **answers),
            by=actor,
            request=self.desk.new_id(),
            now=self.now,
        )
        self.act(application_id, Action.SUBMIT, actor)
        return application_id

    def act(
        self, application_id: ApplicationId, action: Action, by: Actor, **word: Any
    ) -> Application:
        view = self.desk.view(application_id, by=by, now=self.now)
        return self.desk.act(
            application_id,
            action,
            by=by,
            seen=view.seen,
            request=self.desk.new_id(),
            now=self.now,
            word=Word(**{"opinion": "同意", "employs": True, **word}),
        )

    def advance(self, application_id: ApplicationId, until: Status) -> None:
        """Takes an application on, each office agreeing, until it stands in a state."""
        while True:
            with self.desk.store.reading() as unit:
                application = unit.application(application_id).application
            if application.status is until:
                return
            institution, authority = application.institution_id, application.authority_id
            action, by = {
                Status.INSTITUTION_REVIEW: (Action.PASS, self.clerk(institution or "")),
                Status.AUTHORITY_REVIEW: (Action.ACCEPT, self.officer(authority or "")),
                Status.ACCEPTED: (Action.APPROVE, self.officer(authority or "")),
            }[application.status]
            self.act(application_id, action, by)

    def approve(self, kind: Kind, actor: Actor, **answers: Any) -> None:
        """From the form to the effect."""
        self.advance(self.submit(kind, actor, **answers), Status.APPROVED)

    def register(self, actor: Actor, institution: str = "hainan", **answers: Any) -> Actor:
        """A first registration in the institution's place."""
        county = next(row[2] for row in _INSTITUTIONS if row[0] == institution)
        level = self.dossier(actor).qualifications[0].level
        place = county if level is Level.ASSISTANT else county[:2]
        self.approve(
            Kind.FIRST_REGISTRATION, actor, institution_id=institution, place=place, **answers
        )
        return actor


def seed(desk: Desk, *, now: datetime, password_hash: str, portrait: Portrait) -> Demo:
    """Fills an empty database; the demo with the people in it, by name."""
    demo = Demo(desk=desk, now=now - timedelta(days=400), portrait=portrait)
    demo.set_up_offices()
    demo.open_accounts(password_hash)
    for name, story in zip(_NAMES, _STORIES, strict=True):
        demo.now = now - timedelta(days=200)
        story(demo, name, now)
    demo.now = now
    demo.open_physicians_accounts(password_hash)
    demo.write_articles()
    tick(desk, now=now)
    with desk.store.writing() as unit:  # invented people are sent nothing
        for each in queues.to_be_sent(unit, now, limit=10_000):
            unit.send_again(each.id, at=None, tries=0)
    return demo


# Stories, one for each physician.


def _plain(institution: str, **answers: Any) -> Story:
    def story(demo: Demo, name: str, now: datetime) -> None:  # noqa: ARG001
        demo.register(demo.person(name), institution, **answers)

    return story


def _of(category: int, scope: str, institution: str) -> Story:
    def story(demo: Demo, name: str, now: datetime) -> None:  # noqa: ARG001
        demo.register(demo.person(name, category=category), institution, scopes=[scope])

    return story


def _assistant(*also: Level, institution: str = "longhua", until: Status | None = None) -> Story:
    def story(demo: Demo, name: str, now: datetime) -> None:
        actor = demo.person(name, level=Level.ASSISTANT, also=also)
        demo.register(actor, institution)
        if until is not None:
            demo.now = now - timedelta(days=3)
            qualification = demo.dossier(actor).qualifications[1].id
            answers = {"qualification_id": qualification}
            demo.advance(demo.submit(Kind.ASSISTANT_UPGRADE, actor, **answers), until)

    return story


def _waiting(kind: Kind, until: Status, days_ago: float = 2, **answers: Any) -> Story:
    """A first registration, or something after one, that stands somewhere on its way."""

    def story(demo: Demo, name: str, now: datetime) -> None:
        actor = demo.person(name)
        first = kind is Kind.FIRST_REGISTRATION
        if not first:
            demo.register(actor)
        demo.now = now - timedelta(days=days_ago)
        filled = {"institution_id": "hainan", "place": "46", **answers} if first else answers
        demo.advance(demo.submit(kind, actor, **filled), until)

    return story


def _after(kind: Kind, days_ago: float = 30, **answers: Any) -> Story:
    return _waiting(kind, Status.APPROVED, days_ago, **answers)


def _draft(demo: Demo, name: str, now: datetime) -> None:
    actor = demo.person(name)
    demo.now = now - timedelta(days=1)
    answers = {"qualification_id": demo.dossier(actor).qualifications[0].id}
    request = demo.desk.new_id()
    demo.desk.start(Kind.FIRST_REGISTRATION, answers, by=actor, request=request, now=demo.now)


def _returned(demo: Demo, name: str, now: datetime) -> None:
    actor = demo.person(name)
    demo.now = now - timedelta(days=2)
    answers = {"institution_id": "hainan", "place": "46"}
    application_id = demo.submit(Kind.FIRST_REGISTRATION, actor, **answers)
    demo.act(application_id, Action.RETURN, demo.clerk("hainan"), opinion="请更正执业范围")


def _corrections(demo: Demo, name: str, now: datetime) -> None:
    actor = demo.person(name)
    demo.now = now - timedelta(days=2)
    answers = {"institution_id": "hainan", "place": "46"}
    application_id = demo.submit(Kind.FIRST_REGISTRATION, actor, **answers)
    demo.advance(application_id, Status.AUTHORITY_REVIEW)
    officer = demo.officer("HC46")
    demo.act(application_id, Action.RETURN_FOR_CORRECTION, officer, opinion="请补充工作经历")


def _refused(demo: Demo, name: str, now: datetime) -> None:
    actor = demo.person(name)
    demo.now = now - timedelta(days=20)
    answers = {"institution_id": "hainan", "place": "46"}
    application_id = demo.submit(Kind.FIRST_REGISTRATION, actor, **answers)
    demo.advance(application_id, Status.ACCEPTED)
    officer = demo.officer("HC46")
    ground = "NOT_QUALIFIED_FOR_SCOPE"
    demo.act(application_id, Action.REFUSE, officer, opinion="不符合条件", ground=ground)


def _withdrawn(demo: Demo, name: str, now: datetime) -> None:
    actor = demo.person(name)
    demo.now = now - timedelta(days=9)
    answers = {"institution_id": "hainan", "place": "46"}
    application_id = demo.submit(Kind.FIRST_REGISTRATION, actor, **answers)
    demo.act(application_id, Action.WITHDRAW, actor)


def _filed_long_ago(demo: Demo, name: str, now: datetime) -> None:
    demo.now = now - timedelta(days=1100)
    actor = demo.register(demo.person(name))
    demo.now = now - timedelta(days=740)
    demo.approve(Kind.SUSPEND_FILING, actor, reason="RETIRED")


def _filed_and_back(demo: Demo, name: str, now: datetime) -> None:
    actor = demo.register(demo.person(name))
    demo.now = now - timedelta(days=100)
    demo.approve(Kind.SUSPEND_FILING, actor, reason="TRANSFERRED")
    demo.now = now - timedelta(days=20)
    demo.approve(Kind.CANCEL_SUSPEND_FILING, actor, reason="恢复执业")


def _suspended(demo: Demo, name: str, now: datetime) -> None:
    actor = demo.register(demo.person(name))
    (record,) = demo.dossier(actor).live_records
    demo.now = now - timedelta(days=15)
    order = offices.propose_suspension(
        demo.desk,
        Suspension(
            record_id=record.id,
            ground="定期考核不合格（医师法第四十二条）",
            document="琼卫医考〔2026〕1号（样例）",
            ends=china_day(now) + timedelta(days=90),
        ),
        by=demo.officer("HC46"),
        now=demo.now,
    )
    offices.confirm_suspension(demo.desk, order, by=demo.officer("HC46", 2), now=demo.now)


def _filing(*institutions: str, days: int = 365) -> Story:
    def story(demo: Demo, name: str, now: datetime) -> None:
        actor = demo.register(demo.person(name))
        demo.now = now - timedelta(days=120)
        today = china_day(demo.now)
        for institution in institutions:
            demo.approve(
                Kind.MULTI_INSTITUTION_FILING,
                actor,
                institution_id=institution,
                valid_from=today.isoformat(),
                valid_to=(today + timedelta(days=days)).isoformat(),
            )

    return story


def _filing_cancelled(demo: Demo, name: str, now: datetime) -> None:
    _filing("sanya")(demo, name, now)
    actor = demo.people[name]
    demo.now = now - timedelta(days=10)
    filing = demo.dossier(actor).filings[0]
    demo.approve(Kind.CANCEL_MULTI_FILING, actor, filing_id=filing.id, reason="不再执业")


def _legacy(demo: Demo, name: str, now: datetime) -> None:  # noqa: ARG001
    actor = demo.register(demo.person(name))
    (record,) = demo.dossier(actor).live_records
    row = LegacyLocation(
        id=LegacyId(f"legacy-{actor.person_id}"),
        record_id=record.id,
        institution_id=InstitutionId("sanya"),
        scopes=record.scopes,
        approved_on=date(2014, 5, 5),
    )
    with demo.desk.store.writing() as unit:
        unit.add(models.legacy_location, row)


def _second_province(demo: Demo, name: str, now: datetime) -> None:
    actor = demo.register(demo.person(name))
    demo.now = now - timedelta(days=60)
    demo.register(actor, "beijing")


def _military(demo: Demo, name: str, now: datetime) -> None:  # noqa: ARG001
    actor = demo.person(name)
    row = MilitaryRegistration(
        id=MilitaryId(f"military-{actor.person_id}"),
        person_id=PersonId(actor.person_id or ""),
        unit="某部队医院（样例）",
        organ="某军兵种卫生部门（样例）",
        certificate_number=f"军医字-{actor.person_id}",
        level=Level.PHYSICIAN,
        category=10,
        title=233,
    )
    with demo.desk.store.writing() as unit:
        unit.add(models.military, row)


def _military_in(demo: Demo, name: str, now: datetime) -> None:
    _military(demo, name, now)
    actor = demo.people[name]
    military_id = demo.dossier(actor).military[0].id
    answers = {"military_id": military_id, "institution_id": "chengdu", "place": "51"}
    demo.approve(Kind.MILITARY_IN, actor, **answers)


def _pending_activation(demo: Demo, name: str, now: datetime) -> None:  # noqa: ARG001
    demo.person(name, binding=Binding.PENDING_ACTIVATION, photo=False)


def _not_signed_up(demo: Demo, name: str, now: datetime) -> None:  # noqa: ARG001
    demo.person(name, binding=Binding.NONE, photo=False)


def _account_revoked(demo: Demo, name: str, now: datetime) -> None:
    actor = demo.register(demo.person(name))
    demo.now = now - timedelta(days=5)
    person_id = PersonId(actor.person_id or "")
    offices.revoke_account(demo.desk, person_id, by=demo.clerk("hainan"), now=demo.now)


def _reentry(demo: Demo, name: str, now: datetime) -> None:  # noqa: ARG001
    demo.person(name, obtained=date(2019, 12, 1))


def _new_photo(demo: Demo, name: str, now: datetime) -> None:
    actor = demo.register(demo.person(name))
    demo.now = now - timedelta(days=1)
    person = demo.dossier(actor).person
    picture = demo.portrait(f"{person.id} again", person.gender)
    demo.desk.upload_photo(picture, by=actor, now=demo.now)
    demo.submit(Kind.INFO_MODIFICATION, actor)


Story = Callable[[Demo, str, datetime], None]

_STORIES: Final[tuple[Story, ...]] = (
    _plain("hainan"),
    _plain("sanya"),
    _plain("beijing", scopes=["CLINICAL.SURGERY"]),
    _plain("chengdu", title=231),
    _plain("leshan", scopes=["CLINICAL.GENERAL_PRACTICE", "CLINICAL.EMERGENCY"]),
    _of(20, "DENTAL.ORAL", "haikou-stomatology"),
    _of(30, "PUBLIC_HEALTH.PUBLIC_HEALTH", "jinjiang"),
    _of(41, "TCM.TCM", "beijing-tcm"),
    _of(42, "TCM.INTEGRATED", "beijing"),
    _plain("qionghai", is_resident_trainee=True),
    _assistant(),
    _assistant(institution="dongcheng"),
    _assistant(Level.PHYSICIAN),
    _assistant(Level.PHYSICIAN, until=Status.INSTITUTION_REVIEW),
    _assistant(Level.PHYSICIAN, until=Status.APPROVED),
    _draft,
    _waiting(Kind.FIRST_REGISTRATION, Status.INSTITUTION_REVIEW),
    _waiting(Kind.FIRST_REGISTRATION, Status.INSTITUTION_REVIEW, 30),
    _waiting(Kind.FIRST_REGISTRATION, Status.AUTHORITY_REVIEW, 1),
    _waiting(Kind.FIRST_REGISTRATION, Status.ACCEPTED, 3),
    _waiting(Kind.FIRST_REGISTRATION, Status.ACCEPTED, 45),
    _returned,
    _corrections,
    _refused,
    _withdrawn,
    _waiting(Kind.CHANGE, Status.INSTITUTION_REVIEW, institution_id="sanya", place="46"),
    _after(Kind.CHANGE, institution_id="chengdu", place="51"),
    _after(Kind.SUSPEND_FILING, reason="RETIRED"),
    _filed_long_ago,
    _filed_and_back,
    _suspended,
    _after(Kind.DEREGISTRATION, reason="VOLUNTARY"),
    _after(Kind.DEREGISTRATION, reason="LICENCE_REVOKED"),
    _filing("sanya", "longhua"),
    _filing_cancelled,
    _legacy,
    _second_province,
    _military_in,
    _pending_activation,
    _new_photo,
    _not_signed_up,
)


def _legacy_cancelled(demo: Demo, name: str, now: datetime) -> None:
    _legacy(demo, name, now)
    actor = demo.people[name]
    (row,) = demo.dossier(actor).legacy
    demo.now = now - timedelta(days=10)
    demo.approve(Kind.CANCEL_LEGACY_MULTI_LOCATION, actor, legacy_id=row.id, reason="不再执业")


ONE_OF_EACH: Final[Mapping[Kind, Story]] = {
    Kind.FIRST_REGISTRATION: _plain("hainan"),
    Kind.CHANGE: _after(Kind.CHANGE, institution_id="chengdu", place="51"),
    Kind.SUSPEND_FILING: _after(Kind.SUSPEND_FILING, reason="RETIRED"),
    Kind.CANCEL_SUSPEND_FILING: _filed_and_back,
    Kind.DEREGISTRATION: _after(Kind.DEREGISTRATION, reason="VOLUNTARY"),
    Kind.MULTI_INSTITUTION_FILING: _filing("sanya"),
    Kind.CANCEL_MULTI_FILING: _filing_cancelled,
    Kind.CANCEL_LEGACY_MULTI_LOCATION: _legacy_cancelled,
    Kind.INFO_MODIFICATION: _after(Kind.INFO_MODIFICATION, title=233),
    Kind.ASSISTANT_UPGRADE: _assistant(Level.PHYSICIAN, until=Status.APPROVED),
    Kind.MILITARY_IN: _military_in,
    Kind.MILITARY_OUT: _after(Kind.MILITARY_OUT, military_unit="某部队医院（样例）"),
    Kind.DEPARTMENT_UPKEEP: _after(Kind.DEPARTMENT_UPKEEP, department_id="hainan-0"),
}
"""For each kind a story that ends with an application of this kind in effect."""


def _pages(kind: Kind) -> tuple[Page, ...]:
    return KINDS[kind].pages
