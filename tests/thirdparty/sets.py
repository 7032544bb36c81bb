"""Test data of other projects, read where it lies beside a checkout and never copied in.

Where it is not there, the tests that need it are skipped with that reason.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "vectors"

present = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="third-party vectors are not beside this checkout"
)


def load(name: str) -> Any:
    """A set by its path below the folder; empty where the folder itself is missing."""
    path = FOLDER / name
    if not FOLDER.is_dir():
        return []
    text = path.read_text("utf-8")
    return (
        [json.loads(line) for line in text.splitlines()] if name.endswith("l") else json.loads(text)
    )
