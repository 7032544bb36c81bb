"""Has this very code been shown before? Told as a notice, for offline it cannot be prevented.

Codes are remembered by their credential id, never by their bytes: the same code can be compressed
anew, and an ECDSA signature has a second form, (r, n-s), that holds as well. Nothing of the person
is kept, and an id is forgotten when its code has ended.
"""

from __future__ import annotations

from credential.claims import Kind
from verifier.verify import Verified


class SeenCodes:
    """Identity codes seen while this object lives: ids and ends, in memory."""

    def __init__(self) -> None:
        self._ends: dict[bytes, int] = {}

    def seen_before(self, verified: Verified, *, now: float) -> bool:
        """Whether this identity code was handed in before; remembers it until it ends."""
        credential = verified.credential
        if credential.kind is not Kind.IDENTITY_CODE:
            return False
        self._ends = {cti: end for cti, end in self._ends.items() if end > now}
        again = credential.cti in self._ends
        self._ends[credential.cti] = credential.exp
        return again
