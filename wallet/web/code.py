"""电子身份码: consent, the code that runs, leaving (manual 2.2).

The server signs and the phone draws. A code is one POST for JSON: who is signed in, what the registry says of
them, and a signature.
"""

from __future__ import annotations

from flask import Response, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from credential.text import Text
from registry import pocket
from registry.credentials import why_not_eligible
from registry.desk import Deed
from registry.errors import Code as NotHere
from registry.errors import refuse
from registry.record import PersonId
from registry.web import home
from registry.web.access import BOUND, PHYSICIAN, access
from registry.web.frame import tell
from registry.web.limits import limiter
from registry.web.service import actor, desk, now
from wallet import consent, holdings
from wallet.errors import Code, WalletError
from wallet.identity import EVERY, LIFETIME, SESSION
from wallet.web.service import blueprint, device, person, wallet


@blueprint.get("/code")
@access(BOUND)
def code() -> str:
    """授权页面: what is shown, to whom, for how long. Without anything to show, the reason."""
    holder = wallet().desk.holders.holder(person())
    record = holdings.shown(holder.records, chosen=holder.chosen)
    if record is None:
        reason = holdings.why_nothing(holder.records, chosen=holder.chosen)
        raise WalletError(Code.NOTHING_TO_SHOW, reason)
    return render_template(
        "wallet/consent.html",
        points=consent.POINTS,
        text_version=consent.VERSION,
        record=record,
        several=len(holder.records) > 1,
        tab="home",
        back=url_for("home.index"),
    )


@blueprint.post("/code")
@access(BOUND)
def agree() -> BaseResponse:
    """【确认】: a display session on this device; the consent is on record with the version of its text."""
    if request.form.get("version") != consent.VERSION:
        return redirect(url_for("wallet.code"), 303)
    session = wallet().desk.consent(person(), device_id=device(), text=consent.VERSION, now=now())
    details = {
        "text": session.consent,
        "record": session.record_id,
        "minutes": SESSION.seconds // 60,
    }
    desk().note(Deed.CONSENT, person(), by=actor(), now=now(), details=details)
    return redirect(url_for("wallet.running_code"), 303)


@blueprint.get("/code/show")
@access(BOUND)
def running_code() -> str | BaseResponse:
    """The page that is held up. It opens once: without a session of this device, and when it was left and is
    come back to, everything begins with the consent."""
    session = wallet().desk.sessions.of(person())
    if session is None or session.device_id != device() or now() >= session.ends:
        return redirect(url_for("wallet.code"), 303)
    if session.code_at is not None and session.code_at > session.begins:
        wallet().desk.leave(person(), session.session_id, now=now())
        return redirect(url_for("wallet.code"), 303)
    with desk().store.reading() as unit:
        name = unit.bearer(PersonId(person())).person.name
    return render_template("wallet/code.html", session=session, name=name, drawing=wallet().drawing)


@blueprint.post("/code/next")
@access(PHYSICIAN)
@limiter.limit("60 per minute")
def next_code() -> Response:
    """The next code of a session, as JSON: its two texts, and times in seconds by the issuer's clock."""
    live = wallet().desk.code(person(), request.form.get("session", ""), now=now())
    at = now().timestamp()
    return jsonify(
        now=at,
        every=EVERY.total_seconds(),
        ends=int(at) + LIFETIME.total_seconds(),
        session_ends=live.session.ends.timestamp(),
        **wallet().forms(live.message, "identity-code"),
    )


@blueprint.get("/code/record")
@access(BOUND)
def choice() -> str:
    """默认执业信息: which of several registrations identity code and badge speak of."""
    found = home.own_dossier()
    with desk().store.reading() as unit:
        chosen = pocket.chosen_record(unit, person())
    records = found.live_records if found else ()
    fit = [each for each in records if found and why_not_eligible(found, each) is None]
    return render_template(
        "wallet/choice.html",
        dossier=found,
        fit={each.id for each in fit},
        chosen=chosen or next((each.id for each in fit), None),
        tab="home",
        back=url_for("wallet.code"),
    )


@blueprint.post("/code/record")
@access(BOUND)
def choose() -> BaseResponse:
    """Only a live record of one's own may be chosen; another one does not exist here."""
    found = home.own_dossier()
    record = found.record(request.form.get("record_id")) if found else None
    if record is None or not record.is_live:
        raise refuse(NotHere.NOT_FOUND, "record")
    with desk().store.writing() as unit:
        pocket.choose_record(unit, person(), record.id)
    tell("good", Text("已设为默认执业信息", "This registration is shown from now on"))
    return redirect(url_for("wallet.choice"), 303)


@blueprint.post("/code/leave")
@access(PHYSICIAN)
def leave_code() -> BaseResponse:
    """The page was left, or 结束出示 pressed: the session is over."""
    wallet().desk.leave(person(), request.form.get("session", ""), now=now())
    return redirect(url_for("home.index"), 303)
