"""What a physician finds on 首页 and 业务: records, qualifications, progress, the list, the printed form."""

from __future__ import annotations

import re

from sqlalchemy import select

from registry import models
from registry.accounts import masked
from registry.record import PersonId
from registry.store import Store
from registry.workflow import Status
from tests.web.conftest import SignIn

FILED, ON_ITS_WAY, RETURNED, CHANGED = "demo34", "demo17", "demo22", "demo27"


def person_of(store: Store, username: str) -> PersonId:
    table = models.account
    with store.reading() as unit:
        query = select(table.c.person_id).where(table.c.username == username)
        return PersonId(unit.connection.execute(query).scalar_one())


def application_of(store: Store, username: str, status: Status) -> str:
    table = models.application
    query = select(table.c.id).where(
        table.c.person_id == person_of(store, username), table.c.status == status
    )
    with store.reading() as unit:
        return str(unit.connection.execute(query.order_by(table.c.id.desc())).scalars().first())


def bare(page: str) -> str:
    """A page's text without markup and spaces, as numbers are shown in groups."""
    return re.sub(r"<[^>]*>|\s", "", page)


def test_practice_records_with_everything_they_say(signed_in: SignIn, store: Store) -> None:
    page = signed_in(FILED).get("/records").text
    with store.reading() as unit:
        dossier = unit.dossier(person_of(store, FILED))
    (record,) = dossier.live_records
    said = bare(page)
    for each in (record.licence_number, "海南省健康医院（样例）", "内科专业", "2026年05月07日"):
        assert each in said, each
    assert {"三亚市示范医院（样例）", "龙华区社区卫生服务中心（样例）"} == {
        dossier.institutions[filing.institution_id].name for filing in dossier.filings
    }
    for filing in dossier.filings:
        assert dossier.institutions[filing.institution_id].name in page


def test_numbers_of_qualifications_are_masked_until_asked_for_on_record(
    signed_in: SignIn, store: Store
) -> None:
    visitor = signed_in(FILED)
    with store.reading() as unit:
        dossier = unit.dossier(person_of(store, FILED))
    (qualification,) = dossier.qualifications
    hidden_away = visitor.get("/qualifications").text
    assert qualification.number not in bare(hidden_away)
    assert dossier.person.id_number not in bare(hidden_away)
    assert masked(qualification.number) in hidden_away
    shown = bare(visitor.post("/qualifications").text)
    assert qualification.number in shown
    assert dossier.person.id_number in shown
    with store.reading() as unit:
        last = unit.audit_page(after=unit.audit_head().seq - 1)
    assert [(row.action, row.subject) for row in last] == [("person.reveal", dossier.person.id)]
    assert qualification.number not in bare(visitor.get("/qualifications").text)


def test_progress_stands_at_the_end_of_the_business_page(signed_in: SignIn, store: Store) -> None:
    application = application_of(store, ON_ITS_WAY, Status.INSTITUTION_REVIEW)
    page = signed_in(ON_ITS_WAY).get("/business").text
    progress = page.index("业务进度")
    assert progress > page.index("/business/DEREGISTRATION")
    assert f"/applications/{application}" in page[progress:]
    assert "待机构审核" in page[progress:]
    assert "/applications/id" not in signed_in(FILED).get("/business").text


def test_applications_are_listed_filtered_and_opened(signed_in: SignIn, store: Store) -> None:
    visitor = signed_in(CHANGED)
    change = application_of(store, CHANGED, Status.APPROVED)
    row = f'href="/applications/{change}"'
    assert row in visitor.get("/applications").text
    assert row in visitor.get("/applications?state=closed&kind=CHANGE").text
    assert row not in visitor.get("/applications?state=open").text
    assert row not in visitor.get("/applications?kind=DEREGISTRATION").text
    detail = visitor.get(f"/applications/{change}").text
    assert "审批通过（已生效）" in detail
    assert detail.count("同意") >= 2  # both offices' opinions


def test_a_returned_one_says_what_to_correct(signed_in: SignIn, store: Store) -> None:
    application = application_of(store, RETURNED, Status.RETURNED_BY_INSTITUTION)
    page = signed_in(RETURNED).get(f"/applications/{application}").text
    assert "请更正执业范围" in page
    assert f"/applications/{application}/1" in page


def test_an_application_prints_with_both_opinions(signed_in: SignIn, store: Store) -> None:
    change = application_of(store, CHANGED, Status.APPROVED)
    page = signed_in(CHANGED).get(f"/applications/{change}/print").text
    assert "医师变更执业注册申请审核表" in page
    for office in ("医疗机构意见", "卫生健康行政部门意见"):
        opinion = page[page.index(office) :][:300]
        assert "同意" in opinion, office
    with store.reading() as unit:
        person = unit.dossier(person_of(store, CHANGED)).person
    assert person.name in page
    assert person.id_number not in page
