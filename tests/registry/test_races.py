"""Two at once: exactly one wins, in threads and in processes; a crash leaves all or nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from registry import models
from registry.errors import Code, RegistryError
from registry.store import Store
from registry.workflow import Action, ApplicationId, Status, Word
from tests.registry.world import Kind, World

WORD = Word(opinion="同意", ground="OTHER", employs=True)


def together(jobs: list[Any]) -> Counter[str]:
    """Runs all jobs at the same instant; how each ended."""
    barrier, ends = threading.Barrier(len(jobs)), Counter[str]()

    def run(job: Any) -> None:
        barrier.wait()
        try:
            end = str(job().status)
        except RegistryError as error:
            end = str(error.code)
        ends[end] += 1

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return ends


def deciding(world: World, application: ApplicationId, action: Action, by: Any, name: str) -> Any:
    seen = world.desk.view(application, by=by, now=world.now).seen
    return lambda: world.desk.act(
        application, action, by=by, seen=seen, request=name, now=world.now, word=WORD
    )


def state_of(store: Store) -> dict[str, Any]:
    """How many rows every table that an approval touches has, and the application's status."""
    tables = ("practice_record", "practice_record_version", "review_step", "audit", "credential")
    with store.reading() as unit:
        counts = {
            name: unit.connection.execute(
                sa.select(sa.func.count()).select_from(models.metadata.tables[name])
            ).scalar_one()
            for name in (*tables, "issue_order", "licence_number", "request_key", "notice")
        }
        status = unit.connection.execute(sa.select(models.application.c.status)).scalars().all()
        head = unit.audit_head()
    return {**counts, "status": status, "head": head.seq}


def test_eight_approvers_at_once_approve_once(world: World) -> None:
    application = world.submitted(Kind.FIRST_REGISTRATION, world.physician())
    world.advance(application, until=Status.ACCEPTED)
    before = state_of(world.store)
    officers = [world.officer(number=n) for n in range(8)]
    jobs = [
        deciding(world, application, Action.APPROVE, by, f"r{n}") for n, by in enumerate(officers)
    ]
    ends = together(jobs)
    assert ends == {Status.APPROVED: 1, Code.ALREADY_DECIDED: 7}
    after = state_of(world.store)
    assert after["practice_record"] == after["practice_record_version"] == 1
    assert (after["credential"], after["issue_order"]) == (2, 2)
    assert after["audit"] == before["audit"] + 1


@pytest.mark.parametrize("other", [Action.REFUSE, Action.WITHDRAW])
def test_approval_against_another_decision_is_one_of_both(world: World, other: Action) -> None:
    seen = Counter[str]()
    for n in range(4):
        actor = world.physician(f"并发者{'甲乙丙丁'[n]}")
        application = world.submitted(Kind.FIRST_REGISTRATION, actor)
        world.advance(application, until=Status.ACCEPTED)
        by = actor if other is Action.WITHDRAW else world.officer(number=2)
        jobs = [
            deciding(world, application, Action.APPROVE, world.officer(), f"a{n}"),
            deciding(world, application, other, by, f"b{n}"),
        ]
        ends = together(jobs)
        approved = world.application(application).status is Status.APPROVED
        assert len(world.dossier(actor).records) == int(approved)
        assert sum(ends.values()) == 2
        assert sum(ends[status] for status in Status) == 1
        seen += ends
    assert sum(seen[status] for status in Status) == 4


def test_two_first_registrations_for_one_place_at_once_give_one_record(world: World) -> None:
    actor = world.physician()
    first = world.submitted(Kind.FIRST_REGISTRATION, actor)
    world.advance(first, until=Status.ACCEPTED)
    military = world.military(actor)
    second = world.submitted(Kind.MILITARY_IN, actor, military_id=military.id)
    world.advance(second, until=Status.ACCEPTED)
    ends = together(
        [
            deciding(world, first, Action.APPROVE, world.officer(), "a"),
            deciding(world, second, Action.APPROVE, world.officer(), "b"),
        ]
    )
    assert ends[Status.APPROVED] == 1
    assert len(world.dossier(actor).records) == 1


def test_coming_from_and_leaving_for_the_military_at_once_leaves_nothing_between(
    world: World,
) -> None:
    outcomes = Counter[str]()
    for n in range(4):
        actor = world.registered(f"往返者{'甲乙丙丁'[n]}")
        military = world.military(actor)
        there = {"institution_id": "beijing", "place": "11", "military_id": military.id}
        coming = world.submitted(Kind.MILITARY_IN, actor, **there)
        leaving = world.submitted(Kind.MILITARY_OUT, actor)
        for application in (coming, leaving):
            world.advance(application, until=Status.ACCEPTED)
        together(
            [
                deciding(world, coming, Action.APPROVE, world.officer("P11"), f"in{n}"),
                deciding(world, leaving, Action.APPROVE, world.officer(), f"out{n}"),
            ]
        )
        assert world.application(leaving).status is Status.APPROVED
        ended = world.application(coming).status
        assert ended in (Status.APPROVED, Status.VOIDED)
        assert len(world.dossier(actor).records) == 1 + (ended is Status.APPROVED)
        assert world.dossier(actor).live_records == ()
        assert {state for *_, state in world.credentials(actor)} <= {"REVOKED", "SUPERSEDED"}
        outcomes[ended] += 1
    assert sum(outcomes.values()) == 4


_CHILD = """
import sys
from registry.errors import RegistryError
from registry.workflow import Action, ApplicationId
from registry.store import Store
from tests.registry.world import World
from tests.registry.test_races import WORD
url, application, number = sys.argv[1:]
world = World(Store.open(url), setting=False)
officer = world.officer(number=int(number))
seen = world.desk.view(ApplicationId(application), by=officer, now=world.now).seen
import itertools
world._ids = itertools.count(10_000_000 * (int(number) + 1))
print("ready", flush=True)
sys.stdin.readline()
try:
    after = world.desk.act(ApplicationId(application), Action.APPROVE, by=officer, seen=seen,
                           request=f"p{number}", now=world.now, word=WORD)
    print(after.status, flush=True)
except RegistryError as error:
    print(error.code, flush=True)
"""


def child(url: str, application: str, number: int) -> subprocess.Popen[str]:
    started = subprocess.Popen(
        [sys.executable, "-c", _CHILD, url, application, str(number)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "ready\n"
    return started


def test_two_processes_approve_once(world: World, database_url: str) -> None:
    application = world.submitted(Kind.FIRST_REGISTRATION, world.physician())
    world.advance(application, until=Status.ACCEPTED)
    children = [child(database_url, application, number) for number in (1, 2)]
    ends = sorted(each.communicate("go\n", timeout=60)[0].strip() for each in children)
    assert ends == [Code.ALREADY_DECIDED, Status.APPROVED]
    assert state_of(world.store)["practice_record"] == 1


# Crashes.


class PowerCutError(Exception):
    """The process is gone; nothing in the product catches this."""


def test_a_crash_at_any_statement_of_an_approval_leaves_nothing_of_it(world: World) -> None:
    application = world.submitted(Kind.FIRST_REGISTRATION, world.physician())
    world.advance(application, until=Status.ACCEPTED)
    before = state_of(world.store)
    engine, fuse = world.store.engine, {"left": 10**9, "spent": 0}

    @sa.event.listens_for(engine, "before_cursor_execute")
    def burn(*_: Any) -> None:
        fuse["spent"] += 1
        fuse["left"] -= 1
        if fuse["left"] < 0:
            raise PowerCutError

    crashes = 0
    for statement in range(200):
        job = deciding(world, application, Action.APPROVE, world.officer(), f"try{statement}")
        fuse["left"] = statement
        try:
            job()
        except PowerCutError:
            fuse["left"] = 10**9
            crashes += 1
            assert state_of(world.store) == before
        else:
            fuse["left"] = 10**9
            break
    assert crashes > 25
    after = state_of(world.store)
    assert after["status"] == [Status.APPROVED]
    assert (after["practice_record"], after["issue_order"]) == (1, 2)


def test_killed_at_any_moment_an_approval_is_whole_or_not_there(
    world: World, database_url: str
) -> None:
    outcomes = Counter[bool]()
    for n in range(6):
        actor = world.physician(f"断电者{'甲乙丙丁戊己'[n]}")
        application = world.submitted(Kind.FIRST_REGISTRATION, actor)
        world.advance(application, until=Status.ACCEPTED)
        started = child(database_url, application, 100 + n)
        assert started.stdin is not None
        started.stdin.write("go\n")
        started.stdin.flush()
        time.sleep(0.004 * n)
        os.kill(started.pid, signal.SIGKILL)
        started.communicate()
        approved = world.application(application).status is Status.APPROVED
        outcomes[approved] += 1
        assert len(world.dossier(actor).records) == int(approved)
        assert len(world.credentials(actor)) == 2 * int(approved)
        if not approved:
            world.advance(application, until=Status.APPROVED)
            assert len(world.dossier(actor).records) == 1
    assert sum(outcomes.values()) == 6


# A database that cannot write.


def test_a_full_disk_is_said_and_leaves_nothing(sqlite_world: World) -> None:
    world = sqlite_world
    actor = world.physician()
    with world.store.reading() as unit:
        pages = unit.connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def limited(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")

    sa.event.listen(world.store.engine, "checkout", limited)
    with pytest.raises(RegistryError, match="STORE_FULL"):
        world.desk.upload_photo(b"x" * 900_000, by=actor, now=world.now)
    sa.event.remove(world.store.engine, "checkout", limited)
    world.store.engine.dispose()
    photo = world.dossier(actor).pending_photo
    assert photo is not None
    world.approve(Kind.FIRST_REGISTRATION, actor)
    assert world.only_record(actor)


_NO_INODES = """
import subprocess, sys
from pathlib import Path
from registry import checkup, migrations
from registry.errors import RegistryError
from registry.store import Store
from tests.registry.world import Kind, World
disk = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "nr_inodes=8", "none", str(disk)], check=True)
store = Store.open(f"sqlite:///{disk}/registry.db")
migrations.upgrade(store)
world = World(store)
actor = world.physician()
waste = []
try:
    for n in range(8):
        waste.append(disk / f"waste{n}")
        waste[-1].touch()
except OSError:
    pass
try:
    world.submitted(Kind.FIRST_REGISTRATION, actor)
except RegistryError as error:
    print(error.code)
waste[0].unlink()
world.approve(Kind.FIRST_REGISTRATION, actor)
print(len(world.dossier(actor).records), list(checkup.faults(store)))
"""


def test_a_disk_without_inodes_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    """On a file system of its own, in a name space of its own, which the kernel takes away after."""
    apart = ["unshare", "--mount", *(["--map-root-user"] if os.geteuid() else [])]
    if subprocess.run(
        [*apart, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True
    ).returncode:
        pytest.skip("no file system may be mounted here, not even in a name space of one's own")
    done = subprocess.run(
        [*apart, sys.executable, "-c", _NO_INODES, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        timeout=60,
    )
    assert done.stdout.splitlines() == [Code.STORE_UNREACHABLE, "1 []"], done.stderr


def test_a_locked_database_is_said_after_its_time(sqlite_world: World, tmp_path: Path) -> None:
    world = sqlite_world
    actor = world.physician()
    impatient = World(Store.open(str(world.store.engine.url), busy_timeout_s=0.1), setting=False)
    with world.store.writing(), pytest.raises(RegistryError, match="STORE_BUSY"):
        impatient.desk.upload_photo(b"face", by=actor, now=world.now)
    assert impatient.desk.upload_photo(b"face", by=actor, now=world.now)


def test_a_database_in_wal_mode_is_refused_where_sqlite_may_damage_it(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "wal.db"
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("CREATE TABLE t (x)")
    if sqlite3.sqlite_version_info >= (3, 51, 3):
        pytest.skip("this SQLite is safe in WAL mode")
    with (
        pytest.raises(RegistryError, match="STORE_UNFIT"),
        Store.open(f"sqlite:///{path}").reading(),
    ):
        pass


def test_whatever_writes_began_immediate(sqlite_world: World) -> None:
    begun, writes = [""], Counter[str]()

    @sa.event.listens_for(sqlite_world.store.engine, "before_cursor_execute")
    def count(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("BEGIN"):
            begun[0] = statement
        elif statement.split(maxsplit=1)[0] in ("INSERT", "UPDATE", "DELETE"):
            writes[begun[0]] += 1

    sqlite_world.registered()
    assert set(writes) == {"BEGIN IMMEDIATE"}
    assert writes["BEGIN IMMEDIATE"] > 20
