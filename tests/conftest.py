"""Fixtures that every test may use: an office in memory, an office on disk, and its commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from issuer.demo import FACTS
from issuer.demo_portraits import portrait
from tests import office
from verifier.trust import Trust

PASSPHRASE = "a passphrase for tests"
AT = "2026-11-22T10:00:00+08:00"
CHROMIUM = Path("/usr/bin/chromium")


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)

    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Desk:
    """A folder with an issuer's home, facts and a portrait in it, and the two real commands."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def run(self, module: str, *args: str, stdin: bytes | None = None, **env: str) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", module, *args],
            cwd=self.folder,
            env={**os.environ, "YIZHENG_KEY_PASSPHRASE": PASSPHRASE, **env},
            input=stdin,
            capture_output=True,
            timeout=60,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def issue(self, *args: str, **env: str) -> Done:
        """``yizheng-issue --home home …``, which must end well."""
        done = self.try_issue(*args, **env)
        assert done.status == 0, done.err
        return done

    def set_up(self, *more: str) -> None:
        self.issue(
            "init", "--issuer", "https://yz.example/i/11", "--name", "示范市卫生健康委员会",
            "--name-en", "Demo Health Commission", "--region", "11", *more,
        )  # fmt: skip

    def try_issue(self, *args: str, stdin: bytes | None = None, **env: str) -> Done:
        return self.run("issuer", "--home", "home", *args, stdin=stdin, **env)

    def credential(self, kind: str, *more: str) -> Any:
        return self.issue(kind, "--facts", "facts.json", "--photo", "portrait.png", *more).json()

    def verify(self, *args: str, stdin: bytes | None = None, **env: str) -> Done:
        """``yizheng-verify …``."""
        return self.run("verifier", *args, stdin=stdin, **env)

    def check(self, *args: str, stdin: bytes | None = None) -> Done:
        return self.verify("check", "--json", "--trust", "home/trust", *args, stdin=stdin)


@pytest.fixture
def trust() -> Trust:
    """What a reader of the office in memory believes."""
    return office.trust()


@pytest.fixture
def new_desk(tmp_path: Path) -> Desk:
    """Facts and a portrait, and no home yet."""
    (tmp_path / "facts.json").write_text(json.dumps(FACTS), "utf-8")
    (tmp_path / "portrait.png").write_bytes(portrait(1))
    return Desk(tmp_path)


@pytest.fixture
def desk(new_desk: Desk) -> Desk:
    """A new home, set up at `AT`."""
    new_desk.set_up("--at", AT)
    return new_desk


@pytest.fixture(scope="session")
def playwright() -> Iterator[Any]:
    """What starts a real browser, once for a process; missing, it skips, or fails where REQUIRE_BROWSER=1."""
    if not CHROMIUM.exists():
        reason = f"no {CHROMIUM}: apt-get install chromium"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        yield started
