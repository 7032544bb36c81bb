"""电子身份码 in the web: consent, the running code, its refusals; one device at a time."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from registry import models, pocket
from registry.record import Binding
from tests.web.conftest import HOST, Pocket, Visitor, hidden
from wallet import consent

JSON = {"Accept": "application/json"}


def agreed(visitor: Visitor) -> str:
    """The id of a display session, after 【确认】."""
    page = visitor.get("/code")
    assert page.status_code == 200, page.text
    answer = visitor.post("/code", {"version": hidden(page.text, "version")})
    assert answer.status_code == 303
    assert answer.location == "/code/show"
    shown = visitor.get("/code/show")
    assert shown.status_code == 200
    return str(shown.text.split('data-session="', 1)[1].split('"', 1)[0])


def next_code(visitor: Visitor, session: str) -> tuple[int, dict[str, object]]:
    answer = visitor.post("/code/next", {"session": session}, headers=JSON)
    return answer.status_code, answer.json


def test_the_consent_page_says_what_to_whom_how_long(pocket_app: Pocket) -> None:
    page = pocket_app.signed_in("demo01").get("/code").text
    for point in consent.POINTS:
        assert point.what.zh in page
        assert point.said.zh in page
    assert "10分钟" in page


def test_the_consent_is_on_record_with_its_version(pocket_app: Pocket) -> None:
    agreed(pocket_app.signed_in("demo01"))
    table = models.audit
    with pocket_app.store.reading() as unit:
        rows = unit.connection.execute(select(table).where(table.c.action == "code.consent")).all()
    assert len(rows) == 1
    assert consent.VERSION in str(rows[0].details)


def test_a_text_that_was_not_shown_is_not_agreed_to(pocket_app: Pocket) -> None:
    visitor = pocket_app.signed_in("demo01")
    assert visitor.post("/code", {"version": "1999-01"}).location == "/code"
    assert visitor.get("/code/show").location == "/code"


def test_a_code_is_signed_and_good_for_30_seconds(pocket_app: Pocket) -> None:
    visitor = pocket_app.signed_in("demo01")
    status, code = next_code(visitor, agreed(visitor))
    assert status == 200
    link, bare = str(code["link"]), str(code["bare"])
    assert link.startswith(f"https://{HOST}/v#")
    verified = pocket_app.verified(link)
    assert verified.credential.facts.name == "林晓岚"
    assert pocket_app.verdict(bare) == "VALID"
    assert pocket_app.verdict(link, later=29) == "VALID"
    assert pocket_app.verdict(link, later=31) == "CODE_EXPIRED"
    assert float(str(code["ends"])) - float(str(code["now"])) == 30
    assert code["every"] == 20


def test_an_answer_holds_one_code_and_no_secret(pocket_app: Pocket) -> None:
    visitor = pocket_app.signed_in("demo01")
    _, code = next_code(visitor, agreed(visitor))
    known = {"now", "every", "ends", "session_ends", "link", "bare", "kind"}
    assert set(code) - {"drawn"} == known
    answer = visitor.post("/code/next", {"session": "x"}, headers=JSON)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Cookie" in answer.headers["Vary"]


def test_at_most_one_new_code_in_five_seconds(pocket_app: Pocket) -> None:
    visitor = pocket_app.signed_in("demo01")
    session = agreed(visitor)
    assert next_code(visitor, session)[0] == 200
    status, refused = next_code(visitor, session)
    assert (status, refused["code"], refused["subject"]) == (429, "TOO_SOON", "5")
    pocket_app.clock.later(seconds=5)
    assert next_code(visitor, session)[0] == 200


def test_a_session_ends_after_ten_minutes(pocket_app: Pocket) -> None:
    visitor = pocket_app.signed_in("demo01")
    session = agreed(visitor)
    pocket_app.clock.later(minutes=9, seconds=59)
    assert next_code(visitor, session)[0] == 200
    pocket_app.clock.later(seconds=1)
    status, refused = next_code(visitor, session)
    assert (status, refused["code"]) == (409, "SESSION_OVER")


def test_the_page_says_what_to_do_when_it_does_not_scan(pocket_app: Pocket) -> None:
    visitor = pocket_app.signed_in("demo01")
    agreed(visitor)
    for path in ("/code/show", "/code/offline"):
        assert "请调高屏幕亮度" in visitor.get(path).text


def test_leaving_ends_it(pocket_app: Pocket) -> None:
    visitor = pocket_app.signed_in("demo01")
    session = agreed(visitor)
    assert visitor.post("/code/leave", {"session": session}).location == "/"
    assert next_code(visitor, session)[1]["code"] == "SESSION_OVER"
    assert visitor.get("/code/show").location == "/code"


def test_coming_back_begins_with_the_consent(pocket_app: Pocket) -> None:
    visitor = pocket_app.signed_in("demo01")
    session = agreed(visitor)
    assert visitor.get("/code/show").status_code == 200
    pocket_app.clock.later(seconds=1)
    assert next_code(visitor, session)[0] == 200
    assert visitor.get("/code/show").location == "/code"
    pocket_app.clock.later(seconds=20)
    assert next_code(visitor, session)[1]["code"] == "SESSION_OVER"


def test_the_newest_device_wins(pocket_app: Pocket) -> None:
    phone, tablet = pocket_app.signed_in("demo01"), pocket_app.signed_in("demo01")
    first = agreed(phone)
    assert next_code(phone, first)[0] == 200
    second = agreed(tablet)
    pocket_app.clock.later(seconds=6)
    status, refused = next_code(phone, first)
    assert (status, refused["code"]) == (409, "SHOWN_ELSEWHERE")
    assert next_code(tablet, second)[0] == 200
    assert phone.get("/code/show").location == "/code"


def test_a_session_is_of_no_use_to_another_physician(pocket_app: Pocket) -> None:
    owner, other = pocket_app.signed_in("demo01"), pocket_app.signed_in("demo02")
    session = agreed(owner)
    status, refused = next_code(other, session)
    assert (status, refused["code"]) == (409, "CONSENT_REQUIRED")
    assert next_code(owner, session)[0] == 200


def test_nobody_who_is_not_signed_in(pocket_app: Pocket) -> None:
    stranger = Visitor(pocket_app.app)
    assert stranger.post("/code/next", {"session": "x"}, headers=JSON).status_code == 401
    assert "/sign-in" in stranger.get("/code").location


def users_with(pocket_app: Pocket, standing: str) -> str:
    records, accounts = models.practice_record, models.account
    with pocket_app.store.reading() as unit:
        query = (
            select(accounts.c.username)
            .join(records, records.c.person_id == accounts.c.person_id)
            .where(records.c.standing == standing)
            .order_by(accounts.c.username)
        )
        return str(unit.connection.execute(query).scalars().first())


@pytest.mark.parametrize("standing", ["FILED", "SUSPENDED"])
def test_the_reason_not_an_error(pocket_app: Pocket, standing: str) -> None:
    answer = pocket_app.signed_in(users_with(pocket_app, standing)).get("/code")
    assert answer.status_code == 409
    assert "NOTHING_TO_SHOW:LICENCE_NOT_ACTIVE" in answer.text
    assert "取消备案" in answer.text
    assert 'name="version"' not in answer.text


def test_a_decision_stops_a_running_code_at_once(pocket_app: Pocket) -> None:
    visitor = pocket_app.signed_in("demo01")
    session = agreed(visitor)
    assert next_code(visitor, session)[0] == 200
    with pocket_app.store.writing() as unit:
        unit.connection.execute(
            models.person.update()
            .where(models.person.c.id == "demo-01")
            .values(binding=Binding.REVOKED)
        )
    pocket_app.clock.later(seconds=20)
    status, refused = next_code(visitor, session)
    assert (status, refused["code"]) == (409, "NOTHING_TO_SHOW")
    assert refused["subject"] == "ACCOUNT_NOT_ACTIVE"
    assert "未激活" in str(refused["zh"])


def test_one_of_several_registrations_is_chosen(pocket_app: Pocket) -> None:
    records = models.practice_record
    with pocket_app.store.reading() as unit:
        several = (
            select(records.c.person_id)
            .where(records.c.standing == "VALID")
            .group_by(records.c.person_id)
            .having(func.count() > 1)
        )
        person_id = unit.connection.execute(several).scalars().first()
        assert person_id, "nobody in the demonstration has two registrations"
        query = select(models.account.c.username).where(models.account.c.person_id == person_id)
        username = str(unit.connection.execute(query).scalar_one())
        dossier = unit.dossier(person_id)
    visitor = pocket_app.signed_in(username)
    for record in dossier.live_records:
        assert visitor.post("/code/record", {"record_id": record.id}).status_code == 303
        with pocket_app.store.reading() as unit:
            assert pocket.chosen_record(unit, person_id) == record.id
        pocket_app.clock.later(seconds=6)
        _, code = next_code(visitor, agreed(visitor))
        said = pocket_app.verified(str(code["link"])).credential.facts
        assert said.licence_number == record.licence_number
    assert visitor.post("/code/record", {"record_id": "somebody-elses"}).status_code == 404
