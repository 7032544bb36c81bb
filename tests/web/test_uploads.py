"""Pictures from outside: what is refused, and that nothing of the file is kept but what can be seen."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from registry.errors import Code, RegistryError
from registry.web import uploads


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (600, 800), mode: str = "RGB", **more: object
) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 0).save(out, kind, **more)
    return out.getvalue()


def refusal(data: bytes) -> Code:
    with pytest.raises(RegistryError) as refused:
        uploads.portrait(data)
    return refused.value.code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_becomes_a_portrait(kind: str) -> None:
    with Image.open(io.BytesIO(uploads.portrait(picture(kind)))) as image:
        assert (image.format, image.size, image.mode) == ("JPEG", (413, 579), "RGB")


@pytest.mark.parametrize(
    "data",
    [
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b"%PDF-1.7",
        b"\x00\x00\x00\x18ftypheic",
        picture("GIF", mode="P"),
        picture("BMP"),
    ],
)
def test_no_picture_of_ours(data: bytes) -> None:
    assert refusal(data) is Code.FILE_TYPE


def test_nothing() -> None:
    assert refusal(b"") is Code.IMAGE_INVALID


@pytest.mark.parametrize("cut", [40, 200, 0.5])
def test_cut_short(cut: float) -> None:
    whole = noise()
    data = whole[: int(len(whole) * cut) if cut < 1 else int(cut)]
    assert refusal(data) in (Code.IMAGE_INVALID, Code.FILE_TYPE)


def test_a_broken_checksum() -> None:
    data = bytearray(picture("PNG"))
    data[data.index(b"IDAT") + 6] ^= 0xFF
    assert refusal(bytes(data)) is Code.IMAGE_INVALID


@pytest.mark.parametrize("side", [9_000, 20_000])
def test_too_many_pixels_is_seen_in_the_header(side: int) -> None:
    """A few kilobytes that would unpack to gigabytes are refused before anything is unpacked."""
    assert len(bomb(side)) < 500_000
    assert refusal(bomb(side)) in (Code.IMAGE_TOO_MANY_PIXELS, Code.FILE_TYPE)


def test_many_pixels_that_are_allowed() -> None:
    assert uploads.portrait(picture(size=(4_000, 4_000)))


def test_a_picture_that_moves() -> None:
    frames = [Image.new("RGB", (60, 80), (n, n, n)) for n in range(50)]
    out = io.BytesIO()
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    assert refusal(out.getvalue()) is Code.IMAGE_TOO_MANY_PIXELS


def test_one_byte_over_the_limit() -> None:
    data = picture()
    assert refusal(data + b"\0" * (uploads.MAX_BYTES - len(data) + 1)) is Code.FIELD_TOO_LONG
    assert uploads.portrait(data + b"\0" * (uploads.MAX_BYTES - len(data)))


def test_nothing_of_the_file_is_left_but_its_pixels() -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x8825] = "Secret Camera", {1: "N", 2: (31.0, 14.0, 0.0)}
    data = picture(exif=exif.tobytes(), icc_profile=b"secret profile", comment=b"secret comment")
    drawn = uploads.portrait(data + b"<script>secret tail</script>")
    assert b"ecret" in data
    assert b"ecret" not in drawn
    with Image.open(io.BytesIO(drawn)) as image:
        assert not image.getexif()
        assert not {"icc_profile", "exif", "comment"} & set(image.info)


def test_the_orientation_is_applied() -> None:
    lying = Image.new("RGB", (800, 600), "red")
    lying.paste("blue", (0, 0, 400, 600))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right by a quarter: what was left comes up
    out = io.BytesIO()
    lying.save(out, "JPEG", exif=exif.tobytes())
    with Image.open(io.BytesIO(uploads.portrait(out.getvalue()))) as image:
        red, _, blue = image.getpixel((206, 40))
        assert blue > 200 > red


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("JPEG", "CMYK"), ("PNG", "I;16"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "1"), ("JPEG", "L")],
)
def test_every_kind_of_pixel_is_brought_to_one(kind: str, mode: str) -> None:
    with Image.open(io.BytesIO(uploads.portrait(picture(kind, mode=mode)))) as image:
        assert image.mode == "RGB"


def test_what_is_transparent_becomes_white() -> None:
    with Image.open(io.BytesIO(uploads.portrait(picture("PNG", mode="RGBA")))) as image:
        assert image.getpixel((200, 200)) == (255, 255, 255)


def test_a_paper_is_a_picture_or_a_pdf() -> None:
    assert uploads.document(b"%PDF-1.7 ...")[1] == ".pdf"
    assert uploads.document(picture())[1] == ".jpg"
    with pytest.raises(RegistryError):
        uploads.document(b"MZ\x90")


def noise() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((600, 800), 90).save(out, "JPEG")
    return out.getvalue()


def bomb(side: int) -> bytes:
    """A PNG of ``side`` by ``side`` white pixels in a few kilobytes."""
    rows = zlib.compressobj(9)
    packed = b"".join(rows.compress(b"\0" * (side // 8 + 2)) for _ in range(side)) + rows.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body
