"""Clerks, codes, worker and a slow reader at once, some of them killed: nothing acknowledged is lost.

`tests/soak.py` runs the same for as long as one likes.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests import soak
from tests.conftest import PASSPHRASE

PATIENCE_S = 240


def test_what_was_acknowledged_survives_kills_and_company(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIZHENG_KEY_PASSPHRASE", PASSPHRASE)
    gives_up = time.monotonic() + PATIENCE_S
    wanted = {"step": 60, "kill": 3, "code": 3, "read": 3, "orders": 1}

    def is_enough(so_far: soak.Outcome) -> bool:
        reached = all(so_far.counts[what] >= often for what, often in wanted.items())
        return reached or time.monotonic() > gives_up

    outcome = soak.run(database_url, tmp_path, writers=2, kill_every=3, is_enough=is_enough)
    assert outcome.wrong == []
    assert {what: min(outcome.counts[what], often) for what, often in wanted.items()} == wanted
    assert outcome.counts["credential"] > 0
