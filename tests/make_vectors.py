"""Writes ``tests/vectors``: cases that every implementation of the verifier must agree on.

Clock, ids and keys are fixed (`tests.office`), signatures are deterministic (RFC 6979), so the files
come out the same wherever they are made; only zlib's bytes may differ by build. ``--check`` therefore
compares the messages inside, and fails when a case is new, gone or different.
"""

from __future__ import annotations

import hashlib
import json
import sys
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import base45
import cbor2

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from credential import cbor, codelists, cose, envelope, facts, labels
from credential.claims import Credential, Face, Gender, Level, StatusRef
from credential.errors import CredentialError
from credential.status_list import StatusArray, StatusList
from credential.trust_list import (
    Bundle,
    Environment,
    KeyRecord,
    ListEntry,
    SignedTrustList,
    Snapshot,
)
from tests import book_vectors, format_examples, office
from tests.office import DAY, HOST, LIST, NOW, OTHER_ISS, OTHER_LIST

FOLDER = Path(__file__).resolve().parent / "vectors"
Case = dict[str, Any]


# --- how a case is written down ---------------------------------------------------------------------


def good(
    name: str,
    said: Credential,
    *,
    by: str | None = None,
    link: bool = False,
    message: bytes | None = None,
    now: float = NOW,
    world: str = "fresh",
    notices: tuple[str, ...] = (),
    as_of: int | None = -1,
) -> Case:
    """A case that is valid, with its facts."""
    message = message or office.issued(said, by=by)
    is_code = said.kind.slug == "identity-code"
    if as_of == -1:
        as_of = NOW - 3600 if said.status else None
    said_notices = ["TEST_ENVIRONMENT", *notices, *(["COMPARE_PHOTO"] if is_code else [])]
    return {
        "name": name,
        "op": "verify",
        "world": world,
        "now": now,
        "text": office.link(message) if link else office.text(message),
        "expect": {
            "verdict": "valid",
            "kind": said.kind.slug,
            "facts": facts.to_json(said.facts),
            "as_of": as_of,
            "notices": said_notices,
        },
    }


def bad(
    name: str,
    code: str,
    message: bytes | str,
    *,
    now: float = NOW,
    world: str = "fresh",
    link: bool = False,
    verdict: str = "refused",
    notices: list[str] | None = None,
) -> Case:
    """A case that is not valid: ``message`` is a COSE message, or the text itself."""
    if isinstance(message, bytes):
        message = office.link(message) if link else office.text(message)
    expect: dict[str, Any] = {"verdict": verdict, "code": code}
    if notices:
        expect["notices"] = notices
    return {
        "name": name,
        "op": "verify",
        "world": world,
        "now": now,
        "text": message,
        "expect": expect,
    }


def update(
    name: str,
    bundles: list[Bundle | bytes],
    expect: str | dict[str, Any],
    *,
    world: str = "fresh",
    older: dict[int, bytes] | None = None,
    now: int = NOW,
    message: bytes | None = None,
    verdict: str = "refused",
) -> Case:
    """Bundles taken in one after the other; ``expect`` is the last one's code, or what is then held."""
    case: Case = {
        "name": name,
        "op": "update",
        "world": world,
        "now": now,
        "bundles": [(b if isinstance(b, bytes) else b.to_bytes()).hex() for b in bundles],
        "expect": {"verdict": verdict, "code": expect} if isinstance(expect, str) else expect,
    }
    if older:
        case["older"] = {str(version): data.hex() for version, data in older.items()}
    if message is not None:
        case["text"] = office.text(message)
    return case


# --- worlds -----------------------------------------------------------------------------------------


def worlds() -> dict[str, dict[str, Any]]:
    production = office.trust_list(environment=Environment.PRODUCTION)
    short = office.trust_list(exp=NOW + 10)
    expiring = tuple(
        office.status_list(uri, by=by, exp=NOW + 10, ttl=5)
        for uri, by in ((LIST, "status"), (OTHER_LIST, "other status"))
    )
    made = {
        "fresh": office.bundle(),
        "production": office.bundle(office.signed(production)),
        "short trust list": office.bundle(office.signed(short)),
        "short status lists": office.bundle(lists=expiring),
        "short snapshot": office.bundle(
            snapshot_=office.snapshot(*office.LISTS, exp=NOW + 10, ttl=5)
        ),
        "no lists": office.bundle(snapshot_=office.snapshot(), lists=()),
        "trust list only": office.bundle(),
        "list order": office.bundle(lists=(_reordered_list(), office.LISTS[1])),
    }
    pins = {"production": office.pin(production)}
    return {
        name: {
            "pin": pins.get(name, office.pin()).to_bytes().hex(),
            "bundle": parts.to_bytes().hex(),
            "taken_in": NOW,
            **({"trust_only": True} if name == "trust list only" else {}),
        }
        for name, parts in made.items()
    }


def _reordered_list() -> bytes:
    """A status list whose map keys stand in another order, as other people write them."""
    array = StatusArray.of(office.MARKS).to_map()
    body = {
        labels.STATUS_LIST: {"lst": array["lst"], "bits": 2},
        labels.TTL: 6 * 3600,
        labels.IAT: NOW - 3600,
        labels.EXP: NOW + 7 * DAY,
        labels.SUB: LIST,
    }
    return cose.sign1(cbor2.dumps(body), office.key("status"), typ=labels.TYP_STATUS_LIST)


# --- valid ones -------------------------------------------------------------------------------------

NAMES = (
    "欧阳修远",
    "阿依古丽·买买提江",
    "𠮷田示例",
    "扎西·顿珠",
    "㛃示例",
    "乌兰图雅",
    "努尔艾合买提·阿布都热依木",
    "龘示例",
    "诸葛示例",
    "甲",
)


def valid() -> Iterator[Case]:
    for i, (code, words) in enumerate(codelists.names("category").items()):
        yield good(
            f"licence, category {code} {words.en}",
            office.credential(office.licence(category=code)),
            link=i % 2 == 1,
        )
    for code, words in codelists.names("title").items():
        yield good(f"badge, title {code} {words.en}", office.credential(office.badge(title=code)))
    for i, name in enumerate(NAMES):
        yield good(
            f"identity code of {name}",
            office.credential(office.identity_code(name=name)),
            link=i % 2 == 0,
        )
    for gender in Gender:
        for level in Level:
            yield good(
                f"licence, {gender.name.lower()} {level.name.lower()}",
                office.credential(office.licence(gender=gender, level=level)),
            )
    for place in (11, 110105, 110000):
        yield good(
            f"licence at {place}, under region 11", office.credential(office.licence(place=place))
        )
    for place in (32, 320102, 320505):
        said = office.credential(
            office.licence(place=place), iss=OTHER_ISS, status=StatusRef(9, OTHER_LIST)
        )
        yield good(f"licence at {place}, of the regions 320102 and 3205", said, by="other licence")
    yield good(
        "licence anywhere, of an authority for everywhere",
        office.credential(office.licence(place=650102)),
        by="everywhere",
    )
    filing = office.licence().filings[0]
    for count in (0, 2, 5):
        yield good(
            f"licence with {count} filings",
            office.credential(office.licence(filings=(filing,) * count)),
            link=True,
        )
    yield good(
        "filing of a single day",
        office.credential(office.licence(filings=(replace(filing, ends=filing.begins),))),
    )
    yield good(
        "licence with three scopes",
        office.credential(office.licence(scopes=("内科专业", "儿科专业", "全科医学专业"))),
    )
    for day in (date(2000, 2, 29), date(1999, 12, 31)):
        yield good(f"licence approved on {day}", office.credential(office.licence(approved_on=day)))
    for form in ("png", "jpeg", "jpeg2000", "avif", "webp"):
        yield good(
            f"portrait as {form}", office.credential(office.badge(face=Face(office.PIXEL, form)))
        )
    yield good("Ed25519 licence", office.credential(), by="ed licence")
    yield good(
        "Ed25519 identity code", office.credential(office.identity_code()), by="ed code", link=True
    )
    yield good("badge in link form", office.credential(office.badge()), link=True)
    said = office.credential()
    yield good("tag 61 around tag 18", said, message=office.raw(tags=(61, 18)))
    yield good(
        "unknown header is ignored", said, message=office.raw(protected=_header(**{"99": 1}))
    )
    yield good("unprotected key id is ignored", said, message=office.raw(unprotected={4: b"other"}))
    yield good(
        "certificate chain and key address in a header are ignored",
        said,
        message=office.raw(unprotected={33: b"certificate", 35: "https://evil.example/x5u"}),
    )
    yield good(
        "critical header that is understood",
        said,
        message=office.raw(
            protected={
                labels.ALG: -7,
                labels.CRIT: [labels.ALG],
                labels.KID: office.key("licence").kid,
            }
        ),
    )
    yield good(
        "unknown claim is ignored",
        said,
        message=office.sign_claims(office.claims() | {99: "x", "text": 1}),
    )
    yield good(
        "private claim above ours is ignored",
        said,
        message=office.sign_claims(office.claims() | {-65536: 1}),
    )
    yield good(
        "unknown part of the identity data is ignored",
        said,
        message=office.sign_claims(_with_identity({85: "x", "__proto__": 1})),
    )
    yield good(
        "face as a bare map",
        said,
        message=office.sign_claims(_with_identity({labels.FACE: {0: office.PIXEL, 1: 0, 2: 4}})),
    )
    for code, form in ((1, "jpeg"), (2, "jpeg2000"), (3, "avif"), (4, "webp")):
        old = _without_identity(labels.FACE) | {}
        old[labels.IDENTITY] |= {labels.OLD_PHOTO: office.PIXEL, labels.OLD_PHOTO_FORMAT: code}
        yield good(
            f"portrait in attributes 16 and 17, {form}", said, message=office.sign_claims(old)
        )
    yield good("second form of the signature (r, n-s)", said, message=_flipped(office.issued(said)))
    yield good("valid as of a stated time", said, now=NOW + 6 * 3600, notices=("STATUS_STALE",))
    yield good("status list with its keys in another order", said, world="list order")
    for idx in (0, 4, 5, 6, 7, 131_070):
        yield good(
            f"entry {idx} of the status list", office.credential(status=StatusRef(idx, LIST))
        )
    yield good(
        "live identity code without any status list",
        office.credential(office.identity_code()),
        world="trust list only",
    )
    yield good(
        "live identity code under an expired snapshot",
        office.credential(office.identity_code(), iat=NOW + 20),
        now=NOW + 25,
        world="short snapshot",
    )
    yield good("slice of a code book", _slice(NOW), link=True)
    yield good(
        "slice of a code book, last of twelve hours",
        _slice(NOW + 43_200),
        now=NOW + 43_200,
        notices=("STATUS_STALE",),
    )
    production = good("licence under a production list", said, world="production")
    production["expect"]["notices"] = []
    yield production
    recompressed = good("compressed anew", said)
    packed = zlib.compress(office.issued(said), 1)
    recompressed["text"] = base45.b45encode(packed).decode()
    yield recompressed


def _slice(nbf: int, **changes: Any) -> Credential:
    return office.credential(
        office.identity_code(),
        **({"iat": NOW, "nbf": nbf, "exp": nbf + 30, "status": StatusRef(77, LIST)} | changes),
    )


def _header(**more: Any) -> dict[int, Any]:
    return {labels.ALG: -7, labels.KID: office.key("licence").kid} | {
        int(k): v for k, v in more.items()
    }


def _with_identity(changes: dict[Any, Any]) -> dict[Any, Any]:
    said = office.claims()
    said[labels.IDENTITY] = said[labels.IDENTITY] | changes
    return said


def _without_identity(label: int) -> dict[Any, Any]:
    said = office.claims()
    said[labels.IDENTITY] = {k: v for k, v in said[labels.IDENTITY].items() if k != label}
    return said


def _flipped(message: bytes) -> bytes:
    s = int.from_bytes(message[-32:], "big")
    return message[:-32] + (office.P256_ORDER - s).to_bytes(32, "big")


# --- wire -------------------------------------------------------------------------------------------


def wire() -> Iterator[Case]:
    message = office.issued()
    bare, link = office.text(message), office.link(message)
    yield bad("empty text", "QR_NOT_OURS", "")
    yield bad("one character", "QR_NOT_OURS", "6")
    yield bad("4,297 characters", "SIZE_LIMIT", bare[:3] + "0" * 4294)
    yield bad("plain text", "QR_NOT_OURS", "你好")
    yield bad("a web address", "QR_NOT_OURS", "https://example.com/")
    yield bad(
        "an EU certificate", "QR_NOT_OURS", "HC1:6BFOXN%TS3DH0YOJ58S S-W5HDC *M0II5XHC9B5G2+$N"
    )
    yield bad("a contact card", "QR_NOT_OURS", "BEGIN:VCARD\nVERSION:3.0\nEND:VCARD")
    yield bad("a payment code", "QR_NOT_OURS", "wxp://f2f0abcdef")
    yield bad("a link to another host", "QR_NOT_OURS", link.replace(HOST, "evil.example"))
    yield bad("a link over http", "QR_NOT_OURS", link.replace("https://", "http://"))
    yield bad("a link to another path", "QR_NOT_OURS", link.replace("/v#", "/w#"))
    yield bad("a link with a port", "QR_NOT_OURS", link.replace(HOST, HOST + ":444"))
    yield bad("a link with a user", "QR_NOT_OURS", link.replace(HOST, HOST + "@evil.example"))
    yield bad("a link with no digits", "QR_NOT_OURS", f"https://{HOST}/v#")
    yield bad("a link with a leading zero", "QR_NOT_OURS", link.replace("#", "#0"))
    yield bad("a link with full-width digits", "QR_NOT_OURS", f"https://{HOST}/v#１２３")
    yield bad("a link with a letter", "QR_NOT_OURS", link + "a")
    yield bad("a link with a newline behind", "QR_NOT_OURS", link + "\n")
    two = int.from_bytes(b"\x02" + zlib.compress(message), "big")
    yield bad("version 2", "VERSION_UNSUPPORTED:2", f"https://{HOST}/v#{two}")
    yield bad("a link with one digit", "VERSION_UNSUPPORTED:5", f"https://{HOST}/v#5")
    yield bad("version 1 and nothing", "ZLIB_INVALID", f"https://{HOST}/v#1")
    for what, text in (
        ("in lower case", bare[:3] + bare[3:].lower()),
        ("with a newline behind", bare + "\n"),
        ("with a space behind, two too many", bare + "0" if len(bare) % 3 == 0 else bare + "00"),
        ("with ::: in it", bare[:3] + ":::" + bare[6:]),
        ("with GGW in it", bare[:3] + "GGW" + bare[6:]),
        ("with a full-width letter", bare[:30] + "Ａ" + bare[31:]),
        ("with a character beyond Latin", bare[:30] + "医" + bare[31:]),
    ):
        yield bad(f"base45 {what}", "B45_INVALID", text)
    packed = zlib.compress(message, 0)  # stored, so that its bytes are the same everywhere
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    for what, data in (
        ("cut off", packed[:-10]),
        ("with a wrong checksum", packed[:-1] + bytes([packed[-1] ^ 1])),
        ("with a byte behind", packed + b"\0"),
        ("twice", packed + packed),
        ("of a reserved block type", packed[:2] + b"\xff" + packed[3:]),
    ):
        yield bad(f"zlib stream {what}", "ZLIB_INVALID", base45.b45encode(data).decode())
    deflated = raw.compress(message) + raw.flush()
    for what, data in (
        ("gzip", b"\x1f\x8b" + packed[2:]),
        ("raw deflate", deflated),
        ("a preset dictionary", b"\x78\xbb" + packed[2:]),
    ):
        number = int.from_bytes(b"\x01" + data, "big")
        yield bad(f"{what} in a link", "ZLIB_INVALID", f"https://{HOST}/v#{number}")
        yield bad(f"{what} in base45", "QR_NOT_OURS", base45.b45encode(data).decode())
    bomb = zlib.compress(bytes(1_000_000), 9)
    yield bad("a bomb: a megabyte of zeros", "SIZE_LIMIT", base45.b45encode(bomb).decode())
    yield bad("16 KiB and one byte", "SIZE_LIMIT", office.text(bytes(16 * 1024 + 1)))
    yield bad("16 KiB of zeros is no message", "CBOR_TRAILING", office.text(bytes(16 * 1024)))
    yield bad("a stream in a stream", "CBOR_NOT_MINIMAL", office.text(zlib.compress(message, 0)))

    yield from _cbor_faults()
    yield from _cose_faults(message)
    yield from _claim_faults()


def _cbor_faults() -> Iterator[Case]:
    """Faults in the message are found before the key is looked for, faults in the claims after."""
    header = cbor.encode(_header())

    def outer(unprotected: str) -> bytes:
        """A message whose unprotected bucket is given in hexadecimal."""
        return b"\xd2\x84" + cbor2.dumps(header) + bytes.fromhex(unprotected) + b"\x41\x00\x41\x00"

    faults = (
        ("a break alone", "ff", "CBOR_MALFORMED"),
        ("reserved information 28", "a1181cfc00", "CBOR_MALFORMED"),
        ("reserved information 30", "a1181e1e", "CBOR_MALFORMED"),
        ("a simple value below 32 in two bytes", "a11863f818", "CBOR_MALFORMED"),
        ("a byte string of 2^31 bytes", "a118635a80000000", "CBOR_MALFORMED"),
        ("a byte string of 2^64-1 bytes", "a118635bffffffffffffffff", "CBOR_MALFORMED"),
        ("an array of 2^63 items", "a118639b8000000000000000", "CBOR_MALFORMED"),
        ("a map of 2^32 entries", "a11863bb0000000100000000", "CBOR_MALFORMED"),
        ("a text beyond the end", "a1186378ff61", "CBOR_MALFORMED"),
        ("an indefinite map", "bf186300ff", "CBOR_INDEFINITE"),
        ("an indefinite array", "a118639f00ff", "CBOR_INDEFINITE"),
        ("an indefinite byte string", "a118635f4100ff", "CBOR_INDEFINITE"),
        ("an indefinite text", "a118637f6161ff", "CBOR_INDEFINITE"),
        ("an integer in two bytes too many", "a11863190001", "CBOR_NOT_MINIMAL"),
        ("a key in one byte too many", "a1180100", "CBOR_NOT_MINIMAL"),
        ("a length in one byte too many", "a11863580100", "CBOR_NOT_MINIMAL"),
        ("a count in eight bytes", "a118639b000000000000000100", "CBOR_NOT_MINIMAL"),
        ("a date tag", "a11863c000", "CBOR_TAG"),
        ("a bignum", "a11863c24101", "CBOR_TAG"),
        ("a decimal of ten to the billionth", "a11863c4821a3b9aca0001", "CBOR_TAG"),
        ("a shared value", "a11863d81c80", "CBOR_TAG"),
        ("a reference", "a11863d81d00", "CBOR_TAG"),
        ("a string reference", "a11863d8190000", "CBOR_TAG"),
        ("a tag as a key", "a1c10000", "CBOR_TAG"),
        ("a set", "a11863d9010280", "CBOR_TAG"),
        ("a key twice", "a2186300186300", "CBOR_DUPLICATE_KEY"),
        ("a key twice in a map within", "a11863a201000100", "CBOR_DUPLICATE_KEY"),
        ("keys out of order", "a2186400186300", "CBOR_KEY_ORDER"),
        ("keys in length-first order", "a2200018630 0".replace(" ", ""), "CBOR_KEY_ORDER"),
        ("an array as a key", "a18000", "CBOR_MALFORMED"),
        ("a map as a key", "a1a000", "CBOR_MALFORMED"),
        ("a float as a key", "a1f93c0000", "CBOR_MALFORMED"),
        ("true as a key", "a1f500", "CBOR_MALFORMED"),
        ("bytes as a key", "a1410000", "CBOR_MALFORMED"),
        ("a text that is not UTF-8", "a1186361ff", "CBOR_TEXT"),
        ("a lone surrogate", "a1186363eda080", "CBOR_TEXT"),
        ("an overlong slash", "a1186362c0af", "CBOR_TEXT"),
        ("eight arrays in one another", "a11863" + "81" * 8 + "00", "CBOR_LIMIT"),
        ("four hundred arrays in one another", "a11863" + "81" * 400 + "00", "CBOR_LIMIT"),
    )
    for what, fault, code in faults:
        yield bad(f"{what}, in the message", code, outer(fault))
    # Keys in their bytewise order, 24 before -1: the libraries' own "canonical" order differs.
    yield bad(
        "keys in bytewise order are no fault",
        "SIGNATURE_INVALID",
        outer("a2186300 2000".replace(" ", "")),
    )
    yield bad("nine tags", "CBOR_LIMIT", b"\xd2" * 9 + b"\x00")
    yield bad("a byte behind the message", "CBOR_TRAILING", office.issued() + b"\0")
    yield bad(
        "a byte behind the protected header",
        "CBOR_TRAILING",
        office.raw(protected=cbor.encode(_header()) + b"\0"),
    )
    yield bad(
        "a key twice in the protected header",
        "CBOR_DUPLICATE_KEY",
        office.raw(protected=bytes.fromhex("a201260126")),
    )
    yield bad(
        "the protected header out of order",
        "CBOR_KEY_ORDER",
        office.raw(protected=b"\xa2\x04\x48" + office.key("licence").kid + b"\x01\x26"),
    )
    payload = cbor.encode(office.claims())
    yield bad("a byte behind the claims", "CBOR_TRAILING", office.sign_claims(payload + b"\0"))
    shuffled = cbor2.dumps(dict(reversed(office.claims().items())))
    yield bad("claims out of order", "CBOR_KEY_ORDER", office.sign_claims(shuffled))
    yield bad(
        "a date tag around exp",
        "CBOR_TAG",
        office.sign_claims(payload.replace(b"\x04\x1a", b"\x04\xc1\x1a", 1)),
    )
    yield bad("exp twice", "CBOR_DUPLICATE_KEY", office.sign_claims(_twice(payload)))
    yield bad(
        "a claim with a text that is not UTF-8",
        "CBOR_TEXT",
        office.sign_claims(payload.replace("甲".encode(), b"\xff\xfe\xfd")),
    )
    yield bad(
        "claims within claims, nine deep",
        "CBOR_LIMIT",
        office.sign_claims(_deep(office.claims(), 9)),
    )
    yield bad(
        "claims of indefinite length",
        "CBOR_INDEFINITE",
        office.sign_claims(b"\xbf" + payload[1:] + b"\xff"),
    )


def _twice(payload: bytes) -> bytes:
    start = payload.index(b"\x04\x1a")
    return (
        bytes([payload[0] + 1])
        + payload[1 : start + 6]
        + payload[start : start + 6]
        + payload[start + 6 :]
    )


def _deep(said: dict[Any, Any], depth: int) -> dict[Any, Any]:
    value: Any = 0
    for _ in range(depth):
        value = [value]
    return said | {99: value}


def _cose_faults(message: bytes) -> Iterator[Case]:
    licence_key = office.key("licence")
    for tags in (
        (),
        (17,),
        (98,),
        (16,),
        (96,),
        (61,),
        (61, 61, 18),
        (18, 61),
        (18, 18),
        (55799, 18),
    ):
        yield bad(f"tags {tags}", "COSE_STRUCTURE:tag", office.raw(tags=tags))
    header, payload = cbor.encode(_header()), cbor.encode(office.claims())
    signature = cose_signature(message)
    for what, parts, code in (
        ("three parts", [header, {}, payload], "COSE_STRUCTURE"),
        ("five parts", [header, {}, payload, signature, 0], "COSE_STRUCTURE"),
        ("a payload that is a text", [header, {}, "x", signature], "COSE_STRUCTURE"),
        ("a detached payload", [header, {}, None, signature], "COSE_STRUCTURE:payload"),
        ("a signature that is a text", [header, {}, payload, "x"], "COSE_STRUCTURE"),
        ("a header that is a map", [{1: -7}, {}, payload, signature], "HEADER_INVALID"),
        (
            "an unprotected bucket that is an array",
            [header, [], payload, signature],
            "HEADER_INVALID",
        ),
        (
            "a protected header that is an array",
            [b"\x80", {}, payload, signature],
            "HEADER_INVALID",
        ),
        ("an empty protected header", [b"", {}, payload, signature], "HEADER_INVALID:protected"),
        (
            "an empty map as protected header",
            [b"\xa0", {}, payload, signature],
            "HEADER_INVALID:protected",
        ),
    ):
        yield bad(what, code, office.raw(parts=parts))
    yield bad("a map instead of the array", "COSE_STRUCTURE", b"\xd2\xa0")
    kid = licence_key.kid
    for what, protected, code in (
        ("key id as an integer", {1: -7, 4: 7}, "HEADER_INVALID:kid"),
        ("key id of 65 bytes", {1: -7, 4: bytes(65)}, "SIZE_LIMIT:kid"),
        ("crit as an integer", {1: -7, 2: 1, 4: kid}, "HEADER_INVALID:crit"),
        ("crit empty", {1: -7, 2: [], 4: kid}, "HEADER_INVALID:crit"),
        ("crit with an array in it", {1: -7, 2: [[1]], 4: kid}, "HEADER_INVALID:crit"),
        ("crit with a double", {1: -7, 2: [1, 1], 4: kid}, "HEADER_INVALID:crit"),
        ("crit names an unknown label", {1: -7, 2: [99], 4: kid, 99: 1}, "CRIT_UNSUPPORTED:99"),
        ("crit names an absent label", {1: -7, 2: [16], 4: kid}, "CRIT_UNSUPPORTED:16"),
        ("typ as a map", {1: -7, 4: kid, 16: {}}, "HEADER_INVALID:typ"),
        ("no algorithm", {4: kid}, "ALG_NOT_ALLOWED"),
        ("algorithm 0", {1: 0, 4: kid}, "ALG_NOT_ALLOWED"),
        ("algorithm none", {1: "none", 4: kid}, "ALG_NOT_ALLOWED"),
        ("algorithm as a text", {1: "ES256", 4: kid}, "ALG_NOT_ALLOWED"),
        ("algorithm HMAC", {1: 5, 4: kid}, "ALG_NOT_ALLOWED"),
        ("algorithm ES384", {1: -35, 4: kid}, "ALG_NOT_ALLOWED"),
        ("algorithm true", {1: True, 4: kid}, "ALG_NOT_ALLOWED"),
        ("algorithm -7.0", {1: -7.0, 4: kid}, "ALG_NOT_ALLOWED"),
        ("EdDSA with our P-256 key", {1: -8, 4: kid}, "ALG_NOT_ALLOWED"),
        ("ES256 with our Ed25519 key", {1: -7, 4: office.key("ed licence").kid}, "ALG_NOT_ALLOWED"),
        ("no key id", {1: -7}, "KEY_UNKNOWN"),
        ("an unknown key id", {1: -7, 4: bytes(8)}, "KEY_UNKNOWN"),
        ("another key's id", {1: -7, 4: office.key("badge").kid}, "SIGNATURE_INVALID"),
    ):
        yield bad(what, code, office.raw(protected=protected))
    stale = bad(
        "an unknown key under a stale snapshot",
        "KEY_UNKNOWN",
        office.raw(protected={1: -7, 4: bytes(8)}),
        now=NOW + 6 * 3600,
        verdict="undetermined",
    )
    yield stale
    yield bad("crit unprotected", "HEADER_INVALID:crit", office.raw(unprotected={2: [1]}))
    yield bad("algorithm in both buckets", "HEADER_DUPLICATE:alg", office.raw(unprotected={1: -7}))
    yield bad(
        "algorithm only unprotected",
        "ALG_NOT_ALLOWED",
        office.raw(protected={4: kid}, unprotected={1: -7}),
    )
    n = office.P256_ORDER.to_bytes(32, "big")
    r, s = signature[:32], signature[32:]
    zero, full = bytes(32), b"\xff" * 32
    for what, broken in (
        ("empty", b""),
        ("of 63 bytes", signature[:-1]),
        ("of 65 bytes", signature + b"\0"),
        ("of 128 bytes", signature * 2),
        ("with r zero", zero + s),
        ("with s zero", r + zero),
        ("with r = n", n + s),
        ("with s = n", r + n),
        ("all zero", zero * 2),
        ("all ones", full * 2),
        ("halves exchanged", s + r),
        ("of another message", cose_signature(office.issued(office.credential(office.badge())))),
        ("in DER", bytes.fromhex("3044") + b"\x02\x20" + r[:32] + b"\x02\x20" + s[:32]),
    ):
        yield bad(f"a signature {what}", "SIGNATURE_INVALID", office.raw(signature=broken))
    yield bad(
        "signed by another key under our key's id",
        "SIGNATURE_INVALID",
        office.raw(protected=_header(), by="mallory"),
    )
    flipped = bytearray(message)
    flipped[len(message) // 2] ^= 1
    yield bad("one bit of the content changed", "SIGNATURE_INVALID", bytes(flipped))
    for what, content in (("an array", [1]), ("a text", "x"), ("an integer", 1)):
        yield bad(
            f"claims that are {what}", "CLAIMS_NOT_MAP", office.sign_claims(cbor2.dumps(content))
        )
    yield bad("a message within the message", "CLAIMS_NOT_MAP", office.sign_claims(message))


def cose_signature(message: bytes) -> bytes:
    return message[-64:]


NAMED = {
    "iss": labels.ISS,
    "exp": labels.EXP,
    "iat": labels.IAT,
    "cti": labels.CTI,
    "identity": labels.IDENTITY,
    "status": labels.STATUS,
    "kind": labels.PRIVATE,
}


def _claim_faults() -> Iterator[Case]:
    for name, label in NAMED.items():
        said = {k: v for k, v in office.claims().items() if k != label}
        yield bad(f"no {name}", f"CLAIM_MISSING:{name}", office.sign_claims(said))
    parts = {
        "licence_number": 1,
        "name": 4,
        "gender": 9,
        "face": 62,
        "level": 75,
        "category": 76,
        "scopes": 77,
        "place": 78,
        "institution": 79,
        "title": 80,
        "approved_on": 82,
        "version": 84,
    }
    for name, label in parts.items():
        yield bad(
            f"no {name}", f"CLAIM_MISSING:{name}", office.sign_claims(_without_identity(label))
        )
        wrong: Any = 1.0 if name != "scopes" else {}
        yield bad(
            f"{name} of a wrong type",
            f"CLAIM_TYPE:{name}",
            office.sign_claims(_with_identity({label: wrong})),
        )
    for what, value in (
        ("not a number", float("nan")),
        ("infinite", float("inf")),
        ("a float", 1.5),
        ("negative", -1),
        ("zero", 0),
        ("2^63", 2**63),
        ("a text", "1"),
        ("true", True),
        ("null", None),
        ("undefined", cbor2.undefined),
    ):
        said = office.claims() | {labels.EXP: value}
        yield bad(f"exp {what}", "CLAIM_TYPE:exp", office.sign_claims(said))
    for what, label, value, code in (
        ("iss empty", labels.ISS, "", "CLAIM_VALUE:iss"),
        ("iss as bytes", labels.ISS, b"x", "CLAIM_TYPE:iss"),
        ("iat true", labels.IAT, True, "CLAIM_TYPE:iat"),
        ("nbf a text", labels.NBF, "1", "CLAIM_TYPE:nbf"),
        ("cti as a text", labels.CTI, "01020304", "CLAIM_TYPE:cti"),
        ("cti of seven bytes", labels.CTI, bytes(7), "CLAIM_VALUE:cti"),
        ("identity as an array", labels.IDENTITY, [], "CLAIM_TYPE:identity"),
        ("kind 0", labels.PRIVATE, 0, "CLAIM_VALUE:kind"),
        ("kind 4", labels.PRIVATE, 4, "CLAIM_VALUE:kind"),
        ("kind true", labels.PRIVATE, True, "CLAIM_TYPE:kind"),
        ("kind 1.0", labels.PRIVATE, 1.0, "CLAIM_TYPE:kind"),
        ("status as an array", labels.STATUS, [], "CLAIM_TYPE:status"),
        ("status of another mechanism", labels.STATUS, {"other": {}}, "CLAIM_TYPE:status"),
        (
            "status without idx",
            labels.STATUS,
            {"status_list": {"uri": LIST}},
            "CLAIM_MISSING:status",
        ),
        ("idx -1", labels.STATUS, {"status_list": {"idx": -1, "uri": LIST}}, "CLAIM_TYPE:status"),
        (
            "idx true",
            labels.STATUS,
            {"status_list": {"idx": True, "uri": LIST}},
            "CLAIM_TYPE:status",
        ),
        ("idx 1.0", labels.STATUS, {"status_list": {"idx": 1.0, "uri": LIST}}, "CLAIM_TYPE:status"),
        ("exp not after iat", labels.EXP, NOW - 60, "CLAIM_VALUE:exp"),
        ("a licence of 401 days", labels.EXP, NOW - 60 + 401 * DAY, "CLAIM_VALUE:exp"),
        ("an unknown private claim", -65538, 1, "CLAIM_UNKNOWN:-65538"),
    ):
        yield bad(what, code, office.sign_claims(dict(office.claims() | {label: value})))
    for what, label, value, code in (
        ("an empty name", 4, "", "CLAIM_VALUE:name"),
        ("14 digits", 1, "1" * 14, "CLAIM_VALUE:licence_number"),
        ("full-width digits", 1, "１" * 15, "CLAIM_VALUE:licence_number"),
        ("gender 3", 9, 3, "CLAIM_VALUE:gender"),
        ("gender true", 9, True, "CLAIM_TYPE:gender"),
        ("level 0", 75, 0, "CLAIM_VALUE:level"),
        ("category 9", 76, 9, "CLAIM_VALUE:category"),
        ("no scope", 77, [], "CLAIM_VALUE:scopes"),
        ("an empty scope", 77, [""], "CLAIM_VALUE:scopes"),
        ("a scope that is a number", 77, [1], "CLAIM_TYPE:scopes"),
        ("a place of four digits", 78, 1101, "CLAIM_VALUE:place"),
        ("title 236", 80, 236, "CLAIM_VALUE:title"),
        ("30 February", 82, 20230230, "CLAIM_VALUE:approved_on"),
        ("a day of 2^63", 82, 2**63, "CLAIM_VALUE:approved_on"),
        ("version 0", 84, 0, "CLAIM_VALUE:version"),
        ("filings empty", 83, [], "CLAIM_VALUE:filings"),
        ("a filing of three parts", 83, [["x", ["y"], 1]], "CLAIM_TYPE:filings"),
        (
            "a filing that ends before it begins",
            83,
            [["x", ["y"], 20260102, 20260101]],
            "CLAIM_VALUE:filings",
        ),
        ("an empty portrait", 62, [{0: b"", 1: 0, 2: 4}], "CLAIM_VALUE:face"),
        ("a portrait that is a template", 62, [{0: b"x", 1: 1, 2: 4}], "CLAIM_VALUE:face"),
        ("a portrait of an unknown format", 62, [{0: b"x", 1: 0, 2: 9}], "CLAIM_VALUE:face"),
        ("two portraits", 62, [{0: b"x", 1: 0, 2: 4}] * 2, "CLAIM_TYPE:face"),
    ):
        yield bad(what, code, office.sign_claims(_with_identity({label: value})))
    code_claims = office.credential(office.identity_code()).to_map()
    yield bad(
        "a code of 31 seconds",
        "CODE_LIFETIME",
        office.sign_claims(code_claims | {labels.EXP: NOW + 31}, by="code"),
    )
    slice_ = _slice(NOW).to_map()
    yield bad(
        "a slice of 31 seconds",
        "CODE_LIFETIME",
        office.sign_claims(slice_ | {labels.EXP: NOW + 31}, by="code"),
    )
    late = slice_ | {labels.NBF: NOW + 43_201, labels.EXP: NOW + 43_231}
    yield bad(
        "a slice more than twelve hours ahead", "CODE_LIFETIME", office.sign_claims(late, by="code")
    )
    yield bad(
        "a slice that ends before it starts",
        "CLAIM_VALUE:nbf",
        office.sign_claims(slice_ | {labels.NBF: NOW + 31}, by="code"),
    )
    yield bad(
        "a slice that starts before it was signed",
        "CLAIM_VALUE:nbf",
        office.sign_claims(slice_ | {labels.NBF: NOW - 1}, by="code"),
    )
    yield bad(
        "a slice without a status",
        "CLAIM_MISSING:status",
        office.sign_claims({k: v for k, v in slice_.items() if k != labels.STATUS}, by="code"),
    )


# --- time, keys, status, trust ----------------------------------------------------------------------


def time() -> Iterator[Case]:
    said = office.credential(exp=NOW + 1000)
    yield good("licence one second before its end", said, now=NOW + 999)
    yield bad("licence at its very end", "EXPIRED", office.issued(said), now=NOW + 1000)
    yield bad("licence after its end", "EXPIRED", office.issued(said), now=NOW + 1001)
    revoked = office.credential(exp=NOW + 1000, status=StatusRef(1, LIST))
    yield bad(
        "expired and revoked",
        "EXPIRED",
        office.issued(revoked),
        now=NOW + 1000,
        notices=["REVOKED"],
    )
    code = office.credential(office.identity_code())
    yield good("code at 29 seconds", code, now=NOW + 29)
    yield good("code at 29.999 seconds", code, now=NOW + 29.999)
    yield bad("code at 30 seconds", "CODE_EXPIRED", office.issued(code), now=NOW + 30)
    yield bad("code an hour later", "CODE_EXPIRED", office.issued(code), now=NOW + 3600)
    yield good("code on a clock five seconds slow", code, now=NOW - 5)
    yield bad(
        "code on a clock six seconds slow", "ISSUED_IN_FUTURE", office.issued(code), now=NOW - 6
    )
    ahead = office.credential(iat=NOW + 100)
    yield good("licence five seconds ahead", ahead, now=NOW + 95)
    yield bad("licence six seconds ahead", "ISSUED_IN_FUTURE", office.issued(ahead), now=NOW + 94)
    slice_ = _slice(NOW + 600)
    yield good("slice at its start", slice_, now=NOW + 600)
    yield good("slice five seconds early", slice_, now=NOW + 595)
    yield bad("slice six seconds early", "NOT_YET_VALID", office.issued(slice_), now=NOW + 594)
    yield bad("slice at its end", "CODE_EXPIRED", office.issued(slice_), now=NOW + 630)
    yield {
        "name": "clock five seconds behind the latest signed time",
        "op": "clock",
        "world": "fresh",
        "now": NOW - 3600 - 5,
        "expect": {"clock": "fine"},
    }
    yield {
        "name": "clock six seconds behind the latest signed time",
        "op": "clock",
        "world": "fresh",
        "now": NOW - 3600 - 6,
        "expect": {"verdict": "undetermined", "code": "CLOCK_WENT_BACK"},
    }
    for name, message, expect in (
        ("signed time", office.signed_time(NOW), {"signed_time": NOW}),
        ("signed time older than one seen", office.signed_time(NOW - 3601), "TRUST_ROLLBACK:time"),
        ("signed time by a licence key", office.signed_time(NOW, by="licence"), "KEY_PURPOSE"),
        ("signed time by a stranger", office.signed_time(NOW, by="mallory"), "TRUST_SIGNATURE"),
        (
            "signed time of another type",
            office.signed_time(NOW, typ=labels.TYP_SNAPSHOT),
            "TRUST_SIGNATURE:typ",
        ),
    ):
        yield {
            "name": name,
            "op": "time",
            "world": "fresh",
            "now": NOW,
            "message": message.hex(),
            "expect": expect
            if isinstance(expect, dict)
            else {"verdict": "refused", "code": expect},
        }


def keys() -> Iterator[Case]:
    by = {
        "licence": office.credential(),
        "badge": office.credential(office.badge()),
        "code": office.credential(office.identity_code()),
    }
    for kind, said in by.items():
        yield good(f"{kind} by its own key", said)
        for name in ("licence", "badge", "code", "status", "snapshot"):
            if name != kind:
                yield bad(f"{kind} by the {name} key", "KEY_PURPOSE", office.issued(said, by=name))
    lists = office.LISTS[1:]
    for name in ("licence", "badge", "code", "snapshot"):
        made = (office.status_list(by=name), *lists)
        yield update(f"status list by the {name} key", [office.bundle(lists=made)], "KEY_PURPOSE")
    for name in ("licence", "badge", "code", "status"):
        yield update(
            f"snapshot by the {name} key",
            [office.bundle(snapshot_=office.snapshot(*office.LISTS, by=name))],
            "KEY_PURPOSE",
        )
    said = office.credential(iat=NOW - 60)
    yield bad(
        "issued for another authority",
        "ISSUER_MISMATCH",
        office.issued(office.credential(iss=OTHER_ISS)),
    )
    yield bad("by a compromised key", "KEY_REVOKED", office.issued(said, by="stolen"))
    yield bad(
        "dated back, by a compromised key",
        "KEY_REVOKED",
        office.issued(office.credential(iat=NOW - 20 * DAY), by="stolen"),
    )
    yield bad(
        "identity code by a compromised key", "KEY_REVOKED", office.issued(by["code"], by="stolen")
    )
    yield good(
        "by a retired key, before it was retired",
        office.credential(iat=NOW - 10 * DAY - 1),
        by="retired",
    )
    yield bad(
        "by a retired key, when it was retired",
        "KEY_RETIRED",
        office.issued(office.credential(iat=NOW - 10 * DAY), by="retired"),
    )
    yield bad("by a key before its time", "KEY_NOT_YET_VALID", office.issued(said, by="coming"))
    yield bad(
        "by a coming key, on its first day, with lists that have ended",
        "STATUS_UNKNOWN",
        office.issued(office.credential(iat=NOW + 10 * DAY), by="coming"),
        now=NOW + 10 * DAY,
        verdict="undetermined",
    )
    yield bad(
        "by a key past its end",
        "KEY_EXPIRED",
        office.issued(office.credential(iat=NOW - 20 * DAY), by="ended"),
    )
    yield bad(
        "under an expired trust list",
        "TRUST_EXPIRED",
        office.issued(said),
        now=NOW + 10,
        world="short trust list",
        verdict="undetermined",
    )
    yield bad(
        "an identity code under an expired trust list",
        "TRUST_EXPIRED",
        office.issued(office.credential(office.identity_code())),
        now=NOW + 10,
        world="short trust list",
        verdict="undetermined",
    )
    for place in (12, 440106):
        yield bad(
            f"a place outside the region: {place}",
            "ISSUER_SCOPE",
            office.issued(office.credential(office.licence(place=place))),
        )
    yield bad(
        "a badge outside the region",
        "ISSUER_SCOPE",
        office.issued(office.credential(office.badge(place=31))),
    )
    beside = office.credential(
        office.licence(place=320103), iss=OTHER_ISS, status=StatusRef(9, OTHER_LIST)
    )
    yield bad("a neighbouring county", "ISSUER_SCOPE", office.issued(beside, by="other licence"))


def status() -> Iterator[Case]:
    for idx, code in ((1, "REVOKED"), (2, "SUSPENDED"), (3, "SUPERSEDED"), (131_071, "REVOKED")):
        for facts_ in (office.licence(), office.badge()):
            said = office.credential(facts_, status=StatusRef(idx, LIST))
            yield bad(f"{said.kind.slug}, entry {idx}", code, office.issued(said))
    yield bad(
        "a slice of a revoked book",
        "REVOKED",
        office.issued(_slice(NOW, status=StatusRef(1, LIST))),
    )
    for idx in (131_072, 2**63):
        said = office.credential(status=StatusRef(idx, LIST))
        yield bad(f"entry {idx}, beyond the end", "STATUS_INDEX", office.issued(said))
    missing = office.credential(status=StatusRef(0, "https://yz.example/s/99"))
    unknown = {"verdict": "undetermined"}
    yield bad("a list that is not held", "STATUS_UNKNOWN", office.issued(missing), **unknown)
    foreign = office.credential(status=StatusRef(0, OTHER_LIST))
    yield bad("another authority's list", "STATUS_SUBJECT", office.issued(foreign))
    said = office.credential()
    yield bad(
        "no status list at all",
        "STATUS_UNKNOWN",
        office.issued(said),
        world="trust list only",
        **unknown,
    )
    yield bad(
        "a snapshot that names no list",
        "STATUS_UNKNOWN",
        office.issued(said),
        world="no lists",
        **unknown,
    )
    yield good(
        "lists five seconds before their soft end",
        said,
        now=NOW + 9,
        world="short status lists",
        notices=("STATUS_STALE",),
    )
    yield bad(
        "lists at their hard end",
        "STATUS_UNKNOWN",
        office.issued(said),
        now=NOW + 10,
        world="short status lists",
        **unknown,
    )
    yield good(
        "snapshot past its soft end",
        said,
        now=NOW + 9,
        world="short snapshot",
        notices=("STATUS_STALE",),
    )
    yield bad(
        "snapshot at its hard end",
        "STATUS_UNKNOWN",
        office.issued(said),
        now=NOW + 10,
        world="short snapshot",
        **unknown,
    )
    revoked = office.credential(status=StatusRef(1, LIST))
    yield bad("revoked, by a stale list", "REVOKED", office.issued(revoked), now=NOW + 6 * 3600)


def trust() -> Iterator[Case]:
    content = office.trust_list(keys=_few_keys())
    first = office.bundle(office.signed(content))

    def bundle(**parts: Any) -> Bundle:
        return office.bundle(office.signed(content), **parts)

    held = {"trust_version": 5, "snapshot_version": 7}
    yield update("the first bundle", [first], held)
    yield update("the same bundle again", [first, first], held)
    newer = replace(content, version=6)
    six = office.bundle(
        office.signed(newer), office.snapshot(*office.LISTS, version=8, trust_version=6)
    )
    yield update("the next version", [first, six], {"trust_version": 6, "snapshot_version": 8})
    yield update("a lower version", [first, six, first], "TRUST_ROLLBACK:trust list")
    other = office.bundle(office.signed(replace(content, exp=content.exp + 1)))
    yield update(
        "the same version with other bytes", [first, other], "TRUST_EQUIVOCATION:trust list"
    )
    eight = office.bundle(office.signed(replace(content, version=8)))
    seven = office.signed(replace(content, version=7))
    yield update("versions skipped", [first, eight], "TRUST_VERSION_GAP:6")
    yield update(
        "a version in between missing",
        [first, eight],
        "TRUST_VERSION_GAP:7",
        older={6: office.signed(newer)},
    )
    yield update(
        "versions walked",
        [first, eight],
        {"trust_version": 8, "snapshot_version": 7},
        older={6: office.signed(newer), 7: seven},
    )
    yield update(
        "versions walked by an expired one",
        [first, eight],
        {"trust_version": 8, "snapshot_version": 7},
        older={6: office.signed(replace(newer, exp=NOW - 1)), 7: seven},
    )
    yield update(
        "a version under another number",
        [first, eight],
        "TRUST_VERSION_GAP:7",
        older={6: office.signed(newer), 7: office.signed(newer)},
    )
    yield update(
        "an expired trust list",
        [office.bundle(office.signed(replace(content, exp=NOW)))],
        "TRUST_EXPIRED",
        verdict="undetermined",
    )
    yield update(
        "a production list in a test store",
        [office.bundle(office.signed(replace(content, environment=Environment.PRODUCTION)))],
        "TRUST_ENVIRONMENT",
    )
    yield update(
        "a test list in a production store", [first], "TRUST_ENVIRONMENT", world="production"
    )
    rotated = replace(newer, anchors=(office.key("new anchor").public,))

    def with_signers(*anchors: str) -> Bundle:
        return office.bundle(office.signed(rotated, *anchors))

    yield update(
        "new anchors, signed by old and new",
        [first, with_signers("anchor", "new anchor")],
        {"trust_version": 6, "snapshot_version": 7},
    )
    yield update(
        "new anchors, signed by the new only",
        [first, with_signers("new anchor")],
        "TRUST_THRESHOLD",
    )
    yield update(
        "new anchors, signed by the old only", [first, with_signers("anchor")], "TRUST_THRESHOLD"
    )
    yield update(
        "signed by a stranger",
        [first, office.bundle(office.signed(newer, "mallory"))],
        "TRUST_SIGNATURE:anchors",
    )
    pair = replace(
        newer, anchors=(office.key("anchor").public, office.key("new anchor").public), threshold=2
    )
    yield update(
        "two anchors of two",
        [first, office.bundle(office.signed(pair, "anchor", "new anchor"))],
        {"trust_version": 6, "snapshot_version": 7},
    )
    yield update(
        "one anchor twice for two",
        [first, office.bundle(office.signed(pair, "anchor", "anchor"))],
        "TRUST_THRESHOLD",
    )
    third = replace(rotated, version=7)
    yield update(
        "the anchor that was rotated out",
        [
            first,
            with_signers("anchor", "new anchor"),
            office.bundle(office.signed(third, "anchor")),
        ],
        "TRUST_SIGNATURE:anchors",
    )

    yield update(
        "a snapshot by a stranger",
        [bundle(snapshot_=office.snapshot(*office.LISTS, by="mallory"))],
        "TRUST_SIGNATURE",
    )
    yield update(
        "a snapshot of another type",
        [bundle(snapshot_=office.snapshot(*office.LISTS, typ=None))],
        "TRUST_SIGNATURE:typ",
    )
    older = bundle(snapshot_=office.snapshot(*office.LISTS, version=6))
    yield update("an older snapshot", [first, older], "TRUST_ROLLBACK:snapshot")
    twin = bundle(snapshot_=office.snapshot(*office.LISTS, ttl=99))
    yield update(
        "the same snapshot version with other bytes", [first, twin], "TRUST_EQUIVOCATION:snapshot"
    )
    yield update(
        "a snapshot of a later trust list",
        [bundle(snapshot_=office.snapshot(*office.LISTS, trust_version=6))],
        "TRUST_MIX:snapshot",
    )
    yield update(
        "a snapshot of another epoch",
        [bundle(snapshot_=office.snapshot(*office.LISTS, epoch=2))],
        "TRUST_MIX:snapshot",
    )
    yield update(
        "a list that the snapshot does not name",
        [bundle(snapshot_=office.snapshot(office.LISTS[0]))],
        f"TRUST_MIX:{OTHER_LIST}",
    )
    yield update(
        "a list that the snapshot names is missing",
        [bundle(snapshot_=office.snapshot(*office.LISTS), lists=office.LISTS[:1])],
        f"TRUST_MIX:{OTHER_LIST}",
    )
    yesterday = (office.status_list(iat=NOW - DAY), office.LISTS[1])
    mixed = Bundle(office.signed(content), office.snapshot(*office.LISTS), yesterday)
    yield update("an older list than the snapshot names", [mixed], f"TRUST_MIX:{LIST}")
    back = bundle(snapshot_=office.snapshot(*yesterday, version=8), lists=yesterday)
    yield update(
        "a snapshot that goes back to an older list", [first, back], f"STATUS_ROLLBACK:{LIST}"
    )
    far = bundle(snapshot_=office.snapshot(*office.LISTS, version=2**62))
    yield update(
        "after a snapshot of version 2^62, the next",
        [far, bundle(snapshot_=office.snapshot(*office.LISTS, version=8))],
        "TRUST_ROLLBACK:snapshot",
    )
    epoch = office.bundle(
        office.signed(replace(newer, epoch=2)),
        office.snapshot(*office.LISTS, version=1, epoch=2, trust_version=6),
    )
    yield update(
        "after a snapshot of version 2^62, a new epoch",
        [far, epoch],
        {"trust_version": 6, "snapshot_version": 1},
    )
    seventh = office.bundle(office.signed(replace(content, version=7)))
    yield update("an epoch that goes back", [first, epoch, seventh], "TRUST_ROLLBACK:trust list")
    cleared = (office.status_list(array=StatusArray.of({})), office.LISTS[1])
    amnesty = office.bundle(
        office.signed(replace(newer, epoch=2)),
        lists=cleared,
        snapshot_=office.snapshot(*cleared, version=1, epoch=2, trust_version=6),
    )
    revoked = office.issued(office.credential(status=StatusRef(1, LIST)))
    suspended = office.issued(office.credential(status=StatusRef(2, LIST)))
    yield update(
        "a revocation once seen stays, even in a new epoch",
        [first, amnesty],
        "REVOKED",
        message=revoked,
    )
    resumed = good("", office.credential(status=StatusRef(2, LIST)))["expect"]
    yield update(
        "a suspension that was lifted is gone", [first, amnesty], resumed, message=suspended
    )
    nothing = bundle(snapshot_=office.snapshot(version=8), lists=())
    again = bundle(snapshot_=office.snapshot(*cleared, version=9), lists=cleared)
    yield update(
        "a revocation stays when its list left and came back without it",
        [first, nothing, again],
        "REVOKED",
        message=revoked,
    )
    stolen = tuple(
        replace(r, compromised=NOW) if r.kid == office.key("snapshot").kid else r
        for r in _few_keys()
    )
    yield update(
        "a snapshot by a key that this very list ends",
        [office.bundle(office.signed(replace(content, keys=stolen)))],
        "KEY_REVOKED",
    )

    unsigned = office.status_list(by="mallory")
    wrong_typ = office.status_list(typ=None)
    for name, made, code in (
        ("by a stranger", unsigned, "STATUS_SIGNATURE"),
        ("without its type", wrong_typ, "STATUS_SIGNATURE:typ"),
    ):
        lists = (made, office.LISTS[1])
        yield update(f"a status list {name}", [bundle(lists=lists)], code)
    for name, array, code in (
        ("of three bits", {"bits": 3, "lst": zlib.compress(b"\0")}, "STATUS_MALFORMED"),
        ("of no bits", {"bits": 0, "lst": zlib.compress(b"\0")}, "STATUS_MALFORMED"),
        ("of sixteen bits", {"bits": 16, "lst": zlib.compress(b"\0")}, "STATUS_MALFORMED"),
        ("without bits", {"lst": zlib.compress(b"\0")}, "STATUS_MALFORMED"),
        ("that is no zlib stream", {"bits": 2, "lst": b"x"}, "STATUS_MALFORMED"),
        (
            "with bytes behind its stream",
            {"bits": 2, "lst": zlib.compress(b"\0") + b"x"},
            "STATUS_MALFORMED",
        ),
        (
            "that unfolds beyond 2 MiB",
            {"bits": 2, "lst": zlib.compress(bytes(2 * 1024 * 1024 + 1), 9)},
            "SIZE_LIMIT:status list",
        ),
    ):
        yield update(f"a status list {name}", [_with_array(array)], code)
    yield update("a bundle that is not CBOR", [b"\xff"], "TRUST_MALFORMED:bundle")
    yield update(
        "a bundle without a trust list",
        [cbor.encode({"snapshot": b"", "lists": []})],
        "TRUST_MALFORMED:trust",
    )
    yield update(
        "a trust list that is not COSE", [office.bundle(b"\x00")], "TRUST_MALFORMED:trust list"
    )
    for name, changed, code in (
        ("with a threshold of two for one anchor", {"threshold": 2}, "TRUST_MALFORMED:threshold"),
        (
            "with one anchor twice",
            {"anchors": (office.key("anchor").public,) * 2},
            "TRUST_MALFORMED:anchors",
        ),
        ("with one key twice", {"keys": office.KEYS[:1] * 2}, "TRUST_MALFORMED:keys"),
        ("without hosts", {"hosts": ()}, "TRUST_MALFORMED:hosts"),
    ):
        yield update(
            f"a trust list {name}",
            [office.bundle(office.signed(replace(content, **changed)))],
            code,
        )

    for name, label, value in (
        ("type is a float", 1, 2.0),
        ("type is a text", 1, "2"),
        ("type is true", 1, True),
        ("curve is a float", -1, 1.0),
        ("curve is true", -1, True),
        ("curve is a text", -1, "1"),
        ("algorithm is a float", 3, -7.0),
        ("algorithm is a text", 3, "-7"),
        ("algorithm is true", 3, True),
    ):
        changed_keys = _with_member(_few_keys(), label, value)
        yield update(
            f"a trust list with a key whose {name}",
            [office.bundle(office.signed(replace(content, keys=changed_keys)))],
            "ALG_NOT_ALLOWED",
        )


def _with_member(keys: tuple[KeyRecord, ...], label: int, value: Any) -> tuple[KeyRecord, ...]:
    """The same keys, the first one's COSE_Key with another member."""
    first, *others = keys
    odd = replace(first.key, cose_key={**first.key.cose_key, label: value})
    return (replace(first, key=odd), *others)


def _few_keys() -> tuple[KeyRecord, ...]:
    """Enough for the lists; a trust list of all the tests' keys would make these files large."""
    names = ("licence", "status", "snapshot", "other status")
    wanted = {office.key(name).kid for name in names}
    return tuple(record for record in office.KEYS if record.kid in wanted)


def _with_array(array: dict[str, Any]) -> Bundle:
    body = {
        labels.SUB: LIST,
        labels.EXP: NOW + 7 * DAY,
        labels.IAT: NOW - 3600,
        labels.STATUS_LIST: array,
        labels.TTL: 6 * 3600,
    }
    message = cose.sign1(cbor.encode(body), office.key("status"), typ=labels.TYP_STATUS_LIST)
    named = (ListEntry(LIST, NOW - 3600, hashlib.sha256(message).digest()),)
    return Bundle(
        office.signed(office.trust_list(keys=_few_keys())), office.snapshot(lists=named), (message,)
    )


# --- writing and checking ---------------------------------------------------------------------------

GROUPS = {
    "valid": valid,
    "wire": wire,
    "time": time,
    "keys": keys,
    "status": status,
    "trust": trust,
}


def made() -> dict[str, Any]:
    """Every file's content, by its name without the ending."""
    cases = {name: list(group()) for name, group in GROUPS.items()}
    return cases | {"worlds": worlds(), "code-book": book_vectors.content()}


def comparable(content: Any) -> Any:
    """The content with every zlib stream replaced by what is in it."""
    if isinstance(content, dict):
        return {key: _unpacked(key, value) for key, value in content.items()}
    return [comparable(each) for each in content] if isinstance(content, list) else content


def _unpacked(key: str, value: Any) -> Any:
    if key == "text":
        try:
            return envelope.unwrap(value, hosts=[HOST]).hex()
        except CredentialError:
            return "unreadable" if envelope.looks_like_ours(value) else value
    if key == "bundle":
        return _inside(value)
    if key == "bundles":
        return [_inside(each) for each in value]
    return comparable(value)


def _inside(bundle: str) -> Any:
    """A bundle's parts without signatures and digests, which follow from the compressed bytes."""
    try:
        parts = Bundle.from_bytes(bytes.fromhex(bundle))
        lists = [
            StatusList.from_bytes(cose.unpack_sign1(m, ordered=False).payload or b"")
            for m in parts.lists
        ]
        snapshot = Snapshot.from_bytes(cose.unpack_sign1(parts.snapshot).payload or b"")
        trust = SignedTrustList.from_bytes(parts.trust).content
    except CredentialError:
        return len(bundle)
    return trust, replace(snapshot, lists=()), lists


def main() -> None:
    content = made()
    if "--check" not in sys.argv:
        FOLDER.mkdir(exist_ok=True)
        for name, part in content.items():
            text = json.dumps(part, ensure_ascii=False, indent=1)
            (FOLDER / f"{name}.json").write_text(text + "\n", "utf-8")
        format_examples.write()
    stale = [name for name, part in content.items() if not _is_current(name, part)]
    cases = [case for name in GROUPS for case in content[name]]
    negative = sum("code" in case["expect"] for case in cases)
    print(
        f"{len(cases)} vectors, {negative} of them negative, {len({c['name'] for c in cases})} names"
    )
    if stale:
        sys.exit(f"not as committed, run `make vectors`: {', '.join(stale)}")


def _is_current(name: str, part: Any) -> bool:
    path = FOLDER / f"{name}.json"
    return path.exists() and comparable(json.loads(path.read_text("utf-8"))) == comparable(
        json.loads(json.dumps(part))
    )


if __name__ == "__main__":
    main()
