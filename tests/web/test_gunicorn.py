"""The application under gunicorn as in production: two workers, and the care of credentials in a process of
its own. A session counts in every worker, after a reload, and after a worker has died."""

from __future__ import annotations

import http.cookiejar
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from registry.seed import PASSWORD
from registry.store import Store
from registry.web.settings import DEMO_PASSPHRASE
from tests.web.conftest import hidden

BIN = Path(sys.executable).parent
PATIENCE_S = 60


class Served:
    """gunicorn with two workers over a folder; its access log says which process answered what."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.access, self.log = folder, folder / "access", folder / "log"
        self.environ = {
            **os.environ,
            "YIZHENG_DATABASE": f"sqlite:///{folder / 'registry.db'}",
            "YIZHENG_ISSUER_HOME": str(folder / "issuer"),
            "YIZHENG_DATA": str(folder),
            "YIZHENG_KEY_PASSPHRASE": DEMO_PASSPHRASE,
        }
        self.access.touch()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [BIN / "gunicorn", "--workers=2", "--threads=2", "--bind=127.0.0.1:0",
                 f"--access-logfile={self.access}", "--access-logformat=%(p)s %(s)s %(U)s",
                 "app:wsgi()"],
                cwd=Path(__file__).parents[2], env=self.environ, stdout=log, stderr=log,
            )  # fmt: skip
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        found = self.until(lambda: re.search(r"Listening at: (http://\S+)", self.log.read_text()))
        self.base = found[1]

    def until(self, there: Any) -> Any:
        """What ``there`` finds, once it does."""
        ends = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends:
            if self.process.poll() is not None:
                break
            if found := there():
                return found
            time.sleep(0.05)
        pytest.fail(self.log.read_text()[-2000:])

    def get(self, path: str) -> tuple[int, str]:
        try:
            with self.opener.open(self.base + path, timeout=PATIENCE_S) as answer:
                return answer.status, answer.url + "\n" + answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def post(self, path: str, **fields: str) -> tuple[int, str]:
        token = hidden(self.get(path)[1], "csrf_token")
        body = urllib.parse.urlencode({"csrf_token": token, **fields}).encode()
        with self.opener.open(self.base + path, body, timeout=PATIENCE_S) as answer:
            return answer.status, answer.url

    def workers_answering(self, path: str) -> set[int]:
        """The processes that have answered ``path`` with 200 so far."""
        rows = [line.split() for line in self.access.read_text().splitlines()]
        return {int(pid.strip("<>")) for pid, status, at in rows if (status, at) == ("200", path)}

    def ask_until(self, fits: Any) -> set[int]:
        """Asks for one's own page again and again, always signed in, until ``fits`` the workers seen."""

        def asked() -> set[int]:
            status, page = self.get("/me")
            assert status == 200
            assert page.split("\n", 1)[0].endswith("/me")  # not the page to sign in
            workers = self.workers_answering("/me")
            return workers if fits(workers) else set()

        return self.until(asked)

    def command(self, *arguments: str) -> str:
        """``yizheng …``, in a process of its own."""
        done = subprocess.run(
            [BIN / "yizheng", *arguments], env=self.environ, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def gunicorn(store: Store, tmp_path: Path) -> Iterator[Served]:
    store.close()
    made = Served(tmp_path)
    yield made
    made.process.terminate()
    made.process.wait(timeout=PATIENCE_S)


def test_a_session_counts_in_every_worker_and_outlives_them(gunicorn: Served) -> None:
    gunicorn.post("/sign-in", login="demo01", password=PASSWORD)
    first = gunicorn.ask_until(lambda seen: len(seen) >= 2)
    gunicorn.process.send_signal(signal.SIGHUP)
    reloaded = gunicorn.ask_until(lambda seen: len(seen - first) >= 2) - first
    os.kill(min(reloaded), signal.SIGKILL)
    gunicorn.ask_until(lambda seen: len(seen - first - reloaded) >= 1)
    assert gunicorn.process.poll() is None


def test_credentials_are_cared_for_by_a_process_of_its_own(gunicorn: Served) -> None:
    bundle = "/.well-known/yizheng/bundle"
    assert gunicorn.get(bundle)[0] == 404
    gunicorn.command("issuers")
    gunicorn.command("tick")
    assert "3 done, 0 put back" in gunicorn.command("work", "--limit", "3")
    assert gunicorn.get(bundle)[0] == 200
