"""Where registry and issuer meet: an approval becomes a signed code, and a filing suspends it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

import app
from credential import envelope
from registry import migrations, models, worker
from registry.desk import Desk
from registry.kinds import ApplicationKind
from registry.roles import Actor
from registry.seed import Demo
from registry.store import Store
from tests.conftest import PASSPHRASE
from verifier import Pin, TrustStore, VerificationError, verify

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
BASE = "https://yz.example"


class Country:
    """The demonstration country with a test issuer for each authority, and a reader with its bundle."""

    def __init__(self, store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("YIZHENG_KEY_PASSPHRASE", PASSPHRASE)
        numbers = itertools.count(1)
        desk = Desk(
            store=store,
            new_id=lambda: f"test{next(numbers):08}",
            new_cti=lambda: next(numbers).to_bytes(8, "big"),
        )
        self.demo = Demo(desk=desk, now=NOW, portrait=app.demo_portrait)
        self.demo.set_up_offices()
        self.office = app.issuing_office(folder / "issuer", BASE)
        self.reader = TrustStore(folder / "reader")

    def open_issuers(self) -> None:
        with self.demo.desk.store.reading() as unit:
            authorities = unit.authorities()
        for code, name, region in authorities:
            words = app.Text(name, code)
            iss = self.office.issuer(code)
            self.office.add(app.Authority(iss, words, (app._prefix(region),)), now=self.demo.now)
        self.office.publish(now=self.demo.now)
        self.reader.pin(Pin.of((self.office.home.public / "trust-lists" / "1").read_bytes()))

    def work(self) -> worker.Worked:
        return worker.work(self.demo.desk.store, self.office, clock=lambda: self.demo.now)

    def messages(self, actor: Actor) -> dict[tuple[str, int], bytes]:
        """What was signed for a physician, by kind and version."""
        table, records = models.credential, models.practice_record
        query = (
            sa.select(table.c.kind, table.c.version, table.c.message)
            .join(records, records.c.id == table.c.record_id)
            .where(records.c.person_id == actor.person_id, table.c.message.is_not(None))
        )
        with self.demo.desk.store.reading() as unit:
            return {(str(k), v): m for k, v, m in unit.connection.execute(query)}

    def verdict(self, message: bytes) -> str:
        """What an offline verifier with the newest bundle says."""
        public = self.office.home.public
        trust = self.reader.update(
            (public / "bundle").read_bytes(),
            now=self.demo.now.timestamp(),
            older=lambda version: (public / "trust-lists" / str(version)).read_bytes(),
        )
        try:
            verified = verify(envelope.bare(message), trust=trust, now=self.demo.now)
        except VerificationError as error:
            return error.reason
        return f"valid {verified.credential.facts.name} {verified.credential.iss}"


@pytest.fixture
def country(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Country]:
    store = Store.open(f"sqlite:///{tmp_path / 'registry.db'}")
    migrations.upgrade(store)
    yield Country(store, tmp_path, monkeypatch)
    store.close()


def test_an_approved_registration_gives_a_licence_and_a_badge_that_verify(country: Country) -> None:
    country.open_issuers()
    actor = country.demo.register(country.demo.person("林晓岚"))
    assert country.work() == worker.Worked(done=2, put_back=0)
    signed = country.messages(actor)
    assert set(signed) == {("LICENCE", 1), ("BADGE", 1)}
    for message in signed.values():
        assert country.verdict(message) == f"valid 林晓岚 {BASE}/i/HC46"


def test_a_change_supersedes_a_filing_suspends_and_its_cancellation_resumes(
    country: Country,
) -> None:
    country.open_issuers()
    demo = country.demo
    actor = demo.register(demo.person("林晓岚"))
    country.work()
    first = country.messages(actor)["LICENCE", 1]
    demo.now += timedelta(days=3)
    demo.approve(ApplicationKind.CHANGE, actor, institution_id="beijing", place="11")
    country.work()
    second = country.messages(actor)["LICENCE", 2]
    assert country.verdict(first) == "SUPERSEDED"
    assert country.verdict(second) == f"valid 林晓岚 {BASE}/i/HC11"
    demo.now += timedelta(days=3)
    demo.approve(ApplicationKind.SUSPEND_FILING, actor, reason="TRANSFERRED")
    country.work()
    assert country.verdict(second) == "SUSPENDED"
    assert country.verdict(country.messages(actor)["BADGE", 2]) == "SUSPENDED"
    demo.now += timedelta(days=3)
    demo.approve(ApplicationKind.CANCEL_SUSPEND_FILING, actor, reason="恢复执业")
    country.work()
    assert country.verdict(second).startswith("valid")
    demo.now += timedelta(days=3)
    demo.approve(ApplicationKind.DEREGISTRATION, actor, reason="VOLUNTARY")
    country.work()
    assert country.verdict(second) == "REVOKED"
    assert country.verdict(first) == "SUPERSEDED"


def test_where_the_issuer_cannot_sign_the_record_stands_and_the_order_waits(
    country: Country,
) -> None:
    actor = country.demo.register(country.demo.person("林晓岚"))
    assert country.work() == worker.Worked(done=0, put_back=2)
    assert len(country.demo.dossier(actor).live_records) == 1
    country.open_issuers()
    country.demo.now += timedelta(hours=2)
    assert country.work() == worker.Worked(done=2, put_back=0)
    assert country.verdict(country.messages(actor)["BADGE", 1]).startswith("valid")


def test_an_order_carried_out_twice_gives_one_credential(country: Country) -> None:
    country.open_issuers()
    actor = country.demo.register(country.demo.person("林晓岚"))
    country.work()
    before = country.messages(actor)
    orders = models.issue_order
    with country.demo.desk.store.writing() as unit:  # as if the worker had died before noting it
        unit.connection.execute(sa.update(orders).values(done_at=None, claimed_until=None))
    country.demo.now += timedelta(hours=1)
    assert country.work().done == 2
    assert country.messages(actor) == before


def test_the_commands_go_from_an_empty_folder_to_signed_codes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YIZHENG_KEY_PASSPHRASE", PASSPHRASE)

    def run(*args: str) -> str:
        done = CliRunner().invoke(app.yizheng, args, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    assert "41 physicians" in run("seed")
    assert run("issuers").count("/i/") == 8
    assert " done, 0 put back" in run("work")
    assert run("work").startswith("0 done, 0 put back")
    assert "unbroken" in run("audit", "verify")
    refused = CliRunner().invoke(app.yizheng, ["work"], env={"YIZHENG_KEY_PASSPHRASE": ""})
    assert (refused.exit_code, "YIZHENG_KEY_PASSPHRASE" in refused.output) == (2, True)


def test_an_old_backup_is_refused_until_what_it_forgot_is_revoked(
    country: Country, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    country.open_issuers()
    demo, url = country.demo, str(country.demo.desk.store.engine.url)
    monkeypatch.setattr(app, "clock", lambda: demo.now)

    def command(*arguments: str) -> Result:
        return CliRunner().invoke(app.yizheng, ["--database", url, *arguments])

    def work(*options: str) -> Result:
        home = ("--issuer-home", str(tmp_path / "issuer"), "--base-url", BASE)
        return command("work", *options, *home)

    before = demo.register(demo.person("林晓岚"))
    assert work().output.startswith("2 done")
    backup = tmp_path / "backup.db"
    assert command("db", "backup", str(backup)).exit_code == 0
    lost = demo.register(demo.person("周启明"))
    number = demo.dossier(lost).records[0].licence_number
    assert work().output.startswith("2 done")
    kept = country.messages(before)["LICENCE", 1]
    forgotten = country.messages(lost)
    assert all(country.verdict(message).startswith("valid") for message in forgotten.values())

    demo.desk.store.close()
    backup.replace(tmp_path / "registry.db")
    for _ in range(2):
        refused = work()
        assert (refused.exit_code, refused.stderr.split(":")[0]) == (1, "STORE_WENT_BACK")
    restored = work("--restored")
    assert restored.exit_code == 0, restored.output
    assert restored.output.count("revoked ") == 2
    assert {country.verdict(message) for message in forgotten.values()} == {"REVOKED"}
    assert country.verdict(kept).startswith("valid")
    assert work().exit_code == 0
    again = demo.register(demo.person("陈若溪"))
    assert demo.dossier(again).records[0].licence_number > number
    assert command("db", "check").output.startswith("whole")


def test_another_database_is_not_published_over_the_first(
    country: Country, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    country.open_issuers()
    country.demo.register(country.demo.person("林晓岚"))
    home = ["work", "--issuer-home", str(tmp_path / "issuer"), "--base-url", BASE]
    own = ["--database", str(country.demo.desk.store.engine.url)]
    assert CliRunner().invoke(app.yizheng, [*own, *home]).exit_code == 0
    other = ["--database", f"sqlite:///{tmp_path}/other.db"]
    assert CliRunner().invoke(app.yizheng, [*other, "db", "upgrade"]).exit_code == 0
    refused = CliRunner().invoke(app.yizheng, [*other, *home])
    assert (refused.exit_code, refused.stderr.split(":")[0]) == (1, "STORE_WENT_BACK")
