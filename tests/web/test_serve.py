"""``yizheng serve`` as a process: the demonstration it makes, worker and calendar beside it, or apart from it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import app as application
from registry import ledger
from registry.kinds import ApplicationKind
from registry.roll import account_named
from registry.seed import PASSWORD, Demo
from registry.store import Store
from registry.web.settings import DEMO_PASSPHRASE

BIN = Path(sys.executable).parent
PATIENCE_S = 90
LOOKS_EVERY_S = 1
"""How often a worker beside the service looks for orders."""


class Deployment:
    """A folder and a port; the service is started over it and interrupted again, as by Ctrl-C."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder, self.log = folder, folder / "log"
        self.base = f"http://127.0.0.1:{self.port}"
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("YIZHENG")},
            "YIZHENG_DATABASE": f"sqlite:///{folder / 'registry.db'}",
            "YIZHENG_ISSUER_HOME": str(folder / "issuer"),
            "YIZHENG_DATA": str(folder),
            "YIZHENG_BASE_URL": self.base,
            "YIZHENG_KEY_PASSPHRASE": DEMO_PASSPHRASE,
        }

    @contextmanager
    def serving(self, *options: str) -> Iterator[None]:
        command = [BIN / "yizheng", "serve", "--port", str(self.port), *options]
        with self.log.open("wb") as log:
            process = subprocess.Popen(command, env=self.environ, stdout=log, stderr=log)
        try:
            self.until(lambda: process.poll() is not None or self.answers("/readyz"))
            assert process.poll() is None, self.log.read_text()
            yield
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE_S) == 0, self.log.read_text()
        finally:
            process.kill()
            process.wait()

    def command(self, *arguments: str) -> str:
        done = subprocess.run(
            [BIN / "yizheng", *arguments], env=self.environ, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def answers(self, path: str) -> bool:
        try:
            with urllib.request.urlopen(self.base + path, timeout=PATIENCE_S) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError):
            return False

    def until(self, there: Callable[[], bool]) -> None:
        ends = time.monotonic() + PATIENCE_S
        while not there():
            if time.monotonic() > ends:
                pytest.fail(self.log.read_text()[-2000:])
            time.sleep(0.1)


def suspended(store: Store, username: str) -> None:
    """A suspend filing from the form to its approval: orders for the issuer."""
    with store.reading() as unit:
        found = account_named(unit, username)
    assert found is not None
    desk = application.new_desk(store, new_id=application.random_id, new_cti=application.random_cti)
    demo = Demo(desk=desk, now=application.clock(), portrait=application.demo_portrait)
    demo.approve(ApplicationKind.SUSPEND_FILING, found.actor, reason="RETIRED")


def waiting(store: Store) -> bool:
    """Whether an order of the registry is not yet carried out."""
    with store.reading() as unit:
        return bool(ledger.pending(unit))


def test_the_service_with_its_worker_beside_it_and_apart(tmp_path: Path) -> None:
    here = Deployment(tmp_path)
    with here.serving():
        # An empty folder has become a demonstration that says who can sign in, where, and how.
        said = here.log.read_text()
        for name in ("demo01", "clerk-", "officer", "admin-demo"):
            assert name in said
        assert re.search(rf"{re.escape(here.base)} · {re.escape(PASSWORD)}", said)
        assert here.answers("/.well-known/yizheng/bundle")
        store = Store.open(here.environ["YIZHENG_DATABASE"])
        suspended(store, "demo01")
        here.until(lambda: not waiting(store))
    with here.serving("--no-worker"):
        suspended(store, "demo02")
        assert waiting(store)
        time.sleep(3 * LOOKS_EVERY_S)
        assert waiting(store)
        assert "0 put back" in here.command("work")
        assert not waiting(store)
    store.close()
