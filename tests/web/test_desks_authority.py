"""The authority's desk: one page a physician, two clerks for what takes two, base data, tasks and lists."""

from __future__ import annotations

import io
import re
from typing import Any

from sqlalchemy import select

from issuer.demo_portraits import portrait
from registry import models
from registry.accounts import check_character
from registry.record import Standing
from registry.store import Store
from registry.workflow import Status
from tests.web.conftest import Clock, SignIn
from tests.web.desks import fields, stored
from tests.web.test_desks_institution import audited, plain, record_of

ORDER = {"ground": "定期考核不合格", "document": "琼卫医〔2026〕9号（样例）"}


def page_of(record: Any) -> str:
    return f"/authority/people/{record.person_id}"


def test_physicians_are_found_by_name_initials_and_number(signed_in: SignIn, store: Store) -> None:
    officer, record = signed_in("officer1-hc46"), record_of(store, "林晓岚")
    for typed in ("林晓", "lxl", record.licence_number):
        assert page_of(record) in officer.get(f"/authority/people?typed={typed}").text
    assert page_of(record) not in officer.get("/authority/people?typed=周启明").text
    other = signed_in("officer1-hc11")
    assert page_of(record) not in other.get("/authority/people?typed=林晓").text


def test_one_page_a_physician_with_versions_side_by_side(signed_in: SignIn, store: Store) -> None:
    record = record_of(store, "萧逸飞")
    page = signed_in("officer1-hc46").get(page_of(record)).text
    for part in ("历次版本", "时间线", "不予注册期限", "证照", "医师资格", "备案"):
        assert part in page
    with store.reading() as unit:
        versions = unit.versions(record.id)
    assert len(versions) >= 2
    assert all(f"第 {body['version']} 版" in page for body in versions)
    assert "<ins>" in page
    assert record.id_number not in plain(page)


def test_the_authority_too_looks_on_record(signed_in: SignIn, store: Store) -> None:
    record, officer = record_of(store, "林晓岚"), signed_in("officer1-hc46")
    shown = officer.post(f"{page_of(record)}/reveal").text
    assert record.id_number in plain(shown)
    (row,) = audited(store, "person.reveal")
    assert (row.actor, row.subject) == ("officer1-HC46", record.person_id)


def test_a_suspension_takes_two_clerks(signed_in: SignIn, store: Store) -> None:
    record = record_of(store, "林晓岚")
    one, two = signed_in("officer1-hc46"), signed_in("officer2-hc46")
    path = f"{page_of(record)}/suspend/{record.id}"
    without = one.post(path, {**ORDER, "document": " "})
    assert without.status_code == 422
    assert 'value="定期考核不合格"' in without.text
    assert one.post(path, ORDER).status_code == 303
    page = one.get("/authority/orders").text
    assert "您是提出人" in page
    (confirm,) = re.findall(
        r'action="(/authority/orders/[\w-]+/confirm)"', two.get("/authority/orders").text
    )
    assert one.post(confirm).status_code == 403
    assert record_of(store, "林晓岚").standing is Standing.VALID
    assert signed_in("officer2-hc11").post(confirm).status_code == 404
    assert two.post(confirm).status_code == 303
    assert record_of(store, "林晓岚").standing is Standing.SUSPENDED
    lift = f"{page_of(record)}/lift/{record.id}"
    assert one.post(lift, {"ground": " "}).status_code == 422
    assert one.post(lift, {"ground": "考核合格"}).status_code == 303
    assert record_of(store, "林晓岚").standing is Standing.VALID


def test_a_bar_is_entered_by_one_and_lifted_by_two(signed_in: SignIn, store: Store) -> None:
    record = record_of(store, "林晓岚")
    one, two = signed_in("officer1-hc46"), signed_in("officer2-hc46")
    bar = {"ground": "LICENCE_REVOKED", "since": "2026-11-01", "until": "2028-11-01"}
    assert one.post(f"{page_of(record)}/bars", {**bar, "source": ""}).status_code == 422
    assert (
        one.post(f"{page_of(record)}/bars", {**bar, "source": "行罚〔2026〕1号"}).status_code == 303
    )
    (lift,) = re.findall(r'action="([^"]+/bars/[\w-]+/lift)"', one.get(page_of(record)).text)
    assert one.post(lift, {"ground": "撤销处罚", "document": ""}).status_code == 422
    assert one.post(lift, {"ground": "撤销处罚", "document": "判决书1号"}).status_code == 303
    (confirm,) = re.findall(
        r'action="(/authority/liftings/[\w-]+/confirm)"', two.get("/authority/orders").text
    )
    assert one.post(confirm).status_code == 403
    assert holds(store, record.person_id) == "2028-11-01"
    assert two.post(confirm).status_code == 303
    assert holds(store, record.person_id) == "2026-11-22"
    assert two.post(confirm).status_code == 409


def holds(store: Store, person_id: str) -> str:
    with store.reading() as unit:
        (bar,) = unit.dossier(person_id).bars  # type: ignore[arg-type]
    return str(bar.until)


def test_a_missing_qualification_is_entered(signed_in: SignIn, store: Store) -> None:
    officer = signed_in("officer1-hc46")
    stem = "46010619700101123"
    id_number = stem + check_character(stem)
    said = {
        "name": "补录一",
        "id_number": id_number,
        "number": f"1998461{10}{id_number}",
        "level": "1",
        "category": "10",
        "source": "RECOGNISED_PRE1999",
        "obtained_on": "1998-12-01",
        "authority_name": "海南省卫生健康委员会（样例）",
    }
    for wrong in ({"id_number": "460106197001011230"}, {"number": "123"}, {"source": "OTHER"}):
        answer = officer.post("/authority/qualifications", {**said, **wrong})
        assert answer.status_code == 422, wrong
        assert 'value="补录一"' in answer.text
    assert officer.post("/authority/qualifications", said).status_code == 303
    other = {**said, "name": "补录二", "number": f"1999461{10}{id_number}"}
    assert officer.post("/authority/qualifications", other).status_code == 409
    table = models.qualification
    with store.reading() as unit:
        query = select(table.c.source).where(table.c.number == said["number"])
        assert unit.connection.execute(query).scalar_one() == "RECOGNISED_PRE1999"


def test_tasks_and_lists(signed_in: SignIn, store: Store) -> None:
    officer = signed_in("officer1-hc46")
    tasks = officer.get("/authority/tasks").text
    assert "备案已满二年" in tasks
    assert "已满十五个工作日，可以接办" in tasks
    registered = officer.get("/authority/announcements?since=2026-01-01&until=2026-11-23").text
    assert "林晓岚" in registered
    other = signed_in("officer1-hc11").get("/authority/announcements?since=2026-01-01").text
    assert "林晓岚" not in other
    assert officer.get("/authority/announcements?kind=X").status_code == 404
    assert "clerk-hainan" in officer.get("/authority/clerks").text
    assert "clerk-hainan" not in signed_in("officer1-hc11").get("/authority/clerks").text


def test_ex_officio_takes_a_second_clerk(signed_in: SignIn, store: Store, clock: Clock) -> None:
    record = record_of(store, "田蕙兰")
    one, two = signed_in("officer1-hc46"), signed_in("officer2-hc46")
    path = one.post(
        f"/desk/records/{record.id}/start/DEREGISTRATION", {"request": "b" * 32}
    ).location
    page = one.get(path).text
    form = page.split('class="card-y form">', 1)[1].split("</form>", 1)[0]
    data = {**fields(f"<form method={form}"), "reason": "OTHER_LEGAL"}
    without = one.client.post(path, data=data)
    assert without.status_code == 422
    form = without.text.split('class="card-y form">', 1)[1].split("</form>", 1)[0]
    picture = (io.BytesIO(portrait(1)), "evidence.png")
    data = {
        **fields(f"<form method={form}"),
        "reason": "OTHER_LEGAL",
        "known_on": "2026-11-20",
        "evidence": picture,
    }
    assert one.client.post(path, data=data).status_code == 303
    application_id = path.rsplit("/", 1)[1]
    assert stored(store, application_id).status is Status.ACCEPTED
    decision = f"/desk/applications/{application_id}"
    page = one.get(decision).text
    assert 'value="APPROVE"' not in page
    assert 'value="APPROVE"' in two.get(decision).text
    own = {"action": "APPROVE", "request": "c" * 32, "seen": "x"}
    assert one.post(decision, own).status_code == 403
    data = {**fields(two.get(decision).text), "action": "APPROVE"}
    assert two.client.post(decision, data=data).status_code == 303
    assert record_of(store, "田蕙兰").standing is Standing.DEREGISTERED


def test_a_qualification_is_replaced_and_an_exception_noted(
    signed_in: SignIn, store: Store
) -> None:
    record, officer = record_of(store, "林晓岚"), signed_in("officer1-hc46")
    relink = f"{page_of(record)}/relink/{record.id}"
    assert officer.post(relink, {"qualification_id": "none"}).status_code == 409
    same = {"qualification_id": record.qualification_id}
    assert officer.post(relink, same).status_code == 303
    mark = f"{page_of(record)}/exception/{record.id}"
    assert officer.post(mark, {"reason": ""}).status_code == 422
    assert officer.post(mark, {"reason": "两个类别均经批准"}).status_code == 303
    assert record_of(store, "林晓岚").is_exception
