"""What a browser says of itself, in words its owner knows: ``Chrome · Windows``."""

from __future__ import annotations

import re
from typing import Final

_SYSTEMS: Final = (
    ("iPhone|iPad", "iOS"),
    ("Android", "Android"),
    ("HarmonyOS|OpenHarmony", "HarmonyOS"),
    ("Windows", "Windows"),
    ("Mac OS X|Macintosh", "macOS"),
    ("Linux", "Linux"),
)
_PROGRAMS: Final = (
    ("MicroMessenger", "WeChat"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)


def system_of(agent: str) -> str:
    """The operating system a browser says it runs on; empty when it does not say."""
    return next((name for pattern, name in _SYSTEMS if re.search(pattern, agent)), "")


def program_of(agent: str) -> str:
    """The browser's name; empty when it does not say."""
    return next((name for pattern, name in _PROGRAMS if re.search(pattern, agent)), "")


def device(agent: str) -> str:
    """Browser and system of a user agent, as far as it names them."""
    return " · ".join(filter(None, (program_of(agent), system_of(agent))))
