"""Drawing: the level and version chosen, the segments, and what stands in the files."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from xml.etree import ElementTree  # our own SVG only

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credential import envelope, qr
from credential.errors import Code, CredentialError
from credential.qr import Mode, Segment

KINDS = ("licence", "badge", "identity-code", "default")
LEVELS = ("H", "Q", "M", "L")


def link(count: int) -> str:
    return "https://yz.example/v#" + ("1234567890" * 1000)[:count]


def bare(count: int) -> str:
    return ("6BF$%NC" * 1000)[:count]


def test_a_link_is_a_byte_segment_then_a_numeric_one() -> None:
    assert qr.plan("https://yz.example/v#1234", "badge").segments == (
        Segment(Mode.BYTE, "https://yz.example/v#"),
        Segment(Mode.NUMERIC, "1234"),
    )


def test_bare_text_is_one_alphanumeric_segment() -> None:
    text = envelope.bare(b"\xd2" + bytes(range(200)))
    assert qr.plan(text, "badge").segments == (Segment(Mode.ALPHANUMERIC, text),)


@pytest.mark.parametrize(
    "text", ["hello", "https://yz.example/v#", "https://yz.example/v#12a", "医证"]
)
def test_any_other_text_is_one_byte_segment(text: str) -> None:
    assert qr.plan(text, "default").segments == (Segment(Mode.BYTE, text),)


# ISO/IEC 18004:2015, table 7: characters that fill a symbol, and one more does not fit.
@pytest.mark.parametrize(
    ("segment", "version", "level_bits"),
    [
        (Segment(Mode.NUMERIC, "1" * 7089), 40, 23648),
        (Segment(Mode.ALPHANUMERIC, "A" * 4296), 40, 23648),
        (Segment(Mode.BYTE, "a" * 2953), 40, 23648),
        (Segment(Mode.NUMERIC, "1" * 41), 1, 152),
        (Segment(Mode.ALPHANUMERIC, "A" * 25), 1, 152),
        (Segment(Mode.BYTE, "a" * 17), 1, 152),
        (Segment(Mode.NUMERIC, "1" * 652), 10, 2192),
        (Segment(Mode.ALPHANUMERIC, "A" * 2132), 27, 11744),
    ],
)
def test_segments_take_the_bits_of_the_standard(
    segment: Segment, version: int, level_bits: int
) -> None:
    more = Segment(segment.mode, segment.text + segment.text[:1])
    assert segment.bits(version) <= level_bits < more.bits(version)


@pytest.mark.parametrize(
    ("text", "kind", "version", "level"),
    [
        # 20-L holds 6888 bits; 4+16+168 go to the address, 4+12 to the count of digits: 2005 digits.
        (link(2005), "identity-code", 20, "L"),
        (link(2006), "identity-code", 21, "L"),
        (bare(1249), "identity-code", 20, "L"),  # table 7: 1249 alphanumeric characters
        (bare(970), "identity-code", 20, "M"),
        (bare(971), "identity-code", 18, "L"),
        (bare(1853), "licence", 25, "L"),
        (bare(1451), "licence", 25, "M"),
        (bare(1035), "licence", 25, "Q"),
        (bare(779), "licence", 25, "H"),
        (bare(1134), "badge", 22, "M"),
        (bare(1), "default", 1, "H"),
    ],
)
def test_the_strongest_level_within_the_budget_is_chosen(
    text: str, kind: str, version: int, level: str
) -> None:
    planned = qr.plan(text, kind)
    assert (planned.version, planned.level) == (version, level)


@pytest.mark.parametrize("kind", KINDS)
@given(count=st.integers(1, 4296))
def test_no_stronger_level_and_no_smaller_version_would_do(kind: str, count: int) -> None:
    planned = qr.plan(bare(count), kind)
    budget = {"licence": (25, "L"), "badge": (22, "M")}.get(kind, (20, "L"))
    assert planned.version == 1 or not _fits(planned.segments, planned.version - 1, planned.level)
    for stronger in LEVELS[: LEVELS.index(planned.level)]:
        allowed = LEVELS.index(stronger) <= LEVELS.index(budget[1])
        assert not (allowed and _fits(planned.segments, budget[0], stronger))


def _fits(segments: tuple[Segment, ...], version: int, level: str) -> bool:
    from qrcode.base import rs_blocks
    from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q

    number = dict(
        zip(
            "HQML",
            (ERROR_CORRECT_H, ERROR_CORRECT_Q, ERROR_CORRECT_M, ERROR_CORRECT_L),
            strict=True,
        )
    )[level]
    capacity = 8 * sum(block.data_count for block in rs_blocks(version, number))
    return sum(segment.bits(version) for segment in segments) <= capacity


def test_a_licence_over_its_budget_is_still_drawn() -> None:
    planned = qr.plan(bare(1854), "licence")
    assert (planned.version, planned.level) == (26, "L")


def test_a_badge_over_its_budget_falls_to_the_smallest_code_there_is() -> None:
    planned = qr.plan(bare(1135), "badge")
    assert planned.level == "L"
    assert planned.version < 22


def test_the_longest_text_of_the_format_is_drawn() -> None:
    assert qr.plan(bare(4296), "licence").version == 40


@pytest.mark.parametrize("text", [bare(4297), link(7100), "a" * 2954, "医" * 985])
def test_what_no_code_holds_is_refused(text: str) -> None:
    with pytest.raises(CredentialError) as refused:
        qr.plan(text, "licence")
    assert refused.value.code is Code.TEXT_TOO_LONG


def test_nothing_is_not_drawn() -> None:
    with pytest.raises(ValueError, match="nothing"):
        qr.plan("", "licence")


def test_an_unknown_kind_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        qr.plan("A", "passport")


@pytest.mark.parametrize("kind", KINDS)
def test_the_quiet_zone_is_four_light_modules_all_round(kind: str) -> None:
    modules = qr.matrix(bare(300), kind)
    side = len(modules)
    assert side == 17 + 4 * qr.plan(bare(300), kind).version + 8
    edge = {*range(4), *range(side - 4, side)}
    assert not any(modules[y][x] for y in range(side) for x in range(side) if {x, y} & edge)
    assert modules[4][4]  # the corner of a finder pattern


def test_a_png_is_one_bit_a_pixel_and_holds_only_the_picture() -> None:
    from PIL import Image

    drawn = qr.png(bare(300), "licence", module_px=3)
    image = Image.open(BytesIO(drawn))
    assert (image.format, image.mode, image.info) == ("PNG", "1", {})
    assert image.width == image.height == 3 * len(qr.matrix(bare(300), "licence"))
    assert drawn == qr.png(bare(300), "licence", module_px=3)


def test_png_and_svg_show_the_same_modules() -> None:
    from PIL import Image

    modules = qr.matrix("https://yz.example/v#1234567890", "badge")
    image = Image.open(BytesIO(qr.png("https://yz.example/v#1234567890", "badge", module_px=1)))
    assert modules == tuple(
        tuple(image.getpixel((x, y)) == 0 for x in range(image.width)) for y in range(image.height)
    )
    root = ElementTree.fromstring(qr.svg("https://yz.example/v#1234567890", "badge"))  # noqa: S314
    side = len(modules)
    assert root.get("viewBox") == f"0 0 {side} {side}"
    assert "width" not in root.attrib
    (path,) = root.iter("{http://www.w3.org/2000/svg}path")
    dark = set()
    for run in path.get("d", "").split("M")[1:]:
        x, rest = run.split(" ")
        y, length = rest.removesuffix("z").split("h")[:2]
        dark |= {(int(y), int(x) + step) for step in range(int(length.removesuffix("v1")))}
    assert dark == {(y, x) for y in range(side) for x in range(side) if modules[y][x]}


def test_only_drawing_imports_the_drawing_libraries() -> None:
    program = (
        "import sys; from credential import qr; loaded = {'qrcode', 'PIL'} & set(sys.modules);"
        "before = sorted(loaded); qr.png('A', 'default');"
        "print(before, {'qrcode', 'PIL'} <= set(sys.modules))"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "[] True"
