"""Accounts: sign up, prove who one is, be bound, activate, sign in and out, recover, secure, leave (manual,
1.1, 5.4, 5.5, 6.1, 6.2; article, 1)."""

from __future__ import annotations

import secrets
from http import HTTPStatus

import structlog
from flask import Blueprint, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from credential.text import Text
from registry import members, messages, roll, sessions
from registry.accounts import masked
from registry.errors import Code, Reason, RegistryError
from registry.members import Post
from registry.ports import CourierUnavailableError
from registry.record import AccountStatus, Binding, Standing
from registry.roles import Purpose, Role
from registry.web.access import ANYONE, APP, SIGNED_IN, access
from registry.web.frame import farewell, raise_status, safe_next, tell, welcome
from registry.web.home import own_dossier
from registry.web.limits import GUESSES, GUESSES_AT_ONE, SENDS, account_typed, limiter
from registry.web.service import browser, desk, now, service, signed_in, who

_LOG = structlog.get_logger("yizheng.web")
blueprint = Blueprint("members", __name__)
Answer = Response | tuple[str, int] | str
_SAYS_NOTHING = frozenset({Purpose.SIGN_IN, Purpose.RECOVER})
_DESKS = frozenset({Role.INSTITUTION_CLERK, Role.AUTHORITY_CLERK, Role.ADMIN})
_SENT = Text("验证码已发送，五分钟内有效", "The code is on its way; it is good for five minutes")


# --- sign up -------------------------------------------------------------------------------------


@blueprint.route("/sign-up", methods=["GET", "POST"])
@access(ANYONE)
@limiter.limit(SENDS, methods=["POST"])
def sign_up() -> Answer:
    """注册, first page: the mobile number, both documents, and a code sent."""
    if request.method == "GET":
        return render_template("registry/members/sign_up.html", agreed=False)
    mobile, agreed = request.form.get("mobile", ""), bool(request.form.get("agreed"))
    try:
        if not agreed:
            raise RegistryError(Reason(Code.AGREEMENT_REQUIRED, "agreed"))
        _send(Purpose.SIGN_UP, mobile)
    except RegistryError as error:
        return _again("registry/members/sign_up.html", error, agreed=agreed)
    session["mobile"] = mobile.strip()
    tell("good", _SENT)
    return redirect(url_for("members.sign_up_code"), 303)


@blueprint.route("/sign-up/code", methods=["GET", "POST"])
@access(ANYONE)
@limiter.limit(GUESSES, methods=["POST"])
def sign_up_code() -> Answer:
    """注册, second page: the code."""
    mobile = session.get("mobile")
    if not mobile:
        return redirect(url_for("members.sign_up"), 303)
    if request.method == "GET":
        return render_template("registry/members/sign_up_code.html", mobile=masked_mobile(mobile))
    try:
        if "send" in request.form:
            _send(Purpose.SIGN_UP, mobile)
            tell("good", _SENT)
            return redirect(url_for("members.sign_up_code"), 303)
        token = members.sign_up(
            desk(),
            mobile,
            request.form.get("code", ""),
            agreed=frozenset(members.DOCUMENTS),
            browser=browser(),
            now=now(),
            new_token=service().new_token,
        )
    except RegistryError as error:
        return _again("registry/members/sign_up_code.html", error, mobile=masked_mobile(mobile))
    return _in(token, url_for("members.identity"))


@blueprint.route("/identity", methods=["GET", "POST"])
@access(APP)
@limiter.limit(GUESSES, methods=["POST"])
def identity() -> Answer:
    """实人认证: name, identity number, face."""
    if signed_in().account.status is not AccountStatus.PHONE_VERIFIED:
        return redirect(url_for("members.binding"), 303)
    if request.method == "GET":
        return render_template("registry/members/identity.html")
    face = request.files.get("face")
    try:
        token = members.prove_identity(
            desk(),
            signed_in(),
            name=request.form.get("name", ""),
            id_number=request.form.get("id_number", ""),
            face=face.stream.read() if face else b"",
            proof=service().identity,
            browser=browser(),
            now=now(),
            new_token=service().new_token,
        )
    except RegistryError as error:
        return _again("registry/members/identity.html", error)
    tell("good", Text("实人认证通过", "Your identity is confirmed"))
    return _in(token, url_for("home.index")) if token else redirect(url_for("home.index"), 303)


# --- binding and activation ----------------------------------------------------------------------


@blueprint.get("/binding")
@access(APP)
def binding() -> Answer:
    """How far the account is bound to the registration data, and what comes next."""
    if signed_in().account.status is AccountStatus.PHONE_VERIFIED:
        return redirect(url_for("members.identity"), 303)
    return _binding()


@blueprint.post("/binding/again")
@access(APP)
@limiter.limit("30 per hour")
def look_again() -> Response:
    """Looks whether data has arrived, or the institution has switched activation on."""
    found = members.look_again(desk(), signed_in(), now=now())
    if not found:
        tell("info", Text("目前仍未查到您的数据", "Nothing has been found for you yet"))
    return redirect(url_for("members.binding"), 303)


@blueprint.post("/binding/credentials")
@access(APP)
def set_credentials() -> Answer:
    """用户名 and 密码 of the registration account."""
    try:
        if request.form.get("password") != request.form.get("again"):
            raise RegistryError(Reason(Code.FIELD_FORMAT, "again"))
        members.set_credentials(
            desk(),
            signed_in(),
            username=request.form.get("username", ""),
            password=request.form.get("password", ""),
            now=now(),
        )
    except RegistryError as error:
        return _binding(error)
    tell("good", Text("用户名和密码已设置", "User name and password are set"))
    return redirect(url_for("members.binding"), 303)


@blueprint.post("/binding/activate")
@access(APP)
@limiter.limit(GUESSES)
def activate() -> Answer:
    """激活我的账户, by the institution's code or by the number of one's qualification."""
    try:
        if "activation_code" in request.form:
            members.activate_by_code(
                desk(), signed_in(), request.form["activation_code"], now=now()
            )
        else:
            number = request.form.get("qualification_number", "")
            members.activate_by_qualification(desk(), signed_in(), number, now=now())
    except RegistryError as error:
        return _binding(error)
    tell("good", Text("账户已激活", "Your account is activated"))
    return redirect(url_for("members.binding"), 303)


def _binding(error: RegistryError | None = None) -> Answer:
    dossier = own_dossier()
    in_force = [
        each for each in (dossier.records if dossier else ()) if each.standing is Standing.VALID
    ]
    page = render_template(
        "registry/members/binding.html",
        dossier=dossier,
        state=dossier.person.binding if dossier else Binding.NONE,
        institution=dossier.institutions[in_force[0].institution_id]
        if dossier and in_force
        else None,
        faults=_faults(error),
        back=url_for("home.me"),
        tab="me",
    )
    return (page, messages.status_of(error.code)) if error else page


# --- sign in and out -----------------------------------------------------------------------------


@blueprint.route("/sign-in", methods=["GET", "POST"])
@access(ANYONE)
@limiter.limit(GUESSES, methods=["POST"])
@limiter.limit(GUESSES_AT_ONE, key_func=account_typed, methods=["POST"])
def sign_in() -> Answer:
    """登录 with user name (or mobile number) and password."""
    if request.method == "GET":
        if found := who():
            return redirect(_home_of(found.account.role), 303)
        return render_template("registry/members/sign_in.html")
    try:
        token = sessions.sign_in(
            desk(),
            request.form.get("login", ""),
            request.form.get("password", ""),
            browser=browser(),
            now=now(),
            new_token=service().new_token,
        )
    except RegistryError as error:
        return _again("registry/members/sign_in.html", error)
    return _in(token)


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@access(ANYONE)
@limiter.limit(GUESSES, methods=["POST"])
def sign_in_by_code() -> Answer:
    """登录 with a code sent to the mobile number; also open while the password is locked."""
    if request.method == "GET":
        return render_template("registry/members/sign_in_code.html", sent="")
    mobile = request.form.get("mobile", "").strip()
    try:
        if "send" in request.form:
            _send(Purpose.SIGN_IN, mobile)
            tell("good", _SENT)
            return render_template("registry/members/sign_in_code.html", sent=mobile)
        token = members.sign_in_by_code(
            desk(),
            mobile,
            request.form.get("code", ""),
            browser=browser(),
            now=now(),
            new_token=service().new_token,
        )
    except RegistryError as error:
        sent = mobile if _has_been_sent(error) else ""
        return _again("registry/members/sign_in_code.html", error, sent=sent)
    return _in(token)


@blueprint.post("/sign-out")
@access(SIGNED_IN)
def sign_out() -> Response:
    """退出登录: the session ends here and now."""
    sessions.sign_out(desk(), signed_in(), now=now())
    return farewell(make_response(redirect(url_for("home.index"), 303)))


@blueprint.route("/recover", methods=["GET", "POST"])
@access(ANYONE)
@limiter.limit(GUESSES, methods=["POST"])
def recover() -> Answer:
    """找回密码 by mobile number or security e-mail."""
    template = "registry/members/recover.html"
    if request.method == "GET":
        return render_template(template, sent="")
    to = request.form.get("to", "").strip()
    try:
        if "send" in request.form:
            _send(Purpose.RECOVER, to)
            tell(
                "good",
                Text(
                    "如果该号码有账户，验证码已发送", "If there is an account, a code is on its way"
                ),
            )
            return render_template(template, sent=to)
        code, password = request.form.get("code", ""), request.form.get("password", "")
        members.recover(desk(), to, code, password, now=now())
    except RegistryError as error:
        return _again(template, error, sent=to if _has_been_sent(error) else "")
    tell("good", Text("密码已重设，请登录", "The password is set anew: please sign in"))
    return redirect(url_for("members.sign_in"), 303)


# --- documents in a new version ------------------------------------------------------------------


@blueprint.route("/agree", methods=["GET", "POST"])
@access(APP)
def agree() -> Answer:
    """服务协议 or 隐私政策 has a new version: it is asked for before anything else."""
    template = "registry/members/agree.html"
    with desk().store.reading() as unit:
        wanted = members.to_agree(unit, signed_in().account.id)
    if not wanted:
        return redirect(safe_next(_home_of(signed_in().account.role)), 303)
    if request.method == "GET":
        return render_template(template, wanted=wanted)
    seen = request.form.to_dict() if request.form.get("agreed") else {}
    try:
        members.agree(desk(), signed_in(), seen, now=now())
    except RegistryError as error:
        return _again(template, error, wanted=wanted)
    return redirect(safe_next(_home_of(signed_in().account.role)), 303)


# --- security settings ---------------------------------------------------------------------------


@blueprint.get("/security")
@access(APP)
def security() -> str:
    """安全设置: password, mobile number, security e-mail, where one is signed in."""
    return _security()


@blueprint.post("/security/password")
@access(APP)
@limiter.limit(GUESSES)
def change_password() -> Answer:
    """A new password; every other session ends."""
    try:
        members.change_password(
            desk(),
            signed_in(),
            present=request.form.get("present", ""),
            password=request.form.get("password", ""),
            now=now(),
        )
    except RegistryError as error:
        return _security(error), messages.status_of(error.code)
    tell(
        "good",
        Text("密码已修改，其他登录已退出", "The password is changed; other sessions have ended"),
    )
    return redirect(url_for("members.security"), 303)


@blueprint.post("/security/contact")
@access(APP)
@limiter.limit(GUESSES)
def change_contact() -> Answer:
    """A new mobile number or e-mail: a code goes there first."""
    to = request.form.get("to", "").strip()
    purpose = Purpose.CHANGE_EMAIL if "@" in to else Purpose.CHANGE_MOBILE
    try:
        if "send" in request.form:
            _send(purpose, to)
            tell("good", _SENT)
            return _security(sent=to)
        code, present = request.form.get("code", ""), request.form.get("present", "")
        members.change_contact(desk(), signed_in(), purpose, to, code, present=present, now=now())
    except RegistryError as error:
        sent = "" if "send" in request.form else to
        return _security(error, sent=sent), messages.status_of(error.code)
    tell("good", Text("已修改", "Changed"))
    return redirect(url_for("members.security"), 303)


@blueprint.post("/security/sessions")
@access(SIGNED_IN)
def end_sessions() -> Response:
    """Signs another browser out, or all the others."""
    if digest := request.form.get("session"):
        with desk().store.writing() as unit:
            roll.end_session(unit, signed_in().account.id, digest)
    else:
        sessions.sign_out_others(desk(), signed_in(), now=now())
    tell("good", Text("已退出", "Signed out"))
    return redirect(url_for("members.security"), 303)


@blueprint.route("/account/close", methods=["GET", "POST"])
@access(APP)
@limiter.limit(GUESSES, methods=["POST"])
def close_account() -> Answer:
    """注销账户 (manual, 5.5): the app's account, never the practice registration."""
    template = "registry/members/close.html"
    if request.method == "GET":
        return render_template(template, back=url_for("members.security"), tab="me")
    try:
        if not request.form.get("sure"):
            raise RegistryError(Reason(Code.FIELD_REQUIRED, "sure"))
        present = request.form.get("present", "")
        members.close_account(desk(), signed_in(), present=present, now=now())
    except RegistryError as error:
        return _again(template, error, back=url_for("members.security"), tab="me")
    return farewell(make_response(redirect(url_for("home.index"), 303)))


def _security(error: RegistryError | None = None, *, sent: str = "") -> str:
    with desk().store.reading() as unit:
        found = roll.sessions_of(unit, signed_in().account.id)
    return render_template(
        "registry/members/security.html",
        account=signed_in().account,
        sessions=found,
        this=signed_in().session.token_sha256,
        faults=_faults(error),
        sent=sent,
        back=url_for("home.me"),
        tab="me",
    )


# --- documents and help --------------------------------------------------------------------------


@blueprint.get("/service-agreement")
@access(ANYONE)
def service_agreement() -> str:
    """服务协议, in the version now in force."""
    version = members.DOCUMENTS["service_agreement"]
    return render_template("registry/members/service_agreement.html", version=version)


@blueprint.get("/privacy-policy")
@access(ANYONE)
def privacy_policy() -> str:
    """隐私政策, in the version now in force."""
    version = members.DOCUMENTS["privacy_policy"]
    return render_template("registry/members/privacy_policy.html", version=version)


@blueprint.get("/help")
@access(ANYONE)
def help_pages() -> str:
    """常见问题 (manual, section 6): data that cannot be verified, qualifications that are missing."""
    return render_template("registry/members/help.html")


# --- inside --------------------------------------------------------------------------------------


def masked_mobile(mobile: str) -> str:
    """139****0001."""
    return f"{mobile[:3]}****{mobile[-4:]}" if len(mobile) == 11 else masked(mobile)


def _send(purpose: Purpose, to: str) -> None:
    """Sends a code. Where only a known number would be sent one, a courier that is down looks like an
    unknown number."""
    try:
        _send_code(purpose, to)
    except CourierUnavailableError as error:
        _LOG.error("not sent", purpose=str(purpose), error=type(error).__name__)
        if purpose not in _SAYS_NOTHING:
            raise_status(HTTPStatus.SERVICE_UNAVAILABLE)
    session["code_sent_at"] = int(now().timestamp())


def _has_been_sent(error: RegistryError) -> bool:
    """Whether a code is under way, so that what is asked for is the code."""
    return "send" not in request.form or error.code is Code.CODE_TOO_SOON


@blueprint.app_context_processor
def _wait() -> dict[str, int]:
    """How many seconds until this browser may ask for another code."""
    since = int(now().timestamp()) - int(session.get("code_sent_at", 0))
    return {"wait": max(0, int(members.CODE_EVERY.total_seconds()) - since)}


def _send_code(purpose: Purpose, to: str) -> None:
    members.send_code(
        desk(),
        purpose,
        to,
        post=_post(),
        address=browser().address,
        now=now(),
        draw=secrets.randbelow,
    )


def _post() -> Post:
    return Post(sms=service().sms, mail=service().mail)


def _in(token: str, to: str = "") -> Response:
    found = sessions.signed_in(desk(), token, now=now())
    if found is None:
        raise LookupError("a session opened in this request is not in force")
    members.tell_of_new_device(desk(), found, browser=browser(), now=now())
    if found.account.role is Role.PUBLIC and found.account.id_number:
        members.look_again(desk(), found, now=now())
    response = make_response(redirect(to or safe_next(_home_of(found.account.role)), 303))
    return welcome(response, token, ends_in_s=int((found.session.ends_at - now()).total_seconds()))


def _home_of(role: Role) -> str:
    return url_for("home.desk" if role in _DESKS else "home.index")


def _faults(error: RegistryError | None) -> dict[str, Reason]:
    return {each.subject: each for each in error.reasons} if error else {}


def _again(template: str, error: RegistryError, **shown: object) -> tuple[str, int]:
    page = render_template(template, faults=_faults(error), refused=error.reasons[0], **shown)
    return page, messages.status_of(error.code)
