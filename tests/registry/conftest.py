"""A small country in a real database: SQLite in a file, and PostgreSQL where one is to be had.

PostgreSQL is taken from ``TEST_DATABASE_URL``, else from 127.0.0.1:5432, else Debian's own binaries are
started on a private socket. Without any of these its tests are skipped with the reason, and fail instead
where ``REQUIRE_POSTGRES=1``.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from registry import migrations
from registry.store import Store
from tests.registry.world import World


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a server that databases may be made on; it names the database ``postgres``."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    if _listens("127.0.0.1", 5432):
        yield "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
        return
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not binaries:
        _without("no PostgreSQL: neither TEST_DATABASE_URL, nor 127.0.0.1:5432, nor binaries")
    with _own_server(binaries[-1].parent) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh database with the newest schema."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'registry.db'}"
        _migrate(url)
        yield url
        return
    server = request.getfixturevalue("postgres")
    template = request.getfixturevalue("postgres_template")
    name = f"yizheng_{os.getpid()}_{time.monotonic_ns()}"
    _on_server(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    _on_server(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> Iterator[str]:
    """A migrated database that others are copied from."""
    name = f"yizheng_template_{os.getpid()}"
    _on_server(postgres, f'CREATE DATABASE "{name}"')
    _migrate(sa.make_url(postgres).set(database=name).render_as_string(hide_password=False))
    yield name
    _on_server(postgres, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = Store.open(database_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path / 'registry.db'}"
    _migrate(url)
    opened = Store.open(url)
    yield opened
    opened.close()


@pytest.fixture
def world(store: Store) -> World:
    """The small country, on both databases."""
    return World(store)


@pytest.fixture
def sqlite_world(sqlite_store: Store) -> World:
    """The small country, on SQLite only."""
    return World(sqlite_store)


def _migrate(url: str) -> None:
    opened = Store.open(url)
    migrations.upgrade(opened)
    opened.close()


def _without(reason: str) -> None:
    if os.environ.get("REQUIRE_POSTGRES") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def _listens(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex((host, port)) == 0


def _on_server(url: str, statement: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


class _own_server:  # noqa: N801 - used as a with-statement
    """A server of Debian's binaries on a private socket, as the user postgres when run by root."""

    def __init__(self, binaries: Path) -> None:
        self.binaries = binaries
        self.home = Path(tempfile.mkdtemp(prefix="yizheng-pg-"))
        self.user = "postgres" if os.geteuid() == 0 else None

    def __enter__(self) -> str:
        if self.user:
            entry = pwd.getpwnam(self.user)
            os.chown(self.home, entry.pw_uid, entry.pw_gid)
        data = self.home / "data"
        self._run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N")
        options = f"-k {self.home} -c listen_addresses='' -c max_connections=60"
        self._run("pg_ctl", "-D", str(data), "-w", "-o", options, "-l", f"{self.home}/log", "start")
        return f"postgresql+psycopg://postgres@/postgres?host={self.home}"

    def __exit__(self, *_: object) -> None:
        self._run("pg_ctl", "-D", str(self.home / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self.home, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self.binaries / program), *arguments],
            check=True,
            user=self.user,
            cwd="/",
            stdout=subprocess.DEVNULL,
            timeout=60,
        )
