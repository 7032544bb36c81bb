"""The keys of an authority and what the trust list says of them: given, retired, compromised.

Pure: a trust list's content in, the next version's content out. Signing and storing it is
`issuer.home`'s part. A key signs for a year; it verifies until the last thing it signed has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from credential.claims import BOOK_SPAN_S, CODE_LIFETIME_S, DAY_S, MAX_LIFETIME_S
from credential.errors import Code, CredentialError
from credential.keys import PublicKey
from credential.text import Text
from credential.trust_list import KeyRecord, Purpose, TrustList

SIGN_S: Final = 365 * DAY_S
TRUST_LIST_S: Final = 90 * DAY_S
PUBLISHED_S: Final = 7 * DAY_S
"""How long a status list or snapshot is good for: its hard end."""

AUTHORITY: Final = (Purpose.LICENCE, Purpose.BADGE, Purpose.IDENTITY_CODE, Purpose.STATUS_LIST)

_OUTLIVES_S: Final = {
    Purpose.LICENCE: MAX_LIFETIME_S,
    Purpose.BADGE: MAX_LIFETIME_S,
    Purpose.IDENTITY_CODE: BOOK_SPAN_S + CODE_LIFETIME_S,
    Purpose.STATUS_LIST: PUBLISHED_S,
    Purpose.SNAPSHOT: PUBLISHED_S,
}


def record(
    key: PublicKey, purpose: Purpose, *, iss: str, name: Text, regions: Iterable[str], start: int
) -> KeyRecord:
    """The mandate of a new key, from ``start`` (seconds UTC) on."""
    sign_until = start + SIGN_S
    return KeyRecord(
        key=key,
        iss=iss,
        name=name,
        purposes=frozenset({purpose}),
        regions=tuple(regions),
        not_before=start,
        sign_until=sign_until,
        verify_until=sign_until + _OUTLIVES_S[purpose],
    )


def renewed(content: TrustList, *, now: int) -> TrustList:
    """The next version of a trust list, good for 90 days from ``now``."""
    return replace(content, version=content.version + 1, iat=now, exp=now + TRUST_LIST_S)


def with_new_epoch(content: TrustList) -> TrustList:
    """With a higher epoch: readers forget snapshot versions and list times, but no revocation."""
    return replace(content, epoch=content.epoch + 1)


def with_keys(content: TrustList, added: Iterable[KeyRecord]) -> TrustList:
    return replace(content, keys=(*content.keys, *added))


def with_anchor(content: TrustList, anchor: PublicKey) -> TrustList:
    return replace(content, anchors=(*content.anchors, anchor))


def retired(content: TrustList, kid: bytes, *, now: int) -> TrustList:
    """Without the key of id ``kid`` from ``now`` on; what it signed stays good. An anchor leaves the list."""
    if any(anchor.kid == kid for anchor in content.anchors):
        rest = tuple(anchor for anchor in content.anchors if anchor.kid != kid)
        if len(rest) < content.threshold:
            raise CredentialError(
                Code.KEY_NOT_HELD, kid.hex(), "the last anchors cannot be retired"
            )
        return replace(content, anchors=rest)
    return _changed(content, kid, lambda r: replace(r, sign_until=min(r.sign_until, now)))


def compromised(content: TrustList, kid: bytes, *, now: int) -> TrustList:
    """With the key of id ``kid`` refused for everything it ever signed."""
    return _changed(content, kid, lambda r: replace(r, compromised=r.compromised or now))


def _changed(content: TrustList, kid: bytes, change: Callable[[KeyRecord], KeyRecord]) -> TrustList:
    if not content.candidates(kid):
        raise CredentialError(Code.KEY_UNKNOWN, kid.hex())
    return replace(content, keys=tuple(change(r) if r.kid == kid else r for r in content.keys))
