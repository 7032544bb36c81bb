"""业务办理: the review queue and one application's page, for institutions and health authorities alike.

What may be done is what `workflow.open_actions` says, so the page of an institution and that of an
authority differ by nothing but their buttons. A decision is about exactly what stood on the page (``seen``):
where that has changed, the page comes back with what changed, and with what was typed. Who comes second reads
who decided.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, TypedDict

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from credential import codelists
from credential.text import Text
from registry import clerks, messages, queues, workflow
from registry.desk import View
from registry.errors import Code, Reason, RegistryError
from registry.impact import differences
from registry.kinds import KINDS
from registry.roles import Role
from registry.store import Unit
from registry.web import words
from registry.web.access import CLERK, access
from registry.web.applications import shown_pages
from registry.web.desks import parts
from registry.web.frame import tell
from registry.web.home import image_type
from registry.web.service import actor, desk, now
from registry.workflow import Action, ApplicationId, Day, Status, Word

blueprint = Blueprint("review", __name__, url_prefix="/desk")

BATCH: Final = 50
TAKE_OVER: Final = "TAKE_OVER"
DONE: Final = "DONE"
STARTED: Final = "STARTED"
_TABS: Final[Mapping[Role, tuple[tuple[str, Text], ...]]] = {
    Role.INSTITUTION_CLERK: (
        (Status.INSTITUTION_REVIEW, Text("待审核", "To review")),
        (STARTED, Text("本单位发起", "Started here")),
        (DONE, Text("已办结", "Done")),
    ),
    Role.AUTHORITY_CLERK: (
        (Status.AUTHORITY_REVIEW, Text("待受理", "To accept")),
        (Status.ACCEPTED, Text("待审批", "To decide")),
        (TAKE_OVER, Text("可接办", "May be taken over")),
        (STARTED, Text("本单位发起", "Started here")),
        (DONE, Text("已办结", "Done")),
    ),
}
_BATCHES: Final[Mapping[str, Action]] = {
    Status.INSTITUTION_REVIEW: Action.PASS,
    Status.AUTHORITY_REVIEW: Action.ACCEPT,
    Status.ACCEPTED: Action.APPROVE,
}
"""What may be done to many at once, tab by tab: the agreements, never a refusal."""

DECISIONS: Final[Mapping[Action, str]] = {
    Action.PASS: "p",
    Action.RETURN: "r",
    Action.REJECT: "",
    Action.ACCEPT: "p",
    Action.RETURN_FOR_CORRECTION: "r",
    Action.NOT_ACCEPT: "",
    Action.APPROVE: "p",
    Action.REFUSE: "",
    Action.EXTEND: "",
    Action.TAKE_OVER: "",
    Action.WITHDRAW: "",
}
"""The buttons of a review page, in their order, with the key that presses each."""

_GONE: Final = frozenset(
    {Code.STALE_FORM, Code.STEP_INVALID, Code.ALREADY_DECIDED, Code.ALREADY_WITHDRAWN}
)
"""Refusals that mean: somebody was here in between."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one application of a batch."""

    name: str
    title: Text
    application_id: str
    refused: tuple[Reason, ...] = ()


# --- the queue -----------------------------------------------------------------------------------


@blueprint.get("/queue")
@access(CLERK)
def queue() -> str:
    """What waits for this office, the oldest first; at most a page, continued from its last row."""
    tabs = _TABS[actor().role]
    tab = request.args.get("tab", tabs[0][0])
    if tab not in dict(tabs):
        abort(404)
    column, org_id = parts.organ()
    filters = _filters()
    with desk().store.reading() as unit:
        day = desk().day(unit, now())
        rows = _rows(unit, tab, day, **filters)
        counts = queues.how_many_wait(unit, column, org_id)
    return render_template(
        "registry/desks/queue.html",
        tabs=tabs,
        tab=tab,
        rows=rows,
        dues={row.application.id: parts.due(row.application, day) for row in rows},
        counts=counts,
        counted=queues.COUNTED,
        filters=filters,
        kept=_kept(),
        kinds=KINDS,
        more=len(rows) == queues.PAGE and tab not in (DONE, STARTED),
        batch=_BATCHES.get(tab),
    )


def _rows(unit: Unit, tab: str, day: Day, *, kind: str, name: str) -> list[queues.Waiting]:
    column, org_id = parts.organ()
    after = request.args.get("after", "")
    if tab == DONE:
        return queues.decided_here(unit, column, org_id)
    if tab == STARTED:
        return queues.started_here(unit, actor().role, org_id)
    status = Status.INSTITUTION_REVIEW if tab == TAKE_OVER else Status(tab)
    until = _take_over_until(day) if tab == TAKE_OVER else None
    try:
        return queues.review_queue(
            unit, column, org_id, status, kind=kind, name=name, until=until, after=after
        )
    except ValueError:  # an address that was changed by hand
        abort(404)


def _take_over_until(day: Day) -> date:
    """The latest day since which an institution may have had an application to be taken over now."""
    since = day.today
    while day.calendar.after(since, day.policy.take_over_days) >= day.today:
        since -= timedelta(days=1)
    return since


# --- one application -----------------------------------------------------------------------------


@blueprint.get("/applications/<application_id>")
@access(CLERK)
def one(application_id: str) -> str:
    """What is asked, what would follow, what was said, and what may be done."""
    return _page(_view(application_id))


@blueprint.post("/applications/<application_id>")
@access(CLERK)
def act(application_id: str) -> BaseResponse | tuple[str, int]:
    """One decision. Afterwards comes the next in the queue, so that the keyboard is enough."""
    waited = _view(application_id).application
    action, word = _action(), _word()
    column, org_id = parts.organ()
    try:
        done = desk().act(
            ApplicationId(application_id),
            action,
            by=actor(),
            seen=request.form.get("seen", ""),
            request=parts.pressed(),
            now=now(),
            word=word,
        )
    except RegistryError as error:
        if error.code is Code.NOT_FOUND:
            raise
        view = _view(application_id)
        return _page(view, refused=error, word=word), messages.status_of(error.code)
    said = messages.ACTIONS[action]
    title = KINDS[done.kind].title
    tell("good", Text(f"{title.zh}：{said.zh}", f"{title.en}: {said.en}"))
    with desk().store.reading() as unit:
        follows = queues.after_this(unit, column, org_id, waited, **_filters())
    kept: Any = _kept()
    if follows is None or request.form.get("back") == "list":
        return redirect(url_for("review.queue", tab=_tab_of(waited.status), **kept), 303)
    return redirect(url_for("review.one", application_id=follows, **kept), 303)


@blueprint.get("/applications/<application_id>/photo/<sha256>")
@access(CLERK)
def photo(application_id: str, sha256: str) -> Response:
    """A portrait of the applicant, for those whom the application concerns."""
    view = _view(application_id)
    if sha256 not in {each.sha256 for each in view.case.dossier.photos}:
        abort(404)
    with desk().store.reading() as unit:
        image = unit.image(view.case.dossier.person.id, sha256)
    return Response(image, mimetype=image_type(image or b""))


# --- many at once --------------------------------------------------------------------------------


@blueprint.get("/batch")
@access(CLERK)
def batch() -> str:
    """The applications ticked, each with what it changes, before one decision about all of them."""
    tab = request.args.get("tab", "")
    action = _BATCHES.get(tab) or abort(404)
    views = [_view(each) for each in request.args.getlist("id")[:BATCH]]
    shown = []
    for view in views:
        impact = desk().preview(view.application.id, by=actor(), now=now())
        with desk().store.reading() as unit:
            names = _names(unit, view)
        shown.append((view, impact, names))
    return render_template(
        "registry/desks/batch.html",
        shown=shown,
        action=action,
        tab=tab,
        parts=parts,
        asks_employment=action is Action.PASS and any(view.kind.asks_employment for view in views),
    )


@blueprint.post("/batch")
@access(CLERK)
def decide_batch() -> str:
    """One decision about many: each in a transaction of its own, each with a result of its own."""
    tab = request.form.get("tab", "")
    action = _BATCHES.get(tab) or abort(404)
    outcomes = []
    for application_id in request.form.getlist("id")[:BATCH]:
        view = _view(application_id)
        refused: tuple[Reason, ...] = ()
        try:
            desk().act(
                view.application.id,
                action,
                by=actor(),
                seen=request.form.get(f"seen.{application_id}", ""),
                request=parts.pressed(application_id),
                now=now(),
                word=_word(),
            )
        except RegistryError as error:
            refused = error.reasons
        name = view.case.dossier.person.name
        outcomes.append(Outcome(name, view.kind.title, application_id, refused))
    return render_template(
        "registry/desks/batch_done.html", outcomes=outcomes, action=action, tab=tab
    )


# --- saved phrases -------------------------------------------------------------------------------


@blueprint.get("/phrases")
@access(CLERK)
def phrases() -> str:
    """常用意见 of who is signed in."""
    return render_template("registry/desks/phrases.html", phrases=clerks.phrases(desk(), actor()))


@blueprint.post("/phrases")
@access(CLERK)
def keep_phrase() -> BaseResponse:
    """Saves one more."""
    clerks.add_phrase(desk(), request.form.get("text", ""), by=actor())
    return redirect(url_for("review.phrases"), 303)


@blueprint.post("/phrases/<phrase_id>/drop")
@access(CLERK)
def drop_phrase(phrase_id: str) -> BaseResponse:
    """Throws one away."""
    clerks.drop_phrase(desk(), phrase_id, by=actor())
    return redirect(url_for("review.phrases"), 303)


# --- inside --------------------------------------------------------------------------------------


def _view(application_id: str) -> View:
    return desk().view(ApplicationId(application_id), by=actor(), now=now())


def _action() -> Action:
    try:
        action = Action(request.form.get("action", ""))
    except ValueError:
        abort(400)
    return action if action in DECISIONS else abort(400)


def _word() -> Word:
    """What the clerk typed; a phrase chosen stands where nothing was written."""
    return Word(
        opinion=request.form.get("opinion", "").replace("\r\n", "\n").strip(),
        ground=request.form.get("ground", ""),
        employs=request.form.get("employs") == "yes",
        papers_seen=request.form.get("papers_seen") == "yes",
    )


class _Filters(TypedDict):
    kind: str
    name: str


def _filters() -> _Filters:
    """What the clerk looks at of the queue; it is kept from one application to the next."""
    values = request.values
    return {
        "kind": kind if (kind := values.get("kind", "")) in KINDS else "",
        "name": values.get("name", "")[:64],
    }


def _kept() -> dict[str, str]:
    return {key: str(value) for key, value in _filters().items() if value}


def _tab_of(status: Status) -> str | None:
    tabs = {name for name, _ in _TABS[actor().role]}
    if status is Status.INSTITUTION_REVIEW and status not in tabs:
        return TAKE_OVER
    return status if status in tabs else None


def _names(unit: Unit, view: View) -> parts.Names:
    proposed = view.answers.get("institution_id")
    return parts.names_of(unit, view.case.dossier, *([proposed] if proposed else []))


def _page(view: View, *, refused: RegistryError | None = None, word: Word | None = None) -> str:
    impact = None
    if view.application.is_open:
        impact = desk().preview(view.application.id, by=actor(), now=now())
    with desk().store.reading() as unit:
        day = desk().day(unit, now())
        names = _names(unit, view)
        clerk_names = queues.clerk_names(unit, (step.actor for step in view.steps))
        receipts = queues.receipts_of(unit, view.application.id)
        offices = {
            each: queues.office_name(unit, each) for each in {s.org_id for s in view.steps} if each
        }
        gone = refused is not None and refused.code in _GONE
        changed = _changed(unit, view) if gone else []
    actions = [(each, key) for each, key in DECISIONS.items() if each in view.actions]
    why_not = workflow.why_not(view.application, Action.APPROVE, actor(), day)
    template = "_review.html" if request.args.get("part") else "review.html"
    return render_template(
        f"registry/desks/{template}",
        view=view,
        pages=shown_pages(view),
        impact=impact,
        known=names,
        parts=parts,
        due=parts.due(view.application, day) if view.application.is_open else None,
        clerk_names=clerk_names,
        offices=offices,
        actions=actions,
        waits_for_another=why_not is Code.SECOND_PERSON_REQUIRED,
        grounds=codelists.terms("refusal_ground"),
        phrases=clerks.phrases(desk(), actor()),
        refused=refused,
        gone=gone,
        changed=changed,
        word=word or Word(),
        was=_was(view),
        receipts=receipts,
        tab=_tab_of(view.application.status),
        kept=_kept(),
        Action=Action,
    )


def _was(view: View) -> str:
    """What stands on the page, in short, so that a later page can say what has changed since."""
    record = view.case.dossier.record(view.answers.get("record_id"))
    photo_now = view.case.dossier.pending_photo or view.case.dossier.confirmed_photo
    return json.dumps(
        {
            "application": view.application.version,
            "record": [record.id, record.version] if record else None,
            "photo": photo_now.sha256 if photo_now else None,
        }
    )


def _changed(unit: Unit, view: View) -> list[str]:
    """What is different from the page the clerk decided on, one sentence each."""
    try:
        was = json.loads(request.form.get("was", ""))
        now_is = json.loads(_was(view))
        same_shape = was.keys() == now_is.keys()
    except (ValueError, AttributeError):
        return []
    if not same_shape:
        return []
    said = []
    if was["application"] != now_is["application"]:
        said += list(_steps_since(view)) or [
            words.t("申请内容已由申请人修改", "The applicant has changed the application")
        ]
    if was["record"] != now_is["record"]:
        said.append(
            words.t("执业信息已更新", "The practice record has changed")
            + _record_said(unit, view, was["record"])
        )
    if was["photo"] != now_is["photo"]:
        said.append(words.t("照片已更换", "The photo has been replaced"))
    return said


def _steps_since(view: View) -> Iterable[str]:
    """The last step, when somebody else took it: who, when, what."""
    for step in view.steps[-1:]:
        with desk().store.reading() as unit:
            names = queues.clerk_names(unit, [step.actor])
        who = names.get(step.actor) or words.say(messages.ROLES[step.role])
        action = words.say(messages.ACTIONS[step.action])
        yield words.t(
            f"{who}已于 {words.instant(step.at)} 作出「{action}」",
            f"{who} decided “{action}” on {words.instant(step.at)}",
        )


def _record_said(unit: Unit, view: View, was: Any) -> str:
    """The fields of the record that differ from the version that was on the page."""
    record = view.case.dossier.record(view.answers.get("record_id"))
    if record is None or not isinstance(was, list) or len(was) != 2 or was[0] != record.id:
        return ""
    old = next((each for each in queues.versions(unit, record.id) if each.version == was[1]), None)
    names = _names(unit, view)
    listed = [
        f"{words.say(each.label)} {parts.value(each.shows, each.before, names)}"
        f" → {parts.value(each.shows, each.after, names)}"
        for each in differences(old, record)
    ]
    return words.t("：", ": ") + words.t("；", "; ").join(listed) if old and listed else ""
