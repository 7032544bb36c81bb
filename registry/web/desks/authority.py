"""What a health authority does besides applications: its physicians, orders, bars, base data, tasks.

One page a physician shows all that is registered: qualifications, every record with its versions side by
side, filings, applications, bars, credentials, and what happened in time. Suspension and the lifting of a
bar take two clerks; what is done here is asked of `registry.offices`, which puts it on record.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Final

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from credential import codelists
from credential.text import Text
from registry import ledger, messages, offices, queues
from registry.desk import Deed
from registry.errors import Reason, RegistryError, refuse
from registry.forms import UnreadableError
from registry.impact import Change, differences
from registry.kinds import KINDS
from registry.offices import Suspension
from registry.record import (
    Announced,
    Bar,
    BarId,
    Dossier,
    Level,
    MilitaryId,
    MilitaryRegistration,
    PersonId,
    PracticeRecord,
    QualificationId,
    RecordId,
)
from registry.roles import Role, UserId
from registry.store import Unit
from registry.web import words
from registry.web.access import AUTHORITY, access
from registry.web.desks import parts, starts
from registry.web.frame import tell
from registry.web.home import image_type
from registry.web.limits import limiter
from registry.web.service import actor, desk, now, today
from registry.workflow import Status

blueprint = Blueprint("authority", __name__, url_prefix="/authority")
_MONTH: Final = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a record, when it came into force, and what it changed."""

    record: PracticeRecord
    at: datetime
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One thing that happened, for the timeline."""

    at: datetime
    text: str
    said: str = ""


@contextmanager
def _readable(field: str) -> Iterator[None]:
    """A text that cannot be read is refused like any other answer."""
    try:
        yield
    except UnreadableError as error:
        raise refuse(error.code, field) from error


# --- people --------------------------------------------------------------------------------------


@blueprint.get("/people")
@access(AUTHORITY)
def people() -> str:
    """Records registered by this authority, sought by name, initials or licence number."""
    typed = request.args.get("typed", "").strip()[:64]
    with desk().store.reading() as unit:
        rows = queues.people_of_authority(
            unit, actor().org_id, typed=typed, after=request.args.get("after", "")
        )
        institutions = queues.institution_names(unit, {row.institution_id for row in rows})
    return render_template(
        "registry/desks/people.html",
        rows=rows,
        institutions=institutions,
        typed=typed,
        more=len(rows) == queues.PAGE,
    )


@blueprint.get("/people/<person_id>")
@access(AUTHORITY)
def person(person_id: str) -> str:
    """Everything about one physician on one page."""
    return _person(_dossier(person_id))


@blueprint.post("/people/<person_id>/reveal")
@access(AUTHORITY)
@limiter.limit("120 per hour")
def reveal(person_id: str) -> str:
    """The numbers in clear; put on record before they are shown."""
    dossier = _dossier(person_id)
    desk().note(Deed.REVEAL, dossier.person.id, by=actor(), now=now())
    return _person(dossier, shown=True)


@blueprint.get("/people/<person_id>/photo/<sha256>")
@access(AUTHORITY)
def photo(person_id: str, sha256: str) -> Response:
    """A portrait of somebody this authority has to do with."""
    dossier = _dossier(person_id)
    if sha256 not in {each.sha256 for each in dossier.photos}:
        abort(404)
    with desk().store.reading() as unit:
        image = unit.image(dossier.person.id, sha256)
    return Response(image, mimetype=image_type(image or b""))


# --- what is done about one person ---------------------------------------------------------------


@blueprint.post("/people/<person_id>/suspend/<record_id>")
@access(AUTHORITY)
def suspend(person_id: str, record_id: str) -> BaseResponse | tuple[str, int]:
    """暂停执业: proposed with ground and document number; another clerk confirms."""
    dossier = _dossier(person_id)
    try:
        with _readable("ground"):
            offices.propose_suspension(
                desk(),
                Suspension(
                    record_id=_own_record(dossier, record_id),
                    ground=request.form.get("ground", ""),
                    document=request.form.get("document", ""),
                    ends=parts.typed_day("ends"),
                    assessment_pending=request.form.get("assessment_pending") == "yes",
                ),
                by=actor(),
                now=now(),
            )
    except RegistryError as error:
        return _refused(dossier, error)
    tell("good", Text("已提出，待另一名工作人员确认", "Proposed; a second clerk has to confirm it"))
    return redirect(url_for("authority.orders"), 303)


@blueprint.post("/people/<person_id>/lift/<record_id>")
@access(AUTHORITY)
def lift(person_id: str, record_id: str) -> BaseResponse | tuple[str, int]:
    """解除暂停执业, before its time or after an assessment."""
    dossier = _dossier(person_id)
    ground, record = request.form.get("ground", ""), _own_record(dossier, record_id)
    try:
        offices.lift_suspension(desk(), record, ground=ground, by=actor(), now=now())
    except RegistryError as error:
        return _refused(dossier, error)
    return _done(person_id, Text("暂停已解除", "The suspension is lifted"))


@blueprint.post("/people/<person_id>/bars")
@access(AUTHORITY)
def add_bar(person_id: str) -> BaseResponse | tuple[str, int]:
    """不予注册的期限 (医师法 art. 16), with its source."""
    dossier, since = _dossier(person_id), parts.typed_day("since")
    source = request.form.get("source", "")[:128]
    try:
        offices.add_bar(
            desk(),
            Bar(
                id=BarId(desk().new_id()),
                person_id=dossier.person.id,
                ground=request.form.get("ground", "")[:64],
                since=since or today(),
                until=parts.typed_day("until"),
                source=source,
            ),
            by=actor(),
            now=now(),
        )
    except RegistryError as error:
        return _refused(dossier, error)
    return _done(person_id, Text("已登记", "Entered"))


@blueprint.post("/people/<person_id>/bars/<bar_id>/lift")
@access(AUTHORITY)
def lift_bar(person_id: str, bar_id: str) -> BaseResponse | tuple[str, int]:
    """Proposes that a bar ends; another clerk confirms."""
    dossier = _dossier(person_id)
    try:
        offices.propose_lifting(
            desk(),
            bar_id,
            dossier.person.id,
            ground=request.form.get("ground", ""),
            document=request.form.get("document", ""),
            by=actor(),
            now=now(),
        )
    except RegistryError as error:
        return _refused(dossier, error)
    tell("good", Text("已提出，待另一名工作人员确认", "Proposed; a second clerk has to confirm it"))
    return redirect(url_for("authority.orders"), 303)


@blueprint.post("/people/<person_id>/relink/<record_id>")
@access(AUTHORITY)
def relink(person_id: str, record_id: str) -> BaseResponse | tuple[str, int]:
    """更换医师资格."""
    dossier = _dossier(person_id)
    record = _own_record(dossier, record_id)
    chosen = QualificationId(request.form.get("qualification_id", ""))
    try:
        offices.relink_qualification(desk(), record, chosen, by=actor(), now=now())
    except RegistryError as error:
        return _refused(dossier, error)
    return _done(person_id, Text("医师资格已更换", "The qualification is replaced"))


@blueprint.post("/people/<person_id>/exception/<record_id>")
@access(AUTHORITY)
def exception(person_id: str, record_id: str) -> BaseResponse | tuple[str, int]:
    """Notes that a record may differ in level or category from the person's others, with the reason."""
    dossier = _dossier(person_id)
    record, reason = _own_record(dossier, record_id), request.form.get("reason", "")
    try:
        offices.mark_exception(desk(), record, reason=reason, by=actor(), now=now())
    except RegistryError as error:
        return _refused(dossier, error)
    return _done(person_id, Text("已登记例外", "The exception is noted"))


@blueprint.post("/people/<person_id>/military")
@access(AUTHORITY)
def military(person_id: str) -> BaseResponse | tuple[str, int]:
    """军队注册信息 against the military organ's certificate."""
    dossier, form = _dossier(person_id), request.form
    level, category = _level(), form.get("category", type=int) or 0
    try:
        offices.enter_military(
            desk(),
            MilitaryRegistration(
                id=MilitaryId(desk().new_id()),
                person_id=dossier.person.id,
                unit=form.get("unit", "")[:128],
                organ=form.get("organ", "")[:128],
                certificate_number=form.get("certificate_number", "")[:64],
                level=level,
                category=category,
            ),
            by=actor(),
            now=now(),
        )
    except RegistryError as error:
        return _refused(dossier, error)
    return _done(person_id, Text("军队注册信息已录入", "The military registration is entered"))


# --- second person -------------------------------------------------------------------------------


@blueprint.get("/orders")
@access(AUTHORITY)
def orders() -> str:
    """What waits for a second person: suspensions, bars to be lifted; and the orders given before."""
    with desk().store.reading() as unit:
        given = queues.standing_orders(unit, actor().org_id)
        liftings = queues.open_proposals(unit, actor().org_id, offices.LIFT_BAR)
        clerks = {each.proposed_by for each in (*given, *liftings)}
        clerks |= {each.confirmed_by for each in given if each.confirmed_by}
        names = queues.clerk_names(unit, clerks)
        people_named = {
            each.id: unit.dossier(PersonId(each.details["person"])).person.name for each in liftings
        }
    return render_template(
        "registry/desks/orders.html",
        orders=given,
        liftings=liftings,
        clerks=names,
        people=people_named,
        own=actor().user_id,
    )


@blueprint.post("/orders/<order_id>/confirm")
@access(AUTHORITY)
def confirm(order_id: str) -> BaseResponse:
    """The second clerk: the record is suspended from today."""
    offices.confirm_suspension(desk(), order_id, by=actor(), now=now())
    tell("good", Text("已确认，自今日起暂停执业", "Confirmed: practice is suspended from today"))
    return redirect(url_for("authority.orders"), 303)


@blueprint.post("/liftings/<proposal_id>/confirm")
@access(AUTHORITY)
def confirm_lifting(proposal_id: str) -> BaseResponse:
    """The second clerk: the bar has ended."""
    offices.confirm_lifting(desk(), proposal_id, by=actor(), now=now())
    tell("good", Text("已确认，期限已解除", "Confirmed: the bar has ended"))
    return redirect(url_for("authority.orders"), 303)


# --- tasks, lists, clerks ------------------------------------------------------------------------


@blueprint.get("/tasks")
@access(AUTHORITY)
def tasks() -> str:
    """待办事项: filings of two years, applications to be taken over, decisions overdue, clerks to confirm."""
    with desk().store.reading() as unit:
        rows = queues.tasks_named(unit, actor().org_id)
    return render_template("registry/desks/tasks.html", rows=rows, today=today())


@blueprint.get("/announcements")
@access(AUTHORITY)
def announcements() -> str:
    """准予注册、注销注册的人员名单 (医师法 art. 21)."""
    until = parts.typed_day("until") or today()
    since = parts.typed_day("since") or date.fromordinal(until.toordinal() - _MONTH)
    kind = request.args.get("kind", Announced.REGISTERED)
    if kind not in set(Announced):
        abort(404)
    day, _, last = request.args.get("after", "").partition("~")
    try:
        after = (date.fromisoformat(day), last) if last else None
    except ValueError:
        abort(404)
    with desk().store.reading() as unit:
        rows = queues.announced(
            unit, actor().org_id, Announced(kind), since=since, until=until, after=after
        )
    return render_template(
        "registry/desks/announcements.html",
        rows=rows,
        kind=kind,
        since=since,
        until=until,
        more=len(rows) == queues.PAGE,
    )


@blueprint.get("/clerks")
@access(AUTHORITY)
def clerks() -> str:
    """Clerks of the institutions this authority has approved; those that wait for confirmation first."""
    with desk().store.reading() as unit:
        rows = queues.clerks_of_institutions(unit, actor().org_id)
        asked = {
            each.subject
            for each in queues.tasks(unit, actor().org_id, limit=1000)
            if each.code == messages.Notice.CLERK_TO_CONFIRM
        }
    return render_template("registry/desks/clerks.html", rows=rows, asked=asked)


@blueprint.post("/clerks/<user_id>")
@access(AUTHORITY)
def decide_clerk(user_id: str) -> BaseResponse:
    """Confirms or refuses an account an institution has asked for."""
    if request.form.get("answer") == "confirm":
        offices.confirm_clerk(desk(), UserId(user_id), by=actor(), now=now())
    else:
        reason = request.form.get("reason") or "不符"
        offices.refuse_clerk(desk(), UserId(user_id), reason=reason, by=actor(), now=now())
    tell("good", Text("已办理", "Done"))
    return redirect(url_for("authority.clerks"), 303)


@blueprint.route("/qualifications", methods=["GET", "POST"])
@access(AUTHORITY)
@limiter.limit("60 per hour", methods=["POST"])
def qualifications() -> BaseResponse | tuple[str, int] | str:
    """补录 of a qualification that the examination's data did not bring (manual, 6.2)."""
    if request.method == "GET":
        return _qualification_form()
    form = request.form
    try:
        with _readable("name"):
            person_id = offices.enter_missing_qualification(
                desk(),
                form.get("name", ""),
                form.get("id_number", ""),
                number=form.get("number", "").strip().upper(),
                level=_level(),
                category=form.get("category", type=int) or 0,
                obtained_on=parts.typed_day("obtained_on") or date.max,
                authority_name=form.get("authority_name", ""),
                source=form.get("source", ""),
                major=form.get("major", ""),
                school=form.get("school", ""),
                by=actor(),
                now=now(),
            )
    except RegistryError as error:
        page = _qualification_form(refused=error.reasons[0])
        return page, messages.status_of(error.code)
    tell("good", Text("已补录", "Entered"))
    with desk().store.reading() as unit:
        ours = queues.concerns_authority(unit, person_id, actor().org_id)
    if ours:
        return redirect(url_for("authority.person", person_id=person_id), 303)
    return redirect(url_for("authority.qualifications"), 303)


# --- inside --------------------------------------------------------------------------------------


def _dossier(person_id: str) -> Dossier:
    """Somebody this authority has to do with; nobody is found otherwise."""
    with desk().store.reading() as unit:
        if not queues.concerns_authority(unit, person_id, actor().org_id):
            abort(404)
        return unit.dossier(PersonId(person_id))


def _own_record(dossier: Dossier, record_id: str) -> RecordId:
    record = dossier.record(record_id)
    if record is None or record.authority_id != actor().org_id:
        abort(404)
    return record.id


def _level() -> Level:
    return Level.ASSISTANT if request.form.get("level") == "2" else Level.PHYSICIAN


def _done(person_id: str, text: Text) -> BaseResponse:
    tell("good", text)
    return redirect(url_for("authority.person", person_id=person_id), 303)


def _refused(dossier: Dossier, error: RegistryError) -> tuple[str, int]:
    """The page again, with the reason and what was typed."""
    return _person(dossier, refused=error.reasons[0]), messages.status_of(error.code)


def _qualification_form(refused: Reason | None = None) -> str:
    return render_template(
        "registry/desks/qualification.html",
        refused=refused,
        sources=offices.SOURCES,
        categories=codelists.names("category"),
    )


def _person(dossier: Dossier, *, shown: bool = False, refused: Reason | None = None) -> str:
    with desk().store.reading() as unit:
        known = parts.names_of(unit, dossier)
        versions = {each.id: _versions(unit, each) for each in dossier.records}
        applications = queues.applications_of(unit, dossier.person.id)
        credentials = ledger.shown(unit, dossier)
        orders_given = queues.standing_orders(
            unit, actor().org_id, record_ids=[each.id for each in dossier.records]
        )
        moments = _moments(unit, dossier, versions)
    return render_template(
        "registry/desks/person.html",
        dossier=dossier,
        known=known,
        parts=parts,
        versions=versions,
        applications=[each for each in applications if each.status is not Status.DRAFT],
        credentials=credentials,
        orders=orders_given,
        moments=moments,
        shown=shown,
        refused=refused,
        typed=request.form if refused else {},
        today=today(),
        org=actor().org_id,
        kinds=KINDS,
        starts=starts.offered(Role.AUTHORITY_CLERK),
        grounds=codelists.terms("deregister_reason"),
        categories=codelists.names("category"),
        photo=lambda sha256: url_for("authority.photo", person_id=dossier.person.id, sha256=sha256),
    )


def _versions(unit: Unit, record: PracticeRecord) -> list[Version]:
    """Every version of a record, newest first, each with what it changed of the one before."""
    dates = queues.version_dates(unit, record.id)
    every = queues.versions(unit, record.id)
    first = [Version(record=each, at=dates[each.version], changes=()) for each in every[:1]]
    later = [
        Version(record=after, at=dates[after.version], changes=tuple(differences(before, after)))
        for before, after in pairwise(every)
    ]
    return [*first, *later][::-1]


def _moments(unit: Unit, dossier: Dossier, versions: dict[RecordId, list[Version]]) -> list[Moment]:
    """What happened, newest first: steps of applications that concern this office, versions of records."""
    found = []
    for application in queues.applications_of(unit, dossier.person.id):
        title = words.say(KINDS[application.kind].title)
        for step in unit.steps(application.id):
            action = words.say(messages.ACTIONS[step.action])
            role = words.say(messages.ROLES[step.role])
            found.append(Moment(at=step.at, text=f"{title} · {action} · {role}", said=step.opinion))
    for each in (version for every in versions.values() for version in every):
        standing = words.say(messages.STANDINGS[each.record.standing])
        number = words.t(
            f"执业信息第 {each.record.version} 版", f"Record version {each.record.version}"
        )
        found.append(Moment(at=each.at, text=f"{number} · {standing}"))
    return sorted(found, key=lambda each: each.at, reverse=True)
