"""A live code that is late: the server takes the request and answers when a test lets it.

The rule is about three seconds. It is held here by order, not by a stopwatch: the book's code is on the page
while the server still holds its answer back, within the page's own time limit.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.web.conftest import NOW, Pocket, browse_in
from tests.web.test_wallet_badge import verified
from tests.web.test_wallet_book import book_of, fetched, needs_bundle, ready
from tests.web.test_wallet_journeys import code_on
from verifier import verify

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Late:
    """An application some of whose answers are made at once and sent when `let_go` is called."""

    def __init__(self, wsgi: Wsgi) -> None:
        self.wsgi = wsgi
        self.holds: Callable[[str], bool] = lambda _path: False
        self.held: list[str] = []
        self.sent: list[str] = []
        self._go = threading.Event()

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        holds = self.holds(path)
        answer = self.wsgi(environ, start)
        if holds:
            self.held.append(path)
            self._go.wait()
            self.sent.append(path)
        return answer

    def hold(self, holds: Callable[[str], bool]) -> None:
        self.holds = holds

    def let_go(self) -> None:
        self.holds = lambda _path: False
        self._go.set()


@pytest.fixture
def late(pocket_app: Pocket) -> Iterator[Late]:
    made = Late(pocket_app.app.wsgi_app)
    pocket_app.app.wsgi_app = made  # type: ignore[method-assign]
    yield made
    made.let_go()


def only_the_next_code(path: str) -> bool:
    return path == "/code/next"


def everything(_path: str) -> bool:
    return True


def has_a_code(answer: Any) -> bool:
    return bool(answer.url.endswith("/code/next") and answer.status == 200)


def shown(page: Any) -> None:
    """Consent, and the first live code on the page."""
    page.goto("/code")
    page.click("main form button")
    page.wait_for_selector(".code-drawn:not([hidden])")


@needs_bundle
@pytest.mark.parametrize("holds", [only_the_next_code, everything])
def test_a_late_code_is_taken_from_the_book(
    pocket_phone: Any, pocket_app: Pocket, late: Late, holds: Callable[[str], bool]
) -> None:
    page = pocket_phone
    trust = ready(page, pocket_app)
    shown(page)
    late.hold(holds)
    pocket_app.clock.later(seconds=21)
    page.clock.fast_forward(21_000)
    page.wait_for_selector(".code-drawn[data-index]:not([hidden])")
    assert "/code/next" in late.held
    assert late.sent == []
    page.wait_for_timeout(300)
    text = code_on(page.screenshot())
    assert text == page.get_attribute(".code-drawn", "data-text")
    assert verify(text, trust=trust, now=NOW + timedelta(seconds=22)).credential.facts.name
    assert page.url.endswith("/code/offline")

    late.let_go()
    pocket_app.clock.later(seconds=20)
    page.clock.fast_forward(20_000)
    page.wait_for_selector(".code-drawn[data-index='2']:not([hidden])")
    page.wait_for_timeout(300)
    again = code_on(page.screenshot())
    assert again == page.get_attribute(".code-drawn", "data-text")
    assert verify(again, trust=trust, now=NOW + timedelta(seconds=42)).credential.facts.name
    assert "/code/next" in late.sent


@needs_bundle
def test_the_first_code_may_be_late_as_well(
    pocket_phone: Any, pocket_app: Pocket, late: Late
) -> None:
    page = pocket_phone
    trust = ready(page, pocket_app)
    late.hold(only_the_next_code)
    page.goto("/code")
    page.click("main form button")
    page.wait_for_selector(".code-drawn[data-index='0']:not([hidden])")
    assert (late.held, late.sent) == (["/code/next"], [])
    text = page.get_attribute(".code-drawn", "data-text")
    assert verify(text, trust=trust, now=NOW + timedelta(seconds=5)).credential.facts.name


@needs_bundle
def test_a_code_in_time_is_the_live_one(pocket_phone: Any, pocket_app: Pocket, late: Late) -> None:
    """The twin: with a book on the device, and nothing held back."""
    page = pocket_phone
    ready(page, pocket_app)
    shown(page)
    before = page.get_attribute(".code-drawn", "src")
    pocket_app.clock.later(seconds=20)
    with page.expect_response("**/code/next") as answer:
        page.clock.fast_forward(21_000)
    page.wait_for_function("(src) => document.querySelector('.code-drawn').src !== src", arg=before)
    assert page.url.endswith("/code/show")
    assert page.is_hidden(".held-notice")
    assert late.held == []
    page.wait_for_timeout(300)
    text = code_on(page.screenshot())
    assert text == answer.value.json()["link"]
    assert pocket_app.verdict(text) == "VALID"


@needs_bundle
def test_a_book_that_was_ended_stops_when_the_late_answer_says_so(
    pocket_phone: Any, pocket_app: Pocket, late: Late
) -> None:
    """The book takes over without waiting for the network again; its word still counts when it comes."""
    page = pocket_phone
    ready(page, pocket_app)
    shown(page)
    book_of(fetched(verified(pocket_app.signed_in("demo01"))))  # a newer one, elsewhere
    late.hold(lambda path: path in ("/code/next", "/code/book/alive"))
    page.clock.fast_forward(21_000)
    page.wait_for_selector(".code-drawn[data-index]:not([hidden])")
    late.let_go()
    page.wait_for_selector(".code-stopped:not([hidden])")
    assert "已被停用" in page.inner_text(".code-why")
    assert page.is_hidden(".code-drawn")


def test_without_a_book_the_page_says_what_to_do(
    pocket_phone: Any, pocket_app: Pocket, late: Late
) -> None:
    page = pocket_phone
    page.clock.install(time=NOW)
    browse_in(page, "demo01")
    shown(page)
    first = page.get_attribute(".code-drawn", "src")
    pocket_app.clock.later(seconds=20)
    late.hold(only_the_next_code)
    page.clock.fast_forward(21_000)
    page.wait_for_selector(".held-notice:not([hidden])")
    assert (late.held, late.sent) == (["/code/next"], [])
    words = page.inner_text(".held-notice")
    for said in ("没有及时应答", "保持本页打开", "自动重试", "脱网码包"):
        assert said in words
    # The code on the page counts for its thirty seconds, and not longer.
    assert page.get_attribute(".code-drawn", "src") == first
    page.clock.fast_forward(10_000)
    page.wait_for_selector(".code-wait:not([hidden])")
    assert page.is_hidden(".code-drawn")

    pocket_app.clock.later(seconds=15)
    with page.expect_response(has_a_code) as answer:
        late.let_go()
        page.clock.fast_forward(6_000)
    page.wait_for_selector(".code-drawn:not([hidden])")
    page.wait_for_timeout(300)
    text = code_on(page.screenshot())
    assert text == answer.value.json()["link"]
    assert pocket_app.verdict(text) == "VALID"
    assert page.is_hidden(".held-notice")
