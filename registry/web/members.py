"""Accounts: signing in and out, and how far an account is bound (manual, 1.1; article, 1)."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from registry import messages, sessions
from registry.errors import RegistryError
from registry.roles import Role
from registry.web.access import ANYONE, APP, SIGNED_IN, access
from registry.web.frame import farewell, safe_next, welcome
from registry.web.limits import GUESSES, limiter
from registry.web.service import browser, desk, now, service, signed_in, who

blueprint = Blueprint("members", __name__)

_DESKS = {
    Role.INSTITUTION_CLERK: "home.desk",
    Role.AUTHORITY_CLERK: "home.desk",
    Role.ADMIN: "home.desk",
}


@blueprint.route("/sign-in", methods=["GET", "POST"])
@access(ANYONE)
@limiter.limit(GUESSES, methods=["POST"])
def sign_in() -> Response | tuple[str, int] | str:
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
        status = messages.status_of(error.code)
        return render_template("registry/members/sign_in.html", refused=error.reasons[0]), status
    found = sessions.signed_in(desk(), token, now=now())
    assert found is not None  # noqa: S101 - opened a line above
    response = make_response(redirect(safe_next(_home_of(found.account.role)), 303))
    ends_in = found.session.ends_at - now()
    return welcome(response, token, ends_in_s=int(ends_in.total_seconds()))


@blueprint.post("/sign-out")
@access(SIGNED_IN)
def sign_out() -> Response:
    """退出登录: the session ends here and now."""
    sessions.sign_out(desk(), signed_in(), now=now())
    return farewell(make_response(redirect(url_for("home.index"), 303)))


@blueprint.get("/binding")
@access(APP)
def binding() -> str:
    """How far the account is bound to the registration data, and what comes next."""
    return render_template("registry/members/binding.html")


def _home_of(role: Role) -> str:
    return url_for(_DESKS.get(role, "home.index"))
