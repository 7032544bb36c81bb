"""``yizheng-verify`` as its user meets it: sources of every sort, one JSON object each, exit status."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from PIL import Image

from issuer.demo import FACTS
from tests.conftest import AT, Desk
from verifier.trust import Pin, TrustStore

ROOT = Path(__file__).resolve().parents[2]
RESULT = json.loads((ROOT / "verifier" / "result.schema.json").read_text("utf-8"))
FACTS_SCHEMA = json.loads((ROOT / "credential" / "facts.schema.json").read_text("utf-8"))


def second(seconds: int) -> str:
    return f"2026-11-22T10:00:{seconds:02}+08:00"


def checked(desk: Desk, *args: str, stdin: bytes | None = None) -> tuple[int, list[dict[str, Any]]]:
    """Exit status and results; every result is as the shipped schema says."""
    done = desk.check(*args, stdin=stdin)
    assert done.err == ""
    results = done.lines()
    for result in results:
        jsonschema.validate(result, RESULT)
        if result["facts"] is not None:
            jsonschema.validate(result["facts"], FACTS_SCHEMA)
    return done.status, results


@pytest.mark.parametrize("form", ["bare", "link"])
@pytest.mark.parametrize("kind", ["licence", "badge", "identity-code"])
def test_a_drawn_code_is_read_back_and_valid(desk: Desk, kind: str, form: str) -> None:
    issued = desk.credential(kind, "--at", AT, "--form", form, "--out", "code.png")
    status, [result] = checked(desk, "--at", AT, "code.png")
    assert status == 0
    assert result["verdict"] == "valid"
    assert result["kind"] == kind
    assert result["issuer"]["name"]["zh"] == "示范市卫生健康委员会"
    assert result["issued_at"] == "2026-11-22T02:00:00Z"
    assert result["trust"] == {"version": 1, "environment": "test", "age_s": 0}
    for name, value in result["facts"].items():
        assert FACTS[name] == value
    assert result["status"] == (None if kind == "identity-code" else "valid")
    assert desk.check("--at", AT, issued["text"]).status == 0


def test_the_identity_code_says_three_things_and_no_more(desk: Desk) -> None:
    desk.credential("identity-code", "--at", AT, "--out", "code.png")
    _, [result] = checked(desk, "--at", AT, "code.png")
    assert result["facts"] == {"name": FACTS["name"], "licence_number": FACTS["licence_number"]}


def test_a_code_is_valid_in_its_29th_second_and_over_in_its_30th(desk: Desk) -> None:
    desk.credential("identity-code", "--at", AT, "--out", "code.png")
    assert checked(desk, "--at", second(29), "code.png")[1][0]["verdict"] == "valid"
    status, [result] = checked(desk, "--at", second(30), "code.png")
    assert (status, result["verdict"], result["code"]) == (1, "refused", "CODE_EXPIRED")


def test_text_comes_as_argument_file_or_standard_input(desk: Desk) -> None:
    text = desk.credential("licence", "--at", AT, "--out", "code.txt")["text"]
    (desk.folder / "with-newline").write_text(text + "\n")
    picture = (desk.folder / "code.txt").read_bytes()
    for args, stdin in (
        ((text,), None), (("code.txt",), None), (("with-newline",), None), (("-",), text.encode()),
        (("-",), text.encode() + b"\r\n"), (("-",), picture),
    ):  # fmt: skip
        status, [result] = checked(desk, "--at", AT, *args, stdin=stdin)
        assert (status, result["verdict"]) == (0, "valid"), args


def test_a_picture_comes_on_standard_input_too(desk: Desk) -> None:
    desk.credential("badge", "--at", AT, "--out", "code.png")
    status, [result] = checked(desk, "--at", AT, "-", stdin=(desk.folder / "code.png").read_bytes())
    assert (status, result["kind"]) == (0, "badge")


def test_the_exit_status_is_the_worst_of_all_sources(desk: Desk) -> None:
    text = desk.credential("licence", "--at", AT)["text"]
    assert checked(desk, "--at", AT, text)[0] == 0
    assert checked(desk, "--at", AT, text, "missing.png")[0] == 2
    status, results = checked(desk, "--at", AT, text, "missing.png", "你好")
    assert status == 1
    assert [r["code"] for r in results] == [None, "SOURCE_MISSING", "QR_NOT_OURS"]
    assert [r["source"] for r in results] == [text, "missing.png", "你好"]


def test_what_is_neither_picture_nor_text_is_unreadable(desk: Desk) -> None:
    for name, content, code in (
        ("noise", b"\xff\xfe\x00" * 50, "FILE_TYPE"), ("cut.png", b"\x89PNG\r\n\x1a\nxx", "FILE_TYPE"),
        ("white.png", _png(Image.new("L", (300, 300), 255)), "QR_UNREADABLE"),
    ):  # fmt: skip
        (desk.folder / name).write_bytes(content)
        status, [result] = checked(desk, "--at", AT, name)
        assert (status, result["verdict"]) == (2, "undetermined"), name
        assert result["code"].partition(":")[0] in (code, "IMAGE_INVALID")


def test_two_of_our_codes_in_one_picture_are_not_guessed_between(desk: Desk) -> None:
    for kind in ("licence", "badge"):
        desk.credential(kind, "--at", AT, "--out", f"{kind}.png")
    both = [Image.open(desk.folder / f"{kind}.png") for kind in ("licence", "badge")]
    page = Image.new("L", (sum(i.width for i in both) + 100, max(i.height for i in both)), 255)
    page.paste(both[0], (0, 0))
    page.paste(both[1], (both[0].width + 100, 0))
    (desk.folder / "both.png").write_bytes(_png(page))
    status, [result] = checked(desk, "--at", AT, "both.png")
    assert (status, result["code"]) == (2, "QR_AMBIGUOUS")


def test_our_code_beside_another_is_read_and_the_other_is_told(desk: Desk) -> None:
    import qrcode

    desk.credential("badge", "--at", AT, "--out", "badge.png")
    ours = Image.open(desk.folder / "badge.png").convert("L")
    drawn = io.BytesIO()
    qrcode.make("https://example.com/menu").save(drawn)
    other = Image.open(drawn).convert("L")
    page = Image.new("L", (ours.width + other.width + 100, ours.height), 255)
    page.paste(ours, (0, 0))
    page.paste(other, (ours.width + 100, 0))
    (desk.folder / "both.png").write_bytes(_png(page))
    status, [result] = checked(desk, "--at", AT, "both.png")
    assert (status, result["verdict"]) == (0, "valid")
    assert "OTHER_CODES" in result["notices"]


def test_another_kind_than_asked_for_is_refused(desk: Desk) -> None:
    text = desk.credential("badge", "--at", AT)["text"]
    assert checked(desk, "--at", AT, "--kind", "badge", text)[0] == 0
    status, [result] = checked(desk, "--at", AT, "--kind", "licence", text)
    assert (status, result["code"], result["facts"]) == (1, "KIND_UNEXPECTED:badge", None)


def test_the_same_code_twice_is_told(desk: Desk) -> None:
    bare = desk.credential("identity-code", "--at", AT, "--out", "code.png")["text"]
    _, [first, second_] = checked(desk, "--at", AT, bare, "code.png")
    assert "CODE_REPLAYED" not in first["notices"]
    assert second_["verdict"] == "valid"
    assert "CODE_REPLAYED" in second_["notices"]


def test_revoked_suspended_and_superseded_after_the_next_publication(desk: Desk) -> None:
    for action, code, again in (
        ("revoke", "REVOKED", 1),
        ("suspend", "SUSPENDED", 0),
        ("supersede", "SUPERSEDED", 1),
    ):
        issued = desk.credential("licence", "--at", AT)
        desk.issue("status", issued["cti"], action)
        assert checked(desk, "--at", AT, issued["text"])[0] == 0, "not before it is published"
        desk.issue("publish", "--at", second(1))
        updated = desk.verify(
            "update", "--trust", "home/trust", "--at", second(1), "home/public/bundle"
        )
        assert updated.status == 0, updated.err
        status, [result] = checked(desk, "--at", second(1), issued["text"])
        assert (status, result["code"], result["status"]) == (1, code, code.lower())
        assert result["expires_at"] == "2027-11-22T02:00:00Z"
        assert desk.try_issue("status", issued["cti"], "resume").status == again


def test_the_photo_can_be_written_and_is_the_one_named_on_the_terminal(desk: Desk) -> None:
    desk.credential("badge", "--at", AT, "--out", "code.png")
    done = desk.verify(
        "check", "--trust", "home/trust", "--at", AT, "--photo-out", "face.webp", "code.png"
    )
    assert done.status == 0
    face = (desk.folder / "face.webp").read_bytes()
    assert Image.open(io.BytesIO(face)).size[0] * 4 == Image.open(io.BytesIO(face)).size[1] * 3
    assert f"webp, {len(face)} B, SHA-256 {hashlib.sha256(face).hexdigest()[:16]}" in done.out
    for words in ("有效 VALID", "2026年11月22日 10:00:00", "主治（主管）医师", "测试环境"):
        assert words in done.out


def test_without_a_store_nothing_is_called_valid_or_forged(desk: Desk) -> None:
    text = desk.credential("licence", "--at", AT)["text"]
    done = desk.verify("check", "--json", "--trust", "nowhere", text)
    [result] = done.lines()
    assert (done.status, result["verdict"], result["trust"]) == (2, "undetermined", None)
    assert result["code"].startswith("TRUST_MISSING")


def test_a_clock_that_went_back_is_not_believed(desk: Desk, tmp_path: Path) -> None:
    """The office of this test was set up in its future, as this machine's clock has it."""
    future = "2099-01-01T00:00:00Z"
    done = desk.run(
        "issuer", "--home", "later", "init", "--issuer", "https://yz.example/i/11", "--name", "示范",
        "--name-en", "Demo", "--region", "11", "--at", future,
    )  # fmt: skip
    assert done.status == 0, done.err
    result = desk.verify("check", "--json", "--trust", "later/trust", "你好").json()
    assert result["code"] == "CLOCK_WENT_BACK"
    asked = desk.verify("check", "--json", "--trust", "later/trust", "--at", future, "你好").json()
    assert asked["code"] == "QR_NOT_OURS"


def test_the_terminal_gets_no_control_characters(desk: Desk) -> None:
    done = desk.verify("check", "--trust", "home/trust", "--at", AT, "\x1b[31m医\u202e师")
    assert done.status == 1
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out


def test_a_store_is_pinned_by_fingerprint(desk: Desk) -> None:
    shown = desk.verify("trust", "show", "--trust", "home/trust").json()
    wrong = desk.verify(
        "trust", "pin", "--trust", "new", "--fingerprint", "00", "home/public/trust-list"
    )
    assert wrong.status == 1
    assert "TRUST_SIGNATURE:fingerprint" in wrong.err
    right = desk.verify(
        "trust", "pin", "--trust", "new", "--fingerprint", shown["anchors"], "home/public/bundle"
    )
    assert right.status == 0, right.err
    assert desk.verify("update", "--trust", "new", "--at", AT, "home/public/bundle").status == 0
    text = desk.credential("licence", "--at", AT)["text"]
    assert desk.verify("check", "--trust", "new", "--at", AT, text).status == 0


def test_a_refused_update_says_why(desk: Desk) -> None:
    (desk.folder / "rubbish").write_bytes(b"rubbish")
    for source, code in (("rubbish", "TRUST_MALFORMED"), ("missing", "SOURCE_MISSING")):
        done = desk.verify("update", "--trust", "home/trust", "--at", AT, source)
        assert done.status == 1
        assert code in done.err
    assert (
        desk.verify("update", "--trust", "home/trust", "--at", AT, "home/public/bundle").status == 0
    )


@pytest.mark.parametrize("at", ["yesterday", "2026-11-22T10:00:00", "2026-13-01T00:00:00Z"])
def test_a_wrong_time_is_a_wrong_call(desk: Desk, at: str) -> None:
    done = desk.verify("check", "--trust", "home/trust", "--at", at, "x")
    assert done.status == 2
    assert "RFC 3339" in done.err


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_the_page_is_told_the_first_trust_of_this_store(desk: Desk) -> None:
    done = desk.verify("trust", "config", "--trust", "home/trust")
    assert done.status == 0, done.err
    told = done.json()
    assert set(told) == {"pin", "environment", "base"}
    pin = TrustStore(desk.folder / "home" / "trust").read_pin()
    assert Pin.from_bytes(bytes.fromhex(told["pin"])) == pin
    assert told["environment"] == "test"
    assert desk.verify("trust", "config", "--trust", "nowhere").status == 1
