"""The page as it is built, served as any file server would, in a real browser.

Node, the built page and Chromium are needed; without one of them its tests are skipped with the reason, and fail
instead where ``REQUIRE_BROWSER=1``.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "verifier" / "pwa"


def without(reason: str) -> None:
    """Skips the test, or fails it where everything must be there."""
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def node() -> str:
    """The path of node, with the page's libraries installed."""
    found = shutil.which("node")
    if found is None:
        without("no node on this machine")
    if not (PAGE / "node_modules" / "cborg").exists():
        without("the page's libraries are not installed: make page")
    assert found is not None
    return found
