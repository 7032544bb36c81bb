"""Picture to text: the QR codes in a photo or a drawing. QR codes only; no other symbology is tried.

zxing-cpp reads first, once more at twice the size and sharpened where it found nothing (dense codes
from a phone's camera gain most), then pyzbar where libzbar is installed. The libraries are imported
when called: a verifier of texts needs none of them.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from credential.errors import Code, CredentialError

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PIXELS: Final = 64_000_000
WORKING_SIDE_PX: Final = 2400
FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")

Reader = Callable[["Image"], list[str]]
"""Finds the texts of all QR codes in a grey picture."""


def zxing(picture: Image) -> list[str]:
    """Reads with zxing-cpp, mirrored and inverted codes too; once more enlarged and sharpened."""
    import zxingcpp  # noqa: PLC0415

    qr_only = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    for attempt in (picture, None):
        grey = _enlarged(picture) if attempt is None else attempt
        found = zxingcpp.read_barcodes(grey, formats=qr_only)
        if found:
            return [each.text for each in found]
    return []


def zbar(picture: Image) -> list[str]:
    """Reads with pyzbar. Our texts are ASCII, so its guessing at character sets does no harm."""
    from pyzbar import pyzbar  # noqa: PLC0415

    found = pyzbar.decode(picture, symbols=[pyzbar.ZBarSymbol.QRCODE])
    return [each.data.decode("utf-8", "replace") for each in found]


READERS: Final[tuple[Reader, ...]] = (zxing, zbar)


def read(picture: bytes, *, readers: tuple[Reader, ...] = READERS) -> tuple[str, ...]:
    """The texts of the distinct QR codes in ``picture``, by the first reader that finds any.

    Raises ``QR_UNREADABLE``, ``READER_MISSING``, ``FILE_TYPE``, ``IMAGE_INVALID``,
    ``IMAGE_TOO_MANY_PIXELS``.
    """
    grey, installed = _opened(picture), False
    for reader in readers:
        try:
            texts = reader(grey)
        except ImportError:  # the library, or the shared library below it, is not there
            continue
        installed = True
        if texts:
            return tuple(dict.fromkeys(texts))
    raise CredentialError(Code.QR_UNREADABLE if installed else Code.READER_MISSING)


def _opened(picture: bytes) -> Image:
    """The picture in grey on white, at most 2400 px a side; its size is judged before decoding."""
    try:
        from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415
    except ImportError:
        raise CredentialError(Code.READER_MISSING, "pillow") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(picture), formats=FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise CredentialError(Code.IMAGE_TOO_MANY_PIXELS, detail=f"{image.size}")
        image.draft("L", (WORKING_SIDE_PX, WORKING_SIDE_PX))  # JPEG decodes smaller at once
        upright = ImageOps.exif_transpose(image)
        if upright.has_transparency_data:
            white = Image.new("RGBA", upright.size, "white")
            upright = Image.alpha_composite(white, upright.convert("RGBA"))
        grey = upright.convert("L")
        grey.thumbnail((WORKING_SIDE_PX, WORKING_SIDE_PX), reducing_gap=2.0)
        return grey
    except UnidentifiedImageError:
        raise CredentialError(Code.FILE_TYPE) from None
    except Image.DecompressionBombError as error:
        raise CredentialError(Code.IMAGE_TOO_MANY_PIXELS, detail=str(error)) from None
    except (OSError, SyntaxError, ValueError) as error:  # what Pillow's decoders raise
        raise CredentialError(Code.IMAGE_INVALID, detail=str(error)) from None


def _enlarged(picture: Image) -> Image:
    from PIL import Image, ImageFilter  # noqa: PLC0415

    twice = picture.resize((picture.width * 2, picture.height * 2), Image.Resampling.BICUBIC)
    return twice.filter(ImageFilter.UnsharpMask(radius=2, percent=150, threshold=0))
