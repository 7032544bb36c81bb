"""The `yizheng` command as an operator meets it: on both databases, with good input and with none."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

import app
from issuer import cli as issuing
from registry import checkup, migrations, models
from registry.desk import Deed
from registry.store import Store
from tests.registry.world import NOON, Kind, World

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command over a migrated database, its clock at noon."""
    monkeypatch.setattr(app, "clock", lambda: NOON)
    return lambda *arguments: said(database_url, *arguments)


def said(url: str, *arguments: str | Path) -> Result:
    done = CliRunner().invoke(app.yizheng, ["--database", url, *map(str, arguments)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def refusal(done: Result, code: str) -> None:
    """One line, which begins with the code, and status 1."""
    assert (done.exit_code, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(code), line
    assert "·" in line


# Databases that are none.


@pytest.mark.parametrize("command", [["tick"], ["db", "upgrade"], ["audit", "verify"], ["seed"]])
@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("nonsense", "STORE_URL"),
        ("", "STORE_URL"),
        ("mysql://localhost/x", "STORE_URL"),
        ("postgresql+nodriver://localhost/x", "STORE_URL"),
        ("foo://bar", "STORE_URL"),
        ("postgresql+psycopg://postgres@127.0.0.1:1/none", "STORE_UNREACHABLE"),
        ("postgresql+psycopg://postgres@nowhere.invalid/none", "STORE_UNREACHABLE"),
        ("sqlite:///{a directory}", "STORE_UNREACHABLE"),
        ("sqlite:////dev/null/registry.db", "FILE_UNUSABLE"),
        ("sqlite:///{a text}", "STORE_DAMAGED"),
    ],
)
def test_what_is_no_database_is_one_line(
    tmp_path: Path, command: list[str], url: str, code: str
) -> None:
    (tmp_path / "text").write_text("no database\n" * 500)
    url = url.replace("{a directory}", str(tmp_path)).replace("{a text}", str(tmp_path / "text"))
    refusal(said(url, *command), code)
    assert said(f"sqlite:///{tmp_path}/new.db", "db", "upgrade").exit_code == 0


def test_a_database_without_tables_is_told_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/empty.db"
    monkeypatch.setenv("YIZHENG_KEY_PASSPHRASE", "secret of this test")
    for command in ("tick", "work", "issuers", "db check", "audit verify", "audit summary"):
        refusal(said(url, *command.split()), "STORE_UNFIT:yizheng db upgrade")


AS_NOBODY = """
import os, pwd, sys
import app, registry.migrations
registry.migrations.newest()
if os.geteuid() == 0:  # who may write everywhere gives that up
    nobody = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)
app.main()
"""


def as_nobody(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as a user who may not write everywhere, in a process of its own."""
    python = [sys.executable, "-c", AS_NOBODY]
    return subprocess.run(
        [*python, *arguments], cwd=ROOT, text=True, capture_output=True, timeout=60
    )


@pytest.fixture
def shut(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A folder that may be read and not written, by whoever the command runs as."""
    folder = Path("/tmp") / f"yizheng-shut-{os.getpid()}-{next(_numbers)}"  # noqa: S108
    folder.mkdir(mode=0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


_numbers = itertools.count()


def test_a_read_only_disk_says_so_and_changes_nothing(shut: Path) -> None:
    database = shut / "registry.db"
    said(f"sqlite:///{database}", "db", "upgrade")
    before = database.read_bytes()
    database.chmod(0o444)
    shut.chmod(0o555)
    done = as_nobody("--database", f"sqlite:///{database}", "seed")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("STORE_FULL"), done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert database.read_bytes() == before
    whole = as_nobody("--database", f"sqlite:///{database}", "db", "check")
    assert whole.stdout.startswith("whole"), whole.stderr


@pytest.mark.parametrize(
    ("database", "code"),
    [("sqlite:///{shut}/new.db", "STORE_UNREACHABLE"), ("sqlite:///{shut}/a/new.db", "FILE_UN")],
)
def test_a_folder_that_may_not_be_written(shut: Path, database: str, code: str) -> None:
    shut.chmod(0o555)
    done = as_nobody("--database", database.replace("{shut}", str(shut)), "db", "upgrade")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1), done.stderr
    assert done.stderr.startswith(code)


@pytest.mark.parametrize("home", ["/dev/null", "/dev/null/x", "/proc/nowhere"])
@pytest.mark.parametrize(
    "command",
    ["init --issuer https://yizheng.example/i/11 --name 机关 --name-en A --region 11", "publish",
     "trust renew"],
)  # fmt: skip
def test_an_issuers_home_that_cannot_be_one(home: str, command: str) -> None:
    arguments = ["--home", home, *command.split()]
    done = CliRunner().invoke(
        issuing.main, arguments, env={"YIZHENG_KEY_PASSPHRASE": "secret of this test"}
    )
    assert (done.exit_code, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith((f"Error: FOLDER_UNUSABLE:{home}", f"Error: HOME_MISSING:{home}"))


def test_work_over_an_issuers_home_that_cannot_be_one(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIZHENG_KEY_PASSPHRASE", "secret of this test")
    run("seed")
    refusal(run("issuers", "--issuer-home", "/dev/null/x"), "FILE_UNUSABLE:/dev/null/x")
    monkeypatch.delenv("YIZHENG_KEY_PASSPHRASE")
    assert run("work").exit_code == 2


# Import.

IDS = ("110105194912310024", "44052418800101001")


def csv_of(base: str) -> tuple[str, Callable[[int], str], Callable[[str], str], str]:
    """Header, row n, a row made bad, and what is said about it."""
    from registry.accounts import check_character

    def person(n: int) -> str:
        stem = f"4601061980{1 + n // 28 % 12:02}{1 + n % 28:02}{n:03}"
        return stem + check_character(stem)

    def qualified(n: int) -> str:
        return f"201046110{person(n)}"

    return {
        "authorities": (
            "code,name,kind,region,former_names",
            lambda n: f"A{n:04},第{n}卫生健康局（样例）,HEALTH_BUREAU,460106,",
            lambda row: row.replace("460106", "999999"),
            "FIELD_OPTION:region",
        ),
        "institutions": (
            "registration_number,name,second_name,county,authority,tcm_authority,phone,subjects",
            lambda n: f"R{n:04},第{n}医院（样例）,,460106,HCP46,,0898-66220000,03.01;04",
            lambda row: row.replace("HCP46", "NOBODY"),
            "NOT_FOUND:authority",
        ),
        "qualifications": (
            "name,id_number,number,level,category,obtained_on,authority_name,major,school,"
            "education,admission_number,source",
            lambda n: f"王小明,{person(n)},{qualified(n)},1,10,2010-12-01,海南省卫健委,,,21,,EXAM",
            lambda row: row.replace("2010-12-01", "2010-13-01"),
            "FIELD_FORMAT:obtained_on",
        ),
        "records": (
            "id_number,qualification_number,licence_number,institution,scopes,title,approved_on,"
            "filed_on",
            lambda n: f"{person(n)},{qualified(n)},1104601060{n:05},REG-haikou,"
            "CLINICAL.INTERNAL,234,2011-03-01,",
            lambda row: row.replace("CLINICAL.INTERNAL", "DENTAL.ORAL"),
            "SCOPE_OUTSIDE_CATEGORY:scopes",
        ),
        "military": (
            "name,id_number,unit,organ,certificate_number,level,category,title",
            lambda n: f"王小明,{person(n)},某部队医院（样例）,某军兵种卫生部门（样例）,军字{n},1,10,233",
            lambda row: row.replace(",1,10,233", ",3,10,233"),
            "FIELD_OPTION:level",
        ),
    }[base]  # fmt: skip


def written(path: Path, header: str, rows: list[str]) -> Path:
    path.write_text("\n".join([header, *rows, ""]), "utf-8-sig")
    return path


@pytest.mark.parametrize("base", ["authorities", "institutions", "qualifications", "records", "military"])  # fmt: skip
def test_a_thousand_rows_of_every_base_with_row_500_bad(
    world: World, run: Callable[..., Result], tmp_path: Path, base: str
) -> None:
    if base == "records":
        header, row, _, _ = csv_of("qualifications")
        needed = written(tmp_path / "needed.csv", header, [row(n) for n in range(1000)])
        assert run("import", "qualifications", needed).exit_code == 0
    header, row, bad, reason = csv_of(base)
    rows = [row(n) for n in range(1000)]
    rows[499] = bad(rows[499])
    file = written(tmp_path / f"{base}.csv", header, rows)

    dry = run("import", base, file, "--dry-run")
    assert dry.exit_code == 1
    assert f"line 501: {reason}: " in dry.stdout
    assert "999 would be added, 0 unchanged, 1 with faults" in dry.stdout

    # Broken off after its first batch, then run again: what is there stays as it is.
    with pytest.raises(PowerCutError):
        broken_off(world, base, file)
    rest = run("import", base, file)
    assert rest.exit_code == 1
    assert f"line 501: {reason}: " in rest.stdout
    assert "500 added, 499 unchanged, 1 with faults" in rest.stdout
    again = run("import", base, file)
    assert "0 added, 999 unchanged, 1 with faults" in again.stdout
    whole = run("import", base, written(file, header, [row(n) for n in range(1000)]))
    assert (whole.exit_code, whole.stdout) == (0, "1 added, 999 unchanged, 0 with faults\n")
    assert run("db", "check").exit_code == 0


class PowerCutError(Exception):
    """The process is gone."""


def broken_off(world: World, base: str, file: Path) -> None:
    from registry.imports import Base, load

    def die(_rows: int) -> None:
        raise PowerCutError

    with file.open(encoding="utf-8-sig") as source:
        load(
            world.store,
            Base(base),
            source,
            now=world.now,
            today=world.today,
            new_id=app.random_id,
            dry_run=False,
            progress=die,
        )


def test_files_that_are_no_csv_of_this_base(run: Callable[..., Result], tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("name,id_number\n")
    done = run("import", "qualifications", file)
    assert done.exit_code == 1
    assert "FIELD_REQUIRED:number" in done.stderr
    file.write_bytes("name\n王".encode("gb18030"))
    refusal(run("import", "qualifications", file), "FIELD_FORMAT:UTF-8")
    assert run("import", "qualifications", tmp_path).exit_code == 2
    assert run("import", "nothing", file).exit_code == 2


def test_a_number_of_an_ended_registration_is_not_imported_again(
    world: World, run: Callable[..., Result], tmp_path: Path
) -> None:
    actor = world.registered()
    ended = world.only_record(actor)
    world.approve(Kind.DEREGISTRATION, actor)
    person = world.dossier(actor).person
    qualification = world.dossier(actor).qualifications[0]
    header, *_ = csv_of("records")

    def row(licence: str, institution: str) -> Path:
        one = (f"{person.id_number},{qualification.number},{licence},{institution},"
               "CLINICAL.INTERNAL,234,2026-11-23,")  # fmt: skip
        return written(tmp_path / "again.csv", header, [one])

    done = run("import", "records", row(ended.licence_number, "REG-beijing"))
    assert "line 2: DUPLICATE:licence_number" in done.stdout
    assert run("import", "records", row("110110101000001", "REG-beijing")).exit_code == 0
    assert world.only_record(actor).previous_id == ended.id


# Time, and the log.


def test_tick_says_what_became_due_and_then_nothing(
    world: World, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    application = world.submitted(Kind.FIRST_REGISTRATION, world.physician())
    assert run("tick").stdout == ""
    monkeypatch.setattr(app, "clock", lambda: NOON + timedelta(days=8))
    done = run("tick")
    assert (done.exit_code, done.stdout.split()[:3]) == (
        0, ["2026-11-30", "REVIEW_REMINDER", application])  # fmt: skip
    assert run("tick").stdout == ""


def audit_keys(folder: Path) -> tuple[Path, Path]:
    key = ed25519.Ed25519PrivateKey.generate()
    private, public = folder / "audit.pem", folder / "audit.pub"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    public.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return private, public


def test_heads_kept_elsewhere_bear_out_the_log_or_convict_it(
    world: World, run: Callable[..., Result], tmp_path: Path
) -> None:
    private, public = audit_keys(tmp_path)
    heads = tmp_path / "heads"
    for name in ("甲某人", "乙某人"):
        world.registered(name)
        with heads.open("a") as kept:
            kept.write(run("audit", "head", "--key", private).stdout)
    world.registered("丙某人")
    done = run("audit", "verify", "--heads", heads, "--key", public)
    assert (done.exit_code, done.stdout.split(",")[0]) == (0, "unbroken: 18 rows")
    assert run("audit", "verify").exit_code == 0

    first, second = heads.read_text().splitlines()
    forged = {**json.loads(second), "hash": "0" * 64}
    heads.write_text(json.dumps(forged))
    refusal(run("audit", "verify", "--heads", heads, "--key", public), "AUDIT_BROKEN:head 12")
    refusal(run("audit", "verify", "--heads", heads), "AUDIT_BROKEN:12")
    other = tmp_path / "other"
    other.mkdir()
    _, strange = audit_keys(other)
    heads.write_text(first)
    refusal(run("audit", "verify", "--heads", heads, "--key", strange), "AUDIT_BROKEN:head 6")
    beyond = {**json.loads(first), "seq": 99}
    heads.write_text(json.dumps(beyond))
    refusal(run("audit", "verify", "--heads", heads), "AUDIT_BROKEN:19")


def test_heads_and_keys_that_are_none(run: Callable[..., Result], tmp_path: Path) -> None:
    _, public = audit_keys(tmp_path)
    heads = tmp_path / "heads"
    for text in ("nonsense", "[]", '{"seq": 1}'):
        heads.write_text(text)
        refusal(run("audit", "verify", "--heads", heads), "FILE_UNUSABLE:heads")
    heads.write_text("")
    assert run("audit", "verify", "--heads", heads, "--key", public).exit_code == 0
    refusal(run("audit", "verify", "--heads", heads, "--key", heads), "FILE_UNUSABLE")
    refusal(run("audit", "head", "--key", public), "FILE_UNUSABLE")
    curve = ec.generate_private_key(ec.SECP256R1())
    heads.write_bytes(
        curve.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    refusal(run("audit", "head", "--key", heads), "FILE_UNUSABLE")
    assert run("audit", "head", "--key", tmp_path / "none").exit_code == 2


# Whole or not.


def test_a_whole_database_and_one_thing_wrong_at_a_time(
    world: World, run: Callable[..., Result]
) -> None:
    actor = world.registered()
    world.approve(Kind.INFO_MODIFICATION, actor, title=231)
    ended = world.registered("注销者")
    world.approve(Kind.DEREGISTRATION, ended)
    done = run("db", "check")
    assert (done.exit_code, done.stdout.split(":")[0]) == (0, "whole"), done.output
    record, credential = models.practice_record, models.credential
    wrongs: dict[str, Any] = {
        "A place that is not": record.update().values(place="11"),
        "without the version": record.update().values(version=9),
        "not as it was ordered": credential.update()
        .where(credential.c.state == "ACTIVE")
        .values(state="SUSPENDED"),
        "against its record": record.update()
        .where(record.c.standing == "VALID")
        .values(standing="FILED", filed_on=world.today),
        "without a search key": models.person.update().values(name_key=""),
        "nobody ordered": models.issue_order.delete(),
    }
    for what, wrong in wrongs.items():
        with world.store.writing() as unit:
            nested = unit.connection.begin_nested()
            unit.connection.execute(wrong)
            found = [fault.what.en for fault in checkup.contradictions(unit)]
            nested.rollback()
        assert any(what in each for each in found), (what, found)
    with world.store.writing() as unit:
        unit.connection.execute(models.audit_head.update().values(seq=3))
    done = run("db", "check")
    assert (done.exit_code, "STORE_DAMAGED:1" in done.stderr) == (1, True)


def test_two_people_in_one_place_or_of_two_kinds_are_seen(sqlite_world: World) -> None:
    """What the constraints make impossible must be seen where they were absent."""
    world = sqlite_world
    actor = world.registered()
    world.approve(Kind.FIRST_REGISTRATION, actor, institution_id="beijing", place="11")
    record = models.practice_record
    beijing = record.c.place == "11"
    with world.store.writing() as unit:
        unit.connection.execute(
            record.update().where(beijing).values(level=2, place="110101", category=20)
        )
        found = {fault.what.en for fault in checkup.contradictions(unit)}
        assert {
            "An assistant in two places",
            "Level or category differs between live records",
        } <= found
        unit.connection.execute(sa.text("DROP INDEX uq_practice_record_live_place"))
        unit.connection.execute(
            record.update().where(record.c.place == "110101").values(place="46", level=1)
        )
        found = {fault.what.en for fault in checkup.contradictions(unit)}
        assert "Two live records for one place" in found
        assert "A place that is not the institution's" in found


def test_a_backup_taken_while_others_write_is_whole(sqlite_world: World, tmp_path: Path) -> None:
    world = sqlite_world
    url = str(world.store.engine.url)
    world.registered()
    stop, written_rows = threading.Event(), []

    def write() -> None:
        while not stop.is_set():
            written_rows.append(world.desk.note(Deed.EXPORT, "x", by=world.clerk(), now=NOON))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        backups = [tmp_path / f"backup{n}.db" for n in range(3)]
        for backup in backups:
            done = said(url, "db", "backup", backup)
            assert done.exit_code == 0, done.output
            assert done.stdout.startswith(f"{backup}: audit head ")
    finally:
        stop.set()
        writer.join()
    assert len(written_rows) > 3
    for backup in backups:
        assert backup.stat().st_mode & 0o077 == 0
        done = said(f"sqlite:///{backup}", "db", "check")
        assert done.stdout.startswith("whole"), done.output
    refusal(said(url, "db", "backup", backups[0]), "FILE_UNUSABLE")
    assert sorted(path.name for path in tmp_path.glob("*backup*")) == [b.name for b in backups]


def test_postgresql_is_backed_up_by_its_own_tool(
    run: Callable[..., Result], database_url: str, tmp_path: Path
) -> None:
    done = run("db", "backup", tmp_path / "copy")
    if database_url.startswith("sqlite"):
        assert done.exit_code == 0
    else:
        assert (done.exit_code, "pg_dump" in done.stderr) == (2, True)


# The schema.


@pytest.fixture
def old(database_url: str, tmp_path: Path) -> Any:
    """A database of the schema before search keys, with a registration approved there."""
    if database_url.startswith("sqlite"):
        database_url = f"sqlite:///{tmp_path}/old.db"
    store = Store.open(database_url)
    if not database_url.startswith("sqlite"):
        with store.writing() as unit:
            unit.connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            unit.connection.exec_driver_sql("CREATE SCHEMA public")
    migrations.upgrade(store, BEFORE)
    with store.writing() as unit:
        tables = sa.MetaData()
        tables.reflect(unit.connection)
        for name, row in OLD_ROWS.items():
            unit.connection.execute(tables.tables[name].insert(), row)
    yield store
    store.close()


BEFORE = "0002_accounts"
_SAID = {"standing": "VALID", "approved_on": "2026-11-23", "authority_id": "a", "ended_on": None}
_EMPTY = {"school": "", "education": ""}
OLD_ROWS: dict[str, dict[str, Any]] = {
    "authority": {
        "id": "a", "code": "A", "name": "机关", "kind": "HEALTH_COMMISSION", "region": "460000",
        "former_names": [],
    },
    "institution": {
        "id": "i", "registration_number": "R", "name": "海南醫院", "second_name": "海南省肿瘤医院",
        "county": "460106", "authority_id": "a", "subjects": [],
    },
    "person": {
        "id": "p", "name": "孫曉嵐", "id_number": "110105194912310021", "gender": "female",
        "born_on": date(1949, 12, 31), "binding": "ACTIVE",
    },
    "qualification": {
        "id": "q", "person_id": "p", "number": "1" * 24, "level": 1, "category": 10,
        "obtained_on": date(2020, 1, 1), "authority_name": "机关",
    },
    "licence_number": {"number": "1" * 15, "person_id": "p"},
    "audit": {
        "seq": 1, "at": NOON, "actor": "o", "role": "AUTHORITY_CLERK", "subject": "x",
        "action": "application.approve", "details": {}, "previous": "0" * 64, "hash": "1" * 64,
    },
    "practice_record": {
        "id": "r", "person_id": "p", "version": 1, "standing": "VALID", "level": 1, "category": 10,
        "qualification_id": "q", "licence_number": "1" * 15, "institution_id": "i",
        "county": "460106", "place": "46", "authority_id": "a", "scopes": ["CLINICAL.INTERNAL"],
        "title": 234, "approved_on": date(2026, 11, 23), **_EMPTY,
    },
    "practice_record_version": {
        "record_id": "r", "version": 1, "at": NOON, "audit_seq": 1, "body": _SAID,
    },
}  # fmt: skip


def test_a_migration_that_dies_leaves_the_old_schema_or_the_new(old: Store) -> None:
    """Cut at every third statement of the way to the newest schema."""
    newest, fuse = migrations.newest(), {"left": 10**9}

    @sa.event.listens_for(old.engine, "before_cursor_execute")
    def burn(*_: Any) -> None:
        fuse["left"] -= 1
        if fuse["left"] < 0:
            raise PowerCutError

    crashes = 0
    for statement in range(0, 1000, 3):
        fuse["left"] = statement
        try:
            migrations.upgrade(old)
        except PowerCutError:
            fuse["left"] = 10**9
            crashes += 1
        else:
            break
        columns = {each["name"] for each in sa.inspect(old.engine).get_columns("person")}
        if migrations.current(old) == newest:  # it died after its commit
            assert "name_key" in columns
            break
        assert migrations.current(old) == BEFORE
        assert "name_key" not in columns
    fuse["left"] = 10**9
    assert crashes > 5
    assert migrations.current(old) == newest


def test_what_was_there_is_found_and_listed_in_the_new_schema(old: Store) -> None:
    migrations.upgrade(old)
    with old.reading() as unit:
        people, offices = models.person.c, models.institution.c
        keys = unit.connection.execute(
            sa.select(people.name, people.name_key, people.name_initials)
        )
        assert tuple(keys.one()) == ("孫曉嵐", "孙晓岚", "sxl")
        keys = unit.connection.execute(
            sa.select(offices.name_key, offices.second_name_key, offices.name_initials)
        )
        assert tuple(keys.one()) == ("海南医院", "海南省肿瘤医院", "hnyy")
        (row,) = unit.connection.execute(sa.select(models.announcement)).all()
    assert (row.record_id, row.kind, row.day) == ("r", "REGISTERED", date(2026, 11, 23))


def test_sqlite_itself_can_read_a_backup(sqlite_world: World, tmp_path: Path) -> None:
    sqlite_world.registered()
    sqlite_world.store.backup(tmp_path / "copy.db")
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT count(*) FROM practice_record").fetchone() == (1,)
