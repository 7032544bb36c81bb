"""The review queue and one application's page: what an office sees, decides, and is refused."""

from __future__ import annotations

import re
import secrets
import threading
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

import app as application
from issuer.demo_portraits import portrait
from registry import models, queues
from registry.kinds import KINDS
from registry.roles import Role
from registry.rules import Policy
from registry.store import Store
from registry.web.settings import Settings
from registry.workflow import Action, Status
from tests.web.conftest import Clock, SignIn, Visitor
from tests.web.desks import (
    count,
    demo_over,
    fields,
    first_waiting,
    more_clerks,
    physician,
    stored,
    waiting,
)

HERE = ("institution_id", "hainan")
THERE = ("authority_id", "HC46")


def decide(visitor: Visitor, application_id: str, action: Action, **said: Any) -> Any:
    """Opens the page and presses a button of it."""
    path = f"/desk/applications/{application_id}"
    page = visitor.get(path)
    assert page.status_code == 200, page.text
    return visitor.client.post(path, data={**fields(page.text), "action": action, **said})


# --- the queue ------------------------------------------------------------------------------------


def test_a_queue_is_the_offices_own_oldest_first(signed_in: SignIn, store: Store) -> None:
    page = signed_in("clerk-hainan").get("/desk", follow_redirects=True).text
    ids = waiting_in(page)
    assert ids == sorted(ids, key=lambda each: (stored(store, each).waits_since, each))
    assert len(ids) >= 3
    assert {stored(store, each).institution_id for each in ids} == {"hainan"}
    other = signed_in("clerk-sanya").get("/desk/queue").text
    assert waiting_in(other)
    assert not set(waiting_in(other)) & set(ids)


def test_an_authority_has_a_queue_for_each_step(signed_in: SignIn) -> None:
    officer = signed_in("officer1-hc46")
    for tab, least in (("AUTHORITY_REVIEW", 1), ("ACCEPTED", 2), ("TAKE_OVER", 1), ("DONE", 5)):
        page = officer.get(f"/desk/queue?tab={tab}").text
        assert len(waiting_in(page)) >= least, tab
    assert "已超期" in officer.get("/desk/queue?tab=ACCEPTED").text
    assert officer.get("/desk/queue?tab=INSTITUTION_REVIEW").status_code == 404


def test_a_long_queue_goes_on_where_the_page_ended(
    signed_in: SignIn, store: Store, clock: Clock
) -> None:
    waiting(store, clock.now, 5)
    clerk = signed_in("clerk-hainan")
    everything = waiting_in(clerk.get("/desk/queue").text)
    with store.reading() as unit:
        first = queues.review_queue(unit, *HERE, Status.INSTITUTION_REVIEW, limit=3, after="")
        rest = queues.review_queue(
            unit, *HERE, Status.INSTITUTION_REVIEW, limit=50, after=first[-1].key
        )
    assert [each.application.id for each in (*first, *rest)] == everything
    assert clerk.get(f"/desk/queue?after={first[-1].key}").status_code == 200
    assert clerk.get("/desk/queue?after=never~x").status_code == 404


def test_filters_by_name_kind_and_number(signed_in: SignIn) -> None:
    clerk = signed_in("clerk-hainan")
    everything = waiting_in(clerk.get("/desk/queue").text)
    page = clerk.get("/desk/queue?kind=INFO_MODIFICATION").text
    assert 0 < len(waiting_in(page)) < len(everything)
    assert waiting_in(clerk.get("/desk/queue?name=罗诗").text)
    assert not waiting_in(clerk.get("/desk/queue?name=%25").text)


def waiting_in(page: str) -> list[str]:
    return re.findall(r'data-href="/desk/applications/(\w+)', page)


# --- one decision ---------------------------------------------------------------------------------


def test_an_institution_passes_and_an_authority_approves(signed_in: SignIn, store: Store) -> None:
    one = first_waiting(store, *HERE, Status.INSTITUTION_REVIEW)
    answer = decide(signed_in("clerk-hainan"), one, Action.PASS, employs="yes", opinion="同意")
    assert answer.status_code == 303
    assert stored(store, one).status is Status.AUTHORITY_REVIEW
    officer = signed_in("officer1-hc46")
    assert decide(officer, one, Action.ACCEPT, papers_seen="yes").status_code == 303
    before = count(store, "credential")
    page = officer.get(f"/desk/applications/{one}").text
    assert "签发新证照 2 张" in page
    assert decide(officer, one, Action.APPROVE).status_code == 303
    assert stored(store, one).status is Status.APPROVED
    assert count(store, "credential") == before + 2


def test_what_is_missing_is_said_and_what_was_typed_stays(signed_in: SignIn, store: Store) -> None:
    clerk = signed_in("clerk-hainan")
    one = first_waiting(store, *HERE, Status.INSTITUTION_REVIEW)
    without = decide(clerk, one, Action.PASS, opinion="材料齐全，拟同意")
    assert without.status_code == 422
    assert "请确认本机构已（拟）聘用该医师" in without.text
    assert "材料齐全，拟同意</textarea>" in without.text
    assert decide(clerk, one, Action.RETURN).status_code == 422
    assert stored(store, one).status is Status.INSTITUTION_REVIEW
    assert decide(clerk, one, Action.RETURN, opinion="请更正执业范围").status_code == 303
    assert stored(store, one).status is Status.RETURNED_BY_INSTITUTION


def test_a_refusal_needs_its_ground(signed_in: SignIn, store: Store) -> None:
    officer, one = (
        signed_in("officer1-hc46"),
        first_waiting(store, *THERE, Status.ACCEPTED),
    )
    answer = decide(officer, one, Action.REFUSE, opinion="不符合条件")
    assert answer.status_code == 422
    assert "请选择不予批准的理由" in answer.text
    said = {"opinion": "不符合条件", "ground": "NOT_QUALIFIED_FOR_SCOPE"}
    assert decide(officer, one, Action.REFUSE, **said).status_code == 303
    assert stored(store, one).status is Status.REJECTED_BY_AUTHORITY


@pytest.mark.parametrize("who", ["clerk-sanya", "officer1-hc11"])
def test_another_offices_application_does_not_exist(
    who: str, signed_in: SignIn, store: Store
) -> None:
    one = first_waiting(store, *HERE, Status.INSTITUTION_REVIEW)
    visitor = signed_in(who)
    path = f"/desk/applications/{one}"
    assert visitor.get(path).status_code == 404
    assert visitor.post(path, {"action": "PASS", "request": "0" * 32}).status_code == 404
    assert signed_in("clerk-hainan").get(path).status_code == 200


def test_physicians_and_the_public_have_no_desk(signed_in: SignIn, visitor: Visitor) -> None:
    assert signed_in("demo01").get("/desk/queue").status_code == 403
    assert visitor.get("/desk/queue").status_code == 303
    assert signed_in("clerk-hainan").get("/desk/queue").status_code == 200


def test_a_decision_without_the_token_is_refused(signed_in: SignIn, store: Store) -> None:
    clerk, one = signed_in("clerk-hainan"), first_waiting(store, *HERE, Status.INSTITUTION_REVIEW)
    path = f"/desk/applications/{one}"
    data = fields(clerk.get(path).text)
    token = data.pop("csrf_token")
    said = {**data, "action": "PASS", "employs": "yes"}
    assert clerk.client.post(path, data=said).status_code == 403
    assert stored(store, one).status is Status.INSTITUTION_REVIEW
    assert clerk.client.post(path, data={**said, "csrf_token": token}).status_code == 303


# --- what changed meanwhile -----------------------------------------------------------------------


def test_a_stale_page_says_what_changed_and_keeps_the_opinion(
    signed_in: SignIn, store: Store, clock: Clock
) -> None:
    one = first_waiting(store, *HERE, Status.INSTITUTION_REVIEW)
    clerk, path = signed_in("clerk-hainan"), f"/desk/applications/{one}"
    data = fields(clerk.get(path).text)
    person_id = stored(store, one).person_id
    demo = demo_over(store, clock.now)
    demo.desk.upload_photo(portrait(7), by=physician(person_id), now=clock.now)
    said = {**data, "action": "PASS", "employs": "yes", "opinion": "同意聘用"}
    answer = clerk.client.post(path, data=said)
    assert answer.status_code == 409
    assert "照片已更换" in answer.text
    assert "同意聘用</textarea>" in answer.text
    # The photo the form names is gone, so the application can only go back; from the fresh page it does.
    assert "按现有登记信息不能生效" in answer.text
    again = {**fields(answer.text), "action": "RETURN", "opinion": "请重新选择照片"}
    assert clerk.client.post(path, data=again).status_code == 303


def test_who_comes_second_reads_who_decided(signed_in: SignIn, store: Store, app: Flask) -> None:
    more_clerks(store, Role.INSTITUTION_CLERK, "hainan", "second")
    one = first_waiting(store, *HERE, Status.INSTITUTION_REVIEW)
    path = f"/desk/applications/{one}"
    clerks = [signed_in("clerk-hainan"), signed_in("second")]
    forms = [fields(each.get(path).text) for each in clerks]
    answers: list[Any] = [None, None]
    ready = threading.Barrier(2)

    def press(n: int) -> None:
        ready.wait()
        said = {"action": "PASS", "employs": "yes", "opinion": f"意见{n}"}
        answers[n] = clerks[n].client.post(path, data={**forms[n], **said})

    threads = [threading.Thread(target=press, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(each.status_code for each in answers) == [303, 409]
    lost = next(n for n in range(2) if answers[n].status_code == 409)
    winner = ("演示经办人", "经办second")[1 - lost]
    assert f"{winner}已于" in answers[lost].text
    assert "作出「通过」" in answers[lost].text
    assert f"意见{lost}" in answers[lost].text
    with store.reading() as unit:
        steps = [each for each in unit.steps(one) if each.action is Action.PASS]
    assert len(steps) == 1


def test_the_same_press_twice_acts_once(signed_in: SignIn, store: Store) -> None:
    clerk, one = signed_in("clerk-hainan"), first_waiting(store, *HERE, Status.INSTITUTION_REVIEW)
    path = f"/desk/applications/{one}"
    said = {**fields(clerk.get(path).text), "action": "PASS", "employs": "yes"}
    assert [clerk.client.post(path, data=said).status_code for _ in range(2)] == [303, 303]
    with store.reading() as unit:
        assert [each.action for each in unit.steps(one)].count(Action.PASS) == 1


# --- the impact -----------------------------------------------------------------------------------


def test_the_preview_says_what_then_happens(store: Store, clock: Clock) -> None:
    """Every waiting application of the country, taken on to its effect: the orders foretold are those
    written, and the fields foretold those of the record."""
    demo = demo_over(store, clock.now)
    demo.now = clock.now
    with store.reading() as unit:
        table = models.application
        open_now = select(table.c.id).where(
            table.c.status.in_(["INSTITUTION_REVIEW", "AUTHORITY_REVIEW", "ACCEPTED"])
        )
        ids = list(unit.connection.execute(open_now.order_by(table.c.id)).scalars())
    kinds, orders = set(), 0
    for one in ids:
        waits = stored(store, one)
        by = (
            demo.officer(waits.authority_id)
            if waits.status is not Status.INSTITUTION_REVIEW
            else demo.clerk(str(waits.institution_id))
        )
        impact = demo.desk.preview(one, by=by, now=clock.now)
        assert not impact.reasons
        before = written(store)
        demo.advance(one, Status.APPROVED)
        assert written(store)[len(before) :] == [each.action for each in impact.orders]
        with store.reading() as unit:
            after = unit.dossier(waits.person_id)
        for change in impact.changes:
            record = after.record(change.subject)
            if change.shows == "institution" and record is not None:
                assert record.institution_id == change.after
        kinds.add(KINDS[waits.kind].code)
        orders += len(impact.orders)
    assert len(kinds) >= 4
    assert orders >= 10


def written(store: Store) -> list[Any]:
    with store.reading() as unit:
        table = models.issue_order
        return list(unit.connection.execute(select(table.c.action).order_by(table.c.id)).scalars())


def test_a_preview_changes_nothing(signed_in: SignIn, store: Store) -> None:
    one = first_waiting(store, *THERE, Status.ACCEPTED)
    tables = ("audit", "issue_order", "credential", "licence_number", "practice_record_version")
    officer = signed_in("officer1-hc46")
    before = [count(store, table) for table in tables]
    assert "批准时编定" in officer.get(f"/desk/applications/{one}").text
    assert [count(store, table) for table in tables] == before


# --- many at once ---------------------------------------------------------------------------------


def test_a_batch_gives_a_result_for_each(signed_in: SignIn, store: Store, clock: Clock) -> None:
    ids = waiting(store, clock.now, 3)
    clerk = signed_in("clerk-hainan")
    address = "/desk/batch?tab=INSTITUTION_REVIEW&" + "&".join(f"id={each}" for each in ids)
    page = clerk.get(address).text
    sent = fields(page)
    assert {f"seen.{each}" for each in ids} <= sent.keys()
    withdraw(store, clock, ids[1])
    data = {**sent, "id": ids, "employs": "yes", "opinion": "同意"}
    answer = clerk.client.post("/desk/batch", data=data)
    assert answer.status_code == 200
    assert "成功 2 / 3" in answer.text
    assert "该业务已撤回" in answer.text
    assert [stored(store, each).status for each in ids] == [
        Status.AUTHORITY_REVIEW,
        Status.WITHDRAWN,
        Status.AUTHORITY_REVIEW,
    ]


def test_a_batch_holds_nothing_of_another_office(signed_in: SignIn, store: Store) -> None:
    one = first_waiting(store, *HERE, Status.INSTITUTION_REVIEW)
    stranger = signed_in("clerk-sanya")
    data = {"tab": "INSTITUTION_REVIEW", "id": one, "request": secrets.token_hex(16)}
    assert stranger.post("/desk/batch", data).status_code == 404
    assert stranger.get(f"/desk/batch?tab=INSTITUTION_REVIEW&id={one}").status_code == 404
    clerk = signed_in("clerk-hainan")
    assert clerk.get(f"/desk/batch?tab=INSTITUTION_REVIEW&id={one}").status_code == 200


def withdraw(store: Store, clock: Clock, application_id: Any) -> None:
    demo = demo_over(store, clock.now, first=300)
    demo.act(application_id, Action.WITHDRAW, physician(stored(store, application_id).person_id))


# --- saved phrases --------------------------------------------------------------------------------


def test_phrases_are_ones_own(signed_in: SignIn, store: Store) -> None:
    clerk, other = signed_in("clerk-hainan"), signed_in("clerk-sanya")
    assert clerk.post("/desk/phrases", {"text": "材料齐全，同意"}).status_code == 303
    page = clerk.get("/desk/phrases").text
    assert "材料齐全，同意" in page
    assert "材料齐全，同意" not in other.get("/desk/phrases").text
    drop = page.split('action="', 3)
    path = next(part.split('"', 1)[0] for part in drop if "/drop" in part.split('"', 1)[0])
    assert other.post(path).status_code == 404
    one = first_waiting(store, *HERE, Status.INSTITUTION_REVIEW)
    assert 'data-phrase="材料齐全，同意"' in clerk.get(f"/desk/applications/{one}").text
    assert clerk.post(path).status_code == 303
    assert "材料齐全，同意" not in clerk.get("/desk/phrases").text


def test_a_portrait_is_for_those_it_concerns(signed_in: SignIn, store: Store) -> None:
    one = first_waiting(store, *HERE, Status.INSTITUTION_REVIEW)
    clerk = signed_in("clerk-hainan")
    page = clerk.get(f"/desk/applications/{one}").text
    path = page.split(f'src="/desk/applications/{one}/photo/', 1)[1].split('"', 1)[0]
    picture = clerk.get(f"/desk/applications/{one}/photo/{path}")
    assert picture.status_code == 200
    assert picture.mimetype == "image/png"
    assert clerk.get(f"/desk/applications/{one}/photo/{'0' * 64}").status_code == 404
    other = signed_in("clerk-sanya")
    assert other.get(f"/desk/applications/{one}/photo/{path}").status_code == 404


def test_where_two_persons_decide_the_page_says_who_is_waited_for(
    settings: Settings, store: Store, clock: Clock
) -> None:
    strict = settings.model_copy(update={"policy": Policy(two_persons_decide=True)})
    app = application.create_app(strict, store=store, clock=clock, testing=True)
    first, second = (Visitor(app).sign_in(f"officer{n}-hc46") for n in (1, 2))
    one = first_waiting(store, *THERE, Status.AUTHORITY_REVIEW)
    assert decide(first, one, Action.ACCEPT, papers_seen="yes").status_code == 303
    page = first.get(f"/desk/applications/{one}").text
    assert "另一名经办人员" in page
    assert 'value="APPROVE"' not in page
    path = f"/desk/applications/{one}"
    theirs = {**fields(second.get(path).text), "action": "APPROVE"}
    theirs.pop("csrf_token")
    assert first.post(path, theirs).status_code == 403
    assert stored(store, one).status is Status.ACCEPTED
    assert "另一名经办人员" not in second.get(f"/desk/applications/{one}").text
    assert decide(second, one, Action.APPROVE).status_code == 303
    assert stored(store, one).status is Status.APPROVED


def test_the_time_to_decide_is_extended_once_and_with_a_reason(
    settings: Settings, store: Store, clock: Clock
) -> None:
    patient = settings.model_copy(update={"policy": Policy(may_extend=True)})
    app = application.create_app(patient, store=store, clock=clock, testing=True)
    officer = Visitor(app).sign_in("officer1-hc46")
    one = first_waiting(store, *THERE, Status.AUTHORITY_REVIEW)
    path, button = f"/desk/applications/{one}", 'value="EXTEND"'
    assert button not in officer.get(path).text  # nothing to extend before it is accepted
    assert decide(officer, one, Action.ACCEPT, papers_seen="yes").status_code == 303
    page = officer.get(path).text
    assert button in page
    due = due_on(page)
    assert decide(officer, one, Action.EXTEND, opinion=" ").status_code == 422
    assert due_on(officer.get(path).text) == due
    assert decide(officer, one, Action.EXTEND, opinion="须向原籍核实").status_code == 303
    page = officer.get(path).text
    assert button not in page
    assert due_on(page) - due == timedelta(days=14)  # ten working days without a holiday between
    again = {**fields(page), "action": "EXTEND", "opinion": "再核实"}
    assert officer.client.post(path, data=again).status_code == 409
    whose = Visitor(app).sign_in(username_of(store, one))
    assert "审批期限已延长十个工作日" in whose.get("/messages").text
    assert "须向原籍核实" in whose.get(f"/applications/{one}").text


def test_no_time_is_extended_where_policy_does_not_allow_it(
    signed_in: SignIn, store: Store
) -> None:
    officer = signed_in("officer1-hc46")
    one = first_waiting(store, *THERE, Status.AUTHORITY_REVIEW)
    assert decide(officer, one, Action.ACCEPT, papers_seen="yes").status_code == 303
    page = officer.get(f"/desk/applications/{one}").text
    assert 'value="APPROVE"' in page
    assert 'value="EXTEND"' not in page
    assert decide(officer, one, Action.EXTEND, opinion="须核实").status_code == 409


def due_on(page: str) -> date:
    """The last day to decide, as the page of an application tells it."""
    found = re.search(r'<span class="badge-y \w*" title="(\d{4})年(\d{2})月(\d{2})日">', page)
    assert found, page
    return date(*map(int, found.groups()))


def username_of(store: Store, application_id: str) -> str:
    accounts = models.account
    query = select(accounts.c.username).where(
        accounts.c.person_id == stored(store, application_id).person_id
    )
    with store.reading() as unit:
        return str(unit.connection.execute(query).scalar_one())
