"""Trust list, snapshot, signed time and bundle as data: who may sign what, and which lists are current.

    trust list  COSE_Sign by the anchors; body header {16: typ}; claims 6 iat, 4 exp, -65537 body
    snapshot    COSE_Sign1 by a snapshot key; claims 6 iat, 4 exp, 65534 ttl, -65537 body
    time        COSE_Sign1 by a snapshot key; claims 6 iat
    bundle      {"trust": bstr, "snapshot": bstr, "lists": [bstr]}, all that an offline reader needs

This module says what the bytes mean and whether they are well formed; whether to believe them is
decided in `verifier.trust`. All of it is ours, so it is read as strictly as our credentials.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

from credential import cbor, cose, labels
from credential.claims import LATEST, Kind
from credential.errors import Code, CredentialError
from credential.keys import PublicKey, public_key
from credential.text import Text

MAX_TRUST_LIST_BYTES: Final = 1024 * 1024
MAX_SNAPSHOT_BYTES: Final = 256 * 1024
MAX_LIST_BYTES: Final = 2 * 1024 * 1024
MAX_BUNDLE_BYTES: Final = 16 * 1024 * 1024
MAX_SIGNED_TIME_BYTES: Final = 1024


class Purpose(StrEnum):
    """What a key may sign."""

    LICENCE = "licence"
    BADGE = "badge"
    IDENTITY_CODE = "identity-code"
    STATUS_LIST = "status-list"
    SNAPSHOT = "snapshot"

    @classmethod
    def of(cls, kind: Kind) -> Purpose:
        return _OF_KIND[kind]


_OF_KIND: Final = {kind: Purpose(kind.slug) for kind in Kind}


class Environment(StrEnum):
    """A production store never takes a test list, and the other way round."""

    PRODUCTION = "production"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """One key of the trust list: whose it is, what it may sign, where and when. Seconds UTC.

    ``compromised`` refuses every signature of the key, whatever its iat: a thief dates back.
    ``regions`` are GB/T 2260 prefixes this authority may register for; ``*`` is everywhere.
    """

    key: PublicKey
    iss: str
    name: Text
    purposes: frozenset[Purpose]
    regions: tuple[str, ...]
    not_before: int
    sign_until: int
    verify_until: int
    compromised: int | None = None

    @property
    def kid(self) -> bytes:
        return self.key.kid

    def check(self, purpose: Purpose, *, iss: str, iat: int, now: float) -> None:
        """Returns when this key may have signed for ``iss`` at ``iat`` and still counts at ``now``."""
        if iss != self.iss:
            raise CredentialError(Code.ISSUER_MISMATCH)
        if self.compromised is not None:
            raise CredentialError(Code.KEY_REVOKED)
        if purpose not in self.purposes:
            raise CredentialError(Code.KEY_PURPOSE)
        if iat < self.not_before:
            raise CredentialError(Code.KEY_NOT_YET_VALID)
        if iat >= self.sign_until:
            raise CredentialError(Code.KEY_RETIRED)
        if now >= self.verify_until:
            raise CredentialError(Code.KEY_EXPIRED)

    def covers(self, place: int) -> bool:
        """Whether ``place`` equals, lies under, or (a whole province) contains one of the regions."""
        code = str(place)
        return any(r == "*" or code.startswith(r) or r.startswith(code) for r in self.regions)

    def to_map(self) -> dict[str, Any]:
        record: dict[str, Any] = {
            "kid": self.kid,
            "key": dict(self.key.cose_key),
            "iss": self.iss,
            "name": {"zh": self.name.zh, "en": self.name.en},
            "purposes": sorted(self.purposes),
            "regions": list(self.regions),
            "not_before": self.not_before,
            "sign_until": self.sign_until,
            "verify_until": self.verify_until,
        }
        if self.compromised is not None:
            record["compromised"] = self.compromised
        return record

    @classmethod
    def from_map(cls, record: Any) -> KeyRecord:
        """An unknown purpose is passed over: it lets the key sign nothing that we read."""
        read = _Reader(record, "keys")
        key, names, known = (
            public_key(read.map("key")),
            _Reader(read.map("name"), "name"),
            set(Purpose),
        )
        purposes = frozenset(Purpose(p) for p in read.texts("purposes") if p in known)
        compromised = read.time("compromised") if "compromised" in record else None
        if read.get("kid", bytes) != key.kid:
            raise CredentialError(Code.TRUST_MALFORMED, "kid")
        return cls(
            key=key,
            iss=read.text("iss"),
            name=Text(names.text("zh"), names.text("en")),
            purposes=purposes,
            regions=read.texts("regions"),
            not_before=read.time("not_before"),
            sign_until=read.time("sign_until"),
            verify_until=read.time("verify_until"),
            compromised=compromised,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustList:
    """Who may sign what. ``threshold`` of ``anchors`` sign version N+1; ``hosts`` are ours to link to."""

    version: int
    epoch: int
    iat: int
    exp: int
    environment: Environment
    threshold: int
    anchors: tuple[PublicKey, ...]
    hosts: tuple[str, ...]
    keys: tuple[KeyRecord, ...]

    def candidates(self, kid: bytes | None) -> tuple[KeyRecord, ...]:
        """Every key with this key id: two keys may share one, so all are tried."""
        return tuple([record for record in self.keys if record.key.kid == kid])

    def to_bytes(self) -> bytes:
        """The payload for the anchors to sign."""
        body = {
            "version": self.version,
            "epoch": self.epoch,
            "threshold": self.threshold,
            "anchors": [dict(anchor.cose_key) for anchor in self.anchors],
            "hosts": list(self.hosts),
            "keys": [record.to_map() for record in self.keys],
            "environment": str(self.environment),
        }
        return cbor.encode({labels.EXP: self.exp, labels.IAT: self.iat, labels.PRIVATE: body})

    @classmethod
    def from_bytes(cls, payload: bytes) -> TrustList:
        """Raises ``TRUST_MALFORMED`` with the part at fault, or ``ALG_NOT_ALLOWED`` for a key."""
        claims = _claims(payload)
        read = _Reader(claims.map(labels.PRIVATE), "trust list")
        anchors = tuple(
            public_key(_Reader(each, "anchors").source) for each in read.list("anchors")
        )
        keys = tuple(KeyRecord.from_map(each) for each in read.list("keys"))
        threshold = read.number("threshold")
        if len({anchor.kid for anchor in anchors}) != len(anchors):
            raise CredentialError(Code.TRUST_MALFORMED, "anchors")
        if not 1 <= threshold <= len(anchors):
            raise CredentialError(Code.TRUST_MALFORMED, "threshold")
        if len({cbor.encode(dict(record.key.cose_key)) for record in keys}) != len(keys):
            raise CredentialError(Code.TRUST_MALFORMED, "keys")
        environment = read.text("environment")
        if environment not in set(Environment):
            raise CredentialError(Code.TRUST_MALFORMED, "environment")
        return cls(
            version=read.number("version"),
            epoch=read.number("epoch"),
            iat=claims.time(labels.IAT),
            exp=claims.time(labels.EXP),
            environment=Environment(environment),
            threshold=threshold,
            anchors=anchors,
            hosts=read.texts("hosts"),
            keys=keys,
        )


@dataclass(frozen=True, slots=True)
class SignedTrustList:
    """A trust list with the message it came in. Its signatures are counted in `verifier.trust`."""

    message: bytes
    signatures: cose.Sign
    content: TrustList

    @classmethod
    def from_bytes(cls, message: bytes) -> SignedTrustList:
        if len(message) > MAX_TRUST_LIST_BYTES:
            raise CredentialError(Code.SIZE_LIMIT, "trust list")
        unpacked = as_malformed(lambda: cose.unpack_sign(message), "trust list")
        if unpacked.headers.get(labels.TYP) != labels.TYP_TRUST_LIST:
            raise CredentialError(Code.TRUST_SIGNATURE, "typ")
        return cls(message, unpacked, TrustList.from_bytes(unpacked.payload))


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A current status list: where it is served, since when, and the SHA-256 of its bytes."""

    uri: str
    iat: int
    sha256: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Which status lists are current; stops mixing old with new and freezing one list."""

    version: int
    epoch: int
    trust_version: int
    iat: int
    exp: int
    ttl: int
    lists: tuple[ListEntry, ...]

    def to_bytes(self) -> bytes:
        """The payload for a snapshot key to sign."""
        body = {
            "version": self.version,
            "epoch": self.epoch,
            "trust_version": self.trust_version,
            "lists": [{"uri": e.uri, "iat": e.iat, "sha256": e.sha256} for e in self.lists],
        }
        return cbor.encode(
            {
                labels.EXP: self.exp,
                labels.IAT: self.iat,
                labels.TTL: self.ttl,
                labels.PRIVATE: body,
            }
        )

    @classmethod
    def from_bytes(cls, payload: bytes) -> Snapshot:
        """Raises ``TRUST_MALFORMED`` with the part at fault."""
        claims = _claims(payload)
        read = _Reader(claims.map(labels.PRIVATE), "snapshot")
        entries = [_Reader(each, "lists") for each in read.list("lists")]
        lists = tuple(
            ListEntry(e.text("uri"), e.time("iat"), e.get("sha256", bytes)) for e in entries
        )
        if len({entry.uri for entry in lists}) != len(lists):
            raise CredentialError(Code.TRUST_MALFORMED, "lists")
        return cls(
            version=read.number("version"),
            epoch=read.number("epoch"),
            trust_version=read.number("trust_version"),
            iat=claims.time(labels.IAT),
            exp=claims.time(labels.EXP),
            ttl=claims.number(labels.TTL),
            lists=lists,
        )


@dataclass(frozen=True, slots=True)
class SignedTime:
    """The issuer's time, for a reader whose own clock is in doubt."""

    iat: int

    def to_bytes(self) -> bytes:
        """The payload for a snapshot key to sign."""
        return cbor.encode({labels.IAT: self.iat})

    @classmethod
    def from_bytes(cls, payload: bytes) -> SignedTime:
        """Raises ``TRUST_MALFORMED``."""
        return cls(_claims(payload).time(labels.IAT))


@dataclass(frozen=True, slots=True)
class Bundle:
    """The signed files of one publication, as they are served or carried on a stick."""

    trust: bytes
    snapshot: bytes
    lists: tuple[bytes, ...]

    def to_bytes(self) -> bytes:
        return cbor.encode(
            {"trust": self.trust, "snapshot": self.snapshot, "lists": list(self.lists)}
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Bundle:
        if len(data) > MAX_BUNDLE_BYTES:
            raise CredentialError(Code.SIZE_LIMIT, "bundle")
        read = _Reader(as_malformed(lambda: cbor.decode(data), "bundle"), "bundle")
        lists = read.list("lists")
        if not all(isinstance(each, bytes) for each in lists):
            raise CredentialError(Code.TRUST_MALFORMED, "lists")
        return cls(read.get("trust", bytes), read.get("snapshot", bytes), tuple(lists))


_T = TypeVar("_T")


class _Reader:
    """Typed access to a decoded map; every fault is ``TRUST_MALFORMED`` with the name of the part."""

    def __init__(self, source: Any, name: str) -> None:
        if not isinstance(source, dict):
            raise CredentialError(Code.TRUST_MALFORMED, name)
        self.source = source

    def get(self, label: int | str, wanted: type[_T]) -> _T:
        value = self.source.get(label)
        if not isinstance(value, wanted) or isinstance(value, bool):
            raise CredentialError(Code.TRUST_MALFORMED, str(label))
        return value

    def text(self, label: str) -> str:
        return self.get(label, str) or _fault(label)

    def number(self, label: int | str) -> int:
        value = self.get(label, int)
        return value if 0 < value < 1 << 63 else _fault(label)

    def time(self, label: int | str) -> int:
        value = self.get(label, int)
        return value if 0 < value <= LATEST else _fault(label)

    def map(self, label: int | str) -> dict[Any, Any]:
        return self.get(label, dict)

    def list(self, label: str) -> tuple[Any, ...]:
        return tuple(self.get(label, list))

    def texts(self, label: str) -> tuple[str, ...]:
        values = self.list(label)
        return values if values and all(isinstance(v, str) and v for v in values) else _fault(label)


def _fault(label: int | str) -> Any:
    raise CredentialError(Code.TRUST_MALFORMED, str(label))


def _claims(payload: bytes) -> _Reader:
    return _Reader(as_malformed(lambda: cbor.decode(payload), "claims"), "claims")


def as_malformed(read: Callable[[], _T], subject: str) -> _T:
    """What ``read`` returns; its CBOR and COSE faults become ``TRUST_MALFORMED`` of ``subject``."""
    try:
        return read()
    except CredentialError as error:
        raise CredentialError(Code.TRUST_MALFORMED, subject, error.reason) from None
