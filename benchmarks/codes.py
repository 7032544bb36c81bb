"""P4: the endpoint that gives identity codes, beside the same server's smallest route.

Everything is real: the application over SQLite with the demonstration country, a session read, the
physician's record read, the session counted on in a transaction, a signature. The clock is moved by hand, as
nobody is given two codes in five seconds.

* The ratio compares processor time a request, both through the same WSGI application in one process.
* Latency is that of a really served application with 64 connections at once.
"""

from __future__ import annotations

import logging
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlencode

import structlog
from waitress.server import create_server

import app as application
from credential.text import Text
from issuer.office import Authority
from registry import migrations
from registry.seed import PASSWORD
from registry.sessions import sign_in
from registry.store import Store
from registry.web.service import Browser
from registry.web.settings import Settings

START = datetime(2026, 11, 23, 2, tzinfo=UTC)
JSON = {"Accept": "application/json"}
CONNECTIONS = 64
_ROUNDS_A_SESSION = 80
_STEP = timedelta(seconds=6)


class _Service:
    """The application, physicians who are signed in, and a clock to be moved."""

    def __init__(self, folder: Path) -> None:
        self.now = START
        settings = Settings(
            database=f"sqlite:///{folder / 'registry.db'}",
            issuer_home=folder / "issuer",
            data=folder,
            rate_limits=False,
        )
        self.store = Store.open(settings.database)
        migrations.upgrade(self.store)
        application.seed_demo(self.store, START)
        office = application.office_of(settings)
        with self.store.reading() as unit:
            authorities = unit.authorities()
        for code, name, region in authorities:
            words = Text(name, code)
            place = (application._prefix(region),)
            office.add(Authority(office.issuer(code), words, place), now=START)
        self.app = application.create_app(
            settings, store=self.store, clock=lambda: self.now, testing=True
        )
        self.app.config["WTF_CSRF_ENABLED"] = False
        self.wallet = application.wallet_over(self.store, office)
        desk = application.new_desk(
            self.store, new_id=application.random_id, new_cti=application.random_cti
        )
        people = [f"demo-{number:02}" for number in range(1, 41)]
        ready = [each for each in people if self._may_show(each)]
        self.tokens = {
            each: sign_in(
                desk,
                f"demo{each[-2:]}",
                PASSWORD,
                browser=Browser(),
                now=START,
                new_token=application.secrets.token_urlsafe,
            )
            for each in ready
        }

    def _may_show(self, person_id: str) -> bool:
        return any(not each.reason for each in self.wallet.holders.holder(person_id).records)

    def agree(self) -> list[tuple[str, str]]:
        """For each physician the token of the sign-in and a new display session."""
        return [
            (
                token,
                self.wallet.consent(
                    person, device_id="bench", text="2026-11", now=self.now
                ).session_id,
            )
            for person, token in self.tokens.items()
        ]


@contextmanager
def _service() -> Iterator[_Service]:
    with tempfile.TemporaryDirectory() as folder:
        made = _Service(Path(folder))
        yield made
        made.store.close()


def identity_codes(rounds: int) -> dict[str, Any]:
    """Microseconds of processor time a request, and milliseconds at 64 connections."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with _service() as service:
        code, hello = _processor_time(service, rounds)
        latencies = _latencies(service, rounds)
    cuts = quantiles(latencies, n=100)
    return {
        "code_us": code,
        "hello_us": hello,
        "p50_ms": median(latencies),
        "p99_ms": cuts[98],
        "requests": len(latencies),
        "connections": CONNECTIONS,
    }


def _processor_time(service: _Service, rounds: int) -> tuple[float, float]:
    client, codes, hellos = service.app.test_client(), [], []
    for round_number in range(rounds):
        if round_number % _ROUNDS_A_SESSION == 0:
            sessions = service.agree()
        service.now += _STEP
        for token, session in sessions:
            client.set_cookie("yizheng", token)
            began = time.process_time_ns()
            answer = client.post("/code/next", data={"session": session}, headers=JSON)
            codes.append(time.process_time_ns() - began)
            assert answer.status_code == 200, answer.text
            client.delete_cookie("yizheng")
            began = time.process_time_ns()
            answer = client.get("/healthz")
            hellos.append(time.process_time_ns() - began)
            assert answer.status_code == 200
    return median(codes) / 1000, median(hellos) / 1000


def _latencies(service: _Service, rounds: int) -> list[float]:
    """Each physician asks once a round; the connections share them out."""
    server = create_server(service.app, host="127.0.0.1", port=0, threads=8)
    threading.Thread(target=server.run, daemon=True).start()
    took: list[float] = []
    for round_number in range(rounds):
        if round_number % _ROUNDS_A_SESSION == 0:
            sessions = service.agree()
        service.now += _STEP
        # Physicians are fewer than connections: some ask twice, and are told to wait, as in life.
        wanted = (sessions * (CONNECTIONS // len(sessions) + 1))[:CONNECTIONS]
        start = threading.Barrier(CONNECTIONS)
        asking = [
            threading.Thread(target=_ask, args=(server.effective_port, each, start, took))
            for each in wanted
        ]
        for each in asking:
            each.start()
        for each in asking:
            each.join()
    return took  # the server goes with the process


def _ask(port: int, who: tuple[str, str], start: threading.Barrier, took: list[float]) -> None:
    token, session = who
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {
        **JSON,
        "Cookie": f"yizheng={token}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    start.wait()
    began = time.perf_counter_ns()
    connection.request("POST", "/code/next", urlencode({"session": session}), headers)
    answer = connection.getresponse()
    answer.read()
    took.append((time.perf_counter_ns() - began) / 1e6)
    assert answer.status in (200, 429), answer.status
    connection.close()
