"""How signed files reach the disk: whole or not at all.

The one place of this package that touches a disk; issuer and reader both need it, and two copies
of such a thing drift apart.
"""

from __future__ import annotations

import os
from pathlib import Path


def write_atomically(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Puts ``data`` at ``path``; after a power cut there is the old file or the new one, never half.

    Written beside its place, flushed to the disk, renamed, and the folder flushed too.
    """
    import tempfile  # noqa: PLC0415 - slow to import, and checking a code writes nothing

    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
