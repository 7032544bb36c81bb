"""What the wallet's views work with, handed in by app.py."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    jsonify,
    render_template,
    request,
    url_for,
)

from credential import envelope, qr
from credential.envelope import CoseBytes
from credential.text import Text
from registry import messages
from registry.errors import Code as RegistryCode
from registry.ports import DeskUnavailableError
from registry.web.service import signed_in
from wallet.desk import WalletDesk
from wallet.errors import Code, WalletError

_EXTENSION: Final = "yizheng-wallet"

blueprint = Blueprint(
    "wallet",
    __name__,
    template_folder="templates",
    static_folder="js",
    static_url_path="/wallet/js",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallet:
    """The parts of the wallet of one running application.

    ``drawing_file`` is the script of the built bundle that draws QR codes on the phone; without the bundle
    there is none, and the server draws.
    """

    desk: WalletDesk
    host: str
    random: Callable[[int], bytes]
    drawing_file: Path | None = None

    @property
    def drawing(self) -> str:
        """The address of that script; empty without it."""
        return url_for("wallet.draw_script") if self.drawing_file else ""

    def link(self, message: bytes) -> str:
        """A message as the text that any camera opens."""
        return envelope.link(CoseBytes(message), host=self.host)

    def forms(self, message: bytes, kind: str) -> dict[str, Any]:
        """Both texts of a message for the page to draw; drawn already where the page cannot."""
        texts: dict[str, Any] = {
            "link": self.link(message),
            "bare": envelope.bare(CoseBytes(message)),
            "kind": kind,
        }
        if not self.drawing:
            texts["drawn"] = {form: data_svg(texts[form], kind) for form in ("link", "bare")}
        return texts


def install(app: Flask, wallet: Wallet) -> None:
    """Gives ``app`` its wallet."""
    app.extensions[_EXTENSION] = wallet
    app.register_error_handler(WalletError, _refused)
    app.register_error_handler(DeskUnavailableError, _unavailable)


def wallet() -> Wallet:
    """The wallet of the running application."""
    return cast(Wallet, current_app.extensions[_EXTENSION])


def device() -> str:
    """What the wallet calls this device: its sign-in, by the digest of its token."""
    return signed_in().session.token_sha256


def person() -> str:
    """The physician who is signed in."""
    return signed_in().account.person_id or ""


def data_svg(text: str, kind: str) -> str:
    """A code drawn by the server, as the address of an image."""
    return "data:image/svg+xml;base64," + base64.b64encode(qr.svg(text, kind)).decode()


def why(error: WalletError) -> Text:
    """The words of a refusal; the registry's own where it is the registry that refuses."""
    if error.code is Code.NOTHING_TO_SHOW and error.subject in set(RegistryCode):
        return messages.words(RegistryCode(error.subject))
    return error.text


def wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html")
    return bool(best == "application/json")


def _refused(error: WalletError) -> tuple[Response | str, int]:
    status = _STATUS.get(error.code, 409)
    text = why(error)
    if wants_json():
        return jsonify(code=error.code, subject=error.subject, zh=text.zh, en=text.en), status
    return (
        render_template("wallet/refused.html", error=error, text=text, way=way_out(error)),
        status,
    )


def _unavailable(error: DeskUnavailableError) -> tuple[Response | str, int]:  # noqa: ARG001
    if wants_json():
        return jsonify(code="ISSUER_UNAVAILABLE", zh=_NO_ISSUER.zh, en=_NO_ISSUER.en), 503
    return (
        render_template("wallet/refused.html", error=None, text=_NO_ISSUER, way=None),
        503,
    )


_NO_ISSUER: Final = Text(
    "签发系统暂时无法使用，请稍后再试。",
    "The issuer cannot be reached at the moment; try again shortly.",
)
_STATUS: Final = {Code.TOO_SOON: 429}


@dataclass(frozen=True, slots=True)
class Way:
    """What to do about a refusal: words, and the page to do it on."""

    text: Text
    label: Text
    endpoint: str


_WAYS: Final = {
    RegistryCode.ACCOUNT_NOT_ACTIVE: Way(
        Text(
            "请先激活电子化注册账户：联系主要执业机构获取激活码，或由机构在机构端激活。",
            "Activate the registration account first: ask the main institution for an activation code, or"
            " to activate it at its desk.",
        ),
        Text("去激活", "Activate"),
        "members.binding",
    ),
    RegistryCode.LICENCE_NOT_ACTIVE: Way(
        Text(
            "执业注册须为“有效”。已备案的可以申请取消备案（备案之日起二年内），暂停执业的期满后自动恢复。",
            "The registration has to be in force. A filing can be taken back within two years; a"
            " suspension ends by its date.",
        ),
        Text("查看执业信息", "See the registration"),
        "home.records",
    ),
    RegistryCode.PHOTO_MISSING: Way(
        Text(
            "请上传近期二寸免冠照片，由执业机构确认后生效：可以通过“信息修改”办理。",
            "Upload a recent portrait; it counts once the institution has confirmed it: apply for a change"
            " of information.",
        ),
        Text("去办理", "Apply"),
        "home.business",
    ),
}
NO_RECORD: Final = Way(
    Text(
        "您目前没有有效的执业注册，请先办理注册；审批通过后自动生成电子证照。",
        "You have no registration in force: apply for one. The licence follows by itself once it is"
        " approved.",
    ),
    Text("去办理注册", "Apply for registration"),
    "home.business",
)


def way_out_of(reason: str) -> Way:
    """What to do where the registry says no, by its reason; empty is: there is no registration at all."""
    known = {str(code): way for code, way in _WAYS.items()}
    return known.get(reason, NO_RECORD)


def way_out(error: WalletError) -> Way | None:
    return way_out_of(error.subject) if error.code is Code.NOTHING_TO_SHOW else None
