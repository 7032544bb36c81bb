"""Who acts: the roles of the registry and one person in one of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType

from registry.record import PersonId

UserId = NewType("UserId", str)


class Role(StrEnum):
    """One of the parts people play."""

    PUBLIC = "PUBLIC"
    PHYSICIAN = "PHYSICIAN"
    INSTITUTION_CLERK = "INSTITUTION_CLERK"
    AUTHORITY_CLERK = "AUTHORITY_CLERK"
    ADMIN = "ADMIN"
    SYSTEM = "SYSTEM"


class Purpose(StrEnum):
    """What a one-time code is for; a code for one thing opens nothing else."""

    SIGN_UP = "SIGN_UP"
    SIGN_IN = "SIGN_IN"
    RECOVER = "RECOVER"
    CHANGE_MOBILE = "CHANGE_MOBILE"
    CHANGE_EMAIL = "CHANGE_EMAIL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A user in a role. A clerk is bound to one institution or authority (``org_id``); ``person_id``
    is the human being behind the account, so that nobody reviews an application of their own."""

    user_id: UserId
    role: Role
    org_id: str = ""
    person_id: PersonId | None = None


SYSTEM: Final = Actor(user_id=UserId("system"), role=Role.SYSTEM)
