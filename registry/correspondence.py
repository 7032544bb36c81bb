"""What passes between the service and its users outside applications: articles, tickets, feedback. Pure.

* An article (资讯) is a draft until it is published, and may be withdrawn and published again. Chinese is
  always there; English is there in whole or not at all.
* A ticket (技术支持) is one question of a physician about one item: 咨询内容 of at most 100 characters,
  补充说明 of at most 500, at most three pictures (manual, 5.3). `open_actions` is the only guard: pages draw
  buttons by it, `help_desk.act` refuses by it.
* Feedback (意见反馈) is a text of at most 500 characters, with a contact if one likes (manual, 5.2).

Characters are Unicode code points in NFC, as `len` counts them; a character outside the BMP counts once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from credential.text import Text
from registry.record import PersonId
from registry.roles import Role, UserId

ArticleId = NewType("ArticleId", str)
TicketId = NewType("TicketId", str)
PictureId = NewType("PictureId", str)
FeedbackId = NewType("FeedbackId", str)

TITLE_CHARS: Final = 60
BODY_CHARS: Final = 20_000
QUESTION_CHARS: Final = 100
DETAIL_CHARS: Final = 500
REPLY_CHARS: Final = 1_000
FEEDBACK_CHARS: Final = 500
CONTACT_CHARS: Final = 100
MAX_PICTURES: Final = 3


class ArticleState(StrEnum):
    """Where an article stands."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """资讯. ``version`` is raised by each change; ``published_at`` is the first publication."""

    id: ArticleId
    state: ArticleState
    title_zh: str
    title_en: str
    body_zh: str
    body_en: str
    version: int
    created_at: datetime
    changed_at: datetime
    published_at: datetime | None

    @property
    def title(self) -> Text:
        return Text(self.title_zh, self.title_en or self.title_zh)

    @property
    def is_public(self) -> bool:
        return self.state is ArticleState.PUBLISHED


class TicketSubject(StrEnum):
    """咨询项目. The manual names the first; the others are this system's."""

    REGISTRATION = "REGISTRATION"
    CREDENTIALS = "CREDENTIALS"
    ACCOUNT = "ACCOUNT"
    APP = "APP"


class TicketState(StrEnum):
    """新建 · 处理中 · 已答复 · 已关闭."""

    NEW = "NEW"
    IN_PROGRESS = "IN_PROGRESS"
    ANSWERED = "ANSWERED"
    CLOSED = "CLOSED"


class TicketAction(StrEnum):
    """What may be done with a ticket."""

    TAKE_UP = "TAKE_UP"
    REPLY = "REPLY"
    CLOSE = "CLOSE"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A question to 技术支持."""

    id: TicketId
    account_id: UserId
    person_id: PersonId
    subject: TicketSubject
    province: str
    question: str
    detail: str
    state: TicketState
    version: int
    at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Who may take a step, from which states, and where it leads; nowhere when the ticket goes."""

    roles: frozenset[Role]
    before: frozenset[TicketState]
    after: TicketState | None


_OPEN: Final = frozenset(TicketState) - {TicketState.CLOSED}
STEPS: Final[Mapping[TicketAction, Step]] = {
    TicketAction.TAKE_UP: Step(
        roles=frozenset({Role.ADMIN}),
        before=frozenset({TicketState.NEW}),
        after=TicketState.IN_PROGRESS,
    ),
    TicketAction.REPLY: Step(
        roles=frozenset({Role.ADMIN}), before=_OPEN, after=TicketState.ANSWERED
    ),
    TicketAction.CLOSE: Step(
        roles=frozenset({Role.ADMIN, Role.PHYSICIAN}), before=_OPEN, after=TicketState.CLOSED
    ),
    TicketAction.DELETE: Step(
        roles=frozenset({Role.PHYSICIAN}),
        before=frozenset({TicketState.NEW, TicketState.CLOSED}),
        after=None,
    ),
}


def open_actions(state: TicketState, role: Role) -> frozenset[TicketAction]:
    """What this role may do now; for a physician, with a ticket of their own."""
    return frozenset(
        action for action, step in STEPS.items() if role in step.roles and state in step.before
    )


class FeedbackMark(StrEnum):
    """What the administrator made of feedback."""

    NEW = "NEW"
    READ = "READ"
    TAKEN_UP = "TAKEN_UP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """意见反馈."""

    id: FeedbackId
    account_id: UserId
    text: str
    contact: str
    mark: FeedbackMark
    at: datetime
