"""个人照片 in a real browser: a landscape picture from a phone is cut to the portrait's ratio where its owner
wants it, and nothing but the pixels that were seen is kept."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from registry import models
from registry.record import PhotoState
from registry.store import Store
from tests.web.test_journeys import WHO, K, fill, sign_in

GPS, MAKE = 0x8825, 0x010F
RED, BLUE = (200, 30, 30), (30, 30, 200)


def from_a_phone() -> bytes:
    """1600×900, red on the left and blue on the right, with the place it was taken at."""
    image = Image.new("RGB", (1600, 900), RED)
    image.paste(BLUE, (800, 0, 1600, 900))
    exif = Image.Exif()
    exif[MAKE] = "SECRETCAMERA"
    exif.get_ifd(GPS).update({1: "N", 2: (20.0, 2.0, 3.0), 3: "E", 4: (110.0, 20.0, 3.0)})
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, comment=b"SECRETCOMMENT", quality=92)
    assert GPS in Image.open(io.BytesIO(out.getvalue())).getexif()
    return out.getvalue()


@pytest.mark.parametrize(("dragged", "side"), [(400, RED), (-400, BLUE)])
def test_the_part_that_was_chosen_is_kept_and_nothing_else(
    phone: Any, store: Store, dragged: int, side: tuple[int, int, int]
) -> None:
    canvas = to_the_photo(phone)
    file = {"name": "IMG_2026.jpg", "mimeType": "image/jpeg", "buffer": from_a_phone()}
    phone.set_input_files("input[name=photo_id]", file)
    canvas.wait_for()
    box = canvas.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    assert abs(box["width"] / box["height"] - 413 / 579) < 0.02
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    phone.mouse.move(*middle)
    phone.mouse.down()
    phone.mouse.move(middle[0] + dragged, middle[1], steps=8)
    phone.mouse.up()
    fitted = "document.querySelector('input[name=photo_id]').files[0].name === 'portrait.jpg'"
    phone.wait_for_function(fitted)
    phone.click("button[value=next]")
    phone.wait_for_url("**/2")
    kept = stored(store, WHO[K.FIRST_REGISTRATION])
    with Image.open(io.BytesIO(kept)) as image:
        assert image.size == (413, 579)
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}
        for at in ((20, 290), (206, 290), (392, 290)):
            seen = image.convert("RGB").getpixel(at)
            assert max(abs(a - b) for a, b in zip(seen, side, strict=True)) < 25, at
    assert b"SECRET" not in kept


def test_the_keyboard_moves_it_too(phone: Any) -> None:
    canvas = to_the_photo(phone)
    file = {"name": "IMG_2026.jpg", "mimeType": "image/jpeg", "buffer": from_a_phone()}
    phone.set_input_files("input[name=photo_id]", file)
    canvas.wait_for()
    pixel = "c => [...c.getContext('2d').getImageData(380, 290, 1, 1).data].slice(0, 3)"
    assert canvas.evaluate(pixel)[2] > 150  # the middle: blue on the right
    canvas.focus()
    for _ in range(40):
        phone.keyboard.press("ArrowRight")
    assert canvas.evaluate(pixel)[0] > 150


def to_the_photo(phone: Any) -> Any:
    """The page of a first registration that asks for the photo."""
    sign_in(phone, WHO[K.FIRST_REGISTRATION])
    phone.goto("/business/FIRST_REGISTRATION")
    phone.click("button:has-text('开始办理')")
    number = 1
    phone.wait_for_url(f"**/applications/*/{number}")
    while not phone.locator("input[name=photo_id]").count():
        fill(phone)
        phone.click("button[value=next]")
        number += 1
        phone.wait_for_url(f"**/applications/*/{number}")
    fill(phone)
    return phone.locator("canvas.crop")


def stored(store: Store, username: str) -> bytes:
    """The photo of somebody that waits for confirmation."""
    photos, accounts = models.photo, models.account
    query = (
        select(photos.c.image)
        .join(accounts, accounts.c.person_id == photos.c.person_id)
        .where(accounts.c.username == username, photos.c.state == PhotoState.PENDING)
    )
    with store.reading() as unit:
        return bytes(unit.connection.execute(query).scalar_one())
