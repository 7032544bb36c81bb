"""Text to QR code: the one place where codes are drawn.

* ``qr.json`` holds the numbers: quiet zone, levels from strongest to weakest, and per kind the largest
  version and the lowest level. The public page draws from the same file.
* A code is drawn at the strongest level whose smallest fitting version stays within the kind's budget.
  Where none does, at the smallest version that fits at the weakest level: a credential once issued is
  always drawn, only denser.
* Segments are explicit, so that the size does not depend on a library's guess: the bare form
  (base45, RFC 9285) is one alphanumeric segment, the link form a byte segment up to ``#`` and a numeric
  segment of its digits, any other text one byte segment in UTF-8.

Source: ISO/IEC 18004:2015, 7.4 (modes, character count), table 7 (capacities), 6.3.8 (quiet zone).
``qrcode`` and Pillow are imported when a code is drawn: who only verifies needs neither.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from credential.errors import Code, CredentialError

Matrix = tuple[tuple[bool, ...], ...]

_RULES: Final[dict[str, Any]] = json.loads(Path(__file__).with_name("qr.json").read_text("utf-8"))
_LEVELS: Final[list[str]] = _RULES["levels"]
_MAX_VERSION: Final = 40
_LINK: Final = re.compile(r"(https://[^/#]+/v#)([0-9]+)")
_BASE45: Final = re.compile(r"[0-9A-Z $%*+\-./:]+")


class Mode(StrEnum):
    """How the characters of a segment are packed (ISO/IEC 18004, table 2)."""

    NUMERIC = "numeric"
    ALPHANUMERIC = "alphanumeric"
    BYTE = "byte"


# ISO/IEC 18004, tables 2 and 3: mode indicator; bits of the character count in versions 1-9, 10-26, 27-40.
_INDICATOR: Final = {Mode.NUMERIC: 1, Mode.ALPHANUMERIC: 2, Mode.BYTE: 4}
_COUNT_BITS: Final = {
    Mode.NUMERIC: (10, 12, 14),
    Mode.ALPHANUMERIC: (9, 11, 13),
    Mode.BYTE: (8, 16, 16),
}


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text in one mode."""

    mode: Mode
    text: str

    def bits(self, version: int) -> int:
        """What the segment takes in a code of ``version``, mode indicator and count included."""
        count = _COUNT_BITS[self.mode][(version > 9) + (version > 26)]
        return 4 + count + self._payload_bits()

    def _payload_bits(self) -> int:
        match self.mode:
            case Mode.NUMERIC:
                threes, rest = divmod(len(self.text), 3)
                return 10 * threes + (0, 4, 7)[rest]
            case Mode.ALPHANUMERIC:
                return 11 * (len(self.text) // 2) + 6 * (len(self.text) % 2)
            case Mode.BYTE:
                return 8 * len(self.text.encode())


@dataclass(frozen=True, slots=True)
class Plan:
    """How a text is drawn: ``version`` 1-40, ``level`` L, M, Q or H, and its segments."""

    version: int
    level: str
    segments: tuple[Segment, ...]


def plan(text: str, kind: str) -> Plan:
    """How ``text`` is drawn as ``kind`` (a key of ``qr.json``: ``licence``, ``default`` …).

    Raises ``TEXT_TOO_LONG`` when not even version 40 at the weakest level holds it.
    """
    if not text:
        raise ValueError("there is no QR code of nothing")
    budget = _RULES["kinds"][kind]
    segments = _segments(text)
    for level in _LEVELS[: _LEVELS.index(budget["lowest_level"]) + 1]:
        version = _smallest_version(segments, level)
        if version is not None and version <= budget["max_version"]:
            return Plan(version, level, segments)
    version = _smallest_version(segments, _LEVELS[-1])
    if version is None:
        raise CredentialError(Code.TEXT_TOO_LONG, detail=f"{len(text)} characters")
    return Plan(version, _LEVELS[-1], segments)


def matrix(text: str, kind: str) -> Matrix:
    """The modules row by row, True for dark, with the quiet zone around them."""
    import qrcode  # noqa: PLC0415 - only who draws needs it
    from qrcode.util import QRData  # noqa: PLC0415

    planned = plan(text, kind)
    code = qrcode.QRCode(
        version=planned.version,
        error_correction=getattr(qrcode, f"ERROR_CORRECT_{planned.level}"),
        border=_RULES["quiet_zone_modules"],
    )
    for segment in planned.segments:
        code.add_data(QRData(segment.text.encode(), _INDICATOR[segment.mode], check_data=False))
    code.make(fit=False)
    return tuple(tuple(map(bool, row)) for row in code.get_matrix())


def png(text: str, kind: str, *, module_px: int = 8) -> bytes:
    """A PNG of one bit a pixel, ``module_px`` pixels a module, with nothing in it but the picture."""
    from PIL import Image  # noqa: PLC0415 - only who draws needs it

    modules = matrix(text, kind)
    side = len(modules)
    picture = Image.new("1", (side, side))
    picture.putdata([0 if dark else 255 for row in modules for dark in row])
    picture = picture.resize((side * module_px, side * module_px), Image.Resampling.NEAREST)
    out = BytesIO()
    picture.save(out, "PNG", compress_level=9)
    return out.getvalue()


def svg(text: str, kind: str) -> bytes:
    """An SVG of no fixed size, one unit a module: one path of dark runs on white."""
    modules = matrix(text, kind)
    side = len(modules)
    runs = "".join(
        f"M{x} {y}h{length}v1h-{length}z"
        for y, row in enumerate(modules)
        for x, length in _dark_runs(row)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"'
        f' shape-rendering="crispEdges"><rect width="{side}" height="{side}" fill="#fff"/>'
        f'<path d="{runs}" fill="#000"/></svg>\n'
    ).encode()


def _segments(text: str) -> tuple[Segment, ...]:
    if found := _LINK.fullmatch(text):
        address, digits = found.groups()
        return Segment(Mode.BYTE, address), Segment(Mode.NUMERIC, digits)
    mode = Mode.ALPHANUMERIC if _BASE45.fullmatch(text) else Mode.BYTE
    return (Segment(mode, text),)


def _smallest_version(segments: Sequence[Segment], level: str) -> int | None:
    for version in range(1, _MAX_VERSION + 1):
        if sum(segment.bits(version) for segment in segments) <= _capacity(version, level):
            return version
    return None


def _capacity(version: int, level: str) -> int:
    """The data bits of a code (ISO/IEC 18004, table 7), from the drawing library's own table."""
    import qrcode  # noqa: PLC0415 - only who draws needs it
    from qrcode.util import BIT_LIMIT_TABLE  # noqa: PLC0415

    bits: int = BIT_LIMIT_TABLE[getattr(qrcode, f"ERROR_CORRECT_{level}")][version]
    return bits


def _dark_runs(row: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Start and length of each run of dark modules."""
    x = 0
    for dark, run in groupby(row):
        length = len(tuple(run))
        if dark:
            yield x, length
        x += length
