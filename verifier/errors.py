"""What went wrong, said to whoever asked: the verdict and the words of every code.

``reasons.json`` in this package is the one table. A code is *refused* when something is wrong, and
*undetermined* when nothing is known to be wrong but something needed is missing or too old: such an
answer is never shown as valid, and never as a forgery. A *notice* stands beside a verdict.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

from credential.claims import Credential, Kind
from credential.errors import Code, CredentialError
from credential.text import Text


class Verdict(StrEnum):
    """What a check ends in."""

    VALID = "valid"
    REFUSED = "refused"
    UNDETERMINED = "undetermined"


# Rows of reasons.json whose verdict is `undetermined`; here too, so that a verdict needs no file.
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


@dataclass(frozen=True, slots=True)
class Reason:
    """One row of the table: the step it belongs to, the verdict it means, its words."""

    step: str
    verdict: str
    text: Text


def verdict_of(code: Code) -> Verdict:
    """The verdict a code means (an unknown key under a stale snapshot is the one exception)."""
    return Verdict.UNDETERMINED if code in UNDETERMINED else Verdict.REFUSED


@cache
def reasons() -> dict[Code, Reason]:
    """The table, by code."""
    rows = json.loads(resources.files("verifier").joinpath("reasons.json").read_text("utf-8"))
    return {
        Code(code): Reason(row["step"], row["verdict"], Text(row["zh"], row["en"]))
        for code, row in rows.items()
    }


def message(code: Code) -> Text:
    """What to say to a person, in Chinese and English."""
    return reasons()[code].text
