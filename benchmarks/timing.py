"""How a piece is timed, here and in the child with the other libraries; imports nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def timed(piece: Callable[[], Any], count: int) -> float:
    """Microseconds of processor time for one of ``count`` runs."""
    started = time.process_time()
    for _ in range(count):
        piece()
    return (time.process_time() - started) / count * 1e6
