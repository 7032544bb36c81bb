"""How long a revocation takes: from the approval of a deregistration to a verifier that says REVOKED.

    python -m benchmarks.revocation [--rounds 15]

Everything is real: the demonstration country over SQLite, its issuers and all its credentials, the worker,
the files on the disk, and a verifier that takes the new bundle. Beside these times stand two pauses that
are settings and not measured: the worker of a serving application looks for orders once a second, and a
phone that is on line asks for new lists when its own are six hours old (`issuer.publish.TTL_S`) or older.
"""

from __future__ import annotations

import argparse
import itertools
import os
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import sqlalchemy as sa

import app
from credential import envelope
from registry import migrations, models, worker
from registry.kinds import ApplicationKind
from registry.store import Store
from registry.workflow import Status
from verifier import Pin, TrustStore, VerificationError, verify


def run(rounds: int) -> dict[str, float]:
    """Median milliseconds of each step."""
    os.environ.setdefault("YIZHENG_KEY_PASSPHRASE", "a passphrase for measuring")
    times: dict[str, list[float]] = {
        "three reviews": [],
        "carry out and publish": [],
        "take and check": [],
    }
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        store = Store.open(f"sqlite:///{folder / 'registry.db'}")
        office = app.issuing_office(folder / "issuer", "https://yz.example")
        migrations.upgrade(store)
        now = app.clock()
        demo = app.seed_demo(store, now)
        demo._numbers = itertools.count(100)
        with store.reading() as unit:
            authorities = unit.authorities()
        for code, name, region in authorities:
            words = app.Text(name, code)
            office.add(app.Authority(office.issuer(code), words, (app._prefix(region),)), now=now)
        worker.work(store, office, clock=lambda: now, limit=10_000)
        public = office.home.public
        reader = TrustStore(folder / "reader")
        reader.pin(Pin.of((public / "trust-lists" / "1").read_bytes()))
        for n in range(rounds):
            actor = demo.register(demo.person("量" + chr(0x4E00 + n)))
            worker.work(store, office, clock=lambda: now)
            message = licence_of(store, actor.person_id)
            application = demo.submit(ApplicationKind.DEREGISTRATION, actor, reason="VOLUNTARY")
            began = time.perf_counter()
            demo.advance(application, Status.APPROVED)
            approved = time.perf_counter()
            worker.work(store, office, clock=lambda: now)
            published = time.perf_counter()
            trust = reader.update(
                (public / "bundle").read_bytes(),
                now=now.timestamp(),
                older=lambda version: (public / "trust-lists" / str(version)).read_bytes(),
            )
            try:
                verify(envelope.bare(message), trust=trust, now=now)
            except VerificationError as error:
                if error.reason != "REVOKED":
                    raise
            else:
                raise AssertionError("a revocation was carried out and not seen")
            checked = time.perf_counter()
            times["three reviews"].append(approved - began)
            times["carry out and publish"].append(published - approved)
            times["take and check"].append(checked - published)
        store.close()
    return {what: 1000 * median(each) for what, each in times.items()}


def licence_of(store: Store, person_id: Any) -> bytes:
    """The signed licence of somebody with one record."""
    held, records = models.credential, models.practice_record
    query = (
        sa.select(held.c.message)
        .join(records, records.c.id == held.c.record_id)
        .where(records.c.person_id == person_id, held.c.kind == "LICENCE")
    )
    with store.reading() as unit:
        return bytes(unit.connection.execute(query).scalar_one())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    for what, milliseconds in run(parser.parse_args().rounds).items():
        print(f"{what:24}{milliseconds:8.1f} ms")


if __name__ == "__main__":
    main()
