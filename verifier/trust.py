"""What a reader believes, and how that may change: the rules of The Update Framework, in our terms.

* First trust is a *pin*: anchors and environment, handed over by a person. Afterwards only a signed
  chain changes them: trust list N+1 carries ``threshold`` distinct anchors of N and, where the
  anchors changed, ``threshold`` of its own; each step is walked, none is skipped.
* A lower version is refused, and the same version with other bytes too. An expired list only helps
  to load a newer one. A test list never enters a production store, nor the other way round.
* Snapshot versions and status lists never go back, unless a trust list with a higher epoch says so.
  A revocation once seen stays seen, whatever any later list says.
* A trust list that was accepted is kept even when the snapshot beside it is refused: it may be the
  one that ends a stolen snapshot key.
* Nothing counts because it lies in the store: snapshot and status lists are opened anew, with the
  keys of the present trust list, when they are first needed.

`Trust` is a value; accepting makes a new one. Only `TrustStore` touches the disk.
Source: The Update Framework specification 1.0, section 5.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from credential import cbor, cose
from credential.claims import StatusRef
from credential.errors import Code, CredentialError
from credential.files import write_atomically
from credential.keys import PublicKey, public_key
from credential.labels import TYP, TYP_SNAPSHOT, TYP_STATUS_LIST, TYP_TIME
from credential.status_list import Bitmap, Status, StatusList
from credential.trust_list import (
    MAX_LIST_BYTES,
    MAX_SIGNED_TIME_BYTES,
    MAX_SNAPSHOT_BYTES,
    Bundle,
    Environment,
    KeyRecord,
    Purpose,
    SignedTime,
    SignedTrustList,
    Snapshot,
    TrustList,
    as_malformed,
)

CLOCK_TOLERANCE_S: Final = 5
MAX_STEPS: Final = 1024

Older = Callable[[int], bytes | None]
"""Gives the trust list of a version, or None where it cannot be had."""


@dataclass(frozen=True, slots=True)
class Pin:
    """First trust: the anchors of trust list ``version``, told by a person rather than by a signature."""

    environment: Environment
    version: int
    threshold: int
    anchors: tuple[PublicKey, ...]

    @classmethod
    def of(cls, message: bytes) -> Pin:
        """The pin for a trust list got over a trusted way; the list must bear its own anchors' signatures."""
        signed = SignedTrustList.from_bytes(message)
        content = signed.content
        _check_anchors(signed, content)
        return cls(content.environment, content.version, content.threshold, content.anchors)

    @property
    def fingerprint(self) -> str:
        """What two people compare: SHA-256 over environment, threshold and anchors, in hex."""
        return hashlib.sha256(self.to_bytes(with_version=False)).hexdigest()

    def to_bytes(self, *, with_version: bool = True) -> bytes:
        anchors = sorted((dict(anchor.cose_key) for anchor in self.anchors), key=cbor.encode)
        pin: dict[str, Any] = {"anchors": anchors, "threshold": self.threshold}
        pin["environment"] = str(self.environment)
        if with_version:
            pin["version"] = self.version
        return cbor.encode(pin)

    @classmethod
    def from_bytes(cls, data: bytes) -> Pin:
        pin = cbor.decode(data)
        anchors = tuple(public_key(anchor) for anchor in pin["anchors"])
        return cls(Environment(pin["environment"]), pin["version"], pin["threshold"], anchors)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the status list says of one entry, and as of when (seconds UTC)."""

    status: int
    as_of: int
    stale: bool


@dataclass(frozen=True, kw_only=True)
class Trust:
    """Everything a verification believes in: an accepted trust list, and lists that may be missing.

    ``revoked`` holds revocations seen earlier that the present lists no longer show, by list URI.
    ``signed_time`` is the latest time that anything accepted was signed at.
    """

    message: bytes
    content: TrustList
    snapshot_message: bytes | None = None
    list_messages: tuple[bytes, ...] = ()
    revoked: Mapping[str, frozenset[int]] = field(default_factory=dict)
    signed_time: int = 0
    _opened: dict[str, tuple[StatusList, KeyRecord]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _snapshot: list[tuple[Snapshot, KeyRecord]] = field(
        default_factory=list, init=False, repr=False, compare=False
    )

    # --- what verification asks ------------------------------------------------------------------

    def check_not_expired(self, now: float) -> None:
        if now >= self.content.exp:
            raise CredentialError(Code.TRUST_EXPIRED)

    def check_clock(self, now: float) -> None:
        """Raises ``CLOCK_WENT_BACK`` when a clock shows less than a time already seen signed."""
        if now < self.signed_time - CLOCK_TOLERANCE_S:
            raise CredentialError(Code.CLOCK_WENT_BACK)

    def is_fresh(self, now: float) -> bool:
        """Whether a snapshot is held that has not reached its soft end."""
        with contextlib.suppress(CredentialError):
            snapshot = self.snapshot(now)
            return snapshot is not None and now < snapshot.iat + snapshot.ttl
        return False

    def snapshot(self, now: float) -> Snapshot | None:
        """The snapshot, whose key must still count at ``now``; its own dates are not looked at."""
        if self.snapshot_message is None:
            return None
        if not self._snapshot:
            self._snapshot.append(open_snapshot(self.snapshot_message, self.content, now=now))
        snapshot, record = self._snapshot[0]
        record.check(Purpose.SNAPSHOT, iss=record.iss, iat=snapshot.iat, now=now)
        return snapshot

    def standing(self, ref: StatusRef, *, iss: str, now: float) -> Standing:
        """What the current status list says of ``ref``.

        Raises ``STATUS_UNKNOWN`` when no list can answer at ``now``, ``STATUS_SUBJECT`` when the list
        is another issuer's, ``STATUS_INDEX`` beyond its end.
        """
        try:
            snapshot = self.snapshot(now)
            if snapshot is None:
                raise CredentialError(Code.STATUS_UNKNOWN, detail="no snapshot")
            listed, record = self._list(ref.uri, snapshot, now)
        except CredentialError as error:
            raise CredentialError(Code.STATUS_UNKNOWN, detail=error.reason) from None
        if now >= min(snapshot.exp, listed.exp):
            raise CredentialError(Code.STATUS_UNKNOWN, detail="past its end")
        if record.iss != iss:
            raise CredentialError(Code.STATUS_SUBJECT)
        status = listed.array[ref.idx]
        if ref.idx in self.revoked.get(ref.uri, ()):
            status = Status.REVOKED
        soft_end = min(snapshot.iat + snapshot.ttl, listed.iat + listed.ttl)
        return Standing(status, listed.iat, stale=now >= soft_end)

    def _list(self, uri: str, snapshot: Snapshot, now: float) -> tuple[StatusList, KeyRecord]:
        if uri not in self._opened:
            wanted = {entry.sha256 for entry in snapshot.lists if entry.uri == uri}
            found = [m for m in self.list_messages if hashlib.sha256(m).digest() in wanted]
            if not found:
                raise CredentialError(Code.STATUS_UNKNOWN, detail="no such list")
            self._opened[uri] = open_status_list(found[0], self.content, now=now)
        listed, record = self._opened[uri]
        record.check(Purpose.STATUS_LIST, iss=record.iss, iat=listed.iat, now=now)
        return listed, record

    # --- how it changes --------------------------------------------------------------------------

    def with_snapshot(self, message: bytes, lists: Sequence[bytes], *, now: float) -> Trust:
        """This trust with a newer snapshot and the status lists that it names, all or nothing.

        Raises ``TRUST_SIGNATURE``, ``TRUST_MALFORMED``, ``TRUST_ROLLBACK``, ``TRUST_EQUIVOCATION``,
        ``TRUST_MIX``, the ``KEY_…`` codes, ``STATUS_SIGNATURE``, ``STATUS_MALFORMED``,
        ``STATUS_SUBJECT``, ``STATUS_ROLLBACK`` or ``SIZE_LIMIT``.
        """
        snapshot, _ = open_snapshot(message, self.content, now=now)
        if snapshot.epoch != self.content.epoch or snapshot.trust_version > self.content.version:
            raise CredentialError(Code.TRUST_MIX, "snapshot")
        held = self.held_snapshot()
        if held is not None and held.epoch != snapshot.epoch:
            held = None
        if held is not None:
            if snapshot.version < held.version:
                raise CredentialError(Code.TRUST_ROLLBACK, "snapshot")
            if snapshot.version == held.version and message != self.snapshot_message:
                raise CredentialError(Code.TRUST_EQUIVOCATION, "snapshot")
        opened = self._open_named(snapshot, lists, now)
        held_iats = {entry.uri: entry.iat for entry in held.lists} if held else {}
        for uri, listed in opened.items():
            if listed.iat < held_iats.get(uri, 0):
                raise CredentialError(Code.STATUS_ROLLBACK, uri)
        return replace(
            self,
            snapshot_message=message,
            list_messages=tuple(lists),
            revoked=self._still_revoked(opened),
            signed_time=max(self.signed_time, snapshot.iat),
        )

    def with_signed_time(self, message: bytes, *, now: float) -> Trust:
        """This trust, having heard the time from a snapshot key; ``TRUST_ROLLBACK`` for an old one."""
        if len(message) > MAX_SIGNED_TIME_BYTES:
            raise CredentialError(Code.SIZE_LIMIT, "time")
        told, record = _open(
            message, self.content, TYP_TIME, SignedTime.from_bytes, Code.TRUST_SIGNATURE
        )
        record.check(Purpose.SNAPSHOT, iss=record.iss, iat=told.iat, now=now)
        if told.iat < self.signed_time:
            raise CredentialError(Code.TRUST_ROLLBACK, "time")
        return replace(self, signed_time=told.iat)

    def held_snapshot(self) -> Snapshot | None:
        """The snapshot held, read for its numbers alone: they count whatever became of its key."""
        if self.snapshot_message is None:
            return None
        return Snapshot.from_bytes(cose.unpack_sign1(self.snapshot_message).payload or b"")

    def _open_named(
        self, snapshot: Snapshot, lists: Sequence[bytes], now: float
    ) -> dict[str, StatusList]:
        """The lists by URI: exactly those that the snapshot names, each signed for its own URI."""
        named = {entry.sha256: entry for entry in snapshot.lists}
        opened = {}
        for message in lists:
            listed, _ = open_status_list(message, self.content, now=now)
            entry = named.pop(hashlib.sha256(message).digest(), None)
            if entry is None or entry.iat != listed.iat:
                raise CredentialError(Code.TRUST_MIX, listed.uri)
            if entry.uri != listed.uri:
                raise CredentialError(Code.STATUS_SUBJECT, listed.uri)
            opened[listed.uri] = listed
        for missing in named.values():
            raise CredentialError(Code.TRUST_MIX, missing.uri)
        return opened

    def _still_revoked(self, opened: Mapping[str, StatusList]) -> dict[str, frozenset[int]]:
        """Every revocation seen so far that ``opened`` does not show."""
        remembered = dict(self.revoked)
        for message in self.list_messages:
            old = StatusList.from_bytes(cose.unpack_sign1(message, ordered=False).payload or b"")
            bitmap = old.array.revoked()
            new = opened.get(old.uri)
            if new is not None and new.array.bits == old.array.bits:
                bitmap = Bitmap(bitmap & ~new.array.revoked())
            gone = old.array.entries(bitmap)
            if gone:
                remembered[old.uri] = remembered.get(old.uri, frozenset()) | gone
        return remembered


def accept_list(message: bytes, *, pin: Pin, held: Trust | None, now: float, older: Older) -> Trust:
    """The trust after a trust list: ``held`` itself when it is the same one.

    ``older`` gives the versions between, each of which is walked. Raises ``TRUST_ENVIRONMENT``,
    ``TRUST_ROLLBACK``, ``TRUST_EQUIVOCATION``, ``TRUST_VERSION_GAP``, ``TRUST_SIGNATURE``,
    ``TRUST_THRESHOLD``, ``TRUST_EXPIRED``, ``TRUST_MALFORMED`` or ``SIZE_LIMIT``.
    """
    signed = SignedTrustList.from_bytes(message)
    new = signed.content
    if new.environment is not pin.environment:
        raise CredentialError(Code.TRUST_ENVIRONMENT)
    known: Pin | TrustList = held.content if held else pin
    if new.version < known.version or (held and new.epoch < held.content.epoch):
        raise CredentialError(Code.TRUST_ROLLBACK, "trust list")
    if held and new.version == known.version:
        if message != held.message:
            raise CredentialError(Code.TRUST_EQUIVOCATION, "trust list")
        held.check_not_expired(now)
        return held
    if new.version - known.version > MAX_STEPS:
        raise CredentialError(Code.TRUST_VERSION_GAP)
    for version in range(known.version + 1, new.version):
        step = older(version)
        if step is None:
            raise CredentialError(Code.TRUST_VERSION_GAP, str(version))
        known = _walk(SignedTrustList.from_bytes(step), known, version)
    _walk(signed, known, new.version)
    if now >= new.exp:
        raise CredentialError(Code.TRUST_EXPIRED)
    if held is None:
        return Trust(message=message, content=new, signed_time=new.iat)
    return replace(held, message=message, content=new, signed_time=max(held.signed_time, new.iat))


def open_snapshot(message: bytes, content: TrustList, *, now: float) -> tuple[Snapshot, KeyRecord]:
    """The snapshot in ``message`` and the key that signed it, under the keys of ``content``."""
    if len(message) > MAX_SNAPSHOT_BYTES:
        raise CredentialError(Code.SIZE_LIMIT, "snapshot")
    snapshot, record = _open(
        message, content, TYP_SNAPSHOT, Snapshot.from_bytes, Code.TRUST_SIGNATURE
    )
    record.check(Purpose.SNAPSHOT, iss=record.iss, iat=snapshot.iat, now=now)
    return snapshot, record


def open_status_list(
    message: bytes, content: TrustList, *, now: float
) -> tuple[StatusList, KeyRecord]:
    """The status list in ``message`` and the key that signed it, under the keys of ``content``."""
    if len(message) > MAX_LIST_BYTES:
        raise CredentialError(Code.SIZE_LIMIT, "status list")
    listed, record = _open(
        message, content, TYP_STATUS_LIST, StatusList.from_bytes, Code.STATUS_SIGNATURE
    )
    record.check(Purpose.STATUS_LIST, iss=record.iss, iat=listed.iat, now=now)
    return listed, record


_T = TypeVar("_T")


def _open(
    message: bytes, content: TrustList, typ: str, read: Callable[[bytes], _T], bad: Code
) -> tuple[_T, KeyRecord]:
    """What a COSE_Sign1 says; ``bad`` when no key of ``content`` signed it as ``typ``."""
    unpacked = as_malformed(lambda: cose.unpack_sign1(message, ordered=False), typ)
    if unpacked.payload is None or unpacked.headers.get(TYP) != typ:
        raise CredentialError(bad, "typ")
    for record in content.candidates(unpacked.kid):
        with contextlib.suppress(CredentialError):
            unpacked.verify(record.key, unpacked.payload)
            break
    else:
        raise CredentialError(bad)
    return read(unpacked.payload), record


def _walk(signed: SignedTrustList, known: Pin | TrustList, version: int) -> TrustList:
    """The list of ``signed``, having followed from ``known`` by the anchors' signatures."""
    if signed.content.version != version:
        raise CredentialError(Code.TRUST_VERSION_GAP, str(version))
    if signed.content.environment is not known.environment:
        raise CredentialError(Code.TRUST_ENVIRONMENT)
    own = signed.signatures.signed_by(signed.content.anchors)
    by_known = signed.signatures.signed_by(known.anchors)
    if not own and not by_known:
        raise CredentialError(Code.TRUST_SIGNATURE, "anchors")
    if len(by_known) < known.threshold or len(own) < signed.content.threshold:
        raise CredentialError(Code.TRUST_THRESHOLD)
    return signed.content


def _check_anchors(signed: SignedTrustList, known: TrustList) -> None:
    _walk(signed, known, known.version)


class TrustStore:
    """A folder that holds a pin and what was accepted since, each file replaced whole.

    Two processes may update at once: a lock file makes one wait for the other.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def pin(self, pin: Pin) -> None:
        """Remembers first trust. A store is pinned once; ``TRUST_PINNED`` for another pin."""
        with self._locked():
            if self._pin_path.exists() and self._read_pin().fingerprint != pin.fingerprint:
                raise CredentialError(Code.TRUST_PINNED, str(self.folder))
            write_atomically(self._pin_path, pin.to_bytes())

    def read_pin(self) -> Pin:
        """The pin; ``TRUST_MISSING`` where there is none."""
        if not self._pin_path.exists():
            raise CredentialError(Code.TRUST_MISSING, str(self.folder), "not pinned")
        return self._read_pin()

    def load(self) -> Trust:
        """What was accepted; ``TRUST_MISSING`` before the first update."""
        trust = self._read_accepted()
        if trust is None:
            raise CredentialError(Code.TRUST_MISSING, str(self.folder), "nothing accepted yet")
        return trust

    def update(self, bundle: bytes, *, now: float, older: Older) -> Trust:
        """Accepts what is newer in ``bundle`` and returns it; a refusal leaves what was held."""
        parts = Bundle.from_bytes(bundle)
        with self._locked():
            pin, held = self.read_pin(), self._read_accepted()
            trust = accept_list(parts.trust, pin=pin, held=held, now=now, older=older)
            if trust is not held:
                self._write_accepted(trust)
            trust = trust.with_snapshot(parts.snapshot, parts.lists, now=now)
            self._write_accepted(trust)
        return trust

    @property
    def _pin_path(self) -> Path:
        return self.folder / "pin"

    @property
    def _accepted_path(self) -> Path:
        return self.folder / "accepted"

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _read_pin(self) -> Pin:
        data = self._pin_path.read_bytes()
        return as_malformed(lambda: Pin.from_bytes(data), str(self._pin_path))

    def _read_accepted(self) -> Trust | None:
        if not self._accepted_path.exists():
            return None
        data = self._accepted_path.read_bytes()
        stored = as_malformed(lambda: cbor.decode(data), str(self._accepted_path))
        return Trust(
            message=stored["trust"],
            content=SignedTrustList.from_bytes(stored["trust"]).content,
            snapshot_message=stored.get("snapshot"),
            list_messages=tuple(stored["lists"]),
            revoked={uri: frozenset(entries) for uri, entries in stored["revoked"].items()},
            signed_time=stored["time"],
        )

    def _write_accepted(self, trust: Trust) -> None:
        stored: dict[str, Any] = {
            "trust": trust.message,
            "lists": list(trust.list_messages),
            "revoked": {uri: sorted(entries) for uri, entries in trust.revoked.items()},
            "time": trust.signed_time,
        }
        if trust.snapshot_message is not None:
            stored["snapshot"] = trust.snapshot_message
        write_atomically(self._accepted_path, cbor.encode(stored))
