"""Several processes of a WSGI server over one database: a session is good in all of them, whatever happens
to one; worker and calendar run apart."""

from __future__ import annotations

import http.cookiejar
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import pytest

from registry.seed import PASSWORD
from tests.web.conftest import wallet_settings

PATIENCE_S = 60


class Server:
    """gunicorn with two processes, and the environment of its deployment."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.base = f"http://127.0.0.1:{port}"
        self.log = folder / "access.log"
        settings = wallet_settings(folder)
        self.environment = {
            **os.environ,
            "YIZHENG_BASE_URL": self.base,
            "YIZHENG_DATABASE": settings.database,
            "YIZHENG_ISSUER_HOME": str(settings.issuer_home),
            "YIZHENG_DATA": str(folder),
            "YIZHENG_KEY_PASSPHRASE": settings.key_passphrase.get_secret_value(),
        }
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "gunicorn", "--workers", "2", "--threads", "4",
                "--bind", f"127.0.0.1:{port}", "--graceful-timeout", "20",
                "--access-logfile", str(self.log), "--access-logformat", "%(p)s %(s)s", "app:wsgi()",
            ],
            env=self.environment,
            cwd=Path(__file__).parents[2],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.until(self._answers)

    def _answers(self) -> bool:
        try:
            with build_opener().open(f"{self.base}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def until(self, happened: object) -> None:
        """Waits for something; fails after a minute."""
        gives_up = time.monotonic() + PATIENCE_S
        while not happened():  # type: ignore[operator]
            assert time.monotonic() < gives_up, "it did not happen in time"
            assert self.process.poll() is None, "the server is gone"
            time.sleep(0.1)

    def pids(self) -> list[int]:
        """Who has answered so far, by the process named in the log."""
        lines = self.log.read_text("utf-8").splitlines() if self.log.exists() else []
        return [int(pid) for pid in re.findall(r"<(\d+)>", "\n".join(lines))]

    def run(self, *command: str) -> str:
        """A command of the deployment, beside the server."""
        done = subprocess.run(
            [sys.executable, "-m", "registry", "--database", self.environment["YIZHENG_DATABASE"], *command],
            env=self.environment, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


@pytest.fixture
def server(issued_country: Path, tmp_path: Path) -> Iterator[Server]:
    shutil.copytree(issued_country, tmp_path / "deployed")
    started = Server(tmp_path / "deployed")
    yield started
    started.stop()


def signed_in(server: Server) -> OpenerDirector:
    browser = build_opener(HTTPCookieProcessor(http.cookiejar.CookieJar()))
    page = browser.open(f"{server.base}/sign-in", timeout=20).read().decode()
    token = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    form = {"csrf_token": token, "login": "demo01", "password": PASSWORD}
    request = urlencode(form).encode()
    answer = browser.open(f"{server.base}/sign-in", request, timeout=20)
    assert answer.url == f"{server.base}/"
    return browser


def sees_own_page(browser: OpenerDirector, server: Server) -> bool:
    """Whether the page that only its owner may open is shown; each look is a connection of its own."""
    with browser.open(f"{server.base}/me", timeout=20) as answer:
        return bool(answer.status == 200 and answer.url == f"{server.base}/me")


def test_a_session_is_good_in_every_process(server: Server) -> None:
    browser = signed_in(server)

    def both_have_answered() -> bool:
        assert sees_own_page(browser, server)
        return len(set(server.pids())) == 2

    server.until(both_have_answered)


def test_a_killed_process_and_a_reload_lose_no_session(server: Server) -> None:
    browser, seen, over = signed_in(server), [], threading.Event()

    def look() -> None:
        while not over.is_set():
            seen.append(sees_own_page(browser, server))

    victim = server.pids()[-1]
    os.kill(victim, signal.SIGKILL)
    server.until(lambda: sees_own_page(browser, server) and server.pids()[-1] != victim)
    before = set(server.pids())
    looking = threading.Thread(target=look)
    looking.start()
    server.process.send_signal(signal.SIGHUP)  # new processes, while somebody is reading
    server.until(lambda: set(server.pids()[-4:]).isdisjoint(before))
    over.set()
    looking.join(30)
    assert seen
    assert all(seen)


def test_worker_calendar_and_post_run_apart(server: Server) -> None:
    server.run("tick", "--clock-is-right")
    assert "done" in server.run("work", "--base-url", server.base, "--issuer-home", server.environment["YIZHENG_ISSUER_HOME"])  # fmt: skip
    assert server.run("post").endswith("sent\n")
