"""The wallet's pages in an application: all views, on the one blueprint `wallet`."""

from __future__ import annotations

from typing import Final

from flask import Flask

from wallet.web import badge, book, code, gate, kept, licence, scan_login, service
from wallet.web.service import Wallet

VIEWS: Final = (badge, book, code, gate, kept, licence, scan_login)
"""The modules whose views stand on the blueprint once they are imported."""


def install(app: Flask, wallet: Wallet) -> None:
    """Puts the wallet's pages into ``app``."""
    service.install(app, wallet)
    app.register_blueprint(service.blueprint)
