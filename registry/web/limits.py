"""How often one address may ask: everything a little, what guesses secrets much less; and how often
anybody may guess at one account."""

from __future__ import annotations

from flask import request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, default_limits=["600 per minute"])

GUESSES = "20 per minute; 100 per hour"
"""For what takes a password or a code."""
GUESSES_AT_ONE = "30 per hour"
"""For passwords of one account, from wherever they come; the code by SMS stays open to its owner."""
SENDS = "10 per minute; 30 per hour"
"""For what sends a message to somebody."""


def account_typed() -> str:
    """The name somebody tries to sign in as, whether there is such an account or not."""
    return "login:" + request.form.get("login", "").strip().lower()[:64]
