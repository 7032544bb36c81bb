"""The first journey: ``make demo``, from an empty folder to a forged code refused."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from issuer import demo

ROOT = Path(__file__).resolve().parents[1]


def test_the_demonstration_ends_as_told() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "issuer.demo"], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    told = re.findall(r"^  ([A-Z_]+) ", done.stdout, re.MULTILINE)
    assert told == ["CODE_EXPIRED", "SIGNATURE_INVALID", "SUSPENDED", "REVOKED", "TRUST_EXPIRED"]
    assert done.stdout.count("✔ 有效 VALID") == 5
    assert "STATUS_FINAL:revoked" in done.stdout


def test_the_demonstration_fails_when_a_command_ends_otherwise(tmp_path: Path) -> None:
    from rich.console import Console

    walk = demo.Walk(tmp_path, Console(quiet=True))
    with pytest.raises(SystemExit, match="expected exit status 0, got 2"):
        walk.run("yizheng-verify", "check", "nothing.png")
    walk.run("yizheng-verify", "check", "nothing.png", expect=2)


def test_the_offline_verifier_of_the_demonstration_cannot_open_a_connection(tmp_path: Path) -> None:
    from rich.console import Console

    walk = demo.Walk(tmp_path, Console(quiet=True))
    with pytest.raises(SystemExit, match="expected exit status 0, got 1"):
        walk.run("yizheng-verify", "update", "http://127.0.0.1:9/bundle")
