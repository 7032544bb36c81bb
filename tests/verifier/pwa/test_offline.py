"""A real browser with a camera that sees a code: online once, then without a network, after a restart too."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, Playwright, Request, expect

from tests.verifier.pwa.conftest import PAGE, with_camera
from tests.verifier.pwa.site import Site, film

VALID = "该执业医师证照有效"


def ready_for_offline(page: Page) -> None:
    """Returns when the service worker has stored the page."""
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")


def settled(page: Page, site: Site) -> None:
    """Returns when nobody has asked for anything in three seconds: browsers look for a newer worker by themselves."""
    before = -1
    while before != len(site.requests):
        before = len(site.requests)
        page.wait_for_timeout(3000)


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
        settled(page, site)
        asked: list[str] = []

        def heard(request: Request) -> None:
            if not request.url.startswith("blob:"):  # the photo, out of the page's own memory
                asked.append(request.url)

        page.context.on("request", heard)
        before = len(site.requests)
        for _ in range(2):
            page.locator(".again").click()
            expect(page.locator(".headline")).to_have_text(VALID, timeout=20_000)
        # A browser looks for a newer service worker when it likes to: that bare address says nothing.
        assert [url for url in asked if not url.endswith("/v/sw.js")] == []
        assert [path for path in site.requests[before:] if path != "/v/sw.js"] == []
        # The same ears hear a request where there is one; the service worker asks on its own as well.
        page.evaluate("() => fetch('/v/config.json').then(() => true)")
        assert "config.json" in {url.rpartition("/")[2] for url in asked}


def test_several_codes_before_the_camera_are_not_guessed_between(
    playwright: Playwright, site: Site, tmp_path: Path
) -> None:
    both = [site.link(site.licence()), site.link(site.badge())]
    with with_camera(playwright, tmp_path / "profile", film(both, tmp_path / "two.y4m")) as page:
        page.goto(site.page)
        expect(page.locator("#hint")).to_have_text("画面中有多个码，请只对准一个", timeout=20_000)
        expect(page.locator("#verdict")).to_be_hidden()


@contextmanager
def file_server(folder: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Python's own file server on a folder: no headers of ours, no redirects of ours."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(folder)]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            yield port, server
        finally:
            server.kill()


def test_any_file_server_serves_the_page_from_a_folder_of_its_own(
    page: Page, site: Site, node: str, tmp_path: Path
) -> None:
    licence = site.licence()
    site.publish()
    served = tmp_path / "served"
    there = served / "kit" / "check"
    build = [node, str(PAGE / "build.mjs"), "--base", "/kit/check", "--out", str(there)]
    there.mkdir(parents=True)
    (there / "theirs.txt").write_text("not ours to delete", "utf-8")
    assert subprocess.run(build, check=False, capture_output=True).returncode == 2
    assert (there / "theirs.txt").exists()
    (there / "theirs.txt").unlink()
    subprocess.run(build, check=True, capture_output=True)
    shutil.copytree(site.home.public, served / "lists")
    config = {"pin": site.pin.to_bytes().hex(), "environment": "test", "base": "../../lists/", "time": None}  # fmt: skip
    (there / "config.json").write_text(json.dumps(config), "utf-8")
    with file_server(served) as (port, server):
        place = f"http://localhost:{port}/kit/check/"
        reached(port)
        for alive in (True, False):
            if not alive:
                server.kill()
                server.wait(10)
            page.goto(place)
            expect(page.locator("#trust-open")).to_have_attribute("data-tone", "good")
            page.locator("#paste").click()
            page.locator("#paste-field").fill(site.link(licence))
            page.locator("#paste-form .primary").click()
            expect(page.locator(".headline")).to_have_text(VALID)
            ready_for_offline(page)


def reached(port: int) -> None:
    """Returns when somebody listens at ``port``; a server that does not come within 20 s fails the test."""
    for _ in range(200):
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        threading.Event().wait(0.1)
    pytest.fail("the file server did not come up")
