"""Who may import whom, where the clock is read, and that the verifier needs nothing else to verify."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Of our own packages. `app.py`, where they meet, is free.
MAY_IMPORT = {
    "credential": set(),
    "verifier": {"credential"},
    "issuer": {"credential"},
    "wallet": {"credential"},
    "wallet/web": {"wallet", "registry", "verifier", "credential"},
    "registry": {"credential.codelists", "credential.text"},
    "registry/web": {"registry", "credential.codelists", "credential.text"},
}
EXCEPTIONS = {
    ("issuer/cli.py", "verifier"),  # `init` leaves a ready trust store
    ("issuer/demo.py", "verifier"),  # the demonstration goes from end to end
}
# Whoever verifies has these at hand; all else of theirs is imported where it is used.
BASE = {"base45", "cbor2", "click", "cryptography"}
NETWORK = {"asyncio", "http", "socket", "ssl", "urllib.error", "urllib.request"}
ONLY_IN = {
    "flask": ("app.py", "/web/"),
    "sqlalchemy": (
        "registry/models/", "registry/migrations/", "registry/store.py", "registry/ledger.py", "registry/queues.py",
        "registry/roll.py", "registry/checkup.py", "registry/correspondence_store.py",
        "registry/pocket.py",
    ),
}  # fmt: skip
CLOCK = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}  # fmt: skip
CLOCK_READERS = {"cli.py", "__main__.py", "demo.py", "app.py"}

OURS = {name.partition("/")[0] for name in MAY_IMPORT}
FILES = {
    path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8"))
    for path in [*ROOT.glob("*.py"), *(p for name in sorted(OURS) for p in ROOT.glob(f"{name}/**/*.py"))]
    if "node_modules" not in path.parts
}  # fmt: skip


def imports(tree: ast.AST) -> Iterator[tuple[str, bool]]:
    """Each imported name, ``package.module.name`` in full, and whether importing the file imports it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, True) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports name their package"
            yield from ((f"{node.module}.{alias.name}", True) for alias in node.names)
        else:
            lazy = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            yield from ((name, at_once and not lazy) for name, at_once in imports(node))


def within(name: str, packages: set[str]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def clock_reads(tree: ast.AST) -> list[str]:
    named = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    named |= {name for name, _ in imports(tree)}  # from time import time
    return sorted(name for name in named if ".".join(name.split(".")[-2:]) in CLOCK)


@pytest.mark.parametrize("file", FILES)
def test_imports_follow_the_map(file: str) -> None:
    package = max((p for p in MAY_IMPORT if file.startswith(f"{p}/")), key=len, default=None)
    for name, at_once in imports(FILES[file]):
        top = name.partition(".")[0]
        if package and top in OURS - {package.partition("/")[0]}:
            assert within(name, MAY_IMPORT[package]) or (file, top) in EXCEPTIONS, name
        if package in {"credential", "verifier"} and at_once and top not in OURS:
            assert top in BASE | sys.stdlib_module_names, (
                f"{name} belongs in the function that needs it"
            )
            assert not within(name, NETWORK), f"{name} belongs in the function that needs it"
        if top in ONLY_IN:
            assert any(place in f"/{file}" for place in ONLY_IN[top]), name


@pytest.mark.parametrize("file", [file for file in FILES if Path(file).name not in CLOCK_READERS])
def test_only_the_edge_reads_the_clock(file: str) -> None:
    assert clock_reads(FILES[file]) == []


@pytest.mark.parametrize(
    "read",
    ["datetime.now(UTC)", "datetime.datetime.now(UTC)", "f = time.time", "from time import time", "date.today()"],
)  # fmt: skip
def test_a_clock_read_is_seen(read: str) -> None:
    assert clock_reads(ast.parse(read))


def test_imports_in_functions_are_told_apart() -> None:
    tree = ast.parse(
        "import a\nif x:\n import b.c\ndef f():\n from d import e\nclass C:\n import g"
    )
    assert list(imports(tree)) == [("a", True), ("b.c", True), ("d.e", False), ("g", True)]


BLOCKED = ("flask", "sqlalchemy", "issuer", "registry", "wallet", "socket", "ssl", "PIL", "qrcode", "numpy")  # fmt: skip
ALONE = f"""
import json, sys
sys.modules |= dict.fromkeys({BLOCKED})  # None there makes every import of it fail
import verifier
from tests import vector_runner
cases = [case for case in vector_runner.cases() if case["op"] == "verify"]
json.dump([[case["name"], vector_runner.run(case) == case["expect"]] for case in cases], sys.stdout)
"""


def test_the_verifier_verifies_with_everything_else_blocked() -> None:
    done = subprocess.run([sys.executable, "-c", ALONE], cwd=ROOT, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    ended: list[tuple[str, Any]] = json.loads(done.stdout)
    assert len(ended) >= 150
    assert [name for name, right in ended if not right] == []
