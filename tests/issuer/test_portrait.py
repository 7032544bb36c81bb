"""A portrait in any shape becomes a WebP of the asked size, or is refused by name."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageFilter, PngImagePlugin

from credential.errors import Code, CredentialError
from issuer import demo_portraits, portrait
from issuer.portrait import Size

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "portraits"
SIZES = (portrait.LICENCE, portrait.IDENTITY_CODE, portrait.BOOK_SLICE, portrait.BADGE)


def reduced(picture: bytes, size: Size = portrait.LICENCE) -> Image.Image:
    webp = portrait.reduce(picture, **size._asdict())
    assert len(webp) <= size.budget
    image = Image.open(BytesIO(webp))
    assert (image.format, image.size) == ("WEBP", size[:2])
    return image.convert("RGB")


def refusal(picture: bytes, size: Size = portrait.LICENCE) -> Code:
    with pytest.raises(CredentialError) as refused:
        portrait.reduce(picture, **size._asdict())
    return refused.value.code


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def drawn() -> Image.Image:
    return Image.open(BytesIO(demo_portraits.portrait(0))).convert("RGB")


def quartered(width: int = 300, height: int = 400) -> Image.Image:
    """Red, green, blue and black quarters: shows turns, crops and colours."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("lime", (width // 2, 0, width, height // 2))
    image.paste("blue", (0, height // 2, width // 2, height))
    image.paste("black", (width // 2, height // 2, width, height))
    return image


def corners(image: Image.Image) -> list[str]:
    names = {(1, 0, 0): "red", (0, 1, 0): "lime", (0, 0, 1): "blue", (0, 0, 0): "black"}
    width, height = image.size
    places = [(x, y) for y in (height // 8, height * 7 // 8) for x in (width // 8, width * 7 // 8)]
    return [names[tuple(int(value > 128) for value in image.getpixel(place))] for place in places]


UPRIGHT = ["red", "lime", "blue", "black"]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_every_accepted_type_fits_every_size(kind: str, size: Size) -> None:
    reduced(saved(drawn(), kind), size)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("number", range(6))
def test_every_drawn_portrait_stays_like_itself(number: int, size: Size) -> None:
    picture = demo_portraits.portrait(number)
    plain = Image.open(BytesIO(picture)).convert("RGB")
    seen = np.asarray(reduced(picture, size).convert("L"), float)
    distances = []
    for other in range(6):
        image = Image.open(BytesIO(demo_portraits.portrait(other))).convert("L")
        box = (0, (579 - 551) / 2, 413, (579 + 551) / 2)  # 3:4 about the centre
        expected = np.asarray(image.resize(size[:2], Image.Resampling.LANCZOS, box=box), float)
        distances.append(np.abs(seen - expected).mean())
    assert plain.size == demo_portraits.SIZE_PX
    assert int(np.argmin(distances)) == number
    assert distances[number] < 8


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["id1.png", "id2.png", "id3.png", "id4.png"])
def test_photographed_portraits_fit(name: str, size: Size) -> None:
    if not (SAMPLES / name).exists():
        pytest.skip(f"no sample portraits in {SAMPLES}")
    reduced((SAMPLES / name).read_bytes(), size)


@pytest.mark.parametrize("code", range(1, 9))
def test_orientation_is_applied(code: int) -> None:
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,  # stored turned to the left, shown turned back to the right
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = quartered().transpose(turns[code]) if code in turns else quartered()
    exif = Image.Exif()
    exif[0x0112] = code
    assert corners(reduced(saved(stored, "JPEG", exif=exif))) == UPRIGHT


@pytest.mark.parametrize("size", [(300, 400), (900, 400), (300, 1200), (72, 96), (4000, 96)])
def test_the_middle_is_cropped_to_the_shape_and_never_stretched(size: tuple[int, int]) -> None:
    side = min(size[0] / 3, size[1] / 4)
    image = Image.new("RGB", size, "white")
    shown = quartered(round(side * 3), round(side * 4))
    image.paste(shown, ((size[0] - shown.width) // 2, (size[1] - shown.height) // 2))
    assert corners(reduced(saved(image))) == UPRIGHT


def test_metadata_stays_behind() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRET-MAKER"
    exif.get_ifd(0x8825).update({1: "N", 2: (39.0, 54.0, 20.0)})  # GPS
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "SECRET-TEXT")
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>SECRET-XMP</x:xmpmeta>"
    carriers = [
        saved(drawn(), "JPEG", exif=exif, icc_profile=profile, xmp=xmp, comment=b"SECRET-COMMENT"),
        saved(drawn(), "PNG", exif=exif, icc_profile=profile, pnginfo=text),
        saved(drawn(), "WEBP", exif=exif, icc_profile=profile, xmp=xmp),
        saved(drawn(), "JPEG") + b"<script>SECRET-TAIL</script>",
    ]
    for carrier in carriers:
        assert b"SECRET" in carrier
        webp = portrait.reduce(carrier, **portrait.LICENCE._asdict())
        assert webp[12:16] == b"VP8 "  # the simple file format: there is no place for metadata
        assert len(webp) == 8 + struct.unpack("<I", webp[4:8])[0]  # and nothing behind it
        assert b"SECRET" not in webp


@pytest.mark.parametrize("mode", ["L", "LA", "1", "P", "CMYK", "YCbCr", "RGBA", "I;16"])
def test_every_pixel_format_is_normalised(mode: str) -> None:
    grey = quartered().convert("L")
    if mode == "I;16":
        image = Image.fromarray(np.asarray(grey, np.uint16) * 257)
    else:
        image = quartered().convert(mode)
    kind = "JPEG" if mode in {"CMYK", "YCbCr"} else "PNG"
    seen = np.asarray(reduced(saved(image, kind)).convert("L"), float)
    expected = np.asarray(
        image.convert("1" if mode == "1" else "RGB").convert("L").resize((72, 96))
    )
    if mode == "I;16":
        expected = np.asarray(grey.resize((72, 96)))
    assert np.abs(seen - expected).mean() < (40 if mode == "1" else 12)


def test_transparent_parts_become_white() -> None:
    clear = Image.new("RGBA", (300, 400), (0, 0, 0, 0))
    palette = Image.new("P", (300, 400), 0)
    palette.putpalette([0, 0, 0, 255, 0, 0])
    for picture in (
        saved(clear),
        saved(clear, "WEBP", lossless=True, exact=True),
        saved(palette, transparency=0),
        saved(Image.new("RGB", (300, 400), (10, 20, 30)), transparency=(10, 20, 30)),
    ):
        assert min(low for low, _ in reduced(picture).getextrema()) > 250
    opaque = saved(Image.new("RGBA", (300, 400), (0, 0, 0, 255)))
    assert max(high for _, high in reduced(opaque).getextrema()) < 5


def test_the_first_picture_of_a_phones_double_jpeg_is_taken() -> None:
    second = Image.new("RGB", (300, 400), "white")
    picture = saved(quartered(), "MPO", save_all=True, append_images=[second])
    assert corners(reduced(picture)) == UPRIGHT


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_animations_are_refused(kind: str) -> None:
    frames = [quartered(), Image.new("RGB", (300, 400), "white")]
    moving = saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    assert refusal(moving) is Code.FILE_TYPE
    still = saved(frames[0], kind, save_all=True)
    assert corners(reduced(still)) == UPRIGHT


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "EPS", "PDF", "JPEG2000", "ICO", "PPM"])
def test_other_types_are_refused(kind: str) -> None:
    assert refusal(saved(drawn(), kind)) is Code.FILE_TYPE


@pytest.mark.parametrize(
    "text", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"hello", b"\0" * 99]
)
def test_what_is_no_picture_is_refused(text: bytes) -> None:
    assert refusal(text) is Code.FILE_TYPE


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("share", [0, 0.001, 0.3, 0.9])
def test_truncated_pictures_are_refused(kind: str, share: float) -> None:
    whole = saved(drawn(), kind)
    reduced(whole)
    assert refusal(whole[: int(len(whole) * share)]) in (
        {Code.IMAGE_INVALID} if share in {0, 0.3, 0.9} else {Code.IMAGE_INVALID, Code.FILE_TYPE}
    )


def test_a_broken_checksum_is_refused() -> None:
    picture = bytearray(saved(drawn()))
    picture[picture.index(b"IDAT") + 40] ^= 0xFF
    assert refusal(bytes(picture)) is Code.IMAGE_INVALID


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(["PNG", "JPEG", "WEBP"]),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1),
)
def test_no_broken_byte_raises_anything_unnamed(
    kind: str, changes: list[tuple[float, int]]
) -> None:
    picture = bytearray(saved(quartered(), kind))
    for place, value in changes:
        picture[int(place**3 * len(picture))] = value  # most of them near the front: the headers
    outcome: Code | None = None
    try:
        reduced(bytes(picture))
    except CredentialError as error:
        outcome = error.code
    assert outcome in {None, Code.IMAGE_INVALID, Code.FILE_TYPE, Code.IMAGE_TOO_MANY_PIXELS}


def bomb(width: int, height: int) -> bytes:
    """A PNG that claims its size in the header and holds no pixel: decoding it would fail."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("size", [(4001, 4000), (9000, 9000), (10000, 10000), (20000, 20000)])
def test_too_many_pixels_are_refused_before_decoding(size: tuple[int, int]) -> None:
    assert refusal(bomb(*size)) is Code.IMAGE_TOO_MANY_PIXELS


def test_the_pixel_limit_itself_passes() -> None:
    assert refusal(bomb(4000, 4000)) is Code.IMAGE_INVALID  # got as far as decoding
    assert refusal(bomb(4032, 3024)) is Code.IMAGE_INVALID  # a phone's photo
    reduced(saved(Image.new("L", (4032, 3024), 200)))


@pytest.mark.parametrize("size", [(71, 96), (72, 95), (1, 1), (71, 4000)])
def test_a_picture_smaller_than_asked_is_refused(size: tuple[int, int]) -> None:
    assert refusal(saved(Image.new("RGB", size))) is Code.IMAGE_INVALID


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    grain=st.integers(1, 12),
    colour=st.booleans(),
    size=st.sampled_from(SIZES),
)
def test_noise_fits_the_budget_however_fine(
    seed: int, grain: int, colour: bool, size: Size
) -> None:
    shape = (96 * grain, 72 * grain) + ((3,) if colour else ())
    noise = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    reduced(saved(Image.fromarray(noise)), size)


def speckled(grain: int) -> Image.Image:
    """Noise of full contrast, ``grain`` pixels coarse at the size of a licence's portrait."""
    shape = (96 // grain, 72 // grain, 3)
    noise = np.random.default_rng(1).integers(0, 2, shape, dtype=np.uint8) * 255
    return Image.fromarray(noise).resize((72, 96), Image.Resampling.NEAREST)


@pytest.mark.parametrize("grain", [1, 2, 3, 4, 6])
def test_what_does_not_fit_at_the_lowest_quality_is_softened(grain: int) -> None:
    image = speckled(grain)
    assert len(saved(image, "WEBP", quality=0, method=6)) > portrait.LICENCE.budget
    reduced(saved(image))


def test_what_fits_is_not_softened() -> None:
    flat = Image.new("RGB", (72, 96), "teal")
    best = portrait.reduce(saved(flat), **portrait.LICENCE._asdict())
    assert best == saved(flat, "WEBP", quality=100, method=6)


def test_what_would_be_blurred_past_recognition_is_refused() -> None:
    tight = Size(72, 96, 400)
    assert refusal(saved(speckled(4)), tight) is Code.PORTRAIT_TOO_DETAILED
    reduced(saved(speckled(1)), tight)


def test_a_better_quality_would_not_fit() -> None:
    picture = demo_portraits.portrait(1)
    webp = portrait.reduce(picture, **portrait.LICENCE._asdict())
    plain = Image.open(BytesIO(picture)).convert("RGB").crop((0, 14, 413, 565))
    plain = plain.resize((72, 96), Image.Resampling.LANCZOS).filter(ImageFilter.GaussianBlur(0))
    sizes = [len(saved(plain, "WEBP", quality=quality, method=6)) for quality in range(101)]
    best = max(size for size in sizes if size <= portrait.LICENCE.budget)
    assert len(webp) >= best - 25


def test_the_drawn_portraits_differ_and_never_change() -> None:
    drawings = [demo_portraits.portrait(number) for number in range(6)]
    assert len(set(drawings)) == 6
    assert drawings == [demo_portraits.portrait(number) for number in range(6)]
    assert demo_portraits.portrait(6) == drawings[0]
