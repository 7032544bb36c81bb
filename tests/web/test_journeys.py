"""Each kind of application in a real browser, from its 业务说明 to 已提交."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from registry import models
from registry.kinds import KINDS, ApplicationKind
from registry.record import Level, MilitaryId, MilitaryRegistration, PersonId
from registry.seed import PASSWORD
from registry.store import Store
from registry.workflow import Status

K = ApplicationKind
WHO = {
    K.FIRST_REGISTRATION: "demo39",
    K.CHANGE: "demo01",
    K.SUSPEND_FILING: "demo02",
    K.CANCEL_SUSPEND_FILING: "demo28",
    K.DEREGISTRATION: "demo03",
    K.MULTI_INSTITUTION_FILING: "demo10",
    K.CANCEL_MULTI_FILING: "demo34",
    K.CANCEL_LEGACY_MULTI_LOCATION: "demo36",
    K.INFO_MODIFICATION: "demo04",
    K.ASSISTANT_UPGRADE: "demo13",
    K.MILITARY_IN: "demo25",
    K.MILITARY_OUT: "demo05",
    K.DEPARTMENT_UPKEEP: "demo06",
}
TEXTS = {
    "handler_name": "演示办件人",
    "handler_mobile": "13900001234",
    "planned_period": "长期",
    "old_institution_phone": "0898-66220000",
    "new_institution_phone": "0898-66220001",
    "change_reason": "工作调动",
    "reason": "本人申请",
    "military_unit": "某部队医院（样例）",
    "school": "样例医学院",
    "valid_from": "2026-12-01",
    "valid_to": "2028-11-30",
}
SELECTS = {"place": "46", "title": "232", "reason": "VOLUNTARY", "health_status": "GOOD"}


def portrait_file() -> dict[str, Any]:
    """A picture to be cut to the ratio of a portrait."""
    out = io.BytesIO()
    Image.new("RGB", (900, 1200), "#cbd5e1").save(out, "JPEG")
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def sign_in(page: Any, username: str) -> None:
    page.goto("/sign-in")
    page.fill("#login", username)
    page.fill("#password", PASSWORD)
    page.click("form.form button")
    page.wait_for_selector("nav.tabs")


def fill(page: Any) -> None:
    """Whatever this page asks for and does not have yet."""
    if (
        page.locator("input[type=file][name=photo_id]").count()
        and not page.locator("img.portrait").count()
    ):
        page.set_input_files("input[name=photo_id]", portrait_file())
        page.wait_for_selector("canvas.crop:not([hidden])")
    for choice in page.locator("select.form-select").all():
        key = choice.get_attribute("name")
        values = [option.get_attribute("value") for option in choice.locator("option").all()]
        if not choice.input_value() or key in ("title",):
            choice.select_option(SELECTS[key] if SELECTS.get(key) in values else values[1])
    for group in page.locator("fieldset.field:not([data-picker])").all():
        inputs = group.locator("input[type=radio]:enabled, input[type=checkbox]")
        if inputs.count() and not group.locator("input:checked").count():
            inputs.first.check()
    for field in page.locator("input.form-control, textarea.form-control").all():
        key = field.get_attribute("name") or ""
        if key in TEXTS and not field.input_value():
            field.fill(TEXTS[key])
    picker = page.locator("[data-picker*=institutions]")
    if picker.count():
        field = picker.locator("input[name=find_institution]")
        field.fill("三亚")
        page.wait_for_selector(
            "[data-found] :text('三亚示范医院'), [data-found] :text('三亚市示范医院')"
        )
        picker.locator("label:has-text('三亚') input").first.check()


@pytest.mark.parametrize("kind", list(K))
def test_a_kind_from_its_guide_to_submitted(kind: K, phone: Any, store: Store) -> None:
    if kind is K.MILITARY_IN:
        comes_from_the_military(store, WHO[kind])
    sign_in(phone, WHO[kind])
    phone.goto("/business")
    phone.click(f"a[href='/business/{kind}']")
    phone.wait_for_selector("text=办理条件")
    phone.click("button:has-text('开始办理')")
    for number, _ in enumerate(KINDS[kind].pages, 1):
        phone.wait_for_url(f"**/applications/*/{number}")
        fill(phone)
        phone.click("button[value=next]")
    phone.wait_for_url("**/check")
    assert phone.locator(".fault").count() == 0, phone.locator(".fault").all_inner_texts()
    phone.click("button:has-text('确定，提交')")
    phone.wait_for_selector(".notice-good:has-text('已提交')")
    assert status_of(store, WHO[kind], kind) == (
        Status.APPROVED if kind is K.DEPARTMENT_UPKEEP else Status.INSTITUTION_REVIEW
    )
    if kind is not K.DEPARTMENT_UPKEEP:
        assert phone.locator(".notice-needs:has-text('请联系审核机构')").count() == 1
    phone.goto("/applications")
    assert phone.locator(f"li:has-text('{KINDS[kind].title.zh}')").count() >= 1


def status_of(store: Store, username: str, kind: K) -> Status:
    table, accounts = models.application, models.account
    with store.reading() as unit:
        query = (
            select(table.c.status)
            .join(accounts, accounts.c.person_id == table.c.person_id)
            .where(accounts.c.username == username, table.c.kind == kind)
            .order_by(table.c.created_at.desc())
        )
        return Status(unit.connection.execute(query).scalars().first())


def comes_from_the_military(store: Store, username: str) -> None:
    """A military registration of somebody who has no local one."""
    with store.writing() as unit:
        accounts = models.account
        query = select(accounts.c.person_id).where(accounts.c.username == username)
        person_id = PersonId(unit.connection.execute(query).scalar_one())
        row = MilitaryRegistration(
            id=MilitaryId("military-journey"),
            person_id=person_id,
            unit="某部队医院（样例）",
            organ="某军兵种卫生部门（样例）",
            certificate_number="军医字-旅程",
            level=Level.PHYSICIAN,
            category=10,
        )
        unit.add(models.military, row)
