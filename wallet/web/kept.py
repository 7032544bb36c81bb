"""Licence and badge without a network: pages that hold nothing of anybody and show what this device keeps.

What is kept was put there by its owner, encrypted under a key nobody can read (js/vault.js). A badge opens
only after the device's own authenticator has verified its user; where there is none it is not kept. Signing
out deletes it all, and where there is a signal a device that was signed out from elsewhere deletes it too.
"""

from __future__ import annotations

from flask import Response, jsonify, render_template

from registry.web.access import ANYONE, access
from registry.web.service import who
from wallet.web.service import blueprint


@blueprint.get("/licence/offline")
@access(ANYONE)
def kept_licence() -> str:
    """The page of the licence that is kept; the same for everybody."""
    return render_template("wallet/kept.html", kind="licence")


@blueprint.get("/badge/offline")
@access(ANYONE)
def kept_badge() -> str:
    """The page of the badge that is kept; the same for everybody."""
    return render_template("wallet/kept.html", kind="badge")


@blueprint.get("/wallet/signed-in")
@access(ANYONE)
def signed_in_here() -> Response:
    """Whether somebody is signed in at this browser."""
    return jsonify(signed_in=who() is not None)
