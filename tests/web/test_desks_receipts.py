"""受理回执: given at each step of an office, printed by those concerned, checked by anyone with number and code."""

from __future__ import annotations

import re

from registry import queues
from registry.store import Store
from registry.workflow import Action, Status
from tests.web.conftest import SignIn, Visitor
from tests.web.desks import first_waiting, stored
from tests.web.test_desks_review import decide

HERE = ("institution_id", "hainan", Status.INSTITUTION_REVIEW)


def test_a_receipt_says_status_and_dates_and_nothing_of_the_person(
    signed_in: SignIn, visitor: Visitor, store: Store
) -> None:
    one = first_waiting(store, *HERE)
    clerk, officer = signed_in("clerk-hainan"), signed_in("officer1-hc46")
    decide(clerk, one, Action.PASS, employs="yes")
    decide(officer, one, Action.ACCEPT)
    with store.reading() as unit:
        passed, accepted = queues.receipts_of(unit, one)
        person = unit.dossier(stored(store, one).person_id).person
    printed = officer.get(f"/applications/{one}/receipts/{accepted.number}")
    assert printed.status_code == 200
    assert accepted.code in re.sub(r"<[^>]+>", "", printed.text)
    assert signed_in("clerk-sanya").get(printed.request.path).status_code == 404
    assert re.fullmatch(r"\d{16}", accepted.number)
    assert accepted.code != passed.code
    said = {"number": accepted.number, "code": accepted.code.lower()}
    answer = visitor.post("/receipts", said)
    assert answer.status_code == 200
    assert "已受理" in answer.text
    assert "2026年11月23日" in answer.text
    assert person.name not in answer.text
    assert person.id_number not in answer.text
    for wrong in ({**said, "code": passed.code}, {**said, "number": "2026112399999999"}):
        refused = visitor.post("/receipts", wrong)
        assert refused.status_code == 404
        assert "编号或者校验码不正确" in refused.text
        assert "data-found" not in refused.text


def test_the_applicant_finds_it(signed_in: SignIn, store: Store) -> None:
    one = first_waiting(store, *HERE)
    decide(signed_in("clerk-hainan"), one, Action.RETURN, opinion="请更正")
    number = stored(store, one).person_id.removeprefix("demo-")
    page = signed_in(f"demo{number}").get(f"/applications/{one}").text
    (path,) = re.findall(rf'href="(/applications/{one}/receipts/\d+)"', page)
    assert "请更正" in signed_in(f"demo{number}").get(path).text


def test_a_receipt_is_guessed_at_slowly(store: Store, settings: object, clock: object) -> None:
    import app as application

    strict = settings.model_copy(update={"rate_limits": True})  # type: ignore[attr-defined]
    app = application.create_app(strict, store=store, clock=clock, testing=True)  # type: ignore[arg-type]
    visitor = Visitor(app)
    said = {"number": "1", "code": "2"}
    statuses = [visitor.post("/receipts", said).status_code for _ in range(25)]
    assert statuses[0] == 404
    assert statuses[-1] == 429
