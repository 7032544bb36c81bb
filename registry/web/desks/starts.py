"""What an office starts itself: 备案, 注销, 取消多机构备案 by an institution, 注销 ex officio.

A draft is made about one record, its form is the row's own form for clerks (`registry.kinds`), and it goes
on without the institution's review. Reports have thirty days (医师法 art. 17); what is late is said. What an
authority starts, another of its clerks decides.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from credential.text import Text
from registry import messages
from registry.desk import View
from registry.errors import Code, Reason, RegistryError
from registry.forms import Widget
from registry.kinds import KINDS, ApplicationKind
from registry.record import RecordId
from registry.roles import Role
from registry.web import uploads
from registry.web.access import CLERK, access
from registry.web.applications import asked_of, typed_of
from registry.web.desks import parts
from registry.web.frame import tell
from registry.web.service import actor, desk, now
from registry.workflow import Action, ApplicationId, Status

blueprint = Blueprint("starts", __name__, url_prefix="/desk")


def offered(role: Role) -> list[ApplicationKind]:
    """The kinds that clerks of a role may start about a record."""
    return [code for code, kind in KINDS.items() if role in kind.pages_of_clerks]


@blueprint.post("/records/<record_id>/start/<kind>")
@access(CLERK)
def start(record_id: str, kind: str) -> BaseResponse:
    """A draft about one record; what does not concern this office is not found."""
    try:
        code = ApplicationKind(kind)
    except ValueError:
        abort(404)
    with desk().store.reading() as unit:
        person_id = unit.person_of_record(RecordId(record_id))
    made = desk().start(
        code,
        {"record_id": record_id},
        by=actor(),
        request=parts.pressed(),
        now=now(),
        person_id=person_id,
    )
    return redirect(url_for("starts.form", application_id=made), 303)


@blueprint.get("/drafts/<application_id>")
@access(CLERK)
def form(application_id: str) -> str:
    """The form of a draft of this office."""
    return _form(_draft(application_id))


@blueprint.post("/drafts/<application_id>")
@access(CLERK)
def submit(application_id: str) -> BaseResponse | tuple[str, int]:
    """Saves the form and hands it in; what is missing is said beside its field, what was typed stays."""
    view = _draft(application_id)
    (page,) = view.kind.pages_for(view.application.started_by)
    typed = {**typed_of(page), "record_id": view.answers["record_id"]}
    try:
        typed |= _files(view)
        seen = request.form.get("seen", "")
        seen = desk().save(view.application.id, typed, by=actor(), seen=seen, now=now())
        desk().act(
            view.application.id,
            Action.SUBMIT,
            by=actor(),
            seen=seen,
            request=parts.pressed(),
            now=now(),
        )
    except RegistryError as error:
        fresh = desk().view(view.application.id, by=actor(), now=now())
        return _form(fresh, typed=typed, reasons=error.reasons), messages.status_of(error.code)
    tell("good", Text("已提交", "Submitted"))
    return redirect(url_for("review.one", application_id=application_id), 303)


@blueprint.post("/drafts/<application_id>/delete")
@access(CLERK)
def delete(application_id: str) -> BaseResponse:
    """Throws a draft of this office away."""
    desk().delete(ApplicationId(application_id), by=actor(), now=now())
    tell("good", Text("草稿已删除", "The draft is deleted"))
    return redirect(url_for("review.queue"), 303)


def _draft(application_id: str) -> View:
    view = desk().view(ApplicationId(application_id), by=actor(), now=now())
    if view.application.status is not Status.DRAFT:
        raise RegistryError(Reason(Code.STEP_INVALID))
    return view


def _files(view: View) -> dict[str, str]:
    (page,) = view.kind.pages_for(view.application.started_by)
    taken = {}
    for field in page.fields:
        sent = request.files.get(field.key)
        if field.widget is Widget.FILE and sent and sent.filename:
            content, suffix = uploads.document(sent.stream.read())
            name = f"{field.label.zh}{suffix}"
            taken[field.key] = desk().attach(
                view.application.id, name=name, content=content, by=actor(), now=now()
            )
        elif field.widget is Widget.FILE and view.answers.get(field.key):
            taken[field.key] = view.answers[field.key]
    return taken


def _form(view: View, *, typed: Any = None, reasons: tuple[Reason, ...] = ()) -> str:
    (page,) = view.kind.pages_for(view.application.started_by)
    by_field = {each.subject: each for each in reasons if each.subject}
    impact = None
    with suppress(RegistryError):
        impact = desk().preview(view.application.id, by=actor(), now=now())
    with desk().store.reading() as unit:
        names = parts.names_of(unit, view.case.dossier)
    keys = {each.key for each in page.fields}
    return render_template(
        "registry/desks/start.html",
        view=view,
        page=page,
        record=view.case.record,
        asked=[
            asked_of(field, view.case, typed, by_field.get(field.key))
            for field in page.fields
            if field.key != "record_id"
        ],
        reasons=[each for each in reasons if each.subject not in keys],
        impact=impact if impact and not impact.reasons else None,
        known=names,
        parts=parts,
    )
