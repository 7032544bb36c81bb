"""Bundles and older trust lists, from a file or over HTTP. The one module that opens a connection.

What is fetched is believed for its signatures only, so a plain file server or a USB stick will do.
A download ends at its size limit and at a deadline, whatever the server does.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

from credential.errors import Code, CredentialError
from credential.trust_list import MAX_BUNDLE_BYTES, MAX_SNAPSHOT_BYTES, MAX_TRUST_LIST_BYTES

DEADLINE_S: Final = 60
STALL_S: Final = 10
_CHUNK: Final = 64 * 1024


def bundle(source: str) -> bytes:
    """The bundle at ``source``. ``SIZE_LIMIT``, ``TIMEOUT``, ``UNREACHABLE``, ``SOURCE_MISSING``."""
    return _read(source, MAX_BUNDLE_BYTES)


def snapshot(source: str) -> bytes | None:
    """The snapshot served beside a bundle's URL, to see whether anything changed; None for a file."""
    if not _is_url(source):
        return None
    return _read(urljoin(source, "snapshot"), MAX_SNAPSHOT_BYTES)


def trust_list(source: str, version: int) -> bytes | None:
    """The trust list of an older ``version``, served beside the bundle; None where it is not."""
    beside = f"trust-lists/{version}"
    place = urljoin(source, beside) if _is_url(source) else str(Path(source).parent / beside)
    try:
        return _read(place, MAX_TRUST_LIST_BYTES)
    except CredentialError as error:
        if error.code in (Code.UNREACHABLE, Code.SOURCE_MISSING):
            return None
        raise


def _is_url(source: str) -> bool:
    return source.startswith(("http://", "https://"))


def _read(source: str, limit: int) -> bytes:
    if _is_url(source):
        data = _download(source, limit)
    else:
        try:
            with Path(source).open("rb") as file:
                data = file.read(limit + 1)
        except OSError as error:
            raise CredentialError(Code.SOURCE_MISSING, source, error.strerror or "") from None
    if len(data) > limit:
        raise CredentialError(Code.SIZE_LIMIT, source)
    return data


def _download(url: str, limit: int) -> bytes:
    import urllib.error  # noqa: PLC0415 - sockets and ssl only where there is an address
    import urllib.request  # noqa: PLC0415

    ends, data = time.monotonic() + DEADLINE_S, bytearray()
    try:
        with urllib.request.urlopen(url, timeout=STALL_S) as answer:  # noqa: S310 - http(s) only
            while len(data) <= limit and (chunk := answer.read1(_CHUNK)):
                data += chunk
                if time.monotonic() > ends:
                    raise CredentialError(Code.TIMEOUT, url)
    except TimeoutError:
        raise CredentialError(Code.TIMEOUT, url) from None
    except (urllib.error.URLError, OSError, ValueError) as error:
        code = Code.TIMEOUT if isinstance(getattr(error, "reason", 0), TimeoutError) else None
        raise CredentialError(code or Code.UNREACHABLE, url, str(error)) from None
    return bytes(data)
