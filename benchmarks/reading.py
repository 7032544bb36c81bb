"""Reading codes from a simulated 720p camera: the share read, wrong reads, and the time of a read.

Texts as long as an identity code's (760 random bytes) in both forms are drawn by ``credential.qr`` and
photographed in simulation under medium wear: 2.5 pixels a module, 4 degrees of rotation, 10 degrees of
perspective, Gaussian blur of 0.8 px, noise of sigma 8, JPEG quality 60, from a fixed seed. Run as
``python -m benchmarks.reading [SAMPLES]``; the goal is printed beside the figure and fails nothing.
"""

from __future__ import annotations

import itertools
import math
import statistics
import sys
import time
from io import BytesIO
from typing import Any, Final

import base45
import numpy as np
from PIL import Image, ImageFilter

from credential import qr
from credential.errors import CredentialError
from verifier import scan

GOAL_READ: Final = 0.95
SAMPLES: Final = 200

_SEED: Final = 20261123
_CODE_BYTES: Final = 760
_FRAME: Final = (1280, 720)
_DRAWN_PX: Final = 10  # pixels a module before the camera: fine enough for the camera to blur
_MODULE_PX: Final = 2.5
_ROTATION: Final = math.radians(4)
_PERSPECTIVE: Final = math.radians(10)
_BLUR_PX: Final = 0.8
_NOISE: Final = 8.0
_JPEG_QUALITY: Final = 60


def texts(samples: int, rng: np.random.Generator) -> list[str]:
    """``samples`` texts like an identity code's, the two forms in turn."""
    forms = itertools.cycle((_link, _bare))
    return [form(rng.bytes(_CODE_BYTES)) for form in itertools.islice(forms, samples)]


def photograph(code: bytes, rng: np.random.Generator) -> bytes:
    """A worn camera frame, as JPEG, of the drawn ``code`` at a random place in it."""
    flat = Image.open(BytesIO(code)).convert("L")
    corners = _seen_corners(flat.width, rng)
    frame = flat.transform(
        (_FRAME[0] * 2, _FRAME[1] * 2),
        Image.Transform.PERSPECTIVE,
        _coefficients([(2 * x, 2 * y) for x, y in corners], flat.width),
        Image.Resampling.BICUBIC,
        fillcolor=190,
    ).reduce(2)
    frame = frame.filter(ImageFilter.GaussianBlur(_BLUR_PX))
    seen = np.asarray(frame, float) + rng.normal(0, _NOISE, (_FRAME[1], _FRAME[0]))
    out = BytesIO()
    Image.fromarray(seen.clip(0, 255).astype(np.uint8)).save(out, "JPEG", quality=_JPEG_QUALITY)
    return out.getvalue()


def run(samples: int) -> dict[str, Any]:
    """The figures over ``samples`` frames: ``share_read``, ``wrong_reads``, ``median_ms``, ``p95_ms``."""
    rng = np.random.default_rng(_SEED)
    read = wrong = 0
    took_ms = []
    versions = set()
    for text in texts(samples, rng):
        versions.add(qr.plan(text, "identity-code").version)
        frame = photograph(qr.png(text, "identity-code", module_px=_DRAWN_PX), rng)
        start = time.perf_counter()
        try:
            found: tuple[str, ...] = scan.read(frame)
        except CredentialError:
            found = ()
        took_ms.append((time.perf_counter() - start) * 1000)
        read += found == (text,)
        wrong += any(other != text for other in found)
    return {
        "samples": samples,
        "versions": sorted(versions),
        "share_read": read / samples,
        "goal_share_read": GOAL_READ,
        "wrong_reads": wrong,
        "median_ms": round(statistics.median(took_ms), 1),
        "p95_ms": round(sorted(took_ms)[int(samples * 0.95)], 1),
    }


def _link(body: bytes) -> str:
    number = int.from_bytes(b"\x01" + body, "big")
    return f"https://yz.example/v#{number}"


def _bare(body: bytes) -> str:
    return str(base45.b45encode(body), "ascii")


def _seen_corners(side: int, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Where the corners of the square code stand in the frame: turned, tilted, seen from 3 sides away."""
    px = side / _DRAWN_PX * _MODULE_PX
    turn = rng.choice([-1, 1]) * _ROTATION
    tilt = rng.choice([-1, 1]) * _PERSPECTIVE
    axis = rng.uniform(0, math.tau)
    reach = px * 0.75
    centre = [rng.uniform(reach, length - reach) for length in _FRAME]
    corners = []
    for x, y in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)):
        a = x * math.cos(turn) - y * math.sin(turn)
        b = x * math.sin(turn) + y * math.cos(turn)
        along = a * math.cos(axis) + b * math.sin(axis)
        across = -a * math.sin(axis) + b * math.cos(axis)
        scale = 3 / (3 + across * math.sin(tilt))
        along, across = along * scale, across * math.cos(tilt) * scale
        a = along * math.cos(axis) - across * math.sin(axis)
        b = along * math.sin(axis) + across * math.cos(axis)
        corners.append((centre[0] + px * a, centre[1] + px * b))
    return corners


def _coefficients(seen: list[tuple[float, float]], side: int) -> list[float]:
    """The eight numbers that take a point of the frame back to the flat code (Pillow's PERSPECTIVE)."""
    flat = ((0, 0), (side, 0), (side, side), (0, side))
    rows, values = [], []
    for (x, y), (u, v) in zip(seen, flat, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    solved: list[float] = np.linalg.solve(np.array(rows, float), np.array(values, float)).tolist()
    return solved


if __name__ == "__main__":
    figures = run(int(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES)
    print(f"read         {figures['share_read']:.1%}  (goal {GOAL_READ:.0%})")
    print(f"wrong reads  {figures['wrong_reads']}  (goal 0)")
    print(f"a read       median {figures['median_ms']} ms, 95 % within {figures['p95_ms']} ms")
    print(f"             {figures['samples']} frames, QR version {figures['versions']}")
