"""The command without the libraries of the server: one line, no traceback."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def started(code: str) -> subprocess.CompletedProcess[str]:
    program = f"import sys\n{code}\nsys.argv = ['yizheng', '--help']\nimport start\nstart.main()"
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize("missing", ["flask", "sqlalchemy", "alembic", "pydantic", "waitress"])
def test_what_is_missing_is_named_in_one_line(missing: str) -> None:
    done = started(f"sys.modules[{missing!r}] = None")
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"yizheng: 缺少组件 {missing}，")
    assert line.endswith("pip install 'yizheng[server]'")


def test_with_everything_there_it_is_the_command() -> None:
    done = started("")
    assert done.returncode == 0
    assert "serve" in done.stdout


def test_a_fault_of_our_own_is_not_hidden() -> None:
    done = started("sys.modules['registry.desk'] = None")
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_the_command_starts_here() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["scripts"]["yizheng"] == "start:main"
    assert "start" in project["tool"]["setuptools"]["py-modules"]
