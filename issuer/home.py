"""An issuer's folder: keys, ledger, the signed trust list and what is published.

    DIR/anchor/KID.pem    trust anchors; kept off the server between uses
    DIR/keys/KID.pem      the other private keys
    DIR/ledger.sqlite3    status entries (issuer.ledger)
    DIR/public/           trust-list, trust-lists/N, snapshot, s/N, bundle: what anyone may fetch
    DIR/trust/            a reader's trust store, pinned to the anchors

The signed trust list in ``public`` is itself the register of keys; there is no second one to drift.
"""

from __future__ import annotations

import contextlib
import fcntl
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from credential import cose
from credential.claims import Facts, IdentityCode, Licence, StatusRef
from credential.errors import Code, CredentialError
from credential.files import write_atomically
from credential.labels import TYP_TRUST_LIST
from credential.trust_list import KeyRecord, Purpose, SignedTrustList, TrustList
from issuer import issue
from issuer.issue import Issued
from issuer.ledger import FileLedger
from issuer.signer import PrivateKey, SigningKey, key_path, read_key, write_key


class Home:
    """The folder of one issuing office: several authorities, one trust list, one publication."""

    def __init__(self, folder: Path, *, passphrase: bytes) -> None:
        self.folder = folder
        self.public = folder / "public"
        self.trust = folder / "trust"
        self._passphrase = passphrase

    # --- the register ----------------------------------------------------------------------------

    @property
    def exists(self) -> bool:
        return (self.public / "trust-list").exists()

    def signed_list(self) -> SignedTrustList:
        """The current trust list; ``HOME_MISSING`` before `init`."""
        if not self.exists:
            raise CredentialError(Code.HOME_MISSING, str(self.folder))
        return SignedTrustList.from_bytes((self.public / "trust-list").read_bytes())

    def content(self) -> TrustList:
        return self.signed_list().content

    def sign_list(self, content: TrustList, *, before: TrustList | None = None) -> None:
        """Signs and stores the version after ``before`` with every anchor held, old and new.

        Raises ``TRUST_THRESHOLD`` when too few of either are held: such a list no reader would take.
        """
        asked = [content] if before is None else [before, content]
        wanted = dict.fromkeys(anchor.kid for each in asked for anchor in each.anchors)
        held = [kid for kid in wanted if key_path(self._anchors, kid).exists()]
        for each in asked:
            if sum(anchor.kid in held for anchor in each.anchors) < each.threshold:
                raise CredentialError(
                    Code.TRUST_THRESHOLD, str(self._anchors), "anchors not held here"
                )
        signers = [read_key(self._anchors, kid, self._passphrase) for kid in held]
        message = cose.sign(content.to_bytes(), signers, typ=TYP_TRUST_LIST)
        write_atomically(self.public / "trust-lists" / str(content.version), message)
        write_atomically(self.public / "trust-list", message)

    # --- keys ------------------------------------------------------------------------------------

    def add_key(self, key: PrivateKey) -> None:
        write_key(self._keys, key, self._passphrase)

    def add_anchor(self, key: PrivateKey) -> None:
        write_key(self._anchors, key, self._passphrase)

    def holds(self, kid: bytes) -> bool:
        """Whether the private key of id ``kid`` lies here."""
        return any(key_path(folder, kid).exists() for folder in (self._keys, self._anchors))

    def signing_key(self, purpose: Purpose, *, iss: str | None, now: int) -> SigningKey:
        """The newest key that may sign ``purpose`` for ``iss`` (any issuer when None) at ``now``.

        Raises ``ISSUER_UNKNOWN``, or ``KEY_NOT_HELD`` when no such key is held here.
        """
        record = self.mandate(purpose, iss=iss, now=now)
        return SigningKey(record, self.private_key(record.kid))

    def mandate(self, purpose: Purpose, *, iss: str | None, now: int) -> KeyRecord:
        """The trust list's record of that key."""
        content = self.content()
        if iss is not None and all(record.iss != iss for record in content.keys):
            raise CredentialError(Code.ISSUER_UNKNOWN, iss)
        usable = []
        for record in content.keys:
            with contextlib.suppress(CredentialError):
                record.check(purpose, iss=iss or record.iss, iat=now, now=now)
                if self.holds(record.kid):
                    usable.append(record)
        if not usable:
            raise CredentialError(Code.KEY_NOT_HELD, purpose, iss or "")
        return max(usable, key=lambda record: record.not_before)

    def private_key(self, kid: bytes) -> PrivateKey:
        """The authority's key of id ``kid``, opened; ``KEY_FILE``."""
        return read_key(self._keys, kid, self._passphrase)

    # --- credentials -----------------------------------------------------------------------------

    def issue(self, said: Facts, *, iss: str, cti: bytes, now: datetime) -> Issued:
        """A credential of ``said`` by ``iss``. Asked again with the same ``cti``, the same credential.

        Whatever would be refused is refused before a status entry is spent on it.
        """

        def key_at(at: datetime) -> SigningKey:
            return self.signing_key(Purpose.of(said.kind), iss=iss, now=int(at.timestamp()))

        if isinstance(said, IdentityCode):
            return issue.identity_code(said, key=key_at(now), now=now, new_id=lambda: cti)

        def signed(status: StatusRef, at: datetime) -> Issued:
            key = key_at(at)  # of that time: asked again, it may have been replaced since
            if isinstance(said, Licence):
                return issue.licence(said, key=key, status=status, now=at, new_id=lambda: cti)
            return issue.badge(said, key=key, status=status, now=at, new_id=lambda: cti)

        tried = signed(StatusRef(0, self.list_uri(1)), now).credential
        with self.ledger() as ledger:
            entry = ledger.allocate(
                iss=iss,
                cti=cti,
                kind=said.kind,
                iat=tried.iat,
                exp=tried.exp,
                new_list=self.list_uri,
            )
        first_asked = datetime.fromtimestamp(entry.exp - issue.DEFAULT_LIFETIME_S, UTC)
        return signed(entry.ref, first_asked)

    # --- the ledger ------------------------------------------------------------------------------

    @contextlib.contextmanager
    def ledger(self) -> Iterator[FileLedger]:
        ledger = FileLedger(self.folder / "ledger.sqlite3", draw=_below)
        try:
            yield ledger
        finally:
            ledger.close()

    def list_uri(self, number: int) -> str:
        """Where status list ``number`` is served; short, as it stands in every code."""
        content = self.content()
        scheme = urlsplit(content.keys[0].iss).scheme if content.keys else "https"
        return f"{scheme}://{content.hosts[0]}/s/{number}"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """One process at a time changes the trust list or publishes."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @property
    def _keys(self) -> Path:
        return self.folder / "keys"

    @property
    def _anchors(self) -> Path:
        return self.folder / "anchor"


def _below(limit: int) -> int:
    """A random number below ``limit``. Bulk issuing draws often: four times as fast as `secrets.randbelow`,
    and even up to a few parts in 2^64."""
    return int.from_bytes(secrets.token_bytes(8), "big") % limit
