"""电子证照 in the web: shown at once or the missing condition; its versions; who may preview it."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

import app as application
from registry import models
from registry.kinds import ApplicationKind
from registry.record import Binding
from registry.seed import Demo
from tests.web.conftest import Pocket, Visitor
from tests.web.test_wallet_badge import actor_of, record_of
from verifier import scan


def link_on(page: str) -> str:
    found = re.search(r'data-link="(https://[^"]+)"', page)
    assert found, "no code on the page"
    return found.group(1)


def change_title(pocket_app: Pocket, username: str) -> None:
    demo = Demo(
        desk=pocket_app.app.extensions["yizheng"].desk,
        now=pocket_app.clock(),
        portrait=application.demo_portrait,
    )
    physician = actor_of(pocket_app, username)
    demo.approve(ApplicationKind.CHANGE, physician, institution_id="qionghai", place="46")
    pocket_app.care()


def test_the_face_has_every_field_of_the_certificate(pocket_app: Pocket) -> None:
    page = pocket_app.signed_in("demo01").get("/licence").text
    for label in (
        "姓名", "性别", "出生日期", "身份证号码", "医师资格证书编码", "执业证书编码", "医师级别",
        "执业类别", "执业范围", "执业地点", "主要执业机构", "发证机关", "签发日期", "有效期至",
    ):  # fmt: skip
        assert label in page, label
    assert pocket_app.verdict(link_on(page)) == "VALID"


def test_the_code_leaves_out_what_identifies_a_citizen(pocket_app: Pocket) -> None:
    visitor = pocket_app.signed_in("demo01")
    with pocket_app.store.reading() as unit:
        person = unit.dossier(actor_of(pocket_app, "demo01").person_id or "").person  # type: ignore[arg-type]
    assert person.id_number not in visitor.get("/licence").text
    facts = pocket_app.verified(link_on(visitor.get("/licence").text)).credential.facts
    assert person.id_number not in repr(facts)
    assert person.mobile not in repr(facts)
    assert repr(person.born_on) not in repr(facts)


def test_it_is_noted_when_it_was_first_shown(pocket_app: Pocket) -> None:
    visitor, record = pocket_app.signed_in("demo01"), record_of(pocket_app, "demo01")
    table = models.credential
    query = select(table.c.first_shown_at).where(
        table.c.record_id == record, table.c.kind == "LICENCE"
    )
    shown = []
    for _ in range(3):
        with pocket_app.store.reading() as unit:
            shown.append(unit.connection.execute(query).scalar_one())
        visitor.get("/licence")
        pocket_app.clock.later(minutes=5)
    assert shown[0] is None
    assert shown[1] is not None
    assert shown[1] == shown[2]


def test_a_person_without_registration_is_told_what_is_missing(pocket_app: Pocket) -> None:
    page = pocket_app.signed_in("demo39").get("/licence").text
    assert "未满足" in page
    assert "执业注册有效" in page
    assert "去办理注册" in page
    assert "医师执业证书" not in page


def test_a_missing_photo_is_named(pocket_app: Pocket) -> None:
    with pocket_app.store.writing() as unit:
        person_id = actor_of(pocket_app, "demo01").person_id
        record = record_of(pocket_app, "demo01")
        credentials, orders = models.credential, models.issue_order
        mine = select(credentials.c.id).where(credentials.c.record_id == record)
        unit.connection.execute(orders.delete().where(orders.c.credential_id.in_(mine)))
        unit.connection.execute(credentials.delete().where(credentials.c.record_id == record))
        unit.connection.execute(models.photo.delete().where(models.photo.c.person_id == person_id))
    page = pocket_app.signed_in("demo01").get("/licence").text
    unmet = re.findall(r'class="grow">([^<]+)</span><span class="badge-y caution">', page)
    assert unmet == ["个人照片已经执业机构确认"]


def test_a_licence_outlives_the_account(pocket_app: Pocket) -> None:
    """An account that was revoked says nothing about the registration."""
    link = link_on(pocket_app.signed_in("demo01").get("/licence").text)
    with pocket_app.store.writing() as unit:
        people = models.person
        here = people.update().where(people.c.id == actor_of(pocket_app, "demo01").person_id)
        unit.connection.execute(here.values(binding=Binding.REVOKED))
    pocket_app.care()
    assert pocket_app.verdict(link) == "VALID"
    assert "医师执业证书" in pocket_app.signed_in("demo01").get("/licence").text


def test_a_change_makes_a_new_version_and_the_old_code_says_so(pocket_app: Pocket) -> None:
    visitor, record = pocket_app.signed_in("demo01"), record_of(pocket_app, "demo01")
    before = link_on(visitor.get("/licence").text)
    change_title(pocket_app, "demo01")
    after = link_on(visitor.get("/licence").text)
    assert (pocket_app.verdict(before), pocket_app.verdict(after)) == ("SUPERSEDED", "VALID")
    history = visitor.get(f"/licence/{record}/history").text
    assert "第2版" in history
    assert "第1版" in history
    assert "已被新版本替代" in history
    assert "琼海市示范医院" in history


def test_a_suspended_licence_is_shown_as_such(pocket_app: Pocket) -> None:
    demo = Demo(
        desk=pocket_app.app.extensions["yizheng"].desk,
        now=pocket_app.clock(),
        portrait=application.demo_portrait,
    )
    demo.approve(ApplicationKind.SUSPEND_FILING, actor_of(pocket_app, "demo02"), reason="RESIGNED")
    pocket_app.care()
    page = pocket_app.signed_in("demo02").get("/licence").text
    assert "此证照已暂停" in page
    assert pocket_app.verdict(link_on(page)) == "SUSPENDED"


def test_the_code_as_a_picture(pocket_app: Pocket) -> None:
    visitor, record = pocket_app.signed_in("demo01"), record_of(pocket_app, "demo01")
    (text,) = scan.read(visitor.get(f"/licence/{record}/code.png").data)
    assert pocket_app.verdict(text) == "VALID"


PAGES = ("/licence?record={}", "/licence/{}/history", "/licence/{}/code.png", "/licence/{}/print")


@pytest.mark.parametrize("path", PAGES)
def test_another_ones_licence_does_not_exist(pocket_app: Pocket, path: str) -> None:
    record = record_of(pocket_app, "demo01")
    assert pocket_app.signed_in("demo01").get(path.format(record)).status_code == 200
    other = pocket_app.signed_in("demo02")
    assert other.get(path.format(record)).status_code == 404
    assert other.get(path.format("none")).status_code == 404
    assert "/sign-in" in Visitor(pocket_app.app).get(path.format(record)).location


def test_the_preview_is_for_the_offices_concerned_and_on_record(pocket_app: Pocket) -> None:
    record = record_of(pocket_app, "demo01")
    preview = f"/desk/licences/{record}"
    for clerk in ("clerk-hainan", "officer1-hc46"):
        visitor = pocket_app.signed_in(clerk)
        page = visitor.get(preview)
        assert page.status_code == 200, clerk
        assert "林晓岚" in page.text
        for hidden in ("身份证号码", "出生日期", "医师资格证书编码"):
            assert hidden not in page.text.split('class="cert-preview"')[1]
        assert visitor.get(f"{preview}/photo").mimetype == "image/png"
    for stranger in ("clerk-sanya", "officer1-hc11"):
        visitor = pocket_app.signed_in(stranger)
        for path in (preview, f"{preview}/photo"):
            assert visitor.get(path).status_code == 404, (stranger, path)
    assert pocket_app.signed_in("demo01").get(preview).status_code == 403
    table = models.audit
    with pocket_app.store.reading() as unit:
        query = select(table).where(table.c.action == "licence.preview")
        assert len(unit.connection.execute(query).all()) == 2
