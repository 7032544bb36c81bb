"""Draws one picture anew: from standard input to standard output, in a process that may be killed.

python -m registry.web.redraw portrait|picture < in > out.jpg
"""

from __future__ import annotations

import io
import sys

from PIL import Image, ImageOps

from registry.web.uploads import PORTRAIT, limit_this_process

_SIDE = 2000


def redraw(data: bytes, how: str) -> bytes:
    """The picture as a plain JPEG: upright, on white, with nothing but its pixels."""
    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as opened:
        image = ImageOps.exif_transpose(opened)
        flat = Image.new("RGB", image.size, "white")
        seen = image.convert("RGBA")
        flat.paste(seen, mask=seen.getchannel("A"))
    if how == "portrait":
        flat = ImageOps.fit(flat, PORTRAIT, Image.Resampling.LANCZOS, centering=(0.5, 0.35))
    else:
        flat.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=88, optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    limit_this_process()
    sys.stdout.buffer.write(redraw(sys.stdin.buffer.read(), sys.argv[1]))
