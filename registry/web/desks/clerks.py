"""A clerk's own account: the second factor at sign-in; and for who manages them, the office's clerks."""

from __future__ import annotations

import io
import secrets

import qrcode
import qrcode.image.svg
from flask import Blueprint, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from credential.text import Text
from registry import clerks, messages, queues
from registry.errors import Reason, RegistryError
from registry.web.access import CLERK, OFFICE, access
from registry.web.frame import safe_next, tell
from registry.web.limits import GUESSES, limiter
from registry.web.service import actor, desk, now, service, signed_in

blueprint = Blueprint("clerks", __name__, url_prefix="/desk")
_ISSUER = "医证 Yizheng"


@blueprint.get("/second-factor")
@access(OFFICE)
def second_factor() -> str:
    """Asks for the code, or offers to set the second factor up."""
    return _page()


@blueprint.post("/second-factor/begin")
@access(OFFICE)
@limiter.limit("20 per hour")
def begin_second_factor() -> str:
    """Shows the secret, once, as a QR code; it counts when a code of it was typed."""
    address = clerks.begin_second_factor(
        desk(), signed_in(), secrets.token_bytes(clerks.SECRET_BYTES), issuer=_ISSUER, now=now()
    )
    return _page(address=address)


@blueprint.post("/second-factor")
@access(OFFICE)
@limiter.limit(GUESSES)
def prove_second_factor() -> BaseResponse | tuple[str, int]:
    """The six digits."""
    try:
        clerks.prove_second_factor(desk(), signed_in(), request.form.get("code", ""), now=now())
    except RegistryError as error:
        return _page(refused=error.reasons[0]), messages.status_of(error.code)
    tell("good", Text("动态口令已验证", "The code is right"))
    return redirect(safe_next(url_for("home.desk")), 303)


@blueprint.get("/clerks")
@access(CLERK)
def office() -> str:
    """本单位经办人, for who manages them."""
    return render_template(
        "registry/desks/office.html",
        clerks=clerks.of_office(desk(), actor()),
        own=actor().user_id,
        has=clerks.has_second_factor,
    )


@blueprint.post("/clerks/<user_id>")
@access(CLERK)
def change(user_id: str) -> BaseResponse:
    """Resets a lost second factor, shuts an account or opens it again."""
    what = request.form.get("what", "")
    if what == "reset":
        clerks.reset_second_factor(desk(), user_id, by=actor(), now=now())
    else:
        clerks.set_open(desk(), user_id, is_open=what == "open", by=actor(), now=now())
    tell("good", Text("已办理", "Done"))
    return redirect(url_for("clerks.office"), 303)


@blueprint.get("/notices")
@access(CLERK)
def notices() -> str:
    """消息 to this office, newest first."""
    with desk().store.reading() as unit:
        told = queues.notices(unit, actor().org_id)
    return render_template("registry/desks/notices.html", told=told)


def _page(*, address: str = "", refused: Reason | None = None) -> str:
    account = signed_in().account
    return render_template(
        "registry/desks/second_factor.html",
        is_set=clerks.has_second_factor(account),
        picture=_drawn(address) if address else "",
        secret=address.split("secret=", 1)[1].split("&", 1)[0] if address else "",
        refused=refused,
        required=service().settings.second_factor == "required",
        next=request.values.get("next", ""),
    )


def _drawn(address: str) -> Markup:
    """A QR code as SVG, drawn into the page: a file of it is never kept."""
    out = io.BytesIO()
    image = qrcode.make(address, image_factory=qrcode.image.svg.SvgPathImage, border=2)
    image.save(out)
    return Markup(out.getvalue().decode().partition("?>")[2])  # noqa: S704 - paths drawn here
