"""A seeded fuzz of ``verify``: whatever the text, an answer, in little memory, in no time.

    python tests/fuzz.py --inputs 1000000 [--seed 1]

Inputs go from pure noise to claims that are wrong in one place under a good signature, so that every
step is reached. Each runs under a guard of five seconds; the slowest is printed. Every tenth input is
good, and must be valid: a verifier that refused everything would fail here.
"""

from __future__ import annotations

import argparse
import math
import random
import resource
import signal
import string
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import base45
import cbor2

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from credential import cbor, envelope, labels
from credential.errors import CredentialError
from tests import office
from verifier.trust import Trust
from verifier.verify import verify

GUARD_S = 5
WARM_UP = 2_000
MEMORY_KIB = 2 * 1024
_BASE45 = string.digits + string.ascii_uppercase + " $%*+-./:"


class Wanted(Enum):
    """What must come of an input."""

    VALID = "valid"
    REFUSED = "not valid"
    ANSWER = "any answer"


@dataclass
class Outcome:
    """What a run came to."""

    codes: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    slowest: str = ""
    grown_kib: int = 0


def run(count: int, *, seed: int, show: Any = None) -> Outcome:
    """Verifies ``count`` inputs; anything but an answer ends the run with the input that caused it."""
    outcome, trust, now = Outcome(), office.trust(), office.at(office.NOW)
    signal.signal(signal.SIGALRM, _too_slow)
    start_kib = 0
    for number, (text, wanted) in enumerate(inputs(count, random.Random(seed))):
        if number == min(WARM_UP, count // 2):
            start_kib = _peak_kib()
        signal.setitimer(signal.ITIMER_REAL, GUARD_S)
        begun = time.perf_counter()
        code = _answer(text, trust, now)
        spent = time.perf_counter() - begun
        signal.setitimer(signal.ITIMER_REAL, 0)
        if wanted is Wanted.VALID and code != "VALID":
            raise AssertionError(f"a good code was refused: {code}: {text!r}")
        if wanted is Wanted.REFUSED and code == "VALID" and not _is_harmless(text):
            raise AssertionError(f"a broken code was valid: {text!r}")
        outcome.codes[code] += 1
        if spent > outcome.slowest_s:
            outcome.slowest_s, outcome.slowest = spent, text
        if show is not None and number % 1000 == 0:
            show(number)
    outcome.grown_kib = _peak_kib() - start_kib
    return outcome


def _answer(text: str, trust: Trust, now: Any) -> str:
    try:
        verify(text, trust=trust, now=now)
    except CredentialError as error:
        return str(error.code)
    return "VALID"


def _is_harmless(text: str) -> bool:
    """Whether a changed text still holds one of the good messages: what changed says nothing."""
    return envelope.unwrap(text, hosts=[office.HOST])[-64:] in {each[-64:] for each in _good()}


@cache
def _good() -> tuple[bytes, ...]:
    kinds = (office.licence(), office.badge(), office.identity_code())
    return tuple(office.issued(office.credential(said)) for said in kinds)


@cache
def _bombs() -> tuple[str, ...]:
    sizes = (16_385, 100_000, 2_000_000)
    packed = (zlib.compress(bytes([fill]) * size, 9) for fill in (0, 0xD2) for size in sizes)
    return tuple(base45.b45encode(each).decode() for each in packed)


def inputs(count: int, chance: random.Random) -> Iterator[tuple[str, Wanted]]:
    """Texts, each with what must come of it."""
    for number in range(count):
        if number % 10 == 0:
            message = chance.choice(_good())
            yield (office.text(message) if number % 20 else office.link(message)), Wanted.VALID
        else:
            make, wanted = _BROKEN[number % len(_BROKEN)]
            yield make(chance), wanted


def _noise(chance: random.Random) -> str:
    return chance.randbytes(chance.randrange(200)).decode("latin-1")


def _unicode(chance: random.Random) -> str:
    return "".join(chr(chance.randrange(0xD800)) for _ in range(chance.randrange(60)))


def _base45_noise(chance: random.Random) -> str:
    return "6BF" + "".join(chance.choices(_BASE45, k=chance.randrange(120)))


def _digits(chance: random.Random) -> str:
    length = chance.choice((3, 30, 300, 4000))
    return f"https://{office.HOST}/v#" + "".join(chance.choices(string.digits, k=length))


def _bomb(chance: random.Random) -> str:
    return chance.choice(_bombs())


def _bytes_in_envelope(chance: random.Random) -> str:
    return office.text(chance.choice((b"", b"\xd2\x84")) + chance.randbytes(chance.randrange(80)))


def _changed_message(chance: random.Random) -> str:
    return office.link(_changed(chance, chance.choice(_good())))


def _changed_text(chance: random.Random) -> str:
    text = list(office.text(chance.choice(_good())))
    for _ in range(chance.randrange(1, 4)):
        text[chance.randrange(len(text))] = chance.choice(_BASE45 + "a\n医")
    return "".join(text)


def _changed_payload(chance: random.Random) -> str:
    return office.text(office.sign_claims(_changed(chance, cbor.encode(office.claims()))))


def _changed_claim(chance: random.Random) -> str:
    said = office.claims()
    place: Any = said if chance.random() < 0.5 else said[labels.IDENTITY]
    if place is not said:
        place = said[labels.IDENTITY] = dict(place)
    label = chance.choice(list(place))
    if chance.random() < 0.2:
        del place[label]
    else:
        place[label] = _value(chance, 0)
    return office.text(office.sign_claims(_encoded(said)))


def _changed_header(chance: random.Random) -> str:
    protected: dict[Any, Any] = {labels.ALG: -7, labels.KID: office.key("licence").kid}
    label = chance.choice((1, 2, 3, 4, 16, 33, 99, "x", -5))
    protected[label] = _value(chance, 0)
    unprotected = (
        {chance.choice((1, 2, 4, 16, 99)): _value(chance, 0)} if chance.random() < 0.3 else {}
    )
    parts = [_encoded(protected), unprotected, cbor.encode(office.claims()), bytes(64)]
    return office.text(office.raw(parts=parts))


_BROKEN: tuple[tuple[Callable[[random.Random], str], Wanted], ...] = (
    (_noise, Wanted.REFUSED),
    (_unicode, Wanted.REFUSED),
    (_base45_noise, Wanted.REFUSED),
    (_digits, Wanted.REFUSED),
    (_bomb, Wanted.REFUSED),
    (_bytes_in_envelope, Wanted.REFUSED),
    (_changed_message, Wanted.REFUSED),
    (_changed_text, Wanted.REFUSED),
    (_changed_header, Wanted.REFUSED),
    # Signed for good: what was changed may be allowed.
    (_changed_claim, Wanted.ANSWER),
    (_changed_payload, Wanted.ANSWER),
    (_changed_claim, Wanted.ANSWER),
    (_changed_payload, Wanted.ANSWER),
)


def _changed(chance: random.Random, data: bytes) -> bytes:
    """``data`` with a bit turned, a byte set, a part cut out, doubled, or noise put in."""
    at, length = chance.randrange(len(data)), chance.randrange(1, 9)
    changed = bytearray(data)
    match chance.randrange(5):
        case 0:
            changed[at] ^= 1 << chance.randrange(8)
        case 1:
            changed[at] = chance.randrange(256)
        case 2:
            del changed[at : at + length]
        case 3:
            changed[at:at] = changed[at : at + length]
        case _:
            changed[at:at] = chance.randbytes(length)
    return bytes(changed)


def _value(chance: random.Random, depth: int) -> Any:
    """Any CBOR value: the right ones for another place, and wrong ones."""
    simple: tuple[Any, ...] = (
        0, 1, -1, 2, 23, 24, 255, 2**32, 2**53, 2**63, 2**64 - 1, -(2**64), 20230230, 1.0, 1.5, math.nan,
        math.inf, True, False, None, cbor2.undefined, cbor2.CBORSimpleValue(99), "", "x", "医" * 40, b"",
        bytes(8), bytes(300), office.NOW, office.LIST,
    )  # fmt: skip
    if depth > 3 or chance.random() < 0.7:
        return chance.choice(simple)
    if chance.random() < 0.5:
        return [_value(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {chance.choice((0, 1, 2, "idx", "uri", "status_list")): _value(chance, depth + 1)
            for _ in range(chance.randrange(4))}  # fmt: skip


def _encoded(value: Any) -> bytes:
    """Our deterministic encoding where the keys allow it, any encoding otherwise."""
    try:
        return cbor.encode(value)
    except (TypeError, AttributeError):
        return bytes(cbor2.dumps(value))


def _peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _too_slow(_signal: int, _frame: FrameType | None) -> None:
    raise AssertionError(f"no answer within {GUARD_S} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    from rich.progress import Progress

    with Progress() as progress:
        task = progress.add_task("fuzz", total=asked.inputs)
        outcome = run(
            asked.inputs, seed=asked.seed, show=lambda n: progress.update(task, completed=n)
        )
    for code, times in outcome.codes.most_common():
        print(f"{times:>9}  {code}")
    print(
        f"{len(outcome.codes)} answers; slowest {outcome.slowest_s * 1000:.1f} ms: {outcome.slowest[:60]!r}"
    )
    print(f"memory beyond the start: {outcome.grown_kib} KiB (limit {MEMORY_KIB})")
    if outcome.grown_kib > MEMORY_KIB:
        sys.exit("verify used more memory than it may")


if __name__ == "__main__":
    main()
