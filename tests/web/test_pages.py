"""The physician's pages as a browser has them: accessible, light, quiet, nothing wider than the screen."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.web.test_journeys import sign_in

AXE = Path(__file__).resolve().parents[2] / "verifier/pwa/node_modules/axe-core/axe.min.js"
PUBLIC = ("/", "/sign-in", "/sign-up", "/recover", "/help", "/about", "/privacy-policy")
OWN = (
    "/", "/business", "/business/CHANGE", "/me", "/records", "/qualifications", "/applications", "/messages",
    "/security", "/binding", "/licence", "/code", "/support", "/feedback", "/manual", "/account/close",
)  # fmt: skip
SERIOUS = ("serious", "critical")
LIMIT_BYTES = 300_000


@pytest.fixture(scope="session")
def axe() -> str:
    if not AXE.exists():
        reason = "axe-core is not installed: make page"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return AXE.read_text("utf-8")


def findings(page: Any, axe: str) -> list[str]:
    """What axe finds serious on a page, with the element it is about."""
    page.evaluate(axe)
    found = page.evaluate("async () => (await axe.run()).violations")
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found
        if each["impact"] in SERIOUS
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(phone: Any, axe: str, scheme: str) -> None:
    phone.emulate_media(color_scheme=scheme)
    seen = 0
    for path in PUBLIC:
        phone.goto(path)
        assert findings(phone, axe) == [], path
        seen += 1
    sign_in(phone, "demo01")
    for path in OWN:
        assert phone.goto(path).status == 200, path
        assert findings(phone, axe) == [], path
        seen += 1
    phone.goto("/business/FIRST_REGISTRATION")
    phone.click("button:has-text('开始办理')")
    phone.wait_for_url("**/1")
    assert findings(phone, axe) == []
    assert seen == len(PUBLIC) + len(OWN)


def test_axe_would_find_something(phone: Any, axe: str) -> None:
    phone.goto("/sign-in")
    phone.evaluate("document.querySelector('label[for=login]').remove()")
    assert any(each.startswith("label") for each in findings(phone, axe))


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_nothing_is_wider_than_the_screen(phone: Any, width: int) -> None:
    phone.set_viewport_size({"width": width, "height": 800})
    sign_in(phone, "demo34")  # a long name, filings
    for path in OWN:
        phone.goto(path)
        wide = phone.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, (path, wide)


def test_a_first_visit_is_light(phone: Any, chromium: Any, served: str) -> None:
    """Everything a page needs, with nothing kept from before, as it comes over the wire."""
    sign_in(phone, "demo01")
    weights: dict[str, int] = {}
    for path in (
        "/",
        "/business",
        "/me",
        "/records",
        "/applications",
        "/security",
        "/licence",
        "/code",
    ):
        fresh = chromium.new_context(
            storage_state=phone.context.storage_state(), base_url=served, service_workers="block"
        )
        page = fresh.new_page()
        finished: list[Any] = []

        def ended(each: Any, finished: list[Any] = finished) -> None:
            finished.append(each)

        page.on("requestfinished", ended)
        page.goto(path)
        page.wait_for_load_state("networkidle")
        weights[path] = sum(each.sizes()["responseBodySize"] for each in finished)
        fresh.close()
    assert max(weights.values()) < LIMIT_BYTES, weights
    assert min(weights.values()) > 10_000, weights
