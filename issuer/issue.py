"""Facts to a signed credential. Nothing is signed that a verifier would have to refuse.

Every function takes facts, a key with its mandate, the time, and a source of ids; none reads a clock,
a disk or a random number. A credential may not outlive its key, and a licence or badge may only be
for a place in its authority's region.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from credential import cbor, cose, envelope, facts
from credential.claims import (
    CODE_LIFETIME_S,
    DAY_S,
    Badge,
    Credential,
    Facts,
    IdentityCode,
    Licence,
    StatusRef,
)
from credential.envelope import CoseBytes, QRText
from credential.errors import Code, CredentialError
from credential.trust_list import Purpose
from issuer.signer import SigningKey

DEFAULT_LIFETIME_S: Final = 365 * DAY_S

NewId = Callable[[], bytes]
"""Gives a new 8-byte credential id at each call."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A signed credential: what it says, the key that signed it, and the COSE message."""

    credential: Credential
    kid: bytes
    cose: CoseBytes

    def bare(self) -> QRText:
        """The text for commands, files and Claim 169 readers."""
        return envelope.bare(self.cose)

    def link(self, host: str) -> QRText:
        """The text that opens the public page on ``host``."""
        return envelope.link(self.cose, host=host)


def licence(
    said: Licence,
    *,
    key: SigningKey,
    status: StatusRef,
    now: datetime,
    new_id: NewId,
    lifetime_s: int = DEFAULT_LIFETIME_S,
) -> Issued:
    """A signed electronic licence (电子证照), good for ``lifetime_s`` seconds, at most 400 days."""
    return _issue(said, key=key, status=status, now=now, new_id=new_id, lifetime_s=lifetime_s)


def badge(
    said: Badge,
    *,
    key: SigningKey,
    status: StatusRef,
    now: datetime,
    new_id: NewId,
    lifetime_s: int = DEFAULT_LIFETIME_S,
) -> Issued:
    """A signed badge (工牌), good for ``lifetime_s`` seconds, at most 400 days."""
    return _issue(said, key=key, status=status, now=now, new_id=new_id, lifetime_s=lifetime_s)


def identity_code(said: IdentityCode, *, key: SigningKey, now: datetime, new_id: NewId) -> Issued:
    """A signed identity code (电子身份码), good for 30 seconds from ``now`` (manual, section 2.2)."""
    return _issue(said, key=key, status=None, now=now, new_id=new_id, lifetime_s=CODE_LIFETIME_S)


def _issue(
    said: Facts,
    *,
    key: SigningKey,
    status: StatusRef | None,
    now: datetime,
    new_id: NewId,
    lifetime_s: int,
) -> Issued:
    if not said.face.image:
        raise CredentialError(Code.CLAIM_MISSING, "face")
    facts.check(said)
    record, iat = key.record, int(now.timestamp())
    credential = Credential(
        iss=record.iss, exp=iat + lifetime_s, iat=iat, cti=new_id(), status=status, facts=said
    )
    record.check(Purpose.of(said.kind), iss=record.iss, iat=iat, now=iat)
    if credential.exp > record.verify_until:
        raise CredentialError(Code.KEY_OUTLIVED)
    if not isinstance(said, IdentityCode) and not record.covers(said.place):
        raise CredentialError(Code.ISSUER_SCOPE)
    message = cose.sign1(cbor.encode(credential.to_map()), key.signer)
    return Issued(credential, record.kid, CoseBytes(message))
