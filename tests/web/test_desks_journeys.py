"""The desks in a real browser: ten applications by the keyboard alone, one application over three desks."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from openpyxl import load_workbook

from registry.roles import Role
from registry.seed import PASSWORD
from registry.store import Store
from registry.workflow import Status
from tests.web.conftest import Clock, Watched
from tests.web.desks import first_waiting, more_clerks, stored, waiting


@pytest.fixture
def screen(chromium: Any, served: str) -> Iterator[Any]:
    """A page at the size of a desk; it fails a test that left errors behind."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900},
        locale="zh-CN",
        base_url=served,
        accept_downloads=True,
    )
    page = context.new_page()
    page.set_default_timeout(10_000)
    watched = Watched(served)
    watched.watch(page)
    yield page
    context.close()
    assert watched.errors == []


def sign_in(page: Any, username: str) -> None:
    page.context.clear_cookies()
    page.goto("/sign-in")
    page.fill("#login", username)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_selector(".desk-in")


def test_ten_applications_by_the_keyboard_alone(screen: Any, store: Store, clock: Clock) -> None:
    made = waiting(store, clock.now, 10)
    sign_in(screen, "clerk-hainan")
    screen.goto("/desk/queue?name=排队")
    screen.wait_for_selector("[data-beside] [data-decide]")
    assert screen.locator("[data-row]").count() == 10
    screen.keyboard.press("j")
    screen.keyboard.press("k")
    screen.keyboard.press("Enter")
    for number in range(10):
        screen.wait_for_selector("main > [data-review] [data-decide]")
        if number == 3:  # one goes back, with an opinion
            screen.keyboard.press("r")
            screen.keyboard.type("请更正执业范围")
            screen.keyboard.press("Control+Enter")
        else:
            screen.keyboard.press("p")  # asks for the employment tick first
            screen.keyboard.press("Escape")
            screen.keyboard.press("e")
            screen.keyboard.press("p")
        screen.wait_for_selector(f".notice-good:has-text('{'退回' if number == 3 else '通过'}')")
        opinion = screen.locator("#opinion")
        assert opinion.count() == 0 or opinion.input_value() == ""
    states = [stored(store, each).status for each in made]
    assert states.count(Status.AUTHORITY_REVIEW) == 9
    assert states.count(Status.RETURNED_BY_INSTITUTION) == 1


def test_one_application_over_three_desks(screen: Any, store: Store) -> None:
    one = first_waiting(store, "institution_id", "hainan", Status.INSTITUTION_REVIEW)
    for username, action in (
        ("clerk-hainan", "PASS"),
        ("officer1-hc46", "ACCEPT"),
        ("officer1-hc46", "APPROVE"),
    ):
        sign_in(screen, username)
        screen.goto(f"/desk/applications/{one}")
        assert "签发新证照 2 张" in screen.inner_text("[data-will]")
        if action == "PASS":
            screen.check("input[name=employs]")
        screen.click(f"button[value={action}]")
        screen.wait_for_selector(".notice-good")
    assert stored(store, one).status is Status.APPROVED


def test_a_function_is_found_by_its_name(screen: Any) -> None:
    sign_in(screen, "clerk-hainan")
    screen.keyboard.press("Control+k")
    screen.wait_for_selector("dialog[open]")
    screen.keyboard.type("业务")
    screen.keyboard.press("Enter")
    screen.wait_for_url("**/desk/queue")


def test_two_clerks_at_two_screens(screen: Any, chromium: Any, served: str, store: Store) -> None:
    """One wins; the other reads who decided what, and keeps what was typed."""
    more_clerks(store, Role.INSTITUTION_CLERK, "hainan", "second")
    one = first_waiting(store, "institution_id", "hainan", Status.INSTITUTION_REVIEW)
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, locale="zh-CN", base_url=served
    )
    other = context.new_page()
    for page, name in ((screen, "clerk-hainan"), (other, "second")):
        sign_in(page, name)
        page.goto(f"/desk/applications/{one}")
        page.check("input[name=employs]")
        page.fill("#opinion", f"{name} 的意见")
    screen.click("button[value=PASS]")
    screen.wait_for_selector(".notice-good")
    other.click("button[value=PASS]")
    other.wait_for_selector("text=演示经办人已于")
    assert "作出「通过」" in other.inner_text("main")
    assert "second 的意见" in other.content()
    assert stored(store, one).status is Status.AUTHORITY_REVIEW
    context.close()


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (datetime(2026, 11, 23, 2, 0, tzinfo=UTC), False),  # Monday, ten o'clock in China
        (datetime(2026, 11, 23, 11, 0, tzinfo=UTC), True),  # seven in the evening
        (datetime(2026, 11, 22, 2, 0, tzinfo=UTC), True),  # Sunday
    ],
)
def test_all_fields_are_exported_by_the_clock(
    screen: Any, clock: Clock, moment: datetime, *, is_open: bool
) -> None:
    clock.now = moment
    sign_in(screen, "clerk-hainan")
    screen.goto("/institution/physicians")
    screen.select_option("select[name=format]", "xlsx")
    with screen.expect_download() as shown:
        screen.click("form.export button")
    columns = first_row(shown.value)
    assert "姓名" in columns
    assert "身份证号" not in columns
    assert screen.locator("option[value=full]").is_enabled() is is_open
    assert "18:00" in screen.inner_text("form.export")
    if is_open:
        screen.reload()  # a form that was sent is not sent twice
        screen.select_option("select[name=what]", "full")
        with screen.expect_download() as full:
            screen.click("form.export button")
        assert {"姓名", "身份证号", "资格证书编码"} <= set(first_row(full.value))


def first_row(download: Any) -> list[str]:
    sheet = load_workbook(io.BytesIO(download.path().read_bytes())).active
    return [str(cell.value or "") for cell in next(sheet.iter_rows())]


def test_a_department_from_the_institution_to_the_physician_and_back(
    screen: Any, chromium: Any, served: str, store: Store
) -> None:
    sign_in(screen, "clerk-hainan")
    screen.goto("/institution/departments")
    screen.fill("#name", "心血管内科")
    screen.check("input[name=subjects][value='03.04']")
    screen.click("#form button:has-text('确认')")
    screen.wait_for_selector("td:has-text('心血管内科')")
    context = chromium.new_context(
        viewport={"width": 360, "height": 780}, locale="zh-CN", base_url=served
    )
    phone = context.new_page()
    phone.goto("/sign-in")
    phone.fill("#login", "demo01")
    phone.fill("#password", PASSWORD)
    phone.click("main form button")
    phone.wait_for_url("**/")
    phone.goto("/business/DEPARTMENT_UPKEEP")
    phone.click("button:has-text('开始办理')")
    phone.wait_for_url("**/applications/*/1")
    phone.select_option("select[name=department_id]", label="心血管内科")
    phone.click("button[value=next]")
    phone.wait_for_url("**/check")
    phone.click("button:has-text('确定，提交')")
    phone.wait_for_selector(".notice-good:has-text('已提交')")
    context.close()
    screen.goto("/institution/physicians?name=林晓岚")
    screen.click("text=获取最新数据")
    screen.wait_for_selector("td:has-text('心血管内科')")
