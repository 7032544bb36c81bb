"""Reasons why not: small functions that look at one case and name at most one reason.

A `Case` is one application beside the dossier of the day. The rules of a kind run when it is submitted
and again at every agreement, because the records may have changed while it waited. A rule that needs an
answer runs only when the form has no gaps (`forms.gaps`).

Sources: 医师法 (2021) art. 13-19, 医师执业注册管理办法 art. 6-20, the manual sections 3.1-3.11, and the
article on electronic registration; each rule names its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Final, TypeVar

from credential import codelists
from credential.text import Text
from registry.errors import Code, Reason, refuse
from registry.forms import Answers, IncompleteError, Option
from registry.periods import add_years
from registry.record import (
    Binding,
    Department,
    Dossier,
    Institution,
    InstitutionId,
    LegacyLocation,
    Level,
    MilitaryRegistration,
    MilitaryState,
    MultiFiling,
    Place,
    PracticeRecord,
    Qualification,
    Standing,
)
from registry.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a deployment may set. The defaults are those of the law where it names a figure."""

    institution_reminder_days: int = 5
    take_over_days: int = 15
    acceptance_days: int = 5  # 行政许可法 art. 32
    decision_days: int = 20  # 医师法 art. 13
    draft_days: int = 180
    suspend_years: int = 2  # 医师执业注册管理办法 art. 19
    reentry_years: int = 2  # 医师法 art. 19
    report_days: int = 30  # 医师法 art. 17
    multi_filing_max_years: int = 5
    extension_days: int = 10  # 行政许可法 art. 42
    may_extend: bool = False
    """Whether a decision may be put off once; 医师法 art. 13 knows no such extension."""
    two_persons_decide: bool = False
    """Whether the clerk who accepts an application may not also decide it."""
    deregister_filed_two_years: bool = False
    """Whether two years of a filing end the record by themselves, or give the authority a task."""
    clock_leap_days: int = 14
    """How long after the last look at the deadlines a clock is believed without being asked about."""
    suspensions_per_day: int = 20
    ex_officio_per_day: int = 20
    """Deregistrations that one authority may decide on its own motion in a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One application against the records of ``today``."""

    dossier: Dossier
    answers: Answers
    starter: Role
    starter_org: str = ""
    submitted_on: date
    today: date
    policy: Policy = field(default_factory=Policy)
    institutions: Mapping[InstitutionId, Institution] = field(default_factory=dict)
    departments: tuple[Department, ...] = ()
    attachments: frozenset[str] = frozenset()
    has_namesake: bool = False
    """Somebody else of this name was born on the same day; looked up for reviewers only."""

    @property
    def record(self) -> PracticeRecord:
        """The practice record the application is based on."""
        return _there(self.dossier.record(self.answers.get("record_id")))

    @property
    def qualification(self) -> Qualification:
        """The qualification chosen, or the one the record rests on."""
        chosen = self.answers.get("qualification_id") or self.record.qualification_id
        return _there(self.dossier.qualification(chosen))

    @property
    def filing(self) -> MultiFiling:
        """The multi-institution filing to be cancelled."""
        wanted = self.answers.get("filing_id")
        return _there(next((each for each in self.dossier.filings if each.id == wanted), None))

    @property
    def legacy(self) -> LegacyLocation:
        """The legacy multi-location registration to be cancelled."""
        wanted = self.answers.get("legacy_id")
        return _there(next((each for each in self.dossier.legacy if each.id == wanted), None))

    @property
    def military(self) -> MilitaryRegistration:
        """The military registration that becomes a local one."""
        wanted = self.answers.get("military_id")
        return _there(next((each for each in self.dossier.military if each.id == wanted), None))

    @property
    def proposed(self) -> Institution:
        """The institution named in the form; refused when there is none by that id."""
        known = self.institutions.get(self.answers.get("institution_id", ""))
        if known is None:
            raise refuse(Code.INSTITUTION_UNKNOWN, "institution_id")
        return known

    def institution(self, institution_id: InstitutionId) -> Institution:
        return _there(self.institutions.get(institution_id))

    @property
    def place(self) -> Place:
        """执业地点 that follows from the proposed institution and the qualification's level."""
        return self.proposed.place_for(self.qualification.level)

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(self.answers.get("scopes", ()))

    @property
    def other_live_records(self) -> tuple[PracticeRecord, ...]:
        """The person's live records apart from the one the application is based on."""
        base = self.answers.get("record_id")
        return tuple(record for record in self.dossier.live_records if record.id != base)


T = TypeVar("T")
Rule = Callable[[Case], Code | Reason | None]


def reasons(rules: Iterable[Rule], case: Case) -> list[Reason]:
    """Every reason why not, in the order of the rules."""
    said = (rule(case) for rule in rules)
    return [each if isinstance(each, Reason) else Reason(each) for each in said if each]


def _there(thing: T | None) -> T:
    if thing is None:
        raise IncompleteError
    return thing


# Options: what a form may offer in this case.


def own_records(case: Case) -> Iterable[Option]:
    """执业信息: every record of one's own; the rules say which may be used, and why not the others."""
    return [Option(each.id, _record_words(each)) for each in case.dossier.records]


def only_live_record(case: Case) -> str | None:
    """The record a form begins with: the only one that is live (manual, 3.8: selected by default)."""
    live = case.dossier.live_records
    return live[0].id if len(live) == 1 else None


def own_qualifications(case: Case) -> Iterable[Option]:
    """资格选择: the verified qualifications."""
    return [
        Option(each.id, _joined(codelists.level(each.level), codelists.category(each.category)))
        for each in case.dossier.qualifications
        if each.verified
    ]


def upgrade_qualifications(case: Case) -> Iterable[Option]:
    """助师升医师后的注册资格: every verified qualification but the present one."""
    present = case.record.qualification_id
    return [option for option in own_qualifications(case) if option.value != present]


def own_filings(case: Case) -> Iterable[Option]:
    """Multi-institution filings of the chosen record."""
    return [
        Option(each.id, _institution_words(case, each.institution_id))
        for each in case.dossier.filings_of(case.record.id)
    ]


def own_legacy(case: Case) -> Iterable[Option]:
    """Legacy multi-location registrations of the chosen record."""
    return [
        Option(each.id, _institution_words(case, each.institution_id))
        for each in case.dossier.legacy_of(case.record.id)
    ]


def own_military(case: Case) -> Iterable[Option]:
    """军队注册信息 of the person."""
    return [Option(each.id, Text(each.unit, each.unit)) for each in case.dossier.military]


def places(case: Case) -> Iterable[Option]:
    """执业地点: provinces for a physician, counties for an assistant (I5)."""
    return _provinces() if case.qualification.level is Level.PHYSICIAN else _counties()


def why_no_such_place(case: Case) -> Code:
    """The Corps has provinces' and no counties' codes, so an assistant's place cannot be it."""
    corps = str(case.answers["place"]).startswith(codelists.CORPS[:2])
    assists = case.qualification.level is Level.ASSISTANT
    return Code.PLACE_WITHOUT_COUNTIES if corps and assists else Code.FIELD_OPTION


def category_scopes(case: Case) -> Iterable[Option]:
    """执业范围 of the chosen qualification's category."""
    scopes = codelists.scopes(case.qualification.category)
    return [Option(scope, words) for scope, words in scopes.items()]


def record_scopes(case: Case) -> Iterable[Option]:
    """执业范围 that may be filed elsewhere: those of the category; the rules compare with the record's."""
    scopes = codelists.scopes(case.record.category)
    return [Option(scope, words) for scope, words in scopes.items()]


def departments(case: Case) -> Iterable[Option]:
    """科室 that the main institution keeps open."""
    return [
        Option(each.id, Text(each.name, each.name))
        for each in case.departments
        if not each.closed and each.institution_id == case.record.institution_id
    ]


def attachments(case: Case) -> Iterable[Option]:
    """The files handed in with this application."""
    return [Option(each, Text(each, each)) for each in sorted(case.attachments)]


def own_photos(case: Case) -> Iterable[Option]:
    """The photo waiting to be confirmed, of which only the newest is kept (article, 2.3.2), and the
    confirmed one."""
    photos = {
        case.dossier.pending_photo: Text("新照片", "new photo"),
        case.dossier.confirmed_photo: Text("已确认的照片", "confirmed photo"),
    }
    return [Option(photo.id, words) for photo, words in photos.items() if photo]


@cache
def _provinces() -> tuple[Option, ...]:
    return tuple(Option(p, codelists.place_name(p)) for p in codelists.practice_provinces())


@cache
def _counties() -> tuple[Option, ...]:
    return tuple(
        Option(code, words)
        for province in codelists.practice_provinces()
        for code, words in codelists.counties_of(province).items()
    )


def _joined(*texts: Text) -> Text:
    return Text(" ".join(text.zh for text in texts), ", ".join(text.en for text in texts))


def _record_words(record: PracticeRecord) -> Text:
    return _joined(codelists.place_name(record.place), codelists.category(record.category))


def _institution_words(case: Case, institution_id: InstitutionId) -> Text:
    name = case.institution(institution_id).name
    return Text(name, name)


# Conditions: when a field is required.


def no_photo_yet(case: Case) -> bool:
    """个人照片*: needed when none is confirmed and none is waiting (manual, 3.1)."""
    return case.dossier.confirmed_photo is None and case.dossier.pending_photo is None


def reason_is(*values: str) -> Callable[[Case], bool]:
    """Required when one of these reasons is chosen."""
    return lambda case: case.answers.get("reason") in values


_NEEDS_TRAINING: Final = frozenset(
    {"ASSESSMENT_FAILED_TWICE", "INTERRUPTED_TWO_YEARS", "FILED_TWO_YEARS"}
)


def needs_reentry_proof(case: Case) -> bool:
    """Proof of training and assessment before a registration after a gap (医师法 art. 19, 办法 art. 12).

    Asked of those who did not register within two years of the qualification, whose last practice
    ended two years ago or more, or whose registration ended for a failed assessment or for two
    years without practice.
    """
    dossier, years = case.dossier, case.policy.reentry_years
    if dossier.live_records or dossier.military:
        return False
    if not dossier.records:
        obtained = [each.obtained_on for each in dossier.qualifications]
        return bool(obtained) and case.submitted_on > add_years(max(obtained), years)
    last = max(dossier.records, key=lambda each: each.ended_on or date.min)
    ended = _there(last.ended_on)
    return last.end_reason in _NEEDS_TRAINING or case.submitted_on >= add_years(ended, years)


# Rules about the person.


def account(*bindings: Binding) -> Rule:
    """A physician's own application needs an activated account (article, 1.3)."""

    def rule(case: Case) -> Code | None:
        by_physician = case.starter is Role.PHYSICIAN
        ready = case.dossier.person.binding in bindings
        return Code.ACCOUNT_NOT_ACTIVE if by_physician and not ready else None

    return rule


def person_lives(case: Case) -> Code | None:
    """Nothing is registered for the dead or missing."""
    return Code.PERSON_DEAD if case.dossier.person.died else None


def not_barred(case: Case) -> Reason | None:
    """医师法 art. 16: no registration while a bar holds."""
    bar = next((each for each in case.dossier.bars if each.holds(case.today)), None)
    return Reason(Code.BARRED, bar.ground) if bar else None


def qualified(case: Case) -> Code | None:
    """医师法 art. 13: only who holds a qualification may apply."""
    held = any(each.verified for each in case.dossier.qualifications)
    return None if held else Code.NO_QUALIFICATION


# Rules about records.


def standing(*standings: Standing) -> Rule:
    """The record stands as the kind asks; a filed or ended one gives no right to more."""

    def rule(case: Case) -> Code | None:
        return None if case.record.standing in standings else Code.LICENCE_NOT_ACTIVE

    return rule


def is_filed(case: Case) -> Code | None:
    """取消备案 is only for 注册备案（执业信息无效） (manual, 3.4)."""
    return None if case.record.standing is Standing.FILED else Code.NOT_FILED


def within_two_years_of_filing(case: Case) -> Code | None:
    """A filing may be left within two years, the last day included; the day of submission counts
    (manual, 3.4; 办法 art. 19; 民法典 art. 201, 202)."""
    filed_on = case.record.filed_on
    if filed_on is None or case.submitted_on <= add_years(filed_on, case.policy.suspend_years):
        return None
    return Code.PERIOD_OVER


def place_is_free(case: Case) -> Code | None:
    """I1: one registration for one place (article: 一个执业地点下，有并且只有一个主要执业机构)."""
    taken = any(record.place == case.place for record in case.other_live_records)
    return Code.PLACE_TAKEN if taken else None


def one_place_for_an_assistant(case: Case) -> Code | None:
    """I2: an assistant registers in one place only (办法 art. 17)."""
    levels = {case.qualification.level, *(each.level for each in case.other_live_records)}
    alone = not case.other_live_records or Level.ASSISTANT not in levels
    return None if alone else Code.ASSISTANT_ONE_PLACE


def same_level_and_category(case: Case) -> Code | None:
    """I3: live records share level and category, unless an authority noted an exception."""
    base = case.dossier.record(case.answers.get("record_id"))
    if base is not None and base.is_exception:
        return None
    wanted = (case.qualification.level, case.qualification.category)
    others = (each for each in case.other_live_records if not each.is_exception)
    mixed = any((each.level, each.category) != wanted for each in others)
    return Code.LEVEL_CATEGORY_MIXED if mixed else None


def level_not_lowered(case: Case) -> Code | None:
    """A physician's record does not become an assistant's by a change."""
    lowered = case.qualification.level > case.record.level
    return Code.LEVEL_LOWERED if lowered else None


def something_changes(case: Case) -> Code | None:
    """变更: place, main institution, scope or category must differ (医师法 art. 18). A filed record
    may return to its own institution by 取消备案 only."""
    record, qualification = case.record, case.qualification
    before = (record.institution_id, record.scopes, record.level, record.category)
    after = (case.proposed.id, case.scopes, qualification.level, qualification.category)
    return Code.NOTHING_CHANGES if before == after else None


def something_is_modified(case: Case) -> Code | None:
    """信息修改: at least one of photo, school, education and title differs."""
    record = case.record
    differs = any(
        case.answers.get(part, getattr(record, part)) != getattr(record, part)
        for part in ("school", "education", "title")
    )
    pending = case.dossier.pending_photo
    new_photo = pending is not None and case.answers.get("photo_id") == pending.id
    return None if differs or new_photo else Code.NOTHING_CHANGES


def is_assistant(case: Case) -> Code | None:
    """助师升医师 starts from an assistant's registration (manual, 3.9)."""
    return None if case.record.level is Level.ASSISTANT else Code.NOT_ASSISTANT


def upgrades_same_category(case: Case) -> Code | None:
    """Upgrade: a physician's qualification of the same category; otherwise 变更 (manual, 3.9)."""
    chosen = case.qualification
    fits = chosen.level is Level.PHYSICIAN and chosen.category == case.record.category
    return None if fits else Code.UPGRADE_QUALIFICATION


# Rules about institutions.


def institution_open(case: Case) -> Reason | None:
    """The institution named in the form has not been closed."""
    closed = not case.proposed.is_open
    return Reason(Code.INSTITUTION_CLOSED, "institution_id") if closed else None


def institution_in_place(case: Case) -> Reason | None:
    """The institution lies in the place chosen, and the place is of the level's size (I5)."""
    if case.place == case.answers["place"]:
        return None
    return Reason(Code.INSTITUTION_OUTSIDE_PLACE, "institution_id")


# Rules about filings at further institutions (办法 art. 10; manual, 3.6).


def not_the_main_institution(case: Case) -> Code | None:
    same = case.proposed.id == case.record.institution_id
    return Code.FILING_AT_MAIN if same else None


def same_place_as_main(case: Case) -> Code | None:
    """Elsewhere a registration is added, not a filing (办法 art. 17)."""
    same = case.proposed.place_for(case.record.level) == case.record.place
    return None if same else Code.FILING_OTHER_PLACE


def scopes_within_record(case: Case) -> Code | None:
    return None if set(case.scopes) <= set(case.record.scopes) else Code.FILING_SCOPE


def filing_dates(case: Case) -> Code | None:
    """The last day comes after the first and is not over yet; the length is a matter of policy."""
    begins, ends = case.answers["valid_from"], case.answers["valid_to"]
    if ends <= begins or ends < case.today:
        return Code.FILING_DATES
    longest = add_years(begins, case.policy.multi_filing_max_years)
    return Code.FILING_TOO_LONG if ends > longest else None


def filing_overlaps_none(case: Case) -> Code | None:
    """One filing at an institution at a time."""
    begins, ends = case.answers["valid_from"], case.answers["valid_to"]
    overlaps = any(
        each.institution_id == case.proposed.id
        and each.ending is None
        and each.valid_from <= ends
        and begins <= each.valid_to
        for each in case.dossier.filings_of(case.record.id)
    )
    return Code.FILING_OVERLAPS if overlaps else None


def filing_held(case: Case) -> Code | None:
    """Only a filing that has neither ended nor run out is cancelled (manual, 3.7)."""
    over = case.filing.ending is not None or case.filing.valid_to < case.submitted_on
    return Code.FILING_NOT_HELD if over else None


def filing_is_here(case: Case) -> Code | None:
    """A filed institution may itself cancel what was filed with it, and nothing else."""
    elsewhere = case.filing.institution_id != case.starter_org
    by_clerk = case.starter is Role.INSTITUTION_CLERK
    return Code.NOT_FOUND if by_clerk and elsewhere else None


def legacy_held(case: Case) -> Code | None:
    """A legacy registration is cancelled once (article: 可以查詢和取消，不可新增)."""
    return None if case.legacy.ending is None else Code.LEGACY_NOT_HELD


def military_held(case: Case) -> Code | None:
    """A military registration becomes a local one once (军队办法 art. 9)."""
    held = case.military.state is MilitaryState.ACTIVE
    return None if held else Code.MILITARY_NOT_HELD


def record_is_here(case: Case) -> Code | None:
    """A clerk starts something only for a record of the own institution or authority; elsewhere there
    is nothing to be found."""
    here = {
        Role.INSTITUTION_CLERK: case.record.institution_id,
        Role.AUTHORITY_CLERK: case.record.authority_id,
    }
    if case.starter not in here or here[case.starter] == case.starter_org:
        return None
    return Code.NOT_FOUND


# Warnings: said to reviewers, blocking nothing.


def several_scopes(case: Case) -> Code | None:
    """As a rule one scope; up to three by exception (卫医发〔2001〕169号)."""
    return Code.SEVERAL_SCOPES if len(case.scopes) > 1 else None


def resident_trainee(case: Case) -> Code | None:
    """规培医师=是 is shown and printed; it changes nothing else."""
    return Code.RESIDENT_TRAINEE if case.answers.get("is_resident_trainee") else None


def earlier_record_ended(case: Case) -> Code | None:
    """A registration after one that ended is linked to it, never made quietly."""
    ended = [each for each in case.dossier.records if not each.is_live]
    return Code.EARLIER_RECORD_ENDED if ended and not case.other_live_records else None


def qualification_id_differs(case: Case) -> Code | None:
    """The identity number inside the qualification number is not the person's present one."""
    person = case.dossier.person
    inside = case.qualification.number[9:]
    old_form = person.id_number[:6] + person.id_number[8:17]
    known = inside in (person.id_number, old_form)
    return None if known else Code.QUALIFICATION_ID_DIFFERS


def reported_late(case: Case) -> Code | None:
    """An institution reports within thirty days (医师法 art. 17, 办法 art. 18, 19)."""
    since = case.answers.get("known_on") or case.answers.get("formalities_on")
    late = since is not None and (case.submitted_on - since).days > case.policy.report_days
    return Code.REPORTED_LATE if late else None


def same_name_and_birth(case: Case) -> Code | None:
    """Somebody else has this name and birth date: the same human being twice, or two of them."""
    return Code.NAMESAKE if case.has_namesake else None


def institution_merged(case: Case) -> Code | None:
    """The proposed institution became part of another one while the application waited."""
    return Code.INSTITUTION_MERGED if case.proposed.merged_into else None
