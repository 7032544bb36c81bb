"""How often one address may ask: everything a little, what guesses secrets much less."""

from __future__ import annotations

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, default_limits=["600 per minute"])

GUESSES = "20 per minute; 100 per hour"
"""For what takes a password or a code."""
SENDS = "10 per minute; 30 per hour"
"""For what sends a message to somebody."""
