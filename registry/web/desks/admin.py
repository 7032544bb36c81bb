"""The administrator's desk: institutions, authorities, the calendar, accounts of clerks, the log."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from pydantic import SecretStr
from werkzeug.wrappers import Response as BaseResponse

from credential import codelists
from credential.text import Text
from registry import administration, checkup, clerks, ledger, messages, queues
from registry import identities as identity_claims
from registry.errors import Code, Reason, RegistryError
from registry.members import Post
from registry.ports import CourierUnavailableError
from registry.publication import nearness
from registry.record import AuthorityId, County, Institution, InstitutionId
from registry.rules import Policy
from registry.store import Store
from registry.web.access import ADMIN, access
from registry.web.desks import parts
from registry.web.frame import tell
from registry.web.service import actor, desk, now, service, today

blueprint = Blueprint("admin", __name__, url_prefix="/admin")


@blueprint.get("")
@access(ADMIN)
def index() -> str:
    """What needs looking at: orders on their way, the calendar of the coming year, the head of the log."""
    with desk().store.reading() as unit:
        pending, unpublished = ledger.pending(unit), ledger.unpublished(unit)
        calendar, head = unit.calendar(), unit.audit_head()
    uncovered = [year for year in (today().year, today().year + 1) if not calendar.covers(year)]
    return render_template(
        "registry/desks/admin.html",
        pending=pending,
        unpublished=unpublished,
        uncovered=uncovered,
        head=head,
    )


@blueprint.get("/keys")
@access(ADMIN)
def keys() -> str:
    """密钥与信任列表: whose keys sign what until when, what is published, and what is still to be."""
    with desk().store.reading() as unit:
        pending, unpublished = ledger.pending(unit), ledger.unpublished(unit)
    return render_template(
        "registry/desks/keys.html",
        it=service().publication(),
        pending=pending,
        unpublished=unpublished,
        nearness=lambda ends: str(nearness(ends, now())),
        nearness_of_list=lambda ends: str(nearness(ends, now(), soon=timedelta(days=14))),
        nearness_of_snapshot=lambda ends: str(nearness(ends, now(), soon=timedelta(days=2))),
    )


@blueprint.get("/settings")
@access(ADMIN)
def settings() -> str:
    """系统设置: what this deployment is set to, read only; of secrets only whether they are set."""
    here = service().settings
    secrets = {
        name: bool(value.get_secret_value()) for name, value in here if isinstance(value, SecretStr)
    }
    plain = {
        name: _without_credentials(value)
        for name, value in here
        if name != "policy" and not isinstance(value, SecretStr)
    }
    return render_template(
        "registry/desks/settings.html",
        plain=plain,
        secrets=secrets,
        policy=[
            (each.name, getattr(here.policy, each.name), each.default) for each in fields(Policy)
        ],
        stand_ins={"sms": here.sms == "outbox", "face": here.face == "stand-in"},
    )


# Scheme, perhaps user and password, host and port; then a path or a query, in which there is no second "@".
_ADDRESS = re.compile(
    r"([a-z0-9+.-]+://)(?:[^/?#@]*@)?([^/?#@:]*|\[[0-9a-f:]+\])(:\d+)?(?:[/?#][^@]*)?"
)


def _without_credentials(value: Any) -> Any:
    """An address down to its host, as secrets travel in every other part of one; anything else as it is.

    What cannot be taken apart without doubt, as a password with a bare ``/``, is not shown at all.
    """
    if not isinstance(value, str) or "://" not in value or value.startswith("sqlite:"):
        return value
    found = _ADDRESS.fullmatch(value)
    if found is None:
        return f"{value.partition('://')[0]}://…"
    scheme, host, port = found.groups(default="")
    return scheme + host + port


@blueprint.get("/institutions")
@access(ADMIN)
def institutions() -> str:
    """Institutions, sought by the beginning of the name or by initials."""
    typed = request.args.get("typed", "").strip()[:64]
    with desk().store.reading() as unit:
        rows = queues.institutions_listed(unit, typed=typed, after=request.args.get("after", ""))
        authorities = unit.authority_names()
    return render_template(
        "registry/desks/institutions.html",
        rows=rows,
        typed=typed,
        authorities=authorities,
        more=len(rows) == queues.PAGE,
    )


@blueprint.get("/institutions/new")
@access(ADMIN)
def new_institution() -> str:
    """The form of a new institution."""
    return _institution(None)


@blueprint.get("/institutions/<institution_id>")
@access(ADMIN)
def institution(institution_id: str) -> str:
    """One institution's form."""
    return _institution(_found(institution_id))


@blueprint.post("/institutions")
@access(ADMIN)
def set_institution() -> BaseResponse | tuple[str, int]:
    """Enters or corrects an institution."""
    form, known = request.form, request.form.get("id", "")
    before = _found(known) if known else None
    typed = Institution(
        id=InstitutionId(known),
        registration_number=form.get("registration_number", "").strip(),
        name=form.get("name", ""),
        second_name=form.get("second_name", ""),
        county=County(form.get("county", "").strip()),
        authority_id=AuthorityId(form.get("authority_id", "")),
        tcm_authority_id=AuthorityId(form["tcm_authority_id"])
        if form.get("tcm_authority_id")
        else None,
        phone=form.get("phone", "")[:32],
        auto_activates=before.auto_activates if before else False,
        closed_on=parts.typed_day("closed_on"),
        merged_into=before.merged_into if before else None,
        subjects=tuple(form.getlist("subjects")),
    )
    try:
        administration.set_institution(desk(), typed, by=actor(), now=now(), is_new=before is None)
    except RegistryError as error:
        return _institution(typed, refused=error.reasons[0]), messages.status_of(error.code)
    tell("good", Text("机构已保存", "The institution is saved"))
    return redirect(url_for("admin.institutions"), 303)


@blueprint.get("/authorities")
@access(ADMIN)
def authorities() -> str:
    """The authorities, their regions and the names they had."""
    return _authorities()


@blueprint.post("/authorities/<authority_id>")
@access(ADMIN)
def rename_authority(authority_id: str) -> BaseResponse | tuple[str, int]:
    """A new name for an authority; its former ones stay with it."""
    name = request.form.get("name", "")
    try:
        administration.rename_authority(
            desk(), AuthorityId(authority_id), name, by=actor(), now=now()
        )
    except RegistryError as error:
        if error.code is Code.NOT_FOUND:
            raise
        refused = (authority_id, name, error.reasons[0])
        return _authorities(refused), messages.status_of(error.code)
    tell("good", Text("名称已修改", "The name is changed"))
    return redirect(url_for("admin.authorities"), 303)


def _authorities(refused: tuple[str, str, Reason] | None = None) -> str:
    with desk().store.reading() as unit:
        rows = queues.authorities_listed(unit)
    return render_template("registry/desks/authorities.html", rows=rows, refused=refused)


@blueprint.get("/calendar")
@access(ADMIN)
def calendar() -> str:
    """Holidays, and weekends that are worked."""
    with desk().store.reading() as unit:
        days = sorted(unit.calendar().days.items(), reverse=True)
    return render_template("registry/desks/calendar.html", days=days)


@blueprint.post("/calendar")
@access(ADMIN)
def set_day() -> BaseResponse:
    """One exception more, or one less."""
    day = parts.typed_day("day")
    if day is None:
        abort(400)
    working = {"yes": True, "no": False}.get(request.form.get("working", ""))
    administration.set_day(desk(), day, working=working, by=actor(), now=now())
    tell("good", Text("日历已保存", "The calendar is saved"))
    return redirect(url_for("admin.calendar"), 303)


@blueprint.get("/clerks")
@access(ADMIN)
def clerk() -> str:
    """A clerk by user name, to reset a second factor or shut an account."""
    username = request.args.get("username", "")[:64]
    found = None
    if username:
        with desk().store.reading() as unit:
            found = queues.clerk_called(unit, username)
    return render_template("registry/desks/admin_clerk.html", found=found, username=username)


@blueprint.post("/clerks/<user_id>")
@access(ADMIN)
def change_clerk(user_id: str) -> BaseResponse:
    """Resets a lost second factor, shuts an account or opens it again."""
    what = request.form.get("what", "")
    if what == "reset":
        clerks.reset_second_factor(desk(), user_id, by=actor(), now=now())
    else:
        clerks.set_open(desk(), user_id, is_open=what == "open", by=actor(), now=now())
    tell("good", Text("已办理", "Done"))
    return redirect(url_for("admin.clerk"), 303)


@blueprint.get("/identities")
@access(ADMIN)
def identities() -> str:
    """实名冲突: identities claimed a second time, waiting for a decision."""
    return _identities()


@blueprint.post("/identities/<claim_id>")
@access(ADMIN)
def decide_identity(claim_id: str) -> BaseResponse | tuple[str, int]:
    """The account goes over to the new number, or stays where it is."""
    what = request.form.get("what")
    if what not in ("move", "keep"):
        abort(400)
    try:
        identity_claims.decide(
            desk(),
            claim_id,
            same_person=what == "move",
            why=request.form.get("why", ""),
            by=actor(),
            post=Post(sms=service().sms, mail=service().mail),
            now=now(),
        )
    except CourierUnavailableError:
        tell("needs", Text("已办理，但短信未能发出", "Done, but the message could not be sent"))
        return redirect(url_for("admin.identities"), 303)
    except RegistryError as error:
        if error.code is Code.NOT_FOUND:
            raise
        return _identities(refused=error.reasons[0]), messages.status_of(error.code)
    tell("good", Text("已办理", "Done"))
    return redirect(url_for("admin.identities"), 303)


def _identities(*, refused: Reason | None = None) -> str:
    rows = identity_claims.waiting(desk(), by=actor())
    return render_template("registry/desks/identities.html", rows=rows, refused=refused)


@blueprint.get("/audit")
@access(ADMIN)
def log() -> str:
    """The log, searched; whether its chain is whole is looked at on demand, all of it."""
    asked: Any = {
        key: request.args.get(key, "").strip()[:128] for key in ("action", "subject", "actor")
    }
    state: str | None = None
    with desk().store.reading() as unit:
        rows = queues.audit_found(unit, **asked, before=_row_number())
        head = unit.audit_head()
    if request.args.get("verify"):
        state = _chain(desk().store)
    return render_template(
        "registry/desks/audit.html",
        rows=rows,
        asked=asked,
        head=head,
        state=state,
        more=len(rows) == queues.PAGE,
    )


def _row_number() -> int | None:
    """The row the next page begins before; None where what stands there is no number of a row."""
    number = request.args.get("before", type=int)
    return number if number is not None and 0 < number < 2**63 else None


def _chain(store: Store) -> str:
    """``whole``, or the number of the first bad row."""
    try:
        checkup.walk_log(store)
    except RegistryError as error:
        return error.reasons[0].subject
    return "whole"


def _found(institution_id: str) -> Institution:
    with desk().store.reading() as unit:
        found = unit.institutions([institution_id]).get(InstitutionId(institution_id))
    return found if found is not None else abort(404)


def _institution(shown: Institution | None, *, refused: Reason | None = None) -> str:
    with desk().store.reading() as unit:
        names = unit.authority_names()
    return render_template(
        "registry/desks/institution.html",
        shown=shown,
        refused=refused,
        authorities=names,
        subjects=codelists.subjects(),
    )
