"""Limits as they are in service: passwords and codes cannot be tried through, and their owner still gets in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask

import app as application
from registry import roll
from registry.accounts import password_fits
from registry.members import DOCUMENTS
from registry.ports import CourierUnavailableError
from registry.seed import PASSWORD
from registry.store import Store
from registry.web.limits import limiter
from registry.web.settings import Settings
from tests.web.conftest import Clock, Visitor
from tests.web.test_frame import change_account

MOBILE = "13912340009"
TOO_MANY = "操作过于频繁"
WRONG = "Falsches8Wort"


@pytest.fixture
def app(store: Store, settings: Settings, clock: Clock) -> Iterator[Flask]:
    """The application as it serves: with its limits on, counted from nothing."""
    limited = settings.model_copy(update={"rate_limits": True})
    made = application.create_app(limited, store=store, clock=clock, testing=True)
    limiter.reset()
    yield made
    limiter.reset()
    limiter.enabled = False


def tried(visitor: Visitor, login: str, *, address: str = "192.0.2.1") -> tuple[int, str]:
    answer = visitor.post(
        "/sign-in",
        {"login": login, "password": WRONG},
        environ_base={"REMOTE_ADDR": address},
    )
    return answer.status_code, answer.text


def test_a_hundred_wrong_passwords_and_the_owner_gets_in_by_the_other_way(
    app: Flask, visitor: Visitor, store: Store, tmp_path: Path
) -> None:
    change_account(store, "demo01", mobile=MOBILE)
    answers = [tried(visitor, "demo01") for _ in range(101)]
    assert [status for status, _ in answers[:20]] == [401] * 20
    refused = [page for status, page in answers if status == 429]
    assert refused
    assert len(refused) == sum(status != 401 for status, _ in answers)
    assert all(TOO_MANY in page for page in refused)
    owner = Visitor(app)
    owner.post("/sign-in/code", {"mobile": MOBILE, "send": "yes"})
    (sent,) = (tmp_path / "outbox").iterdir()
    code = sent.read_text("utf-8").split("验证码 ")[1][:6]
    assert owner.post("/sign-in/code", {"mobile": MOBILE, "code": code}).status_code == 303
    assert owner.get("/me").status_code == 200


def test_one_account_from_many_addresses(visitor: Visitor) -> None:
    answers = [tried(visitor, "demo01", address=f"192.0.2.{n}") for n in range(1, 32)]
    assert [status for status, _ in answers] == [401] * 30 + [429]
    assert TOO_MANY in answers[-1][1]
    other = tried(visitor, "demo02", address="192.0.2.77")
    assert other[0] == 401  # another account is weighed as ever


def test_one_password_over_many_accounts(visitor: Visitor) -> None:
    statuses = [tried(visitor, f"demo{n:02}")[0] for n in range(1, 41)]
    assert statuses[:20] == [401] * 20
    assert 429 in statuses
    assert tried(visitor, "demo50", address="192.0.2.2")[0] == 401


def test_an_account_that_is_not_there_is_throttled_alike(visitor: Visitor) -> None:
    answers = [tried(visitor, "nobody", address=f"192.0.2.{n}") for n in range(1, 32)]
    assert [status for status, _ in answers] == [401] * 30 + [429]


class Down:
    """A courier nobody answers at."""

    def send(self, *, to: str, subject: str, text: str) -> None:
        raise CourierUnavailableError("URLError")


class TestAlike:
    """Nobody learns who has an account: the same words, and as much work."""

    def test_signing_in_weighs_one_password_whoever_it_is(
        self, visitor: Visitor, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        change_account(store, "demo03", locked_until=clock.now.replace(year=2027))
        change_account(store, "demo04", active=False)
        password_fits("", "")  # the hash of nobody is computed once for a process
        weighed = counted(monkeypatch)
        for login in ("nobody", "demo01", "demo03", "demo04"):
            before = len(weighed)
            assert tried(visitor, login)[0] == 401
            assert len(weighed) - before == 1, login

    @pytest.mark.parametrize("page", ["/sign-in/code", "/recover"])
    def test_asking_for_a_code(self, app: Flask, store: Store, page: str) -> None:
        change_account(store, "demo01", mobile=MOBILE)
        field = "mobile" if page == "/sign-in/code" else "to"
        known, unknown = (
            Visitor(app).post(page, {field: number, "send": "yes"})
            for number in (MOBILE, "13912349999")
        )
        assert known.status_code == unknown.status_code == 200
        assert shown(known.text, MOBILE) == shown(unknown.text, "13912349999")

    @pytest.mark.parametrize("page", ["/sign-in/code", "/recover"])
    def test_where_the_courier_is_down(self, app: Flask, store: Store, page: str) -> None:
        app.extensions["yizheng"] = replace(app.extensions["yizheng"], sms=Down())
        self.test_asking_for_a_code(app, store, page)

    def test_signing_up(self, app: Flask, store: Store) -> None:
        change_account(store, "demo01", mobile=MOBILE)
        places = []
        for number in (MOBILE, "13912349999"):
            visitor = Visitor(app)
            answer = visitor.post("/sign-up", {"mobile": number, "agreed": "yes"})
            after = visitor.get(answer.headers["Location"])
            wrong = visitor.post("/sign-up/code", {"code": "000000"})
            places.append(
                [answer.status_code, shown(after.text), wrong.status_code, shown(wrong.text)]
            )
        assert places[0][0] == 303
        assert places[0][2] == 422
        assert [strip_numbers(each) for each in places[0]] == [
            strip_numbers(each) for each in places[1]
        ]


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every password that is really weighed from now on."""
    weighed: list[str] = []
    real = PasswordHasher.verify

    def verify(self: PasswordHasher, kept: str, password: str) -> bool:
        weighed.append(kept)
        return real(self, kept, password)

    monkeypatch.setattr(PasswordHasher, "verify", verify)
    return weighed


def shown(page: str, number: str = "") -> str:
    """What a page shows, without tokens and without what was typed."""
    import re

    page = re.sub(r'name="(csrf_token|request)" value="[^"]*"', "", page)
    return page.replace(number, "") if number else page


def strip_numbers(said: object) -> object:
    return said.replace("0009", "").replace("9999", "") if isinstance(said, str) else said


class TestDocuments:
    def test_a_new_version_is_asked_for_before_anything_else(
        self, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        visitor.sign_in("demo01")
        assert visitor.get("/records").status_code == 200
        monkeypatch.setitem(DOCUMENTS, "privacy_policy", "2027-01")
        for path in ("/", "/records", "/me"):
            assert visitor.get(path).headers["Location"].startswith("/agree?next="), path
        assert visitor.post("/security/password").status_code == 422
        page = visitor.get("/agree").text
        assert "《隐私政策》" in page
        assert "《服务协议》" not in page  # that one has not changed
        assert visitor.get("/privacy-policy").status_code == 200

    def test_agreeing_goes_on_and_is_kept_by_version(
        self, visitor: Visitor, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        visitor.sign_in("demo01")
        monkeypatch.setitem(DOCUMENTS, "privacy_policy", "2027-01")
        said = {"privacy_policy": "2027-01", "next": "/records"}
        assert visitor.post("/agree", said).status_code == 422  # without the tick
        old = visitor.post("/agree", {**said, "agreed": "yes", "privacy_policy": "2026-11"})
        assert old.status_code == 422  # a page opened before the change
        answer = visitor.post("/agree", {**said, "agreed": "yes"})
        assert answer.headers["Location"] == "/records"
        assert visitor.get("/records").status_code == 200
        assert consents(store, "demo01") == {
            ("service_agreement", "2026-11"),
            ("privacy_policy", "2026-11"),
            ("privacy_policy", "2027-01"),
        }

    def test_who_does_not_agree_may_leave(
        self, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        visitor.sign_in("demo01")
        monkeypatch.setitem(DOCUMENTS, "privacy_policy", "2027-01")
        assert visitor.get("/account/close").status_code == 200
        assert visitor.post("/sign-out").status_code == 303

    def test_a_clerk_is_not_asked(self, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(DOCUMENTS, "privacy_policy", "2027-01")
        assert visitor.sign_in("clerk-hainan").get("/desk/queue").status_code == 200


def consents(store: Store, username: str) -> set[tuple[str, str]]:
    from registry import roll

    with store.reading() as unit:
        account = roll.account_named(unit, username)
        assert account is not None
        return {(row.document, row.version) for row in roll.consents_of(unit, account.id)}


def test_a_weak_hash_of_old_is_made_anew_at_the_next_sign_in(app: Flask, store: Store) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1024).hash(PASSWORD)
    change_account(store, "demo01", password_hash=weak)
    Visitor(app).sign_in("demo01")
    with store.reading() as unit:
        account = roll.account_named(unit, "demo01")
    assert account is not None
    assert account.password_hash != weak
    assert not PasswordHasher().check_needs_rehash(account.password_hash)
    Visitor(app).sign_in("demo01")
    with store.reading() as unit:
        again = roll.account_named(unit, "demo01")
    assert again == account
