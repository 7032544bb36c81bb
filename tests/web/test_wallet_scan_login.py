"""扫码登录: what signs a PC in, and each way that must not."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from registry import models
from registry.errors import RegistryError
from registry.seed import PASSWORD
from registry.tickets import answer as answer_ticket
from tests.verifier.pwa.conftest import with_camera
from tests.verifier.pwa.site import film
from tests.web.conftest import Pocket, Visitor, browse_in, serving
from verifier import scan

JSON = {"Accept": "application/json"}


def asks(pc: Visitor) -> dict[str, Any]:
    answer = pc.post("/sign-in/scan/ticket", headers=JSON)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def polls(pc: Visitor, ticket: str) -> tuple[int, str]:
    answer = pc.post("/sign-in/scan/poll", {"ticket": ticket}, headers=JSON)
    return answer.status_code, answer.json.get("state") or answer.json.get("code")


def is_in(visitor: Visitor) -> bool:
    return bool(visitor.get("/me").status_code == 200)


def confirms(phone: Visitor, ticket: str, yes: str = "yes") -> Any:
    assert phone.get(f"/login/{ticket}").status_code == 200
    return phone.post(f"/login/{ticket}", {"answer": yes})


@pytest.fixture
def pc(pocket_app: Pocket) -> Visitor:
    return Visitor(pocket_app.app)


@pytest.fixture
def phone(pocket_app: Pocket) -> Visitor:
    return pocket_app.signed_in("demo01")


def test_the_phone_signs_the_pc_in(pocket_app: Pocket, pc: Visitor, phone: Visitor) -> None:
    asked = asks(pc)
    assert polls(pc, asked["ticket"]) == (200, "NEW")
    page = phone.get(f"/login/{asked['ticket']}", headers={"User-Agent": "phone"}).text
    assert f"<strong>{asked['number']}</strong>" in page
    assert "127.0.0.1" in page
    assert "2026年11月23日 10:00" in page
    assert polls(pc, asked["ticket"]) == (200, "SCANNED")
    assert not is_in(pc)
    assert phone.post(f"/login/{asked['ticket']}", {"answer": "yes"}).status_code == 303
    assert polls(pc, asked["ticket"]) == (200, "USED")
    assert is_in(pc)
    assert "林晓岚" in pc.get("/me").text
    assert "通过扫码在一台电脑上登录" in phone.get("/messages").text


def test_what_the_phone_is_told_is_what_the_pc_says(pocket_app: Pocket, phone: Visitor) -> None:
    pc = Visitor(pocket_app.app)
    pc.client.environ_base["HTTP_USER_AGENT"] = (
        "Mozilla/5.0 (Windows NT 10.0) Chrome/150 Safari/537"
    )
    page = phone.get(f"/login/{asks(pc)['ticket']}").text
    assert "Windows" in page
    assert "Chrome" in page


def test_a_ticket_is_used_once(pc: Visitor, phone: Visitor) -> None:
    ticket = asks(pc)["ticket"]
    confirms(phone, ticket)
    secret = pc.client.get_cookie("ticket")
    assert secret is not None
    assert polls(pc, ticket) == (200, "USED")
    pc.client.set_cookie("ticket", secret.value)
    assert polls(pc, ticket) == (409, "TICKET_USED")
    assert phone.get(f"/login/{ticket}").status_code == 409
    assert phone.post(f"/login/{ticket}", {"answer": "yes"}).status_code == 409


def test_of_two_phones_one_wins(pocket_app: Pocket, pc: Visitor, phone: Visitor) -> None:
    other = pocket_app.signed_in("demo02")
    ticket = asks(pc)["ticket"]
    assert phone.get(f"/login/{ticket}").status_code == 200
    assert other.get(f"/login/{ticket}").status_code == 409
    assert other.post(f"/login/{ticket}", {"answer": "yes"}).status_code == 409
    assert phone.post(f"/login/{ticket}", {"answer": "yes"}).status_code == 303
    assert polls(pc, ticket) == (200, "USED")
    assert "林晓岚" in pc.get("/me").text


def test_two_confirmations_at_one_instant(pocket_app: Pocket, pc: Visitor, phone: Visitor) -> None:
    """Eight answers of one account at once, each in a thread of its own: one counts."""
    ticket = asks(pc)["ticket"]
    phone.get(f"/login/{ticket}")
    desk = pocket_app.app.extensions["yizheng"].desk
    from registry.sessions import signed_in

    cookie = phone.client.get_cookie("yizheng")
    assert cookie is not None
    who = signed_in(desk, cookie.value, now=pocket_app.clock())
    assert who is not None
    start, ended = threading.Barrier(8), []

    def confirm(yes: bool) -> None:
        start.wait()
        try:
            answer_ticket(desk, ticket, yes=yes, by=who, now=pocket_app.clock())
            ended.append("counted")
        except RegistryError as error:
            ended.append(str(error.code))

    threads = [threading.Thread(target=confirm, args=(n % 2 == 0,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["TICKET_USED"] * 7 + ["counted"]


def test_after_sixty_seconds(pocket_app: Pocket, pc: Visitor, phone: Visitor) -> None:
    ticket = asks(pc)["ticket"]
    pocket_app.clock.later(seconds=59)
    assert phone.get(f"/login/{ticket}").status_code == 200
    pocket_app.clock.later(seconds=1)
    assert phone.post(f"/login/{ticket}", {"answer": "yes"}).status_code == 410
    assert phone.get(f"/login/{ticket}").status_code == 410
    assert polls(pc, ticket) == (410, "TICKET_EXPIRED")
    assert not is_in(pc)


def test_confirmed_but_fetched_too_late(pocket_app: Pocket, pc: Visitor, phone: Visitor) -> None:
    ticket = asks(pc)["ticket"]
    confirms(phone, ticket)
    pocket_app.clock.later(minutes=2)
    assert polls(pc, ticket) == (410, "TICKET_EXPIRED")
    assert not is_in(pc)


def test_denying_kills_it(pc: Visitor, phone: Visitor) -> None:
    ticket = asks(pc)["ticket"]
    assert confirms(phone, ticket, "no").status_code == 303
    assert polls(pc, ticket) == (200, "CANCELLED")
    assert phone.post(f"/login/{ticket}", {"answer": "yes"}).status_code == 409
    assert polls(pc, ticket) == (200, "CANCELLED")
    assert not is_in(pc)


def test_a_ticket_of_browser_a_is_of_no_use_to_browser_b(
    pocket_app: Pocket, pc: Visitor, phone: Visitor
) -> None:
    """The code on somebody's own page (QRLjacking in reverse), or photographed: no cookie, no session."""
    ticket = asks(pc)["ticket"]
    thief = Visitor(pocket_app.app)
    asks(thief)  # with a cookie of its own
    confirms(phone, ticket)
    assert polls(thief, ticket) == (403, "TICKET_MISMATCH")
    assert polls(Visitor(pocket_app.app), ticket) == (403, "TICKET_MISMATCH")
    assert not is_in(thief)
    assert polls(pc, ticket) == (200, "USED")


def test_tickets_cannot_be_guessed(pc: Visitor, phone: Visitor) -> None:
    known = {asks(pc)["ticket"] for _ in range(20)}
    assert len(known) == 20
    assert all(len(each) >= 22 for each in known)  # 128 bits in base64url
    assert phone.get("/login/" + "A" * 22).status_code == 404
    assert phone.post("/login/" + "A" * 22, {"answer": "yes"}).status_code == 404
    assert polls(pc, "A" * 22) == (404, "NOT_FOUND")


def test_nothing_of_ticket_or_secret_is_stored(pocket_app: Pocket, pc: Visitor) -> None:
    asked = asks(pc)
    cookie = pc.client.get_cookie("ticket")
    assert cookie is not None
    assert cookie.http_only
    with pocket_app.store.reading() as unit:
        row = unit.connection.execute(select(models.sign_in_ticket)).one()
    assert asked["ticket"] not in str(row)
    assert cookie.value not in str(row)
    assert cookie.value not in str(asked)


def test_only_a_physician_confirms(pocket_app: Pocket, pc: Visitor) -> None:
    ticket = asks(pc)["ticket"]
    assert "/sign-in" in Visitor(pocket_app.app).get(f"/login/{ticket}").location
    assert pocket_app.signed_in("clerk-hainan").get(f"/login/{ticket}").status_code == 403
    assert polls(pc, ticket) == (200, "NEW")


def test_a_confirmation_without_its_token_is_refused(
    pocket_app: Pocket, pc: Visitor, phone: Visitor
) -> None:
    ticket = asks(pc)["ticket"]
    phone.get(f"/login/{ticket}")
    pocket_app.app.config["WTF_CSRF_ENABLED"] = True
    answer = phone.client.post(f"/login/{ticket}", data={"answer": "yes"})
    assert answer.status_code == 403
    assert polls(pc, ticket) == (200, "SCANNED")


def test_from_one_browser_to_another(chromium: Any, pocket_served: str, pocket_app: Pocket) -> None:
    """A PC shows the code, a phone reads it off the PC's screen and confirms, the PC is signed in."""
    pc_context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, base_url=pocket_served
    )
    phone_context = chromium.new_context(
        viewport={"width": 360, "height": 780}, base_url=pocket_served
    )
    pc, phone = pc_context.new_page(), phone_context.new_page()
    browse_in(phone, "demo01")
    pc.goto("/sign-in")
    pc.click("text=扫码登录" if pc.query_selector("text=扫码登录") else "text=Sign in by scanning")
    pc.wait_for_selector(".code-drawn:not([hidden])")
    pc.wait_for_timeout(200)
    (text,) = scan.read(pc.screenshot())
    path = text.removeprefix(pocket_app.settings.base_url)
    assert path.startswith("/login/")
    phone.goto(path)
    number = pc.inner_text("[data-number]")
    assert phone.inner_text(".scan-number strong") == number
    phone.click("button[value=yes]")
    pc.wait_for_url(f"{pocket_served}/")
    assert "林晓岚" in pc.inner_text("main")
    pc_context.close()
    phone_context.close()
    assert PASSWORD not in text


def test_the_phone_scans_the_screen_of_the_pc(
    chromium: Any, playwright: Any, pocket_app: Pocket, tmp_path: Path
) -> None:
    """扫一扫 with a camera that sees the PC's screen; nothing is opened before it is pressed for."""
    with serving(pocket_app.app) as port:
        base = f"http://localhost:{port}"
        running = pocket_app.app.extensions["yizheng"]
        here = running.settings.model_copy(update={"base_url": base})
        pocket_app.app.extensions["yizheng"] = replace(running, settings=here)
        context = chromium.new_context(viewport={"width": 1280, "height": 900}, base_url=base)
        pc = context.new_page()
        pc.goto("/sign-in/scan")
        pc.wait_for_selector(".code-drawn:not([hidden])")
        pc.wait_for_timeout(200)
        (text,) = scan.read(pc.screenshot())
        seen = film([text], tmp_path / "screen.y4m", kind="default")
        with with_camera(playwright, tmp_path / "profile", seen, base_url=base) as phone:
            browse_in(phone, "demo01")
            phone.click("text=扫一扫")
            phone.wait_for_selector(".headline:has-text('登录电脑')", timeout=20_000)
            assert "/v" in phone.url
            phone.click("button:has-text('打开确认页')")
            phone.wait_for_url("**/login/*")
            assert phone.inner_text(".scan-number strong") == pc.inner_text("[data-number]")
            phone.click("button[value=yes]")
            pc.wait_for_url(f"{base}/")
            assert "林晓岚" in pc.inner_text("main")
        context.close()
