"""Runs one case of ``tests/vectors``: what the second implementation must do too.

A case names a *world* of ``worlds.json`` (a pin, and the bundle a reader took in) and an operation:

* ``verify``  the text at ``now`` → verdict, code, facts, notices, as_of
* ``update``  the bundles, each at ``now``; all but the last are taken in → code, or what is then held;
              with a ``text``, that is verified afterwards
* ``time``    a signed time → code, or the time
* ``clock``   a reader's own clock against what it has seen signed → code
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from credential import facts
from credential.errors import CredentialError
from credential.trust_list import Bundle
from verifier.errors import VerificationError, verdict_of
from verifier.trust import Pin, Trust, accept_list
from verifier.verify import verify

FOLDER = Path(__file__).resolve().parent / "vectors"
OTHERS = {"worlds", "code-book"}
"""Files that hold no cases: what the cases stand on, and what whoever keeps a code book must rebuild."""


def cases() -> list[dict[str, Any]]:
    """Every case, in the order of the files."""
    files = [file for file in sorted(FOLDER.glob("*.json")) if file.stem not in OTHERS]
    return [case for file in files for case in json.loads(file.read_text("utf-8"))]


@cache
def worlds() -> dict[str, dict[str, str]]:
    known: dict[str, dict[str, str]] = json.loads((FOLDER / "worlds.json").read_text("utf-8"))
    return known


def run(case: dict[str, Any]) -> dict[str, Any]:
    """What the case came to, in the shape of its ``expect``."""
    try:
        return {"verify": _verify, "update": _update, "time": _time, "clock": _clock}[case["op"]](
            case
        )
    except CredentialError as error:
        verdict = error.verdict if isinstance(error, VerificationError) else verdict_of(error.code)
        result: dict[str, Any] = {"verdict": str(verdict), "code": error.reason}
        if isinstance(error, VerificationError) and error.notices:
            result["notices"] = [str(code) for code in error.notices]
        return result


def _verify(case: dict[str, Any]) -> dict[str, Any]:
    return _verified(case["text"], _trust(case), case["now"])


def _verified(text: str, trust: Trust, now: float) -> dict[str, Any]:
    done = verify(text, trust=trust, now=datetime.fromtimestamp(now, UTC))
    return {
        "verdict": "valid",
        "kind": done.kind.slug,
        "facts": facts.to_json(done.credential.facts),
        "as_of": done.as_of,
        "notices": [str(code) for code in done.notices],
    }


def _update(case: dict[str, Any]) -> dict[str, Any]:
    pin, held = _pin(case), None
    older = {int(version): bytes.fromhex(data) for version, data in case.get("older", {}).items()}
    for data in case["bundles"]:
        parts = Bundle.from_bytes(bytes.fromhex(data))
        held = accept_list(parts.trust, pin=pin, held=held, now=case["now"], older=older.get)
        held = held.with_snapshot(parts.snapshot, parts.lists, now=case["now"])
    assert held is not None
    if "text" in case:
        return _verified(case["text"], held, case["now"])
    snapshot = held.held_snapshot()
    assert snapshot is not None
    return {"trust_version": held.content.version, "snapshot_version": snapshot.version}


def _time(case: dict[str, Any]) -> dict[str, Any]:
    message = bytes.fromhex(case["message"])
    return {"signed_time": _trust(case).with_signed_time(message, now=case["now"]).signed_time}


def _clock(case: dict[str, Any]) -> dict[str, Any]:
    _trust(case).check_clock(case["now"])
    return {"clock": "fine"}


def _pin(case: dict[str, Any]) -> Pin:
    return Pin.from_bytes(bytes.fromhex(worlds()[case["world"]]["pin"]))


@cache
def _world(name: str) -> Trust:
    world = worlds()[name]
    pin, now = Pin.from_bytes(bytes.fromhex(world["pin"])), int(world["taken_in"])
    parts = Bundle.from_bytes(bytes.fromhex(world["bundle"]))
    trust = accept_list(parts.trust, pin=pin, held=None, now=now, older=lambda _version: None)
    return (
        trust
        if world.get("trust_only")
        else trust.with_snapshot(parts.snapshot, parts.lists, now=now)
    )


def _trust(case: dict[str, Any]) -> Trust:
    return _world(case["world"])
