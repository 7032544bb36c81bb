"""Many hands at once for as long as asked, some of them killed: nothing acknowledged may be lost.

    python tests/soak.py --minutes 10 --writers 8              clerks and physicians, codes, worker, reader
    python tests/soak.py --minutes 5 --kill-every 1            one of them killed each second (kill -9)
    python tests/soak.py --url postgresql+psycopg://…/empty    instead of SQLite in a folder of its own

Each writer is a process that takes invented physicians through their lives, step by step, and says every
step that was acknowledged; between lives it competes with the others for the same applications. Beside
them one process signs identity codes and verifies each, one carries out orders and publishes, and one
keeps reading transactions open for a second. In the end every acknowledged step must be in the history,
every signed credential must verify as its state says, and `yizheng db check` must find nothing.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

import app
from credential import envelope
from registry import checkup, ledger, migrations, models, queues, worker
from registry.errors import Code, RegistryError
from registry.record import Gender, Standing
from registry.roles import Actor
from registry.store import Store
from registry.workflow import Action, Application, ApplicationId, Status
from tests.registry.world import HEALTH, Kind, World
from verifier import Pin, TrustStore, VerificationError, verify
from wallet.errors import WalletError

T = TypeVar("T")
BASE = "https://yz.example"
IDS_OF_A_PROCESS = 9_000
LOST_RACES = frozenset(
    {Code.ALREADY_DECIDED, Code.STALE_FORM, Code.STEP_INVALID, Code.SELF_APPROVAL}
)
ROLES = ("codes", "orders", "reader")
VERDICTS = {"ACTIVE": "valid", "SUSPENDED": "SUSPENDED", "REVOKED": "REVOKED"}


# --- one process of each sort ----------------------------------------------------------------------


def say(what: str, **details: Any) -> None:
    """One line to whoever counts; it leaves the process before anything else is done."""
    print(json.dumps({"what": what, **details}), flush=True)


def patiently(ask: Callable[[], T]) -> T:
    """A database that is busy is asked again, as a page would be; anything else goes on."""
    while True:
        try:
            return ask()
        except RegistryError as error:
            if error.code is not Code.STORE_BUSY:
                raise
            say("busy")


class Clerks(World):
    """A world whose every step is done patiently and said once it was acknowledged."""

    def act(
        self, application_id: ApplicationId, action: Action, by: Actor, **more: Any
    ) -> Application:
        step = super().act
        try:
            after = patiently(lambda: step(application_id, action, by, **more))
        except RegistryError as error:
            if error.code not in LOST_RACES:
                raise
            say("lost race")
            return self.application(application_id)
        say("step", id=application_id, status=after.status)
        return after

    def somebody(self, name: str) -> Actor:
        actor = patiently(lambda: self.physician(name, photo=False))
        face = app.demo_portrait(str(actor.person_id), Gender.FEMALE)
        patiently(lambda: self.desk.upload_photo(face, by=actor, now=self.now))
        return actor


def write(store: Store, number: int, over: threading.Event) -> None:
    """Lives, one after the other; after each, a race for what others left to be approved."""
    dice, world = random.Random(number), Clerks(store, setting=False)
    world.now = app.clock()
    world._ids = itertools.count(1_000 + number * IDS_OF_A_PROCESS)
    last = 1_000 + (number + 1) * IDS_OF_A_PROCESS - 500
    while not over.is_set() and next(world._ids) < last:
        live(world, dice, over)
        with store.reading() as unit:
            waiting = queues.authority_queue(unit, "P46", Status.ACCEPTED)
        for each in waiting[:3]:
            world.act(each.id, Action.APPROVE, world.officer(number=number))


def live(world: Clerks, dice: random.Random, over: threading.Event) -> None:
    """A registration and some of what may come after; somebody else is left to be approved by whoever
    is first."""
    actor = world.somebody("林晓岚")
    story: list[tuple[Kind, dict[str, Any]]] = [
        (Kind.FIRST_REGISTRATION, {}),
        (Kind.INFO_MODIFICATION, {"title": 231}),
        (Kind.SUSPEND_FILING, {}),
        (Kind.CANCEL_SUSPEND_FILING, {}),
        (Kind.CHANGE, {}),
        (Kind.DEREGISTRATION, {}),
    ]
    for kind, answers in story[: dice.randint(1, len(story))]:
        if over.is_set():
            return
        application = patiently(lambda k=kind, a=answers: world.draft(k, actor, **a))  # type: ignore[misc]
        world.act(application, Action.SUBMIT, actor)
        world.advance(application, until=Status.APPROVED)
    other = world.somebody("周启明")
    left = patiently(lambda: world.draft(Kind.FIRST_REGISTRATION, other))
    world.act(left, Action.SUBMIT, other)
    world.act(left, Action.PASS, world.reviewer(left))
    world.act(left, Action.ACCEPT, world.decider(left))


def codes(store: Store, office: app.IssuingOffice, over: threading.Event) -> None:
    """Identity codes for whoever may show one, each read back as a patient's phone would."""
    wallet, reader = app.wallet_over(store, office), Reader(office)
    records = models.practice_record
    query = sa.select(records.c.person_id).where(records.c.standing == Standing.VALID)
    while not over.is_set():
        with store.reading() as unit:
            people = list(unit.connection.execute(query.limit(500)).scalars())
        for person in random.sample(people, min(len(people), 20)):
            now = app.clock()
            try:
                session = patiently(
                    lambda p=person, n=now: wallet.consent(p, device_id="soak", text="1", now=n)  # type: ignore[misc]
                )
                live_code = patiently(
                    lambda p=person, s=session, n=now: wallet.code(p, s.session_id, now=n)  # type: ignore[misc]
                )
            except WalletError:
                say("no code")
                continue
            said = reader.verdict(live_code.message, now)
            say("code" if said == "valid" else "wrong", said=said)
        time.sleep(0.05)


def orders(store: Store, office: app.IssuingOffice, over: threading.Event) -> None:
    """The worker."""
    while not over.is_set():
        worked = patiently(lambda: worker.work(store, office, clock=app.clock, limit=50))
        say("orders", done=worked.done, put_back=worked.put_back)
        over.wait(0.5)


def read(store: Store, over: threading.Event) -> None:
    """Transactions that read and then rest for a second, as a slow export would."""
    while not over.is_set():
        with store.reading() as unit:
            unit.audit_page()
            over.wait(1)
        say("read")
        over.wait(0.2)


class Reader:
    """An offline verifier with the bundle that was newest when it began."""

    def __init__(self, office: app.IssuingOffice) -> None:
        public, now = office.home.public, app.clock().timestamp()
        store = TrustStore(Path(tempfile.mkdtemp(prefix="reader-", dir=public.parent)))
        store.pin(Pin.of((public / "trust-lists" / "1").read_bytes()))
        self._trust = store.update(
            (public / "bundle").read_bytes(),
            now=now,
            older=lambda version: (public / "trust-lists" / str(version)).read_bytes(),
        )

    def verdict(self, message: bytes, now: datetime) -> str:
        """``valid``, or the reason why not."""
        try:
            verify(envelope.bare(message), trust=self._trust, now=now)
        except VerificationError as error:
            return str(error.reason)
        return "valid"


# --- all of them together --------------------------------------------------------------------------


@dataclass
class Outcome:
    """What a run came to."""

    counts: Counter[str] = field(default_factory=Counter)
    steps: list[tuple[str, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def hear(self, line: str) -> None:
        said = json.loads(line)
        self.counts[said["what"]] += 1
        if said["what"] == "step":
            self.steps.append((said["id"], said["status"]))
        if said["what"] == "wrong":
            self.wrong.append(f"identity code: {said['said']}")


@dataclass
class Hand:
    """One running process of the soak, and whether it has done anything yet."""

    name: str
    process: subprocess.Popen[str]
    listener: threading.Thread
    complaints: Path
    at_work: threading.Event


@dataclass
class Soak:
    """A country in a folder, and the processes at work on it."""

    url: str
    folder: Path
    outcome: Outcome = field(default_factory=Outcome)
    hands: dict[str, Hand] = field(default_factory=dict)
    numbers: Any = field(default_factory=itertools.count)

    def set_up(self) -> None:
        store = Store.open(self.url)
        migrations.upgrade(store)
        World(store)
        office = app.issuing_office(self.folder / "issuer", BASE)
        for code, region in HEALTH.items():
            prefix = region.rstrip("0") if len(region.rstrip("0")) > 1 else region[:2]
            words = app.Text(f"卫生健康委员会{code}", code)
            authority = app.Authority(office.issuer(f"HC{code}"), words, (prefix,))
            office.add(authority, now=app.clock())
        office.publish(now=app.clock())
        store.close()

    def start(self, name: str) -> None:
        """A process under this name; its number, and with it its ids, is used by no other."""
        number = next(self.numbers)
        complaints = self.folder / f"{number}.err"
        with complaints.open("w") as errors:
            process = subprocess.Popen(
                [
                    sys.executable, __file__, "--as", name.split("-", maxsplit=1)[0], "--number", str(number),
                    "--url", self.url, "--folder", str(self.folder),
                ],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
            )  # fmt: skip
        at_work = threading.Event()
        listener = threading.Thread(target=self._listen, args=(process, at_work), daemon=True)
        listener.start()
        self.hands[name] = Hand(name, process, listener, complaints, at_work)

    def _listen(self, process: subprocess.Popen[str], at_work: threading.Event) -> None:
        for line in process.stdout or ():
            if line.endswith("\n"):  # what was cut off by a kill was never said
                self.outcome.hear(line)
                at_work.set()

    def kill_one(self) -> None:
        """kill -9 for somebody who is at work, and another in the place."""
        busy = [hand for hand in self.hands.values() if hand.at_work.is_set()]
        if not busy:
            return
        hand = random.choice(busy)
        os.kill(hand.process.pid, signal.SIGKILL)
        hand.process.wait()
        hand.listener.join()
        self.outcome.counts["kill"] += 1
        self.start(hand.name)

    def watch(self) -> None:
        """Another in the place of whoever ended: a writer whose numbers are used up, or one that failed."""
        for hand in list(self.hands.values()):
            status = hand.process.poll()
            if status is not None:
                hand.listener.join()
                if status:
                    self.outcome.wrong.append(f"{hand.name}: {hand.complaints.read_text()[-2000:]}")
                self.start(hand.name)

    def stop(self) -> None:
        """Everybody ends what they are at."""
        for hand in self.hands.values():
            assert hand.process.stdin is not None
            hand.process.stdin.close()
        for hand in self.hands.values():
            if hand.process.wait(120):
                self.outcome.wrong.append(f"{hand.name}: {hand.complaints.read_text()[-2000:]}")
            hand.listener.join()

    def check(self) -> Outcome:
        """Whether everything that was acknowledged is there, and everything that is there is right."""
        store, office = Store.open(self.url), app.issuing_office(self.folder / "issuer", BASE)
        later = app.clock() + timedelta(minutes=3)  # what a killed worker had claimed is free
        worker.work(store, office, clock=lambda: later, limit=10**6)
        table, wrong = models.review_step, self.outcome.wrong
        with store.reading() as unit:
            rows = unit.connection.execute(sa.select(table.c.application_id, table.c.after))
            kept = {(row.application_id, row.after) for row in rows}
            wrong += [
                f"order left: {order.id} {order.last_error}" for order in ledger.pending(unit)
            ]
            held = models.credential
            signed = unit.connection.execute(sa.select(held.c.cti, held.c.state, held.c.message))
            credentials = [row for row in signed if row.message is not None]
        wrong += [f"lost: {step}" for step in set(self.outcome.steps) - kept]
        wrong += [f"{fault.what.en}: {fault.subjects}" for fault in checkup.faults(store)]
        reader = Reader(office)
        for row in random.sample(credentials, min(len(credentials), 300)):
            said, meant = reader.verdict(row.message, later), VERDICTS.get(row.state, row.state)
            if said != meant:
                wrong.append(f"credential {row.cti.hex()}: {said}, should be {meant}")
        self.outcome.counts["credential"] = len(credentials)
        store.close()
        return self.outcome


def run(
    url: str,
    folder: Path,
    *,
    writers: int,
    kill_every: float,
    is_enough: Callable[[Outcome], bool],
) -> Outcome:
    """A soak until it ``is_enough``; the outcome says what is wrong, which should be nothing."""
    soak = Soak(url, folder)
    soak.set_up()
    for name in (*(f"writer-{n}" for n in range(writers)), *ROLES):
        soak.start(name)
    killed = time.monotonic()
    try:
        while not is_enough(soak.outcome):
            time.sleep(0.1)
            soak.watch()
            if kill_every and time.monotonic() - killed >= kill_every:
                soak.kill_one()
                killed = time.monotonic()
    finally:
        soak.stop()
    return soak.check()


# --- from a command line ---------------------------------------------------------------------------


def be(role: str, number: int, url: str, folder: Path) -> None:
    """One process of a soak, until its input is closed."""
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    store = Store.open(url)
    office = app.issuing_office(folder / "issuer", BASE)
    {
        "writer": lambda: write(store, number, over),
        "codes": lambda: codes(store, office, over),
        "orders": lambda: orders(store, office, over),
        "reader": lambda: read(store, over),
    }[role]()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--kill-every", type=float, default=0, help="seconds; 0 kills nobody")
    parser.add_argument("--url", help="an empty database; SQLite in a folder of its own without")
    parser.add_argument("--as", dest="role", help=argparse.SUPPRESS)
    parser.add_argument("--number", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    os.environ.setdefault("YIZHENG_KEY_PASSPHRASE", "a passphrase for a soak")
    if asked.role:
        be(asked.role, asked.number, asked.url, asked.folder)
        return
    console, until = Console(), time.monotonic() + 60 * asked.minutes
    with tempfile.TemporaryDirectory() as directory, console.status("soaking") as status:

        def is_enough(outcome: Outcome) -> bool:
            said = ", ".join(f"{count:,} {what}" for what, count in sorted(outcome.counts.items()))
            status.update(f"{max(0, until - time.monotonic()):.0f} s left: {said}")
            return time.monotonic() > until

        outcome = run(
            asked.url or f"sqlite:///{directory}/registry.db",
            Path(directory),
            writers=asked.writers,
            kill_every=asked.kill_every,
            is_enough=is_enough,
        )
    table = Table("what", "how often")
    for what, count in sorted(outcome.counts.items()):
        table.add_row(what, f"{count:,}")
    console.print(table)
    for wrong in outcome.wrong:
        console.print(f"WRONG {wrong}")
    raise SystemExit(1 if outcome.wrong else 0)


if __name__ == "__main__":
    main()
