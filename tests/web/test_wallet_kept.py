"""Licence and badge without a network: kept on one's own device by choice, opened by nobody else, gone on
signing out."""

from __future__ import annotations

from typing import Any

import pytest

import app as application
from registry.seed import PASSWORD
from registry.sessions import sign_out_others, signed_in
from tests.web.conftest import Pocket, Visitor, browse_in
from tests.web.test_wallet_journeys import authenticator, code_on, kept

pytestmark = pytest.mark.skipif(
    application.built("qr-draw.js") is None,
    reason="the page is not built: node verifier/pwa/build.mjs",
)
STORED = """async () => {
  const opened = await new Promise((done) => {
    const asked = indexedDB.open("yizheng-wallet");
    asked.onsuccess = () => done(asked.result);
  });
  if (!opened.objectStoreNames.contains("kept")) return [];
  const store = opened.transaction("kept").objectStore("kept");
  const all = (asked) => new Promise((done) => { asked.onsuccess = () => done(asked.result); });
  const [names, values] = await Promise.all([all(store.getAllKeys()), all(store.getAll())]);
  opened.close();
  const text = (value) => value?.data ? new TextDecoder("latin1").decode(value.data) : String(value?.extractable);
  return names.map((name, at) => [name, text(values[at])]);
}"""


def kept_licence(page: Any) -> None:
    """Signed in, and the licence kept."""
    browse_in(page, "demo01")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto("/licence")
    page.click("text=脱网保存到本设备")
    page.wait_for_selector("[data-is-kept]:not([hidden])")


def test_the_licence_opens_without_a_network_and_verifies(
    pocket_phone: Any, pocket_app: Pocket
) -> None:
    page = pocket_phone
    kept_licence(page)
    kept(page, "licence-keep")
    page.context.set_offline(True)
    page.goto("/licence")
    page.wait_for_selector(".cert .code-picture[src^='data:']")
    page.wait_for_timeout(300)
    assert page.inner_text(".cert-name") == "林晓岚"
    assert page.evaluate("document.querySelector('.cert-photo').naturalWidth") > 0
    page.locator(".cert-code").scroll_into_view_if_needed()
    text = code_on(kept(page, "licence-offline"))
    assert pocket_app.verified(text).credential.facts.name == "林晓岚"
    page.reload()
    page.wait_for_selector(".cert .code-picture[src^='data:']")


def test_what_is_kept_is_encrypted_under_a_key_nobody_reads(pocket_phone: Any) -> None:
    page = pocket_phone
    kept_licence(page)
    stored = dict(page.evaluate(STORED))
    assert set(stored) == {"key", "licence", "licence-photo"}
    assert stored["key"] == "false"  # not extractable
    assert "cert" not in stored["licence"]


def test_the_page_itself_holds_nothing_of_anybody(pocket_app: Pocket) -> None:
    for path in ("/licence/offline", "/badge/offline"):
        mine = pocket_app.signed_in("demo01").get(path).text
        assert mine == Visitor(pocket_app.app).get(path).text
        assert "林晓岚" not in mine


def test_deleting_and_signing_out_take_it_along(pocket_phone: Any) -> None:
    page = pocket_phone
    kept_licence(page)
    page.click("text=从本设备删除")
    page.wait_for_selector("[data-not-kept]:not([hidden])")
    assert set(dict(page.evaluate(STORED))) == {"key"}
    page.click("text=脱网保存到本设备")
    page.wait_for_selector("[data-is-kept]:not([hidden])")
    page.goto("/me")
    page.click("text=退出登录")
    page.wait_for_url("**/")
    page.goto("/licence/offline")
    page.wait_for_selector("[data-why]:not([hidden])")
    assert "没有保存" in page.inner_text("[data-why]")


def test_a_device_signed_out_from_elsewhere_deletes_it(
    pocket_phone: Any, pocket_app: Pocket
) -> None:
    page = pocket_phone
    kept_licence(page)
    elsewhere = pocket_app.signed_in("demo01")
    desk = pocket_app.app.extensions["yizheng"].desk
    cookie = elsewhere.client.get_cookie("yizheng")
    assert cookie is not None
    who = signed_in(desk, cookie.value, now=pocket_app.clock())
    assert who is not None
    assert sign_out_others(desk, who, now=pocket_app.clock()) == 1
    page.context.set_offline(True)
    page.goto("/licence")
    page.wait_for_selector(".cert")  # nobody can tell it
    page.context.set_offline(False)
    page.goto("/licence/offline")
    page.wait_for_selector("[data-why]:not([hidden])")
    assert "已退出登录" in page.inner_text("[data-why]")
    assert page.evaluate(STORED) == []


def test_a_badge_without_a_sensor_is_not_kept(pocket_phone: Any) -> None:
    page = pocket_phone
    browse_in(page, "demo01")
    page.goto("/badge")
    page.fill("#password", PASSWORD)
    page.click("text=验证 >> nth=-1")
    page.wait_for_selector("[data-cannot]:not([hidden])")
    assert page.is_hidden("text=脱网保存到本设备")


def test_the_badge_opens_offline_to_its_owner_only(pocket_phone: Any, pocket_app: Pocket) -> None:
    page = pocket_phone
    browse_in(page, "demo01")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    session, sensor = authenticator(page)
    page.goto("/badge")
    page.click("text=去开启生物识别")
    page.fill("#password", PASSWORD)
    page.click("text=在本设备开启")
    page.wait_for_selector("text=生物识别已开启")
    page.goto("/badge")
    page.click("text=脱网保存到本设备")
    page.wait_for_selector("[data-is-kept]:not([hidden])")
    page.context.set_offline(True)
    page.goto("/badge")
    flag = {"authenticatorId": sensor, "isUserVerified": False}
    session.send("WebAuthn.setUserVerified", flag)
    page.click("text=用指纹或面容打开")
    page.wait_for_selector("[data-why]:not([hidden])")
    assert page.query_selector(".badge-card") is None
    session.send("WebAuthn.setUserVerified", {**flag, "isUserVerified": True})
    page.click("text=用指纹或面容打开")
    page.wait_for_selector(".badge-card .code-picture[src^='data:']")
    page.wait_for_timeout(300)
    text = code_on(kept(page, "badge-offline"))
    assert pocket_app.verified(text).credential.facts.name == "林晓岚"
