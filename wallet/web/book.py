"""脱网码包: codes for places without a signal, fetched after consent and user verification.

The book goes to this device alone, under its sign-in: the server ends it when that ends, from wherever.
The page that shows its codes holds nothing of anybody: all comes out of the device's own encrypted store.
"""

from __future__ import annotations

import base64
from pathlib import Path

from flask import Response, jsonify, render_template, request, send_file, url_for

from credential.code_book import DEFAULT_SPAN_S
from registry.desk import Deed
from registry.errors import Code as NotHere
from registry.errors import refuse
from registry.record import PersonId
from registry.web.access import ANYONE, BOUND, PHYSICIAN, access
from registry.web.limits import limiter
from registry.web.service import actor, desk, now, who
from wallet import consent, holdings
from wallet.errors import Code, WalletError
from wallet.ports import BookState
from wallet.web.gate import is_verified
from wallet.web.service import blueprint, device, person, wallet


@blueprint.get("/code/book")
@access(BOUND)
def book() -> str:
    """What a code book is, for how long it may last here, and whether this device has one."""
    holder = wallet().desk.holders.holder(person())
    record = holdings.shown(holder.records, chosen=holder.chosen)
    if record is None:
        reason = holdings.why_nothing(holder.records, chosen=holder.chosen)
        raise WalletError(Code.NOTHING_TO_SHOW, reason)
    return render_template(
        "wallet/book.html",
        points=consent.BOOK_POINTS,
        text_version=consent.VERSION,
        allowed_s=min(DEFAULT_SPAN_S, record.book_span_s),
        verified=is_verified(),
        drawing=wallet().drawing,
        tab="home",
        back=url_for("wallet.code"),
    )


@blueprint.post("/code/book")
@access(PHYSICIAN)
@limiter.limit("20 per hour")
def fetch_book() -> Response:
    """A new book for this device; the physician's others are ended with it."""
    if not is_verified():
        raise refuse(NotHere.SIGN_IN_REFUSED)
    if request.form.get("version") != consent.VERSION:
        raise WalletError(Code.CONSENT_REQUIRED)
    made = wallet().desk.book(person(), device_id=device(), now=now())
    desk().note(Deed.BOOK, person(), by=actor(), now=now(), details={"text": consent.VERSION})
    with desk().store.reading() as unit:
        name = unit.bearer(PersonId(person())).person.name
    return jsonify(
        book=base64.b64encode(made).decode(),
        now=now().timestamp(),
        name=name,
        host=wallet().host,
        photo=url_for("home.photo", which="confirmed"),
    )


@blueprint.get("/code/book/alive")
@access(ANYONE)
def book_alive() -> Response:
    """Whether the book with this id still counts for this device, so that one that was ended is thrown away.
    For anybody else, and for an id that does not exist, it does not."""
    found = who()
    try:
        book_id = bytes.fromhex(request.args.get("id", ""))
    except ValueError:
        book_id = b""
    mine = wallet().desk.shelf.of_person(found.account.person_id or "") if found else []
    alive = any(
        each.book_id == book_id
        and each.wanted is not BookState.REVOKED
        and found is not None
        and each.device_id == found.session.token_sha256
        for each in mine
    )
    return jsonify(alive=alive, now=now().timestamp())


@blueprint.get("/code/offline")
@access(ANYONE)
def offline_code() -> str:
    """The page that shows the book's codes: the same for everybody, so that it may be kept by the device."""
    return render_template("wallet/offline.html", drawing=wallet().drawing)


@blueprint.get("/wallet/qr-draw.js")
@access(ANYONE)
def draw_script() -> Response:
    """The part of the built bundle that draws codes; without the bundle there is none."""
    script = wallet().drawing_file
    if script is None or not Path(script).is_file():
        return Response(status=404)
    return send_file(script, mimetype="text/javascript", conditional=True, max_age=3600)
