"""The wallet in a real browser: what a camera reads off its pages is what a verifier says yes or no to."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from registry.seed import PASSWORD
from tests.web.conftest import HOST, Pocket, browse_in
from verifier import scan


def kept(page: Any, name: str) -> bytes:
    """A screenshot; also a file where SCREENSHOTS names a folder."""
    picture: bytes = page.screenshot()
    if folder := os.environ.get("SCREENSHOTS"):
        Path(folder, f"{name}.png").write_bytes(picture)
        size = page.viewport_size
        for width in (768, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=Path(folder, f"{name}-{width}.png"))
        page.set_viewport_size(size)
    return picture


def code_on(picture: bytes) -> str:
    """The one text that can be read off a picture."""
    (text,) = scan.read(picture)
    return text


def test_the_identity_code_is_read_off_the_page_and_refused_later(
    pocket_phone: Any, pocket_app: Pocket
) -> None:
    page = pocket_phone
    browse_in(page, "demo01")
    page.click("text=电子身份码")
    kept(page, "consent")
    page.click("text=确认 >> nth=-1")
    page.wait_for_selector(".code-drawn:not([hidden])")
    page.wait_for_timeout(300)
    picture = kept(page, "code")
    assert "请核对照片与本人" in page.inner_text("main")
    text = code_on(picture)
    assert text.startswith(f"https://{HOST}/v#")
    assert pocket_app.verified(text).credential.facts.name == "林晓岚"
    assert pocket_app.verdict(text, later=30 + 1) == "CODE_EXPIRED"

    page.check("#bare")
    page.wait_for_timeout(300)
    bare = code_on(page.screenshot())
    assert not bare.startswith("https:")
    assert pocket_app.verdict(bare) == "VALID"

    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == "rgb(255, 255, 255)"
    page.click(".held-close")
    page.wait_for_url("**/")
    page.goto("/code/show")
    assert page.url.endswith("/code")


def answered(app: Flask, path: str) -> threading.Event:
    """Set once the served application has answered a request for ``path``."""
    wsgi, done = app.wsgi_app, threading.Event()

    def watched(environ: dict[str, Any], start: Any) -> Any:
        answer = wsgi(environ, start)
        if environ["PATH_INFO"] == path:
            done.set()
        return answer

    app.wsgi_app = watched  # type: ignore[method-assign]
    return done


def test_going_to_another_page_ends_the_session(pocket_phone: Any, pocket_app: Pocket) -> None:
    page = pocket_phone
    left = answered(pocket_app.app, "/code/leave")
    browse_in(page, "demo01")
    page.goto("/code")
    page.click("main form button")
    page.wait_for_selector(".code-drawn:not([hidden])")
    page.goto("/me")
    assert left.wait(timeout=30)  # sent as the page went, beside the next one's requests
    page.goto("/code/show")
    assert page.url.endswith("/code")


def test_consent_denied_shows_nothing(pocket_phone: Any) -> None:
    page = pocket_phone
    browse_in(page, "demo01")
    page.goto("/code")
    page.click("text=取消")
    page.wait_for_url("**/")
    page.goto("/code/show")
    assert page.url.endswith("/code")
    assert page.query_selector(".code-drawn") is None


def test_a_code_shown_elsewhere_stops_here(pocket_phone: Any, pocket_app: Pocket) -> None:
    page = pocket_phone
    browse_in(page, "demo01")
    page.goto("/code")
    page.click("text=确认 >> nth=-1")
    page.wait_for_selector(".code-drawn:not([hidden])")
    other = pocket_app.signed_in("demo01")
    other.post("/code", {"version": "2026-11"})
    pocket_app.clock.later(seconds=20)
    page.wait_for_selector(".code-stopped:not([hidden])", timeout=25_000)
    assert "另一处" in page.inner_text(".code-why")
    assert page.is_hidden(".code-drawn")


def test_the_page_is_white_in_the_dark(chromium: Any, pocket_served: str) -> None:
    context = chromium.new_context(
        viewport={"width": 360, "height": 780}, color_scheme="dark", base_url=pocket_served
    )
    page = context.new_page()
    browse_in(page, "demo01")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    page.goto("/code")
    page.click("main form button")
    page.wait_for_selector(".code-drawn:not([hidden])")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    context.close()


def test_the_licence_is_read_off_the_page(pocket_phone: Any, pocket_app: Pocket) -> None:
    page = pocket_phone
    browse_in(page, "demo01")
    page.click("text=电子证照")
    page.wait_for_selector(".cert")
    page.wait_for_timeout(300)
    kept(page, "licence")
    page.click(".actions [data-full]")
    page.wait_for_selector("dialog[open]")
    text = code_on(kept(page, "licence-full"))
    verified = pocket_app.verified(text)
    assert verified.credential.kind.name == "LICENCE"
    said = verified.credential.facts
    page.keyboard.press("Escape")
    face = page.inner_text(".cert").replace("\n", "")
    for shown in (said.name, said.institution, *said.scopes):
        assert shown in face
    assert said.licence_number in face.replace(" ", "")


WRITTEN = """(() => {
    const real = CanvasRenderingContext2D.prototype.fillText;
    window.written = [];
    CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
        if (this.globalAlpha === 1) window.written.push(text);  // not the watermark
        return real.call(this, text, ...rest);
    };
})()"""


def saved(page: Any, name: str) -> bytes:
    """The picture that 保存图片 gives; also a file where SCREENSHOTS names a folder."""
    with page.expect_download() as download:
        page.click("[data-save]")
    assert download.value.suggested_filename == "licence.png"
    data = Path(download.value.path()).read_bytes()
    if folder := os.environ.get("SCREENSHOTS"):
        Path(folder, f"{name}.png").write_bytes(data)
    return data


def shown_in(page: Any, selector: str) -> list[str]:
    """The words of elements of the page, in its order, without the spaces between them."""
    texts = page.evaluate(
        "(selector) => [...document.querySelectorAll(selector)].map((each) => each.textContent)",
        selector,
    )
    return ["".join(each.split()) for each in texts]


def test_the_licence_as_a_picture_still_verifies(pocket_phone: Any, pocket_app: Pocket) -> None:
    page = pocket_phone
    browse_in(page, "demo01")
    page.goto("/licence")
    page.wait_for_selector(".cert")
    data = saved(page, "licence-download")
    picture = Image.open(io.BytesIO(data))
    assert picture.size[0] == 1200
    text = code_on(data)
    assert pocket_app.verdict(text) == "VALID"
    half = io.BytesIO()
    picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.LANCZOS).save(
        half, "PNG"
    )
    assert code_on(half.getvalue()) == text


@pytest.mark.parametrize("username", ["demo01", "demo34"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_picture_has_the_parts_of_the_page_in_its_order(
    pocket_phone: Any, pocket_served: str, username: str, language: str
) -> None:
    page = pocket_phone
    page.add_init_script(WRITTEN)
    page.context.add_cookies([{"name": "lang", "value": language, "url": pocket_served}])
    browse_in(page, username)
    page.goto("/licence")
    page.wait_for_selector(".cert")
    saved(page, f"licence-download-{username}-{language}")
    written = "".join("".join(page.evaluate("window.written")).split())
    parts = shown_in(page, ".cert-land, .cert h2, .cert-kind, .cert dt, .cert dd, .cert-seal p")
    assert len(parts) >= 30
    at = 0
    for part in parts:
        assert part in written[at:], (part, written[at:])
        at = written.index(part, at) + len(part)
    assert ("仅供留存" if language == "zh" else "forkeeping") in written[at:]
    assert ("Licencenumber" in written) is (language == "en")


def test_the_licence_is_printed_on_one_sheet_of_a4(pocket_phone: Any, pocket_app: Pocket) -> None:
    page = pocket_phone
    browse_in(page, "demo01")
    page.goto("/licence")
    page.click("text=打印")
    page.wait_for_selector(".cert-sheet")
    kept(page, "licence-print")
    pdf = page.pdf(format="A4", prefer_css_page_size=True)
    assert pdf.count(b"/Type /Page\n") == 1 or pdf.count(b"/Type /Page ") == 1


def test_without_the_built_bundle_the_server_draws(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr("app.built", lambda _: None)
    page, made = (request.getfixturevalue(name) for name in ("pocket_phone", "pocket_app"))
    browse_in(page, "demo01")
    page.goto("/code")
    page.click("main form button")
    page.wait_for_selector(".code-drawn:not([hidden])")
    assert page.get_attribute(".code-drawn", "src").startswith("data:image/svg")
    page.wait_for_timeout(300)
    assert made.verdict(code_on(page.screenshot())) == "VALID"
    page.goto("/code/book")
    assert "页面脚本包" in page.inner_text("main")


def authenticator(page: Any) -> Any:
    """A fingerprint sensor in the page's device; the CDP session and the sensor's id."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session, made["authenticatorId"]


def test_the_badge_opens_with_a_fingerprint_only(pocket_phone: Any, pocket_app: Pocket) -> None:
    page = pocket_phone
    browse_in(page, "demo01")
    session, sensor = authenticator(page)
    page.goto("/me")
    kept(page, "me")
    page.click("text=我的工牌")
    page.wait_for_selector("text=去开启生物识别")
    kept(page, "gate-off")
    assert page.is_hidden("text=改为输入登录密码")
    assert page.query_selector(".badge-card") is None
    page.click("text=去开启生物识别")
    page.fill("#password", PASSWORD)
    page.click("text=在本设备开启")
    page.wait_for_selector("text=生物识别已开启")
    kept(page, "biometrics")

    pocket_app.clock.later(minutes=6)
    page.goto("/badge")
    kept(page, "gate-on")
    flag = {"authenticatorId": sensor, "isUserVerified": False}
    session.send("WebAuthn.setUserVerified", flag)
    page.click("text=用指纹或面容验证")
    page.wait_for_selector("[data-fault]:not([hidden])")
    assert page.query_selector(".badge-card") is None
    session.send("WebAuthn.setUserVerified", {**flag, "isUserVerified": True})
    page.click("text=用指纹或面容验证")
    page.wait_for_selector(".badge-card")
    page.wait_for_timeout(300)
    kept(page, "badge")
    assert page.inner_text(".badge-name") == "林晓岚"

    page.click("text=工牌管理")
    kept(page, "badge-manage")
    with page.expect_download() as download:
        page.click("text=下载工牌")
    data = Path(download.value.path()).read_bytes()
    if folder := os.environ.get("SCREENSHOTS"):
        Path(folder, "badge-card.png").write_bytes(data)
    text = code_on(data)
    assert pocket_app.verified(text).credential.facts.name == "林晓岚"


def test_a_name_the_server_cannot_draw_is_drawn_by_the_page(
    pocket_phone: Any, pocket_app: Pocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wallet.badge.installed", tuple)  # a server without fonts
    page = pocket_phone
    browse_in(page, "demo01")
    page.goto("/badge")
    page.wait_for_selector("text=改为输入登录密码")
    kept(page, "gate-password")
    page.fill("#password", PASSWORD)
    page.click("text=验证 >> nth=-1")
    page.wait_for_selector(".badge-card")
    page.click("text=工牌管理")
    with page.expect_download() as download:
        page.click("text=下载工牌")
    data = Path(download.value.path()).read_bytes()
    if folder := os.environ.get("SCREENSHOTS"):
        Path(folder, "badge-by-page.png").write_bytes(data)
    assert Image.open(io.BytesIO(data)).size == (638, 1016)
    assert pocket_app.verdict(code_on(data)) == "VALID"
