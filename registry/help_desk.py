"""技术支持 and 意见反馈: physicians ask, anyone suggests, the administrator answers (manual, 5.2, 5.3).

Each use case is one transaction.

* A ticket is its owner's and the administrator's; for anybody else it does not exist.
* A picture comes in before its ticket, so that a form with a fault keeps it; it waits a day at most, then
  it is swept. With a ticket it stays as long as the ticket, and goes with it.
* An account has so many questions and so much feedback in a day of China, and so much space for pictures.
* What was asked and answered is in the ticket alone: the audit log names the ticket, not its text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any, Final

from credential import codelists
from registry import correspondence_store as kept
from registry import forms, models, roll
from registry.correspondence import (
    CONTACT_CHARS,
    DETAIL_CHARS,
    FEEDBACK_CHARS,
    MAX_PICTURES,
    QUESTION_CHARS,
    REPLY_CHARS,
    STEPS,
    Feedback,
    FeedbackId,
    FeedbackMark,
    PictureId,
    Ticket,
    TicketAction,
    TicketId,
    TicketState,
    TicketSubject,
    open_actions,
)
from registry.desk import Desk
from registry.errors import Code, Reason, RegistryError, refuse
from registry.forms import UnreadableError
from registry.messages import Notice
from registry.periods import CHINA
from registry.roles import Actor, Role, UserId
from registry.store import Unit

FEEDBACK_A_DAY: Final = 5
TICKETS_A_DAY: Final = 10
PICTURE_BYTES: Final = 30 * 1024 * 1024
"""Space for the pictures of one account."""
MAX_PICTURE_BYTES: Final = 5 * 1024 * 1024
PICTURE_WAITS: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a physician asks, as the form sends it."""

    subject: str
    province: str
    question: str
    detail: str = ""
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A ticket as its owner or the administrator sees it."""

    ticket: Ticket
    replies: tuple[Any, ...]
    pictures: tuple[PictureId, ...]
    actions: frozenset[TicketAction]
    asker: str


# Tickets.


def keep_picture(desk: Desk, image: bytes, *, by: Actor, now: datetime) -> PictureId:
    """Keeps a picture, drawn anew before, for a ticket to come; ``QUOTA_REACHED``."""
    _only(by, Role.PHYSICIAN)
    if not 0 < len(image) <= MAX_PICTURE_BYTES:
        raise refuse(Code.FIELD_TOO_LONG, "pictures")
    with desk.store.writing() as unit:
        kept.wait_for(unit, by.user_id)
        kept.sweep(unit, before=now - PICTURE_WAITS)
        if kept.bytes_of(unit, by.user_id) + len(image) > PICTURE_BYTES:
            raise refuse(Code.QUOTA_REACHED, "pictures")
        picture_id = PictureId(desk.new_id())
        kept.add_picture(unit, picture_id, image, account_id=by.user_id, at=now)
    return picture_id


def ask(desk: Desk, asked: Question, *, by: Actor, request: str, now: datetime) -> TicketId:
    """A new ticket; every reason against it at once, each with its field."""
    _only(by, Role.PHYSICIAN)
    if by.person_id is None:
        raise refuse(Code.ROLE_FORBIDDEN, "ticket")
    with desk.store.writing() as unit:
        kept.wait_for(unit, by.user_id)
        if earlier := kept.asked_before(unit, models.ticket, by.user_id, request):
            return TicketId(earlier)
        new = Ticket(
            id=TicketId(desk.new_id()),
            account_id=by.user_id,
            person_id=by.person_id,
            state=TicketState.NEW,
            version=1,
            at=now,
            changed_at=now,
            **_read_question(asked),
        )
        pictures = kept.waiting_pictures(unit, by.user_id, asked.pictures)
        if len(pictures) != len(set(asked.pictures)):
            raise refuse(Code.NOT_FOUND, "pictures")
        _keep_to(TICKETS_A_DAY, unit, models.ticket, by, now)
        kept.add_ticket(unit, new, request=request)
        kept.attach(unit, new.id, pictures)
        unit.log("ticket.ask", new.id, by=by, at=now, details={"pictures": len(pictures)})
    return new.id


def view(desk: Desk, ticket_id: str, *, by: Actor) -> View:
    """A ticket with all that belongs to it; ``NOT_FOUND`` for anybody it does not concern."""
    with desk.store.reading() as unit:
        ticket = _concerns(kept.ticket(unit, ticket_id), by)
        return View(
            ticket=ticket,
            replies=tuple(kept.replies(unit, ticket.id)),
            pictures=tuple(kept.pictures_of(unit, ticket.id)),
            actions=open_actions(ticket.state, by.role),
            asker=roll.account(unit, ticket.account_id).name,
        )


def picture(desk: Desk, picture_id: str, *, by: Actor) -> bytes:
    """A picture, for whoever handed it in and, once it belongs to a ticket, for the administrator."""
    with desk.store.reading() as unit:
        found = kept.picture(unit, picture_id)
    theirs = by.role is Role.ADMIN and found.ticket_id is not None
    if not theirs and found.account_id != by.user_id:
        raise refuse(Code.NOT_FOUND, "picture")
    return bytes(found.image)


def waiting(desk: Desk, pictures: Iterable[str], *, by: Actor) -> list[PictureId]:
    """Those of these pictures that the form may still show."""
    with desk.store.reading() as unit:
        return kept.waiting_pictures(unit, by.user_id, pictures)


def act(
    desk: Desk,
    ticket_id: str,
    action: TicketAction,
    *,
    by: Actor,
    seen: int,
    now: datetime,
    reply: str = "",
) -> None:
    """One step of a ticket. ``seen`` is the version on the screen; ``STALE_FORM`` where it changed since."""
    with desk.store.writing() as unit:
        before = _concerns(kept.ticket(unit, ticket_id), by)
        if by.role not in STEPS[action].roles:
            raise refuse(Code.ROLE_FORBIDDEN, action)
        if before.version != seen:
            raise refuse(Code.STALE_FORM, "ticket")
        if action not in open_actions(before.state, by.role):
            raise refuse(Code.STEP_INVALID, action)
        after = STEPS[action].after
        if action is TicketAction.REPLY:
            text = _field("reply", reply, REPLY_CHARS)
            kept.add_reply(unit, before.id, text, by=by.user_id, at=now)
            unit.tell(
                before.person_id,
                Notice.TICKET_ANSWERED,
                before.id,
                id=desk.new_id(),
                details={},
                at=now,
            )
        if after is None:
            kept.delete_ticket(unit, before)
        else:
            changed = replace(before, state=after, version=before.version + 1, changed_at=now)
            kept.save_ticket(unit, before, changed)
        unit.log(f"ticket.{action.lower()}", before.id, by=by, at=now)


def sweep(desk: Desk, *, now: datetime) -> int:
    """Removes pictures whose form was never sent; how many."""
    with desk.store.writing() as unit:
        return kept.sweep(unit, before=now - PICTURE_WAITS)


# Feedback.


def suggest(
    desk: Desk, text: str, contact: str, *, by: Actor, request: str, now: datetime
) -> FeedbackId:
    """意见反馈 of an account of the app."""
    _only(by, Role.PUBLIC, Role.PHYSICIAN)
    with desk.store.writing() as unit:
        kept.wait_for(unit, by.user_id)
        if earlier := kept.asked_before(unit, models.feedback, by.user_id, request):
            return FeedbackId(earlier)
        said, faults = _read(
            text=lambda: _field("text", text, FEEDBACK_CHARS),
            contact=lambda: _field("contact", contact, CONTACT_CHARS, required=False),
        )
        if faults:
            raise RegistryError(*faults)
        _keep_to(FEEDBACK_A_DAY, unit, models.feedback, by, now)
        new = Feedback(
            id=FeedbackId(desk.new_id()),
            account_id=by.user_id,
            mark=FeedbackMark.NEW,
            at=now,
            **said,
        )
        kept.add_feedback(unit, new, request=request)
        unit.log("feedback.suggest", new.id, by=by, at=now)
    return new.id


def mark(desk: Desk, feedback_id: str, made: FeedbackMark, *, by: Actor, now: datetime) -> None:
    """What the administrator makes of it."""
    _only(by, Role.ADMIN)
    with desk.store.writing() as unit:
        kept.mark_feedback(unit, FeedbackId(feedback_id), made)
        unit.log("feedback.mark", feedback_id, by=by, at=now, details={"mark": made})


# Inside.


def _read_question(asked: Question) -> dict[str, Any]:
    said, faults = _read(
        subject=lambda: _subject(asked.subject),
        province=lambda: _province(asked.province),
        question=lambda: _field("question", asked.question, QUESTION_CHARS),
        detail=lambda: _field("detail", asked.detail, DETAIL_CHARS, required=False),
    )
    if len(set(asked.pictures)) > MAX_PICTURES:
        faults.append(Reason(Code.TOO_MANY_FILES, "pictures"))
    if faults:
        raise RegistryError(*faults)
    return said


def _read(**fields: Callable[[], Any]) -> tuple[dict[str, Any], list[Reason]]:
    """What could be read of each field, and why the others could not."""
    said: dict[str, Any] = {}
    faults: list[Reason] = []
    for name, read in fields.items():
        try:
            said[name] = read()
        except RegistryError as error:
            faults += error.reasons
    return said, faults


def _field(name: str, value: str, limit: int, *, required: bool = True) -> str:
    try:
        text: str = forms.text(limit)(value)
    except UnreadableError as error:
        raise refuse(error.code, name) from error
    if required and not text:
        raise refuse(Code.FIELD_REQUIRED, name)
    return text


def _subject(value: str) -> TicketSubject:
    if not value:
        raise refuse(Code.FIELD_REQUIRED, "subject")
    try:
        return TicketSubject(value)
    except ValueError as error:
        raise refuse(Code.FIELD_OPTION, "subject") from error


def _province(value: str) -> str:
    if not value:
        raise refuse(Code.FIELD_REQUIRED, "province")
    if value not in codelists.practice_provinces():
        raise refuse(Code.FIELD_OPTION, "province")
    return value


def _concerns(ticket: Ticket, by: Actor) -> Ticket:
    owner = by.role is Role.PHYSICIAN and UserId(ticket.account_id) == by.user_id
    if not owner and by.role is not Role.ADMIN:
        raise refuse(Code.NOT_FOUND, "ticket")
    return ticket


def _keep_to(limit: int, unit: Unit, table: Any, by: Actor, now: datetime) -> None:
    midnight = datetime.combine(now.astimezone(CHINA).date(), time(), tzinfo=CHINA)
    if kept.made_since(unit, table, by.user_id, midnight) >= limit:
        raise refuse(Code.LIMIT_REACHED)


def _only(by: Actor, *roles: Role) -> None:
    if by.role not in roles:
        raise refuse(Code.ROLE_FORBIDDEN)
