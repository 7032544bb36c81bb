"""What the page tells and how it is worked: every verdict, each way in, trust data, clock, languages, accessibility."""

from __future__ import annotations

import base64
import json
import re
import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, expect

from credential import qr
from tests.verifier.pwa.conftest import CHROMIUM, FLAGS, PAGE, watched, with_camera
from tests.verifier.pwa.site import Site, film, now, picture

VALID = "该执业医师证照有效"
DAY = 86_400


def opened(page: Page, site: Site) -> Page:
    """The page, after it has come to its trust data."""
    page.goto(site.page)
    expect(page.locator("#trust-open")).to_have_attribute("data-tone", "good", timeout=10_000)
    return page


def paste(page: Page, text: str) -> None:
    page.locator("#paste").click()
    page.locator("#paste-field").fill(text)
    page.locator("#paste-form .primary").click()


def verdict(page: Page, tone: str, headline: str | re.Pattern[str]) -> None:
    expect(page.locator(".headline")).to_have_text(headline)
    expect(page.locator(".sheet")).to_have_class(f"sheet tone-{tone}")


def checked(page: Page, text: str, tone: str, headline: str | re.Pattern[str]) -> None:
    """What comes of a text that is pasted, and back to the scanner."""
    paste(page, text)
    verdict(page, tone, headline)
    page.locator(".again").click()


# --- verdicts ----------------------------------------------------------------------------------------


def test_a_licence_shows_who_what_by_whom_until_when_and_as_of_when(page: Page, site: Site) -> None:
    issued = site.licence()
    paste(opened(page, site), site.link(issued))
    verdict(page, "good", VALID)
    expect(page.locator(".name")).to_have_text("甲示例")
    expect(page.locator(".digits")).to_have_text("1101 1010 5000 123")
    facts = page.locator(".sheet .facts")
    for said in ("执业医师电子证照", "示范市卫生健康委员会", "有效期至", "状态清单", "北京市", "内科专业、全科医学专业"):  # fmt: skip
        expect(facts).to_contain_text(said)
    width = page.locator(".photo").bounding_box()
    assert width is not None
    assert width["width"] >= 0.4 * (360 - 32)
    assert page.evaluate("() => document.querySelector('.photo').naturalWidth") == 72
    expect(page.locator("#test-banner")).to_be_visible()
    # A word, an icon and a running clock beside the colour; a screen reader is told.
    expect(page.locator(".word")).to_have_text("有效")
    expect(page.locator("#announce")).to_have_text(f"有效：{VALID}")
    first = page.locator("time.running").inner_text()
    expect(page.locator("time.running")).not_to_have_text(first, timeout=3000)


def test_an_identity_code_asks_to_compare_the_photo_and_knows_a_second_showing(
    page: Page, site: Site
) -> None:
    code = site.link(site.identity_code())
    paste(opened(page, site), code)
    verdict(page, "good", "该电子身份码有效")
    expect(page.locator(".compare")).to_contain_text("请核对照片与本人")
    expect(page.locator(".warn")).to_have_count(0)
    expect(page.locator(".here")).to_have_count(0)
    page.locator(".again").click()
    paste(page, code)
    expect(page.locator(".warn")).to_contain_text("此码刚才已经出示过")


def test_what_is_not_valid_has_one_reason_and_a_next_step(page: Page, site: Site) -> None:
    licence, revoked = site.licence(), site.licence()
    site.revoke(revoked)
    opened(page, site)
    for text, tone, headline, said in (
        (site.forged(licence), "bad", "内容被改动或系伪造", "请不要相信码上的姓名和照片"),
        (site.link(revoked), "bad", "证照已注销或吊销", "示范市卫生健康委员会签发"),
        (str(licence.bare())[:-6], "bad", "证照内容不合规定", "可能没有读完整"),
        ("https://qr.alipay.com/fkx1", "unknown", "这不是医师证照二维码", "支付宝"),
        ("HC1:6BFOXN", "unknown", "这不是医师证照二维码", "欧盟数字健康证明"),
        (
            site.link(licence).replace("localhost", "other.example"),
            "unknown",
            "这不是医师证照二维码",
            f"只在 {site.host} 核验",
        ),
        (site.link(licence), "good", VALID, "示范市第一人民医院"),
    ):
        paste(page, text)
        verdict(page, tone, headline)
        expect(page.locator(".content")).to_contain_text(said)
        if tone != "good":
            expect(page.locator(".photo")).to_have_count(0)
        page.locator(".again").click()


def test_an_expired_code_tells_how_long_ago_and_sets_the_clock(page: Page, site: Site) -> None:
    opened(page, site)
    paste(page, site.link(site.identity_code(at=now() - 50)))
    verdict(page, "bad", re.compile(r"^身份码已过期 2\d 秒$"))
    expect(page.locator("#skew")).to_have_text(re.compile(r"^本机时间可能快 2\d 秒$"))
    page.locator(".clock button").click()
    expect(page.locator("#skew")).to_contain_text("本机时间无误")
    page.locator(".again").click()
    # Long ago it is not the clock.
    paste(page, site.link(site.identity_code(at=now() - 400)))
    verdict(page, "bad", re.compile(r"^身份码已过期 6 分钟$"))
    expect(page.locator("#skew")).to_have_count(0)


def test_a_device_whose_clock_is_wrong_follows_the_signed_time(page: Page, site: Site) -> None:
    page.clock.install(time=now() + 90)
    opened(page, site)
    page.locator("#trust-open").click()
    expect(page.locator("#trust-rows")).to_contain_text("已按签发方时间校正")
    page.locator("#trust-panel .close").click()
    paste(page, site.link(site.identity_code()))
    verdict(page, "good", "该电子身份码有效")


def test_a_clock_behind_what_was_seen_signed_is_never_green(page: Page, site: Site) -> None:
    text = site.link(site.licence())
    opened(page, site)
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    site.stop()
    page.clock.install(time=now() - 3 * DAY)
    page.reload()
    paste(page, text)
    verdict(page, "unknown", "本机时间不对")


def test_lists_that_have_ended_say_neither_valid_nor_forged(
    page: Page, tmp_path: Path, dist: Path
) -> None:
    old = Site(tmp_path / "old", dist, founded_s_ago=8 * DAY)  # published then, and never since
    licence = old.link(old.licence(at=now() - 8 * DAY + 60))
    page.goto(old.page)
    expect(page.locator("#trust-chip")).to_have_text("资料已过期", timeout=10_000)
    paste(page, licence)
    verdict(page, "unknown", "无法判定是否仍然有效")
    expect(page.locator(".word")).to_have_text("无法判定")
    page.locator(".again").click()
    # A live identity code needs the trust list alone.
    paste(page, old.link(old.identity_code()))
    verdict(page, "good", "该电子身份码有效")
    old.stop()


def test_lists_past_their_soft_end_are_amber_and_say_as_of_when(
    page: Page, tmp_path: Path, dist: Path
) -> None:
    old = Site(tmp_path / "old", dist, founded_s_ago=DAY)
    licence = old.link(old.licence(at=now() - DAY + 60))
    page.goto(old.page)
    expect(page.locator("#trust-open")).to_have_attribute("data-tone", "caution", timeout=10_000)
    expect(page.locator("#trust-chip")).to_have_text("资料已旧 24 小时")
    paste(page, licence)
    verdict(page, "caution", re.compile(rf"^截至 .+，{VALID}$"))
    old.stop()


def test_without_any_trust_data_nothing_can_be_told(page: Page, site: Site) -> None:
    page.route("**/.well-known/**", lambda route: route.abort())
    page.goto(site.page)
    expect(page.locator("#trust-chip")).to_have_text("尚无资料")
    paste(page, site.link(site.licence()))
    verdict(page, "unknown", "本机还没有核验资料")
    page.locator(".again").click()
    # A bundle from a stick is enough.
    page.locator("#bundle-file").set_input_files(site.home.public / "bundle")
    expect(page.locator("#trust-open")).to_have_attribute("data-tone", "good")
    paste(page, site.link(site.licence()))
    verdict(page, "good", VALID)


def test_older_data_is_refused_and_what_is_held_stays(
    page: Page, site: Site, tmp_path: Path
) -> None:
    issued = site.licence()
    site.keep_publication(tmp_path / "before")
    site.revoke(issued)
    opened(page, site)
    site.put_back(tmp_path / "before")
    page.locator("#trust-open").click()
    page.locator("#trust-update").click()
    expect(page.locator("#trust-said")).to_contain_text("收到的信任资料比已有的旧，已拒绝")
    page.locator("#trust-panel .close").click()
    paste(page, site.link(issued))
    verdict(page, "bad", "证照已注销或吊销")


NOT_KEPT = "只在本页打开期间有效"


def limited(page: Page, site: Site) -> None:
    """The browser lets the site store nothing more."""
    devtools = page.context.new_cdp_session(page)
    origin = site.page.removesuffix("/v")
    devtools.send("Storage.overrideQuotaForOrigin", {"origin": origin, "quotaSize": 1})


def cleared(page: Page, site: Site) -> None:
    """The browser throws away what the site has stored, while its page is open."""
    devtools = page.context.new_cdp_session(page)
    origin = site.page.removesuffix("/v")
    devtools.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "indexeddb"})


def updated(page: Page, said: str) -> None:
    """Asks for newer data in the panel, and reads there what came of it."""
    page.locator("#trust-open").click()
    page.locator("#trust-update").click()
    expect(page.locator("#trust-said")).to_contain_text(said)
    page.locator("#trust-panel .close").click()


def test_a_store_that_is_cleared_takes_nothing_from_an_open_page(
    page: Page, site: Site, tmp_path: Path
) -> None:
    """What was held lasts as long as the page: what is older is refused, and what is newer taken."""
    early, late = site.licence(), site.licence()
    site.keep_publication(tmp_path / "before")
    site.revoke(early)
    site.keep_publication(tmp_path / "after")
    opened(page, site)
    expect(page.locator("#trust-rows")).not_to_contain_text(NOT_KEPT)
    cleared(page, site)
    site.put_back(tmp_path / "before")
    updated(page, "收到的信任资料比已有的旧，已拒绝")
    expect(page.locator("#trust-rows")).to_contain_text(NOT_KEPT)
    checked(page, site.link(early), "bad", "证照已注销或吊销")
    checked(page, site.link(late), "good", VALID)
    site.put_back(tmp_path / "after")
    site.revoke(late)
    updated(page, "已是最新")
    checked(page, site.link(late), "bad", "证照已注销或吊销")


def test_on_a_full_disk_what_is_held_is_kept_and_what_is_newer_is_taken(
    playwright: Playwright, site: Site, tmp_path: Path
) -> None:
    early, late = site.licence(), site.licence()
    site.keep_publication(tmp_path / "before")
    site.revoke(early)
    site.keep_publication(tmp_path / "after")
    seen = film([], tmp_path / "nothing.y4m")
    with with_camera(playwright, tmp_path / "profile", seen) as page:
        opened(page, site)
    with with_camera(playwright, tmp_path / "profile", seen) as page:
        limited(page, site)
        opened(page, site)
        expect(page.locator("#trust-rows")).to_contain_text(NOT_KEPT)  # the clock's offset
        site.put_back(tmp_path / "before")
        updated(page, "收到的信任资料比已有的旧，已拒绝")
        checked(page, site.link(early), "bad", "证照已注销或吊销")
        checked(page, site.link(late), "good", VALID)
        site.put_back(tmp_path / "after")
        site.revoke(late)
        page.locator("#bundle-file").set_input_files(site.home.public / "bundle")
        expect(page.locator("#trust-said")).to_have_text("已导入。")
        checked(page, site.link(late), "bad", "证照已注销或吊销")


def test_where_a_licence_lets_practise_today(page: Page, site: Site) -> None:
    paste(opened(page, site), site.link(site.licence()))
    here = page.locator(".here")
    expect(here.locator(".place")).to_have_count(2)
    expect(here.locator(".place").nth(0)).to_contain_text("今日有注册")
    expect(here.locator(".place").nth(1)).to_contain_text("示范市第二医院")
    here.locator("input").fill("第二")
    expect(here.locator(".place")).to_have_count(1)
    here.locator("input").fill("另一家医院")
    expect(here.locator(".place")).to_have_count(0)
    expect(here).to_contain_text("未见在本机构的注册或备案")
    for said in ("会诊", "急救", "义诊", "进修", "医联体", "医师法第十八条"):
        expect(here).to_contain_text(said)
    assert "不得执业" not in page.content()


# --- ways in -----------------------------------------------------------------------------------------


def test_a_link_opens_with_its_verdict_and_leaves_no_trace(page: Page, site: Site) -> None:
    text = site.link(site.licence())
    page.goto(text.replace("https:", "http:"))
    verdict(page, "good", VALID)
    assert page.url == site.page
    assert page.evaluate("() => history.length") <= 2
    digits = text.partition("#")[2]
    assert not any(digits[:20] in request for request in site.requests)
    kept = page.evaluate(
        "async () => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie,"
        " (await indexedDB.databases()).map(({name}) => name), location.href])"
    )
    assert digits[:20] not in kept
    assert json.loads(kept)[3] == ["yizheng-trust"]


def test_a_link_that_opened_too_late_leads_to_the_scanner(
    playwright: Playwright, site: Site, tmp_path: Path
) -> None:
    seen = film([site.link(site.badge())], tmp_path / "badge.y4m", kind="badge")
    with with_camera(playwright, tmp_path / "profile", seen) as page:
        opened(page, site)
        late = site.link(site.identity_code(at=now() - 40)).replace("https:", "http:")
        other = page.context.new_page()
        other.goto(late)
        expect(other.locator("#prompt-text")).to_contain_text("身份码已过期")
        expect(other.locator("#prompt-text")).to_contain_text("本机时间可能快")
        verdict(other, "good", "该工牌有效")  # what the camera sees is checked at once


def test_a_picture_is_read_and_two_codes_are_chosen_between(
    page: Page, site: Site, tmp_path: Path
) -> None:
    licence, badge = site.link(site.licence()), site.link(site.badge())
    opened(page, site)
    page.locator("#picture-file").set_input_files(picture(licence, tmp_path / "one.png"))
    verdict(page, "good", VALID)
    page.locator(".again").click()
    both = Image.new("L", (1800, 900), 255)
    for place, text in enumerate((licence, badge)):
        both.paste(
            Image.open(picture(text, tmp_path / "each.png")).resize((860, 860)),
            (20 + 900 * place, 20),
        )
    both.save(tmp_path / "two.png")
    page.locator("#picture-file").set_input_files(tmp_path / "two.png")
    verdict(page, "unknown", "图中有多个二维码")
    choices = page.locator(".actions .second")
    expect(choices).to_have_count(2)
    choices.nth(0).click()
    expect(page.locator(".sheet")).to_have_class("sheet tone-good")
    page.locator(".again").click()
    (tmp_path / "none.png").write_bytes(b"no picture")
    page.locator("#picture-file").set_input_files(tmp_path / "none.png")
    verdict(page, "unknown", "图片打不开")


TRACK = "document.querySelector('video').srcObject?.getVideoTracks()[0]"


def test_the_camera_is_chosen_and_its_zoom_moved(
    playwright: Playwright, site: Site, tmp_path: Path
) -> None:
    """Two cameras of the browser's own, both of which can zoom; a page must ask to be allowed to."""
    context = playwright.chromium.launch_persistent_context(
        str(tmp_path / "profile"),
        executable_path=CHROMIUM,
        args=[*FLAGS, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=device-count=2"],
        viewport={"width": 360, "height": 740},
        locale="zh-CN",
    )  # fmt: skip
    page = context.pages[0]
    devtools = context.new_cdp_session(page)
    may = ["videoCapture", "cameraPanTiltZoom"]
    devtools.send("Browser.grantPermissions", {"permissions": may})
    complaints = watched(page)
    page.add_init_script(
        "const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
        " navigator.mediaDevices.getUserMedia = (wanted) => { window.asked = wanted; return real(wanted); };"
    )
    page.goto(site.page)
    zoom = page.locator("#zoom")
    expect(zoom).to_be_visible(timeout=20_000)
    assert (zoom.get_attribute("min"), zoom.get_attribute("max")) == ("100", "400")
    assert page.evaluate("asked.video.zoom") is True
    zoom.fill("250")
    page.wait_for_function(f"{TRACK}?.getSettings().zoom === 250")
    first = page.evaluate(f"{TRACK}.label")
    page.locator("#switch").click()
    page.wait_for_function(f"(first) => {TRACK} && {TRACK}.label !== first", arg=first)
    expect(page.locator("#torch")).to_be_hidden()  # these have none
    context.close()
    assert complaints == []


def hostile_pictures(folder: Path, text: str) -> dict[str, str]:
    """Pictures made to hurt, with the headline each is answered by."""
    Image.new("1", (20_000, 20_000)).save(folder / "bomb.png")
    Image.new("1", (8_000, 6_250), 1).save(folder / "50-megapixels.png")
    Image.effect_noise((3_000, 2_000), 90).save(folder / "noise.jpg")
    whole = Path(picture(text, folder / "whole.png")).read_bytes()
    (folder / "cut.png").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.png").write_bytes(b"")
    (folder / "drawing.png").write_text(
        "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "utf-8"
    )
    code = zxingcpp.create_barcode(text[:80], zxingcpp.BarcodeFormat.Code128)
    Image.fromarray(np.asarray(code.to_image(scale=4))).save(folder / "code128.png")
    sheet = Image.new("L", (2_000, 1_000), 255)
    for place in range(200):
        code = zxingcpp.create_barcode(f"CODE {place}", zxingcpp.BarcodeFormat.QRCode)
        each = Image.fromarray(np.asarray(code.to_image(scale=3)))
        sheet.paste(each, (place % 20 * 100 + 5, place // 20 * 100 + 5))
    sheet.save(folder / "200-codes.png")
    return {
        "bomb.png": "图片过大",
        "50-megapixels.png": "图片过大",
        "noise.jpg": "没有读出二维码",
        "cut.png": "图片打不开",
        "empty.png": "图片打不开",
        "drawing.png": "图片打不开",
        "code128.png": "没有读出二维码",
        "200-codes.png": "图中有多个二维码",
    }


def test_hostile_pictures_are_answered_and_the_next_one_is_read(
    page: Page, site: Site, tmp_path: Path
) -> None:
    opened(page, site)
    text = site.link(site.licence())
    for name, headline in hostile_pictures(tmp_path, text).items():
        page.locator("#picture-file").set_input_files(tmp_path / name)
        expect(page.locator(".headline")).to_have_text(headline, timeout=30_000)
        expect(page.locator(".sheet")).to_have_class("sheet tone-unknown")
        page.locator(".again").click()
        # The page was never held up: the clock of a verdict runs on, and the reader reads.
        page.locator("#picture-file").set_input_files(tmp_path / "whole.png")
        verdict(page, "good", VALID)
        page.locator(".again").click()


def test_a_refused_camera_leaves_every_other_way(page: Page, site: Site) -> None:
    opened(page, site)
    expect(page.locator("#no-camera-title")).to_have_text(
        re.compile("未获准使用摄像头|没有找到摄像头")
    )
    page.locator("#paste-instead").click()
    page.locator("#paste-field").fill(site.link(site.licence()) + "\n")
    page.locator("#paste-form .primary").click()
    verdict(page, "good", VALID)


def test_a_hand_held_scanner_at_a_desk(page: Page, site: Site) -> None:
    opened(page, site)
    page.locator("#to-desk").click()
    expect(page.locator("#desk-field")).to_be_focused()
    for text, tone in ((site.link(site.licence()), "good"), (site.forged(site.badge()), "bad"), (site.link(site.badge()), "good")):  # fmt: skip
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        expect(page.locator(".sheet")).to_have_class(f"sheet tone-{tone}")
        # Ready for the next guest: empty, and the cursor in it.
        expect(page.locator("#desk-field")).to_be_focused()
        expect(page.locator("#desk-field")).to_have_value("")


PLACES = {":": ("Semicolon", True), "/": ("Slash", False), "#": ("Digit3", True), ".": ("Period", False), "-": ("Minus", False)}  # fmt: skip


def place_of(character: str) -> tuple[str, bool]:
    """The key of a character on a US keyboard, and whether it is shifted."""
    if character.isdigit():
        return f"Digit{character}", False
    if character.isalpha():
        return f"Key{character.upper()}", character.isupper()
    return PLACES[character]


def test_a_hand_held_scanner_under_a_chinese_input_method(page: Page, site: Site) -> None:
    """The keys reach the page as those of an input method, which makes syllables of them."""
    opened(page, site)
    page.locator("#to-desk").click()
    field = page.locator("#desk-field")
    expect(field).to_be_focused()
    devtools = page.context.new_cdp_session(page)

    def press(code: str, *, shifted: bool = False) -> None:
        key = {"code": code, "key": "Process", "windowsVirtualKeyCode": 229}
        told = {"type": "rawKeyDown", "modifiers": 8 if shifted else 0, **key}
        devtools.send("Input.dispatchKeyEvent", told)

    def compose(syllables: str) -> None:
        end = len(syllables)
        devtools.send(
            "Input.imeSetComposition",
            {"text": syllables, "selectionStart": end, "selectionEnd": end},
        )

    # Somebody who types a word and takes the first candidate with Enter: no verdict on "nihao".
    for letter in "nihao":
        press(f"Key{letter.upper()}")
        page.wait_for_timeout(120)
    compose("nihao")
    press("Enter")
    devtools.send("Input.insertText", {"text": "你好"})
    expect(field).to_have_value("你好")
    expect(page.locator(".sheet")).to_have_count(0)
    field.fill("")

    for character in site.link(site.badge()):
        code, shifted = place_of(character)
        press(code, shifted=shifted)
    compose("ｈ ｔ ｔ ｐ：／／")
    press("Enter")
    expect(page.locator(".sheet")).to_have_class("sheet tone-good")
    expect(field).to_be_focused()
    expect(field).to_have_value("")


# --- trust data of another origin ----------------------------------------------------------------------


def test_lists_may_be_published_at_another_origin(
    page: Page, site: Site, tmp_path: Path, dist: Path
) -> None:
    publisher = Site(tmp_path / "publisher", dist)
    try:
        site.pin, site.elsewhere = publisher.pin, f"http://{publisher.host}"
        publisher.open_to = f"http://{site.host}"
        paste(opened(page, site), publisher.link(publisher.licence()))
        verdict(page, "good", VALID)
        assert any(path.startswith("/.well-known/yizheng/") for path in publisher.requests)
        assert not any(path.startswith("/.well-known/yizheng/") for path in site.requests)
    finally:
        publisher.stop()


def test_an_origin_that_lets_nobody_in_leaves_nothing_to_tell_by(
    page: Page, site: Site, tmp_path: Path, dist: Path
) -> None:
    """Asked and answered, but without leave to read the answer: the browser keeps it from the page."""
    publisher = Site(tmp_path / "publisher", dist)
    try:
        site.pin, site.elsewhere = publisher.pin, f"http://{publisher.host}"
        page.goto(site.page)
        updated(page, "没有取到资料：无法连接。")
        assert "/.well-known/yizheng/snapshot" in publisher.requests
        paste(page, publisher.link(publisher.licence()))
        verdict(page, "unknown", "本机还没有核验资料")
    finally:
        publisher.stop()


def test_an_origin_that_the_policy_does_not_name_is_never_asked(
    plain_browser: Browser, site: Site, tmp_path: Path, dist: Path
) -> None:
    publisher = Site(tmp_path / "publisher", dist)
    context = plain_browser.new_context(viewport={"width": 360, "height": 740}, locale="zh-CN")
    page = context.new_page()
    complaints = watched(page)
    try:
        site.pin, site.elsewhere = publisher.pin, f"http://{publisher.host}"
        site.allowed = "'self'"
        publisher.open_to = f"http://{site.host}"
        page.goto(site.page)
        updated(page, "没有取到资料：无法连接。")
        assert publisher.requests == []
        assert any("connect-src 'self'" in said for said in complaints)
        paste(page, publisher.link(publisher.licence()))
        verdict(page, "unknown", "本机还没有核验资料")
    finally:
        publisher.stop()
        context.close()


# --- the page itself ---------------------------------------------------------------------------------


def test_english_by_one_tap_and_remembered(page: Page, site: Site) -> None:
    opened(page, site)
    paste(page, site.link(site.licence()))
    page.locator("#language").click()
    expect(page.locator(".headline")).to_have_text("This practice licence is valid")
    expect(page.locator(".facts").first).to_contain_text("Demo Health Commission")
    page.reload()
    expect(page.locator(".brand")).to_have_text("Yizheng check")
    assert page.evaluate("() => document.documentElement.lang") == "en"
    chinese = re.compile("[\u4e00-\u9fff]")
    said = page.locator("body").inner_text().replace("中文", "")
    assert not chinese.search(said), said


def axe(page: Page) -> list[dict[str, Any]]:
    """Serious and critical findings of axe-core on the page as it stands."""
    # Evaluated by the driver: the page's own policy lets no such script in.
    page.evaluate((PAGE / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8"))
    found = page.evaluate(
        "() => axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice']})"
    )
    assert found["passes"], "axe looked at nothing"
    return [
        {"id": each["id"], "nodes": [node["html"][:120] for node in each["nodes"]]}
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, site: Site, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    revoked = site.licence()
    site.revoke(revoked)
    opened(page, site)
    assert axe(page) == []
    for text in (
        site.link(site.licence()),
        site.link(revoked),
        "WIFI:S:x",
        site.link(site.identity_code()),
    ):
        paste(page, text)
        expect(page.locator(".headline")).to_be_visible()
        assert axe(page) == [], text
        page.locator(".again").click()
    page.locator("#trust-open").click()
    assert axe(page) == []
    page.locator("#trust-panel .close").click()
    page.set_viewport_size({"width": 1280, "height": 800})
    page.locator("#to-desk").click()
    assert axe(page) == []


def test_axe_would_find_something(page: Page, site: Site) -> None:
    opened(page, site)
    page.evaluate("() => document.getElementById('desk-field').removeAttribute('aria-label')")
    page.evaluate("() => document.getElementById('to-desk').click()")
    assert [each["id"] for each in axe(page)] == ["label"]


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_nothing_is_wider_than_the_screen(page: Page, site: Site, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    paste(
        opened(page, site),
        site.link(
            site.licence(
                name="阿卜杜拉·买买提·热合曼江示例",
                institution="示范市经济技术开发区第一人民医院总院区",
            )
        ),
    )
    expect(page.locator(".headline")).to_be_visible()
    for language in range(2):
        wide = page.evaluate(
            "() => [...document.querySelectorAll('body *')].filter((e) => e.getClientRects().length && !e.closest('.moving, .frame, svg, video')"
            " && e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.className || e.id)"
        )
        assert wide == [], language
        page.locator("#language").click()


def test_the_policy_holds(page: Page, site: Site) -> None:
    """What a smuggled script would try is stopped, and the page itself never tries it (see `watched`)."""
    answer = page.goto(site.page)
    assert answer is not None
    assert "script-src 'self' 'wasm-unsafe-eval'" in answer.headers["content-security-policy"]
    expect(page.locator("#trust-open")).to_have_attribute("data-tone", "good")
    html = (PAGE / "dist" / "index.html").read_text("utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert not re.search(r"\son\w+=|\sstyle=", html)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", html)


def test_the_drawn_code_is_the_page_s_own(page: Page, site: Site) -> None:
    """The drawing for other pages gives a code that the reader reads."""
    opened(page, site)
    names = json.loads((PAGE / "dist" / "manifest.json").read_text("utf-8"))
    text = site.link(site.licence())
    url = page.evaluate(
        "async ([file, text]) => { const { onCanvas } = await import(file);"
        " const canvas = document.createElement('canvas'); onCanvas(canvas, text, 'licence', 6); return canvas.toDataURL(); }",
        [f"/v/{names['qr-draw.js']}", text],
    )
    drawn = Image.open(BytesIO(base64.b64decode(url.partition(",")[2])))
    assert [code.text for code in zxingcpp.read_barcodes(drawn)] == [text]
    assert drawn.width == 6 * len(qr.matrix(text, "licence"))


def test_an_old_verdict_is_put_away_with_the_person_it_shows(page: Page, site: Site) -> None:
    page.clock.install()
    opened(page, site)
    paste(page, site.link(site.licence()))
    verdict(page, "good", VALID)
    page.clock.fast_forward(170_000)
    expect(page.locator(".photo")).to_have_count(1)
    page.clock.fast_forward(15_000)
    verdict(page, "unknown", "此结果已过 3 分钟，已收起")
    expect(page.locator(".photo")).to_have_count(0)
    expect(page.locator("#verdict")).not_to_contain_text("甲示例")


def test_the_scanner_serves_other_pages(page: Page, site: Site, tmp_path: Path) -> None:
    """Its own file gives texts and no verdicts."""
    opened(page, site)
    names = json.loads((PAGE / "dist" / "manifest.json").read_text("utf-8"))
    text = site.link(site.licence())
    encoded = base64.b64encode(picture(text, tmp_path / "one.png").read_bytes()).decode()
    texts = page.evaluate(
        "async ([file, encoded]) => { const { Scanner, chosen } = await import(file);"
        " const scanner = new Scanner(document.createElement('video'), { onTexts() {} });"
        " const bytes = Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0));"
        " const texts = await scanner.readPicture(new Blob([bytes], { type: 'image/png' }));"
        " return [texts, chosen(texts)]; }",
        [f"/v/{names['scanner.js']}", encoded],
    )
    assert texts == [[text], {"text": text, "others": False}]


UPDATE = """async () => {
  const registration = await navigator.serviceWorker.getRegistration();
  const found = new Promise((resolve) => registration.addEventListener("updatefound", () => resolve(registration.installing), { once: true }));
  await registration.update();
  const coming = await found;
  const ended = () => ["redundant", "installed", "activated"].includes(coming.state);
  while (!ended()) await new Promise((resolve) => coming.addEventListener("statechange", resolve, { once: true }));
  return [coming.state, registration.active.state, registration.waiting !== null];
}"""


def test_a_bad_update_of_the_page_leaves_the_old_one_and_the_next_good_one_is_taken(
    page: Page, site: Site, tmp_path: Path
) -> None:
    site.dist = Path(shutil.copytree(site.dist, tmp_path / "dist"))
    opened(page, site)
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    worker, html = (site.dist / "sw.js"), (site.dist / "index.html")
    good, whole = worker.read_text("utf-8"), html.read_text("utf-8")
    worker.write_text(re.sub(r"page\.[0-9a-f]{12}\.js", "page.gone.js", good), "utf-8")
    html.write_text("broken", "utf-8")
    assert page.evaluate(UPDATE) == ["redundant", "activated", False]
    page.reload()
    expect(page.locator("#trust-open")).to_have_attribute("data-tone", "good")
    checked(page, site.link(site.licence()), "good", VALID)
    expect(page.locator("#new-version")).to_be_hidden()

    # The next version is whole: it is offered, taken when pressed, and works without the network.
    html.write_text(whole.replace("<body", '<body data-version="next"', 1), "utf-8")
    worker.write_text(re.sub(r"yizheng-page-[0-9a-f]{12}", "yizheng-page-next", good), "utf-8")
    assert page.evaluate(UPDATE) == ["installed", "activated", True]
    expect(page.locator("#new-version")).to_be_visible()
    page.reload()  # who does not press it is offered it again
    expect(page.locator("#new-version")).to_be_visible()
    with page.expect_navigation():
        page.locator("#reload").click()
    site.stop()
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-version", "next")
    checked(page, site.link(site.licence()), "good", VALID)
