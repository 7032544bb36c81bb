"""The badge as a picture: it verifies when scanned, says what was signed, and never prints a box."""

from __future__ import annotations

import io
import os
import random
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from credential import codelists, qr
from credential.claims import Badge, Face, Level
from credential.errors import CredentialError
from issuer import portrait
from issuer.demo_portraits import portrait as drawn
from tests import office
from tests.test_sizes import INSTITUTIONS, LONG
from verifier import scan, verify
from verifier.trust import Trust
from wallet import badge
from wallet.badge import CARD, DPI, LANYARD, PAPERS, Font, Paper
from wallet.errors import WalletError

FONTS = badge.installed()
NOTO = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc")
DEJAVU = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
needs_fonts = pytest.mark.skipif(
    not NOTO.exists() and not os.environ.get("REQUIRE_FONTS"),
    reason="fonts-noto-cjk is not installed: apt-get install fonts-noto-cjk",
)
pytestmark = needs_fonts
FACE = Face(portrait.reduce(drawn(2), **portrait.BADGE._asdict()))


def signed(**changes: object) -> bytes:
    return office.issued(office.credential(office.badge(**({"face": FACE} | changes))))


def draw(
    message: bytes, paper: Paper = CARD, *, photo: bytes = drawn(2), fonts: object = FONTS
) -> bytes:
    return badge.draw(message, host=office.HOST, portrait=photo, paper=paper, fonts=fonts)  # type: ignore[arg-type]


def refused(**changes: object) -> str:
    with pytest.raises(WalletError) as told:
        draw(signed(**changes))
    return told.value.reason


def pixels(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    image.load()
    return image


# --- the picture ----------------------------------------------------------------------------------


@pytest.mark.parametrize("paper", PAPERS.values(), ids=list(PAPERS))
def test_a_badge_picture_is_scanned_and_verified(paper: Paper, trust: Trust) -> None:
    message = signed()
    (text,) = scan.read(draw(message, paper))
    verified = verify(text, trust=trust, now=office.at(office.NOW))
    assert verified.credential.facts == office.badge(face=FACE)
    assert text == office.link(message)


@pytest.mark.parametrize("reader", [scan.zxing, scan.zbar], ids=["zxing-cpp", "zbar"])
@pytest.mark.parametrize("paper", PAPERS.values(), ids=list(PAPERS))
def test_the_densest_badges_are_read_from_the_picture(
    paper: Paper, reader: scan.Reader, trust: Trust
) -> None:
    """Long minority names, long institutions, and portraits that use all of their bytes."""
    if len(scan.reader_names()) < 2 and reader is scan.zbar:
        pytest.skip("libzbar is not installed")
    chance = random.Random(4)
    for name in LONG:
        institution = max(INSTITUTIONS, key=len)
        message = signed(name=name, institution=institution, face=Face(chance.randbytes(300)))
        (text,) = scan.read(draw(message, paper), readers=(reader,))
        facts = verify(text, trust=trust, now=office.at(office.NOW)).credential.facts
        assert isinstance(facts, Badge)
        assert (facts.name, facts.institution) == (name, institution)


@pytest.mark.parametrize(
    ("paper", "size"), [(CARD, (638, 1016)), (LANYARD, (874, 1240))], ids=["54 x 86 mm", "A7"]
)
def test_size_and_resolution_are_those_of_the_paper(paper: Paper, size: tuple[int, int]) -> None:
    image = pixels(draw(signed(), paper))
    assert (image.format, image.size, image.mode) == ("PNG", size, "RGB")
    assert image.info["dpi"] == pytest.approx((DPI, DPI), abs=0.1)
    alone = pixels(badge.code_picture(signed(), host=office.HOST, paper=paper))
    assert alone.info["dpi"] == pytest.approx((DPI, DPI), abs=0.1)


def test_the_code_has_its_quiet_zone_and_modules_of_whole_dots() -> None:
    message = signed()
    modules = len(qr.matrix(office.link(message), "badge"))
    image = pixels(draw(message)).convert("L")
    module_px = int(40 * 638 / 54) // modules
    side = modules * module_px
    assert module_px >= 4  # a third of a millimetre
    left, top = (638 - side) // 2, 1016 - side - 12
    code = image.crop((left, top, left + side, top + side))
    assert sorted(set(code.tobytes())) == [0, 255]
    quiet = 4 * module_px
    for edge in ((0, 0, side, quiet), (0, side - quiet, side, side), (0, 0, quiet, side), (side - quiet, 0, side, side)):  # fmt: skip
        assert set(code.crop(edge).tobytes()) == {255}


@pytest.mark.parametrize("paper", PAPERS.values(), ids=list(PAPERS))
def test_the_code_alone_is_scanned_and_verified(paper: Paper, trust: Trust) -> None:
    (text,) = scan.read(badge.code_picture(signed(), host=office.HOST, paper=paper))
    assert verify(text, trust=trust, now=office.at(office.NOW)).credential.facts.name == "甲示例"


def test_the_band_tells_the_level() -> None:
    bands = {}
    for level in Level:
        image = pixels(draw(signed(level=level)))
        bands[level] = image.getpixel((5, 5))
        assert image.crop((0, 0, 638, 88)).getcolors() != [
            (638 * 88, bands[level])
        ]  # and its words
    assert bands == {Level.PHYSICIAN: (15, 118, 110), Level.ASSISTANT: (71, 85, 105)}


def test_the_photo_is_the_confirmed_one_upright_and_not_stretched() -> None:
    red = Image.new("RGB", (400, 400), "red")
    red.paste("blue", (0, 0, 50, 400))  # cropped away: 3:4 leaves the middle 300 columns
    red.paste("blue", (350, 0, 400, 400))
    out = io.BytesIO()
    red.save(out, "PNG")
    image = pixels(draw(signed(), photo=out.getvalue()))
    colours = {colour for _, colour in image.getcolors(1 << 20) or []}
    assert (255, 0, 0) in colours
    assert (0, 0, 255) not in colours
    red_only = ImageChops.subtract(image.getchannel("R"), image.getchannel("G"))
    box = red_only.point(lambda value: 255 if value == 255 else 0).getbbox()
    assert box is not None
    assert (box[2] - box[0]) / (box[3] - box[1]) == pytest.approx(3 / 4, abs=0.01)


def test_nothing_of_the_photos_file_comes_along() -> None:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "a secret of the camera"
    with Image.open(io.BytesIO(drawn(1))) as photo:
        photo.convert("RGB").save(out, "JPEG", exif=exif, comment=b"a secret of the camera")
    assert b"a secret" in out.getvalue()
    png = draw(signed(), photo=out.getvalue())
    assert b"a secret" not in png
    assert set(pixels(png).info) == {"dpi"}


def test_what_is_printed_comes_from_the_signed_badge() -> None:
    with pytest.raises(WalletError, match="NOT_A_BADGE"):
        draw(office.issued(office.credential(office.licence())))
    with pytest.raises(WalletError, match="NOT_A_BADGE"):
        badge.code_picture(
            office.issued(office.credential(office.licence())), host=office.HOST, paper=CARD
        )
    assert draw(signed()) != draw(signed(name="乙示例"))
    assert draw(signed()) == draw(signed())


@pytest.mark.parametrize(
    ("photo", "code"),
    [(b"", "IMAGE_INVALID"), (b"GIF89a", "FILE_TYPE"), (drawn(1)[:99], "IMAGE_INVALID")],
)
def test_a_photo_that_is_none_is_refused(photo: bytes, code: str) -> None:
    with pytest.raises(CredentialError, match=code):
        draw(signed(), photo=photo)


# --- every character, or none ---------------------------------------------------------------------

RARE = [
    "㛃𠮷",
    "龘靐齉",
    "𫖯𬸚",
    "𣸣䶮",
    "喆堃",
    "阿依古丽·买买提江",
    "努尔艾合买提·阿布都热依木",
    "〇三",
]


@pytest.mark.parametrize("name", RARE)
def test_a_rare_character_is_drawn(name: str, trust: Trust) -> None:
    font = next(font for font in FONTS if font.covers(name))
    (text,) = scan.read(draw(signed(name=name)))
    assert verify(text, trust=trust, now=office.at(office.NOW)).credential.facts.name == name
    # Each has a shape of its own, none of them the font's box.
    shapes = {bytes(font.sized(40).getmask(each)) for each in name}
    assert len(shapes) == len(set(name))
    assert bytes(font.sized(40).getmask("\U0010ffff")) not in shapes


@pytest.mark.parametrize("name", ["甲\U00031350", "བཀྲ་ཤིས", "ᠪᠠᠲᠤ", "甲\U000e0100示例", "甲\ufffe"])
def test_a_character_without_a_glyph_refuses_the_picture(name: str) -> None:
    assert refused(name=name) == "CHARACTER_MISSING:name"


def test_a_font_without_the_character_is_passed_over() -> None:
    latin = Font(str(DEJAVU))
    if not DEJAVU.exists():
        pytest.skip("DejaVu is not installed")
    assert latin.covers("Yizheng 123")
    assert not latin.covers("甲")
    assert draw(signed(), fonts=(latin, *FONTS)) == draw(signed())
    with pytest.raises(WalletError, match="CHARACTER_MISSING:level"):
        draw(signed(), fonts=(latin,))


def test_without_any_font_the_picture_is_refused() -> None:
    with pytest.raises(WalletError, match="FONT_MISSING"):
        draw(signed(), fonts=())


def test_the_words_of_level_and_title_are_covered() -> None:
    for codelist in ("level", "title"):
        for text in codelists.names(codelist).values():
            assert any(font.covers(text.zh) for font in FONTS), text.zh


def test_a_text_that_does_not_fit_is_refused_and_not_cut() -> None:
    assert refused(name="甲" * 60) == "TEXT_DOES_NOT_FIT:name"
    assert refused(institution="示范医院" * 20) == "TEXT_DOES_NOT_FIT:institution"
    assert draw(signed(name="甲" * 26))
    assert draw(signed(institution="示范医院" * 10))


def test_a_title_may_be_absent() -> None:
    assert pixels(draw(signed(title=0))).size == (638, 1016)


def test_the_face_for_mainland_forms_is_taken() -> None:
    """One collection draws the same character as in Japan, Korea, Taiwan, Hong Kong or the mainland."""
    collection = next(font for font in FONTS if font.path == str(NOTO))
    assert collection.sized(20).getname()[0] == "Noto Sans CJK SC"
