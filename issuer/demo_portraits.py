"""Drawn portraits of invented physicians, for the demo and the tests.

Six cartoon faces in the shape of a Chinese ID photo (413 x 579 pixels, white ground, white coat). They
are drawn from ellipses and polygons by this file alone, so the project needs no picture of any person
and no font, and the same number always gives the same pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw

SIZE_PX: Final = (413, 579)
MEN: Final = (0, 2, 4)
WOMEN: Final = (1, 3, 5)

_FINE: Final = 3  # drawn this many times larger, then reduced: smooth edges
_COAT, _COAT_EDGE = "#f3f6f9", "#9fb0bf"
_EYE_WHITE, _PUPIL, _FRAME = "#fdfdfd", "#1c1512", "#2b2b33"

Point = tuple[float, float]


class _Canvas:
    """ImageDraw in ID photo pixels, a mirrored twin of a shape included."""

    def __init__(self) -> None:
        width, height = SIZE_PX
        self.image = Image.new("RGB", (width * _FINE, height * _FINE), "white")
        self._draw = ImageDraw.Draw(self.image)

    def oval(self, x: float, y: float, rx: float, ry: float, fill: str) -> None:
        self._draw.ellipse(_fine((x - rx, y - ry), (x + rx, y + ry)), fill=fill)

    def ovals(self, dx: float, y: float, rx: float, ry: float, fill: str) -> None:
        """Two ovals, ``dx`` left and right of the middle."""
        self.oval(_MIDDLE - dx, y, rx, ry, fill)
        self.oval(_MIDDLE + dx, y, rx, ry, fill)

    def arc(
        self, x: float, y: float, rx: float, ry: float, *, span: Point, fill: str, width: float
    ) -> None:
        box = _fine((x - rx, y - ry), (x + rx, y + ry))
        self._draw.arc(box, *span, fill=fill, width=round(width * _FINE))

    def shape(self, points: Sequence[Point], fill: str, edge: str | None = None) -> None:
        self._draw.polygon(_fine(*points), fill=fill)
        if edge:
            self.line([*points, points[0]], edge, 3)

    def twins(self, points: Sequence[Point], fill: str, edge: str | None = None) -> None:
        """A shape and its mirror image."""
        self.shape(points, fill, edge)
        self.shape([(2 * _MIDDLE - x, y) for x, y in points], fill, edge)

    def lock(self, points: Sequence[Point], colour: str) -> None:
        """Hair, its corners rounded."""
        self.shape(_rounded(points), colour)

    def locks(self, points: Sequence[Point], colour: str) -> None:
        """Hair and its mirror image."""
        self.twins(_rounded(points), colour)

    def line(self, points: Sequence[Point], fill: str, width: float) -> None:
        self._draw.line(_fine(*points), fill=fill, width=round(width * _FINE), joint="curve")

    def box(self, corner: Point, far_corner: Point, radius: float, fill: str) -> None:
        self._draw.rounded_rectangle(_fine(corner, far_corner), radius * _FINE, fill=fill)


_MIDDLE: Final = SIZE_PX[0] / 2
_FACE_Y: Final = 262.0
_CLOSE_UP: Final = (30, 56, 383, 551)  # head and shoulders, in the shape of SIZE_PX

Hair = Callable[[_Canvas, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What makes one face differ from the next. Colours are CSS hex."""

    skin: str
    shade: str
    hair: str
    behind: Hair
    before: Hair
    brow: str
    lips: str
    shirt: str
    face: Point = (92, 120)
    smile: float = 14
    glasses: bool = False
    moustache: bool = False
    lines: bool = False


def portrait(number: int) -> bytes:
    """A PNG of 413 x 579 pixels; the faces repeat after the last."""
    look = _LOOKS[number % len(_LOOKS)]
    canvas = _Canvas()
    look.behind(canvas, look.hair)
    _body(canvas, look)
    _head(canvas, look)
    look.before(canvas, look.hair)
    if look.glasses:
        _glasses(canvas)
    out = BytesIO()
    left, top, right, bottom = (edge * _FINE for edge in _CLOSE_UP)
    close_up = (left, top, right, bottom)
    canvas.image.resize(SIZE_PX, Image.Resampling.LANCZOS, box=close_up).save(out, "PNG")
    return out.getvalue()


def _body(canvas: _Canvas, look: _Look) -> None:
    coat = [(20, 579), (34, 500), (74, 462), (150, 432), (206.5, 470)]
    canvas.box((_MIDDLE - 42, 330), (_MIDDLE + 42, 470), 20, look.shade)
    canvas.twins([*coat, (206.5, 579)], _COAT)
    canvas.line([(20, 579), (34, 500), (74, 462), (150, 432)], _COAT_EDGE, 5)
    canvas.line([(393, 579), (379, 500), (339, 462), (263, 432)], _COAT_EDGE, 5)
    canvas.shape([(158, 430), (206.5, 478), (255, 430), (232, 579), (181, 579)], look.shirt)
    canvas.shape([(165, 420), (206.5, 466), (248, 420), (206.5, 440)], look.shade)
    canvas.twins(
        [(152, 428), (118, 474), (140, 500), (130, 516), (192, 579), (176, 500)], _COAT, _COAT_EDGE
    )


def _head(canvas: _Canvas, look: _Look) -> None:
    rx, ry = look.face
    canvas.ovals(rx - 2, _FACE_Y + 6, 17, 27, look.shade)
    canvas.oval(_MIDDLE, _FACE_Y, rx, ry, look.skin)
    canvas.oval(_MIDDLE, _FACE_Y + ry * 0.45, rx * 0.78, ry * 0.55, look.skin)
    for side in (-1, 1):
        x = _MIDDLE + side * 39
        canvas.oval(x, _FACE_Y - 2, 19, 10, _EYE_WHITE)
        canvas.oval(x, _FACE_Y - 2, 9.5, 10, look.brow)
        canvas.oval(x, _FACE_Y - 2, 5, 6, _PUPIL)
        canvas.oval(x + 3, _FACE_Y - 5, 2.5, 2.5, _EYE_WHITE)
        canvas.arc(x, _FACE_Y + 2, 21, 15, span=(195, 345), fill=_PUPIL, width=4)
        canvas.arc(x, _FACE_Y - 16, 27, 17, span=(205, 335), fill=look.brow, width=8)
    canvas.line(
        [(_MIDDLE - 3, _FACE_Y + 8), (_MIDDLE - 11, _FACE_Y + 40), (_MIDDLE + 8, _FACE_Y + 43)],
        look.shade,
        5,
    )
    mouth_y = _FACE_Y + 70
    canvas.arc(
        _MIDDLE, mouth_y - look.smile, 34, look.smile + 6, span=(25, 155), fill=look.lips, width=9
    )
    if look.moustache:
        canvas.twins(
            [(_MIDDLE, mouth_y - 16), (_MIDDLE - 36, mouth_y - 2), (_MIDDLE, mouth_y - 7)],
            look.hair,
        )
    if look.lines:
        for side, span in ((-1, (150, 215)), (1, (-35, 30))):
            canvas.arc(
                _MIDDLE + side * 30, _FACE_Y + 58, 20, 26, span=span, fill=look.shade, width=4
            )


def _glasses(canvas: _Canvas) -> None:
    for side in (-1, 1):
        x = _MIDDLE + side * 40
        canvas.arc(x, _FACE_Y, 31, 25, span=(0, 360), fill=_FRAME, width=5)
        canvas.line([(x + side * 31, _FACE_Y - 4), (_MIDDLE + side * 90, _FACE_Y - 12)], _FRAME, 5)
    canvas.arc(_MIDDLE, _FACE_Y, 10, 8, span=(190, 350), fill=_FRAME, width=5)


def _fine(*points: Point) -> list[Point]:
    return [(x * _FINE, y * _FINE) for x, y in points]


def _rounded(points: Sequence[Point]) -> list[Point]:
    """The polygon with its corners cut three times over (Chaikin)."""
    for _ in range(3):
        points = [
            (near[0] * 0.75 + far[0] * 0.25, near[1] * 0.75 + far[1] * 0.25)
            for start, end in zip(points, [*points[1:], points[0]], strict=True)
            for near, far in ((start, end), (end, start))
        ]
    return list(points)


# --- hair: what lies behind the head, and what lies on it ------------------------------------------


def _none(canvas: _Canvas, colour: str) -> None:
    """Nothing shows on this side of the head."""


def _long(canvas: _Canvas, colour: str) -> None:
    canvas.oval(_MIDDLE, 236, 122, 140, colour)
    canvas.box((_MIDDLE - 122, 230), (_MIDDLE + 122, 470), 46, colour)


def _bob(canvas: _Canvas, colour: str) -> None:
    canvas.oval(_MIDDLE, 232, 120, 134, colour)
    canvas.box((_MIDDLE - 120, 230), (_MIDDLE + 120, 374), 40, colour)


def _bun(canvas: _Canvas, colour: str) -> None:
    canvas.oval(_MIDDLE, 118, 44, 40, colour)
    canvas.oval(_MIDDLE, 228, 100, 116, colour)


def _cropped(canvas: _Canvas, colour: str) -> None:
    canvas.oval(_MIDDLE, 222, 102, 108, colour)


def _parted(canvas: _Canvas, colour: str) -> None:
    """Hair combed from a parting at the side."""
    canvas.lock(
        [
            (115, 248),
            (104, 200),
            (124, 146),
            (172, 118),
            (232, 114),
            (286, 142),
            (309, 200),
            (298, 248),
            (288, 206),
            (246, 188),
            (168, 160),
            (134, 204),
        ],
        colour,
    )


def _middle(canvas: _Canvas, colour: str) -> None:
    """Hair falling to both sides of a parting in the middle."""
    canvas.locks(
        [(206.5, 112), (150, 122), (108, 168), (98, 262), (116, 262), (140, 206), (206.5, 142)],
        colour,
    )


def _fringe(canvas: _Canvas, colour: str) -> None:
    """A straight fringe over the forehead."""
    canvas.locks(
        [(246, 108), (140, 122), (100, 176), (92, 290), (116, 290), (122, 212), (246, 222)],
        colour,
    )


def _receding(canvas: _Canvas, colour: str) -> None:
    """Grey hair left at the temples."""
    canvas.locks([(168, 128), (118, 158), (104, 214), (112, 262), (126, 214), (150, 168)], colour)


def _swept(canvas: _Canvas, colour: str) -> None:
    """Hair combed straight back."""
    canvas.locks(
        [(232, 106), (146, 120), (106, 178), (110, 246), (128, 200), (162, 168), (222, 164)],
        colour,
    )


_LOOKS: Final = (
    _Look(
        skin="#f1c9a5",
        shade="#d9a47c",
        hair="#1d1a1c",
        behind=_cropped,
        before=_parted,
        brow="#2a211f",
        lips="#b4645a",
        shirt="#5b8fc7",
    ),
    _Look(
        skin="#f6d5b8",
        shade="#e0ae8b",
        hair="#2b1d18",
        behind=_long,
        before=_middle,
        brow="#3a2a22",
        lips="#c94f55",
        shirt="#c98aa0",
        face=(88, 116),
        smile=20,
    ),
    _Look(
        skin="#e3b48c",
        shade="#c48d63",
        hair="#9aa0a6",
        behind=_none,
        before=_receding,
        brow="#6d6f72",
        lips="#a4584d",
        shirt="#46705a",
        face=(96, 122),
        smile=9,
        glasses=True,
        lines=True,
    ),
    _Look(
        skin="#f3cda9",
        shade="#d8a67f",
        hair="#15151b",
        behind=_bob,
        before=_fringe,
        brow="#24201f",
        lips="#bf5560",
        shirt="#7a6fb3",
        face=(94, 114),
        smile=11,
        glasses=True,
    ),
    _Look(
        skin="#c98f63",
        shade="#a56d45",
        hair="#120f0e",
        behind=_cropped,
        before=_swept,
        brow="#1d1512",
        lips="#8d463d",
        shirt="#b5533c",
        face=(95, 124),
        smile=17,
        moustache=True,
    ),
    _Look(
        skin="#efc19b",
        shade="#d29a72",
        hair="#5a3a26",
        behind=_bun,
        before=_swept,
        brow="#4a3022",
        lips="#c2474b",
        shirt="#3f9aa3",
        face=(86, 118),
        smile=16,
    ),
)
