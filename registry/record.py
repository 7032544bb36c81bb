"""What is registered: the facts about a physician, frozen, with what must always hold.

A `Dossier` is everything about one person; a `PracticeRecord` is one registration (执业注册) and
changes only by becoming a new version of itself. What always holds:

* I1 a person has at most one live record for one place of practice (执业地点);
* I2 an assistant has at most one live record in all;
* I3 all live records of a person share level and category, unless an authority noted an exception;
* I4 a record has exactly one main institution (主要执业机构);
* I5 the place is derived, never typed: the province of the main institution for a physician, its
  county for an assistant (医师执业注册管理办法, 医师法 art. 14).

I4 and I5 are properties of the type. I1 and I2 are also constraints of the database, so that two
approvals at the same instant cannot break them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum, StrEnum
from typing import Final, NewType

PersonId = NewType("PersonId", str)
RecordId = NewType("RecordId", str)
QualificationId = NewType("QualificationId", str)
InstitutionId = NewType("InstitutionId", str)
AuthorityId = NewType("AuthorityId", str)
DepartmentId = NewType("DepartmentId", str)
FilingId = NewType("FilingId", str)
LegacyId = NewType("LegacyId", str)
MilitaryId = NewType("MilitaryId", str)
BarId = NewType("BarId", str)
PhotoId = NewType("PhotoId", str)
Place = NewType("Place", str)
"""执业地点: a province (2 digits) or a county (6 digits)."""
County = NewType("County", str)
LicenceNumber = NewType("LicenceNumber", str)

MAX_SCOPES: Final = 3


class Level(IntEnum):
    """医师级别."""

    PHYSICIAN = 1
    ASSISTANT = 2


class Standing(StrEnum):
    """执业状态: where a practice record stands."""

    VALID = "VALID"
    FILED = "FILED"
    SUSPENDED = "SUSPENDED"
    DEREGISTERED = "DEREGISTERED"
    UPGRADED = "UPGRADED"
    TO_MILITARY = "TO_MILITARY"
    SUPERSEDED = "SUPERSEDED"
    """Only ever the standing of an old version of a record."""


LIVE: Final = frozenset({Standing.VALID, Standing.FILED, Standing.SUSPENDED})
ENDED: Final = frozenset({Standing.DEREGISTERED, Standing.UPGRADED, Standing.TO_MILITARY})


class Announced(StrEnum):
    """公告: what an authority publishes lists of (医师法 art. 21)."""

    REGISTERED = "REGISTERED"
    DEREGISTERED = "DEREGISTERED"


class FilingState(StrEnum):
    """多机构备案状态: follows from the filing, its record and the day; it is never stored."""

    SCHEDULED = "SCHEDULED"
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"
    TERMINATED = "TERMINATED"


class Ending(StrEnum):
    """How a filing or a legacy registration ended before its time."""

    CANCELLED = "CANCELLED"
    TERMINATED = "TERMINATED"


class PhotoState(StrEnum):
    """照片状态."""

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    REFUSED = "REFUSED"


class Binding(StrEnum):
    """电子化注册账户状态 of a person."""

    NONE = "NONE"
    NEEDS_CREDENTIALS = "NEEDS_CREDENTIALS"
    PENDING_ACTIVATION = "PENDING_ACTIVATION"
    ACTIVE = "ACTIVE"
    REVOKED = "REVOKED"
    CLOSED = "CLOSED"


class AccountStatus(StrEnum):
    """How far the account of the app has come."""

    PHONE_VERIFIED = "PHONE_VERIFIED"
    IDENTITY_VERIFIED = "IDENTITY_VERIFIED"
    CLOSED = "CLOSED"


class Gender(StrEnum):
    """性别."""

    MALE = "male"
    FEMALE = "female"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One human being. ``version`` rises with every change to anything in the dossier."""

    id: PersonId
    name: str
    id_number: str
    gender: Gender
    born_on: date
    died: bool = False
    binding: Binding = Binding.NONE
    mobile: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualification:
    """医师资格: the result of the examination or a recognition. Applications never change it."""

    id: QualificationId
    person_id: PersonId
    number: str
    level: Level
    category: int
    obtained_on: date
    authority_name: str
    major: str = ""
    school: str = ""
    education: str = ""
    admission_number: str = ""
    source: str = "EXAM"
    verified: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Institution:
    """医疗机构. ``county`` decides the place of practice of those who work in it."""

    id: InstitutionId
    registration_number: str
    name: str
    second_name: str = ""
    county: County
    authority_id: AuthorityId
    tcm_authority_id: AuthorityId | None = None
    phone: str = ""
    auto_activates: bool = False
    closed_on: date | None = None
    merged_into: InstitutionId | None = None
    subjects: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.closed_on is None

    def place_for(self, level: Level) -> Place:
        """执业地点 of someone whose main institution this is (I5)."""
        return Place(self.county if level is Level.ASSISTANT else self.county[:2])

    def lies_in(self, place: Place) -> bool:
        return self.county.startswith(place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """科室 of an institution, mapped to the diagnosis subjects (诊疗科目) it covers."""

    id: DepartmentId
    institution_id: InstitutionId
    name: str
    subjects: tuple[str, ...]
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeRecord:
    """执业记录: one registration, in one version."""

    id: RecordId
    person_id: PersonId
    version: int = 1
    standing: Standing = Standing.VALID
    level: Level
    category: int
    qualification_id: QualificationId
    licence_number: LicenceNumber
    institution_id: InstitutionId
    county: County
    authority_id: AuthorityId
    scopes: tuple[str, ...]
    title: int = 0
    school: str = ""
    education: str = ""
    department_id: DepartmentId | None = None
    is_resident_trainee: bool = False
    is_exception: bool = False
    """An authority noted, with a reason, that level or category may differ from other records (I3)."""
    modified: bool = False
    approved_on: date
    filed_on: date | None = None
    suspended_from: date | None = None
    suspended_to: date | None = None
    assessment_pending: bool = False
    ended_on: date | None = None
    end_reason: str = ""
    previous_id: RecordId | None = None
    """An earlier record of the same person that this one follows after it had ended."""

    def __post_init__(self) -> None:
        if not 1 <= len(self.scopes) <= MAX_SCOPES or len(set(self.scopes)) != len(self.scopes):
            raise ValueError("a record has one to three different scopes")
        if (self.standing is Standing.FILED) != (self.filed_on is not None):
            raise ValueError("a filed record has the day it was filed, and no other has one")
        if (self.standing in ENDED) != (self.ended_on is not None):
            raise ValueError("an ended record has the day it ended, and no other has one")
        if (self.standing is Standing.SUSPENDED) != (self.suspended_from is not None):
            raise ValueError(
                "a suspended record has the day it was suspended, and no other has one"
            )
        if len(self.county) != 6 or self.version < 1:
            raise ValueError("a record has a county of six digits and a version from 1")

    @property
    def place(self) -> Place:
        """执业地点, derived from the main institution's county (I5)."""
        return Place(self.county if self.level is Level.ASSISTANT else self.county[:2])

    @property
    def is_live(self) -> bool:
        return self.standing in LIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiFiling:
    """多执业机构备案: a further institution inside the same place of practice; both days belong to it."""

    id: FilingId
    record_id: RecordId
    institution_id: InstitutionId
    scopes: tuple[str, ...]
    approved_on: date
    valid_from: date
    valid_to: date
    ended_on: date | None = None
    ending: Ending | None = None

    def __post_init__(self) -> None:
        if self.valid_to <= self.valid_from:
            raise ValueError("a filing ends after it begins")
        if (self.ended_on is None) != (self.ending is None):
            raise ValueError("an ended filing has a day and a manner of ending")

    def state(self, standing: Standing, today: date) -> FilingState:
        """The state on ``today``, given the standing of the main record."""
        if self.ending is not None:
            return FilingState(self.ending.value)
        if today > self.valid_to:
            return FilingState.EXPIRED
        if standing is not Standing.VALID:
            return FilingState.INACTIVE
        if today < max(self.valid_from, self.approved_on):
            return FilingState.SCHEDULED
        return FilingState.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyLocation:
    """多地点执业 under the former policy: may be looked up and cancelled, never added."""

    id: LegacyId
    record_id: RecordId
    institution_id: InstitutionId
    scopes: tuple[str, ...]
    approved_on: date
    ended_on: date | None = None
    ending: Ending | None = None


class MilitaryState(StrEnum):
    """军队注册信息状态."""

    ACTIVE = "ACTIVE"
    MOVED_TO_LOCAL = "MOVED_TO_LOCAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class MilitaryRegistration:
    """军队注册信息: a registration kept by a military organ (军队实施《执业医师法》办法 art. 9)."""

    id: MilitaryId
    person_id: PersonId
    unit: str
    organ: str
    certificate_number: str
    level: Level
    category: int
    title: int = 0
    state: MilitaryState = MilitaryState.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """不予注册的期间: until and including ``until`` no registration (医师法 art. 16); None is for good."""

    id: BarId
    person_id: PersonId
    ground: str
    since: date
    until: date | None
    source: str

    def holds(self, today: date) -> bool:
        return self.until is None or today <= self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """个人照片, by the SHA-256 of its bytes."""

    id: PhotoId
    person_id: PersonId
    sha256: str
    state: PhotoState
    reason: str = ""
    """Why the institution refused it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Everything registered about one person, at one instant."""

    person: Person
    qualifications: tuple[Qualification, ...] = ()
    records: tuple[PracticeRecord, ...] = ()
    filings: tuple[MultiFiling, ...] = ()
    legacy: tuple[LegacyLocation, ...] = ()
    military: tuple[MilitaryRegistration, ...] = ()
    bars: tuple[Bar, ...] = ()
    photos: tuple[Photo, ...] = ()
    institutions: Mapping[InstitutionId, Institution] = field(default_factory=dict)
    """The institutions that the records and filings name."""

    @property
    def live_records(self) -> tuple[PracticeRecord, ...]:
        return tuple(record for record in self.records if record.is_live)

    @property
    def confirmed_photo(self) -> Photo | None:
        return self._photo(PhotoState.CONFIRMED)

    @property
    def pending_photo(self) -> Photo | None:
        return self._photo(PhotoState.PENDING)

    @property
    def refused_photo(self) -> Photo | None:
        return self._photo(PhotoState.REFUSED)

    def record(self, record_id: str | None) -> PracticeRecord | None:
        return next((each for each in self.records if each.id == record_id), None)

    def qualification(self, qualification_id: str | None) -> Qualification | None:
        return next((each for each in self.qualifications if each.id == qualification_id), None)

    def filings_of(self, record_id: RecordId) -> tuple[MultiFiling, ...]:
        return tuple(filing for filing in self.filings if filing.record_id == record_id)

    def legacy_of(self, record_id: RecordId) -> tuple[LegacyLocation, ...]:
        return tuple(row for row in self.legacy if row.record_id == record_id)

    def _photo(self, state: PhotoState) -> Photo | None:
        return next((photo for photo in self.photos if photo.state is state), None)
