"""Command and page give the same code for the same input: every vector, and ten thousand hostile texts."""

from __future__ import annotations

import json
import random
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from credential import cbor, labels, qr
from credential.errors import CredentialError
from tests import fuzz, office, vector_runner
from tests.verifier.pwa.conftest import PAGE
from verifier.errors import VerificationError
from verifier.verify import verify

INPUTS = 10_000
SEED = 20261122


class Node:
    """The second implementation in one process: a question a line, an answer a line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, question: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"no answer to {question!r}"
        return json.loads(line)


@contextmanager
def answers(node: str) -> Iterator[Node]:
    command = [node, "--disable-warning=ExperimentalWarning", str(PAGE / "testing" / "answers.mjs")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        yield Node(process)
        assert process.stdin is not None
        process.stdin.close()


def test_both_verifiers_answer_alike(node: str) -> None:
    trust, now = office.trust(), office.at(office.NOW)
    world = {
        "pin": office.pin().to_bytes().hex(),
        "bundle": office.bundle().to_bytes().hex(),
        "taken_in": office.NOW,
    }
    reached: Counter[str] = Counter()
    with answers(node) as page:
        for case in vector_runner.cases():
            assert page.ask({"case": case}) == vector_runner.run(case), case["name"]
        assert page.ask({"world": world}) == {"ready": True}
        for sort, text in texts(random.Random(SEED)):
            try:
                verify(text, trust=trust, now=now)
                ours = {"verdict": "valid", "code": None}
            except VerificationError as error:
                ours = {"verdict": str(error.verdict), "code": error.reason}
            assert page.ask({"text": text, "now": office.NOW}) == ours, (sort, text)
            code = (ours["code"] or "VALID").partition(":")[0]
            reached[code] += 1
            reached[f"{sort} {code}"] += 1
    # What was meant to be tried was tried, and good codes were among it.
    assert reached["VALID"] >= INPUTS // 20
    for sort in _AIMED:
        assert sum(n for name, n in reached.items() if name.startswith(f"{sort} ")) >= 200, sort
    assert reached["bad UTF-8 CBOR_TEXT"] >= 50
    assert reached["key order CBOR_KEY_ORDER"] >= 50
    assert reached["bool for int CLAIM_TYPE"] + reached["bool for int CBOR_MALFORMED"] >= 50
    assert reached["float for int CLAIM_TYPE"] >= 50
    assert len({name for name in reached if " " not in name}) >= 25, sorted(reached)


PICTURES: dict[str, dict[str, Any]] = {
    "PNG": {}, "JPEG": {}, "JPEG progressive": {"progressive": True}, "JPEG with notes": {"exif": b"Exif\0\0" + b"\xff\xc0" * 9000},
    "GIF": {}, "BMP": {}, "WEBP": {}, "WEBP lossless": {"lossless": True}, "WEBP extended": {"exif": b"Exif\0\0"},
}  # fmt: skip


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.parametrize("size", [(1, 1), (37, 300), (6_000, 5)])
def test_the_pixels_of_a_picture_are_read_from_its_header(
    node: str, kind: str, size: tuple[int, int]
) -> None:
    out = BytesIO()
    Image.new("RGB", size).save(out, kind.partition(" ")[0], **PICTURES[kind])
    whole = out.getvalue()
    with answers(node) as page:
        assert page.ask({"picture": whole.hex()}) == {"pixels": size[0] * size[1]}
        # However it is cut, it is told or it is not, and never wrongly.
        told = {page.ask({"picture": whole[:end].hex()})["pixels"] for end in range(1, 60)}
    assert told <= {None, size[0] * size[1]}
    assert None in told


def test_what_is_no_picture_has_no_pixels(node: str) -> None:
    with answers(node) as page:
        for content in (b"%PDF-1.7", b"\xff\xd8" + b"\xff" * 900, b"RIFF0000WEBPVP9 " + b"\0" * 40):
            assert page.ask({"picture": content.hex()}) == {"pixels": None}


def test_codes_are_drawn_alike(node: str) -> None:
    """Same version and level for texts of every length and form; what the page draws is read back."""
    chance = random.Random(SEED)
    versions, levels = set(), set()
    with answers(node) as page:
        for number, text in enumerate(_drawn_texts(chance)):
            kind = chance.choice(("licence", "badge", "identity-code", "default"))
            said = page.ask({"draw": text, "kind": kind})
            if "code" in said:
                with pytest.raises(CredentialError) as refused:
                    qr.plan(text, kind)
                assert refused.value.reason == said["code"]
                continue
            planned = qr.plan(text, kind)
            assert (said["version"], said["level"]) == (planned.version, planned.level), text
            versions.add(planned.version)
            levels.add(planned.level)
            if number % 10 == 0:
                dark = np.array([[bit == "1" for bit in row] for row in said["rows"]])
                grey = np.pad(np.where(dark, 0, 255).astype("uint8"), 4, constant_values=255)
                read = zxingcpp.read_barcodes(
                    grey.repeat(4, 0).repeat(4, 1), formats=zxingcpp.BarcodeFormat.QRCode
                )
                assert [code.text for code in read] == [text]
    assert versions == set(range(1, 41))
    assert levels == set("LMQH")


def _drawn_texts(chance: random.Random) -> Iterator[str]:
    base45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
    for length in [*range(1, 300, 2), *range(300, 4400, 29), 4296, 4297]:
        yield "".join(chance.choices(base45, k=length)).replace(" ", "A")
    for length in [*range(1, 300, 3), *range(300, 7100, 61), 7000, 7070]:
        yield f"https://{office.HOST}/v#" + "".join(chance.choices("0123456789", k=length))
    for length in range(1, 1100, 13):
        yield "医证abc" + "".join(chance.choices("医师执业证照ab ", k=length)) + "x"


def texts(chance: random.Random) -> Iterator[tuple[str, str]]:
    """Texts with what is wrong with them: two thirds as the fuzz makes them, the rest aimed."""
    hostile = fuzz.inputs(INPUTS, chance)
    for number in range(INPUTS):
        if number % 3:
            yield "fuzz", next(hostile)[0]
        else:
            sort = list(_AIMED)[number // 3 % len(_AIMED)]
            yield sort, _AIMED[sort](chance)


def _signed(claims: bytes) -> str:
    return office.text(office.sign_claims(claims))


def _bad_utf8(chance: random.Random) -> str:
    """A name whose bytes are overlong, surrogates, cut off, beyond the last character — or good after all."""
    name = chance.choice(
        (b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe7\x94", b"\xff", b"\x80",
         b"\xef\xbb\xbf", b"\xef\xbb\xbf\xe7\x94\xb2", b"\x00", b"\xf0\x9f\x91\xa9", b"\xe0\x80\x80", b"\xf8\x88\x80\x80\x80")
    ) * chance.randrange(1, 4)  # fmt: skip
    head = bytes([0x60 | len(name)]) if len(name) < 24 else bytes([0x78, len(name)])
    return _signed(cbor.encode(office.claims()).replace(cbor.encode("甲示例"), head + name, 1))


def _pairs(said: dict[Any, Any]) -> list[tuple[bytes, bytes]]:
    return [(cbor.encode(key), cbor.encode(value)) for key, value in _sorted_items(said)]


def _sorted_items(said: dict[Any, Any]) -> list[tuple[Any, Any]]:
    return sorted(said.items(), key=lambda item: cbor.encode(item[0]))


def _map(pairs: list[tuple[bytes, bytes]]) -> bytes:
    return bytes([0xA0 | len(pairs)]) + b"".join(key + value for key, value in pairs)


def _key_order(chance: random.Random) -> str:
    """The claims, or the identity data, with two keys exchanged; sometimes one of them twice."""
    said = office.claims()
    pairs = _pairs(said)
    if chance.random() < 0.5:
        i, j = chance.sample(range(len(pairs)), 2)
        pairs[i], pairs[j] = pairs[j], pairs[i]
    else:
        place = next(i for i, (key, _) in enumerate(pairs) if key == cbor.encode(labels.IDENTITY))
        inner = _pairs(said[labels.IDENTITY])
        chance.shuffle(inner)
        if chance.random() < 0.3:
            inner[0] = inner[-1]
        pairs[place] = (pairs[place][0], _map(inner))
    return _signed(_map(pairs))


def _number_places(said: dict[Any, Any]) -> list[tuple[dict[Any, Any], Any]]:
    identity = said[labels.IDENTITY]
    places = [(said, label) for label, value in said.items() if isinstance(value, int)]
    places += [(identity, label) for label, value in identity.items() if isinstance(value, int)]
    return [*places, (said[labels.STATUS]["status_list"], "idx")]


def _other_number(value: Callable[[random.Random, int], Any]) -> Callable[[random.Random], str]:
    def text(chance: random.Random) -> str:
        said = office.claims()
        said[labels.IDENTITY] = dict(said[labels.IDENTITY])
        place, label = chance.choice(_number_places(said))
        place[label] = value(chance, place[label])
        return _signed(cbor.encode(said))

    return text


def _bool(chance: random.Random, _number: int) -> Any:
    return chance.choice((True, False, None))


def _float(chance: random.Random, number: int) -> Any:
    return chance.choice((float(number), float("nan"), float("inf"), -0.0, number + 0.5))


def _integer(chance: random.Random, number: int) -> Any:
    near = (
        number + 1,
        number - 1,
        -number,
        2**53 + 1,
        2**63,
        2**64 - 1,
        -(2**64),
        0,
        1,
        3,
        20240229,
    )
    return chance.choice(near)


def _text_form(chance: random.Random) -> str:
    """A good text changed outside of its content."""
    good = chance.choice((office.text, office.link))(chance.choice(fuzz._good()))
    return chance.choice(
        (
            good + "\n", " " + good, good.lower(), good.replace("https", "HTTPS"), good + "0", good[:-1],
            good.replace("/v#", "/v?#"), good.replace("/v#", "/v#0"), good.replace(office.HOST, "yz.example:443"),
            good.replace(office.HOST, "other.example"), good + "１", "\ufeff" + good, good + "\x00", good * 8,
            good.replace("/v#", "/v#2"), good + "%", good[: chance.randrange(len(good))],
        )
    )  # fmt: skip


_AIMED: dict[str, Callable[[random.Random], str]] = {
    "bad UTF-8": _bad_utf8,
    "key order": _key_order,
    "bool for int": _other_number(_bool),
    "float for int": _other_number(_float),
    "other integer": _other_number(_integer),
    "text form": _text_form,
}
