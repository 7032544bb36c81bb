"""The one CBOR dialect of this system (RFC 8949).

Written is deterministically encoded CBOR (section 4.2.1). Read is the same and nothing else: the
library alone would take duplicate keys, tags that build objects, and lengths written in more bytes
than needed, so one walk over the bytes comes first, and the first fault by offset gives the code.
At one item the order of faults is:

1. ``CBOR_MALFORMED``   cut off, reserved additional information, a break, a one-byte simple value in two
2. ``CBOR_INDEFINITE``  an indefinite length
3. ``CBOR_NOT_MINIMAL`` an integer or length in more bytes than needed
4. ``CBOR_TAG``         a tag, but for those in front of the outermost item
5. ``CBOR_MALFORMED``   a map key that is neither an integer nor a text
6. ``CBOR_LIMIT``       nested deeper than 8
7. ``CBOR_MALFORMED``   a length or count beyond the end
8. ``CBOR_TEXT``        text that is not UTF-8
9. ``CBOR_DUPLICATE_KEY``, ``CBOR_KEY_ORDER``  found when a key has been read
10. ``CBOR_TRAILING``   bytes after the outermost item
"""

from __future__ import annotations

from typing import Any, Final

import cbor2

from credential.errors import Code, CredentialError

MAX_DEPTH: Final = 8

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)
_KEY_TYPES: Final = (_UNSIGNED, _NEGATIVE, _TEXT)
_WIDTH: Final = {24: 1, 25: 2, 26: 4, 27: 8}
_LEAST: Final = {24: 24, 25: 1 << 8, 26: 1 << 16, 27: 1 << 32}


def encode(value: Any) -> bytes:
    """The deterministic encoding of integers, bytes, texts, lists and maps of these."""
    return cbor2.dumps(_sorted(value))


def decode(data: bytes) -> Any:
    """The one item in ``data``, which must be deterministically encoded and hold no tag."""
    _Walk(data, ordered=True).whole()
    return _load(data)


def decode_tagged(data: bytes, *, ordered: bool = True) -> tuple[tuple[int, ...], Any]:
    """The tags in front of the one item in ``data``, outermost first, and the item.

    With ``ordered=False`` the order of map keys is free: other people's messages need not be
    deterministic, but duplicate keys are refused there too.
    """
    walk = _Walk(data, ordered=ordered)
    start = walk.whole(tagged=True)
    return tuple(walk.tags), _load(data[start:])


def _load(data: bytes) -> Any:
    try:
        return cbor2.loads(
            data, max_depth=MAX_DEPTH, allow_indefinite=False, allow_duplicate_keys=False
        )
    except (cbor2.CBORDecodeError, ValueError, OverflowError) as error:
        raise CredentialError(Code.CBOR_MALFORMED, detail=str(error)) from error


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value, key=_rank)}
    if isinstance(value, (list, tuple)):
        return [_sorted(item) for item in value]
    return value


def _rank(key: Any) -> tuple[int, int, bytes]:
    """Orders keys as their encoded bytes are ordered: by type, then by argument, then by content."""
    if isinstance(key, str):
        raw = key.encode()
        return _TEXT, len(raw), raw
    return (_UNSIGNED, key, b"") if key >= 0 else (_NEGATIVE, -1 - key, b"")


class _Walk:
    """One strict pass over the bytes; builds nothing, so no length in them costs memory."""

    def __init__(self, data: bytes, *, ordered: bool) -> None:
        self.data = data
        self.size = len(data)
        self.ordered = ordered
        self.tags: list[int] = []

    def whole(self, *, tagged: bool = False) -> int:
        """Walks everything; returns the offset of the outermost item behind its tags."""
        start = self._skip_tags() if tagged else 0
        if self._item(start, len(self.tags) + 1) != self.size:
            raise CredentialError(Code.CBOR_TRAILING)
        return start

    def _skip_tags(self) -> int:
        position = 0
        while position < self.size and self.data[position] >> 5 == _TAG:
            _, number, position = self._head(position)
            self.tags.append(number)
            if len(self.tags) > MAX_DEPTH:
                raise CredentialError(Code.CBOR_LIMIT)
        return position

    def _head(self, position: int) -> tuple[int, int, int]:
        """Major type, argument, and the offset behind them."""
        if position >= self.size:
            raise CredentialError(Code.CBOR_MALFORMED)
        first = self.data[position]
        major, info = first >> 5, first & 31
        position += 1
        if info < 24:
            return major, info, position
        if info > 27:
            indefinite = info == 31 and major in (_BYTES, _TEXT, _ARRAY, _MAP)
            raise CredentialError(Code.CBOR_INDEFINITE if indefinite else Code.CBOR_MALFORMED)
        end = position + _WIDTH[info]
        if end > self.size:
            raise CredentialError(Code.CBOR_MALFORMED)
        argument = int.from_bytes(self.data[position:end], "big")
        if major == _SIMPLE:
            if info == 24 and argument < 32:
                raise CredentialError(Code.CBOR_MALFORMED)
        elif argument < _LEAST[info]:
            raise CredentialError(Code.CBOR_NOT_MINIMAL)
        return major, argument, end

    def _item(self, position: int, depth: int) -> int:
        """The offset behind the item at ``position``; ``depth`` counts the container it would be."""
        major, argument, position = self._head(position)
        if major in (_UNSIGNED, _NEGATIVE, _SIMPLE):
            return position
        if major == _TAG:
            raise CredentialError(Code.CBOR_TAG)
        if major in (_BYTES, _TEXT):
            end = position + argument
            if end > self.size:
                raise CredentialError(Code.CBOR_MALFORMED)
            if major == _TEXT:
                self._check_text(position, end)
            return end
        if depth > MAX_DEPTH:
            raise CredentialError(Code.CBOR_LIMIT)
        items = argument if major == _ARRAY else 2 * argument
        if items > self.size - position:
            raise CredentialError(Code.CBOR_MALFORMED)
        if major == _ARRAY:
            for _ in range(argument):
                position = self._item(position, depth + 1)
            return position
        return self._entries(position, argument, depth + 1)

    def _entries(self, position: int, count: int, depth: int) -> int:
        previous, seen = b"", set[bytes]()
        for _ in range(count):
            start = position
            major, _argument, _end = self._head(start)
            if major not in _KEY_TYPES:
                raise CredentialError(Code.CBOR_TAG if major == _TAG else Code.CBOR_MALFORMED)
            position = self._item(start, depth)
            key = self.data[start:position]
            if key in seen:
                raise CredentialError(Code.CBOR_DUPLICATE_KEY)
            if self.ordered and key < previous:
                raise CredentialError(Code.CBOR_KEY_ORDER)
            seen.add(key)
            previous = key
            position = self._item(position, depth)
        return position

    def _check_text(self, start: int, end: int) -> None:
        try:
            self.data[start:end].decode()
        except UnicodeDecodeError:
            raise CredentialError(Code.CBOR_TEXT) from None
