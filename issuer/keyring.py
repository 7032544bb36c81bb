"""Keys opened once, for a service that signs all day.

Opening a key file stretches its passphrase, and reading the trust list parses it: milliseconds, where a
signature takes microseconds. A ring opens a key once and reads the trust list anew once a minute, so that
a key which another process replaced, retired or marked as compromised stops signing within that minute;
`refresh` does it at once.
"""

from __future__ import annotations

from typing import Final

from credential.trust_list import Purpose
from issuer.home import Home
from issuer.signer import PrivateKey, SigningKey

REREAD_S: Final = 60


class KeyRing:
    """The signing keys of a home. Threads may share it: what they race for is done twice, to one end."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._opened: dict[bytes, PrivateKey] = {}
        self._chosen: dict[tuple[Purpose, str], SigningKey] = {}
        self._read_at: int | None = None

    def signing_key(self, purpose: Purpose, *, iss: str, now: int) -> SigningKey:
        """As `Home.signing_key`, with its errors; no file is touched while what was read is fresh."""
        if self._read_at is None or not 0 <= now - self._read_at < REREAD_S:
            self._chosen, self._read_at = {}, now
        chosen = self._chosen
        key = chosen.get((purpose, iss))
        if key is None or not key.record.not_before <= now < key.record.sign_until:
            key = chosen[purpose, iss] = self._choose(purpose, iss, now)
        return key

    def refresh(self) -> None:
        """Forget what was read: the next key is chosen from the files."""
        self._read_at = None

    def _choose(self, purpose: Purpose, iss: str, now: int) -> SigningKey:
        record = self._home.mandate(purpose, iss=iss, now=now)
        if record.kid not in self._opened:
            self._opened[record.kid] = self._home.private_key(record.kid)
        return SigningKey(record, self._opened[record.kid])
