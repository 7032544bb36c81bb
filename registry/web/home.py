"""首页 · 业务 · 我的, and the pages around them (manual, sections 2 and 5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from registry import migrations, queues
from registry.desk import Deed
from registry.kinds import KINDS, ApplicationKind
from registry.messages import Notice
from registry.record import Dossier, PersonId, PracticeRecord, Standing
from registry.roles import Role
from registry.web import guide, parts, words
from registry.web.access import ANYONE, APP, BOUND, OFFICE, PHYSICIAN, access
from registry.web.frame import safe_next
from registry.web.limits import limiter
from registry.web.service import actor, desk, now, service, today, who

blueprint = Blueprint("home", __name__)
_YEAR_S = 365 * 24 * 3600
_DESKS = {
    Role.INSTITUTION_CLERK: "review.queue",
    Role.AUTHORITY_CLERK: "review.queue",
    Role.ADMIN: "admin.index",
}
"""Where each desk begins."""


_ABOUT_AN_APPLICATION = frozenset(
    {
        Notice.RETURNED,
        Notice.DECIDED,
        Notice.VOIDED,
        Notice.STARTED_BY_CLERK,
        Notice.DECISION_EXTENDED,
        Notice.DRAFT_EXPIRED,
        Notice.ACCEPTED_BY_SILENCE,
    }
)
_PAGES = {
    Notice.SIGNED_IN_ELSEWHERE: "members.security",
    Notice.SCAN_SIGN_IN: "members.security",
    Notice.REPRINT_BADGE: "wallet.badge",
    Notice.BADGE_RENEWED: "wallet.badge",
    Notice.RENEWED: "wallet.licence",
    Notice.SUSPENDED_BY_ORDER: "home.records",
    Notice.SUSPENSION_LIFTED: "home.records",
    Notice.DEREGISTERED_BY_TIME: "home.records",
}


def page_about(notice: Any) -> str:
    """The page where one can do something about a notice; empty where there is none."""
    if notice.code in _ABOUT_AN_APPLICATION:
        return url_for("applications.detail", application_id=notice.subject)
    if notice.code == Notice.PHOTO_REFUSED:
        return url_for("applications.guide", kind=ApplicationKind.INFO_MODIFICATION)
    if notice.code == Notice.TICKET_ANSWERED:
        return url_for("support.ticket", ticket_id=notice.subject)
    return url_for(_PAGES[notice.code]) if notice.code in _PAGES else ""


@blueprint.get("/")
@access(ANYONE)
def index() -> str | BaseResponse:
    """首页: for a physician the state of the registration in one sentence; for others, what this is."""
    found = who()
    if found is None:
        return render_template("registry/home/welcome.html")
    if found.account.role not in (Role.PUBLIC, Role.PHYSICIAN):
        return redirect(url_for("home.desk"), 303)
    dossier = own_dossier()
    with desk().store.reading() as unit:
        told = queues.notices(unit, found.account.person_id or "", limit=5)
    return render_template(
        "registry/home/index.html", dossier=dossier, told=told, page_about=page_about, tab="home"
    )


@blueprint.get("/business")
@access(APP)
def business() -> str:
    """业务: the kinds, grouped by when one needs them; below, what is on its way."""
    found = actor()
    with desk().store.reading() as unit:
        mine = queues.applications_of(unit, PersonId(found.person_id or ""))
    return render_template(
        "registry/home/business.html",
        groups=guide.GROUPS,
        guides=guide.GUIDES,
        kinds=KINDS,
        running=[each for each in mine if each.is_open],
        tab="business",
    )


@blueprint.get("/me")
@access(APP)
def me() -> str:
    """我的."""
    return render_template("registry/home/me.html", dossier=own_dossier(), tab="me")


@blueprint.get("/records")
@access(BOUND)
def records() -> str:
    """执业信息: one's own practice records with their filings (manual, 2.4)."""
    dossier = own_dossier()
    with desk().store.reading() as unit:
        departments = {
            each.id: each
            for record in (dossier.records if dossier else ())
            for each in unit.departments(record.institution_id)
        }
        authorities = unit.authority_names()
    return render_template(
        "registry/home/records.html",
        dossier=dossier,
        departments=departments,
        authorities=authorities,
        today=today(),
        back=url_for("home.index"),
        tab="home",
    )


@blueprint.get("/qualifications")
@access(BOUND)
def qualifications() -> str:
    """医师资格: numbers are masked until they are asked for (manual, 2.5)."""
    return _qualifications(shown=False)


@blueprint.post("/qualifications")
@access(BOUND)
@limiter.limit("30 per hour")
def reveal_qualifications() -> str:
    """显示证件码: the numbers in clear, put on record before they are shown."""
    found = actor()
    desk().note(Deed.REVEAL, found.person_id or "", by=found, now=now(), details={"own": True})
    return _qualifications(shown=True)


@blueprint.get("/photo")
@access(PHYSICIAN)
def photo() -> Response:
    """One's own portrait: the one waiting for confirmation, else the confirmed one."""
    dossier = own_dossier()
    wanted = dossier and (
        dossier.confirmed_photo
        if request.args.get("which") == "confirmed"
        else dossier.pending_photo or dossier.confirmed_photo
    )
    if not dossier or not wanted:
        return Response(status=404)
    with desk().store.reading() as unit:
        image = unit.image(dossier.person.id, wanted.sha256)
    return Response(image, mimetype=image_type(image or b""))


@blueprint.get("/messages")
@access(APP)
def messages() -> str:
    """消息: what one has been told, newest first."""
    with desk().store.reading() as unit:
        told = queues.notices(unit, actor().person_id or actor().user_id)
    return render_template(
        "registry/home/messages.html",
        told=told,
        page_about=page_about,
        tab="home",
        back=url_for("home.index"),
    )


@blueprint.get("/desk", endpoint="desk")
@access(OFFICE)
def first_page_of_a_desk() -> BaseResponse:
    """Where the desk of this role begins."""
    return redirect(url_for(_DESKS[actor().role]), 303)


@blueprint.get("/about")
@access(ANYONE)
def about() -> str:
    """关于我们 (manual, 5.5): version, agreements, licences, where to report a security problem."""
    return render_template(
        "registry/home/about.html",
        version_of_software=parts.version(),
        parts=parts.parts(),
        contact=service().settings.security_contact,
        back=url_for("home.me") if who() else "",
    )


@blueprint.get("/.well-known/security.txt")
@access(ANYONE)
def security_txt() -> Response:
    """Where to report a security problem, for programs (RFC 9116); nothing where no contact is set."""
    settings = service().settings
    if not settings.security_contact:
        return Response(status=404)
    lines = (
        f"Contact: {settings.security_contact}",
        f"Expires: {now() + timedelta(days=180):%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: zh, en",
        f"Canonical: {settings.base_url}{url_for('home.security_txt')}",
    )
    return Response("\n".join((*lines, "")), mimetype="text/plain")


@blueprint.post("/language")
@access(ANYONE)
def language() -> BaseResponse:
    """中文 or English, kept at this browser."""
    wanted = request.form.get("to", "zh")
    response = make_response(redirect(safe_next(url_for("home.index")), 303))
    if wanted in words.LANGUAGES:
        response.set_cookie("lang", wanted, max_age=_YEAR_S, samesite="Lax", httponly=True)
    return response


# What makes it an app on a phone.


@blueprint.get("/manifest.webmanifest")
@access(ANYONE)
def manifest() -> Response:
    """The manifest of the installable app."""
    icon = {
        "src": url_for("static", filename="registry/icon.svg"),
        "sizes": "any",
        "type": "image/svg+xml",
    }
    response = jsonify(
        name=words.t("医证 · 医师电子化注册", "Yizheng · physician registration"),
        short_name=words.t("医证", "Yizheng"),
        start_url="/",
        display="standalone",
        background_color="#f5f7fa",
        theme_color="#0f766e",
        icons=[icon, {**icon, "purpose": "maskable"}],
    )
    response.mimetype = "application/manifest+json"
    return response


@blueprint.get("/app-worker.js")
@access(ANYONE)
def app_worker() -> Response:
    """The service worker, at the root so that its scope is the whole app."""
    response = current_app.send_static_file("registry/app-worker.js")
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/offline")
@access(ANYONE)
def offline() -> str:
    """What is shown where there is no network."""
    return render_template("registry/home/offline.html")


# For operators.


@blueprint.get("/healthz")
@access(ANYONE)
@limiter.exempt
def healthz() -> Response:
    """The process answers."""
    return jsonify(ok=True)


@blueprint.get("/readyz")
@access(ANYONE)
@limiter.exempt
def readyz() -> tuple[Response, int]:
    """The database answers and has the newest schema."""
    ready = migrations.current(desk().store) == migrations.newest()
    return jsonify(ok=ready), 200 if ready else 503


# Shared with other pages.


def own_dossier() -> Dossier | None:
    """Everything about the physician who is signed in; None for one of the public."""
    person_id = actor().person_id
    if person_id is None:
        return None
    with desk().store.reading() as unit:
        return unit.dossier(person_id)


def default_record(dossier: Dossier) -> PracticeRecord | None:
    """The record that code and badge stand for: the first one in force, else the first live one."""
    live = sorted(dossier.live_records, key=lambda each: each.standing is not Standing.VALID)
    return live[0] if live else None


def image_type(image: bytes) -> str:
    """The type of a stored portrait, by its first bytes."""
    if image.startswith(b"\x89PNG"):
        return "image/png"
    return "image/webp" if image[8:12] == b"WEBP" else "image/jpeg"


def _qualifications(*, shown: bool) -> str:
    return render_template(
        "registry/home/qualifications.html",
        dossier=own_dossier(),
        shown=shown,
        back=url_for("home.index"),
        tab="home",
    )
