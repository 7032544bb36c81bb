"""Status lists, snapshot and bundle: built from the ledger, signed, written whole.

The anchors are not needed here. A list that says what it said before keeps its bytes until half of
its ttl has passed, so that one revocation signs one list and the snapshot. The bundle is written
before the snapshot: a reader that sees a new snapshot finds the bundle that goes with it, and a
crash in between leaves the old pair.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from credential import cose
from credential.files import write_atomically
from credential.labels import TYP_SNAPSHOT, TYP_STATUS_LIST
from credential.status_list import StatusArray, StatusList
from credential.trust_list import Bundle, ListEntry, Purpose, Snapshot, TrustList
from issuer.home import Home
from issuer.ledger import Ledger, OpenList
from issuer.mandates import PUBLISHED_S

TTL_S: Final = 6 * 3600


@dataclass(frozen=True, slots=True)
class Published:
    """What one publication put out."""

    snapshot_version: int
    trust_version: int
    lists: int
    signed_lists: int
    bundle_bytes: int


def publish(home: Home, *, now: int) -> Published:
    """Publishes what the ledger says at ``now`` (seconds UTC) into ``home.public``."""
    with home.locked(), home.ledger() as ledger:
        signed_list = home.signed_list()
        messages, entries, fresh = [], [], 0
        for each in ledger.lists(now=now):
            message, listed, is_new = _status_list(home, ledger, each, now)
            entries.append(ListEntry(each.uri, listed.iat, hashlib.sha256(message).digest()))
            messages.append(message)
            fresh += is_new
        version = ledger.next_snapshot()
        snapshot = _snapshot(home, version, signed_list.content, entries, now)
        bundle = Bundle(signed_list.message, snapshot, tuple(messages)).to_bytes()
        write_atomically(home.public / "bundle", bundle)
        write_atomically(home.public / "snapshot", snapshot)
    return Published(version, signed_list.content.version, len(messages), fresh, len(bundle))


def _status_list(
    home: Home, ledger: Ledger, listed: OpenList, now: int
) -> tuple[bytes, StatusList, bool]:
    """The signed list, what it says, and whether it was signed anew."""
    array = StatusArray.of(ledger.marks(listed.uri))
    iat, path = now, home.public / "s" / listed.uri.rpartition("/")[2]
    key = home.signing_key(Purpose.STATUS_LIST, iss=listed.iss, now=now)
    if path.exists():
        message = path.read_bytes()
        unpacked = cose.unpack_sign1(message)
        held = StatusList.from_bytes(unpacked.payload or b"")
        unchanged = held.array == array and unpacked.kid == key.record.kid
        if unchanged and held.uri == listed.uri and held.iat <= now < held.iat + held.ttl // 2:
            return message, held, False
        iat = max(now, held.iat)  # a clock set back must not make readers see an older list
    exp = min(now + PUBLISHED_S, key.record.verify_until)
    fresh = StatusList(uri=listed.uri, iat=iat, exp=exp, ttl=TTL_S, array=array)
    message = cose.sign1(fresh.to_bytes(), key.signer, typ=TYP_STATUS_LIST)
    write_atomically(path, message)
    return message, fresh, True


def _snapshot(
    home: Home, version: int, content: TrustList, entries: list[ListEntry], now: int
) -> bytes:
    key = home.signing_key(Purpose.SNAPSHOT, iss=None, now=now)
    snapshot = Snapshot(
        version=version,
        epoch=content.epoch,
        trust_version=content.version,
        iat=now,
        exp=min(now + PUBLISHED_S, key.record.verify_until),
        ttl=TTL_S,
        lists=tuple(entries),
    )
    return cose.sign1(snapshot.to_bytes(), key.signer, typ=TYP_SNAPSHOT)
