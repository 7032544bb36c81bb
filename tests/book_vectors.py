"""The vectors of the code book: what Python and the page must rebuild alike, and what both must refuse.

book, start, count   a book of two hours in hex; SHA-256 of the message of every slice
first, last          the messages of two slices in full
refused              books with a right digest that are none, and the reason
clock                steps of a device's clock, and what is shown after each
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import count
from typing import Any

from credential import cbor
from credential.claims import StatusRef
from credential.code_book import CodeBook
from issuer import issue
from issuer.signer import SigningKey
from tests import office
from tests.office import NOW
from wallet import book as wallet_book
from wallet.book import Clock, Reading
from wallet.errors import WalletError

STATUS = StatusRef(1000, office.LIST)
BOOK_ID = bytes.fromhex("b00cb00cb00cb00c")


def key(name: str = "code") -> SigningKey:
    signer = office.key(name)
    return SigningKey(next(r for r in office.KEYS if r.key == signer.public), signer)


def make(
    *, span_s: int = 2 * 3600, by: str = "code", status: StatusRef = STATUS, **facts: Any
) -> CodeBook:
    """A book of the office from `NOW` on, with counted ids."""
    ids = count(1)
    return issue.code_book(
        office.identity_code(**facts),
        key=key(by),
        status=status,
        book_id=BOOK_ID,
        now=office.at(NOW),
        new_id=lambda: next(ids).to_bytes(8, "big"),
        span_s=span_s,
    )


def sealed(body: bytes) -> bytes:
    """``body`` under a digest that is right."""
    return body + hashlib.sha256(body).digest()


def with_member(label: int, value: Any) -> bytes:
    """A small book with one member replaced, its digest right."""
    content = cbor.decode(make(span_s=60).to_bytes()) | {label: value}
    return sealed(cbor.encode(content)[:-32])


def refused() -> list[dict[str, str]]:
    small = make(span_s=60)
    data = small.to_bytes()
    parts = list(small.parts)
    cases = {
        "cut off": (data[:-1], "BOOK_MALFORMED:digest"),
        "one bit": (data[:100] + bytes([data[100] ^ 1]) + data[101:], "BOOK_MALFORMED:digest"),
        "nothing": (b"", "BOOK_MALFORMED:digest"),
        "a digest of nothing": (sealed(b""), "BOOK_MALFORMED"),
        "another layout": (with_member(1, 2), "VERSION_UNSUPPORTED:book"),
        "another layout of other members": (
            sealed(cbor.encode({1: 9, 2: "what comes later", 3: bytes(32)})[:-32]),
            "VERSION_UNSUPPORTED:book",
        ),
        "a layout of text": (with_member(1, "1"), "BOOK_MALFORMED"),
        "a layout of true": (with_member(1, True), "BOOK_MALFORMED"),
        "a short id": (with_member(2, b"1234567"), "BOOK_MALFORMED:id"),
        "a start of text": (with_member(3, "now"), "BOOK_MALFORMED"),
        "a start beyond four bytes": (with_member(3, 2**32 - 30), "BOOK_MALFORMED:start"),
        "three parts": (with_member(4, parts[:3]), "BOOK_MALFORMED"),
        "parts in another order": (with_member(4, parts[::-1]), "BOOK_MALFORMED:template"),
        "half a slice": (with_member(5, small.slices[:-36]), "BOOK_MALFORMED:slices"),
        "no slice": (with_member(5, b""), "BOOK_MALFORMED:slices"),
        "a part beyond any message": (
            with_member(4, [bytes(17_000) + parts[0], *parts[1:]]),
            "SIZE_LIMIT:book",
        ),
        "something behind it": (
            sealed(cbor.encode(cbor.decode(data) | {7: 0})[:-32]),
            "BOOK_MALFORMED",
        ),
    }
    return [
        {"name": name, "book": book.hex(), "reason": reason}
        for name, (book, reason) in cases.items()
    ]


STEPS: list[tuple[str, list[tuple[str, float, float]]]] = [
    # (rule, seconds of the wall clock after the start, seconds of the steady clock)
    ("slow device", [("contact", -300, 50), ("went_on", -299, 51), ("went_on", -280, 70)]),
    ("slept an hour", [("contact", 0, 0), ("went_on", 5, 5), ("woke", 3605, 6)]),
    ("reloaded", [("contact", 0, 900), ("woke", 30, 1), ("went_on", 40, 11)]),
    ("set forward in sight", [("contact", 0, 0), ("went_on", 62.5, 60), ("went_on", 63, 60.5)]),
    ("set back in sight", [("contact", 10, 0), ("went_on", 5, 1)]),
    ("set back asleep", [("contact", 100, 0), ("woke", 50, 5), ("went_on", 51, 6)]),
    ("adjusted a little", [("contact", 100, 0), ("went_on", 102, 1), ("woke", 101, 2)]),
    ("before the start", [("contact", 20, 0), ("woke", 19, 1), ("woke", -1, 2)]),
    ("to the end", [("contact", 0, 0), ("woke", 7179.9, 1), ("woke", 7209.9, 2), ("woke", 7210, 3)]),
    ("contact mends", [("contact", 100, 0), ("woke", 50, 5), ("contact", 60, 6)]),
]  # fmt: skip


def clock_cases(book: CodeBook) -> Iterator[dict[str, Any]]:
    """Each step with what is shown after it. At a contact the device's clock is right, but for the slow
    device's, where the book has just begun."""
    for name, steps in STEPS:
        clock: Clock | None = None
        done = []
        for rule, wall_s, steady in steps:
            reading = Reading(NOW + wall_s, steady)
            issuer = NOW + max(0.0, wall_s)
            if rule == "contact":
                clock = wallet_book.contact(issuer, reading)
            else:
                assert clock is not None
                clock = {"went_on": wallet_book.went_on, "woke": wallet_book.woke}[rule](
                    clock, reading
                )
            done.append(
                {"rule": rule, "wall": reading.wall, "steady": steady, "shown": _shown(book, clock)}
                | ({"issuer": issuer} if rule == "contact" else {})
            )
        yield {"name": name, "steps": done}


def _shown(book: CodeBook, clock: Clock) -> dict[str, Any]:
    try:
        shown = wallet_book.show(book, clock)
    except WalletError as error:
        return {"refused": error.reason}
    return {
        "index": shown.index,
        "next_in_s": round(shown.next_in_s, 3),
        "lasts_s": round(shown.lasts_s, 3),
        "notice": shown.notice,
    }


def content() -> dict[str, Any]:
    book = make()
    return {
        "book": book.to_bytes().hex(),
        "book_id": book.book_id.hex(),
        "start": book.start,
        "end": book.end,
        "count": len(book),
        "sha256": [hashlib.sha256(message).hexdigest() for message in book],
        "first": book.message(0).hex(),
        "last": book.message(len(book) - 1).hex(),
        "refused": refused(),
        "clock": list(clock_cases(book)),
    }
