"""What strangers try at every address there is: forged forms, letters that are no words, and what is left in
logs and caches."""

from __future__ import annotations

import io
import os
import socket
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select

import app as application
from registry import models, roll
from registry.errors import Code
from registry.record import PhotoState
from registry.roles import Role
from registry.seed import PASSWORD
from registry.store import Store
from registry.web import uploads
from registry.web.access import FILES, Access, access_of
from tests.web.conftest import SignIn, Visitor, hidden, running
from tests.web.test_frame import filled
from tests.web.test_limits import WRONG
from tests.web.test_uploads import picture, refusal

WHO = {
    Role.PHYSICIAN: "demo01",
    Role.INSTITUTION_CLERK: "clerk-hainan",
    Role.AUTHORITY_CLERK: "officer1-hc46",
    Role.ADMIN: "admin-demo",
}


def one_who_may(wanted: Access) -> str:
    """Somebody this view is open to."""
    return next(name for role, name in WHO.items() if wanted.roles is None or role in wanted.roles)


def rules(app: Flask, method: str) -> list[Any]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if method in (rule.methods or ()) and rule.endpoint not in FILES
    ]


class TestForgedForms:
    def test_every_changing_address_asks_for_the_token(self, app: Flask, signed_in: SignIn) -> None:
        visitors = {name: signed_in(name) for name in WHO.values()}
        others = hidden(Visitor(app).get("/sign-in").text, "csrf_token")
        seen = 0
        for rule in rules(app, "POST"):
            client = visitors[one_who_may(access_of(app, rule.endpoint))].client
            own = hidden(client.get("/about").text, "csrf_token")
            path = filled(rule.rule)
            for data, headers in (
                ({}, {}),
                ({"csrf_token": "x" * 90}, {}),
                ({"csrf_token": others}, {}),
                ({"csrf_token": own}, {"Origin": "https://elsewhere.example"}),
                ({"csrf_token": own}, {"Sec-Fetch-Site": "cross-site"}),
            ):
                answer = client.post(path, data=data, headers=headers)
                assert answer.status_code == 403, (path, data, headers)
                assert "CSRF_FAILED" in answer.text, path
            seen += 1
        assert seen > 60

    def test_with_ones_own_token_it_is_another_answer(self, signed_in: SignIn) -> None:
        assert "CSRF_FAILED" not in signed_in("demo01").post("/business/CHANGE").text

    def test_opening_a_page_changes_nothing(
        self, app: Flask, store: Store, signed_in: SignIn
    ) -> None:
        visitors = {name: signed_in(name) for name in WHO.values()}
        before = counted(store)
        for rule in rules(app, "GET"):
            visitors[one_who_may(access_of(app, rule.endpoint))].get(filled(rule.rule))
        assert counted(store) == before


def counted(store: Store) -> dict[str, int]:
    """How many rows each table has; what was looked at may be on record, and a session is used."""
    with store.reading() as unit:
        return {
            name: unit.connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in models.metadata.tables.items()
            if name not in ("audit", "audit_head", "session")
        }


def test_no_personal_page_is_kept_on_the_way(app: Flask, signed_in: SignIn) -> None:
    visitors = {name: signed_in(name) for name in WHO.values()}
    seen = 0
    for rule in rules(app, "GET"):
        wanted = access_of(app, rule.endpoint)
        if wanted.roles is None:
            continue
        answer = visitors[one_who_may(wanted)].get(filled(rule.rule))
        assert "no-store" in answer.headers["Cache-Control"], rule.rule
        assert "Cookie" in answer.headers["Vary"], rule.rule
        seen += 1
    assert seen > 60


LETTERS = (
    "' OR '1'='1",
    "'; DROP TABLE account;--",
    "%",
    "_",
    "\\",
    "1) UNION SELECT password_hash FROM account--",
    "${7*7}{{7*7}}",
    "\x00",
    "<script>alert(1)</script>",
    "-1",
    "9" * 40,
    "\ud7ff\U0001f600",
)
FIELDS = (
    "typed", "q", "name", "username", "action", "subject", "actor", "after", "before", "sort", "state",
    "kind", "status", "find", "page", "since", "until", "day", "place", "institution", "id", "category",
    "department", "level", "to", "at", "year", "month", "number", "query",
)  # fmt: skip


def test_letters_that_are_no_words_find_nothing_and_break_nothing(
    app: Flask, signed_in: SignIn
) -> None:
    """An exception would come through: this application does not catch what it did not expect."""
    visitors = {name: signed_in(name) for name in WHO.values()}
    hashes = password_hashes(app)
    for rule in rules(app, "GET"):
        if rule.arguments:
            continue
        visitor = visitors[one_who_may(access_of(app, rule.endpoint))]
        for letters in LETTERS:
            answer = visitor.get(rule.rule, query_string=dict.fromkeys(FIELDS, letters))
            assert answer.status_code < 500, (rule.rule, letters)
            page = answer.get_data(as_text=True) if answer.mimetype.startswith("text/") else ""
            assert "<script>alert(1)" not in page, rule.rule
            assert not any(each in page for each in hashes), rule.rule
    assert visitors["demo01"].get("/me").status_code == 200  # the tables are still there


def test_a_wildcard_is_a_letter(signed_in: SignIn) -> None:
    admin = signed_in("admin-demo")
    found = admin.get("/admin/institutions?typed=海南").text
    assert found.count("/admin/institutions/") > 1
    for wildcard in ("%25", "_", "%25%25"):
        page = admin.get(f"/admin/institutions?typed={wildcard}").text
        assert "海南" not in page.split("<main", 1)[1]


def password_hashes(app: Flask) -> set[str]:
    with app.extensions["yizheng"].desk.store.reading() as unit:
        rows = unit.connection.execute(select(models.account.c.password_hash)).scalars()
        return {each for each in rows if each}


def test_no_secret_is_left_in_the_log_or_in_an_address(
    app: Flask, store: Store, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A run with everything personal in it: its log, and every address it was sent on to."""
    with store.reading() as unit:
        holder = roll.account_named(unit, "demo01")
    assert holder is not None
    mobile, visitor, addresses = "13912340555", Visitor(app), []
    said = [
        ("/sign-in", {"login": "demo01", "password": WRONG}),
        ("/sign-up", {"mobile": mobile, "agreed": "yes"}),
        ("/sign-up/code", {"code": "999999"}),
        ("/sign-in/code", {"mobile": mobile, "send": "yes"}),
        ("/recover", {"to": mobile, "send": "yes"}),
        ("/recover", {"to": mobile, "code": "999999", "password": "Geheimes7Wort"}),
        ("/sign-in", {"login": "demo01", "password": PASSWORD}),
        ("/identity", {"name": holder.name, "id_number": holder.id_number}),
        ("/security/contact", {"to": mobile, "send": "yes"}),
    ]
    for path, data in said:
        addresses.append(visitor.post(path, data).headers.get("Location", ""))
    token = visitor.client.get_cookie("yizheng")
    assert token is not None
    visitor.get("/me")
    out, err = capfd.readouterr()
    log = out + err
    assert "/sign-in" in log  # there is a log
    code = (tmp_path / "outbox" / "000001.txt").read_text("utf-8").split("验证码 ")[1][:6]
    secrets = (
        mobile, WRONG, PASSWORD, "Geheimes7Wort", holder.id_number, holder.name, code, token.value,
        visitor.client.get_cookie("device").value,
    )  # fmt: skip
    for secret in secrets:
        assert secret
        assert secret not in log, secret
        assert not any(secret in address for address in addresses), secret


class TestBodies:
    def test_ten_thousand_parts(self, signed_in: SignIn) -> None:
        visitor = signed_in("demo01")
        parts = {f"part{n}": "x" for n in range(10_000)}
        answer = visitor.post("/sign-in", parts, content_type="multipart/form-data")
        assert answer.status_code == 413

    def test_as_many_as_a_form_has(self, signed_in: SignIn) -> None:
        parts = {f"part{n}": "x" for n in range(200)}
        answer = signed_in("demo01").post(
            "/security/password", parts, content_type="multipart/form-data"
        )
        assert answer.status_code == 422

    def test_a_body_without_an_end(self, app: Flask) -> None:
        """Chunk after chunk: the server ends it at the limit, keeps nothing, and serves on."""
        server = application.http_server(app, host="127.0.0.1", port=0)
        sent, chunk = 0, b"10000\r\n" + b"x" * 65_536 + b"\r\n"
        with running(server) as port:
            with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
                line.sendall(
                    b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                )
                try:
                    while sent < 20 * application.MAX_BODY_BYTES:
                        line.sendall(chunk)
                        sent += len(chunk)
                except OSError:
                    pass  # the server hung up
            assert sent < 20 * application.MAX_BODY_BYTES
            with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
                line.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
                assert line.recv(64).startswith(b"HTTP/1.0 200")


class TestDecoder:
    def test_one_that_hangs_is_killed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stuck = tmp_path / "python"
        stuck.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 600\n")
        stuck.chmod(0o755)
        monkeypatch.setattr(uploads, "_SECONDS", 1)
        with monkeypatch.context() as here:
            here.setattr(sys, "executable", str(stuck))
            assert refusal(picture()) is Code.IMAGE_INVALID
        with pytest.raises(ProcessLookupError):
            os.kill(int((tmp_path / "pid").read_text()), 0)
        monkeypatch.undo()
        assert uploads.portrait(picture())  # and the next picture is drawn

    def test_one_that_grows_dies_and_not_the_server(self) -> None:
        import subprocess

        program = (
            "from registry.web.uploads import limit_this_process\n"
            "limit_this_process()\n"
            "bytes(8 * 1024 * 1024)\n"
            "print('small')\n"
            "bytearray(600 * 1024 * 1024)\n"
            "print('large')"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        assert done.returncode != 0
        assert done.stdout.split() == ["small"]
        assert "MemoryError" in done.stderr


def test_two_photos_at_once_leave_one_that_waits(app: Flask, store: Store) -> None:
    desk = app.extensions["yizheng"].desk
    with store.reading() as unit:
        found = roll.account_named(unit, "demo01")
    assert found is not None
    images = []
    for shade in (10, 200):
        out = io.BytesIO()
        Image.new("L", (413, 579), shade).save(out, "JPEG")
        images.append(out.getvalue())
    both = [
        threading.Thread(
            target=desk.upload_photo,
            args=(image,),
            kwargs={"by": found.actor, "now": desk_now(app)},
        )
        for image in images
    ]
    for each in both:
        each.start()
    for each in both:
        each.join()
    table = models.photo
    waiting = select(table.c.image).where(
        table.c.person_id == found.person_id, table.c.state == PhotoState.PENDING
    )
    with store.reading() as unit:
        (kept,) = unit.connection.execute(waiting).scalars()
    assert bytes(kept) in images


def desk_now(app: Flask) -> Any:
    return app.extensions["yizheng"].clock()
