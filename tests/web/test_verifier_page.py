"""The public page on the running service: what the service signed is scanned by its own page, follows what the
registry decides, and needs no network."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright, expect

import app as application
from registry.kinds import ApplicationKind
from registry.seed import Demo
from tests.verifier.pwa.conftest import with_camera
from tests.verifier.pwa.site import film
from tests.web.conftest import HOST, NOW, Pocket, Visitor, serving
from tests.web.test_wallet_badge import actor_of, record_of, verified
from tests.web.test_wallet_code import agreed, next_code
from verifier import scan

pytestmark = pytest.mark.skipif(
    not application.DIST.is_dir(), reason="the page is not built: node verifier/pwa/build.mjs"
)
VALID = re.compile("有效")


def licence_text(pocket_app: Pocket, username: str) -> str:
    record = record_of(pocket_app, username)
    picture = pocket_app.signed_in(username).get(f"/licence/{record}/code.png").data
    (text,) = scan.read(picture)
    return text


def opened(page: Page, base: str) -> None:
    """The page with the service's own trust data, in the time of the country."""
    page.clock.set_fixed_time(NOW)
    page.goto(f"{base}/v")
    expect(page.locator("#trust-open")).to_have_attribute("data-tone", "good", timeout=20_000)


def refreshed(page: Page) -> None:
    page.locator("#trust-open").click(force=True)
    page.locator("#trust-update").click()
    expect(page.locator("#trust-said")).to_have_text("已是最新。")


def test_a_licence_is_scanned_suspended_and_known_without_a_network(
    playwright: Playwright, pocket_app: Pocket, tmp_path: Path
) -> None:
    pocket_app.care()
    seen = film([licence_text(pocket_app, "demo02")], tmp_path / "licence.y4m")
    with (
        serving(pocket_app.app) as port,
        with_camera(playwright, tmp_path / "profile", seen) as page,
    ):
        opened(page, f"http://localhost:{port}")
        expect(page.locator(".headline")).to_have_text(VALID, timeout=20_000)
        expect(page.locator(".name")).to_have_text("周启明")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        desk = pocket_app.app.extensions["yizheng"].desk
        demo = Demo(desk=desk, now=pocket_app.clock(), portrait=application.demo_portrait)
        physician = actor_of(pocket_app, "demo02")
        demo.approve(ApplicationKind.SUSPEND_FILING, physician, reason="RETIRED")
        pocket_app.care()
        refreshed(page)
        page.reload()
        expect(page.locator(".headline")).to_have_text(re.compile("暂停"), timeout=20_000)
        page.context.set_offline(True)
        page.reload()
        expect(page.locator(".headline")).to_have_text(re.compile("暂停"), timeout=20_000)


def badge_text(visitor: Visitor, pocket_app: Pocket) -> str:
    record = record_of(pocket_app, "demo01")
    (text,) = scan.read(visitor.get(f"/badge/{record}/code/qr.png").data)
    return text


def code_text(visitor: Visitor, pocket_app: Pocket) -> str:
    _, said = next_code(visitor, agreed(visitor))
    return str(said["link"])


SHOWN = {"badge": (badge_text, "工牌"), "identity-code": (code_text, "身份码")}


@pytest.mark.parametrize("kind", SHOWN)
def test_badge_and_identity_code_of_the_service_are_scanned_by_its_page(
    playwright: Playwright, pocket_app: Pocket, tmp_path: Path, kind: str
) -> None:
    text_of, named = SHOWN[kind]
    pocket_app.care()
    text = text_of(verified(pocket_app.signed_in("demo01")), pocket_app)
    seen = film([text], tmp_path / "code.y4m", kind=kind)
    with (
        serving(pocket_app.app) as port,
        with_camera(playwright, tmp_path / "profile", seen) as page,
    ):
        opened(page, f"http://localhost:{port}")
        expect(page.locator(".headline")).to_have_text(VALID, timeout=20_000)
        expect(page.locator(".sheet")).to_contain_text(named)
        expect(page.locator(".name")).to_have_text("林晓岚")


def test_the_link_of_a_badge_opens_the_services_own_page(
    chromium: Any, pocket_served: str, pocket_app: Pocket
) -> None:
    """As any camera would open it, the host of the code mapped to the service that runs here."""
    pocket_app.care()
    visitor, record = verified(pocket_app.signed_in("demo01")), record_of(pocket_app, "demo01")
    (link,) = scan.read(visitor.get(f"/badge/{record}/card.png").data)
    place, _, fragment = link.partition("#")
    assert place == f"https://{HOST}/v"
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="zh-CN")

    def mapped(route: Any) -> None:
        there = route.request.url.replace(f"https://{HOST}", pocket_served)
        route.fulfill(response=route.fetch(url=there))

    context.route(f"https://{HOST}/**", mapped)
    page = context.new_page()
    page.clock.set_fixed_time(NOW)
    page.goto(link)
    expect(page.locator(".headline")).to_have_text(VALID, timeout=20_000)
    expect(page.locator(".name")).to_have_text("林晓岚")
    assert page.url == place  # and nothing of the code is left in the address
    assert fragment
    context.unroute_all(behavior="wait")  # the page refreshes itself in the background
    context.close()
