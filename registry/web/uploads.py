"""Pictures and papers that come in from outside: decoded in a process of their own, drawn anew, and only what
was drawn anew is kept. Nothing of the file survives: no name, no metadata, no tail.

A picture is judged by its header before it is decoded; a decoder that hangs or grows is killed.
"""

from __future__ import annotations

import io
import subprocess
import sys
from typing import Final

from flask import Response
from PIL import Image, UnidentifiedImageError

from registry.errors import Code, refuse

MAX_BYTES: Final = 8 * 1024 * 1024
MAX_SIDE: Final = 6000
MAX_PIXELS: Final = 16_000_000
PORTRAIT: Final = (413, 579)
"""Two inches at 300 dpi, in pixels (二寸照片)."""
_SECONDS: Final = 5
_MEMORY: Final = 512 * 1024 * 1024
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_PDF: Final = b"%PDF-"


def portrait(data: bytes) -> bytes:
    """A portrait as JPEG of 413×579, upright, on white, cut to the middle; ``FILE_TYPE``, ``IMAGE_…``."""
    return _drawn_anew(data, "portrait")


def picture(data: bytes) -> bytes:
    """A picture as JPEG, no side longer than 2,000 pixels."""
    return _drawn_anew(data, "picture")


def document(data: bytes) -> tuple[bytes, str]:
    """A paper handed in: a picture drawn anew, or a PDF as it is; with the suffix of its kind."""
    if data.startswith(_PDF):
        if len(data) > MAX_BYTES:
            raise refuse(Code.FIELD_TOO_LONG, "file")
        return data, ".pdf"
    return picture(data), ".jpg"


def served(content: bytes, name: str) -> Response:
    """A stored file to be looked at: its kind by its bytes, never run, never guessed."""
    is_pdf = content.startswith(_PDF)
    response = Response(content, mimetype="application/pdf" if is_pdf else "image/jpeg")
    kind = "attachment" if is_pdf else "inline"
    response.headers.set("Content-Disposition", kind, filename=name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _drawn_anew(data: bytes, how: str) -> bytes:
    _check_header(data)
    try:
        done = subprocess.run(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", "registry.web.redraw", how],
            input=data,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise refuse(Code.IMAGE_INVALID, "file") from error
    if done.returncode != 0:
        raise refuse(Code.IMAGE_INVALID, "file")
    return done.stdout


def _check_header(data: bytes) -> None:
    """Refuses by size, kind and number of pixels before anything is decoded."""
    if len(data) > MAX_BYTES:
        raise refuse(Code.FIELD_TOO_LONG, "file")
    if not data:
        raise refuse(Code.IMAGE_INVALID, "file")
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            width, height, frames = *image.size, getattr(image, "n_frames", 1)
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise refuse(Code.FILE_TYPE, "file") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise refuse(Code.IMAGE_INVALID, "file") from error
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS or frames > 1:
        raise refuse(Code.IMAGE_TOO_MANY_PIXELS, "file")


def limit_this_process() -> None:
    """No more memory and time than a picture needs; for the process that decodes."""
    import resource  # noqa: PLC0415 - of Unix only, and only here

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY * 4, _MEMORY * 4))
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
