"""脱网码包: who gets one, what ends it, and two hours of it in a browser without a network."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page

import app as application
from credential import envelope
from credential.code_book import CodeBook
from registry import pocket
from registry.kinds import ApplicationKind
from registry.seed import PASSWORD, Demo
from tests.web.conftest import NOW, Pocket, Visitor, browse_in
from tests.web.test_wallet_badge import actor_of, verified
from verifier import scan, verify
from verifier.trust import Trust
from wallet import consent

JSON = {"Accept": "application/json"}


def fetched(visitor: Visitor) -> Any:
    return visitor.post("/code/book", {"version": consent.VERSION}, headers=JSON)


def book_of(answer: Any) -> CodeBook:
    assert answer.status_code == 200, answer.text
    return CodeBook.from_bytes(base64.b64decode(answer.json["book"]))


def verdict(pocket_app: Pocket, book: CodeBook) -> str:
    pocket_app.care()
    index = book.index_at(pocket_app.clock().timestamp())
    assert index is not None
    return pocket_app.verdict(envelope.bare(book.message(index)))


def alive(visitor: Visitor, book: CodeBook) -> bool:
    return bool(visitor.get(f"/code/book/alive?id={book.book_id.hex()}").json["alive"])


def test_a_book_takes_verification_and_consent(pocket_app: Pocket) -> None:
    visitor = pocket_app.signed_in("demo01")
    assert fetched(visitor).status_code == 401
    verified(visitor)
    answer = visitor.post("/code/book", {"version": "1999-01"}, headers=JSON)
    assert (answer.status_code, answer.json["code"]) == (409, "CONSENT_REQUIRED")
    book = book_of(fetched(visitor))
    assert len(book) == 7200 // 20
    assert verdict(pocket_app, book) == "VALID"


def test_no_book_where_the_authority_allows_none(pocket_app: Pocket) -> None:
    with pocket_app.store.writing() as unit:
        pocket.set_book_span(unit, "HC46", 0)
    visitor = verified(pocket_app.signed_in("demo01"))
    assert "未开放脱网使用" in visitor.get("/code/book").text
    answer = fetched(visitor)
    assert (answer.status_code, answer.json["code"]) == (409, "BOOK_NOT_ALLOWED")


def test_no_book_for_whom_no_code_may_be_shown(pocket_app: Pocket) -> None:
    visitor = verified(pocket_app.signed_in("demo02"))
    demo = Demo(
        desk=pocket_app.app.extensions["yizheng"].desk,
        now=pocket_app.clock(),
        portrait=application.demo_portrait,
    )
    demo.approve(ApplicationKind.SUSPEND_FILING, actor_of(pocket_app, "demo02"), reason="RESIGNED")
    answer = fetched(visitor)
    assert (answer.status_code, answer.json["code"]) == (409, "NOTHING_TO_SHOW")


def test_signing_out_ends_the_book(pocket_app: Pocket) -> None:
    visitor = verified(pocket_app.signed_in("demo01"))
    book = book_of(fetched(visitor))
    assert verdict(pocket_app, book) == "VALID"
    assert alive(visitor, book)
    visitor.post("/sign-out")
    assert verdict(pocket_app, book) == "REVOKED"
    assert not alive(visitor, book)


def test_signing_the_device_out_from_elsewhere_ends_it_too(pocket_app: Pocket) -> None:
    from registry.sessions import sign_out_others, signed_in

    phone, pc = verified(pocket_app.signed_in("demo01")), pocket_app.signed_in("demo01")
    book = book_of(fetched(phone))
    assert not alive(pc, book)
    pc.post("/sign-out")
    assert verdict(pocket_app, book) == "VALID"
    pc = pocket_app.signed_in("demo01")
    cookie = pc.client.get_cookie("yizheng")
    assert cookie is not None
    desk = pocket_app.app.extensions["yizheng"].desk
    who = signed_in(desk, cookie.value, now=pocket_app.clock())
    assert who is not None
    assert sign_out_others(desk, who, now=pocket_app.clock()) >= 1
    assert verdict(pocket_app, book) == "REVOKED"
    assert not alive(phone, book)


def test_a_book_rests_and_returns_with_its_registration(pocket_app: Pocket) -> None:
    visitor = verified(pocket_app.signed_in("demo02"))
    book = book_of(fetched(visitor))
    seen = [verdict(pocket_app, book)]
    demo = Demo(
        desk=pocket_app.app.extensions["yizheng"].desk,
        now=pocket_app.clock(),
        portrait=application.demo_portrait,
    )
    for kind, reason in (
        (ApplicationKind.SUSPEND_FILING, "RESIGNED"),
        (ApplicationKind.CANCEL_SUSPEND_FILING, "恢复执业"),
    ):
        demo.approve(kind, actor_of(pocket_app, "demo02"), reason=reason)
        seen.append(verdict(pocket_app, book))
    assert seen == ["VALID", "SUSPENDED", "VALID"]


def test_a_newer_book_ends_the_older(pocket_app: Pocket) -> None:
    phone, tablet = (verified(pocket_app.signed_in("demo01")) for _ in range(2))
    first, second = book_of(fetched(phone)), book_of(fetched(tablet))
    assert (verdict(pocket_app, first), verdict(pocket_app, second)) == ("REVOKED", "VALID")


def test_the_page_without_a_network_holds_nothing_of_anybody(pocket_app: Pocket) -> None:
    mine = pocket_app.signed_in("demo01").get("/code/offline").text
    assert mine == Visitor(pocket_app.app).get("/code/offline").text
    assert "林晓岚" not in mine


# --- in a browser ----------------------------------------------------------------------------------

needs_bundle = pytest.mark.skipif(
    application.built("qr-draw.js") is None,
    reason="the page is not built: node verifier/pwa/build.mjs",
)


def ready(page: Any, pocket_app: Pocket) -> Trust:
    """A phone with a book, its worker in place; what a reader knows who has just fetched everything."""
    page.clock.install(time=NOW)
    browse_in(page, "demo01")
    page.goto("/code/book")
    page.click("text=先验证本人")
    page.fill("#password", PASSWORD)
    page.click("text=验证 >> nth=-1")
    page.wait_for_selector("[data-fetch]")
    page.click("text=同意并下载")
    page.wait_for_selector("[data-kept]:not([hidden])")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    pocket_app.care()
    return pocket_app.trust()


def shown(page: Page) -> tuple[int, str, float]:
    """Number and text of the code on the screen, and the page's time in seconds since `NOW`."""
    page.wait_for_selector(".code-drawn[data-index]")
    index, text, at = page.eval_on_selector(
        ".code-drawn", "(code) => [code.dataset.index, code.dataset.text, Date.now() / 1000]"
    )
    return int(index), text, at - NOW.timestamp()


def go_to(page: Page, second: float) -> None:
    """Moves the page's clock on to a time since `NOW`: it runs by itself as well, however slow the machine is."""
    at = page.evaluate("Date.now() / 1000") - NOW.timestamp()
    page.clock.fast_forward(max(0, int((second - at) * 1000)))


@needs_bundle
def test_two_hours_without_a_network(pocket_phone: Any, pocket_app: Pocket) -> None:
    """Every code of the book, over reloads and a sleep: each is fresh, and each verifies."""
    page = pocket_phone
    trust = ready(page, pocket_app)
    page.context.set_offline(True)
    page.goto("/code/offline")
    first, text, _ = shown(page)
    assert page.inner_text(".held-name") == "林晓岚"
    assert scan.read(page.screenshot()) == (text,)
    seen = {}
    while True:
        index, text, at = shown(page)
        assert 0 <= at - 20 * index < 30
        assert verify(text, trust=trust, now=NOW + timedelta(seconds=at)).credential.facts.name
        seen[index] = text
        if index in (60, 200):  # twenty minutes, and later on, the page is loaded again
            page.reload()
            again, other, _ = shown(page)
            assert again >= index
            assert (other == text) == (again == index)
        upcoming = index + (30 if index == 100 else 1)  # and once the phone sleeps for ten minutes
        if upcoming == 360:
            break
        go_to(page, 20 * upcoming + 2)
        page.wait_for_selector(f".code-drawn[data-index='{upcoming}']")
    assert len(seen) == len(set(seen.values())) == 360 - first - 29
    assert "时间未核对" not in page.inner_text(".held-notice")
    go_to(page, 7200 + 40)
    page.wait_for_selector(".code-stopped:not([hidden])")
    assert "已用完" in page.inner_text(".code-why")


@needs_bundle
def test_a_live_code_that_does_not_come_is_taken_from_the_book(
    pocket_phone: Any, pocket_app: Pocket
) -> None:
    page = pocket_phone
    trust = ready(page, pocket_app)
    page.goto("/code")
    page.click("text=确认 >> nth=-1")
    page.wait_for_selector(".code-drawn:not([hidden])")
    page.context.set_offline(True)
    page.clock.fast_forward(21_000)
    page.wait_for_url("**/code/offline")
    page.wait_for_selector(".code-drawn[data-index]")
    text = page.get_attribute(".code-drawn", "data-text")
    assert verify(text, trust=trust, now=NOW + timedelta(seconds=22))


@needs_bundle
def test_signing_out_takes_the_book_along(pocket_phone: Any, pocket_app: Pocket) -> None:
    page = pocket_phone
    ready(page, pocket_app)
    stored = page.evaluate(
        """async () => {
            const opened = await new Promise((done) => {
                const asked = indexedDB.open("yizheng-wallet", 1);
                asked.onsuccess = () => done(asked.result);
            });
            const store = opened.transaction("kept").objectStore("kept");
            const get = (name) => new Promise((done) => {
                const asked = store.get(name);
                asked.onsuccess = () => done(asked.result);
            });
            const [key, holder] = [await get("key"), await get("holder")];
            opened.close();
            return [key.extractable, new TextDecoder().decode(holder.data).includes("林晓岚")];
        }"""
    )
    assert stored == [False, False]
    page.goto("/me")
    page.click("text=退出登录")
    page.wait_for_url("**/")
    page.goto("/code/offline")
    page.wait_for_selector(".code-stopped:not([hidden])")
    assert "没有脱网码包" in page.inner_text(".code-why")
    assert page.is_hidden(".held-who")


@needs_bundle
def test_a_book_ended_from_elsewhere_is_thrown_away(pocket_phone: Any, pocket_app: Pocket) -> None:
    page = pocket_phone
    ready(page, pocket_app)
    book_of(fetched(verified(pocket_app.signed_in("demo01"))))
    page.goto("/code/offline")
    page.wait_for_selector(".code-stopped:not([hidden])")
    assert "已被停用" in page.inner_text(".code-why")
    page.reload()
    page.wait_for_selector(".code-stopped:not([hidden])")
    assert "没有脱网码包" in page.inner_text(".code-why")
