"""Strangers' pictures, opened safely: judged by their header before anything is decoded.

A portrait to be reduced and a photo with a code in it meet the same dangers: a decoder for a rare
format, ten kilobytes that unfold into gigabytes, a file that is cut off. Pillow is imported when a
picture is opened: who only verifies texts needs none.
"""

from __future__ import annotations

import math
import struct
import warnings
import zlib
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from credential.errors import Code, CredentialError

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

SIGNATURES: Final = {
    "PNG": b"\x89PNG",
    "JPEG": b"\xff\xd8",
    "WEBP": b"RIFF",
    "GIF": b"GIF8",
    "BMP": b"BM",
}

# What Pillow's decoders raise on broken files, by its source and by mutating good ones.
BROKEN: Final = (OSError, SyntaxError, ValueError, LookupError, EOFError, struct.error, zlib.error)


def opened(picture: bytes, *, formats: tuple[str, ...], max_pixels: int) -> ImageFile:
    """``picture`` opened but not decoded, in one of ``formats`` (keys of `SIGNATURES`).

    Raises ``FILE_TYPE``, ``IMAGE_INVALID`` or ``IMAGE_TOO_MANY_PIXELS``.
    """
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - part of the extras

    try:
        with warnings.catch_warnings(action="ignore", category=Image.DecompressionBombWarning):
            image = Image.open(BytesIO(picture), formats=formats)
    except Image.DecompressionBombError as error:
        raise CredentialError(Code.IMAGE_TOO_MANY_PIXELS, detail=str(error)) from None
    except UnidentifiedImageError:
        known = not picture or picture.startswith(tuple(SIGNATURES[each] for each in formats))
        raise CredentialError(Code.IMAGE_INVALID if known else Code.FILE_TYPE) from None
    except BROKEN as error:
        raise invalid(error) from None
    if math.prod(image.size) > max_pixels:
        detail = "{} x {}".format(*image.size)
        raise CredentialError(Code.IMAGE_TOO_MANY_PIXELS, detail=detail)
    return image


def invalid(error: BaseException) -> CredentialError:
    """What a decoder's own error (one of `BROKEN`) means."""
    return CredentialError(Code.IMAGE_INVALID, detail=str(error))


def on_white(image: Any, mode: str) -> Any:
    """``image`` in ``mode`` (RGB or L), what is transparent shown as on white paper."""
    from PIL import Image  # noqa: PLC0415 - part of the extras

    if image.mode.startswith("I;16"):
        # Pillow clips 16 bits to 8 instead of scaling them.
        return image.point(lambda value: value / 256).convert("L").convert(mode)
    if not image.has_transparency_data:
        return image.convert(mode)
    seen = image.convert("RGBA")
    white = Image.new(mode, seen.size, "white")
    white.paste(seen.convert(mode), mask=seen.getchannel("A"))
    return white
