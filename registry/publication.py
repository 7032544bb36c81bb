"""What the issuers publish, as the administrator sees it: keys, trust list, snapshot, status lists. Nothing
secret is among it, and nothing here can be changed; keys are the business of `yizheng-issue`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from credential.text import Text

SOON: Final = timedelta(days=30)
"""How long before its end a key or list is pointed out."""


class Nearness(StrEnum):
    """How near something is to its end."""

    FAR = "FAR"
    SOON = "SOON"
    OVER = "OVER"


def nearness(ends: datetime, now: datetime, *, soon: timedelta = SOON) -> Nearness:
    if now >= ends:
        return Nearness.OVER
    return Nearness.SOON if ends - now <= soon else Nearness.FAR


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedKey:
    """One key of the trust list. ``is_held``: its private half lies in this issuer's home."""

    iss: str
    name: Text
    kid: str
    purposes: tuple[str, ...]
    signs_from: datetime
    signs_until: datetime
    counts_until: datetime
    is_compromised: bool
    is_held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedList:
    """One status list, as the snapshot names it."""

    uri: str
    issued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """Everything a verifier is given, in short."""

    environment: str
    version: int
    epoch: int
    issued_at: datetime
    expires_at: datetime
    anchors: tuple[str, ...]
    keys: tuple[PublishedKey, ...]
    snapshot_version: int
    snapshot_at: datetime
    snapshot_expires_at: datetime
    lists: tuple[PublishedList, ...]
