"""More than the service can do: whoever is not served is told so, nobody is answered wrongly, and it recovers."""

from __future__ import annotations

import json
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

import app as application
from registry import models
from tests.web.conftest import Pocket, csrf_of, running
from tests.web.test_wallet_badge import record_of
from tests.web.test_wallet_code import agreed
from verifier import verify

CLIENTS = 80  # ten for each thread that serves
IDLE = 300


@pytest.fixture
def port(pocket_app: Pocket) -> Iterator[int]:
    """The application behind the server it ships with."""
    with running(application.http_server(pocket_app.app, host="127.0.0.1", port=0)) as port:
        yield port


def asked(
    port: int, method: str, path: str, body: str = "", headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    line = HTTPConnection("127.0.0.1", port, timeout=60)
    line.request(method, path, body or None, headers or {})
    answer = line.getresponse()
    found = answer.status, answer.read()
    line.close()
    return found


@dataclass(frozen=True)
class Phone:
    """Somebody signed in who has agreed to be shown: what their phone sends for a code."""

    licence_number: str
    cookies: str
    form: str


def phones(pocket_app: Pocket) -> list[Phone]:
    """Every physician of the demonstration who may show a code, up to eight."""
    found = []
    for number in range(1, 41):
        visitor = pocket_app.signed_in(f"demo{number:02}")
        if visitor.get("/code").status_code != 200:
            continue
        form = {"session": agreed(visitor), "csrf_token": csrf_of(visitor.client)}
        cookies = (f"{each.key}={each.value}" for each in visitor.client._cookies.values())
        licence_number = licence_number_of(pocket_app, f"demo{number:02}")
        found.append(Phone(licence_number, "; ".join(cookies), urlencode(form)))
        if len(found) == 8:
            break
    return found


def licence_number_of(pocket_app: Pocket, username: str) -> str:
    records = models.practice_record
    query = select(records.c.licence_number).where(records.c.id == record_of(pocket_app, username))
    with pocket_app.store.reading() as unit:
        return str(unit.connection.execute(query).scalar_one())


def codes_at_once(port: int, showing: list[Phone]) -> list[tuple[Phone, int, Any]]:
    """Whose phone, the status, what was said: every client asks at the same instant."""
    start, heard = threading.Barrier(CLIENTS), list[tuple[Phone, int, Any]]()

    def ask(phone: Phone) -> None:
        start.wait()
        headers = {
            "Cookie": phone.cookies,
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        status, said = asked(port, "POST", "/code/next", phone.form, headers)
        heard.append((phone, status, json.loads(said)))

    clients = [
        threading.Thread(target=ask, args=(showing[number % len(showing)],))
        for number in range(CLIENTS)
    ]
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    return heard


def test_ten_times_the_load_gives_each_one_code_and_nobody_a_wrong_one(
    pocket_app: Pocket, port: int
) -> None:
    pocket_app.care()
    trust, showing = pocket_app.trust(), phones(pocket_app)
    assert len(showing) == 8
    seen = Counter[str]()
    for _ in range(4):
        pocket_app.clock.later(seconds=6)
        heard = codes_at_once(port, showing)
        assert len(heard) == CLIENTS
        assert {status for _, status, _ in heard} <= {200, 429, 503}, heard
        given = [(phone, said) for phone, status, said in heard if status == 200]
        # However often one person asks at once: one code in five seconds.
        assert len({phone.licence_number for phone, _ in given}) == len(given)
        for phone, said in given:
            found = verify(said["link"], trust=trust, now=pocket_app.clock()).credential
            assert found.facts.licence_number == phone.licence_number
            seen[phone.licence_number] += 1
        assert asked(port, "GET", "/readyz")[0] == 200
    assert min(seen[phone.licence_number] for phone in showing) >= 1, seen
    # And when the crowd is gone everybody is served.
    pocket_app.clock.later(seconds=6)
    for phone in showing:
        headers = {"Cookie": phone.cookies, "Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}  # fmt: skip
        assert asked(port, "POST", "/code/next", phone.form, headers)[0] == 200


def test_silent_connections_keep_nobody_out(port: int) -> None:
    with ExitStack() as silent:
        for _ in range(IDLE):
            silent.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
        assert asked(port, "GET", "/healthz")[0] == 200
