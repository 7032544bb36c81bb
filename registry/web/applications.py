"""业务申请: the thirteen kinds through one set of views and one form, as `registry.kinds` describes them.

Guide → pages, each saved as it is left → a summary → 确定. What was typed is never lost: a page that cannot
be read comes back as it was, with the reason beside the field; going back keeps what can be read. An
application that was returned opens again, with what to correct above it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from credential import codelists
from credential.text import Text
from registry import forms, messages, queues, rules, workflow
from registry.credentials import CredentialKind
from registry.desk import View
from registry.errors import Code, Reason, RegistryError
from registry.forms import Field, IncompleteError, Page, Widget
from registry.kinds import KINDS, ApplicationKind
from registry.record import InstitutionId, Level, PersonId
from registry.roles import Role
from registry.rules import Case
from registry.web import guide as guides
from registry.web import uploads, words
from registry.web.access import APP, BOUND, SIGNED_IN, access
from registry.web.frame import tell
from registry.web.limits import limiter
from registry.web.service import actor, desk, now
from registry.workflow import Action, Application, ApplicationId, Status, Word

blueprint = Blueprint("applications", __name__)
_EXPERIENCE: Final = ("begins", "ends", "institution", "post", "witness")
_PICKED: Final = 20
_RECORD_CODES: Final = frozenset(
    {Code.LICENCE_NOT_ACTIVE, Code.NOT_FILED, Code.PERIOD_OVER, Code.NOT_ASSISTANT}
)
"""Reasons that speak of the record itself, said beside it where records are chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One field as a page shows it."""

    field: Field
    value: Any
    required: bool
    options: tuple[forms.Option, ...]
    fault: str = ""


# --- the guide -----------------------------------------------------------------------------------


@blueprint.get("/business/<kind>")
@access(APP)
def guide(kind: str) -> str:
    """业务说明: who, conditions, steps, who reviews; and a draft to go on with."""
    row = KINDS[_kind(kind)]
    with desk().store.reading() as unit:
        mine = queues.applications_of(unit, PersonId(actor().person_id or ""))
    drafts = [each for each in mine if each.kind is row.code and each.status is Status.DRAFT]
    return render_template(
        "registry/applications/guide.html",
        kind=row,
        guide=guides.GUIDES[row.code],
        elsewhere=guides.ELSEWHERE,
        drafts=drafts,
        back=url_for("home.business"),
        tab="business",
    )


@blueprint.post("/business/<kind>")
@access(BOUND)
def start(kind: str) -> BaseResponse:
    """Begins an application; work experience is carried over from the last one (manual, 3.6.4)."""
    row = KINDS[_kind(kind)]
    asked = {field.key for page in row.pages for field in page.fields}
    with desk().store.reading() as unit:
        last = queues.last_experiences(unit, PersonId(actor().person_id or ""))
    carried = {"experiences": last} if last and "experiences" in asked else {}
    answers = desk().beginning(row.code, by=actor(), now=now(), **carried)
    made = desk().start(row.code, answers, by=actor(), request=_request(), now=now())
    return redirect(url_for("applications.page", application_id=made, number=1), 303)


# --- the pages -----------------------------------------------------------------------------------


@blueprint.get("/applications/<application_id>/<int:number>")
@access(BOUND)
def page(application_id: str, number: int) -> str:
    """One page of the form."""
    view, at = _page_of(application_id, number)
    return _form(view, number, at)


@blueprint.post("/applications/<application_id>/<int:number>")
@access(BOUND)
def save(application_id: str, number: int) -> BaseResponse | tuple[str, int] | str:
    """Saves a page and goes on, back, or stays to look something up."""
    view, at = _page_of(application_id, number)
    go, seen = request.form.get("go", "next"), request.form.get("seen", "")
    typed = typed_of(at)
    try:
        files, taken = _files(view, at)
        if taken:  # the photo is part of what is seen: it was changed here, on this page
            seen = _seen(application_id) if seen == view.seen else seen
        typed.update(files)
        told = _readable(at, typed) if go != "next" else typed
        desk().save(view.application.id, told, by=actor(), seen=seen, now=now())
    except RegistryError as error:
        status = messages.status_of(error.code)
        return _form(view, number, at, typed=typed, reasons=error.reasons), status
    if go == "find":
        return _form(_view(application_id), number, at, typed=typed)
    if go == "back":
        return redirect(_url(application_id, max(1, number - 1)), 303)
    view = _view(application_id)
    if gaps := forms.gaps([at], view.case):
        return _form(view, number, at, reasons=gaps), 422
    saved = words.instant(now())[-5:]
    tell("good", Text(f"已保存 {saved}", f"Saved {saved}"))
    pages = _pages(view)
    if go == "next" and number < len(pages):
        return redirect(_url(application_id, number + 1), 303)
    return redirect(url_for("applications.summary", application_id=application_id), 303)


@blueprint.get("/applications/<application_id>/check")
@access(BOUND)
def summary(application_id: str) -> str:
    """Everything once more before it is submitted."""
    return _summary(_editable(application_id))


@blueprint.post("/applications/<application_id>/submit")
@access(BOUND)
def submit(application_id: str) -> BaseResponse | tuple[str, int]:
    """确定: hands the application to whoever reviews it first."""
    seen = request.form.get("seen", "")
    try:
        desk().act(
            ApplicationId(application_id),
            Action.SUBMIT,
            by=actor(),
            seen=seen,
            request=_request(),
            now=now(),
        )
    except RegistryError as error:
        if error.code is Code.NOT_FOUND:
            raise
        view = _view(application_id)
        if view.application.status not in workflow.EDITABLE:
            raise
        return _summary(view, reasons=error.reasons), messages.status_of(error.code)
    tell("good", Text("已提交", "Submitted"))
    return redirect(url_for("applications.detail", application_id=application_id), 303)


# --- what became of it ---------------------------------------------------------------------------


_STATES: Final[Mapping[str, Callable[[Application], bool]]] = {
    "": lambda each: True,  # noqa: ARG005
    "draft": lambda each: each.status is Status.DRAFT,
    "open": lambda each: each.is_open and each.status is not Status.DRAFT,
    "closed": lambda each: not each.is_open,
}


@blueprint.get("/applications")
@access(APP)
def mine() -> str:
    """业务查询: un-submitted and submitted applications, with filters (manual, 2.8)."""
    with desk().store.reading() as unit:
        every = queues.applications_of(unit, PersonId(actor().person_id or ""), limit=200)
    kind, state = request.args.get("kind", ""), request.args.get("state", "")
    fits = _STATES.get(state, _STATES[""])
    chosen = [each for each in every if fits(each) and kind in ("", each.kind)]
    return render_template(
        "registry/applications/mine.html",
        applications=chosen,
        any=bool(every),
        kinds=KINDS,
        chosen_kind=kind,
        chosen_state=state,
        tab="business",
        back=url_for("home.business"),
    )


@blueprint.get("/applications/<application_id>")
@access(BOUND)
def detail(application_id: str) -> str:
    """One application: where it stands in its three steps, what was said, what was asked."""
    view = _view(application_id)
    with desk().store.reading() as unit:
        institution = unit.institutions([view.application.institution_id])
        authorities = unit.authority_names()
    return render_template(
        "registry/applications/detail.html",
        view=view,
        pages=shown_pages(view),
        institution=institution.get(view.application.institution_id or InstitutionId("")),
        authorities=authorities,
        Action=Action,
        tab="business",
        back=url_for("applications.mine"),
    )


@blueprint.get("/applications/<application_id>/print")
@access(BOUND)
def printed(application_id: str) -> str:
    """业务打印表单: the application form on A4, with both opinions."""
    view = _view(application_id)
    with desk().store.reading() as unit:
        authorities = unit.authority_names()
    return render_template(
        "registry/applications/print.html",
        view=view,
        pages=shown_pages(view),
        authorities=authorities,
    )


@blueprint.post("/applications/<application_id>/withdraw")
@access(BOUND)
def withdraw(application_id: str) -> BaseResponse:
    """撤回."""
    view = _view(application_id)
    desk().act(
        view.application.id,
        Action.WITHDRAW,
        by=actor(),
        seen=request.form.get("seen", ""),
        request=_request(),
        now=now(),
        word=Word(),
    )
    tell("good", Text("已撤回", "Withdrawn"))
    return redirect(url_for("applications.detail", application_id=application_id), 303)


@blueprint.post("/applications/<application_id>/delete")
@access(BOUND)
def delete(application_id: str) -> BaseResponse:
    """Throws a draft away."""
    desk().delete(ApplicationId(application_id), by=actor(), now=now())
    tell("good", Text("草稿已删除", "The draft is deleted"))
    return redirect(url_for("applications.mine"), 303)


@blueprint.get("/applications/<application_id>/files/<file_id>")
@access(SIGNED_IN)
def attachment(application_id: str, file_id: str) -> Response:
    """A file handed in with an application, for those whom the application concerns."""
    view = desk().view(ApplicationId(application_id), by=actor(), now=now())
    with desk().store.reading() as unit:
        found = unit.attachment(view.application.id, file_id)
    if found is None:
        abort(404)
    return uploads.served(found.content, found.name)


# --- pickers -------------------------------------------------------------------------------------


@blueprint.get("/pick/institutions")
@access(SIGNED_IN)
@limiter.limit("120 per minute")
def pick_institutions() -> str:
    """Open institutions inside a place whose name has these words; a piece of a page."""
    return render_template(
        "registry/applications/_institutions.html",
        found=_institutions(request.args.get("q", ""), request.args.get("place", "")),
        q=request.args.get("q", ""),
        chosen=request.args.get("chosen", ""),
        name=request.args.get("name", "institution_id"),
    )


@blueprint.get("/pick/places")
@access(SIGNED_IN)
@limiter.limit("120 per minute")
def pick_places() -> str:
    """Counties whose name, or whose province's name, has these words; a piece of a page."""
    return render_template(
        "registry/applications/_places.html",
        found=_counties(request.args.get("q", "")),
        q=request.args.get("q", ""),
        chosen=request.args.get("chosen", ""),
    )


# --- inside: views of an application -------------------------------------------------------------


def _kind(code: str) -> ApplicationKind:
    try:
        return ApplicationKind(code)
    except ValueError:
        abort(404)


def _request() -> str:
    """The name of this press of a button."""
    name = request.form.get("request", "")
    if not re.fullmatch(r"[0-9a-f]{32}", name):
        abort(400)
    return name


def _view(application_id: str) -> View:
    view = desk().view(ApplicationId(application_id), by=actor(), now=now())
    if view.application.person_id != actor().person_id:
        abort(404)
    return view


def _seen(application_id: str) -> str:
    return _view(application_id).seen


def _editable(application_id: str) -> View:
    view = _view(application_id)
    if view.application.status not in workflow.EDITABLE:
        raise RegistryError(Reason(Code.STEP_INVALID))
    return view


def _page_of(application_id: str, number: int) -> tuple[View, Page]:
    view = _editable(application_id)
    pages = _pages(view)
    if not 1 <= number <= len(pages):
        abort(404)
    return view, pages[number - 1]


def _pages(view: View) -> tuple[Page, ...]:
    return view.kind.pages_for(view.application.started_by)


def _url(application_id: str, number: int) -> str:
    return url_for("applications.page", application_id=application_id, number=number)


# --- inside: what a browser sent -----------------------------------------------------------------


def typed_of(at: Page) -> dict[str, Any]:
    """The answers of a page as they were sent; a field left empty is None."""
    return {
        field.key: _SENT.get(field.widget, _sent_text)(field.key)
        for field in at.fields
        if field.widget not in (Widget.PHOTO, Widget.FILE)
    }


def _sent_text(key: str) -> Any:
    return request.form.get(key, "").strip() or None


def _sent_list(key: str) -> Any:
    return request.form.getlist(key) or None


def _sent_yes_no(key: str) -> Any:
    return {"yes": True, "no": False}.get(request.form.get(key, ""), request.form.get(key) or None)


def _sent_rows(key: str) -> Any:
    """Rows of work experience: columns of equal length; rows left empty are dropped."""
    columns = [request.form.getlist(f"{key}.{part}") for part in _EXPERIENCE]
    rows = (dict(zip(_EXPERIENCE, row, strict=False)) for row in zip(*columns, strict=False))
    return [row for row in rows if any(value.strip() for value in row.values())] or None


_SENT: Final = {
    Widget.CHECKS: _sent_list,
    Widget.YES_NO: _sent_yes_no,
    Widget.EXPERIENCES: _sent_rows,
}


def _files(view: View, at: Page) -> tuple[dict[str, str], bool]:
    """Files sent with a page, taken in: their ids by field, and whether a photo was among them."""
    taken: dict[str, str] = {}
    photo = False
    for field in at.fields:
        if field.widget is Widget.PHOTO:
            sent = request.files.get(field.key)
            if sent and sent.filename:
                image = uploads.portrait(sent.stream.read())
                taken[field.key] = desk().upload_photo(image, by=actor(), now=now())
                photo = True
            elif current := view.case.dossier.pending_photo or view.case.dossier.confirmed_photo:
                taken[field.key] = current.id
        elif field.widget is Widget.FILE:
            sent = request.files.get(field.key)
            if sent and sent.filename:
                content, suffix = uploads.document(sent.stream.read())
                taken[field.key] = desk().attach(
                    view.application.id,
                    name=f"{field.label.zh}{suffix}",
                    content=content,
                    by=actor(),
                    now=now(),
                )
    return taken, photo


def _readable(at: Page, typed: Mapping[str, Any]) -> dict[str, Any]:
    """What of a page can be read; the rest is not saved, and asked again."""
    _, faults = forms.read([at], {key: value for key, value in typed.items() if value is not None})
    unread = {fault.subject for fault in faults}
    return {key: value for key, value in typed.items() if key not in unread}


# --- inside: what a page shows -------------------------------------------------------------------


def _form(
    view: View,
    number: int,
    at: Page,
    *,
    typed: Mapping[str, Any] | None = None,
    reasons: Iterable[Reason] = (),
) -> str:
    by_field = {each.subject: each for each in reasons if each.subject}
    others = [each for each in reasons if each.subject not in {f.key for f in at.fields}]
    pages = _pages(view)
    return render_template(
        "registry/applications/page.html",
        view=view,
        page=at,
        number=number,
        total=len(pages),
        asked=[asked_of(field, view.case, typed, by_field.get(field.key)) for field in at.fields],
        reasons=others,
        already=_known_reasons(view),
        returned=_returned_with(view),
        records=_why_not_records(view),
        institutions=_offered_institutions(view, at, typed),
        counties=_offered_counties(at, typed, view),
        back=_url(view.application.id, number - 1)
        if number > 1
        else url_for("applications.guide", kind=view.kind.code),
        tab="business",
    )


def asked_of(
    field: Field, case: Case, typed: Mapping[str, Any] | None, fault: Reason | None
) -> Asked:
    options: tuple[forms.Option, ...] = ()
    required = True
    with suppress(IncompleteError):
        required = field.required(case)
    with suppress(IncompleteError):
        options = tuple(field.options(case)) if field.options else ()
    value = typed[field.key] if typed is not None and field.key in typed else None
    if value is None and typed is None:
        value = case.answers.get(field.key, field.default)
        if value is None and field.first is not None:
            with suppress(IncompleteError):
                value = field.first(case)
    if value is None and field.widget is Widget.RADIO and len(options) == 1 and required:
        value = options[0].value
    return Asked(
        field=field,
        value=value,
        required=required,
        options=options,
        fault=words.reason(fault) if fault else "",
    )


def _known_reasons(view: View) -> list[Reason]:
    """What would keep this application from being submitted, as far as that is known by now."""
    return _reasons(view.kind.rules, view.case)


def _reasons(these: Iterable[rules.Rule], case: Case) -> list[Reason]:
    known: list[Reason] = []
    for rule in these:
        with suppress(IncompleteError, KeyError, RegistryError):  # an answer that is not there yet
            known += rules.reasons([rule], case)
    return known


def _why_not_records(view: View) -> dict[str, str]:
    """Beside each record: why it cannot be chosen, where it speaks of the record itself."""
    why: dict[str, str] = {}
    for record in view.case.dossier.records:
        case = replace(view.case, answers={**view.case.answers, "record_id": record.id})
        said = [each for each in _reasons(view.kind.rules, case) if each.code in _RECORD_CODES]
        if said:
            why[record.id] = words.reason(said[0])
    return why


def _returned_with(view: View) -> Any:
    """The last step, where it sent the application back: what has to be corrected."""
    returned = view.application.status in workflow.RETURNED
    return view.steps[-1] if returned and view.steps else None


def _summary(view: View, *, reasons: Iterable[Reason] = ()) -> str:
    gaps = forms.gaps(_pages(view), view.case)
    return render_template(
        "registry/applications/check.html",
        view=view,
        pages=shown_pages(view),
        gaps={gap.subject: words.reason(gap) for gap in gaps},
        reasons=list(reasons) or ([] if gaps else _known_reasons(view)),
        badge=set() if gaps else _badge_after(view),
        back=_url(view.application.id, len(_pages(view))),
        tab="business",
    )


def _badge_after(view: View) -> set[str]:
    """What will be done to the badge once the application takes effect."""
    impact = desk().preview(view.application.id, by=actor(), now=now())
    return {str(each.action) for each in impact.orders if each.kind is CredentialKind.BADGE}


def shown_pages(view: View) -> list[tuple[Text, list[tuple[Field, Any]]]]:
    """Every page with its fields and what was answered, ready to be read."""
    return [
        (at.title, [(field, _shown(field, view.case)) for field in at.fields])
        for at in _pages(view)
    ]


def _shown(field: Field, case: Case) -> Any:
    """An answer as it is read on a page; pictures, files and tables are left to the template."""
    value = case.answers.get(field.key)
    if value is None or value == ():
        return None
    shows = _SHOWN.get(field.widget)
    return shows(field, case, value) if shows else _shown_choice(field, case, value)


def _shown_choice(field: Field, case: Case, value: Any) -> Any:
    with suppress(IncompleteError):
        if field.options:
            offered = {option.value: words.say(option.text) for option in field.options(case)}
            chosen = value if isinstance(value, tuple) else (value,)
            return words.t("、", ", ").join(offered.get(each, str(each)) for each in chosen)
    return value


def _shown_institution(field: Field, case: Case, value: Any) -> str:  # noqa: ARG001
    known = case.institutions.get(value)
    return known.name if known else str(value)


_SHOWN: Final[Mapping[Widget, Callable[[Field, Case, Any], Any]]] = {
    Widget.PHOTO: lambda _field, _case, value: value,
    Widget.FILE: lambda _field, _case, value: value,
    Widget.EXPERIENCES: lambda _field, _case, value: value,
    Widget.YES_NO: lambda _field, _case, value: (
        words.t("是", "yes") if value else words.t("否", "no")
    ),
    Widget.DAY: lambda _field, _case, value: words.day(value),
    Widget.INSTITUTION: _shown_institution,
}


# --- inside: what pickers offer ------------------------------------------------------------------


def _offered_institutions(view: View, at: Page, typed: Mapping[str, Any] | None) -> list[Any]:
    """The institutions to choose from: those found, and the one chosen before."""
    field = next((each for each in at.fields if each.widget is Widget.INSTITUTION), None)
    if field is None:
        return []
    place = str((typed or {}).get("place") or view.case.answers.get("place") or "")
    if not place and "place" not in {each.key for each in at.fields}:
        with suppress(IncompleteError):
            place = view.case.record.place
    found = _institutions(request.form.get("find_institution", ""), place)
    chosen = (typed or {}).get(field.key) or view.case.answers.get(field.key)
    if chosen is None and field.first is not None:
        with suppress(IncompleteError):
            chosen = field.first(view.case)
    if chosen and all(each.id != chosen for each in found):
        with desk().store.reading() as unit:
            found = [*unit.institutions([chosen]).values(), *found]
    return found


def _institutions(said: str, place: str) -> list[Any]:
    with desk().store.reading() as unit:
        return queues.institutions_called(unit, said[:64], place=place[:6], limit=_PICKED)


def _offered_counties(
    at: Page, typed: Mapping[str, Any] | None, view: View
) -> list[tuple[str, Text]] | None:
    """Counties to choose from where an assistant's place is asked for; None where provinces are."""
    if all(each.widget is not Widget.PLACE for each in at.fields):
        return None
    with suppress(IncompleteError):
        if view.case.qualification.level is not Level.ASSISTANT:
            return None
    found = _counties(request.form.get("find_place", ""))
    chosen = str((typed or {}).get("place") or view.case.answers.get("place") or "")
    if chosen and all(code != chosen for code, _ in found):
        with suppress(KeyError, ValueError):
            found.insert(0, (chosen, codelists.place_name(chosen)))
    return found


def _counties(said: str) -> list[tuple[str, Text]]:
    """Counties by words of their full name: 海南 三亚."""
    wanted = said.split()
    if not wanted:
        return []
    found: list[tuple[str, Text]] = []
    for province in codelists.practice_provinces():
        for code, name in codelists.counties_of(province).items():
            full = f"{codelists.place_name(province).zh}{name.zh} {name.en}"
            if all(word in full for word in wanted):
                found.append((code, name))
                if len(found) == _PICKED:
                    return found
    return found


def track(application: Application) -> list[tuple[str, str]]:
    """The steps of an application for its track of dots: how each stands, and its name."""
    kind = KINDS[application.kind]
    by_physician = application.started_by is Role.PHYSICIAN
    steps = [_SUBMITTED]
    if kind.reviewer is not None and by_physician:
        steps.append(_INSTITUTION)
    if kind.authority is not None:
        steps.append(_AUTHORITY)
    here = _STANDS_AT.get(application.status, _SUBMITTED)
    at = len(steps) if application.status is Status.APPROVED else steps.index(here)
    now_is = "now" if application.is_open else "bad"
    states = ["done" if n < at else now_is if n == at else "" for n in range(len(steps))]
    return [(state, words.say(step)) for state, step in zip(states, steps, strict=True)]


_SUBMITTED: Final = Text("个人提交", "Submitted")
_INSTITUTION: Final = Text("机构审核", "Institution")
_AUTHORITY: Final = Text("卫生健康行政部门审批", "Health authority")
_STANDS_AT: Final = {
    Status.INSTITUTION_REVIEW: _INSTITUTION,
    Status.REJECTED_BY_INSTITUTION: _INSTITUTION,
    Status.AUTHORITY_REVIEW: _AUTHORITY,
    Status.ACCEPTED: _AUTHORITY,
    Status.NOT_ACCEPTED: _AUTHORITY,
    Status.REJECTED_BY_AUTHORITY: _AUTHORITY,
}


@blueprint.app_context_processor
def for_templates() -> dict[str, Any]:
    """What templates outside this blueprint use of it."""
    return {"track": track}
