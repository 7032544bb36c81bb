"""A confirmed portrait reduced to the few hundred bytes that fit a QR code.

Flattened on white, cropped about its centre to 3:4 and never stretched, stripped of everything but
pixels (a camera writes where and when), and encoded as the best WebP within the byte budget. What
is not a JPEG, PNG or WebP is refused before a decoder sees it, and so is a picture with more pixels
than a portrait needs: 10 KB of PNG can unfold into gigabytes.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

from credential.errors import Code, CredentialError

MAX_PIXELS: Final = 4000 * 4000
FORMATS: Final = ("JPEG", "PNG", "WEBP")

_BEST, _SOFTENINGS = 95, 6


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels, and the most bytes the portrait may take."""

    width: int
    height: int
    budget: int


LICENCE: Final = Size(72, 96, 560)
IDENTITY_CODE: Final = Size(72, 96, 560)
BOOK_SLICE: Final = Size(72, 96, 500)
BADGE: Final = Size(48, 64, 300)


def reduce(picture: bytes, *, width: int, height: int, budget: int) -> bytes:
    """``picture`` as a WebP of ``width`` × ``height`` pixels in at most ``budget`` bytes.

    Raises ``FILE_TYPE``, ``IMAGE_TOO_MANY_PIXELS``, ``IMAGE_INVALID`` (broken, or smaller than asked
    for), ``PORTRAIT_TOO_DETAILED``.
    """
    small = _fitted(_opened(picture), width, height)
    for softening in range(_SOFTENINGS):
        softened = small.filter(ImageFilter.GaussianBlur(softening / 2)) if softening else small
        encoded = _best_within(softened, budget)
        if encoded is not None:
            return encoded
    raise CredentialError(Code.PORTRAIT_TOO_DETAILED, detail=f"over {budget} B at any quality")


def _opened(picture: bytes) -> Image.Image:
    """The pixels as RGB on white, upright; the size is judged before anything is decoded."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(picture), formats=FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise CredentialError(Code.IMAGE_TOO_MANY_PIXELS, detail=f"{image.size}")
        if getattr(image, "is_animated", False):
            raise CredentialError(Code.FILE_TYPE, detail="an animation is no portrait")
        image.load()
        return _flattened(ImageOps.exif_transpose(image))
    except UnidentifiedImageError:
        code = Code.IMAGE_INVALID if _claims_a_format(picture) else Code.FILE_TYPE
        raise CredentialError(code) from None
    except Image.DecompressionBombError as error:
        raise CredentialError(Code.IMAGE_TOO_MANY_PIXELS, detail=str(error)) from None
    except (OSError, SyntaxError, ValueError) as error:  # what Pillow's decoders raise
        raise CredentialError(Code.IMAGE_INVALID, detail=str(error)) from None


def _claims_a_format(picture: bytes) -> bool:
    """Whether the first bytes are those of a format we take, or there are none."""
    return not picture or picture.startswith((b"\x89PNG", b"\xff\xd8\xff", b"RIFF"))


def _flattened(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bits a pixel: Pillow would clip, not scale
        image = image.convert("I").point(lambda value: value / 257).convert("L")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


def _fitted(image: Image.Image, width: int, height: int) -> Image.Image:
    if image.width < width or image.height < height:
        raise CredentialError(Code.IMAGE_INVALID, detail=f"smaller than {width}×{height}")
    return ImageOps.fit(image, (width, height), Image.Resampling.LANCZOS)


def _best_within(image: Image.Image, budget: int) -> bytes | None:
    """The WebP of the highest quality that fits, found by halving; None when none does."""
    low, high, best = 0, _BEST, None
    while low <= high:
        quality = (low + high) // 2
        encoded = _webp(image, quality)
        if len(encoded) <= budget:
            best, low = encoded, quality + 1
        else:
            high = quality - 1
    return best


def _webp(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    # Empty, for Pillow would otherwise carry the picture's own metadata over.
    image.save(out, "WEBP", quality=quality, method=6, exif=b"", icc_profile=b"", xmp=b"")
    return out.getvalue()
