"""What holds for every request: the host, who is signed in, who may open the view, the language, the
headers, and refusals as pages.

* The opaque session token is in a cookie of its own, never readable by a script; Flask's signed cookie
  holds the CSRF token and one-time messages only, and is emptied whenever somebody signs in or out.
* Nothing of a person's pages is kept by anybody on the way (``no-store``, ``Vary: Cookie``).
* What the registry refuses becomes a page by its code, with the status that `registry.messages` names; a
  program that asks for JSON gets code and words.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from http import HTTPStatus
from typing import Final, NoReturn
from urllib.parse import urlsplit

import structlog
from flask import (
    Flask,
    Response,
    current_app,
    flash,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_wtf.csrf import CSRFError, generate_csrf
from markupsafe import Markup
from werkzeug.exceptions import HTTPException, abort
from werkzeug.wrappers import Response as BaseResponse

from credential.text import Text
from registry import clerks, members, messages, roll
from registry.errors import Code, Reason, RegistryError
from registry.record import AccountStatus, Binding
from registry.roles import Role
from registry.roll import Account
from registry.sessions import SignedIn
from registry.sessions import signed_in as session_of
from registry.web import words
from registry.web.access import FILES, Access, access_of
from registry.web.service import desk, device, device_cookie, now, service, who

_LOG = structlog.get_logger("yizheng.web")
_WITHOUT_DESK: Final = frozenset({Role.PUBLIC, Role.PHYSICIAN})
_BEFORE_SECOND_FACTOR: Final = frozenset(
    {
        "members.sign_out",
        "clerks.second_factor",
        "clerks.begin_second_factor",
        "clerks.prove_second_factor",
    }
)
_DEVICE_KEPT: Final = timedelta(days=400)
"""As long as browsers keep a cookie at all. It names a browser, nobody is signed in by it."""
_BEFORE_AGREEING: Final = frozenset({"members.agree", "members.sign_out", "members.close_account"})
"""Who does not agree may leave."""
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_POLICY: Final = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data: blob:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_HTTP: Final = {
    400: Text("请求有误", "The request is not right"),
    401: Text("请先登录", "Please sign in first"),
    403: Text("没有权限", "Not allowed"),
    404: Text("没有这个页面", "There is no such page"),
    405: Text("不支持这种请求方式", "Not possible in this way"),
    413: Text("内容过大", "Too large"),
    415: Text("不支持的文件类型", "This type of file is not taken"),
    429: Text("操作过于频繁，请稍后再试", "Too many requests: please wait a little"),
    503: Text("暂时无法发送或者处理，请稍后再试", "Not possible right now: please try again later"),
    500: Text(
        "系统出错，已记录，请稍后再试",
        "Something went wrong here; it is on record. Try again later",
    ),
}


def install(app: Flask) -> None:
    """Puts the frame around every view of ``app``."""
    app.before_request(_is_our_host)
    app.before_request(_is_our_page)
    app.before_request(_who_asks)
    app.before_request(_may_open)
    app.after_request(_headers)
    app.register_error_handler(RegistryError, _refused)
    app.register_error_handler(CSRFError, _without_token)
    app.register_error_handler(HTTPException, _http_error)
    if not app.testing:
        app.register_error_handler(Exception, _broken)
    app.jinja_env.globals.update(words.globals_of_templates())
    app.jinja_env.globals.update(
        csrf=_csrf, once=_once, come_back_to=_here, signed_in=who, now=now, service=service
    )
    app.jinja_env.tests["active"] = lambda binding: binding is Binding.ACTIVE
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(lambda: {"language": words.language(), "languages": words.LANGUAGES})


# --- the cookie of a session ---------------------------------------------------------------------


def cookie_name() -> str:
    """``__Host-`` ties the cookie to this host and to https, wherever there is https."""
    return "__Host-yizheng" if service().settings.is_secure else "yizheng"


def welcome(response: BaseResponse, token: str, *, ends_in_s: int) -> BaseResponse:
    """Signs a browser in: everything it held before is gone."""
    session.clear()
    response.set_cookie(
        cookie_name(),
        token,
        max_age=ends_in_s,
        secure=service().settings.is_secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    response.set_cookie(
        device_cookie(),
        device(),
        max_age=_DEVICE_KEPT,
        secure=service().settings.is_secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return response


def farewell(response: BaseResponse) -> BaseResponse:
    """Signs a browser out."""
    session.clear()
    response.delete_cookie(
        cookie_name(), secure=service().settings.is_secure, httponly=True, samesite="Lax", path="/"
    )
    return response


def tell(kind: str, text: Text) -> None:
    """A message for the next page: ``good``, ``needs`` or ``info``."""
    flash((text.zh, text.en), kind)  # type: ignore[arg-type]


def safe_next(fallback: str) -> str:
    """Where to go after signing in: a path of ours from ``next``, never another host."""
    wanted = request.values.get("next", "")
    parts = urlsplit(wanted)
    ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.netloc
    return wanted if ours and parts.scheme == "" else fallback


# --- before a view -------------------------------------------------------------------------------


def _is_our_host() -> None:
    if service().settings.environment == "production" and request.host != service().settings.host:
        raise_status(HTTPStatus.BAD_REQUEST)


def _is_our_page() -> None:
    """A changing request comes from a page of ours; browsers say where from."""
    if request.method in _SAFE:
        return
    origin = request.headers.get("Origin")
    if request.headers.get("Sec-Fetch-Site") == "cross-site" or (
        origin not in (None, "null") and urlsplit(origin or "").netloc != request.host
    ):
        raise CSRFError("cross-site")


def _who_asks() -> None:
    g.language = request.cookies.get("lang", "")
    if g.language not in words.LANGUAGES:
        wanted = request.accept_languages.best_match(["zh", "en"], "zh")
        g.language = wanted or "zh"
    token = request.cookies.get(cookie_name())
    g.who = (
        session_of(desk(), token, now=now()) if token and request.endpoint not in FILES else None
    )


def _may_open() -> BaseResponse | None:
    if request.endpoint is None:
        return None
    wanted = access_of(current_app, request.endpoint)
    if (wanted.roles is not None or request.endpoint == "home.index") and _has_to_agree():
        if request.method != "GET" or _wants_json():
            raise RegistryError(Reason(Code.AGREEMENT_REQUIRED, "agreed"))
        return redirect(url_for("members.agree", next=request.full_path.rstrip("?")), 303)
    return None if wanted.roles is None else _may_open_as(wanted, wanted.roles)


def _may_open_as(wanted: Access, roles: frozenset[Role]) -> BaseResponse | None:
    found = who()
    if found is None:
        return _sign_in_first()
    unproved = found.account.status is AccountStatus.PHONE_VERIFIED
    if unproved and not (request.endpoint or "").startswith("members."):
        return redirect(url_for("members.identity"), 303)
    if found.account.role not in roles:
        return _not_for(found.account.role, wanted)
    if _lacks_second_factor(found):
        if request.method != "GET" or _wants_json():
            raise_status(HTTPStatus.UNAUTHORIZED)
        return redirect(url_for("clerks.second_factor", next=request.full_path.rstrip("?")), 303)
    return None if wanted.bindings is None else _only_bound(found.account, wanted.bindings)


def _has_to_agree() -> bool:
    """Whether a document is in force in a version this account of the app has not agreed to."""
    found = who()
    if found is None or found.account.role not in _WITHOUT_DESK:
        return False
    if request.endpoint in _BEFORE_AGREEING:
        return False
    with desk().store.reading() as unit:
        return bool(members.to_agree(unit, found.account.id))


def _sign_in_first() -> BaseResponse:
    if request.method != "GET" or _wants_json():
        raise_status(HTTPStatus.UNAUTHORIZED)
    return redirect(url_for("members.sign_in", next=request.full_path.rstrip("?")), 303)


def _only_bound(account: Account, bindings: frozenset[Binding]) -> BaseResponse | None:
    with desk().store.reading() as unit:
        g.binding = roll.binding(unit, account.person_id)
    return None if g.binding in bindings else redirect(url_for("members.binding"), 303)


def _lacks_second_factor(found: SignedIn) -> bool:
    """Whether a clerk has still to prove, or to set up, the second factor before anything else."""
    if found.account.role in _WITHOUT_DESK or request.endpoint in _BEFORE_SECOND_FACTOR:
        return False
    if clerks.has_second_factor(found.account):
        return found.session.verified_at is None
    return service().settings.second_factor == "required"


def _not_for(role: Role, wanted: Access) -> BaseResponse | None:
    """One of the public who asks for a physician's page is told how to become bound (manual, 1.1)."""
    if role is Role.PUBLIC and wanted.roles is not None and Role.PHYSICIAN in wanted.roles:
        return redirect(url_for("members.binding"), 303)
    raise RegistryError(Reason(Code.ROLE_FORBIDDEN))


# --- after a view --------------------------------------------------------------------------------


def _headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if service().settings.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint not in FILES:
        response.headers.setdefault("Cache-Control", "no-store")
        response.vary.add("Cookie")
    return response


# --- refusals as pages ---------------------------------------------------------------------------


def raise_status(status: HTTPStatus) -> NoReturn:
    """Ends the request with an HTTP status and its page."""
    abort(int(status))


def _refused(error: RegistryError) -> tuple[Response | str, int]:
    status = messages.status_of(error.code)
    return error_page(status, messages.words(error.code), reasons=error.reasons), status


def _without_token(error: CSRFError) -> tuple[Response | str, int]:  # noqa: ARG001
    text = Text(
        "页面已过期，请返回刷新后重试", "This page has expired: go back, reload and try again"
    )
    return error_page(403, text, code="CSRF_FAILED"), 403


def _http_error(error: HTTPException) -> tuple[Response | str, int] | HTTPException:
    status = error.code or 500
    if status < 400:
        return error
    text = _HTTP.get(status) or Text(f"错误 {status}", f"Error {status}")
    return error_page(status, text, code=HTTPStatus(status).name), status


def _broken(error: Exception) -> tuple[Response | str, int]:
    if isinstance(error, HTTPException):
        return _http_error(error)  # type: ignore[return-value]
    _LOG.error("broken", route=str(request.url_rule), error=type(error).__name__, exc_info=True)
    return error_page(500, _HTTP[500], code="BROKEN"), 500


def error_page(
    status: int, text: Text, *, code: str = "", reasons: tuple[Reason, ...] = ()
) -> Response | str:
    """A refusal as a page, or as JSON where that was asked for."""
    named = code or (str(reasons[0].code) if reasons else "")
    if _wants_json():
        return jsonify(code=named, zh=text.zh, en=text.en)
    retry = status in (429, 503)
    return render_template(
        "registry/error.html", status=status, text=text, code=named, reasons=reasons, retry=retry
    )


def _wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html")
    return bool(best == "application/json")


# --- in templates --------------------------------------------------------------------------------


def _csrf() -> Markup:
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def _here() -> str:
    """The page one is on, to come back to: the address where it can be opened, otherwise where its form
    was sent from."""
    rule = request.url_rule
    if rule is None or "GET" in (rule.methods or ()):
        return request.full_path.rstrip("?")
    sent_from = urlsplit(request.referrer or "")
    if sent_from.netloc != request.host:
        return url_for("home.index")
    return sent_from.path + (f"?{sent_from.query}" if sent_from.query else "")


def _once() -> Markup:
    """A name for one press of a button, so that a double click acts once."""
    return Markup('<input type="hidden" name="request" value="{}">').format(secrets.token_hex(16))
