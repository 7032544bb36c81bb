"""From nothing to a first registration in a real browser; and what a correction is like."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import select

from registry import models
from registry.desk import Desk
from registry.kinds import KINDS, ApplicationKind
from registry.roles import Actor, Role, UserId
from registry.store import Store
from registry.workflow import Action, ApplicationId, Status, Word
from tests.web.conftest import Clock, Visitor
from tests.web.test_journeys import fill, sign_in, status_of

NAME = "施雨晴"  # of the demonstration: in the data, without an account
MOBILE = "13912345678"
PASSWORD = "Langes7Wort"
K = ApplicationKind


def code_sent(outbox: Path) -> str:
    """The six digits of the last message."""
    last = max(outbox.iterdir())
    return last.read_text("utf-8").split("验证码 ")[1][:6]


def test_from_sign_up_to_a_first_registration(phone: Any, store: Store, tmp_path: Path) -> None:
    id_number, qualification = of_the_data(store)
    phone.goto("/")
    phone.click("text=我是医师")
    phone.click("text=注册账户")
    phone.fill("#mobile", MOBILE)
    phone.check("input[name=agreed]")
    phone.click("button:has-text('获取验证码')")
    phone.wait_for_selector("#code")
    phone.fill("#code", code_sent(tmp_path / "outbox"))
    phone.click("button:has-text('下一步')")
    phone.wait_for_selector("#id_number")
    phone.fill("#name", NAME)
    phone.fill("#id_number", id_number)
    phone.click("button:has-text('开始认证')")
    phone.wait_for_selector(f"text={NAME}")
    phone.goto("/records")  # where the way to user name and password begins (manual, 1.1 rule 2)
    phone.wait_for_selector("#username")
    phone.fill("#username", "shiyuqing")
    phone.fill("#password", PASSWORD)
    phone.fill("#again", PASSWORD)
    phone.click("button:has-text('设置')")
    phone.wait_for_selector("#qualification_number")
    phone.fill("#qualification_number", qualification)
    phone.click("button:has-text('激活我的账户')")
    phone.wait_for_selector(".badge-y.good:has-text('已激活')")
    phone.goto("/business/FIRST_REGISTRATION")
    phone.click("button:has-text('开始办理')")
    for number, _ in enumerate(KINDS[K.FIRST_REGISTRATION].pages, 1):
        phone.wait_for_url(f"**/applications/*/{number}")
        fill(phone)
        phone.click("button[value=next]")
    phone.wait_for_url("**/check")
    phone.click("button:has-text('确定，提交')")
    phone.wait_for_selector(".notice-good:has-text('已提交')")
    phone.goto("/applications")
    assert phone.locator("li:has-text('注册'):has-text('待机构审核')").count() == 1
    assert status_of(store, "shiyuqing", K.FIRST_REGISTRATION) is Status.INSTITUTION_REVIEW


def test_returned_corrected_submitted_again(
    phone: Any, store: Store, app: Any, clock: Clock
) -> None:
    desk: Desk = app.extensions["yizheng"].desk
    clerk = Actor(user_id=UserId("clerk-hainan"), role=Role.INSTITUTION_CLERK, org_id="hainan")
    one = ApplicationId(application_of(store, "demo17"))
    desk.act(
        one,
        Action.RETURN,
        by=clerk,
        seen=desk.view(one, by=clerk, now=clock.now).seen,
        request="0" * 32,
        now=clock.now,
        word=Word(opinion="请更正执业范围"),
    )
    sign_in(phone, "demo17")
    phone.goto(f"/applications/{one}")
    phone.click("a:has-text('修改')")
    phone.wait_for_selector(".notice-needs:has-text('请更正执业范围')")
    phone.click("button[value=next]")
    phone.wait_for_url("**/2")
    phone.uncheck("input[name=scopes]:checked")
    phone.check("input[value='CLINICAL.SURGERY']")
    phone.click("button[value=back]")
    phone.wait_for_url("**/1")
    phone.click("button[value=next]")
    phone.wait_for_url("**/2")
    assert phone.is_checked("input[value='CLINICAL.SURGERY']")  # going back lost nothing
    phone.goto(f"/applications/{one}/check")
    phone.click("button:has-text('确定，提交')")
    phone.wait_for_selector(".notice-good:has-text('已提交')")
    assert status_of(store, "demo17", K.FIRST_REGISTRATION) is Status.INSTITUTION_REVIEW


def test_another_code_is_counted_down_to(phone: Any, clock: Clock, tmp_path: Path) -> None:
    ask_for_a_code(phone)
    again = phone.locator("button[data-wait]")
    assert again.is_disabled()
    assert "(" in again.inner_text()
    clock.later(seconds=61)
    phone.reload()
    assert again.is_enabled()
    again.click()
    phone.wait_for_selector(".notice-good")
    assert len(list((tmp_path / "outbox").iterdir())) == 2
    assert again.is_disabled()


def test_without_scripts_the_server_says_when_it_is_too_soon(
    visitor: Visitor, clock: Clock
) -> None:
    visitor.post("/sign-up", {"mobile": MOBILE, "agreed": "yes"})
    page = visitor.get("/sign-up/code").text
    assert 'data-wait="60"' in page
    assert " disabled" not in page
    assert visitor.post("/sign-up/code", {"send": "yes"}).status_code == 429
    clock.later(seconds=45)
    assert 'data-wait="15"' in visitor.get("/sign-up/code").text
    clock.later(seconds=16)
    assert visitor.post("/sign-up/code", {"send": "yes"}).status_code == 303


def test_too_soon_is_asked_for_the_code_that_is_under_way(visitor: Visitor) -> None:
    ask = {"mobile": MOBILE, "send": "yes"}
    visitor.post("/sign-in/code", ask)
    answer = visitor.post("/sign-in/code", ask)
    assert answer.status_code == 429
    assert 'name="code"' in answer.text


def ask_for_a_code(phone: Any) -> None:
    phone.goto("/sign-up")
    phone.fill("#mobile", MOBILE)
    phone.check("input[name=agreed]")
    phone.click("button:has-text('获取验证码')")
    phone.wait_for_selector("#code")


def of_the_data(store: Store) -> tuple[str, str]:
    """Identity number and qualification number of the one without an account."""
    people, held = models.person, models.qualification
    with store.reading() as unit:
        query = (
            select(people.c.id_number, held.c.number)
            .join(held, held.c.person_id == people.c.id)
            .where(people.c.name == NAME)
        )
        id_number, number = unit.connection.execute(query).one()
    return id_number, number


def application_of(store: Store, username: str) -> str:
    table, accounts = models.application, models.account
    with store.reading() as unit:
        query = (
            select(table.c.id)
            .join(accounts, accounts.c.person_id == table.c.person_id)
            .where(accounts.c.username == username)
        )
        return str(unit.connection.execute(query).scalars().one())
