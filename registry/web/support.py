"""意见反馈 and 技术支持 of the app, and the administrator's side of both (manual, 5.2 and 5.3).

Pictures come with the form. What of them can be read is kept at once, so that a form with a fault keeps them:
the page that comes back shows them with a box to take each out again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from credential import codelists
from credential.text import Text
from registry import correspondence_store as kept
from registry import help_desk, messages
from registry.correspondence import (
    CONTACT_CHARS,
    DETAIL_CHARS,
    FEEDBACK_CHARS,
    MAX_PICTURES,
    QUESTION_CHARS,
    REPLY_CHARS,
    FeedbackMark,
    PictureId,
    TicketAction,
    TicketState,
    TicketSubject,
)
from registry.errors import Code, Reason, RegistryError
from registry.help_desk import Question
from registry.web import uploads, words
from registry.web.access import ADMIN, APP, PHYSICIAN, Access, access
from registry.web.frame import tell
from registry.web.limits import limiter
from registry.web.service import actor, desk, now

Word = TypeVar("Word", bound=StrEnum)
blueprint = Blueprint("support", __name__)
_ASKER_OR_ADMIN = Access((PHYSICIAN.roles or frozenset()) | (ADMIN.roles or frozenset()))
_LIMITS = {
    "question": QUESTION_CHARS,
    "detail": DETAIL_CHARS,
    "text": FEEDBACK_CHARS,
    "contact": CONTACT_CHARS,
    "reply": REPLY_CHARS,
}
_PICTURES_ONLY = Text("只接受 JPEG、PNG、WebP 图片", "Only JPEG, PNG or WebP pictures")


# --- 技术支持 ------------------------------------------------------------------------------------


@blueprint.get("/support")
@access(PHYSICIAN)
def form() -> str:
    """技术支持: the form."""
    return _ask_form()


@blueprint.post("/support")
@access(PHYSICIAN)
@limiter.limit("60 per hour")
def ask() -> BaseResponse | tuple[str, int]:
    """确定提交."""
    held, faults = _pictures()
    asked = Question(
        subject=request.form.get("subject", ""),
        province=request.form.get("province", ""),
        question=request.form.get("question", ""),
        detail=request.form.get("detail", ""),
        pictures=tuple(held),
    )
    if faults:
        return _ask_form(held=held, reasons=faults), messages.status_of(faults[0].code)
    try:
        made = help_desk.ask(desk(), asked, by=actor(), request=_request(), now=now())
    except RegistryError as error:
        return _ask_form(held=held, reasons=error.reasons), messages.status_of(error.code)
    tell(
        "good", Text("已提交，答复后会在消息中告诉您", "Sent; you will be told when it is answered")
    )
    return redirect(url_for("support.ticket", ticket_id=made), 303)


@blueprint.get("/support/tickets")
@access(PHYSICIAN)
def mine() -> str:
    """我的咨询."""
    with desk().store.reading() as unit:
        page = kept.tickets_of(unit, actor().user_id, before=_before())
    return render_template(
        "registry/support/mine.html", page=page, back=url_for("support.form"), tab="me"
    )


@blueprint.get("/support/tickets/<ticket_id>")
@access(PHYSICIAN)
def ticket(ticket_id: str) -> str:
    """One question with its answers."""
    return render_template(
        "registry/support/ticket.html",
        view=help_desk.view(desk(), ticket_id, by=actor()),
        Action=TicketAction,
        back=url_for("support.mine"),
        tab="me",
    )


@blueprint.post("/support/tickets/<ticket_id>/close")
@access(PHYSICIAN)
def close(ticket_id: str) -> BaseResponse:
    """The question is settled."""
    help_desk.act(desk(), ticket_id, TicketAction.CLOSE, by=actor(), seen=_seen(), now=now())
    tell("good", Text("已关闭", "Closed"))
    return redirect(url_for("support.ticket", ticket_id=ticket_id), 303)


@blueprint.post("/support/tickets/<ticket_id>/delete")
@access(PHYSICIAN)
def delete(ticket_id: str) -> BaseResponse:
    """Removes a question with its pictures."""
    help_desk.act(desk(), ticket_id, TicketAction.DELETE, by=actor(), seen=_seen(), now=now())
    tell("good", Text("咨询及其图片已删除", "The question and its pictures are deleted"))
    return redirect(url_for("support.mine"), 303)


@blueprint.get("/support/pictures/<picture_id>")
@access(_ASKER_OR_ADMIN)
def picture(picture_id: str) -> Response:
    """A picture of a question, for its owner and the administrator."""
    return uploads.served(help_desk.picture(desk(), picture_id, by=actor()), "picture.jpg")


# --- 意见反馈 ------------------------------------------------------------------------------------


@blueprint.get("/feedback")
@access(APP)
def feedback() -> str:
    """意见反馈: the form."""
    return _feedback_form()


@blueprint.post("/feedback")
@access(APP)
@limiter.limit("60 per hour")
def suggest() -> BaseResponse | tuple[str, int]:
    """Sends a suggestion."""
    text, contact = request.form.get("text", ""), request.form.get("contact", "")
    try:
        help_desk.suggest(desk(), text, contact, by=actor(), request=_request(), now=now())
    except RegistryError as error:
        return _feedback_form(error.reasons), messages.status_of(error.code)
    tell("good", Text("已收到，感谢您的意见", "Received, with thanks"))
    return redirect(url_for("home.me"), 303)


# --- the administrator ---------------------------------------------------------------------------


@blueprint.get("/admin/tickets")
@access(ADMIN)
def desk_tickets() -> str:
    """Questions, by state."""
    state = _one_of(TicketState, request.args.get("state", ""))
    with desk().store.reading() as unit:
        page = kept.tickets(unit, state=state, before=_before())
    return render_template(
        "registry/support/desk_tickets.html", page=page, chosen=state, states=TicketState
    )


@blueprint.get("/admin/tickets/<ticket_id>")
@access(ADMIN)
def desk_ticket(ticket_id: str) -> str:
    """One question, to be answered."""
    return _desk_ticket(ticket_id)


@blueprint.post("/admin/tickets/<ticket_id>")
@access(ADMIN)
def desk_act(ticket_id: str) -> BaseResponse | tuple[str, int]:
    """开始处理, 答复 or 关闭; what was typed stays where it is refused."""
    action = _one_of(TicketAction, request.form.get("action", ""))
    if action is None:
        abort(400)
    reply = request.form.get("reply", "")
    try:
        help_desk.act(desk(), ticket_id, action, by=actor(), seen=_seen(), now=now(), reply=reply)
    except RegistryError as error:
        if error.code is Code.NOT_FOUND:
            raise
        return _desk_ticket(ticket_id, error.reasons), messages.status_of(error.code)
    tell("good", messages.TICKET_STATES[_state_of(ticket_id)])
    return redirect(url_for("support.desk_ticket", ticket_id=ticket_id), 303)


@blueprint.get("/admin/feedback")
@access(ADMIN)
def desk_feedback() -> str:
    """意见反馈, by mark."""
    mark = _one_of(FeedbackMark, request.args.get("mark", ""))
    with desk().store.reading() as unit:
        page = kept.feedback(unit, mark=mark, before=_before())
    return render_template(
        "registry/support/desk_feedback.html", page=page, chosen=mark, marks=FeedbackMark
    )


@blueprint.post("/admin/feedback/<feedback_id>")
@access(ADMIN)
def mark(feedback_id: str) -> BaseResponse:
    """Marks one suggestion."""
    made = _one_of(FeedbackMark, request.form.get("mark", ""))
    if made is None:
        abort(400)
    help_desk.mark(desk(), feedback_id, made, by=actor(), now=now())
    tell("good", messages.FEEDBACK_MARKS[made])
    return redirect(url_for("support.desk_feedback"), 303)


# --- inside --------------------------------------------------------------------------------------


def _pictures() -> tuple[list[PictureId], list[Reason]]:
    """The pictures of this form, kept now or before, and why others were not taken."""
    held = help_desk.waiting(
        desk(), request.form.getlist("picture")[: MAX_PICTURES + 1], by=actor()
    )
    sent = [each for each in request.files.getlist("pictures") if each.filename]
    if len(held) + len(sent) > MAX_PICTURES:
        return held[:MAX_PICTURES], [Reason(Code.TOO_MANY_FILES, "pictures")]
    faults: list[Reason] = []
    for each in sent:
        try:
            drawn = uploads.picture(each.stream.read())
            held.append(help_desk.keep_picture(desk(), drawn, by=actor(), now=now()))
        except RegistryError as error:
            faults += [Reason(why.code, "pictures") for why in error.reasons]
    return held, faults


def _ask_form(*, held: Sequence[PictureId] = (), reasons: Sequence[Reason] = ()) -> str:
    faults = {each.subject: _why(each) for each in reasons if each.subject}
    return render_template(
        "registry/support/form.html",
        typed=request.form,
        held=held,
        faults=faults,
        others=[each for each in reasons if not each.subject],
        subjects=TicketSubject,
        provinces=codelists.practice_provinces(),
        limits=_LIMITS,
        most=MAX_PICTURES,
        back=url_for("home.me"),
        tab="me",
    )


def _feedback_form(reasons: Sequence[Reason] = ()) -> str:
    return render_template(
        "registry/support/feedback.html",
        typed=request.form,
        faults={each.subject: _why(each) for each in reasons if each.subject},
        others=[each for each in reasons if not each.subject],
        limits=_LIMITS,
        back=url_for("home.me"),
        tab="me",
    )


def _desk_ticket(ticket_id: str, reasons: Sequence[Reason] = ()) -> str:
    return render_template(
        "registry/support/desk_ticket.html",
        view=help_desk.view(desk(), ticket_id, by=actor()),
        typed=request.form,
        faults={each.subject: _why(each) for each in reasons if each.subject == "reply"},
        others=[each for each in reasons if each.subject != "reply"],
        limits=_LIMITS,
        Action=TicketAction,
    )


def _state_of(ticket_id: str) -> TicketState:
    return help_desk.view(desk(), ticket_id, by=actor()).ticket.state


def _why(reason: Reason) -> str:
    return words.say(_PICTURES_ONLY) if reason.code is Code.FILE_TYPE else words.reason(reason)


def _request() -> str:
    """The name of this press of a button."""
    name = request.form.get("request", "")
    if not re.fullmatch(r"[0-9a-f]{32}", name):
        abort(400)
    return name


def _seen() -> int:
    """The version on the screen; none of ours where the form does not say."""
    said = request.form.get("seen", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0


def _before() -> str:
    return request.args.get("before", "")[:64]


def _one_of(kind: type[Word], said: str) -> Word | None:
    try:
        return kind(said)
    except ValueError:
        return None
