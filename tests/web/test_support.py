"""技术支持 and 意见反馈 on the pages: limits, pictures, whose they are, and one question in a real browser."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select, update

from registry import help_desk, models
from registry.store import Store
from tests.web.conftest import SignIn, Visitor, hidden
from tests.web.test_journeys import sign_in

ASKED = {"subject": "REGISTRATION", "province": "46", "question": "退回后怎样修改？", "detail": ""}


def picture(colour: str = "red", kind: str = "JPEG", **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(out, kind, **more)
    return out.getvalue()


def ask(visitor: Visitor, *files: bytes, **changed: Any) -> Any:
    request = hidden(visitor.get("/support").text, "request")
    sent = [(io.BytesIO(data), "x.jpg") for data in files]
    data = {**ASKED, "request": request, **changed, **({"pictures": sent} if sent else {})}
    return visitor.post("/support", data, content_type="multipart/form-data")


def asked(visitor: Visitor, *files: bytes, **changed: Any) -> str:
    """The path of a new question."""
    answer = ask(visitor, *files, **changed)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def pictures_on(page: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r'src="(/support/pictures/\w+)"', page)))


def count(store: Store, table: Any) -> int:
    with store.reading() as unit:
        query = select(func.count()).select_from(table)
        return int(unit.connection.execute(query).scalar_one())


# --- a question ----------------------------------------------------------------------------------


def test_asked_answered_read_closed(signed_in: SignIn) -> None:
    physician, admin = signed_in("demo01"), signed_in("admin-demo")
    path = asked(physician, detail="第一行\n第二行")
    assert "新建" in physician.get(path).text
    assert "退回后怎样修改" in physician.get("/support/tickets").text
    desk = path.replace("/support", "/admin")
    assert desk in admin.get("/admin/tickets?state=NEW").text
    page = admin.get(desk).text
    assert "第一行<br>第二行" in page
    done = admin.post(desk, {"action": "TAKE_UP", "seen": hidden(page, "seen")})
    assert done.status_code == 303
    assert "处理中" in physician.get(path).text
    done = admin.post(desk, {"action": "REPLY", "seen": "2", "reply": "请打开<b>该业务</b>"})
    assert done.status_code == 303
    page = physician.get(path).text
    assert "已答复" in page
    assert "请打开&lt;b&gt;该业务&lt;/b&gt;" in page
    home = physician.get("/").text
    assert "您的咨询已有答复" in home
    assert f'href="{path}"' in home
    assert physician.post(f"{path}/close", {"seen": "3"}).status_code == 303
    assert "已关闭" in physician.get(path).text
    assert "已关闭，不能再办理" in admin.get(desk).text
    assert desk not in admin.get("/admin/tickets?state=NEW").text


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"question": "问" * 101}, "question"),
        ({"question": ""}, "question"),
        ({"question": "问\u202e"}, "question"),
        ({"detail": "补" * 501}, "detail"),
        ({"subject": "NONE"}, "subject"),
        ({"province": "99"}, "province"),
    ],
)
def test_a_fault_is_beside_its_field(
    signed_in: SignIn, store: Store, changed: dict[str, str], field: str
) -> None:
    physician = signed_in("demo01")
    answer = ask(physician, **changed)
    assert answer.status_code == 422
    assert re.findall(r'id="(\w+)-fault"', answer.text) == [field]
    if changed.get("question") != "":
        assert changed.get("question", ASKED["question"]) in answer.text
    assert count(store, models.ticket) == 0
    asked(physician)
    assert count(store, models.ticket) == 1


def test_a_hundred_characters_outside_the_bmp(signed_in: SignIn) -> None:
    asked(signed_in("demo01"), question="𠮷" * 100)
    assert ask(signed_in("demo01"), question="𠮷" * 101).status_code == 422


def test_one_press_asks_once(signed_in: SignIn, store: Store) -> None:
    physician = signed_in("demo01")
    first = asked(physician, picture(), request="a" * 32)
    assert asked(physician, picture(), request="a" * 32) == first
    assert count(store, models.ticket) == 1
    assert ask(physician, request="not a name").status_code == 400


def test_the_limit_of_a_day(signed_in: SignIn) -> None:
    physician = signed_in("demo01")
    for _ in range(help_desk.TICKETS_A_DAY):
        asked(physician)
    refused = ask(physician)
    assert refused.status_code == 409
    assert "已达到当日办理上限" in refused.text
    assert ASKED["question"] in refused.text
    asked(signed_in("demo02"))


# --- pictures ------------------------------------------------------------------------------------


def test_pictures_are_drawn_anew_and_keep_their_order(signed_in: SignIn) -> None:
    physician = signed_in("demo01")
    exif = Image.Exif()
    exif[0x010F], exif[0x8825] = "Secret Camera", {1: "N", 2: (31.0, 14.0, 0.0)}
    first = (
        picture("red", exif=exif.tobytes(), comment=b"Secret Comment") + b"<script>Secret</script>"
    )
    assert b"Secret" in first
    path = asked(physician, first, picture("blue", "PNG"), picture("lime", "WEBP"))
    shown = [physician.get(each) for each in pictures_on(physician.get(path).text)]
    seen = []
    for each in shown:
        assert (each.status_code, each.mimetype) == (200, "image/jpeg")
        assert each.headers["X-Content-Type-Options"] == "nosniff"
        assert each.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert "no-store" in each.headers["Cache-Control"]
        assert b"Secret" not in each.data
        with Image.open(io.BytesIO(each.data)) as image:
            assert (image.format, dict(image.getexif())) == ("JPEG", {})
            pixel = image.convert("RGB").getpixel((9, 9))
            assert isinstance(pixel, tuple)
            seen.append(max(range(3), key=lambda at: pixel[at]))
    assert seen == [0, 2, 1]


def test_four_pictures(signed_in: SignIn, store: Store) -> None:
    physician = signed_in("demo01")
    answer = ask(physician, *[picture()] * 4)
    assert answer.status_code == 422
    assert "最多上传三张图片" in answer.text
    assert (count(store, models.ticket), count(store, models.ticket_picture)) == (0, 0)
    asked(physician, *[picture()] * 3)
    assert count(store, models.ticket_picture) == 3


@pytest.mark.parametrize(
    "data",
    [b"%PDF-1.7", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"MZ\x90", picture(kind="GIF")],
)
def test_what_is_no_picture(signed_in: SignIn, store: Store, data: bytes) -> None:
    answer = ask(signed_in("demo01"), data)
    assert answer.status_code == 415
    assert "只接受 JPEG、PNG、WebP 图片" in answer.text
    assert "PDF" not in answer.text
    assert (count(store, models.ticket), count(store, models.ticket_picture)) == (0, 0)


def test_a_damaged_picture(signed_in: SignIn) -> None:
    assert ask(signed_in("demo01"), picture()[:300]).status_code in (415, 422)


def test_a_form_with_a_fault_keeps_its_pictures(signed_in: SignIn, store: Store) -> None:
    physician = signed_in("demo01")
    refused = ask(physician, picture("red"), picture("blue"), question="")
    assert refused.status_code == 422
    held = re.findall(r'name="picture" value="(\w+)" checked', refused.text)
    assert len(held) == 2
    assert all(physician.get(each).status_code == 200 for each in pictures_on(refused.text))
    path = asked(physician, picture("lime"), picture=held[1])  # the first one is taken out
    assert len(pictures_on(physician.get(path).text)) == 2
    with store.reading() as unit:
        table = models.ticket_picture
        left = unit.connection.execute(select(table.c.id).where(table.c.ticket_id.is_(None)))
        assert list(left.scalars()) == [held[0]]  # swept in a day


def test_too_many_with_those_that_are_held(signed_in: SignIn) -> None:
    physician = signed_in("demo01")
    refused = ask(physician, picture(), picture(), question="")
    held = re.findall(r'name="picture" value="(\w+)"', refused.text)
    answer = ask(physician, picture(), picture(), picture=held)
    assert answer.status_code == 422
    assert len(re.findall(r'name="picture" value="(\w+)"', answer.text)) == 2
    asked(physician, picture(), picture=held)


def test_the_space_of_an_account(signed_in: SignIn, store: Store) -> None:
    physician = signed_in("demo01")
    path = asked(physician, picture())
    with store.writing() as unit:
        table = models.ticket_picture
        unit.connection.execute(update(table).values(size=help_desk.PICTURE_BYTES))
    refused = ask(physician, picture())
    assert refused.status_code == 413
    assert "请先删除旧的咨询" in refused.text
    assert ask(signed_in("demo02"), picture()).status_code == 303
    assert physician.post(f"{path}/delete", {"seen": "1"}).status_code == 303
    asked(physician, picture())


def test_pictures_go_with_the_question(signed_in: SignIn, store: Store) -> None:
    physician = signed_in("demo01")
    path = asked(physician, picture())
    (image,) = pictures_on(physician.get(path).text)
    assert physician.post(f"{path}/delete", {"seen": "1"}).status_code == 303
    assert physician.get(path).status_code == physician.get(image).status_code == 404
    assert count(store, models.ticket_picture) == 0


# --- whose it is ---------------------------------------------------------------------------------


def test_another_physician_finds_nothing(signed_in: SignIn) -> None:
    owner, other, admin = signed_in("demo01"), signed_in("demo02"), signed_in("admin-demo")
    path = asked(owner, picture())
    (image,) = pictures_on(owner.get(path).text)
    for each in (path, image):
        assert other.get(each).status_code == 404
        assert owner.get(each).status_code == 200
    assert other.get("/support/tickets/none").status_code == 404
    assert path not in other.get("/support/tickets").text
    for step in ("close", "delete"):
        assert other.post(f"{path}/{step}", {"seen": "1"}).status_code == 404
    assert admin.get(image).status_code == 200
    stolen = ask(other, picture=image.rpartition("/")[2])
    assert stolen.status_code == 303  # a picture of somebody else is not there to be handed in
    assert pictures_on(other.get(stolen.headers["Location"]).text) == []
    assert owner.post(f"{path}/close", {"seen": "1"}).status_code == 303


@pytest.mark.parametrize("who", ["clerk-hainan", "officer1-hc46"])
def test_clerks_have_no_part_in_it(signed_in: SignIn, who: str) -> None:
    owner, clerk = signed_in("demo01"), signed_in(who)
    path = asked(owner, picture())
    (image,) = pictures_on(owner.get(path).text)
    for each in ("/support", path, image, path.replace("/support", "/admin"), "/feedback"):
        assert clerk.get(each).status_code == 403
    assert clerk.post(path.replace("/support", "/admin"), {"action": "CLOSE"}).status_code == 403


def test_who_is_not_signed_in_is_sent_to_sign_in(visitor: Visitor) -> None:
    for path in (
        "/support",
        "/support/tickets",
        "/support/pictures/x",
        "/feedback",
        "/admin/tickets",
    ):
        answer = visitor.get(path)
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/sign-in")


def test_an_answer_typed_on_a_stale_page_is_kept(signed_in: SignIn) -> None:
    owner, admin = signed_in("demo01"), signed_in("admin-demo")
    desk = asked(owner).replace("/support", "/admin")
    assert admin.post(desk, {"action": "TAKE_UP", "seen": "1"}).status_code == 303
    stale = admin.post(desk, {"action": "REPLY", "seen": "1", "reply": "写了很久的答复"})
    assert stale.status_code == 409
    assert "写了很久的答复</textarea>" in stale.text
    again = {"action": "REPLY", "seen": hidden(stale.text, "seen"), "reply": "写了很久的答复"}
    assert admin.post(desk, again).status_code == 303
    assert admin.post(desk, {"action": "BURN"}).status_code == 400
    assert admin.post("/admin/tickets/none", {"action": "CLOSE"}).status_code == 404


# --- feedback ------------------------------------------------------------------------------------


def suggest(visitor: Visitor, text: str, contact: str = "") -> Any:
    request = hidden(visitor.get("/feedback").text, "request")
    return visitor.post("/feedback", {"text": text, "contact": contact, "request": request})


def test_feedback_reaches_the_administrator_as_text(signed_in: SignIn) -> None:
    assert suggest(signed_in("demo01"), "<i>字大</i>", "微信 demo").status_code == 303
    admin = signed_in("admin-demo")
    page = admin.get("/admin/feedback").text
    assert "&lt;i&gt;字大&lt;/i&gt;" in page
    assert "微信 demo" in page
    (form,) = re.findall(r'action="(/admin/feedback/\w+)"', page)
    assert admin.post(form, {"mark": "TAKEN_UP"}).status_code == 303
    assert "字大" not in admin.get("/admin/feedback?mark=NEW").text
    assert "字大" in admin.get("/admin/feedback?mark=TAKEN_UP").text
    assert admin.post(form, {"mark": "LOST"}).status_code == 400


def test_feedback_that_is_none(signed_in: SignIn, store: Store) -> None:
    physician = signed_in("demo01")
    for text, contact, field in (
        ("", "", "text"),
        ("言" * 501, "", "text"),
        ("好", "x" * 101, "contact"),
    ):
        answer = suggest(physician, text, contact)
        assert answer.status_code == 422
        assert f'id="{field}-fault"' in answer.text
    assert count(store, models.feedback) == 0
    assert suggest(physician, "言" * 500, "x" * 100).status_code == 303


def test_feedback_has_a_limit_a_day(signed_in: SignIn) -> None:
    physician = signed_in("demo01")
    for n in range(help_desk.FEEDBACK_A_DAY):
        assert suggest(physician, f"第{n}条").status_code == 303
    assert suggest(physician, "再一条").status_code == 409


# --- in a real browser ---------------------------------------------------------------------------


def test_a_question_with_two_pictures_on_a_phone(phone: Any) -> None:
    sign_in(phone, "demo01")
    phone.click('nav.tabs a[href="/me"]')
    phone.click('a[href="/support"]')
    phone.select_option("#subject", "CREDENTIALS")
    phone.select_option("#province", "46")
    phone.fill("#question", "𠮷" * 101)
    assert phone.inner_text("#question-count") == "101/100"
    assert "over" in (phone.get_attribute("#question-count", "class") or "")
    phone.fill("#question", "证照上的照片怎样更换？")
    assert phone.inner_text("#question-count") == "11/100"
    files = [
        {"name": f"{colour}.png", "mimeType": "image/png", "buffer": big(colour)}
        for colour in ("red", "blue", "lime", "gold")
    ]
    phone.set_input_files("#pictures", files, timeout=30_000)
    phone.locator("[data-chosen] img").nth(3).wait_for()
    phone.click("form.form .sticky button")
    assert (
        phone.evaluate("document.querySelector('#pictures').validationMessage")
        == "最多上传三张图片"
    )
    assert phone.url.endswith("/support")
    phone.set_input_files("#pictures", files[:2], timeout=30_000)
    phone.locator("[data-chosen] img").nth(2).wait_for(state="detached")
    assert phone.locator("[data-chosen] img").count() == 2
    sent = phone.evaluate("[...document.querySelector('#pictures').files].map((each) => each.type)")
    assert sent == ["image/jpeg", "image/jpeg"]
    phone.click("form.form .sticky button")
    phone.wait_for_selector("dl.facts")
    assert "新建" in phone.inner_text("main")
    phone.wait_for_load_state("networkidle")
    widths = "[...document.querySelectorAll('.handed-in img')].map((each) => each.naturalWidth)"
    assert phone.evaluate(widths) == [2000, 2000]


def big(colour: str) -> bytes:
    """A picture larger than it will be kept."""
    out = io.BytesIO()
    Image.effect_noise((2600, 1800), 60).convert("RGB").save(out, "PNG")
    assert len(out.getvalue()) > 1_000_000
    return out.getvalue()
