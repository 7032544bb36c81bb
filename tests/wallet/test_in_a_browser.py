"""The page's half of the code book in a real browser, its network cut: what it shows, our verifier takes."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from credential import envelope
from tests.office import NOW, at
from verifier import verify
from verifier.trust import Trust

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = Path("/usr/bin/chromium")
VECTORS = json.loads((ROOT / "tests" / "vectors" / "code-book.json").read_text("utf-8"))

OPEN = """async (hex) => {
    const { openBook } = await import("/wallet/web/js/code_book.js");
    window.rules = await import("/wallet/web/js/book_clock.js");
    window.fromHex = (text) => Uint8Array.from(text.match(/../g), (byte) => parseInt(byte, 16));
    window.toHex = (data) => Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");
    window.book = await openBook(fromHex(hex));
    return book.length;
}"""
# Two hours by a device's clock that is five minutes slow, a reading a second; what was shown when it changed.
TWO_HOURS = """(start) => {
    const reading = (second) => ({ wall: start - 300 + second, steady: second });
    let clock = rules.contact(start, reading(0));
    const seen = [];
    for (let second = 0; second < 7200; second += 1) {
        clock = rules.wentOn(clock, reading(second));
        const { index, message, notice } = rules.show(book, clock);
        if (seen.at(-1)?.index !== index) seen.push({ second, index, notice, message: toHex(message) });
    }
    return seen;
}"""
DAMAGED = """async (hex) => {
    const { openBook } = await import("/wallet/web/js/code_book.js");
    const bad = fromHex(hex);
    bad[1000] ^= 4;
    return openBook(bad).then(() => "opened", (error) => error.message);
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def page(playwright: Any) -> Iterator[Any]:
    """An empty page of a loopback server that serves the project's files."""
    handler = functools.partial(Quiet, directory=str(ROOT))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    browser = playwright.chromium.launch(
        executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-background-networking"]
    )
    opened = browser.new_context().new_page()
    opened.goto(f"http://127.0.0.1:{server.server_port}/wallet/web/js/package.json")
    yield opened
    browser.close()
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


def test_two_hours_without_a_network_every_code_verifies(page: Any, trust: Trust) -> None:
    assert page.evaluate(OPEN, VECTORS["book"]) == 360
    page.context.set_offline(True)
    seen = page.evaluate(TWO_HOURS, NOW)
    assert [shown["index"] for shown in seen] == list(range(360))
    for shown in seen:
        assert (shown["second"], shown["notice"]) == (20 * shown["index"], None)
        text = envelope.bare(bytes.fromhex(shown["message"]))
        for later in (0, 19):
            assert verify(text, trust=trust, now=at(NOW + shown["second"] + later))
    assert [shown["message"] for shown in seen][:: len(seen) - 1] == [
        VECTORS["first"],
        VECTORS["last"],
    ]


def test_a_damaged_book_is_refused_there_too(page: Any) -> None:
    assert page.evaluate(OPEN, VECTORS["book"]) == 360
    assert page.evaluate(DAMAGED, VECTORS["book"]) == "BOOK_MALFORMED:digest"
