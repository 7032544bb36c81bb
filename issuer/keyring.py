"""Keys opened once, for a service that signs all day.

Opening a key file stretches its passphrase, and reading the trust list parses it: milliseconds, where a
signature takes microseconds. A ring keeps both and reads the trust list anew once a minute, so that a
key that was replaced, retired or compromised by another process stops signing within that minute;
`refresh` does it at once.
"""

from __future__ import annotations

from typing import Final

from credential.trust_list import Purpose
from issuer.home import Home
from issuer.signer import SigningKey

REREAD_S: Final = 60


class KeyRing:
    """The signing keys of a home. Threads may share it: what they race for is only done twice."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._read_at: int | None = None
        self._keys: dict[tuple[Purpose, str], SigningKey] = {}

    def signing_key(self, purpose: Purpose, *, iss: str, now: int) -> SigningKey:
        """As `Home.signing_key`, with its errors; no file is touched while what was read is fresh."""
        if self._read_at is None or not 0 <= now - self._read_at < REREAD_S:
            self._keys, self._read_at = {}, now
        keys = self._keys
        key = keys.get((purpose, iss))
        if key is None or not key.record.not_before <= now < key.record.sign_until:
            key = keys[purpose, iss] = self._home.signing_key(purpose, iss=iss, now=now)
        return key

    def refresh(self) -> None:
        """Forget what was read: the next key comes from the files."""
        self._read_at = None
