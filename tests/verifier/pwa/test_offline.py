"""A real browser with a camera that sees a code: online once, then without a network, after a restart too."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, Playwright, Request, expect

from tests.verifier.pwa.conftest import with_camera
from tests.verifier.pwa.site import Site, film

VALID = "该执业医师证照有效"


def ready_for_offline(page: Page) -> None:
    """Returns when the service worker has stored the page."""
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")


def test_scanned_again_without_a_network_and_after_a_restart(
    playwright: Playwright, site: Site, tmp_path: Path
) -> None:
    seen = film([site.link(site.licence())], tmp_path / "licence.y4m")
    with with_camera(playwright, tmp_path / "profile", seen) as page:
        page.goto(site.page)
        expect(page.locator(".headline")).to_have_text(VALID, timeout=20_000)
        expect(page.locator(".sheet")).to_have_class("sheet tone-good")
        ready_for_offline(page)
        site.stop()
        page.reload()
        expect(page.locator(".headline")).to_have_text(VALID, timeout=20_000)
    with with_camera(playwright, tmp_path / "profile", seen) as page:
        page.goto(site.page)
        expect(page.locator(".headline")).to_have_text(VALID, timeout=20_000)
        assert page.evaluate("() => document.querySelector('.photo').naturalWidth") > 40


def test_without_a_service_worker_the_page_is_gone(
    playwright: Playwright, site: Site, tmp_path: Path
) -> None:
    seen = film([site.link(site.licence())], tmp_path / "licence.y4m")
    with with_camera(playwright, tmp_path / "profile", seen, service_workers="block") as page:
        page.goto(site.page)
        expect(page.locator(".headline")).to_have_text(VALID, timeout=20_000)
        site.stop()
        with pytest.raises(Error, match="ERR_CONNECTION_REFUSED"):
            page.reload()


def test_a_revocation_that_was_fetched_is_known_without_a_network(
    playwright: Playwright, site: Site, tmp_path: Path
) -> None:
    issued = site.licence()
    site.publish()
    seen = film([site.link(issued)], tmp_path / "licence.y4m")
    with with_camera(playwright, tmp_path / "profile", seen) as page:
        page.goto(site.page)
        expect(page.locator(".headline")).to_have_text(VALID, timeout=20_000)
        ready_for_offline(page)
        site.revoke(issued)
        page.locator("#trust-open").click(force=True)
        page.locator("#trust-update").click()
        expect(page.locator("#trust-said")).to_have_text("已是最新。")
        site.stop()
        page.reload()
        expect(page.locator(".headline")).to_have_text("证照已注销或吊销", timeout=20_000)
        expect(page.locator(".sheet")).to_have_class("sheet tone-bad")


def test_nothing_is_asked_of_anybody_while_scanning(
    playwright: Playwright, site: Site, tmp_path: Path
) -> None:
    seen = film([site.link(site.licence())], tmp_path / "licence.y4m")
    with with_camera(playwright, tmp_path / "profile", seen) as page:
        page.goto(site.page)
        expect(page.locator(".headline")).to_have_text(VALID, timeout=20_000)
        ready_for_offline(page)
        expect(page.locator("#trust-open")).to_have_attribute("data-tone", "good")
        page.wait_for_timeout(1000)
        asked: list[str] = []

        def heard(request: Request) -> None:
            if not request.url.startswith("blob:"):  # the photo, out of the page's own memory
                asked.append(request.url)

        page.context.on("request", heard)
        before = len(site.requests)
        for _ in range(2):
            page.locator(".again").click()
            expect(page.locator(".headline")).to_have_text(VALID, timeout=20_000)
        assert asked == []
        assert site.requests[before:] == []
        # The same ears hear a request where there is one.
        page.evaluate("() => fetch('/v/config.json').then(() => true)")
        assert [url.rpartition("/")[2] for url in asked] == ["config.json"]


def test_several_codes_before_the_camera_are_not_guessed_between(
    playwright: Playwright, site: Site, tmp_path: Path
) -> None:
    both = [site.link(site.licence()), site.link(site.badge())]
    with with_camera(playwright, tmp_path / "profile", film(both, tmp_path / "two.y4m")) as page:
        page.goto(site.page)
        expect(page.locator("#hint")).to_have_text("画面中有多个码，请只对准一个", timeout=20_000)
        expect(page.locator("#verdict")).to_be_hidden()
