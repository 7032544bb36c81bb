"""A second account for one identity: refused without a word of the first one, and looked at by a person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from registry import models, roll
from registry.roll import Account
from registry.store import Store
from tests.web.conftest import Clock, SignIn, Visitor, hidden

MOBILE = "13912340777"
WHY = "已核对身份证原件"


class Applicant(Visitor):
    """Somebody who signs up under the identity of demo01."""

    def __init__(self, app: Flask, outbox: Path, holder: Account) -> None:
        super().__init__(app)
        self.outbox, self.holder = outbox, holder

    def sign_up(self) -> Any:
        self.post("/sign-up", {"mobile": MOBILE, "agreed": "yes"})
        self.post("/sign-up/code", {"code": self.code()})
        said = {"name": self.holder.name, "id_number": self.holder.id_number}
        return self.post("/identity", said)

    def code(self) -> str:
        sent = max(self.outbox.iterdir()).read_text("utf-8")
        assert sent.startswith(f"to: {MOBILE}")
        return sent.split("验证码 ")[1][:6]

    def sign_in_by_code(self) -> Any:
        self.post("/sign-in/code", {"mobile": MOBILE, "send": "yes"})
        return self.post("/sign-in/code", {"mobile": MOBILE, "code": self.code()})


@pytest.fixture
def applicant(app: Flask, store: Store, tmp_path: Path) -> Applicant:
    made = Applicant(app, tmp_path / "outbox", account(store, "demo01"))
    answer = made.sign_up()
    assert answer.status_code == 409
    assert "无法用此身份注册，已提交人工核实" in answer.text
    assert "demo01" not in answer.text
    return made


def test_both_are_masked_and_nobody_else_sees_them(applicant: Applicant, signed_in: SignIn) -> None:
    page = signed_in("admin-demo").get("/admin/identities").text
    holder = applicant.holder
    assert f"{holder.name[0]}**" in page
    assert "139****0777" in page
    for secret in (holder.id_number, holder.mobile, holder.name, MOBILE):
        assert not secret or secret not in page
    for name in ("clerk-hainan", "officer1-hc46", "demo01"):
        assert signed_in(name).get("/admin/identities").status_code == 403


def test_the_same_person_gets_the_account_at_the_new_number(
    applicant: Applicant, signed_in: SignIn, store: Store, clock: Clock
) -> None:
    old_phone, admin = signed_in("demo01"), signed_in("admin-demo")
    decide = f"/admin/identities/{claim(store).id}"
    assert admin.post(decide, {"what": "move", "why": " "}).status_code == 422
    assert admin.post(decide, {"what": "move", "why": WHY}).status_code == 303
    assert "没有待核实的身份" in admin.get("/admin/identities").text
    assert old_phone.get("/me").status_code == 303  # signed out at once
    clock.later(minutes=2)  # the next code may be sent
    assert applicant.sign_in_by_code().status_code == 303
    assert applicant.holder.name in applicant.get("/me").text
    assert account(store, "demo01").mobile == MOBILE
    assert (claim(store).name, claim(store).id_number) == ("", "")
    assert deeds(store)[-1] == ("identity.moved", "admin-demo", WHY)


def test_or_it_stays_where_it_is(applicant: Applicant, signed_in: SignIn, store: Store) -> None:
    holder, admin = signed_in("demo01"), signed_in("admin-demo")
    decide = f"/admin/identities/{claim(store).id}"
    assert admin.post(decide, {"what": "keep", "why": WHY}).status_code == 303
    assert holder.get("/me").status_code == 200
    assert account(store, "demo01").mobile == applicant.holder.mobile
    assert applicant.get("/me").headers["Location"].endswith("/identity")
    assert deeds(store)[-1] == ("identity.kept", "admin-demo", WHY)
    assert admin.post(decide, {"what": "move", "why": WHY}).status_code == 404  # it is decided


def test_whoever_tries_again_is_one_case(applicant: Applicant, signed_in: SignIn) -> None:
    said = {"name": applicant.holder.name, "id_number": applicant.holder.id_number}
    assert applicant.post("/identity", said).status_code == 409
    page = signed_in("admin-demo").get("/admin/identities").text
    assert page.count('name="why"') == 1
    assert hidden(page, "csrf_token")


def account(store: Store, username: str) -> Account:
    with store.reading() as unit:
        found = roll.account_named(unit, username)
    assert found is not None
    return found


def claim(store: Store) -> Any:
    with store.reading() as unit:
        return unit.connection.execute(select(models.identity_claim)).one()


def deeds(store: Store) -> list[tuple[str, str, str]]:
    """What was decided, by whom, why."""
    table = models.audit
    query = select(table).where(table.c.action.like("identity.%")).order_by(table.c.seq)
    with store.reading() as unit:
        rows = unit.connection.execute(query).all()
    return [(row.action, row.actor, row.details.get("why", "")) for row in rows]
