"""What every view works with, handed in by app.py, and the instant of the request."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, cast

from flask import Flask, current_app, g, request

from registry.desk import Desk
from registry.periods import china_day
from registry.ports import Courier, IdentityProof
from registry.publication import Publication
from registry.roles import Actor
from registry.sessions import Browser, NewToken, SignedIn
from registry.web.settings import Settings

_EXTENSION = "yizheng"
_DEVICE_BYTES: Final = 32
_DEVICE: Final = re.compile(r"[\w-]{16,64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The parts of one running application."""

    desk: Desk
    settings: Settings
    clock: Callable[[], datetime]
    sms: Courier
    mail: Courier
    identity: IdentityProof
    publication: Callable[[], Publication | None] = field(default=lambda: None)
    new_token: NewToken = field(default=secrets.token_urlsafe)


def install(app: Flask, service: Service) -> None:
    """Gives ``app`` its service."""
    app.extensions[_EXTENSION] = service


def service() -> Service:
    """The service of the running application."""
    return cast(Service, current_app.extensions[_EXTENSION])


def desk() -> Desk:
    return service().desk


def now() -> datetime:
    """The instant of this request, UTC; read once, so that one request judges by one time."""
    if "now" not in g:
        g.now = service().clock()
    return cast(datetime, g.now)


def today() -> date:
    """The day in China."""
    return china_day(now())


def who() -> SignedIn | None:
    """Who is signed in at this browser."""
    return cast(SignedIn | None, g.get("who"))


def signed_in() -> SignedIn:
    """Who is signed in; only in views that nobody else may open."""
    found = who()
    if found is None:
        raise LookupError("a view for anyone asked who is signed in")
    return found


def actor() -> Actor:
    """Who acts in this request."""
    return signed_in().actor


def browser() -> Browser:
    """The browser of this request, as its owner will read it in the list of sessions."""
    return Browser(
        agent=request.user_agent.string, address=request.remote_addr or "", device=device()
    )


def device_cookie() -> str:
    """The cookie that holds `device`; ``__Host-`` where there is https."""
    return "__Host-device" if service().settings.is_secure else "device"


def device() -> str:
    """The random name of this browser; a new one where it has none yet, which `frame.welcome` sets."""
    if "device" not in g:
        kept = request.cookies.get(device_cookie(), "")
        g.device = kept if _DEVICE.fullmatch(kept) else service().new_token(_DEVICE_BYTES)
    return cast(str, g.device)


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())
