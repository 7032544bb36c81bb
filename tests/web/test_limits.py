"""Guessing: per account and per address, with the owner never locked out; and nothing learned on the way."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask

import app as application
from registry import roll
from registry.seed import PASSWORD
from registry.store import Store
from registry.web.limits import limiter
from registry.web.settings import Settings
from tests.web.conftest import Clock, Visitor

ENOUGH = 45
"""More than two minutes' worth of the limit, as a minute may turn in between."""


class Somewhere(Visitor):
    """A visitor at an address of one's own."""

    def __init__(self, app: Flask, address: str) -> None:
        super().__init__(app)
        self.client.environ_base["REMOTE_ADDR"] = address

    def try_to_sign_in(self, login: str, password: str) -> int:
        return int(self.post("/sign-in", {"login": login, "password": password}).status_code)


@pytest.fixture
def limited(settings: Settings, store: Store, clock: Clock) -> Any:
    """The application with its limits on."""
    on = settings.model_copy(update={"rate_limits": True})
    yield application.create_app(on, store=store, clock=clock, testing=True)
    limiter.reset()
    limiter.enabled = False


def test_an_address_that_guesses_is_stopped_and_the_owner_elsewhere_is_not(limited: Flask) -> None:
    thief, owner = Somewhere(limited, "192.0.2.66"), Somewhere(limited, "198.51.100.7")
    said = Counter(thief.try_to_sign_in("demo01", f"wrong{n}") for n in range(ENOUGH))
    assert set(said) == {401, 429}
    stopped = thief.post("/sign-in", {"login": "demo01", "password": PASSWORD})
    assert stopped.status_code == 429
    assert "操作过于频繁" in stopped.text
    assert int(stopped.headers["Retry-After"]) > 0
    # The account is locked for its owner as well, and a code to the mobile number still opens it.
    assert owner.try_to_sign_in("demo01", PASSWORD) == 401
    assert owner.try_to_sign_in("demo02", PASSWORD) == 303


def test_the_second_way_in_is_open_while_the_password_is_locked(
    limited: Flask, store: Store, settings: Settings
) -> None:
    for n in range(6):
        Somewhere(limited, f"192.0.2.{n}").try_to_sign_in("demo01", "wrong")
    with store.reading() as unit:
        account = roll.account_named(unit, "demo01")
    assert account is not None
    assert account.locked_until is not None
    owner = Somewhere(limited, "198.51.100.7")
    owner.post("/sign-in/code", {"mobile": account.mobile, "send": "yes"})
    newest = max((settings.data / "outbox").iterdir())
    code = digits(newest.read_text("utf-8"))
    answer = owner.post("/sign-in/code", {"mobile": account.mobile, "code": code})
    assert answer.status_code == 303, answer.text


def digits(text: str) -> str:
    """The six digits of a message."""
    found = re.search(r"(?<!\d)\d{6}(?!\d)", text)
    assert found, text
    return found.group()


def test_one_password_over_many_accounts_is_stopped(limited: Flask) -> None:
    sprayer = Somewhere(limited, "192.0.2.66")
    said = Counter(
        sprayer.try_to_sign_in(f"demo{1 + n % 40:02}", "Sommer2026") for n in range(ENOUGH)
    )
    assert set(said) == {401, 429}
    assert said[401] <= 40


def test_codes_are_not_sent_without_end(limited: Flask, clock: Clock) -> None:
    visitor, said = Somewhere(limited, "192.0.2.66"), Counter[int]()
    for n in range(25):
        clock.now += timedelta(minutes=2)
        form = {"mobile": f"1380013{n:04}", "agreed": "yes"}
        said[visitor.post("/sign-up", form).status_code] += 1
    assert set(said) == {303, 429}


@pytest.mark.parametrize("case", ["unknown", "wrong", "locked"])
def test_every_refusal_costs_one_hash(
    app: Flask, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    """Whoever measures the time of an answer learns nothing, as each does the same dear thing once."""
    login = {"unknown": "nobody", "wrong": "demo01", "locked": "demo03"}[case]
    password = "wrong" if case == "wrong" else PASSWORD
    if case == "locked":
        with store.writing() as unit:
            account = roll.account_named(unit, login)
            assert account is not None
            roll.set_account(unit, account.id, locked_until=clock.now + timedelta(minutes=5))
    Visitor(app).post("/sign-in", {"login": "nobody", "password": "warm"})
    hashed, verify = [], PasswordHasher.verify

    def counted(self: PasswordHasher, hash: str | bytes, password: str | bytes) -> bool:
        hashed.append(hash)
        return verify(self, hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    answer = Visitor(app).post("/sign-in", {"login": login, "password": password})
    assert (answer.status_code, len(hashed)) == (401, 1)


def test_who_is_known_is_not_told_by_the_other_forms(app: Flask, store: Store) -> None:
    """Sign-up and recovery answer for a number that has an account as for one that has none."""
    with store.reading() as unit:
        known = roll.account_named(unit, "demo01")
    assert known is not None
    for path, field in (("/sign-up", "mobile"), ("/recover", "to")):
        answers = set()
        for number in (str(known.mobile), "13800138000"):
            form = {field: number, "agreed": "yes", "send": "yes"}
            answer = Visitor(app).post(path, form, follow_redirects=True)
            answers.add((answer.status_code, plain(answer.text, number)))
        assert len(answers) == 1, path


def plain(page: str, number: str) -> str:
    """A page without what differs for everybody: tokens and the number itself."""
    page = re.sub(r'value="[^"]*"|nonce="[^"]*"', "", page)
    return page.replace(number[:3], "").replace(number[-4:], "")
