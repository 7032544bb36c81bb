"""The page's half of the code book, run by Node over the same vectors."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NODE = shutil.which("node")


@pytest.mark.skipif(
    NODE is None and not os.environ.get("REQUIRE_NODE"),
    reason="Node is not installed; `node --test tests/wallet/js` runs it",
)
def test_the_page_rebuilds_what_python_signed() -> None:
    done = subprocess.run(
        [str(NODE), "--test", "tests/wallet/js/"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"^(?:#|ℹ) pass (\d+)$", done.stdout, re.MULTILINE)
    assert passed is not None, done.stdout
    assert int(passed[1]) >= 27
