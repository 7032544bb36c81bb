"""`yizheng admin create`: the first administrator, made at the machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import app
from registry import audit, migrations, roll
from registry.accounts import password_fits
from registry.roles import Role
from registry.store import Store

PASSWORD = "Sea2026horse"


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'registry.db'}"
    store = Store.open(url)
    migrations.upgrade(store)
    store.close()
    return url


def create(url: str, *options: str, name: str = "keeper1", typed: str = f"{PASSWORD}\n") -> Result:
    arguments = ["--database", url, "admin", "create", "--username", name, "--name", "管理员甲"]
    return CliRunner().invoke(app.yizheng, [*arguments, *options], input=typed * 2)


def test_the_first_one(url: str) -> None:
    done = create(url)
    assert done.exit_code == 0, done.output
    assert PASSWORD not in done.output
    store = Store.open(url)
    with store.reading() as unit:
        made = roll.account_named(unit, "keeper1")
        (row,) = unit.audit_page()
    store.close()
    assert made is not None
    assert (made.role, made.name, made.org_id) == (Role.ADMIN, "管理员甲", "")
    assert password_fits(PASSWORD, made.password_hash)
    audit.verify([row])
    assert (row.action, row.actor, row.subject) == ("account.open", "system", made.id)
    assert PASSWORD not in str(row)


def test_a_second_one_only_when_it_is_meant(url: str) -> None:
    assert create(url).exit_code == 0
    refused = create(url, name="keeper2")
    assert refused.exception is not None
    assert "ADMINISTRATOR_EXISTS" in refused.output
    assert create(url, "--another", name="keeper2").exit_code == 0


@pytest.mark.parametrize(
    ("name", "typed", "reason"),
    [
        ("keeper1", "short1\n", "PASSWORD_WEAK"),
        ("1keeper", f"{PASSWORD}\n", "USERNAME_INVALID"),
    ],
)
def test_what_is_refused_leaves_nothing(url: str, name: str, typed: str, reason: str) -> None:
    answer = create(url, name=name, typed=typed)
    assert answer.exit_code == 1
    assert reason in answer.output
    assert create(url).exit_code == 0


def test_two_passwords_that_differ_are_asked_again(url: str) -> None:
    done = CliRunner().invoke(
        app.yizheng,
        ["--database", url, "admin", "create", "--username", "keeper1", "--name", "管理员甲"],
        input=f"{PASSWORD}\nanother1X\n{PASSWORD}\n{PASSWORD}\n",
    )
    assert done.exit_code == 0, done.output
    assert "do not match" in done.output


def test_the_password_is_no_option(url: str) -> None:
    assert create(url, "--password", PASSWORD).exit_code == 2
