"""P1 and P2: facts to text, and text to verified facts, beside other libraries and the bare signature.

Two licences: a small one whose COSE message has about 300 bytes, and a full one with the portrait of 560
bytes, two scopes and a filing. Rounds of ours, the others and raw ES256 alternate within one run, so that
whatever else the machine does hits all alike; a figure is the median of its rounds.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.timing import timed
from credential import cbor
from credential.claims import Face
from credential.cose import signature1_input, unpack_sign1
from issuer import issue, portrait
from issuer.demo_portraits import portrait as drawn
from issuer.signer import SigningKey
from tests import office
from verifier import verify

PEERS = Path(__file__).parent / ".venv" / "bin" / "python"
LIBRARIES = ("python-cwt", "pycose")
COUNTS = {"ours": 200, "raw": 200, "python-cwt": 200, "pycose": 40}


@dataclass(frozen=True)
class Work:
    """One licence to sign and verify, by us and as raw ES256."""

    name: str
    claims: bytes
    cose_bytes: int
    pieces: dict[tuple[str, str], Callable[[], Any]]


def works() -> list[Work]:
    photo = portrait.reduce(drawn(1), **portrait.LICENCE._asdict())
    small = office.licence(
        face=Face(office.PIXEL), scopes=("内科专业",), filings=(), institution="示范医院"
    )
    return [_work("small licence", small), _work("full licence", office.licence(face=Face(photo)))]


def _work(name: str, said: Any) -> Work:
    handle = office.key("licence").handle
    assert isinstance(handle, ec.EllipticCurvePrivateKey)
    key, now, trust = (
        SigningKey(office.KEYS[0], office.key("licence")),
        office.at(office.NOW),
        office.trust(),
    )
    status = office.credential().status
    assert status is not None

    def issued() -> issue.Issued:
        return issue.licence(said, key=key, status=status, now=now, new_id=lambda: office.CTI)

    one = issued()
    bare, link = one.bare(), one.link(office.HOST)
    message = unpack_sign1(one.cose)
    signed = signature1_input(message.protected, message.payload or b"")
    algorithm = ec.ECDSA(hashes.SHA256())
    signature, public = handle.sign(signed, algorithm), handle.public_key()
    pieces: dict[tuple[str, str], Callable[[], Any]] = {
        ("sign", "ours, bare"): lambda: issued().bare(),
        ("sign", "ours, link"): lambda: issued().link(office.HOST),
        ("sign", "raw"): lambda: handle.sign(signed, algorithm),
        ("verify", "ours, bare"): lambda: verify(bare, trust=trust, now=now),
        ("verify", "ours, link"): lambda: verify(link, trust=trust, now=now),
        ("verify", "raw"): lambda: public.verify(signature, signed, algorithm),
    }
    return Work(name, cbor.encode(one.credential.to_map()), len(one.cose), pieces)


class Peers:
    """The child process with the other libraries."""

    def __init__(self, claims: bytes) -> None:
        handle = office.key("licence").handle
        assert isinstance(handle, ec.EllipticCurvePrivateKey)
        numbers = handle.private_numbers()
        point = numbers.public_numbers
        given = {
            "d": numbers.private_value.to_bytes(32, "big").hex(),
            "x": point.x.to_bytes(32, "big").hex(),
            "y": point.y.to_bytes(32, "big").hex(),
            "kid": office.key("licence").kid.hex(),
            "claims": claims.hex(),
        }
        command = [str(PEERS), str(Path(__file__).parent / "peers.py")]
        self._child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._tell(given)
        assert self._answer() == "ready\n"

    def timed(self, library: str, piece: str) -> float:
        self._tell({"library": library, "piece": piece, "count": COUNTS[library]})
        return float(self._answer())

    def close(self) -> None:
        assert self._child.stdin is not None
        self._child.stdin.close()
        self._child.wait()

    def _tell(self, what: dict[str, Any]) -> None:
        assert self._child.stdin is not None
        self._child.stdin.write(json.dumps(what) + "\n")
        self._child.stdin.flush()

    def _answer(self) -> str:
        assert self._child.stdout is not None
        return self._child.stdout.readline()


def run(rounds: int) -> dict[str, Any]:
    """Microseconds by licence, piece and contestant: medians over ``rounds``."""
    return {work.name: _run(work, rounds) for work in works()}


def _run(work: Work, rounds: int) -> dict[str, Any]:
    taken: dict[tuple[str, str], list[float]] = {}
    peers = Peers(work.claims) if PEERS.exists() else None
    for _ in range(rounds):
        for (piece, who), do in work.pieces.items():
            taken.setdefault((piece, who), []).append(timed(do, COUNTS[who.partition(",")[0]]))
        for library in LIBRARIES if peers else ():
            for piece in ("sign", "verify"):
                taken.setdefault((piece, library), []).append(peers.timed(library, piece))
    if peers:
        peers.close()
    result: dict[str, Any] = {"cose_bytes": work.cose_bytes}
    for (piece, who), times in taken.items():
        result.setdefault(piece, {})[who] = round(median(times), 1)
    return result


if __name__ == "__main__":
    json.dump(run(15), sys.stdout, ensure_ascii=False, indent=1)
