"""The page as it is built, served as any file server would, in a real browser.

Node, the built page and Chromium are needed; without one of them its tests are skipped with the reason, and fail
instead where ``REQUIRE_BROWSER=1``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright

from tests.verifier.pwa.site import Site

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


CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
    "--disable-quic", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
]  # fmt: skip
CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


@pytest.fixture(scope="session")
def dist() -> Path:
    """The built page."""
    if not (PAGE / "dist" / "manifest.json").exists():
        without("the page is not built: make page")
    return PAGE / "dist"


@pytest.fixture
def site(tmp_path: Path, dist: Path) -> Iterator[Site]:
    """An office that has just published, and its page."""
    opened = Site(tmp_path / "home", dist)
    opened.publish()
    yield opened
    if opened.running:
        opened.stop()


@pytest.fixture(scope="session")
def plain_browser(playwright: Playwright) -> Iterator[Browser]:
    """A browser without a camera."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def page(plain_browser: Browser) -> Iterator[Page]:
    """A phone's page in that browser, with nothing stored yet; what it complains about fails the test."""
    context = plain_browser.new_context(viewport={"width": 360, "height": 740}, locale="zh-CN")
    opened = context.new_page()
    complaints = watched(opened)
    yield opened
    context.close()
    assert complaints == []


def watched(page: Page) -> list[str]:
    """What the page complains about: uncaught errors, and anything the security policy stops."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def heard(said: ConsoleMessage) -> None:
        if "Content Security Policy" in said.text or "Refused to" in said.text:
            complaints.append(said.text)

    page.on("console", heard)
    return complaints


@contextmanager
def with_camera(
    playwright: Playwright, profile: Path, film: Path, **options: Any
) -> Iterator[Page]:
    """A page in a browser of its own that sees ``film``; the profile stays when it is closed."""
    context = playwright.chromium.launch_persistent_context(
        str(profile),
        executable_path=CHROMIUM,
        args=[*FLAGS, *CAMERA, f"--use-file-for-fake-video-capture={film}"],
        viewport={"width": 360, "height": 740},
        locale="zh-CN",
        **options,
    )
    page = context.pages[0]
    complaints = watched(page)
    yield page
    context.close()
    assert complaints == []
