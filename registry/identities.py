"""Identities two people claim (实名冲突): somebody signs up under an identity that has an account already.

The applicant is told nothing but that somebody will look at it. An administrator does, on evidence from
outside this system: either it is the same person with a new number, and the account goes over to it, or it
stays where it is. What was typed is kept until then and blanked with the decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from credential.text import Text
from registry import roll
from registry.desk import Desk
from registry.errors import Code, refuse
from registry.members import Post, take_on
from registry.record import AccountStatus
from registry.roles import Actor, Role
from registry.roll import Account

MAX_WHY: Final = 200


@dataclass(frozen=True, slots=True)
class Claim:
    """One identity claimed twice. ``applicant`` or ``holder`` is None where the account has gone since."""

    id: str
    name: str
    id_number: str
    at: datetime
    applicant: Account | None
    holder: Account | None

    @property
    def can_go_over(self) -> bool:
        """Whether both are still there as they were when it was claimed."""
        return (
            self.applicant is not None
            and self.applicant.status is AccountStatus.PHONE_VERIFIED
            and self.holder is not None
            and self.holder.is_open
        )


def waiting(desk: Desk, *, by: Actor) -> Sequence[Claim]:
    """What has to be decided, the oldest first."""
    _only_administrators(by)
    with desk.store.reading() as unit:
        return [
            Claim(
                row.id,
                row.name,
                row.id_number,
                row.at,
                roll.account_with(unit, "id", row.applicant_id),
                roll.account_with(unit, "id", row.holder_id),
            )
            for row in roll.open_claims(unit)
        ]


def decide(
    desk: Desk, claim_id: str, *, same_person: bool, why: str, by: Actor, post: Post, now: datetime
) -> None:
    """Moves the account to the applicant's number, or leaves it; on record with the reason.

    Raises ``NOT_FOUND``, ``FIELD_REQUIRED`` without a reason, ``STEP_INVALID`` where an account has gone.
    """
    _only_administrators(by)
    why = why.strip()[:MAX_WHY]
    if not why:
        raise refuse(Code.FIELD_REQUIRED, "why")
    found = next((each for each in waiting(desk, by=by) if each.id == claim_id), None)
    if found is None:
        raise refuse(Code.NOT_FOUND, "claim")
    if same_person and not found.can_go_over:
        raise refuse(Code.STEP_INVALID)
    with desk.store.writing() as unit:
        if not roll.close_claim(unit, claim_id, at=now):
            raise refuse(Code.NOT_FOUND, "claim")  # somebody else was quicker
        if same_person and found.applicant and found.holder:
            roll.end_sessions(unit, found.holder.id)
            roll.forget_devices(unit, found.holder.id)
            take_on(unit, found.applicant, found.holder, found.id_number)
        decision = "identity.moved" if same_person else "identity.kept"
        subject = found.holder.id if found.holder else claim_id
        unit.log(decision, subject, by=by, at=now, details={"claim": claim_id, "why": why})
    if found.applicant and found.applicant.mobile:
        post.send(found.applicant.mobile, Text("身份核实结果", "Your identity"), _SAID[same_person])


_SAID: Final = {
    True: Text(
        "【医证】身份核实已通过，请用本手机号和验证码登录。",
        "Your identity has been confirmed: sign in to Yizheng with this number and a code.",
    ),
    False: Text(
        "【医证】身份核实未通过。如有疑问，请携带证件到卫生健康行政部门办理。",
        "Your identity could not be confirmed. Please take your papers to the health authority.",
    ),
}


def _only_administrators(by: Actor) -> None:
    if by.role is not Role.ADMIN:
        raise refuse(Code.ROLE_FORBIDDEN)
