"""The institution edition: lists, detail with what is revealed on record, departments, accounts, photos."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from issuer.demo_portraits import portrait
from registry import models
from registry.kinds import ApplicationKind
from registry.ports import CommandCourier
from registry.record import Binding
from registry.store import Store
from registry.web.settings import Settings
from registry.workflow import Action, Status
from tests.web.conftest import Clock, SignIn, Visitor
from tests.web.desks import demo_over, fields, physician, stored
from tests.web.test_frame import change_account

COLUMNS = ("姓名", "性别", "年龄", "医师类别", "医师级别", "执业范围", "所在科室", "任职资格", "医师账户状态", "详细信息")  # fmt: skip


def records_in(page: str) -> list[str]:
    return re.findall(r'data-href="/institution/physicians/([\w-]+)"', page)


def record_of(store: Store, name: str) -> Any:
    records, people = models.practice_record, models.person
    query = (
        select(records, people.c.id_number, people.c.mobile)
        .join(people, people.c.id == records.c.person_id)
        .where(people.c.name == name)
    )
    with store.reading() as unit:
        return unit.connection.execute(query).first()


def audited(store: Store, action: str) -> list[Any]:
    table = models.audit
    with store.reading() as unit:
        query = select(table).where(table.c.action == action).order_by(table.c.seq)
        return list(unit.connection.execute(query))


# --- lists ----------------------------------------------------------------------------------------


def test_the_list_has_the_manuals_columns_and_no_numbers(signed_in: SignIn, store: Store) -> None:
    page = signed_in("clerk-hainan").get("/institution/physicians").text
    for column in COLUMNS:
        assert f"<th>{column}</th>" in page
    assert len(records_in(page)) >= 10
    with store.reading() as unit:
        rows = unit.connection.execute(select(models.person.c.id_number)).scalars()
        numbers = unit.connection.execute(select(models.qualification.c.number)).scalars()
        licences = unit.connection.execute(select(models.licence_number.c.number)).scalars()
        assert not [each for each in (*rows, *numbers, *licences) if each in page]


def test_the_filters_of_the_manual(signed_in: SignIn, store: Store) -> None:
    clerk = signed_in("clerk-hainan")

    def shown(query: str) -> set[str]:
        return set(records_in(clerk.get(f"/institution/physicians?{query}").text))

    everybody = shown("")
    mine = record_of(store, "林晓岚").id
    assert shown("name=lxl") == shown("name=林晓") == {mine}
    for name in ("modified", "licence", "joined"):
        yes, no = shown(f"{name}=yes"), shown(f"{name}=no")
        assert not yes & no
        assert yes | no == everybody
    table = models.practice_record
    with store.writing() as unit:
        put = table.update().where(table.c.id == mine)
        unit.connection.execute(put.values(department_id="hainan-1", modified=True))
    assert shown("department=hainan-1") == shown("modified=yes") == {mine}
    assert shown("tab=expertise") == set()
    with store.writing() as unit:
        put = table.update().where(table.c.id == mine)
        unit.connection.execute(put.values(scopes=("TCM.EXPERTISE",)))
    assert shown("tab=expertise") == {mine}


def test_every_list_of_filings_and_locations(signed_in: SignIn) -> None:
    ours, theirs = signed_in("clerk-hainan"), signed_in("clerk-sanya")
    for visitor, name in ((ours, "filed-elsewhere"), (theirs, "filed-here"), (ours, "legacy-elsewhere"), (theirs, "legacy-here")):  # fmt: skip
        page = visitor.get(f"/institution/lists/{name}").text
        assert "查看详细信息" in page, name
        other = ours if visitor is theirs else theirs
        assert "查看详细信息" not in other.get(f"/institution/lists/{name}").text, name
    assert "北京" in ours.get("/institution/elsewhere").text
    assert ours.get("/institution/lists/none").status_code == 404
    assert ours.get("/institution/filings-ending").status_code == 200


def test_a_department_is_set_chosen_and_seen(signed_in: SignIn, store: Store, clock: Clock) -> None:
    clerk = signed_in("clerk-hainan")
    wrong = clerk.post("/institution/departments", {"name": "心内科", "subjects": ["99"]})
    assert wrong.status_code == 422
    assert 'value="心内科"' in wrong.text
    right = {"name": "心内科", "subjects": ["03.04", "03"]}
    assert clerk.post("/institution/departments", right).status_code == 303
    assert "心内科" in clerk.get("/institution/departments").text
    with store.reading() as unit:
        (made,) = [each for each in unit.departments("hainan") if each.name == "心内科"]
    record = record_of(store, "林晓岚")
    demo = demo_over(store, clock.now)
    answers = {"record_id": record.id, "department_id": made.id}
    by = physician(record.person_id)
    one = demo.desk.start(
        ApplicationKind.DEPARTMENT_UPKEEP, answers, by=by, request="a", now=clock.now
    )
    demo.act(one, Action.SUBMIT, by)
    row = clerk.get("/institution/physicians?name=林晓岚").text
    assert "心内科</td>" in row
    path = f"/institution/departments/{made.id}/close"
    assert signed_in("clerk-sanya").post(path).status_code == 404
    assert clerk.post(path).status_code == 303
    with store.reading() as unit:
        assert [each.closed for each in unit.departments("hainan") if each.id == made.id] == [True]


# --- detail ---------------------------------------------------------------------------------------


def test_numbers_are_shown_on_a_click_and_that_is_on_record(
    signed_in: SignIn, store: Store
) -> None:
    record, clerk = record_of(store, "林晓岚"), signed_in("clerk-hainan")
    path = f"/institution/physicians/{record.id}"
    before = clerk.get(path).text
    assert record.id_number not in plain(before)
    assert record.licence_number not in plain(before)
    assert audited(store, "person.reveal") == []
    after = clerk.post(f"{path}/reveal").text
    assert record.id_number in plain(after)
    assert record.licence_number in plain(after)
    (row,) = audited(store, "person.reveal")
    assert (row.actor, row.subject) == ("clerk-hainan", record.person_id)
    assert clerk.client.post(f"{path}/reveal").status_code == 403


def plain(page: str) -> str:
    """A page without its tags: a number in groups is whole again."""
    return re.sub(r"<[^>]+>", "", page)


def test_a_filed_institution_sees_the_record_but_not_the_numbers(
    signed_in: SignIn, store: Store
) -> None:
    filed = next(
        iter(
            re.findall(
                r'href="/institution/physicians/([\w-]+)"',
                signed_in("clerk-sanya").get("/institution/lists/filed-here").text,
            )
        )
    )
    clerk = signed_in("clerk-sanya")
    page = clerk.get(f"/institution/physicians/{filed}")
    assert page.status_code == 200
    assert "显示证件码" not in page.text
    assert clerk.post(f"/institution/physicians/{filed}/reveal").status_code == 404
    assert "显示证件码" in signed_in("clerk-hainan").get(f"/institution/physicians/{filed}").text


def test_a_physician_is_checked_by_name_and_number_together(
    signed_in: SignIn, store: Store
) -> None:
    record, clerk = record_of(store, "林晓岚"), signed_in("clerk-beijing")
    said = {"name": "林晓岚", "number": record.licence_number}
    assert "data-found" in clerk.post("/institution/check", said).text
    for wrong in ({**said, "name": "周启明"}, {**said, "number": record.licence_number[:-1] + "0"}):
        page = clerk.post("/institution/check", wrong).text
        assert "data-found" not in page
        assert "没有姓名和编码都相符的执业信息" in page


# --- accounts and photos --------------------------------------------------------------------------


def test_accounts_are_revoked_and_activated(signed_in: SignIn, store: Store) -> None:
    record, clerk = record_of(store, "林晓岚"), signed_in("clerk-hainan")
    assert "林晓岚" in clerk.get("/institution/accounts?tab=revoke").text
    path = f"/institution/accounts/{record.person_id}"
    assert signed_in("clerk-sanya").post(f"{path}/revoke").status_code == 404
    assert clerk.post(f"{path}/revoke").status_code == 303
    assert binding(store, record.person_id) is Binding.REVOKED
    assert "林晓岚" in clerk.get("/institution/accounts?tab=activate").text
    assert clerk.post(f"{path}/activate").status_code == 303
    assert binding(store, record.person_id) is Binding.ACTIVE


def binding(store: Store, person_id: str) -> Binding:
    table = models.person
    with store.reading() as unit:
        query = select(table.c.binding).where(table.c.id == person_id)
        return Binding(unit.connection.execute(query).scalar_one())


def test_automatic_activation_is_a_switch_and_on_record(signed_in: SignIn, store: Store) -> None:
    clerk, table = signed_in("clerk-hainan"), models.institution

    def is_on() -> bool:
        with store.reading() as unit:
            query = select(table.c.auto_activates).where(table.c.id == "hainan")
            return bool(unit.connection.execute(query).scalar_one())

    assert not is_on()
    clerk.post("/institution/accounts/automatic", {"on": "yes"})
    assert is_on()
    clerk.post("/institution/accounts/automatic", {"on": "no"})
    assert not is_on()
    assert len(audited(store, "institution.auto_activation")) == 2


def new_photo(store: Store, clock: Clock, name: str, number: int) -> Any:
    record = record_of(store, name)
    demo = demo_over(store, clock.now)
    demo.desk.upload_photo(portrait(number), by=physician(record.person_id), now=clock.now)
    return record


def pending_in(page: str, person_id: str) -> str:
    form = page.split(f'action="/institution/photos/{person_id}"', 1)[1]
    return form.split('name="sha256" value="', 1)[1].split('"', 1)[0]


def test_a_photo_is_confirmed_beside_the_old_one(
    signed_in: SignIn, store: Store, clock: Clock
) -> None:
    record, clerk = new_photo(store, clock, "林晓岚", 3), signed_in("clerk-hainan")
    page = clerk.get("/institution/photos").text
    sha256 = pending_in(page, record.person_id)
    assert page.count(f"/institution/photos/{record.person_id}/") == 2
    picture = f"/institution/photos/{record.person_id}/{sha256}"
    assert clerk.get(picture).mimetype == "image/png"
    assert signed_in("clerk-sanya").get(picture).status_code == 404
    path, said = f"/institution/photos/{record.person_id}", {"sha256": sha256}
    assert clerk.post(path, {**said, "answer": "refuse"}).status_code == 422
    new_photo(store, clock, "林晓岚", 4)
    assert clerk.post(path, {**said, "answer": "confirm"}).status_code == 409
    fresh = {"sha256": pending_in(clerk.get("/institution/photos").text, record.person_id)}
    assert clerk.post(path, {**fresh, "answer": "confirm"}).status_code == 303
    with store.reading() as unit:
        dossier = unit.dossier(record.person_id)
    assert dossier.confirmed_photo and dossier.confirmed_photo.sha256 == fresh["sha256"]  # noqa: PT018


def test_a_photo_is_refused_and_the_physician_reads_why(
    app: Flask, signed_in: SignIn, store: Store, clock: Clock
) -> None:
    record, clerk = new_photo(store, clock, "林晓岚", 3), signed_in("clerk-hainan")
    with store.reading() as unit:
        before = unit.dossier(record.person_id).confirmed_photo
    said = {"sha256": pending_in(clerk.get("/institution/photos").text, record.person_id)}
    path, why = f"/institution/photos/{record.person_id}", "背景不是白色"
    answer = {**said, "answer": "refuse", "reason": why}
    assert signed_in("clerk-sanya").post(path, answer).status_code == 404
    assert clerk.post(path, answer).status_code == 303
    assert f'action="{path}"' not in clerk.get("/institution/photos").text
    with store.reading() as unit:
        after = unit.dossier(record.person_id)
    assert (after.confirmed_photo, after.pending_photo) == (before, None)
    phone = signed_in("demo01")
    page = phone.get("/messages").text
    assert "个人照片未通过机构确认" in page
    assert why in page
    (guide,) = set(re.findall(r'href="(/business/INFO_MODIFICATION)"', page))
    draft = phone.post(guide, {"request": "b" * 32}).location
    assert f"上次的照片未通过机构确认：{why}" in phone.get(draft).text
    # Another photo, and the old refusal is over.
    desk = app.extensions["yizheng"].desk
    desk.upload_photo(portrait(4), by=physician(record.person_id), now=clock.now)
    assert why not in phone.get(draft).text
    assert clerk.post(path, {**answer}).status_code == 409  # that photo is gone


# --- what an institution starts -------------------------------------------------------------------


def begun(visitor: Visitor, record_id: str, kind: str) -> Any:
    return visitor.post(f"/desk/records/{record_id}/start/{kind}", {"request": "a" * 32})


def test_an_institution_starts_a_suspension_of_its_own_physician(
    signed_in: SignIn, store: Store
) -> None:
    record, clerk = record_of(store, "林晓岚"), signed_in("clerk-hainan")
    assert begun(signed_in("clerk-sanya"), record.id, "SUSPEND_FILING").status_code == 404
    assert begun(clerk, record.id, "CHANGE").status_code == 403
    path = begun(clerk, record.id, "SUSPEND_FILING").location
    page = clerk.get(path).text
    empty = clerk.client.post(path, data=start_fields(page))
    assert empty.status_code == 422
    hidden = start_fields(empty.text)
    said = {**hidden, "reason": "TRANSFERRED", "formalities_on": "2026-09-01"}
    answer = clerk.client.post(path, data=said)
    assert answer.status_code == 303, answer.text
    application_id = path.rsplit("/", 1)[1]
    assert stored(store, application_id).status is Status.AUTHORITY_REVIEW
    officer = signed_in("officer1-hc46").get(f"/desk/applications/{application_id}").text
    assert "已超过三十日的报告期限" in officer
    assert "暂停证照 2 张" in officer
    assert application_id in clerk.get("/desk/queue?tab=STARTED").text


def start_fields(page: str) -> dict[str, str]:
    """The hidden fields of the form of a draft."""
    form = page.split('class="card-y form">', 1)[1].split("</form>", 1)[0]
    return fields(f"<form method={form}")


def test_an_activation_code_goes_to_the_physicians_own_number(
    signed_in: SignIn, store: Store, settings: Settings
) -> None:
    record = record_of(store, "林晓岚")
    clerk = signed_in("clerk-hainan")
    clerk.post(f"/institution/accounts/{record.person_id}/revoke")
    path = f"/institution/accounts/{record.person_id}/code"
    assert path in clerk.get("/institution/accounts").text
    assert clerk.post(path).status_code == 303
    (sent,) = (settings.data / "outbox").iterdir()
    with store.reading() as unit:
        person = unit.dossier(record.person_id).person
    assert person.mobile in sent.read_text("utf-8")
    assert "激活码" in sent.read_text("utf-8")
    assert "激活码已发送" in clerk.get("/institution/accounts").text
    assert signed_in("clerk-sanya").post(path).status_code == 404


def waiting_for_activation(store: Store, signed_in: SignIn) -> tuple[Any, Visitor, str]:
    """A physician whose account is revoked, a clerk of the institution, and where codes are sent from."""
    record, clerk = record_of(store, "林晓岚"), signed_in("clerk-hainan")
    clerk.post(f"/institution/accounts/{record.person_id}/revoke")
    return record, clerk, f"/institution/accounts/{record.person_id}/code"


def binding_of(store: Store, person_id: Any) -> Binding:
    with store.reading() as unit:
        return unit.dossier(person_id).person.binding


def codes_of(store: Store, person_id: str) -> int:
    table = models.activation_code
    query = select(func.count()).where(table.c.person_id == person_id)
    with store.reading() as unit:
        return int(unit.connection.execute(query).scalar_one())


def test_without_a_number_there_is_nowhere_to_send_a_code(
    signed_in: SignIn, store: Store, settings: Settings
) -> None:
    record, clerk, path = waiting_for_activation(store, signed_in)
    change_account(store, "demo01", mobile=None, email=None)
    assert clerk.post(path).status_code == 303
    assert "没有可以接收激活码的手机号" in clerk.get("/institution/accounts").text
    assert not (settings.data / "outbox").exists()
    assert binding_of(store, record.person_id) is Binding.REVOKED
    assert codes_of(store, record.person_id) == 0
    change_account(store, "demo01", mobile="13900000001")
    assert clerk.post(path).status_code == 303
    assert "激活码已发送" in clerk.get("/institution/accounts").text
    assert codes_of(store, record.person_id) == 1
    assert binding_of(store, record.person_id) is Binding.PENDING_ACTIVATION


def test_a_code_that_was_not_sent_takes_no_earlier_one_away(
    app: Flask, signed_in: SignIn, store: Store, settings: Settings
) -> None:
    record, clerk, path = waiting_for_activation(store, signed_in)
    assert clerk.post(path).status_code == 303
    (first,) = (settings.data / "outbox").iterdir()
    works = app.extensions["yizheng"]
    app.extensions["yizheng"] = replace(works, sms=CommandCourier(command="/bin/false"))
    assert clerk.post(path).status_code == 303
    assert "激活码未能发送" in clerk.get("/institution/accounts").text
    assert codes_of(store, record.person_id) == 1
    assert len(audited(store, "account.activation_code.unsent")) == 1
    app.extensions["yizheng"] = works
    phone = signed_in("demo01")
    code = first.read_text("utf-8").split("激活码 ")[1][:8]
    assert phone.post("/binding/activate", {"activation_code": code}).status_code == 303
    assert binding_of(store, record.person_id) is Binding.ACTIVE
