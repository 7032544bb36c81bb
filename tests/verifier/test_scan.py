"""Pictures of codes: drawn here, worn in many ways, read back exactly or refused by name."""

from __future__ import annotations

import struct
import subprocess
import sys
import time
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from credential import envelope, qr
from credential.errors import Code, CredentialError
from verifier import scan

KINDS = ("licence", "badge", "identity-code", "default")
BODY = bytes(np.random.default_rng(7).integers(0, 256, 500, dtype=np.uint8))
LINK = str(envelope.link(BODY, host="yz.example"))
BARE = str(envelope.bare(BODY))

needs_zbar = pytest.mark.skipif(
    "pyzbar" not in scan.reader_names(), reason="libzbar does not load: apt-get install libzbar0"
)
EACH_READER = [
    pytest.param(scan.zxing, id="zxing-cpp"),
    pytest.param(scan.zbar, id="pyzbar", marks=needs_zbar),
]


def code(text: str = LINK, kind: str = "identity-code", module_px: int = 4) -> Image.Image:
    return Image.open(BytesIO(qr.png(text, kind, module_px=module_px))).convert("L")


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def refusal(picture: bytes, **options: Any) -> Code:
    with pytest.raises(CredentialError) as refused:
        scan.read(picture, **options)
    return refused.value.code


# --- what must be read ------------------------------------------------------------------------------


@pytest.mark.parametrize("reader", EACH_READER)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "text", [LINK, BARE, "HC1:NCFOXN%TS", "https://example.org/", "医证 — ünï"]
)
def test_what_is_drawn_is_read(text: str, kind: str, reader: scan.Reader) -> None:
    assert scan.read(qr.png(text, kind), readers=(reader,)) == (text,)


@pytest.mark.parametrize("reader", EACH_READER)
@settings(max_examples=25, deadline=None)
@given(body=st.binary(min_size=1, max_size=900), kind=st.sampled_from(KINDS), link=st.booleans())
def test_any_message_is_read_back(body: bytes, kind: str, link: bool, reader: scan.Reader) -> None:
    text = envelope.link(body, host="yz.example") if link else envelope.bare(body)
    assert scan.read(qr.png(text, kind, module_px=4), readers=(reader,)) == (text,)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_every_listed_type_is_read(kind: str) -> None:
    assert scan.read(saved(code(), kind)) == (LINK,)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_pixel_format_is_read(mode: str) -> None:
    image = code()
    if mode == "I;16":  # both shades far above 255: clipping them to 8 bits would leave only white
        image = Image.fromarray(np.asarray(image, np.uint16) * 80 + 20_000)
    if mode != image.mode:
        image = image.convert(mode)
    assert scan.read(saved(image, "JPEG" if mode == "CMYK" else "PNG")) == (LINK,)


def test_a_code_on_transparent_ground_is_read_as_on_paper() -> None:
    light = code()
    image = Image.new("RGBA", light.size, "black")
    image.putalpha(ImageOps.invert(light))
    assert scan.read(saved(image)) == (LINK,)


@pytest.mark.parametrize("text", [LINK, BARE])
def test_mirrored_inverted_and_turned_codes_are_read(text: str) -> None:
    image = code(text)
    worn = {
        "mirrored": ImageOps.mirror(image),
        "inverted": ImageOps.invert(image),
        "both": ImageOps.invert(ImageOps.mirror(image)),
        **{
            f"{turn} degrees": image.rotate(turn, expand=True, fillcolor=255)
            for turn in (7, 45, 90, 133, 180, 270)
        },
    }
    assert {name: scan.read(saved(picture)) for name, picture in worn.items()} == dict.fromkeys(
        worn, (text,)
    )


def torn(share: float, level_text: str) -> bytes:
    """A code with the middle of its right edge torn off: ``share`` of its modules, no finder."""
    image = code(level_text, "licence", module_px=6)
    side = image.width - 8 * 6
    width = side * 0.2
    height = share * side * side / width
    middle = image.height / 2
    ImageDraw.Draw(image).rectangle(
        (image.width - 24 - width, middle - height / 2, image.width, middle + height / 2), fill=255
    )
    return saved(image)


def test_a_torn_code_is_read_within_its_error_correction_and_not_beyond() -> None:
    text = BARE[:700]
    assert qr.plan(text, "licence").level == "H"  # mends 30 % of the code words
    assert scan.read(torn(0.08, text)) == (text,)
    assert refusal(torn(0.19, text)) is Code.QR_UNREADABLE


def test_two_codes_in_one_picture_are_both_told() -> None:
    first, second = code(LINK), code(BARE)
    sheet = Image.new("L", (first.width + second.width + 40, max(first.height, second.height)), 255)
    sheet.paste(first, (0, 0))
    sheet.paste(second, (first.width + 40, 0))
    assert sorted(scan.read(saved(sheet))) == sorted((LINK, BARE))
    for reader in scan.READERS if "pyzbar" in scan.reader_names() else (scan.zxing,):
        assert set(scan.read(saved(sheet), readers=(reader,))) == {LINK, BARE}


def test_the_same_code_twice_is_told_once() -> None:
    image = code()
    sheet = Image.new("L", (image.width * 2, image.height), 255)
    sheet.paste(image, (0, 0))
    sheet.paste(image, (image.width, 0))
    assert scan.read(saved(sheet)) == (LINK,)


def worn(module_px: float, seed: int) -> bytes:
    """A camera's frame with the code small, blurred and noisy."""
    drawn = code(LINK, module_px=8)
    side = round(drawn.width / 8 * module_px)
    frame = Image.new("L", (1280, 720), 190)
    frame.paste(drawn.resize((side, side), Image.Resampling.BOX), (300, 200))
    frame = frame.rotate(4, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(0.8))
    noise = np.random.default_rng(seed).normal(0, 6, (720, 1280))
    seen = (np.asarray(frame, float) + noise).clip(0, 255).astype(np.uint8)
    return saved(Image.fromarray(seen), "JPEG", quality=70)


@pytest.mark.parametrize("seed", range(3))
def test_a_worn_camera_frame_is_read(seed: int) -> None:
    assert scan.read(worn(3, seed)) == (LINK,)


@pytest.mark.parametrize("reader", EACH_READER)
def test_the_closer_look_reads_what_the_first_cannot(
    reader: scan.Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = worn(1.9, 1)
    assert scan.read(frame, readers=(reader,)) == (LINK,)
    monkeypatch.setattr(scan, "_closer_look", scan._first_look)
    assert refusal(frame, readers=(reader,)) is Code.QR_UNREADABLE


def test_a_small_code_in_a_large_photo_is_read() -> None:
    photo = Image.new("L", (4000, 3000), 170)
    photo.paste(code(LINK, module_px=3), (2100, 900))
    assert scan.read(saved(photo, "JPEG", quality=80)) == (LINK,)


# --- what must not be read --------------------------------------------------------------------------


def bar_code(name: str, text: str) -> Image.Image:
    import zxingcpp

    made = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, name))
    return Image.fromarray(np.array(made.to_image(scale=4)))


@pytest.mark.parametrize("name", ["Code128", "DataMatrix", "Aztec", "PDF417", "EAN13"])
def test_other_bar_codes_are_not_read(name: str) -> None:
    other = bar_code(name, "4006381333931")
    assert refusal(saved(other)) is Code.QR_UNREADABLE
    image = code()
    sheet = Image.new("L", (max(other.width, image.width), other.height + image.height), 255)
    sheet.paste(other, (0, 0))
    sheet.paste(image, (0, other.height))
    assert scan.read(saved(sheet)) == (LINK,)


def test_a_bar_code_that_holds_our_text_is_not_read() -> None:
    assert refusal(saved(bar_code("Code128", BARE[:60]))) is Code.QR_UNREADABLE


@pytest.mark.parametrize("reader", EACH_READER)
@pytest.mark.parametrize("size", [(1, 1), (3, 900), (640, 480)])
def test_noise_holds_nothing(size: tuple[int, int], reader: scan.Reader) -> None:
    noise = np.random.default_rng(3).integers(0, 256, size, dtype=np.uint8)
    assert refusal(saved(Image.fromarray(noise)), readers=(reader,)) is Code.QR_UNREADABLE


@pytest.mark.parametrize("size", [(70_000, 30), (30, 70_000), (40_000, 900)])
def test_a_strip_of_any_length_holds_nothing(size: tuple[int, int]) -> None:
    strip = Image.new("1", size, 1)
    assert refusal(saved(strip)) is Code.QR_UNREADABLE


def test_a_code_on_a_long_strip_is_read() -> None:
    strip = Image.new("L", (600, 9_000), 255)
    strip.paste(code(), (50, 7_000))
    assert scan.read(saved(strip)) == (LINK,)


def say(figure: str) -> None:
    """Times are printed (``pytest -s``), never asserted."""
    sys.stdout.write(figure + "\n")


def test_a_photo_of_noise_is_given_up() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (3000, 4000), dtype=np.uint8)
    picture = saved(Image.fromarray(noise), "JPEG")
    start = time.perf_counter()
    assert refusal(picture) is Code.QR_UNREADABLE
    say(f"12 million pixels of noise: {time.perf_counter() - start:.2f} s (goal 2 s)")


def test_two_hundred_codes_in_one_picture_come_back() -> None:
    sheet = Image.new("L", (20 * 150, 10 * 150), 255)
    expected = {f"code {number}" for number in range(200)}
    for number in range(200):
        image = code(f"code {number}", "default", module_px=4)
        sheet.paste(image, (number % 20 * 150, number // 20 * 150))
    start = time.perf_counter()
    found = scan.read(saved(sheet))
    say(f"200 codes: {time.perf_counter() - start:.2f} s (goal 2 s)")
    assert set(found) == expected


# --- pictures that are none -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["TIFF", "PDF", "EPS", "ICO", "PPM", "JPEG2000"])
def test_other_types_are_refused(kind: str) -> None:
    assert refusal(saved(code(), kind)) is Code.FILE_TYPE


@pytest.mark.parametrize(
    "text", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"hello", b"\0" * 99]
)
def test_what_is_no_picture_is_refused(text: bytes) -> None:
    assert refusal(text) is Code.FILE_TYPE


def test_a_drawn_svg_is_no_picture_to_read() -> None:
    assert refusal(qr.svg(LINK, "badge")) is Code.FILE_TYPE


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_broken_pictures_are_refused(kind: str) -> None:
    whole = saved(code(), kind)
    assert scan.read(whole) == (LINK,)
    assert refusal(b"") is Code.IMAGE_INVALID
    assert refusal(whole[: len(whole) // 2]) is Code.IMAGE_INVALID
    assert refusal(whole[:20]) is Code.IMAGE_INVALID


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "BMP"]),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1),
)
def test_a_broken_byte_never_makes_another_text(
    kind: str, changes: list[tuple[float, int]]
) -> None:
    picture = bytearray(saved(code("https://example.org/", "badge"), kind))
    for place, value in changes:
        picture[int(place**3 * len(picture))] = value  # most of them near the front: the headers
    outcome: object = None
    try:
        outcome = scan.read(bytes(picture))
    except CredentialError as error:
        outcome = error.code
    assert outcome in {
        ("https://example.org/",),
        Code.IMAGE_INVALID,
        Code.FILE_TYPE,
        Code.IMAGE_TOO_MANY_PIXELS,
        Code.QR_UNREADABLE,
    }


def bomb(width: int, height: int) -> bytes:
    """A PNG that claims its size in the header and holds no pixel: decoding it would fail."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("size", [(8001, 5000), (9000, 9000), (10000, 10000), (20000, 20000)])
def test_too_many_pixels_are_refused_before_decoding(size: tuple[int, int]) -> None:
    assert refusal(bomb(*size)) is Code.IMAGE_TOO_MANY_PIXELS
    assert (
        refusal(bomb(8000, 5000)) is Code.IMAGE_INVALID
    )  # the limit itself got as far as decoding


# --- readers ----------------------------------------------------------------------------------------


def absent(_grey: Image.Image) -> list[str]:
    raise ImportError("not installed")


def blind(_grey: Image.Image) -> list[str]:
    return []


def test_readers_are_tried_in_turn() -> None:
    picture = qr.png(LINK, "badge")
    assert scan.read(picture, readers=(absent, blind, scan.zxing)) == (LINK,)
    assert scan.read(picture, readers=(lambda _grey: ["A", "B", "A"], scan.zxing)) == ("A", "B")


def test_a_missing_reader_is_not_an_unreadable_code() -> None:
    picture = qr.png(LINK, "badge")
    assert refusal(picture, readers=(absent, absent)) is Code.READER_MISSING
    assert refusal(picture, readers=(absent, blind)) is Code.QR_UNREADABLE


def test_readers_are_named_in_the_order_they_are_tried() -> None:
    assert scan.reader_names() in {("zxing-cpp", "pyzbar"), ("zxing-cpp",)}


@pytest.mark.parametrize(
    ("blocked", "names"),
    [("zxingcpp", "pyzbar"), ("pyzbar", "zxing-cpp"), ("zxingcpp pyzbar", ""), ("PIL", "")],
)
def test_each_reader_serves_alone_and_none_is_said_so(blocked: str, names: str) -> None:
    if names and names not in scan.reader_names():
        pytest.skip(f"{names} does not load here")
    program = (
        "import sys\n"
        f"for name in {blocked.split()!r}: sys.modules[name] = None\n"
        "from credential.errors import CredentialError\n"
        "from verifier import scan\n"
        "try: print(*scan.read(sys.stdin.buffer.read()))\n"
        "except CredentialError as error: print(error.code)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program],
        input=qr.png(LINK, "badge"),
        capture_output=True,
        check=True,
    )
    assert said.stdout.decode().strip() == (LINK if names else Code.READER_MISSING)


@pytest.mark.parametrize(
    ("raw", "text"), [(b"HELLO", "HELLO"), ("医证".encode(), "医证"), (b"caf\xe9", "café")]
)
def test_bytes_of_zbar_are_utf8_or_else_latin1(raw: bytes, text: str) -> None:
    assert scan._decoded(raw) == text


def test_the_libraries_are_imported_only_to_read() -> None:
    program = (
        "import sys; from verifier import scan;"
        "print(sorted({'PIL', 'zxingcpp', 'pyzbar', 'numpy'} & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "[]"
