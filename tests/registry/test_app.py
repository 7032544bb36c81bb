"""The command, the import and the demonstration country."""

from __future__ import annotations

import io
import itertools
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

import app
from registry import migrations, models
from registry.accounts import (
    IdNumber,
    check_character,
    checked_username,
    hash_password,
    masked,
    password_fits,
)
from registry.errors import Code, RegistryError
from registry.imports import Base, Report, load
from registry.kinds import KINDS, ApplicationKind
from registry.ports import LocalIdentityProof, LocalOutbox
from registry.record import Gender
from registry.store import Store
from tests.registry.world import World

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)


def test_the_seed_is_the_same_each_time_and_its_log_is_unbroken(tmp_path: Path) -> None:
    outputs = []
    for name in ("one", "two"):
        url = f"sqlite:///{tmp_path / name}.db"
        for arguments in (["seed", "--day", "2026-11-23"], ["audit", "verify"]):
            result = CliRunner().invoke(app.yizheng, ["--database", url, *arguments])
            assert result.exit_code == 0, result.output
            outputs.append(result.output)
    assert outputs[:2] == outputs[2:]
    assert "41 physicians" in outputs[0]
    for state in ("有效", "注册备案（执业信息无效）", "暂停执业", "已注销", "助师升医师后自动失效"):
        assert state in outputs[0]
    store = Store.open(f"sqlite:///{tmp_path / 'one'}.db")
    with store.reading() as unit:
        count = {
            table.name: unit.connection.execute(
                sa.select(sa.func.count()).select_from(table)
            ).scalar_one()
            for table in (models.institution, models.person, models.account, models.task)
        }
        codes = sa.select(models.application.c.status).distinct()
        statuses = set(unit.connection.execute(codes).scalars())
    store.close()
    assert (count["institution"], count["person"]) == (12, 41)
    assert count["task"] > 0
    assert len(statuses) >= 9


def test_a_scripted_life_shows_every_step() -> None:
    output = CliRunner().invoke(app.yizheng, ["--database", "sqlite://", "life"]).output
    steps = [block.strip() for block in output.split("\n\n")]
    assert len(steps) == 6
    assert "已终止 · terminated" in steps[2]
    assert "暂停 · suspended" in steps[3]
    assert steps[4].count("有效 · active") == 2
    assert "已注销" in steps[5]
    assert "有效 · active" not in steps[5]


@pytest.mark.parametrize("kind", list(ApplicationKind))
def test_a_command_drives_each_kind_from_draft_to_effect(kind: ApplicationKind) -> None:
    done = CliRunner().invoke(app.yizheng, ["--database", "sqlite://", "life", "--kind", kind])
    assert done.exit_code == 0, done.output
    *_, application, outcome = done.stdout.strip().split("\n\n")
    title, *steps = application.splitlines()
    assert title == KINDS[kind].title.zh + " · " + KINDS[kind].title.en
    assert steps[-1].endswith("approved, in force")
    assert "执业记录" in outcome


def test_an_old_schema_is_refused_with_what_to_run(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(RegistryError, match="STORE_UNFIT:yizheng db upgrade"):
        app.new_desk(store, new_id=app.random_id, new_cti=app.random_cti)
    migrations.upgrade(store)
    assert app.new_desk(store, new_id=app.random_id, new_cti=app.random_cti)
    assert migrations.upgrade(store) == migrations.newest()
    store.close()


def test_the_schema_is_that_of_the_models(world: World) -> None:
    inspector = sa.inspect(world.store.engine)
    for table in models.metadata.tables.values():
        columns = {column["name"] for column in inspector.get_columns(table.name)}
        assert columns == {column.name for column in table.columns}
        indexes = {index["name"] for index in inspector.get_indexes(table.name)}
        assert {index.name for index in table.indexes} <= indexes


# Import.

HEADER = (
    "name,id_number,number,level,category,obtained_on,authority_name,major,school,education,"
    "admission_number,source\n"
)


def person_row(number: int, *, name: str = "王小明", level: int = 1) -> str:
    stem = f"46010619800101{number:03}"
    id_number = stem + check_character(stem)
    return f"{name},{id_number},201046{level}10{id_number},{level},10,2010-12-01,海南省卫健委,,,21,,EXAM\n"


def loaded(store: Store, text: str, *, dry_run: bool = False, prefix: str = "i") -> Report:
    counter = itertools.count()
    return load(
        store,
        Base.QUALIFICATIONS,
        io.StringIO(text),
        now=NOW,
        today=TODAY,
        new_id=lambda: f"{prefix}{next(counter)}",
        dry_run=dry_run,
    )


def test_a_bad_row_is_named_and_the_others_go_in_once(world: World) -> None:
    rows = [person_row(number) for number in range(40)]
    rows[25] = rows[25].replace(",1,10,2010", ",1,99,2010")
    text = HEADER + "".join(rows)
    dry = loaded(world.store, text, dry_run=True)
    assert (dry.added, len(dry.faults)) == (39, 1)
    first = loaded(world.store, text)
    assert (first.added, first.unchanged) == (39, 0)
    ((fault),) = first.faults
    assert (fault.line, str(fault.reasons[0])) == (27, "FIELD_OPTION:category")
    again = loaded(world.store, text, prefix="j")
    assert (again.added, again.unchanged, len(again.faults)) == (0, 39, 1)


def test_a_row_that_contradicts_is_an_error_and_changes_nothing(world: World) -> None:
    loaded(world.store, HEADER + person_row(1))
    report = loaded(world.store, HEADER + person_row(1, name="别的人"), prefix="j")
    assert [str(reason) for fault in report.faults for reason in fault.reasons] == [
        "DUPLICATE:id_number"
    ]


def test_a_file_without_its_columns_is_refused(world: World) -> None:
    with pytest.raises(RegistryError, match="FIELD_REQUIRED:number"):
        loaded(world.store, "name,id_number\n")


# Accounts and proofs.


def test_identity_numbers() -> None:
    good = IdNumber.parse("11010519491231002x", today=TODAY)
    assert good == IdNumber("11010519491231002X", Gender.FEMALE, date(1949, 12, 31))
    for bad in ("110105194912310021", "11010519491331002X", "1101051949123100", "440524188001010"):
        assert IdNumber.parse(bad, today=TODAY) is None
    future = "11010520991231002"
    assert IdNumber.parse(future + check_character(future), today=TODAY) is None


def test_passwords_and_user_names() -> None:
    kept = hash_password("Secret2026")
    assert password_fits("Secret2026", kept)
    assert not password_fits("Secret2027", kept)
    assert not password_fits("nobody has this password", "")
    for weak in ("short1", "onlyletters", "12345678", "Secret2026Secret2026"):
        with pytest.raises(RegistryError, match=Code.PASSWORD_WEAK):
            hash_password(weak)
    assert checked_username("Lin_2026") == "lin_2026"
    for wrong in ("1lin99", "abc", "averylongusername", "林晓岚医师好"):
        with pytest.raises(RegistryError, match=Code.USERNAME_INVALID):
            checked_username(wrong)
    assert masked("201046110460106198001010019") == "2*****9"


def test_the_local_proof_checks_what_it_can_and_says_what_it_cannot() -> None:
    proof = LocalIdentityProof().prove(
        name="林晓岚", id_number="11010519491231002X", face=b"", today=TODAY
    )
    assert proof.passed
    assert "not performed" in proof.stand_in
    wrong = LocalIdentityProof().prove(name="Lin", id_number="1", face=b"", today=TODAY)
    assert (wrong.passed, wrong.reason) == (False, "ID_NUMBER")


def test_the_local_outbox_keeps_every_message(tmp_path: Path) -> None:
    outbox = LocalOutbox(tmp_path / "outbox")
    outbox.send(to="13900000000", subject="验证码", text="123456")
    outbox.send(to="13900000001", subject="验证码", text="654321")
    texts = [path.read_text("utf-8") for path in sorted((tmp_path / "outbox").iterdir())]
    assert len(texts) == 2
    assert "654321" in texts[1]


@pytest.mark.parametrize("missing", ["flask", "sqlalchemy"])
def test_without_the_libraries_of_the_server_the_command_says_what_to_install(missing: str) -> None:
    blocked = (
        f"import sys; sys.modules['{missing}'] = None; from registry.__main__ import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", blocked, "life"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"yizheng: {missing} is missing; pip install 'yizheng[server]'\n"


def test_the_command_is_a_module_as_well() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "registry", "--help"], capture_output=True, text=True
    )
    assert (done.returncode, "yizheng" in done.stdout) == (0, True), done.stderr
