"""Every page of the wallet that shows a code, on a phone that prefers the dark: black on white, with its quiet
zone, read off the screen by our own scanner."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image, ImageOps

from registry.seed import PASSWORD
from tests.web.conftest import Pocket, Watched, browse_in
from tests.web.test_wallet_badge import record_of
from tests.web.test_wallet_book import needs_bundle
from tests.web.test_wallet_journeys import authenticator, code_on

QUIET = 4  # modules; ISO/IEC 18004, 6.3.8


@pytest.fixture(params=[360, 1280])
def dark(chromium: Any, pocket_served: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A page on a screen of that width in the dark, its owner signed in, with a fingerprint sensor."""
    size = {"width": request.param, "height": 780}
    context = chromium.new_context(
        viewport=size,
        device_scale_factor=2,
        locale="zh-CN",
        color_scheme="dark",
        base_url=pocket_served,
    )
    page = context.new_page()
    page.set_default_timeout(8_000)
    watched = Watched(pocket_served)
    watched.watch(page)
    yield page
    context.close()
    assert watched.errors == []


def read(page: Any, selector: str) -> str:
    """The code in sight at ``selector``, once its edge was seen to be white; what a camera reads of it."""
    code = page.locator(selector)
    code.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    picture = code.screenshot()
    seen = Image.open(io.BytesIO(picture)).convert("L")
    seen = ImageOps.crop(seen, 2)  # where the element begins within a pixel of the screen
    modules = page.evaluate(
        """(selector) => {
            const image = document.querySelector(selector);
            const [, svg] = image.src.split("data:image/svg+xml;base64,");  // the server's: a unit a module
            return svg ? Number(/viewBox="0 0 (\\d+)/.exec(atob(svg))[1]) : image.naturalWidth / 8;
        }""",
        selector,
    )
    edge = int(seen.width / modules * QUIET) - 2  # less what scaling blurs
    inner = seen.crop((edge, edge, seen.width - edge, seen.height - edge))
    ring = seen.copy()
    ring.paste(255, (edge, edge, seen.width - edge, seen.height - edge))
    assert edge > 0
    assert ring.getextrema()[0] >= 250, "the quiet zone is not white"
    assert inner.getextrema() == (0, 255), "the code is not black on white"
    return code_on(page.screenshot())


def drawn(page: Any, selector: str) -> None:
    page.wait_for_selector(f"{selector}[src^='data:']:not([hidden])")


def is_dark(page: Any) -> bool:
    return bool(page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches"))


@needs_bundle
def test_the_codes_of_the_licence(dark: Any, pocket_app: Pocket) -> None:
    page, record = dark, record_of(pocket_app, "demo01")
    browse_in(page, "demo01")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto("/licence")
    drawn(page, ".code-picture")
    assert is_dark(page)
    assert pocket_app.verdict(read(page, ".code-picture")) == "VALID"
    page.click(".actions [data-full]")
    page.wait_for_selector("dialog[open]")
    assert pocket_app.verdict(read(page, "dialog img")) == "VALID"
    assert contrast(page, "dialog .held-close") >= 4.5
    page.keyboard.press("Escape")
    page.click("text=脱网保存到本设备")
    page.wait_for_selector("[data-is-kept]:not([hidden])")
    page.goto("/licence/offline")
    drawn(page, ".code-picture")
    assert pocket_app.verdict(read(page, ".code-picture")) == "VALID"
    page.goto(f"/licence/{record}/print")
    drawn(page, ".code-picture")
    assert pocket_app.verdict(read(page, ".code-picture")) == "VALID"
    assert contrast(page, ".sheet-tools .btn-outline") >= 4.5


@needs_bundle
def test_the_codes_of_the_badge_and_of_the_moment(dark: Any, pocket_app: Pocket) -> None:
    page = dark
    browse_in(page, "demo01")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    authenticator(page)
    page.goto("/badge")
    page.click("text=去开启生物识别")
    page.fill("#password", PASSWORD)
    page.click("text=在本设备开启")
    page.wait_for_selector("text=生物识别已开启")
    page.goto("/badge")
    drawn(page, ".code-picture")
    assert pocket_app.verdict(read(page, ".code-picture")) == "VALID"
    page.click(".cert-code")
    page.wait_for_selector("dialog[open]")
    assert pocket_app.verdict(read(page, "dialog img")) == "VALID"
    page.keyboard.press("Escape")
    page.click("text=脱网保存到本设备")
    page.wait_for_selector("[data-is-kept]:not([hidden])")
    page.goto("/badge/offline")
    page.click("text=用指纹或面容打开")
    drawn(page, ".code-picture")
    assert pocket_app.verdict(read(page, ".code-picture")) == "VALID"
    page.goto("/code/book")
    page.click("text=同意并下载")
    page.wait_for_selector("[data-kept]:not([hidden])")
    pocket_app.care()
    page.goto("/code")
    page.click("main form button")
    drawn(page, ".code-drawn")
    assert pocket_app.verdict(read(page, ".code-drawn")) == "VALID"
    assert contrast(page, ".held-close") >= 4.5
    page.goto("/code/offline")
    drawn(page, ".code-drawn")
    assert pocket_app.verdict(read(page, ".code-drawn")) == "VALID"


@needs_bundle
@pytest.mark.parametrize("institution", ["海南省健康医院", "海南省琼海市博鳌镇示范健康医院" * 4])
def test_the_badge_grows_with_its_words(dark: Any, institution: str) -> None:
    """However long they are, the whole code is within the card."""
    page = dark
    browse_in(page, "demo01")
    page.goto("/badge")
    page.fill("#password", PASSWORD)
    page.click("text=验证 >> nth=-1")
    drawn(page, ".code-picture")
    page.evaluate(
        "(text) => document.querySelector('.badge-place').textContent = text", institution
    )
    boxes = "['.badge-card', '.code-picture'].map((each) => document.querySelector(each).getBoundingClientRect().bottom)"
    card, code = page.evaluate(boxes)
    assert card - code >= 8


@needs_bundle
def test_the_code_of_a_computer_that_asks_to_be_signed_in(dark: Any) -> None:
    page = dark
    page.goto("/sign-in/scan")
    drawn(page, ".code-drawn")
    assert "/login/" in read(page, ".code-drawn")


@needs_bundle
def test_the_code_of_a_clerks_preview(dark: Any, pocket_app: Pocket) -> None:
    page = dark
    page.goto("/sign-in")
    page.fill("#login", "clerk-hainan")
    page.fill("#password", PASSWORD)
    page.click("main form button")
    page.wait_for_url(lambda address: "/sign-in" not in address)
    page.goto(f"/desk/licences/{record_of(pocket_app, 'demo01')}")
    drawn(page, ".code-picture")
    assert pocket_app.verdict(read(page, ".code-picture")) == "VALID"


def test_where_there_is_no_code_nobody_is_asked_to_compare(dark: Any) -> None:
    page = dark
    page.goto("/code/offline")
    page.wait_for_selector(".code-stopped:not([hidden])")
    for needless in (".held-check", ".held-hint", ".held-form"):
        assert page.is_hidden(needless)


def test_no_line_of_the_certificate_breaks_within_a_date(dark: Any) -> None:
    page = dark
    browse_in(page, "demo01")
    page.goto("/licence")
    page.wait_for_selector(".cert")
    lines = page.evaluate(
        """() => [...document.querySelectorAll(".cert dt")]
            .filter((dt) => dt.textContent.endsWith("日期"))
            .map((dt) => dt.nextElementSibling)
            .map((dd) => {
                const range = document.createRange();
                range.selectNodeContents(dd);
                return new Set([...range.getClientRects()].map((box) => box.top)).size;
            })"""
    )
    assert lines == [1, 1]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def contrast(page: Any, selector: str) -> float:
    """The contrast of text and its ground (WCAG 2.2, 1.4.3), from the colours that the browser computed."""
    ink, ground = page.evaluate(
        """(selector) => {
            let element = document.querySelector(selector);
            const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
            const ink = numbers(getComputedStyle(element).color);
            for (; element; element = element.parentElement) {
                const ground = numbers(getComputedStyle(element).backgroundColor);
                if (ground.length < 4 || ground[3] === 1) return [ink, ground];
            }
            return [ink, [255, 255, 255]];
        }""",
        selector,
    )
    light, dim = sorted((luminance(ink), luminance(ground)), reverse=True)
    return float((light + 0.05) / (dim + 0.05))


def luminance(colour: list[float]) -> float:
    red, green, blue = (
        each / 12.92 if each <= 0.03928 else ((each + 0.055) / 1.055) ** 2.4
        for each in (value / 255 for value in colour[:3])
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
