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
_STRINGS: Final = (_BYTES, _TEXT)
_CONTAINERS: Final = (_ARRAY, _MAP)
_KEY_TYPES: Final = (_UNSIGNED, _NEGATIVE, _TEXT)
_LEAVES: Final = frozenset({int, str, bytes})
_ABSENT: Final = 31  # read past the end: sends the walk to `_head`, which says so
_WIDTH: Final = {24: 1, 25: 2, 26: 4, 27: 8}
_LEAST: Final = {24: 24, 25: 1 << 8, 26: 1 << 16, 27: 1 << 32}


def encode(value: Any) -> bytes:
    """The deterministic encoding of integers, bytes, texts, lists and maps of these."""
    return cbor2.dumps(_sorted(value))


def decode(data: bytes) -> Any:
    """The one item in ``data``, which must be deterministically encoded and hold no tag."""
    _walk(data, 0, depth=0, ordered=True)
    return _load(data)


def decode_tagged(data: bytes, *, ordered: bool = True) -> tuple[tuple[int, ...], Any]:
    """The tags in front of the one item in ``data``, outermost first, and the item.

    With ``ordered=False`` the order of map keys is free: other people's messages need not be
    deterministic, but duplicate keys are refused there too.
    """
    tags, start = _tags(data)
    _walk(data, start, depth=len(tags), ordered=ordered)
    return tags, _load(data[start:])


def _load(data: bytes) -> Any:
    try:
        return cbor2.loads(
            data, max_depth=MAX_DEPTH, allow_indefinite=False, allow_duplicate_keys=False
        )
    except (cbor2.CBORDecodeError, ValueError, OverflowError) as error:
        raise CredentialError(Code.CBOR_MALFORMED, detail=str(error)) from error


def _sorted(value: Any) -> Any:
    if type(value) in _LEAVES:
        return value
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value, key=_rank)}
    return [_sorted(item) for item in value] if isinstance(value, (list, tuple)) else value


def _rank(key: Any) -> tuple[int, int, bytes]:
    """Orders keys as their encoded bytes are ordered: by type, then by argument, then by content."""
    if isinstance(key, str):
        raw = key.encode()
        return _TEXT, len(raw), raw
    return (_UNSIGNED, key, b"") if key >= 0 else (_NEGATIVE, -1 - key, b"")


def _tags(data: bytes) -> tuple[tuple[int, ...], int]:
    """The tags in front of the outermost item, and the offset behind them."""
    tags: list[int] = []
    position = 0
    while position < len(data) and data[position] >> 5 == _TAG:
        _, number, position = _head(data, position)
        tags.append(number)
        if len(tags) > MAX_DEPTH:
            raise CredentialError(Code.CBOR_LIMIT)
    return tuple(tags), position


def _walk(  # noqa: PLR0912 - one loop over all that can be wrong with an item
    data: bytes, position: int, *, depth: int, ordered: bool
) -> None:
    """Returns when the item at ``position`` is all that follows and has no fault.

    One loop over the heads: it builds nothing, so no length in the bytes costs memory, and it does not
    call itself, so no depth costs stack. ``left`` items remain in the container entered last; in a map
    ``keys`` holds those read, and an odd number left over means that a key comes next.
    """
    size = len(data)
    entered: list[tuple[int, bytes, set[bytes] | None]] = []
    left, last_key, keys = 1, b"", None
    while True:
        while not left:
            if not entered:
                if position != size:
                    raise CredentialError(Code.CBOR_TRAILING)
                return
            left, last_key, keys = entered.pop()
        left -= 1
        start, is_key = position, keys is not None and left & 1
        first = data[position] if position < size else _ABSENT
        info = first & 31
        if info < 24:  # most items say all in their first byte
            major, argument, position = first >> 5, info, position + 1
        elif info == 24 and first < _SIMPLE << 5 and data[position + 1 : position + 2] >= b"\x18":
            major, argument, position = first >> 5, data[position + 1], position + 2
        else:
            major, argument, position = _head(data, position)

        if major == _TAG:
            raise CredentialError(Code.CBOR_TAG)
        if is_key and major not in _KEY_TYPES:
            raise CredentialError(Code.CBOR_MALFORMED)
        if major in _CONTAINERS:
            if len(entered) + depth >= MAX_DEPTH:
                raise CredentialError(Code.CBOR_LIMIT)
            items = argument if major == _ARRAY else 2 * argument
            if items > size - position:
                raise CredentialError(Code.CBOR_MALFORMED)
            entered.append((left, last_key, keys))
            left, last_key, keys = items, b"", set() if major == _MAP else None
            continue
        if major in _STRINGS:
            content, position = position, position + argument
            if position > size:
                raise CredentialError(Code.CBOR_MALFORMED)
            if major == _TEXT:
                _check_utf8(data[content:position])
        if keys is not None and is_key:
            key = data[start:position]
            if key <= last_key:
                if key in keys:
                    raise CredentialError(Code.CBOR_DUPLICATE_KEY)
                if ordered:
                    raise CredentialError(Code.CBOR_KEY_ORDER)
            else:
                last_key = key
            keys.add(key)


def _head(data: bytes, position: int) -> tuple[int, int, int]:
    """Major type and argument of the item at ``position``, and the offset behind them."""
    if position >= len(data):
        raise CredentialError(Code.CBOR_MALFORMED)
    major, info = data[position] >> 5, data[position] & 31
    position += 1
    if info < 24:
        return major, info, position
    if info > 27:
        indefinite = info == 31 and major in (*_STRINGS, *_CONTAINERS)
        raise CredentialError(Code.CBOR_INDEFINITE if indefinite else Code.CBOR_MALFORMED)
    end = position + _WIDTH[info]
    if end > len(data):
        raise CredentialError(Code.CBOR_MALFORMED)
    argument = int.from_bytes(data[position:end], "big")
    if major == _SIMPLE:
        if info == 24 and argument < 32:
            raise CredentialError(Code.CBOR_MALFORMED)
    elif argument < _LEAST[info]:
        raise CredentialError(Code.CBOR_NOT_MINIMAL)
    return major, argument, end


def _check_utf8(text: bytes) -> None:
    try:
        text.decode()
    except UnicodeDecodeError:
        raise CredentialError(Code.CBOR_TEXT) from None
