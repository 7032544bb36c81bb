"""系统功能 of the institution edition: departments, accounts, photos, ending filings, 医师验证."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any, Final

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from credential import codelists
from credential.text import Text
from registry import members, messages, offices, queues
from registry.errors import Code, Reason, RegistryError
from registry.forms import UnreadableError
from registry.members import Post
from registry.ports import CourierUnavailableError
from registry.record import Binding, DepartmentId, Dossier, InstitutionId, PersonId
from registry.search import folded
from registry.web.access import CLERK, INSTITUTION, access
from registry.web.desks import parts
from registry.web.frame import tell
from registry.web.home import image_type
from registry.web.limits import SENDS, limiter
from registry.web.service import actor, desk, now, service, today

blueprint = Blueprint("institution", __name__, url_prefix="/institution")

ENDING_SOON: Final = timedelta(days=60)
_ACCOUNTS: Final = {
    "activate": (
        (Binding.PENDING_ACTIVATION, Binding.REVOKED),
        Text("医师账户激活", "To activate"),
    ),
    "revoke": ((Binding.ACTIVE,), Text("撤销医师账户", "Activated")),
    "all": ((), Text("本院医师账户管理", "All accounts")),
}


# --- departments ---------------------------------------------------------------------------------


@blueprint.get("/departments")
@access(INSTITUTION)
def departments() -> str:
    """设置本院科室信息: the departments with their diagnosis subjects."""
    return _departments()


@blueprint.post("/departments")
@access(INSTITUTION)
def set_department() -> BaseResponse | tuple[str, int]:
    """确认: a new department, or a new name and new subjects for one."""
    department_id = request.form.get("department_id") or None
    try:
        offices.set_department(
            desk(),
            request.form.get("name", ""),
            tuple(request.form.getlist("subjects")),
            by=actor(),
            now=now(),
            department_id=DepartmentId(department_id) if department_id else None,
        )
    except UnreadableError as error:
        return _departments(refused=Reason(error.code, "name")), 422
    except RegistryError as error:
        if error.code is Code.NOT_FOUND:
            raise
        return _departments(refused=error.reasons[0]), messages.status_of(error.code)
    tell("good", Text("科室已保存", "The department is saved"))
    return redirect(url_for("institution.departments"), 303)


@blueprint.post("/departments/<department_id>/close")
@access(INSTITUTION)
def close_department(department_id: str) -> BaseResponse:
    """停用: offered no more; those in it stay in it."""
    offices.close_department(desk(), DepartmentId(department_id), by=actor(), now=now())
    tell("good", Text("科室已停用", "The department is closed"))
    return redirect(url_for("institution.departments"), 303)


def _departments(*, refused: Reason | None = None) -> str:
    with desk().store.reading() as unit:
        every = unit.departments(actor().org_id)
        office = unit.institutions([actor().org_id])[InstitutionId(actor().org_id)]
    return render_template(
        "registry/desks/departments.html",
        departments=sorted(every, key=lambda each: (each.closed, each.name)),
        subjects=[(code, codelists.subject(code)) for code in office.subjects],
        subject=codelists.subject,
        editing=next((each for each in every if each.id == request.args.get("edit")), None),
        refused=refused,
        typed=request.form if refused else None,
    )


# --- accounts ------------------------------------------------------------------------------------


@blueprint.get("/accounts")
@access(INSTITUTION)
def accounts() -> str:
    """医师账户激活 · 撤销医师账户 · 本院医师账户管理."""
    tab = request.args.get("tab", "activate")
    bindings, _ = _ACCOUNTS.get(tab) or abort(404)
    with desk().store.reading() as unit:
        rows = queues.physicians_here(
            unit,
            actor().org_id,
            bindings=bindings,
            name=request.args.get("name", "").strip()[:64],
            after=request.args.get("after", ""),
        )
        office = unit.institutions([actor().org_id])[InstitutionId(actor().org_id)]
    return render_template(
        "registry/desks/accounts.html",
        rows=rows,
        tab=tab,
        tabs=_ACCOUNTS,
        office=office,
        more=len(rows) == queues.PAGE,
        name=request.args.get("name", ""),
    )


@blueprint.post("/accounts/<person_id>/activate")
@access(INSTITUTION)
def activate(person_id: str) -> BaseResponse:
    """医师账户激活."""
    offices.activate_account(desk(), PersonId(person_id), by=actor(), now=now())
    tell("good", Text("账户已激活", "The account is activated"))
    return redirect(url_for("institution.accounts", tab="activate"), 303)


@blueprint.post("/accounts/<person_id>/code")
@access(INSTITUTION)
@limiter.limit(SENDS)
def send_code(person_id: str) -> BaseResponse:
    """激活码 to the physician's own mobile number, who then activates the account (article, 1.3)."""
    post = Post(sms=service().sms, mail=service().mail)
    try:
        members.send_activation_code(
            desk(),
            PersonId(person_id),
            by=actor(),
            post=post,
            now=now(),
            draw=secrets.randbelow,
        )
    except RegistryError as error:
        if error.reasons != (Reason(Code.STEP_INVALID, "mobile"),):
            raise
        tell(
            "needs",
            Text("该医师没有可以接收激活码的手机号", "There is no number to send a code to"),
        )
    except CourierUnavailableError:
        tell(
            "needs",
            Text("激活码未能发送，请稍后再试", "The code could not be sent; try again shortly"),
        )
    else:
        tell(
            "good", Text("激活码已发送，七日内有效", "The code is sent; it is good for seven days")
        )
    return redirect(url_for("institution.accounts", tab="activate"), 303)


@blueprint.post("/accounts/<person_id>/revoke")
@access(INSTITUTION)
def revoke(person_id: str) -> BaseResponse:
    """撤销医师账户: badge and identity code rest, the licence stays."""
    offices.revoke_account(desk(), PersonId(person_id), by=actor(), now=now())
    tell("good", Text("账户已撤销", "The account is revoked"))
    return redirect(url_for("institution.accounts", tab="revoke"), 303)


@blueprint.post("/accounts/automatic")
@access(INSTITUTION)
def automatic() -> BaseResponse:
    """自动激活 on or off."""
    on = request.form.get("on") == "yes"
    offices.set_automatic_activation(desk(), on=on, by=actor(), now=now())
    said = Text("自动激活已开启", "On") if on else Text("自动激活已关闭", "Off")
    tell("good", said)
    return redirect(url_for("institution.accounts"), 303)


# --- photos --------------------------------------------------------------------------------------


@blueprint.get("/photos")
@access(INSTITUTION)
def photos() -> str:
    """照片确认: the new portrait beside the one in use."""
    with desk().store.reading() as unit:
        rows = queues.pending_photos(unit, actor().org_id, after=request.args.get("after", ""))
    return render_template("registry/desks/photos.html", rows=rows, more=len(rows) == queues.PAGE)


@blueprint.get("/photos/<person_id>/<sha256>")
@access(INSTITUTION)
def photo(person_id: str, sha256: str) -> Response:
    """A portrait of one of this institution's physicians."""
    dossier = _our_physician(person_id)
    if sha256 not in {each.sha256 for each in dossier.photos}:
        abort(404)
    with desk().store.reading() as unit:
        image = unit.image(dossier.person.id, sha256)
    return Response(image, mimetype=image_type(image or b""))


def _our_physician(person_id: str) -> Dossier:
    """Somebody with a live record here; nobody is found otherwise."""
    with desk().store.reading() as unit:
        dossier = unit.dossier(PersonId(person_id))
    here = any(each.institution_id == actor().org_id for each in dossier.live_records)
    return dossier if here else abort(404)


@blueprint.post("/photos/<person_id>")
@access(INSTITUTION)
def decide_photo(person_id: str) -> BaseResponse:
    """Confirms or refuses exactly the portrait that was on the screen."""
    sha256, whose = request.form.get("sha256", ""), _our_physician(person_id).person.id
    if request.form.get("answer") == "confirm":
        offices.confirm_photo(desk(), whose, sha256, by=actor(), now=now())
        tell("good", Text("照片已确认", "The photo is confirmed"))
    else:
        reason = request.form.get("reason", "")
        offices.refuse_photo(desk(), whose, sha256, reason=reason, by=actor(), now=now())
        tell("good", Text("照片未通过，已通知医师", "Refused; the physician is told"))
    return redirect(url_for("institution.photos"), 303)


# --- what else an institution looks up -----------------------------------------------------------


@blueprint.get("/filings-ending")
@access(INSTITUTION)
def filings_ending() -> str:
    """多执业机构备案 that end within sixty days."""
    with desk().store.reading() as unit:
        rows = queues.filings_ending(
            unit, actor().org_id, since=today(), until=today() + ENDING_SOON
        )
        ids = {row.institution_id for row in rows} | {row.main_institution_id for row in rows}
        institutions = queues.institution_names(unit, ids)
    return render_template(
        "registry/desks/filings_ending.html", rows=rows, institutions=institutions, today=today()
    )


@blueprint.get("/profile")
@access(INSTITUTION)
def profile() -> str:
    """综合信息: the institution's own registration."""
    with desk().store.reading() as unit:
        office = unit.institutions([actor().org_id])[InstitutionId(actor().org_id)]
        authorities = unit.authority_names()
    return render_template(
        "registry/desks/profile.html",
        office=office,
        authorities=authorities,
        subject=codelists.subject,
    )


@blueprint.route("/check", methods=["GET", "POST"])
@access(CLERK)
@limiter.limit("60 per minute; 600 per hour", methods=["POST"])
def check() -> str:
    """医师验证 by name and licence number. Only when both are right is anything said."""
    found: list[Any] | None = None
    institutions: dict[str, str] = {}
    if request.method == "POST":
        number = "".join(request.form.get("number", "").split())
        key = folded(request.form.get("name", ""))
        with desk().store.reading() as unit:
            rows = queues.by_licence(unit, number) if key and number.isdigit() else []
            found = [row for row in rows if folded(row.name) == key]
            institutions = queues.institution_names(unit, {row.institution_id for row in found})
    return render_template(
        "registry/desks/check.html", found=found, institutions=institutions, parts=parts
    )
