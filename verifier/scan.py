"""A picture to the texts of the QR codes in it; which of them is ours is the caller's to say.

* QR codes only: a bar code beside a code, or made to look like one, is never read.
* zxing-cpp first; where it finds nothing, zbar, if its library is installed. Each looks a second time,
  at twice the size and sharpened, where a first look finds nothing: that reads codes of 2 pixels a module.
* The pixels are counted from the header before anything is decoded, and a large picture is reduced for
  the first look: a photo without a code is given up quickly.
* PNG, JPEG, WebP, GIF and BMP are what cameras, browsers and messengers write. TIFF, HEIC, SVG and PDF
  are left out: each is a large decoder for pictures nobody takes of a code. Of an animation the first
  frame is read. Transparent parts are white, as on paper.

Pillow, zxing-cpp and pyzbar are the extra ``scan``, each imported when it is used. A decoder fed with
strangers' pictures belongs in a process of its own on a server; that is the server's to arrange.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from credential.errors import Code, CredentialError
from credential.picture import BROKEN, SIGNATURES, invalid, on_white, opened

if TYPE_CHECKING:
    from PIL import Image

Reader = Callable[["Image.Image"], Iterable[str]]

MAX_PIXELS: Final = 40_000_000

# A first look at 3 million pixels keeps a code that fills a sixth of a photo's width at 3 px a module.
_FIRST_LOOK_PX: Final = 3_000_000
# zxing-cpp takes sides up to 65 535; the closer look doubles them.
_LONGEST_SIDE_PX: Final = 32_000


def read(picture: bytes, readers: Sequence[Reader] | None = None) -> tuple[str, ...]:
    """The texts of all different QR codes in ``picture``, at least one, in the reader's order.

    ``readers`` are tried in turn until one finds something: `zxing`, then `zbar`, unless others are
    given. Raises ``FILE_TYPE``, ``IMAGE_INVALID``, ``IMAGE_TOO_MANY_PIXELS``, ``QR_UNREADABLE``, and
    ``READER_MISSING`` when no reader can be imported.
    """
    grey = _grey(picture)
    missing = []
    chosen = READERS if readers is None else readers
    for reader in chosen:
        try:
            texts = tuple(dict.fromkeys(reader(grey)))
        except ImportError as error:
            missing.append(str(error))
            continue
        if texts:
            return texts
    if len(missing) == len(chosen):
        raise CredentialError(Code.READER_MISSING, detail="; ".join(missing))
    raise CredentialError(Code.QR_UNREADABLE)


def reader_names() -> tuple[str, ...]:
    """The readers that can be imported here, in the order in which they are tried."""
    names = []
    for name, load in (("zxing-cpp", _zxingcpp), ("pyzbar", _pyzbar)):
        try:
            load()
        except ImportError:
            continue
        names.append(name)
    return tuple(names)


def zxing(grey: Image.Image) -> Iterable[str]:
    """What zxing-cpp finds."""
    zxingcpp = _zxingcpp()

    def texts(look: Image.Image) -> list[str]:
        codes = zxingcpp.read_barcodes(
            look,
            formats=zxingcpp.BarcodeFormat.QRCodeModel2,
            text_mode=zxingcpp.TextMode.Plain,
        )
        return [code.text for code in codes]

    return texts(_first_look(grey)) or texts(_closer_look(grey))


def zbar(grey: Image.Image) -> Iterable[str]:
    """What zbar finds; it takes neither inverted codes nor ones as worn as zxing-cpp does."""
    pyzbar = _pyzbar()

    def texts(look: Image.Image) -> list[str]:
        codes = pyzbar.decode(look, symbols=[pyzbar.ZBarSymbol.QRCODE])
        return [_decoded(code.data) for code in codes]

    return texts(_first_look(grey)) or texts(_closer_look(grey))


READERS: Final[tuple[Reader, ...]] = (zxing, zbar)


def _grey(picture: bytes) -> Image.Image:
    """``picture`` in 8-bit grey on white, large JPEGs decoded no larger than a closer look needs."""
    try:
        import PIL  # noqa: F401, PLC0415 - part of the extra
    except ImportError as error:
        raise CredentialError(Code.READER_MISSING, detail=str(error)) from None

    image = opened(picture, formats=tuple(SIGNATURES), max_pixels=MAX_PIXELS)
    try:
        image.draft("L", _scaled(image.size, 2 * _first_scale(image.size)))
        image.load()
        grey: Image.Image = on_white(image, "L")
    except BROKEN as error:
        raise invalid(error) from None
    return grey


def _first_look(grey: Image.Image) -> Image.Image:
    scale = _first_scale(grey.size)
    return grey if scale == 1 else grey.resize(_scaled(grey.size, scale), reducing_gap=2.0)


def _closer_look(grey: Image.Image) -> Image.Image:
    """Twice the first look's size, from the full picture, its edges made steeper.

    Radius and percentage are the best of those tried on codes of 1.7 to 2 px a module.
    """
    from PIL import ImageFilter  # noqa: PLC0415

    size = _scaled(grey.size, 2 * _first_scale(grey.size))
    return grey.resize(size).filter(ImageFilter.UnsharpMask(radius=2, percent=150, threshold=0))


def _first_scale(size: tuple[int, int]) -> float:
    return min(1.0, math.sqrt(_FIRST_LOOK_PX / math.prod(size)), _LONGEST_SIDE_PX / max(size))


def _scaled(size: tuple[int, int], scale: float) -> tuple[int, int]:
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _decoded(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _zxingcpp() -> Any:
    import zxingcpp  # noqa: PLC0415 - part of the extra

    return zxingcpp


def _pyzbar() -> Any:
    try:
        from pyzbar import pyzbar  # noqa: PLC0415 - part of the extra
    except OSError as error:  # the package is there, its library is not
        raise ImportError(str(error)) from None
    return pyzbar
