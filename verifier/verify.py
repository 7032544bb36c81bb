"""Text in, facts out, or one named reason why not.

    verified = verify(text, trust=TrustStore(folder).load(), now=datetime.now(UTC))
    print(verified.credential.facts.name)

The steps stand in `_steps`, in the order in which the first failure is the verdict:

1. size and form          2. base45 or digits       3. bounded inflate
4. strict CBOR and COSE   5. algorithm, keys by id  6. signature by any of them
7. claims                 8. the key's mandate      9. time
10. issuer's region      11. status

Nothing of the claims is read before the signature holds. ``exp`` itself is out, with no leeway; a
start may lie five seconds ahead, for a verifier whose clock is slow (RFC 8392 section 3.1).
A live identity code (manual, section 2.2) carries no status and needs the trust list alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from credential import cbor, cose, envelope
from credential.claims import Credential, IdentityCode, Kind
from credential.errors import Code, CredentialError
from credential.status_list import Status
from credential.trust_list import Environment, KeyRecord, Purpose
from verifier.errors import About, Verdict, VerificationError, verdict_of
from verifier.trust import Standing, Trust

START_TOLERANCE_S: Final = 5

_STATUS_CODES: Final = {
    Status.REVOKED: Code.REVOKED,
    Status.SUSPENDED: Code.SUSPENDED,
    Status.SUPERSEDED: Code.SUPERSEDED,
}
_MADE_HERE: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A credential that passed every step at ``now``. Only `verify` makes one.

    ``issuer`` is the trust list's record of the key, with the authority's name. ``as_of`` is when
    the status list was signed (seconds UTC), None for a live identity code. ``notices`` must be
    shown beside the verdict.
    """

    credential: Credential
    issuer: KeyRecord
    as_of: int | None
    notices: tuple[Code, ...]
    _made_by: object = field(repr=False)

    def __post_init__(self) -> None:
        if self._made_by is not _MADE_HERE:
            raise TypeError("only verify() makes a Verified")

    @property
    def kind(self) -> Kind:
        return self.credential.kind


def verify(text: str, *, trust: Trust, now: datetime) -> Verified:
    """The verified credential in a QR code's ``text``; ``now`` is aware, and judges every part.

    Raises `VerificationError` and nothing else, whatever the text holds.
    """
    if now.tzinfo is None:
        raise ValueError("now must carry a time zone")
    at, about = now.timestamp(), None
    try:
        credential, record = _opened(text, trust, at)
        about = About.of(credential)
        return _judged(credential, record, trust, at)
    except CredentialError as error:
        raise VerificationError(
            error,
            verdict=_verdict(error, trust, at),
            about=about,
            notices=_also_wrong(credential, trust, at) if error.code is Code.EXPIRED else (),
        ) from error


def _opened(text: str, trust: Trust, now: float) -> tuple[Credential, KeyRecord]:
    # 1-3 size and form, base45 or digits, bounded inflate
    data = envelope.unwrap(text, hosts=trust.content.hosts)

    # 4 strict CBOR, COSE shape; 5 an algorithm of the profile
    message = cose.unpack_sign1(data)
    if message.payload is None:
        raise CredentialError(Code.COSE_STRUCTURE, "payload")

    # 5 candidate keys by id, 6 signature by any of them
    trust.check_not_expired(now)
    record = _signer(message, message.payload, trust)

    # 7 claims: types, kind, lifetime
    tags, claims = cbor.decode_tagged(message.payload)
    if tags:
        raise CredentialError(Code.CLAIMS_NOT_MAP)
    return Credential.from_map(claims), record


def _judged(credential: Credential, record: KeyRecord, trust: Trust, now: float) -> Verified:
    # 8 the key: iss, compromised, purpose, its times
    purpose = Purpose.of(credential.kind)
    record.check(purpose, iss=credential.iss, iat=credential.iat, now=now)

    # 9 time
    _check_time(credential, now)

    # 10 issuer scope
    facts = credential.facts
    if not isinstance(facts, IdentityCode) and not record.covers(facts.place):
        raise CredentialError(Code.ISSUER_SCOPE)

    # 11 status
    standing = _standing(credential, trust, now)
    return Verified(
        credential=credential,
        issuer=record,
        as_of=standing.as_of if standing else None,
        notices=_notices(credential, trust, standing),
        _made_by=_MADE_HERE,
    )


def _signer(message: cose.Sign1, payload: bytes, trust: Trust) -> KeyRecord:
    """The key that signed: of all with the message's key id, the first whose signature holds."""
    candidates = trust.content.candidates(message.kid)
    if not candidates:
        raise CredentialError(Code.KEY_UNKNOWN)
    fitting = [record for record in candidates if record.key.algorithm == message.algorithm]
    if not fitting:
        raise CredentialError(Code.ALG_NOT_ALLOWED)
    for record in fitting:
        try:
            message.verify(record.key, payload)
        except CredentialError:
            continue
        return record
    raise CredentialError(Code.SIGNATURE_INVALID)


def _check_time(credential: Credential, now: float) -> None:
    if now >= credential.exp:
        is_code = credential.kind is Kind.IDENTITY_CODE
        raise CredentialError(Code.CODE_EXPIRED if is_code else Code.EXPIRED)
    if credential.nbf is not None and credential.nbf > now + START_TOLERANCE_S:
        raise CredentialError(Code.NOT_YET_VALID)
    if credential.nbf is None and credential.iat > now + START_TOLERANCE_S:
        raise CredentialError(Code.ISSUED_IN_FUTURE)


def _verdict(error: CredentialError, trust: Trust, now: float) -> Verdict:
    """An unknown key is refused under a fresh snapshot; under a stale one it may be a new key."""
    if error.code is Code.KEY_UNKNOWN and not trust.is_fresh(now):
        return Verdict.UNDETERMINED
    return verdict_of(error.code)


def _also_wrong(credential: Credential, trust: Trust, now: float) -> tuple[Code, ...]:
    """What the status list says of an expired credential: told beside the verdict."""
    try:
        _standing(credential, trust, now)
    except CredentialError as error:
        return (error.code,) if error.code in _STATUS_CODES.values() else ()
    return ()


def _standing(credential: Credential, trust: Trust, now: float) -> Standing | None:
    """The good standing of a credential that has a status entry; any other standing is raised."""
    if credential.status is None:
        return None
    standing = trust.standing(credential.status, iss=credential.iss, now=now)
    if standing.status != Status.VALID:
        code = _STATUS_CODES.get(Status(standing.status)) if standing.status <= 3 else None
        raise CredentialError(code or Code.STATUS_UNKNOWN)
    return standing


def _notices(credential: Credential, trust: Trust, standing: Standing | None) -> tuple[Code, ...]:
    notices = []
    if trust.content.environment is Environment.TEST:
        notices.append(Code.TEST_ENVIRONMENT)
    if standing is not None and standing.stale:
        notices.append(Code.STATUS_STALE)
    if credential.kind is Kind.IDENTITY_CODE:
        notices.append(Code.COMPARE_PHOTO)
    return tuple(notices)
