"""The administrator's desk."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import text

import app as application
from registry import messages
from registry.periods import CHINA
from registry.rules import Policy
from registry.store import Store
from registry.web.settings import Settings
from tests.web.conftest import Clock, Pocket, SignIn, Visitor
from tests.web.test_desks_institution import audited


def test_an_institution_is_entered_corrected_and_found(signed_in: SignIn, store: Store) -> None:
    admin = signed_in("admin-demo")
    assert admin.get("/desk").location == "/admin"
    said = {
        "name": "新设示范医院（样例）",
        "registration_number": "DEMO-NEW",
        "county": "460106",
        "authority_id": "HC46",
        "subjects": ["02", "03"],
    }
    for wrong in ({"county": "999999"}, {"authority_id": "NONE"}, {"subjects": ["99"]}):
        answer = admin.post("/admin/institutions", {**said, **wrong})
        assert answer.status_code == 422, wrong
        assert 'value="新设示范医院（样例）"' in answer.text
    assert admin.post("/admin/institutions", said).status_code == 303
    assert admin.post("/admin/institutions", said).status_code == 409
    page = admin.get("/admin/institutions?typed=xssf").text
    (made,) = re.findall(r'href="/admin/institutions/(\w+)"><strong>新设', page)
    renamed = {**said, "id": made, "name": "更名示范医院（样例）"}
    assert admin.post("/admin/institutions", renamed).status_code == 303
    assert "<strong>更名" in admin.get("/admin/institutions?typed=更名").text
    assert "<strong>新设" not in admin.get("/admin/institutions?typed=新设").text
    assert admin.get("/admin/institutions/none").status_code == 404
    assert len(audited(store, "institution.set")) == 2


def test_a_holiday_counts_at_once(signed_in: SignIn, store: Store) -> None:
    admin, officer = signed_in("admin-demo"), signed_in("officer1-hc46")
    page = officer.get("/desk/queue?tab=ACCEPTED").text
    before = re.findall(r"还剩 (\d+) 个工作日", page)
    assert before
    admin.post("/admin/calendar", {"day": "2026-11-24", "working": "no"})
    with store.reading() as unit:
        assert unit.calendar().days
    assert "2026年11月24日" in admin.get("/admin/calendar").text
    days = re.findall(r'title="([^"]+)">还剩', officer.get("/desk/queue?tab=ACCEPTED").text)
    assert days != re.findall(r'title="([^"]+)">还剩', page)
    admin.post("/admin/calendar", {"day": "2026-11-24", "working": ""})
    assert (
        re.findall(r"还剩 (\d+) 个工作日", officer.get("/desk/queue?tab=ACCEPTED").text) == before
    )


def test_the_log_is_searched_and_its_chain_is_looked_at(signed_in: SignIn, store: Store) -> None:
    admin = signed_in("admin-demo")
    page = admin.get("/admin/audit?action=account.sign_in&actor=admin-demo").text
    assert page.count("<td>account.sign_in</td>") == 1
    assert "没有符合条件的记录" in admin.get("/admin/audit?action=nothing").text
    assert "哈希链完整" in admin.get("/admin/audit?verify=1").text
    with store.writing() as unit:
        triggers = unit.connection.execute(
            text("select name from sqlite_master where type = 'trigger' and tbl_name = 'audit'")
        ).scalars()
        for name in list(triggers):
            unit.connection.execute(text(f"drop trigger {name}"))
        unit.connection.execute(text("update audit set subject = 'altered' where seq = 40"))
    assert "第 40 行起哈希链中断" in admin.get("/admin/audit?verify=1").text


def test_a_clerks_account_from_above(signed_in: SignIn) -> None:
    admin, clerk = signed_in("admin-demo"), signed_in("clerk-hainan")
    assert "clerk-hainan" in admin.get("/admin/clerks?username=clerk-hainan").text
    assert "没有这个经办人" in admin.get("/admin/clerks?username=demo01").text
    assert admin.post("/admin/clerks/user-demo-01", {"what": "shut"}).status_code == 404
    assert admin.post("/admin/clerks/clerk-hainan", {"what": "shut"}).status_code == 303
    assert "/sign-in" in clerk.get("/desk/queue").location
    assert admin.post("/admin/clerks/clerk-hainan", {"what": "open"}).status_code == 303
    assert signed_in("clerk-hainan").get("/desk/queue").status_code == 200


def test_only_the_administrator(signed_in: SignIn) -> None:
    for name in ("clerk-hainan", "officer1-hc46", "demo01"):
        assert signed_in(name).get("/admin/audit").status_code == 403
    admin = signed_in("admin-demo")
    for path in ("/admin", "/admin/audit", "/admin/authorities", "/admin/calendar"):
        assert admin.get(path).status_code == 200
    assert admin.get("/desk/queue").status_code == 403


def test_keys_and_trust_are_shown_with_what_is_near_its_end(pocket_app: Pocket) -> None:
    admin = pocket_app.signed_in("admin-demo")
    page = admin.get("/admin/keys").text
    shown = pocket_app.office.publication()
    assert shown is not None
    for key in shown.keys:
        assert key.kid in page
        assert day_text(key.signs_from) in page
    assert page.count("不到一小时前") == 2 + len(
        shown.lists
    )  # trust list, snapshot, each status list
    assert shown.anchors[0] in page
    assert "测试环境" in page
    assert "已到期" not in page
    pocket_app.clock.later(days=80)
    later = pocket_app.signed_in("admin-demo").get("/admin/keys").text
    assert f"还有 {(shown.expires_at - pocket_app.clock()).days} 天" in later
    assert "已到期" in later  # the snapshot, which lives a week
    assert later.count("80 天前") == 2 + len(shown.lists)
    folder = pocket_app.settings.issuer_home
    private = [path.read_text() for path in folder.rglob("*.pem")]
    assert private
    assert not any(line in page for text in private for line in text.splitlines()[1:-1])


def day_text(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime("%Y年%m月%d日")


def test_without_an_issuer_the_page_of_keys_says_so(signed_in: SignIn) -> None:
    assert "尚未建立签发机构" in signed_in("admin-demo").get("/admin/keys").text


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("https://user:geheim@sms.example/send?key=geheim", "https://sms.example"),
        ("https://sms.example:8443/hooks/geheim", "https://sms.example:8443"),
        ("https://[2001:db8::1]:8443/geheim", "https://[2001:db8::1]:8443"),
        ("postgresql+psycopg://yz:gehe/geheim@db.example/yizheng", "postgresql+psycopg://…"),
        ("https://yz:12/geheim@db.example/yizheng", "https://…"),
        ("https://yz:geheim?geheim@sms.example/", "https://…"),
        ("https://sms.example/?key=geheim@geheim", "https://…"),
    ],
)
def test_addresses_are_shown_without_what_opens_them(
    settings: Settings, store: Store, clock: Clock, given: str, shown: str
) -> None:
    changed = {"sms": given, "rate_storage": "memory://", "smtp_host": "mail.example"}
    app = application.create_app(
        settings.model_copy(update=changed), store=store, clock=clock, testing=True
    )
    page = Visitor(app).sign_in("admin-demo").get("/admin/settings").text
    assert f"<td>{shown}</td>" in page
    assert "<td>memory://</td>" in page
    assert "mail.example" in page
    assert "gehe" not in page
    assert settings.database in page


def test_settings_are_shown_and_no_secret(app: Flask, signed_in: SignIn) -> None:
    page = signed_in("admin-demo").get("/admin/settings").text
    here = app.extensions["yizheng"].settings
    for secret in (here.secret_key, here.key_passphrase):
        assert secret.get_secret_value() not in page
    assert set(messages.POLICIES) == {each.name for each in fields(Policy)}
    for words in messages.POLICIES.values():
        assert words.zh in page
    assert "短信为本机替代" in page
    assert signed_in("clerk-hainan").get("/admin/settings").status_code == 403
    assert signed_in("clerk-hainan").get("/admin/keys").status_code == 403


def test_an_authority_is_renamed_and_its_former_name_kept(signed_in: SignIn, store: Store) -> None:
    admin, path = signed_in("admin-demo"), "/admin/authorities/HC46"
    old, new = "海南省卫生健康委员会（样例）", "海南省卫生健康委（样例）"
    for wrong, status in (("", 422), (old, 409)):
        answer = admin.post(path, {"name": wrong})
        assert answer.status_code == status, answer.text
    assert admin.post(path, {"name": new}).status_code == 303
    page = admin.get("/admin/authorities").text
    assert new in page
    assert f"曾用名：{old}" in page
    (row,) = audited(store, "authority.rename")
    assert row.details == {"from": old, "to": new}
    assert admin.post("/admin/authorities/none", {"name": new}).status_code == 404
    assert signed_in("officer1-hc46").post(path, {"name": old}).status_code == 403
