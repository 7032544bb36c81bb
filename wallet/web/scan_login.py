"""扫码登录: the PC's page with the code, and the phone's page that says what it is about (manual 2.1)."""

from __future__ import annotations

from typing import Final

from flask import Response, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from credential.text import Text
from registry import sessions, tickets
from registry.errors import Code, refuse
from registry.web.access import ANYONE, PHYSICIAN, access
from registry.web.devices import program_of, system_of
from registry.web.frame import safe_next, tell, welcome
from registry.web.limits import limiter
from registry.web.service import browser, desk, now, service, signed_in, who
from wallet.web.service import blueprint, data_svg, wallet

_COOKIE: Final = "ticket"


@blueprint.get("/sign-in/scan")
@access(ANYONE)
def scan_login() -> str | BaseResponse:
    """The page on the PC; its script asks for the code."""
    if who() is not None:
        return redirect(url_for("home.index"), 303)
    return render_template("wallet/scan_login.html")


@blueprint.post("/sign-in/scan/ticket")
@access(ANYONE)
@limiter.limit("30 per minute")
def new_ticket() -> Response:
    """A code for this browser, good for 60 seconds and once."""
    asked = tickets.ask(
        desk(),
        browser=browser(),
        now=now(),
        new_token=service().new_token,
        number=int.from_bytes(wallet().random(4), "big") % 100,
    )
    address = service().settings.base_url + url_for("wallet.confirm_login", ticket=asked.ticket)
    response = jsonify(
        ticket=asked.ticket,
        number=asked.number,
        seconds=int((asked.ends - now()).total_seconds()),
        drawn=data_svg(address, "default"),
    )
    response.set_cookie(
        _cookie(),
        asked.secret,
        max_age=int(tickets.LIFETIME.total_seconds()),
        secure=service().settings.is_secure,
        httponly=True,
        samesite="Strict",
        path="/",
    )
    return response


@blueprint.post("/sign-in/scan/poll")
@access(ANYONE)
@limiter.limit("120 per minute")
def poll_ticket() -> Response | BaseResponse:
    """Where the ticket stands; when it was confirmed, this browser is signed in."""
    polled = tickets.poll(
        desk(),
        request.form.get("ticket", ""),
        request.cookies.get(_cookie(), ""),
        browser=browser(),
        now=now(),
        new_token=service().new_token,
    )
    if not polled.token:
        return jsonify(state=polled.state)
    found = sessions.signed_in(desk(), polled.token, now=now())
    if found is None:
        raise refuse(Code.SIGN_IN_REFUSED)
    response = make_response(jsonify(state=polled.state, next=safe_next(url_for("home.index"))))
    response.delete_cookie(_cookie(), path="/", secure=service().settings.is_secure)
    ends_in = found.session.ends_at - now()
    return welcome(response, polled.token, ends_in_s=int(ends_in.total_seconds()))


@blueprint.get("/login/<ticket>")
@access(PHYSICIAN)
def confirm_login(ticket: str) -> str:
    """On the phone: which browser asks, from where, since when, and the number it shows."""
    found = tickets.look(desk(), ticket, by=signed_in(), now=now())
    return render_template(
        "wallet/confirm_login.html",
        asking=found,
        ticket=ticket,
        system=system_of(found.agent),
        program=program_of(found.agent),
        back=url_for("home.index"),
        tab="home",
    )


@blueprint.post("/login/<ticket>")
@access(PHYSICIAN)
@limiter.limit("30 per minute")
def answer_login(ticket: str) -> BaseResponse:
    """确认登录 or 取消."""
    yes = request.form.get("answer") == "yes"
    tickets.answer(desk(), ticket, yes=yes, by=signed_in(), now=now())
    if yes:
        tell("good", Text("已确认，电脑正在登录", "Confirmed: the computer is being signed in"))
    else:
        tell("info", Text("已取消，电脑不会登录", "Cancelled: the computer is not signed in"))
    return redirect(url_for("home.index"), 303)


def _cookie() -> str:
    return f"__Host-{_COOKIE}" if service().settings.is_secure else _COOKIE
