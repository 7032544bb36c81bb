"""The desks in a real browser: ten applications by the keyboard alone, one application over three desks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from registry.seed import PASSWORD
from registry.store import Store
from registry.workflow import Status
from tests.web.conftest import Clock, Watched
from tests.web.desks import first_waiting, stored, waiting


@pytest.fixture
def screen(chromium: Any, served: str) -> Iterator[Any]:
    """A page at the size of a desk; it fails a test that left errors behind."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, locale="zh-CN", base_url=served
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
