"""生物识别: user verification before the badge is shown or a code book is fetched (manual 5.4).

A device that has a fingerprint or face sensor answers a challenge through WebAuthn, with user verification
demanded; biometrics never leave it. One that has none is asked for the password instead, and told so. What
passed is noted on the session and holds for five minutes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar
from urllib.parse import urlsplit

from flask import Response, jsonify, redirect, render_template, request, url_for
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorAttachment,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from werkzeug.wrappers import Response as BaseResponse

from credential.text import Text
from registry import messages, pocket, sessions
from registry.desk import Deed
from registry.errors import Code, RegistryError, refuse
from registry.pocket import Passkey
from registry.web.access import BOUND, PHYSICIAN, access
from registry.web.frame import safe_next, tell
from registry.web.limits import GUESSES, limiter
from registry.web.service import actor, browser, desk, now, service, signed_in
from wallet.web.service import blueprint, device, wallet

HOLDS: Final = timedelta(minutes=5)
"""How long a passed verification counts."""
_ASKED_FOR: Final = timedelta(minutes=2)
_CHALLENGE_BYTES: Final = 32
_REQUIRED: Final = UserVerificationRequirement.REQUIRED

P = ParamSpec("P")
R = TypeVar("R")


def is_verified() -> bool:
    """Whether the person at this browser has proved to be the owner a short while ago."""
    at = signed_in().session.verified_at
    return at is not None and now() - at < HOLDS


def behind_the_gate(view: Callable[P, R]) -> Callable[P, R | BaseResponse]:
    """A view that only opens after user verification; else it is asked for, and the view comes next."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R | BaseResponse:
        if not is_verified():
            return redirect(url_for("wallet.verify_user", next=request.path), 303)
        return view(*args, **kwargs)

    return guarded


# --- passing it ------------------------------------------------------------------------------------


@blueprint.get("/verify-user")
@access(BOUND)
def verify_user() -> str:
    """验证本人."""
    return _asking(None)


@blueprint.post("/verify-user/options")
@access(PHYSICIAN)
def verify_options() -> Response:
    """What the device's authenticator shall sign."""
    mine = own_passkeys()
    if not mine:
        raise refuse(Code.NOT_FOUND, "passkey")
    challenge = _ask()
    options = generate_authentication_options(
        rp_id=_rp_id(),
        challenge=challenge,
        allow_credentials=[_named(each) for each in mine],
        user_verification=_REQUIRED,
    )
    return Response(options_to_json(options), mimetype="application/json")


@blueprint.post("/verify-user")
@access(PHYSICIAN)
@limiter.limit(GUESSES)
def verify_answer() -> Response:
    """The authenticator's answer: from a device of this account, to what it was asked, with the user
    verified. Anything else is refused alike."""
    answer = _answer()
    known = next((each for each in own_passkeys() if each.credential_id == answer.get("id")), None)
    challenge = _asked()
    if known is None or challenge is None:
        raise refuse(Code.SIGN_IN_REFUSED)
    try:
        checked = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_rp_id(),
            expected_origin=_origins(),
            credential_public_key=known.public_key,
            credential_current_sign_count=known.sign_count,
            require_user_verification=True,
        )
    except WebAuthnException as error:
        raise refuse(Code.SIGN_IN_REFUSED) from error
    with desk().store.writing() as unit:
        pocket.passkey_used(unit, known.credential_id, checked.new_sign_count)
        unit.log(
            Deed.VERIFY_USER, signed_in().account.id, by=actor(), at=now(), details={"by": "device"}
        )
    sessions.verified(desk(), signed_in(), now=now())
    return jsonify(next=safe_next(url_for("wallet.badge")))


@blueprint.post("/verify-user/password")
@access(PHYSICIAN)
@limiter.limit(GUESSES)
def verify_password() -> BaseResponse | tuple[str, int]:
    """The password again, where the device has no sensor."""
    try:
        sessions.confirm_password(desk(), signed_in(), request.form.get("password", ""), now=now())
    except RegistryError as error:
        return _asking(messages.words(error.code)), messages.status_of(error.code)
    desk().note(
        Deed.VERIFY_USER, signed_in().account.id, by=actor(), now=now(), details={"by": "password"}
    )
    return redirect(safe_next(url_for("wallet.badge")), 303)


# --- switching it on and off -----------------------------------------------------------------------


@blueprint.get("/biometrics")
@access(BOUND)
def biometrics() -> str:
    """生物识别: on which devices it is switched on."""
    return _settings(None)


@blueprint.post("/biometrics/options")
@access(PHYSICIAN)
@limiter.limit(GUESSES)
def biometrics_options() -> Response:
    """Switching on takes the password first: an unlocked phone in other hands must not be enough."""
    sessions.confirm_password(desk(), signed_in(), request.form.get("password", ""), now=now())
    account = signed_in().account
    options = generate_registration_options(
        rp_id=_rp_id(),
        rp_name="医证 Yizheng",
        user_id=account.id.encode(),
        user_name=account.username or account.name,
        user_display_name=account.name,
        challenge=_ask(),
        exclude_credentials=[_named(each) for each in own_passkeys()],
        authenticator_selection=AuthenticatorSelectionCriteria(
            authenticator_attachment=AuthenticatorAttachment.PLATFORM,
            resident_key=ResidentKeyRequirement.DISCOURAGED,
            user_verification=_REQUIRED,
        ),
    )
    return Response(options_to_json(options), mimetype="application/json")


@blueprint.post("/biometrics")
@access(PHYSICIAN)
def biometrics_on() -> Response:
    """The device's new key, made after a fingerprint or face."""
    challenge = _asked()
    if challenge is None:
        raise refuse(Code.SIGN_IN_REFUSED)
    try:
        checked = verify_registration_response(
            credential=_answer(),
            expected_challenge=challenge,
            expected_rp_id=_rp_id(),
            expected_origin=_origins(),
            require_user_verification=True,
        )
    except WebAuthnException as error:
        raise refuse(Code.SIGN_IN_REFUSED) from error
    with desk().store.writing() as unit:
        pocket.add_passkey(
            unit,
            Passkey(
                credential_id=bytes_to_base64url(checked.credential_id),
                account_id=signed_in().account.id,
                public_key=checked.credential_public_key,
                sign_count=checked.sign_count,
                agent=browser().agent[:200],
                added_at=now(),
            ),
        )
        unit.log(Deed.VERIFY_USER_ON, signed_in().account.id, by=actor(), at=now())
    sessions.verified(desk(), signed_in(), now=now())
    tell("good", Text("生物识别已开启", "Fingerprint or face is switched on"))
    return jsonify(next=url_for("wallet.biometrics"))


@blueprint.post("/biometrics/off")
@access(PHYSICIAN)
@limiter.limit(GUESSES)
def biometrics_off() -> BaseResponse | tuple[str, int]:
    """Switched off on all devices, with the password."""
    try:
        sessions.confirm_password(desk(), signed_in(), request.form.get("password", ""), now=now())
    except RegistryError as error:
        return _settings(messages.words(error.code)), messages.status_of(error.code)
    with desk().store.writing() as unit:
        pocket.drop_passkeys(unit, signed_in().account.id)
        unit.log(Deed.VERIFY_USER_OFF, signed_in().account.id, by=actor(), at=now())
    tell("good", Text("生物识别已关闭", "Fingerprint or face is switched off"))
    return redirect(url_for("wallet.biometrics"), 303)


# --- shared ----------------------------------------------------------------------------------------


def _asking(refused: Text | None) -> str:
    return render_template(
        "wallet/verify_user.html",
        passkeys=own_passkeys(),
        refused=refused,
        wanted=safe_next(url_for("wallet.badge")),
        tab="me",
        back=url_for("home.me"),
    )


def _settings(refused: Text | None) -> str:
    return render_template(
        "wallet/biometrics.html",
        passkeys=own_passkeys(),
        refused=refused,
        tab="me",
        back=url_for("home.me"),
    )


def own_passkeys() -> list[Passkey]:
    """The passkeys of whoever is signed in."""
    with desk().store.reading() as unit:
        return pocket.passkeys(unit, signed_in().account.id)


def _named(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(id=base64url_to_bytes(passkey.credential_id))


def _ask() -> bytes:
    challenge = wallet().random(_CHALLENGE_BYTES)
    with desk().store.writing() as unit:
        pocket.ask(unit, device(), challenge, ends=now() + _ASKED_FOR)
    return challenge


def _asked() -> bytes | None:
    with desk().store.writing() as unit:
        return pocket.asked(unit, device(), now=now())


def _answer() -> dict[str, Any]:
    """What the authenticator said, as the browser put it into JSON."""
    try:
        said = json.loads(request.form.get("credential", ""))
    except ValueError as error:
        raise refuse(Code.FIELD_FORMAT, "credential") from error
    if not isinstance(said, dict):
        raise refuse(Code.FIELD_FORMAT, "credential")
    return said


def _rp_id() -> str:
    """The domain that keys are bound to."""
    return urlsplit(service().settings.base_url).hostname or ""


def _origins() -> list[str]:
    """Where an answer may come from: the service's own address; a demonstration also under another port."""
    known = [service().settings.base_url]
    if service().settings.environment == "demo" and urlsplit(request.host_url).hostname == _rp_id():
        known.append(request.host_url.rstrip("/"))
    return known
