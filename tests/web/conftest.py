"""The application over the demonstration country, for its test client and for a real browser.

The country is made once for each process and copied for each test. The clock stands still unless a test moves it.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from waitress import wasyncore
from waitress.server import create_server

import app as application
from credential.text import Text
from credential.trust_list import Bundle, SignedTrustList
from issuer.office import Authority
from registry import migrations, pocket, worker
from registry.seed import PASSWORD
from registry.store import Store
from registry.web.settings import Settings
from verifier import VerificationError, verify
from verifier.trust import Pin, Trust, accept_list
from verifier.verify import Verified
from wallet.web.keeping import look_after_books, tell_of_prints

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
]


class Clock:
    """A clock that a test moves."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture(scope="session")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the demonstration country, as it stands at `NOW`."""
    path = tmp_path_factory.mktemp("country") / "registry.db"
    store = Store.open(f"sqlite:///{path}")
    migrations.upgrade(store)
    application.seed_demo(store, NOW)
    store.close()
    return path


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(country: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copy(country, tmp_path / "registry.db")
    opened = Store.open(f"sqlite:///{tmp_path / 'registry.db'}")
    yield opened
    opened.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        database=f"sqlite:///{tmp_path / 'registry.db'}",
        issuer_home=tmp_path / "issuer",
        data=tmp_path,
        rate_limits=False,
    )


@pytest.fixture
def app(store: Store, settings: Settings, clock: Clock) -> Flask:
    return application.create_app(settings, store=store, clock=clock, testing=True)


def csrf_of(client: FlaskClient, path: str = "/sign-in") -> str:
    """The CSRF token of this client's pages."""
    return _hidden(client.get(path, follow_redirects=True).text, "csrf_token")


def hidden(page: str, name: str) -> str:
    """The value of a hidden field of a page."""
    return _hidden(page, name)


def _hidden(page: str, name: str) -> str:
    marker = f'name="{name}" value="'
    assert marker in page, f"no field {name}"
    return page.split(marker, 1)[1].split('"', 1)[0]


class Visitor:
    """Somebody at a browser without scripts: a client that knows its CSRF token."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(path, **options)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> Any:
        """A form sent with the token of a page fetched before."""
        token = csrf_of(self.client)
        return self.client.post(path, data={"csrf_token": token, **(data or {})}, **options)

    def sign_in(self, username: str, password: str = PASSWORD) -> Visitor:
        answer = self.post("/sign-in", {"login": username, "password": password})
        assert answer.status_code == 303, answer.text
        return self


SignIn = Callable[[str], Visitor]


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app)


@pytest.fixture
def signed_in(app: Flask) -> SignIn:
    """``signed_in("demo01")``: a visitor of one's own for each name."""
    return lambda username: Visitor(app).sign_in(username)


# --- issuers and credentials ----------------------------------------------------------------------

HOST = "localhost:8000"
"""The host that stands in codes. Browsers take ``localhost`` for a domain, which user verification needs."""


@pytest.fixture(scope="session")
def issued_country(country: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demonstration country, its issuers, and every licence and badge signed."""
    folder = tmp_path_factory.mktemp("issued")
    shutil.copy(country, folder / "registry.db")
    store = Store.open(f"sqlite:///{folder / 'registry.db'}")
    office = application.office_of(wallet_settings(folder))
    with store.writing() as unit:
        authorities = unit.authorities()
        for code, _, _ in authorities:
            pocket.set_book_span(unit, code, 4 * 3600)
    for code, name, region in authorities:
        words = Text(name, f"Health authority {code}")
        prefix = application._prefix(region)
        office.add(Authority(office.issuer(code), words, (prefix,)), now=NOW)
    worker.work(store, office, clock=lambda: NOW)
    store.close()
    return folder


def wallet_settings(folder: Path) -> Settings:
    return Settings(
        base_url=f"http://{HOST}",
        database=f"sqlite:///{folder / 'registry.db'}",
        issuer_home=folder / "issuer",
        data=folder,
        rate_limits=False,
    )


class Pocket:
    """The application with issuers and credentials; what a verifier says who has just fetched everything."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.settings = wallet_settings(folder)
        self.store = Store.open(self.settings.database)
        self.office = application.office_of(self.settings)
        self.clock = clock
        self.app = application.create_app(
            self.settings, store=self.store, clock=clock, testing=True
        )

    def signed_in(self, username: str) -> Visitor:
        return Visitor(self.app).sign_in(username)

    def care(self) -> None:
        """What the worker of a serving process does, once."""
        wallet = application.wallet_over(self.store, self.office)
        look_after_books(self.store, wallet, now=self.clock())
        tell_of_prints(self.app.extensions["yizheng"].desk, now=self.clock())
        worker.work(self.store, self.office, clock=self.clock)

    def trust(self, *, later: float = 0) -> Trust:
        now = self.clock() + timedelta(seconds=later)
        self.office.publish(now=self.clock())
        public = self.office.home.public
        parts = Bundle.from_bytes((public / "bundle").read_bytes())
        lists = public / "trust-lists"
        first = SignedTrustList.from_bytes((lists / "1").read_bytes()).content
        pin = Pin(first.environment, first.version, first.threshold, first.anchors)
        at = now.timestamp()
        content = accept_list(
            parts.trust,
            pin=pin,
            held=None,
            now=at,
            older=lambda version: (lists / str(version)).read_bytes(),
        )
        return content.with_snapshot(parts.snapshot, parts.lists, now=at)

    def verified(self, text: str, *, later: float = 0) -> Verified:
        """What a verifier says; raises its refusal."""
        now = self.clock() + timedelta(seconds=later)
        return verify(text, trust=self.trust(later=later), now=now)

    def verdict(self, text: str, *, later: float = 0) -> str:
        """``VALID``, or the name of the refusal."""
        try:
            self.verified(text, later=later)
        except VerificationError as error:
            return str(error.code)
        return "VALID"


@pytest.fixture
def pocket_app(issued_country: Path, tmp_path: Path, clock: Clock) -> Iterator[Pocket]:
    folder = tmp_path / "issued"
    shutil.copytree(issued_country, folder, symlinks=True)
    made = Pocket(folder, clock)
    yield made
    made.store.close()


@pytest.fixture
def pocket_served(pocket_app: Pocket) -> Iterator[str]:
    """The base URL of the application with credentials, really served."""
    with serving(pocket_app.app) as port:
        yield f"http://localhost:{port}"


# --- a real browser ------------------------------------------------------------------------------


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    """The base URL of the application, really served."""
    with serving(app) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def serving(app: Flask) -> Iterator[int]:
    """Serves an application on a port of its own."""
    with running(create_server(app, host="127.0.0.1", port=0, threads=4)) as port:
        yield port


@contextmanager
def running(server: Any) -> Iterator[int]:
    """A waitress server at work in a thread; yields its port."""
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield int(server.effective_port)
    # Closed by its own thread: a descriptor that goes away under its select() is an error there.
    server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
    thread.join(timeout=5)
    assert not thread.is_alive()
    server.task_dispatcher.shutdown()


@pytest.fixture(scope="session")
def chromium(playwright: Any) -> Iterator[Any]:
    """Debian's Chromium."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield browser
    browser.close()


class Watched:
    """What a page did that it should not: errors, and requests that left the host."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.errors: list[str] = []
        self.bytes = 0

    def watch(self, page: Any) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._request)

    def _console(self, message: Any) -> None:
        expected = ("status of 4", "ERR_INTERNET_DISCONNECTED")
        if message.type == "error" and not any(each in message.text for each in expected):
            self.errors.append(message.text)

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.base, "data:", "blob:")):
            self.errors.append(f"left the host: {request.url}")


@pytest.fixture
def phone(chromium: Any, served: str) -> Iterator[Any]:
    """A page at phone size on the served application; it fails a test that left errors behind."""
    context = chromium.new_context(
        viewport={"width": 360, "height": 780}, locale="zh-CN", base_url=served
    )
    page = context.new_page()
    page.set_default_timeout(30_000)
    watched = Watched(served)
    watched.watch(page)
    yield page
    context.close()
    assert watched.errors == []


@pytest.fixture
def pocket_phone(chromium: Any, pocket_served: str) -> Iterator[Any]:
    """A page at phone size on the application with credentials."""
    context = chromium.new_context(
        viewport={"width": 360, "height": 780},
        device_scale_factor=2,
        locale="zh-CN",
        base_url=pocket_served,
        accept_downloads=True,
    )
    page = context.new_page()
    page.set_default_timeout(30_000)
    watched = Watched(pocket_served)
    watched.watch(page)
    yield page
    context.close()
    assert watched.errors == []


def browse_in(page: Any, username: str) -> None:
    """Signs in in a real browser."""
    page.goto("/sign-in")
    page.fill("#login", username)
    page.fill("#password", PASSWORD)
    page.click("main form button")
    page.wait_for_url("**/")
