"""The answer when a code is not valid: refused, or undetermined.

Refused is for what is wrong. Undetermined is for what cannot be told, because something needed is
missing or too old: never shown as valid, and never called a forgery. The codes are those of
`credential.errors.Code`, their words those of `credential.messages`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from credential.claims import Credential, Kind
from credential.errors import Code, CredentialError


class Verdict(StrEnum):
    """What a check ends in."""

    VALID = "valid"
    REFUSED = "refused"
    UNDETERMINED = "undetermined"


# The rows of reasons.json whose verdict is `undetermined`; here too, so that a verdict reads no file.
UNDETERMINED = frozenset(
    {
        Code.SOURCE_MISSING,
        Code.FILE_TYPE,
        Code.IMAGE_INVALID,
        Code.IMAGE_TOO_MANY_PIXELS,
        Code.QR_UNREADABLE,
        Code.QR_AMBIGUOUS,
        Code.READER_MISSING,
        Code.BROWSER_UNSUPPORTED,
        Code.CLOCK_WENT_BACK,
        Code.STATUS_UNKNOWN,
        Code.TRUST_MISSING,
        Code.TRUST_EXPIRED,
    }
)


@dataclass(frozen=True, slots=True)
class About:
    """What a refused credential says of itself. Known only once its signature has held."""

    kind: Kind
    iss: str
    iat: int
    exp: int
    cti: bytes

    @classmethod
    def of(cls, credential: Credential) -> About:
        return cls(credential.kind, credential.iss, credential.iat, credential.exp, credential.cti)


class VerificationError(CredentialError):
    """Why `verifier.verify` did not return: the code, the verdict it means, and what is known."""

    def __init__(
        self,
        cause: CredentialError,
        *,
        verdict: Verdict,
        about: About | None = None,
        notices: tuple[Code, ...] = (),
    ) -> None:
        super().__init__(cause.code, cause.subject, cause.detail)
        self.verdict = verdict
        self.about = about
        self.notices = notices


def verdict_of(code: Code) -> Verdict:
    """The verdict a code means (an unknown key under a stale snapshot is the one exception)."""
    return Verdict.UNDETERMINED if code in UNDETERMINED else Verdict.REFUSED
