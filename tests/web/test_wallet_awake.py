"""The screen's wake lock while a code is held up: the browser's own API, its calls written down on their way.

Headless Chromium gives the lock but never hides a page (other tabs and a minimised window leave it visible),
so hiding is played: the browser's own release of the lock, and the event, are made by the test.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.conftest import browse_in
from tests.web.test_wallet_late import shown

WRITTEN_DOWN = """(() => {
    const real = navigator.wakeLock.request.bind(navigator.wakeLock);
    const note = (what) => localStorage.setItem("wake", `${localStorage.getItem("wake") ?? ""}${what} `);
    navigator.wakeLock.request = async (type) => {
        note(`asked:${type}`);
        try {
            const lock = await real(type);
            note("given");
            const release = lock.release.bind(lock);
            lock.release = () => { note("release"); return release(); };
            window.lastLock = lock;
            return lock;
        } catch (error) {
            note(error.name);
            throw error;
        }
    };
})()"""
HIDDEN = "Object.defineProperty(document, 'hidden', {get: () => %s, configurable: true})"
CHANGED = "document.dispatchEvent(new Event('visibilitychange'))"
ASKED, GIVEN, LET_GO = "asked:screen", "given", "release"


def noted(page: Any, *wanted: str) -> None:
    """Waits until exactly these calls were written down since the last time."""
    page.wait_for_function(
        "(wanted) => (localStorage.getItem('wake') ?? '').trim() === wanted",
        arg=" ".join(wanted),
    )
    page.evaluate("localStorage.removeItem('wake')")


def hide(page: Any) -> None:
    """What a browser does when a page is hidden: the lock is taken back, and the page is told."""
    page.evaluate("Object.getPrototypeOf(lastLock).release.call(lastLock)")
    page.evaluate(HIDDEN % "true")
    page.evaluate(CHANGED)


def see(page: Any) -> None:
    page.evaluate("delete document.hidden")
    page.evaluate(CHANGED)


@pytest.fixture
def watched_phone(pocket_phone: Any) -> Any:
    pocket_phone.add_init_script(WRITTEN_DOWN)
    browse_in(pocket_phone, "demo01")
    noted(pocket_phone)
    return pocket_phone


def test_the_screen_stays_on_while_the_code_is_shown(watched_phone: Any) -> None:
    page = watched_phone
    shown(page)
    noted(page, ASKED, GIVEN)
    assert page.evaluate("lastLock.released") is False
    hide(page)
    assert page.evaluate("lastLock.released") is True
    noted(page)  # nothing is asked for out of sight
    see(page)
    noted(page, ASKED, GIVEN)
    assert page.evaluate("lastLock.released") is False
    page.click(".held-close")
    page.wait_for_url("**/")
    noted(page, LET_GO)


def test_a_code_that_stopped_lets_the_screen_rest(watched_phone: Any, pocket_app: Any) -> None:
    page = watched_phone
    shown(page)
    noted(page, ASKED, GIVEN)
    pocket_app.signed_in("demo01").post("/code", {"version": "2026-11"})  # shown elsewhere
    pocket_app.clock.later(seconds=20)
    page.wait_for_selector(".code-stopped:not([hidden])", timeout=25_000)
    noted(page, LET_GO)
    assert page.evaluate("lastLock.released") is True
    see(page)
    noted(page)


def test_the_licence_held_up_full_screen(watched_phone: Any) -> None:
    page = watched_phone
    page.goto("/licence")
    page.wait_for_selector(".cert")
    noted(page)
    page.click(".actions [data-full]")
    page.wait_for_selector("dialog[open]")
    noted(page, ASKED, GIVEN)
    hide(page)
    see(page)
    noted(page, ASKED, GIVEN)
    page.keyboard.press("Escape")
    noted(page, LET_GO)
    assert page.evaluate("lastLock.released") is True


def test_a_browser_that_refuses_shows_the_code_all_the_same(watched_phone: Any) -> None:
    page = watched_phone
    session = page.context.new_cdp_session(page)
    context = session.send("Target.getTargetInfo")["targetInfo"]["browserContextId"]
    denied = {"permission": {"name": "screen-wake-lock"}, "setting": "denied"}
    session.send("Browser.setPermission", {**denied, "browserContextId": context})
    shown(page)
    noted(page, ASKED, "NotAllowedError")
    see(page)
    noted(page, ASKED, "NotAllowedError")
    assert page.is_visible(".code-drawn")
