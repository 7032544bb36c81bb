"""A whole issuing office in memory, for tests and vectors: fixed clock, fixed keys, any fault wanted.

Keys are derived from the names below, so no key file exists; they protect nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from credential import cbor, cose, envelope
from credential.claims import (
    Badge,
    Credential,
    Face,
    Facts,
    Filing,
    Gender,
    IdentityCode,
    Level,
    Licence,
    StatusRef,
)
from credential.labels import ALG, KID, TYP_SNAPSHOT, TYP_STATUS_LIST, TYP_TIME, TYP_TRUST_LIST
from credential.status_list import Status, StatusArray, StatusList
from credential.text import Text
from credential.trust_list import (
    Bundle,
    Environment,
    KeyRecord,
    ListEntry,
    Purpose,
    SignedTime,
    Snapshot,
    TrustList,
)
from issuer.signer import PrivateKey, private_key
from verifier.trust import Pin, Trust, accept_list

NOW = 1_795_312_800  # 2026-11-22 10:00:00 in Shanghai
DAY = 86_400
HOST = "yz.example"
ISS = "https://yz.example/i/11"
OTHER_ISS = "https://yz.example/i/32"
LIST = "https://yz.example/s/1"
OTHER_LIST = "https://yz.example/s/2"
CTI = bytes.fromhex("0102030405060708")
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

# A one-pixel WebP: the smallest portrait that a decoder accepts.
PIXEL = bytes.fromhex(
    "524946462600000057454250565038201a0000005001009d012a010001000fc0fe25004e80280000fec8ae68e000"
)


def key(name: str) -> PrivateKey:
    """The P-256 key of that name; names that start with ``ed`` give Ed25519 keys."""
    seed = hashlib.sha256(f"yizheng test key {name}".encode()).digest()
    if name.startswith("ed"):
        return private_key(ed25519.Ed25519PrivateKey.from_private_bytes(seed))
    secret = int.from_bytes(seed, "big") % (P256_ORDER - 1) + 1
    return private_key(ec.derive_private_key(secret, ec.SECP256R1()))


def record(
    name: str,
    *purposes: Purpose,
    iss: str = ISS,
    regions: tuple[str, ...] = ("11",),
    start: int = NOW - 30 * DAY,
    sign_until: int = NOW + 300 * DAY,
    verify_until: int = NOW + 800 * DAY,
    compromised: int | None = None,
) -> KeyRecord:
    """The trust list's record of the key ``name``."""
    return KeyRecord(
        key=key(name).public,
        iss=iss,
        name=Text("示范市卫生健康委员会", "Demo Health Commission"),
        purposes=frozenset(purposes),
        regions=regions,
        not_before=start,
        sign_until=sign_until,
        verify_until=verify_until,
        compromised=compromised,
    )


KEYS = (
    record("licence", Purpose.LICENCE),
    record("badge", Purpose.BADGE),
    record("code", Purpose.IDENTITY_CODE),
    record("status", Purpose.STATUS_LIST),
    record("snapshot", Purpose.SNAPSHOT),
    record("ed licence", Purpose.LICENCE),
    record("ed code", Purpose.IDENTITY_CODE),
    record("other licence", Purpose.LICENCE, iss=OTHER_ISS, regions=("320102", "3205")),
    record("other status", Purpose.STATUS_LIST, iss=OTHER_ISS, regions=("320102", "3205")),
    record("everywhere", Purpose.LICENCE, regions=("*",)),
    record("stolen", Purpose.LICENCE, Purpose.IDENTITY_CODE, compromised=NOW - DAY),
    record("retired", Purpose.LICENCE, sign_until=NOW - 10 * DAY),
    record("coming", Purpose.LICENCE, start=NOW + 10 * DAY),
    record("ended", Purpose.LICENCE, verify_until=NOW - DAY),
)

MARKS = {1: Status.REVOKED, 2: Status.SUSPENDED, 3: Status.SUPERSEDED, 131_071: Status.REVOKED}


def trust_list(**changes: Any) -> TrustList:
    base = TrustList(
        version=5,
        epoch=1,
        iat=NOW - DAY,
        exp=NOW + 89 * DAY,
        environment=Environment.TEST,
        threshold=1,
        anchors=(key("anchor").public,),
        hosts=(HOST,),
        keys=KEYS,
    )
    return replace(base, **changes)


def signed(content: TrustList, *anchors: str) -> bytes:
    signers = [key(name) for name in anchors or ("anchor",)]
    return cose.sign(content.to_bytes(), signers, typ=TYP_TRUST_LIST)


def status_list(
    uri: str = LIST, *, by: str = "status", typ: str | None = TYP_STATUS_LIST, **changes: Any
) -> bytes:
    base = StatusList(
        uri=uri, iat=NOW - 3600, exp=NOW + 7 * DAY, ttl=6 * 3600, array=StatusArray.of(MARKS)
    )
    return cose.sign1(replace(base, **changes).to_bytes(), key(by), typ=typ)


def entry(message: bytes) -> ListEntry:
    listed = StatusList.from_bytes(cose.unpack_sign1(message, ordered=False).payload or b"")
    return ListEntry(listed.uri, listed.iat, hashlib.sha256(message).digest())


def snapshot(
    *lists: bytes, by: str = "snapshot", typ: str | None = TYP_SNAPSHOT, **changes: Any
) -> bytes:
    base = Snapshot(
        version=7,
        epoch=1,
        trust_version=5,
        iat=NOW - 3600,
        exp=NOW + 7 * DAY,
        ttl=6 * 3600,
        lists=tuple(entry(each) for each in lists),
    )
    return cose.sign1(replace(base, **changes).to_bytes(), key(by), typ=typ)


def signed_time(at: int, *, by: str = "snapshot", typ: str | None = TYP_TIME) -> bytes:
    return cose.sign1(SignedTime(at).to_bytes(), key(by), typ=typ)


LISTS = (status_list(), status_list(OTHER_LIST, by="other status"))


def bundle(
    trust: bytes | None = None, snapshot_: bytes | None = None, lists: tuple[bytes, ...] = LISTS
) -> Bundle:
    return Bundle(trust or signed(trust_list()), snapshot_ or snapshot(*lists), lists)


def pin(content: TrustList | None = None) -> Pin:
    content = content or trust_list()
    return Pin(content.environment, content.version, content.threshold, content.anchors)


def trust(parts: Bundle | None = None, *, now: int = NOW) -> Trust:
    """The trust of a reader that has taken in ``parts``."""
    parts = parts or bundle()
    content = accept_list(parts.trust, pin=pin(), held=None, now=now, older=lambda _version: None)
    return content.with_snapshot(parts.snapshot, parts.lists, now=now)


# --- facts and credentials -----------------------------------------------------------------------


def licence(**changes: Any) -> Licence:
    base = Licence(
        licence_number="110110105000123",
        name="甲示例",
        gender=Gender.FEMALE,
        face=Face(PIXEL),
        level=Level.PHYSICIAN,
        category=10,
        scopes=("内科专业", "全科医学专业"),
        place=11,
        institution="示范市第一人民医院",
        title=233,
        approved_on=date(2022, 11, 7),
        filings=(
            Filing(
                institution="示范市第二医院",
                scopes=("内科专业",),
                begins=date(2026, 1, 1),
                ends=date(2026, 12, 31),
            ),
        ),
        version=1,
    )
    return replace(base, **changes)


def badge(**changes: Any) -> Badge:
    base = Badge(
        licence_number="110110105000123",
        name="甲示例",
        face=Face(PIXEL),
        level=Level.PHYSICIAN,
        category=10,
        place=11,
        institution="示范市第一人民医院",
        title=233,
    )
    return replace(base, **changes)


def identity_code(**changes: Any) -> IdentityCode:
    return replace(
        IdentityCode(licence_number="110110105000123", name="甲示例", face=Face(PIXEL)), **changes
    )


def credential(facts: Facts | None = None, **changes: Any) -> Credential:
    """A credential of ``facts`` issued a minute ago; an identity code just now."""
    facts = facts or licence()
    is_code = isinstance(facts, IdentityCode)
    iat = changes.pop("iat", NOW - (0 if is_code else 60))
    given: dict[str, Any] = {
        "iss": ISS,
        "iat": iat,
        "exp": iat + (30 if is_code else 365 * DAY),
        "cti": CTI,
        "status": None if is_code else StatusRef(1000, LIST),
        "facts": facts,
    }
    return Credential(**(given | changes))


def signer_of(facts: Facts) -> str:
    return {Licence: "licence", Badge: "badge", IdentityCode: "code"}[type(facts)]


def issued(said: Credential | None = None, *, by: str | None = None) -> bytes:
    """The COSE message of a credential, signed by the key of its kind or by the key ``by``."""
    said = said or credential()
    return cose.sign1(cbor.encode(said.to_map()), key(by or signer_of(said.facts)))


def claims(**changes: Any) -> dict[Any, Any]:
    """The claims of the standard licence as a map, for tests that break them."""
    return credential(**changes).to_map()


def sign_claims(said: dict[Any, Any] | bytes, *, by: str = "licence") -> bytes:
    """Any claims, right or wrong, under a good signature."""
    payload = said if isinstance(said, bytes) else cbor.encode(said)
    return cose.sign1(payload, key(by))


def raw(
    payload: Any = None,
    *,
    protected: Any = None,
    unprotected: Any = None,
    by: str = "licence",
    signature: Any = None,
    tags: tuple[int, ...] = (18,),
    parts: list[Any] | None = None,
) -> bytes:
    """A COSE_Sign1 with any part replaced; it is signed as far as that is possible."""
    payload = cbor.encode(claims()) if payload is None else payload
    if protected is None:
        protected = {ALG: int(key(by).algorithm), KID: key(by).kid}
    header = protected if not isinstance(protected, dict) else cbor.encode(protected)
    if signature is None:
        message = cbor2.dumps(["Signature1", header, b"", payload])
        signature = key(by).sign(message)
    body = parts if parts is not None else [header, unprotected or {}, payload, signature]
    if parts is None and unprotected is not None:
        body[1] = unprotected
    message = cbor2.dumps(body)
    for tag in reversed(tags):
        message = bytes(cbor2.dumps(cbor2.CBORTag(tag, 0))[:-1]) + message
    return message


def text(message: bytes) -> str:
    return envelope.bare(message)


def link(message: bytes) -> str:
    return envelope.link(message, host=HOST)


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
