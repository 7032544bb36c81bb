"""我的工牌 behind user verification: what opens it, what does not, and what is taken away."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from sqlalchemy import select

import app as application
from issuer.office import amend
from registry import models, roll
from registry.deadlines import tick
from registry.kinds import ApplicationKind
from registry.roles import Actor
from registry.seed import PASSWORD, Demo
from tests.web.conftest import Clock, Pocket, Visitor
from tests.web.test_wallet_code import users_with
from verifier import scan
from wallet import badge as pictures

JSON = {"Accept": "application/json"}


def verified(visitor: Visitor) -> Visitor:
    answer = visitor.post("/verify-user/password", {"password": PASSWORD, "next": "/badge"})
    assert (answer.status_code, answer.location) == (303, "/badge")
    return visitor


def record_of(pocket_app: Pocket, username: str) -> str:
    records, accounts = models.practice_record, models.account
    with pocket_app.store.reading() as unit:
        query = (
            select(records.c.id)
            .join(accounts, accounts.c.person_id == records.c.person_id)
            .where(accounts.c.username == username, records.c.standing == "VALID")
        )
        return str(unit.connection.execute(query).scalars().first())


def actor_of(pocket_app: Pocket, username: str) -> Actor:
    with pocket_app.store.reading() as unit:
        found = roll.account_named(unit, username)
    assert found is not None
    return found.actor


def test_nothing_of_the_badge_without_verification(pocket_app: Pocket) -> None:
    visitor, record = pocket_app.signed_in("demo01"), record_of(pocket_app, "demo01")
    paths = ["/badge", *(f"/badge/{record}/{each}.png" for each in ("card", "lanyard", "code/qr"))]
    for path in paths:
        answer = visitor.get(path)
        assert (answer.status_code, answer.location) == (303, f"/verify-user?next={path}"), path
    verified(visitor)
    assert "林晓岚" in visitor.get("/badge").text


def test_a_wrong_password_opens_nothing_and_locks(pocket_app: Pocket) -> None:
    visitor = pocket_app.signed_in("demo01")
    for _ in range(5):
        answer = visitor.post("/verify-user/password", {"password": "wrong1234"})
        assert answer.status_code == 401
    assert visitor.post("/verify-user/password", {"password": PASSWORD}).status_code == 401
    assert visitor.get("/badge").status_code == 303
    pocket_app.clock.later(minutes=16)
    verified(visitor)
    assert visitor.get("/badge").status_code == 200


def test_a_verification_holds_for_five_minutes_and_one_device(pocket_app: Pocket) -> None:
    visitor = verified(pocket_app.signed_in("demo01"))
    assert pocket_app.signed_in("demo01").get("/badge").status_code == 303
    pocket_app.clock.later(minutes=4, seconds=59)
    assert visitor.get("/badge").status_code == 200
    pocket_app.clock.later(seconds=1)
    assert visitor.get("/badge").status_code == 303


def test_an_answer_that_nobody_asked_for(pocket_app: Pocket) -> None:
    visitor = pocket_app.signed_in("demo01")
    assert visitor.post("/verify-user/options", headers=JSON).status_code == 404
    for path in ("/verify-user", "/biometrics"):
        for said in ("{}", "[]", "no json", '{"id":"x","response":{}}'):
            answer = visitor.post(path, {"credential": said}, headers=JSON)
            assert answer.status_code in (401, 422), (path, said)
    assert visitor.get("/badge").status_code == 303


@pytest.mark.skipif(
    not pictures.installed(), reason="no Chinese font: apt-get install fonts-noto-cjk"
)
@pytest.mark.parametrize("paper", ["card", "lanyard"])
def test_the_badge_as_a_picture(pocket_app: Pocket, paper: str) -> None:
    visitor, record = verified(pocket_app.signed_in("demo01")), record_of(pocket_app, "demo01")
    answer = visitor.get(f"/badge/{record}/{paper}.png")
    assert answer.status_code == 200, answer.text
    opened = Image.open(io.BytesIO(answer.data))
    assert opened.size == pictures.PAPERS[paper].pixels
    (text,) = scan.read(answer.data)
    assert pocket_app.verified(text).credential.kind.name == "BADGE"
    assert pocket_app.verified(text).credential.facts.name == "林晓岚"


def test_the_code_alone(pocket_app: Pocket) -> None:
    visitor, record = verified(pocket_app.signed_in("demo01")), record_of(pocket_app, "demo01")
    (text,) = scan.read(visitor.get(f"/badge/{record}/code/qr.png").data)
    assert pocket_app.verdict(text) == "VALID"


def test_another_ones_badge_does_not_exist(pocket_app: Pocket) -> None:
    record = record_of(pocket_app, "demo01")
    other = verified(pocket_app.signed_in("demo02"))
    for path in (
        f"/badge/{record}/card.png",
        f"/badge/{record}/code/qr.png",
        f"/badge?record={record}",
    ):
        assert other.get(path).status_code == 404, path
    assert other.post(f"/badge/{record}/taken").status_code == 404
    own = verified(pocket_app.signed_in("demo01"))
    assert own.get(f"/badge/{record}/code/qr.png").status_code == 200


def test_no_badge_for_a_filed_registration_that_never_had_one(pocket_app: Pocket) -> None:
    username = users_with(pocket_app, "FILED")
    page = verified(pocket_app.signed_in(username)).get("/badge")
    assert page.status_code in (200, 409)
    assert "下载工牌" not in page.text
    record = models.practice_record
    with pocket_app.store.reading() as unit:
        query = (
            select(record.c.id)
            .join(models.account, models.account.c.person_id == record.c.person_id)
            .where(models.account.c.username == username)
        )
        filed = unit.connection.execute(query).scalars().first()
    visitor = verified(pocket_app.signed_in(username))
    assert visitor.get(f"/badge/{filed}/card.png").status_code in (404, 409)


def test_who_printed_a_badge_is_told_when_it_changes(pocket_app: Pocket) -> None:
    visitor, record = verified(pocket_app.signed_in("demo01")), record_of(pocket_app, "demo01")
    (before,) = scan.read(visitor.get(f"/badge/{record}/code/qr.png").data)
    demo = Demo(
        desk=pocket_app.app.extensions["yizheng"].desk,
        now=pocket_app.clock(),
        portrait=application.demo_portrait,
    )
    physician = actor_of(pocket_app, "demo01")
    demo.approve(ApplicationKind.CHANGE, physician, institution_id="qionghai", place="46")
    pocket_app.care()
    assert pocket_app.verdict(before) == "SUPERSEDED"
    page = visitor.get("/badge").text
    assert "请重新打印工牌" in page
    assert "请重新打印工牌" in visitor.get("/messages").text
    (after,) = scan.read(visitor.get(f"/badge/{record}/code/qr.png").data)
    assert pocket_app.verdict(after) == "VALID"
    assert "请重新打印工牌" not in visitor.get("/badge").text


@pytest.mark.parametrize(
    ("kind", "answers", "is_told"),
    [
        (ApplicationKind.CHANGE, {"institution_id": "qionghai", "place": "46"}, True),
        (ApplicationKind.DEPARTMENT_UPKEEP, {"department_id": "hainan-0"}, False),
    ],
)
def test_the_form_says_before_it_is_submitted_that_the_badge_will_change(
    pocket_app: Pocket, kind: ApplicationKind, answers: dict[str, str], *, is_told: bool
) -> None:
    desk = pocket_app.app.extensions["yizheng"].desk
    demo = Demo(desk=desk, now=pocket_app.clock(), portrait=application.demo_portrait)
    physician = actor_of(pocket_app, "demo01")
    form = demo.form(kind, physician, **answers)
    draft = desk.start(kind, form, by=physician, request="one press", now=demo.now)
    page = pocket_app.signed_in("demo01").get(f"/applications/{draft}/check")
    assert page.status_code == 200
    assert ("请重新打印工牌" in page.text) is is_told


def test_who_printed_a_badge_is_told_when_it_was_renewed(pocket_app: Pocket, clock: Clock) -> None:
    visitor, record = verified(pocket_app.signed_in("demo01")), record_of(pocket_app, "demo01")
    (before,) = scan.read(visitor.get(f"/badge/{record}/code/qr.png").data)
    ends = pocket_app.verified(before).credential.exp
    for _ in range(4):  # the trust list is renewed by its holder, every quarter
        clock.later(days=77)
        amend(pocket_app.office.home, lambda listed: listed, now=int(clock().timestamp()))
    tick(pocket_app.app.extensions["yizheng"].desk, now=clock())
    pocket_app.care()
    visitor = verified(pocket_app.signed_in("demo01"))
    assert "请重新打印工牌" in visitor.get("/badge").text
    assert "已续期" in visitor.get("/messages").text
    (after,) = scan.read(visitor.get(f"/badge/{record}/code/qr.png").data)
    assert pocket_app.verified(after).credential.exp > ends
    assert pocket_app.verdict(before) == pocket_app.verdict(after) == "VALID"


def test_the_badge_rests_and_returns_with_the_registration(pocket_app: Pocket) -> None:
    """备案 approved: suspended after the next list; taken back: valid again."""
    visitor, record = verified(pocket_app.signed_in("demo02")), record_of(pocket_app, "demo02")
    (text,) = scan.read(visitor.get(f"/badge/{record}/code/qr.png").data)
    demo = Demo(
        desk=pocket_app.app.extensions["yizheng"].desk,
        now=pocket_app.clock(),
        portrait=application.demo_portrait,
    )
    physician = actor_of(pocket_app, "demo02")
    seen = [pocket_app.verdict(text)]
    for kind, reason in (
        (ApplicationKind.SUSPEND_FILING, "RESIGNED"),
        (ApplicationKind.CANCEL_SUSPEND_FILING, "恢复执业"),
    ):
        demo.approve(kind, physician, reason=reason)
        seen.append(str(visitor.get("/code").status_code))
        pocket_app.care()
        seen.append(pocket_app.verdict(text))
    assert seen == ["VALID", "409", "SUSPENDED", "200", "VALID"]
