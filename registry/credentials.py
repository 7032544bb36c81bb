"""Which credentials a dossier calls for, and the orders that bring them about.

No application names a credential. After every change the desk compares the dossier with the credentials
held and writes the orders that follow, in the same transaction; a worker carries them out.

* A physician may be issued a licence (电子证照) and a badge (电子工牌) for a record when the account is
  activated, the record is valid and the institution has confirmed the photo (`why_not_eligible`).
* A record that is filed or suspended suspends both; one that has ended revokes both for good.
* A shown fact that changes supersedes the old credential and issues a new version. Where the licence
  number changes, the old one is revoked: that licence has ended.
* An account revoked or closed suspends the badge; the licence is the registration and stays.
* Sixty days before it ends a credential is renewed: a new version is issued beside it, and it stays good to
  its own end. What ends or rests the record then ends or rests both.
* A filing that runs out by its date changes nothing: a verifier judges the dates itself.
* The identity code (电子身份码) is never stored; `why_not_eligible` decides each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NewType

from credential import codelists
from registry.errors import Code
from registry.periods import china_day
from registry.record import Binding, Dossier, Level, PracticeRecord, RecordId, Standing

CredentialId = NewType("CredentialId", str)
Facts = Mapping[str, Any]
"""What a credential says, as JSON under the names of the credential format, and the photo's SHA-256."""


class CredentialKind(StrEnum):
    """The credentials that are kept; a 30-second identity code is not."""

    LICENCE = "LICENCE"
    BADGE = "BADGE"


class CredentialState(StrEnum):
    """证照状态."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    REVOKED = "REVOKED"
    SUPERSEDED = "SUPERSEDED"


class OrderAction(StrEnum):
    """What a worker is told to do."""

    ISSUE = "ISSUE"
    SUSPEND = "SUSPEND"
    RESUME = "RESUME"
    REVOKE = "REVOKE"
    SUPERSEDE = "SUPERSEDE"


STATE_AFTER: Final[Mapping[OrderAction, CredentialState]] = {
    OrderAction.ISSUE: CredentialState.ACTIVE,
    OrderAction.SUSPEND: CredentialState.SUSPENDED,
    OrderAction.RESUME: CredentialState.ACTIVE,
    OrderAction.REVOKE: CredentialState.REVOKED,
    OrderAction.SUPERSEDE: CredentialState.SUPERSEDED,
}
OPEN: Final = frozenset({CredentialState.ACTIVE, CredentialState.SUSPENDED})
RENEWED_BEFORE: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A credential as the registry means it to be; orders on their way count as done."""

    id: CredentialId
    record_id: RecordId
    kind: CredentialKind
    version: int
    state: CredentialState
    facts: Facts
    expires_at: datetime | None = None
    """None until it is signed."""

    def ends_by(self, day: date) -> bool:
        return self.expires_at is not None and china_day(self.expires_at) <= day


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One order that follows from a dossier. ``credential`` is what it is about; none when issuing."""

    action: OrderAction
    record_id: RecordId
    kind: CredentialKind
    credential: Held | None = None
    version: int = 0
    facts: Facts | None = None


def why_not_eligible(dossier: Dossier, record: PracticeRecord) -> Code | None:
    """Why neither licence, badge nor identity code may be given for ``record``; None when they may."""
    if dossier.person.binding is not Binding.ACTIVE:
        return Code.ACCOUNT_NOT_ACTIVE
    if record.standing is not Standing.VALID:
        return Code.LICENCE_NOT_ACTIVE
    return Code.PHOTO_MISSING if dossier.confirmed_photo is None else None


def due(dossier: Dossier, held: Iterable[Held], *, today: date) -> list[Due]:
    """The orders that bring the credentials in line with the dossier; none when they are."""
    credentials = list(held)
    return [
        order
        for record in dossier.records
        for kind in CredentialKind
        for order in _due(
            dossier,
            record,
            kind,
            [each for each in credentials if (each.record_id, each.kind) == (record.id, kind)],
            today,
        )
    ]


def facts(dossier: Dossier, record: PracticeRecord, kind: CredentialKind, today: date) -> Facts:
    """What a credential of ``kind`` would say of ``record`` on ``today``."""
    photo = dossier.confirmed_photo
    said: dict[str, Any] = {
        "name": dossier.person.name,
        "licence_number": record.licence_number,
        "level": "assistant" if record.level is Level.ASSISTANT else "physician",
        "category": record.category,
        "place": int(record.place),
        "institution": dossier.institutions[record.institution_id].name,
        "title": record.title,
        "photo": photo.sha256 if photo else "",
    }
    if kind is CredentialKind.LICENCE:
        said["gender"] = dossier.person.gender.value
        said["scopes"] = [codelists.scope(key).zh for key in record.scopes]
        said["approved_on"] = record.approved_on.isoformat()
        said["filings"] = [
            {
                "institution": dossier.institutions[filing.institution_id].name,
                "scopes": [codelists.scope(key).zh for key in filing.scopes],
                "from": max(filing.valid_from, filing.approved_on).isoformat(),
                "to": filing.valid_to.isoformat(),
            }
            for filing in sorted(dossier.filings_of(record.id), key=lambda each: each.valid_from)
            if filing.ending is None and filing.valid_to >= today
        ]
    return said


def _due(
    dossier: Dossier,
    record: PracticeRecord,
    kind: CredentialKind,
    held: list[Held],
    today: date,
) -> Iterator[Due]:
    open_ones = [each for each in held if each.state in OPEN]
    if not record.is_live:
        yield from (_order(OrderAction.REVOKE, each) for each in open_ones)
        return
    if record.standing is not Standing.VALID or _rests(dossier, kind):
        active = (each for each in open_ones if each.state is CredentialState.ACTIVE)
        yield from (_order(OrderAction.SUSPEND, each) for each in active)
        return
    said = facts(dossier, record, kind, today)
    is_enough = False
    for each in open_ones:
        if not _still_true(each.facts, said, today):
            same_licence = each.facts["licence_number"] == record.licence_number
            yield _order(OrderAction.SUPERSEDE if same_licence else OrderAction.REVOKE, each)
            continue
        if each.state is CredentialState.SUSPENDED and not each.ends_by(today):
            yield _order(OrderAction.RESUME, each)
        is_enough |= not each.ends_by(today + RENEWED_BEFORE)
    if not is_enough and why_not_eligible(dossier, record) is None:
        yield Due(
            action=OrderAction.ISSUE,
            record_id=record.id,
            kind=kind,
            version=1 + max((each.version for each in held), default=0),
            facts=said,
        )


def _rests(dossier: Dossier, kind: CredentialKind) -> bool:
    return kind is CredentialKind.BADGE and dossier.person.binding is not Binding.ACTIVE


def _order(action: OrderAction, current: Held) -> Due:
    return Due(action=action, record_id=current.record_id, kind=current.kind, credential=current)


def _still_true(said: Facts, now: Facts, today: date) -> bool:
    """Whether a credential says what would be said now, filings that have run out left aside."""
    filings = [filing for filing in said.get("filings", ()) if filing["to"] >= today.isoformat()]
    return {**said, "filings": filings} == {**now, "filings": now.get("filings", [])}
