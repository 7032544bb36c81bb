"""A confirmed portrait (证件照) to the few hundred bytes that fit a QR code.

* Read: JPEG, PNG, WebP. The pixels are counted from the header before anything is decoded.
* Animated PNG and WebP are refused: a page shows all frames, only one would be signed. The second
  picture that phones hide in a JPEG (MPO) is no animation; its first picture is what everybody sees.
* Made: WebP of exactly the asked size (format 4 of Claim 169). Turned as its EXIF says, flattened on
  white, cropped about the centre to the asked shape, never stretched, never enlarged. EXIF, ICC and XMP
  stay behind: only pixels are carried over.
* The highest quality that fits the budget is taken. What does not fit at the lowest is softened step by
  step; a portrait that would have to be blurred past recognition is refused.

The badge's size is argued in ``docs/decisions/0004-badge-portrait.md``.
"""

from __future__ import annotations

from bisect import bisect_right
from io import BytesIO
from typing import Final, NamedTuple

from PIL import Image, ImageFilter, ImageOps

from credential import picture
from credential.errors import Code, CredentialError


class Size(NamedTuple):
    """Width and height in pixels, and the most bytes the portrait may take."""

    width: int
    height: int
    budget: int


LICENCE: Final = Size(72, 96, 560)
IDENTITY_CODE: Final = Size(72, 96, 560)
BOOK_SLICE: Final = Size(72, 96, 500)
BADGE: Final = Size(60, 80, 300)

# As many as 4000 x 4000: any phone's photo of 12 million pixels passes, whatever its shape.
MAX_PIXELS: Final = 16_000_000

_FORMATS: Final = ("JPEG", "PNG", "WEBP")
# Blur radii in pixels; at 72 x 96 a face is about 40 pixels wide and lost beyond 2.
_SOFTENING: Final = (0.0, 0.5, 1.0, 1.5, 2.0)


def reduce(source: bytes, *, width: int, height: int, budget: int) -> bytes:
    """``source``, a picture, as a WebP of exactly ``width`` x ``height`` px in at most ``budget`` bytes.

    Raises ``FILE_TYPE``, ``IMAGE_INVALID`` (broken, or smaller than asked), ``IMAGE_TOO_MANY_PIXELS``
    or ``PORTRAIT_TOO_DETAILED``.
    """
    seen = _pixels(source)
    if seen.width < width or seen.height < height:
        detail = f"{seen.width} x {seen.height} pixels, at least {width} x {height} are needed"
        raise CredentialError(Code.IMAGE_INVALID, detail=detail)
    portrait = ImageOps.fit(seen, (width, height), Image.Resampling.LANCZOS)
    for radius in _SOFTENING:
        webp = _best(portrait.filter(ImageFilter.GaussianBlur(radius)), budget)
        if webp is not None:
            return webp
    raise CredentialError(Code.PORTRAIT_TOO_DETAILED, detail=f"over {budget} bytes")


def _pixels(source: bytes) -> Image.Image:
    """The picture upright, in RGB, on white."""
    image = picture.opened(source, formats=_FORMATS, max_pixels=MAX_PIXELS)
    if getattr(image, "is_animated", False) and image.format != "MPO":
        raise CredentialError(Code.FILE_TYPE, detail=f"animated {image.format}")
    try:
        image.load()
        upright: Image.Image = picture.on_white(ImageOps.exif_transpose(image), "RGB")
    except picture.BROKEN as error:
        raise picture.invalid(error) from None
    return upright


def _best(portrait: Image.Image, budget: int) -> bytes | None:
    """The portrait at the highest quality that fits; None where none does.

    Size grows with quality but for a few bytes here and there, so halving finds it, or its neighbour;
    what it ends on was itself measured to fit.
    """
    fitting = bisect_right(range(101), budget, key=lambda quality: len(_webp(portrait, quality)))
    return _webp(portrait, fitting - 1) if fitting else None


def _webp(portrait: Image.Image, quality: int) -> bytes:
    # Pillow writes the metadata an image carries along unless told that there is none.
    out = BytesIO()
    portrait.save(out, "WEBP", quality=quality, method=6, icc_profile=b"", exif=b"", xmp=b"")
    return out.getvalue()
