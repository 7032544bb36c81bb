"""A signed badge (工牌) as a picture to print: photo, name, title, main institution, code (manual 5.1).

* What is printed is read from the signed badge itself, so the picture cannot say more than its code; only
  the photo is the confirmed portrait in full size instead of the few pixels inside the code.
* 300 dpi, as a card of 54 x 86 mm or in A7 for a lanyard. Top to bottom: a band in the colour of the level
  with its name (colour alone says nothing to many eyes), photo, name, title, institution, code.
* Text is drawn only with a font that has a glyph for every one of its characters; where none has, the
  picture is refused. An empty box in a physician's name is never printed. Nothing is cut off either: text
  becomes smaller and wraps, down to a limit, and is refused beyond it.

Fonts are those of the machine (Debian: fonts-noto-cjk), found by name and by ``fc-list``; none comes with
the project. Pillow does not shape complex scripts, so a name in Tibetan or Mongolian letters is refused too:
the fonts below have no glyphs for them.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final, NamedTuple

from PIL import Image, ImageDraw, ImageFont, ImageOps

from credential import cbor, codelists, cose, envelope, picture, qr
from credential.claims import Badge, Credential, Level
from wallet.errors import Code, WalletError

DPI: Final = 300


class Paper(NamedTuple):
    """Width and height in millimetres."""

    width_mm: float
    height_mm: float

    @property
    def pixels(self) -> tuple[int, int]:
        return round(self.width_mm / 25.4 * DPI), round(self.height_mm / 25.4 * DPI)


CARD: Final = Paper(54, 86)
LANYARD: Final = Paper(74, 105)  # ISO 216 A7
PAPERS: Final = {"card": CARD, "lanyard": LANYARD}

# Colours of the product (primary, and slate for the assistant), on white paper.
_BAND: Final = {Level.PHYSICIAN: "#0f766e", Level.ASSISTANT: "#475569"}
_INK, _QUIET_INK, _PAPER = "#1f2937", "#475569", "#ffffff"

# Where Debian, Fedora and macOS keep fonts for Chinese names; the first that is there and covers is taken.
_REGULAR: Final = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/hanazono/HanaMinA.ttf",
    "/usr/share/fonts/truetype/hanazono/HanaMinB.ttf",
    "/System/Library/Fonts/PingFang.ttc",
)
_BOLD: Final = ("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",)
_SIMPLIFIED: Final = "SC"
_MOST_FACES: Final = 12
_PHOTO_PIXELS: Final = 40_000_000


@dataclass(frozen=True, slots=True)
class Font:
    """One face of a font file."""

    path: str
    index: int = 0

    def sized(self, size_px: int) -> ImageFont.FreeTypeFont:
        return _opened(self, size_px)

    def covers(self, text: str) -> bool:
        """Whether every character of ``text`` has a glyph of its own that leaves ink, but for spaces."""
        return all(_has_glyph(self, each) for each in text)


def installed() -> tuple[Font, ...]:
    """The fonts of this machine that are tried for a text, best first, bold ones first."""
    return _installed()


def draw(
    message: bytes, *, host: str, portrait: bytes, paper: Paper, fonts: Sequence[Font]
) -> bytes:
    """A PNG of the badge in the COSE message ``message``, its code in link form for ``host``.

    ``portrait`` is the confirmed photo (JPEG, PNG or WebP). ``fonts`` are tried in order (`installed`).
    Raises ``NOT_A_BADGE``, ``FONT_MISSING``, ``CHARACTER_MISSING``, ``TEXT_DOES_NOT_FIT``, and a
    `CredentialError` for a photo that is none.
    """
    said = _badge(message)
    if not fonts:
        raise WalletError(Code.FONT_MISSING)
    width, height = paper.pixels
    card = Image.new("RGB", (width, height), _PAPER)
    pen = ImageDraw.Draw(card)
    unit = min(
        width / CARD.width_mm, height / CARD.height_mm
    )  # a millimetre, scaled with the paper

    code = _code(envelope.link(message, host=host), most_px=int(40 * unit))
    code_top = height - code.height - round(unit)
    card.paste(code, ((width - code.width) // 2, code_top))

    band_px = round(7.5 * unit)
    level = codelists.name("level", said.level)
    pen.rectangle((0, 0, width, band_px), fill=_BAND[said.level])
    _Line(level.zh, "level", 3.6, 3.6, 1, _PAPER).put(pen, fonts, unit, width, (0, band_px))

    lines = [
        _Line(said.name, "name", 5.2, 3.2, 2, _INK),
        _Line(_title(said.title), "title", 2.9, 2.4, 1, _QUIET_INK),
        _Line(said.institution, "institution", 2.9, 2.0, 2, _QUIET_INK),
    ]
    set_lines = [line.fitted(fonts, unit, width) for line in lines if line.text]
    text_px = sum(each.height for each in set_lines)
    photo_top = band_px + round(1.5 * unit)
    photo_px = code_top - text_px - photo_top - round(unit)
    if photo_px < 12 * unit:
        raise WalletError(Code.TEXT_DOES_NOT_FIT, "institution")
    photo = _photo(portrait, height_px=min(photo_px, round(34 * unit)))
    card.paste(photo, ((width - photo.width) // 2, photo_top))
    top = photo_top + photo.height + (photo_px - photo.height) // 2
    for each in set_lines:
        top = each.put(pen, width, top)
    return _png(card)


def code_picture(message: bytes, *, host: str, paper: Paper) -> bytes:
    """A PNG of the badge's code alone, as wide as the paper allows, at 300 dpi."""
    _badge(message)
    return _png(_code(envelope.link(message, host=host), most_px=paper.pixels[0]).convert("L"))


# --- text -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Set:
    """A text set in rows at a size."""

    rows: tuple[str, ...]
    font: ImageFont.FreeTypeFont
    row_px: int
    fill: str

    @property
    def height(self) -> int:
        return self.row_px * len(self.rows)

    def put(self, pen: ImageDraw.ImageDraw, width: int, top: int) -> int:
        """Draws the rows centred from ``top`` on; gives where they end."""
        for row in self.rows:
            middle = (width // 2, top + self.row_px // 2)
            pen.text(middle, row, font=self.font, fill=self.fill, anchor="mm")
            top += self.row_px
        return top


@dataclass(frozen=True, slots=True)
class _Line:
    """A text to be set: in which sizes (millimetres of the card), and in how many rows at most."""

    text: str
    subject: str
    largest: float
    smallest: float
    rows: int
    fill: str

    def fitted(self, fonts: Sequence[Font], unit: float, width: int) -> _Set:
        font = next((font for font in fonts if font.covers(self.text)), None)
        if font is None:
            raise WalletError(Code.CHARACTER_MISSING, self.subject)
        most = width - round(5 * unit)
        for count in range(1, self.rows + 1):
            rows, size = _in_rows(self.text, count), self.largest
            while size >= self.smallest:
                sized = font.sized(round(size * unit))
                if all(sized.getlength(row) <= most for row in rows):
                    return _Set(rows, sized, round(1.35 * size * unit), self.fill)
                size -= 0.2
        raise WalletError(Code.TEXT_DOES_NOT_FIT, self.subject)

    def put(
        self,
        pen: ImageDraw.ImageDraw,
        fonts: Sequence[Font],
        unit: float,
        width: int,
        between: tuple[int, int],
    ) -> None:
        """Sets the text and draws it centred between two heights."""
        text = self.fitted(fonts, unit, width)
        top, bottom = between
        text.put(pen, width, top + (bottom - top - text.height) // 2)


def _in_rows(text: str, count: int) -> tuple[str, ...]:
    """``text`` in ``count`` rows as equal as can be, broken behind a dot or bracket near the middle."""
    if count == 1:
        return (text,)
    half = len(text) / 2
    breaks = [i + 1 for i, each in enumerate(text) if each in "·）)、 " and 0 < i + 1 < len(text)]
    breaks += [i for i, each in enumerate(text) if each in "（(" and i]
    near = [at for at in breaks if abs(at - half) <= len(text) / 6]
    at = min(near, key=lambda at: abs(at - half), default=(len(text) + 1) // 2)
    return text[:at].strip(), text[at:].strip()


def _title(code: int) -> str:
    return codelists.name("title", code).zh if code else ""


# --- fonts ----------------------------------------------------------------------------------------


@cache
def _installed() -> tuple[Font, ...]:
    known = [path for path in (*_BOLD, *_REGULAR) if Path(path).exists()]
    found = dict.fromkeys((*known, *_listed()))
    return tuple(Font(path, _simplified(path)) for path in found)


def _listed() -> Iterator[str]:
    """Files of fonts that say they are for Chinese, as fontconfig lists them."""
    fc_list = shutil.which("fc-list")
    if fc_list is None:
        return
    asked = [fc_list, ":lang=zh-cn", "--format=%{file}\n"]
    listed = subprocess.run(asked, capture_output=True, text=True, timeout=30, check=False)  # noqa: S603
    yield from sorted(line for line in listed.stdout.splitlines() if line)


@cache
def _simplified(path: str) -> int:
    """The face of a collection that draws the forms used in mainland China; 0 where none says so."""
    for index in range(_MOST_FACES):
        try:
            family = ImageFont.truetype(path, 16, index=index).getname()[0] or ""
        except OSError:
            break
        if family.endswith(f" {_SIMPLIFIED}"):
            return index
    return 0


@lru_cache(maxsize=64)  # each keeps its file open
def _opened(font: Font, size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(
        font.path, size_px, index=font.index, layout_engine=ImageFont.Layout.BASIC
    )


@cache
def _has_glyph(font: Font, character: str) -> bool:
    """A missing glyph is drawn as the font's own replacement, that of a code point which no text may hold."""
    if character == " ":
        return True
    shape, missing = (_shape(font, each) for each in (character, "\U0010ffff"))
    return bool(shape) and shape != missing


def _shape(font: Font, character: str) -> bytes:
    return bytes(font.sized(32).getmask(character, mode="L"))


# --- pictures -------------------------------------------------------------------------------------


def _badge(message: bytes) -> Badge:
    said = Credential.from_map(cbor.decode(cose.unpack_sign1(message).payload or b"")).facts
    if not isinstance(said, Badge):
        raise WalletError(Code.NOT_A_BADGE)
    return said


def _code(text: str, *, most_px: int) -> Image.Image:
    """The QR code with its quiet zone, in whole pixels a module, at most ``most_px`` wide."""
    modules = len(qr.matrix(text, "badge"))
    drawn = qr.png(text, "badge", module_px=max(1, most_px // modules))
    return Image.open(BytesIO(drawn), formats=("PNG",))


def _photo(portrait: bytes, *, height_px: int) -> Image.Image:
    """The confirmed portrait upright on white, cropped about its centre to 3:4."""
    opened = picture.opened(portrait, formats=("JPEG", "PNG", "WEBP"), max_pixels=_PHOTO_PIXELS)
    try:
        opened.load()
        upright: Image.Image = picture.on_white(ImageOps.exif_transpose(opened), "RGB")
    except picture.BROKEN as error:
        raise picture.invalid(error) from None
    return ImageOps.fit(upright, (height_px * 3 // 4, height_px), Image.Resampling.LANCZOS)


def _png(image: Image.Image) -> bytes:
    out = BytesIO()
    # Only pixels and the resolution: what the photo's file carried along stays behind.
    clean = Image.frombytes(image.mode, image.size, image.tobytes())
    clean.save(out, "PNG", dpi=(DPI, DPI))
    return out.getvalue()
