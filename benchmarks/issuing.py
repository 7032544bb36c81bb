"""P3 and P10: a code book of twelve hours beside as many bare signatures, and bulk issuing on every core.

P3 compares processor time. Ours are signed deterministically (RFC 6979), which is itself slower than the
bare signature with a random number that other figures here are measured against; both ratios are given.

P10 compares elapsed time, as it is about cores: credentials a second from facts with reduced portraits
to messages, status entries on disk included, beside what one process signs of the same. The processor time
of both is given too: unlike the elapsed time it does not suffer from what else the machine does.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.timing import timed
from credential.claims import Face, StatusRef
from credential.code_book import MAX_SLICES
from credential.keys import Algorithm
from credential.text import Text
from credential.trust_list import Environment, Purpose
from issuer import issue, office, portrait
from issuer.bulk import Wanted, issue_all
from issuer.demo_portraits import portrait as drawn
from issuer.home import Home
from issuer.office import Authority
from issuer.signer import SigningKey
from tests import office as samples

PHYSICIANS = 5_000


def book(rounds: int) -> dict[str, Any]:
    """Milliseconds for 2,160 slices, and for 2,160 bare signatures over as many bytes."""
    key = SigningKey(samples.KEYS[2], samples.key("code"))
    handle = samples.key("code").handle
    assert isinstance(handle, ec.EllipticCurvePrivateKey)
    face = Face(portrait.reduce(drawn(1), **portrait.BOOK_SLICE._asdict()))
    said, now = samples.identity_code(face=face), samples.at(samples.NOW)

    def made() -> Any:
        return issue.code_book(
            said,
            key=key,
            status=StatusRef(1000, samples.LIST),
            book_id=samples.CTI,
            now=now,
            new_id=lambda: secrets.token_bytes(8),
            span_s=12 * 3600,
        )

    message = made().message(0)
    plain = ec.ECDSA(hashes.SHA256())
    same = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)

    def raw() -> None:
        for _ in range(MAX_SLICES):
            handle.sign(message, plain)

    def raw_deterministic() -> None:
        for _ in range(MAX_SLICES):
            handle.sign(message, same)

    pieces = {"book": made, "raw": raw, "raw, deterministic": raw_deterministic}
    taken: dict[str, list[float]] = {name: [] for name in pieces}
    for _ in range(rounds):
        for name, piece in pieces.items():
            taken[name].append(timed(piece, 1) / 1000)
    return {name: round(median(times), 2) for name, times in taken.items()} | {
        "bytes": len(made().to_bytes())
    }


def bulk(rounds: int) -> dict[str, Any]:
    """Credentials a second: signed by one process, and issued in bulk by one process a core."""
    cores = len(os.sched_getaffinity(0))
    taken: dict[str, list[tuple[float, float]]] = {"one process": [], "bulk": []}
    faces = {
        size: Face(portrait.reduce(drawn(1), **size._asdict()))
        for size in (portrait.LICENCE, portrait.BADGE)
    }
    licence = samples.licence(face=faces[portrait.LICENCE])
    badge = samples.badge(face=faces[portrait.BADGE])
    with tempfile.TemporaryDirectory() as folder:
        home, now = Home(Path(folder), passphrase=b"benchmark"), samples.at(samples.NOW)
        authority = Authority(samples.ISS, Text("示范市卫生健康委员会", "Demo"), ("11",))
        office.found(
            home,
            authority,
            host=samples.HOST,
            environment=Environment.TEST,
            algorithm=Algorithm.ES256,
            now=samples.NOW - 60,
        )
        keys = [
            home.signing_key(purpose, iss=samples.ISS, now=samples.NOW)
            for purpose in (Purpose.LICENCE, Purpose.BADGE)
        ]
        ref = StatusRef(1000, samples.LIST)
        for _ in range(rounds):
            with _clocks(taken["one process"], PHYSICIANS):
                for _ in range(PHYSICIANS // 2):
                    for said, key, sign in (
                        (licence, keys[0], issue.licence),
                        (badge, keys[1], issue.badge),
                    ):
                        sign(said, key=key, status=ref, now=now, new_id=lambda: samples.CTI)  # type: ignore[operator]
            wanted = [
                Wanted(said, secrets.token_bytes(8))
                for _ in range(PHYSICIANS)
                for said in (licence, badge)
            ]
            with _clocks(taken["bulk"], len(wanted)):
                messages = issue_all(home, wanted, iss=samples.ISS, now=now, processes=cores)
                assert sum(1 for _ in messages) == len(wanted)
    figures: dict[str, Any] = {"cores": cores}
    for name, rounds_ in taken.items():
        figures[name] = round(median(rate for rate, _ in rounds_))
        figures[f"{name}, processor µs"] = round(median(cpu for _, cpu in rounds_), 1)
    return figures


@contextmanager
def _clocks(into: list[tuple[float, float]], count: int) -> Iterator[None]:
    """Notes what a round of ``count`` credentials took: a second's worth by the wall, and processor time
    each, this process and its children together."""
    started, before = time.perf_counter(), sum(os.times()[:4])
    yield
    elapsed, spent = time.perf_counter() - started, sum(os.times()[:4]) - before
    into.append((count / elapsed, spent / count * 1e6))


def run(rounds: int) -> dict[str, Any]:
    return {"book": book(rounds), "bulk": bulk(max(1, rounds // 3))}


if __name__ == "__main__":
    json.dump(run(9), sys.stdout, indent=1)
