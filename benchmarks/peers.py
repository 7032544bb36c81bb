"""python-cwt and pycose at the same work, in a venv of their own (they want an older cbor2).

Run as a child: one JSON line in with the key and the claims, then one line per order, one line back with
microseconds per piece. Each library is used as its documentation shows, with the key loaded once.

What they leave out: python-cwt checks exp and nbf (with 60 s of leeway), pycose no claim at all; neither
knows kinds, issuers' mandates, regions or status lists, and both read CBOR leniently.
"""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Callable
from typing import Any

import base45
import cbor2
import cwt
from cwt import COSEKey
from pycose.algorithms import Es256
from pycose.headers import KID, Algorithm
from pycose.keys import EC2Key
from pycose.keys.curves import P256
from pycose.messages import Sign1Message
from timing import timed


def cwt_pieces(given: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    d, x, y, kid, payload = (bytes.fromhex(given[n]) for n in ("d", "x", "y", "kid", "claims"))
    claims = cbor2.loads(payload)
    private = COSEKey.new({1: 2, 2: kid, 3: -7, -1: 1, -2: x, -3: y, -4: d})
    public = COSEKey.new({1: 2, 2: kid, 3: -7, -1: 1, -2: x, -3: y})

    def sign() -> str:
        message = cwt.encode(claims, private, tagged=False)
        return base45.b45encode(zlib.compress(message, 9)).decode()

    text = sign()

    def verify() -> Any:
        return cwt.decode(zlib.decompress(base45.b45decode(text)), public)

    assert verify()[1] == claims[1]
    return {"sign": sign, "verify": verify}


def pycose_pieces(given: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    d, x, y, kid, payload = (bytes.fromhex(given[n]) for n in ("d", "x", "y", "kid", "claims"))
    claims = cbor2.loads(payload)
    private = EC2Key(crv=P256, x=x, y=y, d=d)
    public = EC2Key(crv=P256, x=x, y=y)

    def sign() -> str:
        message = Sign1Message(phdr={Algorithm: Es256, KID: kid}, payload=cbor2.dumps(claims))
        message.key = private
        return base45.b45encode(zlib.compress(message.encode(), 9)).decode()

    text = sign()

    def verify() -> Any:
        message = Sign1Message.decode(zlib.decompress(base45.b45decode(text)))
        message.key = public
        if not message.verify_signature():
            raise ValueError("signature")
        return cbor2.loads(message.payload)

    assert verify()[1] == claims[1]
    return {"sign": sign, "verify": verify}


def main() -> None:
    given = json.loads(sys.stdin.readline())
    pieces = {"python-cwt": cwt_pieces(given), "pycose": pycose_pieces(given)}
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        took = timed(pieces[order["library"]][order["piece"]], order["count"])
        print(json.dumps(took), flush=True)


if __name__ == "__main__":
    main()
