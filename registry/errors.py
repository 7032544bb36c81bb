"""Why the registry refuses: stable codes, with an optional subject, for people and for programs.

The words are in `messages`; a page, a command and a test name the reason by its code.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """The stable name of a reason. Its meaning never changes; its words may."""

    # Who may do what, and when.
    NOT_FOUND = "NOT_FOUND"
    ROLE_FORBIDDEN = "ROLE_FORBIDDEN"
    SELF_APPROVAL = "SELF_APPROVAL"
    STEP_INVALID = "STEP_INVALID"
    ALREADY_DECIDED = "ALREADY_DECIDED"
    ALREADY_WITHDRAWN = "ALREADY_WITHDRAWN"
    ALREADY_OPEN = "ALREADY_OPEN"
    STALE_FORM = "STALE_FORM"
    RETURNED_BEFORE = "RETURNED_BEFORE"
    RETURN_TOO_LATE = "RETURN_TOO_LATE"
    EXTENSION_NOT_ALLOWED = "EXTENSION_NOT_ALLOWED"
    EXTENDED_BEFORE = "EXTENDED_BEFORE"
    EXTENSION_TOO_LATE = "EXTENSION_TOO_LATE"
    TAKE_OVER_TOO_EARLY = "TAKE_OVER_TOO_EARLY"
    OPINION_REQUIRED = "OPINION_REQUIRED"
    GROUND_REQUIRED = "GROUND_REQUIRED"
    DOCUMENT_REQUIRED = "DOCUMENT_REQUIRED"
    EMPLOYMENT_UNCONFIRMED = "EMPLOYMENT_UNCONFIRMED"
    SECOND_PERSON_REQUIRED = "SECOND_PERSON_REQUIRED"
    LIMIT_REACHED = "LIMIT_REACHED"
    QUOTA_REACHED = "QUOTA_REACHED"
    ADMINISTRATOR_EXISTS = "ADMINISTRATOR_EXISTS"

    # One field of a form.
    FIELD_REQUIRED = "FIELD_REQUIRED"
    FIELD_UNKNOWN = "FIELD_UNKNOWN"
    FIELD_TYPE = "FIELD_TYPE"
    FIELD_FORMAT = "FIELD_FORMAT"
    FIELD_TOO_LONG = "FIELD_TOO_LONG"
    FILES_FULL = "FILES_FULL"
    FIELD_OPTION = "FIELD_OPTION"
    TEXT_FORBIDDEN = "TEXT_FORBIDDEN"

    # A file.
    FILE_TYPE = "FILE_TYPE"
    IMAGE_INVALID = "IMAGE_INVALID"
    IMAGE_TOO_MANY_PIXELS = "IMAGE_TOO_MANY_PIXELS"
    TOO_MANY_FILES = "TOO_MANY_FILES"

    # The person.
    ACCOUNT_NOT_ACTIVE = "ACCOUNT_NOT_ACTIVE"
    PERSON_DEAD = "PERSON_DEAD"
    BARRED = "BARRED"
    NO_QUALIFICATION = "NO_QUALIFICATION"
    PHOTO_MISSING = "PHOTO_MISSING"
    REENTRY_PROOF_REQUIRED = "REENTRY_PROOF_REQUIRED"
    MILITARY_NOT_HELD = "MILITARY_NOT_HELD"
    PASSWORD_WEAK = "PASSWORD_WEAK"  # noqa: S105 - a reason, no secret
    USERNAME_INVALID = "USERNAME_INVALID"
    SIGN_IN_REFUSED = "SIGN_IN_REFUSED"
    TICKET_USED = "TICKET_USED"
    TICKET_EXPIRED = "TICKET_EXPIRED"
    TICKET_MISMATCH = "TICKET_MISMATCH"

    NAME_DIFFERS = "NAME_DIFFERS"
    SECOND_FACTOR_WRONG = "SECOND_FACTOR_WRONG"
    EXPORT_HOURS = "EXPORT_HOURS"

    # An account on its way.
    CODE_WRONG = "CODE_WRONG"
    CODE_TOO_SOON = "CODE_TOO_SOON"
    CODE_TOO_MANY = "CODE_TOO_MANY"
    AGREEMENT_REQUIRED = "AGREEMENT_REQUIRED"
    IDENTITY_NOT_PROVED = "IDENTITY_NOT_PROVED"
    ALREADY_REGISTERED = "ALREADY_REGISTERED"
    USERNAME_TAKEN = "USERNAME_TAKEN"
    CONTACT_TAKEN = "CONTACT_TAKEN"
    PASSWORD_COMMON = "PASSWORD_COMMON"  # noqa: S105 - a reason, no secret
    PASSWORD_WRONG = "PASSWORD_WRONG"  # noqa: S105 - a reason, no secret
    NOT_ACTIVATED = "NOT_ACTIVATED"
    APPLICATIONS_OPEN = "APPLICATIONS_OPEN"

    # The record.
    LICENCE_NOT_ACTIVE = "LICENCE_NOT_ACTIVE"
    NOT_FILED = "NOT_FILED"
    PERIOD_OVER = "PERIOD_OVER"
    PLACE_TAKEN = "PLACE_TAKEN"
    ASSISTANT_ONE_PLACE = "ASSISTANT_ONE_PLACE"
    LEVEL_CATEGORY_MIXED = "LEVEL_CATEGORY_MIXED"
    LEVEL_LOWERED = "LEVEL_LOWERED"
    NOTHING_CHANGES = "NOTHING_CHANGES"
    NOT_ASSISTANT = "NOT_ASSISTANT"
    UPGRADE_QUALIFICATION = "UPGRADE_QUALIFICATION"
    SUSPENSION_DATES = "SUSPENSION_DATES"

    # The institution and the filing.
    INSTITUTION_UNKNOWN = "INSTITUTION_UNKNOWN"
    INSTITUTION_CLOSED = "INSTITUTION_CLOSED"
    PLACE_WITHOUT_COUNTIES = "PLACE_WITHOUT_COUNTIES"
    INSTITUTION_OUTSIDE_PLACE = "INSTITUTION_OUTSIDE_PLACE"
    SCOPE_OUTSIDE_CATEGORY = "SCOPE_OUTSIDE_CATEGORY"
    FILING_AT_MAIN = "FILING_AT_MAIN"
    FILING_OTHER_PLACE = "FILING_OTHER_PLACE"
    FILING_SCOPE = "FILING_SCOPE"
    FILING_DATES = "FILING_DATES"
    FILING_TOO_LONG = "FILING_TOO_LONG"
    FILING_OVERLAPS = "FILING_OVERLAPS"
    FILING_NOT_HELD = "FILING_NOT_HELD"
    LEGACY_NOT_HELD = "LEGACY_NOT_HELD"

    # Said to reviewers beside an application; they block nothing.
    SEVERAL_SCOPES = "SEVERAL_SCOPES"
    RESIDENT_TRAINEE = "RESIDENT_TRAINEE"
    EARLIER_RECORD_ENDED = "EARLIER_RECORD_ENDED"
    QUALIFICATION_ID_DIFFERS = "QUALIFICATION_ID_DIFFERS"
    NAMESAKE = "NAMESAKE"
    INSTITUTION_MERGED = "INSTITUTION_MERGED"
    REPORTED_LATE = "REPORTED_LATE"

    # The store.
    DUPLICATE = "DUPLICATE"
    STORE_BUSY = "STORE_BUSY"
    STORE_FULL = "STORE_FULL"
    STORE_UNFIT = "STORE_UNFIT"
    STORE_UNREACHABLE = "STORE_UNREACHABLE"
    STORE_URL = "STORE_URL"
    STORE_DAMAGED = "STORE_DAMAGED"
    STORE_WENT_BACK = "STORE_WENT_BACK"
    CLOCK_WENT_BACK = "CLOCK_WENT_BACK"
    CLOCK_LEAPT = "CLOCK_LEAPT"
    AUDIT_BROKEN = "AUDIT_BROKEN"
    FILE_UNUSABLE = "FILE_UNUSABLE"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why not; ``subject`` names the field, place or document it is about."""

    code: Code
    subject: str = ""

    def __str__(self) -> str:
        return f"{self.code}:{self.subject}" if self.subject else str(self.code)


class RegistryError(Exception):
    """The one exception of the registry for its users; it carries every reason that applies."""

    def __init__(self, *reasons: Reason) -> None:
        if not reasons:
            raise ValueError("a refusal has at least one reason")
        self.reasons = reasons
        super().__init__(", ".join(str(reason) for reason in reasons))

    @property
    def code(self) -> Code:
        """The first reason's code, which decides the answer's status."""
        return self.reasons[0].code


def refuse(code: Code, subject: str = "") -> RegistryError:
    """A refusal for one reason, to be raised."""
    return RegistryError(Reason(code, subject))
