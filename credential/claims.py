"""The facts of a credential and the CWT claims around them, as frozen types (RFC 8392).

    Licence, Badge, IdentityCode     what is said of a physician: the identity data (claim 169)
    Credential                       who says it, when, until when, under which status entry

* One table, `FIELDS`, holds number, name and wire form of every part of the identity data; each
  kind lists the names it carries. An identity code shows photo, name and licence number, nothing
  else (manual, section 2.2). No kind carries an ID number, a birth date or a phone number.
* Claims are read in this order, and the first fault is the verdict: kind, iss, exp, nbf, iat, cti,
  status, identity data in the order of its numbers (face, then its older form), unknown private
  claims, then what the times say of one another.
* Absent means absent: an empty text or list is a fault, and so is a wrong type or a true for 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import IntEnum
from typing import Any, ClassVar, Final

from credential import labels
from credential.errors import Code, CredentialError


class Kind(IntEnum):
    """The three kinds of credential (claim -65537)."""

    LICENCE = 1  # 电子证照
    BADGE = 2  # 工牌
    IDENTITY_CODE = 3  # 电子身份码

    @property
    def slug(self) -> str:
        """The kind as commands and results write it: ``identity-code``."""
        return self.name.lower().replace("_", "-")


class Gender(IntEnum):
    """Sex as in Claim 169, attribute 9."""

    MALE = 1
    FEMALE = 2


class Level(IntEnum):
    """医师级别: 执业医师 or 执业助理医师."""

    PHYSICIAN = 1
    ASSISTANT = 2


DAY_S: Final = 86_400
CODE_LIFETIME_S: Final = 30
BOOK_SPAN_S: Final = 12 * 3600
MAX_LIFETIME_S: Final = 400 * DAY_S
LATEST: Final = 253_402_300_799  # 9999-12-31T23:59:59Z, the last second of the calendar
CTI_BYTES: Final = 8

_LICENCE_NUMBER: Final = re.compile(r"[0-9]{15}", re.ASCII)
_TITLES: Final = (0, 231, 232, 233, 234, 235)
# Image sub-formats of Claim 169 biometrics, and the other numbers of its older attribute 17.
_FACE_FORMATS: Final = {0: "png", 1: "jpeg", 2: "jpeg2000", 3: "avif", 4: "webp"}
_OLD_FORMATS: Final = {1: "jpeg", 2: "jpeg2000", 3: "avif", 4: "webp"}
_FACE_CODES: Final = {name: code for code, name in _FACE_FORMATS.items()}


@dataclass(frozen=True, slots=True)
class Face:
    """The portrait inside a code. ``format`` is one of png, jpeg, jpeg2000, avif, webp."""

    image: bytes
    format: str = "webp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """多执业机构备案: a further institution where the physician may practise, both days inclusive."""

    institution: str
    scopes: tuple[str, ...]
    begins: date
    ends: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """电子证照: the electronic practice licence."""

    kind: ClassVar[Kind] = Kind.LICENCE

    licence_number: str
    name: str
    gender: Gender
    face: Face
    level: Level
    category: int
    scopes: tuple[str, ...]
    place: int
    institution: str
    title: int
    approved_on: date
    filings: tuple[Filing, ...] = ()
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """工牌: photo, name, title and main institution under a fixed code."""

    kind: ClassVar[Kind] = Kind.BADGE

    licence_number: str
    name: str
    face: Face
    level: Level
    category: int
    place: int
    institution: str
    title: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityCode:
    """电子身份码: exactly photo, name and practice licence number, for 30 seconds."""

    kind: ClassVar[Kind] = Kind.IDENTITY_CODE

    licence_number: str
    name: str
    face: Face


Facts = Licence | Badge | IdentityCode
FACTS: Final[dict[Kind, type[Facts]]] = {
    Kind.LICENCE: Licence,
    Kind.BADGE: Badge,
    Kind.IDENTITY_CODE: IdentityCode,
}


@dataclass(frozen=True, slots=True)
class StatusRef:
    """Where a credential's status stands: entry ``idx`` of the status list at ``uri``."""

    idx: int
    uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """Facts with the claims around them. Times are seconds since 1970, UTC; ``exp`` itself is out.

    ``nbf`` is given for an identity code signed in advance (a slice of a code book) and marks its
    start; such a slice, like every licence and badge, has a ``status``.
    """

    iss: str
    exp: int
    nbf: int | None = None
    iat: int
    cti: bytes
    status: StatusRef | None = None
    facts: Facts

    @property
    def kind(self) -> Kind:
        return self.facts.kind

    def __post_init__(self) -> None:
        if self.exp <= self.iat:
            raise CredentialError(Code.CLAIM_VALUE, "exp")
        if self.nbf is not None and not self.iat <= self.nbf < self.exp:
            raise CredentialError(Code.CLAIM_VALUE, "nbf")
        if self.kind is Kind.IDENTITY_CODE:
            start = self.iat if self.nbf is None else self.nbf
            if self.exp - start > CODE_LIFETIME_S or start - self.iat > BOOK_SPAN_S:
                raise CredentialError(Code.CODE_LIFETIME)
        elif self.exp - self.iat > MAX_LIFETIME_S:
            raise CredentialError(Code.CLAIM_VALUE, "exp")

    def to_map(self) -> dict[int, Any]:
        """The claims as integers, texts, bytes, lists and maps, ready for `credential.cbor.encode`."""
        claims: dict[int, Any] = {labels.ISS: self.iss, labels.EXP: self.exp}
        if self.nbf is not None:
            claims[labels.NBF] = self.nbf
        claims |= {labels.IAT: self.iat, labels.CTI: self.cti}
        claims[labels.IDENTITY] = identity_map(self.facts)
        if self.status is not None:
            entry = {"idx": self.status.idx, "uri": self.status.uri}
            claims[labels.STATUS] = {"status_list": entry}
        claims[labels.PRIVATE] = int(self.kind)
        return claims

    @classmethod
    def from_map(cls, claims: Any) -> Credential:
        """The credential in decoded claims. Raises ``CLAIMS_NOT_MAP`` and the ``CLAIM_…`` codes."""
        if not isinstance(claims, dict):
            raise CredentialError(Code.CLAIMS_NOT_MAP)
        kind = _kind(_required(claims, labels.PRIVATE, "kind"), "kind")
        iss = _text(_required(claims, labels.ISS, "iss"), "iss")
        exp = numeric_date(_required(claims, labels.EXP, "exp"), "exp")
        nbf = numeric_date(claims[labels.NBF], "nbf") if labels.NBF in claims else None
        iat = numeric_date(_required(claims, labels.IAT, "iat"), "iat")
        cti = _cti(_required(claims, labels.CTI, "cti"), "cti")
        status = _status(claims, required=kind is not Kind.IDENTITY_CODE or nbf is not None)
        facts = _facts(kind, _required(claims, labels.IDENTITY, "identity"))
        for label in claims:
            if isinstance(label, int) and label < labels.PRIVATE:
                raise CredentialError(Code.CLAIM_UNKNOWN, str(label))
        return cls(iss=iss, exp=exp, nbf=nbf, iat=iat, cti=cti, status=status, facts=facts)


def identity_map(facts: Facts) -> dict[int, Any]:
    """The identity data of ``facts``: Claim 169 numbers to wire values."""
    values = ((field, getattr(facts, field.name)) for field in CARRIED[facts.kind])
    return {f.label: f.write(value) for f, value in values if value or not f.optional}


def _facts(kind: Kind, identity: Any) -> Facts:
    if not isinstance(identity, dict):
        raise CredentialError(Code.CLAIM_TYPE, "identity")
    values: dict[str, Any] = {}
    for field in CARRIED[kind]:
        if field.label in identity:
            values[field.name] = field.read(identity[field.label], field.name)
        elif field.name == "face" and labels.OLD_PHOTO in identity:
            values["face"] = _old_photo(identity)
        elif not field.optional:
            raise CredentialError(Code.CLAIM_MISSING, field.name)
    return FACTS[kind](**values)


# --- wire values: each reader takes the decoded value and the name to complain with -------------


def _required(claims: Mapping[Any, Any], label: int, name: str) -> Any:
    if label not in claims:
        raise CredentialError(Code.CLAIM_MISSING, name)
    return claims[label]


def uint(value: Any, name: str) -> int:
    """An unsigned integer; true, 1.0 and -1 are not."""
    if type(value) is not int or value < 0:
        raise CredentialError(Code.CLAIM_TYPE, name)
    return value


def numeric_date(value: Any, name: str) -> int:
    """A NumericDate of the profile: whole seconds from 1970 to the end of the year 9999."""
    if not 0 < uint(value, name) <= LATEST:
        raise CredentialError(Code.CLAIM_TYPE, name)
    return int(value)


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise CredentialError(Code.CLAIM_TYPE, name)
    if not value:
        raise CredentialError(Code.CLAIM_VALUE, name)
    return value


def _texts(value: Any, name: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise CredentialError(Code.CLAIM_TYPE, name)
    if not value:
        raise CredentialError(Code.CLAIM_VALUE, name)
    return tuple(_text(each, name) for each in value)


def _one_of(allowed: type[IntEnum]) -> Callable[[Any, str], Any]:
    def read(value: Any, name: str) -> Any:
        try:
            return allowed(uint(value, name))
        except ValueError:
            raise CredentialError(Code.CLAIM_VALUE, name) from None

    return read


def _uint_where(holds: Callable[[int], bool]) -> Callable[[Any, str], int]:
    def read(value: Any, name: str) -> int:
        if not holds(uint(value, name)):
            raise CredentialError(Code.CLAIM_VALUE, name)
        return int(value)

    return read


def _licence_number(value: Any, name: str) -> str:
    if not _LICENCE_NUMBER.fullmatch(_text(value, name)):
        raise CredentialError(Code.CLAIM_VALUE, name)
    return str(value)


def _day(value: Any, name: str) -> date:
    """A day written as the integer YYYYMMDD."""
    number = uint(value, name)
    try:
        return date(number // 10_000, number // 100 % 100, number % 100)
    except (ValueError, OverflowError):
        raise CredentialError(Code.CLAIM_VALUE, name) from None


def _day_number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def _cti(value: Any, name: str) -> bytes:
    if not isinstance(value, bytes):
        raise CredentialError(Code.CLAIM_TYPE, name)
    if len(value) != CTI_BYTES:
        raise CredentialError(Code.CLAIM_VALUE, name)
    return value


def _status(claims: Mapping[Any, Any], *, required: bool) -> StatusRef | None:
    if labels.STATUS not in claims and not required:
        return None
    status = _required(claims, labels.STATUS, "status")
    entry = status.get("status_list") if isinstance(status, dict) else None
    if not isinstance(entry, dict):
        raise CredentialError(Code.CLAIM_TYPE, "status")
    if "idx" not in entry or "uri" not in entry:
        raise CredentialError(Code.CLAIM_MISSING, "status")
    return StatusRef(uint(entry["idx"], "status"), _text(entry["uri"], "status"))


def _face(value: Any, name: str) -> Face:
    """``[{0: bstr, 1: 0, 2: format}]``; a bare map is read too, as the specification's example has it."""
    entry = value[0] if isinstance(value, list) and len(value) == 1 else value
    if not isinstance(entry, dict) or not isinstance(entry.get(0), bytes):
        raise CredentialError(Code.CLAIM_TYPE, name)
    image, sort, code = entry[0], uint(entry.get(1), name), uint(entry.get(2), name)
    if not image or sort != 0 or code not in _FACE_FORMATS:
        raise CredentialError(Code.CLAIM_VALUE, name)
    return Face(image, _FACE_FORMATS[code])


def _old_photo(identity: Mapping[Any, Any]) -> Face:
    """Attributes 16 and 17 of Claim 169 before 1.2.1."""
    image, code = identity[labels.OLD_PHOTO], identity.get(labels.OLD_PHOTO_FORMAT)
    if not isinstance(image, bytes):
        raise CredentialError(Code.CLAIM_TYPE, "face")
    if not image or uint(code, "face") not in _OLD_FORMATS:
        raise CredentialError(Code.CLAIM_VALUE, "face")
    return Face(image, _OLD_FORMATS[uint(code, "face")])


def _filings(value: Any, name: str) -> tuple[Filing, ...]:
    if not isinstance(value, list) or not all(isinstance(f, list) and len(f) == 4 for f in value):
        raise CredentialError(Code.CLAIM_TYPE, name)
    if not value:
        raise CredentialError(Code.CLAIM_VALUE, name)
    filings = []
    for institution, scopes, begins, ends in value:
        filing = Filing(
            institution=_text(institution, name),
            scopes=_texts(scopes, name),
            begins=_day(begins, name),
            ends=_day(ends, name),
        )
        if filing.ends < filing.begins:
            raise CredentialError(Code.CLAIM_VALUE, name)
        filings.append(filing)
    return tuple(filings)


def _filings_list(filings: tuple[Filing, ...]) -> list[Any]:
    return [
        [f.institution, list(f.scopes), _day_number(f.begins), _day_number(f.ends)] for f in filings
    ]


def is_place(code: int) -> bool:
    """A GB/T 2260 code: two digits for a province, six for a county."""
    return 11 <= code <= 99 or 110_000 <= code <= 999_999


_kind = _one_of(Kind)


@dataclass(frozen=True, slots=True)
class Field:
    """One part of the identity data: its number, its name, and how it is read and written."""

    label: int
    name: str
    read: Callable[[Any, str], Any]
    write: Callable[[Any], Any]
    optional: bool = False


def _as_is(value: Any) -> Any:
    return value


FIELDS: Final = (
    Field(labels.LICENCE_NUMBER, "licence_number", _licence_number, _as_is),
    Field(labels.FULL_NAME, "name", _text, _as_is),
    Field(labels.GENDER, "gender", _one_of(Gender), int),
    Field(labels.FACE, "face", _face, lambda f: [{0: f.image, 1: 0, 2: _FACE_CODES[f.format]}]),
    Field(labels.LEVEL, "level", _one_of(Level), int),
    Field(labels.CATEGORY, "category", _uint_where(lambda n: 10 <= n <= 99), _as_is),
    Field(labels.SCOPES, "scopes", _texts, list),
    Field(labels.PLACE, "place", _uint_where(is_place), _as_is),
    Field(labels.INSTITUTION, "institution", _text, _as_is),
    Field(labels.TITLE, "title", _uint_where(lambda n: n in _TITLES), _as_is),
    Field(labels.APPROVED_ON, "approved_on", _day, _day_number),
    Field(labels.FILINGS, "filings", _filings, _filings_list, optional=True),
    Field(labels.VERSION, "version", _uint_where(lambda n: n >= 1), _as_is),
)

CARRIED: Final = {
    kind: tuple(field for field in FIELDS if field.name in {f.name for f in fields(facts)})
    for kind, facts in FACTS.items()
}
