"""What holds for every page: who may open it, headers, tokens, sessions, refusals, languages."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from registry import models, queues, roll
from registry.roles import Role
from registry.seed import PASSWORD
from registry.store import Store
from registry.web.access import access_of
from registry.web.service import service
from tests.web.conftest import Clock, SignIn, Visitor, hidden

PERSONAL = ("/", "/business", "/me", "/records", "/qualifications", "/applications", "/messages")


def test_every_view_says_who_may_open_it(app: Flask) -> None:
    said = {rule.endpoint: access_of(app, rule.endpoint) for rule in app.url_map.iter_rules()}
    assert len(said) > 30
    assert {each.roles is None for each in said.values()} == {True, False}


def test_a_view_that_does_not_say_is_refused(app: Flask) -> None:
    app.view_functions["forgotten"] = lambda: ""
    with pytest.raises(TypeError, match="forgotten"):
        access_of(app, "forgotten")


def test_no_page_of_ones_own_without_signing_in(app: Flask, visitor: Visitor) -> None:
    seen = 0
    for rule in app.url_map.iter_rules():
        if access_of(app, rule.endpoint).roles is None or "GET" not in (rule.methods or ()):
            continue
        path = filled(rule.rule)
        answer = visitor.get(path)
        assert answer.status_code == 303, path
        assert answer.headers["Location"].startswith("/sign-in?next="), path
        seen += 1
    assert seen > 12


def test_no_change_without_signing_in(app: Flask, visitor: Visitor) -> None:
    seen = 0
    for rule in app.url_map.iter_rules():
        if access_of(app, rule.endpoint).roles is None or "POST" not in (rule.methods or ()):
            continue
        assert visitor.post(filled(rule.rule)).status_code == 401, rule.rule
        seen += 1
    assert seen > 5


def test_personal_pages_are_kept_by_nobody(signed_in: SignIn) -> None:
    visitor = signed_in("demo01")
    for path in PERSONAL:
        answer = visitor.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Cookie" in answer.headers["Vary"]


def test_the_security_headers_are_on_every_answer(visitor: Visitor) -> None:
    for path in ("/", "/sign-in", "/nowhere", "/static/registry/yizheng.css"):
        headers = visitor.get(path).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe-inline" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"


def test_no_page_has_inline_script_or_style(signed_in: SignIn) -> None:
    visitor = signed_in("demo01")
    for path in (*PERSONAL, "/business/CHANGE", "/about"):
        page = visitor.get(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)", page), path
        assert not re.search(r"\sstyle=|\son[a-z]+=", page), path


class TestTokens:
    def test_a_form_without_a_token_is_refused(self, signed_in: SignIn) -> None:
        answer = signed_in("demo01").client.post("/sign-out")
        assert answer.status_code == 403
        assert "CSRF_FAILED" in answer.text

    def test_another_sessions_token_is_refused(self, signed_in: SignIn) -> None:
        other = hidden(signed_in("demo02").get("/").text, "csrf_token")
        answer = signed_in("demo01").client.post("/sign-out", data={"csrf_token": other})
        assert answer.status_code == 403

    def test_a_form_of_another_site_is_refused(self, signed_in: SignIn) -> None:
        visitor = signed_in("demo01")
        headers = {"Origin": "https://elsewhere.example"}
        assert visitor.post("/sign-out", headers=headers).status_code == 403
        assert (
            visitor.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        )
        assert visitor.get("/me").status_code == 200

    def test_ones_own_token_is_taken(self, signed_in: SignIn) -> None:
        visitor = signed_in("demo01")
        answer = visitor.post("/sign-out", headers={"Origin": "http://localhost"})
        assert answer.status_code == 303


class TestSessions:
    def test_the_cookie_is_opaque_and_closed_to_scripts(self, visitor: Visitor) -> None:
        answer = visitor.post("/sign-in", {"login": "demo01", "password": PASSWORD})
        (cookie,) = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("yizheng=")]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert re.match(r"yizheng=[\w-]{43};", cookie)

    def test_over_https_the_cookie_is_bound_to_the_host(self, app: Flask, visitor: Visitor) -> None:
        secure = service_of(app).settings.model_copy(update={"base_url": "https://yizheng.example"})
        change_settings(app, secure)
        answer = visitor.client.get("/sign-in")
        token = hidden(answer.text, "csrf_token")
        answer = visitor.client.post(
            "/sign-in", data={"login": "demo01", "password": PASSWORD, "csrf_token": token}
        )
        cookies = answer.headers.getlist("Set-Cookie")
        assert any(c.startswith("__Host-yizheng=") and "Secure" in c for c in cookies)
        assert answer.headers["Strict-Transport-Security"]

    def test_signing_in_changes_the_cookies(self, app: Flask) -> None:
        visitor = Visitor(app)
        before = hidden(visitor.get("/sign-in").text, "csrf_token")
        visitor.sign_in("demo01")
        first = visitor.client.get_cookie("yizheng")
        visitor.post("/sign-out")
        visitor.sign_in("demo01")
        second = visitor.client.get_cookie("yizheng")
        assert first is not None
        assert second is not None
        assert first.value != second.value
        assert hidden(visitor.get("/").text, "csrf_token") != before

    def test_after_signing_out_the_old_cookie_is_nothing(self, signed_in: SignIn) -> None:
        visitor = signed_in("demo01")
        cookie = visitor.client.get_cookie("yizheng")
        assert cookie is not None
        visitor.post("/sign-out")
        visitor.client.set_cookie("yizheng", cookie.value)
        assert visitor.get("/me").status_code == 303

    def test_a_disabled_account_is_out_at_once(self, signed_in: SignIn, store: Store) -> None:
        visitor = signed_in("demo01")
        assert visitor.get("/me").status_code == 200
        change_account(store, "demo01", active=False)
        assert visitor.get("/me").status_code == 303

    def test_a_change_of_role_counts_at_the_next_request(
        self, signed_in: SignIn, store: Store
    ) -> None:
        visitor = signed_in("demo01")
        assert visitor.get("/records").status_code == 200
        change_account(store, "demo01", role=Role.INSTITUTION_CLERK, org_id="hainan")
        assert visitor.get("/records").status_code == 403

    @pytest.mark.parametrize(("username", "idle"), [("demo01", 48), ("clerk-hainan", 0.5)])
    def test_a_session_ends_unused(
        self, signed_in: SignIn, clock: Clock, username: str, idle: float
    ) -> None:
        visitor = signed_in(username)
        page = "/desk/queue" if username.startswith("clerk") else "/me"
        clock.later(hours=idle, seconds=-1)
        assert b"/sign-out" in visitor.get(page).data
        clock.later(hours=idle)
        assert visitor.get("/messages").status_code == 303

    def test_a_session_ends_however_much_it_is_used(self, signed_in: SignIn, clock: Clock) -> None:
        visitor = signed_in("demo01")
        for _ in range(13):
            clock.later(days=1)
            assert visitor.get("/me").status_code == 200
        clock.later(days=1)
        assert visitor.get("/me").status_code == 303


class TestDevices:
    TOLD = "您的账户在另一台设备登录"

    def test_the_first_sign_in_is_no_news(self, signed_in: SignIn, tmp_path: Path) -> None:
        assert self.TOLD not in signed_in("demo01").get("/messages").text
        assert not (tmp_path / "outbox").exists()

    def test_another_device_is_told_in_the_app_and_by_message(
        self, app: Flask, signed_in: SignIn, store: Store
    ) -> None:
        change_account(store, "demo01", mobile="13912340009")
        first = signed_in("demo01")
        signed_in("demo01")
        assert first.get("/messages").text.count(self.TOLD) == 1
        with store.reading() as unit:
            (due,) = queues.to_be_sent(unit, service_of(app).clock())
            assert roll.receivers(unit, due.to_id) == ["13912340009"]

    def test_the_same_device_is_told_once(self, signed_in: SignIn) -> None:
        signed_in("demo01")
        second = signed_in("demo01")
        second.post("/sign-out")
        second.sign_in("demo01")
        assert second.get("/messages").text.count(self.TOLD) == 1

    def test_the_name_of_a_device_is_no_key(self, app: Flask, signed_in: SignIn) -> None:
        """Who has the cookie of the device, and not that of the session, is nobody."""
        known = signed_in("demo01").client.get_cookie("device")
        assert known is not None
        other = Visitor(app)
        other.client.set_cookie("device", known.value)
        assert other.get("/me").status_code == 303


class TestSigningIn:
    def test_what_is_refused_is_refused_alike(self, visitor: Visitor, store: Store) -> None:
        change_account(store, "demo03", locked_until=visitor_now(visitor) + timedelta(minutes=5))
        answers = {
            (answer.status_code, re.sub(r'value="[^"]*"', "", answer.text))
            for answer in (
                visitor.post("/sign-in", {"login": "nobody", "password": PASSWORD}),
                visitor.post("/sign-in", {"login": "demo01", "password": "wrong"}),
                visitor.post("/sign-in", {"login": "demo03", "password": PASSWORD}),
            )
        }
        assert {status for status, _ in answers} == {401}
        assert len(answers) == 1

    def test_five_wrong_passwords_lock_for_a_quarter_of_an_hour(
        self, visitor: Visitor, clock: Clock
    ) -> None:
        for _ in range(5):
            visitor.post("/sign-in", {"login": "demo01", "password": "wrong"})
        right = {"login": "demo01", "password": PASSWORD}
        assert visitor.post("/sign-in", right).status_code == 401
        clock.later(minutes=15)
        assert visitor.post("/sign-in", right).status_code == 303

    def test_four_do_not(self, visitor: Visitor) -> None:
        for _ in range(4):
            visitor.post("/sign-in", {"login": "demo01", "password": "wrong"})
        visitor.sign_in("demo01")

    @pytest.mark.parametrize(
        "elsewhere",
        [
            "https://elsewhere.example/",
            "//elsewhere.example/",
            "/\\elsewhere.example",
            "javascript:alert(1)",
        ],
    )
    def test_next_never_leads_elsewhere(self, visitor: Visitor, elsewhere: str) -> None:
        data = {"login": "demo01", "password": PASSWORD, "next": elsewhere}
        assert visitor.post("/sign-in", data).headers["Location"] == "/"

    def test_next_leads_to_a_page_of_ours(self, visitor: Visitor) -> None:
        data = {"login": "demo01", "password": PASSWORD, "next": "/records?x=1"}
        assert visitor.post("/sign-in", data).headers["Location"] == "/records?x=1"


class TestRefusals:
    def test_a_refusal_is_a_page_with_its_code(self, signed_in: SignIn) -> None:
        answer = signed_in("demo01").get("/applications/nothing")
        assert answer.status_code == 404
        assert "未找到该信息" in answer.text
        assert "NOT_FOUND" in answer.text

    def test_a_program_gets_code_and_words(self, signed_in: SignIn) -> None:
        headers = {"Accept": "application/json"}
        answer = signed_in("demo01").get("/applications/nothing", headers=headers)
        assert answer.status_code == 404
        assert answer.json == {"code": "NOT_FOUND", "zh": "未找到该信息", "en": "Nothing was found"}

    def test_a_clerk_may_not_open_a_physicians_page(self, signed_in: SignIn) -> None:
        assert signed_in("clerk-hainan").get("/records").status_code == 403

    def test_too_large_a_body(self, signed_in: SignIn) -> None:
        answer = signed_in("demo01").client.post("/sign-out", data={"x": "x" * 9_500_000})
        assert answer.status_code == 413

    def test_another_host_is_refused_in_production(self, app: Flask, visitor: Visitor) -> None:
        at = {"environment": "production", "base_url": "https://yizheng.example"}
        change_settings(app, service_of(app).settings.model_copy(update=at))
        assert visitor.get("/", headers={"Host": "elsewhere.example"}).status_code == 400
        assert visitor.get("/", headers={"Host": "yizheng.example"}).status_code == 200


class TestLanguages:
    def test_chinese_first_english_by_one_tap(self, visitor: Visitor) -> None:
        assert 'lang="zh-Hans-CN"' in visitor.get("/").text
        answer = visitor.post("/language", {"to": "en", "next": "/about"})
        assert answer.headers["Location"] == "/about"
        page = visitor.get("/about").text
        assert 'lang="en"' in page
        assert "About Yizheng" in page

    def test_english_pages_have_no_chinese_left(self, signed_in: SignIn) -> None:
        """Names of people and places aside: the frame and its words."""
        visitor = signed_in("demo32")
        visitor.post("/language", {"to": "en"})
        for path in ("/business", "/business/FIRST_REGISTRATION", "/applications", "/about"):
            page = re.sub(r"中文|医师法", "", visitor.get(path).text)
            assert not re.search(r"[\u4e00-\u9fff]", page), (
                path,
                re.findall(r"[\u4e00-\u9fff]+", page),
            )

    def test_a_page_that_answered_a_form_is_come_back_to(self, signed_in: SignIn) -> None:
        visitor = signed_in("demo01")
        page = visitor.post("/sign-in/code", {"mobile": "123", "send": "yes"})
        assert page.status_code == 422
        assert language_leads_to(page.text) == "/sign-in/code"
        page = visitor.post(
            "/security/password", {"present": "x"}, headers={"Referer": "http://localhost/security"}
        )
        assert page.status_code == 422
        assert language_leads_to(page.text) == "/security"
        page = visitor.post(
            "/security/password", {"present": "x"}, headers={"Referer": "http://evil.example/x"}
        )
        assert language_leads_to(page.text) == "/"

    def test_a_strange_language_changes_nothing(self, visitor: Visitor) -> None:
        visitor.post("/language", {"to": "../../x"})
        assert 'lang="zh-Hans-CN"' in visitor.get("/").text


def test_health_and_readiness(visitor: Visitor) -> None:
    assert visitor.get("/healthz").json == {"ok": True}
    assert visitor.get("/readyz").json == {"ok": True}


def test_it_installs_like_an_app(visitor: Visitor) -> None:
    manifest = visitor.get("/manifest.webmanifest")
    assert manifest.mimetype == "application/manifest+json"
    assert manifest.json["display"] == "standalone"
    assert visitor.get("/app-worker.js").mimetype in ("text/javascript", "application/javascript")
    assert "/v" in visitor.get("/offline").text


# --- what these tests share ----------------------------------------------------------------------


def language_leads_to(page: str) -> str:
    """Where the language switch of a page comes back to."""
    return hidden(page.split('action="/language"', 1)[1], "next")


def filled(rule: str) -> str:
    """A path of this rule."""
    return re.sub(r"<int:\w+>", "1", re.sub(r"<(?!int:)[^>]+>", "FIRST_REGISTRATION", rule))


def service_of(app: Flask) -> object:
    with app.app_context():
        return service()


def change_settings(app: Flask, settings: object) -> None:
    from dataclasses import replace

    app.extensions["yizheng"] = replace(app.extensions["yizheng"], settings=settings)


def change_account(store: Store, username: str, **columns: object) -> None:
    table = models.account
    with store.writing() as unit:
        unit.connection.execute(update(table).where(table.c.username == username).values(columns))


def visitor_now(visitor: Visitor) -> object:
    with visitor.client.application.app_context():
        return service().clock()
